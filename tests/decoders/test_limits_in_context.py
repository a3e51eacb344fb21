"""Five bands, states, rates of change and contexts: by hand, and batches against single rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders.contexts import chosen
from decoders.engineering import (
    columns_of,
    context_names,
    context_of_row,
    engineering,
    engineering_one,
    limits_of_row,
)
from decoders.limits import Judge, Persistence, left, severity
from decoders.mission.model import (
    Band,
    ContextCalibration,
    ContextLimits,
    Enumeration,
    Limits,
    PacketDefinition,
    Parameter,
    PointPairs,
    Polynomial,
    Severity,
)
from decoders.rates import Rates
from decoders.shapes import NO_TIME

N, C, S, X = Severity
S_NS = 1_000_000_000
NAN = math.nan
XTCE = Limits(
    Band(10, 40), Band(5, 50), Band(0, 60), min_violations=1, deadband_fraction=0.0, watch=Band(15, 35),
    severe=Band(-10, 70),
)  # fmt: skip
MODE = Parameter("mode", "uint", 8, 48, calibration=Enumeration({0: "OFF", 1: "SAFE", 2: "BLACKOUT"}))
RANGE = Parameter("range", "uint", 8, 56)
VOLTS = Parameter(
    "volts", "uint", 16, 64, calibration=Polynomial((0.0, 0.5)), limits=Limits(Band(0, 100)),
    context_calibrations=(
        ContextCalibration("raw(range) == 1", PointPairs(((0, 0), (10, 1)))),
        ContextCalibration("range >= 1", Polynomial((1.0,))),
    ),
    context_limits=(ContextLimits('mode == "BLACKOUT"', Limits()), ContextLimits("mode == 1", XTCE)),
)  # fmt: skip
PACKET = PacketDefinition("hk", (MODE, RANGE, VOLTS))


def test_five_levels_by_hand() -> None:
    values = np.array([20, 15, 14, 9, 4, -1, -11, 36, 41, 51, 61, 71, NAN])
    assert severity(XTCE, values).tolist() == [0, 0, 1, 1, 2, 3, 3, 1, 1, 2, 3, 3, 0]
    names = [[level.name for level in left(XTCE.levels, value)] for value in (20, 14, 4, -11)]
    assert names == [
        [], ["watch"], ["watch", "caution", "serious"], ["watch", "caution", "serious", "critical", "severe"],
    ]  # fmt: skip


def test_ends_of_an_xtce_alarm_range() -> None:
    # minInclusive belongs to what is fine, minExclusive to the alarm (rangeForm "outside").
    exclusive = Limits(Band(0, 10, lo_inclusive=False, hi_inclusive=False))
    assert severity(exclusive, np.array([0.0, 0.1, 9.9, 10.0])).tolist() == [1, 0, 0, 1]
    assert severity(Limits(Band(0, 10)), np.array([0.0, -0.1, 10.0, 10.1])).tolist() == [0, 1, 0, 1]


def test_states_by_label_by_value_and_any_other() -> None:
    labels = Enumeration({0: "OK", 1: "FAULT", 4: "FAULT"}, ((100, 600, "TEST"),))
    limits = Limits(states=(("FAULT", X), ("TEST", S), ("7", N)), other_states=C)
    raw = np.array([0.0, 1.0, 4.0, 7.0, 8.0, 300.0, 99.0, 100.0, 600.0, 601.0, NAN])
    assert severity(limits, raw, labels).tolist() == [1, 3, 3, 0, 1, 2, 1, 2, 2, 1, 0]
    # A label that looks like a number is a label where there is one.
    odd = severity(Limits(states=(("7", X),)), np.array([5.0, 7.0]), Enumeration({5: "7"}))
    assert odd.tolist() == [3, 0]
    # The more urgent of state and band decides.
    both = Limits(critical=Band(None, 200), states=(("TEST", C),))
    assert severity(both, np.array([150.0, 300.0]), labels).tolist() == [1, 3]


def test_rates_by_hand() -> None:
    rates = Rates()
    seconds = np.array([0, 1, 3, 3, 4, 5, 9], np.int64) * S_NS
    none = np.full(7, NO_TIME)
    found = rates.feed(np.array([1.0, 4.0, 0.0, 9.0, NAN, 9.0, 1.0]), seconds, none)
    # 3/1; −4/2; time stands still; missing; 0 in 2 s since the 9; −8 in 4 s.
    np.testing.assert_array_equal(found, [NAN, 3.0, -2.0, NAN, NAN, 0.0, -2.0])


def test_a_rate_goes_by_reception_where_a_packet_tells_no_time() -> None:
    generation = np.array([0, 2, NO_TIME, 8], np.int64)
    generation[[0, 1, 3]] *= S_NS
    reception = np.array([100, 101, 105, 107], np.int64) * S_NS
    found = Rates().feed(np.array([0.0, 2.0, 4.0, 8.0]), generation, reception)
    np.testing.assert_array_equal(found, [NAN, 1.0, 0.5, 2.0])


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 1.0, 5.0, NAN]), st.integers(0, 3), st.booleans(), st.booleans()),
        max_size=30,
    ),
    st.data(),
)
def test_rates_do_not_depend_on_batches(
    rows: list[tuple[float, int, bool, bool]], data: st.DataObject
) -> None:
    values = np.array([row[0] for row in rows])
    times = np.cumsum([row[1] for row in rows], dtype=np.int64) * S_NS
    generation = np.where([row[2] for row in rows], times, NO_TIME)
    reception = np.where([row[3] for row in rows], 2 * times, NO_TIME)
    whole = Rates().feed(values, generation, reception)
    cut, parts, at = Rates(), [], 0
    while at < len(rows):
        size = data.draw(st.integers(1, 7))
        part = slice(at, at + size)
        parts.append(cut.feed(values[part], generation[part], reception[part]))
        at += size
    np.testing.assert_array_equal(np.concatenate([*parts, []]), whole)
    last: tuple[float, int, int] | None = None
    for value, told, heard, rate in zip(values, generation, reception, whole, strict=True):
        if math.isnan(value):
            continue
        seconds = NAN
        if last is not None and NO_TIME not in (told, last[1]):
            seconds = (told - last[1]) / S_NS
        elif last is not None and NO_TIME not in (heard, last[2]):
            seconds = (heard - last[2]) / S_NS
        assert rate == (value - last[0]) / seconds if last and seconds > 0 else math.isnan(rate)
        last = value, told, heard


def test_calibrations_and_limits_of_each_row() -> None:
    raw = {
        "mode": np.array([0, 0, 0, 2, 1, 1], np.uint8),
        "range": np.array([0, 1, 2, 0, 0, 1], np.uint8),
        "volts": np.array([300, 5, 9, 300, 300, 10], np.uint16),
    }
    # 300·0.5; 5 → 0.5 by points; range 2: always 1; 150 twice; the last point.
    expected = [150.0, 0.5, 1.0, 150.0, 150.0, 1.0]
    assert engineering(PACKET, VOLTS, raw).tolist() == expected
    seen = columns_of(PACKET, raw)
    assert seen.number("volts").tolist() == expected
    which = chosen(VOLTS.context_limits, seen, 6)
    assert which.tolist() == [0, 0, 0, 1, 2, 2]
    # Above 100: caution. In blackout never. In SAFE 150 and 1 leave critical and serious of the five bands.
    assert Judge.of(VOLTS).severity(np.array(expected), which).tolist() == [1, 0, 0, 0, 3, 2]
    for i in range(6):
        row = {name: column[i].item() for name, column in raw.items()}
        assert engineering_one(PACKET, VOLTS, row) == expected[i]
        assert context_of_row(PACKET, VOLTS.context_limits, row) == which[i]
    assert context_names(PACKET, VOLTS) == {"mode", "range"}


def test_the_limits_of_others_tell_no_context() -> None:
    """What calibrates a parameter may itself be calibrated in context; what limits it has no part in that."""
    a = Parameter("a", "uint", 8, context_limits=(ContextLimits("mode == 1", Limits(Band(0, 1))),))
    b = Parameter("b", "uint", 8, context_calibrations=(ContextCalibration("a > 1", Polynomial((5.0,))),))
    assert context_names(PacketDefinition("hk", (MODE, a, b)), b) == {"a"}


def test_one_row_of_plain_values() -> None:
    bare = Parameter("bare", "uint", 8)
    row = {"mode": 2, "range": 0, "volts": 10, "bare": [1, 2]}
    assert limits_of_row(PACKET, VOLTS, row) == Limits()
    assert (
        limits_of_row(PACKET, VOLTS, row | {"mode": 0}) == limits_of_row(PACKET, VOLTS, None) == VOLTS.limits
    )
    assert limits_of_row(PACKET, bare, row) is None
    assert math.isnan(engineering_one(PACKET, bare, row))


def test_arrays_are_calibrated_in_the_context_of_their_row() -> None:
    cells = Parameter(
        "cells", "uint", 8, 56, array_length=2,
        context_calibrations=(ContextCalibration("mode == 1", Polynomial((0.0, 10.0))),),
    )  # fmt: skip
    ragged = Parameter(
        "tail", "uint", 8, array_length="expand", context_calibrations=cells.context_calibrations
    )
    packet = PacketDefinition("hk", (MODE, cells, ragged))
    tail = np.empty(2, object)
    tail[:] = [np.array([3], np.uint8), np.array([4, 5], np.uint8)]
    raw = {"mode": np.array([0, 1], np.uint8), "cells": np.array([[1, 2], [1, 2]], np.uint8), "tail": tail}
    assert engineering(packet, cells, raw).tolist() == [[1.0, 2.0], [10.0, 20.0]]
    assert [row.tolist() for row in engineering(packet, ragged, raw)] == [[3.0], [40.0, 50.0]]


def test_a_context_that_cannot_be_told_never_holds() -> None:
    for when in ("nowhere == 1", "prev(mode) == 1", "mode =="):
        lost = Parameter("v", "uint", 8, context_calibrations=(ContextCalibration(when, Polynomial((9.0,))),))
        raw = {"mode": np.array([1]), "v": np.array([4])}
        assert engineering(PacketDefinition("hk", (MODE, lost)), lost, raw).tolist() == [4.0]


def test_two_that_tell_each_other_come_to_an_end() -> None:
    a = Parameter("a", "uint", 8, context_calibrations=(ContextCalibration("b > 1", Polynomial((5.0,))),))
    b = Parameter("b", "uint", 8, context_calibrations=(ContextCalibration("a > 1", Polynomial((7.0,))),))
    raw = {"a": np.array([0]), "b": np.array([2])}
    assert engineering(PacketDefinition("hk", (a, b)), a, raw)[0] == 5.0


values = st.sampled_from([20.0, 14.0, 4.0, -1.0, -11.0, 33.9, 49.6, NAN])
SETS = [
    Limits(Band(0, 34), min_violations=2),
    XTCE,
    Limits(),
    Limits(critical=Band(None, 10), min_violations=3),
]


@given(st.lists(st.tuples(values, st.integers(0, 3)), max_size=40), st.data())
def test_batches_equal_single_rows_in_any_context(rows: list[tuple[float, int]], data: st.DataObject) -> None:
    numbers = np.array([value for value, _ in rows])
    which = np.array([number for _, number in rows], np.intp)
    whole = [(c.row, c.severity, c.previous) for c in Persistence(Judge(SETS)).feed(numbers, which)]
    single, found = Persistence(Judge(SETS)), []
    for i in range(len(rows)):
        changes = single.feed(numbers[i : i + 1], which[i : i + 1])
        found += [(i, c.severity, c.previous) for c in changes]
        if math.isnan(numbers[i]):
            assert not changes
    assert found == whole
    size = data.draw(st.integers(1, 9))
    cut, joined = Persistence(Judge(SETS)), []
    for at in range(0, len(rows), size):
        part = slice(at, at + size)
        joined += [(at + c.row, c.severity, c.previous) for c in cut.feed(numbers[part], which[part])]
    assert joined == whole


@given(st.lists(st.tuples(values, st.integers(0, 3)), min_size=1, max_size=20))
def test_the_severity_of_a_row_is_that_of_its_own_limits(rows: list[tuple[float, int]]) -> None:
    numbers = np.array([value for value, _ in rows])
    which = np.array([number for _, number in rows], np.intp)
    one_by_one = [int(severity(SETS[k], np.array([v]))[0]) for v, k in rows]
    assert Judge(SETS).severity(numbers, which).tolist() == one_by_one


def test_an_alarm_ends_where_the_context_knows_none() -> None:
    state = Persistence(Judge([Limits(Band(0, 10), min_violations=1), Limits()]))
    changes = state.feed(np.array([11.0, 11.0, 11.0, 11.0]), np.array([0, 1, 1, 0]))
    assert [(c.row, c.severity) for c in changes] == [(0, C), (1, N), (3, C)]


@pytest.mark.parametrize("times", [2, 3])
def test_each_context_has_its_own_persistence(times: int) -> None:
    state = Persistence(
        Judge([Limits(Band(0, 10), min_violations=9), Limits(Band(0, 10), min_violations=times)])
    )
    changes = state.feed(np.full(5, 11.0), np.array([0, 1, 1, 1, 1]))
    # The violation before the context counts too.
    assert [c.row for c in changes] == [times - 1]


octets = st.integers(0, 255)


@given(st.lists(st.tuples(octets, st.integers(0, 3), st.integers(0, 65_535)), min_size=1, max_size=30))
def test_calibration_in_context_of_a_batch_is_that_of_each_row(rows: list[tuple[int, int, int]]) -> None:
    names = ("mode", "range", "volts")
    raw = {name: np.array(cells) for name, cells in zip(names, zip(*rows, strict=True), strict=True)}
    single = [engineering_one(PACKET, VOLTS, dict(zip(names, row, strict=True))) for row in rows]
    np.testing.assert_array_equal(engineering(PACKET, VOLTS, raw), single)
    # By the definition itself: the points where the range is 1, always 1 beyond, half a count else.
    for value, (_, ranged, counts) in zip(single, rows, strict=True):
        if ranged == 1:
            assert value == pytest.approx(counts / 10) if counts <= 10 else math.isnan(value)
        else:
            assert value == (1.0 if ranged > 1 else counts / 2)
