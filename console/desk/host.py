"""What stands between a dock and its panel, so that one bad panel never blocks the others."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from console.desk import theme
from console.desk.panel import Panel
from console.desk.view import DeskView, Query

log = logging.getLogger(__name__)


class PanelHost(QWidget):
    """Holds one panel; what the panel raises is shown in its place, with a button to try again."""

    title_changed = Signal(str)

    def __init__(self, dock_id: str, make: Callable[[], Panel], state: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.dock_id = dock_id
        self._make = make
        self._state = dict(state or {})
        self._title = dock_id
        self.panel: Panel | None = None
        self._waiting: DeskView | None = None
        self._pause = QTimer(self, singleShot=True)
        self._pause.timeout.connect(self._draw_waiting)
        self.error = ""
        """The last exception as text; empty while all is well."""
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._page = self._error_page()
        self._stack.addWidget(self._page)
        self.build()

    def build(self) -> None:
        """Make the panel (again) and give it its state."""
        if self.panel is not None:
            self._state = self.save()
            self._stack.removeWidget(self.panel)
            self.panel.deleteLater()
            self.panel = None
        self.error = ""
        self._tells = True
        try:
            panel = self._make()
            if self._state:
                panel.restore(self._state)
            self._title = panel.title()
        except Exception:
            self._failed("opening")
            return
        self.panel = panel
        self._stack.addWidget(panel)
        self._stack.setCurrentWidget(panel)

    @property
    def title(self) -> str:
        """The panel's title; the dock's id where the panel could not be made."""
        return self._title

    def queries(self, view: DeskView | None) -> Sequence[Query]:
        """Return what the panel wants to know in the next view."""
        if self.panel is None or self.error:
            return ()
        try:
            return self.panel.queries(view)
        except Exception:
            self._failed("asking")
            return ()

    def refresh(self, view: DeskView) -> None:
        """Draw the view: at once, or when the panel's pause since the last one is over."""
        if self._pause.isActive():
            self._waiting = view
        else:
            self._draw(view)

    def _draw_waiting(self) -> None:
        view, self._waiting = self._waiting, None
        if view is not None and self.isVisible():
            self._draw(view)

    def _draw(self, view: DeskView) -> None:
        if self.panel is None or self.error:
            return
        if self.panel.every_ms:
            self._pause.start(self.panel.every_ms)
        try:
            self.panel.refresh(view)
            title = self.panel.title()
        except Exception:
            self._failed("drawing")
            return
        if title != self._title:
            self._title = title
            self.title_changed.emit(title)

    def save(self) -> dict[str, Any]:
        """Return the panel's state; what it was given where the panel cannot tell."""
        if self.panel is None:
            return self._state
        try:
            self._state = self.panel.save()
        except Exception:
            log.exception("panel %s cannot be saved", self.dock_id)
        return self._state

    def note(self) -> str:
        """Return the few words a panel wants at the right end of its tab."""
        if self.panel is None or self.error or not self._tells:
            return ""
        try:
            return self.panel.header_text()
        except Exception:
            self._tells = False  # its values are worth more than these words: the panel stays
            log.exception("panel %s cannot say what stands in its tab", self.dock_id)
            return ""

    def _error_page(self) -> QWidget:
        page = QWidget(self)
        box = QVBoxLayout(page)
        self._headline = QLabel(page)
        self._headline.setFont(theme.font(13, bold=True))
        self._headline.setWordWrap(True)
        self._details = QPlainTextEdit(page)
        self._details.setReadOnly(True)
        self._details.setFont(theme.mono(12))
        again = QPushButton(self.tr("Try again"), page)
        again.clicked.connect(self.build)
        box.addWidget(self._headline)
        box.addWidget(self._details, 1)
        box.addWidget(again, 0, Qt.AlignmentFlag.AlignLeft)
        return page

    def _failed(self, doing: str) -> None:
        self.error = traceback.format_exc()
        log.error("panel %s failed while %s\n%s", self.dock_id, doing, self.error)
        last = self.error.strip().splitlines()[-1]
        self._headline.setText(self.tr("This panel stopped: {0}. The others go on.").format(last))
        self._details.setPlainText(self.error)
        self._stack.setCurrentWidget(self._page)
