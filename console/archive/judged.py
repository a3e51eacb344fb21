"""Stored rows as traces: engineering values with their severities, each row in its context."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.archive.cells import restored
from console.archive.column import Column
from console.archive.rawrows import read_raw
from console.archive.shapes import Trace
from decoders.calibration import calibrate
from decoders.contexts import chosen
from decoders.engineering import columns_of, context_names
from decoders.expression_values import ColumnValues
from decoders.limits import Judge
from decoders.mission.model import PacketDefinition, Parameter
from decoders.rates import Rates
from decoders.shapes import NO_TIME


@dataclass(frozen=True, slots=True)
class Wanted:
    """Scalar parameters of one packet type, each with its column, and the columns that contexts read."""

    packet: PacketDefinition
    fields: Sequence[tuple[Parameter, Column]]
    context: Sequence[Column] = ()


def wanted(
    packet: PacketDefinition, fields: Sequence[tuple[Parameter, Column]], held: Iterable[Column]
) -> Wanted:
    """Return the parameters with those of the packet's columns that tell their contexts."""
    names = {name for parameter, _ in fields for name in context_names(packet, parameter)}
    return Wanted(packet, fields, [column for column in held if column.parameter in names])


def context_of(
    connection: sqlite3.Connection, asked: Wanted, after_id: int, upto_id: int
) -> ColumnValues | None:
    """Read what tells the context of each row; ``None`` where nothing does."""
    if not asked.context:
        return None
    *_, raw = read_raw(connection, list(asked.context), after_id, upto_id)
    return columns_of(asked.packet, raw)


def judged(
    parameter: Parameter,
    column: Column,
    t_ns: NDArray[np.int64],
    cells: Sequence[Any],
    seen: ColumnValues | None = None,
) -> Trace:
    """Return one parameter's rows; the first has no rate of change, as the row before is not read."""
    calibrated = which = None
    if seen is not None:
        calibrated = chosen(parameter.context_calibrations, seen, len(t_ns))
        which = chosen(parameter.context_limits, seen, len(t_ns))
    values = calibrate(parameter, restored(column, cells), calibrated)
    if not parameter.limit_sets:
        return Trace(t_ns, values, values, np.zeros(len(values), np.uint8))
    worst = Judge.of(parameter).severity(values, which)
    of_rates = Judge.of_rates(parameter)
    if of_rates is not None:
        rates = Rates().feed(values, np.full(len(t_ns), NO_TIME), t_ns)
        worst = np.maximum(worst, of_rates.severity(rates, which))
    return Trace(t_ns, values, values, worst)
