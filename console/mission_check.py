"""Validates a mission folder: every error at once, each with its file, line, column and mend."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from console.mission import Reading, load_mission, read_folder, read_mission
from console.passes.orbit import Orbit
from console.training import settings
from decoders.mission.check import check_packets
from decoders.mission.csv import parse_packet_csv
from decoders.mission.model import DefinitionError


def check_mission(folder: Path) -> list[DefinitionError]:
    """Return what is wrong with a mission folder, file by file; empty where it can be used."""
    try:
        files = read_folder(folder)
        read = read_mission(files, str(folder))
    except DefinitionError as error:
        return [error]
    found = [
        *read.errors,
        *check_packets(read.packets),
        *_unnamed_packets(read, files),
        *_orbits(read, files),
        *_recording(read, folder),
    ]
    if not found:
        found += _simulation(files)
    told: dict[tuple[str, int, str], DefinitionError] = {}
    for each in found:  # two rules may meet in one place: the first says it
        told.setdefault((each.file, each.line, each.column or each.message), each)
    names = list(files)
    return [
        DefinitionError(
            each.message, file=str(folder / each.file), line=each.line, column=each.column, mend=each.mend
        )
        for each in sorted(told.values(), key=lambda each: (names.index(each.file), each.line))
    ]


def _unnamed_packets(read: Reading, files: Mapping[str, bytes]) -> Iterator[DefinitionError]:
    """Yield the mistakes in packet files that no readable table names."""
    named = {table.file for table in read.head.tables.packets}
    for name, content in files.items():
        if name.startswith("packets/") and name.endswith(".csv") and name not in named:
            yield from parse_packet_csv(content, file=name).errors


def _orbits(read: Reading, files: Mapping[str, bytes]) -> Iterator[DefinitionError]:
    """Yield what keeps an orbit from being flown."""
    for name in dict.fromkeys(vehicle.orbit for vehicle in read.head.tables.vehicles):
        if name not in files:
            continue
        try:
            text = files[name].decode()
            Orbit.from_tle(text)
        except UnicodeDecodeError as error:
            line = files[name][: error.start].count(b"\n") + 1
            yield DefinitionError("not UTF-8 text", file=name, line=line, mend="Save the file as UTF-8")
        except ValueError as error:
            starts = [i for i, line in enumerate(text.splitlines(), 1) if line.startswith("1 ")]
            found = re.search(r"TLE line (\d)", str(error))
            line = starts[-1] + int(found[1]) - 1 if starts and found else max(1, *starts, 1)
            mend = "Copy both lines of the element set again, whole"
            yield DefinitionError(str(error), file=name, line=line, mend=mend)


def _recording(read: Reading, folder: Path) -> Iterator[DefinitionError]:
    name = read.head.tables.recording
    if name and not (folder / name).is_file():
        yield read.head.error(f"there is no file {name}", "Correct or remove recording = …", "recording")


def _simulation(files: Mapping[str, bytes]) -> Iterator[DefinitionError]:
    """Yield the first mistake of a simulation; only a mission that is right can be simulated."""
    if settings.FILE in files:
        try:
            settings.read_simulation(load_mission(files))
        except DefinitionError as error:
            yield error
