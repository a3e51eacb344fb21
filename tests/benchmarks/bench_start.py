"""How soon the desk's window stands: ``python -m tests.benchmarks.bench_start``.

From the start of the process ``okaeri desk ARCHIVE`` to the window's first paint, and to the first view
of the archive drawn in it, beside a Python program that shows an empty ``QWidget``. On a warm machine:
each is started once before it counts. Offscreen, and on a real X server where Xvfb is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.benchmarks.load import NS, Growing, verdict, write_mission

TURNS = 7
WANTED_S = 1.5
DISPLAY = ":97"

PAINTED = """
import sys, time
def say(what):
    print(what, time.time_ns(), flush=True)
"""
DESK = (
    PAINTED
    + """
import importlib.abc, importlib.machinery
class Watch(importlib.abc.MetaPathFinder):
    # The window is watched as it is imported, so that everything is loaded in the order of the product.
    def find_spec(self, name, path, target=None):
        if name != "console.desk.window":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        run = spec.loader.exec_module
        def exec_module(module):
            run(module)
            window = module.DeskWindow
            made, begin = window.__init__, window.start
            def init(self, *arguments, **settings):
                made(self, *arguments, **settings)
                self.painted.connect(lambda: say("painted"))
            def start(self, **settings):
                fresh = self.picture is None
                begin(self, **settings)
                if fresh:
                    self.picture.changed.connect(self._first_view)
            def first_view(self, _view):
                from PySide6.QtCore import QTimer
                self.picture.changed.disconnect(self._first_view)
                QTimer.singleShot(0, lambda: (say("view"), self.close()))
            window.__init__, window.start, window._first_view = init, start, first_view
        spec.loader.exec_module = exec_module
        return spec
sys.meta_path.insert(0, Watch())
from console.__main__ import main
sys.exit(main(["desk", sys.argv[1], "--language", "en", "--seconds", "20"]))
"""
)
EMPTY = (
    PAINTED
    + """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
class Window(QWidget):
    def paintEvent(self, event):
        QTimer.singleShot(0, lambda: (say("painted"), self.close()))
app = QApplication([])
window = Window()
window.resize(1920, 1080)
window.show()
app.exec()
"""
)


def main() -> None:
    """Print a table for each platform."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        archive = folder / "start.okaeri"
        growing = Growing(
            archive, write_mission(folder / "mission", rate_hz=4), 4, time.time_ns() - 3600 * NS
        )
        growing.grow(3600)
        growing.writer.close()
        environment = {**os.environ, "XDG_CONFIG_HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"}
        table("offscreen", archive, environment)
        if shutil.which("Xvfb"):
            server = subprocess.Popen(
                ["Xvfb", DISPLAY, "-screen", "0", "1920x1080x24"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            try:
                time.sleep(1.0)
                table("xcb", archive, {**environment, "DISPLAY": DISPLAY, "QT_QPA_PLATFORM": "xcb"})
            finally:
                server.terminate()
                server.wait()


def table(platform: str, archive: Path, environment: dict[str, str]) -> None:
    """Print the times of one platform."""
    desk: dict[str, list[float]] = {"painted": [], "view": []}
    empty: list[float] = []
    for turn in range(TURNS + 1):
        for code, arguments in ((DESK, [str(archive)]), (EMPTY, [])):
            seen = started(code, arguments, environment)
            if turn and code is DESK:
                for what, times in desk.items():
                    times.append(seen[what])
            elif turn:
                empty.append(seen["painted"])
    print(f"{platform}: seconds from the start of the process, median (worst) of {TURNS}, in turns")
    for name, times in (
        ("okaeri desk: first window", desk["painted"]),
        ("okaeri desk: panels show the archive", desk["view"]),
        ("an empty QWidget", empty),
    ):
        print(f"  {name:38}{np.median(times):6.2f} ({max(times):.2f})")
    first = float(np.median(desk["painted"]))
    verdict(first <= WANTED_S, f"first window after {first:.2f} s (wanted ≤ {WANTED_S})")


def started(code: str, arguments: list[str], environment: dict[str, str]) -> dict[str, float]:
    """Run a program and return when it said what, in seconds from its start."""
    began_ns = time.time_ns()
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, timeout=60,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    words = [line.split() for line in run.stdout.splitlines()]
    seen = {what: (int(at) - began_ns) / 1e9 for what, at in reversed(words)}
    if "painted" not in seen or (code is DESK and "view" not in seen):
        raise SystemExit(f"only {sorted(seen)} seen:\n{run.stderr}")
    return seen


if __name__ == "__main__":
    main()
