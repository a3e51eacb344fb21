"""The two questions about masks, against Python's own ``any`` and ``all``."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from decoders.masks import every, some


@given(st.lists(st.integers(-1, 1), max_size=40))
def test_they_answer_as_any_and_all_do(numbers: list[int]) -> None:
    """For masks and for integers, empty ones included."""
    for values in (np.array(numbers, np.int32), np.array(numbers, bool)):
        assert some(values) is any(numbers)
        assert every(values) is all(numbers)
