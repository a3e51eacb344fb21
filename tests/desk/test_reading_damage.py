"""An archive that is damaged while it is shown: said in words, and once in the log."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

import small_archive
from small_archive import START

from console.desk.reading import Reading, Request
from console.playhead import Position


def test_a_file_that_is_cut_while_it_is_shown_is_said_and_logged_once(
    tmp_path: Path, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    path = small_archive.write(tmp_path / "small.okaeri", 5)
    reading = Reading(str(path))
    with qtbot.waitSignal(reading.opened, timeout=15_000):
        reading.start()
    os.truncate(path, 0)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            with qtbot.waitSignal(reading.waiting, timeout=15_000) as said:
                assert reading.request(Request(Position("replay", START, None, 0, 1.0, False, False, 1)))
            assert said.args is not None
            assert "damaged or was cut short" in said.args[0]
    reading.stop()
    assert [record.message.partition(":")[0] for record in caplog.records] == ["view not read"]
