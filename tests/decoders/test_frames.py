"""Frame headers from octets written out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.encode import AosFramePacker, TmFramePacker, crc16, idle_packet, primary_header
from decoders.fecf import good_fecf
from decoders.frames import read_frames
from decoders.shapes import FrameQuality


def read(framing, *frames, length=None, **settings_):
    lengths = np.array([len(frame) for frame in frames], np.int64)
    starts = np.cumsum(lengths) - lengths
    options = {
        "frame_length": length or len(frames[0]),
        "fecf": True,
        "ocf": False,
        "scids": (),
        "packet_vcids": None,
        "reception_ns": np.arange(len(frames)),
        "stream_offset": starts.copy(),
    }
    return read_frames(framing, b"".join(frames), starts, lengths, **(options | settings_))


def sealed(octets):
    return octets + crc16(octets).to_bytes(2, "big")


def zone(result, row, frame):
    start = int(result.batch.starts[row])
    return frame[int(result.zone_start[row]) - start : int(result.zone_end[row]) - start]


def test_tm_header():
    # 132.0-B-3 §4.1.2: 00 1010100001 010 1 | MC 17 | VC 34 | 0 0 0 11 00000000101
    header = bytes([0b00_101010, 0b0001_010_1, 17, 34, 0b0_0_0_11_000, 5])
    frame = sealed(header + bytes(range(20)) + b"\x81\x02\x03\x04")
    result = read("tm", frame)
    batch = result.batch
    row = [int(a[0]) for a in (batch.scid, batch.vcid, batch.mc_count, batch.vc_count, batch.first_header)]
    assert row == [0x2A1, 2, 17, 34, 5]
    assert int(batch.ocf[0]) == 0x81020304
    assert int(batch.quality[0]) == 0
    assert zone(result, 0, frame) == bytes(range(20))


def test_tm_secondary_header_and_no_ocf():
    # §4.1.3.2: version 00, then the length of the secondary header minus one.
    header = bytes([0b00_000000, 0b0001_000_0, 0, 0, 0b1_0_0_11_000, 0])
    frame = sealed(header + bytes([3, 0xAA, 0xBB, 0xCC]) + bytes(range(16)))
    result = read("tm", frame)
    assert zone(result, 0, frame) == bytes(range(16))
    assert int(result.batch.ocf[0]) == -1


def test_tm_secondary_header_longer_than_the_frame():
    header = bytes([0, 0x10, 0, 0, 0b1_0_0_11_000, 0])
    frame = sealed(header + bytes([0x3F]) + bytes(15))
    result = read("tm", frame)
    assert zone(result, 0, frame) == b""
    assert result.zone_end.tolist() == result.zone_start.tolist()


def test_tm_synchronisation_flag_means_no_packets():
    # §4.1.2.7.3: with the flag set the first-header pointer is undefined.
    header = bytes([0, 0x10, 0, 0, 0b0_1_0_11_000, 5])
    frame = sealed(header + bytes(20))
    result = read("tm", frame)
    assert int(result.batch.first_header[0]) == -1
    assert zone(result, 0, frame) == b""


def test_aos_header():
    # 732.0-B-4 §4.1.2: 01 10110000 001100 | count 24 bits | signalling; §4.1.4.2.2: 5 spare, pointer 11
    header = bytes([0b01_101100, 0b00_001100, 0x12, 0x34, 0x56, 0x80, 0b11111_010, 7])
    frame = sealed(header + bytes(range(20)))
    result = read("aos", frame)
    batch = result.batch
    row = [int(a[0]) for a in (batch.scid, batch.vcid, batch.mc_count, batch.vc_count, batch.first_header)]
    assert row == [0xB0, 12, -1, 0x123456, 0x207]
    assert zone(result, 0, frame) == bytes(range(20))


def test_aos_with_ocf():
    packer = AosFramePacker(1, 1, 40, ocf=True)
    packer.ocf_word = 0xDEADBEEF
    (frame,) = packer.push(idle_packet(26))
    result = read("aos", frame, ocf=True)
    assert int(result.batch.ocf[0]) == 0xDEADBEEF
    assert zone(result, 0, frame) == idle_packet(26)


def test_what_is_wrong_is_said():
    good = TmFramePacker(5, 0, 40).idle_frame()
    damaged = good[:10] + bytes([good[10] ^ 4]) + good[11:]
    other = TmFramePacker(6, 0, 40).idle_frame()
    aos = AosFramePacker(5, 0, 40).idle_frame()
    result = read("tm", good, damaged, other, aos, good[:-3], scids={5}, length=40)
    quality = [FrameQuality(int(q)) for q in result.batch.quality]
    assert quality[0] == FrameQuality.IDLE
    assert quality[1] == FrameQuality.FECF_BAD
    assert quality[2] == FrameQuality.VEHICLE_UNKNOWN
    assert quality[3] & FrameQuality.VERSION_BAD
    assert quality[4] == FrameQuality.LENGTH_BAD
    assert result.usable.tolist() == [True, False, False, False, False]
    assert int(result.batch.scid[4]) == -1
    assert result.batch.octets(4) == good[:-3]


def test_idle_frames_have_no_packets():
    tm, aos = TmFramePacker(1, 7, 40).idle_frame(), AosFramePacker(1, 63, 40)
    (filled,) = aos.push(idle_packet(30))  # virtual channel 63 is idle whatever it holds (§4.1.2.3)
    for framing, frame in (("tm", tm), ("aos", aos.idle_frame()), ("aos", filled)):
        result = read(framing, frame)
        assert int(result.batch.quality[0]) == FrameQuality.IDLE
        assert zone(result, 0, frame) == b""


def test_channels_that_carry_no_packets():
    frame = AosFramePacker(1, 4, 40).push(idle_packet(30))[0]
    assert zone(read("aos", frame, packet_vcids={1}), 0, frame) == b""


def test_no_first_header_points_nowhere_in_a_long_zone():
    # 0x7FF says that no packet starts in the zone (732.0-B-4 §4.1.4.2), however long it is.
    header = bytes([0b01_000000, 0b01_000000, 0, 0, 0, 0, 0x07, 0xFF])
    result = read("aos", sealed(header + bytes(4000)))
    assert result.pointer.tolist() == [-1]
    assert int(result.batch.first_header[0]) == 0x7FF
    assert int(result.zone_end[0] - result.zone_start[0]) == 4000


def test_aos_header_is_mended_before_it_is_believed():
    # 732.0-B-4 §4.1.2.6; without an error control field of the frame nothing else would notice.
    packer = AosFramePacker(0xB0, 12, 64, fecf=False, fhec=True, insert_zone_octets=4)
    (frame,) = packer.push(idle_packet(50))
    damaged = bytearray(frame)
    damaged[0] ^= 0x05
    damaged[1] ^= 0x30
    beyond = bytearray(damaged)
    beyond[5] ^= 0x90
    beyond[6] ^= 0x77
    result = read(
        "aos", bytes(damaged), bytes(beyond), frame, fecf=False, fhec=True, insert_zone_octets=4, scids={0xB0}
    )
    batch = result.batch
    assert (batch.scid[0], batch.vcid[0], batch.vc_count[0]) == (0xB0, 12, 0)
    assert batch.octets(0) == result.octets[:64] == frame
    assert result.headers_corrected == 1
    assert result.usable.tolist() == [True, False, True]
    assert zone(result, 0, frame) == idle_packet(50)


def test_a_mended_header_counts_for_the_error_control_field():
    (frame,) = AosFramePacker(0xB0, 12, 64, fhec=True).push(idle_packet(52))
    damaged = bytearray(frame)
    damaged[1] ^= 0x0F
    result = read("aos", bytes(damaged), fhec=True)
    assert result.usable.tolist() == [True]


def test_aos_replay_flag_and_count_cycle():
    # 732.0-B-4 §4.1.2.5: 1 replay, 1 the cycle is used, 2 spare, 4 bits above the count.
    header = bytes([0b01_101100, 0b00_001100, 0x12, 0x34, 0x56, 0b1_1_00_1010, 0, 0])
    plain = bytes([0b01_101100, 0b00_001100, 0x12, 0x34, 0x56, 0b0_0_00_1010, 0, 0])
    result = read("aos", sealed(header + bytes(20)), sealed(plain + bytes(20)))
    assert result.batch.vc_count.tolist() == [0xA123456, 0x123456]
    assert [bool(q & FrameQuality.REPLAY) for q in result.batch.quality.tolist()] == [True, False]
    assert result.uslp.modulus == [1 << 28, 1 << 24]


def test_bitstreams_are_kept_and_not_searched():
    packer = AosFramePacker(1, 4, 40)
    frame = packer.bitstream(primary_header(5, 0, 24) + bytes(24), 17)
    result = read("aos", frame, packet_vcids={1})
    assert int(result.batch.quality[0]) == FrameQuality.NO_PACKETS
    assert int(result.batch.first_header[0]) == -1
    assert zone(result, 0, frame) == b""


def test_tm_secondary_header_round_trip():
    packer = TmFramePacker(5, 1, 60, secondary_octets=9)
    (frame,) = packer.push(idle_packet(packer.zone_length))
    assert zone(read("tm", frame), 0, frame) == idle_packet(packer.zone_length)


def test_one_bit_is_seen_by_the_fecf():
    frame = TmFramePacker(1, 0, 40).idle_frame()
    for bit in range(len(frame) * 8):
        damaged = bytearray(frame)
        damaged[bit // 8] ^= 1 << bit % 8
        assert not good_fecf(bytes(damaged))


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.binary(max_size=60) | st.binary(min_size=16, max_size=16), max_size=6),
    st.sampled_from(["tm", "aos", "uslp"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0, 1, 9, 60]),
)
def test_any_octets_are_read(frames, framing, flag, fhec, insert):
    more = {"fecf": flag, "ocf": flag, "fhec": fhec, "insert_zone_octets": insert}
    result = read(framing, *frames, length=16, **more) if frames else None
    assert result is None or len(result.batch) == len(frames)
    if result is not None:
        assert (result.zone_end >= result.zone_start).all()
        assert (result.zone_end <= len(b"".join(frames)))[result.zone_end > result.zone_start].all()


@pytest.mark.parametrize("framing", ["tm", "aos"])
@pytest.mark.parametrize("fecf", [False, True])
def test_frames_too_short_for_their_headers(framing, fecf):
    # 132.0-B-3 §4.1.2: 6 octets; 732.0-B-4 §4.1.2 and §4.1.4.2: 6 and 2; then one octet of data or none.
    least = {"tm": 7, "aos": 8}[framing] + 2 * fecf
    for length in range(1, 12):
        frame = bytes([0x40 * (framing == "aos"), 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0])[:length]
        frame = sealed(frame[:-2]) if fecf and length > 2 else frame
        result = read(framing, frame, fecf=fecf)
        assert result.usable.tolist() == [length >= least]
        assert bool(result.batch.quality[0] & FrameQuality.LENGTH_BAD) == (length < least)
