"""Plots that look at the same stretch, and those that do not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

from panel_scene import START, S, Scene, wheel

from console.desk import layouts
from console.desk.panels.plot import PlotPanel


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path / "two.okaeri")
    scene.pass_of(200)
    yield scene
    scene.close()


def make(scene: Scene, qtbot: QtBot, name: str) -> PlotPanel:
    panel = PlotPanel(scene)
    qtbot.addWidget(panel)
    panel.resize(462, 256)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.restore({"span_s": 60, "parameters": [["hk", name]]})
    scene.show(panel, 199)
    return panel


def link(panel: PlotPanel) -> QAction:
    return next(action for action in panel.menu().actions() if "linked" in action.text())


def drag(qtbot: QtBot, panel: PlotPanel, from_x: int, to_x: int) -> None:
    qtbot.mousePress(panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(from_x, 80))
    qtbot.mouseMove(panel.canvas, QPoint((from_x + to_x) // 2, 80))
    qtbot.mouseMove(panel.canvas, QPoint(to_x, 80))
    qtbot.mouseRelease(panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(to_x, 80))


def test_linked_plots_move_together_and_others_stay(scene: Scene, qtbot: QtBot) -> None:
    first, second, alone = (make(scene, qtbot, name) for name in ("hk_volts", "hk_amps", "hk_volts"))
    for panel in (first, second):
        link(panel).trigger()
    assert link(first).isChecked()
    drag(qtbot, first, 150, 350)
    assert first.chip() == second.chip() == "HISTORY"
    assert first.canvas.t1_ns < START + 190 * S
    assert (second.canvas.t0_ns, second.canvas.t1_ns) == (first.canvas.t0_ns, first.canvas.t1_ns)
    assert alone.chip() == "LIVE"
    wheel(second.canvas, QPointF(200, 80), 1)
    assert second.span_ns != 60 * S
    assert first.span_ns == second.span_ns
    assert alone.span_ns == 60 * S
    first.live()
    assert second.chip() == "LIVE"


def test_a_link_is_kept_and_undone(scene: Scene, qtbot: QtBot) -> None:
    first, second = make(scene, qtbot, "hk_volts"), make(scene, qtbot, "hk_amps")
    for panel in (first, second):
        link(panel).trigger()
    again = make(scene, qtbot, "hk_volts")
    again.restore(first.save())
    assert link(again).isChecked()
    link(second).trigger()
    drag(qtbot, first, 150, 350)
    assert again.canvas.t1_ns == first.canvas.t1_ns
    assert second.chip() == "LIVE"


def test_plots_of_the_analysis_are_linked_and_those_of_a_pass_are_not(scene: Scene) -> None:
    assert layouts.plot_state(scene.mission, "plot.analysis.0")["linked"] is True
    assert layouts.plot_state(scene.mission, "plot.pass.0")["linked"] is False
