"""The one rule by which packets and parameters become tables and columns.

- ``<vehicle>__<packet>__raw`` holds a packet type's raw values, ``<vehicle>__<packet>`` its
  engineering view; a name that differs from an earlier one only in case gets ``_2``, ``_3`` …
  (SQLite's names ignore case).
- A parameter is a column of its own name under the same rule; ``id`` and the two times are taken.
- A fixed array is one column an element, ``name_0`` …; one of unknown length is a JSON text.
- Beyond 1,900 columns a packet goes on in ``…__raw_2`` with the same ids (SQLite's limit is 2,000).
- Unsigned 64-bit integers are stored as signed ones with the same bits (kind ``u64``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from decoders.mission.model import Enumeration, PacketDefinition, Parameter, Polynomial

COLUMNS_A_TABLE = 1900
FIXED_COLUMNS = ("id", "generation_ns", "reception_ns")


@dataclass(frozen=True, slots=True)
class Column:
    """Where one value of a packet is kept; ``element`` counts inside a fixed array.

    ``kind`` is ``int``, ``u64``, ``float``, ``bytes`` or ``json``.
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

    def take(self, wanted: str) -> str:
        """Return the wanted name, or it with the first free number behind it."""
        name, number = wanted, 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{wanted}_{number}"
        self._taken.add(name.casefold())
        return name


def plan(packets: Iterable[PacketDefinition], taken: Iterable[str] = ()) -> list[Column]:
    """Return every column of a set of packet types, in order; ``taken`` are the other tables' names."""
    tables = Names(taken)
    columns: list[Column] = []
    for packet in packets:
        vehicle = packet.vehicle or "vehicle"
        base = tables.take(f"{vehicle}__{packet.name}")
        raw = tables.take(f"{base}__raw")
        names = Names(FIXED_COLUMNS)
        position = 0
        for parameter in packet.values:
            for element, kind in _elements(parameter):
                part = position // COLUMNS_A_TABLE
                if part and position % COLUMNS_A_TABLE == 0:
                    tables.take(f"{raw}_{part + 1}")
                table = raw if part == 0 else f"{raw}_{part + 1}"
                wanted = parameter.name if element is None else f"{parameter.name}_{element}"
                columns.append(
                    Column(packet.name, position, parameter.name, element, table, names.take(wanted), kind)
                )
                position += 1
        if position == 0:
            columns.append(Column(packet.name, 0, "", None, raw, names.take("no_values"), "int"))
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
    base, _, part = table_name.rpartition("__raw")
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
    expression = name
    if column.kind == "u64":
        expression = f"CASE WHEN {name} < 0 THEN {name} + 18446744073709551616.0 ELSE {name} END"
    elif column.kind == "bytes":
        expression = f"CAST({name} AS TEXT)"
    calibration = packet.parameter(column.parameter).calibration if column.parameter else None
    if isinstance(calibration, Polynomial) and column.kind in ("int", "u64", "float"):
        expression = _horner(expression, calibration.coefficients)
    elif isinstance(calibration, Enumeration) and column.kind in ("int", "u64"):
        expression = _labels(expression, calibration)
    return expression if expression == name else f"{expression} AS {name}"


def _horner(x: str, coefficients: tuple[float, ...]) -> str:
    text = repr(float(coefficients[-1])) if coefficients else "0.0"
    for coefficient in reversed(coefficients[:-1]):
        text = f"({float(coefficient)!r} + ({x}) * {text})"
    return text


def _labels(x: str, enumeration: Enumeration) -> str:
    def text(label: str) -> str:
        return "'" + label.replace("'", "''") + "'"

    whens = [f"WHEN ({x}) = {int(number)} THEN {text(label)}" for number, label in enumeration.labels.items()]
    for first, last, label in getattr(enumeration, "ranges", ()):
        whens.append(f"WHEN ({x}) BETWEEN {first} AND {last} THEN {text(label)}")
    if not whens:
        return f"({x}) || '?'"
    return f"CASE {' '.join(whens)} WHEN ({x}) IS NULL THEN NULL ELSE ({x}) || '?' END"
