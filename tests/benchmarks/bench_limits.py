"""What limits cost: alarms of 20 parameters, plain, with rates of change, with points, and in context.

``python -m tests.benchmarks.bench_limits``. Each is beside plain limits in the same run; no figure is wanted.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from console.alarms import AlarmEngine
from decoders.mission.model import (
    Band,
    ContextCalibration,
    ContextLimits,
    Enumeration,
    Limits,
    PacketDefinition,
    Parameter,
    PointPairs,
    Polynomial,
)
from decoders.shapes import Decoded, FrameBatch, PacketBatch, PacketTable
from tests.benchmarks.bench_decode import best_us

PLAIN = Limits(Band(10, 40), Band(5, 50), Band(0, 60))
MODE = Parameter("mode", "uint", 8, 48, calibration=Enumeration({0: "OFF", 1: "ON"}))
FIELD = Parameter("f", "uint", 16, calibration=Polynomial((0.0, 0.1)), limits=PLAIN)
KINDS = {
    "plain": FIELD,
    "points": replace(FIELD, calibration=PointPairs(tuple((100.0 * i, 10.0 * i) for i in range(20)))),
    "rates": replace(FIELD, limits=replace(PLAIN, rate=Limits(Band(-100, 100)))),
    "calibrated in context": replace(
        FIELD, context_calibrations=(ContextCalibration("mode == 1", Polynomial((0.0, 0.1))),)
    ),
    "limited in context": replace(
        FIELD, context_limits=(ContextLimits("mode == 3", Limits()), ContextLimits('mode == "ON"', PLAIN))
    ),
}
FIELDS = 20


def batch(packet: PacketDefinition, rows: int) -> Decoded:
    """Return rows of values that violate nothing."""
    random, zeros = np.random.default_rng(1), np.zeros(rows, np.int64)
    times = np.arange(rows, dtype=np.int64) * 1_000_000_000
    packets = PacketBatch(
        np.zeros(0, np.uint8), zeros, zeros, zeros, zeros, zeros, zeros, zeros, zeros, zeros,  # type: ignore[arg-type]
        ["ship"] * rows, times, times, zeros,  # type: ignore[arg-type]
    )  # fmt: skip
    raw = {p.name: random.integers(150, 350, rows).astype(np.uint16) for p in packet.parameters[1:]}
    frames = FrameBatch(*[np.zeros(0, np.int64)] * 13)  # type: ignore[arg-type]
    table = PacketTable(packet, np.arange(rows), raw | {"mode": np.ones(rows, np.uint8)})
    return Decoded(frames, packets, [table])


def fed(field: Parameter, rows: int) -> Callable[[], object]:
    """Return a call that judges a batch of packets with 20 such fields."""
    fields = (MODE, *(replace(field, name=f"f{i}") for i in range(FIELDS)))
    packet = PacketDefinition("hk", fields, apid=5, vehicle="ship")
    return partial(AlarmEngine([packet], itertools.count().__next__).feed, batch(packet, rows), 0)


def main() -> None:
    """Print microseconds a batch, and how much more than plain limits that is."""
    for rows in (1, 100, 1000):
        times = best_us(*(fed(field, rows) for field in KINDS.values()))
        for kind, found in zip(KINDS, times, strict=True):
            print(f"{rows:>5} rows {kind:>22} {found:>7.0f} µs  {found / times[0]:.1f}×", flush=True)


if __name__ == "__main__":
    main()
