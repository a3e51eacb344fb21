"""Calibrations and limits in context, end to end: in the views, the traces, the rollup and the export."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import numpy as np
import pytest

from console.alarms import AlarmEngine
from console.archive.reader import ArchiveReader
from console.decode.output import write_json
from decoders.mission.model import (
    Band,
    ContextCalibration,
    ContextLimits,
    Enumeration,
    Limits,
    Parameter,
    PointPairs,
    Polynomial,
    Severity,
)
from tests.console.archive_scene import START, S, Scene, packet, query

MODE = Parameter("mode", "uint", 8, calibration=Enumeration({0: "OFF", 1: "SAFE", 2: "TEST"}))
GAIN = Parameter("gain", "int", 8)
LARGE = Parameter("large", "uint", 64)
WORD = Parameter("word", "str", 16)
WHENS = [
    'mode == "SAFE"', 'mode != "SAFE"', "gain < -1", "raw(gain) >= 2 and not mode == 1",
    "gain == 1 or mode == 2", "large > 9223372036854775808", 'word == "ok"', 'word != "ok"', "gain",
    "not gain", "gain != 1.0", "-2 == gain",
]  # fmt: skip
ROWS = [
    {"mode": mode, "gain": gain, "large": large, "word": word, "volts": 10}
    for mode in (0, 1, 2, 9)
    for gain in (-2, 0, 1, 3)
    for large, word in ((1, b"ok"), (2**63 + 5000, b"no"))
]


@pytest.mark.parametrize("when", WHENS)
def test_the_view_shows_what_the_export_says(tmp_path: Path, when: str) -> None:
    volts = Parameter(
        "volts", "uint", 16, calibration=Polynomial((1.0, 2.0)),
        context_calibrations=(ContextCalibration(when, PointPairs(((0.0, 0.0), (20.0, -40.0)))),),
    )  # fmt: skip
    scene = Scene(tmp_path / "a.okaeri", packet("hk", MODE, GAIN, LARGE, WORD, volts))
    decoded = scene.send("hk", ROWS)
    scene.close()
    out = io.StringIO()
    write_json(out, decoded.tables[0].packet, [(decoded, decoded.tables[0])], raw=False)
    exported = [row["volts"] for row in json.loads(out.getvalue())]
    # 10 is 21 by the polynomial, 20 below zero by the points.
    assert set(exported) == {21.0, -20.0}
    shown = [value for (value,) in query(scene.path, "SELECT volts FROM ship__hk ORDER BY id")]
    assert shown == exported


def test_where_sql_cannot_tell_the_view_shows_nothing(tmp_path: Path) -> None:
    volts = Parameter(
        "volts", "uint", 16, context_calibrations=(ContextCalibration("gain * 2 > 1", Polynomial((5.0,))),)
    )
    scene = Scene(tmp_path / "a.okaeri", packet("hk", GAIN, volts))
    scene.send("hk", [{"gain": 1, "volts": 3}])
    scene.close()
    assert query(scene.path, "SELECT volts FROM ship__hk") == [(None,)]
    assert query(scene.path, "SELECT volts FROM ship__hk__raw") == [(3,)]


def test_tables_too_long_for_sql_leave_the_archive_whole(tmp_path: Path) -> None:
    points = PointPairs(tuple((float(x), math.sqrt(x)) for x in range(1000)))
    fields = [Parameter(f"p{i}", "uint", 16, calibration=points) for i in range(40)]
    scene = Scene(tmp_path / "a.okaeri", packet("hk", *fields))
    scene.send("hk", [{field.name: 400 for field in fields}])
    scene.close()
    ((*shown,),) = query(scene.path, f"SELECT {', '.join(field.name for field in fields)} FROM ship__hk")
    assert set(shown) == {20.0, None}


BUS = Parameter(
    "bus", "uint", 8, calibration=Polynomial((0.0, 0.5)),
    context_calibrations=(ContextCalibration("gain == 1", Polynomial((0.0, 1.0))),),
    limits=Limits(Band(0, 10), rate=Limits(serious=Band(-5, 5))),
    context_limits=(
        ContextLimits('mode == "TEST"', Limits()), ContextLimits("bus > 50", Limits(critical=Band(0, 50))),
    ),
)  # fmt: skip


def test_traces_and_rollup_judge_each_row_in_its_context(tmp_path: Path) -> None:
    rows = [(0, 0, 10), (0, 0, 30), (0, 1, 12), (0, 1, 60), (2, 1, 60), (2, 0, 24), (0, 0, 24), (0, 0, 20)]
    # Engineering: 5 15 12 60 60 12 12 10; rates: – 10 −3 48 0 −48 0 −2.
    engineering = [5.0, 15.0, 12.0, 60.0, 60.0, 12.0, 12.0, 10.0]
    # 15 too high and too fast; 12 too high; 60 in its own context critical, no rate limits there; TEST: none.
    worst = [0, 2, 1, 3, 0, 0, 1, 0]
    scene = Scene(tmp_path / "a.okaeri", packet("hk", MODE, GAIN, BUS, timed=True))
    scene.send("hk", [{"mode": m, "gain": g, "bus": b} for m, g, b in rows])
    scene.close()
    reader = ArchiveReader(scene.path)
    trace = reader.trace("hk", "bus", START - S, START + 60 * S, points=500, upto_record=99)
    real = np.isfinite(trace.lo)
    assert trace.lo[real].tolist() == engineering
    assert trace.worst[real].tolist() == worst
    reader.close()
    found = query(scene.path, "SELECT minimum, maximum, worst FROM rollup ORDER BY first_id")
    at = 2  # mode, gain, bus
    assert min(np.frombuffer(low)[at] for low, _, _ in found) == 5.0
    assert max(np.frombuffer(high)[at] for _, high, _ in found) == 60.0
    assert max(worst_of[at] for _, _, worst_of in found) == 3


def test_blackout_that_another_packet_tells(tmp_path: Path) -> None:
    # The capsule's heat shield may be hot in blackout (phase 2) alone; another packet tells the phase.
    heat = Parameter(
        "heat", "uint", 16, unit="degC", limits=Limits(Band(None, 100), min_violations=1),
        context_limits=(ContextLimits("phase_now == 2", Limits(critical=Band(None, 900), min_violations=1)),),
    )  # fmt: skip
    derived = (Parameter("phase_now", "float", 64, expression="phase"),)
    scene = Scene(
        tmp_path / "a.okaeri", packet("hk", heat, timed=True, derived=derived),
        packet("sw", Parameter("phase", "uint", 8), apid=101),
    )  # fmt: skip
    engine = AlarmEngine(scene.mission.packets, lambda: START)
    found: list[tuple[int, Severity, str]] = []
    steps = [("hk", 500), ("sw", 2), ("hk", 500), ("hk", 950), ("sw", 3), ("hk", 950), ("hk", 20)]
    for second, (name, value) in enumerate(steps):
        octets = scene.octets(name, {"heat" if name == "hk" else "phase": value}, START + second * S)
        decoded = scene.receive([(octets, START + second * S)])
        found += [(second, change.severity, change.limit_text) for change in engine.feed(decoded, second)]
    in_blackout = "<=900 when phase_now == 2"
    assert found == [
        (0, Severity.CAUTION, "<=100"),
        (2, Severity.NORMAL, in_blackout),
        (3, Severity.CRITICAL, in_blackout),
        (5, Severity.CAUTION, "<=100"),
        (6, Severity.NORMAL, "<=100"),
    ]
    scene.close()
    reader = ArchiveReader(scene.path)
    trace = reader.trace("hk", "heat", START - S, START + 60 * S, points=500, upto_record=99)
    assert trace.worst[np.isfinite(trace.lo)].tolist() == [1, 0, 3, 1, 0]
    reader.close()
