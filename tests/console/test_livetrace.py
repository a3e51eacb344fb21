"""Minima and maxima on a grid of time, however the rows came in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.archive.livetrace import LiveTrace, empty
from console.archive.shapes import Trace

BIN, POINTS, GAP = 10, 8, 25
STEPS = st.lists(st.tuples(st.integers(0, 40), st.floats(-1e6, 1e6)), min_size=1, max_size=120)


def rows(t: list[int], values: list[float]) -> Trace:
    array = np.array(values, float)
    return Trace(np.array(t, np.int64), array, array, np.zeros(len(t), np.uint8))


def fresh(gap_ns: int = GAP) -> LiveTrace:
    return LiveTrace(empty(), 0, gap_ns, BIN, POINTS)


def grown(t: list[int], values: list[float], cuts: list[int]) -> LiveTrace:
    live = fresh()
    for start, end in zip([0, *cuts], [*cuts, len(t)], strict=True):
        live = live.with_rows(rows(t[start:end], values[start:end]))
    return live


def stretches(t: list[int], values: list[float]) -> list[tuple[int, float, float]]:
    """Return (bin, least, greatest) of each bin, apart where a gap lies inside one; row by row."""
    found: list[tuple[int, float, float]] = []
    last = None
    for at, value in zip(t, values, strict=True):
        if found and last is not None and found[-1][0] == at // BIN and at - last <= GAP:
            found[-1] = (at // BIN, min(found[-1][1], value), max(found[-1][2], value))
        else:
            found.append((at // BIN, value, value))
        last = at
    return found


@given(STEPS, st.lists(st.integers(0, 120), max_size=6))
def test_in_any_portions_it_is_the_same(steps: list[tuple[int, float]], cuts: list[int]) -> None:
    t = np.cumsum([step for step, _ in steps]).tolist()
    values = [value for _, value in steps]
    live = grown(t, values, sorted(min(cut, len(t)) for cut in cuts))
    real = np.isfinite(live.trace.lo)
    points = list(
        zip(
            (live.trace.t_ns[real] // BIN).tolist(), live.trace.lo[real].tolist(),
            live.trace.hi[real].tolist(), strict=True,
        )
    )  # fmt: skip
    if live.trace.decimated:
        assert points == stretches(t, values)
    else:
        assert points == [(at // BIN, value, value) for at, value in zip(t, values, strict=True)]
    assert live.newest_ns == t[-1]
    # the first portion follows nothing: its distance from instant 0 counts for no gap that is drawn
    assert (~real).sum() == sum(step > GAP for step, _ in steps[1:])
    assert (np.diff(live.trace.t_ns) >= 0).all()


@given(st.lists(st.lists(st.tuples(st.integers(1, 2000), st.floats(-1e6, 1e6)), max_size=30), max_size=6))
def test_rows_in_any_order_of_time_go_where_they_belong(batches: list[list[tuple[int, float]]]) -> None:
    live = fresh(gap_ns=0)
    for batch in batches:
        ordered = sorted(batch, key=lambda each: each[0])
        live = live.with_rows(rows([t for t, _ in ordered], [v for _, v in ordered]))
    every = [each for batch in batches for each in batch]
    assert live.newest_ns == max((t for t, _ in every), default=0)
    assert (np.diff(live.trace.t_ns) >= 0).all()
    if not live.trace.decimated:
        shown = zip(live.trace.t_ns.tolist(), live.trace.lo.tolist(), strict=True)
        assert sorted(shown) == sorted(every)
        return
    expected: dict[int, tuple[float, float]] = {}
    for t, value in every:
        low, high = expected.get(t // BIN, (value, value))
        expected[t // BIN] = min(low, value), max(high, value)
    bins = (live.trace.t_ns // BIN).tolist()
    pairs = zip(live.trace.lo.tolist(), live.trace.hi.tolist(), strict=True)
    assert dict(zip(bins, pairs, strict=True)) == expected
    assert len(bins) == len(set(bins))


def test_what_is_played_back_fills_its_gap() -> None:
    live = grown([*range(0, 200, 2), *range(400, 600, 2)], [1.0] * 200, [])
    (gap,) = np.flatnonzero(np.isnan(live.trace.lo))
    assert 198 < live.trace.t_ns[gap] < 400
    half = live.with_rows(rows(list(range(300, 400, 2)), [2.0] * 50))
    (gap,) = np.flatnonzero(np.isnan(half.trace.lo))
    assert 198 < half.trace.t_ns[gap] < 300
    whole = half.with_rows(rows(list(range(200, 300, 2)), [2.0] * 50))
    assert np.isfinite(whole.trace.lo).all()
    assert whole.newest_ns == 598


def test_a_row_out_of_order_inside_the_newest_bin_is_taken() -> None:
    live = grown(list(range(0, 200, 2)), [1.0] * 100, [])
    added = live.with_rows(rows([193], [7.0]))
    assert added.trace.hi[-1] == 7.0
    assert added.newest_ns == 198


@pytest.mark.parametrize("t_ns", [0, 500, 900])
def test_what_is_long_past_is_let_go(t_ns: int) -> None:
    live = grown(list(range(0, 1000)), [float(i) for i in range(1000)], [500])
    kept = live.since(t_ns)
    shown = live.trace.t_ns >= t_ns
    assert (kept.trace.t_ns >= t_ns).sum() == shown.sum()
    assert len(kept.trace.t_ns) <= shown.sum() + 2
