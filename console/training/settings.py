"""What ``simulation.toml`` of a mission folder says about its simulated pass."""

from __future__ import annotations

import re

import msgspec

from console.mission import Mission, decode_toml
from decoders.mission.model import DefinitionError

FILE = "simulation.toml"
_ROOT = re.compile(r"_(?:\d+|[xyzab])$")


class Pass(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The recorded pass; times of what happens in it count in seconds from its begin."""

    begin_utc: str
    duration_s: float
    signal_until_s: float
    """From then on the capsule is too low over the horizon to be heard."""
    antenna_null_s: tuple[float, float]
    """Frames sent in it are not received."""
    low_rate_s: tuple[float, float]
    """The capsule tries the low rate of entry and descent in it."""
    slew_s: float
    seal_leaks_from_s: float


class Simulation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A simulated pass: its plan, and (value, noise) of each parameter that no physics drives."""

    seed: int
    flight: Pass
    steady: dict[str, tuple[float, float]] = {}

    def of(self, name: str) -> tuple[float, float] | None:
        """Return value and noise (1 sigma) of a parameter, by its own name or that of its set."""
        return self.steady.get(name) or self.steady.get(set_name(name))


def set_name(parameter: str) -> str:
    """Return a parameter's name without its number or axis."""
    return _ROOT.sub("", parameter)


def read_simulation(mission: Mission) -> Simulation:
    """Read a mission's simulation; raise ``DefinitionError`` where it names what no packet carries."""
    if FILE not in mission.files:
        raise DefinitionError(f"there is no {FILE}", file=FILE, mend="This mission cannot be simulated")
    content = mission.files[FILE]
    simulation = decode_toml(content, Simulation, FILE)
    known = {p.name for packet in mission.packets for p in packet.values if not p.expression}
    known |= {set_name(name) for name in known}
    for name in simulation.steady:
        if name not in known:
            line = 1 + content[: content.find(f"\n{name}".encode()) + 1].count(b"\n")
            raise DefinitionError(
                f"no packet carries {name!r}", file=FILE, line=line, mend="Name a parameter, or a set of them"
            )
    return simulation
