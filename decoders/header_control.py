"""Frame header error control of AOS frames: the (10,6) Reed–Solomon code over GF(16) (732.0-B-4 §4.1.2.6).

Six symbols of four bits (spacecraft and virtual channel id, signalling field) get four check symbols.
The code is linear and small: check symbols are looked up octet by octet, and every pattern of one or
two wrong symbols by its syndrome.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

_FIELD = 0b10011
"""x⁴ + x + 1 (§4.1.2.6.5 b)."""
_GENERATOR = (1, 8, 2, 8, 1)
"""(x+α⁶)(x+α⁷)(x+α⁸)(x+α⁹) = x⁴ + α³x³ + αx² + α³x + 1 (§4.1.2.6.5 c), highest power first."""


def _multiply(a: int, b: int) -> int:
    product = 0
    for bit in range(4):
        if b >> bit & 1:
            product ^= a << bit
    for bit in (6, 5, 4):
        if product >> bit & 1:
            product ^= _FIELD << (bit - 4)
    return product


def _check_symbols(information: int) -> int:
    remainder = [information >> shift & 15 for shift in range(20, -4, -4)] + [0] * 4
    for at in range(6):
        factor = remainder[at]
        for power, coefficient in enumerate(_GENERATOR):
            remainder[at + power] ^= _multiply(factor, coefficient)
    return remainder[6] << 12 | remainder[7] << 8 | remainder[8] << 4 | remainder[9]


@cache
def _octet_tables() -> NDArray[np.uint16]:
    """Return the check symbols of each value of the three octets, shape ``(3, 256)``."""
    tables = [[_check_symbols(octet << shift) for octet in range(256)] for shift in (16, 8, 0)]
    return np.array(tables, np.uint16)


@cache
def _errors() -> NDArray[np.int64]:
    """Return the wrong bits of the 40 by syndrome, -1 where more than two symbols are wrong."""
    ones = []
    for symbol in range(10):
        shift = 36 - 4 * symbol
        for value in range(1, 16):
            error = value << shift
            ones.append((symbol, error, _check_symbols(error >> 16) ^ (error & 0xFFFF)))
    table = np.full(1 << 16, -1, np.int64)
    table[0] = 0
    for _, error, syndrome in ones:
        table[syndrome] = error
    for (first, a, s), (second, b, t) in combinations(ones, 2):
        if first != second:
            table[s ^ t] = a | b
    return table


def header_check(identification: int, signalling: int) -> int:
    """Return the 16 bits of a header: its first two octets and its sixth are what they protect."""
    return _check_symbols((identification & 0xFFFF) << 8 | signalling & 0xFF)


def repaired_headers(headers: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.int8]]:
    """Return AOS headers, shape ``(n, 8)``, with up to two wrong symbols of each mended.

    Beside them how many symbols were mended, -1 where there are more than the code can mend: such a
    header is as it came.
    """
    tables = _octet_tables()
    check = tables[0][headers[:, 0]] ^ tables[1][headers[:, 1]] ^ tables[2][headers[:, 5]]
    syndrome = check ^ (headers[:, 6].astype(np.uint16) << 8 | headers[:, 7])
    mended = np.zeros(len(headers), np.int8)
    wrong = np.flatnonzero(syndrome)
    if not len(wrong):
        return headers, mended
    headers = headers.copy()
    errors = _errors()[syndrome[wrong]]
    mended[wrong[errors < 0]] = -1
    wrong, errors = wrong[errors > 0], errors[errors > 0]
    for column, shift in ((0, 32), (1, 24), (5, 16), (6, 8), (7, 0)):
        headers[wrong, column] ^= (errors >> shift & 0xFF).astype(np.uint8)
    symbols = sum((errors >> shift & 15 != 0).astype(np.int8) for shift in range(0, 40, 4))
    mended[wrong] = symbols
    return headers, mended
