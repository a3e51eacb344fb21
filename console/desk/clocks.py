"""How the desk writes times: UTC with day of year, JST (+09:00, no daylight saving), spans, countdowns."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache

from PySide6.QtCore import QLocale

JST = timezone(timedelta(hours=9))
SECOND = 1_000_000_000


def _utc(ns: int) -> datetime:
    return datetime.fromtimestamp(ns // SECOND, UTC)


def clock_text(ns: int) -> str:
    """Return ``2026-326 09:50:22Z``."""
    return _utc(ns).strftime("%Y-%j %H:%M:%SZ")


def time_text(ns: int) -> str:
    """Return ``09:50:22Z``."""
    return _utc(ns).strftime("%H:%M:%SZ")


def date_text(ns: int, locale: QLocale | None = None) -> str:
    """Return the UTC date with the short name of its day, ``2026-11-22 Sun``."""
    day = _utc(ns)
    name = (locale or QLocale()).dayName(day.isoweekday(), QLocale.FormatType.ShortFormat)
    return f"{day:%Y-%m-%d} {name}"


def jst_text(ns: int) -> str:
    """Return ``18:50:22 JST``, with ``+1d`` where the date there is the next one."""
    utc = _utc(ns)
    japan = utc.astimezone(JST)
    return f"{japan:%H:%M:%S} JST" + (" +1d" if japan.date() != utc.date() else "")


def span_text(ns: int) -> str:
    """Return a duration as ``2d 08:14:22`` or ``08:14:22``; a negative one with its sign (U+2212)."""
    sign, seconds = ("−" if ns < 0 else ""), abs(ns) // SECOND
    days, rest = divmod(seconds, 86_400)
    text = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{sign}{days}d {text}" if days else f"{sign}{text}"


def countdown_text(remaining_ns: int) -> str:
    """Return ``T-00:12:34`` before an instant and ``T+00:00:05`` after it."""
    seconds = -(-remaining_ns // SECOND) if remaining_ns > 0 else -remaining_ns // SECOND
    sign = "-" if remaining_ns > 0 else "+"
    return f"T{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def lag_text(ns: int) -> str:
    """Return how far behind, ``+00:41``, ``+1:02:03`` or ``+3d``."""
    seconds = max(0, ns) // SECOND
    if seconds >= 86_400:
        return f"+{seconds // 86_400}d"
    if seconds >= 3600:
        return f"+{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"+{seconds // 60:02d}:{seconds % 60:02d}"


def octets_text(octets: float) -> str:
    """Return a file size in decimal units, ``1.84 GB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if octets < 1000:
            return f"{octets:.0f} {unit}" if unit in ("B", "kB") else f"{octets:.2f} {unit}"
        octets /= 1000
    return f"{octets:.2f} TB"


def bit_rate_text(bits_s: float) -> str:
    """Return ``64 kbit/s`` or ``2.05 Mbit/s``."""
    if bits_s >= 1e6:
        return f"{bits_s / 1e6:.2f} Mbit/s"
    return f"{bits_s / 1e3:.0f} kbit/s" if bits_s >= 1e3 else f"{bits_s:.0f} bit/s"


@cache
def parse_utc_instant(words: str) -> int | None:
    """Read an ISO 8601 instant of a mission file as ns; None where it is empty or not an instant."""
    try:
        at = datetime.fromisoformat(words)
    except ValueError:
        return None
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()) * SECOND


def parse_instant(text: str, near_ns: int) -> int | None:
    """Read ``HH:MM[:SS]``, ``DDD HH:MM[:SS]``, ``YYYY-DDD …`` or ``YYYY-MM-DD …`` as UTC ns.

    What is left out is taken from ``near_ns``; None where the text is no time.
    """
    words = text.strip().rstrip("zZ").replace("T", " ").split()
    if not words or len(words) > 2 or ":" not in words[-1]:
        return None
    day = _utc(near_ns).date()
    try:
        if len(words) == 2:
            day = _day(words[0], day)
        parts = [int(part) for part in words[-1].split(":")]
        if len(parts) not in (2, 3) or not (0 <= parts[0] < 24 and all(0 <= p < 60 for p in parts[1:])):
            return None
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    except ValueError:
        return None
    seconds = parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) == 3 else 0)
    return (int(midnight.timestamp()) + seconds) * SECOND


def _day(word: str, near: date) -> date:
    parts = [int(part) for part in word.split("-")]
    if len(parts) == 3:
        return date(*parts)
    year = parts[0] if len(parts) == 2 else near.year
    if len(parts) > 2 or not 1 <= parts[-1] <= 366:
        raise ValueError(word)
    return date(year, 1, 1) + timedelta(days=parts[-1] - 1)
