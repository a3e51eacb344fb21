"""The recovery room against published geodesics, closed formulas and figures worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from console.mission import Asset, TrackPoint, Vehicle, load_mission
from console.places import samples_dir
from console.recovery.assets import AssetPosition, approach, circle, geodesic, position_of
from console.recovery.coastlines import LEVELS, closed, coast, level_for, rings_of, unit_vectors
from console.recovery.track import fix_of, geodetic, plausible, track_of
from decoders.timecode import parse_utc

S = 1_000_000_000
A_M, F = 6_378_137.0, 1 / 298.257223563


def ecef(latitude_deg: float, longitude_deg: float, height_m: float) -> np.ndarray:
    """The closed formula of the ellipsoid (WGS 84, NIMA TR8350.2 eq. 4-14)."""
    b, a = math.radians(latitude_deg), math.radians(longitude_deg)
    e2 = F * (2 - F)
    n = A_M / math.sqrt(1 - e2 * math.sin(b) ** 2)
    return np.array(
        [
            (n + height_m) * math.cos(b) * math.cos(a),
            (n + height_m) * math.cos(b) * math.sin(a),
            (n * (1 - e2) + height_m) * math.sin(b),
        ]
    )


@given(st.floats(-89.9, 89.9), st.floats(-179.9, 179.9), st.floats(-100, 900_000))
def test_geodetic_undoes_the_closed_formula(latitude: float, longitude: float, height: float) -> None:
    found = geodetic(ecef(latitude, longitude, height)[None])
    assert found[0][0] == pytest.approx(latitude, abs=1e-7)
    assert found[1][0] == pytest.approx(longitude, abs=1e-7)
    assert found[2][0] == pytest.approx(height, abs=0.01)


def test_what_cannot_be_a_capsule() -> None:
    good = ecef(25, 155, 390_000)
    rows = np.stack([good, 0 * good, 2 * good, good * np.nan, ecef(0, 0, 10), -good])
    assert plausible(rows).tolist() == [True, False, False, False, True, True]


# Assets ----------------------------------------------------------------------------------------------


def ship(*points: tuple[str, float, float], speed_kn: float = 13.0) -> Asset:
    track = tuple(TrackPoint(utc=t, latitude_deg=b, longitude_deg=a) for t, b, a in points)
    return Asset(id="ship", title="Ship", speed_kn=speed_kn, track=track)


def test_range_and_bearing_are_those_of_the_published_example() -> None:
    """Flinders Peak to Buninyong, Geocentric Datum of Australia Technical Manual (GRS 80 ≈ WGS 84)."""
    from_deg = -(37 + 57 / 60 + 3.72030 / 3600), 144 + 25 / 60 + 29.52440 / 3600
    to_deg = -(37 + 39 / 60 + 10.15610 / 3600), 143 + 55 / 60 + 35.38390 / 3600
    way = approach(ship(), AssetPosition(*from_deg, 0), *to_deg)
    assert way.range_m == pytest.approx(54_972.271, abs=0.01)
    assert way.bearing_deg == pytest.approx(306 + 52 / 60 + 5.37 / 3600, abs=1e-5)
    # 54,972 m at 13 kn (6.6878 m/s)
    assert way.takes_s == pytest.approx(54_972.271 / (13 * 1852 / 3600), rel=1e-8)
    assert approach(ship(speed_kn=0), AssetPosition(*from_deg, 0), *to_deg).takes_s is None


def test_an_asset_goes_along_its_track_and_stays_at_its_end() -> None:
    along = ship(("2026-11-18T06:00:00Z", 0.0, 179.0), ("2026-11-18T08:00:00Z", 0.0, -179.0))
    start = parse_utc("2026-11-18T06:00:00Z")
    assert position_of(along, start - 1) is None
    half = position_of(along, start + 3600 * S)
    assert half is not None
    # Over the antimeridian, along the equator
    assert half.latitude_deg == pytest.approx(0, abs=1e-9)
    assert abs(half.longitude_deg) == pytest.approx(180, abs=1e-9)
    assert half.course_deg == pytest.approx(90)
    assert half.moving
    end = position_of(along, start + 9000 * S)
    assert end is not None
    assert (end.longitude_deg, end.known_ns, end.moving) == (-179.0, start + 7200 * S, False)


def test_a_drifting_ship_has_no_course() -> None:
    here = ship(("2026-11-18T06:00:00Z", 25.0, 155.0), ("2026-11-18T08:00:00Z", 25.0, 155.0))
    at = position_of(here, parse_utc("2026-11-18T07:00:00Z"))
    assert at is not None
    assert not at.moving
    assert at.known_ns == parse_utc("2026-11-18T07:00:00Z")


def test_geodesic_and_circle() -> None:
    longitude, latitude = geodesic((179.0, 10.0), (-179.0, 10.0), 9)
    assert (longitude[0], latitude[0]) == pytest.approx((179.0, 10.0))
    assert latitude[4] > 10.0  # a great circle bulges to the pole
    ring = circle(156.2, 25.3, 20_000.0)
    for a, b in zip(*ring, strict=True):
        assert approach(ship(), AssetPosition(25.3, 156.2, 0), b, a).range_m == pytest.approx(
            20_000, abs=0.01
        )


# Fixes out of packets --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample() -> tuple[object, Vehicle]:
    mission = load_mission(samples_dir() / "els_rs")
    return mission, mission.vehicles[0]


def raw_of(latitude: float, longitude: float, height: float, velocity=(0.0, 0.0, 7000.0)) -> dict[str, int]:
    names = "xyz"
    position = ecef(latitude, longitude, height)
    raw = {f"rs_pos_ecef_m_{n}": round(v / 0.01) for n, v in zip(names, position, strict=True)}
    raw |= {f"rs_vel_ecef_ms_{n}": round(v / 1e-4) for n, v in zip(names, velocity, strict=True)}
    return raw | {"rs_gnss_fix": 2, "rs_gnss_sats": 9}


def test_a_fix_from_a_packet(sample) -> None:
    fix = fix_of(*sample, raw_of(0.0, 0.0, 390_000.0), 5)
    assert fix is not None
    assert (fix.t_ns, fix.satellites, fix.doubt) == (5, 9, "")
    assert fix.latitude_deg == pytest.approx(0, abs=1e-7)
    assert fix.altitude_m == pytest.approx(390_000, abs=0.01)
    # On the equator the axis of rotation is north
    assert fix.course_deg == pytest.approx(0, abs=1e-6)
    assert fix.speed_m_s == pytest.approx(7000)
    assert fix.climb_m_s == pytest.approx(0, abs=1e-6)
    assert fix.in_space
    down = fix_of(*sample, raw_of(0.0, 0.0, 4_000.0, (-7.6, 3.0, 0.0)), 5)
    assert down is not None
    assert not down.in_space
    assert down.climb_m_s == pytest.approx(-7.6)
    assert down.course_deg == pytest.approx(90)


def test_doubtful_fixes_are_named(sample) -> None:
    none = fix_of(*sample, raw_of(25, 156, 4000) | {"rs_gnss_fix": 0}, 5)
    assert none is not None
    assert none.doubt == "no fix"
    wild = fix_of(*sample, raw_of(25, 156, 4000) | {"rs_pos_ecef_m_z": 0}, 5)
    assert wild is not None
    assert wild.doubt == "implausible"
    assert math.isnan(wild.latitude_deg)
    assert fix_of(*sample, {"rs_bus_voltage_v": 1}, 5) is None


def test_a_track_leaves_out_what_cannot_be_and_is_in_order_of_time(sample) -> None:
    rows = [raw_of(10 + i, 150, 300_000) for i in range(5)]
    rows[1]["rs_gnss_fix"] = 0
    rows[2]["rs_pos_ecef_m_x"] = 0
    rows[2]["rs_pos_ecef_m_y"] = 0
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    track = track_of(*sample, columns, np.array([50, 40, 30, 20, 10]))
    assert track.t_ns.tolist() == [10, 20, 50]
    assert track.latitude_deg == pytest.approx([14, 13, 10], abs=1e-6)


# Coastlines ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "points"), [("110m", 5_000), ("50m", 60_000), ("10m", 400_000)])
def test_the_bundled_coastlines(level: str, points: int) -> None:
    land = coast(level)
    assert len(land.longitude_deg) > points
    assert np.abs(land.latitude_deg).max() <= 90
    assert land.rings[0] == 0
    assert land.rings[-1] == len(land.longitude_deg)
    # Rings are closed, and no step inside one goes round the world
    ends = land.rings[1:] - 1
    closes = np.abs(land.longitude_deg[land.rings[:-1]] - land.longitude_deg[ends])
    assert (closes < 1e-3).sum() >= len(ends) - 1  # Antarctica is closed along the pole
    steps = np.abs(np.diff(land.longitude_deg))
    steps[ends[:-1]] = 0
    assert steps[land.latitude_deg[1:] > -90].max() < 30


def on_land(longitude: float, latitude: float, level: str = "10m") -> bool:
    """Ray casting, ring by ring, written for this test."""
    land, inside = coast(level), False
    for start, end in zip(land.rings[:-1], land.rings[1:], strict=True):
        a, b = land.longitude_deg[start:end], land.latitude_deg[start:end]
        if b.min() > latitude or b.max() < latitude:
            continue
        for turn in (-360, 0, 360):
            a2, b2 = np.roll(a, -1), np.roll(b, -1)
            up = (b > latitude) != (b2 > latitude)
            x = a[up] + (latitude - b[up]) * (a2[up] - a[up]) / (b2[up] - b[up])
            inside ^= bool((x > longitude + turn).sum() % 2)
    return inside


@pytest.mark.parametrize(
    ("name", "longitude", "latitude", "land"),
    [
        ("Minamitorishima", 153.978, 24.288, True),
        ("landing zone", 156.20, 25.30, False),
        ("Tsukuba", 140.11, 36.08, True),
        ("Tokyo bay", 139.87, 35.50, False),
        ("Chukotka east of the antimeridian", -178.0, 67.5, True),
        ("Chukotka west of it", 178.0, 67.5, True),
        ("South Pole station", 0.0, -89.9, True),
    ],
)
def test_land_is_where_it_is(name: str, longitude: float, latitude: float, land: bool) -> None:
    assert on_land(longitude, latitude) is land, name


def test_the_coarsest_level_that_is_good_enough() -> None:
    assert level_for(50.0) == "10m"
    assert level_for(4_000.0) == "50m"
    assert level_for(20_000.0) == "110m"
    assert set(map(level_for, (50.0, 4_000.0, 20_000.0))) == set(LEVELS)


@given(st.floats(-180, 180), st.floats(-85, 85), st.floats(0.01, 1.0))
def test_near_points_are_never_left_out(longitude: float, latitude: float, radius: float) -> None:
    land = coast("50m")
    here = unit_vectors(np.array([longitude]), np.array([latitude]))[0]
    apart = np.arccos(np.clip(unit_vectors(land.longitude_deg, land.latitude_deg) @ here, -1, 1))
    inside = apart < radius - 1e-9
    assume(inside.any())
    kept = land.near(longitude, latitude, radius)
    assert kept[inside].all()
    assert kept.sum() < len(kept) or radius > 0.9


def test_topojson_arcs_are_joined_and_turned() -> None:
    """Two arcs that share their ends, the second walked backwards; deltas and scale by hand."""
    topology = {
        "type": "Topology",
        "transform": {"scale": [0.5, 2.0], "translate": [170.0, 10.0]},
        "arcs": [[[0, 0], [20, 0], [20, 0]], [[0, 0], [0, 5], [40, -5]]],
        "objects": {
            "land": {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "arcs": [[0, -2]]}]}
        },
    }
    (ring,) = rings_of(topology)
    assert ring.tolist() == [[170, 10], [180, 10], [190, 10], [170, 20], [170, 10]]


def test_a_ring_around_the_pole_is_closed_along_it() -> None:
    ring = np.array([[a, -70.0] for a in (-180, -90, 0, 90, 180)], float)
    assert closed(ring)[-2:].tolist() == [[180.0, -90.0], [-180.0, -90.0]]
