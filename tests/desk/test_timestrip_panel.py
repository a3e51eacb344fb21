"""The time strip by mouse: dragging the playhead, zooming, buttons of replay, notes."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

import small_archive
from panel_scene import hover, picture, wheel
from pass_scene import BURN_NS, PassDesk
from small_archive import START, S, Sender

from console.__main__ import main as decode
from console.archive.reader import ArchiveReader
from console.archive.shapes import LinkStatus, PhaseChange
from console.desk import theme
from console.desk.lanes import Bar, Lane, LanesCanvas, Mark
from console.desk.panels.timestrip import TimeStripPanel, completeness_text
from console.desk.view import CoverageQuery, History, HistoryQuery
from console.desk.window import DeskWindow

Strip = tuple[DeskWindow, TimeStripPanel]


def panel_of(window: DeskWindow) -> TimeStripPanel:
    panel = window.docking.host("timestrip").panel
    assert isinstance(panel, TimeStripPanel)
    return panel


@pytest.fixture
def strip(tmp_path: Path, qtbot: QtBot) -> Iterator[Strip]:
    path = small_archive.write(tmp_path / "small.okaeri")
    window = DeskWindow(str(path), None)
    window.resize(1600, 900)
    with qtbot.waitExposed(window):
        window.show()
    window.start()
    qtbot.waitUntil(
        lambda: window.view is not None and bool(panel_of(window).lanes()[0].bars), timeout=15_000
    )
    yield window, panel_of(window)
    window.shut_down()
    window.hide()
    window.deleteLater()


@pytest.fixture
def live_strip(tmp_path: Path, qtbot: QtBot) -> Iterator[Strip]:
    sender = Sender(tmp_path / "live.okaeri")
    sender.send(60)
    window = DeskWindow(str(tmp_path / "live.okaeri"), None)
    window.resize(1600, 900)
    with qtbot.waitExposed(window):
        window.show()
    window.start()
    qtbot.waitUntil(lambda: window.view is not None, timeout=15_000)
    qtbot.waitUntil(lambda: bool(panel_of(window).lanes()))
    yield window, panel_of(window)
    window.shut_down()
    window.hide()
    window.deleteLater()
    sender.close()


def shows(window: DeskWindow, wanted: Callable[[int], bool]) -> Callable[[], bool]:
    return lambda: window.view is not None and wanted(window.view.instant_ns)


def lane_point(panel: TimeStripPanel, t_ns: int, lane: int = 0) -> QPoint:
    return QPoint(round(panel.canvas.column_of(t_ns)), 30 + 18 * lane)


def test_lanes_tell_data_phases_and_share(strip: Strip) -> None:
    _window, panel = strip
    link, phase, _alarms = panel.lanes()
    assert link.name == "S-band"
    assert abs(link.bars[0].t0_ns - START) <= 4 * S
    assert abs(link.bars[-1].t1_ns - (START + 300 * S)) <= 4 * S
    assert link.share == "100.0 %"
    assert [bar.words for bar in phase.bars] == ["Coast", "Burn"]
    assert abs(phase.bars[1].t0_ns - (START + 60 * S)) <= S
    assert panel.canvas.range.t0_ns < START < START + 300 * S < panel.canvas.range.t1_ns


def test_a_press_and_a_drag_move_the_playhead(strip: Strip, qtbot: QtBot) -> None:
    window, panel = strip
    qtbot.mousePress(panel.canvas, Qt.MouseButton.LeftButton, pos=lane_point(panel, START + 100 * S))
    qtbot.waitUntil(shows(window, lambda t: abs(t - START - 100 * S) < 2 * S))
    qtbot.mouseMove(panel.canvas, lane_point(panel, START + 30 * S))
    qtbot.mouseRelease(panel.canvas, Qt.MouseButton.LeftButton, pos=lane_point(panel, START + 30 * S))
    qtbot.waitUntil(shows(window, lambda t: abs(t - START - 30 * S) < 2 * S))
    assert window.view is not None
    assert window.view.latest["hk"].raw["hk_phase"] == 3


def test_the_wheel_zooms_and_fit_shows_all_again(strip: Strip, qtbot: QtBot) -> None:
    _window, panel = strip
    before = panel.canvas.range.span_ns
    at = QPointF(panel.canvas.column_of(START + 150 * S), 40)
    QApplication.sendEvent(
        panel.canvas,
        QWheelEvent(
            at, panel.canvas.mapToGlobal(at), QPoint(), QPoint(0, 360), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        ),
    )  # fmt: skip
    assert panel.canvas.range.span_ns < 0.6 * before
    assert abs(panel.canvas.instant_at(at.x()) - (START + 150 * S)) < S
    qtbot.waitUntil(panel.fit.isEnabled)
    assert panel.save()["t0_ns"] == panel.canvas.range.t0_ns
    qtbot.mouseClick(panel.fit, Qt.MouseButton.LeftButton)
    assert panel.canvas.range.span_ns == before
    assert panel.save() == {}


def test_the_ruler_pans(strip: Strip, qtbot: QtBot) -> None:
    _window, panel = strip
    first = panel.canvas.range.t0_ns
    left, right = (QPoint(round(panel.canvas.column_of(START + s * S)), 6) for s in (100, 200))
    qtbot.mousePress(panel.canvas, Qt.MouseButton.LeftButton, pos=right)
    qtbot.mouseMove(panel.canvas, left)
    qtbot.mouseRelease(panel.canvas, Qt.MouseButton.LeftButton, pos=left)
    assert abs(panel.canvas.range.t0_ns - first - 100 * S) < 2 * S


def test_the_buttons_replay(strip: Strip, qtbot: QtBot) -> None:
    window, panel = strip

    def click(button: object) -> None:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]

    click(panel.begin)
    qtbot.waitUntil(shows(window, lambda t: t == START))
    panel.speed.setCurrentIndex(panel.speed.findText("20×"))
    click(panel.forward)
    assert window.playhead.speed == 20
    qtbot.waitUntil(shows(window, lambda t: t > START + 5 * S))
    click(panel.back)
    assert window.playhead.speed == -20
    click(panel.pause)
    assert not window.playhead.playing
    click(panel.end)
    qtbot.waitUntil(lambda: window.view is not None and window.view.record == 900)
    click(panel.step_back)
    qtbot.waitUntil(lambda: window.view is not None and window.view.record == 899)
    click(panel.step_on)
    qtbot.waitUntil(lambda: window.view is not None and window.view.record == 900)
    click(panel.known)
    assert window.playhead.as_known_now


def test_a_note_is_kept_at_the_instant_and_drawn(strip: Strip, qtbot: QtBot) -> None:
    window, panel = strip
    window.playhead.seek(START + 42 * S)
    qtbot.waitUntil(shows(window, lambda t: t == START + 42 * S))
    qtbot.mouseClick(panel.note, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(panel.note, "heater 2 on")
    qtbot.keyClick(panel.note, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any(m.note and "heater 2 on" in m.words for m in panel.lanes()[-1].marks))
    with ArchiveReader(window.archive) as reader:
        assert [(n.at_ns, n.text) for n in reader.notes()] == [(START + 42 * S, "heater 2 on")]


def test_a_note_that_cannot_be_written_is_said_and_its_words_stay(strip: Strip, qtbot: QtBot) -> None:
    window, panel = strip
    assert window.writer is not None
    window.writer.close()
    qtbot.keyClicks(panel.note, "heater 2 on")
    qtbot.keyClick(panel.note, Qt.Key.Key_Return)
    assert panel.note.text() == "heater 2 on"
    assert window.status_line.message.startswith("note not written: ")


def test_dragging_past_now_goes_back_to_live(live_strip: Strip, qtbot: QtBot) -> None:
    window, panel = live_strip
    assert window.playhead.mode == "live"
    window.playhead.seek(START)
    assert window.playhead.mode == "replay"
    assert panel.canvas.now_ns is not None
    qtbot.mouseClick(
        panel.canvas, Qt.MouseButton.LeftButton, pos=lane_point(panel, panel.canvas.range.t1_ns - S)
    )
    assert window.playhead.mode == "live"


def test_another_speed_keeps_the_direction(strip: Strip, qtbot: QtBot) -> None:
    window, panel = strip
    window.playhead.seek(START + 200 * S)
    qtbot.mouseClick(panel.back, Qt.MouseButton.LeftButton)
    panel.speed.setCurrentIndex(panel.speed.findText("10×"))
    panel.speed.activated.emit(panel.speed.currentIndex())
    assert window.playhead.speed == -10


def test_a_stretch_kept_from_another_archive_is_not_shown(strip: Strip, qtbot: QtBot) -> None:
    window, _panel = strip
    kept, own = TimeStripPanel(window), TimeStripPanel(window)
    qtbot.addWidget(kept)
    qtbot.addWidget(own)
    kept.restore({"t0_ns": START - 5000 * S, "t1_ns": START - 4000 * S})
    assert window.view is not None
    kept.refresh(window.view)
    assert kept.canvas.range.t0_ns < START < kept.canvas.range.t1_ns
    assert kept.save() == {}
    own.restore({"t0_ns": START + 10 * S, "t1_ns": START + 20 * S})
    own.refresh(window.view)
    assert own.save() == {"t0_ns": START + 10 * S, "t1_ns": START + 20 * S}


def test_what_somebody_else_asked_for_is_not_drawn(strip: Strip) -> None:
    """Plots ask for the same links over ranges of their own."""
    window, panel = strip
    assert window.view is not None
    before = panel.lanes()[0].bars
    other = {CoverageQuery("s", START, START + S): [(START, START + S)]}
    panel.refresh(replace(window.view, coverage=other))
    assert panel.lanes()[0].bars == before


def test_a_phase_that_a_clock_ahead_tells_ends_after_it_begins(strip: Strip) -> None:
    window, panel = strip
    assert window.view is not None
    shown = panel.canvas.range
    changes = [PhaseChange(START, 3), PhaseChange(START + 310 * S, 4)]  # the archive ends at 300 s
    histories = {HistoryQuery(shown.t0_ns, shown.t1_ns): History(changes)}
    panel.refresh(replace(window.view, histories=histories))
    bars = next(lane.bars for lane in panel.lanes() if lane.name == "Phase")
    assert [(bar.t0_ns, bar.t1_ns) for bar in bars] == [
        (START, START + 310 * S), (START + 310 * S, START + 310 * S),
    ]  # fmt: skip


def test_only_the_ruler_lets_go_of_a_chosen_stretch(strip: Strip, qtbot: QtBot) -> None:
    _window, panel = strip
    at = QPointF(panel.canvas.column_of(START + 150 * S), 40)
    wheel(panel.canvas, at, 0)
    assert panel.save() == {}, "a wheel turned aside zooms nothing"
    wheel(panel.canvas, at, 2)
    chosen = panel.save()
    assert chosen
    qtbot.mouseDClick(panel.canvas, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert panel.save() == chosen
    qtbot.mouseDClick(panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(round(at.x()), 6))
    assert panel.save() == {}


def test_the_tooltip_tells_what_is_under_the_mouse(qtbot: QtBot) -> None:
    canvas = LanesCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(900, 120)
    canvas.range.t0_ns, canvas.range.t1_ns = START, START + 1000 * S
    marks = [
        Mark(START + 300 * S, 2, words="volts: serious"),
        Mark(START + 700 * S, 0, words="Aoki: odd", note=True),
    ]
    phase = Lane("Phase", [Bar(START, START + 500 * S, "Coast", "phase")])
    canvas.show_lanes([phase, Lane("Alarms", marks=marks)], START, None)
    told = []
    for seconds, y in ((300, 30), (600, 30), (300, 56), (500, 56), (700, 56)):
        hover(canvas, QPointF(canvas.column_of(START + seconds * S), y))
        told.append(canvas.toolTip().split("\n")[1:])
    assert told == [["Coast"], [], ["volts: serious"], [], ["Aoki: odd"]]
    hover(canvas, QPointF(20, 30))
    assert canvas.toolTip() == ""


def test_what_is_still_to_come_is_shaded_from_now_on(qtbot: QtBot) -> None:
    canvas = LanesCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(900, 120)
    canvas.range.t0_ns, canvas.range.t1_ns = START, START + 1000 * S
    grounds = []
    for now in (300, 600):
        canvas.show_lanes([Lane("S-band")], None, START + now * S)
        image = picture(canvas)
        at = (round(canvas.column_of(START + seconds * S)) for seconds in (250, 450, 650))
        grounds.append([image.pixelColor(x, 30) == theme.palette.panel for x in at])
    assert grounds == [[True, False, False], [True, True, False]]


def test_a_decoded_file_has_one_lane_of_data(tmp_path: Path, qtbot: QtBot) -> None:
    definition, recording, made = (tmp_path / name for name in ("d.csv", "r.bin", "r.okaeri"))
    definition.write_text("name,data_type,bit_length\nlevel,uint,16\n", encoding="utf-8")
    recording.write_bytes(b"".join(struct.pack(">HHHH", 0x0801, 0xC000 | n, 1, 7 * n) for n in range(600)))
    assert (
        decode(
            ["decode", str(recording), "--definitions", str(definition), "--format", "db", "-o", str(made)]
        )
        == 0
    )
    window = DeskWindow(str(made), None)
    window.resize(1600, 900)
    with qtbot.waitExposed(window):
        window.show()
    window.start()
    qtbot.waitUntil(
        lambda: window.view is not None and bool(panel_of(window).lanes()[0].bars), timeout=15_000
    )
    (bar,) = panel_of(window).lanes()[0].bars
    assert abs(bar.t1_ns - bar.t0_ns - 599 * S) <= S  # a second apart, where packets tell no time
    window.shut_down()
    window.hide()
    window.deleteLater()


def test_passes_and_eclipses_have_lanes(qtbot: QtBot) -> None:
    """MISSION's list: Masuda sees the capsule at T − 360 min, Okinawa and Katsuura around it."""
    desk = PassDesk()
    panel = TimeStripPanel(desk)
    qtbot.addWidget(panel)
    panel.resize(1280, 160)
    t_ns = BURN_NS - 358 * 60 * S
    panel.refresh(desk.view(t_ns))
    shown = panel.canvas.range
    qtbot.waitUntil(lambda: desk.pass_plan.known(shown.t0_ns, shown.t1_ns), timeout=10_000)
    panel.refresh(desk.view(t_ns))
    lanes = {lane.name: lane for lane in panel.lanes()}
    now = next(bar for bar in lanes["Passes"].bars if bar.t0_ns <= t_ns <= bar.t1_ns)
    assert {"Okinawa", "Masuda", "Katsuura"} <= set(now.words.split(", "))
    assert now.look == "pass"
    # 36 minutes of each 92 are dark
    (dark, *_), period_ns = lanes["Phase · eclipse"].bars, 92.4 * 60 * S
    assert dark.look == "eclipse"
    assert 0.33 < (dark.t1_ns - dark.t0_ns) / period_ns < 0.42
    panel.canvas.range.zoom(t_ns, 1000)
    panel.refresh(desk.view(t_ns))
    assert not {lane.name: lane for lane in panel.lanes()}["Passes"].bars
    desk.pass_plan.stop()


