"""A scene for the tests of single panels: an archive written packet by packet, views of it at any instant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QEnterEvent, QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from console.alarms import AlarmEngine
from console.archive.deskwriter import DeskWriter
from console.archive.reader import ArchiveReader
from console.archive.shapes import LinkStatus
from console.archive.writer import ArchiveWriter
from console.desk.panel import Panel, Selection
from console.desk.passplan import PassPlan
from console.desk.reading import Request, ViewMaker
from console.desk.sound import AlarmSound
from console.desk.view import DeskView, TimeAxis
from console.mission import load_mission
from console.playhead import Playhead, Position, Span
from decoders.encode import PacketEncoder
from decoders.pipeline import Decoder, LinkFormat

S = 1_000_000_000
START = 1_795_341_022 * S
"""2026-11-22T09:50:22Z, on every clock."""

FILES = {
    "mission.toml": """
name = "two"
title = "Two"
[time]
code = "cuc"
[[vehicles]]
id = "ship"
title = "Ship"
title_ja = "船"
scids = [66]
[[vehicles]]
id = "base"
title = "Base"
title_ja = "基地"
scids = [67]
[[links]]
id = "s"
title = "S-band"
title_ja = "Sバンド"
vehicle = "ship"
kind = "udp"
port = 40001
[[links]]
id = "r"
title = "Relay"
vehicle = "base"
kind = "udp"
port = 40002
[[packets]]
name = "hk"
file = "packets/hk.csv"
apid = 100
vehicle = "ship"
period_s = 1.0
description = "Housekeeping"
[[packets]]
name = "nav"
file = "packets/nav.csv"
apid = 101
vehicle = "ship"
period_s = 10.0
[[packets]]
name = "room"
file = "packets/room.csv"
apid = 102
vehicle = "base"
period_s = 2.0
""",
    "packets/hk.csv": """\
name,data_type,bit_length,unit,description,description_ja,calibration,caution,serious,critical,role
hk_time,uint,48,,,,,,,,time
hk_volts,uint,16,V,Bus voltage,バス電圧,"[0, 0.001]",,,,
hk_amps,int,16,A,Bus current,バス電流,"[0, 0.001]",,,,
hk_temp,uint,16,degC,Tank temperature,タンク温度,"[-50, 0.01]",10..30,<40,<50,
hk_ratio,float,32,,Duty ratio,負荷率,,,,,
hk_mode,uint,8,,Mode,モード,"{""1"": ""TRACK"", ""2"": ""SAFE""}",,,,
""",
    "packets/nav.csv": """name,data_type,bit_length,unit,description,calibration,role
nav_time,uint,48,,,,time
nav_height,uint,32,m,Height,,
""",
    "packets/room.csv": """name,data_type,bit_length,unit,description,calibration,caution,role
