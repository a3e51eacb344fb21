"""The sound of alarms: at once where it gets worse, never at once where it gets better."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from console.desk.sound import REPEAT_MS, AlarmSound


@pytest.fixture
def sound(qtbot: QtBot) -> Iterator[AlarmSound]:
    made = AlarmSound()
    yield made
    made.follow(0)


def test_what_rises_is_heard_at_once_and_what_falls_with_its_next_beat(sound: AlarmSound) -> None:
    heard: list[int] = []
    sound.sounded.connect(heard.append)
    told = []
    for severity in (1, 3, 2, 2, 0, 2):
        sound.follow(severity)
        told.append((list(heard), sound._timer.isActive(), sound._timer.interval() if severity else 0))
    assert told == [
        ([1], True, REPEAT_MS[1]),
        ([1, 3], True, REPEAT_MS[3]),
        ([1, 3], True, REPEAT_MS[2]),
        ([1, 3], True, REPEAT_MS[2]),
        ([1, 3], False, 0),
        ([1, 3, 2], True, REPEAT_MS[2]),
    ]


def test_switched_off_it_is_not_heard(sound: AlarmSound) -> None:
    heard: list[int] = []
    sound.sounded.connect(heard.append)
    sound.on = False
    sound.follow(3)
    sound.sound()
    assert heard == []
    sound.on = True
    sound.sound()
    assert heard == [3]
