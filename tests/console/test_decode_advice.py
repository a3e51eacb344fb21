"""``okaeri decode`` told wrongly how a file is framed: the options it proposes are tried, and must fit."""

from __future__ import annotations

import argparse
import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.decode.command import run
from console.decode.errors import DecodeError
from console.decode.framing import link_of
from console.decode.framing_search import advice, find_markers, good_frames
from console.decode.options import add_options
from decoders.coding import BlockCoding
from decoders.encode import ASM, AosFramePacker, MasterChannel, TmFramePacker, UslpFramePacker, idle_packet
from decoders.pipeline import LinkFormat

PACKET = b"\x00\x64\xc0\x00\x00\x01\x12\x34"
DEFINITION = "name,data_type,bit_length\nvalue,uint,16\n"


def options(text: str, file: Path | str = "x") -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args([str(file), *text.split()])


def packets(count: int) -> list[bytes]:
    return [PACKET[:2] + (0xC000 | n).to_bytes(2, "big") + PACKET[4:] for n in range(count)]


def tm(length: int = 1115, *, scid: int = 0x2A1, count: int = 1200, fecf: bool = True) -> list[bytes]:
    packer = TmFramePacker(scid, 0, length, fecf=fecf, master=MasterChannel())
    return [frame for packet in packets(count) for frame in packer.push(packet)] + packer.flush()


def aos(length: int, *, ocf: bool = False, count: int = 1200) -> list[bytes]:
    packer = AosFramePacker(0xB0, 1, length, ocf=ocf)
    return [frame for packet in packets(count) for frame in packer.push(packet)] + packer.flush()


def uslp(length: int) -> list[bytes]:
    packer = UslpFramePacker(0xB0, 1, length)
    return [frame for packet in packets(1200) for frame in packer.push(packet)] + packer.flush()


def cadus(frames: list[bytes], **coding: object) -> bytes:
    link = LinkFormat("tm", len(frames[0]), **coding)  # type: ignore[arg-type]
    return b"".join(ASM + BlockCoding(link).encode(frame) for frame in frames)


def shifted(data: bytes, bits: int) -> bytes:
    return (int.from_bytes(data, "big") << (8 - bits)).to_bytes(len(data) + 1, "big")


NOMINAL = {"randomizer": "classic", "reed_solomon": 223, "interleave": 5}
FILES = {
    "tm": (b"".join(tm()), "--framing tm"),
    "tm, short": (b"".join(tm(300)), "--framing tm --frame-length 300"),
    "tm, no CRC": (b"".join(tm(fecf=False)), "--framing tm --no-fecf"),
    "aos": (b"".join(aos(892)), "--framing aos --frame-length 892"),
    "uslp": (b"".join(uslp(1000)), "--framing uslp --frame-length 1000"),
    "markers": (cadus(tm()), "--framing cadu"),
    "nominal": (cadus(tm(), **NOMINAL), "--framing cadu --randomized --rs 223"),
    "no CRC in code": (cadus(tm(fecf=False), **NOMINAL), "--framing cadu --randomized --rs 223 --no-fecf"),
    "aos in code": (cadus(aos(1115), **NOMINAL), "--framing cadu --randomized --rs 223"),
    "long": (
        cadus(tm(), **NOMINAL | {"randomizer": "long"}), "--framing cadu --randomizer long --rs 223",
    ),
    "conventional": (
        cadus(tm(), **NOMINAL, dual_basis=False),
        "--framing cadu --randomized --rs 223 --basis conventional",
    ),
    "(255,239)": (
        cadus(tm(956), randomizer="none", reed_solomon=239, interleave=4), "--framing cadu --rs 239",
    ),
    "randomised only": (cadus(tm(), randomizer="classic"), "--framing cadu --randomized"),
}  # fmt: skip
WRONG = (
    "--framing tm",
    "--framing aos --frame-length 1000",
    "--framing cadu",
    "--framing cadu --rs 239 --interleave 3",
    "--framing tm --randomized",
    "--framing tm --rs 223 --interleave 5",
)


@pytest.mark.parametrize("file", FILES)
def test_the_options_proposed_are_those_that_fit(file: str) -> None:
    data, fitting = FILES[file]
    told = set()
    for text in WRONG:
        try:
            link_of(options(text), data, None)
        except DecodeError as error:
            told.add(str(error))
    assert told
    frames = good_frames(link_of(options(fitting), data, None), data)
    assert frames >= 8
    for each in told:
        if "no sync marker" not in each:
            assert each.endswith(f" {frames} are good with {fitting}"), each


@pytest.mark.parametrize("bits", [1, 3, 7])
@pytest.mark.parametrize("inverted", [False, True])
def test_markers_are_found_at_any_bit_and_inverted(bits: int, inverted: bool) -> None:
    data = shifted(cadus(tm(), **NOMINAL), bits)
    if inverted:
        data = bytes(255 - octet for octet in data)
    assert find_markers(data).spacing_octets == 1279
    link = link_of(options("--framing cadu --randomized --rs 223"), data, None)
    assert (link.frame_length, link.interleave, link.framing) == (1115, 5, "tm")
    assert good_frames(link, data) == len(tm())


