"""The alarm list by clicking and typing: acknowledging, keeping still, blinking, sound, the way to a plot."""

from __future__ import annotations

import itertools
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

from panel_scene import START, S, Scene, enter, has_colour, leave, picture
from small_archive import Sender

from console.archive.reader import ArchiveReader
from console.desk import theme
from console.desk.alarmrows import Columns
from console.desk.panels.alarms import BLINK_MS, AlarmsPanel
from console.desk.panels.plot import PlotPanel
from console.desk.window import DeskWindow

Alarms = tuple[Scene, AlarmsPanel]


@pytest.fixture
def alarms(tmp_path: Path, qtbot: QtBot) -> Iterator[Alarms]:
    scene = Scene(tmp_path / "two.okaeri")
    panel = AlarmsPanel(scene)
    qtbot.addWidget(panel)
    panel.resize(484, 226)
    with qtbot.waitExposed(panel):
        panel.show()
    yield scene, panel
    scene.close()


def hot(scene: Scene, at: int, raw: int = 8_500) -> None:
    """Two packets in a row beyond a limit raise the alarm (35 ℃: caution > 30)."""
    scene.send("hk", at, hk_temp=raw)
    scene.send("hk", at + 1, hk_temp=raw)


def low_pressure(scene: Scene, at: int) -> None:
    scene.send("room", at, room_pressure=9_000)
    scene.send("room", at + 1, room_pressure=9_000)


def order(panel: AlarmsPanel) -> list[str]:
    return [state.parameter for state in panel.model.states]


def row_rect(panel: AlarmsPanel, row: int) -> tuple[int, int, int, int]:
    rect = panel.list.visualRect(panel.model.index(row))
    corner = panel.list.viewport().mapTo(panel, rect.topLeft())
    return corner.x(), corner.y(), rect.width(), rect.height()


def click(panel: AlarmsPanel, qtbot: QtBot, row: int) -> None:
    at = panel.list.visualRect(panel.model.index(row)).center()
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=at)


def unused(panel: AlarmsPanel) -> None:
    """Let the list be as nobody's hand had been on it for a while."""
    panel._touched_s = time.monotonic() - 3600


def acknowledgements(scene: Scene) -> list[tuple[str, str]]:
    with sqlite3.connect(scene.path) as connection:
        return connection.execute("SELECT by, note FROM acknowledgements ORDER BY id").fetchall()


def test_no_alarm_is_said(alarms: Alarms) -> None:
    scene, panel = alarms
    scene.pass_of(3)
    scene.show(panel)
    assert panel.empty.isVisible()
    assert not panel.list.isVisible()
    assert not panel.acknowledge.isEnabled()
    assert panel.title() == "Alarms"


def test_that_no_alarm_stands_is_said_only_where_values_are_known(alarms: Alarms) -> None:
    scene, panel = alarms
    scene.show(panel)
    assert panel.empty.text() == "nothing received yet"
    scene.pass_of(3)
    scene.send("room", 3, room_pressure=10_100)
    scene.show(panel)
    assert panel.empty.text() == "No alarm stands"
    scene.send("hk", 80)
    scene.show(panel, 80)
    assert panel.empty.text() == "No alarm stands", "one of the two is silent"
    scene.status("s", 90, "lost")
    scene.status("r", 90, "lost")
    scene.show(panel, 90)
    assert panel.empty.text() == "no contact: no alarm stood at its end"


def test_the_note_has_room_for_a_sentence(alarms: Alarms, qtbot: QtBot) -> None:
    scene, panel = alarms
    hot(scene, 0)
    scene.show(panel)
    metrics = panel.note.fontMetrics()
    assert panel.note.width() > metrics.horizontalAdvance("cooler B on duty 41 %, seen before, watch it")
    click(panel, qtbot, 0)
    panel.acknowledge_selected()
    scene.show(panel)
    assert not panel.note.isVisible(), "nothing waits: the list gets the room"


