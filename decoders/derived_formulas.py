"""The formulas of derived parameters: what each reads, in an order in which they can be computed."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from decoders.expression import Expression
from decoders.expression_check import check_expression
from decoders.expression_tokens import ExpressionError
from decoders.expression_values import element
from decoders.mission.model import PacketDefinition, Parameter


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


@dataclass(frozen=True, slots=True)
class Formula:
    """One derived parameter compiled: what it reads, by the name it writes."""

    packet: PacketDefinition
    parameter: Parameter
    expression: Expression
    reads: Mapping[str, Home]


def derived_mistakes(packets: Sequence[PacketDefinition]) -> list[DerivedMistake]:
    """Return what keeps derived parameters of a set of packet types from being computed."""
    return compiled(packets)[1]


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


def compiled(packets: Sequence[PacketDefinition]) -> tuple[list[Formula], list[DerivedMistake]]:
    """Return the formulas, each behind those that it reads, and everything that is wrong."""
    formulas: dict[tuple[str, str], Formula] = {}
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
            formulas[packet.name, parameter.name] = Formula(packet, parameter, expression, reads)
    return _ordered(formulas, mistakes), mistakes


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


def _ordered(formulas: Mapping[tuple[str, str], Formula], mistakes: list[DerivedMistake]) -> list[Formula]:
    """Sort formulas so that each comes behind those it reads; a circle is a mistake of all in it."""
    waiting = {
        key: {
            (home.packet.name, home.parameter.name)
            for home in formula.reads.values()
            if home.parameter.expression
        }
        for key, formula in formulas.items()
    }
    ordered: list[Formula] = []
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
