"""Arithmetic in GF(256) as CCSDS Reed–Solomon uses it (131.0-B-5 §4.3), in numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FIELD_POLYNOMIAL = 0x187
"""x⁸ + x⁷ + x² + x + 1 (131.0-B-5 §4.3.3)."""
ORDER = 255
"""Nonzero elements of the field."""
ZERO = 2 * ORDER
"""The logarithm of zero: every sum with it lies where ``EXP`` is zero."""
_BETA = 11
"""Code roots are consecutive powers of β = α¹¹ (§4.3.4); logarithms here are to that base."""
_DUAL_ROWS = (0x8D, 0xEF, 0xEC, 0x86, 0xFA, 0x99, 0xAF, 0x7B)
"""The rows of the transformation matrix from conventional to dual basis (131.0-B-5 annex F)."""


def _tables() -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    alpha, value = [], 1
    for _ in range(ORDER):
        alpha.append(value)
        value <<= 1
        if value & 0x100:
            value ^= FIELD_POLYNOMIAL
    exp = np.zeros(2 * ZERO + 1, np.uint8)
    exp[:ZERO] = [alpha[_BETA * i % ORDER] for i in range(ZERO)]
    log = np.full(256, ZERO, np.intp)
    log[exp[:ORDER]] = np.arange(ORDER)
    return exp, log


EXP, LOG = _tables()
"""``EXP[LOG[a] + LOG[b]]`` is the product of ``a`` and ``b``, zeros included."""


def _dual() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    to_dual = np.zeros(256, np.uint8)
    for bit in range(8):
        to_dual[np.arange(256) >> bit & 1 == 1] ^= np.uint8(_DUAL_ROWS[7 - bit])
    back = np.zeros(256, np.uint8)
    back[to_dual] = np.arange(256)
    return to_dual, back


TO_DUAL, FROM_DUAL = _dual()
"""A symbol in the other representation, by its value."""
SAME: NDArray[np.uint8] = np.arange(256, dtype=np.uint8)


def multiply(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the products of two arrays, broadcast."""
    return np.asarray(EXP[LOG[a] + LOG[b]])
