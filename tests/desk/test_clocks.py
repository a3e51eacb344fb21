"""Times as the desk writes them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale

from console.desk import clocks

S = clocks.SECOND
AT = 1_795_341_022 * S  # 2026-11-22T09:50:22Z


def test_the_big_clock() -> None:
    assert clocks.clock_text(AT) == "2026-326 09:50:22Z"
    assert clocks.clock_text(AT + S - 1) == "2026-326 09:50:22Z"


def test_japan_is_nine_hours_ahead_and_says_when_it_is_tomorrow_there() -> None:
    assert clocks.jst_text(AT) == "18:50:22 JST"
    assert clocks.jst_text(AT + 6 * 3600 * S) == "00:50:22 JST +1d"


def test_the_day_speaks_the_language() -> None:
    assert clocks.date_text(AT, QLocale(QLocale.Language.English)) == "2026-11-22 Sun"
    assert clocks.date_text(AT, QLocale(QLocale.Language.Japanese)) == "2026-11-22 日"


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        (754.0, "T-00:12:34"),
        (753.2, "T-00:12:34"),
        (0.1, "T-00:00:01"),
        (0.0, "T+00:00:00"),
        (-5.9, "T+00:00:05"),
    ],
)
def test_countdowns(left: float, shown: str) -> None:
    assert clocks.countdown_text(round(left * S)) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(41, "+00:41"), (3723, "+1:02:03"), (3 * 86400 + 5, "+3d"), (-4, "+00:00")]
)
def test_lags(seconds: int, shown: str) -> None:
    assert clocks.lag_text(seconds * S) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(2 * 86400 + 29662, "2d 08:14:22"), (62, "00:01:02"), (-62, "−00:01:02")]
)
def test_spans(seconds: int, shown: str) -> None:
    assert clocks.span_text(seconds * S) == shown


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("09:50:22", 0),
        ("09:50:22Z", 0),
        ("2026-326 09:50:22", 0),
        ("2026-11-22T09:50:22Z", 0),
        ("326 09:51", 38),
        ("327 09:50:22", 86400),
    ],
)
def test_typed_times(typed: str, seconds: int) -> None:
    assert clocks.parse_instant(typed, AT) == AT + seconds * S


@pytest.mark.parametrize(
    "typed", ["", "battery", "25:00", "12:61", "2026-13-01 00:00", "400 00:00", "1-2-3-4 00:00"]
)
def test_words_are_no_times(typed: str) -> None:
    assert clocks.parse_instant(typed, AT) is None


@pytest.mark.parametrize(
    ("octets", "shown"), [(0, "0 B"), (1_500, "2 kB"), (1.84e9, "1.84 GB"), (3.2e12, "3.20 TB")]
)
def test_sizes(octets: float, shown: str) -> None:
    assert clocks.octets_text(octets) == shown
