"""The rows of the parameter table: one line a parameter, grouped by packet, read from each view."""

from __future__ import annotations

import unicodedata
from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt

from console.archive.shapes import Row, Trace
from console.desk.contact import silence_text, silences
from console.desk.view import DeskView, TraceQuery
from console.desk.words import localised, severity_text
from console.mission import Mission, Vehicle
from decoders import calibration
from decoders.engineering import context_of_row, limits_of_row
from decoders.limits import Judge
from decoders.mission.model import (
    Calibration,
    Enumeration,
    Limits,
    PacketDefinition,
    Parameter,
    PointPairs,
    Polynomial,
    Severity,
)
from decoders.pointpairs import stretches
from decoders.shapes import PacketQuality

if TYPE_CHECKING:
    from console.desk.passplan import PassPlan

MIME_PARAMETER = "application/x-okaeri-parameter"
"""What a dragged parameter carries: ``packet/parameter`` in UTF-8."""
MOST_CHARACTERS = 10
"""So many fit into the value column; decimals give way."""
ELEMENTS_TOLD = 16
"""So many elements of an array are written."""
STALE_PERIODS = 1.9
LEAST_STALE_NS = 1_900_000_000
"""Packets faster than this wait in their frame for others: several come at once, then none for a while."""
SPARK_NS = 120_000_000_000
SPARK_POINTS = 240
SPARK_ASKED = 60
"""So many points of a trend are asked for: one a pixel."""
JUMP_NS = 5_000_000_000
"""A playhead that moved farther between two views was put there: what lies between was not seen."""
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex
_SELECTABLE = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_DRAGGABLE = _SELECTABLE | Qt.ItemFlag.ItemIsDragEnabled


UNITS = {"degC": "℃", "deg/s": "°/s", "deg": "°", "ohm": "Ω"}
NOT_A_NUMBER = "not-a-number"
OUT_OF_POINTS = "out-of-points"
"""Calibration points give the raw value no engineering value."""


@dataclass(slots=True)
class Line:
    """One line of the table: a parameter with what is known of it, or the head of a packet or vehicle.

    ``silent`` says that nothing comes from the vehicle at all; then no line of it is called stale.
    ``text`` of a vehicle's head tells about its silence. ``invalid`` is ``NOT_A_NUMBER``, ``OUT_OF_POINTS``
    or empty.
    """

    packet: PacketDefinition
    parameter: Parameter | None
    decimals: int = 0
    vehicle: Vehicle | None = None
    row: Row | None = None
    raw: Any = None
    value: float = float("nan")
    text: str = "—"
    severity: Severity = Severity.NORMAL
    of_value: Severity = Severity.NORMAL
    """What the value alone says; an alarm about its change adds to ``severity``."""
    limits: Limits | None = None
    """The limits that hold in the context of the row."""
    age_ns: int | None = None
    stale: bool = False
    silent: bool = False
    invalid: str = ""
    no_time: bool = False
    changed_ns: int | None = None
    """When the value last changed, as far as this desk has seen it (mission time)."""
    trended: bool = False
    """Whether ``spark`` was read from the archive and only goes on since."""
    words: str = ""
    """What a search looks through."""
    spark: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=SPARK_POINTS))

    @property
    def name(self) -> str:
        """Return what an operator calls it, in the language of the desk."""
        if self.vehicle is not None:
            return localised(self.vehicle.title, self.vehicle.title_ja) or self.vehicle.id
        if self.parameter is None:
            return localised(self.packet.description, self.packet.description_ja) or self.packet.name
        return localised(self.parameter.description, self.parameter.description_ja) or self.parameter.name


def unit_text(unit: str) -> str:
    """Return a unit as it is written on the screen (``degC`` is ℃)."""
    return UNITS.get(unit, unit)


def folded(text: str) -> str:
    """Return a text as searches compare it: width, case and composition do not matter."""
    return unicodedata.normalize("NFKC", text).casefold()


