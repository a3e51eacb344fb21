"""What every panel is: a widget with a title that draws one view and remembers its own state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QWidget

from console.archive.deskwriter import DeskWriter
from console.desk.passplan import PassPlan
from console.desk.sound import AlarmSound
from console.desk.view import DeskView, Query, TimeAxis
from console.mission import Mission
from console.playhead import Playhead


class Selection(QObject):
    """What the panels share beside the playhead: the chosen parameter, a linked cursor and linked ranges."""

    parameter_changed = Signal(str, str)
    """packet, parameter"""
    cursor_changed = Signal(object)
    """mission time in ns, or None where no cursor stands"""
    range_changed = Signal(object, object)
    """span in ns and end in mission time (None: the playhead) of the plots that look where others look"""
    plot_requested = Signal(str, str, object)
    """packet, parameter, mission time in ns or None: somebody wants to see it on a plot"""
    pass_chosen = Signal(object)
    """a ``console.passes.predict.Pass`` to look at, or None: whichever leads"""


class Desk(Protocol):
    """What a panel may ask of the window that holds it."""

    mission: Mission
    playhead: Playhead
    selection: Selection
    pass_plan: PassPlan
    sound: AlarmSound
    writer: DeskWriter | None
    """None where the archive cannot be written (read-only medium)."""
    time_axis: TimeAxis

    def operator(self) -> str:
        """Return the name that acknowledgements and notes are signed with."""
        ...

    def tell(self, words: str) -> None:
        """Show words to the operator for some seconds."""
        ...


class Panel(QWidget):
    """One dock of the desk. A panel knows the desk and its view, never another panel."""

    id: ClassVar[str]
    """Stable name in layouts; never translated."""
    caption: ClassVar[str]
    """Its name as a source text, in the context of its class."""
    every_ms: ClassVar[int] = 200
    """It is drawn no more often than this: nobody reads numbers that change faster."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk

    @classmethod
    def name(cls) -> str:
        """Return the translated name of the panel, as menus call it."""
        return QCoreApplication.translate(cls.__name__, cls.caption)

    def title(self) -> str:
        """Return the translated title of the dock's tab: the name, and what the panel adds to it."""
        return self.name()

    def header_text(self) -> str:
        """Return the few words at the right end of the dock's tab; empty for none."""
        return ""

    def queries(self, view: DeskView | None) -> Sequence[Query]:
        """Return the history this panel wants in the next view (asked before each read)."""
        return ()

    def refresh(self, view: DeskView) -> None:
        """Draw the view; called on display ticks, ``every_ms`` apart, while the panel is visible."""

    def save(self) -> dict[str, Any]:
        """Return what ``restore`` needs to bring the panel back (JSON types only)."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Bring back a saved state; unknown keys are ignored."""
