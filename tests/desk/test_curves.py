"""One curve alone: what it reads at an instant, what it says beside its name, and what it spans."""

from __future__ import annotations

import math

import numpy as np
import pytest

from console.archive.shapes import Trace
from console.desk.curves import Curve, extent_of, stretches_of

S = 1_000_000_000
NAN = math.nan


def trace(seconds: list[float], low: list[float], high: list[float] | None = None) -> Trace:
    t_ns = np.array([round(each * S) for each in seconds], np.int64)
    decimated = high is not None
    return Trace(t_ns, np.array(low), np.array(high or low), np.zeros(len(seconds), np.uint8), decimated)


def curve(shown: Trace | None, *, period_s: float = 0.0, latest: float | None = None) -> Curve:
    return Curve(
        "eps", "volts", "Bus voltage", "V", 3, 0.02, trace=shown, period_ns=round(period_s * S), latest=latest
    )


def test_a_sample_is_read_up_to_one_and_a_half_of_its_distances_away() -> None:
    read = curve(trace([0, 1, 2], [30.0, 31.0, 32.0]))
    assert read.at(round(0.4 * S)) == (0, 30.0)
    assert read.at(round(0.6 * S)) == (S, 31.0)
    assert read.at(round(3.4 * S)) == (2 * S, 32.0)
    assert read.at(round(3.6 * S)) is None
    assert read.at(round(-1.6 * S)) is None


def test_samples_that_came_in_a_bunch_are_read_as_long_as_their_period_says() -> None:
    bunch = trace([0, 0.1, 0.2], [30.0, 31.0, 32.0])
    assert curve(bunch).at(5 * S) is None
    assert curve(bunch, period_s=10).at(5 * S) == (round(0.2 * S), 32.0)
    assert curve(trace([0], [30.0]), period_s=10).at(14 * S) == (0, 30.0)
    assert curve(trace([0], [30.0]), period_s=10).at(16 * S) is None


def test_a_gap_has_no_value() -> None:
    gap = curve(trace([0, 1, 2, 3, 4], [30.0, 31.0, NAN, 33.0, 34.0]))
    assert gap.at(round(1.9 * S)) == (S, 31.0)
    assert gap.at(round(2.1 * S)) == (3 * S, 33.0)
    assert curve(trace([0, 1], [NAN, NAN])).at(0) is None
    assert curve(None).at(0) is None


@pytest.mark.parametrize(
    ("shown", "latest", "words"),
    [
        (trace([0, 1], [30.0, 31.0]), None, "31.000 V"),
        (trace([0, 1], [30.0, 31.0], [30.5, 31.5]), None, "31.000…31.500 V"),
        (trace([0, 1], [30.0, 31.0], [30.5, 31.5]), 31.25, "31.250 V"),
        # The plot ends in a gap: what came last is still what the packet says, or the last that is known.
        (trace([0, 1, 2], [30.0, 31.0, NAN], [30.5, 31.5, NAN]), 31.25, "31.250 V"),
        (trace([0, 1, 2], [30.0, 31.0, NAN], [30.5, 31.5, NAN]), None, "31.000…31.500 V"),
        (trace([0, 1], [NAN, NAN]), 31.25, ""),
        (trace([], []), 31.25, ""),
        (trace([0], [-2.0]), None, "−2.000 V"),
    ],
)
def test_the_newest_value(shown: Trace, latest: float | None, words: str) -> None:
    assert curve(shown, latest=latest).newest() == words


@pytest.mark.parametrize(
    ("value", "fewer", "words"),
    [
        (31.5, 1, "31.50 V"),
        (31.5, 2, "31.50 V"),  # four digits stay
        (31.5, 9, "31.50 V"),
        (3100.5, 9, "3100 V"),
        (3.14159, 1, "3.142 V"),
    ],
)
def test_decimals_give_way_down_to_four_digits(value: float, fewer: int, words: str) -> None:
    assert curve(None).text(value, fewer) == words


def test_what_is_not_a_number_is_no_end_of_a_range() -> None:
    assert extent_of(trace([0, 1, 2], [30.0, NAN, 32.0], [31.0, NAN, 33.0])) == (30.0, 33.0)
    assert extent_of(trace([0, 1], [NAN, NAN])) is None
    assert extent_of(trace([0, 1], [30.0, math.inf])) is None
    assert extent_of(trace([], [])) is None
    assert extent_of(None) is None


def test_stretches_are_broken_where_nothing_came() -> None:
    assert stretches_of(trace([0, 1, 2], [1.0, 2.0, 3.0])) == ((0, 2 * S),)
    broken = trace([0, 1, 2, 3, 4, 5], [NAN, 1.0, 2.0, NAN, 4.0, NAN])
    assert list(stretches_of(broken)) == [(S, 2 * S), (4 * S, 4 * S)]
    assert stretches_of(trace([0], [NAN])) == []
    assert stretches_of(None) == ()


def test_what_a_trace_spans_is_worked_out_again_for_another_trace() -> None:
    shown = curve(trace([0, 1], [30.0, 31.0]))
    assert shown.known() is shown.known()
    assert shown.known().extent == (30.0, 31.0)
    shown.trace = trace([0, 1], [40.0, 41.0])
    assert shown.known().extent == (40.0, 41.0)
