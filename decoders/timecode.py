"""CCSDS time codes (301.0-B-4) to and from int64 nanoseconds UTC since 1970.

The format says how the octets are read. Times are read in batches; what is no time is ``NO_TIME``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from decoders.mission.model import TimeFormat
from decoders.shapes import NO_TIME
from decoders.time_calendar import (
    ASCII_LEAST_OCTETS,
    ascii_counts,
    ccs_counts,
    ccs_octets,
    ns_to_ascii,
    ns_to_ccs,
)
from decoders.time_p_field import p_field, p_field_format
from decoders.timescale import (
    DAY_NS,
    LEAP_SECONDS,
    LONGEST_NS,
    SECOND_NS,
    Epoch,
    parse_utc,
    read_epoch,
    tai_to_utc,
    utc_text,
    utc_to_tai,
)

__all__ = [
    "LEAP_SECONDS", "Counts", "counts", "epoch_of", "from_ns", "ns_to_cds", "ns_to_cuc", "p_field_format",
    "parse_utc", "time_octets", "to_ns", "utc_text",
]  # fmt: skip

_UTC_1958 = Epoch(-4383 * DAY_NS, False)
_LONGEST_S = LONGEST_NS // SECOND_NS


@dataclass(slots=True)
class Counts:
    """Times as a clock counts them: ns since 1970 on its own scale, TAI if ``continuous``, else UTC.

    ``valid`` tells which rows are times, ``None``: all.
    """

    ns: NDArray[np.int64]
    valid: NDArray[np.bool_] | None
    continuous: bool

    def utc(self) -> NDArray[np.int64]:
        """Return ns UTC, ``NO_TIME`` where a row is no time."""
        ns = tai_to_utc(self.ns) if self.continuous else self.ns
        return ns if self.valid is None else np.where(self.valid, ns, NO_TIME)


def time_octets(fmt: TimeFormat) -> int:
    """Return how many octets a time of this format has, P-field included; 0 for ``none``.

    Of the formats without a length of their own it is the least: a text 17, ``p-field`` 2.
    """
    if fmt.code == "cuc":
        body = fmt.coarse_octets + fmt.fine_octets
    elif fmt.code == "cds":
        body = fmt.day_octets + 4 + fmt.submillisecond_octets
    elif fmt.code == "ccs":
        body = ccs_octets(fmt.subsecond_octets)
    elif fmt.code == "ascii":
        return max(fmt.text_octets, ASCII_LEAST_OCTETS)
    else:
        return 2 if fmt.code == "p-field" else 0
    return body + (len(p_field(fmt)) if fmt.has_p_field else 0)


def epoch_of(fmt: TimeFormat) -> Epoch:
    """Return from where a format counts; raise ``ValueError`` where its epoch is no date."""
    if fmt.code in ("ccs", "ascii") or (fmt.code == "cds" and fmt.epoch == "tai"):
        return _UTC_1958
    return read_epoch(fmt.epoch)


def _number(octets: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Read each row as one big-endian unsigned integer of at most eight octets."""
    count = octets.shape[1]
    if count == 8:
        return np.ascontiguousarray(octets).view(">u8")[:, 0].astype(np.uint64)
    wide = np.zeros((len(octets), 8), np.uint8)
    wide[:, 8 - count :] = octets
    return wide.view(">u8")[:, 0].astype(np.uint64)


def _octets(numbers: NDArray[np.int64], count: int) -> NDArray[np.uint8]:
    return numbers.astype(">u8")[:, None].view(np.uint8)[:, 8 - count :]


def _split(octets: NDArray[np.uint8], fmt: TimeFormat) -> tuple[NDArray[np.uint8], NDArray[np.bool_] | None]:
    """Return the T-field and which rows announce the right P-field (``None``: all)."""
    if octets.ndim != 2 or octets.shape[1] != time_octets(fmt):
        wanted = time_octets(fmt)
        raise ValueError(f"a {fmt.code} time of this format has {wanted} octets, not {octets.shape}")
    if not fmt.has_p_field:
        return octets, None
    expected = p_field(fmt)
    right = octets[:, 0] == expected[0]
    if len(expected) > 1:  # the last two bits of the second octet are the mission's own
        right &= (octets[:, 1] & 0xFC) == expected[1]
    return octets[:, len(expected) :], None if right.all() else right


