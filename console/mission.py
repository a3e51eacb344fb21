"""A mission folder: vehicles, links, stations, orbits, phases, plots and packet definitions.

``mission.toml`` names everything; the same loader reads a folder or the copy of it that an archive
keeps, so that an old recording is always read with the definitions of its own day.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from console.mission_rules import contradictions
from console.mission_tables import (
    UNFRAMED,
    Asset,
    Link,
    MissionFile,
    Packet,
    Phase,
    Phases,
    Plot,
    Station,
    StationsFile,
    TrackPoint,
    Vehicle,
)
from console.mission_toml import TomlFile, decode_toml, read_toml
from decoders.clcw import clcw_definition
from decoders.expression import ExpressionError
from decoders.mission.check import PacketSource, context_errors, read_source
from decoders.mission.clock_csv import parse_clock_csv, write_clock_csv
from decoders.mission.csv import fixed_length, parse_packet_csv, write_packet_csv
from decoders.mission.derived_csv import FILE as DERIVED_FILE
from decoders.mission.derived_csv import add_derived, parse_derived_csv, write_derived_csv
from decoders.mission.model import (
    CONTROL_WORD_APID,
    ClockCorrelation,
    DefinitionError,
    PacketDefinition,
    Parameter,
)
from decoders.mission.pus import message_type, pus_c_fields
from decoders.selection import Criteria

__all__ = [
    "Asset", "Link", "Mission", "Phase", "Phases", "Plot", "Reading", "Station", "TrackPoint", "Vehicle",
    "decode_toml", "digest", "load_mission", "mission_of", "read_folder", "read_mission",
]  # fmt: skip

KEPT_SUFFIXES = {".toml", ".csv", ".tle", ".md", ".json", ".xml"}
KEPT_OCTETS = 16 * 1024 * 1024
"""Definitions larger than this are not a mission folder; recordings are never kept inside one."""


class Mission(msgspec.Struct, frozen=True, kw_only=True):
    """A whole mission, read and checked."""

    name: str
    title: str
    title_ja: str = ""
    representative: bool = False
    note: str = ""
    note_ja: str = ""
    vehicles: tuple[Vehicle, ...] = ()
    phases: Phases | None = None
    links: tuple[Link, ...] = ()
    packets: tuple[PacketDefinition, ...] = ()
    stations: tuple[Station, ...] = ()
    assets: tuple[Asset, ...] = ()
    plots: tuple[Plot, ...] = ()
    recording: str = ""
    files: dict[str, bytes] = {}
    """The folder's definition files by relative path, as an archive keeps them."""
    digest: str = ""
    """SHA-256 over names and contents of ``files``."""

    def packet(self, name: str) -> PacketDefinition:
        """Return the packet type of that name; raise ``KeyError`` if there is none."""
        for packet in self.packets:
            if packet.name == name:
                return packet
        raise KeyError(name)

    def home(self, parameter: str) -> tuple[PacketDefinition, Parameter]:
        """Return the first packet type that carries a parameter, and the parameter."""
        for packet in self.packets:
            for each in (*packet.parameters, *packet.derived):
                if each.name == parameter:
                    return packet, each
        raise KeyError(parameter)


@dataclass(slots=True)
class Reading:
    """A mission as far as it can be read: its tables, its packets, and every mistake."""

    head: TomlFile[MissionFile]
    stations: TomlFile[StationsFile]
    packets: list[PacketSource] = field(default_factory=list)
    errors: list[DefinitionError] = field(default_factory=list)


def load_mission(source: str | Path | Mapping[str, bytes]) -> Mission:
    """Read a mission folder, or its files kept by an archive.

    Raises ``DefinitionError`` naming file and place of the first thing that is wrong; see
    ``console.mission_check`` for all of them at once.
    """
    files = dict(source) if isinstance(source, Mapping) else read_folder(Path(source))
    read = read_mission(files, "the archive" if isinstance(source, Mapping) else str(source))
    if read.errors:
        raise read.errors[0]
    head, packets = read.head.tables, tuple(each.definition for each in read.packets)
    return Mission(
        name=head.name, title=head.title, title_ja=head.title_ja, representative=head.representative,
        note=head.note, note_ja=head.note_ja, vehicles=head.vehicles, phases=head.phases, links=head.links,
        packets=packets, stations=read.stations.tables.stations, assets=head.assets, plots=head.plots,
        recording=head.recording, files=files, digest=digest(files),
    )  # fmt: skip


