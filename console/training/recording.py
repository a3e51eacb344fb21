"""A recorded pass: UDP datagrams with their reception times, as a pcap file that any tool opens.

pcap with nanosecond time stamps (magic 0xA1B23C4D) and link type 101 (raw IPv4), gzip-compressed
where the name ends in ``.gz``. A datagram's destination port is its link's port in ``mission.toml``.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MAGIC = 0xA1B23C4D
LINK_TYPE_RAW = 101
LARGEST_OCTETS = 65_535 + 28
_HEADER = struct.Struct("<IHHiIII")
_RECORD = struct.Struct("<IIII")
_LOOPBACK = bytes((127, 0, 0, 1))
_SENDER_PORT = 47_000


class RecordingError(ValueError):
    """A recording that cannot be read on; names the file and the offset."""


@dataclass(frozen=True, slots=True)
class Datagram:
    """What a link received at an instant (ns UTC) on its port."""

    reception_ns: int
    port: int
    octets: bytes


def write(path: Path, datagrams: Iterable[Datagram]) -> None:
    """Write a recording; the same datagrams give the same bytes."""
    parts = [_HEADER.pack(MAGIC, 2, 4, 0, 0, 262_144, LINK_TYPE_RAW)]
    for each in datagrams:
        packet = _ip(each)
        seconds, ns = divmod(each.reception_ns, 1_000_000_000)
        parts += [_RECORD.pack(seconds, ns, len(packet), len(packet)), packet]
    content = b"".join(parts)
    path.write_bytes(gzip.compress(content, 9, mtime=0) if path.suffix == ".gz" else content)


def read(path: Path) -> Iterator[Datagram]:
    """Yield the UDP datagrams of a recording in its order.

    Raises ``RecordingError`` where the file is none or ends early, after what could be read.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            head = file.read(_HEADER.size)
            if len(head) < _HEADER.size or _HEADER.unpack(head)[0] != MAGIC:
                raise RecordingError(f"{path}: not a pcap file with nanosecond times (little-endian)")
            if _HEADER.unpack(head)[6] != LINK_TYPE_RAW:
                raise RecordingError(
                    f"{path}: link type {_HEADER.unpack(head)[6]} is not raw IP ({LINK_TYPE_RAW})"
                )
            offset = _HEADER.size
            while record := file.read(_RECORD.size):
                if len(record) < _RECORD.size:
                    raise RecordingError(f"{path}: ends inside a record at octet {offset}")
                seconds, ns, length, _ = _RECORD.unpack(record)
                if length > LARGEST_OCTETS:
                    raise RecordingError(
                        f"{path}: a record of {length} octets at octet {offset} is no datagram"
                    )
                packet = file.read(length)
                if len(packet) < length:
                    raise RecordingError(f"{path}: ends inside a datagram at octet {offset}")
                offset += _RECORD.size + length
                datagram = _from_ip(packet, seconds * 1_000_000_000 + ns)
                if datagram is not None:
                    yield datagram
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise RecordingError(f"{path}: damaged gzip file ({error})") from None


def _ip(datagram: Datagram) -> bytes:
    length = 28 + len(datagram.octets)
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, 0, 0, 64, 17, 0, _LOOPBACK, _LOOPBACK)
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    checksum = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    head = head[:10] + struct.pack(">H", checksum) + head[12:]
    # RFC 768: a UDP checksum of zero says that none was made
    return head + struct.pack(">HHHH", _SENDER_PORT, datagram.port, length - 20, 0) + datagram.octets


def _from_ip(packet: bytes, reception_ns: int) -> Datagram | None:
    """Return a UDP datagram, or ``None`` for anything else that a capture may hold."""
    if len(packet) < 28 or packet[0] >> 4 != 4 or packet[9] != 17:
        return None
    start = (packet[0] & 15) * 4
    if len(packet) < start + 8:
        return None
    port = int.from_bytes(packet[start + 2 : start + 4], "big")
    return Datagram(reception_ns, port, packet[start + 8 :])
