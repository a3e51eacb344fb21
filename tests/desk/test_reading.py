"""What the desk reads: mission time and the machine's clock, replay that goes back, odd phases, failures."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

import small_archive
from small_archive import START, S, Sender

from console.archive.reader import ArchiveReader
from console.archive.shapes import ASSUMED_RECEPTION
from console.archive.writer import ArchiveWriter
from console.desk import reading as module
from console.desk.models import ParameterLines
from console.desk.reading import Reading, Request, ViewMaker
from console.desk.view import CoverageQuery, DeskView, HistoryQuery, PointQuery, Query
from console.mission import load_mission
from console.playhead import Position
from decoders.encode import PacketEncoder
from decoders.pipeline import Decoder, LinkFormat

OFFSET = 3_000 * S
"""Mission time is ahead of the machine's clock, as in a training."""
SECONDS = 90
LATER = START + 100 * S
"""The machine's clock when the archive is read."""


def alarm(writer: ArchiveWriter, at_s: int) -> None:
    """Write that the temperature left its limits with the ``hk`` of that second."""
    writer.alarm(
        known_at_ns=START + at_s * S, generation_ns=None, value=31.0, vehicle="ship", packet="hk",
        parameter="hk_temperature", severity=1, previous=0, state_text="", limit_text="<30",
        packet_id=3 * at_s + 2,
    )  # fmt: skip


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveReader]:
    """Ninety seconds with an alarm at 40 s; a second is three packets: eps and hk, then eps at its half."""
    path = tmp_path_factory.mktemp("training") / "training.okaeri"
    sender = Sender(path, "training", OFFSET)
    for second in range(SECONDS):
        sender.send(1)
        if second == 40:
            alarm(sender.writer, second)
    sender.close()
    with ArchiveReader(path) as reader:
        yield reader


def at(seconds: float, record: int | None = None, step: int = 0) -> Position:
    instant = START + OFFSET + round(seconds * S)
    return Position("replay", instant, record, step, 1.0, False, False, 1)


def maker(reader: ArchiveReader) -> ViewMaker:
    return ViewMaker(reader, "", lambda: LATER)


def ask(reader: ArchiveReader, query: Query) -> DeskView:
    return maker(reader).make(Request(at(SECONDS), (query,)))[0]


def test_an_instant_of_the_mission_finds_the_record_that_was_received_then(training: ArchiveReader) -> None:
    view, position = maker(training).make(Request(at(30)))
    assert (view.record, view.instant_ns) == (92, START + OFFSET + 30 * S)
    assert view.latest["hk"].raw["hk_temperature"] == 7_060
    assert view.mission_time(view.latest["hk"].reception_ns) == START + OFFSET + 30 * S
    assert position.record == 92


def test_a_step_stands_at_the_mission_time_of_its_packet(training: ArchiveReader) -> None:
    view, position = maker(training).make(Request(at(30, record=92, step=1)))
    assert (view.record, view.instant_ns) == (93, START + OFFSET + round(30.5 * S))
    assert position.instant_ns == view.instant_ns
    back, _ = maker(training).make(Request(at(30, record=92, step=-2)))
    assert (back.record, back.instant_ns) == (90, START + OFFSET + round(29.5 * S))


def test_now_is_mission_time_and_the_newest_commit_has_an_age(training: ArchiveReader) -> None:
    view, _ = maker(training).make(Request(at(30)))
    assert view.now_ns == LATER + OFFSET
    # The last packet came at 89.5 s and was written 20 ms later.
    assert view.behind_ns == round(10.48 * S)


