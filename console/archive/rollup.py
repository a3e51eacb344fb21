"""Rollup segments: what wide plots draw, and what stands in for a time index.

A segment is a contiguous run of rows of one packet type that stays in one 60 s bucket of both
generation and reception time. Only finished segments are rows; the newest rows have none yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.archive.columns import Column
from decoders.calibration import calibrate
from decoders.contexts import chosen
from decoders.engineering import columns_of
from decoders.limits import Judge
from decoders.mission.model import PacketDefinition
from decoders.rates import Rates
from decoders.shapes import NO_TIME

BUCKET_NS = 60_000_000_000
INSERT = (
    "INSERT INTO rollup(packet, first_id, last_id, count, generation_min_ns, generation_max_ns, "
    "reception_min_ns, reception_max_ns, minimum, maximum, mean, worst) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)"
)


@dataclass(slots=True)
class _Open:
    """A segment that may still grow."""

    bucket: tuple[int, int]
    first_id: int
    last_id: int
    count: int
    generation: tuple[int, int]
    reception: tuple[int, int]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    total: NDArray[np.float64]
    finite: NDArray[np.int64]
    worst: NDArray[np.uint8]

    def row(self, packet: str) -> tuple[Any, ...]:
        with np.errstate(invalid="ignore"):
            mean = self.total / self.finite
        return (
            packet, self.first_id, self.last_id, self.count, *self.generation, *self.reception,
            *(bytearray(a.astype("<f8").tobytes()) for a in (self.minimum, self.maximum, mean)),
            bytearray(self.worst.tobytes()),
        )  # fmt: skip

    def join(self, other: _Open) -> None:
        self.last_id, self.count = other.last_id, self.count + other.count
        self.generation = _joined(self.generation, other.generation)
        self.reception = _joined(self.reception, other.reception)
        self.minimum = np.fmin(self.minimum, other.minimum)
        self.maximum = np.fmax(self.maximum, other.maximum)
        self.total += other.total
        self.finite += other.finite
        np.maximum(self.worst, other.worst, out=self.worst)


def _joined(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    return min(a[0], b[0]), max(a[1], b[1])


class Rollup:
    """Grows the segments of one packet type; ``feed`` and ``finish`` yield rows for ``INSERT``."""

    def __init__(self, packet: PacketDefinition, columns: list[Column]) -> None:
        self._packet = packet
        self._columns = columns
        self._parameters = {p.name: p for p in packet.values}
        limited = [p for p in packet.values if p.limit_sets]
        self._judges = {p.name: Judge.of(p) for p in limited}
        self._rate_judges = {p.name: judge for p in limited if (judge := Judge.of_rates(p)) is not None}
        self._rates: dict[int, Rates] = {}
        self._in_context = any(p.context_limits or p.context_calibrations for p in packet.values)
        self._open: _Open | None = None

    def feed(
        self,
        ids: NDArray[np.int64],
        generation_ns: NDArray[np.int64],
        reception_ns: NDArray[np.int64],
        raw: Mapping[str, NDArray[Any]],
        mission_offset_ns: int,
    ) -> Iterator[tuple[Any, ...]]:
        """Take rows in order of their ids; a row without a generation time counts at reception."""
        if not len(ids):
            return
        generation = np.where(generation_ns == NO_TIME, reception_ns + mission_offset_ns, generation_ns)
        buckets = np.stack((generation // BUCKET_NS, reception_ns // BUCKET_NS))
        starts = np.flatnonzero(np.r_[True, np.any(np.diff(buckets, axis=1) != 0, axis=0)])
        values, worst = self._engineering(raw, len(ids), generation_ns, reception_ns)
        for segment in _segments(ids, generation, reception_ns, buckets, starts, values, worst):
            if self._open is not None and self._open.bucket == segment.bucket:
                self._open.join(segment)
                continue
            if self._open is not None:
                yield self._open.row(self._packet.name)
            self._open = segment

    def finish(self) -> Iterator[tuple[Any, ...]]:
        """Close the segment that is open."""
        if self._open is not None:
            yield self._open.row(self._packet.name)
            self._open = None

    def _engineering(
        self,
        raw: Mapping[str, NDArray[Any]],
        n: int,
        generation_ns: NDArray[np.int64],
        reception_ns: NDArray[np.int64],
    ) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        values = np.full((n, len(self._columns)), np.nan)
        worst = np.zeros((n, len(self._columns)), np.uint8)
        seen = columns_of(self._packet, raw) if self._in_context else None
        for i, column in enumerate(self._columns):
            if not column.numeric or not column.parameter:
                continue
            parameter = self._parameters[column.parameter]
            cells = raw[column.parameter]
            if column.element is not None:
                cells = cells[:, column.element]
            calibrated = which = None
            if seen is not None:
                if parameter.context_calibrations:
                    calibrated = chosen(parameter.context_calibrations, seen, n)
                if parameter.context_limits:
                    which = chosen(parameter.context_limits, seen, n)
            values[:, i] = calibrate(parameter, cells, calibrated)
            judge = self._judges.get(parameter.name)
            if judge is None:
                continue
            worst[:, i] = judge.severity(values[:, i], which)
            rate_judge = self._rate_judges.get(parameter.name)
            if rate_judge is not None:
                rates = self._rates.setdefault(i, Rates()).feed(values[:, i], generation_ns, reception_ns)
                np.maximum(worst[:, i], rate_judge.severity(rates, which), out=worst[:, i])
        return values, worst


def _segments(
    ids: NDArray[np.int64],
    generation: NDArray[np.int64],
    reception: NDArray[np.int64],
    buckets: NDArray[np.int64],
    starts: NDArray[np.int64],
    values: NDArray[np.float64],
    worst: NDArray[np.uint8],
) -> Iterator[_Open]:
    finite = np.isfinite(values)
    zeroed = np.where(finite, values, 0.0)
    minimum = np.fmin.reduceat(values, starts, axis=0)
    maximum = np.fmax.reduceat(values, starts, axis=0)
    total = np.add.reduceat(zeroed, starts, axis=0)
    counted = np.add.reduceat(finite.astype(np.int64), starts, axis=0)
    worsts = np.maximum.reduceat(worst, starts, axis=0)
    ends = np.r_[starts[1:], len(ids)]
    for i, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        part = slice(start, end)
        yield _Open(
            bucket=(int(buckets[0, start]), int(buckets[1, start])),
            first_id=int(ids[start]), last_id=int(ids[end - 1]), count=end - start,
            generation=(int(generation[part].min()), int(generation[part].max())),
            reception=(int(reception[part].min()), int(reception[part].max())),
            minimum=minimum[i], maximum=maximum[i], total=total[i], finite=counted[i], worst=worsts[i],
        )  # fmt: skip
