"""Where a spacecraft is and how a station sees it: SGP4, the Earth's turn, the Sun, azimuth and elevation.

Instants are int64 ns UTC, one or an array of them; vectors have their three axes last. UT1 is taken as
UTC (they differ by less than 0.9 s, in which the equator turns 0.4 km) and polar motion is left out (10 m):
an AOS in low orbit moves by less than 0.1 s, far below what a TLE is good for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.mission import Station
from decoders.timecode import utc_text

LIGHT_KM_S = 299_792.458
EARTH_TURN_RAD_S = 7.292_115_9e-5
EQUATOR_KM = 6378.137
ECCENTRICITY_2 = 0.006_694_379_990_14
"""WGS 84: equatorial radius, and the square of the first eccentricity."""
DAY_NS = 86_400_000_000_000
_UNIX_EPOCH_JD = 2_440_587.5
_TLE_COLUMNS = 69

Floats = NDArray[np.float64]
Instants = int | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Orbit:
    """An orbit from a two-line element set. SGP4 writes into its record: use one in one thread only."""

    satellite: Any
    epoch_ns: int
    """The instant that the elements hold for."""

    @classmethod
    def from_tle(cls, text: str) -> Orbit:
        """Read the last element set of a TLE text; names before it and catalogue numbers in Alpha-5 are fine.

        Raises ``ValueError`` naming the line that is missing, cut, mistyped (checksum) or no number.
        """
        from sgp4.api import SGP4_ERRORS, Satrec

        lines = [line.rstrip() for line in text.splitlines()]
        starts = [i for i, line in enumerate(lines) if line.startswith("1 ")]
        if not starts:
            raise ValueError('this is no TLE: no line begins with "1 "')
        first, second = (*lines[starts[-1] :], "")[:2]
        _check_tle_line(first, 1)
        _check_tle_line(second, 2)
        if first[2:7] != second[2:7]:
            raise ValueError(f"TLE lines 1 and 2 are of different objects: {first[2:7]} and {second[2:7]}")
        satellite = Satrec.twoline2rv(first, second)
        if satellite.error:
            reason = SGP4_ERRORS.get(satellite.error, f"error {satellite.error}")
            raise ValueError(f"SGP4 refuses the TLE of {first[2:7]}: {reason}")
        days = satellite.jdsatepoch - _UNIX_EPOCH_JD
        return cls(satellite, round(days * 86_400) * 1_000_000_000 + round(satellite.jdsatepochF * DAY_NS))

    def ecef(self, t_ns: Instants) -> tuple[Floats, Floats]:
        """Return Earth-fixed position (km) and velocity (km/s), of shape (3,) or (n, 3).

        TEME is turned by mean sidereal time into the Earth-fixed frame (Vallado et al., AIAA 2006-6753,
        appendix C). Raises ``ValueError`` where SGP4 gives up: past the epoch, the orbit has decayed.
        """
        jd, fraction = _julian(t_ns)
        errors, r, v = self.satellite.sgp4_array(np.atleast_1d(jd), np.atleast_1d(fraction))
        if errors.any():
            first = int(np.argmax(errors != 0))
            raise ValueError(self._lost(int(np.atleast_1d(t_ns)[first]), int(errors[first])))
        if np.ndim(t_ns) == 0:
            r, v = r[0], v[0]
        angle = sidereal_angle(t_ns)
        position, velocity = _turn(r, angle), _turn(v, angle)
        velocity[..., 0] += EARTH_TURN_RAD_S * position[..., 1]
        velocity[..., 1] -= EARTH_TURN_RAD_S * position[..., 0]
        return position, velocity

    def _lost(self, t_ns: int, error: int) -> str:
        from sgp4.api import SGP4_ERRORS

        when = f"{utc_text(t_ns)[:19]}Z"
        if t_ns > self.epoch_ns:
            return f"this orbit has decayed by {when} (SGP4: {SGP4_ERRORS[error]})"
        return f"SGP4 cannot follow this orbit back to {when}: {SGP4_ERRORS[error]}"


def _check_tle_line(line: str, number: int) -> None:
    from sgp4.io import compute_checksum

    if not line.startswith(f"{number} "):
        raise ValueError(f"TLE line {number} is missing")
    if len(line) < _TLE_COLUMNS:
        raise ValueError(f"TLE line {number} ends at column {len(line)}, not {_TLE_COLUMNS}")
    if not line.isascii() or line[68] != str(compute_checksum(line)):
        raise ValueError(f"TLE line {number} is mistyped: its checksum is not {line[68]}")
    columns = ((18, 32),) if number == 1 else ((8, 16), (17, 25), (26, 33), (34, 42), (43, 51), (52, 63))
    for start, end in columns:
        try:
            float(line[start:end])
        except ValueError:
            words = f"TLE line {number}, columns {start + 1} to {end}: {line[start:end]!r} is no number"
            raise ValueError(words) from None


def _julian(t_ns: Instants) -> tuple[Floats, Floats]:
    days, rest = np.divmod(np.asarray(t_ns, np.int64), DAY_NS)
    return _UNIX_EPOCH_JD + days, rest / 86_400e9


def sidereal_angle(t_ns: Instants) -> Floats:
    """Return Greenwich mean sidereal time in radians (IAU 1982; Vallado, 4th ed., eq. 3-47)."""
    jd, fraction = _julian(t_ns)
    t = (jd + fraction - 2_451_545.0) / 36_525.0
    seconds = 67_310.548_41 + (876_600 * 3600 + 8_640_184.812_866) * t + 0.093_104 * t**2 - 6.2e-6 * t**3
    return np.asarray(np.radians(seconds / 240.0 % 360.0))


def _turn(vectors: Floats, angle: Floats) -> Floats:
    """Turn vectors (…, 3) from inertial axes into those of an Earth that has turned by ``angle``."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([cos * x + sin * y, cos * y - sin * x, z], axis=-1)


