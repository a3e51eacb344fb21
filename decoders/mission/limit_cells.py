"""The cells of limits: bands, states, rates of change, and what holds in context."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol, TypeVar

from decoders.mission import cells
from decoders.mission.cells import CellError
from decoders.mission.context_cells import contexts, contexts_text
from decoders.mission.model import Band, ContextLimits, Limits, Severity

BANDS = ("watch", "caution", "serious", "critical", "severe")
RATES = ("rate_caution", "rate_serious", "rate_critical")
COLUMNS = (*BANDS, "states", *RATES, "persistence", "deadband", "context_limits")
"""The columns of a definition file that tell limits."""
_IN_CONTEXT = COLUMNS[:-1]
_SEVERITIES = {severity.name.lower(): severity for severity in Severity}
_ANY_OTHER = "*"
_WITH_UNIT = re.compile(r"(.*[0-9.])\s+([^\s0-9.<>=+−-].*)\Z")
_SAME_UNIT = {"℃": "degC", "°C": "degC", "°": "deg", "°/s": "deg/s", "Ω": "ohm"}
_T = TypeVar("_T")
_DEFAULTS = Limits()
_NO_STATES: tuple[tuple[tuple[str, Severity], ...], Severity] = ((), Severity.NORMAL)
_NO_CONTEXTS: tuple[ContextLimits, ...] = ()


class Cells(Protocol):
    """Reads the text of a named cell, or gives the default where there is none."""

    def __call__(self, name: str, read: Callable[[str], _T], default: _T, /) -> _T: ...


def limits(cell: Cells, unit: str, base: Limits = _DEFAULTS) -> Limits:
    """Read the limits of a parameter with this unit.

    ``base`` gives the persistence and the deadband where these cells do not.
    """
    band = partial(band_in, unit=unit)
    watch, caution, serious, critical, severe = (cell(name, band, None) for name in BANDS)
    states, other = cell("states", states_of, _NO_STATES)
    per_second = partial(band_in, unit=f"{unit}/s" if unit else "")
    rate_caution, rate_serious, rate_critical = (cell(name, per_second, None) for name in RATES)
    lasting = cell("persistence", cells.whole(1, 1_000_000), base.min_violations)
    margin = cell("deadband", cells.fraction, base.deadband_fraction)
    rate = Limits(rate_caution, rate_serious, rate_critical, lasting, margin)
    return Limits(
        caution, serious, critical, lasting, margin, watch, severe, states, other,
        rate if rate.says_something else None,
    )  # fmt: skip


def context_limits(cell: Cells, unit: str, base: Limits = _DEFAULTS) -> tuple[ContextLimits, ...]:
    """Read ``[{"when": "mode == 2", "caution": "0..5"}, …]``; a context with ``when`` alone never alarms.

    Persistence and deadband are those of ``base`` unless the context has its own.
    """
    return cell("context_limits", partial(_contexts, unit=unit, base=base), _NO_CONTEXTS)


def _contexts(text: str, unit: str, base: Limits) -> tuple[ContextLimits, ...]:
    found = []
    for when, value in contexts(text, _IN_CONTEXT):

        def cell(name: str, read: Callable[[str], _T], default: _T, value: Mapping[str, Any] = value) -> _T:
            if name not in value:
                return default
            inner = value[name]
            try:
                return read(inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False))
            except CellError as bad:
                raise CellError(f"{name} when {value['when']}: {bad.message}", bad.mend) from None

        found.append(ContextLimits(when, limits(cell, unit, base)))
    return tuple(found)


def band_in(text: str, unit: str) -> Band | None:
    """Read a band (see ``cells.parse_band``) with or without a unit, which must be the one given."""
    match = _WITH_UNIT.match(text.strip())
    if match is None:
        return cells.parse_band(text)
    told = match[2].strip()
    if unit and _SAME_UNIT.get(told, told) != _SAME_UNIT.get(unit, unit):
        raise CellError(f"{text!r} is in {told}, not in {unit}", f"Write it in {unit}")
    return cells.parse_band(match[1])


def states_of(text: str) -> tuple[tuple[tuple[str, Severity], ...], Severity]:
    """Read ``{"FAULT": "critical", "3": "caution", "*": "normal"}``; ``*`` is any other value."""
    value = cells.json_value(text)
    if not isinstance(value, dict):
        raise CellError("not an object of severities", 'Write {"FAULT": "critical"}')
    found = {}
    for state, name in value.items():
        if not isinstance(name, str) or name not in _SEVERITIES:
            raise CellError(f"severity {name!r:.40} of {state!r}", f"Use {', '.join(_SEVERITIES)}")
        found[state] = _SEVERITIES[name]
    other = found.pop(_ANY_OTHER, Severity.NORMAL)
    return tuple(found.items()), other


def limit_texts(limits: Limits | None, contexts: tuple[ContextLimits, ...]) -> dict[str, str]:
    """Return the cells that the reader reads back, by column; empty where one says nothing."""
    texts = _texts(limits, _DEFAULTS)
    texts["context_limits"] = contexts_text(
        [{"when": each.when, **_values(each.limits, limits or _DEFAULTS)} for each in contexts]
    )
    return texts


def _values(limits: Limits, base: Limits) -> dict[str, Any]:
    texts = {name: text for name, text in _texts(limits, base).items() if text}
    return {name: text if name in (*BANDS, *RATES) else json.loads(text) for name, text in texts.items()}


def _texts(limits: Limits | None, base: Limits) -> dict[str, str]:
    if limits is None:
        return dict.fromkeys(_IN_CONTEXT, "")
    states = {state: severity.name.lower() for state, severity in limits.states}
    if limits.other_states:
        states[_ANY_OTHER] = limits.other_states.name.lower()
    rate = limits.rate or _DEFAULTS
    fraction = limits.deadband_fraction
    return {
        **{name: cells.band_text(getattr(limits, name)) for name in BANDS},
        "states": json.dumps(states, ensure_ascii=False) if states else "",
        **{name: cells.band_text(getattr(rate, name.removeprefix("rate_"))) for name in RATES},
        "persistence": str(limits.min_violations) if limits.min_violations != base.min_violations else "",
        "deadband": repr(fraction) if fraction != base.deadband_fraction else "",
    }
