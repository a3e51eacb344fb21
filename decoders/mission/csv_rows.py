"""The rows of a definition file: UTF-8 CSV with a header line, each row with its line and its mistakes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeVar

from decoders.mission import cells, limit_cells
from decoders.mission.model import ContextLimits, DefinitionError, Limits

_T = TypeVar("_T")


@dataclass(slots=True)
class CsvTable:
    """What is told of a file's table: its header and every error, in order."""

    columns: list[str] = field(default_factory=list)
    header_line: int = 0
    errors: list[DefinitionError] = field(default_factory=list)


class Row:
    """One line of the file; each cell that cannot be read adds an error and gives its default."""

    def __init__(self, cells: Mapping[str, str], file: str, line: int, errors: list[DefinitionError]) -> None:
        self.cells, self.line = cells, line
        self._file, self._errors = file, errors

    @property
    def name(self) -> str:
        """The field's name; empty where the cell is."""
        return self.cells.get("name", "")

    def bad(self, column: str, message: str, mend: str) -> None:
        """Note an error of this line."""
        self._errors.append(
            DefinitionError(message, file=self._file, line=self.line, column=column, mend=mend)
        )

    def cell(self, column: str, read: Callable[[str], _T], default: _T) -> _T:
        """Read one cell, or return the default where it is absent, empty or wrong."""
        text = self.cells.get(column, "")
        if not text:
            return default
        try:
            return read(text)
        except cells.CellError as bad:
            self.bad(column, bad.message, bad.mend)
            return default

    def demand(self, columns: Sequence[str], mend: str) -> None:
        """Note each of the columns that is empty, and a name that nobody could write."""
        for column in columns:
            if not self.cells.get(column, ""):
                self.bad(column, "the cell is empty", mend)
        if not self.name.isprintable():
            mend = "Write it on one line; check the quotes of this line"
            self.bad("name", "a name with a line break or control character", mend)

    def limits(self) -> tuple[Limits | None, tuple[ContextLimits, ...]]:
        """Read the cells of the limits: those that hold in no context, and those of each context."""
        unit = self.cells.get("unit", "")
        found = limit_cells.limits(self.cell, unit)
        contexts = limit_cells.context_limits(self.cell, unit, found)
        return (found if found.says_something else None), contexts


def read_rows(content: str | bytes, *, file: str, required: Sequence[str], into: CsvTable) -> Iterator[Row]:
    """Yield every row that has a cell for each of its columns; ``into`` takes the header and the errors."""
    errors = into.errors
    if isinstance(content, bytes):
        try:
            content = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            errors.append(
                DefinitionError("not UTF-8 text", file=file, line=line, mend="Save the file as UTF-8")
            )
            return
    rows = csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""), skipinitialspace=True)
    read_lines = 0
    try:
        for line_cells in rows:
            # A cell in quotes may go over several lines.
            line, read_lines = read_lines + 1, rows.line_num
            row_cells = [cell.strip() for cell in line_cells]
            if not any(row_cells):
                continue
            if not into.columns:
                into.columns, into.header_line = row_cells, line
                if found := list(_header_errors(row_cells, required, file, line)):
                    errors += found
                    return
            elif any(row_cells[len(into.columns) :]):
                errors.append(
                    DefinitionError(
                        f"{len(row_cells)} cells, but the header has {len(into.columns)} columns",
                        file=file, line=line,
                        mend='Put cells that hold commas in double quotes ("uint(4, 2)", "{""0"": ""OFF""}")',
                    )
                )  # fmt: skip
            else:
                yield Row(dict(zip(into.columns, row_cells, strict=False)), file, line, errors)
    except csv.Error as error:
        errors.append(
            DefinitionError(str(error), file=file, line=rows.line_num, mend="Check the quotes of this line")
        )
        return
    if not into.columns:
        errors.append(
            DefinitionError(
                "the file is empty", file=file, mend=f"Begin it with the line {','.join(required)}"
            )
        )


def _header_errors(
    header: list[str], required: Sequence[str], file: str, line: int
) -> Iterable[DefinitionError]:
    for column in required:
        if column not in header:
            near = get_close_matches(column, header, 1, 0.7)
            yield DefinitionError(
                f"column {column} is missing", file=file, line=line, column=near[0] if near else column,
                mend=f"Rename {near[0]!r} to {column!r}" if near else f"It needs {', '.join(required)}",
            )  # fmt: skip
    for column in {column for column in header if column and header.count(column) > 1}:
        yield DefinitionError(
            "the column is there twice", file=file, line=line, column=column, mend="Drop one"
        )
