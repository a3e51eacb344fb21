"""A fixed stretch of fields, normalised: what every way of decoding it works from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from decoders.layout_encoded import decoded, is_encoded, reversed_bits
from decoders.mission.model import Parameter
from decoders.packet_index import octets_at


def raw_dtype(parameter: Parameter) -> np.dtype:
    """Return the dtype of one decoded element: the smallest native one that holds it.

    Strings give ``object`` (each value is ``bytes``).
    """
    if parameter.data_type in ("str", "fill"):
        return np.dtype(object)
    if parameter.encoding == "1750a":
        return np.dtype(np.float64)
    octets = next(size for size in (1, 2, 4, 8) if size * 8 >= parameter.bit_length)
    return np.dtype(f"{ {'uint': 'u', 'int': 'i', 'float': 'f'}[parameter.data_type] }{octets}")


def octet_ranks(parameter: Parameter) -> tuple[int, ...]:
    """Return which octet of the field is the most significant, the next, …; empty for big endian.

    A permutation such as ``"312"`` gives each octet's rank in the order of transmission: the first octet
    is the third of the value. ccsdspy 2.0.1 writes packets so, but reads only orders back that are their own
    inverse or the like (``"1243"`` is wrong).
    """
    order, octets = parameter.byte_order, parameter.bit_length // 8
    if order == "big" or octets == 1:
        return ()
    if order == "little":
        return tuple(reversed(range(octets)))
    ranks = tuple(order.index(str(rank + 1)) for rank in range(octets))
    return () if ranks == tuple(range(octets)) else ranks


@dataclass(frozen=True, slots=True)
class Element:
    """One number: ``offset`` and ``bits`` in bits from the start of the stretch."""

    offset: int
    bits: int
    signed: bool

    @property
    def first(self) -> int:
        """The first octet it touches."""
        return self.offset // 8

    @property
    def end(self) -> int:
        """The octet behind the last one it touches."""
        return (self.offset + self.bits + 7) // 8


def container(element: Element) -> int:
    """Return how many octets are read for an element: 0 if it is a whole number by itself."""
    if element.offset % 8 == 0 and element.bits in (8, 16, 32, 64):
        return 0
    return next(size for size in (1, 2, 4, 8) if size >= element.end - element.first)


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a parameter stands in its group: rows ``first`` to ``first + count`` (``None``: one row)."""

    name: str
    first: int
    count: int | None


@dataclass(slots=True)
class Group:
    """Elements of one dtype that are read alike, the elements of a parameter kept together.

    ``size`` is 0 for whole numbers; else each element lies somewhere in a container of that many
    octets, which is shifted ``left`` and then ``right``.
    """

    dtype: np.dtype
    size: int
    elements: list[Element]
    slots: list[Slot]
    names: tuple[str, ...] = ()
    """The names of the rows where no parameter is an array."""
    octets: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))
    """Where each container begins."""
    left: NDArray = field(default_factory=lambda: np.empty(0))
    right: NDArray = field(default_factory=lambda: np.empty(0))

    def finish(self, stretch: int) -> None:
        """Prepare what the plans need once all elements of a stretch of octets are known."""
        if all(slot.count is None for slot in self.slots):
            self.names = tuple(slot.name for slot in self.slots)
        width, kind = self.width, f"u{self.width}"
        first = [min(element.first, stretch - width) for element in self.elements]
        left = [element.offset - at * 8 for element, at in zip(self.elements, first, strict=True)]
        self.octets = np.array(first, np.intp)
        if self.size and min(first) >= 0:
            self.left = np.array(left, kind)[:, None]
            self.right = np.array([width * 8 - element.bits for element in self.elements], kind)[:, None]

    @property
    def width(self) -> int:
        """How many octets are read for an element."""
        return self.size or self.dtype.itemsize

    def numbers(self, containers: NDArray) -> NDArray:
        """Turn a ``(elements, n)`` block of native unsigned containers, which is used up, into numbers."""
        containers <<= self.left
        if self.dtype.kind == "i":
            signed = containers.view(f"i{self.width}")
            signed >>= self.right.view(signed.dtype)
            return signed.astype(self.dtype, copy=False)
        containers >>= self.right
        return containers.astype(f"u{self.dtype.itemsize}", copy=False).view(self.dtype)

    def arrays(self, block: NDArray) -> Iterable[tuple[str, NDArray]]:
        """Name the rows of a ``(elements, n)`` block: ``(n,)``, or ``(n, k)`` for an array."""
        if self.names:
            # Names first, not strict: an array that is iterated past its end raises inside (1.5 µs).
            return zip(self.names, block)  # noqa: B905
        return [
            (s.name, block[s.first] if s.count is None else block[s.first : s.first + s.count].T)
            for s in self.slots
        ]


