"""The next passes: which vehicle comes over which station, when, how high, and how long until then."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QKeySequence, QPainter, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from console.desk import theme
from console.desk.clocks import countdown_text, jst_text, lag_text, time_text
from console.desk.panel import Desk, Panel
from console.desk.passplan import AHEAD_NS, PassPlan
from console.desk.view import DeskView
from console.desk.words import QT_TRANSLATE_NOOP, japanese
from console.passes.orbit import DAY_NS
from console.passes.predict import Pass

VEHICLE, STATION, AOS, LOS, DURATION, HIGHEST, COUNTDOWN = range(7)
WIDTHS = (96, 96, 62, 62, 44, 34, 78)
ROW, ROW_JAPANESE, HEADER = 21, 26, 20
PASS_ROLE = Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class PassesModel(QAbstractTableModel):
    """One row a pass that is not over, by AOS; countdowns are made from the shown instant."""

    def __init__(self, plan: PassPlan) -> None:
        super().__init__()
        self._plan = plan
        self.passes: Sequence[Pass] = ()
        self.instant_ns = 0
        self.heads = [
            self.tr("Vehicle"), self.tr("Station"), self.tr("AOS Z"), self.tr("LOS Z"), self.tr("Lasts"),
            self.tr("Max"), self.tr("AOS in"),
        ]  # fmt: skip

    def take(self, passes: Sequence[Pass], instant_ns: int) -> bool:
        """Take the passes of an instant; return whether the rows are others than before."""
        self.instant_ns = instant_ns
        if [_key(p) for p in passes] != [_key(p) for p in self.passes]:
            self.beginResetModel()
            self.passes = passes
            self.endResetModel()
            return True
        self.passes = passes
        if passes:
            self.dataChanged.emit(self.index(0, 0), self.index(len(passes) - 1, COUNTDOWN))
        return False

    def row_of(self, wanted: Pass) -> int | None:
        """Return the row of a pass, also where it was predicted anew; None if it is over."""
        for row, each in enumerate(self.passes):
            if _key(each) == _key(wanted):
                return row
        return None

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's name and default
        """Return the number of passes."""
        return 0 if parent.isValid() else len(self.passes)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's name and default
        """Return the number of columns."""
        return 0 if parent.isValid() else len(WIDTHS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the names of the columns."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _LEFT if section <= STATION else _RIGHT
        return self.heads[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, the whole pass as a tool tip, and the pass under ``PASS_ROLE``."""
        if not index.isValid() or index.row() >= len(self.passes):
            return None
        each = self.passes[index.row()]
        if role == PASS_ROLE:
            return each
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(each, index.column())
        return self.details(each) if role == Qt.ItemDataRole.ToolTipRole else None

    def details(self, each: Pass) -> str:
        """Return all that is known of a pass, JST too."""
        parts = [f"{self._plan.vehicle_title(each.vehicle)} · {self._plan.station_title(each.station)}"]
        for words, t_ns, angle in (
            (self.tr("AOS {0} ({1}), azimuth {2}°"), each.aos_ns, each.aos_azimuth_deg),
            (self.tr("highest {0} ({1}), {2}°"), each.tca_ns, each.max_elevation_deg),
            (self.tr("LOS {0} ({1}), azimuth {2}°"), each.los_ns, each.los_azimuth_deg),
        ):
            parts.append(words.format(time_text(t_ns), jst_text(t_ns), f"{angle:.1f}"))
        return "\n".join(parts)

    def _text(self, each: Pass, column: int) -> str:
        if column == VEHICLE:
            return self._plan.vehicle_title(each.vehicle)
        if column == STATION:
            return self._plan.station_title(each.station)
        if column in (AOS, LOS):
            return time_text(each.aos_ns if column == AOS else each.los_ns).rstrip("Z")
        if column == DURATION:
            return lag_text(each.duration_ns).lstrip("+")
        if column == HIGHEST:
            return f"{each.max_elevation_deg:.0f}°"
        if each.holds(self.instant_ns):
            return self.tr("LOS {0}").format(lag_text(each.los_ns - self.instant_ns).lstrip("+"))
        return countdown_text(each.aos_ns - self.instant_ns)


