"""Plots by mouse: panning, zooming, cursors, dropping and removing curves, exports; gaps and silences."""

from __future__ import annotations

import csv
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

import small_archive
from panel_scene import START, S, Scene, drop, has_colour, hover, picture, wheel

from console.desk import theme
from console.desk.axes import SHRINK_AFTER_S, Range
from console.desk.axispaint import GAP, LEFT, right_end, scaled_unit
from console.desk.curves import Curve
from console.desk.limitlines import draw_limits
from console.desk.models import MIME_PARAMETER
from console.desk.panels.plot import PlotPanel
from console.desk.window import DeskWindow
from decoders.mission.model import Band, Limits, Severity
from decoders.shapes import NO_COUNT

Plot = tuple[Scene, PlotPanel]
SIZE = (462, 256)


def make(scene: Scene, qtbot: QtBot, *parameters: str, span_s: float = 60) -> PlotPanel:
    panel = PlotPanel(scene)
    qtbot.addWidget(panel)
    panel.resize(*SIZE)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.restore({"span_s": span_s, "parameters": [[name.split("_")[0], name] for name in parameters]})
    return panel


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path / "two.okaeri")
    yield scene
    scene.close()


def mime_of(text: str) -> QMimeData:
    mime = QMimeData()
    mime.setData(MIME_PARAMETER, text.encode())
    return mime


def column(panel: PlotPanel, second: float) -> int:
    """Return the pixel column of an instant on the canvas."""
    return round(panel.canvas.x_of(START + round(second * S)))


def lit(panel: PlotPanel, colour: QColor) -> list[int]:
    """Return the columns of the plot's field that hold a pixel of a colour."""
    image, area = picture(panel.canvas), panel.canvas.area.toRect()
    wanted = colour.rgb()
    return [
        x
        for x in range(area.left(), area.right())
        if any(image.pixel(x, y) == wanted for y in range(area.top(), area.bottom()))
    ]


# what is drawn


