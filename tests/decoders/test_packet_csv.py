"""Definitions: what is read, what is written, and what is said about mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders.mission.cells import band_text, parse_band
from decoders.mission.csv import packet_from_csv, parse_packet_csv, read_packet_csv, write_packet_csv
from decoders.mission.model import (
    Band,
    DefinitionError,
    Enumeration,
    Limits,
    PacketDefinition,
    Parameter,
    Polynomial,
)

OURS = """\
name,data_type,bit_length,unit,description,description_ja,calibration,enumeration,caution,serious,critical,role
time,uint,56,,,,,,,,,time
v,uint,16,V,"Bus, main",主母線電圧,"[0, 0.001]",,26.5..33.3,25.5..33.5,>24,
mode,uint,4,,,,,"{""0"":""OFF"",""0x1"":""安全""}",,,,phase
pad,fill,4,,,,,,,,,spare
a,int(3),8,,,,,,<85,,none,
crc,uint,16,,,,,,,,,crc
"""


def definition(content: str | bytes) -> PacketDefinition:
    return packet_from_csv(content, file="p.csv", name="p")


def errors(content: str | bytes) -> list[str]:
    return [str(error) for error in parse_packet_csv(content, file="p.csv").errors]


def test_our_columns() -> None:
    packet = definition(OURS)
    time, v, mode, pad, a, crc = packet.parameters
    assert (time.role, mode.role, pad.role, crc.role) == ("time", "phase", "spare", "crc")
    assert v == Parameter(
        "v", "uint", 16, 104, unit="V", description="Bus, main", description_ja="主母線電圧",
        calibration=Polynomial((0.0, 0.001)),
        limits=Limits(Band(26.5, 33.3), Band(25.5, 33.5), Band(24.0, None, lo_inclusive=False)),
    )  # fmt: skip
    assert mode.calibration == Enumeration({0: "OFF", 1: "安全"})
    assert a.limits == Limits(Band(None, 85.0, hi_inclusive=False))
    assert a.element_names == ("a[0]", "a[1]", "a[2]")
    assert [p.bit_offset for p in packet.parameters] == [48, 104, 120, 124, 128, 152]
    assert packet.length_octets == 21
    assert packet.crc
    assert [p.name for p in packet.values] == ["v", "mode", "a"]


def test_our_file_is_a_ccsdspy_file(tmp_path: Path) -> None:
    ccsdspy = pytest.importorskip("ccsdspy")
    path = tmp_path / "p.csv"
    path.write_text(OURS, encoding="utf-8")
    assert [field._name for field in ccsdspy.FixedLength.from_file(str(path))._fields] == [
        p.name for p in read_packet_csv(path).parameters
    ]


def test_both_forms_place_fields_as_ccsdspy_does() -> None:
    packet = definition(
        "name, data_type, bit_length, bit_offset\na,uint,8,56\nb,uint,8,\nc,uint,4,48\nd,uint,4,\n"
    )
    assert [p.bit_offset for p in packet.parameters] == [56, 64, 48, 72]
    assert packet.length_octets == 10


def test_calibration_by_degree_or_by_value() -> None:
    text = (
        'name,data_type,bit_length,calibration\nf,float,32,"{""2"":3,""0"":1}"\ne,uint,1,"{""1"":""ON""}"\n'
    )
    degree, value = definition(text).parameters
    assert degree.calibration == Polynomial((1.0, 0.0, 3.0))
    assert value.calibration == Enumeration({1: "ON"})


def test_a_byte_order_mark_and_other_columns_are_no_harm() -> None:
    packet = definition(
        "\ufeffname,data_type,bit_length,remark\r\na,uint,8,first\r\n\r\nb,uint,8,\r\n".encode()
    )
    assert [p.name for p in packet.parameters] == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "p.csv: the file is empty. Begin it with the line name,data_type,bit_length"),
        ("name,data_type,bit_length\n", "p.csv:1: no fields. Add one row"),
        (
            "name,data_typ,bit_length\na,uint,8\n",
            "p.csv:1:data_typ: column data_type is missing. Rename 'data_typ'",
        ),
        (
            "name,data_type,bit_length\na,unit,8\n",
            "p.csv:2:data_type: unknown data type 'unit'. Did you mean 'uint'?",
        ),
        ("name,data_type,bit_length\na,uint,x\n", "p.csv:2:bit_length: 'x' is not a whole number"),
        ("name,data_type,bit_length\na,uint,0\n", "p.csv:2:bit_length: 0 is out of range"),
        ("name,data_type,bit_length\na,uint,65\n", "p.csv:2:bit_length: an integer of 65 bits. At most 64"),
        ("name,data_type,bit_length\na,float,24\n", "p.csv:2:bit_length: a float of 24 bits"),
        ("name,data_type,bit_length\na,str,12\n", "p.csv:2:bit_length: a string of 12 bits"),
        ("name,data_type,bit_length\na,uint,\n", "p.csv:2:bit_length: the cell is empty"),
        ("name,data_type,bit_length\na,uint,8\n\na,uint,8\n", "p.csv:4:name: 'a' is already on line 2"),
        (
            "name,data_type,bit_length\na,uint(4, 2),8\n",
            "p.csv:2: 4 cells, but the header has 3 columns. Put cells",
        ),
        (
            "name,data_type,bit_length\nn,uint,8\na,uint(m),8\n",
            "p.csv:3:data_type: no field 'm' before this one",
        ),
        (
            "name,data_type,bit_length\na,uint(expand),8\nb,uint(expand),8\n",
            "p.csv:3:data_type: a second expanding",
        ),
        ("name,data_type,bit_length\na,uint(0),8\n", "p.csv:2:data_type: an array of 0 elements"),
        ("name,data_type,bit_length,bit_offset\na,uint,8,-1\n", "p.csv:2:bit_offset: -1 is out of range"),
        (
            "name,data_type,bit_length,byte_order\na,uint,12,little\n",
            "p.csv:2:byte_order: little endian with 12",
        ),
        (
            "name,data_type,bit_length,byte_order\na,uint,24,3211\n",
            "p.csv:2:byte_order: '3211' does not order 24",
        ),
        ("name,data_type,bit_length,calibration\na,uint,8,[1\n", "p.csv:2:calibration: not JSON"),
        ("name,data_type,bit_length,calibration\na,str,8,[1]\n", "p.csv:2:calibration: a str has no number"),
        (
            'name,data_type,bit_length,calibration\na,uint,8,"[1,""x""]"\n',
            "p.csv:2:calibration: coefficient 'x'",
        ),
        (
            "name,data_type,bit_length,caution\na,uint,8,9..1\n",
            "p.csv:2:caution: '9..1' is empty. Write the lower",
        ),
        ("name,data_type,bit_length,caution\na,uint,8,~3\n", "p.csv:2:caution: limit '~3'. Write the range"),
        ("name,data_type,bit_length,role\na,uint,8,tiem\n", "p.csv:2:role: unknown role 'tiem'"),
        (b"name,data_type,bit_length\n\x83\x65,uint,8\n", "p.csv:2: not UTF-8 text"),
        ('name,data_type,bit_length\n"a,uint,8\n', "p.csv:"),
    ],
)
def test_mistakes_are_named_with_their_mend(content: str | bytes, expected: str) -> None:
    assert errors(content)[0].startswith(expected)
    with pytest.raises(DefinitionError):
        definition(content)


def test_every_mistake_of_a_file_is_told() -> None:
    found = parse_packet_csv(
        "name,data_type,bit_length\na,unit,x\nb,uint,99\nc,uint,8\n", file="p.csv"
    ).errors
    assert [(error.line, error.column) for error in found] == [
        (2, "data_type"), (2, "bit_length"), (3, "bit_length"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["1..2", "<5", ">=-1.5e-07", "<=0", ">3", "-2..-1.25"])
def test_bands_are_written_as_they_are_read(text: str) -> None:
    assert band_text(parse_band(text)) == text
    assert parse_band("−5 .. 6") == Band(-5.0, 6.0)
    assert parse_band(" none ") is None


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
BANDS = st.one_of(
    st.none(),
    st.tuples(NUMBERS, NUMBERS).map(lambda pair: Band(min(pair), max(pair))),
    st.builds(lambda lo, inclusive: Band(lo, None, lo_inclusive=inclusive), NUMBERS, st.booleans()),
    st.builds(lambda hi, inclusive: Band(None, hi, hi_inclusive=inclusive), NUMBERS, st.booleans()),
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=12)


@st.composite
def parameters(draw: st.DrawFn, name: str) -> Parameter:
    kind = draw(st.sampled_from(["uint", "int"]))
    bands = draw(st.tuples(BANDS, BANDS, BANDS))
    calibration = draw(
        st.one_of(
            st.none(),
            st.lists(NUMBERS, min_size=1, max_size=4).map(lambda c: Polynomial(tuple(c))),
            st.dictionaries(st.integers(-9, 300), TEXTS, min_size=1, max_size=4).map(Enumeration),
        )
    )
    shape = draw(st.sampled_from([(), (), (2, 3)]))
    return Parameter(
        name, kind, draw(st.integers(1, 64)),
        bit_offset=draw(st.one_of(st.none(), st.integers(0, 500))),
        array_length=6 if shape else draw(st.one_of(st.none(), st.integers(1, 4))),
        unit=draw(TEXTS), description=draw(TEXTS), description_ja=draw(TEXTS), calibration=calibration,
        limits=Limits(*bands, min_violations=draw(st.integers(1, 5))) if any(bands) else None,
        role=draw(st.sampled_from(["", "phase", "spare"])), array_shape=shape,
    )  # fmt: skip


@given(st.data())
def test_write_and_read_back(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 4))
    first = PacketDefinition("p", tuple(data.draw(parameters(f"f{i}")) for i in range(count)))
    once = definition(write_packet_csv(first))
    assert definition(write_packet_csv(once)) == once
    for before, after in zip(first.parameters, once.parameters, strict=True):
        assert after.bit_offset is not None
        for attribute in (
            "name",
            "calibration",
            "limits",
            "array_length",
            "array_shape",
            "unit",
            "description_ja",
        ):
            assert getattr(after, attribute) == getattr(before, attribute)
