"""What no single cell tells: whether the packet definitions of a mission hold together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from decoders.mission.csv import COLUMNS, packet_of, parse_packet_csv
from decoders.mission.model import (
    CONTROL_WORD_APID,
    DefinitionError,
    Enumeration,
    PacketDefinition,
    Parameter,
)
from decoders.mission.value_check import context_mistakes, limit_mistakes
from decoders.timecode import time_octets
from decoders.timescale import EPOCH_MEND, read_epoch

HEADER_BITS = 48
IDLE_APID = 0x7FF


@dataclass(frozen=True, slots=True)
class PacketSource:
    """A packet definition and where it was read: its file with the line of each field, and its table.

    ``table_file`` holds the keys (``apid``, ``name``) that name the packet, and ``table_line`` tells the line
    of each; without them the packet's own file is named.
    """

    definition: PacketDefinition
    file: str
    lines: Mapping[str, int] = field(default_factory=dict)
    columns: Sequence[str] = ()
    header_line: int = 0
    table_file: str = ""
    table_line: Callable[[str], int] = lambda key: 0
    derived_file: str = ""
    derived_lines: Mapping[str, int] = field(default_factory=dict)

    def error(self, parameter: Parameter, column: str, message: str, mend: str) -> DefinitionError:
        """Return an error about what a parameter's row says."""
        file, lines = self.file, self.lines
        if parameter.expression:
            file, lines = self.derived_file, self.derived_lines
        line = lines.get(parameter.name, 0)
        return DefinitionError(message, file=file, line=line, column=column, mend=mend)

    def table_error(self, key: str, message: str, mend: str) -> DefinitionError:
        """Return an error about what the packet's table says."""
        if not self.table_file:
            return DefinitionError(message, file=self.file, mend=mend)
        return DefinitionError(
            message, file=self.table_file, line=self.table_line(key), column=key, mend=mend
        )


def read_source(
    content: str | bytes,
    *,
    file: str,
    name: str,
    table_file: str = "",
    table_line: Callable[[str], int] = lambda key: 0,
    header: Sequence[Parameter] = (),
    **identity: Any,
) -> tuple[PacketSource | None, list[DefinitionError]]:
    """Read a packet CSV with the lines of its fields; ``None`` and every error if it cannot be used.

    ``header`` are the fields of a secondary header in front of those of the file. ``identity`` (``apid``,
    ``vehicle``, ``time`` …) is as for ``decoders.mission.csv.packet_of``.
    """
    read = parse_packet_csv(content, file=file, header=header)
    if read.errors:
        return None, read.errors
    definition = packet_of(read.parameters, name=name, **identity)
    source = PacketSource(
        definition, file, read.lines, read.columns, read.header_line, table_file, table_line
    )
    return source, []


def check_packets(sources: Sequence[PacketSource]) -> list[DefinitionError]:
    """Return everything that is wrong in a set of definitions, in the order of the files."""
    errors: list[DefinitionError] = []
    for source in sources:
        if source.definition.apid != CONTROL_WORD_APID:  # nobody wrote that one
            errors += _Packet(source).errors()
    errors += _shared_names(sources)
    return errors


def _shared_names(sources: Sequence[PacketSource]) -> Iterable[DefinitionError]:
    """Check that an identifier means one thing: packets, APIDs, and parameters that operators read."""
    packets: dict[str, str] = {}
    apids: dict[int, PacketDefinition] = {}
    parameters: dict[str, tuple[str, str]] = {}
    for source in sources:
        definition = source.definition
        name = definition.name.casefold()
        if name in packets:
            yield source.table_error(
                "name", f"packet {definition.name!r} is also defined in {packets[name]}",
                "Give each packet its own name; case does not tell them apart",
            )  # fmt: skip
        packets.setdefault(name, source.file)
        if definition.apid is not None:
            shared = apids.get(definition.apid)
            if shared is not None and not (definition.criteria or shared.criteria):
                yield source.table_error(
                    "apid", f"APID {definition.apid:#05x} is also that of {shared.name}",
                    "APIDs are unique over all vehicles, as packets are relayed",
                )  # fmt: skip
            apids.setdefault(definition.apid, definition)
        for parameter in definition.values:
            other = parameters.setdefault(parameter.name.casefold(), (definition.name, source.file))
            if other[0] != definition.name:
                yield source.error(
                    parameter, "name", f"{parameter.name!r} is also a parameter of {other[0]} ({other[1]})",
                    "Plots and alarms name a parameter alone: give it a name of its own",
                )  # fmt: skip