room_time,uint,48,,,,,time
room_pressure,uint,16,kPa,Cabin pressure,"[0, 0.01]",>95,
""",
}
HK = {"hk_volts": 31_500, "hk_amps": -2_000, "hk_temp": 7_000, "hk_ratio": 0.5, "hk_mode": 1}
"""31.500 V, −2.000 A, 20.00 ℃, 0.5, TRACK."""
LINK_OF = {"hk": "s", "nav": "s", "room": "r"}


class Scene:
    """Writes packets, asks for views, and is the desk that a panel sees."""

    def __init__(self, path: Path, kind: str = "live") -> None:
        self.mission = load_mission({name: text.encode() for name, text in FILES.items()})
        self.path, self.kind = path, kind
        self.writer_of_packets = ArchiveWriter(path, self.mission, kind)
        self._decoders = {
            link.id: Decoder(LinkFormat(framing="packets", vehicle=link.vehicle), self.mission.packets)
            for link in self.mission.links
        }
        self._encoders = {p.name: PacketEncoder(p) for p in self.mission.packets}
        self._counts = dict.fromkeys(self._encoders, 0)
        self._octets = {link.id: 0 for link in self.mission.links}
        self.now_ns = START
        self._engine = AlarmEngine(self.mission.packets, lambda: self.now_ns)
        self.writer_of_packets.commit()
        self.writer: DeskWriter | None = DeskWriter(path, lambda: self.now_ns)
        self._reader = ArchiveReader(path)
        self.selection = Selection()
        self.pass_plan = PassPlan(self.mission)
        self.sound = AlarmSound()
        self.time_axis: TimeAxis = "generation"
        self.playhead = Playhead(lambda: Span(START, self.now_ns, 1, 1), lambda: self.now_ns)

    def operator(self) -> str:
        return "Sato"

    def close(self) -> None:
        # Whichever thread collects what is left of a test must not find a timer that runs.
        self.sound.follow(0)
        self.pass_plan.stop()
        self._reader.close()
        if self.writer is not None:
            self.writer.close()
        self.writer_of_packets.close()

    def send(self, packet: str, at_s: float, clock_s: float | None = None, **values: Any) -> None:
        """Write one packet received so many seconds after START, generated then or at ``clock_s``."""
        at_ns = START + round(at_s * S)
        self.now_ns = max(self.now_ns, at_ns)
        whole = {**(HK if packet == "hk" else {}), **values}
        generated_ns = at_ns if clock_s is None else START + round(clock_s * S)
        octets = self._encoders[packet].encode(whole, self._counts[packet], generated_ns)
        self._counts[packet] += 1
        link = LINK_OF[packet]
        self._octets[link] += len(octets)
        decoded = self._decoders[link].feed(octets, at_ns)
        first, _ = self.writer_of_packets.write(link, decoded, at_ns)
        for change in self._engine.feed(decoded, first):
            self.writer_of_packets.alarm(**asdict(change))

    def status(self, link: str, at_s: float, state: str = "locked", **counters: int) -> None:
        """Write a link's counters."""
        at_ns = START + round(at_s * S)
        told = {"octets": self._octets[link], "last_reception_ns": at_ns, **counters}
        row = asdict(LinkStatus(link, at_ns, state, **told))  # type: ignore[arg-type]
        self.writer_of_packets.link_status(row.pop("link"), **row)

    def pass_of(self, seconds: int, begin: int = 0, **values: Any) -> None:
        """Write one ``hk`` a second with its link's counters."""
        for second in range(begin, begin + seconds):
            self.send("hk", second, **values)
            self.status("s", second)
        self.writer_of_packets.commit()

    def view(
        self,
        at_s: float | None = None,
        *,
        mode: str = "live",
        ask: Sequence[Panel] = (),
        known_now: bool = False,
    ) -> DeskView:
        """Read what the desk would read for panels at an instant (default: the newest)."""
        self.writer_of_packets.commit()
        instant = self.now_ns if at_s is None else START + round(at_s * S)
        if mode == "live":
            self.now_ns = max(self.now_ns, instant)
        position = Position(mode, instant, None, 0, 1.0, mode == "live", known_now, 1)  # type: ignore[arg-type]
        # A new one each time: what it keeps is kept by the machine's clock, and here time is ours.
        views = ViewMaker(self._reader, str(self.path), lambda: self.now_ns)
        # A plot asks when it knows where the playhead is: the second time, as on the desk.
        view, _ = views.make(Request(position))
        queries = tuple(query for panel in ask for query in panel.queries(view))
        return views.make(Request(position, queries))[0] if queries else view

    def show(self, panel: Panel, at_s: float | None = None, **how: Any) -> DeskView:
        """Let a panel draw the scene at an instant, as the desk does on each tick."""
        first = self.view(at_s, **how)
        panel.refresh(first)
        view = self.view(at_s, ask=[panel], **how)
        panel.refresh(view)
        QApplication.processEvents()
        return view


def picture(widget: QWidget) -> QImage:
    return widget.grab().toImage()


def has_colour(
    image: QImage, colour: QColor, left: int = 0, top: int = 0, width: int = 0, height: int = 0
) -> int:
    """Count the pixels of exactly this colour in a part of a picture (all of it by default)."""
    wanted = colour.rgb()
    columns = range(left, left + width if width else image.width())
    rows = range(top, top + height if height else image.height())
    return sum(image.pixel(x, y) == wanted for y in rows for x in columns)


def wheel(widget: QWidget, at: QPointF, notches: float) -> None:
    QApplication.sendEvent(
        widget,
        QWheelEvent(
            at, widget.mapToGlobal(at), QPoint(), QPoint(0, round(120 * notches)), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        ),
    )  # fmt: skip


def hover(widget: QWidget, at: QPointF) -> None:
    QApplication.sendEvent(
        widget,
        QMouseEvent(
            QEvent.Type.MouseMove, at, widget.mapToGlobal(at), Qt.MouseButton.NoButton,
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        ),
    )  # fmt: skip


def enter(widget: QWidget) -> None:
    at = QPointF(5, 5)
    QApplication.sendEvent(widget, QEnterEvent(at, at, widget.mapToGlobal(at)))


def leave(widget: QWidget) -> None:
    QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))


def drop(widget: QWidget, mime: Any) -> bool:
    """Send what a drag sends: enter, then the drop if the enter was accepted; return whether it was taken."""
    at = QPointF(widget.width() / 2, widget.height() / 2)
    action, button, keys = (
        Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    entered = QDragEnterEvent(at.toPoint(), action, mime, button, keys)
    QApplication.sendEvent(widget, entered)
    if not entered.isAccepted():
        return False
    dropped = QDropEvent(at, action, mime, button, keys)
    QApplication.sendEvent(widget, dropped)
    return dropped.isAccepted()


Make = Callable[..., Scene]
