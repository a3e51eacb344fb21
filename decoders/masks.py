"""Questions about masks that cost the same few hundred nanoseconds at any size.

A live frame asks some twenty of them, each of one or two rows. ``mask.any()`` takes 1.5 µs there, five
times as long as counting.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def some(mask: NDArray) -> bool:
    """Tell whether any element of a mask, or of integers, is not zero."""
    return bool(np.count_nonzero(mask))


def every(mask: NDArray) -> bool:
    """Tell whether all elements of a mask, or of integers, are other than zero."""
    return bool(np.count_nonzero(mask) == mask.size)
