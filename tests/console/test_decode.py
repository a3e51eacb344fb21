"""``okaeri decode`` from the outside: files in, text and exit codes out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from console.__main__ import main
from decoders.mission.model import TimeFormat
from decoders.timecode import ns_to_cuc, parse_utc

Real = Callable[[str], tuple[Path, Path]]


class Run:
    """One run of the command."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))


@pytest.fixture
def decode(capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    def run(*arguments: object) -> Run:
        try:
            code = main(["decode", *map(str, arguments)])
        except SystemExit as end:  # argparse
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return Run(code, captured.out, captured.err)

    return run


def packet(body: bytes, count: int, apid: int = 11) -> bytes:
    return b"".join(n.to_bytes(2, "big") for n in (0x0800 | apid, 0xC000 | count, len(body) - 1)) + body


HK = """\
name,data_type,bit_length,calibration
bus,uint,16,"[1, 0.5]"
mode,uint,4,"{""0"":""OFF"",""1"":""安全""}"
pad,fill,4,
temp,float,32,
cells,uint(2),8,"[0, 0.1]"
tag,str,24,
"""


def hk(count: int, bus: int = 7, mode: int = 1, temp: float = 0.1) -> bytes:
    return packet(
        bus.to_bytes(2, "big") + bytes([mode << 4]) + np.array(temp, ">f4").tobytes() + b"\x01\x03ab\0", count
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hk.csv").write_text(HK, encoding="utf-8")
    (tmp_path / "hk.tlm").write_bytes(b"".join(hk(i) for i in range(10)))
    return tmp_path


# What is written


def test_csv_by_hand(folder: Path, decode: Callable[..., Run]) -> None:
    (folder / "hk.tlm").write_bytes(hk(16383, bus=7, mode=1, temp=0.1) + hk(0, bus=0, mode=3, temp=-2.5))
    run = decode(folder / "hk.tlm", "--definitions", folder / "hk.csv")
    assert run.code == 0
    assert run.out == (
        "sequence_count,generation_time,reception_time,bus,mode,temp,cells[0],cells[1],tag\n"
        "16383,,,4.5,安全,0.10000000149011612,0.1,0.30000000000000004,ab\n"
        "0,,,1.0,3?,-2.5,0.1,0.30000000000000004,ab\n"
    )
    assert "hk: APID 11, 2 packets, 5 parameters" in run.err
    assert "missing" not in run.err


def test_raw_csv(folder: Path, decode: Callable[..., Run]) -> None:
    run = decode(folder / "hk.tlm", "--definitions", folder / "hk.csv", "--raw", "--apid", "0x00B")
    assert run.out.splitlines()[1] == "0,,,7,1,0.10000000149011612,1,3,ab"


def test_json(folder: Path, decode: Callable[..., Run]) -> None:
    (folder / "hk.tlm").write_bytes(hk(5, temp=float("nan")))
    run = decode(folder / "hk.tlm", "--definitions", folder / "hk.csv", "--format", "json")
    assert json.loads(run.out) == [
        {
            "sequence_count": 5, "generation_time": None, "reception_time": None, "bus": 4.5,
            "mode": "安全", "temp": None, "cells": [0.1, 0.30000000000000004], "tag": "ab",
        }
    ]  # fmt: skip
    assert "安全" in run.out
    assert "hk: 1 value(s) that are infinite or no number are null" in run.err


def test_our_columns_give_way(tmp_path: Path, decode: Callable[..., Run]) -> None:
    (tmp_path / "d.csv").write_text(
        "name,data_type,bit_length\nsequence_count,uint,8\n_sequence_count,uint,8\n"
    )
    (tmp_path / "d.tlm").write_bytes(packet(b"\x05\x06", 77))
    run = decode(tmp_path / "d.tlm", "--definitions", tmp_path / "d.csv")
    assert run.out == (
        "__sequence_count,generation_time,reception_time,sequence_count,_sequence_count\n77,,,5,6\n"
    )


def test_elements_give_way_to_parameters(tmp_path: Path, decode: Callable[..., Run]) -> None:
    (tmp_path / "d.csv").write_text("name,data_type,bit_length\nm,uint(2),8\nm[0],uint,8\n_m[0],uint,8\n")
    (tmp_path / "d.tlm").write_bytes(packet(b"\1\2\3\4", 0))
    run = decode(tmp_path / "d.tlm", "--definitions", tmp_path / "d.csv")
    assert run.out.splitlines()[0].split(",")[3:] == ["__m[0]", "m[1]", "m[0]", "_m[0]"]
    assert run.out.splitlines()[1].split(",")[3:] == ["1", "2", "3", "4"]


def test_arrays_of_two_dimensions_and_of_varying_length(tmp_path: Path, decode: Callable[..., Run]) -> None:
    (tmp_path / "d.csv").write_text(
        'name,data_type,bit_length\ngrid,"uint(2, 2)",8\nn,uint,8\ndata,uint(n),16\n'
    )
    (tmp_path / "d.tlm").write_bytes(packet(b"\1\2\3\4\2\0\5\0\6", 0) + packet(b"\1\2\3\4\0", 1))
    run = decode(tmp_path / "d.tlm", "--definitions", tmp_path / "d.csv")
    names = ["grid[0,0]", "grid[0,1]", "grid[1,0]", "grid[1,1]", "n", "data[0]", "data[1]"]
    assert list(run.rows[0])[3:] == names
    assert [[row["data[0]"], row["data[1]"]] for row in run.rows] == [["5", "6"], ["", ""]]
    whole = decode(tmp_path / "d.tlm", "--definitions", tmp_path / "d.csv", "--format", "json")
    first, second = json.loads(whole.out)
    assert (first["grid"], first["data"], second["data"]) == ([[1, 2], [3, 4]], [5, 6], [])


def test_times_told_by_the_p_field(tmp_path: Path, decode: Callable[..., Run]) -> None:
    (tmp_path / "d.csv").write_text("name,data_type,bit_length,role\nt,uint,56,time\nx,uint,8,\n")
    ns = parse_utc("2026-11-18T21:38:00.25Z")
    cuc = ns_to_cuc(np.array([ns]), TimeFormat("cuc", True)).tobytes()
    (tmp_path / "d.tlm").write_bytes(packet(cuc + b"\x09", 0))
    run = decode(tmp_path / "d.tlm", "--definitions", tmp_path / "d.csv")
    assert run.rows[0]["generation_time"] == "2026-11-18T21:38:00.250000000Z"
    assert run.rows[0]["x"] == "9"


def test_times_told_by_the_caller(real_telemetry: Real, decode: Callable[..., Run]) -> None:
    packets, definitions = real_telemetry("jpss1")
    run = decode(packets, "--definitions", definitions, "--time", "cds:2:2")
    assert run.code == 0
    assert run.rows[0]["generation_time"] == "2021-04-09T00:00:00.007137000Z"
    assert run.rows[0]["DOY"] == "23109"
    assert "2021-04-09T00:00:00.007137000Z to 2021-04-09T01:59:59.005260000Z" in run.err


@pytest.mark.parametrize(
    ("option", "epoch", "time"),
    [
        ("cuc:4:2@7", "tai", "8190795d 4000"),
        ("cuc:4:2:p@6", "tai", "1e 8190795d 4000"),
        ("p-field", "tai", "9c20 008190795d"),
        (
            "cuc:4:0",
            "gps",
            "5828dd4a",
        ),  # 17,118 days of 86,400 s, 77,880 s, and the 18 leap seconds since 1980
        ("cds:3:4:p@6", "tai", "46 006246 04a45ac0 00000000"),
        ("ccs:1", "tai", "2026 11 18 21 38 00 25"),
        ("ccs:0:doy:p", "tai", "58 2026 0322 21 38 00"),
        ("ascii", "tai", b"2026-322T21:38:00.25".hex()),
        ("ascii:24", "tai", b"2026-11-18T21:38:00Z\0\0\0\0".hex()),
    ],
)
def test_times_of_every_code(
    tmp_path: Path, decode: Callable[..., Run], option: str, epoch: str, time: str
) -> None:
    octets = bytes.fromhex(time)
    spare = b"\xff" if option.endswith("@7") else b""
    (tmp_path / "d.csv").write_text("name,data_type,bit_length,bit_offset\nx,uint,8,48\n")
    (tmp_path / "d.tlm").write_bytes(b"".join(packet(spare + octets + b"\xfe", i) for i in range(3)))
    told = ("--time", option, "--epoch", epoch)
    run = decode(tmp_path / "d.tlm", "--definitions", tmp_path / "d.csv", *told)
    assert [row["generation_time"][:19] for row in run.rows] == ["2026-11-18T21:38:00"] * 3


def test_output_to_a_file_and_into_a_folder(folder: Path, decode: Callable[..., Run]) -> None:
    straight = decode(folder / "hk.tlm", "--definitions", folder / "hk.csv")
    run = decode(folder / "hk.tlm", "--definitions", folder / "hk.csv", "-o", folder / "out.csv")
    assert run.out == ""
    assert (folder / "out.csv").read_bytes().decode() == straight.out
    (folder / "there").mkdir()
    decode(folder / "hk.tlm", "--definitions", folder / "hk.csv", "-o", folder / "there")
    assert (folder / "there" / "hk.csv").read_bytes().decode() == straight.out


def test_several_packet_types(folder: Path, decode: Callable[..., Run]) -> None:
    (folder / "mission.toml").write_text(
        'name = "m"\ntitle = "M"\n[[vehicles]]\nid = "v"\ntitle = "V"\n'
        '[[packets]]\nname = "hk"\nfile = "hk.csv"\napid = 11\nvehicle = "v"\n'
        '[[packets]]\nname = "other"\nfile = "hk.csv"\napid = 12\nvehicle = "v"\n'
    )
    other = b"\x08\x0c" + hk(3)[2:]
    (folder / "both.tlm").write_bytes(hk(0) + other + hk(1))
    run = decode(folder / "both.tlm", "--definitions", folder)
    assert (run.code, "name a folder" in run.err) == (2, True)
    run = decode(folder / "both.tlm", "--definitions", folder, "-o", folder / "out")
    assert run.code == 0
    lines = {p.name: len(p.read_text(encoding="utf-8").splitlines()) for p in (folder / "out").iterdir()}
    assert lines == {"hk.csv": 3, "other.csv": 2}


# Beside ccsdspy


@pytest.mark.parametrize("name", ["jpss1", "hs_apid010", "hs_apid035", "hs_apid130"])
def test_raw_equals_ccsdspy(name: str, real_telemetry: Real, decode: Callable[..., Run]) -> None:
    ccsdspy = pytest.importorskip("ccsdspy")
    packets, definitions = real_telemetry(name)
    run = decode(packets, "--definitions", definitions, "--raw")
    assert run.code == 0
    theirs = ccsdspy.FixedLength.from_file(str(definitions)).load(str(packets), include_primary_header=True)
    rows = run.rows
    assert [int(row["sequence_count"]) for row in rows] == theirs["CCSDS_SEQUENCE_COUNT"].tolist()
    names = [each for each in theirs if not each.startswith("CCSDS_")]
    assert list(rows[0])[3:] == names
    for each in names:
        right = theirs[each]
        if right.dtype.kind == "f":
            ours = np.array([float(row[each]) for row in rows])
            with np.errstate(invalid="ignore"):  # signalling NaNs
                assert np.array_equal(ours, right.astype(np.float64), equal_nan=True), each
        elif right.dtype.kind != "S":
            assert [int(row[each]) for row in rows] == right.tolist(), each


def test_calibrated_values_of_a_real_file(real_telemetry: Real, decode: Callable[..., Run]) -> None:
    packets, definitions = real_telemetry("hs_apid035")
    raw = decode(packets, "--definitions", definitions, "--raw", "--offsets-from", "data").rows
    run = decode(packets, "--definitions", definitions, "--offsets-from", "data").rows
    for before, after in list(zip(raw, run, strict=True))[::500]:
        assert after["pkt35_cntoverflow"] == ["NO_OVERFLOW", "OVERFLOW"][int(before["pkt35_cntoverflow"])]
        x = int(before["pkt35_uint32_sin_1h"])
        hand = 2000 - 0.002766 * x + 0.0000535 * x**2 - 0.00000000162 * x**3
        assert float(after["pkt35_uint32_sin_1h"]) == pytest.approx(hand, rel=1e-12)
    # Behind the header, the first of the eight sines begins where the file's author put it.
    assert -1 <= float(run[0]["pkt35_flt_sin_2h[0]"]) <= 1


# Damage


def test_garbage_is_passed_over_and_named(folder: Path, decode: Callable[..., Run]) -> None:
    whole = (folder / "hk.tlm").read_bytes()
    size = len(hk(0))
    (folder / "bad.tlm").write_bytes(b"junk!" + whole[: 4 * size] + b"\xff" * 9 + whole[4 * size : -3])
    run = decode(folder / "bad.tlm", "--definitions", folder / "hk.csv")
    assert run.code == 1
    assert [row["sequence_count"] for row in run.rows] == [str(i) for i in range(9)]
    assert "offset 0: 5 octets, garbage" in run.err
    assert f"offset {5 + 4 * size}: 9 octets, garbage" in run.err
    assert f"offset {14 + 9 * size}: {size - 3} octets, truncated" in run.err


@pytest.mark.parametrize("fill", [b"\0", b"\xff"])
def test_a_file_made_long_beforehand_gives_what_was_written(
    fill: bytes, folder: Path, decode: Callable[..., Run]
) -> None:
    """A recorder that allocates its file first leaves far more fill than packets behind them."""
    whole = (folder / "hk.tlm").read_bytes()
    (folder / "long.tlm").write_bytes(whole + fill * 100_000)
    run = decode(folder / "long.tlm", "--definitions", folder / "hk.csv")
    assert run.code == 1
    assert [row["sequence_count"] for row in run.rows] == [str(i) for i in range(10)]
    assert f"offset {len(whole)}: 100000 octets, garbage" in run.err


def test_a_packet_of_another_length_is_left_out_alone(folder: Path, decode: Callable[..., Run]) -> None:
    odd = packet(hk(4)[6:] + b"more", 4)
    (folder / "odd.tlm").write_bytes(b"".join(hk(i) if i != 4 else odd for i in range(10)))
    run = decode(folder / "odd.tlm", "--definitions", folder / "hk.csv")
    assert run.code == 1
    assert [row["sequence_count"] for row in run.rows] == [str(i) for i in range(10) if i != 4]
    assert f"offset {4 * len(hk(0))}: {len(odd)} octets, a packet of a wrong length" in run.err


def test_a_wrong_crc_is_named(tmp_path: Path, decode: Callable[..., Run]) -> None:
    from binascii import crc_hqx

    (tmp_path / "d.csv").write_text("name,data_type,bit_length,role\nx,uint,8,\ncrc,uint,16,crc\n")
    packets = []
    for i in range(5):
        start = packet(bytes([i, 0, 0]), i)[:-2]
        packets.append(start + (crc_hqx(start, 0xFFFF) ^ (i == 2)).to_bytes(2, "big"))
    (tmp_path / "d.tlm").write_bytes(b"".join(packets))
    run = decode(tmp_path / "d.tlm", "--definitions", tmp_path / "d.csv")
    assert run.code == 1
    assert [row["x"] for row in run.rows] == ["0", "1", "3", "4"]
    assert "offset 18: 9 octets, a packet with a wrong CRC" in run.err


def test_missing_packets_are_told_and_are_no_damage(folder: Path, decode: Callable[..., Run]) -> None:
    (folder / "gap.tlm").write_bytes(hk(1) + hk(2) + hk(8) + hk(9))
    run = decode(folder / "gap.tlm", "--definitions", folder / "hk.csv")
    assert run.code == 0
    assert "1 jump(s) of the sequence count, 5 packets missing" in run.err


def test_what_came_twice_or_is_damaged_is_not_missing(folder: Path, decode: Callable[..., Run]) -> None:
    odd = packet(hk(3)[6:] + b"more", 3)
    (folder / "twice.tlm").write_bytes(hk(1) + hk(2) + hk(1) + odd + hk(4) + hk(4))
    for output in ((), ("--format", "db", "-o", folder / "twice.okaeri")):
        run = decode(folder / "twice.tlm", "--definitions", folder / "hk.csv", *output)
        assert "2 packets came before" in run.err
        assert "missing" not in run.err
        assert run.code == 1, "one packet has a wrong length"


def test_packets_longer_than_the_definition(folder: Path, decode: Callable[..., Run]) -> None:
    (folder / "short.csv").write_text("name,data_type,bit_length\nbus,uint,16\n")
    run = decode(folder / "hk.tlm", "--definitions", folder / "short.csv")
    assert (run.code, len(run.rows), run.rows[0]["bus"]) == (0, 10, "7")
    assert "short describes 8 of the 18 octets of a packet" in run.err


# Mistakes


def test_usage_and_definition_errors(folder: Path, decode: Callable[..., Run]) -> None:
    tlm = folder / "hk.tlm"
    (folder / "typo.csv").write_text("name,data_type,bit_length\nx,unit,8\n")
    (folder / "long.csv").write_text("name,data_type,bit_length\nx,str,800\n")
    for arguments, words in (
        (
            (tlm, "--definitions", folder / "typo.csv"),
            "typo.csv:2:data_type: unknown data type 'unit'. Did you mean",
        ),
        ((tlm, "--definitions", folder / "no.csv"), "cannot read the definition"),
        ((tlm, "--definitions", folder / "long.csv"), "needs 106 octets, the packets of APID 11 have 18"),
        (
            (tlm, "--definitions", folder / "hk.csv", "--apid", "12"),
            "no packets of APID 12: it holds APID 11 (10 packets)",
        ),
        ((tlm, "--definitions", folder / "hk.csv", "--apid", "4711"), "an APID is 0 to 2047"),
        ((tlm, "--definitions", folder / "hk.csv", "--apid", "eleven"), "not a whole number"),
        ((tlm, "--definitions", folder / "hk.csv", "--time", "unix"), "--time 'unix': write cuc:4:2"),
        (
            (tlm, "--definitions", folder / "hk.csv", "--time", "cds:2:2@11"),
            "its time would end at octet 19, the packets of APID 11 have 18",
        ),
        ((tlm, "--definitions", folder / "hk.csv", "--epoch", "2000-01-01"), "give --time too"),
        ((tlm, "--definitions", folder / "hk.csv", "--definitions", folder / "hk.csv"), "given 2 times"),
        ((tlm, "--definitions", folder / "hk.csv", "--format", "db"), "name it with -o"),
        ((tlm, "--definitions", folder / "hk.csv", "-o", folder / "no" / "x.csv"), "cannot write"),
        ((tlm,), "--definitions"),
    ):
        run = decode(*arguments)
        assert (run.code, words in run.err, run.out) == (2, True, ""), (arguments, run.err)


def test_several_apids_and_one_definition(folder: Path, decode: Callable[..., Run]) -> None:
    mixed = folder / "mixed.tlm"
    mixed.write_bytes(b"".join(hk(i) + packet(bytes(5), i, apid=12) for i in range(5)))
    run = decode(mixed, "--definitions", folder / "hk.csv")  # only APID 11 has that length
    assert (run.code, len(run.rows)) == (0, 5)
    assert "other APIDs, left out: 12 (5)" in run.err
    mixed.write_bytes(b"".join(hk(i) + b"\x08\x0c" + hk(i)[2:] for i in range(5)))
    run = decode(mixed, "--definitions", folder / "hk.csv")
    assert (run.code, "several APIDs; say with --apid" in run.err) == (2, True)
    assert len(decode(mixed, "--definitions", folder / "hk.csv", "--apid", "12").rows) == 5


def test_unreadable_input(folder: Path, decode: Callable[..., Run]) -> None:
    (folder / "empty.tlm").write_bytes(b"")
    (folder / "text.tlm").write_text("a,b\n1,2\n" * 200)
    for name, words in (
        ("absent.tlm", "cannot read"),
        ("empty.tlm", "is empty"),
        ("text.tlm", "no Space Packets"),
        ("", "cannot read"),
    ):
        run = decode(folder / name, "--definitions", folder / "hk.csv")
        assert (run.code, words in run.err) == (3, True), run.err


# An archive


def test_an_archive_that_opens(folder: Path, decode: Callable[..., Run]) -> None:
    from console.archive.reader import ArchiveReader

    whole = (folder / "hk.tlm").read_bytes()
    (folder / "bad.tlm").write_bytes(whole + b"\xff\xff")
    target = folder / "hk.okaeri"
    run = decode(folder / "bad.tlm", "--definitions", folder / "hk.csv", "--format", "db", "-o", target)
    assert (run.code, "one second apart" in run.err) == (1, True)
    assert sorted(p.name for p in folder.iterdir() if p.name.startswith("hk.okaeri")) == ["hk.okaeri"]
    with ArchiveReader(target) as reader:
        extent = reader.extent()
        assert extent.last_record == 10
        assert reader.latest(["hk"], extent.last_record)["hk"].raw["bus"] == 7
        events = reader.events()
        assert [(e.code, e.offset) for e in events] == [("passed-over", len(whole))]
    again = decode(folder / "bad.tlm", "--definitions", folder / "hk.csv", "--format", "db", "-o", target)
    assert (again.code, "already there" in again.err) == (2, True)


def test_an_archive_of_a_real_file_plots(
    tmp_path: Path, real_telemetry: Real, decode: Callable[..., Run]
) -> None:
    from console.archive.reader import ArchiveReader

    packets, definitions = real_telemetry("jpss1")
    target = tmp_path / "jpss.okaeri"
    run = decode(packets, "--definitions", definitions, "--time", "cds", "--format", "db", "-o", target)
    assert run.code == 0
    with ArchiveReader(target) as reader:
        mission, extent = reader.mission(), reader.extent()
        assert extent.first_reception_ns == parse_utc("2021-04-09T00:00:00.007137Z")
        (name,) = [packet.name for packet in mission.packets]
        assert mission.plots
        trace = reader.trace(
            name, "ADGPSPOSX", extent.first_reception_ns, extent.last_reception_ns, points=100,
            upto_record=extent.last_record,
        )  # fmt: skip
        assert np.isfinite(trace.lo).sum() > 50


def test_nothing_that_is_needed_is_written_over(folder: Path, decode: Callable[..., Run]) -> None:
    telemetry, definition, archive = folder / "hk.tlm", folder / "hk.csv", folder / "hk.okaeri"
    before = telemetry.read_bytes(), definition.read_bytes()
    assert decode(telemetry, "--definitions", definition, "--format", "db", "-o", archive).code == 0
    kept = archive.read_bytes()
    (folder / "same.csv").symlink_to(definition)
    for output, words in (
        (telemetry, "would write over"),
        (folder / "same.csv", "would write over"),
        (archive, "is an archive"),
    ):
        for kind in ("csv", "json"):
            done = decode(telemetry, "--definitions", definition, "--format", kind, "-o", output)
            assert done.code == 2
            assert words in done.err
    assert (telemetry.read_bytes(), definition.read_bytes(), archive.read_bytes()) == (*before, kept)


def test_a_text_with_a_carriage_return_stays_one_row(tmp_path: Path, decode: Callable[..., Run]) -> None:
    (tmp_path / "t.csv").write_text("name,data_type,bit_length\ns,str,24\n", encoding="utf-8")
    (tmp_path / "t.bin").write_bytes(packet(b"a\rb", 0) + packet(b"a\nb", 1) + packet(b"abc", 2))
    done = decode(tmp_path / "t.bin", "--definitions", tmp_path / "t.csv")
    rows = list(csv.reader(io.StringIO(done.out, newline="")))
    assert [row[-1] for row in rows[1:]] == ["a\rb", "a\nb", "abc"]
    assert done.out.endswith(",abc\n")


@pytest.mark.filterwarnings("error")
def test_a_signalling_nan_is_a_nan(tmp_path: Path, decode: Callable[..., Run]) -> None:
    (tmp_path / "t.csv").write_text(
        'name,data_type,bit_length,calibration\nf,float,32,"[0, 1]"\n', encoding="utf-8"
    )
    (tmp_path / "t.bin").write_bytes(packet(bytes.fromhex("7f812345"), 0))
    done = decode(tmp_path / "t.bin", "--definitions", tmp_path / "t.csv")
    assert (done.code, done.rows[0]["f"]) == (0, "nan")


def test_what_does_not_fit_on_the_disk_leaves_no_half_file(folder: Path, decode: Callable[..., Run]) -> None:
    done = decode(folder / "hk.tlm", "--definitions", folder / "hk.csv", "-o", "/dev/full")
    assert done.code == 2
    assert "No space left" in done.err
