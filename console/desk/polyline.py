"""Traces as polylines in pixels, written into Qt's own memory: no object a point."""

from __future__ import annotations

from typing import Any

import numpy as np
import shiboken6
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPolygonF

from console.archive.shapes import Trace
from console.desk import axes

_memory: Any = shiboken6.VoidPtr  # its own type hints are wrong


def polylines(trace: Trace, axis: axes.Range, area: QRectF, t0_ns: int, t1_ns: int) -> list[QPolygonF]:
    """Return a trace as lines over an area that shows ``t0_ns`` … ``t1_ns``; a gap begins a new one."""
    x = area.left() + area.width() * ((trace.t_ns - t0_ns) / (t1_ns - t0_ns))
    scale = area.height() / (axis.high - axis.low)
    lo, hi = area.bottom() - (trace.lo - axis.low) * scale, area.bottom() - (trace.hi - axis.low) * scale
    # A decimated point is a stroke from its minimum to its maximum: both stay visible. Every second
    # one goes down, so that what joins two strokes does not cross their whole height.
    xs, ys = x, lo
    if trace.decimated or bool(np.any(lo != hi)):
        xs, strokes = np.repeat(x, 2), np.empty((len(x), 2))
        strokes[::2, 0], strokes[::2, 1] = lo[::2], hi[::2]
        strokes[1::2, 0], strokes[1::2, 1] = hi[1::2], lo[1::2]
        ys = strokes.ravel()
    fine = np.isfinite(ys)
    if fine.all():
        return [polygon(xs, ys)]
    starts = [0, *(np.flatnonzero(~fine) + 1).tolist()]
    ends = [*(start - 1 for start in starts[1:]), len(ys)]
    return [polygon(xs[a:b], ys[a:b]) for a, b in zip(starts, ends, strict=True) if b > a]


def polygon(xs: np.ndarray, ys: np.ndarray) -> QPolygonF:
    """Return the points as Qt keeps them."""
    points = QPolygonF()
    points.resize(len(xs))
    if len(xs):
        memory = np.frombuffer(_memory(points.data(), 16 * len(xs), True), np.float64).reshape(-1, 2)
        memory[:, 0], memory[:, 1] = xs, ys
    return points
