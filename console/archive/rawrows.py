"""Rows of the raw tables as numpy columns."""

from __future__ import annotations

import sqlite3
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.archive import columns as naming
from console.archive.cells import restored
from console.archive.columns import Column
from decoders.shapes import NO_TIME


def read_raw(
    connection: sqlite3.Connection, held: list[Column], after_id: int, upto_id: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], dict[str, NDArray[Any]]]:
    """Return ids, generation and reception times and raw values of a packet type's rows."""
    return read_where(connection, held, "id > ? AND id <= ?", (after_id, upto_id))


def read_where(
    connection: sqlite3.Connection, held: list[Column], condition: str, values: tuple[Any, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], dict[str, NDArray[Any]]]:
    """Return what ``read_raw`` returns of the rows that an SQL condition picks, in order of record."""
    raw: dict[str, list[NDArray[Any]]] = {}
    ids = generation = reception = np.empty(0, np.int64)
    for table in dict.fromkeys(column.table_name for column in held):
        columns = [c for c in held if c.table_name == table]
        names = ", ".join(naming.quoted(c.column_name) for c in columns)
        rows = connection.execute(
            f"SELECT id, coalesce(generation_ns, {NO_TIME}), reception_ns, {names} "
            f"FROM {naming.quoted(table)} WHERE {condition} ORDER BY id",
            values,
        ).fetchall()
        cells = list(zip(*rows, strict=True)) if rows else [()] * (3 + len(columns))
        ids, generation, reception = (np.array(cells[i], np.int64) for i in range(3))
        for column, cell in zip(columns, cells[3:], strict=True):
            if column.parameter:
                raw.setdefault(column.parameter, []).append(restored(column, cell))
    arrays = {column.parameter for column in held if column.element is not None}
    return (
        ids,
        generation,
        reception,
        {name: _stacked(parts) if name in arrays else parts[0] for name, parts in raw.items()},
    )


def _stacked(parts: list[NDArray[Any]]) -> NDArray[Any]:
    """Return the elements of a fixed array side by side."""
    if any(isinstance(part, np.ma.MaskedArray) for part in parts):
        return np.ma.stack(parts, axis=1)
    return np.stack(parts, axis=1)
