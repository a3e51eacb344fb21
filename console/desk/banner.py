"""Which reality is this? A banner and a frame, wherever the picture is not the live one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.desk import clocks, theme
from console.desk.clockbar import text

HEIGHT = 28
FRAME = 6

NAMES = {"replay": "REPLAY 再生", "simulation": "SIMULATION 模擬", "training": "TRAINING 訓練"}
"""Always in both languages: a visitor at the console must understand it too."""


def realities(mode: str, kind: str) -> tuple[str, ...]:
    """Return what a picture is beside live: the playhead's replay and the archive's stored kind."""
    found = ["replay"] if mode == "replay" else []
    if kind in ("simulation", "training"):
        found.append(kind)
    return tuple(found)


class Banner(QWidget):
    """28 px over the whole width; hidden in live. Two realities stand side by side."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kinds: tuple[str, ...] = ()
        self._archive = ""
        self._now_ns = 0
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFixedHeight(theme.px(HEIGHT))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is shown: ``replay``, ``simulation``, ``training``, or nothing."""
        return self._kinds

    def show_reality(self, kinds: Sequence[str], archive: str, now_ns: int) -> None:
        """Show these realities, the archive's name and the real time (machine clock, ns)."""
        shown = (tuple(kinds), archive, now_ns // clocks.SECOND)
        if shown == (self._kinds, self._archive, self._now_ns // clocks.SECOND):
            return
        self._kinds, self._archive, self._now_ns = tuple(kinds), archive, now_ns
        self.setVisible(bool(self._kinds))
        self.setAccessibleName(" · ".join(NAMES[k] for k in self._kinds))
        self.update()

    def sentence(self, kind: str) -> str:
        """Return what a reality means, in a sentence."""
        return {
            "replay": self.tr("Replaying {0}. These are not the present values.").format(self._archive),
            "simulation": self.tr("Simulated data. No spacecraft sent this."),
            "training": self.tr("Training. No spacecraft sent this."),
        }[kind]

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.scale(theme.scale, theme.scale)
        width, height = self.width() / theme.scale, float(HEIGHT)
        part = width / max(1, len(self._kinds))
        clock = self.tr("Now {0}   {1}").format(
            clocks.clock_text(self._now_ns), clocks.jst_text(self._now_ns)
        )
        font = theme.font(13)
        font.setPixelSize(13)
        clock_width = QFontMetricsF(font).horizontalAdvance(clock)
        for number, kind in enumerate(self._kinds):
            rect = QRectF(number * part, 0, part, height)
            colour = theme.reality_colour(kind) or theme.palette.replay
            painter.fillRect(rect, colour)
            _stripes(painter, rect, colour)
            ink = theme.palette.banner_text
            x = text(painter, rect.left() + 20, 19, NAMES[kind], 15, ink, bold=True)
            last = number == len(self._kinds) - 1
            room = rect.right() - x - 34 - (clock_width + 24 if last else 0)
            text(painter, x + 24, 19, self.sentence(kind), 13, ink, fit=max(40.0, room))
        text(painter, width - clock_width - 16, 19, clock, 13, theme.palette.banner_text)
        painter.end()


def paint_frame(painter: QPainter, rect: QRectF, kinds: Sequence[str]) -> None:
    """Fill the 6 px frame round a window; with two realities each has its half of the width."""
    part = rect.width() / max(1, len(kinds))
    for number, kind in enumerate(kinds):
        colour = theme.reality_colour(kind)
        if colour is not None:
            painter.fillRect(QRectF(rect.left() + number * part, rect.top(), part, rect.height()), colour)


def _stripes(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    lighter = QColor(255, 255, 255, 46)
    painter.save()
    painter.setClipRect(rect)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(lighter)
    x, h = rect.left() + 6, rect.height()
    while x < rect.right() + h:
        painter.drawPolygon(
            QPolygonF([QPointF(x, h), QPointF(x + 16, h), QPointF(x + 16 + h, 0), QPointF(x + h, 0)])
        )
        x += 48
    painter.restore()
