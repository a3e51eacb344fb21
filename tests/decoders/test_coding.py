"""Coded links from their octets to packets; the code itself is judged in test_reed_solomon.py."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.coding import BlockCoding
from decoders.encode import ASM, PacketEncoder, TmFramePacker
from decoders.mission.model import PacketDefinition, Parameter
from decoders.pipeline import Decoder, LinkFormat
from decoders.randomizer import sequence
from decoders.shapes import FrameQuality

HK = PacketDefinition(
    "hk",
    (Parameter("value", "uint", 32, 48), Parameter("crc", "uint", 16, 80, role="crc")),
    apid=0x101, vehicle="rs", crc=True, length_octets=12,
)  # fmt: skip
ENTRY = LinkFormat(
    "tm", 223, scids={0x2A1: "rs"}, datagram=False, randomizer="classic", reed_solomon=223, interleave=1
)
NOMINAL = replace(ENTRY, frame_length=1115, interleave=5)


def sent(link, count=100):
    """CADUs of a link that carry packets with the values 0, 1, …"""
    packer, encoder, coding = TmFramePacker(0x2A1, 0, link.frame_length), PacketEncoder(HK), BlockCoding(link)
    packets = [encoder.encode({"value": n}, n, 0) for n in range(count)]
    frames = [frame for packet in packets for frame in packer.push(packet)] + packer.flush()
    return [ASM + coding.encode(frame) for frame in frames], frames


def values(decoded):
    return [v for one in decoded for table in one.tables for v in table.raw["value"].tolist()]


def damaged(block, symbols, seed=0):
    octets = np.frombuffer(block, np.uint8).copy()
    rng = np.random.default_rng(seed)
    places = 4 + rng.choice(len(block) - 4, symbols, replace=False)
    octets[places] ^= rng.integers(1, 256, symbols).astype(np.uint8)
    return octets.tobytes()


def test_the_lengths_are_those_of_the_standard():
    # 131.0-B-5 §4.3.5, table 4-1: 223 · I octets in a code block of 255 · I, behind a marker of 4.
    assert (len(sent(ENTRY)[0][0]), len(sent(NOMINAL)[0][0])) == (259, 1279)


def test_the_randomiser_lies_over_the_code():
    coded, frames = sent(NOMINAL)
    mixed = np.frombuffer(frames[0], np.uint8) ^ sequence("classic", 1115)
    assert coded[0][4 : 4 + 1115] == mixed.tobytes()


@pytest.mark.parametrize("link", [ENTRY, NOMINAL])
@pytest.mark.parametrize("datagram", [False, True])
def test_damaged_frames_are_corrected_and_counted(link, datagram):
    blocks, frames = sent(link)
    blocks = [damaged(block, 16, n) for n, block in enumerate(blocks)]  # never more than 16 in a codeword
    decoder = Decoder(replace(link, datagram=datagram), [HK])
    out = [decoder.feed(block, 0) for block in blocks] + [decoder.finish()]
    assert values(out) == list(range(100))
    batches = [one.frames for one in out]
    assert [batch.octets(row) for batch in batches for row in range(len(batch))] == frames
    assert [n for batch in batches for n in batch.corrected.tolist()] == [16] * len(frames)
    assert (decoder.counters.frames_corrected, decoder.counters.symbols_corrected) == (
        len(frames), 16 * len(frames),
    )  # fmt: skip


def test_a_frame_beyond_correction_is_told_and_kept():
    blocks, _ = sent(ENTRY)
    blocks[3] = damaged(blocks[3], 60)
    decoder = Decoder(ENTRY, [HK])
    out = [decoder.feed(b"".join(blocks), 0), decoder.finish()]
    batch = out[0].frames
    # What such a frame says of itself means nothing: neither its version nor its FECF is judged.
    assert batch.quality.tolist()[3] == FrameQuality.CODE_BAD
    assert (batch.corrected.tolist()[3], batch.corrected.tolist()[4]) == (-1, 0)
    assert len(batch.octets(3)) == 223
    codes = [event.code for one in out for event in one.events]
    assert codes.count("frame-code") == 1
    assert "frame-fecf" not in codes  # one damage is told once
    assert decoder.counters.frames_bad == 1
    lost = set(range(100)) - set(values(out))
    assert 17 <= len(lost) <= 20  # the 215 octets of that frame, and the packets cut by its edges


def test_a_block_is_good_as_long_as_it_can_be_corrected():
    (block, *_), _ = sent(ENTRY)
    coding = BlockCoding(ENTRY)
    found = [coding.good((damaged(block, symbols) if symbols else block)[4:]) for symbols in (0, 1, 16, 60)]
    assert found == [True, True, True, False]  # 131.0-B-5 §4.2: E = 16


def test_a_datagram_of_another_length_is_no_block():
    blocks, _ = sent(ENTRY)
    decoder = Decoder(replace(ENTRY, datagram=True), [HK])
    odd = blocks[1][:227]  # as long as a frame behind its marker, and yet no block
    out = decoder.feed_many([(blocks[0], 1), (odd, 2), (blocks[1], 3)])
    assert out.frames.quality.tolist()[1] & FrameQuality.LENGTH_BAD
    assert out.frames.octets(1) == odd
    assert [out.frames.octets(row) for row in (0, 2)] == sent(ENTRY)[1][:2]
    assert out.frames.reception_ns.tolist() == [1, 2, 3]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=12, max_size=12),
    st.lists(st.integers(1, 700), max_size=20),
    st.integers(0, 7),
    st.booleans(),
)
def test_any_damage_in_any_chunks(symbols, sizes, shift, inverted):
    blocks, _ = sent(ENTRY, 200)
    blocks = [damaged(block, count, n) for n, (block, count) in enumerate(zip(blocks, symbols, strict=False))]
    stream = int.from_bytes(b"".join(blocks), "big") << (8 - shift) % 8
    octets = stream.to_bytes(sum(map(len, blocks)) + 1, "big") + bytes(600)
    if inverted:
        octets = bytes(octet ^ 0xFF for octet in octets)
    decoder, out, at = Decoder(ENTRY, [HK]), [], 0
    for size in [*sizes, len(octets)]:
        out.append(decoder.feed(octets[at : at + size], 0))
        at += size
    out.append(decoder.finish())
    # Every packet whose frames could be corrected is there, once and in order, and no other.
    good = [count <= 16 for count in symbols]
    zone = 223 - 6 - 4 - 2
    assert values(out) == [n for n in range(200) if good[12 * n // zone] and good[(12 * n + 11) // zone]]


def test_a_frame_length_that_the_code_does_not_carry():
    with pytest.raises(ValueError, match="carries 1115"):
        Decoder(replace(NOMINAL, frame_length=1112), [HK])
    assert BlockCoding(replace(ENTRY, virtual_fill=23, frame_length=200)).block_length == 232


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=600), max_size=8))
def test_any_octets(chunks):
    for link in (ENTRY, replace(ENTRY, datagram=True), replace(ENTRY, reed_solomon=0)):
        decoder = Decoder(link, [HK])
        for chunk in chunks:
            decoder.feed(chunk, 0)
        decoder.finish()
