"""The tables of a mission folder's TOML files, as ``mission.toml`` and ``stations.toml`` write them."""

from __future__ import annotations

from typing import Literal

import msgspec

from decoders.mission.model import TimeFormat

UNFRAMED = ("packets", "kiss")
"""The framings without CCSDS transfer frames."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A TOML table: a key that nobody knows is a typo, and an error."""


class Vehicle(_Table, frozen=True, kw_only=True):
    """One spacecraft; ``orbit`` is a TLE file, ``position_ecef_m`` the parameters that tell where it is."""

    id: str
    title: str
    title_ja: str = ""
    scids: tuple[int, ...] = ()
    orbit: str = ""
    clock: str = ""
    """File that correlates the on-board clock with UTC (``decoders.mission.clock_csv``)."""
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
    framing: Literal["tm", "aos", "uslp", "packets", "kiss"] = "packets"
    frame_length: int = 1115
    asm: bool = True
    ocf: bool = False
    fecf: bool = True
    fhec: bool = False
    """Whether AOS frames have header error control."""
    insert_zone_octets: int = 0
    """Octets of the insert zone of AOS and USLP frames."""
    varying: bool = False
    """Whether only their headers tell how long the frames of a stream of USLP frames are."""
    randomizer: Literal["none", "classic", "long"] = "none"
    reed_solomon: Literal[0, 223, 239] = 0
    """Octets of data in a codeword of 255; 0: the link has no such code, or it is taken off before."""
    interleave: Literal[1, 2, 3, 4, 5, 6, 7, 8] = 1
    basis: Literal["dual", "conventional"] = "dual"
    virtual_fill: int = 0
    marker_errors: int = 4
    keep: Literal["packets", "frames"] = "packets"
    playback_vcids: tuple[int, ...] = ()
    packet_vcids: tuple[int, ...] | None = None
    scids: tuple[int, ...] = ()
    callsigns: tuple[str, ...] = ()
    """Stations whose AX.25 frames are taken, with or without an SSID; empty: all."""
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


class Time(_Table, frozen=True, kw_only=True):
    """How packets tell their time; ``decoders.mission.model.TimeFormat`` says what each key means."""

    code: Literal["none", "cuc", "cds", "ccs", "ascii", "p-field"] = "none"
    has_p_field: bool = False
    coarse_octets: Literal[1, 2, 3, 4, 5, 6, 7] = 4
    fine_octets: Literal[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] = 2
    day_octets: Literal[2, 3] = 2
    submillisecond_octets: Literal[0, 2, 4] = 2
    epoch: str = "tai"
    subsecond_octets: Literal[0, 1, 2, 3, 4, 5, 6] = 0
    day_of_year: bool = False
    text_octets: int = 0

    def format(self, epoch: str = "") -> TimeFormat:
        """Return the format that the decoders take, with another epoch if one is given."""
        values = {key: getattr(self, key) for key in self.__struct_fields__}
        return TimeFormat(**(values | {"epoch": epoch or self.epoch}))


class Packet(_Table, frozen=True, kw_only=True):
    """One packet type: who sends it, and the file that tells its fields."""

    name: str
    file: str
    vehicle: str
    apid: int | None = None
    vcid: int | None = None
    period_s: float | None = None
    time: Time | None = None
    epoch: str = ""
    crc: bool | None = None
    criteria: str = ""
    """Expression over its fields that tells it from others of its APID; the first that holds is taken."""
    open_ended: bool = False
    """Its packets may be longer than its fields."""
    segmented: bool = False
    """Its packets come in segments, and the fields are of what those make."""
    secondary_header: Literal["none", "pus-c"] | None = None
    """``pus-c`` puts its fields in front of those of the file; else as the mission says."""
    service: int | None = None
    subtype: int | None = None
    """The message type (PUS) that tells the packet from others of its APID, as criteria do."""
    description: str = ""
    description_ja: str = ""


class MissionFile(_Table, frozen=True, kw_only=True):
    """The whole ``mission.toml``."""

    name: str
    title: str
    vehicles: tuple[Vehicle, ...]
    title_ja: str = ""
    representative: bool = False
    note: str = ""
    note_ja: str = ""
    phases: Phases | None = None
    links: tuple[Link, ...] = ()
    packets: tuple[Packet, ...] = ()
    assets: tuple[Asset, ...] = ()
    plots: tuple[Plot, ...] = ()
    time: Time = Time()
    secondary_header: Literal["none", "pus-c"] = "none"
    """What stands in front of the fields of every packet that says nothing else."""
    recording: str = ""
    """The recorded pass that the demonstration plays."""


class StationsFile(_Table, frozen=True, kw_only=True):
    """The whole ``stations.toml``."""

    stations: tuple[Station, ...] = ()
