"""The named layouts as they are drawn: trees of docks for a large screen and for a small one.

A layout is a tree of splits: ``Split("h", ((500, …), (928, …)))``; a leaf is a tuple of dock ids
that share one area as tabs. Sizes are pixels of a 1920 × 1080 screen (compact: 1280 × 720).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Leaf = tuple[str, ...]


@dataclass(frozen=True)
class Split:
    """Docks beside each other (``h``) or below each other (``v``), each with its share of pixels."""

    direction: Literal["h", "v"]
    parts: tuple[tuple[int, Split | Leaf], ...]


def _grid(name: str, plots: int, columns: int, rows: int) -> Split | Leaf:
    """Return plots beside and below each other."""
    ids = _plot_ids(name, min(plots, columns * rows))
    parts: list[tuple[int, Split | Leaf]] = []
    for column in range(columns):
        part = ids[column::columns]
        if part:
            parts.append((462, Split("v", tuple((256, (i,)) for i in part)) if len(part) > 1 else (part[0],)))
    return Split("h", tuple(parts)) if len(parts) > 1 else parts[0][1]


def _stack(name: str, plots: int, most: int) -> Split | Leaf:
    """Return two areas below each other that share the plots as tabs."""
    ids = _plot_ids(name, min(plots, most))
    upper, lower = tuple(ids[::2]), tuple(ids[1::2])
    return Split("v", ((203, upper), (203, lower))) if lower else upper


def _plot_ids(name: str, plots: int) -> list[str]:
    return [f"plot.{name}.{number}" for number in range(max(1, plots))]


def _pass(plots: int) -> Split:
    right = Split("v", ((226, ("alarms",)), (300, ("sky", "links")), (236, ("passes",))))
    body = Split("h", ((508, ("parameters",)), (924, _grid("pass", plots, 2, 3)), (484, right)))
    strip = Split("h", ((1292, ("timestrip",)), (624, ("events",))))
    return Split("v", ((770, body), (186, strip)))


def _recovery(plots: int) -> Split:
    right = Split("v", ((338, ("whereis",)), (274, ("alarms", "parameters"))))
    body = Split("h", ((1188, ("recovery", "sky")), (728, right)))
    graphs = _grid("recovery", plots, 2, 1)
    strip = Split("h", ((800, graphs), (648, ("timestrip", "links", "passes")), (468, ("events",))))
    return Split("v", ((616, body), (340, strip)))


def _analysis(plots: int) -> Split:
    right = Split("v", ((300, ("alarms", "links")), (300, ("events",))))
    graphs = _grid("analysis", plots, 2 if plots in (3, 4) else 1, 2)
    body = Split("h", ((508, ("parameters",)), (924, graphs), (484, right)))
    return Split("v", ((770, body), (186, ("timestrip",))))


def _training(plots: int) -> Split:
    right = Split("v", ((300, ("alarms",)), (226, ("links",)), (240, ("passes", "sky"))))
    body = Split("h", ((508, ("parameters",)), (924, _grid("training", plots, 2, 2)), (484, right)))
    return Split("v", ((770, body), (186, Split("h", ((1292, ("timestrip",)), (624, ("events",)))))))


def _compact_pass(plots: int) -> Split:
    right = Split("v", ((166, ("alarms",)), (240, ("sky", "links"))))
    body = Split("h", ((388, ("parameters",)), (494, _stack("pass", plots, 6)), (372, right)))
    strip = Split("h", ((720, ("timestrip",)), (548, ("events", "passes"))))
    return Split("v", ((406, body), (160, strip)))


def _compact_recovery(plots: int) -> Split:
    right = Split("v", ((230, ("whereis",)), (166, ("alarms", "parameters"))))
    body = Split("h", ((700, ("recovery", "sky")), (568, right)))
    graphs = tuple(_plot_ids("recovery", min(plots, 2)))
    strip = Split("h", ((520, graphs), (748, ("timestrip", "events", "links", "passes"))))
    return Split("v", ((396, body), (170, strip)))


def _compact_analysis(plots: int) -> Split:
    right = Split("v", ((196, ("alarms", "links")), (210, ("events",))))
    body = Split("h", ((388, ("parameters",)), (494, _stack("analysis", plots, 4)), (372, right)))
    return Split("v", ((406, body), (160, ("timestrip",))))


def _compact_training(plots: int) -> Split:
    right = Split("v", ((196, ("alarms",)), (210, ("links", "sky"))))
    body = Split("h", ((388, ("parameters",)), (494, _stack("training", plots, 4)), (372, right)))
    strip = Split("h", ((720, ("timestrip",)), (548, ("events", "passes"))))
    return Split("v", ((406, body), (160, strip)))


WIDE: dict[str, Callable[[int], Split]] = {
    "pass": _pass,
    "recovery": _recovery,
    "analysis": _analysis,
    "training": _training,
}
COMPACT: dict[str, Callable[[int], Split]] = {
    "pass": _compact_pass,
    "recovery": _compact_recovery,
    "analysis": _compact_analysis,
    "training": _compact_training,
}
