"""Alarms and calibrations in context of an XTCE 1.2 database, as limits; the database is written by hand."""

from __future__ import annotations

import numpy as np

from decoders.limits import Judge
from decoders.mission.csv import packet_from_csv, write_packet_csv
from decoders.mission.model import Band, ContextLimits, Limits, Parameter, PointPairs, Severity
from decoders.mission.xtce import XtceReading, read_xtce

N, C, S, X = Severity
HEAD = """<?xml version="1.0"?>
<SpaceSystem xmlns="http://www.omg.org/spec/XTCE/20180204" name="t"><TelemetryMetaData><ParameterTypeSet>
<EnumeratedParameterType name="mode_t"><IntegerDataEncoding sizeInBits="8"/><EnumerationList>
<Enumeration value="0" label="OFF"/><Enumeration value="1" label="SAFE"/>
<Enumeration value="2" label="FAULT"/>
</EnumerationList>{mode}</EnumeratedParameterType>
<FloatParameterType name="volts_t"><UnitSet><Unit>V</Unit></UnitSet>
<IntegerDataEncoding sizeInBits="8">{encoding}</IntegerDataEncoding>{volts}</FloatParameterType>
<IntegerParameterType name="header_t"><IntegerDataEncoding sizeInBits="48"/></IntegerParameterType>
</ParameterTypeSet><ParameterSet>
<Parameter name="header" parameterTypeRef="header_t"/><Parameter name="mode" parameterTypeRef="mode_t"/>
<Parameter name="volts" parameterTypeRef="volts_t"/><Parameter name="far" parameterTypeRef="mode_t"/>
</ParameterSet><ContainerSet><SequenceContainer name="hk"><EntryList>
<ParameterRefEntry parameterRef="header"/><ParameterRefEntry parameterRef="mode"/>
<ParameterRefEntry parameterRef="volts"/></EntryList></SequenceContainer></ContainerSet>
</TelemetryMetaData></SpaceSystem>"""
MATCH = '<ContextMatch><Comparison parameterRef="{0}" value="{1}"/></ContextMatch>'


def read(mode: str = "", volts: str = "", encoding: str = "") -> XtceReading:
    text = HEAD.format(mode=mode, volts=volts, encoding=encoding)
    return read_xtce(text.encode(), file="t.xml")


def volts_of(reading: XtceReading) -> Parameter:
    assert not reading.errors
    return reading.definitions[0].parameter("volts")


def test_five_ranges_keep_their_ends() -> None:
    found = volts_of(
        read(
            volts="""<DefaultAlarm minViolations="3"><StaticAlarmRanges>
            <WatchRange minInclusive="10" maxExclusive="20"/><WarningRange minExclusive="8"/>
            <DistressRange maxInclusive="25"/><CriticalRange minInclusive="5" maxInclusive="30"/>
            <SevereRange minInclusive="1" maxInclusive="40"/></StaticAlarmRanges></DefaultAlarm>"""
        )
    ).limits
    assert found == Limits(
        Band(8, None, lo_inclusive=False), Band(None, 25), Band(5, 30), 3, 0.0,
        Band(10, 20, hi_inclusive=False), Band(1, 40),
    )  # fmt: skip


def test_the_ranges_of_an_alarm_of_change() -> None:
    found = volts_of(
        read(
            volts="""<DefaultAlarm><ChangeAlarmRanges><WarningRange minInclusive="-2" maxInclusive="2"/>
            </ChangeAlarmRanges></DefaultAlarm>"""
        )
    ).limits
    assert found is not None
    assert found.levels == ()
    assert found.rate == Limits(Band(-2, 2), min_violations=1, deadband_fraction=0.0)


def test_what_cannot_be_told_of_a_change_is_noted() -> None:
    for attributes, words in (
        ('changeType="changePerSample"', "changes per sample"),
        ('changeBasis="percentageChange"', "changes in percent"),
        ('rangeForm="inside"', "alarm inside"),
    ):
        reading = read(
            volts=f"""<DefaultAlarm><ChangeAlarmRanges {attributes}><WarningRange minInclusive="0"/>
            </ChangeAlarmRanges></DefaultAlarm>"""
        )
        assert volts_of(reading).limits is None
        (note,) = reading.unsupported
        assert words in str(note)
        assert note.line > 1


