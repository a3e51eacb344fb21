"""What the recovery panels share: the capsule's last fix and each asset's way to it, out of a view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.archive.shapes import Row
from console.desk.models import LEAST_STALE_NS, STALE_PERIODS
from console.desk.view import DeskView, TrackQuery
from console.mission import Asset, Mission, Vehicle
from console.recovery.assets import Approach, AssetPosition, approach, position_of
from console.recovery.track import Fix, fix_of
from decoders.shapes import PacketQuality

S = 1_000_000_000
OLD_NS = 10 * S
"""A position from longer ago is old even where its packet came just now."""
LOOK_BACK_NS = 86_400 * S
"""So far back the last usable fix is looked for where the newest is none."""
STEP_NS = 30 * S
"""Queries begin and end at such instants, so that panels ask the same for a while."""


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """An asset, where it is, and its way to the capsule (None where no usable fix is known)."""

    asset: Asset
    at: AssetPosition
    approach: Approach | None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The vehicle that tells its position, its last usable fix, and the assets that are known.

    ``unused`` is the newest fix where that one cannot be used. ``old`` says that a usable one should have
    come since the last.
    """

    vehicle: Vehicle | None
    fix: Fix | None
    unused: Fix | None = None
    old: bool = False
    assets: tuple[OnTheWay, ...] = ()


def lander(mission: Mission) -> Vehicle | None:
    """Return the vehicle that tells where it is."""
    return next((v for v in mission.vehicles if v.position_ecef_m), None)


def position_period_s(mission: Mission) -> float:
    """Return the period of the packets with the lander's position; 1 s where the mission tells none."""
    vehicle = lander(mission)
    return (mission.home(vehicle.position_ecef_m[0])[0].period_s if vehicle else None) or 1.0


def track_query(view: DeskView, back_ns: int) -> TrackQuery | None:
    """Return the question for the lander's way up to the shown instant; None where nothing tells it."""
    vehicle = lander(view.mission)
    end = (view.instant_ns // STEP_NS + 1) * STEP_NS
    return None if vehicle is None else TrackQuery(vehicle.id, end - back_ns, end)


def whereabouts_queries(view: DeskView | None) -> Sequence[TrackQuery]:
    """Return what ``whereabouts`` wants to know: nothing while the newest packet has a usable position."""
    newest, live = (None, False) if view is None else _newest(view)
    if view is None or newest is None or (live and not newest.doubt):
        return ()
    query = track_query(view, LOOK_BACK_NS)
    return () if query is None else (query,)


def whereabouts(view: DeskView) -> Whereabouts:
    """Return where the capsule and the assets are at the shown instant."""
    vehicle = lander(view.mission)
    if vehicle is None:
        return Whereabouts(None, None, assets=_on_the_way(view, None))
    newest, _ = _newest(view)
    fix = newest if newest is not None and not newest.doubt else None
    for query in whereabouts_queries(view):
        track = view.tracks.get(query)
        last = track.until(view.instant_ns).last() if track is not None else None
        if last is not None and (fix is None or last.t_ns > fix.t_ns):
            fix = last
    unused = newest if newest is not None and newest.doubt else None
    old = fix is not None and (unused is not None or view.instant_ns - fix.t_ns > OLD_NS or _stopped(view))
    return Whereabouts(vehicle, fix, unused, old, _on_the_way(view, fix))


def _stopped(view: DeskView) -> bool:
    """Tell whether the newest packet with a position is as old as a stale value."""
    row = _row(view)
    if row is None:
        return True
    late_ns = max(STALE_PERIODS * position_period_s(view.mission) * 1e9, LEAST_STALE_NS)
    return view.instant_ns - view.mission_time(row.reception_ns) > late_ns


def _row(view: DeskView) -> Row | None:
    vehicle = lander(view.mission)
    if vehicle is None:
        return None
    return view.latest.get(view.mission.home(vehicle.position_ecef_m[0])[0].name)


def _newest(view: DeskView) -> tuple[Fix | None, bool]:
    """Return the newest packet's fix, and whether it came directly, not by playback."""
    vehicle, row = lander(view.mission), _row(view)
    if vehicle is None or row is None:
        return None, True
    at_ns = view.mission_time(row.reception_ns) if row.generation_ns is None else row.generation_ns
    return fix_of(view.mission, vehicle, row.raw, at_ns), not row.quality & PacketQuality.PLAYBACK


def _on_the_way(view: DeskView, fix: Fix | None) -> tuple[OnTheWay, ...]:
    found = []
    for asset in view.mission.assets:
        at = position_of(asset, view.instant_ns)
        if at is not None:
            way = approach(asset, at, fix.latitude_deg, fix.longitude_deg) if fix is not None else None
            found.append(OnTheWay(asset, at, way))
    return tuple(found)
