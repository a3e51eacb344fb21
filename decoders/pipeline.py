"""The one pipeline: the octets of a link → frames → packets → columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from decoders.ax25_link import Ax25Link, Heard
from decoders.channel import EVENT_OCTETS, AsmSync, datagram_frame
from decoders.clcw import ControlWords, with_words
from decoders.coding import BlockCoding
from decoders.counters import Counters
from decoders.derived import Derived
from decoders.fecf import good_fecf
from decoders.frame_channels import FrameChannels, frame_events
from decoders.frames import read_frames
from decoders.gather import gather
from decoders.link_format import LinkFormat
from decoders.masks import every, some
from decoders.mission.model import CONTROL_WORD_APID, PacketDefinition
from decoders.packet_stream import PacketStream
from decoders.packets import Extracted
from decoders.recognise import Recogniser
from decoders.segments import Segments
from decoders.sequence import PacketMemory, SequenceCounter
from decoders.shapes import Decoded, DecodeEvent, FrameBatch, FrameQuality, PacketQuality, no_frames
from decoders.uslp_stream import UslpSync

__all__ = ["Decoder", "LinkFormat"]
_REPLAY = int(FrameQuality.REPLAY)


@dataclass(slots=True)
class _Blocks:
    """Code blocks, or the frames in them, in one buffer; where ``whole`` is false there is no block."""

    octets: bytes
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    reception: NDArray[np.int64]
    offsets: NDArray[np.int64]
    whole: NDArray[np.bool_] | None = None


class Decoder:
    """Turns what a link gives into frames, packets and columns; never raises for any octets."""

    def __init__(
        self,
        link: LinkFormat,
        packets: Sequence[PacketDefinition],
        memory: PacketMemory | None = None,
        derived: Derived | None = None,
    ) -> None:
        """Build the decoder of one link; links that bring the same packets may share the rest."""
        self.link = link
        self.counters = Counters()
        if memory is None or not link.mark_duplicates:
            memory = PacketMemory() if link.mark_duplicates else None
        self._segments = Segments(packets)
        self._control = ControlWords(packets, link.scids, link.vehicle, self.counters)
        sent = [packet for packet in packets if packet.apid != CONTROL_WORD_APID]
        derived = Derived(packets) if derived is None else derived
        self._recogniser = Recogniser(sent, self.counters, link.playback_vcids, memory, derived)
        self._known = self._recogniser.known
        self._channels = FrameChannels(link.framing, self.counters, self._known)
        self._coding = BlockCoding(link)
        self._sync: AsmSync | UslpSync
        if link.varying:
            self._sync = UslpSync(link.frame_length, link.asm, link.fecf, link.scids)
        else:
            self._sync = AsmSync(self._coding.block_length, link.asm, self._check(), link.marker_errors)
        self._stream = PacketStream(self._known)
        self._radio: Ax25Link | None = None
        if link.framing == "kiss":
            beacons = any(p.apid is None and p.vehicle in ("", link.vehicle or p.vehicle) for p in packets)
            self._radio = Ax25Link(self.counters, self._known, link.callsigns, beacons)
        self._frameless = link.framing in ("packets", "kiss")
        self._offset = 0
        self._last_ns = 0

    def _check(self) -> Callable[[bytes], bool] | None:
        """Return what tells a good code block from octets that are none, if anything does."""
        coding = self._coding
        if self.link.reed_solomon:
            return coding.good
        if not self.link.fecf:
            return None
        if coding.plain:
            return good_fecf
        return lambda block: good_fecf(coding.decode(block, np.zeros(1, np.int64))[0])

    def feed(self, data: bytes, received_ns: int) -> Decoded:
        """Decode one datagram, or one chunk of a stream."""
        return self.feed_many([(data, received_ns)])

    def feed_many(self, datagrams: Sequence[tuple[bytes, int]]) -> Decoded:
        """Decode several datagrams or chunks at once, each ``(octets, reception ns)``, in order."""
        events: list[DecodeEvent] = []
        if datagrams:
            self._last_ns = datagrams[-1][1]
        if self._frameless:
            return self._packets(datagrams, events, final=False)
        if self.link.datagram:
            return self._frames(self._from_datagrams(datagrams, events), events)
        return self._frames(self._from_stream(datagrams, events, final=False), events)

    @property
    def waiting_octets(self) -> int:
        """How many octets of a stream wait for the rest of their frame or packet."""
        if self._radio is not None:
            return self._radio.pending
        if self.link.datagram:
            return 0
        if self._frameless:
            return self._stream.pending
        return self._offset - self._sync.offset

    def channel_counters(self) -> dict[tuple[int, int], SequenceCounter]:
        """Return the frame counter of each virtual channel, in order of spacecraft id and virtual channel."""
        return self._channels.counters()

    def interrupt(self) -> Decoded:
        """Give up the unfinished frame of a stream that broke and may go on, after a reconnection.

        Unfinished packets of virtual channels keep waiting: the frame counters tell if octets are
        missing. A plain packet stream gives up its unfinished packet.
        """
        events: list[DecodeEvent] = []
        if self._frameless or self.link.datagram:
            return self.finish() if self._frameless else self.feed_many([])
        return self._frames(self._from_stream([], events, final=True), events)

    def finish(self) -> Decoded:
        """Decode what still waits when a link ends; what has no end becomes an event or a row."""
        events: list[DecodeEvent] = []
        if self._frameless:
            return self._packets([], events, final=True)
        if self.link.datagram:
            return self._frames(self._from_datagrams([], events), events, final=True)
        return self._frames(self._from_stream([], events, final=True), events, final=True)

    # Frames -----------------------------------------------------------------------------------------

    def _from_datagrams(self, datagrams: Sequence[tuple[bytes, int]], events: list[DecodeEvent]) -> _Blocks:
        length = self._coding.block_length
        count = len(datagrams)
        sizes = np.fromiter((len(data) for data, _ in datagrams), np.int64, count)
        at = np.cumsum(sizes) - sizes
        starts, lengths = at.copy(), sizes.copy()
        if not every(sizes == length):
            wrong = []
            vary = self.link.framing == "uslp" and self._coding.plain
            for row, (data, _) in enumerate(datagrams):
                start, lengths[row] = datagram_frame(data, length, self.link.asm, vary)
                starts[row] += start
                if lengths[row] != length and not vary:  # of USLP frames their headers will tell
                    wrong.append(row)
            if wrong:
                first = wrong[0]
                events.append(
                    DecodeEvent(
                        "frame-length",
                        f"{len(wrong)} datagram(s) are not one frame: the first has "
                        f"{int(sizes[first])} octets, expected {length}",
                        self._offset + int(at[first]),
                        count=len(wrong),
                    )
                )
        octets = b"".join([data for data, _ in datagrams])
        reception = np.fromiter((ns for _, ns in datagrams), np.int64, count)
        offsets = starts + self._offset
        self._offset += len(octets)
        self.counters.octets += len(octets)
        return _Blocks(octets, starts, lengths, reception, offsets)

    def _from_stream(
        self, chunks: Sequence[tuple[bytes, int]], events: list[DecodeEvent], final: bool
    ) -> _Blocks:
        length = self._coding.block_length
        begin = self._offset
        ends = begin + np.cumsum(np.fromiter((len(data) for data, _ in chunks), np.int64, len(chunks)))
        times = np.fromiter((ns for _, ns in chunks), np.int64, len(chunks))
        chunk = chunks[0][0] if len(chunks) == 1 else b"".join([data for data, _ in chunks])
        self._offset += len(chunk)
        self.counters.octets += len(chunk)
        synced = self._sync.finish() if final else self._sync.feed(chunk)
        for offset, octets in synced.passed_over:
            self._passed_over(events, octets, offset, "in no frame")
        starts = np.array(synced.starts, np.int64)
        lengths = np.array(synced.lengths or [length] * len(starts), np.int64)
        offsets = np.array(synced.offsets, np.int64)
        if len(times):
            which = np.searchsorted(ends, offsets + lengths, side="left")
            reception = times[np.minimum(which, len(times) - 1)]
        else:
            reception = np.full(len(starts), self._last_ns, np.int64)
        return _Blocks(synced.data, starts, lengths, reception, offsets)

    def _decoded_blocks(self, blocks: _Blocks) -> tuple[_Blocks, NDArray[np.int16] | None]:
        """Take the coding off; what is no whole block stays as it came."""
        coding = self._coding
        if coding.plain or not len(blocks.starts):
            return blocks, None
        whole = blocks.lengths == coding.block_length
        if every(whole):
            octets, starts, corrected = coding.decode(blocks.octets, blocks.starts)
            lengths = np.full(len(starts), coding.frame_length, np.int64)
            return _Blocks(octets, starts, lengths, blocks.reception, blocks.offsets), corrected
        rows = np.flatnonzero(whole)
        octets, starts, corrected = coding.decode(blocks.octets, blocks.starts[rows])
        # Odd datagrams stand behind the decoded ones; the length of a frame must not make one of them.
        all_starts = blocks.starts + len(octets)
        all_lengths = blocks.lengths.copy()
        all_corrected = np.full(len(whole), -1, np.int16)
        all_starts[rows], all_lengths[rows], all_corrected[rows] = starts, coding.frame_length, corrected
        both = octets + blocks.octets
        return _Blocks(both, all_starts, all_lengths, blocks.reception, blocks.offsets, whole), all_corrected

    def _passed_over(self, events: list[DecodeEvent], octets: bytes, offset: int, where: str) -> None:
        self.counters.octets_passed_over += len(octets)
        for begin in range(0, len(octets), EVENT_OCTETS):
            part = octets[begin : begin + EVENT_OCTETS]
            at = offset + begin if offset >= 0 else -1
            events.append(DecodeEvent("passed-over", f"{len(part)} octets {where}", at, part))

    def _frames(self, blocks: _Blocks, events: list[DecodeEvent], final: bool = False) -> Decoded:
        link = self.link
        blocks, corrected = self._decoded_blocks(blocks)
        framing = link.framing
        assert framing != "packets"
        assert framing != "kiss"
        read = read_frames(
            framing,
            blocks.octets,
            blocks.starts,
            blocks.lengths,
            frame_length=link.frame_length,
            fecf=link.fecf,
            ocf=link.ocf,
            scids=link.scids,
            packet_vcids=link.packet_vcids,
            reception_ns=blocks.reception,
            stream_offset=blocks.offsets,
            corrected=corrected if link.reed_solomon else None,
            whole=blocks.whole,
            fhec=link.fhec,
            insert_zone_octets=link.insert_zone_octets,
        )
        if corrected is not None and link.reed_solomon:
            self.counters.frames_corrected += int(np.count_nonzero(corrected > 0))
            self.counters.symbols_corrected += int(corrected[corrected > 0].sum())
        self.counters.headers_corrected += read.headers_corrected
        frame_events(framing, read, events)
        touched = self._channels.follow(read)
        if final:
            touched = self._channels.end(touched)
        parts = self._channels.take(read.batch, touched, partial(self._passed_over, events))
        return self._decoded(read.batch, parts, read.batch.reception_ns, events)

    def _decoded(
        self,
        frames: FrameBatch,
        parts: list[tuple[Extracted, int, int]],
        reception_ns: NDArray[np.int64],
        events: list[DecodeEvent],
        heard: Heard | None = None,
    ) -> Decoded:
        """Give the extracted packets, with spacecraft id and virtual channel, their meaning."""
        framed = not self._frameless
        packets, octets, source, idle = gather(
            [(part, vcid) for part, _, vcid in parts], reception_ns, self._last_ns, framed
        )
        self.counters.packets_idle += idle
        if heard is not None and heard.before:
            packets, source = heard.with_beacons(packets, source)
            octets = packets.data.tobytes()
        if len(packets) and len(frames) and some(frames.quality & _REPLAY):
            replayed = (packets.frame >= 0) & (frames.quality[packets.frame] & _REPLAY != 0)
            packets.quality[replayed] |= PacketQuality.PLAYBACK
        if self._segments and len(packets):
            packets, source = self._segments.join(
                packets, octets, source, [scid for _, scid, _ in parts], events
            )
            octets = packets.data.tobytes() if len(packets.data) > len(octets) else octets
        vehicles = [self._control.vehicle_of(scid) for _, scid, _ in parts]
        rows = self._control.rows(frames)
        if len(rows):
            scids, inverse = np.unique(frames.scid[rows], return_inverse=True)
            which = (inverse + len(vehicles)).astype(np.int32)
            vehicles += [self._control.vehicle_of(scid) for scid in scids.tolist()]
            at = 4 + 2 * self.link.fecf
            packets, source = with_words(packets, source, frames, rows, which, at)
        if len(set(vehicles)) == 1:
            del vehicles[1:]
        words = self._control if len(rows) else None
        tables = self._recogniser.recognise(packets, octets, vehicles, source, events, words)
        return Decoded(frames, packets, tables, events)

    # Packets without frames -------------------------------------------------------------------------

    def _packets(
        self, datagrams: Sequence[tuple[bytes, int]], events: list[DecodeEvent], final: bool
    ) -> Decoded:
        if self._radio is not None:
            return self._fields(self._radio, datagrams, events, final)
        chunk = datagrams[0][0] if len(datagrams) == 1 else b"".join([data for data, _ in datagrams])
        ends = np.cumsum(np.fromiter((len(data) for data, _ in datagrams), np.int64, len(datagrams)))
        times = np.fromiter((ns for _, ns in datagrams), np.int64, len(datagrams))
        if self.link.datagram:
            pending, out = 0, self._stream.whole(chunk, ends)
        else:
            pending = self._stream.pending
            out = self._stream.finish() if final else self._stream.feed(chunk)
        origin = self._offset - pending
        self._offset += len(chunk)
        self.counters.octets += len(chunk)
        self.counters.encapsulated(out.encapsulation, out.encapsulation_octets)
        for offset, octets in out.passed_over:
            self._passed_over(events, octets, origin + offset, "in no packet")
        if len(times):
            stops = np.array(out.starts, np.int64) + np.array(out.lengths, np.int64) - pending
            which = np.searchsorted(ends, stops, side="left")
            reception = times[np.minimum(which, len(times) - 1)]
        else:
            reception = np.full(len(out.starts), self._last_ns, np.int64)
        return self._decoded(no_frames(), [(out, -1, -1)], reception, events)

    def _fields(
        self, radio: Ax25Link, chunks: Sequence[tuple[bytes, int]], events: list[DecodeEvent], final: bool
    ) -> Decoded:
        """Decode the information fields of AX.25 frames: Space Packets as in datagrams, and beacons."""
        self.counters.octets += sum(len(octets) for octets, _ in chunks)
        pass_over = partial(self._passed_over, events)
        heard = radio.end(events, pass_over) if final else radio.take(chunks, events, pass_over)
        fields, ends = heard.packets, heard.packets.ends()
        out = self._stream.whole(b"".join(fields.octets), ends)
        self.counters.encapsulated(out.encapsulation, out.encapsulation_octets)
        for offset, octets in out.passed_over:
            frame = fields.offsets[int(np.searchsorted(ends, offset, side="right"))]
            self._passed_over(events, octets, frame, "in no packet")
        which = np.searchsorted(ends, np.array(out.starts, np.int64), side="right")
        reception = np.array(fields.reception_ns, np.int64)[which]
        return self._decoded(no_frames(), [(out, -1, -1)], reception, events, heard)
