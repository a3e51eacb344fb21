"""Colours by role, fonts, scale and the style sheet of the desk.

Read the palette where you paint (``theme.palette.text``), never copy it: it changes with ``use``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from console.resources import asset_folder
from decoders.mission.model import Severity


def _c(text: str) -> QColor:
    return QColor(text)


@dataclass(frozen=True)
class Palette:
    """One colour per role (TARGET.md, "Colours by role"); fields are ``QColor``."""

    name: str
    gutter: QColor
    field: QColor
    """Behind text that is typed or long."""
    panel: QColor
    header: QColor
    control: QColor
    hairline: QColor
    grid: QColor
    control_border: QColor
    tab_line: QColor
    selected: QColor
    track: QColor
    track_normal: QColor
    dim: QColor
    label: QColor
    text: QColor
    value: QColor
    interactive: QColor
    data: QColor
    eclipse: QColor
    sea: QColor
    land: QColor
    hatch: QColor
    status_text: QColor
    critical: QColor
    serious: QColor
    caution: QColor
    normal: QColor
    standby: QColor
    off: QColor
    replay: QColor
    simulation: QColor
    training: QColor
    banner_text: QColor
    curves: tuple[QColor, ...] = ()
    outline: QColor | None = None
    """Drawn round status shapes where their contrast with the background is low (light theme)."""


DARK = Palette(
    name="dark",
    gutter=_c("#080e14"),
    field=_c("#0b131b"),
    panel=_c("#101923"),
    header=_c("#172635"),
    control=_c("#1b2d3e"),
    hairline=_c("#22364a"),
    grid=_c("#1d2e3f"),
    control_border=_c("#3d5166"),
    tab_line=_c("#3a5570"),
    selected=_c("#1c3f5e"),
    track=_c("#52677c"),
    track_normal=_c("#3a5570"),
    dim=_c("#7d8a98"),
    label=_c("#a4abb6"),
    text=_c("#d4d8dd"),
    value=_c("#ffffff"),
    interactive=_c("#4dacff"),
    data=_c("#a9b7c4"),
    eclipse=_c("#060b10"),
    sea=_c("#0b1622"),
    land=_c("#3a4a56"),
    hatch=_c("#1d2e3f"),
    status_text=_c("#101923"),
    critical=_c("#ff3838"),
    serious=_c("#ffb302"),
    caution=_c("#fce83a"),
    normal=_c("#56f000"),
    standby=_c("#2dccff"),
    off=_c("#a4abb6"),
    replay=_c("#4dacff"),
    simulation=_c("#00c7cb"),
    training=_c("#938bdb"),
    banner_text=_c("#080c11"),
    curves=tuple(_c(c) for c in ("#56B4E9", "#CC79A7", "#2bb88f", "#d4d8dd", "#E69F00")),
)

LIGHT = Palette(
    name="light",
    gutter=_c("#c3ccd5"),
    field=_c("#ffffff"),
    panel=_c("#f7f9fb"),
    header=_c("#e3e9ef"),
    control=_c("#ffffff"),
    hairline=_c("#cbd4dd"),
    grid=_c("#e0e6ec"),
    control_border=_c("#8a99a8"),
    tab_line=_c("#8fa5ba"),
    selected=_c("#cfe3f7"),
    track=_c("#98a6b4"),
    track_normal=_c("#6d8195"),
    dim=_c("#7b8894"),
    label=_c("#4d5a68"),
    text=_c("#1f2b37"),
    value=_c("#000000"),
    interactive=_c("#005fb3"),
    data=_c("#5f7183"),
    eclipse=_c("#d5dbe1"),
    sea=_c("#e8eff6"),
    land=_c("#b9c2b4"),
    hatch=_c("#d5dde5"),
    status_text=_c("#000000"),
    critical=_c("#ff2a04"),
    serious=_c("#ffaf3d"),
    caution=_c("#fad800"),
    normal=_c("#00e200"),
    standby=_c("#64d9ff"),
    off=_c("#7b8089"),
    replay=_c("#4dacff"),
    simulation=_c("#00c7cb"),
    training=_c("#938bdb"),
    banner_text=_c("#080c11"),
    curves=tuple(_c(c) for c in ("#0072B2", "#B04A80", "#00805c", "#30383f", "#b87700")),
    outline=_c("#3d4a57"),
)

palette: Palette = DARK
"""The palette in use; read it at painting time as ``theme.palette``."""
scale: float = 1.0
"""Size of everything, 0.9–1.5."""

GUTTER = 4
"""Pixels between docks at scale 1."""
FAMILIES = ["B612", "Noto Sans JP"]
MONO_FAMILIES = ["B612 Mono", "Noto Sans JP"]


def use(name: str = "dark", new_scale: float = 1.0) -> None:
    """Choose the palette (``dark`` or ``light``) and the scale (held to 0.9–1.5)."""
    global palette, scale
    palette = LIGHT if name == "light" else DARK
    scale = min(1.5, max(0.9, new_scale))
    _font.cache_clear()


def px(size: float) -> int:
    """Return a length drawn at scale 1 in pixels of the present scale (at least 1)."""
    return max(1, round(size * scale))


def font(size: float = 12, bold: bool = False) -> QFont:
    """Return B612 with kerning off, Noto Sans JP behind it; ``size`` in px at scale 1."""
    return QFont(_font(px(size), bold, False))


def mono(size: float = 12, bold: bool = False) -> QFont:
    """Return B612 Mono for hex, bits and expressions; ``size`` in px at scale 1."""
    return QFont(_font(px(size), bold, True))


@cache
def _font(pixels: int, bold: bool, fixed: bool) -> QFont:
    result = QFont()
    result.setFamilies(MONO_FAMILIES if fixed else FAMILIES)
    result.setPixelSize(pixels)
    result.setKerning(False)
    result.setBold(bold)
    return result


def status_colour(severity: Severity | int) -> QColor:
    """Return the colour of a severity; NORMAL gives the (white) value colour: nominal is never green."""
    return {
        Severity.CAUTION: palette.caution,
        Severity.SERIOUS: palette.serious,
        Severity.CRITICAL: palette.critical,
    }.get(Severity(severity), palette.value)


def curve(index: int) -> QColor:
    """Return the colour of the n-th curve of a plot."""
    return palette.curves[index % len(palette.curves)]


def reality_colour(kind: str) -> QColor | None:
    """Return the colour of ``replay``, ``simulation`` or ``training``; None for live."""
    return {"replay": palette.replay, "simulation": palette.simulation, "training": palette.training}.get(
        kind
    )


def load_fonts() -> list[str]:
    """Register the bundled fonts with Qt and return the families found (needs a QGuiApplication)."""
    families: list[str] = []
    for path in sorted((asset_folder() / "fonts").glob("*.[tow][tof]*")):
        number = QFontDatabase.addApplicationFont(str(path))
        if number >= 0:
            families += QFontDatabase.applicationFontFamilies(number)
    return families


def apply(app: QApplication) -> None:
    """Give the application our fonts, palette and style sheet."""
    load_fonts()
    app.setStyle("Fusion")
    app.setFont(font(12))
    p, q = palette, QPalette()
    role = QPalette.ColorRole
    for target, colour in (
        (role.Window, p.panel),
        (role.Base, p.panel),
        (role.AlternateBase, p.panel),
        (role.ToolTipBase, p.control),
        (role.Button, p.control),
        (role.Highlight, p.selected),
        (role.WindowText, p.text),
        (role.Text, p.value),
        (role.ButtonText, p.text),
        (role.ToolTipText, p.value),
        (role.HighlightedText, p.value),
        (role.PlaceholderText, p.dim),
        (role.BrightText, p.value),
        (role.Link, p.interactive),
        (role.Light, p.control),
        (role.Midlight, p.control),
        (role.Mid, p.hairline),
        (role.Dark, p.gutter),
        (role.Shadow, p.gutter),
    ):
        q.setColor(target, colour)
    for target in (role.WindowText, role.Text, role.ButtonText):
        q.setColor(QPalette.ColorGroup.Disabled, target, p.track)
    app.setPalette(q)
    app.setStyleSheet(style_sheet())
    hints = app.styleHints()
    hints.setColorScheme(Qt.ColorScheme.Light if p.name == "light" else Qt.ColorScheme.Dark)


def style_sheet() -> str:
    """Return the style sheet of all common controls in the palette and scale in use."""
    p = palette
    values = {
        **{
            name: getattr(p, name).name() for name in Palette.__dataclass_fields__ if name not in _NOT_COLOURS
        },
        **{f"px{n}": f"{px(n)}px" for n in (1, 2, 3, 4, 6, 8, 10, 12, 13, 16, 18, 20, 22, 24)},
    }
    text = _STYLE
    for key in sorted(values, key=len, reverse=True):
        text = text.replace("@" + key + ";", values[key] + ";").replace("@" + key + " ", values[key] + " ")
    return text


_NOT_COLOURS = {"name", "curves", "outline"}

_STYLE = """
QWidget { color: @text; }
QMainWindow, QDialog { background: @gutter; }
QToolTip { background: @control; color: @value; border: 1px solid @control_border; padding: @px4; }
QMenuBar { background: @gutter; color: @text; border: none; }
QMenuBar::item { padding: @px4 @px8; background: transparent; }
QMenuBar::item:selected { background: @selected; color: @value; }
QMenu { background: @header; color: @text; border: 1px solid @control_border; padding: @px4; }
QMenu::item { padding: @px4 @px24 @px4 @px20; }
QMenu::item:selected { background: @selected; color: @value; }
QMenu::item:disabled { color: @track; }
QMenu::separator { height: 1px; background: @hairline; margin: @px4; }
QPushButton, QToolButton {
  background: @control; color: @text; border: 1px solid @control_border; border-radius: 2px;
  min-height: @px20; padding: 0px @px10; }
