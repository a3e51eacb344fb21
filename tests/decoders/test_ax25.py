"""AX.25 frames (version 2.0, ARRL 1984; 2.2, TAPR 1998) against traces that others took apart."""

import shutil
import struct
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders.ax25 import Address, Ax25Frame, read_ax25
from decoders.kiss import KissStream, kiss_octets

VK4TEC = bytes.fromhex("82A0AA646A9C60 AC9668A88A8660 A48A9882B24060 AE92888A404061 03F0 0D".replace(" ", ""))
"""A frame of a TNC's trace: "VK4TEC>APU25N,RELAY,WIDE: <UI>" and a carriage return (aprssig, 2004-09-03)."""


def test_a_frame_from_a_trace():
    frame = read_ax25(VK4TEC)
    assert isinstance(frame, Ax25Frame)
    assert frame.path == "VK4TEC>APU25N,RELAY,WIDE"
    assert (frame.control, frame.pid, frame.info) == (0x03, 0xF0, b"\r")
    assert frame.telemetry
    assert frame.command is None  # both C bits are 0: a frame of version 1
    assert frame.octets() == VK4TEC


def test_the_ssid_octet():
    """§2.2.13.1: C R R SSID 0; bits 6 and 5 are reserved and set, bit 0 tells the last address."""
    for ssid in range(16):
        for flag in (False, True):
            one = Address("N0CALL", ssid, flag)
            assert one.octets(last=False)[6] == flag * 0x80 + 0x60 + 2 * ssid
            assert one.octets(last=True)[6] == flag * 0x80 + 0x61 + 2 * ssid
            assert str(one) == (f"N0CALL-{ssid}" if ssid else "N0CALL")


def test_eight_repeaters_and_no_more():
    """§2.2.13.3: a frame may go through up to eight; the H bit (§2.2.13.2) tells who has repeated it."""
    repeaters = tuple(Address(f"RPT{i}", i, flag=i < 3) for i in range(8))
    frame = Ax25Frame(Address("CQ"), Address("JS1YAV", 11), repeaters, info=b"x")
    read = read_ax25(frame.octets())
    assert read == frame
    assert read.path == "JS1YAV-11>CQ,RPT0*,RPT1-1*,RPT2-2*,RPT3-3,RPT4-4,RPT5-5,RPT6-6,RPT7-7"
    nine = Ax25Frame(Address("CQ"), Address("JS1YAV"), (*repeaters, Address("RPT8")), info=b"x")
    assert read_ax25(nine.octets()) == "it has more than 8 repeaters"


@pytest.mark.parametrize(
    ("control", "pid", "telemetry"),
    [
        ("03", "F0", True),
        ("13", "F0", True),  # the poll bit set (§2.3.4.3)
        ("03", "CF", False),  # NET/ROM (§2.2.4)
        ("00", "F0", False),  # an I frame
        ("3F", "", False),  # SABM
        ("01", "", False),  # RR
    ],
)
def test_only_ui_frames_of_no_other_protocol_are_telemetry(control, pid, telemetry):
    frame = read_ax25(VK4TEC[:28] + bytes.fromhex(control + pid) + b"data")
    assert isinstance(frame, Ax25Frame)
    assert frame.telemetry is telemetry
    assert frame.info.endswith(b"data")


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"", "among its addresses"),
        (VK4TEC[:20], "among its addresses"),
        (VK4TEC[:28], "no control field"),
        (VK4TEC[:29], "no protocol identifier"),
        (VK4TEC[:6] + b"\x61" + VK4TEC[28:], "no source address"),
        (b"\x83" + VK4TEC[1:], "inside a callsign"),
    ],
)
def test_what_is_no_frame_says_why(octets, why):
    told = read_ax25(octets)
    assert isinstance(told, str)
    assert why in told


ADDRESSES = st.builds(
    Address, st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", max_size=6), st.integers(0, 15), st.booleans()
)
FRAMES = st.builds(
    Ax25Frame,
    ADDRESSES,
    ADDRESSES,
    st.lists(ADDRESSES, max_size=8).map(tuple),
    st.sampled_from([0x03, 0x13]),
    st.integers(0, 255),
    st.binary(max_size=50),
)


@given(FRAMES)
def test_there_and_back(frame):
    assert read_ax25(frame.octets()) == frame


@given(
    st.one_of(
        st.binary(max_size=90), FRAMES.flatmap(lambda f: st.integers(0, 90).map(lambda n: f.octets()[:n]))
    )
)
def test_any_octets(octets):
    read = read_ax25(octets)
    assert read if isinstance(read, str) else read.control == octets[7 * (2 + len(read.repeaters))]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_another_dissector_reads_the_same(tmp_path):
    """Wireshark's, of octets that this module made (link type 202: AX.25 with a KISS type octet)."""
    via = tuple(Address(f"RPT{i}", i + 1, flag=i == 0) for i in range(8))
    frames = [
        Ax25Frame(Address("CQ", 0, True), Address("JS1YAV", 11), info=b"hello"),
        Ax25Frame(Address("BEACON"), Address("N0CALL", 15, True), via, 0x03, 0xCF, b"\xc0\xdb"),
        Ax25Frame(Address("CQ"), Address("A1"), via[:2], 0x3F, None),
    ]
    capture = tmp_path / "made.pcap"
    octets = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 202)
    for port, frame in enumerate(frames):
        (kiss,) = KissStream().feed(kiss_octets(frame.octets(), port))
        record = bytes([kiss.port << 4 | kiss.command]) + kiss.data
        octets += struct.pack("<IIII", 0, 0, len(record), len(record)) + record
    capture.write_bytes(octets)
    run = subprocess.run(
        ["tshark", "-r", str(capture), "-V"], capture_output=True, text=True, check=True, timeout=60
    )
    told = [line.strip() for line in run.stdout.splitlines()]
    kinds = ("KISS: ", "Destination: ", "Source: ", "Via ", "Control field: ", "Protocol ID: ")
    assert [line for line in told if line.startswith(kinds)] == [
        "KISS: Data frame, Port 0",
        "Destination: CQ",
        "Source: JS1YAV-11",
        "Control field: U, func=UI (0x03)",
        "Protocol ID: No L3 (0xf0)",
        "KISS: Data frame, Port 1",
        "Destination: BEACON",
        "Source: N0CALL-15",
        *(f"Via {i}: RPT{i - 1}-{i}" for i in range(1, 9)),
        "Control field: U, func=UI (0x03)",
        "Protocol ID: NetRom (0xcf)",
        "KISS: Data frame, Port 2",
        "Destination: CQ",
        "Source: A1",
        "Via 1: RPT0-1",
        "Via 2: RPT1-2",
        "Control field: U P, func=SABM (0x3F)",
    ]
