"""Captures by hand, octet by octet, and by tshark where it is installed."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.links import capture
from console.places import samples_dir

S = 1_000_000_000


def udp(octets: bytes, port: int = 4000) -> bytes:
    return struct.pack(">HHHH", 9, port, 8 + len(octets), 0) + octets


def ip4(body: bytes, fragment: int = 0, protocol: int = 17, options: bytes = b"") -> bytes:
    """RFC 791 §3.1."""
    head = struct.pack(
        ">BBHHHBBH4s4s", 0x40 | (5 + len(options) // 4), 0, 20 + len(options) + len(body), 7, fragment, 64,
        protocol, 0, b"\x7f\0\0\1", b"\x7f\0\0\1",
    )  # fmt: skip
    return head + options + body


def ip6(body: bytes, following: int = 17) -> bytes:
    """RFC 8200 §3."""
    return (
        struct.pack(">IHBB", 6 << 28, len(body), following, 64) + bytes(15) + b"\1" + bytes(15) + b"\1" + body
    )


def pcap(link_type: int, packets: list[tuple[int, bytes]], order: str = "<", nano: bool = True) -> bytes:
    unit = 1 if nano else 1000
    out = struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 65535, link_type)
    for ns, octets in packets:
        out += struct.pack(order + "IIII", ns // S, ns % S // unit, len(octets), len(octets)) + octets
    return out


def read(content: bytes, tmp_path: Path) -> list[tuple[int, int, bytes]]:
    path = tmp_path / "x.pcap"
    path.write_bytes(content)
    return [(each.reception_ns, each.port, each.octets) for each in capture.read(path)]


ETHERNET = bytes(12)
WRAPPED = {
    "raw": (101, b"", b""),
    "Ethernet": (1, ETHERNET + b"\x08\0", b"\0\0\0\0"),  # padded at its end
    "VLAN": (1, ETHERNET + b"\x81\0\0\5\x08\0", b""),
    "two VLANs": (1, ETHERNET + b"\x88\xa8\0\5\x81\0\0\6\x08\0", b""),
    "loopback": (0, b"\2\0\0\0", b""),
    "cooked": (113, bytes(14) + b"\x08\0", b""),
    "cooked 2": (276, b"\x08\0" + bytes(18), b""),
}


@pytest.mark.parametrize("wrapping", WRAPPED)
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("nano", [True, False])
def test_pcap_of_every_kind(wrapping: str, order: str, nano: bool, tmp_path: Path) -> None:
    link_type, before, behind = WRAPPED[wrapping]
    packets = [
        (5 * S + 123_456_000, before + ip4(udp(b"hello")) + behind),
        (6 * S, before + ip4(udp(b"", 7)) + behind),
    ]
    assert read(pcap(link_type, packets, order, nano), tmp_path) == [
        (5 * S + 123_456_000, 4000, b"hello"), (6 * S, 7, b""),
    ]  # fmt: skip


def test_what_is_no_udp_is_passed_over(tmp_path: Path) -> None:
    other = [ip4(b"tcp" * 9, protocol=6), b"", b"\x45", ip4(b"short"), b"\x10" * 40, ip6(b"tcp" * 9, 6)]
    packets = [(S, each) for each in [*other, ip4(udp(b"x"), options=bytes(40)), ip6(udp(b"six", 66))]]
    assert read(pcap(101, packets), tmp_path) == [(S, 4000, b"x"), (S, 66, b"six")]


def test_options_and_padding_are_no_part_of_a_datagram(tmp_path: Path) -> None:
    # RFC 8200 §4.3: the length of an extension header counts octets in eights, without the first.
    hop_by_hop = bytes([17, 2]) + bytes(22)
    assert read(pcap(101, [(S, ip6(hop_by_hop + udp(b"six"), 0))]), tmp_path) == [(S, 4000, b"six")]
    # Ethernet pads a short fragment; the next one still follows its own octets.
    whole = udp(b"a" * 16)
    sent = [ip4(whole[:16], 0x2000) + bytes(10), ip4(whole[16:], 2) + bytes(18)]
    octets = pcap(1, [(S, ETHERNET + b"\x08\0" + each) for each in sent])
    assert read(octets, tmp_path) == [(S, 4000, b"a" * 16)]


def test_the_upper_bits_of_a_link_type_are_of_the_checksum(tmp_path: Path) -> None:
    """draft-ietf-opsawg-pcap §4: 28 bits of link type; above them whether frames end with one."""
    assert read(pcap(0x5000_0000 | 101, [(S, ip4(udp(b"x")))]), tmp_path) == [(S, 4000, b"x")]


def test_pcapng_ticks_may_be_powers_of_two(tmp_path: Path) -> None:
    section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1), "<")
    # A comment of five octets, padded to eight, stands before the resolution of 2⁻¹⁰ s.
    options = struct.pack("<HH5s3xHHB3xHH", 1, 5, b"hello", 9, 1, 0x8A, 0, 0)
    binary = block(1, struct.pack("<HHI", 101, 0, 0) + options, "<")
    octets = ip4(udp(b"x"))
    packet = block(6, struct.pack("<IIIII", 0, 0, 1536, len(octets), len(octets)) + octets, "<")
    assert read(section + binary + packet, tmp_path) == [(1_500_000_000, 4000, b"x")]


def test_fragments_are_joined_in_any_order(tmp_path: Path) -> None:
    body = udp(bytes(range(256)) * 12)
    parts = [(0, body[:1480], 0x2000), (1480, body[1480:2960], 0x2000), (2960, body[2960:], 0)]
    sent = [(S, ip4(octets, flags | at // 8)) for at, octets, flags in (parts[2], parts[0], parts[1])]
    assert read(pcap(101, sent), tmp_path) == [(S, 4000, bytes(range(256)) * 12)]
    assert read(pcap(101, sent[:2]), tmp_path) == []
    six = [
        struct.pack(">BBHI", 17, 0, at | (more > 0), 99) + octets
        for at, octets, more in ((0, body[:1600], 1), (1600, body[1600:], 0))
    ]
    assert read(pcap(101, [(S, ip6(each, 44)) for each in six]), tmp_path)[0][2] == bytes(range(256)) * 12


def block(kind: int, body: bytes, order: str) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


@pytest.mark.parametrize("order", "<>")
def test_pcapng(order: str, tmp_path: Path) -> None:
    section = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    plain = block(1, struct.pack(order + "HHI", 101, 0, 0), order)
    options = struct.pack(order + "HHB3xHHqHH", 9, 1, 9, 14, 8, 100, 0, 0)  # nanoseconds, 100 s later
    nano = block(1, struct.pack(order + "HHI", 1, 0, 0) + options, order)

    def packet(interface: int, ticks: int, octets: bytes) -> bytes:
        head = struct.pack(
            order + "IIIII", interface, ticks >> 32, ticks & 0xFFFF_FFFF, len(octets), len(octets)
        )
        return block(6, head + octets, order)

    content = section + plain + nano + block(0xBAD, b"unknown", order)
    content += packet(0, 1_800_000_000_000_001, ip4(udp(b"one")))
    content += packet(1, 7, ETHERNET + b"\x86\xdd" + ip6(udp(b"two")))
    content += section + plain + packet(0, 1, ip4(udp(b"three")))
    assert read(content, tmp_path) == [
        (1_800_000_000_000_001_000, 4000, b"one"), (100 * S + 7, 4000, b"two"), (1000, 4000, b"three"),
    ]  # fmt: skip


def test_pcapng_blocks_that_tell_too_little_or_too_much(tmp_path: Path) -> None:
    section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1), "<")
    seconds = block(1, struct.pack("<HHIHHB3x", 101, 0, 0, 9, 1, 0), "<")  # ticks of 10⁰ s
    octets = ip4(udp(b"late"))
    late = block(6, struct.pack("<IIIII", 0, 2**32 - 1, 2**32 - 1, len(octets), len(octets)) + octets, "<")
    one, two = (
        block(3, struct.pack("<I", len(each)) + each, "<") for each in (ip4(udp(b"1")), ip4(udp(b"2")))
    )
    content = section + seconds + block(3, b"", "<") + one + late + two
    assert read(content, tmp_path) == [(0, 4000, b"1"), (0, 4000, b"late"), (0, 4000, b"2")]


def test_fragments_without_an_end_cost_no_other_datagram(tmp_path: Path) -> None:
    whole = udp(b"a" * 16)
    first, rest = ip4(whole[:16], 0x2000), ip4(whole[16:], 2)
    parts = [bytes([17, 0]) + struct.pack(">HI", n << 3 | 1, 5) + b"x" * 8 for n in range(1, 4000)]
    packets = [(S, first), *((S, ip6(each, 44)) for each in parts), (2 * S, rest)]
    assert read(pcap(101, packets), tmp_path) == [(2 * S, 4000, b"a" * 16)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "ends inside its first octets at octet 0"),
        (b"GIF89a..", "neither pcap nor pcapng"),
        (pcap(101, [])[:20], "the file header"),
        (pcap(101, [(S, ip4(udp(b"x")))])[:-3], "ends inside a packet at octet 40"),
        (pcap(101, []) + struct.pack("<IIII", 1, 0, 1 << 30, 1 << 30), "a record of 1073741824 octets"),
        (block(0x0A0D0D0A, bytes(16), "<"), "no byte order"),
        (gzip.compress(pcap(101, [(S, ip4(udp(b"x")))]))[:-12], "gzip"),
    ],
)
def test_damage_is_told_with_its_place(content: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(capture.CaptureError, match=words) as caught:
        read(content, tmp_path)
    assert "x.pcap" in str(caught.value)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["pcap", "raw", "ng", "blocks"]), st.binary(max_size=400))
def test_any_octets(kind: str, octets: bytes) -> None:
    import tempfile

    begin = {
        "pcap": pcap(1, []), "raw": pcap(101, [(S, octets)]),
        "ng": block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1), "<"),
        "blocks": block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1), "<")
        + block(1, struct.pack("<HHI", 101, 0, 0), "<")
        + b"".join(block(octets[at] % 8, octets[at + 1 : at + 40], "<") for at in range(0, len(octets), 40)),
    }[kind]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(begin + octets)
        with contextlib.suppress(capture.CaptureError):
            list(capture.read(path))


def test_tshark_finds_the_same_in_the_recorded_pass() -> None:
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed")
    path = samples_dir() / "els_rs" / "recordings" / "masuda-2026-322.pcap.gz"
    done = subprocess.run(
        [tshark, "-r", path, "-T", "fields", *("-eframe.time_epoch", "-eudp.dstport", "-eudp.payload")],
        capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    theirs = [line.split("\t") for line in done.stdout.splitlines()]
    ours = list(capture.read(path))
    assert len(ours) == len(theirs) > 3_000
    for mine, (seconds, port, octets) in zip(ours, theirs, strict=True):
        whole, _, part = seconds.partition(".")
        if not whole.isdecimal():  # newer versions write a date
            break
        assert (mine.reception_ns, mine.port) == (int(whole) * S + int(part), int(port))
        assert mine.octets.hex() == octets
