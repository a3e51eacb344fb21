"""TM (132.0-B-3) and AOS (732.0-B-4) transfer frames: headers, FECF, OCF, packet zones."""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from decoders.encode import IDLE_FIRST_HEADER
from decoders.packet_index import octets_at
from decoders.shapes import NO_COUNT, NOT_USABLE, FrameBatch, FrameQuality

AOS_IDLE_VCID = 63
_UNUSABLE = int(NOT_USABLE)


@dataclass(slots=True)
class ReadFrames:
    """A frame batch with what the packet extraction needs of each frame.

    The packet zone of frame ``i`` is ``octets[zone_start[i]:zone_end[i]]`` of the buffer; an unusable
    or idle frame, or one without packets, has an empty one.
    """

    batch: FrameBatch
    zone_start: NDArray[np.int64]
    zone_end: NDArray[np.int64]
    usable: NDArray[np.bool_]


def good_fecf(frame: bytes | memoryview) -> bool:
    """Return whether the last two octets are the CRC-16 of those before (132.0-B-3 §4.1.6)."""
    return crc_hqx(frame, 0xFFFF) == 0


def _empty(count: int, fill: int, dtype: type[np.generic]) -> NDArray:
    return np.full(count, fill, dtype)


def read_frames(
    framing: Literal["tm", "aos"],
    octets: bytes,
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    *,
    frame_length: int,
    fecf: bool,
    ocf: bool,
    scids: Collection[int],
    packet_vcids: Collection[int] | None,
    reception_ns: NDArray[np.int64],
    stream_offset: NDArray[np.int64],
    corrected: NDArray[np.int16] | None = None,
    whole: NDArray[np.bool_] | None = None,
) -> ReadFrames:
    """Read the headers of the frames at ``starts`` in one buffer, one row a frame.

    A frame of another length than ``frame_length`` gets ``LENGTH_BAD`` and nothing is read from it. An
    empty ``scids`` knows every vehicle. Whether a TM frame has an OCF says its own header (§4.1.2.4);
    for AOS it is ``ocf``. ``corrected`` are the symbols that the link's code corrected (-1: it could not),
    ``whole`` the rows that are code blocks at all. Nothing is raised for any content.
    """
    count = len(starts)
    data = np.frombuffer(octets, np.uint8)
    quality = np.zeros(count, np.int32)
    right = lengths == frame_length
    if whole is not None:
        right &= whole
    all_right = bool(right.all())
    if not all_right:
        quality[~right] = FrameQuality.LENGTH_BAD
    batch = FrameBatch(
        data,
        starts,
        lengths,
        scid=_empty(count, NO_COUNT, np.int32),
        vcid=_empty(count, NO_COUNT, np.int16),
        mc_count=_empty(count, NO_COUNT, np.int32),
        vc_count=_empty(count, NO_COUNT, np.int32),
        first_header=_empty(count, NO_COUNT, np.int32),
        ocf=_empty(count, -1, np.int64),
        quality=quality,
        reception_ns=reception_ns,
        stream_offset=stream_offset,
        corrected=_empty(count, -1, np.int16) if corrected is None else corrected,
    )
    if corrected is not None:
        quality[(corrected < 0) & right] |= FrameQuality.CODE_BAD
    zone_start, zone_end = np.zeros(count, np.int64), np.zeros(count, np.int64)
    rows = np.arange(count) if all_right else np.nonzero(right)[0]
    if len(rows):
        _read(framing, octets, batch, rows, zone_start, zone_end, frame_length, fecf, ocf)
        if scids:
            known = np.isin(batch.scid[rows], np.fromiter(scids, np.int32, len(scids)))
            if not known.all():
                quality[rows[~known]] |= FrameQuality.VEHICLE_UNKNOWN
        if fecf:
            view = memoryview(octets)
            ends = (starts + lengths)[rows].tolist()
            sums = [crc_hqx(view[a:b], 0xFFFF) for a, b in zip(starts[rows].tolist(), ends, strict=True)]
            if any(sums):
                quality[rows[np.array(sums) != 0]] |= FrameQuality.FECF_BAD
    usable = (quality & _UNUSABLE) == 0
    empty = ~usable | (batch.first_header == IDLE_FIRST_HEADER) | (batch.first_header < 0)
    if framing == "aos":
        empty |= batch.vcid == AOS_IDLE_VCID
        quality[usable & ((batch.vcid == AOS_IDLE_VCID) | (batch.first_header == IDLE_FIRST_HEADER))] |= (
            FrameQuality.IDLE
        )
    else:
        quality[usable & (batch.first_header == IDLE_FIRST_HEADER)] |= FrameQuality.IDLE
    if packet_vcids is not None:
        empty |= ~np.isin(batch.vcid, np.fromiter(packet_vcids, np.int16, len(packet_vcids)))
    zone_end[empty] = zone_start[empty]
    return ReadFrames(batch, zone_start, zone_end, usable)


