"""Raw values to engineering values and to the text an operator reads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from decoders.mission.model import Enumeration, Parameter, Polynomial


def calibrate(parameter: Parameter, raw: NDArray) -> NDArray[np.float64]:
    """Return engineering values as float64 of the same shape; NaN where a value has no number.

    An enumeration and a parameter without calibration give the raw value as a float; strings give
    NaN. An object array (variable-length parameter) gives an object array of float64 arrays.
    """
    if raw.dtype == object:
        if parameter.data_type in ("str", "fill"):
            return np.full(raw.shape, np.nan)
        rows = np.empty(len(raw), object)
        for i, row in enumerate(raw):
            rows[i] = calibrate(parameter, np.asarray(row))
        return rows
    if raw.dtype.kind in "SUV":
        return np.full(raw.shape, np.nan)
    if raw.dtype.kind == "f":
        with np.errstate(invalid="ignore"):  # a signalling NaN becomes a quiet one
            values = raw.astype(np.float64)
    else:
        values = raw.astype(np.float64)
    if not isinstance(parameter.calibration, Polynomial):
        return values
    coefficients = parameter.calibration.coefficients
    if len(coefficients) == 2:
        values *= coefficients[1]
        values += coefficients[0]
        return values
    result = np.full(values.shape, coefficients[-1] if coefficients else 0.0)
    for coefficient in coefficients[-2::-1]:
        result *= values
        result += coefficient
    return result


def calibrate_one(parameter: Parameter, raw: Any) -> float:
    """Return the engineering value of one raw scalar, exactly as ``calibrate`` would; NaN for a string."""
    if isinstance(raw, bytes | str) or raw is None:
        return float("nan")
    value = float(raw)
    if not isinstance(parameter.calibration, Polynomial):
        return value
    coefficients = parameter.calibration.coefficients
    result = coefficients[-1] if coefficients else 0.0
    for coefficient in coefficients[-2::-1]:
        result = result * value + coefficient
    return result


def label(enumeration: Enumeration, raw: int) -> str:
    """Return the label of a raw value; a value without one reads ``"7?"``."""
    found = enumeration.labels.get(raw)
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
    names[:] = [label(enumeration, int(kind)) for kind in kinds]
    return np.asarray(names[positions.reshape(raw.shape)], object)


def string_text(raw: bytes) -> str:
    """Return the text of a string field: trailing NULs dropped, octets outside UTF-8 escaped."""
    return raw.rstrip(b"\0").decode("utf-8", "backslashreplace")


def text(parameter: Parameter, raw: Any) -> str:
    """Return what an operator reads for one raw scalar: a label, a string or a number as ``repr``."""
    if raw is None:
        return ""
    if isinstance(raw, bytes):
        return string_text(raw)
    if isinstance(parameter.calibration, Enumeration):
        return label(parameter.calibration, int(raw))
    if isinstance(parameter.calibration, Polynomial):
        return repr(calibrate_one(parameter, raw))
    return repr(raw.item() if isinstance(raw, np.generic) else raw)