class PassesPanel(Panel):
    """The next 24 hours of all vehicles from the shown instant; the chosen row is what the sky shows."""

    id = "passes"
    caption = QT_TRANSLATE_NOOP("PassesPanel", "Next passes")

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._instant_ns = 0
        self._chosen: Pass | None = None
        self._filling = False
        self.model = PassesModel(desk.pass_plan)
        self.table = QTableView()
        self._set_up_table()
        self.empty = QLabel()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.foot = QLabel()
        self.foot.setObjectName("label")
        self.foot.setContentsMargins(10, 6, 8, 4)
        self.foot.setTextFormat(Qt.TextFormat.RichText)
        self.foot.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.foot)
        desk.selection.pass_chosen.connect(self._follow_choice)

    def header_text(self) -> str:
        """Return who is in contact now, or until when nobody is."""
        if not self.model.passes:
            return ""
        present = [p for p in self.model.passes if p.holds(self._instant_ns)]
        if not present:
            return self.tr("no contact until {0}").format(time_text(self.model.passes[0].aos_ns))
        stations = dict.fromkeys(self.desk.pass_plan.station_title(p.station) for p in present)
        return self.tr("in pass: {0}").format(", ".join(stations))

    def refresh(self, view: DeskView) -> None:
        """Show the passes from the view's instant on."""
        plan = self.desk.pass_plan
        self._instant_ns = t0_ns = view.instant_ns
        coming = plan.between(t0_ns, t0_ns + AHEAD_NS)
        at = self.table.verticalScrollBar().value()
        if self.model.take(coming, t0_ns):
            self._follow_choice(self._chosen)
            self.table.verticalScrollBar().setValue(at)
        self.table.setVisible(bool(coming))
        self.empty.setVisible(not coming)
        if not coming:
            self.empty.setText(self._why_empty(t0_ns))
        self._show_foot(t0_ns)

    def _follow_choice(self, chosen: Pass | None) -> None:
        """Mark the pass that somebody chose, here or elsewhere; None: whichever leads."""
        self._chosen = chosen
        row = self.model.row_of(chosen) if chosen is not None else None
        self._filling = True
        if row is None:
            self.table.clearSelection()
            self.table.setCurrentIndex(QModelIndex())
        else:
            self.table.selectRow(row)
        self._filling = False

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setItemDelegate(_PassDelegate(table))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setMinimumSectionSize(8)
        table.verticalHeader().setDefaultSectionSize(theme.px(ROW_JAPANESE if japanese() else ROW))
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        head = table.horizontalHeader()
        head.setFixedHeight(theme.px(HEADER))
        head.setMinimumSectionSize(8)
        head.setHighlightSections(False)
        for column, width in enumerate(WIDTHS):
            table.setColumnWidth(column, theme.px(width))
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(STATION, QHeaderView.ResizeMode.Stretch)
        table.setAccessibleName(self.name())
        table.selectionModel().currentRowChanged.connect(self._current_changed)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), table)
        leave.setContext(Qt.ShortcutContext.WidgetShortcut)
        leave.activated.connect(lambda: self.desk.selection.pass_chosen.emit(None))

    def _current_changed(self, index: QModelIndex) -> None:
        chosen = index.data(PASS_ROLE)
        if not self._filling and isinstance(chosen, Pass):
            self.desk.selection.pass_chosen.emit(chosen)

    def _why_empty(self, t0_ns: int) -> str:
        plan = self.desk.pass_plan
        if not plan.predicts:
            return self.tr("No passes: the mission names no stations, or no orbit of a vehicle")
        if not plan.known(t0_ns, t0_ns + AHEAD_NS):
            return self.tr("Predicting …")
        return self.tr("No pass in the next 24 hours")

    def _show_foot(self, t0_ns: int) -> None:
        """Tell how old the elements are, and which vehicle cannot be predicted."""
        plan, parts = self.desk.pass_plan, []
        problems = plan.problems(t0_ns, t0_ns + AHEAD_NS)
        for vehicle in self.desk.mission.vehicles:
            name, orbit = plan.vehicle_title(vehicle.id), plan.orbit(vehicle.id)
            if vehicle.id in problems:
                mark = f'<span style="color:{theme.palette.caution.name()}">■</span>'
                words = self.tr("{0} cannot be predicted: {1}").format(name, problems[vehicle.id])
                parts.append(f"{mark} {html.escape(words)}")
            elif orbit is not None:
                days = (t0_ns - orbit.epoch_ns) / DAY_NS
                age = f"{days:.1f}".replace("-", "−")
                parts.append(html.escape(self.tr("TLE of {0}: {1} d old").format(name, age)))
        words = " · ".join(parts)
        if words != self.foot.text():
            self.foot.setText(words)
        self.foot.setVisible(bool(words))


class _PassDelegate(QStyledItemDelegate):
    """Draws a cell; a pass in progress is white, with a bar at its left and its progress below."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        each, model = index.data(PASS_ROLE), index.model()
        if not isinstance(each, Pass) or not isinstance(model, PassesModel):
            return
        palette, rect, column = theme.palette, QRectF(option.rect), index.column()
        present = each.holds(model.instant_ns)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, palette.selected)
        if present and column == VEHICLE:
            painter.fillRect(QRectF(rect.left() + 2, rect.top() + 3, 3, rect.height() - 6), palette.value)
        quiet = column in (VEHICLE, DURATION, LOS)
        painter.setFont(theme.font(12 if column == VEHICLE else 13))
        painter.setPen(palette.value if present else palette.label if quiet else palette.text)
        left, right = (theme.px(10) if column == VEHICLE else 0), (-4 if column > STATION else 0)
        room = rect.adjusted(left, 0, right, 0)
        words = str(index.data())
        if column in (VEHICLE, STATION):
            metrics = painter.fontMetrics()
            words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, round(room.width()))
        painter.drawText(room, _LEFT if column <= STATION else _RIGHT, words)
        if present and column == COUNTDOWN:
            done = (model.instant_ns - each.aos_ns) / max(1, each.duration_ns)
            line = QRectF(rect.left() + 6, rect.bottom() - 2, rect.width() - 10, 2)
            painter.fillRect(line, palette.track_normal)
            painter.fillRect(QRectF(line.left(), line.top(), line.width() * done, 2), palette.value)
        painter.restore()


def _key(each: Pass) -> tuple[str, str, int]:
    return each.vehicle, each.station, each.tca_ns
