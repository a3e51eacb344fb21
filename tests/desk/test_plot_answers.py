"""What a plot takes of a view and what it leaves: answers to others, values of elsewhere, no numbers."""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

from panel_scene import START, S, Scene

from console.desk.panels.plot import PlotPanel
from console.desk.view import PointQuery, TraceQuery

Plot = tuple[Scene, PlotPanel]


@pytest.fixture
def plot(tmp_path: Path, qtbot: QtBot) -> Iterator[Plot]:
    """A plot of a minute of bus voltage and duty ratio."""
    scene = Scene(tmp_path / "two.okaeri")
    panel = PlotPanel(scene)
    qtbot.addWidget(panel)
    panel.resize(462, 256)
    panel.restore({"span_s": 60, "parameters": [["hk", "hk_volts"], ["hk", "hk_ratio"]]})
    with qtbot.waitExposed(panel):
        panel.show()
    yield scene, panel
    scene.close()


def test_of_two_answers_the_one_of_its_own_range_is_drawn(plot: Plot) -> None:
    scene, panel = plot
    scene.pass_of(200)
    view = scene.view(150, mode="replay", ask=[panel])
    own = next(query for query in view.traces if query.parameter == "hk_volts")
    assert isinstance(own, TraceQuery)
    other = replace(own, t0_ns=own.t0_ns - 40 * S, t1_ns=own.t1_ns - 40 * S)
    answer = replace(view.traces[own], t_ns=view.traces[own].t_ns - 40 * S)
    for traces in ({own: view.traces[own], other: answer}, {other: answer, own: view.traces[own]}):
        panel.refresh(replace(view, traces=traces))
        assert panel.curves[0].trace is view.traces[own]


def test_beside_the_name_stands_what_was_then_where_the_plot_looks_back(plot: Plot) -> None:
    scene, panel = plot
    for second in range(200):
        scene.send("hk", second, hk_volts=30_000 + 10 * second)
    scene.show(panel, 199)
    assert panel.curves[0].newest() == "31.990 V"
    panel.end_ns = START + 100 * S
    scene.show(panel, 199)
    assert panel.curves[0].newest() == "31.000 V"


def test_what_is_no_number_is_not_the_newest_value(plot: Plot) -> None:
    scene, panel = plot
    scene.pass_of(10)
    scene.send("hk", 10, hk_ratio=math.inf)
    scene.show(panel, 10)
    assert panel.curves[1].newest() == "0.500"


def test_nobody_knows_yet_whether_the_time_to_come_is_silent(plot: Plot) -> None:
    scene, panel = plot
    scene.pass_of(100)
    panel.end_ns = START + 90 * S
    scene.show(panel, 50, mode="replay")
    assert panel.canvas.silences == []
    panel.end_ns = START + 160 * S
    scene.show(panel, 130, mode="replay")
    ((begin, end),) = panel.canvas.silences
    assert abs(begin - (START + 99 * S)) <= S
    assert end == START + 130 * S


def test_a_sample_of_where_the_cursor_was_is_not_told(plot: Plot) -> None:
    scene, panel = plot
    scene.pass_of(60)
    scene.show(panel, 59)
    panel.canvas.pointed = True
    panel.canvas.cursor_ns = START + 30 * S
    view = scene.view(59, ask=[panel])
    assert any(isinstance(query, PointQuery) for query in view.points)
    panel.refresh(view)
    assert panel.curves[0].point is not None
    assert panel.curves[0].point.t_ns == START + 30 * S
    panel.canvas.cursor_ns = START + 40 * S
    panel.refresh(view)
    assert panel.curves[0].point is None


def test_a_hand_that_shakes_leaves_the_plot_live(plot: Plot, qtbot: QtBot) -> None:
    scene, panel = plot
    scene.pass_of(200)
    scene.show(panel, 199)
    qtbot.mousePress(panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 80))
    qtbot.mouseMove(panel.canvas, QPoint(203, 80))
    assert panel.end_ns is None
    qtbot.mouseMove(panel.canvas, QPoint(240, 80))
    assert panel.end_ns is not None
    qtbot.mouseRelease(panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(240, 80))


def test_a_gap_has_no_row_in_a_table(plot: Plot, tmp_path: Path) -> None:
    scene, panel = plot
    scene.pass_of(10)
    scene.pass_of(10, begin=30)
    scene.show(panel, 40)
    trace = panel.curves[0].trace
    assert trace is not None
    assert any(math.isnan(value) for value in trace.lo)
    panel.export(tmp_path / "gap.csv")
    with (tmp_path / "gap.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["parameter"] == "hk_volts"]
    assert len(rows) == 20
    assert {row["minimum"] for row in rows} == {"31.5"}
