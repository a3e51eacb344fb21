"""The row at the top: menus, the layout switch, what is open, and the palette field."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenuBar, QSizePolicy, QWidget

from console.desk import actions, theme
from console.desk.clockbar import text
from console.desk.commandpalette import CommandPalette
from console.desk.layouts import LAYOUTS, TITLES

HEIGHT = 28


class LayoutSwitch(QWidget):
    """The named layouts, each with its key; the present one is lit."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._current = ""
        self._edges: list[tuple[float, float, str]] = []
        self.setFixedHeight(theme.px(HEIGHT))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Layouts"))
        self._measure()

    def set_current(self, name: str) -> None:
        """Light a layout."""
        self._current = name
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(self._edges[-1][1] * theme.scale), theme.px(HEIGHT))

    def _measure(self) -> None:
        font = theme.font(12)
        font.setPixelSize(12)
        metrics, x = QFontMetricsF(font), 0.0
        for number, name in enumerate(LAYOUTS, 1):
            width = metrics.horizontalAdvance(f"{layout_title(name)} Ctrl+{number}") + 28
            self._edges.append((x, x + width, name))
            x += width

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.scale(theme.scale, theme.scale)
        for number, (left, right, name) in enumerate(self._edges, 1):
            lit = name == self._current
            if lit:
                painter.fillRect(QRectF(left, 0, right - left, HEIGHT), theme.palette.selected)
            colour = theme.palette.value if lit else theme.palette.text
            x = text(painter, left + 14, 18, layout_title(name) + " ", 12, colour)
            text(painter, x, 18, f"Ctrl+{number}", 12, theme.palette.label if lit else theme.palette.dim)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        x = event.position().x() / theme.scale
        for left, right, name in self._edges:
            if left <= x < right:
                self.chosen.emit(name)


class OpenWords(QWidget):
    """What is open, at the right; where it is narrow the archive alone, or nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_words(self, words: Sequence[str]) -> None:
        """Show these words; all of them stand in the tooltip."""
        self._words = list(words)
        self.setToolTip("\n".join(words))
        self.setAccessibleName(" · ".join(words))
        self.update()

    def shown(self) -> str:
        """Return as many of the last words as there is room for: half a name tells nobody anything."""
        metrics = QFontMetricsF(theme.font(12))
        for first in range(len(self._words)):
            words = " · ".join(self._words[first:])
            if metrics.horizontalAdvance(words) <= self.width():
                return words
        return ""

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(theme.font(12))
        painter.setPen(theme.palette.label)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), right, self.shown())
        painter.end()


class MenuRow(QWidget):
    """28 px high at scale 1."""

    def __init__(
        self,
        made: dict[str, QAction],
        near: Callable[[], int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setFixedHeight(theme.px(HEIGHT))
        self.setAutoFillBackground(True)
        colours = self.palette()
        colours.setColor(self.backgroundRole(), theme.palette.gutter)
        self.setPalette(colours)
        self.menus = {}
        name = QLabel("Okaeri", self)
        name.setFont(theme.font(12, bold=True))
        bar = QMenuBar(self)
        bar.setNativeMenuBar(False)
        bar.setFont(theme.font(12))
        for menu_name in actions.MENUS:
            menu = bar.addMenu(actions.words(menu_name))
            actions.fill_menu(menu, menu_name, made)
            self.menus[menu_name] = menu
        bar.setFixedHeight(theme.px(HEIGHT) - 2)
        bar.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.switch = LayoutSwitch(self)
        self.open_words = OpenWords(self)
        self.palette_field = CommandPalette(near, self)
        box = QHBoxLayout(self)
        box.setContentsMargins(theme.px(12), 0, theme.px(10), 0)
        box.setSpacing(theme.px(8))
        box.addWidget(name)
        box.addWidget(bar)
        box.addSpacing(theme.px(60))
        box.addWidget(self.switch)
        box.addWidget(self.open_words, 1)
        box.addSpacing(theme.px(8))
        box.addWidget(self.palette_field)

    def show_open(self, words: Sequence[str]) -> None:
        """Say what is open: the vehicles and the archive."""
        self.open_words.show_words(words)


def layout_title(name: str) -> str:
    """Return the title of a layout in the operator's language."""
    return QCoreApplication.translate("Layouts", TITLES[name])
