"""What stands on a map: lines, spots with their words, rings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtGui import QColor

from console.desk.landpath import Floats, Place


@dataclass(frozen=True, slots=True)
class Line:
    """A line over the ground; ``ticks`` are places with a dot on it, ``breaks`` where a new part begins."""

    longitude_deg: Floats
    latitude_deg: Floats
    colour: QColor
    dashed: bool = False
    width: float = 1.5
    ticks: Sequence[Place] = ()
    breaks: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """Something at a place, with its name and what is told of it, in one or more lines."""

    at: Place
    look: str
    """``capsule``, ``orbit`` (the point below a spacecraft), ``ship``, ``aircraft`` or ``station``"""
    name: str = ""
    words: str = ""
    course_deg: float | None = None
    dim: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands on the map, ``rings`` are closed thin lines with a label at their first point."""

    lines: Sequence[Line] = ()
    spots: Sequence[Spot] = ()
    rings: Sequence[tuple[Floats, Floats, str]] = ()
    legend: Sequence[tuple[str, QColor, bool]] = ()
