"""What the desk's plots cost and how soon they show: ``python -m tests.benchmarks.bench_desk``.

Twelve plots of four curves at 20 Hz, 462 × 256 px each, over 10 min, 1 h and 24 h of a live archive
of 48 parameters. Cost is processor time of the GUI thread: taking a view and painting all of it. The
peer draws the same samples by ``PlotDataItem`` with clip and peak downsampling, and is let off reading,
grid, legend and Y ranges. Then the same plots in the real window, in a process of its own, while the
real recorder takes 5,000 packets/s from a sender: how long an event waits for the loop, and how long a
value takes from its datagram to a painted plot. ``OKAERI_BENCH_HZ`` (4) is the rate of each packet
type in the history, ``OKAERI_BENCH_SECONDS`` (30) the length of each live run.
"""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QApplication, QGridLayout, QWidget

from console import children
from console.archive.reader import ArchiveReader
from console.desk import theme
from console.desk.panel import Selection
from console.desk.panels.plot import PlotPanel
from console.desk.reading import Request, ViewMaker
from console.playhead import Position
from decoders import calibration
from tests.benchmarks.load import BEGIN_NS, NS, PLOTS, Growing, verdict, write_mission
from tests.console.small_mission import free_port

RATE_HZ = float(os.environ.get("OKAERI_BENCH_HZ", 4))
FRAME_S = 0.05
WIDTH, HEIGHT = 462, 256
SPANS = {"10 min": 600, "1 h": 3600, "24 h": 86_400}
FRAMES, PEER_FRAMES, ROUNDS = 60, 12, 3
SECONDS, PACKETS_S = float(os.environ.get("OKAERI_BENCH_SECONDS", 30)), 5_000
FLAT, QUARTER, DELAY_MS, PIXEL_S = 1.3, 4.0, 50.0, 0.5


class Ours:
    """Twelve plot panels on a live archive, read as the desk's reader thread reads."""

    def __init__(self, archive: Path, growing: Growing) -> None:
        self._growing = growing
        self._views = ViewMaker(ArchiveReader(archive), str(archive))
        desk: Any = SimpleNamespace(
            mission=self._views.mission, selection=Selection(), writer=None, time_axis="generation"
        )
        self._panels = [PlotPanel(desk) for _ in PLOTS]
        self.window = grid(self._panels)
        self._view: Any = None
        self.read_ms: list[float] = []
        self.paints = 0
        self.whole = True
        """Paint everything in each frame, or only what the desk would."""
        for panel in self._panels:
            self._count(panel.canvas)

    def show(self, span_s: int) -> None:
        for panel, names in zip(self._panels, PLOTS, strict=True):
            panel.restore({"parameters": [[names[0][:2], name] for name in names], "span_s": span_s})
        self.read_ms = []
        self.window.show()
        self.read()
        self.draw()

    def read(self) -> None:
        """Let the archive grow by one frame and read a view of it; the GUI thread does not do this."""
        self._growing.grow(FRAME_S)
        began = time.thread_time()
        queries = tuple(query for panel in self._panels for query in panel.queries(self._view))
        at = Position("live", self._growing.now_ns, None, 0, 1.0, True, False, 0)
        self._view, _ = self._views.make(Request(at, queries))
        self.read_ms.append((time.thread_time() - began) * 1e3)

    def draw(self) -> None:
        for panel in self._panels:
            panel.queries(self._view)
            panel.refresh(self._view)
            if self.whole:
                panel.canvas.update()
                panel.legend.update()
        QApplication.processEvents()

    def _count(self, canvas: Any) -> None:
        paint = canvas.paintEvent

        def counted(event: Any) -> None:
            self.paints += 1
            paint(event)

        canvas.paintEvent = counted


