"""The change of a parameter per second, and the time from row to row that it is told by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from decoders.shapes import NO_TIME


class Rates:
    """Changes per second from each value to the next, batch after batch.

    A missing value is passed over: the next one is compared with the one before it. Time is that of
    generation where both values have it, else of reception. Where it does not go on there is no rate (NaN),
    as for the first value.
    """

    def __init__(self) -> None:
        self._value = float("nan")
        self._before = (NO_TIME, NO_TIME)

    def feed(
        self,
        values: NDArray[np.float64],
        generation_ns: NDArray[np.int64],
        reception_ns: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Return the rate of each value; times are int64 ns, ``NO_TIME`` where missing."""
        rates = np.full(values.shape, np.nan)
        finite = np.isfinite(values)
        if not finite.all():
            values, generation_ns, reception_ns = values[finite], generation_ns[finite], reception_ns[finite]
        if not len(values):
            return rates
        seconds = elapsed_s(generation_ns, reception_ns, self._before)
        with np.errstate(all="ignore"):
            found = _steps(values, self._value) / seconds
        found[~(seconds > 0)] = np.nan
        rates[finite] = found
        self._value = float(values[-1])
        self._before = int(generation_ns[-1]), int(reception_ns[-1])
        return rates


def elapsed_s(
    generation_ns: NDArray[np.int64], reception_ns: NDArray[np.int64], before: tuple[int, int]
) -> NDArray[np.float64]:
    """Return the seconds since the row before, of generation where both rows tell it, else of reception.

    ``before`` is generation and reception of the row before the first; NaN where nobody knows.
    """
    seconds = np.full(len(reception_ns), np.nan)
    if not len(seconds):
        return seconds
    if before[0] != NO_TIME and generation_ns.min() != NO_TIME:
        return _steps(generation_ns, before[0]) / 1e9
    for times, first in ((reception_ns, before[1]), (generation_ns, before[0])):
        known = times != NO_TIME
        known[1:] &= known[:-1].copy()
        known[0] &= first != NO_TIME
        seconds[known] = _steps(times, first)[known] / 1e9
    return seconds


def _steps(values: NDArray, first: float) -> NDArray:
    """Return the difference of each value to the one before; ``first`` is before the first."""
    steps = np.empty_like(values)
    steps[:1] = values[:1] - first
    np.subtract(values[1:], values[:-1], out=steps[1:])
    return steps
