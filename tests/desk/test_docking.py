"""Docks: default trees, what is kept, and a bad panel that stays alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from console.desk import layouts
from console.desk.deskstate import DeskState, StateFile
from console.desk.docking import Docking, TitleTools
from console.desk.host import PanelHost
from console.desk.panel import Panel
from console.desk.trees import Split


class Plain(Panel):
    """A panel that remembers one word."""

    id = "plain"

    def __init__(self, word: str = "") -> None:
        QWidget.__init__(self)
        self.word, self.drawn = word, 0

    def title(self) -> str:
        return "Plain"

    def refresh(self, view: Any) -> None:
        self.drawn += 1

    def save(self) -> dict[str, Any]:
        return {"word": self.word}

    def restore(self, state: dict[str, Any]) -> None:
        self.word = state.get("word", "")


class Hasty(Plain):
    """A panel that is drawn whenever there is something new."""

    every_ms = 0


class Broken(Hasty):
    """A panel that fails when it draws."""

    def refresh(self, view: Any) -> None:
        raise RuntimeError("no ink")


def refuse() -> Panel:
    raise ImportError("not written yet")


@pytest.fixture
def make_docking(qtbot: QtBot) -> Callable[[], tuple[QWidget, Docking]]:
    def make() -> tuple[QWidget, Docking]:
        window = QWidget()
        window.resize(1920, 960)
        docking = Docking(window)
        box = QVBoxLayout(window)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(docking.widget)
        qtbot.addWidget(window)
        window.show()
        return window, docking

    return make


def fill(docking: Docking, *trees: Split) -> None:
    for tree in trees:
        for leaf in layouts.leaves(tree):
            for dock_id in leaf:
                if dock_id not in docking.ids:
                    docking.add(PanelHost(dock_id, Plain))


@pytest.mark.parametrize("name", layouts.LAYOUTS)
@pytest.mark.parametrize("plots", [0, 1, 4, 6, 9])
@pytest.mark.parametrize("compact", [False, True])
def test_every_layout_opens_what_it_names(
    name: str, plots: int, compact: bool, make_docking: Any, qtbot: QtBot
) -> None:
    window, docking = make_docking()
    tree = layouts.default(name, plots, compact=compact)
    fill(docking, tree)
    docking.arrange(tree, window.width(), window.height())
    named = [dock_id for leaf in layouts.leaves(tree) for dock_id in leaf]
    assert len(set(named)) == len(named)
    assert all(docking.is_open(dock_id) for dock_id in named)
    qtbot.waitUntil(lambda: len(list(docking.visible())) == len(list(layouts.leaves(tree))))


def test_the_pass_layout_has_the_drawn_proportions(make_docking: Any, qtbot: QtBot) -> None:
    window, docking = make_docking()
    tree = layouts.default("pass", 6)
    fill(docking, tree)
    docking.arrange(tree, window.width(), window.height())
    qtbot.waitUntil(lambda: docking.host("parameters").width() > 100)
    assert abs(docking.host("parameters").width() - 508) <= 6
    assert abs(docking.host("alarms").width() - 484) <= 6
    assert abs(docking.host("plot.pass.0").width() - 462) <= 6
    assert docking.host("plot.pass.0").height() == pytest.approx(docking.host("plot.pass.5").height(), abs=3)


@pytest.mark.parametrize(("room", "table"), [(1908, 508), (2560, 508), (3840, 508), (1000, 265)])
def test_more_room_goes_to_the_plots(room: int, table: int) -> None:
    body = layouts.default("pass", 6).parts[0][1]
    assert isinstance(body, Split)
    sizes = layouts.shares(body, room)
    assert sizes[0] == pytest.approx(table, abs=2)
    assert sizes[1] == sizes[2]
    assert sum(sizes) == pytest.approx(room, abs=3)


@pytest.mark.parametrize("name", layouts.LAYOUTS)
@pytest.mark.parametrize("compact", [False, True])
def test_alarms_are_never_behind_another_tab(name: str, compact: bool) -> None:
    in_front = [leaf[0] for leaf in layouts.leaves(layouts.default(name, 6, compact=compact))]
    assert "alarms" in in_front
    assert "timestrip" in in_front


@pytest.mark.parametrize("name", layouts.LAYOUTS)
def test_a_small_screen_shows_the_same_docks_in_fewer_areas(name: str) -> None:
    wide, small = layouts.default(name, 6), layouts.default(name, 6, compact=True)
    docks = [{i for leaf in layouts.leaves(tree) for i in leaf} for tree in (wide, small)]
    assert docks[0] - docks[1] <= {"sky", "passes"}
    assert len(list(layouts.leaves(small))) <= len(list(layouts.leaves(wide)))


def test_panels_with_nothing_to_show_stay_away() -> None:
    for name in layouts.LAYOUTS:
        tree = layouts.default(name, 3, without=("sky", "passes", "recovery", "whereis"))
        named = {layouts.panel_id(i) for leaf in layouts.leaves(tree) for i in leaf}
        assert not named & {"sky", "passes", "recovery", "whereis"}
        assert {"plot", "alarms", "timestrip"} <= named


def test_an_arrangement_is_as_drawn_until_somebody_changes_it(make_docking: Any, qtbot: QtBot) -> None:
    window, docking = make_docking()
    tree = layouts.default("pass", 2)
    fill(docking, tree)
    docking.arrange(tree, window.width(), window.height())
    assert docking.as_drawn
    docking.fit(tree, 1200, 600)
    docking.open("links")  # another tab in front is no other arrangement
    assert docking.as_drawn
    docking.close("events")
    assert not docking.as_drawn
    docking.open("events")
    assert docking.as_drawn
    docking.float_dock("alarms")
    assert not docking.as_drawn
    docking.arrange(tree, window.width(), window.height())
    assert docking.as_drawn
    splitter = next(s for s in window.findChildren(QSplitter) if s.count() > 1)
    splitter.moveSplitter(splitter.sizes()[0] - 40, 1)
    assert not docking.as_drawn


class Wordy(Plain):
    """A panel with much to say beside its tab."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.tab = name

    def title(self) -> str:
        return self.tab

    def header_text(self) -> str:
        return "Centre 34°17.358′ N 150°51.535′ E · azimuthal equidistant"


