"""The sound of an alarm that nobody has acknowledged; the machine's own player, or its bell."""

from __future__ import annotations

import shutil
import sys

from PySide6.QtCore import QObject, QProcess, QTimer
from PySide6.QtWidgets import QApplication

REPEAT_MS = {1: 10_000, 2: 5_000, 3: 2_000}
"""How often it repeats by severity: the more urgent the more often."""
PLAYERS = ("paplay", "aplay", "afplay")


class AlarmSound(QObject):
    """Sounds at once when the severity rises, then again and again until told 0."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.severity = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.sound)

    def follow(self, severity: int) -> None:
        """Take the worst severity that waits for an acknowledgement; 0 is silence."""
        if severity == self.severity:
            return
        rose, self.severity = severity > self.severity, severity
        if not severity:
            self._timer.stop()
            return
        self._timer.start(REPEAT_MS[severity])
        if rose:
            self.sound()

    def sound(self) -> None:
        """Make the sound once."""
        if QApplication.platformName() == "offscreen":
            return
        file = _system_sound()
        player = next((p for p in PLAYERS if shutil.which(p)), None)
        if file is None or player is None or not QProcess.startDetached(player, [file])[0]:
            QApplication.beep()


def _system_sound() -> str | None:
    if sys.platform == "darwin":
        return "/System/Library/Sounds/Sosumi.aiff"
    return None
