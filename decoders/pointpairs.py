"""Engineering values between calibration points."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from decoders.mission.model import PointPairs


class Stretches(NamedTuple):
    """What is computed once of a calibration: each point and the slope of the stretch behind it.

    The last point has the slope of the stretch before it, so that it is met exactly and extrapolated from.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    slope: NDArray[np.float64]


@lru_cache(maxsize=1024)
def stretches(points: PointPairs) -> Stretches:
    """Return the stretches of a calibration; ``order`` 0 has no slopes."""
    x, y = np.array(points.points, np.float64).reshape(-1, 2).T
    with np.errstate(all="ignore"):
        slope = np.diff(y) / np.diff(x) if points.order else np.zeros(max(len(x) - 1, 0))
    return Stretches(x, y, np.append(slope, slope[-1:]) if len(slope) else np.zeros(len(x)))


def raw_of(points: PointPairs, value: float) -> float:
    """Return a raw value that stands for an engineering value; that of the nearest point outside them."""
    x, y, _ = stretches(points)
    order = np.argsort(y, kind="stable")
    return float(np.interp(value, y[order], x[order]))


def interpolated(points: PointPairs, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the engineering values, of the same shape; NaN where the points give none."""
    x, y, slope = stretches(points)
    if not len(x):
        return np.full(values.shape, np.nan)
    at = np.maximum(np.searchsorted(x, values, "right") - 1, 0)
    with np.errstate(all="ignore"):
        result: NDArray[np.float64] = y[at] + (values - x[at]) * slope[at]
        if not points.order:
            result = np.where(np.isnan(values), np.nan, y[at])
        if not points.extrapolate:
            result = np.where((values < x[0]) | (values > x[-1]), np.nan, result)
    return result
