"""Packet definitions in ccsdspy's CSV, with our further columns, and back.

Plain ccsdspy files are ``name,data_type,bit_length[,bit_offset]``; it ignores every other column,
so ours stay valid ccsdspy files. ``bit_offset`` counts from the first bit of the primary header and
a field without one follows the furthest field so far, both exactly as in ccsdspy 2.0.1.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from decoders.mission import cells
from decoders.mission.model import (
    DataType,
    DefinitionError,
    Enumeration,
    Limits,
    PacketDefinition,
    Parameter,
    Polynomial,
    TimeFormat,
)

REQUIRED = ("name", "data_type", "bit_length")
COLUMNS = (
    *REQUIRED, "bit_offset", "byte_order", "unit", "description", "description_ja", "calibration",
    "enumeration", "caution", "serious", "critical", "persistence", "deadband", "role",
)  # fmt: skip
HEADER_BITS = 48
_T = TypeVar("_T")
_UINT: tuple[DataType, int | str | None, tuple[int, ...]] = ("uint", None, ())


@dataclass(slots=True)
class CsvPacket:
    """What one file gave: every row that could be read, every error, and where things stand."""

    parameters: list[Parameter] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    """The line of each name, that of a row which could not be read too."""
    columns: list[str] = field(default_factory=list)
    header_line: int = 0
    errors: list[DefinitionError] = field(default_factory=list)


def read_packet_csv(
    path: str | Path,
    *,
    name: str = "",
    apid: int | None = None,
    vehicle: str = "",
    vcid: int | None = None,
    period_s: float | None = None,
    time: TimeFormat | None = None,
    crc: bool | None = None,
    description: str = "",
    description_ja: str = "",
) -> PacketDefinition:
    """Read one packet type from a file; ``name`` defaults to the file's name without its ending.

    ``crc=None`` takes it from the roles. Raises ``DefinitionError`` for the first thing that is
    wrong, ``OSError`` if the file cannot be read.
    """
    path = Path(path)
    return packet_from_csv(
        path.read_bytes(), file=str(path), name=name or path.stem, apid=apid, vehicle=vehicle, vcid=vcid,
        period_s=period_s, time=time, crc=crc, description=description, description_ja=description_ja,
    )  # fmt: skip


def packet_from_csv(content: str | bytes, *, file: str, name: str, **identity: Any) -> PacketDefinition:
    """Read one packet type from the content of a file; ``file`` names it in errors.

    ``identity`` is as for ``packet_of``. Raises the first ``DefinitionError``.
    """
    read = parse_packet_csv(content, file=file)
    if read.errors:
        raise read.errors[0]
    return packet_of(read.parameters, name=name, **identity)


def packet_of(
    fields: Iterable[Parameter],
    *,
    name: str,
    apid: int | None = None,
    vehicle: str = "",
    vcid: int | None = None,
    period_s: float | None = None,
    time: TimeFormat | None = None,
    crc: bool | None = None,
    description: str = "",
    description_ja: str = "",
) -> PacketDefinition:
    """Return the packet type that has these fields; ``crc=None`` takes it from their roles."""
    parameters = tuple(fields)
    return PacketDefinition(
        name=name, parameters=parameters, apid=apid, vehicle=vehicle, vcid=vcid, period_s=period_s,
        time=time or TimeFormat(), crc=any(p.role == "crc" for p in parameters) if crc is None else crc,
        description=description, description_ja=description_ja, length_octets=fixed_length(parameters),
    )  # fmt: skip


def fixed_length(parameters: Iterable[Parameter]) -> int | None:
    """Return the octets up to the end of the furthest field, or ``None`` if the length varies."""
    end = HEADER_BITS
    for parameter in parameters:
        if isinstance(parameter.array_length, str) or parameter.bit_offset is None:
            return None
        end = max(end, parameter.bit_offset + parameter.bit_length * (parameter.array_length or 1))
    return (end + 7) // 8


def parse_packet_csv(content: str | bytes, *, file: str = "") -> CsvPacket:
    """Read every row that can be read and collect every error of the file, in order."""
    read = CsvPacket()
    if isinstance(content, bytes):
        try:
            content = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            read.errors.append(
                DefinitionError("not UTF-8 text", file=file, line=line, mend="Save the file as UTF-8")
            )
            return read
    rows = csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""), skipinitialspace=True)
    try:
        _read_rows(rows, file, read)
    except csv.Error as error:
        read.errors.append(
            DefinitionError(str(error), file=file, line=rows.line_num, mend="Check the quotes of this line")
        )
    if not read.errors and not read.parameters:
        read.errors.append(
            DefinitionError("no fields", file=file, line=1, mend="Add one row for each field of the packet")
        )
    read.parameters = place(read.parameters)
    if not read.errors:
        _check_placed(read, file)
    return read


def _read_rows(rows: Any, file: str, read: CsvPacket) -> None:
    header: list[str] = []
    read_lines = 0
    for line_cells in rows:
        line, read_lines = read_lines + 1, rows.line_num  # a cell in quotes may go over several lines
        row_cells = [cell.strip() for cell in line_cells]
        if not any(row_cells):
            continue
        if not header:
            header = read.columns = row_cells
            read.header_line = line
            if errors := list(_header_errors(header, file, line)):
                read.errors += errors
                return
            continue
        if any(row_cells[len(header) :]):
            read.errors.append(
                DefinitionError(
                    f"{len(row_cells)} cells, but the header has {len(header)} columns", file=file, line=line,
                    mend='Put cells that hold commas in double quotes ("uint(4, 2)", "{""0"": ""OFF""}")',
                )
            )  # fmt: skip
            continue
        row = _Row(dict(zip(header, row_cells, strict=False)), file, line, read.errors)
        parameter = row.parameter()
        if row.name in read.lines:
            first = read.lines[row.name]
            row.bad("name", f"{row.name!r} is already on line {first}", "Give each field its own name")
            continue
        if row.name:
            read.lines[row.name] = line
        if parameter is not None:
            read.parameters.append(parameter)
    if not header:
        read.errors.append(
            DefinitionError(
                "the file is empty", file=file, mend=f"Begin it with the line {','.join(REQUIRED)}"
            )
        )


def _header_errors(header: list[str], file: str, line: int) -> Iterable[DefinitionError]:
    for column in REQUIRED:
        if column not in header:
            near = get_close_matches(column, header, 1, 0.7)
            yield DefinitionError(
                f"column {column} is missing", file=file, line=line, column=near[0] if near else column,
                mend=f"Rename {near[0]!r} to {column!r}" if near else f"It needs {', '.join(REQUIRED)}",
            )  # fmt: skip
    for column in {column for column in header if column and header.count(column) > 1}:
        yield DefinitionError(
            "the column is there twice", file=file, line=line, column=column, mend="Drop one"
        )


class _Row:
    """One line of the file; each cell that cannot be read adds an error and gives its default."""

    def __init__(self, cells: Mapping[str, str], file: str, line: int, errors: list[DefinitionError]) -> None:
        self._cells, self._file, self._line, self._errors = cells, file, line, errors

    @property
    def name(self) -> str:
        """The field's name; empty where the cell is."""
        return self._cells.get("name", "")

    def bad(self, column: str, message: str, mend: str) -> None:
        """Note an error of this line."""
        self._errors.append(
            DefinitionError(message, file=self._file, line=self._line, column=column, mend=mend)
        )

    def cell(self, column: str, read: Callable[[str], _T], default: _T) -> _T:
        """Read one cell, or return the default where it is absent, empty or wrong."""
        text = self._cells.get(column, "")
        if not text:
            return default
        try:
            return read(text)
        except cells.CellError as bad:
            self.bad(column, bad.message, bad.mend)
            return default

    def parameter(self) -> Parameter | None:
        """Build the field of this line, or ``None`` if it has an error."""
        before = len(self._errors)
        for column in REQUIRED:
            if not self._cells.get(column, ""):
                self.bad(column, "the cell is empty", f"Every field needs {', '.join(REQUIRED)}")
        if not self.name.isprintable():
            mend = "Write it on one line; check the quotes of this line"
            self.bad("name", "a name with a line break or control character", mend)
        data_type, length, shape = self.cell("data_type", cells.data_type, _UINT)
        bits = self.cell("bit_length", cells.whole(1, cells.PACKET_BITS), 0)
        calibration = self.cell("calibration", cells.calibration, None)
        if "enumeration" in self._cells and (found := self.cell("enumeration", cells.enumeration, None)):
            if calibration is not None:
                self.bad("enumeration", "the field has a calibration too", "Leave one of the two empty")
            calibration = found
        if isinstance(calibration, Enumeration) and data_type not in ("uint", "int"):
            self.bad("data_type", f"a {data_type} cannot have an enumeration", "Use uint or int")
        elif calibration is not None and data_type in ("str", "fill"):
            self.bad("calibration", f"a {data_type} has no number to calibrate", "Leave the cell empty")
        caution, serious, critical = (
            self.cell(column, cells.parse_band, None) for column in ("caution", "serious", "critical")
        )
        limits = None
        if caution or serious or critical:
            limits = Limits(
                caution,
                serious,
                critical,
                min_violations=self.cell("persistence", cells.whole(1, 1_000_000), 2),
                deadband_fraction=self.cell("deadband", cells.fraction, 0.01),
            )
        parameter = Parameter(
            name=self.name,
            data_type=data_type,
            bit_length=bits,
            bit_offset=self.cell("bit_offset", cells.whole(0, cells.PACKET_BITS), None),
            byte_order=self.cell("byte_order", str, "big"),
            array_length=length,
            unit=self._cells.get("unit", ""),
            description=self._cells.get("description", ""),
            description_ja=self._cells.get("description_ja", ""),
            calibration=calibration,
            limits=limits,
            role=self.cell("role", cells.role, ""),
            array_shape=shape,
        )
        if len(self._errors) == before:
            self._check_width(parameter)
        return parameter if len(self._errors) == before else None

    def _check_width(self, parameter: Parameter) -> None:
        bits, kind, order = parameter.bit_length, parameter.data_type, parameter.byte_order
        if kind in ("uint", "int") and bits > 64:
            self.bad("bit_length", f"an integer of {bits} bits", "At most 64; split it, or use str")
        elif kind == "float" and bits not in (16, 32, 64):
            self.bad("bit_length", f"a float of {bits} bits", "Floats have 16, 32 or 64 bits")
        elif kind == "str" and bits % 8:
            self.bad("bit_length", f"a string of {bits} bits", "Strings have whole octets")
        if order in ("big", "little"):
            if order == "little" and bits % 8:
                self.bad("byte_order", f"little endian with {bits} bits", "Only whole octets have an order")
        elif sorted(order) != [str(i + 1) for i in range(len(order))] or len(order) * 8 != bits:
            self.bad(
                "byte_order", f"{order!r} does not order {bits} bits",
                "Write big, little, or each octet's rank once, as 321 for 24 bits",
            )  # fmt: skip


