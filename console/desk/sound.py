"""The sound of an alarm that nobody has acknowledged; the machine's own player, or its bell."""

from __future__ import annotations

import array
import io
import math
import shutil
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess, QTemporaryDir, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:  # numpy comes with it: after the first paint
    from console.archive.shapes import AlarmState

REPEAT_MS = {1: 10_000, 2: 5_000, 3: 2_000}
"""How often it repeats by severity: the more urgent the more often."""
PLAYERS = ("pw-play", "paplay", "aplay", "afplay")
RATE_HZ = 22_050
BEEP_S, PAUSE_S = 0.12, 0.10
PITCH_HZ = {1: 587.0, 2: 784.0, 3: 988.0}
CRITICAL = 3


class AlarmSound(QObject):
    """Sounds at once when the severity rises, then again and again until told that nothing waits.

    It belongs to the window, not to the alarm list: an alarm is heard whatever panels are open.
    """

    sounded = Signal(int)
    """the severity, each time it sounds"""
    announced = Signal(str)
    """words about a new critical alarm, as a screen reader is told them"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.severity = 0
        self.on = True
        """Whether it is heard; not kept over a restart, so that a desk never starts deaf."""
        self._critical: set[tuple[str, str]] = set()
        self._folder: QTemporaryDir | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.sound)

    def take(self, alarms: Sequence[AlarmState], live: bool) -> None:
        """Take the alarms of a view; those of a replay are not heard."""
        waiting = [a for a in alarms if live and a.severity and not a.acknowledged]
        self.follow(max((a.severity for a in waiting), default=0))
        critical = {(a.packet, a.parameter): a for a in waiting if a.severity == CRITICAL}
        for key in critical.keys() - self._critical:
            self._announce(critical[key].parameter)
        self._critical = set(critical)

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
        if not self.on or not self.severity:
            return
        self.sounded.emit(self.severity)
        if QApplication.platformName() == "offscreen":
            return
        player = next((p for p in PLAYERS if shutil.which(p)), None)
        file = self._file(self.severity)
        if player is None or file is None or not QProcess.startDetached(player, [str(file)])[0]:
            QApplication.beep()

    def _announce(self, parameter: str) -> None:
        words = self.tr("Critical alarm: {0}").format(parameter)
        self.announced.emit(words)
        window = self.parent()
        if window is not None:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(window, words))

    def _file(self, severity: int) -> Path | None:
        """Return the tone of a severity as a file, made when it is needed first."""
        if self._folder is None:
            self._folder = QTemporaryDir()
        if not self._folder.isValid():
            return None
        path = Path(self._folder.path()) / f"{severity}.wav"
        if not path.exists():
            path.write_bytes(tone(severity))
        return path


def tone(severity: int) -> bytes:
    """Return a WAV file (mono, 16 bit) with one beep for caution, two for serious, three for critical.

    The number of beeps tells the priority, so that pitch is never alone.
    """
    samples = array.array("h")
    fade = int(0.01 * RATE_HZ)
    length = int(BEEP_S * RATE_HZ)
    for _ in range(severity):
        for i in range(length):
            loud = min(1.0, i / fade, (length - i) / fade)
            samples.append(round(16_000 * loud * math.sin(2 * math.pi * PITCH_HZ[severity] * i / RATE_HZ)))
        samples.extend([0] * int(PAUSE_S * RATE_HZ))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(samples.tobytes())
    return file.getvalue()
