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
from pass_scene import BURN_NS, PassDesk

from console.archive.shapes import Event, Extent, Session
from console.desk import theme
from console.desk.eventlines import EventLine
from console.desk.panels.events import EventsPanel
from console.desk.view import DeskView

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
    return [line.text for line in panel.model.shown]


def test_newest_on_top_with_time_severity_link_and_reason(log: Log) -> None:
    scene, panel = log
    tell(scene, 0, "first data", link="s")
    tell(scene, 8, "frame check failed", 1, "s", code="fecf", offset=22_380, octets=bytes(range(20)))
    scene.show(panel, 10)
    assert texts(panel) == ["S-band: frame check failed", "S-band: first data"]
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
        ("frame", ["Relay: frame lost", "S-band: frame check failed"]),
        ("FAILED frame", ["S-band: frame check failed"]),
        ("relay", ["Relay: frame lost"]),
        ("fecf", ["S-band: frame check failed"]),
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


def test_alarms_acknowledgements_and_notes_stand_in_the_log_as_known_then(log: Log) -> None:
    scene, panel = log
    tell(scene, 0, "first data", link="s", code="link-receiving")
    scene.send("hk", 1)
    for second in (2, 3, 4):
        scene.send("hk", second, hk_temp=8_150)  # 31.50, caution above 30
    for second in (5, 6, 7):
        scene.send("hk", second, hk_temp=9_100)  # 41.00, serious above 40
    risen = scene.view().alarms[0]
    scene.now_ns = START + 8 * S
    assert scene.writer is not None
    scene.writer.acknowledge(risen.id, "Sato", "heater 2 on")
    scene.send("hk", 9)
    scene.writer_of_packets.commit()
    scene.now_ns = START + 10 * S
    scene.writer.note(START, "odd sound", "Aoki")
    scene.show(panel, 11)
    assert [(line.text, line.severity, line.hollow) for line in panel.model.shown] == [
        ("Note by Aoki: odd sound", 0, False),
        ("Tank temperature: back to normal, 20.00 ℃", 2, True),
        ("Tank temperature: acknowledged by Sato: heater 2 on", 2, False),
        ("Tank temperature: 41.00 ℃ (≥ 40)", 2, False),
        ("Tank temperature: 31.50 ℃ (> 30)", 1, False),
        ("S-band: first data", 0, False),
    ]
    rows = [panel.list.visualRect(panel.model.index(row)) for row in range(6)]
    image = picture(panel.list.viewport())
    serious = [has_colour(image, theme.palette.serious, 0, r.top(), 130, r.height()) for r in rows]
    caution = [has_colour(image, theme.palette.caution, 0, r.top(), 130, r.height()) for r in rows]
    assert [count > 0 for count in serious] == [False, True, True, True, False, False]
    assert serious[1] < serious[3] / 2, "what is over is an outline"
    assert [count > 0 for count in caution] == [False, False, False, False, True, False]
    # Then: neither the acknowledgement nor what came after it was known.
    scene.show(panel, 5.5, mode="replay")
    assert texts(panel) == ["Tank temperature: 31.50 ℃ (> 30)", "S-band: first data"]


def test_what_comes_below_what_is_read_does_not_move_it(log: Log) -> None:
    _scene, panel = log
    lines = [
        EventLine(("Event", number), START - number * S, "code", f"line {number}") for number in range(60)
    ]
    panel.model.take([line for line in lines if line.key[1] != 40])
    panel._show_empty()
    bar = panel.list.verticalScrollBar()
    panel.list.doItemsLayout()
    assert bar.maximum() > 200
    bar.setValue(100)
    panel.model.take(list(lines))
    assert [line.text for line in panel.model.shown[39:42]] == ["line 39", "line 40", "line 41"]
    assert bar.value() == 100
    newer = EventLine(("Event", 99), START + S, "code", "news")
    panel.model.take([newer, *lines])
    row = panel.list.visualRect(panel.model.index(0)).height()
    assert bar.value() == 100 + row


def test_an_acknowledgement_of_what_is_over_is_an_outline(log: Log) -> None:
    scene, panel = log
    for second in (0, 1, 2):
        scene.send("hk", second, hk_temp=8_150)
    for second in (3, 4, 5):
        scene.send("hk", second)
    [returned] = scene.view().alarms
    assert returned.state == "returned"
    assert scene.writer is not None
    scene.writer.acknowledge(returned.id, "Sato")
    scene.send("hk", 6)
    scene.show(panel)
    newest = panel.model.shown[0]
    assert newest.text == "Tank temperature: acknowledged by Sato"
    assert (newest.severity, newest.hollow, newest.quiet) == (1, True, True)


def test_what_the_recorder_knows_is_said_by_its_code(log: Log) -> None:
    scene, panel = log
    for code, details in (
        ("frames-missing", {"scid": 66, "vcid": 0, "count": 100}),
        ("link-silent", {"seconds": 10.0}),
        ("link-resumed", {"seconds": 42}),
        ("link-receiving", {}),
        ("clock-step", {"seconds": -1.5}),
        ("frames-missing", {"scid": 66, "vcid": 2, "count": 1}),
        ("frame-fecf", {"count": 8}),
        ("link-silent", {}),
    ):
        tell(scene, 0, "English of the archive", link="s", code=code, details=details)
    scene.show(panel, 1)
    assert texts(panel) == [
        "S-band: English of the archive",  # no numbers are beside it
        "S-band: frames with a wrong error control field: 8",
        "S-band: VC 2: 1 frame missing",
        "S-band: the machine's clock was set by -1.500 s",
        "S-band: first data",
        "S-band: data again after 42 s",
        "S-band: no data for 10 s",
        "S-band: VC 0: 100 frames missing",
    ]
    assert "English of the archive" in panel.details(panel.model.shown[1])


