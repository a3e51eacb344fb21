"""Encapsulation packets among Space Packets, in frames and in streams: passed over, never out of step."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.encapsulation import LONGEST_OCTETS, NOT_YET, encapsulation_octets, encapsulation_packet
from decoders.encode_frames import AosFramePacker, TmFramePacker
from decoders.mission.model import PacketDefinition, Parameter
from decoders.packet_stream import PacketStream
from decoders.packets import KnownPackets, PacketExtractor
from decoders.pipeline import Decoder, LinkFormat
from decoders.space_packet import crc16, primary_header

KNOWN = KnownPackets({1: None, 2: 20})


@pytest.mark.parametrize(
    ("octets", "length"),
    [
        # 133.1-B-3 §4.1.2: version 111, protocol id, length of the length; then the fields of each length.
        (bytes([0b111_000_00]), 1),  # idle, no length
        (bytes([0b111_010_00]), 0),  # only idle packets have no length
        (bytes([0b111_010_01, 9]), 9),  # IPE, one octet of length
        (bytes([0b111_010_10, 0x51, 0x01, 0x02]), 0x102),  # user field 5, extension 1, two octets
        (bytes([0b111_110_11, 0x51, 0xAA, 0xBB, 0, 0, 0x12, 0x34]), 0x1234),  # CCSDS field, four octets
        (bytes([0b111_010_01, 1]), 0),  # shorter than its own header
        (bytes([0b111_010_11, 0, 0, 0, 0, 1, 0, 7]), 65_543),  # as long as any that is believed
        (bytes([0b111_010_11, 0, 0, 0, 0, 1, 0, 8]), 0),
        (bytes([0b111_010_10, 0, 0, 4]), 4),  # nothing but its header
        (bytes([0b111_010_11]) + b"\xff" * 7, 0),  # longer than any that is believed
        (bytes([0b111_010_10, 0, 1]), NOT_YET),
        (bytes([0b000_010_10, 0, 1, 1]), 0),
    ],
)
def test_headers_by_hand(octets, length):
    assert encapsulation_octets(octets, 0) == length


@given(st.integers(0, 300), st.sampled_from([2, 4, 8]), st.integers(0, 7))
def test_what_is_built_is_as_long_as_it_says(size, header, protocol):
    if header + size > 255 and header == 2:
        with pytest.raises(ValueError, match="do not fit"):
            encapsulation_packet(bytes(size), protocol, header)
        return
    packet = encapsulation_packet(bytes(size), protocol, header)
    assert encapsulation_octets(packet, 0) == len(packet) == header + size


def packet(count, octets, apid=1):
    body = primary_header(apid, count, octets - 6) + bytes((n * 11 + count) & 0xFF for n in range(octets - 8))
    return body + crc16(body).to_bytes(2, "big")


pieces = st.lists(
    st.one_of(
        st.builds(packet, st.integers(0, 16383), st.integers(9, 120)),
        st.builds(
            encapsulation_packet, st.binary(max_size=90), st.integers(0, 7), st.sampled_from([2, 4, 8])
        ),
        st.integers(1, 40).map(lambda n: b"\xe0" * n),
    ),
    min_size=1,
    max_size=30,
)


def is_space_packet(octets):
    return octets[0] < 0xE0


def how_many(some):
    return sum(len(p) if p[0] == 0xE0 and p.count(0xE0) == len(p) else 1 for p in some if p[0] >= 0xE0)


@settings(max_examples=150, deadline=None)
@given(pieces, st.integers(20, 60), st.booleans())
def test_in_frames(some, zone, take_each):
    packer, frames = TmFramePacker(1, 0, zone + 8, ocf=False), []
    for octets in some:
        frames += packer.push(octets)
    frames += packer.flush()
    extractor, got, count = PacketExtractor(KNOWN), [], 0
    for row, frame in enumerate(frames):
        extractor.push(frame[6:-2], int.from_bytes(frame[4:6], "big") & 0x7FF, row, 6)
        if take_each or row == len(frames) - 1:
            out = extractor.take()
            got += [out.data[a : a + n] for a, n in zip(out.starts, out.lengths, strict=True)]
            count += out.encapsulation
            assert out.passed_over == []
    assert [p for p in got if p[:2] != b"\x07\xff"] == [p for p in some if is_space_packet(p)]
    assert count == how_many(some)


@settings(max_examples=150, deadline=None)
@given(pieces, st.lists(st.integers(0, 90), max_size=30))
def test_in_streams(some, sizes):
    stream, data, at, outs = PacketStream(KNOWN), b"".join(some), 0, []
    for size in sizes:
        outs.append(stream.feed(data[at : at + size]))
        at += size
    outs += [stream.feed(data[at:]), stream.finish()]
    got = [out.data[a : a + n] for out in outs for a, n in zip(out.starts, out.lengths, strict=True)]
    assert got == [p for p in some if is_space_packet(p)]
    assert sum(out.encapsulation for out in outs) == how_many(some)
    assert [over for out in outs for over in out.passed_over] == []


@pytest.mark.parametrize("header", [2, 4, 8])
def test_a_stream_cut_anywhere_around_an_encapsulation_packet(header):
    before, after = packet(0, 20), packet(1, 20)
    data = before + encapsulation_packet(b"ab", 2, header) + after
    for cut in range(len(data) + 1):
        stream = PacketStream(KNOWN)
        outs = [stream.feed(data[:cut]), stream.feed(data[cut:]), stream.finish()]
        got = [out.data[a : a + n] for out in outs for a, n in zip(out.starts, out.lengths, strict=True)]
        assert (cut, got, [out.passed_over for out in outs]) == (cut, [before, after], [[], [], []])
        assert sum(out.encapsulation for out in outs) == 1


def test_idle_runs_take_no_time_to_speak_of():
    data = packet(0, 20) + b"\xe0" * 300_000 + packet(1, 20)
    stream = PacketStream(KNOWN)
    out = stream.feed(data)
    assert out.encapsulation == 300_000
    assert len(out.starts) == 2


def test_datagrams():
    decoder = Decoder(LinkFormat(), ())
    inside = encapsulation_packet(b"\x45" + bytes(40), 2)
    decoded = decoder.feed_many([(inside, 1), (packet(0, 30) + inside, 2), (packet(1, 30), 3)])
    assert [decoded.packets.octets(i) for i in range(2)] == [packet(0, 30), packet(1, 30)]
    assert decoder.counters.encapsulation == 2
    assert decoder.counters.encapsulation_octets == 2 * len(inside)
    assert decoder.counters.octets_passed_over == 0


def test_what_only_looks_like_one_is_left_at_the_next_known_packet():
    liar = bytes([0xEA, 0, 0xF0, 0]) + bytes(20)  # 61,440 octets, it says
    known = [primary_header(2, n, 14) + bytes(14) for n in range(12)]
    packer = TmFramePacker(1, 0, 32, ocf=False)
    frames = [f for octets in (liar, *known) for f in packer.push(octets)] + packer.flush()
    extractor = PacketExtractor(KNOWN)
    for row, frame in enumerate(frames):
        extractor.push(frame[6:-2], int.from_bytes(frame[4:6], "big") & 0x7FF, row, 6)
    out = extractor.take()
    got = [out.data[a : a + n] for a, n in zip(out.starts, out.lengths, strict=True)]
    assert got[:12] == known


def test_garbage_in_a_stream_takes_no_known_packet_along():
    # Two octets that claim to be the head of the 20-octet packet behind them, or of much more.
    known = [primary_header(2, n, 14) + bytes(14) for n in range(6)]
    for liar in (bytes([0xE9, 22]), bytes([0xEA, 0, 0xF0, 0])):
        stream = PacketStream(KNOWN)
        outs = [stream.feed(octets) for octets in (*known[:3], liar, *known[3:])] + [stream.finish()]
        assert [
            out.data[a : a + n] for out in outs for a, n in zip(out.starts, out.lengths, strict=True)
        ] == (known)
        assert b"".join(octets for out in outs for _, octets in out.passed_over) == liar


def test_one_that_lost_its_end_is_no_packet():
    extractor = PacketExtractor(KNOWN)
    long = encapsulation_packet(bytes(100))
    extractor.push(long[:40], 0, 0, 6)
    extractor.push(packet(0, 40), 0, 1, 6, follows=False)
    out = extractor.take()
    assert out.truncated == []
    assert out.passed_over == [(0, long[:40])]
    assert out.data[out.starts[0] :] == packet(0, 40)


def test_no_more_waits_than_the_longest():
    decoder = Decoder(LinkFormat("packets", datagram=False), ())
    decoder.feed(bytes([0xEF]) + bytes(3) + LONGEST_OCTETS.to_bytes(4, "big"), 0)
    for n in range(100):
        decoder.feed(packet(n, 1000), 0)
        assert decoder.waiting_octets <= LONGEST_OCTETS


HK = PacketDefinition(
    "hk",
    (Parameter("data", "uint", 8, 48, array_length="expand"), Parameter("crc", "uint", 16, role="crc")),
    apid=1,
    vehicle="ship",
    crc=True,
)


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([0.0, 0.05, 0.3]), st.integers(1, 9))
def test_losses_take_only_what_they_touch(rng: random.Random, loss, batch):
    packer, frames, places, at = AosFramePacker(5, 1, 80), [], [], 0
    for count in range(80):
        octets = packet(count, rng.randint(9, 400))
        if rng.random() < 0.3:
            octets = encapsulation_packet(rng.randbytes(rng.randint(0, 150)))
        elif rng.random() < 0.2:
            octets = b"\xe0" * rng.randint(1, 30)
        places.append((octets, at // packer.zone_length, (at + len(octets) - 1) // packer.zone_length))
        at += len(octets)
        frames += packer.push(octets)
    frames += packer.flush()
    lost = {row for row in range(len(frames)) if rng.random() < loss}
    sent = [(frame, row) for row, frame in enumerate(frames) if row not in lost]
    decoder, got = Decoder(LinkFormat("aos", 80, asm=None, scids={5: "ship"}), (HK,)), []
    for first in range(0, len(sent), batch):
        out = decoder.feed_many(sent[first : first + batch])
        good = (out.packets.quality & ~16) == 0
        got += [out.packets.octets(i) for i in range(len(out.packets)) if good[i]]
    arrived = [
        octets
        for octets, first, last in places
        if is_space_packet(octets) and not lost & set(range(first, last + 1))
    ]
    assert got == arrived
    assert decoder.counters.packets_bad == 0  # no packet was made of octets of two