def test_the_codewords_in_a_frame_follow_from_its_length() -> None:
    data = cadus(tm(), **NOMINAL)
    link = link_of(options("--framing cadu --randomized --rs 223 --frame-length 1115"), data, None)
    assert link.interleave == 5


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3_000), st.sampled_from([b"", ASM, bytes(range(64))]))
def test_no_octets_break_the_search(noise: bytes, between: bytes) -> None:
    data = noise + between + noise + between + noise
    told = advice(LinkFormat("tm", asm=None, datagram=False), data)
    assert told == "" or "are good with --framing" in told
    assert advice(LinkFormat("tm", asm=None, datagram=False), noise, checked=True) == ""


def decoded(data: bytes, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    file, definition = tmp_path / "in.bin", tmp_path / "hk.csv"
    file.write_bytes(data)
    definition.write_text(DEFINITION, encoding="utf-8")
    given_options = options(f"--definitions {definition} --apid 100 -o {tmp_path / 'out.csv'} {text}", file)
    code = run(given_options)
    return code, capsys.readouterr().err


def test_frames_of_other_spacecraft_are_no_damage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = list(itertools.chain(*zip(tm(), tm(scid=0x2A2), strict=True)))
    code, told = decoded(b"".join(both), "--framing tm --scid 0x2A1", tmp_path, capsys)
    assert code == 0, told
    assert f"{len(tm())} good, 0 bad" in told
    assert f"other spacecraft, left out: 0x2A2 ({len(tm())}) frames" in told
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 1201


def test_spacecraft_and_channels_that_are_there_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = b"".join(tm())
    code, told = decoded(data, "--framing tm --scid 5", tmp_path, capsys)
    assert (code, f"are of 0x2A1 ({len(tm())})" in told) == (3, True), told
    code, told = decoded(data, "--framing tm --vcid 2", tmp_path, capsys)
    assert (code, f"no packets, in the frames of 0x2A1 VC0 ({len(tm())})" in told) == (3, True), told


@pytest.mark.parametrize(("data", "text", "better"), [
    (b"".join(aos(892, ocf=True)), "--framing aos --frame-length 892", "--ocf"),
    (b"".join(aos(892)), "--framing aos --frame-length 892 --ocf", "--ocf left out"),
    (b"".join(tm()), "--framing tm --no-fecf", "--fecf"),
])  # fmt: skip
def test_an_option_that_gives_more_packets_is_named(
    data: bytes, text: str, better: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = decoded(data, text, tmp_path, capsys)
    assert (code, f"note: more packets come out with {better}\n" in told) == (1, True), told


def test_a_file_of_frames_read_as_packets_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, told = decoded(b"".join(tm(300)), "", tmp_path, capsys)
    assert "of frames in it" in told
    assert "are good with --framing tm --frame-length 300" in told
    code, told = decoded(b"".join(packets(300)), "", tmp_path, capsys)
    assert (code, "frames" in told) == (0, False)


@pytest.mark.parametrize(("text", "word"), [
    ("--randomized", "--randomized"),
    ("--no-fecf", "--no-fecf"),
    ("--scid 3", "--scid"),
    ("--framing tm --skip-header-bytes 4", "--skip-header-bytes"),
    ("--framing tm --port 4", "--port"),
    ("--framing pcap --vcid 4", "--vcid"),
])  # fmt: skip
def test_an_option_that_does_nothing_is_refused(
    text: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = decoded(PACKET, text, tmp_path, capsys)
    assert (code, f"{word} does nothing here" in told) == (2, True), told


@pytest.mark.parametrize(("built", "text"), [
    ({"fhec": True}, "--fhec"),
    ({"insert_zone_octets": 6}, "--insert-zone 6"),
    ({"fhec": True, "insert_zone_octets": 3, "ocf": True}, "--fhec --insert-zone 3 --ocf"),
])  # fmt: skip
def test_what_stands_before_the_packets_of_aos_frames(
    built: dict[str, int], text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packer = AosFramePacker(0xB0, 1, 400, **built)  # type: ignore[arg-type]
    data = b"".join([frame for packet in packets(500) for frame in packer.push(packet)] + packer.flush())
    code, told = decoded(data, f"--framing aos --frame-length 400 {text}", tmp_path, capsys)
    assert (code, "500 packets" in told) == (0, True), told


def test_zeros_are_no_codewords() -> None:
    assert advice(LinkFormat("tm", asm=None, datagram=False), bytes(20_000), checked=True) == ""


def test_numbers_below_zero_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        options("--skip-header-bytes -4")
    assert ended.value.code == 2
    assert "-4 is below 0" in capsys.readouterr().err


def test_idle_packets_alone_are_frames_too() -> None:
    packer = TmFramePacker(0x2A1, 7, 300)
    frames = [frame for _ in range(20) for frame in packer.push(idle_packet(100))]
    link = link_of(options("--framing tm --frame-length 300"), b"".join(frames), None)
    assert link == replace(link, framing="tm", frame_length=300)
