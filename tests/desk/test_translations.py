"""The Japanese desk: every text of the code is translated, with the places that values go to."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from console.desk import app as desk_app
from console.resources import asset_folder

CHECKOUT = Path(__file__).resolve().parents[2]
SOURCE = asset_folder() / "translations" / "okaeri_ja.ts"


def messages(path: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield (context, source, translation, type) of a Qt translation file."""
    for context in ElementTree.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            assert translation is not None
            yield (
                context.findtext("name") or "",
                message.findtext("source") or "",
                translation.text or "",
                translation.get("type", ""),
            )


def test_every_text_of_the_code_is_translated(tmp_path: Path) -> None:
    lupdate = Path(sys.executable).with_name("pyside6-lupdate")
    if not lupdate.exists():
        pytest.skip("pyside6-lupdate is not beside this Python")
    copy = Path(shutil.copy(SOURCE, tmp_path / "okaeri_ja.ts"))
    files = sorted(str(path) for path in (CHECKOUT / "console" / "desk").rglob("*.py"))
    subprocess.run(
        [lupdate, "-no-obsolete", *files, "-ts", copy], check=True, capture_output=True, timeout=60
    )
    left = [f"{context}: {source}" for context, source, _text, kind in messages(copy) if kind]
    assert left == [], "run make translations and translate what is new"


def test_values_have_their_places() -> None:
    for context, source, text, _kind in messages(SOURCE):
        wanted, got = (sorted(re.findall(r"\{[^}]*\}", words)) for words in (source, text))
        assert wanted == got, f"{context}: {source}"


def test_the_compiled_file_is_the_present_one(qapp: QApplication) -> None:
    translator = QTranslator()
    assert translator.load("okaeri_ja", str(asset_folder() / "translations"))
    for context, source, text, _kind in messages(SOURCE):
        assert translator.translate(context, source) == text


def test_the_language_is_set_and_taken_back(qapp: QApplication) -> None:
    before = QLocale()
    installed = desk_app.set_language(qapp, "ja")
    try:
        assert len(installed) == 2
        assert QCoreApplication.translate("Layouts", "Pass") == "パス"
        assert QLocale().language() == QLocale.Language.Japanese
    finally:
        for translator in installed:
            qapp.removeTranslator(translator)
        QLocale.setDefault(before)
    assert QCoreApplication.translate("Layouts", "Pass") == "Pass"


def test_no_text_is_hidden_from_lupdate() -> None:
    """f-strings inside tr() are extracted literally and never match."""
    for path in (CHECKOUT / "console" / "desk").rglob("*.py"):
        found = re.findall(r"""(?:\btr|translate)\(\s*f["'].*""", path.read_text("utf-8"))
        assert found == [], path
