"""What a desk remembers: for each mission its own, never too much, and nothing that would not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.desk.deskstate import MISSIONS_KEPT, DeskState, StateFile


def test_each_mission_has_its_own_layout_and_panels() -> None:
    state = DeskState()
    state.turn_to("a")
    state.layout, state.front["pass"] = "training", ["links"]
    state.set_docked("training", b"docked")
    state.turn_to("b")
    assert (state.layout, state.docked, state.front) == ("", {}, {})
    state.layout = "recovery"
    state.turn_to("a")
    assert (state.layout, state.front) == ("training", {"pass": ["links"]})
    assert state.get_docked("training") == b"docked"
    assert set(state.others) == {"b"}
    state.turn_to("a")
    assert state.layout == "training"


def test_layouts_are_kept_for_each_mission(tmp_path: Path) -> None:
    state = DeskState()
    state.turn_to("a:1")
    state.panels["plot.pass.0"] = {"parameters": [["eps", "eps_voltage"]]}
    state.open["pass"] = ["plot.pass.0"]
    state.turn_to("b:2")
    assert (state.panels, state.open, state.docked) == ({}, {}, {})
    state.panels["plot.pass.0"] = {"parameters": [["nav", "x"]]}
    kept = StateFile(tmp_path / "desk.json")
    assert kept.save(state)
    again = StateFile(tmp_path / "desk.json").load()
    again.turn_to("a:1")
    assert again.panels["plot.pass.0"] == {"parameters": [["eps", "eps_voltage"]]}
    again.turn_to("b:2")
    assert again.panels["plot.pass.0"] == {"parameters": [["nav", "x"]]}


def test_the_missions_used_last_are_kept() -> None:
    state = DeskState()
    for number in range(MISSIONS_KEPT + 10):
        state.turn_to(f"mission {number}")
        state.layout = "analysis"
    assert len(state.others) == MISSIONS_KEPT
    assert f"mission {MISSIONS_KEPT + 8}" in state.others
    state.turn_to("mission 0")
    assert state.layout == ""
    state.turn_to(f"mission {MISSIONS_KEPT + 8}")
    assert state.layout == "analysis"


@pytest.mark.parametrize("kept", ["no base64!", "AAA", "ünïcode"])
def test_a_damaged_arrangement_is_none(kept: str) -> None:
    assert DeskState(docked={"pass": kept}).get_docked("pass") is None
    assert DeskState().get_docked("pass") is None


def test_what_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    store, state = StateFile(tmp_path / "desk.json"), DeskState(layout="pass")
    assert store.save(state)
    (tmp_path / "desk.json").write_text("somebody else's", encoding="utf-8")
    assert store.save(state)
    assert (tmp_path / "desk.json").read_text(encoding="utf-8") == "somebody else's"
    state.layout = "training"
    assert store.save(state)
    assert StateFile(tmp_path / "desk.json").load() == state


def test_a_desk_without_a_file_keeps_nothing() -> None:
    store = StateFile(None)
    assert store.load() == DeskState()
    assert not store.save(DeskState(layout="pass"))
    assert not store.problem


@pytest.mark.parametrize(
    "kept",
    [
        {"geometry": 5},
        {"theme": None},
        {"open": {"pass": [1, 2]}},
        {"front": {"pass": "links"}},
        {"panels": {"plot.pass.0": []}},
        {"others": []},
        {"others": {"a": 1}},
        {"others": {"a": {"layout": "nowhere"}}},
        {"others": {"a": {"docked": {"pass": 7}}}},
        {"others": {"a": {"open": {"pass": [None]}}}},
    ],
)
def test_what_would_stop_a_desk_from_starting_is_not_used(kept: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "desk.json").write_text(json.dumps({"layout": "training", **kept}), encoding="utf-8")
    store = StateFile(tmp_path / "desk.json")
    assert store.load() == DeskState()
    assert "desk.json" in store.problem


def test_a_whole_number_is_a_size_too(tmp_path: Path) -> None:
    (tmp_path / "desk.json").write_text('{"scale": 1, "layout": "pass"}', encoding="utf-8")
    assert StateFile(tmp_path / "desk.json").load() == DeskState(layout="pass", scale=1.0)
