"""Packets whose layout depends on their content: conditions, computed sizes, strings with an end."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decoders.expression import Expression
from decoders.expression_tokens import quote_name
from decoders.expression_values import ColumnValues
from decoders.layout_fields import arrays_at, decode_any
from decoders.mission.model import Parameter

_OPEN_STRING_BITS = 8
"""The ``bit_length`` of a string that only its terminator or its prefix ends."""


def is_dynamic(parameters: Sequence[Parameter]) -> bool:
    """Tell whether some field needs more than ccsdspy's variable-length arrays."""
    names = {parameter.name for parameter in parameters}
    behind = False
    for p in parameters:
        length = p.array_length
        if p.only_if or p.size or p.terminator or p.prefix_bits or p.gap_bits:
            return True
        if isinstance(length, str) and length != "expand" and length not in names:
            return True
        if behind and p.bit_offset is not None:
            return True
        behind = behind or isinstance(length, str)
    return False


def count_of(length: str, names: Container[str]) -> Expression:
    """Return the expression of an array's length, which may be a field's name alone, however odd.

    Raises ``ExpressionError``.
    """
    return Expression.parse(quote_name(length) if length in names else length)


@dataclass(frozen=True, slots=True)
class _Field:
    """One field with its expressions read."""

    parameter: Parameter
    only_if: Expression | None
    size: Expression | None
    count: Expression | None

    @property
    def text(self) -> bool:
        """Whether its room is found out packet by packet."""
        p = self.parameter
        return bool(self.size or p.terminator or p.prefix_bits)

    @property
    def room_bits(self) -> int:
        """The bits of a field of fixed size."""
        p = self.parameter
        return p.bit_length * (p.array_length if isinstance(p.array_length, int) else 1)


class DynamicFields:
    """The fields of a packet from the first on whose place or presence depends on its content.

    Every field is read for all packets of a batch at once, each packet at its own bit. A field that a packet
    does not have is masked (``numpy.ma``). A packet without the room that its content asks for is invalid.
    """

    def __init__(self, parameters: Sequence[Parameter], head: Sequence[Parameter]) -> None:
        """Take the fields in order, and those in front of them; raise ``ExpressionError``."""
        self._parameters = {p.name: p for p in (*head, *parameters)}
        self._fields = [
            _Field(
                p,
                Expression.parse(p.only_if) if p.only_if else None,
                Expression.parse(p.size) if p.size else None,
                count_of(p.array_length, self._parameters)
                if isinstance(p.array_length, str) and p.array_length != "expand"
                else None,
            )
            for p in parameters
        ]
        ends = [(p.bit_offset or 0) + p.bit_length * int(p.array_length or 1) for p in head]
        self._start = ends[-1] if ends else 0
        asked = {name for f in self._fields for e in (f.only_if, f.size, f.count) if e for name in e.names}
        self.references = frozenset(asked & set(self._parameters))

    def walk(
        self,
        data: NDArray[np.uint8],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        head: dict[str, NDArray],
    ) -> tuple[dict[str, NDArray], NDArray[np.bool_]]:
        """Return the columns, and which packets hold all that they tell of; the others' rows mean nothing."""
        walk = _Walk(data, starts, lengths, dict(head), self._parameters, self._start)
        columns: dict[str, NDArray] = {}
        for index, field in enumerate(self._fields):
            column = walk.take(field, self._fields[index + 1 :])
            walk.columns[field.parameter.name] = column
            if field.parameter.data_type != "fill":
                columns[field.parameter.name] = column
        return columns, walk.good


