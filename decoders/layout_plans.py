"""Three ways to decode a fixed stretch of fields, each the fastest for its size of batch.

A *plan* takes the buffer and the starts of ``n`` packets and gives the columns of all fields but the
special ones, in the order of the definition. Measured in ``tests/benchmarks/bench_decode.py``.
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

Columns = dict[str, NDArray]
_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}
_PIECES = {1: (1,), 2: (2,), 3: (2, 1), 4: (4,), 5: (4, 1), 6: (4, 2), 7: (4, 2, 1), 8: (8,)}


@dataclass(slots=True)
class _Cell:
    """Octets read at once, shared by the elements inside."""

    first: int
    end: int
    members: list[tuple[int, Element]]


class _Record:
    """A row of native numbers a packet, the widest first so that all are aligned.

    ``widths`` are the octets of an element of each group; ``order`` tells which group comes first,
    ``at`` where each stands, ``octets`` how long a row is.
    """

    def __init__(self, groups: list[Group], widths: list[int]) -> None:
        self._groups, self._widths = groups, widths
        self.order = sorted(range(len(groups)), key=lambda i: -widths[i])
        self.at: dict[int, int] = {}
        end = 0
        for i in self.order:
            self.at[i] = end
            end += widths[i] * len(groups[i].elements)
        self.octets = (end + 7) // 8 * 8

    def dtype(self, *, bit_fields: bool) -> np.dtype:
        """Return the row's type, one field a parameter, with or without those that are bit fields."""
        names: list[str] = []
        formats: list[tuple[np.dtype, tuple[int, ...]]] = []
        offsets: list[int] = []
        for i, group in enumerate(self._groups):
            if group.size and not bit_fields:
                continue
            for slot in group.slots:
                names.append(slot.name)
                formats.append((group.dtype, () if slot.count is None else (slot.count,)))
                offsets.append(self.at[i] + slot.first * group.dtype.itemsize)
        return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": self.octets})


class StructPlan:
    """For a handful of packets: one ``struct`` reads a packet, generated code takes it apart."""

    def __init__(self, fields: Fields) -> None:
        groups = fields.groups
        record = _Record(groups, [group.dtype.itemsize for group in groups])
        inside = [groups[i] for i in record.order]
        codes = "".join(
            (_CODES[g.dtype.itemsize].lower() if g.dtype.kind == "i" else _CODES[g.dtype.itemsize])
            * len(g.elements)
            for g in inside
        )
        octets = sum(g.dtype.itemsize * len(g.elements) for g in groups)
        pack = struct.Struct(f"={codes}{record.octets - octets}x").pack
        self._rows = _compile([element for group in inside for element in group.elements], pack)
        self._dtype, self._names = record.dtype(bit_fields=True), fields.quick

    def decode(self, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> Columns:
        """Decode packets one by one."""
        record = np.frombuffer(bytearray().join(self._rows(data, starts.tolist())), self._dtype)
        return {name: record[name] for name in self._names}


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
        groups = fields.groups
        record = _Record(groups, [group.width for group in groups])
        swap = -1 if sys.byteorder == "little" else 1
        sources = [
            (groups[i].octets[:, None] + np.arange(groups[i].width)[::swap]).ravel() for i in record.order
        ]
        source = np.concatenate(sources)
        self._first = int(source.min())
        self._source = np.pad(source - self._first, (0, record.octets - len(source)))
        self._stretch = np.dtype(f"V{int(self._source.max()) + 1}")
        self._dense = self._stretch.itemsize <= 8 * record.octets
        self._bits = [(group, record.at[i]) for i, group in enumerate(groups) if group.size]
        self._dtype, self._names = record.dtype(bit_fields=False), fields.quick

    def decode(self, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> Columns:
        """Decode all fields of all packets in a few operations."""
        data, n, octets = np.ascontiguousarray(data), len(starts), self._stretch.itemsize
        if self._dense:
            places = max(data.size - self._first - octets + 1, 0)
            rows = np.ndarray((places,), self._stretch, data, self._first, (1,))[starts]
            taken = np.ndarray((n, octets), np.uint8, rows).take(self._source, axis=1)
        else:
            taken = data.take((starts + self._first)[:, None] + self._source)
        record = np.ndarray((n,), self._dtype, taken)
        if not self._bits:
            return {name: record[name] for name in self._names}
        columns: dict[str, Any] = dict.fromkeys(self._names)
        columns.update((name, record[name]) for name in self._dtype.names or ())
        for group, at in self._bits:
            shape, strides = (len(group.elements), n), (group.size, self._dtype.itemsize)
            containers = np.ndarray(shape, f"u{group.size}", taken, at, strides)
            columns.update(group.arrays(group.numbers(containers.copy())))
        return columns


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
        if fields.octets < 8:  # less than the containers of bit fields may be wide
            return cls(1 << 60, 0)
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
        self._names = fields.quick

    def decode(self, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> Columns:
        """Decode column by column, in place where the packets follow each other at one distance."""
        data = np.ascontiguousarray(data)
        n, stride = len(starts), equal_distance(starts, self._octets)
        blocks = [np.empty((len(group.elements), n), group.dtype) for group, _ in self._groups]
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
        columns: dict[str, Any] = dict.fromkeys(self._names)
        for (group, _), block in zip(self._groups, blocks, strict=True):
            columns.update(group.arrays(block))
        return columns


Plan = StructPlan | GatherPlan | StridedPlan


def equal_distance(starts: NDArray[np.int64], least: int) -> int:
    """Return the distance of the starts if it is the same, and at least ``least``; else 0."""
    if len(starts) < 2:
        return least
    distance = int(starts[1] - starts[0])
    if distance >= least and int(starts[-1] - starts[0]) == distance * (len(starts) - 1):
        return distance if bool((starts[1:] - starts[:-1] == distance).all()) else 0
    return 0


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
