"""Where the Space Packets of a buffer begin (CCSDS 133.0-B-2 §4.1), without touching their fields."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

PRIMARY_HEADER_OCTETS = 6
HEADER_BITS = 48
MINIMUM_PACKET_OCTETS = 7
UINT16 = np.dtype(">u2")
_STRIDED_FROM = 4
"""After so many packets of one length in a row the next ones are checked all at once,"""
_STRIDED_LEAST = 128
"""if there is room for so many."""


def as_octets(buffer: NDArray[np.uint8] | bytes | bytearray | memoryview) -> NDArray[np.uint8]:
    """Return the buffer as a one-dimensional ``uint8`` array that shares its memory."""
    if isinstance(buffer, np.ndarray):
        return buffer
    return np.frombuffer(buffer, np.uint8)


def _same_length_run(octets: NDArray[np.uint8], start: int, length: int) -> int:
    """Count the packets from ``start`` on that follow each other and all have this length."""
    high, low = (length - MINIMUM_PACKET_OCTETS) >> 8, (length - MINIMUM_PACKET_OCTETS) & 0xFF
    run, look = 0, 64
    while True:
        here = start + run * length
        rows = min(look, (octets.size - here) // length)
        if rows <= 0:
            return run
        stop = here + rows * length
        wrong = octets[here + 4 : stop : length] != high
        wrong |= octets[here + 5 : stop : length] != low
        first = int(wrong.argmax())
        if wrong[first]:
            return run + first
        run += rows
        look *= 8


def index_packets(
    buffer: NDArray[np.uint8] | bytes | bytearray | memoryview, offset: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Walk from header to header and return ``(starts, lengths, first_unused_offset)``.

    Starts and lengths are int64 octets, one row a complete packet; lengths count the primary header.
    The walk starts at ``offset`` and ends at the first packet that is not complete, whose offset is
    returned last (equal to the buffer's size if nothing is left over). Nothing is judged here: see
    ``decoders.packet_scan`` for buffers that may hold anything else than packets.
    """
    octets = as_octets(buffer)
    size, here, last_header = octets.size, offset, octets.size - PRIMARY_HEADER_OCTETS
    data = buffer if isinstance(buffer, bytes) else octets.data
    parts: list[NDArray[np.int64]] = []
    loose: list[int] = []
    previous, repeated = 0, 0
    while here < last_header:
        length = (data[here + 4] << 8 | data[here + 5]) + MINIMUM_PACKET_OCTETS
        if here + length > size:
            break
        if length == previous:
            repeated += 1
            if repeated >= _STRIDED_FROM and here + _STRIDED_LEAST * length <= size:
                run = _same_length_run(octets, here, length)
                if loose:
                    parts.append(np.array(loose, np.int64))
                    loose = []
                parts.append(np.arange(here, here + run * length, length, dtype=np.int64))
                here += run * length
                # A run that ends soon costs more than it saves: ask for a longer one next time.
                repeated = 0 if run >= 64 else -8 * _STRIDED_FROM
                continue
        else:
            repeated, previous = 0, length
        loose.append(here)
        here += length
    if loose:
        parts.append(np.array(loose, np.int64))
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64), here
    starts = parts[0] if len(parts) == 1 else np.concatenate(parts)
    lengths = np.empty(len(starts), np.int64)
    np.subtract(starts[1:], starts[:-1], out=lengths[:-1])
    lengths[-1] = here - starts[-1]
    return starts, lengths, here


def primary_headers(data: NDArray[np.uint8] | bytes, starts: NDArray[np.int64]) -> dict[str, NDArray]:
    """Return the primary header fields of the packets at ``starts``, one array a field.

    ``version`` u1, ``type`` u1, ``secondary_header`` bool, ``apid`` i4, ``sequence_flags`` i1,
    ``sequence_count`` i4, ``data_length`` i4 (the field as transmitted: octets of data minus one).
    """
    header = octets_at(as_octets(data), starts, 0, PRIMARY_HEADER_OCTETS).view(UINT16).T.astype(np.int32)
    identification, sequence, data_length = header
    return {
        "version": (identification >> 13).astype(np.uint8),
        "type": (identification >> 12 & 1).astype(np.uint8),
        "secondary_header": (identification & 0x0800) != 0,
        "apid": identification & 0x07FF,
        "sequence_flags": (sequence >> 14).astype(np.int8),
        "sequence_count": sequence & 0x3FFF,
        "data_length": data_length,
    }


def among(values: NDArray, members: Collection[int]) -> NDArray[np.bool_]:
    """Tell which values are among a few members; for so few it is quicker than ``np.isin``."""
    found = np.zeros(values.shape, np.bool_)
    for member in members:
        found |= values == member
    return found


def octets_at(
    data: NDArray[np.uint8], starts: NDArray[np.int64], offset: int, count: int
) -> NDArray[np.uint8]:
    """Copy ``count`` octets at ``offset`` of every packet into a ``(n, count)`` array.

    The caller makes sure that the octets lie inside the buffer; otherwise ``IndexError``.
    """
    if len(starts) == 0 or count == 0:
        return np.empty((len(starts), count), np.uint8)
    data = np.ascontiguousarray(data)
    rows = np.ndarray((max(data.size - count + 1, 0),), _octets(count), data, 0, (1,))
    return rows[starts + offset if offset else starts].view(np.uint8).reshape(len(starts), count)


@lru_cache(maxsize=256)
def _octets(count: int) -> np.dtype[np.void]:
    """Return the type of so many octets; numpy takes a microsecond to read its name."""
    return np.dtype((np.void, count))
