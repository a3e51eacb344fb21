"""Which calibration or limits hold: the first whose context is true.

A context is an expression (``decoders.expression``) over parameters of the same packet. What another packet
tells comes into it by a derived parameter of this one. So a row alone tells its context, live and in replay.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from decoders.expression import Expression, Values
from decoders.mission.model import ContextCalibration, ContextLimits

NO_CONTEXT = 0


@lru_cache(maxsize=4096)
def condition(when: str) -> Expression:
    """Return a context's expression, read once; raise ``ExpressionError`` if it cannot be."""
    return Expression.parse(when)


class RowValues(Values, Protocol):
    """Values of rows that keep what has been told of them."""

    truths: dict[str, NDArray[np.bool_]]
    """Where each context is true: many parameters have the same."""


def chosen(
    contexts: Sequence[ContextCalibration] | Sequence[ContextLimits], values: RowValues, rows: int
) -> NDArray[np.intp]:
    """Return which context holds in each row: 1 for the first, ``NO_CONTEXT`` where none is true.

    A context that reads what is not there, or looks at the row before, never holds; ``okaeri mission check``
    tells of it.
    """
    which = np.zeros(rows, np.intp)
    for number in range(len(contexts), 0, -1):
        which[_holds(contexts[number - 1].when, values, rows)] = number
    return which


def _holds(when: str, values: RowValues, rows: int) -> NDArray[np.bool_]:
    found = values.truths.get(when)
    if found is None:
        try:
            found = condition(when).true(values, rows)
        except (KeyError, ValueError):
            found = np.zeros(rows, np.bool_)
        values.truths[when] = found
    return found
