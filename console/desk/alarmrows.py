"""The rows of the alarm list: their order, how they look, and how limits and values read in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from console.archive.shapes import AlarmState
from console.desk import symbols, theme
from console.desk.models import decimals_of, unit_text
from console.desk.words import japanese, localised
from console.mission import Mission
from decoders import calibration
from decoders.limits import left
from decoders.mission.cells import CellError, parse_band
from decoders.mission.model import Band, Enumeration, Parameter, Severity

LINE_ONE, LINE_TWO, HEADER = 21, 18, 20
NAME_NEEDS = 130
STATE_ROLE = Qt.ItemDataRole.UserRole + 1
SPOKEN_ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.AccessibleTextRole,
    Qt.ItemDataRole.ToolTipRole,
)
"""What a narrow row leaves out is told where the mouse rests."""
Key = tuple[str, str]
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_Index = QModelIndex | QPersistentModelIndex


class Teller(Protocol):
    """Who tells what the rows say."""

    blink_on: bool

    def is_old(self, state: AlarmState) -> bool:
        """Whether the value now is one from before a silence of the vehicle."""
        ...

    def lines(self, state: AlarmState) -> tuple[str, str, str, str, str, str]:
        """Return state, name, value now, limit, first time and the second line."""
        ...


class AlarmsModel(QAbstractListModel):
    """Alarms in an order that keeps still: new ones on top only while nobody uses the list."""

    def __init__(self, spoken: Callable[[AlarmState], str]) -> None:
        super().__init__()
        self.states: list[AlarmState] = []
        self.below: set[Key] = set()
        """Alarms that came while the list was in use, and so stand at its end."""
        self._spoken = spoken

    def take(self, states: list[AlarmState], in_use: bool) -> None:
        """Take the present alarms; while the list is used rows keep their place and new ones go below."""
        by_key = {key_of(s): s for s in states}
        keys = [key_of(s) for s in self.states]
        if in_use:
            kept = [by_key.pop(key) for key in keys if key in by_key]
            arranged = kept + list(by_key.values())
            self.below = (self.below | (by_key.keys() if keys else set())) & {key_of(s) for s in states}
        else:
            arranged = sorted(states, key=lambda s: (s.state == "acknowledged", -s.first_ns))
            self.below = set()
        if [key_of(s) for s in arranged] != keys:
            self.beginResetModel()
            self.states = arranged
            self.endResetModel()
        elif arranged != self.states:
            self.states = arranged
            self.dataChanged.emit(self.index(0), self.index(len(arranged) - 1))

    def row_of(self, key: Key | None) -> int | None:
        """Return the row of an alarm, ``None`` where it is not in the list."""
        return next((row for row, state in enumerate(self.states) if key_of(state) == key), None)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's name and default
        """Return the number of alarms."""
        return 0 if parent.isValid() else len(self.states)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return an alarm under ``STATE_ROLE``, and as one line of text."""
        if not index.isValid() or index.row() >= len(self.states):
            return None
        state = self.states[index.row()]
        if role == STATE_ROLE:
            return state
        if role in SPOKEN_ROLES:
            return self._spoken(state)
        return None


class Columns:
    """Where the columns of a row stand.

    Where the name would get less than it needs, what the row tells elsewhere gives way: the first time
    (the second line tells how long it stands), then the state (the symbol shows it), then the limit.
    """

    def __init__(self, row: QRectF) -> None:
        left, right, top, height = row.left() + theme.px(34), row.right() - 8, row.top(), row.height()
        times, limit, now = theme.px(72), theme.px(84), theme.px(86)
        word = theme.px(70 if japanese() else 56)
        room = right - left - now - theme.px(NAME_NEEDS)
        if room < times + limit + word:
            times = 0
        if room < times + limit + word:
            word = 0
        if room < times + limit + word:
            limit = 0
        self.symbol = QRectF(row.left() + 4, top, theme.px(22), height)
        self.word = QRectF(left, top, max(0, word - 2), height)
        self.first = QRectF(right - times, top, times, height)
        self.limit = QRectF(self.first.left() - limit + 10, top, max(0, limit - 10), height)
        self.now = QRectF(self.first.left() - limit - now, top, now, height)
        self.name = QRectF(left + word, top, self.now.left() - left - word, height)
        self.below = QRectF(self.name.left(), top, right - self.name.left(), height)
        """For the second line."""


