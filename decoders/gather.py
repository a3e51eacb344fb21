"""The packets of several virtual channels in one batch, in order of reception."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from decoders.packet_index import primary_headers
from decoders.packets import Extracted
from decoders.shapes import NO_TIME, PacketBatch, PacketQuality
from decoders.space_packet import IDLE_APID

_TRUNCATED = int(PacketQuality.TRUNCATED)


def gather(
    parts: Sequence[tuple[Extracted, int]], reception_ns: NDArray[np.int64], last_ns: int, framed: bool
) -> tuple[PacketBatch, bytes, NDArray[np.int32], int]:
    """Join extracted packets of several virtual channels in order of reception, without idle ones.

    Each part comes with its virtual channel. ``reception_ns`` is of the frames that the parts' zones
    name if ``framed``, else of the packets of the one part. Returns the batch, its buffer as bytes, the
    part that each packet came from, and how many idle packets there were.
    """
    octets = parts[0][0].data if len(parts) == 1 else b"".join([part.data for part, _ in parts])
    data = np.frombuffer(octets, np.uint8)
    columns = [part.places() for part, _ in parts]
    if len(parts) == 1 and framed and len(reception_ns):
        return _gather_one(parts[0][0], parts[0][1], octets, data, columns[0], reception_ns, last_ns)
    bases = np.cumsum([0] + [len(part.data) for part, _ in parts])
    truncated: list[int] = []
    rows_before = 0
    for part, _ in parts:
        truncated += [row + rows_before for row in part.truncated]
        rows_before += len(part.starts)
    if not rows_before:
        return _batch(data, *(np.empty(0, np.int64) for _ in range(7))), octets, np.empty(0, np.int32), 0
    sizes = [len(column[0]) for column in columns]
    source = np.repeat(np.arange(len(parts), dtype=np.int32), sizes)
    starts = np.concatenate([column[0] for column in columns]) + bases[source]
    lengths = np.concatenate([column[1] for column in columns])
    frame = np.concatenate([column[2] for column in columns])
    offset = np.concatenate([column[3] for column in columns])
    quality = np.zeros(len(starts), np.int32)
    if truncated:
        quality[truncated] = _TRUNCATED
    if not framed:
        reception = reception_ns
    elif len(reception_ns):
        reception = np.where(frame >= 0, reception_ns[frame], last_ns)
    else:
        reception = np.full(len(frame), last_ns, np.int64)
    vcid = np.array([vcid for _, vcid in parts], np.int16)[source]
    apid = (data[starts].astype(np.int32) & 7) << 8 | data[starts + 1]
    keep = apid != IDLE_APID
    idle = len(starts) - int(np.count_nonzero(keep))
    if len(parts) > 1:
        order = np.argsort(frame, kind="stable")
        order = order[keep[order]]
    elif idle:
        order = np.nonzero(keep)[0]
    else:
        return _batch(data, starts, lengths, vcid, frame, offset, reception, quality), octets, source, 0
    columns_kept = (a[order] for a in (starts, lengths, vcid, frame, offset, reception, quality))
    return _batch(data, *columns_kept), octets, source[order], idle


def _gather_one(
    part: Extracted,
    vcid: int,
    octets: bytes,
    data: NDArray[np.uint8],
    columns: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]],
    reception_ns: NDArray[np.int64],
    last_ns: int,
) -> tuple[PacketBatch, bytes, NDArray[np.int32], int]:
    """Do the same for the packets of one virtual channel, which a live link mostly brings."""
    starts, lengths, frame, offset = columns
    quality = np.zeros(len(starts), np.int32)
    if part.truncated:
        quality[part.truncated] = _TRUNCATED
    reception = np.where(frame >= 0, reception_ns[frame], last_ns)
    vcids = np.full(len(starts), vcid, np.int16)
    batch = _batch(data, starts, lengths, vcids, frame, offset, reception, quality)
    keep = batch.apid != IDLE_APID
    idle = len(starts) - int(np.count_nonzero(keep))
    if idle:
        kept = (a[keep] for a in (starts, lengths, vcids, frame, offset, reception, quality))
        batch = _batch(data, *kept)
    return batch, octets, np.zeros(len(batch), np.int32), idle


def _batch(
    data: NDArray[np.uint8],
    starts: NDArray,
    lengths: NDArray,
    vcid: NDArray,
    frame: NDArray,
    offset: NDArray,
    reception_ns: NDArray,
    quality: NDArray,
) -> PacketBatch:
    header = primary_headers(data, starts)
    return PacketBatch(
        data,
        starts,
        lengths,
        header["apid"],
        header["secondary_header"],
        header["sequence_flags"],
        header["sequence_count"],
        vcid.astype(np.int16, copy=False),
        frame.astype(np.int32, copy=False),
        offset.astype(np.int32, copy=False),
        [],
        np.full(len(starts), NO_TIME, np.int64),
        reception_ns,
        quality.astype(np.int32, copy=False),
    )
