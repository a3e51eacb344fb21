"""Rows put among the packets of one feed that no buffer of packets held: control words, joined segments."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from decoders.packet_index import MINIMUM_PACKET_OCTETS
from decoders.shapes import NO_TIME, PacketBatch


def with_rows(
    packets: PacketBatch,
    source: NDArray[np.int32],
    octets: bytes,
    *,
    lengths: NDArray,
    apid: NDArray | int,
    secondary_header: NDArray | bool,
    sequence_count: NDArray | int,
    vcid: NDArray,
    frame: NDArray,
    frame_offset: NDArray | int,
    reception_ns: NDArray,
    quality: int,
    added_source: NDArray,
    after: NDArray,
) -> tuple[PacketBatch, NDArray[np.int32]]:
    """Return the batch with unsegmented rows of ``octets`` added, each behind the old rows of ``after``.

    ``octets`` are the added rows end to end, ``lengths`` their octets. ``after`` counts the old rows that
    come before each, and rises. ``source`` and ``added_source`` tell the part that brought each row.
    """
    old, new = len(packets), len(lengths)
    # Behind the last row stand as many octets as a layout may look at: no packet has fewer than seven.
    data = np.concatenate(
        [packets.data, np.frombuffer(octets, np.uint8), np.zeros(MINIMUM_PACKET_OCTETS, np.uint8)]
    )
    starts = len(packets.data) + np.cumsum(lengths) - lengths
    order = np.argsort(np.concatenate([np.arange(old), np.asarray(after) - 0.5]), kind="stable")

    def joined(of_packets: NDArray, added: NDArray | int) -> NDArray:
        column = np.empty(old + new, of_packets.dtype)
        column[:old], column[old:] = of_packets, added
        return column[order]

    merged = PacketBatch(
        data,
        starts=joined(packets.starts, starts),
        lengths=joined(packets.lengths, lengths),
        apid=joined(packets.apid, apid),
        secondary_header=joined(packets.secondary_header, secondary_header),
        sequence_flags=joined(packets.sequence_flags, 3),
        sequence_count=joined(packets.sequence_count, sequence_count),
        vcid=joined(packets.vcid, vcid),
        frame=joined(packets.frame, frame),
        frame_offset=joined(packets.frame_offset, frame_offset),
        vehicle=[],
        generation_ns=joined(packets.generation_ns, NO_TIME),
        reception_ns=joined(packets.reception_ns, reception_ns),
        quality=joined(packets.quality, quality),
    )
    return merged, joined(source, added_source)
