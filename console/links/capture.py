"""UDP datagrams out of packet captures: pcap and pcapng, as Wireshark and tcpdump write them.

pcap (draft-ietf-opsawg-pcap) in both byte orders with micro- or nanoseconds, pcapng
(draft-ietf-opsawg-pcapng) with its interfaces' clocks, gzip-compressed or not; Ethernet with VLAN tags,
raw IP, Linux cooked captures, loopback; IPv4 and IPv6. Datagrams that came in IP fragments are joined.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

LARGEST_RECORD = 1 << 20
"""A record is no longer than a captured packet; more is damage."""
_UDP = 17
_MOST_FRAGMENTS = 1024
_LATEST_NS = 9_000_000_000 * 1_000_000_000
"""A record that tells a time further from 1970 tells none."""
_PCAP = {
    b"\xa1\xb2\xc3\xd4": (">", 1_000), b"\xd4\xc3\xb2\xa1": ("<", 1_000),
    b"\xa1\xb2\x3c\x4d": (">", 1), b"\x4d\x3c\xb2\xa1": ("<", 1),
}  # fmt: skip
_SECTION = b"\x0a\x0d\x0d\x0a"


class CaptureError(ValueError):
    """A capture that cannot be read on; names the file and the offset."""


@dataclass(frozen=True, slots=True)
class Datagram:
    """What came to a port at an instant (ns UTC); 0 where the capture tells no time, or none that can be."""

    reception_ns: int
    port: int
    octets: bytes


def is_capture(head: bytes) -> bool:
    """Tell whether a file that begins with these octets is a capture, compressed ones unseen."""
    return head[:4] in _PCAP or head[:4] == _SECTION


def read(path: Path) -> Iterator[Datagram]:
    """Yield the UDP datagrams of a capture in its order; whatever else it holds is passed over.

    Raises ``CaptureError`` where the file is none or ends early, after what could be read; ``OSError``.
    """
    with path.open("rb") as raw:
        compressed = raw.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path, "rb") if compressed else path.open("rb") as file:
            yield from _datagrams(_Reading(path, file))  # type: ignore[arg-type]
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise CaptureError(f"{path}: damaged gzip file ({error})") from None


def _datagrams(reading: _Reading) -> Iterator[Datagram]:
    fragments: dict[tuple[bytes, ...], dict[int, tuple[bytes, bool]]] = {}
    magic = reading.take(4, "its first octets")
    if magic in _PCAP:
        records = _pcap(reading, *_PCAP[magic])
    elif magic == _SECTION:
        records = _pcapng(reading)
    else:
        raise CaptureError(f"{reading.path}: neither pcap nor pcapng")
    for ns, link_type, octets in records:
        packet = _internet(link_type, octets)
        found = None if packet is None else _udp(packet, fragments)
        if found is not None:
            yield Datagram(ns, *found)


class _Reading:
    """The file and how far it is read."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self._file, self.offset = path, file, 0

    def some(self, count: int) -> bytes:
        octets = self._file.read(count)
        self.offset += len(octets)
        return octets

    def take(self, count: int, what: str) -> bytes:
        at, octets = self.offset, self.some(count)
        if len(octets) < count:
            raise CaptureError(f"{self.path}: ends inside {what} at octet {at}")
        return octets

    def bad(self, message: str) -> CaptureError:
        return CaptureError(f"{self.path}: {message} at octet {self.offset}")


def _pcap(reading: _Reading, order: str, unit_ns: int) -> Iterator[tuple[int, int, bytes]]:
    head = reading.take(20, "the file header")
    link_type = struct.unpack(order + "I", head[16:])[0] & 0x0FFF_FFFF
    record = struct.Struct(order + "IIII")
    while start := reading.some(record.size):
        if len(start) < record.size:
            raise CaptureError(f"{reading.path}: ends inside a record at octet {reading.offset - len(start)}")
        seconds, part, length, _ = record.unpack(start)
        if length > LARGEST_RECORD:
            raise reading.bad(f"a record of {length} octets")
        yield seconds * 1_000_000_000 + part * unit_ns, link_type, reading.take(length, "a packet")


