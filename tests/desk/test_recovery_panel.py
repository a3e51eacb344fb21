"""The map: places stand where the projection says, hands pan and zoom, words are honest."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyproj
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

from pass_scene import PassDesk
from recovery_scene import MAIN_NS, ZONE, S, with_capsule, with_track

from console.desk import theme
from console.desk.geotext import angle_text, distance_text, minutes_text, position_text
from console.desk.graticule import paint_graticule
from console.desk.landpath import land_path, projection_around
from console.desk.mapping import NOT_FOR_NAVIGATION
from console.desk.panels.recovery import RecoveryPanel
from console.recovery.coastlines import coast, level_for
from console.recovery.track import Track

GEOD = pyproj.Geod(ellps="WGS84")
SHIP = (156.05, 25.15)
"""Where the sample mission's ship waits (longitude, latitude)."""
Open = Callable[[], tuple[PassDesk, RecoveryPanel]]


@pytest.fixture
def open_panel(qtbot: QtBot) -> Iterator[Open]:
    desks: list[PassDesk] = []

    def make() -> tuple[PassDesk, RecoveryPanel]:
        desk = PassDesk()
        desks.append(desk)
        panel = RecoveryPanel(desk)
        qtbot.addWidget(panel)
        panel.resize(1188, 592)
        with qtbot.waitExposed(panel):
            panel.show()
        return desk, panel

    yield make
    for desk in desks:
        desk.pass_plan.stop()


def spot(panel: RecoveryPanel, name: str) -> object:
    return next(s for s in panel.canvas.scene.spots if s.name == name)


def wheel(panel: RecoveryPanel, at: QPointF, turns: int) -> None:
    QApplication.sendEvent(
        panel.canvas,
        QWheelEvent(
            at, panel.canvas.mapToGlobal(at), QPoint(), QPoint(0, 120 * turns), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        ),
    )  # fmt: skip


def test_capsule_and_ship_are_in_sight_with_range(open_panel: Open) -> None:
    desk, panel = open_panel()
    panel.refresh(with_capsule(desk.view(MAIN_NS), *ZONE, 4202))
    capsule, ship = spot(panel, "ELS-RS"), spot(panel, "Recovery ship")
    assert capsule.look == "capsule"
    assert "GNSS 22:24:59Z" in capsule.words
    assert "4\u202f202 m" in capsule.words
    length = GEOD.inv(*SHIP, ZONE[1], ZONE[0])[2]
    bearing = GEOD.inv(*SHIP, ZONE[1], ZONE[0])[0]
    assert f"{length / 1000:.1f} km · {bearing:03.0f}° · 13 kn" in ship.words
    minutes = length / 1852 / 13 * 60
    assert f"there in 00:{int(minutes):02d}:" in ship.words
    assert panel.canvas.shows(capsule.at)
    assert panel.canvas.shows(ship.at)
    # The distance on the screen is the distance on the ground
    a, b = panel.canvas.pixel_of(capsule.at), panel.canvas.pixel_of(ship.at)
    apart = ((a.x() - b.x()) ** 2 + (a.y() - b.y()) ** 2) ** 0.5
    assert apart * panel.canvas.metres_per_px == pytest.approx(length, rel=1e-3)
    assert apart > 200


def test_north_is_up_and_east_is_right(open_panel: Open) -> None:
    desk, panel = open_panel()
    panel.refresh(with_capsule(desk.view(MAIN_NS), *ZONE, 4202))
    longitude, latitude = panel.canvas.centre
    middle = panel.canvas.pixel_of((longitude, latitude))
    assert (middle.x(), middle.y()) == pytest.approx((panel.width() / 2, panel.canvas.height() / 2), abs=0.01)
    assert panel.canvas.pixel_of((longitude, latitude + 0.05)).y() < middle.y() - 5
    assert panel.canvas.pixel_of((longitude + 0.05, latitude)).x() > middle.x() + 5


