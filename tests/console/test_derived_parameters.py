"""Derived parameters on their whole way: ``derived.csv``, archive, reader, alarms and export."""

from __future__ import annotations

import csv
import json
import math
import socket
import struct
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.__main__ import main
from console.alarms import AlarmEngine
from console.archive.reader import ArchiveReader
from console.mission import load_mission, mission_of
from console.mission_check import check_mission
from console.recorder import Recorder
from decoders.encode import PacketEncoder
from decoders.mission.derived_csv import parse_derived_csv, write_derived_csv
from decoders.mission.model import Band, DefinitionError, Limits, Parameter, Polynomial, Severity
from decoders.pipeline import Decoder, LinkFormat
from tests.console.archive_scene import START, S, Scene, packet, query
from tests.console.small_mission import free_port, write_mission
from tests.console.small_mission import packet as small_packet

HEADER = "name,packet,expression,unit,caution\n"
WATTS = Parameter(
    "watts", "float", 64, unit="W", limits=Limits(caution=Band(None, 100.0)), expression="volts * amps"
)
POWER = packet(
    "power",
    Parameter("volts", "uint", 16, calibration=Polynomial((0.0, 0.01))),
    Parameter("amps", "int", 16, calibration=Polynomial((0.0, 0.1))),
    timed=True,
    derived=(WATTS, Parameter("trend", "float", 64, unit="W/s", expression="rate(watts)")),
)


def told(folder: Path, rows: str, header: str = HEADER) -> list[DefinitionError]:
    """Return what the check says of a small mission with these lines in its ``derived.csv``."""
    write_mission(folder)
    (folder / "derived.csv").write_text(header + rows, encoding="utf-8")
    return check_mission(folder)


def test_a_mission_folder_names_its_derived_parameters(tmp_path: Path) -> None:
    assert told(tmp_path, "hk_double,hk,hk_level * 2,V,<2000\n") == []
    mission = load_mission(tmp_path)
    definition, parameter = mission.home("hk_double")
    assert definition.name == "hk"
    assert definition.derived == (parameter,)
    assert definition.values[-1] is parameter
    assert (parameter.unit, parameter.limits) == ("V", Limits(caution=Band(None, 2000.0, hi_inclusive=False)))
    assert "derived.csv" in mission.files


@pytest.mark.parametrize(
    ("rows", "line", "column", "message", "mend"),
    [
        ("a,hk,hk_levle,,\n", 2, "expression", "no parameter 'hk_levle', at character 1", "'hk_level'"),
        ("a,hk,hk_level +,,\n", 2, "expression", "ends too early, at character 11", "Complete"),
        ("ok,hk,1,,\na,hkk,hk_level,,\n", 3, "packet", "no packet 'hkk'", "'hk'"),
        ("HK_level,hk,1,,\n", 2, "name", "also a field of hk", "another name"),
        ("a,hk,1,,\na,hk,2,,\n", 3, "name", "already on line 2", "own name"),
        ("a,hk,1,,\nA,hk,2,,\n", 3, "name", "also a field of hk", "another name"),
        ("a,hk,,,\n", 2, "expression", "empty", "name, packet, expression"),
        ("a,hk,1,,5..1\n", 2, "caution", "empty", "lower end first"),
        ("a,hk,b,,\nb,hk,a,,\n", 2, "expression", "a → b → a", "others"),
        ("a,hk,max(hk_level, 1)\n", 2, "expression", "')' is missing", "double quotes"),
        ("a,hk,1,,1,1\n", 2, "", "6 cells", "quotes"),
    ],
)
def test_a_mistake_is_told_with_its_file_line_column_and_mend(
    tmp_path: Path, rows: str, line: int, column: str, message: str, mend: str
) -> None:
    first = told(tmp_path, rows)[0]
    assert (Path(first.file).name, first.line, first.column) == ("derived.csv", line, column)
    assert message in first.message
    assert mend in first.mend


def test_limits_and_columns_are_checked_as_those_of_packets(tmp_path: Path) -> None:
    header = "name,packet,expression,caution,critical,descripton\n"
    errors = told(tmp_path, "a,hk,1,0..10,2..5,\n", header)
    assert [(e.line, e.column) for e in errors] == [(1, "descripton"), (2, "critical")]
    assert "'description'" in errors[0].mend


