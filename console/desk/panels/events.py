"""The event log: links, phases, alarms, notes and predicted passes up to the playhead, newest on top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from console.desk import symbols, theme
from console.desk.clocks import clock_text, time_text
from console.desk.eventlines import EventLine, EventLines
from console.desk.models import folded
from console.desk.panel import Desk, Panel
from console.desk.view import DeskView
from console.desk.words import QT_TRANSLATE_NOOP, japanese, severity_text

ROW, ROW_JAPANESE = 23, 26
OCTETS_TOLD = 16
DAY_NS = 86_400_000_000_000
LINE_ROLE = Qt.ItemDataRole.UserRole + 1
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_Index = QModelIndex | QPersistentModelIndex


class EventsModel(QAbstractListModel):
    """The lines that pass the filter; what comes and goes leaves the others where they are."""

    def __init__(self, panel: EventsPanel) -> None:
        super().__init__()
        self._panel = panel
        self._all: Sequence[EventLine] = ()
        self._words: list[str] = []
        self.shown: list[EventLine] = []

    def filter(self, text: str) -> None:
        """Show the lines that hold all the words, in any order."""
        self._words = folded(text).split()
        self._reset(self._chosen())

    def take(self, lines: Sequence[EventLine]) -> None:
        """Take the lines of a view, newest first."""
        if lines is self._all:
            return
        self._all = lines
        chosen = self._chosen()
        wanted, known = {line.key for line in chosen}, {line.key for line in self.shown}
        staying = [line.key for line in self.shown if line.key in wanted]
        if not staying or staying != [line.key for line in chosen if line.key in known]:
            self._reset(chosen)
            return
        for first, last in reversed(_runs([line.key in wanted for line in self.shown])):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self.shown[first : last + 1]
            self.endRemoveRows()
        for first, last in _runs([line.key in known for line in chosen]):
            self.beginInsertRows(QModelIndex(), first, last)
            self.shown[first:first] = chosen[first : last + 1]
            self.endInsertRows()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's name and default
        """Return the number of lines that pass."""
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a line under ``LINE_ROLE``, as text, and with all that is known of it as tooltip."""
        if not index.isValid() or index.row() >= len(self.shown):
            return None
        line = self.shown[index.row()]
        if role == LINE_ROLE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._panel.line(line)
        return self._panel.details(line) if role == Qt.ItemDataRole.ToolTipRole else None

    def _reset(self, chosen: list[EventLine]) -> None:
        self.beginResetModel()
        self.shown = chosen
        self.endResetModel()

    def _chosen(self) -> list[EventLine]:
        if not self._words:
            return list(self._all)
        return [
            line
            for line in self._all
            if all(word in folded(f"{line.text} {line.link} {line.code}") for word in self._words)
        ]


