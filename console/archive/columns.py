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

import sqlite3
from collections.abc import Iterable

from console.archive import views
from console.archive.column import Column as Column
from console.archive.column import quoted as quoted
from decoders.mission.model import PacketDefinition, Parameter

COLUMNS_A_TABLE = 1900
FIXED_COLUMNS = ("id", "generation_ns", "reception_ns")
RAW = "__raw"


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
        connection.execute(
            f"CREATE VIEW {quoted(view_name(table))} AS SELECT id, generation_ns, reception_ns, "
            f"{views.engineering(definitions[held[0].packet], held)} FROM {quoted(table)}"
        )


def read(connection: sqlite3.Connection) -> list[Column]:
    """Return the columns that an archive holds."""
    rows = connection.execute(
        "SELECT packet, position, parameter, element, table_name, column_name, kind FROM columns ORDER BY id"
    )
    return [Column(*row) for row in rows]
