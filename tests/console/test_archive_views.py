"""Engineering values in plain SQLite are those that the decoders compute."""

from __future__ import annotations

import json
import math
import sqlite3
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from console.archive.reader import ArchiveReader
from decoders import calibration
from decoders.mission.model import Enumeration, Parameter, Polynomial
from tests.console.archive_scene import START, S, Scene, packet, query

coefficients = st.lists(
    st.one_of(st.floats(-1e6, 1e6), st.integers(-1000, 1000).map(float)), min_size=1, max_size=6
).map(lambda c: Polynomial(tuple(c)))

unsigned, signed = st.integers(0, (1 << 64) - 1), st.integers(-(1 << 31), (1 << 31) - 1)
single = st.floats(-(2.0**40), 2.0**40, width=32)


def exact(polynomial: Polynomial, x: int | float) -> tuple[float, float]:
    """Return the value computed with fractions, and how large its terms are together."""
    terms = [Fraction(c) * Fraction(x) ** i for i, c in enumerate(polynomial.coefficients)]
    return float(sum(terms)), float(sum(map(abs, terms)))


@given(
    coefficients,
    coefficients,
    coefficients,
    st.lists(st.tuples(unsigned, signed, single), min_size=1, max_size=20),
)
@settings(max_examples=30)
def test_polynomials(
    of_unsigned: Polynomial, of_signed: Polynomial, of_float: Polynomial, rows: list[tuple[int, int, float]]
) -> None:
    fields = [
        Parameter("u", "uint", 64, calibration=of_unsigned),
        Parameter("i", "int", 32, calibration=of_signed),
        Parameter("f", "float", 32, calibration=of_float),
    ]
    with TemporaryDirectory() as folder:
        scene = Scene(Path(folder) / "a.okaeri", packet("hk", *fields))
        decoded = scene.send("hk", [dict(zip("uif", row, strict=True)) for row in rows])
        scene.close()
        shown = query(scene.path, "SELECT u, i, f FROM ship__hk ORDER BY id")
    columns = list(zip(*shown, strict=True))
    for field, found, raw in zip(fields, columns, zip(*rows, strict=True), strict=True):
        numpys = calibration.calibrate(field, decoded.tables[0].raw[field.name])
        assert isinstance(field.calibration, Polynomial)
        for sql, numpy, x in zip(found, numpys.tolist(), raw, strict=True):
            value, size = exact(field.calibration, x)
            assert isinstance(sql, float)
            assert abs(sql - value) <= 1e-14 * size
            assert abs(sql - numpy) <= 1e-14 * size


octets = st.integers(-128, 127)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)


@given(
    st.dictionaries(octets, texts, max_size=12),
    st.lists(st.tuples(octets, st.integers(0, 60), texts), max_size=3, unique_by=lambda r: r[:2]),
    st.lists(octets, min_size=1, max_size=40),
)
@settings(max_examples=30)
def test_labels(labels: dict[int, str], ranges: list[tuple[int, int, str]], values: list[int]) -> None:
    wide = tuple((first, first + n, text) for first, n, text in ranges)
    field = Parameter("mode", "int", 8, calibration=Enumeration(labels, wide) if labels or wide else None)

    def expected(value: int) -> str | int:
        if field.calibration is None:
            return value
        fits = [text for first, last, text in wide if first <= value <= last]
        return labels.get(value, fits[0] if fits else f"{value}?")

    with TemporaryDirectory() as folder:
        scene = Scene(Path(folder) / "a.okaeri", packet("hk", field))
        decoded = scene.send("hk", [{"mode": value} for value in values])
        scene.close()
        shown = [text for (text,) in query(scene.path, "SELECT mode FROM ship__hk ORDER BY id")]
    assert shown == [expected(value) for value in values]
    if field.calibration is not None:
        assert shown == calibration.labels(field, decoded.tables[0].raw["mode"]).tolist()


def test_a_value_without_a_label(tmp_path: Path) -> None:
    labels = Enumeration({0: "SAFE", 1: "it's on", 3: '"quoted"'})
    array = Parameter("valve", "uint", 4, array_length=2, calibration=labels)
    scene = Scene(
        tmp_path / "a.okaeri", packet("hk", Parameter("mode", "uint", 8, calibration=labels), array)
    )
    scene.send("hk", [{"mode": n, "valve": [n, 3]} for n in (0, 1, 3, 7)])
    scene.close()
    assert query(scene.path, "SELECT mode, valve_0, valve_1 FROM ship__hk") == [
        ("SAFE", "SAFE", '"quoted"'),
        ("it's on", "it's on", '"quoted"'),
        ('"quoted"', '"quoted"', '"quoted"'),
        ("7?", "7?", '"quoted"'),
    ]


