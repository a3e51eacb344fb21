"""Traces as plots draw them: minima and maxima on a grid of time, which later rows are added to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from console.archive.shapes import Trace


@dataclass(frozen=True, slots=True)
class LiveTrace:
    """A trace, and what is needed to add rows that come later.

    Points are ``bin_ns`` wide at least, on a grid that does not move with the plot, as soon as there
    would be more than ``points``. ``newest_ns`` is the time of the newest row in it; rows further
    apart than ``gap_ns`` (0: never) have a gap between them.
    """

    trace: Trace
    newest_ns: int
    gap_ns: int
    bin_ns: int
    points: int

    def with_rows(self, rows: Trace) -> LiveTrace:
        """Return this with rows added that are in order of time; those played back go where they belong."""
        if not len(rows.t_ns):
            return self
        at_end = self.newest_ns
        if self.trace.decimated and len(self.trace.t_ns):
            at_end = min(at_end, int(self.trace.t_ns[-1]) // self.bin_ns * self.bin_ns)
        older = int(np.searchsorted(rows.t_ns, at_end))
        live = self._with_older(_upto(rows, older)) if older else self
        return live._with_later(_from(rows, older)) if older < len(rows.t_ns) else live

    def _with_older(self, rows: Trace) -> LiveTrace:
        before = self.trace
        real = np.isfinite(before.lo)
        behind_gap = np.zeros(len(real), np.bool_)
        behind_gap[1:] = ~real[:-1]
        kept = Trace(before.t_ns[real], before.lo[real], before.hi[real], before.worst[real])
        whole = joined(kept, rows)
        order = np.argsort(whole.t_ns, kind="stable")
        is_kept = order < len(kept.t_ns)
        whole = Trace(whole.t_ns[order], whole.lo[order], whole.hi[order], whole.worst[order])
        # Between two points of before there is a gap where there was one; a point's time is its first row's.
        far = _cuts(whole.t_ns, self.gap_ns and self.gap_ns + (self.bin_ns if before.decimated else 0))
        marks = np.concatenate((behind_gap[real], np.zeros(len(rows.t_ns), np.bool_)))[order]
        cuts = np.where(is_kept & np.concatenate(([True], is_kept[:-1])), marks, far)
        if before.decimated or len(whole.t_ns) > self.points:
            whole, cuts = _binned(whole, cuts, self.bin_ns)
        newest_ns = max(self.newest_ns, int(rows.t_ns[-1]))
        return LiveTrace(with_gaps(whole, cuts), newest_ns, self.gap_ns, self.bin_ns, self.points)

    def _with_later(self, rows: Trace) -> LiveTrace:
        before = self.trace
        newest_ns = max(self.newest_ns, int(rows.t_ns[-1]))
        cuts = _cuts(rows.t_ns, self.gap_ns)
        cuts[0] = bool(self.gap_ns) and rows.t_ns[0] - self.newest_ns > self.gap_ns
        if before.decimated or len(before.t_ns) + len(rows.t_ns) > self.points:
            if not before.decimated:
                before = _on_grid(before, self.bin_ns)
            rows, cuts = _binned(rows, cuts, self.bin_ns)
            if len(before.t_ns) and not cuts[0] and _same_bin(before, rows, self.bin_ns):
                before, rows, cuts = _merged(before, rows), _from(rows, 1), cuts[1:]
        if not len(rows.t_ns):
            grown = before
        elif not len(before.t_ns):
            grown = with_gaps(rows, cuts)
        else:
            grown = with_gaps(joined(before, rows), np.r_[np.zeros(len(before.t_ns), np.bool_), cuts])
        return LiveTrace(grown, newest_ns, self.gap_ns, self.bin_ns, self.points)

    def since(self, t_ns: int) -> LiveTrace:
        """Return this without the points long before an instant."""
        old = int(np.searchsorted(self.trace.t_ns, t_ns - self.bin_ns))
        return self if old <= self.points // 8 else replace(self, trace=_from(self.trace, old - 1))


def empty() -> Trace:
    """Return a trace without points."""
    return Trace(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, np.uint8))


def thinned(trace: Trace, points: int, bin_ns: int, gap_ns: int) -> Trace:
    """Reduce a trace to at most about ``points`` minima and maxima, and put NaN rows into its gaps."""
    if not len(trace.t_ns):
        return trace
    cuts = _cuts(trace.t_ns, gap_ns)
    if len(trace.t_ns) > points:
        trace, cuts = _binned(trace, cuts, bin_ns)
    return with_gaps(trace, cuts)


def with_gaps(trace: Trace, cuts: NDArray[np.bool_]) -> Trace:
    """Put a NaN row in front of each marked point but the first."""
    breaks = cuts[1:].nonzero()[0] + 1
    if not len(breaks):
        return trace
    between = (trace.t_ns[breaks - 1] + trace.t_ns[breaks]) // 2
    return Trace(
        np.insert(trace.t_ns, breaks, between), np.insert(trace.lo, breaks, np.nan),
        np.insert(trace.hi, breaks, np.nan), np.insert(trace.worst, breaks, 0), trace.decimated,
    )  # fmt: skip


def joined(*parts: Trace) -> Trace:
    """Return the parts behind each other."""
    return Trace(
        np.concatenate([p.t_ns for p in parts]),
        np.concatenate([p.lo for p in parts]),
        np.concatenate([p.hi for p in parts]),
        np.concatenate([p.worst for p in parts]),
        any(p.decimated for p in parts),
    )


def _cuts(t_ns: NDArray[np.int64], gap_ns: int) -> NDArray[np.bool_]:
    """Return which points stand behind a gap; the first does not."""
    cuts = np.zeros(len(t_ns), np.bool_)
    if gap_ns:
        cuts[1:] = t_ns[1:] - t_ns[:-1] > gap_ns
    return cuts


def _binned(trace: Trace, cuts: NDArray[np.bool_], bin_ns: int) -> tuple[Trace, NDArray[np.bool_]]:
    """Return one point a bin and stretch between cuts, and which of them stand behind a cut."""
    bins = trace.t_ns // bin_ns
    starts = np.concatenate(([0], ((bins[1:] != bins[:-1]) | cuts[1:]).nonzero()[0] + 1))
    reduced = Trace(
        trace.t_ns[starts],
        np.fmin.reduceat(trace.lo, starts),
        np.fmax.reduceat(trace.hi, starts),
        np.maximum.reduceat(trace.worst, starts),
        True,
    )
    return reduced, cuts[starts]


def _on_grid(trace: Trace, bin_ns: int) -> Trace:
    """Return single rows, with their gaps, as minima and maxima of bins."""
    real = np.isfinite(trace.lo)
    cuts = np.zeros(len(real), np.bool_)
    cuts[1:] = ~real[:-1]
    if not real.any():
        return replace(trace, decimated=True)
    rows = Trace(trace.t_ns[real], trace.lo[real], trace.hi[real], trace.worst[real])
    return with_gaps(*_binned(rows, cuts[real], bin_ns))


def _same_bin(before: Trace, rows: Trace, bin_ns: int) -> bool:
    return bool(before.t_ns[-1] // bin_ns == rows.t_ns[0] // bin_ns)


def _merged(before: Trace, rows: Trace) -> Trace:
    """Return ``before`` with the first of ``rows`` in its last point; itself where that is not widened."""
    if before.lo[-1] <= rows.lo[0] and rows.hi[0] <= before.hi[-1] and rows.worst[0] <= before.worst[-1]:
        return before
    lo, hi, worst = before.lo.copy(), before.hi.copy(), before.worst.copy()
    lo[-1], hi[-1] = np.fmin(lo[-1], rows.lo[0]), np.fmax(hi[-1], rows.hi[0])
    worst[-1] = max(worst[-1], rows.worst[0])
    return Trace(before.t_ns, lo, hi, worst, True)


def _upto(trace: Trace, last: int) -> Trace:
    return Trace(trace.t_ns[:last], trace.lo[:last], trace.hi[:last], trace.worst[:last], trace.decimated)


def _from(trace: Trace, first: int) -> Trace:
    return Trace(trace.t_ns[first:], trace.lo[first:], trace.hi[first:], trace.worst[first:], trace.decimated)
