"""Decoded packets of a file as an archive that ``okaeri desk`` opens and plots."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from console.archive.shapes import ASSUMED_RECEPTION
from console.archive.writer import ArchiveWriter
from console.decode.file import DecodedFile
from console.decode.octets import changed_s
from console.mission import Mission, mission_of
from decoders.mission.model import PacketDefinition
from decoders.shapes import NO_TIME

PLOTS = 4
SECOND_NS = 1_000_000_000


def write_archive(decoded: DecodedFile, path: Path) -> None:
    """Write a new archive; raises ``ArchiveError``, ``OSError`` or ``sqlite3.Error``, leaving no file.

    A file has no reception times: they are assumed to be the generation times, and where packets
    tell none either, one second apart up to the file's own date. ``decoded.notes`` says so.
    """
    reception = _received(decoded) if decoded.timed else _assumed_reception(decoded)
    mission = _mission(decoded, reception)
    now = time.time_ns()
    note = f"imported from {decoded.path.name}" + ("" if decoded.timed else f"; {ASSUMED_RECEPTION}")
    try:
        writer = ArchiveWriter(path, mission, note=note)
        try:
            first = 0
            for batch in decoded.batches:
                count = len(batch.packets)
                batch.packets.reception_ns[:] = reception[first : first + count]
                first += count
                writer.write("file", batch, now)
                writer.commit()
            for damage in () if decoded.told else decoded.passed_over:
                writer.event(
                    "file", "passed-over", 1, f"{damage.octets} octets: {damage.what}",
                    known_at_ns=now, offset=damage.offset,
                    octets=decoded.data[damage.offset : damage.offset + damage.octets],
                )  # fmt: skip
        except BaseException:
            writer.abandon()
            raise
        writer.close()
    except BaseException:
        for leftover in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            with suppress(OSError):
                leftover.unlink()
        raise


def _received(decoded: DecodedFile) -> NDArray[np.int64]:
    """Return the reception time of every packet, as a capture tells it."""
    parts = [batch.packets.reception_ns for batch in decoded.batches]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def _assumed_reception(decoded: DecodedFile) -> NDArray[np.int64]:
    """Return a reception time for every packet of every batch."""
    parts = [batch.packets.generation_ns for batch in decoded.batches]
    generation = np.concatenate(parts) if parts else np.empty(0, np.int64)
    known = np.flatnonzero(generation != NO_TIME)
    if len(known):
        decoded.notes.append("a file has no reception times: assumed to be the generation times")
        # A packet without a time takes that of the one before it (or of the first that has one).
        last = np.searchsorted(known, np.arange(len(generation)), side="right") - 1
        return generation[known[np.maximum(last, 0)]]
    decoded.notes.append(
        "these packets tell no time: one second apart is assumed, up to the file's date (--time cds:2:2 "
        "or cuc:4:2 says how they tell it)"
    )
    end = int(changed_s(decoded.path)) * SECOND_NS
    return end - np.arange(len(generation) - 1, -1, -1, dtype=np.int64) * SECOND_NS


def _mission(decoded: DecodedFile, reception: NDArray[np.int64]) -> Mission:
    """Make the mission of the definitions, with plots of the first parameters that change."""
    packets = [
        replace(
            definition, vehicle=definition.vehicle or "file", period_s=_period(decoded, definition, reception)
        )
        for definition in decoded.definitions
    ]
    return mission_of(packets, decoded.path.name, _changing(decoded))


def _period(decoded: DecodedFile, definition: PacketDefinition, reception: NDArray[np.int64]) -> float | None:
    """Return the usual distance of packets of one type in seconds."""
    if definition.period_s is not None:
        return definition.period_s
    first, times = 0, []
    for batch in decoded.batches:
        times += [reception[first + t.rows] for t in batch.tables if t.packet.name == definition.name]
        first += len(batch.packets)
    if not times:
        return None
    steps = np.diff(np.concatenate(times))
    steps = steps[steps > 0]
    return round(float(np.median(steps)) / SECOND_NS, 3) or None if len(steps) else None


def _changing(decoded: DecodedFile) -> list[str]:
    """Return the first few parameters with a number that changes, floats before integers."""
    floats: list[str] = []
    integers: list[str] = []
    for batch in decoded.batches[:1]:
        for table in batch.tables:
            for parameter in table.packet.values:
                column = table.raw.get(parameter.name)
                if column is None or column.ndim != 1 or column.dtype == object or len(column) < 2:
                    continue
                if (column != column[0]).any():
                    (floats if column.dtype.kind == "f" else integers).append(parameter.name)
    return [*floats, *integers][:PLOTS]
