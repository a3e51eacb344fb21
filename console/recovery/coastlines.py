"""Coastlines of the world, bundled for use without a network; not for navigation.

Natural Earth through the npm package world-atlas 2.0.2, quantised there at about 400 m; see
``assets/coastlines/README.md``. ``python -m console.recovery.coastlines land-110m.json …`` makes the files.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.resources import asset_folder

LEVELS = ("110m", "50m", "10m")
"""Scales of Natural Earth, coarse to fine: 1 : 110 million and so on."""
COARSEST_M_PER_PX = {"10m": 700.0, "50m": 4_000.0}
CHUNK = 64
FAR_STRIDE = 8
"""Of what is far of a ring that comes near, each eighth point is kept: enough to close it."""
UNIT_DEG = 1e-4

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coast:
    """Rings of one level: ``longitude_deg`` and ``latitude_deg`` of all points, ring after ring.

    Longitudes run on over ±180° inside a ring. ``rings`` are where rings begin, with the end behind the
    last. Runs of at most 64 points are chunks; ``chunk_centres`` (unit vectors) and ``chunk_radii_rad``
    are circles around them.
    """

    longitude_deg: Floats
    latitude_deg: Floats
    rings: NDArray[np.int64]
    chunk_starts: NDArray[np.int64]
    chunk_centres: Floats
    chunk_radii_rad: Floats
    boxes: tuple[Floats, Floats, Floats]
    """Of each ring the least and greatest longitude and the greatest latitude."""

    def near(self, longitude_deg: float, latitude_deg: float, radius_rad: float) -> NDArray[np.bool_]:
        """Return which points to draw around a place: near ones, and a few of the far ones of their rings.

        A ring with nothing near is left out whole, even where it lies all round the place: see ``is_land``.
        """
        here = unit_vectors(np.array([longitude_deg]), np.array([latitude_deg]))[0]
        apart = np.arccos(np.clip(self.chunk_centres @ here, -1.0, 1.0))
        close = apart - self.chunk_radii_rad <= radius_rad
        ring_of = np.searchsorted(self.rings, self.chunk_starts, side="right") - 1
        wanted = np.zeros(len(self.rings) - 1, bool)
        wanted[ring_of[close]] = True
        sizes = np.diff(np.append(self.chunk_starts, len(self.longitude_deg)))
        keep = np.repeat(close, sizes)
        keep[::FAR_STRIDE] |= np.repeat(wanted[ring_of], sizes)[::FAR_STRIDE]
        keep[self.chunk_starts] |= wanted[ring_of]
        keep[self.rings[1:] - 1] |= wanted
        return keep

    def is_land(self, longitude_deg: float, latitude_deg: float) -> bool:
        """Tell whether a place lies on land: whether a line to the north crosses an odd number of shores."""
        inside = False
        low, high, top = self.boxes
        for turn in (-360.0, 0.0, 360.0):
            at = longitude_deg + turn
            for ring in np.nonzero((low <= at) & (at <= high) & (latitude_deg <= top))[0].tolist():
                part = slice(int(self.rings[ring]), int(self.rings[ring + 1]))
                inside ^= odd_crossings(self.longitude_deg[part], self.latitude_deg[part], at, latitude_deg)
        return inside


def odd_crossings(x: Floats, y: Floats, at_x: float, at_y: float) -> bool:
    """Tell whether a closed ring has an odd number of edges above a point, which is then inside it."""
    x2, y2 = np.roll(x, -1), np.roll(y, -1)
    spans = np.nonzero((x > at_x) != (x2 > at_x))[0]
    share = (at_x - x[spans]) / (x2[spans] - x[spans])
    return bool(np.count_nonzero(y[spans] + share * (y2[spans] - y[spans]) > at_y) % 2)


def level_for(metres_per_px: float) -> str:
    """Return the coarsest level that still looks right at a scale."""
    for level, coarsest in COARSEST_M_PER_PX.items():
        if metres_per_px <= coarsest:
            return level
    return "110m"


@cache
def coast(level: str) -> Coast:
    """Return a level, read once (10m takes about 0.1 s)."""
    with np.load(asset_folder() / "coastlines" / f"land-{level}.npz") as kept:
        longitude = np.cumsum(kept["longitude"], dtype=np.float64) * UNIT_DEG
        latitude = np.cumsum(kept["latitude"], dtype=np.float64) * UNIT_DEG
        rings = kept["rings"].astype(np.int64)
    return with_chunks(longitude, latitude, rings)


def with_chunks(longitude_deg: Floats, latitude_deg: Floats, rings: NDArray[np.int64]) -> Coast:
    """Return the rings with circles around each 64 points."""
    starts = np.concatenate([np.arange(a, b, CHUNK) for a, b in itertools.pairwise(rings)])
    vectors = unit_vectors(longitude_deg, latitude_deg)
    sums = np.add.reduceat(vectors, starts, axis=0)
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    centres = sums / np.where(norms > 1e-9, norms, 1.0)
    sizes = np.diff(np.append(starts, len(longitude_deg)))
    apart = np.arccos(np.clip(np.sum(vectors * np.repeat(centres, sizes, axis=0), axis=1), -1.0, 1.0))
    radii = np.maximum.reduceat(apart, starts)
    # To the next chunk's first point: the line there belongs to this chunk
    reach = np.concatenate((starts[1:], [len(longitude_deg) - 1]))
    gap = np.arccos(np.clip(np.sum(vectors[reach] * centres, axis=1), -1.0, 1.0))
    last_of_ring = np.isin(reach, rings)
    radii = np.where(last_of_ring, radii, np.maximum(radii, gap))
    boxes = (
        np.minimum.reduceat(longitude_deg, rings[:-1]),
        np.maximum.reduceat(longitude_deg, rings[:-1]),
        np.maximum.reduceat(latitude_deg, rings[:-1]),
    )
    return Coast(longitude_deg, latitude_deg, rings, starts, centres, radii, boxes)


def unit_vectors(longitude_deg: Floats, latitude_deg: Floats) -> Floats:
    """Return directions from the Earth's centre on a sphere, shape (n, 3)."""
    a, b = np.radians(longitude_deg), np.radians(latitude_deg)
    return np.stack((np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)), axis=-1)


