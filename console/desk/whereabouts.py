"""What the recovery panels share: the capsule's last fix and each asset's way to it, out of a view."""

from __future__ import annotations

from dataclasses import dataclass

from console.desk.view import DeskView
from console.mission import Asset, Vehicle
from console.recovery.assets import Approach, AssetPosition, approach, position_of
from console.recovery.track import Fix, fix_of


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """An asset, where it is, and its way to the capsule (None where no usable fix is known)."""

    asset: Asset
    at: AssetPosition
    approach: Approach | None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The vehicle that tells its position, its newest fix, and the assets that are known."""

    vehicle: Vehicle | None
    fix: Fix | None
    assets: tuple[OnTheWay, ...] = ()


def whereabouts(view: DeskView) -> Whereabouts:
    """Return where the capsule and the assets are at the shown instant."""
    vehicle = next((v for v in view.mission.vehicles if v.position_ecef_m), None)
    fix = None
    if vehicle is not None:
        row = view.latest.get(view.mission.home(vehicle.position_ecef_m[0])[0].name)
        if row is not None:
            at_ns = view.mission_time(row.reception_ns) if row.generation_ns is None else row.generation_ns
            fix = fix_of(view.mission, vehicle, row.raw, at_ns)
    found = []
    for asset in view.mission.assets:
        at = position_of(asset, view.instant_ns)
        if at is not None:
            usable = fix is not None and not fix.doubt
            way = approach(asset, at, fix.latitude_deg, fix.longitude_deg) if fix and usable else None
            found.append(OnTheWay(asset, at, way))
    return Whereabouts(vehicle, fix, tuple(found))
