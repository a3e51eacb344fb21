"""XTCE against space_packet_parser on real telemetry; what is not read, and what strangers send."""

import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from xtce_scene import container, database, parameter, read, values

from decoders.layout import Layout
from decoders.mission.model import Band, PointPairs, Polynomial, TimeFormat
from decoders.mission.xtce import read_xtce
from decoders.packet_index import index_packets


def test_real_packets_have_the_values_of_space_packet_parser(real_telemetry):
    import space_packet_parser
    from space_packet_parser.xtce.definitions import XtcePacketDefinition

    data, _ = real_telemetry("jpss1")
    xml = data.parent / "jpss1_geolocation_xtce_v1.xml"
    reading = read_xtce(xml.read_bytes(), file=xml.name)
    assert reading.errors == reading.unsupported == []
    (definition,) = reading.definitions
    assert (definition.name, definition.apid) == ("JPSS_ATT_EPHEM", 11)
    octets = data.read_bytes()[: 71 * 400]
    starts, lengths, _ = index_packets(octets)
    ours = Layout(definition).decode(octets, starts, lengths)
    theirs = XtcePacketDefinition.from_xtce(xml)
    for row, packet in enumerate(space_packet_parser.ccsds_generator(octets)):
        found = theirs.parse_bytes(packet)
        assert set(found) == set(ours)
        assert {name: value.raw_value for name, value in found.items()} == {
            name: ours[name][row] for name in ours
        }
    assert row == 399


def with_encoding(kind, inside, more="", unit=""):
    units = f"<UnitSet><Unit>{unit}</Unit></UnitSet>" if unit else ""
    return (
        f'<{kind}ParameterType name="T">{units}<IntegerDataEncoding sizeInBits="8" encoding="twosComplement">'
        f"{inside}</IntegerDataEncoding>{more}</{kind}ParameterType>"
    )


def definition_of(kind, *names, parameters=""):
    reading = read(database(kind, parameter("X", "T") + parameters, container("P", *names, "X")))
    assert reading.errors == []
    return reading, reading.definitions[0].parameter("X")


POINT = '<SplinePoint raw="{}" calibrated="{}"/>'


def test_calibrators():
    terms = '<Term coefficient="2" exponent="1"/><Term coefficient="-1" exponent="0"/><Term coefficient="0.5" exponent="3"/>'
    polynomial = (
        f"<DefaultCalibrator><PolynomialCalibrator>{terms}</PolynomialCalibrator></DefaultCalibrator>"
    )
    reading, x = definition_of(with_encoding("Float", polynomial, unit="degC"))
    assert (x.calibration, x.unit) == (Polynomial((-1.0, 2.0, 0.0, 0.5)), "degC")
    assert values(reading, b"\2")[1]["X"] == [-1 + 4 + 4.0]
    for order, extrapolate in ((1, "false"), (1, "true"), (0, "false")):
        points = POINT.format(10, 100) + POINT.format(0, 0)  # in no order
        spline = (
            f'<DefaultCalibrator><SplineCalibrator order="{order}" extrapolate="{extrapolate}">{points}'
            "</SplineCalibrator></DefaultCalibrator>"
        )
        reading, x = definition_of(with_encoding("Float", spline))
        assert x.calibration == PointPairs(((0.0, 0.0), (10.0, 100.0)), order, extrapolate == "true")


def test_calibrators_in_context():
    context = (
        '<ContextCalibratorList><ContextCalibrator><ContextMatch><Comparison parameterRef="MODE" value="1"/>'
        '</ContextMatch><Calibrator><PolynomialCalibrator><Term coefficient="10" exponent="1"/>'
        "</PolynomialCalibrator></Calibrator></ContextCalibrator></ContextCalibratorList>"
    )
    reading, x = definition_of(with_encoding("Float", context), "MODE", parameters=parameter("MODE", "u8"))
    assert x.calibration is None
    assert [each.calibration for each in x.context_calibrations] == [Polynomial((0.0, 10.0))]
    assert x.context_calibrations[0].when == "raw(MODE) == 1"
    assert values(reading, b"\1\5", b"\2\5")[0]["X"] == [5, 5]


