"""What a redraw of the desk's plots costs, beside pyqtgraph: ``python -m tests.benchmarks.bench_desk``.

Twelve plots of four curves at 20 Hz, 462 × 256 px each, over 10 min, 1 h and 24 h of a live archive
of 48 parameters. Cost is processor time of the GUI thread: taking a view and painting it. The peer
draws the same samples by ``PlotDataItem`` with clip and peak downsampling, and is let off reading,
grid, legend and Y ranges. ``OKAERI_BENCH_HZ`` (4) is the rate of each packet type.
"""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QApplication, QGridLayout, QWidget

from console.archive.reader import ArchiveReader
from console.desk import theme
from console.desk.panel import Selection
from console.desk.panels.plot import PlotPanel
from console.desk.reading import Request, ViewMaker
from console.playhead import Position
from decoders import calibration
from tests.benchmarks.load import NS, PLOTS, Growing, write_mission

RATE_HZ = float(os.environ.get("OKAERI_BENCH_HZ", 4))
FRAME_S = 0.05
WIDTH, HEIGHT = 462, 256
SPANS = {"10 min": 600, "1 h": 3600, "24 h": 86_400}
FRAMES, PEER_FRAMES, ROUNDS = 60, 12, 3
BEGIN_NS = 1_795_341_022 * NS
FLAT, QUARTER = 1.3, 4.0


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
    painted = ours.paints
    for _ in range(ROUNDS):
        for name, span_s in SPANS.items():
            for who, side, frames in (("ours", ours, FRAMES), ("peer", peer, PEER_FRAMES)):
                side.show(span_s)
                painted = ours.paints
                cost.setdefault((who, name), []).extend(frame_ms(side, frames))
                if side is ours and ours.paints - painted < frames * len(PLOTS):
                    raise SystemExit("a frame was not painted: this measures nothing")
                side.window.hide()
            read.setdefault(name, []).extend(ours.read_ms)
    print(f"\n12 plots × 4 curves, CPU ms of the GUI thread a redraw, median (90 %) of {ROUNDS} rounds")
    print(f"{'':8}{'ours':>16}{'pyqtgraph':>18}{'ratio':>8}{'reader thread':>20}")
    for name in SPANS:
        mine, theirs = np.array(cost["ours", name]), np.array(cost["peer", name])
        reading = np.array(read[name])
        print(
            f"{name:8}{np.median(mine):9.1f} ({np.quantile(mine, 0.9):.1f})"
            f"{np.median(theirs):11.1f} ({np.quantile(theirs, 0.9):.1f})"
            f"{np.median(theirs) / np.median(mine):8.1f}"
            f"{np.median(reading):13.1f} ({np.quantile(reading, 0.9):.1f})"
        )
    medians = {name: float(np.median(cost["ours", name])) for name in SPANS}
    flat = medians["24 h"] / medians["10 min"]
    least = min(float(np.median(cost["peer", name])) / medians[name] for name in SPANS)
    verdict(flat <= FLAT, f"24 h costs {flat:.2f} × 10 min (wanted ≤ {FLAT})")
    verdict(least >= QUARTER, f"at least {least:.1f} × cheaper than pyqtgraph (wanted ≥ {QUARTER:g} ×)")
    growing.writer.close()


def verdict(met: bool, words: str) -> None:
    """Print one figure against its bar."""
    print(f"{'ok    ' if met else 'MISSED'} {words}", flush=True)


def main() -> None:
    """Print every table."""
    app = QApplication([])
    theme.use("dark", 1.0)
    theme.apply(app)
    parts: list[Callable[[Path], None]] = [redraws]
    for part in parts:
        with tempfile.TemporaryDirectory() as scratch:
            part(Path(scratch))


if __name__ == "__main__":
    main()
