"""Which limit transitions become alarms: ISA-18.2 reduced to severity, persistence and deadband."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from decoders import calibration
from decoders.contexts import chosen
from decoders.engineering import columns_of
from decoders.limits import Judge, Persistence, Transition, left
from decoders.mission.cells import band_text
from decoders.mission.model import Enumeration, Limits, PacketDefinition, Parameter, Severity
from decoders.rates import Rates
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


class _Watched:
    """One parameter with limits: what counts of its values, and of their changes where those are limited.

    Its severity is the worse of the two.
    """

    def __init__(self, parameter: Parameter, severity: Severity) -> None:
        self.parameter = parameter
        self.values = Persistence.of(parameter, severity)
        self.rates: Persistence | None = None
        rates = Judge.of_rates(parameter)
        if rates is not None:
            self.rates, self.change = Persistence(rates), Rates()

    def feed(
        self,
        values: NDArray[np.float64],
        which: NDArray[np.intp] | None,
        generation_ns: NDArray[np.int64],
        reception_ns: NDArray[np.int64],
    ) -> list[_Change]:
        """Take one batch and return the changes of the severity, oldest first."""
        if self.rates is None:
            return [
                _Change(each, each.value, None, self._set(which, each))
                for each in self.values.feed(values, which)
            ]
        of_value, of_rate = self.values.severity, self.rates.severity
        rates = self.change.feed(values, generation_ns, reception_ns)
        steps = [(each.row, True, each) for each in self.values.feed(values, which)]
        steps += [(each.row, False, each) for each in self.rates.feed(rates, which)]
        changes = []
        for row, is_value, step in sorted(steps, key=lambda each: (each[0], not each[1])):
            before = max(of_value, of_rate)
            if is_value:
                of_value = step.severity
            else:
                of_rate = step.severity
            now = max(of_value, of_rate)
            if now != before:
                told = Transition(row, now, before, step.value)
                rate = None if is_value else float(rates[row])
                changes.append(_Change(told, float(values[row]), rate, self._set(which, told)))
        return _last_of_rows(changes)

    def _set(self, which: NDArray[np.intp] | None, transition: Transition) -> int:
        return 0 if which is None else int(which[transition.row])


class _Change(NamedTuple):
    """A transition with the engineering value, the rate if that brought it, and which limits held."""

    transition: Transition
    value: float
    rate: float | None
    which: int


def _last_of_rows(changes: list[_Change]) -> list[_Change]:
    """Join the changes that one sample brought; those that undo each other are none."""
    joined: list[_Change] = []
    for change in changes:
        if joined and joined[-1].transition.row == change.transition.row:
            first = joined.pop().transition
            change = change._replace(transition=replace(change.transition, previous=first.previous))
            if change.transition.severity == first.previous:
                continue
        joined.append(change)
    return joined


@dataclass(slots=True)
class _Watch:
    """The parameters of one packet type that have limits; ``in_context`` where a context is to be told."""

    packet: PacketDefinition
    parameters: list[_Watched] = field(default_factory=list)
    in_context: bool = False


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
                if parameter.limit_sets and parameter.array_length is None:
                    severity = Severity(before.pop((packet.name, parameter.name), 0))
                    watch.parameters.append(_Watched(parameter, severity))
                    watch.in_context |= bool(parameter.context_limits or parameter.context_calibrations)
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
        raw = table.raw
        if not everything:
            wanted = raw if watch.in_context else [each.parameter.name for each in watch.parameters]
            raw = {name: raw[name][direct] for name in wanted}
        seen = columns_of(table.packet, raw) if watch.in_context else None
        times = decoded.packets.generation_ns[rows], decoded.packets.reception_ns[rows]
        changes: list[AlarmChange] = []
        for watched in watch.parameters:
            parameter, which = watched.parameter, None
            if seen is None:
                values = calibration.calibrate(parameter, raw[parameter.name])
            else:
                values = seen.number(parameter.name)
                if parameter.context_limits:
                    which = chosen(parameter.context_limits, seen, len(rows))
            for change in watched.feed(values, which, *times):
                row = int(rows[change.transition.row])
                changes.append(
                    AlarmChange(
                        known_at_ns=self._clock(),
                        parameter=parameter.name,
                        packet=table.packet.name,
                        vehicle=decoded.packets.vehicle[row],
                        severity=change.transition.severity,
                        previous=change.transition.previous,
                        state_text=_state_text(parameter, change),
                        generation_ns=int(decoded.packets.generation_ns[row]),
                        value=change.value,
                        limit_text=limit_text(parameter, change),
                        packet_id=first_packet_id + row,
                    )
                )
        return changes


def limit_text(parameter: Parameter, change: _Change) -> str:
    """Write the band that was left, as definitions write it (``lo..hi``, ``<hi``, ``>lo``).

    For a return to normal it is the band that holds again. ``watch`` and ``severe`` are named, as their
    severity does not tell them; a state is written as ``FAULT is critical``, a rate as ``rate <2``, and the
    limits of a context with ``when …`` behind them.
    """
    limits = parameter.limit_sets[change.which]
    severity = change.transition.severity or change.transition.previous
    if change.rate is not None:
        text = _band_text(limits.rate, severity, change.rate)
        text = f"rate {text}" if text else ""
    else:
        text = _band_text(limits, severity, change.value)
        if limits.states or limits.other_states:
            text = text or f"{_number_text(parameter, change.value)} is {severity.name.lower()}"
            if not change.transition.severity:
                text = ""
    if text and change.which:
        text += f" when {parameter.context_limits[change.which - 1].when}"
    return text


def _band_text(limits: Limits | None, severity: Severity, value: float) -> str:
    every = limits.levels if limits else ()
    levels = [level for level in every if level.severity == severity] or list(every[:1])
    if not levels:
        return ""
    level = (left(levels, value) or levels[:1])[-1]
    text = band_text(level.band)
    return f"{level.name} {text}" if level.name in ("watch", "severe") else text


def _state_text(parameter: Parameter, change: _Change) -> str:
    """Write the value that brought the change: a label, or a number with its unit, and its rate."""
    if not np.isfinite(change.value):
        return ""
    text = _number_text(parameter, change.value)
    if change.rate is not None:
        text += f", {change.rate:+g} {parameter.unit}/s" if parameter.unit else f", {change.rate:+g} /s"
    return text


def _number_text(parameter: Parameter, value: float) -> str:
    if isinstance(parameter.calibration, Enumeration):
        return calibration.label(parameter.calibration, int(value))
    return f"{value:g} {parameter.unit}".rstrip()