def _read(
    framing: str,
    octets: bytes,
    batch: FrameBatch,
    rows: NDArray[np.int64],
    zone_start: NDArray[np.int64],
    zone_end: NDArray[np.int64],
    frame_length: int,
    fecf: bool,
    ocf: bool,
) -> None:
    starts = batch.starts[rows]
    if frame_length < 8:
        batch.quality[rows] |= FrameQuality.LENGTH_BAD
        return
    words = octets_at(batch.data, starts, 0, 8).view(">u2").astype(np.int32)
    identification = words[:, 0]
    end = starts + (frame_length - 2 * fecf)
    if framing == "tm":
        begin, has_ocf = _tm(batch, rows, words, starts)
        version = 0
    else:
        version = 1
        batch.scid[rows] = identification >> 6 & 0xFF
        batch.vcid[rows] = identification & 0x3F
        batch.vc_count[rows] = words[:, 1] << 8 | words[:, 2] >> 8
        batch.first_header[rows] = words[:, 3] & 0x7FF  # M_PDU header, 732.0-B-4 §4.1.4.2
        begin = starts + 8
        has_ocf = np.full(len(rows), ocf, np.bool_)
    wrong = identification >> 14 != version
    if wrong.any():
        batch.quality[rows[wrong]] |= FrameQuality.VERSION_BAD
    if has_ocf.any() and frame_length >= 12 + 2 * fecf:
        at = rows[has_ocf]
        word = octets_at(batch.data, end[has_ocf] - 4, 0, 4).view(">u4")[:, 0]
        batch.ocf[at] = word
        end = end - 4 * has_ocf
    zone_start[rows] = begin
    zone_end[rows] = np.maximum(end, begin)


def _tm(
    batch: FrameBatch, rows: NDArray[np.int64], words: NDArray[np.int32], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Read TM primary headers (132.0-B-3 §4.1.2); return where packet zones begin and who has an OCF."""
    identification, counts, status = words[:, 0], words[:, 1], words[:, 2]
    batch.scid[rows] = identification >> 4 & 0x3FF
    batch.vcid[rows] = identification >> 1 & 7
    batch.mc_count[rows] = counts >> 8
    batch.vc_count[rows] = counts & 0xFF
    first = status & 0x7FF
    synchronised = status & 0x4000 != 0  # §4.1.2.7.3: no packets, the first-header pointer means nothing
    batch.first_header[rows] = np.where(synchronised, NO_COUNT, first)
    begin = starts + 6
    secondary = status & 0x8000 != 0
    if secondary.any():
        # §4.1.3.2: the low six bits of the first octet are the secondary header's length minus one.
        length = (batch.data[np.where(secondary, begin, 0)] & 0x3F).astype(np.int64) + 1
        begin = begin + np.where(secondary, length, 0)
    return begin, identification & 1 != 0
