"""Validates a mission folder: every error at once, each with its file, line, column and mend."""

from __future__ import annotations

from pathlib import Path

from console.mission import load_mission, read_folder
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
        load_mission(files)
    except DefinitionError as error:
        where = str(folder / error.file) if error.file in files else error.file or str(folder)
        placed = DefinitionError(
            error.message, file=where, line=error.line, column=error.column, mend=error.mend
        )
        if str(placed) not in {str(each) for each in errors}:
            errors.append(placed)
    return errors
