"""A plot: parameters over time, live or anywhere in the archive."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QVBoxLayout, QWidget

from console.archive.shapes import Trace
from console.desk import plotexport, theme
from console.desk.axispaint import NS
from console.desk.banner import NAMES, realities
from console.desk.clocks import clock_text, lag_text
from console.desk.contact import links_of, silence_after_ns, uncovered
from console.desk.curves import Curve
from console.desk.legend import Legend, any_decimated, decimated_text
from console.desk.models import MIME_PARAMETER, decimals_of, unit_text
from console.desk.panel import Desk, Panel
from console.desk.plotting import PlotCanvas
from console.desk.view import CoverageQuery, DeskView, PointQuery, Query, TimeAxis, TraceQuery
from console.desk.words import QT_TRANSLATE_NOOP, localised
from decoders.engineering import engineering_one, limits_of_row
from decoders.mission.model import Limits

SPANS_S = (60, 300, 600, 3600, 86_400)
LEAST_SPAN_NS, MOST_SPAN_NS = 2 * NS, 400 * 86_400 * NS
STATUS_LAG_NS = 3 * NS


class PlotPanel(Panel):
    """Follows the playhead until somebody pans; then it says HISTORY and stays."""

    id = "plot"
    caption = QT_TRANSLATE_NOOP("PlotPanel", "Plot")
    every_ms = 0

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._titles = ("", "")
        self._view: DeskView | None = None
        self.span_ns = 300 * NS
        self.end_ns: int | None = None
        """None: the plot ends at the playhead."""
        self.axis: TimeAxis | None = None
        """None: the desk's choice."""
        self.linked = False
        """Whether it looks where the other linked plots look."""
        self.canvas = PlotCanvas()
        self.legend = Legend(self, self)
        self.legend.chip_clicked.connect(self.live)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.legend)
        layout.addWidget(self.canvas, 1)
        self.setAcceptDrops(True)
        self.canvas.panned.connect(self._look_at)
        self.canvas.hovered.connect(self.desk.selection.cursor_changed)
        self.desk.selection.cursor_changed.connect(self._show_cursor)
        self.desk.selection.range_changed.connect(self._range_changed)

    @property
    def curves(self) -> list[Curve]:
        """The curves, in the order of their colours."""
        return self.canvas.curves

    def title(self) -> str:
        """Return the plot's own title, or its first parameter's name."""
        own = localised(*self._titles)
        return own or (self.curves[0].name if self.curves else self.name())

    def header_text(self) -> str:
        """Return what stands at the right end of the tab: assumed times, that minima and maxima are shown."""
        words = [decimated_text()] if any_decimated(self.curves) else []
        if self._view is not None and any(self._view.timeless(c.packet) for c in self.curves):
            words.insert(0, self.tr("⌁ times assumed"))
        return " · ".join(words)

    def add(self, packet: str, parameter: str) -> bool:
        """Add a parameter; False if it is there already or cannot be plotted."""
        if any((c.packet, c.parameter) == (packet, parameter) for c in self.curves):
            return False
        try:
            described = self.desk.mission.packet(packet).parameter(parameter)
        except KeyError:
            return False
        if described.data_type == "str" or described.array_length is not None:
            self.legend.tell(self.tr("{0} cannot be plotted").format(parameter))
            return False
        unit = unit_text(described.unit)
        if len({unit, *self.canvas.units}) > 2:
            self.legend.tell(self.tr("two units at most: {0} needs a plot of its own").format(parameter))
            return False
        decimals = decimals_of(described)
        curve = Curve(
            packet, parameter,
            localised(described.description, described.description_ja) or parameter,
            unit, decimals, 20 * 10.0**-decimals, described.limits,
            period_ns=round((self.desk.mission.packet(packet).period_s or 0.0) * NS),
        )  # fmt: skip
        self.curves.append(curve)
        self._colour()
        return True

    def remove(self, packet: str, parameter: str) -> None:
        """Take a curve away."""
        self.canvas.curves = [c for c in self.curves if (c.packet, c.parameter) != (packet, parameter)]
        self._colour()
        self.canvas.fit()
        self._draw()

    def live(self) -> None:
        """Follow the playhead again."""
        self.end_ns = None
        self._tell_range()
        self._draw()

    def queries(self, view: DeskView | None) -> Sequence[Query]:
        """Ask for each curve's stretch, a point for two pixels."""
        if view is None or not self.curves:
            return ()
        t0, t1 = self._range(view)
        points = max(100, int(self.canvas.area.width()) // 2)
        axis = self.axis or self.desk.time_axis
        traces = [TraceQuery(c.packet, c.parameter, t0, t1, points, axis) for c in self.curves]
        return [*traces, *self._points(axis), *self._contacts(view)]

    def refresh(self, view: DeskView) -> None:
        """Take the traces that came and draw."""
        self._view = view
        axis = self.axis or self.desk.time_axis
        t0, t1 = self._range(view)
        found: dict[tuple[str, str], tuple[tuple[int, int], Trace]] = {}
        own = {(curve.packet, curve.parameter) for curve in self.curves}
        for query, trace in view.traces.items():
            key = query.packet, query.parameter
            if key not in own:
                continue
            far = abs(query.t0_ns - t0) + abs(query.t1_ns - t1), -query.points
            # Another plot may ask for the same parameter: the trace of the nearest range is ours.
            if query.axis == axis and self._near(query, view) and (key not in found or far < found[key][0]):
                found[key] = far, trace
        for curve in self.curves:
            if (curve.packet, curve.parameter) in found:
                curve.trace = found[curve.packet, curve.parameter][1]
            curve.latest = self._latest(curve, view)
            curve.limits = self._limits(curve, view)
            curve.point = next(
                (
                    point
                    for query, point in view.points.items()
                    if (query.packet, query.parameter, query.axis) == (curve.packet, curve.parameter, axis)
                    and query.t_ns == self.canvas.cursor_ns
                ),
                None,
            )
        self.canvas.silences = self._silences(view)
        self.canvas.note = self._elsewhere(view, axis)
        self._draw()

    def save(self) -> dict[str, Any]:
        """Return curves, span and where the plot looks."""
        return {
            "title": self._titles[0], "title_ja": self._titles[1], "span_s": self.span_ns / NS,
            "end_ns": self.end_ns, "axis": self.axis, "linked": self.linked,
            "parameters": [[c.packet, c.parameter] for c in self.curves],
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Bring back a saved plot; parameters that the mission does not know are left out."""
        self._titles = (str(state.get("title", "")), str(state.get("title_ja", "")))
        self.span_ns = min(max(round(float(state.get("span_s", 300)) * NS), LEAST_SPAN_NS), MOST_SPAN_NS)
        end = state.get("end_ns")
        self.end_ns = int(end) if end is not None else None
        axis = state.get("axis")
        self.axis = axis if axis in ("generation", "reception") else None
        self.linked = state.get("linked") is True
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

    def kinds(self) -> tuple[str, ...]:
        """Return which reality is shown: ``replay``, ``simulation``, ``training``, or nothing for live."""
        view = self._view
        return () if view is None else realities(view.mode, view.session.kind)

    def _range(self, view: DeskView) -> tuple[int, int]:
        end = view.instant_ns if self.end_ns is None else self.end_ns
        return end - self.span_ns, end

    def _near(self, query: TraceQuery, view: DeskView) -> bool:
        t0, t1 = self._range(view)
        return abs(query.t0_ns - t0) <= self.span_ns and abs(query.t1_ns - t1) <= self.span_ns

    def _points(self, axis: TimeAxis) -> list[PointQuery]:
        """Ask for the samples under the cursor, as they came."""
        at = self.canvas.cursor_ns
        if at is None or not self.canvas.pointed or not self.canvas.t0_ns <= at <= self.canvas.t1_ns:
            return []
        found = ((curve, curve.at(at)) for curve in self.curves)
        return [
            PointQuery(c.packet, c.parameter, at, abs(near[0] - at) + max(c.period_ns, NS), axis)
            for c, near in found
            if near is not None
        ]

    def _contacts(self, view: DeskView) -> list[CoverageQuery]:
        """Ask when the links of the curves' vehicles brought data, over the range and a little more.

        The ends are rounded so that a plot that follows asks the same for a while.
        """
        step = max(10 * NS, self.span_ns // 20)
        t0, t1 = self._range(view)
        t0, t1 = t0 // step * step, -(-t1 // step) * step
        return [CoverageQuery(link.id, t0, t1) for link in links_of(view.mission, self._vehicles())]

    def _vehicles(self) -> set[str]:
        return {self.desk.mission.packet(c.packet).vehicle for c in self.curves}

    def _silences(self, view: DeskView) -> Sequence[tuple[int, int]]:
        """Return the stretches in which nothing came on any link of the curves' vehicles.

        What the archive cannot know is left out: before its first packet and after the shown instant.
        Data that was played back into a silence ends it there.
        """
        asked = self._contacts(view)
        periods = [c.period_ns for c in self.curves if c.period_ns]
        if not asked or not periods or any(query not in view.coverage for query in asked):
            return self.canvas.silences if asked and periods else ()
        covered = [span for query in asked for span in view.coverage[query]]
        for curve in self.curves:
            covered += curve.known().stretches
        for packet in view.mission.packets:
            row = view.latest.get(packet.name)
            if row is not None and packet.vehicle in self._vehicles():
                # Counters are written about each second; the newest packet may be younger.
                at_ns = view.mission_time(row.reception_ns)
                covered.append((at_ns - STATUS_LAG_NS, at_ns))
        t0, t1 = self._range(view)
        begin = view.mission_time(view.extent.first_reception_ns)
        least = silence_after_ns(min(periods) / NS)
        return uncovered(covered, max(t0, begin), min(t1, view.instant_ns), least)

    def _latest(self, curve: Curve, view: DeskView) -> float | None:
        row = view.latest.get(curve.packet)
        raw = None if row is None or self.end_ns is not None else row.raw.get(curve.parameter)
        if row is None or not isinstance(raw, (int, float)):
            return None
        packet = self.desk.mission.packet(curve.packet)
        parameter = packet.parameter(curve.parameter)
        value = engineering_one(packet, parameter, row.raw)
        return value if math.isfinite(value) else None

    def _limits(self, curve: Curve, view: DeskView) -> Limits | None:
        """Return the limits that hold at the playhead."""
        packet, row = self.desk.mission.packet(curve.packet), view.latest.get(curve.packet)
        parameter = packet.parameter(curve.parameter)
        return limits_of_row(packet, parameter, row.raw if row is not None else None)

    def _elsewhere(self, view: DeskView, axis: TimeAxis) -> str:
        """Return where the newest samples are if none is in sight, so that an empty plot explains itself."""
        rows = [row for c in self.curves if (row := view.latest.get(c.packet)) is not None]
        if not rows:
            return ""
        t0, t1 = self._range(view)
        if any(a <= t1 and b >= t0 for curve in self.curves for a, b in curve.known().stretches):
            return ""
        row = max(rows, key=lambda row: row.id)
        received_ns = view.mission_time(row.reception_ns)
        told_ns = received_ns if row.generation_ns is None or axis == "reception" else row.generation_ns
        if t0 <= told_ns <= t1:
            return ""  # on its way
        if told_ns != received_ns and t0 <= received_ns <= t1:
            return self.tr("generated {0}, not in this span\nT plots by reception").format(
                clock_text(told_ns)
            )
        return self.tr("newest {0}").format(clock_text(told_ns))

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
            # As far as the archive goes: its first packet stays in sight.
            first = view.mission_time(view.extent.first_reception_ns)
            self.end_ns = max(t1_ns, min(newest, first + self.span_ns // 10))
        self._tell_range()
        self._draw()

    def _tell_range(self) -> None:
        if self.linked:
            self.desk.selection.range_changed.emit(self.span_ns, self.end_ns)

    def _range_changed(self, span_ns: int, end_ns: int | None) -> None:
        if self.linked and (span_ns, end_ns) != (self.span_ns, self.end_ns):
            self.span_ns, self.end_ns = span_ns, end_ns
            self._draw()

    def _link(self, on: bool) -> None:
        self.linked = on
        self._tell_range()

    def _draw(self) -> None:
        view = self._view
        if view is None:
            return
        self.canvas.relative = self.end_ns is None and view.mode == "live"
        self.canvas.watermark = " · ".join(NAMES[kind] for kind in self.kinds())
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
        text = bytes(event.mimeData().data(MIME_PARAMETER).data()).decode("utf-8", "replace")
        packet, _, parameter = text.partition("/")
        if self.add(packet, parameter):
            event.acceptProposedAction()
            self._draw()
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer spans, time axis, exports and removal."""
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

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
        link = menu.addAction(self.tr("Move with the other linked plots"))
        link.setCheckable(True)
        link.setChecked(self.linked)
        link.triggered.connect(self._link)
        menu.addAction(self.tr("Fit values")).triggered.connect(self.canvas.fit)
        choices: tuple[tuple[str, TimeAxis], ...] = (
            (self.tr("Time axis: generation"), "generation"),
            (self.tr("Time axis: reception"), "reception"),
        )
        for text, axis in choices:
            menu.addAction(text).triggered.connect(lambda _=False, a=axis: self._set_axis(a))
        menu.addSeparator()
        menu.addAction(self.tr("Save as PNG, SVG or CSV …")).triggered.connect(self.ask_save)
        for curve in self.curves:
            action = menu.addAction(self.tr("Remove {0}").format(curve.name))
            action.triggered.connect(lambda _=False, c=curve: self.remove(c.packet, c.parameter))
        return menu

    def export(self, path: Path) -> None:
        """Save what is shown; the ending chooses PNG, SVG or CSV. Which reality it is stands in each.

        Raises ``OSError`` where the file cannot be written.
        """
        ending = path.suffix.casefold()
        if ending == ".csv":
            plotexport.write_csv(path, self.canvas, self.kinds())
        elif ending == ".svg":
            plotexport.write_svg(path, self.legend, self.canvas, self.title())
        elif not self.grab().save(str(path), "PNG"):
            raise OSError(self.tr("{0} cannot be written").format(path))

    def file_name(self) -> str:
        """Return what an export is called: title, day and time of its right end, and which reality it is."""
        title = "".join(x if x.isalnum() else "-" for x in self.title())
        at = clock_text(self.canvas.t1_ns).replace(" ", "T").replace(":", "")
        return "-".join([title, at, *self.kinds()]) + ".png"

    def ask_save(self) -> QFileDialog:
        """Ask where to save, in a dialog that leaves the desk usable."""
        dialog = QFileDialog(
            self, self.tr("Save plot"), self.file_name(), "PNG (*.png);;SVG (*.svg);;CSV (*.csv)"
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setModal(False)
        dialog.fileSelected.connect(self.save_as)
        dialog.show()
        return dialog

    def save_as(self, path: str) -> None:
        """Save what is shown and say how it went."""
        try:
            self.export(Path(path))
        except OSError as error:
            self.legend.tell(self.tr("not saved: {0}").format(error))
        else:
            self.legend.tell(self.tr("saved {0}").format(path))

    def _set_span(self, seconds: int) -> None:
        self.span_ns = seconds * NS
        self._tell_range()
        self._draw()

    def _set_axis(self, axis: TimeAxis) -> None:
        self.axis = axis
        self._draw()
