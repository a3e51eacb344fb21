"""The shared prediction: days that are joined, what leads, what counts down, and the window that shows it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

import small_archive
from pass_scene import BURN_NS, PassDesk, S, sample_mission, with_file
from small_archive import START

from console.desk.passplan import PassPlan, read_orbit
from console.desk.window import DeskWindow
from console.passes.orbit import DAY_NS
from console.passes.predict import find_eclipses, find_passes
from decoders.timecode import parse_utc

MIDNIGHT = parse_utc("2026-11-19T00:00:00Z")


@pytest.fixture
def plan(qtbot: QtBot) -> Iterator[PassPlan]:
    desk = PassDesk()
    yield desk.pass_plan
    desk.pass_plan.stop()


def until_known(qtbot: QtBot, plan: PassPlan, t0_ns: int, t1_ns: int) -> None:
    qtbot.waitUntil(lambda: plan.known(t0_ns, t1_ns), timeout=10_000)


def test_nothing_is_waited_for_and_a_signal_tells_when_it_came(plan: PassPlan, qtbot: QtBot) -> None:
    with qtbot.waitSignal(plan.changed, timeout=10_000):
        assert plan.between(BURN_NS - 3600 * S, BURN_NS) == []
        assert not plan.known(BURN_NS - 3600 * S, BURN_NS)
    assert plan.known(BURN_NS - 3600 * S, BURN_NS)
    assert plan.between(BURN_NS - 3600 * S, BURN_NS) != []


def test_days_are_joined_at_midnight(plan: PassPlan, qtbot: QtBot) -> None:
    """As found in one go from noon to noon: no pass and no eclipse is cut in two."""
    t0, t1 = MIDNIGHT - DAY_NS // 2, MIDNIGHT + DAY_NS // 2
    until_known(qtbot, plan, t0, t1)
    for vehicle in sample_mission().vehicles:
        orbit = read_orbit(sample_mission(), vehicle.id)
        assert orbit is not None
        found = plan.between(t0, t1, vehicle.id)
        wanted = find_passes(orbit, sample_mission().stations, t0, t1, vehicle.id)
        assert [(p.station, round(p.tca_ns / S)) for p in found] == [
            (p.station, round(p.tca_ns / S)) for p in wanted
        ]
        dark = [e for e in plan.eclipses(vehicle.id, t0, t1) if e[0] > t0 and e[1] < t1]
        whole = [e for e in find_eclipses(orbit, t0, t1) if e[0] > t0 and e[1] < t1]
        assert [(a // S, b // S) for a, b in dark] == [(a // S, b // S) for a, b in whole]


def test_an_eclipse_over_midnight_is_one(plan: PassPlan, qtbot: QtBot) -> None:
    orbit = read_orbit(sample_mission(), "els_rs")
    assert orbit is not None
    hour = 3600 * S
    nights = (MIDNIGHT + number * DAY_NS for number in range(10))
    midnight, dark = next(
        (night, (entry, leave))
        for night in nights
        for entry, leave in find_eclipses(orbit, night - hour, night + hour)
        if entry < night < leave
    )
    until_known(qtbot, plan, midnight - hour, midnight + hour)
    (found,) = plan.eclipses("els_rs", midnight - S, midnight + S)
    assert [each // S for each in found] == [each // S for each in dark]


def test_passes_of_one_vehicle_and_station(plan: PassPlan, qtbot: QtBot) -> None:
    t0, t1 = BURN_NS - 7 * 3600 * S, BURN_NS
    until_known(qtbot, plan, t0, t1)
    every = plan.between(t0, t1)
    one = plan.between(t0, t1, "els_rs", "Punta Arenas")
    # MISSION: −216, −121 and −25 min
    assert [round((p.tca_ns - BURN_NS) / S / 60) for p in one] == pytest.approx([-213, -117, -22], abs=4)
    assert one == [p for p in every if (p.vehicle, p.station) == ("els_rs", "Punta Arenas")]
    assert {p.vehicle for p in every} == {"els_rs", "jm"}


def test_a_station_is_asked_only_for_the_vehicles_it_is_booked_for(qtbot: QtBot) -> None:
    stations = tuple(msgspec.structs.replace(s, vehicles=("jm",)) for s in sample_mission().stations)
    plan = PassPlan(msgspec.structs.replace(sample_mission(), stations=stations))
    until_known(qtbot, plan, BURN_NS, BURN_NS + DAY_NS)
    assert {p.vehicle for p in plan.between(BURN_NS, BURN_NS + DAY_NS)} == {"jm"}
    plan.stop()


def test_what_leads_is_the_first_vehicle_where_a_link_listens(plan: PassPlan, qtbot: QtBot) -> None:
    t0 = parse_utc("2026-11-18T15:20:00Z")
    until_known(qtbot, plan, t0, t0 + DAY_NS)
    first = plan.leading(t0)
    assert first is not None
    assert (first.vehicle, first.station) == ("els_rs", "Singapore")
    (masuda,) = plan.between(BURN_NS - 361 * 60 * S, BURN_NS - 350 * 60 * S, "els_rs", "Masuda")
    # Okinawa and Katsuura see it too then, and the Japan Module is near
    lead = plan.leading(masuda.tca_ns)
    assert lead == masuda
    soon, later = plan.countdowns(masuda.tca_ns)
    assert (soon.label, soon.at_ns) == ("LOS Masuda", masuda.los_ns)
    assert later.label == "AOS Santiago"
    assert (later.at_ns - BURN_NS) / S / 60 == pytest.approx(-315, abs=4)


def test_a_bad_orbit_is_told_and_leaves_the_other_vehicle(qtbot: QtBot) -> None:
    plan = PassPlan(with_file("orbits/els_rs.tle", b"1 99001U cut short\n"))
    until_known(qtbot, plan, BURN_NS, BURN_NS + DAY_NS)
    assert list(plan.problems(BURN_NS, BURN_NS + DAY_NS)) == ["els_rs"]
    assert "line 1 ends at column" in plan.problems(BURN_NS, BURN_NS + DAY_NS)["els_rs"]
    assert plan.orbit("els_rs") is None
    assert {p.vehicle for p in plan.between(BURN_NS, BURN_NS + DAY_NS)} == {"jm"}
    lead = plan.leading(BURN_NS)
    assert lead is not None
    assert plan.countdowns(lead.tca_ns)[0].label.endswith("· Japan Module")
    plan.stop()


def test_far_away_days_are_let_go(plan: PassPlan, qtbot: QtBot) -> None:
    for number in range(45):
        plan.known(BURN_NS + number * DAY_NS, BURN_NS + number * DAY_NS)
    last = BURN_NS + 44 * DAY_NS
    until_known(qtbot, plan, last - 3 * DAY_NS, last)
    assert not plan.known(BURN_NS, BURN_NS)  # and is begun again
    until_known(qtbot, plan, BURN_NS, BURN_NS)


def test_the_window_counts_down(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    head = small_archive.FILES["mission.toml"].replace(
        b"scids = [66]", b'scids = [66]\norbit = "orbits/ship.tle"'
    )
    monkeypatch.setitem(small_archive.FILES, "mission.toml", head)
    for name in ("orbits/els_rs.tle", "stations.toml"):
        kept = name.replace("els_rs", "ship")
        monkeypatch.setitem(small_archive.FILES, kept, sample_mission().files[name])
    window = DeskWindow(str(small_archive.write(tmp_path / "small.okaeri", 5)))
    window.resize(1920, 1080)
    with qtbot.waitExposed(window):
        window.show()
    window.start()
    try:
        qtbot.waitUntil(lambda: "AOS" in window.clock_bar.spoken(), timeout=15_000)
        coming = window.pass_plan.between(START, START + DAY_NS)
        assert any(c.at_ns in [p.aos_ns for p in coming] for c in window.clock_bar.countdowns)
        for panel in ("passes", "sky"):
            window.open_panel(panel)
            qtbot.waitUntil(lambda panel=panel: window.docking.host(panel).note() != "")
            assert not window.docking.host(panel).error
    finally:
        window.shut_down()
        window.hide()
        window.deleteLater()
