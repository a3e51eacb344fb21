"""The menus of tabs and title bars are QtAds' own; their words are ours to translate."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QTimer, QTranslator
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

import small_archive

from console.desk.docking import MENU_WORDS
from console.desk.window import DeskWindow


class Listening(QTranslator):
    """Answers what QtAds asks in capitals, and keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[tuple[str, str]] = set()

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        if not context.startswith("ads::"):
            return ""
        self.asked.add((context, source))
        return source.upper()


def menu_of(widget: QWidget) -> list[str]:
    """Open a widget's menu and return its words."""
    found: list[str] = []
    look = QTimer(interval=10)

    def read() -> None:
        menu = QApplication.activePopupWidget()
        if isinstance(menu, QMenu):
            found.extend(action.text() for action in menu.actions() if action.text())
            menu.close()

    look.timeout.connect(read)
    look.start()
    at = QPoint(widget.width() - 2, widget.height() // 2)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, widget.mapToGlobal(at))
    QApplication.sendEvent(widget, event)
    look.stop()
    return found


@pytest.mark.parametrize("kind", ["CDockAreaTitleBar", "CDockWidgetTab"])
def test_every_word_of_a_menu_can_be_translated(kind: str, tmp_path: Path, qtbot: QtBot) -> None:
    window = DeskWindow(str(small_archive.write(tmp_path / "small.okaeri", 5)))
    window.show_layout("pass")
    with qtbot.waitExposed(window):
        window.show()
    window.start()
    qtbot.waitUntil(lambda: window.view is not None, timeout=15_000)
    translator = Listening()
    QApplication.installTranslator(translator)
    try:
        titled = next(w for w in window.findChildren(QWidget) if type(w).__name__ == kind and w.isVisible())
        told = menu_of(titled)
    finally:
        QApplication.removeTranslator(translator)
        window.shut_down()
        window.hide()
        window.deleteLater()
    assert told
    assert told == [words.upper() for words in told]
    of_menus = {(context, source) for context, source in translator.asked if source.upper() in told}
    assert len(of_menus) == len(told)
    assert of_menus <= set(MENU_WORDS)
