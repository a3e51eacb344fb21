"""Segmented packets (133.0-B-2 §4.1.3.4.2): the segments of one APID joined into one packet.

Segments stay rows of their own, as received. The joined packet is one more row: the header of the first
segment, marked as unsegmented, and the data of all. Where the packets have a CRC each segment has its own,
and the joined packet gets a new one: it is what would have been sent in one piece.
"""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from decoders.batches import with_rows
from decoders.mission.model import PacketDefinition
from decoders.packet_index import PRIMARY_HEADER_OCTETS
from decoders.sequence import PACKET_MODULUS
from decoders.shapes import DecodeEvent, PacketBatch, PacketQuality
from decoders.space_packet import crc16

LONGEST_OCTETS = 1 << 20
"""A joined packet that would be longer is given up."""
MOST_OPEN = 64
"""Packets that wait for segments at once; of more the oldest is given up."""
_CONTINUATION, _FIRST, _LAST, _UNSEGMENTED = range(4)


@dataclass(slots=True)
class _Open:
    """A packet whose last segment has not come yet."""

    count: int
    """The count of the first segment,"""
    newest: int
    """and of the newest one."""
    octets: int
    parts: list[bytes] = field(default_factory=list)
    """None where the packet was given up."""


@dataclass(slots=True)
class _Joined:
    """The packets that one feed completed, as columns."""

    octets: list[bytes] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    count: list[int] = field(default_factory=list)


class Segments:
    """Joins the segments of one link, by what brought them (spacecraft), virtual channel and APID."""

    def __init__(self, packets: Sequence[PacketDefinition]) -> None:
        """Take the packet types; only the segments of those that are ``segmented`` are joined."""
        self._crc = {p.apid & 0x7FF: p.crc for p in packets if p.segmented and p.apid is not None}
        self._apids = np.array(sorted(self._crc), np.int32)
        self._open: dict[tuple[int, int, int], _Open] = {}
        self._ended: dict[tuple[int, int, int], tuple[int, bytes]] = {}
        """The last segments of packets, to know one that comes again."""

    def __bool__(self) -> bool:
        return bool(self._crc)

    def join(
        self,
        packets: PacketBatch,
        octets: bytes,
        source: NDArray[np.int32],
        scids: Sequence[int],
        events: list[DecodeEvent],
    ) -> tuple[PacketBatch, NDArray[np.int32]]:
        """Mark segments in a batch and add the packets that are complete, each behind its last segment.

        ``scids[source[i]]`` is the spacecraft id of packet ``i``. A missing segment gives its packet up, with
        an event.
        """
        rows = np.flatnonzero((packets.sequence_flags != _UNSEGMENTED) & np.isin(packets.apid, self._apids))
        if not len(rows):
            return packets, source
        packets.quality[rows] |= PacketQuality.SEGMENT
        joined = _Joined()
        lost: dict[int, int] = {}
        columns = (packets.starts, packets.lengths, packets.apid, packets.vcid, source)
        counted = (packets.sequence_flags, packets.sequence_count, packets.quality)
        for row, start, length, apid, vcid, part, flags, count, quality in zip(
            rows.tolist(), *(column[rows].tolist() for column in (*columns, *counted)), strict=True
        ):
            key = scids[part], vcid, apid
            piece = octets[start : start + length]
            whole = not quality & PacketQuality.TRUNCATED and (
                not self._crc[apid] or crc_hqx(piece, 0xFFFF) == 0
            )
            if not self._take(key, flags, count, piece if whole else b"", row, joined):
                lost[apid] = lost.get(apid, 0) + 1
        for apid, number in lost.items():
            text = f"APID 0x{apid:03X}: {number} segmented packet(s) incomplete; the segments are kept"
            events.append(DecodeEvent("segment-missing", text))
        if not joined.row:
            return packets, source
        last = np.array(joined.row, np.int64)
        return with_rows(
            packets,
            source,
            b"".join(joined.octets),
            lengths=np.array([len(each) for each in joined.octets], np.int64),
            apid=packets.apid[last],
            secondary_header=np.array([bool(each[0] & 8) for each in joined.octets]),
            sequence_count=np.array(joined.count, np.int32),
            vcid=packets.vcid[last],
            frame=packets.frame[last],
            frame_offset=-1,
            reception_ns=packets.reception_ns[last],
            quality=PacketQuality.REASSEMBLED,
            added_source=source[last],
            after=last + 1,
        )

    def _take(
        self, key: tuple[int, int, int], flags: int, count: int, piece: bytes, row: int, joined: _Joined
    ) -> bool:
        """Take one segment, of no octets if it is damaged; return whether no packet is lost by it."""
        waiting = self._open.get(key)
        if waiting is not None and waiting.parts and count == waiting.newest and piece == waiting.parts[-1]:
            return True  # it came twice
        if flags == _FIRST:
            self._open.pop(key, None)
            good = bool(piece) and (waiting is None or not waiting.parts)
            if len(self._open) >= MOST_OPEN:
                good &= not self._open.pop(next(iter(self._open))).parts
            self._open[key] = _Open(count, count, len(piece), [piece] if piece else [])
            return good
        if flags == _LAST:
            again = self._ended.pop(key, None) == (count, piece)
            if len(self._ended) >= MOST_OPEN:
                del self._ended[next(iter(self._ended))]
            self._ended[key] = count, piece
            self._open.pop(key, None)
        if waiting is None:
            return flags != _LAST or again  # its beginning is missing: told by its end
        if not waiting.parts:
            return True  # given up, and told
        waiting.octets += len(piece)
        follows = count == (waiting.newest + 1) % PACKET_MODULUS
        if not piece or not follows or waiting.octets > LONGEST_OCTETS:
            waiting.parts.clear()
            return False
        waiting.newest = count
        waiting.parts.append(piece)
        if flags == _LAST:
            joined.octets.append(_in_one(waiting.parts, self._crc[key[2]]))
            joined.row.append(row)
            joined.count.append(waiting.count)
        return True


def _in_one(parts: Sequence[bytes], crc: bool) -> bytes:
    """Return the packet that the segments are parts of; its length field is cut to 16 bits."""
    end = -2 if crc else None
    data = b"".join(part[PRIMARY_HEADER_OCTETS:end] for part in parts)
    first = parts[0]
    length = (len(data) + 2 * crc - 1) & 0xFFFF
    header = first[:2] + bytes([first[2] | 0xC0, first[3]]) + length.to_bytes(2, "big")
    packet = header + data
    return packet + crc16(packet).to_bytes(2, "big") if crc else packet
