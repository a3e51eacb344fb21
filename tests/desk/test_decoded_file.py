"""The desk on archives that ``okaeri decode --format db`` makes of plain packets and a definition."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from console.__main__ import main
from console.desk.deskstate import StateFile
from console.desk.models import ParameterLines
from console.desk.window import DeskWindow

Show = Callable[..., DeskWindow]

DEFINITION = """name,data_type,bit_length
temperature,uint,16
voltage,uint,16
count,uint,8
level[0],uint,8
"""


def packets(count: int) -> bytes:
    """Space packets of APID 5: primary header of 133.0-B-2, then six octets of data."""
    return b"".join(
        bytes([0x00, 0x05, 0xC0 | n >> 8, n & 0xFF, 0x00, 0x05])
        + (1000 + n).to_bytes(2, "big")
        + (2000 - n).to_bytes(2, "big")
        + bytes([n % 7, n % 5])
        for n in range(count)
    )


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    (tmp_path / "a.bin").write_bytes(packets(200))
    (tmp_path / "a.csv").write_text(DEFINITION, encoding="utf-8")
    made = tmp_path / "a.okaeri"
    arguments = [str(tmp_path / "a.bin"), "--definitions", str(tmp_path / "a.csv"), "--format", "db"]
    assert main(["decode", *arguments, "-o", str(made)]) == 0
    return made


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    windows: list[DeskWindow] = []

    def make(path: Path, store: StateFile | None = None, layout: str = "") -> DeskWindow:
        window = DeskWindow(str(path), store)
        windows.append(window)
        window.resize(1920, 1080)
        if layout:
            window.show_layout(layout)
        window.show()
        window.start()
        qtbot.waitUntil(lambda: window.view is not None, timeout=15_000)
        return window

    yield make
    for window in windows:
        window.shut_down()
        window.hide()
        window.deleteLater()


def test_it_opens_with_parameters_and_plots_and_no_empty_panel(archive: Path, show: Show) -> None:
    window = show(archive)
    assert window.state.layout == "analysis"
    kinds = {host.dock_id.partition(".")[0] for host in window.docking.visible()}
    assert kinds == {"parameters", "plot", "events", "timestrip"}
    for name in ("pass", "recovery", "analysis", "training"):
        window.show_layout(name)
        kinds = {host.dock_id.partition(".")[0] for host in window.docking.visible()}
        assert not kinds & {"passes", "sky", "recovery", "whereis", "links", "alarms"}


def test_who_asks_for_a_layout_gets_it(archive: Path, show: Show, tmp_path: Path) -> None:
    assert show(archive, layout="training").state.layout == "training"
    store = StateFile(tmp_path / "desk.json")
    first = show(archive, store)
    first.show_layout("pass")
    first.save_state()
    assert show(archive, StateFile(tmp_path / "desk.json")).state.layout == "pass"


def test_values_and_plots_of_packets_without_a_time_are_marked(
    archive: Path, show: Show, qtbot: QtBot
) -> None:
    window = show(archive)
    table = ParameterLines(window.mission)
    assert window.view is not None
    table.take(window.view)
    values = [line for line in table.lines if line.parameter is not None]
    assert len(values) == 4
    assert all(line.no_time for line in values)
    plot = window.docking.host("plot.analysis.0")
    qtbot.waitUntil(lambda: "⌁" in plot.note())
    qtbot.waitUntil(lambda: "reception times are assumed" in window.status_line.message)


def test_a_parameter_called_like_an_element_is_plotted(archive: Path, show: Show, qtbot: QtBot) -> None:
    window = show(archive)
    packet = window.mission.packets[0].name
    window.arrangement.show_on_plot(packet, "level[0]", None)

    def drawn() -> bool:
        assert window.view is not None
        traces = [t for q, t in window.view.traces.items() if getattr(q, "parameter", "") == "level[0]"]
        return any(len(trace.t_ns) for trace in traces)

    qtbot.waitUntil(drawn)
    assert "KeyError" not in window.status_line.message