def test_what_is_acknowledged_cannot_be_acknowledged_again(alarms: Alarms, qtbot: QtBot) -> None:
    scene, panel = alarms
    hot(scene, 0)
    low_pressure(scene, 2)
    scene.show(panel)
    assert not panel.acknowledge.isEnabled(), "two wait and none is selected"
    click(panel, qtbot, order(panel).index("hk_temp"))
    assert panel.acknowledge.isEnabled()
    qtbot.mouseClick(panel.acknowledge, Qt.MouseButton.LeftButton)
    assert not panel.acknowledge.isEnabled(), "at once, not with the next view"
    scene.show(panel)
    assert not panel.acknowledge.isEnabled()
    click(panel, qtbot, order(panel).index("room_pressure"))
    assert panel.acknowledge.isEnabled()
    click(panel, qtbot, order(panel).index("hk_temp"))
    assert not panel.acknowledge.isEnabled()


@pytest.mark.parametrize(
    ("width", "gone"),
    [(484, []), (400, ["first"]), (352, ["first", "word"]), (270, ["first", "word", "limit"])],
)
def test_where_it_is_narrow_columns_give_way_and_name_and_value_stay(width: int, gone: list[str]) -> None:
    columns = Columns(QRectF(0, 0, width, 21))
    boxes = {name: getattr(columns, name) for name in ("word", "name", "now", "limit", "first")}
    assert [name for name in ("first", "word", "limit") if boxes[name].isEmpty()] == gone
    assert boxes["name"].width() >= 130
    shown = sorted((b for b in boxes.values() if not b.isEmpty()), key=lambda b: b.left())
    assert all(a.right() <= b.left() + 1 for a, b in itertools.pairwise(shown)), "none stands in another"
    assert shown[-1].right() <= width


def test_what_a_narrow_row_leaves_out_is_told_on_hover(alarms: Alarms) -> None:
    scene, panel = alarms
    hot(scene, 0)
    scene.show(panel)
    told = panel.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert all(words in told for words in ("UNACK", "Tank temperature", "35.00 ℃", "> 30", "09:50:23Z"))


def test_in_a_narrow_panel_no_button_is_cut(alarms: Alarms) -> None:
    scene, panel = alarms
    scene.show(panel)
    for width in (484, 352, 300):
        panel.resize(width, 226)
        buttons = panel.acknowledge, panel.plot, panel.sound
        assert all(b.width() >= b.sizeHint().width() for b in buttons)
        assert panel.width() == width


def test_a_row_tells_what_how_much_which_limit_and_how_bad_it_was(alarms: Alarms) -> None:
    scene, panel = alarms
    hot(scene, 0)
    scene.send("hk", 2, hk_temp=8_950)  # 39.5 ℃, still caution: no transition, and the worst of it
    scene.send("hk", 3, hk_temp=8_200)
    scene.show(panel, 61)
    (state,) = panel.model.states
    word, name, now, limit, first, second = panel.lines(state)
    assert (word, name, now, first) == ("UNACK", "Tank temperature", "32.00 ℃", "09:50:23Z")
    assert limit == "> 30", "as the value violates it, not as the band that is still fine"
    assert second == "worst 39.50 ℃ · count 1 · standing 00:01:00"
    assert panel.title() == "Alarms · 1 to acknowledge"
    spoken = panel.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("caution, UNACK, Tank temperature 32.00 ℃ > 30")


def test_a_lower_limit_reads_the_other_way(alarms: Alarms) -> None:
    scene, panel = alarms
    hot(scene, 0, raw=5_500)  # 5 ℃ of 10..30
    low_pressure(scene, 2)
    scene.send("room", 4, room_pressure=8_500)
    scene.show(panel, 5)
    told = {s.parameter: panel.lines(s) for s in panel.model.states}
    assert told["hk_temp"][3] == "< 10"
    assert told["room_pressure"][3] == "≤ 95"
    assert "worst 85.00 kPa" in told["room_pressure"][5]


def test_the_count_grows_when_an_alarm_comes_back_unacknowledged(alarms: Alarms) -> None:
    scene, panel = alarms
    hot(scene, 0)
    scene.send("hk", 2)
    scene.send("hk", 3)
    scene.show(panel)
    assert panel.lines(panel.model.states[0])[0] == "RTN-UN"
    assert "back to normal" in panel.lines(panel.model.states[0])[5]
    hot(scene, 4)
    scene.show(panel)
    assert "count 2" in panel.lines(panel.model.states[0])[5]


