"""Scales of time and their texts: UTC, TAI, TT and GPS, leap seconds, epochs, ISO 8601.

Inside, a time is int64 nanoseconds UTC since 1970 and POSIX-like: every day has 86,400 s, and a leap second
repeats the first second of the next day. Before 1972-01-01, where UTC had no whole leap seconds, TAI − UTC
counts as 10 s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from decoders.shapes import NO_TIME

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS

LEAP_SECONDS: tuple[tuple[str, int], ...] = (
    ("1972-01-01", 10), ("1972-07-01", 11), ("1973-01-01", 12), ("1974-01-01", 13), ("1975-01-01", 14),
    ("1976-01-01", 15), ("1977-01-01", 16), ("1978-01-01", 17), ("1979-01-01", 18), ("1980-01-01", 19),
    ("1981-07-01", 20), ("1982-07-01", 21), ("1983-07-01", 22), ("1985-07-01", 23), ("1988-01-01", 24),
    ("1990-01-01", 25), ("1991-01-01", 26), ("1992-07-01", 27), ("1993-07-01", 28), ("1994-07-01", 29),
    ("1996-01-01", 30), ("1997-07-01", 31), ("1999-01-01", 32), ("2006-01-01", 33), ("2009-01-01", 34),
    ("2012-07-01", 35), ("2015-07-01", 36), ("2017-01-01", 37),
)  # fmt: skip
"""UTC date from which TAI − UTC has this value in seconds (IERS Bulletin C; none announced since)."""

_OFFSET_NS = np.array([offset for _, offset in LEAP_SECONDS], np.int64) * SECOND_NS
_UTC_NS = np.array([np.datetime64(day, "ns").astype(np.int64) for day, _ in LEAP_SECONDS])
_TAI_NS = _UTC_NS + _OFFSET_NS
"""The same instants on the TAI scale, counted from 1970-01-01 TAI."""
LONGEST_NS = 9_000_000_000 * SECOND_NS
"""A time further from 1970 than this (the years 1684 and 2255) counts as none."""
_AHEAD_NS = {"TAI": 0, "GPS": 19 * SECOND_NS, "TT": -32_184_000_000}
"""What makes TAI of a time on these scales (IS-GPS-200 §3.3.4; TT by IAU 1991 resolution A4)."""
_TEXT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?)?"
    r"(Z|[+-][01]\d:?[0-5]\d)?\Z",
    re.ASCII,
)

EPOCH_MEND = 'Write "tai", "gps", "j2000", a UTC date, or a date with its scale: "2000-01-01 TAI"'


@dataclass(frozen=True, slots=True)
class Epoch:
    """From where a clock counts: ``ns`` since 1970 on the clock's own scale.

    That scale is TAI where ``continuous``; else the count knows no leap seconds, like POSIX time.
    """

    ns: int
    continuous: bool


TAI_EPOCH = Epoch(-4383 * DAY_NS, True)
"""1958-01-01 TAI, the epoch of 301.0-B-4."""
_NAMED = {
    "tai": TAI_EPOCH,
    "gps": Epoch(3657 * DAY_NS + 19 * SECOND_NS, True),
    "j2000": Epoch(10957 * DAY_NS + DAY_NS // 2 - 32_184_000_000, True),
}


@lru_cache(maxsize=64)
def read_epoch(text: str) -> Epoch:
    """Read ``tai``, ``gps``, ``j2000``, or an ISO date with a scale: ``2000-01-01T12:00:00 TT``.

    A date on the scale TAI, TT or GPS is of a count that runs through leap seconds; one without a scale is
    UTC, and its count has none. Raises ``ValueError`` where the text is neither.
    """
    named = _NAMED.get(text)
    if named is not None:
        return named
    date, _, scale = text.strip().rpartition(" ")
    ahead_ns = _AHEAD_NS.get(scale.upper()) if date else None
    if ahead_ns is not None and date.endswith("Z"):
        raise ValueError(f"{text!r} is both UTC and {scale.upper()}")
    plain = ahead_ns is None and scale.upper() != "UTC"
    ns = parse_utc(text if plain else date) + (ahead_ns or 0)
    if abs(ns) > LONGEST_NS:
        raise ValueError(f"{text!r} is further from 1970 than int64 nanoseconds reach")
    return Epoch(ns, ahead_ns is not None)


def _offsets(ns: NDArray[np.int64], steps: NDArray[np.int64]) -> NDArray[np.int64] | np.int64:
    """Return TAI − UTC in ns for times given on the scale of ``steps``."""
    if not ns.size or ns.min() >= steps[-1]:  # nearly every batch lies behind the last leap second
        return np.int64(_OFFSET_NS[-1])
    rows = np.searchsorted(steps, ns, side="right") - 1
    return np.asarray(_OFFSET_NS[np.maximum(rows, 0)], np.int64)


def tai_to_utc(ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ns UTC of ns since 1970-01-01 TAI."""
    return ns - _offsets(ns, _TAI_NS)


def utc_to_tai(ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ns since 1970-01-01 TAI of ns UTC."""
    return ns + _offsets(ns, _UTC_NS)


def utc_text(ns: int) -> str:
    """Return ``2026-11-18T21:38:00.123456789Z``, or an empty text for ``NO_TIME``."""
    if ns == NO_TIME:
        return ""
    seconds, rest = divmod(int(ns), SECOND_NS)
    return f"{np.datetime64(seconds, 's')}.{rest:09d}Z"


def parse_utc(text: str) -> int:
    """Return ns UTC of an ISO 8601 date or time; without a zone it is UTC.

    Raises ``ValueError`` naming the text and the form that is wanted.
    """
    match = _TEXT.match(text.strip())
    try:
        if match is None:
            raise ValueError(text)
        year, month, day, hour, minute, second, fraction, zone = match.groups()
        if int(hour or 0) > 23 or int(minute or 0) > 59 or int(second or 0) > 60:
            raise ValueError(text)
        days = int(np.datetime64(f"{year}-{month}-{day}", "D").astype(np.int64))
    except ValueError:
        raise ValueError(f"{text!r} is not a UTC time like 2026-11-18T21:38:00Z") from None
    seconds = days * 86_400 + int(hour or 0) * 3_600 + int(minute or 0) * 60 + int(second or 0)
    if zone and zone != "Z":
        sign = -1 if zone[0] == "-" else 1
        seconds -= sign * (int(zone[1:3]) * 3_600 + int(zone[-2:]) * 60)
    return seconds * SECOND_NS + int((fraction or "").ljust(9, "0") or 0)
