"""Alarms of states, rates and contexts: what is raised, when, and with which words."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from console.alarms import AlarmChange, AlarmEngine
from decoders.mission.model import (
    Band,
    ContextLimits,
    Enumeration,
    Limits,
    PacketDefinition,
    Parameter,
    Severity,
)
from decoders.shapes import NO_TIME, Decoded, FrameBatch, PacketBatch, PacketQuality, PacketTable

N, C, S, X = Severity
NAN = float("nan")
VALVE = Parameter(
    "valve", "uint", 8, calibration=Enumeration({0: "SHUT", 1: "OPEN", 2: "FAULT"}),
    limits=Limits(states=(("FAULT", X),), min_violations=1),
)  # fmt: skip
PRESSURE = Parameter(
    "pressure", "float", 64, unit="bar",
    limits=Limits(
        Band(0, 10), min_violations=1, deadband_fraction=0.0, severe=Band(-5, 20),
        rate=Limits(Band(-1, 1), critical=Band(-3, 3), min_violations=1, deadband_fraction=0.0),
    ),
    context_limits=(
        ContextLimits("valve == 1", Limits(Band(0, 15), min_violations=1)),
        ContextLimits('valve == "FAULT"', Limits()),
    ),
)  # fmt: skip
STEADY = replace(PRESSURE, context_limits=())


def fed(
    pressure: Parameter,
    bars: Sequence[float],
    valves: Sequence[int] | None = None,
    sizes: Sequence[int] = (),
    quality: Sequence[int] | None = None,
) -> list[AlarmChange]:
    """Return the changes of packets 1 s apart, numbered from 0, fed in batches of these sizes."""
    packet = PacketDefinition("gas", (VALVE, pressure), apid=5, vehicle="ship")
    engine = AlarmEngine([packet], itertools.count(1000).__next__)
    found, at, n = [], 0, len(bars)
    for size in (*sizes, n):
        rows = slice(at, min(at + size, n))
        count = rows.stop - rows.start
        zeros = np.zeros(count, np.int64)
        times = np.arange(rows.start, rows.stop, dtype=np.int64) * 1_000_000_000
        packets = PacketBatch(
            data=np.zeros(0, np.uint8), starts=zeros, lengths=zeros, apid=np.full(count, 5, np.int32),
            secondary_header=np.zeros(count, np.bool_), sequence_flags=np.zeros(count, np.int8),
            sequence_count=np.zeros(count, np.int32), vcid=np.zeros(count, np.int16),
            frame=np.full(count, -1, np.int32), frame_offset=np.full(count, -1, np.int32),
            vehicle=["ship"] * count, generation_ns=np.full(count, NO_TIME), reception_ns=times,
            quality=np.array([0] * count if quality is None else quality[rows], np.int32),
        )  # fmt: skip
        raw = {
            "valve": np.array([0] * n if valves is None else valves, np.uint8)[rows],
            "pressure": np.array(bars, np.float64)[rows],
        }
        empty = np.zeros(0, np.int64)
        tables = [PacketTable(packet, np.arange(count), raw)]
        found += engine.feed(Decoded(FrameBatch(*[empty] * 13), packets, tables), at)  # type: ignore[arg-type]
        at = rows.stop
    return found


def told(changes: list[AlarmChange]) -> list[tuple[int, str, Severity, str, str]]:
    return [(c.packet_id, c.parameter, c.severity, c.state_text, c.limit_text) for c in changes]


def test_a_state_is_an_alarm() -> None:
    assert told(fed(STEADY, [5, 5, 5], [1, 2, 0])) == [
        (1, "valve", X, "FAULT", "FAULT is critical"),
        (2, "valve", N, "SHUT", ""),
    ]


def test_a_rate_is_an_alarm_and_says_so() -> None:
    assert told(fed(STEADY, [5, 5.5, 7.5, 3.5, 3.5])) == [
        (2, "pressure", C, "7.5 bar, +2 bar/s", "rate -1..1"),
        (3, "pressure", X, "3.5 bar, -4 bar/s", "rate -3..3"),
        (4, "pressure", N, "3.5 bar, +0 bar/s", "rate -3..3"),
    ]


def test_value_and_rate_together_have_the_worse_severity() -> None:
    # 1: too fast and too high; 2: too high; 3: no longer too high, but too fast; 4: fine.
    assert [c[:3] for c in told(fed(STEADY, [8, 10.5, 10.5, 8, 8]))] == [
        (1, "pressure", C),
        (4, "pressure", N),
    ]


def test_a_missing_value_neither_raises_nor_clears_a_rate() -> None:
    assert [c[:3] for c in told(fed(STEADY, [5, 7, NAN, NAN, 8]))] == [
        (1, "pressure", C),
        (4, "pressure", N),  # 1 bar in 3 s
    ]


def test_the_outermost_band_is_named() -> None:
    free = replace(STEADY, limits=replace(STEADY.limits, rate=None))  # type: ignore[type-var]
    assert told(fed(free, [5, 12, 25, 5])) == [
        (1, "pressure", C, "12 bar", "0..10"),
        (2, "pressure", X, "25 bar", "severe -5..20"),
        (3, "pressure", N, "5 bar", "severe -5..20"),
    ]


def test_a_context_has_its_own_limits() -> None:
    slow = [5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 12.5, 13.0]
    changes = fed(PRESSURE, slow, [0, 0, 0, 0, 0, 0, 0, 0, 1, 0])
    assert [c for c in told(changes) if c[1] == "pressure"] == [
        (6, "pressure", C, "11 bar", "0..10"),
        (8, "pressure", N, "12.5 bar", "0..15 when valve == 1"),
        (9, "pressure", C, "13 bar", "0..10"),
    ]


def test_a_context_without_limits_knows_no_alarm() -> None:
    changes = fed(PRESSURE, [30, 30, 99, 30], [2, 2, 2, 0])
    assert [c[:3] for c in told(changes) if c[1] == "pressure"] == [(3, "pressure", X)]


def test_batches_change_nothing() -> None:
    bars = [5, 7, 7, 12, NAN, 12, 12, 3, 3, 3, 25, 30, 9, 9]
    valves = [0, 0, 0, 0, 0, 1, 2, 2, 0, 1, 0, 0, 0, 0]
    whole = told(fed(PRESSURE, bars, valves))
    assert whole
    for sizes in ([1] * 14, [3, 3, 3, 3], [5, 1, 7]):
        assert told(fed(PRESSURE, bars, valves, sizes)) == whole


def test_playback_is_passed_over_in_every_context() -> None:
    playback = int(PacketQuality.PLAYBACK)
    bars, quality = [5.0, 99.0, 5.0, 99.0, 11.0], [0, playback, 0, playback, 0]
    changes = told(fed(PRESSURE, bars, [0, 0, 0, 2, 1], quality=quality))
    assert changes == []  # 6 bar in 2 s would be too fast, but the rate of valve 1 is free


def test_an_absent_value_neither_raises_nor_clears() -> None:
    # A field that some packets do not have: whatever stands in its place is not there.
    packet = PacketDefinition("gas", (VALVE, STEADY), apid=5, vehicle="ship")
    engine = AlarmEngine([packet], itertools.count(1000).__next__)
    for absent, value, expected in ((False, 12.0, [C]), (True, 0.0, []), (True, 99.0, []), (False, 9.5, [N])):
        decoded = one_packet(packet, {
            "valve": np.zeros(1, np.uint8), "pressure": np.ma.MaskedArray([value], [absent]),
        })  # fmt: skip
        assert [change.severity for change in engine.feed(decoded, 0)] == expected


def one_packet(packet: PacketDefinition, raw: dict[str, np.ndarray]) -> Decoded:
    zeros, empty = np.zeros(1, np.int64), np.zeros(0, np.int64)
    packets = PacketBatch(
        np.zeros(0, np.uint8), zeros, zeros, zeros, zeros, zeros, zeros, zeros, zeros, zeros, ["ship"],
        np.full(1, NO_TIME), np.full(1, NO_TIME), zeros,
    )  # type: ignore[arg-type]  # fmt: skip
    frames = FrameBatch(*[empty] * 13)  # type: ignore[arg-type]
    return Decoded(frames, packets, [PacketTable(packet, np.arange(1), raw)])
