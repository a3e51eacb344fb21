"""The (10,6) code of AOS headers against vectors of another implementation, and by its own distance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders.header_control import header_check, repaired_headers


@pytest.mark.parametrize(
    ("identification", "signalling", "check"),
    [(0x1234, 0x56, 0x94DC), (0x369C, 0xFA, 0x457C)],  # yamcs-core, AosFrameHeaderErrorCorrTest
)
def test_known_headers(identification, signalling, check):
    assert header_check(identification, signalling) == check


def header(identification, signalling):
    middle = b"\x11\x22\x33"
    check = header_check(identification, signalling)
    return identification.to_bytes(2, "big") + middle + bytes([signalling]) + check.to_bytes(2, "big")


PLACES = [(octet, shift) for octet in (0, 1, 5, 6, 7) for shift in (4, 0)]


@given(
    st.integers(0, 0xFFFF),
    st.integers(0, 255),
    st.lists(st.sampled_from(PLACES), max_size=2, unique=True),
    st.lists(st.integers(1, 15), min_size=2, max_size=2),
)
def test_two_wrong_symbols_are_mended(identification, signalling, places, errors):
    good = header(identification, signalling)
    damaged = bytearray(good)
    for (octet, shift), error in zip(places, errors, strict=False):
        damaged[octet] ^= error << shift
    mended, symbols = repaired_headers(np.frombuffer(bytes(damaged), np.uint8)[None, :])
    assert mended.tobytes() == good
    assert symbols.tolist() == [len(places)]


@given(st.integers(0, 0xFFFF), st.integers(0, 255), st.permutations(PLACES), st.lists(
    st.integers(1, 15), min_size=3, max_size=3))  # fmt: skip
def test_three_wrong_symbols_are_never_taken_for_none(identification, signalling, places, errors):
    # The distance is 5: three errors are no codeword, and at best two away from a wrong one.
    damaged = bytearray(header(identification, signalling))
    for (octet, shift), error in zip(places[:3], errors, strict=True):
        damaged[octet] ^= error << shift
    mended, symbols = repaired_headers(np.frombuffer(bytes(damaged), np.uint8)[None, :])
    assert symbols[0] in (-1, 2)
    if symbols[0] == -1:
        assert mended.tobytes() == bytes(damaged)


def test_a_good_header_beside_bad_ones_is_left_alone():
    good, beyond = header(0x4B0C, 0x80), bytearray(header(0x4B0C, 0x80))
    one = bytearray(good)
    one[0] ^= 0xF0
    for octet in (0, 1, 5):
        beyond[octet] ^= 0x11
    rows = np.frombuffer(good + bytes(one) + bytes(beyond), np.uint8).reshape(3, 8)
    mended, symbols = repaired_headers(rows)
    assert mended[0].tobytes() == mended[1].tobytes() == good
    assert symbols[:2].tolist() == [0, 1]
    assert symbols[2] != 0
