"""A file of transfer frames or CADUs through the one pipeline."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from console.decode.errors import DecodeError
from console.decode.file import DecodedFile
from console.decode.framing_search import better
from console.exit_codes import UNREADABLE
from decoders.derived_formulas import computable
from decoders.mission.model import PacketDefinition
from decoders.packet_scan import Damage
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import NO_TIME, NOT_USABLE, Decoded, FrameQuality, PacketQuality

CHUNK = 1 << 20
_TOLD_S = 0.5
_NO_OCTETS = np.empty(0, np.uint8)


def decode_frames(
    path: Path,
    data: bytes,
    definitions: Sequence[PacketDefinition],
    link: LinkFormat,
    *,
    apid: int | None = None,
    archived: bool = False,
) -> DecodedFile:
    """Decode the packets in the frames of a file; raises ``DecodeError`` where there is nothing for it.

    Where it is to be ``archived``, frames keep their octets and repeated packets are marked.
    """
    wanted = list(definitions)
    if apid is not None:
        wanted = [replace(d, apid=apid) for d in definitions if d.apid in (None, apid)]
    usable, left = computable(wanted)
    decoded = DecodedFile(path, data, usable, notes=left)
    decoder = Decoder(replace(link, mark_duplicates=archived), usable)
    progress = Progress(len(data))
    for at in [*range(0, len(data), CHUNK), len(data)]:
        batch = decoder.feed(data[at : at + CHUNK], NO_TIME) if at < len(data) else decoder.finish()
        take(decoded, batch, chosen=bool(link.scids))
        if not archived:
            batch.frames.data = _NO_OCTETS
        progress.tell(min(at + CHUNK, len(data)))
    progress.end()
    decoded.counters, decoded.channels = decoder.counters, decoder.channel_counters()
    found = decoder.counters.packets_by_name
    if not found:
        raise DecodeError(
            f"{path}: its frames hold no packets that the definitions describe: {_held(decoded)}", UNREADABLE
        )
    decoded.definitions = [each for each in usable if each.name in found]
    if decoded.passed_over or decoder.counters.packets_bad:
        decoded.notes += [f"more packets come out with {option}" for option in better(link, data, usable)]
    return decoded


def take(decoded: DecodedFile, batch: Decoded, *, chosen: bool = False) -> None:
    """Keep a batch, and what was wrong in it by its place in the file.

    Where spacecraft were ``chosen``, frames of others are no damage.
    """
    decoded.batches.append(batch)
    decoded.told = True
    frames = batch.frames
    decoded.frames.update(zip(frames.scid.tolist(), frames.vcid.tolist(), strict=True))
    wrong = frames.quality & int(NOT_USABLE)
    if chosen:
        others = wrong == int(FrameQuality.VEHICLE_UNKNOWN)
        decoded.frames_left_out.update(frames.scid[others].tolist())
        wrong[others] = 0
    for row in np.flatnonzero(wrong).tolist():
        quality = FrameQuality(int(frames.quality[row])) & NOT_USABLE
        what = (quality.name or "").lower().replace("|", ", ").replace("_", " ")
        decoded.refused.append(
            Damage(int(frames.stream_offset[row]), int(frames.lengths[row]), f"frame: {what}")
        )
    decoded.passed_over += [
        Damage(event.offset, len(event.octets), "in no frame")
        for event in batch.events
        if event.code == "passed-over" and event.octets
    ]
    decoded.notes += [event.text for event in batch.events if event.code == "station-heard"]
    unknown = batch.packets.apid[batch.packets.quality & int(PacketQuality.APID_UNKNOWN) != 0]
    decoded.left_out += Counter(unknown.tolist())


def _held(decoded: DecodedFile) -> str:
    """Tell which packets and virtual channels there are."""
    apids = ", ".join(f"APID {a} ({n})" for a, n in sorted(decoded.left_out.items())) or "no packets"
    channels = ", ".join(f"0x{scid:X} VC{vcid} ({n})" for (scid, vcid), n in sorted(decoded.frames.items()))
    return f"{apids}, in the frames of {channels}" if channels else apids


class Progress:
    """How far a long file is, on a terminal that somebody watches."""

    def __init__(self, octets: int) -> None:
        self._octets = octets
        self._shown = False
        self._began_s = self._told_s = time.monotonic()

    def tell(self, octets: int) -> None:
        """Show that so many octets are done, twice a second at most."""
        now_s = time.monotonic()
        if now_s - self._told_s < _TOLD_S or not sys.stderr.isatty():
            return
        self._told_s, self._shown = now_s, True
        rate = octets / (now_s - self._began_s) / 1e6
        print(
            f"\r{100 * octets / self._octets:3.0f} %  {rate:.0f} MB/s ", end="", file=sys.stderr, flush=True
        )

    def end(self) -> None:
        """Clear the line."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
