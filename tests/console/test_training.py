"""The recorded pass of the sample mission: made again bit for bit, cut out by hand, read with ccsdspy."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import math
import os
import resource
import struct
import subprocess
import sys
import time
import tomllib
from binascii import crc_hqx
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import ccsdspy
import numpy as np
import pytest

from console.links.framing import link_format
from console.mission import load_mission
from console.places import samples_dir
from console.training import recording
from decoders.coding import BlockCoding
from decoders.pipeline import Decoder, LinkFormat
from decoders.randomizer import sequence
from decoders.sequence import PacketMemory

FOLDER = samples_dir() / "els_rs"
HEAD = tomllib.loads((FOLDER / "mission.toml").read_text(encoding="utf-8"))
PASS = FOLDER / HEAD["recording"]
CAPSULE_PORT, LOW_RATE_PORT, STATION_PORT = (link["port"] for link in HEAD["links"])
TAI_LESS_UTC_S = 37
EPOCH_1958_S = 378_691_200
"""Seconds from 1958-01-01 to 1970-01-01: 12 years with three leap days."""


@dataclass(frozen=True)
class Frame:
    """What stands in a transfer frame's header, and its packet zone."""

    reception_ns: int
    port: int
    scid: int
    vcid: int
    master: int
    count: int
    first_header: int
    zone: bytes


@pytest.fixture(scope="module")
def datagrams() -> list[tuple[int, int, bytes]]:
    """(reception ns, port, octets) out of the pcap file, read here by the format's description."""
    content = gzip.decompress(PASS.read_bytes())
    magic, major, minor, _, _, _, link_type = struct.unpack_from("<IHHiIII", content)
    assert (magic, major, minor, link_type) == (0xA1B23C4D, 2, 4, 101)  # nanoseconds, raw IP
    found, at = [], 24
    while at < len(content):
        seconds, ns, kept, length = struct.unpack_from("<4I", content, at)
        packet = content[at + 16 : at + 16 + kept]
        assert kept == length == len(packet)
        words = struct.unpack(">10H", packet[:20])
        assert packet[0] == 0x45
        assert packet[9] == 17
        assert (sum(words) & 0xFFFF) + (sum(words) >> 16) == 0xFFFF  # RFC 791 checksum
        assert words[1] == length
        port, udp_length = struct.unpack_from(">HH", packet, 22)
        assert udp_length == length - 20
        found.append((seconds * 1_000_000_000 + ns, port, packet[28:]))
        at += 16 + kept
    return found


def of_port(datagrams: list[tuple[int, int, bytes]], port: int) -> list[bytes]:
    return [octets for _, other, octets in datagrams if other == port]


def transfer_frame(cadu: bytes) -> bytes:
    """Take marker, randomiser and code off, each of which has tests against the standard of its own."""
    length, interleave = {1279: (1115, 5), 259: (223, 1)}[len(cadu)]
    code = BlockCoding(
        LinkFormat("tm", length, randomizer="classic", reed_solomon=223, interleave=interleave)
    )
    octets, _, corrected = code.decode(cadu[4:], np.zeros(1, np.int64))
    assert corrected[0] >= 0
    return octets


def tm(reception_ns: int, port: int, frame: bytes) -> Frame:
    """CCSDS 132.0-B-3 §4.1.2: six octets, the first header pointer last; OCF and FECF behind."""
    first, master, count, status = struct.unpack_from(">HBBH", frame)
    assert first >> 14 == 0  # version 1
    assert first & 1 == (port == CAPSULE_PORT)  # an OCF at the nominal rate alone
    assert status >> 11 == 0b00011  # no secondary header, packets, segment length 11
    zone = frame[6 : -6 if first & 1 else -2]
    return Frame(reception_ns, port, first >> 4 & 0x3FF, first >> 1 & 7, master, count, status & 0x7FF, zone)


