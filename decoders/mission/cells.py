"""The cells of a packet CSV: each function reads one text, or says what is wrong and how to mend it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, get_args

from decoders.mission.model import (
    Band,
    Calibration,
    DataType,
    Enumeration,
    NumberCalibration,
    PointPairs,
    Polynomial,
    Role,
)

PACKET_BITS = (65_536 + 6) * 8
"""The longest Space Packet."""

_TYPE = re.compile(r"([A-Za-z0-9_]+)\s*(?:\((.*)\))?\Z")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"(>=?)?\s*({_NUMBER})\s*\.\.\s*(<=?)?\s*({_NUMBER})\Z")
_KEY_RANGE = re.compile(r"\[\s*(-?\d+)\s*,\s*(-?\d+)\s*\]\Z")
_LISTED_RANGE = 256
MOST_POINTS = 1000
_SIDE = re.compile(rf"(<=?|>=?)\s*({_NUMBER})\Z")


class CellError(ValueError):
    """A cell that cannot be read: what is wrong and the mend."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.message, self.mend = message, mend


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise CellError(f"{text!r} is not a whole number", "Write it in decimal digits") from None
        if not lowest <= number <= highest:
            raise CellError(f"{number} is out of range", f"It must be {lowest} to {highest}")
        return number

    return read


