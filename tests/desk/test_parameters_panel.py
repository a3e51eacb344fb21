"""The parameter table by typing, clicking and dragging, on an archive written packet by packet."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

import panel_scene
from panel_scene import START, S, Scene, drop, has_colour, picture

from console.desk import theme
from console.desk.delegates import AGE, LIMITS, NAME, SYMBOL, TREND, UNIT, VALUE, age_text
from console.desk.models import MIME_PARAMETER, Line, value_text
from console.desk.panels.parameters import ParametersPanel
from console.desk.panels.plot import PlotPanel
from console.desk.view import TraceQuery
from console.links.framing import link_format
from decoders.encode_frames import TmFramePacker
from decoders.mission.model import Enumeration, Parameter, Polynomial, Severity
from decoders.pipeline import Decoder
from decoders.shapes import PacketQuality

Table = tuple[Scene, ParametersPanel]


@pytest.fixture
def table(tmp_path: Path, qtbot: QtBot) -> Iterator[Table]:
    scene = Scene(tmp_path / "two.okaeri")
    panel = ParametersPanel(scene)
    qtbot.addWidget(panel)
    panel.resize(508, 600)
    with qtbot.waitExposed(panel):
        panel.show()
    yield scene, panel
    scene.close()


def names(panel: ParametersPanel) -> list[str]:
    return [x.parameter.name for x in panel.model.visible if x.parameter is not None]


def line_of(panel: ParametersPanel, name: str) -> Line:
    return next(x for x in panel.lines.lines if x.parameter is not None and x.parameter.name == name)


def row_of(panel: ParametersPanel, name: str) -> int:
    return next(
        i for i, x in enumerate(panel.model.visible) if x.parameter is not None and x.parameter.name == name
    )


def trend_seconds(panel: ParametersPanel, name: str) -> list[int]:
    """Return the instants of a trend in seconds after the scene's start."""
    return list(dict.fromkeys(round((t - START) / S) for t, _value in line_of(panel, name).spark))


def trend_drawn(panel: ParametersPanel, name: str) -> int:
    """Return over how many pixel columns a trend is drawn."""
    box = cell(panel, row_of(panel, name), TREND)
    image, colour = picture(panel), theme.palette.label.rgb()
    columns = range(box.left(), box.right())
    return sum(any(image.pixel(x, y) == colour for y in range(box.top(), box.bottom())) for x in columns)


def head_of(panel: ParametersPanel, vehicle: str) -> Line:
    return next(x for x in panel.model.visible if x.vehicle is not None and x.vehicle.id == vehicle)


def cell(panel: ParametersPanel, row: int, column: int) -> QRect:
    """Return where a cell is on the panel."""
    rect = panel.table.visualRect(panel.model.index(row, column))
    return rect.translated(panel.table.viewport().mapTo(panel, QPoint(0, 0)))


def pixels(panel: ParametersPanel, row: int, column: int, colour: object) -> int:
    r = cell(panel, row, column)
    return has_colour(picture(panel), colour, r.left(), r.top(), r.width(), r.height())  # type: ignore[arg-type]


def click(panel: ParametersPanel, qtbot: QtBot, row: int, column: int = NAME) -> None:
    at = panel.table.visualRect(panel.model.index(row, column)).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=at)


def double_click(panel: ParametersPanel, qtbot: QtBot, row: int) -> None:
    click(panel, qtbot, row)
    at = panel.table.visualRect(panel.model.index(row, NAME)).center()
    qtbot.mouseDClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=at)


# searching and filtering


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("hk_volts", ["hk_volts"]),
        ("Bus", ["hk_volts", "hk_amps"]),
        ("current BUS", ["hk_amps"]),
        ("タンク", ["hk_temp"]),
        ("degC", ["hk_temp"]),
        ("℃", ["hk_temp"]),
        ("kpa", ["room_pressure"]),
        ("ＨＫ＿ＭＯＤＥ", ["hk_mode"]),
        ("no such thing", []),
    ],
)
def test_typing_finds_by_name_description_and_unit(
    table: Table, qtbot: QtBot, typed: str, found: list[str]
) -> None:
    _scene, panel = table
    everything = names(panel)
    qtbot.keyClick(panel.table, Qt.Key.Key_Slash)
    assert panel.search.hasFocus() or not panel.isActiveWindow()
    if typed.isascii():
        qtbot.keyClicks(panel.search, typed)
    else:  # what an input method commits
        panel.search.insert(typed)
    assert names(panel) == found
    assert all(x.parameter is not None or x.packet.name for x in panel.model.visible)
    panel.search.clear()
    assert names(panel) == everything


