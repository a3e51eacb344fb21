"""Which part of the Earth a map shows, and at which pixel a place lies. It draws nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyproj
from PySide6.QtCore import QPointF

from console.desk.landpath import Floats, Place, project, projection_around
from console.recovery.assets import GEOD

FINEST_M_PX, COARSEST_M_PX = 2.0, 40_000.0


class Viewport:
    """A rectangle of pixels over an azimuthal equidistant projection, north up in its middle."""

    def __init__(self) -> None:
        self.centre: Place = (150.0, 30.0)
        self.metres_per_px = 12_000.0
        self.width, self.height = 1, 1
        self.held = False
        """Somebody drags: the land is shifted, not projected anew."""
        self._projection: tuple[Place, pyproj.Proj] | None = None

    @property
    def middle_px(self) -> QPointF:
        """The pixel in the middle."""
        return QPointF(self.width / 2, self.height / 2)

    @property
    def projected_around(self) -> Place:
        """The middle of the projection."""
        self.reference()
        assert self._projection is not None
        return self._projection[0]

    def look_at(self, centre: Place, metres_per_px: float) -> None:
        """Show a place at a scale."""
        self.centre = (wrapped(centre[0]), min(max(centre[1], -89.0), 89.0))
        self.metres_per_px = min(max(metres_per_px, FINEST_M_PX), COARSEST_M_PX)

    def zoom(self, factor: float, around: QPointF) -> None:
        """Make a pixel ``factor`` times as wide; the place under ``around`` stays where it is."""
        held = self.place_at(around)
        self.look_at(self.centre, self.metres_per_px * factor)
        for _ in range(3):  # the projection turns a little with its middle
            self.look_at(self.place_at(self.middle_px + self.pixel_of(held) - around), self.metres_per_px)

    def fitting(self, places: Sequence[Place], finest_m_px: float) -> tuple[Place, float]:
        """Return the centre and the scale (metres a pixel, not finer than that) that ``fit`` would take."""
        longitude, latitude = (np.array(each) for each in zip(*places, strict=True))
        a, b = np.radians(longitude), np.radians(latitude)
        middle = np.mean([np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)], axis=1)
        centre = (
            math.degrees(math.atan2(middle[1], middle[0])),
            math.degrees(math.atan2(middle[2], math.hypot(middle[0], middle[1]))),
        )
        x, y = project(projection_around(centre), longitude, latitude)
        wide, high = 2 * float(np.abs(x).max()), 2 * float(np.abs(y).max())
        scale = max(wide / (0.72 * max(self.width, 1)), high / (0.66 * max(self.height, 1)), finest_m_px)
        return centre, scale

    def shows(self, place: Place, margin: float = 0.04) -> bool:
        """Whether a place is in sight, and not at the edge."""
        at = self.pixel_of(place)
        mx, my = margin * self.width, margin * self.height
        return mx <= at.x() <= self.width - mx and my <= at.y() <= self.height - my

    def pixel_of(self, place: Place) -> QPointF:
        """Return where a place is drawn."""
        x, y = self.pixels(np.array([place[0]]), np.array([place[1]]))
        return QPointF(float(x[0]), float(y[0]))

    def place_at(self, at: QPointF) -> Place:
        """Return the place under a pixel."""
        longitude, latitude = self.places(np.array([at.x()]), np.array([at.y()]))
        return float(longitude[0]), float(latitude[0])

    def places(self, across: Floats, down: Floats) -> tuple[Floats, Floats]:
        """Return longitudes and latitudes under pixels; beyond the Earth's rim those of the middle."""
        projection = self.reference()
        cx, cy = project(projection, np.array([self.centre[0]]), np.array([self.centre[1]]))
        x = cx[0] + (across - self.width / 2) * self.metres_per_px
        y = cy[0] - (down - self.height / 2) * self.metres_per_px
        longitude, latitude = projection(x, y, inverse=True)
        fine = np.isfinite(longitude)
        return np.where(fine, longitude, self.centre[0]), np.where(fine, latitude, self.centre[1])

    def pixels(self, longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
        """Return where places are drawn: pixels across and down."""
        x, y = project(
            self.reference(), np.append(longitude, self.centre[0]), np.append(latitude, self.centre[1])
        )
        across = self.width / 2 + (x[:-1] - x[-1]) / self.metres_per_px
        down = self.height / 2 - (y[:-1] - y[-1]) / self.metres_per_px
        return across, down

    def reference(self) -> pyproj.Proj:
        """Return the projection around the middle; while it is held the one it was held with."""
        kept = self._projection
        if kept is not None and (kept[0] == self.centre or self.held):
            apart = GEOD.inv(*kept[0], *self.centre)[2]
            if apart < self.metres_per_px * self.width:
                return kept[1]
        self._projection = self.centre, projection_around(self.centre)
        return self._projection[1]


def wrapped(longitude_deg: float) -> float:
    """Return a longitude between −180 and 180."""
    return (longitude_deg + 180.0) % 360.0 - 180.0
