"""The clock bar: which reality, what time, which phase, what comes next, the links, the alarms.

One widget, painted; it ticks from the clock, never from the data. The heartbeat moves once per
painting, so a frozen picture shows.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.desk import clocks, symbols, theme
from console.desk.words import link_state_text, localised
from console.playhead import Playhead
from decoders.mission.model import Severity

if TYPE_CHECKING:  # numpy comes with these: after the first paint
    from console.archive.shapes import LinkStatus
    from console.desk.view import DeskView

HEIGHT = 64


@dataclass(frozen=True, slots=True)
class Cell:
    """One block of the bar: a label, what it says, and a line below."""

    label: str
    value: str
    note: str = ""
    dim: bool = False
    status: Severity = Severity.NORMAL
    width: int = 166
    countdown: bool = False


@dataclass(frozen=True, slots=True)
class Countdown:
    """Something that is to come: AOS, LOS, a burn; ``at_ns`` is mission time."""

    label: str
    at_ns: int


@dataclass(slots=True)
class _LinkRate:
    """Octets and bad frames of a link over the last seconds."""

    samples: deque[tuple[int, int, int]]

    def add(self, at_ns: int, octets: int, bad: int) -> None:
        if not self.samples or at_ns > self.samples[-1][0]:
            self.samples.append((at_ns, octets, bad))
        elif at_ns < self.samples[-1][0]:
            self.samples.clear()
            self.samples.append((at_ns, octets, bad))
        while len(self.samples) > 2 and self.samples[-1][0] - self.samples[0][0] > 5 * clocks.SECOND:
            self.samples.popleft()

    def bits_s(self, now_ns: int) -> float | None:
        """Return the rate up to an instant (machine clock), None where one sample alone is known."""
        if self.samples and now_ns - self.samples[-1][0] > 5 * clocks.SECOND:
            return 0.0  # nothing has changed since
        if len(self.samples) < 2 or self.samples[-1][0] - self.samples[0][0] > 30 * clocks.SECOND:
            return None
        (t0, o0, _), (t1, o1, _) = self.samples[0], self.samples[-1]
        return max(0.0, 8 * (o1 - o0) / ((t1 - t0) / clocks.SECOND))

    def new_bad(self) -> int:
        return self.samples[-1][2] - self.samples[0][2] if self.samples else 0


class ClockBar(QWidget):
    """64 px high at scale 1; shows the playhead's instant large."""

    def __init__(self, playhead: Playhead, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._playhead = playhead
        self._view: DeskView | None = None
        self._beats = 0
        self._rates: dict[str, _LinkRate] = {}
        self.countdowns: Sequence[Countdown] = ()
        """What comes next, soonest first; set by the window."""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFixedHeight(theme.px(HEIGHT))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Clock bar"))

    def sizeHint(self) -> QSize:
        return QSize(theme.px(1200), theme.px(HEIGHT))

    @property
    def beats(self) -> int:
        """How often the bar was painted."""
        return self._beats

    def refresh(self, view: DeskView | None) -> None:
        """Take over a view (None: only the clock moved on) and paint."""
        if view is not None:
            self._view = view
            for name, status in view.links.items():
                rate = self._rates.setdefault(name, _LinkRate(deque()))
                rate.add(status.known_at_ns, status.octets, status.frames_bad)
            self.setAccessibleDescription(self.spoken())
        self.update()

    @property
    def known(self) -> bool:
        """Whether there is an instant to show: the archive is read and holds something."""
        return self._view is not None and self._playhead.instant_ns > 0

    def clock(self) -> str:
        """Return the large clock; a dash until it is known."""
        return clocks.clock_text(self._playhead.instant_ns) if self.known else "—"

    def spoken(self) -> str:
        """Return the bar as one line of text, for a screen reader."""
        cells = [*self.time_cells(), *self.countdown_cells(), *self.link_cells()]
        words = [f"{c.label} {c.value} {c.note}".strip() for c in cells]
        return "; ".join([self.mode_word(), self.clock(), *words])

    def mode_word(self) -> str:
        """Return LIVE, PAUSED or REPLAY in the operator's language; a dash until it is known."""
        if not self.known:
            return "—"
        return {
            "live": self.tr("LIVE"),
            "paused": self.tr("PAUSED"),
            "replay": self.tr("REPLAY"),
        }[self._playhead.mode]

    def mode_note(self) -> str:
        """Return what stands under the word: the lag of a pause, the speed of a replay."""
        head = self._playhead
        if not self.known:
            return ""
        if head.mode == "paused":
            return clocks.lag_text(head.lag_ns)
        if head.mode == "replay":
            speed = f"{head.speed:g}×".replace("-", "−") if head.playing else self.tr("stands")
            return speed + (" " + self.tr("as known now") if head.as_known_now else "")
        return ""

    def time_cells(self) -> list[Cell]:
        """Return elapsed time and phase, as far as the mission tells them."""
        view, cells = self._view, []
        if view is None:
            return []
        instant = self._playhead.instant_ns
        for vehicle in view.mission.vehicles:
            zero = clocks.parse_utc_instant(vehicle.met_epoch)
            if zero is not None:
                note = localised(vehicle.met_title, vehicle.met_title_ja)
                cells.append(Cell(self.tr("MET"), clocks.span_text(instant - zero), note, width=168))
                break
        if view.phase is not None:
            value, since = view.phase
            note = self.tr("since {0}").format(clocks.time_text(since)) if since > 0 else ""
            cells.append(Cell(self.tr("Phase"), phase_title(view, value), note, width=250))
        return cells

    def countdown_cells(self) -> list[Cell]:
        """Return the next events, recomputed from the clock (never counted down)."""
        instant = self._playhead.instant_ns
        return [
            Cell(c.label, clocks.countdown_text(c.at_ns - instant), clocks.time_text(c.at_ns), countdown=True)
            for c in self.countdowns
            if c.at_ns - instant > -60 * clocks.SECOND
        ][:3]

    def link_cells(self) -> list[Cell]:
        """Return one cell per link: its state, its rate and its bad frames."""
        view = self._view
        if view is None:
            return []
        cells = []
        for link in view.mission.links:
            status = view.links.get(link.id)
            title = localised(link.title, link.title_ja)
            if status is None:
                cells.append(Cell(title, link_state_text("waiting"), self.tr("nothing received"), dim=True))
                continue
            now_ns = view.instant_ns - view.session.mission_offset_ns
            cells.append(self._link_cell(title, status, now_ns))
        return cells

    def _link_cell(self, title: str, status: LinkStatus, now_ns: int) -> Cell:
        rate = self._rates.get(status.link)
        bits, fresh_bad = (rate.bits_s(now_ns), rate.new_bad()) if rate is not None else (None, 0)
        locked = status.state == "locked"
        told = "—" if bits is None else clocks.bit_rate_text(bits)
        note = self.tr("{0} · {1} bad").format(told, status.frames_bad)
        severity = Severity.CAUTION if fresh_bad > 0 else Severity.NORMAL
        return Cell(title, link_state_text(status.state), note, dim=not locked, status=severity, width=160)

    def alarm_counts(self) -> tuple[dict[Severity, int], dict[Severity, int]]:
        """Return active alarms and unacknowledged ones, by severity."""
        active = dict.fromkeys((Severity.CRITICAL, Severity.SERIOUS, Severity.CAUTION), 0)
        waiting = dict(active)
        for alarm in self._view.alarms if self._view is not None else ():
            severity, worst = Severity(alarm.severity), Severity(alarm.worst_severity)
            if severity in active:
                active[severity] += 1
            if not alarm.acknowledged:
                waiting[severity if severity in active else max(worst, Severity.CAUTION)] += 1
        return active, waiting

    # painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        self._beats += 1
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.palette.panel)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), theme.palette.gutter)
        painter.scale(theme.scale, theme.scale)
        width = self.width() / theme.scale
        self._paint_mode(painter)
        x = self._paint_clock(painter)
        alarms_left = width - 196
        groups = [self.time_cells(), self.countdown_cells(), self.link_cells()]
        x = self._paint_groups(painter, groups, x, alarms_left)
        self._rule(painter, alarms_left)
        self._paint_alarms(painter, alarms_left + 20)
        painter.end()

    def _paint_mode(self, painter: QPainter) -> None:
        head = self._playhead
        colour = theme.palette.interactive if head.mode == "replay" else theme.palette.value
        text(painter, 13, 26, self.mode_word(), 19, colour, bold=True, fit=74)
        note = self.mode_note()
        if note:
            text(painter, 13, 53, note, 12, theme.palette.text, fit=76)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.palette.text, 1.2))
        beat = [(14, 52), (29, 52), (33, 47), (38, 58), (43, 52), (72, 52)]
        painter.drawPolyline([QPointF(x, y) for x, y in beat])
        painter.setBrush(theme.palette.value)
        painter.setPen(Qt.PenStyle.NoPen)
        x = 14 + (self._beats * 3) % 58
        painter.drawEllipse(QPointF(x, _beat_height(x, beat)), 2.6, 2.6)

    def _paint_clock(self, painter: QPainter) -> float:
        self._rule(painter, 93)
        instant = self._playhead.instant_ns
        end = text(painter, 106, 44, self.clock(), 36, theme.palette.value)
        if not self.known:
            return end + 18
        text(painter, 108, 59, clocks.date_text(instant, self.locale()), 12, theme.palette.label)
        text(painter, 262, 59, clocks.jst_text(instant), 12, theme.palette.text)
        return end + 18

    def _paint_groups(
        self, painter: QPainter, groups: Sequence[Sequence[Cell]], x: float, right: float
    ) -> float:
        """Paint as many cells as there is room for; the later ones of a group, and links, go first."""
        shown = [list(g) for g in groups if g]
        if x + sum(c.width for g in shown for c in g) + 16 * len(shown) > right:
            shown = [[replace(c, width=_snug(c)) for c in g] for g in shown]
        while shown and x + sum(c.width for g in shown for c in g) + 16 * len(shown) > right:
            max(reversed(shown), key=len).pop()
            shown = [g for g in shown if g]
        for group in shown:
            self._rule(painter, x)
            x += 16
            for cell in group:
                self._paint_cell(painter, cell, x)
                x += cell.width
        return x

    def _paint_cell(self, painter: QPainter, cell: Cell, x: float) -> None:
        room = cell.width - 10
        text(painter, x, 19, cell.label, 12, theme.palette.label, fit=room)
        colour = theme.palette.label if cell.dim else theme.palette.value
        left = x
        if cell.status is not Severity.NORMAL:
            symbols.draw_status(painter, QRectF(x, 29, 12, 12), cell.status)
            left += 18
        size = 20 if cell.countdown else 17
        text(painter, left, 41, cell.value, size, colour, fit=room - (left - x))
        note_colour = theme.palette.value if cell.status is not Severity.NORMAL else theme.palette.label
        text(painter, x, 58, cell.note, 12, note_colour, fit=room)

    def _paint_alarms(self, painter: QPainter, x: float) -> None:
        active, waiting = self.alarm_counts()
        live = self._playhead.mode != "replay"
        bright = (self._playhead.now_ns // (clocks.SECOND // 2)) % 2 == 0
        left = x
        for severity, count in active.items():
            rect = QRectF(left, 21, 14, 14)
            unacknowledged = waiting[severity] > 0
            if not count and not unacknowledged:
                symbols.draw_status(painter, rect, severity, hollow=True, colour=theme.palette.track)
            else:  # the corner marks blink, never the shape
                marked = unacknowledged and (bright or not live)
                symbols.draw_status(painter, rect, severity, hollow=not count, corners=marked)
            colour = theme.palette.value if count else theme.palette.track
            told = str(count) if self.known else "—"
            end = text(painter, left + 22, 36, told, 20, colour)
            left = max(left + 53, end + 16)
        total = sum(waiting.values())
        if not self.known:
            return
        if not live:
            note, colour = self.tr("of that time, read only"), theme.palette.label
        elif total:
            note, colour = self.tr("{0} to acknowledge").format(total), theme.palette.value
        else:
            note, colour = self.tr("none to acknowledge"), theme.palette.track
        text(painter, x, 58, note, 12, colour, fit=176)

    def _rule(self, painter: QPainter, x: float) -> None:
        painter.fillRect(QRectF(round(x), 9, 1, 45), theme.palette.hairline)


def _snug(cell: Cell) -> int:
    """Return the width that a cell's words need: on a small screen one more cell is worth the air."""
    small, large = QFontMetricsF(_sized(12)), QFontMetricsF(_sized(20 if cell.countdown else 17))
    symbol = 18 if cell.status is not Severity.NORMAL else 0
    words = max(
        small.horizontalAdvance(cell.label),
        symbol + large.horizontalAdvance(cell.value),
        small.horizontalAdvance(cell.note),
    )
    return min(cell.width, round(words) + 20)


def _sized(pixels: int) -> QFont:
    font = theme.font(pixels)
    font.setPixelSize(pixels)
    return font


def text(
    painter: QPainter,
    x: float,
    baseline: float,
    words: str,
    size: int,
    colour: QColor,
    *,
    bold: bool = False,
    fit: float = 0,
) -> float:
    """Draw one line and return its right end; ``fit`` cuts it with an ellipsis (drawing units)."""
    font = theme.font(size, bold)
    font.setPixelSize(size)
    metrics = QFontMetricsF(font)
    if fit:
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, fit)
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(QPointF(x, baseline), words)
    return x + metrics.horizontalAdvance(words)


def phase_title(view: DeskView, value: int) -> str:
    """Return the name of a phase; a value without one reads ``7?``."""
    phases = view.mission.phases
    for phase in phases.names if phases is not None else ():
        if phase.value == value:
            return localised(phase.title, phase.title_ja)
    return f"{value}?"


def _beat_height(x: float, line: Sequence[tuple[float, float]]) -> float:
    for (x0, y0), (x1, y1) in itertools.pairwise(line):
        if x0 <= x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return line[-1][1]
