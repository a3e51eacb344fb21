"""Which limit transitions become alarms: ISA-18.2 reduced to severity, persistence and deadband."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from decoders import calibration
from decoders.limits import Persistence, Transition
from decoders.mission.cells import band_text
from decoders.mission.model import Enumeration, Limits, PacketDefinition, Parameter, Severity
from decoders.shapes import NO_TIME, Decoded, PacketQuality, PacketTable

Clock = Callable[[], int]
"""Returns the present time as int64 ns UTC."""


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """One limit transition; ``severity`` 0 says that the parameter returned to normal.

    ``generation_ns`` is ``NO_TIME`` where the packet told none; ``packet_id`` its archive row.
    """

    known_at_ns: int
    parameter: str
    packet: str
    vehicle: str
    severity: Severity
    previous: Severity
    state_text: str
    generation_ns: int
    value: float
    limit_text: str
    packet_id: int


@dataclass(slots=True)
class _Watch:
    """The parameters of one packet type that have limits, each with its state."""

    packet: PacketDefinition
    parameters: list[tuple[Parameter, Limits, Persistence]] = field(default_factory=list)


class AlarmEngine:
    """Follows every parameter with limits and tells each change of the severity that counts.

    ``standing`` is what stood when the archive was last written: severity by (packet, parameter).
    Duplicates have no values and so never come here; packets that came by playback are passed over.
    """

    def __init__(
        self,
        packets: Iterable[PacketDefinition],
        clock: Clock,
        standing: Mapping[tuple[str, str], int] | None = None,
    ) -> None:
        self._clock = clock
        self._watches: dict[str, _Watch] = {}
        before = dict(standing or {})
        for packet in packets:
            watch = _Watch(packet)
            for parameter in packet.values:
                if parameter.limits is not None and parameter.array_length is None:
                    severity = Severity(before.pop((packet.name, parameter.name), 0))
                    watch.parameters.append(
                        (parameter, parameter.limits, Persistence(parameter.limits, severity))
                    )
            if watch.parameters:
                self._watches[packet.name] = watch
        self._orphans = {key: Severity(severity) for key, severity in before.items() if severity}

    def feed(self, decoded: Decoded, first_packet_id: int) -> list[AlarmChange]:
        """Return the transitions that one batch brought, in the order of its packets.

        ``first_packet_id`` is the archive row of the batch's first packet; the others follow it.
        """
        changes: list[AlarmChange] = []
        for table in decoded.tables:
            watch = self._watches.get(table.packet.name)
            if watch is not None and len(table.rows):
                changes += self._feed_table(watch, table, decoded, first_packet_id)
        changes.sort(key=lambda change: change.packet_id)
        return changes

    def close_orphans(self, packet_id: int) -> list[AlarmChange]:
        """Return an end for each alarm that stood on a parameter which has no limits any more."""
        changes = [
            AlarmChange(
                self._clock(), parameter, packet, "", Severity.NORMAL, severity,
                "the mission no longer limits this parameter", NO_TIME, float("nan"), "", packet_id,
            )
            for (packet, parameter), severity in self._orphans.items()
        ]  # fmt: skip
        self._orphans = {}
        return changes

    def _feed_table(
        self, watch: _Watch, table: PacketTable, decoded: Decoded, first_packet_id: int
    ) -> list[AlarmChange]:
        rows = table.rows
        direct = (decoded.packets.quality[rows] & int(PacketQuality.PLAYBACK)) == 0
        everything = bool(direct.all())
        if not everything:
            rows = rows[direct]
        changes: list[AlarmChange] = []
        for parameter, limits, persistence in watch.parameters:
            raw = table.raw[parameter.name]
            values = calibration.calibrate(parameter, raw if everything else raw[direct])
            for transition in persistence.feed(values):
                row = int(rows[transition.row])
                changes.append(
                    AlarmChange(
                        known_at_ns=self._clock(),
                        parameter=parameter.name,
                        packet=table.packet.name,
                        vehicle=decoded.packets.vehicle[row],
                        severity=transition.severity,
                        previous=transition.previous,
                        state_text=_state_text(parameter, transition),
                        generation_ns=int(decoded.packets.generation_ns[row]),
                        value=transition.value,
                        limit_text=limit_text(limits, transition),
                        packet_id=first_packet_id + row,
                    )
                )
        return changes


def limit_text(limits: Limits, transition: Transition) -> str:
    """Write the band that was left, as definitions write it (``lo..hi``, ``<hi``, ``>lo``).

    For a return to normal it is the band that holds again.
    """
    severity = max(transition.severity, Severity.CAUTION)
    if transition.severity == Severity.NORMAL:
        severity = transition.previous
    return band_text(limits.band(severity))


def _state_text(parameter: Parameter, transition: Transition) -> str:
    """Write the value that brought the change: a label, or a number with its unit."""
    if not np.isfinite(transition.value):
        return ""
    if isinstance(parameter.calibration, Enumeration):
        return calibration.label(parameter.calibration, int(transition.value))
    return f"{transition.value:g} {parameter.unit}".rstrip()
