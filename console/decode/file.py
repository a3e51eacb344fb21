"""One file of packets through the one pipeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from console.decode.errors import DecodeError
from console.exit_codes import UNREADABLE
from decoders.counters import Counters
from decoders.derived_formulas import computable
from decoders.mission.model import DefinitionError, PacketDefinition
from decoders.packet_index import HEADER_BITS, primary_headers
from decoders.packet_scan import Damage, PacketScan, scan_packets
from decoders.pipeline import Decoder, LinkFormat
from decoders.sequence import SequenceCounter
from decoders.shapes import NO_TIME, Decoded, PacketBatch, PacketQuality
from decoders.timecode import p_field_format, time_octets

BATCH = 20_000


@dataclass(slots=True)
class DecodedFile:
    """What a file gave: batches in its order, and everything that was wrong with it."""

    path: Path
    data: bytes
    definitions: list[PacketDefinition]
    batches: list[Decoded] = field(default_factory=list)
    passed_over: list[Damage] = field(default_factory=list)
    """Octets in no packet."""
    told: bool = False
    """Whether events of the batches keep those octets already."""
    refused: list[Damage] = field(default_factory=list)
    """Packets that could not be decoded; each has a row in its batch."""
    notes: list[str] = field(default_factory=list)
    left_out: Counter[int] = field(default_factory=Counter)
    """Packets of other APIDs."""
    frames_left_out: Counter[int] = field(default_factory=Counter)
    """Frames of spacecraft that were not asked for."""
    frames: Counter[tuple[int, int]] = field(default_factory=Counter)
    """Frames by spacecraft id and virtual channel, where the file holds frames."""
    timed: bool = False
    """Whether the file tells when its packets were received."""
    counters: Counters | None = None
    channels: dict[tuple[int, int], SequenceCounter] = field(default_factory=dict)

    @property
    def damages(self) -> list[Damage]:
        """Everything that was wrong, in the order of the file."""
        return sorted([*self.passed_over, *self.refused], key=lambda damage: damage.offset)


def without_extra(data: bytes, octets: int) -> bytes:
    """Return packets one behind the other without so many octets in front of each.

    Where a length leads beyond the end, the rest is kept as it is.
    """
    parts: list[bytes] = []
    here = 0
    while here + octets + 7 <= len(data):
        start = here + octets
        end = start + (data[start + 4] << 8 | data[start + 5]) + 7
        if end > len(data):
            break
        parts.append(data[start:end])
        here = end
    return b"".join([*parts, data[here + octets :]])


def decode_file(
    path: Path,
    data: bytes,
    definitions: Sequence[PacketDefinition],
    *,
    apid: int | None = None,
    mark_duplicates: bool = False,
    skip_octets: int = 0,
) -> DecodedFile:
    """Decode the packets of a file that the definitions describe.

    With ``mark_duplicates`` a repeated packet gets no values, as in an archive. ``skip_octets`` stand in
    front of each packet and are left out; offsets then count without them. Raises
    ``DecodeError`` where nothing can be decoded, ``DefinitionError`` where a definition cannot fit.
    """
    if apid is not None and not 0 <= apid < 2048:
        raise DecodeError(f"--apid {apid}: an APID is 0 to 2047")
    if skip_octets:
        data = without_extra(data, skip_octets)
    lengths = _lengths(definitions)
    if apid is not None and apid not in lengths:
        lengths = {apid: None}
    scan = scan_packets(data, lengths)
    truncated = any(damage.what == "truncated" for damage in scan.damages)
    covered = int(scan.lengths.sum())
    odd = sum(damage.octets for damage in scan.damages) - _fill_octets(data, scan.damages)
    if not (covered or truncated) or (not lengths and not truncated and covered < odd):
        raise DecodeError(f"{path} holds no Space Packets", UNREADABLE)
    apids = primary_headers(data, scan.starts)["apid"]
    chosen, left_out = computable(_choose(path, scan, apids, definitions, apid))
    shared = Counter(definition.apid for definition in chosen)
    fitted = [
        _fit(definition, scan.lengths[apids == definition.apid])
        if shared[definition.apid] == 1
        else definition
        for definition in chosen
    ]
    for definition in fitted:
        _look_for_the_time(definition, scan.lengths[apids == definition.apid])
    known = _lengths(fitted)
    if scan.damages and known != lengths:  # the lengths now known tell headers from garbage better
        scan = scan_packets(data, known)
        apids = primary_headers(data, scan.starts)["apid"]
    decoded = DecodedFile(path, data, [_read_p_field(d, data, scan, apids) for d in fitted])
    _note(decoded, definitions, scan, apids)
    if left_out:
        names = ", ".join(left_out)
        decoded.notes.append(f"left out, as they are computed from packets that are not read here: {names}")
    _decode(decoded, scan, apids, mark_duplicates)
    return decoded


def _lengths(definitions: Sequence[PacketDefinition]) -> dict[int, int | None]:
    """Return the octets of each APID's packets, ``None`` where they vary or its definitions differ."""
    lengths: dict[int, int | None] = {}
    for each in definitions:
        if each.apid is not None:
            same = lengths.get(each.apid, each.length_octets) == each.length_octets
            lengths[each.apid] = each.length_octets if same else None
    return lengths


