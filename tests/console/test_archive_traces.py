"""Traces at any zoom against a GROUP BY over the rows, whatever clocks and playback do."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.archive.reader import ArchiveReader
from console.archive.shapes import Trace
from console.archive.traces import Axis
from decoders.mission.model import Band, Enumeration, Limits, Parameter, Polynomial
from tests.console.archive_scene import START, S, Scene, packet, query

MINUTE = 60 * S
LIMITS = Limits(caution=Band(None, 600), critical=Band(None, 640))
LEVEL = Parameter("level", "uint", 16, calibration=Polynomial((-10.0, 0.01)), limits=LIMITS)
PHASE = Parameter("phase", "uint", 8, calibration=Enumeration({0: "A", 1: "B"}), role="phase")
HK = packet("hk", LEVEL, PHASE, timed=True, period_s=1.0)
OTHER = packet("other", Parameter("filler", "uint", 8), apid=101)
PHASES = '\n[phases]\nparameter = "phase"\n'


@dataclass(frozen=True)
class Stretch:
    """A run of packets: a second apart after a jump of the clock, or played back from ``back_s`` ago."""

    count: int
    jump_s: int = 0
    back_s: int = 0
    period_ms: int = 1000
    reopened: bool = False


@dataclass(frozen=True)
class Row:
    """What one packet says, as the test knows it without any archive."""

    id: int
    generation_ns: int
    reception_ns: int
    level: int
    phase: int

    @property
    def value(self) -> float:
        return -10.0 + 0.01 * self.level

    @property
    def severity(self) -> int:
        return 3 if self.value > 640 else 1 if self.value > 600 else 0


stretches = st.lists(
    st.builds(
        Stretch,
        st.integers(1, 200),
        st.sampled_from([0, 0, 0, 5, 90, 1000, -20, -200, -1500]),
        st.sampled_from([0, 0, 0, 45, 700]),
        st.sampled_from([1000, 1000, 250, 9000]),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


@contextmanager
def recorded(plan: list[Stretch], seed: int = 0, batch: int = 40) -> Iterator[tuple[Path, list[Row]]]:
    """Record the plan; other packets take some of the record numbers."""
    chance = np.random.default_rng(seed)
    rows: list[Row] = []
    now, number = START, 0
    with TemporaryDirectory() as folder:
        scene = Scene(Path(folder) / "a.okaeri", HK, OTHER, toml=PHASES)
        for stretch in plan:
            now += stretch.jump_s * S
            if stretch.reopened:
                scene.reopen()
            datagrams: list[tuple[bytes, int]] = []
            for i in range(stretch.count):
                now += stretch.period_ms * S // 1000
                if chance.random() < 0.2:
                    number += 1
                    datagrams.append((octets(101, number, bytes([number & 0xFF])), now))
                number += 1
                generated = now - stretch.back_s * S
                phase = (generated - START) // (7 * MINUTE) % 3 % 2
                # A ramp: what a point should hold its neighbours cannot hold for it.
                level = (65 * len(rows) + int(chance.integers(0, 65))) & 0xFFFF
                row = Row(number, generated, now, level, phase)
                rows.append(row)
                coarse, fine = generated // S + 37 + 378_691_200, generated % S * 65_536 // S
                data = struct.pack(">IHHB", coarse, fine, row.level, phase)
                datagrams.append((octets(100, number, data), now))
                if len(datagrams) >= batch or i == stretch.count - 1:
                    scene.receive(datagrams)
                    datagrams = []
        scene.writer.commit()
        with closing(scene.writer):
            yield scene.path, rows


def octets(apid: int, count: int, data: bytes) -> bytes:
    return struct.pack(">HHH", apid, 0xC000 | count & 0x3FFF, len(data) - 1) + data


def time_of(row: Row, axis: str) -> int:
    return row.generation_ns if axis == "generation" else row.reception_ns


def grouped(
    path: Path, axis: str, t0: int, t1: int, bin_ns: int, upto: int
) -> dict[int, tuple[float, float]]:
    """The least and greatest value in each pixel, by plain SQL over the engineering view."""
    found = query(
        path,
        f"SELECT {axis}_ns / ?, min(level), max(level) FROM ship__hk "
        f"WHERE id <= ? AND {axis}_ns BETWEEN ? AND ? GROUP BY 1",
        bin_ns, upto, t0, t1,
    )  # fmt: skip
    return {pixel: (low, high) for pixel, low, high in found}


def pixels(trace: Trace, bin_ns: int) -> dict[int, tuple[float, float]]:
    found: dict[int, tuple[float, float]] = {}
    for t, lo, hi in zip(trace.t_ns.tolist(), trace.lo.tolist(), trace.hi.tolist(), strict=True):
        if not np.isnan(lo):
            low, high = found.get(t // bin_ns, (lo, hi))
            found[t // bin_ns] = min(low, lo), max(high, hi)
    return found


axes = st.sampled_from(["generation", "reception"])
fractions = st.floats(0, 1)


@given(stretches, axes, fractions, fractions, st.integers(0, 99), st.sampled_from([30, 300, 3000]), fractions)
@settings(max_examples=20)
def test_rows_in_pixels(
    plan: list[Stretch], axis: Axis, a: float, b: float, seed: int, points: int, known: float
) -> None:
    with (
        recorded(plan, seed) as (path, rows),
        ArchiveReader(path) as reader,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("console.archive.traces.RECORDS_BETWEEN", 50)
        t0, t1 = window(rows, axis, a, b)
        upto = rows[min(int(known * len(rows)), len(rows) - 1)].id
        if len(rows) > 24 * points:  # segments are another test
            return
        bin_ns = max(1, (t1 - t0) // points)
        trace = reader.trace("hk", "level", t0, t1, points=points, upto_record=upto, axis=axis)
        now = reader.trace(
            "hk", "level", t0, t1, points=points, upto_record=upto, axis=axis, as_known_now=True
        )
        both = reader.live_traces(
            "hk", ["phase", "level"], t0, t1, points=points, upto_record=upto, axis=axis
        )
        expected = grouped(path, axis, t0, t1, bin_ns, upto)
        expected_now = grouped(path, axis, t0, t1, bin_ns, rows[-1].id)
    assert same_pixels(trace, bin_ns, expected)
    assert same_pixels(now, bin_ns, expected_now)
    assert np.array_equal(both[1].trace.hi, trace.hi, equal_nan=True)
    assert (np.diff(trace.t_ns) >= 0).all()
    inside = [row for row in rows if row.id <= upto and t0 <= time_of(row, axis) <= t1]
    assert int(trace.worst.max(initial=0)) == max((row.severity for row in inside), default=0)
    if not trace.decimated:
        times = sorted(time_of(row, axis) for row in inside)
        assert int(np.isnan(trace.hi).sum()) == int((np.diff(times) > 3 * S).sum())


def window(rows: list[Row], axis: str, a: float, b: float) -> tuple[int, int]:
    times = [time_of(row, axis) for row in rows]
    begin, span = min(times), max(times) - min(times) + S
    low, high = sorted((a, b))
    return begin + int(low * span), begin + int(high * span) + S


def same_pixels(trace: Trace, bin_ns: int, expected: dict[int, tuple[float, float]]) -> bool:
    found = pixels(trace, bin_ns)
    return found.keys() == expected.keys() and all(
        np.allclose(found[pixel], expected[pixel], rtol=1e-12, atol=1e-9) for pixel in expected
    )


@given(stretches, axes, fractions, fractions, st.integers(0, 99), st.sampled_from([2, 5, 12]), fractions)
@settings(max_examples=20)
def test_segments_lose_no_extreme(
    plan: list[Stretch], axis: Axis, a: float, b: float, seed: int, points: int, known: float
) -> None:
    with recorded(plan, seed) as (path, rows), ArchiveReader(path) as reader:
        t0, t1 = window(rows, axis, a, b)
        upto = rows[min(int(known * len(rows)), len(rows) - 1)].id
        trace = reader.trace("hk", "level", t0, t1, points=points, upto_record=upto, axis=axis)
        reach = (t1 - t0) // points + MINUTE
    real = ~np.isnan(trace.hi)
    t, lo, hi, worst = trace.t_ns[real], trace.lo[real], trace.hi[real], trace.worst[real]
    assert (np.diff(trace.t_ns) >= 0).all()
    known_rows = [row for row in rows if row.id <= upto]
    # Each value lies inside a point near it, and no milder severity hides its own.
    for row in known_rows:
        at = time_of(row, axis)
        if t0 <= at <= t1:
            near = (np.abs(t - at) <= reach) & (lo - 1e-9 <= row.value) & (row.value <= hi + 1e-9)
            assert near.any(), row
            assert worst[near].max() >= row.severity
    # Each point is made of values near it.
    at = np.array([time_of(row, axis) for row in known_rows])
    values = np.array([row.value for row in known_rows])
    for when, low, high in zip(t, lo, hi, strict=True):
        near = values[np.abs(at - when) <= reach]
        assert np.isclose(near, low).any()
        assert np.isclose(near, high).any()


@given(stretches, st.integers(0, 99))
@settings(max_examples=10)
def test_rollup_segments_are_what_they_say(plan: list[Stretch], seed: int) -> None:
    with recorded(plan, seed) as (path, rows):
        found = query(
            path, "SELECT first_id, last_id, count, generation_min_ns, generation_max_ns, reception_min_ns, "
            "reception_max_ns, minimum, maximum, mean, worst FROM rollup WHERE packet = 'hk' ORDER BY id",
        )  # fmt: skip
    covered = previous = 0
    for first, last, count, g0, g1, r0, r1, *blobs in found:
        inside = [row for row in rows if first <= row.id <= last]
        covered += count
        assert first > previous
        previous = last
        assert (inside[0].id, inside[-1].id, len(inside)) == (first, last, count)
        generation, reception = [r.generation_ns for r in inside], [r.reception_ns for r in inside]
        assert (g0, g1) == (min(generation), max(generation))
        assert (r0, r1) == (min(reception), max(reception))
        assert g0 // MINUTE == g1 // MINUTE
        assert r0 // MINUTE == r1 // MINUTE
        values = [row.value for row in inside]
        level, phase = (np.array([np.frombuffer(b, "<f8")[i] for b in blobs[:3]]) for i in (0, 1))
        assert np.allclose(level, [min(values), max(values), np.mean(values)])
        phases = [row.phase for row in inside]
        assert np.allclose(phase, [min(phases), max(phases), np.mean(phases)])
        assert list(blobs[3]) == [max(row.severity for row in inside), 0]
    # Only the newest run may have no segment yet.
    rest = [row for row in rows if not found or row.id > found[-1][1]]
    assert covered + len(rest) == len(rows)
    assert len({(r.generation_ns // MINUTE, r.reception_ns // MINUTE) for r in rest}) <= 1


@given(stretches, fractions, fractions, fractions)
@settings(max_examples=15)
def test_phases_in_order_of_time(plan: list[Stretch], a: float, b: float, known: float) -> None:
    with recorded(plan) as (path, rows), ArchiveReader(path) as reader:
        t0, t1 = window(rows, "generation", a, b)
        upto = rows[min(int(known * len(rows)), len(rows) - 1)].id
        found = reader.phases(t0, t1, upto)
    inside = sorted((r.generation_ns, r.phase) for r in rows if r.id <= upto and t0 <= r.generation_ns <= t1)
    expected = [each for i, each in enumerate(inside) if i == 0 or each[1] != inside[i - 1][1]]
    if not expected:
        assert len(found) <= 1
        return
    assert [each.value for each in found] == [value for _, value in expected]
    assert [each.at_ns for each in found[1:]] == [at for at, _ in expected[1:]]
    assert t0 <= found[0].at_ns <= expected[0][0]


def test_a_day_and_a_playback_of_its_morning() -> None:
    """At 24 h a pixel is wider than a segment: minima and maxima are exact but at its edges."""
    day = [
        Stretch(2000, period_ms=9000),
        Stretch(300, back_s=18_000, period_ms=1000),
        Stretch(2000, period_ms=9000),
    ]
    with recorded(day, seed=3, batch=500) as (path, rows), ArchiveReader(path) as reader:
        t0, t1 = START - S, rows[-1].reception_ns + S
        last = rows[-1].id
        both: list[Axis] = ["generation", "reception"]
        for axis in both:
            trace = reader.trace("hk", "level", t0, t1, points=60, upto_record=last, axis=axis)
            assert trace.decimated
            expected = grouped(path, axis, t0, t1, (t1 - t0) // 60, last)
            found = pixels(trace, (t1 - t0) // 60)
            assert abs(len(found) - len(expected)) <= 1
            assert min(lo for lo, _ in found.values()) == pytest.approx(
                min(lo for lo, _ in expected.values())
            )
            assert max(hi for _, hi in found.values()) == pytest.approx(
                max(hi for _, hi in expected.values())
            )
        # As known before the playback came, the morning's own values; as known now, those beside them.
        before = next(row.id for row in rows if row.generation_ns != row.reception_ns) - 1
        then, now = (
            reader.trace(
                "hk", "level", START, START + 1800 * S, points=2000, upto_record=before, axis="generation",
                as_known_now=later,
            )
            for later in (False, True)
        )  # fmt: skip
    morning = [row for row in rows if row.generation_ns <= START + 1800 * S]
    assert int(np.isfinite(then.hi).sum()) == sum(row.id <= before for row in morning)
    assert int(np.isfinite(now.hi).sum()) == len(morning)
    assert len(morning) > sum(row.id <= before for row in morning) > 0


def test_reading_while_a_segment_is_finished(tmp_path: Path) -> None:
    """A trace sees one state of the file: no rows are missing between the segments and what follows."""
    scene = Scene(tmp_path / "a.okaeri", HK)
    scene.send("hk", [{"level": n} for n in range(150)])
    begun: list[str] = []

    def recorder_goes_on(statement: str) -> None:
        if "max(last_id)" in statement and not begun:
            begun.append(statement)
            scene.send("hk", [{"level": n} for n in range(150, 250)], START + 150 * S)

    with ArchiveReader(scene.path) as reader:
        reader.mission()
        reader._connection.set_trace_callback(recorder_goes_on)
        trace = reader.trace("hk", "level", START, START + 150 * S, points=999, upto_record=150)
    scene.close()
    assert begun
    assert np.allclose(trace.hi, -10 + 0.01 * np.arange(150))
