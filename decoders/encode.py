"""The way back: values → Space Packets, for simulators and tests; frames are in ``encode_frames``."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from decoders.asked_values import asked_values
from decoders.encode_dynamic import DynamicFields
from decoders.encode_frames import (
    ASM,
    AosFramePacker,
    MasterChannel,
    TmFramePacker,
    UslpFramePacker,
    cadu,
)
from decoders.frame_headers import IDLE_FIRST_HEADER, NO_FIRST_HEADER
from decoders.layout_dynamic import is_dynamic
from decoders.layout_encoded import encoded, is_encoded
from decoders.mission.csv import place
from decoders.mission.model import PacketDefinition, Parameter
from decoders.packet_index import HEADER_BITS
from decoders.space_packet import IDLE_APID, MAXIMUM_PACKET_OCTETS, crc16, idle_packet, primary_header
from decoders.timecode import from_ns
from decoders.timefield import clock_of, time_field

__all__ = [
    "ASM",
    "IDLE_APID",
    "IDLE_FIRST_HEADER",
    "NO_FIRST_HEADER",
    "AosFramePacker",
    "MasterChannel",
    "PacketEncoder",
    "TmFramePacker",
    "UslpFramePacker",
    "Value",
    "cadu",
    "crc16",
    "idle_packet",
    "primary_header",
]

_FLOATS = {16: ">e", 32: ">f", 64: ">d"}

Value = int | float | str | bytes | Sequence[Any] | np.ndarray


class PacketEncoder:
    """Builds packets of one definition from raw values."""

    def __init__(self, definition: PacketDefinition, apid: int | None = None) -> None:
        """Take a definition; ``apid`` replaces the one that it names (or does not)."""
        self.definition = definition
        self.apid = apid if apid is not None else (definition.apid or 0)
        self._time = time_field(definition)
        self._clock = clock_of(definition.time, definition.clock)
        self._asked = asked_values(definition)
        self._secondary_header = definition.time.code != "none" or any(
            p.role == "header" and (p.bit_offset or 0) >= HEADER_BITS for p in definition.parameters
        )
        arrays = [p for p in definition.parameters if isinstance(p.array_length, str)]
        self._counted = {str(p.array_length): p.name for p in arrays if p.array_length != "expand"}
        filled = {"crc"} if self._time is None else {"crc", "time"}
        self._fields = [p for p in definition.parameters if p.role not in filled]
        placed = place(definition.parameters)
        self._dynamic = None
        if is_dynamic(placed):
            self._dynamic = DynamicFields([p for p in placed if p.role != "crc"], _pattern)

    def encode(self, values: Mapping[str, Value], sequence_count: int, generation_ns: int) -> bytes:
        """Return one packet; a field without a value is zero, or what its criteria ask for.

        ``values`` are raw: integers are cut to their field's bits, floats written as IEEE 754,
        strings padded with NULs. Raises ``ValueError`` where the time does not fit its format or
        the packet would be longer than 65,542 octets.
        """
        if self._asked:
            values = {**self._asked, **values}
        bits = _Bits()
        cursor = 48
        if self._dynamic is not None:
            for part in self._dynamic.bits(values):
                bits.put(*part)
        for field in self._fields if self._dynamic is None else ():
            offset = cursor if field.bit_offset is None else field.bit_offset
            cursor = offset
            for number in _elements(field, values, self._counted):
                bits.put(cursor, field.bit_length, number)
                cursor += field.bit_length
        length = (max(bits.end, 48) + 7) // 8
        time = b""
        if self._time is not None:
            time = self._time_octets(generation_ns)
            length = max(length, self._time.at + len(time))
        trailer = 2 if self.definition.crc else 0
        fixed = self.definition.length_octets
        length = max(fixed if fixed is not None else length + trailer, 7)
        if length > MAXIMUM_PACKET_OCTETS:
            raise ValueError(f"{self.definition.name}: {length} octets are more than a packet can hold")
        packet = bytearray(bits.octets(length))
        packet[:6] = primary_header(
            self.apid, sequence_count, length - 6, secondary_header=self._secondary_header
        )
        if self._time is not None:
            packet[self._time.at : self._time.at + len(time)] = time
        if trailer:
            packet[-2:] = crc16(memoryview(packet)[:-2]).to_bytes(2, "big")
        return bytes(packet)

    def _time_octets(self, generation_ns: int) -> bytes:
        field = self._time
        if field is None:
            return b""
        shown = np.array([generation_ns], np.int64)
        if self._clock is not None:
            shown = self._clock.onboard(shown)
        return from_ns(shown, field.fmt, field.octets if field.bounded else 0).tobytes()


class _Bits:
    """Numbers at bit offsets, joined into octets at the end."""

    def __init__(self) -> None:
        self.end = 0
        self._parts: list[tuple[int, int, int]] = []

    def put(self, offset: int, length: int, number: int) -> None:
        self._parts.append((offset, length, number & ((1 << length) - 1)))
        self.end = max(self.end, offset + length)

    def octets(self, count: int) -> bytes:
        out = bytearray(count)
        for offset, length, number in self._parts:
            first, last = offset // 8, (offset + length + 7) // 8
            if last > count or not length:
                continue
            shift = 8 * last - offset - length
            if not (length | offset) & 7:
                out[first:last] = number.to_bytes(last - first, "big")
                continue
            keep = int.from_bytes(out[first:last], "big") & ~(((1 << length) - 1) << shift)
            out[first:last] = (keep | number << shift).to_bytes(last - first, "big")
        return bytes(out)


def _elements(field: Parameter, values: Mapping[str, Value], counted: Mapping[str, str]) -> list[int]:
    """Return the bit patterns of a field's elements in order; ``counted`` maps a count to its array."""
    given = values.get(field.name)
    if given is None:
        if counted and counted.get(field.name) in values:
            return [len(values[counted[field.name]])]  # type: ignore[arg-type]
        if isinstance(field.array_length, str):
            return []
        return [0] * (1 if field.array_length is None else field.array_length)
    if field.array_length is None:
        return [_pattern(field, given)]
    # As objects: numpy would make floats of large integers and cut the NULs off strings.
    items: Iterable[Any] = (
        np.ravel(np.asarray(given, object)).tolist() if not isinstance(given, bytes) else given
    )
    return [_pattern(field, item) for item in items]