class AlarmDelegate(QStyledItemDelegate):
    """Draws one alarm: symbol with its corner marks, and two lines."""

    def __init__(self, teller: Teller, parent: QObject) -> None:
        super().__init__(parent)
        self._teller = teller

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
        word, name, now, limit, first, second = self._teller.lines(state)
        one = QRectF(rect.left(), rect.top() + 1, rect.width(), theme.px(LINE_ONE))
        two = QRectF(rect.left(), one.bottom() - 2, rect.width(), theme.px(LINE_TWO))
        columns = Columns(one)
        box = QRectF(0, 0, theme.px(12), theme.px(12))
        box.moveCenter(columns.symbol.center())
        returned = state.state == "returned"
        symbols.draw_status(
            painter, box, state.worst_severity if returned else state.severity, hollow=returned,
            corners=not state.acknowledged and self._teller.blink_on,
        )  # fmt: skip
        dim = state.acknowledged or returned
        painter.setFont(theme.font(12, bold=not dim))
        painter.setPen(palette.label if dim else palette.value)
        draw_cell(painter, columns.word, LEFT, word)
        painter.setFont(theme.font(13))
        draw_cell(painter, columns.first, RIGHT, first)
        painter.drawText(columns.now, RIGHT, "" if self._teller.is_old(state) else now)
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(columns.name.width()))
        painter.drawText(columns.name, LEFT, shown)
        painter.setFont(theme.font(12))
        painter.setPen(palette.label)
        draw_cell(painter, columns.limit, LEFT, limit)
        if self._teller.is_old(state):
            font = theme.font(13)
            font.setItalic(True)
            painter.setFont(font)
            painter.setPen(palette.dim)
            painter.drawText(columns.now, RIGHT, now)
            painter.setFont(theme.font(12))
            painter.setPen(palette.label)
        second_box = Columns(two).below
        shown = painter.fontMetrics().elidedText(second, Qt.TextElideMode.ElideRight, int(second_box.width()))
        painter.drawText(second_box, LEFT, shown)
        painter.restore()

    def editorEvent(self, event: QEvent, model: Any, option: Any, index: Any) -> bool:
        """Rows are not edited."""
        return False


def draw_cell(painter: QPainter, box: QRectF, side: Qt.AlignmentFlag, words: str) -> None:
    """Write a column's words, nothing where the column gave way."""
    if not box.isEmpty():
        painter.drawText(box, side, words)


def name_of(mission: Mission, state: AlarmState) -> str:
    """Return what an operator calls the alarm's parameter."""
    try:
        _, parameter = mission.home(state.parameter)
    except KeyError:
        return state.parameter
    return localised(parameter.description, parameter.description_ja) or parameter.name


def key_of(state: AlarmState) -> Key:
    """Return what names an alarm as long as it stands: packet and parameter."""
    return state.packet, state.parameter


def violated_text(mission: Mission, state: AlarmState) -> str:
    """Return the limit that is violated as the value violates it: ``> 30``, ``< 10``.

    Definitions and the alarm log write the band that is still fine, which reads the other way round.
    """
    found = _violated(mission, state)
    if found is None:
        return limit_words(state)
    parameter, end, high, inclusive = found
    if isinstance(parameter.calibration, Enumeration):
        number = calibration.label(parameter.calibration, int(end))
    else:
        number = f"{end:g}".replace("-", "−")
    sign = (">" if inclusive else "≥") if high else ("<" if inclusive else "≤")
    return _in_context(f"{sign} {number}", state.limit_text.partition(" when ")[2])


def limit_words(state: AlarmState) -> str:
    """Return what the alarm log wrote of a limit that is no band of the value: a rate or a state."""
    text, _, when = state.limit_text.partition(" when ")
    if text.startswith("rate "):
        text = QCoreApplication.translate("AlarmRows", "change per second not {0}").format(text[5:])
    elif text.endswith((" is caution", " is serious", " is critical")):
        label = text.rpartition(" is ")[0]
        text = QCoreApplication.translate("AlarmRows", "state {0}").format(label)
    return _in_context(text, when)


def _in_context(text: str, when: str) -> str:
    return QCoreApplication.translate("AlarmRows", "{0} when {1}").format(text, when) if when else text


def is_high(mission: Mission, state: AlarmState) -> bool:
    """Whether it is an upper limit that is violated."""
    found = _violated(mission, state)
    return found is None or found[2]


def _violated(mission: Mission, state: AlarmState) -> tuple[Parameter, float, bool, bool] | None:
    """Return the parameter, the limit, whether it is an upper one, and whether it is itself still fine."""
    try:
        _, parameter = mission.home(state.parameter)
    except KeyError:
        return None
    value = state.value if state.severity else state.worst_value
    band = _band_left(parameter, state, value)
    if band is None:
        return None
    if band.hi is not None and (value > band.hi or (value == band.hi and not band.hi_inclusive)):
        return parameter, band.hi, True, band.hi_inclusive
    if band.lo is not None and (value < band.lo or (value == band.lo and not band.lo_inclusive)):
        return parameter, band.lo, False, band.lo_inclusive
    return None


def _band_left(parameter: Parameter, state: AlarmState, value: float) -> Band | None:
    """Return the band that a value left; in contexts that which the alarm log wrote."""
    if parameter.context_limits:
        text = state.limit_text.partition(" when ")[0].removeprefix("watch ").removeprefix("severe ")
        try:
            return parse_band(text)
        except CellError:
            return None
    if parameter.limits is None or state.limit_text.startswith("rate "):
        return None
    severity = Severity(state.severity or state.worst_severity)
    levels = [level for level in left(parameter.limits.levels, value) if level.severity == severity]
    return levels[-1].band if levels else None


def alarm_value_text(mission: Mission, state: AlarmState, value: float) -> str:
    """Write a value of the alarm's parameter: a label, or fixed decimals and the unit."""
    try:
        _, parameter = mission.home(state.parameter)
    except KeyError:
        return f"{value:g}"
    if isinstance(parameter.calibration, Enumeration):
        return calibration.label(parameter.calibration, int(value)) if value == value else state.state_text
    text = f"{value:.{decimals_of(parameter)}f} {unit_text(parameter.unit)}"
    return text.replace("-", "−").rstrip()
