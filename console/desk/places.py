"""Where the palette can go: every parameter, layout and panel of an open desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from console.desk.commandpalette import Place
from console.desk.layouts import LAYOUTS
from console.desk.menurow import layout_title
from console.desk.panels import PANELS, panel_name
from console.desk.words import localised

if TYPE_CHECKING:
    from console.desk.window import DeskWindow


def places(window: DeskWindow) -> Iterator[Place]:
    """Yield all that can be typed into the palette of a window whose archive is open."""
    for packet in window.mission.packets:
        for parameter in packet.values:
            words = localised(parameter.description, parameter.description_ja)
            text = f"{parameter.name} · {words}" if words else parameter.name
            yield Place(text, _to_parameter(window, packet.name, parameter.name))
    for name in LAYOUTS:
        title = QCoreApplication.translate("Places", "Layout {0}").format(layout_title(name))
        yield Place(title, partial(window.show_layout, name))
    for panel_id in PANELS:
        if panel_id != "plot":
            title = panel_name(panel_id)
            title = QCoreApplication.translate("Places", "Panel {0}").format(title)
            yield Place(title, partial(window.open_panel, panel_id))


def _to_parameter(window: DeskWindow, packet: str, parameter: str) -> Callable[[], None]:
    def go() -> None:
        window.open_panel("parameters")
        window.selection.parameter_changed.emit(packet, parameter)

    return go
