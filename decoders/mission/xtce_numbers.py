"""Numbers as XTCE writes them; what is none is told with its element."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from decoders.mission.xtce_conditions import Unreadable
from decoders.mission.xtce_xml import Node


def _read(node: Node, text: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(text.strip())
    except (ValueError, OverflowError):
        raise Unreadable(node, f"{text!r} is no number") from None


def whole(node: Node, text: str) -> int:
    """Return an integer below 2⁶⁴ in size, decimal or 0x…; raises ``Unreadable``."""
    number = _read(node, text, lambda each: int(each, 0) if each.lower().startswith("0x") else int(each))
    if abs(number) >= 1 << 64:
        raise Unreadable(node, f"{text!r} is too large")
    return int(number)


def real(node: Node, text: str) -> float:
    """Return a finite number; raises ``Unreadable``."""
    number = float(_read(node, text, float))
    if not math.isfinite(number):
        raise Unreadable(node, f"{text!r} is no finite number")
    return number


def real_or_nan(text: str) -> str:
    """Return the text of a finite number in an expression, and that of NaN for anything else."""
    try:
        number = float(text)
    except ValueError:
        return "0 / 0"
    return repr(number) if math.isfinite(number) else "0 / 0"
