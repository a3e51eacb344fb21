"""Contexts written as SQL, as far as SQL can tell them from one row of a raw table."""

from __future__ import annotations

from typing import Protocol

from decoders.contexts import condition as read
from decoders.expression import ExpressionError

_COMPARISONS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


class Fields(Protocol):
    """What a condition may read; each answer is SQL, ``None`` where SQL cannot tell it."""

    def number(self, name: str) -> str | None:
        """Return an engineering value."""

    def raw(self, name: str) -> str | None:
        """Return a raw number."""

    def text(self, name: str) -> str | None:
        """Return a label or a string."""


def condition(when: str, fields: Fields) -> str | None:
    """Return SQL that is 1 where the expression holds and else 0; ``None`` where SQL cannot tell."""
    try:
        steps = read(when).steps
    except ExpressionError:
        return None
    stack: list[tuple[str, bool]] = []
    """SQL, and whether it is a truth (1 or 0) already."""
    for step in steps:
        found: str | None = None
        truth = True
        if step.operation in ("whole", "number"):
            large = abs(step.value) >= 2**63
            found, truth = f"({float(step.value) if large else step.value!r})", False
        elif step.operation in ("name", "raw"):
            found = fields.number(step.name) if step.operation == "name" else fields.raw(step.name)
            truth = False
        elif step.operation in ("equals", "differs"):
            text = fields.text(step.name)
            if text is not None:
                sign, literal = "=" if step.operation == "equals" else "<>", step.text.replace("'", "''")
                found = f"coalesce(({text}) {sign} '{literal}', 0)"
        elif step.operation in _COMPARISONS:
            right, left = stack.pop()[0], stack.pop()[0]
            found = f"coalesce({left} {_COMPARISONS[step.operation]} {right}, 0)"
        elif step.operation in ("and", "or"):
            right, left = _truth(*stack.pop()), _truth(*stack.pop())
            found = f"({left} {step.operation.upper()} {right})"
        elif step.operation == "not":
            found = f"(NOT {_truth(*stack.pop())})"
        elif step.operation == "negative" and not stack[-1][1]:
            found, truth = f"(-{stack.pop()[0]})", False
        if found is None:
            return None
        stack.append((found, truth))
    return _truth(*stack[0])


def _truth(sql: str, is_truth: bool) -> str:
    return sql if is_truth else f"coalesce({sql} <> 0, 0)"
