"""The index against a walk written in three lines."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from decoders.packet_index import index_packets, octets_at, primary_headers


def packet(length: int, apid: int = 0x101, count: int = 0, fill: int = 0) -> bytes:
    return b"".join(
        number.to_bytes(2, "big") for number in (0x0800 | apid, 0xC000 | count & 0x3FFF, length - 7)
    ) + bytes([fill]) * (length - 6)


RUNS = st.lists(st.tuples(st.integers(7, 300), st.sampled_from([1, 2, 5, 6, 70, 700])), max_size=6)


@given(RUNS, st.sampled_from([b"", b"\x08", packet(50)[:49], b"\x08\x01\xc0\x00\xff\xff" + bytes(20)]))
def test_index_is_the_plain_walk(runs: list[tuple[int, int]], rest: bytes) -> None:
    lengths = [length for length, times in runs for _ in range(times)]
    whole = b"".join(packet(length, fill=0xFF) for length in lengths)
    expected = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    for buffer, offset in (
        (whole + rest, 0),
        (np.frombuffer(b"xyz" + whole + rest, np.uint8)[3:], 0),
        (b"ab" + whole + rest, 2),
    ):
        starts, found, unused = index_packets(buffer, offset)
        assert (starts - offset).tolist() == expected[:-1].tolist()
        assert found.tolist() == lengths
        assert unused - offset == len(whole)


def test_primary_headers() -> None:
    data = np.frombuffer(packet(9, 0x7FF, 16383) + b"\x3d\x23\x40\x01\x00\x00\x00", np.uint8)
    headers = primary_headers(data, np.array([0, 9]))
    assert {name: column.tolist() for name, column in headers.items()} == {
        "version": [0, 1],
        "type": [0, 1],
        "secondary_header": [True, True],
        "apid": [0x7FF, 0x523],
        "sequence_flags": [3, 1],
        "sequence_count": [16383, 1],
        "data_length": [2, 0],
    }
    assert all(len(column) == 0 for column in primary_headers(data, np.empty(0, np.int64)).values())


def test_octets_at_copies_rows() -> None:
    data = np.arange(20, dtype=np.uint8)
    assert octets_at(data, np.array([0, 5, 16]), 1, 3).tolist() == [[1, 2, 3], [6, 7, 8], [17, 18, 19]]
