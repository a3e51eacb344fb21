import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.bitstream import Found, Marker, aligned

ASM = b"\x1a\xcf\xfc\x1d"


def text(octets):
    return "".join(f"{octet:08b}" for octet in octets)


def flipped(bits):
    return bits.translate(str.maketrans("01", "10"))


def octets_of(bits):
    return bytes(int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8))


def first(bits, begin, end):
    """The first marker as a search in the text of the bits finds it."""
    found = [(bits.find(word, begin), word != text(ASM)) for word in (text(ASM), flipped(text(ASM)))]
    places = [Found(at, inverted) for at, inverted in found if 0 <= at < end]
    return min(places, key=lambda each: each.bit, default=None)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(st.text("01", max_size=40), st.just(text(ASM)), st.just(flipped(text(ASM)))), max_size=6
    ),
    st.integers(0, 60),
    st.integers(0, 400),
)
def test_the_first_marker_at_any_bit_and_in_either_polarity(parts, begin, end):
    data = octets_of("".join(parts))
    assert Marker(ASM).find(data, begin, end) == first(text(data), begin, end)


def test_a_marker_far_behind_is_found():
    noise = np.random.default_rng(4).integers(0, 256, 100_000, np.uint8).tobytes()
    bits = text(noise[:40_001])[:-3] + text(ASM)
    assert Marker(ASM).find(octets_of(bits), 0, 10**9) == Found(40_001 * 8 - 3, False)


@pytest.mark.parametrize("at", [4095, 4096, 4097, 36_863, 36_864, 36_865])
def test_a_marker_at_the_edge_of_what_is_searched_at_once(at):
    # 512 octets are searched at first, then eight times as many.
    assert Marker(ASM).find(octets_of("0" * at + text(ASM)), 0, 10**9) == Found(at, False)


@pytest.mark.parametrize("shift", range(8))
def test_a_marker_with_one_wrong_bit_is_not_found(shift):
    for wrong in range(32):
        bits = text(ASM)
        bits = "0" * shift + bits[:wrong] + flipped(bits[wrong]) + bits[wrong + 1 :] + "0" * 8
        assert Marker(ASM).find(octets_of(bits), 0, 1000) is None
        assert Marker(ASM).find(octets_of(flipped(bits)), 0, 1000) is None


@given(st.binary(max_size=40), st.integers(0, 200), st.integers(0, 40), st.booleans())
def test_octets_are_put_straight(data, bit, octets, inverted):
    bits = text(data)[bit:]
    whole = (bits if not inverted else flipped(bits))[: 8 * octets]
    assert aligned(data, bit, octets, inverted) == octets_of(whole[: len(whole) // 8 * 8])


@given(st.binary(min_size=4, max_size=12), st.integers(0, 80), st.booleans())
def test_errors_are_counted(data, bit, inverted):
    bits = text(data)[bit : bit + 32]
    wanted = flipped(text(ASM)) if inverted else text(ASM)
    counted = sum(a != b for a, b in zip(bits, wanted, strict=False)) if len(bits) == 32 else 32
    assert Marker(ASM).errors(data, bit, inverted) == counted