QToolButton { padding: 0px @px6; }
QPushButton:hover, QToolButton:hover { border-color: @interactive; color: @value; }
QPushButton:pressed, QPushButton:checked, QToolButton:checked, QToolButton:pressed {
  background: @selected; border-color: @interactive; color: @value; }
QPushButton:focus, QToolButton:focus { border-color: @interactive; }
QPushButton:default { color: @interactive; border-color: @interactive; }
QPushButton:disabled, QToolButton:disabled { color: @track; border-color: @hairline; }
QPushButton::menu-indicator, QToolButton::menu-indicator { width: 0px; }
QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox {
  background: @field; color: @value; border: 1px solid @control_border; border-radius: 2px;
  selection-background-color: @selected; }
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox { min-height: @px20; padding: 0px @px6; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus { border-color: @interactive; }
QComboBox::drop-down { border: none; width: @px16; }
QComboBox QAbstractItemView, QListView#completions {
  background: @header; color: @text; border: 1px solid @control_border;
  selection-background-color: @selected; }
QAbstractItemView { background: @panel; color: @text; border: none; outline: none;
  selection-background-color: @selected; selection-color: @value; }
QTableView { gridline-color: @hairline; }
QHeaderView { background: @header; border: none; }
QHeaderView::section { background: @header; color: @label; border: none; padding: 0px @px4; }
QTableCornerButton::section { background: @header; border: none; }
QScrollBar:vertical { background: transparent; width: @px8; margin: 0px; }
QScrollBar:horizontal { background: transparent; height: @px8; margin: 0px; }
QScrollBar::handle { background: @control_border; border-radius: 2px; min-height: @px24; min-width: @px24; }
QScrollBar::handle:hover { background: @track; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0px; height: 0px; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QCheckBox { spacing: @px6; }
QSplitter::handle { background: @gutter; }
QLabel { background: transparent; }
QLabel#dim, QLabel#label { color: @label; }
"""
