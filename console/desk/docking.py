"""The docks: the only file that knows QtAds. Builds layouts from trees, saves and restores them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import PySide6QtAds as ads
from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QSplitter, QWidget

from console.desk import theme
from console.desk.banner import RealityFrame, title_marks
from console.desk.clockbar import text
from console.desk.host import PanelHost
from console.desk.layouts import leaves, shares
from console.desk.trees import Leaf, Split
from console.desk.words import QT_TRANSLATE_NOOP

LEAST_WORDS = 90
"""Words beside the tabs that are cut to less than this (pixels at 100 %) are left out."""

MENU_WORDS = (
    ("ads::CDockAreaTitleBar", QT_TRANSLATE_NOOP("ads::CDockAreaTitleBar", "Detach Group")),
    ("ads::CDockAreaTitleBar", QT_TRANSLATE_NOOP("ads::CDockAreaTitleBar", "Close Group")),
    ("ads::CDockAreaTitleBar", QT_TRANSLATE_NOOP("ads::CDockAreaTitleBar", "Close Other Groups")),
    ("ads::CDockWidgetTab", QT_TRANSLATE_NOOP("ads::CDockWidgetTab", "Detach")),
    ("ads::CDockWidgetTab", QT_TRANSLATE_NOOP("ads::CDockWidgetTab", "Close")),
    ("ads::CDockWidgetTab", QT_TRANSLATE_NOOP("ads::CDockWidgetTab", "Close Others")),
)
"""What the menus of tabs and title bars say: QtAds has no Japanese of its own, so lupdate finds it here."""

_FLAG = ads.CDockManager.eConfigFlag


class Docking(QObject):
    """A set of docks in one window. Docks are named by stable ids; each holds a ``PanelHost``."""

    changed = Signal()
    """A dock was opened, closed, moved or brought to the front."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        manager = ads.CDockManager
        for flag, value in (
            (_FLAG.AlwaysShowTabs, True),
            (_FLAG.FocusHighlighting, True),
            (_FLAG.EqualSplitOnInsertion, True),
            (_FLAG.OpaqueSplitterResize, True),
            (_FLAG.ActiveTabHasCloseButton, False),
            (_FLAG.AllTabsHaveCloseButton, False),
            (_FLAG.DockAreaHasCloseButton, False),
            (_FLAG.DockAreaHasUndockButton, False),
            (_FLAG.DockAreaHasTabsMenuButton, False),
            (_FLAG.DisableTabTextEliding, False),
            (_FLAG.DisableStylesheet, True),
            (_FLAG.MiddleMouseButtonClosesTab, False),
        ):
            manager.setConfigFlag(flag, value)
        self.widget: QWidget = manager(parent)
        self._manager: Any = self.widget
        self._docks: dict[str, Any] = {}
        self._hosts: dict[str, PanelHost] = {}
        self._drawn: object = None
        self._by_hand = False
        self._tools: dict[int, TitleTools] = {}  # or Python forgets what Qt still paints
        # A floating window's wrapper that Python forgets takes the wrappers inside it along.
        self._floating: dict[int, tuple[RealityFrame, Any, Any]] = {}
        self._reality: tuple[tuple[str, ...], str, int] = ((), "", 0)
        # The signal comes from inside the making of a floating window: it is signed when it is whole.
        self._signing = QTimer(self, singleShot=True, interval=0)
        self._signing.timeout.connect(self._sign_all)
        self._manager.floatingWidgetCreated.connect(self._signing.start)
        self._manager.setStyleSheet(_style())
        self._manager.dockAreaCreated.connect(self._dress)

    @property
    def ids(self) -> tuple[str, ...]:
        """The docks that exist, open or not."""
        return tuple(self._docks)

    def host(self, dock_id: str) -> PanelHost:
        """Return the host inside a dock; raise ``KeyError`` for an unknown id."""
        return self._hosts[dock_id]

    def add(self, host: PanelHost) -> None:
        """Make a dock (closed) round a host."""
        dock = ads.CDockWidget(self._manager, host.title)
        dock.setObjectName(host.dock_id)
        dock.setWidget(host, ads.CDockWidget.eInsertMode.ForceNoScrollArea)
        dock.setMinimumSizeHintMode(ads.CDockWidget.eMinimumSizeHintMode.MinimumSizeHintFromDockWidget)
        dock.viewToggled.connect(lambda _open: self.changed.emit())
        host.title_changed.connect(dock.setWindowTitle)
        self._docks[host.dock_id] = dock
        self._hosts[host.dock_id] = host

    def is_open(self, dock_id: str) -> bool:
        """Whether a dock stands somewhere in the window."""
        dock = self._docks.get(dock_id)
        return dock is not None and dock.dockAreaWidget() is not None and not dock.isClosed()

    def visible(self) -> Iterator[PanelHost]:
        """Yield the hosts an operator can see (not the tabs behind)."""
        for host in list(self._hosts.values()):
            if host.isVisible():
                yield host

    def open(self, dock_id: str, beside: str | None = None) -> None:
        """Open a dock, as a tab beside another one or where it last stood, and bring it to the front."""
        dock = self._docks[dock_id]
        if dock.dockAreaWidget() is None:
            target = self._docks.get(beside or "")
            area = target.dockAreaWidget() if target is not None else None
            place = ads.CenterDockWidgetArea if area is not None else ads.RightDockWidgetArea
            self._manager.addDockWidget(place, dock, area)
        dock.toggleView(True)
        dock.setAsCurrentTab()
        self.changed.emit()

    def close(self, dock_id: str) -> None:
        """Close a dock; it can be opened again."""
        if self.is_open(dock_id):
            self._docks[dock_id].toggleView(False)
            self.changed.emit()

    def arrange(self, tree: Split, width: int, height: int) -> None:
        """Throw away the present arrangement and build a tree; docks outside it are left out."""
        self.clear()
        self.widget.setUpdatesEnabled(False)
        first = next(leaves(tree))
        area = self._place(ads.TopDockWidgetArea, first, None)
        self._split(tree, area)
        self.fit(tree, width, height)
        self.widget.setUpdatesEnabled(True)
        self._drawn, self._by_hand = self._shape(self._root()), False
        for splitter in self.widget.findChildren(QSplitter):
            splitter.splitterMoved.connect(self._moved_by_hand)
        self.changed.emit()

    def fit(self, tree: Split, width: int, height: int) -> None:
        """Give the docks of an arranged tree their sizes in a room of other size."""
        self._size(tree, width, height)

    @property
    def as_drawn(self) -> bool:
        """Whether the arrangement is still the tree: nobody moved, opened or closed a dock."""
        return not self._by_hand and self._drawn is not None and self._shape(self._root()) == self._drawn

    def front(self) -> list[str]:
        """Return the docks that stand before others of their area."""
        return [
            i
            for i, dock in self._docks.items()
            if self.is_open(i) and dock.isCurrentTab() and len(dock.dockAreaWidget().openedDockWidgets()) > 1
        ]

    def bring_to_front(self, dock_ids: Sequence[str]) -> None:
        """Bring open docks to the front of their areas."""
        for dock_id in dock_ids:
            if self.is_open(dock_id):
                self._docks[dock_id].setAsCurrentTab()

    def _moved_by_hand(self) -> None:
        self._by_hand = True

    def _root(self) -> QWidget | None:
        return self.widget.findChild(QSplitter, options=Qt.FindChildOption.FindDirectChildrenOnly)

    def _shape(self, node: Any) -> object:
        """Return how splitters and areas lie in each other, down to the docks that are open."""
        if isinstance(node, QSplitter):
            inner = [self._shape(node.widget(index)) for index in range(node.count())]
            return node.orientation(), tuple(shape for shape in inner if shape)
        ids = (dock.objectName() for dock in node.openedDockWidgets()) if node is not None else ()
        return tuple(ids)

    def clear(self) -> None:
        """Take all docks out of the window (they keep their panels)."""
        for dock in self._docks.values():
            if dock.dockAreaWidget() is not None:
                self._manager.removeDockWidget(dock)

    def save(self) -> bytes:
        """Return the arrangement as QtAds writes it."""
        return bytes(self._manager.saveState().data())

    def restore(self, state: bytes) -> bool:
        """Bring an arrangement back; False where it is damaged."""
        for name, dock in self._docks.items():
            if self._manager.findDockWidget(name) is None:
                self._manager.addDockWidget(ads.RightDockWidgetArea, dock)
        self._drawn = None
        done = bool(self._manager.restoreState(QByteArray(state)))
        self._signing.start()
        self.changed.emit()
        return done

    def repaint_titles(self) -> None:
        """Paint the words at the right end of the tabs again."""
        for tools in list(self._tools.values()):
            tools.refresh()

    def show_reality(self, kinds: Sequence[str], archive: str, now_ns: int) -> None:
        """Give each floating window the banner, the frame and the title of what it shows."""
        self._reality = (tuple(kinds), archive, now_ns)
        self._sign_all()

    def hide_floating(self) -> None:
        """Hide the windows of torn-off panels: they are no desk without the one they came from."""
        for floating in self._manager.floatingWidgets():
            floating.hide()

    def _sign_all(self) -> None:
        for floating in self._manager.floatingWidgets():
            self._sign(floating)

    def _sign(self, floating: Any) -> None:
        container = floating.dockContainer()
        frame = container.findChild(RealityFrame, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if frame is None:
            frame = RealityFrame(container, container.layout())
            frame.destroyed.connect(partial(self._floating.pop, id(frame), None))
            self._floating[id(frame)] = (frame, container, floating)
        frame.show_reality(*self._reality)
        open_here = any(not dock.isClosed() for dock in floating.dockWidgets())
        if open_here and self.widget.isVisible() and not floating.isVisible():
            floating.show()  # outside X11 QtAds hides it when the main window is activated
        kinds, archive, _now_ns = self._reality
        dock = floating.topLevelDockWidget()
        docks = [dock] if dock is not None else floating.dockWidgets()
        names = " · ".join(d.windowTitle() for d in docks if not d.isClosed())
        title = f"{title_marks(kinds)}{names} · {archive} — Okaeri"
        if floating.windowTitle() != title:
            floating.setWindowTitle(title)

    def _place(self, where: Any, leaf: Leaf, area: Any) -> Any:
        made = None
        for number, dock_id in enumerate(leaf):
            dock = self._docks[dock_id]
            if number == 0:
                made = self._manager.addDockWidget(where, dock, area)
            else:
                self._manager.addDockWidget(ads.CenterDockWidgetArea, dock, made)
            dock.toggleView(True)
        if made is not None:
            made.setCurrentIndex(0)
        return made

    def _split(self, tree: Split | Leaf, area: Any) -> None:
        """Split ``area``, which holds the first leaf of ``tree``, until the tree stands."""
        if not isinstance(tree, Split):
            return
        where = ads.RightDockWidgetArea if tree.direction == "h" else ads.BottomDockWidgetArea
        areas = [area]
        for _size, part in tree.parts[1:]:
            areas.append(self._place(where, next(leaves(part)), areas[-1]))
        for (_size, part), part_area in zip(tree.parts, areas, strict=True):
            self._split(part, part_area)

    def _size(self, tree: Split | Leaf, width: int, height: int) -> None:
        if not isinstance(tree, Split):
            return
        room = (width if tree.direction == "h" else height) - theme.GUTTER * (len(tree.parts) - 1)
        sizes = shares(tree, room, theme.scale)
        splitter = self._splitter(tree)
        if splitter is not None and splitter.count() == len(sizes):
            splitter.setSizes(sizes)
            for index, (size, (drawn, _part)) in enumerate(zip(sizes, tree.parts, strict=True)):
                keeps = tree.direction == "h" and size == round(drawn * theme.scale)
                splitter.setStretchFactor(index, 0 if keeps else 1)
        for (_size, part), size in zip(tree.parts, sizes, strict=True):
            if tree.direction == "h":
                self._size(part, size, height)
            else:
                self._size(part, width, size)

    def _splitter(self, tree: Split) -> QSplitter | None:
        """Return the splitter of a node: the lowest one that holds all its leaves."""
        areas = [self._docks[leaf[0]].dockAreaWidget() for leaf in leaves(tree)]
        node: QWidget | None = areas[0].parentWidget() if areas and areas[0] is not None else None
        while node is not None:
            if isinstance(node, QSplitter) and all(node.isAncestorOf(a) for a in areas if a is not None):
                return node
            node = node.parentWidget()
        return None

    def _dress(self, area: Any) -> None:
        """Give a new dock area the words and the menu at the right end of its tabs."""
        tools = TitleTools(self, area, area.titleBar())
        area.titleBar().insertWidget(-1, tools)
        tools.destroyed.connect(partial(self._tools.pop, id(tools), None))
        self._tools[id(tools)] = tools
        area.currentChanged.connect(lambda _index: self.changed.emit())

    def host_of_area(self, area: Any) -> PanelHost | None:
        """Return the host in front in a dock area."""
        dock = area.currentDockWidget()
        return self._hosts.get(dock.objectName()) if dock is not None else None

    def float_dock(self, dock_id: str) -> None:
        """Take a dock out into a window of its own."""
        self._docks[dock_id].setFloating()
        self.changed.emit()


class TitleTools(QWidget):
    """The right end of a dock's title bar: a few words from the panel, and the ``···`` menu."""

    def __init__(self, docking: Docking, area: Any, parent: QWidget) -> None:
        super().__init__(parent)
        self._docking = docking
        self._area = area
        self._words = ""
        self._room = 0
        self.setFixedHeight(theme.px(22))
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(self.tr("Panel menu"))

    def sizeHint(self) -> QSize:
        least = self.minimumSizeHint().width()
        return QSize(max(least, min(self._wanted(), self._room)), theme.px(22))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(28), theme.px(22))

    def refresh(self) -> None:
        """Paint again where the words of the panel in front have changed."""
        host = self._docking.host_of_area(self._area)
        words = host.note() if host is not None else ""
        room = self._beside_tabs()
        if (words, room) != (self._words, self._room):
            self._words, self._room = words, room
            self.updateGeometry()
            self.update()

    def _wanted(self) -> int:
        advance = QFontMetricsF(theme.font(12)).horizontalAdvance(self._words) if self._words else 0
        return round(advance) + theme.px(34)

    def _beside_tabs(self) -> int:
        """Return the pixels that the tabs leave: their titles come before the panel's words."""
        bar = self.parentWidget()
        if bar is None:
            return 0
        tabs: list[QWidget] = [t for t in bar.findChildren(ads.CDockWidgetTab) if not t.isHidden()]
        return bar.width() - sum(tab.sizeHint().width() for tab in tabs)

    def paintEvent(self, _event: QPaintEvent) -> None:
        cut = self.width() < min(self._wanted(), theme.px(LEAST_WORDS))
        words = "" if cut else self._words
        painter = QPainter(self)
        painter.scale(theme.scale, theme.scale)
        width = self.width() / theme.scale
        if words:
            metrics = QFontMetricsF(theme.font(12))
            left = max(0.0, width - 30 - metrics.horizontalAdvance(words) / theme.scale)
            text(painter, left, 15, words, 12, theme.palette.text, fit=width - 30 - left)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.palette.label)
        for dot in range(3):
            painter.drawRect(QRectF(width - 20 + dot * 5, 10, 2, 2))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        host = self._docking.host_of_area(self._area)
        if host is None:
            return
        menu = QMenu(self)
        menu.addAction(self.tr("Close panel"), lambda: self._docking.close(host.dock_id))
        menu.addAction(self.tr("Own window"), lambda: self._docking.float_dock(host.dock_id))
        menu.addAction(self.tr("Make anew"), host.build)
        menu.popup(event.globalPosition().toPoint())


