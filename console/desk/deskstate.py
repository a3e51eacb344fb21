"""What a desk remembers between two starts, for each mission, and the file that keeps it."""

from __future__ import annotations

import base64
import json
import logging
import os
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.desk.layouts import LAYOUTS

if TYPE_CHECKING:
    from console.mission import Mission

MISSIONS_KEPT = 20


def mission_key(mission: Mission) -> str:
    """Return what tells two missions' layouts apart: the name, and which packets there are."""
    packets = zlib.crc32(" ".join(sorted(p.name for p in mission.packets)).encode())
    return f"{mission.name}:{packets:08x}"


@dataclass
class DeskState:
    """What a desk remembers between two starts; JSON types only."""

    layout: str = ""
    """The one in sight; empty until one is chosen, for whatever fits the mission."""
    docked: dict[str, str] = field(default_factory=dict)
    """Layout name → the docking system's own state, base64; nothing while it is as it is drawn."""
    open: dict[str, list[str]] = field(default_factory=dict)
    """Layout name → ids of the docks it knows."""
    front: dict[str, list[str]] = field(default_factory=dict)
    """Layout name → ids of the docks before others; for a layout that is as it is drawn."""
    panels: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Dock id → the panel's own state."""
    mission: str = ""
    """What ``docked``, ``open``, ``front`` and ``panels`` are of."""
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The same of other missions."""
    geometry: str = ""
    scale: float = 1.0
    theme: str = "dark"
    time_axis: str = "generation"

    def turn_to(self, mission: str) -> None:
        """Bring back what was open for a mission; what stands is kept for its own."""
        if self.mission and self.mission != mission:
            self.others[self.mission] = {
                "docked": self.docked,
                "open": self.open,
                "front": self.front,
                "panels": self.panels,
                "layout": self.layout,
            }
            own = self.others.pop(mission, {})
            self.docked, self.open = dict(own.get("docked", {})), dict(own.get("open", {}))
            self.front, self.panels = dict(own.get("front", {})), dict(own.get("panels", {}))
            self.layout = own.get("layout", "")
            self.others = dict(list(self.others.items())[-MISSIONS_KEPT:])
        self.mission = mission

    def set_docked(self, name: str, state: bytes) -> None:
        """Keep the docking state of a layout."""
        self.docked[name] = base64.b64encode(state).decode()

    def get_docked(self, name: str) -> bytes | None:
        """Return the docking state of a layout, None where none is kept or it is damaged."""
        try:
            return base64.b64decode(self.docked[name], validate=True)
        except (KeyError, ValueError):
            return None


class StateFile:
    """Keeps a ``DeskState`` in a file, replaced whole so that a crash leaves the old or the new one."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._written = ""
        self.problem = ""
        """Why the last load or save did not work; empty when it did."""

    def load(self) -> DeskState:
        """Return the kept state; a missing or damaged file gives a fresh one."""
        if self._path is None:
            return DeskState()
        try:
            kept = json.loads(self._path.read_text("utf-8"))
            state = DeskState(**{k: v for k, v in kept.items() if k in DeskState.__dataclass_fields__})
            if not _sound(state):
                raise TypeError("wrong types")
        except FileNotFoundError:
            return DeskState()
        except (OSError, ValueError, TypeError, AttributeError) as error:
            self.problem = f"{self._path}: {error}"
            logging.getLogger(__name__).warning("desk state not used: %s", self.problem)
            return DeskState()
        return state

    def save(self, state: DeskState) -> bool:
        """Write the state if it changed; return whether it stands on disk."""
        if self._path is None:
            return False
        text = json.dumps(state.__dict__, ensure_ascii=False, indent=1, sort_keys=True)
        if text == self._written:
            return True
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside = self._path.with_suffix(f".{os.getpid()}.new")
            beside.write_text(text, "utf-8")
            beside.replace(self._path)
        except OSError as error:
            self.problem = f"{self._path}: {error}"
            return False
        self._written, self.problem = text, ""
        return True


def _sound(state: DeskState) -> bool:
    return (
        all(isinstance(t, str) for t in (state.mission, state.geometry, state.theme, state.time_axis))
        and isinstance(state.scale, int | float)
        and isinstance(state.others, dict)
        and all(isinstance(kept, dict) for kept in state.others.values())
        and all(_fits(kept) for kept in (state.__dict__, *state.others.values()))
    )


def _fits(kept: dict[str, Any]) -> bool:
    """Whether what is kept of one mission can be used."""
    docked, opened, front, panels = (kept.get(name, {}) for name in ("docked", "open", "front", "panels"))
    return (
        kept.get("layout", "") in ("", *LAYOUTS)
        and all(isinstance(each, dict) for each in (docked, opened, front, panels))
        and all(isinstance(text, str) for text in docked.values())
        and all(isinstance(ids, list) for ids in (*opened.values(), *front.values()))
        and all(isinstance(i, str) for ids in (*opened.values(), *front.values()) for i in ids)
        and all(isinstance(panel, dict) for panel in panels.values())
    )
