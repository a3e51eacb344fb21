"""What was decoded comes out of the archive as it went in, for every type a packet can hold."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from console.archive.reader import ArchiveReader
from decoders.mission.model import Parameter
from tests.console.archive_scene import START, S, Scene, packet, query

LARGEST = (1 << 64) - 1


@st.composite
def parameter(draw: st.DrawFn, name: str, length: int | str | None) -> Parameter:
    kind = draw(st.sampled_from(["uint", "int", "float", "str"]))
    if kind == "float":
        bits = draw(st.sampled_from([16, 32, 64]))
    elif kind == "str":
        bits = 8 * draw(st.integers(1, 9))
    else:
        bits = draw(st.sampled_from([1, 7, 8, 12, 16, 31, 32, 33, 48, 63, 64]))
    return Parameter(name, kind, bits, array_length=length)


def patterns(parameter: Parameter) -> st.SearchStrategy[int]:
    """Bit patterns of one element, the edges of its range among them."""
    top = (1 << parameter.bit_length) - 1
    edges = [0, 1, top, top >> 1, (top >> 1) + 1]
    if parameter.data_type == "float":
        exponent = {16: 0x7C00, 32: 0x7F80_0000, 64: 0x7FF0 << 48}[parameter.bit_length]
        edges += [exponent, exponent | exponent << 1 & top | 1 << parameter.bit_length - 1, exponent + 1]
    return st.one_of(st.sampled_from(edges), st.integers(0, top))


def meaning(parameter: Parameter, pattern: int) -> Any:
    """What a bit pattern says, by its definition."""
    bits, octets = parameter.bit_length, parameter.bit_length // 8
    if parameter.data_type == "uint":
        return pattern
    if parameter.data_type == "int":
        return pattern - (pattern >> bits - 1 << bits)
    raw = pattern.to_bytes(octets, "big")
    if parameter.data_type == "str":
        return raw
    return struct.unpack({2: ">e", 4: ">f", 8: ">d"}[octets], raw)[0]


@st.composite
def packets(draw: st.DrawFn) -> tuple[list[Parameter], list[list[list[int]]]]:
    """Fields, and for each packet the bit patterns of each field's elements."""
    fields = [
        draw(parameter(f"f{i}", draw(st.sampled_from([None, None, 1, 3]))))
        for i in range(draw(st.integers(0, 4)))
    ]
    ending = draw(st.sampled_from(["", "counted", "expanding"]))
    if ending == "counted":
        fields += [Parameter("n", "uint", 8), draw(parameter("counted", "n"))]
    elif ending == "expanding":
        whole = parameter("rest", "expand").filter(lambda p: p.bit_length % 8 == 0)
        fields += [Parameter("first", "uint", 8), draw(whole)]
    elif not fields:
        fields.append(draw(parameter("only", None)))
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        row: list[list[int]] = []
        for field in fields:
            size = field.array_length
            few = draw(st.integers(0, 4)) if isinstance(size, str) else size or 1
            row.append([draw(patterns(field)) for _ in range(few)])
            if size == "n":
                row[-2] = [few]
        rows.append(row)
    return fields, rows


