"""Where the words of a map stand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QLineF, QPointF, QRectF

from console.desk.maplabels import crossings, place_label

ROOM = QRectF(0, 0, 800, 400)
AT, SIZE, GAP = QPointF(400, 200), (120.0, 32.0), 16.0
RIGHT = QRectF(416, 184, 120, 32)


def stroke(*points: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.array(points, float).T
    return x, y


def test_words_stand_at_the_right_where_nothing_is() -> None:
    assert place_label(AT, SIZE, GAP, ROOM, [], []) == RIGHT


def test_a_line_that_leaves_to_the_right_has_the_words_elsewhere() -> None:
    box = place_label(AT, SIZE, GAP, ROOM, [], [stroke((400, 200), (800, 190))])
    assert box == QRectF(264, 184, 120, 32)


def test_between_a_track_and_a_way_words_find_the_free_side() -> None:
    lines = [stroke((0, 195), (400, 200)), stroke((400, 200), (800, 190))]
    box = place_label(AT, SIZE, GAP, ROOM, [], lines)
    assert box is not None
    assert crossings(box, lines) == 0


def test_words_never_stand_on_others_nor_outside() -> None:
    box = place_label(AT, SIZE, GAP, ROOM, [RIGHT], [])
    assert box is not None
    assert not box.intersects(RIGHT)
    assert place_label(QPointF(5, 5), SIZE, GAP, QRectF(0, 0, 60, 20), [], []) is None


@pytest.mark.parametrize("seed", range(5))
def test_crossings_are_those_that_qt_finds(seed: int) -> None:
    random = np.random.default_rng(seed)
    x, y = random.uniform(300, 650, 40), random.uniform(100, 300, 40)
    x[5], y[9] = x[4], y[8]  # upright and level ones too
    corners = RIGHT.topLeft(), RIGHT.topRight(), RIGHT.bottomRight(), RIGHT.bottomLeft()
    sides = [QLineF(a, b) for a, b in zip(corners, (*corners[1:], corners[0]), strict=True)]
    points = [QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    through = 0
    for a, b in itertools.pairwise(points):
        met = [QLineF(a, b).intersects(side)[0] for side in sides]
        through += (
            RIGHT.contains(a) or RIGHT.contains(b) or QLineF.IntersectionType.BoundedIntersection in met
        )
    assert crossings(RIGHT, [(x, y)]) == through
