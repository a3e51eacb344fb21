"""A mission folder: vehicles, links, stations, orbits, phases, plots and packet definitions.

``mission.toml`` names everything; the same loader reads a folder or the copy of it that an archive
keeps, so that an old recording is always read with the definitions of its own day.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from decoders.mission.csv import packet_from_csv, write_packet_csv
from decoders.mission.model import DefinitionError, PacketDefinition, Parameter, TimeFormat

KEPT_SUFFIXES = {".toml", ".csv", ".tle", ".md", ".json", ".xml"}
KEPT_OCTETS = 16 * 1024 * 1024
"""Definitions larger than this are not a mission folder; recordings are never kept inside one."""
_T = TypeVar("_T")


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A TOML table: a key that nobody knows is a typo, and an error."""


class Vehicle(_Table, frozen=True, kw_only=True):
    """One spacecraft; ``orbit`` is a TLE file, ``position_ecef_m`` the parameters that tell where it is."""

    id: str
    title: str
    title_ja: str = ""
    scids: tuple[int, ...] = ()
    orbit: str = ""
    position_ecef_m: tuple[str, ...] = ()
    velocity_ecef_ms: tuple[str, ...] = ()
    altitude_m: str = ""
    gnss_fix: str = ""
    """Parameter whose raw value 0 says that the receiver has no position."""
    gnss_satellites: str = ""
    met_epoch: str = ""
    """UTC instant that mission elapsed time counts from (``2026-11-17T23:38:00Z``)."""
    met_title: str = ""
    met_title_ja: str = ""


class Phase(_Table, frozen=True, kw_only=True):
    """One value of the phase parameter."""

    value: int
    id: str
    title: str
    title_ja: str = ""


class Phases(_Table, frozen=True, kw_only=True):
    """Which parameter tells the phase, and what its values mean."""

    parameter: str
    names: tuple[Phase, ...] = ()


class Link(_Table, frozen=True, kw_only=True):
    """Where bytes of one link come from and how they are framed."""

    id: str
    title: str
    vehicle: str
    kind: Literal["udp", "tcp", "tcp-server", "file"]
    title_ja: str = ""
    station: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    path: str = ""
    follow: bool = False
    framing: Literal["tm", "aos", "packets"] = "packets"
    frame_length: int = 1115
    asm: bool = True
    ocf: bool = False
    fecf: bool = True
    keep: Literal["packets", "frames"] = "packets"
    playback_vcids: tuple[int, ...] = ()
    packet_vcids: tuple[int, ...] | None = None
    scids: tuple[int, ...] = ()
    rate_bits_s: float = 0.0
    receive_buffer_octets: int = 0
    frequency_mhz: float = 0.0


class Station(_Table, frozen=True, kw_only=True):
    """A ground station; ``mask`` is (azimuth, elevation) pairs in degrees, straight between them."""

    name: str
    latitude_deg: float
    longitude_deg: float
    altitude_m: float
    name_ja: str = ""
    minimum_elevation_deg: float = 5.0
    mask: tuple[tuple[float, float], ...] = ()
    vehicles: tuple[str, ...] = ()
    """Vehicles the station is booked for; empty: all."""


class TrackPoint(_Table, frozen=True, kw_only=True):
    """Where an asset is at an instant."""

    utc: str
    latitude_deg: float
    longitude_deg: float


class Asset(_Table, frozen=True, kw_only=True):
    """A ship, boat or aircraft of the recovery."""

    id: str
    title: str
    kind: str = "ship"
    title_ja: str = ""
    speed_kn: float = 0.0
    track: tuple[TrackPoint, ...] = ()


class Plot(_Table, frozen=True, kw_only=True):
    """A plot of the layout that a new desk opens with."""

    title: str
    parameters: tuple[str, ...]
    title_ja: str = ""


class _Packet(_Table, frozen=True, kw_only=True):
    name: str
    file: str
    vehicle: str
    apid: int | None = None
    vcid: int | None = None
    period_s: float | None = None
    time: TimeFormat | None = None
    epoch: str = ""
    crc: bool | None = None
    description: str = ""
    description_ja: str = ""


class _MissionFile(_Table, frozen=True, kw_only=True):
    name: str
    title: str
    vehicles: tuple[Vehicle, ...]
    title_ja: str = ""
    representative: bool = False
    note: str = ""
    note_ja: str = ""
    phases: Phases | None = None
    links: tuple[Link, ...] = ()
    packets: tuple[_Packet, ...] = ()
    assets: tuple[Asset, ...] = ()
    plots: tuple[Plot, ...] = ()
    time: TimeFormat = TimeFormat()
    recording: str = ""
    """The recorded pass that the demonstration plays."""


