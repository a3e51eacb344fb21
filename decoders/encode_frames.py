"""The way back, second half: Space Packets → TM, AOS or USLP frames → CADUs, for simulators and tests."""

from __future__ import annotations

import abc
import struct

from decoders.frame_headers import IDLE_FIRST_HEADER, NO_FIRST_HEADER
from decoders.header_control import header_check
from decoders.space_packet import crc16, idle_packet

ASM = b"\x1a\xcf\xfc\x1d"
"""Attached sync marker of uncoded and Reed–Solomon coded frames (131.0-B-5 §9.3)."""


def cadu(frame: bytes) -> bytes:
    """Return the frame behind its attached sync marker."""
    return ASM + frame


class MasterChannel:
    """The frame counter that all virtual channels of one TM master channel share."""

    def __init__(self) -> None:
        self.count = 0

    def next(self) -> int:
        """Return the count of the frame to be sent, and step on."""
        count = self.count
        self.count = (count + 1) & 0xFF
        return count


class _FramePacker(abc.ABC):
    """Fills the packet zones of one virtual channel."""

    _no_first_header = NO_FIRST_HEADER
    _idle_first_header = IDLE_FIRST_HEADER

    def __init__(self, scid: int, vcid: int, frame_length: int, ocf: bool, fecf: bool, overhead: int) -> None:
        self.scid, self.vcid, self.frame_length = scid, vcid, frame_length
        self.ocf, self.fecf = ocf, fecf
        self.ocf_word = 0
        """The 32-bit operational control field (CLCW) of the frames to come."""
        self.count = 0
        """The virtual channel count of the next frame."""
        self.zone_length = frame_length - overhead - 4 * ocf - 2 * fecf
        if self.zone_length < 1:
            raise ValueError(f"frames of {frame_length} octets leave no room for packets")
        self._zone = bytearray()
        self._first: int | None = None

    @property
    def pending(self) -> int:
        """How many octets wait for a frame to be full."""
        return len(self._zone)

    def push(self, packet: bytes) -> list[bytes]:
        """Add a packet and return the frames that it completed."""
        if self._first is None:
            self._first = len(self._zone)
        self._zone += packet
        frames = []
        while len(self._zone) >= self.zone_length:
            first = self._no_first_header if self._first is None else self._first
            frames.append(self._frame(bytes(self._zone[: self.zone_length]), first))
            del self._zone[: self.zone_length]
            self._first = None
        return frames

    def flush(self) -> list[bytes]:
        """Fill the open frame with an idle packet and return it; nothing if no frame is open.

        Where fewer than seven octets are left the idle packet goes on through a second frame.
        """
        if not self._zone:
            return []
        room = self.zone_length - len(self._zone)
        while room < 7:
            room += self.zone_length
        return self.push(idle_packet(room))

    def idle_frame(self) -> bytes:
        """Return a frame of only idle data; an open frame of packets stays open."""
        return self._frame(bytes([0x55]) * self.zone_length, self._idle_first_header)

    def _frame(self, zone: bytes, first_header: int) -> bytes:
        return self._sealed(self._header(first_header) + zone)

    def _sealed(self, frame: bytes) -> bytes:
        """Count the frame and put its OCF and FECF behind it."""
        self.count += 1
        if self.ocf:
            frame += (self.ocf_word & 0xFFFF_FFFF).to_bytes(4, "big")
        return frame + crc16(frame).to_bytes(2, "big") if self.fecf else frame

    @abc.abstractmethod
    def _header(self, first_header: int) -> bytes: ...


class TmFramePacker(_FramePacker):
    """Packs packets into TM transfer frames (132.0-B-3 §4.1) of one virtual channel.

    Virtual channels of one spacecraft share a ``MasterChannel``; alone, a channel has its own.
    ``secondary_octets`` is the length of the secondary header with its own first octet (0: none, or 2 to
    64, §4.1.3); ``secondary`` holds the data of the frames to come.
    """

    def __init__(
        self,
        scid: int,
        vcid: int,
        frame_length: int = 1115,
        ocf: bool = True,
        fecf: bool = True,
        master: MasterChannel | None = None,
        *,
        secondary_octets: int = 0,
    ) -> None:
        if secondary_octets and not 2 <= secondary_octets <= 64:
            raise ValueError(f"a secondary header of {secondary_octets} octets; it has 2 to 64")
        super().__init__(scid, vcid, frame_length, ocf, fecf, overhead=6 + secondary_octets)
        self.master = master or MasterChannel()
        self.secondary = bytes(max(secondary_octets - 1, 0))
        self._secondary_octets = secondary_octets

    def _header(self, first_header: int) -> bytes:
        identification = (self.scid & 0x3FF) << 4 | (self.vcid & 7) << 1 | self.ocf
        octets = self._secondary_octets
        # Packets forward, segment id 11 (§4.1.2.7).
        status = bool(octets) << 15 | 3 << 11 | first_header
        header = struct.pack(">HBBH", identification, self.master.next(), self.count & 0xFF, status)
        if not octets:
            return header
        data = self.secondary[: octets - 1].ljust(octets - 1, b"\0")
        return header + bytes([octets - 1]) + data  # §4.1.3.2.3: the length minus one


