"""The status line: whether anybody records, and how far behind that is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from console.archive.shapes import ASSUMED_RECEPTION, Extent, Session
from console.desk.statusline import StatusLine
from console.desk.view import DeskView
from console.mission import Mission

S = 1_000_000_000
AT = 1_795_341_022 * S


@pytest.fixture
def view(tmp_path: Path) -> DeskView:
    return DeskView(
        Mission(name="small", title="Small"), Session(1, "live", 0), Extent(1, 9, AT - S, AT), "live", 1.0,
        False, 9, AT, AT, rate_packets_s=12.34, archive_path=str(tmp_path / "small.okaeri"),
        archive_octets=1_840_000,
    )  # fmt: skip


@pytest.fixture
def line(qtbot: QtBot) -> StatusLine:
    made = StatusLine()
    qtbot.addWidget(made)
    return made


def test_packets_come_in_beats_and_the_least_age_counts(line: StatusLine, view: DeskView) -> None:
    for behind_ms in (900, 20, 500, 700):
        line.refresh(replace(view, behind_ns=behind_ms * 1_000_000), recording=True)
    facts = line.message.split("  ·  ")
    assert facts[:3] == ["Recorder: writing, 20 ms behind", "12.3 packets/s", "archive 1.84 MB"]
    assert facts[3].startswith("disk free ")
    for _ in range(20):
        line.refresh(replace(view, behind_ns=900_000_000), recording=True)
    assert line.message.startswith("Recorder: writing, 900 ms behind"), "only of the last two seconds"


def test_a_recorder_that_receives_nothing_is_said_to_run(line: StatusLine, view: DeskView) -> None:
    line.refresh(replace(view, behind_ns=5 * S), recording=True)
    assert line.message.startswith("Recorder: writing, 5000 ms behind")
    for _ in range(20):
        line.refresh(replace(view, behind_ns=125 * S), recording=True)
    assert line.message.startswith("Recorder: running, nothing received for 00:02:05")


def test_that_nobody_records_is_said(line: StatusLine, view: DeskView) -> None:
    line.refresh(view, recording=False)
    assert line.message.startswith("Nobody records into this archive  ·  12.3 packets/s")
    line.refresh(replace(view, session=Session(1, "live", 0, note=ASSUMED_RECEPTION)), recording=False)
    assert "made from a file: reception times are assumed" in line.message


def test_a_problem_takes_the_place_of_the_facts_and_gives_it_back(line: StatusLine, view: DeskView) -> None:
    line.refresh(view, recording=True)
    facts = line.message
    line.show_problem("disk full")
    assert (line.message, line.accessibleName(), line.toolTip()) == ("disk full",) * 3
    line.refresh(view, recording=True)
    assert line.message == "disk full"
    line.show_problem("")
    assert line.message == line.accessibleName() == facts
