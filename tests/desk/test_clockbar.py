"""The clock bar and the banner: what they say of a view."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QLocale, QRect
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from console.archive.shapes import AlarmState, Extent, LinkStatus, Session
from console.desk import clocks, theme
from console.desk.banner import Banner, realities
from console.desk.clockbar import Cell, ClockBar, Countdown
from console.desk.view import DeskView
from console.mission import Link, Mission, Phase, Phases, Vehicle
from console.playhead import Playhead, Span
from decoders.mission.model import Severity

S = clocks.SECOND
AT = 1_795_341_022 * S  # 2026-11-22T09:50:22Z

MISSION = Mission(
    name="small",
    title="Small",
    vehicles=(
        Vehicle(id="ship", title="Ship", met_epoch="2026-11-20T01:36:00Z", met_title="from separation"),
    ),
    phases=Phases(
        parameter="phase", names=(Phase(value=3, id="free", title="Free flight", title_ja="自由飛行"),)
    ),
    links=(Link(id="s", title="S-band", title_ja="Sバンド", vehicle="ship", kind="udp"),),
)


def alarm(severity: int, worst: int, acknowledged: bool = False) -> AlarmState:
    return AlarmState(
        1, "ship", "hk", "v", "", severity, worst, 0.0, 0.0, 0.0, "", "", 1, AT, AT, AT, 1, acknowledged
    )


def link(at: int, octets: int, bad: int = 0, state: str = "locked") -> LinkStatus:
    return LinkStatus("s", at, state, octets=octets, frames_bad=bad)


def view(**changes: object) -> DeskView:
    shown = DeskView(
        MISSION,
        Session(1, "live", 0),
        Extent(1, 9, AT - S, AT),
        "live",
        1.0,
        False,
        9,
        AT,
        AT,
        phase=(3, AT - 60 * S),
    )
    return replace(shown, **changes)  # type: ignore[arg-type]


class Clock:
    """Mission time to turn by hand."""

    def __init__(self) -> None:
        self.ns = AT
        self.head = Playhead(lambda: Span(AT - 3600 * S, AT, 1, 9), lambda: self.ns, monotonic=lambda: 0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bar(clock: Clock, qtbot: QtBot) -> ClockBar:
    widget = ClockBar(clock.head)
    widget.resize(1920, 64)
    qtbot.addWidget(widget)
    return widget


def test_a_small_screen_keeps_phase_countdown_and_link(clock: Clock, qtbot: QtBot) -> None:
    class Painted(ClockBar):
        """Notes which cells it paints, and where they end."""

        def _paint_cell(self, painter: QPainter, cell: Cell, x: float) -> None:
            cells[cell.label] = x + cell.width
            super()._paint_cell(painter, cell, x)

    cells: dict[str, float] = {}
    bar = Painted(clock.head)
    qtbot.addWidget(bar)
    bar.countdowns = [Countdown("LOS Katsuura", AT + 60 * S), Countdown("AOS Santiago", AT + 900 * S)]
    bar.refresh(view(links={"s": link(AT, 1000)}))
    bar.resize(1268, 64)
    bar.grab()
    assert set(cells) >= {"MET", "Phase", "LOS Katsuura", "S-band"}
    assert max(cells.values()) <= 1268 - 196
    cells.clear()
    bar.resize(1920, 64)
    bar.grab()
    assert set(cells) == {"MET", "Phase", "LOS Katsuura", "AOS Santiago", "S-band"}


def test_elapsed_time_and_phase(bar: ClockBar) -> None:
    bar.refresh(view())
    met, phase = bar.time_cells()
    assert (met.value, met.note) == ("2d 08:14:22", "from separation")
    assert (phase.value, phase.note) == ("Free flight", "since 09:49:22Z")


def test_a_phase_without_a_name_reads_its_number(bar: ClockBar) -> None:
    bar.refresh(view(phase=(7, 0)))
    assert (bar.time_cells()[1].value, bar.time_cells()[1].note) == ("7?", "")


def test_the_mission_speaks_japanese(bar: ClockBar) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.Japanese))
    try:
        bar.refresh(view())
        assert bar.time_cells()[1].value == "自由飛行"
        assert bar.link_cells()[0].label == "Sバンド"
    finally:
        QLocale.setDefault(before)


def test_countdowns_come_from_the_clock(bar: ClockBar, clock: Clock) -> None:
    bar.countdowns = [Countdown("LOS", AT + 252 * S), Countdown("gone", AT - 3600 * S)]
    assert [cell.value for cell in bar.countdown_cells()] == ["T-00:04:12"]
    clock.ns += 255 * S
    assert [cell.value for cell in bar.countdown_cells()] == ["T+00:00:03"]


def test_link_rate_and_bad_frames(bar: ClockBar) -> None:
    bar.refresh(view(links={"s": link(AT, 0)}))
    bar.refresh(view(links={"s": link(AT + S, 8_000)}))
    cell = bar.link_cells()[0]
    assert (cell.value, cell.note, cell.status) == ("locked", "64 kbit/s · 0 bad", Severity.NORMAL)
    bar.refresh(view(links={"s": link(AT + 2 * S, 16_000, bad=3)}))
    cell = bar.link_cells()[0]
    assert (cell.note, cell.status) == ("64 kbit/s · 3 bad", Severity.CAUTION)
    # Data that ended long ago has no rate now, and one sample alone tells none
    bar.refresh(replace(view(links={"s": link(AT + 2 * S, 16_000, bad=3)}), instant_ns=AT + 60 * S))
    assert bar.link_cells()[0].note == "0 bit/s · 3 bad"
    bar.refresh(replace(view(links={"s": link(AT - 100 * S, 100)}), instant_ns=AT - 99 * S))
    assert bar.link_cells()[0].note == "— · 0 bad"
    bar.refresh(view(links={"s": link(AT + 2 * S, 16_000, bad=3)}))
    for second in range(3, 12):
        bar.refresh(view(links={"s": link(AT + second * S, 8_000 * second, bad=3)}))
    assert bar.link_cells()[0].status == Severity.NORMAL


def test_a_silent_link_is_dim(bar: ClockBar) -> None:
    bar.refresh(view())
    assert bar.link_cells()[0].dim
    bar.refresh(view(links={"s": link(AT, 9, state="lost")}))
    assert (bar.link_cells()[0].value, bar.link_cells()[0].dim) == ("no contact", True)


def test_alarm_counts(bar: ClockBar) -> None:
    alarms = (alarm(3, 3), alarm(1, 2), alarm(1, 1, True), alarm(0, 2))
    bar.refresh(view(alarms=alarms))
    active, waiting = bar.alarm_counts()
    assert active == {Severity.CRITICAL: 1, Severity.SERIOUS: 0, Severity.CAUTION: 2}
    assert waiting == {Severity.CRITICAL: 1, Severity.SERIOUS: 1, Severity.CAUTION: 1}


def test_an_alarm_that_never_told_how_bad_it_was_is_counted(bar: ClockBar) -> None:
    bar.refresh(view(alarms=(alarm(0, 0),)))
    assert bar.alarm_counts()[1][Severity.CAUTION] == 1


def test_marks_blink_in_live_and_stand_in_a_replay(bar: ClockBar, clock: Clock) -> None:
    bar.resize(1920, 64)

    def half_seconds(alarms: tuple[AlarmState, ...]) -> list[QImage]:
        bar.refresh(view(alarms=alarms))
        pictures = []
        for _ in range(2):
            pictures.append(bar.grab(QRect(1920 - 180, 0, 180, 64)).toImage())
            clock.ns += S // 2
        return pictures

    waits, seen = (alarm(3, 3),), (alarm(3, 3, True),)
    first, second = half_seconds(waits)
    assert first != second
    clock.head.seek(AT - 60 * S)
    first, second = half_seconds(waits)
    assert first == second
    assert first != half_seconds(seen)[0], "and are there"


def test_the_heartbeat_moves_with_each_painting(bar: ClockBar) -> None:
    bar.refresh(view())
    first = bar.grab().toImage()
    beats = bar.beats
    second = bar.grab().toImage()
    assert bar.beats == beats + 1
    assert first != second


@pytest.mark.parametrize("width", [300, 900, 1280, 1920, 3840])
def test_it_paints_at_any_width(bar: ClockBar, width: int) -> None:
    bar.resize(width, 64)
    bar.countdowns = [Countdown(f"AOS {n}", AT + n * 1000 * S) for n in range(5)]
    bar.refresh(view(alarms=(alarm(3, 3),), links={"s": link(AT, 9)}))
    assert not bar.grab().isNull()


def test_until_the_archive_is_read_nothing_is_said(bar: ClockBar, clock: Clock) -> None:
    clock.head.recording = False
    assert (bar.clock(), bar.mode_word(), bar.mode_note()) == ("—", "—", "")
    assert "1970" not in bar.spoken()
    empty = bar.grab().toImage()
    bar.refresh(view())
    assert bar.clock() == "2026-326 09:50:22Z"
    assert bar.grab().toImage() != empty


def test_words_of_the_modes(bar: ClockBar, clock: Clock) -> None:
    bar.refresh(view())
    assert (bar.mode_word(), bar.mode_note()) == ("LIVE", "")
    clock.head.pause()
    clock.ns += 41 * S
    assert (bar.mode_word(), bar.mode_note()) == ("PAUSED", "+00:41")
    clock.head.seek(AT - 1800 * S)
    assert (bar.mode_word(), bar.mode_note()) == ("REPLAY", "stands")
    clock.head.play(-4)
    assert bar.mode_note() == "−4×"


def test_it_can_be_read_aloud(bar: ClockBar) -> None:
    bar.refresh(view())
    assert "LIVE; 2026-326 09:50:22Z" in bar.accessibleDescription()
    assert "Free flight" in bar.accessibleDescription()


@pytest.mark.parametrize(
    ("mode", "kind", "kinds"),
    [
        ("live", "live", ()),
        ("paused", "live", ()),
        ("replay", "live", ("replay",)),
        ("live", "simulation", ("simulation",)),
        ("replay", "training", ("replay", "training")),
    ],
)
def test_which_reality(mode: str, kind: str, kinds: tuple[str, ...]) -> None:
    assert realities(mode, kind) == kinds


@pytest.mark.parametrize("kinds", [("replay",), ("simulation",), ("training",), ("replay", "simulation")])
def test_a_banner_shows_its_colours_and_says_its_name(kinds: tuple[str, ...], qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.resize(1200, 28)
    banner.show_reality(kinds, "pass.okaeri", AT)
    image = banner.grab().toImage()
    for number, kind in enumerate(kinds):
        left = 1200 * number // len(kinds)
        assert image.pixelColor(left + 3, 2) == theme.reality_colour(kind)
        assert kind.upper() in banner.accessibleName()


def test_live_has_no_banner(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.show_reality((), "pass.okaeri", AT)
    assert not banner.isVisible()
