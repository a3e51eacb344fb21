"""One curve of a plot: what it is called, how it reads, and what it reads at an instant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from PySide6.QtGui import QColor

from console.archive.shapes import Point, Trace
from decoders.mission.model import Limits

DIGITS_KEPT = 4


class Known(NamedTuple):
    """What is worked out once a trace: its least and greatest value, and where it holds values."""

    trace: Trace | None
    extent: tuple[float, float] | None
    stretches: Sequence[tuple[int, int]]


@dataclass(slots=True)
class Curve:
    """One curve: what it is called, how it is drawn, and the trace it shows at present."""

    packet: str
    parameter: str
    name: str
    unit: str
    decimals: int
    least_span: float
    limits: Limits | None = None
    colour: QColor = field(default_factory=QColor)
    trace: Trace | None = None
    axis: int = 0
    period_ns: int = 0
    """How often a sample is expected, 0 where nobody knows."""
    point: Point | None = None
    """The sample under the cursor, as it came."""
    latest: float | None = None
    """The newest value at the playhead while the plot follows it; a trace may be decimated."""
    _known: Known | None = None

    def known(self) -> Known:
        """Return what its trace spans."""
        if self._known is None or self._known.trace is not self.trace:
            self._known = Known(self.trace, extent_of(self.trace), stretches_of(self.trace))
        return self._known

    def at(self, t_ns: int) -> tuple[int, float] | None:
        """Return time and value of the sample nearest to an instant, ``None`` in a gap or outside.

        Nearest is at most one and a half distances of samples away: behind the newest sample, too,
        there is nothing to read.
        """
        trace = self.trace
        if trace is None or not len(trace.t_ns):
            return None
        i = int(np.searchsorted(trace.t_ns, t_ns))
        near = [k for k in (i - 1, i) if 0 <= k < len(trace.t_ns) and math.isfinite(trace.lo[k])]
        if not near:
            return None
        k = min(near, key=lambda k: abs(int(trace.t_ns[k]) - t_ns))
        between = np.diff(trace.t_ns)
        usual_ns = float(np.median(between)) if len(between) else 0.0
        if abs(int(trace.t_ns[k]) - t_ns) > 1.5 * max(usual_ns, self.period_ns):
            return None
        return int(trace.t_ns[k]), float(trace.hi[k] + trace.lo[k]) / 2

    def newest(self, fewer: int = 0) -> str:
        """Write the newest value, ``low…high`` where only both are known; empty where there is none.

        ``fewer`` decimals than usual where there is little room.
        """
        trace = self.trace
        if trace is None or not len(trace.t_ns):
            return ""
        if self.latest is not None and math.isfinite(trace.hi[-1]):
            return self.text(self.latest, fewer)
        fine = np.flatnonzero(np.isfinite(trace.hi))
        if not len(fine):
            return ""
        if self.latest is not None:
            return self.text(self.latest, fewer)
        low, high = float(trace.lo[fine[-1]]), float(trace.hi[fine[-1]])
        words = (self.text(low, fewer).split(" ")[0], self.text(high, fewer))
        return words[1] if low == high else "…".join(words)

    def text(self, value: float, fewer: int = 0) -> str:
        """Write a value with the curve's decimals and unit; ``fewer`` decimals, but no less than 4 digits."""
        places = self.decimals
        if fewer and math.isfinite(value):
            whole = len(f"{abs(value):.0f}")
            places = max(min(places, DIGITS_KEPT - whole), places - fewer, 0)
        return f"{value:.{places}f} {self.unit}".replace("-", "−").rstrip()


def stretches_of(trace: Trace | None) -> Sequence[tuple[int, int]]:
    """Return the stretches of a trace that hold values: from its begin to its end, broken at its gaps."""
    if trace is None or not len(trace.t_ns):
        return ()
    fine = np.isfinite(trace.lo)
    if fine.all():
        return ((int(trace.t_ns[0]), int(trace.t_ns[-1])),)
    edges = np.diff(np.r_[0, fine.astype(np.int8), 0])
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return list(zip(trace.t_ns[starts].tolist(), trace.t_ns[ends].tolist(), strict=True))


def extent_of(trace: Trace | None) -> tuple[float, float] | None:
    """Return the least and the greatest value of a trace, ``None`` where it holds none."""
    if trace is None or not len(trace.t_ns):
        return None
    low, high = float(np.fmin.reduce(trace.lo)), float(np.fmax.reduce(trace.hi))
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None
