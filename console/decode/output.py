"""Decoded packets as CSV and JSON text."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from decoders.calibration import labels, string_text
from decoders.engineering import engineering
from decoders.mission.model import Enumeration, PacketDefinition, Parameter
from decoders.shapes import NO_COUNT, Decoded, PacketTable
from decoders.timecode import utc_text

Tables = Sequence[tuple[Decoded, PacketTable]]
FIXED = ("sequence_count", "generation_time", "reception_time")


def fixed_columns(definition: PacketDefinition) -> dict[str, str]:
    """Return our three columns under the names that no parameter has."""
    everything = (*definition.parameters, *definition.derived)
    taken = {name for parameter in everything for name in (parameter.name, *parameter.element_names)}
    columns = {}
    for column in FIXED:
        name = column
        while name in taken:
            name = "_" + name
        columns[column] = name
    return columns


def value_columns(definition: PacketDefinition, widths: Mapping[str, int]) -> list[str]:
    """Return one name a column of values; ``widths`` are those of arrays of varying length.

    A parameter keeps its name; the element of an array that would bear it too gets ``_`` in front.
    """
    parameters = shown(definition)
    taken = {each.name for each in parameters}
    columns = []
    for each in parameters:
        if each.array_length is None:
            columns.append(each.name)
            continue
        names: Sequence[str] = each.element_names
        if each.name in widths:
            names = [f"{each.name}[{i}]" for i in range(widths[each.name])]
        for name in names:
            while name in taken:
                name = "_" + name
            taken.add(name)
            columns.append(name)
    return columns


def shown(definition: PacketDefinition) -> list[Parameter]:
    """Return the parameters that are written: all but padding, the derived ones last."""
    return [
        *(parameter for parameter in definition.parameters if parameter.data_type != "fill"),
        *definition.derived,
    ]


def values(table: PacketTable, parameter: Parameter, raw: bool) -> NDArray | list[Any]:
    """Return what is written of one column: labels, engineering values, or the raw ones."""
    column = np.asarray(table.raw[parameter.name])
    if parameter.data_type == "str":
        if parameter.array_length is None:
            return [string_text(each) for each in column]
        return [[string_text(each) for each in row] for row in column]
    if raw or not parameter.is_calibrated:
        return column
    if isinstance(parameter.calibration, Enumeration):
        return labels(parameter, column)
    return engineering(table.packet, parameter, table.raw)


def absent(column: NDArray) -> NDArray[np.bool_] | None:
    """Return the rows that do not have a field, ``None`` where all do."""
    if not isinstance(column, np.ma.MaskedArray):
        return None
    mask = np.ma.getmaskarray(column)
    return mask if mask.ndim == 1 else mask[:, 0]


def _blanked(values: Sequence[Any], gone: NDArray[np.bool_] | None, blank: Any) -> Sequence[Any]:
    if gone is None:
        return values
    return [blank if each else value for value, each in zip(values, gone.tolist(), strict=True)]


def write_csv(file: TextIO, definition: PacketDefinition, tables: Tables, *, raw: bool) -> None:
    """Write one row a packet: UTF-8 text, commas, LF; arrays spread over ``name[0]``, ``name[1]``, …

    Numbers are written by ``repr``, unknown times and elements that a packet has not stay empty.
    """
    parameters = shown(definition)
    widths = {
        p.name: max(
            (len(row) for _, table in tables for row in np.asarray(table.raw.get(p.name, ()))), default=0
        )
        for p in parameters
        if isinstance(p.array_length, str)
    }
    writer = csv.writer(_Lines(file), lineterminator="\r\n")
    writer.writerow([*fixed_columns(definition).values(), *value_columns(definition, widths)])
    for decoded, table in tables:
        columns: list[Sequence[str]] = list(_fixed(decoded, table))
        for parameter in parameters:
            column = values(table, parameter, raw)
            gone = absent(table.raw[parameter.name])
            columns += (
                _blanked(texts, gone, "") for texts in _spread(parameter, column, widths.get(parameter.name))
            )
        writer.writerows(zip(*columns, strict=True))


class _Lines:
    """Ends rows with LF; the writer itself must believe in CR LF, or it leaves a CR in a text unquoted."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, row: str) -> int:
        """Write one row."""
        return self._file.write(row.removesuffix("\r\n") + "\n")


