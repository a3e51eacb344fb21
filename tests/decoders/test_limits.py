"""Severities, persistence and deadband."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from decoders.limits import Persistence, Transition, deadband, severity
from decoders.mission.model import Band, Limits, Severity

N, C, S, X = Severity
BUS = Limits(Band(26.5, 33.3), Band(25.5, 33.5), Band(24.5, 33.7))


def feed(limits: Limits, *values: float, state: Persistence | None = None) -> list[Severity]:
    persistence = state or Persistence(limits)
    found = []
    for value in values:
        persistence.feed(np.array([value]))
        found.append(persistence.severity)
    return found


def test_severity_of_each_band_ends_included() -> None:
    values = np.array([30.0, 26.5, 26.499, 25.5, 25.4, 24.5, 24.4, 33.3, 33.6, 34.0, np.nan])
    assert severity(BUS, values).tolist() == [0, 0, 1, 1, 2, 2, 3, 0, 2, 3, 0]
    assert severity(None, values).tolist() == [0] * 11


def test_one_sided_limits() -> None:
    soc = Limits(Band(60, None, lo_inclusive=False), Band(45, None, lo_inclusive=False))
    assert severity(soc, np.array([61.0, 60.0, 45.0, -1.0])).tolist() == [0, 1, 2, 2]
    temperature = Limits(critical=Band(None, 70, hi_inclusive=False))
    assert severity(temperature, np.array([69.9, 70.0])).tolist() == [0, 3]


def test_one_sample_is_not_enough() -> None:
    assert feed(BUS, 30, 26, 30, 26, 26, 30) == [N, N, N, N, C, N]


def test_the_first_urgency_that_lasts_is_raised() -> None:
    # Critical, then caution: two samples are at least caution, only one is critical.
    assert feed(BUS, 24, 26, 24, 24) == [N, C, C, X]


def test_it_falls_when_back_inside_by_the_deadband() -> None:
    assert deadband(BUS) == (33.3 - 26.5) * 0.01
    assert feed(BUS, 26.4, 26.4, 26.5, 26.56, 26.57) == [N, C, C, C, N]


def test_the_deadband_of_a_single_side_and_of_the_outermost_levels() -> None:
    low = Limits(Band(60, None), min_violations=1, deadband_fraction=0.1)
    assert deadband(low) == 6.0
    assert feed(low, 59, 65, 66) == [C, C, N]
    assert deadband(Limits()) == 0.0
    outer = Limits(severe=Band(0, 100), min_violations=1, deadband_fraction=0.1)
    assert feed(outer, 101, 95, 90) == [X, X, N]
    mild = Limits(watch=Band(0, 100), min_violations=1, deadband_fraction=0.1)
    assert feed(mild, 101, 95, 90) == [C, C, N]


def test_a_band_narrower_than_its_deadband_clears_in_its_middle() -> None:
    assert feed(Limits(Band(0, 10), min_violations=1, deadband_fraction=0.6), 11, 6, 4, 5) == [C, C, C, N]


def test_it_falls_step_by_step() -> None:
    assert feed(BUS, 24, 24, 25.0, 26.0, 30.0) == [N, X, S, C, N]


def test_a_missing_value_neither_raises_nor_clears() -> None:
    nan = float("nan")
    assert feed(BUS, 26, nan, 26, nan, nan) == [N, N, C, C, C]
    state = Persistence(BUS)
    assert feed(BUS, 26, 26, nan, 30, state=state) == [N, C, C, N]


def test_transitions_name_their_sample() -> None:
    changes = Persistence(BUS).feed(np.array([30, 26, 26, 26, 24, 24, 30.0]))
    assert changes == [
        Transition(2, C, N, 26.0),
        Transition(5, X, C, 24.0),
        Transition(6, N, X, 30.0),
    ]


def test_state_restored_at_start() -> None:
    assert feed(BUS, 26.5, 30, state=Persistence(BUS, Severity.CAUTION)) == [C, N]


def test_three_in_a_row() -> None:
    limits = Limits(Band(0, 10), min_violations=3, deadband_fraction=0.0)
    assert feed(limits, 11, 11, 9, 11, 11, 11, 10) == [N, N, N, N, N, C, N]


def test_a_band_of_one_value_can_still_clear() -> None:
    assert feed(Limits(Band(3, 3), min_violations=1), 2, 3) == [C, N]


@given(st.lists(st.sampled_from([30.0, 26.4, 26.52, 25.0, 24.0, float("nan")]), max_size=30), st.data())
def test_cutting_into_batches_changes_nothing(values: list[float], data: st.DataObject) -> None:
    whole = [(c.row, c.severity) for c in Persistence(BUS).feed(np.array(values))]
    state, found, at = Persistence(BUS), [], 0
    while at < len(values):
        size = data.draw(st.integers(1, 7))
        found += [(at + c.row, c.severity) for c in state.feed(np.array(values[at : at + size]))]
        at += size
    assert found == whole
