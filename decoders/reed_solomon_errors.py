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
    most = syndromes.shape[1] // 2
    log_syndromes = LOG[np.ascontiguousarray(syndromes.T)]
    locator, degree = _locators(log_syndromes)
    row, place = _roots(locator)
    found = np.bincount(row, minlength=len(syndromes))
    good = (found == degree) & (degree > 0) & (degree <= most)
    keep = good[row]
    row, place = row[keep], place[keep]
    value = _forney(log_syndromes[:most], locator, row, place, first_root)
    return row, place, value, np.where(good, degree, -1).astype(np.int16)


def _locators(log_syndromes: NDArray[np.intp]) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """Return the ``(k, m)`` locators, constant first, and their lengths (Berlekamp–Massey).

    ``k`` is one more than the greatest length, and at most t + 2: a longer one has no meaning.
    """
    total, count = log_syndromes.shape
    width = total // 2 + 2
    locator = np.zeros((width, count), np.uint8)
    locator[0] = 1
    # Logarithms of the locator before the last change. Its window moves: that is the factor x of each step.
    others = np.full((total + width, count), ZERO, np.intp)
    others[total] = 0
    backwards = np.ascontiguousarray(log_syndromes[::-1])
    length = np.zeros(count, np.intp)
    log_other = np.zeros(count, np.intp)
    longest = 0
    for step in range(total):
        terms = min(longest + 1, width)
        last = total - 1 - step
        other = others[last : last + width]
        products = EXP[LOG[locator[:terms]] + backwards[last : last + terms]]
        discrepancy = np.bitwise_xor.reduce(products, axis=0)
        wrong = discrepancy != 0
        if not wrong.any():
            continue
        log_discrepancy = LOG[discrepancy]
        factor = (log_discrepancy - log_other) % ORDER
        factor[~wrong] = ZERO
        filled = min(step + 2, width)
        change = EXP[other[:filled] + factor]
        longer = wrong & (2 * length <= step)
        rows = np.flatnonzero(longer)
        if len(rows):
            other[:, rows] = LOG[locator[:, rows]]
            log_other[rows] = log_discrepancy[rows]
            length[rows] = step + 1 - length[rows]
            longest = int(length.max())
        locator[:filled] ^= change
    return locator[: longest + 1], length


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
    values = table[locator[0]]
    for i, coefficients in enumerate(locator[1:], 1):
        values ^= table[256 * i + coefficients.astype(np.intp)]
    row, place = np.nonzero(values.view(np.uint8)[:, :ORDER] == 0)
    return row, place


def _forney(
    log_syndromes: NDArray[np.intp],
    locator: NDArray[np.uint8],
    row: NDArray[np.intp],
    place: NDArray[np.intp],
    first_root: int,
) -> NDArray[np.uint8]:
    """Return the error values at the roots of the locators."""
    terms = min(len(locator) - 1, len(log_syndromes))
    logs = LOG[locator]
    evaluator = np.zeros((terms, locator.shape[1]), np.uint8)
    for i in range(terms):
        evaluator[i:] ^= EXP[logs[i] + log_syndromes[: terms - i]]
    log_evaluator = LOG[evaluator]
    inverse = (place - (ORDER - 1)) % ORDER
    upper = np.zeros(len(row), np.uint8)
    lower = np.zeros(len(row), np.uint8)
    power = np.zeros(len(row), np.intp)
    for i in range(terms):
        upper ^= EXP[log_evaluator[i].take(row) + power]
        if i % 2 == 0:  # the derivative keeps the odd coefficients
            lower ^= EXP[logs[i + 1].take(row) + power]
        power += inverse
        power[power >= ORDER] -= ORDER
    # X^(1 - b) · Ω(X⁻¹) / Λ′(X⁻¹), with X⁻¹ = β^inverse
    scale = inverse * (first_root - 1) % ORDER - LOG[lower]
    return np.asarray(np.where(upper == 0, 0, EXP[(LOG[upper] + scale) % ORDER]), np.uint8)