class _Packet:
    """The checks of one packet."""

    def __init__(self, source: PacketSource) -> None:
        self._source, self._definition = source, source.definition
        self._errors: list[DefinitionError] = []

    def errors(self) -> list[DefinitionError]:
        """Run every check."""
        apid = self._definition.apid
        if apid is not None and not 0 <= apid < IDLE_APID:
            text = f"{self._definition.name}: APID {apid}"
            mend = "An APID is 0 to 2046; 2047 is for idle packets"
            self._errors.append(self._source.table_error("apid", text, mend))
        self._check_columns()
        self._check_time()
        self._check_crc()
        self._check_length()
        for parameter in self._definition.parameters:
            self._check_enumeration(parameter)
            self._check_limits(parameter)
        for parameter in self._definition.derived:
            self._check_limits(parameter)
        phases = self._with_role("phase")
        if len(phases) > 1:
            self._bad(phases[1], "role", f"{phases[0].name!r} tells the phase too", "Keep one of them")
        return self._errors

    def _bad(self, parameter: Parameter | None, column: str, message: str, mend: str) -> None:
        if parameter is not None:
            self._errors.append(self._source.error(parameter, column, message, mend))
            return
        text = f"{self._definition.name}: {message}"
        self._errors.append(DefinitionError(text, file=self._source.file, column=column, mend=mend))

    def _with_role(self, role: str) -> list[Parameter]:
        return [parameter for parameter in self._definition.parameters if parameter.role == role]

    def _check_columns(self) -> None:
        source = self._source
        self._errors += misspelt_columns(source.columns, COLUMNS, source.file, source.header_line)

    def _check_time(self) -> None:
        fmt, marked = self._definition.time, self._with_role("time")
        if fmt.code == "none":
            if marked:
                self._bad(marked[0], "role", "no time format is given", "Add time to the packet's table")
            return
        if not marked:
            self._bad(None, "", f"no field holds its {fmt.code} time", "Give that field the role time")
            return
        if fmt.epoch != "tai" and not self._source.table_file:  # a table's reader tells where that stands
            try:
                read_epoch(fmt.epoch)
            except ValueError as error:
                self._bad(None, "", f"epoch: {error}", EPOCH_MEND)
        first = marked[0]
        if first.bit_offset is None or first.bit_offset % 8:
            self._bad(first, "bit_offset", "the time does not begin at an octet", "Move it to a whole octet")
            return
        # The time may be one field, or begin here and go on in the next ones.
        wanted, found = time_octets(fmt) * 8, first.bit_length * int(first.array_length or 1)
        if found > wanted and fmt.code not in ("ascii", "p-field"):
            self._bad(
                first, "bit_length", f"{found} bits, but the {fmt.code} time has {wanted}",
                "Make the field and the time format agree",
            )  # fmt: skip

    def _check_crc(self) -> None:
        marked = self._with_role("crc")
        if self._definition.crc and not marked:
            self._bad(None, "", "no field holds the CRC", "Add a last line: crc,uint,16 with the role crc")
        for parameter in marked:
            if parameter is not self._definition.parameters[-1] or parameter.bit_length != 16:
                self._bad(parameter, "role", "the CRC is not the last 16 bits", "Make it the last field")

    def _check_length(self) -> None:
        ends = [
            p.bit_offset + p.bit_length * (p.array_length or 1)
            for p in self._definition.parameters
            if p.bit_offset is not None and not isinstance(p.array_length, str)
        ]
        if self._definition.length_octets is None or not ends:
            return
        if max(ends) <= HEADER_BITS:
            self._bad(None, "", "no field lies behind the primary header", "Add the fields of the packet")
        elif max(ends) % 8:
            spare = -max(ends) % 8
            last = self._definition.parameters[-1]
            self._bad(
                last, "bit_length", f"the packet ends {spare} bits short of an octet",
                f"Add a last line: spare,fill,{spare}",
            )  # fmt: skip

    def _check_enumeration(self, parameter: Parameter) -> None:
        if not isinstance(parameter.calibration, Enumeration) or parameter.bit_length > 63:
            return
        bits = parameter.bit_length
        low, high = (
            (0, (1 << bits) - 1) if parameter.data_type == "uint" else (-(1 << bits - 1), (1 << bits - 1) - 1)
        )
        values = [*parameter.calibration.labels, *(v for r in parameter.calibration.ranges for v in r[:2])]
        outside = [value for value in values if not low <= value <= high]
        if outside:
            self._bad(
                parameter, "enumeration", f"{outside[0]} does not fit {bits} bits",
                f"Values go from {low} to {high}",
            )  # fmt: skip

    def _check_limits(self, parameter: Parameter) -> None:
        for mistake in limit_mistakes(parameter):
            self._bad(parameter, mistake.column, mistake.message, mistake.mend)


def context_errors(sources: Sequence[PacketSource]) -> list[DefinitionError]:
    """Return the contexts of calibrations and limits that no row of their packet could tell."""
    return [
        source.error(*mistake[:4]) for source in sources for mistake in context_mistakes(source.definition)
    ]


def misspelt_columns(
    columns: Sequence[str], known: Sequence[str], file: str, line: int
) -> Iterable[DefinitionError]:
    """Yield the columns that are like one of ours; any other that nobody reads is fine, as in ccsdspy."""
    absent = [column for column in known if column not in columns]
    for column in columns:
        near = get_close_matches(column.casefold(), absent, 1, 0.8) if column not in known else []
        if near:
            yield DefinitionError(
                f"nothing reads a column {column!r}", file=file, line=line, column=column,
                mend=f"Rename it to {near[0]!r}",
            )  # fmt: skip
