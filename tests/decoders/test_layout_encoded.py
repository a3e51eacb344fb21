"""Numbers written in other ways: patterns of the standards, and there and back for any number."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.layout import Layout
from decoders.layout_encoded import encoded
from decoders.mission.model import PacketDefinition, Parameter


def decode(parameter, pattern, lead=0):
    """Decode one field behind the primary header and ``lead`` more bits, by the whole layout."""
    bits = parameter.bit_length
    room = (lead + bits + 7) // 8
    octets = (pattern << (8 * room - lead - bits)).to_bytes(room, "big")
    definition = PacketDefinition("p", (replace(parameter, bit_offset=48 + lead),))
    data = np.frombuffer(bytes(6) + octets + bytes(6) + octets, np.uint8)
    size = 6 + room
    column = Layout(definition).decode(data, np.array([0, size]), np.array([size, size]))[parameter.name]
    assert column[0] == column[1]
    return column[0]


@pytest.mark.parametrize(
    ("encoding", "kind", "bits", "pattern", "value"),
    [
        ("sign-magnitude", "int", 8, 0x85, -5),
        ("sign-magnitude", "int", 8, 0x05, 5),
        ("sign-magnitude", "int", 8, 0x80, 0),  # the other zero
        ("ones-complement", "int", 8, 0xFA, -5),
        ("ones-complement", "int", 8, 0xFF, 0),
        ("ones-complement", "int", 12, 0xFFA, -5),
        ("packed-bcd", "uint", 16, 0x1234, 1234),
        ("packed-bcd", "uint", 12, 0x987, 987),
        ("packed-bcd", "uint", 8, 0x1A, 20),  # a digit above nine counts as it is
        ("bcd", "uint", 32, 0x01020304, 1234),
        # MIL-STD-1750A: the extended and single precision examples of its tables on floating point formats
        ("1750a", "float", 32, 0x7FFFFF7F, (1 - 2.0**-23) * 2.0**127),
        ("1750a", "float", 32, 0x40000001, 0.5 * 2),
        ("1750a", "float", 32, 0x60000004, 0.75 * 16),
        ("1750a", "float", 32, 0x80000000, -1.0),
        ("1750a", "float", 32, 0xBFFFFF80, -0.50000012 * 2.0**-128),
        ("1750a", "float", 32, 0x9FFFFF04, -0.7500001 * 16),
        ("1750a", "float", 48, 0x40000000_0000, 0.5),
        ("1750a", "float", 48, 0xA00000FF_0000, -0.75 * 2.0**-1),
        ("1750a", "float", 48, 0x600000_04_0000, 12.0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("lead", [0, 3])
def test_patterns_of_the_standards(encoding, kind, bits, pattern, value, lead):
    found = decode(Parameter("x", kind, bits, encoding=encoding), pattern, lead)
    assert found == pytest.approx(value, rel=2e-7)


def in_1750a(pattern, bits):
    """The value by the definition of the format, in exact fractions."""
    if bits == 32:
        mantissa, exponent, places = pattern >> 8, pattern & 0xFF, 23
    else:
        mantissa = (pattern >> 24) << 16 | pattern & 0xFFFF
        exponent, places = pattern >> 16 & 0xFF, 39
    mantissa -= (mantissa >> places) << (places + 1)
    exponent -= (exponent >> 7) << 8
    return Fraction(mantissa, 1 << places) * Fraction(2) ** exponent


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([32, 48]), st.data())
def test_any_pattern_of_1750a(bits, data):
    pattern = data.draw(st.integers(0, (1 << bits) - 1))
    parameter = Parameter("x", "float", bits, encoding="1750a")
    value = decode(parameter, pattern, data.draw(st.integers(0, 7)))
    assert Fraction(float(value)) == in_1750a(pattern, bits)
    if abs(in_1750a(pattern, bits)) >= Fraction(2) ** -100:  # what is smaller may have no normal form
        assert decode(parameter, encoded(parameter, float(value))) == value


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["sign-magnitude", "ones-complement"]), st.integers(2, 64), st.data())
def test_signed_numbers_there_and_back(encoding, bits, data):
    number = data.draw(st.integers(-(1 << (bits - 1)) + 1, (1 << (bits - 1)) - 1))
    parameter = Parameter("x", "int", bits, encoding=encoding)
    assert decode(parameter, encoded(parameter, number), data.draw(st.integers(0, 7))) == number


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 16), st.data())
def test_decimal_digits_there_and_back(digits, data):
    number = data.draw(st.integers(0, 10**digits - 1))
    packed = Parameter("x", "uint", 4 * digits, encoding="packed-bcd")
    assert encoded(packed, number) == int(str(number), 16)
    assert decode(packed, encoded(packed, number)) == number


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["uint", "int"]), st.integers(1, 64), st.integers(0, 7), st.data())
def test_the_least_significant_bit_first(kind, bits, lead, data):
    pattern = data.draw(st.integers(0, (1 << bits) - 1))
    reverse = int(f"{pattern:0{bits}b}"[::-1], 2)
    if kind == "int" and bits > 1:
        wanted = reverse - ((reverse >> (bits - 1)) << bits)
    else:
        wanted = reverse if kind == "uint" else -reverse
    assert decode(Parameter("x", kind, bits, bit_order="lsb"), pattern, lead) == wanted


@pytest.mark.parametrize(
    ("parameter", "number"),
    [
        (Parameter("x", "int", 8, encoding="sign-magnitude"), 128),
        (Parameter("x", "uint", 8, encoding="packed-bcd"), 100),
        (Parameter("x", "uint", 8, encoding="packed-bcd"), -1),
        (Parameter("x", "float", 32, encoding="1750a"), 1e60),
    ],
)
def test_numbers_without_a_form(parameter, number):
    with pytest.raises(ValueError, match=r"no .* form|beyond"):
        encoded(parameter, number)