def _fill_octets(data: bytes, damages: Sequence[Damage]) -> int:
    """Count the octets 00 and FF in damage: what a recorder fills its file with speaks neither way."""
    return sum(
        data.count(fill, damage.offset, damage.offset + damage.octets)
        for damage in damages
        for fill in (0x00, 0xFF)
    )


def _choose(
    path: Path,
    scan: PacketScan,
    apids: NDArray[np.int32],
    definitions: Sequence[PacketDefinition],
    apid: int | None,
) -> list[PacketDefinition]:
    """Give each definition its APID; one alone without an APID takes the only one it can mean."""
    present = Counter(apids.tolist())
    held = "it holds " + ", ".join(f"APID {a} ({n} packets)" for a, n in sorted(present.items()))
    if any(definition.apid is not None for definition in definitions):
        chosen = [d for d in definitions if d.apid in present and apid in (None, d.apid)]
        if not chosen:
            raise DecodeError(f"{path} has no packets that the definitions describe: {held}")
        return chosen
    definition = definitions[0]
    if apid is None:
        candidates = [a for a in present if a != 0x7FF] or list(present)
        if len(candidates) > 1 and definition.length_octets is not None:
            fits = scan.lengths == definition.length_octets
            candidates = [a for a in candidates if fits[apids == a].any()] or candidates
        if len(candidates) > 1:
            raise DecodeError(
                f"{path} has several APIDs; say with --apid which one the definition describes: {held}"
            )
        apid = candidates[0] if candidates else None
    elif present and apid not in present:
        raise DecodeError(f"{path} has no packets of APID {apid}: {held}")
    return [replace(definition, apid=apid)]


def _fit(definition: PacketDefinition, sizes: NDArray[np.int64]) -> PacketDefinition:
    """Give a fixed definition the length of its packets: its own, or the usual one if that is longer.

    A ccsdspy definition may leave out what stands at the end of a packet.
    """
    own = definition.length_octets
    if own is None or not len(sizes) or (sizes == own).any():
        return definition
    usual = Counter(sizes.tolist()).most_common(1)[0][0]
    if usual < own:
        raise DefinitionError(
            f"the definition needs {own} octets, the packets of APID {definition.apid} have {usual}",
            file=definition.name,
            mend="Check the bit lengths and offsets, or choose other packets with --apid",
        )
    return replace(definition, length_octets=usual)


