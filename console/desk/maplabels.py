"""Where the words of a map's spots find room: on nothing else, and across as few lines as can be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from console.desk import theme
from console.desk.landpath import Floats
from console.desk.mapscene import Spot

Stroke = tuple[Floats, Floats]
"""A line in pixels, across and down."""
MARK, STATION_MARK = 12.0, 4.0
"""Half the width of a spot's mark."""
GROUND_ALPHA = 170


def mark_box(spot: Spot, at: QPointF) -> QRectF:
    """Return the room of a spot's mark."""
    half = theme.px(STATION_MARK if spot.look == "station" else MARK)
    return QRectF(at.x() - half, at.y() - half, 2 * half, 2 * half)


def paint_label(
    painter: QPainter,
    room: QRectF,
    spot: Spot,
    at: QPointF,
    taken: list[QRectF],
    strokes: Sequence[Stroke],
) -> None:
    """Write what a spot is beside it, where nothing is yet; ``taken`` is added to.

    A station that finds no room has no label.
    """
    small = spot.look == "station"
    bold, plain = theme.font(12 if small else 13), theme.font(12)
    lines = [(spot.name, bold), *((words, plain) for words in spot.words.splitlines())]
    width = max(QFontMetricsF(font).horizontalAdvance(words) for words, font in lines)
    gap = theme.px(7 if small else 16 if spot.course_deg is None else 23)
    box = place_label(
        at, (width, theme.px(16) * len(lines)), gap, room.adjusted(2, 2, -2, -2), taken, strokes
    )
    if box is None and small:
        return
    if box is None:
        box = QRectF(at.x() + gap, at.y(), width, theme.px(16) * len(lines))
        box.moveLeft(max(room.left() + 2, min(box.left(), room.right() - 2 - box.width())))
        box.moveTop(max(room.top() + 2, min(box.top(), room.bottom() - 2 - box.height())))
    taken.append(box)
    if not small:  # graticule, rings and coasts go behind the words, not through them
        ground = QColor(theme.palette.sea)
        ground.setAlpha(GROUND_ALPHA)
        painter.fillRect(box.adjusted(-3, -1, 3, 1), ground)
    for i, (words, font) in enumerate(lines):
        painter.setFont(font)
        dim = small or spot.dim or i
        painter.setPen(theme.palette.label if small else theme.palette.text if dim else theme.palette.value)
        # At the left of the mark words end beside it.
        spare = box.width() - QFontMetricsF(font).horizontalAdvance(words) if box.right() < at.x() else 0.0
        painter.drawText(QPointF(box.left() + spare, box.top() + theme.px(13 + 16 * i)), words)


def place_label(
    at: QPointF,
    size: tuple[float, float],
    gap: float,
    room: QRectF,
    taken: Sequence[QRectF],
    strokes: Sequence[Stroke],
) -> QRectF | None:
    """Return the box round ``at`` that crosses the fewest lines, the right one first; None: no room."""
    width, height = size
    middle, top = at.x() - width / 2, at.y() - height / 2
    right, left, below, above = at.x() + gap, at.x() - gap - width, at.y() + gap, at.y() - gap - height
    near = 0.4 * gap  # of the corners: a diagonal is longer
    corners = (
        (right, top), (left, top), (middle, below), (middle, above),
        (right - near, below - near), (right - near, above + near),
        (left + near, below - near), (left + near, above + near),
    )  # fmt: skip
    boxes = [QRectF(x, y, width, height) for x, y in corners]
    free = [b for b in boxes if room.contains(b) and not any(b.intersects(t) for t in taken)]
    return min(free, key=lambda box: crossings(box, strokes), default=None)


def crossings(box: QRectF, strokes: Sequence[Stroke]) -> int:
    """Return how many segments of the lines go through a box (Liang and Barsky 1984)."""
    count = 0
    for x, y in strokes:
        if len(x) < 2:
            continue
        enter, leave = np.zeros(len(x) - 1), np.ones(len(x) - 1)
        for start, step, low, high in (
            (x[:-1], np.diff(x), box.left(), box.right()),
            (y[:-1], np.diff(y), box.top(), box.bottom()),
        ):
            with np.errstate(divide="ignore", invalid="ignore"):
                a, b = (low - start) / step, (high - start) / step
            inside = (low <= start) & (start <= high)
            a = np.where(step == 0, np.where(inside, -np.inf, np.inf), a)
            b = np.where(step == 0, np.inf, b)
            enter, leave = np.maximum(enter, np.minimum(a, b)), np.minimum(leave, np.maximum(a, b))
        count += int(np.count_nonzero(enter <= leave))
    return count
