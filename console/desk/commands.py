"""What the actions do. Each method is named by a row of ``actions.ACTIONS``."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QVBoxLayout, QWidget

import console
from console.desk import actions, clocks, theme

if TYPE_CHECKING:
    from console.desk.window import DeskWindow

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 20.0, 50.0, 100.0)


class Commands(QObject):
    """The hands of one window."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window

    # time

    def toggle_pause(self) -> None:
        self._window.playhead.toggle()

    def go_live(self) -> None:
        """Show the newest data everywhere: plots that look into history come back too."""
        window = self._window
        window.playhead.live()
        if window.ready:
            for dock_id in window.docking.ids:
                follow = getattr(window.docking.host(dock_id).panel, "live", None)
                if callable(follow):
                    follow()

    def step_back(self) -> None:
        self._window.playhead.step(-1)

    def step_on(self) -> None:
        self._window.playhead.step(1)

    def jump_back(self) -> None:
        head = self._window.playhead
        head.seek(head.instant_ns - 10 * clocks.SECOND)

    def jump_on(self) -> None:
        head = self._window.playhead
        if head.mode != "live":
            head.seek(head.instant_ns + 10 * clocks.SECOND)

    def beginning(self) -> None:
        self._window.playhead.seek(0)

    def slower(self) -> None:
        self._change_speed(-1)

    def faster(self) -> None:
        self._change_speed(1)

    def turn_round(self) -> None:
        head = self._window.playhead
        head.play(-1.0 if head.mode == "live" else -head.speed)

    def toggle_known_now(self) -> None:
        head = self._window.playhead
        head.as_known_now = not head.as_known_now
        self._window.made["known-now"].setChecked(head.as_known_now)

    def toggle_time_axis(self) -> None:
        window = self._window
        window.time_axis = "reception" if window.time_axis == "generation" else "generation"
        window.made["reception-axis"].setChecked(window.time_axis == "reception")

    # alarms

    def acknowledge(self) -> None:
        self._ask_alarms("acknowledge_selected")

    def plot_alarm(self) -> None:
        self._ask_alarms("plot_selected")

    # layouts and windows

    def layout_pass(self) -> None:
        self._window.show_layout("pass")

    def layout_recovery(self) -> None:
        self._window.show_layout("recovery")

    def layout_analysis(self) -> None:
        self._window.show_layout("analysis")

    def layout_training(self) -> None:
        self._window.show_layout("training")

    def reset_layout(self) -> None:
        self._window.reset_layout()

    def new_plot(self) -> None:
        self._window.open_new_plot()

    def larger(self) -> None:
        self._set_scale(0.1)

    def smaller(self) -> None:
        self._set_scale(-0.1)

    def toggle_light(self) -> None:
        state = self._window.state
        state.theme = "dark" if state.theme == "light" else "light"
        self._window.made["light"].setChecked(state.theme == "light")

    def toggle_full_screen(self) -> None:
        window = self._window
        if window.isFullScreen():
            window.showNormal()
        else:
            window.showFullScreen()

    def close_desk(self) -> None:
        self._window.close()

    def save_picture(self) -> Path | None:
        """Save the window as PNG in the user's home; its name tells what it shows."""
        window = self._window
        stamp = clocks.clock_text(window.playhead.instant_ns).replace(" ", "T").replace(":", "")
        kinds = "-".join(window.banner.kinds) or "live"
        path = Path.home() / f"okaeri-{stamp}-{kinds}.png"
        saved = window.grab().save(str(path))
        window.tell(self.tr("Saved {0}").format(path) if saved else self.tr("Cannot write {0}").format(path))
        return path if saved else None

    # finding and help

    def focus_palette(self) -> None:
        field = self._window.menu_row.palette_field
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        field.selectAll()

    def show_keys(self) -> None:
        keys_sheet(self._window).show()

    def show_about(self) -> None:
        self._window.tell(
            self.tr("Okaeri {0}, telemetry and operations console; Apache-2.0").format(console.__version__)
        )

    def _ask_alarms(self, method: str) -> None:
        window = self._window
        if not window.ready:
            return
        if not any(host.dock_id == "alarms" for host in window.docking.visible()):
            window.open_panel("alarms")  # what is acknowledged must have been seen
            return
        panel = window.docking.host("alarms").panel
        slot = getattr(panel, method, None)
        if callable(slot):
            slot()

    def _change_speed(self, direction: int) -> None:
        head = self._window.playhead
        nearest = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - abs(head.speed)))
        size = SPEEDS[min(len(SPEEDS) - 1, max(0, nearest + direction))]
        head.play(-size if head.speed < 0 else size)

    def _set_scale(self, change: float) -> None:
        window = self._window
        window.state.scale = round(min(1.5, max(0.9, window.state.scale + change)), 2)
        window.tell(self.tr("Size {0} % at next start").format(round(window.state.scale * 100)))


def keys_sheet(parent: QWidget) -> QDialog:
    """Return the F1 sheet: every shortcut of the table, not modal, closed with Escape."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(actions.words("Keys"))
    box = QVBoxLayout(dialog)
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme.px(16))
    grid.setVerticalSpacing(theme.px(6))
    box.addLayout(grid)
    pages = actions.sheet()
    row = itertools.count()
    for title, lines in pages:
        head = QLabel(title, dialog)
        head.setFont(theme.font(13, bold=True))
        grid.addWidget(head, next(row), 0, 1, 2)
        for keys, what in lines:
            line = next(row)
            grid.addWidget(QLabel(keys, dialog), line, 0)
            grid.addWidget(QLabel(what, dialog), line, 1)
    return dialog
