"""Every way of decoding against a bit extractor of a few lines on Python's own integers."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.layout import Layout
from decoders.layout_plans import Reach
from decoders.mission.model import PacketDefinition, Parameter

WAYS = ("struct", "gather", "strided")
REACHES = {"struct": Reach(1 << 60, 0), "gather": Reach(-1, 1 << 60), "strided": Reach(-1, -1)}


def bits_of(packet: bytes, offset: int, bits: int) -> int:
    """The oracle: the packet as one big integer."""
    return int.from_bytes(packet, "big") >> (len(packet) * 8 - offset - bits) & ((1 << bits) - 1)


def value_of(parameter: Parameter, packet: bytes, offset: int) -> Any:
    bits = parameter.bit_length
    number = bits_of(packet, offset, bits)
    if parameter.data_type == "str":
        return number.to_bytes(bits // 8, "big")
    order = parameter.byte_order
    if order != "big":
        octets = number.to_bytes(bits // 8, "big")
        ranks = [bits // 8 - i for i in range(bits // 8)] if order == "little" else [int(c) for c in order]
        ordered = bytearray(bits // 8)
        for octet, rank in zip(octets, ranks, strict=True):
            ordered[rank - 1] = octet
        number = int.from_bytes(ordered, "big")
    if parameter.data_type == "float":
        code = {16: ">e", 32: ">f", 64: ">d"}[bits]
        return struct.unpack(code, number.to_bytes(bits // 8, "big"))[0]
    if parameter.data_type == "int" and number >> (bits - 1):
        number -= 1 << bits
    return number


@st.composite
def fields(draw: st.DrawFn, name: str) -> Parameter:
    kind = draw(st.sampled_from(["uint", "uint", "int", "float", "str", "fill"]))
    if kind == "float":
        bits = draw(st.sampled_from([16, 32, 64]))
    elif kind == "str":
        bits = 8 * draw(st.integers(1, 12))
    else:
        bits = draw(st.one_of(st.integers(1, 64), st.sampled_from([8, 16, 24, 32, 64])))
    order = "big"
    if bits % 8 == 0 and kind in ("uint", "int", "float") and draw(st.integers(0, 3)) == 0:
        ranks = [str(rank + 1) for rank in range(bits // 8)]
        order = draw(st.sampled_from(["little", "".join(draw(st.permutations(ranks)))]))
    return Parameter(
        name=name,
        data_type=kind,
        bit_length=bits,
        byte_order=order,
        bit_offset=draw(st.one_of(st.none(), st.none(), st.integers(0, 200))),
        array_length=draw(st.one_of(st.none(), st.none(), st.integers(1, 5))),
    )


@st.composite
def definitions(draw: st.DrawFn) -> PacketDefinition:
    count = draw(st.integers(1, 12))
    return PacketDefinition("p", tuple(draw(fields(f"f{i}")) for i in range(count)))


def same(found: np.ndarray, expected: list) -> None:
    assert found.dtype.isnative
    if found.dtype == object:
        assert found.tolist() == expected
        return
    right = np.array(expected, found.dtype)
    assert found.shape == right.shape
    assert found.tobytes() == right.tobytes() or np.array_equal(
        found, right, equal_nan=found.dtype.kind == "f"
    )


def check(definition: PacketDefinition, seed: int, gap: int) -> None:
    layout = Layout(definition)
    rng = np.random.default_rng(seed)
    length = layout.octets + 3
    n = 7
    packets = [rng.bytes(length) for _ in range(n)]
    filling = rng.bytes(gap)
    data = np.frombuffer(filling.join(packets), np.uint8)
    starts = np.arange(n, dtype=np.int64) * (length + gap)
    uneven = starts[[0, 1, 3, 2, 6]]
    for order, chosen in ((starts, packets), (uneven, [packets[i] for i in (0, 1, 3, 2, 6)])):
        columns = layout.decode(data, order, np.full(len(order), length))
        assert list(columns) == [p.name for p in definition.parameters if p.data_type != "fill"]
        counter = 48
        for parameter in definition.parameters:
            at = counter if parameter.bit_offset is None else parameter.bit_offset
            step, count = parameter.bit_length, parameter.array_length
            counter = max(counter, at + step * (count or 1))
            if parameter.data_type == "fill":
                continue
            expected = [
                value_of(parameter, packet, at)
                if count is None
                else [value_of(parameter, packet, at + i * step) for i in range(count)]
                for packet in chosen
            ]
            same(columns[parameter.name], expected)


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=150)
@given(definitions(), st.integers(0, 2**32), st.sampled_from([0, 0, 5]))
def test_any_field_at_any_place(way: str, definition: PacketDefinition, seed: int, gap: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reach, "of", lambda fields: REACHES[way] if fields.octets >= 8 else REACHES["struct"])
        check(definition, seed, gap)


def test_many_packets_in_chunks() -> None:
    """More packets than a chunk of the strided plan, of one length and of two."""
    parameters = (
        Parameter("a", "uint", 12),
        Parameter("b", "int", 4),
        Parameter("c", "float", 32, array_length=3),
        Parameter("d", "uint", 16),
    )
    layout = Layout(PacketDefinition("p", parameters))
    rng = np.random.default_rng(1)
    n = 30_000
    data = np.frombuffer(rng.bytes(n * 24), np.uint8)
    starts = np.arange(n, dtype=np.int64) * 24
    for order in (starts, starts[rng.permutation(n)]):
        columns = layout.decode(data, order)
        octets = data[order[:, None] + np.arange(24)]
        assert (columns["a"] == octets[:, 6].astype(int) << 4 | octets[:, 7] >> 4).all()
        assert columns["c"].tobytes() == octets[:, 8:20].copy().view(">f4").astype("f4").tobytes()
        assert (columns["d"] == octets[:, 20].astype(int) << 8 | octets[:, 21]).all()


def test_only_some_names() -> None:
    parameters = tuple(Parameter(name, "uint", 16) for name in "abc")
    layout = Layout(PacketDefinition("p", parameters), names={"b"})
    columns = layout.decode(bytes(6) + b"\0\1\0\2\0\3", np.array([0]))
    assert {name: column.tolist() for name, column in columns.items()} == {"b": [2]}
    assert layout.octets == 12


def test_a_short_packet_is_named() -> None:
    layout = Layout(PacketDefinition("hk", (Parameter("a", "uint", 32),)))
    data = np.zeros(30, np.uint8)
    assert layout.valid(data, np.array([0, 10]), np.array([10, 9])).tolist() == [True, False]
    with pytest.raises(ValueError, match="hk: a packet of 9 octets, 10 are needed"):
        layout.decode(data, np.array([0, 10]), np.array([10, 9]))


def test_no_packets() -> None:
    layout = Layout(PacketDefinition("p", (Parameter("a", "uint", 5), Parameter("s", "str", 8))))
    columns = layout.decode(b"", np.empty(0, np.int64), np.empty(0, np.int64))
    assert [len(column) for column in columns.values()] == [0, 0]


def variable(*parameters: Parameter) -> Layout:
    return Layout(PacketDefinition("v", parameters))


def packed(*bodies: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    packets = [bytes(6) + body for body in bodies]
    lengths = np.array([len(packet) for packet in packets])
    return np.frombuffer(b"".join(packets), np.uint8), np.cumsum(lengths) - lengths, lengths


def test_counted_array_with_a_footer() -> None:
    layout = variable(
        Parameter("n", "uint", 8),
        Parameter("a", "int", 16, array_length="n"),
        Parameter("crc", "uint", 16),
    )
    batch = packed(b"\x02\xff\xff\x00\x01\xab\xcd", b"\x00\x12\x34", b"\x09\x00\x01\x00\x00")
    assert layout.valid(*batch).tolist() == [True, True, False]
    data, starts, lengths = batch
    columns = layout.decode(data, starts[:2], lengths[:2])
    assert list(columns) == ["n", "a", "crc"]
    assert [row.tolist() for row in columns["a"]] == [[-1, 1], []]
    assert columns["a"][0].dtype == np.int16
    assert columns["crc"].tolist() == [0xABCD, 0x1234]
    with pytest.raises(ValueError, match="packet 2 is too short"):
        layout.decode(*batch)


def test_expanding_array_of_odd_bits_between_fields() -> None:
    layout = variable(
        Parameter("flag", "uint", 4),
        Parameter("samples", "uint", 12, array_length="expand"),
        Parameter("end", "uint", 8),
    )
    batch = packed(bytes.fromhex("1 abc 99".replace(" ", "")), bytes.fromhex("2abc123fff07"))
    assert layout.valid(*batch).tolist() == [True, True]
    columns = layout.decode(*batch)
    assert columns["flag"].tolist() == [1, 2]
    assert [row.tolist() for row in columns["samples"]] == [[0xABC], [0xABC, 0x123, 0xFFF]]
    assert columns["end"].tolist() == [0x99, 0x07]


def test_two_counted_arrays_with_a_count_between() -> None:
    layout = variable(
        Parameter("n", "uint", 8),
        Parameter("a", "uint", 8, array_length="n"),
        Parameter("m", "uint", 8),
        Parameter("b", "float", 32, array_length="m"),
        Parameter("last", "uint", 8),
    )
    batch = packed(
        b"\x01\x07\x01" + struct.pack(">f", 1.5) + b"\x01",
        b"\x03\x01\x02\x03\x02" + struct.pack(">ff", -1, 2) + b"\x02",
        b"\x00\x05\x00",
    )
    assert layout.valid(*batch).tolist() == [True, True, False]
    data, starts, lengths = batch
    columns = layout.decode(data, starts[:2], lengths[:2])
    assert [row.tolist() for row in columns["a"]] == [[7], [1, 2, 3]]
    assert columns["m"].tolist() == [1, 2]
    assert [row.tolist() for row in columns["b"]] == [[1.5], [-1.0, 2.0]]
    assert columns["last"].tolist() == [1, 2]


def test_expanding_array_before_a_counted_one() -> None:
    layout = variable(
        Parameter("n", "uint", 8),
        Parameter("rest", "uint", 8, array_length="expand"),
        Parameter("tail", "uint", 16, array_length="n"),
    )
    columns = layout.decode(*packed(b"\x01\x0a\x0b\x00\xff", b"\x00\x0a"))
    assert [row.tolist() for row in columns["rest"]] == [[10, 11], [10]]
    assert [row.tolist() for row in columns["tail"]] == [[255], []]


@given(
    st.integers(1, 33),
    st.integers(0, 15),
    st.lists(st.integers(0, 6), min_size=1, max_size=6),
    st.integers(0, 99),
)
def test_counted_arrays_of_any_width(bits: int, before: int, counts: list[int], seed: int) -> None:
    spacer = (Parameter("spacer", "uint", before),) if before else ()
    layout = variable(Parameter("n", "uint", 8), *spacer, Parameter("a", "int", bits, array_length="n"))
    rng = np.random.default_rng(seed)
    bodies = [bytes([count]) + rng.bytes((before + bits * count + 7) // 8) for count in counts]
    columns = layout.decode(*packed(*bodies))
    parameter = Parameter("a", "int", bits)
    expected = [
        [value_of(parameter, body, 8 + before + i * bits) for i in range(count)]
        for body, count in zip(bodies, counts, strict=True)
    ]
    assert [row.tolist() for row in columns["a"]] == expected
