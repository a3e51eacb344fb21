"""The event log: what the recorder and the decoder told, newest on top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
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

from console.archive.shapes import Event
from console.desk import symbols, theme
from console.desk.clocks import clock_text, time_text
from console.desk.models import folded
from console.desk.panel import Desk, Panel
from console.desk.view import DeskView
from console.desk.words import japanese, localised, severity_text

ROW, ROW_JAPANESE = 23, 26
OCTETS_TOLD = 16
DAY_NS = 86_400_000_000_000
EVENT_ROLE = Qt.ItemDataRole.UserRole + 1
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_Index = QModelIndex | QPersistentModelIndex


class EventsModel(QAbstractListModel):
    """The events that pass the filter; new ones are put on top without touching the others."""

    def __init__(self, panel: EventsPanel) -> None:
        super().__init__()
        self._panel = panel
        self._all: Sequence[Event] = ()
        self._words: list[str] = []
        self.shown: list[Event] = []

    def filter(self, text: str) -> None:
        """Show the events that hold all the words, in any order."""
        self._words = folded(text).split()
        self._reset()

    def take(self, events: Sequence[Event]) -> None:
        """Take the events of a view, newest first."""
        if events is self._all:
            return
        self._all = events
        chosen = self._chosen()
        if chosen == self.shown:
            return
        known = self.shown[0].id if self.shown else None
        new = next((i for i, event in enumerate(chosen) if event.id == known), None)
        if new is None or chosen[new:] != self.shown[: len(chosen) - new]:
            self._reset()
            return
        if new:
            self.beginInsertRows(QModelIndex(), 0, new - 1)
            self.shown[:0] = chosen[:new]
            self.endInsertRows()
        if len(self.shown) > len(chosen):
            self.beginRemoveRows(QModelIndex(), len(chosen), len(self.shown) - 1)
            del self.shown[len(chosen) :]
            self.endRemoveRows()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's name and default
        """Return the number of events that pass."""
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return an event under ``EVENT_ROLE``, its line as text and all of it as tooltip."""
        if not index.isValid() or index.row() >= len(self.shown):
            return None
        event = self.shown[index.row()]
        if role == EVENT_ROLE:
            return event
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._panel.line(event)
        return self._panel.details(event) if role == Qt.ItemDataRole.ToolTipRole else None

    def _reset(self) -> None:
        self.beginResetModel()
        self.shown = self._chosen()
        self.endResetModel()

    def _chosen(self) -> list[Event]:
        if not self._words:
            return list(self._all)
        return [
            event
            for event in self._all
            if all(
                word in folded(f"{self._panel.text(event)} {event.link} {event.code}") for word in self._words
            )
        ]


class EventsPanel(Panel):
    """Typing filters by text, code or link; rows can be selected and copied, also several."""

    id = "events"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._view: DeskView | None = None
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter events …"))
        self.filter.setAccessibleName(self.tr("Filter events"))
        self.filter.setClearButtonEnabled(True)
        self.model = EventsModel(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(_EventDelegate(self))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName(self.tr("Event log"))
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

    def title(self) -> str:
        """Return the title of the tab."""
        return self.tr("Event log")

    def refresh(self, view: DeskView) -> None:
        """Show the events known at the playhead."""
        self._view = view
        self.model.take(view.events)
        self._show_empty()

    def save(self) -> dict[str, Any]:
        """Return the filter."""
        return {"filter": self.filter.text()}

    def restore(self, state: dict[str, Any]) -> None:
        """Bring back the filter."""
        self.filter.setText(str(state.get("filter", "")))

    def copy(self) -> None:
        """Put the selected events on the clipboard, all that is known of each, oldest first."""
        rows = sorted((index.row() for index in self.list.selectedIndexes()), reverse=True)
        text = "\n".join(self.details(self.model.shown[row]).replace("\n", " · ") for row in rows)
        if text:
            QGuiApplication.clipboard().setText(text)

    def time_of(self, event: Event) -> int:
        """Return when an event became known, as mission time."""
        return event.known_at_ns if self._view is None else self._view.mission_time(event.known_at_ns)

    def text(self, event: Event) -> str:
        """Return the reason, after the name of its link."""
        titles = {x.id: localised(x.title, x.title_ja) for x in self.desk.mission.links}
        return f"{titles.get(event.link, event.link)}: {event.text}" if event.link else event.text

    def line(self, event: Event) -> str:
        """Return one line: time, severity where there is one, text."""
        severity = f"{severity_text(event.severity)}: " if event.severity else ""
        return f"{time_text(self.time_of(event))} {severity}{self.text(event)}"

    def details(self, event: Event) -> str:
        """Return all that is known of an event: time with date, code, text, offset, first octets."""
        parts = [
            f"{clock_text(self.time_of(event))} · {severity_text(event.severity)} · {event.code}",
            self.text(event),
        ]
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

    def day_of(self, event: Event) -> str:
        """Return the day (``326``) of an event that is not of the shown instant's day, else nothing."""
        at_ns = self.time_of(event)
        if self._view is None or at_ns // DAY_NS == self._view.instant_ns // DAY_NS:
            return ""
        return clock_text(at_ns)[5:8]

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
        self._held = (bar.value(), last - first + 1) if used and first == 0 else None

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
        """Draw one event."""
        event: Event | None = index.data(EVENT_ROLE)
        if event is None:
            return
        palette, rect = theme.palette, QRectF(option.rect)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, palette.selected)
        painter.setFont(theme.font(12))
        painter.setPen(palette.label)
        day = self._panel.day_of(event)
        left, width = rect.left() + 10, theme.px(98 if day else 70)
        at = time_text(self._panel.time_of(event))
        painter.drawText(QRectF(left, rect.top(), width, rect.height()), _LEFT, f"{day} {at}".strip())
        if event.severity:
            box = QRectF(left + width + theme.px(4), 0, theme.px(10), theme.px(10))
            box.moveTop(rect.center().y() - box.height() / 2)
            symbols.draw_status(painter, box, min(event.severity, 3))
        text_box = rect.adjusted(10 + width + theme.px(22), 0, -8, 0)
        if event.offset >= 0:
            painter.setPen(palette.dim)
            offset = self.tr("offset {0}").format(f"{event.offset:,}")
            painter.drawText(text_box, _RIGHT, offset)
            text_box.adjust(0, 0, -painter.fontMetrics().horizontalAdvance(offset) - theme.px(12), 0)
        painter.setPen(palette.value if event.severity else palette.text)
        text = self._panel.text(event)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(text_box.width()))
        painter.drawText(text_box, _LEFT, shown)
        painter.restore()


def _row_height() -> int:
    return theme.px(ROW_JAPANESE if japanese() else ROW)
