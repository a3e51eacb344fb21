"""The headers of USLP frames (732.1-B-2 §4.1) of fixed or varying length, all of one batch at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from decoders.frame_headers import Headers, Uslp, take_ocf
from decoders.packet_index import octets_at
from decoders.shapes import FrameBatch, FrameQuality

SHORTEST_OCTETS = 5
"""A truncated frame (annex D) without data: four octets of header, one of the data field's."""
_VERSION = 12
_PACKETS, _IDLE = 0, 31
"""Protocol ids (UPID, §4.1.4.2.3) of Space Packets or Encapsulation Packets, and of idle data."""
_SPANNING, _LAST_WITH_POINTER, _OCTET_STREAM, _STARTING, _WHOLE = 0, 2, 3, 4, 7
"""Construction rules (§4.1.4.2.2): 000, 010, 011, 100, 111."""
_NO_POINTER = 0xFFFF


def read_uslp(
    batch: FrameBatch, rows: NDArray[np.int64], read: Headers, *, fecf: bool, insert_zone_octets: int
) -> None:
    """Read the headers of frames of at least ``SHORTEST_OCTETS``; one of another length than it says is bad.

    Packets are looked for under construction rule 000 (packets that span frames of fixed length), 111
    (complete packets) and 100 to 110 (segments of one packet) where the protocol id names packets.
    """
    count = len(batch)
    starts, lengths = batch.starts[rows], batch.lengths[rows]
    word = octets_at(batch.data, starts, 0, 4).view(">u4")[:, 0].astype(np.int64)
    wrong = word >> 28 != _VERSION
    batch.quality[rows[wrong]] |= FrameQuality.VERSION_BAD
    batch.scid[rows] = word >> 12 & 0xFFFF
    batch.vcid[rows] = word >> 5 & 0x3F
    truncated = word & 1 != 0
    full = ~truncated & (lengths >= 8)
    flags = np.zeros(len(rows), np.int64)
    fits = truncated | full
    if full.any():
        head = octets_at(batch.data, starts[full], 4, 3).astype(np.int64)
        fits[full] = (head[:, 0] << 8 | head[:, 1]) + 1 == lengths[full]
        flags[full] = head[:, 2]
    counted = np.where(full, flags & 7, 0)
    at = starts + np.where(truncated, 4, 7 + counted + insert_zone_octets)
    has_ocf = flags & 8 != 0
    end = starts + lengths - 2 * fecf
    fits &= at + 1 + 4 * has_ocf <= end
    batch.quality[rows[~fits]] |= FrameQuality.LENGTH_BAD
    _counts(batch, rows, starts, np.where(fits, counted, 0))
    if (fits & has_ocf).any():
        end = take_ocf(batch, rows, fits & has_ocf, end)
    field = batch.data[np.where(fits, at, starts)]
    rule, protocol = field >> 5, field & 31
    begin = at + 1
    # A truncated frame has one octet of data field header whatever its rule (annex D).
    pointed = fits & (rule <= _LAST_WITH_POINTER) & ~truncated
    short = pointed & (begin + 2 > end)
    batch.quality[rows[short]] |= FrameQuality.LENGTH_BAD
    fits &= ~short
    pointed &= ~short
    begin = begin + 2 * pointed
    pointer = np.full(len(rows), -1, np.int32)
    if pointed.any():
        pointer[pointed] = octets_at(batch.data, at[pointed], 1, 2).view(">u2")[:, 0]
        batch.first_header[rows] = pointer
    command = flags & 0x40 != 0
    read.packets[rows] = (
        fits & (protocol == _PACKETS) & ~command & ((pointed & (rule == _SPANNING)) | (rule > _OCTET_STREAM))
    )
    read.idle[rows] = fits & (protocol == _IDLE)
    fresh = (rule == _STARTING) | (rule == _WHOLE)
    read.pointer[rows] = np.where(
        fresh, 0, np.where((rule == _SPANNING) & (pointer != _NO_POINTER), pointer, -1)
    )
    read.begin[rows] = begin
    read.end[rows] = np.maximum(end, begin)
    columns = np.zeros((4, count), np.int64)
    columns[0, rows] = np.where(fits, counted, 0)
    columns[1, rows] = word >> 1 & 15
    columns[2, rows] = flags >> 7 & 1
    columns[3, rows] = fresh
    batch.map_id = np.full(count, -1, np.int16)
    batch.map_id[rows] = columns[1, rows]
    octets, maps, expedited, begins = columns.tolist()
    read.uslp = Uslp(
        [1 << 8 * n if n else 0 for n in octets],
        maps,
        [flag == 1 for flag in expedited],
        [flag == 1 for flag in begins],
    )


def _counts(
    batch: FrameBatch, rows: NDArray[np.int64], starts: NDArray[np.int64], octets: NDArray[np.int64]
) -> None:
    """Read frame counts of 1 to 7 octets behind the seven of the header."""
    for length in np.unique(octets).tolist():
        if not length:
            continue
        mine = octets == length
        wide = np.zeros((int(np.count_nonzero(mine)), 8), np.uint8)
        wide[:, 8 - length :] = octets_at(batch.data, starts[mine], 7, length)
        batch.vc_count[rows[mine]] = wide.view(">u8")[:, 0]
