"""The time strip: when each link had data, what happened, and the playhead to go there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from console.archive.shapes import LinkStatus
from console.desk import theme
from console.desk.clockbar import phase_title
from console.desk.clocks import clock_text
from console.desk.commands import SPEEDS
from console.desk.lanes import Bar, Lane, LanesCanvas, Mark
from console.desk.panel import Desk, Panel
from console.desk.view import CoverageQuery, DeskView, History, HistoryQuery, Query
from console.desk.words import QT_TRANSLATE_NOOP, localised, severity_text

PREDICTED_NS = 4 * 86_400 * 1_000_000_000
"""Passes and eclipses are drawn in stretches up to this; in longer ones they would be a carpet."""
NO_LINK = ""
"""Asks for the packets of an archive that no link brought: a decoded file."""


class TimeStripPanel(Panel):
    """Lanes over the archive's time with the buttons of replay above them."""

    id = "timestrip"
    caption = QT_TRANSLATE_NOOP("TimeStripPanel", "Time strip")

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._view: DeskView | None = None
        self._coverage: dict[str, Sequence[tuple[int, int]]] = {}
        self._history = History()
        self._checked = False
        self.canvas = LanesCanvas(self)
        self.canvas.setAccessibleName(self.name())
        self.canvas.sought.connect(self._seek)
        self.canvas.ranged.connect(self._redraw)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.px(4), 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._controls())
        layout.addWidget(self.canvas, 1)

    def header_text(self) -> str:
        """Return the stretch that is shown."""
        shown = self.canvas.range
        first, last = clock_text(shown.t0_ns), clock_text(shown.t1_ns)
        if first[:8] == last[:8]:
            return f"{first[:8]} {first[9:14]}–{last[9:14]}Z"
        return f"{first[:8]} {first[9:14]} – {last[:8]} {last[9:14]}Z"

    def queries(self, view: DeskView | None) -> Sequence[Query]:
        """Ask for what lies in the stretch that is shown."""
        if view is None:
            return ()
        self._follow(view)
        t0, t1 = self.canvas.range.t0_ns, self.canvas.range.t1_ns
        links = [link.id for link in view.mission.links] or [NO_LINK]
        return (*(CoverageQuery(link, t0, t1) for link in links), HistoryQuery(t0, t1))

    def refresh(self, view: DeskView) -> None:
        """Draw lanes and playhead."""
        self._view = view
        self._follow(view)
        shown = self.canvas.range
        for query, spans in view.coverage.items():
            if (query.t0_ns, query.t1_ns) == (shown.t0_ns, shown.t1_ns):
                self._coverage[query.link] = spans
        self._history = view.histories.get(HistoryQuery(shown.t0_ns, shown.t1_ns), self._history)
        self._redraw()
        self._show_buttons()

    def save(self) -> dict[str, Any]:
        """Return the stretch where somebody chose it."""
        shown = self.canvas.range
        return {"t0_ns": shown.t0_ns, "t1_ns": shown.t1_ns} if shown.own else {}

    def restore(self, state: dict[str, Any]) -> None:
        """Bring back a chosen stretch."""
        t0, t1 = state.get("t0_ns"), state.get("t1_ns")
        if isinstance(t0, int) and isinstance(t1, int) and t1 > t0:
            shown = self.canvas.range
            shown.t0_ns, shown.t1_ns, shown.own = t0, t1, True

    def lanes(self) -> list[Lane]:
        """Return the lanes as they are drawn."""
        view = self._view
        if view is None:
            return []
        found = [
            Lane(
                localised(link.title, link.title_ja),
                [Bar(a, b) for a, b in self._coverage.get(link.id, ())],
                share=completeness_text(view.links.get(link.id)),
            )
            for link in view.mission.links
        ]
        if not found:
            found = [Lane(self.tr("Data"), [Bar(a, b) for a, b in self._coverage.get(NO_LINK, ())])]
        if self.desk.pass_plan.predicts:
            found.append(Lane(self.tr("Passes"), self._passes(view)))
        eclipses = self._eclipses(view)
        if view.mission.phases is not None:
            name = self.tr("Phase · eclipse") if eclipses else self.tr("Phase")
            found.append(Lane(name, [*self._phases(view), *eclipses]))
        found.append(Lane(self.tr("Alarms · notes"), marks=self._marks(view)))
        return found

    # inside

    def _follow(self, view: DeskView) -> None:
        first = view.mission_time(view.extent.first_reception_ns)
        last = view.mission_time(view.extent.last_reception_ns)
        if not view.extent.last_record:
            first = last = view.now_ns
        shown = self.canvas.range
        if shown.own and not self._checked and (shown.t1_ns < first or shown.t0_ns > max(last, view.now_ns)):
            shown.own = False  # kept from another archive
        self._checked = True
        if self.desk.playhead.recording:
            self.canvas.range.follow_live(view.now_ns, first)
        else:
            self.canvas.range.follow_archive(first, last)

    def _redraw(self) -> None:
        view = self._view
        if view is None:
            return
        now = view.now_ns if self.desk.playhead.recording else None
        self.canvas.show_lanes(self.lanes(), view.instant_ns, now)

    def _phases(self, view: DeskView) -> list[Bar]:
        changes = self._history.phases
        last = view.mission_time(view.extent.last_reception_ns)
        ends = [each.at_ns for each in changes[1:]] + [max(last, changes[-1].at_ns)] if changes else []
        return [
            Bar(each.at_ns, end, phase_title(view, each.value), "phase")
            for each, end in zip(changes, ends, strict=True)
        ]

    def _passes(self, view: DeskView) -> list[Bar]:
        """Return the passes of the mission's first vehicle; stations that see it together share a bar."""
        shown, plan = self.canvas.range, self.desk.pass_plan
        if shown.span_ns > PREDICTED_NS:
            return []
        vehicle = view.mission.vehicles[0].id
        bars: list[Bar] = []
        for each in plan.between(shown.t0_ns, shown.t1_ns, vehicle):
            look = "pass" if each.aos_ns <= view.now_ns else "booked"
            words = plan.station_title(each.station)
            if bars and each.aos_ns < bars[-1].t1_ns:
                words = f"{bars[-1].words}, {words}"
                first, last = bars[-1].t0_ns, max(bars[-1].t1_ns, each.los_ns)
                bars[-1] = Bar(first, last, words, bars[-1].look)
            else:
                bars.append(Bar(each.aos_ns, each.los_ns, words, look))
        return bars

    def _eclipses(self, view: DeskView) -> list[Bar]:
        shown = self.canvas.range
        if shown.span_ns > PREDICTED_NS or not view.mission.vehicles:
            return []
        dark = self.desk.pass_plan.eclipses(view.mission.vehicles[0].id, shown.t0_ns, shown.t1_ns)
        return [Bar(a, b, look="eclipse") for a, b in dark]

    def _marks(self, view: DeskView) -> list[Mark]:
        marks = [
            Mark(
                view.mission_time(each.known_at_ns),
                each.severity or each.previous,
                not each.severity,
                f"{each.parameter}: {severity_text(each.severity)}",
            )
            for each in self._history.alarms
        ]
        marks += [Mark(n.at_ns, 0, words=f"{n.by}: {n.text}", note=True) for n in self._history.notes]
        return marks

    def _seek(self, instant_ns: int) -> None:
        view, head = self._view, self.desk.playhead
        if view is None:
            return
        if head.recording and instant_ns >= view.now_ns:
            head.live()
        else:
            head.seek(instant_ns)

    def _controls(self) -> QHBoxLayout:
        head = self.desk.playhead
        row = QHBoxLayout()
        row.setContentsMargins(theme.px(8), 0, theme.px(8), theme.px(2))
        row.setSpacing(theme.px(4))

        def button(words: str, name: str, done: Callable[[], object]) -> QToolButton:
            made = QToolButton(self)
            made.setText(words)
            made.setToolTip(name)
            made.setAccessibleName(name)
            made.clicked.connect(lambda _on=False: done())
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(made)
            return made

        self.begin = button("|◀", self.tr("To the beginning of the archive"), lambda: head.seek(0))
        self.back = button("◀", self.tr("Replay backwards"), lambda: self._play(-1))
        self.pause = button("❚❚", self.tr("Pause (Space)"), head.pause)
        self.forward = button("▶", self.tr("Replay forwards"), lambda: self._play(1))
        self.end = button("▶|", self.tr("To the end, or live (L)"), head.live)
        row.addSpacing(theme.px(6))
        self.speed = QComboBox(self)
        self.speed.setAccessibleName(self.tr("Speed of replay"))
        self.speed.setToolTip(self.tr("Speed of replay"))
        for each in SPEEDS:
            self.speed.addItem(f"{each:g}×", each)
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.speed.activated.connect(lambda _i: self._new_speed())
        row.addWidget(self.speed)
        row.addSpacing(theme.px(6))
        self.step_back = button("−1", self.tr("One packet back"), lambda: head.step(-1))
        self.step_on = button("+1", self.tr("One packet on"), lambda: head.step(1))
        row.addSpacing(theme.px(6))
        self.known = QPushButton(self.tr("As known now"), self)
        self.known.setCheckable(True)
        self.known.setToolTip(self.tr("Show too what arrived later than the shown instant (K)"))
        self.known.clicked.connect(lambda on: setattr(head, "as_known_now", bool(on)))
        row.addWidget(self.known)
        self.fit = QPushButton(self.tr("Fit"), self)
        self.fit.setToolTip(self.tr("Show the whole again after zooming"))
        self.fit.clicked.connect(self._fit)
        row.addWidget(self.fit)
        self.note = QLineEdit(self)
        self.note.setPlaceholderText(self.tr("Note at this instant …"))
        self.note.setAccessibleName(self.tr("Note at this instant"))
        self.note.returnPressed.connect(self._write_note)
        row.addWidget(self.note, 1)
        for widget in (self.speed, self.known, self.fit, self.note):
            widget.setFixedHeight(theme.px(22))
        for widget in (self.speed, self.known, self.fit):  # a click leaves the keys to the desk
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return row

    def _play(self, direction: int) -> None:
        self.desk.playhead.play(direction * float(self.speed.currentData()))

    def _new_speed(self) -> None:
        head = self.desk.playhead
        if head.mode == "replay" and head.playing:
            self._play(-1 if head.speed < 0 else 1)

    def _fit(self) -> None:
        self.canvas.range.own = False
        if self._view is not None:
            self._follow(self._view)
            self._redraw()

    def _show_buttons(self) -> None:
        head = self.desk.playhead
        moving = head.mode == "replay" and head.playing
        self.back.setDown(moving and head.speed < 0)
        self.forward.setDown(moving and head.speed > 0)
        self.pause.setDown(not head.playing)
        self.pause.setEnabled(head.playing)
        self.forward.setEnabled(head.mode != "live")
        self.end.setText(self.tr("Live") if head.recording else "▶|")
        self.end.setDown(head.mode == "live")
        self.known.setChecked(head.as_known_now)
        self.fit.setEnabled(self.canvas.range.own)
        self.note.setEnabled(self.desk.writer is not None)
        size = abs(head.speed)
        if size in SPEEDS and moving and not self.speed.view().isVisible():
            self.speed.setCurrentIndex(SPEEDS.index(size))

    def _write_note(self) -> None:
        words = self.note.text().strip()
        if words and self._view is not None and self.desk.writer is not None:
            try:
                self.desk.writer.note(self.desk.playhead.instant_ns, words, self.desk.operator())
            except (OSError, sqlite3.Error) as error:
                self.desk.tell(self.tr("note not written: {0}").format(error))
            else:
                self.note.clear()


def completeness_text(status: LinkStatus | None) -> str:
    """Return which share of the frames (of the packets, where a link has no frames) came good."""
    if status is None:
        return "—"
    good, lost = status.frames_good, status.frames_missing + status.frames_bad
    if not good and not lost:
        good, lost = status.packets, status.packets_missing
    if not good and not lost:
        return "—"
    share = 1000 * good // (good + lost)
    return f"{share // 10}.{share % 10} %"
