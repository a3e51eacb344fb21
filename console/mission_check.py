"""Validates a mission folder: every error at once, each with its file, line, column and mend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from console.mission import Mission, load_mission, read_folder
from decoders.mission.check import PacketSource, check_packets
from decoders.mission.csv import parse_packet_csv
from decoders.mission.model import DefinitionError


def check_mission(folder: Path) -> list[DefinitionError]:
    """Return what is wrong with a mission folder; empty where it can be used."""
    try:
        files = read_folder(folder)
    except DefinitionError as error:
        return [error]
    errors = [
        error
        for name, content in files.items()
        if name.startswith("packets/") and name.endswith(".csv")
        for error in parse_packet_csv(content, file=str(folder / name)).errors
    ]
    try:
        mission = load_mission(files)
        errors += [
            DefinitionError(
                each.message, file=str(folder / each.file), line=each.line, column=each.column, mend=each.mend
            )
            for each in check_packets(_sources(mission, files))
        ]
    except DefinitionError as error:
        where = str(folder / error.file) if error.file in files else error.file or str(folder)
        placed = DefinitionError(
            error.message, file=where, line=error.line, column=error.column, mend=error.mend
        )
        if str(placed) not in {str(each) for each in errors}:
            errors.append(placed)
    return errors


def _sources(mission: Mission, files: Mapping[str, bytes]) -> list[PacketSource]:
    """Find the file of each packet definition, and the lines of its fields, by its field names."""
    lines = {
        name: parse_packet_csv(content, file=name).lines
        for name, content in files.items()
        if name.endswith(".csv")
    }
    sources = []
    for packet in mission.packets:
        names = [parameter.name for parameter in packet.parameters]
        file = next((name for name, held in lines.items() if list(held) == names), "mission.toml")
        sources.append(PacketSource(packet, file, lines.get(file, {})))
    return sources