def read_mission(files: Mapping[str, bytes], name: str) -> Reading:
    """Read a mission's files and note everything that keeps it from being used; ``name`` is the folder's.

    Raises ``DefinitionError`` where there is no ``mission.toml``.
    """
    if "mission.toml" not in files:
        raise _no_mission(name)
    head = read_toml(files["mission.toml"], MissionFile, "mission.toml")
    stations = read_toml(files.get("stations.toml", b""), StationsFile, "stations.toml")
    read = Reading(head, stations, errors=[*head.errors, *stations.errors])
    parameters: set[str] | None = None if "packets" in head.unread else set()
    if len(head.tables.packets) < len(head.data.get("packets", ())):
        parameters = None
    clocks = _clocks(read, files)
    for i, table in enumerate(head.tables.packets):
        content = files.get(table.file)
        if content is None:
            parameters = None
            read.errors.append(
                head.error(
                    f"packet {table.name!r}: there is no file {table.file}", "Correct file = …",
                    "packets", i, "file",
                )
            )  # fmt: skip
            continue
        source, errors = _packet(table, content, head, i)
        read.errors += errors
        if source is not None and (table.time is not None or "time" not in head.unread):
            definition = replace(source.definition, clock=clocks.get(table.vehicle))
            read.packets.append(replace(source, definition=definition))
        names = parse_packet_csv(content).lines if source is None else source.lines
        if parameters is not None:
            whole = names and all(error.column for error in errors)
            parameters = parameters | set(names) if whole else None
    words = _control_words(head.tables.links, clocks)
    read.packets += words
    if parameters is not None:
        parameters = parameters.union(*(each.lines for each in words))
    if DERIVED_FILE in files:
        found = {each.definition.name for each in read.packets[: len(read.packets) - len(words)]}
        complete = parameters is not None and len(found) == len(head.tables.packets)
        derived = _derived(read, files[DERIVED_FILE], complete)
        parameters = parameters | derived if parameters is not None and derived is not None else None
    if parameters is not None:
        read.errors += context_errors(read.packets)
    read.errors += contradictions(head, stations, files, parameters)
    return read


def _control_words(links: Sequence[Link], clocks: Mapping[str, ClockCorrelation]) -> list[PacketSource]:
    """Return the built-in packet type of the CLCWs of each vehicle that has a link with control fields."""
    vehicles = dict.fromkeys(link.vehicle for link in links if link.ocf and link.framing not in UNFRAMED)
    definitions = [replace(clcw_definition(each), clock=clocks.get(each)) for each in vehicles]
    return [
        PacketSource(each, "mission.toml", {parameter.name: 0 for parameter in each.parameters})
        for each in definitions
    ]


def _clocks(read: Reading, files: Mapping[str, bytes]) -> dict[str, ClockCorrelation]:
    """Return the clock correlation of each vehicle that names a file for it."""
    clocks: dict[str, ClockCorrelation] = {}
    told: set[str] = set()
    for i, vehicle in enumerate(read.head.tables.vehicles):
        if not vehicle.clock:
            continue
        content = files.get(vehicle.clock)
        if content is None:
            what = f"vehicle {vehicle.id!r}: there is no file {vehicle.clock}"
            mend = "Correct the name, add the file, or remove clock"
            read.errors.append(read.head.error(what, mend, "vehicles", i, "clock"))
            continue
        clock = parse_clock_csv(content, file=vehicle.clock)
        if vehicle.clock not in told:
            read.errors += clock.errors
        told.add(vehicle.clock)
        clocks[vehicle.id] = clock.correlation
    return clocks


def _derived(read: Reading, content: bytes, complete: bool) -> set[str] | None:
    """Give the packets what is derived from them; return its names, ``None`` where some cannot be read."""
    derived = parse_derived_csv(content)
    read.packets, errors = add_derived(read.packets, derived, complete=complete)
    read.errors += [*derived.errors, *errors]
    return set(derived.lines) if all(error.column for error in derived.errors) else None


