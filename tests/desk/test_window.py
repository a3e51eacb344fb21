"""The window on real archives: opening, replay, live, what is kept, and files that will not do."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

import small_archive
from small_archive import START, S, Sender

from console.desk import app
from console.desk.deskstate import StateFile
from console.desk.docking import Docking
from console.desk.panels import PANELS, panel_name
from console.desk.trees import Split
from console.desk.window import DeskWindow

Open = Callable[..., DeskWindow]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_archive.write(tmp_path_factory.mktemp("archive") / "small.okaeri")


@pytest.fixture
def open_desk(qtbot: QtBot) -> Iterator[Open]:
    made: list[DeskWindow] = []

    def make(
        path: Path, store: StateFile | None = None, *, ready: bool = True, **start: object
    ) -> DeskWindow:
        window = DeskWindow(str(path), store)
        made.append(window)
        window.resize(1600, 900)
        if store is None:
            window.show_layout("pass")
        with qtbot.waitExposed(window):
            window.show()
        window.start(**start)  # type: ignore[arg-type]
        if ready:
            qtbot.waitUntil(lambda: window.view is not None, timeout=15_000)
        return window

    yield make
    for window in made:
        window.shut_down()
        window.hide()
        window.deleteLater()


def test_an_archive_nobody_writes_opens_as_a_replay_at_its_end(archive: Path, open_desk: Open) -> None:
    window = open_desk(archive)
    assert window.banner.kinds == ("replay",)
    assert "REPLAY" in window.windowTitle()
    assert window.view is not None
    assert window.view.record == window.view.extent.last_record == 900
    assert window.view.latest["hk"].raw["hk_phase"] == 4
    assert window.view.phase is not None
    assert window.view.phase[0] == 4
    assert abs(window.view.phase[1] - (START + 60 * S)) < S


def test_seek_and_step(archive: Path, open_desk: Open, qtbot: QtBot) -> None:
    window = open_desk(archive)
    window.playhead.seek(START + 30 * S)
    qtbot.waitUntil(lambda: window.view is not None and window.view.instant_ns == START + 30 * S)
    assert window.view is not None
    record = window.view.record
    assert window.view.phase is not None
    assert window.view.phase[0] == 3
    window.made["step-back"].trigger()
    window.made["step-back"].trigger()
    qtbot.waitUntil(lambda: window.view is not None and window.view.record == record - 2)
    window.made["step-on"].trigger()
    qtbot.waitUntil(lambda: window.view is not None and window.view.record == record - 1)


def test_replay_moves(archive: Path, open_desk: Open, qtbot: QtBot) -> None:
    window = open_desk(archive, at_ns=START + 10 * S, speed=100.0)
    qtbot.waitUntil(
        lambda: window.view is not None and window.view.instant_ns > START + 60 * S, timeout=10_000
    )
    window.made["pause"].trigger()
    assert not window.playhead.playing


def test_live_follows_the_recorder_and_stands_when_it_ends(
    tmp_path: Path, open_desk: Open, qtbot: QtBot
) -> None:
    now = time.time_ns()
    sender = Sender(tmp_path / "live.okaeri", "simulation", mission_offset_ns=START - now)
    sender.send(5, now - 5 * S)
    window = open_desk(tmp_path / "live.okaeri")
    assert window.playhead.mode == "live"
    assert window.banner.kinds == ("simulation",)
    assert abs(window.playhead.instant_ns - START) < 60 * S
    sender.send(5, now - 5 * S)
    qtbot.waitUntil(lambda: window.view is not None and window.view.record == 30)
    window.made["pause"].trigger()
    sender.send(5, now - 5 * S)
    qtbot.wait(300)
    assert window.view is not None
    assert (window.view.record, window.view.mode) == (30, "paused")
    window.made["live"].trigger()
    qtbot.waitUntil(lambda: window.view is not None and window.view.record == 45)
    sender.close()
    qtbot.waitUntil(lambda: window.playhead.mode == "replay", timeout=5_000)
    assert window.banner.kinds == ("replay", "simulation")


def test_the_first_painting_is_told_so_that_reading_may_begin(tmp_path: Path, qtbot: QtBot) -> None:
    window = DeskWindow(str(tmp_path / "none.okaeri"))
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.painted, timeout=5_000):
        window.show()


def test_it_waits_for_a_recorder_that_is_still_starting(
    tmp_path: Path, open_desk: Open, qtbot: QtBot
) -> None:
    path = tmp_path / "late.okaeri"
    window = open_desk(path, ready=False)
    qtbot.waitUntil(lambda: "late.okaeri" in window.status_line.message)
    small_archive.write(path, 10)
    qtbot.waitUntil(lambda: window.view is not None, timeout=10_000)


def other_program(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks(url TEXT)")


def noise(path: Path) -> None:
    path.write_bytes(b"\x1a\xcf\xfc\x1d" * 500)


@pytest.mark.parametrize("make", [other_program, noise, Path.mkdir])
def test_a_file_that_will_not_do_is_named_and_nothing_crashes(
    make: Callable[[Path], None], tmp_path: Path, open_desk: Open, qtbot: QtBot
) -> None:
    path = tmp_path / "other.okaeri"
    make(path)
    window = open_desk(path, ready=False)
    qtbot.waitUntil(lambda: "Cannot show" in window.status_line.message, timeout=15_000)
    assert "other.okaeri" in window.status_line.message
    assert window.refused


def test_a_refusal_is_known_before_the_event_loop_hears_of_it(tmp_path: Path, open_desk: Open) -> None:
    """A desk told to end at that very moment must still say, by its exit code, what happened."""
    (tmp_path / "text.okaeri").write_text("no archive\n", encoding="utf-8")
    window = open_desk(tmp_path / "text.okaeri", ready=False)
    assert window.picture is not None
    assert window.picture.reading._thread.wait(15_000)  # delivers no event
    assert "not an Okaeri archive" in window.refused


@pytest.mark.parametrize("layout", ["pass", "recovery", "analysis", "training"])
def test_every_layout_stands(layout: str, archive: Path, open_desk: Open, qtbot: QtBot) -> None:
    window = open_desk(archive)
    window.made[f"layout-{layout}"].trigger()
    qtbot.wait(300)
    assert window.state.layout == layout
    for host in window.docking.visible():
        assert not host.error, host.error


def test_what_was_open_comes_back(archive: Path, open_desk: Open, tmp_path: Path) -> None:
    path = tmp_path / "desk.json"
    first = open_desk(archive, StateFile(path))
    first.made["layout-analysis"].trigger()
    first.made["new-plot"].trigger()
    first.docking.close("events")
    first.save_state()  # what the timer does before a crash
    second = open_desk(archive, StateFile(path))
    assert second.state.layout == "analysis"
    assert second.docking.is_open("plot.new.1")
    assert not second.docking.is_open("events")
    second.made["layout-reset"].trigger()
    assert second.docking.is_open("events")


def visible(window: DeskWindow) -> set[str]:
    return {host.dock_id for host in window.docking.visible()}


def corner(window: DeskWindow, dock_id: str) -> tuple[int, int]:
    host = window.docking.host(dock_id)
    at = host.mapTo(window, host.rect().topLeft())
    return at.x(), at.y()


def test_a_panel_that_is_no_more_is_left_out(archive: Path, open_desk: Open, tmp_path: Path) -> None:
    file = tmp_path / "desk.json"
    window = open_desk(archive, StateFile(file))
    window.show_layout("pass")
    window.docking.close("events")
    window.shut_down()
    kept = StateFile(file).load()
    kept.open["pass"].append("gone")
    StateFile(file).save(kept)
    again = open_desk(archive, StateFile(file))
    assert "gone" not in again.docking.ids
    assert "alarms" in visible(again)
    assert "events" not in visible(again)


def test_a_small_window_has_fewer_areas_and_heals_when_it_grows(
    archive: Path, open_desk: Open, qtbot: QtBot
) -> None:
    window = open_desk(archive)
    window.resize(1280, 720)
    first, second = "plot.pass.0", "plot.pass.1"
    qtbot.waitUntil(lambda: corner(window, first)[0] == corner(window, second)[0])
    assert visible(window) >= {"parameters", first, second, "alarms", "links", "timestrip", "events"}
    for host in window.docking.visible():
        assert host.panel is not None
        assert host.width() >= host.panel.minimumSizeHint().width(), host.dock_id
        assert host.height() >= host.panel.minimumSizeHint().height(), host.dock_id
    window.resize(1920, 1080)
    qtbot.waitUntil(lambda: corner(window, first)[1] == corner(window, second)[1])
    qtbot.waitUntil(lambda: abs(window.docking.host("parameters").width() - 508) <= 6)
    assert abs(window.docking.host("alarms").width() - 484) <= 6


def test_the_first_arrangement_is_made_once_and_fits(
    archive: Path, open_desk: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    arranged: list[tuple[int, int]] = []
    arrange = Docking.arrange

    def note(docking: Docking, tree: Split, width: int, height: int) -> None:
        arranged.append((width, height))
        arrange(docking, tree, width, height)

    monkeypatch.setattr(Docking, "arrange", note)
    window = open_desk(archive, ready=False)
    qtbot.waitUntil(lambda: window.view is not None)
    fitted: list[bool] = []
    window.arrangement._settled.timeout.connect(lambda: fitted.append(True))
    window.arrangement._settled.start()
    qtbot.waitUntil(lambda: bool(fitted))
    assert len(arranged) == 1
    assert arranged[0][0] >= window.width() - 12


def test_a_tab_in_front_stays_there_when_the_window_changes_its_size(
    archive: Path, open_desk: Open, qtbot: QtBot
) -> None:
    window = open_desk(archive)
    window.show_layout("recovery")
    window.resize(1280, 720)
    qtbot.waitUntil(lambda: "timestrip" in visible(window) and "events" not in visible(window))
    window.docking.open("links")
    window.resize(1920, 1080)
    qtbot.waitUntil(lambda: "events" in visible(window))
    assert "links" in visible(window)
    assert "timestrip" not in visible(window)
    window.resize(1280, 720)
    qtbot.waitUntil(lambda: "events" not in visible(window))
    window.save_state()
    window.reset_layout()
    assert "timestrip" in visible(window), "reset, the first tab is in front again"


def test_nothing_is_drawn_anew_under_an_open_menu(archive: Path, open_desk: Open, qtbot: QtBot) -> None:
    """A title bar whose menu is open must not go away under it."""
    window = open_desk(archive)
    window.show_layout("recovery")
    window.resize(1920, 1080)
    qtbot.waitUntil(lambda: "events" in visible(window))
    menu = QMenu(window)
    menu.addAction("Detach")
    menu.popup(window.mapToGlobal(window.rect().center()))
    tried: list[bool] = []
    window.arrangement._settled.timeout.connect(lambda: tried.append(True))
    window.resize(1280, 720)
    qtbot.waitUntil(lambda: len(tried) > 2)
    assert "events" in visible(window)
    menu.close()
    qtbot.waitUntil(lambda: "events" not in visible(window))


def test_a_tree_of_ones_own_is_not_drawn_over(archive: Path, open_desk: Open, qtbot: QtBot) -> None:
    window = open_desk(archive)
    window.arrangement.arrange(Split("h", ((1, ("links",)), (3, ("plot.pass.0",)))))
    fitted: list[bool] = []
    window.arrangement._settled.timeout.connect(lambda: fitted.append(True))
    window.resize(1280, 720)
    qtbot.waitUntil(lambda: bool(fitted))
    assert visible(window) == {"links", "plot.pass.0"}


def test_a_tree_of_ones_own_comes_back(archive: Path, open_desk: Open, tmp_path: Path) -> None:
    file = tmp_path / "desk.json"
    window = open_desk(archive, StateFile(file))
    window.show_layout("pass")
    window.arrangement.arrange(Split("h", ((1, ("links",)), (3, ("plot.pass.0",)))))
    window.shut_down()
    again = open_desk(archive, StateFile(file))
    assert again.state.layout == "pass"
    assert visible(again) == {"links", "plot.pass.0"}


def test_what_the_operator_arranged_is_not_healed(archive: Path, open_desk: Open, qtbot: QtBot) -> None:
    window = open_desk(archive)
    window.docking.close("events")
    window.resize(1920, 1080)
    fitted: list[bool] = []
    window.arrangement._settled.timeout.connect(lambda: fitted.append(True))
    qtbot.waitUntil(lambda: bool(fitted))
    assert "events" not in visible(window)
    window.save_state()
    assert "pass" in window.state.docked
    window.reset_layout()
    window.save_state()
    assert "events" in visible(window)
    assert window.state.docked == {}  # as drawn: drawn anew for whatever screen comes next


def test_keys_work_and_typing_is_left_alone(archive: Path, open_desk: Open, qtbot: QtBot) -> None:
    window = open_desk(archive, at_ns=START + 10 * S)
    window.activateWindow()
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert window.playhead.playing
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert not window.playhead.playing
    window.made["palette"].trigger()
    field = window.menu_row.palette_field
    assert isinstance(field, QLineEdit)
    qtbot.keyClicks(field, "a l")
    assert field.text() == "a l"
    assert not window.playhead.playing


def test_the_palette_goes_to_a_time_a_layout_and_a_parameter(archive: Path, open_desk: Open) -> None:
    window = open_desk(archive)
    field = window.menu_row.palette_field
    assert field.go("09:51:00")
    assert window.playhead.instant_ns == START + 38 * S
    assert field.go("Layout Analysis")
    assert window.state.layout == "analysis"
    chosen: list[tuple[str, str]] = []
    window.selection.parameter_changed.connect(lambda packet, name: chosen.append((packet, name)))
    assert field.go("eps_voltage")
    assert chosen == [("eps", "eps_voltage")]
    assert not field.go("no such thing")


def test_panels_not_made_yet_have_their_names_in_menu_and_palette(archive: Path, open_desk: Open) -> None:
    window = open_desk(archive)
    menu = QMenu(window)
    window.arrangement.fill_menu(menu)
    assert "Map" in [action.text() for action in menu.actions()], "nothing is new where nothing was kept"
    window.save_state()
    assert "recovery" not in window.docking.ids
    window.arrangement.fill_menu(menu)
    words = [action.text() for action in menu.actions()]
    assert "Map (new)" in words
    assert not set(PANELS) & {text.removesuffix(" (new)") for text in words}
    assert window.menu_row.palette_field.go("Panel Where is it?")
    assert window.docking.is_open("whereis")


def test_names_of_panels_are_translated(qapp: QApplication) -> None:
    installed = app.set_language(qapp, "ja")
    try:
        names = [panel_name(panel_id) for panel_id in PANELS]
    finally:
        for translator in installed:
            qapp.removeTranslator(translator)
        app.set_language(qapp, "en")
    assert [name for name in names if name.isascii()] == []


def test_the_keys_sheet_is_not_modal(archive: Path, open_desk: Open) -> None:
    from PySide6.QtWidgets import QDialog

    window = open_desk(archive)
    window.made["keys"].trigger()
    dialogs = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
    assert [dialog.isModal() for dialog in dialogs] == [False]
    dialogs[0].close()


def test_nothing_is_written_into_an_archive_by_looking_at_it(
    archive: Path, open_desk: Open, qtbot: QtBot
) -> None:
    before = archive.read_bytes()
    window = open_desk(archive, at_ns=START, speed=50.0)
    qtbot.wait(300)
    window.shut_down()
    assert archive.read_bytes() == before


def test_a_parameter_somebody_asks_for_comes_on_a_plot_at_that_instant(
    archive: Path, open_desk: Open
) -> None:
    window = open_desk(archive)
    asked = START + 30 * S
    window.selection.plot_requested.emit("eps", "eps_voltage", asked)
    shown = window.docking.host("plot.pass.0").save()
    assert shown["parameters"][0] == ["eps", "eps_voltage"]
    assert asked < shown["end_ns"] <= asked + shown["span_s"] * S
    window.selection.plot_requested.emit("hk", "hk_phase", None)
    assert window.docking.is_open("plot.new.1")
    assert window.docking.host("plot.new.1").save()["parameters"] == [["hk", "hk_phase"]]


def test_a_plot_of_an_instant_still_to_come_follows_the_playhead(archive: Path, open_desk: Open) -> None:
    """A spacecraft whose clock is ahead tells of alarms of the future."""
    window = open_desk(archive)
    window.selection.plot_requested.emit("eps", "eps_voltage", window.playhead.instant_ns + 600 * S)
    plot = window.docking.host("plot.pass.0").panel
    assert plot is not None
    assert plot.save()["end_ns"] is None


def test_what_is_told_stays_though_views_come(archive: Path, open_desk: Open, qtbot: QtBot) -> None:
    window = open_desk(archive)
    window.tell("Saved here")
    before = window.clock_bar.beats
    window.playhead.seek(START + 20 * S)
    qtbot.waitUntil(lambda: window.view is not None and window.view.instant_ns == START + 20 * S)
    qtbot.waitUntil(lambda: window._unseen is None and window.clock_bar.beats > before)
    assert window.status_line.message == "Saved here"
    window._told.timeout.emit()
    assert window.status_line.message.startswith("Nobody records into this archive")


def test_an_archive_that_never_came_is_unreadable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], dressed: object
) -> None:
    assert app.main(tmp_path / "nothing.okaeri", seconds=0.5, fresh=True, language="en") == 3
    assert "nothing.okaeri: no such archive came" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
def test_a_desk_that_refuses_its_archive_still_ends_when_told(tmp_path: Path) -> None:
    (tmp_path / "text.okaeri").write_text("no archive\n", encoding="utf-8")
    desk = subprocess.Popen(
        [sys.executable, "-m", "console", "desk", str(tmp_path / "text.okaeri")],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path)},
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert desk.stderr is not None
    assert "not an Okaeri archive" in desk.stderr.readline()
    desk.send_signal(signal.SIGTERM)
    assert desk.wait(20) == 3
    desk.stderr.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody move an open file")
@pytest.mark.parametrize("meddle", [Path.unlink, lambda path: path.rename(path.with_name("b.okaeri")), noise])
def test_an_archive_that_is_no_longer_there_is_said_and_stays_said(
    meddle: Callable[[Path], None], archive: Path, tmp_path: Path, open_desk: Open, qtbot: QtBot
) -> None:
    mine = tmp_path / "mine.okaeri"
    shutil.copy(archive, mine)
    window = open_desk(mine)
    if meddle is noise:  # another file takes its name
        noise(tmp_path / "other")
        (tmp_path / "other").replace(mine)
    else:
        meddle(mine)
    words = "mine.okaeri was moved, deleted or replaced"
    qtbot.waitUntil(lambda: words in window.status_line.message, timeout=15_000)
    window.tell("something else")
    qtbot.waitUntil(lambda: words in window.status_line.message, timeout=15_000)
    assert window.view is not None
    assert window.view.latest  # what was read is still shown


def test_a_recorder_that_dies_is_told_and_stays_told(tmp_path: Path, open_desk: Open, qtbot: QtBot) -> None:
    path = tmp_path / "live.okaeri"
    sender = Sender(path)
    sender.send(10)
    window = open_desk(path)
    assert window.playhead.mode == "live"
    sender.close()
    qtbot.waitUntil(lambda: "Nobody records any more since" in window.status_line.message, timeout=10_000)
    window.tell("something else")
    window._told.setInterval(1)
    window.tell("something else")
    qtbot.waitUntil(lambda: "Nobody records any more since" in window.status_line.message)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
def test_without_a_screen_the_desk_says_so(tmp_path: Path) -> None:
    hidden = {
        k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    done = subprocess.run(
        [sys.executable, "-m", "console", "desk", str(tmp_path / "a.okaeri")],
        env=hidden, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "there is no screen here" in done.stderr