def test_a_plot_may_show_a_derived_parameter_and_nothing_else_unknown(tmp_path: Path) -> None:
    write_mission(tmp_path)
    (tmp_path / "derived.csv").write_text(HEADER + "double,hk,hk_level * 2,,\n", encoding="utf-8")
    toml = tmp_path / "mission.toml"
    plots = '[[plots]]\ntitle = "p"\nparameters = ["{}"]\n'
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text + plots.format("double"), encoding="utf-8")
    assert check_mission(tmp_path) == []
    toml.write_text(text + plots.format("duoble"), encoding="utf-8")
    assert "'double'" in check_mission(tmp_path)[0].mend


def test_a_packet_that_cannot_be_read_makes_no_further_mistakes(tmp_path: Path) -> None:
    write_mission(tmp_path)
    (tmp_path / "derived.csv").write_text(HEADER + "double,hk,hk_level * 2,,\n", encoding="utf-8")
    path = tmp_path / "packets" / "hk.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("uint,16,V", "unit,16,V"), encoding="utf-8")
    assert [Path(error.file).name for error in check_mission(tmp_path)] == ["hk.csv"]


@given(st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda t: (HEADER + t).encode())))
def test_any_file_is_read_or_refused(content: bytes) -> None:
    read = parse_derived_csv(content)
    assert all(error.mend for error in read.errors)
    assert all(row.parameter.expression for row in read.rows)


def test_what_is_written_is_read_again() -> None:
    read = parse_derived_csv(write_derived_csv([POWER]))
    assert read.errors == []
    assert tuple(row.parameter for row in read.rows) == tuple(
        Parameter(p.name, "float", 64, unit=p.unit, limits=p.limits, expression=p.expression)
        for p in POWER.derived
    )
    assert mission_of([POWER], "again").packets[0].derived == POWER.derived
    assert write_derived_csv([packet("plain", Parameter("a", "uint", 8))]) == ""


def test_archive_and_reader_hold_them_like_any_other_value(tmp_path: Path) -> None:
    path = tmp_path / "power.okaeri"
    scene = Scene(path, POWER)
    rows = [{"volts": 2800, "amps": 10}, {"volts": 3000, "amps": 20}, {"volts": 3000, "amps": -20}]
    decoded = scene.send("power", rows)
    scene.close()
    by_hand = [28.0 * 1.0, 30.0 * 2.0, 30.0 * -2.0]
    trend = [math.nan, by_hand[1] - by_hand[0], by_hand[2] - by_hand[1]]
    assert decoded.tables[0].raw["watts"].tolist() == pytest.approx(by_hand)
    assert [row[0] for row in query(path, "SELECT watts FROM ship__power")] == pytest.approx(by_hand)
    stored = [row[0] for row in query(path, "SELECT trend FROM ship__power__raw")]
    assert stored[0] is None  # SQLite keeps a NaN as NULL
    assert stored[1:] == pytest.approx(trend[1:])
    with ArchiveReader(path) as reader:
        row = reader.latest(["power"], 3)["power"]
        assert row.raw["watts"] == pytest.approx(by_hand[-1])
        trace = reader.trace("power", "watts", START - S, START + 9 * S, points=100, upto_record=3)
        assert trace.lo.tolist() == pytest.approx(by_hand)
        assert reader.mission().home("watts")[1] == WATTS


def test_the_recorder_computes_them_from_what_any_link_brought(tmp_path: Path) -> None:
    """Height comes by one link; the packet that is compared with it by another."""
    first, second = free_port(), free_port()
    folder = tmp_path / "mission"
    link = 'id="{0}"\nkind="udp"\nport={1}\nframing="packets"'
    write_mission(folder, link.format("one", first), link.format("two", second))
    with (folder / "mission.toml").open("a", encoding="utf-8") as file:
        file.write('[[packets]]\nname = "low"\nfile = "packets/low.csv"\napid = 101\nvehicle = "ship"\n')
        file.write('time = {code = "none"}\n')
    fields = "name,data_type,bit_length\nlow_bound,uint,16\n"
    (folder / "packets" / "low.csv").write_text(fields, encoding="utf-8")
    (folder / "derived.csv").write_text(HEADER + "margin,hk,hk_level - low_bound,V,\n", encoding="utf-8")
    archive = tmp_path / "a.okaeri"
    stop, ready = threading.Event(), threading.Event()
    recorder = Recorder(load_mission(folder), archive)
    thread = threading.Thread(target=lambda: recorder.run(stop, ready.set))
    thread.start()
    try:
        assert ready.wait(20)
        bound = struct.pack(">HHHH", 0x0800 | 101, 0xC000, 1, 30)
        for port, octets, rows in ((first, bound, 1), (second, small_packet(1, level=100), 2)):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(octets, ("127.0.0.1", port))
            end = time.monotonic() + 20
            while query(archive, "SELECT count(*) FROM packets") != [(rows,)]:
                assert time.monotonic() < end, "it never came"
                time.sleep(0.02)
    finally:
        stop.set()
        thread.join(30)
    assert query(archive, "SELECT hk_level, margin FROM ship__hk") == [(100, 70.0)]
    with ArchiveReader(archive) as reader:
        assert reader.latest(["hk"], 2)["hk"].raw["margin"] == 70