def test_alarm_ranges_of_every_level():
    ranges = "".join(
        f'<{name}Range {side}="{number}"/>'
        for name, side, number in (
            ("Watch", "maxInclusive", 10), ("Warning", "maxExclusive", 20), ("Distress", "minInclusive", -30),
            ("Critical", "maxInclusive", 40), ("Severe", "maxInclusive", 50),
        )
    )  # fmt: skip
    alarm = f'<DefaultAlarm minViolations="4"><StaticAlarmRanges>{ranges}</StaticAlarmRanges></DefaultAlarm>'
    _, x = definition_of(with_encoding("Float", "", alarm))
    assert x.limits is not None
    assert x.limits.min_violations == 4
    assert (x.limits.watch, x.limits.caution) == (Band(None, 10.0), Band(None, 20.0, hi_inclusive=False))
    assert (x.limits.serious, x.limits.critical) == (Band(-30.0, None), Band(None, 40.0))
    assert x.limits.severe == Band(None, 50.0)


def test_times():
    kind = (
        '<AbsoluteTimeParameterType name="T"><Encoding units="seconds" scale="0.0000152587890625">'
        '<IntegerDataEncoding sizeInBits="48"/></Encoding><ReferenceTime><Epoch>TAI</Epoch></ReferenceTime>'
        "</AbsoluteTimeParameterType>"
    )
    reading, x = definition_of(kind)
    assert x.role == "time"
    assert reading.definitions[0].time == TimeFormat("cuc", coarse_octets=4, fine_octets=2, epoch="tai")
    relative = (
        '<RelativeTimeParameterType name="T"><Encoding units="seconds" scale="0.001" offset="2">'
        '<IntegerDataEncoding sizeInBits="16"/></Encoding></RelativeTimeParameterType>'
    )
    reading, x = definition_of(relative)
    assert (x.unit, x.calibration, x.role) == ("s", Polynomial((2.0, 0.001)), "")


UNREAD = {
    "<IntegerDataEncoding sizeInBits='70'/>": "70 bits",
    "<FloatDataEncoding sizeInBits='80'/>": "80 bits",
    "<IntegerDataEncoding sizeInBits='8' encoding='gray'/>": "gray",
    "": "no data encoding",
    "<IntegerDataEncoding sizeInBits='many'/>": "'many' is no number",
}


@pytest.mark.parametrize("encoding", UNREAD)
def test_a_packet_whose_bits_cannot_be_told_is_left_out_alone(encoding):
    text = database(
        f'<IntegerParameterType name="T">{encoding}</IntegerParameterType>',
        parameter("X", "T") + parameter("Y", "u8"),
        container("P", "X") + container("Q", "Y", where='<Comparison parameterRef="APID" value="101"/>'),
    )
    reading = read(text)
    assert [each.name for each in reading.definitions] == ["Q"]
    (note,) = reading.unsupported
    assert UNREAD[encoding] in note.message
    assert "packet type P is left out" in note.message
    place = (
        text[: text.index(encoding.replace("><", ">\n<") or '<IntegerParameterType name="T"')].count("\n") + 1
    )
    assert (note.file, note.line) == ("x.xml", place)
    assert values(reading, b"\5", apid=101)[0] == {"Y": [5]}