def test_a_gap_in_the_data_is_a_gap_in_the_line(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts")
    for second in (*range(20), *range(40, 60)):
        scene.send("hk", second)
        scene.status("s", second)
    for second in range(20, 40):
        scene.send("nav", second, nav_height=1)  # the link is there, only this packet is not
        scene.status("s", second)
    scene.show(panel, 59.5)
    drawn = lit(panel, theme.curve(0))
    assert not [x for x in drawn if column(panel, 20) < x < column(panel, 39)]
    assert len([x for x in drawn if column(panel, 2) < x < column(panel, 18)]) > 90
    assert len([x for x in drawn if column(panel, 41) < x < column(panel, 58)]) > 90
    assert panel.canvas.silences == []


def test_no_contact_is_hatched_and_so_is_the_newest_edge(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts", span_s=120)
    scene.pass_of(20)
    scene.pass_of(20, begin=60)
    scene.show(panel, 79.5)
    assert len(panel.canvas.silences) == 1
    start, end = panel.canvas.silences[0]
    assert abs(start - (START + 19 * S)) <= S
    assert abs(end - (START + 60 * S)) <= 2 * S
    before = lit(panel, theme.palette.hairline)
    assert len([x for x in before if column(panel, 20) < x < column(panel, 59)]) > 100
    assert not [x for x in before if column(panel, 62) < x < column(panel, 79)]
    # Nothing was recorded before the archive began: nobody knows, so nothing is hatched.
    assert not [x for x in before if column(panel, -38) < x < column(panel, -2)]
    scene.show(panel, 81.5)
    assert len(panel.canvas.silences) == 1, "two and a half seconds are no silence at a period of 1 s"
    scene.show(panel, 95)
    assert [round((a - START) / S) for a, _ in panel.canvas.silences] == [19, 79]
    assert panel.canvas.silences[-1][1] == START + 95 * S
    assert len([x for x in lit(panel, theme.palette.hairline) if x > column(panel, 80)]) > 30


def test_silence_of_the_other_link_does_not_hatch(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "room_pressure")
    scene.pass_of(3)
    for second in range(0, 50, 2):
        scene.send("room", second, room_pressure=10_100)
        scene.status("r", second)
    scene.show(panel, 49)
    assert panel.canvas.silences == []
    panel.add("hk", "hk_volts")
    scene.show(panel, 49)
    assert panel.canvas.silences == [], "one of the vehicles is heard"


def test_what_was_played_back_into_a_silence_is_not_hatched(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts", span_s=120)
    scene.pass_of(20)
    for second in range(60, 80):  # the capsule tells what it kept meanwhile, and what is now
        scene.send("hk", second)
        scene.send("hk", second, clock_s=second - 40)
        scene.status("s", second)
    panel.restore({**panel.save(), "axis": "generation"})
    scene.show(panel, 79.5)
    assert [round((b - a) / S) for a, b in panel.canvas.silences] == [21]  # 39 s to 60 s
    panel.restore({**panel.save(), "axis": "reception"})
    scene.show(panel, 79.5)
    assert [round((b - a) / S) for a, b in panel.canvas.silences] in ([40], [41])


def test_limit_lines_have_a_dash_for_each_severity_a_label_and_a_band_beyond(
    scene: Scene, qtbot: QtBot
) -> None:
    panel = make(scene, qtbot, "hk_temp")
    for second in range(30):
        scene.send("hk", second, hk_temp=7_000 + 130 * second)  # 20 to 57.7 ℃ crosses 30, 40 and 50
    scene.show(panel, 29.5)
    canvas = panel.canvas
    image, area, axis = picture(canvas), canvas.area, canvas.ranges[0]
    patterns, lines = {}, {}
    for severity, value in (("caution", 30.0), ("serious", 40.0), ("critical", 50.0)):
        y = area.bottom() - area.height() * (value - axis.low) / (axis.high - axis.low)
        left, colour = int(area.left()), getattr(theme.palette, severity)
        rows = [
            [image.pixel(x, row) == colour.rgb() for x in range(left + 120, left + 220)]
            for row in (int(y) - 1, int(y), int(y) + 1)
        ]
        best = max(rows, key=sum)
        patterns[severity] = "".join("#" if on else " " for on in best)
        lines[severity] = int(y)
        # The label stands at the left end, off the line.
        label = has_colour(image, colour, left, int(y) - 14, 110, 12)
        label += has_colour(image, colour, left, int(y) + 3, 110, 12)
        assert label >= 5, severity  # smoothed letters have few pixels of the very colour
    assert "######    ######" in patterns["caution"]
    assert "##   ##   ##" in patterns["serious"]
    assert patterns["critical"].count("#") > 97
    # Beyond critical the ground is tinted red; where all is well it is the plain field.
    ground = QColor(image.pixel(left + 150, lines["critical"] - 5))
    assert ground.red() > theme.palette.field.red() + 8
    assert has_colour(image, theme.palette.field, left + 130, lines["caution"] + 4, 60, 12) > 500


def test_minimum_and_maximum_stay_visible_and_it_is_said(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts", span_s=3600)
    for second in range(1500):
        scene.send("hk", second, hk_volts=36_000 if second == 700 else 31_500)
    scene.show(panel, 1499)
    trace = panel.curves[0].trace
    assert trace is not None
    assert trace.decimated
    assert float(max(trace.hi)) == pytest.approx(36.0)
    assert panel.header_text() == "min/max shown", "in the tab too, where there is always room"
    decimated = picture(panel.legend)
    panel.restore({**panel.save(), "span_s": 60})
    scene.show(panel, 1499)
    assert not panel.curves[0].trace.decimated  # type: ignore[union-attr]
    assert panel.header_text() == ""
    words = [has_colour(image, theme.palette.dim) for image in (decimated, picture(panel.legend))]
    assert words[0] > 15
    assert words[1] == 0


def test_the_newest_value_beside_the_name_is_the_value_and_not_a_maximum(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts", span_s=3600)
    for second in range(800):
        scene.send("hk", second, hk_volts=30_000 + 1000 * (second % 2))
    scene.send("hk", 800, hk_volts=30_250)
    scene.show(panel, 800)
    assert panel.curves[0].newest() == "30.250 V"


def test_resting_on_a_curve_in_the_legend_tells_its_whole_name(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts", "hk_amps")
    scene.pass_of(5)
    scene.show(panel)
    panel.legend.resize(260, panel.legend.height())
    panel.legend.grab()
    height = panel.legend.height() / 2
    assert panel.legend.whole_name(QPointF(14, height)).startswith("Bus voltage 31.500 V\nhk · hk_volts")
    told = [panel.legend.whole_name(QPointF(x, height)) for x in range(0, 260, 4)]
    assert any(words.startswith("Bus current −2.000 A") for words in told)
    assert told[-1] == "", "the chip is no curve"


def test_where_it_is_narrow_names_shrink_and_values_stay_whole(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts", "hk_amps")
    scene.pass_of(5)
    scene.show(panel)
    metrics = QFontMetrics(theme.font(12))
    wide, middle, narrow = (panel.legend.entries(metrics, room) for room in (400, 275, 150))
    assert wide == ["Bus voltage 31.500 V", "Bus current −2.000 A"]
    assert middle == ["voltage 31.500 V", "current −2.000 A"]
    assert sum(metrics.horizontalAdvance(text) for text in narrow) < 150
    assert all(text.endswith(value) for text, value in zip(narrow, ("31.50 V", "−2.000 A"), strict=True))


def test_the_unit_in_the_corner_does_not_touch_the_time(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts", "nav_height")
    for second in range(0, 60, 10):
        scene.send("nav", second, nav_height=390_000 + second)
        scene.send("hk", second)
    scene.show(panel)
    canvas = panel.canvas
    assert scaled_unit(canvas.ranges[1], "m") == "10³ m"
    metrics = QFontMetrics(theme.font(12))
    begins = right_end(canvas.area) - metrics.horizontalAdvance("10³ m")
    assert canvas._words_end(canvas.area) <= begins - 8
    image = picture(canvas)
    free = range(round(begins) - 7, round(begins) - 1)
    below = range(round(canvas.area.bottom()) + 3, canvas.height())
    assert {image.pixel(x, y) for x in free for y in below} == {theme.palette.panel.rgb()}


def test_the_words_of_a_limit_are_whole_wherever_its_line_is(qtbot: QtBot) -> None:
    limits = Limits(caution=Band(10.0, None))
    counts = []
    for low in (0.0, 9.6):  # in the middle, and just above the lower end
        curve = Curve("hk", "t", "T", "℃", 1, 0.1, limits)
        image = QImage(300, 120, QImage.Format.Format_RGB32)
        image.fill(theme.palette.field)
        painter = QPainter(image)
        painter.setFont(theme.font(12))
        draw_limits(painter, QRectF(0, 0, 300, 110), [curve], [Range(low, 20.0)])
        painter.end()
        counts.append(has_colour(image, theme.status_colour(Severity.CAUTION)))
    assert counts[0] > 100
    assert abs(counts[1] - counts[0]) <= 2


def test_six_digits_of_the_left_axis_are_not_cut() -> None:
    assert QFontMetrics(theme.font(12)).horizontalAdvance("−10.25") <= LEFT - GAP


def test_several_units_have_two_axes_and_a_third_is_refused_with_words(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts")
    for second in range(20):
        scene.send("hk", second, hk_volts=31_000 + 50 * second)
    scene.show(panel)
    one = panel.canvas.area.width()
    assert drop(panel, mime_of("hk/hk_amps"))
    scene.show(panel)
    assert [(c.parameter, c.axis) for c in panel.curves] == [("hk_volts", 0), ("hk_amps", 1)]
    assert panel.canvas.area.width() == one - 34  # right margin 44 instead of 10
    assert panel.canvas.ranges[0].low < 31.5 < panel.canvas.ranges[0].high
    assert panel.canvas.ranges[1].low < -2.0 < panel.canvas.ranges[1].high
    assert not drop(panel, mime_of("hk/hk_temp"))
    assert "hk_temp" in panel.legend.told
    assert len(panel.curves) == 2
    drawn = lit(panel, theme.curve(0)), lit(panel, theme.curve(1))
    assert all(len(x) > 50 for x in drawn)


@pytest.mark.parametrize("text", ["hk/no_such", "nowhere/hk_volts", "", "\x00\xff", "hk_volts"])
def test_nonsense_is_not_plotted(scene: Scene, qtbot: QtBot, text: str) -> None:
    panel = make(scene, qtbot)
    assert not drop(panel, mime_of(text))
    assert not drop(panel, QMimeData())
    assert panel.curves == []


def test_curves_are_removed_by_the_menu(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts", "hk_amps")
    scene.pass_of(10)
    scene.show(panel)
    remove = [a for a in panel.menu().actions() if "Bus voltage" in a.text()]
    assert len(remove) == 1
    remove[0].trigger()
    scene.show(panel)
    assert [(c.parameter, c.axis) for c in panel.curves] == [("hk_amps", 0)]
    assert panel.canvas.ranges[0].low < -2.0 < panel.canvas.ranges[0].high
    assert panel.title() == "Bus current"


# the Y range


def test_the_range_grows_at_once_and_never_shrinks_by_itself_while_it_is_used() -> None:
    axis = Range()
    axis.follow(10.0, 20.0, 1.0, 0.0)
    first = axis.low, axis.high
    axis.follow(12.0, 18.0, 1.0, 1.0)
    assert (axis.low, axis.high) == first, "values that stay inside move nothing"
    axis.follow(10.0, 30.0, 1.0, 2.0)
    assert axis.high > 30.0
    assert axis.low == first[0]
    grown = axis.low, axis.high
    for second in range(3, 3 + int(SHRINK_AFTER_S)):
        axis.follow(14.0, 15.0, 1.0, float(second))
        assert (axis.low, axis.high) == grown
    axis.follow(14.0, 15.0, 1.0, 4.0 + 2 * SHRINK_AFTER_S)
    assert axis.high - axis.low < 2.0


def test_a_double_click_fits_the_values(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts", span_s=20)
    scene.send("hk", 0, hk_volts=60_000)
    for second in range(1, 40):
        scene.send("hk", second)
    scene.show(panel, 1)
    scene.show(panel, 39)
    assert panel.canvas.ranges[0].high > 60
    middle = panel.canvas.area.center().toPoint()
    qtbot.mouseDClick(panel.canvas, Qt.MouseButton.LeftButton, pos=middle)
    assert panel.canvas.ranges[0].high < 32


# cursors


def test_the_cursor_reads_value_unit_and_time(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts", "hk_amps")
    for second in range(60):
        scene.send("hk", second, hk_volts=30_000 + 10 * second)
    scene.show(panel, 59)
    seen: list[object] = []
    scene.selection.cursor_changed.connect(seen.append)
    hover(panel.canvas, QPointF(column(panel, 40), 60))
    assert isinstance(seen[-1], int)
    assert abs(seen[-1] - (START + 40 * S)) < S // 5
    told = [text for text, _ in panel.canvas.read_out(panel.canvas.cursor_ns or 0)]
    assert told[0] in ("09:51:01Z", "09:51:02Z")
    assert told[1:] == ["Bus voltage 30.400 V", "Bus current −2.000 A"]
    white = lit(panel, theme.palette.value)
    assert column(panel, 40) in white or column(panel, 40) - 1 in white
    hover(panel.canvas, QPointF(2, 60))  # left of the field
    assert seen[-1] is None


@pytest.mark.parametrize("name", ["Container A 1", "Container A 2", "Carrier offset", "容器A 温度1", "Rate"])
def test_the_flag_of_the_cursor_cuts_no_name_where_there_is_room(
    scene: Scene, qtbot: QtBot, name: str
) -> None:
    panel = make(scene, qtbot, "hk_volts")
    scene.pass_of(30)
    scene.show(panel)
    panel.curves[0].name = name
    panel.canvas.cursor_ns = START + 20 * S
    written: list[str] = []

    class Recording(QPainter):
        def drawText(self, _at: QPointF, words: str) -> None:  # type: ignore[override]
            written.append(words)

    image = QImage(panel.canvas.size(), QImage.Format.Format_RGB32)
    painter = Recording(image)
    panel.canvas._draw_cursor(painter)
    painter.end()
    assert written == ["09:50:42Z", f"{name} 31.500 V"]


def test_the_cursor_tells_how_the_sample_came(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts", "hk_amps")
    for second in range(60):
        scene.send("hk", second, hk_volts=30_000 + 10 * second)
    scene.show(panel, 59)
    hover(panel.canvas, QPointF(column(panel, 40), 60))
    scene.show(panel, 59)  # the answer comes with the next view
    told = [text for text, _ in panel.canvas.read_out(panel.canvas.cursor_ns or 0)]
    assert told[1:3] == ["Bus voltage 30.400 V", "raw 30400 (0x76C0) · count 40"]
    assert told[3:] == ["Bus current −2.000 A", "raw −2000 · count 40"]
    point = panel.curves[0].point
    assert point is not None
    panel.curves[0].point = replace(point, sequence_count=NO_COUNT)  # as of a beacon
    told = [text for text, _ in panel.canvas.read_out(panel.canvas.cursor_ns or 0)]
    assert told[1:3] == ["Bus voltage 30.400 V", "raw 30400 (0x76C0)"]


def test_in_a_gap_and_behind_the_newest_sample_there_is_nothing_to_read(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts")
    for second in (*range(10), *range(30, 40)):
        scene.send("hk", second)
    scene.show(panel, 58)
    for second, there in (
        (5.2, True),
        (11.0, False),
        (20.0, False),
        (29.0, True),
        (39.3, True),
        (50.0, False),
    ):
        told = panel.canvas.read_out(START + round(second * S))[1][0]
        assert ("no data" not in told) == there, (second, told)


def test_a_second_cursor_gives_the_difference(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts")
    for second in range(60):
        scene.send("hk", second, hk_volts=30_000 + 10 * second)
    scene.show(panel, 59)
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, shift, QPoint(column(panel, 10), 80))
    hover(panel.canvas, QPointF(column(panel, 50), 80))
    told = [text for text, _ in panel.canvas.read_out(panel.canvas.cursor_ns or 0)]
    assert "Δ 40." in told[0] or "Δ 39.9" in told[0]
    assert told[0].startswith("09:51:1")
    assert told[1] == "Bus voltage 30.500 V  Δ 0.400 V"
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, shift, QPoint(column(panel, 30), 80))
    assert panel.canvas.anchor_ns is None


def test_cursors_of_all_plots_are_linked(scene: Scene, qtbot: QtBot) -> None:
    first, second = make(scene, qtbot, "hk_volts"), make(scene, qtbot, "hk_amps", span_s=300)
    scene.pass_of(60)
    scene.show(first)
    scene.show(second)
    hover(first.canvas, QPointF(column(first, 33), 60))
    at = second.canvas.cursor_ns
    assert at is not None
    assert abs(at - (START + 33 * S)) < S // 5
    white = lit(second, theme.palette.value)
    assert {round(second.canvas.x_of(at)) + x for x in (-1, 0, 1)} & set(white)


# where it looks


def drag(qtbot: QtBot, panel: PlotPanel, from_x: int, to_x: int) -> None:
    canvas = panel.canvas
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(from_x, 80))
    for x in (from_x + (to_x - from_x) // 2, to_x):
        qtbot.mouseMove(canvas, QPoint(x, 80))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(to_x, 80))


def test_dragging_goes_into_history_and_the_chip_says_so_and_brings_back(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts")
    scene.pass_of(200)
    scene.show(panel, 199)
    assert panel.chip() == "LIVE"
    x = column(panel, 160)
    drag(qtbot, panel, x, column(panel, 190))  # 30 s into the past
    assert panel.chip() == "HISTORY"
    assert abs(panel.canvas.t1_ns - (START + 169 * S)) < S
    scene.show(panel, 205)
    assert abs(panel.canvas.t1_ns - (START + 169 * S)) < S, "it stands while time goes on"
    assert lit(panel, theme.curve(0))
    chip = panel.legend._chip.center().toPoint()
    qtbot.mouseClick(panel.legend, Qt.MouseButton.LeftButton, pos=chip)
    assert panel.chip() == "LIVE"
    assert panel.canvas.t1_ns == START + 205 * S


def test_panning_ends_at_the_archive_and_dragging_to_now_follows_again(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts")
    scene.pass_of(100)
    scene.show(panel, 99)
    for _ in range(8):
        drag(qtbot, panel, 100, 400)
    assert panel.canvas.t1_ns >= START, "the first packet stays in sight"
    assert panel.canvas.t0_ns < START
    for _ in range(12):
        drag(qtbot, panel, 400, 60)
    assert panel.chip() == "LIVE"
    assert panel.end_ns is None


def test_the_wheel_zooms_round_the_mouse_and_a_live_plot_stays_live(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts")
    scene.pass_of(200)
    scene.show(panel, 199)
    wheel(panel.canvas, QPointF(column(panel, 180), 80), 2)
    assert panel.span_ns == pytest.approx(60 * S * 0.64, rel=0.01)
    assert panel.chip() == "LIVE"
    wheel(panel.canvas, QPointF(200, 80), -2)
    drag(qtbot, panel, 100, 300)
    at = panel.canvas.instant_at(150)
    wheel(panel.canvas, QPointF(150, 80), 3)
    assert abs(panel.canvas.instant_at(150) - at) < S // 2
    assert panel.chip() == "HISTORY"
    wheel(panel.canvas, QPointF(150, 80), 100)
    assert panel.span_ns >= 2 * S


def test_the_chip_tells_a_pause_and_a_replay(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts")
    scene.pass_of(100)
    scene.show(panel, 100)
    scene.show(panel, 59, mode="paused")
    assert panel.chip() == "PAUSED +00:41"
    scene.show(panel, 30, mode="replay")
    assert panel.chip() == "HISTORY"
    assert panel.canvas.watermark == "REPLAY 再生"


def test_generation_and_reception_axis_differ_where_data_came_late(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts")
    for second in range(30, 40):
        scene.send("hk", second, clock_s=second - 20)
    scene.show(panel, 45)
    assert panel.curves[0].trace is not None
    assert int(panel.curves[0].trace.t_ns[0]) == START + 10 * S
    axis = next(a for a in panel.menu().actions() if "reception" in a.text())
    axis.trigger()
    scene.show(panel, 45)
    assert int(panel.curves[0].trace.t_ns[0]) == START + 30 * S
    assert panel.save()["axis"] == "reception"


def test_another_plots_trace_of_the_same_parameter_is_not_taken(scene: Scene, qtbot: QtBot) -> None:
    mine, other = make(scene, qtbot, "hk_volts"), make(scene, qtbot, "hk_volts")
    other.restore({**other.save(), "axis": "reception"})
    for second in range(30, 90):
        scene.send("hk", second, clock_s=second - 20)
    view = scene.view(90)
    for panel in (mine, other):
        panel.refresh(view)
    view = scene.view(90, ask=[other, mine])
    for panel in (mine, other):
        panel.refresh(view)
    assert int(mine.curves[0].trace.t_ns[-1]) == START + 69 * S  # type: ignore[union-attr]
    assert int(other.curves[0].trace.t_ns[-1]) == START + 89 * S  # type: ignore[union-attr]


def test_a_plot_comes_back_as_it_was_and_damaged_states_do_no_harm(scene: Scene, qtbot: QtBot) -> None:
    panel = make(scene, qtbot, "hk_volts", "hk_amps", span_s=42)
    scene.pass_of(100)
    scene.show(panel)
    drag(qtbot, panel, 100, 300)
    again = make(scene, qtbot)
    again.restore(panel.save())
    assert again.save() == panel.save()
    again.restore({"span_s": -5, "parameters": [["hk"], ["hk", "gone"], ["hk", "hk_volts"]], "axis": 7})
    assert again.span_ns >= 2 * S
    assert [c.parameter for c in again.curves] == ["hk_volts"]


# exports


@pytest.fixture
def replayed(tmp_path: Path, qtbot: QtBot) -> Iterator[PlotPanel]:
    scene = Scene(tmp_path / "sim.okaeri", "simulation")
    panel = make(scene, qtbot, "hk_volts", "hk_amps")
    scene.pass_of(30)
    scene.show(panel, 29, mode="replay")
    yield panel
    scene.close()


def test_a_csv_holds_the_samples_and_which_reality_they_are_of(replayed: PlotPanel, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    replayed.export(path)
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    assert len(rows) == 60
    assert {row["kind"] for row in rows} == {"replay simulation"}
    first = rows[0]
    assert (first["time"][:19], first["parameter"], first["unit"]) == ("2026-11-22T09:50:22", "hk_volts", "V")
    assert float(first["minimum"]) == float(first["maximum"]) == pytest.approx(31.5)


def test_an_svg_is_drawn_as_lines_and_says_replay_and_simulation(replayed: PlotPanel, tmp_path: Path) -> None:
    path = tmp_path / "out.svg"
    replayed.export(path)
    root = ElementTree.parse(path).getroot()
    space = "{http://www.w3.org/2000/svg}"
    title = root.findtext(f"{space}title") or ""
    assert "REPLAY 再生 · SIMULATION 模擬" in title
    assert len(root.findall(f".//{space}polyline")) + len(root.findall(f".//{space}path")) >= 2
    assert not root.findall(f".//{space}image"), "no picture inside"


def test_a_png_wears_the_watermark(replayed: PlotPanel, tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    replayed.export(path)
    image = QImage(str(path))
    assert (image.width(), image.height()) == SIZE
    with_mark = image
    replayed.canvas.watermark = ""
    without = picture(replayed)
    differ = sum(
        with_mark.pixel(x, y) != without.pixel(x, y) for x in range(60, 450, 2) for y in range(40, 230, 2)
    )
    assert differ > 200
    assert replayed.file_name().endswith("-replay-simulation.png")
    assert "/" not in replayed.file_name()


def test_saving_asks_without_blocking_and_tells_what_went_wrong(
    replayed: PlotPanel, tmp_path: Path, qtbot: QtBot
) -> None:
    dialog = replayed.ask_save()
    assert isinstance(dialog, QFileDialog)
    assert not dialog.isModal()
    dialog.fileSelected.emit(str(tmp_path / "chosen.csv"))
    assert (tmp_path / "chosen.csv").exists()
    assert "chosen.csv" in replayed.legend.told
    dialog.close()
    replayed.save_as(str(tmp_path / "no" / "such" / "folder.csv"))
    assert "folder.csv" in replayed.legend.told
    replayed.save_as(str(tmp_path / "no" / "such" / "folder.png"))
    assert "folder.png" in replayed.legend.told


# on the desk


def test_the_key_l_brings_a_panned_plot_back(tmp_path: Path, qtbot: QtBot) -> None:
    path = small_archive.write(tmp_path / "small.okaeri")
    window = DeskWindow(str(path), None)
    window.resize(1600, 900)
    try:
        with qtbot.waitExposed(window):
            window.show()
        window.start()
        qtbot.waitUntil(lambda: window.view is not None, timeout=15_000)

        def plots() -> list[PlotPanel]:
            found = [window.docking.host(i).panel for i in window.docking.ids if i.startswith("plot.")]
            return [x for x in found if isinstance(x, PlotPanel)]

        qtbot.waitUntil(lambda: all(p._view is not None for p in plots()))
        first = plots()[0]
        drag(qtbot, first, 100, 300)
        assert first.end_ns is not None
        window.setFocus()
        qtbot.keyClick(window, Qt.Key.Key_L)
        wait: Callable[[], bool] = lambda: all(p.end_ns is None for p in plots())  # noqa: E731
        qtbot.waitUntil(wait)
    finally:
        window.shut_down()
        window.hide()
        window.deleteLater()
