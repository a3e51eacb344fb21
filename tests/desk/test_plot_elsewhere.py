"""A plot with nothing in sight says where its newest sample is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

from panel_scene import Scene, has_colour, picture

from console.desk import theme
from console.desk.panels.plot import PlotPanel

FIVE_DAYS_S = 5 * 86_400


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path / "two.okaeri")
    yield scene
    scene.close()


@pytest.fixture
def plot(scene: Scene, qtbot: QtBot) -> PlotPanel:
    panel = PlotPanel(scene)
    qtbot.addWidget(panel)
    panel.resize(462, 256)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.restore({"span_s": 60, "parameters": [["hk", "hk_volts"]]})
    return panel


def test_a_vehicle_whose_clock_is_days_behind(scene: Scene, plot: PlotPanel) -> None:
    for second in range(10):
        scene.send("hk", second, clock_s=second - FIVE_DAYS_S)
    scene.show(plot, 9)
    # The scene begins at 2026-326 09:50:22Z; the vehicle's clock is five days behind.
    assert plot.canvas.note.startswith("generated 2026-321 09:50:31Z")
    area = plot.canvas.area.toRect()
    here = area.left() + 4, area.top() + 2, area.width() - 8, area.height() // 2
    assert has_colour(picture(plot.canvas), theme.palette.label, *here)
    scene.time_axis = "reception"
    scene.show(plot, 9)
    assert plot.canvas.note == ""


def test_a_plot_whose_samples_are_long_ago(scene: Scene, plot: PlotPanel) -> None:
    scene.send("hk", 0)
    scene.send("nav", 300, nav_height=400_000)
    scene.show(plot, 300)
    assert plot.canvas.note == "newest 2026-326 09:50:22Z"


def test_a_plot_with_samples_in_sight_says_nothing(scene: Scene, plot: PlotPanel) -> None:
    scene.show(plot)
    assert plot.canvas.note == ""
    for second in range(10):
        scene.send("hk", second)
    scene.show(plot, 9)
    assert plot.canvas.note == ""
