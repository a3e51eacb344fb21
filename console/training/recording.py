"""A recorded pass: UDP datagrams with their reception times, as a pcap file that any tool opens.

pcap with nanosecond time stamps (magic 0xA1B23C4D) and link type 101 (raw IPv4), gzip-compressed
where the name ends in ``.gz``. A datagram's destination port is its link's port in ``mission.toml``.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from console.links import capture
from console.links.capture import Datagram

__all__ = ["Datagram", "RecordingError", "read", "write"]

MAGIC = 0xA1B23C4D
LINK_TYPE_RAW = 101
_HEADER = struct.Struct("<IHHiIII")
_RECORD = struct.Struct("<IIII")
_LOOPBACK = bytes((127, 0, 0, 1))
_SENDER_PORT = 47_000


class RecordingError(ValueError):
    """A recording that cannot be read on; names the file and the offset."""


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
    """Yield the UDP datagrams of a recording in its order; any capture is one.

    Raises ``RecordingError`` where the file is none or ends early, after what could be read.
    """
    try:
        yield from capture.read(path)
    except capture.CaptureError as error:
        raise RecordingError(str(error)) from None


def _ip(datagram: Datagram) -> bytes:
    length = 28 + len(datagram.octets)
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, 0, 0, 64, 17, 0, _LOOPBACK, _LOOPBACK)
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    checksum = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    head = head[:10] + struct.pack(">H", checksum) + head[12:]
    # RFC 768: a UDP checksum of zero says that none was made
    return head + struct.pack(">HHHH", _SENDER_PORT, datagram.port, length - 20, 0) + datagram.octets