def test_a_spacecraft_in_orbit_has_no_landing_place(open_panel: Open) -> None:
    desk, panel = open_panel()
    view = with_capsule(desk.view(MAIN_NS), 21.6, 117.5, 385_300)
    (query,) = panel.queries(view)
    view = with_track(view, query, [10.0, 15.0, 21.6], [108.0, 112.0, 117.5], 385_300)
    panel.refresh(view)
    assert spot(panel, "ELS-RS").look == "orbit"
    assert "385 km" in spot(panel, "ELS-RS").words
    assert any("below the orbit" in words for words, _, _ in panel.canvas.scene.legend)
    assert not panel.canvas.scene.rings
    assert len(panel.canvas.scene.lines[0].longitude_deg) == 3
    assert "there in" not in spot(panel, "Recovery ship").words
    assert "the point below it" in spot(panel, "ELS-RS").words


def test_the_track_ends_at_the_instant_and_is_broken_where_fixes_are_missing(open_panel: Open) -> None:
    desk, panel = open_panel()
    view = with_capsule(desk.view(MAIN_NS), *ZONE, 4202)
    (query,) = panel.queries(view)
    t = view.instant_ns + S * np.array([-500, -499, -498, -400, -399, -1, 0, 1, 2])
    steps = np.linspace(0.0, 0.09, 9)
    track = Track(t, ZONE[0] + steps, ZONE[1] + steps, np.full(9, 4000.0))
    panel.refresh(replace(view, tracks={query: track}))
    line = panel.canvas.scene.lines[0]
    assert len(line.longitude_deg) == 7
    assert list(line.breaks) == [3, 5]
    # In the gap, half way between the fixes, the sea is seen; between two near fixes the line
    picture = panel.canvas.grab().toImage()
    for i, seen in ((2, False), (3, True)):
        a, b = (
            panel.canvas.pixel_of((float(line.longitude_deg[k]), float(line.latitude_deg[k])))
            for k in (i, i + 1)
        )
        at = ((a + b) / 2).toPoint()
        near = [picture.pixelColor(at.x() + k % 3 - 1, at.y() + k // 3 - 1).lightness() for k in range(9)]
        assert (max(near) > 100) is seen


def test_a_way_that_comes_later_than_its_end_is_drawn(open_panel: Open) -> None:
    desk, panel = open_panel()
    view = with_capsule(desk.view(MAIN_NS), *ZONE, 4202)
    (query,) = panel.queries(view)
    panel.refresh(view)
    before = len(panel.canvas.scene.lines)
    panel.refresh(with_track(view, query, [25.5, 25.4, ZONE[0]], [156.5, 156.4, ZONE[1]], 4202))
    assert len(panel.canvas.scene.lines) == before + 1
    moved = with_track(view, query, [25.6, 25.5, 25.4], [156.6, 156.5, 156.4], 4202, end_s=-30)
    panel.refresh(moved)
    assert panel.canvas.scene.lines[0].latitude_deg.tolist() == [25.6, 25.5, 25.4]


def test_what_has_come_near_is_shown_large(open_panel: Open) -> None:
    desk, panel = open_panel()
    panel.refresh(with_capsule(desk.view(MAIN_NS), 27.5, 158.5, 4202))
    far = panel.canvas.metres_per_px
    panel.refresh(with_capsule(desk.view(MAIN_NS), 25.2, 156.1, 4202))
    assert panel.canvas.metres_per_px < 0.2 * far
    assert panel.canvas.shows((156.1, 25.2))
    assert panel.canvas.shows(SHIP)


def test_doubtful_and_missing_positions(open_panel: Open) -> None:
    desk, panel = open_panel()
    panel.refresh(desk.view(MAIN_NS))
    assert not [s for s in panel.canvas.scene.spots if s.name == "ELS-RS"]
    assert panel.canvas.shows(SHIP)
    panel.refresh(with_capsule(desk.view(MAIN_NS), *ZONE, 4202, rs_gnss_fix=0))
    assert not [s for s in panel.canvas.scene.spots if s.name == "ELS-RS"]
    view = with_capsule(desk.view(MAIN_NS), *ZONE, 4202, rs_gnss_fix=0)
    for query in panel.queries(view):
        view = with_track(view, query, [25.4, 25.35], [156.0, 156.1], 9_000.0, end_s=-60)
    panel.refresh(view)
    assert spot(panel, "ELS-RS").at == (156.1, 25.35)
    assert spot(panel, "ELS-RS").dim
    assert "00:01:00 ago" in spot(panel, "ELS-RS").words
    assert "not used: no GNSS fix" in spot(panel, "ELS-RS").words
    panel.refresh(with_capsule(desk.view(MAIN_NS), *ZONE, 4202, age_s=725))
    assert "00:12:05 ago" in spot(panel, "ELS-RS").words


def test_hands(open_panel: Open, qtbot: QtBot) -> None:
    desk, panel = open_panel()
    canvas = panel.canvas
    view = with_capsule(desk.view(MAIN_NS), *ZONE, 4202)
    panel.refresh(view)
    fitted = canvas.centre, canvas.metres_per_px
    held = canvas.place_at(QPointF(800, 200))
    wheel(panel, QPointF(800, 200), 4)
    assert canvas.metres_per_px == pytest.approx(fitted[1] * 0.8**4)
    assert canvas.place_at(QPointF(800, 200)) == pytest.approx(held, abs=1e-4)
    assert not panel.buttons["all"].isChecked()
    before = canvas.place_at(QPointF(300, 300))
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
    qtbot.mouseMove(canvas, QPoint(400, 260))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(400, 260))
    assert canvas.place_at(QPointF(400, 260)) == pytest.approx(before, abs=1e-3)
    kept = panel.save()
    panel.refresh(view)
    assert canvas.centre == (kept["longitude_deg"], kept["latitude_deg"])  # nobody moves it back
    qtbot.mouseClick(panel.buttons["capsule"], Qt.MouseButton.LeftButton)
    at = canvas.pixel_of((ZONE[1], ZONE[0]))
    assert (at.x(), at.y()) == pytest.approx((canvas.width() / 2, canvas.height() / 2), abs=1)
    qtbot.mouseClick(panel.buttons["in"], Qt.MouseButton.LeftButton)
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(600, 300))
    assert panel.buttons["all"].isChecked()
    assert (canvas.centre, canvas.metres_per_px) == (pytest.approx(fitted[0]), pytest.approx(fitted[1]))
    _, other = open_panel()
    other.restore(kept)
    assert other.canvas.metres_per_px == pytest.approx(kept["m_px"])


