"""What the command line says to options that cannot be, in this process."""

from __future__ import annotations

import pytest

from console.__main__ import main

RECORD = ("record", "--mission", "m", "--archive", "a.okaeri")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*RECORD, "--seconds", "soon"), "soon is not a positive number"),
        ((*RECORD, "--seconds", "-1"), "-1 is not a positive number"),
        ((*RECORD, "--seconds", "nan"), "nan is not a positive number"),
        ((*RECORD, "--port", "radio"), "'radio' is not LINK=PORT"),
        ((*RECORD, "--port", "radio=65536"), "'radio=65536' is not LINK=PORT"),
        ((*RECORD, "--port", "radio=²"), "'radio=²' is not LINK=PORT"),
        (("decode", "f", "--definitions", "d", "--apid", "eleven"), "'eleven' is not a whole number"),
        ((), "the following arguments are required: COMMAND"),
    ],
)
def test_wrong_options_are_told_in_plain_words(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert words in told
    assert "_positive" not in told


def test_a_picture_needs_an_end_to_be_taken_at(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("desk", "a.okaeri", "--screenshot", "desk.png")) == 2
    assert "--seconds N" in capsys.readouterr().err
