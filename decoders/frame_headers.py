"""The headers of TM (132.0-B-3 §4.1.2) and AOS (732.0-B-4 §4.1.2) frames of one batch, all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decoders.masks import some
from decoders.packet_index import UINT16, octets_at
from decoders.shapes import FrameBatch, FrameQuality

NO_FIRST_HEADER = 0x7FF
"""The first header pointer of a frame in which no packet begins (132.0-B-3 §4.1.2.7, 732.0-B-4 §4.1.4.2)."""
IDLE_FIRST_HEADER = 0x7FE
"""That of a frame of only idle data."""
COUNT_CYCLE_MODULUS = 1 << 28
"""The frame count of an AOS virtual channel whose count goes on in the signalling field (§4.1.2.5)."""


@dataclass(slots=True)
class Uslp:
    """What the pipeline must know of frames whose channels are not all alike, one row a frame.

    ``modulus`` is that of the frame count (0: there is none), ``map_id`` the multiplexer access point,
    ``expedited`` the bypass flag, ``fresh`` says that no packet goes on from the frame before.
    """

    modulus: list[int]
    map_id: list[int]
    expedited: list[bool]
    fresh: list[bool]


class Headers:
    """What the headers tell beside the batch's columns, one row a frame."""

    __slots__ = ("begin", "end", "idle", "packets", "pointer", "uslp")

    def __init__(self, count: int) -> None:
        self.begin: NDArray[np.int64] = np.zeros(count, np.int64)
        """Where in the buffer the packet zone begins,"""
        self.end: NDArray[np.int64] = np.zeros(count, np.int64)
        """and where it ends."""
        self.pointer: NDArray[np.int32] = np.full(count, -1, np.int32)
        """Where in the zone the first packet begins, -1 if none does."""
        self.packets: NDArray[np.bool_] = np.zeros(count, np.bool_)
        """Whether the zone holds packets as far as the header tells."""
        self.idle: NDArray[np.bool_] = np.zeros(count, np.bool_)
        self.uslp: Uslp | None = None


def read_tm(batch: FrameBatch, rows: NDArray[np.int64], read: Headers, octets: int) -> None:
    """Read TM primary headers; ``octets`` is the length of a frame without its FECF."""
    starts = batch.starts[rows]
    if octets < 7:
        batch.quality[rows] |= FrameQuality.LENGTH_BAD
        return
    words = octets_at(batch.data, starts, 0, 6).view(UINT16).astype(np.int32)
    identification, counts, status = words[:, 0], words[:, 1], words[:, 2]
    _version(batch, rows, identification >> 14 != 0)
    batch.scid[rows] = identification >> 4 & 0x3FF
    batch.vcid[rows] = identification >> 1 & 7
    batch.mc_count[rows] = counts >> 8
    batch.vc_count[rows] = counts & 0xFF
    # §4.1.2.7.3: with the synchronisation flag the field is no packets, and its pointer means nothing.
    packets = status & 0x4000 == 0
    read.packets[rows] = packets
    _pointers(batch, rows, read, status & 0x7FF)
    begin = starts + 6
    secondary = status & 0x8000 != 0
    if some(secondary):
        # §4.1.3.2: the low six bits of the first octet are the secondary header's length minus one.
        length = (batch.data[np.where(secondary, begin, 0)] & 0x3F).astype(np.int64) + 1
        begin = begin + np.where(secondary, length, 0)
    end = starts + octets
    has_ocf = identification & 1 != 0
    if some(has_ocf):
        end = take_ocf(batch, rows, has_ocf, end)
    read.begin[rows] = begin
    read.end[rows] = np.maximum(end, begin)


def read_aos(
    batch: FrameBatch, rows: NDArray[np.int64], read: Headers, octets: int, *, ocf: bool, before: int
) -> None:
    """Read AOS primary headers and M_PDU headers; the latter stand ``before`` octets into the frame."""
    if octets < before + 2 + 4 * ocf:
        batch.quality[rows] |= FrameQuality.LENGTH_BAD
        return
    starts = batch.starts[rows]
    words = octets_at(batch.data, starts, 0, 8).view(UINT16).astype(np.int32)
    identification = words[:, 0]
    _version(batch, rows, identification >> 14 != 1)
    batch.scid[rows] = identification >> 6 & 0xFF
    batch.vcid[rows] = identification & 0x3F
    signalling = words[:, 2] & 0xFF
    count = words[:, 1] << 8 | words[:, 2] >> 8
    if some(signalling):
        # §4.1.2.5: replay flag, usage flag of the cycle, two spare bits, four bits above the count.
        batch.quality[rows[signalling & 0x80 != 0]] |= FrameQuality.REPLAY
        cycles = signalling & 0x40 != 0
        if some(cycles):
            count = np.where(cycles, (signalling & 15) << 24 | count, count)
            modulus = np.full(len(batch), 1 << 24, np.int64)
            modulus[rows[cycles]] = COUNT_CYCLE_MODULUS
            no = [False] * len(batch)
            read.uslp = Uslp(modulus.tolist(), [0] * len(batch), no, no)
    batch.vc_count[rows] = count
    pdu = words[:, 3] if before == 6 else octets_at(batch.data, starts, before, 2).view(UINT16)[:, 0]
    read.packets[rows] = True
    _pointers(batch, rows, read, pdu.astype(np.int32) & 0x7FF)  # §4.1.4.2.2: five spare bits before it
    end = starts + octets
    if ocf:
        end = take_ocf(batch, rows, np.ones(len(rows), np.bool_), end)
    read.begin[rows] = starts + before + 2
    read.end[rows] = end


def take_ocf(
    batch: FrameBatch, rows: NDArray[np.int64], has_ocf: NDArray[np.bool_], end: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Read the operational control fields that stand right before ``end``; return where the zones end."""
    word = octets_at(batch.data, end[has_ocf] - 4, 0, 4).view(">u4")[:, 0]
    batch.ocf[rows[has_ocf]] = word
    return end - 4 * has_ocf


def _version(batch: FrameBatch, rows: NDArray[np.int64], wrong: NDArray[np.bool_]) -> None:
    if some(wrong):
        batch.quality[rows[wrong]] |= FrameQuality.VERSION_BAD


def _pointers(
    batch: FrameBatch, rows: NDArray[np.int64], read: Headers, first_header: NDArray[np.int32]
) -> None:
    batch.first_header[rows] = first_header
    read.pointer[rows] = np.where(first_header < IDLE_FIRST_HEADER, first_header, -1)