@pytest.mark.parametrize("height", [130, 200])
def test_the_eclipse_does_not_cut_the_name_of_the_phase(qtbot: QtBot, height: int) -> None:
    pictures = []
    for eclipses in ([], [Bar(START, START + 900 * S, look="eclipse")]):
        canvas = LanesCanvas()
        qtbot.addWidget(canvas)
        canvas.resize(900, height)
        canvas.range.t0_ns, canvas.range.t1_ns = START, START + 1000 * S
        phase = Lane("Phase", [Bar(START, START + 800 * S, "Free flight gypq", "phase"), *eclipses])
        empty = [Lane(name) for name in "abcd"]
        canvas.show_lanes([phase, *empty], START + 950 * S, None)
        pictures.append(picture(canvas))
    bare, dark = pictures
    grounds = {c.rgb() for c in (theme.palette.panel, theme.palette.control, theme.palette.grid)}
    lane = [(x, y) for x in range(128, 330) for y in range(20, 46)]
    covered = [(x, y) for x, y in lane if bare.pixel(x, y) != dark.pixel(x, y)]
    assert len(covered) >= 400, "three rows of it are seen"
    assert {bare.pixel(x, y) for x, y in covered} <= grounds, "and no stroke of a letter is below it"


def test_completeness_is_never_rounded_up_to_all() -> None:
    assert completeness_text(None) == "—"
    assert completeness_text(LinkStatus("s", 0, "locked")) == "—"
    assert completeness_text(LinkStatus("s", 0, "locked", frames_good=99_999, frames_missing=1)) == "99.9 %"
    assert completeness_text(LinkStatus("s", 0, "locked", frames_good=1770, frames_missing=100)) == "94.6 %"
    assert completeness_text(LinkStatus("s", 0, "locked", packets=3, packets_missing=1)) == "75.0 %"