def place(parameters: Iterable[Parameter]) -> list[Parameter]:
    """Fill in the bit offsets that are left out, as ccsdspy's ``FixedLength`` does.

    A field without an offset begins where the furthest field so far ends; fields behind a
    variable-length one keep ``None``.
    """
    placed: list[Parameter] = []
    counter, known = HEADER_BITS, True
    for parameter in parameters:
        if not known:
            placed.append(parameter)
            continue
        offset = counter if parameter.bit_offset is None else parameter.bit_offset
        placed.append(replace(parameter, bit_offset=offset))
        if isinstance(parameter.array_length, str):
            known = False
        else:
            counter = max(counter, offset + parameter.bit_length * (parameter.array_length or 1))
    return placed


def _check_placed(read: CsvPacket, file: str) -> None:
    """Check what only the whole list tells: references, one ``expand``, offsets, the longest packet."""
    seen: dict[str, Parameter] = {}
    variable: Parameter | None = None
    for parameter in read.parameters:
        line, size = read.lines[parameter.name], parameter.array_length

        def bad(column: str, message: str, mend: str, line: int = line) -> None:
            read.errors.append(DefinitionError(message, file=file, line=line, column=column, mend=mend))

        if variable is not None and parameter.bit_offset is not None:
            bad("bit_offset", f"an offset behind the variable-length {variable.name}", "Leave it empty")
        if isinstance(size, str):
            if size == "expand":
                if any(p.array_length == "expand" for p in seen.values()):
                    bad("data_type", "a second expanding array", "Only one array can fill the packet")
            elif size not in seen:
                near = get_close_matches(size, seen, 1)
                mend = f"Did you mean {near[0]!r}?" if near else "Name a field that stands before it"
                bad("data_type", f"no field {size!r} before this one holds its count", mend)
            elif seen[size].data_type != "uint" or seen[size].array_length is not None:
                bad("data_type", f"{size!r} cannot hold a count", "The count must be one uint")
            elif _behind_expanding(size, seen):
                bad("data_type", f"its count {size!r} stands behind an expanding array", "Move the count up")
            variable = parameter
        elif parameter.bit_offset is not None:
            end = parameter.bit_offset + parameter.bit_length * (size or 1)
            if end > cells.PACKET_BITS:
                bad("bit_length", f"the field ends at bit {end}", f"A packet ends at bit {cells.PACKET_BITS}")
        seen[parameter.name] = parameter


