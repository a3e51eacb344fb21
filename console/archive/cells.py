"""Decoded values to what SQLite keeps, and back to the same values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.archive.columns import Column

_LARGEST = (1 << 63) - 1


def stored(column: Column, raw: Mapping[str, NDArray[Any]], count: int) -> Sequence[Any]:
    """Return what is kept of one column of ``count`` rows."""
    if not column.parameter:
        return [None] * count
    values = raw[column.parameter]
    if column.element is not None:
        values = values[:, column.element]
    if isinstance(values, np.ma.MaskedArray):
        return _stored_some(column, values)
    return _stored(column, values)


def _stored_some(column: Column, values: np.ma.MaskedArray) -> list[Any]:
    """Return what is kept of a column that some packets do not have: NULL for those."""
    kept = _stored(column, np.asarray(values))
    return [None if gone else cell for cell, gone in zip(kept, np.ma.getmaskarray(values), strict=True)]


def _stored(column: Column, values: NDArray[Any]) -> Sequence[Any]:
    if column.kind == "u64":
        values = values.astype(np.uint64).view(np.int64)
    if column.kind == "json":
        return [_json_text(each) for each in values]
    if column.kind == "bytes":
        return [_text_or_blob(each) for each in values]
    cells: list[Any] = values.tolist()
    return cells


def restored(column: Column, cells: Sequence[Any]) -> NDArray[Any]:
    """Turn what SQLite gave for one column into the array that the decoder made.

    NULL in a column of integers, strings or arrays is a field that a packet does not have: such a column is
    masked. A float may be NULL for a NaN too, and is NaN.
    """
    if column.kind != "float" and None in cells:
        blank: Any = {"bytes": b"", "json": "[]"}.get(column.kind, 0)
        there = restored(column, [blank if cell is None else cell for cell in cells])
        return np.ma.MaskedArray(there, [cell is None for cell in cells])
    if column.kind == "u64":
        return np.array(cells, np.int64).view(np.uint64)
    if column.kind == "int":
        return np.array(cells, np.int64)
    if column.kind == "float":
        return np.array([np.nan if cell is None else cell for cell in cells], np.float64)
    array = np.empty(len(cells), object)
    for i, cell in enumerate(cells):  # one by one: numpy would make one table of arrays of one length
        array[i] = _from_json(cell) if column.kind == "json" else _octets(cell)
    return array


def restored_one(column: Column, cell: Any) -> Any:
    """Return one value as Python keeps it; SQLite keeps a NaN as NULL, which is ``None`` here."""
    if cell is None:
        return None
    if column.kind == "u64":
        return cell + (1 << 64) if cell < 0 else cell
    if column.kind == "json":
        return _from_json(cell).tolist()
    return _octets(cell) if column.kind == "bytes" else cell


def _text_or_blob(octets: bytes) -> str | bytearray:
    """Return the text of UTF-8, which any SQLite tool can show, or else the octets."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return bytearray(octets)


def _octets(cell: str | bytes) -> bytes:
    return cell.encode() if isinstance(cell, str) else bytes(cell)


def _json_text(values: NDArray[Any]) -> str:
    """Write an array as JSON that SQLite reads too: NaN is null, infinity a number out of range."""
    items = values.tolist()
    if values.dtype == object:
        return json.dumps([octets.decode("utf-8", "surrogateescape") for octets in items])
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        return f"[{', '.join(map(_float_text, items))}]"
    return json.dumps(items)


def _float_text(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return "null" if math.isnan(value) else f"{'-' if value < 0 else ''}1e999"


def _from_json(text: str) -> NDArray[Any]:
    items = json.loads(text)
    if items and isinstance(items[0], str):
        array = np.empty(len(items), object)
        array[:] = [item.encode("utf-8", "surrogateescape") for item in items]
        return array
    items = [np.nan if item is None else item for item in items]
    # Left to itself numpy makes floats of integers on both sides of 2**63.
    large = any(isinstance(item, int) and item > _LARGEST for item in items)
    return np.array(items, np.uint64 if large else None)