def test_an_alarm_that_comes_again_has_a_worst_value_of_its_own(alarms: Alarms, qtbot: QtBot) -> None:
    scene, panel = alarms
    hot(scene, 0, 8_900)
    scene.show(panel)
    assert "worst 39.00 ℃" in panel.lines(panel.model.states[0])[5]
    click(panel, qtbot, 0)
    assert panel.acknowledge_selected()
    for second in (2, 3, 4):
        scene.send("hk", second)
    scene.show(panel)
    assert order(panel) == []
    hot(scene, 20, 8_100)
    panel.refresh(scene.view())
    assert "worst 31.00 ℃" in panel.lines(panel.model.states[0])[5]


def test_a_limit_that_is_itself_not_fine_is_told_so(alarms: Alarms) -> None:
    """The cabin's lower limit is written ``>95``, the tank's ``10..30``, ends included."""
    scene, panel = alarms
    for second in (0, 1, 2):
        scene.send("room", second, room_pressure=9_500)
        scene.send("hk", second, hk_temp=5_999)  # 9.99 ℃
    scene.show(panel)
    limits = {state.parameter: panel.lines(state)[3] for state in panel.model.states}
    assert limits == {"room_pressure": "≤ 95", "hk_temp": "< 10"}


def test_what_is_acknowledged_goes_below_what_waits(alarms: Alarms, qtbot: QtBot) -> None:
    scene, panel = alarms
    low_pressure(scene, 0)
    hot(scene, 10)
    scene.show(panel)
    assert order(panel) == ["hk_temp", "room_pressure"], "the newest on top"
    click(panel, qtbot, 0)
    assert panel.acknowledge_selected()
    leave(panel.list)
    unused(panel)
    scene.show(panel)
    assert order(panel) == ["room_pressure", "hk_temp"]


def test_an_acknowledged_alarm_that_gets_worse_can_be_acknowledged_again(
    alarms: Alarms, qtbot: QtBot
) -> None:
    scene, panel = alarms
    hot(scene, 0)
    scene.show(panel)
    click(panel, qtbot, 0)
    assert panel.acknowledge_selected()
    scene.show(panel)
    assert not panel.acknowledge.isEnabled()
    hot(scene, 2, 9_100)  # 41 ℃: serious
    scene.show(panel)
    assert not panel.model.states[0].acknowledged
    assert panel.acknowledge.isEnabled()
    assert panel.acknowledge_selected()
    assert len(acknowledgements(scene)) == 2


# acknowledging


def test_acknowledging_by_button_with_a_typed_note_is_signed_and_kept(alarms: Alarms, qtbot: QtBot) -> None:
    scene, panel = alarms
    hot(scene, 0)
    scene.show(panel)
    click(panel, qtbot, 0)
    qtbot.keyClicks(panel.note, "valve A stays open")
    scene.now_ns += 5 * S
    qtbot.mouseClick(panel.acknowledge, Qt.MouseButton.LeftButton)
    assert acknowledgements(scene) == [("Sato", "valve A stays open")]
    assert panel.note.text() == ""
    scene.show(panel)
    (state,) = panel.model.states
    assert panel.lines(state)[0] == "ACK"
    assert panel.lines(state)[5] == "acknowledged Sato 09:50:28Z · “valve A stays open”"
    assert panel.title() == "Alarms"


def test_enter_in_the_note_acknowledges_and_once_is_enough(alarms: Alarms, qtbot: QtBot) -> None:
    scene, panel = alarms
    hot(scene, 0)
    scene.show(panel)
    qtbot.keyClicks(panel.note, "seen")
    qtbot.keyClick(panel.note, Qt.Key.Key_Return)
    qtbot.keyClick(panel.note, Qt.Key.Key_Return)
    assert not panel.acknowledge_selected()
    assert acknowledgements(scene) == [("Sato", "seen")]


def test_only_the_selected_alarm_is_acknowledged(alarms: Alarms, qtbot: QtBot) -> None:
    scene, panel = alarms
    hot(scene, 0)
    low_pressure(scene, 2)
    scene.show(panel)
    assert not panel.acknowledge_selected(), "two wait and none is selected"
    click(panel, qtbot, order(panel).index("hk_temp"))
    assert panel.acknowledge_selected()
    scene.show(panel)
    assert {s.parameter: s.acknowledged for s in panel.model.states} == {
        "hk_temp": True,
        "room_pressure": False,
    }


