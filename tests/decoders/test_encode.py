"""Packets and frames against octets written out by hand from the standards, and against spacepackets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacepackets.ccsds.spacepacket import PacketType, SequenceFlags, SpacePacketHeader

from decoders.encode import (
    AosFramePacker,
    MasterChannel,
    PacketEncoder,
    TmFramePacker,
    cadu,
    crc16,
    idle_packet,
    primary_header,
)
from decoders.layout import Layout
from decoders.mission.model import PacketDefinition, Parameter, TimeFormat

HK = PacketDefinition(
    "hk",
    (
        Parameter("time", "uint", 48, 56, role="time"),
        Parameter("mode", "uint", 4, 104),
        Parameter("temperature", "int", 12, 108),
        Parameter("volts", "float", 32, 120),
        Parameter("crc", "uint", 16, 152, role="crc"),
    ),
    apid=0x101,
    vehicle="rs",
    time=TimeFormat("cuc", True),
    crc=True,
    length_octets=21,
)


def test_crc_check_value():
    # CRC-16/CCITT-FALSE of "123456789", the polynomial and preset of 132.0-B-3 §4.1.6.2.
    assert crc16(b"123456789") == 0x29B1


def test_packet_by_hand():
    # 2026-11-18T21:38:00Z = 1795037880 s UTC; TAI − UTC = 37 s, 1958 to 1970 = 378691200 s.
    packet = PacketEncoder(HK).encode(
        {"mode": 5, "temperature": -3, "volts": 1.5}, 7, 1_795_037_880_500_000_000
    )
    seconds = 1_795_037_880 + 37 + 378_691_200
    body = bytes.fromhex("0901" "c007" "000e" "1e") + seconds.to_bytes(4, "big")  # fmt: skip
    body += bytes.fromhex("8000" "5ffd" "3fc00000")  # fmt: skip
    assert packet == body + crc16(body).to_bytes(2, "big")
    assert crc16(packet) == 0


@given(
    apid=st.integers(0, 0x7FF),
    count=st.integers(0, 16383),
    length=st.integers(1, 65536),
    flags=st.integers(0, 3),
    secondary=st.booleans(),
)
def test_primary_header_equals_spacepackets(apid, count, length, flags, secondary):
    theirs = SpacePacketHeader(PacketType.TM, apid, count, length - 1, secondary, SequenceFlags(flags)).pack()
    assert primary_header(apid, count, length, secondary_header=secondary, sequence_flags=flags) == bytes(
        theirs
    )


def test_idle_packet():
    packet = idle_packet(7)  # 133.0-B-2 §4.1.3.3.4.4: APID all ones; at least one octet of data
    assert packet[:2] == b"\x07\xff"
    assert packet[4:6] == b"\0\0"
    assert len(packet) == 7


def test_tm_frame_by_hand():
    # 132.0-B-3 §4.1.2: version 00, SCID 10 bits, VCID 3, OCF flag; MC and VC count; data field status.
    packer = TmFramePacker(0x2A1, 3, frame_length=32, ocf=True)
    packer.ocf_word = 0x01020304
    first, second = packer.push(idle_packet(20)) + packer.push(idle_packet(20))
    assert first[:6] == bytes([0b00_101010, 0b0001_011_1, 0, 0, 0b0_0_0_11_000, 0])
    assert first[6:26] == idle_packet(20)
    assert first[26:30] == b"\x01\x02\x03\x04"
    assert crc16(first) == 0
    assert second[2:6] == bytes([1, 1, 0b0_0_0_11_000, 0])


def test_tm_first_header_pointer():
    packer = TmFramePacker(1, 0, frame_length=32, ocf=False)  # 24 octets of zone
    frames = packer.push(idle_packet(60)) + packer.push(idle_packet(12))
    pointers = [int.from_bytes(frame[4:6], "big") & 0x7FF for frame in frames]
    assert pointers == [0, 0x7FF, 12]  # §4.1.2.7.6.4: all ones where no packet starts


def test_master_channel_is_shared():
    master = MasterChannel()
    one, two = (TmFramePacker(1, vcid, 32, master=master) for vcid in (0, 1))
    counts = [packer.idle_frame()[2:4] for packer in (one, two, two, one)]
    assert counts == [b"\0\0", b"\1\0", b"\2\1", b"\3\1"]
    # 132.0-B-3 §4.1.2.5 and §4.1.2.6: both count modulo 256.
    assert [one.idle_frame()[2:4] for _ in range(300)][-1] == bytes([(4 + 299) % 256, (2 + 299) % 256])


def test_aos_frame_by_hand():
    # 732.0-B-4 §4.1.2: version 01, SCID 8, VCID 6; count 24; signalling; §4.1.4.2.2 M_PDU header.
    packer = AosFramePacker(0xB0, 12, frame_length=40, replay=True)
    packer.count = 0x123456
    (frame,) = packer.push(idle_packet(30))
    assert frame[:8] == bytes([0b01_101100, 0b00_001100, 0x12, 0x34, 0x56, 0x80, 0, 0])
    assert frame[8:38] == idle_packet(30)
    assert crc16(frame) == 0


def test_idle_frames():
    assert int.from_bytes(AosFramePacker(1, 63, 40).idle_frame()[6:8], "big") == 0x7FE
    assert int.from_bytes(TmFramePacker(1, 7, 40).idle_frame()[4:6], "big") & 0x7FF == 0x7FE


@pytest.mark.parametrize("room", range(1, 12))
def test_flush_fills_the_frame(room):
    packer = AosFramePacker(1, 1, frame_length=40)  # 30 octets of zone
    assert packer.push(idle_packet(30 - room)) == []
    frames = packer.flush()
    assert len(frames) == (1 if room >= 7 else 2)
    assert packer.pending == 0
    assert packer.flush() == []


def test_cadu():
    assert cadu(b"frame") == b"\x1a\xcf\xfc\x1dframe"


def test_a_time_out_of_range_is_refused():
    with pytest.raises(ValueError, match="octets of seconds"):
        PacketEncoder(HK).encode({}, 0, -(2**62))


@st.composite
def definitions_and_values(draw):
    fields, values, offset = [], {}, 48
    for index in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(["uint", "int", "float", "str"]))
        bits = draw(st.integers(1, 64)) if kind in ("uint", "int") else draw(st.sampled_from([32, 64]))
        if kind != "uint" and kind != "int":
            offset = (offset + 7) // 8 * 8
        name = f"f{index}"
        fields.append(Parameter(name, kind, bits, offset))
        offset += bits
        if kind == "uint":
            values[name] = draw(st.integers(0, 2**bits - 1))
        elif kind == "int":
            values[name] = draw(st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1))
        elif kind == "float":
            values[name] = draw(st.floats(width=bits, allow_nan=False))
        else:
            values[name] = draw(st.binary(min_size=bits // 8, max_size=bits // 8))
    return PacketDefinition("any", tuple(fields), apid=1), values


@settings(max_examples=60, deadline=None)
@given(definitions_and_values())
def test_layout_reads_what_was_encoded(case):
    definition, values = case
    packet = PacketEncoder(definition).encode(values, 0, 0)
    raw = Layout(definition).decode(np.frombuffer(packet, np.uint8), np.array([0]), np.array([len(packet)]))
    for name, value in values.items():
        got = raw[name][0]
        if isinstance(value, bytes):
            assert bytes(got).ljust(len(value), b"\0") == value
        else:
            assert got == value


@pytest.mark.parametrize(
    ("order", "bits"),
    [("little", 32), ("321", 24), ("2143", 32), ("1243", 32), ("24135867", 64), ("big", 16)],
)
def test_byte_orders_come_back(order, bits):
    definition = PacketDefinition("o", (Parameter("x", "uint", bits, 48, byte_order=order),), apid=1)
    value = 0x01020304 & ((1 << bits) - 1)
    packet = PacketEncoder(definition).encode({"x": value}, 0, 0)
    raw = Layout(definition).decode(np.frombuffer(packet, np.uint8), np.array([0]), np.array([len(packet)]))
    assert int(raw["x"][0]) == value


def test_fields_in_any_order_are_written_at_their_bits():
    fields = (
        Parameter("last", "uint", 8, 72),
        Parameter("first", "uint", 8, 48),
        Parameter("b", "uint", 4, 60),
    )
    packet = PacketEncoder(PacketDefinition("p", fields, apid=5)).encode(
        {"last": 9, "first": 7, "b": 3}, 0, 0
    )
    assert packet == primary_header(5, 0, 4) + bytes([7, 3, 0, 9])


def test_a_crc_stands_behind_fields_whose_length_nobody_told():
    fields = (Parameter("n", "uint", 8), Parameter("data", "uint", 8, array_length="n"))
    definition = PacketDefinition("p", fields, apid=5, crc=True)
    packet = PacketEncoder(definition).encode({"data": [1, 2, 3]}, 0, 0)
    assert packet[:-2] == primary_header(5, 0, 6) + bytes([3, 1, 2, 3])
    assert crc16(packet) == 0


@pytest.mark.parametrize(("bit", "flag"), [(5, 0), (48, 8)])
def test_only_a_header_behind_the_primary_one_is_a_secondary_header(bit, flag):
    fields = (Parameter("h", "uint", 8, bit, role="header"), Parameter("a", "uint", 8, 56))
    packet = PacketEncoder(PacketDefinition("p", fields, apid=5)).encode({}, 0, 0)
    assert packet[0] & 8 == flag  # 133.0-B-2 §4.1.3.3.3


def test_the_longest_packet():
    # 133.0-B-2 §4.1.2: 7 to 65,542 octets.
    longest = PacketDefinition("p", (Parameter("a", "uint", 8, array_length=65_536),), apid=5)
    packet = PacketEncoder(longest).encode({}, 0, 0)
    assert (len(packet), packet[4:6]) == (65_542, b"\xff\xff")
    longer = PacketDefinition("p", (Parameter("a", "uint", 8, array_length=65_537),), apid=5)
    with pytest.raises(ValueError, match="more than a packet can hold"):
        PacketEncoder(longer).encode({}, 0, 0)


def test_counted_array():
    fields = (
        Parameter("n", "uint", 8, 48),
        Parameter("v", "uint", 16, 56, array_length="n"),
        Parameter("tail", "uint", 8),
    )
    definition = PacketDefinition("a", fields, apid=1)
    packet = PacketEncoder(definition).encode({"v": [1, 2, 3], "tail": 9}, 0, 0)
    assert packet[6:] == bytes([3, 0, 1, 0, 2, 0, 3, 9])
