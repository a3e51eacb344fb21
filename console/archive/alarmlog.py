"""Alarm states folded from the append-only transitions and acknowledgements (ISA-18.2, §5)."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Any

from console.archive.appended import newest_known
from console.archive.shapes import AlarmState

_TRANSITIONS = (
    "SELECT id, known_at_ns, vehicle, packet, parameter, severity, previous, state_text, generation_ns, "
    "value, limit_text, packet_id, record FROM alarms WHERE id > ? AND id <= ? ORDER BY id"
)
_ACKNOWLEDGEMENTS = (
    "SELECT id, known_at_ns, alarm_id, by, note, record FROM acknowledgements "
    "WHERE id > ? AND id <= ? ORDER BY id"
)
Key = tuple[str, str]


class AlarmLog:
    """Alarm states at a record; goes on from the last answer where the record only grew."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._record = self._transition = self._acknowledgement = 0
        self._forget()

    def at(self, upto_record: int) -> list[AlarmState]:
        """Return the alarms that stand or wait for an acknowledgement, newest first."""
        if upto_record < self._record:
            self._forget()
        known = [newest_known(self._connection, each, upto_record) for each in ("alarms", "acknowledgements")]
        transitions = self._connection.execute(_TRANSITIONS, (self._transition, known[0])).fetchall()
        acknowledgements = self._connection.execute(
            _ACKNOWLEDGEMENTS, (self._acknowledgement, known[1])
        ).fetchall()
        # The record decides, as clocks may step; whoever acknowledges at a record has seen what it brought.
        steps = [(t[-1], 0, t) for t in transitions] + [(a[-1], 1, a) for a in acknowledgements]
        for _, kind, row in sorted(steps, key=lambda step: (step[0], step[1], step[2][0])):
            if kind == 0:
                self._take_transition(row)
                self._transition = row[0]
            else:
                self._take_acknowledgement(row)
                self._acknowledgement = row[0]
        self._record = upto_record
        return sorted(self._states.values(), key=lambda state: -state.id)

    def _forget(self) -> None:
        self._record = self._transition = self._acknowledgement = 0
        self._states: dict[Key, AlarmState] = {}
        self._of_alarm: dict[int, Key] = {}

    def _take_transition(self, row: tuple[Any, ...]) -> None:
        (number, known_at_ns, vehicle, packet, parameter, severity, _, state_text, generation_ns,
         value, limit_text, packet_id, _) = row  # fmt: skip
        key = (packet, parameter)
        before = self._states.get(key)
        value = float("nan") if value is None else value
        self._of_alarm[number] = key
        if severity == 0:
            if before is not None and before.acknowledged:
                del self._states[key]
            elif before is not None:
                self._states[key] = replace(
                    before, id=number, state="returned", severity=0, value=value, state_text=state_text,
                    last_ns=known_at_ns,
                )  # fmt: skip
            return
        if before is None:
            self._states[key] = AlarmState(
                id=number, vehicle=vehicle, packet=packet, parameter=parameter, state="unacknowledged",
                severity=severity, worst_severity=severity, trigger_value=value, worst_value=value,
                value=value,
                state_text=state_text, limit_text=limit_text, count=1, first_ns=known_at_ns,
                last_ns=known_at_ns, generation_ns=generation_ns, packet_id=packet_id,
            )  # fmt: skip
            return
        worse = severity > before.worst_severity
        risen = severity > before.severity
        again = before.severity == 0
        kept = before.acknowledged and not risen
        if not kept:
            before = replace(before, acknowledged_by="", acknowledged_ns=None, note="")
        self._states[key] = replace(
            before, id=number, severity=severity, value=value, state_text=state_text, limit_text=limit_text,
            worst_severity=max(severity, before.worst_severity),
            worst_value=value if worse else before.worst_value, count=before.count + int(again),
            last_ns=known_at_ns, acknowledged=kept, state="acknowledged" if kept else "unacknowledged",
        )  # fmt: skip

    def _take_acknowledgement(self, row: tuple[Any, ...]) -> None:
        _, known_at_ns, alarm_id, by, note, _ = row
        key = self._of_alarm.get(alarm_id)
        state = self._states.get(key) if key else None
        # An acknowledgement of an earlier transition does not cover what came after it.
        if key is None or state is None or state.id != alarm_id:
            return
        if state.severity == 0:
            del self._states[key]
            return
        self._states[key] = replace(
            state, acknowledged=True, acknowledged_by=by, acknowledged_ns=known_at_ns, note=note,
            state="acknowledged",
        )  # fmt: skip
