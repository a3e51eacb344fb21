"""Where one value of a packet is kept."""

from __future__ import annotations

from dataclasses import dataclass


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


def quoted(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'
