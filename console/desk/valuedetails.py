"""What the hover of a parameter tells of its calibration and its limits, as they hold in the shown row."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from console.desk.models import Line
from console.desk.words import severity_text
from decoders.calibration import in_context
from decoders.engineering import context_of_row
from decoders.mission.cells import band_text
from decoders.mission.model import Calibration, Enumeration, Limits, PointPairs, Polynomial

LABELS_TOLD = 8
POINTS_TOLD = 4


def calibration_lines(line: Line) -> list[str]:
    """Return how raw values become engineering values in the context of the line's row."""
    parameter = line.parameter
    if parameter is None:
        return []
    row = line.row.raw if line.row is not None else {}
    number = context_of_row(line.packet, parameter.context_calibrations, row)
    text = _calibration_text(in_context(parameter, number))
    found = [QCoreApplication.translate("ValueDetails", "calibration {0}").format(text)] if text else []
    if number:
        when = parameter.context_calibrations[number - 1].when
        found.append(QCoreApplication.translate("ValueDetails", "calibrated so when {0}").format(when))
    return found


def limit_lines(line: Line) -> list[str]:
    """Return the limits that hold in the line's row: bands, states and rates."""
    parameter = line.parameter
    if parameter is None or not parameter.limit_sets:
        return []
    limits = line.limits if line.row is not None else parameter.limits
    found = _set_lines(limits) if limits is not None else []
    contexts = [each for each in parameter.context_limits if each.limits == limits]
    if contexts and limits != parameter.limits:
        if not found:
            found.append(QCoreApplication.translate("ValueDetails", "no alarm in this context"))
        found.append(QCoreApplication.translate("ValueDetails", "limits when {0}").format(contexts[0].when))
    return found


def _set_lines(limits: Limits) -> list[str]:
    found = []
    if limits.levels:
        bands = {"caution": "–", "serious": "–", "critical": "–"}
        bands |= {level.name: band_text(level.band) for level in limits.levels}
        text = QCoreApplication.translate("ValueDetails", "fine: caution {0} · serious {1} · critical {2}")
        text = text.format(bands["caution"], bands["serious"], bands["critical"])
        if limits.watch is not None:
            watch = QCoreApplication.translate("ValueDetails", "watch {0}").format(bands["watch"])
            text = f"{text} · {watch}"
        if limits.severe is not None:
            severe = QCoreApplication.translate("ValueDetails", "severe {0}").format(bands["severe"])
            text = f"{text} · {severe}"
        found.append(text)
    states = [f"{state} {severity_text(severity)}" for state, severity in limits.states]
    if limits.other_states:
        other = QCoreApplication.translate("ValueDetails", "any other {0}")
        states.append(other.format(severity_text(limits.other_states)))
    if states:
        more = " …" if len(states) > LABELS_TOLD else ""
        text = QCoreApplication.translate("ValueDetails", "states: {0}")
        found.append(text.format(", ".join(states[:LABELS_TOLD]) + more))
    if limits.rate is not None:
        rates = [f"{severity_text(each.severity)} {band_text(each.band)}" for each in limits.rate.levels]
        text = QCoreApplication.translate("ValueDetails", "fine change per second: {0}")
        found.append(text.format(" · ".join(rates)))
    return found


def _calibration_text(calibration: Calibration | None) -> str:
    if isinstance(calibration, Polynomial):
        return " + ".join(f"{c:g}·x^{i}" if i else f"{c:g}" for i, c in enumerate(calibration.coefficients))
    if isinstance(calibration, PointPairs):
        pairs = [f"{x:g} → {y:g}" for x, y in calibration.points]
        if len(pairs) > 2 * POINTS_TOLD:
            pairs = [*pairs[:POINTS_TOLD], "…", *pairs[-POINTS_TOLD:]]
        return ", ".join(pairs)
    if isinstance(calibration, Enumeration):
        labels = [f"{raw} {label}" for raw, label in calibration.labels.items()]
        return ", ".join(labels[:LABELS_TOLD]) + (" …" if len(labels) > LABELS_TOLD else "")
    return ""
