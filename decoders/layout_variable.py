"""The part of a packet from its first variable-length field on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from decoders.layout_fields import Fields, arrays_at, decode_any
from decoders.mission.model import Parameter


@dataclass(slots=True)
class _Places:
    """Where the fields of the middle begin, in bits from each packet's start, and how many elements."""

    offsets: dict[str, NDArray[np.int64]]
    counts: dict[str, NDArray[np.int64]]
    good: NDArray[np.bool_]


class VariableFields:
    """Variable-length arrays, what stands between them, and the fixed fields behind the last one.

    The fields behind the last variable one are counted from the packet's end, as in ccsdspy.
    """

    def __init__(self, parameters: list[Parameter], head: list[Parameter]) -> None:
        last = max(i for i, p in enumerate(parameters) if isinstance(p.array_length, str))
        self._middle = parameters[: last + 1]
        tail = parameters[last + 1 :]
        self.references = frozenset(
            p.array_length
            for p in self._middle
            if isinstance(p.array_length, str) and p.array_length != "expand"
        )
        self._start = max(
            [48, *((p.bit_offset or 0) + p.bit_length * int(p.array_length or 1) for p in head)]
        )
        if self._middle[0].bit_offset is not None:
            self._start = self._middle[0].bit_offset
        self.tail_bits = sum(p.bit_length * int(p.array_length or 1) for p in tail)
        self.tail_octets = (self.tail_bits + 7) // 8
        self.least_octets = (self._start + self.tail_bits + 7) // 8
        at = self.tail_octets * 8 - self.tail_bits
        placed = []
        for parameter in tail:
            placed.append(replace(parameter, bit_offset=at))
            at += parameter.bit_length * int(parameter.array_length or 1)
        self._tail = placed

    def _places(
        self,
        data: NDArray[np.uint8],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        head: Mapping[str, NDArray],
    ) -> _Places:
        n = len(starts)
        here = np.full(n, self._start, np.int64)
        room = lengths * 8 - self.tail_bits
        places = _Places({}, {}, np.ones(n, np.bool_))
        known: dict[str, NDArray] = dict(head)
        for index, parameter in enumerate(self._middle):
            size, bits = parameter.array_length, parameter.bit_length
            places.offsets[parameter.name] = here
            if size == "expand":
                behind = self._bits_behind(index, known)
                left = room - here - behind
                count = np.maximum(left, 0) // bits
                places.good &= (left >= 0) & (left - count * bits < 8)
                places.counts[parameter.name] = count
                here = here + np.maximum(left, 0)
            elif isinstance(size, str):
                count = known[size].astype(np.int64)
                fits = here + count * bits <= room
                places.good &= fits
                count = np.where(fits, count, 0)
                places.counts[parameter.name] = count
                here = here + count * bits
            else:
                fits = here + bits * (size or 1) <= room
                places.good &= fits
                if parameter.name in self.references:
                    known[parameter.name] = self._middle_column(parameter, data, starts, here, fits)
                here = here + bits * (size or 1)
        places.good &= here <= room
        return places

    def _bits_behind(self, index: int, known: Mapping[str, NDArray]) -> NDArray[np.int64] | int:
        """Return the bits of the middle fields behind an expanding array."""
        behind: NDArray[np.int64] | int = 0
        for parameter in self._middle[index + 1 :]:
            size = parameter.array_length
            if isinstance(size, str):
                behind = behind + known[size].astype(np.int64) * parameter.bit_length
            else:
                behind = behind + parameter.bit_length * (size or 1)
        return behind

    @staticmethod
    def _middle_column(
        parameter: Parameter,
        data: NDArray[np.uint8],
        starts: NDArray[np.int64],
        offsets: NDArray[np.int64],
        fits: NDArray[np.bool_],
    ) -> NDArray:
        """Decode one fixed field whose place differs from packet to packet."""
        one = decode_any(parameter, data, starts[:0], 0)
        column = np.zeros((len(starts), *one.shape[1:]), one.dtype)
        for bit in range(8):
            rows = np.flatnonzero(fits & (offsets % 8 == bit))
            if len(rows):
                column[rows] = decode_any(parameter, data, starts[rows] + offsets[rows] // 8, bit)
        return column

    def valid(
        self,
        data: NDArray[np.uint8],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        head: Mapping[str, NDArray],
    ) -> NDArray[np.bool_]:
        """Tell which packets have the room their counts ask for."""
        return self._places(data, starts, lengths, head).good

    def decode(
        self,
        data: NDArray[np.uint8],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        head: Mapping[str, NDArray],
        names: frozenset[str] | None,
    ) -> dict[str, NDArray]:
        """Decode the variable part; raises ``ValueError`` if a packet has not the room it asks for."""
        places = self._places(data, starts, lengths, head)
        if not places.good.all():
            row = int(np.argmin(places.good))
            raise ValueError(f"packet {row} is too short for the elements it counts")
        columns: dict[str, NDArray] = {}
        for parameter in self._middle:
            name = parameter.name
            if parameter.data_type == "fill" or (
                names is not None and name not in names and name not in self.references
            ):
                continue
            if isinstance(parameter.array_length, str):
                columns[name] = arrays_at(parameter, data, starts, places.offsets[name], places.counts[name])
            else:
                columns[name] = self._middle_column(
                    parameter, data, starts, places.offsets[name], places.good
                )
        tail = Fields(p for p in self._tail if names is None or p.name in names)
        ends = starts + lengths - self.tail_octets
        for parameter in self._tail:
            if parameter.name in tail.names:
                columns[parameter.name] = decode_any(parameter, data, ends, parameter.bit_offset or 0)
        return columns
