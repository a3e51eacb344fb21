"""Calibrated values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from decoders.calibration import calibrate, calibrate_one, label, labels, string_text, text
from decoders.mission.csv import packet_from_csv
from decoders.mission.model import Enumeration, Parameter, Polynomial

VOLTS = Parameter("v", "uint", 16, calibration=Polynomial((0.0, 0.001)), unit="V")
CELL = Parameter("cell", "uint", 12, calibration=Polynomial((1.0, 0.001)))
CUBIC = Parameter("t", "uint", 32, calibration=Polynomial((2000, -0.002766, 0.0000535, -0.00000000162)))
SWITCH = Parameter("s", "uint", 2, calibration=Enumeration({0: "OFF", 1: "ON"}))


def test_polynomials_by_hand() -> None:
    assert calibrate(VOLTS, np.array([28_123, 0], np.uint16)).tolist() == [28.123, 0.0]
    assert calibrate(CELL, np.array([2_650], np.uint16))[0] == pytest.approx(3.65, abs=1e-12)
    # At 1,000: 2000 − 2.766 + 53.5 − 1.62; at 10,000: 2000 − 27.66 + 5350 − 1620.
    values = calibrate(CUBIC, np.array([0, 1_000, 10_000], np.uint32))
    assert values.tolist() == pytest.approx([2_000.0, 2_049.114, 5_702.34], abs=1e-9)
    assert calibrate(Parameter("c", "uint", 8, calibration=Polynomial((4.0,))), np.array([9]))[0] == 4.0


def test_one_value_is_the_same_as_an_array() -> None:
    for parameter in (VOLTS, CELL, CUBIC, SWITCH, Parameter("x", "int", 8)):
        for raw in (0, 1, 77, 4095):
            assert calibrate_one(parameter, raw) == calibrate(parameter, np.array([raw]))[0]
    assert math.isnan(calibrate_one(Parameter("s", "str", 8), b"a"))
    inverted = Parameter("f", "float", 32, calibration=Polynomial((0.0, -1.0)))
    assert calibrate_one(inverted, math.inf) == calibrate(inverted, np.array([math.inf]))[0] == -math.inf


def test_an_unknown_value_reads_with_a_question_mark() -> None:
    raw = np.array([1, 0, 3, 1], np.uint8)
    assert labels(SWITCH, raw).tolist() == ["ON", "OFF", "3?", "ON"]
    assert calibrate(SWITCH, raw).tolist() == [1.0, 0.0, 3.0, 1.0]
    assert labels(SWITCH, raw.reshape(2, 2)).tolist() == [["ON", "OFF"], ["3?", "ON"]]
    assert labels(SWITCH, raw[:0]).shape == (0,)
    with pytest.raises(TypeError, match="v has no enumeration"):
        labels(VOLTS, raw)


def test_arrays_and_strings() -> None:
    rows = np.empty(2, object)
    rows[0], rows[1] = np.array([1_000, 2_000], np.uint16), np.array([], np.uint16)
    assert [row.tolist() for row in calibrate(VOLTS, rows)] == [[1.0, 2.0], []]
    assert [row.tolist() for row in labels(SWITCH, rows)] == [["1000?", "2000?"], []]
    strings = np.array([b"a", b"b"], object)
    assert np.isnan(calibrate(Parameter("s", "str", 8), strings)).all()


def test_labels_of_numbers_that_are_not_whole() -> None:
    """XTCE may give labels to a FloatDataEncoding; whatever its bits are has a text."""
    valve = Parameter("v", "float", 32, calibration=Enumeration({0: "SHUT", 1: "OPEN"}, ((5, 9, "MOVING"),)))
    raw = np.array([1, 0.5, 6.5, math.nan, math.inf], np.float32)
    wanted = ["OPEN", "0.5?", "MOVING", "nan?", "inf?"]
    assert labels(valve, raw).tolist() == wanted
    assert [text(valve, each) for each in raw] == wanted
    assert [text(valve, each) for each in raw.tolist()] == wanted


def test_texts() -> None:
    assert text(SWITCH, np.uint8(1)) == "ON"
    assert text(VOLTS, np.uint16(28_123)) == "28.123"
    assert text(Parameter("f", "float", 32), np.float32(0.1)) == "0.10000000149011612"
    assert text(Parameter("u", "uint", 8), np.uint8(7)) == "7"
    assert text(Parameter("s", "str", 32), b"ab\0\0") == "ab"
    assert text(VOLTS, None) == ""
    assert string_text(b"\xe3\x81\x8a\xff") == "お\\xff"


def test_ranges_of_an_enumeration() -> None:
    content = (
        'name,data_type,bit_length,calibration\nn,uint,32,"{""5"":""FIVE"",""[0,9]"":""LOW"",'
        '""[10,4000000000]"":""HIGH""}"\nm,uint,8,"{""[1,3]"":""SOME""}"\n'
    )
    wide, narrow = packet_from_csv(content, file="x", name="x").parameters
    raw = np.array([0, 5, 9, 10, 4_000_000_000, 4_000_000_001])
    assert labels(wide, raw).tolist() == ["LOW", "FIVE", "LOW", "HIGH", "HIGH", "4000000001?"]
    assert narrow.calibration == Enumeration({1: "SOME", 2: "SOME", 3: "SOME"})
    assert label(Enumeration({}), -4) == "-4?"
