"""Which packet a duplicate repeats."""

from __future__ import annotations

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
        for apid in np.unique(packets.apid).tolist():
            rows = np.flatnonzero(packets.apid == apid)
            vehicle = packets.vehicle[int(rows[0])]
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
