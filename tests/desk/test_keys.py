"""Every key of the F1 sheet, typed in every layout: it acts, except where somebody writes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

import small_archive

from console.desk import actions
from console.desk.commands import Commands
from console.desk.layouts import LAYOUTS
from console.desk.window import DeskWindow

KEYS = {row.handler: row.shortcut for row in actions.ACTIONS if row.shortcut}
LETTERS = [row.shortcut for row in actions.ACTIONS if len(row.shortcut) == 1]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_archive.write(tmp_path_factory.mktemp("keys") / "keys.okaeri", 90)


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the keys did, instead of doing it."""
    found: list[str] = []
    for handler in {row.handler for row in actions.ACTIONS}:
        monkeypatch.setattr(Commands, handler, lambda _self, handler=handler: found.append(handler))
    return found


def opened(archive: Path, qtbot: QtBot) -> DeskWindow:
    window = DeskWindow(str(archive))
    window.resize(1900, 1000)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    window.start()
    qtbot.waitUntil(lambda: window.view is not None, timeout=15_000)
    return window


@pytest.fixture
def window(archive: Path, done: list[str], qtbot: QtBot) -> Iterator[DeskWindow]:
    made = opened(archive, qtbot)
    yield made
    made.shut_down()
    made.hide()
    made.deleteLater()


@pytest.fixture
def real(archive: Path, qtbot: QtBot) -> Iterator[DeskWindow]:
    """A window whose keys do what they do."""
    made = opened(archive, qtbot)
    yield made
    made.shut_down()
    made.hide()
    made.deleteLater()


def press(widget: QWidget, shortcut: str) -> None:
    key = QKeySequence(shortcut)[0]
    QTest.keyClick(widget, key.key(), key.keyboardModifiers())


def places(window: DeskWindow, kind: type[QWidget]) -> list[QWidget]:
    found: list[QWidget] = [
        widget
        for host in window.docking.visible()
        for widget in host.findChildren(kind)
        if widget.isVisible()
    ]
    return [w for w in found if w.isEnabled() and w.focusPolicy() != Qt.FocusPolicy.NoFocus]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_key_acts_in_every_layout_wherever_the_focus_is(
    layout: str, window: DeskWindow, done: list[str], qtbot: QtBot
) -> None:
    window.show_layout(layout)
    qtbot.waitUntil(lambda: bool(places(window, QPushButton)))
    wheres = [window, *places(window, QAbstractItemView), *places(window, QPushButton)[:3]]
    for where in wheres:
        where.setFocus()
        for handler, shortcut in KEYS.items():
            done.clear()
            press(QApplication.focusWidget() or where, shortcut)
            assert done == [handler], (where, shortcut)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_letters_typed_into_a_field_are_letters(
    layout: str, window: DeskWindow, done: list[str], qtbot: QtBot
) -> None:
    window.show_layout(layout)
    qtbot.waitUntil(lambda: bool(places(window, QLineEdit)))
    fields = [window.menu_row.palette_field, *places(window, QLineEdit)]
    for field in fields:
        assert isinstance(field, QLineEdit)
        field.setFocus()
        field.clear()
        for letter in LETTERS:
            press(field, letter)
        press(field, "Space")
        press(field, "Left")
        press(field, "Shift+Left")
        assert field.text() == "".join(LETTERS).lower() + " "
        field.clear()
    assert done == []


def test_keys_act_in_a_torn_off_panel_too(window: DeskWindow, done: list[str], qtbot: QtBot) -> None:
    window.docking.float_dock("events")
    torn = window.docking.host("events").window()
    assert torn is not window
    with qtbot.waitActive(torn):
        torn.activateWindow()
    window.docking.host("events").setFocus()
    for handler in ("toggle_pause", "go_live", "layout_analysis", "show_keys"):
        done.clear()
        press(torn, KEYS[handler])
        assert done == [handler]


def test_escape_in_the_palette_clears_it_and_the_keys_are_back(real: DeskWindow, qtbot: QtBot) -> None:
    table = real.docking.host("parameters").findChild(QAbstractItemView)
    assert table is not None
    field = real.menu_row.palette_field
    for words in ("eps", "no such thing"):
        table.setFocus()
        press(table, "Ctrl+K")
        assert QApplication.focusWidget() is field
        QTest.keyClicks(field, words)
        assert field.text() == words
        QTest.keyClick(QApplication.activePopupWidget() or field, Qt.Key.Key_Escape)
        assert field.text() == ""
        assert QApplication.focusWidget() is table
        assert QApplication.activePopupWidget() is None
    press(table, "Space")
    assert real.playhead.playing


def test_going_somewhere_gives_the_keys_back_too(real: DeskWindow) -> None:
    table = real.docking.host("parameters").findChild(QAbstractItemView)
    assert table is not None
    table.setFocus()
    press(table, "Ctrl+K")
    field = real.menu_row.palette_field
    QTest.keyClicks(field, "09:51:00")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.text() == ""
    assert QApplication.focusWidget() is table


def test_no_alarm_is_acknowledged_unseen(real: DeskWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """An alarm list behind another tab comes to the front first."""
    real.show_layout("recovery")
    real.docking.open("parameters")
    assert not real.docking.host("alarms").isVisible()
    asked: list[str] = []
    panel = real.docking.host("alarms").panel
    monkeypatch.setattr(panel, "acknowledge_selected", lambda: asked.append("a"))
    press(real, "A")
    assert asked == []
    assert real.docking.host("alarms").isVisible()
    press(real, "A")
    assert asked == ["a"]
