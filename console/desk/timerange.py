"""Which stretch of time the time strip shows: it follows by itself, or stands where it was put. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from console.desk.axes import TIME_STEPS_S

S = 1_000_000_000
LEAST_NS, MOST_NS = 10 * S, 40 * 86_400 * S
PAST_S = (1200, 3600, 7200, 14_400, 25_200)
"""So far back a strip that follows live looks: the least that holds the archive, else the last."""
AHEAD = 0.7
"""Share of the past that it looks ahead, to show the next passes."""


@dataclass(slots=True)
class TimeRange:
    """Begin and end in mission time (ns); ``own`` is set once somebody zoomed or panned."""

    t0_ns: int = 0
    t1_ns: int = 1200 * S
    own: bool = False

    @property
    def span_ns(self) -> int:
        """The length shown."""
        return self.t1_ns - self.t0_ns

    def follow_live(self, now_ns: int, first_ns: int) -> None:
        """Hold the archive's last hours and what comes next; moves in steps, so that it mostly stands."""
        if self.own:
            return
        held_s = max(0, now_ns - first_ns) / S
        past = S * next((each for each in PAST_S if each >= held_s), PAST_S[-1])
        step = past // 20
        self.t0_ns = (now_ns - past) // step * step
        self.t1_ns = self.t0_ns + round((1 + AHEAD) * past) + step

    def follow_archive(self, first_ns: int, last_ns: int) -> None:
        """Hold the whole archive between round instants."""
        if self.own:
            return
        span = max(last_ns - first_ns, 60 * S)
        step = S * next((s for s in TIME_STEPS_S if s * S >= span / 40), TIME_STEPS_S[-1])
        self.t0_ns = first_ns // step * step - step // 2
        self.t1_ns = -(-max(last_ns, first_ns + span) // step) * step + step // 2

    def zoom(self, at_ns: int, factor: float) -> None:
        """Make the span ``factor`` times as long around an instant that keeps its place."""
        span = min(max(round(self.span_ns * factor), LEAST_NS), MOST_NS)
        share = (at_ns - self.t0_ns) / self.span_ns
        self.t0_ns = at_ns - round(share * span)
        self.t1_ns = self.t0_ns + span
        self.own = True

    def pan(self, by_ns: int) -> None:
        """Move the stretch."""
        self.t0_ns += by_ns
        self.t1_ns += by_ns
        self.own = True