class _Walk:
    """One batch on its way through the fields: where each packet is, and what is known of it."""

    def __init__(
        self,
        data: NDArray[np.uint8],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        columns: dict[str, NDArray],
        parameters: dict[str, Parameter],
        start: int,
    ) -> None:
        self.columns = columns
        self.good = np.ones(len(starts), np.bool_)
        self._data, self._starts, self._parameters = data, starts, parameters
        self._room = lengths * 8
        self._here = np.full(len(starts), start, np.int64)

    def take(self, field: _Field, behind: Sequence[_Field]) -> NDArray:
        """Read one field of every packet that has it, and step over it."""
        p = field.parameter
        present = self.good.copy()
        if field.only_if is not None:
            present &= field.only_if.true(self._values(), len(self.good))
        offset = self._here + p.gap_bits if p.bit_offset is None else np.full(len(self.good), p.bit_offset)
        if field.text:
            column, end = self._text(field, offset, present)
        elif isinstance(p.array_length, str):
            column, end = self._array(field, offset, present, behind)
        else:
            end = offset + field.room_bits
            self._fits(present, end)
            column = self._fixed(p, offset, present)
        self._here = np.where(present, end, self._here)
        absent = ~present
        if field.only_if is not None and absent.any():
            mask = absent if column.ndim == 1 else np.broadcast_to(absent[:, None], column.shape)
            return np.ma.MaskedArray(column, mask)
        return column

    def _values(self) -> ColumnValues:
        return ColumnValues(self._parameters, self.columns)

    def _fits(self, present: NDArray[np.bool_], end: NDArray[np.int64]) -> None:
        """Give up packets that are too short for what they tell."""
        self.good &= ~present | (end <= self._room)
        present &= self.good

    def _numbers(self, expression: Expression, present: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return whole numbers from 0 on; a packet that gives none is given up."""
        values = expression.evaluate(self._values(), len(self.good))
        whole = np.isfinite(values) & (values >= 0) & (values <= self._room) & (values == np.floor(values))
        self.good &= ~present | whole
        present &= self.good
        return np.where(present, np.where(whole, values, 0), 0).astype(np.int64)

    def _fixed(self, p: Parameter, offset: NDArray[np.int64], present: NDArray[np.bool_]) -> NDArray:
        one = decode_any(p, self._data, self._starts[:0], 0)
        column = np.zeros((len(self._starts), *one.shape[1:]), one.dtype)
        if column.dtype == object:
            column.fill(b"")
        rows = np.flatnonzero(present)
        phases = offset[rows] % 8
        for phase in np.unique(phases).tolist():
            some = rows[phases == phase]
            column[some] = decode_any(p, self._data, self._starts[some] + offset[some] // 8, phase)
        return column

    def _array(
        self, field: _Field, offset: NDArray[np.int64], present: NDArray[np.bool_], behind: Sequence[_Field]
    ) -> tuple[NDArray, NDArray[np.int64]]:
        p = field.parameter
        if field.count is not None:
            counts = self._numbers(field.count, present)
            end = offset + counts * p.bit_length
        else:  # expand: what the fixed fields behind it leave
            end = self._room - sum(each.room_bits + each.parameter.gap_bits for each in behind)
            counts = np.maximum(end - offset, 0) // p.bit_length
            self.good &= ~present | ((end >= offset) & (end - offset - counts * p.bit_length < 8))
            present &= self.good
        self._fits(present, end)
        counts = np.where(present, counts, 0)
        return arrays_at(p, self._data, self._starts, np.where(present, offset, 0), counts), end

    def _text(
        self, field: _Field, offset: NDArray[np.int64], present: NDArray[np.bool_]
    ) -> tuple[NDArray, NDArray[np.int64]]:
        """Read a string whose room or end the packet tells; it begins at an octet."""
        p = field.parameter
        self.good &= ~present | (offset % 8 == 0)
        present &= self.good
        limit = self._room.copy()
        fixed = field.size is not None or p.bit_length > _OPEN_STRING_BITS
        if field.size is not None:
            bits = self._numbers(field.size, present)
            self.good &= ~present | (bits % 8 == 0)
            limit = offset + bits
        elif fixed:
            limit = offset + p.bit_length
        self._fits(present, limit)
        begin, end = offset.copy(), limit.copy()
        if p.prefix_bits:
            begin = offset + p.prefix_bits
            self._fits(present, begin)
            octets = Parameter("", "uint", p.prefix_bits)
            end = begin + 8 * self._fixed(octets, offset, present).astype(np.int64)
            self.good &= ~present | (end <= limit)
            present &= self.good
        column = np.full(len(self._starts), b"", object)
        ends = end.copy()
        for row in np.flatnonzero(present).tolist():
            first, last = (int(self._starts[row] + at[row] // 8) for at in (begin, end))
            text = self._data[first:last].tobytes()
            if p.terminator:
                found = text.find(p.terminator)
                if found < 0 and not (fixed or p.prefix_bits):
                    self.good[row] = False
                    continue
                if found >= 0:
                    ends[row] = begin[row] + 8 * (found + len(p.terminator))
                    text = text[:found]
            column[row] = text
        present &= self.good
        return column, limit if fixed else ends
