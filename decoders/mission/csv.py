"""Packet definitions in ccsdspy's CSV, with our further columns, and back.

Plain ccsdspy files are ``name,data_type,bit_length[,bit_offset]``; it ignores every other column,
so ours stay valid ccsdspy files. ``bit_offset`` counts from the first bit of the primary header and
a field without one follows the furthest field so far, both exactly as in ccsdspy 2.0.1.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from decoders.mission import cells, context_cells, layout_cells, limit_cells
from decoders.mission.csv_rows import CsvTable, Row, read_rows
from decoders.mission.model import (
    ContextCalibration,
    DataType,
    DefinitionError,
    Enumeration,
    PacketDefinition,
    Parameter,
    TimeFormat,
)
from decoders.mission.value_check import context_mistakes

REQUIRED = ("name", "data_type", "bit_length")
COLUMNS = (
    *REQUIRED, "bit_offset", "byte_order", "unit", "description", "description_ja", "calibration",
    "context_calibration", "enumeration", *limit_cells.COLUMNS, "role", *layout_cells.COLUMNS,
)  # fmt: skip
HEADER_BITS = 48
_T = TypeVar("_T")
_NO_CONTEXTS: tuple[ContextCalibration, ...] = ()
_UINT: tuple[DataType, int | str | None, tuple[int, ...]] = ("uint", None, ())


@dataclass(slots=True)
class CsvPacket(CsvTable):
    """What one file gave: every row that could be read, every error, and where things stand."""

    parameters: list[Parameter] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    """The line of each name, that of a row which could not be read too."""


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
    packet = packet_of(read.parameters, name=name, **identity)
    for bad in context_mistakes(packet):
        line = read.lines[bad.parameter.name]
        raise DefinitionError(bad.message, file=file, line=line, column=bad.column, mend=bad.mend)
    return packet


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
    criteria: str = "",
    open_ended: bool = False,
    segmented: bool = False,
    description: str = "",
    description_ja: str = "",
) -> PacketDefinition:
    """Return the packet type that has these fields; ``crc=None`` takes it from their roles.

    Packets of an ``open_ended`` type may be longer than its fields.
    """
    parameters = tuple(fields)
    return PacketDefinition(
        name=name, parameters=parameters, apid=apid, vehicle=vehicle, vcid=vcid, period_s=period_s,
        time=time or TimeFormat(), crc=any(p.role == "crc" for p in parameters) if crc is None else crc,
        description=description, description_ja=description_ja, criteria=criteria,
        length_octets=None if open_ended else fixed_length(parameters), segmented=segmented,
    )  # fmt: skip


def fixed_length(parameters: Iterable[Parameter]) -> int | None:
    """Return the octets up to the end of the furthest field, or ``None`` if the length varies."""
    end = HEADER_BITS
    for parameter in parameters:
        if parameter.varies or parameter.bit_offset is None:
            return None
        end = max(end, parameter.bit_offset + parameter.bit_length * int(parameter.array_length or 1))
    return (end + 7) // 8


def parse_packet_csv(content: str | bytes, *, file: str = "", header: Sequence[Parameter] = ()) -> CsvPacket:
    """Read every row that can be read and collect every error of the file, in order.

    The fields of a secondary ``header`` stand in front of those of the file.
    """
    read = CsvPacket()
    of_header = {field.name for field in header}
    end = max((int(p.bit_offset or 0) + p.bit_length for p in header), default=HEADER_BITS)
    for row in read_rows(content, file=file, required=REQUIRED, into=read):
        parameter = _parameter(row, read.errors)
        if row.name in read.lines:
            first = read.lines[row.name]
            row.bad("name", f"{row.name!r} is already on line {first}", "Give each field its own name")
            continue
        if row.name in of_header:
            mend = "Leave the line out, or give a field of its own another name"
            row.bad("name", f"{row.name!r} stands in the secondary header already", mend)
        if row.name:
            read.lines[row.name] = row.line
        if parameter is None:
            continue
        if header and parameter.role == "time":
            row.bad("role", "the time stands in the secondary header", "Leave the role empty")
        if parameter.bit_offset is not None and HEADER_BITS <= parameter.bit_offset < end:
            mend = f"The secondary header ends at bit {end}: leave the cell empty, or count on from there"
            row.bad("bit_offset", "the field lies in the secondary header", mend)
        read.parameters.append(parameter)
    if not read.errors and not read.parameters and not header:
        read.errors.append(
            DefinitionError("no fields", file=file, line=1, mend="Add one row for each field of the packet")
        )
    read.parameters = place([*header, *read.parameters])
    if not read.errors:
        _check_placed(read, file)
    return read


def _parameter(row: Row, errors: list[DefinitionError]) -> Parameter | None:
    """Build the field of this line, or ``None`` if it has an error."""
    before = len(errors)
    row.demand(REQUIRED, f"Every field needs {', '.join(REQUIRED)}")
    data_type, length, shape = row.cell("data_type", cells.data_type, _UINT)
    bits = row.cell("bit_length", cells.whole(1, cells.PACKET_BITS), 0)
    calibration = row.cell("calibration", cells.calibration, None)
    if "enumeration" in row.cells and (found := row.cell("enumeration", cells.enumeration, None)):
        if calibration is not None:
            row.bad("enumeration", "the field has a calibration too", "Leave one of the two empty")
        calibration = found
    if isinstance(calibration, Enumeration) and data_type not in ("uint", "int"):
        row.bad("data_type", f"a {data_type} cannot have an enumeration", "Use uint or int")
    elif calibration is not None and data_type in ("str", "fill"):
        row.bad("calibration", f"a {data_type} has no number to calibrate", "Leave the cell empty")
    contexts = row.cell("context_calibration", context_cells.calibrations, _NO_CONTEXTS)
    if contexts and (isinstance(calibration, Enumeration) or data_type in ("str", "fill")):
        what = "labels" if isinstance(calibration, Enumeration) else "no number"
        row.bad("context_calibration", f"the field has {what}", "Leave the cell empty")
    limits, context_limits = row.limits()
    parameter = Parameter(
        name=row.name,
        data_type=data_type,
        bit_length=bits,
        bit_offset=row.cell("bit_offset", cells.whole(0, cells.PACKET_BITS), None),
        byte_order=row.cell("byte_order", str, "big"),
        array_length=length,
        unit=row.cells.get("unit", ""),
        description=row.cells.get("description", ""),
        description_ja=row.cells.get("description_ja", ""),
        calibration=calibration,
        context_calibrations=contexts,
        limits=limits,
        context_limits=context_limits,
        role=row.cell("role", cells.role, ""),
        array_shape=shape,
        **layout_cells.read_cells(row, data_type),
    )
    if len(errors) == before:
        _check_width(row, parameter)
    return parameter if len(errors) == before else None


def _check_width(row: Row, parameter: Parameter) -> None:
    bits, kind, order = parameter.bit_length, parameter.data_type, parameter.byte_order
    if kind in ("uint", "int") and bits > 64:
        row.bad("bit_length", f"an integer of {bits} bits", "At most 64; split it, or use str")
    elif kind == "float" and parameter.encoding == "1750a":
        if bits not in (32, 48):
            row.bad("bit_length", f"a 1750A float of {bits} bits", "MIL-STD-1750A has 32 and 48 bits")
    elif kind == "float" and bits not in (16, 32, 64):
        row.bad("bit_length", f"a float of {bits} bits", "Floats have 16, 32 or 64 bits")
    elif kind == "str" and bits % 8:
        row.bad("bit_length", f"a string of {bits} bits", "Strings have whole octets")
    if order in ("big", "little"):
        if order == "little" and bits % 8:
            row.bad("byte_order", f"little endian with {bits} bits", "Only whole octets have an order")
    elif sorted(order) != [str(i + 1) for i in range(len(order))] or len(order) * 8 != bits:
        row.bad(
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
        offset = counter + parameter.gap_bits if parameter.bit_offset is None else parameter.bit_offset
        placed.append(replace(parameter, bit_offset=offset, gap_bits=0))
        if parameter.varies:
            known = False
        else:
            counter = max(counter, offset + parameter.bit_length * int(parameter.array_length or 1))
    return placed


def _check_placed(read: CsvPacket, file: str) -> None:
    """Check what only the whole list tells: references, one ``expand``, offsets, the longest packet."""
    seen: dict[str, Parameter] = {}
    for parameter in read.parameters:
        line, size = read.lines.get(parameter.name, 0), parameter.array_length

        def bad(column: str, message: str, mend: str, line: int = line) -> None:
            read.errors.append(DefinitionError(message, file=file, line=line, column=column, mend=mend))

        for column, told in (("only_if", parameter.only_if), ("size", parameter.size)):
            if told and (wrong := layout_cells.mistake(told, seen)):
                bad(column, *wrong)
        if isinstance(size, str) and size != "expand" and size not in seen and not size.isidentifier():
            if wrong := layout_cells.mistake(size, seen):
                bad("data_type", *wrong)
        elif isinstance(size, str):
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
    rows = [row_cells(parameter) for parameter in parameters]
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


def row_cells(parameter: Parameter) -> dict[str, str]:
    """Return the cells of a parameter's row by column; empty where a cell has nothing to say."""
    kind: str = parameter.data_type
    if parameter.array_length is not None:
        inside = ", ".join(map(str, parameter.array_shape)) or str(parameter.array_length)
        kind = f"{kind}({inside})"
    calibration = parameter.calibration
    numbers, labels = "", dict[str, str]()
    if isinstance(calibration, Enumeration):
        labels = {str(number): text for number, text in calibration.labels.items()}
        labels |= {f"[{first},{last}]": text for first, last, text in calibration.ranges}
    elif calibration is not None:
        numbers = cells.number_calibration_text(calibration)
    return {
        "name": parameter.name,
        "data_type": kind,
        "bit_length": str(parameter.bit_length),
        "bit_offset": "" if parameter.bit_offset is None else str(parameter.bit_offset),
        "byte_order": "" if parameter.byte_order == "big" else parameter.byte_order,
        "unit": parameter.unit,
        "description": parameter.description,
        "description_ja": parameter.description_ja,
        "calibration": numbers,
        "context_calibration": context_cells.calibrations_text(parameter.context_calibrations),
        "enumeration": json.dumps(labels, ensure_ascii=False) if labels else "",
        **limit_cells.limit_texts(parameter.limits, parameter.context_limits),
        "role": parameter.role,
        **layout_cells.written(parameter),
    }
