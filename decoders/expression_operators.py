"""What the operators of an expression do to whole columns: float64, 64-bit integers and truth.

On the stack stands a float64 or a bool array, or a ``Whole``: integers that are still exact. Each may be a
numpy scalar, which holds for every row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Whole:
    """64-bit integers that are still exact; ``absent`` tells where there is none."""

    __slots__ = ("absent", "number", "values")

    def __init__(self, values: Any, absent: Any = None, number: Any = None) -> None:
        self.values, self.absent, self.number = values, absent, number


def number_of(value: Any) -> Any:
    """Return float64 values of anything on the stack."""
    if type(value) is not Whole:
        return value if value.dtype == np.float64 else value.astype(np.float64)
    if value.number is None:
        number = value.values.astype(np.float64)
        value.number = number if value.absent is None else np.where(value.absent, np.nan, number)
    return value.number


def truth_of(value: Any) -> Any:
    """Return where anything on the stack is neither 0 nor absent."""
    if type(value) is Whole:
        return value.values != 0 if value.absent is None else (value.values != 0) & ~value.absent
    return value if value.dtype == np.bool_ else (value != 0) & (value == value)


def _whole(value: Any) -> Whole:
    """Return 64-bit integers; what is no whole number of that width is absent."""
    if type(value) is Whole:
        return value
    if value.dtype == np.bool_:
        return Whole(value.astype(np.uint64))
    fits = (value >= -(2.0**63)) & (value < 2.0**63) & (value == np.floor(value))
    return Whole(np.where(fits, value, 0.0).astype(np.int64), None if fits.all() else ~fits)


def _either(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else a | b


def _compared(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def run(a: Any, b: Any) -> Any:
        if type(a) is Whole and type(b) is Whole:
            result, absent = operation(a.values, b.values), _either(a.absent, b.absent)
            return result if absent is None else result & ~absent
        return operation(number_of(a), number_of(b))

    return run


def _differs(a: Any, b: Any) -> Any:
    return (a < b) | (a > b)  # unlike !=, false where either is NaN


def _bitwise(operation: Callable[[Any, Any], Any], mixed: type) -> Callable[[Any, Any], Any]:
    """Return a bit operator; ``mixed`` is the type that holds the result of a signed and an unsigned one."""

    def run(a: Any, b: Any) -> Any:
        a, b = _whole(a), _whole(b)
        left, right = a.values, b.values
        if left.dtype != right.dtype:
            left, right = left.astype(mixed), right.astype(mixed)
        return Whole(operation(left, right), _either(a.absent, b.absent))

    return run


def _shifted(operation: Callable[[Any, Any], Any], beyond: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def run(a: Any, b: Any) -> Any:
        a, b = _whole(a), _whole(b)
        values, far, back = a.values, b.values > 63, b.values < 0
        count = np.where(far | back, 0, b.values).astype(values.dtype)
        result = np.where(far, beyond(values), operation(values, count))
        absent = _either(a.absent, b.absent)
        return Whole(result, _either(absent, back) if back.any() else absent)

    return run


def _complement(a: Any) -> Whole:
    a = _whole(a)
    return Whole((~a.values).astype(np.int64), a.absent)


def _numeric(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: function(*map(number_of, values))


def _folded(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def run(*values: Any) -> Any:
        result = number_of(values[0])
        for value in values[1:]:
            result = function(result, number_of(value))
        return result

    return run


OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": _numeric(np.add), "-": _numeric(np.subtract), "*": _numeric(np.multiply),
    "/": _numeric(np.divide), "//": _numeric(np.floor_divide), "%": _numeric(np.mod),
    "**": _numeric(np.power), "negative": _numeric(np.negative), "positive": _numeric(np.positive),
    "==": _compared(np.equal), "!=": _compared(_differs), "<": _compared(np.less),
    "<=": _compared(np.less_equal), ">": _compared(np.greater), ">=": _compared(np.greater_equal),
    "and": lambda a, b: truth_of(a) & truth_of(b), "or": lambda a, b: truth_of(a) | truth_of(b),
    "not": lambda a: ~truth_of(a),
    "&": _bitwise(np.bitwise_and, np.uint64), "|": _bitwise(np.bitwise_or, np.int64),
    "^": _bitwise(np.bitwise_xor, np.int64), "~": _complement,
    "<<": _shifted(np.left_shift, np.zeros_like),
    ">>": _shifted(np.right_shift, lambda a: np.where(a < 0, -1, 0).astype(a.dtype)),
    "else": lambda c, a, b: np.where(truth_of(c), number_of(a), number_of(b)),
    "min": _folded(np.minimum), "max": _folded(np.maximum), "abs": _numeric(np.abs),
    "sqrt": _numeric(np.sqrt), "sin": _numeric(np.sin), "cos": _numeric(np.cos), "tan": _numeric(np.tan),
    "asin": _numeric(np.arcsin), "acos": _numeric(np.arccos), "atan": _numeric(np.arctan),
    "atan2": _numeric(np.arctan2), "exp": _numeric(np.exp), "log": _numeric(np.log),
    "log10": _numeric(np.log10), "floor": _numeric(np.floor), "ceil": _numeric(np.ceil),
    "round": _numeric(np.rint), "sign": _numeric(np.sign), "hypot": _numeric(np.hypot),
    "radians": _numeric(np.radians), "degrees": _numeric(np.degrees), "isnan": _numeric(np.isnan),
}  # fmt: skip


def raw_of(raw: NDArray) -> Any:
    """Return raw numbers as they stand on the stack: integers stay exact, a masked one is absent."""
    absent = np.ma.getmaskarray(raw) if isinstance(raw, np.ma.MaskedArray) else None
    values = np.asarray(raw)
    if values.dtype.kind in "ub":
        return Whole(values.astype(np.uint64), absent)
    if values.dtype.kind == "i":
        return Whole(values.astype(np.int64), absent)
    numbers = values.astype(np.float64)
    return numbers if absent is None else np.where(absent, np.nan, numbers)


def same_text(texts: NDArray[np.object_], text: str, wanted: bool) -> NDArray[np.bool_]:
    """Tell where a text is the one given, or is another one; ``None`` is neither."""
    same = np.asarray(texts == text, np.bool_)
    return same if wanted else ~same & np.array([each is not None for each in texts], np.bool_)
