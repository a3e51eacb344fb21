"""The named layouts for a mission and a room: which trees of docks, how large, with which plots."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from console.desk import trees
from console.desk.trees import Leaf, Split
from console.desk.words import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from console.mission import Mission, Plot

LAYOUTS = ("pass", "recovery", "analysis", "training")
TITLES = {
    "pass": QT_TRANSLATE_NOOP("Layouts", "Pass"),
    "recovery": QT_TRANSLATE_NOOP("Layouts", "Entry & Recovery"),
    "analysis": QT_TRANSLATE_NOOP("Layouts", "Analysis"),
    "training": QT_TRANSLATE_NOOP("Layouts", "Training"),
}

COMPACT_WIDTH, COMPACT_HEIGHT = 1700, 760
"""Below one of these (pixels at 100 %) the docks of a layout are fewer areas with more tabs."""


def is_compact(width: int, height: int, scale: float = 1.0) -> bool:
    """Return whether a room for docks is too small for the layouts as they are drawn."""
    return width < COMPACT_WIDTH * scale or height < COMPACT_HEIGHT * scale


def default(name: str, plots: int, *, compact: bool = False, without: Collection[str] = ()) -> Split:
    """Return the tree of a layout for a mission that names ``plots`` default plots.

    ``compact`` is the form for a small screen; panels ``without`` anything to show stay away.
    """
    from console.desk.panels import PANELS

    make = trees.COMPACT[name] if compact else trees.WIDE[name]
    return flatten(_only([i for i in PANELS if i not in without], make(plots)))


def empty_panels(mission: Mission) -> set[str]:
    """Return the panels that would have nothing to show of a mission, ever."""
    empty = set()
    if not (mission.stations and any(v.orbit for v in mission.vehicles)):
        empty |= {"passes", "sky"}
    if not any(v.position_ecef_m for v in mission.vehicles):
        empty |= {"recovery", "whereis"}
    if not mission.links:
        empty.add("links")
    if not any(p.limit_sets for packet in mission.packets for p in packet.values):
        empty.add("alarms")
    return empty


def fitting(mission: Mission) -> str:
    """Return the layout that a desk opens with when nobody chose one."""
    return "analysis" if "passes" in empty_panels(mission) else LAYOUTS[0]


def _only(panels: Collection[str], tree: Split) -> Split:
    parts: list[tuple[int, Split | Leaf]] = []
    for size, part in tree.parts:
        if isinstance(part, Split):
            inner = _only(panels, part)
            if inner.parts:
                parts.append((size, inner))
        elif leaf := tuple(i for i in part if panel_id(i) in panels):
            parts.append((size, leaf))
    return Split(tree.direction, tuple(parts))


def flatten(tree: Split) -> Split:
    """Return the tree with splits of the same direction merged into their parent, as docks do."""
    parts: list[tuple[int, Split | Leaf]] = []
    for size, part in tree.parts:
        inner = flatten(part) if isinstance(part, Split) else part
        if isinstance(inner, Split) and inner.direction == tree.direction:
            total = sum(share for share, _part in inner.parts)
            parts += [(round(size * share / total), grandchild) for share, grandchild in inner.parts]
        else:
            parts.append((size, inner))
    return Split(tree.direction, tuple(parts))


def leaves(tree: Split | Leaf) -> Iterator[Leaf]:
    """Yield the areas of a tree from top left to bottom right."""
    if isinstance(tree, Split):
        for _size, part in tree.parts:
            yield from leaves(part)
    else:
        yield tree


STRETCHY = {"plot", "recovery", "timestrip"}
"""Panels that make use of more room; tables keep the width of their columns."""


MOST_KEPT = 1.6


def shares(tree: Split, room: int, scale: float = 1.0) -> list[int]:
    """Return how many pixels each part of a split gets of ``room``.

    Parts without plots or maps keep their drawn size; the others share the rest. Where the former
    would take more than their part of the room, all shrink alike.
    """
    sizes = [size for size, _part in tree.parts]
    stretchy = [
        any(panel_id(i) in STRETCHY for leaf in leaves(part) for i in leaf) for _size, part in tree.parts
    ]
    kept = sum(size * scale for size, stretches in zip(sizes, stretchy, strict=True) if not stretches)
    if tree.direction == "v" or all(stretchy) or not any(stretchy) or kept > room / MOST_KEPT:
        return [max(1, round(room * size / sum(sizes))) for size in sizes]
    rest = sum(size for size, stretches in zip(sizes, stretchy, strict=True) if stretches)
    return [
        max(1, round((room - kept) * size / rest if stretches else size * scale))
        for size, stretches in zip(sizes, stretchy, strict=True)
    ]


def panel_id(dock_id: str) -> str:
    """Return which panel a dock holds: ``plot`` for ``plot.pass.3``, ``alarms`` for ``alarms``."""
    return dock_id.partition(".")[0]


def default_plots(mission: Mission) -> tuple[Plot, ...]:
    """Return the plots of the first layout: the mission's, or some made from neighbours of one unit."""
    if mission.plots:
        return mission.plots
    from console.mission import Plot
    from decoders.mission.model import Enumeration

    made: list[Plot] = []
    for packet in mission.packets:
        plain = [
            p
            for p in packet.values
            if p.data_type != "str" and p.array_length is None and not isinstance(p.calibration, Enumeration)
        ]
        for unit, group in itertools.groupby(plain, key=lambda p: p.unit):
            names = [p.name for p in group]
            for start in range(0, len(names), 3):
                some = tuple(names[start : start + 3])
                made.append(Plot(title=f"{some[0]} [{unit}]" if unit else some[0], parameters=some))
                if len(made) == 6:
                    return tuple(made)
    return tuple(made)


