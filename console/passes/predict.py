"""Passes of a spacecraft over stations, and its way through the Earth's shadow, between two instants.

Coarse and vectorised first, then roots: elevation is sampled each minute for all stations at once, the
culminations between samples are found by the sign of its rate, so that no pass is too short to be seen,
and AOS and LOS are roots by Ridders' method, all of them in the same few calls of SGP4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from console.mission import Station
from console.passes.orbit import Floats, Orbit, Site, shadow_depth_km
from console.passes.roots import Rows, roots, samples, stretches

SECOND_NS = 1_000_000_000
COARSE_S = 60.0
"""Far below the time from a rise to a culmination and on to a set, in any orbit above the air."""
MASK_S = 2.0
"""A gap in a mask, or a pass over one, that is shorter is not seen."""
SHADOW_S = 20.0
_REACH_DEG = -30.0
"""What is lower than this at both ends of a coarse step is not up inside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One stay above a station's horizon; instants in ns UTC, angles in degrees.

    TCA is the instant of the greatest elevation, as Skyfield and Gpredict have it. ``cut_start`` and
    ``cut_end`` say that the spacecraft was already up, or still up, at the ends of the time asked for.
    """

    vehicle: str
    station: str
    aos_ns: int
    los_ns: int
    tca_ns: int
    max_elevation_deg: float
    aos_azimuth_deg: float
    los_azimuth_deg: float
    cut_start: bool = False
    cut_end: bool = False

    @property
    def duration_ns(self) -> int:
        """Return the time from AOS to LOS."""
        return self.los_ns - self.aos_ns

    def holds(self, t_ns: int) -> bool:
        """Whether the spacecraft is up at an instant."""
        return self.aos_ns <= t_ns < self.los_ns


def horizon_deg(station: Station, azimuth_deg: Floats) -> Floats:
    """Return the lowest elevation that a station can use: its minimum, or its mask where that is higher.

    The mask is straight between its points and goes on through north; two points of one azimuth are a step.
    """
    lowest = np.full_like(azimuth_deg, station.minimum_elevation_deg)
    if not station.mask:
        return lowest
    azimuths, elevations = np.array(station.mask, dtype=float).T
    order = np.argsort(azimuths, kind="stable")
    around = np.concatenate([azimuths[order] + turn for turn in (-360.0, 0.0, 360.0)])
    return np.asarray(np.maximum(lowest, np.interp(azimuth_deg, around, np.tile(elevations[order], 3))))


def find_passes(
    orbit: Orbit, stations: Sequence[Station], t0_ns: int, t1_ns: int, vehicle: str = ""
) -> list[Pass]:
    """Return the passes over some stations between two instants, in the order of AOS.

    A pass is an unbroken stay above the horizon: one that a mask interrupts is two. Raises ``ValueError``
    where SGP4 cannot follow the orbit through the whole time.
    """
    if t1_ns <= t0_ns or not stations:
        return []
    search = _Search(orbit, stations, t0_ns, (t1_ns - t0_ns) / SECOND_NS)
    passes = search.passes(vehicle)
    return sorted(passes, key=lambda each: (each.aos_ns, each.los_ns, each.station))


def find_eclipses(orbit: Orbit, t0_ns: int, t1_ns: int) -> list[tuple[int, int]]:
    """Return when a spacecraft is in the Earth's shadow between two instants, as (entry, exit) in ns.

    One that is shorter than 20 s, at the edge of an eclipse season, may be left out.
    """

    end_s = (t1_ns - t0_ns) / SECOND_NS
    if end_s <= 0:
        return []

    def depth(_group: Rows, t_s: Floats) -> Floats:
        t_ns = _instants(t0_ns, t_s)
        return shadow_depth_km(orbit.ecef(t_ns)[0], t_ns)

    t = samples(0.0, end_s, SHADOW_S)
    one = np.zeros(len(t), np.intp)
    _, entry, leave = stretches(one, t, depth(one, t) > 0, depth)
    return list(zip(_instants(t0_ns, entry).tolist(), _instants(t0_ns, leave).tolist(), strict=True))


def join_passes(passes: Sequence[Pass]) -> list[Pass]:
    """Join the pieces of passes that were cut where two stretches of time meet; ordered by AOS."""
    open_ended: dict[tuple[str, str, int], Pass] = {}
    whole: list[Pass] = []
    for each in sorted(passes, key=lambda p: p.aos_ns):
        before = open_ended.pop((each.vehicle, each.station, each.aos_ns), None) if each.cut_start else None
        if before is not None:
            higher = max(before, each, key=lambda p: p.max_elevation_deg)
            each = replace(
                each,
                aos_ns=before.aos_ns,
                aos_azimuth_deg=before.aos_azimuth_deg,
                cut_start=before.cut_start,
                tca_ns=higher.tca_ns,
                max_elevation_deg=higher.max_elevation_deg,
            )
        if each.cut_end:
            open_ended[each.vehicle, each.station, each.los_ns] = each
        else:
            whole.append(each)
    return sorted([*whole, *open_ended.values()], key=lambda p: (p.aos_ns, p.los_ns, p.station))


class _Search:
    """One orbit, some stations (named by row), one stretch of time in seconds since ``t0_ns``."""

    def __init__(self, orbit: Orbit, stations: Sequence[Station], t0_ns: int, end_s: float) -> None:
        self._orbit, self._stations, self._t0_ns, self._end_s = orbit, stations, t0_ns, end_s
        self._sites = Site.of(stations)
        self._lowest_deg = np.array([max(s.minimum_elevation_deg, _mask_low(s)) for s in stations])
        self._masked = np.array(
            [_mask_high(s) > low for s, low in zip(stations, self._lowest_deg, strict=True)]
        )

    def passes(self, vehicle: str) -> list[Pass]:
        t = samples(0.0, self._end_s, COARSE_S)
        elevation, rising = self._grid(t)
        top_row, top_t = self._culminations(t, elevation, rising)
        top_deg = self._look(top_row, top_t)[1]
        row = np.concatenate([np.repeat(np.arange(len(self._stations)), len(t)), top_row])
        at = np.concatenate([np.tile(t, len(self._stations)), top_t])
        height = np.concatenate([elevation.ravel(), top_deg])
        order = np.lexsort((at, row))
        row, at, height = row[order], at[order], height[order]
        row, start, end = stretches(row, at, height > self._lowest_deg[row], self._above_lowest)
        row, start, end = self._above_mask(row, start, end)
        return [
            self._pass(vehicle, *each, top_t[top_row == each[0]], top_deg[top_row == each[0]])
            for each in self._with_look(row, start, end)
        ]

    def _grid(self, t_s: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Return elevation, and whether it rises, of shape (stations, instants)."""
        position, velocity = self._orbit.ecef(_instants(self._t0_ns, t_s))
        place, up = self._sites.place_km, self._sites.up
        # Products of matrices: nothing of shape (stations, instants, 3) has to be made
        height = up @ position.T - (up * place).sum(-1)[:, None]
        square = (position**2).sum(-1) - 2 * place @ position.T + (place**2).sum(-1)[:, None]
        opening = (position * velocity).sum(-1) - place @ velocity.T
        rising = (up @ velocity.T) * square > height * opening
        return np.degrees(np.arcsin(height / np.sqrt(square))), rising

    def _culminations(self, t: Floats, elevation: Floats, rising: NDArray[np.bool_]) -> tuple[Rows, Floats]:
        near = np.maximum(elevation[:, :-1], elevation[:, 1:]) > _REACH_DEG
        row, i = np.nonzero(rising[:, :-1] & ~rising[:, 1:] & near)
        return row, roots(lambda which, x: self._climb(row[which], x), t[i], t[i + 1])

    def _climb(self, row: Rows, t_s: Floats) -> Floats:
        """Return the rate of sin(elevation), times range cubed: its zeros are the culminations."""
        sites = self._sites[row]
        position, velocity = self._orbit.ecef(_instants(self._t0_ns, t_s))
        line = position - sites.place_km
        height, opening = (line * sites.up).sum(-1), (line * velocity).sum(-1)
        return np.asarray((velocity * sites.up).sum(-1) * (line * line).sum(-1) - height * opening)

    def _look(self, row: Rows, t_s: Floats) -> tuple[Floats, Floats]:
        seen = self._sites[row].look(*self._orbit.ecef(_instants(self._t0_ns, t_s)))
        return seen.azimuth_deg, seen.elevation_deg

    def _above_lowest(self, row: Rows, t_s: Floats) -> Floats:
        return np.asarray(self._look(row, t_s)[1] - self._lowest_deg[row])

    def _above_mask(self, row: Rows, start: Floats, end: Floats) -> tuple[Rows, Floats, Floats]:
        """Cut stays above the lowest horizon of a station by its mask, sampled finely."""
        cut = self._masked[row]
        pieces = [samples(a, b, MASK_S) for a, b in zip(start[cut], end[cut], strict=True)]
        if not pieces:
            return row, start, end
        own_row, stay = row[cut], np.repeat(np.arange(len(pieces)), [len(each) for each in pieces])
        at = np.concatenate(pieces)

        def clearance(which: Rows, t_s: Floats) -> Floats:
            return self._above_horizon(own_row[which], t_s)

        stay, first, last = stretches(stay, at, clearance(stay, at) > 0, clearance)
        return (
            np.concatenate([row[~cut], own_row[stay]]),
            np.concatenate([start[~cut], first]),
            np.concatenate([end[~cut], last]),
        )

    def _above_horizon(self, row: Rows, t_s: Floats) -> Floats:
        azimuth, elevation = self._look(row, t_s)
        clear: Floats = np.empty_like(elevation)
        for each in np.unique(row):
            own = row == each
            clear[own] = elevation[own] - horizon_deg(self._stations[each], azimuth[own])
        return clear

    def _with_look(
        self, row: Rows, start: Floats, end: Floats
    ) -> Iterator[tuple[int, float, float, tuple[float, float], tuple[float, float]]]:
        """Yield row, begin and end of each stay, with azimuth and elevation at both."""
        if len(row):
            columns = [*self._look(row, start), *self._look(row, end)]
            for each in zip(row, start, end, *columns, strict=True):
                r, a, b, aos_az, aos_el, los_az, los_el = (float(value) for value in each)
                yield int(r), a, b, (aos_az, aos_el), (los_az, los_el)

    def _pass(
        self,
        vehicle: str,
        row: int,
        start: float,
        end: float,
        aos: tuple[float, float],
        los: tuple[float, float],
        top_t: Floats,
        top_deg: Floats,
    ) -> Pass:
        inside = (top_t > start) & (top_t < end)
        tops = zip(top_deg[inside].tolist(), top_t[inside].tolist(), strict=True)
        highest, tca = max([(aos[1], start), (los[1], end), *tops])
        aos_ns, los_ns, tca_ns = (self._t0_ns + round(t * SECOND_NS) for t in (start, end, tca))
        return Pass(
            vehicle=vehicle,
            station=self._stations[row].name,
            aos_ns=aos_ns,
            los_ns=los_ns,
            tca_ns=tca_ns,
            max_elevation_deg=highest,
            aos_azimuth_deg=aos[0],
            los_azimuth_deg=los[0],
            cut_start=start <= 0.0,
            cut_end=end >= self._end_s,
        )


def _mask_low(station: Station) -> float:
    return min((elevation for _, elevation in station.mask), default=-90.0)


def _mask_high(station: Station) -> float:
    return max((elevation for _, elevation in station.mask), default=-90.0)


def _instants(t0_ns: int, t_s: Floats) -> NDArray[np.int64]:
    return t0_ns + np.rint(t_s * SECOND_NS).astype(np.int64)
