"""Which stretch the time strip shows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.desk.timerange import LEAST_NS, MOST_NS, TimeRange

S = 1_000_000_000
NOW = 1_795_341_022 * S


@given(st.integers(0, 3 * 86_400), st.integers(0, 86_400))
def test_live_keeps_now_inside_and_looks_ahead(held_s: int, later_s: int) -> None:
    shown = TimeRange()
    now = NOW + later_s * S
    shown.follow_live(now, now - held_s * S)
    assert shown.t0_ns < now < shown.t1_ns
    assert shown.t1_ns - now >= 0.6 * (now - shown.t0_ns)
    # What is held is shown, seven hours of it at most
    assert now - shown.t0_ns >= min(held_s, 7 * 3600) * S


def test_live_stands_still_for_a_while() -> None:
    shown, seen = TimeRange(), set()
    for second in range(600):
        shown.follow_live(NOW + second * S, NOW - 300 * S)
        seen.add((shown.t0_ns, shown.t1_ns))
    assert len(seen) <= 11


@given(st.integers(0, 40 * 86_400))
def test_an_archive_is_shown_whole(length_s: int) -> None:
    shown = TimeRange()
    shown.follow_archive(NOW, NOW + length_s * S)
    assert shown.t0_ns < NOW
    assert shown.t1_ns > NOW + length_s * S
    assert shown.span_ns < 1.2 * max(length_s, 100) * S + 86_400 * S * (length_s > 30 * 86_400)


@given(st.floats(0.01, 100), st.floats(0, 1))
def test_zoom_keeps_the_instant_under_the_mouse(factor: float, share: float) -> None:
    shown = TimeRange(NOW, NOW + 3600 * S)
    at = NOW + round(share * 3600 * S)
    shown.zoom(at, factor)
    assert LEAST_NS <= shown.span_ns <= MOST_NS
    assert abs((at - shown.t0_ns) / shown.span_ns - share) < 1e-6
    shown.follow_live(NOW + 9000 * S, NOW)
    assert abs((at - shown.t0_ns) / shown.span_ns - share) < 1e-6, "a chosen stretch stays"
