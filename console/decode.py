"""``okaeri decode``: the packets of a file to CSV, JSON or an archive."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from console.decode_output import write_csv, write_json
from console.exit_codes import DAMAGE, OK, UNREADABLE, USAGE
from decoders.mission.csv import fixed_length, read_packet_csv
from decoders.mission.model import DefinitionError, PacketDefinition, Parameter, TimeFormat
from decoders.packet_index import HEADER_BITS, primary_headers
from decoders.packet_scan import Damage, PacketScan, scan_packets
from decoders.pipeline import Decoder, LinkFormat
from decoders.sequence import PACKET_MODULUS, SequenceCounter
from decoders.shapes import NO_TIME, Decoded, PacketBatch, PacketQuality
from decoders.timecode import epoch_seconds, p_field_format, time_octets, utc_text

BATCH = 20_000
SHOWN = 20
"""Damages listed one by one before the rest is only counted."""


class DecodeError(Exception):
    """The command cannot go on; ``code`` is its exit code."""

    def __init__(self, message: str, code: int = USAGE) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class DecodedFile:
    """What a file gave: batches in its order, and everything that was wrong with it."""

    path: Path
    data: bytes
    definitions: list[PacketDefinition]
    batches: list[Decoded] = field(default_factory=list)
    passed_over: list[Damage] = field(default_factory=list)
    """Octets in no packet."""
    refused: list[Damage] = field(default_factory=list)
    """Packets that could not be decoded; each has a row in its batch."""
    notes: list[str] = field(default_factory=list)
    left_out: Counter[int] = field(default_factory=Counter)
    """Packets of other APIDs."""

    @property
    def damages(self) -> list[Damage]:
        """Everything that was wrong, in the order of the file."""
        return sorted([*self.passed_over, *self.refused], key=lambda damage: damage.offset)


def run(options: argparse.Namespace) -> int:
    """Decode one file as the options say; print a summary on stderr and return the exit code.

    Options: ``file``, ``definitions`` (a CSV, or a folder with ``mission.toml``), ``apid``, ``format``
    (``csv``, ``json``, ``db``), ``output``, ``raw``; and if present ``time``, ``epoch``, ``offsets_from``.
    """
    try:
        definitions = _definitions(options)
        decoded = decode_file(
            options.file, definitions, apid=options.apid, mark_duplicates=options.format == "db"
        )
        _write(decoded, options)
    except DefinitionError as error:
        return _fail(str(error), USAGE)
    except DecodeError as error:
        return _fail(str(error), error.code)
    return _summary(decoded)


def _fail(message: str, code: int) -> int:
    print(f"okaeri decode: {message}", file=sys.stderr)
    return code


def _definitions(options: argparse.Namespace) -> list[PacketDefinition]:
    path: Path = options.definitions
    try:
        if path.is_dir():
            from console.mission import load_mission

            definitions = list(load_mission(path).packets)
        else:
            definitions = [read_packet_csv(path, vehicle="file")]
    except OSError as error:
        raise DecodeError(f"cannot read the definition {path}: {error.strerror or error}") from None
    if getattr(options, "offsets_from", "packet") == "data":
        definitions = [_behind_header(definition) for definition in definitions]
    if text := getattr(options, "time", None):
        fmt, octet = parse_time(text, getattr(options, "epoch", None) or "tai")
        definitions = [with_time(definition, fmt, octet) for definition in definitions]
    return definitions


def _behind_header(definition: PacketDefinition) -> PacketDefinition:
    """Shift fields whose offsets were counted from the first bit behind the primary header."""
    parameters = tuple(
        p if p.bit_offset is None else replace(p, bit_offset=p.bit_offset + HEADER_BITS)
        for p in definition.parameters
    )
    return replace(definition, parameters=parameters, length_octets=fixed_length(parameters))


def parse_time(text: str, epoch: str = "tai") -> tuple[TimeFormat, int | None]:
    """Read ``cuc``, ``cds``, ``cuc:4:2`` or ``cds:2:2``, and ``@6`` for the octet where the time begins.

    The numbers are octets of seconds and fraction, or of days and sub-milliseconds. Raises
    ``DecodeError``.
    """
    try:
        epoch_seconds(epoch)
    except ValueError as error:
        raise DecodeError(f"--epoch {error}") from None
    body, _, at = text.partition("@")
    code, *numbers = body.lower().split(":")
    try:
        octet = int(at) if at else None
        first, second = (
            [int(number) for number in numbers] if numbers else ((4, 2) if code == "cuc" else (2, 2))
        )
    except ValueError:
        octet, first, second, code = None, 0, 0, ""
    if code == "cuc" and 1 <= first <= 7 and 0 <= second <= 10:
        return TimeFormat("cuc", coarse_octets=first, fine_octets=second, epoch=epoch), octet
    if code == "cds" and first in (2, 3) and second in (0, 2, 4):
        return TimeFormat("cds", day_octets=first, submillisecond_octets=second, epoch=epoch), octet
    raise DecodeError(f"--time {text!r}: write cuc:4:2, cds:2:2, or cds:2:2@6 with the octet it begins at")


def with_time(definition: PacketDefinition, fmt: TimeFormat, octet: int | None) -> PacketDefinition:
    """Give a definition its time: at its ``time`` field, at an octet, or right behind the primary header."""
    marked = next((p for p in definition.parameters if p.role == "time" and p.bit_offset is not None), None)
    if octet is None:
        octet = 6 if marked is None or marked.bit_offset is None else marked.bit_offset // 8
    if marked is not None and marked.bit_offset == octet * 8:
        return replace(definition, time=fmt)
    parameters = [replace(p, role="") if p.role == "time" else p for p in definition.parameters]
    name = "time"
    while any(parameter.name == name for parameter in parameters):
        name = "_" + name
    # The columns that hold the time stay what they are; padding over them tells where it begins.
    parameters.insert(0, Parameter(name, "fill", 8 * time_octets(fmt), octet * 8, role="time"))
    return replace(definition, parameters=tuple(parameters), time=fmt)


def decode_file(
    path: Path,
    definitions: Sequence[PacketDefinition],
    *,
    apid: int | None = None,
    mark_duplicates: bool = False,
) -> DecodedFile:
    """Decode the packets of a file that the definitions describe.

    With ``mark_duplicates`` a repeated packet gets no values, as in an archive. Raises
    ``DecodeError`` where nothing can be decoded, ``DefinitionError`` where a definition cannot fit.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DecodeError(f"cannot read {path}: {error.strerror or error}", UNREADABLE) from None
    if not data:
        raise DecodeError(f"{path} is empty", UNREADABLE)
    if apid is not None and not 0 <= apid < 2048:
        raise DecodeError(f"--apid {apid}: an APID is 0 to 2047")
    lengths = {d.apid: d.length_octets for d in definitions if d.apid is not None}
    if apid is not None and apid not in lengths:
        lengths = {apid: None}
    scan = scan_packets(data, lengths)
    truncated = any(damage.what == "truncated" for damage in scan.damages)
    covered = int(scan.lengths.sum())
    if not (covered or truncated) or (not lengths and not truncated and covered * 2 < len(data)):
        raise DecodeError(f"{path} holds no Space Packets", UNREADABLE)
    apids = primary_headers(data, scan.starts)["apid"]
    chosen = _choose(path, scan, apids, definitions, apid)
    fitted = [_fit(definition, scan.lengths[apids == definition.apid]) for definition in chosen]
    known = {d.apid: d.length_octets for d in fitted if d.apid is not None}
    if scan.damages and known != lengths:  # the lengths now known tell headers from garbage better
        scan = scan_packets(data, known)
        apids = primary_headers(data, scan.starts)["apid"]
    decoded = DecodedFile(path, data, [_read_p_field(d, data, scan, apids) for d in fitted])
    _note(decoded, definitions, scan, apids)
    _decode(decoded, scan, apids, mark_duplicates)
    return decoded


