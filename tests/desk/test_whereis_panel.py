"""The read-out: figures that can be checked by hand, and dashes where nothing is known."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyproj
import pytest
from msgspec.structs import replace as replace_struct
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

from pass_scene import PassDesk, sample_mission
from recovery_scene import MAIN_NS, ZONE, S, with_capsule, with_track

from console.desk import theme
from console.desk.panels.whereis import Cell, WhereIsPanel
from decoders.shapes import PacketQuality

GEOD = pyproj.Geod(ellps="WGS84")


@pytest.fixture
def scene(qtbot: QtBot) -> Iterator[tuple[PassDesk, WhereIsPanel]]:
    desk = PassDesk()
    panel = WhereIsPanel(desk)
    qtbot.addWidget(panel)
    panel.resize(728, 314)
    with qtbot.waitExposed(panel):
        panel.show()
    yield desk, panel
    desk.pass_plan.stop()


def cells(panel: WhereIsPanel) -> dict[str, Cell]:
    return {cell.label: cell for cell in panel.cells()}


def test_the_position_under_the_chute(scene: tuple[PassDesk, WhereIsPanel]) -> None:
    desk, panel = scene
    panel.refresh(with_capsule(desk.view(MAIN_NS), 24.557417, 153.379550, 4202))
    assert panel.position() == ("24°33.445′ N", "153°22.773′ E")
    told = cells(panel)
    assert (told["Age"].value, told["Age"].unit, told["Age"].below) == ("0.8", "s", "22:24:59Z")
    assert (told["Height"].value, told["Height"].unit) == ("4202", "m")
    assert told["Speed"].value == "7.6"
    assert told["Speed"].below.startswith("↓ 7.6 m/s")
    assert (told["Source"].value, told["Source"].below) == ("GNSS 3D", "11 satellites")
    assert panel.heading() == "Position"
    assert panel.note().startswith("24.557417° N  153.379550° E")
    bearing, _, length = GEOD.inv(156.05, 25.15, 153.379550, 24.557417)
    assert told["Nearest asset"].value == f"{length / 1000:.0f}"
    assert told["Bearing from it"].value == f"{bearing % 360:05.1f}°"
    hours = length / 1852 / 13
    assert told["It arrives in"].value[:5] == f"{int(hours):02d}:{int(hours % 1 * 60):02d}"
    assert panel.header_text() == "ELS-RS"
    assert "24°33.445′ N" in panel.accessibleDescription()


def test_in_orbit_nobody_is_told_when_the_ship_arrives(scene: tuple[PassDesk, WhereIsPanel]) -> None:
    desk, panel = scene
    panel.refresh(with_capsule(desk.view(MAIN_NS), 21.6, 117.5, 385_300))
    told = cells(panel)
    assert (told["Height"].value, told["Height"].unit) == ("385.3", "km")
    assert panel.heading() == "Point below the orbit · no landing place"
    assert told["It arrives in"].value == "—"


def test_nothing_and_doubtful(scene: tuple[PassDesk, WhereIsPanel]) -> None:
    desk, panel = scene
    panel.refresh(desk.view(MAIN_NS))
    assert panel.position() == ("—", "—")
    assert cells(panel)["Age"].below == "nothing received yet"
    assert cells(panel)["Nearest asset"].below == "Recovery ship"
    panel.refresh(with_capsule(desk.view(MAIN_NS), 24.5, 153.4, 4202, rs_gnss_fix=0))
    assert panel.position() == ("—", "—")
    assert cells(panel)["Age"].below == "no usable position yet"
    assert panel.note() == "position of 22:24:59Z not used: no GNSS fix"
    panel.refresh(with_capsule(desk.view(MAIN_NS), 24.5, 153.4, 4202, rs_pos_ecef_m_z=0))
    assert "implausible" in panel.note()


@pytest.mark.parametrize("changes", [{"rs_gnss_fix": 0}, {"rs_pos_ecef_m_z": 0}])
def test_the_last_usable_position_stands_while_the_newest_is_none(
    scene: tuple[PassDesk, WhereIsPanel], changes: dict[str, int]
) -> None:
    desk, panel = scene
    view = with_capsule(desk.view(MAIN_NS), *ZONE, 4202, **changes)
    (query,) = panel.queries(view)
    assert query.t1_ns - query.t0_ns == 86_400 * S
    way = [25.2, 25.25, 24.557417, 80.0], [156.1, 156.15, 153.37955, 0.0]
    panel.refresh(with_track(view, query, *way, 6_000.0, end_s=60))
    # The last point of the answer lies behind the shown instant
    assert panel.position() == ("24°33.445′ N", "153°22.773′ E")
    assert panel.heading() == "Last position"
    assert cells(panel)["Age"].value == "0.0"
    panel.refresh(with_track(view, query, [25.2, 24.557417], [156.1, 153.37955], 6_000.0, end_s=-83))
    assert cells(panel)["Age"].value == "83.0"
    assert panel.heading() == "Last position"
    assert panel.note().startswith("position of 22:24:59Z not used")


def test_a_playback_of_older_packets_does_not_move_the_capsule_back(
    scene: tuple[PassDesk, WhereIsPanel],
) -> None:
    desk, panel = scene
    assert panel.queries(with_capsule(desk.view(MAIN_NS), *ZONE, 4202)) == ()
    view = with_capsule(desk.view(MAIN_NS), 40.0, 100.0, 300_000.0, age_s=1800)
    row = replace(view.latest["rs_nav"], quality=int(PacketQuality.PLAYBACK))
    view = replace(view, latest={"rs_nav": row})
    (query,) = panel.queries(view)
    panel.refresh(with_track(view, query, [25.2, 24.557417], [156.1, 153.37955], 6_000.0))
    assert panel.position() == ("24°33.445′ N", "153°22.773′ E")
    # Where nothing newer is known the playback is better than nothing
    panel.refresh(view)
    assert panel.position()[0] == "40°00.000′ N"
    assert panel.heading().startswith("Point below")


def test_a_playback_newer_than_what_was_known_is_taken(scene: tuple[PassDesk, WhereIsPanel]) -> None:
    desk, panel = scene
    view = with_capsule(desk.view(MAIN_NS), *ZONE, 4202)
    row = replace(view.latest["rs_nav"], quality=int(PacketQuality.PLAYBACK))
    view = replace(view, latest={"rs_nav": row})
    (query,) = panel.queries(view)
    panel.refresh(with_track(view, query, [25.2, 24.557417], [156.1, 153.37955], 6_000.0, end_s=-83))
    assert panel.position()[0] == "25°18.000′ N"


def test_a_position_whose_packets_stopped_is_the_last_one(scene: tuple[PassDesk, WhereIsPanel]) -> None:
    """A packet each second is missed after 1.9 of them, as every value is."""
    desk, panel = scene
    panel.refresh(with_capsule(desk.view(MAIN_NS), *ZONE, 4202, age_s=1.8))
    assert panel.heading() == "Position"
    panel.refresh(with_capsule(desk.view(MAIN_NS), *ZONE, 4202, age_s=5))
    assert panel.heading() == "Last position"


def test_a_mission_without_a_position_says_so(qtbot: QtBot) -> None:
    mission = sample_mission()
    mute = tuple(replace_struct(v, position_ecef_m=()) for v in mission.vehicles)
    desk = PassDesk(replace_struct(mission, vehicles=mute))
    panel = WhereIsPanel(desk)
    qtbot.addWidget(panel)
    panel.refresh(desk.view(MAIN_NS))
    assert panel.position() == ("—", "—")
    assert panel.note() == "The mission names no parameters that tell a position"
    assert not panel.queries(desk.view(MAIN_NS))
    desk.pass_plan.stop()


def test_an_old_fix_is_dim(scene: tuple[PassDesk, WhereIsPanel]) -> None:
    desk, panel = scene

    def brightest() -> int:
        picture = panel.grab().toImage()
        return max(picture.pixelColor(x, y).lightness() for x in range(10, 300) for y in range(40, 76))

    panel.refresh(with_capsule(desk.view(MAIN_NS), 24.5, 153.4, 4202))
    fresh = brightest()
    panel.refresh(with_capsule(desk.view(MAIN_NS), 24.5, 153.4, 4202, age_s=1.8))
    assert brightest() == fresh
    # A packet that came just now with a position from five minutes ago is no fresh position
    view = with_capsule(desk.view(MAIN_NS), 24.5, 153.4, 4202, age_s=300)
    panel.refresh(replace(view, latest={"rs_nav": replace(view.latest["rs_nav"], reception_ns=MAIN_NS)}))
    assert brightest() < fresh
    panel.refresh(view)
    assert cells(panel)["Age"].value == "00:05:00"
    assert brightest() <= theme.palette.dim.lightness() + 8 < fresh


def test_the_figures_grow_with_the_panel(scene: tuple[PassDesk, WhereIsPanel], qtbot: QtBot) -> None:
    desk, panel = scene
    panel.refresh(with_capsule(desk.view(MAIN_NS), 24.5, 153.4, 4202))

    def tall() -> int:
        picture = panel.grab().toImage()
        rows = [
            y for y in range(panel.height() // 3)
            if any(picture.pixelColor(x, y).lightness() > 240 for x in range(0, panel.width() // 2, 2))
        ]  # fmt: skip
        return len(rows)

    small = tall()
    panel.resize(1165, 480)
    assert tall() > 1.4 * small
