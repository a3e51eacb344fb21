"""Frames against octets written out by hand from the standards, USLP against spacepackets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacepackets.uslp.frame import (
    FixedFrameProperties,
    FrameType,
    TransferFrame,
    VarFrameProperties,
)

from decoders.encode_frames import AosFramePacker, TmFramePacker, UslpFramePacker
from decoders.space_packet import crc16, idle_packet


def test_tm_secondary_header_by_hand():
    # 132.0-B-3 §4.1.3.2: version 00, length minus one in six bits; §4.1.2.7.2: the flag in the status.
    packer = TmFramePacker(5, 1, 40, ocf=False, secondary_octets=4)
    packer.secondary = b"\xaa\xbb\xcc"
    (frame,) = packer.push(idle_packet(28))
    assert frame[4:10] == bytes([0b1_0_0_11_000, 0, 3, 0xAA, 0xBB, 0xCC])
    assert frame[10:38] == idle_packet(28)
    assert crc16(frame) == 0


@pytest.mark.parametrize("octets", [1, 65])
def test_tm_secondary_header_has_a_size(octets):
    with pytest.raises(ValueError, match="2 to 64"):
        TmFramePacker(5, 1, 100, secondary_octets=octets)


def test_aos_header_control_and_insert_zone_by_hand():
    # 732.0-B-4 §4.1.2.6: two octets of check symbols behind the signalling field, then the insert zone.
    packer = AosFramePacker(0x48, 0x34, 48, fhec=True, insert_zone_octets=3, replay=True)
    packer.insert_zone = b"ins"
    (frame,) = packer.push(idle_packet(33))
    assert frame[:6] == bytes([0b01_010010, 0b00_110100, 0, 0, 0, 0x80])
    assert frame[8:13] == b"ins\0\0"
    assert frame[13:46] == idle_packet(33)


def test_aos_count_cycle_by_hand():
    # §4.1.2.5: the usage flag, and the four bits above the 24 of the count.
    packer = AosFramePacker(1, 1, 40, count_cycle=True)
    packer.count = 0xA_123456
    frame = packer.idle_frame()
    assert frame[2:6] == bytes([0x12, 0x34, 0x56, 0x4A])


def test_bitstream_by_hand():
    # §4.1.4.3: two spare bits, 14 bits of pointer to the last good bit; all ones if every bit is.
    packer = AosFramePacker(1, 2, 40)
    assert packer.bitstream(b"\x5a" * 30)[6:9] == b"\x3f\xff\x5a"
    assert packer.bitstream(b"\x5a", 8)[6:10] == b"\x00\x07\x5a\x00"
    assert packer.count == 2


def test_uslp_fixed_frame_by_hand():
    # 732.1-B-2 §4.1.2: 1100 | SCID 16 | source 1 | VCID 6 | MAP 4 | end 0; length − 1; flags; count.
    packer = UslpFramePacker(
        0xABCD, 0b101010, 48, ocf=True, map_id=0b1001, count_octets=2, expedited=True, destination=True
    )
    packer.count, packer.ocf_word = 0x10203, 0xDEADBEEF
    (frame,) = packer.push(idle_packet(30))
    identification = 0b1100_1010101111001101_1_101010_1001_0
    assert frame[:4] == identification.to_bytes(4, "big")
    assert frame[4:9] == bytes([0, 47, 0b1_0_00_1_010, 0x02, 0x03])
    assert frame[9:12] == bytes([0b000_00000, 0, 0])  # rule 000, packets, a header at once
    assert frame[12:42] == idle_packet(30)
    assert frame[42:46] == b"\xde\xad\xbe\xef"
    assert crc16(frame) == 0


def test_uslp_idle_frame_by_hand():
    frame = UslpFramePacker(1, 63, 32, count_octets=0).idle_frame()
    assert frame[7:10] == bytes([0b000_11111, 0xFF, 0xFF])


headers = st.fixed_dictionaries(
    {
        "scid": st.integers(0, 0xFFFF),
        "vcid": st.integers(0, 63),
        "ocf": st.booleans(),
        "fecf": st.booleans(),
        "map_id": st.integers(0, 15),
        "count_octets": st.integers(0, 7),
        "destination": st.booleans(),
        "expedited": st.booleans(),
        "command": st.booleans(),
        "insert_zone_octets": st.integers(0, 5),
    }
)


def compare(theirs, packer, count):
    head = theirs.header
    assert (head.scid, head.vcid, head.map_id) == (packer.scid, packer.vcid, packer.map_id)
    assert head.src_dest == packer.destination
    assert head.bypass_seq_ctrl_flag == packer.expedited
    assert head.prot_ctrl_cmd_flag == packer.command
    assert head.vcf_count_len == packer.count_octets
    assert (head.vcf_count or 0) == count % 256**packer.count_octets
    if packer.ocf:
        assert bytes(theirs.op_ctrl_field) == packer.ocf_word.to_bytes(4, "big")


@given(headers, st.integers(0, 2**56 - 1), st.integers(0, 2**32 - 1))
def test_uslp_fixed_frames_read_by_spacepackets(fields, count, ocf_word):
    packer = UslpFramePacker(frame_length=64, **fields)
    packer.count, packer.ocf_word = count, ocf_word
    (frame,) = packer.push(idle_packet(packer.zone_length))
    zone = fields["insert_zone_octets"]
    properties = FixedFrameProperties(64, zone > 0, fields["fecf"], zone)
    theirs = TransferFrame.unpack(frame, FrameType.FIXED, properties)
    compare(theirs, packer, count)
    assert theirs.tfdf.fhp_or_lvop == 0
    assert bytes(theirs.tfdf.tfdz) == idle_packet(packer.zone_length)


@given(headers, st.binary(min_size=1, max_size=30), st.integers(3, 7), st.integers(0, 2**56 - 1))
def test_uslp_frames_of_varying_length_read_by_spacepackets(fields, data, rule, count):
    packer = UslpFramePacker(frame_length=80, **fields)
    packer.count = count
    frame = packer.whole(data, rule, upid=5)
    zone = fields["insert_zone_octets"]
    properties = VarFrameProperties(zone > 0, fields["fecf"], 20, zone)
    theirs = TransferFrame.unpack(frame, FrameType.VARIABLE, properties)
    compare(theirs, packer, count)
    assert theirs.header.frame_len + 1 == len(frame)
    assert (theirs.tfdf.tfdz_contr_rules, theirs.tfdf.uslp_ident) == (rule, 5)
    assert bytes(theirs.tfdf.tfdz) == data


def test_uslp_truncated_frame_read_by_spacepackets():
    frame = UslpFramePacker(0x1234, 7, 64, ocf=True, map_id=3, insert_zone_octets=4).truncated(
        b"short", upid=5
    )
    assert frame[3] & 1 == 1  # annex D: the end of header flag
    theirs = TransferFrame.unpack(frame, FrameType.VARIABLE, VarFrameProperties(False, True, len(frame)))
    assert (theirs.header.scid, theirs.header.vcid, theirs.header.map_id) == (0x1234, 7, 3)
    assert bytes(theirs.tfdf.tfdz) == b"short"


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="longer than 40"):
        UslpFramePacker(1, 1, 40).whole(bytes(40))
    with pytest.raises(ValueError, match="0 to 7"):
        UslpFramePacker(1, 1, 40, count_octets=8)
