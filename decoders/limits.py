"""How far engineering values are from normal, and for how long before it counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decoders.mission.model import Band, Limits, Severity

_URGENCIES = (Severity.CAUTION, Severity.SERIOUS, Severity.CRITICAL)


def _outside(band: Band, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell where values are outside; NaN never is."""
    outside = np.zeros(values.shape, np.bool_)
    if band.lo is not None:
        outside |= values < band.lo if band.lo_inclusive else values <= band.lo
    if band.hi is not None:
        outside |= values > band.hi if band.hi_inclusive else values >= band.hi
    return outside


def severity(limits: Limits | None, values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the ``Severity`` of each engineering value, with no memory; NaN is normal.

    The most urgent band that a value leaves decides, whatever the other bands say.
    """
    result = np.zeros(values.shape, np.uint8)
    if limits is None:
        return result
    for urgency in _URGENCIES:
        band = limits.band(urgency)
        if band is not None:
            result[_outside(band, values)] = urgency
    return result


def _narrowed(band: Band, margin: float) -> Band:
    """Return the band a value has to be back inside before its violation ends."""
    lo = None if band.lo is None else band.lo + margin
    hi = None if band.hi is None else band.hi - margin
    if lo is not None and hi is not None and lo > hi:  # too narrow for its margin: the middle counts
        lo = hi = (lo + hi) / 2
    return Band(lo, hi, band.lo_inclusive, band.hi_inclusive)


def deadband(limits: Limits) -> float:
    """Return the margin, in engineering units, that a value must come back by.

    It is ``deadband_fraction`` of the innermost band that has two sides, or of the magnitude of the
    one side where no band has two.
    """
    bands = [band for band in (limits.caution, limits.serious, limits.critical) if band is not None]
    for band in bands:
        if band.lo is not None and band.hi is not None:
            return abs(band.hi - band.lo) * limits.deadband_fraction
    sides = [abs(side) for band in bands for side in (band.lo, band.hi) if side is not None]
    return sides[0] * limits.deadband_fraction if sides else 0.0


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of the severity that counts: ``row`` is the sample of the batch that brought it."""

    row: int
    severity: Severity
    previous: Severity
    value: float


class Persistence:
    """The severity of one parameter that counts: risen after ``min_violations`` samples in a row,
    fallen when a sample is back inside by the deadband.

    State is kept from batch to batch. NaN samples are passed over: they neither raise nor clear.
    """

    def __init__(self, limits: Limits, severity: Severity = Severity.NORMAL) -> None:
        self.limits = limits
        self.severity = severity
        self._counts = [0] * len(_URGENCIES)
        margin = deadband(limits)
        caution, serious, critical = (
            None if band is None else _narrowed(band, margin) for band in map(limits.band, _URGENCIES)
        )
        self._back = Limits(caution, serious, critical)

    def feed(self, values: NDArray[np.float64]) -> list[Transition]:
        """Take samples in their order and return the changes they brought, oldest first."""
        values = np.atleast_1d(np.asarray(values, np.float64)).ravel()
        now = severity(self.limits, values)
        if self.severity == Severity.NORMAL and not now.any():
            if not np.isnan(values).all():
                self._counts = [0] * len(_URGENCIES)
            return []
        held = severity(self._back, values)
        missing = np.isnan(values)
        changes: list[Transition] = []
        for row in range(len(values)):
            if missing[row]:
                continue
            new = self._step(int(now[row]), int(held[row]))
            if new != self.severity:
                changes.append(Transition(row, new, self.severity, float(values[row])))
                self.severity = new
        return changes

    def _step(self, violated: int, held: int) -> Severity:
        """Count one sample: ``violated`` by the bands, ``held`` by the bands less the deadband."""
        risen = Severity.NORMAL
        for i, urgency in enumerate(_URGENCIES):
            self._counts[i] = self._counts[i] + 1 if violated >= urgency else 0
            if self._counts[i] >= self.limits.min_violations:
                risen = urgency
        return max(risen, min(self.severity, Severity(held)))
