"""Reading missions: where keys stand in TOML, content that is none, and missions of lone definitions."""

from __future__ import annotations

import contextlib
import datetime
import shutil
import sqlite3
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from console.__main__ import main
from console.archive.reader import ArchiveReader
from console.mission import load_mission, mission_of, read_folder
from console.mission_check import check_mission
from console.mission_tables import MissionFile, StationsFile
from console.mission_toml import decode_toml, key_lines, read_toml
from console.places import samples_dir
from decoders.mission.csv import packet_from_csv
from decoders.mission.model import ClockCorrelation, ClockRow, DefinitionError, TimeFormat
from decoders.shapes import PacketQuality
from decoders.timecode import parse_utc

SAMPLE = samples_dir() / "els_rs"
KEYS = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True)
LEAVES = (
    st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.booleans()
    | st.text(max_size=12)
    | st.sampled_from(['"', "'", '"""', "a\nb # c\n[d]", "x = 1", "\\", "}", "]"])
    | st.datetimes().map(lambda t: t.replace(microsecond=0, tzinfo=datetime.UTC))
)
TABLES = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=12,
    ),
    max_size=5,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every key and every element of a decoded text."""
    found = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*path, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            found += places(inner, (*path, i))
    return found


@settings(max_examples=60)
@given(TABLES, st.booleans())
def test_every_key_is_found_on_a_line_that_writes_it(tables: dict[str, Any], multiline: bool) -> None:
    text = tomli_w.dumps(tables, multiline_strings=multiline)
    lines, rows = key_lines(text), text.split("\n")
    for path in places(tomllib.loads(text)):
        assert path in lines
        if isinstance(path[-1], str):
            assert path[-1] in rows[lines[path] - 1]
    numbers = [lines[path] for path in places(tomllib.loads(text)) if len(path) == 1]
    assert len(set(numbers)) == len(numbers)


def test_keys_that_people_write() -> None:
    text = """
# [no] = table
a.b = 1
'c d' = "x # y" # z
[t] # e
  f = [ # g
    { h = 1, i = [ 2,
      3 ] },
  ]
