"""The cells that tell what holds where an expression is true: calibrations in context."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from decoders.contexts import condition
from decoders.expression import ExpressionError
from decoders.mission.cells import (
    CellError,
    calibration_of,
    json_value,
    known_keys,
    number_calibration_value,
)
from decoders.mission.model import ContextCalibration, Enumeration

MOST_CONTEXTS = 64


def calibrations(text: str) -> tuple[ContextCalibration, ...]:
    """Read ``[{"when": "range == 1", "calibration": [0, 0.01]}, …]``; the first that is true holds."""
    found = []
    for when, value in contexts(text, ("calibration",)):
        calibration = calibration_of(value.get("calibration"))
        if calibration is None or isinstance(calibration, Enumeration):
            raise CellError(f"no calibration of numbers when {when}", "Write [c0, c1, …] or points")
        found.append(ContextCalibration(when, calibration))
    return tuple(found)


def calibrations_text(calibrations: Iterable[ContextCalibration]) -> str:
    """Return the text that ``calibrations`` reads back; empty for none."""
    return contexts_text(
        [
            {"when": each.when, "calibration": number_calibration_value(each.calibration)}
            for each in calibrations
        ]
    )


def contexts(text: str, keys: Sequence[str]) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield each context's expression, which can be read, and its object with these keys."""
    values = json_value(text)
    if not isinstance(values, list) or not all(isinstance(each, dict) for each in values):
        raise CellError("not a list of objects", f'Write [{{"when": "…", "{keys[0]}": …}}]')
    if len(values) > MOST_CONTEXTS:
        raise CellError(f"{len(values)} contexts", f"At most {MOST_CONTEXTS}")
    for value in values:
        known_keys(value, ("when", *keys))
        when = value.get("when")
        if not isinstance(when, str) or not when:
            raise CellError("a context without when", 'Tell when it holds: "when": "mode == 2"')
        try:
            condition(when)
        except ExpressionError as error:
            raise CellError(
                f"when {when}: {error.message}, at character {error.position + 1}", error.mend
            ) from None
        yield when, value


def contexts_text(values: Sequence[dict[str, Any]]) -> str:
    """Return a list of contexts as a cell; empty for none."""
    return json.dumps(values, ensure_ascii=False) if values else ""
