"""A recording and a stream of the same octets hold the same packets, however the stream is cut."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.encapsulation import encapsulation_packet
from decoders.packet_scan import scan_packets
from decoders.packet_stream import PacketStream
from decoders.packets import KnownPackets

LENGTHS = {11: 20, 12: 33}


def packet(apid: int, count: int, fill: int) -> bytes:
    length = LENGTHS[apid]
    head = b"".join(n.to_bytes(2, "big") for n in (0x0800 | apid, 0xC000 | count, length - 7))
    return head + bytes([fill]) * (length - 6)


def streamed(data: bytes, cuts: list[int]) -> tuple[list[bytes], int]:
    """Return the whole packets of a stream that comes in pieces, and how many octets were in none."""
    stream = PacketStream(KnownPackets(LENGTHS))
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    parts = [stream.feed(data[a:b]) for a, b in itertools.pairwise(edges)] + [stream.finish()]
    found, passed_over = [], 0
    for part in parts:
        for row, (start, size) in enumerate(zip(part.starts, part.lengths, strict=True)):
            if row in part.truncated:
                passed_over += size
            else:
                found.append(part.data[start : start + size])
        passed_over += sum(len(octets) for _, octets in part.passed_over) + part.encapsulation_octets
    return found, passed_over


PIECES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([11, 12]), st.integers(0, 255)),
        st.binary(min_size=1, max_size=40),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@given(PIECES, st.lists(st.integers(0, 2000), max_size=12), st.integers(0, 32))
def test_what_is_sent_is_found_by_both(
    pieces: list[tuple[int, int] | bytes], cuts: list[int], cut_off: int
) -> None:
    counts = {11: itertools.count(), 12: itertools.count()}
    octets = [
        piece if isinstance(piece, bytes) else packet(piece[0], next(counts[piece[0]]), piece[1])
        for piece in pieces
    ]
    sent = [part for part, piece in zip(octets, pieces, strict=True) if not isinstance(piece, bytes)]
    data = b"".join(octets)
    if cut_off and not isinstance(pieces[-1], bytes):
        data, sent = data[: -min(cut_off, len(octets[-1]) - 1)], sent[:-1]
    scan = scan_packets(data, LENGTHS)
    recorded = [
        data[a : a + n]
        for a, n in zip(scan.starts.tolist(), scan.lengths.tolist(), strict=True)
        if n in (20, 33)
    ]
    live, passed_over = streamed(data, cuts)
    assert sum(map(len, live)) + passed_over == len(data)
    assert [p for p in live if p in sent] == sent
    assert [p for p in recorded if p in sent] == sent


ENCAPSULATED = st.one_of(
    st.builds(encapsulation_packet, st.binary(max_size=40), st.integers(0, 7), st.sampled_from([2, 4, 8])),
    st.integers(1, 9).map(lambda n: b"\xe0" * n),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(st.tuples(st.sampled_from([11, 12]), st.integers(0, 255)), ENCAPSULATED), min_size=1),
    st.lists(st.integers(0, 2000), max_size=12),
)
def test_encapsulation_packets_are_passed_over_by_both(
    pieces: list[tuple[int, int] | bytes], cuts: list[int]
) -> None:
    counts = {11: itertools.count(), 12: itertools.count()}
    octets = [
        piece if isinstance(piece, bytes) else packet(piece[0], next(counts[piece[0]]), piece[1])
        for piece in pieces
    ]
    sent = [part for part, piece in zip(octets, pieces, strict=True) if not isinstance(piece, bytes)]
    data = b"".join(octets)
    scan = scan_packets(data, LENGTHS)
    recorded = [data[a : a + n] for a, n in zip(scan.starts.tolist(), scan.lengths.tolist(), strict=True)]
    assert recorded == streamed(data, cuts)[0] == sent
    assert scan.damages == []
    passed = [p for p, piece in zip(octets, pieces, strict=True) if isinstance(piece, bytes)]
    assert scan.encapsulation == sum(len(p) if p == b"\xe0" * len(p) else 1 for p in passed)


def other(apid: int, count: int, body: bytes) -> bytes:
    return b"".join(n.to_bytes(2, "big") for n in (apid, count, len(body) - 1)) + body


@settings(max_examples=40)
@given(st.integers(0, 1 << 32), st.integers(50, 5000))
def test_a_header_by_chance_inside_a_packet_of_others_is_none(seed: int, step: int) -> None:
    """Instruments fill a recording with packets that nobody has defined, and with anything inside them."""
    random = Random(seed)
    sent = [packet(11, count, 0) for count in range(3)]
    for count in range(150):
        body = bytearray(random.randbytes(random.randint(60, 800)))
        at = random.randrange(len(body) - 40)
        body[at : at + 6] = packet(12, random.randrange(16384), 0)[:6]
        # One kind counts; the other, as unsegmented telecommands do, has no count at all.
        sent.append(other(700, 0xC000 | count, bytes(body)))
        sent.append(other(7, random.randrange(65536), random.randbytes(7)))
        if count % 3 == 0:
            sent.append(packet(12, count // 3, count % 256))
    octets = b"".join(sent)
    scan = scan_packets(octets, LENGTHS)
    assert [octets[a : a + n] for a, n in zip(scan.starts, scan.lengths, strict=True)] == sent
    assert not scan.damages
    found, passed_over = streamed(octets, list(range(0, len(octets), step)))
    assert (found, passed_over) == (sent, 0)


@pytest.mark.parametrize("over", [1, 2, 3])
def test_a_wrong_length_that_leads_over_whole_neighbours_takes_none_of_them(over: int) -> None:
    sent = [packet(11, count, count) for count in range(120)]
    wrong = bytearray(sent[60])
    wrong[4:6] = (20 * (1 + over) - 7).to_bytes(2, "big")
    octets = b"".join([*sent[:60], bytes(wrong), *sent[61:]])
    left = [*sent[:60], *sent[61:]]
    scan = scan_packets(octets, LENGTHS)
    assert [octets[a : a + n] for a, n in zip(scan.starts, scan.lengths, strict=True)] == left
    found, passed_over = streamed(octets, [])
    assert (found, passed_over) == (left, 20)