def decimals_of(parameter: Parameter) -> int:
    """Return how many decimals a value is shown with: those of its calibration's step, in any context."""
    calibrations = [parameter.calibration, *(each.calibration for each in parameter.context_calibrations)]
    known = [_decimals(step) for step in map(_step, calibrations) if step is not None]
    return max(known, default=3 if parameter.data_type == "float" else 0)


def _step(calibration: Calibration | None) -> float | None:
    """Return what one count is in engineering units."""
    if isinstance(calibration, Polynomial) and len(calibration.coefficients) > 1:
        return abs(calibration.coefficients[1])
    if isinstance(calibration, PointPairs):
        points = stretches(calibration)
        steps = np.abs(points.slope if calibration.order else np.diff(points.y))
        return float(steps[steps > 0].min(initial=1.0))
    return None


def _decimals(step: float) -> int:
    return int(np.clip(np.ceil(-np.log10(step) - 1e-9), 0, 6)) if step > 0 else 0


def value_text(parameter: Parameter, raw: Any, decimals: int | None = None, context: int = 0) -> str:
    """Write a raw value as an operator reads it: label, fixed decimals, U+2212 for minus.

    ``context`` counts the context calibration that holds from 1.
    """
    if raw is None:
        return "—"
    if isinstance(raw, list):
        return _array_text(parameter, raw, context)
    if isinstance(raw, bytes) and parameter.data_type == "fill":
        return raw.hex(" ").upper()
    if isinstance(raw, (bytes, str)) or isinstance(parameter.calibration, Enumeration):
        return calibration.text(parameter, raw) if not isinstance(raw, str) else raw
    value = calibration.calibrate_one(parameter, raw, context)
    if np.isnan(value) and isinstance(calibration.in_context(parameter, context), PointPairs):
        return calibration.NO_VALUE
    places = decimals_of(parameter) if decimals is None else decimals
    text = f"{value:.{places}f}"
    if decimals is not None and len(text) > MOST_CHARACTERS:  # the column is of one width
        text = f"{value:.{max(0, places - (len(text) - MOST_CHARACTERS))}f}"
    return text.replace("-", "−")


def _array_text(parameter: Parameter, raw: list[Any], context: int) -> str:
    """Write the elements of an array; single bits are a mask in hex, the first is the highest."""
    if parameter.bit_length == 1 and raw and all(bit in (0, 1) for bit in raw):
        mask = int("".join(str(bit) for bit in raw), 2)
        return f"0x{mask:0{-(-len(raw) // 4)}X}"
    more = " …" if len(raw) > ELEMENTS_TOLD else ""
    return ", ".join(value_text(parameter, each, None, context) for each in raw[:ELEMENTS_TOLD]) + more


