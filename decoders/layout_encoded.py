"""Numbers that are written in other ways than plain binary (``Parameter.encoding`` and ``bit_order``)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from decoders.mission.model import Parameter

INTEGER_ENCODINGS = ("sign-magnitude", "ones-complement", "bcd", "packed-bcd")
FLOAT_ENCODINGS = ("1750a",)
_MANTISSA = {32: 23, 48: 39}
"""Bits of the fraction of a MIL-STD-1750A number, its sign left out (§4.2 of the standard)."""


def is_encoded(parameter: Parameter) -> bool:
    """Tell whether a number needs more than shifts to be read."""
    return parameter.bit_order == "lsb" or (
        bool(parameter.encoding) and parameter.data_type in ("uint", "int", "float")
    )


def reversed_bits(octets: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    """Return ``(n, k)`` right-aligned octets with the last ``bits`` bits in reverse order."""
    spread = np.unpackbits(octets, axis=1)
    room = spread.shape[1] - bits
    spread[:, room:] = spread[:, room:][:, ::-1]
    return np.packbits(spread, axis=1)


def decoded(parameter: Parameter, patterns: NDArray) -> NDArray:
    """Return the numbers that unsigned bit patterns stand for.

    A decimal digit above nine counts as it is: ``0x1A`` is 20 in packed BCD, so that nothing is hidden.
    """
    bits, encoding = parameter.bit_length, parameter.encoding
    if encoding == "1750a":
        return _from_1750a(patterns.astype(np.uint64), bits)
    if encoding in ("bcd", "packed-bcd"):
        return _from_decimal(patterns, bits, 8 if encoding == "bcd" else 4)
    signed = patterns.view(f"i{patterns.dtype.itemsize}")
    negative = patterns >> patterns.dtype.type(bits - 1) != 0
    mask = patterns.dtype.type((1 << (bits - 1)) - 1)
    if encoding == "sign-magnitude":
        magnitude = (patterns & mask).view(signed.dtype)
        return np.asarray(np.where(negative, -magnitude, magnitude))
    # ones' complement: a negative number is the inverse of its magnitude
    return np.asarray(np.where(negative, -(~patterns & mask).view(signed.dtype), signed))


def encoded(parameter: Parameter, number: float) -> int:
    """Return the bit pattern of one number; raise ``ValueError`` where it has none."""
    bits, encoding = parameter.bit_length, parameter.encoding
    if encoding == "1750a":
        return _to_1750a(float(number), bits)
    whole = int(number)
    if encoding in ("bcd", "packed-bcd"):
        step = 8 if encoding == "bcd" else 4
        digits = str(whole)
        if whole < 0 or len(digits) * step > bits + (step - 4 if encoding == "bcd" else 0):
            raise ValueError(f"{parameter.name}: {whole} has no {encoding} form of {bits} bits")
        return sum(int(digit) << step * place for place, digit in enumerate(reversed(digits)))
    if not encoding:
        return whole & ((1 << bits) - 1)
    if abs(whole) >> (bits - 1):
        raise ValueError(f"{parameter.name}: {whole} has no {encoding} form of {bits} bits")
    if whole >= 0:
        return whole
    return (1 << (bits - 1)) | -whole if encoding == "sign-magnitude" else ~-whole & ((1 << bits) - 1)


def _from_decimal(patterns: NDArray, bits: int, step: int) -> NDArray:
    total = np.zeros(patterns.shape, patterns.dtype)
    digit = patterns.dtype.type(15)
    for place in range((bits + step - 1) // step):
        with np.errstate(over="ignore"):
            total += (patterns >> patterns.dtype.type(step * place) & digit) * patterns.dtype.type(10**place)
    return total


def _from_1750a(patterns: NDArray[np.uint64], bits: int) -> NDArray[np.float64]:
    exponent = (patterns >> np.uint64(bits - 32)).astype(np.uint8).view(np.int8).astype(np.int32)
    mantissa = patterns >> np.uint64(bits - 24) << np.uint64(bits - 32)
    if bits == 48:
        mantissa |= patterns & np.uint64(0xFFFF)
    spare = np.uint64(64 - 1 - _MANTISSA[bits])
    whole = (mantissa << spare).view(np.int64) >> np.int64(spare)
    return np.asarray(np.ldexp(whole.astype(np.float64), exponent - _MANTISSA[bits]))


def _to_1750a(number: float, bits: int) -> int:
    fraction, exponent = np.frexp(number)
    places = _MANTISSA[bits]
    mantissa, power = round(float(fraction) * (1 << places)), int(exponent)
    if mantissa in (1 << places, -(1 << (places - 1))):  # a power of two, normalised as the standard has it
        mantissa, power = (mantissa // 2, power + 1) if mantissa > 0 else (mantissa * 2, power - 1)
    if not mantissa:
        power = 0
    if not -128 <= power <= 127:
        raise ValueError(f"{number} is beyond MIL-STD-1750A")
    mantissa &= (1 << (places + 1)) - 1
    if bits == 32:
        return mantissa << 8 | power & 0xFF
    return mantissa >> 16 << 24 | (power & 0xFF) << 16 | mantissa & 0xFFFF
