"""Ticks of plots: round, few, and short enough for the margin."""

from __future__ import annotations

import itertools
import math

from hypothesis import assume, given
from hypothesis import strategies as st

from console.desk.axes import scaled_unit, thousands, tick_text, ticks

values = st.floats(-1e9, 1e9, allow_nan=False)


@given(values, st.floats(1e-6, 1e9), st.integers(2, 10))
def test_ticks_are_round_and_inside(low: float, span: float, wanted: int) -> None:
    assume(span > 1e-9 * abs(low))
    found = ticks(low, low + span, wanted)
    assert 0.6 * wanted - 1 <= len(found) <= 1.6 * wanted + 1
    for a, b in itertools.pairwise(found):
        mantissa = (b - a) / 10 ** math.floor(math.log10(b - a) + 1e-6)
        assert min(abs(mantissa - m) for m in (1, 2, 5, 10)) < 0.05
    assert all(low - 1e-6 * span <= t <= low + span * (1 + 1e-6) for t in found)


@given(st.floats(1e5, 9e9), st.floats(0.3, 1))
def test_big_numbers_leave_their_power_to_the_unit(largest: float, share: float) -> None:
    low, high = -largest, -largest + share * largest
    power = thousands(low, high)
    assert power % 3 == 0
    assert power > 0
    marks = ticks(low, high, 5)
    step = marks[1] - marks[0]
    assert all(len(tick_text(mark / 10**power, step / 10**power)) <= 6 for mark in marks)


def test_the_unit_tells_the_power() -> None:
    assert thousands(-20.0, 99_999.0) == 0
    assert thousands(-6_400_000.0, 12.0) == 6
    assert scaled_unit("m", 6) == "10⁶ m"
    assert scaled_unit("", 3) == "10³"
    assert scaled_unit("V", 0) == "V"
    assert thousands(math.nan, math.inf) == 0
