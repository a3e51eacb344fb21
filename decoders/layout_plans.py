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

from decoders.layout_fields import Element, Fields, Group, container
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
        self._windows = np.array(windows, np.int64)[:, None]
        self._left = np.array(left, np.uint64)[:, None] if any(left) else None
        self._right = np.array([64 - e.bits for e in elements], np.uint64)[:, None]
        self._signs: list[tuple[int, int, NDArray[np.uint64]]] = []
        self._casts: list[tuple[np.dtype, int, int]] = []
        self._views: list[tuple[np.dtype, int, int, int]] = []
        at = 0
        for group in fields.groups:
            end = at + len(group.elements)
            if group.dtype.kind == "i":
                signs = np.array([1 << e.bits - 1 for e in group.elements], np.uint64)[:, None]
                self._signs.append((at, end, signs))
            if not self._casts or self._casts[-1][0] != group.carrier:
                self._casts.append((group.carrier, at, end))
            else:
                self._casts[-1] = (group.carrier, self._casts[-1][1], end)
            first = self._casts[-1][1]
            self._views.append((group.dtype, len(self._casts) - 1, at - first, end - first))
            at = end

    def decode(self, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> Blocks:
        """Decode all cells of all packets in a few operations."""
        windows = np.ndarray((max(data.size - 7, 0),), ">u8", data, 0, (1,))
        numbers = windows[self._windows + starts].astype(np.uint64)
        if self._left is not None:
            numbers <<= self._left
        numbers >>= self._right
        for first, end, signs in self._signs:
            part = numbers[first:end]
            part ^= signs
            part -= signs
        casts = [numbers[first:end].astype(carrier) for carrier, first, end in self._casts]
        return [casts[cast][first:end].view(dtype) for dtype, cast, first, end in self._views]


@dataclass(frozen=True, slots=True)
class _Run:
    """Whole elements, ``step`` octets apart, in consecutive rows of a block."""

    row: int
    count: int
    octet: int
    step: int


@dataclass(frozen=True, slots=True)
class _Bits:
    """Elements in consecutive rows, each inside a container of ``size`` octets."""

    row: int
    count: int
    size: int
    octets: NDArray[np.intp]
    left: NDArray
    right: NDArray
    signed: bool


class StridedPlan:
    """For thousands of packets: columns are read with a stride, all columns alike together."""

    def __init__(self, fields: Fields) -> None:
        self._octets = fields.octets
        self._groups = [(group, *_columns(group, fields.octets)) for group in fields.groups]
        wide = max(8 * fields.cells, 2 * fields.octets, 1)
        self._chunk = max(512, (1 << 21) // wide)
        self.overhead_us = sum(4.0 * len(runs) + 20.0 * len(bits) for _, runs, bits in self._groups)
        """What a batch costs before its first packet."""

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
                _fill(block[:, first:end], group, runs, bits, buffer, base, apart, self._octets)
        return blocks


def _columns(group: Group, octets: int) -> tuple[list[_Run], list[_Bits]]:
    """Sort the rows of a group into runs of whole elements and batches of bit fields."""
    runs: list[_Run] = []
    batches: list[tuple[int, int, list[Element]]] = []
    for row, element in enumerate(group.elements):
        size = container(element)
        if not size:
            last = runs[-1] if runs else None
            if last and last.row + last.count == row:
                step = element.first - last.octet - last.step * (last.count - 1)
                if step >= 0 and (last.count == 1 or step == last.step):
                    runs[-1] = _Run(last.row, last.count + 1, last.octet, step)
                    continue
            runs.append(_Run(row, 1, element.first, 0))
        elif batches and batches[-1][0] + len(batches[-1][2]) == row and batches[-1][1] == size:
            batches[-1][2].append(element)
        else:
            batches.append((row, size, [element]))
    return runs, [_bits(row, size, elements, octets) for row, size, elements in batches]


def _bits(row: int, size: int, elements: list[Element], octets: int) -> _Bits:
    first = [min(element.first, octets - size) for element in elements]
    left = [element.offset - at * 8 for element, at in zip(elements, first, strict=True)]
    right = [size * 8 - element.bits for element in elements]
    kind = f"u{size}"
    return _Bits(
        row, len(elements), size, np.array(first, np.intp), np.array(left, kind)[:, None],
        np.array(right, kind)[:, None], elements[0].signed,
    )  # fmt: skip


def _fill(
    block: NDArray,
    group: Group,
    runs: list[_Run],
    bits: list[_Bits],
    buffer: NDArray[np.uint8],
    base: int,
    apart: int,
    octets: int,
) -> None:
    n, big = block.shape[1], group.dtype.newbyteorder(">")
    for run in runs:
        view = np.ndarray((run.count, n), big, buffer, base + run.octet, (run.step, apart))
        block[run.row : run.row + run.count] = view
    carrier = block.view(group.carrier) if group.dtype.kind == "f" else block
    for each in bits:
        # Row i of the windows is octet i of every packet with those that follow it.
        windows = np.ndarray((octets - each.size + 1, n), f">u{each.size}", buffer, base, (1, apart))
        numbers = windows[each.octets].astype(f"u{each.size}")
        numbers <<= each.left
        if each.signed:
            signed = numbers.view(f"i{each.size}")
            signed >>= each.right.view(signed.dtype)
            carrier[each.row : each.row + each.count] = signed
        else:
            numbers >>= each.right
            carrier[each.row : each.row + each.count] = numbers