def _runs(kept: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the first and last index of each stretch that is not kept."""
    runs: list[tuple[int, int]] = []
    for i, each in enumerate(kept):
        if each:
            continue
        if runs and runs[-1][1] == i - 1:
            runs[-1] = (runs[-1][0], i)
        else:
            runs.append((i, i))
    return runs


class EventsPanel(Panel):
    """Typing filters by text, code or link; rows can be selected and copied, also several."""

    id = "events"
    caption = QT_TRANSLATE_NOOP("EventsPanel", "Event log")

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._view: DeskView | None = None
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter events …"))
        self.filter.setAccessibleName(self.tr("Filter events"))
        self.filter.setClearButtonEnabled(True)
        self.model = EventsModel(self)
        self._lines = EventLines(desk.pass_plan, self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(_EventDelegate(self))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName(self.name())
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        copy = QAction(self.tr("Copy"), self.list)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy)
        self.list.addAction(copy)
        self.empty = QLabel()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.filter.textChanged.connect(self._filter)
        self.model.rowsAboutToBeInserted.connect(self._hold)
        self.model.rowsInserted.connect(self._stay)
        self._held: tuple[int, int] | None = None
        top = QHBoxLayout()
        top.setContentsMargins(6, 4, 6, 2)
        top.addWidget(self.filter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.empty, 1)
        self._show_empty()

    def refresh(self, view: DeskView) -> None:
        """Show the events known at the playhead."""
        self._view = view
        self.model.take(self._lines.of(view))
        self._show_empty()

    def save(self) -> dict[str, Any]:
        """Return the filter."""
        return {"filter": self.filter.text()}

    def restore(self, state: dict[str, Any]) -> None:
        """Bring back the filter."""
        self.filter.setText(str(state.get("filter", "")))

    def copy(self) -> None:
        """Put the selected lines on the clipboard, all that is known of each, oldest first."""
        rows = sorted((index.row() for index in self.list.selectedIndexes()), reverse=True)
        text = "\n".join(self.details(self.model.shown[row]).replace("\n", " · ") for row in rows)
        if text:
            QGuiApplication.clipboard().setText(text)

    def line(self, line: EventLine) -> str:
        """Return one line of text: time, severity where there is one, what happened."""
        severity = f"{severity_text(line.severity)}: " if line.severity and not line.hollow else ""
        return f"{time_text(line.at_ns)} {severity}{line.text}"

    def details(self, line: EventLine) -> str:
        """Return all that is known of a line: time with date, code, text, offset, first octets."""
        severity = severity_text(0 if line.hollow else line.severity)
        parts = [f"{clock_text(line.at_ns)} · {severity} · {self._code_text(line.code)}", line.text]
        event = line.event
        if event is not None:
            if not line.text.endswith(event.text):
                parts.append(event.text)
            if event.offset >= 0:
                parts.append(self.tr("offset {0} in the stream").format(event.offset))
            if event.octets:
                more = " …" if len(event.octets) > OCTETS_TOLD else ""
                parts.append(
                    self.tr("{0} octets: {1}").format(
                        len(event.octets), event.octets[:OCTETS_TOLD].hex(" ").upper() + more
                    )
                )
        return "\n".join(parts)

    def day_of(self, line: EventLine) -> str:
        """Return the day (``326``) of a line that is not of the shown instant's day, else nothing."""
        if self._view is None or line.at_ns // DAY_NS == self._view.instant_ns // DAY_NS:
            return ""
        return clock_text(line.at_ns)[5:8]

    def _code_text(self, code: str) -> str:
        return {
            "alarm": self.tr("alarm"),
            "acknowledgement": self.tr("acknowledgement"),
            "note": self.tr("note"),
            "predicted": self.tr("predicted"),
        }.get(code, code)

    def _filter(self, text: str) -> None:
        self.model.filter(text)
        self._show_empty()

    def _show_empty(self) -> None:
        empty = not self.model.shown
        self.empty.setText(
            self.tr("No event fits the filter") if self.filter.text() else self.tr("No events")
        )
        self.empty.setVisible(empty)
        self.list.setVisible(not empty)

    def _hold(self, _parent: QModelIndex, first: int, last: int) -> None:
        bar = self.list.verticalScrollBar()
        used = self.list.underMouse() or bool(self.list.selectedIndexes()) or bar.value() > 0
        top = self.list.indexAt(QPoint(0, 0)).row()
        self._held = (bar.value(), last - first + 1) if used and first <= max(top, 0) else None

    def _stay(self) -> None:
        """Scroll along with what is read: rows never move under the cursor."""
        if self._held is not None:
            value, rows = self._held
            self.list.doItemsLayout()
            self.list.verticalScrollBar().setValue(value + rows * _row_height())


class _EventDelegate(QStyledItemDelegate):
    """Draws time, shape, text, and at the right end the offset."""

    def __init__(self, panel: EventsPanel) -> None:
        super().__init__(panel)
        self._panel = panel

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the height of a row."""
        return QSize(100, _row_height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one line."""
        line: EventLine | None = index.data(LINE_ROLE)
        if line is None:
            return
        palette, rect = theme.palette, QRectF(option.rect)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, palette.selected)
        painter.setFont(theme.font(12))
        painter.setPen(palette.label)
        day = self._panel.day_of(line)
        left, width = rect.left() + 10, theme.px(98 if day else 70)
        at = time_text(line.at_ns)
        painter.drawText(QRectF(left, rect.top(), width, rect.height()), _LEFT, f"{day} {at}".strip())
        if line.severity:
            box = QRectF(left + width + theme.px(4), 0, theme.px(10), theme.px(10))
            box.moveTop(rect.center().y() - box.height() / 2)
            symbols.draw_status(painter, box, min(line.severity, 3), hollow=line.hollow)
        text_box = rect.adjusted(10 + width + theme.px(22), 0, -8, 0)
        if line.event is not None and line.event.offset >= 0:
            painter.setPen(palette.dim)
            offset = self.tr("offset {0}").format(f"{line.event.offset:,}")
            painter.drawText(text_box, _RIGHT, offset)
            text_box.adjust(0, 0, -painter.fontMetrics().horizontalAdvance(offset) - theme.px(12), 0)
        stands = bool(line.severity) and not line.hollow and not line.quiet
        painter.setPen(palette.value if stands else palette.label if line.quiet else palette.text)
        shown = painter.fontMetrics().elidedText(
            line.text, Qt.TextElideMode.ElideRight, int(text_box.width())
        )
        painter.drawText(text_box, _LEFT, shown)
        painter.restore()


def _row_height() -> int:
    return theme.px(ROW_JAPANESE if japanese() else ROW)
