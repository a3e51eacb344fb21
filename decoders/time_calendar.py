"""Time codes that write the calendar: CCS in BCD (301.0-B-4 §3.4) and the ASCII codes A and B (§3.5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from decoders.shapes import NO_TIME
from decoders.timescale import DAY_NS, LONGEST_NS, SECOND_NS

ASCII_LEAST_OCTETS = 17
"""``2026-322T21:38:00``: code B without a fraction."""
ASCII_MOST_OCTETS = 40
"""As far as a text is read where nothing tells its end."""
_DIGIT_WEIGHTS = 10 ** np.arange(8, -1, -1)
_SUBSECOND_PS = 10 ** np.arange(10, -1, -2)
"""The first subsecond octet counts 10⁻² s, the sixth 10⁻¹² s."""
_ZERO, _NINE = ord("0"), ord("9")
_Numbers = NDArray[np.int64]
_Rows = NDArray[np.bool_]


def ccs_octets(subsecond_octets: int) -> int:
    """Return the octets of a CCS T-field; both calendar variations have the same."""
    return 7 + subsecond_octets


def ccs_counts(body: NDArray[np.uint8], day_of_year: bool) -> tuple[_Numbers, _Rows]:
    """Return ns UTC of the T-fields of CCS, and which rows are valid: BCD digits of a date that exists."""
    high, low = body >> 4, body & 15
    valid = ((high < 10) & (low < 10)).all(axis=1)
    pair = high.astype(np.int64) * 10 + low
    year = pair[:, 0] * 100 + pair[:, 1]
    if day_of_year:
        days, dated = _days_of_year(year, pair[:, 2] * 100 + pair[:, 3])
    else:
        days, dated = _days(year, pair[:, 2], pair[:, 3])
    picoseconds = pair[:, 7:] @ _SUBSECOND_PS[: body.shape[1] - 7]
    fraction = (picoseconds + 500) // 1_000
    return _instants(days, pair[:, 4], pair[:, 5], pair[:, 6], fraction, valid & dated)


def ascii_counts(text: NDArray[np.uint8], bounded: bool) -> tuple[_Numbers, _Rows]:
    """Return ns UTC of ASCII codes A and B, one a row, and which rows are valid; digits beyond ns are cut.

    Each row tells its code itself. It ends at ``Z``, NUL, a space or the end of the row, and where it is not
    ``bounded`` at any octet that is no part of it.
    """
    if text.shape[1] < ASCII_LEAST_OCTETS:
        return np.zeros(len(text), np.int64), np.zeros(len(text), np.bool_)
    wide = np.zeros((len(text), max(text.shape[1], 19) + 12), np.uint8)
    wide[:, : text.shape[1]] = text
    code_b = wide[:, 8] == ord("T")
    if not code_b.any():
        return _ascii(wide, False, bounded)
    if code_b.all():
        return _ascii(wide, True, bounded)
    ns, valid = _ascii(wide, False, bounded)
    ns_b, valid_b = _ascii(wide, True, bounded)
    return np.where(code_b, ns_b, ns), np.where(code_b, valid_b, valid)


def _ascii(text: NDArray[np.uint8], code_b: bool, bounded: bool) -> tuple[_Numbers, _Rows]:
    digits = (text >= _ZERO) & (text <= _NINE)
    numbers = text.astype(np.int64) - _ZERO
    valid = np.ones(len(text), np.bool_)

    def number(at: int, count: int) -> _Numbers:
        nonlocal valid
        valid &= digits[:, at : at + count].all(axis=1)
        weights: _Numbers = _DIGIT_WEIGHTS[-count:]
        return numbers[:, at : at + count] @ weights

    def mark(at: int, character: str) -> None:
        nonlocal valid
        valid &= text[:, at] == ord(character)

    mark(4, "-")
    year = number(0, 4)
    if code_b:
        days, dated = _days_of_year(year, number(5, 3))
        at = 8
    else:
        mark(7, "-")
        days, dated = _days(year, number(5, 2), number(8, 2))
        at = 10
    mark(at, "T")
    mark(at + 3, ":")
    mark(at + 6, ":")
    hour, minute, second = number(at + 1, 2), number(at + 4, 2), number(at + 7, 2)
    point = text[:, at + 9] == ord(".")
    run = np.logical_and.accumulate(digits[:, at + 10 :], axis=1)
    some = run.sum(axis=1)
    valid &= ~point | (some > 0)
    fraction = (numbers[:, at + 10 : at + 19] * run[:, :9]) @ _DIGIT_WEIGHTS
    if bounded:
        end = np.where(point, at + 10 + some, at + 9)
        after = np.take_along_axis(text, end[:, None], axis=1)[:, 0]  # NULs stand behind every text
        valid &= np.isin(after, np.frombuffer(b"Z\0 ", np.uint8))
    return _instants(days, hour, minute, second, np.where(point, fraction, 0), valid & dated)


def _days(year: _Numbers, month: _Numbers, day: _Numbers) -> tuple[_Numbers, _Rows]:
    """Return days since 1970 of calendar dates, and which of them exist."""
    valid = (month >= 1) & (month <= 12)
    months = ((year - 1970) * 12 + np.where(valid, month, 1) - 1).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[D]").astype(np.int64)
    return first + day - 1, valid & (day >= 1) & (day <= following - first)


def _days_of_year(year: _Numbers, day: _Numbers) -> tuple[_Numbers, _Rows]:
    years = (year - 1970).astype("datetime64[Y]")
    first = years.astype("datetime64[D]").astype(np.int64)
    following = (years + 1).astype("datetime64[D]").astype(np.int64)
    return first + day - 1, (day >= 1) & (day <= following - first)


def _instants(
    days: _Numbers, hour: _Numbers, minute: _Numbers, second: _Numbers, fraction_ns: _Numbers, valid: _Rows
) -> tuple[_Numbers, _Rows]:
    """Return ns UTC; the second 60 is one of a leap second, at the end of a day."""
    leap = (second == 60) & (minute == 59) & (hour == 23)
    valid &= (hour < 24) & (minute < 60) & ((second < 60) | leap)
    valid &= np.abs(days) < LONGEST_NS // DAY_NS
    seconds = days * 86_400 + hour * 3_600 + minute * 60 + second
    return np.where(valid, seconds, 0) * SECOND_NS + fraction_ns, valid


def ns_to_ccs(ns: NDArray[np.int64], subsecond_octets: int, day_of_year: bool) -> NDArray[np.uint8]:
    """Return T-fields of CCS, ``(n, k)`` octets, cut to the resolution; a missing time is all zeros."""
    out = np.zeros((len(ns), ccs_octets(subsecond_octets)), np.uint8)
    for row, each in enumerate(np.asarray(ns, np.int64).tolist()):
        if each != NO_TIME:
            date, clock, fraction = _parts(each, day_of_year)
            digits = date.replace("-", "")
            if day_of_year:
                digits = digits[:4] + "0" + digits[4:]
            digits += clock.replace(":", "") + f"{fraction:09d}000"[: 2 * subsecond_octets]
            out[row] = np.frombuffer(bytes.fromhex(digits), np.uint8)
    return out


def ns_to_ascii(ns: NDArray[np.int64], octets: int, day_of_year: bool) -> NDArray[np.uint8]:
    """Return ASCII times, ``(n, octets)``, with as many digits as fit: code B if ``day_of_year``, else A.

    Raises ``ValueError`` if there is not even room for the seconds.
    """
    least = 17 if day_of_year else 19
    if octets < least:
        raise ValueError(f"an ASCII time has at least {least} octets, not {octets}")
    out = np.zeros((len(ns), octets), np.uint8)
    for row, each in enumerate(np.asarray(ns, np.int64).tolist()):
        if each != NO_TIME:
            date, clock, fraction = _parts(each, day_of_year)
            text = f"{date}T{clock}"
            if octets > least + 2:  # a point, a digit and Z
                text += "." + f"{fraction:09d}"[: octets - least - 2]
            text += "Z"
            out[row, : min(len(text), octets)] = np.frombuffer(text.encode()[:octets], np.uint8)
    return out


def _parts(ns: int, day_of_year: bool) -> tuple[str, str, int]:
    """Return ``2026-11-18`` or ``2026-322``, ``21:38:00`` and the nanoseconds of the second."""
    seconds, fraction = divmod(ns, SECOND_NS)
    instant = np.datetime64(seconds, "s")
    date, _, clock = str(instant).partition("T")
    if day_of_year:
        day = int((instant.astype("datetime64[D]") - instant.astype("datetime64[Y]")).astype(np.int64)) + 1
        date = f"{date[:4]}-{day:03d}"
    return date, clock, fraction
