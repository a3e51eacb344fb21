"""A desk for the panels that predict: the sample mission, or another, and views of it at any instant."""

from __future__ import annotations

from functools import cache

import msgspec

from console.archive.shapes import Extent, Session
from console.desk.panel import Selection
from console.desk.passplan import PassPlan
from console.desk.view import DeskView
from console.mission import Mission, load_mission
from console.passes.predict import Pass
from console.places import samples_dir
from console.playhead import Playhead
from decoders.timecode import parse_utc

S = 1_000_000_000
BURN_NS = parse_utc("2026-11-18T21:38:00Z")
"""T of the sample mission's time-line: the begin of the deorbit burn."""


@cache
def sample_mission() -> Mission:
    return load_mission(samples_dir() / "els_rs")


def without_orbits() -> Mission:
    vehicles = tuple(msgspec.structs.replace(v, orbit="") for v in sample_mission().vehicles)
    return msgspec.structs.replace(sample_mission(), vehicles=vehicles)


def with_file(name: str, content: bytes) -> Mission:
    return msgspec.structs.replace(sample_mission(), files={**sample_mission().files, name: content})


class PassDesk:
    """What such a panel asks of its window."""

    writer = None
    time_axis = "generation"

    def __init__(self, mission: Mission | None = None) -> None:
        self.mission = mission or sample_mission()
        self.selection = Selection()
        self.pass_plan = PassPlan(self.mission)
        self.playhead = Playhead(lambda: None, lambda: BURN_NS)
        self.chosen: list[Pass | None] = []
        self.selection.pass_chosen.connect(self.chosen.append)

    def operator(self) -> str:
        return "Sato"

    def view(self, t_ns: int) -> DeskView:
        return DeskView(
            self.mission, Session(1, "live", 0), Extent(1, 9, t_ns, t_ns), "live", 1.0, False, 9, t_ns, t_ns
        )
