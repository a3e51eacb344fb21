"""What the converters of a ccsdspy packet say in our words: calibrations, labels, and the time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from decoders.mission.model import Calibration, Enumeration, Parameter, Polynomial, TimeFormat

_MODULE = "ccsdspy.converters"


def converted(
    packet: str, parameters: Sequence[Parameter], converters: Mapping[Any, Any], note: Callable[[str], None]
) -> tuple[list[Parameter], TimeFormat | None]:
    """Return the fields calibrated as the converters tell, and how the packet tells its time, if they say.

    ``PolyConverter``, ``LinearConverter`` and ``EnumConverter`` calibrate their field, which keeps its name;
    the name of what they give goes to its description. A ``DatetimeConverter`` is the packet's time where
    its fields are a CUC in seconds or a CDS (301.0-B-4 §3.2, §3.3). Anything else is code: it is noted, and
    the values stay as they are.
    """
    fields = list(parameters)
    time: TimeFormat | None = None
    for inputs, (output, converter) in converters.items():
        places = [i for name in inputs for i, p in enumerate(fields) if p.name == name]
        kind = _kind(converter)
        if kind == "DatetimeConverter" and time is None and (found := _time(converter, fields, places)):
            time, covering = found
            fields.insert(0, covering)
            continue
        calibration = _calibration(kind, converter, fields[places[0]]) if len(places) == 1 else None
        if calibration is None:
            what = f"{packet}: {output!r} of {', '.join(map(repr, inputs))}"
            note(f"{what} is not computed ({type(converter).__name__}); the values stay as they are sent")
            continue
        field = fields[places[0]]
        told = field.description if output == field.name else f"{field.description} ({output})".strip()
        fields[places[0]] = replace(field, calibration=calibration, description=told)
    return fields, time


def _kind(converter: object) -> str:
    """Return which class of ccsdspy a converter is of; empty where it converts in a way of its own."""
    for each in type(converter).__mro__:
        if each.__module__ == _MODULE:
            return "PolyConverter" if each.__name__ == "LinearConverter" else each.__name__
        if "convert" in vars(each):
            return ""
    return ""


def _calibration(kind: str, converter: Any, field: Parameter) -> Calibration | None:
    if kind == "PolyConverter" and field.data_type in ("uint", "int", "float"):
        coefficients = tuple(float(each) for each in reversed(converter._coeffs))
        if coefficients and all(map(math.isfinite, coefficients)):
            return Polynomial(coefficients)
    if kind == "EnumConverter" and field.data_type in ("uint", "int") and converter._replace_dict:
        return Enumeration({int(value): str(text) for value, text in converter._replace_dict.items()})
    return None


def _time(
    converter: Any, fields: Sequence[Parameter], places: Sequence[int]
) -> tuple[TimeFormat, Parameter] | None:
    """Return the format and padding over the fields that hold it, or ``None`` where it is no such code."""
    parts = [fields[i] for i in places]
    at = parts[0].bit_offset if parts else None
    if at is None or at % 8 or not all(_is_whole(part) for part in parts):
        return None
    end = at
    for part in parts:
        if part.bit_offset != end:
            return None
        end += part.bit_length
    epoch = _epoch(converter._since)
    match tuple(converter._units), [part.bit_length // 8 for part in parts]:
        case ("seconds",), [seconds] if seconds <= 7:
            fmt = TimeFormat("cuc", coarse_octets=seconds, fine_octets=0, epoch=epoch)
        case ("days", "milliseconds"), [days, 4] if days in (2, 3):
            fmt = TimeFormat("cds", day_octets=days, submillisecond_octets=0, epoch=epoch)
        case ("days", "milliseconds", "microseconds"), [days, 4, 2] if days in (2, 3):
            fmt = TimeFormat("cds", day_octets=days, submillisecond_octets=2, epoch=epoch)
        case _:
            return None
    name = "time"
    while any(field.name == name for field in fields):
        name = "_" + name
    return fmt, Parameter(name, "fill", end - at, at, role="time")


def _is_whole(part: Parameter) -> bool:
    plain = part.data_type == "uint" and part.array_length is None and part.byte_order == "big"
    return plain and part.bit_length % 8 == 0


def _epoch(since: Any) -> str:
    """Return a date without a scale: Python's dates count no leap seconds; one without a zone is UTC."""
    if since.utcoffset() is not None:
        since = (since - since.utcoffset()).replace(tzinfo=None)
    return str(since.isoformat())