class ParameterLines:
    """All lines of a mission by vehicle and packet, brought up to date by each view."""

    def __init__(self, mission: Mission) -> None:
        self.lines: list[Line] = []
        self._by_packet: dict[str, list[Line]] = {}
        self._by_vehicle: dict[str, list[Line]] = {}
        self._seen: dict[str, int] = {}
        self._record = -1
        self._instant_ns = 0
        known = {vehicle.id: vehicle for vehicle in mission.vehicles}
        for name in dict.fromkeys(packet.vehicle for packet in mission.packets):
            packets = [packet for packet in mission.packets if packet.vehicle == name]
            before = len(self.lines)
            if name in known:
                self.lines.append(Line(packets[0], None, vehicle=known[name], text=""))
            for packet in packets:
                self.lines.append(Line(packet, None))
                own = [Line(packet, p, decimals_of(p), words=_search_words(packet, p)) for p in packet.values]
                self.lines += own
                self._by_packet[packet.name] = own
            self._by_vehicle[name] = self.lines[before:]
        limited = [x for x in self.lines if x.parameter is not None and x.parameter.limit_sets]
        self._judges = {id(x): Judge.of(x.parameter) for x in limited if x.parameter is not None}
        self._rated = [x for x in limited if any(s.rate for s in self._judges[id(x)].sets)]

    def take(self, view: DeskView, plan: PassPlan | None = None) -> None:
        """Read one view into the lines; ``plan`` tells when a silent vehicle is heard again."""
        back = view.record < self._record
        if back:
            self._seen.clear()
        if back or abs(view.instant_ns - self._instant_ns) > JUMP_NS:
            for line in self.lines:
                line.spark.clear()
                line.changed_ns, line.trended = None, False
        self._record, self._instant_ns = view.record, view.instant_ns
        for name, lines in self._by_packet.items():
            row = view.latest.get(name)
            if row is None:
                if name in self._seen or (lines and lines[0].row is not None):
                    self._seen.pop(name, None)
                    for line in lines:
                        _forget(line)
                continue
            fresh = self._seen.get(name) != row.id
            self._seen[name] = row.id
            age_ns = max(0, view.instant_ns - view.mission_time(row.reception_ns))
            period_s = lines[0].packet.period_s if lines else None
            stale = period_s is not None and age_ns > max(STALE_PERIODS * period_s * 1e9, LEAST_STALE_NS)
            for line in lines:
                line.age_ns, line.stale = age_ns, stale
                if fresh:
                    self._read(line, row, row.generation_ns or view.mission_time(row.reception_ns))
                    line.no_time = line.no_time or view.timeless(name)
        self._take_rate_alarms(view)
        self._take_trends(view)
        self._take_silences(view, plan)

    def _take_rate_alarms(self, view: DeskView) -> None:
        """Show what stands about the change of a value: one row alone does not tell that."""
        if not self._rated:
            return
        standing = {(alarm.packet, alarm.parameter): alarm.severity for alarm in view.alarms}
        for line in self._rated:
            if line.parameter is not None and line.row is not None:
                alarm = standing.get((line.packet.name, line.parameter.name), 0)
                line.severity = Severity(max(line.of_value, alarm))

    def _take_trends(self, view: DeskView) -> None:
        """Take what was read of the two minutes before the playhead."""
        for query, trace in view.traces.items():
            if query.points != SPARK_ASKED or query.t1_ns - query.t0_ns != SPARK_NS:
                continue
            # A fast replay is ahead of what it asked for: the last answer serves until the next.
            if abs(view.instant_ns - query.t1_ns) > SPARK_NS // 2:
                continue
            own = self._by_packet.get(query.packet, ())
            line = next((x for x in own if x.parameter and x.parameter.name == query.parameter), None)
            if line is not None and (not line.trended or view.mode != "live"):
                live = view.mode == "live"
                _take_trend(line, trace, query.t1_ns if live else view.instant_ns)
                line.trended = True

    def _take_silences(self, view: DeskView, plan: PassPlan | None) -> None:
        silent = silences(view)
        for name, lines in self._by_vehicle.items():
            silence = silent.get(name)
            for line in lines:
                line.silent = silence is not None
                line.stale = line.stale and silence is None
                if line.vehicle is not None:
                    line.text = "" if silence is None else silence_text(view, silence, plan)

    def _read(self, line: Line, row: Row, at_ns: int) -> None:
        parameter = line.parameter
        assert parameter is not None
        raw = row.raw.get(parameter.name)
        if line.row is not None and raw != line.raw and row.id > line.row.id:
            line.changed_ns = at_ns
        line.row, line.raw, line.invalid = row, raw, ""
        line.value, line.severity, line.of_value = float("nan"), Severity.NORMAL, Severity.NORMAL
        line.limits = limits_of_row(line.packet, parameter, row.raw)
        context = context_of_row(line.packet, parameter.context_calibrations, row.raw)
        timeless = row.generation_ns is None or bool(row.quality & int(PacketQuality.TIME_INVALID))
        line.no_time = timeless and line.packet.time.code != "none"
        line.text = value_text(parameter, raw, line.decimals, context)
        if parameter.data_type == "float" and parameter.name in row.raw and raw is None:
            # SQLite keeps a NaN as NULL.
            line.text, line.invalid = "NaN", NOT_A_NUMBER
        elif isinstance(raw, (int, float)):
            line.value = float(calibration.calibrate_one(parameter, raw, context))
            if line.text == calibration.NO_VALUE:
                line.invalid = OUT_OF_POINTS
            elif not np.isfinite(line.value):
                line.text, line.invalid = ("NaN" if np.isnan(line.value) else "∞"), NOT_A_NUMBER
            elif line.limits is not None:
                line.of_value = self._judged(line)
                line.severity = line.of_value
            line.spark.append((at_ns, line.value))
            while line.spark[0][0] < at_ns - SPARK_NS:
                line.spark.popleft()

    def _judged(self, line: Line) -> Severity:
        judge = self._judges[id(line)]
        which = np.array([judge.sets.index(line.limits)]) if line.limits in judge.sets else None
        return Severity(int(judge.severity(np.array([line.value]), which)[0]))


