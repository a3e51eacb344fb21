"""The SQL of the engineering views, so that any SQLite tool reads what operators read.

A context is written where SQL can tell it from the same row (comparisons of fields with numbers and labels,
``and``, ``or``, ``not``). The view shows NULL for a value whose calibration SQL cannot tell, never a false
one. So it does for the longest point tables, where a view would outgrow what SQLite takes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from console.archive.column import Column, quoted
from console.archive.conditions import condition
from decoders.mission.model import (
    Calibration,
    Enumeration,
    PacketDefinition,
    Parameter,
    PointPairs,
    Polynomial,
)
from decoders.pointpairs import stretches

MOST_CHARACTERS = 800_000
"""SQLite takes statements of 1,000,000 octets."""


def engineering(packet: PacketDefinition, held: Sequence[Column]) -> str:
    """Return the columns of the view of one raw table, in order, each named as its raw one."""
    fields = Fields(packet, held)
    shown = [fields.shown(column) for column in held]
    names = [quoted(column.column_name) for column in held]
    room = MOST_CHARACTERS - sum(map(len, names)) * 2
    for i in sorted(range(len(shown)), key=lambda i: -len(shown[i])):
        if sum(map(len, shown)) <= room:
            break
        shown[i] = "NULL"
    return ", ".join(
        expression if expression == name else f"{expression} AS {name}"
        for expression, name in zip(shown, names, strict=True)
    )


class Fields:
    """The columns of one raw table as SQL reads them."""

    def __init__(self, packet: PacketDefinition, held: Iterable[Column]) -> None:
        self._parameters = {each.name: each for each in (*packet.parameters, *packet.derived)}
        self._columns = {}
        for column in held:
            if column.parameter:
                names = self._parameters[column.parameter].element_names
                self._columns[column.parameter if column.element is None else names[column.element]] = column

    def shown(self, column: Column) -> str:
        """Return what the view shows of a column."""
        parameter = self._parameters.get(column.parameter)
        if parameter is None or not parameter.context_calibrations:
            return self._calibrated(column, parameter.calibration if parameter else None)
        branches = []
        for context in parameter.context_calibrations:
            holds = condition(context.when, self)
            if holds is None:
                return "NULL"
            branches.append(f"WHEN {holds} THEN {self._calibrated(column, context.calibration)}")
        return f"CASE {' '.join(branches)} ELSE {self._calibrated(column, parameter.calibration)} END"

    def number(self, name: str) -> str | None:
        """Return the number that an expression reads by a name; ``None`` where SQL cannot tell it."""
        column, parameter = self._found(name)
        if column is None or parameter is None or not column.numeric or parameter.context_calibrations:
            return None
        if isinstance(parameter.calibration, Enumeration):
            return self.raw(name)
        if column.kind == "u64" and parameter.calibration is None:
            return f"CAST(printf('%llu', {quoted(column.column_name)}) AS REAL)"
        return self._calibrated(column, parameter.calibration)

    def raw(self, name: str) -> str | None:
        """Return the raw number of a name; ``None`` where SQL cannot tell it."""
        column, _ = self._found(name)
        if column is None or column.kind not in ("int", "float"):
            return None
        return quoted(column.column_name)

    def text(self, name: str) -> str | None:
        """Return the label or the string of a name; ``None`` where SQL cannot tell it."""
        column, parameter = self._found(name)
        if column is None or parameter is None or column.kind == "json":
            return None
        if column.kind != "bytes" and not isinstance(parameter.calibration, Enumeration):
            return None
        return self._calibrated(column, parameter.calibration)

    def _found(self, name: str) -> tuple[Column | None, Parameter | None]:
        column = self._columns.get(name)
        return column, self._parameters[column.parameter] if column else None

    def _calibrated(self, column: Column, calibration: Calibration | None) -> str:
        name = quoted(column.column_name)
        if column.kind == "bytes":
            return f"CASE typeof({name}) WHEN 'text' THEN substr({name}, 1, length({name})) ELSE {name} END"
        if column.kind == "u64":
            return _unsigned(name, calibration)
        if calibration is None:
            return name
        if column.kind == "json":
            items = f"group_concat({_json_item('json_each.value', calibration)}, ',')"
            return f"(SELECT '[' || coalesce({items}, '') || ']' FROM json_each({name}))"
        if isinstance(calibration, Enumeration):
            return _labels(name, calibration, f"{name} || '?'")
        return _number(name, calibration)


def _number(x: str, calibration: Polynomial | PointPairs) -> str:
    if isinstance(calibration, Polynomial):
        return _horner(x, calibration.coefficients)
    return _points(x, calibration)


def _points(x: str, points: PointPairs) -> str:
    """Write the operations of ``decoders.pointpairs`` as a search among the stretches by halves."""
    xs, ys, slopes = (each.tolist() for each in stretches(points))

    def value(i: int) -> str:
        if not points.order:
            return _real(ys[i])
        return f"({_real(ys[i])} + ({x} - {_real(xs[i])}) * {_real(slopes[i])})"

    def between(first: int, last: int) -> str:
        if first == last:
            return value(first)
        middle = (first + last + 1) // 2
        lower, upper = between(first, middle - 1), between(middle, last)
        return f"CASE WHEN {x} < {_real(xs[middle])} THEN {lower} ELSE {upper} END"

    if not xs:
        return "NULL"
    inside = f"{x} IS NOT NULL" if points.extrapolate else f"{x} BETWEEN {_real(xs[0])} AND {_real(xs[-1])}"
    return f"CASE WHEN {inside} THEN {between(0, len(xs) - 1)} END"


def _real(number: float) -> str:
    if number != number:
        return "NULL"
    return repr(number).replace("inf", "9e999")


def _json_item(x: str, calibration: Calibration) -> str:
    """Write one element as JSON; SQLite lets no view of a strange file use its own functions for that."""
    if not isinstance(calibration, Enumeration):
        value = _number(x, calibration)
        digits = f"replace(printf('%!.17g', {value}), 'Inf', '1e999')"
        return f"CASE WHEN {value} IS NULL THEN 'null' ELSE {digits} END"
    labels = {number: json.dumps(label) for number, label in calibration.labels.items()}
    ranges = tuple((first, last, json.dumps(label)) for first, last, label in calibration.ranges)
    return _labels(x, Enumeration(labels, ranges), f"""'"' || {x} || '?"'""")


def _unsigned(x: str, calibration: Calibration | None) -> str:
    digits = f"printf('%llu', {x})"
    if isinstance(calibration, Enumeration):
        return _labels(x, _as_signed(calibration), f"{digits} || '?'")
    if calibration is not None:
        return _number(f"CAST({digits} AS REAL)", calibration)
    return f"CASE WHEN {x} < 0 THEN {digits} ELSE {x} END"


def _as_signed(enumeration: Enumeration) -> Enumeration:
    """Return labels of unsigned 64-bit values for the signed ones of the same bits."""
    half, whole = 1 << 63, 1 << 64
    labels = {n - whole if n >= half else n: text for n, text in enumeration.labels.items() if 0 <= n < whole}
    ranges = [(max(first, 0), min(last, half - 1), text) for first, last, text in enumeration.ranges]
    ranges += [
        (max(first, half) - whole, min(last, whole - 1) - whole, text)
        for first, last, text in enumeration.ranges
    ]
    return Enumeration(labels, tuple(each for each in ranges if each[0] <= each[1]))


def _horner(x: str, coefficients: tuple[float, ...]) -> str:
    """Write the same operations in the same order as ``decoders.calibration`` does."""
    text = repr(float(coefficients[-1])) if coefficients else "0.0"
    for coefficient in reversed(coefficients[:-1]):
        text = f"({float(coefficient)!r} + ({x}) * {text})"
    return text


def _labels(x: str, enumeration: Enumeration, other: str) -> str:
    def text(label: str) -> str:
        return "'" + label.replace("'", "''") + "'"

    whens = [f"WHEN {x} = {number} THEN {text(label)}" for number, label in enumeration.labels.items()]
    whens += [f"WHEN {x} BETWEEN {lo} AND {hi} THEN {text(label)}" for lo, hi, label in enumeration.ranges]
    return f"CASE {' '.join(whens)} ELSE {other} END" if whens else f"({other})"