class _StationsFile(_Table, frozen=True, kw_only=True):
    stations: tuple[Station, ...] = ()


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
            for each in packet.parameters:
                if each.name == parameter:
                    return packet, each
        raise KeyError(parameter)


def load_mission(source: str | Path | Mapping[str, bytes]) -> Mission:
    """Read a mission folder, or its files kept by an archive.

    Raises ``DefinitionError`` naming file and place of the first thing that is wrong; see
    ``decoders.mission.check`` for all of them at once.
    """
    files = dict(source) if isinstance(source, Mapping) else read_folder(Path(source))
    name = str(source) if not isinstance(source, Mapping) else "the archive"
    if "mission.toml" not in files:
        raise DefinitionError("no mission.toml here: this folder is not a mission", file=name)
    head = decode_toml(files["mission.toml"], _MissionFile, "mission.toml")
    stations = decode_toml(files.get("stations.toml", b""), _StationsFile, "stations.toml").stations
    packets = tuple(_packet(each, head, files) for each in head.packets)
    mission = Mission(
        name=head.name, title=head.title, title_ja=head.title_ja, representative=head.representative,
        note=head.note, note_ja=head.note_ja, vehicles=head.vehicles, phases=head.phases, links=head.links,
        packets=packets, stations=stations, assets=head.assets, plots=head.plots, recording=head.recording,
        files=files, digest=digest(files),
    )  # fmt: skip
    problems = contradictions(mission)
    if problems:
        raise problems[0]
    return mission


def mission_of(packets: Sequence[PacketDefinition], title: str) -> Mission:
    """Make a mission from lone packet definitions, so that their archive opens like any other."""
    vehicles = dict.fromkeys(packet.vehicle or "vehicle" for packet in packets)
    head: dict[str, object] = {
        "name": title,
        "title": title,
        "vehicles": [{"id": vehicle, "title": vehicle} for vehicle in vehicles],
        "packets": [
            {
                "name": packet.name,
                "file": f"packets/{number}.csv",
                "vehicle": packet.vehicle or "vehicle",
                "time": {key: getattr(packet.time, key) for key in packet.time.__slots__},
                "crc": packet.crc,
                **({} if packet.apid is None else {"apid": packet.apid}),
                **({} if packet.period_s is None else {"period_s": packet.period_s}),
            }
            for number, packet in enumerate(packets)
        ],
    }
    files = {f"packets/{n}.csv": write_packet_csv(packet).encode() for n, packet in enumerate(packets)}
    return load_mission({"mission.toml": msgspec.toml.encode(head), **files})


def read_folder(folder: Path) -> dict[str, bytes]:
    """Read the definition files below a folder; recordings and hidden files are passed over."""
    if not folder.is_dir():
        raise DefinitionError("this is not a folder", file=str(folder), mend="name a mission folder")
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
                raise DefinitionError(f"more than {KEPT_OCTETS >> 20} MiB of definitions", file=str(folder))
            files[relative.as_posix()] = path.read_bytes()
    return files