# How the files are made ------------------------------------------------------------------------------


def rings_of(topology: dict[str, Any]) -> Iterator[Floats]:
    """Yield the rings of a TopoJSON land object, shape (n, 2) in degrees, longitudes running on.

    A ring that goes round a pole is closed along it. Source: the TopoJSON Format Specification, §2.1.
    """
    scale, translate = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + translate for arc in topology["arcs"]]
    for polygon in _polygons(topology["objects"]["land"]):
        for numbers in polygon:
            parts = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers]
            ring = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
            yield closed(ring)


def closed(ring: Floats) -> Floats:
    """Return a ring with longitudes that run on over ±180°, closed along the pole if it goes round it."""
    longitude = np.degrees(np.unwrap(np.radians(ring[:, 0])))
    ring = np.stack((longitude, ring[:, 1]), axis=1)
    if abs(longitude[-1] - longitude[0]) < 180:
        return ring
    pole = 90.0 if ring[:, 1].mean() > 0 else -90.0
    return np.concatenate((ring, [[longitude[-1], pole], [longitude[0], pole]]))


def _polygons(geometry: dict[str, Any]) -> Iterator[Sequence[Sequence[int]]]:
    if geometry["type"] == "GeometryCollection":
        for each in geometry["geometries"]:
            yield from _polygons(each)
    elif geometry["type"] == "Polygon":
        yield geometry["arcs"]
    elif geometry["type"] == "MultiPolygon":
        yield from geometry["arcs"]


def _write(source: Path, target: Path) -> None:
    rings = list(rings_of(json.loads(source.read_text("utf-8"))))
    points = np.rint(np.concatenate(rings) / UNIT_DEG).astype(np.int64)
    starts = np.cumsum([0, *(len(ring) for ring in rings)])
    steps = np.diff(points, axis=0, prepend=0).astype(np.int32)
    np.savez_compressed(target, longitude=steps[:, 0], latitude=steps[:, 1], rings=starts.astype(np.int32))
    print(f"{target}: {len(points)} points in {len(rings)} rings, {target.stat().st_size} octets")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        _write(Path(name), asset_folder() / "coastlines" / Path(name).with_suffix(".npz").name)
