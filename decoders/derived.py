"""Derived parameters: columns that no packet carries, computed from those that packets do.

A derived parameter has a value in each row of its packet. What it reads of the same packet is of the same
row; of another packet it is the latest value received by then, and none before the first. Packets that came
by playback are computed among themselves: old values never mix with present ones.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from decoders.expression import Evaluator, Expression
from decoders.expression_check import check_expression
from decoders.expression_tokens import ExpressionError
from decoders.expression_values import ColumnValues, element
from decoders.mission.model import DefinitionError, PacketDefinition, Parameter
from decoders.shapes import PacketBatch, PacketQuality, PacketTable


class DerivedMistake(NamedTuple):
    """What is wrong with a derived parameter, and the mend."""

    packet: PacketDefinition
    parameter: Parameter
    message: str
    mend: str


class _Home(NamedTuple):
    """Where a name that an expression reads is at home."""

    packet: PacketDefinition
    parameter: Parameter


@dataclass(frozen=True, slots=True)
class _Formula:
    """One derived parameter compiled: what it reads, by the name it writes."""

    packet: PacketDefinition
    parameter: Parameter
    expression: Expression
    reads: Mapping[str, _Home]


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
        self._formulas, mistakes = _compiled(packets)
        for mistake in mistakes:
            raise DefinitionError(
                f"{mistake.packet.name}: {mistake.parameter.name}: {mistake.message}",
                column="expression", mend=mistake.mend,
            )  # fmt: skip
        self._parameters: dict[str, dict[str, Parameter]] = {}
        self._sources: dict[str, dict[str, None]] = {}
        for formula in self._formulas:
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
        for number, formula in enumerate(self._formulas):
            name = formula.packet.name
            for group, part in parts.get(name, {}).items():
                result = self._evaluate(number, formula, group, part, batch, found, parts)
                _put(found[name], formula.parameter.name, result, part)
        for name, wanted in self._sources.items():
            for group, part in parts.get(name, {}).items():
                for parameter in wanted:
                    column = found[name].raw[parameter]
                    last = len(column) - 1 if part.pick is None else part.pick[-1]
                    self._latest[group, name, parameter] = column[last : last + 1].copy()

    def _evaluate(
        self,
        number: int,
        formula: _Formula,
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
        home: _Home,
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


def derived_mistakes(packets: Sequence[PacketDefinition]) -> list[DerivedMistake]:
    """Return what keeps derived parameters of a set of packet types from being computed."""
    return _compiled(packets)[1]


def computable(
    packets: Sequence[PacketDefinition],
) -> tuple[list[PacketDefinition], list[DerivedMistake]]:
    """Return packet types without the derived parameters that these packets alone do not give, and those."""
    kept, left_out = list(packets), list[DerivedMistake]()
    while mistakes := derived_mistakes(kept):
        left_out += mistakes
        names = {(each.packet.name, each.parameter.name) for each in mistakes}
        kept = [
            replace(p, derived=tuple(d for d in p.derived if (p.name, d.name) not in names)) for p in kept
        ]
    return kept, left_out


def _compiled(packets: Sequence[PacketDefinition]) -> tuple[list[_Formula], list[DerivedMistake]]:
    """Return the formulas, each behind those that it reads, and everything that is wrong."""
    formulas: dict[tuple[str, str], _Formula] = {}
    mistakes: list[DerivedMistake] = []
    homes = _homes(packets) if any(packet.derived for packet in packets) else {}
    for packet in packets:
        if not packet.derived:
            continue
        scope = _scope(packet, homes)
        parameters = {name: home.parameter for name, home in scope.items()}
        for parameter in packet.derived:
            try:
                expression = Expression.parse(parameter.expression)
                check_expression(expression, parameters)
            except ExpressionError as error:
                place = f"{error.message}, at character {error.position + 1}"
                mistakes.append(DerivedMistake(packet, parameter, place, error.mend))
                continue
            names = [name if name in scope else element(name)[0] for name in sorted(expression.names)]
            reads = {name: scope[name] for name in names}
            formulas[packet.name, parameter.name] = _Formula(packet, parameter, expression, reads)
    return _ordered(formulas, mistakes), mistakes


def _homes(packets: Sequence[PacketDefinition]) -> dict[str, dict[str, _Home]]:
    """Return what packets offer to others, by vehicle: each value by its name, and as ``packet.name``."""
    homes: dict[str, dict[str, _Home]] = {"": {}}
    for packet in packets:
        for parameter in packet.values:
            home = _Home(packet, parameter)
            for vehicle in {packet.vehicle, ""}:
                own = homes.setdefault(vehicle, {})
                own.setdefault(parameter.name, home)
                own.setdefault(f"{packet.name}.{parameter.name}", home)
    return homes


def _scope(packet: PacketDefinition, homes: dict[str, dict[str, _Home]]) -> Mapping[str, _Home]:
    """Return what a packet's expressions may read: its own fields, its vehicle's values, all others."""
    fields = (p for p in packet.parameters if p.data_type != "fill")
    own = {parameter.name: _Home(packet, parameter) for parameter in (*fields, *packet.derived)}
    return ChainMap(own, homes.get(packet.vehicle, {}), homes[""])


def _ordered(formulas: Mapping[tuple[str, str], _Formula], mistakes: list[DerivedMistake]) -> list[_Formula]:
    """Sort formulas so that each comes behind those it reads; a circle is a mistake of all in it."""
    waiting = {
        key: {
            (home.packet.name, home.parameter.name)
            for home in formula.reads.values()
            if home.parameter.expression
        }
        for key, formula in formulas.items()
    }
    ordered: list[_Formula] = []
    while ready := [key for key, needs in waiting.items() if not needs & waiting.keys()]:
        for key in ready:
            del waiting[key]
            ordered.append(formulas[key])
    for key in waiting:
        circle = _circle(key, waiting)
        if circle:
            formula = formulas[key]
            mistakes.append(
                DerivedMistake(
                    formula.packet, formula.parameter, f"it reads itself: {' → '.join(circle)}",
                    "Take one of them out of the others' expressions",
                )
            )  # fmt: skip
    return ordered


def _circle(start: tuple[str, str], waiting: Mapping[tuple[str, str], set[tuple[str, str]]]) -> list[str]:
    """Return the names on a way from a parameter back to itself; empty where there is none."""
    before: dict[tuple[str, str], tuple[str, str]] = {}
    ahead = [start]
    while ahead:
        at = ahead.pop(0)
        for needed in sorted(waiting.get(at, ())):
            if needed == start:
                way = [start, at]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return [name for _, name in (*([start] if at == start else way[::-1]), start)]
            if needed not in before:
                before[needed] = at
                ahead.append(needed)
    return []


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
