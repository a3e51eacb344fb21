"""Layouts that depend on content, against a reader that walks the bits of one packet with plain Python."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.layout import Layout
from decoders.mission.model import PacketDefinition, Parameter
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import PacketQuality


class Bits:
    """A packet written bit by bit, behind 48 bits of header."""

    def __init__(self):
        self.text = "0" * 48

    def put(self, number, bits):
        self.text += f"{number % (1 << bits):0{bits}b}"

    def octets(self):
        text = self.text + "0" * (-len(self.text) % 8)
        return bytes(int(text[at : at + 8], 2) for at in range(0, len(text), 8))


def layout_of(*fields):
    return Layout(PacketDefinition("p", fields))


def decode(layout, packets):
    """Columns with None for what a packet does not have."""
    data = np.frombuffer(b"".join(packets), np.uint8)
    lengths = np.array([len(packet) for packet in packets], np.int64)
    starts = np.cumsum(lengths) - lengths
    assert layout.valid(data, starts, lengths).all()
    columns = layout.decode(data, starts, lengths)
    return {
        name: [
            None if gone else (value.tolist() if isinstance(value, np.ndarray) else value)
            for value, gone in zip(
                np.asarray(column).tolist() if column.dtype != object else np.asarray(column),
                np.ma.getmaskarray(column) if column.ndim == 1 else np.ma.getmaskarray(column)[:, 0],
                strict=True,
            )
        ]
        for name, column in columns.items()
    }


FLAGS = Parameter("flags", "uint", 3)
COUNT = Parameter("count", "uint", 5)
ODD = Parameter("odd", "int", 13, only_if="flags & 1 == 1")
LIST = Parameter("list", "uint", 12, array_length="count % 4 + flags", only_if="count > 2")
NESTED = Parameter("nested", "uint", 7, only_if="odd < 0 and flags >= 2")
LAST = Parameter("last", "uint", 24, gap_bits=3)
FIELDS = (FLAGS, COUNT, ODD, LIST, NESTED, LAST)


def written(flags, count, odd, numbers, nested, last):
    """One packet of these fields and its values."""
    bits = Bits()
    bits.put(flags, 3)
    bits.put(count, 5)
    values = {"flags": flags, "count": count, "odd": None, "list": None, "nested": None, "last": last}
    if flags & 1:
        bits.put(odd, 13)
        values["odd"] = odd
    if count > 2:
        values["list"] = numbers[: count % 4 + flags]
        for number in values["list"]:
            bits.put(number, 12)
    if values["odd"] is not None and odd < 0 and flags >= 2:
        bits.put(nested, 7)
        values["nested"] = nested
    bits.put(0, 3)
    bits.put(last, 24)
    return bits.octets(), values


PACKET = st.builds(
    written,
    st.integers(0, 7),
    st.integers(0, 31),
    st.integers(-4096, 4095),
    st.lists(st.integers(0, 4095), min_size=10, max_size=10),
    st.integers(0, 127),
    st.integers(0, (1 << 24) - 1),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PACKET, min_size=1, max_size=30))
def test_conditions_and_counts(made):
    found = decode(layout_of(*FIELDS), [octets for octets, _ in made])
    for name in found:
        assert found[name] == [values[name] for _, values in made], name


SIZED = (
    Parameter("octets", "uint", 8),
    Parameter("blob", "str", 8, size="octets * 8", encoding="binary"),
    Parameter("named", "str", 8, terminator=b"\0"),
    Parameter("told", "str", 8, prefix_bits=16),
    Parameter("room", "str", 80, terminator=b";"),
    Parameter("end", "uint", 8),
)
TEXT = st.binary(max_size=20).map(lambda octets: octets.replace(b"\0", b"x"))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.binary(max_size=40), TEXT, st.binary(max_size=300), TEXT, st.integers(0, 255)),
        max_size=12,
    )
)
def test_strings_and_sizes(rows):
    packets = []
    for blob, named, told, room, end in rows:
        inside = room.replace(b";", b",")[:10]
        filled = (inside + b";" + bytes(10))[:10]
        body = bytes([len(blob)]) + blob + named + b"\0" + len(told).to_bytes(2, "big") + told + filled
        packets.append(bytes(6) + body + bytes([end]))
    if not packets:
        return
    found = decode(layout_of(*SIZED), packets)
    assert found["blob"] == [row[0] for row in rows]
    assert found["named"] == [row[1] for row in rows]
    assert found["told"] == [row[2] for row in rows]
    assert found["room"] == [row[3].replace(b";", b",")[:10] for row in rows]
    assert found["end"] == [row[4] for row in rows]


def test_an_absolute_place_behind_a_variable_field():
    fields = (
        Parameter("n", "uint", 8, 48),
        Parameter("list", "uint", 8, 56, array_length="n"),
        Parameter("again", "uint", 16, 56),
        Parameter("behind", "uint", 8),
    )
    assert decode(layout_of(*fields), [bytes(6) + bytes([2, 1, 2, 3])]) == {
        "n": [2], "list": [[1, 2]], "again": [0x0102], "behind": [3],
    }  # fmt: skip


def test_expand_between_conditions():
    fields = (
        Parameter("has", "uint", 8, 48),
        Parameter("extra", "uint", 8, only_if="has == 1"),
        Parameter("list", "uint", 16, array_length="expand"),
        Parameter("crc", "uint", 16),
    )
    packets = [bytes(6) + bytes([1, 9, 0, 1, 0, 2, 0xAB, 0xCD]), bytes(6) + bytes([0, 0, 3, 0xAB, 0xCD])]
    assert decode(layout_of(*fields), packets) == {
        "has": [1, 0], "extra": [9, None], "list": [[1, 2], [3]], "crc": [0xABCD, 0xABCD],
    }  # fmt: skip


HOSTILE = PacketDefinition("hostile", (*FIELDS, *(SIZED[:4])), apid=100, vehicle="rs")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=10))
def test_any_octets_are_judged_and_the_good_ones_keep_their_values(bodies):
    packets = [b"\0\x64\xc0\0" + (len(body) - 1).to_bytes(2, "big") + body for body in bodies]
    decoder = Decoder(LinkFormat("packets", vehicle="rs", mark_duplicates=False), [HOSTILE])
    out = decoder.feed_many([(packet, 0) for packet in packets])
    good = [i for i, q in enumerate(out.packets.quality.tolist()) if not q & int(PacketQuality.LENGTH_BAD)]
    rows = [row for table in out.tables for row in table.rows.tolist()]
    assert rows == good
    for row in good:  # alone it says what it says among its neighbours
        alone = Decoder(LinkFormat("packets", vehicle="rs"), [HOSTILE]).feed(packets[row], 0)
        for name, column in out.tables[0].raw.items():
            one, many = alone.tables[0].raw[name], column
            at = rows.index(row)
            assert str(one[0]) == str(many[at]), name


def test_a_count_beyond_the_packet_is_told_as_a_wrong_length():
    layout = layout_of(Parameter("n", "uint", 32, 48), Parameter("list", "uint", 8, array_length="n * 1"))
    packets = [bytes(6) + (4).to_bytes(4, "big") + bytes(n) for n in (4, 3)]
    packets.append(bytes(6) + b"\xff" * 4 + bytes(8))
    data = np.frombuffer(b"".join(packets), np.uint8)
    lengths = np.array([len(p) for p in packets])
    starts = np.cumsum(lengths) - lengths
    assert layout.valid(data, starts, lengths).tolist() == [True, False, False]
    with pytest.raises(ValueError, match="packet 1 has not the room"):
        layout.decode(data, starts, lengths)
