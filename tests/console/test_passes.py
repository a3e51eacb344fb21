"""Passes, look angles, the Sun and the shadow, against Skyfield, published figures and closed formulas."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skyfield.api import EarthSatellite, load, wgs84

from console.mission import Mission, Station, load_mission
from console.passes.orbit import Orbit, Site, in_eclipse, sun_direction
from console.passes.predict import Pass, find_eclipses, find_passes, horizon_deg, join_passes
from console.places import samples_dir
from decoders.timecode import parse_utc

S = 1_000_000_000
DAY = 86_400 * S
T0 = parse_utc("2026-11-18T16:00:00Z")
ISS = """ISS (ZARYA)
1 25544U 98067A   14020.93268519  .00009878  00000-0  18200-3 0  5082
2 25544  51.6498 109.4756 0003572  55.9686 274.8005 15.49815350868473
"""
SKY = load.timescale(builtin=True)


@cache
def mission() -> Mission:
    return load_mission(samples_dir() / "els_rs")


def tle_of(vehicle: str) -> str:
    return next(mission().files[v.orbit].decode() for v in mission().vehicles if v.id == vehicle)


def station(latitude: float = 0.0, longitude: float = 0.0, height: float = 0.0, **more: Any) -> Station:
    return Station(name="here", latitude_deg=latitude, longitude_deg=longitude, altitude_m=height, **more)


def tle(
    *, epoch: str = "26322.62500000", inclination: float = 51.64, node: float = 0.0,
    revolutions: float = 15.5, mean: float = 0.0, eccentricity: str = "0001000",
    bstar: str = " 00000-0", number: str = "99001",
) -> str:  # fmt: skip
    """Write a TLE with its checksums (columns of the format as NORAD gives them)."""
    one = f"1 {number}U 26001A   {epoch}  .00000000  00000-0 {bstar} 0    1"
    two = (
        f"2 {number} {inclination:8.4f} {node:8.4f} {eccentricity} {0.0:8.4f} {mean:8.4f}"
        f" {revolutions:11.8f}    1"
    )
    assert (len(one), len(two)) == (68, 68)
    return "\n".join(line + str(check_digit(line)) for line in (one, two))


def check_digit(line: str) -> int:
    return sum(int(c) if c.isdigit() else c == "-" for c in line) % 10


def sky_time(t_ns: Any) -> Any:
    seconds = np.asarray(t_ns, np.int64) - T0
    began = datetime.fromtimestamp(T0 // S, UTC)
    return SKY.utc(began.year, began.month, began.day, began.hour, began.minute, began.second + seconds / S)


def sky_ns(time: Any) -> int:
    at = time.utc_datetime()
    return round(at.timestamp() * 1000) * (S // 1000)


def skyfield_satellite(text: str) -> EarthSatellite:
    one, two = text.strip().splitlines()[-2:]
    return EarthSatellite(one, two, ts=SKY)


def place(each: Station) -> Any:
    return wgs84.latlon(each.latitude_deg, each.longitude_deg, each.altitude_m)


# look angles


@pytest.mark.parametrize("vehicle", ["els_rs", "jm"])
def test_positions_and_look_angles_are_skyfields(vehicle: str) -> None:
    from skyfield.framelib import itrs

    orbit, satellite = Orbit.from_tle(tle_of(vehicle)), skyfield_satellite(tle_of(vehicle))
    times = T0 + np.arange(0, 24 * 3600, 613, dtype=np.int64) * S
    position, velocity = orbit.ecef(times)
    at = satellite.at(sky_time(times))
    # UT1 − UTC is about 0.09 s then: 43 m of the Earth's turn
    assert np.abs(position - at.frame_xyz(itrs).km.T).max() < 0.06
    for each in mission().stations:
        look = Site.of(each).look(position, velocity)
        elevation, azimuth, distance = (satellite - place(each)).at(sky_time(times)).altaz()
        assert np.abs(look.elevation_deg - elevation.degrees).max() < 0.01
        turn = (look.azimuth_deg - azimuth.degrees + 180) % 360 - 180
        assert np.abs(turn[elevation.degrees < 80]).max() < 0.05
        assert np.abs(look.range_km - distance.km).max() < 0.06


def test_one_instant_is_the_same_as_an_array_of_them() -> None:
    orbit, site = Orbit.from_tle(ISS), Site.of(station(35.0, 139.0))
    times = orbit.epoch_ns + np.arange(5, dtype=np.int64) * 600 * S
    many = site.look(*orbit.ecef(times))
    for i, t_ns in enumerate(times.tolist()):
        one = site.look(*orbit.ecef(t_ns))
        assert float(one.elevation_deg) == pytest.approx(many.elevation_deg[i], abs=1e-12)
        assert float(one.range_rate_km_s) == pytest.approx(many.range_rate_km_s[i], abs=1e-12)


def test_range_rate_is_the_slope_of_range_and_doppler_its_shift() -> None:
    orbit, site = Orbit.from_tle(tle_of("els_rs")), Site.of(mission().stations[0])
    times = T0 + np.arange(0, 6000, 37, dtype=np.int64) * S
    look = site.look(*orbit.ecef(times))
    before, after = (site.look(*orbit.ecef(times + d)).range_km for d in (-S // 2, S // 2))
    # The mean over a second; third derivatives are below 1e-5 km/s³ unless overhead
    np.testing.assert_allclose(look.range_rate_km_s, after - before, atol=1e-4)
    approaching = look.range_rate_km_s < 0
    assert approaching.any()
    assert (look.doppler_hz(2265.0)[approaching] > 0).all()
    # 7 km/s towards us: 2265 MHz × 7 / 299 792.458
    fastest = np.argmin(look.range_rate_km_s)
    ratio = look.doppler_hz(2265.0)[fastest] / look.range_rate_km_s[fastest]
    assert ratio * -7.0 == pytest.approx(52_886.6, abs=0.1)


# passes


def test_the_published_example_of_skyfield() -> None:
    t0 = parse_utc("2014-01-23T00:00:00Z")
    bluffton = station(40.8939, -83.8917, minimum_elevation_deg=30.0)
    passes = find_passes(Orbit.from_tle(ISS), [bluffton], t0, t0 + DAY)
    wanted = [("06:25:36.531", "06:28:19.088"), ("12:54:55.714", "12:57:57.693")]
    assert len(passes) == len(wanted)
    for each, (aos, los) in zip(passes, wanted, strict=True):
        assert abs(each.aos_ns - parse_utc(f"2014-01-23T{aos}Z")) < 0.1 * S
        assert abs(each.los_ns - parse_utc(f"2014-01-23T{los}Z")) < 0.1 * S


@pytest.mark.parametrize("vehicle", ["els_rs", "jm"])
def test_a_day_of_the_sample_mission_as_skyfield_finds_it(vehicle: str) -> None:
    plain = [s for s in mission().stations if not s.mask]
    assert len(plain) >= 8
    found = find_passes(Orbit.from_tle(tle_of(vehicle)), plain, T0, T0 + DAY, vehicle)
    satellite, checked = skyfield_satellite(tle_of(vehicle)), 0
    for each in plain:
        times, kinds = satellite.find_events(
            place(each), sky_time(T0), sky_time(T0 + DAY), altitude_degrees=each.minimum_elevation_deg
        )
        ours = [p for p in found if p.station == each.name]
        assert [(p.cut_start, p.cut_end) for p in ours] == [(False, False)] * len(ours)
        assert kinds.tolist() == [0, 1, 2] * len(ours)
        instants = [sky_ns(t) for t in times]
        for p, (aos, tca, los) in zip(ours, zip(*[iter(instants)] * 3, strict=True), strict=True):
            assert abs(p.aos_ns - aos) < 0.5 * S
            assert abs(p.los_ns - los) < 0.5 * S
            assert abs(p.tca_ns - tca) < 1.0 * S
            elevation, _, _ = (satellite - place(each)).at(sky_time(p.tca_ns)).altaz()
            assert p.max_elevation_deg == pytest.approx(elevation.degrees, abs=0.01)
            checked += 1
    assert checked >= 20


@pytest.mark.parametrize("vehicle", ["els_rs", "jm"])
def test_masks_cut_where_skyfields_angles_cross_them(vehicle: str) -> None:
    masked = [s for s in mission().stations if s.mask]
    found = find_passes(Orbit.from_tle(tle_of(vehicle)), masked, T0, T0 + DAY)
    satellite = skyfield_satellite(tle_of(vehicle))
    step = 5
    times = T0 + np.arange(0, 86_400, step, dtype=np.int64) * S
    for each in masked:
        elevation, azimuth, _ = (satellite - place(each)).at(sky_time(times)).altaz()
        mask = np.array(each.mask)
        clear = elevation.degrees > np.maximum(
            each.minimum_elevation_deg, np.interp(azimuth.degrees, mask[:, 0], mask[:, 1])
        )
        ours = [p for p in found if p.station == each.name]
        up = np.zeros(len(times), bool)
        for p in ours:
            up |= (times >= p.aos_ns) & (times < p.los_ns)
        wrong = times[up != clear]
        edges = np.array([t for p in ours for t in (p.aos_ns, p.los_ns)])
        assert len(ours) >= 2
        assert all(np.abs(edges - t).min() < S // 2 for t in wrong)


def test_no_pass_is_too_short_to_be_found() -> None:
    """A horizon just below the top of each pass leaves seconds of it; just above, nothing."""
    orbit, checked = Orbit.from_tle(tle_of("els_rs")), 0
    for each in find_passes(orbit, mission().stations, T0, T0 + DAY):
        here = next(s for s in mission().stations if s.name == each.station)
        for offset, count in ((-0.0005, 1), (0.0005, 0)):
            high = station(
                here.latitude_deg, here.longitude_deg, here.altitude_m,
                minimum_elevation_deg=each.max_elevation_deg + offset,
            )  # fmt: skip
            near = find_passes(orbit, [high], each.tca_ns - 1000 * S, each.tca_ns + 1003 * S)
            assert len(near) == count, each
            if count:
                assert near[0].duration_ns < 15 * S
                assert near[0].aos_ns < each.tca_ns < near[0].los_ns
                checked += 1
    assert checked > 30


def test_up_already_and_up_still() -> None:
    orbit, here = Orbit.from_tle(tle_of("els_rs")), mission().stations[1]
    whole = max(find_passes(orbit, [here], T0, T0 + DAY), key=lambda p: p.duration_ns)
    t0, t1 = whole.tca_ns + 40 * S, whole.los_ns - 50 * S
    (inside,) = find_passes(orbit, [here], t0, t1)
    assert (inside.aos_ns, inside.los_ns, inside.tca_ns) == (t0, t1, t0)
    assert inside.cut_start
    assert inside.cut_end
    assert inside.max_elevation_deg < whole.max_elevation_deg
    (late,) = find_passes(orbit, [here], t0, whole.los_ns + 300 * S)
    assert (late.cut_start, late.cut_end) == (True, False)
    assert abs(late.los_ns - whole.los_ns) < S // 100
    assert find_passes(orbit, [here], whole.los_ns + S, whole.los_ns + 300 * S) == []
    assert find_passes(orbit, [here], t0, t0) == []
    assert find_passes(orbit, [], t0, t1) == []


@given(st.floats(0.0, 1.0))
def test_pieces_joined_are_the_whole(part: float) -> None:
    orbit, stations = Orbit.from_tle(tle_of("jm")), mission().stations
    end = T0 + 6 * 3600 * S
    whole = _six_hours()
    # Also cuts inside a pass: the longest one is where most of the parts fall
    longest = max(whole, key=lambda p: p.duration_ns)
    for cut in (T0 + round(part * (end - T0)), longest.aos_ns + round(part * longest.duration_ns)):
        pieces = find_passes(orbit, stations, T0, cut) + find_passes(orbit, stations, cut, end)
        joined = join_passes(pieces)
        assert [p.station for p in joined] == [p.station for p in whole]
        for ours, wanted in zip(joined, whole, strict=True):
            assert abs(ours.aos_ns - wanted.aos_ns) < S // 500
            assert abs(ours.los_ns - wanted.los_ns) < S // 500
            assert ours.max_elevation_deg == pytest.approx(wanted.max_elevation_deg, abs=1e-5)
            assert (ours.cut_start, ours.cut_end) == (wanted.cut_start, wanted.cut_end)


@cache
def _six_hours() -> list[Pass]:
    return find_passes(Orbit.from_tle(tle_of("jm")), mission().stations, T0, T0 + 6 * 3600 * S)


def test_a_mast_cuts_a_pass_in_two() -> None:
    orbit, here = Orbit.from_tle(tle_of("els_rs")), mission().stations[1]
    whole = max(find_passes(orbit, [here], T0, T0 + DAY), key=lambda p: p.max_elevation_deg)
    site = Site.of(here)
    middle = float(site.look(*orbit.ecef((whole.aos_ns + whole.tca_ns) // 2)).azimuth_deg)
    mast = (
        (0.0, 0.0),
        (middle - 2, 0.0),
        (middle - 2, 85.0),
        (middle + 2, 85.0),
        (middle + 2, 0.0),
        (360.0, 0.0),
    )
    behind = station(here.latitude_deg, here.longitude_deg, here.altitude_m, mask=mast)
    first, second = find_passes(orbit, [behind], whole.aos_ns - 60 * S, whole.los_ns + 60 * S)
    assert abs(first.aos_ns - whole.aos_ns) < S // 100
    assert abs(second.los_ns - whole.los_ns) < S // 100
    edges = sorted((first.los_azimuth_deg, second.aos_azimuth_deg))
    assert edges == pytest.approx([middle - 2, middle + 2], abs=0.01)
    assert second.max_elevation_deg == pytest.approx(whole.max_elevation_deg, abs=1e-4)


def test_the_mask_is_straight_between_points_and_goes_on_through_north() -> None:
    here = station(mask=((10.0, 20.0), (90.0, 4.0), (270.0, 4.0), (350.0, 10.0)), minimum_elevation_deg=5.0)
    azimuths = np.array([10.0, 50.0, 90.0, 180.0, 310.0, 350.0, 0.0, 355.0, 5.0])
    wanted = [20.0, 12.0, 5.0, 5.0, 7.0, 10.0, 15.0, 12.5, 17.5]
    np.testing.assert_allclose(horizon_deg(here, azimuths), wanted)


def test_a_polar_orbit_comes_over_the_pole_each_time_round_and_an_equatorial_one_never() -> None:
    pole = station(90.0, 0.0, minimum_elevation_deg=0.0)
    polar = tle(inclination=98.7, revolutions=14.2)
    orbit, satellite = Orbit.from_tle(polar), skyfield_satellite(polar)
    passes = find_passes(orbit, [pole], T0, T0 + DAY)
    assert len(passes) in (14, 15)
    rounds = np.diff([p.tca_ns for p in passes]) / S
    # A nodal period is 1.0007 of 86 400 s / 14.2 (J2 at this height)
    np.testing.assert_allclose(rounds, 86_400 / 14.2, rtol=2e-3)
    for each in passes:
        for t_ns in (each.aos_ns, each.los_ns):
            elevation, _, _ = (satellite - place(pole)).at(sky_time(t_ns)).altaz()
            assert elevation.degrees == pytest.approx(0.0, abs=0.01)
    assert find_passes(Orbit.from_tle(tle(inclination=0.01)), [pole], T0, T0 + DAY) == []


def test_what_stands_still_in_the_sky_is_up_all_day() -> None:
    still = Orbit.from_tle(tle(inclination=0.05, revolutions=1.0027))
    x, y, _ = still.ecef(T0)[0]
    below = station(10.0, math.degrees(math.atan2(y, x)))
    (only,) = find_passes(still, [below, station(10.0, math.degrees(math.atan2(-y, -x)))], T0, T0 + DAY)
    assert (only.aos_ns, only.los_ns) == (T0, T0 + DAY)
    assert only.cut_start
    assert only.cut_end
    assert 75 < only.max_elevation_deg < 80


def test_a_very_eccentric_orbit_is_followed_through_perigee() -> None:
    text = tle(inclination=63.4, revolutions=2.0056, eccentricity="7200000", mean=300.0)
    here = station(-35.0, 149.0)
    satellite = skyfield_satellite(text)
    found = find_passes(Orbit.from_tle(text), [here], T0, T0 + DAY)
    times = T0 + np.arange(0, 86_400, 10, dtype=np.int64) * S
    up = (satellite - place(here)).at(sky_time(times)).altaz()[0].degrees > 5.0
    assert len(found) == int(up[0]) + int((~up[:-1] & up[1:]).sum()) >= 1


# what cannot be used


def test_alpha_5_numbers_are_read() -> None:
    plain, alpha = Orbit.from_tle(tle(number="99001")), Orbit.from_tle(tle(number="A0001"))
    assert alpha.satellite.satnum == 100_001
    np.testing.assert_array_equal(plain.ecef(T0)[0], alpha.ecef(T0)[0])


def test_the_last_set_of_a_text_and_its_epoch_are_taken() -> None:
    newer = tle(epoch="26323.50000000", node=30.0)
    orbit = Orbit.from_tle(f"OLD\n{tle()}\nNEW\r\n{newer}\n\n")
    assert orbit.epoch_ns == parse_utc("2026-11-19T12:00:00Z")
    np.testing.assert_array_equal(orbit.ecef(T0)[0], Orbit.from_tle(newer).ecef(T0)[0])


LINE_1, LINE_2 = tle().splitlines()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no line begins"),
        ("not an orbit\nat all\n", "no line begins"),
        (LINE_1, "line 2 is missing"),
        (f"{LINE_1}\n{LINE_1}", "line 2 is missing"),
        (f"{LINE_1[:60]}\n{LINE_2}", "line 1 ends at column 60"),
        (f"{LINE_1}\n{LINE_2.replace('51.6400', '51.6500')}", "line 2 is mistyped"),
        (f"{LINE_1}\n{tle(number='99002').splitlines()[1]}", "different objects"),
        (f"1 {'x' * 66}{check_digit('1')}\n{LINE_2}", "columns 19 to 32"),
        (tle(revolutions=0.0), "SGP4 refuses"),
    ],
)
def test_a_text_that_is_no_tle_is_told_why(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Orbit.from_tle(text)


@given(st.text(max_size=200) | st.text("12 .-0U\nA", max_size=200))
def test_any_text_is_an_orbit_or_a_value_error(text: str) -> None:
    try:
        orbit = Orbit.from_tle(text)
    except ValueError:
        return
    assert orbit.satellite.error == 0


def test_an_orbit_that_decays_says_when() -> None:
    orbit = Orbit.from_tle(tle(revolutions=16.2, bstar=" 20000-2"))
    assert find_passes(orbit, [station()], T0, T0 + DAY)
    with pytest.raises(ValueError, match=r"decayed by 2026-11-2\dT\d\d:\d\d:\d\dZ \(SGP4"):
        find_passes(orbit, [station()], T0, T0 + 10 * DAY)


# the Sun and the shadow


@pytest.mark.parametrize(
    ("utc", "declination_deg"),
    [
        # Seasons of 2026 (Astronomical Almanac), obliquity 23.436°
        ("2026-03-20T14:46:00Z", 0.0),
        ("2026-06-21T08:24:00Z", 23.436),
        ("2026-09-23T00:05:00Z", 0.0),
        ("2026-12-21T20:50:00Z", -23.436),
    ],
)
def test_the_sun_is_over_its_parallel(utc: str, declination_deg: float) -> None:
    assert math.degrees(math.asin(sun_direction(parse_utc(utc))[2])) == pytest.approx(
        declination_deg, abs=0.02
    )


def test_the_sun_is_ahead_by_the_equation_of_time() -> None:
    x, y, _ = sun_direction(parse_utc("2026-11-03T12:00:00Z"))
    # +16 min 27 s, its yearly maximum: 4.11° west of Greenwich at noon
    assert math.degrees(math.atan2(y, x)) == pytest.approx(-4.11, abs=0.03)


@pytest.mark.parametrize(("node", "beta_deg"), [(0.0, 0.0), (90.0, 51.64)])
def test_eclipses_last_as_geometry_says(node: float, beta_deg: float) -> None:
    """At the equinox the Sun stands in the node's zero direction: sin β = sin i · sin Ω."""
    orbit = Orbit.from_tle(tle(epoch="26079.61527778", node=node, revolutions=15.55))
    t0 = parse_utc("2026-03-20T14:46:00Z")
    eclipses = find_eclipses(orbit, t0, t0 + 5 * 5556 * S)
    r = float(np.linalg.norm(orbit.ecef(t0)[0]))
    share = math.acos(math.sqrt(r**2 - 6378.137**2) / (r * math.cos(math.radians(beta_deg)))) / math.pi
    whole = [b - a for a, b in eclipses if a > t0 and b < t0 + 5 * 5556 * S]
    assert len(whole) >= 4
    assert np.mean(whole) / S == pytest.approx(share * 86_400 / 15.55, abs=8)
    entry, leave = eclipses[1]
    for t_ns, dark in ((entry - S, False), (entry + S, True), (leave - S, True), (leave + S, False)):
        assert in_eclipse(orbit.ecef(t_ns)[0], t_ns) is dark


def test_an_orbit_along_the_terminator_has_no_eclipse() -> None:
    orbit = Orbit.from_tle(tle(epoch="26079.61527778", node=90.0, inclination=98.0, revolutions=14.3))
    t0 = parse_utc("2026-03-20T14:46:00Z")
    assert find_eclipses(orbit, t0, t0 + DAY) == []
    assert find_eclipses(orbit, t0, t0) == []
