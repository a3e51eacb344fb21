"""Which reality is this? A banner and a frame, wherever the picture is not the live one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QLayout, QSizePolicy, QWidget

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


def title_marks(kinds: Sequence[str]) -> str:
    """Return what stands before a window's title, ``[REPLAY] [SIMULATION] ``; nothing in live."""
    return "".join(f"[{kind.upper()}] " for kind in kinds)


class Banner(QWidget):
    """28 px over the whole width; hidden in live. Two realities stand side by side.

    Where it is narrow the names stay and the sentences and the clock go.
    """

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
        metrics = QFontMetricsF(font)
        clock_width = metrics.horizontalAdvance(clock)
        for number, kind in enumerate(self._kinds):
            rect = QRectF(number * part, 0, part, height)
            last = number == len(self._kinds) - 1
            colour = theme.reality_colour(kind) or theme.palette.replay
            painter.fillRect(rect, colour)
            _stripes(painter, rect)
            ink = theme.palette.banner_text
            left = rect.left() + (20 if part > 200 else 8)
            x = text(painter, left, 19, NAMES[kind], 15, ink, bold=True, fit=rect.right() - left - 4)
            room = rect.right() - x - 34
            if last and room > clock_width:
                text(painter, width - clock_width - 16, 19, clock, 13, ink)
                room -= clock_width + 24
            text(painter, x + 24, 19, _that_fits(self.sentence(kind), metrics, room), 13, ink)
        painter.end()


class RealityFrame(QWidget):
    """The signs that a window wears: the banner at its top and 6 px round the rest of it.

    It lies behind what the window's ``layout`` holds and keeps that off its signs.
    """

    def __init__(self, window: QWidget, layout: QLayout) -> None:
        super().__init__(window)
        self.banner = Banner(self)
        self._layout = layout
        self.lower()
        window.installEventFilter(self)
        self._fill(window)
        self.show()

    def show_reality(self, kinds: Sequence[str], archive: str, now_ns: int) -> bool:
        """Wear the signs of these realities (see ``Banner``); return whether they are others now."""
        changed = tuple(kinds) != self.banner.kinds
        self.banner.show_reality(kinds, archive, now_ns)
        if changed:
            frame = theme.px(FRAME) if kinds else 0
            self._layout.setContentsMargins(frame, self.banner.height() if kinds else 0, frame, frame)
            self.update()
        return changed

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self._fill(watched)
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.palette.gutter)
        kinds = self.banner.kinds
        paint_frame(painter, QRectF(self.rect()), kinds)
        frame = theme.px(FRAME) if kinds else 0
        painter.fillRect(self.rect().adjusted(frame, 0, -frame, -frame), theme.palette.gutter)
        painter.end()

    def _fill(self, window: QWidget) -> None:
        self.setGeometry(window.rect())
        self.banner.setGeometry(0, 0, window.width(), self.banner.height())


def paint_frame(painter: QPainter, rect: QRectF, kinds: Sequence[str]) -> None:
    """Fill the 6 px frame round a window; with two realities each has its half of the width."""
    part = rect.width() / max(1, len(kinds))
    for number, kind in enumerate(kinds):
        colour = theme.reality_colour(kind)
        if colour is not None:
            painter.fillRect(QRectF(rect.left() + number * part, rect.top(), part, rect.height()), colour)


def _that_fits(sentences: str, metrics: QFontMetricsF, room: float) -> str:
    """Return the words, their first sentence, or nothing: half a sentence misleads."""
    first = re.split(r"(?<=\.)\s|(?<=。)", sentences)[0]
    return next((words for words in (sentences, first) if metrics.horizontalAdvance(words) <= room), "")


def _stripes(painter: QPainter, rect: QRectF) -> None:
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
