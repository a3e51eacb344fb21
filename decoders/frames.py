"""Transfer frames: TM (132.0-B-3), AOS (732.0-B-4) and USLP (732.1-B-2): headers, FECF, OCF, packet zones."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from decoders.fecf import wrong_fecfs
from decoders.frame_headers import IDLE_FIRST_HEADER, Headers, Uslp, read_aos, read_tm
from decoders.frames_uslp import SHORTEST_OCTETS, read_uslp
from decoders.header_control import repaired_headers
from decoders.masks import every, some
from decoders.packet_index import among, octets_at
from decoders.shapes import NO_COUNT, NOT_USABLE, FrameBatch, FrameQuality

IDLE_VCID = 63
"""The virtual channel of idle frames on AOS and USLP links."""
_UNUSABLE = int(NOT_USABLE)


@dataclass(slots=True)
class ReadFrames:
    """A frame batch with what the packet extraction needs of each frame.

    The packet zone of frame ``i`` is ``octets[zone_start[i]:zone_end[i]]``; an unusable or idle frame, or
    one without packets, has an empty one. ``pointer`` is where in the zone the first packet begins, -1 if
    none does. ``uslp`` is what only USLP frames tell, and AOS frames whose count has a cycle.
    ``octets`` are those that were read, with ``headers_corrected`` headers mended.
    """

    batch: FrameBatch
    octets: bytes
    zone_start: NDArray[np.int64]
    zone_end: NDArray[np.int64]
    pointer: NDArray[np.int32]
    usable: NDArray[np.bool_]
    uslp: Uslp | None = None
    headers_corrected: int = 0


def read_frames(
    framing: Literal["tm", "aos", "uslp"],
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
    fhec: bool = False,
    insert_zone_octets: int = 0,
) -> ReadFrames:
    """Read the headers of the frames at ``starts`` in one buffer, one row a frame.

    A frame of another length than ``frame_length`` gets ``LENGTH_BAD`` and nothing is read from it; USLP
    frames may be shorter if their headers say so. An empty ``scids`` knows every vehicle. Whether a TM or
    USLP frame has an OCF says its own header; for AOS it is ``ocf``. ``corrected`` are the symbols that the
    link's code corrected (-1: it could not), ``whole`` the rows that are code blocks at all. ``fhec`` and
    ``insert_zone_octets`` are what AOS frames have, and USLP frames the latter. Nothing is raised for any
    content.
    """
    count = len(starts)
    quality = np.zeros(count, np.int32)
    uslp = framing == "uslp"
    right = (lengths <= frame_length) & (lengths >= SHORTEST_OCTETS) if uslp else lengths == frame_length
    if whole is not None:
        right &= whole
    all_right = every(right)
    if not all_right:
        quality[~right] = FrameQuality.LENGTH_BAD
    batch = _batch(octets, starts, lengths, quality, reception_ns, stream_offset, corrected, uslp)
    rows = np.arange(count) if all_right else np.nonzero(right)[0]
    mended = 0
    if fhec and framing == "aos" and len(rows) and frame_length >= 8:
        octets, mended = _mend_headers(batch, octets, rows)
    read = Headers(count)
    if len(rows):
        if framing == "uslp":
            read_uslp(batch, rows, read, fecf=fecf, insert_zone_octets=insert_zone_octets)
        elif framing == "tm":
            read_tm(batch, rows, read, frame_length - 2 * fecf)
        else:
            read_aos(
                batch, rows, read, frame_length - 2 * fecf, ocf=ocf, before=6 + 2 * fhec + insert_zone_octets
            )
        if scids:
            known = among(batch.scid[rows], scids)
            if not every(known):
                quality[rows[~known]] |= FrameQuality.VEHICLE_UNKNOWN
        if fecf:
            wrong = wrong_fecfs(octets, starts[rows], lengths[rows])
            if some(wrong):
                quality[rows[wrong]] |= FrameQuality.FECF_BAD
    if corrected is not None:  # what such a frame says of itself means nothing
        quality[(corrected < 0) & right] = FrameQuality.CODE_BAD
    usable = (quality & _UNUSABLE) == 0
    _judge(framing, batch, read, usable, packet_vcids)
    return ReadFrames(batch, octets, read.begin, read.end, read.pointer, usable, read.uslp, mended)


def _batch(
    octets: bytes,
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    quality: NDArray[np.int32],
    reception_ns: NDArray[np.int64],
    stream_offset: NDArray[np.int64],
    corrected: NDArray[np.int16] | None,
    uslp: bool,
) -> FrameBatch:
    count = len(starts)
    scid, mc_count, vc_count, first_header = np.full((4, count), NO_COUNT, np.int32)
    return FrameBatch(
        np.frombuffer(octets, np.uint8),
        starts,
        lengths,
        scid=scid,
        vcid=np.full(count, NO_COUNT, np.int16),
        mc_count=mc_count,
        vc_count=vc_count.astype(np.int64) if uslp else vc_count,
        first_header=first_header,
        ocf=np.full(count, -1, np.int64),
        quality=quality,
        reception_ns=reception_ns,
        stream_offset=stream_offset,
        corrected=np.full(count, -1, np.int16) if corrected is None else corrected,
    )


def _mend_headers(batch: FrameBatch, octets: bytes, rows: NDArray[np.int64]) -> tuple[bytes, int]:
    """Mend the headers of AOS frames before anything is believed; the batch gets the mended octets."""
    starts = batch.starts[rows]
    headers, symbols = repaired_headers(octets_at(batch.data, starts, 0, 8))
    batch.quality[rows[symbols < 0]] |= FrameQuality.HEADER_BAD
    wrong = np.flatnonzero(symbols > 0)
    if not len(wrong):
        return octets, 0
    data = batch.data.copy()
    data[starts[wrong, None] + np.arange(8)] = headers[wrong]
    batch.data = data
    return data.tobytes(), len(wrong)


def _judge(
    framing: str,
    batch: FrameBatch,
    read: Headers,
    usable: NDArray[np.bool_],
    packet_vcids: Collection[int] | None,
) -> None:
    """Tell idle frames and those of other data from frames with packets; the others get no packet zone."""
    first = batch.first_header
    packets = usable & read.packets
    if packet_vcids is not None:
        packets &= among(batch.vcid, packet_vcids)
    idle = usable & read.idle
    if framing != "uslp":
        idle |= packets & (first == IDLE_FIRST_HEADER)
    if framing != "tm":
        idle |= usable & (batch.vcid == IDLE_VCID)
    if some(idle):
        batch.quality[idle] |= FrameQuality.IDLE
        packets &= ~idle
    if not every(packets):
        other = usable & ~idle & ~packets
        batch.quality[other] |= FrameQuality.NO_PACKETS
        if framing != "uslp":
            first[other] = NO_COUNT
        read.end[~packets] = read.begin[~packets]
