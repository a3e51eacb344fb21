"""What ``okaeri decode`` tells at its end."""

from __future__ import annotations

import sys

import numpy as np

from console.decode.file import DecodedFile
from console.exit_codes import DAMAGE, OK
from decoders.mission.model import PacketDefinition
from decoders.sequence import PACKET_MODULUS, SequenceCounter
from decoders.shapes import NO_TIME
from decoders.timecode import utc_text

SHOWN = 20
"""Damages listed one by one before the rest is only counted."""


def tell(decoded: DecodedFile) -> int:
    """Print the summary on stderr and return the exit code."""
    say = [f"{decoded.path.name}: {len(decoded.data):,} octets"]
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


def _packet_summary(decoded: DecodedFile, definition: PacketDefinition) -> str:
    counter = SequenceCounter(PACKET_MODULUS)
    count, times = 0, []
    for batch in decoded.batches:
        for table in batch.tables:
            if table.packet.name == definition.name and len(table.rows):
                count += len(table.rows)
                counter.steps(batch.packets.sequence_count[table.rows])
                ns = batch.packets.generation_ns[table.rows]
                times.append(ns[ns != NO_TIME])
    fields = sum(parameter.data_type != "fill" for parameter in definition.parameters)
    text = f"{definition.name}: APID {definition.apid}, {count:,} packets, {fields} parameters"
    known = np.concatenate(times) if times else np.empty(0, np.int64)
    if len(known):
        text += f", {utc_text(int(known.min()))} to {utc_text(int(known.max()))}"
    if counter.gaps:
        text += f", {counter.gaps} jump(s) of the sequence count, {counter.missing:,} packets missing"
    return text
