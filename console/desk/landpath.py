"""Land around a place as one path in metres of an azimuthal equidistant projection."""

from __future__ import annotations

import math

import numpy as np
import pyproj
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainterPath, QPolygonF

from console.recovery.coastlines import Coast, odd_crossings

EARTH_RADIUS_M = 6_371_000.0
RIM_M = 19_400_000.0
"""Behind it the far side of the Earth is drawn on the rim of the disc."""

Floats = NDArray[np.float64]
Place = tuple[float, float]
"""Longitude and latitude in degrees."""


def land_path(
    rings: Coast, centre: Place, radius_m: float, projection: pyproj.Proj, metres_per_px: float
) -> QPainterPath:
    """Return land around a place in metres of a projection; vertices closer than half a pixel are dropped."""
    keep = np.nonzero(rings.near(*centre, min(radius_m / EARTH_RADIUS_M, math.pi)))[0]
    ring_of = np.searchsorted(rings.rings, keep, side="right") - 1
    x, y = project(projection, rings.longitude_deg[keep], rings.latitude_deg[keep])
    x, y, ring_of = _round_the_far_point(x, y, ring_of, min(radius_m, 0.8 * RIM_M))
    grid = np.rint(np.stack((x, y), axis=1) / (0.5 * metres_per_px))
    fresh = np.ones(len(x), bool)
    fresh[1:] = (np.diff(grid, axis=0) != 0).any(axis=1) | (np.diff(ring_of) != 0)
    x, y, ring_of = x[fresh], y[fresh], ring_of[fresh]
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    edges = np.nonzero(np.diff(ring_of))[0] + 1
    at_x, at_y = _emptiest(x, y, 0.3 * min(radius_m, RIM_M))
    filled = False
    for part_x, part_y in zip(np.split(x, edges), np.split(y, edges), strict=True):
        if len(part_x) > 2:
            points = zip(part_x.tolist(), part_y.tolist(), strict=True)
            path.addPolygon(QPolygonF([QPointF(a, b) for a, b in points]))
            path.closeSubpath()
            filled ^= odd_crossings(part_x, part_y, at_x, at_y)
    longitude, latitude = projection(at_x, at_y, inverse=True)
    if filled != rings.is_land(float(longitude), float(latitude)):
        # A ring round the far point is drawn inside out, one all round the view not at all: turn it back
        path.addEllipse(QPointF(0, 0), RIM_M, RIM_M)
    return path


def _round_the_far_point(
    x: Floats, y: Floats, ring_of: NDArray[np.int64], radius_m: float
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return rings whose edges behind a radius go round it: straight ones would cut through the view."""
    azimuth, away = np.arctan2(y, x), np.hypot(x, y)
    turn = (np.diff(azimuth) + np.pi) % (2 * np.pi) - np.pi
    far = (away[:-1] > radius_m) & (away[1:] > radius_m) & (np.diff(ring_of) == 0)
    more = np.where(far, np.abs(turn) // 0.3, 0).astype(np.int64)
    at = np.repeat(np.arange(len(more)), more)
    number = np.arange(len(at)) - np.repeat(np.cumsum(more) - more, more)
    share = (number + 1) / (more[at] + 1)
    new_azimuth = azimuth[at] + share * turn[at]
    new_away = (1 - share) * away[at] + share * away[at + 1]
    return (
        np.insert(x, at + 1, new_away * np.cos(new_azimuth)),
        np.insert(y, at + 1, new_away * np.sin(new_azimuth)),
        np.insert(ring_of, at + 1, ring_of[at]),
    )


def _emptiest(x: Floats, y: Floats, radius_m: float) -> tuple[float, float]:
    """Return a place near the middle, one that is far from all shores."""
    angles = np.linspace(0.0, 2.0 * np.pi, 8, endpoint=False)
    places = [
        (0.0, 0.0),
        *zip((radius_m * np.cos(angles)).tolist(), (radius_m * np.sin(angles)).tolist(), strict=True),
    ]
    return max(places, key=lambda at: float(np.hypot(x - at[0], y - at[1]).min(initial=np.inf)))


def projection_around(centre: Place) -> pyproj.Proj:
    """Return the projection whose centre is a place."""
    return pyproj.Proj(proj="aeqd", lon_0=centre[0], lat_0=centre[1], ellps="WGS84")


def project(projection: pyproj.Proj, longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """Return metres east and north of the projection's centre, nothing behind the rim."""
    x, y = projection(np.asarray(longitude, np.float64), np.asarray(latitude, np.float64))
    far = np.hypot(x, y)
    if not (far < RIM_M).all():  # behind the rim, or nowhere
        x, y = np.nan_to_num(x, posinf=RIM_M, neginf=-RIM_M), np.nan_to_num(y, posinf=RIM_M, neginf=-RIM_M)
        shrink = np.minimum(1.0, RIM_M / np.maximum(np.hypot(x, y), 1.0))
        x, y = x * shrink, y * shrink
    return x, y
