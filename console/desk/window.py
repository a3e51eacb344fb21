"""The desk's window: wires the playhead, the reader, the docks and the bars; top to bottom."""

from __future__ import annotations

import getpass
import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QMenu, QVBoxLayout, QWidget

from console.desk import actions, layouts, theme
from console.desk.banner import RealityFrame, realities, title_marks
from console.desk.clockbar import ClockBar
from console.desk.clocks import time_text
from console.desk.commands import Commands
from console.desk.deskstate import StateFile, mission_key
from console.desk.menurow import MenuRow
from console.desk.recorderwatch import RecorderWatch
from console.desk.sound import AlarmSound
from console.desk.statusline import StatusLine
from console.desk.words import localised
from console.playhead import Playhead

if TYPE_CHECKING:
    from console.archive.deskwriter import DeskWriter
    from console.archive.shapes import Extent, Session
    from console.desk.arrangement import Arrangement
    from console.desk.docking import Docking
    from console.desk.panel import Selection
    from console.desk.passplan import PassPlan
    from console.desk.picture import Picture
    from console.desk.view import DeskView, TimeAxis
    from console.mission import Mission

log = logging.getLogger(__name__)

TICK_MS = 50
BARS_NS = 95_000_000
SAVE_MS = 10_000
TITLE_BAR = 36


