"""The desk in a process of its own, offscreen, that tells how it fared.

``python -m tests.benchmarks.desk_probe ARCHIVE --seconds S`` opens the real window with twelve plots
and the parameter table, and prints JSON at the end: the lateness of a 10 ms timer in ms (what any
event waits for the loop), and when each value of ``load.STEP`` was first painted (ns UTC).
"""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import argparse
import json
import signal
import sys
import time
from types import FrameType
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from console.desk import theme
from console.desk.deskstate import StateFile
from console.desk.trees import Split
from console.desk.window import DeskWindow
from tests.benchmarks.load import PLOTS, STEP

PROBE_MS = 10


class LoopDelay(QObject):
    """How late a regular timer comes; a late one also stands for those that fell out behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.late_ms: list[float] = []
        self._last = 0.0
        timer = QTimer(self, interval=PROBE_MS, timerType=Qt.TimerType.PreciseTimer)
        timer.timeout.connect(self._tick)
        timer.start()

    def _tick(self) -> None:
        now = time.perf_counter() * 1e3
        late, self._last = now - self._last - PROBE_MS, now
        self.late_ms.append(max(0.0, late))
        while (late := late - PROBE_MS) > 0:
            self.late_ms.append(late)

    def begin(self) -> None:
        """Forget what was before."""
        self.late_ms, self._last = [], time.perf_counter() * 1e3


class Painted:
    """When each value of the stepping parameter was first seen in a plot that had been painted."""

    def __init__(self, canvas: Any) -> None:
        self.first_ns: dict[int, int] = {}
        self._canvas, self._paint = canvas, canvas.paintEvent
        canvas.paintEvent = self._painted

    def _painted(self, event: Any) -> None:
        self._paint(event)
        for curve in self._canvas.curves:
            if curve.parameter == STEP and curve.trace is not None and len(curve.trace.t_ns):
                step = round(float(np.nanmax(curve.trace.hi[-8:], initial=0)))
                self.first_ns.setdefault(step, time.time_ns())


class Probe:
    """Twelve plots in one window, begun when the archive stands open."""

    def __init__(self, window: DeskWindow, options: argparse.Namespace) -> None:
        self.window, self.options = window, options
        self.delay = LoopDelay()
        self.views = 0
        self._begun = (0.0, 0.0)
        self.painted: Painted | None = None
        self._waiting = QTimer(window, interval=50)
        self._waiting.timeout.connect(self._arrange)
        self._waiting.start()

    def _arrange(self) -> None:
        window, options = self.window, self.options
        if not window.ready:
            return
        self._waiting.stop()
        window._timer.setInterval(round(1000 / options.rate))
        for n, names in enumerate(PLOTS):
            curves = [[name[:2], name] for name in names]
            window.state.panels[f"plot.pass.{n}"] = {"parameters": curves, "span_s": options.span}
        rows = [Split("h", tuple((462, (f"plot.pass.{4 * row + n}",)) for n in range(4))) for row in range(3)]
        tree = Split("v", (*((256, row) for row in rows), (150, ("parameters",))))
        window.docking.clear()
        for n in range(len(PLOTS)):
            if f"plot.pass.{n}" in window.docking.ids:
                window.docking.host(f"plot.pass.{n}").panel.restore(window.state.panels[f"plot.pass.{n}"])
        window.arrangement.arrange(tree)
        step = next(n for n, names in enumerate(PLOTS) if STEP in names)
        self.painted = Painted(window.docking.host(f"plot.pass.{step}").panel.canvas)
        assert window.picture is not None
        window.picture.reading.view_ready.connect(self._count)
        if options.replay:
            window.playhead.recording = False
            window.playhead.play(1.0)
            window.playhead.seek(window.playhead.instant_ns - round((options.seconds + 30) * 1e9))
            window.playhead.play(1.0)
        QTimer.singleShot(round(options.warm * 1000), self._begin)

    def _begin(self) -> None:
        self.delay.begin()
        self._begun = (time.monotonic(), time.process_time())
        self.views = 0
        QTimer.singleShot(round(self.options.seconds * 1000), self._end)

    def _count(self, *_: object) -> None:
        self.views += 1

    def _end(self) -> None:
        late, painted = self.delay.late_ms, self.painted
        assert painted is not None
        took_s = time.monotonic() - self._begun[0]
        if self.options.screenshot:
            self.window.grab().save(self.options.screenshot)
        json.dump(
            {
                "late_ms": [round(each, 2) for each in late],
                "painted_ns": painted.first_ns,
                "views_s": self.views / took_s,
                "mode": self.window.playhead.mode,
                "cpu_s": time.process_time() - self._begun[1],
                "took_s": took_s,
            },
            sys.stdout,
        )
        print(flush=True)
        self.window.close()
        QApplication.quit()


def main() -> None:
    """Show the desk for a while and print what was measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.desk_probe", description=__doc__)
    parser.add_argument("archive")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--warm", type=float, default=4.0, help="seconds before it counts")
    parser.add_argument("--span", type=float, default=600.0, help="seconds of history on each plot")
    parser.add_argument("--rate", type=float, default=20.0, help="views a second")
    parser.add_argument("--replay", action="store_true", help="no recorder: replay the end at 1 ×")
    parser.add_argument("--screenshot", help="where to save a picture at the end")
    options = parser.parse_args()
    app = QApplication([])
    theme.use("dark", 1.0)
    theme.apply(app)
    window = DeskWindow(options.archive, StateFile(None))
    probe = Probe(window, options)
    window.painted.connect(lambda: window.start())
    window.show()

    def stop(_number: int, _frame: FrameType | None) -> None:
        probe._end()

    signal.signal(signal.SIGTERM, stop)
    app.exec()
    window.shut_down()


if __name__ == "__main__":
    main()
