"""Where the time stands in the packets of a definition, and how a batch of them is read as UTC."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from decoders.clock import Clock
from decoders.mission.model import ClockCorrelation, DefinitionError, PacketDefinition, TimeFormat
from decoders.packet_index import PRIMARY_HEADER_OCTETS, octets_at
from decoders.time_calendar import ASCII_MOST_OCTETS
from decoders.time_p_field import MOST_OCTETS
from decoders.timecode import Counts, counts, epoch_of, time_octets
from decoders.timescale import EPOCH_MEND


@dataclass(frozen=True, slots=True)
class TimeField:
    """The time of a packet: ``octets`` of it at octet ``at``, of which ``least`` must be there.

    ``bounded`` says that a text may fill the octets; else it ends by itself, somewhere in them.
    """

    at: int
    fmt: TimeFormat
    octets: int
    least: int
    bounded: bool = True

    @property
    def end(self) -> int:
        """The octets that a packet must have, counted from its primary header."""
        return self.at + self.least

    def read(self, data: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> Counts:
        """Read the times of packets that have ``end`` octets or more, as their clock counts them."""
        if not len(starts) or int(lengths.min()) >= self.at + self.octets:
            octets = octets_at(data, starts, self.at, self.octets)
            return counts(octets, self.fmt, bounded=self.bounded)
        # A text or a P-field tells its own length: as many octets as it may have, as far as its packet goes.
        room = np.clip(lengths - self.at, 0, self.octets)
        reach = np.arange(self.octets)
        inside = reach < room[:, None]
        octets = np.where(inside, data[np.where(inside, starts[:, None] + self.at + reach, 0)], 0)
        return counts(octets.astype(np.uint8), self.fmt, bounded=self.bounded, room=room)


def time_field(definition: PacketDefinition) -> TimeField | None:
    """Return where a packet's time stands, or ``None`` if it tells none.

    The field of role ``time`` may cover the whole time code, only its first part (days of a CDS split in
    columns), or the T-field alone behind a P-field of its own. An ASCII time fills it, unless the field is
    mere padding that shows where the text begins. Raises ``DefinitionError`` where its epoch is no date.
    """
    fmt = definition.time
    least = time_octets(fmt)
    try:
        epoch_of(fmt)
    except ValueError as error:
        raise DefinitionError(f"epoch: {error}", file=definition.name, mend=EPOCH_MEND) from None
    field = next((p for p in definition.parameters if p.role == "time"), None)
    if not least or field is None or field.bit_offset is None or field.bit_offset % 8:
        return None
    at = field.bit_offset // 8
    elements = field.array_length if isinstance(field.array_length, int) else 1
    found = field.bit_length * elements // 8
    if fmt.code == "p-field":
        return TimeField(at, fmt, MOST_OCTETS, least)
    if fmt.code == "ascii":
        if not fmt.text_octets and field.data_type == "fill":
            return TimeField(at, fmt, ASCII_MOST_OCTETS, least, bounded=False)
        octets = least if fmt.text_octets else max(found, least)
        return TimeField(at, fmt, octets, octets)
    head = least - time_octets(replace(fmt, has_p_field=False))
    if head and field.bit_length * elements == 8 * (least - head):
        at = max(at - head, PRIMARY_HEADER_OCTETS)
    return TimeField(at, fmt, least, least)


class TimeReader:
    """Reads when packets were generated: their time field, set right by their clock's correlation."""

    def __init__(self, field: TimeField, correlation: ClockCorrelation | None) -> None:
        self._field = field
        self._clock = clock_of(field.fmt, correlation)

    def read(
        self,
        data: NDArray[np.uint8],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        reception_ns: NDArray[np.int64],
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None, NDArray[np.bool_] | None]:
        """Return ns UTC, which packets tell no time, and whose is extrapolated (``None``: none of them)."""
        read = self._field.read(data, starts, lengths)
        if self._clock is not None:
            return self._clock.utc(read, reception_ns)
        return read.utc(), None if read.valid is None else ~read.valid, None


def clock_of(fmt: TimeFormat, correlation: ClockCorrelation | None) -> Clock | None:
    """Return the clock of a correlation for times of a format; ``None`` where nothing is correlated."""
    if correlation is None or not correlation.rows:
        return None
    epoch = epoch_of(fmt)
    # Times that each tell their format come on the scale of UTC.
    return Clock(correlation, epoch, epoch.continuous and fmt.code != "p-field")
