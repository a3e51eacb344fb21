"""How fast expressions are, beside Python's eval row by row and numpy by hand.

``python -m tests.benchmarks.bench_expression``. The values are already decoded; calibrating them is part of
each call, as it is of each batch. Exit code 1 if a figure is missed.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from decoders.calibration import calibrate
from decoders.expression import Expression
from decoders.expression_values import ColumnValues
from decoders.mission.model import Parameter, Polynomial
from tests.benchmarks.bench_decode import best_us

PARAMETERS = {
    "mode": Parameter("mode", "uint", 8),
    "volts": Parameter("volts", "uint", 16, calibration=Polynomial((0.0, 0.001))),
    "amps": Parameter("amps", "int", 16, calibration=Polynomial((0.0, 0.001))),
}
EXPRESSIONS = ("mode == 3", "volts * amps", "volts * amps if mode == 3 and abs(amps) > 1 else 0")
ROWS = (1, 100, 10_000)
WANTED = {"eval": 50.0, "numpy": 0.5}
"""At 10,000 rows: times as fast as eval, and as numpy by hand."""


def by_hand(text: str, raw: dict[str, NDArray]) -> NDArray:
    """Compute one of the expressions as one would write it for numpy."""
    if text == EXPRESSIONS[0]:
        return raw["mode"] == 3
    power = calibrate(PARAMETERS["volts"], raw["volts"]) * calibrate(PARAMETERS["amps"], raw["amps"])
    if text == EXPRESSIONS[1]:
        return power
    heavy = np.abs(calibrate(PARAMETERS["amps"], raw["amps"])) > 1
    return np.where((raw["mode"] == 3) & heavy, power, 0.0)


def row_by_row(text: str, raw: dict[str, NDArray]) -> list[float]:
    """Compute an expression with Python's eval, a row at a time."""
    code = compile(text, "", "eval")
    columns = {name: calibrate(PARAMETERS[name], column).tolist() for name, column in raw.items()}
    names = list(columns)
    return [
        float(eval(code, {"abs": abs}, dict(zip(names, row, strict=True))))
        for row in zip(*columns.values(), strict=True)
    ]


def main() -> int:
    """Print the table; return 1 if a figure is missed."""
    rng = np.random.default_rng(1)
    missed = 0
    print(f"{'expression':56} {'rows':>6} {'µs':>9} {'× eval':>8} {'× numpy':>8}")
    for text in EXPRESSIONS:
        expression = Expression.parse(text)
        for rows in ROWS:
            raw: dict[str, NDArray] = {
                "mode": rng.integers(0, 5, rows, np.uint8),
                "volts": rng.integers(0, 40_000, rows, np.uint16),
                "amps": rng.integers(-9_000, 9_000, rows, np.int16),
            }
            ours = expression.evaluate(ColumnValues(PARAMETERS, raw), rows)
            assert np.allclose(ours, row_by_row(text, raw))
            assert np.allclose(ours, by_hand(text, raw))
            mine, python, numpy = best_us(
                lambda raw=raw, rows=rows, e=expression: e.evaluate(ColumnValues(PARAMETERS, raw), rows),
                lambda raw=raw, text=text: row_by_row(text, raw),
                lambda raw=raw, text=text: by_hand(text, raw),
            )
            print(f"{text:56} {rows:6,} {mine:9.1f} {python / mine:8.1f} {numpy / mine:8.2f}")
            if rows == ROWS[-1] and (
                python / mine < WANTED["eval"] or (text != EXPRESSIONS[0] and numpy / mine < WANTED["numpy"])
            ):
                missed += 1
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
