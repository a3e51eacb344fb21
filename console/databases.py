"""Definitions made for other programs: XTCE databases, and packages of packets of ccsdspy.

``okaeri mission check X.xml`` and ``okaeri mission convert`` read them, and ``okaeri decode``.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from console.exit_codes import OK, USAGE
from console.mission import Mission, mission_of
from console.plugins import names_plugin, read_plugin
from decoders.mission.model import DefinitionError, PacketDefinition
from decoders.mission.plugins import PluginReading
from decoders.mission.xtce import XtceReading, read_xtce

ENDINGS = (".xml", ".xtce")


def is_database(path: Path) -> bool:
    """Tell whether this is an XTCE database, or names an installed package of definitions."""
    return path.suffix.lower() in ENDINGS or names_plugin(path)


def read_database(path: Path, root: str = "") -> XtceReading | PluginReading:
    """Read an XTCE database or a package; raise ``DefinitionError`` where no packet can be had of it.

    ``root`` names the container that the packets of a database begin with.
    """
    if names_plugin(path):
        return read_plugin(str(path))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DefinitionError(f"cannot be read: {error.strerror or error}", file=str(path)) from None
    reading = read_xtce(content, file=str(path), root=root)
    if reading.errors:
        raise reading.errors[0]
    return reading


def check(path: Path, root: str = "") -> int:
    """Tell what a database or package holds and what is not read of it; return the exit code."""
    try:
        reading = read_database(path, root)
    except DefinitionError as error:
        print(error, file=sys.stderr)
        return USAGE
    for note in reading.unsupported:
        print(note, file=sys.stderr)
    parameters = sum(len(packet.values) for packet in reading.definitions)
    left = f"; {len(reading.unsupported)} thing(s) of it are not read" if reading.unsupported else ""
    print(f"{path}: {len(reading.definitions)} packets, {parameters} parameters can be decoded{left}")
    return OK


def convert(options: argparse.Namespace) -> int:
    """Write a mission folder that decodes the same values as a database; return the exit code.

    Options: ``database``, ``output``, ``root``.
    """
    output: Path = options.output
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        return _fail(f"{output} is already there: choose another folder with -o")
    try:
        reading = read_database(options.database, options.root)
        mission = as_mission(reading)
    except DefinitionError as error:
        return _fail(str(error))
    try:
        for name, content in mission.files.items():
            target = output / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    except OSError as error:
        return _fail(f"cannot write {output}: {error.strerror or error}")
    for note in reading.unsupported:
        print(note, file=sys.stderr)
    print(f"{output}: {len(mission.packets)} packets; okaeri mission check {output} tells more")
    return OK


def _fail(message: str) -> int:
    print(f"okaeri mission convert: {message}", file=sys.stderr)
    return USAGE


def as_mission(reading: XtceReading | PluginReading) -> Mission:
    """Return the mission of a database: one vehicle, its packets, no links yet."""
    vehicle = "".join(c if c.isalnum() else "_" for c in reading.name).strip("_").lower() or "vehicle"
    return mission_of([with_vehicle(packet, vehicle) for packet in reading.definitions], reading.name)


def with_vehicle(packet: PacketDefinition, vehicle: str) -> PacketDefinition:
    """Return a packet type as one of a vehicle."""
    return replace(packet, vehicle=vehicle)
