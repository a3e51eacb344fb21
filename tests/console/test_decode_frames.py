"""``okaeri decode`` of files of frames and CADUs: the sample's pass, whole, damaged, and told wrongly."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from console.mission import load_mission
from console.places import samples_dir
from console.training import recording
from tests.console.archive_scene import query

FOLDER = samples_dir() / "els_rs"
FRAMES = 300


def okaeri(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "console", "decode", *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", timeout=100,
    )  # fmt: skip


@pytest.fixture(scope="module")
def octets() -> dict[str, list[bytes]]:
    """The datagrams of each link of the recorded pass."""
    mission = load_mission(FOLDER)
    names = {link.port: link.id for link in mission.links}
    found: dict[str, list[bytes]] = {name: [] for name in names.values()}
    for each in recording.read(FOLDER / mission.recording):
        found[names[each.port]].append(each.octets)
    return found


@pytest.fixture
def cadus(octets: dict[str, list[bytes]], tmp_path: Path) -> Path:
    path = tmp_path / "pass.cadu"
    path.write_bytes(b"".join(octets["capsule"][:FRAMES]))
    return path


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_link_of_the_mission_says_how_it_is_framed(cadus: Path, tmp_path: Path) -> None:
    done = okaeri(cadus, "--mission", FOLDER, "--link", "capsule", "-o", tmp_path / "a")
    assert done.returncode == 0, done.stderr
    assert f"frames: {FRAMES} good" in done.stderr
    assert " 0 bad, 0 missing, 0 repeated" in done.stderr
    assert "SCID 0x2A1 VC7:" in done.stderr
    seconds = [row["generation_time"] for row in rows(tmp_path / "a", "rs_power")]
    assert len(seconds) > 40
    assert seconds == sorted(seconds)


@pytest.mark.parametrize(("link", "options"), [
    ("capsule", ["--framing", "cadu", "--randomized", "--rs", "223"]),
    ("capsule", ["--framing", "tm", "--asm", "--randomizer", "classic", "--rs", "223", "--interleave", "5"]),
    ("capsule_entry", ["--framing", "cadu", "--randomized", "--rs", "223", "--frames", "tm"]),
    ("station", ["--framing", "aos", "--scid", "0xB0", "--vcid", "1"]),
])  # fmt: skip
def test_options_say_the_same(
    link: str, options: list[str], octets: dict[str, list[bytes]], tmp_path: Path
) -> None:
    file = tmp_path / "frames.bin"
    file.write_bytes(b"".join(octets[link][:FRAMES]))
    told = okaeri(file, "--mission", FOLDER, *options, "-o", tmp_path / "options")
    by_link = okaeri(file, "--mission", FOLDER, "--link", link, "-o", tmp_path / "link")
    assert (told.returncode, by_link.returncode) == (0, 0), told.stderr
    made = sorted(path.name for path in (tmp_path / "link").iterdir())
    assert made == sorted(path.name for path in (tmp_path / "options").iterdir())
    for name in made:
        assert (tmp_path / "link" / name).read_bytes() == (tmp_path / "options" / name).read_bytes()


def test_damage_is_corrected_counted_and_named(octets: dict[str, list[bytes]], tmp_path: Path) -> None:
    mended, lost = (np.frombuffer(octets["capsule"][at], np.uint8).copy() for at in (1405, 1406))
    before = mended[4:].copy()
    mended[4 : 4 + 80] ^= 0x55  # sixteen symbols of each codeword
    lost[4 : 4 + 85] ^= 0x55  # seventeen
    assert (mended[4:] != before).sum() == 80
    around = octets["capsule"]  # high over the station, where there is no noise
    data = [*around[1400:1405], mended.tobytes(), lost.tobytes(), *around[1407:1415]]
    file = tmp_path / "damaged.cadu"
    file.write_bytes(b"".join(data) + b"rubbish")
    done = okaeri(file, "--mission", FOLDER, "--link", "capsule", "-o", tmp_path / "out")
    assert done.returncode == 1  # finished, with damage in the data
    assert "frames: 14 good" in done.stderr
    assert "1 bad" in done.stderr
    assert f"offset {6 * 1279 + 4}: 1115 octets, frame: code bad" in done.stderr
    assert "7 octets, in no frame" in done.stderr


def test_an_archive_holds_the_frames_too(cadus: Path, tmp_path: Path) -> None:
    target = tmp_path / "pass.okaeri"
    done = okaeri(cadus, "--mission", FOLDER, "--link", "capsule", "--format", "db", "-o", target)
    assert done.returncode == 0, done.stderr
    assert query(target, "SELECT count(*), min(corrected) >= 0 FROM frames") == [(FRAMES, 1)]
    power = query(target, "SELECT count(*) FROM els_rs__rs_power")
    assert power[0][0] > 40


def test_what_cannot_be(cadus: Path, tmp_path: Path) -> None:
    for options, code, text in (
        (["--framing", "tm"], 2, "--definitions FILE or --mission DIR"),
        (["--mission", FOLDER, "--link", "capsul"], 2, "it has capsule, capsule_entry, station"),
        (
            ["--definitions", FOLDER / "packets" / "rs_power.csv", "--link", "capsule"],
            2,
            "give --mission DIR",
        ),
        (
            ["--mission", FOLDER, "--framing", "cadu", "--rs", "223", "--frame-length", "1000"],
            2,
            "carries 1115",
        ),
    ):
        done = okaeri(cadus, *options, "-o", tmp_path / "x")
        assert (done.returncode, text in done.stderr) == (code, True), done.stderr
    noise = tmp_path / "noise.bin"
    noise.write_bytes(np.random.default_rng(3).integers(0, 256, 5_000, np.uint8).tobytes())
    done = okaeri(noise, "--mission", FOLDER, "--framing", "cadu", "-o", tmp_path / "x")
    assert (done.returncode, "no sync marker" in done.stderr) == (3, True)
    done = okaeri(noise, "--mission", FOLDER, "--framing", "tm", "-o", tmp_path / "x")
    assert (done.returncode, "check --frame-length (1115)" in done.stderr) == (3, True)


def test_a_capture_holds_the_links_of_a_mission(tmp_path: Path) -> None:
    mission = load_mission(FOLDER)
    target = tmp_path / "pass.okaeri"
    file = FOLDER / mission.recording
    done = okaeri(file, "--mission", FOLDER, "--framing", "pcap", "--format", "db", "-o", target)
    assert done.returncode == 0, done.stderr
    assert "SCID 0xB0 VC1: 777 frames" in done.stderr
    assert "datagrams by port: 47001" in done.stderr
    first = next(iter(recording.read(file))).reception_ns
    assert query(target, "SELECT min(reception_ns) FROM frames") == [(first,)]
    # What the low rate brought is not missing at the nominal one; the antenna's null is.
    counts = [n for (n,) in query(target, "SELECT sequence_count FROM packets WHERE apid = 257 ORDER BY id")]
    assert len(counts) == 494
    assert counts == sorted(counts)
    out = tmp_path / "relay"
    done = okaeri(file, "--mission", FOLDER, "--framing", "pcap", "--port", "47002", "-o", out)
    assert (done.returncode, sorted(path.name[:3] for path in out.iterdir())) == (0, ["jm_"] * 8)


def test_packets_each_in_a_datagram_of_a_capture(tmp_path: Path) -> None:
    packets = [b"\x00\x64" + (0xC000 | n).to_bytes(2, "big") + b"\x00\x00" + bytes([n]) for n in range(5)]
    file = tmp_path / "packets.pcap"
    recording.write(file, [recording.Datagram(n * 10**9, 9000, each) for n, each in enumerate(packets)])
    definition = tmp_path / "p.csv"
    definition.write_text("name,data_type,bit_length\nn,uint,8\n", encoding="utf-8")
    done = okaeri(file, "--definitions", definition, "--framing", "pcap", "-o", tmp_path / "p_out.csv")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "p_out.csv").open(encoding="utf-8", newline="") as text:
        found = [(row["n"], row["reception_time"]) for row in csv.DictReader(text)]
    assert found == [(str(n), f"1970-01-01T00:00:0{n}.000000000Z") for n in range(5)]
    done = okaeri(file, "--definitions", definition)
    assert (done.returncode, "--framing pcap reads it" in done.stderr) == (3, True), done.stderr
    (tmp_path / "none.pcap").write_bytes(b"no capture at all")
    done = okaeri(tmp_path / "none.pcap", "--definitions", definition, "--framing", "pcap")
    assert (done.returncode, "neither pcap nor pcapng" in done.stderr) == (3, True)


def test_octets_in_front_of_each_packet_are_left_out(tmp_path: Path) -> None:
    packets = [b"\x00\x64" + (0xC000 | n).to_bytes(2, "big") + b"\x00\x00" + bytes([n]) for n in range(9)]
    file, definition = tmp_path / "extra.bin", tmp_path / "p.csv"
    file.write_bytes(b"".join(b"\xaa\xbb\xcc\xdd" + each for each in packets))
    definition.write_text("name,data_type,bit_length\nn,uint,8\n", encoding="utf-8")
    done = okaeri(file, "--definitions", definition, "--skip-header-bytes", "4", "-o", tmp_path / "o.csv")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "o.csv").open(encoding="utf-8", newline="") as text:
        assert [row["n"] for row in csv.DictReader(text)] == [str(n) for n in range(9)]
