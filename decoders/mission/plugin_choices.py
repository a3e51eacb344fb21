"""Criteria out of SPaC-kit's ``decision_fun``: which values of a field make a packet one of several kinds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from decoders.expression_parse import MOST_CHARACTERS
from decoders.expression_tokens import quote_name

_WIDEST_BITS = 16
"""So many bits can be tried value by value."""
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Choices:
    """An expression for each key, empty where no value leads to it; ``complete`` where each value has one."""

    criteria: tuple[str, ...]
    complete: bool


def choices(field: Any, decide: Callable[..., Any] | None, keys: Sequence[Any]) -> Choices | str:
    """Return the criteria of the kinds ``keys``, or what keeps them from being told by one field.

    ``field`` is the field of ccsdspy whose value ``decide`` is asked with. Every value of a field of up to
    16 bits is tried, in both directions: what depends on the packets before differs then.
    """
    if decide is None:
        return "it has no decision_fun"
    if field is None:
        return "its decision_fun looks at no field"
    bits = int(field._bit_length)
    if field._data_type != "uint" or field._array_shape is not None or field._byte_order != "big":
        return f"its decision field {field._name!r} is no plain uint"
    name = quote_name(field._name)
    if bits > _WIDEST_BITS:
        if all(isinstance(key, int) for key in keys) and _is_identity(decide, bits, keys):
            return Choices(tuple(f"{name} == {int(key)}" for key in keys), False)
        return f"its decision field {field._name!r} has too many values to try them all"
    values = range(1 << bits)
    up = [_ask(decide, value) for value in values]
    down = [_ask(decide, value) for value in reversed(values)][::-1]
    if any(not _alike(one, other) for one, other in zip(up, down, strict=True)):
        return "its decision_fun depends on the packets before"
    criteria = []
    left = set(values)
    for key in keys:
        mine = [value for value in values if value in left and _alike(up[value], key)]
        left.difference_update(mine)
        criteria.append(" or ".join(_ranges(name, mine, values[-1])))
    if any(len(text) > MOST_CHARACTERS for text in criteria):
        return "its decision_fun parts the values too often"
    return Choices(tuple(criteria), not left)


def _ask(decide: Callable[..., Any], value: int) -> Any:
    try:
        return decide(value)
    except Exception:  # a value that the function was not made for
        return _NOTHING


def _alike(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except Exception:
        return False


def _is_identity(decide: Callable[..., Any], bits: int, keys: Sequence[int]) -> bool:
    tried = [*keys, *((1 << bit) - 1 for bit in range(bits)), *(1 << bit for bit in range(bits))]
    return all(_alike(_ask(decide, int(value)), int(value)) for value in [*tried, *reversed(tried)])


def _ranges(name: str, values: Sequence[int], last: int) -> list[str]:
    """Return a comparison for each run of values."""
    if len(values) == last + 1:
        return [f"{name} >= 0"]
    starts = [0, *(i + 1 for i, (one, other) in enumerate(pairwise(values)) if other != one + 1), len(values)]
    found = []
    for begin, end in pairwise(starts):
        if begin == end:
            continue
        low, high = values[begin], values[end - 1]
        if low == high:
            found.append(f"{name} == {low}")
        elif high == last:
            found.append(f"{name} >= {low}")
        elif low == 0:
            found.append(f"{name} <= {high}")
        else:
            found.append(f"({name} >= {low} and {name} <= {high})")
    return found
