"""Segmented packets: joined as they were sent, given up where one is missing, every segment kept."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders import segments
from decoders.encode_frames import TmFramePacker
from decoders.mission.model import PacketDefinition, Parameter
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import PacketQuality
from decoders.space_packet import crc16, primary_header

FIRST, CONTINUATION, LAST, WHOLE = 1, 0, 2, 3  # 133.0-B-2 §4.1.3.4.2.2
APID = 0x77


def definition(crc=False, apid=APID, segmented=True):
    fields = [
        Parameter("length", "uint", 16, 48),
        Parameter("data", "uint", 8, 64, array_length="length"),
    ]
    if crc:
        fields.append(Parameter("crc", "uint", 16, role="crc"))
    return PacketDefinition(
        f"p{apid}", tuple(fields), apid=apid, vehicle="ship", crc=crc, segmented=segmented
    )


def sealed(octets, crc):
    return octets + crc16(octets).to_bytes(2, "big") if crc else octets


def cut(data, at, count=0, *, crc=False, apid=APID):
    """Return the packets of some user data cut at these places, the first with count ``count``."""
    body = len(data).to_bytes(2, "big") + data
    edges = [0, *sorted(at), len(body)]
    parts = [body[a:b] for a, b in itertools.pairwise(edges)]
    out = []
    for n, part in enumerate(parts):
        flags = (
            WHOLE if len(parts) == 1 else FIRST if not n else LAST if n == len(parts) - 1 else CONTINUATION
        )
        octets = len(part) + 2 * crc
        head = primary_header(apid, (count + n) % 16384, octets, sequence_flags=flags)
        out.append(sealed(head + part, crc))
    return out


def decoded(packets, *, crc=False, batch=1, link=None):
    decoder = Decoder(link or LinkFormat(vehicle="ship"), [definition(crc)])
    values, rows, events = [], [], []
    for at in range(0, len(packets), batch):
        out = decoder.feed_many([(packet, n) for n, packet in enumerate(packets[at : at + batch], at)])
        for table in out.tables:
            values += [bytes(each.astype("u1")) for each in table.raw["data"]]
        rows += [
            (out.packets.octets(i), PacketQuality(int(out.packets.quality[i])))
            for i in range(len(out.packets))
        ]
        events += out.events
    return values, rows, events, decoder.counters


def received(rows):
    return [octets for octets, quality in rows if not quality & PacketQuality.REASSEMBLED]


@pytest.mark.parametrize("crc", [False, True])
@pytest.mark.parametrize("batch", [1, 2, 100])
def test_segments_by_hand(crc, batch):
    data = bytes(range(100))
    sent = cut(data, [10, 40], 16382, crc=crc)
    assert [octets[2] >> 6 for octets in sent] == [FIRST, CONTINUATION, LAST]
    values, rows, events, counters = decoded(sent, crc=crc, batch=batch)
    assert values == [data]
    assert received(rows) == sent
    assert [q for _, q in rows] == [PacketQuality.SEGMENT] * 3 + [PacketQuality.REASSEMBLED]
    # As if it had been sent in one piece: flags 11, the count of the first segment, its own length and CRC.
    one = primary_header(APID, 16382, 102 + 2 * crc) + len(data).to_bytes(2, "big") + data
    assert rows[-1][0] == sealed(one, crc)
    assert events == []
    assert (counters.packets, counters.packet_segments, counters.packet_gaps) == (1, 3, 0)


def test_the_secondary_header_flag_is_that_of_the_first_segment():
    sent = [bytes([octets[0] | 8]) + octets[1:] for octets in cut(b"abc", [2])]
    decoder = Decoder(LinkFormat(vehicle="ship"), [definition()])
    batch = decoder.feed_many([(packet, 0) for packet in sent]).packets
    assert batch.secondary_header.tolist() == [True, True, True]
    assert batch.octets(2)[0] & 8


def test_spacecraft_do_not_mix():
    link = LinkFormat("tm", 64, asm=None, scids={5: "ship", 6: "ship"})
    one, two = cut(b"a" * 80, [30, 60]), cut(b"b" * 80, [20, 50])
    packers = [TmFramePacker(scid, 0, 64) for scid in (5, 6)]
    sent = []
    for a, b in zip(one, two, strict=True):
        sent += packers[0].push(a) + packers[0].flush() + packers[1].push(b) + packers[1].flush()
    values, _, events, _ = decoded(sent, link=link, batch=4)
    assert values == [b"a" * 80, b"b" * 80]
    assert [event for event in events if event.code.startswith("segment")] == []


def test_a_segment_without_its_end_gives_the_packet_up():
    link = LinkFormat("tm", 64, asm=None, scids={5: "ship"})
    packer = TmFramePacker(5, 0, 64)
    first, *others = cut(b"x" * 300, [200, 250])
    sent = packer.push(first)
    del sent[1]  # of the octets of the first segment alone
    for packet in others:
        sent += packer.push(packet)
    sent += packer.flush()
    values, rows, events, _ = decoded(sent, link=link)
    assert values == []
    assert rows[0][1] & PacketQuality.TRUNCATED
    assert "segment-missing" in [event.code for event in events]


def test_unsegmented_ones_are_as_ever():
    values, rows, _, counters = decoded(cut(b"abc", []) + cut(b"def", [2], 1) + cut(b"ghi", [], 3))
    assert values == [b"abc", b"def", b"ghi"]
    assert len(rows) == 5
    assert counters.packet_gaps == 0


def test_another_definition_takes_each_segment_for_itself():
    sent = cut(b"abc", [2])
    decoder = Decoder(LinkFormat(vehicle="ship"), [definition(segmented=False)])
    out = decoder.feed_many([(packet, 0) for packet in sent])
    assert len(out.packets) == 2
    assert not (out.packets.quality & int(PacketQuality.SEGMENT | PacketQuality.REASSEMBLED)).any()


@pytest.mark.parametrize("lost", [0, 1, 2, 3])
def test_a_missing_segment_gives_the_packet_up(lost):
    sent = cut(b"x" * 50, [10, 20, 30])
    after = cut(b"after", [3], 4)
    kept = sent[:lost] + sent[lost + 1 :]
    values, rows, events, _ = decoded(kept + after)
    assert values == [b"after"]
    assert received(rows) == kept + after
    assert [event.code for event in events] == ["segment-missing"]


def test_a_damaged_segment_gives_the_packet_up():
    sent = cut(b"x" * 50, [10, 20], crc=True)
    sent[1] = sent[1][:-3] + b"y" + sent[1][-2:]
    values, rows, events, _ = decoded(sent + cut(b"next", [2], 3, crc=True), crc=True)
    assert values == [b"next"]
    assert received(rows)[:3] == sent
    assert [event.code for event in events] == ["segment-missing"]


def test_segments_in_a_stream_are_of_any_length():
    fields = (Parameter("a", "uint", 8, 48, array_length=20),)
    fixed = PacketDefinition("f", fields, apid=APID, vehicle="ship", segmented=True, length_octets=26)
    decoder = Decoder(LinkFormat(vehicle="ship", datagram=False), [fixed])
    head = primary_header(APID, 0, 15, sequence_flags=FIRST)
    first = decoder.feed(head + bytes(range(15)), 0)
    assert len(first.packets) == 1
    last = decoder.feed(primary_header(APID, 1, 5, sequence_flags=LAST) + bytes(range(15, 20)), 1)
    assert last.tables[0].raw["a"].tolist() == [list(range(20))]


def test_a_segment_that_comes_twice():
    sent = cut(b"x" * 50, [10, 20])
    values, rows, events, _ = decoded([sent[0], sent[1], sent[1], sent[2]])
    assert values == [b"x" * 50]
    assert len(received(rows)) == 4
    assert events == []


@pytest.mark.parametrize("again", [0, 1, 2])
@pytest.mark.parametrize("batch", [1, 9])
def test_any_segment_that_comes_twice_loses_nothing(again, batch):
    sent = cut(b"x" * 50, [10, 20]) + cut(b"y" * 50, [10, 20], 3)
    values, rows, events, _ = decoded([*sent[: again + 1], *sent[again:]], batch=batch)
    assert values == [b"x" * 50, b"y" * 50]
    assert len(received(rows)) == 7
    assert events == []


def test_a_last_segment_without_its_beginning_is_told_once():
    sent = cut(b"x" * 50, [10, 20])
    _, _, events, _ = decoded([sent[2], sent[2]])
    assert [event.code for event in events] == ["segment-missing"]
    other = cut(b"y" * 50, [10, 20], 3)
    _, _, events, _ = decoded([sent[2], other[2]])
    assert [event.code for event in events] == ["segment-missing"] * 2


def test_channels_do_not_mix():
    link = LinkFormat("tm", 64, asm=None, scids={5: "ship"})
    one, two = cut(b"a" * 80, [30, 60]), cut(b"b" * 80, [20, 50])
    packers = [TmFramePacker(5, vcid, 64) for vcid in (0, 1)]
    frames = []
    for a, b in zip(one, two, strict=True):
        frames += packers[0].push(a) + packers[0].flush() + packers[1].push(b) + packers[1].flush()
    values, _, events, _ = decoded(frames, link=link, batch=3)
    assert values == [b"a" * 80, b"b" * 80]
    assert [event for event in events if event.code.startswith("segment")] == []


def test_no_more_is_kept_than_told(monkeypatch):
    monkeypatch.setattr(segments, "LONGEST_OCTETS", 1000)
    monkeypatch.setattr(segments, "MOST_OPEN", 4)
    joiner = Decoder(LinkFormat(), [definition(apid=apid) for apid in range(20)])
    for apid in range(20):
        for n in range(100):
            head = primary_header(apid, n, 400, sequence_flags=CONTINUATION if n else FIRST)
            joiner.feed(head + bytes(400), 0)
        joiner.feed(primary_header(apid, 100, 9, sequence_flags=LAST) + bytes(9), 0)
        joiner.feed(primary_header(apid, 101, 400, sequence_flags=FIRST) + bytes(400), 0)
    waiting = joiner._segments._open
    assert len(waiting) <= 4
    assert len(joiner._segments._ended) <= 4
    assert all(sum(map(len, each.parts)) <= 1000 for each in waiting.values())


@settings(max_examples=80, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans(), st.integers(1, 9), st.sampled_from([0.0, 0.1]))
def test_any_cuts_and_losses(rng: random.Random, crc, batch, loss):
    sent, wanted, count = [], [], rng.randrange(16384)
    for n in range(20):
        data = rng.randbytes(rng.randint(1, 120)) + bytes([n])
        body = len(data) + 2
        parts = cut(data, rng.sample(range(1, body), rng.randint(0, min(4, body - 1))), count, crc=crc)
        count = (count + len(parts)) % 16384
        arrived = [part for part in parts if rng.random() >= loss]
        if arrived == parts:
            wanted.append(data)
        sent += arrived
    values, rows, _, _ = decoded(sent, crc=crc, batch=batch)
    assert values == wanted
    assert received(rows) == sent


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.binary(min_size=1, max_size=9)), max_size=30)
)
def test_any_segments(some):
    sent = [
        primary_header(APID, count, len(data), sequence_flags=flags) + data for flags, count, data in some
    ]
    _, rows, _, counters = decoded(sent, batch=4)
    assert received(rows) == sent
    assert counters.packet_segments == sum(flags != WHOLE for flags, _, _ in some)
