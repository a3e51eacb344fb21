"""The table of actions: unique, wired, and complete in menus and on the F1 sheet."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from console.desk import actions


class Hands:
    """Notes which handlers were called."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def __getattr__(self, name: str) -> object:
        return lambda: self.done.append(name)


def test_ids_and_shortcuts_are_unique() -> None:
    keys = Counter(QKeySequence(row.shortcut).toString() for row in actions.ACTIONS if row.shortcut)
    assert [key for key, times in keys.items() if times > 1] == []
    assert "" not in keys
    assert len({row.id for row in actions.ACTIONS}) == len(actions.ACTIONS)


def test_every_handler_exists() -> None:
    from console.desk.commands import Commands

    missing = [row.handler for row in actions.ACTIONS if not callable(getattr(Commands, row.handler, None))]
    assert missing == []


@pytest.mark.parametrize("row", actions.ACTIONS, ids=lambda row: row.id)
def test_each_action_calls_its_handler(row: actions.Action, qtbot: QtBot) -> None:
    owner, hands = QWidget(), Hands()
    qtbot.addWidget(owner)
    actions.build(owner, hands)[row.id].trigger()
    assert hands.done == [row.handler]


def test_menus_hold_every_action(qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    made = actions.build(owner, Hands())
    shown = []
    for name in actions.MENUS:
        menu = QMenu(owner)
        actions.fill_menu(menu, name, made)
        shown += [action.objectName() for action in menu.actions() if not action.isSeparator()]
    assert sorted(shown) == sorted(row.id for row in actions.ACTIONS)


def test_the_sheet_tells_every_shortcut() -> None:
    told = [keys for _title, lines in actions.sheet() for keys, _what in lines]
    assert len(told) == sum(1 for row in actions.ACTIONS if row.shortcut)


@pytest.mark.parametrize(
    ("id", "shortcut"),
    [
        ("pause", "Space"),
        ("live", "L"),
        ("acknowledge", "A"),
        ("palette", "Ctrl+K"),
        ("keys", "F1"),
        ("step-back", "Left"),
        ("layout-pass", "Ctrl+1"),
        ("layout-training", "Ctrl+4"),
    ],
)
def test_the_promised_keys(id: str, shortcut: str) -> None:
    assert {row.id: row.shortcut for row in actions.ACTIONS}[id] == shortcut
