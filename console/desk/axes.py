"""Axes of plots: round ticks, and a Y range that grows at once and shrinks only when asked or idle."""

from __future__ import annotations

import math
from dataclasses import dataclass

TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
SHRINK_BELOW = 0.35
SHRINK_AFTER_S = 10.0


def ticks(low: float, high: float, wanted: int) -> list[float]:
    """Return round numbers (1, 2, 5 × 10ⁿ apart) inside a range, about ``wanted`` of them."""
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return []
    rough = span / max(wanted, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((m * power for m in (1, 2, 5, 10)), key=lambda s: abs(math.log(s / rough)))
    first = math.ceil(low / step - 1e-9)
    count = int(math.floor(high / step + 1e-9) - first) + 1
    return [(first + i) * step for i in range(max(0, min(count, 50)))]


def tick_text(value: float, step: float) -> str:
    """Write a tick with the decimals that its step needs and U+2212 for minus."""
    places = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
    text = f"{value:.{min(places, 6)}f}"
    return ("−" + text[1:]) if text.startswith("-") and float(text) else text.lstrip("-")


def thousands(low: float, high: float) -> int:
    """Return the power of ten (0, 3, 6 …) that an axis leaves to its unit: its ticks stay short."""
    largest = max(abs(low), abs(high))
    # Five digits fit beside a plot, with a minus only four.
    long = largest >= 1e5 or low <= -1e4
    return 3 * int(math.log10(largest) // 3) if math.isfinite(largest) and long else 0


def scaled_unit(unit: str, power: int) -> str:
    """Write a unit with its power of ten: ``10⁶ m``."""
    if not power:
        return unit
    return f"10{str(power).translate(_RAISED)} {unit}".rstrip()


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def time_step_s(span_s: float, wanted: int) -> float:
    """Return the step of a time axis: a number of seconds, minutes or hours that people count in."""
    rough = span_s / max(wanted, 1)
    return next((step for step in TIME_STEPS_S if step >= rough), 86_400 * math.ceil(rough / 86_400))


@dataclass(slots=True)
class Range:
    """The Y range of one axis."""

    low: float = math.nan
    high: float = math.nan
    small_since_s: float = math.nan

    @property
    def known(self) -> bool:
        """Whether anything was ever shown on this axis."""
        return self.high > self.low

    def follow(self, low: float, high: float, least: float, now_s: float) -> None:
        """Take in the values that are shown; ``least`` is the smallest span worth drawing."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return
        if high - low < least:
            middle = (low + high) / 2
            low, high = middle - least / 2, middle + least / 2
        margin = 0.08 * (high - low)
        if not self.known:
            self._set(low - margin, high + margin)
            return
        if low < self.low or high > self.high:
            # Only the end that was passed moves, so that the other values stay where the eye has them.
            self._set(
                low - margin if low < self.low else self.low, high + margin if high > self.high else self.high
            )
        small = (high - low) < SHRINK_BELOW * (self.high - self.low)
        if not small:
            self.small_since_s = math.nan
        elif math.isnan(self.small_since_s):
            self.small_since_s = now_s
        elif now_s - self.small_since_s > SHRINK_AFTER_S:
            self._set(low - margin, high + margin)

    def share(self, value: float) -> float:
        """Return where a value stands: 0 at the low end, 1 at the high one."""
        return (value - self.low) / (self.high - self.low)

    def forget(self) -> None:
        """Fit anew to what is shown next."""
        self.low = self.high = math.nan

    def _set(self, low: float, high: float) -> None:
        self.low, self.high, self.small_since_s = low, high, math.nan
