"""What no single table of a mission tells: whether its parts fit together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from console.mission_tables import UNFRAMED, Link, MissionFile, Packet, StationsFile, Time
from console.mission_toml import TomlFile
from decoders.mission.check import IDLE_APID
from decoders.mission.model import DefinitionError
from decoders.mission.pus import has_own_width, message_type
from decoders.time_calendar import ASCII_LEAST_OCTETS
from decoders.timecode import parse_utc
from decoders.timescale import EPOCH_MEND, read_epoch

FRAME_OCTETS = range(16, 65_537)
"""Lengths of transfer frames that a link may have."""
MOST_TEXT_OCTETS = 64
"""Of a time in ASCII: thirty digits behind the point."""


def contradictions(
    head: TomlFile[MissionFile],
    stations: TomlFile[StationsFile],
    files: Collection[str],
    parameters: Collection[str] | None,
) -> list[DefinitionError]:
    """Return what does not fit together: names, references, ports, places and instants.

    ``files`` are the mission's files by relative path, ``parameters`` the names that its packets carry
    (``None``: some packet cannot be read).
    """
    rules = _Rules(head, stations, files, parameters)
    rules.names()
    rules.packets()
    rules.links()
    rules.vehicles()
    rules.references()
    rules.places()
    rules.instants()
    return rules.errors


class _Rules:
    def __init__(
        self,
        head: TomlFile[MissionFile],
        stations: TomlFile[StationsFile],
        files: Collection[str],
        parameters: Collection[str] | None,
    ) -> None:
        self._head, self._stations, self._files, self._parameters = head, stations, files, parameters
        self._vehicles = None if "vehicles" in head.unread else head.written("vehicles", "id")
        self.errors: list[DefinitionError] = []

    def _bad(self, message: str, mend: str, *path: str | int) -> None:
        self.errors.append(self._head.error(message, mend, *path))

    def _one_of(self, name: str, known: Collection[str] | None, message: str, *path: str | int) -> None:
        """Tell of a name that is none of those known; ``None``: nobody can know."""
        if known is not None and name not in known:
            near = get_close_matches(name, known, 1, 0.7)
            listed = f"Use one of {', '.join(sorted(known))}" if 0 < len(known) < 12 else "Correct the name"
            self._bad(message, f"Did you mean {near[0]!r}?" if near else listed, *path)

    def names(self) -> None:
        """Names are unique."""
        tables = self._head.tables
        named: Mapping[tuple[str, str], Sequence[str]] = {
            ("vehicles", "id"): [each.id for each in tables.vehicles],
            ("links", "id"): [each.id for each in tables.links],
            ("packets", "name"): [each.name for each in tables.packets],
            ("assets", "id"): [each.id for each in tables.assets],
        }
        for (section, key), names in named.items():
            for i, name in enumerate(names):
                if name in names[:i]:
                    self._bad(f"two {section} are called {name!r}", "Give each its own name", section, i, key)
        places = [each.name for each in self._stations.tables.stations]
        for i, name in enumerate(places):
            if name in places[:i]:
                self.errors.append(
                    self._stations.error(
                        f"two stations are called {name!r}", "Give each its own name", "stations", i, "name"
                    )
                )
        phases = tables.phases.names if tables.phases else ()
        values = [each.value for each in phases]
        for i, value in enumerate(values):
            if value in values[:i]:
                self._bad(
                    f"two phases have the value {value}", "Give each its own", "phases", "names", i, "value"
                )

    def packets(self) -> None:
        """Packets have a vehicle, an APID of their own, and a time that can be read."""
        apids: dict[tuple[str, int | None], str] = {}
        for i, packet in enumerate(self._head.tables.packets):
            self._one_of(
                packet.vehicle, self._vehicles,
                f"packet {packet.name!r}: there is no vehicle {packet.vehicle!r}", "packets", i, "vehicle",
            )  # fmt: skip
            first = apids.get((packet.vehicle, packet.apid))
            if first is not None:
                shared = "have no APID" if packet.apid is None else f"share APID {packet.apid:#05x}"
                self._bad(
                    f"packets {first!r} and {packet.name!r} {shared}", "Give each its own APID, or criteria",
                    "packets", i, "apid",
                )  # fmt: skip
            elif not (packet.criteria or message_type(packet.service, packet.subtype)):
                apids[packet.vehicle, packet.apid] = packet.name  # it takes all that is left of its APID
            self._secondary_header(packet, i)
            if packet.apid is not None and not 0 <= packet.apid < IDLE_APID:
                self._bad(
                    f"packet {packet.name!r}: APID {packet.apid} is none",
                    "An APID is 0 to 2046; 2047 is for idle packets", "packets", i, "apid",
                )  # fmt: skip
            if packet.segmented and packet.apid is None:
                self._bad(
                    f"packet {packet.name!r}: segments of which APID?", "Give it an apid, or no segmented",
                    "packets", i, "segmented",
                )  # fmt: skip
            if packet.vcid is not None and not 0 <= packet.vcid < 64:
                self._bad(f"VCID {packet.vcid} is none", "A VCID is 0 to 63", "packets", i, "vcid")
            if packet.period_s is not None and not packet.period_s > 0:
                self._bad(
                    f"a period of {packet.period_s:g} s", "Write seconds between packets, or leave it out",
                    "packets", i, "period_s",
                )  # fmt: skip
            self._epoch(packet.epoch, "packets", i, "epoch")
            if packet.time is not None:
                self._time(packet.time, "packets", i, "time")
        self._time(self._head.tables.time, "time")

    def _time(self, time: Time, *path: str | int) -> None:
        """A time has an epoch that is a date, and as a text room for one."""
        self._epoch(time.epoch, *path, "epoch")
        if time.text_octets and not ASCII_LEAST_OCTETS <= time.text_octets <= MOST_TEXT_OCTETS:
            self._bad(
                f"a time of {time.text_octets} octets", f"Write {ASCII_LEAST_OCTETS} to {MOST_TEXT_OCTETS}",
                *path, "text_octets",
            )  # fmt: skip

    def _secondary_header(self, packet: Packet, number: int) -> None:
        """A PUS header has a time of fixed width; only such a header tells services."""
        pus = (packet.secondary_header or self._head.tables.secondary_header) == "pus-c"
        if pus and not has_own_width((packet.time or self._head.tables.time).format()):
            self._bad(
                f"packet {packet.name!r}: how long the time in its secondary header is, nobody knows",
                "Write its code with its octets, or text_octets", "packets", number, "time",
            )  # fmt: skip
        for key, told in (("service", packet.service), ("subtype", packet.subtype)):
            if told is not None and not pus:
                self._bad(
                    f"packet {packet.name!r}: it has no secondary header that tells a {key}",
                    'Add secondary_header = "pus-c"', "packets", number, key,
                )  # fmt: skip
            elif told is not None and not 0 <= told < 256:
                self._bad(f"{key} {told} is none", "Write 0 to 255", "packets", number, key)

    def _epoch(self, epoch: str, *path: str | int) -> None:
        if epoch:
            try:
                read_epoch(epoch)
            except ValueError as error:
                self._bad(f"epoch: {error}", EPOCH_MEND, *path)

    def links(self) -> None:
        """Links have a vehicle, a station, a source, and frames of a possible length."""
        unread = "stations" in self._stations.unread
        stations = None if unread else self._stations.written("stations", "name")
        ports: dict[tuple[str, int], str] = {}
        for i, link in enumerate(self._head.tables.links):
            start = f"link {link.id!r}:"
            self._one_of(
                link.vehicle, self._vehicles, f"{start} there is no vehicle {link.vehicle!r}",
                "links", i, "vehicle",
            )  # fmt: skip
            if link.station:
                self._one_of(
                    link.station, stations, f"{start} there is no station {link.station!r}",
                    "links", i, "station",
                )  # fmt: skip
            if link.kind == "file":
                if not link.path:
                    self._bad(f"{start} it reads a file but names none", 'Add path = "…"', "links", i)
            elif not 0 < link.port < 65_536:
                self._bad(f"{start} port {link.port} is not 1 to 65535", "Write port = …", "links", i, "port")
            elif link.kind in ("udp", "tcp-server"):
                other = ports.setdefault((link.kind, link.port), link.id)
                if other != link.id:
                    self._bad(
                        f"links {other!r} and {link.id!r} both listen on port {link.port}",
                        "Change one port", "links", i, "port",
                    )  # fmt: skip
            if link.framing not in UNFRAMED and link.frame_length not in FRAME_OCTETS:
                self._bad(
                    f"{start} frames of {link.frame_length} octets", "Frames have 16 to 65,536 octets",
                    "links", i, "frame_length",
                )  # fmt: skip
            if link.callsigns and link.framing != "kiss":
                self._bad(f"{start} its frames name no stations", 'Write framing = "kiss", or remove it',
                          "links", i, "callsigns")  # fmt: skip
            if link.insert_zone_octets and not 0 < link.insert_zone_octets < link.frame_length - 16:
                self._bad(
                    f"{start} an insert zone of {link.insert_zone_octets} octets in frames of "
                    f"{link.frame_length}",
                    "Write the octets between the frame's header and its data, or remove insert_zone_octets",
                    "links", i, "insert_zone_octets",
                )  # fmt: skip
            self._coding(i, link)

    def _coding(self, i: int, link: Link) -> None:
        """The code of a link carries its frames."""
        if link.varying and (link.framing != "uslp" or link.reed_solomon or link.randomizer != "none"):
            told = f"link {link.id!r}: only USLP frames that are neither coded nor randomized vary in length"
            self._bad(told, "Remove varying, or what contradicts it", "links", i, "varying")
        if not link.reed_solomon:
            return
        if link.framing in UNFRAMED:
            told = f"link {link.id!r}: only CCSDS frames are coded"
            self._bad(told, "Remove it", "links", i, "reed_solomon")
        elif not 0 <= link.virtual_fill < link.reed_solomon:
            self._bad(f"link {link.id!r}: {link.virtual_fill} octets of virtual fill",
                      f"Write 0 to {link.reed_solomon - 1}", "links", i, "virtual_fill")  # fmt: skip
        elif (carried := link.interleave * (link.reed_solomon - link.virtual_fill)) != link.frame_length:
            self._bad(
                f"link {link.id!r}: frames of {link.frame_length} octets, but (255,{link.reed_solomon}) with "
                f"interleave {link.interleave} carries {carried}",
                f"Write frame_length = {carried}, or correct interleave or virtual_fill",
                "links", i, "frame_length",
            )  # fmt: skip

    def vehicles(self) -> None:
        """Orbits have a file; positions and velocities three axes."""
        for i, vehicle in enumerate(self._head.tables.vehicles):
            if vehicle.orbit and vehicle.orbit not in self._files:
                self._bad(
                    f"vehicle {vehicle.id!r}: there is no file {vehicle.orbit}",
                    "Correct the name, add the file, or remove orbit", "vehicles", i, "orbit",
                )  # fmt: skip
            for key in ("position_ecef_m", "velocity_ecef_ms"):
                axes: tuple[str, ...] = getattr(vehicle, key)
                if len(axes) not in (0, 3):
                    self._bad(
                        f"vehicle {vehicle.id!r}: {len(axes)} axes", "Name x, y and z", "vehicles", i, key
                    )

    def references(self) -> None:
        """What is named as a parameter is one of some packet."""
        tables = self._head.tables
        for i, vehicle in enumerate(tables.vehicles):
            for key in ("position_ecef_m", "velocity_ecef_ms"):
                for n, name in enumerate(getattr(vehicle, key)):
                    self._parameter(name, f"vehicle {vehicle.id!r}", "vehicles", i, key, n)
            for key in ("altitude_m", "gnss_fix", "gnss_satellites"):
                if name := getattr(vehicle, key):
                    self._parameter(name, f"vehicle {vehicle.id!r}", "vehicles", i, key)
        if tables.phases is not None:
            self._parameter(tables.phases.parameter, "phases", "phases", "parameter")
        for i, plot in enumerate(tables.plots):
            for n, name in enumerate(plot.parameters):
                self._parameter(name, f"plot {plot.title!r}", "plots", i, "parameters", n)

    def _parameter(self, name: str, whose: str, *path: str | int) -> None:
        self._one_of(name, self._parameters, f"{whose}: no packet carries {name!r}", *path)

    def places(self) -> None:
        """Stations and tracks are on the Earth, masks on the horizon."""
        for i, station in enumerate(self._stations.tables.stations):
            start = f"station {station.name!r}:"
            if not _on_earth(station.latitude_deg, station.longitude_deg):
                self._bad_place(
                    f"{start} {station.latitude_deg}, {station.longitude_deg} is no place",
                    "Latitude is −90 to 90, longitude −180 to 360", i, _off(station.latitude_deg),
                )  # fmt: skip
            for azimuth_deg, elevation_deg in station.mask:
                if not (0 <= azimuth_deg <= 360 and -90 <= elevation_deg <= 90):
                    self._bad_place(
                        f"{start} [{azimuth_deg:g}, {elevation_deg:g}] in its mask",
                        "Write [azimuth 0 to 360, elevation −90 to 90]", i, "mask",
                    )  # fmt: skip
            for name in station.vehicles:
                if self._vehicles is not None and name not in self._vehicles:
                    mend = f"Use one of {', '.join(self._vehicles)}"
                    self._bad_place(f"{start} there is no vehicle {name!r}", mend, i, "vehicles")
        for i, asset in enumerate(self._head.tables.assets):
            for n, point in enumerate(asset.track):
                if not _on_earth(point.latitude_deg, point.longitude_deg):
                    self._bad(
                        f"asset {asset.id!r}: {point.latitude_deg}, {point.longitude_deg} is no place",
                        "Latitude is −90 to 90, longitude −180 to 360",
                        "assets", i, "track", n, _off(point.latitude_deg),
                    )  # fmt: skip

    def _bad_place(self, message: str, mend: str, number: int, key: str) -> None:
        self.errors.append(self._stations.error(message, mend, "stations", number, key))

    def instants(self) -> None:
        """Instants can be read, and tracks go forward."""
        for i, vehicle in enumerate(self._head.tables.vehicles):
            if vehicle.met_epoch:
                self._instant(vehicle.met_epoch, "vehicles", i, "met_epoch")
        for i, asset in enumerate(self._head.tables.assets):
            before = None
            for n, point in enumerate(asset.track):
                t_ns = self._instant(point.utc, "assets", i, "track", n, "utc")
                if t_ns is not None and before is not None and t_ns <= before:
                    self._bad(
                        f"asset {asset.id!r}: {point.utc} is not after the point before it",
                        "Write the track in order of time", "assets", i, "track", n, "utc",
                    )  # fmt: skip
                before = t_ns if t_ns is not None else before

    def _instant(self, text: str, *path: str | int) -> int | None:
        try:
            return parse_utc(text)
        except ValueError as error:
            self._bad(str(error), 'Write it as "2026-11-18T21:38:00Z"', *path)
            return None


def _on_earth(latitude_deg: float, longitude_deg: float) -> bool:
    return -90 <= latitude_deg <= 90 and -180 <= longitude_deg <= 360


def _off(latitude_deg: float) -> str:
    return "longitude_deg" if -90 <= latitude_deg <= 90 else "latitude_deg"
