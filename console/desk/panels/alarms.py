"""The alarm list: what is abnormal, since when, how bad it was, and who has seen it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QRectF,
    Qt,
    QTimer,
)
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from console.archive.shapes import AlarmState
from console.desk import theme
from console.desk.alarmrows import (
    HEADER,
    LEFT,
    RIGHT,
    STATE_ROLE,
    AlarmDelegate,
    AlarmsModel,
    Columns,
    Key,
    alarm_value_text,
    draw_cell,
    is_high,
    key_of,
    name_of,
    violated_text,
)
from console.desk.clocks import span_text, time_text
from console.desk.contact import silences
from console.desk.models import unit_text, value_text
from console.desk.panel import Desk, Panel
from console.desk.view import DeskView, Query, TraceQuery
from console.desk.words import QT_TRANSLATE_NOOP, severity_text
from decoders.engineering import context_of_row
from decoders.mission.model import Enumeration

NS = 1_000_000_000
TOUCHED_S = 10.0
"""The list counts as used so long after a key or a click."""
COURSES = 12
"""Of so many alarms the worst value is looked up."""
BLINK_MS = 500


class AlarmsPanel(Panel):
    """Rows of two lines; acknowledging is one key, one alarm, and never a dialog."""

    id = "alarms"
    caption = QT_TRANSLATE_NOOP("AlarmsPanel", "Alarms")

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._view: DeskView | None = None
        self._selected: Key | None = None
        self._sent: set[int] = set()
        self._problem = ""
        self._touched_s = -TOUCHED_S
        self._worst: dict[Key, float] = {}
        self._silent: Collection[str] = ()
        self.blink_on = True
        self.model = AlarmsModel(self.spoken)
        self.head = _Head(self)
        self.list = QListView()
        self._set_up_list()
        self.empty = QLabel()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note = QLineEdit()
        self.note.setPlaceholderText(self.tr("note to the acknowledgement …"))
        self.note.setAccessibleName(self.tr("note to the acknowledgement …"))
        self.note.returnPressed.connect(self.acknowledge_selected)
        self.acknowledge = QPushButton(self.tr("Acknowledge A"))
        self.acknowledge.clicked.connect(self.acknowledge_selected)
        self.plot = QPushButton(self.tr("Plot at this second P"))
        self.plot.setMinimumWidth(theme.px(50))
        self.plot.clicked.connect(self.plot_selected)
        self.sound = QPushButton()
        self.sound.setCheckable(True)
        self.sound.setToolTip(self.tr("Sound of alarms that wait for an acknowledgement, on this desk"))
        self.sound.clicked.connect(self._switch_sound)
        self.hint = QLabel()
        self.hint.setObjectName("label")
        self.hint.setContentsMargins(10, 2, 8, 2)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 4, 8, 6)
        foot.setSpacing(6)
        foot.addWidget(self.acknowledge)
        foot.addWidget(self.plot)
        foot.addStretch()
        foot.addWidget(self.sound)
        above = QHBoxLayout()
        above.setContentsMargins(8, 4, 8, 0)
        above.addWidget(self.note)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.hint)
        layout.addLayout(above)
        layout.addLayout(foot)
        self._timer = QTimer(self)
        self._timer.setInterval(BLINK_MS // 5)
        self._timer.timeout.connect(self._blink)
        self._show_sound()

    def title(self) -> str:
        """Return the title of the tab, with what waits."""
        waiting = sum(not s.acknowledged for s in self.model.states)
        return self.tr("Alarms · {0} to acknowledge").format(waiting) if waiting else self.name()

    def queries(self, view: DeskView | None) -> Sequence[Query]:
        """Ask for the course of the newest alarms since they began, for the worst value of each."""
        if view is None:
            return ()
        return [q for state in self.model.states[:COURSES] if (q := self._course(state, view)) is not None]

    def refresh(self, view: DeskView) -> None:
        """Take the alarms as they stand at the playhead."""
        self._view = view
        self._silent = silences(view)
        self.model.take(list(view.alarms), self._in_use())
        self._find_worst(view)
        row = self.model.row_of(self._selected)
        if row is not None:
            self.list.setCurrentIndex(self.model.index(row))
        empty = not self.model.states
        self.empty.setVisible(empty)
        self.head.setVisible(not empty)
        self.list.setVisible(not empty)
        self.empty.setText(self._nothing(view))
        self.plot.setEnabled(not empty)
        if all(s.id not in self._sent or s.acknowledged for s in view.alarms):
            self._sent.clear()
        hint = self._hint(view)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        waits = any(not s.acknowledged for s in self.model.states)
        self.note.setVisible(waits and view.mode != "replay" and self.desk.writer is not None)
        self._show_may()
        self._show_sound()
        self.list.viewport().update()

    def acknowledge_selected(self) -> bool:
        """Acknowledge the selected alarm (or the only one that waits) with the note that was typed."""
        state = self.selected()
        if state is None or self.desk.writer is None or not self._may_acknowledge():
            return False
        try:
            self.desk.writer.acknowledge(state.id, self.desk.operator(), self.note.text().strip())
        except (OSError, sqlite3.Error) as error:
            self._problem = self.tr("not acknowledged: {0}").format(error)
            self.hint.setText(self._problem)
            self.hint.show()
            return False
        self._problem = ""
        self._sent.add(state.id)
        self.note.clear()
        self._show_may()
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
        """Return the selected alarm; where none ever was selected, the only one that waits.

        An alarm that was selected and has gone leaves nothing selected: what is acknowledged next
        must be something that somebody has looked at.
        """
        state = self.list.currentIndex().data(STATE_ROLE)
        if isinstance(state, AlarmState):
            return state
        waiting = [s for s in self.model.states if not s.acknowledged]
        return waiting[0] if len(waiting) == 1 and self._selected is None else None

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
        worst = alarm_value_text(mission, state, self._worst.get(key_of(state), state.worst_value))
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
        limit = violated_text(mission, state)
        return words[state.state], name_of(mission, state), self._now(state), limit, first, second

    def spoken(self, state: AlarmState) -> str:
        """Return a row as one line of text, for a screen reader."""
        word, name, now, limit, first, second = self.lines(state)
        severity = severity_text(state.severity or state.worst_severity)
        return f"{severity}, {word}, {name} {now} {limit}, {first}, {second}"

    def is_old(self, state: AlarmState) -> bool:
        """Whether nothing comes from the alarm's vehicle, so that its value now is not known."""
        return state.vehicle in self._silent

    def showEvent(self, event: QShowEvent) -> None:
        """Blink from now on."""
        self._timer.start()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody sees it blink."""
        self._timer.stop()
        super().hideEvent(event)

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """Note when somebody last used the list."""
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel):
            self._touched_s = time.monotonic()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say less on a button where there is no room for all of them."""
        words = self.tr("Plot at this second P"), self.tr("Plot P")
        self.plot.setText(words[0])
        room = self.width() - theme.px(40)
        needed = sum(button.sizeHint().width() for button in (self.acknowledge, self.plot, self.sound))
        self.plot.setText(words[needed > room])
        self.plot.setToolTip(words[0])
        super().resizeEvent(event)

    def _set_up_list(self) -> None:
        self.list.setModel(self.model)
        self.list.setItemDelegate(AlarmDelegate(self, self))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setUniformItemSizes(True)
        self.list.setMinimumHeight(theme.px(24))
        self.list.setAccessibleName(self.name())
        self.list.setMouseTracking(True)
        self.list.installEventFilter(self)
        self.list.viewport().installEventFilter(self)
        self.list.selectionModel().currentChanged.connect(self._select)

    def _nothing(self, view: DeskView) -> str:
        """Return what an empty list means: that no alarm stands is said only where values are known."""
        if not view.record:
            return self.tr("nothing received yet")
        vehicles = {packet.vehicle for packet in view.mission.packets}
        if self._silent and vehicles <= set(self._silent):
            return self.tr("no contact: no alarm stood at its end")
        return self.tr("No alarm stands")

    def _may_acknowledge(self) -> bool:
        """Whether the selected alarm waits for an acknowledgement that can be given here and now."""
        view, state = self._view, self.selected()
        if view is None or view.mode == "replay" or self.desk.writer is None or state is None:
            return False
        return not state.acknowledged and state.id not in self._sent

    def _show_may(self) -> None:
        self.acknowledge.setEnabled(self._may_acknowledge())

    def _in_use(self) -> bool:
        typing = self.note.hasFocus() and bool(self.note.text())
        return self.list.underMouse() or typing or time.monotonic() - self._touched_s < TOUCHED_S

    def _hint(self, view: DeskView) -> str:
        if view.mode == "replay" and self.model.states:
            return self.tr("alarms of that time, cannot be acknowledged")
        if self._problem:
            return self._problem
        if self._selected is not None and self.model.row_of(self._selected) is None and self.model.states:
            return self.tr("the selected alarm has gone; select one")
        bottom = self.list.viewport().height()
        rows = [row for key in self.model.below if (row := self.model.row_of(key)) is not None]
        hidden = sum(self.list.visualRect(self.model.index(row)).bottom() > bottom for row in rows)
        return self.tr("{0} new below").format(hidden) if hidden else ""

    def _now(self, state: AlarmState) -> str:
        row = None if self._view is None else self._view.latest.get(state.packet)
        try:
            packet, parameter = self.desk.mission.home(state.parameter)
        except KeyError:
            return ""
        if row is None or state.parameter not in row.raw:
            return alarm_value_text(self.desk.mission, state, state.value)
        context = context_of_row(packet, parameter.context_calibrations, row.raw)
        text = value_text(parameter, row.raw[state.parameter], None, context)
        return f"{text} {unit_text(parameter.unit)}".rstrip()

    def _course(self, state: AlarmState, view: DeskView) -> TraceQuery | None:
        """Return the question for a number's course from the alarm's first second on."""
        try:
            _, parameter = self.desk.mission.home(state.parameter)
        except KeyError:
            return None
        if isinstance(parameter.calibration, Enumeration):
            return None
        begin = view.mission_time(state.first_ns) // NS * NS
        last = view.mission_time(state.last_ns) if state.state == "returned" else view.instant_ns
        step = max(2 * NS, (last - begin) // 50 // NS * NS)
        end = begin + (max(0, last - begin) // step + 1) * step
        return TraceQuery(state.packet, state.parameter, begin, end, 200, "reception")

    def _find_worst(self, view: DeskView) -> None:
        """Take the worst value from the courses; the alarm log itself knows only its transitions."""
        for state in self.model.states[:COURSES]:
            query = self._course(state, view)
            trace = view.traces.get(query) if query is not None else None
            key = key_of(state)
            low, high = (min, np.fmin.reduce), (max, np.fmax.reduce)
            choose, reduce = high if is_high(self.desk.mission, state) else low
            if trace is not None and len(trace.t_ns):
                extreme = float(reduce(trace.hi if choose is max else trace.lo))
                if extreme == extreme:
                    self._worst[key] = choose(extreme, state.worst_value)
        known = {key_of(s) for s in self.model.states}
        self._worst = {key: value for key, value in self._worst.items() if key in known}

    def _select(self, index: QModelIndex) -> None:
        state = index.data(STATE_ROLE)
        if isinstance(state, AlarmState) and key_of(state) != self._selected:
            if self._selected is not None:
                self.note.clear()  # it was typed for another alarm
            self._selected = key_of(state)
            self.desk.selection.parameter_changed.emit(state.packet, state.parameter)
        self._show_may()

    def _switch_sound(self) -> None:
        self.desk.sound.on = not self.desk.sound.on
        self._show_sound()

    def _show_sound(self) -> None:
        on = self.desk.sound.on
        self.sound.setChecked(not on)
        self.sound.setText(self.tr("Sound on") if on else self.tr("Sound off"))

    def _blink(self) -> None:
        # From the clock, not from a counter: all symbols of a desk blink together.
        on = time.monotonic_ns() // (BLINK_MS * 1_000_000) % 2 == 0
        if on != self.blink_on:
            self.blink_on = on
            if any(not s.acknowledged for s in self.model.states):
                self.list.viewport().update()


class _Head(QWidget):
    """The names of the columns."""

    def __init__(self, panel: AlarmsPanel) -> None:
        super().__init__(panel)
        self.setFixedHeight(theme.px(HEADER))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.palette.header)
        painter.setFont(theme.font(12))
        painter.setPen(theme.palette.label)
        row = Columns(QRectF(self.rect()))
        draw_cell(painter, row.word, LEFT, self.tr("State"))
        painter.drawText(row.name, LEFT, self.tr("Alarm"))
        painter.drawText(row.now, RIGHT, self.tr("Now"))
        draw_cell(painter, row.limit, LEFT, self.tr("Limit"))
        draw_cell(painter, row.first, RIGHT, self.tr("First"))
