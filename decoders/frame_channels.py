"""The virtual channels of a link: each usable frame is counted and its packet zone joined to the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import numpy as np

from decoders.counters import Counters
from decoders.frames import ReadFrames
from decoders.masks import every
from decoders.packets import Extracted, KnownPackets
from decoders.sequence import SequenceCounter
from decoders.shapes import DecodeEvent, FrameBatch, FrameQuality
from decoders.virtual_channel import VirtualChannel

MOST_CHANNELS = 256
"""Virtual channels followed at once; without an error control field garbage looks like thousands of them."""
_GAP, _DUPLICATE, _IDLE, _NO_PACKETS = (
    int(flag)
    for flag in (
        FrameQuality.GAP_BEFORE,
        FrameQuality.DUPLICATE,
        FrameQuality.IDLE,
        FrameQuality.NO_PACKETS,
    )
)
_EXPEDITED = 22
"""The bit of a channel's key that parts expedited USLP frames: they have a counter of their own."""
_TOLD = (
    (FrameQuality.CODE_BAD, "frame-code", "frame(s) with more errors than Reed–Solomon can correct"),
    (FrameQuality.FECF_BAD, "frame-fecf", "frame(s) with a wrong error control field"),
    (
        FrameQuality.HEADER_BAD,
        "frame-header",
        "frame(s) with more errors in the header than can be corrected",
    ),
    (FrameQuality.VERSION_BAD, "frame-version", "frame(s) that are not {framing} frames"),
    (FrameQuality.VEHICLE_UNKNOWN, "frame-vehicle", "frame(s) of an unknown vehicle"),
    (
        FrameQuality.LENGTH_BAD,
        "frame-length",
        "frame(s) of a wrong length, or of another than they say",
    ),
)


def frame_events(framing: Literal["tm", "aos", "uslp"], read: ReadFrames, events: list[DecodeEvent]) -> None:
    """Tell of frames that cannot be used, each by the first thing that is wrong with it."""
    if every(read.usable):
        return
    batch, before = read.batch, 0
    for flag, code, text in _TOLD:
        rows = np.nonzero((batch.quality & int(flag) != 0) & (batch.quality & before == 0))[0]
        # What a damaged frame says of its version, vehicle and length means nothing.
        before |= int(flag)
        if not len(rows) or (flag == FrameQuality.LENGTH_BAD and framing != "uslp"):
            continue
        more = ""
        if flag == FrameQuality.VEHICLE_UNKNOWN:
            scids = sorted({int(scid) for scid in batch.scid[rows]})
            more = ": spacecraft id " + ", ".join(f"0x{scid:X}" for scid in scids[:8])
        first = int(batch.stream_offset[rows[0]])
        told = f"{len(rows)} {text.format(framing=framing)}{more}"
        events.append(DecodeEvent(code, told, first, count=len(rows)))


