"""XTCE databases by the commands: what they hold, and the mission folder that decodes the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

XTCE = """<?xml version="1.0"?>
<SpaceSystem name="Two Moons" xmlns="http://www.omg.org/spec/XTCE/20180204">
 <TelemetryMetaData>
  <ParameterTypeSet>
   <IntegerParameterType name="u3"><IntegerDataEncoding sizeInBits="3"/></IntegerParameterType>
   <IntegerParameterType name="u1"><IntegerDataEncoding sizeInBits="1"/></IntegerParameterType>
   <IntegerParameterType name="u11"><IntegerDataEncoding sizeInBits="11"/></IntegerParameterType>
   <IntegerParameterType name="u16"><IntegerDataEncoding sizeInBits="16"/></IntegerParameterType>
   <EnumeratedParameterType name="kind"><IntegerDataEncoding sizeInBits="8"/><EnumerationList>
    <Enumeration value="1" label="HK"/><Enumeration value="2" label="LOG"/></EnumerationList>
   </EnumeratedParameterType>
   <FloatParameterType name="volts"><UnitSet><Unit>V</Unit></UnitSet>
    <IntegerDataEncoding sizeInBits="16" encoding="twosComplement"><DefaultCalibrator>
     <PolynomialCalibrator><Term coefficient="0.5" exponent="1"/><Term coefficient="-1" exponent="0"/>
     </PolynomialCalibrator></DefaultCalibrator></IntegerDataEncoding>
    <DefaultAlarm minViolations="3"><StaticAlarmRanges><WarningRange minInclusive="-10" maxInclusive="10"/>
    </StaticAlarmRanges></DefaultAlarm></FloatParameterType>
   <StringParameterType name="words"><StringDataEncoding encoding="UTF-8"><SizeInBits>
    <TerminationChar>00</TerminationChar></SizeInBits></StringDataEncoding></StringParameterType>
   <FloatParameterType name="odd"><IntegerDataEncoding sizeInBits="8"><DefaultCalibrator>
    <MathOperationCalibrator/></DefaultCalibrator></IntegerDataEncoding></FloatParameterType>
  </ParameterTypeSet>
  <ParameterSet>
   <Parameter name="VERSION" parameterTypeRef="u3"/><Parameter name="TYPE" parameterTypeRef="u1"/>
   <Parameter name="SHF" parameterTypeRef="u1"/><Parameter name="APID" parameterTypeRef="u11"/>
   <Parameter name="SEQ" parameterTypeRef="u16"/><Parameter name="LEN" parameterTypeRef="u16"/>
   <Parameter name="KIND" parameterTypeRef="kind"/><Parameter name="VOLTS" parameterTypeRef="volts"/>
   <Parameter name="TEXT" parameterTypeRef="words"/><Parameter name="ODD" parameterTypeRef="odd"/>
  </ParameterSet>
  <ContainerSet>
   <SequenceContainer name="ROOT" abstract="true"><EntryList>
    <ParameterRefEntry parameterRef="VERSION"/><ParameterRefEntry parameterRef="TYPE"/>
    <ParameterRefEntry parameterRef="SHF"/><ParameterRefEntry parameterRef="APID"/>
    <ParameterRefEntry parameterRef="SEQ"/><ParameterRefEntry parameterRef="LEN"/>
    <ParameterRefEntry parameterRef="KIND"/></EntryList></SequenceContainer>
   <SequenceContainer name="HK"><EntryList><ParameterRefEntry parameterRef="VOLTS"/>
    <ParameterRefEntry parameterRef="ODD"/></EntryList>
    <BaseContainer containerRef="ROOT"><RestrictionCriteria><ComparisonList>
     <Comparison parameterRef="APID" value="100"/><Comparison parameterRef="KIND" value="HK"/>
    </ComparisonList></RestrictionCriteria></BaseContainer></SequenceContainer>
   <SequenceContainer name="LOG"><EntryList><ParameterRefEntry parameterRef="TEXT"/>
    <ParameterRefEntry parameterRef="VOLTS"/></EntryList>
    <BaseContainer containerRef="ROOT"><RestrictionCriteria><ComparisonList>
     <Comparison parameterRef="APID" value="100"/><Comparison parameterRef="KIND" value="LOG"/>
    </ComparisonList></RestrictionCriteria></BaseContainer></SequenceContainer>
  </ContainerSet>
 </TelemetryMetaData>
