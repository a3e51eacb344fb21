"""Silence of a vehicle in words, and which stretches of a range nothing covers."""

from __future__ import annotations

from typing import Any

import pytest

from console.archive.shapes import Extent, Session
from console.desk.contact import Silence, silence_after_ns, silence_text, uncovered
from console.desk.view import DeskView
from console.mission import Link, Mission, Vehicle
from console.passes.predict import Pass

S = 1_000_000_000
AT = 1_795_341_022 * S
"""2026-11-22T09:50:22Z"""
MISSION = Mission(
    name="small",
    title="Small",
    vehicles=(Vehicle(id="ship", title="Ship"),),
    links=(Link(id="s", title="S-band", vehicle="ship", kind="udp", station="Masuda"),),
)
VIEW = DeskView(MISSION, Session(1, "live", 0), Extent(1, 9, AT - S, AT), "live", 1.0, False, 9, AT, AT)


class Plan:
    """Passes that somebody else predicted."""

    def __init__(self, *passes: tuple[str, int]) -> None:
        self._passes = [
            Pass(
                vehicle="ship", station=station, aos_ns=AT + s * S, los_ns=AT + (s + 300) * S,
                tca_ns=AT + (s + 150) * S, max_elevation_deg=30.0, aos_azimuth_deg=10.0, los_azimuth_deg=90.0,
            )
            for station, s in passes
        ]  # fmt: skip

    def between(self, _t0_ns: int, _t1_ns: int, _vehicle: str) -> list[Pass]:
        return self._passes


@pytest.mark.parametrize(
    ("since_s", "plan", "words"),
    [
        (None, None, "S-band · nothing received yet"),
        (-41, None, "S-band · no contact since 09:49:41Z · 00:00:41"),
        (-41, Plan(("Masuda", 60)), "S-band · no contact since 09:49:41Z · AOS 09:51:22Z"),
        # Okinawa sees it first, but no link of the vehicle listens there
        (-41, Plan(("Okinawa", 30), ("Masuda", 60)), "S-band · no contact since 09:49:41Z · AOS 09:51:22Z"),
        (-41, Plan(("Okinawa", 30)), "S-band · no contact since 09:49:41Z · 00:00:41"),
        (-41, Plan(("Masuda", -22)), "S-band · no contact since 09:49:41Z · AOS was 09:50:00Z"),
        (None, Plan(("Masuda", 60)), "S-band · nothing received yet · AOS 09:51:22Z"),
    ],
)
def test_a_silence_says_since_when_and_until_when(since_s: int | None, plan: Any, words: str) -> None:
    silence = Silence("ship", None if since_s is None else AT + since_s * S)
    assert silence_text(VIEW, silence, plan) == words


@pytest.mark.parametrize(
    ("covered", "left"),
    [
        ([], [(0, 100)]),
        ([(0, 100)], []),
        ([(20, 80)], [(0, 20), (80, 100)]),
        ([(80, 90), (10, 30), (20, 60)], [(60, 80)]),  # 10 at either end are no more than the least
        ([(-50, 150)], []),
        ([(120, 150)], [(0, 100)]),
        ([(0, 95), (120, 150)], [(95, 100)]),  # it goes on beyond the range: 25 in all
        ([(0, 95)], []),
        ([(0, 150), (200, 300)], []),
        ([(0, 20), (5, 10)], [(20, 100)]),
    ],
)
def test_what_nothing_covers(covered: list[tuple[int, int]], left: list[tuple[int, int]]) -> None:
    assert uncovered(covered, 0, 100, 10) == left


def test_three_periods_but_two_seconds_at_least() -> None:
    assert silence_after_ns(10.0) == 30 * S
    assert silence_after_ns(0.1) == 2 * S
