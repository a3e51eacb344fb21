"""The formulas of derived parameters: what each reads, in an order in which they can be computed."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from decoders.engineering import context_names
from decoders.expression import Expression
from decoders.expression_check import check_expression
from decoders.expression_tokens import ExpressionError
from decoders.expression_values import element
from decoders.mission.model import PacketDefinition, Parameter

MOST_MISTAKES = 100
"""So many are told at once."""
_Key = tuple[str, str]
"""Packet and parameter."""


class DerivedMistake(NamedTuple):
    """What is wrong with a derived parameter, and the mend."""

    packet: PacketDefinition
    parameter: Parameter
    message: str
    mend: str


class Home(NamedTuple):
    """Where a name that an expression reads is at home."""

    packet: PacketDefinition
    parameter: Parameter

    @property
    def key(self) -> _Key:
        """Packet and parameter by name."""
        return self.packet.name, self.parameter.name


@dataclass(frozen=True, slots=True)
class Formula:
    """One derived parameter compiled: what it reads, by the name it writes."""

    packet: PacketDefinition
    parameter: Parameter
    expression: Expression
    reads: Mapping[str, Home]


class _Readable(Mapping[str, Parameter]):
    """The parameters of a scope by name, found when asked for: a mission has many."""

    def __init__(self, scope: Mapping[str, Home]) -> None:
        self._scope = scope

    def __getitem__(self, name: str) -> Parameter:
        return self._scope[name].parameter

    def __iter__(self) -> Iterator[str]:
        return iter(self._scope)

    def __len__(self) -> int:
        return len(self._scope)


def derived_mistakes(packets: Sequence[PacketDefinition]) -> list[DerivedMistake]:
    """Return what keeps derived parameters of a set of packet types from being computed."""
    return compiled(packets)[1]


def computable(packets: Sequence[PacketDefinition]) -> tuple[list[PacketDefinition], list[str]]:
    """Return packet types without the derived parameters that need others too, and the names of those.

    The whole set of packet types has been checked before.
    """
    homes = _homes(packets)
    readers: dict[_Key, list[_Key]] = {}
    lost: dict[_Key, None] = {}
    for packet in packets:
        scope = _scope(packet, homes)
        for parameter in packet.derived:
            key = packet.name, parameter.name
            try:
                reads = _reads(Expression.parse(parameter.expression), scope)
            except (ExpressionError, KeyError):
                lost[key] = None
                continue
            for home in reads.values():
                readers.setdefault(home.key, []).append(key)
    ahead = list(lost)
    while ahead:
        found = [key for key in readers.get(ahead.pop(), ()) if key not in lost]
        lost |= dict.fromkeys(found)
        ahead += found
    kept = [replace(p, derived=tuple(d for d in p.derived if (p.name, d.name) not in lost)) for p in packets]
    return kept, [name for _, name in lost]


def compiled(packets: Sequence[PacketDefinition]) -> tuple[list[Formula], list[DerivedMistake]]:
    """Return the formulas, each behind those that it reads, and what is wrong, up to ``MOST_MISTAKES``."""
    formulas: dict[_Key, Formula] = {}
    mistakes: list[DerivedMistake] = []
    homes = _homes(packets) if any(packet.derived for packet in packets) else {}
    for packet in packets:
        scope = _scope(packet, homes) if packet.derived else {}
        for parameter in packet.derived:
            try:
                expression = Expression.parse(parameter.expression)
                check_expression(expression, _Readable(scope))
                _check_contexts(expression, packet, scope)
            except ExpressionError as error:
                place = f"{error.message}, at character {error.position + 1}"
                mistakes.append(DerivedMistake(packet, parameter, place, error.mend))
                if len(mistakes) == MOST_MISTAKES:
                    return [], mistakes
                continue
            reads = _with_contexts(_reads(expression, scope), packet)
            formulas[packet.name, parameter.name] = Formula(packet, parameter, expression, reads)
    return _ordered(formulas, mistakes), mistakes


def _check_contexts(expression: Expression, packet: PacketDefinition, scope: Mapping[str, Home]) -> None:
    """Refuse values of other packets whose calibration changes with a context: that is not at hand here."""
    for step in expression.steps:
        if step.operation not in ("name", "prev", "rate"):
            continue
        home = scope[step.name if step.name in scope else element(step.name)[0]]
        if home.parameter.context_calibrations and home.packet.name != packet.name:
            raise ExpressionError(
                f"{step.name} of {home.packet.name} is calibrated in context", step.position,
                f"Derive {step.name} in {home.packet.name} first, and read that here",
            )  # fmt: skip


def _with_contexts(reads: dict[str, Home], packet: PacketDefinition) -> dict[str, Home]:
    """Add what tells the context of calibrations; it is of the same packet."""
    for home in list(reads.values()):
        if home.parameter.context_calibrations and home.packet.name == packet.name:
            for name in context_names(packet, home.parameter):
                reads.setdefault(name, Home(packet, packet.parameter(name)))
    return reads


def _reads(expression: Expression, scope: Mapping[str, Home]) -> dict[str, Home]:
    """Return where each name is at home; raise ``KeyError`` for one that is not."""
    names = [name if name in scope else element(name)[0] for name in sorted(expression.names)]
    return {name: scope[name] for name in names}


def _homes(packets: Sequence[PacketDefinition]) -> dict[str, dict[str, Home]]:
    """Return what packets offer to others, by vehicle: each value by its name, and as ``packet.name``."""
    homes: dict[str, dict[str, Home]] = {"": {}}
    for packet in packets:
        for parameter in packet.values:
            home = Home(packet, parameter)
            for vehicle in {packet.vehicle, ""}:
                own = homes.setdefault(vehicle, {})
                own.setdefault(parameter.name, home)
                own.setdefault(f"{packet.name}.{parameter.name}", home)
    return homes


def _scope(packet: PacketDefinition, homes: dict[str, dict[str, Home]]) -> Mapping[str, Home]:
    """Return what a packet's expressions may read: its own fields, its vehicle's values, all others."""
    fields = (p for p in packet.parameters if p.data_type != "fill")
    own = {parameter.name: Home(packet, parameter) for parameter in (*fields, *packet.derived)}
    return ChainMap(own, homes.get(packet.vehicle, {}), homes[""])


def _ordered(formulas: dict[_Key, Formula], mistakes: list[DerivedMistake]) -> list[Formula]:
    """Sort formulas so that each comes behind those it reads; a circle is a mistake of all in it."""
    while len(mistakes) < MOST_MISTAKES:
        graph = {
            key: [home.key for home in formula.reads.values() if home.key in formulas]
            for key, formula in formulas.items()
        }
        try:
            return [formulas[key] for key in TopologicalSorter(graph).static_order()]
        except CycleError as error:
            circle: list[_Key] = error.args[1][:0:-1]  # from each to what it reads, its end left out
        for i, key in enumerate(circle):
            formula = formulas.pop(key)
            way = [name for _, name in (*circle[i:], *circle[: i + 1])]
            mistakes.append(
                DerivedMistake(
                    formula.packet, formula.parameter, f"it reads itself: {' → '.join(way)}",
                    "Take one of them out of the others' expressions",
                )
            )  # fmt: skip
    return []
