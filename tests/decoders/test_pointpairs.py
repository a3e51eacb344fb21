"""Calibration points worked out by hand, against numpy's own interpolation, and through the CSV and SQL."""

from __future__ import annotations

import math
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.calibration import NO_VALUE, calibrate, calibrate_one, text
from decoders.mission.csv import packet_from_csv, write_packet_csv
from decoders.mission.model import DefinitionError, Parameter, PointPairs, Polynomial
from decoders.pointpairs import raw_of
from tests.console.archive_scene import Scene, packet, query

POINTS = ((0.0, -40.0), (100.0, 10.0), (200.0, 110.0))
LINES, STEPS = PointPairs(POINTS), PointPairs(POINTS, order=0)
LINES_ON, STEPS_ON = PointPairs(POINTS, extrapolate=True), PointPairs(POINTS, order=0, extrapolate=True)
RAW = [-10.0, 0.0, 50.0, 100.0, 199.0, 200.0, 220.0]
NAN = math.nan
BY_HAND = {
    # 0.5 a count up to 100, 1 a count from there.
    LINES: [NAN, -40.0, -15.0, 10.0, 109.0, 110.0, NAN],
    LINES_ON: [-45.0, -40.0, -15.0, 10.0, 109.0, 110.0, 130.0],
    STEPS: [NAN, -40.0, -40.0, 10.0, 10.0, 110.0, NAN],
    STEPS_ON: [-40.0, -40.0, -40.0, 10.0, 10.0, 110.0, 110.0],
}


def thermistor(calibration: PointPairs) -> Parameter:
    return Parameter("t", "float", 64, calibration=calibration)


@pytest.mark.parametrize("points", BY_HAND)
def test_points_by_hand(points: PointPairs) -> None:
    field = thermistor(points)
    np.testing.assert_array_equal(calibrate(field, np.array(RAW)), BY_HAND[points])
    np.testing.assert_array_equal([calibrate_one(field, raw) for raw in RAW], BY_HAND[points])
    assert math.isnan(calibrate_one(field, NAN))


def test_the_way_back_by_hand() -> None:
    assert [raw_of(LINES, value) for value in (-99.0, -40.0, -15.0, 60.0, 110.0)] == [0, 0, 50, 150, 200]
    assert raw_of(PointPairs(((0.0, 5.0), (10.0, 1.0))), 2.0) == 7.5


def test_what_is_read_where_there_is_no_value() -> None:
    assert text(thermistor(LINES), 201) == NO_VALUE
    assert text(thermistor(LINES), 50) == "-15.0"
    assert text(thermistor(LINES_ON), 220) == "130.0"


def test_two_dimensions_and_absent_values() -> None:
    raw = np.array([[0, 300], [100, 200]], np.uint16)
    np.testing.assert_array_equal(calibrate(thermistor(LINES), raw), [[-40.0, NAN], [10.0, 110.0]])
    masked = np.ma.MaskedArray(np.array([100, 100], np.uint8), [False, True])
    np.testing.assert_array_equal(calibrate(thermistor(LINES), masked), [10.0, NAN])


finite = st.floats(-1e6, 1e6, width=32)
tables = st.lists(st.tuples(finite, finite), min_size=2, max_size=40, unique_by=lambda p: p[0]).map(
    lambda points: tuple(sorted(points))
)


@given(tables, st.lists(st.floats(-2e6, 2e6), min_size=1, max_size=50))
def test_lines_are_those_of_numpy(points: tuple[tuple[float, float], ...], raw: list[float]) -> None:
    field = thermistor(PointPairs(points))
    x, y = zip(*points, strict=True)
    values = np.array([*raw, *x])
    found = calibrate(field, values)
    expected = np.interp(values, x, y, left=NAN, right=NAN)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * max(map(abs, y)))
    assert found[len(raw) :].tolist() == list(y)  # each point is met exactly
    np.testing.assert_array_equal(found, [calibrate_one(field, each) for each in values])


@given(tables, st.sampled_from([0, 1]), st.booleans(), st.lists(st.floats(-2e6, 2e6), max_size=20))
@settings(max_examples=40, deadline=None)
def test_sql_shows_what_the_decoders_compute(
    points: tuple[tuple[float, float], ...], order: int, extrapolate: bool, raw: list[float]
) -> None:
    field = Parameter("t", "float", 64, calibration=PointPairs(points, order, extrapolate))
    values = [*raw, *(x for x, _ in points)]
    with TemporaryDirectory() as folder:
        scene = Scene(Path(folder) / "a.okaeri", packet("hk", field))
        scene.send("hk", [{"t": each} for each in values])
        scene.close()
        shown = [row[0] for row in query(scene.path, "SELECT t FROM ship__hk ORDER BY id")]
    expected = calibrate(field, np.array(values))
    np.testing.assert_array_equal([NAN if each is None else each for each in shown], expected)


@given(tables, st.sampled_from([0, 1]), st.booleans())
def test_the_csv_keeps_them(points: tuple[tuple[float, float], ...], order: int, extrapolate: bool) -> None:
    before = Parameter("t", "uint", 16, 48, calibration=PointPairs(points, order, extrapolate))
    content = write_packet_csv(packet("hk", before))
    assert packet_from_csv(content, file="hk.csv", name="hk").parameters[-1].calibration == before.calibration


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ('{"points": [[0, 1]]}', "1 points"),
        ('{"points": [[0, 1], [0, 2]]}', "the point at 0 stands behind the one at 0"),
        ('{"points": [[5, 1], [4, 2]]}', "the point at 4 stands behind the one at 5"),
        ('{"points": [[0, 1], [1]]}', "points that are no pairs"),
        ('{"points": [[0, 1], [1, "a"]]}', "coefficient 'a' is not a number"),
        ('{"points": [[0, 1], [1, 2]], "order": 2}', "order 2"),
        ('{"points": [[0, 1], [1, 2]], "extrapolate": 1}', "extrapolate 1"),
        ('{"points": [[0, 1], [1, 2]], "extrapolat": true}', "Did you mean 'extrapolate'?"),
    ],
)
def test_points_that_cannot_be_used(cell: str, message: str) -> None:
    quoted = cell.replace('"', '""')
    with pytest.raises(DefinitionError, match=r"hk\.csv:2:calibration") as bad:
        packet_from_csv(
            f'name,data_type,bit_length,calibration\nt,uint,8,"{quoted}"\n', file="hk.csv", name="hk"
        )
    assert message in str(bad.value)


def test_polynomials_are_still_written_as_lists() -> None:
    field = Parameter("v", "uint", 16, 48, calibration=Polynomial((1.0, 0.5)))
    assert "[1.0, 0.5]" in write_packet_csv(packet("hk", field))