def test_an_alarm_that_went_leaves_nothing_to_be_acknowledged_by_accident(
    alarms: Alarms, qtbot: QtBot
) -> None:
    scene, panel = alarms
    hot(scene, 0)
    scene.show(panel)
    click(panel, qtbot, 0)
    assert panel.acknowledge_selected()
    low_pressure(scene, 2)
    scene.send("hk", 4)
    scene.send("hk", 5)
    scene.show(panel)
    assert order(panel) == ["room_pressure"]
    assert not panel.acknowledge_selected(), "nobody has looked at this one"
    assert "has gone" in panel.hint.text()
    assert len(acknowledgements(scene)) == 1
    click(panel, qtbot, 0)
    assert panel.acknowledge_selected()


def test_a_note_typed_for_one_alarm_is_not_signed_under_another(alarms: Alarms, qtbot: QtBot) -> None:
    scene, panel = alarms
    hot(scene, 0)
    low_pressure(scene, 2)
    scene.show(panel)
    click(panel, qtbot, 0)
    qtbot.keyClicks(panel.note, "about this one")
    click(panel, qtbot, 1)
    assert panel.note.text() == ""


def test_the_arrow_keys_select_and_the_selection_holds_through_views(alarms: Alarms, qtbot: QtBot) -> None:
    scene, panel = alarms
    hot(scene, 0)
    low_pressure(scene, 2)
    scene.show(panel)
    click(panel, qtbot, 0)
    first = panel.selected()
    qtbot.keyClick(panel.list, Qt.Key.Key_Down)
    scene.show(panel, 9)
    second = panel.selected()
    assert first is not None
    assert second is not None
    assert second.parameter == order(panel)[1] != first.parameter


def test_what_cannot_be_written_is_said(alarms: Alarms, qtbot: QtBot) -> None:
    scene, panel = alarms
    hot(scene, 0)
    scene.show(panel)
    assert scene.writer is not None
    scene.writer.close()
    qtbot.mouseClick(panel.acknowledge, Qt.MouseButton.LeftButton)
    assert "not acknowledged" in panel.hint.text()
    assert panel.hint.isVisible()
    assert acknowledgements(scene) == []
    scene.writer = None
    scene.show(panel)
    assert not panel.acknowledge.isEnabled(), "a read-only archive"


def test_in_a_replay_nothing_can_be_acknowledged(alarms: Alarms, qtbot: QtBot) -> None:
    scene, panel = alarms
    hot(scene, 0)
    scene.pass_of(10, begin=10, hk_temp=8_500)
    scene.show(panel, 15, mode="replay")
    click(panel, qtbot, 0)
    assert not panel.acknowledge.isEnabled()
    assert not panel.note.isVisible()
    assert panel.hint.text() == "alarms of that time, cannot be acknowledged"
    assert not panel.acknowledge_selected()
    assert acknowledgements(scene) == []
    scene.show(panel)
    assert panel.acknowledge.isEnabled()
    assert not panel.hint.isVisible()


# keeping still


def test_rows_stay_under_the_mouse_and_new_ones_come_on_top_when_nobody_is_there(
    alarms: Alarms, qtbot: QtBot
) -> None:
    scene, panel = alarms
    hot(scene, 0)
    unused(panel)
    scene.show(panel)
    enter(panel.list)
    low_pressure(scene, 2)
    scene.show(panel)
    assert order(panel) == ["hk_temp", "room_pressure"]
    click(panel, qtbot, 0)
    panel.acknowledge_selected()
    scene.show(panel)
    assert order(panel) == ["hk_temp", "room_pressure"], "acknowledged ones stay too"
    leave(panel.list)
    scene.show(panel)
    assert order(panel) == ["hk_temp", "room_pressure"], "a hand was on it a moment ago"
    unused(panel)
    scene.show(panel)
    assert order(panel) == ["room_pressure", "hk_temp"]
    assert panel.selected() is not None
    assert panel.selected().parameter == "hk_temp", "the selection went with its row"  # type: ignore[union-attr]