def aos(reception_ns: int, port: int, frame: bytes) -> Frame:
    """CCSDS 732.0-B-4 §4.1.2: six octets, then the M_PDU header; only the FECF behind."""
    first, second, pointer = struct.unpack_from(">HIH", frame)
    assert first >> 14 == 1  # version 2
    scid, vcid = first >> 6 & 0xFF, first & 0x3F
    return Frame(reception_ns, port, scid, vcid, -1, second >> 8, pointer & 0x7FF, frame[8:-2])


@pytest.fixture(scope="module")
def frames(datagrams: list[tuple[int, int, bytes]]) -> dict[str, list[Frame]]:
    return {
        "els_rs": [
            tm(t, port, transfer_frame(octets))
            for t, port, octets in datagrams
            if port in (CAPSULE_PORT, LOW_RATE_PORT)
        ],
        "jm": [aos(t, port, octets) for t, port, octets in datagrams if port == STATION_PORT],
    }


def reassemble(frames: list[Frame]) -> list[tuple[int, bytes]]:
    """Cut packets out of the frames of one virtual channel; a gap drops the packet that it cuts."""
    packets: list[tuple[int, bytes]] = []
    modulus = 256 if frames[0].master >= 0 else 1 << 24
    pending, last = b"", None
    for frame in frames:
        follows = last is not None and frame.count == (last + 1) % modulus
        last = frame.count
        if frame.first_header == 0x7FE:  # only idle data
            continue
        if not follows:
            pending = b""
            if frame.first_header == 0x7FF:
                continue
            zone = frame.zone[frame.first_header :]
        else:
            zone = pending + frame.zone
            if pending and frame.first_header != 0x7FF and len(pending) >= 6:
                # the pointer and the length of the packet that runs over from the frame before agree
                length = int.from_bytes(pending[4:6], "big") + 7
                assert length - len(pending) == frame.first_header
        while len(zone) >= 6 and len(zone) >= (length := int.from_bytes(zone[4:6], "big") + 7):
            packets.append((frame.reception_ns, zone[:length]))
            zone = zone[length:]
        pending = zone
    return packets


@pytest.fixture(scope="module")
def packets(frames: dict[str, list[Frame]]) -> dict[int, list[bytes]]:
    """Packets by APID in order of reception, without idle ones."""
    received: list[tuple[int, bytes]] = []
    for mine in frames.values():
        for channel in {(frame.port, frame.vcid) for frame in mine}:
            received += reassemble([frame for frame in mine if (frame.port, frame.vcid) == channel])
    found: dict[int, list[bytes]] = defaultdict(list)
    for _, packet in sorted(received, key=lambda each: each[0]):
        found[int.from_bytes(packet[:2], "big") & 0x7FF].append(packet)
    found.pop(0x7FF, None)
    return found