def test_states_and_their_default() -> None:
    reading = read(
        mode="""<DefaultAlarm defaultAlarmLevel="watch"><EnumerationAlarmList>
        <EnumerationAlarm alarmLevel="severe" enumerationLabel="FAULT"/>
        <EnumerationAlarm alarmLevel="normal" enumerationLabel="OFF"/>
        <EnumerationAlarm alarmLevel="distress" enumerationLabel="SAFE"/>
        </EnumerationAlarmList></DefaultAlarm>"""
    )
    mode = reading.definitions[0].parameter("mode")
    assert mode.limits is not None
    assert mode.limits.states == (("FAULT", X), ("OFF", N), ("SAFE", S))
    assert Judge.of(mode).severity(np.array([0.0, 1.0, 2.0, 3.0])).tolist() == [0, 2, 3, 1]


def test_contexts_of_alarms_and_calibrations() -> None:
    reading = read(
        encoding=f"""<ContextCalibratorList><ContextCalibrator>{MATCH.format("mode", "SAFE")}<Calibrator>
        <SplineCalibrator extrapolate="true"><SplinePoint raw="0" calibrated="0"/>
        <SplinePoint raw="10" calibrated="5"/></SplineCalibrator></Calibrator></ContextCalibrator>
        </ContextCalibratorList>""",
        volts=f"""<ContextAlarmList><ContextAlarm>{MATCH.format("mode", "SAFE")}<StaticAlarmRanges>
        <WarningRange minInclusive="0" maxInclusive="9"/></StaticAlarmRanges></ContextAlarm>
        <ContextAlarm>{MATCH.format("far", "SAFE")}</ContextAlarm></ContextAlarmList>""",
    )
    volts = volts_of(reading)
    (calibrated,) = volts.context_calibrations
    assert calibrated.calibration == PointPairs(((0, 0), (10, 5)), extrapolate=True)
    # What another packet tells is left out, and told.
    fine = Limits(Band(0, 9), min_violations=1, deadband_fraction=0.0)
    assert [each.limits for each in volts.context_limits] == [fine]
    (note,) = reading.unsupported
    assert "far" in str(note)
    assert "left out" in str(note)
    # A mission folder says the same.
    again = packet_from_csv(write_packet_csv(reading.definitions[0]), file="hk.csv", name="hk")
    assert again.parameter("volts").context_limits == (ContextLimits(volts.context_limits[0].when, fine),)
    assert again.parameter("volts").context_calibrations == volts.context_calibrations


def test_what_a_mission_folder_could_not_hold_is_noted() -> None:
    points = "".join(f'<SplinePoint raw="{i}" calibrated="{i}"/>' for i in range(1001))
    reading = read(
        encoding=f"<DefaultCalibrator><SplineCalibrator>{points}</SplineCalibrator></DefaultCalibrator>",
        volts='<DefaultAlarm minViolations="1e300"><StaticAlarmRanges><WarningRange minInclusive="4" '
        'maxInclusive="1"/><SevereRange minInclusive="nan"/></StaticAlarmRanges></DefaultAlarm>',
    )
    volts = volts_of(reading)
    assert (volts.calibration, volts.limits) == (None, None)
    words = sorted(note.message for note in reading.unsupported)
    assert words == [
        "a range from 4 to 1 is empty",
        "a spline of order 1 through 1001 points is not read",
        "minInclusive 'nan' is no number",
    ]
    alarm = f"<ContextAlarm>{MATCH.format('mode', 'SAFE')}</ContextAlarm>"
    many = read(volts=f"<ContextAlarmList>{alarm * 70}</ContextAlarmList>")
    assert len(volts_of(many).context_limits) == 64
    assert "70 contexts" in str(many.unsupported[0])


def test_labels_have_no_contexts() -> None:
    term = "<Term coefficient='2' exponent='1'/>"
    calibrator = f"<Calibrator><PolynomialCalibrator>{term}</PolynomialCalibrator></Calibrator>"
    contexts = f"<ContextCalibrator>{MATCH.format('volts', '1')}{calibrator}</ContextCalibrator>"
    text = HEAD.format(mode="", volts="", encoding="").replace(
        'name="mode_t"><IntegerDataEncoding sizeInBits="8"/>',
        'name="mode_t"><IntegerDataEncoding sizeInBits="8"><ContextCalibratorList>'
        f"{contexts}</ContextCalibratorList></IntegerDataEncoding>",
    )
    (packet,) = read_xtce(text.encode(), file="t.xml").definitions
    assert packet.parameter("mode").context_calibrations == ()
    assert packet_from_csv(write_packet_csv(packet), file="hk.csv", name="hk").parameter("mode").calibration