def test_while_a_note_is_typed_the_rows_stay(alarms: Alarms, qtbot: QtBot) -> None:
    scene, panel = alarms
    hot(scene, 0)
    unused(panel)
    scene.show(panel)
    panel.activateWindow()
    panel.note.setFocus()
    qtbot.waitUntil(panel.note.hasFocus)
    qtbot.keyClicks(panel.note, "se")
    low_pressure(scene, 2)
    scene.show(panel)
    assert order(panel) == ["hk_temp", "room_pressure"]


def test_new_ones_below_the_edge_are_counted(alarms: Alarms) -> None:
    scene, panel = alarms
    panel.resize(484, 100)  # room for one row
    hot(scene, 0)
    unused(panel)
    scene.show(panel)
    enter(panel.list)
    low_pressure(scene, 2)
    scene.show(panel)
    assert panel.hint.text() == "1 new below"
    leave(panel.list)
    scene.show(panel)
    assert panel.hint.text() == ""


# shapes


def corners(panel: AlarmsPanel, row: int) -> int:
    """Count the caution pixels outside the shape itself: the corner marks."""
    x, y, _, _ = row_rect(panel, row)
    image, colour = picture(panel), theme.palette.caution
    whole = has_colour(image, colour, x, y, 34, 24)
    return whole - has_colour(image, colour, x + 9, y + 6, 12, 12)