class AosFramePacker(_FramePacker):
    """Packs packets into the M_PDUs of AOS transfer frames (732.0-B-4 §4.1) of one virtual channel.

    ``fhec`` puts frame header error control behind the header, ``insert_zone_octets`` an insert zone of
    what ``insert_zone`` holds. With ``count_cycle`` the count goes on in the four bits of §4.1.2.5.4.
    """

    def __init__(
        self,
        scid: int,
        vcid: int,
        frame_length: int = 1115,
        ocf: bool = False,
        fecf: bool = True,
        replay: bool = False,
        *,
        fhec: bool = False,
        insert_zone_octets: int = 0,
        count_cycle: bool = False,
    ) -> None:
        overhead = 8 + 2 * fhec + insert_zone_octets
        super().__init__(scid, vcid, frame_length, ocf, fecf, overhead)
        self.replay, self.fhec, self.count_cycle = replay, fhec, count_cycle
        self.insert_zone = bytes(insert_zone_octets)
        self._insert_octets = insert_zone_octets

    def bitstream(self, data: bytes, valid_bits: int | None = None) -> bytes:
        """Return a frame that carries a B_PDU (§4.1.4.3) with as much of ``data`` as it holds.

        ``valid_bits`` says where the last bit is; all of them count if it is not given (pointer all ones).
        """
        pointer = 0x3FFF if valid_bits is None else max(valid_bits - 1, 0)
        zone = data[: self.zone_length].ljust(self.zone_length, b"\0")
        return self._sealed(self._primary() + struct.pack(">H", pointer & 0x3FFF) + zone)

    def _header(self, first_header: int) -> bytes:
        return self._primary() + struct.pack(">H", first_header)

    def _primary(self) -> bytes:
        identification = 1 << 14 | (self.scid & 0xFF) << 6 | self.vcid & 0x3F
        signalling = self.replay << 7
        if self.count_cycle:
            signalling |= 1 << 6 | self.count >> 24 & 15
        header = struct.pack(">HI", identification, (self.count & 0xFF_FFFF) << 8 | signalling)
        if self.fhec:
            header += header_check(identification, signalling).to_bytes(2, "big")
        return header + self.insert_zone[: self._insert_octets].ljust(self._insert_octets, b"\0")


class UslpFramePacker(_FramePacker):
    """Packs packets into USLP transfer frames (732.1-B-2 §4.1) of one virtual channel and MAP.

    ``push`` makes frames of fixed length whose packets span them (construction rule 000), ``whole`` a frame
    of varying length around complete packets (rule 111). ``count_octets`` (0 to 7) is the length of the
    frame count; ``expedited`` sets the bypass flag, ``command`` says that the data are for a protocol.
    """

    _no_first_header = 0xFFFF
    _idle_first_header = 0xFFFF
    _IDLE_UPID = 31

    def __init__(
        self,
        scid: int,
        vcid: int,
        frame_length: int = 1115,
        ocf: bool = False,
        fecf: bool = True,
        *,
        map_id: int = 0,
        count_octets: int = 3,
        destination: bool = False,
        expedited: bool = False,
        command: bool = False,
        insert_zone_octets: int = 0,
    ) -> None:
        if not 0 <= count_octets <= 7:
            raise ValueError(f"a frame count of {count_octets} octets; it has 0 to 7")
        super().__init__(scid, vcid, frame_length, ocf, fecf, 10 + count_octets + insert_zone_octets)
        self.map_id, self.count_octets = map_id, count_octets
        self.destination, self.expedited, self.command = destination, expedited, command
        self.insert_zone = bytes(insert_zone_octets)
        self._insert_octets = insert_zone_octets

    def whole(self, data: bytes, rule: int = 7, upid: int = 0) -> bytes:
        """Return a frame just long enough for ``data``, by a construction rule without a pointer (3 to 7).

        Raises ``ValueError`` where it would be longer than ``frame_length``.
        """
        frame = self._unpointed(data, rule, upid)
        if len(frame) > self.frame_length:
            raise ValueError(f"a frame of {len(frame)} octets is longer than {self.frame_length}")
        return frame

    def truncated(self, data: bytes, rule: int = 7, upid: int = 0) -> bytes:
        """Return a truncated frame (annex D): four octets of header, no counter, OCF or insert zone."""
        frame = self._identification(truncated=True) + bytes([rule << 5 | upid]) + data
        return frame + crc16(frame).to_bytes(2, "big") if self.fecf else frame

    def idle_frame(self) -> bytes:
        """Return a frame of only idle data (UPID 31, §4.1.4.2.3); one of packets stays open."""
        zone = bytes([0x55]) * self.zone_length
        head = self._primary(self.frame_length) + bytes([self._IDLE_UPID]) + b"\xff\xff"
        return self._sealed(head + zone)

    def _unpointed(self, data: bytes, rule: int, upid: int) -> bytes:
        around = 8 + self.count_octets + self._insert_octets + 4 * self.ocf + 2 * self.fecf
        return self._sealed(self._primary(around + len(data)) + bytes([(rule & 7) << 5 | upid & 31]) + data)

    def _header(self, first_header: int) -> bytes:
        return self._primary(self.frame_length) + struct.pack(">BH", 0, first_header)

    def _identification(self, truncated: bool = False) -> bytes:
        scid, vcid = self.scid & 0xFFFF, self.vcid & 0x3F
        word = 12 << 28 | scid << 12 | self.destination << 11 | vcid << 5 | (self.map_id & 15) << 1
        return (word | truncated).to_bytes(4, "big")

    def _primary(self, frame_length: int) -> bytes:
        """Return the primary header (§4.1.2) and the insert zone."""
        flags = self.expedited << 7 | self.command << 6 | self.ocf << 3 | self.count_octets
        header = self._identification() + struct.pack(">HB", frame_length - 1, flags)
        header += (self.count & (1 << 8 * self.count_octets) - 1).to_bytes(self.count_octets, "big")
        return header + self.insert_zone[: self._insert_octets].ljust(self._insert_octets, b"\0")
