"""What the options of ``okaeri decode`` say the octets mean."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from console.databases import is_database, read_database, with_vehicle
from console.decode.errors import DecodeError
from console.decode.timeoption import parse_time, with_time
from console.mission import Mission
from decoders.mission.csv import fixed_length, read_packet_csv
from decoders.mission.model import CONTROL_WORD_APID, PacketDefinition
from decoders.packet_index import HEADER_BITS


def definitions_of(options: argparse.Namespace) -> tuple[list[PacketDefinition], Mission | None]:
    """Return the packet types that the options describe, and the mission that they name.

    Raises ``DecodeError`` and ``DefinitionError``.
    """
    if not options.definitions and not options.mission:
        raise DecodeError("nothing says what the packets hold: give --definitions FILE or --mission DIR")
    if len(options.definitions) > 1:
        raise DecodeError(
            f"--definitions was given {len(options.definitions)} times: decode with one after the other, or "
            "name a mission folder, which describes several packet types"
        )
    path: Path = options.definitions[0] if options.definitions else options.mission
    mission = None
    try:
        if options.mission or path.is_dir():
            from console.mission import load_mission

            mission = load_mission(options.mission or path)
        if mission is not None and path in (options.mission, *(options.definitions if path.is_dir() else ())):
            # Control words are of a live link: a file of frames without times would tell them at none.
            definitions = [p for p in mission.packets if p.apid != CONTROL_WORD_APID]
        elif is_database(path):
            packets = read_database(path, options.root).definitions
            definitions = [with_vehicle(packet, "file") for packet in packets]
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
    return definitions, mission


def _behind_header(definition: PacketDefinition) -> PacketDefinition:
    """Shift fields whose offsets were counted from the first bit behind the primary header."""
    parameters = tuple(
        p if p.bit_offset is None else replace(p, bit_offset=p.bit_offset + HEADER_BITS)
        for p in definition.parameters
    )
    return replace(definition, parameters=parameters, length_octets=fixed_length(parameters))
