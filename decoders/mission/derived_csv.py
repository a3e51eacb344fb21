"""``derived.csv`` of a mission: one derived parameter a line, with the packet whose rows it belongs to."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from decoders.derived_formulas import derived_mistakes
from decoders.mission import limit_cells
from decoders.mission.check import PacketSource, misspelt_columns
from decoders.mission.csv import row_cells
from decoders.mission.csv_rows import CsvTable, read_rows
from decoders.mission.model import DefinitionError, PacketDefinition, Parameter

FILE = "derived.csv"
REQUIRED = ("name", "packet", "expression")
COLUMNS = (
    *REQUIRED, "unit", "description", "description_ja", *limit_cells.COLUMNS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DerivedRow:
    """One line that could be read."""

    packet: str
    parameter: Parameter
    line: int


@dataclass(slots=True)
class DerivedCsv(CsvTable):
    """What the file gave: every row that could be read, every error, and the line of each name."""

    file: str = FILE
    rows: list[DerivedRow] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)


def parse_derived_csv(content: str | bytes, *, file: str = FILE) -> DerivedCsv:
    """Read every row that can be read and collect every error of the file, in order."""
    read = DerivedCsv(file=file)
    for row in read_rows(content, file=file, required=REQUIRED, into=read):
        before = len(read.errors)
        row.demand(REQUIRED, f"Every derived parameter needs {', '.join(REQUIRED)}")
        limits, context_limits = row.limits()
        parameter = Parameter(
            name=row.name,
            data_type="float",
            bit_length=64,
            unit=row.cells.get("unit", ""),
            description=row.cells.get("description", ""),
            description_ja=row.cells.get("description_ja", ""),
            limits=limits,
            context_limits=context_limits,
            expression=row.cells.get("expression", ""),
        )
        if row.name in read.lines:
            first = read.lines[row.name]
            row.bad("name", f"{row.name!r} is already on line {first}", "Give each its own name")
        elif row.name:
            read.lines[row.name] = row.line
        if len(read.errors) == before:
            read.rows.append(DerivedRow(row.cells["packet"], parameter, row.line))
    read.errors += misspelt_columns(read.columns, COLUMNS, file, read.header_line)
    return read


def add_derived(
    sources: Sequence[PacketSource], read: DerivedCsv, *, complete: bool = True
) -> tuple[list[PacketSource], list[DefinitionError]]:
    """Give packets their derived parameters; return them, and what does not fit together.

    Where the sources are not ``complete``, as some packet cannot be read, names that are not there are
    nobody's mistake.
    """
    errors: list[DefinitionError] = []
    names = {source.definition.name: set(_taken(source.definition)) for source in sources}
    added: dict[str, list[Parameter]] = {name: [] for name in names}
    for row in read.rows:
        name = row.parameter.name
        if row.packet not in names:
            if complete:
                near = get_close_matches(row.packet, names, 1, 0.6)
                mend = f"Did you mean {near[0]!r}?" if near else "Name a packet of mission.toml"
                errors.append(_error(read, row.line, "packet", f"there is no packet {row.packet!r}", mend))
        elif name.casefold() in names[row.packet]:
            mend = "Give the derived parameter another name; case does not tell them apart"
            message = f"{name!r} is also a field of {row.packet}"
            errors.append(_error(read, row.line, "name", message, mend))
        else:
            names[row.packet].add(name.casefold())
            added[row.packet].append(row.parameter)
    placed = [
        replace(
            source,
            definition=replace(source.definition, derived=tuple(added[source.definition.name])),
            derived_file=read.file,
            derived_lines=read.lines,
        )
        for source in sources
    ]
    if complete:
        for each in derived_mistakes([source.definition for source in placed]):
            text, mend = each.parameter.expression, each.mend
            if text.count("(") > text.count(")"):  # a comma ended the cell
                mend = 'Put an expression that holds commas in double quotes: "max(a, b)"'
            line = read.lines[each.parameter.name]
            errors.append(_error(read, line, "expression", each.message, mend))
    return placed, errors


def _taken(definition: PacketDefinition) -> Iterable[str]:
    return (parameter.name.casefold() for parameter in definition.parameters)


def _error(read: DerivedCsv, line: int, column: str, message: str, mend: str) -> DefinitionError:
    return DefinitionError(message, file=read.file, line=line, column=column, mend=mend)


def write_derived_csv(packets: Iterable[PacketDefinition]) -> str:
    """Return the file of what is derived from some packets; empty for nothing.

    It has only the columns that say something.
    """
    rows: list[Mapping[str, str]] = [
        {**row_cells(parameter), "packet": packet.name, "expression": parameter.expression}
        for packet in packets
        for parameter in packet.derived
    ]
    if not rows:
        return ""
    columns = [column for column in COLUMNS if column in REQUIRED or any(row[column] for row in rows)]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
