"""The alarm list: what is abnormal, since when, how bad it was, and who has seen it."""

from __future__ import annotations

import time
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from console.archive.shapes import AlarmState
from console.desk import symbols, theme
from console.desk.clocks import span_text, time_text
from console.desk.models import decimals_of, value_text
from console.desk.panel import Desk, Panel
from console.desk.sound import AlarmSound
from console.desk.view import DeskView
from console.desk.words import localised
from console.mission import Mission
from decoders.mission.model import Enumeration

LINE_ONE, LINE_TWO = 21, 18
BLINK_MS = 500
STATE_ROLE = Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class AlarmsModel(QAbstractListModel):
    """Alarms in an order that keeps still: new ones on top only while nobody uses the list."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list[AlarmState] = []

    def take(self, states: list[AlarmState], in_use: bool) -> None:
        """Take the present alarms; while the list is used rows keep their place and new ones go below."""
        by_key = {(s.packet, s.parameter): s for s in states}
        keys = [(s.packet, s.parameter) for s in self.states]
        if in_use:
            kept = [by_key.pop(key) for key in keys if key in by_key]
            arranged = kept + list(by_key.values())
        else:
            arranged = sorted(states, key=lambda s: (s.state == "acknowledged", -s.first_ns))
        if [(s.packet, s.parameter) for s in arranged] != keys:
            self.beginResetModel()
            self.states = arranged
            self.endResetModel()
        elif arranged != self.states:
            self.states = arranged
            self.dataChanged.emit(self.index(0), self.index(len(arranged) - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's name and default
        """Return the number of alarms."""
        return 0 if parent.isValid() else len(self.states)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return an alarm under ``STATE_ROLE``, its parameter as text."""
        if not index.isValid() or index.row() >= len(self.states):
            return None
        state = self.states[index.row()]
        if role == STATE_ROLE:
            return state
        return state.parameter if role == Qt.ItemDataRole.DisplayRole else None


