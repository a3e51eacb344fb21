"""The event log: what the recorder and the decoder told, and the alarms' comings and goings."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from console.archive.shapes import Event
from console.desk import symbols, theme
from console.desk.clocks import time_text
from console.desk.panel import Desk, Panel
from console.desk.view import DeskView
from console.desk.words import japanese

ROW, ROW_JAPANESE = 23, 26
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class EventsPanel(Panel):
    """Newest on top; typing filters by text, code or link."""

    id = "events"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter events …"))
        self.filter.setAccessibleName(self.tr("Filter events"))
        self.filter.setClearButtonEnabled(True)
        self.rows = _EventRows(self)
        self.filter.textChanged.connect(self.rows.set_filter)
        top = QHBoxLayout()
        top.setContentsMargins(6, 4, 6, 2)
        top.addWidget(self.filter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.rows, 1)

    def title(self) -> str:
        """Return the title of the tab."""
        return self.tr("Event log")

    def refresh(self, view: DeskView) -> None:
        """Show the events known at the playhead."""
        self.rows.take(view)

    def save(self) -> dict[str, Any]:
        """Return the filter."""
        return {"filter": self.filter.text()}

    def restore(self, state: dict[str, Any]) -> None:
        """Bring back the filter."""
        self.filter.setText(str(state.get("filter", "")))


class _EventRows(QWidget):
    """The rows, drawn; the wheel scrolls by rows."""

    def __init__(self, panel: EventsPanel) -> None:
        super().__init__(panel)
        self._view: DeskView | None = None
        self._words: list[str] = []
        self._first = 0
        self.setMinimumHeight(40)

    def set_filter(self, text: str) -> None:
        self._words = text.casefold().split()
        self._first = 0
        self.update()

    def take(self, view: DeskView) -> None:
        self._view = view
        self.update()

    def shown(self) -> list[Event]:
        """Return the events that pass the filter, newest first."""
        events = self._view.events if self._view is not None else ()
        return [e for e in events if all(w in f"{e.link} {e.code} {e.text}".casefold() for w in self._words)]

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._first = min(max(0, self._first - event.angleDelta().y() // 60), max(0, len(self.shown()) - 1))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette, view = theme.palette, self._view
        painter.fillRect(self.rect(), palette.panel)
        painter.setFont(theme.font(12))
        height = theme.px(ROW_JAPANESE if japanese() else ROW)
        shown = self.shown()
        if view is None or not shown:
            painter.setPen(palette.dim)
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self.tr("No events"))
            return
        for i, each in enumerate(shown[self._first :]):
            top = i * height
            if top > self.height():
                return
            painter.setPen(palette.label)
            at = time_text(view.mission_time(each.known_at_ns))
            painter.drawText(QRectF(10, top, theme.px(70), height), _LEFT, at)
            if each.severity:
                box = QRectF(theme.px(84), top + height / 2 - 5, 10, 10)
                symbols.draw_status(painter, box, min(each.severity, 3))
            painter.setPen(palette.text)
            text = f"{each.link}: {each.text}" if each.link else each.text
            box = QRectF(theme.px(102), top, self.width() - theme.px(108), height)
            elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
            painter.drawText(box, _LEFT, elided)
