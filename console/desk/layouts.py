"""The named layouts: what they hold by default.

A layout is a tree of splits: ``Split("h", ((500, …), (928, …)))``; a leaf is a tuple of dock ids
that share one area as tabs. Sizes are pixels of a 1920 × 1080 screen and are used as ratios.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QCoreApplication

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

Leaf = tuple[str, ...]


@dataclass(frozen=True)
class Split:
    """Docks beside each other (``h``) or below each other (``v``), each with its share of pixels."""

    direction: Literal["h", "v"]
    parts: tuple[tuple[int, Split | Leaf], ...]


def default(name: str, plots: int) -> Split:
    """Return the tree of a layout for a mission that names ``plots`` default plots."""
    make = {"pass": _pass, "recovery": _recovery, "analysis": _analysis, "training": _training}[name]
    return flatten(known(make(plots)))


def known(tree: Split) -> Split:
    """Return the tree without docks whose panel this program does not have."""
    from console.desk.panels import PANELS

    parts: list[tuple[int, Split | Leaf]] = []
    for size, part in tree.parts:
        kept = known(part) if isinstance(part, Split) else tuple(i for i in part if panel_id(i) in PANELS)
        if kept.parts if isinstance(kept, Split) else kept:
            parts.append((size, kept))
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


def shares(tree: Split, room: int, scale: float = 1.0) -> list[int]:
    """Return how many pixels each part of a split gets of ``room``.

    Parts without plots or maps keep their drawn size; the others share the rest. Where that leaves
    them less than half of the room, all shrink alike.
    """
    sizes = [size for size, _part in tree.parts]
    stretchy = [
        any(panel_id(i) in STRETCHY for leaf in leaves(part) for i in leaf) for _size, part in tree.parts
    ]
    kept = sum(size * scale for size, stretches in zip(sizes, stretchy, strict=True) if not stretches)
    if tree.direction == "v" or all(stretchy) or not any(stretchy) or kept > room / 1.9:
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
    return {"title": plot.title, "title_ja": plot.title_ja, "parameters": curves}


def _plot_grid(name: str, plots: int, columns: int, rows: int, first: int = 0) -> Split | Leaf:
    wanted = min(plots - first, columns * rows) if plots > first else 1
    ids = [f"plot.{name}.{first + i}" for i in range(wanted)]
    column_parts: list[tuple[int, Split | Leaf]] = []
    for column in range(columns):
        part = ids[column::columns]
        if part:
            column_parts.append(
                (462, Split("v", tuple((256, (i,)) for i in part)) if len(part) > 1 else (part[0],))
            )
    return Split("h", tuple(column_parts)) if len(column_parts) > 1 else column_parts[0][1]


def _pass(plots: int) -> Split:
    right = Split("v", ((226, ("alarms",)), (300, ("sky", "links")), (236, ("passes",))))
    body = Split("h", ((508, ("parameters",)), (924, _plot_grid("pass", plots, 2, 3)), (484, right)))
    strip = Split("h", ((1292, ("timestrip",)), (624, ("events",))))
    return Split("v", ((770, body), (186, strip)))


def _recovery(plots: int) -> Split:
    right = Split("v", ((338, ("whereis",)), (274, ("events", "alarms", "parameters"))))
    body = Split("h", ((1188, ("recovery", "sky")), (728, right)))
    strip = Split("h", ((920, _plot_grid("recovery", plots, 2, 1)), (996, ("timestrip", "links", "passes"))))
    return Split("v", ((616, body), (340, strip)))


def _analysis(plots: int) -> Split:
    body = Split(
        "h",
        (
            (508, ("parameters",)),
            (1040, _plot_grid("analysis", plots, 1, 2)),
            (372, Split("v", ((300, ("alarms", "links")), (300, ("events",))))),
        ),
    )
    return Split("v", ((770, body), (186, ("timestrip",))))


def _training(plots: int) -> Split:
    right = Split("v", ((300, ("alarms",)), (226, ("links",)), (240, ("passes", "sky"))))
    body = Split("h", ((508, ("parameters",)), (928, _plot_grid("training", plots, 2, 2)), (484, right)))
    return Split("v", ((770, body), (186, Split("h", ((1292, ("timestrip",)), (624, ("events",)))))))
