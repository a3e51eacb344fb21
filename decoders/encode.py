"""The way back: values → Space Packets → TM or AOS frames → CADUs, for simulators and tests."""

from __future__ import annotations

import abc
import struct
from binascii import crc_hqx
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from decoders.mission.model import PacketDefinition, Parameter
from decoders.timecode import from_ns
from decoders.timefield import time_field

ASM = b"\x1a\xcf\xfc\x1d"
"""Attached sync marker of uncoded and Reed–Solomon coded frames (131.0-B-5 §9.3)."""
IDLE_APID = 0x7FF
NO_FIRST_HEADER = 0x7FF
IDLE_FIRST_HEADER = 0x7FE
MAXIMUM_PACKET_OCTETS = 65_542
_FLOATS = {16: ">e", 32: ">f", 64: ">d"}

Value = int | float | str | bytes | Sequence[Any] | np.ndarray


def crc16(octets: bytes | bytearray | memoryview) -> int:
    """Return the CRC-16 of FECF and packet error control (x¹⁶+x¹²+x⁵+1, preset to ones)."""
    return crc_hqx(octets, 0xFFFF)


def primary_header(
    apid: int,
    sequence_count: int,
    data_octets: int,
    *,
    secondary_header: bool = False,
    sequence_flags: int = 3,
    telecommand: bool = False,
) -> bytes:
    """Return the six octets of a Space Packet's primary header (133.0-B-2 §4.1.3)."""
    identification = telecommand << 12 | secondary_header << 11 | apid & 0x7FF
    sequence = (sequence_flags & 3) << 14 | sequence_count & 0x3FFF
    return struct.pack(">HHH", identification, sequence, (data_octets - 1) & 0xFFFF)


def idle_packet(length: int, sequence_count: int = 0, fill: int = 0x55) -> bytes:
    """Return an idle packet (133.0-B-2 §4.1.3.3.4.4) of ``length`` octets; at least seven."""
    return primary_header(IDLE_APID, sequence_count, length - 6) + bytes([fill]) * (length - 6)


def cadu(frame: bytes) -> bytes:
    """Return the frame behind its attached sync marker."""
    return ASM + frame


class PacketEncoder:
    """Builds packets of one definition from raw values."""

    def __init__(self, definition: PacketDefinition, apid: int | None = None) -> None:
        """Take a definition; ``apid`` replaces the one that it names (or does not)."""
        self.definition = definition
        self.apid = apid if apid is not None else (definition.apid or 0)
        self._time = time_field(definition)
        arrays = [p for p in definition.parameters if isinstance(p.array_length, str)]
        self._counted = {str(p.array_length): p.name for p in arrays if p.array_length != "expand"}
        filled = {"crc"} if self._time is None else {"crc", "time"}
        self._fields = [p for p in definition.parameters if p.role not in filled]

    def encode(self, values: Mapping[str, Value], sequence_count: int, generation_ns: int) -> bytes:
        """Return one packet; a field without a value is zero.

        ``values`` are raw: integers are cut to their field's bits, floats written as IEEE 754,
        strings padded with NULs. Raises ``ValueError`` where the time does not fit its format or
        the packet would be longer than 65,542 octets.
        """
        bits = _Bits()
        cursor = 48
        for field in self._fields:
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
        has_secondary = self.definition.time.code != "none"
        packet[:6] = primary_header(self.apid, sequence_count, length - 6, secondary_header=has_secondary)
        if self._time is not None:
            packet[self._time.at : self._time.at + len(time)] = time
        if trailer:
            packet[-2:] = crc16(memoryview(packet)[:-2]).to_bytes(2, "big")
        return bytes(packet)

    def _time_octets(self, generation_ns: int) -> bytes:
        field = self._time
        if field is None:
            return b""
        octets = field.octets if field.bounded else 0
        return from_ns(np.array([generation_ns], np.int64), field.fmt, octets).tobytes()


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
    """Put big-endian octets into a field's byte order (permutations as ccsdspy counts them)."""
    if byte_order == "big":
        return octets
    if byte_order == "little":
        return octets[::-1]
    size, out = len(octets), bytearray(len(octets))
    for at, digit in enumerate(reversed(byte_order)):
        out[size - int(digit)] = octets[at]
    return bytes(out)


