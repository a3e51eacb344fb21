"""Correlation of an on-board clock with UTC: piecewise linear, with what lies outside of it marked.

A stretch begins where the clock was set: where on-board time steps back, or ahead of UTC. Which stretch a
time belongs to is told by when it was received, as the same on-board time may come twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decoders.mission.model import ClockCorrelation, ClockRow
from decoders.shapes import NO_TIME
from decoders.timecode import Counts
from decoders.timescale import LONGEST_NS, SECOND_NS, Epoch, tai_to_utc, utc_to_tai

FASTEST_PPM = 100_000.0
"""A clock that seems to run faster or slower than this was set meanwhile."""
AHEAD_OF_RECEPTION_NS = 60 * SECOND_NS
"""By how much the clock of a station may be behind: no packet is received before it was made."""
_ALWAYS = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Rows between two settings of the clock, all times on one scale."""

    since_utc_ns: int
    onboard: NDArray[np.int64]
    true: NDArray[np.int64]
    rate: NDArray[np.float64]
    """Seconds gained per on-board second; 0 where the clock is right."""
    until: NDArray[np.int64]
    """The on-board time up to which each row holds."""

    def true_of(self, onboard: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the instants at which the clock showed these times."""
        if len(self.onboard) == 1:
            elapsed = onboard - self.onboard[0]
            return np.asarray(self.true[0] + elapsed + np.rint(elapsed * self.rate[0]).astype(np.int64))
        row = np.maximum(np.searchsorted(self.onboard, onboard, side="right") - 1, 0)
        elapsed = onboard - self.onboard[row]
        return np.asarray(self.true[row] + elapsed + np.rint(elapsed * self.rate[row]).astype(np.int64))

    def outside(self, onboard: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which times no row covers."""
        row = np.maximum(np.searchsorted(self.onboard, onboard, side="right") - 1, 0)
        return np.asarray((onboard < self.onboard[0]) | (onboard > self.until[row]))

    def onboard_of(self, true: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what the clock showed at these instants."""
        row = np.maximum(np.searchsorted(self.true, true, side="right") - 1, 0)
        elapsed, gained = true - self.true[row], self.rate[row] / (1 + self.rate[row])
        return np.asarray(self.onboard[row] + elapsed - np.rint(elapsed * gained).astype(np.int64))


class Clock:
    """A correlation made ready for times that count from one epoch.

    It is linear on the scale of that epoch: TAI where the clock counts through leap seconds.
    """

    def __init__(self, correlation: ClockCorrelation, epoch: Epoch, continuous: bool) -> None:
        """Take the epoch of a time format, and whether its ``Counts`` are on the scale of TAI."""
        self._continuous = continuous
        rows = correlation.rows
        begin_ns = epoch.ns if correlation.counted else 0
        onboard = np.array([_bounded(row.onboard_ns + begin_ns) for row in rows], np.int64)
        if correlation.counted and epoch.continuous and not continuous:
            onboard = tai_to_utc(onboard)
        elif continuous and not correlation.counted:
            onboard = utc_to_tai(onboard)
        true = self._scale(np.array([_bounded(row.utc_ns) for row in rows], np.int64))
        self._stretches: list[_Stretch] = []
        first = 0
        for last in [*_settings(rows, onboard.tolist(), true.tolist()), len(rows)]:
            if last > first:
                self._stretches.append(self._stretch(rows[first:last], onboard[first:last], true[first:last]))
            first = last
        # What a clock at most a tenth too fast or slow shows inside these bounds fits int64 in UTC.
        span = (LONGEST_NS - int(np.abs(true).max())) * 7 // 8
        self._least, self._most = int(onboard.max()) - span, int(onboard.min()) + span

    def _scale(self, utc_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        return utc_to_tai(utc_ns) if self._continuous else utc_ns

    def _stretch(
        self, rows: tuple[ClockRow, ...], onboard: NDArray[np.int64], true: NDArray[np.int64]
    ) -> _Stretch:
        slopes = [*(np.diff(true) / np.diff(onboard) - 1).tolist()] or [0.0]
        slopes = [*slopes[: len(rows) - 1], slopes[-1]]
        rate = [
            slope if row.rate_ppm is None else row.rate_ppm * 1e-6
            for row, slope in zip(rows, slopes, strict=True)
        ]
        until = [_ALWAYS] * (len(rows) - 1) + [int(onboard[-1])]
        for i, row in enumerate(rows):
            if row.valid_until_ns is not None:
                end = int(self._scale(np.array([_bounded(row.valid_until_ns)], np.int64))[0])
                elapsed = end - int(true[i])
                until[i] = _bounded(int(onboard[i]) + elapsed - round(elapsed * rate[i] / (1 + rate[i])))
        return _Stretch(rows[0].utc_ns, onboard, true, np.array(rate), np.array(until, np.int64))

    def utc(
        self, counts: Counts, reception_ns: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
        """Return ns UTC of on-board times, which of them are none (``NO_TIME``), and which extrapolated."""
        onboard, first = counts.ns, self._stretches[0]
        none = (onboard < self._least) | (onboard > self._most)
        if counts.valid is not None:
            none |= ~counts.valid
        if none.any():
            onboard = np.where(none, first.onboard[0], onboard)
        true, outside = first.true_of(onboard), first.outside(onboard)
        if len(self._stretches) > 1:
            heard = np.where(reception_ns == NO_TIME, LONGEST_NS, reception_ns)
            latest = self._scale(heard) + AHEAD_OF_RECEPTION_NS
            found = (onboard >= first.onboard[0]) & (true <= latest)
            for each in self._stretches[1:]:
                other = each.true_of(onboard)
                known = heard >= each.since_utc_ns
                possible = known & (onboard >= each.onboard[0]) & (other <= latest)
                taken = possible | (known & ~found)
                true = np.where(taken, other, true)
                outside = np.where(taken, each.outside(onboard), outside)
                found |= possible
        utc = tai_to_utc(true) if self._continuous else true
        return np.where(none, NO_TIME, utc), none, outside & ~none

    def onboard(self, utc_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what the clock showed at instants, as the UTC that its time code tells by itself."""
        true = self._scale(utc_ns)
        shown = self._stretches[0].onboard_of(true)
        for each in self._stretches[1:]:
            shown = np.where(utc_ns >= each.since_utc_ns, each.onboard_of(true), shown)
        return tai_to_utc(shown) if self._continuous else shown


def _bounded(ns: int) -> int:
    return max(-LONGEST_NS, min(LONGEST_NS, ns))


def _settings(rows: tuple[ClockRow, ...], onboard: list[int], true: list[int]) -> list[int]:
    """Return the rows before which the clock was set: it stepped back, or no clock goes so fast or slow."""
    found = []
    for i in range(1, len(rows)):
        elapsed, real = onboard[i] - onboard[i - 1], true[i] - true[i - 1]
        if elapsed <= 0 or abs(real - elapsed) > elapsed * FASTEST_PPM * 1e-6:
            found.append(i)
    return found
