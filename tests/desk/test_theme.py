"""Colours, fonts, shapes, and the leak that decides which Qt we use."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontInfo, QFontMetricsF, QImage, QPainter, QPen

from console.desk import symbols, theme
from decoders.mission.model import Severity

SEVERITIES = (Severity.NORMAL, Severity.CAUTION, Severity.SERIOUS, Severity.CRITICAL)


def canvas(side: int = 24) -> QImage:
    image = QImage(side, side, QImage.Format.Format_ARGB32)
    image.fill(theme.palette.panel)
    return image


def drawn(severity: Severity, **how: bool) -> bytes:
    image = canvas()
    painter = QPainter(image)
    symbols.draw_status(painter, QRectF(6, 6, 12, 12), severity, colour=QColor("white"), **how)
    painter.end()
    return bytes(image.constBits())


def test_set_pen_leaks_no_reference_to_none() -> None:
    """PySide6 6.12.0 on Python 3.11 dies of this within seconds under pyqtgraph."""
    image = canvas()
    painter, pen = QPainter(image), QPen(QColor("white"))
    for _ in range(50):
        painter.setPen(pen)
    before = sys.getrefcount(None)
    for _ in range(500):
        painter.setPen(pen)
    after = sys.getrefcount(None)
    painter.end()
    assert abs(after - before) < 50


def test_each_severity_has_a_shape_of_its_own() -> None:
    """Told apart without colour: all are drawn in white here."""
    assert len({drawn(severity) for severity in SEVERITIES}) == len(SEVERITIES)


def test_hollow_and_corners_are_seen() -> None:
    for severity in SEVERITIES:
        assert len({drawn(severity), drawn(severity, hollow=True), drawn(severity, corners=True)}) == 3


def test_nominal_is_never_green() -> None:
    assert theme.status_colour(Severity.NORMAL) == theme.palette.value


@pytest.mark.parametrize("name", ["dark", "light"])
def test_every_role_has_a_colour(name: str) -> None:
    theme.use(name)
    try:
        sheet = theme.style_sheet()
        assert "@" not in sheet
        assert theme.palette.name == name
        assert len(theme.palette.curves) == 5
    finally:
        theme.use("dark")


@pytest.mark.parametrize(("asked", "held"), [(0.1, 0.9), (1.25, 1.25), (9.0, 1.5)])
def test_scale_is_held(asked: float, held: float) -> None:
    theme.use("dark", asked)
    try:
        assert theme.scale == held
        assert theme.font(20).pixelSize() == round(20 * held)
    finally:
        theme.use("dark", 1.0)


def test_fonts_travel_with_the_program() -> None:
    families = theme.load_fonts()
    assert {"B612", "B612 Mono", "Noto Sans JP"} <= set(families)
    assert QFontInfo(theme.font(12)).family() == "B612"
    assert QFontInfo(theme.mono(12)).family() == "B612 Mono"


def test_digits_of_the_clock_share_one_advance() -> None:
    metrics = QFontMetricsF(theme.font(36))
    assert len({metrics.horizontalAdvance(digit) for digit in "0123456789"}) == 1
    assert not theme.font(36).kerning()


def test_a_japanese_line_is_hardly_higher() -> None:
    from PySide6.QtGui import QFont

    japanese = QFont("Noto Sans JP")
    japanese.setPixelSize(100)
    assert QFontMetricsF(japanese).height() <= 1.15 * QFontMetricsF(theme.font(100)).height()


@pytest.mark.parametrize("character", "再突入模擬訓練−°′℃·×▾≥µ→Δσ")
def test_no_character_is_a_box(character: str) -> None:
    """Each is in one of the bundled faces."""
    from PySide6.QtGui import QFont, QRawFont

    for family in ("B612", "Noto Sans JP"):
        font = QFont(family)
        font.setPixelSize(12)
        font.setStyleStrategy(QFont.StyleStrategy.NoFontMerging)
        if QRawFont.fromFont(font).supportsCharacter(ord(character)):
            return
    pytest.fail(f"{character} is in no bundled face")
