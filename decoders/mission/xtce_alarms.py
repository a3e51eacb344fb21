"""Alarms of XTCE types as limits (XTCE 1.2, NumericAlarmType, EnumerationAlarmType).

The five ranges keep their order: watch, warning (``caution``), distress (``serious``), critical, severe. With
``rangeForm="outside"``, the default, a range holds what is fine: an inclusive end belongs to it, an exclusive
one to the alarm. ``minViolations`` is 1 where it is not told, and there is no deadband.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from decoders.mission.model import Band, Limits, Severity
from decoders.mission.xtce_xml import Node

_BANDS = {
    "WatchRange": "watch", "WarningRange": "caution", "DistressRange": "serious",
    "CriticalRange": "critical", "SevereRange": "severe",
}  # fmt: skip
_CONCERNS = {
    "normal": Severity.NORMAL, "watch": Severity.CAUTION, "warning": Severity.CAUTION,
    "distress": Severity.SERIOUS, "critical": Severity.CRITICAL, "severe": Severity.CRITICAL,
}  # fmt: skip
_READ = (
    "StaticAlarmRanges", "ChangeAlarmRanges", "EnumerationAlarmList", "ContextMatch", "AncillaryDataSet",
)  # fmt: skip
_LABELS = ("enumerationLabel", "enumerationValue")
MOST_VIOLATIONS = 1_000_000
Note = Callable[[Node, str], None]
"""Takes what is not read, and why."""


def alarm_limits(node: Node, note: Note) -> Limits | None:
    """Return what an alarm element limits, ``None`` for nothing; what is not read is noted."""
    for child in node.children:
        if child.tag not in _READ:
            note(child, f"{child.tag} is not read")
    lasting = min(max(int(_number(node, "minViolations", note) or 1), 1), MOST_VIOLATIONS)
    bands = _bands(node.find("StaticAlarmRanges"), note)
    change = node.find("ChangeAlarmRanges")
    rate = _limits(_changes(change, note), lasting)
    states = []
    for each in node.all("EnumerationAlarmList", "EnumerationAlarm"):
        label = next((each.get(name) for name in _LABELS if each.get(name)), "")
        severity = _severity(each, "alarmLevel", note)
        if label and severity is not None:
            states.append((label, severity))
    found = replace(
        _limits(bands, lasting),
        states=tuple(dict(states).items()),
        other_states=_severity(node, "defaultAlarmLevel", note) or Severity.NORMAL,
        rate=rate if rate.says_something else None,
    )
    return found if found.says_something else None


def _limits(bands: dict[str, Band], lasting: int) -> Limits:
    caution, serious, critical, watch, severe = (
        bands.get(name) for name in ("caution", "serious", "critical", "watch", "severe")
    )
    return Limits(caution, serious, critical, lasting, 0.0, watch, severe)


def _changes(ranges: Node | None, note: Note) -> dict[str, Band]:
    """Return the bands of an absolute change per second."""
    if ranges is None:
        return {}
    if (ranges.get("changeType") or "changePerSecond") != "changePerSecond":
        note(ranges, "changes per sample are not read: only those per second are")
        return {}
    if (ranges.get("changeBasis") or "absoluteChange") != "absoluteChange":
        note(ranges, "changes in percent are not read: only absolute ones are")
        return {}
    if (_number(ranges, "spanOfInterestInSamples", note) or 1) > 1 or _number(
        ranges, "spanOfInterestInSeconds", note
    ):
        note(ranges, "the span of a change is not read: it is that from one sample to the next")
    bands = _bands(ranges, note)
    for name in ("watch", "severe"):
        if bands.pop(name, None) is not None:
            note(ranges, f"a {name} range of a change is not read")
    return bands


def _bands(ranges: Node | None, note: Note) -> dict[str, Band]:
    if ranges is None:
        return {}
    if ranges.get("rangeForm") == "inside":
        note(ranges, "alarm ranges that alarm inside are not read")
        return {}
    found = {}
    for tag, name in _BANDS.items():
        each = ranges.find(tag)
        band = None if each is None else _band(each, note)
        if band is not None:
            found[name] = band
    return found


def _band(node: Node, note: Note) -> Band | None:
    (lo, lo_inclusive), (hi, hi_inclusive) = _side(node, "min", note), _side(node, "max", note)
    if lo is None and hi is None:
        return None
    if lo is not None and hi is not None and lo > hi:
        note(node, f"a range from {lo:g} to {hi:g} is empty")
        return None
    return Band(lo, hi, lo_inclusive, hi_inclusive)


def _side(node: Node, side: str, note: Note) -> tuple[float | None, bool]:
    for key, inclusive in ((f"{side}Inclusive", True), (f"{side}Exclusive", False)):
        number = _number(node, key, note)
        if number is not None:
            return number, inclusive
    return None, True


def _severity(node: Node, key: str, note: Note) -> Severity | None:
    text = node.get(key)
    if text and text not in _CONCERNS:
        note(node, f"{key} {text!r} is none of {', '.join(_CONCERNS)}")
    return _CONCERNS.get(text)


def _number(node: Node, key: str, note: Note) -> float | None:
    """Return a finite number of an attribute; ``None`` where there is none."""
    text = node.get(key)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        note(node, f"{key} {text!r} is no number")
        return None
    return number
