"""What ``okaeri decode`` is given to read: pipes, devices, more than memory holds, and no way to write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKETS = b"".join(
    b"\x00\x64" + (0xC000 | count).to_bytes(2, "big") + b"\x00\x01" + (7 * count).to_bytes(2, "big")
    for count in range(50)
)


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    path = tmp_path / "hk.csv"
    path.write_text("name,data_type,bit_length\nvalue,uint,16\n", encoding="utf-8")
    return path


def okaeri(*arguments: object, **settings: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "console", "decode", *map(str, arguments)],
        capture_output=True, timeout=60, **settings,
    )  # fmt: skip


def test_standard_input_is_read_as_a_file_is(definition: Path, tmp_path: Path) -> None:
    file = tmp_path / "in.bin"
    file.write_bytes(PACKETS)
    expected = okaeri(file, "--definitions", definition)
    assert len(expected.stdout.splitlines()) == 51
    piped = okaeri("-", "--definitions", definition, input=PACKETS)
    assert (piped.returncode, piped.stdout) == (0, expected.stdout)
    assert piped.stderr.startswith(b"-: 400 octets")
    done = okaeri(
        "-", "--definitions", definition, "--format", "db", "-o", tmp_path / "a.okaeri", input=PACKETS
    )
    assert (done.returncode, (tmp_path / "a.okaeri").exists()) == (0, True), done.stderr


def test_a_capture_is_not_read_from_standard_input(definition: Path) -> None:
    done = okaeri("-", "--definitions", definition, "--framing", "pcap", input=b"")
    assert (done.returncode, b"name its file" in done.stderr) == (2, True)


@pytest.mark.skipif(sys.platform != "linux", reason="the devices of Linux")
@pytest.mark.parametrize("framing", ["packets", "cadu"])
def test_a_device_is_no_file(framing: str, definition: Path) -> None:
    for device in ("/dev/zero", "/dev/urandom"):
        done = okaeri(device, "--definitions", definition, "--framing", framing)
        assert (done.returncode, b"is a device" in done.stderr) == (3, True), done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="files with holes")
def test_more_than_memory_holds_is_refused_at_once(definition: Path, tmp_path: Path) -> None:
    file = tmp_path / "huge.bin"
    with file.open("wb") as made:
        made.truncate(1 << 40)
    done = okaeri(file, "--definitions", definition, "--framing", "tm")
    assert (done.returncode, b"1,099,511,627,776 octets" in done.stderr) == (3, True), done.stderr
    assert b"cut the file" in done.stderr


def test_a_closed_standard_output_is_told(definition: Path, tmp_path: Path) -> None:
    file = tmp_path / "in.bin"
    file.write_bytes(PACKETS)
    command = [sys.executable, "-m", "console", "decode", str(file), "--definitions", str(definition)]
    done = subprocess.run(
        command, stderr=subprocess.PIPE, timeout=60, preexec_fn=lambda: os.close(1), check=False
    )
    assert (done.returncode, b"name a file with -o" in done.stderr) == (2, True), done.stderr
