"""The whole way of a link's octets, and every damage that may happen on it."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.clcw import clcw_definition
from decoders.encode import (
    ASM,
    AosFramePacker,
    MasterChannel,
    PacketEncoder,
    TmFramePacker,
    cadu,
    crc16,
    idle_packet,
)
from decoders.mission.model import PacketDefinition, Parameter, TimeFormat
from decoders.pipeline import Decoder, LinkFormat
from decoders.sequence import PacketMemory
from decoders.shapes import NO_TIME, FrameQuality, PacketQuality

T0 = 1_795_037_880_000_000_000
SECOND = 1_000_000_000
LENGTH = 200


def housekeeping(name, apid, vehicle="rs", octets=0):
    fields = (
        Parameter("time", "uint", 56, 48, role="time"),
        Parameter("value", "int", 16, 104),
        Parameter("padding", "uint", 8, 120, array_length=octets or 1),
        Parameter("crc", "uint", 16, 128 + 8 * max(octets - 1, 0), role="crc"),
    )
    return PacketDefinition(
        name, fields, apid=apid, vehicle=vehicle, time=TimeFormat("cuc", True), crc=True,
        length_octets=18 + max(octets - 1, 0),
    )  # fmt: skip


HK = housekeeping("hk", 0x101)
BIG = housekeeping("big", 0x102, octets=700)
JM = housekeeping("jm", 0x201, vehicle="jm")
PACKETS = (HK, BIG, JM)
TM = LinkFormat("tm", LENGTH, scids={0x2A1: "rs"}, playback_vcids=frozenset({1}))
AOS = LinkFormat("aos", LENGTH, asm=None, scids={0xB0: "jm"})


def made(definition, count, value=None):
    value = count & 0x7FFF if value is None else value
    return PacketEncoder(definition).encode({"value": value}, count, T0 + count * SECOND)


def tm_frames(packets, vcid=0, scid=0x2A1):
    packer = TmFramePacker(scid, vcid, LENGTH)
    return [frame for packet in packets for frame in packer.push(packet)] + packer.flush()


class Collected:
    """Everything several feeds gave."""

    def __init__(self, decoded):
        self.frames, self.packets, self.values, self.events = [], [], {}, []
        for one in decoded:
            batch = one.packets
            first = len(self.packets)
            self.frames += [FrameQuality(int(q)) for q in one.frames.quality]
            self.packets += [
                (batch.octets(i), PacketQuality(int(batch.quality[i])), batch.vehicle[i], int(batch.vcid[i]))
                for i in range(len(batch))
            ]
            self.events += one.events
            for table in one.tables:
                counts = batch.sequence_count[table.rows].tolist()
                self.values.setdefault(table.packet.name, []).extend(
                    zip(counts, table.raw["value"].tolist(), strict=True)
                )
                assert all(PacketQuality(int(q)).has_values for q in batch.quality[table.rows])
                times = batch.generation_ns[table.rows]
                assert all(t == T0 + c * SECOND for t, c in zip(times.tolist(), counts, strict=True))
            assert len(self.packets) == first + len(batch.vehicle)

    @property
    def codes(self):
        return [event.code for event in self.events]


def run(link, datagrams, batch=1, packets=PACKETS, finish=True):
    decoder = Decoder(link, packets)
    out = []
    for at in range(0, len(datagrams), batch):
        part = [(data, T0 + row) for row, data in enumerate(datagrams[at : at + batch], at)]
        out.append(decoder.feed_many(part))
    if finish:
        out.append(decoder.finish())
    return Collected(out), decoder.counters


@pytest.mark.parametrize("batch", [1, 3, 100])
@pytest.mark.parametrize("marker", [True, False])
def test_tm_datagrams(batch, marker):
    frames = tm_frames([made(HK, n) for n in range(100)])
    got, counters = run(TM, [cadu(f) if marker else f for f in frames], batch)
    assert got.values["hk"] == [(n, n) for n in range(100)]
    assert got.events == []
    assert counters.packets == 100
    assert counters.frames_good == len(frames)
    assert counters.packets_by_name == {"hk": 100}
    assert {vehicle for _, _, vehicle, _ in got.packets} == {"rs"}


@pytest.mark.parametrize("size", [1, 7, 204, 1000, 10**6])
def test_tm_stream(size):
    link = LinkFormat("tm", LENGTH, datagram=False, scids={0x2A1: "rs"})
    data = b"noise" + b"".join(map(cadu, tm_frames([made(HK, n) for n in range(30)])))
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    got, counters = run(link, chunks)
    assert got.values["hk"] == [(n, n) for n in range(30)]
    assert b"".join(event.octets for event in got.events) == b"noise"
    assert counters.octets_passed_over == 5
    assert counters.octets == len(data)


def test_aos_carries_packets_of_both_vehicles():
    packer = AosFramePacker(0xB0, 12, LENGTH)
    frames = [f for n in range(40) for d in (HK, JM) for f in packer.push(made(d, n))] + packer.flush()
    got, _ = run(AOS, frames, 10)
    assert [vehicle for _, _, vehicle, _ in got.packets[:4]] == ["rs", "jm", "rs", "jm"]
    assert len(got.values["hk"]) == len(got.values["jm"]) == 40


def test_packets_of_several_channels_come_in_order_of_reception():
    one = tm_frames([made(BIG, n) for n in range(4)])
    two = tm_frames([made(HK, n) for n in range(30)], vcid=3)
    mixed = [f for pair in zip(one, two, strict=False) for f in pair] + one[len(two) :] + two[len(one) :]
    decoded = Decoder(TM, PACKETS).feed_many([(f, T0 + row) for row, f in enumerate(mixed)])
    assert (np.diff(decoded.packets.reception_ns) >= 0).all()
    assert decoded.packets.reception_ns.tolist() == [T0 + row for row in decoded.packets.frame.tolist()]
    for row in range(len(decoded.packets)):
        frame, offset = int(decoded.packets.frame[row]), int(decoded.packets.frame_offset[row])
        if offset >= 0:
            octets = decoded.packets.octets(row)
            assert decoded.frames.octets(frame)[offset : offset + len(octets)] == octets


def test_wrong_length_takes_no_neighbour():
    frames = tm_frames([made(HK, n) for n in range(30)])
    frames.insert(1, b"short")
    frames.insert(2, frames[0] + b"long")
    got, counters = run(TM, frames, 10)
    assert got.values["hk"] == [(n, n) for n in range(30)]
    assert got.codes == ["frame-length"]
    assert got.events[0].offset == LENGTH
    assert got.frames[1] == got.frames[2] == FrameQuality.LENGTH_BAD
    assert counters.frames_bad == 2


def test_a_bad_frame_is_a_gap_and_an_event():
    frames = tm_frames([made(HK, n) for n in range(50)])
    frames[1] = frames[1][:50] + bytes([frames[1][50] ^ 8]) + frames[1][51:]
    got, counters = run(TM, frames, 100)
    assert got.frames[1] == FrameQuality.FECF_BAD
    assert got.frames[2] == FrameQuality.GAP_BEFORE
    assert "frame-fecf" in got.codes
    assert (counters.frame_gaps, counters.frames_missing, counters.frames_bad) == (1, 1, 1)
    assert counters.packets + counters.packets_missing == 50
    assert PacketQuality.TRUNCATED in [quality for _, quality, _, _ in got.packets]


def test_other_vehicles_and_versions_are_kept_and_told():
    frames = tm_frames([made(HK, 0)], scid=0x155) + AosFramePacker(0xB0, 0, LENGTH).push(bytes(400))[:1]
    got, counters = run(TM, frames)
    assert got.frames[0] == FrameQuality.VEHICLE_UNKNOWN
    assert got.frames[1] & FrameQuality.VERSION_BAD
    assert got.packets == []
    assert counters.frames_bad == 2
    assert "0x155" in got.events[0].text


def test_frames_that_come_twice():
    frames = tm_frames([made(HK, n) for n in range(60)])
    got, counters = run(TM, [f for f in frames for _ in range(2)], 4)
    assert got.values["hk"] == [(n, n) for n in range(60)]
    assert counters.frames_duplicate == len(frames)
    assert counters.frames_missing == counters.packets_duplicate == counters.packets_missing == 0


def test_a_block_of_frames_that_comes_twice():
    packer = AosFramePacker(0xB0, 1, LENGTH)
    frames = [f for n in range(300) for f in packer.push(made(JM, n))]
    got, counters = run(AOS, frames[:10] + frames[2:], 5)
    assert got.values["jm"] == [(n, n) for n in range(len(frames) * 190 // 18)]
    assert (counters.frames_duplicate, counters.frames_missing) == (8, 0)


@pytest.mark.parametrize("batch", [1, 7, 100])
def test_a_block_of_frames_that_comes_late(batch):
    packer = AosFramePacker(0xB0, 1, LENGTH)
    frames = [f for n in range(300) for f in packer.push(made(JM, n))]
    late = frames[:8] + frames[14:20] + frames[8:14] + frames[20:]
    got, counters = run(AOS, late, batch)
    _, without = run(AOS, frames[:8] + frames[14:], batch)
    assert (counters.frames_missing, counters.frames_bad) == (0, 0)
    whole_inside = 6 * 190 // 18 - 2  # a packet at each edge of the block is cut
    assert counters.packets >= without.packets + whole_inside
    assert counters.packets + counters.packets_missing == len(frames) * 190 // 18
    assert sorted(set(got.values["jm"])) == sorted(got.values["jm"])


@pytest.mark.parametrize("batch", [1, 7, 100])
@pytest.mark.parametrize("back", [1, 5])
def test_a_late_frame_is_not_taken_into_the_packet_that_waits(back, batch):
    packer = AosFramePacker(0xB0, 1, LENGTH)
    sent = [made(BIG, n) for n in range(12)]  # each longer than three frames
    frames = [f for packet in sent for f in packer.push(packet)] + packer.flush()
    order = [*range(10), *range(11, 11 + back), 10, *range(11 + back, len(frames))]
    got, counters = run(replace(AOS, scids={0xB0: "rs"}), [frames[i] for i in order], batch)
    assert counters.packets_unknown == 0
    whole = [octets for octets, quality, _, _ in got.packets if quality.has_values]
    assert set(whole) == set(sent) - {sent[10 * 190 // 717]}
    for octets, quality, _, _ in got.packets:
        assert quality.has_values or any(packet.startswith(octets) for packet in sent)


def test_a_gap_before_a_frame_of_other_data_is_a_gap_for_the_packets():
    # The first half of a packet, a lost frame, a frame without packets (132.0-B-3 §4.1.2.7.3), more octets.
    packer = TmFramePacker(0x2A1, 0, LENGTH)
    frames = packer.push(made(BIG, 0)[: 3 * packer.zone_length])
    frames += packer.push(b"\xff" * 3 * packer.zone_length)
    other = bytearray(frames[2][:-2])
    other[4] |= 0x40
    frames[2] = bytes(other) + crc16(bytes(other)).to_bytes(2, "big")
    del frames[1]
    got, counters = run(TM, frames)
    assert [quality & PacketQuality.TRUNCATED for _, quality, _, _ in got.packets] == [
        PacketQuality.TRUNCATED
    ]
    assert got.packets[0][0] == made(BIG, 0)[: packer.zone_length]
    assert counters.frames_other == 1


def test_replayed_frames_bring_playback():
    # 732.0-B-4 §4.1.2.5.2: the replay flag.
    frames = []
    for n in range(6):
        packer = AosFramePacker(0xB0, 12, LENGTH, replay=n > 2)
        packer.count = n
        frames += packer.push(made(JM, n)) + packer.flush()
    got, _ = run(AOS, frames, 4)
    played = [bool(quality & PacketQuality.PLAYBACK) for _, quality, _, _ in got.packets]
    assert played == [False] * 3 + [True] * 3


def test_counter_rollover():
    frames = tm_frames([made(HK, n % 16384) for n in range(16_000, 19_000)])
    _, counters = run(TM, frames, 50)
    assert counters.packets == 3000
    assert counters.frames_missing == counters.packets_missing == counters.frame_gaps == 0


def test_master_counter_that_stays_does_not_matter():
    frames = tm_frames([made(HK, n) for n in range(50)])
    frames = [f[:2] + b"\0" + f[3:-2] for f in frames]
    frames = [f + crc16(f).to_bytes(2, "big") for f in frames]
    got, counters = run(TM, frames, 7)
    assert len(got.values["hk"]) == 50
    assert counters.frame_gaps == counters.frames_duplicate == 0
    assert counters.master_gaps == counters.master_missing == 0


@pytest.mark.parametrize("batch", [1, 5, 1000])
def test_master_channel_gaps_are_counted(batch):
    # 132.0-B-3 §4.1.2.5: one counter over all virtual channels, modulo 256; here of two spacecraft.
    masters = {scid: MasterChannel() for scid in (0x2A1, 0x155)}
    masters[0x2A1].count = 200
    packers = [TmFramePacker(scid, vcid, LENGTH, master=masters[scid]) for scid in masters for vcid in (0, 3)]
    frames = [packers[n % 4].push(bytes(packers[0].zone_length))[0] for n in range(400)]
    link = replace(TM, scids={0x2A1: "rs", 0x155: "jm"})
    assert run(link, frames, batch)[1].master_gaps == 0
    lost = {20, 40, 41, 44, 45, 100}  # 40, 41, 44, 45 are frames of one spacecraft in a row
    kept = [frame for n, frame in enumerate(frames) if n not in lost]
    again = [*kept[:200], kept[100], *kept[200:]]  # a frame that comes twice is no jump
    counters = run(link, again, batch)[1]
    assert (counters.master_gaps, counters.master_missing) == (3, 6)
    assert counters.frames_missing == 6
    assert counters.frames_duplicate == 1


def test_idle_frames_that_repeat_the_count():
    packer = TmFramePacker(0x2A1, 0, LENGTH)
    frames = []
    for n in range(60):
        new = packer.push(made(HK, n))
        frames += new
        if new:
            # The idle frame in between repeats the count of the last frame.
            packer.count -= 1
            frames += [packer.idle_frame()] * 2
            packer.count -= 1
    got, counters = run(TM, frames, 4)
    assert [n for n, _ in got.values["hk"]] == list(range(len(got.values["hk"])))
    assert counters.frames_missing == counters.frame_gaps == counters.packets_missing == 0
    assert counters.frames_idle == 2 * (len(frames) // 3)


def test_idle_channel_with_any_counts():
    packer, frames = AosFramePacker(0xB0, 63, LENGTH), []
    for count in (5, 5, 900, 3):
        packer.count = count
        frames.append(packer.idle_frame())
    _, counters = run(AOS, frames)
    assert (counters.frames_idle, counters.frames_missing) == (4, 0)


def test_playback_is_marked_and_repeats_are_duplicates():
    live = tm_frames([made(HK, n) for n in (0, 1, 2, 5, 6)])
    dump = tm_frames([made(HK, n) for n in range(7)], vcid=1)
    got, counters = run(TM, live + dump)
    assert [n for n, _ in got.values["hk"]] == [0, 1, 2, 5, 6, 3, 4]
    played = [quality for _, quality, _, vcid in got.packets if vcid == 1]
    assert all(quality & PacketQuality.PLAYBACK for quality in played)
    assert sum(bool(quality & PacketQuality.DUPLICATE) for quality in played) == 5
    assert (counters.packets_duplicate, counters.packets_missing) == (5, 2)
    assert len(got.packets) == 12  # nothing received is thrown away


def test_links_may_share_the_memory_of_packets():
    memory, frames = PacketMemory(), tm_frames([made(HK, 0), made(HK, 1)])
    first, second = (Decoder(TM, PACKETS, memory) for _ in range(2))
    assert [len(t.rows) for t in first.feed_many([(f, T0) for f in frames]).tables] == [2]
    assert second.feed_many([(f, T0) for f in frames]).tables == []
    assert second.counters.packets_duplicate == 2


def test_duplicates_may_be_decoded():
    link = LinkFormat("packets", mark_duplicates=False)
    got, _ = run(link, [made(HK, 1)] * 3)
    assert len(got.values["hk"]) == 3


def test_a_packet_with_a_wrong_crc():
    good, bad = made(HK, 1), bytearray(made(HK, 2))
    bad[14] ^= 1
    got, counters = run(TM, tm_frames([good, bytes(bad), made(HK, 3)]))
    assert [n for n, _ in got.values["hk"]] == [1, 3]
    assert got.packets[1][:2] == (bytes(bad), PacketQuality.CRC_BAD)
    assert got.packets[2][1] == PacketQuality.GAP_BEFORE
    assert got.codes == ["packet-crc"]
    assert counters.packets_bad == 1


@pytest.mark.parametrize("octets", [16, 30])
def test_a_packet_of_a_wrong_length(octets):
    odd = housekeeping("hk", 0x101, octets=octets - 17) if octets > 18 else None
    body = made(odd, 2) if odd else made(HK, 2)[:4] + b"\0\x09" + made(HK, 2)[6:16]
    got, _ = run(TM, tm_frames([made(HK, 1), body, made(HK, 3)]))
    assert [n for n, _ in got.values["hk"]] == [1, 3]
    assert got.packets[1][0] == body
    assert got.packets[1][1] & PacketQuality.LENGTH_BAD
    assert "packet-length" in got.codes


def test_unknown_apids_are_told_once():
    strange = PacketEncoder(HK, apid=0x333)
    packets = [strange.encode({}, n, T0) for n in range(30)]
    got, counters = run(TM, tm_frames([*packets, made(HK, 0)]), 1)
    assert got.codes == ["apid-unknown"]
    assert [
        octets for octets, quality, _, _ in got.packets if quality == PacketQuality.APID_UNKNOWN
    ] == packets
    assert len(got.values["hk"]) == 1
    assert counters.packets_unknown == 30


def test_an_invalid_time():
    packet = bytearray(made(HK, 4))
    packet[6] = 0x77  # no P-field of this format
    packet[-2:] = crc16(bytes(packet[:-2])).to_bytes(2, "big")
    decoded = Decoder(LinkFormat("packets"), PACKETS).feed(bytes(packet), T0)
    assert decoded.packets.generation_ns.tolist() == [NO_TIME]
    assert int(decoded.packets.quality[0]) == PacketQuality.TIME_INVALID
    assert len(decoded.tables[0].rows) == 1


def test_idle_packets_are_counted_only():
    got, counters = run(TM, tm_frames([made(HK, 0), idle_packet(50), made(HK, 1)]))
    assert len(got.packets) == 2
    assert counters.packets_idle >= 1


def test_a_lone_definition_decodes_any_apid():
    lone = PacketDefinition("x", (Parameter("value", "uint", 16, 48),), length_octets=8)
    packets = [PacketEncoder(lone, apid=a).encode({"value": a}, 0, 0) for a in (1, 9, 1, 500)]
    decoded = Decoder(LinkFormat("packets", datagram=False, mark_duplicates=False), [lone]).feed(
        b"".join(packets), T0
    )
    assert decoded.tables[0].raw["value"].tolist() == [1, 9, 1, 500]
    assert decoded.tables[0].rows.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("together", [1, 4])
def test_packet_datagrams(together):
    packets = [made(HK if n % 2 else JM, n) for n in range(40)]
    datagrams = [b"".join(packets[at : at + together]) for at in range(0, 40, together)]
    datagrams[3] += b"\xff\xff"
    got, counters = run(LinkFormat("packets"), datagrams, 5)
    assert [octets for octets, *_ in got.packets] == packets
    assert got.codes == ["passed-over"]
    assert got.events[0].octets == b"\xff\xff"
    assert got.events[0].offset == sum(map(len, datagrams[:4])) - 2
    assert counters.octets_passed_over == 2


def test_packet_stream_with_garbage_and_a_truncated_end():
    packets = [made(HK, n) for n in range(20)]
    data = b"".join(packets[:10]) + b"\xff" * 9 + b"".join(packets[10:]) + made(HK, 20)[:11]
    link = LinkFormat("packets", datagram=False)
    got, _ = run(link, [data[at : at + 50] for at in range(0, len(data), 50)])
    assert got.values["hk"] == [(n, n) for n in range(20)]
    assert [event.offset for event in got.events if event.code == "passed-over"] == [180]
    assert got.packets[-1][:2] == (made(HK, 20)[:11], PacketQuality.TRUNCATED)


def test_a_stream_gives_reception_times_of_its_chunks():
    decoder = Decoder(LinkFormat("packets", datagram=False), PACKETS)
    a, b = made(HK, 0), made(HK, 1)
    out = decoder.feed_many([(a[:5], 1), (a[5:], 2), (b[:3], 3)])
    assert out.packets.reception_ns.tolist() == [2]
    assert decoder.feed(b[3:], 4).packets.reception_ns.tolist() == [4]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_losses_take_only_what_they_touch(seed, batch):
    rng = random.Random(seed)
    packets = [made(rng.choice([HK, BIG, HK]), n) for n in range(80)]
    # Counts go on per APID, so that each one's gaps are its own.
    counts = {HK.apid: 0, BIG.apid: 0}
    numbered, places, at, zone = [], [], 0, LENGTH - 12
    for packet in packets:
        apid = int.from_bytes(packet[:2], "big") & 0x7FF
        packet = made(HK if apid == HK.apid else BIG, counts[apid])
        counts[apid] += 1
        places.append((at // zone, (at + len(packet) - 1) // zone))
        at += len(packet)
        numbered.append(packet)
    frames = tm_frames(numbered)
    lost = {n for n in range(len(frames)) if rng.random() < 0.1}
    got, counters = run(TM, [f for n, f in enumerate(frames) if n not in lost], batch)
    arrived = [
        packet
        for packet, (first, last) in zip(numbered, places, strict=True)
        if not lost.intersection(range(first, last + 1))
    ]
    good = [octets for octets, quality, _, _ in got.packets if quality.has_values]
    assert good == arrived
    assert counters.packets == len(arrived)
    assert counters.packets + counters.packets_missing <= len(numbered)


def links():
    return [
        LinkFormat(
            framing,
            64,
            asm=asm,
            fecf=fecf,
            ocf=fecf,
            datagram=datagram,
            fhec=not fecf,
            insert_zone_octets=0 if fecf else 3,
        )
        for framing in ("packets", "tm", "aos", "uslp")
        for asm in (None, 0x1ACFFC1D)
        for fecf in (True, False)
        for datagram in (True, False)
    ]


ANYTHING = st.lists(
    st.one_of(
        st.binary(max_size=150),
        st.binary(min_size=64, max_size=64),
        st.binary(min_size=62, max_size=62).map(lambda b: cadu(b + crc16(b).to_bytes(2, "big"))),
        st.binary(min_size=57, max_size=57).map(lambda b: b"\x40\x40\0" + b + bytes(4)),
        st.binary(min_size=56, max_size=56).map(lambda b: b"\xc0\0\0\x20\0\x3f\x0b" + b + b"\0"),
        st.just(ASM),
        st.just(made(HK, 1)),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(ANYTHING, st.sampled_from(links()), st.integers(1, 12))
def test_no_octets_raise(datagrams, link, batch):
    decoder = Decoder(link, (*PACKETS[:2], replace(JM, segmented=True), clcw_definition("")))
    for at in range(0, len(datagrams), batch):
        decoder.feed_many([(data, at) for data in datagrams[at : at + batch]])
    decoder.finish()
    assert decoder.counters.octets == sum(map(len, datagrams))


def test_damaged_recordings_never_raise():
    rng = random.Random(1)
    frames = [cadu(f) for f in tm_frames([made(rng.choice([HK, BIG]), n) for n in range(60)])]
    data = bytearray(b"".join(frames))
    for link in links():
        for _ in range(6):
            damaged = bytearray(data)
            for _ in range(rng.randrange(1, 60)):
                kind, at = rng.randrange(3), rng.randrange(len(damaged))
                if kind == 0:
                    damaged[at] ^= 1 << rng.randrange(8)
                elif kind == 1:
                    del damaged[at : at + rng.randrange(1, 300)]
                else:
                    damaged[at:at] = rng.randbytes(rng.randrange(1, 100))
            decoder, at = Decoder(link, PACKETS), 0
            while at < len(damaged):
                size = rng.randrange(1, 3000)
                decoder.feed(bytes(damaged[at : at + size]), at)
                at += size
            decoder.finish()


def test_a_broken_stream_goes_on():
    link = LinkFormat("tm", LENGTH, datagram=False, scids={0x2A1: "rs"})
    sent = [cadu(f) for f in tm_frames([made(BIG, n) for n in range(6)])]
    decoder, out = Decoder(link, PACKETS), []
    out.append(decoder.feed(b"".join(sent[:6]) + sent[6][:90], T0))
    out.append(decoder.interrupt())
    out.append(decoder.feed(b"".join(sent[6:]), T0 + 1))
    got = Collected(out)
    assert got.values["big"] == [(n, n) for n in range(6)]
    assert [event.octets for event in got.events] == [sent[6][:90]]
    assert decoder.counters.frames_missing == 0


def test_one_apid_of_two_vehicles():
    other = housekeeping("other", 0x101, vehicle="jm", octets=4)
    both = (HK, other)
    link = LinkFormat("tm", LENGTH, scids={0x2A1: "rs", 0x0B0: "jm"})
    frames = tm_frames([made(HK, 0)]) + tm_frames([made(other, 0)], scid=0xB0)
    got, _ = run(link, frames, 2, packets=both)
    assert got.values == {"hk": [(0, 0)], "other": [(0, 0)]}
    assert [vehicle for _, _, vehicle, _ in got.packets] == ["rs", "jm"]


def test_empty_feeds():
    for link in links():
        decoder = Decoder(link, PACKETS)
        for out in (decoder.feed_many([]), decoder.feed(b"", T0), decoder.finish()):
            assert len(out.packets) == 0
            assert out.tables == []


def test_a_link_format_that_cannot_be():
    with pytest.raises(ValueError, match="framing is 'tc'"):
        LinkFormat("tc")
    with pytest.raises(ValueError, match="frame_length"):
        LinkFormat("tm", 5)
    for octets in (-1, 60):
        with pytest.raises(ValueError, match="insert_zone_octets"):
            LinkFormat("aos", 64, insert_zone_octets=octets)
