"""The change of a parameter per second, as its rate limits judge it."""

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
        self._generation_ns = self._reception_ns = NO_TIME

    def feed(
        self,
        values: NDArray[np.float64],
        generation_ns: NDArray[np.int64],
        reception_ns: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Return the rate of each value; times are int64 ns, ``NO_TIME`` where missing."""
        rates = np.full(values.shape, np.nan)
        there = np.flatnonzero(np.isfinite(values))
        if not len(there):
            return rates
        found = np.concatenate(([self._value], values[there]))
        elapsed_s = np.full(len(there), np.nan)
        generation = np.concatenate((np.array([self._generation_ns], np.int64), generation_ns[there]))
        reception = np.concatenate((np.array([self._reception_ns], np.int64), reception_ns[there]))
        for times in (reception, generation):
            known = (times[1:] != NO_TIME) & (times[:-1] != NO_TIME)
            elapsed_s[known] = np.diff(times)[known] / 1e9
        with np.errstate(all="ignore"):
            rates[there] = np.where(elapsed_s > 0, np.diff(found) / elapsed_s, np.nan)
        self._value = float(found[-1])
        self._generation_ns, self._reception_ns = int(generation[-1]), int(reception[-1])
        return rates
