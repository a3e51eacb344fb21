"""``okaeri decode``: the packets of a file to CSV, JSON or an archive."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from console.decode import summary
from console.decode.captured import decode_capture
from console.decode.definitions import definitions_of
from console.decode.errors import DecodeError
from console.decode.file import DecodedFile, decode_file
from console.decode.framed import decode_frames
from console.decode.framing import link_of, refuse_unused
from console.decode.framing_search import advice
from console.decode.octets import read
from console.decode.output import write_csv, write_json
from console.exit_codes import USAGE
from console.links.capture import is_capture
from console.links.framing import packets_of
from console.mission import Mission
from decoders.mission.model import DefinitionError, PacketDefinition
from decoders.pipeline import LinkFormat

_MUCH_DAMAGE = 8
"""Places of damage from which on a file of packets may be one of frames."""


def run(options: argparse.Namespace) -> int:
    """Decode one file as the options say; print a summary on stderr and return the exit code.

    Options: ``file``; ``definitions`` (a list of one CSV, XTCE database or mission folder) or ``mission``;
    how it is framed (see ``console.decode.framing``); ``apid``, ``format`` (``csv``, ``json``, ``db``),
    ``output``, ``raw``, ``time``, ``epoch``, ``offsets_from``.
    """
    try:
        definitions, mission = definitions_of(options)
        decoded = _decoded(options, definitions, mission)
        _write(decoded, options)
    except DefinitionError as error:
        return _fail(str(error), USAGE)
    except DecodeError as error:
        return _fail(str(error), error.code)
    return summary.tell(decoded)


def _decoded(
    options: argparse.Namespace, definitions: list[PacketDefinition], mission: Mission | None
) -> DecodedFile:
    refuse_unused(options)
    if options.framing == "pcap":
        return decode_capture(options.file, definitions, mission, options)
    data = read(options.file)
    if options.framing == "packets" and not options.link:
        return _decoded_packets(options, data, definitions)
    link = link_of(options, data, mission)
    if options.link and mission is not None:
        settings = next(each for each in mission.links if each.id == options.link)
        definitions = packets_of(mission, settings, definitions)
    return decode_frames(
        options.file, data, definitions, link, apid=options.apid, archived=options.format == "db"
    )


def _decoded_packets(
    options: argparse.Namespace, data: bytes, definitions: list[PacketDefinition]
) -> DecodedFile:
    """Decode a file of packets; where it looks like one of frames or datagrams, say so."""
    try:
        decoded = decode_file(
            options.file, data, definitions, apid=options.apid, mark_duplicates=options.format == "db",
            skip_octets=options.skip_header_bytes,
        )  # fmt: skip
    except DecodeError as error:
        raise DecodeError(f"{error}{_else_it_may_be(data)}", error.code) from None
    if len(decoded.damages) > _MUCH_DAMAGE and (instead := _else_it_may_be(data)):
        decoded.notes.append(f"much of it is not packets{instead}")
    return decoded


def _else_it_may_be(data: bytes) -> str:
    if is_capture(data):
        return "; it is a capture of datagrams: --framing pcap reads it"
    told = advice(LinkFormat("tm", asm=None, datagram=False), data, checked=True)
    return f"; of frames in it {told}" if told else ""


def _fail(message: str, code: int) -> int:
    print(f"okaeri decode: {message}", file=sys.stderr)
    return code


def _write(decoded: DecodedFile, options: argparse.Namespace) -> None:
    if options.format == "db":
        _write_archive(decoded, options.output)
        return
    several = len(decoded.definitions) > 1
    if several and options.output is None:
        raise DecodeError(f"{len(decoded.definitions)} packet types: name a folder for them with -o")
    for definition in decoded.definitions:
        target: Path | None = options.output
        if target is not None and (several or target.is_dir()):
            target = target / f"{definition.name}.{options.format}"
        try:
            if target is None:
                if sys.stdout is None:  # closed by whoever called
                    raise DecodeError("there is no standard output: name a file with -o")
                if hasattr(sys.stdout, "reconfigure"):
                    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
                _write_text(sys.stdout, decoded, definition, options)
                continue
            if several:
                target.parent.mkdir(parents=True, exist_ok=True)
            _spare(target, options)
            with _whole(target) as file:
                _write_text(file, decoded, definition, options)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise DecodeError(f"cannot write {target or 'the output'}: {error.strerror or error}") from None


def _write_archive(decoded: DecodedFile, output: Path | None) -> None:
    import sqlite3

    from console.archive.errors import ArchiveError
    from console.decode.archive import write_archive

    if output is None:
        raise DecodeError("an archive is a file: name it with -o")
    if output.exists():
        raise DecodeError(f"{output} is already there: choose another name with -o")
    try:
        write_archive(decoded, output)
    except (OSError, sqlite3.Error, ArchiveError) as error:
        raise DecodeError(f"cannot write {output}: {error}") from None


def _write_text(
    file: TextIO, decoded: DecodedFile, definition: PacketDefinition, options: argparse.Namespace
) -> None:
    """Write one packet type; what JSON has no word for is noted."""
    tables = [
        (batch, table)
        for batch in decoded.batches
        for table in batch.tables
        if table.packet.name == definition.name and len(table.rows)
    ]
    if options.format == "csv":
        write_csv(file, definition, tables, raw=options.raw)
    elif nulls := write_json(file, definition, tables, raw=options.raw):
        decoded.notes.append(
            f"{definition.name}: {nulls:,} value(s) that are infinite or no number are null, as JSON has no "
            "word for them; CSV keeps them"
        )


def _spare(target: Path, options: argparse.Namespace) -> None:
    """Refuse to write over what is read, or over an archive; raise ``DecodeError``."""
    if not target.exists():
        return
    for each in (options.file, *options.definitions):
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
