"""Types that extend others (XTCE 1.2 ``baseType``): all of the base, but for what the type says itself."""

from __future__ import annotations

import pytest
from xtce_scene import container, database, decode, parameter, read

from decoders.mission.model import Enumeration, Polynomial

VOLTAGE = (
    '<IntegerParameterType name="voltage" shortDescription="a voltage"><UnitSet><Unit>V</Unit></UnitSet>'
    '<IntegerDataEncoding sizeInBits="16"><DefaultCalibrator><PolynomialCalibrator>'
    '<Term coefficient="0.5" exponent="1"/></PolynomialCalibrator></DefaultCalibrator></IntegerDataEncoding>'
    '<DefaultAlarm><StaticAlarmRanges><CriticalRange minInclusive="24"/></StaticAlarmRanges></DefaultAlarm>'
    "</IntegerParameterType>"
)


def test_a_type_has_all_of_its_base() -> None:
    types = VOLTAGE + '<IntegerParameterType name="bus" baseType="voltage"/>'
    text = database(types, parameter("BUS", "bus"), container("HK", "BUS"))
    assert decode(text, b"\x01\x02")["BUS"] == [0x102]
    (bus,) = [each for each in read(text).definitions[0].parameters if each.name == "BUS"]
    assert (bus.unit, bus.description, bus.calibration) == ("V", "a voltage", Polynomial((0.0, 0.5)))
    assert bus.limits is not None
    assert bus.limits.critical is not None
    assert bus.limits.critical.lo == 24


def test_what_a_type_says_itself_counts() -> None:
    types = (
        VOLTAGE
        + '<IntegerParameterType name="bus" baseType="voltage" shortDescription="the main bus">'
        + '<FloatDataEncoding sizeInBits="32"/></IntegerParameterType>'
        + '<IntegerParameterType name="cell" baseType="bus"><UnitSet><Unit>mV</Unit></UnitSet></IntegerParameterType>'
    )
    text = database(
        types, parameter("BUS", "bus") + parameter("CELL", "cell"), container("HK", "BUS", "CELL")
    )
    values = decode(text, bytes.fromhex("40200000BF800000"))
    assert (values["BUS"], values["CELL"]) == ([2.5], [-1.0])
    bus, cell = read(text).definitions[0].parameters[-2:]
    assert (bus.unit, bus.description, bus.calibration) == ("V", "the main bus", None)
    assert (cell.unit, cell.description) == ("mV", "the main bus")


def test_an_enumeration_extends_a_number() -> None:
    types = (
        '<EnumeratedParameterType name="mode" baseType="u8"><EnumerationList>'
        '<Enumeration value="1" label="SAFE"/></EnumerationList></EnumeratedParameterType>'
    )
    text = database(types, parameter("MODE", "mode"), container("HK", "MODE"))
    assert decode(text, b"\x01")["MODE"] == [1]
    assert read(text).definitions[0].parameters[-1].calibration == Enumeration({1: "SAFE"})


@pytest.mark.parametrize(("types", "words"), [
    ('<IntegerParameterType name="odd" baseType="nobody"/>', "no parameter type 'nobody' to extend"),
    (
        '<IntegerParameterType name="odd" baseType="even"/><IntegerParameterType name="even" baseType="odd"/>',
        "extend each other",
    ),
])  # fmt: skip
def test_a_base_that_is_none(types: str, words: str) -> None:
    """The parameter is told with its line, and the packets of other containers stay."""
    containers = container("HK", "ODD") + container(
        "OTHER", "FINE", where='<Comparison parameterRef="APID" value="101"/>'
    )
    reading = read(database(types, parameter("ODD", "odd") + parameter("FINE", "u8"), containers))
    assert any(words in str(each) and each.line for each in reading.unsupported), reading.unsupported
    assert "OTHER" in [each.name for each in reading.definitions]
