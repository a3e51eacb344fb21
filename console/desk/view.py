"""What the panels are shown: one snapshot of the archive at the playhead, read off the Qt thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from console.archive.shapes import (
    ASSUMED_RECEPTION,
    AlarmState,
    AlarmTransition,
    Extent,
    LinkStatus,
    LogEntry,
    Note,
    PhaseChange,
    Point,
    Row,
    Session,
    Trace,
)
from console.mission import Mission

if TYPE_CHECKING:
    from console.recovery.track import Track

TimeAxis = Literal["generation", "reception"]
Mode = Literal["live", "paused", "replay"]


@dataclass(frozen=True, slots=True)
class TraceQuery:
    """A stretch of one parameter's history, asked for by a plot; times are mission time (ns UTC)."""

    packet: str
    parameter: str
    t0_ns: int
    t1_ns: int
    points: int
    axis: TimeAxis = "generation"


@dataclass(frozen=True, slots=True)
class CoverageQuery:
    """The stretches in which a link had data: lanes and silences; times are mission time (ns UTC)."""

    link: str
    t0_ns: int
    t1_ns: int


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """What happened in a stretch of mission time (ns UTC), all of it that is known now."""

    t0_ns: int
    t1_ns: int


@dataclass(frozen=True, slots=True)
class History:
    """The answer to a ``HistoryQuery``.

    Phases and ``Note.at_ns`` are in mission time, what is called ``known_at_ns`` is of the machine's clock.
    """

    phases: Sequence[PhaseChange] = ()
    alarms: Sequence[AlarmTransition] = ()
    notes: Sequence[Note] = ()


@dataclass(frozen=True, slots=True)
class TrackQuery:
    """The way a vehicle says it went between two instants of mission time (ns UTC)."""

    vehicle: str
    t0_ns: int
    t1_ns: int


@dataclass(frozen=True, slots=True)
class PointQuery:
    """The sample under a cursor: the nearest to an instant of mission time (ns UTC), within reach."""

    packet: str
    parameter: str
    t_ns: int
    within_ns: int
    axis: TimeAxis = "generation"


Query = PointQuery | TraceQuery | CoverageQuery | HistoryQuery | TrackQuery


@dataclass(frozen=True, slots=True)
class DeskView:
    """The archive as it stands at the playhead.

    ``instant_ns`` is the shown instant and ``now_ns`` the present one, both in mission time
    (machine clock + ``session.mission_offset_ns``). ``record`` is the newest packet id shown.
    ``rate_packets_s`` is the recorder's present rate, ``behind_ns`` the age of its newest commit.
    """

    mission: Mission
    session: Session
    extent: Extent
    mode: Mode
    speed: float
    as_known_now: bool
    record: int
    instant_ns: int
    now_ns: int
    latest: Mapping[str, Row] = field(default_factory=dict)
    alarms: Sequence[AlarmState] = ()
    links: Mapping[str, LinkStatus] = field(default_factory=dict)
    log: Sequence[LogEntry] = ()
    """What happened, as known at the playhead, newest first; the same object while nothing was added."""
    phase: tuple[int, int] | None = None
    """Raw value of the mission's phase parameter and the mission time since it stands."""
    traces: Mapping[TraceQuery, Trace] = field(default_factory=dict)
    coverage: Mapping[CoverageQuery, Sequence[tuple[int, int]]] = field(default_factory=dict)
    points: Mapping[PointQuery, Point | None] = field(default_factory=dict)
    tracks: Mapping[TrackQuery, Track] = field(default_factory=dict)
    histories: Mapping[HistoryQuery, History] = field(default_factory=dict)
    rate_packets_s: float = 0.0
    behind_ns: int = 0
    archive_path: str = ""
    archive_octets: int = 0
    in_place: bool = True
    """Whether the path still names the file that is shown."""

    @property
    def reception_assumed(self) -> bool:
        """Whether the times of reception are not real: the archive was made from a file."""
        return ASSUMED_RECEPTION in self.session.note

    def timeless(self, packet: str) -> bool:
        """Whether the newest packet of a type tells no time of its own and is shown at an assumed one."""
        row = self.latest.get(packet)
        return self.reception_assumed and row is not None and row.generation_ns is None

    def mission_time(self, reception_ns: int) -> int:
        """Turn a reception time of the machine's clock into mission time."""
        return reception_ns + self.session.mission_offset_ns
