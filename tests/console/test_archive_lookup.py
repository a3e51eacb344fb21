"""Which record stood when, which sample lies under a cursor, what a link brought: beside plain scans."""

from __future__ import annotations

import itertools
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from console.archive.deskwriter import DeskWriter
from console.archive.reader import ArchiveReader
from console.archive.shapes import LinkStatus
from console.archive.traces import Axis
from decoders.mission.model import Parameter
from tests.console.archive_scene import START, S, Scene, packet, query
from tests.console.test_archive_traces import Row, Stretch, recorded, stretches, time_of

LINK = '\n[[links]]\nid = "file"\ntitle = "Radio"\nvehicle = "ship"\nkind = "udp"\nport = 4001\n'
HK = packet("hk", Parameter("value", "uint", 32), timed=True)
fractions = st.floats(0, 1)


def instant(rows: list[Row], axis: str, share: float) -> int:
    """An instant between just before the first and just after the last."""
    times = [time_of(row, axis) for row in rows]
    return min(times) - 2 * S + int(share * (max(times) - min(times) + 4 * S))


@given(stretches, st.lists(fractions, min_size=1, max_size=20))
@settings(max_examples=10)
def test_the_record_at_an_instant(plan: list[Stretch], shares: list[float]) -> None:
    with recorded(plan) as (path, rows), ArchiveReader(path) as reader:
        received = dict(query(path, "SELECT id, reception_ns FROM packets"))
        last = len(received)
        steady = all(a <= b for a, b in itertools.pairwise(received[i] for i in range(1, last + 1)))
        exactly = [rows[int(share * (len(rows) - 1))].reception_ns for share in shares]
        for at in [*exactly, *(instant(rows, "reception", share) for share in shares)]:
            found = reader.record_at(at)
            if steady:
                assert found == max((i for i, t in received.items() if t <= at), default=1)
            else:  # one of the places where the recording passed this instant
                assert received[found] <= at or found == 1
                assert found == last or received[found + 1] > at
            assert reader.reception_of(found) == received[found]


@given(stretches, st.lists(st.tuples(fractions, st.integers(1, 30), st.booleans()), max_size=20))
@settings(max_examples=10)
def test_steps_packet_by_packet(plan: list[Stretch], steps: list[tuple[float, int, bool]]) -> None:
    with recorded(plan) as (path, rows), ArchiveReader(path) as reader:
        last = query(path, "SELECT max(id) FROM packets")[0][0]
        for share, n, back in steps:
            record = 1 + int(share * (last - 1))
            on = [row.id for row in rows if row.id > record]
            before = [row.id for row in reversed(rows) if row.id < record]
            wanted, end = (before, 1) if back else (on, last)
            n_signed = -n if back else n
            assert reader.step(record, n_signed, "hk") == (wanted[n - 1] if len(wanted) >= n else end)
            assert reader.step(record, n_signed) == min(max(record + n_signed, 1), last)


axes = st.sampled_from(["generation", "reception"])


@given(stretches, axes, st.lists(st.tuples(fractions, st.sampled_from([1, 500, 3000, 900_000])), max_size=20),
       fractions)  # fmt: skip
@settings(max_examples=10)
def test_the_sample_under_a_cursor(
    plan: list[Stretch], axis: Axis, cursors: list[tuple[float, int]], known: float
) -> None:
    with recorded(plan) as (path, rows), ArchiveReader(path) as reader:
        upto = rows[min(int(known * len(rows)), len(rows) - 1)].id
        counts = dict(query(path, "SELECT id, sequence_count FROM packets"))
        for share, within_ms in cursors:
            at = instant(rows, axis, share)
            found = reader.point(
                "hk", "level", at, within_ns=within_ms * S // 1000, upto_record=upto, axis=axis
            )
            distances = {row.id: abs(time_of(row, axis) - at) for row in rows if row.id <= upto}
            nearest = min(distances.values())
            if nearest > within_ms * S // 1000:
                assert found is None
                continue
            assert found is not None
            assert distances[found.record] == nearest
            row = next(row for row in rows if row.id == found.record)
            assert (found.t_ns, found.raw) == (time_of(row, axis), row.level)
            assert found.sequence_count == counts[row.id]


