"""The status line: is the recording safe, how fresh is the picture, which keys matter."""

from __future__ import annotations

import shutil
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.desk import clocks, theme
from console.desk.clockbar import text

if TYPE_CHECKING:
    from console.desk.view import DeskView

HEIGHT = 24


class StatusLine(QWidget):
    """24 px at the bottom: facts left, shortcuts right; an error takes the place of the facts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: list[str] = []
        self._problem = ""
        self._keys = ""
        self._disk_free = -1
        self._ticks = 0
        self._ages: deque[int] = deque(maxlen=20)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFixedHeight(theme.px(HEIGHT))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def message(self) -> str:
        """What stands at the left: the problem if there is one, else the facts."""
        return self._problem or "  ·  ".join(self._facts)

    def show_keys(self, keys: str) -> None:
        """Set the shortcuts at the right."""
        self._keys = keys
        self.update()

    def show_problem(self, message: str) -> None:
        """Show an error or a wait instead of the facts; an empty text brings them back."""
        if message != self._problem:
            self._problem = message
            self.setAccessibleName(self.message)
            self.setToolTip(message)
            self.update()

    def show_facts(self, facts: list[str]) -> None:
        """Show these words where no view exists yet."""
        self._facts = facts
        self.update()

    def refresh(self, view: DeskView, recording: bool) -> None:
        """Show what the view tells of the recorder and the disk."""
        if self._ticks % 50 == 0:
            self._disk_free = _free(view.archive_path)
        self._ticks += 1
        self._ages.append(view.behind_ns)
        # Packets come in beats: the least age of the last two seconds tells how far behind the desk is.
        behind = min(self._ages) // 1_000_000
        if not recording:
            facts = [self.tr("Nobody records into this archive")]
            if view.reception_assumed:
                facts.append(self.tr("made from a file: reception times are assumed"))
        elif behind > 5000:
            facts = [
                self.tr("Recorder: running, nothing received for {0}").format(
                    clocks.span_text(view.behind_ns)
                )
            ]
        else:
            facts = [self.tr("Recorder: writing, {0} ms behind").format(behind)]
        facts.append(self.tr("{0} packets/s").format(f"{view.rate_packets_s:.1f}"))
        facts.append(self.tr("archive {0}").format(clocks.octets_text(view.archive_octets)))
        if self._disk_free >= 0:
            facts.append(self.tr("disk free {0}").format(clocks.octets_text(self._disk_free)))
        if facts != self._facts:
            self._facts = facts
            self.setAccessibleName(self.message)
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.palette.gutter)
        painter.scale(theme.scale, theme.scale)
        width = self.width() / theme.scale
        font = theme.font(12)
        font.setPixelSize(12)
        keys = QFontMetricsF(font).horizontalAdvance(self._keys)
        text(painter, width - keys - 12, 16, self._keys, 12, theme.palette.label)
        colour: QColor = theme.palette.label
        left = 12.0
        if self._problem:
            painter.fillRect(QRectF(8, 6, 3, 12), theme.palette.caution)
            colour, left = theme.palette.value, 18.0
        text(painter, left, 16, self.message, 12, colour, fit=width - keys - 60)
        painter.end()


def _free(path: str) -> int:
    try:
        return shutil.disk_usage(Path(path).parent).free
    except OSError:
        return -1
