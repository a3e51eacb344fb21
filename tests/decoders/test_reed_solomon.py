"""Reed–Solomon against the standard's definition, and against codewords that libfec made."""

import ctypes
import ctypes.util
from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.galois import FROM_DUAL, TO_DUAL
from decoders.reed_solomon import ReedSolomon

# The field and the roots of 131.0-B-5 §4.3, written out once more without tables.
POLYNOMIAL = 0x187


def times(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0x100:
            a ^= POLYNOMIAL
        b >>= 1
    return product


def power(base, exponent):
    return reduce(times, [base] * (exponent % 255), 1)


def value_at(codeword, x):
    return reduce(lambda total, symbol: times(total, x) ^ symbol, codeword, 0)


def codewords(code, block):
    """The codewords of a block in conventional representation, with their virtual fill in front."""
    symbols = block.reshape(-1, code.interleave)
    return [[0] * code.virtual_fill + symbols[:, i].tolist() for i in range(code.interleave)]


def random_frames(code, count, seed=1):
    return np.random.default_rng(seed).integers(0, 256, (count, code.frame_octets), np.uint8)


@pytest.mark.parametrize(("data_octets", "first"), [(223, 112), (239, 120)])
@pytest.mark.parametrize("fill", [0, 33])
def test_codewords_vanish_at_every_root(data_octets, first, fill):
    code = ReedSolomon(data_octets, 2, dual_basis=False, virtual_fill=fill)
    block = code.encode(random_frames(code, 1))[0]
    beta = power(2, 11)
    for codeword in codewords(code, block):
        roots = range(first, first + 255 - data_octets)
        assert [value_at(codeword, power(beta, root)) for root in roots] == [0] * len(roots)


def test_the_dual_basis_is_that_of_the_standard():
    # 131.0-B-5 annex F: the rows of its matrix are how 1, α and α⁷ are written.
    assert (TO_DUAL[1], TO_DUAL[2], TO_DUAL[128]) == (0x7B, 0xAF, 0x8D)
    assert (FROM_DUAL[TO_DUAL] == np.arange(256)).all()
    # Traces tell the coordinates: linear, and one to one.
    assert all(TO_DUAL[a ^ b] == TO_DUAL[a] ^ TO_DUAL[b] for a in (3, 77, 200) for b in range(256))


def test_the_dual_basis_only_changes_how_symbols_are_written():
    written, plain = ReedSolomon(223, 3), ReedSolomon(223, 3, dual_basis=False)
    frames = random_frames(plain, 2)
    assert (FROM_DUAL[written.encode(TO_DUAL[frames])] == plain.encode(frames)).all()


# Check symbols of libfec 1.0-26 (Debian's libfec0; encode_rs_ccsds and encode_rs_8) for the data 0, 1, … 222,
# and with 30 octets of virtual fill for 0, 1, … 192.
LIBFEC = {
    (True, 0): "4ffb92dd557ec67f27fb8982cf58f8fd028ad117fcef6b2793d0418826578651",
    (True, 30): "55a0ed0173beaf4e7813917a23ea6f8b4858634191e0329e1fca02486a192a3c",
    (False, 0): "2fbd4fb4748494b9acd554627212eeb3ebed41191de1d36320ea49290b25abcf",
}


@pytest.mark.parametrize(("dual", "fill"), LIBFEC)
def test_check_symbols_are_those_of_libfec(dual, fill):
    code = ReedSolomon(223, dual_basis=dual, virtual_fill=fill)
    data = np.arange(223 - fill, dtype=np.uint8)[None, :]
    assert code.encode(data)[0, 223 - fill :].tobytes().hex() == LIBFEC[dual, fill]


def damage(code, blocks, errors, seed):
    """Change so many symbols of each codeword; ``errors`` is (block, codeword)."""
    rng = np.random.default_rng(seed)
    bad = blocks.copy()
    symbols = bad.reshape(len(blocks), code.block_octets // code.interleave, code.interleave)
    for row, way in np.ndindex(*errors.shape):
        places = rng.choice(symbols.shape[1], errors[row, way], replace=False)
        symbols[row, places, way] ^= rng.integers(1, 256, len(places)).astype(np.uint8)
    return bad


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([223, 239]),
    st.integers(1, 8),
    st.booleans(),
    st.sampled_from([0, 1, 100, 190]),
    st.integers(0, 2**32),
    st.data(),
)
def test_as_many_errors_as_promised_are_corrected_and_counted(
    data_octets, interleave, dual, fill, seed, data
):
    code = ReedSolomon(data_octets, interleave, dual_basis=dual, virtual_fill=fill)
    most = code.parity_octets // 2
    counts_drawn = st.lists(st.integers(0, most), min_size=interleave, max_size=interleave)
    errors = np.array(data.draw(st.lists(counts_drawn, max_size=4)), np.int64).reshape(-1, interleave)
    frames = random_frames(code, len(errors), seed)
    got, counts = code.decode(damage(code, code.encode(frames), errors, seed))
    assert (got == frames).all()
    assert counts.tolist() == errors.sum(axis=1).tolist()


@pytest.mark.parametrize("data_octets", [223, 239])
def test_too_many_errors_are_told_and_neighbours_are_corrected(data_octets):
    code = ReedSolomon(data_octets, 5)
    most = code.parity_octets // 2
    frames = random_frames(code, 40)
    errors = np.full((40, 5), most)
    errors[::2, 3] = 40
    bad = damage(code, code.encode(frames), errors, 3)
    got, counts = code.decode(bad)
    # E = 8 takes about one pattern in 8! beyond it for another codeword; none of these is one.
    assert counts.tolist() == [-1, 5 * most] * 20
    symbols, want, received = (each.reshape(40, -1, 5) for each in (got, frames, bad[:, : code.frame_octets]))
    others = [0, 1, 2, 4]
    assert (symbols[:, :, others] == want[:, :, others]).all()
    assert (symbols[::2, :, 3] == received[::2, :, 3]).all()


def test_a_correction_in_the_virtual_fill_is_none():
    code = ReedSolomon(223, virtual_fill=100)
    whole = ReedSolomon(223)
    data = np.zeros((1, 223), np.uint8)
    data[0, 10] = 1  # where the shortened code sends nothing
    sent = whole.encode(data)[:, 100:]
    got, counts = code.decode(sent)
    assert counts.tolist() == [-1]
    assert (got == sent[:, :123]).all()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [((222, 1), "255,223"), ((223, 0), "1 to 8"), ((223, 9), "1 to 8")],
)
def test_codes_that_are_none(arguments, text):
    with pytest.raises(ValueError, match=text):
        ReedSolomon(*arguments)
    with pytest.raises(ValueError, match="0 to 222"):
        ReedSolomon(223, virtual_fill=223)


def test_no_blocks():
    code = ReedSolomon()
    frames, counts = code.decode(np.empty((0, 255), np.uint8))
    assert frames.shape == (0, 223)
    assert counts.shape == (0,)
    assert code.encode(np.empty((0, 223), np.uint8)).shape == (0, 255)


def test_libfec_decodes_what_is_encoded_here():
    name = ctypes.util.find_library("fec")
    if name is None:
        pytest.skip("libfec is not installed (Debian: libfec0)")
    libfec = ctypes.CDLL(name)
    code = ReedSolomon(223, 5, virtual_fill=20)
    frames = random_frames(code, 3)
    bad = damage(code, code.encode(frames), np.full((3, 5), 16), 5)
    for block, frame in zip(bad, frames, strict=True):
        for way in range(5):
            codeword = np.ascontiguousarray(block.reshape(-1, 5)[:, way])
            count = libfec.decode_rs_ccsds(codeword.ctypes.data_as(ctypes.c_void_p), None, 0, 20)
            assert count == 16
            assert (codeword[:203] == frame.reshape(-1, 5)[:, way]).all()