def octets_of(fields: list[Parameter], row: list[list[int]], count: int) -> bytes:
    """Return a packet with these bits, written as the Space Packet standard says."""
    bits = "".join(f"{n:0{f.bit_length}b}" for f, each in zip(fields, row, strict=True) for n in each)
    body = int("1" + bits.ljust(-(-max(len(bits), 1) // 8) * 8, "0"), 2)
    data = body.to_bytes(body.bit_length() // 8 + 1, "big")[1:]
    return struct.pack(">HHH", 100, 0xC000 | count, len(data) - 1) + data


def same(found: Any, expected: Any) -> bool:
    if isinstance(expected, float) and math.isnan(expected):
        return found is None or math.isnan(found)
    return bool(found == expected)


@given(packets())
@settings(max_examples=60)
def test_values_come_out_as_they_went_in(drawn: tuple[list[Parameter], list[list[list[int]]]]) -> None:
    fields, rows = drawn
    with TemporaryDirectory() as folder:
        scene = Scene(Path(folder) / "a.okaeri", packet("hk", *fields))
        decoded = scene.receive([(octets_of(fields, row, i), START + i * S) for i, row in enumerate(rows)])
        scene.reopen()
        scene.close()
        kept = (decoded.tables[0].rows + 1).tolist()
        assert kept == list(range(1, len(rows) + 1))
        with ArchiveReader(scene.path) as reader:
            read = reader.rows("hk", [f.name for f in fields], after_id=0, upto_id=99)
            latest = [reader.latest(["hk"], i)["hk"].raw for i in kept]
    assert read.ids.tolist() == kept
    for at, field in enumerate(fields):
        assert_same_array(read.raw[field.name], decoded.tables[0].raw[field.name])
        for number, i in enumerate(kept):
            expected = [meaning(field, pattern) for pattern in rows[i - 1][at]]
            found = latest[number][field.name]
            found = found if field.array_length is not None else [found]
            assert len(found) == len(expected)
            assert all(map(same, found, expected))


def assert_same_array(found: NDArray[Any], decoded: NDArray[Any]) -> None:
    assert found.shape == decoded.shape
    for a, b in zip(found.ravel(), decoded.ravel(), strict=True):
        if isinstance(b, np.ndarray):
            assert_same_array(a, b)
        else:
            assert same(a, float(b) if isinstance(b, np.floating) else b)


def test_unsigned_64_bit(tmp_path: Path) -> None:
    fields = [
        Parameter("u", "uint", 64),
        Parameter("a", "uint", 64, array_length=2),
        Parameter("v", "uint", 64, array_length="expand"),
    ]
    scene = Scene(tmp_path / "a.okaeri", packet("hk", *fields))
    numbers = [0, (1 << 63) - 1, 1 << 63, LARGEST - 1, LARGEST]
    scene.send("hk", [{"u": n, "a": [n, 1], "v": [1, n]} for n in numbers])
    scene.close()
    # The same bits in the raw table, the same number in the view, in Python and in the rollup.
    raw = query(scene.path, "SELECT u FROM ship__hk__raw")
    assert [n.to_bytes(8, "big", signed=True) for (n,) in raw] == [n.to_bytes(8, "big") for n in numbers]
    assert [int(n) for (n,) in query(scene.path, "SELECT u FROM ship__hk")] == numbers
    assert [int(n) for (n,) in query(scene.path, "SELECT a_0 FROM ship__hk")] == numbers
    assert [n for (n,) in query(scene.path, "SELECT u FROM ship__hk WHERE id < 3")] == numbers[:2]
    with ArchiveReader(scene.path) as reader:
        read = reader.rows("hk", ["u", "a", "v"], after_id=0, upto_id=9)
        assert read.raw["u"].tolist() == numbers
        assert read.raw["a"].tolist() == [[n, 1] for n in numbers]
        assert [each.tolist() for each in read.raw["v"]] == [[1, n] for n in numbers]
        assert reader.latest(["hk"], 5)["hk"].raw == {"u": LARGEST, "a": [LARGEST, 1], "v": [1, LARGEST]}
    (limits,) = query(scene.path, "SELECT minimum, maximum FROM rollup")
    assert [np.frombuffer(each, "<f8")[0] for each in limits] == [0.0, float(LARGEST)]


def test_numbers_that_are_none(tmp_path: Path) -> None:
    fields = [Parameter("f", "float", 32), Parameter("v", "float", 64, array_length="expand")]
    scene = Scene(tmp_path / "a.okaeri", packet("hk", *fields))
    numbers = [1.5, math.nan, math.inf, -math.inf]
    scene.send("hk", [{"f": n, "v": [n, 2.0]} for n in numbers])
    scene.close()
    shown = query(scene.path, "SELECT f, v FROM ship__hk")
    assert [f for f, _ in shown] == [1.5, None, math.inf, -math.inf]
    # Arrays are JSON that SQLite itself reads.
    first = query(scene.path, "SELECT j.value FROM ship__hk s, json_each(v) j WHERE j.key = 0 ORDER BY s.id")
    assert [n for (n,) in first] == [1.5, None, math.inf, -math.inf]
    with ArchiveReader(scene.path) as reader:
        read = reader.rows("hk", ["f", "v"], after_id=0, upto_id=9)
        trace = reader.trace("hk", "f", START, START + 9 * S, points=99, upto_record=9)
    assert np.array_equal(read.raw["f"], numbers, equal_nan=True)
    assert all(
        np.array_equal(a, [n, 2.0], equal_nan=True) for a, n in zip(read.raw["v"], numbers, strict=True)
    )
    assert np.array_equal(trace.hi, numbers, equal_nan=True)


def test_strings_keep_every_octet_and_are_texts_for_any_tool(tmp_path: Path) -> None:
    strings = [
        b"OKAERI\0\0\0",
        "軌道\0\0".encode().ljust(9, b"\0"),
        b"\xff\xfe\x00\x80bad!!",
        b"\0" * 9,
        b"a\0b\0c    ",
    ]
    fields = [Parameter("s", "str", 72), Parameter("v", "str", 72, array_length="expand")]
    scene = Scene(tmp_path / "a.okaeri", packet("hk", *fields))
    scene.send("hk", [{"s": each, "v": np.array([each, b"second___"], object)} for each in strings])
    scene.close()
    shown = [text for (text,) in query(scene.path, "SELECT s FROM ship__hk")]
    assert shown == ["OKAERI", "軌道", strings[2], "", "a"]
    with ArchiveReader(scene.path) as reader:
        read = reader.rows("hk", ["s", "v"], after_id=0, upto_id=9)
        assert read.raw["s"].tolist() == strings
        assert [each.tolist() for each in read.raw["v"]] == [[each, b"second___"] for each in strings]
        assert reader.latest(["hk"], 3)["hk"].raw == {"s": strings[2], "v": [strings[2], b"second___"]}
