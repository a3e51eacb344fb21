"""Alarm states folded from the log: as of any record, with who acknowledged what, whatever clocks do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.archive.deskwriter import DeskWriter
from console.archive.reader import ArchiveReader
from console.archive.shapes import AlarmState
from decoders.mission.model import Parameter
from tests.console.archive_scene import START, S, Scene, packet, query

HK = packet("hk", Parameter("a", "uint", 8), Parameter("b", "uint", 8))


class Alarms:
    """A recorder that tells transitions and a desk that acknowledges them, on clocks of their own."""

    def __init__(self, path: Path) -> None:
        self.scene = Scene(path, HK)
        self.now = START
        self.desk = DeskWriter(path, lambda: self.now)
        self.level = {"a": 0, "b": 0}
        self.last = {"a": 0, "b": 0}

    def step(self, parameter: str, severity: int, value: float = 1.0) -> int:
        """Bring a packet, and with it a transition; return the record."""
        record = self.packet()
        self.last[parameter] = self.scene.writer.alarm(
            known_at_ns=self.now, generation_ns=self.now, value=value, vehicle="ship", packet="hk",
            parameter=parameter, severity=severity, previous=self.level[parameter], state_text=f"{value:g} V",
            limit_text="<1", packet_id=record,
        )  # fmt: skip
        self.scene.writer.commit()
        self.level[parameter] = severity
        return record

    def packet(self) -> int:
        """Bring a packet without any alarm; return its record."""
        self.now += S
        first, _ = self.scene.writer.write(
            "file", self.scene.decoder.feed(self.scene.octets("hk", {}), self.now), self.now
        )
        self.scene.writer.commit()
        return first

    def acknowledge(self, parameter: str, by: str = "A", note: str = "") -> int:
        """Acknowledge the newest transition; return the newest record."""
        self.now += S // 10
        self.desk.acknowledge(self.last[parameter], by, note)
        return query(self.scene.path, "SELECT max(id) FROM packets")[0][0]  # type: ignore[no-any-return]


@contextmanager
def recording() -> Iterator[Alarms]:
    with TemporaryDirectory() as folder:
        alarms = Alarms(Path(folder) / "a.okaeri")
        yield alarms
        alarms.desk.close()
        alarms.scene.close()


@pytest.fixture
def alarms(tmp_path: Path) -> Iterator[Alarms]:
    alarms = Alarms(tmp_path / "a.okaeri")
    yield alarms
    alarms.desk.close()
    alarms.scene.close()


def at(alarms: Alarms, record: int) -> list[AlarmState]:
    with ArchiveReader(alarms.scene.path) as reader:
        return reader.alarms(record)


def only(alarms: Alarms, record: int) -> AlarmState:
    (state,) = at(alarms, record)
    return state


def test_one_alarm_from_its_beginning_to_its_end(alarms: Alarms) -> None:
    """ISA-18.2: unacknowledged, worse, acknowledged, returned, gone; replay shows each as it stood."""
    before = alarms.packet()
    began = alarms.step("a", 1, 5.0)
    worse = alarms.step("a", 3, 9.0)
    number = alarms.last["a"]
    quiet = alarms.packet()
    seen = alarms.acknowledge("a", "Aoki", "valve is being closed")
    acknowledged_ns = alarms.now
    milder = alarms.step("a", 2, 7.0)
    normal = alarms.step("a", 0, 0.5)
    assert at(alarms, before) == []
    state = only(alarms, began)
    assert (state.state, state.severity, state.worst_severity, state.count) == ("unacknowledged", 1, 1, 1)
    assert (state.trigger_value, state.value, state.state_text, state.limit_text) == (5.0, 5.0, "5 V", "<1")
    assert (state.vehicle, state.packet, state.parameter, state.packet_id) == ("ship", "hk", "a", began)
    assert state.first_ns == state.last_ns == state.generation_ns == START + 2 * S
    state = only(alarms, worse)
    assert (state.id, state.state, state.severity, state.worst_severity) == (number, "unacknowledged", 3, 3)
    assert (state.trigger_value, state.worst_value, state.value) == (5.0, 9.0, 9.0)
    assert (state.first_ns, state.last_ns) == (START + 2 * S, START + 3 * S)
    # The acknowledgement was known at the record that was the newest.
    assert quiet == seen
    state = only(alarms, seen)
    assert (state.state, state.acknowledged, state.acknowledged_by) == ("acknowledged", True, "Aoki")
    assert (state.note, state.acknowledged_ns) == ("valve is being closed", acknowledged_ns)
    assert (state.severity, state.value) == (3, 9.0)
    state = only(alarms, milder)
    assert (state.state, state.severity, state.worst_severity, state.worst_value) == (
        "acknowledged",
        2,
        3,
        9.0,
    )
    assert at(alarms, normal) == []


def test_an_alarm_that_comes_again_keeps_the_value_of_its_worst(alarms: Alarms) -> None:
    """Equal severity is not worse: the value that first brought the worst is the one to ask about."""
    for severity, value in ((2, 20.0), (0, 0.0), (2, 15.0)):
        record = alarms.step("a", severity, value)
    state = only(alarms, record)
    assert (state.count, state.value, state.trigger_value, state.worst_value) == (2, 15.0, 20.0, 20.0)


def test_what_returned_unseen_waits_for_somebody(alarms: Alarms) -> None:
    alarms.step("a", 2, 5.0)
    returned = alarms.step("a", 0, 0.0)
    state = only(alarms, returned)
    assert (state.state, state.severity, state.worst_severity, state.acknowledged) == (
        "returned",
        0,
        2,
        False,
    )
    again = alarms.step("a", 1, 3.0)
    state = only(alarms, again)
    assert (state.state, state.severity, state.worst_severity, state.count) == ("unacknowledged", 1, 2, 2)
    assert (state.trigger_value, state.worst_value) == (5.0, 5.0)
    last = alarms.step("a", 0, 0.0)
    later = alarms.packet()
    assert only(alarms, last).state == only(alarms, later).state == "returned"
    gone = alarms.acknowledge("a")
    assert at(alarms, gone) == []


def test_what_gets_worse_wants_to_be_seen_again(alarms: Alarms) -> None:
    alarms.step("a", 1)
    alarms.acknowledge("a", "Aoki", "known")
    risen = alarms.step("a", 2)
    state = only(alarms, risen)
    assert (state.state, state.acknowledged, state.acknowledged_by, state.note) == (
        "unacknowledged",
        False,
        "",
        "",
    )
    assert state.acknowledged_ns is None


def test_an_acknowledgement_does_not_cover_what_came_after_it(alarms: Alarms) -> None:
    alarms.step("a", 1)
    early = alarms.last["a"]
    alarms.step("a", 3)
    alarms.packet()
    alarms.desk.acknowledge(early, "Aoki")
    assert only(alarms, 99).state == "unacknowledged"


def test_two_alarms_newest_first(alarms: Alarms) -> None:
    alarms.step("a", 1)
    alarms.step("b", 2)
    both = alarms.acknowledge("a", "Aoki")
    assert [(s.parameter, s.state) for s in at(alarms, both)] == [
        ("b", "unacknowledged"),
        ("a", "acknowledged"),
    ]
    with ArchiveReader(alarms.scene.path) as reader:
        log = reader.alarm_transitions(START, START + 10 * S)
    assert [(t.parameter, t.severity, t.previous) for t in log] == [("b", 2, 0), ("a", 1, 0)]


def test_states_stand_after_a_restart(alarms: Alarms) -> None:
    alarms.step("a", 2, 5.0)
    alarms.acknowledge("a", "Aoki")
    record = alarms.step("b", 1)
    before = at(alarms, record)
    alarms.desk.close()
    alarms.scene.reopen()
    alarms.desk = DeskWriter(alarms.scene.path, lambda: alarms.now)
    assert at(alarms, record) == before
    gone = alarms.step("a", 0, 0.0)
    assert [state.parameter for state in at(alarms, gone)] == ["b"]
    assert [state.parameter for state in at(alarms, record)] == ["b", "a"]


# A model: what stands is what has happened so far, in the order in which it was written.
actions = st.lists(
    st.tuples(
        st.sampled_from(["step", "step", "acknowledge", "packet"]),
        st.sampled_from(["a", "b"]),
        st.integers(0, 3),
        st.sampled_from([0, 0, 0, 3600, -3600, -20]),
    ),
    max_size=25,
)


@given(actions, st.lists(st.integers(0, 25), max_size=12))
@settings(max_examples=30)
def test_any_history_at_any_record(history: list[tuple[str, str, int, int]], visits: list[int]) -> None:
    with recording() as alarms:
        standing: dict[str, dict[str, Any]] = {}
        known: dict[int, dict[str, dict[str, Any]]] = {0: {}}
        record = 0
        with ArchiveReader(alarms.scene.path) as live:
            for what, parameter, severity, jump_s in history:
                alarms.now += jump_s * S
                before = standing.get(parameter)
                if what == "packet":
                    record = alarms.packet()
                elif what == "acknowledge":
                    if not record or not alarms.last[parameter]:
                        continue
                    record = alarms.acknowledge(parameter)
                    if before and before["severity"]:
                        standing[parameter] = before | {"seen": True}
                    else:
                        standing.pop(parameter, None)
                else:
                    if severity == alarms.level[parameter]:
                        continue
                    was = alarms.level[parameter]
                    record = alarms.step(parameter, severity)
                    if not severity:
                        if before and before["seen"]:
                            del standing[parameter]
                        elif before:
                            standing[parameter] = before | {"severity": 0}
                    else:
                        seen = bool(before and before["seen"] and severity < was)
                        count = (before["count"] if before else 0) + (not was)
                        worst = max(severity, before["worst"] if before else 0)
                        standing[parameter] = {
                            "severity": severity, "seen": seen, "count": count, "worst": worst,
                        }  # fmt: skip
                known[record] = dict(standing)
                assert summary(live.alarms(record)) == standing
            for visit in [*visits, record]:
                as_it_stood = known[max(r for r in known if r <= visit)]
                assert summary(live.alarms(visit)) == as_it_stood


def summary(states: list[AlarmState]) -> dict[str, dict[str, Any]]:
    assert [state.id for state in states] == sorted((state.id for state in states), reverse=True)
    for state in states:
        expected = (
            "returned" if not state.severity else "acknowledged" if state.acknowledged else "unacknowledged"
        )
        assert state.state == expected
    return {
        state.parameter: {
            "severity": state.severity, "seen": state.acknowledged, "count": state.count,
            "worst": state.worst_severity,
        }
        for state in states
    }  # fmt: skip
