"""There and back: random definitions, random values, one packet made and decoded again."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.encode import PacketEncoder, crc16
from decoders.expression_tokens import quote_name
from decoders.layout import Layout
from decoders.mission.csv import place
from decoders.mission.model import PacketDefinition, Parameter

COUNT = Parameter("n", "uint", 8)
CONDITION = st.sampled_from(["", "", "n & 1", "n > 2 and not n == 5", "n < 4"])


@st.composite
def numbers(draw):
    kind, encoding, bits = draw(
        st.one_of(
            st.tuples(st.sampled_from(["uint", "int"]), st.just(""), st.integers(1, 64)),
            st.tuples(
                st.just("int"), st.sampled_from(["sign-magnitude", "ones-complement"]), st.integers(2, 64)
            ),
            st.tuples(st.just("uint"), st.just("packed-bcd"), st.integers(1, 15).map(lambda n: 4 * n)),
            st.tuples(st.just("float"), st.just(""), st.sampled_from([16, 32, 64])),
        )
    )
    order = draw(st.sampled_from(["big", "little"])) if bits % 8 == 0 else "big"
    first = draw(st.sampled_from(["msb", "lsb"])) if kind != "float" else "msb"
    field = Parameter("", kind, bits, encoding=encoding, byte_order=order, bit_order=first)
    if encoding == "packed-bcd":
        return field, st.integers(0, 10 ** (bits // 4) - 1)
    if kind == "float":
        return field, st.floats(width=bits, allow_nan=False)
    if encoding:
        return field, st.integers(-(1 << (bits - 1)) + 1, (1 << (bits - 1)) - 1)
    low = -(1 << (bits - 1)) if kind == "int" else 0
    return field, st.integers(low, low + (1 << bits) - 1)


TEXT = st.binary(max_size=12).map(lambda octets: octets.replace(b"\0", b"-"))


@st.composite
def strings(draw):
    how = draw(st.sampled_from(["end", "prefix", "size", "room"]))
    if how == "end":
        return Parameter("", "str", 8, terminator=b"\0"), TEXT
    if how == "prefix":
        return Parameter("", "str", 8, prefix_bits=16), st.binary(max_size=40)
    if how == "size":
        return Parameter("", "str", 8, size="8 * n", encoding="binary"), None
    return Parameter("", "str", 160, terminator=b"\0"), TEXT


@st.composite
def packets(draw):
    """A definition and the values of one packet, with what should come back."""
    count = draw(st.integers(0, 9))
    fields, values, wanted = [COUNT], {"n": count}, {"n": count}
    bit = 8
    for i in range(draw(st.integers(1, 8))):
        field, strategy = draw(st.one_of(numbers(), strings()))
        condition = draw(CONDITION)
        there = {"": True, "n & 1": bool(count & 1), "n < 4": count < 4}.get(
            condition, count > 2 and count != 5
        )
        gap = draw(st.integers(0, 9))
        if field.data_type == "str":  # strings begin at an octet: fill up to it, whatever stands before
            gap, condition, there = None, "", True
        more = {"only_if": condition}
        name = f"f{i}"
        if field.data_type == "str":
            if bit % 8:
                break
            value = (
                draw(strategy) if strategy is not None else draw(st.binary(min_size=count, max_size=count))
            )
            bit = bit if bit is not None else None
        else:
            more["gap_bits"] = gap
            value = draw(strategy)
            if draw(st.booleans()) and field.data_type != "float":
                field = Parameter(**{**as_dict(field), "array_length": "n // 2"})
                value = [draw(strategy) for _ in range(count // 2)]
            elements = len(value) if isinstance(value, list) else 1
            bit = bit + (gap + elements * field.bit_length if there else 0)
        fields.append(Parameter(**{**as_dict(field), "name": name, **more}))
        values[name] = value
        wanted[name] = value if there else None
    return PacketDefinition("p", tuple(place(fields)), apid=9), values, wanted


def as_dict(parameter):
    return {name: getattr(parameter, name) for name in parameter.__slots__}


def same(a, b):
    if isinstance(a, float) or isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    return a == b


@settings(max_examples=400, deadline=None)
@given(packets())
def test_what_is_made_is_decoded_again(made):
    definition, values, wanted = made
    octets = PacketEncoder(definition).encode(values, 5, 0)
    layout = Layout(definition)
    starts, lengths = np.array([0]), np.array([len(octets)])
    assert layout.valid(np.frombuffer(octets, np.uint8), starts, lengths).all()
    columns = layout.decode(octets, starts, lengths)
    for name, value in wanted.items():
        column = columns[name]
        gone = np.ma.getmaskarray(column)
        found = None if gone.flat[0] else np.asarray(column)[0]
        found = found.tolist() if isinstance(found, np.ndarray | np.generic) else found
        assert same(found, value), name


def test_a_crc_stands_behind_what_varies():
    fields = (
        Parameter("n", "uint", 8),
        Parameter("list", "uint", 8, array_length="n + 1"),
        Parameter("crc", "uint", 16, role="crc"),
    )
    definition = PacketDefinition("p", tuple(place(fields)), apid=9, crc=True)
    octets = PacketEncoder(definition).encode({"n": 2, "list": [7, 8, 9]}, 0, 0)
    assert octets[6:-2] == b"\2\7\x08\x09"
    assert crc16(octets) == 0
    cut = PacketEncoder(definition).encode({"n": 1, "list": [7, 8, 9]}, 0, 0)
    assert cut[6:-2] == b"\1\7\x08"


@pytest.mark.parametrize("name", ["N-1", "number of it's", "raw(n)", "n"])
def test_a_count_may_have_an_odd_name(name):
    fields = (
        Parameter(name, "uint", 8),
        Parameter("list", "uint", 8, array_length=name),
        Parameter("more", "uint", 8, only_if=f"{quote_name(name)} > 1"),
    )
    definition = PacketDefinition("p", tuple(place(fields)), apid=9)
    octets = PacketEncoder(definition).encode({name: 2, "list": [7, 8], "more": 5}, 0, 0)
    assert octets[6:] == b"\2\7\x08\5"
    columns = Layout(definition).decode(octets, np.array([0]), np.array([len(octets)]))
    assert (columns["list"][0].tolist(), columns["more"].tolist()) == ([7, 8], [5])
