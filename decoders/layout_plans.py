"""Three ways to decode a fixed stretch of fields, each the fastest for its size of batch.

A *plan* takes the buffer and the starts of ``n`` packets and gives each group's ``(elements, n)``
block of native numbers. Measured in ``tests/benchmarks/bench_decode.py``.
"""

from __future__ import annotations

import struct
import sys
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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a group stands in a record of native numbers."""

    dtype: np.dtype
    count: int
    at: int


def _places(sizes: list[tuple[np.dtype, int]]) -> tuple[list[_Place], list[int], int]:
    """Lay groups out in a record, the widest numbers first so that all are aligned.

    Returns the place of each group, the order of the groups, and the octets of the record.
    """
    order = sorted(range(len(sizes)), key=lambda i: -sizes[i][0].itemsize)
    places: dict[int, _Place] = {}
    at = 0
    for index in order:
        dtype, count = sizes[index]
        places[index] = _Place(dtype, count, at)
        at += dtype.itemsize * count
    return [places[i] for i in range(len(sizes))], order, (at + 7) // 8 * 8


def _views(places: list[_Place], record: bytearray | NDArray[np.uint8], row: int, n: int) -> Blocks:
    return [np.ndarray((p.count, n), p.dtype, record, p.at, (p.dtype.itemsize, row)) for p in places]


class StructPlan:
    """For a handful of packets: one ``struct`` reads a packet, generated code takes it apart."""

    def __init__(self, fields: Fields) -> None:
        groups = fields.groups
        self._places, order, self._row = _places([(g.dtype, len(g.elements)) for g in groups])
        codes = "".join(
            (_CODES[g.dtype.itemsize].lower() if g.dtype.kind == "i" else _CODES[g.dtype.itemsize])
            * len(g.elements)
            for g in (groups[i] for i in order)
        )
        octets = sum(g.dtype.itemsize * len(g.elements) for g in groups)
        pack = struct.Struct(f"={codes}{self._row - octets}x").pack
        self._rows = _compile([element for i in order for element in groups[i].elements], pack)

    def decode(self, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> Blocks:
        """Decode packets one by one."""
        record = bytearray().join(self._rows(data, starts.tolist()))
        return _views(self._places, record, self._row, len(starts))


def _compile(
    elements: list[Element], pack: Callable[..., bytes]
) -> Callable[[NDArray[np.uint8], list[int]], list[bytes]]:
    """Generate ``rows(data, starts)``, which returns the packed numbers of each packet."""
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
    """For tens to hundreds of packets: their octets are gathered into a record of native numbers."""

    def __init__(self, fields: Fields) -> None:
        self._groups = fields.groups
        sizes = [(g.dtype if not g.size else np.dtype(f"u{g.size}"), len(g.elements)) for g in self._groups]
        self._places, order, self._row = _places(sizes)
        swap = -1 if sys.byteorder == "little" else 1
        sources = [
            (self._groups[i].octets[:, None] + np.arange(self._groups[i].width)[::swap]).ravel()
            for i in order
        ]
        source = np.concatenate(sources) if sources else np.empty(0, np.intp)
        self._source = np.pad(source, (0, self._row - len(source)))
        self._bits = [i for i, group in enumerate(self._groups) if group.size]

    def decode(self, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> Blocks:
        """Decode all fields of all packets in a few operations."""
        record = data.take(starts[:, None] + self._source)
        blocks = _views(self._places, record, self._row, len(starts))
        for i in self._bits:
            blocks[i] = self._groups[i].numbers(blocks[i].copy())
        return blocks


@dataclass(frozen=True, slots=True)
class Reach:
    """Up to how many packets the struct and then the gather are the quickest."""

    struct: int
    gather: int

    @classmethod
    def of(cls, fields: Fields) -> Reach:
        """Work it out from costs in microseconds a batch and a packet, as measured by the benchmark.

        What all plans pay alike, naming the columns, is left out. Packets of thousands of elements
        (images) are not worth generating code for.
        """
        bits = sum(group.size > 0 for group in fields.groups)
        octets = sum(group.width * len(group.elements) for group in fields.groups)
        runs = sum(len(_runs(group)) for group in fields.groups if not group.size)
        struct_us = 4.0, 1.0 + 0.04 * fields.cells
        gather_us = 4.0 + len(fields.groups) + 3.0 * bits, 0.0022 * octets
        strided_us = 6.0 + 4.0 * runs + 6.5 * bits, 0.002 * fields.cells
        return cls(
            _crossing(struct_us, gather_us) if fields.cells <= 2_000 else 0,
            _crossing(gather_us, strided_us),
        )


def _crossing(first: tuple[float, float], second: tuple[float, float]) -> int:
    """Return the packets up to which the first of two costs is the lower one."""
    dearer = first[1] - second[1]
    if dearer <= 0:
        return 1 << 60
    return max(0, int((second[0] - first[0]) / dearer))


@dataclass(frozen=True, slots=True)
class _Run:
    """Whole numbers, ``step`` octets apart, in consecutive rows of a block."""

    row: int
    count: int
    octet: int
    step: int


class StridedPlan:
    """For thousands of packets: columns are read with a stride, all columns alike together."""

    def __init__(self, fields: Fields) -> None:
        self._octets = fields.octets
        self._groups = [(group, _runs(group) if not group.size else []) for group in fields.groups]
        wide = max(8 * fields.cells, 2 * fields.octets, 1)
        self._chunk = max(512, (1 << 21) // wide)

    def decode(self, data: NDArray[np.uint8], starts: NDArray[np.int64], stride: int = 0) -> Blocks:
        """Decode column by column; ``stride`` is the distance of the starts if it is the same for all."""
        n = len(starts)
        blocks: Blocks = [np.empty((len(group.elements), n), group.dtype) for group, _ in self._groups]
        for first in range(0, n, self._chunk):
            end = min(first + self._chunk, n)
            if stride:
                buffer, base, apart = data, int(starts[first]), stride
            else:
                buffer = octets_at(data, starts[first:end], 0, self._octets)
                base, apart = 0, self._octets
            for (group, runs), block in zip(self._groups, blocks, strict=True):
                part = block[:, first:end]
                if not group.size:
                    _whole(part, group, runs, buffer, base, apart)
                    continue
                # Row i of the windows is octet i of every packet with those that follow it.
                rows = self._octets - group.size + 1
                windows = np.ndarray((rows, end - first), f">u{group.size}", buffer, base, (1, apart))
                part[:] = group.numbers(windows[group.octets].astype(f"u{group.size}"))
        return blocks


def _runs(group: Group) -> list[_Run]:
    """Join whole numbers that stand at one distance from each other."""
    runs: list[_Run] = []
    for row, octet in enumerate(group.octets.tolist()):
        last = runs[-1] if runs else None
        if last:
            step = octet - last.octet - last.step * (last.count - 1)
            if step >= 0 and (last.count == 1 or step == last.step):
                runs[-1] = _Run(last.row, last.count + 1, last.octet, step)
                continue
        runs.append(_Run(row, 1, octet, 0))
    return runs


def _whole(
    block: NDArray, group: Group, runs: list[_Run], buffer: NDArray[np.uint8], base: int, apart: int
) -> None:
    n, big = block.shape[1], group.dtype.newbyteorder(">")
    for run in runs:
        view = np.ndarray((run.count, n), big, buffer, base + run.octet, (run.step, apart))
        block[run.row : run.row + run.count] = view