def _pattern(field: Parameter, value: Any) -> int:
    if not is_encoded(field):
        return _plain_pattern(field, value)
    number = encoded(field, value) if field.encoding else int(value) & ((1 << field.bit_length) - 1)
    if field.bit_order == "lsb":
        number = int(f"{number:0{field.bit_length}b}"[::-1], 2)
    if field.byte_order == "big":
        return number
    octets = number.to_bytes((field.bit_length + 7) // 8, "big")
    return int.from_bytes(_reordered(octets, field.byte_order), "big")


def _plain_pattern(field: Parameter, value: Any) -> int:
    octets = field.bit_length // 8
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, (bytes, bytearray, np.bytes_)):
        return int.from_bytes(bytes(value)[:octets].ljust(octets, b"\0"), "big")
    if field.data_type == "float":
        if field.bit_length not in _FLOATS:
            raise ValueError(f"{field.name}: a float of {field.bit_length} bits has no IEEE form")
        raw = struct.pack(_FLOATS[field.bit_length], float(value))
    else:
        number = int(value) & ((1 << field.bit_length) - 1)
        if field.byte_order == "big":
            return number
        raw = number.to_bytes((field.bit_length + 7) // 8, "big")
    return int.from_bytes(_reordered(raw, field.byte_order), "big")


def _reordered(octets: bytes, byte_order: str) -> bytes:
    """Put big-endian octets into a field's byte order (see ``layout_fields.octet_ranks``)."""
    if byte_order == "big":
        return octets
    if byte_order == "little":
        return octets[::-1]
    return bytes(octets[int(rank) - 1] for rank in byte_order)
