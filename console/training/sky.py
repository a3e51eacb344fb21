"""Where the simulated spacecraft is: SGP4, the Earth's turn, its shadow, and the path to a station."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.mission import Station

LIGHT_KM_S = 299_792.458
EARTH_TURN_RAD_S = 7.292_115_9e-5
EQUATOR_KM = 6378.137
ECCENTRICITY_2 = 0.006_694_379_990_14
"""WGS 84: equatorial radius, and the square of the first eccentricity."""
_UNIX_EPOCH_JD = 2_440_587.5


@dataclass(frozen=True, slots=True)
class Orbit:
    """An orbit from a two-line element set."""

    satellite: Any

    @classmethod
    def from_tle(cls, text: str) -> Orbit:
        """Read the last two lines of a TLE file."""
        from sgp4.api import Satrec

        lines = [line for line in text.splitlines() if line[:2] in ("1 ", "2 ")]
        return cls(Satrec.twoline2rv(lines[0], lines[1]))

    def ecef(self, t_ns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return Earth-fixed position (km) and velocity (km/s); UT1 is taken as UTC."""
        jd, fraction = _julian(t_ns)
        error, r, v = self.satellite.sgp4(jd, fraction)
        if error:
            raise ValueError(f"SGP4 gives error {error} at {t_ns} ns")
        angle = sidereal_angle(t_ns)
        turn = np.array([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
        position = turn @ np.array(r)
        velocity = turn @ np.array(v) - np.cross([0, 0, EARTH_TURN_RAD_S], position)
        return position, velocity


def _julian(t_ns: int) -> tuple[float, float]:
    days, rest = divmod(t_ns, 86_400_000_000_000)
    return _UNIX_EPOCH_JD + days, rest / 86_400e9


def sidereal_angle(t_ns: int) -> float:
    """Return Greenwich mean sidereal time in radians (IAU 1982; Vallado, 4th ed., eq. 3-47)."""
    jd, fraction = _julian(t_ns)
    t = (jd + fraction - 2_451_545.0) / 36_525.0
    seconds = 67_310.548_41 + (876_600 * 3600 + 8_640_184.812_866) * t + 0.093_104 * t**2 - 6.2e-6 * t**3
    return float(np.radians(seconds / 240.0 % 360.0))


def sun_direction(t_ns: int) -> NDArray[np.float64]:
    """Return the Sun's direction in Earth-fixed axes (Astronomical Almanac, low precision, 0.01°)."""
    jd, fraction = _julian(t_ns)
    n = jd + fraction - 2_451_545.0
    mean, anomaly = np.radians(280.460 + 0.985_647_4 * n), np.radians(357.528 + 0.985_600_3 * n)
    longitude = mean + np.radians(1.915) * np.sin(anomaly) + np.radians(0.020) * np.sin(2 * anomaly)
    tilt = np.radians(23.439 - 4e-7 * n)
    x, y, z = np.cos(longitude), np.cos(tilt) * np.sin(longitude), np.sin(tilt) * np.sin(longitude)
    angle = sidereal_angle(t_ns)
    return np.array([np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x, z])


def in_eclipse(position_km: NDArray[np.float64], t_ns: int) -> bool:
    """Whether a place is in the Earth's shadow, taken as a cylinder."""
    sun = sun_direction(t_ns)
    along = float(position_km @ sun)
    return along < 0 and float(np.linalg.norm(position_km - along * sun)) < EQUATOR_KM


def look(
    station: Station, position_km: NDArray[np.float64], velocity_km_s: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Return elevation (deg), range (km) and range rate (km/s) from a station on WGS 84."""
    latitude, longitude = np.radians(station.latitude_deg), np.radians(station.longitude_deg)
    up = np.array(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)]
    )
    curvature = EQUATOR_KM / np.sqrt(1 - ECCENTRICITY_2 * np.sin(latitude) ** 2)
    height = station.altitude_m / 1000.0
    place = np.array([(curvature + height) * up[0], (curvature + height) * up[1], 0.0])
    place[2] = (curvature * (1 - ECCENTRICITY_2) + height) * np.sin(latitude)
    line = position_km - place
    distance = float(np.linalg.norm(line))
    elevation = float(np.degrees(np.arcsin(line @ up / distance)))
    return elevation, distance, float(line @ velocity_km_s) / distance


def altitude_m(position_m: NDArray[np.float64]) -> float:
    """Return the height above the WGS 84 ellipsoid (Bowring's formula, below 1 mm in low orbit)."""
    x, y, z = (float(each) for each in position_m)
    a, e2 = 1000.0 * EQUATOR_KM, ECCENTRICITY_2
    b = a * np.sqrt(1 - e2)
    p = float(np.hypot(x, y))
    theta = np.arctan2(z * a, p * b)
    latitude = np.arctan2(z + e2 / (1 - e2) * b * np.sin(theta) ** 3, p - e2 * a * np.cos(theta) ** 3)
    return float(p * np.cos(latitude) + z * np.sin(latitude) - a * np.sqrt(1 - e2 * np.sin(latitude) ** 2))