def _fixed(decoded: Decoded, table: PacketTable) -> Iterator[Sequence[str]]:
    packets, rows = decoded.packets, table.rows
    yield ["" if count == NO_COUNT else str(count) for count in packets.sequence_count[rows].tolist()]
    yield [utc_text(ns) for ns in packets.generation_ns[rows].tolist()]
    yield [utc_text(ns) for ns in packets.reception_ns[rows].tolist()]


def _spread(parameter: Parameter, column: Any, width: int | None) -> Iterator[Sequence[str]]:
    """Yield the text columns of one parameter."""
    if width is not None:
        rows = [_texts(row) for row in column]
        for i in range(width):
            yield [row[i] if i < len(row) else "" for row in rows]
    elif parameter.array_length is None:
        yield _texts(column)
    elif isinstance(column, np.ndarray):
        for i in range(column.shape[1]):
            yield _texts(column[:, i])
    else:
        for i in range(len(parameter.element_names)):
            yield [row[i] for row in column]


def _texts(column: Any) -> list[str]:
    if isinstance(column, list):
        return column
    if column.dtype == object:
        return [str(each) for each in column]
    return [repr(each) for each in column.tolist()]


def write_json(file: TextIO, definition: PacketDefinition, tables: Tables, *, raw: bool) -> int:
    """Write an array of one object a packet; unknown times and values that are no number are ``null``.

    Arrays are JSON arrays, nested as the definition shapes them. Returns how many values were infinite
    or no number.
    """
    parameters = shown(definition)
    names = [*fixed_columns(definition).values(), *(parameter.name for parameter in parameters)]
    separator = "[\n"
    nulls = 0
    for decoded, table in tables:
        packets, rows = decoded.packets, table.rows
        columns: list[Sequence[Any]] = [
            [None if count == NO_COUNT else count for count in packets.sequence_count[rows].tolist()],
            [utc_text(ns) or None for ns in packets.generation_ns[rows].tolist()],
            [utc_text(ns) or None for ns in packets.reception_ns[rows].tolist()],
        ]
        for parameter in parameters:
            column = values(table, parameter, raw)
            gone = absent(table.raw[parameter.name])
            nulls += _not_finite(column if gone is None or isinstance(column, list) else column[~gone])
            columns.append(_blanked(_plain(parameter, column), gone, None))
        for row in zip(*columns, strict=True):
            file.write(separator)
            file.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, allow_nan=False))
            separator = ",\n"
    file.write("[]\n" if separator == "[\n" else "\n]\n")
    return nulls


def _not_finite(column: Any) -> int:
    if not isinstance(column, np.ndarray):
        return 0
    if column.dtype == object:
        return sum(_not_finite(row) for row in column)
    return int(np.count_nonzero(~np.isfinite(column))) if column.dtype.kind == "f" else 0


def _plain(parameter: Parameter, column: Any) -> Sequence[Any]:
    """Return a column as plain Python values that JSON knows."""
    if isinstance(column, list):
        return [_shape(row, parameter.array_shape) for row in column] if parameter.array_shape else column
    clean: Callable[[Any], Any] = _finite
    if isinstance(parameter.array_length, str):
        return [clean(row.tolist()) for row in column]
    if parameter.array_shape:
        column = column.reshape(len(column), *parameter.array_shape)
    plain: list[Any] = column.tolist()
    return plain if column.dtype.kind in "ui" else [clean(each) for each in plain]


def _finite(value: Any) -> Any:
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _shape(row: list[Any], shape: tuple[int, ...]) -> list[Any]:
    if len(shape) < 2:
        return row
    step = len(row) // shape[0]
    return [_shape(row[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]
