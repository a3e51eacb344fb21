"""A plot: parameters over time, live or anywhere in the archive."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QVBoxLayout, QWidget

from console.desk import symbols, theme
from console.desk.clocks import lag_text
from console.desk.models import MIME_PARAMETER, decimals_of
from console.desk.panel import Desk, Panel
from console.desk.plotting import NS, Curve, PlotCanvas
from console.desk.view import DeskView, Query, TimeAxis, TraceQuery
from console.desk.words import localised
from decoders.timecode import utc_text

SPANS_S = (60, 300, 600, 3600, 86_400)
LEGEND = 22
LEAST_SPAN_NS, MOST_SPAN_NS = 2 * NS, 400 * 86_400 * NS
UNITS = {"degC": "℃", "deg/s": "°/s", "deg": "°"}


class PlotPanel(Panel):
    """Follows the playhead until somebody pans; then it says HISTORY and stays."""

    id = "plot"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._titles = ("", "")
        self._view: DeskView | None = None
        self.span_ns = 300 * NS
        self.end_ns: int | None = None
        """None: the plot ends at the playhead."""
        self.axis: TimeAxis | None = None
        """None: the desk's choice."""
        self.canvas = PlotCanvas()
        self.legend = _Legend(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.legend)
        layout.addWidget(self.canvas, 1)
        self.setAcceptDrops(True)
        self.canvas.panned.connect(self._look_at)
        self.canvas.hovered.connect(self.desk.selection.cursor_changed)
        self.desk.selection.cursor_changed.connect(self._show_cursor)

    @property
    def curves(self) -> list[Curve]:
        """The curves, in the order of their colours."""
        return self.canvas.curves

    def title(self) -> str:
        """Return the plot's own title, or its first parameter's name."""
        own = localised(*self._titles)
        return own or (self.curves[0].name if self.curves else self.tr("Plot"))

    def add(self, packet: str, parameter: str) -> bool:
        """Add a parameter; False if it is there already or cannot be plotted."""
        if any((c.packet, c.parameter) == (packet, parameter) for c in self.curves):
            return False
        try:
            described = self.desk.mission.packet(packet).parameter(parameter)
        except KeyError:
            return False
        if described.data_type == "str" or described.array_length is not None:
            return False
        decimals = decimals_of(described)
        curve = Curve(
            packet, parameter,
            localised(described.description, described.description_ja) or parameter,
            UNITS.get(described.unit, described.unit), decimals, 20 * 10.0**-decimals, described.limits,
        )  # fmt: skip
        self.curves.append(curve)
        self._colour()
        return True

    def remove(self, parameter: str) -> None:
        """Take a curve away."""
        self.canvas.curves = [c for c in self.curves if c.parameter != parameter]
        self._colour()
        self.canvas.fit()

    def live(self) -> None:
        """Follow the playhead again."""
        self.end_ns = None
        self._draw()

    def queries(self, view: DeskView | None) -> Sequence[Query]:
        """Ask for each curve's stretch, a point for two pixels."""
        if view is None or not self.curves:
            return ()
        t0, t1 = self._range(view)
        points = max(100, int(self.canvas.area.width()) // 2)
        axis = self.axis or self.desk.time_axis
        return [TraceQuery(c.packet, c.parameter, t0, t1, points, axis) for c in self.curves]

    def refresh(self, view: DeskView) -> None:
        """Take the traces that came and draw."""
        self._view = view
        curves = {(c.packet, c.parameter): c for c in self.curves}
        for query, trace in view.traces.items():
            curve = curves.get((query.packet, query.parameter))
            if curve is not None and self._near(query, view):
                curve.trace = trace
        self._draw()

    def save(self) -> dict[str, Any]:
        """Return curves, span and where the plot looks."""
        return {
            "title": self._titles[0], "title_ja": self._titles[1], "span_s": self.span_ns / NS,
            "end_ns": self.end_ns, "axis": self.axis,
            "parameters": [[c.packet, c.parameter] for c in self.curves],
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Bring back a saved plot; parameters that the mission does not know are left out."""
        self._titles = (str(state.get("title", "")), str(state.get("title_ja", "")))
        self.span_ns = round(float(state.get("span_s", 300)) * NS)
        end = state.get("end_ns")
        self.end_ns = int(end) if end is not None else None
        axis = state.get("axis")
        self.axis = axis if axis in ("generation", "reception") else None
        self.canvas.curves = []
        for pair in state.get("parameters", ()):
            if len(pair) == 2:
                self.add(str(pair[0]), str(pair[1]))

    # where it looks

    def chip(self) -> str:
        """Return what the chip says: LIVE, PAUSED +00:41 or HISTORY."""
        view = self._view
        if view is None:
            return ""
        if self.end_ns is not None or view.mode == "replay":
            return self.tr("HISTORY")
        if view.mode == "paused":
            return self.tr("PAUSED {0}").format(lag_text(view.now_ns - view.instant_ns))
        return self.tr("LIVE")

    def _range(self, view: DeskView) -> tuple[int, int]:
        end = view.instant_ns if self.end_ns is None else self.end_ns
        return end - self.span_ns, end

    def _near(self, query: Query, view: DeskView) -> bool:
        t0, t1 = self._range(view)
        return abs(query.t0_ns - t0) <= self.span_ns and abs(query.t1_ns - t1) <= self.span_ns

    def _look_at(self, t0_ns: int, t1_ns: int) -> None:
        """Somebody panned or zoomed; zooming a plot that follows keeps it following."""
        view = self._view
        if view is None:
            return
        before = self._range(view)
        self.span_ns = min(max(t1_ns - t0_ns, LEAST_SPAN_NS), MOST_SPAN_NS)
        newest = view.instant_ns
        zoomed = abs((t1_ns - t0_ns) - (before[1] - before[0])) > 1000
        if t1_ns >= newest or (zoomed and self.end_ns is None):
            self.end_ns = None
        else:
            self.end_ns = t1_ns
        self._draw()

    def _draw(self) -> None:
        view = self._view
        if view is None:
            return
        self.canvas.relative = self.end_ns is None and view.mode == "live"
        words = {"simulation": "SIMULATION 模擬", "training": "TRAINING 訓練"}
        marks = ["REPLAY 再生"] if view.mode == "replay" else []
        marks += [words[view.session.kind]] if view.session.kind in words else []
        self.canvas.watermark = " · ".join(marks)
        self.canvas.show_range(*self._range(view))
        self.legend.refresh()

    def _show_cursor(self, instant: int | None) -> None:
        self.canvas.cursor_ns = instant
        self.canvas.update()

    def _colour(self) -> None:
        for i, curve in enumerate(self.curves):
            curve.colour = theme.curve(i)
        self.legend.refresh()

    # hands

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept parameters."""
        if event.mimeData().hasFormat(MIME_PARAMETER):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add the dropped parameter."""
        text = bytes(event.mimeData().data(MIME_PARAMETER).data()).decode()
        packet, _, parameter = text.partition("/")
        if self.add(packet, parameter):
            event.acceptProposedAction()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer spans, time axis, exports and removal."""
        self.menu().exec(event.globalPos())

    def menu(self) -> QMenu:
        """Return the plot's menu."""
        menu = QMenu(self)
        for span_s, text in zip(
            SPANS_S,
            (
                self.tr("1 minute"),
                self.tr("5 minutes"),
                self.tr("10 minutes"),
                self.tr("1 hour"),
                self.tr("24 hours"),
            ),
            strict=True,
        ):
            menu.addAction(text).triggered.connect(lambda _=False, s=span_s: self._set_span(s))
        menu.addSeparator()
        menu.addAction(self.tr("Follow the playhead")).triggered.connect(self.live)
        menu.addAction(self.tr("Fit values")).triggered.connect(self.canvas.fit)
        choices: tuple[tuple[str, TimeAxis], ...] = (
            (self.tr("Time axis: generation"), "generation"),
            (self.tr("Time axis: reception"), "reception"),
        )
        for text, axis in choices:
            menu.addAction(text).triggered.connect(lambda _=False, a=axis: self._set_axis(a))
        menu.addSeparator()
        menu.addAction(self.tr("Save as PNG, SVG or CSV …")).triggered.connect(self._ask_save)
        for curve in self.curves:
            action = menu.addAction(self.tr("Remove {0}").format(curve.name))
            action.triggered.connect(lambda _=False, p=curve.parameter: self.remove(p))
        return menu

    def export(self, path: Path) -> None:
        """Save what is shown; the ending chooses PNG, SVG or CSV. The session's kind is stamped on it."""
        if path.suffix.casefold() == ".csv":
            self._export_csv(path)
        elif path.suffix.casefold() == ".svg":
            from PySide6.QtSvg import QSvgGenerator

            picture = QSvgGenerator()
            picture.setFileName(str(path))
            picture.setSize(self.canvas.size())
            picture.setTitle(f"{self.title()} {self.canvas.watermark}".strip())
            painter = QPainter(picture)
            self.canvas.draw_background(painter)
            self.canvas.draw_curves(painter)
            painter.end()
        elif not self.grab().save(str(path)):
            raise OSError(f"{path} cannot be written")

    def _export_csv(self, path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            kind = self._view.session.kind if self._view is not None else ""
            writer.writerow(["kind", "time", "packet", "parameter", "minimum", "maximum", "unit"])
            for curve in self.curves:
                trace = curve.trace
                for t, lo, hi in (
                    zip(trace.t_ns, trace.lo, trace.hi, strict=True) if trace is not None else ()
                ):
                    if lo == lo:
                        row = [kind, utc_text(int(t)), curve.packet, curve.parameter]
                        writer.writerow([*row, repr(float(lo)), repr(float(hi)), curve.unit])

    def _ask_save(self) -> None:
        kind = self._view.session.kind if self._view is not None else ""
        name = f"{self.title()}-{kind}.png"
        chosen, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save plot"), name, "PNG (*.png);;SVG (*.svg);;CSV (*.csv)"
        )
        if chosen:
            self.export(Path(chosen))

    def _set_span(self, seconds: int) -> None:
        self.span_ns = seconds * NS
        self._draw()

    def _set_axis(self, axis: TimeAxis) -> None:
        self.axis = axis
        self._draw()


class _Legend(QWidget):
    """The row above the curves: their newest values, whether decimated, and where the plot looks."""

    def __init__(self, panel: PlotPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._chip = QRectF()
        self._words: tuple[object, ...] = ()

    def refresh(self) -> None:
        """Paint the row again where what it says has changed."""
        curves = self._panel.curves
        entries = tuple((c.name, c.newest(), c.colour.rgba()) for c in curves)
        words = (self._panel.chip(), _any_decimated(curves), entries)
        if words != self._words:
            self._words = words
            self.update()

    def sizeHint(self) -> QSize:
        """Return the row's height."""
        return QSize(200, theme.px(LEGEND))

    def minimumSizeHint(self) -> QSize:
        """Return the row's height."""
        return QSize(60, theme.px(LEGEND))

    def mousePressEvent(self, event: Any) -> None:
        """Follow the playhead again where the chip is clicked."""
        if self._chip.contains(event.position()):
            self._panel.live()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the row."""
        painter = QPainter(self)
        palette = theme.palette
        painter.fillRect(self.rect(), palette.panel)
        middle = self.height() / 2
        right = self._draw_chip(painter, self._panel.chip(), middle)
        left = 10.0
        if not self._panel.curves:
            painter.setFont(theme.font(12))
            painter.setPen(palette.dim)
            painter.drawText(
                QRectF(left, 0, right - left, self.height()), Qt.AlignmentFlag.AlignVCenter,
                self.tr("drag a parameter here"),
            )  # fmt: skip
        if _any_decimated(self._panel.curves):
            text = self.tr("min/max shown")
            painter.setFont(theme.font(12))
            width = painter.fontMetrics().horizontalAdvance(text)
            if right - width > self.width() * 0.55:
                painter.setPen(palette.dim)
                painter.drawText(
                    QRectF(right - width - 8, 0, width + 2, self.height()),
                    Qt.AlignmentFlag.AlignVCenter,
                    text,
                )
                right -= width + 14
        for curve in self._panel.curves:
            left = self._draw_entry(painter, curve, left, right, middle)

    def _draw_chip(self, painter: QPainter, text: str, middle: float) -> float:
        painter.setFont(theme.font(12))
        width = painter.fontMetrics().horizontalAdvance(text) + 12
        self._chip = QRectF(self.width() - width - 8, middle - theme.px(8), width, theme.px(16))
        if text:
            symbols.draw_chip(painter, self._chip, text)
        return self._chip.left() - 6

    def _draw_entry(self, painter: QPainter, curve: Curve, left: float, right: float, middle: float) -> float:
        painter.setFont(theme.font(12))
        metrics = painter.fontMetrics()
        value = curve.newest()
        name_width = metrics.horizontalAdvance(curve.name + " ")
        width = 16 + name_width + metrics.horizontalAdvance(value) + 14
        if left + 30 > right:
            return left
        painter.setPen(curve.colour)
        painter.fillRect(QRectF(left, middle - 1, 10, 2), curve.colour)
        box = QRectF(left + 15, 0, max(0.0, right - left - 15), self.height())
        painter.setPen(theme.palette.text)
        text = metrics.elidedText(f"{curve.name} {value}", Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        return left + width


def _any_decimated(curves: Sequence[Curve]) -> bool:
    return any(c.trace is not None and c.trace.decimated for c in curves)
