"""The one rule by which packets and parameters become tables and columns.

- ``<vehicle>__<packet>__raw`` holds a packet type's raw values, ``<vehicle>__<packet>`` its
  engineering view; a name that differs from an earlier one only in case gets ``_2``, ``_3`` …
  (SQLite's names ignore case).
- A parameter is a column of its own name under the same rule; ``id`` and the two times are taken.
- A fixed array is one column an element, ``name_0`` …; one of unknown length is a JSON text.
- Beyond 1,900 columns a packet goes on in ``…__raw_2`` with the same ids (SQLite's limit is 2,000),
  its view in ``<vehicle>__<packet>_2``.
- Unsigned 64-bit integers are stored as signed ones with the same bits (kind ``u64``); the view shows
  those from 2**63 on as texts of their digits, so that none is lost.
- Strings are texts where they are UTF-8 and else blobs; the view ends them at their first NUL.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from decoders.mission.model import Calibration, Enumeration, PacketDefinition, Parameter, Polynomial

COLUMNS_A_TABLE = 1900
FIXED_COLUMNS = ("id", "generation_ns", "reception_ns")
RAW = "__raw"


@dataclass(frozen=True, slots=True)
class Column:
    """Where one value of a packet is kept; ``element`` counts inside a fixed array.

    ``kind`` is ``int``, ``u64``, ``float``, ``bytes`` or ``json``; of a packet type without values
    one column without a parameter keeps the rows.
    """

    packet: str
    position: int
    parameter: str
    element: int | None
    table_name: str
    column_name: str
    kind: str

    @property
    def numeric(self) -> bool:
        """Whether the rollup can say a minimum and a maximum of it."""
        return self.kind in ("int", "u64", "float")


class Names:
    """Hands out names that differ in more than case."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {name.casefold() for name in taken}

    def take(self, wanted: str, endings: Iterable[str] = ("",)) -> str:
        """Return the wanted name, or it with the first number behind it that leaves every ending free."""
        name, number = wanted, 1
        while not self._taken.isdisjoint(names := {f"{name}{end}".casefold() for end in endings}):
            number += 1
            name = f"{wanted}_{number}"
        self._taken |= names
        return name


def plan(packets: Iterable[PacketDefinition], taken: Iterable[str] = ()) -> list[Column]:
    """Return every column of a set of packet types, in order; ``taken`` are the other tables' names."""
    tables = Names(taken)
    columns: list[Column] = []
    for packet in packets:
        elements = [(each, *element) for each in packet.values for element in _elements(each)]
        parts = ["", *(f"_{n + 1}" for n in range(1, -(-len(elements) // COLUMNS_A_TABLE)))]
        endings = [f"{kind}{part}" for part in parts for kind in ("", RAW)]
        base = tables.take(f"{packet.vehicle or 'vehicle'}__{packet.name}", endings)
        names = Names(FIXED_COLUMNS)
        for position, (parameter, element, kind) in enumerate(elements):
            table = f"{base}{RAW}{parts[position // COLUMNS_A_TABLE]}"
            wanted = parameter.name if element is None else f"{parameter.name}_{element}"
            columns.append(
                Column(packet.name, position, parameter.name, element, table, names.take(wanted), kind)
            )
        if not elements:
            columns.append(Column(packet.name, 0, "", None, base + RAW, names.take("no_values"), "int"))
    return columns


def _elements(parameter: Parameter) -> Iterable[tuple[int | None, str]]:
    kind = {"uint": "int", "int": "int", "float": "float", "str": "bytes"}[parameter.data_type]
    if parameter.data_type == "uint" and parameter.bit_length >= 64:
        kind = "u64"
    if parameter.array_length is None:
        return [(None, kind)]
    if isinstance(parameter.array_length, int):
        return [(i, kind) for i in range(parameter.array_length)]
    return [(None, "json")]


def view_name(table_name: str) -> str:
    """Return the engineering view's name of a raw table."""
    base, _, part = table_name.rpartition(RAW)
    return base + part


def create(
    connection: sqlite3.Connection, packets: Iterable[PacketDefinition], columns: list[Column]
) -> None:
    """Create raw tables and engineering views, and tell ``columns`` about them."""
    connection.executemany(
        "INSERT INTO columns(packet, position, parameter, element, table_name, column_name, kind) "
        "VALUES(?,?,?,?,?,?,?)",
        [
            (c.packet, c.position, c.parameter, c.element, c.table_name, c.column_name, c.kind)
            for c in columns
        ],
    )
    definitions = {packet.name: packet for packet in packets}
    by_table: dict[str, list[Column]] = {}
    for column in columns:
        by_table.setdefault(column.table_name, []).append(column)
    for table, held in by_table.items():
        names = ", ".join(quoted(c.column_name) for c in held)
        connection.execute(
            f"CREATE TABLE {quoted(table)}(id INTEGER PRIMARY KEY, generation_ns INTEGER, "
            f"reception_ns INTEGER NOT NULL, {names})"
        )
        shown = ", ".join(_engineering(definitions[c.packet], c) for c in held)
        connection.execute(
            f"CREATE VIEW {quoted(view_name(table))} AS "
            f"SELECT id, generation_ns, reception_ns, {shown} FROM {quoted(table)}"
        )


def read(connection: sqlite3.Connection) -> list[Column]:
    """Return the columns that an archive holds."""
    rows = connection.execute(
        "SELECT packet, position, parameter, element, table_name, column_name, kind FROM columns ORDER BY id"
    )
    return [Column(*row) for row in rows]


def quoted(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def _engineering(packet: PacketDefinition, column: Column) -> str:
    name = quoted(column.column_name)
    parameter = packet.parameter(column.parameter) if column.parameter else None
    calibration = parameter.calibration if parameter else None
    expression = name
    if column.kind == "bytes":
        expression = f"CASE typeof({name}) WHEN 'text' THEN substr({name}, 1, length({name})) ELSE {name} END"
    elif column.kind == "u64":
        expression = _unsigned(name, calibration)
    elif column.kind == "json" and calibration is not None:
        items = f"group_concat({_json_item('json_each.value', calibration)}, ',')"
        expression = f"(SELECT '[' || coalesce({items}, '') || ']' FROM json_each({name}))"
    elif calibration is not None:
        expression = _calibrated(name, calibration)
    return expression if expression == name else f"{expression} AS {name}"


def _calibrated(x: str, calibration: Calibration) -> str:
    if isinstance(calibration, Polynomial):
        return _horner(x, calibration.coefficients)
    return _labels(x, calibration, f"{x} || '?'")


def _json_item(x: str, calibration: Calibration) -> str:
    """Write one element as JSON; SQLite lets no view of a strange file use its own functions for that."""
    if isinstance(calibration, Polynomial):
        value = _horner(x, calibration.coefficients)
        digits = f"replace(printf('%!.17g', {value}), 'Inf', '1e999')"
        return f"CASE WHEN {value} IS NULL THEN 'null' ELSE {digits} END"
    labels = {number: json.dumps(label) for number, label in calibration.labels.items()}
    ranges = tuple((first, last, json.dumps(label)) for first, last, label in calibration.ranges)
    return _labels(x, Enumeration(labels, ranges), f"""'"' || {x} || '?"'""")


def _unsigned(x: str, calibration: Calibration | None) -> str:
    digits = f"printf('%llu', {x})"
    if isinstance(calibration, Polynomial):
        return _horner(f"CAST({digits} AS REAL)", calibration.coefficients)
    if isinstance(calibration, Enumeration):
        return _labels(x, _as_signed(calibration), f"{digits} || '?'")
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
