import numpy as np
import pytest

from decoders.randomizer import randomize, sequence


def published(kind):
    # 131.0-B-5 §10.4.2 NOTE and §10.4.3 NOTE 2 print the first 40 bits of each sequence.
    return bytes.fromhex({"classic": "FF480EC09A", "long": "1C71B91BA9"}[kind])


@pytest.mark.parametrize("kind", ["classic", "long"])
def test_it_begins_as_published(kind):
    assert sequence(kind, 5).tobytes() == published(kind)


@pytest.mark.parametrize(("kind", "period"), [("classic", 255), ("long", 131_071)])
def test_the_period_is_that_of_a_maximal_sequence(kind, period):
    bits = np.unpackbits(sequence(kind, 40_000))
    assert (bits[:150_000][period:] == bits[: 150_000 - period]).all()
    # A maximal sequence of n stages holds 2ⁿ⁻¹ ones.
    assert int(bits[:period].sum()) == (period + 1) // 2


def test_each_block_begins_anew_and_twice_is_nothing():
    blocks = np.arange(3 * 300, dtype=np.int64).astype(np.uint8).reshape(3, 300)
    mixed = randomize(blocks, "classic")
    assert (mixed[1] == blocks[1] ^ sequence("classic", 300)).all()
    assert (randomize(mixed, "classic") == blocks).all()


def test_the_sequence_cannot_be_written_over():
    with pytest.raises(ValueError, match="read-only"):
        sequence("long", 10)[0] = 0