class Fields:
    """The fields of a fixed stretch, sorted into groups of quick ones and the few special ones.

    ``octets`` is the least length of the stretch; ``quick`` names all but the special ones: strings,
    permuted octets and numbers that touch nine octets.
    """

    def __init__(self, parameters: Iterable[Parameter], octets: int = 0) -> None:
        self.names: list[str] = []
        self.quick: list[str] = []
        self.special: list[tuple[Parameter, int]] = []
        self.octets = octets
        groups: dict[tuple[np.dtype, int], Group] = {}
        for parameter in parameters:
            if parameter.bit_offset is None or isinstance(parameter.array_length, str):
                raise ValueError(f"{parameter.name} has no fixed place")
            offset, count = parameter.bit_offset, parameter.array_length or 1
            self.octets = max(self.octets, (offset + parameter.bit_length * count + 7) // 8)
            if parameter.data_type == "fill":
                continue
            self.names.append(parameter.name)
            elements = [
                Element(offset + i * parameter.bit_length, parameter.bit_length, parameter.data_type == "int")
                for i in range(count)
            ]
            if (
                parameter.data_type == "str"
                or octet_ranks(parameter)
                or is_encoded(parameter)
                or any(element.end - element.first > 8 for element in elements)
            ):
                self.special.append((parameter, offset))
                continue
            self.quick.append(parameter.name)
            key = raw_dtype(parameter), max(map(container, elements))
            group = groups.setdefault(key, Group(*key, [], []))
            rows = None if parameter.array_length is None else count
            group.slots.append(Slot(parameter.name, len(group.elements), rows))
            group.elements += elements
        self.groups = list(groups.values())
        for group in self.groups:
            group.finish(self.octets)
        self.cells = sum(len(group.elements) for group in self.groups)

    def decode_special(self, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> dict[str, NDArray]:
        """Decode the special fields of packets at ``starts``."""
        return {
            parameter.name: decode_any(parameter, data, starts, offset) for parameter, offset in self.special
        }


def decode_any(
    parameter: Parameter, data: NDArray[np.uint8], starts: NDArray[np.int64], offset: int
) -> NDArray:
    """Decode any fixed parameter at a bit offset, octet by octet: slow, and right for every case."""
    count = parameter.array_length if isinstance(parameter.array_length, int) else 1
    columns = [
        decode_element(parameter, data, starts, offset + i * parameter.bit_length) for i in range(count)
    ]
    return columns[0] if parameter.array_length is None else np.stack(columns, axis=1)


def decode_element(
    parameter: Parameter, data: NDArray[np.uint8], starts: NDArray[np.int64], offset: int
) -> NDArray:
    """Decode one element of a parameter at a bit offset from each start."""
    bits = parameter.bit_length
    octets = bits_as_octets(data, starts, offset, bits)
    if parameter.data_type in ("str", "fill"):
        texts = np.empty(len(starts), object)
        texts[:] = [row.tobytes() for row in octets]
        return texts
    ranks = octet_ranks(parameter)
    if ranks:
        octets = octets[:, ranks]
    if parameter.bit_order == "lsb":
        octets = reversed_bits(octets, bits)
    dtype = raw_dtype(parameter)
    wide = np.zeros((len(starts), dtype.itemsize), np.uint8)
    wide[:, dtype.itemsize - octets.shape[1] :] = octets
    number = wide.view(f">u{dtype.itemsize}")[:, 0].astype(f"u{dtype.itemsize}")
    if parameter.encoding:
        return decoded(parameter, number)
    if parameter.data_type == "int" and bits < dtype.itemsize * 8:
        left = number.dtype.type(dtype.itemsize * 8 - bits)
        return np.asarray((number << left).view(dtype) >> dtype.type(left))
    return number.view(dtype)


def bits_as_octets(
    data: NDArray[np.uint8], starts: NDArray[np.int64], offset: int, bits: int
) -> NDArray[np.uint8]:
    """Copy any stretch of bits into ``(n, octets)``, moved to the right end; spare bits are 0."""
    first, end = offset // 8, (offset + bits + 7) // 8
    octets = octets_at(data, starts, first, end - first)
    right = end * 8 - offset - bits
    if right:
        moved = octets >> np.uint8(right)
        moved[:, 1:] |= octets[:, :-1] << np.uint8(8 - right)
        octets = moved
    count = (bits + 7) // 8
    octets = np.ascontiguousarray(octets[:, octets.shape[1] - count :])
    if bits % 8:
        octets[:, 0] &= np.uint8((1 << bits % 8) - 1)
    return octets


def arrays_at(
    parameter: Parameter,
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    offsets: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> NDArray[np.object_]:
    """Decode a variable-length array: an object array that holds one array a packet.

    All elements of all packets are decoded at once and then cut apart.
    """
    element = replace(parameter, array_length=None)
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    packet = np.repeat(np.arange(len(starts)), counts)
    number = np.arange(total) - np.repeat(ends - counts, counts)
    bits = offsets[packet] + number * parameter.bit_length
    base = starts[packet] + bits // 8
    flat = np.empty(total, raw_dtype(element))
    for bit in range(8):
        rows = np.flatnonzero(bits % 8 == bit)
        if len(rows):
            flat[rows] = decode_element(element, data, base[rows], bit)
    column = np.empty(len(starts), object)
    for row, (end, count) in enumerate(zip(ends.tolist(), counts.tolist(), strict=True)):
        column[row] = flat[end - count : end]
    return column
