"""The row above a plot's curves: their newest values, whether they are decimated, where the plot looks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from console.desk import symbols, theme
from console.desk.curves import Curve

HEIGHT, ENTRY, GAP = 22, 29, 14
TOLD_MS = 6000
READ_MS = 200


class Plotted(Protocol):
    """What the row tells about."""

    @property
    def curves(self) -> list[Curve]:
        """The curves, in the order of their colours."""
        ...

    def chip(self) -> str:
        """Return where the plot looks, in a word."""
        ...


class Legend(QWidget):
    """The row above the curves: their newest values, whether decimated, and where the plot looks."""

    chip_clicked = Signal()

    def __init__(self, panel: Plotted, parent: QWidget) -> None:
        super().__init__(parent)
        self._panel = panel
        self._chip = QRectF()
        self._places: list[tuple[QRectF, Curve]] = []
        """Where each curve is told of."""
        self._told = ""
        self._telling = QTimer(self, singleShot=True, interval=TOLD_MS)
        self._telling.timeout.connect(lambda: self.tell(""))
        self._words: tuple[object, ...] = ()
        self._values: tuple[str, ...] = ()
        self._reading = QTimer(self, singleShot=True, interval=READ_MS)
        self._reading.timeout.connect(self.refresh)

    def refresh(self) -> None:
        """Paint the row again where what it says has changed; values no faster than they can be read."""
        curves = self._panel.curves
        words = (
            self._panel.chip(), any_decimated(curves), tuple((c.name, c.colour.rgba()) for c in curves),
        )  # fmt: skip
        if words == self._words and self._reading.isActive():
            return
        values = tuple(curve.newest() for curve in curves)
        if (words, values) != (self._words, self._values):
            self._words, self._values = words, values
            self._reading.start()
            self.update()

    def tell(self, words: str) -> None:
        """Say something for some seconds in place of the values; empty: no more."""
        self._told = words
        if words:
            self._telling.start()
        self.update()

    @property
    def told(self) -> str:
        """What is said at present; empty while the values stand here."""
        return self._told

    def sizeHint(self) -> QSize:
        """Return the row's height."""
        return QSize(200, theme.px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Return the row's height."""
        return QSize(60, theme.px(HEIGHT))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Follow the playhead again where the chip is clicked."""
        if self._chip.contains(event.position()):
            self.chip_clicked.emit()

    def event(self, event: QEvent) -> bool:
        """Tell a curve's whole name where the mouse rests on it."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.whole_name(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def whole_name(self, at: QPointF) -> str:
        """Return name, id and newest value of the curve that is told of at a place, else nothing."""
        curve = next((curve for box, curve in self._places if box.contains(at)), None)
        if curve is None:
            return ""
        return f"{curve.name} {curve.newest()}".rstrip() + f"\n{curve.packet} · {curve.parameter}"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the row."""
        painter = QPainter(self)
        self.draw(painter)
        painter.end()

    def draw(self, painter: QPainter) -> None:
        """Draw the row; also what an export calls."""
        palette = theme.palette
        painter.fillRect(self.rect(), palette.panel)
        middle = self.height() / 2
        right = self._draw_chip(painter, self._panel.chip(), middle)
        left = 10.0
        self._places = []
        if self._told:
            painter.setFont(theme.font(12))
            painter.setPen(palette.value)
            box = QRectF(left, 0, right - left, self.height())
            metrics = painter.fontMetrics()
            words = metrics.elidedText(self._told, Qt.TextElideMode.ElideMiddle, int(box.width()))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)
            return
        if not self._panel.curves:
            painter.setFont(theme.font(12))
            painter.setPen(palette.dim)
            painter.drawText(
                QRectF(left, 0, right - left, self.height()), Qt.AlignmentFlag.AlignVCenter,
                self.tr("drag a parameter here"),
            )  # fmt: skip
        painter.setFont(theme.font(12))
        metrics = painter.fontMetrics()
        curves = self._panel.curves
        entries = self.entries(metrics, right - left)
        painter.save()
        painter.setClipRect(QRectF(0, 0, right, self.height()))
        for curve, text in zip(curves, entries, strict=True):
            painter.fillRect(QRectF(left, middle - 1, 10, 2), curve.colour)
            painter.setPen(palette.text)
            width = metrics.horizontalAdvance(text)
            box = QRectF(left + 15, 0, width + 2, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
            self._places.append((QRectF(left, 0, width + 17, self.height()), curve))
            left += ENTRY + width
        painter.restore()
        text = decimated_text() if any_decimated(curves) else ""
        width = metrics.horizontalAdvance(text)
        if text and left + width <= right:
            painter.setPen(palette.dim)
            box = QRectF(right - width - 4, 0, width + 2, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)

    def entries(self, metrics: QFontMetrics, room: float) -> list[str]:
        """Return what is said of each curve: as much of its name as there is room for, and its value.

        Values are never cut. Where it is narrow names lose what they have in common, then a unit that
        several share stands at the last of them alone, then decimals give way, then names are cut,
        never to the same.
        """
        curves = self._panel.curves
        if not curves:
            return []
        names = [c.name if [x.name for x in curves].count(c.name) == 1 else c.parameter for c in curves]
        short = without_common(names)
        if short == names:  # what curves of one unit have in common can go all the same
            short = _without_common_by(names, [curve.unit for curve in curves])
        for some_names, lean in ((names, False), (short, False), (short, True)):
            values = self._values_of(curves, lean)
            texts = [f"{n} {v}".strip() for n, v in zip(some_names, values, strict=True)]
            if sum(metrics.horizontalAdvance(text) + ENTRY for text in texts) - GAP <= room:
                return texts
        left, values = 0.0, [""]
        for fewer in range(1 + max(curve.decimals for curve in curves)):
            values = self._values_of(curves, True, fewer)
            left = room + GAP - sum(metrics.horizontalAdvance(" " + value) + ENTRY for value in values)
            if sum(map(metrics.horizontalAdvance, short)) <= left:
                break
        # A pixel more: Qt rounds, and would cut a word that is exactly as wide.
        each = 1 + _shared(sorted(metrics.horizontalAdvance(name) for name in short), left)
        cut = cut_apart(short, metrics, each)
        return [f"{n} {v}".strip() for n, v in zip(cut, values, strict=True)]

    def _values_of(self, curves: Sequence[Curve], lean: bool, fewer: int = 0) -> list[str]:
        """Return the newest values; ``lean``: a unit that the next one has too is left out."""
        values = [curve.newest(fewer) for curve in curves]
        if not lean:
            return values
        followed = [a.unit == b.unit for a, b in pairwise(curves)]
        return [
            value.removesuffix(curve.unit).rstrip() if again else value
            for value, curve, again in zip(values, curves, [*followed, False], strict=True)
        ]

    def _draw_chip(self, painter: QPainter, text: str, middle: float) -> float:
        painter.setFont(theme.font(12))
        width = painter.fontMetrics().horizontalAdvance(text) + 12
        self._chip = QRectF(self.width() - width - 8, middle - theme.px(8), width, theme.px(16))
        if text:
            symbols.draw_chip(painter, self._chip, text)
        return self._chip.left() - 6


def decimated_text() -> str:
    """Return the words that say that a plot shows minima and maxima of many samples."""
    return QCoreApplication.translate("Legend", "min/max shown")


def any_decimated(curves: Sequence[Curve]) -> bool:
    """Whether a point of any curve stands for several samples."""
    return any(c.trace is not None and c.trace.decimated for c in curves)


def without_common(names: Sequence[str]) -> list[str]:
    """Return names without the words that all begin and end with: ``Tank 1 pressure`` is ``#1`` of two.

    Words of Latin letters are kept whole; a name of which nothing would be left leaves all as they are.
    """
    if len(names) < 2:
        return list(names)
    start = _common(names)
    end = _common([name[start:][::-1] for name in names])
    short = [name[start : len(name) - end].strip() for name in names]
    if all(name.isdecimal() for name in short):
        return [f"#{name}" for name in short]  # a bare digit would read as part of the value
    return short if all(short) else list(names)


def _without_common_by(names: Sequence[str], kinds: Sequence[str]) -> list[str]:
    """Return names without what those of their kind have in common; all stay where two would be the same."""
    short = list(names)
    for kind in set(kinds):
        same = [i for i, each in enumerate(kinds) if each == kind]
        for i, words in zip(same, without_common([names[i] for i in same]), strict=True):
            short[i] = words
    return short if len(set(short)) == len(set(names)) else list(names)


def cut_apart(names: Sequence[str], metrics: QFontMetrics, width: float) -> list[str]:
    """Return names cut to a width (px) so that none reads like another.

    Names that would be cut to the same keep what tells them apart, even where that is wider.
    """
    cut = [metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(width)) for name in names]
    for text in set(cut):
        same = [i for i, each in enumerate(cut) if each == text]
        if len(same) < 2:
            continue
        tails = without_common([names[i] for i in same])
        longest = max(map(len, tails))
        least = next((k for k in range(1, longest) if len({t[:k] for t in tails}) == len(tails)), longest)
        for length in range(longest, least - 1, -1):
            begun = [t if len(t) <= length else f"{t[:length]}…" for t in tails]
            if all(metrics.horizontalAdvance(t) <= width for t in begun):
                break
        for i, words in zip(same, begun, strict=True):
            cut[i] = words
    ends = list(cut)
    # What tells two of one beginning apart may be what tells two of another apart: ``A`` of two things.
    for begin in range(1, max(map(len, names))):
        if len(set(cut)) == len(set(names)):
            break
        cut = [
            end if ends.count(end) == 1 else f"{name[:begin]}…{end}"
            for name, end in zip(names, ends, strict=True)
        ]
    return cut


def _common(names: Sequence[str]) -> int:
    """Return how many characters all names begin with, back to the end of a word."""
    columns = enumerate(zip(*names, strict=False))
    count = next((at for at, letters in columns if len(set(letters)) > 1), min(map(len, names)))
    while count and any(_inside_word(name, count) for name in names):
        count -= 1
    return count


def _inside_word(name: str, at: int) -> bool:
    return at < len(name) and all(x.isascii() and x.isalnum() for x in name[at - 1 : at + 1])


def _shared(widths: Sequence[int], room: float) -> float:
    """Return how wide each may be at most; ``widths`` ascend. Short ones take what they need."""
    count = len(widths)
    for width in widths:
        if width * count > room:
            return max(0.0, room / count)
        room, count = room - width, count - 1
    return float(widths[-1])
