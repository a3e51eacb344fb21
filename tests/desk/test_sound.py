"""The sound of alarms: at once where it gets worse, never at once where it gets better."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from console.archive.shapes import AlarmState
from console.desk.sound import REPEAT_MS, AlarmSound, tone


def state(severity: int, parameter: str = "p", **more: object) -> AlarmState:
    fixed = {
        "id": 1, "vehicle": "v", "packet": "k", "parameter": parameter, "state": "unacknowledged",
        "severity": severity, "worst_severity": severity, "trigger_value": 0.0, "worst_value": 0.0,
        "value": 0.0, "state_text": "", "limit_text": "", "count": 1, "first_ns": 0, "last_ns": 0,
        "generation_ns": None, "packet_id": 1,
    }  # fmt: skip
    return AlarmState(**{**fixed, **more})  # type: ignore[arg-type]


@pytest.fixture
def sound(qtbot: QtBot) -> Iterator[AlarmSound]:
    made = AlarmSound()
    yield made
    made.follow(0)  # or its timer would outlive it


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


def test_it_sounds_until_acknowledged_and_never_for_a_replay(
    sound: AlarmSound, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REPEAT_MS, 1, 30)
    heard: list[int] = []
    sound.sounded.connect(heard.append)
    sound.take([state(1)], live=False)
    assert heard == []
    sound.take([state(1)], live=True)
    assert heard == [1], "at once"
    qtbot.waitUntil(lambda: len(heard) >= 3)
    sound.take([state(1, acknowledged=True)], live=True)
    stopped = len(heard)
    qtbot.wait(120)
    assert len(heard) == stopped
    sound.take([state(1), state(3, "q")], live=True)
    assert heard[-1] == 3, "the worst that waits"
    sound.take([state(0, state="returned", worst_severity=3)], live=True)
    assert sound.severity == 0


def test_a_new_critical_is_announced_once(sound: AlarmSound) -> None:
    told: list[str] = []
    sound.announced.connect(told.append)
    sound.take([state(2, "a")], live=True)
    assert told == []
    sound.take([state(2, "a"), state(3, "b")], live=True)
    sound.take([state(2, "a"), state(3, "b")], live=True)
    assert told == ["Critical alarm: b"]
    sound.take([state(3, "a"), state(3, "b")], live=True)
    assert told[1:] == ["Critical alarm: a"]


@pytest.mark.parametrize("severity", [1, 2, 3])
def test_the_number_of_beeps_tells_the_priority(severity: int) -> None:
    with wave.open(io.BytesIO(tone(severity))) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
        rate = file.getframerate()
    blocks = samples[: len(samples) // 220 * 220].reshape(-1, 220)
    loud = np.sqrt((blocks**2).mean(axis=1)) > 3_000
    assert int((np.diff(np.r_[0, loud.astype(int)]) == 1).sum()) == severity
    assert len(samples) / rate < 1.0
    assert np.abs(samples).max() < 32_767
