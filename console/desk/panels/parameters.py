"""The parameter table: every value of the mission, what is abnormal, what is stale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableView,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from console.desk import theme, valuedetails
from console.desk.clocks import time_text
from console.desk.delegates import SYMBOL, WIDTHS, ParameterDelegate
from console.desk.models import (
    NOT_A_NUMBER,
    OUT_OF_POINTS,
    ROW_ROLE,
    Line,
    ParameterLines,
    ParameterModel,
    trend_query,
    value_text,
)
from console.desk.panel import Desk, Panel
from console.desk.view import DeskView, Query
from console.desk.words import QT_TRANSLATE_NOOP, japanese
from decoders.mission.model import CONTROL_WORD_APID
from decoders.shapes import PacketQuality

ROW = 21
ROW_JAPANESE = 26
HEADER = 20
OCTETS_TOLD = 32


class ParametersPanel(Panel):
    """See ``console.desk.models`` for the rows and ``delegates`` for how they look."""

    id = "parameters"
    caption = QT_TRANSLATE_NOOP("ParametersPanel", "Parameters")

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._view: DeskView | None = None
        self.lines = ParameterLines(desk.mission)
        self.model = ParameterModel(self.lines)
        self.model.heads = [
            "", self.tr("Name"), self.tr("Value"), self.tr("Unit"), self.tr("Limits"), self.tr("2 min"),
            self.tr("Age"),
        ]  # fmt: skip
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Filter name, unit, packet …"))
        self.search.setAccessibleName(self.tr("Filter parameters"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._set_filter)
        self.buttons: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        group.setExclusive(True)
        top = QHBoxLayout()
        top.setContentsMargins(6, 6, 6, 4)
        top.setSpacing(6)
        top.addWidget(self.search, 1)
        for only in ("all", "abnormal", "stale"):
            button = QPushButton()
            button.setCheckable(True)
            button.setChecked(only == "all")
            button.clicked.connect(lambda _=False, only=only: self._set_only(only))
            group.addButton(button)
            self.buttons[only] = button
            top.addWidget(button)
        self.table = QTableView()
        self._set_up_table()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)
        slash = QShortcut(QKeySequence("/"), self)
        slash.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        slash.activated.connect(self.search.setFocus)
        self.desk.selection.parameter_changed.connect(self.show_parameter)
        self._show_counts()

    def queries(self, view: DeskView | None) -> Sequence[Query]:
        """Ask for the trends in sight: live each once, elsewhere at each instant."""
        if view is None:
            return ()
        live = view.mode == "live"
        asked = (trend_query(line, view) for line in self._in_sight() if not (live and line.trended))
        return [query for query in asked if query is not None]

    def refresh(self, view: DeskView) -> None:
        """Read the view and repaint the visible rows."""
        self._view = view
        self.lines.take(view, self.desk.pass_plan)
        current = self._current()
        if self.model.refilter():
            self._select_again(current)
        self._show_counts()
        self.table.viewport().update()

    def save(self) -> dict[str, Any]:
        """Return filter and folded packets."""
        return {
            "filter": self.search.text(), "only": self.model.only, "collapsed": sorted(self.model.collapsed)
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Bring back filter and folded packets."""
        self.model.collapsed = {str(name) for name in state.get("collapsed", ())}
        only = state.get("only", "all")
        self.search.setText(str(state.get("filter", "")))
        self._set_only(only if only in self.buttons else "all")

    def show_parameter(self, packet: str, parameter: str) -> None:
        """Select a parameter's row and bring it into sight; what hides it is folded open or cleared."""
        row = self.model.row_of(packet, parameter)
        if row is None and packet in self.model.collapsed:
            self.model.collapsed.discard(packet)
            self.model.rebuild()
            row = self.model.row_of(packet, parameter)
        if row is None and (self.search.text() or self.model.only != "all"):
            self.search.clear()
            self._set_only("all")
            row = self.model.row_of(packet, parameter)
        if row is not None and row != self.table.currentIndex().row():
            self.table.setCurrentIndex(self.model.index(row, 1))
            self.table.scrollTo(self.model.index(row, 1))

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """Show what stands behind a value when the mouse rests on it."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self.table.indexAt(event.pos())
            line = index.data(ROW_ROLE) if index.isValid() else None
            if isinstance(line, Line) and line.parameter is not None:
                QToolTip.showText(event.globalPos() + QPoint(8, 8), self.details(line), self.table)
                return True
        return super().eventFilter(watched, event)

    def details(self, line: Line) -> str:
        """Return packet, bits, raw value, calibration, limits and times of a line."""
        parameter, packet = line.parameter, line.packet
        assert parameter is not None
        parts = [f"{parameter.name} · {line.name}"]
        apid = "" if packet.apid is None else f" · APID 0x{packet.apid:03X}"
        if packet.apid == CONTROL_WORD_APID:
            apid = " · OCF"
        parts.append(self.tr("packet {0}{1}").format(packet.name, apid))
        if parameter.bit_offset is not None:
            count = len(line.raw) if isinstance(line.raw, list) else len(parameter.element_names)
            last = parameter.bit_offset + parameter.bit_length * count - 1
            parts.append(self.tr("bits {0}–{1}").format(parameter.bit_offset, last))
        if isinstance(line.raw, int):
            # A negative number is written as the bits of its field.
            pattern = line.raw & (1 << parameter.bit_length) - 1
            parts.append(self.tr("raw {0} (0x{1:X})").format(line.raw, pattern))
        elif parameter.expression:
            parts.append(self.tr("computed {0}").format(parameter.expression))
        elif isinstance(line.raw, float):
            parts.append(self.tr("raw {0}").format(f"{line.raw:.9g}"))
        elif isinstance(line.raw, bytes):
            parts.append(self.tr("raw {0}").format(line.raw[:OCTETS_TOLD].hex(" ").upper()))
        elif isinstance(line.raw, list):
            elements = value_text(parameter, line.raw)
            parts.append(self.tr("{0} elements: {1}").format(len(line.raw), elements))
        parts += valuedetails.calibration_lines(line)
        parts += valuedetails.limit_lines(line)
        if line.invalid == OUT_OF_POINTS:
            parts.append(self.tr("invalid: the raw value lies outside the calibration's points"))
        elif line.invalid == NOT_A_NUMBER and parameter.expression:
            parts.append(self.tr("invalid: what it is computed from gives no number, or is not known yet"))
        elif line.invalid == NOT_A_NUMBER:
            parts.append(self.tr("invalid: the packet carries no number here"))
        if line.no_time and line.row is not None:
            if self._view is not None and self._view.reception_assumed:
                parts.append(self.tr("⌁ the packet tells no valid time; shown at an assumed one"))
            else:
                parts.append(self.tr("⌁ the packet tells no valid time; shown at its reception"))
        if line.row is not None and line.row.quality & int(PacketQuality.TIME_EXTRAPOLATED):
            parts.append(self.tr("its time is extrapolated: the clock correlation does not reach it"))
        if line.row is not None and self._view is not None:
            generation = line.row.generation_ns
            generated = "—" if generation is None else time_text(generation)
            received = time_text(self._view.mission_time(line.row.reception_ns))
            parts.append(
                self.tr("generated {0} · received {1} · record {2}").format(generated, received, line.row.id)
            )
        if line.changed_ns is not None:
            parts.append(self.tr("last change seen {0}").format(time_text(line.changed_ns)))
        return "\n".join(parts)

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setItemDelegate(ParameterDelegate(table))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setDragEnabled(True)
        table.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        header = table.horizontalHeader()
        header.setFixedHeight(theme.px(HEADER))
        header.setMinimumSectionSize(8)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(theme.px(ROW_JAPANESE if japanese() else ROW))
        table.verticalHeader().setMinimumSectionSize(8)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for column, width in enumerate(WIDTHS):
            table.setColumnWidth(column, theme.px(width))
        table.setAccessibleName(self.name())
        table.viewport().installEventFilter(self)
        table.doubleClicked.connect(self._open)
        table.clicked.connect(self._select)
        enter = QShortcut(QKeySequence(Qt.Key.Key_Return), table)
        enter.setContext(Qt.ShortcutContext.WidgetShortcut)
        enter.activated.connect(lambda: self._open(table.currentIndex().siblingAtColumn(1)))

    def _set_filter(self, text: str) -> None:
        self.model.filter_text = text
        self._rebuild()

    def _set_only(self, only: str) -> None:
        self.model.only = only
        self.buttons[only].setChecked(True)
        self._rebuild()

    def _rebuild(self) -> None:
        current = self._current()
        self.model.rebuild()
        self._select_again(current)

    def _in_sight(self) -> Sequence[Line]:
        """Return the lines that are on the screen."""
        port = self.table.viewport()
        first, last = self.table.rowAt(0), self.table.rowAt(port.height() - 1)
        return self.model.visible[max(first, 0) : last + 1 if last >= 0 else None]

    def _current(self) -> Line | None:
        line = self.table.currentIndex().data(ROW_ROLE)
        return line if isinstance(line, Line) else None

    def _select_again(self, line: Line | None) -> None:
        """Keep the selection on its parameter after the rows were chosen anew."""
        if line is None or line.parameter is None:
            return
        row = self.model.row_of(line.packet.name, line.parameter.name)
        if row is not None:
            self.table.setCurrentIndex(self.model.index(row, 1))

    def _select(self, index: QModelIndex) -> None:
        line = index.data(ROW_ROLE)
        if not isinstance(line, Line):
            return
        if line.parameter is not None:
            self.desk.selection.parameter_changed.emit(line.packet.name, line.parameter.name)
        elif index.column() == SYMBOL:
            self.model.fold(line)

    def _open(self, index: QModelIndex) -> None:
        line = index.data(ROW_ROLE)
        if not isinstance(line, Line):
            return
        if line.parameter is not None:
            self.desk.selection.plot_requested.emit(line.packet.name, line.parameter.name, None)
        elif index.column() != SYMBOL:
            self.model.fold(line)

    def _show_counts(self) -> None:
        total, abnormal, stale = self.model.counts()
        self.buttons["all"].setText(self.tr("All {0}").format(total))
        self.buttons["abnormal"].setText(self.tr("Abnormal {0}").format(abnormal))
        self.buttons["stale"].setText(self.tr("Stale {0}").format(stale))
