"""Where the symbol errors of many damaged Reed–Solomon codewords are, and what they are, all at once.

Berlekamp–Massey gives each codeword's locator, a table of what each coefficient adds at each place its
roots, Forney's formula the values (Lin and Costello, Error Control Coding, ch. 7).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from decoders.galois import EXP, LOG, ORDER, ZERO

_Errors = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.uint8], NDArray[np.int16]]


def error_values(syndromes: NDArray[np.uint8], first_root: int) -> _Errors:
    """Return codeword, place and value of each error, and for each codeword how many there are, or -1.

    ``syndromes`` is ``(m, 2t)``, the codeword's value at consecutive roots from β^first_root on; place 0
    is the symbol sent first. A codeword with more than ``t`` errors is told as -1 and has none listed,
    unless it looks like another codeword with few.
    """
    locator, degree = _locators(syndromes)
    row, place = _roots(locator)
    found = np.bincount(row, minlength=len(syndromes))
    good = (found == degree) & (degree > 0) & (degree <= syndromes.shape[1] // 2)
    keep = good[row]
    row, place = row[keep], place[keep]
    value = _forney(syndromes, locator, row, place, first_root)
    return row, place, value, np.where(good, degree, -1).astype(np.int16)


def _locators(syndromes: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """Return the ``(m, t + 2)`` locators, constant first, and their lengths (Berlekamp–Massey)."""
    count, total = syndromes.shape
    width = total // 2 + 2
    locator = np.zeros((count, width), np.uint8)
    locator[:, 0] = 1
    other = np.full((count, width), ZERO, np.intp)  # logarithms of the locator before the last change
    other[:, 0] = 0
    log_syndromes = LOG[syndromes][:, ::-1]
    length = np.zeros(count, np.intp)
    log_other = np.zeros(count, np.intp)
    for step in range(total):
        other[:, 1:] = other[:, :-1].copy()
        other[:, 0] = ZERO
        terms = min(step + 1, width)
        last = total - 1 - step
        products = EXP[LOG[locator[:, :terms]] + log_syndromes[:, last : last + terms]]
        discrepancy = np.bitwise_xor.reduce(products, axis=1)
        log_discrepancy = LOG[discrepancy]
        factor = np.where(discrepancy == 0, ZERO, (log_discrepancy - log_other) % ORDER)
        filled = min(step + 2, width)
        change = EXP[np.minimum(other[:, :filled] + factor[:, None], 2 * ZERO)]
        longer = (discrepancy != 0) & (2 * length <= step)
        if longer.any():
            rows = np.flatnonzero(longer)
            other[rows] = LOG[locator[rows]]
            log_other[rows] = log_discrepancy[rows]
            length[rows] = step + 1 - length[rows]
        locator[:, :filled] ^= change
    return locator, length


@lru_cache(maxsize=1)
def _chien() -> NDArray[np.uint64]:
    """Return what coefficient ``i`` of each value adds at each place, a row of 256 octets for each."""
    coefficient = np.arange(18)[:, None, None]
    inverse = np.arange(256)[None, None, :] - (ORDER - 1)  # log of the inverse of β^(254 - place)
    octets = EXP[np.minimum(LOG[:, None], ZERO)[None] + (coefficient * inverse) % ORDER]
    octets[:, :, ORDER] = (coefficient[:, :, 0] == 0).astype(np.uint8)  # the 256th is no place: never a root
    return np.ascontiguousarray(octets).view(np.uint64).reshape(18 * 256, 32)


def _roots(locator: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return codeword and place of each root of the locators (Chien search)."""
    table = _chien()
    values = table[locator[:, 0]]
    for i in range(1, locator.shape[1]):
        column = locator[:, i]
        if column.any():
            values ^= table[256 * i + column.astype(np.intp)]
    octets = values.view(np.uint8)
    row, place = np.nonzero(octets[:, :ORDER] == 0)
    return row, place


def _forney(
    syndromes: NDArray[np.uint8],
    locator: NDArray[np.uint8],
    row: NDArray[np.intp],
    place: NDArray[np.intp],
    first_root: int,
) -> NDArray[np.uint8]:
    """Return the error values at the roots of the locators."""
    terms = locator.shape[1] - 2
    logs, log_syndromes = LOG[locator], LOG[syndromes[:, :terms]]
    evaluator = np.zeros((len(locator), terms), np.uint8)
    for i in range(terms):
        evaluator[:, i:] ^= EXP[logs[:, i, None] + log_syndromes[:, : terms - i]]
    log_evaluator = LOG[evaluator]
    inverse = (place - (ORDER - 1)) % ORDER
    upper = np.zeros(len(row), np.uint8)
    lower = np.zeros(len(row), np.uint8)
    for i in range(terms):
        power = inverse * i % ORDER
        upper ^= EXP[log_evaluator[row, i] + power]
        if i % 2 == 0:  # the derivative keeps the odd coefficients
            lower ^= EXP[logs[row, i + 1] + power]
    # X^(1 - b) · Ω(X⁻¹) / Λ′(X⁻¹), with X⁻¹ = β^inverse
    scale = inverse * (first_root - 1) % ORDER - LOG[lower]
    return np.asarray(np.where(upper == 0, 0, EXP[(LOG[upper] + scale) % ORDER]), np.uint8)
