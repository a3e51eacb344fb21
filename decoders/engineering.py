"""Engineering values of a packet's parameters, each row calibrated as its context says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decoders.calibration import calibrate, calibrate_one
from decoders.contexts import NO_CONTEXT, chosen, condition
from decoders.expression import ExpressionError
from decoders.expression_values import ColumnValues, element
from decoders.mission.model import ContextCalibration, ContextLimits, Limits, PacketDefinition, Parameter


def columns_of(packet: PacketDefinition, raw: Mapping[str, NDArray]) -> ColumnValues:
    """Return the raw columns of one packet type as expressions read them."""
    return ColumnValues({each.name: each for each in (*packet.parameters, *packet.derived)}, raw)


def engineering(
    packet: PacketDefinition, parameter: Parameter, raw: Mapping[str, NDArray]
) -> NDArray[np.float64]:
    """Return a parameter's engineering values as ``decoders.calibration.calibrate`` does.

    ``raw`` holds the columns of the packet's rows (``PacketTable.raw``), as others tell the context.
    """
    column = raw[parameter.name]
    if not parameter.context_calibrations:
        return calibrate(parameter, column)
    which = chosen(parameter.context_calibrations, columns_of(packet, raw), len(column))
    return calibrate(parameter, column, which)


def context_names(packet: PacketDefinition, parameter: Parameter) -> frozenset[str]:
    """Return the parameters of the packet that tell a parameter's contexts, and theirs in turn."""
    known = {each.name: each for each in (*packet.parameters, *packet.derived)}
    found: set[str] = set()
    waiting = [parameter]
    while waiting:
        each = waiting.pop()
        whens = [context.when for context in each.context_calibrations]
        if each is parameter:
            whens += [context.when for context in each.context_limits]
        for when in whens:
            try:
                names = condition(when).names
            except ExpressionError:
                continue
            for name in names:
                base = name if name in known else element(name)[0]
                if base in known and base not in found:
                    found.add(base)
                    waiting.append(known[base])
    return frozenset(found)


def row_columns(packet: PacketDefinition, row: Mapping[str, Any]) -> ColumnValues:
    """Return one row of plain values (numbers, strings, lists, ``None``) as expressions read it."""
    return columns_of(packet, _OneRow(row))


def context_of_row(
    packet: PacketDefinition,
    contexts: tuple[ContextCalibration, ...] | tuple[ContextLimits, ...],
    row: Mapping[str, Any],
) -> int:
    """Return which context holds in one row of plain values, counted from 1."""
    return int(chosen(contexts, row_columns(packet, row), 1)[0]) if contexts else NO_CONTEXT


def engineering_one(packet: PacketDefinition, parameter: Parameter, row: Mapping[str, Any]) -> float:
    """Return a scalar's engineering value in one row of plain values; NaN where it has no number."""
    raw = row.get(parameter.name)
    if isinstance(raw, list):
        return float("nan")
    return calibrate_one(parameter, raw, context_of_row(packet, parameter.context_calibrations, row))


def limits_of_row(
    packet: PacketDefinition, parameter: Parameter, row: Mapping[str, Any] | None
) -> Limits | None:
    """Return the limits that hold in one row of plain values; without a row those of no context."""
    sets = parameter.limit_sets
    if not sets or row is None:
        return parameter.limits
    return sets[context_of_row(packet, parameter.context_limits, row)]


class _OneRow(Mapping[str, NDArray]):
    """A row's values as columns of one element, made when they are read."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self._row = row

    def __getitem__(self, name: str) -> NDArray:
        value = self._row[name]
        if value is None:
            return np.full(1, np.nan)
        if isinstance(value, int | float | np.number):
            return np.array([value])
        column = np.empty(1, object)
        column[0] = value.encode() if isinstance(value, str) else value
        return column

    def __iter__(self) -> Any:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)