class FrameChannels:
    """Follows the virtual channels of one link, and the counters of their master channels."""

    def __init__(
        self,
        framing: Literal["tm", "aos", "uslp", "packets", "kiss"],
        counters: Counters,
        known: KnownPackets,
    ) -> None:
        self._framing = framing
        self._counters = counters
        self._known = known
        self._modulus = 256 if framing == "tm" else 1 << 24
        self._channels: dict[int, VirtualChannel] = {}
        """By spacecraft id and VCID; the one unseen for the longest comes first."""
        self._missing_on_ended = 0
        self._masters: dict[int, SequenceCounter] = {}
        """The counters of TM master channels, by spacecraft id."""

    def counters(self) -> dict[tuple[int, int], SequenceCounter]:
        """Return the frame counter of each virtual channel, in order of spacecraft id and virtual channel.

        Of a USLP channel with both kinds of service it is that of the sequence-controlled one.
        """
        found: dict[tuple[int, int], SequenceCounter] = {}
        for key in sorted(self._channels):
            found.setdefault(identity(key), self._channels[key].counter)
        return dict(sorted(found.items()))

    def follow(self, read: ReadFrames) -> list[tuple[int, VirtualChannel]]:
        """Give each usable frame to its virtual channel: counters, duplicates, packet zones.

        Returns the channels that may have packets, by key (see ``identity``).
        """
        batch, octets, counters, channels = read.batch, read.octets, self._counters, self._channels
        touched: dict[int, VirtualChannel] = {}
        ended: list[tuple[int, VirtualChannel]] = []
        quality = batch.quality.tolist()
        changed = False
        good = int(np.count_nonzero(read.usable))
        counters.frames_good += good
        counters.frames_bad += len(quality) - good
        at, channel = -1, None
        uslp, modulus, map_id, fresh = read.uslp, self._modulus, 0, False
        rows = zip(
            batch.scid.tolist(),
            batch.vcid.tolist(),
            batch.vc_count.tolist(),
            read.pointer.tolist(),
            read.usable.tolist(),
            batch.starts.tolist(),
            batch.lengths.tolist(),
            read.zone_start.tolist(),
            read.zone_end.tolist(),
            strict=True,
        )
        for row, (scid, vcid, count, first, usable, start, length, begin, end) in enumerate(rows):
            if not usable:
                continue
            key = scid << 6 | vcid
            if uslp is not None:
                key |= uslp.expedited[row] << _EXPEDITED
                modulus, map_id, fresh = uslp.modulus[row], uslp.map_id[row], uslp.fresh[row]
            if channel is None or key != at:
                at, channel = key, channels.pop(key, None)
                if channel is None:
                    if len(channels) >= MOST_CHANNELS:
                        oldest = next(iter(channels))
                        ended.append((oldest, channels.pop(oldest)))
                        touched.pop(oldest, None)
                    channel = VirtualChannel(modulus, self._known)
                channels[key] = channel
            if channel.counter.modulus != modulus:
                channel.count_anew(modulus)
            before = 0
            if quality[row] & _IDLE:
                counters.frames_idle += 1
                before = channel.idle(count)
                if before:
                    channel.gap()
                    touched[key] = channel
            else:
                counter = channel.counter
                recovered = counter.recovered
                if modulus:
                    if channel.duplicate(count, hash(octets[start : start + length])):
                        counters.frames_duplicate += 1
                        quality[row] |= _DUPLICATE
                        changed = True
                        continue
                    if count == counter.last and not channel.idle_last:
                        # Another frame of the same count: a whole turn is missing, or the counter is.
                        before = -1
                        counter.gaps += 1
                    else:
                        before = counter.step(count)
                channel.idle_last = False
                channel.started = True
                if quality[row] & _NO_PACKETS:
                    counters.frames_other += 1
                if before and (begin >= end or uslp is not None):
                    channel.gap()
                    touched[key] = channel
                if begin < end:
                    if counter.recovered > recovered:
                        extractor, follows = channel.late(count, map_id)
                    else:
                        extractor, follows = channel.of_map(map_id), before == 0
                    extractor.push(
                        octets[begin:end], first, row, begin - start, follows=follows and not fresh
                    )
                    touched[key] = channel
            if before:
                counters.frame_gaps += 1
                quality[row] |= _GAP
                changed = True
        for _, channel in ended:
            channel.end()
            self._missing_on_ended += channel.counter.missing
        missing = sum(channel.counter.missing for channel in channels.values())
        counters.frames_missing = self._missing_on_ended + missing
        if changed:
            batch.quality[:] = quality
        if self._framing == "tm":
            self._follow_masters(read)
        return [*ended, *touched.items()]

    def _follow_masters(self, read: ReadFrames) -> None:
        """Count what is missing on the master channels (132.0-B-3 §4.1.2.5).

        Senders exist whose master counter stays as it is: a count that repeats is no gap.
        """
        batch, counters = read.batch, self._counters
        rows = (read.usable & (batch.quality & _DUPLICATE == 0)).nonzero()[0]
        if not len(rows):
            return
        scids = batch.scid[rows]
        for scid in [int(scids[0])] if every(scids == scids[0]) else np.unique(scids).tolist():
            counter = self._masters.get(scid)
            if counter is None:
                counter = self._masters[scid] = SequenceCounter(256)
            gaps, missing = counter.gaps, counter.missing
            counter.steps(batch.mc_count[rows[scids == scid]])
            counters.master_gaps += counter.gaps - gaps
            counters.master_missing += counter.missing - missing

    def end(self, touched: list[tuple[int, VirtualChannel]]) -> list[tuple[int, VirtualChannel]]:
        """Give up all unfinished packets: nothing follows. Returns every channel that may have packets."""
        touched = [*touched, *((key, c) for key, c in self._channels.items() if (key, c) not in touched)]
        for channel in self._channels.values():
            channel.end()
        return touched

    def take(
        self,
        frames: FrameBatch,
        touched: Iterable[tuple[int, VirtualChannel]],
        passed_over: Callable[[bytes, int, str], None],
    ) -> list[tuple[Extracted, int, int]]:
        """Take the packets of channels that got frames, with spacecraft and virtual channel id."""
        parts: list[tuple[Extracted, int, int]] = []
        for key, channel in touched:
            scid, vcid = identity(key)
            for extractor in channel.extractors():
                out = extractor.take()
                self._counters.stale_pointers += out.stale_pointers
                self._counters.encapsulated(out.encapsulation, out.encapsulation_octets)
                for row, octets in out.passed_over:
                    offset = int(frames.stream_offset[row]) if row >= 0 else -1
                    passed_over(octets, offset, f"in no packet on virtual channel {vcid}")
                if out.starts:
                    parts.append((out, scid, vcid))
        return parts


def identity(key: int) -> tuple[int, int]:
    """Return the spacecraft id and the virtual channel id that a channel's key stands for."""
    return key >> 6 & 0xFFFF, key & 63
