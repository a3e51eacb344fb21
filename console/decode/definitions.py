"""What the options of ``okaeri decode`` say the octets mean."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from console.decode.errors import DecodeError
from decoders.mission.csv import fixed_length, read_packet_csv
from decoders.mission.model import PacketDefinition, Parameter, TimeFormat
from decoders.packet_index import HEADER_BITS
from decoders.timecode import epoch_seconds, time_octets


def definitions_of(options: argparse.Namespace) -> list[PacketDefinition]:
    """Return the packet types that the options describe.

    Raises ``DecodeError`` and ``DefinitionError``.
    """
    if len(options.definitions) > 1:
        raise DecodeError(
            f"--definitions was given {len(options.definitions)} times: decode with one after the other, or "
            "name a mission folder, which describes several packet types"
        )
    path: Path = options.definitions[0]
    try:
        if path.is_dir():
            from console.mission import load_mission

            definitions = list(load_mission(path).packets)
        else:
            definitions = [read_packet_csv(path, vehicle="file")]
    except OSError as error:
        raise DecodeError(f"cannot read the definition {path}: {error.strerror or error}") from None
    if options.offsets_from == "data":
        definitions = [_behind_header(definition) for definition in definitions]
    if options.epoch and not options.time:
        raise DecodeError(f"--epoch {options.epoch} says from when --time counts: give --time too")
    if options.time:
        fmt, octet = parse_time(options.time, options.epoch or "tai")
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
