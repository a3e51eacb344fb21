"""Decoded columns as an expression reads them: raw values, engineering values and texts, each made once."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from decoders.calibration import calibrate, label, labels, string_text
from decoders.contexts import chosen
from decoders.mission.model import Enumeration, Parameter

FEW = 32
"""So many labels are found sooner one by one than in a batch."""
_ELEMENT = re.compile(r"(.+)\[([0-9]+(?:,[0-9]+)*)\]\Z", re.DOTALL)


def element(name: str) -> tuple[str, tuple[int, ...]]:
    """Part ``name[1,3]`` into the parameter's name and the indices; a plain name has none."""
    match = _ELEMENT.match(name)
    return (match[1], tuple(map(int, match[2].split(",")))) if match else (name, ())


def element_position(parameter: Parameter, indices: tuple[int, ...]) -> int | None:
    """Return where an element stands in a flat array, ``None`` where there is no such element.

    An array whose length is not fixed has elements without an end.
    """
    if parameter.array_length is None:
        return None
    if not isinstance(parameter.array_length, int):
        return indices[0] if len(indices) == 1 else None
    shape = parameter.array_shape or (parameter.array_length,)
    if len(indices) != len(shape) or any(i >= size for i, size in zip(indices, shape, strict=True)):
        return None
    return int(np.ravel_multi_index(indices, shape))


class ColumnValues:
    """The values of one packet type's rows (``decoders.expression.Values``), calibrated when first asked for.

    ``raw`` holds columns as in ``PacketTable.raw``; masked rows are absent. A name that is not there raises
    ``KeyError``; an array without an index has no value.
    """

    def __init__(self, parameters: Mapping[str, Parameter], raw: Mapping[str, NDArray]) -> None:
        self._parameters, self._columns = parameters, raw
        self.truths: dict[str, NDArray[np.bool_]] = {}
        self._numbers: dict[str, NDArray[np.float64]] = {}
        self._raws: dict[str, NDArray] = {}
        self._texts: dict[str, NDArray[np.object_]] = {}

    def _find(self, name: str) -> tuple[Parameter, NDArray]:
        """Return a parameter and its raw values, one a row."""
        parameter = self._parameters.get(name)
        if parameter is not None:
            column = self._columns[name]
            whole_array = column.ndim > 1 or parameter.array_length is not None
            return parameter, _none(len(column)) if whole_array else column
        base, indices = element(name)
        parameter = self._parameters[base]
        position, column = element_position(parameter, indices), self._columns[base]
        if position is None:
            return parameter, _none(len(column))
        if column.ndim > 1:
            return parameter, column[:, position]
        return parameter, _ragged(column, position)

    def raw(self, name: str) -> NDArray:
        """Return raw numbers in their own type, masked or NaN where there is none."""
        found = self._raws.get(name)
        if found is None:
            _, found = self._find(name)
            if found.dtype.kind not in "iufb":
                found = _none(len(found))
            self._raws[name] = found
        return found

    def number(self, name: str) -> NDArray[np.float64]:
        """Return engineering values, NaN where there is none; an enumeration counts by its raw value."""
        found = self._numbers.get(name)
        if found is None:
            parameter, column = self._find(name)
            found = _numbers(calibrate(parameter, column))
            if parameter.context_calibrations:
                self._numbers[name] = found  # what a context of its own reads
                which = chosen(parameter.context_calibrations, self, len(column))
                found = _numbers(calibrate(parameter, column, which))
            self._numbers[name] = found
        return found

    def text(self, name: str) -> NDArray[np.object_]:
        """Return labels or strings, ``None`` where there is none."""
        found = self._texts.get(name)
        if found is None:
            parameter, column = self._find(name)
            found = self._texts[name] = _texts(parameter, column)
        return found


def _numbers(found: NDArray) -> NDArray[np.float64]:
    return found if found.dtype == np.float64 else _none(len(found))


def _none(rows: int) -> NDArray[np.float64]:
    return np.full(rows, np.nan)


def _ragged(column: NDArray, position: int) -> NDArray:
    """Return one element of the rows of a variable array, masked where a row is shorter."""
    absent, rows = np.ma.getmaskarray(column), [np.asarray(row) for row in np.asarray(column)]
    there = [not gone and row.size > position for row, gone in zip(rows, absent, strict=True)]
    kinds = [row.dtype for row, whole in zip(rows, there, strict=True) if whole]
    found: NDArray = np.ma.masked_all(len(column), np.result_type(*kinds) if kinds else np.float64)
    for i, row in enumerate(rows):
        if there[i]:
            found[i] = row[position]
    return found


def _texts(parameter: Parameter, column: NDArray) -> NDArray[np.object_]:
    """Return the texts of an enumeration or of strings; other parameters have none."""
    values, texts = np.asarray(column), np.full(len(column), None, object)
    absent = np.ma.getmaskarray(column) if isinstance(column, np.ma.MaskedArray) else None
    there = slice(None) if absent is None else ~absent
    if isinstance(parameter.calibration, Enumeration) and values.dtype.kind in "iu":
        texts[there] = _labels(parameter.calibration, parameter, values[there])
    elif parameter.data_type == "str":
        texts[there] = [string_text(each) if isinstance(each, bytes) else None for each in values[there]]
    return texts


def _labels(enumeration: Enumeration, parameter: Parameter, values: NDArray) -> NDArray | list[str]:
    if len(values) > FEW:
        return labels(parameter, values)
    return [label(enumeration, value) for value in values.tolist()]
