"""The playhead, driven by clocks that the tests turn by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.playhead import FASTEST, SLOWEST, Playhead, Position, Span

S = 1_000_000_000
FIRST, LAST = 1_000 * S, 2_000 * S


class Bench:
    """An archive of 1,000 s and clocks to turn; mission time stands 5 s behind the end of the archive."""

    def __init__(self, recording: bool = True) -> None:
        self.now = LAST
        self.ticks = 0
        self.span: Span | None = Span(FIRST, LAST, 1, 5_000)
        self.head = Playhead(
            lambda: self.span, lambda: self.now, monotonic=lambda: self.ticks, recording=recording
        )

    def pass_time(self, seconds: float) -> None:
        """Let both clocks run; the recorder goes on recording."""
        self.now += round(seconds * S)
        self.ticks += round(seconds * S)
        if self.span is not None and self.head.recording:
            self.span = self.span._replace(last_ns=self.now, last_record=self.span.last_record + 1)

    def read(self, record: int, instant_ns: int | None = None) -> Position:
        """Do as the reader does with the present position."""
        asked = self.head.position()
        self.head.resolved(asked, record, asked.instant_ns if instant_ns is None else instant_ns)
        return asked


def test_live_follows_the_clock() -> None:
    bench = Bench()
    bench.pass_time(7)
    asked = bench.head.position()
    assert (asked.mode, asked.instant_ns, asked.record) == ("live", LAST + 7 * S, None)
    assert bench.head.lag_ns == 0


def test_pause_stands_and_tells_how_far_behind() -> None:
    bench = Bench()
    bench.read(5_000)
    bench.head.pause()
    bench.pass_time(41)
    asked = bench.head.position()
    assert (asked.mode, asked.instant_ns, asked.record) == ("paused", LAST, 5_000)
    assert bench.head.lag_ns == 41 * S


def test_paused_live_goes_back_to_live() -> None:
    bench = Bench()
    bench.head.toggle()
    assert bench.head.mode == "paused"
    bench.head.toggle()
    assert bench.head.mode == "live"


def test_seek_is_a_replay_that_stands() -> None:
    bench = Bench()
    bench.head.seek(1_500 * S)
    bench.pass_time(10)
    asked = bench.head.position()
    assert (asked.mode, asked.instant_ns, asked.playing) == ("replay", 1_500 * S, False)


@pytest.mark.parametrize(("wanted", "shown"), [(0, FIRST), (10**13, LAST)])
def test_seek_is_held_inside_the_archive(wanted: int, shown: int) -> None:
    bench = Bench()
    bench.head.seek(wanted)
    assert bench.head.instant_ns == shown


@pytest.mark.parametrize(("speed", "after_10_s"), [(4.0, 1_540), (-2.0, 1_480), (0.1, 1_501)])
def test_replay_moves_with_its_signed_speed(speed: float, after_10_s: int) -> None:
    bench = Bench()
    bench.head.seek(1_500 * S)
    bench.head.play(speed)
    bench.pass_time(10)
    assert bench.head.instant_ns == after_10_s * S


def test_wall_clock_steps_do_not_move_a_replay() -> None:
    bench = Bench()
    bench.head.seek(1_500 * S)
    bench.head.play(1.0)
    bench.now -= 3_600 * S
    bench.ticks += 2 * S
    assert bench.head.instant_ns == 1_502 * S


@pytest.mark.parametrize(
    ("asked", "got"), [(1e6, FASTEST), (1e-6, SLOWEST), (-1e6, -FASTEST), (0.0, SLOWEST)]
)
def test_speed_is_held(asked: float, got: float) -> None:
    bench = Bench()
    bench.head.seek(1_500 * S)
    bench.head.play(asked)
    assert bench.head.speed == got


def test_replay_that_catches_up_is_live_again() -> None:
    bench = Bench()
    bench.head.seek(1_990 * S)
    bench.head.play(10.0)
    bench.pass_time(5)
    assert bench.head.position().mode == "live"


def test_replay_without_a_recorder_stops_at_the_ends() -> None:
    bench = Bench(recording=False)
    bench.head.seek(1_990 * S)
    bench.head.play(10.0)
    bench.pass_time(5)
    asked = bench.head.position()
    assert (asked.mode, asked.instant_ns, asked.playing) == ("replay", LAST, False)
    bench.head.play(-100.0)
    bench.pass_time(50)
    asked = bench.head.position()
    assert (asked.instant_ns, asked.playing) == (FIRST, False)


def test_play_at_the_end_begins_again() -> None:
    bench = Bench(recording=False)
    bench.head.live()
    assert bench.head.instant_ns == LAST
    bench.head.play(1.0)
    assert bench.head.instant_ns == FIRST


def test_an_archive_nobody_writes_is_a_replay() -> None:
    bench = Bench(recording=False)
    assert bench.head.position().mode == "replay"
    bench.head.live()
    assert bench.head.mode == "replay"


def test_live_becomes_a_replay_without_the_recorder_and_comes_back_with_it() -> None:
    bench = Bench()
    bench.head.recording = False
    assert (bench.head.mode, bench.head.instant_ns) == ("replay", LAST)
    bench.head.recording = True
    assert bench.head.mode == "live"


def test_a_recorder_that_comes_back_leaves_a_moved_playhead_alone() -> None:
    bench = Bench()
    bench.head.recording = False
    bench.head.seek(1_200 * S)
    bench.head.recording = True
    assert (bench.head.mode, bench.head.instant_ns) == ("replay", 1_200 * S)


def test_step_by_packet() -> None:
    bench = Bench()
    bench.head.seek(1_500 * S)
    bench.read(2_500)
    bench.head.step(-1)
    bench.head.step(-1)
    asked = bench.read(2_498, 1_499 * S)
    assert (asked.step, asked.record) == (-2, 2_500)
    after = bench.head.position()
    assert (after.step, after.record, after.instant_ns) == (0, 2_498, 1_499 * S)


def test_an_answer_to_an_older_command_changes_nothing() -> None:
    bench = Bench()
    bench.head.seek(1_500 * S)
    old = bench.head.position()
    bench.head.seek(1_600 * S)
    bench.head.resolved(replace(old, step=1), 77, 1_501 * S)
    assert bench.head.position().record is None
    assert bench.head.instant_ns == 1_600 * S


def test_stepping_back_from_live_is_a_replay() -> None:
    bench = Bench()
    bench.read(5_000)
    bench.head.step(-1)
    asked = bench.head.position()
    assert (asked.mode, asked.record, asked.step) == ("replay", 5_000, -1)


def test_listeners_hear_commands_not_the_passing_of_time() -> None:
    bench, heard = Bench(), []
    bench.head.listeners.append(lambda: heard.append(bench.head.mode))
    bench.pass_time(3)
    bench.head.position()
    bench.head.pause()
    bench.head.as_known_now = True
    bench.head.as_known_now = True
    bench.head.live()
    assert heard == ["paused", "paused", "live"]


def test_an_empty_archive_is_no_error() -> None:
    bench = Bench(recording=False)
    bench.span = None
    for command in (bench.head.live, bench.head.pause, bench.head.play, lambda: bench.head.seek(5)):
        command()
        assert bench.head.position().record is None


@given(st.lists(st.tuples(st.sampled_from("lpsrgkn"), st.floats(-200, 200)), max_size=40))
def test_a_shown_instant_is_never_outside_the_archive(commands: list[tuple[str, float]]) -> None:
    bench = Bench()
    for command, number in commands:
        head = bench.head
        {
            "l": head.live,
            "p": head.pause,
            "s": lambda n=number, h=head: h.seek(round((1_500 + 10 * n) * S)),
            "r": lambda n=number, h=head: h.play(n),
            "g": lambda n=number: bench.pass_time(abs(n)),
            "k": lambda n=number, h=head: h.step(int(n)),
            "n": lambda n=number, h=head: setattr(h, "recording", n > 0),
        }[command]()
        asked = head.position()
        assert bench.span is not None
        assert FIRST <= asked.instant_ns <= max(bench.now, bench.span.last_ns)
        assert head.recording or asked.mode == "replay"
