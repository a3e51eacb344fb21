"""The shapes that travel: batches of frames and packets as structures of arrays over one buffer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from decoders.mission.model import PacketDefinition

NO_TIME = np.iinfo(np.int64).min
"""The nanosecond value that stands for a missing time."""
NO_COUNT = -1
"""The counter value that stands for "this link has no such counter"."""


class FrameQuality(IntFlag):
    """What is wrong with a frame; 0 is a good one."""

    GOOD = 0
    FECF_BAD = 1
    LENGTH_BAD = 2
    VEHICLE_UNKNOWN = 4
    VERSION_BAD = 8
    GAP_BEFORE = 16
    """The virtual channel counter jumped: frames before this one are missing (not the frame's fault)."""
    DUPLICATE = 32
    """Same virtual channel count and content as one of the frames before it."""
    IDLE = 64
    CODE_BAD = 128
    """Reed–Solomon could not correct a codeword of it."""
    HEADER_BAD = 256
    """Its header has more errors than its own error control can correct."""
    NO_PACKETS = 512
    """Carries something else than packets (a bitstream, an octet stream, an SDU): kept with its bytes."""
    REPLAY = 1024
    """Was stored on board before it was sent, by its own replay flag."""

    @property
    def usable(self) -> bool:
        """Whether packets may be taken from the frame."""
        return not self & NOT_USABLE


NOT_USABLE = (
    FrameQuality.FECF_BAD
    | FrameQuality.LENGTH_BAD
    | FrameQuality.VEHICLE_UNKNOWN
    | FrameQuality.VERSION_BAD
    | FrameQuality.CODE_BAD
    | FrameQuality.HEADER_BAD
)
"""What keeps packets from being taken out of a frame."""


class PacketQuality(IntFlag):
    """What is wrong with a packet; 0 is a good one."""

    GOOD = 0
    CRC_BAD = 1
    LENGTH_BAD = 2
    """Shorter or longer than its definition: kept, not decoded."""
    APID_UNKNOWN = 4
    TIME_INVALID = 8
    GAP_BEFORE = 16
    """The APID's sequence count jumped: packets before this one are missing."""
    DUPLICATE = 32
    """Same APID, count and bytes as one received before: kept, no value row."""
    TRUNCATED = 64
    IDLE = 128
    PLAYBACK = 256
    """Came on a playback virtual channel."""
    TIME_EXTRAPOLATED = 512
    """Its time lies outside what the vehicle's clock correlation covers."""

    SEGMENT = 1024
    """A part of a longer packet: kept; the values are of the packet that its segments make."""
    REASSEMBLED = 2048
    """Made of segments, and not received like this."""

    @property
    def has_values(self) -> bool:
        """Whether the packet gets a value row."""
        return not self & (
            PacketQuality.CRC_BAD
            | PacketQuality.LENGTH_BAD
            | PacketQuality.APID_UNKNOWN
            | PacketQuality.DUPLICATE
            | PacketQuality.TRUNCATED
            | PacketQuality.IDLE
            | PacketQuality.SEGMENT
        )


@dataclass(slots=True)
class FrameBatch:
    """Frames of one feed, ``n`` rows; frame ``i`` is ``data[starts[i]:starts[i]+lengths[i]]``.

    ``ocf`` is the 32-bit operational control field or -1. ``stream_offset`` counts octets from the
    start of the link's stream. ``corrected`` counts the symbols that Reed–Solomon corrected, -1 where a
    link is not coded or a frame could not be corrected. ``map_id`` is of USLP links. Times are int64 ns UTC.
    """

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    scid: NDArray[np.int32]
    vcid: NDArray[np.int16]
    mc_count: NDArray[np.int32]
    vc_count: NDArray[np.int32] | NDArray[np.int64]
    first_header: NDArray[np.int32]
    ocf: NDArray[np.int64]
    quality: NDArray[np.int32]
    reception_ns: NDArray[np.int64]
    stream_offset: NDArray[np.int64]
    corrected: NDArray[np.int16]
    map_id: NDArray[np.int16] | None = None

    def __len__(self) -> int:
        return len(self.starts)

    def octets(self, row: int) -> bytes:
        """Return the bytes of one frame."""
        start = int(self.starts[row])
        return self.data[start : start + int(self.lengths[row])].tobytes()


def no_frames() -> FrameBatch:
    """Return an empty frame batch."""
    wide, narrow = np.empty(0, np.int64), np.empty(0, np.int32)
    return FrameBatch(
        np.empty(0, np.uint8), wide, wide, narrow, np.empty(0, np.int16), narrow, narrow, narrow,
        wide, narrow, wide, wide, np.empty(0, np.int16),
    )  # fmt: skip


@dataclass(slots=True)
class PacketBatch:
    """Packets of one feed, ``n`` rows in order of reception; packet ``i`` is ``data[starts[i]:…]``.

    ``frame`` is the row in the feed's ``FrameBatch`` where the packet *began to be complete* (its
    last frame), or -1 on a link without frames; ``frame_offset`` the octet in the frame where its
    header began, or -1 if it began in an earlier frame. ``vehicle`` is the vehicle id.
    """

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    apid: NDArray[np.int32]
    secondary_header: NDArray[np.bool_]
    sequence_flags: NDArray[np.int8]
    sequence_count: NDArray[np.int32]
    vcid: NDArray[np.int16]
    frame: NDArray[np.int32]
    frame_offset: NDArray[np.int32]
    vehicle: list[str]
    generation_ns: NDArray[np.int64]
    reception_ns: NDArray[np.int64]
    quality: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.starts)

    def octets(self, row: int) -> bytes:
        """Return the bytes of one packet."""
        start = int(self.starts[row])
        return self.data[start : start + int(self.lengths[row])].tobytes()


@dataclass(slots=True)
class PacketTable:
    """The decoded rows of one packet type: ``rows`` index into the feed's ``PacketBatch``.

    ``raw[name]`` has shape ``(n,)``, or ``(n, k)`` for a fixed array, or is an object array of
    arrays for a variable one. Integers keep the smallest native dtype that holds them; strings are
    object arrays of ``bytes``. A field that is absent in some packets is a ``numpy.ma.MaskedArray``.
    """

    packet: PacketDefinition
    rows: NDArray[np.int64]
    raw: dict[str, NDArray]


@dataclass(frozen=True, slots=True)
class DecodeEvent:
    """Something an operator may have to know: ``code`` is stable, ``text`` plain English.

    ``offset`` counts octets from the start of the link's stream; ``octets`` are bytes that could
    not be used and must be kept (empty where a frame or packet row already keeps them). ``count`` is how
    many frames it tells of, 0 where it is not about frames.
    """

    code: str
    text: str
    offset: int = -1
    octets: bytes = b""
    count: int = 0


@dataclass(slots=True)
class Decoded:
    """All that one feed gave, in order."""

    frames: FrameBatch
    packets: PacketBatch
    tables: list[PacketTable]
    events: list[DecodeEvent] = field(default_factory=list)