class AlarmsPanel(Panel):
    """Rows of two lines; acknowledging is one key, one alarm, and never a dialog."""

    id = "alarms"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._view: DeskView | None = None
        self._selected: tuple[str, str] | None = None
        self.blink_on = True
        self.model = AlarmsModel()
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(_AlarmDelegate(self))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName(self.tr("Alarms"))
        self.list.setMouseTracking(True)
        self.list.clicked.connect(self._select)
        self.empty = QLabel(self.tr("No alarm stands"))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note = QLineEdit()
        self.note.setPlaceholderText(self.tr("note to the acknowledgement …"))
        self.note.returnPressed.connect(self.acknowledge_selected)
        self.acknowledge = QPushButton(self.tr("Acknowledge A"))
        self.acknowledge.clicked.connect(self.acknowledge_selected)
        self.plot = QPushButton(self.tr("Plot at this second P"))
        self.plot.clicked.connect(self.plot_selected)
        self.hint = QLabel()
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 4, 8, 6)
        foot.setSpacing(6)
        foot.addWidget(self.acknowledge)
        foot.addWidget(self.plot)
        foot.addWidget(self.note, 1)
        foot.addWidget(self.hint)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.empty)
        layout.addWidget(self.list, 1)
        layout.addLayout(foot)
        self._timer = QTimer(self)
        self._timer.setInterval(BLINK_MS)
        self._timer.timeout.connect(self._blink)
        self._timer.start()
        self._sound = AlarmSound(self)

    def title(self) -> str:
        """Return the title of the tab, with what waits."""
        waiting = sum(not s.acknowledged for s in self.model.states)
        return self.tr("Alarms · {0} to acknowledge").format(waiting) if waiting else self.tr("Alarms")

    def refresh(self, view: DeskView) -> None:
        """Take the alarms as they stand at the playhead."""
        self._view = view
        in_use = self.list.underMouse() or self.list.hasFocus()
        self.model.take(list(view.alarms), in_use)
        for row, state in enumerate(self.model.states):
            if (state.packet, state.parameter) == self._selected:
                self.list.setCurrentIndex(self.model.index(row))
        empty = not self.model.states
        self.empty.setVisible(empty)
        self.list.setVisible(not empty)
        replay = view.mode == "replay"
        self.hint.setText(
            self.tr("alarms of that time, cannot be acknowledged") if replay and not empty else ""
        )
        may = not replay and not empty and self.desk.writer is not None
        self.acknowledge.setEnabled(may)
        self.note.setVisible(may)
        self.plot.setEnabled(not empty)
        waiting = [s for s in self.model.states if not s.acknowledged and s.severity]
        self._sound.follow(max((s.severity for s in waiting), default=0) if view.mode != "replay" else 0)
        self.list.viewport().update()

    def acknowledge_selected(self) -> bool:
        """Acknowledge the selected alarm (or the only one that waits) with the note that was typed."""
        state = self.selected()
        view = self._view
        if state is None or view is None or view.mode == "replay" or self.desk.writer is None:
            return False
        if state.acknowledged:
            return False
        self.desk.writer.acknowledge(state.id, self.desk.operator(), self.note.text().strip())
        self.note.clear()
        return True

    def plot_selected(self) -> bool:
        """Ask for a plot of the selected alarm's parameter at the second when it began."""
        state = self.selected()
        if state is None or self._view is None:
            return False
        at_ns = state.generation_ns or self._view.mission_time(state.first_ns)
        self.desk.selection.plot_requested.emit(state.packet, state.parameter, at_ns)
        return True

    def selected(self) -> AlarmState | None:
        """Return the selected alarm; with none selected, the only one that waits."""
        state = self.list.currentIndex().data(STATE_ROLE)
        if isinstance(state, AlarmState):
            return state
        waiting = [s for s in self.model.states if not s.acknowledged]
        return waiting[0] if len(waiting) == 1 else None

    def lines(self, state: AlarmState) -> tuple[str, str, str, str, str, str]:
        """Return what a row says: state, name, value now, limit, first time, second line."""
        view = self._view
        mission = self.desk.mission
        words = {
            "unacknowledged": self.tr("UNACK"),
            "acknowledged": self.tr("ACK"),
            "returned": self.tr("RTN-UN"),
        }
        first = "" if view is None else time_text(view.mission_time(state.first_ns))
        standing = (
            "" if view is None else span_text(max(0, view.instant_ns - view.mission_time(state.first_ns)))
        )
        worst = _value(mission, state, state.worst_value)
        if state.state == "returned" and view is not None:
            second = self.tr("back to normal {0} · worst {1} · count {2}").format(
                time_text(view.mission_time(state.last_ns)), worst, state.count
            )
        else:
            second = self.tr("worst {0} · count {1} · standing {2}").format(worst, state.count, standing)
        if state.acknowledged and view is not None and state.acknowledged_ns is not None:
            note = f" · “{state.note}”" if state.note else ""
            second = self.tr("acknowledged {0} {1}{2}").format(
                state.acknowledged_by, time_text(view.mission_time(state.acknowledged_ns)), note
            )
        return words[state.state], name_of(mission, state), self._now(state), state.limit_text, first, second

    def _now(self, state: AlarmState) -> str:
        row = None if self._view is None else self._view.latest.get(state.packet)
        try:
            _, parameter = self.desk.mission.home(state.parameter)
        except KeyError:
            return ""
        if row is None or state.parameter not in row.raw:
            return _value(self.desk.mission, state, state.value)
        return f"{value_text(parameter, row.raw[state.parameter])} {_unit(parameter.unit)}".rstrip()

    def _select(self, index: QModelIndex) -> None:
        state = index.data(STATE_ROLE)
        if isinstance(state, AlarmState):
            self._selected = (state.packet, state.parameter)
            self.desk.selection.parameter_changed.emit(state.packet, state.parameter)

    def _blink(self) -> None:
        # From the clock, not from a counter: all symbols of a desk blink together.
        on = time.monotonic_ns() // (BLINK_MS * 1_000_000) % 2 == 0
        if on != self.blink_on:
            self.blink_on = on
            if any(not s.acknowledged for s in self.model.states):
                self.list.viewport().update()


