"""Random definitions and random packets: raw values beside ccsdspy 2.0.1 and beside plain whole numbers.

``expected`` reads every field out of a packet taken as one big whole number, bit by bit: it is slow, and
has no cases. ccsdspy is asked too wherever it is right; ``trusted`` names where it is not.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ccsdspy = pytest.importorskip("ccsdspy")

from decoders.layout import Layout  # noqa: E402
from decoders.mission.csv import packet_from_csv, read_packet_csv, write_packet_csv  # noqa: E402
from decoders.packet_index import index_packets  # noqa: E402

HEADER_BITS = 48


@dataclass(frozen=True)
class Row:
    """One line of a definition."""

    name: str
    kind: str
    bits: int
    size: int | tuple[int, ...] | str | None = None
    order: str = "big"
    offset: int | None = None

    @property
    def cells(self) -> list[str]:
        inside = ", ".join(map(str, self.size)) if isinstance(self.size, tuple) else self.size
        kind = self.kind if self.size is None else f'"{self.kind}({inside})"'
        offset = "" if self.offset is None else str(self.offset)
        return [self.name, kind, str(self.bits), self.order, offset]

    @property
    def count(self) -> int:
        if isinstance(self.size, str):
            return 0
        return prod(self.size) if isinstance(self.size, tuple) else self.size or 1

    @property
    def theirs(self) -> object:
        told = {"name": self.name, "data_type": self.kind, "bit_length": self.bits}
        told |= {"bit_offset": self.offset, "byte_order": self.order}
        if self.size is None:
            return ccsdspy.PacketField(**told)
        return ccsdspy.PacketArray(**told, array_shape=self.size)


def text_of(rows: list[Row]) -> str:
    header = "name,data_type,bit_length,byte_order,bit_offset"
    return "\n".join([header, *(",".join(row.cells) for row in rows)]) + "\n"


def element(row: Row, packet: int, packet_bits: int, at: int) -> int | float | bytes:
    """Return one element of a field; ``at`` counts from the first bit of the packet."""
    number = packet >> (packet_bits - at - row.bits) & (1 << row.bits) - 1
    octets = number.to_bytes((row.bits + 7) // 8, "big")
    if row.order == "little":
        octets = octets[::-1]
    elif row.order != "big":  # the i-th octet sent has the rank that the i-th digit tells
        octets = bytes(octets[row.order.index(str(rank + 1))] for rank in range(len(octets)))
    if row.kind == "str":
        return octets
    if row.kind == "float":
        return float(struct.unpack({16: ">e", 32: ">f", 64: ">d"}[row.bits], octets)[0])
    number = int.from_bytes(octets, "big")
    return number - (1 << row.bits) if row.kind == "int" and number >> (row.bits - 1) else number


def expected(rows: list[Row], content: bytes) -> dict[str, list[object]]:
    """Return the value of every field of one packet, arrays flat, in C order."""
    packet, bits = int.from_bytes(content, "big"), 8 * len(content)
    values: dict[str, list[object]] = {}
    here = furthest = HEADER_BITS
    last = max((i for i, row in enumerate(rows) if isinstance(row.size, str)), default=len(rows))
    for index, row in enumerate(rows):
        count = row.count
        if index == last + 1:  # fields behind the last variable one are counted from the packet's end
            here = furthest = bits - sum(r.bits * r.count for r in rows[index:])
        if row.size == "expand":
            behind = sum(
                r.bits * (values[r.size][0] if r.size in values else r.count) for r in rows[index + 1 :]
            )
            count = (bits - here - behind) // row.bits
            end = bits - behind
        else:
            if isinstance(row.size, str):
                count = int(values[row.size][0])  # type: ignore[call-overload]
            here = furthest if row.offset is None else row.offset
            end = here + count * row.bits
        if row.kind != "fill":
            values[row.name] = [element(row, packet, bits, here + i * row.bits) for i in range(count)]
        here = furthest = max(furthest, end)
    return values


def packets(bodies: list[bytes]) -> bytes:
    """Return the packets of APID 42, counted (133.0-B-2 §4.1.3)."""
    return b"".join(
        b"\x08\x2a" + (0xC000 | i & 0x3FFF).to_bytes(2, "big") + (len(body) - 1).to_bytes(2, "big") + body
        for i, body in enumerate(bodies)
    )


def ours(rows: list[Row], content: bytes) -> dict[str, np.ndarray]:
    definition = packet_from_csv(text_of(rows), file="random.csv", name="random")
    again = packet_from_csv(write_packet_csv(definition), file="again.csv", name="random")
    assert again == definition
    starts, lengths, used = index_packets(content)
    assert used == len(content)
    layout = Layout(definition)
    data = np.frombuffer(content, np.uint8)
    assert layout.valid(data, starts, lengths).all()
    return layout.decode(data, starts, lengths)


def check(rows: list[Row], bodies: list[bytes]) -> tuple[dict[str, np.ndarray], bytes]:
    """Compare with the whole numbers; return our columns and the packets."""
    content = packets(bodies)
    found = ours(rows, content)
    starts, lengths, _ = index_packets(content)
    for number, (start, length) in enumerate(zip(starts.tolist(), lengths.tolist(), strict=True)):
        right = expected(rows, content[start : start + length])
        assert list(found) == list(right)
        for name, values in right.items():
            value = found[name][number]
            listed = value.tolist() if isinstance(value, np.ndarray) else [value]
            np.testing.assert_equal(listed, values, err_msg=f"{name} of packet {number}")
    return found, content


def same_as_theirs(rows: list[Row], found: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> None:
    for row in rows:
        if row.kind == "fill":
            continue
        one, other = found[row.name], theirs[row.name]
        if isinstance(row.size, str):
            assert [each.tolist() for each in one] == [each.tolist() for each in other], row
        elif row.kind == "str":  # ccsdspy loses trailing NULs
            assert [each.rstrip(b"\0") for each in one.ravel()] == other.ravel().tolist(), row
        else:
            np.testing.assert_array_equal(one.ravel(), other.ravel(), err_msg=str(row))


def trusted(row: Row, at: int) -> bool:
    """Tell whether ccsdspy 2.0.1 reads this field right where it begins ``at`` that bit.

    It is wrong on floats and strings that begin inside an octet, puts a NUL in front of strings of 3, 5, 6 or
    7 octets, raises on numbers that touch nine octets, and is wrong on little endian that is no 16, 32 or 64
    bits in whole octets, and on permuted octets that are signed, begin inside an octet, or are in an order
    that it writes but does not read back.
    """
    places = [at + i * row.bits for i in range(row.count)]
    if row.kind == "str":
        return at % 8 == 0 and row.bits // 8 not in (3, 5, 6, 7)
    if row.kind == "float":
        return at % 8 == 0 and row.order == "big"
    if any((place + row.bits - 1) // 8 - place // 8 >= 8 for place in places):
        return False
    if row.order == "little":
        return at % 8 == 0 and row.bits in (8, 16, 32, 64)
    return row.order == "big" or (
        at % 8 == 0 and row.kind == "uint" and row.bits in (16, 32, 64) and reads_back(row.order)
    )


def reads_back(order: str) -> bool:
    """Tell whether ccsdspy 2.0.1 reads the octets that it writes itself in this order."""
    size = len(order)
    written = [int(rank) for rank in order]
    read = [written[size - int(digit)] for digit in reversed(order)]
    return read == sorted(read)


def orders(bits: int) -> st.SearchStrategy[str]:
    if bits % 8 or bits == 8:
        return st.just("big")
    digits = "".join(str(i + 1) for i in range(bits // 8))
    return st.sampled_from(["big", "big", "little", digits[::-1]]) | st.permutations(digits).map("".join)


@st.composite
def fields(draw: st.DrawFn, name: str, arrays: bool = True) -> Row:
    kind = draw(st.sampled_from(["uint", "uint", "int", "float", "str", "fill"]))
    order = "big"
    if kind in ("uint", "int"):
        bits = draw(st.integers(1, 64) | st.sampled_from([8, 16, 24, 32, 48, 64]))
        order = draw(orders(bits))
    elif kind == "float":
        bits = draw(st.sampled_from([16, 32, 64]))
        order = draw(st.sampled_from(["big", "little"]))
    else:
        bits = draw(st.integers(1, 40)) * (8 if kind == "str" else 1)
    size: int | tuple[int, ...] | None = None
    if arrays and kind != "fill" and draw(st.integers(0, 3)) == 0:
        size = draw(st.integers(1, 9) | st.tuples(st.integers(1, 3), st.integers(1, 3)))
    return Row(name, kind, bits, size, order)


@st.composite
def fixed(draw: st.DrawFn) -> list[Row]:
    """Draw fields that follow each other, or that leave gaps, overlap and go back."""
    rows = [draw(fields(f"F{i}")) for i in range(draw(st.integers(1, 12)))]
    if draw(st.booleans()):
        return rows
    return [
        Row(r.name, r.kind, r.bits, r.size, r.order, draw(st.none() | st.integers(HEADER_BITS, 900)))
        for r in rows
    ]


def placed(rows: list[Row]) -> dict[str, int]:
    """Return where each field of a fixed packet begins."""
    places, furthest = {}, HEADER_BITS
    for row in rows:
        places[row.name] = furthest if row.offset is None else row.offset
        furthest = max(furthest, places[row.name] + row.bits * row.count)
    return places


numbers = st.sampled_from([1, 2, 6, 30, 150])
seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=100, deadline=None)
@given(rows=fixed(), count=numbers, seed=seeds, spare=st.integers(0, 3))
def test_fixed_packets(rows: list[Row], count: int, seed: int, spare: int) -> None:
    places = placed(rows)
    end = max(places[row.name] + row.bits * row.count for row in rows)
    octets = (end - HEADER_BITS + 7) // 8 + spare
    rng = np.random.default_rng(seed)
    found, content = check(rows, [rng.bytes(octets) for _ in range(count)])
    asked = [row for row in rows if row.kind != "fill" and trusted(row, places[row.name])]
    if asked:
        given_offsets = [Row(r.name, r.kind, r.bits, r.size, r.order, places[r.name]) for r in asked]
        theirs = ccsdspy.FixedLength([row.theirs for row in given_offsets]).load(io.BytesIO(content))
        same_as_theirs(asked, found, theirs)


@settings(max_examples=40, deadline=None)
@given(rows=fixed(), seed=seeds)
def test_definition_files(rows: list[Row], seed: int) -> None:
    """The same file, read by ccsdspy and by us: offsets in every line or in none, big endian."""
    places = placed(rows)
    offsets = any(row.offset is not None for row in rows)
    plain = [
        Row(r.name, r.kind, r.bits, r.size, "big", places[r.name] if offsets else None)
        for r in rows
        if trusted(Row(r.name, r.kind, r.bits, r.size), places[r.name]) or r.kind == "fill"
    ]
    where = placed(plain)
    if any(not trusted(row, where[row.name]) for row in plain if row.kind != "fill") or not plain:
        return
    lines = ["name,data_type,bit_length" + ",bit_offset" * offsets]
    lines += [",".join([*row.cells[:3], *row.cells[4:][:offsets]]) for row in plain]
    end = max(where[row.name] + row.bits * row.count for row in plain)
    content = packets([np.random.default_rng(seed).bytes((end - HEADER_BITS + 7) // 8)] * 3)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "random.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        theirs = ccsdspy.FixedLength.from_file(str(path)).load(io.BytesIO(content))
        definition = read_packet_csv(path)
    starts, lengths, _ = index_packets(content)
    found = Layout(definition).decode(content, starts, lengths)
    assert list(found) == [name for name in theirs if name in found]
    same_as_theirs(plain, found, theirs)


@st.composite
def variable(draw: st.DrawFn, whole: bool = False) -> list[Row]:
    """Draw packets with counted arrays, one that expands, and fields in front, between and behind.

    ``whole`` keeps to whole octets, most of which ccsdspy reads right.
    """

    def plain(most: int) -> list[Row]:
        drawn = [draw(fields(f"F{len(rows) + i}")) for i in range(draw(st.integers(0, most)))]
        if not whole:
            return drawn
        return [
            Row(r.name, "uint" if r.bits % 8 else r.kind, -(-r.bits // 32) * 32)
            for r in drawn
            if r.bits <= 64
        ]

    rows: list[Row] = []
    expands = False
    for _ in range(draw(st.integers(1, 3))):
        rows += plain(1 if whole and rows else 2)
        counts = [row.name for row in rows if row.name.startswith("N")]
        choices = ["new", *(["known"] if counts else []), *([] if expands else ["expand"])]
        how = draw(st.sampled_from(choices))
        bits = draw(st.sampled_from([8, 16, 32, 64]) | st.integers(1, 8 if whole else 64))
        bits, order = (max(bits, 8), "big") if whole else (bits, draw(orders(bits)))
        if how == "new" and not expands:
            rows.append(
                Row(f"N{len(rows)} of it's", "uint", 8 if whole else draw(st.sampled_from([3, 4, 8])), None)
            )
            rows.append(Row(f"A{len(rows)}", "uint", bits, rows[-1].name, order))
        elif how == "known":
            rows.append(Row(f"A{len(rows)}", "uint", bits, draw(st.sampled_from(counts)), order))
        elif not expands:
            expands = True
            rows.append(Row(f"A{len(rows)}", "uint", bits, "expand", order))
    return rows + plain(2)


def variable_body(rows: list[Row], rng: np.random.Generator) -> bytes:
    """Build one packet's data field of random bits with small counts, whole octets long."""
    bits = ""
    counts: dict[str, int] = {}
    behind = 0
    last = max(i for i, row in enumerate(rows) if isinstance(row.size, str))
    expands = any(row.size == "expand" for row in rows)
    for index, row in enumerate(rows):
        count = row.count
        if row.name.startswith("N"):
            counts[row.name] = int(rng.integers(0, 1 << min(row.bits, 3)))
            bits += f"{counts[row.name]:0{row.bits}b}"
            continue
        if row.size == "expand":
            count = int(rng.integers(1, 6))
        elif isinstance(row.size, str):
            count = counts[row.size]
        bits += "".join(rng.choice(["0", "1"], count * row.bits).tolist())
        if row.size == "expand" or (index == last and not expands):
            behind = len(bits)
    # Spare bits stand behind the expanding array, or in front of what is counted from the end.
    bits = bits[:behind] + "0" * (-len(bits) % 8) + bits[behind:]
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def variable_trusted(rows: list[Row]) -> bool:
    """Tell whether ccsdspy reads such packets right.

    It asks for whole octets and arrays of 8, 16, 32 or 64 bits, fails where two fields stand between
    variable ones, and takes an array behind the expanding one for one element.
    """
    at = HEADER_BITS
    between, variable_seen, expanded = 0, False, False
    last = max(i for i, row in enumerate(rows) if isinstance(row.size, str))
    for index, row in enumerate(rows):
        if isinstance(row.size, str):
            if row.bits not in (8, 16, 32, 64) or at % 8 or row.order != "big" or expanded:
                return False
            expanded = expanded or row.size == "expand"
            variable_seen, between = True, 0
            continue
        if variable_seen and index < last:
            between += 1
        if between > 1 or (row.size is not None and variable_seen):
            return False
        if (row.kind != "fill" and not trusted(row, at)) or (variable_seen and (row.bits % 8 or at % 8)):
            return False
        at += row.bits * row.count
    return at % 8 == 0


@settings(max_examples=100, deadline=None)
@given(rows=variable(), count=st.sampled_from([1, 3, 12]), seed=seeds)
def test_variable_packets(rows: list[Row], count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    check(rows, [variable_body(rows, rng) for _ in range(count)])


@settings(max_examples=80, deadline=None)
@given(rows=variable(whole=True).filter(variable_trusted), count=st.sampled_from([1, 3, 12]), seed=seeds)
def test_variable_packets_of_whole_octets(rows: list[Row], count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    found, content = check(rows, [variable_body(rows, rng) for _ in range(count)])
    theirs = ccsdspy.VariableLength([row.theirs for row in rows]).load(io.BytesIO(content))
    same_as_theirs(rows, found, theirs)
