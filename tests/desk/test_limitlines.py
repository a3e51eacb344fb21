"""Limits in a plot: which are drawn, and how far an axis reaches to show one that is near."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).parent))

from panel_scene import has_colour

from console.desk import theme
from console.desk.axes import Range
from console.desk.curves import Curve
from console.desk.limitlines import draw_limits, with_near_limits
from decoders.mission.model import Band, Limits, Severity


def curve(limits: Limits | None) -> Curve:
    return Curve("hk", "t", "T", "℃", 1, 0.1, limits)


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (20.0, 25.0, (20.0, 29.0)),  # 29 is 0.8 spans above at most
        (20.0, 24.9, (20.0, 24.9)),
        (14.0, 19.0, (10.0, 19.0)),
        (14.1, 19.0, (14.1, 19.0)),
        (12.0, 27.0, (10.0, 29.0)),
        (9.0, 30.0, (9.0, 30.0)),  # both passed already
    ],
)
def test_an_axis_reaches_to_a_limit_that_is_near(
    low: float, high: float, wanted: tuple[float, float]
) -> None:
    limited = curve(Limits(caution=Band(10.0, 29.0), critical=Band(None, 31.0)))
    assert with_near_limits(low, high, high - low, [curve(None), limited]) == wanted


def test_limits_of_two_kinds_on_one_axis_are_not_told_apart_and_not_drawn(qapp: QApplication) -> None:
    def drawn(*limits: Limits | None) -> int:
        image = QImage(300, 120, QImage.Format.Format_RGB32)
        image.fill(theme.palette.field)
        painter = QPainter(image)
        painter.setFont(theme.font(12))
        draw_limits(painter, QRectF(0, 0, 300, 110), [curve(each) for each in limits], [Range(0.0, 20.0)])
        painter.end()
        return has_colour(image, theme.status_colour(Severity.CAUTION))

    ten, twelve = Limits(caution=Band(10.0, None)), Limits(caution=Band(12.0, None))
    assert drawn(ten) > 100
    assert drawn(ten, None) == drawn(ten, ten) == drawn(ten)
    assert drawn(ten, twelve) == 0
