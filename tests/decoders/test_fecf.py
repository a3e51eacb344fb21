"""Frame error control fields of many frames at once, against ``binascii.crc_hqx`` frame by frame."""

from binascii import crc_hqx

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.fecf import good_fecf, wrong_fecfs


def test_a_published_value() -> None:
    """CRC-16/IBM-3740 (the CCITT polynomial, begun with ones) of "123456789" is 29B1 in the usual tables."""
    assert good_fecf(b"123456789\x29\xb1")
    assert not good_fecf(b"123456789\x29\xb0")


@pytest.mark.parametrize("length", [2, 19, 20, 21, 64, 1115, 1117, 65_535])
def test_many_frames_of_one_length(length: int) -> None:
    rng = np.random.default_rng(length)
    count = 300 if length < 5_000 else 130
    frames = [rng.bytes(length - 2) for _ in range(count)]
    frames = [frame + crc_hqx(frame, 0xFFFF).to_bytes(2, "big") for frame in frames]
    wrong = rng.integers(0, 2, count).astype(bool)
    for row in np.flatnonzero(wrong):
        at, bit = rng.integers(0, length), rng.integers(0, 8)
        frame = bytearray(frames[row])
        frame[at] ^= 1 << bit
        frames[row] = bytes(frame)
    starts = np.arange(count, dtype=np.int64) * (length + 3)
    lengths = np.full(count, length, np.int64)
    found = wrong_fecfs(b"abc".join(frames), starts, lengths)
    assert found.tolist() == wrong.tolist()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 400), st.integers(128, 140), st.booleans())
def test_any_octets(seed: int, length: int, count: int, alike: bool) -> None:
    rng = np.random.default_rng(seed)
    lengths = np.full(count, length) if alike else rng.integers(1, length + 1, count)
    starts = np.cumsum(lengths) - lengths
    octets = rng.bytes(int(lengths.sum()))
    expected = [
        crc_hqx(octets[a : a + n], 0xFFFF) != 0
        for a, n in zip(starts.tolist(), lengths.tolist(), strict=True)
    ]
    assert wrong_fecfs(octets, starts, lengths).tolist() == expected