def recovery_plots(mission: Mission) -> tuple[Plot, ...]:
    """Return height with velocity, and deceleration, of the vehicle that tells its height.

    Velocity is plotted in the components that the vehicle sends. Without a height: the default plots.
    """
    from console.mission import Plot

    lander = next((v for v in mission.vehicles if v.altitude_m), None)
    if lander is None:
        return default_plots(mission)
    scalars = [
        p
        for packet in mission.packets
        if packet.vehicle == lander.id
        for p in packet.values
        if p.array_length is None
    ]
    loads = sorted((p for p in scalars if p.unit == "g"), key=lambda p: p.data_type == "uint")[:1]
    title = QCoreApplication.translate("Layouts", "Altitude")
    if lander.velocity_ecef_ms:
        title = QCoreApplication.translate("Layouts", "Altitude and velocity (ECEF)")
    height = Plot(title=title, parameters=(lander.altitude_m, *lander.velocity_ecef_ms))
    if not loads:
        return (height,)
    title = QCoreApplication.translate("Layouts", "Deceleration")
    return height, Plot(title=title, parameters=tuple(p.name for p in loads))


def plots_of(layout: str, mission: Mission) -> tuple[Plot, ...]:
    """Return the plots that a layout opens with."""
    return recovery_plots(mission) if layout == "recovery" else default_plots(mission)


def plot_state(mission: Mission, dock_id: str) -> dict[str, Any]:
    """Return the state of a default plot (``plot.pass.0``); empty for other docks."""
    parts = dock_id.split(".")
    if len(parts) != 3 or parts[0] != "plot" or parts[1] not in LAYOUTS:
        return {}
    plots = plots_of(parts[1], mission)
    if int(parts[2]) >= len(plots):
        return {}
    plot = plots[int(parts[2])]
    curves = []
    for name in plot.parameters:
        try:
            curves.append([mission.home(name)[0].name, name])
        except KeyError:
            continue
    # Who reviews compares: plots of the analysis look at the same stretch until somebody parts them.
    linked = parts[1] == "analysis"
    return {"title": plot.title, "title_ja": plot.title_ja, "parameters": curves, "linked": linked}
