"""When a kept trace may be shown again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from console.archive.shapes import Trace
from console.desk.tracecache import TraceCache
from console.desk.view import TraceQuery

S = 1_000_000_000
QUERY = TraceQuery("eps", "volt", 0, 400 * S, 400)  # a point is one second wide


class Bench:
    def __init__(self) -> None:
        self.now = 0
        self.reads = 0
        self.cache = TraceCache(lambda: self.now)

    def read(self) -> Trace:
        self.reads += 1
        empty = np.zeros(0)
        return Trace(np.zeros(0, np.int64), empty, empty, np.zeros(0, np.uint8))

    def get(self, query: TraceQuery, upto: int, known_now: bool = False) -> int:
        self.cache.get(query, upto, known_now, self.read)
        return self.reads


@pytest.mark.parametrize(
    ("shift_s", "upto", "later_s", "reads"),
    [
        (0.0, 10, 60.0, 1),  # nothing new: the same for ever
        (0.4, 12, 0.2, 1),  # less than half a point, and young
        (0.4, 12, 0.3, 2),  # young no more
        (0.6, 12, 0.1, 2),  # moved on by a point
        (0.0, 9, 0.1, 2),  # an earlier record must not see what came later
    ],
)
def test_reuse(shift_s: float, upto: int, later_s: float, reads: int) -> None:
    bench = Bench()
    bench.get(QUERY, 10)
    bench.now += round(later_s * S)
    moved = replace(QUERY, t0_ns=QUERY.t0_ns + round(shift_s * S), t1_ns=QUERY.t1_ns + round(shift_s * S))
    assert bench.get(moved, upto) == reads


def test_as_known_now_is_another_trace() -> None:
    bench = Bench()
    bench.get(QUERY, 10)
    assert bench.get(QUERY, 10, True) == 2


def test_two_plots_of_other_widths_do_not_push_each_other_out() -> None:
    bench = Bench()
    for _ in range(5):
        bench.get(QUERY, 10)
        bench.get(replace(QUERY, t0_ns=200 * S), 10)
    assert bench.reads == 2


def test_it_does_not_grow_without_end() -> None:
    bench = Bench()
    for number in range(2_000):
        bench.now += S
        bench.get(replace(QUERY, parameter=f"p{number}"), 10)
    assert len(bench.cache._kept) <= 201