def _pcapng(reading: _Reading) -> Iterator[tuple[int, int, bytes]]:
    order, interfaces, kind = "<", list[tuple[int, int, int]](), _SECTION
    while True:
        head = reading.take(4, "a block")
        if kind == _SECTION:
            magic = reading.take(4, "the section header")
            order = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}.get(magic, "")
            if not order:
                raise reading.bad("no byte order of a section")
            interfaces = []
        length = struct.unpack(order + "I", head)[0]
        done = 12 if kind == _SECTION else 8
        if not 12 <= length <= LARGEST_RECORD or length % 4:
            raise reading.bad(f"a block of {length} octets")
        body = reading.take(length - done, "a block")[:-4]
        block = struct.unpack(order + "I", kind)[0]
        if block == 1:
            interfaces.append(_interface(body, order))
        elif block == 6 and len(body) >= 20:
            number, high, low, kept, _ = struct.unpack(order + "IIIII", body[:20])
            if number < len(interfaces):
                link_type, units, offset_s = interfaces[number]
                ticks = high << 32 | low
                ns = ticks * 1_000_000_000 // units + offset_s * 1_000_000_000
                yield ns if abs(ns) < _LATEST_NS else 0, link_type, body[20 : 20 + kept]
        elif block == 3 and interfaces and len(body) >= 4:  # a simple packet tells no time
            yield 0, interfaces[0][0], body[4 : 4 + struct.unpack(order + "I", body[:4])[0]]
        kind = reading.some(4)
        if not kind:
            return
        if len(kind) < 4:
            raise CaptureError(f"{reading.path}: ends inside a block at octet {reading.offset - len(kind)}")


def _interface(body: bytes, order: str) -> tuple[int, int, int]:
    """Return link type, units a second and offset (s) of an interface."""
    if len(body) < 8:
        return -1, 1_000_000, 0
    link_type = struct.unpack(order + "H", body[:2])[0]
    units, offset_s, at = 1_000_000, 0, 8
    while at + 4 <= len(body):
        code, length = struct.unpack(order + "HH", body[at : at + 4])
        value = body[at + 4 : at + 4 + length]
        if code == 9 and length == 1:  # if_tsresol
            units = 1 << (value[0] & 0x7F) if value[0] & 0x80 else 10 ** min(value[0], 18)
        elif code == 14 and length == 8:  # if_tsoffset
            offset_s = struct.unpack(order + "q", value)[0]
        elif code == 0:
            break
        at += 4 + (length + 3) // 4 * 4
    return link_type, units, offset_s


def _internet(link_type: int, octets: bytes) -> bytes | None:
    """Return the IP packet of a captured one, ``None`` where it holds another protocol."""
    if link_type in (12, 14, 101, 228, 229):
        return octets
    if link_type in (0, 108):
        return octets[4:]
    if link_type == 1:
        at, kind = 14, octets[12:14]
        while kind in (b"\x81\x00", b"\x88\xa8", b"\x91\x00"):
            at, kind = at + 4, octets[at + 2 : at + 4]
        return octets[at:] if kind in (b"\x08\x00", b"\x86\xdd") else None
    if link_type == 113:
        return octets[16:] if octets[14:16] in (b"\x08\x00", b"\x86\xdd") else None
    if link_type == 276:
        return octets[20:] if octets[:2] in (b"\x08\x00", b"\x86\xdd") else None
    return None


def _udp(
    packet: bytes, fragments: dict[tuple[bytes, ...], dict[int, tuple[bytes, bool]]]
) -> tuple[int, bytes] | None:
    """Return port and octets of a UDP datagram, ``None`` for anything else or a part of one."""
    if len(packet) < 20:
        return None
    if packet[0] >> 4 == 4:
        head, total = (packet[0] & 15) * 4, int.from_bytes(packet[2:4], "big")
        word = int.from_bytes(packet[6:8], "big")
        key, offset, more = (packet[4:6], packet[12:20]), (word & 0x1FFF) * 8, bool(word & 0x2000)
        protocol, body = packet[9], packet[head : max(total, head)]
    elif packet[0] >> 4 == 6 and len(packet) >= 40:
        protocol, at, key, offset, more = packet[6], 40, (b"", packet[8:40]), 0, False
        end = 40 + int.from_bytes(packet[4:6], "big")
        while protocol in (0, 43, 44, 60) and at + 8 <= len(packet):
            if protocol == 44:
                word = int.from_bytes(packet[at + 2 : at + 4], "big")
                offset, more, key = word & 0xFFF8, bool(word & 1), (packet[at + 4 : at + 8], packet[8:40])
                size = 8
            else:
                size = 8 + 8 * packet[at + 1]
            protocol, at = packet[at], at + size
        body = packet[at:end]
    else:
        return None
    if protocol != _UDP:
        return None
    if offset or more:
        parts = fragments.setdefault(key, {})
        parts[offset] = (body, more)
        joined = _joined(parts)
        if joined is not None or len(parts) > _MOST_FRAGMENTS:
            del fragments[key]
        elif len(fragments) > _MOST_FRAGMENTS:
            del fragments[next(iter(fragments))]
        if joined is None:
            return None
        body = joined
    if len(body) < 8:
        return None
    length = int.from_bytes(body[4:6], "big")
    return int.from_bytes(body[2:4], "big"), body[8 : length if length >= 8 else len(body)]


def _joined(parts: dict[int, tuple[bytes, bool]]) -> bytes | None:
    """Join the fragments of a datagram once all of them are there."""
    whole = b""
    while (part := parts.get(len(whole))) is not None:
        whole += part[0]
        if not part[1]:
            return whole
        if not part[0]:
            return None
    return None
