"""The row above a plot: names that lose what they have in common and never read the same."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from console.archive.shapes import Trace
from console.desk import theme
from console.desk.curves import Curve
from console.desk.legend import Legend, cut_apart, without_common

START = 1_795_341_022_000_000_000


class Told:
    """Curves without a plot."""

    def __init__(self, curves: list[Curve]) -> None:
        self.curves = curves

    def chip(self) -> str:
        return "LIVE"


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["Container A 1", "Container A 2", "Container A 3"], ["#1", "#2", "#3"]),
        (["Tank 1 pressure", "Tank 2 pressure"], ["#1", "#2"]),
        (["Bus voltage", "Bus current"], ["voltage", "current"]),
        (["Battery current", "Bat current"], ["Battery", "Bat"]),
        (["容器A 温度1", "容器A 温度2"], ["#1", "#2"]),
        (["Rate", "Rate X"], ["Rate", "Rate X"]),
        (["Voltage", "Height"], ["Voltage", "Height"]),
        (["Voltage"], ["Voltage"]),
    ],
)
def test_names_leave_out_what_they_have_in_common(names: list[str], short: list[str]) -> None:
    assert without_common(names) == short


@pytest.mark.parametrize("room", [0, 20, 40, 60, 90])
@pytest.mark.parametrize(
    "names",
    [
        ["voltage", "temperature 1", "temperature 2"],
        ["Battery voltage", "Battery temperature 1", "Battery temperature 2"],
        ["電圧", "電池の温度1", "電池の温度2"],
        ["Valve", "Valve heater current", "Valve heater voltage"],
    ],
)
def test_names_are_never_cut_to_the_same(names: list[str], room: int) -> None:
    metrics = QFontMetrics(theme.font(12))
    cut = cut_apart(names, metrics, room)
    assert len(set(cut)) == len(names)
    assert cut_apart(names, metrics, 1000) == names


def test_four_curves_of_two_units_read_apart_in_a_narrow_plot(qtbot: QtBot) -> None:
    names = ("Altitude", "Velocity ECEF X", "Velocity ECEF Y", "Velocity ECEF Z")
    values = (385_685.2, -2995.8577, -4571.2345, 6012.9876)
    curves = [
        Curve("nav", name, name, "m/s" if i else "m", 4 if i else 1, 0.1, latest=value)
        for i, (name, value) in enumerate(zip(names, values, strict=True))
    ]
    one = np.array([0.0])
    for curve in curves:
        curve.trace = Trace(np.array([START]), one, one, np.array([0], np.uint8))
    legend = Legend(Told(curves), QWidget())
    metrics = QFontMetrics(theme.font(12))
    texts = legend.entries(metrics, 350)
    assert len({text.split(" ")[0] for text in texts}) == 4
    assert sum(metrics.horizontalAdvance(text) + 29 for text in texts) - 14 <= 350
    for text, digits in zip(texts, ("385685", "2996", "4571", "6013"), strict=True):
        assert digits in text
    assert legend.entries(metrics, 400)[0] == "Altitude 385685 m", "decimals give way before names do"
    assert legend.entries(metrics, 600)[1:] == ["X −2995.8577 m/s", "Y −4571.2345 m/s", "Z 6012.9876 m/s"]


def test_names_of_two_units_never_read_the_same(qtbot: QtBot) -> None:
    one = np.array([1.0])
    curves = [
        Curve("eps", name, name, unit, 1, 0.1, latest=1.0, trace=Trace(np.array([START]), one, one, one))
        for name, unit in (
            ("Bus A volts", "V"),
            ("Bus B volts", "V"),
            ("Array A amps", "A"),
            ("Array B amps", "A"),
        )
    ]
    legend, metrics = Legend(Told(curves), QWidget()), QFontMetrics(theme.font(12))
    for room in range(150, 700, 10):
        names = [text.split(" 1.0")[0] for text in legend.entries(metrics, room)]
        assert len(set(names)) == 4, (room, names)
