"""Ships and aircraft of the recovery: where they are, and how far from a place.

Geodesics on WGS 84 are PROJ's (Karney, "Algorithms for geodesics", J. Geodesy 87, 2013).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import NDArray

from console.mission import Asset
from decoders.timecode import parse_utc

KNOT_M_S = 1852.0 / 3600.0
GEOD = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True)
class AssetPosition:
    """Where an asset is; it last told at ``known_ns`` (mission time) and is held to stay there since."""

    latitude_deg: float
    longitude_deg: float
    known_ns: int
    course_deg: float = 0.0
    moving: bool = False


@dataclass(frozen=True, slots=True)
class Approach:
    """From an asset to a place: geodesic, true bearing at the asset, and time at the asset's speed."""

    range_m: float
    bearing_deg: float
    takes_s: float | None
    """None where the asset's speed is not known."""


def position_of(asset: Asset, t_ns: int) -> AssetPosition | None:
    """Return where an asset is at an instant, along the geodesic between two points of its track.

    Before its first point nothing is known of it (None); behind its last it is held to stay there.
    """
    times = [parse_utc(point.utc) for point in asset.track]
    before = [i for i, at in enumerate(times) if at <= t_ns]
    if not before:
        return None
    i = max(before, key=lambda each: times[each])
    here = asset.track[i]
    after = [j for j, at in enumerate(times) if at > t_ns]
    if not after:
        return AssetPosition(here.latitude_deg, here.longitude_deg, times[i])
    j = min(after, key=lambda each: times[each])
    there = asset.track[j]
    bearing, _, length = GEOD.inv(
        here.longitude_deg, here.latitude_deg, there.longitude_deg, there.latitude_deg
    )
    if length < 1.0:
        return AssetPosition(here.latitude_deg, here.longitude_deg, t_ns)
    share = (t_ns - times[i]) / (times[j] - times[i])
    longitude, latitude, back = GEOD.fwd(here.longitude_deg, here.latitude_deg, bearing, share * length)
    return AssetPosition(latitude, longitude, t_ns, (back + 180.0) % 360.0, True)


def approach(asset: Asset, at: AssetPosition, latitude_deg: float, longitude_deg: float) -> Approach:
    """Return range, bearing and time of an asset to a place."""
    bearing, _, length = GEOD.inv(at.longitude_deg, at.latitude_deg, longitude_deg, latitude_deg)
    takes_s = length / (asset.speed_kn * KNOT_M_S) if asset.speed_kn > 0 else None
    return Approach(float(length), float(bearing) % 360.0, takes_s)


def geodesic(
    from_deg: tuple[float, float], to_deg: tuple[float, float], points: int = 48
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitudes and latitudes along the geodesic between two (longitude, latitude), ends included."""
    line = GEOD.inv_intermediate(
        *from_deg, *to_deg, npts=points, initial_idx=0, terminus_idx=0, return_back_azimuth=False
    )
    return np.array(line.lons), np.array(line.lats)


def circle(
    longitude_deg: float, latitude_deg: float, radius_m: float, points: int = 72
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitudes and latitudes of a closed circle around a place."""
    bearings = np.linspace(0.0, 360.0, points + 1)
    longitudes, latitudes, _ = GEOD.fwd(
        np.full_like(bearings, longitude_deg), np.full_like(bearings, latitude_deg), bearings,
        np.full_like(bearings, radius_m),
    )  # fmt: skip
    return np.asarray(longitudes), np.asarray(latitudes)
