"""Columns of layouts that depend on content: there and back, and mistakes by name."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.mission.csv import packet_from_csv, parse_packet_csv, place, write_packet_csv
from decoders.mission.model import PacketDefinition, Parameter

HEAD = Parameter("n", "uint", 8)
CONDITIONS = st.sampled_from(["", "n == 3", 'raw(n) & 1 and n < 9 or n == "ON"'])
NUMBER = st.builds(
    lambda kind, bits, condition, gap, order: Parameter(
        "x", kind[0], bits, encoding=kind[1], only_if=condition, gap_bits=gap, bit_order=order
    ),
    st.sampled_from([("int", ""), ("int", "ones-complement"), ("uint", "packed-bcd"), ("uint", "bcd")]),
    st.integers(1, 8).map(lambda octets: 8 * octets),
    CONDITIONS,
    st.integers(0, 9),
    st.sampled_from(["msb", "lsb"]),
)
TEXT = st.builds(
    lambda bits, encoding, size, end, prefix: Parameter(
        "x", "str", bits, encoding=encoding, size=size, terminator=end, prefix_bits=prefix
    ),
    st.sampled_from([8, 80]),
    st.sampled_from(["", "latin-1", "utf-16-be", "binary"]),
    st.sampled_from(["", "8 * n", "(n - 1) * 8"]),
    st.sampled_from([b"", b"\0", b"\r\n"]),
    st.sampled_from([0, 8, 16]),
)
ARRAY = st.sampled_from(["n", "n + 1", "max(n, 3)", "n if n > 3 else 0"]).map(
    lambda count: Parameter("x", "uint", 12, array_length=count)
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(NUMBER, TEXT, ARRAY), min_size=1, max_size=5))
def test_there_and_back(fields):
    named = [HEAD, *(Parameter(**{**as_dict(each), "name": f"f{i}"}) for i, each in enumerate(fields))]
    definition = PacketDefinition("p", tuple(place(named)))
    again = packet_from_csv(write_packet_csv(definition), file="p.csv", name="p")
    assert again.parameters == definition.parameters


def as_dict(parameter):
    return {name: getattr(parameter, name) for name in parameter.__slots__}


@pytest.mark.parametrize(
    ("row", "column", "message", "mend"),
    [
        ("x,uint,8,packed-bdc,", "encoding", "unknown encoding", "Did you mean 'packed-bcd'?"),
        ("x,int,8,packed-bcd,", "encoding", "no encoding of a int", "sign-magnitude"),
        ("x,float,40,1750a,", "bit_length", "1750A float of 40 bits", "32 and 48"),
        ("x,uint,8,,m == 3", "only_if", "no field 'm' before", "Did you mean 'n'?|Name a field"),
        ("x,uint,8,,n = 3", "only_if", "column 3 of the expression", "=="),
        ("x,uint,8,,rate(n) > 1", "only_if", "prev and rate", "same packet"),
        ("x,uint,8,,x == 1", "only_if", "no field 'x' before", "before"),
        ('"x","uint(k + 1)",8,,', "data_type", "no field 'k' before", "before"),
        ('"x","uint(*n)",8,,', "data_type", "column 1 of the expression", ""),
        ('"x","uint(prev(n))",8,,', "data_type", "prev and rate", "same packet"),
    ],
)
def test_mistakes_name_line_column_and_mend(row, column, message, mend):
    text = f"name,data_type,bit_length,encoding,only_if\nn,uint,8,,\n{row}\n"
    (error,) = parse_packet_csv(text, file="p.csv").errors
    assert (error.file, error.line, error.column) == ("p.csv", 3, column)
    assert message in error.message
    assert any(part in error.mend for part in mend.split("|"))


def test_cells_of_strings_stand_with_strings():
    header = "name,data_type,bit_length,size,terminator,prefix_bits,bit_order"
    text = f"{header}\nx,uint,8,8,00,16,\ny,str,8,,0,,lsb\n"
    columns = [error.column for error in parse_packet_csv(text, file="p.csv").errors]
    assert columns == ["size", "terminator", "prefix_bits", "terminator", "bit_order"]
