"""What the keys of time do to the playhead, and what the switches remember."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from console.desk.commands import SPEEDS, Commands
from console.desk.deskstate import DeskState
from console.playhead import Playhead, Span

S = 1_000_000_000
AT = 1_795_341_022 * S


class Window(QObject):
    """What the commands touch of a window whose archive is still to be read."""

    ready = False

    def __init__(self) -> None:
        super().__init__()
        self.playhead = Playhead(lambda: Span(AT - 3600 * S, AT, 1, 900), lambda: AT, monotonic=lambda: 0)
        self.playhead.recording = True
        self.playhead.live()
        self.state = DeskState()
        self.time_axis = "generation"
        self.made = {name: QAction(self) for name in ("known-now", "reception-axis", "light")}
        for action in self.made.values():
            action.setCheckable(True)
        self.told: list[str] = []
        self.tell: Callable[[str], None] = self.told.append


@pytest.fixture
def window(qtbot: QtBot) -> Window:
    return Window()


@pytest.fixture
def hands(window: Window) -> Commands:
    return Commands(window)  # type: ignore[arg-type]


@pytest.mark.parametrize("direction", [1, -1])
def test_speeds_go_up_and_down_to_their_ends_and_keep_the_direction(
    window: Window, hands: Commands, direction: int
) -> None:
    window.playhead.seek(AT - 1800 * S)
    window.playhead.play(direction)
    for wanted in (*SPEEDS[4:], SPEEDS[-1]):
        hands.faster()
        assert window.playhead.speed == direction * wanted
    for wanted in (*reversed(SPEEDS[:-1]), SPEEDS[0]):
        hands.slower()
        assert window.playhead.speed == direction * wanted


def test_turning_round_begins_a_replay_backwards_and_turns_it(window: Window, hands: Commands) -> None:
    hands.turn_round()
    assert (window.playhead.mode, window.playhead.speed) == ("replay", -1.0)
    window.playhead.play(-4.0)
    hands.turn_round()
    assert window.playhead.speed == 4.0
    hands.turn_round()
    assert window.playhead.speed == -4.0


def test_jumps_are_ten_seconds_and_there_is_none_out_of_live(window: Window, hands: Commands) -> None:
    hands.jump_on()
    assert window.playhead.mode == "live"
    hands.jump_back()
    assert (window.playhead.mode, window.playhead.instant_ns) == ("replay", AT - 10 * S)
    hands.jump_back()
    hands.jump_on()
    assert window.playhead.instant_ns == AT - 10 * S
    hands.go_live()
    assert window.playhead.mode == "live"
    hands.beginning()
    assert window.playhead.instant_ns == AT - 3600 * S


def test_switches_show_what_they_are(window: Window, hands: Commands) -> None:
    for on in (True, False):
        hands.toggle_known_now()
        hands.toggle_time_axis()
        hands.toggle_light()
        assert [action.isChecked() for action in window.made.values()] == [on] * 3
        assert window.playhead.as_known_now is on
        assert window.time_axis == ("reception" if on else "generation")
        assert window.state.theme == ("light" if on else "dark")


def test_sizes_have_ends(window: Window, hands: Commands) -> None:
    for _ in range(10):
        hands.larger()
    assert (window.state.scale, window.told[-1]) == (1.5, "Size 150 % at next start")
    for _ in range(10):
        hands.smaller()
    assert (window.state.scale, window.told[-1]) == (0.9, "Size 90 % at next start")


def test_before_the_archive_is_read_nothing_is_acknowledged(hands: Commands) -> None:
    hands.acknowledge()
    hands.plot_alarm()
