"""How far engineering values are from normal, and for how long before it counts."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decoders.mission.model import Band, Calibration, Enumeration, Level, Limits, Parameter, Severity

_URGENCIES = (Severity.CAUTION, Severity.SERIOUS, Severity.CRITICAL)


def _outside(band: Band, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell where values are outside; NaN never is."""
    outside = np.zeros(values.shape, np.bool_)
    if band.lo is not None:
        outside |= values < band.lo if band.lo_inclusive else values <= band.lo
    if band.hi is not None:
        outside |= values > band.hi if band.hi_inclusive else values >= band.hi
    return outside


def severity(
    limits: Limits | None, values: NDArray[np.float64], calibration: Calibration | None = None
) -> NDArray[np.uint8]:
    """Return the ``Severity`` of each engineering value, with no memory; NaN is normal.

    The most urgent band that a value leaves decides, whatever the other bands say; so does the most urgent of
    band and state. ``calibration`` tells the labels of states.
    """
    return (
        np.zeros(values.shape, np.uint8) if limits is None else Judge([limits], calibration).severity(values)
    )


def left(levels: Iterable[Level], value: float) -> list[Level]:
    """Return the levels whose band a value leaves, the mildest first; NaN leaves none."""
    at = np.array([value])
    return [level for level in levels if _outside(level.band, at)[0]]


class Judge:
    """Tells severities of one parameter's values by its limits, in each context by its own.

    Row by row ``which`` chooses one of the sets, as ``decoders.contexts.chosen`` counts: 0 is the first.
    """

    def __init__(self, sets: Sequence[Limits], calibration: Calibration | None = None) -> None:
        self.sets = tuple(sets)
        self._tests = [_Test(each, calibration) for each in self.sets]

    @classmethod
    def of(cls, parameter: Parameter) -> Judge:
        """Return the judge of a parameter's values."""
        return cls(parameter.limit_sets, parameter.calibration)

    @classmethod
    def of_rates(cls, parameter: Parameter) -> Judge | None:
        """Return the judge of a parameter's changes per second; ``None`` where nothing limits them."""
        sets = [each.rate or Limits() for each in parameter.limit_sets]
        return cls(sets) if any(each.says_something for each in sets) else None

    def severity(
        self, values: NDArray[np.float64], which: NDArray[np.intp] | None = None
    ) -> NDArray[np.uint8]:
        """Return the ``Severity`` of each value, with no memory; NaN is normal."""
        if which is None or not len(which):
            return self._tests[0].severity(values)
        if (which == which[0]).all():
            return self._tests[int(which[0])].severity(values)
        result = np.zeros(values.shape, np.uint8)
        for number in np.unique(which).tolist():
            here = which == number
            result[here] = self._tests[number].severity(values[here])
        return result


class _Test:
    """One set of limits, looked through once."""

    def __init__(self, limits: Limits, calibration: Calibration | None) -> None:
        self._levels = [(level.severity, level.band) for level in limits.levels]
        sides = [(band.lo, band.hi) for _, band in self._levels]
        self._lowest = max((lo for lo, _ in sides if lo is not None), default=-math.inf)
        self._highest = min((hi for _, hi in sides if hi is not None), default=math.inf)
        self._states = None
        if limits.states or limits.other_states:
            self._states = _States(limits, calibration)

    def severity(self, values: NDArray[np.float64]) -> NDArray[np.uint8]:
        result = np.zeros(values.shape, np.uint8)
        if values.size and not (values.min() > self._lowest and values.max() < self._highest):
            for urgency, band in self._levels:
                result[_outside(band, values)] = urgency
        if self._states is not None:
            np.maximum(result, self._states.severity(values), out=result)
        return result


class _States:
    """Severities of labels as those of numbers."""

    def __init__(self, limits: Limits, calibration: Calibration | None) -> None:
        self._other = limits.other_states
        self._numbers: list[tuple[int, NDArray[np.float64]]] = []
        self._ranges: list[tuple[int, int, int]] = []
        listed: dict[int, list[int]] = {}
        for state, urgency in limits.states:
            numbers, ranges = numbers_of(state, calibration)
            listed.setdefault(int(urgency), []).extend(numbers)
            self._ranges += [(first, last, int(urgency)) for first, last in ranges]
        for number, found in listed.items():
            self._numbers.append((number, np.array(found, np.float64)))

    def severity(self, values: NDArray[np.float64]) -> NDArray[np.uint8]:
        result = np.full(values.shape, self._other, np.uint8)
        for first, last, of_range in self._ranges:
            result[(values >= first) & (values <= last)] = of_range
        for urgency, numbers in self._numbers:
            result[np.isin(values, numbers)] = urgency
        result[np.isnan(values)] = Severity.NORMAL
        return result