@pytest.fixture(scope="module")
def nav(packets: dict[int, list[bytes]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Time (s since 1970 UTC), position (km) and velocity (km/s) as the capsule tells them, by ccsdspy."""
    raw = by_ccsdspy("rs_nav", packets[0x104], tmp_path_factory.mktemp("nav"))
    return {
        "t_s": np.array([cuc_s(packet) for packet in packets[0x104]]),
        "position_km": np.stack([raw[f"rs_pos_ecef_m_{axis}"] * 0.01 / 1000 for axis in "xyz"], axis=1),
        "velocity_km_s": np.stack([raw[f"rs_vel_ecef_ms_{axis}"] * 0.0001 / 1000 for axis in "xyz"], axis=1),
        "altitude_km": raw["rs_alt_m"] * 0.1 / 1000,
    }


def by_ccsdspy(name: str, packets: list[bytes], folder: Path) -> dict[str, np.ndarray]:
    file = folder / f"{name}.bin"
    file.write_bytes(b"".join(packets))
    definition = ccsdspy.FixedLength.from_file(str(FOLDER / "packets" / f"{name}.csv"))
    return dict(definition.load(str(file)))


def cuc_s(packet: bytes) -> float:
    """Seconds since 1970 UTC of the secondary header: P-field 0x1E, 4 + 2 octets of TAI since 1958."""
    assert packet[6] == 0x1E
    coarse, fine = struct.unpack_from(">IH", packet, 7)
    return coarse - EPOCH_1958_S - TAI_LESS_UTC_S + fine / 65_536


def test_the_command_makes_the_committed_bytes(tmp_path: Path) -> None:
    output = tmp_path / "again.pcap.gz"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "console.training.record", "-o", output],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(samples_dir().parent), "PYTHONHASHSEED": "7"},
        capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert hashlib.sha256(output.read_bytes()).digest() == hashlib.sha256(PASS.read_bytes()).digest()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)  # processor time: a busy machine is not its fault
    assert after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime < 15


def test_every_datagram_is_a_whole_frame(datagrams: list[tuple[int, int, bytes]]) -> None:
    capsule, low, station = (of_port(datagrams, link["port"]) for link in HEAD["links"])
    assert len(capsule) + len(low) + len(station) == len(datagrams)
    assert {(len(octets), octets[:4].hex()) for octets in capsule} == {(1279, "1acffc1d")}
    assert {(len(octets), octets[:4].hex()) for octets in low} == {(259, "1acffc1d")}
    assert {len(octets) for octets in station} == {1115}
    for frame in (*map(transfer_frame, capsule), *map(transfer_frame, low), *station):
        assert crc_hqx(frame[:-2], 0xFFFF) == int.from_bytes(frame[-2:], "big")


def test_the_carrier_never_pauses_at_its_rate(datagrams: list[tuple[int, int, bytes]]) -> None:
    for port, octets, bits_s in ((CAPSULE_PORT, 1279, 64_000), (LOW_RATE_PORT, 259, 16_000)):
        times = [t / 1e9 for t, other, _ in datagrams if other == port]
        steps = np.diff(times)
        frame_s = 8 * octets / bits_s
        # The distance changes; the antenna's null and the other rate make the two holes of the nominal one.
        holes = steps[steps > frame_s + 0.02]
        assert len(holes) == (2 if port == CAPSULE_PORT else 0)
        assert np.median(steps) == pytest.approx(frame_s, abs=1e-3)
        assert steps.min() > frame_s - 0.02


def test_noise_near_the_horizon_is_what_the_code_corrects(datagrams: list[tuple[int, int, bytes]]) -> None:
    damaged = [
        crc_hqx(bytes(np.frombuffer(octets[4:1119], np.uint8) ^ sequence("classic", 1115)), 0xFFFF) != 0
        for octets in of_port(datagrams, CAPSULE_PORT)
    ]
    third = len(damaged) // 3
    assert sum(damaged[:third]) > 50  # near the horizon
    assert sum(damaged[third : 2 * third]) < 20  # high over the station


def test_reception_goes_forward_and_lasts_a_pass(datagrams: list[tuple[int, int, bytes]]) -> None:
    times = [reception_ns for reception_ns, _, _ in datagrams]
    assert times == sorted(times)
    for port in (CAPSULE_PORT, STATION_PORT):
        mine = [reception_ns for reception_ns, other, _ in datagrams if other == port]
        assert mine[-1] - mine[0] >= 8 * 60e9
        assert len(set(mine)) == len(mine)


def test_frame_headers(frames: dict[str, list[Frame]]) -> None:
    capsule, station = frames["els_rs"], frames["jm"]
    assert {frame.scid for frame in capsule} == {0x2A1}
    assert {frame.vcid for frame in capsule if frame.port == CAPSULE_PORT} == {0, 2, 7}
    assert {frame.vcid for frame in capsule if frame.port == LOW_RATE_PORT} == {0, 7}
    assert all((frame.vcid == 7) == (frame.first_header == 0x7FE) for frame in capsule)
    assert {frame.scid for frame in station} == {0xB0}
    assert {frame.vcid for frame in station} == {1}
    # a pointer within the zone, or one of the two values that say there is none
    for frame in (*capsule, *station):
        assert frame.first_header < len(frame.zone) or frame.first_header in (0x7FE, 0x7FF)
    assert [frame.count for frame in station] == list(
        range(station[0].count, station[0].count + len(station))
    )


def test_only_the_antenna_null_breaks_the_counts(
    datagrams: list[tuple[int, int, bytes]], frames: dict[str, list[Frame]]
) -> None:
    times = [frame.reception_ns for frame in frames["els_rs"]]
    masters = [frame.master for frame in frames["els_rs"]]  # one counter at both rates
    gaps = [i for i in range(1, len(masters)) if masters[i] != (masters[i - 1] + 1) % 256]
    assert len(gaps) == 1
    lost = (masters[gaps[0]] - masters[gaps[0] - 1] - 1) % 256
    silence_s = (times[gaps[0]] - times[gaps[0] - 1]) / 1e9
    assert 5.5 < silence_s < 7.5  # six seconds, and the wait for the next frame
    assert lost == pytest.approx(6 * 64_000 / 8 / 1279, abs=2)
    # each virtual channel's own counter shows the same hole, and no other
    holes = 0
    for channel in ((CAPSULE_PORT, 0), (CAPSULE_PORT, 2), (CAPSULE_PORT, 7), (LOW_RATE_PORT, 0)):
        counts = [frame.count for frame in frames["els_rs"] if (frame.port, frame.vcid) == channel]
        holes += sum((b - a - 1) % 256 for a, b in pairwise(counts))
    assert holes == lost


def test_packets_are_whole_and_their_counts_follow(packets: dict[int, list[bytes]]) -> None:
    assert set(packets) == {packet["apid"] for packet in HEAD["packets"]}
    for packet in HEAD["packets"]:
        mine = packets[packet["apid"]]
        for octets in mine:
            assert crc_hqx(octets, 0xFFFF) == 0  # CRC-16 over a packet with its own CRC
            assert octets[0] >> 3 == 0b00001  # version 1, telemetry, secondary header
            assert octets[2] >> 6 == 3  # unsegmented
        counts = [int.from_bytes(octets[2:4], "big") & 0x3FFF for octets in mine]
        steps = [(b - a) % 16384 for a, b in pairwise(counts)]
        jumps = [step for step in steps if step != 1]
        assert len(jumps) <= (1 if packet["vehicle"] == "els_rs" else 0), packet["name"]
        seconds = [cuc_s(octets) for octets in mine]
        for step, a, b in zip(steps, seconds, seconds[1:], strict=False):
            assert b - a == pytest.approx(step * packet["period_s"], abs=0.06), packet["name"]


def test_a_packet_is_received_after_it_was_made(
    frames: dict[str, list[Frame]],
) -> None:
    for vehicle, longest_s in (("els_rs", 1.6), ("jm", 1.6)):
        for frame in frames[vehicle]:
            if frame.first_header >= len(frame.zone):
                continue
            packet = frame.zone[frame.first_header :][:13]
            if len(packet) < 13 or int.from_bytes(packet[:2], "big") & 0x7FF == 0x7FF:
                continue
            if frame.vcid == 2:  # waits for the nominal carrier
                continue
            assert 0 < frame.reception_ns / 1e9 - cuc_s(packet) < longest_s


def test_the_time_of_day_is_that_of_the_readme(nav: dict[str, Any]) -> None:
    begin = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(nav["t_s"][0]))
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert begin in text
    assert time.strftime("%Y-%j", time.gmtime(nav["t_s"][0])) in PASS.name


@pytest.mark.parametrize("name", ["rs_power", "rs_aocs", "rs_nav", "rs_cargo", "jm_power", "jm_relay"])
def test_raw_values_are_those_of_ccsdspy(
    name: str, packets: dict[int, list[bytes]], decoded: dict[str, dict[str, list[Any]]], tmp_path: Path
) -> None:
    apid = next(packet["apid"] for packet in HEAD["packets"] if packet["name"] == name)
    theirs = by_ccsdspy(name, packets[apid], tmp_path)
    ours = decoded[name]
    rows = list(csv.DictReader(io.StringIO((FOLDER / f"packets/{name}.csv").read_text(encoding="utf-8"))))
    names = [row["name"] for row in rows if row["role"] in ("", "phase")]
    assert len(names) >= 6
    assert set(names) <= set(ours)
    for field in names:
        assert ours[field] == theirs[field].tolist(), field


@pytest.fixture(scope="module")
def decoded(datagrams: list[tuple[int, int, bytes]]) -> dict[str, dict[str, list[Any]]]:
    """Raw columns by packet and parameter out of our own decoder, over the whole pass."""
    mission = load_mission(FOLDER)
    columns: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    memory = PacketMemory()
    decoders = {
        link.port: Decoder(link_format(mission, link), mission.packets, memory) for link in mission.links
    }
    batches = (decoders[port].feed(octets, t) for t, port, octets in datagrams)
    for batch in (*batches, *(decoder.finish() for decoder in decoders.values())):
        for table in batch.tables:
            for field, values in table.raw.items():
                columns[table.packet.name][field] += values.tolist()
    for decoder in decoders.values():
        counters = decoder.counters
        assert (counters.frames_bad, counters.packets_unknown) == (0, 0)
        assert counters.packets_bad == counters.packets_truncated == 0
    # What the low rate brought is not missing at the nominal one: only the antenna's null is.
    missing = [decoder.counters.packets_missing for decoder in decoders.values()]
    assert missing[1:] == [0, 0]
    assert missing[0] == pytest.approx(17 * 6, abs=5)  # packets a second, of all types
    return columns


def geodetic_height_km(position_km: np.ndarray) -> float:
    """Height over WGS 84 by fixed-point iteration on the latitude."""
    a, f = 6378.137, 1 / 298.257223563
    e2 = f * (2 - f)
    x, y, z = position_km
    p, latitude = math.hypot(x, y), math.atan2(z, math.hypot(x, y))
    for _ in range(12):
        n = a / math.sqrt(1 - e2 * math.sin(latitude) ** 2)
        latitude = math.atan2(z + e2 * n * math.sin(latitude), p)
    n = a / math.sqrt(1 - e2 * math.sin(latitude) ** 2)
    return p / math.cos(latitude) - n


def test_the_capsule_flies_as_orbits_do(nav: dict[str, Any]) -> None:
    position, velocity, t_s = nav["position_km"], nav["velocity_km_s"], nav["t_s"]
    assert (
        np.abs(np.linalg.norm(position, axis=1) - 6371.0 - 390.0) < 15 + 15
    ).all()  # the sphere's oblateness
    heights = np.array([geodetic_height_km(each) for each in position])
    assert (np.abs(heights - 390.0) < 15).all()
    assert (np.abs(heights - nav["altitude_km"]) < 0.01).all()
    # inertial speed 7.67 km/s of a circular orbit at 390 km: add the turn of the axes
    turn = np.cross([0, 0, 7.292115e-5], position)
    speed = np.linalg.norm(velocity + turn, axis=1)
    assert (np.abs(speed - math.sqrt(398_600.44 / (6371 + 390))) < 0.03).all()
    # velocity is the derivative of position: over consecutive seconds, errors of GNSS apart (a few m/s)
    step = np.diff(t_s)[:, None]
    slope = np.diff(position, axis=0) / step
    assert (np.linalg.norm(slope - (velocity[1:] + velocity[:-1]) / 2, axis=1) < 0.02).all()
    # energy of a two-body orbit, J2 apart: the same all along
    energy = speed**2 / 2 - 398_600.44 / np.linalg.norm(position, axis=1)
    assert np.ptp(energy) < 0.005 * abs(energy.mean())


def test_the_pass_is_seen_from_masuda_and_doppler_turns_at_closest_approach(
    nav: dict[str, Any], packets: dict[int, list[bytes]], tmp_path: Path
) -> None:
    # Masuda: 30.56 N 131.02 E, 30 m
    latitude, longitude = math.radians(30.56), math.radians(131.02)
    n = 6378.137 / math.sqrt(1 - 0.00669437999 * math.sin(latitude) ** 2)
    x, y = math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude)
    up = np.array([x, y, math.sin(latitude)])
    site = n * up * [1, 1, 1 - 0.00669437999] + 0.030 * up
    line = nav["position_km"] - site
    distance_km = np.linalg.norm(line, axis=1)
    elevation_deg = np.degrees(np.arcsin(line @ up / distance_km))
    assert elevation_deg.min() > 0
    assert 40 < elevation_deg.max() < 55  # the catalogue has 48° from Masuda six hours before the burn
    assert distance_km.min() < 600
    closest_s = nav["t_s"][int(distance_km.argmin())]
    raw = by_ccsdspy("rs_comm", packets[0x107], tmp_path)
    doppler_hz = raw["rs_doppler_hz"] * 4.0
    comm_s = np.array([cuc_s(packet) for packet in packets[0x107]])
    assert (np.diff(doppler_hz) <= 4).all()
    turn = int(np.argmax(doppler_hz < 0))
    assert 0 < turn < len(doppler_hz)
    assert comm_s[turn - 1] - 1 <= closest_s <= comm_s[turn] + 1
    # Δf = −f v/c on 2,265 MHz, v from the differences of the ranges
    rate_km_s = np.gradient(distance_km, nav["t_s"])
    expected_hz = -np.interp(comm_s, nav["t_s"], rate_km_s) / 299_792.458 * 2265e6
    assert np.abs(doppler_hz - expected_hz).max() < 150
    assert 30_000 < doppler_hz.max() < 55_000


def test_the_leaking_seal_is_in_the_data_and_nothing_else_alarms_on_it(
    packets: dict[int, list[bytes]], tmp_path: Path
) -> None:
    raw = by_ccsdspy("rs_cargo", packets[0x108], tmp_path)
    leaking = raw["rs_cargo_a_temp_degc_2"] * 0.01
    assert leaking[0] < 5.0
    assert 5.5 < leaking[-1] < 6.0  # past caution, before serious
    for other in ("rs_cargo_a_temp_degc_1", "rs_cargo_a_temp_degc_3", "rs_cargo_a_temp_degc_4"):
        assert (raw[other] * 0.01 < 5.5).all()


def test_our_reader_gives_what_the_file_holds(datagrams: list[tuple[int, int, bytes]]) -> None:
    assert [(d.reception_ns, d.port, d.octets) for d in recording.read(PASS)] == datagrams


def test_a_written_recording_is_read_back(tmp_path: Path) -> None:
    many = [recording.Datagram(1_780_000_000_123_456_789 + i, 40_000 + i, bytes(range(i))) for i in range(9)]
    for name in ("a.pcap", "a.pcap.gz"):
        recording.write(tmp_path / name, many)
        assert list(recording.read(tmp_path / name)) == many


HEAD_OF_PCAP = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65_535, 101)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "ends inside its first octets"),
        (b"hello, this is no capture file at all", "neither pcap nor pcapng"),
        (struct.pack("<IHHiIII", 0xA1B2C3D5, 2, 4, 0, 0, 65535, 101), "neither pcap nor pcapng"),
        (HEAD_OF_PCAP + b"\0" * 9, "inside a record at octet 24"),
        (
            HEAD_OF_PCAP + struct.pack("<4I", 0, 0, 99, 99) + b"x",
            "ends inside a packet at octet 40",
        ),
        (
            HEAD_OF_PCAP + struct.pack("<4I", 0, 0, 1 << 30, 1 << 30),
            "a record of",
        ),
    ],
)  # fmt: skip
def test_files_that_are_no_recording(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(content)
    with pytest.raises(recording.RecordingError, match=words) as caught:
        list(recording.read(path))
    assert str(path) in str(caught.value)


def test_a_gzip_file_that_is_cut_or_damaged_or_is_none(tmp_path: Path) -> None:
    path, whole = tmp_path / "x.pcap.gz", PASS.read_bytes()
    damaged = [bytes((*whole[:at], whole[at] ^ 0xFF, *whole[at + 1 :])) for at in range(12, 6000, 397)]
    for content in (whole[: len(whole) // 2], b"not gzip", *damaged):
        path.write_bytes(content)
        with pytest.raises(recording.RecordingError, match=r"x\.pcap\.gz"):
            list(recording.read(path))