[[l]]
[l.m]
n = '''
[[l]]
'''
[[l]]
[[l.o]]
p = 1979-05-27 07:32:00
[[l.o]]
p = 1.5
"""
    lines = key_lines(text)
    assert set(places(tomllib.loads(text))) <= set(lines)
    wanted = {
        ("a", "b"): 3, ("c d",): 4, ("t",): 5, ("t", "f"): 6, ("t", "f", 0, "h"): 7, ("t", "f", 0, "i", 1): 8,
        ("l", 0): 10, ("l", 0, "m"): 11, ("l", 0, "m", "n"): 12, ("l", 1): 15, ("l", 1, "o", 0, "p"): 17,
        ("l", 1, "o", 1): 18, ("l", 1, "o", 1, "p"): 19,
    }  # fmt: skip
    assert {path: lines[path] for path in wanted} == wanted


@given(st.binary(max_size=200) | st.text(alphabet='ab=[]{}".,\n# 1', max_size=60).map(str.encode))
def test_any_content_is_read_or_refused_with_a_line(content: bytes) -> None:
    read = read_toml(content, MissionFile, "mission.toml")
    assert read.errors  # it has no name, no title and no vehicles at the least
    for error in read.errors:
        assert error.file == "mission.toml"
        assert 1 <= error.line <= content.count(b"\n") + 1
        assert error.mend
    with pytest.raises(DefinitionError):
        decode_toml(content, MissionFile, "mission.toml")


@given(
    st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
)
def test_any_value_where_tables_belong(value: Any) -> None:
    for kind, key in ((MissionFile, "links"), (MissionFile, "time"), (StationsFile, "stations")):
        content = tomli_w.dumps({"name": "x", "title": "x", "vehicles": [], key: value}).encode()
        read = read_toml(content, kind, "x.toml")
        whole = None
        try:  # msgspec alone, on the whole file at once
            whole = msgspec.toml.decode(content, type=kind)
        except msgspec.ValidationError:
            assert read.errors
        if whole is not None:
            assert (read.errors, read.tables) == ([], whole)


FILES = read_folder(SAMPLE)


@settings(max_examples=50)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_a_damaged_sample_is_checked_to_the_end(
    tmp_path_factory: pytest.TempPathFactory, file: str, data: st.DataObject
) -> None:
    content = FILES[file]
    at = data.draw(st.integers(0, len(content)))
    cut = data.draw(st.integers(0, 30))
    damage = data.draw(st.binary(max_size=3) | st.sampled_from([b'"', b",", b"[", b"\n", b"9" * 40, b"nan"]))
    folder = tmp_path_factory.mktemp("damaged")
    for name, octets in (FILES | {file: content[:at] + damage + content[at + cut :]}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(octets)
    (folder / "recordings").mkdir()
    (folder / "recordings" / "masuda-2026-322.pcap.gz").touch()
    errors = check_mission(folder)
    shutil.rmtree(folder)
    for error in errors:
        assert error.file.startswith(f"{folder}/")
        assert error.file.removeprefix(f"{folder}/") in FILES
        assert error.mend
    if errors == []:  # what the check lets through can be loaded
        load_mission(FILES | {file: content[:at] + damage + content[at + cut :]})


def test_the_loader_refuses_what_would_stop_a_recorder() -> None:
    head = FILES["mission.toml"]
    for old, new, words in (
        (b'epoch = "tai"', b'epoch = "launch"', "16:epoch"),
        (b"frame_length = 1115", b"frame_length = 3", "frames of 3 octets"),
        (b"apid = 0x102", b"apid = 0x101", "share APID 0x101"),
        (b"coarse_octets = 4", b"coarse_octet = 4", "unknown key 'coarse_octet'"),
    ):
        assert head.count(old) >= 1
        with pytest.raises(DefinitionError, match=words):
            load_mission(FILES | {"mission.toml": head.replace(old, new, 1)})
    with pytest.raises(DefinitionError, match=r"the archive: no mission\.toml"):
        load_mission({"stations.toml": b""})


DEFINITION = "name,data_type,bit_length,role\nt,uint,48,time\nvolts,uint,16,\nmode,uint,8,\n"


def test_a_mission_of_lone_definitions_has_its_times_and_plots() -> None:
    time = TimeFormat("cuc", False, 4, 2, epoch="2000-01-01")
    packet = packet_from_csv(DEFINITION, file="hk.csv", name="hk", apid=7, vehicle="cube", time=time)
    mission = mission_of([packet], "a file", ["volts", "mode"])
    assert mission.packets == (packet,)
    assert [(plot.title, plot.parameters) for plot in mission.plots] == [
        ("volts", ("volts",)),
        ("mode", ("mode",)),
    ]
    again = load_mission(mission.files)
    assert (again.packets, again.plots, again.digest) == (mission.packets, mission.plots, mission.digest)


CLOCK = b"onboard,utc,rate_ppm,valid_until\n100000,2026-11-18T00:00:00Z,-12.5,2026-11-18T12:00:00Z\n"


def test_a_vehicle_has_the_clock_that_its_file_tells() -> None:
    head = FILES["mission.toml"].replace(b'id = "els_rs"', b'id = "els_rs"\nclock = "clocks/rs.csv"', 1)
    mission = load_mission(FILES | {"mission.toml": head, "clocks/rs.csv": CLOCK})
    row = ClockRow(100_000 * 10**9, parse_utc("2026-11-18"), -12.5, parse_utc("2026-11-18T12:00:00Z"))
    clocks = {packet.vehicle: packet.clock for packet in mission.packets}
    assert clocks == {"els_rs": ClockCorrelation((row,)), "jm": None}
    assert mission_of(mission.packets, "a copy").packet("rs_nav").clock == clocks["els_rs"]


def test_mistakes_about_a_clock_are_told_where_they_are(tmp_path: Path) -> None:
    for name, octets in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(octets)
    shutil.copytree(SAMPLE / "recordings", tmp_path / "recordings")
    head = FILES["mission.toml"].replace(b'id = "els_rs"', b'id = "els_rs"\nclock = "clocks/rs.csv"', 1)
    (tmp_path / "mission.toml").write_bytes(head)
    line = head[: head.index(b"clock =")].count(b"\n") + 1
    (error,) = check_mission(tmp_path)
    assert str(error).startswith(f"{tmp_path}/mission.toml:{line}:clock: ")
    assert "there is no file clocks/rs.csv" in str(error)
    (tmp_path / "clocks").mkdir()
    (tmp_path / "clocks" / "rs.csv").write_bytes(CLOCK + b"20,2026-11-17,,\n")
    (error,) = check_mission(tmp_path)
    assert str(error).startswith(f"{tmp_path}/clocks/rs.csv:3:utc: not after the row before. ")
    (tmp_path / "clocks" / "rs.csv").write_bytes(CLOCK)
    assert check_mission(tmp_path) == []


def test_an_archive_keeps_correlated_times_and_that_they_are_extrapolated(tmp_path: Path) -> None:
    head = (
        'name = "m"\ntitle = "M"\n[time]\ncode = "cuc"\nepoch = "2000-01-01"\n'
        '[[vehicles]]\nid = "cube"\ntitle = "Cube"\nclock = "clock.csv"\n'
        '[[packets]]\nname = "hk"\nfile = "hk.csv"\nvehicle = "cube"\napid = 7\n'
    )
    clock = "onboard,utc,rate_ppm,valid_until\n100,2026-11-18T00:00:00Z,0,2026-11-18T01:00:00Z\n"
    for name, text in (("mission.toml", head), ("hk.csv", DEFINITION), ("clock.csv", clock)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    # 10 s behind the correlation, one hour behind it, and one second beyond what it covers.
    counts = [110, 3_700, 3_701]
    (tmp_path / "hk.tlm").write_bytes(
        b"".join(
            bytes((0x08, 7, 0xC0, i, 0, 8)) + count.to_bytes(4, "big") + bytes((0x80, 0, 0, i, 0))
            for i, count in enumerate(counts)
        )
    )
    target = tmp_path / "hk.okaeri"
    told = ("--definitions", tmp_path, "--format", "db", "-o", target)
    assert main(["decode", str(tmp_path / "hk.tlm"), *map(str, told)]) == 0
    with contextlib.closing(sqlite3.connect(target)) as archive:
        rows = archive.execute("SELECT generation_ns, quality FROM packets ORDER BY id").fetchall()
    start = parse_utc("2026-11-18")
    half = 500_000_000
    assert [ns - start for ns, _ in rows] == [(count - 100) * 10**9 + half for count in counts]
    extrapolated = int(PacketQuality.TIME_EXTRAPOLATED)
    assert [quality & extrapolated for _, quality in rows] == [0, extrapolated, extrapolated]
    with contextlib.closing(ArchiveReader(target)) as reader:
        assert reader.mission().packet("hk").clock is not None


def test_an_archive_of_a_decoded_file_keeps_its_plots(tmp_path: Path) -> None:
    (tmp_path / "hk.csv").write_text(DEFINITION, encoding="utf-8")
    (tmp_path / "hk.tlm").write_bytes(
        b"".join(
            bytes((0x08, 7, 0xC0, i, 0, 8))
            + (2_000_000_000 + i).to_bytes(4, "big")
            + bytes((0, 0, 0, i, i % 3))
            for i in range(20)
        )
    )
    archive = tmp_path / "hk.okaeri"
    arguments = ("--definitions", tmp_path / "hk.csv", "--time", "cuc:4:2", "--format", "db", "-o", archive)
    assert main(["decode", str(tmp_path / "hk.tlm"), *map(str, arguments)]) == 0
    with ArchiveReader(archive) as reader:
        assert [plot.parameters for plot in reader.mission().plots] == [("volts",), ("mode",)]