@pytest.mark.parametrize("width", [300, 420, 900])
def test_titles_of_tabs_come_before_the_words_beside_them(
    width: int, make_docking: Any, qtbot: QtBot
) -> None:
    window, docking = make_docking()
    names = ("アラーム・未確認 1", "天空図・勝浦", "リンク")
    for name in names:
        docking.add(PanelHost(name, lambda name=name: Wordy(name)))
    docking.arrange(Split("v", ((100, names),)), width, 400)
    window.resize(width, 400)
    docking.open("リンク")
    tools = window.findChild(TitleTools)
    tabs = [tab for tab in window.findChildren(QFrame) if type(tab).__name__ == "CDockWidgetTab"]
    assert len(tabs) == 3

    def laid_out() -> bool:
        docking.repaint_titles()
        left = tools.mapTo(window, tools.rect().topLeft()).x()
        rights = [tab.mapTo(window, tab.rect().topRight()).x() for tab in tabs]
        return window.width() == width and max(rights) < left + 2 and tools.width() >= 28

    qtbot.waitUntil(laid_out)
    assert all(tab.width() >= 40 for tab in tabs)
    front = next(tab for tab in tabs if tab.text() == "リンク")
    assert front.width() >= front.sizeHint().width() or width == 300


def test_an_arrangement_is_kept_and_comes_back(make_docking: Any) -> None:
    window, docking = make_docking()
    tree = layouts.default("pass", 2)
    fill(docking, tree)
    docking.arrange(tree, window.width(), window.height())
    docking.close("events")
    kept = docking.save()
    _again, other = make_docking()
    fill(other, tree)
    assert other.restore(kept)
    assert not other.is_open("events")
    assert other.is_open("alarms")


def test_a_dock_that_a_kept_arrangement_does_not_know_can_be_opened(make_docking: Any) -> None:
    window, docking = make_docking()
    tree = layouts.default("pass", 2)
    fill(docking, tree)
    docking.arrange(tree, window.width(), window.height())
    kept = docking.save()
    _again, other = make_docking()
    fill(other, tree)
    other.add(PanelHost("brandnew", Plain))
    assert other.restore(kept)
    assert not other.is_open("brandnew")
    other.open("brandnew")
    assert other.is_open("brandnew")


def test_layouts_take_turns(make_docking: Any) -> None:
    window, docking = make_docking()
    first, second = layouts.default("pass", 6), layouts.default("recovery", 6)
    fill(docking, first, second)
    in_first, in_second = ({i for leaf in layouts.leaves(tree) for i in leaf} for tree in (first, second))
    for _ in range(3):
        for tree, named in ((first, in_first), (second, in_second)):
            docking.arrange(tree, window.width(), window.height())
            assert {dock_id for dock_id in docking.ids if docking.is_open(dock_id)} == named


