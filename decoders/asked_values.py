"""What a packet's fields must hold to be told as its definition's own: for whoever builds such packets."""

from __future__ import annotations

from decoders.expression import Expression
from decoders.mission.model import Enumeration, PacketDefinition, Parameter
from decoders.mission.pus import PUS_C_VERSION

_SIMPLE = {"and", "==", "equals", "name", "raw", "whole"}


def asked_values(definition: PacketDefinition) -> dict[str, int]:
    """Return the raw values that criteria ask for by ``field == number`` or ``field == "LABEL"``, all of them
    joined by ``and``; and the version of a PUS header. Of other criteria nothing is returned.

    Raises ``ExpressionError`` where the criteria are no expression.
    """
    fields = {parameter.name: parameter for parameter in definition.parameters}
    asked: dict[str, int] = {}
    if "pus_version" in fields and fields["pus_version"].role == "header":
        asked["pus_version"] = PUS_C_VERSION
    if not definition.criteria:
        return asked
    steps = Expression.parse(definition.criteria).steps
    if any(step.operation not in _SIMPLE for step in steps):
        return asked
    for i, step in enumerate(steps):
        if step.operation == "equals" and (raw := _raw_of(fields.get(step.name), step.text)) is not None:
            asked[step.name] = raw
        elif step.operation == "==":
            name, number = sorted(steps[i - 2 : i], key=lambda each: each.operation == "whole")
            known = fields.get(name.name)
            plain = known is not None and (name.operation == "raw" or known.calibration is None)
            if plain and number.operation == "whole":
                asked[name.name] = int(number.value)
    return asked


def _raw_of(parameter: Parameter | None, label: str) -> int | None:
    """Return the raw value that has this label."""
    if parameter is None or not isinstance(parameter.calibration, Enumeration):
        return None
    found = [raw for raw, text in parameter.calibration.labels.items() if text == label]
    found += [first for first, _, text in parameter.calibration.ranges if text == label]
    return found[0] if found else None