@pytest.mark.parametrize(("names", "containers", "words"), [
    ("", container("P", "NOTHING"), "no parameter 'NOTHING'"),
    (parameter("X", "NOTYPE"), container("P", "X"), "no parameter type 'NOTYPE'"),
    ("", container("P", base="NOBASE"), "no container 'NOBASE'"),
    ("", container("P", '<ContainerRefEntry containerRef="GONE"/>'), "no container 'GONE'"),
    (parameter("X", "u8"), container("P", "X", where="<NextContainer/>"), "NextContainer"),
    (parameter("X", "u8") * 2, container("P", "X"), "'X' is defined again"),
    ("", container("P", '<ContainerRefEntry containerRef="P"/>'), "nested more than"),
])  # fmt: skip
def test_broken_references_are_told_by_line(names, containers, words):
    good = container("GOOD", "APID", where='<Comparison parameterRef="APID" value="5"/>')
    reading = read(database("", names, containers + good))
    assert any(words in each.message and each.line > 1 for each in reading.unsupported)
    assert "GOOD" in [each.name for each in reading.definitions]


def test_containers_that_extend_each_other():
    circle = container("A", base="B", where="") + container("B", base="A", where="")
    reading = read(database("", "", circle + container("P", "APID")))
    assert [each.name for each in reading.definitions] == ["P"]


HOSTILE = {
    "not XML": b"hello",
    "nothing": b"",
    "another root": b"<html/>",
    "entities": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><SpaceSystem>&a;</SpaceSystem>',
    "a file": b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><SpaceSystem name="x"/>',
    "deep": b"<SpaceSystem>" * 500,
    "not UTF-8": b'<?xml version="1.0" encoding="utf-8"?><SpaceSystem name="\xff"/>',
    "an unknown coding": b'<?xml version="1.0" encoding="klingon"?><SpaceSystem/>',
    "empty": b'<SpaceSystem name="x"/>',
}


@pytest.mark.parametrize("what", HOSTILE)
def test_strangers_get_one_plain_error(what):
    reading = read_xtce(HOSTILE[what], file="x.xml")
    assert len(reading.errors) == 1
    assert str(reading.errors[0]).startswith("x.xml")
    assert reading.definitions == ()


def test_a_bomb_of_repetitions_is_bounded():
    many = "<RepeatEntry><Count><FixedValue>50000</FixedValue></Count></RepeatEntry>"
    boxes = "".join(
        f"<SequenceContainer name='C{n}'><EntryList><ContainerRefEntry containerRef='C{n + 1}'>{many}</ContainerRefEntry></EntryList></SequenceContainer>"
        for n in range(6)
    )
    last = "<SequenceContainer name='C6'><EntryList><ParameterRefEntry parameterRef='APID'/></EntryList></SequenceContainer>"
    text = database(
        "",
        "",
        boxes + last + container("P", '<ContainerRefEntry containerRef="C0"/>') + container("Q", "APID"),
    )
    began = time.process_time()
    reading = read(text)
    assert time.process_time() - began < 20
    assert [each.name for each in reading.definitions] == ["Q"]


BASE = database(
    with_encoding(
        "Float",
        "<DefaultCalibrator><PolynomialCalibrator><Term coefficient='2' exponent='1'/></PolynomialCalibrator></DefaultCalibrator>",
    ),
    parameter("X", "T") + parameter("N", "u8"),
    container("P", "N", "X"),
).encode()


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(BASE) - 1), st.integers(0, 30), st.binary(max_size=12)), max_size=4)
)
def test_any_damage_of_a_database(damage):
    text = BASE
    for at, gone, put in damage:
        text = text[:at] + put + text[at + gone :]
    reading = read_xtce(text, file="x.xml")
    assert bool(reading.definitions) != bool(reading.errors)
    for definition in reading.definitions:
        Layout(definition)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                sorted(
                    {part.split(b'"')[0] for part in BASE.split(b'="')[1:]}
                    | {b"P", b"-1", b"99999999999", b"", b"0", b"X", b"ROOT", b"1e400"}
                )
            ),
            st.integers(0, 200),
        ),
        max_size=3,
    )
)
def test_any_attribute_may_be_another(changes):
    parts = BASE.split(b'="')
    for value, at in changes:
        where = 1 + at % (len(parts) - 1)
        parts[where] = value + b'"' + parts[where].partition(b'"')[2]
    reading = read_xtce(b'="'.join(parts), file="x.xml")
    for definition in reading.definitions:
        Layout(definition)
