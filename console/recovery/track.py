"""Where the capsule says it is: positions in ECEF turned into fixes on the WGS 84 ellipsoid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import pyproj
from numpy.typing import NDArray

from console.mission import Mission, Vehicle
from decoders.calibration import label
from decoders.engineering import engineering, engineering_one
from decoders.mission.model import Enumeration

LOWEST_RADIUS_M, HIGHEST_RADIUS_M = 6_340_000.0, 8_500_000.0
"""A position deeper than any sea or higher than any low orbit is none."""
SPACE_ABOVE_M = 120_000.0
"""The usual entry interface: above it the point on the map is below an orbit, not on a way down."""

Floats = NDArray[np.float64]
Doubt = Literal["", "no fix", "implausible"]


@dataclass(frozen=True, slots=True)
class Fix:
    """One position; ``doubt`` says why it is shown and not used. Times are mission time in ns."""

    t_ns: int
    latitude_deg: float
    longitude_deg: float
    altitude_m: float
    """Above the ellipsoid."""
    speed_m_s: float = math.nan
    """Over the rotating Earth."""
    climb_m_s: float = math.nan
    course_deg: float = math.nan
    satellites: int | None = None
    mode: str = ""
    """How the receiver calls its fix, ``3D``."""
    doubt: Doubt = ""

    @property
    def in_space(self) -> bool:
        """Whether the point below it is no landing place."""
        return self.altitude_m > SPACE_ABOVE_M


@dataclass(frozen=True, slots=True)
class Track:
    """Fixes that can be used, oldest first; arrays of one length."""

    t_ns: NDArray[np.int64]
    latitude_deg: Floats
    longitude_deg: Floats
    altitude_m: Floats

    def until(self, t_ns: int) -> Track:
        """Return the fixes up to an instant."""
        end = int(np.searchsorted(self.t_ns, t_ns, "right"))
        return Track(
            self.t_ns[:end], self.latitude_deg[:end], self.longitude_deg[:end], self.altitude_m[:end]
        )

    def last(self) -> Fix | None:
        """Return the newest fix; its speed is not known."""
        if not len(self.t_ns):
            return None
        b, a, height = (float(each[-1]) for each in (self.latitude_deg, self.longitude_deg, self.altitude_m))
        return Fix(int(self.t_ns[-1]), b, a, height)

    def breaks(self, period_s: float) -> NDArray[np.int64]:
        """Return where fixes are missing: the first index behind each gap.

        A gap is longer than three periods, and longer than the steps beside it, for a thinned track has
        long steps everywhere.
        """
        steps = np.diff(self.t_ns)
        if not len(steps):
            return np.empty(0, np.int64)
        around = np.pad(steps, 1)
        usual = 2 * np.maximum(around[:-2], around[2:])
        return np.nonzero((steps > 3e9 * period_s) & (steps > usual))[0] + 1


NO_TRACK = Track(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0))


def geodetic(position_m: Floats) -> tuple[Floats, Floats, Floats]:
    """Return latitude and longitude (degrees) and height (m) over WGS 84 of ECEF positions, shape (n, 3)."""
    x, y, z = (np.ascontiguousarray(position_m[..., axis], np.float64) for axis in range(3))
    longitude, latitude, height = _to_geodetic().transform(x, y, z)
    return latitude, longitude, height


def plausible(position_m: Floats) -> NDArray[np.bool_]:
    """Return which ECEF positions, shape (n, 3), can be those of a capsule."""
    radius = np.linalg.norm(position_m, axis=-1)
    return np.asarray(np.isfinite(radius) & (radius > LOWEST_RADIUS_M) & (radius < HIGHEST_RADIUS_M))


def fix_of(mission: Mission, vehicle: Vehicle, raw: Mapping[str, Any], t_ns: int) -> Fix | None:
    """Return the fix in a packet's raw values; None where they hold no position of the vehicle."""
    if not vehicle.position_ecef_m or any(name not in raw for name in vehicle.position_ecef_m):
        return None
    position = np.array([_value(mission, name, raw) for name in vehicle.position_ecef_m])
    satellites = int(raw[vehicle.gnss_satellites]) if vehicle.gnss_satellites in raw else None
    mode, no_fix = "", False
    if vehicle.gnss_fix in raw:
        value, told = int(raw[vehicle.gnss_fix]), mission.home(vehicle.gnss_fix)[1].calibration
        mode, no_fix = label(told, value) if isinstance(told, Enumeration) else "", value == 0
    if not plausible(position):
        doubt: Doubt = "no fix" if no_fix else "implausible"
        return Fix(t_ns, math.nan, math.nan, math.nan, satellites=satellites, mode=mode, doubt=doubt)
    latitude, longitude, height = (float(each[0]) for each in geodetic(position[None]))
    speed = climb = course = math.nan
    if vehicle.velocity_ecef_ms and all(name in raw for name in vehicle.velocity_ecef_ms):
        velocity = np.array([_value(mission, name, raw) for name in vehicle.velocity_ecef_ms])
        east, north, climb = (float(v) for v in east_north_up(latitude, longitude) @ velocity)
        speed, course = float(np.linalg.norm(velocity)), math.degrees(math.atan2(east, north)) % 360
    doubt = "no fix" if no_fix else ""
    return Fix(t_ns, latitude, longitude, height, speed, climb, course, satellites, mode, doubt)


def track_of(
    mission: Mission, vehicle: Vehicle, raw: Mapping[str, NDArray[Any]], t_ns: NDArray[np.int64]
) -> Track:
    """Return the usable positions in columns of raw values, in the order of their times."""
    if not vehicle.position_ecef_m or any(name not in raw for name in vehicle.position_ecef_m):
        return NO_TRACK
    axes = [engineering(*mission.home(name), raw) for name in vehicle.position_ecef_m]
    position = np.stack(axes, axis=-1)
    good = plausible(position)
    if vehicle.gnss_fix in raw:
        good &= raw[vehicle.gnss_fix] != 0
    order = np.argsort(t_ns[good], kind="stable")
    latitude, longitude, height = geodetic(position[good][order])
    return Track(t_ns[good][order].astype(np.int64), latitude, longitude, height)


def east_north_up(latitude_deg: float, longitude_deg: float) -> Floats:
    """Return the rotation from ECEF to local east, north and up, shape (3, 3)."""
    b, a = math.radians(latitude_deg), math.radians(longitude_deg)
    return np.array(
        [
            [-math.sin(a), math.cos(a), 0.0],
            [-math.sin(b) * math.cos(a), -math.sin(b) * math.sin(a), math.cos(b)],
            [math.cos(b) * math.cos(a), math.cos(b) * math.sin(a), math.sin(b)],
        ]
    )


def _value(mission: Mission, name: str, raw: Mapping[str, Any]) -> float:
    return engineering_one(*mission.home(name), raw)


@cache
def _to_geodetic() -> pyproj.Transformer:
    return pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +inv +proj=cart +ellps=WGS84 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
