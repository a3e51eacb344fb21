"""The event log: newest on top, filtered by typing, read without moving, copied."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

from panel_scene import START, S, Scene, enter, has_colour, leave, picture

from console.desk import theme
from console.desk.panels.events import EventsPanel

Log = tuple[Scene, EventsPanel]


@pytest.fixture
def log(tmp_path: Path, qtbot: QtBot) -> Iterator[Log]:
    scene = Scene(tmp_path / "two.okaeri")
    panel = EventsPanel(scene)
    qtbot.addWidget(panel)
    panel.resize(624, 186)
    with qtbot.waitExposed(panel):
        panel.show()
    yield scene, panel
    scene.close()


def tell(scene: Scene, at_s: float, text: str, severity: int = 0, link: str = "", **more: object) -> None:
    at_ns = START + round(at_s * S)
    scene.now_ns = max(scene.now_ns, at_ns)
    scene.writer_of_packets.event(
        link,
        str(more.pop("code", "code")),
        severity,
        text,
        known_at_ns=at_ns,
        **more,  # type: ignore[arg-type]
    )


def texts(panel: EventsPanel) -> list[str]:
    return [event.text for event in panel.model.shown]


def test_newest_on_top_with_time_severity_link_and_reason(log: Log) -> None:
    scene, panel = log
    tell(scene, 0, "first data", link="s")
    tell(scene, 8, "frame check failed", 1, "s", code="fecf", offset=22_380, octets=bytes(range(20)))
    scene.show(panel, 10)
    assert texts(panel) == ["frame check failed", "first data"]
    lines = [panel.model.index(row).data() for row in range(2)]
    assert lines == [
        "09:50:30Z caution: S-band: frame check failed",
        "09:50:22Z S-band: first data",
    ]
    told = panel.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert told.splitlines()[0] == "2026-326 09:50:30Z · caution · fecf"
    assert "offset 22380 in the stream" in told
    assert "20 octets: 00 01 02" in told
    first = panel.list.visualRect(panel.model.index(0))
    image = picture(panel.list.viewport())
    assert has_colour(image, theme.palette.caution, 0, first.top(), 130, first.height()) > 40
    assert has_colour(image, theme.palette.caution, 0, first.bottom() + 1, 130, first.height()) == 0
    right = has_colour(image, theme.palette.dim, first.right() - 100, first.top(), 100, first.height())
    assert right > 10, "the offset stands at the right end"


def test_an_event_of_another_day_says_its_day(log: Log) -> None:
    scene, panel = log
    tell(scene, 0, "yesterday")
    scene.show(panel, 86_400)
    assert panel.day_of(panel.model.shown[0]) == "326"
    tell(scene, 86_400, "today")
    scene.show(panel, 86_401)
    assert panel.day_of(panel.model.shown[0]) == ""


def test_replay_shows_what_was_known_then(log: Log) -> None:
    scene, panel = log
    scene.send("hk", 0)
    tell(scene, 0, "early")
    scene.send("hk", 10)
    tell(scene, 10, "late")
    scene.show(panel, 5, mode="replay")
    assert texts(panel) == ["early"]
    scene.show(panel, 11)
    assert texts(panel) == ["late", "early"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("frame", ["frame lost", "frame check failed"]),
        ("FAILED frame", ["frame check failed"]),
        ("relay", ["frame lost"]),
        ("fecf", ["frame check failed"]),
        ("nothing like it", []),
    ],
)
def test_typing_filters_by_text_code_and_link(log: Log, qtbot: QtBot, typed: str, found: list[str]) -> None:
    scene, panel = log
    tell(scene, 0, "first data", link="s")
    tell(scene, 1, "frame check failed", 1, "s", code="fecf")
    tell(scene, 2, "frame lost", 1, "r", code="sequence")
    scene.show(panel, 3)
    qtbot.keyClicks(panel.filter, typed)
    assert texts(panel) == found
    assert panel.empty.isVisible() == (not found)
    if not found:
        assert panel.empty.text() == "No event fits the filter"
    again = EventsPanel(scene)
    qtbot.addWidget(again)
    again.restore(panel.save())
    scene.show(again, 3)
    assert texts(again) == found
    panel.filter.clear()
    assert len(texts(panel)) == 3


def test_rows_stand_still_while_they_are_read_and_follow_when_nobody_reads(log: Log, qtbot: QtBot) -> None:
    scene, panel = log
    for i in range(40):
        tell(scene, i, f"event {i}")
    scene.show(panel, 40)
    bar = panel.list.verticalScrollBar()
    assert panel.list.indexAt(panel.list.viewport().rect().topLeft()).data() is not None
    enter(panel.list)

    def top_event() -> str:
        index = panel.list.indexAt(panel.list.viewport().rect().topLeft())
        return panel.model.shown[index.row()].text

    before = top_event()
    assert before == "event 39"
    tell(scene, 41, "event 41")
    tell(scene, 42, "event 42")
    scene.show(panel, 43)
    assert texts(panel)[0] == "event 42"
    assert top_event() == before
    leave(panel.list)
    bar.setValue(0)
    tell(scene, 44, "event 44")
    scene.show(panel, 45)
    assert top_event() == "event 44"
    bar.setValue(bar.maximum())
    bottom = top_event()
    tell(scene, 46, "event 46")
    scene.show(panel, 47)
    assert top_event() == bottom, "somebody scrolled down to read"


def test_the_selection_stays_on_its_event(log: Log, qtbot: QtBot) -> None:
    scene, panel = log
    tell(scene, 0, "chosen")
    scene.show(panel, 1)
    at = panel.list.visualRect(panel.model.index(0)).center()
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    tell(scene, 2, "newer")
    scene.show(panel, 3)
    assert [panel.model.shown[i.row()].text for i in panel.list.selectedIndexes()] == ["chosen"]


def test_selected_events_are_copied_whole_and_in_the_order_of_time(log: Log, qtbot: QtBot) -> None:
    scene, panel = log
    tell(scene, 0, "first data", link="s", code="link-receiving")
    tell(scene, 1, "a very long reason " + "that does not fit into the row " * 8, 2, offset=7)
    tell(scene, 2, "not copied")
    scene.show(panel, 3)
    view = panel.list.viewport()
    for row, keys in ((1, Qt.KeyboardModifier.NoModifier), (2, Qt.KeyboardModifier.ShiftModifier)):
        at = panel.list.visualRect(panel.model.index(row)).center()
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, keys, at)
    panel.activateWindow()
    panel.list.setFocus()
    qtbot.waitUntil(panel.list.hasFocus)
    qtbot.keyClick(panel.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "2026-326 09:50:22Z · normal · link-receiving · S-band: first data"
    assert lines[1].startswith("2026-326 09:50:23Z · serious · code · a very long reason")
    assert lines[1].endswith("offset 7 in the stream")
    assert len(lines) == 2


def test_nothing_selected_leaves_the_clipboard_alone(log: Log) -> None:
    scene, panel = log
    tell(scene, 0, "x")
    scene.show(panel, 1)
    QGuiApplication.clipboard().setText("kept")
    panel.copy()
    assert QGuiApplication.clipboard().text() == "kept"


def test_no_events_is_said(log: Log) -> None:
    scene, panel = log
    scene.send("hk", 0)
    scene.show(panel)
    assert panel.empty.isVisible()
    assert panel.empty.text() == "No events"
