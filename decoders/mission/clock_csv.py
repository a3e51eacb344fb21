"""The clock file of a vehicle: one correlation of its on-board clock with UTC a line.

``onboard,utc,rate_ppm,valid_until``: what the clock showed, in seconds from the epoch of its time code or
as the UTC that the code tells by itself; the UTC at that instant; how fast the clock went from then on, and
up to when that may be relied on. The last two may be left out.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from decoders.clock import FASTEST_PPM
from decoders.mission.cells import CellError
from decoders.mission.check import misspelt_columns
from decoders.mission.csv_rows import CsvTable, Row, read_rows
from decoders.mission.model import ClockCorrelation, ClockRow, DefinitionError
from decoders.timescale import SECOND_NS, parse_utc, utc_text

REQUIRED = ("onboard", "utc")
COLUMNS = (*REQUIRED, "rate_ppm", "rate", "valid_until")
_SECONDS = re.compile(r"(-?)(\d{1,10})(?:\.(\d{1,9})\d*)?\Z", re.ASCII)
_LONGEST_S = 8_000_000_000


@dataclass(slots=True)
class ClockCsv(CsvTable):
    """What the file gave: every row that could be read, and every error."""

    rows: list[ClockRow] = field(default_factory=list)
    counted: bool = True

    @property
    def correlation(self) -> ClockCorrelation:
        """The rows as a correlation."""
        return ClockCorrelation(tuple(self.rows), self.counted)


def parse_clock_csv(content: str | bytes, *, file: str) -> ClockCsv:
    """Read every row that can be read and collect every error of the file, in order."""
    read = ClockCsv()
    counted: bool | None = None
    before: ClockRow | None = None
    for row in read_rows(content, file=file, required=REQUIRED, into=read):
        errors = len(read.errors)
        row.demand(REQUIRED, "Write what the clock showed, and the UTC at that instant")
        shown = row.cells.get("onboard", "")
        seconds = bool(_SECONDS.match(shown))
        dated = shown[4:5] == "-" and not seconds
        found = ClockRow(
            row.cell("onboard", _instant if dated else _seconds, 0),
            row.cell("utc", _instant, 0),
            _rate(row),
            row.cell("valid_until", _instant, None),
        )
        if len(read.errors) == errors:
            counted = seconds if counted is None else counted
            _check(row, found, before, counted, seconds)
        if len(read.errors) == errors:
            read.rows.append(found)
            before = found
    read.counted = counted is not False
    read.errors += misspelt_columns(read.columns, COLUMNS, file, read.header_line)
    if not read.errors and not read.rows:
        read.errors.append(
            DefinitionError("no correlation", file=file, line=1, mend="Add a row: onboard seconds, UTC")
        )
    return read


def _check(row: Row, found: ClockRow, before: ClockRow | None, counted: bool, seconds: bool) -> None:
    """Note what does not fit the rows before."""
    if seconds is not counted:
        row.bad("onboard", "seconds in one row, a date in another", "Write all rows alike")
    if before is not None and found.utc_ns <= before.utc_ns:
        mend = "Write the rows in order of UTC; only on-board time may step back"
        row.bad("utc", "not after the row before", mend)
    elif before is not None and found.onboard_ns == before.onboard_ns:
        row.bad("onboard", "the clock shows what it showed in the row before", "Keep one of the two rows")
    if found.valid_until_ns is not None and found.valid_until_ns < found.utc_ns:
        row.bad("valid_until", "before the row itself", "Write a later UTC, or leave the cell empty")


def _rate(row: Row) -> float | None:
    if row.cells.get("rate") and row.cells.get("rate_ppm"):
        row.bad("rate", "the row has a rate_ppm too", "Leave one of the two empty")
    ppm = row.cell("rate_ppm", _number(0.0, FASTEST_PPM), None)
    rate = row.cell("rate", _number(1.0, FASTEST_PPM * 1e-6), None)
    return ppm if rate is None else (rate - 1) * 1e6


def _number(middle: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not abs(number - middle) < most:
            unit = "millionths" if middle == 0 else "seconds of UTC in an on-board second, such as 1.0000002"
            raise CellError(f"{text!r} is no rate of a clock", f"Write {unit}")
        return number

    return read


def _seconds(text: str) -> int:
    match = _SECONDS.match(text)
    if match is None or int(match[2]) > _LONGEST_S:
        raise CellError(
            f"{text!r} is no on-board time",
            "Write seconds from the epoch, such as 2173729117.25, or a date",
        )
    ns = int(match[2]) * SECOND_NS + int((match[3] or "").ljust(9, "0"))
    return -ns if match[1] else ns


def _instant(text: str) -> int:
    try:
        ns = parse_utc(text)
    except ValueError as error:
        raise CellError(str(error), "Write it as 2026-11-18T21:38:00Z") from None
    if abs(ns) > _LONGEST_S * SECOND_NS:
        raise CellError(f"{text!r} is too far from today", "Write it as 2026-11-18T21:38:00Z")
    return ns


def write_clock_csv(correlation: ClockCorrelation) -> str:
    """Return the clock file of a correlation."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("onboard", "utc", "rate_ppm", "valid_until"))
    for row in correlation.rows:
        seconds, rest = divmod(abs(row.onboard_ns), SECOND_NS)
        count = f"{'-' if row.onboard_ns < 0 else ''}{seconds}.{rest:09d}"
        writer.writerow(
            (
                count if correlation.counted else utc_text(row.onboard_ns),
                utc_text(row.utc_ns),
                "" if row.rate_ppm is None else repr(row.rate_ppm),
                "" if row.valid_until_ns is None else utc_text(row.valid_until_ns),
            )
        )
    return text.getvalue()