def test_recorders_that_began_ended_and_were_cut_off(log: Log) -> None:
    scene, panel = log
    for at_s, kind, details in (
        (0, "began", {}),
        (30, "went-on", {"last_written_ns": START + 20 * S}),
        (40, "ended", {}),
        (50, "went-on", {}),
    ):
        tell(scene, at_s, "English of the archive", code=f"recording-{kind}", details=details)
    scene.show(panel, 60)
    assert texts(panel) == [
        "Recording goes on",
        "Recording ended",
        "Recording goes on; the run before was cut off and last wrote at 09:50:42Z",
        "Recording began",
    ]


def test_new_lines_in_the_middle_leave_the_read_ones_where_they_are(log: Log, qtbot: QtBot) -> None:
    """Rows are put in and taken out singly: the selection stays, whatever else changes."""
    scene, panel = log
    for i in range(6):
        tell(scene, 2 * i, f"event {i}")
    view = scene.show(panel, 20)
    lines = list(panel.model.shown)
    panel.list.setCurrentIndex(panel.model.index(2))
    resets: list[object] = []
    panel.model.modelReset.connect(lambda: resets.append(None))
    panel.model.take([lines[0], lines[2], lines[4]])
    assert texts(panel) == ["event 5", "event 3", "event 1"]
    assert panel.list.currentIndex().row() == 1
    panel.model.take(lines)
    assert panel.model.shown == lines
    assert panel.list.currentIndex().row() == 2
    assert resets == []
    assert view.log


@pytest.fixture
def sky(qtbot: QtBot) -> Iterator[tuple[PassDesk, EventsPanel]]:
    desk = PassDesk()
    panel = EventsPanel(desk)
    qtbot.addWidget(panel)
    panel.resize(624, 400)
    yield desk, panel
    desk.pass_plan.stop()


def sky_view(desk: PassDesk, t_ns: int, *log: Event, first_ns: int = BURN_NS - 3600 * S) -> DeskView:
    return DeskView(
        desk.mission, Session(1, "live", 0), Extent(1, 9, first_ns, t_ns), "replay", 1.0, False, 9, t_ns,
        t_ns, log=log,
    )  # fmt: skip


def test_predicted_passes_and_eclipses_stand_between_what_happened(
    sky: tuple[PassDesk, EventsPanel], qtbot: QtBot
) -> None:
    """MISSION.md: Punta Arenas sees the capsule 25 min before the burn, 68° high; eclipse from T−9 min on."""
    desk, panel = sky
    at_ns = BURN_NS - 1000 * S
    told = Event(1, at_ns, 9, "capsule", "link-receiving", 0, -1, "first data")
    desk.pass_plan.between(BURN_NS - 3600 * S, BURN_NS)
    qtbot.waitUntil(lambda: desk.pass_plan.known(BURN_NS - 3600 * S, BURN_NS), timeout=20_000)
    panel.refresh(sky_view(desk, BURN_NS, told))
    found = {line.text: line for line in panel.model.shown}
    (rise,) = (line for line in found.values() if line.text.startswith("AOS Punta Arenas · ELS-RS, up to "))
    assert abs(float(rise.text.split()[-1].rstrip("°")) - 68) <= 2
    assert abs(rise.at_ns - (BURN_NS - 25 * 60 * S)) < 60 * S
    assert rise.at_ns < found["LOS Punta Arenas · ELS-RS"].at_ns < rise.at_ns + 600 * S
    assert abs(found["Eclipse entry ELS-RS"].at_ns - (BURN_NS - 9 * 60 * S)) < 60 * S
    assert "Eclipse exit ELS-RS" not in found, "it is 27 minutes ahead"
    assert all(
        line.quiet and "predicted" in panel.details(line) for line in found.values() if line.event is None
    )
    times = [line.at_ns for line in panel.model.shown]
    assert times == sorted(times, reverse=True)
    assert at_ns in times[1:-1], "what happened stands between"
    assert BURN_NS - 3600 * S <= times[-1] <= times[0] <= BURN_NS


def test_nothing_is_predicted_behind_the_playhead_or_before_the_first_data(
    sky: tuple[PassDesk, EventsPanel], qtbot: QtBot
) -> None:
    desk, panel = sky
    first, playhead = BURN_NS - 1500 * S, BURN_NS - 600 * S
    desk.pass_plan.between(first, BURN_NS)
    qtbot.waitUntil(lambda: desk.pass_plan.known(first, BURN_NS), timeout=20_000)
    panel.refresh(sky_view(desk, playhead, first_ns=first))
    times = [line.at_ns for line in panel.model.shown]
    assert times
    assert first <= min(times) <= max(times) <= playhead
    panel.refresh(sky_view(desk, first + S, first_ns=first))
    assert [line for line in panel.model.shown if line.at_ns > first + S] == []