def _packet(
    table: Packet, content: bytes, head: TomlFile[MissionFile], number: int
) -> tuple[PacketSource | None, list[DefinitionError]]:
    time = (table.time or head.tables.time).format(table.epoch)
    pus_c = (table.secondary_header or head.tables.secondary_header) == "pus-c"
    criteria = message_type(table.service, table.subtype)
    if table.criteria:
        criteria = f"{criteria} and ({table.criteria})" if criteria else table.criteria
    source, errors = read_source(
        content, file=table.file, name=table.name, apid=table.apid, vehicle=table.vehicle, vcid=table.vcid,
        period_s=table.period_s, time=time, crc=table.crc, criteria=criteria,
        open_ended=table.open_ended, segmented=table.segmented,
        description=table.description, description_ja=table.description_ja,
        header=pus_c_fields(time) if pus_c else (), table_file=head.name,
        table_line=lambda key: head.line("packets", number, key),
    )  # fmt: skip
    if source is not None and criteria:
        try:
            Criteria(source.definition)
        except (ExpressionError, DefinitionError) as error:
            errors = [
                head.error(
                    f"packet {table.name!r}: {error.message}", error.mend, "packets", number, "criteria"
                )
            ]
            return None, errors
    return source, errors


def mission_of(packets: Sequence[PacketDefinition], title: str, plotted: Sequence[str] = ()) -> Mission:
    """Make a mission from lone packet definitions, so that their archive opens like any other.

    Each of the parameters ``plotted`` gets a plot of its own.
    """
    packets = [packet for packet in packets if packet.apid != CONTROL_WORD_APID]
    vehicles = {packet.vehicle or "vehicle": packet.clock for packet in packets}
    clocks = {
        vehicle: f"clocks/{number}.csv" for number, (vehicle, clock) in enumerate(vehicles.items()) if clock
    }
    files = _file_names(packets)
    head: dict[str, object] = {
        "name": title,
        "title": title,
        "vehicles": [
            {"id": vehicle, "title": vehicle, "clock": clocks.get(vehicle, "")} for vehicle in vehicles
        ],
        "packets": [
            {
                "name": packet.name,
                "file": files[number],
                "vehicle": packet.vehicle or "vehicle",
                "time": {key: getattr(packet.time, key) for key in packet.time.__slots__},
                "crc": packet.crc,
                "criteria": packet.criteria,
                "segmented": packet.segmented,
                "open_ended": packet.length_octets is None and fixed_length(packet.parameters) is not None,
                "description": packet.description,
                "description_ja": packet.description_ja,
                **({} if packet.apid is None else {"apid": packet.apid}),
                **({} if packet.period_s is None else {"period_s": packet.period_s}),
            }
            for number, packet in enumerate(packets)
        ],
        "plots": [{"title": parameter, "parameters": [parameter]} for parameter in plotted],
    }
    contents = {file: write_packet_csv(packet).encode() for file, packet in zip(files, packets, strict=True)}
    contents |= {
        clocks[vehicle]: write_clock_csv(clock).encode() for vehicle, clock in vehicles.items() if clock
    }
    if derived := write_derived_csv(packets):
        contents[DERIVED_FILE] = derived.encode()
    return load_mission({"mission.toml": msgspec.toml.encode(head), **contents})


def _file_names(packets: Sequence[PacketDefinition]) -> list[str]:
    """Return a file for each packet type, named after it where any system can."""
    files: list[str] = []
    taken: set[str] = set()
    for number, packet in enumerate(packets):
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", packet.name)[:60] or "packet"
        while name.casefold() in taken:
            name = f"{name}_{number}"
        taken.add(name.casefold())
        files.append(f"packets/{name}.csv")
    return files


def read_folder(folder: Path) -> dict[str, bytes]:
    """Read the definition files below a folder; recordings and hidden files are passed over."""
    if not folder.is_dir():
        raise DefinitionError("this is not a folder", file=str(folder), mend="Name a mission folder")
    if not (folder / "mission.toml").exists():
        raise _no_mission(str(folder))
    files: dict[str, bytes] = {}
    total = 0
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in relative.parts)
        if hidden or relative.parts[0] == "recordings" or path.suffix not in KEPT_SUFFIXES:
            continue
        if path.is_file():
            total += path.stat().st_size
            if total > KEPT_OCTETS:
                raise DefinitionError(
                    f"more than {KEPT_OCTETS >> 20} MiB of definitions",
                    file=str(folder),
                    mend="Keep recordings in its folder recordings, and other files elsewhere",
                )
            try:
                files[relative.as_posix()] = path.read_bytes()
            except OSError as error:
                raise DefinitionError(f"cannot be read: {error.strerror or error}", file=str(path)) from None
    return files


def _no_mission(name: str) -> DefinitionError:
    return DefinitionError(
        "no mission.toml here: this folder is not a mission", file=name, mend="Name a mission folder"
    )


def digest(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 (hex) over the names and contents of a set of files."""
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(f"{name}\0{len(files[name])}\0".encode())
        total.update(files[name])
    return total.hexdigest()