def test_labels_of_64_bits(tmp_path: Path) -> None:
    top = (1 << 64) - 1
    wide = ((1 << 62, (1 << 63) + 5, "middle"), (top - 1000, top - 1, "high"))
    field = Parameter("word", "uint", 64, calibration=Enumeration({0: "ZERO", top: "ALL"}, wide))
    scene = Scene(tmp_path / "a.okaeri", packet("hk", field))
    values = [0, top, 5, top - 1, top - 1001, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 63) + 6]
    scene.send("hk", [{"word": value} for value in values])
    scene.close()
    shown = [text for (text,) in query(scene.path, "SELECT word FROM ship__hk")]
    assert shown == [
        "ZERO", "ALL", "5?", "high", f"{top - 1001}?", "middle", "middle", "middle", f"{(1 << 63) + 6}?",
    ]  # fmt: skip


def test_arrays_of_any_length_are_json_of_engineering_values(tmp_path: Path) -> None:
    fields = [
        Parameter("n", "uint", 8),
        Parameter("t", "int", 8, array_length="n", calibration=Polynomial((-5.0, 0.5))),
        Parameter("s", "int", 8, array_length="n", calibration=Enumeration({1: "ON", -1: 'O"F'})),
        Parameter("plain", "uint", 64, array_length="n"),
        Parameter("f", "float", 64, array_length="n", calibration=Polynomial((0.0, 0.1))),
    ]
    scene = Scene(tmp_path / "a.okaeri", packet("hk", *fields))
    scene.send(
        "hk",
        [
            {
                "n": 3,
                "t": [1, -2, 127],
                "s": [1, -1, 9],
                "plain": [1, 2, 3],
                "f": [1 / 3, math.nan, math.inf],
            },
            {"n": 0},
        ],
    )
    scene.close()
    full, empty = query(scene.path, "SELECT n, t, s, plain, f FROM ship__hk ORDER BY id")
    assert [full[0], *map(json.loads, full[1:])] == [
        3,
        [-4.5, -6.0, 58.5],
        ["ON", 'O"F', "9?"],
        [1, 2, 3],
        [1 / 3 * 0.1, None, math.inf],
    ]
    assert [empty[0], *map(json.loads, empty[1:])] == [0, [], [], [], []]


def test_views_work_where_nothing_in_a_file_is_trusted(tmp_path: Path) -> None:
    fields = [
        Parameter("u", "uint", 64, calibration=Polynomial((1.0, 2.0))),
        Parameter("w", "uint", 64),
        Parameter("s", "str", 32),
        Parameter("v", "int", 8, array_length="expand", calibration=Polynomial((0.0, 2.0))),
    ]
    scene = Scene(tmp_path / "a.okaeri", packet("hk", *fields))
    scene.send("hk", [{"u": 4, "w": 1 << 63, "s": "ab", "v": [3]}])
    scene.close()
    with closing(sqlite3.connect(scene.path)) as database:
        database.execute("PRAGMA trusted_schema=OFF")
        (row,) = database.execute("SELECT u, w, s, v FROM ship__hk").fetchall()
    assert row == (9.0, str(1 << 63), "ab", "[6.0]")


def test_the_desk_sees_what_the_view_shows(tmp_path: Path) -> None:
    fields = [
        Parameter("t", "uint", 16, calibration=Polynomial((-273.15, 0.01, 1e-7))),
        Parameter("f", "float", 64),
    ]
    scene = Scene(tmp_path / "a.okaeri", packet("hk", *fields, timed=True))
    values = np.random.default_rng(1).integers(0, 65_536, 150)
    scene.send("hk", [{"t": int(v), "f": float(v) / 7} for v in values])
    scene.close()
    with ArchiveReader(scene.path) as reader:
        for name in ("t", "f"):
            shown = [value for (value,) in query(scene.path, f"SELECT {name} FROM ship__hk ORDER BY id")]
            trace = reader.trace("hk", name, START, START + 200 * S, points=1000, upto_record=1000)
            assert len(trace.hi) == 150
            assert all(map(math.isclose, trace.hi.tolist(), shown))
            # One number a minute and parameter, in the rollup too.
            (row,) = query(scene.path, f"SELECT min({name}), max({name}) FROM ship__hk")
            lows, highs = zip(*query(scene.path, "SELECT minimum, maximum FROM rollup"), strict=True)
            at = [p.name for p in fields].index(name)
            assert math.isclose(min(np.frombuffer(b, "<f8")[at] for b in lows), row[0])
            assert math.isclose(max(np.frombuffer(b, "<f8")[at] for b in highs), row[1])
