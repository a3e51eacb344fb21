"""The lines of the event log: what the archive's log and the predictions read like on a desk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject

from console.archive.shapes import (
    Acknowledgement,
    AlarmState,
    AlarmTransition,
    Event,
    LogEntry,
    Note,
)
from console.desk.alarmrows import alarm_value_text, name_of, violated_text
from console.desk.clockbar import phase_title
from console.desk.clocks import time_text
from console.desk.passplan import PassPlan
from console.desk.view import DeskView
from console.desk.words import japanese, localised

PREDICTED_NS = 86_400_000_000_000
"""How far back predictions stand among what happened."""


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line; ``key`` names it as long as the archive is open, ``at_ns`` is mission time.

    ``hollow`` draws the severity's shape as an outline: it is over. ``quiet`` lines need nobody.
    """

    key: tuple[str, int]
    at_ns: int
    code: str
    text: str
    severity: int = 0
    hollow: bool = False
    quiet: bool = False
    link: str = ""
    event: Event | None = None
    """What the recorder told, where it was the recorder."""


class EventLines(QObject):
    """Writes lines newest first, and keeps those that are written."""

    def __init__(self, plan: PassPlan, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plan = plan
        self._written: dict[tuple[str, int], EventLine] = {}
        self._log: Sequence[LogEntry] = ()
        self._predicted: list[EventLine] = []
        self._lines: list[EventLine] = []

    def of(self, view: DeskView) -> list[EventLine]:
        """Return the log at the playhead and what was predicted up to it; the same list if nothing is new."""
        predicted = self._predictions(view)
        if view.log is not self._log or predicted != self._predicted:
            told = {line.key: line for line in (self._line(entry, view) for entry in view.log)}
            self._log, self._written, self._predicted = view.log, told, predicted
            self._lines = _woven(list(told.values()), predicted)
        return self._lines

    def _line(self, entry: LogEntry, view: DeskView) -> EventLine:
        key = (type(entry).__name__, entry.id)
        if key in self._written:
            return self._written[key]
        at_ns = view.mission_time(entry.known_at_ns)
        match entry:
            case Event():
                text = self._event_text(entry, view)
                return EventLine(key, at_ns, entry.code, text, entry.severity, link=entry.link, event=entry)
            case AlarmTransition():
                severity = entry.severity or entry.previous
                text = self._alarm_text(entry, view)
                return EventLine(key, at_ns, "alarm", text, severity, hollow=not entry.severity)
            case Acknowledgement():
                severity = entry.severity or entry.previous
                text = self.tr("{0}: acknowledged by {1}").format(_name(entry, view), entry.by)
                text += f": {entry.note}" if entry.note else ""
                return EventLine(
                    key, at_ns, "acknowledgement", text, severity, hollow=not entry.severity, quiet=True
                )
            case Note():
                text = self.tr("Note by {0}: {1}").format(entry.by, entry.text)
                return EventLine(key, at_ns, "note", text)

    # what the recorder told

    def _event_text(self, event: Event, view: DeskView) -> str:
        try:
            words = self._words(event, view)
        except KeyError:  # of an archive that keeps no numbers beside the text
            words = ""
        words = words or event.text
        if not event.link or event.code == "phase":
            return words
        titles = {x.id: localised(x.title, x.title_ja) for x in view.mission.links}
        return f"{titles.get(event.link, event.link)}: {words}"

    def _words(self, event: Event, view: DeskView) -> str:
        """Return what an event's code stands for, with its numbers; nothing where only its text tells it."""
        numbers = event.details
        match event.code:
            case "phase":
                titles = [phase_title(view, int(numbers[each])) for each in ("before", "after")]
                return self.tr("Phase: {0} → {1}").format(*titles)
            case "recording-began":
                return self.tr("Recording began")
            case "recording-went-on" if "last_written_ns" in numbers:
                at = time_text(view.mission_time(int(numbers["last_written_ns"])))
                return self.tr("Recording goes on; the run before was cut off and last wrote at {0}").format(
                    at
                )
            case "recording-went-on":
                return self.tr("Recording goes on")
            case "recording-ended":
                return self.tr("Recording ended")
            case "link-receiving":
                return self.tr("first data")
            case "link-silent":
                return self.tr("no data for {0} s").format(f"{numbers['seconds']:g}")
            case "link-resumed":
                return self.tr("data again after {0} s").format(f"{numbers['seconds']:g}")
            case "frames-missing":
                if numbers["count"] == 1:
                    return self.tr("VC {0}: 1 frame missing").format(numbers["vcid"])
                return self.tr("VC {0}: {1} frames missing").format(numbers["vcid"], numbers["count"])
            case "frame-fecf":
                return self.tr("frames with a wrong error control field: {0}").format(numbers["count"])
            case "frame-code":
                return self.tr("frames with more errors than Reed–Solomon can correct: {0}").format(
                    numbers["count"]
                )
            case "frame-header":
                return self.tr("frames with a header that cannot be corrected: {0}").format(numbers["count"])
            case "frame-length":
                return self.tr("datagrams that are not one frame: {0}").format(numbers["count"])
            case "frame-version":
                return self.tr("frames of another version: {0}").format(numbers["count"])
            case "frame-vehicle":
                return self.tr("frames of an unknown vehicle: {0}").format(numbers["count"])
            case "packets-missing":
                return self.tr("packets missing: {0}").format(numbers["count"])
            case "counter-restarted":
                return self.tr("VC {0}: frame counter restarted").format(numbers["vcid"])
            case "clock-step":
                return self.tr("the machine's clock was set by {0} s").format(f"{numbers['seconds']:+.3f}")
            case "link-ended":
                return self.tr("read to its end")
            case "link-opened":
                return self.tr("usable again")
            case "storing-resumed":
                return self.tr("the archive takes data again; what came meanwhile is in it")
        return self._kind(event.code) if japanese() else ""

    def _kind(self, code: str) -> str:
        """Return what kind of thing an event is whose text tells more, in English: that is in the tooltip."""
        return {
            "link-lost": self.tr("connection lost"),
            "link-failed": self.tr("the link failed"),
            "link-unusable": self.tr("the link cannot be used"),
            "disk-full": self.tr("the disk is full; receiving goes on into memory"),
            "storing-failed": self.tr("the archive takes no data; receiving goes on into memory"),
            "station-heard": self.tr("first frame of a station"),
            "frame-other": self.tr("a frame without telemetry; it is kept"),
            "passed-over": self.tr("octets in no frame or packet; they are kept"),
            "packet-length": self.tr("packets of a wrong length"),
            "packet-crc": self.tr("packets with a wrong CRC"),
            "packet-truncated": self.tr("packets without their end"),
            "packet-layout": self.tr("packets that do not fit their definition"),
            "apid-unknown": self.tr("packets without a definition; they are kept"),
            "segment-missing": self.tr("a segment of a packet is missing; the others are kept"),
            "archive-moved": self.tr("the archive was moved or deleted; recording goes on in a copy"),
        }.get(code, "")

    # alarms

    def _alarm_text(self, entry: AlarmTransition, view: DeskView) -> str:
        state = _as_state(entry)
        name = name_of(view.mission, state)
        if entry.value is None:
            return f"{name}: {entry.state_text}"
        value = alarm_value_text(view.mission, state, entry.value)
        if not entry.severity:
            return self.tr("{0}: back to normal, {1}").format(name, value)
        return f"{name}: {value} ({violated_text(view.mission, state)})"

    # predictions

    def _predictions(self, view: DeskView) -> list[EventLine]:
        """Return AOS, LOS and eclipses up to the playhead, from the first data on, newest first."""
        t1 = view.instant_ns
        t0 = max(t1 - PREDICTED_NS, view.mission_time(view.extent.first_reception_ns))
        if not view.extent.last_record or t0 >= t1 or not self._plan.predicts:
            return []
        found = [*self._passes(t0, t1), *self._eclipses(t0, t1, view)]
        return sorted((line for line in found if t0 <= line.at_ns <= t1), key=lambda x: x.at_ns, reverse=True)

    def _passes(self, t0: int, t1: int) -> Iterable[EventLine]:
        plan = self._plan
        for each in plan.between(t0, t1):
            where = f"{plan.station_title(each.station)} · {plan.vehicle_title(each.vehicle)}"
            whose = f"{each.station}/{each.vehicle}"
            if not each.cut_start:
                highest = f"{each.max_elevation_deg:.0f}"
                text = self.tr("AOS {0}, up to {1}°").format(where, highest)
                yield EventLine((f"AOS {whose}", each.aos_ns), each.aos_ns, "predicted", text, quiet=True)
            if not each.cut_end:
                text = self.tr("LOS {0}").format(where)
                yield EventLine((f"LOS {whose}", each.los_ns), each.los_ns, "predicted", text, quiet=True)

    def _eclipses(self, t0: int, t1: int, view: DeskView) -> Iterable[EventLine]:
        for vehicle in view.mission.vehicles:
            title = self._plan.vehicle_title(vehicle.id)
            for entry, leave in self._plan.eclipses(vehicle.id, t0, t1):
                for at_ns, key, words in (
                    (entry, "in", self.tr("Eclipse entry {0}")),
                    (leave, "out", self.tr("Eclipse exit {0}")),
                ):
                    text = words.format(title)
                    yield EventLine((f"{key} {vehicle.id}", at_ns), at_ns, "predicted", text, quiet=True)


def _woven(told: list[EventLine], predicted: list[EventLine]) -> list[EventLine]:
    """Put predictions, newest first, between what was told without changing the order of either."""
    lines: list[EventLine] = []
    rest = list(reversed(predicted))
    for line in told:
        while rest and rest[-1].at_ns > line.at_ns:
            lines.append(rest.pop())
        lines.append(line)
    return [*lines, *reversed(rest)]


def _name(entry: AlarmTransition | Acknowledgement, view: DeskView) -> str:
    return name_of(view.mission, _as_state(entry))


def _as_state(entry: AlarmTransition | Acknowledgement) -> AlarmState:
    """Return an alarm as it stood after one transition alone, for the words that alarms are told with."""
    value, limit, text = float("nan"), "", ""
    if isinstance(entry, AlarmTransition):
        value = value if entry.value is None else entry.value
        limit, text = entry.limit_text, entry.state_text
    return AlarmState(
        id=entry.id, vehicle="", packet=entry.packet, parameter=entry.parameter, state="",
        severity=entry.severity, worst_severity=max(entry.severity, entry.previous), trigger_value=value,
        worst_value=value, value=value, state_text=text, limit_text=limit, count=1,
        first_ns=entry.known_at_ns, last_ns=entry.known_at_ns, generation_ns=None, packet_id=0,
    )  # fmt: skip