def digest(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 (hex) over the names and contents of a set of files."""
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(f"{name}\0{len(files[name])}\0".encode())
        total.update(files[name])
    return total.hexdigest()


def decode_toml(content: bytes, kind: type[_T], file: str) -> _T:
    """Decode TOML into a shape; raise ``DefinitionError`` naming the file and line or path."""
    try:
        return msgspec.toml.decode(content, type=kind)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at ")
        line = _line_of(content.decode("utf-8", "replace"), path.strip("`"))
        raise DefinitionError(message, file=file, line=line, column=path.strip("`")) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        found = re.search(r"at line (\d+)", str(error))
        raise DefinitionError(
            f"not valid TOML: {error}", file=file, line=int(found[1]) if found else 0
        ) from None


def _line_of(text: str, path: str) -> int:
    """Return the line of ``$.links[1].port`` in a TOML text, as near as its tables tell; 0 if unknown."""
    found = re.match(r"\$\.(\w+)(?:\[(\d+)\])?(?:\.(\w+))?", path)
    if not found:
        return 0
    table, index, key = found[1], int(found[2] or 0), found[3]
    seen, at = -1, 0
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if re.match(rf"\[\[?{table}\]?\]", stripped):
            seen += 1
            if seen == index:
                at = number
        elif stripped.startswith("["):
            if at and not stripped.startswith(f"[{table}.") and not stripped.startswith(f"[[{table}."):
                break
        elif (key and at and re.match(rf"{key}\s*=", stripped)) or (
            not at and re.match(rf"{table}\s*=", stripped)
        ):
            return number
    return at


def contradictions(mission: Mission) -> list[DefinitionError]:
    """Return what does not fit together between the parts of a mission."""
    problems: list[DefinitionError] = []

    def bad(message: str, mend: str, file: str = "mission.toml", line: int = 0) -> None:
        problems.append(DefinitionError(message, file=file, line=line, mend=mend))

    vehicles = [v.id for v in mission.vehicles]
    for kind, names in (
        ("vehicle", vehicles),
        ("link", [link.id for link in mission.links]),
        ("packet", [p.name for p in mission.packets]),
        ("station", [s.name for s in mission.stations]),
    ):
        for name in sorted({n for n in names if names.count(n) > 1}):
            bad(f"two {kind}s are called {name!r}", "give each its own name")
    known = {parameter.name for packet in mission.packets for parameter in packet.parameters}
    apids: dict[tuple[str, int | None], str] = {}
    for packet in mission.packets:
        if packet.vehicle not in vehicles:
            bad(f"packet {packet.name!r}: there is no vehicle {packet.vehicle!r}", _one_of(vehicles))
        other = apids.setdefault((packet.vehicle, packet.apid), packet.name)
        if other != packet.name:
            bad(f"packets {other!r} and {packet.name!r} share APID {packet.apid}", "give each its own APID")
    stations = [s.name for s in mission.stations]
    ports: dict[tuple[str, int], str] = {}
    for link in mission.links:
        if link.vehicle not in vehicles:
            bad(f"link {link.id!r}: there is no vehicle {link.vehicle!r}", _one_of(vehicles))
        if link.station and link.station not in stations:
            bad(f"link {link.id!r}: there is no station {link.station!r}", _one_of(stations))
        if link.kind == "file":
            if not link.path:
                bad(f"link {link.id!r} reads a file but names none", 'add path = "…"')
        elif not 0 < link.port < 65536:
            bad(f"link {link.id!r}: port {link.port} is not 1 to 65535", "add port = …")
        elif link.kind in ("udp", "tcp-server"):
            other = ports.setdefault((link.kind, link.port), link.id)
            if other != link.id:
                bad(f"links {other!r} and {link.id!r} both listen on port {link.port}", "change one port")
    for vehicle in mission.vehicles:
        if vehicle.orbit and vehicle.orbit not in mission.files:
            bad(f"vehicle {vehicle.id!r}: there is no file {vehicle.orbit}", "add it or remove orbit")
        for name in (*vehicle.position_ecef_m, *vehicle.velocity_ecef_ms):
            if name not in known:
                bad(f"vehicle {vehicle.id!r}: no packet carries {name!r}", "name a parameter of a packet")
    if mission.phases is not None and mission.phases.parameter not in known:
        bad(f"phases: no packet carries {mission.phases.parameter!r}", "name a parameter of a packet")
    for plot in mission.plots:
        for name in plot.parameters:
            if name not in known:
                bad(f"plot {plot.title!r}: no packet carries {name!r}", "name a parameter of a packet")
    for station in mission.stations:
        if not (-90 <= station.latitude_deg <= 90 and -180 <= station.longitude_deg <= 360):
            bad(
                f"station {station.name!r}: {station.latitude_deg}, {station.longitude_deg} is no place",
                "latitude is −90 to 90, longitude −180 to 360", file="stations.toml",
            )  # fmt: skip
    return problems


def _one_of(names: list[str]) -> str:
    return "use one of " + ", ".join(names) if names else "add it"


def _packet(table: _Packet, head: _MissionFile, files: Mapping[str, bytes]) -> PacketDefinition:
    content = files.get(table.file)
    if content is None:
        raise DefinitionError(
            f"packet {table.name!r}: there is no file {table.file}",
            file="mission.toml",
            mend="correct file = …",
        )
    time = table.time or head.time
    if table.epoch:
        time = TimeFormat(**{**{k: getattr(time, k) for k in time.__slots__}, "epoch": table.epoch})
    return packet_from_csv(
        content, file=table.file, name=table.name, apid=table.apid, vehicle=table.vehicle, vcid=table.vcid,
        period_s=table.period_s, time=time, crc=table.crc, description=table.description,
        description_ja=table.description_ja,
    )  # fmt: skip