def numbers_of(state: str, calibration: Calibration | None) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the raw values, and the ranges of them, that a state names by its label or by its digits."""
    numbers: list[int] = []
    ranges: list[tuple[int, int]] = []
    if isinstance(calibration, Enumeration):
        numbers = [number for number, label in calibration.labels.items() if label == state]
        ranges = [(first, last) for first, last, label in calibration.ranges if label == state]
    if not numbers and not ranges:
        with contextlib.suppress(ValueError):
            numbers = [int(state.removesuffix("?"), 0)]
    return numbers, ranges


def _narrowed(band: Band | None, margin: float) -> Band | None:
    """Return the band a value has to be back inside before its violation ends."""
    if band is None:
        return None
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
    bands = [level.band for level in limits.levels]
    for band in bands:
        if band.lo is not None and band.hi is not None:
            return abs(band.hi - band.lo) * limits.deadband_fraction
    sides = [abs(side) for band in bands for side in (band.lo, band.hi) if side is not None]
    return sides[0] * limits.deadband_fraction if sides else 0.0


def _back(limits: Limits) -> Limits:
    """Return the limits less the deadband; a state has none."""
    margin = deadband(limits)
    caution, serious, critical, watch, severe = (
        _narrowed(band, margin)
        for band in (limits.caution, limits.serious, limits.critical, limits.watch, limits.severe)
    )
    return Limits(
        caution, serious, critical, watch=watch, severe=severe, states=limits.states,
        other_states=limits.other_states,
    )  # fmt: skip


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

    State is kept from batch to batch. NaN samples are passed over: they neither raise nor clear. Where the
    context changes, the limits of the new one decide from that sample on; violations are counted through.
    """

    def __init__(
        self,
        limits: Limits | Judge,
        severity: Severity = Severity.NORMAL,
        calibration: Calibration | None = None,
    ) -> None:
        self.judge = Judge([limits], calibration) if isinstance(limits, Limits) else limits
        self.severity = severity
        self._counts = [0] * len(_URGENCIES)
        self._back = Judge([_back(each) for each in self.judge.sets], calibration)

    @classmethod
    def of(cls, parameter: Parameter, severity: Severity = Severity.NORMAL) -> Persistence:
        """Return that of a parameter's values; ``severity`` stands already."""
        return cls(Judge.of(parameter), severity, parameter.calibration)

    def feed(self, values: NDArray[np.float64], which: NDArray[np.intp] | None = None) -> list[Transition]:
        """Take samples in their order and return the changes they brought, oldest first.

        ``which`` chooses the limits of each sample, as in ``Judge``.
        """
        values = np.atleast_1d(np.asarray(values, np.float64)).ravel()
        now = self.judge.severity(values, which)
        if self.severity == Severity.NORMAL and not now.any():
            if not np.isnan(values).all():
                self._counts = [0] * len(_URGENCIES)
            return []
        held = self._back.severity(values, which)
        missing = np.isnan(values)
        changes: list[Transition] = []
        for row in range(len(values)):
            if missing[row]:
                continue
            limits = self.judge.sets[0 if which is None else which[row]]
            new = self._step(int(now[row]), int(held[row]), limits.min_violations)
            if new != self.severity:
                changes.append(Transition(row, new, self.severity, float(values[row])))
                self.severity = new
        return changes

    def _step(self, violated: int, held: int, min_violations: int) -> Severity:
        """Count one sample: ``violated`` by the bands, ``held`` by the bands less the deadband."""
        risen = Severity.NORMAL
        for i, urgency in enumerate(_URGENCIES):
            self._counts[i] = self._counts[i] + 1 if violated >= urgency else 0
            if self._counts[i] >= min_violations:
                risen = urgency
        return max(risen, min(self.severity, Severity(held)))