def test_an_alarm_watches_a_derived_parameter() -> None:
    engine = AlarmEngine([POWER], lambda: 1)
    encoder, decoder = PacketEncoder(POWER), Decoder(LinkFormat(), [POWER])
    octets = [
        encoder.encode({"volts": 3000, "amps": amps}, i, START + i * S) for i, amps in enumerate((10, 40, 41))
    ]
    changes = engine.feed(decoder.feed(b"".join(octets), START), 1)
    assert [(c.parameter, c.severity, c.value) for c in changes] == [
        ("watts", Severity.CAUTION, pytest.approx(123.0))
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A mission with derived parameters and a file of its packets."""
    write_mission(tmp_path / "mission")
    rows = "hk_double,hk,hk_level * 2,V,\nhk_step,hk,hk_level - prev(hk_level),V,\n"
    (tmp_path / "mission" / "derived.csv").write_text(HEADER + rows, encoding="utf-8")
    octets = b"".join(small_packet(i, level=level) for i, level in enumerate((5, 7, 4)))
    (tmp_path / "hk.bin").write_bytes(octets)
    return tmp_path


def decode(folder: Path, *options: str) -> int:
    """Run the command line in this process."""
    definitions = ["--definitions", str(folder / "mission")]
    return main(["decode", str(folder / "hk.bin"), *definitions, *options])


def test_decode_writes_them_as_csv_and_json(folder: Path) -> None:
    decode(folder, "-o", str(folder / "hk.csv"))
    with (folder / "hk.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["hk_double"]) for row in rows] == [10, 14, 8]
    assert [float(row["hk_step"]) for row in rows][1:] == [2.0, -3.0]
    decode(folder, "--format", "json", "-o", str(folder / "hk.json"))
    found = json.loads((folder / "hk.json").read_text(encoding="utf-8"))
    assert [row["hk_step"] for row in found] == [None, 2.0, -3.0]
    assert set(found[0]) == set(rows[0])


def test_decode_makes_an_archive_with_them(folder: Path) -> None:
    decode(folder, "--format", "db", "-o", str(folder / "hk.okaeri"))
    with ArchiveReader(folder / "hk.okaeri") as reader:
        assert reader.latest(["hk"], 3)["hk"].raw["hk_step"] == -3


def test_decode_leaves_out_what_reads_packets_that_are_not_there(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mission = folder / "mission"
    other = '[[packets]]\nname = "other"\nfile = "packets/other.csv"\napid = 101\nvehicle = "ship"\n'
    with (mission / "mission.toml").open("a", encoding="utf-8") as file:
        file.write(other + 'time = {code = "none"}\n')
    (mission / "packets" / "other.csv").write_text(
        "name,data_type,bit_length\nforeign,uint,8\n", encoding="utf-8"
    )
    rows = "hk_far,hk,foreign + 1,,\nhk_farther,hk,hk_far * 2,,\nhk_near,hk,hk_level,,\n"
    (mission / "derived.csv").write_text(HEADER + rows, encoding="utf-8")
    assert check_mission(mission) == []
    decode(folder, "--format", "db", "-o", str(folder / "hk.okaeri"))
    assert "not read here: hk_far, hk_farther" in capsys.readouterr().err
    with ArchiveReader(folder / "hk.okaeri") as reader:
        raw = reader.latest(["hk"], 3)["hk"].raw
    assert raw["hk_near"] == 4
    assert "hk_far" not in raw