class Peer:
    """Twelve pyqtgraph plots that scroll over the same samples, held in memory."""

    def __init__(self, archive: Path, frames: int) -> None:
        self._frames = frames
        self._t_s, self._curves = samples(archive)
        self._widgets = [pg.PlotWidget() for _ in PLOTS]
        self._items = []
        for widget, names in zip(self._widgets, PLOTS, strict=True):
            values = np.concatenate([self._curves[name][-1000:] for name in names])
            widget.setYRange(float(values.min()), float(values.max()))
            for i, name in enumerate(names):
                item = pg.PlotDataItem(pen=theme.curve(i))
                widget.addItem(item)
                item.setClipToView(True)  # addItem overwrites both
                item.setDownsampling(auto=True, method="peak")
                self._items.append((item, name))
        self.window = grid(self._widgets)
        self._span_s, self._frame = 600, 0

    def show(self, span_s: int) -> None:
        self._span_s, self._frame = span_s, 0
        self.window.show()
        self.draw()

    def read(self) -> None:
        self._frame += 1

    def draw(self) -> None:
        """Hold the span that ends this many frames before the end, as a live plot would."""
        end_s = self._t_s[-1] - max(0, self._frames - self._frame) * FRAME_S
        first, last = np.searchsorted(self._t_s, (end_s - self._span_s, end_s))
        for item, name in self._items:
            item.setData(self._t_s[first:last], self._curves[name][first:last])
        for widget in self._widgets:
            widget.setXRange(end_s - self._span_s, end_s, padding=0)
        QApplication.processEvents()


