"""The way back for packets whose layout depends on their content."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from decoders.expression import Expression
from decoders.expression_values import ColumnValues
from decoders.layout_dynamic import count_of
from decoders.layout_fields import raw_dtype
from decoders.mission.model import Parameter

Pattern = Callable[[Parameter, Any], int]


class DynamicFields:
    """The fields of one packet type, put behind each other as its values ask for."""

    def __init__(self, fields: Sequence[Parameter], pattern: Pattern) -> None:
        """Take placed fields, and what turns one value of a field into its bits."""
        self._fields = fields
        self._pattern = pattern
        self._parameters = {field.name: field for field in fields}
        self._expressions = {
            text: Expression.parse(text) for field in fields for text in (field.only_if, field.size) if text
        }
        self._counts = {
            field.name: count_of(field.array_length, self._parameters)
            for field in fields
            if isinstance(field.array_length, str) and field.array_length != "expand"
        }

    def bits(self, values: Mapping[str, Any]) -> Iterator[tuple[int, int, int]]:
        """Yield (bit offset, bits, pattern) of everything that the packet holds.

        A field that its condition leaves out is not written, whatever its value; arrays and sized strings
        are cut or filled with zeros to the length that the values before them tell.
        """
        columns: dict[str, Any] = {}
        cursor = 48
        for field in self._fields:
            there = not field.only_if or bool(self._number(self._expressions[field.only_if], columns))
            columns[field.name] = self._column(field, values.get(field.name), there)
            if not there:
                continue
            cursor = cursor + field.gap_bits if field.bit_offset is None else field.bit_offset
            yield cursor, 0, 0  # the gap is the packet's, even where nothing follows it
            for width, number in self._parts(field, values.get(field.name), columns):
                yield cursor, width, number
                cursor += width

    def _number(self, expression: Expression, columns: Mapping[str, Any]) -> float:
        return float(expression.evaluate(ColumnValues(self._parameters, columns), 1)[0])

    def _parts(self, field: Parameter, value: Any, columns: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
        if field.size or field.terminator or field.prefix_bits:
            yield from self._text(field, b"" if value is None else bytes(value), columns)
            return
        if field.array_length is None:
            yield field.bit_length, 0 if value is None else self._pattern(field, value)
            return
        items = [] if value is None else list(np.ravel(np.asarray(value, object)))
        count = len(items)
        if isinstance(field.array_length, int):
            count = field.array_length
        elif field.array_length != "expand":
            count = int(self._number(self._counts[field.name], columns))
        for item in [*items, *[0] * count][:count]:
            yield field.bit_length, self._pattern(field, item)

    def _text(self, field: Parameter, octets: bytes, columns: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
        room = field.bit_length if field.bit_length > 8 else 0
        if field.size:
            room = int(self._number(self._expressions[field.size], columns))
        body = octets + field.terminator
        if field.prefix_bits:
            body = len(body).to_bytes(field.prefix_bits // 8, "big") + body
        if room or field.size:
            body = body[: room // 8].ljust(room // 8, b"\0")
        yield 8 * len(body), int.from_bytes(body, "big")

    @staticmethod
    def _column(field: Parameter, value: Any, there: bool) -> Any:
        """Return a field's value as a column of one row, as expressions read it."""
        if field.data_type in ("str", "fill"):
            column = np.empty(1, object)
            column[0] = b"" if value is None else bytes(value)
        elif field.array_length is None:
            column = np.array([0 if value is None else value]).astype(raw_dtype(field))
        elif isinstance(field.array_length, int):
            column = np.zeros((1, field.array_length), raw_dtype(field))
            if value is not None:
                column[0] = np.ravel(np.asarray(value))
        else:
            column = np.empty(1, object)
            column[0] = np.asarray([] if value is None else value)
        return column if there else np.ma.masked_all_like(column)
