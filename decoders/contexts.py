"""Which calibration or limits hold: the first whose context is true.

A context is an expression (``decoders.expression``) over parameters of the same packet. What another packet
tells comes into it by a derived parameter of this one. So a row alone tells its context, live and in replay.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from decoders.expression import Expression, ExpressionError, Values
from decoders.mission.model import ContextCalibration, ContextLimits

NO_CONTEXT = 0


@lru_cache(maxsize=4096)
def condition(when: str) -> Expression:
    """Return a context's expression, read once; raise ``ExpressionError`` if it cannot be."""
    return Expression.parse(when)


def chosen(
    contexts: Sequence[ContextCalibration] | Sequence[ContextLimits], values: Values, rows: int
) -> NDArray[np.intp]:
    """Return which context holds in each row: 1 for the first, ``NO_CONTEXT`` where none is true.

    A context that reads what is not there, or looks at the row before, never holds; ``okaeri mission check``
    tells of it.
    """
    which = np.zeros(rows, np.intp)
    for number in range(len(contexts), 0, -1):
        try:
            which[condition(contexts[number - 1].when).true(values, rows)] = number
        except (ExpressionError, KeyError, ValueError):
            continue
    return which
