"""The sky plot: angles as Skyfield gives them, where marks are drawn, and which pass it shows."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from skyfield.api import EarthSatellite, load, wgs84

sys.path.insert(0, str(Path(__file__).parent))

from pass_scene import BURN_NS, PassDesk, S, sample_mission, without_orbits

from console.desk.panels.sky import SkyPanel
from console.mission import Mission
from console.passes.orbit import DAY_NS
from console.passes.predict import Pass

Open = Callable[..., tuple[PassDesk, SkyPanel]]
SKY = load.timescale(builtin=True)


@pytest.fixture
def open_panel(qtbot: QtBot) -> Iterator[Open]:
    desks: list[PassDesk] = []

    def make(t_ns: int = BURN_NS, mission: Mission | None = None) -> tuple[PassDesk, SkyPanel]:
        desk = PassDesk(mission)
        desks.append(desk)
        panel = SkyPanel(desk)
        qtbot.addWidget(panel)
        panel.resize(484, 276)
        panel.show()
        qtbot.waitUntil(lambda: desk.pass_plan.known(t_ns - DAY_NS, t_ns + DAY_NS), timeout=10_000)
        panel.refresh(desk.view(t_ns))
        return desk, panel

    yield make
    for desk in desks:
        desk.pass_plan.stop()


def masuda(desk: PassDesk) -> Pass:
    """The pass that the sample mission's recording is of (48° at T − 6 h)."""
    t0, t1 = BURN_NS - 361 * 60 * S, BURN_NS - 355 * 60 * S
    (only,) = desk.pass_plan.between(t0, t1, "els_rs", "Masuda")
    return only


def values(panel: SkyPanel) -> dict[str, str]:
    return {each.label: each.value for each in panel.readings()}


def skyfield_angles(vehicle: str, station: str, t_ns: int) -> tuple[float, float, float]:
    """Azimuth and elevation (deg) and range (km)."""
    mission = sample_mission()
    name = next(v.orbit for v in mission.vehicles if v.id == vehicle)
    satellite = EarthSatellite(*mission.files[name].decode().splitlines()[1:3], ts=SKY)
    here = next(s for s in mission.stations if s.name == station)
    place: Any = satellite - wgs84.latlon(here.latitude_deg, here.longitude_deg, here.altitude_m)
    elevation, azimuth, distance = place.at(SKY.from_datetime(datetime.fromtimestamp(t_ns / S, UTC))).altaz()
    return azimuth.degrees, elevation.degrees, distance.km


@pytest.mark.parametrize("share", [0.1, 0.4, 0.8])
def test_readings_are_skyfields(open_panel: Open, share: float) -> None:
    desk, panel = open_panel()
    each = masuda(desk)
    t_ns = each.aos_ns + round(share * each.duration_ns)
    panel.refresh(desk.view(t_ns))
    azimuth, elevation, distance = skyfield_angles("els_rs", "Masuda", t_ns)
    shown = values(panel)
    assert float(shown["Azimuth"]) == pytest.approx(azimuth, abs=0.1)
    assert float(shown["Elevation"]) == pytest.approx(elevation, abs=0.1)
    assert float(shown["Range"].replace(",", "")) == pytest.approx(distance, abs=1)
    before, after = (skyfield_angles("els_rs", "Masuda", t_ns + d)[2] for d in (-S // 2, S // 2))
    rate = float(shown["Range rate"].replace("−", "-"))
    assert rate == pytest.approx(after - before, abs=0.002)
    doppler_khz = -rate / 299_792.458 * 2265e3
    assert float(shown["Doppler"].replace("−", "-")) == pytest.approx(doppler_khz, abs=0.1)
    assert shown["Carrier"] == "2265.0"


def test_it_follows_the_pass_that_leads(open_panel: Open) -> None:
    desk, panel = open_panel()
    each = masuda(desk)
    panel.refresh(desk.view(each.tca_ns))
    assert panel.title() == "Sky · Masuda"
    assert panel.header_text() == "IN PASS"
    left = (each.los_ns - each.tca_ns) / S
    assert values(panel)["LOS in"] == f"T-00:{math.ceil(left) // 60:02d}:{math.ceil(left) % 60:02d}"
    assert "Elevation 47." in panel.accessibleDescription()
    panel.refresh(desk.view(each.los_ns + 600 * S))
    assert panel.title() == "Sky · Santiago"
    assert panel.header_text().startswith("AOS T-00:2")
    assert values(panel)["Elevation"].startswith("−")
    assert float(values(panel)["Azimuth at AOS"]) == pytest.approx(panel.shown.aos_azimuth_deg, abs=0.1)


def test_a_chosen_pass_is_shown_until_it_is_over_or_the_plot_is_clicked(
    open_panel: Open, qtbot: QtBot
) -> None:
    desk, panel = open_panel()
    each = masuda(desk)
    panel.refresh(desk.view(each.aos_ns - 60 * S))
    other = desk.pass_plan.between(BURN_NS - 150 * 60 * S, BURN_NS, "els_rs", "South Point")[0]
    desk.selection.pass_chosen.emit(other)
    assert panel.title() == "Sky · South Point"
    qtbot.mouseClick(panel, Qt.MouseButton.LeftButton)
    assert desk.chosen[-1] is None
    assert panel.title() != "Sky · South Point"
    desk.selection.pass_chosen.emit(other)
    panel.refresh(desk.view(other.los_ns - S))
    assert panel.title() == "Sky · South Point"
    panel.refresh(desk.view(other.los_ns + S))
    assert desk.chosen[-1] is None
    assert panel.shown not in (None, other)


def test_shadow_and_light_are_told_with_their_end(open_panel: Open) -> None:
    desk, panel = open_panel()
    entry, leave = desk.pass_plan.eclipses("els_rs", BURN_NS, BURN_NS + DAY_NS)[1]
    # MISSION: 36.1 min of eclipse at most in this orbit
    assert 20 * 60 * S < leave - entry < 36.3 * 60 * S
    panel.refresh(desk.view(entry + S))
    assert values(panel)["Eclipse"].startswith("until ")
    panel.refresh(desk.view(leave + S))
    assert values(panel)["Sunlit"].startswith("until ")


def test_north_is_up_and_east_is_right(open_panel: Open) -> None:
    """The brightest spot, the live mark, lies where Skyfield's angles put it on a polar plot."""
    desk, panel = open_panel()
    each = masuda(desk)
    for share in (0.2, 0.5, 0.8):
        t_ns = each.aos_ns + round(share * each.duration_ns)
        panel.refresh(desk.view(t_ns))
        azimuth, elevation, _ = skyfield_angles("els_rs", "Masuda", t_ns)
        picture = panel.grab().toImage()
        middle, radius = panel.dome()
        away = radius * (1 - elevation / 90)
        x = middle.x() + away * math.sin(math.radians(azimuth))
        y = middle.y() - away * math.cos(math.radians(azimuth))
        for dx, dy in ((0, 0), (2, 0), (-2, 0), (0, 2), (0, -2)):
            assert picture.pixelColor(round(x) + dx, round(y) + dy).lightness() > 240


def test_without_orbits_there_is_one_quiet_line(open_panel: Open) -> None:
    _, panel = open_panel(mission=without_orbits())
    assert panel.title() == "Sky"
    assert panel.header_text() == ""
    assert panel.readings() == []
    assert not panel.grab().isNull()
