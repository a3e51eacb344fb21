"""The signs of what a window shows: banner, frame and title, on floating windows too."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

import small_archive
from small_archive import START, S, Sender

from console.desk import banner as module
from console.desk.banner import Banner, RealityFrame
from console.desk.deskstate import StateFile
from console.desk.window import DeskWindow

REPLAY = QColor("#4dacff")


@pytest.fixture
def windows() -> Iterator[list[DeskWindow]]:
    made: list[DeskWindow] = []
    yield made
    for window in made:
        window.shut_down()
        window.hide()
        window.deleteLater()


def opened(path: Path, windows: list[DeskWindow], qtbot: QtBot, store: StateFile | None = None) -> DeskWindow:
    window = DeskWindow(str(path), store)
    windows.append(window)
    window.resize(1600, 900)
    with qtbot.waitExposed(window):
        window.show()
    window.start()
    qtbot.waitUntil(lambda: window.view is not None, timeout=15_000)
    return window


def floating(window: DeskWindow, dock_id: str) -> QWidget:
    return window.docking.host(dock_id).window()


def edges(widget: QWidget) -> set[str]:
    """The colours along the left edge, below the banner."""
    image = widget.grab().toImage()
    return {image.pixelColor(3, y).name() for y in range(60, image.height() - 3, 7)}


def test_a_torn_off_panel_wears_the_signs_of_its_reality(
    tmp_path: Path, windows: list[DeskWindow], qtbot: QtBot
) -> None:
    path = small_archive.write(tmp_path / "sim.okaeri", 20, "simulation")
    window = opened(path, windows, qtbot)
    window.docking.float_dock("alarms")
    qtbot.waitUntil(lambda: "[REPLAY] [SIMULATION]" in floating(window, "alarms").windowTitle())
    torn = floating(window, "alarms")
    assert torn is not window
    assert "sim.okaeri" in torn.windowTitle()
    frame = torn.findChild(RealityFrame)
    assert frame is not None
    assert frame.banner.isVisible()
    assert frame.banner.kinds == ("replay", "simulation")
    qtbot.waitUntil(lambda: edges(torn) == {REPLAY.name()})
    host = window.docking.host("alarms")
    top = host.mapTo(torn, host.rect().topLeft())
    assert top.y() >= 28
    assert top.x() >= 6


def test_the_signs_follow_the_playhead(tmp_path: Path, windows: list[DeskWindow], qtbot: QtBot) -> None:
    sender = Sender(tmp_path / "live.okaeri")
    sender.send(60)
    window = opened(tmp_path / "live.okaeri", windows, qtbot)
    window.docking.float_dock("alarms")
    qtbot.waitUntil(lambda: "live.okaeri" in floating(window, "alarms").windowTitle())
    frame = floating(window, "alarms").findChild(RealityFrame)
    assert frame is not None
    assert not frame.banner.isVisible()
    assert "[" not in floating(window, "alarms").windowTitle()
    window.playhead.seek(START + 10 * S)
    assert frame.banner.kinds == ("replay",)
    assert floating(window, "alarms").windowTitle().startswith("[REPLAY] ")
    window.made["live"].trigger()
    assert not frame.banner.isVisible()
    assert "[" not in floating(window, "alarms").windowTitle()
    sender.close()


def test_panels_go_out_and_come_home_and_the_bars_go_on(
    tmp_path: Path, windows: list[DeskWindow], qtbot: QtBot
) -> None:
    window = opened(small_archive.write(tmp_path / "a.okaeri", 20), windows, qtbot)
    for layout in ("pass", "analysis", "pass"):
        window.show_layout(layout)
        window.docking.float_dock("alarms")
        qtbot.waitUntil(lambda: "[REPLAY]" in floating(window, "alarms").windowTitle())
        window.reset_layout()
        assert floating(window, "alarms") is window
        beats = window.clock_bar.beats
        qtbot.waitUntil(lambda beats=beats: window.clock_bar.beats > beats + 2)  # type: ignore[misc]


def test_torn_off_panels_close_with_their_desk_and_come_back(
    tmp_path: Path, windows: list[DeskWindow], qtbot: QtBot
) -> None:
    path = small_archive.write(tmp_path / "a.okaeri", 20)
    window = opened(path, windows, qtbot, StateFile(tmp_path / "desk.json"))
    window.docking.float_dock("alarms")
    torn = floating(window, "alarms")
    assert torn.isVisible()
    window.close()
    assert not torn.isVisible()  # or the process would never end
    again = opened(path, windows, qtbot, StateFile(tmp_path / "desk.json"))
    qtbot.waitUntil(lambda: floating(again, "alarms") is not again and floating(again, "alarms").isVisible())
    qtbot.waitUntil(lambda: "[REPLAY]" in floating(again, "alarms").windowTitle())


def test_whole_sentences_stand_in_the_banner_or_none(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[str] = []

    def note(_painter: QPainter, x: float, _baseline: float, words: str, *_: object, **__: object) -> float:
        painted.append(words)
        return x + 150

    monkeypatch.setattr(module, "text", note)
    banner = Banner()
    qtbot.addWidget(banner)
    banner.show_reality(("replay",), "a.okaeri", START)
    first = "Replaying a.okaeri."
    both = f"{first} These are not the present values."
    seen = set()
    for width in range(120, 1400, 20):
        painted.clear()
        banner.resize(width, 28)
        banner.grab()
        assert painted[0] == "REPLAY 再生"
        seen.add(tuple("Now" if words.startswith("Now ") else words for words in painted[1:] if words))
    assert seen >= {(), (first,), ("Now", both)}
    assert {words for each in seen for words in each} == {"Now", first, both}


@pytest.mark.parametrize("width", [120, 260, 600, 1280])
def test_the_name_of_a_reality_stays_where_it_is_narrow(width: int, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    frame = RealityFrame(window, QVBoxLayout(window))
    window.resize(width, 200)
    window.show()
    frame.show_reality(("simulation",), "a.okaeri", START)
    image = frame.banner.grab().toImage()
    assert image.width() == width
    ink = sum(image.pixelColor(x, y).lightness() < 40 for x in range(min(width, 170)) for y in range(28))
    assert ink > 200  # dark letters on the colour
