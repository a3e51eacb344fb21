"""A set of definitions: each contradiction is named with file, line, column and the mend."""

from __future__ import annotations

from typing import Any

import pytest

from decoders.mission.check import PacketSource, check_packets, read_source
from decoders.mission.model import TimeFormat

GOOD = """\
name,data_type,bit_length,calibration,caution,serious,critical,role
{0}_time,uint,56,,,,,time
{0}_v,uint,16,"[0, 0.1]",10..20,5..25,<30,
{0}_mode,uint,2,"{{""0"":""OFF"",""3"":""ON""}}",,,,
{0}_spare,fill,6,,,,,spare
{0}_crc,uint,16,,,,,crc
"""
CUC = TimeFormat("cuc", has_p_field=True)


def source(content: str, name: str = "a", apid: int | None = 0x101, **more: Any) -> PacketSource:
    found, errors = read_source(
        content, file=f"{name}.csv", name=name, apid=apid, time=more.pop("time", CUC), **more
    )
    assert found is not None, errors
    return found


def texts(*sources: PacketSource) -> list[str]:
    return [str(error) for error in check_packets(sources)]


def test_a_good_set_has_no_errors() -> None:
    assert texts(source(GOOD.format("a")), source(GOOD.format("b"), "b", 0x102)) == []


def test_errors_of_a_file_come_with_its_lines() -> None:
    found, errors = read_source("name,data_type,bit_length\nx,unit,8\n", file="x.csv", name="x")
    assert found is None
    assert [(error.file, error.line, error.column) for error in errors] == [("x.csv", 2, "data_type")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("5..25", "12..25", "a.csv:3:serious: narrower than caution. Each range holds"),
        ("<30", "<24", "a.csv:3:critical: narrower than serious"),
        ('""3""', '""4""', "a.csv:4:enumeration: 4 does not fit 2 bits. Values go from 0 to 3"),
        ("fill,6,,,,,spare", "fill,5,,,,,spare", "a.csv:6:bit_length: the packet ends 1 bits short"),
        ("uint,56,,,,,time", "uint,56,,,,,", "a.csv: a: no field holds its cuc time. Give that field"),
        ("uint,56,,,,,time", "uint,64,,,,,time", "a.csv:2:bit_length: 64 bits, but the cuc time has 56"),
        ("uint,56,,,,,time", "uint,56,,1..2,,,time", "a.csv:2:caution: limits of a time field"),
        ("a_crc,uint,16", "a_crc,uint,8", "a.csv:6:role: the CRC is not the last 16 bits"),
    ],
)
def test_contradictions_in_one_packet(old: str, new: str, expected: str) -> None:
    content = GOOD.format("a")
    assert old in content
    assert texts(source(content.replace(old, new)))[0].startswith(expected)


def test_what_the_mission_says_and_the_file_does_not() -> None:
    body = "name,data_type,bit_length\nx,uint,8\n"
    assert texts(source(body, time=None, crc=True)) == [
        "a.csv: a: no field holds the CRC. Add a last line: crc,uint,16 with the role crc"
    ]
    assert texts(source(GOOD.format("a"), time=None)) == [
        "a.csv:2:role: no time format is given. Add time to the packet's table"
    ]
    assert "a.csv: a: epoch: 'launch' is not a UTC time" in texts(
        source(GOOD.format("a"), time=TimeFormat("cuc", True, epoch="launch"))
    )[0]  # fmt: skip
    assert "An APID is 0 to 2046" in texts(source(body, apid=2047, time=None))[0]


def test_names_that_mean_two_things() -> None:
    again = source(GOOD.format("A"), "A", 0x101)
    found = texts(source(GOOD.format("a")), again)
    alone = "Plots and alarms name a parameter alone: give it a name of its own"
    assert found == [
        "A.csv: packet 'A' is also defined in a.csv. "
        "Give each packet its own name; case does not tell them apart",
        "A.csv: APID 0x101 is also that of a. APIDs are unique over all vehicles, as packets are relayed",
        f"A.csv:3:name: 'A_v' is also a parameter of a (a.csv). {alone}",
        f"A.csv:4:name: 'A_mode' is also a parameter of a (a.csv). {alone}",
    ]


def test_two_phases_and_an_empty_packet() -> None:
    content = "name,data_type,bit_length,role\np,uint,4,phase\nq,uint,4,phase\n"
    assert texts(source(content, time=None)) == ["a.csv:3:role: 'p' tells the phase too. Keep one of them"]
    header = "name,data_type,bit_length,bit_offset\napid,uint,11,5\n"
    assert texts(source(header, time=None)) == [
        "a.csv: a: no field lies behind the primary header. Add the fields of the packet"
    ]
