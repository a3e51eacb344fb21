"""Encapsulation Packets (CCSDS 133.1-B-3 §4.1), which may stand among Space Packets: how long one is."""

from __future__ import annotations

import re

FIRST_OCTET = 0xE0
"""A first octet from here on has the packet version 111 (§4.1.2.2); alone it is an idle packet."""
LONGEST_OCTETS = 65_543
"""A longer packet is not believed: eight octets of header and an internet packet are not more."""
NOT_YET = -1
_HEADER_OCTETS = (1, 2, 4, 8)
_IDLE_RUN = re.compile(rb"\xe0+")


def encapsulation_octets(data: bytes, at: int) -> int:
    """Return the length of the packet whose header begins at ``at``, as that header tells it.

    0 if no header of an encapsulation packet stands there, ``NOT_YET`` if the octets end before it tells.
    """
    first = data[at]
    if first < FIRST_OCTET:
        return 0
    kind = first & 3  # §4.1.2.4: the length of the length
    if not kind:
        return 1 if not first & 0x1C else 0  # without a length only the idle protocol id 000
    header = _HEADER_OCTETS[kind]
    if len(data) - at < header:
        return NOT_YET
    length = int.from_bytes(data[at + header // 2 : at + header], "big")
    return length if header <= length <= LONGEST_OCTETS else 0


def idle_run(data: bytes, at: int) -> int:
    """Return where the idle packets of one octet that follow each other from ``at`` on end."""
    match = _IDLE_RUN.match(data, at)
    return at if match is None else match.end()


def encapsulation_packet(data: bytes, protocol: int = 2, header_octets: int = 4) -> bytes:
    """Return an encapsulation packet around ``data``; ``header_octets`` is 2, 4 or 8, or 1 for an idle one.

    The fields for user and extension of longer headers are zero. Raises ``ValueError`` where the length
    does not fit.
    """
    kind = _HEADER_OCTETS.index(header_octets)
    first = bytes([FIRST_OCTET | (protocol & 7) << 2 | kind])
    if not kind:
        return first
    length = header_octets + len(data)
    if length >= 1 << 4 * header_octets:
        raise ValueError(f"{length} octets do not fit a header of {header_octets} octets")
    return first + bytes(header_octets // 2 - 1) + length.to_bytes(header_octets // 2, "big") + data
