"""``okaeri decode`` of USLP frames whose lengths only their headers tell."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest

from console.links.framing import link_format
from decoders.channel import ASM
from decoders.encode_frames import UslpFramePacker
from decoders.mission.model import DefinitionError
from decoders.space_packet import primary_header
from tests.console.small_mission import write_mission
from tests.console.test_decode_frames import okaeri

CSV = "name,data_type,bit_length\nnumber,uint,16\nrest,uint(expand),8\n"
COUNT = 60


def recording(marker: bytes) -> bytes:
    """Frames of 30 to 1,000 octets, each around a packet of its number (732.1-B-2 §4.1.4.2.2, rule 111)."""
    packer, octets = UslpFramePacker(0x77, 1, 2000), b""
    for n in range(COUNT):
        data = n.to_bytes(2, "big") + random.Random(n).randbytes(10 + n * 37 % 970)
        octets += marker + packer.whole(primary_header(0x55, n, len(data)) + data)
    return octets


@pytest.mark.parametrize(("marker", "options"), [
    (b"", ["--framing", "uslp", "--varying"]),
    (ASM.to_bytes(4, "big"), ["--framing", "uslp", "--varying", "--asm"]),
    (ASM.to_bytes(4, "big"), ["--framing", "cadu", "--varying"]),
])  # fmt: skip
def test_a_file_of_frames_of_any_length(marker: bytes, options: list[str], tmp_path: Path) -> None:
    file, definition = tmp_path / "x.uslp", tmp_path / "p.csv"
    file.write_bytes(recording(marker))
    definition.write_text(CSV, encoding="utf-8")
    done = okaeri(file, "--definitions", definition, *options)
    assert done.returncode == 0, done.stderr
    assert [row["number"] for row in csv.DictReader(io.StringIO(done.stdout))] == [
        str(n) for n in range(COUNT)
    ]
    assert f"frames: {COUNT} good" in done.stderr


@pytest.mark.parametrize(("marker", "wanted"), [
    (b"", "--framing uslp --varying"), (ASM.to_bytes(4, "big"), "--framing uslp --varying --asm"),
])  # fmt: skip
def test_the_option_is_proposed(marker: bytes, wanted: str, tmp_path: Path) -> None:
    file, definition = tmp_path / "x.uslp", tmp_path / "p.csv"
    file.write_bytes(recording(marker))
    definition.write_text(CSV, encoding="utf-8")
    done = okaeri(file, "--definitions", definition, "--framing", "uslp")
    assert done.returncode == 3
    assert f"{COUNT} are good with {wanted}\n" in done.stderr


def test_only_frames_that_tell_their_length_vary(tmp_path: Path) -> None:
    mission = write_mission(tmp_path, 'id="x"\nkind="tcp"\nport=9\nframing="uslp"\nvarying=true')
    assert link_format(mission, mission.links[0]).varying
    with pytest.raises(DefinitionError, match="vary in length") as raised:
        write_mission(tmp_path, 'id="x"\nkind="tcp"\nport=9\nframing="tm"\nvarying=true')
    assert raised.value.line