def test_the_buttons_choose_and_count(table: Table, qtbot: QtBot) -> None:
    scene, panel = table
    scene.send("nav", 0, nav_height=400_000)
    scene.pass_of(18)
    scene.send("hk", 18, hk_temp=8_500)  # 35 ℃: caution > 30
    scene.send("hk", 19, hk_temp=8_500)
    scene.send("room", 19, room_pressure=10_100)
    scene.show(panel, 19.5)  # nav (10 s) is 19.5 s old: stale beyond 19 s
    assert panel.buttons["all"].text() == "All 7"
    assert panel.buttons["abnormal"].text() == "Abnormal 1"
    assert panel.buttons["stale"].text() == "Stale 1"
    qtbot.mouseClick(panel.buttons["abnormal"], Qt.MouseButton.LeftButton)
    assert names(panel) == ["hk_temp"]
    qtbot.mouseClick(panel.buttons["stale"], Qt.MouseButton.LeftButton)
    assert names(panel) == ["nav_height"]
    assert [b.isChecked() for b in panel.buttons.values()] == [False, False, True]
    qtbot.mouseClick(panel.buttons["all"], Qt.MouseButton.LeftButton)
    assert len(names(panel)) == 7


def test_filter_and_folding_come_back(table: Table, qtbot: QtBot) -> None:
    scene, panel = table
    click(panel, qtbot, 1, SYMBOL)  # the head of hk
    assert "hk_volts" not in names(panel)
    qtbot.keyClicks(panel.search, "bus")
    assert names(panel) == ["hk_volts", "hk_amps"], "a search looks into folded packets"
    kept = panel.save()
    again = ParametersPanel(scene)
    qtbot.addWidget(again)
    again.restore(kept)
    assert again.search.text() == "bus"
    again.search.clear()
    assert "hk_volts" not in names(again)


def test_a_head_folds_its_packet_and_a_vehicle_all_of_its_packets(table: Table, qtbot: QtBot) -> None:
    _scene, panel = table
    packet = 1
    assert panel.model.visible[packet].name == "Housekeeping"
    double_click(panel, qtbot, packet)
    assert names(panel) == ["nav_height", "room_pressure"]
    click(panel, qtbot, 0, SYMBOL)  # the head of the ship
    assert names(panel) == ["room_pressure"]
    click(panel, qtbot, 0, SYMBOL)
    assert len(names(panel)) == 7


# values


def test_what_a_filter_shows_of_a_folded_packet_is_not_marked_as_folded(table: Table) -> None:
    scene, panel = table
    scene.pass_of(3)
    scene.show(panel)
    panel.model.fold(head_of(panel, "ship"))
    assert "hk_volts" not in names(panel)
    assert panel.model.is_folded(head_of(panel, "ship"))
    panel.search.setText("volt")
    assert names(panel) == ["hk_volts"]
    heads = [line for line in panel.model.visible if line.parameter is None]
    assert heads
    assert not any(panel.model.is_folded(head) for head in heads)


def test_values_are_right_aligned_with_fixed_decimals_and_a_unit_column(table: Table) -> None:
    scene, panel = table
    scene.pass_of(3)
    scene.show(panel)
    shown = {}
    for name in ("hk_volts", "hk_amps", "hk_temp", "hk_mode"):
        row = row_of(panel, name)
        shown[name] = [panel.model.index(row, c).data() for c in (VALUE, UNIT)]
    assert shown == {
        "hk_volts": ["31.500", "V"],
        "hk_amps": ["−2.000", "A"],
        "hk_temp": ["20.00", "℃"],
        "hk_mode": ["TRACK", ""],
    }
    # The digits end at the same pixel column, 4 px before the unit's column.
    image = picture(panel)
    ends = []
    for name in ("hk_volts", "hk_temp"):
        r = cell(panel, row_of(panel, name), VALUE)
        ground = theme.palette.panel.rgb()
        lit = [
            x
            for x in range(r.left(), r.right() + 1)
            if any(image.pixel(x, y) != ground for y in range(r.top() + 2, r.bottom() - 1))
        ]
        ends.append(max(lit))
    assert ends[0] == ends[1]
    assert 3 <= r.right() - ends[0] <= 6


