"""What the desk shows of point pairs, states, rates of change and limits in context."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

import panel_scene
from panel_scene import Scene

from console.desk.alarmrows import violated_text
from console.desk.models import OUT_OF_POINTS, Line, decimals_of
from console.desk.panels.parameters import ParametersPanel
from console.desk.panels.plot import PlotPanel
from decoders.mission.model import (
    Band,
    ContextCalibration,
    Limits,
    Parameter,
    PointPairs,
    Polynomial,
    Severity,
)

HK = '''\
name,data_type,bit_length,unit,calibration,context_calibration,caution,states,rate_serious,persistence,role,\
context_limits
hk_time,uint,48,,,,,,,,time,
hk_volts,uint,16,V,"[0, 0.001]","[{""when"": ""hk_ratio > 1"", ""calibration"": [0, 0.002]}]",,,,,,
hk_amps,int,16,A,"[0, 0.001]",,,,,,,
hk_temp,uint,16,degC,"{""points"": [[5000, 0], [9000, 40]]}",,10..30,,-5..5,1,,\
"[{""when"": ""hk_mode == \\""SAFE\\"""", ""caution"": ""0..15""}, {""when"": ""hk_mode == 3""}]"
hk_ratio,float,32,,,,,,,,,
hk_mode,uint,8,,"{""1"": ""TRACK"", ""2"": ""SAFE""}",,,"{""SAFE"": ""critical"", ""*"": ""normal""}",,1,,
'''
Table = tuple[Scene, ParametersPanel]


@pytest.fixture
def table(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setitem(panel_scene.FILES, "packets/hk.csv", HK)
    scene = Scene(tmp_path / "context.okaeri")
    panel = ParametersPanel(scene)
    qtbot.addWidget(panel)
    yield scene, panel
    scene.close()


def line_of(panel: ParametersPanel, name: str) -> Line:
    return next(x for x in panel.lines.lines if x.parameter is not None and x.parameter.name == name)


def raw_of(degrees: float) -> int:
    return round(5000 + 100 * degrees)


def test_the_limits_of_the_present_context_decide(table: Table) -> None:
    scene, panel = table
    line = line_of(panel, "hk_temp")
    seen = []
    for second, mode in enumerate((1, 2, 3, 1)):
        scene.send("hk", second, hk_temp=raw_of(20), hk_mode=mode)
        scene.show(panel, second)
        seen.append((line.severity, line.limits))
    assert [severity for severity, _ in seen] == [0, Severity.CAUTION, 0, 0]
    assert [limits.caution for _, limits in seen if limits is not None] == [
        Band(10, 30), Band(0, 15), None, Band(10, 30),
    ]  # fmt: skip


def test_the_hover_tells_the_limits_that_hold(table: Table) -> None:
    scene, panel = table
    told = []
    for second, mode in enumerate((1, 2, 3)):
        scene.send("hk", second, hk_temp=raw_of(20), hk_mode=mode)
        scene.show(panel, second)
        told.append(panel.details(line_of(panel, "hk_temp")))
    assert "calibration 5000 → 0, 9000 → 40" in told[0]
    assert "fine: caution 10..30" in told[0]
    assert "fine change per second: serious -5..5" in told[0]
    assert "fine: caution 0..15" in told[1]
    assert 'limits when hk_mode == "SAFE"' in told[1]
    assert "no alarm in this context" in told[2]
    assert "states: SAFE critical" in panel.details(line_of(panel, "hk_mode"))


def test_a_state_is_shown_as_its_severity(table: Table) -> None:
    scene, panel = table
    scene.send("hk", 0, hk_mode=2)
    view = scene.show(panel, 0)
    assert line_of(panel, "hk_mode").severity == Severity.CRITICAL
    (state,) = (alarm for alarm in view.alarms if alarm.parameter == "hk_mode")
    assert violated_text(scene.mission, state) == "state SAFE"


def test_a_rate_that_stands_is_shown_until_it_ends(table: Table) -> None:
    scene, panel = table
    line = line_of(panel, "hk_temp")
    seen, words = [], []
    for second, degrees in enumerate((15, 16, 26, 26)):
        scene.send("hk", second, hk_temp=raw_of(degrees))
        view = scene.show(panel, second)
        seen.append(int(line.severity))
        words += [violated_text(scene.mission, alarm) for alarm in view.alarms if alarm.severity]
    assert seen == [0, 0, Severity.SERIOUS, 0]
    assert words == ["change per second not -5..5"]


def test_outside_its_points_a_value_is_invalid(table: Table) -> None:
    scene, panel = table
    scene.send("hk", 0, hk_temp=9001)
    scene.show(panel, 0)
    line = line_of(panel, "hk_temp")
    assert (line.text, line.invalid, line.severity) == ("—", OUT_OF_POINTS, Severity.NORMAL)
    assert "outside the calibration's points" in panel.details(line)
    assert line.decimals == 2  # a step is 0.01


def test_a_calibration_follows_its_context(table: Table) -> None:
    scene, panel = table
    line = line_of(panel, "hk_volts")
    scene.send("hk", 0, hk_volts=1000, hk_ratio=0.5)
    scene.show(panel, 0)
    assert line.text == "1.000"
    scene.send("hk", 1, hk_volts=1000, hk_ratio=1.5)
    scene.show(panel, 1)
    assert line.text == "2.000"
    assert "calibrated so when hk_ratio > 1" in panel.details(line)


def test_a_plot_draws_the_limits_that_hold_at_the_playhead(table: Table, qtbot: QtBot) -> None:
    scene, _ = table
    plot = PlotPanel(scene)
    qtbot.addWidget(plot)
    assert plot.add("hk", "hk_temp")
    found: list[Limits | None] = []
    for second, mode in enumerate((1, 2)):
        scene.send("hk", second, hk_temp=raw_of(20), hk_mode=mode)
        scene.show(plot, second)
        found.append(plot.curves[0].limits)
    assert [limits.caution for limits in found if limits] == [Band(10, 30), Band(0, 15)]


def test_an_alarm_in_context_tells_the_limit_of_its_context(table: Table) -> None:
    scene, _ = table
    for second, degrees in enumerate((14, 16, 16)):
        scene.send("hk", second, hk_temp=raw_of(degrees), hk_mode=2)
    view = scene.view(2)
    (state,) = (alarm for alarm in view.alarms if alarm.parameter == "hk_temp")
    assert violated_text(scene.mission, state) == '> 15 when hk_mode == "SAFE"'


def test_decimals_are_those_of_the_finest_step() -> None:
    steps = PointPairs(((0.0, 0.0), (10.0, 0.5), (20.0, 2.0)), order=0)
    assert decimals_of(Parameter("x", "uint", 8, calibration=steps)) == 1
    assert decimals_of(Parameter("x", "uint", 8, calibration=PointPairs(((0.0, 0.0), (200.0, 1.0))))) == 3
    fine = (ContextCalibration("y", Polynomial((0.0, 0.01))),)
    assert decimals_of(Parameter("x", "uint", 8, context_calibrations=fine)) == 2