def test_a_cursor_while_a_segment_is_finished(tmp_path: Path) -> None:
    """The sample is there before, while and after the recorder closes the segment that holds it."""
    scene = Scene(tmp_path / "a.okaeri", HK)
    scene.send("hk", [{"value": n} for n in range(20)])
    begun: list[str] = []

    def recorder_goes_on(statement: str) -> None:
        if "max(last_id)" in statement and not begun:
            begun.append(statement)
            scene.send("hk", [{"value": n} for n in range(20, 140)], START + 20 * S)

    with ArchiveReader(scene.path) as reader:
        reader.mission()
        reader._connection.set_trace_callback(recorder_goes_on)
        found = reader.point("hk", "value", START + 7 * S, within_ns=S, upto_record=20)
    scene.close()
    assert begun
    assert found is not None
    assert (found.record, found.raw) == (8, 7)


@given(stretches, fractions, fractions, fractions)
@settings(max_examples=10)
def test_few_rows_of_a_stretch_of_time_are_all_there(
    plan: list[Stretch], a: float, b: float, known: float
) -> None:
    with recorded(plan) as (path, rows), ArchiveReader(path) as reader:
        t0, t1 = sorted((instant(rows, "reception", a), instant(rows, "reception", b)))
        upto = rows[min(int(known * len(rows)), len(rows) - 1)].id
        found = reader.sampled("hk", ["level", "phase"], t0, t1, upto)
    inside = [row for row in rows if row.id <= upto and t0 <= row.reception_ns <= t1]
    assert found.ids.tolist() == [row.id for row in inside]
    assert found.reception_ns.tolist() == [row.reception_ns for row in inside]
    assert found.generation_ns.tolist() == [row.generation_ns for row in inside]
    assert found.raw["level"].tolist() == [row.level for row in inside]
    assert found.raw["phase"].tolist() == [row.phase for row in inside]


def test_many_rows_of_a_stretch_of_time_are_thinned_but_never_altered() -> None:
    with recorded([Stretch(12_000)], batch=2000) as (path, rows), ArchiveReader(path) as reader:
        last = rows[-1]
        found = reader.sampled("hk", ["level"], START, last.reception_ns, last.id)
    by_id = {row.id: row for row in rows}
    assert 200 <= len(found.ids) < 1000
    assert found.ids[-1] == last.id
    assert np.diff(found.reception_ns).max() <= 61 * S
    for number, at, level in zip(found.ids, found.reception_ns, found.raw["level"], strict=True):
        assert (by_id[int(number)].reception_ns, by_id[int(number)].level) == (at, level)


# Links


