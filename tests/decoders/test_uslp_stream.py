"""Streams of USLP frames of varying length: those of another library, damage of every kind, any octets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacepackets.uslp.frame import TransferFrame, TransferFrameDataField
from spacepackets.uslp.header import PrimaryHeader

from decoders.channel import ASM
from decoders.encode_frames import UslpFramePacker
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import FrameQuality
from decoders.space_packet import crc16, primary_header

SCID, LONGEST = 0xABCD, 400
MARKER = ASM.to_bytes(4, "big")


def link(marked: bool = False, **more) -> LinkFormat:
    settings = {
        "frame_length": LONGEST,
        "asm": ASM if marked else None,
        "scids": {SCID: "rs"},
        "vehicle": "rs",
    }
    return LinkFormat("uslp", datagram=False, varying=True, **(settings | more))


def packet(count: int, octets: int) -> bytes:
    return primary_header(0x101, count, octets - 6) + bytes(count + n & 0xFF for n in range(octets - 6))


def frames(sizes, fecf=True):
    """A frame around one whole packet of each size (732.1-B-2 §4.1.4.2.2, rule 111)."""
    packer = UslpFramePacker(SCID, 3, LONGEST, fecf=fecf)
    found = []
    for count, size in enumerate(sizes):
        found.append(packer.whole(packet(count, size)))
    return found


SIZES = [7, 100, 30, 250, 8, 61, 99, 377, 12, 80]


def run(octets, fmt, step=0):
    decoder = Decoder(fmt, ())
    step = step or max(len(octets), 1)
    parts = [decoder.feed(octets[at : at + step], at) for at in range(0, len(octets), step)]
    parts.append(decoder.finish())
    got = [part.frames.octets(row) for part in parts for row in range(len(part.frames))]
    packets = [part.packets.octets(row) for part in parts for row in range(len(part.packets))]
    return (
        got,
        packets,
        decoder,
        [event for part in parts for event in part.events if event.text.endswith("in no frame")],
    )


@pytest.mark.parametrize("step", [0, 1, 5, 333])
@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize("fecf", [False, True])
def test_frames_of_varying_length(step, marked, fecf):
    sent = frames(SIZES, fecf)
    octets = b"".join(MARKER * marked + frame for frame in sent)
    got, packets, decoder, _ = run(octets, link(marked, fecf=fecf), step)
    assert got == sent
    assert packets == [packet(n, size) for n, size in enumerate(SIZES)]
    assert decoder.counters.octets_passed_over == 0
    assert decoder.waiting_octets == 0


def test_frames_of_another_library():
    made = []
    for count, size in enumerate([20, 7, 90]):
        header = PrimaryHeader(SCID, 0, 9, 4, 0, vcf_count_len=2, vcf_count=count)
        frame = TransferFrame(header, TransferFrameDataField(7, 0, packet(count, size)))
        frame.set_frame_len_in_header()
        made.append(bytes(frame.pack()))
    got, packets, decoder, _ = run(b"".join(made), link())
    assert got == made
    assert packets == [packet(0, 20), packet(1, 7), packet(2, 90)]
    assert (decoder.counters.frames_good, decoder.counters.frames_missing) == (3, 0)


def test_each_frame_has_the_time_of_its_last_octet_and_its_place():
    sent = frames(SIZES)
    decoder = Decoder(link(), ())
    octets = b"".join(sent)
    out = decoder.feed_many([(octets[at : at + 1], at) for at in range(len(octets))])
    ends = np.cumsum([len(frame) for frame in sent])
    assert out.frames.reception_ns.tolist() == (ends - 1).tolist()
    assert out.frames.stream_offset.tolist() == [0, *ends[:-1].tolist()]


@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize("step", [0, 1, 50])
def test_damage_takes_no_neighbour(marked, step):
    mark = MARKER * marked
    sent = frames(SIZES)
    flipped = bytearray(sent[3])
    flipped[40] ^= 0xFF  # in its data: the length still leads to the next frame
    short = bytearray(sent[6])
    short[4] ^= 0x01  # in its length
    stream = [mark + frame for frame in sent]
    stream[3], stream[6] = mark + bytes(flipped), mark + bytes(short)
    stream.insert(1, b"\xc0 garbage \x1a\xcf\xfc")
    stream.append(mark + sent[0][:9])
    got, packets, decoder, kept = run(b"".join(stream), link(marked), step)
    assert packets == [packet(n, size) for n, size in enumerate(SIZES) if n not in (3, 6)]
    assert bytes(flipped) in got
    assert decoder.counters.frames_bad == 1
    assert b"".join(event.octets for event in kept) == stream[1] + stream[7] + stream[-1]
    assert decoder.counters.octets == len(b"".join(stream))


def test_a_frame_longer_than_the_longest_is_passed_over():
    packer = UslpFramePacker(SCID, 3, LONGEST + 1)
    long = packer.whole(packet(0, LONGEST - 12))
    assert len(long) == LONGEST + 1
    sent = frames([50])
    got, _, _, kept = run(long + sent[0], link())
    assert got == sent
    assert b"".join(event.octets for event in kept) == long


def test_truncated_frames_are_passed_over():
    """732.1-B-2 annex D: they do not tell how long they are."""
    packer, sent = UslpFramePacker(SCID, 3, LONGEST), frames([50, 60])
    truncated = packer.truncated(b"x" * 30)
    got, _, _, kept = run(sent[0] + truncated + sent[1], link())
    assert got == sent
    assert b"".join(event.octets for event in kept) == truncated


def test_frames_of_another_spacecraft_are_told():
    other = UslpFramePacker(0x1111, 3, LONGEST).whole(packet(0, 40))
    sent = frames([50, 60])
    decoder = Decoder(link(), ())
    out = decoder.feed(sent[0] + other + sent[1], 0)
    assert out.frames.scid.tolist() == [SCID, 0x1111, SCID]
    assert out.frames.quality.tolist()[1] & FrameQuality.VEHICLE_UNKNOWN


def test_a_stream_full_of_headers_is_bounded():
    """Every octet may begin a frame, and none is one."""
    for content in (b"\xc0", b"\xcc\xcc\xcc\xcc\x00\x40", MARKER + b"\xc0\0\0\0\x01"):
        octets = content * (300_000 // len(content))
        got, _, decoder, _ = run(octets, link(content.startswith(MARKER)), 60_000)
        assert decoder.counters.octets == len(octets)
        assert sum(map(len, got)) + decoder.counters.octets_passed_over <= len(octets)


def test_what_cannot_vary():
    for more in ({"framing": "tm"}, {"reed_solomon": 223, "frame_length": 223}, {"randomizer": "classic"}):
        with pytest.raises(ValueError, match="varying"):
            LinkFormat(**({"framing": "uslp", "varying": True} | more))


PIECES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([*frames([7, 20, 200]), MARKER, MARKER + frames([9])[0], b"\xcc\xcc\xcc\xcc\0\x40\0"]),
)


@settings(max_examples=200)
@given(st.lists(PIECES, max_size=10), st.integers(1, 60), st.booleans(), st.booleans())
def test_any_octets(pieces, step, marked, fecf):
    octets = b"".join(pieces)
    got, packets, decoder, kept = run(octets, link(marked, fecf=fecf), step)
    assert decoder.counters.octets == len(octets)
    assert decoder.waiting_octets == 0
    assert sum(map(len, got)) + 4 * marked * len(got) + sum(len(event.octets) for event in kept) == len(
        octets
    )
    assert run(octets, link(marked, fecf=fecf))[:2] == (got, packets)


@given(st.lists(st.integers(7, 380), min_size=1, max_size=8), st.binary(max_size=50), st.integers(1, 400))
def test_what_stands_behind_garbage_is_found(sizes, garbage, step):
    sent = frames(sizes)
    octets = garbage.replace(b"\xca", b"") + b"".join(sent)
    got, _, _, _ = run(octets, link(), step)
    assert got[-len(sent) :] == sent
    assert all(crc16(frame) == 0 for frame in got)
