"""USLP frames: headers from octets written out by hand, the whole way of packets, any octets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacepackets.uslp.frame import TransferFrame, TransferFrameDataField
from spacepackets.uslp.header import PrimaryHeader

from decoders.encode_frames import ASM, UslpFramePacker
from decoders.frames import read_frames
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import FrameQuality, PacketQuality
from decoders.space_packet import crc16, idle_packet, primary_header

SCID = 0xABCD
LINK = LinkFormat("uslp", 64, asm=None, scids={SCID: "rs"})


def read(*frames, fecf=True, longest=2000, **options):
    lengths = np.array([len(frame) for frame in frames], np.int64)
    starts = np.cumsum(lengths) - lengths
    return read_frames(
        "uslp", b"".join(frames), starts, lengths, frame_length=longest, fecf=fecf, ocf=False, scids=(),
        packet_vcids=None, reception_ns=np.arange(len(frames)), stream_offset=starts.copy(), **options,
    )  # fmt: skip


def sealed(octets):
    return octets + crc16(octets).to_bytes(2, "big")


def zone(result, row=0):
    return result.octets[int(result.zone_start[row]) : int(result.zone_end[row])]


def packet(count, octets, apid=0x101):
    body = primary_header(apid, count, octets - 6) + bytes(n * 7 + count & 0xFF for n in range(octets - 8))
    return sealed(body)


def decoded(frames, link=LINK, batch=1000):
    decoder, packets, events, quality = Decoder(link, ()), [], [], []
    for at in range(0, len(frames), batch):
        out = decoder.feed_many([(frame, at + n) for n, frame in enumerate(frames[at : at + batch])])
        packets += [out.packets.octets(i) for i in range(len(out.packets))]
        quality += [PacketQuality(int(q)) for q in out.packets.quality]
        events += out.events
    out = decoder.finish()
    packets += [out.packets.octets(i) for i in range(len(out.packets))]
    quality += [PacketQuality(int(q)) for q in out.packets.quality]
    whole = [p for p, q in zip(packets, quality, strict=True) if not q & PacketQuality.TRUNCATED]
    return whole, decoder, events + out.events


def test_header_by_hand():
    # 732.1-B-2 §4.1.2: 1100, SCID 16 bits, destination, VCID 101010, MAP 1001, 0; length − 1; bypass 0,
    # command 0, 00, OCF 1, count of 011 octets; insert zone; §4.1.4: rule 000, UPID 0, pointer 2.
    identification = (0b1100_1010101111001101_1_101010_1001_0).to_bytes(4, "big")
    count = b"\x12\x34\x56"
    body = identification + b"\x00\x23" + bytes([0b0_0_00_1_011]) + count + b"IZ" + b"\x00\x00\x02"
    frame = sealed(body + bytes(range(15)) + b"\xde\xad\xbe\xef")
    assert len(frame) == 0x24
    result = read(frame, insert_zone_octets=2)
    batch = result.batch
    row = [int(a[0]) for a in (batch.scid, batch.vcid, batch.vc_count, batch.first_header, batch.map_id)]
    assert row == [0xABCD, 0b101010, 0x123456, 2, 0b1001]
    assert int(batch.ocf[0]) == 0xDEADBEEF
    assert int(batch.quality[0]) == 0
    assert zone(result) == bytes(range(15))
    assert result.pointer.tolist() == [2]
    assert result.uslp.modulus == [1 << 24]


@pytest.mark.parametrize("octets", range(8))
def test_frame_counts_of_any_length(octets):
    packer = UslpFramePacker(SCID, 1, 64, count_octets=octets)
    packer.count = 0x0123_4567_89AB_CDEF
    result = read(packer.idle_frame())
    expected = 0x0123_4567_89AB_CDEF & (1 << 8 * octets) - 1 if octets else -1
    assert int(result.batch.vc_count[0]) == expected
    assert result.uslp.modulus == [256**octets if octets else 0]


def test_rules_and_protocols():
    # Table 4-3: 000 packets that span frames, 001 and 010 an SDU, 011 octets, 100 to 110 segments, 111 whole.
    packer = UslpFramePacker(SCID, 1, 64)
    packets = packet(0, 20) + packet(1, 11)
    whole, octets, sdu = packer.whole(packets), packer.whole(packets, 3, 4), packer.whole(packets, 7, 5)
    spanning = bytearray(packer.push(idle_packet(packer.zone_length))[0])
    spanning[10] |= 0b001 << 5  # the last octet pointer of an SDU is none of a packet
    result = read(whole, octets, sdu, sealed(bytes(spanning[:-2])))
    quality = [FrameQuality(int(q)) for q in result.batch.quality]
    assert quality == [FrameQuality.GOOD] + [FrameQuality.NO_PACKETS] * 3
    assert [zone(result, row) for row in range(4)] == [packets, b"", b"", b""]
    assert result.uslp.fresh[0]


def test_protocol_commands_are_no_packets():
    frame = UslpFramePacker(SCID, 1, 64, command=True).whole(packet(0, 20))
    assert int(read(frame).batch.quality[0]) == FrameQuality.NO_PACKETS


def test_idle_frames():
    channel, data = UslpFramePacker(SCID, 63, 64), UslpFramePacker(SCID, 1, 64)
    result = read(channel.push(idle_packet(channel.zone_length))[0], data.idle_frame())
    assert [FrameQuality(int(q)) for q in result.batch.quality] == [FrameQuality.IDLE] * 2
    assert [zone(result, row) for row in range(2)] == [b"", b""]


def test_what_is_wrong_is_said():
    packer = UslpFramePacker(SCID, 1, 64)
    good = packer.idle_frame()
    shorter = sealed(good[:50])  # §4.1.2.7: another length than the header says
    version = sealed(bytes([0x4A]) + good[1:-2])
    damaged = good[:20] + b"\0" + good[21:]
    result = read(good, shorter, version, damaged, good[:4])
    quality = [FrameQuality(int(q)) for q in result.batch.quality]
    assert quality == [
        FrameQuality.IDLE,
        FrameQuality.LENGTH_BAD,
        FrameQuality.VERSION_BAD,
        FrameQuality.FECF_BAD,
        FrameQuality.LENGTH_BAD,
    ]


@pytest.mark.parametrize("ocf", [0, 1])
@pytest.mark.parametrize(("rule", "field"), [(0, 3), (7, 1)])
def test_a_frame_too_short_for_what_its_header_promises(ocf, rule, field):
    # Seven octets of header, seven of count, one or three of the data field's, OCF, error control field.
    least = 7 + 7 + field + 4 * ocf + 2
    head = (0b1100_1010101111001101_0_000001_0000_0).to_bytes(4, "big")
    for octets in range(8, least + 3):
        frame = head + (octets - 1).to_bytes(2, "big") + bytes([ocf << 3 | 7]) + bytes(7) + bytes([rule << 5])
        result = read(sealed(frame.ljust(octets, b"\0")[: octets - 2]))
        assert bool(int(result.batch.quality[0]) & FrameQuality.LENGTH_BAD) == (octets < least), octets


def test_truncated_frames():
    # Annex D: four octets of header whose last bit is 1, one of the data field's.
    packer = UslpFramePacker(SCID, 5, 64, ocf=True, map_id=3)
    result = read(packer.truncated(packet(0, 20)))
    batch = result.batch
    assert (batch.scid[0], batch.vcid[0], batch.map_id[0], batch.vc_count[0]) == (SCID, 5, 3, -1)
    assert int(batch.ocf[0]) == -1
    assert zone(result) == packet(0, 20)


def test_the_shortest_frames():
    # Without a count, data and FECF: 7 octets of header (annex D: 4) and one of the data field's.
    packer = UslpFramePacker(SCID, 5, 64, fecf=False, count_octets=0)
    short, truncated = packer.whole(b""), packer.truncated(b"")
    assert (len(short), len(truncated)) == (8, 5)
    assert [int(read(each, fecf=False).batch.quality[0]) for each in (short, truncated)] == [0, 0]
    cut = truncated[:-1]
    assert int(read(cut, fecf=False).batch.quality[0]) == FrameQuality.LENGTH_BAD


def test_truncated_frames_have_no_pointer():
    result = read(UslpFramePacker(SCID, 5, 64).truncated(bytes(20), rule=0))
    assert int(result.batch.first_header[0]) == -1
    assert int(result.batch.quality[0]) == FrameQuality.NO_PACKETS


def test_frames_of_spacepackets_are_read():
    data = packet(3, 40)
    frame = TransferFrame(
        PrimaryHeader(SCID, 0, 9, 4, 0, vcf_count_len=2, vcf_count=0x1234, op_ctrl_flag=True),
        TransferFrameDataField(7, 0, data),
        op_ctrl_field=b"\x01\x02\x03\x04",
    )
    frame.set_frame_len_in_header()
    result = read(bytes(frame.pack()))
    batch = result.batch
    assert (batch.scid[0], batch.vcid[0], batch.map_id[0], batch.vc_count[0]) == (SCID, 9, 4, 0x1234)
    assert int(batch.ocf[0]) == 0x01020304
    assert zone(result) == data


PACKETS = [packet(n, 8 + n * 13 % 150) for n in range(60)]


@pytest.mark.parametrize("octets", [1, 2, 4, 7])
@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_packets_that_span_frames(octets, batch):
    packer = UslpFramePacker(SCID, 1, 64, ocf=True, count_octets=octets)
    packer.count = 256**octets - 5  # the count rolls over on the way
    frames = [f for p in PACKETS for f in packer.push(p)] + packer.flush()
    got, decoder, events = decoded(frames, batch=batch)
    assert got == PACKETS
    assert events == [] or {event.code for event in events} == {"apid-unknown"}
    assert (decoder.counters.frames_missing, decoder.counters.frame_gaps) == (0, 0)


def test_a_stream_of_frames_of_one_length():
    link = LinkFormat("uslp", 64, datagram=False, scids={SCID: "rs"})
    packer = UslpFramePacker(SCID, 1, 64)
    frames = [f for p in PACKETS for f in packer.push(p)] + packer.flush()
    stream = b"".join(ASM + frame for frame in frames)
    assert decoded([stream[at : at + 100] for at in range(0, len(stream), 100)], link)[0] == PACKETS


@pytest.mark.parametrize("marker", [b"", ASM])
def test_frames_of_varying_length(marker):
    link = LinkFormat("uslp", 300, asm=None, scids={SCID: "rs"})
    packer = UslpFramePacker(SCID, 1, 300)
    frames = [packer.whole(p) for p in PACKETS]
    got, decoder, _ = decoded([marker + frame for frame in frames], link)
    assert got == PACKETS
    # One lost frame takes nothing else along.
    got, decoder, _ = decoded([marker + frame for n, frame in enumerate(frames) if n != 7], link)
    assert got == [p for n, p in enumerate(PACKETS) if n != 7]
    assert decoder.counters.frames_missing == 1


def test_segments_of_a_packet():
    link = LinkFormat("uslp", 300, asm=None, scids={SCID: "rs"})
    packer, big = UslpFramePacker(SCID, 1, 300), packet(0, 500)
    frames = [packer.whole(big[:200], 4), packer.whole(big[200:400], 5), packer.whole(big[400:], 6)]
    after = packer.whole(packet(1, 20))
    assert decoded([*frames, after], link)[0] == [big, packet(1, 20)]
    assert decoded([frames[0], frames[2], after], link)[0] == [packet(1, 20)]


def test_whole_packets_follow_nothing():
    # Half a packet where whole ones should be takes nothing of the frame behind it.
    link = LinkFormat("uslp", 300, asm=None, scids={SCID: "rs"})
    packer = UslpFramePacker(SCID, 1, 300)
    frames = [packer.whole(packet(0, 100)[:50]), packer.whole(packet(1, 70)), packer.whole(packet(2, 30))]
    assert decoded(frames, link)[0] == [packet(1, 70), packet(2, 30)]


def test_a_gap_is_one_for_all_maps():
    # MAP 9 waits for the rest of its packet; what is lost may be of it, whatever MAP comes next.
    one, two = UslpFramePacker(SCID, 1, 64, map_id=0), UslpFramePacker(SCID, 1, 64, map_id=9)
    room = two.zone_length
    (begun,) = two.push(bytes(primary_header(0x102, 0, 3 * room - 6)) + bytes(room - 6))
    one.count = 2  # the frame of count 1 is lost
    (other,) = one.push(packet(7, room))
    two.count = 3
    (end,) = two.push(bytes([0xFF]) * room)
    (more,) = two.push(bytes([0xFF]) * room)
    assert decoded([begun, other, end, more])[0] == [packet(7, room)]


def test_a_count_of_another_length_begins_anew():
    short, long = UslpFramePacker(SCID, 1, 64, count_octets=1), UslpFramePacker(SCID, 1, 64, count_octets=2)
    long.count = 1000
    frames = [f for n in range(8) for f in short.push(bytes(short.zone_length)) if n not in (3, 4)]
    frames += [f for _ in range(4) for f in long.push(bytes(long.zone_length))]
    _, decoder, _ = decoded(frames)
    assert (decoder.counters.frame_gaps, decoder.counters.frames_missing) == (1, 2)


def test_longer_than_the_longest_frame():
    packer = UslpFramePacker(SCID, 1, 300)
    got, decoder, events = decoded([packer.whole(packet(0, 200))])
    assert got == []
    assert [event.code for event in events] == ["frame-length"]
    assert decoder.counters.frames_bad == 1


def test_maps_of_one_channel_do_not_mix():
    one, two = UslpFramePacker(SCID, 1, 64, map_id=0), UslpFramePacker(SCID, 1, 64, map_id=9)
    frames, count = [], 0
    first, second = packet(0, 100), packet(1, 100, apid=0x102)
    for packer, data in ((one, first[:60]), (two, second[:60]), (one, first[60:]), (two, second[60:])):
        packer.count = count
        frames += packer.push(data)
        count += 1
    for packer in (one, two):
        packer.count = count
        frames += packer.flush()
        count += 1
    # What ``push`` was given are parts of packets: the pointers of the later frames mean nothing.
    assert sorted(decoded(frames)[0]) == sorted([first, second])
    lost = decoded(frames[:1] + frames[2:])[0]
    assert first not in lost or lost == [first]
    assert second not in lost


def test_expedited_frames_have_a_counter_of_their_own():
    usual, quick = UslpFramePacker(SCID, 1, 300), UslpFramePacker(SCID, 1, 300, expedited=True)
    quick.count = 77
    frames = [p.whole(packet(n, 30)) for n in range(10) for p in (usual, quick)]
    link = LinkFormat("uslp", 300, asm=None, scids={SCID: "rs"})
    got, decoder, _ = decoded(frames, link)
    assert len(got) == 20
    assert decoder.counters.frame_gaps == 0
    assert list(decoder.channel_counters()) == [(SCID, 1)]
    assert decoder.channel_counters()[SCID, 1].last == 9


def test_frames_without_a_count_are_no_duplicates():
    packer = UslpFramePacker(SCID, 1, 300, count_octets=0)
    link = LinkFormat("uslp", 300, asm=None, scids={SCID: "rs"})
    frames = [packer.whole(packet(5, 30))] * 3
    got, decoder, _ = decoded(frames, link)
    assert len(got) == 3
    assert decoder.counters.frames_duplicate == decoder.counters.frame_gaps == 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.binary(max_size=80) | st.binary(max_size=60).map(lambda b: b"\xc0" + b), max_size=8),
    st.booleans(),
    st.booleans(),
)
def test_any_octets(frames, fecf, datagram):
    link = LinkFormat("uslp", 64, fecf=fecf, datagram=datagram)
    decoder = Decoder(link, ())
    for ns, frame in enumerate(frames):
        decoder.feed(frame, ns)
    decoder.finish()
    counters = decoder.counters
    assert counters.octets == sum(map(len, frames))
    if datagram:
        assert counters.frames_good + counters.frames_bad == len(frames)
