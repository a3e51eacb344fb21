"""How the desk's process ends."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import small_archive

from console.desk import app


def test_a_picture_that_cannot_be_written_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], dressed: object
) -> None:
    archive = small_archive.write(tmp_path / "small.okaeri")
    picture = tmp_path / "no folder" / "desk.png"
    assert app.main(archive, seconds=0.5, screenshot=picture, language="en") == 2
    assert f"cannot write {picture}" in capsys.readouterr().err
