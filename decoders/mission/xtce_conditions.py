"""XTCE conditions and computed sizes as texts of the expression language.

A parameter stands in such a text between two NULs until all names are known (``finish``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from decoders.expression_tokens import quote_name, quote_text
from decoders.mission.model import DefinitionError, Enumeration, Parameter
from decoders.mission.xtce_xml import Node

_MARKED = re.compile("\0([^\0]*)\0")
_OPERATORS = {"==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


class Unreadable(Exception):
    """Something that an element says has no word here; ``node`` tells where."""

    def __init__(self, node: Node, message: str) -> None:
        super().__init__(message)
        self.node, self.message = node, message

    def error(self, file: str) -> DefinitionError:
        """Return it as an error naming file and line."""
        return DefinitionError(self.message, file=file, line=self.node.line, column=self.node.tag)


def marked(name: str) -> str:
    """Return a parameter's place in an unfinished text."""
    return f"\0{name}\0"


def finish(text: str, names: Mapping[str, str]) -> str:
    """Return the text with the final name of each parameter."""
    return _MARKED.sub(lambda found: quote_name(names.get(found[1], found[1])), text)


@dataclass(slots=True)
class Conditions:
    """Turns comparisons into texts; ``find`` returns the parameter that a reference means, or ``None``."""

    find: Callable[[str], Parameter | None]
    used: set[str] = field(default_factory=set)
    """The names of the parameters that texts speak of."""

    def match(self, node: Node) -> str:
        """Return the text of what a context, an include condition or a restriction asks for."""
        return " and ".join(text for text, _ in self.parts(node))

    def parts(self, node: Node) -> list[tuple[str, Node | None]]:
        """Return the texts that must all hold, each with its ``Comparison`` where it is a plain one."""
        parts: list[tuple[str, Node | None]] = []
        for child in node.children:
            if child.tag == "Comparison":
                parts.append((self._comparison(child), child))
            elif child.tag == "ComparisonList":
                parts += [(self._comparison(each), each) for each in child.all("Comparison")]
            elif child.tag == "BooleanExpression":
                parts += [(f"({self._boolean(each)})", None) for each in child.children]
            else:
                raise Unreadable(child, f"{child.tag} in a condition is not read")
        if not parts:
            raise Unreadable(node, f"{node.tag} without a comparison")
        return parts

    def _boolean(self, node: Node) -> str:
        if node.tag == "Condition":
            return self._condition(node)
        if node.tag in ("ANDedConditions", "ORedConditions"):
            word = " and " if node.tag == "ANDedConditions" else " or "
            parts = [f"({self._boolean(child)})" for child in node.children]
            if parts:
                return word.join(parts)
        raise Unreadable(node, f"{node.tag} in a condition is not read")

    def _comparison(self, node: Node) -> str:
        return self._compared(
            node, node, node.get("comparisonOperator") or "==", node.get("value"), node.get("parameterRef")
        )

    def _condition(self, node: Node) -> str:
        references = list(node.all("ParameterInstanceRef"))
        operator = node.find("ComparisonOperator")
        value = node.find("Value")
        if not references or operator is None:
            raise Unreadable(node, "a Condition without ParameterInstanceRef or ComparisonOperator")
        first = references[0]
        if value is not None:
            return self._compared(node, first, operator.text, value.text, first.get("parameterRef"))
        if len(references) != 2:
            raise Unreadable(node, "a Condition without a value to compare with")
        left, right = (self.value(each) for each in references)
        return f"{left} {self._operator(node, operator.text)} {right}"

    def _operator(self, node: Node, text: str) -> str:
        if text not in _OPERATORS:
            raise Unreadable(node, f"comparison operator {text!r}")
        return _OPERATORS[text]

    def value(self, node: Node) -> str:
        """Return the text of a ``ParameterInstanceRef``."""
        parameter = self._parameter(node, node.get("parameterRef"))
        if node.get("instance", "0") != "0":
            raise Unreadable(node, "another instance of a parameter than this packet's is not read")
        calibrated = node.get("useCalibratedValue", "true") in ("true", "1")
        plain = parameter.calibration is None or isinstance(parameter.calibration, Enumeration)
        mark = marked(parameter.name)
        return mark if calibrated and not plain else f"raw({mark})"

    def _parameter(self, node: Node, reference: str) -> Parameter:
        parameter = self.find(reference)
        if parameter is None:
            raise Unreadable(node, f"no parameter {reference!r} stands before this")
        self.used.add(parameter.name)
        return parameter

    def _compared(self, node: Node, instance: Node, operator: str, value: str, reference: str) -> str:
        parameter = self._parameter(node, reference)
        sign = self._operator(node, operator)
        calibrated = instance.get("useCalibratedValue", "true") in ("true", "1")
        mark = marked(parameter.name)
        if parameter.data_type == "str":
            return f"{mark} {sign} {quote_text(value)}"
        if calibrated and isinstance(parameter.calibration, Enumeration):
            return self._label(node, parameter, sign, value)
        number = _number(value)
        if number is None:
            raise Unreadable(node, f"{value!r} is no number to compare {reference} with")
        text = mark if calibrated and parameter.calibration is not None else f"raw({mark})"
        return f"{text} {sign} {number}"

    @staticmethod
    def _label(node: Node, parameter: Parameter, sign: str, value: str) -> str:
        """Compare a label by the raw values that have it; a number is one of them itself."""
        enumeration = parameter.calibration
        assert isinstance(enumeration, Enumeration)
        mark = f"raw({marked(parameter.name)})"
        singles = [raw for raw, label in enumeration.labels.items() if label == value]
        ranges = [(first, last) for first, last, label in enumeration.ranges if label == value]
        if not singles and not ranges:
            number = _number(value)
            if number is None:
                raise Unreadable(node, f"{parameter.name} has no label {value!r}")
            return f"{mark} {sign} {number}"
        if sign not in ("==", "!="):
            raise Unreadable(node, f"labels have no order: {sign} {value!r}")
        parts = [f"{mark} == {raw}" for raw in singles]
        parts += [f"({mark} >= {first} and {mark} <= {last})" for first, last in ranges]
        text = " or ".join(parts)
        if sign == "!=":
            return f"not ({text})"
        return f"({text})" if len(parts) > 1 else text


def _number(text: str) -> str | None:
    text = text.strip()
    if text.lower() in ("true", "false"):
        return str(int(text.lower() == "true"))
    for read in (lambda: int(text, 0), lambda: int(text), lambda: float(text)):
        try:
            number = read()
        except (ValueError, OverflowError):
            continue
        if number == number and abs(number) != float("inf"):
            return repr(number)
    return None