def fraction(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 0.5:
        raise CellError(f"{text!r} is not a fraction of the band", "Write a number from 0 to 0.5")
    return number


def role(text: str) -> Role:
    for role in get_args(Role):
        if text == role:
            return role  # type: ignore[no-any-return]
    raise CellError(f"unknown role {text!r}", "Use time, phase, crc, spare, header, or leave the cell empty")


def data_type(text: str) -> tuple[DataType, int | str | None, tuple[int, ...]]:
    """Read ``uint``, ``uint(4)``, ``int(12, 24)``, ``uint(expand)`` or ``uint(OTHER_FIELD)``."""
    match = _TYPE.match(text)
    kinds: dict[str, DataType] = {each: each for each in get_args(DataType)}
    if match is None or match[1] not in kinds:
        near = get_close_matches(match[1] if match else text, kinds, 1, 0.4)
        mend = f"Did you mean {near[0]!r}?" if near else f"Use one of {', '.join(kinds)}"
        raise CellError(f"unknown data type {text!r}", mend)
    kind = kinds[match[1]]
    if match[2] is None:
        return kind, None, ()
    inside = match[2].strip()
    parts = [part.strip() for part in inside.split(",")]
    if all(part.isdecimal() for part in parts):
        shape = tuple(int(part) for part in parts)
        count = math.prod(shape)
        if not 0 < count <= PACKET_BITS:
            raise CellError(f"an array of {count} elements", "Give it at least one element")
        return kind, count, shape if len(shape) > 1 else ()
    if (len(parts) > 1 and "(" not in inside) or not inside:
        raise CellError(
            f"array size {inside!r}", "Use a count, counts as (4, 2), expand, or the name of a field"
        )
    return kind, inside, ()


def json_value(text: str) -> Any:
    """Read JSON whose objects have each key once."""
    try:
        return json.loads(text, object_pairs_hook=_object)
    except CellError:
        raise
    except (ValueError, RecursionError) as error:
        mend = 'Write [c0, c1, …] or {"0": "OFF", "1": "ON"}, quotes doubled inside a CSV cell'
        raise CellError(f"not JSON: {error}", mend) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise CellError(f"key {key!r} is there twice", "Keep one entry for each key")
        found[key] = value
    return found


def _coefficient(value: Any) -> float:
    try:
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise CellError(f"coefficient {value!r:.40} is not a number", "Write finite numbers")
    return number


def calibration(text: str) -> Calibration | None:
    """Read ``[c0, c1, …]``, ``{"0": c0, "1": c1, …}`` by degree, ``{"points": …}``, or labels by value."""
    return calibration_of(json_value(text))


def calibration_of(value: Any) -> Calibration | None:
    """Read a calibration that is JSON already; see ``calibration``."""
    if value in ([], {}, None):
        return None
    if isinstance(value, list):
        return Polynomial(tuple(_coefficient(each) for each in value))
    if not isinstance(value, dict):
        raise CellError(f"{value!r:.40} is neither a list nor an object", "Write [c0, c1, …], constant first")
    if "points" in value:
        return _point_pairs(value)
    if all(isinstance(each, str) for each in value.values()):
        return _labels(value)
    degrees = {_key(key): _coefficient(each) for key, each in value.items()}
    if min(degrees) < 0 or max(degrees) > 20:
        raise CellError("a degree out of range", "Degrees go from 0 to 20")
    return Polynomial(tuple(degrees.get(degree, 0.0) for degree in range(max(degrees) + 1)))


def _point_pairs(value: Mapping[str, Any]) -> PointPairs:
    """Read ``{"points": [[0, -40], [255, 85]], "order": 1, "extrapolate": false}``."""
    known_keys(value, ("points", "order", "extrapolate"))
    order, extrapolate, pairs = value.get("order", 1), value.get("extrapolate", False), value["points"]
    if order not in (0, 1) or isinstance(order, bool):
        raise CellError(f"order {order!r:.40}", "Write 1 for straight lines, 0 for steps")
    if not isinstance(extrapolate, bool):
        raise CellError(f"extrapolate {extrapolate!r:.40}", "Write true or false")
    if not isinstance(pairs, list) or not all(isinstance(each, list) and len(each) == 2 for each in pairs):
        raise CellError("points that are no pairs", "Write [[raw, engineering], …]: [[0, -40], [255, 85]]")
    points = tuple((_coefficient(x), _coefficient(y)) for x, y in pairs)
    if not 2 <= len(points) <= MOST_POINTS:
        raise CellError(f"{len(points)} points", f"Write 2 to {MOST_POINTS:,} of them")
    for before, point in pairwise(points):
        if not before[0] < point[0]:
            mend = "Write them in the order of the raw value, each once"
            raise CellError(f"the point at {point[0]:g} stands behind the one at {before[0]:g}", mend)
    return PointPairs(points, order, extrapolate)


def known_keys(value: Mapping[str, Any], known: Sequence[str]) -> None:
    """Refuse a key of a JSON object that nobody reads, and tell the nearest that somebody does."""
    for key in value:
        if key not in known:
            near = get_close_matches(key, known, 1, 0.6)
            mend = f"Did you mean {near[0]!r}?" if near else f"Use {', '.join(known)}"
            raise CellError(f"unknown key {key!r}", mend)


def number_calibration_text(calibration: NumberCalibration) -> str:
    """Return the JSON that ``calibration`` reads back."""
    return json.dumps(number_calibration_value(calibration))


def number_calibration_value(calibration: NumberCalibration) -> Any:
    """Return what is written as JSON for a calibration of numbers."""
    if isinstance(calibration, Polynomial):
        return list(calibration.coefficients)
    value: dict[str, Any] = {"points": [list(point) for point in calibration.points]}
    if calibration.order != 1:
        value["order"] = calibration.order
    if calibration.extrapolate:
        value["extrapolate"] = True
    return value


def enumeration(text: str) -> Enumeration | None:
    value = json_value(text)
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise CellError("not an object of labels", 'Write {"0": "OFF", "1": "ON"}')
    return _labels(value) if value else None


def _labels(value: Mapping[str, str]) -> Enumeration:
    """Read keys ``"7"`` and ``"[7,9]"`` (ends included); single values come before ranges."""
    labels: dict[int, str] = {}
    ranges: list[tuple[int, int, str]] = []
    for key, text in value.items():
        if match := _KEY_RANGE.match(key):
            first, last = int(match[1]), int(match[2])
            if first > last:
                raise CellError(f"range {key} is empty", "Write the lower end first")
            ranges.append((first, last, text))
        elif _key(key) in labels:
            raise CellError(f"value {_key(key)} has two labels", "Keep one label for each value")
        else:
            labels[_key(key)] = text
    wide = [each for each in ranges if each[1] - each[0] >= _LISTED_RANGE]
    if not wide:  # listed one by one, plain tools can label them too
        for first, last, text in ranges:
            for number in range(first, last + 1):
                labels.setdefault(number, text)
        ranges = []
    return Enumeration(labels, tuple(ranges))


def _key(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise CellError(f"key {text!r} is not a whole number", 'Write keys as "0", "1", "0x1F"') from None


def parse_band(text: str) -> Band | None:
    """Read ``lo..hi`` (ends included), ``<hi``, ``>lo``, ``<=hi``, ``>=lo``; empty or ``none`` is no band.

    ``>lo..<hi`` leaves the ends out.

    Raises ``ValueError`` for anything else.
    """
    text = text.strip().replace("−", "-")
    if text in ("", "none"):
        return None
    if match := _RANGE.match(text):
        lo, hi = _finite(match[2]), _finite(match[4])
        if lo > hi:
            raise CellError(f"{text!r} is empty", f"Write the lower end first: {match[4]}..{match[2]}")
        return Band(lo, hi, match[1] != ">", match[3] != "<")
    if match := _SIDE.match(text):
        inclusive, side = match[1].endswith("="), _finite(match[2])
        if match[1][0] == "<":
            return Band(None, side, hi_inclusive=inclusive)
        return Band(side, None, lo_inclusive=inclusive)
    raise CellError(f"limit {text!r}", "Write the range that is still fine: lo..hi, <hi or >lo")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise CellError(f"{text} is too large", "Leave that side out: lo..hi, <hi or >lo")
    return number


def band_text(band: Band | None) -> str:
    """Return the text that ``parse_band`` reads back; empty for no band."""
    if band is None or (band.lo is None and band.hi is None):
        return ""
    if band.lo is None:
        return f"<{'=' if band.hi_inclusive else ''}{_digits(band.hi)}"
    if band.hi is None:
        return f">{'=' if band.lo_inclusive else ''}{_digits(band.lo)}"
    low, high = "" if band.lo_inclusive else ">", "" if band.hi_inclusive else "<"
    return f"{low}{_digits(band.lo)}..{high}{_digits(band.hi)}"


def _digits(number: float | None) -> str:
    return repr(number).removesuffix(".0")
