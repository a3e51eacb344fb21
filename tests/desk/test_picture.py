"""The picture at the playhead: what is asked again, and which answers come too late."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from console.archive.shapes import Extent, Session
from console.desk import picture as module
from console.desk.picture import Picture
from console.desk.reading import Request
from console.desk.view import DeskView
from console.mission import Mission
from console.playhead import Playhead, Position, Span

S = 1_000_000_000
AT = 1_795_341_022 * S
OFFSET = 3_000 * S


class Bench:
    """A picture whose reader is played by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.head = Playhead(lambda: Span(AT - 100 * S, AT, 1, 900), lambda: AT, monotonic=lambda: 0)
        self.head.recording = True
        self.head.live()
        self.parent = QObject()
        self.picture = Picture("none.okaeri", self.head, self.parent)
        self.asked: list[Position] = []
        self.shown: list[DeskView] = []
        self.busy = False
        self.picture.changed.connect(self.shown.append)
        monkeypatch.setattr(self.picture.reading, "request", self._request)

    def _request(self, request: Request) -> bool:
        if not self.busy:
            self.asked.append(request.position)
        return not self.busy

    def answer(self, position: Position) -> DeskView:
        view = DeskView(
            Mission(name="small", title="Small"), Session(1, "training", 0, mission_offset_ns=OFFSET),
            Extent(1, 900, AT - 100 * S - OFFSET, AT - OFFSET), position.mode, 1.0, False, 9,
            position.instant_ns, AT,
        )  # fmt: skip
        self.picture.reading.view_ready.emit(view, replace(position, record=9))
        return view


@pytest.fixture
def bench(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def test_an_answer_of_the_mode_that_was_left_does_not_flash_up(bench: Bench) -> None:
    bench.picture.ask(())
    bench.head.seek(AT - 50 * S)
    bench.answer(bench.asked[0])
    assert bench.shown == []
    assert bench.picture.view is None
    bench.picture.ask(())
    view = bench.answer(bench.asked[1])
    assert bench.shown == [view]
    assert bench.picture.view is view


def test_while_dragging_answers_a_moment_old_are_shown(bench: Bench) -> None:
    bench.head.seek(AT - 50 * S)
    bench.picture.ask(())
    bench.head.seek(AT - 40 * S)
    assert bench.answer(bench.asked[0]) in bench.shown


def test_the_span_is_told_in_mission_time(bench: Bench) -> None:
    bench.picture.ask(())
    bench.answer(bench.asked[0])
    assert bench.picture.span == Span(AT - 100 * S, AT, 1, 900)


def test_a_picture_that_stands_is_asked_for_again_after_a_while_only(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.head.seek(AT - 50 * S)
    bench.picture.ask(())
    bench.picture.ask(())
    assert len(bench.asked) == 1
    bench.head.step(1)
    bench.picture.ask(())
    assert len(bench.asked) == 2
    monkeypatch.setattr(module, "STANDING_NS", 0)
    bench.picture.ask(())
    assert len(bench.asked) == 3


def test_what_could_not_be_asked_is_asked_again(bench: Bench) -> None:
    bench.head.seek(AT - 50 * S)
    bench.busy = True
    bench.picture.ask(())
    bench.busy = False
    bench.picture.ask(())
    assert [position.instant_ns for position in bench.asked] == [AT - 50 * S]
