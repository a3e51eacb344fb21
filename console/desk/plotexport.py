"""What a plot is saved as, beside its picture: SVG, and CSV of the samples that are shown."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QRect
from PySide6.QtGui import QPainter

from console.desk.legend import Legend
from console.desk.plotting import PlotCanvas
from decoders.timecode import utc_text

CSV_HEAD = ("kind", "time", "packet", "parameter", "minimum", "maximum", "unit")


def write_csv(path: Path, canvas: PlotCanvas, kinds: Sequence[str]) -> None:
    """Write a row for each sample in sight, with which reality it is of; gaps have no rows.

    Of a decimated plot minimum and maximum of each point are told, otherwise they are equal.
    """
    kind = " ".join(kinds) or "live"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(CSV_HEAD)
        for curve in canvas.curves:
            trace = curve.trace
            if trace is None:
                continue
            for t, lo, hi in zip(trace.t_ns, trace.lo, trace.hi, strict=True):
                if lo == lo and canvas.t0_ns <= t <= canvas.t1_ns:
                    ends = repr(float(lo)), repr(float(hi))
                    row = [kind, utc_text(int(t)), curve.packet, curve.parameter, *ends, curve.unit]
                    writer.writerow(row)


def write_svg(path: Path, legend: Legend, canvas: PlotCanvas, title: str) -> None:
    """Draw legend and curves as vectors; the watermark is part of them and stands in the title too."""
    from PySide6.QtSvg import QSvgGenerator

    size = QRect(0, 0, canvas.width(), legend.height() + canvas.height())
    buffer = QBuffer()
    picture = QSvgGenerator()
    picture.setOutputDevice(buffer)
    picture.setSize(size.size())
    picture.setViewBox(size)
    picture.setTitle(f"{title} {canvas.watermark}".strip())
    painter = QPainter(picture)
    legend.draw(painter)
    painter.translate(0, legend.height())
    canvas.draw_background(painter)
    canvas.draw_curves(painter)
    painter.end()
    path.write_bytes(bytes(buffer.data().data()))