def _both(a: NDArray[np.bool_] | None, b: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    if b.all():
        return a
    return b if a is None else a & b


def _cuc(octets: NDArray[np.uint8], fmt: TimeFormat) -> Counts:
    body, valid = _split(octets, fmt)
    epoch = epoch_of(fmt)
    coarse_octets, fine = fmt.coarse_octets, min(fmt.fine_octets, 4)  # 2**-32 s is finer than a nanosecond
    bits = np.uint64(8 * fine)
    if coarse_octets + fine <= 8:
        number = _number(body[:, : coarse_octets + fine])
        seconds = number >> bits
        fraction = number & np.uint64((1 << 8 * fine) - 1)
    else:
        seconds = _number(body[:, :coarse_octets])
        fraction = _number(body[:, coarse_octets : coarse_octets + fine])
    ns = (fraction * np.uint64(SECOND_NS) + np.uint64(1 << 8 * fine >> 1)) >> bits
    if coarse_octets > 4:  # beyond four octets, seconds and epoch may only fit int64 together
        total = seconds.astype(np.int64) + epoch.ns // SECOND_NS
        near = total < _LONGEST_S
        valid = _both(valid, near)
        whole = np.where(near, total, 0) * SECOND_NS + epoch.ns % SECOND_NS
        return Counts(whole + ns.astype(np.int64), valid, epoch.continuous)
    ns += seconds * np.uint64(SECOND_NS)
    return _near(ns.view(np.int64), valid, epoch)


def _cds(octets: NDArray[np.uint8], fmt: TimeFormat) -> Counts:
    body, valid = _split(octets, fmt)
    epoch, day_octets, fine = epoch_of(fmt), fmt.day_octets, fmt.submillisecond_octets
    rest: NDArray[np.int64] | None = None
    if day_octets + 4 + fine <= 8:
        whole = _number(body)
        if fine:  # unsigned: from 2047-09-18 on the first of the 64 bits is set
            rest = (whole & np.uint64(0xFFFF)).view(np.int64)
            whole >>= np.uint64(16)
        number = whole.view(np.int64)
    else:
        number = _number(body[:, : day_octets + 4]).view(np.int64)
        rest = _number(body[:, day_octets + 4 :]).view(np.int64)
    ms = number & 0xFFFF_FFFF
    right = ms < 86_401_000
    ns = (number >> 32) * DAY_NS + ms * 1_000_000
    if rest is not None:
        if fine == 2:
            right &= rest < 1_000
            ns += rest * 1_000
        else:
            right &= rest < 1_000_000_000
            ns += (rest + 500) // 1_000
    if day_octets == 3:  # 2**24 days are 46,000 years
        right &= np.abs((number >> 32) + epoch.ns // DAY_NS) < LONGEST_NS // DAY_NS
    return _near(ns, _both(valid, right), epoch)


def _near(ns: NDArray[np.int64], valid: NDArray[np.bool_] | None, epoch: Epoch) -> Counts:
    """Count from the epoch; a time far from 1970 is none."""
    if epoch.ns > 0:
        valid = _both(valid, ns < LONGEST_NS - epoch.ns)
    ns += epoch.ns
    return Counts(ns if valid is None else np.where(valid, ns, 0), valid, epoch.continuous)


def counts(
    octets: NDArray[np.uint8],
    fmt: TimeFormat,
    *,
    bounded: bool = True,
    room: NDArray[np.int64] | None = None,
) -> Counts:
    """Read times of any format, rows of octets, as their clock counts them.

    A row may hold more octets than a time that tells its own length; ``room`` says how many of them are its
    packet's (``None``: all), and not ``bounded``, a text may end before its row.

    A time is none where its P-field is not the one of the format, where a part of it is out of its range
    (a millisecond of the day beyond a leap second, a date that does not exist), or where int64 ns cannot
    hold it. What is finer than a nanosecond is rounded, in texts cut. Raises ``ValueError`` if the rows have
    not the octets of the format.
    """
    if fmt.code == "cuc":
        return _cuc(octets, fmt)
    if fmt.code == "cds":
        return _cds(octets, fmt)
    if fmt.code == "ccs":
        body, right = _split(octets, fmt)
        ns, valid = ccs_counts(body, fmt.day_of_year)
        return Counts(ns, valid if right is None else valid & right, False)
    if fmt.code == "ascii":
        return Counts(*ascii_counts(octets, bounded), False)
    if fmt.code == "p-field":
        return _as_told(octets, fmt, room)
    return Counts(np.zeros(len(octets), np.int64), np.zeros(len(octets), np.bool_), False)


def _as_told(octets: NDArray[np.uint8], fmt: TimeFormat, room: NDArray[np.int64] | None) -> Counts:
    """Read times that each tell their format, group by group, on the scale of UTC."""
    ns = np.zeros(len(octets), np.int64)
    valid = np.zeros(len(octets), np.bool_)
    if octets.shape[1] < 2 or not len(octets):
        return Counts(ns, valid, False)
    keys = octets[:, 0].astype(np.int64) << 8
    keys |= np.where(octets[:, 0] & 0x80, octets[:, 1] & 0xFC, 0)
    if room is None and (keys == keys[0]).all():
        told = told_format(int(keys[0]) >> 8, int(keys[0]) & 0xFF, fmt)
        if told is None or time_octets(told) > octets.shape[1]:
            return Counts(ns, valid, False)
        alike = counts(octets[:, : time_octets(told)], told)
        return Counts(tai_to_utc(alike.ns) if alike.continuous else alike.ns, alike.valid, False)
    for key in np.unique(keys).tolist():
        told = told_format(key >> 8, key & 0xFF, fmt)
        if told is None or (width := time_octets(told)) > octets.shape[1]:
            continue
        rows = np.flatnonzero(keys == key if room is None else (keys == key) & (room >= width))
        group = counts(octets[rows, :width], told)
        ns[rows] = tai_to_utc(group.ns) if group.continuous else group.ns
        valid[rows] = True if group.valid is None else group.valid
    return Counts(ns, None if valid.all() else valid, False)


def told_format(first: int, second: int, fmt: TimeFormat) -> TimeFormat | None:
    """Return the format that a P-field tells where ``fmt`` leaves it to it; ``None``: it tells none."""
    told = p_field_format(first, second)
    if told is None or told.epoch:
        return told
    return None if fmt.epoch == "tai" else replace(told, epoch=fmt.epoch)


def to_ns(octets: NDArray[np.uint8], fmt: TimeFormat) -> NDArray[np.int64]:
    """Return ns UTC of times in any format, rows of octets; ``NO_TIME`` where ``counts`` finds none."""
    return counts(octets, fmt).utc()


def ns_to_cuc(ns: NDArray[np.int64], fmt: TimeFormat) -> NDArray[np.uint8]:
    """Return unsegmented times, ``(n, k)`` octets, of ns UTC; the fine part is the nearest tick.

    Raises ``ValueError`` if a time does not fit the coarse octets.
    """
    epoch = epoch_of(fmt)
    ns = np.asarray(ns, np.int64)
    seconds, rest = np.divmod(utc_to_tai(ns) if epoch.continuous else ns, SECOND_NS)
    seconds -= epoch.ns // SECOND_NS
    if below := epoch.ns % SECOND_NS:
        rest -= below
        seconds -= rest < 0
        rest += (rest < 0) * SECOND_NS
    fine = min(fmt.fine_octets, 4)
    ticks = (rest.astype(np.uint64) << np.uint64(8 * fine)) + np.uint64(SECOND_NS // 2)
    ticks //= np.uint64(SECOND_NS)
    seconds = seconds + (ticks >> np.uint64(8 * fine)).astype(np.int64)
    if fine:
        ticks &= np.uint64((1 << 8 * fine) - 1)
    if len(seconds) and (seconds.min() < 0 or int(seconds.max()) >> 8 * fmt.coarse_octets):
        raise ValueError(f"a time does not fit {fmt.coarse_octets} octets of seconds from {fmt.epoch}")
    out = np.zeros((len(seconds), time_octets(fmt)), np.uint8)
    head = p_field(fmt) if fmt.has_p_field else b""
    out[:, : len(head)] = np.frombuffer(head, np.uint8)
    at = len(head)
    out[:, at : at + fmt.coarse_octets] = _octets(seconds, fmt.coarse_octets)
    if fine:
        at += fmt.coarse_octets
        out[:, at : at + fine] = _octets(ticks.astype(np.int64), fine)
    return out


def ns_to_cds(ns: NDArray[np.int64], fmt: TimeFormat) -> NDArray[np.uint8]:
    """Return day-segmented times, ``(n, k)`` octets, of ns UTC, cut to the format's resolution.

    Raises ``ValueError`` if a day does not fit the day octets.
    """
    epoch = epoch_of(fmt)
    ns = np.asarray(ns, np.int64)
    days, rest = np.divmod((utc_to_tai(ns) if epoch.continuous else ns) - epoch.ns, DAY_NS)
    if len(days) and (days.min() < 0 or int(days.max()) >> 8 * fmt.day_octets):
        raise ValueError(f"a time does not fit {fmt.day_octets} octets of days from {fmt.epoch}")
    ms, rest = np.divmod(rest, 1_000_000)
    parts = [_octets(days, fmt.day_octets), _octets(ms, 4)]
    if fmt.submillisecond_octets == 2:
        parts.append(_octets(rest // 1_000, 2))
    elif fmt.submillisecond_octets == 4:
        parts.append(_octets(rest * 1_000, 4))
    return _headed(parts, fmt)


def _headed(parts: list[NDArray[np.uint8]], fmt: TimeFormat) -> NDArray[np.uint8]:
    """Join parts of a T-field behind its P-field, if it has one."""
    if fmt.has_p_field:
        head = np.frombuffer(p_field(fmt), np.uint8)
        parts.insert(0, np.broadcast_to(head, (len(parts[0]), len(head))))
    return np.concatenate(parts, axis=1)


def from_ns(ns: NDArray[np.int64], fmt: TimeFormat, octets: int = 0) -> NDArray[np.uint8]:
    """Return times of any format but ``none``, ``(n, k)`` octets, of ns UTC.

    An ASCII time fills ``octets``; of ``p-field`` it is the CUC that the format's octets and epoch describe.
    Raises ``ValueError`` where a time does not fit.
    """
    if fmt.code == "cds":
        return ns_to_cds(ns, fmt)
    if fmt.code == "ccs":
        return _headed([ns_to_ccs(ns, fmt.subsecond_octets, fmt.day_of_year)], fmt)
    if fmt.code == "ascii":
        return ns_to_ascii(ns, octets or 27 - 2 * fmt.day_of_year, fmt.day_of_year)
    if fmt.code == "p-field":
        return ns_to_cuc(ns, replace(fmt, code="cuc", has_p_field=True))
    return ns_to_cuc(ns, fmt)
