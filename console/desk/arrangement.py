"""What stands where in a window: the docks of the present layout, and what is kept of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, QTimer
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from console.desk import layouts, theme
from console.desk.deskstate import DeskState
from console.desk.docking import Docking
from console.desk.host import PanelHost
from console.desk.panel import Desk, Panel
from console.desk.panels import PANELS, panel_class, panel_name
from console.desk.trees import Split

SETTLED_MS = 80
"""A window that is being drawn larger is filled anew when it has kept its size for this time."""


class Arrangement(QObject):
    """The named layouts of one window, each as it was left or as it comes.

    ``body`` is the widget that the docks fill, ``tell`` shows words to the operator.
    """

    def __init__(self, desk: Desk, body: QWidget, state: DeskState, tell: Callable[[str], None]) -> None:
        super().__init__(body)
        self._tree: Split | None = None
        self._settled = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._settled.timeout.connect(self.fit)
        body.installEventFilter(self)
        self.docking = Docking(body)
        self._desk = desk
        self._body = body
        self._state = state
        self._tell = tell

    def show(self, name: str) -> None:
        """Switch to a named layout."""
        if self.docking.ids:
            self.remember()
        self._state.layout = name
        kept, ids = self._state.get_docked(name), self._state.open.get(name, [])
        known = [i for i in ids if layouts.panel_id(i) in PANELS]
        if kept is not None and known:
            for dock_id in known:
                self._make_dock(dock_id)
            if self.docking.restore(kept):
                return
            self._tell(self.tr("The kept layout is damaged; this is the default one."))
        self._arrange_default()

    def reset(self) -> None:
        """Bring back the default arrangement of the present layout."""
        self._state.docked.pop(self._state.layout, None)
        self._state.front.pop(self._state.layout, None)
        self._arrange_default()

    def arrange(self, tree: Split) -> None:
        """Build a tree in place of what stands; panels that are not there yet are made."""
        self._tree = None
        for leaf in layouts.leaves(tree):
            for dock_id in leaf:
                self._make_dock(dock_id)
        room = self._room()
        self.docking.arrange(tree, room.width(), room.height())

    def fit(self) -> None:
        """Draw the default layout for the room as it is now; what somebody arranged stays."""
        if self._tree is None or not self.docking.as_drawn:
            return
        if QApplication.activePopupWidget() is not None:
            self._settled.start()  # the title bar under an open menu must stay
            return
        tree, room = self._default(), self._room()
        if tree == self._tree:
            self.docking.fit(tree, room.width(), room.height())
        else:
            self._state.front[self._state.layout] = self.docking.front()
            self._arrange_default()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._settled.start()
        return False

    def open(self, dock_id: str) -> None:
        """Open a dock and bring it to the front; a panel that is not there yet is made."""
        self._make_dock(dock_id)
        self.docking.open(dock_id)

    def open_new_plot(self, state: dict[str, Any] | None = None) -> str:
        """Open a plot of its own and return its id."""
        number = 1
        while f"plot.new.{number}" in self.docking.ids or f"plot.new.{number}" in self._state.panels:
            number += 1
        dock_id = f"plot.new.{number}"
        if state:
            self._state.panels[dock_id] = state
        self._make_dock(dock_id)
        self.docking.open(dock_id, next(iter(self._open_plots()), None))
        return dock_id

    def show_on_plot(self, packet: str, parameter: str, instant_ns: int | None) -> None:
        """Bring a plot of the parameter to the front (a new one if none shows it), at an instant."""
        wanted = [packet, parameter]
        showing = [
            i for i in self._open_plots() if wanted in self.docking.host(i).save().get("parameters", ())
        ]
        if showing:
            self.docking.open(showing[0])
        else:
            showing = [self.open_new_plot({"parameters": [wanted]})]
        panel = self.docking.host(showing[0]).panel
        if instant_ns is not None and panel is not None:
            state = panel.save()
            half = round(float(state.get("span_s", 300)) * 0.5e9)
            end = min(instant_ns + half, self._desk.playhead.instant_ns)
            panel.restore({**state, "end_ns": None if end < instant_ns else end})

    def remember(self) -> None:
        """Take the present layout and the panels' own states into the desk's state."""
        name = self._state.layout
        if self._tree is not None and self.docking.as_drawn:
            self._state.docked.pop(name, None)
        else:
            self._state.set_docked(name, self.docking.save())
        self._state.front[name] = self.docking.front()
        self._state.open[name] = [i for i in self.docking.ids if self.docking.is_open(i)]
        for dock_id in self.docking.ids:
            self._state.panels[dock_id] = self.docking.host(dock_id).save()

    def title(self, dock_id: str) -> str:
        """Return the title of a dock; the panel's name while it is not made."""
        if dock_id in self.docking.ids:
            return self.docking.host(dock_id).title
        return panel_name(layouts.panel_id(dock_id))

    def fill_menu(self, menu: QMenu) -> None:
        """Offer every panel and plot, ticked where it is open, marked where the layout is older."""
        menu.clear()
        known = set(self._state.open.get(self._state.layout, ()))
        ids = [*PANELS, *(i for i in self.docking.ids if layouts.panel_id(i) == "plot")]
        for dock_id in ids:
            if dock_id == "plot":
                continue
            title = self.title(dock_id)
            if known and dock_id not in known and dock_id not in self.docking.ids:
                title = self.tr("{0} (new)").format(title)
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(self.docking.is_open(dock_id))
            action.triggered.connect(lambda on, i=dock_id: self.open(i) if on else self.docking.close(i))

    def _open_plots(self) -> list[str]:
        return [i for i in self.docking.ids if layouts.panel_id(i) == "plot" and self.docking.is_open(i)]

    def _arrange_default(self) -> None:
        tree = self._default()
        self.arrange(tree)
        self._tree = tree
        self.docking.bring_to_front(self._state.front.get(self._state.layout, ()))
        self._settled.start()

    def _default(self) -> Split:
        name, room = self._state.layout, self._room()
        compact = layouts.is_compact(room.width(), room.height(), theme.scale)
        plots = len(layouts.plots_of(name, self._desk.mission))
        without = layouts.empty_panels(self._desk.mission)
        return layouts.default(name, plots, compact=compact, without=without)

    def _room(self) -> QSize:
        layout = self._body.layout()
        size = self._body.size()
        return size if layout is None else size.shrunkBy(layout.contentsMargins())

    def _make_dock(self, dock_id: str) -> PanelHost:
        if dock_id in self.docking.ids:
            return self.docking.host(dock_id)
        state: dict[str, Any] = self._state.panels.get(dock_id) or {}
        if not state:
            state = layouts.plot_state(self._desk.mission, dock_id)
        host = PanelHost(dock_id, lambda: self._make_panel(layouts.panel_id(dock_id)), state)
        self.docking.add(host)
        return host

    def _make_panel(self, panel_id: str) -> Panel:
        return panel_class(panel_id)(self._desk)
