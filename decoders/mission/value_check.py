"""Whether calibrations and limits fit their parameter, and contexts the packet that they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from typing import NamedTuple

from decoders.contexts import condition
from decoders.expression import ExpressionError
from decoders.expression_check import check_expression
from decoders.expression_values import element
from decoders.limits import numbers_of
from decoders.mission.model import Band, Enumeration, Limits, PacketDefinition, Parameter, Severity


class ValueMistake(NamedTuple):
    """What is wrong in a parameter's column, and the mend."""

    parameter: Parameter
    column: str
    message: str
    mend: str
    when: str = ""
    """The context that it is about, if any."""


def context_mistakes(packet: PacketDefinition) -> Iterator[ValueMistake]:
    """Yield the contexts that no row of a packet could tell."""
    fields = {each.name: each for each in packet.parameters if each.is_value}
    everything = fields | {each.name: each for each in packet.derived}
    for parameter in (*packet.parameters, *packet.derived):
        for calibrated in parameter.context_calibrations:
            bad = _context_mistake(calibrated.when, fields, packet, calibrates=True)
            if bad is not None:
                yield ValueMistake(parameter, "context_calibration", *bad, calibrated.when)
        for limited in parameter.context_limits:
            bad = _context_mistake(limited.when, everything, packet, calibrates=False)
            if bad is not None:
                yield ValueMistake(parameter, "context_limits", *bad, limited.when)


def without_lost_contexts(packet: PacketDefinition) -> tuple[PacketDefinition, list[ValueMistake]]:
    """Return a packet type without the contexts that no row of it could tell, and those."""
    lost = list(context_mistakes(packet))
    if not lost:
        return packet, lost
    gone = {(each.parameter.name, each.column, each.when) for each in lost}

    def kept(parameter: Parameter) -> Parameter:
        return replace(
            parameter,
            context_calibrations=tuple(
                each
                for each in parameter.context_calibrations
                if (parameter.name, "context_calibration", each.when) not in gone
            ),
            context_limits=tuple(
                each
                for each in parameter.context_limits
                if (parameter.name, "context_limits", each.when) not in gone
            ),
        )

    parameters, derived = (tuple(map(kept, each)) for each in (packet.parameters, packet.derived))
    return replace(packet, parameters=parameters, derived=derived), lost


def _context_mistake(
    when: str, known: dict[str, Parameter], packet: PacketDefinition, *, calibrates: bool
) -> tuple[str, str] | None:
    """Return what is wrong with a context that may read these parameters, and the mend."""
    try:
        expression = condition(when)
        if expression.memory:
            return f"when {when}: it looks at the row before", "Compute that as a derived parameter"
        check_expression(expression, known)
    except ExpressionError as error:
        mend = error.mend
        if error.message.startswith("there is no parameter") and not mend.startswith("Did you mean"):
            mend = "Only its own packet is read: bring another's value into it by derived.csv"
            if calibrates:
                mend = "The calibration of a field depends on fields of its own packet alone"
            aside = {each.name for each in packet.parameters if not each.is_value}
            if not calibrates and aside.intersection(condition(when).names):
                mend = "Fields with a role are not archived: derive a parameter from it"
        return f"when {when}: {error.message}, at character {error.position + 1}", mend
    if calibrates:
        for step in expression.steps:
            home = known.get(step.name) or known.get(element(step.name)[0])
            if step.operation == "name" and home is not None and home.context_calibrations:
                return f"when {when}: {home.name} has a context too", f"Read raw({step.name})"
    return None


def limit_mistakes(parameter: Parameter) -> Iterator[ValueMistake]:
    """Yield what is wrong with the limits of one parameter."""
    if not parameter.limit_sets:
        return
    if parameter.data_type in ("str", "fill"):
        message, mend = f"a {parameter.data_type} has no limits", "Leave the cells empty"
        yield ValueMistake(parameter, "caution", message, mend)
    elif not parameter.is_value:
        yield ValueMistake(
            parameter, "caution", f"limits of a {parameter.role} field", "Leave the cells empty"
        )
    if parameter.limits is not None:
        yield from _set_mistakes(parameter, parameter.limits, "")
    for context in parameter.context_limits:
        yield from _set_mistakes(parameter, context.limits, context.when)


def _set_mistakes(parameter: Parameter, limits: Limits, when: str) -> Iterator[ValueMistake]:
    """Yield the mistakes of one set; ``when`` is that of a context."""

    def mistake(column: str, message: str, mend: str) -> ValueMistake:
        if when:
            return ValueMistake(parameter, "context_limits", f"{column} when {when}: {message}", mend)
        return ValueMistake(parameter, column, message, mend)

    for prefix, each in (("", limits), ("rate_", limits.rate or Limits())):
        for column, other in _narrower(each):
            yield mistake(
                f"{prefix}{column}", f"narrower than {prefix}{other}",
                "Each range holds the milder one: caution inside serious inside critical",
            )  # fmt: skip
    for state in _unknown_states(parameter, limits.states):
        labels = (
            parameter.calibration.labels.values() if isinstance(parameter.calibration, Enumeration) else ()
        )
        near = get_close_matches(state, labels, 1, 0.6)
        mend = f"Did you mean {near[0]!r}?" if near else "Name a label of the field, or a raw value"
        yield mistake("states", f"no value is called {state!r}", mend)
    if limits.states and parameter.data_type == "float" and not parameter.expression:
        yield mistake("states", "a float has no states", "Use ranges")


def _narrower(limits: Limits) -> Iterable[tuple[str, str]]:
    """Yield each band that leaves something of a milder one outside, with the nearest such."""
    levels = limits.levels
    for i, level in enumerate(levels):
        outside = [milder.name for milder in levels[:i] if not _inside(milder.band, level.band)]
        if outside:
            yield level.name, outside[-1]


def _unknown_states(parameter: Parameter, states: Iterable[tuple[str, Severity]]) -> Iterable[str]:
    return (state for state, _ in states if numbers_of(state, parameter.calibration) == ([], []))


def _inside(inner: Band, outer: Band) -> bool:
    """Tell whether every side that both bands have is further out in the outer one."""
    low = inner.lo is None or outer.lo is None or outer.lo <= inner.lo
    high = inner.hi is None or outer.hi is None or outer.hi >= inner.hi
    return low and high
