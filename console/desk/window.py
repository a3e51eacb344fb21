"""The desk's window: wires the playhead, the reader, the docks and the bars; top to bottom."""

from __future__ import annotations

import getpass
import logging
import os
import time
import zlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from console.desk import actions, layouts, theme
from console.desk.banner import FRAME, Banner, paint_frame, realities
from console.desk.clockbar import ClockBar
from console.desk.clocks import time_text
from console.desk.commandpalette import Place
from console.desk.commands import Commands
from console.desk.layouts import LAYOUTS, StateFile
from console.desk.menurow import MenuRow, layout_title
from console.desk.sound import AlarmSound
from console.desk.statusline import StatusLine
from console.desk.words import localised
from console.playhead import Playhead, Position, Span

if TYPE_CHECKING:
    from console.archive.deskwriter import DeskWriter
    from console.archive.shapes import Extent, Session
    from console.desk.docking import Docking
    from console.desk.host import PanelHost
    from console.desk.panel import Panel, Selection
    from console.desk.passplan import PassPlan
    from console.desk.reading import Reading
    from console.desk.view import DeskView, Query, TimeAxis
    from console.mission import Mission

log = logging.getLogger(__name__)

TICK_MS = 50
BARS_NS = 95_000_000
SAVE_MS = 10_000
TITLE_BAR = 36
PRESENCE_S = 1.0
STANDING_NS = 500_000_000
"""A picture that stands is read again after this time, for acknowledgements and notes."""


