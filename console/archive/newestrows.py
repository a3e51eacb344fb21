"""The newest row of a packet type at a record."""

from __future__ import annotations

import sqlite3
from typing import Any

from console.archive import columns as naming
from console.archive.cells import restored_one
from console.archive.columns import Column
from console.archive.shapes import Row


class NewestRows:
    """Reads newest rows; keeps the statements that it asks with."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._statements: dict[str, list[tuple[str, list[Column]]]] = {}

    def at(self, packet: str, held: list[Column], record: int) -> Row | None:
        """Return the newest row up to a record, with all of a packet type's columns, if any came."""
        statements = self._statements.get(packet)
        if statements is None:
            statements = self._statements[packet] = _statements(held)
        raw: dict[str, Any] = {}
        head: tuple[Any, ...] | None = None
        for sql, columns in statements:
            row = self._connection.execute(sql, (record,)).fetchone()
            if row is None:
                return None
            head = row[:4]
            for column, value in zip(columns, row[4:], strict=True):
                if column.element is not None:
                    raw.setdefault(column.parameter, []).append(restored_one(column, value))
                elif column.parameter:
                    raw[column.parameter] = restored_one(column, value)
        assert head is not None
        return Row(head[0], head[1], head[2], head[3] or 0, raw)


def _statements(held: list[Column]) -> list[tuple[str, list[Column]]]:
    statements = []
    quality = "(SELECT quality FROM packets p WHERE p.id = r.id)"
    for table in dict.fromkeys(c.table_name for c in held):
        columns = [c for c in held if c.table_name == table]
        names = ", ".join(naming.quoted(c.column_name) for c in columns)
        statements.append(
            (
                f"SELECT id, generation_ns, reception_ns, {quality}, {names} "
                f"FROM {naming.quoted(table)} r WHERE id <= ? ORDER BY id DESC LIMIT 1",
                columns,
            )
        )
    return statements
