"""What ``okaeri decode`` tells at its end."""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from console.decode.file import DecodedFile
from console.decode.output import shown
from console.exit_codes import DAMAGE, OK
from decoders.mission.model import PacketDefinition
from decoders.sequence import PACKET_MODULUS, DuplicateWindow, SequenceCounter
from decoders.shapes import NO_TIME, PacketBatch, PacketQuality
from decoders.timecode import utc_text

SHOWN = 20
"""Damages listed one by one before the rest is only counted."""
_NO_COUNT = int(PacketQuality.CRC_BAD | PacketQuality.TRUNCATED)
"""Packets whose header may itself be damaged say nothing about their neighbours."""


def tell(decoded: DecodedFile) -> int:
    """Print the summary on stderr and return the exit code."""
    octets = len(decoded.data) or decoded.path.stat().st_size
    say = [f"{decoded.path.name}: {octets:,} octets"]
    say += ["  " + line for line in _frame_summary(decoded)]
    say += ["  " + _packet_summary(decoded, definition) for definition in decoded.definitions]
    if decoded.left_out:
        others = ", ".join(f"{apid} ({count:,})" for apid, count in sorted(decoded.left_out.items()))
        say.append(f"  other APIDs, left out: {others}")
    say += [f"  note: {note}" for note in decoded.notes]
    for damage in decoded.damages[:SHOWN]:
        say.append(f"  offset {damage.offset}: {damage.octets} octets, {damage.what}")
    if len(decoded.damages) > SHOWN:
        say.append(f"  … and {len(decoded.damages) - SHOWN} more")
    if decoded.damages:
        octets = sum(damage.octets for damage in decoded.damages)
        say.append(f"  {octets:,} octets in {len(decoded.damages):,} place(s) could not be decoded")
    print("\n".join(say), file=sys.stderr)
    return DAMAGE if decoded.damages else OK


def _frame_summary(decoded: DecodedFile) -> list[str]:
    """Tell what the frames were, and those of each virtual channel."""
    counters = decoded.counters
    if counters is None:
        return []
    parts = [f"{counters.frames_good:,} good"]
    if counters.frames_corrected:
        parts.append(
            f"{counters.frames_corrected:,} of them corrected ({counters.symbols_corrected:,} symbols)"
        )
    bad = counters.frames_bad - decoded.frames_left_out.total()
    parts += [
        f"{count:,} {what}"
        for count, what in (
            (bad, "bad"), (counters.frames_missing, "missing"),
            (counters.frames_duplicate, "repeated"), (counters.frames_idle, "idle"),
            *([(counters.frames_other, "without packets")] if counters.frames_other else []),
        )
    ]  # fmt: skip
    say = [f"frames: {', '.join(parts)}"]
    for (scid, vcid), channel in decoded.channels.items():
        text = f"SCID 0x{scid:X} VC{vcid}: {decoded.frames[scid, vcid]:,} frames"
        if channel.gaps:
            text += f", {channel.gaps} jump(s) of the count, {channel.missing:,} missing"
        say.append(text)
    if decoded.frames_left_out:
        crafts = ", ".join(f"0x{scid:X} ({n:,})" for scid, n in sorted(decoded.frames_left_out.items()))
        say.append(f"other spacecraft, left out: {crafts} frames")
    rest = [
        (counters.packets_idle, "idle packets"), (counters.packets_bad, "bad packets"),
        (counters.packets_truncated, "packets cut short"),
        (counters.octets_passed_over, "octets in no frame"),
    ]  # fmt: skip
    told = ", ".join(f"{count:,} {what}" for count, what in rest if count)
    return [*say, told] if told else say


def _packet_summary(decoded: DecodedFile, definition: PacketDefinition) -> str:
    counter = SequenceCounter(PACKET_MODULUS)
    before = DuplicateWindow(1 if definition.time.code == "none" else 4)
    count, twice, times = 0, 0, []
    for batch in decoded.batches:
        for table in batch.tables:
            if table.packet.name == definition.name and len(table.rows):
                count += len(table.rows)
                ns = batch.packets.generation_ns[table.rows]
                times.append(ns[ns != NO_TIME])
        # What has no values because of its length was there all the same: it is not missing.
        rows = np.flatnonzero(
            (batch.packets.apid == definition.apid) & (batch.packets.quality & _NO_COUNT == 0)
        )
        repeated = before.check(batch.packets.sequence_count[rows], _hashes(batch.packets, rows))
        if repeated is not None:
            twice += int(np.count_nonzero(repeated))
            rows = rows[~repeated]
        if len(rows):
            counter.steps(batch.packets.sequence_count[rows])
    fields = len(shown(definition))
    apid = "without APID" if definition.apid is None else f"APID {definition.apid}"
    text = f"{definition.name}: {apid}, {count:,} packets, {fields} parameters"
    known = np.concatenate(times) if times else np.empty(0, np.int64)
    if len(known):
        text += f", {utc_text(int(known.min()))} to {utc_text(int(known.max()))}"
    if counter.gaps:
        text += f", {counter.gaps} jump(s) of the sequence count, {counter.missing:,} packets missing"
    return text + (f", {twice:,} packets came before" if twice else "")


def _hashes(packets: PacketBatch, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    octets = packets.data.data.cast("B")
    starts, ends = packets.starts[rows], packets.starts[rows] + packets.lengths[rows]
    places = zip(starts.tolist(), ends.tolist(), strict=True)
    return np.fromiter((hash(bytes(octets[start:end])) for start, end in places), np.int64, len(rows))