def _style() -> str:
    p = theme.palette
    high, pad, gutter = theme.px(24), theme.px(12), theme.px(theme.GUTTER)
    header, panel, base = p.header.name(), p.panel.name(), p.gutter.name()
    return f"""
ads--CDockContainerWidget {{ background: {base}; }}
ads--CDockSplitter {{ background: {base}; padding: 0px; }}
ads--CDockSplitter::handle {{ background: {base}; }}
QSplitter::handle:horizontal {{ width: {gutter}px; }}
QSplitter::handle:vertical {{ height: {gutter}px; }}
ads--CDockAreaWidget {{ background: {panel}; border: none; }}
ads--CDockAreaTitleBar {{ background: {header}; border: none; padding: 0px;
  min-height: {high}px; max-height: {high}px; }}
ads--CDockWidgetTab {{ background: {header}; border: none; padding: 0px {pad - 4}px;
  border-top: 2px solid {header}; border-right: 1px solid {base}; min-height: {high - 2}px; }}
ads--CDockWidgetTab[activeTab="true"] {{ background: {panel}; border-top: 2px solid {p.tab_line.name()}; }}
ads--CDockWidgetTab[focused="true"] {{ border-top: 2px solid {p.interactive.name()}; }}
ads--CDockWidgetTab QLabel {{ color: {p.label.name()}; }}
ads--CDockWidgetTab[activeTab="true"] QLabel {{ color: {p.value.name()}; }}
ads--CDockWidget {{ background: {panel}; border: none; }}
ads--CTitleBarButton {{ border: none; background: transparent; padding: 0px; min-height: 0px; }}
ads--CFloatingDockContainer {{ background: {base}; border: 1px solid {p.control_border.name()}; }}
"""