def test_nothing_received_is_a_dash(table: Table) -> None:
    scene, panel = table
    scene.pass_of(2)
    scene.show(panel)
    line = line_of(panel, "nav_height")
    assert panel.model.index(row_of(panel, "nav_height"), VALUE).data() == "—"
    assert age_text(line) == ""
    assert pixels(panel, row_of(panel, "nav_height"), NAME, theme.palette.dim) > 10


def test_stale_is_dimmed_with_its_age_beyond_1_9_periods(table: Table) -> None:
    scene, panel = table
    scene.send("nav", 0, nav_height=400_000)
    scene.pass_of(43)
    line, row = line_of(panel, "nav_height"), row_of(panel, "nav_height")
    scene.show(panel, 18.9)
    assert not line.stale
    assert age_text(line) == "18.9 s"
    assert pixels(panel, row, VALUE, theme.palette.value) > 10
    scene.show(panel, 19.1)
    assert line.stale
    scene.show(panel, 42)
    assert age_text(line) == "+42 s"
    assert line.text == "400000"
    assert pixels(panel, row, VALUE, theme.palette.value) == 0
    assert pixels(panel, row, VALUE, theme.palette.dim) > 5


def test_an_abnormal_value_is_a_filled_patch_with_its_shape_and_its_row_stays(table: Table) -> None:
    scene, panel = table
    scene.pass_of(3)
    scene.show(panel)
    before = names(panel)
    row = row_of(panel, "hk_temp")
    assert pixels(panel, row, VALUE, theme.palette.caution) == 0
    for raw, colour in (
        (8_500, theme.palette.caution),
        (9_500, theme.palette.serious),
        (11_000, theme.palette.critical),
    ):
        scene.send("hk", scene.now_ns / S - 1_795_341_022 + 1, hk_temp=raw)
        scene.show(panel)
        assert names(panel) == before
        r = cell(panel, row, VALUE)
        assert pixels(panel, row, VALUE, colour) > 0.4 * r.width() * r.height()
        assert pixels(panel, row, SYMBOL, colour) > 30
        assert pixels(panel, row, LIMITS, colour) >= 20, "the mark in the bar too"
    assert panel.model.index(row, SYMBOL).data(Qt.ItemDataRole.AccessibleTextRole) == "critical"
    assert pixels(panel, row_of(panel, "hk_volts"), SYMBOL, theme.palette.panel) == (
        cell(panel, row, SYMBOL).width() * cell(panel, row, SYMBOL).height()
    ), "nominal has no shape"


def test_the_mark_moves_along_the_limit_bar(table: Table) -> None:
    scene, panel = table
    found = []
    for at, raw in enumerate((6_200, 7_000, 7_900)):  # 12, 20 and 29 ℃ of 10..30
        scene.send("hk", at, hk_temp=raw)
        scene.show(panel)
        r, image = cell(panel, row_of(panel, "hk_temp"), LIMITS), picture(panel)
        white, middle = theme.palette.value.rgb(), r.center().y() - 4
        found.append([x - r.left() for x in range(r.left(), r.right()) if image.pixel(x, middle) == white])
    assert all(len(x) == 3 for x in found)
    assert found[0][0] < found[1][0] < found[2][0]


def test_not_a_number_is_struck_through_and_says_why(table: Table) -> None:
    scene, panel = table
    scene.send("hk", 0, hk_ratio=float("nan"))
    scene.show(panel)
    line = line_of(panel, "hk_ratio")
    assert line.text == "NaN"
    assert "no number" in panel.details(line)
    row = row_of(panel, "hk_ratio")
    r, image = cell(panel, row, VALUE), picture(panel)
    white = theme.palette.value.rgb()
    columns = range(r.left(), r.right())
    widest = max(sum(image.pixel(x, y) == white for x in columns) for y in range(r.top(), r.bottom()))
    assert widest > 18, "a line through the whole text"
    scene.send("hk", 1)
    scene.show(panel)
    assert line.text == "0.500"
    assert "no number" not in panel.details(line)


def test_a_time_that_the_clock_correlation_does_not_reach_is_told_and_not_struck(table: Table) -> None:
    scene, panel = table
    scene.send("hk", 0)
    scene.show(panel)
    line = line_of(panel, "hk_volts")
    assert line.row is not None
    assert "extrapolated" not in panel.details(line)
    beyond = replace(line, row=replace(line.row, quality=int(PacketQuality.TIME_EXTRAPOLATED)))
    assert "its time is extrapolated" in panel.details(beyond)
    assert not beyond.invalid
    assert not beyond.no_time


