"""The one table of actions: it feeds the menus, the shortcuts, the F1 sheet and the tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from console.desk.words import QT_TRANSLATE_NOOP


@dataclass(frozen=True, slots=True)
class Action:
    """One thing the operator can do. ``handler`` is the name of a method of ``Commands``.

    ``text`` and ``menu`` are source texts of the context ``Actions``; a group change inside a menu
    draws a line; ``status`` is the short word in the status line ("" leaves it out).
    """

    id: str
    menu: str
    group: int
    text: str
    shortcut: str
    handler: str
    checkable: bool = False
    status: str = ""


FILE = QT_TRANSLATE_NOOP("Actions", "File")
VIEW = QT_TRANSLATE_NOOP("Actions", "View")
TIME = QT_TRANSLATE_NOOP("Actions", "Time")
ALARMS = QT_TRANSLATE_NOOP("Actions", "Alarms")
TOOLS = QT_TRANSLATE_NOOP("Actions", "Tools")
HELP = QT_TRANSLATE_NOOP("Actions", "Help")
MENUS = (FILE, VIEW, TIME, ALARMS, TOOLS, HELP)

ACTIONS: tuple[Action, ...] = (
    Action(
        "picture", FILE, 0, QT_TRANSLATE_NOOP("Actions", "Save picture of the window"), "F12", "save_picture"
    ),
    Action("quit", FILE, 1, QT_TRANSLATE_NOOP("Actions", "Close desk"), "Ctrl+Q", "close_desk"),
    Action("layout-pass", VIEW, 0, QT_TRANSLATE_NOOP("Actions", "Layout: Pass"), "Ctrl+1", "layout_pass"),
    Action(
        "layout-recovery",
        VIEW,
        0,
        QT_TRANSLATE_NOOP("Actions", "Layout: Entry && Recovery"),
        "Ctrl+2",
        "layout_recovery",
    ),
    Action(
        "layout-analysis",
        VIEW,
        0,
        QT_TRANSLATE_NOOP("Actions", "Layout: Analysis"),
        "Ctrl+3",
        "layout_analysis",
    ),
    Action(
        "layout-training",
        VIEW,
        0,
        QT_TRANSLATE_NOOP("Actions", "Layout: Training"),
        "Ctrl+4",
        "layout_training",
    ),
    Action("layout-reset", VIEW, 1, QT_TRANSLATE_NOOP("Actions", "Reset this layout"), "", "reset_layout"),
    Action("new-plot", VIEW, 1, QT_TRANSLATE_NOOP("Actions", "New plot"), "Ctrl+N", "new_plot"),
    Action("larger", VIEW, 2, QT_TRANSLATE_NOOP("Actions", "Larger at next start"), "Ctrl++", "larger"),
    Action("smaller", VIEW, 2, QT_TRANSLATE_NOOP("Actions", "Smaller at next start"), "Ctrl+-", "smaller"),
    Action(
        "light",
        VIEW,
        2,
        QT_TRANSLATE_NOOP("Actions", "Light theme at next start"),
        "",
        "toggle_light",
        checkable=True,
    ),
    Action("full-screen", VIEW, 2, QT_TRANSLATE_NOOP("Actions", "Full screen"), "F11", "toggle_full_screen"),
    Action(
        "pause",
        TIME,
        0,
        QT_TRANSLATE_NOOP("Actions", "Pause or go on"),
        "Space",
        "toggle_pause",
        status=QT_TRANSLATE_NOOP("Actions", "pause"),
    ),
    Action(
        "live",
        TIME,
        0,
        QT_TRANSLATE_NOOP("Actions", "Back to live"),
        "L",
        "go_live",
        status=QT_TRANSLATE_NOOP("Actions", "live"),
    ),
    Action("step-back", TIME, 1, QT_TRANSLATE_NOOP("Actions", "One packet back"), "Left", "step_back"),
    Action("step-on", TIME, 1, QT_TRANSLATE_NOOP("Actions", "One packet on"), "Right", "step_on"),
    Action("jump-back", TIME, 1, QT_TRANSLATE_NOOP("Actions", "Ten seconds back"), "Shift+Left", "jump_back"),
    Action("jump-on", TIME, 1, QT_TRANSLATE_NOOP("Actions", "Ten seconds on"), "Shift+Right", "jump_on"),
    Action(
        "beginning",
        TIME,
        1,
        QT_TRANSLATE_NOOP("Actions", "Beginning of the archive"),
        "Ctrl+Home",
        "beginning",
    ),
    Action("end", TIME, 1, QT_TRANSLATE_NOOP("Actions", "End of the archive"), "Ctrl+End", "go_live"),
    Action("slower", TIME, 2, QT_TRANSLATE_NOOP("Actions", "Replay slower"), ",", "slower"),
    Action("faster", TIME, 2, QT_TRANSLATE_NOOP("Actions", "Replay faster"), ".", "faster"),
    Action("backwards", TIME, 2, QT_TRANSLATE_NOOP("Actions", "Replay the other way"), "R", "turn_round"),
    Action(
        "known-now",
        TIME,
        3,
        QT_TRANSLATE_NOOP("Actions", "As known now"),
        "K",
        "toggle_known_now",
        checkable=True,
    ),
    Action(
        "reception-axis",
        TIME,
        3,
        QT_TRANSLATE_NOOP("Actions", "Plots by reception time"),
        "T",
        "toggle_time_axis",
        checkable=True,
    ),
    Action(
        "acknowledge",
        ALARMS,
        0,
        QT_TRANSLATE_NOOP("Actions", "Acknowledge the selected alarm"),
        "A",
        "acknowledge",
        status=QT_TRANSLATE_NOOP("Actions", "acknowledge"),
    ),
    Action(
        "alarm-plot", ALARMS, 0, QT_TRANSLATE_NOOP("Actions", "Plot at the alarm's second"), "P", "plot_alarm"
    ),
    Action(
        "palette",
        TOOLS,
        0,
        QT_TRANSLATE_NOOP("Actions", "Go to parameter, panel, time"),
        "Ctrl+K",
        "focus_palette",
    ),
    Action(
        "keys",
        HELP,
        0,
        QT_TRANSLATE_NOOP("Actions", "Keys"),
        "F1",
        "show_keys",
        status=QT_TRANSLATE_NOOP("Actions", "keys"),
    ),
    Action("about", HELP, 0, QT_TRANSLATE_NOOP("Actions", "About Okaeri"), "", "show_about"),
)


def words(source: str) -> str:
    """Return a text of the table in the operator's language."""
    return QCoreApplication.translate("Actions", source)