class DeskWindow(QWidget):
    """One desk: the ``Desk`` that panels see, and the window round them."""

    mission: Mission
    selection: Selection
    arrangement: Arrangement
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
        self.picture: Picture | None = None
        self.ready = False
        """Whether the archive is open and the panels stand."""
        self._offset_ns = 0
        self._was_painted = False
        self._ended = False
        self._standing_problem = ""
        self._gone = False
        self._bars_at_ns = 0
        self._unseen: DeskView | None = None
        """A view that clock bar and status line have not shown yet."""
        self._recorder = RecorderWatch(archive)
        self._asked_layout = ""
        self._first_seek: int | None = None
        self._first_speed: float | None = None
        self.sound = AlarmSound(self)
        self.playhead = Playhead(lambda: self.picture.span if self.picture else None, self.mission_now)
        self.playhead.listeners.append(self._playhead_moved)

        self.made = actions.build(self, Commands(self))
        self.made["light"].setChecked(self.state.theme == "light")
        self.made["reception-axis"].setChecked(self.time_axis == "reception")
        self._lay_out()

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

    def _lay_out(self) -> None:
        """Put bars, docks and the signs of reality into the window."""
        self.menu_row = MenuRow(self.made, lambda: self.playhead.instant_ns, self)
        self.clock_bar = ClockBar(self.playhead, self)
        self.status_line = StatusLine(self)
        self.status_line.show_keys(actions.status_keys())
        self._body = QFrame(self)
        self._body_box = QVBoxLayout(self._body)
        self._body_box.setContentsMargins(0, theme.px(2), 0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.menu_row)
        box.addWidget(self.clock_bar)
        box.addWidget(self._body, 1)
        box.addWidget(self.status_line)
        self._frame = RealityFrame(self, box)
        self.banner = self._frame.banner
        self.menu_row.switch.chosen.connect(self.show_layout)
        self.menu_row.switch.set_current(self.state.layout)
        self.menu_row.palette_field.time_entered.connect(self.playhead.seek)
        panels_menu = self.menu_row.menus[actions.VIEW].addMenu(self.tr("Panels"))
        panels_menu.aboutToShow.connect(lambda: self._fill_panels_menu(panels_menu))

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
        if self.picture is not None or self._ended:
            return
        from console.desk.picture import Picture

        self._first_seek, self._first_speed = at_ns, speed
        self.picture = picture = Picture(self.archive, self.playhead, self)
        picture.reading.opened.connect(self._opened)
        picture.reading.waiting.connect(self._waiting)
        picture.reading.refused.connect(self._refused)
        picture.changed.connect(self._view_changed)
        self.setFocus()
        picture.reading.start()
        self._timer.start()

    def _opened(self, mission: Mission, session: Session, extent: Extent) -> None:
        from console.archive.deskwriter import DeskWriter
        from console.desk.arrangement import Arrangement
        from console.desk.panel import Selection
        from console.desk.passplan import PassPlan
        from console.desk.places import places

        self.mission, self._session = mission, session
        self._offset_ns = session.mission_offset_ns
        if self.picture is not None:
            self.picture.take_extent(extent, self._offset_ns)
        self.selection = Selection(self)
        self.pass_plan = PassPlan(mission, self)
        self.pass_plan.changed.connect(self._show_last_view)
        try:
            self.writer = DeskWriter(self.archive)
        except Exception as error:
            log.warning("archive cannot be written: %s", error)
        self.playhead.recording = self._recorder.present()
        self.arrangement = Arrangement(self, self._body, self.state, self.tell)
        self.docking = self.arrangement.docking
        self._body_box.addWidget(self.docking.widget)
        self.selection.plot_requested.connect(self.arrangement.show_on_plot)
        self.docking.changed.connect(lambda: QTimer.singleShot(0, self._show_last_view))
        vehicles = [localised(v.title, v.title_ja) for v in mission.vehicles]
        name = self.tr("archive {0}").format(Path(self.archive).name)
        self.menu_row.show_open([*vehicles, name])
        self.status_line.show_problem("")
        self.ready = True
        self.state.turn_to(mission_key(mission))
        self.show_layout(self._asked_layout or self.state.layout or layouts.fitting(mission))
        self.menu_row.palette_field.set_places(places(self))
        self._saver.start()
        if self._first_seek is not None:
            self.playhead.seek(self._first_seek)
        if self._first_speed is not None:
            self.playhead.play(self._first_speed)
        self._show_reality()

    # the Desk that panels see

    @property
    def view(self) -> DeskView | None:
        """What is shown; None until the archive is read."""
        return self.picture.view if self.picture is not None else None

    @property
    def refused(self) -> str:
        """Why the archive cannot be shown; empty while it can."""
        return self.picture.reading.refusal if self.picture is not None else ""

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
        if self.ready and self.picture is not None and not self.picture.reading.busy:
            self.picture.ask([q for host in self.docking.visible() for q in host.queries(self.view)])

    def _view_changed(self, view: DeskView) -> None:
        self.sound.take(view.alarms, view.mode != "replay")
        if view.in_place:
            self._look_for_the_recorder()
        elif not self._gone:
            self._tell_that_it_is_gone()
        self._unseen = view
        self._show_last_view()

    def _refresh_bars(self) -> None:
        """Bring everything round the panels up to date; less often than the plots."""
        self._bars_at_ns = time.monotonic_ns()
        view, self._unseen = self._unseen, None
        if self.ready:
            self.clock_bar.countdowns = self.pass_plan.countdowns(self.playhead.instant_ns)
        self.clock_bar.refresh(view)
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

    def _tell_that_it_is_gone(self) -> None:
        """Say that what is shown is no longer the file of that name; it is heard and stays in sight."""
        self._gone, self.playhead.recording = True, False
        self._standing_problem = self.tr(
            "{0} was moved, deleted or replaced: nothing new is shown. Open the archive where it is now"
        ).format(Path(self.archive).name)
        self.status_line.show_problem(self._standing_problem)
        QApplication.beep()

    def _look_for_the_recorder(self) -> None:
        """Take note of whether somebody records; that it has ended is heard and stays in sight."""
        recorded, self.playhead.recording = self.playhead.recording, self._recorder.present()
        if self.playhead.recording:
            self._standing_problem = ""
        elif recorded:
            self._standing_problem = self.tr(
                "Nobody records any more since {0}: the recorder of {1} has ended. Start it again"
            ).format(time_text(self.mission_now()), Path(self.archive).name)
            self.status_line.show_problem(self._standing_problem)
            QApplication.beep()

    def _playhead_moved(self) -> None:
        self._show_reality()
        self.clock_bar.refresh(None)
        QTimer.singleShot(0, self.tick)

    def _show_reality(self) -> None:
        kind = self._session.kind if self.ready else "live"
        mode = self.playhead.mode if self.ready else "live"
        kinds = realities(mode, kind)
        name, now_ns = Path(self.archive).name, time.time_ns()
        if self._frame.show_reality(kinds, name, now_ns):
            title = localised(self.mission.title, self.mission.title_ja) if self.ready else ""
            self.setWindowTitle(f"{title_marks(kinds)}{title} · {name} — Okaeri")
        if self.ready:
            self.docking.show_reality(kinds, name, now_ns)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

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
        self._timer.stop()
        self.status_line.show_problem(self.tr("Cannot show {0}: {1}").format(self.archive, words))

    # layouts

    def show_layout(self, name: str) -> None:
        """Switch to a named layout, as it was left or as it comes."""
        if self.ready:
            self.arrangement.show(name)
        else:
            self._asked_layout = name
        self.menu_row.switch.set_current(name)

    def reset_layout(self) -> None:
        """Bring back the default arrangement of the present layout."""
        if self.ready:
            self.arrangement.reset()

    def open_panel(self, dock_id: str) -> None:
        """Open a dock and bring it to the front; a panel that is not there yet is made."""
        if self.ready:
            self.arrangement.open(dock_id)

    def open_new_plot(self) -> None:
        """Open an empty plot beside the others."""
        if self.ready:
            self.arrangement.open_new_plot()

    def _fill_panels_menu(self, menu: QMenu) -> None:
        if self.ready:
            self.arrangement.fill_menu(menu)

    def save_state(self) -> None:
        """Keep what is open and where, so that a crash brings it back."""
        if self.ready:
            self.arrangement.remember()
            self.state.time_axis = self.time_axis
            self.state.geometry = bytes(self.saveGeometry().toBase64().data()).decode()
            if not self._store.save(self.state) and self._store.problem:
                self.tell(self.tr("Layout not kept: {0}").format(self._store.problem))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shut_down()
        if self.ready:
            self.docking.hide_floating()
        super().closeEvent(event)

    def shut_down(self) -> None:
        """Keep the state, end sound and reader thread; may be called twice."""
        self._ended = True
        self.sound.follow(0)
        self._timer.stop()
        self._saver.stop()
        self.save_state()
        if self.ready:
            self.pass_plan.stop()
        if self.picture is not None:
            self.picture.reading.stop()
        if self.writer is not None:
            self.writer.close()
            self.writer = None