def test_an_age_is_told_in_one_time(training: ArchiveReader) -> None:
    view, _ = maker(training).make(Request(at(30.5)))
    lines = ParameterLines(view.mission)
    lines.take(view)
    ages = {line.packet.name: line.age_ns for line in lines.lines if line.parameter is not None}
    assert ages == {"hk": S // 2, "eps": 0}


def test_links_have_data_in_mission_time(training: ArchiveReader) -> None:
    here = CoverageQuery("s", START + OFFSET, START + OFFSET + SECONDS * S)
    spans = ask(training, here).coverage[here]
    assert spans
    assert all(here.t0_ns - S <= a < b <= here.t1_ns + S for a, b in spans)
    machine = CoverageQuery("s", START, START + SECONDS * S)
    assert ask(training, machine).coverage[machine] == []


def test_a_sample_is_found_on_either_axis(training: ArchiveReader) -> None:
    for axis in ("generation", "reception"):
        query = PointQuery("hk", "hk_temperature", START + OFFSET + round(30.2 * S), S, axis)  # type: ignore[arg-type]
        point = ask(training, query).points[query]
        assert point is not None
        assert (point.t_ns, point.raw) == (START + OFFSET + 30 * S, 7_060), axis


def test_what_happened_is_asked_for_in_mission_time(training: ArchiveReader) -> None:
    here = HistoryQuery(START + OFFSET + 30 * S, START + OFFSET + 50 * S)
    assert [x.known_at_ns for x in ask(training, here).histories[here].alarms] == [START + 40 * S]
    machine = HistoryQuery(START + 30 * S, START + 50 * S)
    assert ask(training, machine).histories[machine].alarms == []


def test_going_back_at_once_shows_the_alarms_of_that_time(training: ArchiveReader) -> None:
    views = maker(training)
    assert len(views.make(Request(at(50)))[0].alarms) == 1
    assert views.make(Request(at(30)))[0].alarms == []
    assert len(views.make(Request(at(50)))[0].alarms) == 1


def test_going_back_into_the_same_phase_tells_since_when_it_stood_then(tmp_path: Path) -> None:
    """Coast, burn from 10 s, coast again from 20 s."""
    sender = Sender(tmp_path / "phases.okaeri")
    for second in range(30):
        phase = 4 if 10 <= second < 20 else 3
        raw = {"hk_phase": phase, "hk_temperature": 7_000}
        octets = sender.encoders["hk"].encode(raw, second, START + second * S)
        sender.writer.write("s", sender.decoder.feed(octets, START + second * S), START + second * S)
    sender.close()
    with ArchiveReader(tmp_path / "phases.okaeri") as reader:
        views = maker(reader)
        told = [
            views.make(Request(Position("replay", START + second * S, None, 0, 1.0, False, False, 1)))[
                0
            ].phase
            for second in (25, 15, 5, 25)
        ]
    assert told == [(3, START + 20 * S), (4, START + 10 * S), (3, START), (3, START + 20 * S)]


def test_a_phase_that_a_clock_ahead_tells_stands_since_nobody_knows_when(tmp_path: Path) -> None:
    """Burn, coast from 10 s, and at 25 s a packet that says it is from 35 s: burn."""
    sender = Sender(tmp_path / "ahead.okaeri")
    for number, (received, generated, phase) in enumerate(((0, 0, 4), (10, 10, 3), (20, 20, 3), (25, 35, 4))):
        raw = {"hk_phase": phase, "hk_temperature": 7_000}
        octets = sender.encoders["hk"].encode(raw, number, START + generated * S)
        at_ns = START + received * S
        sender.writer.write("s", sender.decoder.feed(octets, at_ns), at_ns)
    sender.close()
    with ArchiveReader(tmp_path / "ahead.okaeri") as reader:
        now = Position("replay", START + 30 * S, None, 0, 1.0, False, False, 1)
        assert maker(reader).make(Request(now))[0].phase == (4, 0)


@pytest.mark.parametrize("phase", ["hk_phase,float,32,,,,phase", "hk_phase,str,32,,,,phase"])
def test_a_phase_that_is_no_whole_number_is_not_told_and_the_rest_is_shown(
    tmp_path: Path, phase: str
) -> None:
    csv = small_archive.FILES["packets/hk.csv"].decode().splitlines()
    csv[2] = phase
    mission = load_mission({**small_archive.FILES, "packets/hk.csv": "\n".join(csv).encode()})
    writer = ArchiveWriter(tmp_path / "odd.okaeri", mission)
    decoder = Decoder(LinkFormat(framing="packets", vehicle="ship"), mission.packets)
    value: Any = math.nan if "float" in phase else "BURN"
    raw = {"hk_phase": value, "hk_temperature": 7_000}
    octets = PacketEncoder(mission.packet("hk")).encode(raw, 0, START)
    writer.write("s", decoder.feed(octets, START), START)
    writer.close()
    query = HistoryQuery(START - S, START + S)
    with ArchiveReader(tmp_path / "odd.okaeri") as reader:
        now = Position("replay", START, None, 0, 1.0, False, False, 1)
        view, _ = maker(reader).make(Request(now, (query,)))
    assert view.phase is None
    assert view.histories[query].phases == ()
    assert view.latest["hk"].raw["hk_temperature"] == 7_000


def test_times_are_assumed_only_where_nobody_received(training: ArchiveReader) -> None:
    view, _ = maker(training).make(Request(at(30)))
    untold = {"hk": replace(view.latest["hk"], generation_ns=None), "eps": view.latest["eps"]}
    received = replace(view, latest=untold)
    assert not received.timeless("hk"), "shown at its reception, which is real"
    decoded = replace(received, session=replace(view.session, note=ASSUMED_RECEPTION))
    assert [decoded.timeless(name) for name in ("hk", "eps", "gone")] == [True, False, False]


@pytest.fixture
def reading(tmp_path: Path, qtbot: QtBot) -> Iterator[Reading]:
    made = Reading(str(small_archive.write(tmp_path / "small.okaeri", 5)))
    with qtbot.waitSignal(made.opened, timeout=15_000):
        made.start()
    yield made
    made.stop()


def test_a_view_that_fails_is_said_and_the_next_one_comes(
    reading: Reading, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = ViewMaker.make

    def once(views: ViewMaker, request: Request) -> tuple[DeskView, Position]:
        monkeypatch.setattr(ViewMaker, "make", make)
        raise TypeError("no such thing")

    monkeypatch.setattr(ViewMaker, "make", once)
    now = Position("replay", START + 2 * S, None, 0, 1.0, False, False, 1)
    with qtbot.waitSignal(reading.waiting, timeout=15_000) as said:
        assert reading.request(Request(now))
    assert said.args == ["TypeError: no such thing"]
    assert not reading.refusal
    with qtbot.waitSignal(reading.view_ready, timeout=15_000) as came:
        assert reading.request(Request(now))
    assert came.args is not None
    assert came.args[0].record == 8


def test_one_view_is_read_at_a_time(reading: Reading, qtbot: QtBot) -> None:
    now = Position("replay", START + 2 * S, None, 0, 1.0, False, False, 1)
    with qtbot.waitSignal(reading.view_ready, timeout=15_000):
        assert reading.request(Request(now))
        assert reading.busy
        assert not reading.request(Request(now))
    assert not reading.busy
    with qtbot.waitSignal(reading.view_ready, timeout=15_000):
        assert reading.request(Request(now))


def text_file(path: Path) -> None:
    path.write_text("no archive\n", encoding="utf-8")


@pytest.mark.parametrize("make", [text_file, Path.mkdir])
def test_what_no_waiting_can_mend_is_refused_at_once(
    make: Callable[[Path], None], tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_FOR_ARCHIVE_S", 1e9)
    make(tmp_path / "other.okaeri")
    reading = Reading(str(tmp_path / "other.okaeri"))
    with qtbot.waitSignal(reading.refused, timeout=15_000) as said:
        reading.start()
    assert said.args == [reading.refusal]
    assert reading.refusal
    reading.stop()


def test_an_archive_that_is_still_to_come_is_waited_for(tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "coming.okaeri"
    reading = Reading(str(path))
    with qtbot.waitSignal(reading.waiting, timeout=15_000):
        reading.start()
    with qtbot.waitSignal(reading.opened, timeout=15_000):
        small_archive.write(path, 5)
    reading.stop()
