"""Which packet a duplicate repeats."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from decoders.shapes import PacketBatch, PacketQuality

REMEMBERED_APIDS = 256
"""APIDs whose last packet by sequence count is remembered."""
SEQUENCE_MODULUS = 16384


class Repeats:
    """Remembers the last packet of each vehicle, APID and sequence count."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, int], NDArray[np.int64]] = {}

    def of(self, packets: PacketBatch, first: int) -> list[int | None]:
        """Return which packet each duplicate of a batch repeats, as far as it is remembered.

        ``first`` is the record number of the batch's first packet.
        """
        repeats: list[int | None] = [None] * len(packets)
        duplicate = (packets.quality & int(PacketQuality.DUPLICATE)) != 0
        for vehicle, apid, rows in _kinds(packets):
            if apid < 0:  # nothing counts them
                continue
            last = self._last.get((vehicle, apid))
            if last is None:
                if len(self._last) >= REMEMBERED_APIDS:
                    continue
                last = self._last[vehicle, apid] = np.zeros(SEQUENCE_MODULUS, np.int64)
            counts = packets.sequence_count[rows] % SEQUENCE_MODULUS
            fresh = ~duplicate[rows]
            if fresh.all():
                last[counts] = first + rows
                continue
            for row, count in zip(rows.tolist(), counts.tolist(), strict=True):
                if duplicate[row]:
                    repeats[row] = int(last[count]) or None
                else:
                    last[count] = first + row
        return repeats


def _kinds(packets: PacketBatch) -> Iterator[tuple[str, int, NDArray[np.int64]]]:
    """Yield the rows of each vehicle and APID of a batch."""
    vehicles = list(dict.fromkeys(packets.vehicle))
    for vehicle in vehicles:
        mine = np.array([each == vehicle for each in packets.vehicle]) if len(vehicles) > 1 else True
        for apid in np.unique(packets.apid[mine] if len(vehicles) > 1 else packets.apid).tolist():
            yield vehicle, apid, np.flatnonzero((packets.apid == apid) & mine)