def build(owner: QWidget, hands: object) -> dict[str, QAction]:
    """Make the actions of a window, each wired to the method of ``hands`` that its row names."""
    made: dict[str, QAction] = {}
    for row in ACTIONS:
        action = QAction(words(row.text), owner)
        action.setObjectName(row.id)
        action.setCheckable(row.checkable)
        if row.shortcut:
            action.setShortcut(QKeySequence(row.shortcut))
            # torn-off panels are windows of their own: the keys are the same there
            action.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)
        handler: Callable[[], None] = getattr(hands, row.handler)
        action.triggered.connect(lambda _checked=False, handler=handler: handler())
        owner.addAction(action)
        made[row.id] = action
    return made


def fill_menu(menu: QMenu, name: str, made: dict[str, QAction]) -> None:
    """Put the actions of one menu into it, with a line between groups."""
    group: int | None = None
    for row in ACTIONS:
        if row.menu != name:
            continue
        if group is not None and row.group != group:
            menu.addSeparator()
        group = row.group
        menu.addAction(made[row.id])


def sheet() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the F1 sheet: for each menu its (keys, what they do)."""
    pages = []
    for menu in MENUS:
        rows = [
            (QKeySequence(row.shortcut).toString(QKeySequence.SequenceFormat.NativeText), words(row.text))
            for row in ACTIONS
            if row.menu == menu and row.shortcut
        ]
        if rows:
            pages.append((words(menu), [(keys, text.replace("&&", "&")) for keys, text in rows]))
    return pages


def status_keys() -> str:
    """Return the shortcuts of the status line, ``Space pause   L live   …``."""
    return "    ".join(f"{row.shortcut} {words(row.status)}" for row in ACTIONS if row.status)
