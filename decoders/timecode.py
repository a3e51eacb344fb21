"""CCSDS time codes (301.0-B-4) to and from int64 nanoseconds UTC since 1970, and the text of times.

Inside, a time is POSIX-like: every day has 86,400 s, and a leap second repeats the first second of
the next day. Before 1972-01-01, where UTC had no whole leap seconds, TAI − UTC counts as 10 s.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from decoders.mission.model import TimeFormat
from decoders.shapes import NO_TIME

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS
CCSDS_EPOCH_DAYS = -4383
"""Days from 1970-01-01 to 1958-01-01, the epoch of 301.0-B-4."""

LEAP_SECONDS: tuple[tuple[str, int], ...] = (
    ("1972-01-01", 10), ("1972-07-01", 11), ("1973-01-01", 12), ("1974-01-01", 13), ("1975-01-01", 14),
    ("1976-01-01", 15), ("1977-01-01", 16), ("1978-01-01", 17), ("1979-01-01", 18), ("1980-01-01", 19),
    ("1981-07-01", 20), ("1982-07-01", 21), ("1983-07-01", 22), ("1985-07-01", 23), ("1988-01-01", 24),
    ("1990-01-01", 25), ("1991-01-01", 26), ("1992-07-01", 27), ("1993-07-01", 28), ("1994-07-01", 29),
    ("1996-01-01", 30), ("1997-07-01", 31), ("1999-01-01", 32), ("2006-01-01", 33), ("2009-01-01", 34),
    ("2012-07-01", 35), ("2015-07-01", 36), ("2017-01-01", 37),
)  # fmt: skip
"""UTC date from which TAI − UTC has this value in seconds (IERS Bulletin C; none announced since)."""

_UTC_S = np.array([np.datetime64(day, "s").astype(np.int64) for day, _ in LEAP_SECONDS])
_OFFSET_S = np.array([offset for _, offset in LEAP_SECONDS], np.int64)
_TAI_S = _UTC_S + _OFFSET_S
"""The same instants on the TAI scale, counted from 1970-01-01 TAI."""
_LONGEST_S = 9_000_000_000
"""Seconds from 1970 that still fit int64 nanoseconds."""
_TEXT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?)?(Z|[+-]\d\d:?\d\d)?\Z"
)


def _offsets(seconds: NDArray[np.int64], steps: NDArray[np.int64]) -> NDArray[np.int64] | np.int64:
    """Return TAI − UTC for times given on the scale of ``steps``."""
    if seconds.size == 0:
        return np.int64(0)
    first, last = np.searchsorted(steps, (seconds.min(), seconds.max()), side="right")
    if first == last:  # nearly every batch lies between two leap seconds
        return np.int64(_OFFSET_S[max(int(first) - 1, 0)])
    rows = np.searchsorted(steps, seconds, side="right") - 1
    return np.asarray(_OFFSET_S[np.maximum(rows, 0)], np.int64)


def tai_seconds_to_utc(seconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return UTC seconds since 1970 of TAI seconds since 1970-01-01 TAI."""
    return seconds - _offsets(seconds, _TAI_S)


