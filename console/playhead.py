"""Which instant the desk shows, and how fast it moves. No Qt, no archive: clocks are passed in.

Three modes. ``live`` follows the end of the archive; ``paused`` stands where live was left (the
picture stands, never the recording); ``replay`` is elsewhere in the archive, standing or moving
with a signed speed. Where no recorder writes the archive there is no live, only replay.

Instants are mission time (reception time + the session's offset), int64 ns UTC. The record number
is the order of the archive: a reader turns an instant into a record and tells it back by
``resolved``, so that a standing playhead shows one record and not "about that time".
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

Mode = Literal["live", "paused", "replay"]

SLOWEST, FASTEST = 0.1, 100.0


class Span(NamedTuple):
    """What the archive holds: instants in mission time (ns) and record numbers, both inclusive."""

    first_ns: int
    last_ns: int
    first_record: int
    last_record: int


@dataclass(frozen=True, slots=True)
class Position:
    """One request to a reader: where to look. ``record`` is None where the instant decides.

    ``step`` asks for the record that many packets further (negative: back) before reading.
    """

    mode: Mode
    instant_ns: int
    record: int | None
    step: int
    speed: float
    playing: bool
    as_known_now: bool
    serial: int


class Playhead:
    """The one position that all panels of a desk share.

    ``extent`` returns what the archive holds now (None while it is empty), ``clock`` the present
    mission time in ns, ``monotonic`` a clock that is never set (replay is paced by it).
    ``recording`` says whether somebody writes the archive; the desk keeps it up to date.
    """

    def __init__(
        self,
        extent: Callable[[], Span | None],
        clock: Callable[[], int],
        *,
        monotonic: Callable[[], int] = time.monotonic_ns,
        recording: bool = True,
    ) -> None:
        self._extent, self._clock, self._monotonic = extent, clock, monotonic
        self._recording = recording
        self._mode: Mode = "live" if recording else "replay"
        self._speed = 1.0
        self._playing = False
        self._as_known_now = False
        self._record: int | None = None
        self._shown_record = 0
        self._anchor_ns: int | None = None
        self._anchor_monotonic = monotonic()
        self._step = 0
        self._serial = 0
        self._left_live = -1
        self.listeners: list[Callable[[], None]] = []
        """Called after each command, in the caller's thread."""

    @property
    def mode(self) -> Mode:
        """``live``, ``paused`` (stands where live was left) or ``replay``."""
        return self._mode

    @property
    def speed(self) -> float:
        """Signed speed of replay: −100…−0.1 or 0.1…100; it is remembered while standing."""
        return self._speed

    @property
    def playing(self) -> bool:
        """Whether the shown instant moves (always in live)."""
        return self._mode == "live" or self._playing

    @property
    def record(self) -> int:
        """The newest record of the last view that was read (0 before the first)."""
        return self._shown_record

    @property
    def as_known_now(self) -> bool:
        """Whether what arrived later than the instant is shown too."""
        return self._as_known_now

    @as_known_now.setter
    def as_known_now(self, value: bool) -> None:
        if value != self._as_known_now:
            self._as_known_now = value
            self._changed()

    @property
    def recording(self) -> bool:
        """Whether a recorder writes the archive, so that live exists.

        When it stops, live becomes a replay that stands at the end; when it comes back and nobody
        moved the playhead since, live goes on.
        """
        return self._recording

    @recording.setter
    def recording(self, value: bool) -> None:
        if value == self._recording:
            return
        self._recording = value
        if value and self._left_live == self._serial:
            self.live()
        if not value and self._mode in ("live", "paused"):
            span = self._extent()
            was_live = self._mode == "live"
            at = span.last_ns if was_live and span is not None else self.instant_ns
            self._mode, self._playing = "replay", False
            self._set_anchor(at)
            self._changed()
            self._left_live = self._serial if was_live else -1

    @property
    def now_ns(self) -> int:
        """The present mission time."""
        return self._clock()

    @property
    def instant_ns(self) -> int:
        """The shown instant in mission time; replay is held inside the archive."""
        if self._mode == "live":
            return self._clock()
        if self._anchor_ns is None:
            span = self._extent()
            if span is None:
                return self._clock()
            self._set_anchor(span.last_ns)
        assert self._anchor_ns is not None
        if not self._playing:
            return self._anchor_ns
        passed = self._monotonic() - self._anchor_monotonic
        return self._held(self._anchor_ns + int(passed * self._speed))

    @property
    def lag_ns(self) -> int:
        """How far the shown instant is behind the present mission time (0 in live)."""
        return 0 if self._mode == "live" else self._clock() - self.instant_ns

    def live(self) -> None:
        """Follow the end; where nobody records, stand at the end of the archive."""
        self._step, self._record = 0, None
        if self._recording:
            self._mode, self._playing, self._anchor_ns = "live", False, None
        else:
            span = self._extent()
            self._mode, self._playing = "replay", False
            self._set_anchor(span.last_ns if span else None)
        self._changed()

    def pause(self) -> None:
        """Stand at the shown instant."""
        if not self.playing:
            return
        instant = self.instant_ns
        if self._mode == "live":
            self._mode = "paused"
            self._record = self._shown_record or None
        self._playing = False
        self._set_anchor(instant)
        self._changed()

    def play(self, speed: float | None = None) -> None:
        """Move with a signed speed (held to 0.1–100; None: the last one), from where it stands.

        From the end forwards it starts at the beginning again; in live this is a replay from now
        on only if the speed is negative, since nothing lies ahead of live.
        """
        if speed is not None:
            size = min(FASTEST, max(SLOWEST, abs(speed)))
            speed = -size if speed < 0 else size
        if self._mode == "live" and (speed is None or speed > 0):
            return
        instant = self.instant_ns
        self._speed = self._speed if speed is None else speed
        span = self._extent()
        if span is not None and not self._playing:
            if self._speed > 0 and instant >= span.last_ns:
                if self._recording:
                    self.live()
                    return
                instant = span.first_ns
            elif self._speed < 0 and instant <= span.first_ns:
                instant = span.last_ns
        self._mode, self._playing, self._record, self._step = "replay", True, None, 0
        self._set_anchor(instant)
        self._changed()

    def toggle(self) -> None:
        """Pause, or go on: a paused live goes back to live, a standing replay plays."""
        if self.playing:
            self.pause()
        elif self._mode == "paused":
            self.live()
        else:
            self.play()

    def seek(self, instant_ns: int) -> None:
        """Show an instant (mission time), held inside the archive; replay goes on if it moved."""
        playing = self._playing and self._mode == "replay"
        self._mode, self._record, self._step = "replay", None, 0
        self._playing = playing
        self._set_anchor(self._held(instant_ns))
        self._changed()

    def step(self, packets: int) -> None:
        """Go that many packets on (or back) in the order of the archive, and stand."""
        if self.playing:
            self.pause()
        if self._record is None and self._shown_record:
            self._record = self._shown_record
        if packets < 0 or self._mode == "replay":
            self._mode = "replay"
        self._step += packets
        self._changed()

    def position(self) -> Position:
        """Return where to read now; a replay that ran into the end of the archive stops there."""
        instant = self.instant_ns
        if self._mode == "replay" and self._playing:
            self._stop_at_ends(instant)
            instant = self.instant_ns
        return Position(
            self._mode,
            instant,
            None if self._mode == "live" else self._record,
            self._step,
            self._speed,
            self.playing,
            self._as_known_now,
            self._serial,
        )

    def resolved(self, position: Position, record: int, instant_ns: int) -> None:
        """Take over what a reader found at ``position``: its newest record and, after a step, its instant."""
        if position.serial != self._serial:
            return
        self._shown_record = record
        if position.step:
            self._step -= position.step
            self._record = record
            self._set_anchor(instant_ns)
        elif not self.playing and self._record is None:
            self._record = record

    def _stop_at_ends(self, instant: int) -> None:
        span = self._extent()
        if span is None:
            return
        if self._speed > 0 and instant >= span.last_ns:
            if self._recording:
                self.live()
            else:
                self._playing = False
                self._set_anchor(span.last_ns)
                self._changed()
        elif self._speed < 0 and instant <= span.first_ns:
            self._playing = False
            self._set_anchor(span.first_ns)
            self._changed()

    def _held(self, instant_ns: int) -> int:
        span = self._extent()
        return instant_ns if span is None else min(max(instant_ns, span.first_ns), span.last_ns)

    def _set_anchor(self, instant_ns: int | None) -> None:
        self._anchor_ns, self._anchor_monotonic = instant_ns, self._monotonic()

    def _changed(self) -> None:
        self._serial += 1
        for listener in list(self.listeners):
            listener()
