"""The list of passes: the mission's time-line in its rows, choosing by mouse and keys, words when empty."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

from pass_scene import BURN_NS, PassDesk, S, sample_mission, with_file, without_orbits

from console.desk.panels.passes import AOS, COUNTDOWN, DURATION, HIGHEST, LOS, STATION, VEHICLE, PassesPanel
from console.mission import Mission
from console.passes.orbit import DAY_NS
from decoders.timecode import parse_utc

MORNING = parse_utc("2026-11-18T15:20:00Z")
Open = Callable[..., tuple[PassDesk, PassesPanel]]


@pytest.fixture
def open_panel(qtbot: QtBot) -> Iterator[Open]:
    desks: list[PassDesk] = []

    def make(t_ns: int = MORNING, mission: Mission | None = None) -> tuple[PassDesk, PassesPanel]:
        desk = PassDesk(mission)
        desks.append(desk)
        panel = PassesPanel(desk)
        qtbot.addWidget(panel)
        panel.resize(484, 212)
        panel.show()
        qtbot.waitUntil(lambda: desk.pass_plan.known(t_ns, t_ns + 2 * DAY_NS), timeout=10_000)
        panel.refresh(desk.view(t_ns))
        return desk, panel

    yield make
    for desk in desks:
        desk.pass_plan.stop()


def texts(panel: PassesPanel) -> list[list[str]]:
    model = panel.model
    return [
        [str(model.index(row, column).data()) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


@pytest.mark.parametrize(
    ("station", "minutes", "degrees"),
    [
        # The passes before T that the mission's time-line names, computed apart from this program
        ("Singapore", -371, 65), ("Okinawa", -362, 39), ("Masuda", -360, 48), ("Katsuura", -358, 35),
        ("Santiago", -315, 31), ("Santiago", -219, 19), ("Punta Arenas", -216, 18),
        ("Hartebeesthoek", -197, 37), ("South Point", -148, 47), ("Punta Arenas", -121, 52),
        ("Katsuura", -64, 9), ("Punta Arenas", -25, 68),
    ],
)  # fmt: skip
def test_the_rows_are_the_passes_of_the_time_line(
    open_panel: Open, station: str, minutes: int, degrees: int
) -> None:
    _, panel = open_panel()
    for row, words in enumerate(texts(panel)):
        each = panel.model.passes[row]
        near = abs((each.tca_ns - BURN_NS) / S / 60 - minutes) < 5
        if words[VEHICLE] == "ELS-RS" and words[STATION] == station and near:
            assert int(words[HIGHEST].rstrip("°")) == pytest.approx(degrees, abs=max(1, 0.04 * degrees))
            return
    pytest.fail(f"no pass over {station} at T {minutes} min")


def test_a_pass_that_was_predicted_anew_keeps_its_row(open_panel: Open) -> None:
    _, panel = open_panel()
    third = panel.model.passes[2]
    assert panel.model.row_of(replace(third, max_elevation_deg=0.0)) == 2
    assert panel.model.row_of(replace(third, tca_ns=third.tca_ns + 1)) is None


def test_the_rows_that_are_read_stay_where_they_are(open_panel: Open, qtbot: QtBot) -> None:
    desk, panel = open_panel()
    bar = panel.table.verticalScrollBar()
    assert bar.maximum() > 120
    desk.selection.pass_chosen.emit(panel.model.passes[1])
    bar.setValue(120)
    over = panel.model.passes[0].los_ns + S
    panel.refresh(desk.view(over))
    assert bar.value() == 120, "the chosen one, higher up, does not pull the list to it"


def test_before_during_and_after_a_pass(open_panel: Open) -> None:
    desk, panel = open_panel()
    assert [w[VEHICLE] for w in texts(panel)[:2]] == ["ELS-RS", "Japan Module"]
    first, words = panel.model.passes[0], texts(panel)[0]
    assert words[STATION] == "Singapore"
    assert panel.header_text() == f"no contact until {words[AOS]}Z"
    seconds = -(-(first.aos_ns - MORNING) // S)
    assert words[COUNTDOWN] == f"T-00:{seconds // 60:02d}:{seconds % 60:02d}"
    duration = (first.los_ns - first.aos_ns) // S
    assert words[DURATION] == f"{duration // 60:02d}:{duration % 60:02d}"
    panel.refresh(desk.view(first.los_ns - 75 * S))
    assert texts(panel)[0][COUNTDOWN] == "LOS 01:15"
    assert panel.header_text() == "in pass: Singapore"
    count = panel.model.rowCount()
    panel.refresh(desk.view(first.los_ns))
    assert texts(panel)[0] != words
    assert panel.model.rowCount() < count + 1
    assert (words[STATION], words[LOS]) not in [(w[STATION], w[LOS]) for w in texts(panel)]


def test_rows_look_a_day_ahead_from_the_shown_instant(open_panel: Open) -> None:
    desk, panel = open_panel()
    assert all(p.los_ns > MORNING and p.aos_ns < MORNING + DAY_NS for p in panel.model.passes)
    last = panel.model.passes[-1]
    assert last.aos_ns > MORNING + 22 * 3600 * S
    panel.refresh(desk.view(MORNING + DAY_NS // 2))
    assert panel.model.passes[-1].aos_ns > MORNING + DAY_NS


def test_mouse_and_keys_choose_a_pass(open_panel: Open, qtbot: QtBot) -> None:
    desk, panel = open_panel()
    table = panel.table
    third = table.visualRect(panel.model.index(2, STATION)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=third)
    assert desk.chosen == [panel.model.passes[2]]
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert desk.chosen[-1] == panel.model.passes[3]
    qtbot.keyClick(table, Qt.Key.Key_Escape)
    assert desk.chosen[-1] is None
    assert table.selectionModel().selectedRows() == []


def test_the_chosen_row_keeps_its_mark_when_others_leave(open_panel: Open, qtbot: QtBot) -> None:
    desk, panel = open_panel()
    chosen = panel.model.passes[4]
    point = panel.table.visualRect(panel.model.index(4, AOS)).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=point)
    panel.refresh(desk.view(panel.model.passes[0].los_ns + S))
    rows = [index.row() for index in panel.table.selectionModel().selectedRows()]
    assert [panel.model.passes[row] for row in rows] == [chosen]
    assert desk.chosen == [chosen]


def test_a_pass_chosen_elsewhere_is_marked(open_panel: Open) -> None:
    desk, panel = open_panel()
    desk.selection.pass_chosen.emit(panel.model.passes[1])
    assert [index.row() for index in panel.table.selectionModel().selectedRows()] == [1]
    desk.selection.pass_chosen.emit(None)
    assert panel.table.selectionModel().selectedRows() == []


def test_a_rested_mouse_tells_jst_and_azimuths(open_panel: Open) -> None:
    _, panel = open_panel()
    each = panel.model.passes[0]
    words = str(panel.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole))
    assert "ELS-RS · Singapore" in words
    assert "JST +1d" in words  # 15:27Z is 00:27 of the next day in Japan
    assert f"azimuth {each.aos_azimuth_deg:.1f}°" in words


def test_an_orbit_that_cannot_be_used_is_told_and_the_other_stays(open_panel: Open) -> None:
    tle = sample_mission().files["orbits/els_rs.tle"].replace(b"51.6400", b"51.6500")
    _, panel = open_panel(mission=with_file("orbits/els_rs.tle", tle))
    assert "ELS-RS cannot be predicted: TLE line 2 is mistyped" in panel.foot.text()
    assert {words[VEHICLE] for words in texts(panel)} == {"Japan Module"}


def test_the_age_of_the_elements_is_told(open_panel: Open) -> None:
    _, panel = open_panel(parse_utc("2026-11-20T03:00:00Z"))
    # Epoch 26322.625 is 2026-11-18T15:00Z
    assert "TLE of ELS-RS: 1.5 d old" in panel.foot.text()


def test_signs_in_a_name_are_no_markup(open_panel: Open) -> None:
    first, *others = sample_mission().vehicles
    named = msgspec.structs.replace(first, title="<A> & B")
    mission = msgspec.structs.replace(sample_mission(), vehicles=(named, *others))
    _, panel = open_panel(mission=mission)
    shown = QTextDocument()
    shown.setHtml(panel.foot.text())
    assert "TLE of <A> & B: " in shown.toPlainText()


def test_without_orbits_there_is_one_quiet_line(open_panel: Open) -> None:
    _, panel = open_panel(mission=without_orbits())
    assert not panel.table.isVisible()
    assert panel.empty.isVisible()
    assert "no orbit" in panel.empty.text()
    assert panel.header_text() == ""


def test_it_says_that_it_is_still_predicting(qtbot: QtBot) -> None:
    desk = PassDesk()
    panel = PassesPanel(desk)
    qtbot.addWidget(panel)
    panel.show()
    panel.refresh(desk.view(MORNING))
    assert panel.empty.text() == "Predicting …"
    desk.pass_plan.changed.connect(lambda: panel.refresh(desk.view(MORNING)))
    qtbot.waitUntil(lambda: panel.model.rowCount() > 20, timeout=10_000)
    assert panel.table.isVisible()
    desk.pass_plan.stop()