def test_damaged_arrangements_are_refused(make_docking: Any) -> None:
    window, docking = make_docking()
    tree = layouts.default("pass", 2)
    fill(docking, tree)
    docking.arrange(tree, window.width(), window.height())
    assert not docking.restore(b"no state at all")
    docking.arrange(tree, window.width(), window.height())
    assert docking.is_open("alarms")


def test_a_panel_that_cannot_be_made_says_so_and_can_be_tried_again(qtbot: QtBot) -> None:
    makers: list[Callable[[], Panel]] = [refuse, Plain]
    host = PanelHost("alarms", lambda: makers.pop(0)(), {"word": "kept"})
    qtbot.addWidget(host)
    assert "not written yet" in host.error
    assert host.save() == {"word": "kept"}
    host.build()
    assert host.error == ""
    assert isinstance(host.panel, Plain)
    assert host.panel.word == "kept"


def test_a_panel_that_fails_while_drawing_does_not_stop_the_others(qtbot: QtBot) -> None:
    good, bad = PanelHost("good", Hasty), PanelHost("bad", Broken)
    for host in (good, bad):
        qtbot.addWidget(host)
    for _ in range(3):
        for host in (bad, good):
            host.refresh(None)  # type: ignore[arg-type]
    assert "no ink" in bad.error
    assert isinstance(good.panel, Plain)
    assert good.panel.drawn == 3


def test_a_panel_whose_words_fail_is_drawn_and_said_once(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    class Mute(Hasty):
        def header_text(self) -> str:
            raise RuntimeError("no words")

    host = PanelHost("mute", Mute)
    qtbot.addWidget(host)
    for _ in range(3):
        host.refresh(None)  # type: ignore[arg-type]
        assert host.note() == ""
    assert isinstance(host.panel, Mute)
    assert host.panel.drawn == 3
    assert [str(r.exc_info[1]) for r in caplog.records if r.exc_info] == ["no words"]


def test_numbers_do_not_change_faster_than_they_can_be_read(qtbot: QtBot) -> None:
    class Remembering(Plain):
        seen: ClassVar[list[Any]] = []

        def refresh(self, view: Any) -> None:
            self.seen.append(view)

    host = PanelHost("numbers", Remembering)
    qtbot.addWidget(host)
    host.show()
    for view in ("first", "second", "third"):
        host.refresh(view)  # type: ignore[arg-type]
    assert Remembering.seen == ["first"]
    qtbot.waitUntil(lambda: Remembering.seen == ["first", "third"], timeout=5 * Panel.every_ms)


def test_what_nobody_sees_is_not_drawn_later(qtbot: QtBot) -> None:
    host = PanelHost("plain", Plain)
    qtbot.addWidget(host)
    host.show()
    host.refresh(None)  # type: ignore[arg-type]
    host.refresh("second")  # type: ignore[arg-type]
    host.hide()
    qtbot.waitUntil(lambda: not host._pause.isActive(), timeout=5 * Panel.every_ms)
    assert isinstance(host.panel, Plain)
    assert host.panel.drawn == 1


def test_state_survives_a_crash_as_the_old_or_the_new_one(tmp_path: Path) -> None:
    store = StateFile(tmp_path / "deep" / "desk.json")
    state = DeskState(layout="analysis")
    state.set_docked("analysis", b"\x00\xff bytes")
    state.panels["plot.new.1"] = {"title": "電池"}
    assert store.save(state)
    again = StateFile(tmp_path / "deep" / "desk.json").load()
    assert again == state
    assert again.get_docked("analysis") == b"\x00\xff bytes"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["desk.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"layout": "nowhere"}',
        '{"panels": 3}',
        '{"docked": {"pass": 7}}',
        '{"scale": "big"}',
    ],
)
def test_a_damaged_state_is_not_used(text: str, tmp_path: Path) -> None:
    path = tmp_path / "desk.json"
    path.write_text(text)
    store = StateFile(path)
    assert store.load() == DeskState()
    assert str(path) in store.problem


def test_keys_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "desk.json"
    path.write_text(json.dumps({"layout": "training", "hologram": True}))
    assert StateFile(path).load().layout == "training"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = StateFile(tmp_path / "file" / "desk.json")
    assert not store.save(DeskState())
    assert store.problem