class _AlarmDelegate(QStyledItemDelegate):
    """Draws one alarm: symbol with its corner marks, and two lines."""

    def __init__(self, panel: AlarmsPanel) -> None:
        super().__init__(panel)
        self._panel = panel

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the height of two lines."""
        return QSize(200, theme.px(LINE_ONE + LINE_TWO + 2))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one row."""
        state: AlarmState | None = index.data(STATE_ROLE)
        if state is None:
            return
        palette = theme.palette
        rect = QRectF(option.rect)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, palette.selected)
        word, name, now, limit, first, second = self._panel.lines(state)
        one = QRectF(rect.left(), rect.top() + 1, rect.width(), theme.px(LINE_ONE))
        two = QRectF(rect.left(), one.bottom() - 2, rect.width(), theme.px(LINE_TWO))
        box = QRectF(0, 0, theme.px(12), theme.px(12))
        box.moveCenter(QRectF(one.left() + 4, one.top(), theme.px(22), one.height()).center())
        returned = state.state == "returned"
        symbols.draw_status(
            painter, box, state.worst_severity if returned else state.severity, hollow=returned,
            corners=not state.acknowledged and self._panel.blink_on,
        )  # fmt: skip
        dim = state.acknowledged or returned
        left = one.left() + theme.px(34)
        width_time, width_limit, width_now = theme.px(72), theme.px(92), theme.px(84)
        right = one.right() - 8
        painter.setFont(theme.font(12, bold=not dim))
        painter.setPen(palette.label if dim else palette.value)
        painter.drawText(QRectF(left, one.top(), theme.px(54), one.height()), _LEFT, word)
        painter.setFont(theme.font(13))
        painter.drawText(QRectF(right - width_time, one.top(), width_time, one.height()), _RIGHT, first)
        painter.setPen(palette.label)
        painter.setFont(theme.font(12))
        limit_box = QRectF(right - width_time - width_limit, one.top(), width_limit, one.height())
        painter.drawText(limit_box.adjusted(8, 0, 0, 0), _LEFT, limit)
        now_box = QRectF(limit_box.left() - width_now, one.top(), width_now, one.height())
        painter.setFont(theme.font(13))
        painter.setPen(palette.label if dim else palette.value)
        painter.drawText(now_box, _RIGHT, now)
        name_box = QRectF(left + theme.px(56), one.top(), now_box.left() - left - theme.px(56), one.height())
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(name_box.width()))
        painter.drawText(name_box, _LEFT, shown)
        painter.setFont(theme.font(12))
        painter.setPen(palette.label)
        second_box = QRectF(left + theme.px(56), two.top(), right - left - theme.px(56), two.height())
        shown = painter.fontMetrics().elidedText(second, Qt.TextElideMode.ElideRight, int(second_box.width()))
        painter.drawText(second_box, _LEFT, shown)
        painter.restore()

    def editorEvent(self, event: QEvent, model: Any, option: Any, index: Any) -> bool:
        """Rows are not edited."""
        return False


def name_of(mission: Mission, state: AlarmState) -> str:
    """Return what an operator calls the alarm's parameter."""
    try:
        _, parameter = mission.home(state.parameter)
    except KeyError:
        return state.parameter
    return localised(parameter.description, parameter.description_ja) or parameter.name


def _value(mission: Mission, state: AlarmState, value: float) -> str:
    try:
        _, parameter = mission.home(state.parameter)
    except KeyError:
        return f"{value:g}"
    if isinstance(parameter.calibration, Enumeration):
        return state.state_text

    return f"{value:.{decimals_of(parameter)}f} {_unit(parameter.unit)}".replace("-", "−").rstrip()


def _unit(unit: str) -> str:
    return {"degC": "℃", "deg/s": "°/s", "deg": "°"}.get(unit, unit)