def utc_seconds_to_tai(seconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return TAI seconds since 1970-01-01 TAI of UTC seconds since 1970."""
    return seconds + _offsets(seconds, _UTC_S)


def epoch_seconds(epoch: str) -> int:
    """Return the seconds from 1970 to an ISO epoch, or to 1958-01-01 for ``"tai"``.

    Raises ``ValueError`` where the text is no date.
    """
    if epoch == "tai":
        return CCSDS_EPOCH_DAYS * 86_400
    return parse_utc(epoch) // SECOND_NS


def time_octets(fmt: TimeFormat) -> int:
    """Return how many octets a time field of this format has, P-field included; 0 for ``none``."""
    if fmt.code == "none":
        return 0
    if fmt.code == "cuc":
        body, p_field = fmt.coarse_octets + fmt.fine_octets, _cuc_p_field(fmt)
    else:
        body, p_field = fmt.day_octets + 4 + fmt.submillisecond_octets, _cds_p_field(fmt)
    return body + (len(p_field) if fmt.has_p_field else 0)


def _cuc_p_field(fmt: TimeFormat) -> bytes:
    """Build the P-field (§3.2.2): code 001 for the TAI epoch of 1958, 010 for an agency's own."""
    code = 1 if fmt.epoch == "tai" else 2
    coarse, fine = min(fmt.coarse_octets, 4), min(fmt.fine_octets, 3)
    first = code << 4 | (coarse - 1) << 2 | fine
    more_coarse, more_fine = fmt.coarse_octets - coarse, fmt.fine_octets - fine
    if not more_coarse and not more_fine:
        return bytes([first])
    return bytes([0x80 | first, more_coarse << 5 | more_fine << 2])


def _cds_p_field(fmt: TimeFormat) -> bytes:
    """Build the P-field (§3.3.2): code 100, epoch, length of the day, resolution."""
    own_epoch = 0 if fmt.epoch in ("tai", "1958-01-01") else 1
    return bytes([0x40 | own_epoch << 3 | (fmt.day_octets == 3) << 2 | fmt.submillisecond_octets // 2])


def p_field_format(first: int, second: int = 0) -> TimeFormat | None:
    """Return the format that a P-field announces, or ``None`` if it is neither CUC nor CDS.

    An agency-defined epoch cannot be known from the P-field: such a format has an empty ``epoch``.
    """
    code = first >> 4 & 7
    if code in (1, 2):
        coarse, fine = (first >> 2 & 3) + 1, first & 3
        if first & 0x80:
            coarse, fine = coarse + (second >> 5 & 3), fine + (second >> 2 & 7)
        return TimeFormat("cuc", True, coarse, fine, epoch="tai" if code == 1 else "")
    if code == 4 and not first & 0x80 and first & 3 != 3:
        return TimeFormat(
            "cds", True, day_octets=3 if first & 4 else 2, submillisecond_octets=(first & 3) * 2,
            epoch="" if first & 8 else "tai",
        )  # fmt: skip
    return None


def _number(octets: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Read each row as one big-endian unsigned integer of at most eight octets."""
    count = octets.shape[1]
    wide = np.zeros((len(octets), 8), np.uint8)
    wide[:, 8 - count :] = octets
    return wide.view(">u8")[:, 0].astype(np.uint64)


def _octets(numbers: NDArray[np.int64], count: int) -> NDArray[np.uint8]:
    return numbers.astype(">u8")[:, None].view(np.uint8)[:, 8 - count :]


def _split(octets: NDArray[np.uint8], fmt: TimeFormat, p_field: bytes) -> tuple[NDArray, NDArray]:
    """Return the T-field and which rows announce the right P-field."""
    if octets.ndim != 2 or octets.shape[1] != time_octets(fmt):
        wanted = time_octets(fmt)
        raise ValueError(f"a {fmt.code} time of this format has {wanted} octets, not {octets.shape}")
    if not fmt.has_p_field:
        return octets, np.ones(len(octets), np.bool_)
    right = (octets[:, : len(p_field)] == np.frombuffer(p_field, np.uint8)).all(axis=1)
    return octets[:, len(p_field) :], right


def _join(seconds: NDArray[np.int64], ns: NDArray[np.int64], valid: NDArray[np.bool_]) -> NDArray[np.int64]:
    valid &= np.abs(seconds) < _LONGEST_S
    if valid.all():
        return np.asarray(seconds * SECOND_NS + ns, np.int64)
    return np.where(valid, np.where(valid, seconds, 0) * SECOND_NS + ns, NO_TIME)


def cuc_to_ns(octets: NDArray[np.uint8], fmt: TimeFormat) -> NDArray[np.int64]:
    """Return ns UTC of unsegmented times (§3.2), rows of ``octets``; ``NO_TIME`` where invalid.

    A time is invalid if its P-field is not the one of the format or if it lies outside int64 ns.
    The fine part is rounded to the nearest nanosecond. With ``epoch="tai"`` leap seconds are taken
    off; any other epoch is UTC and the count is taken as one without leap seconds.
    """
    body, valid = _split(octets, fmt, _cuc_p_field(fmt))
    coarse = _number(body[:, : fmt.coarse_octets])
    valid &= coarse < np.uint64(2 * _LONGEST_S)
    seconds = coarse.astype(np.int64) + epoch_seconds(fmt.epoch)
    ns = np.zeros(len(body), np.int64)
    fine = min(fmt.fine_octets, 4)  # 2**-32 s is finer than a nanosecond
    if fine:
        fraction = _number(body[:, fmt.coarse_octets : fmt.coarse_octets + fine])
        half = np.uint64(1 << (8 * fine - 1))
        ns = ((fraction * np.uint64(SECOND_NS) + half) >> np.uint64(8 * fine)).astype(np.int64)
    if fmt.epoch == "tai":
        seconds = tai_seconds_to_utc(seconds)
    return _join(seconds, ns, valid)


def cds_to_ns(octets: NDArray[np.uint8], fmt: TimeFormat) -> NDArray[np.int64]:
    """Return ns UTC of day-segmented times (§3.3), rows of ``octets``; ``NO_TIME`` where invalid.

    The code counts UTC days, so no leap second is applied: ``epoch="tai"`` means 1958-01-01. A
    millisecond of the day beyond the leap second (86,401,000) or a sub-millisecond beyond its range
    is invalid.
    """
    body, valid = _split(octets, fmt, _cds_p_field(fmt))
    days = _number(body[:, : fmt.day_octets]).astype(np.int64)
    ms = _number(body[:, fmt.day_octets : fmt.day_octets + 4]).astype(np.int64)
    ns = ms * 1_000_000
    valid &= ms < 86_401_000
    if fmt.submillisecond_octets == 2:
        micro = _number(body[:, fmt.day_octets + 4 :]).astype(np.int64)
        valid &= micro < 1_000
        ns += micro * 1_000
    elif fmt.submillisecond_octets == 4:
        pico = _number(body[:, fmt.day_octets + 4 :]).astype(np.int64)
        valid &= pico < 1_000_000_000
        ns += (pico + 500) // 1_000
    return _join(days * 86_400 + epoch_seconds(fmt.epoch), ns, valid)


def to_ns(octets: NDArray[np.uint8], fmt: TimeFormat) -> NDArray[np.int64]:
    """Return ns UTC of times in any format; all ``NO_TIME`` for ``code="none"``."""
    if fmt.code == "cuc":
        return cuc_to_ns(octets, fmt)
    if fmt.code == "cds":
        return cds_to_ns(octets, fmt)
    return np.full(len(octets), NO_TIME, np.int64)


def ns_to_cuc(ns: NDArray[np.int64], fmt: TimeFormat) -> NDArray[np.uint8]:
    """Return unsegmented times, ``(n, k)`` octets, of ns UTC; the fine part is the nearest tick.

    Raises ``ValueError`` if a time does not fit the coarse octets.
    """
    seconds, rest = np.divmod(np.asarray(ns, np.int64), SECOND_NS)
    if fmt.epoch == "tai":
        seconds = utc_seconds_to_tai(seconds)
    seconds = seconds - epoch_seconds(fmt.epoch)
    fine = min(fmt.fine_octets, 4)
    ticks = (rest.astype(np.uint64) << np.uint64(8 * fine)) + np.uint64(SECOND_NS // 2)
    ticks //= np.uint64(SECOND_NS)
    seconds = seconds + (ticks >> np.uint64(8 * fine)).astype(np.int64)
    if fine:
        ticks &= np.uint64((1 << 8 * fine) - 1)
    if len(seconds) and (seconds.min() < 0 or int(seconds.max()) >> 8 * fmt.coarse_octets):
        raise ValueError(f"a time does not fit {fmt.coarse_octets} octets of seconds from {fmt.epoch}")
    out = np.zeros((len(seconds), time_octets(fmt)), np.uint8)
    p_field = _cuc_p_field(fmt) if fmt.has_p_field else b""
    out[:, : len(p_field)] = np.frombuffer(p_field, np.uint8)
    at = len(p_field)
    out[:, at : at + fmt.coarse_octets] = _octets(seconds, fmt.coarse_octets)
    if fine:
        at += fmt.coarse_octets
        out[:, at : at + fine] = _octets(ticks.astype(np.int64), fine)
    return out


def ns_to_cds(ns: NDArray[np.int64], fmt: TimeFormat) -> NDArray[np.uint8]:
    """Return day-segmented times, ``(n, k)`` octets, of ns UTC, cut to the format's resolution.

    Raises ``ValueError`` if a day does not fit the day octets.
    """
    days, rest = np.divmod(np.asarray(ns, np.int64) - epoch_seconds(fmt.epoch) * SECOND_NS, DAY_NS)
    if len(days) and (days.min() < 0 or int(days.max()) >> 8 * fmt.day_octets):
        raise ValueError(f"a time does not fit {fmt.day_octets} octets of days from {fmt.epoch}")
    ms, rest = np.divmod(rest, 1_000_000)
    parts = [_octets(days, fmt.day_octets), _octets(ms, 4)]
    if fmt.has_p_field:
        parts.insert(0, np.tile(np.frombuffer(_cds_p_field(fmt), np.uint8), (len(days), 1)))
    if fmt.submillisecond_octets == 2:
        parts.append(_octets(rest // 1_000, 2))
    elif fmt.submillisecond_octets == 4:
        parts.append(_octets(rest * 1_000, 4))
    return np.concatenate(parts, axis=1)


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
