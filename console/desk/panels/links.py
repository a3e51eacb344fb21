"""Link status: what each link has brought, and what it lost."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from console.archive.shapes import LinkStatus
from console.desk import symbols, theme
from console.desk.clocks import octets_text, time_text
from console.desk.panel import Panel
from console.desk.view import DeskView
from console.desk.words import link_state_text, localised
from console.mission import Link
from decoders.mission.model import Severity

ROW = 19
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class LinksPanel(Panel):
    """A column of counters for each link; a count of something lost takes the caution colour."""

    id = "links"

    def __init__(self, desk: object, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)  # type: ignore[arg-type]
        self._view: DeskView | None = None
        self.setMinimumSize(180, 120)

    def title(self) -> str:
        """Return the title of the tab."""
        return self.tr("Links")

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
        return [
            (self.tr("State"), link_state_text(status.state), status.state == "failed"),
            (self.tr("Received"), octets_text(status.octets), False),
            (self.tr("Frames good"), f"{status.frames_good:,}", False),
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
            (self.tr("Last reception"), time_text(view.mission_time(last)) if last else "—", False),
        ]

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
            title = painter.fontMetrics().elidedText(head, Qt.TextElideMode.ElideRight, int(width - 12))
            painter.drawText(QRectF(left, 6, width - 12, theme.px(20)), _LEFT, title)
            y = 8.0 + theme.px(20)
            for label, text, abnormal in rows:
                box = QRectF(left, y, width - 16, theme.px(ROW))
                painter.setFont(theme.font(12))
                painter.setPen(palette.label)
                painter.drawText(box, _LEFT, label)
                painter.setFont(theme.font(13, bold=abnormal))
                painter.setPen(palette.value)
                painter.drawText(box, _RIGHT, text)
                if abnormal:
                    wide = painter.fontMetrics().horizontalAdvance(text)
                    mark = QRectF(box.right() - wide - 18, box.center().y() - 5, 10, 10)
                    symbols.draw_status(painter, mark, Severity.CAUTION)
                y += theme.px(ROW)
