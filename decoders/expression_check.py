"""Whether an expression fits the parameters it reads: names, elements, strings and labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from decoders.expression import Expression
from decoders.expression_parse import Step
from decoders.expression_tokens import ExpressionError
from decoders.expression_values import element, element_position
from decoders.mission.model import Enumeration, Parameter

_UNLABELLED = re.compile(r"-?[0-9]+\?\Z")
_LISTED = 8


def check_expression(expression: Expression, parameters: Mapping[str, Parameter]) -> None:
    """Check what an expression reads; raise ``ExpressionError`` for the first thing that does not fit.

    ``parameters`` are those that it may read, by the name it must write.
    """
    for step in expression.steps:
        if step.name:
            _check_kind(step, _found(step, parameters))


def _found(step: Step, parameters: Mapping[str, Parameter]) -> Parameter:
    """Return the parameter that a step reads."""
    name = step.name
    if name in parameters:
        parameter = parameters[name]
        if parameter.array_length is not None:
            raise ExpressionError(f"{name} is an array", step.position, f"Name one element: {name}[0]")
        return parameter
    base, indices = element(name)
    if not indices or base not in parameters:
        near = get_close_matches(base, parameters, 1, 0.6)
        mend = f"Did you mean {near[0]!r}?" if near else "Name a parameter that is read here"
        raise ExpressionError(f"there is no parameter {base!r}", step.position, mend)
    parameter = parameters[base]
    if parameter.array_length is None:
        raise ExpressionError(f"{base} is no array", step.position, f"Write {base}")
    if element_position(parameter, indices) is None:
        names = parameter.element_names
        mend = f"They go from {names[0]} to {names[-1]}" if len(names) > 1 else f"Write {base}[0]"
        raise ExpressionError(f"there is no element {name}", step.position, mend)
    return parameter


def _check_kind(step: Step, parameter: Parameter) -> None:
    """Check that strings are compared as strings, numbers as numbers and labels as they are written."""
    labels = parameter.calibration if isinstance(parameter.calibration, Enumeration) else None
    is_string = parameter.data_type in ("str", "fill")
    if step.operation not in ("equals", "differs"):
        if is_string:
            mend = f'Compare it with a string: {step.name} == "…"'
            raise ExpressionError(f"{step.name} is a string, no number", step.position, mend)
    elif labels is not None:
        known = [*labels.labels.values(), *(label for _, _, label in labels.ranges)]
        if step.text not in known and not _UNLABELLED.match(step.text):
            near = get_close_matches(step.text, known, 1, 0.6)
            listed = f"There are {', '.join(known[:_LISTED])}" + (" …" if len(known) > _LISTED else "")
            mend = f"Did you mean {near[0]!r}?" if near else listed
            raise ExpressionError(f"{step.name} has no label {step.text!r}", step.position, mend)
    elif not is_string:
        raise ExpressionError(
            f"{step.name} has no labels", step.position, f"Compare it with a number: {step.name} == 1"
        )
