"""The rows of the parameter table: one line a parameter, grouped by packet, read from each view."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt

from console.archive.shapes import Row
from console.desk.view import DeskView
from console.desk.words import localised
from console.mission import Mission
from decoders import calibration, limits
from decoders.mission.model import Enumeration, PacketDefinition, Parameter, Polynomial, Severity
from decoders.shapes import PacketQuality

MIME_PARAMETER = "application/x-okaeri-parameter"
"""What a dragged parameter carries: ``packet/parameter`` in UTF-8."""
STALE_PERIODS = 1.9
SPARK_NS = 120_000_000_000
SPARK_POINTS = 240
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex


@dataclass(slots=True)
class Line:
    """One line of the table: a parameter with what is known of it, or the head of a packet."""

    packet: PacketDefinition
    parameter: Parameter | None
    decimals: int = 0
    row: Row | None = None
    raw: Any = None
    value: float = float("nan")
    text: str = "—"
    severity: Severity = Severity.NORMAL
    age_ns: int | None = None
    stale: bool = False
    invalid: str = ""
    no_time: bool = False
    spark: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=SPARK_POINTS))

    @property
    def name(self) -> str:
        """Return what an operator calls it, in the language of the desk."""
        if self.parameter is None:
            return localised(self.packet.description, self.packet.description_ja) or self.packet.name
        return localised(self.parameter.description, self.parameter.description_ja) or self.parameter.name


def decimals_of(parameter: Parameter) -> int:
    """Return how many decimals a value is shown with: those of its calibration's step."""
    if isinstance(parameter.calibration, Polynomial) and len(parameter.calibration.coefficients) > 1:
        step = abs(parameter.calibration.coefficients[1])
        return int(np.clip(np.ceil(-np.log10(step) - 1e-9), 0, 6)) if step > 0 else 0
    return 3 if parameter.data_type == "float" else 0


def value_text(parameter: Parameter, raw: Any, decimals: int | None = None) -> str:
    """Write a raw value as an operator reads it: label, fixed decimals, U+2212 for minus."""
    if raw is None:
        return "—"
    if isinstance(raw, (list, bytes)) or isinstance(parameter.calibration, Enumeration):
        return calibration.text(parameter, raw) if not isinstance(raw, list) else f"[{len(raw)}]"
    value = calibration.calibrate_one(parameter, raw)
    places = decimals_of(parameter) if decimals is None else decimals
    return f"{value:.{places}f}".replace("-", "−")


class ParameterLines:
    """All lines of a mission, brought up to date by each view."""

    def __init__(self, mission: Mission) -> None:
        self.lines: list[Line] = []
        self._by_packet: dict[str, list[Line]] = {}
        self._seen: dict[str, int] = {}
        self._record = -1
        for packet in mission.packets:
            self.lines.append(Line(packet, None))
            own = [Line(packet, p, decimals_of(p)) for p in packet.values]
            self.lines += own
            self._by_packet[packet.name] = own

    def take(self, view: DeskView) -> None:
        """Read one view into the lines."""
        if view.record < self._record:
            self._seen.clear()
            for line in self.lines:
                line.spark.clear()
        self._record = view.record
        for name, lines in self._by_packet.items():
            row = view.latest.get(name)
            if row is None:
                if name in self._seen or (lines and lines[0].row is not None):
                    self._seen.pop(name, None)
                    for line in lines:
                        line.row, line.raw, line.text, line.severity = None, None, "—", Severity.NORMAL
                        line.age_ns, line.stale, line.value = None, False, float("nan")
                continue
            fresh = self._seen.get(name) != row.id
            self._seen[name] = row.id
            age_ns = max(0, view.instant_ns - view.mission_time(row.reception_ns))
            period_s = lines[0].packet.period_s if lines else None
            stale = period_s is not None and age_ns > STALE_PERIODS * period_s * 1e9
            for line in lines:
                line.age_ns, line.stale = age_ns, stale
                if fresh:
                    self._read(line, row)

    def _read(self, line: Line, row: Row) -> None:
        parameter = line.parameter
        assert parameter is not None
        raw = row.raw.get(parameter.name)
        line.row, line.raw = row, raw
        line.no_time = row.generation_ns is None and parameter.name in row.raw
        line.text = value_text(parameter, raw, line.decimals)
        line.invalid = "time invalid" if row.quality & int(PacketQuality.TIME_INVALID) else ""
        if isinstance(raw, (int, float)):
            line.value = float(calibration.calibrate_one(parameter, raw))
            severities = (
                limits.severity(parameter.limits, np.array([line.value])) if parameter.limits else [0]
            )
            line.severity = Severity(int(severities[0]))
            line.spark.append((row.generation_ns or row.reception_ns, line.value))
            if parameter.data_type == "float" and not np.isfinite(line.value):
                line.invalid = "not a number"


class ParameterModel(QAbstractTableModel):
    """The visible lines; rows keep their place when they turn abnormal, the filter does the sorting."""

    COLUMNS = 7

    def __init__(self, lines: ParameterLines) -> None:
        super().__init__()
        self._all = lines
        self.filter_text = ""
        self.only = "all"
        self.collapsed: set[str] = set()
        self.visible: list[Line] = []
        self.rebuild()

    def rebuild(self) -> None:
        """Choose the visible lines anew after the filter changed."""
        self.beginResetModel()
        self.visible = self._chosen()
        self.endResetModel()

    def refilter(self) -> None:
        """Follow values that turned abnormal or stale, if that is what the filter asks for."""
        if self.only != "all":
            chosen = self._chosen()
            if [id(x) for x in chosen] != [id(x) for x in self.visible]:
                self.rebuild()

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
            unit = line.parameter.unit if line.parameter else ""
            return ["", line.name, line.text if line.parameter else "", unit, "", "", ""][index.column()]
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Parameters can be selected and dragged; heads of packets only selected."""
        base = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.isValid() and self.visible[index.row()].parameter is not None:
            return base | Qt.ItemFlag.ItemIsDragEnabled
        return base

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
        words = self.filter_text.casefold().split()
        chosen: list[Line] = []
        for line in self._all.lines:
            if line.parameter is None:
                if chosen and self._is_empty_head(chosen[-1]):
                    chosen.pop()
                chosen.append(line)
            elif self._wanted(line, words):
                chosen.append(line)
        if chosen and self._is_empty_head(chosen[-1]):
            chosen.pop()
        return chosen

    def _is_empty_head(self, line: Line) -> bool:
        """Whether a packet's head has nothing below it and was not folded by hand."""
        folded = self.only == "all" and not self.filter_text and line.packet.name in self.collapsed
        return line.parameter is None and not folded

    def _wanted(self, line: Line, words: list[str]) -> bool:
        parameter = line.parameter
        assert parameter is not None
        if not words and self.only == "all" and line.packet.name in self.collapsed:
            return False
        if self.only == "abnormal" and not line.severity:
            return False
        if self.only == "stale" and not line.stale:
            return False
        text = " ".join(
            (parameter.name, parameter.description, parameter.description_ja, line.packet.name)
        ).casefold()
        return all(word in text for word in words)
