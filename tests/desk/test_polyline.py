"""Points written into Qt's own memory are the points that Qt reads."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from console.desk.polyline import polygon


@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_as_if_made_point_by_point(count: int) -> None:
    x = np.linspace(-3.25, 1e6, count)
    y = np.cos(x)
    drawn = polygon(x, y)
    assert [drawn.at(i) for i in range(drawn.size())] == [QPointF(a, b) for a, b in zip(x, y, strict=True)]