def trend_query(line: Line, view: DeskView) -> TraceQuery | None:
    """Return the question for the two minutes before the playhead; None where no number is shown."""
    parameter = line.parameter
    if parameter is None or not isinstance(line.raw, (int, float)):
        return None
    # A whole second stands still for some views: what was read is kept for it.
    end = -(-view.instant_ns // 1_000_000_000) * 1_000_000_000
    return TraceQuery(line.packet.name, parameter.name, end - SPARK_NS, end, SPARK_ASKED)


def _take_trend(line: Line, trace: Trace, until_ns: int) -> None:
    """Put a trace in place of a line's trend; where no point stands for several, it tells the last change."""
    points: list[tuple[int, float]] = []
    for t, low, high in zip(trace.t_ns.tolist(), trace.lo.tolist(), trace.hi.tolist(), strict=True):
        if low == low and t <= until_ns:
            points += [(t, low)] if low == high else [(t, low), (t, high)]
    line.spark.clear()
    line.spark.extend(points)
    if not trace.decimated:
        changed = [b[0] for a, b in pairwise(points) if a[1] != b[1]]
        line.changed_ns = changed[-1] if changed else line.changed_ns


def _forget(line: Line) -> None:
    line.row, line.raw, line.text, line.invalid = None, None, "—", ""
    line.value, line.severity, line.of_value = float("nan"), Severity.NORMAL, Severity.NORMAL
    line.limits = None
    line.age_ns, line.stale, line.no_time = None, False, False


def _search_words(packet: PacketDefinition, parameter: Parameter) -> str:
    return folded(
        " ".join(
            (
                parameter.name, parameter.description, parameter.description_ja, parameter.unit,
                unit_text(parameter.unit), packet.name, packet.description, packet.description_ja,
            )
        )
    )  # fmt: skip


class ParameterModel(QAbstractTableModel):
    """The visible lines; rows keep their place when they turn abnormal, the filter does the sorting."""

    COLUMNS = 7

    def __init__(self, lines: ParameterLines) -> None:
        super().__init__()
        self._all = lines
        self.heads = [""] * self.COLUMNS
        """Names of the columns, in the language of the desk; set by who shows the table."""
        self.filter_text = ""
        self.only = "all"
        self.collapsed: set[str] = set()
        self.visible: list[Line] = []
        self.rebuild()

    def row_of(self, packet: str, parameter: str) -> int | None:
        """Return the row that shows a parameter, ``None`` where folding or the filter hides it."""
        for row, line in enumerate(self.visible):
            if line.parameter is not None and (line.packet.name, line.parameter.name) == (packet, parameter):
                return row
        return None

    def fold(self, line: Line) -> None:
        """Fold or unfold the packet of a head; a vehicle's head does it with all its packets."""
        names = {line.packet.name}
        if line.vehicle is not None:
            names = {x.packet.name for x in self._all.lines if x.packet.vehicle == line.vehicle.id}
            self.collapsed = self.collapsed - names if names <= self.collapsed else self.collapsed | names
        else:
            self.collapsed ^= names
        self.rebuild()

    def is_folded(self, line: Line) -> bool:
        """Whether a head hides what is below it."""
        if self.filter_text or self.only != "all":
            return False
        if line.vehicle is None:
            return line.packet.name in self.collapsed
        return all(
            x.packet.name in self.collapsed for x in self._all.lines if x.packet.vehicle == line.vehicle.id
        )

    def rebuild(self) -> None:
        """Choose the visible lines anew after the filter changed."""
        self.beginResetModel()
        self.visible = self._chosen()
        self.endResetModel()

    def refilter(self) -> bool:
        """Follow values that turned abnormal or stale, if that is what the filter asks for.

        Returns whether the rows were chosen anew.
        """
        if self.only == "all":
            return False
        chosen = self._chosen()
        if [id(x) for x in chosen] == [id(x) for x in self.visible]:
            return False
        self.rebuild()
        return True

    def counts(self) -> tuple[int, int, int]:
        """Return how many parameters there are, abnormal ones and stale ones."""
        own = [line for line in self._all.lines if line.parameter is not None]
        return len(own), sum(bool(x.severity) for x in own), sum(x.stale for x in own)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's name and default
        """Return the number of visible lines."""
        return 0 if parent.isValid() else len(self.visible)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's name and default
        """Return the number of columns: symbol, name, value, unit, limits, trend, age."""
        return self.COLUMNS

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell, or its line under ``ROW_ROLE``."""
        if not index.isValid() or index.row() >= len(self.visible):
            return None
        line = self.visible[index.row()]
        if role == ROW_ROLE:
            return line
        if role == Qt.ItemDataRole.DisplayRole:
            if line.parameter is None:
                return " · ".join(x for x in (line.name, line.text) if x) if index.column() == 1 else ""
            unit = unit_text(line.parameter.unit)
            return ["", line.name, line.text, unit, "", "", ""][index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == 0 and line.parameter is not None:
            return severity_text(line.severity) if line.severity else ""
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the name of a column; a number's name stands to the right like the number."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.heads[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in (2, 6) else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Parameters can be selected and dragged; heads of packets only selected."""
        if index.isValid() and self.visible[index.row()].parameter is not None:
            return _DRAGGABLE
        return _SELECTABLE

    def mimeData(self, indexes: Any) -> QMimeData:
        """Return the dragged parameter as ``MIME_PARAMETER``."""
        mime = QMimeData()
        for index in indexes:
            line = self.visible[index.row()]
            if line.parameter is not None:
                mime.setData(MIME_PARAMETER, f"{line.packet.name}/{line.parameter.name}".encode())
                mime.setText(line.parameter.name)
                break
        return mime

    def _chosen(self) -> list[Line]:
        words = folded(self.filter_text).split()
        chosen: list[Line] = []
        for line in [*self._all.lines, None]:
            # A head with nothing below it goes when the next head of its rank or above comes.
            while (
                chosen and (line is None or line.parameter is None) and self._is_empty_head(chosen[-1], line)
            ):
                chosen.pop()
            if line is not None and (line.parameter is None or self._wanted(line, words)):
                chosen.append(line)
        return chosen

    def _is_empty_head(self, head: Line, after: Line | None) -> bool:
        """Whether a head that ``after`` follows has nothing to show: no rows, no folded ones, no silence."""
        if head.parameter is not None:
            return False
        if head.vehicle is not None:
            next_vehicle = after is None or after.vehicle is not None
            return next_vehicle and not (head.silent and not self.filter_text)
        return not (self.only == "all" and not self.filter_text and head.packet.name in self.collapsed)

    def _wanted(self, line: Line, words: list[str]) -> bool:
        if not words and self.only == "all" and line.packet.name in self.collapsed:
            return False
        if self.only == "abnormal" and not line.severity:
            return False
        if self.only == "stale" and not line.stale:
            return False
        return all(word in line.words for word in words)