def _choose(
    path: Path,
    scan: PacketScan,
    apids: NDArray[np.int32],
    definitions: Sequence[PacketDefinition],
    apid: int | None,
) -> list[PacketDefinition]:
    """Give each definition its APID; one alone without an APID takes the only one it can mean."""
    present = Counter(apids.tolist())
    held = "it holds " + ", ".join(f"{a} ({n} packets)" for a, n in sorted(present.items()))
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
            p.name for p in definition.parameters if p.bit_offset is not None and p.bit_offset < HEADER_BITS
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


def _write(decoded: DecodedFile, options: argparse.Namespace) -> None:
    output: Path | None = options.output
    if options.format == "db":
        import sqlite3

        from console.archive.errors import ArchiveError
        from console.decode_archive import write_archive

        if output is None:
            raise DecodeError("an archive is a file: name it with -o")
        if output.exists():
            raise DecodeError(f"{output} is already there: choose another name with -o")
        try:
            write_archive(decoded, output)
        except (OSError, sqlite3.Error, ArchiveError) as error:
            raise DecodeError(f"cannot write {output}: {error}") from None
        return
    several = len(decoded.definitions) > 1
    if several and output is None:
        raise DecodeError(f"{len(decoded.definitions)} packet types: name a folder for them with -o")
    write = write_csv if options.format == "csv" else write_json
    for definition in decoded.definitions:
        tables = [
            (batch, table)
            for batch in decoded.batches
            for table in batch.tables
            if table.packet.name == definition.name and len(table.rows)
        ]
        target = output
        if output is not None and (several or output.is_dir()):
            target = output / f"{definition.name}.{options.format}"
        try:
            if target is None:
                if hasattr(sys.stdout, "reconfigure"):
                    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
                write(sys.stdout, definition, tables, raw=options.raw)
            else:
                if several:
                    target.parent.mkdir(parents=True, exist_ok=True)
                _spare(target, options)
                with _whole(target) as file:
                    write(file, definition, tables, raw=options.raw)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise DecodeError(f"cannot write {target or 'the output'}: {error.strerror or error}") from None


def _spare(target: Path, options: argparse.Namespace) -> None:
    """Refuse to write over what is read, or over an archive; raise ``DecodeError``."""
    if not target.exists():
        return
    for each in (options.file, options.definitions):
        if Path(each).exists() and target.samefile(each):
            raise DecodeError(f"-o {target} would write over {each}: choose another name")
    if target.is_file():
        with target.open("rb") as file:
            if file.read(16) == b"SQLite format 3\0":
                raise DecodeError(f"{target} is an archive or another database: choose another name with -o")


@contextlib.contextmanager
def _whole(target: Path) -> Iterator[TextIO]:
    """Open a file for writing that takes its name when it is whole; a device is written as it is."""
    plain = target.is_file() or not target.exists()
    part = target.with_name(f"{target.name}.part") if plain else target
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        if plain:
            part.replace(target)
    except BaseException:
        if plain:
            part.unlink(missing_ok=True)
        raise


def _summary(decoded: DecodedFile) -> int:
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
