"""Tables that are only appended to.

Their rows name the newest record of the archive at that time, so record numbers never fall from one row to
the next, and what was known at a record is found without an index, whatever the table's size.
"""

from __future__ import annotations

import sqlite3


def newest_known(connection: sqlite3.Connection, table: str, upto_record: int) -> int:
    """Return the id of the last row of an append-only table that was known at a record, 0 before all."""
    row = connection.execute(f"SELECT id, record FROM {table} ORDER BY id DESC LIMIT 1").fetchone()
    if row is None or row[1] <= upto_record:
        return int(row[0]) if row else 0
    low, high = 0, int(row[0]) - 1
    while low < high:
        middle = (low + high + 1) // 2
        found, record = connection.execute(
            f"SELECT id, record FROM {table} WHERE id >= ? ORDER BY id LIMIT 1", (middle,)
        ).fetchone()
        if record <= upto_record:
            low = max(found, middle)
        else:
            high = middle - 1
    return low