def _behind_expanding(name: str, seen: Mapping[str, Parameter]) -> bool:
    expanding = [i for i, p in enumerate(seen.values()) if p.array_length == "expand"]
    return bool(expanding) and list(seen).index(name) > expanding[0]


def write_packet_csv(definition: PacketDefinition) -> str:
    """Return the CSV of a packet type: UTF-8 text with LF, only the columns that say something.

    Offsets are written if and only if some field does not simply follow the one before.
    """
    parameters = definition.parameters
    loose = place(replace(p, bit_offset=None) for p in parameters)
    offsets = [p.bit_offset for p in loose] != [p.bit_offset for p in parameters]
    rows = [_cells(parameter) for parameter in parameters]
    columns = [
        column
        for column in COLUMNS
        if column in REQUIRED or (offsets if column == "bit_offset" else any(row[column] for row in rows))
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _cells(parameter: Parameter) -> dict[str, str]:
    kind: str = parameter.data_type
    if parameter.array_length is not None:
        inside = ", ".join(map(str, parameter.array_shape)) or str(parameter.array_length)
        kind = f"{kind}({inside})"
    calibration, limits = parameter.calibration, parameter.limits
    labels: dict[str, str] = {}
    if isinstance(calibration, Enumeration):
        labels = {str(number): text for number, text in calibration.labels.items()}
        labels |= {f"[{first},{last}]": text for first, last, text in calibration.ranges}
    return {
        "name": parameter.name,
        "data_type": kind,
        "bit_length": str(parameter.bit_length),
        "bit_offset": "" if parameter.bit_offset is None else str(parameter.bit_offset),
        "byte_order": "" if parameter.byte_order == "big" else parameter.byte_order,
        "unit": parameter.unit,
        "description": parameter.description,
        "description_ja": parameter.description_ja,
        "calibration": json.dumps(calibration.coefficients) if isinstance(calibration, Polynomial) else "",
        "enumeration": json.dumps(labels, ensure_ascii=False) if labels else "",
        "caution": cells.band_text(limits.caution) if limits else "",
        "serious": cells.band_text(limits.serious) if limits else "",
        "critical": cells.band_text(limits.critical) if limits else "",
        "persistence": str(limits.min_violations) if limits and limits.min_violations != 2 else "",
        "deadband": repr(limits.deadband_fraction) if limits and limits.deadband_fraction != 0.01 else "",
        "role": parameter.role,
    }