class DeskWindow(QWidget):
    """One desk: the ``Desk`` that panels see, and the window round them."""

    mission: Mission
    selection: Selection
    docking: Docking
    pass_plan: PassPlan
    painted = Signal()
    """The window was painted once: what takes long to load may begin."""

    def __init__(self, archive: str, store: StateFile | None = None) -> None:
        super().__init__()
        self.archive = archive
        self.setWindowTitle(f"{Path(archive).name} — Okaeri")
        self._store = store or StateFile(None)
        self.state = self._store.load()
        self.time_axis: TimeAxis = "reception" if self.state.time_axis == "reception" else "generation"
        self.writer: DeskWriter | None = None
        self.view: DeskView | None = None
        self.ready = False
        """Whether the archive is open and the panels stand."""
        self.refused = ""
        """Why the archive cannot be shown; empty while it can."""
        self._offset_ns = 0
        self._span: Span | None = None
        self._asked: tuple[int, tuple[Query, ...], int] = (-1, (), 0)
        self._reading: Reading | None = None
        self._was_painted = False
        self._ended = False
        self._standing_problem = ""
        self._bars_at_ns = 0
        self._unseen: DeskView | None = None
        """A view that clock bar and status line have not shown yet."""
        self._presence = (-PRESENCE_S, False)
        self._first_seek: int | None = None
        self._first_speed: float | None = None
        self.sound = AlarmSound(self)
        self.playhead = Playhead(lambda: self._span, self.mission_now)
        self.playhead.listeners.append(self._playhead_moved)

        self.made = actions.build(self, Commands(self))
        self.made["light"].setChecked(self.state.theme == "light")
        self.made["reception-axis"].setChecked(self.time_axis == "reception")
        self.banner = Banner(self)
        self.menu_row = MenuRow(self.made, lambda: self.playhead.instant_ns, self)
        self.clock_bar = ClockBar(self.playhead, self)
        self.status_line = StatusLine(self)
        self.status_line.show_keys(actions.status_keys())
        self._body = QFrame(self)
        self._body_box = QVBoxLayout(self._body)
        self._body_box.setContentsMargins(0, theme.px(2), 0, 0)
        self._inside = QWidget(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box = QVBoxLayout(self)
        self._inner = inner = QVBoxLayout(self._inside)
        for layout in (box, inner):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        box.addWidget(self.banner)
        box.addWidget(self._inside, 1)
        for widget in (self.menu_row, self.clock_bar):
            inner.addWidget(widget)
        inner.addWidget(self._body, 1)
        inner.addWidget(self.status_line)
        self.menu_row.switch.chosen.connect(self.show_layout)
        self.menu_row.switch.set_current(self.state.layout)
        self.menu_row.palette_field.time_entered.connect(self.playhead.seek)
        panels_menu = self.menu_row.menus[actions.VIEW].addMenu(self.tr("Panels"))
        panels_menu.aboutToShow.connect(lambda: self._fill_panels_menu(panels_menu))

        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)
        self._saver = QTimer(self, interval=SAVE_MS)
        self._saver.timeout.connect(self.save_state)
        self._told = QTimer(self, singleShot=True, interval=5000)
        self._told.timeout.connect(lambda: self.status_line.show_problem(self._standing_problem))
        if self.state.geometry:
            self.restoreGeometry(QByteArray.fromBase64(self.state.geometry.encode()))
        else:
            self._resize_to_screen()
        self.status_line.show_facts([self.tr("Opening {0}").format(archive)])

    def _resize_to_screen(self) -> None:
        """Take the drawn size, or what the screen has room for with a title bar on top."""
        room = self.screen().availableGeometry()
        if QApplication.platformName() == "offscreen" or room.width() < 100:
            self.resize(1920, 1080)
        else:
            self.resize(min(1920, room.width()), min(1080, room.height() - TITLE_BAR))

    # starting

    def start(self, *, at_ns: int | None = None, speed: float | None = None) -> None:
        """Begin to read, once; then seek and move as asked. Call it when ``painted`` came."""
        if self._reading is not None or self.refused or self._ended:
            return
        from console.desk.reading import Reading

        self._first_seek, self._first_speed = at_ns, speed
        reading = Reading(self.archive, self)
        reading.opened.connect(self._opened)
        reading.view_ready.connect(self._view_ready)
        reading.waiting.connect(self._waiting)
        reading.refused.connect(self._refused)
        self._reading = reading
        self.setFocus()
        reading.start()
        self._timer.start()

    def _opened(self, mission: Mission, session: Session, extent: Extent) -> None:
        from console.archive.deskwriter import DeskWriter
        from console.desk.docking import Docking
        from console.desk.panel import Selection
        from console.desk.passplan import PassPlan

        self.mission, self._session = mission, session
        self._offset_ns = session.mission_offset_ns
        self._take_extent(extent)
        self.selection = Selection(self)
        self.selection.plot_requested.connect(self._show_on_plot)
        self.pass_plan = PassPlan(mission, self)
        self.pass_plan.changed.connect(self._show_last_view)
        try:
            self.writer = DeskWriter(self.archive)
        except Exception as error:
            log.warning("archive cannot be written: %s", error)
        self.playhead.recording = self._somebody_records()
        self.docking = Docking(self._body)
        self._body_box.addWidget(self.docking.widget)
        self.docking.changed.connect(lambda: QTimer.singleShot(0, self._show_last_view))
        vehicles = [localised(v.title, v.title_ja) for v in mission.vehicles]
        name = self.tr("archive {0}").format(Path(self.archive).name)
        self.menu_row.show_open([*vehicles, name])
        self.status_line.show_problem("")
        self.ready = True
        self.state.turn_to(mission_key(mission))
        self.show_layout(self.state.layout)
        self.menu_row.palette_field.set_places(self._places())
        self._saver.start()
        if self._first_seek is not None:
            self.playhead.seek(self._first_seek)
        if self._first_speed is not None:
            self.playhead.play(self._first_speed)
        self._show_reality()

    # the Desk that panels see

    def operator(self) -> str:
        """Return the name that acknowledgements and notes are signed with."""
        try:
            return os.environ.get("OKAERI_OPERATOR") or getpass.getuser()
        except (OSError, KeyError, ImportError):
            return "?"

    def mission_now(self) -> int:
        """Return the present mission time: the machine's clock and the session's offset."""
        return time.time_ns() + self._offset_ns

    # each tick

    def tick(self) -> None:
        """Paint the clocks and ask for the next view."""
        if time.monotonic_ns() - self._bars_at_ns >= BARS_NS:
            self._refresh_bars()
        if not self.ready or self._reading is None or self._reading.busy:
            return
        position = self.playhead.position()
        queries = tuple(query for host in self.docking.visible() for query in host.queries(self.view))
        now = time.monotonic_ns()
        same = self._asked[:2] == (position.serial, queries)
        if same and not position.playing and now - self._asked[2] < STANDING_NS:
            return
        from console.desk.reading import Request

        if self._reading.request(Request(position, queries)):
            self._asked = (position.serial, queries, now)

    def _view_ready(self, view: DeskView, position: Position) -> None:
        self.playhead.resolved(position, position.record or 0, position.instant_ns)
        if position.serial != self.playhead.position().serial and position.mode != self.playhead.mode:
            return  # the operator went elsewhere: an older picture must not flash up
        self.view = view
        self.sound.take(view.alarms, view.mode != "replay")
        self._take_extent(view.extent)
        self._look_for_the_recorder()
        self._unseen = view
        self._show_last_view()

    def _refresh_bars(self) -> None:
        """Bring everything round the panels up to date; less often than the plots."""
        self._bars_at_ns = time.monotonic_ns()
        view, self._unseen = self._unseen, None
        if self.ready:
            self.clock_bar.countdowns = self.pass_plan.countdowns(self.playhead.instant_ns)
        self.clock_bar.refresh(view)
        if self.banner.isVisible():
            self._show_reality()
        if view is not None:
            self.status_line.refresh(view, self.playhead.recording)
            if not self._told.isActive():
                self.status_line.show_problem(self._standing_problem)
            self.docking.repaint_titles()

    def _show_last_view(self) -> None:
        if self.view is not None:
            for host in self.docking.visible():
                host.refresh(self.view)

    def _take_extent(self, extent: Extent) -> None:
        if extent.last_record > 0:
            self._span = Span(
                extent.first_reception_ns + self._offset_ns,
                extent.last_reception_ns + self._offset_ns,
                extent.first_record,
                extent.last_record,
            )

    def _look_for_the_recorder(self) -> None:
        """Take note of whether somebody records; that it has ended is heard and stays in sight."""
        recorded, self.playhead.recording = self.playhead.recording, self._somebody_records()
        if self.playhead.recording:
            self._standing_problem = ""
        elif recorded:
            self._standing_problem = self.tr(
                "Nobody records any more since {0}: the recorder of {1} has ended. Start it again"
            ).format(time_text(self.mission_now()), Path(self.archive).name)
            self.status_line.show_problem(self._standing_problem)
            QApplication.beep()

    def _somebody_records(self) -> bool:
        from console.archive.presence import somebody_writes

        now = time.monotonic()
        if now - self._presence[0] > PRESENCE_S:
            self._presence = (now, somebody_writes(self.archive))
        return self._presence[1]

    def _playhead_moved(self) -> None:
        self._show_reality()
        self.clock_bar.refresh(None)
        QTimer.singleShot(0, self.tick)

    def _show_reality(self) -> None:
        kind = self._session.kind if self.ready else "live"
        mode = self.playhead.mode if self.ready else "live"
        kinds = realities(mode, kind)
        if kinds != self.banner.kinds:
            frame = theme.px(FRAME) if kinds else 0
            self._inner.setContentsMargins(frame, 0, frame, frame)
            mark = "".join(f"[{k.upper()}] " for k in kinds)
            title = localised(self.mission.title, self.mission.title_ja) if self.ready else ""
            self.setWindowTitle(f"{mark}{title} · {Path(self.archive).name} — Okaeri")
            self.update()
        self.banner.show_reality(kinds, Path(self.archive).name, time.time_ns())

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.palette.gutter)
        paint_frame(painter, QRectF(self.rect()), self.banner.kinds)
        inside = self._inside.geometry()
        frame = theme.px(FRAME) if self.banner.kinds else 0
        painter.fillRect(inside.adjusted(frame, 0, -frame, -frame), theme.palette.gutter)
        painter.end()

    # words at the bottom

    def tell(self, words: str) -> None:
        """Show words in the status line for some seconds."""
        self.status_line.show_problem(words)
        self._told.start()

    def _waiting(self, words: str) -> None:
        if not self.ready:
            waiting = self.tr("Waiting for the archive {0}").format(self.archive)
            self.status_line.show_problem(f"{waiting} {words}".strip())
        else:
            self.tell(words)

    def _refused(self, words: str) -> None:
        self.refused = words
        self._timer.stop()
        self.status_line.show_problem(self.tr("Cannot show {0}: {1}").format(self.archive, words))

    # layouts

    def show_layout(self, name: str) -> None:
        """Switch to a named layout, as it was left or as it comes."""
        if not self.ready:
            self.state.layout = name
            self.menu_row.switch.set_current(name)
            return
        if self.view is not None or self.docking.ids:
            self._remember()
        self.state.layout = name
        self.menu_row.switch.set_current(name)
        kept, ids = self.state.get_docked(name), self.state.open.get(name, [])
        known = [i for i in ids if layouts.panel_id(i) in _panel_ids()]
        if kept is not None and known:
            for dock_id in known:
                self._make_dock(dock_id)
            if self.docking.restore(kept):
                return
            self.tell(self.tr("The kept layout is damaged; this is the default one."))
        self._arrange_default(name)

    def reset_layout(self) -> None:
        """Bring back the default arrangement of the present layout."""
        if self.ready:
            self.state.docked.pop(self.state.layout, None)
            self._arrange_default(self.state.layout)

    def _arrange_default(self, name: str) -> None:
        tree = layouts.default(name, len(layouts.plots_of(name, self.mission)))
        for leaf in layouts.leaves(tree):
            for dock_id in leaf:
                self._make_dock(dock_id)
        body = self._body.size()
        self.docking.arrange(tree, body.width(), body.height() - theme.px(2))

    def _make_dock(self, dock_id: str) -> PanelHost:
        from console.desk.host import PanelHost

        if dock_id in self.docking.ids:
            return self.docking.host(dock_id)
        state: dict[str, Any] = self.state.panels.get(dock_id) or {}
        if not state:
            state = layouts.plot_state(self.mission, dock_id)
        host = PanelHost(dock_id, lambda: self._make_panel(layouts.panel_id(dock_id)), state)
        self.docking.add(host)
        return host

    def _make_panel(self, panel_id: str) -> Panel:
        from console.desk.panels import panel_class

        return panel_class(panel_id)(self)

    def open_panel(self, dock_id: str) -> None:
        """Open a dock and bring it to the front; a panel that is not there yet is made."""
        if self.ready:
            self._make_dock(dock_id)
            self.docking.open(dock_id)

    def open_new_plot(self, state: dict[str, Any] | None = None) -> str:
        """Open a plot of its own and return its id (empty while nothing is open)."""
        if not self.ready:
            return ""
        number = 1
        while f"plot.new.{number}" in self.docking.ids or f"plot.new.{number}" in self.state.panels:
            number += 1
        dock_id = f"plot.new.{number}"
        if state:
            self.state.panels[dock_id] = state
        self._make_dock(dock_id)
        beside = next(
            (i for i in self.docking.ids if i.startswith("plot.") and self.docking.is_open(i)), None
        )
        self.docking.open(dock_id, beside)
        return dock_id

    def _show_on_plot(self, packet: str, parameter: str, instant_ns: int | None) -> None:
        """Bring a plot of the parameter to the front (a new one if none shows it), at an instant."""
        wanted = [packet, parameter]
        plots = [i for i in self.docking.ids if layouts.panel_id(i) == "plot" and self.docking.is_open(i)]
        showing = [i for i in plots if wanted in self.docking.host(i).save().get("parameters", ())]
        if showing:
            self.docking.open(showing[0])
        else:
            showing = [self.open_new_plot({"parameters": [wanted]})]
        panel = self.docking.host(showing[0]).panel
        if instant_ns is not None and panel is not None:
            state = panel.save()
            half = round(float(state.get("span_s", 300)) * 0.5e9)
            end = min(instant_ns + half, self.playhead.instant_ns)
            panel.restore({**state, "end_ns": None if end < instant_ns else end})

    def _fill_panels_menu(self, menu: Any) -> None:
        menu.clear()
        if not self.ready:
            return
        known = set(self.state.open.get(self.state.layout, ()))
        ids = [*_panel_ids(), *(i for i in self.docking.ids if layouts.panel_id(i) == "plot")]
        for dock_id in ids:
            if dock_id == "plot":
                continue
            title = self.docking.host(dock_id).title if dock_id in self.docking.ids else dock_id
            if known and dock_id not in known and dock_id not in self.docking.ids:
                title = self.tr("{0} (new)").format(title)
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(self.docking.is_open(dock_id))
            action.triggered.connect(
                lambda on, i=dock_id: self.open_panel(i) if on else self.docking.close(i)
            )

    def _toggle_panel(self, dock_id: str, on: bool) -> None:
        if on:
            self.open_panel(dock_id)
        else:
            self.docking.close(dock_id)

    def _places(self) -> Sequence[Place]:
        places = [
            Place(
                f"{parameter.name} · {words}" if words else parameter.name,
                self._go_to(packet.name, parameter.name),
            )
            for packet in self.mission.packets
            for parameter in packet.values
            for words in (localised(parameter.description, parameter.description_ja),)
        ]
        for name in LAYOUTS:
            title = self.tr("Layout {0}").format(layout_title(name))
            places.append(Place(title, partial(self.show_layout, name)))
        for panel_id in _panel_ids():
            if panel_id != "plot":
                title = self.docking.host(panel_id).title if panel_id in self.docking.ids else panel_id
                places.append(
                    Place(
                        self.tr("Panel {0}").format(title),
                        partial(self.open_panel, panel_id),
                    )
                )
        return places

    def _go_to(self, packet: str, parameter: str) -> Any:
        def go() -> None:
            self.open_panel("parameters")
            self.selection.parameter_changed.emit(packet, parameter)

        return go

    # keeping

    def _remember(self) -> None:
        name = self.state.layout
        self.state.set_docked(name, self.docking.save())
        self.state.open[name] = [i for i in self.docking.ids if self.docking.is_open(i)]
        for dock_id in self.docking.ids:
            self.state.panels[dock_id] = self.docking.host(dock_id).save()
        self.state.time_axis = self.time_axis
        self.state.geometry = bytes(self.saveGeometry().toBase64().data()).decode()

    def save_state(self) -> None:
        """Keep what is open and where, so that a crash brings it back."""
        if self.ready:
            self._remember()
            if not self._store.save(self.state) and self._store.problem:
                self.tell(self.tr("Layout not kept: {0}").format(self._store.problem))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shut_down()
        super().closeEvent(event)

    def shut_down(self) -> None:
        """Keep the state and end the reader thread; may be called twice."""
        self._ended = True
        self._timer.stop()
        self._saver.stop()
        self.save_state()
        if self.ready:
            self.pass_plan.stop()
        if self._reading is not None:
            self._reading.stop()
            self._reading = None
        if self.writer is not None:
            close = getattr(self.writer, "close", None)
            if callable(close):
                close()
            self.writer = None


def mission_key(mission: Mission) -> str:
    """Return what tells two missions' layouts apart: the name, and which packets there are."""
    packets = zlib.crc32(" ".join(sorted(p.name for p in mission.packets)).encode())
    return f"{mission.name}:{packets:08x}"


def _panel_ids() -> Sequence[str]:
    from console.desk.panels import PANELS

    return tuple(PANELS)
