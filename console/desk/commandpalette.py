"""The field "Go to parameter, panel, time" (Ctrl+K)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QCompleter, QLineEdit, QListView, QWidget
from shiboken6 import isValid

from console.desk import clocks, theme


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go: what is typed to find it, and what happens."""

    text: str
    go: Callable[[], None]


class CommandPalette(QLineEdit):
    """Finds parameters, panels and layouts by any part of their names; a typed time is sought."""

    time_entered = Signal(object)
    """instant in ns UTC"""

    def __init__(self, near: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._near = near
        self._places: dict[str, Place] = {}
        self._model = QStringListModel(self)
        completer = QCompleter(self._model, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(14)
        self._popup = QListView(self)
        self._popup.setObjectName("completions")
        completer.setPopup(self._popup)
        self._popup.installEventFilter(self)
        self._before: QWidget | None = None
        """Where the keys went before."""
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._remember)
        completer.activated.connect(self.go)
        self.setCompleter(completer)
        self.setPlaceholderText(self.tr("Go to parameter, panel, time"))
        self.setAccessibleName(self.tr("Go to parameter, panel, time"))
        self.setFixedWidth(theme.px(286))
        self.returnPressed.connect(lambda: self.go(self.text()))

    def set_places(self, places: Iterable[Place]) -> None:
        """Offer these places; the first of two with the same text wins."""
        self._places = {}
        for place in places:
            self._places.setdefault(place.text, place)
        self._model.setStringList(list(self._places))

    def go(self, words: str) -> bool:
        """Go to the place of that text, else to the time it says, else to the first place that holds it."""
        words = words.strip()
        place = self._places.get(words)
        if place is None and words:
            instant = clocks.parse_instant(words, self._near())
            if instant is not None:
                self._done()
                self.time_entered.emit(instant)
                return True
            found = [p for text, p in self._places.items() if words.lower() in text.lower()]
            place = found[0] if found else None
        if place is None:
            return False
        self._done()
        place.go()
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._done()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.KeyPress:
                self._done()
            return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus() or self.text():
            return
        painter = QPainter(self)
        painter.setPen(theme.palette.dim)
        painter.setFont(theme.font(12))
        inner = self.rect().adjusted(0, 0, -theme.px(8), 0)
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, "Ctrl+K")
        painter.end()

    def _done(self) -> None:
        self.blockSignals(True)
        self.clear()
        self.blockSignals(False)
        self._popup.hide()
        before, self._before = self._before, None
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.clearFocus()

    def _remember(self, old: QWidget | None, new: QWidget | None) -> None:
        if new is self and old is not None and old is not self._popup:
            self._before = old