class MasterChannel:
    """The frame counter that all virtual channels of one TM master channel share."""

    def __init__(self) -> None:
        self.count = 0

    def next(self) -> int:
        """Return the count of the frame to be sent, and step on."""
        count = self.count
        self.count = (count + 1) & 0xFF
        return count


class _FramePacker(abc.ABC):
    """Fills the packet zones of one virtual channel."""

    def __init__(self, scid: int, vcid: int, frame_length: int, ocf: bool, fecf: bool, overhead: int) -> None:
        self.scid, self.vcid, self.frame_length = scid, vcid, frame_length
        self.ocf, self.fecf = ocf, fecf
        self.ocf_word = 0
        """The 32-bit operational control field (CLCW) of the frames to come."""
        self.count = 0
        """The virtual channel count of the next frame."""
        self.zone_length = frame_length - overhead - 4 * ocf - 2 * fecf
        if self.zone_length < 1:
            raise ValueError(f"frames of {frame_length} octets leave no room for packets")
        self._zone = bytearray()
        self._first: int | None = None

    @property
    def pending(self) -> int:
        """How many octets wait for a frame to be full."""
        return len(self._zone)

    def push(self, packet: bytes) -> list[bytes]:
        """Add a packet and return the frames that it completed."""
        if self._first is None and len(self._zone) < self.zone_length:
            self._first = len(self._zone)
        self._zone += packet
        frames = []
        while len(self._zone) >= self.zone_length:
            first = NO_FIRST_HEADER if self._first is None else self._first
            frames.append(self._frame(bytes(self._zone[: self.zone_length]), first))
            del self._zone[: self.zone_length]
            self._first = None
        return frames

    def flush(self) -> list[bytes]:
        """Fill the open frame with an idle packet and return it; nothing if no frame is open.

        Where fewer than seven octets are left the idle packet goes on through a second frame.
        """
        if not self._zone:
            return []
        room = self.zone_length - len(self._zone)
        while room < 7:
            room += self.zone_length
        return self.push(idle_packet(room))

    def idle_frame(self) -> bytes:
        """Return a frame of only idle data; an open frame of packets stays open."""
        return self._frame(bytes([0x55]) * self.zone_length, IDLE_FIRST_HEADER)

    def _frame(self, zone: bytes, first_header: int) -> bytes:
        frame = self._header(first_header) + zone
        self.count += 1
        if self.ocf:
            frame += (self.ocf_word & 0xFFFF_FFFF).to_bytes(4, "big")
        return frame + crc16(frame).to_bytes(2, "big") if self.fecf else frame

    @abc.abstractmethod
    def _header(self, first_header: int) -> bytes: ...


class TmFramePacker(_FramePacker):
    """Packs packets into TM transfer frames (132.0-B-3 §4.1) of one virtual channel.

    Virtual channels of one spacecraft share a ``MasterChannel``; alone, a channel has its own.
    """

    def __init__(
        self,
        scid: int,
        vcid: int,
        frame_length: int = 1115,
        ocf: bool = True,
        fecf: bool = True,
        master: MasterChannel | None = None,
    ) -> None:
        super().__init__(scid, vcid, frame_length, ocf, fecf, overhead=6)
        self.master = master or MasterChannel()

    def _header(self, first_header: int) -> bytes:
        identification = (self.scid & 0x3FF) << 4 | (self.vcid & 7) << 1 | self.ocf
        status = 3 << 11 | first_header  # no secondary header, packets forward, segment id 11 (§4.1.2.7)
        return struct.pack(">HBBH", identification, self.master.next(), self.count & 0xFF, status)


class AosFramePacker(_FramePacker):
    """Packs packets into the M_PDUs of AOS transfer frames (732.0-B-4 §4.1) of one virtual channel."""

    def __init__(
        self,
        scid: int,
        vcid: int,
        frame_length: int = 1115,
        ocf: bool = False,
        fecf: bool = True,
        replay: bool = False,
    ) -> None:
        super().__init__(scid, vcid, frame_length, ocf, fecf, overhead=8)
        self.replay = replay

    def _header(self, first_header: int) -> bytes:
        identification = 1 << 14 | (self.scid & 0xFF) << 6 | self.vcid & 0x3F
        count = (self.count & 0xFF_FFFF) << 8 | self.replay << 7
        return struct.pack(">HIH", identification, count, first_header)
