"""Link status: what each link has brought, and what it lost."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from console.archive.shapes import LinkStatus
from console.desk import symbols, theme
from console.desk.clocks import octets_text, span_text, time_text
from console.desk.contact import silence_after_ns
from console.desk.panel import Desk, Panel
from console.desk.view import DeskView
from console.desk.words import QT_TRANSLATE_NOOP, link_state_text, localised
from console.mission import Link
from decoders.mission.model import Severity

ROW, LEAST_ROW = 19, 15
STATUS_LAG_NS = 4_000_000_000
"""The recorder writes counters about each second; a state older than this is not believed."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class LinksPanel(Panel):
    """A column of counters for each link; a count of something lost takes the caution colour."""

    id = "links"
    caption = QT_TRANSLATE_NOOP("LinksPanel", "Links")

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._view: DeskView | None = None
        self.setMinimumSize(180, 120)

    def refresh(self, view: DeskView) -> None:
        """Draw the counters as they stand at the playhead."""
        self._view = view
        self.setAccessibleDescription(
            " · ".join(" ".join(pair[:2]) for _, rows in self.rows() for pair in rows)
        )
        self.update()

    def rows(self) -> list[tuple[Link, list[tuple[str, str, bool]]]]:
        """Return each link with (label, text, abnormal) of its counters."""
        view = self._view
        if view is None:
            return []
        return [(link, self._of(view, link, view.links.get(link.id))) for link in view.mission.links]

    def _of(self, view: DeskView, link: Link, status: LinkStatus | None) -> list[tuple[str, str, bool]]:
        if status is None:
            return [(self.tr("State"), self.tr("nothing received yet"), False)]
        last = status.last_reception_ns
        age_ns = 0 if not last else max(0, view.instant_ns - view.mission_time(last))
        state = status.state
        if state == "locked" and age_ns > self._silent_after_ns(view, link):
            state = "lost"  # the recorder has told nothing since, perhaps because it is gone
        shown = "—" if not last else time_text(view.mission_time(last))
        coded = [(self.tr("Frames corrected"), f"{status.frames_corrected:,}", False)] * bool(
            link.reed_solomon
        )
        return [
            (self.tr("State"), link_state_text(state), state == "failed"),
            (self.tr("Received"), octets_text(status.octets), False),
            (self.tr("Frames good"), f"{status.frames_good:,}", False),
            *coded,
            (self.tr("Frames bad"), f"{status.frames_bad:,}", status.frames_bad > 0),
            (self.tr("Frames missing"), f"{status.frames_missing:,}", status.frames_missing > 0),
            (self.tr("Packets"), f"{status.packets:,}", False),
            (self.tr("Packets missing"), f"{status.packets_missing:,}", status.packets_missing > 0),
            (self.tr("Duplicates"), f"{status.duplicates:,}", False),
            (
                self.tr("Dropped by this machine"),
                f"{status.dropped_by_kernel:,}",
                status.dropped_by_kernel > 0,
            ),
            (self.tr("Last reception"), shown, False),
            (self.tr("Since then"), span_text(age_ns) if last else "—", False),
        ]

    def _silent_after_ns(self, view: DeskView, link: Link) -> int:
        periods = [p.period_s for p in view.mission.packets if p.vehicle == link.vehicle and p.period_s]
        return max(STATUS_LAG_NS, silence_after_ns(min(periods, default=0.0)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw one column a link."""
        painter = QPainter(self)
        palette = theme.palette
        painter.fillRect(self.rect(), palette.panel)
        links = self.rows()
        if not links:
            return
        width = (self.width() - 16) / len(links)
        for column, (link, rows) in enumerate(links):
            left = 10 + column * width
            painter.setFont(theme.font(13, bold=True))
            painter.setPen(palette.value)
            head = localised(link.title, link.title_ja) + (f" · {link.station}" if link.station else "")
            title = painter.fontMetrics().elidedText(head, Qt.TextElideMode.ElideRight, int(width - 16))
            painter.drawText(QRectF(left, 6, width - 16, theme.px(20)), _LEFT, title)
            # Where the panel is low the rows move together; below that the last ones are left out whole.
            room = self.height() - 8.0 - theme.px(20)
            step = min(float(theme.px(ROW)), max(theme.px(LEAST_ROW), room / len(rows)))
            for i, row in enumerate(rows[: max(1, int(room / step + 0.01))]):
                top = 8.0 + theme.px(20) + i * step
                self._draw_row(painter, QRectF(left, top, width - 16, step), *row)

    def _draw_row(self, painter: QPainter, box: QRectF, label: str, text: str, abnormal: bool) -> None:
        palette = theme.palette
        painter.setFont(theme.font(13, bold=abnormal))
        wide = painter.fontMetrics().horizontalAdvance(text)
        value_box = QRectF(box.right() - wide - 5, box.top() + 1, wide + 9, box.height() - 2)
        if abnormal:
            painter.fillRect(value_box, palette.caution)
            mark = QRectF(value_box.left() - theme.px(16), 0, theme.px(10), theme.px(10))
            mark.moveTop(box.center().y() - mark.height() / 2)
            symbols.draw_status(painter, mark, Severity.CAUTION)
        painter.setPen(palette.status_text if abnormal else palette.value)
        painter.drawText(box, _RIGHT, text)
        painter.setFont(theme.font(12))
        painter.setPen(palette.label)
        room = value_box.left() - box.left() - (theme.px(20) if abnormal else theme.px(4))
        shown = painter.fontMetrics().elidedText(label, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(box, _LEFT, shown)
