"""Three ways to decode a fixed stretch of fields, each the fastest for its size of batch.

A *plan* takes the buffer and the starts of ``n`` packets and gives each group's ``(elements, n)``
block of native numbers. Measured in ``tests/benchmarks/bench_decode.py``.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decoders.layout_fields import Element, Fields, Group
from decoders.packet_index import octets_at

Blocks = list[NDArray]
_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}
_PIECES = {1: (1,), 2: (2,), 3: (2, 1), 4: (4,), 5: (4, 1), 6: (4, 2), 7: (4, 2, 1), 8: (8,)}


@dataclass(slots=True)
class _Cell:
    """Octets read at once, shared by the elements inside."""

    first: int
    end: int
    members: list[tuple[int, Element]]


class StructPlan:
    """For a handful of packets: one ``struct`` reads a packet, generated code takes it apart."""

    def __init__(self, fields: Fields) -> None:
        self._groups = fields.groups
        self._carriers: list[tuple[np.dtype, int, int]] = []
        codes, at = "", 0
        for group in fields.groups:
            self._carriers.append((group.dtype, len(group.elements), at))
            signed = group.dtype.kind == "i"
            code = _CODES[group.dtype.itemsize]
            codes += (code.lower() if signed else code) * len(group.elements)
            at += group.dtype.itemsize * len(group.elements)
        self._row_octets = (at + 7) // 8 * 8
        pack = struct.Struct(f"={codes}{self._row_octets - at}x").pack
        self._rows = _compile(fields.groups, pack)

    def decode(self, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> Blocks:
        """Decode packets one by one."""
        n, row = len(starts), self._row_octets
        octets = bytearray().join(self._rows(data, starts.tolist()))
        return [
            np.ndarray((count, n), dtype, octets, at, (dtype.itemsize, row))
            for dtype, count, at in self._carriers
        ]


def _compile(
    groups: list[Group], pack: Callable[..., bytes]
) -> Callable[[NDArray[np.uint8], list[int]], list[bytes]]:
    """Generate ``rows(data, starts)``, which returns the packed numbers of each packet."""
    elements = [element for group in groups for element in group.elements]
    expressions = [""] * len(elements)
    lines: list[str] = []
    scope: dict[str, Any] = {"pack": pack}
    for layer, cells in enumerate(_layers(_cells(elements))):
        names, code, at = [], ">", cells[0].first if cells else 0
        scope[f"base{layer}"] = at
        after: list[str] = []
        for number, cell in enumerate(cells):
            code += f"{cell.first - at}x"
            at = cell.end
            whole, left, parts = f"c{layer}_{number}", (cell.end - cell.first) * 8, []
            for piece, octets in enumerate(_PIECES[cell.end - cell.first]):
                code += _CODES[octets]
                names.append(f"{whole}_{piece}")
                left -= octets * 8
                parts.append(f"{names[-1]} << {left}" if left else names[-1])
            if len(parts) == 1:
                names[-1] = whole
            else:
                after.append(f"{whole} = {' | '.join(parts)}")
            for index, element in cell.members:
                expressions[index] = _expression(whole, cell, element)
        scope[f"unpack{layer}"] = struct.Struct(code).unpack_from
        lines.append(
            f"        ({' '.join(name + ',' for name in names)}) = unpack{layer}(data, s + base{layer})"
        )
        lines += [f"        {line}" for line in after]
    head = ["def rows(data, starts):", "    packed = []", "    for s in starts:"]
    last = [f"        packed.append(pack({', '.join(expressions)}))", "    return packed"]
    source = "\n".join((*head, *lines, *last))
    exec(source, scope)  # the source holds only numbers of our own, no text of a definition
    rows: Callable[[NDArray[np.uint8], list[int]], list[bytes]] = scope["rows"]
    return rows


def _expression(whole: str, cell: _Cell, element: Element) -> str:
    """Write the code that takes one element out of the integer of its cell."""
    right = cell.end * 8 - element.offset - element.bits
    text = f"{whole} >> {right}" if right else whole
    if element.offset > cell.first * 8:
        text = f"({text}) & {(1 << element.bits) - 1}"
    if element.signed:
        sign = 1 << (element.bits - 1)
        text = f"(({text}) ^ {sign}) - {sign}"
    return text


def _cells(elements: list[Element]) -> list[_Cell]:
    """Join elements that share octets into cells of at most eight octets."""
    cells: list[_Cell] = []
    for index, element in sorted(enumerate(elements), key=lambda each: (each[1].first, -each[1].end)):
        last = cells[-1] if cells else None
        if last and element.first < last.end and max(element.end, last.end) - last.first <= 8:
            last.end = max(element.end, last.end)
            last.members.append((index, element))
        else:
            cells.append(_Cell(element.first, element.end, [(index, element)]))
    return cells


def _layers(cells: list[_Cell]) -> list[list[_Cell]]:
    """Spread cells over as few structs as needed so that none overlap in one struct."""
    layers: list[list[_Cell]] = []
    for cell in cells:
        for layer in layers:
            if layer[-1].end <= cell.first:
                layer.append(cell)
                break
        else:
            layers.append([cell])
    return layers


class GatherPlan:
    """For tens to hundreds of packets: one eight-octet window a cell, all taken at once."""

    def __init__(self, fields: Fields) -> None:
        if fields.octets < 8:
            raise ValueError("a stretch shorter than eight octets has no window")
        elements = [element for group in fields.groups for element in group.elements]
        windows = [min(element.first, fields.octets - 8) for element in elements]
        left = [e.offset - w * 8 for e, w in zip(elements, windows, strict=True)]
        right = [64 - e.bits for e in elements]
        self._windows = np.array(windows, np.int64)[:, None]
        self._left = np.array(left, np.uint64)[:, None]
        self._right = np.array(right, np.uint64)[:, None]
        self._spans: list[tuple[Group, int, int]] = []
        at = 0
        for group in fields.groups:
            self._spans.append((group, at, at + len(group.elements)))
            at += len(group.elements)

    def decode(self, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> Blocks:
        """Decode all cells of all packets in a few operations."""
        windows = np.ndarray((max(data.size - 7, 0),), ">u8", data, 0, (1,))
        numbers = windows[self._windows + starts].astype(np.uint64)
        numbers <<= self._left
        blocks: Blocks = []
        for group, first, end in self._spans:
            part = numbers[first:end]
            if group.dtype.kind == "i":
                signed = part.view(np.int64)
                signed >>= self._right[first:end].view(np.int64)
                blocks.append(signed.astype(group.dtype))
            else:
                part >>= self._right[first:end]
                blocks.append(part.astype(group.carrier).view(group.dtype))
        return blocks


@dataclass(frozen=True, slots=True)
class _Run:
    """Whole elements, ``step`` octets apart, in consecutive rows of a block."""

    row: int
    count: int
    octet: int
    step: int


@dataclass(frozen=True, slots=True)
class _Bits:
    """An element inside a container of ``size`` octets."""

    row: int
    octet: int
    size: int
    left: int
    right: int
    signed: bool


class StridedPlan:
    """For thousands of packets: each column is read with a stride, runs of equal columns together."""

    def __init__(self, fields: Fields) -> None:
        self._octets = fields.octets
        self._groups = [(group, *_columns(group, fields.octets)) for group in fields.groups]
        self._chunk = max(1024, (1 << 18) // max(fields.octets, 1))

    def decode(self, data: NDArray[np.uint8], starts: NDArray[np.int64], stride: int = 0) -> Blocks:
        """Decode column by column; ``stride`` is the distance of the starts if it is the same for all."""
        n = len(starts)
        blocks: Blocks = [np.empty((len(g.elements), n), g.dtype) for g, _, _ in self._groups]
        for first in range(0, n, self._chunk):
            end = min(first + self._chunk, n)
            if stride:
                buffer, base, apart = data, int(starts[first]), stride
            else:
                buffer = octets_at(data, starts[first:end], 0, self._octets)
                base, apart = 0, self._octets
            for (group, runs, bits), block in zip(self._groups, blocks, strict=True):
                _fill(block[:, first:end], group, runs, bits, buffer, base, apart)
        return blocks


def _columns(group: Group, octets: int) -> tuple[list[_Run], list[_Bits]]:
    runs: list[_Run] = []
    bits: list[_Bits] = []
    size = group.dtype.itemsize
    for row, element in enumerate(group.elements):
        if element.offset % 8 == 0 and element.bits == size * 8:
            last = runs[-1] if runs else None
            if last and last.row + last.count == row:
                step = element.first - last.octet - last.step * (last.count - 1)
                if last.count == 1 or step == last.step:
                    runs[-1] = _Run(last.row, last.count + 1, last.octet, step)
                    continue
            runs.append(_Run(row, 1, element.first, 0))
            continue
        wide = next(c for c in (1, 2, 4, 8) if c >= max(element.end - element.first, size))
        octet = min(element.first, octets - wide)
        bits.append(
            _Bits(row, octet, wide, element.offset - octet * 8, wide * 8 - element.bits, element.signed)
        )
    return runs, sorted(bits, key=lambda each: (each.octet, each.size))


def _fill(
    block: NDArray,
    group: Group,
    runs: list[_Run],
    bits: list[_Bits],
    buffer: NDArray[np.uint8],
    base: int,
    apart: int,
) -> None:
    n, big = block.shape[1], group.dtype.newbyteorder(">")
    for run in runs:
        if run.step < 0:
            for i in range(run.count):
                at = base + run.octet + i * run.step
                block[run.row + i] = np.ndarray((n,), big, buffer, at, (apart,))
        else:
            view = np.ndarray((run.count, n), big, buffer, base + run.octet, (run.step, apart))
            block[run.row : run.row + run.count] = view
    loaded, container = (-1, -1), np.empty(0, np.uint64)
    carrier = block.view(group.carrier) if group.dtype.kind == "f" else block
    for each in bits:
        if loaded != (each.octet, each.size):
            view = np.ndarray((n,), f">u{each.size}", buffer, base + each.octet, (apart,))
            container, loaded = view.astype(f"u{each.size}"), (each.octet, each.size)
        kind = container.dtype.type
        number = container << kind(each.left) if each.left else container
        if each.signed:
            signed = number.view(f"i{each.size}")
            carrier[each.row] = signed >> signed.dtype.type(each.right)
        else:
            carrier[each.row] = number >> kind(each.right)
