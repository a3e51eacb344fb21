"""Derived parameters: columns that no packet carries, computed from those that packets do.

A derived parameter has a value in each row of its packet. What it reads of the same packet is of the same
row; of another packet it is the latest value received by then, and none before the first. Packets that came
by playback are computed among themselves: old values never mix with present ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from decoders.derived_formulas import Formula, Home, compiled
from decoders.expression import Evaluator
from decoders.expression_values import ColumnValues
from decoders.mission.model import DefinitionError, PacketDefinition, Parameter
from decoders.shapes import PacketBatch, PacketQuality, PacketTable


class _Group(NamedTuple):
    """Rows that are computed together: of one vehicle, received directly or by playback."""

    vehicle: str
    playback: bool


@dataclass(slots=True)
class _Part:
    """The rows of one group in one table; ``pick`` chooses them, ``None`` where they are all."""

    rows: NDArray[np.int64]
    pick: NDArray[np.int64] | None
    columns: dict[str, NDArray] = field(default_factory=dict)
    """What expressions read, by the name they write."""
    values: ColumnValues | None = None


class Derived:
    """Computes the derived parameters of a set of packet types, batch after batch of one link."""

    def __init__(self, packets: Sequence[PacketDefinition]) -> None:
        """Compile them; raise ``DefinitionError`` for the first that cannot be computed."""
        self._formulas, mistakes = compiled(packets)
        for mistake in mistakes:
            raise DefinitionError(
                f"{mistake.packet.name}: {mistake.parameter.name}: {mistake.message}",
                column="expression", mend=mistake.mend,
            )  # fmt: skip
        self._parameters: dict[str, dict[str, Parameter]] = {}
        self._sources: dict[str, dict[str, None]] = {}
        self._numbers: dict[str, list[int]] = {}
        for number, formula in enumerate(self._formulas):
            self._numbers.setdefault(formula.packet.name, []).append(number)
            known = self._parameters.setdefault(formula.packet.name, {})
            for name, home in formula.reads.items():
                known[name] = home.parameter
                if home.packet.name != formula.packet.name:
                    self._sources.setdefault(home.packet.name, {})[home.parameter.name] = None
        self._evaluators: dict[tuple[_Group, int], Evaluator] = {}
        self._latest: dict[tuple[_Group, str, str], NDArray] = {}

    def __bool__(self) -> bool:
        """Tell whether there is anything to compute."""
        return bool(self._formulas)

    def compute(self, batch: PacketBatch, tables: Sequence[PacketTable]) -> None:
        """Add the columns (float64) of one batch to its tables, and remember what others will read."""
        found = {table.packet.name: table for table in tables if len(table.rows)}
        parts = {
            name: dict(_parts(batch, table))
            for name, table in found.items()
            if name in self._parameters or name in self._sources
        }
        for number in sorted(number for name in parts for number in self._numbers.get(name, ())):
            formula = self._formulas[number]
            name = formula.packet.name
            for group, part in parts[name].items():
                result = self._evaluate(number, formula, group, part, batch, found, parts)
                _put(found[name], formula.parameter.name, result, part)
        for name in parts:
            for group, part in parts[name].items():
                for parameter in self._sources.get(name, ()):
                    column = found[name].raw[parameter]
                    last = len(column) - 1 if part.pick is None else part.pick[-1]
                    self._latest[group, name, parameter] = column[last : last + 1].copy()

    def _evaluate(
        self,
        number: int,
        formula: Formula,
        group: _Group,
        part: _Part,
        batch: PacketBatch,
        found: Mapping[str, PacketTable],
        parts: Mapping[str, Mapping[_Group, _Part]],
    ) -> NDArray[np.float64]:
        own = formula.packet.name
        for name, home in formula.reads.items():
            if name in part.columns:
                continue
            if home.packet.name == own:
                part.columns[name] = _picked(found[own].raw[home.parameter.name], part)
            else:
                source = _Group(home.packet.vehicle or group.vehicle, group.playback)
                part.columns[name] = self._as_known(home, source, part.rows, found, parts)
        if part.values is None:
            part.values = ColumnValues(self._parameters[own], part.columns)
        if not formula.expression.memory:
            return formula.expression.evaluate(part.values, len(part.rows))
        evaluator = self._evaluators.get((group, number))
        if evaluator is None:
            evaluator = self._evaluators[group, number] = Evaluator(formula.expression)
        return evaluator.evaluate(part.values, batch.generation_ns[part.rows], batch.reception_ns[part.rows])

    def _as_known(
        self,
        home: Home,
        group: _Group,
        rows: NDArray[np.int64],
        found: Mapping[str, PacketTable],
        parts: Mapping[str, Mapping[_Group, _Part]],
    ) -> NDArray:
        """Return a parameter of another packet as it was last received before each of the rows."""
        packet, parameter = home.packet.name, home.parameter.name
        before = self._latest.get((group, packet, parameter))
        part = parts.get(packet, {}).get(group)
        if part is None:
            return np.full(len(rows), np.nan) if before is None else before.repeat(len(rows), axis=0)
        column = _picked(found[packet].raw[parameter], part)
        at = np.searchsorted(part.rows, rows)
        if before is not None:
            return _joined(before, column)[at]
        known = column[np.maximum(at - 1, 0)]
        return known if at.all() else np.ma.MaskedArray(known, _spread(at == 0, known.shape))


def _parts(batch: PacketBatch, table: PacketTable) -> Iterator[tuple[_Group, _Part]]:
    """Part a table's rows by group."""
    rows, own = table.rows, table.packet.vehicle
    playback = batch.quality[rows] & int(PacketQuality.PLAYBACK) != 0
    vehicles = [own] if own else [batch.vehicle[row] for row in rows.tolist()]
    kinds = {_Group(vehicle, back) for vehicle in set(vehicles) for back in set(playback.tolist())}
    if len(kinds) == 1:
        yield kinds.pop(), _Part(rows, None)
        return
    of_vehicle = np.array(vehicles if not own else [own] * len(rows), object)
    for group in sorted(kinds):
        pick = np.flatnonzero((of_vehicle == group.vehicle) & (playback == group.playback))
        if len(pick):
            yield group, _Part(rows[pick], pick)


def _picked(column: NDArray, part: _Part) -> NDArray:
    picked: NDArray = column if part.pick is None else column[part.pick]
    return picked


def _put(table: PacketTable, name: str, result: NDArray[np.float64], part: _Part) -> None:
    if part.pick is None:
        table.raw[name] = result
    else:
        column = table.raw.setdefault(name, np.full(len(table.rows), np.nan))
        column[part.pick] = result


def _joined(before: NDArray, column: NDArray) -> NDArray:
    if isinstance(before, np.ma.MaskedArray) or isinstance(column, np.ma.MaskedArray):
        return np.ma.concatenate([before, column])  # type: ignore[no-any-return]
    return np.concatenate([before, column])


def _spread(absent: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return a mask of rows as one of the shape of an array."""
    return np.broadcast_to(absent.reshape(-1, *(1 for _ in shape[1:])), shape)