def colour_at(panel: RecoveryPanel, place: tuple[float, float]) -> QColor:
    at = panel.canvas.pixel_of(place).toPoint()
    return panel.canvas.grab().toImage().pixelColor(at)


@pytest.mark.parametrize("metres_per_px", [900.0, 3_000.0, 30_000.0])
def test_land_is_painted_where_land_is(open_panel: Open, metres_per_px: float) -> None:
    _, panel = open_panel()
    panel.canvas.inset = False
    panel.canvas.look_at((139.0, 36.5), metres_per_px)
    assert colour_at(panel, (139.3, 36.6)) == theme.palette.land
    assert colour_at(panel, (142.6, 36.3)) == theme.palette.sea


def test_the_far_side_of_the_earth_is_not_inside_out(open_panel: Open) -> None:
    """The far point of a centre off Chile lies in China: the ring of Eurasia goes round it."""
    _, panel = open_panel()
    panel.canvas.inset = False
    panel.canvas.look_at((-75.3, -35.2), 40_000.0)
    panel.canvas.resize(1400, 1100)
    assert colour_at(panel, (-52.0, -12.0)) == theme.palette.land  # Mato Grosso
    assert colour_at(panel, (-112.0, -40.0)) == theme.palette.sea
    assert colour_at(panel, (37.3, 56.2)) == theme.palette.land  # Moscow, 130° away


def test_not_for_navigation_is_always_there_in_both_languages(open_panel: Open) -> None:
    assert NOT_FOR_NAVIGATION == "Not for navigation · 航行には使えません"
    desk, panel = open_panel()
    for size in ((1188, 592), (700, 400)):
        panel.resize(*size)
        for view in (None, with_capsule(desk.view(MAIN_NS), *ZONE, 4202)):
            if view is not None:
                panel.refresh(view)
            picture = panel.canvas.grab().toImage()
            foot = range(size[1] - 44, size[1] - 20)
            bright = [x for x in range(size[0] // 3, size[0]) if any(
                picture.pixelColor(x, y).lightness() > 200 for y in foot)]  # fmt: skip
            assert bright[-1] - bright[0] > 190
            assert bright[-1] < size[0] - 8