def grid(widgets: Sequence[QWidget]) -> QWidget:
    """Return a window of these widgets, four in a row, each at the size of the desk's pass layout."""
    window = QWidget()
    box = QGridLayout(window)
    box.setSpacing(2)
    for n, widget in enumerate(widgets):
        widget.setFixedSize(WIDTH, HEIGHT)
        box.addWidget(widget, n // 4, n % 4)
    return window


def samples(archive: Path) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return times (s since the first) and engineering values of every plotted parameter."""
    held: dict[str, np.ndarray] = {}
    with ArchiveReader(archive) as reader:
        last = reader.extent().last_record
        for packet in reader.mission().packets:
            names = [name for plot in PLOTS for name in plot if name.startswith(packet.name)]
            columns = reader.rows(packet.name, names, after_id=0, upto_id=last, limit=1 << 40)
            for name in names:
                held[name] = calibration.calibrate(packet.parameter(name), columns.raw[name])
            t_s = (columns.generation_ns - columns.generation_ns[0]) / 1e9
    return t_s, held


def frame_ms(side: Ours | Peer, frames: int) -> list[float]:
    """Return the GUI thread's processor time of each of some frames at 20 Hz."""
    spent = []
    for _ in range(frames):
        due = time.monotonic() + FRAME_S
        side.read()
        began = time.thread_time()
        side.draw()
        spent.append((time.thread_time() - began) * 1e3)
        time.sleep(max(0.0, due - time.monotonic()))
    return spent


def redraws(scratch: Path) -> None:
    """Print the cost of a redraw, ours and the peer's, in turns."""
    mission = write_mission(scratch / "mission", rate_hz=RATE_HZ)
    archive = scratch / "desk.okaeri"
    began = time.monotonic()
    growing = Growing(archive, mission, RATE_HZ, BEGIN_NS)
    growing.grow(86_400 + 60)
    rows = growing.rows
    print(
        f"24 h of 48 parameters in {rows * 4:,} packets ({RATE_HZ:g} Hz), "
        f"{archive.stat().st_size / 1e6:,.0f} MB, made in {time.monotonic() - began:.0f} s",
        flush=True,
    )
    peer, ours = Peer(archive, PEER_FRAMES), Ours(archive, growing)
    cost: dict[tuple[str, str], list[float]] = {}
    read: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, span_s in SPANS.items():
            for who, side, frames in (
                ("ours", ours, FRAMES),
                ("live", ours, FRAMES),
                ("peer", peer, PEER_FRAMES),
            ):
                ours.whole = who == "ours"
                side.show(span_s)
                painted = ours.paints
                cost.setdefault((who, name), []).extend(frame_ms(side, frames))
                if who == "ours" and ours.paints - painted < frames * len(PLOTS):
                    raise SystemExit("a frame was not painted: this measures nothing")
                side.window.hide()
            read.setdefault(name, []).extend(ours.read_ms[1:])
    print(
        f"\n12 plots × 4 curves, CPU ms of the GUI thread for a whole redraw, median (90 %) of {ROUNDS} "
        "rounds; a frame at 20 Hz paints what changed"
    )
    print(f"{'':8}{'ours':>14}{'pyqtgraph':>18}{'ratio':>8}{'20 Hz frame, mean':>19}{'reader, mean':>14}")
    for name in SPANS:
        mine, theirs = np.array(cost["ours", name]), np.array(cost["peer", name])
        print(
            f"{name:8}{np.median(mine):7.1f} ({np.quantile(mine, 0.9):.1f})"
            f"{np.median(theirs):11.1f} ({np.quantile(theirs, 0.9):.1f})"
            f"{np.median(theirs) / np.median(mine):8.1f}{np.mean(cost['live', name]):15.1f}"
            f"{np.mean(read[name]):14.1f}"
        )
    medians = {name: float(np.median(cost["ours", name])) for name in SPANS}
    flat = medians["24 h"] / medians["10 min"]
    least = min(float(np.median(cost["peer", name])) / medians[name] for name in SPANS)
    verdict(flat <= FLAT, f"24 h costs {flat:.2f} × 10 min (wanted ≤ {FLAT})")
    verdict(least >= QUARTER, f"at least {least:.1f} × cheaper than pyqtgraph (wanted ≥ {QUARTER:g} ×)")
    growing.writer.close()


def live(scratch: Path) -> None:
    """Print how the desk fares beside a recorder at work, and without one."""
    port, archive = free_port(), scratch / "live.okaeri"
    mission = write_mission(scratch / "mission", rate_hz=RATE_HZ, port=port)
    history = Growing(archive, mission, RATE_HZ, time.time_ns() - 600 * NS)
    history.grow(600)
    history.writer.close()
    recorder = children.start(
        "console", "record", "--mission", str(scratch / "mission"), "--archive", str(archive)
    )
    assert recorder.stdout is not None
    recorder.stdout.readline()
    sender = module("load", "--port", str(port), "--rate", str(PACKETS_S), "--seconds", "3600")
    busy = json.loads(module("desk_probe", str(archive), "--seconds", str(SECONDS)).communicate()[0])
    sender.terminate()
    sent = json.loads(sender.communicate()[0])
    received, stored = children.end(recorder, r"received (\d+) decoded \d+ stored (\d+)")
    quiet = json.loads(
        module("desk_probe", str(archive), "--seconds", str(SECONDS), "--replay").communicate()[0]
    )
    print(f"\n12 plots × 4 curves of 10 min asked for at 20 Hz in the real window, {SECONDS:g} s each")
    for name, run in (
        (f"recorder takes {PACKETS_S:,} packets/s", busy),
        ("no recorder, replay at 1 ×", quiet),
    ):
        middle, late, last = np.quantile(run["late_ms"], [0.5, 0.99, 1])
        print(
            f"{name:34} event loop's delay {middle:5.1f} ms median, {late:6.1f} p99, {last:6.1f} worst; "
            f"{run['views_s']:4.1f} views/s, desk {run['cpu_s'] / run['took_s']:.0%} of a core"
        )
    shown = busy["painted_ns"]
    delays_s = np.array([(shown[step] - at) / 1e9 for step, at in sent["steps"].items() if step in shown])
    delays_s = delays_s[4:]  # those before the desk stood
    late_ms, middle_s = float(np.quantile(busy["late_ms"], 0.99)), float(np.median(delays_s))
    print(f"sent {sent['sent']:,} received {received:,} stored {stored:,}; {len(delays_s)} steps seen")
    verdict(late_ms <= DELAY_MS, f"p99 of the loop's delay {late_ms:.0f} ms (wanted ≤ {DELAY_MS:g})")
    verdict(
        middle_s <= PIXEL_S,
        f"socket to pixel {middle_s * 1e3:.0f} ms median, {np.quantile(delays_s, 0.9) * 1e3:.0f} 90 %, "
        f"{delays_s.max() * 1e3:.0f} worst (wanted ≤ {PIXEL_S * 1e3:g} median)",
    )


def module(name: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a module beside this one; its output is a pipe."""
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.benchmarks.{name}", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip


def main() -> None:
    """Print every table, or those named on the command line (``live``, ``redraws``)."""
    parts: list[Callable[[Path], None]] = [live, redraws]
    app = QApplication([])
    theme.use("dark", 1.0)
    theme.apply(app)
    for part in [p for p in parts if not sys.argv[1:] or p.__name__ in sys.argv[1:]]:
        with tempfile.TemporaryDirectory() as scratch:
            part(Path(scratch))


if __name__ == "__main__":
    main()
