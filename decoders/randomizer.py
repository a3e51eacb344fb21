"""The pseudo-randomisers of 131.0-B-5 §10.4: sequences that are added to each code block."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["classic", "long"]

_REGISTERS: dict[Kind, tuple[str, tuple[int, ...]]] = {
    # h(x) = x⁸ + x⁷ + x⁵ + x³ + 1, preset to ones (§10.4.2)
    "classic": ("11111111", (0, 3, 5, 7)),
    # h(x) = x¹⁷ + x¹⁴ + 1, preset to 11000111000111000, whose last bit leaves first (§10.4.3)
    "long": ("00011100011100011", (0, 14)),
}


@lru_cache(maxsize=2)
def _period(kind: Kind) -> NDArray[np.uint8]:
    """Return eight periods of a sequence, which fill whole octets."""
    preset, taps = _REGISTERS[kind]
    length = (1 << len(preset)) - 1
    bits = [int(bit) for bit in preset]
    for at in range(length - len(preset)):
        bits.append(sum(bits[at + tap] for tap in taps) & 1)
    octets = np.packbits(np.tile(np.array(bits, np.uint8), 8))
    octets.flags.writeable = False
    return octets


@lru_cache(maxsize=16)
def sequence(kind: Kind, octets: int) -> NDArray[np.uint8]:
    """Return the first octets of a sequence, read-only; it begins anew with each code block (§10.3)."""
    made = np.resize(_period(kind), octets)
    made.flags.writeable = False
    return made


def randomize(blocks: NDArray[np.uint8], kind: Kind) -> NDArray[np.uint8]:
    """Return ``(n, k)`` code blocks with the sequence added to each; doing it twice undoes it."""
    return np.asarray(blocks ^ sequence(kind, blocks.shape[1]))