def test_the_middle_of_the_view_is_the_middle_of_the_projection(open_panel: Open) -> None:
    """PROJ's own azimuthal equidistant projection around the centre gives each pixel, far pans later too."""
    _, panel = open_panel()
    canvas = panel.canvas
    canvas.look_at((20.0, 50.0), 3_000.0)
    canvas.grab()
    canvas.look_at((-170.0, 60.0), 5_000.0)
    crs = pyproj.CRS.from_dict({"proj": "aeqd", "lon_0": -170.0, "lat_0": 60.0, "ellps": "WGS84"})
    to_map = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    for place in ((-170.0, 65.0), (170.0, 55.0), (-150.0, 52.0)):
        x, y = to_map.transform(*place)
        at = canvas.pixel_of(place)
        assert at.x() == pytest.approx(canvas.width() / 2 + x / 5_000.0, abs=0.01)
        assert at.y() == pytest.approx(canvas.height() / 2 - y / 5_000.0, abs=0.01)
        assert canvas.place_at(at) == pytest.approx(place, abs=1e-6)


def on_land(level: str, longitude: float, latitude: float) -> bool:
    """Ray casting to the west over the rings as they are kept, written for this test."""
    land, inside = coast(level), False
    for start, end in zip(land.rings[:-1], land.rings[1:], strict=True):
        a, b = land.longitude_deg[start:end], land.latitude_deg[start:end]
        if not b.min() <= latitude <= b.max():
            continue
        a2, b2 = np.roll(a, -1), np.roll(b, -1)
        up = (b > latitude) != (b2 > latitude)
        x = a[up] + (latitude - b[up]) * (a2[up] - a[up]) / (b2[up] - b[up])
        inside ^= any(int((x < longitude + turn).sum()) % 2 for turn in (-360, 0, 360))
    return inside


@pytest.mark.parametrize("metres_per_px", [300.0, 3_000.0, 12_000.0, 24_000.0])
def test_land_is_never_turned_inside_out(metres_per_px: float) -> None:
    """Rings round the far point, and rings all round the view, at places over the whole Earth."""
    level = level_for(metres_per_px)
    reach = metres_per_px * 660.0
    for n in range(12):
        # A spiral over the sphere: even, and the same in each run
        centre = (n * 137.5 % 360 - 180, math.degrees(math.asin((n + 0.5) / 6 - 1)))
        projection = projection_around(centre)
        path = land_path(coast(level), centre, 1.5 * reach, projection, metres_per_px)
        for k in range(12):
            away, turn = reach * math.sqrt((k + 0.5) / 12), k * 2.4
            x, y = away * math.cos(turn), away * math.sin(turn)
            longitude, latitude = projection(x, y, inverse=True)
            assert path.contains(QPointF(x, y)) == on_land(level, longitude, latitude), (centre, k)


def test_words_of_places() -> None:
    assert position_text(24.557417, 153.379550) == "24°33.445′ N  153°22.773′ E"
    assert minutes_text(-33.15, "NS") == "33°09.000′ S"
    assert minutes_text(9.9999999, "EW") == "010°00.000′ E"
    assert angle_text(153.25, "EW", 0.25) == "153°15′E"
    assert angle_text(-30.0, "NS", 5.0) == "30°S"
    assert distance_text(361.4) == "361 m"
    assert distance_text(11_640) == "11.6 km"
    assert distance_text(1_880_000) == "1\u202f880 km"


def test_angles_keep_off_the_buttons(open_panel: Open) -> None:
    desk, panel = open_panel()
    panel.refresh(desk.view(MAIN_NS))
    drawn: list[QPointF] = []

    class Recording(QPainter):
        def drawText(self, at: QPointF, words: str) -> None:  # type: ignore[override]
            if "N" in words:
                drawn.append(QPointF(at))

    bar = panel.buttons["all"].parentWidget().geometry().toRectF()
    view = panel.canvas._sight()
    image = QImage(panel.canvas.size(), QImage.Format.Format_RGB32)
    for tenth in range(300, 320):  # the parallel goes down the left edge, under the buttons too
        view.look_at((156.0, tenth / 10), 1200.0)
        painter = Recording(image)
        paint_graticule(painter, view, panel.canvas.covered)
        painter.end()
    assert len(drawn) > 20
    assert not [at for at in drawn if bar.adjusted(0, 0, 0, 12).contains(at)]