def sun_direction(t_ns: Instants) -> Floats:
    """Return the Sun's direction in Earth-fixed axes (Astronomical Almanac, low precision, 0.01°)."""
    jd, fraction = _julian(t_ns)
    n = jd + fraction - 2_451_545.0
    mean, anomaly = np.radians(280.460 + 0.985_647_4 * n), np.radians(357.528 + 0.985_600_3 * n)
    longitude = mean + np.radians(1.915) * np.sin(anomaly) + np.radians(0.020) * np.sin(2 * anomaly)
    tilt = np.radians(23.439 - 4e-7 * n)
    axes = np.cos(longitude), np.cos(tilt) * np.sin(longitude), np.sin(tilt) * np.sin(longitude)
    return _turn(np.stack(axes, axis=-1), sidereal_angle(t_ns))


def shadow_depth_km(position_km: Floats, t_ns: Instants) -> Floats:
    """Return how deep a place is in the Earth's shadow, negative in sunlight.

    The shadow is a cylinder as wide as the equator; the true one has an edge of half-light, 8 s in low orbit.
    """
    sun = sun_direction(t_ns)
    along = (position_km * sun).sum(axis=-1)
    aside = np.linalg.norm(position_km - along[..., None] * sun, axis=-1)
    return np.asarray(EQUATOR_KM - np.hypot(aside, np.maximum(along, 0.0)))


def in_eclipse(position_km: Floats, t_ns: int) -> bool:
    """Whether a place is in the Earth's shadow."""
    return bool(shadow_depth_km(position_km, t_ns) > 0)


@dataclass(frozen=True, slots=True)
class Look:
    """Where an antenna sees a spacecraft; azimuth from north through east, 0 to 360°."""

    azimuth_deg: Floats
    elevation_deg: Floats
    range_km: Floats
    range_rate_km_s: Floats
    """Positive while it goes away."""

    def doppler_hz(self, frequency_mhz: float) -> Floats:
        """Return the shift of a carrier that the spacecraft sends, to first order in v/c."""
        return -self.range_rate_km_s / LIGHT_KM_S * frequency_mhz * 1e6


@dataclass(frozen=True, slots=True)
class Site:
    """One place on WGS 84, or an array of them, with its local axes; fields have shape (…, 3)."""

    place_km: Floats
    east: Floats
    north: Floats
    up: Floats

    @classmethod
    def of(cls, station: Station | Sequence[Station]) -> Site:
        """Return the site of a station, or an array of sites."""
        many = [station] if isinstance(station, Station) else list(station)
        latitude = np.radians([s.latitude_deg for s in many])
        longitude = np.radians([s.longitude_deg for s in many])
        height_km = np.array([s.altitude_m for s in many]) / 1000.0
        cos, sin, zero = np.cos(latitude), np.sin(latitude), np.zeros(len(many))
        up = np.stack([cos * np.cos(longitude), cos * np.sin(longitude), sin], axis=-1)
        east = np.stack([-np.sin(longitude), np.cos(longitude), zero], axis=-1)
        curvature = EQUATOR_KM / np.sqrt(1 - ECCENTRICITY_2 * sin**2)
        radius = np.stack([curvature, curvature, curvature * (1 - ECCENTRICITY_2)], axis=-1)
        sites = cls((radius + height_km[:, None]) * up, east, np.cross(up, east), up)
        return sites[0] if isinstance(station, Station) else sites

    def __getitem__(self, index: int | NDArray[np.intp]) -> Site:
        """Return one site of an array, or an array of them in another order."""
        return Site(self.place_km[index], self.east[index], self.north[index], self.up[index])

    def look(self, position_km: Floats, velocity_km_s: Floats) -> Look:
        """Return the look angles to Earth-fixed positions and velocities; shapes broadcast."""
        line = position_km - self.place_km
        distance = np.linalg.norm(line, axis=-1)
        east, north, up = ((line * axis).sum(axis=-1) for axis in (self.east, self.north, self.up))
        return Look(
            np.degrees(np.arctan2(east, north)) % 360.0,
            np.degrees(np.arcsin(up / distance)),
            distance,
            (line * velocity_km_s).sum(axis=-1) / distance,
        )


def altitude_m(position_m: Floats) -> float:
    """Return the height above the WGS 84 ellipsoid (Bowring's formula, below 1 mm in low orbit)."""
    x, y, z = (float(each) for each in position_m)
    a, e2 = 1000.0 * EQUATOR_KM, ECCENTRICITY_2
    b = a * np.sqrt(1 - e2)
    p = float(np.hypot(x, y))
    theta = np.arctan2(z * a, p * b)
    latitude = np.arctan2(z + e2 / (1 - e2) * b * np.sin(theta) ** 3, p - e2 * a * np.cos(theta) ** 3)
    return float(p * np.cos(latitude) + z * np.sin(latitude) - a * np.sqrt(1 - e2 * np.sin(latitude) ** 2))