</SpaceSystem>
"""
PACKETS = [
    b"\1" + (-7).to_bytes(2, "big", signed=True) + b"\x05",
    b"\2hot\0" + (50).to_bytes(2, "big"),
    b"\2\0\0\x04",
]


def okaeri(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "console", *map(str, arguments)], capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "moons.xml"
    path.write_text(XTCE, encoding="utf-8")
    return path


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "moons.bin"
    packets = [
        b"\0\x64" + (0xC000 | n).to_bytes(2, "big") + (len(body) - 1).to_bytes(2, "big") + body
        for n, body in enumerate(PACKETS)
    ]
    path.write_bytes(b"".join(packets))
    return path


def test_check_lists_what_is_not_read_with_its_line(database: Path) -> None:
    done = okaeri("mission", "check", database)
    line = 1 + XTCE[: XTCE.index("<MathOperationCalibrator/>")].count("\n")
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert done.stderr.startswith(f"{database}:{line}:MathOperationCalibrator: ")
    assert (
        done.stdout == f"{database}: 2 packets, 6 parameters can be decoded; 1 thing(s) of it are not read\n"
    )


def rows(folder: Path, packet: str) -> list[list[str]]:
    text = (folder / f"{packet}.csv").read_text(encoding="utf-8")
    return [line.split(",") for line in text.splitlines()]


def test_a_mission_folder_of_it_decodes_the_same(database: Path, recording: Path, tmp_path: Path) -> None:
    folder = tmp_path / "moons"
    assert okaeri("mission", "convert", database, "-o", folder).returncode == 0
    checked = okaeri("mission", "check", folder)
    assert (checked.returncode, checked.stderr) == (0, "")
    for definitions, out in ((database, tmp_path / "a"), (folder, tmp_path / "b")):
        done = okaeri("decode", recording, "--definitions", definitions, "-o", out)
        assert (done.returncode, "passed over" in done.stderr) == (0, False), done.stderr
        hk, log = rows(out, "HK"), rows(out, "LOG")
        values = dict(zip(hk[0], hk[1], strict=True))
        assert (len(hk), values["HK.KIND"], values["HK.VOLTS"], values["ODD"]) == (2, "HK", "-4.5", "5")
        told = [dict(zip(log[0], row, strict=True)) for row in log[1:]]
        assert [(t["LOG.KIND"], t["TEXT"], t["LOG.VOLTS"]) for t in told] == [
            ("LOG", "hot", "24.0"), ("LOG", "", "1.0"),
        ]  # fmt: skip
    assert rows(tmp_path / "a", "HK") == rows(tmp_path / "b", "HK")


def test_refusals(database: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("")
    done = okaeri("mission", "convert", database, "-o", tmp_path / "full")
    assert (done.returncode, "already there" in done.stderr) == (2, True)
    done = okaeri("mission", "check", tmp_path / "none.xml")
    assert (done.returncode, "cannot be read" in done.stderr) == (2, True)
    done = okaeri("mission", "check", database, "--root", "NOTHING")
    assert (done.returncode, "no container 'NOTHING'" in done.stderr) == (2, True)
    (tmp_path / "bad.xml").write_text("<SpaceSystem><Telemetry")
    done = okaeri("mission", "check", tmp_path / "bad.xml")
    assert (done.returncode, "bad.xml:1: not XML" in done.stderr) == (2, True)


def test_a_real_database_and_its_mission_folder_give_the_same_values(
    tmp_path: Path, real_telemetry: Callable[[str], tuple[Path, Path]]
) -> None:
    data, _ = real_telemetry("jpss1")
    database, folder = data.parent / "jpss1_geolocation_xtce_v1.xml", tmp_path / "jpss"
    assert okaeri("mission", "convert", database, "-o", folder).returncode == 0
    outputs = []
    for definitions in (database, folder):
        out = tmp_path / f"{definitions.stem}.csv"
        assert okaeri("decode", data, "--definitions", definitions, "-o", out).returncode == 0
        outputs.append(out.read_bytes())
    assert outputs[0] == outputs[1]
    assert outputs[0].count(b"\n") == 7_201