def test_a_derived_value_is_a_line_like_any_other_and_tells_its_expression(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "hk_watts,hk,hk_volts * hk_amps,W,>-70\nnav_ratio,nav,hk_ratio,,\n"
    monkeypatch.setitem(panel_scene.FILES, "derived.csv", "name,packet,expression,unit,caution\n" + rows)
    scene = Scene(tmp_path / "derived.okaeri")
    panel = ParametersPanel(scene)
    qtbot.addWidget(panel)
    scene.send("nav", 0, nav_height=5)
    scene.send("hk", 1, hk_volts=30_000, hk_amps=-2_500)
    scene.show(panel)
    watts, ratio = line_of(panel, "hk_watts"), line_of(panel, "nav_ratio")
    assert (watts.text, watts.severity) == ("−75.000", Severity.CAUTION)
    assert "computed hk_volts * hk_amps" in panel.details(watts)
    assert ratio.text == "NaN"
    assert "not known yet" in panel.details(ratio)
    scene.send("nav", 2, nav_height=5)
    scene.show(panel)
    assert ratio.text == "0.500"
    scene.close()


def test_control_words_are_lines_like_any_other(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = panel_scene.FILES["mission.toml"]
    link = 'port = 40001\nframing = "tm"\nocf = true\nasm = false'
    monkeypatch.setitem(panel_scene.FILES, "mission.toml", text.replace("port = 40001", link))
    scene = Scene(tmp_path / "words.okaeri")
    panel = ParametersPanel(scene)
    qtbot.addWidget(panel)
    packer = TmFramePacker(66, 0)
    packer.ocf_word = 0x0100_2007  # 232.0-B-4 §4.2.1: COP-1, lockout, V(R) 7
    decoder = Decoder(link_format(scene.mission, scene.mission.links[0]), scene.mission.packets)
    scene.writer_of_packets.write("s", decoder.feed(packer.idle_frame(), scene.now_ns), scene.now_ns)
    scene.writer_of_packets.commit()
    scene.show(panel)
    lockout, report = line_of(panel, "ship_clcw_lockout"), line_of(panel, "ship_clcw_report")
    assert (lockout.text, report.text) == ("yes", "7")
    assert lockout.severity == Severity.CAUTION
    assert "packet ship_clcw · OCF" in panel.details(lockout)
    assert "bits 18–18" in panel.details(lockout)
    scene.close()


def test_resting_on_a_value_tells_what_stands_behind_it(table: Table, qtbot: QtBot) -> None:
    scene, panel = table
    scene.send("hk", 0)
    scene.show(panel)
    scene.send("hk", 7, hk_temp=7_041)
    scene.show(panel)
    at = panel.table.visualRect(panel.model.index(row_of(panel, "hk_temp"), VALUE)).center()
    view = panel.table.viewport()
    QApplication.sendEvent(view, QHelpEvent(QHelpEvent.Type.ToolTip, at, view.mapToGlobal(at)))
    told = QToolTip.text()
    # 6 octets of header and 6 of time (96 bits), then two 16-bit fields: bits 128 to 143.
    for part in ("hk_temp", "Tank temperature", "packet hk", "APID 0x064", "bits 128–143"):
        assert part in told
    assert "raw 7041 (0x1B81)" in told
    assert "-50 + 0.01·x^1" in told
    assert "10..30" in told
    assert "<40" in told
    assert "<50" in told
    assert "received 09:50:29Z" in told
    assert "last change seen 09:50:29Z" in told
    assert "1 TRACK, 2 SAFE" in panel.details(line_of(panel, "hk_mode"))


@pytest.mark.parametrize(
    ("described", "raw", "told"),
    [
        (Parameter("bits", "uint", 1, array_length=16), [0, 0, 1, 1, 1, 0, 1, 0, *[0, *[1] * 7]], "0x3A7F"),
        (Parameter("bits", "uint", 1, array_length=3), [1, 0, 1], "0x5"),
        (Parameter("cells", "uint", 16, array_length=3, calibration=Polynomial((0.0, 0.001))),
         [4044, 4047, 4039], "4.044, 4.047, 4.039"),
        (Parameter("many", "uint", 8, array_length=20), list(range(20)),
         "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 …"),
        (Parameter("names", "str", 16, array_length=2), ["ab", "cd"], "ab, cd"),
        (Parameter("blob", "fill", 24), b"\x00\xa5\xff", "00 A5 FF"),
        (Parameter("modes", "uint", 8, array_length=2, calibration=Enumeration({1: "ON"})), [1, 7], "ON, 7?"),
    ],
)  # fmt: skip
def test_arrays_masks_and_octets_are_written_out(described: Parameter, raw: object, told: str) -> None:
    assert value_text(described, raw) == told


def test_hover_tells_the_bits_of_a_field_and_a_negative_raw_value_as_its_bits(table: Table) -> None:
    scene, panel = table
    scene.send("hk", 0, hk_ratio=0.25)
    scene.show(panel)
    amps = panel.details(line_of(panel, "hk_amps"))
    assert "bits 112–127" in amps
    assert "raw -2000 (0xF830)" in amps, "65,536 − 2,000 = 63,536 = F830 in 16 bits"
    assert "raw 0.25" in panel.details(line_of(panel, "hk_ratio"))


def test_hover_tells_an_array_by_its_elements(table: Table) -> None:
    scene, panel = table
    scene.send("hk", 0)
    scene.show(panel)
    line = line_of(panel, "hk_temp")
    cells = Parameter("cells", "uint", 16, 96, array_length=3, calibration=Polynomial((0.0, 0.001)))
    told = panel.details(replace(line, parameter=cells, raw=[4044, 4047, 4039]))
    assert "bits 96–143" in told
    assert "3 elements: 4.044, 4.047, 4.039" in told


# out of contact


def test_a_silent_link_is_one_line_and_not_a_stale_mark_for_each_row(table: Table) -> None:
    scene, panel = table
    scene.send("nav", 0, nav_height=400_000)
    scene.pass_of(20)
    for second in range(0, 152, 2):
        scene.send("room", second, room_pressure=10_100)
    scene.show(panel, 19.5)
    assert head_of(panel, "ship").text == ""
    assert panel.buttons["stale"].text() == "Stale 1"
    rows = len(panel.model.visible)
    scene.show(panel, 151)
    assert head_of(panel, "ship").text == "S-band · no contact since 09:50:41Z · 00:02:12"
    assert head_of(panel, "base").text == ""
    assert panel.buttons["stale"].text() == "Stale 0"
    assert len(panel.model.visible) == rows, "rows keep their place"
    for name in ("hk_volts", "hk_temp", "nav_height"):
        assert age_text(line_of(panel, name)) == ""
        row = row_of(panel, name)
        assert pixels(panel, row, VALUE, theme.palette.value) == 0
        assert pixels(panel, row, AGE, theme.palette.text) == 0
    assert pixels(panel, row_of(panel, "room_pressure"), VALUE, theme.palette.value) > 10
    # Hatched, so that no colour is needed for it.
    head = panel.model.visible.index(head_of(panel, "ship"))
    assert (
        pixels(panel, head, LIMITS, theme.palette.control_border)
        + pixels(panel, head, NAME, theme.palette.control_border)
        > 40
    )
    scene.send("hk", 152)
    scene.show(panel, 152)
    assert head_of(panel, "ship").text == ""
    assert pixels(panel, row_of(panel, "hk_volts"), VALUE, theme.palette.value) > 10


def test_the_last_known_abnormal_value_of_a_silent_link_keeps_only_a_hollow_shape(table: Table) -> None:
    scene, panel = table
    scene.pass_of(3, hk_temp=8_500)
    scene.show(panel)
    row = row_of(panel, "hk_temp")
    filled = pixels(panel, row, SYMBOL, theme.palette.caution)
    scene.show(panel, 60)
    assert pixels(panel, row, VALUE, theme.palette.caution) == 0
    assert 4 <= pixels(panel, row, SYMBOL, theme.palette.caution) < 0.5 * filled


def test_a_link_that_brought_nothing_yet_says_so_once(table: Table, qtbot: QtBot) -> None:
    scene, panel = table
    scene.pass_of(2)
    scene.show(panel)
    assert head_of(panel, "base").text == "Relay · nothing received yet"
    qtbot.mouseClick(panel.buttons["stale"], Qt.MouseButton.LeftButton)
    assert [x.name for x in panel.model.visible] == ["Base"], "the state stays in sight in every filter"


def test_silence_is_told_in_japanese(table: Table) -> None:
    from PySide6.QtCore import QLocale

    from console.desk import app as desk_app

    scene, panel = table
    scene.pass_of(2)
    before, application = QLocale(), QApplication.instance()
    assert isinstance(application, QApplication)
    installed = desk_app.set_language(application, "ja")
    try:
        scene.show(panel, 61)
        head = head_of(panel, "ship")
        assert head.name == "船"
        assert head.text == "Sバンド · 09:50:23Z から通信なし · 00:01:00"
    finally:
        for translator in installed:
            application.removeTranslator(translator)
        QLocale.setDefault(before)


def test_replay_backwards_forgets_what_came_later(table: Table) -> None:
    scene, panel = table
    scene.pass_of(10)
    scene.send("room", 9, room_pressure=10_100)
    scene.show(panel, 9, mode="replay")
    assert line_of(panel, "room_pressure").text == "101.00"
    scene.show(panel, 5, mode="replay")
    assert line_of(panel, "room_pressure").text == "—"
    assert trend_seconds(panel, "hk_volts") == [0, 1, 2, 3, 4, 5]


# hands


def test_a_parameter_is_dragged_from_the_table_onto_a_plot(
    table: Table, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, panel = table
    plot = PlotPanel(scene)
    qtbot.addWidget(plot)
    plot.resize(400, 200)
    begun: list[object] = []
    # A drag cannot run without a screen: what the view would put into it is taken where it begins.
    monkeypatch.setattr(
        panel.table, "startDrag", lambda _a: begun.append(panel.model.mimeData(panel.table.selectedIndexes()))
    )
    view = panel.table.viewport()
    start = panel.table.visualRect(panel.model.index(row_of(panel, "hk_amps"), NAME)).center()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for step in (6, 20, 40):
        qtbot.mouseMove(view, start + QPoint(step, 3))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 3))
    assert len(begun) == 1
    mime = begun[0]
    assert bytes(mime.data(MIME_PARAMETER).data()) == b"hk/hk_amps"  # type: ignore[attr-defined]
    assert drop(plot, mime)
    assert [(c.packet, c.parameter) for c in plot.curves] == [("hk", "hk_amps")]
    assert not drop(plot, mime), "it is there already"


def test_a_head_is_not_dragged(table: Table) -> None:
    _scene, panel = table
    head, row = panel.model.index(1, NAME), panel.model.index(row_of(panel, "hk_amps"), NAME)
    assert not panel.model.flags(head) & Qt.ItemFlag.ItemIsDragEnabled
    assert panel.model.flags(row) & Qt.ItemFlag.ItemIsDragEnabled


def test_clicking_selects_for_all_and_a_double_click_asks_for_a_plot(table: Table, qtbot: QtBot) -> None:
    scene, panel = table
    row = row_of(panel, "hk_temp")
    with qtbot.waitSignal(scene.selection.parameter_changed) as chosen:
        click(panel, qtbot, row)
    assert chosen.args == ["hk", "hk_temp"]
    with qtbot.waitSignal(scene.selection.plot_requested) as asked:
        double_click(panel, qtbot, row)
    assert asked.args == ["hk", "hk_temp", None]


def test_a_parameter_chosen_elsewhere_is_shown_even_if_it_was_folded_or_filtered(
    table: Table, qtbot: QtBot
) -> None:
    scene, panel = table
    click(panel, qtbot, 1, SYMBOL)
    scene.selection.parameter_changed.emit("hk", "hk_mode")
    assert panel.table.currentIndex().row() == row_of(panel, "hk_mode")
    qtbot.keyClicks(panel.search, "cabin")
    scene.selection.parameter_changed.emit("nav", "nav_height")
    assert panel.table.currentIndex().row() == row_of(panel, "nav_height")


def test_the_selection_stays_on_its_parameter_while_the_abnormal_list_changes(
    table: Table, qtbot: QtBot
) -> None:
    scene, panel = table
    scene.pass_of(2, hk_temp=8_500)
    scene.send("room", 1, room_pressure=9_000)
    scene.show(panel)
    qtbot.mouseClick(panel.buttons["abnormal"], Qt.MouseButton.LeftButton)
    assert names(panel) == ["hk_temp", "room_pressure"]
    click(panel, qtbot, row_of(panel, "room_pressure"))
    scene.send("hk", 2)
    scene.show(panel)
    assert names(panel) == ["room_pressure"]
    assert panel.table.currentIndex().row() == row_of(panel, "room_pressure")


def test_a_replay_shows_the_two_minutes_before_the_playhead(table: Table) -> None:
    scene, panel = table
    for second in range(300):
        scene.send("hk", second, hk_volts=30_000 + second)
    scene.show(panel, 200, mode="replay")
    line = line_of(panel, "hk_volts")
    seconds = trend_seconds(panel, "hk_volts")
    assert 80 <= seconds[0] <= 82
    assert 198 <= seconds[-1] <= 200, "nothing later than the playhead"
    assert line.spark[0][1] == pytest.approx(30.0 + seconds[0] / 1000, abs=0.003)
    assert trend_drawn(panel, "hk_volts") > 40, "as wide as its column"
    scene.show(panel, 20, mode="replay")
    assert trend_seconds(panel, "hk_volts")[-1] == 20
    scene.show(panel, 290, mode="replay", known_now=True)
    assert trend_seconds(panel, "hk_volts")[-1] <= 290


def test_a_desk_that_opens_late_shows_the_trend_at_once_and_goes_on(table: Table) -> None:
    scene, panel = table
    scene.pass_of(100)
    scene.show(panel, 99)
    assert trend_seconds(panel, "hk_volts")[0] <= 2
    view = scene.view(99)
    asked = {query.parameter for query in panel.queries(view) if isinstance(query, TraceQuery)}
    assert "hk_volts" not in asked, "live a trend is read once"
    scene.pass_of(3, begin=100)
    panel.refresh(scene.view(102))
    assert trend_seconds(panel, "hk_volts")[-1] == 102


def test_a_fast_replay_has_trends_too(table: Table) -> None:
    scene, panel = table
    scene.pass_of(300)
    panel.refresh(scene.view(190, mode="replay"))
    asked = scene.view(190, mode="replay", ask=[panel])
    # The answer comes with a view that is a tick, at 100× some 20 s, farther on.
    panel.refresh(replace(scene.view(210, mode="replay"), traces=asked.traces))
    assert trend_drawn(panel, "hk_volts") > 30


def test_a_change_before_the_desk_looked_is_told_from_the_archive(table: Table) -> None:
    scene, panel = table
    scene.pass_of(10)
    scene.pass_of(20, begin=10, hk_mode=2)
    scene.show(panel, 25, mode="replay")
    assert "last change seen 09:50:32Z" in panel.details(line_of(panel, "hk_mode"))


def test_an_answer_for_elsewhere_is_no_trend(table: Table) -> None:
    scene, panel = table
    scene.pass_of(300)
    elsewhere = scene.view(290, mode="replay")
    panel.refresh(elsewhere)
    asked = scene.view(290, mode="replay", ask=[panel])
    assert any(query.parameter == "hk_volts" for query in asked.traces)
    panel.refresh(replace(scene.view(190, mode="replay"), traces=asked.traces))
    assert trend_seconds(panel, "hk_volts") == [190]


def test_a_trend_ends_at_the_playhead_though_more_is_known_now(table: Table) -> None:
    scene, panel = table
    for half in range(60):
        scene.send("hk", half / 2)
    scene.show(panel, 20.4, mode="replay", known_now=True)
    assert (line_of(panel, "hk_volts").spark[-1][0] - START) / S == 20.0


def test_going_back_is_no_change(table: Table) -> None:
    scene, panel = table
    scene.pass_of(10)
    scene.send("hk", 10, hk_mode=2)
    panel.refresh(scene.view(10, mode="replay"))
    panel.refresh(scene.view(9, mode="replay"))
    assert line_of(panel, "hk_mode").text == "TRACK"
    assert line_of(panel, "hk_mode").changed_ns is None
    panel.refresh(scene.view(10, mode="replay"))
    assert line_of(panel, "hk_mode").changed_ns == START + 10 * S


def test_the_trend_is_broken_where_data_is_missing(table: Table) -> None:
    from console.desk.delegates import _runs

    scene, panel = table
    scene.pass_of(10)
    scene.pass_of(10, begin=40)
    for second in (*range(10), *range(40, 50)):
        scene.show(panel, second, mode="replay")
    points = list(line_of(panel, "hk_volts").spark)
    runs = _runs(points, 1.0)
    assert [len(run) for run in runs] == [10, 10]
    assert runs[1][0][0] - runs[0][-1][0] == 31 * S
