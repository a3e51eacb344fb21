"""Alarms: what becomes a transition, what never does, and what stands after a restart."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from console.alarms import AlarmEngine
from decoders.mission.model import (
    Band,
    Enumeration,
    Limits,
    PacketDefinition,
    Parameter,
    Polynomial,
    Severity,
)
from decoders.shapes import NO_TIME, Decoded, FrameBatch, PacketBatch, PacketQuality, PacketTable

TEMPERATURE = Parameter(
    "temp", "uint", 16, 48, unit="degC", calibration=Polynomial((-100.0, 0.1)),
    limits=Limits(Band(10, 40), Band(5, 50), Band(0, 60), min_violations=2, deadband_fraction=0.1),
)  # fmt: skip
MODE = Parameter(
    "mode", "uint", 8, 64, calibration=Enumeration({0: "OFF", 1: "ON"}),
    limits=Limits(critical=Band(None, 0), min_violations=1, deadband_fraction=0.0),
)  # fmt: skip
FREE = Parameter("free", "uint", 8, 72)
PACKET = PacketDefinition("hk", (TEMPERATURE, MODE, FREE), apid=5, vehicle="ship")


def batch(
    degrees: Sequence[float], modes: Sequence[int] | None = None, quality: Sequence[int] | None = None
) -> Decoded:
    """Return a feed of ``hk`` packets, generated 1 s apart; the third packet of a feed tells no time."""
    n = len(degrees)
    zeros = np.zeros(n, np.int64)
    generation = np.arange(n, dtype=np.int64) * 1_000_000_000 + 1
    generation[2:3] = NO_TIME
    packets = PacketBatch(
        data=np.zeros(0, np.uint8), starts=zeros, lengths=zeros, apid=np.full(n, 5, np.int32),
        secondary_header=np.zeros(n, np.bool_), sequence_flags=np.zeros(n, np.int8),
        sequence_count=np.arange(n, dtype=np.int32), vcid=np.zeros(n, np.int16),
        frame=np.full(n, -1, np.int32), frame_offset=np.full(n, -1, np.int32), vehicle=["ship"] * n,
        generation_ns=generation, reception_ns=generation,
        quality=np.array(quality if quality is not None else [0] * n, np.int32),
    )  # fmt: skip
    raw = {
        "temp": np.array([round((d + 100) * 10) for d in degrees], np.uint16),
        "mode": np.array(modes if modes is not None else [0] * n, np.uint8),
        "free": np.zeros(n, np.uint8),
    }
    empty = np.zeros(0, np.int64)
    frames = FrameBatch(*[empty] * 13)  # type: ignore[arg-type]
    return Decoded(frames, packets, [PacketTable(PACKET, np.arange(n), raw)])


def engine(standing: dict[tuple[str, str], int] | None = None) -> AlarmEngine:
    ticks = itertools.count(1000)
    return AlarmEngine([PACKET], lambda: next(ticks), standing)


def test_a_transition_needs_two_violations_and_comes_back_by_the_deadband() -> None:
    watch = engine()
    assert watch.feed(batch([20, 41, 20, 41]), 100) == []
    # The count goes on from batch to batch; 37.1 is inside the band but not by 10 % of its width.
    (rise,) = watch.feed(batch([41.5, 39.9]), 104)
    assert (rise.parameter, rise.packet, rise.vehicle) == ("temp", "hk", "ship")
    assert (rise.severity, rise.previous) == (Severity.CAUTION, Severity.NORMAL)
    assert (rise.value, rise.state_text, rise.limit_text) == (41.5, "41.5 degC", "10..40")
    assert (rise.packet_id, rise.generation_ns, rise.known_at_ns) == (104, 1, 1000)
    assert watch.feed(batch([37.1, 39.9, 37.1]), 106) == []
    (back,) = watch.feed(batch([36.9]), 109)
    assert (back.severity, back.previous, back.limit_text) == (Severity.NORMAL, Severity.CAUTION, "10..40")


def test_severities_rise_one_batch_and_tell_the_band_that_was_left() -> None:
    changes = engine().feed(batch([20, 45, 45, 55, 55, 65, 65]), 1)
    assert [(c.severity, c.limit_text, c.packet_id) for c in changes] == [
        (Severity.CAUTION, "10..40", 3),
        (Severity.SERIOUS, "5..50", 5),
        (Severity.CRITICAL, "0..60", 7),
    ]
    assert changes[0].generation_ns == NO_TIME


def test_a_return_from_far_out_names_the_band_that_held_before() -> None:
    watch = engine()
    (rise,) = watch.feed(batch([65, 65]), 1)
    (back,) = watch.feed(batch([20]), 3)
    assert (rise.severity, rise.limit_text) == (Severity.CRITICAL, "0..60")
    assert (back.previous, back.limit_text) == (Severity.CRITICAL, "0..60")


def test_labels_and_order_of_rows_over_parameters() -> None:
    changes = engine().feed(batch([20, 20, 45, 45], [0, 1, 1, 0]), 50)
    assert [(c.parameter, c.state_text, c.packet_id) for c in changes] == [
        ("mode", "ON", 51),
        ("temp", "45 degC", 53),
        ("mode", "OFF", 53),
    ]


def test_playback_neither_raises_nor_clears() -> None:
    watch = engine()
    playback = int(PacketQuality.PLAYBACK)
    assert watch.feed(batch([99, 99, 99], quality=[playback] * 3), 1) == []
    assert watch.feed(batch([45, 99, 45, 20], quality=[0, playback, 0, playback]), 4)[0].packet_id == 6
    assert watch.feed(batch([20, 20], quality=[playback] * 2), 8) == []


def test_state_is_restored_at_start() -> None:
    watch = engine({("hk", "temp"): 2})
    assert watch.feed(batch([55]), 1) == []
    (back,) = watch.feed(batch([20]), 2)
    assert (back.severity, back.previous) == (Severity.NORMAL, Severity.SERIOUS)


def test_an_alarm_whose_limits_are_gone_is_ended() -> None:
    watch = engine({("hk", "free"): 3, ("gone", "x"): 1, ("hk", "mode"): 0})
    ends = watch.close_orphans(77)
    assert [(c.packet, c.parameter, c.severity, c.previous) for c in ends] == [
        ("hk", "free", Severity.NORMAL, Severity.CRITICAL),
        ("gone", "x", Severity.NORMAL, Severity.CAUTION),
    ]
    assert watch.close_orphans(78) == []
