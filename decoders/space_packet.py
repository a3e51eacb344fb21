"""One Space Packet by hand: its primary header, idle packets, the CRC (CCSDS 133.0-B-2)."""

from __future__ import annotations

import struct
from binascii import crc_hqx

IDLE_APID = 0x7FF
MAXIMUM_PACKET_OCTETS = 65_542


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