def test_only_the_corner_marks_blink_once_a_second_and_never_the_text(
    alarms: Alarms, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, panel = alarms
    hot(scene, 0)
    scene.show(panel)
    now = [0]
    monkeypatch.setattr("console.desk.panels.alarms.time.monotonic_ns", lambda: now[0])
    seen, texts = [], []
    for step in range(40):  # four seconds in tenths
        now[0] = step * S // 10
        panel._blink()
        seen.append(corners(panel, 0) > 8)
        x, y, width, height = row_rect(panel, 0)
        texts.append(picture(panel).copy(x + 36, y, width - 36, height))
    changes = sum(a != b for a, b in itertools.pairwise(seen))
    assert changes == 7, "on and off once each second"
    assert all(text == texts[0] for text in texts)
    assert BLINK_MS == 500
    panel.acknowledge_selected()
    scene.show(panel)
    for step in (0, 5):
        now[0] = step * S // 10
        panel._blink()
        assert corners(panel, 0) <= 8, "acknowledged: steady, no corners"
    x, y, _, _ = row_rect(panel, 0)
    assert has_colour(picture(panel), theme.palette.caution, x, y, 30, 24) > 50, "and still filled"


def test_nothing_ticks_while_the_list_is_behind_another(alarms: Alarms) -> None:
    _scene, panel = alarms
    assert panel._timer.isActive()
    panel.hide()
    assert not panel._timer.isActive()
    panel.show()
    assert panel._timer.isActive()


def test_an_alarm_that_returned_is_hollow(alarms: Alarms, qtbot: QtBot) -> None:
    scene, panel = alarms
    hot(scene, 0)
    scene.show(panel)
    x, y, _, _ = row_rect(panel, 0)
    filled = has_colour(picture(panel), theme.palette.caution, x + 9, y + 6, 12, 12)
    scene.send("hk", 2)
    scene.send("hk", 3)
    scene.show(panel)
    assert has_colour(picture(panel), theme.palette.caution, x + 9, y + 6, 12, 12) < filled / 2


@pytest.mark.parametrize(("raw", "colour"), [(8_500, "caution"), (9_500, "serious"), (11_000, "critical")])
def test_each_priority_has_its_colour(alarms: Alarms, raw: int, colour: str) -> None:
    scene, panel = alarms
    hot(scene, 0, raw)
    scene.show(panel)
    x, y, _, _ = row_rect(panel, 0)
    assert has_colour(picture(panel), getattr(theme.palette, colour), x, y, 30, 24) > 30


# the way to the plot


def test_the_plot_button_asks_for_the_second_when_it_began(alarms: Alarms, qtbot: QtBot) -> None:
    scene, panel = alarms
    hot(scene, 7)
    scene.show(panel)
    with qtbot.waitSignal(scene.selection.plot_requested) as asked:
        qtbot.mouseClick(panel.plot, Qt.MouseButton.LeftButton)
    assert asked.args is not None
    packet, parameter, at_ns = asked.args
    assert (packet, parameter) == ("hk", "hk_temp")
    assert at_ns == START + 8 * S, "the packet that raised it"


def test_selecting_an_alarm_selects_its_parameter_for_all(alarms: Alarms, qtbot: QtBot) -> None:
    scene, panel = alarms
    hot(scene, 0)
    scene.show(panel)
    with qtbot.waitSignal(scene.selection.parameter_changed) as chosen:
        click(panel, qtbot, 0)
    assert chosen.args == ["hk", "hk_temp"]


# sound


def test_the_sound_button(alarms: Alarms, qtbot: QtBot) -> None:
    scene, panel = alarms
    heard: list[int] = []
    scene.sound.sounded.connect(heard.append)
    assert panel.sound.text() == "Sound on"
    qtbot.mouseClick(panel.sound, Qt.MouseButton.LeftButton)
    assert (panel.sound.text(), panel.sound.isChecked(), scene.sound.on) == ("Sound off", True, False)
    scene.sound.follow(3)
    assert heard == []
    qtbot.mouseClick(panel.sound, Qt.MouseButton.LeftButton)
    scene.sound.sound()
    assert heard == [3]
    assert "sound" not in panel.save(), "a desk never starts deaf"


# on the desk


def test_key_a_and_key_p_work_from_anywhere_but_a_typed_a_is_a_letter(tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "live.okaeri"
    now = time.time_ns()
    sender = Sender(path)
    sender.send(5, now - 5 * S)
    for parameter, packet in (("hk_temperature", "hk"), ("eps_voltage", "eps")):
        sender.writer.alarm(
            known_at_ns=now - 2 * S, generation_ns=now - 2 * S, value=31.0, vehicle="ship", packet=packet,
            parameter=parameter, severity=1, previous=0, state_text="", limit_text="<30", packet_id=10,
        )  # fmt: skip
    sender.writer.commit()
    window = DeskWindow(str(path), None)
    window.resize(1600, 900)
    heard: list[int] = []
    window.sound.sounded.connect(heard.append)
    try:
        with qtbot.waitExposed(window):
            window.show()
        window.start()
        qtbot.waitUntil(lambda: window.view is not None and len(window.view.alarms) == 2, timeout=15_000)
        panel = window.docking.host("alarms").panel
        assert isinstance(panel, AlarmsPanel)
        qtbot.waitUntil(lambda: len(panel.model.states) == 2)
        assert heard == [1]
        qtbot.keyClicks(panel.note, "a p")
        assert panel.note.text() == "a p"
        panel.note.clear()
        window.setFocus()
        qtbot.keyClick(window, Qt.Key.Key_A)
        with ArchiveReader(path) as reader:
            assert not any(s.acknowledged for s in reader.alarms(10**6)), "none is selected"
        click(panel, qtbot, order(panel).index("hk_temperature"))
        qtbot.keyClick(panel.list, Qt.Key.Key_A)
        with ArchiveReader(path) as reader:
            states = {s.parameter: s for s in reader.alarms(10**6)}
        assert states["hk_temperature"].acknowledged_by == window.operator()
        assert not states["eps_voltage"].acknowledged
        qtbot.keyClick(panel.list, Qt.Key.Key_P)
        plots = [window.docking.host(i).panel for i in window.docking.ids if i.startswith("plot.")]
        showing = [
            p
            for p in plots
            if isinstance(p, PlotPanel) and any(c.parameter == "hk_temperature" for c in p.curves)
        ]
        assert showing
        assert any(p.end_ns is not None or p.canvas.t0_ns < now - 2 * S < p.canvas.t1_ns for p in showing)
        window.docking.close("alarms")
        sender.writer.alarm(
            known_at_ns=now, generation_ns=now, value=31.0, vehicle="ship", packet="eps",
            parameter="eps_current", severity=3, previous=0, state_text="", limit_text="<30", packet_id=12,
        )  # fmt: skip
        sender.writer.commit()
        qtbot.waitUntil(lambda: heard[-1] == 3, timeout=5_000)
        window.shut_down()
        assert window.sound.severity == 0, "a desk that was closed is silent"
    finally:
        sender.close()
        window.shut_down()
        window.hide()
        window.deleteLater()
