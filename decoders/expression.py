"""Expressions over telemetry: conditions and derived values, without Python's eval, at a bounded cost.

``bus_voltage * bus_current``, ``max(cell[0], cell[1])``, ``rate(altitude) if mode == "ENTRY" else 0``,
``raw(status) >> 4 & 3 == 2``; precedence is Python's. Arithmetic is float64 (IEEE 754): what has no result is
NaN or infinite, never an error. An absent value is NaN, and so is what is computed from it, but a comparison
with it is false and so is it as a condition. ``and``, ``or``, ``not``, ``isnan`` and comparisons give 1 or 0.

Bit operators work on whole numbers of 64 bits in two's complement (NaN for any other), exact like comparisons
of them as long as they come from ``raw(…)``, literals and bit operators; a bare name is float64 and exact up
to 2**53. A shift by 64 or more gives what is left of the bits, a negative one NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from decoders.expression_operators import OPERATIONS, Whole, number_of, raw_of, same_text, truth_of
from decoders.expression_parse import Step, parse
from decoders.expression_tokens import ExpressionError, quote_name, quote_text
from decoders.rates import elapsed_s
from decoders.shapes import NO_TIME

__all__ = ["Evaluator", "Expression", "ExpressionError", "Values", "quote_name", "quote_text"]


class Values(Protocol):
    """Where an expression finds its parameters; each answer has one element a row."""

    def number(self, name: str) -> NDArray[np.float64]:
        """Return engineering values, NaN where there is none."""

    def raw(self, name: str) -> NDArray:
        """Return raw numbers in their own type, masked (``numpy.ma``) or NaN where there is none."""

    def text(self, name: str) -> NDArray[np.object_]:
        """Return labels or strings (``str``), ``None`` where there is none."""


class _Memory:
    """What ``prev`` and ``rate`` remember: the last row's values and times."""

    __slots__ = ("generation_ns", "kept", "last", "reception_ns", "values")

    def __init__(self) -> None:
        self.last: dict[str, float] = {}
        self.values: dict[str, float] = {}
        self.kept = (NO_TIME, NO_TIME)
        self.generation_ns = self.reception_ns = np.empty(0, np.int64)

    def before(self, name: str, now: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each row's value of the row before it."""
        if len(now):
            self.values[name] = float(now[-1])
        return np.concatenate([[self.last.get(name, np.nan)], now[:-1]])[: len(now)]

    def elapsed_s(self) -> NDArray[np.float64]:
        """Return the seconds since the row before."""
        return elapsed_s(self.generation_ns, self.reception_ns, self.kept)

    def keep(self) -> None:
        """Make the last row of this batch the one before the next."""
        if len(self.reception_ns):
            self.last = dict(self.values)
            self.kept = (int(self.generation_ns[-1]), int(self.reception_ns[-1]))


_Run = Callable[[list[Any], Values, Any], None]


@dataclass(frozen=True)
class Expression:
    """A condition or a value of parameters, read once and evaluated in batches."""

    text: str
    names: frozenset[str]
    """Every parameter that it reads, elements as ``name[2]``."""
    memory: bool
    """Whether it looks at the row before (``prev``, ``rate``): then only an ``Evaluator`` can run it."""
    comparisons: tuple[tuple[str, str], ...] = ()
    """Each parameter that is compared with a string, and the string."""
    steps: tuple[Step, ...] = field(default=(), repr=False)
    _program: tuple[_Run, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Read an expression; raise ``ExpressionError``, which tells the column and the mend."""
        steps = parse(text)
        return cls(
            text=text,
            names=frozenset(step.name for step in steps if step.name),
            memory=any(step.operation in ("prev", "rate") for step in steps),
            comparisons=tuple((s.name, s.text) for s in steps if s.operation in ("equals", "differs")),
            steps=tuple(steps),
            _program=tuple(map(_compiled, steps)),
        )

    def evaluate(self, values: Values, rows: int) -> NDArray[np.float64]:
        """Return the value in each of ``rows`` rows; raise ``ValueError`` where a memory is needed."""
        self._refuse_memory()
        return _filled(number_of(self.run(values)), rows)

    def true(self, values: Values, rows: int) -> NDArray[np.bool_]:
        """Tell in which of ``rows`` rows the expression holds; raise ``ValueError`` as ``evaluate``."""
        self._refuse_memory()
        return _filled(truth_of(self.run(values)), rows)

    def _refuse_memory(self) -> None:
        if self.memory:
            raise ValueError(f"{self.text}: prev and rate need an Evaluator")

    def run(self, values: Values, memory: _Memory | None = None) -> Any:
        """Return what the program leaves: a value of ``decoders.expression_operators``."""
        stack: list[Any] = []
        with np.errstate(all="ignore"):
            for run in self._program:
                run(stack, values, memory)
            return stack[0]


class Evaluator:
    """An expression with its memory of the last row; one for each source of rows."""

    def __init__(self, expression: Expression) -> None:
        self.expression = expression
        self._memory = _Memory()

    def evaluate(
        self,
        values: Values,
        generation_ns: NDArray[np.int64],
        reception_ns: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Return the value in each row, as one batch or as many, and remember the last row.

        The times are int64 ns, ``NO_TIME`` where missing. A rate is NaN where time does not go on.
        """
        memory = self._memory
        memory.generation_ns, memory.reception_ns = generation_ns, reception_ns
        result: NDArray[np.float64] = _filled(
            number_of(self.expression.run(values, memory)), len(reception_ns)
        )
        memory.keep()
        return result


def _filled(value: Any, rows: int) -> NDArray:
    """Return a value of the stack with one element a row."""
    filled: NDArray = value if np.ndim(value) else np.full(rows, value)
    return filled


def _compiled(step: Step) -> _Run:
    name, text = step.name, step.text
    if step.operation == "whole":
        kind = np.int64 if step.value < 0 else np.uint64
        literal = Whole(kind(step.value), None, np.float64(step.value))
        return lambda stack, values, memory: stack.append(literal)
    if step.operation == "number":
        real = np.float64(step.value)
        return lambda stack, values, memory: stack.append(real)
    if step.operation == "name":
        return lambda stack, values, memory: stack.append(values.number(name))
    if step.operation == "raw":
        return lambda stack, values, memory: stack.append(raw_of(values.raw(name)))
    if step.operation in ("equals", "differs"):
        wanted = step.operation == "equals"
        return lambda stack, values, memory: stack.append(same_text(values.text(name), text, wanted))
    if step.operation in ("prev", "rate"):
        function = _previous if step.operation == "prev" else _rate
        return lambda stack, values, memory: stack.append(function(values.number(name), name, memory))
    operation = OPERATIONS[step.operation]
    if step.takes == 1:

        def unary(stack: list[Any], values: Values, memory: Any) -> None:
            stack[-1] = operation(stack[-1])

        return unary
    if step.takes == 2:

        def binary(stack: list[Any], values: Values, memory: Any) -> None:
            right = stack.pop()
            stack[-1] = operation(stack[-1], right)

        return binary

    def several(stack: list[Any], values: Values, memory: Any) -> None:
        arguments = stack[-step.takes :]
        stack[-step.takes :] = [operation(*arguments)]

    return several


def _previous(now: NDArray[np.float64], name: str, memory: _Memory) -> NDArray[np.float64]:
    return memory.before(name, now)


def _rate(now: NDArray[np.float64], name: str, memory: _Memory) -> NDArray[np.float64]:
    elapsed = memory.elapsed_s()
    return np.where(elapsed > 0, (now - memory.before(name, now)) / elapsed, np.nan)
