"""The desk process: one archive, one session, one event loop."""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path
from types import FrameType

import platformdirs
from PySide6.QtCore import (
    QLibraryInfo,
    QLocale,
    QMessageLogContext,
    QTimer,
    QtMsgType,
    QTranslator,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication

from console.desk import theme
from console.desk.deskstate import StateFile
from console.desk.layouts import LAYOUTS
from console.desk.window import DeskWindow
from console.exit_codes import OK, UNREADABLE, USAGE
from console.resources import asset_folder

log = logging.getLogger(__name__)

START_AT_LATEST_MS = 1000
"""A window that is never painted (minimised) reads all the same."""

SIGNALS_SEEN_MS = 200


def main(
    archive: str | Path,
    *,
    seconds: float | None = None,
    screenshot: str | Path | None = None,
    language: str | None = None,
    at: int | None = None,
    speed: float | None = None,
    layout: str | None = None,
    fresh: bool = False,
) -> int:
    """Show an archive until the window is closed; return 0, 3 (cannot be read) or 2 (no layout or picture).

    ``seconds`` ends by itself, ``screenshot`` saves a picture (1920 × 1080) just before the end,
    ``language`` is ``en`` or ``ja`` (None: the machine's), ``at`` is the mission time in ns to
    start at, ``speed`` the replay speed to start with, ``layout`` the layout's id. ``fresh``
    neither uses nor keeps what was open before; a screenshot is always fresh.
    """
    if layout is not None and layout not in LAYOUTS:
        print(f"okaeri: there is no layout {layout!r}; there are {', '.join(LAYOUTS)}", file=sys.stderr)
        return USAGE
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication([sys.argv[0] if sys.argv else "okaeri"])
    if app.platformName() == "offscreen":
        qInstallMessageHandler(_say)
    app.setApplicationName("okaeri")
    app.setDesktopFileName("okaeri")
    store = StateFile(None if fresh or screenshot else state_path())
    kept = store.load()
    translators = set_language(app, language)
    theme.use(kept.theme, kept.scale)
    theme.apply(app)
    window = DeskWindow(str(archive), store)
    if layout is not None:
        window.show_layout(layout)

    def start() -> None:
        window.start(at_ns=at, speed=speed)

    saved = True

    def finish() -> None:
        nonlocal saved
        saved = screenshot is None or window.grab().save(str(screenshot))
        window.close()

    window.painted.connect(start)
    window.show()
    QTimer.singleShot(START_AT_LATEST_MS, start)
    if seconds is not None:
        QTimer.singleShot(max(1, round(seconds * 1000)), finish)
    _end_on_signals(app)
    app.exec()
    window.shut_down()
    for translator in translators:
        app.removeTranslator(translator)
    if not (window.ready or window.refused or _holds_something(Path(archive))):
        print(f"okaeri: {archive}: no such archive came; name one that is there", file=sys.stderr)
        return UNREADABLE
    if not saved:
        print(f"okaeri: cannot write {screenshot}", file=sys.stderr)
    if window.refused:
        return UNREADABLE
    return OK if saved else USAGE


def _holds_something(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def state_path() -> Path:
    """Return the file in which the desk keeps what is open."""
    return Path(platformdirs.user_config_dir("okaeri", appauthor=False)) / "desk.json"


def set_language(app: QApplication, language: str | None) -> list[QTranslator]:
    """Set the desk's language (``en``, ``ja``, None: the machine's) and return what was installed."""
    name = language or ("ja" if QLocale.system().language() == QLocale.Language.Japanese else "en")
    locale = QLocale(QLocale.Language.Japanese if name == "ja" else QLocale.Language.English)
    QLocale.setDefault(locale)
    if name != "ja":
        return []
    installed = []
    qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for folder, file in ((qt_folder, "qtbase_ja"), (str(asset_folder() / "translations"), "okaeri_ja")):
        translator = QTranslator(app)
        if translator.load(file, folder) and app.installTranslator(translator):
            installed.append(translator)
        else:
            log.warning("no translation %s in %s", file, folder)
    return installed


def _say(_kind: QtMsgType, _context: QMessageLogContext, words: str) -> None:
    """Write what Qt says to stderr; that a picture without a screen has no size hints is no news."""
    if "propagateSizeHints" not in words:
        print(words, file=sys.stderr)


def _end_on_signals(app: QApplication) -> None:
    """Close the window on Ctrl-C and SIGTERM; a timer lets Python see them whatever the window does."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        app.closeAllWindows()
        app.quit()

    look = QTimer(app)
    look.start(SIGNALS_SEEN_MS)
    look.timeout.connect(lambda: None)
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            signal.signal(number, stop)
        except ValueError:  # not the main thread: a test drives the loop
            return
