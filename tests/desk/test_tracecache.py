"""Kept traces: what is added to them, and when they are read anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from console.archive.reader import ArchiveReader
from console.desk.tracecache import Known, TraceCache
from console.desk.view import TraceQuery
from tests.desk.small_archive import START, S, Sender

WIDTH = 100 * S


class Counting:
    """A reader that counts what it is asked."""

    def __init__(self, reader: ArchiveReader) -> None:
        self.reader = reader
        self.anew = self.later = 0

    def live_traces(self, *args: Any, **settings: Any) -> Any:
        self.anew += 1
        return self.reader.live_traces(*args, **settings)

    def later_rows(self, *args: Any, **settings: Any) -> Any:
        self.later += 1
        return self.reader.later_rows(*args, **settings)


class Bench:
    def __init__(self, path: Path, offset_ns: int = 0) -> None:
        self.offset_ns = offset_ns
        self.sender = Sender(path, mission_offset_ns=offset_ns)
        self.sender.send(200)
        self.reader = ArchiveReader(path)
        self.archive = Counting(self.reader)
        self.now = 0
        self.cache = TraceCache(self.archive, offset_ns, lambda: self.now)

    @property
    def end_ns(self) -> int:
        """Mission time of the newest packet."""
        return START + (self.sender.steps - 1) * S // 2 + self.offset_ns

    def query(self, parameter: str = "eps_voltage", **settings: Any) -> TraceQuery:
        query = TraceQuery("eps", parameter, self.end_ns - WIDTH, self.end_ns, 1000)
        return replace(query, **settings)

    def known(self, **settings: Any) -> Known:
        return replace(Known(self.reader.extent().last_record, self.end_ns), **settings)

    def fresh(self, query: TraceQuery) -> Any:
        shift = self.offset_ns if query.axis == "reception" else 0
        return self.reader.trace(
            query.packet, query.parameter, query.t0_ns - shift, query.t1_ns - shift, points=query.points,
            upto_record=self.reader.extent().last_record, axis=query.axis,
        )  # fmt: skip


@pytest.fixture(params=[0, -3 * S, 3_000 * S], ids=["same clock", "3 s behind", "50 min ahead"])
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    made = Bench(tmp_path / "a.okaeri", request.param)
    yield made
    made.reader.close()
    made.sender.close()


@pytest.mark.parametrize("axis", ["generation", "reception"])
def test_following_adds_what_is_new_and_reads_nothing_anew(bench: Bench, axis: Any) -> None:
    for _ in range(12):
        query = bench.query(axis=axis)
        found = bench.cache.get([query], bench.known())[query]
        bench.sender.send(10)
    assert (bench.archive.anew, bench.archive.later) == (1, 11)
    expected = bench.fresh(query)
    inside = (found.t_ns >= query.t0_ns) & (found.t_ns <= query.t1_ns)
    shift = bench.offset_ns if axis == "reception" else 0
    shown = expected.t_ns + shift <= query.t1_ns
    np.testing.assert_array_equal(found.t_ns[inside], (expected.t_ns + shift)[shown])
    np.testing.assert_array_equal(found.lo[inside], expected.lo[shown])


@pytest.mark.parametrize("axis", ["generation", "reception"])
def test_what_is_added_joins_what_was_there(bench: Bench, axis: Any) -> None:
    first = bench.query(axis=axis)
    bench.cache.get([first], bench.known())
    bench.sender.send(2)
    query = bench.query(axis=axis)
    found = bench.cache.get([query], bench.known())[query]
    assert found.t_ns[-1] == bench.end_ns > first.t1_ns
    assert np.isfinite(found.lo).all(), "no gap between them"


def test_parameters_of_one_packet_are_read_together(bench: Bench) -> None:
    for _ in range(2):
        queries = [bench.query(name) for name in ("eps_voltage", "eps_current")]
        found = bench.cache.get(queries, bench.known())
        bench.sender.send(1)
    assert (bench.archive.anew, bench.archive.later) == (1, 1)
    assert found[queries[0]].lo[-1] > 30 > found[queries[1]].lo[-1] == -2.0


def test_nothing_new_costs_nothing(bench: Bench) -> None:
    query = bench.query()
    first = bench.cache.get([query], bench.known())[query]
    assert bench.cache.get([query], bench.known())[query] is first
    assert (bench.archive.anew, bench.archive.later) == (1, 0)


@pytest.mark.parametrize(("back_s", "wider_s"), [(60, 0), (0, 60)])
def test_looking_elsewhere_reads_anew(bench: Bench, back_s: int, wider_s: int) -> None:
    query = bench.query()
    bench.cache.get([query], bench.known())
    other = bench.query(t0_ns=query.t0_ns - (back_s + wider_s) * S, t1_ns=query.t1_ns - back_s * S)
    found = bench.cache.get([other], bench.known())[other]
    assert bench.archive.anew == 2
    assert found.t_ns[0] == bench.fresh(other).t_ns[0]


def test_looking_further_on_reads_what_was_left_out(bench: Bench) -> None:
    query = bench.query(t0_ns=bench.end_ns - 150 * S, t1_ns=bench.end_ns - 50 * S)
    assert bench.cache.get([query], bench.known())[query].t_ns[-1] == query.t1_ns
    on = bench.query(t0_ns=query.t0_ns + 30 * S, t1_ns=query.t1_ns + 30 * S)
    assert bench.cache.get([on], bench.known())[on].t_ns[-1] == on.t1_ns


def test_a_replay_does_not_see_what_came_later(bench: Bench) -> None:
    query = bench.query()
    bench.cache.get([query], bench.known())
    earlier = bench.reader.record_at(bench.end_ns - bench.offset_ns - 30 * S)
    found = bench.cache.get([query], bench.known(upto=earlier, instant_ns=bench.end_ns - 30 * S))[query]
    assert found.t_ns[-1] == bench.end_ns - 30 * S


def test_replay_as_known_now_is_another_trace(bench: Bench) -> None:
    query = bench.query(t1_ns=bench.end_ns - 30 * S)
    then = bench.known(upto=bench.reader.record_at(bench.end_ns - bench.offset_ns - 60 * S))
    before = bench.cache.get([query], then)[query]
    now = bench.cache.get([query], bench.known(as_known_now=True))[query]
    assert before.t_ns[-1] == bench.end_ns - 60 * S
    assert now.t_ns[-1] == bench.end_ns - 30 * S


def test_a_plot_of_the_past_does_not_take_in_what_is_live(bench: Bench) -> None:
    query = bench.query(t0_ns=bench.end_ns - 150 * S, t1_ns=bench.end_ns - 50 * S)
    last = query.t1_ns
    for _ in range(5):
        found = bench.cache.get([query], bench.known())[query]
        bench.sender.send(20)
    assert found.t_ns[-1] == last
    assert bench.archive.anew == 1


def test_what_is_played_back_appears_where_it_belongs(bench: Bench) -> None:
    query = bench.query(t0_ns=bench.end_ns - 190 * S)
    before = bench.cache.get([query], bench.known())[query]
    bench.sender.send(1, START - 101 * S + S // 4)  # rows of the past, though their records are new
    after = bench.cache.get([query], bench.known())[query]
    assert bench.archive.anew == 1
    new = sorted(set(after.t_ns.tolist()) - set(before.t_ns.tolist()))
    step = S // 2
    assert new == [bench.end_ns - 101 * S + S // 4 - step, bench.end_ns - 101 * S + S // 4]


def test_what_was_used_last_is_kept(bench: Bench) -> None:
    queries = [bench.query(points=100 + number) for number in range(201)]
    for bench.now, query in enumerate(queries):
        bench.cache.get([query], bench.known())
    read = bench.archive.anew
    bench.cache.get([queries[-1]], bench.known())
    assert bench.archive.anew == read
    bench.cache.get([queries[0]], bench.known())
    assert bench.archive.anew == read + 1


def test_it_does_not_grow_without_end(bench: Bench) -> None:
    end = bench.query()
    for points in range(100, 350):
        bench.cache.get([replace(end, points=points)], bench.known())
    assert len(bench.cache._kept) <= 200
