"""Raw values to engineering values and to the text an operator reads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decoders.mission.model import Calibration, Enumeration, Parameter, PointPairs, Polynomial
from decoders.pointpairs import interpolated

NO_VALUE = "—"
"""What is read where calibration points give a raw value no engineering value."""


def calibrate(parameter: Parameter, raw: NDArray, context: NDArray | None = None) -> NDArray[np.float64]:
    """Return engineering values as float64 of the same shape; NaN where a value has no number.

    An enumeration and a parameter without calibration give the raw value as a float; strings and absent
    values give NaN. An object array (variable-length parameter) gives an object array of float64 arrays.
    ``context`` tells for each row which of ``context_calibrations`` holds, counted from 1 (see
    ``decoders.contexts.chosen``); without it, and where it is 0, ``calibration`` does.
    """
    if isinstance(raw, np.ma.MaskedArray) and raw.dtype != object:
        values = calibrate(parameter, np.asarray(raw), context)
        values[np.ma.getmaskarray(raw)] = np.nan
        return values
    if raw.dtype == object:
        if parameter.data_type in ("str", "fill"):
            return np.full(raw.shape, np.nan)
        rows = np.empty(len(raw), object)
        for i, row in enumerate(np.asarray(raw)):
            kind = None if context is None else np.asarray(context[i])
            rows[i] = calibrate(parameter, np.asarray(row), kind)
        return rows
    if raw.dtype.kind in "SUV":
        return np.full(raw.shape, np.nan)
    if raw.dtype.kind == "f":
        with np.errstate(invalid="ignore"):  # a signalling NaN becomes a quiet one
            values = raw.astype(np.float64)
    else:
        values = raw.astype(np.float64)
    if context is None or not context.size:
        return _applied(parameter.calibration, values)
    first = context.flat[0]
    if (context == first).all():
        return _applied(in_context(parameter, int(first)), values)
    result = np.empty(values.shape)
    for number in np.unique(context).tolist():
        here = context == number
        result[here] = _applied(in_context(parameter, number), values[here])
    return result


def in_context(parameter: Parameter, number: int) -> Calibration | None:
    """Return the calibration of one context, counted from 1; 0 is the one that holds without."""
    return parameter.context_calibrations[number - 1].calibration if number else parameter.calibration


def _applied(calibration: Calibration | None, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return calibrated values; may change those that it was given."""
    if isinstance(calibration, PointPairs):
        return interpolated(calibration, values)
    if not isinstance(calibration, Polynomial):
        return values
    coefficients = calibration.coefficients
    if len(coefficients) == 2:
        values *= coefficients[1]
        values += coefficients[0]
        return values
    result = np.full(values.shape, coefficients[-1] if coefficients else 0.0)
    for coefficient in coefficients[-2::-1]:
        result *= values
        result += coefficient
    return result


def calibrate_one(parameter: Parameter, raw: Any, context: int = 0) -> float:
    """Return the engineering value of one raw scalar, exactly as ``calibrate`` would; NaN for a string."""
    if isinstance(raw, bytes | str) or raw is None:
        return float("nan")
    value = float(raw)
    calibration = in_context(parameter, context)
    if isinstance(calibration, PointPairs):
        return float(interpolated(calibration, np.array([value]))[0])
    if not isinstance(calibration, Polynomial):
        return value
    coefficients = calibration.coefficients
    result = coefficients[-1] if coefficients else 0.0
    for coefficient in coefficients[-2::-1]:
        result = result * value + coefficient
    return result


def label(enumeration: Enumeration, raw: float) -> str:
    """Return the label of a raw number; one without a label reads ``"7?"``, NaN too (``"nan?"``)."""
    found: str | None = enumeration.labels.get(raw)  # type: ignore[call-overload]  # 1.0 is 1
    if found is None:
        found = next((text for first, last, text in enumeration.ranges if first <= raw <= last), f"{raw}?")
    return found


def labels(parameter: Parameter, raw: NDArray) -> NDArray[np.object_]:
    """Return the texts of enumerated values, an object array of ``str`` of the same shape.

    Raises ``TypeError`` if the parameter has no enumeration.
    """
    enumeration = parameter.calibration
    if not isinstance(enumeration, Enumeration):
        raise TypeError(f"{parameter.name} has no enumeration")
    if raw.dtype == object:
        rows = np.empty(len(raw), object)
        for i, row in enumerate(raw):
            rows[i] = labels(parameter, np.asarray(row))
        return rows
    if raw.size == 0:
        return np.empty(raw.shape, object)
    kinds, positions = np.unique(raw, return_inverse=True)
    names = np.empty(len(kinds), object)
    names[:] = [label(enumeration, kind) for kind in kinds.tolist()]
    return np.asarray(names[positions.reshape(raw.shape)], object)


def string_text(raw: bytes) -> str:
    """Return the text of a string field: trailing NULs dropped, octets outside UTF-8 escaped."""
    return raw.rstrip(b"\0").decode("utf-8", "backslashreplace")


def text(parameter: Parameter, raw: Any, context: int = 0) -> str:
    """Return what an operator reads for one raw scalar: a label, a string or a number as ``repr``.

    Outside calibration points that are not extrapolated it is ``NO_VALUE``.
    """
    if raw is None:
        return ""
    if isinstance(raw, bytes):
        return string_text(raw)
    if isinstance(raw, np.generic):
        raw = raw.item()
    if isinstance(parameter.calibration, Enumeration):
        return label(parameter.calibration, raw)
    calibration = in_context(parameter, context)
    if isinstance(calibration, Polynomial | PointPairs):
        value = calibrate_one(parameter, raw, context)
        return NO_VALUE if math.isnan(value) and isinstance(calibration, PointPairs) else repr(value)
    return repr(raw)
