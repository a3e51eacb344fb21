"""What reading an archive gives. Times are int64 ns UTC; reception times are of the machine's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

ASSUMED_RECEPTION = "reception times are assumed"
"""Stands in the note of a session that was imported from a file, which tells none."""


@dataclass(frozen=True, slots=True)
class Session:
    """One run of a recorder; mission time = machine clock + ``mission_offset_ns``."""

    id: int
    kind: str
    started_ns: int
    mission_offset_ns: int = 0
    software: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Extent:
    """How far an archive goes; all 0 where it holds no packet yet."""

    first_record: int = 0
    last_record: int = 0
    first_reception_ns: int = 0
    last_reception_ns: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One packet's values; ``generation_ns`` is ``None`` where the packet told no time."""

    id: int
    generation_ns: int | None
    reception_ns: int
    quality: int
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of one packet type as columns; a missing generation time is ``NO_TIME``."""

    ids: NDArray[np.int64]
    generation_ns: NDArray[np.int64]
    reception_ns: NDArray[np.int64]
    raw: dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Trace:
    """A stretch of one parameter in engineering units, ready to be drawn.

    ``lo`` and ``hi`` are the least and greatest value at ``t_ns`` (equal where nothing was
    decimated); a row of NaN is a gap. ``worst`` is the worst severity there.
    """

    t_ns: NDArray[np.int64]
    lo: NDArray[np.float64]
    hi: NDArray[np.float64]
    worst: NDArray[np.uint8]
    decimated: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One sample as it came; ``raw`` is the value before calibration."""

    record: int
    t_ns: int
    raw: Any
    sequence_count: int


@dataclass(frozen=True, slots=True)
class AlarmState:
    """One alarm as it stood at a record (ISA-18.2); ``id`` is what an acknowledgement names.

    ``severity`` is the present one (0 after a return to normal), ``worst_severity`` the worst since
    the alarm began, ``state`` one of ``unacknowledged``, ``acknowledged``, ``returned``. ``value``
    is the value of the newest transition, ``count`` how often the alarm came since it was last clear.
    """

    id: int
    vehicle: str
    packet: str
    parameter: str
    state: str
    severity: int
    worst_severity: int
    trigger_value: float
    worst_value: float
    value: float
    state_text: str
    limit_text: str
    count: int
    first_ns: int
    last_ns: int
    generation_ns: int | None
    packet_id: int
    acknowledged: bool = False
    acknowledged_by: str = ""
    acknowledged_ns: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class AlarmTransition:
    """One row of the alarm log: a parameter went from one severity to another (0 is normal).

    ``value`` is ``None`` where there was none; ``state_text`` writes it, or tells why.
    """

    id: int
    known_at_ns: int
    packet: str
    parameter: str
    severity: int
    previous: int
    record: int = 0
    value: float | None = None
    state_text: str = ""
    limit_text: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody has seen an alarm: the transition to ``severity`` (from ``previous``) of a parameter."""

    id: int
    known_at_ns: int
    record: int
    packet: str
    parameter: str
    severity: int
    previous: int
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, as the recorder or the decoder told it.

    ``text`` tells it in English; ``details`` holds the numbers in it by name, so that a desk can say what
    ``code`` stands for in its own words.
    """

    id: int
    known_at_ns: int
    record: int
    link: str
    code: str
    severity: int
    offset: int
    text: str
    octets: bytes = b""
    details: Mapping[str, int | float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """A link's counters as last written."""

    link: str
    known_at_ns: int
    state: str
    octets: int = 0
    frames_good: int = 0
    frames_bad: int = 0
    frames_missing: int = 0
    packets: int = 0
    packets_missing: int = 0
    duplicates: int = 0
    dropped_by_kernel: int = 0
    last_reception_ns: int | None = None
    frames_corrected: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote about an instant."""

    id: int
    known_at_ns: int
    at_ns: int
    text: str
    by: str
    record: int = 0


LogEntry = Event | AlarmTransition | Acknowledgement | Note
"""One line of the log: each has an ``id`` among its kind, ``known_at_ns`` and ``record``."""


@dataclass(frozen=True, slots=True)
class PhaseChange:
    """The phase parameter took a new raw value; ``at_ns`` is mission time."""

    at_ns: int
    value: int
