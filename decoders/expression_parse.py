"""The grammar of expressions: a text becomes a flat program, or an error that says where and what to write.

The program is in postfix order, so that neither reading nor evaluating it goes deep; every bound below
keeps the work for a text from a stranger small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from decoders.expression_tokens import COMPARISONS, ExpressionError, Token, tokens

MOST_CHARACTERS = 4096
MOST_NODES = 500
DEEPEST = 50

FUNCTIONS = {
    "min": (1, 100), "max": (1, 100), "abs": (1, 1), "sqrt": (1, 1), "sin": (1, 1), "cos": (1, 1),
    "tan": (1, 1), "asin": (1, 1), "acos": (1, 1), "atan": (1, 1), "atan2": (2, 2), "exp": (1, 1),
    "log": (1, 1), "log10": (1, 1), "floor": (1, 1), "ceil": (1, 1), "round": (1, 1), "sign": (1, 1),
    "hypot": (2, 2), "radians": (1, 1), "degrees": (1, 1), "isnan": (1, 1),
}  # fmt: skip
"""Each function of values with the fewest and the most arguments that it takes."""
NAME_FUNCTIONS = ("raw", "prev", "rate")
"""The functions of a parameter itself."""

# Python's own binding powers, so that nobody has to learn others.
_BINARY = {
    "if": 1, "or": 2, "and": 3, **dict.fromkeys(COMPARISONS, 5), "|": 6, "^": 7, "&": 8, "<<": 9, ">>": 9,
    "+": 10, "-": 10, "*": 11, "/": 11, "//": 11, "%": 11, "**": 13,
}  # fmt: skip
_PREFIX = {"not": 4, "-": 12, "+": 12, "~": 12}


class Step(NamedTuple):
    """One step of a program: ``operation`` takes ``takes`` values off the stack and puts one there.

    ``"whole"`` and ``"number"`` put a literal, ``"name"``, ``"raw"``, ``"prev"`` and ``"rate"`` a parameter's
    values, ``"equals"`` and ``"differs"`` a parameter's text compared with ``text``; the rest are operators
    and functions by their own names, ``"negative"`` and ``"else"`` (condition, then, otherwise) among them.
    """

    operation: str
    takes: int = 0
    value: float = 0
    name: str = ""
    text: str = ""
    position: int = 0


@dataclass(slots=True)
class _Part:
    """A part of the program: ``kind`` is ``value``, ``name`` or ``text``."""

    steps: list[Step] = field(default_factory=list)
    kind: str = "value"
    position: int = 0
    is_comparison: bool = False


def parse(text: str) -> list[Step]:
    """Return the program of an expression; raise ``ExpressionError``."""
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(
            f"longer than {MOST_CHARACTERS:,} characters", MOST_CHARACTERS, "Make two parameters of it"
        )
    parser = _Parser(tokens(text))
    part = parser.part(0, 0)
    rest = parser.take()
    if rest.kind != "end":
        raise _unexpected(rest)
    return parser.value(part).steps


class _Parser:
    """Reads tokens by binding power (V. R. Pratt, Top down operator precedence, 1973)."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens, self._at, self._nodes = tokens, 0, 0

    def take(self) -> Token:
        token = self._tokens[self._at]
        self._at += token.kind != "end"
        return token

    def _next_is(self, sign: str) -> bool:
        token = self._tokens[self._at]
        return token.kind == "sign" and token.text == sign

    def _expect(self, sign: str, mend: str) -> None:
        token = self.take()
        if token.kind != "sign" or token.text != sign:
            raise ExpressionError(f"{sign!r} is missing", token.position, mend)

    def _step(self, token: Token, operation: str, count: int, *parts: _Part, **more: object) -> _Part:
        """Put a step behind its parts; each step is a node."""
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise ExpressionError(
                f"more than {MOST_NODES} operations", token.position, "Make two parameters of it"
            )
        steps = parts[0].steps if parts else []
        for part in parts[1:]:
            steps += part.steps
        steps.append(Step(operation, count, position=token.position, **more))  # type: ignore[arg-type]
        return _Part(steps, position=token.position)

    def value(self, part: _Part) -> _Part:
        """Return a part as a value; a string is none."""
        if part.kind == "text":
            raise ExpressionError(
                "a string stands alone", part.position, 'Compare it with a parameter: mode == "SAFE"'
            )
        return part

    def part(self, power: int, depth: int) -> _Part:
        """Read one operand and all operators behind it that bind more tightly than ``power``."""
        left = self._operand(power, depth)
        while True:
            token = self._tokens[self._at]
            binds = _BINARY.get(token.text, 0) if token.kind == "sign" else 0
            if binds <= power:
                return left
            self.take()
            left = self._binary(token, left, binds, depth + 1)

    def _binary(self, token: Token, left: _Part, binds: int, depth: int) -> _Part:
        sign = token.text
        if sign == "if":
            condition = self.value(self.part(binds, depth))
            self._expect("else", "Write a if condition else b")
            otherwise = self.value(self.part(binds - 1, depth))
            return self._step(token, "else", 3, condition, self.value(left), otherwise)
        right = self.part(binds - 1 if sign == "**" else binds, depth)
        if sign not in COMPARISONS:
            return self._step(token, sign, 2, self.value(left), self.value(right))
        if left.is_comparison:
            raise ExpressionError(
                "comparisons in a chain", token.position, "Join two with and: a < b and b < c"
            )
        if "text" in (left.kind, right.kind):
            made = self._text_comparison(token, left, right)
        else:
            made = self._step(token, sign, 2, left, right)
        made.is_comparison = True
        return made

    def _text_comparison(self, token: Token, left: _Part, right: _Part) -> _Part:
        if token.text not in ("==", "!="):
            raise ExpressionError("strings have no order", token.position, "Compare them with == or !=")
        name, text = (right, left) if left.kind == "text" else (left, right)
        if name.kind != "name":
            raise ExpressionError(
                "a string is compared with something that is no parameter", token.position,
                'Write a parameter on the other side: mode == "SAFE"',
            )  # fmt: skip
        operation = "equals" if token.text == "==" else "differs"
        return self._step(token, operation, 0, name=name.steps[0].name, text=text.steps[0].text)

    def _operand(self, power: int, depth: int) -> _Part:
        token = self.take()
        if depth > DEEPEST:
            raise ExpressionError(
                f"nested more than {DEEPEST} deep", token.position, "Make two parameters of it"
            )
        if token.kind in ("hex", "number"):
            return self._literal(token)
        if token.kind == "text":
            part = self._step(token, "text", 0, text=token.text)
            part.kind = "text"
            return part
        if token.kind == "name" and self._next_is("("):
            return self._call(token, depth + 1)
        if token.kind in ("name", "quoted"):
            part = self._step(token, "name", 0, name=self._element(token))
            part.kind = "name"
            return part
        if token.kind == "sign" and token.text in _PREFIX:
            if token.text == "not" and power > _PREFIX["not"]:
                raise ExpressionError("not behind an operator", token.position, "Put it in brackets: (not a)")
            return self._prefix(token, depth + 1)
        if token.kind == "sign" and token.text == "(":
            inside = self.part(0, depth + 1)
            self._expect(")", "Close the bracket")
            inside.is_comparison = False
            return inside
        raise _unexpected(token)

    def _prefix(self, token: Token, depth: int) -> _Part:
        inside = self.value(self.part(_PREFIX[token.text], depth))
        if token.text == "+":
            return inside if inside.kind == "value" else self._step(token, "positive", 1, inside)
        if token.text == "-":
            last = inside.steps[-1]
            if len(inside.steps) == 1 and last.operation == "whole" and 0 < last.value <= 1 << 63:
                inside.steps[-1] = last._replace(value=-last.value)
                return inside
            return self._step(token, "negative", 1, inside)
        return self._step(token, token.text, 1, inside)

    def _literal(self, token: Token) -> _Part:
        after = self._tokens[self._at]
        if after.kind in ("name", "number", "hex") and after.position == token.position + len(token.text):
            raise ExpressionError(
                f"{token.text + after.text!r} is neither a number nor a name", token.position,
                "Write an odd name in backquotes",
            )  # fmt: skip
        if token.kind == "hex":
            number = int(token.text, 16)
            if number >= 1 << 64:
                raise ExpressionError(f"{token.text:.40} has more than 64 bits", token.position, "Shorten it")
            return self._step(token, "whole", 0, value=number)
        if token.text.isdecimal() and (number := int(token.text)) < 1 << 64:
            return self._step(token, "whole", 0, value=number)
        real = float(token.text)
        if math.isinf(real):
            raise ExpressionError(
                f"{token.text:.40} is too large", token.position, "It must be below 1.8e308"
            )
        return self._step(token, "number", 0, value=real)

    def _element(self, token: Token) -> str:
        """Return a name with the indices behind it, as ``name[1,3]``."""
        if not self._next_is("["):
            return token.text
        self.take()
        indices = []
        while True:
            index = self.take()
            if index.kind != "number" or not index.text.isdecimal():
                raise ExpressionError("an index is not a whole number", index.position, "Write name[2]")
            indices.append(str(int(index.text)))
            if not self._next_is(","):
                break
            self.take()
        self._expect("]", "Close the bracket of the index")
        return f"{token.text}[{','.join(indices)}]"

    def _call(self, token: Token, depth: int) -> _Part:
        name = token.text
        if name not in FUNCTIONS and name not in NAME_FUNCTIONS:
            near = get_close_matches(name, [*FUNCTIONS, *NAME_FUNCTIONS], 1, 0.6)
            mend = (
                f"Did you mean {near[0]}?"
                if near
                else f"There are {', '.join((*FUNCTIONS, *NAME_FUNCTIONS))}"
            )
            raise ExpressionError(f"there is no function {name}", token.position, mend)
        self.take()
        parts: list[_Part] = []
        if not self._next_is(")"):
            parts.append(self.value(self.part(0, depth)))
            while self._next_is(","):
                self.take()
                parts.append(self.value(self.part(0, depth)))
        self._expect(")", f"Close the bracket of {name}(")
        if name in NAME_FUNCTIONS:
            if len(parts) != 1 or parts[0].kind != "name":
                mend = f"Write {name}(parameter)"
                raise ExpressionError(f"{name} takes the name of one parameter", token.position, mend)
            return self._step(token, name, 0, name=parts[0].steps[0].name)
        fewest, most = FUNCTIONS[name]
        if not fewest <= len(parts) <= most:
            wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
            raise ExpressionError(f"{name} has {len(parts)} arguments", token.position, f"It takes {wanted}")
        return self._step(token, name, len(parts), *parts)


def _unexpected(token: Token) -> ExpressionError:
    if token.kind == "end":
        return ExpressionError("the expression ends too early", token.position, "Complete it")
    mend = "Check what stands before it: an operator may be missing"
    if token.text in (*_BINARY, ",", ")", "]", "else"):
        mend = "Check what stands before it: a value may be missing"
    return ExpressionError(f"{token.text[:40]!r} is not expected here", token.position, mend)