def tell(scene: Scene, at_ns: int, octets: int, state: str = "locked") -> LinkStatus:
    status = LinkStatus("file", at_ns, state, octets, packets=octets // 10)
    counters = asdict(status)
    scene.writer.link_status(counters.pop("link"), **counters)
    scene.writer.commit()
    return status


pauses = st.lists(st.tuples(st.sampled_from([500, 1000, 3000, 3500, 60_000]), st.booleans()), max_size=40)


@given(pauses, fractions, fractions)
@settings(max_examples=10)
def test_coverage_is_where_octets_came(plan: list[tuple[int, bool]], a: float, b: float) -> None:
    """Counters are told when they changed; those more than 3 s apart have nothing between them."""
    told = [(START, 0)]
    for pause_ms, came in plan:
        at, octets = told[-1]
        told.append((at + pause_ms * S // 1000, octets + 100 * came))
    end = told[-1][0]
    low, high = sorted((a, b))
    t0, t1 = START + int(low * (end - START)), START + int(high * (end - START))
    with TemporaryDirectory() as folder:
        scene = Scene(Path(folder) / "a.okaeri", HK, toml=LINK)
        for at, octets in told:
            tell(scene, at, octets)
        scene.close()
        with ArchiveReader(scene.path) as reader:
            found = reader.coverage("file", START - S, end + S)
            part = reader.coverage("file", t0, t1)
    for (at, octets), (after, more) in itertools.pairwise(told):
        middle = (at + after) // 2
        covered = more > octets and after - at <= 3 * S
        assert any(start <= middle <= stop for start, stop in found) == covered
        if t0 <= middle <= t1:
            assert any(start <= middle <= stop for start, stop in part) == covered
    assert all(stop < start for (_, stop), (start, _) in itertools.pairwise(found))


def test_coverage_of_a_decoded_file_is_where_packets_came(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "a.okaeri", HK)
    scene.send("hk", [{}] * 100, START)
    scene.send("hk", [{}] * 50, START + 1000 * S)
    scene.close()
    with ArchiveReader(scene.path) as reader:
        whole = reader.coverage("file", START - S, START + 2000 * S)
        nothing = reader.coverage("file", START + 200 * S, START + 900 * S)
    assert whole == [(START, START + 99 * S), (START + 1000 * S, START + 1049 * S)]
    assert nothing == []


def test_a_silent_link_has_no_data_though_another_brings_packets_of_its_vehicle(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "a.okaeri", HK, toml=LINK)
    for second in range(5):
        tell(scene, START + second * S, 10 * second)
    scene.send("hk", [{}] * 120, START)
    scene.close()
    with ArchiveReader(scene.path) as reader:
        assert reader.coverage("file", START, START + 120 * S) == [(START, START + 4 * S)]
        assert reader.coverage("file", START + 60 * S, START + 120 * S) == []


def test_what_another_link_brought_is_not_that_of_one_that_never_had_data(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "a.okaeri", HK, toml=LINK)
    for second in range(5):
        tell(scene, START + second * S, 10 * second)
    counters = asdict(LinkStatus("other", START, "waiting"))
    scene.writer.link_status(counters.pop("link"), **counters)
    scene.send("hk", [{}] * 120, START)
    scene.close()
    with ArchiveReader(scene.path) as reader:
        assert reader.coverage("other", START, START + 120 * S) == []
        assert reader.coverage("file", START, START + 120 * S) == [(START, START + 4 * S)]


def test_links_events_and_notes_as_known_at_a_record(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "a.okaeri", HK, toml=LINK)
    desk = DeskWriter(scene.path, lambda: START)
    first = tell(scene, START - S, 0, "waiting")
    scene.send("hk", [{}] * 3)
    second = tell(scene, START, 30)
    # The clock steps back: the record decides what is newer.
    third = tell(scene, START - 3600 * S, 60)
    scene.writer.event("file", "frame-fecf", 1, "checksum", known_at_ns=START, offset=17, octets=b"\1\0\2")
    scene.writer.commit()
    desk.note(START - 60 * S, "after three", "Aoki")
    scene.send("hk", [{}] * 2, START + 3 * S)
    desk.note(START - 90 * S, "after five", "Baba")
    desk.save_layout("pass", b"old")
    desk.save_layout("pass", b"new")
    desk.close()
    scene.close()
    with ArchiveReader(scene.path) as reader:
        assert reader.link_statuses(0) == {"file": first}
        assert reader.link_statuses(3) == reader.link_statuses(99) == {"file": third}
        assert third != second
        assert reader.events(upto_record=2) == []
        (event,) = reader.events(upto_record=3)
        assert (event.link, event.code, event.record, event.offset) == ("file", "frame-fecf", 3, 17)
        assert event.octets == b"\1\0\2"
        assert reader.events(after_id=event.id) == []
        assert [(n.text, n.by) for n in reader.notes(4)] == [("after three", "Aoki")]
        assert [n.text for n in reader.notes()] == ["after five", "after three"]
        assert reader.layout("pass") == b"new"
        assert reader.layout("entry") is None