def _look_for_the_time(definition: PacketDefinition, sizes: NDArray[np.int64]) -> None:
    """Refuse a time that begins or ends behind the end of every packet."""
    field = next((p for p in definition.parameters if p.role == "time" and p.bit_offset is not None), None)
    if definition.time.code == "none" or field is None or field.bit_offset is None or not len(sizes):
        return
    end, longest = field.bit_offset // 8 + time_octets(definition.time), int(sizes.max())
    if end > longest:
        raise DefinitionError(
            f"its time would end at octet {end}, the packets of APID {definition.apid} have {longest}",
            file=definition.name,
            mend="Check the octet behind @ in --time, or where the field of role time lies",
        )


def _read_p_field(
    definition: PacketDefinition, data: bytes, scan: PacketScan, apids: NDArray[np.int32]
) -> PacketDefinition:
    """Let the P-field of the first packet say how a field of role ``time`` is coded."""
    marked = next((p for p in definition.parameters if p.role == "time"), None)
    rows = np.flatnonzero(apids == definition.apid)
    if definition.time.code != "none" or marked is None or marked.bit_offset is None or not len(rows):
        return definition
    start = int(scan.starts[rows[0]]) + marked.bit_offset // 8
    head = data[start : start + 2].ljust(2, b"\0")
    fmt = p_field_format(head[0], head[1])
    elements = marked.array_length if isinstance(marked.array_length, int) else 1
    if fmt is None or not fmt.epoch or time_octets(fmt) * 8 != marked.bit_length * elements:
        return definition
    return replace(definition, time=fmt)


def _note(
    decoded: DecodedFile,
    definitions: Sequence[PacketDefinition],
    scan: PacketScan,
    apids: NDArray[np.int32],
) -> None:
    own = {definition.name: definition.length_octets for definition in definitions}
    for definition in decoded.definitions:
        length = own[definition.name]
        if length is not None and definition.length_octets != length:
            decoded.notes.append(
                f"{definition.name} describes {length} of the {definition.length_octets} octets of a packet"
            )
        inside = [
            p.name
            for p in definition.parameters
            if p.bit_offset is not None and p.bit_offset < HEADER_BITS and p.role != "header"
        ]
        if inside:
            decoded.notes.append(
                f"{len(inside)} field(s), first {inside[0]}, lie in the primary header: bit_offset counts "
                "from its first bit, as in ccsdspy (--offsets-from data counts from behind it)"
            )
    decoded.passed_over = scan.damages
    mine = {definition.apid for definition in decoded.definitions}
    decoded.left_out = Counter(a for a in apids.tolist() if a not in mine)


def _decode(decoded: DecodedFile, scan: PacketScan, apids: NDArray[np.int32], mark_duplicates: bool) -> None:
    """Send the chosen packets through the one pipeline, and name by offset those it refuses."""
    mine = [definition.apid for definition in decoded.definitions if definition.apid is not None]
    rows = np.flatnonzero(np.isin(apids, mine))
    link = LinkFormat(framing="packets", datagram=True, mark_duplicates=mark_duplicates, vehicle="file")
    decoder = Decoder(link, decoded.definitions)
    for first in range(0, len(rows), BATCH):
        part = rows[first : first + BATCH]
        places = list(zip(scan.starts[part].tolist(), scan.lengths[part].tolist(), strict=True))
        batch = decoder.feed_many([(decoded.data[start : start + size], NO_TIME) for start, size in places])
        decoded.batches.append(batch)
        if len(batch.packets) == len(places):
            decoded.refused += _refused(batch.packets, places)


def _refused(packets: PacketBatch, places: list[tuple[int, int]]) -> list[Damage]:
    refused = []
    for row in np.flatnonzero(packets.quality).tolist():
        quality = PacketQuality(int(packets.quality[row]))
        if PacketQuality.LENGTH_BAD in quality:
            refused.append(Damage(*places[row], "a packet of a wrong length"))
        elif PacketQuality.CRC_BAD in quality:
            refused.append(Damage(*places[row], "a packet with a wrong CRC"))
        elif not quality.has_values and PacketQuality.DUPLICATE not in quality:
            refused.append(Damage(*places[row], "a packet that cannot be decoded"))
    return refused
