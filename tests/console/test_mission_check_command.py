"""``okaeri mission check`` on broken copies of the sample: each mistake told with its place and mend."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from console.__main__ import main
from console.places import samples_dir
from decoders.clcw import clcw_definition

SAMPLE = samples_dir() / "els_rs"
Told = tuple[int, list[str]]


@pytest.fixture
def mission(tmp_path: Path) -> Path:
    """A copy of the sample mission, its recording (which the check does not read) empty."""
    folder = tmp_path / "els_rs"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("*.gz"))
    (folder / "recordings" / "masuda-2026-322.pcap.gz").touch()
    return folder


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Callable[[Path], Told]:
    """Run the command line in this process; returns the exit code and the lines on stderr."""

    def run(folder: Path) -> Told:
        code = main(["mission", "check", str(folder)])
        out = capsys.readouterr()
        assert bool(out.out) == (code == 0)
        return code, out.err.splitlines()

    return run


def edit(folder: Path, file: str, old: str, new: str) -> int:
    """Replace the first occurrence of a text and return the line where it stood."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    before, found, after = text.partition(old)
    assert found, (file, old)
    path.write_text(before + new + after, encoding="utf-8")
    return before.count("\n") + 1


def test_the_sample_is_right_and_a_broken_copy_is_not(mission: Path) -> None:
    """The command as a user types it: exit code, streams, nothing of Python's."""

    def command(folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "console", "mission", "check", str(folder)],
            cwd=samples_dir().parent, capture_output=True, text=True, encoding="utf-8", timeout=60,
        )  # fmt: skip

    good = command(SAMPLE)
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.startswith(f"{SAMPLE}: nothing is wrong: 2 vehicles, 3 links, ")
    tables = [path.read_text(encoding="utf-8") for path in SAMPLE.glob("packets/*.csv")]
    roles = [row["role"] for table in tables for row in csv.DictReader(io.StringIO(table))]
    derived = len(list(csv.DictReader(io.StringIO((SAMPLE / DERIVED).read_text(encoding="utf-8")))))
    shown = roles.count("") + roles.count("phase") + derived
    built_in = len(clcw_definition("els_rs").values)  # one of its links has control fields
    assert good.stdout.endswith(f" {len(tables) + 1} packets, {shown + built_in} parameters\n")
    line = edit(mission, "packets/rs_power.csv", "uint,16,V,Bus voltage", "uint,16x,V,Bus voltage")
    bad = command(mission)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr == (
        f"{mission}/packets/rs_power.csv:{line}:bit_length: '16x' is not a whole number. "
        "Write it in decimal digits\n"
    )


# What one edit breaks: file, text, other text, column, words of the message, words of the mend. The place
# that must be told is the line where the text stands plus the number after the column.
TOML, STATIONS, DERIVED = "mission.toml", "stations.toml", "derived.csv"
POWER, NAV, CARGO = "packets/rs_power.csv", "packets/rs_nav.csv", "packets/rs_cargo.csv"
ONE_MISTAKE = {
    # mission.toml and stations.toml: keys and types
    "unknown key of a link": (
        TOML, "frequency_mhz = 2265.0", "frequency_mz = 2265.0", "frequency_mz",
        "unknown key 'frequency_mz'", "Did you mean 'frequency_mhz'?",
    ),
    "unknown key at the top": (
        TOML, "representative = true", "reprezentative = true", "reprezentative", "unknown key",
        "Did you mean 'representative'?",
    ),
    "unknown key of the time": (
        TOML, "fine_octets = 2", "fine_octet = 2", "fine_octet", "unknown key 'fine_octet'",
        "Did you mean 'fine_octets'?",
    ),
    "unknown key in an inline table": (
        TOML, '{ value = 4, id = "free"', '{ value = 4, idd = "free"', "idd", "unknown key 'idd'",
        "Did you mean 'id'?",
    ),
    "unknown key unlike any": (
        TOML, "speed_kn = 13.0", "zzz = 13.0", "zzz", "unknown key", "Use one of id, ",
    ),
    "unknown key of a station": (
        STATIONS, "altitude_m = 30.0\n", "altitude_m = 30.0\nheight = 1\n", "height",
        "unknown key 'height'", "Use one of name", 1,
    ),
    "unknown table": (
        TOML, "[[assets]]", "[[asets]]", "asets", "unknown key 'asets'", "Did you mean 'assets'?",
    ),
    "text for a number": (
        TOML, "port = 47001", 'port = "47001"', "port", "not a whole number",
        "Write digits, without quotes",
    ),
    "number for a text": (
        TOML, 'title = "Capsule S-band"', "title = 7", "title", "not a text", 'in "quotes"',
    ),
    "number for a flag": (
        TOML, "fecf = true", "fecf = 1", "fecf", "not true or false", "Write true or false",
    ),
    "text for a list": (
        TOML, "scids = [0x2A1]\norbit", 'scids = "0x2A1"\norbit', "scids", "not a list", "[ … ]",
    ),
    "fraction for an APID": (TOML, "apid = 0x107", "apid = 263.5", "apid", "not a whole number", "digits"),
    "number for a place": (
        STATIONS, "latitude_deg = 30.56", 'latitude_deg = "N30"', "latitude_deg", "not a number", "digits",
    ),
    "unknown kind of link": (
        TOML, 'kind = "udp"\nport = 47002', 'kind = "udq"\nport = 47002', "kind", "unknown value 'udq'",
        "Use one of udp, tcp, tcp-server, file",
    ),
    "impossible time": (
        TOML, "coarse_octets = 4", "coarse_octets = 9", "coarse_octets", "unknown value 9",
        "Use one of 1, 2, 3, 4, 5, 6, 7",
    ),
    "key that a table needs": (
        TOML, 'file = "packets/rs_nav.csv"\n', "", "file", "key 'file' is missing", "Add file = …", -2,
    ),
    "no TOML": (TOML, "port = 47001", "port 47001", "6", "not valid TOML", "Write key = value"),
    "a text without its end": (
        TOML, 'title = "Capsule S-band"', 'title = "Capsule S-band', "24", "not valid TOML", "texts in",
    ),
    # mission.toml: what does not fit together
    "one APID of one vehicle": (
        TOML, "apid = 0x104", "apid = 0x102", "apid", "packets 'rs_thermal' and 'rs_nav' share APID 0x102",
        "Give each its own APID",
    ),
    "one APID of two vehicles": (
        TOML, "apid = 0x203", "apid = 0x104", "apid", "APID 0x104 is also that of rs_nav",
        "APIDs are unique over all vehicles",
    ),
    "APID of idle packets": (TOML, "apid = 0x104", "apid = 2047", "apid", "APID 2047", "0 to 2046"),
    "VCID": (TOML, "vcid = 2", "vcid = 64", "vcid", "VCID 64", "0 to 63"),
    "period": (TOML, "period_s = 5.0", "period_s = 0.0", "period_s", "a period of 0 s", "seconds"),
    "packet file": (
        TOML, 'file = "packets/rs_nav.csv"', 'file = "packets/rs_naw.csv"', "file",
        "there is no file packets/rs_naw.csv", "Correct file = …",
    ),
    "two packets of a name": (
        TOML, 'name = "rs_nav"', 'name = "rs_aocs"', "name", "two packets are called 'rs_aocs'",
        "Give each its own name",
    ),
    "vehicle of a packet": (
        TOML, 'apid = 0x107\nvehicle = "els_rs"', 'apid = 0x107\nvehicle = "els_r"', "vehicle",
        "packet 'rs_comm': there is no vehicle 'els_r'", "Did you mean 'els_rs'?", 1,
    ),
    "vehicle of a link": (
        TOML, 'vehicle = "jm"\nstation', 'vehicle = "xc"\nstation', "vehicle",
        "link 'station': there is no vehicle 'xc'", "Use one of els_rs, jm",
    ),
    "station of a link": (
        TOML, 'station = "Masuda"', 'station = "Masuta"', "station",
        "link 'capsule': there is no station 'Masuta'", "Did you mean 'Masuda'?",
    ),
    "vehicle of a station": (
        STATIONS, "altitude_m = 30.0\n", 'altitude_m = 30.0\nvehicles = ["xc"]\n', "vehicles",
        "there is no vehicle 'xc'", "Use one of els_rs, jm", 1,
    ),
    "place of a station": (
        STATIONS, "latitude_deg = 30.56", "latitude_deg = 131.02", "latitude_deg",
        "station 'Masuda': 131.02, 131.02 is no place", "−90 to 90",
    ),
    "mask of a station": (
        STATIONS, "mask = [[0, 5]", "mask = [[5, 400], [0, 5]", "mask", "[5, 400]", "elevation −90 to 90",
    ),
    "two stations of a name": (
        STATIONS, 'name = "Okinawa"', 'name = "Masuda"', "name", "two stations are called 'Masuda'",
        "Give each its own name",
    ),
    "port": (
        TOML, "port = 47002", "port = 470002", "port", "port 470002 is not 1 to 65535", "Write port = …",
    ),
    "one port of two links": (
        TOML, "port = 47002", "port = 47001", "port",
        "links 'capsule' and 'station' both listen on port 47001", "Change one port",
    ),
    "frames": (
        TOML, "frame_length = 1115", "frame_length = 11", "frame_length", "frames of 11 octets", "16 to",
    ),
    "an insert zone that leaves no room": (
        TOML, "rate_bits_s = 10000000.0", "insert_zone_octets = 1110\nrate_bits_s = 10000000.0",
        "insert_zone_octets", "an insert zone of 1110 octets in frames of 1115", "remove insert_zone_octets",
    ),
    "phase parameter": (
        TOML, 'parameter = "rs_sw_phase"', 'parameter = "rs_sw_fase"', "parameter",
        "phases: no packet carries 'rs_sw_fase'", "Did you mean 'rs_sw_phase'?",
    ),
    "phases of one value": (
        TOML, "value = 5,", "value = 4,", "value", "two phases have the value 4", "Give each its own",
    ),
    "parameter of a plot": (
        TOML, '"rs_rx_agc_dbm", ', '"rs_agc", ', "parameters",
        "plot 'Receiver': no packet carries 'rs_agc'", "",
    ),
    "parameter of a position": (
        TOML, '"rs_pos_ecef_m_y"', '"rs_pos_ecef_m_w"', "position_ecef_m",
        "no packet carries 'rs_pos_ecef_m_w'", "Did you mean 'rs_pos_ecef_m_",
    ),
    "axes of a velocity": (
        TOML, ', "rs_vel_ecef_ms_z"', "", "velocity_ecef_ms", "2 axes", "Name x, y and z",
    ),
    "parameter of a height": (
        TOML, 'altitude_m = "rs_alt_m"', 'altitude_m = "rs_alt_km"', "altitude_m",
        "no packet carries 'rs_alt_km'", "Did you mean 'rs_alt_m'?",
    ),
    "orbit file": (
        TOML, 'orbit = "orbits/jm.tle"', 'orbit = "orbits/xc.tle"', "orbit",
        "vehicle 'jm': there is no file orbits/xc.tle", "Correct the name",
    ),
    "recording": (
        TOML, 'recording = "recordings/', 'recording = "records/', "recording",
        "there is no file records/masuda", "Correct or remove",
    ),
    "mission clock": (
        TOML, 'met_epoch = "2026-11-17T23:38:00Z"', 'met_epoch = "yesterday"', "met_epoch",
        "'yesterday' is not a UTC time", "2026-11-18T21:38:00Z",
    ),
    "epoch": (TOML, 'epoch = "tai"', 'epoch = "TAI"', "epoch", "'TAI' is not a UTC time", 'Write "tai"'),
    "track that goes back": (
        TOML, 'utc = "2026-11-18T18:00:00Z"', 'utc = "2026-11-18T08:00:00Z"', "utc",
        "asset 'ship': 2026-11-18T08:00:00Z is not after", "in order of time",
    ),
    "track off the Earth": (
        TOML, "latitude_deg = 25.62", "latitude_deg = 125.62", "latitude_deg", "is no place", "−90 to 90",
    ),
    # orbits
    "checksum of a TLE": (
        "orbits/jm.tle", "15.56588477    10", "15.56588477    11", "",
        "TLE line 2 is mistyped: its checksum is not 1", "Copy both lines",
    ),
    "cut TLE": (
        "orbits/els_rs.tle", "30000-4 0    13\n", "30000-4\n", "", "TLE line 1 ends at column",
        "Copy both lines",
    ),
    "TLE without its second line": (
        "orbits/jm.tle", "2 99002", "# 2 99002", "", "TLE line 2 is missing", "Copy",
    ),
    # packet files
    "bits": (
        POWER, "uint,16,V,Bus voltage", "uint,0,V,Bus voltage", "bit_length", "0 is out of range",
        "must be 1 to",
    ),
    "bits of an integer": (
        POWER, "uint,16,V,Bus voltage", "uint,72,V,Bus voltage", "bit_length", "an integer of 72 bits",
        "At most 64",
    ),
    "bits short of an octet": (
        POWER, "rs_load_state,uint,16", "rs_load_state,uint,13", "bit_length",
        "the packet ends 3 bits short of an octet", "spare,fill,3", 1,
    ),
    "time of other bits": (
        POWER, "rs_power_time,uint,56", "rs_power_time,uint,64", "bit_length",
        "64 bits, but the cuc time has 56", "Make the field and the time format agree",
    ),
    "data type": (
        POWER, "rs_bus_current_a,int", "rs_bus_current_a,itn", "data_type", "unknown data type 'itn'",
        "Did you mean 'int'?",
    ),
    "two fields of a name": (
        POWER, "rs_array_power_w_2", "rs_array_power_w_1", "name",
        "'rs_array_power_w_1' is already on line 9", "Give each field its own name",
    ),
    "calibration that is no JSON": (
        POWER, '"[0, 0.001]",,26.5', '"[0, 0.001",,26.5', "calibration", "not JSON", "Write [c0, c1, …]",
    ),
    "calibration of words": (
        POWER, '"[0, 0.001]",,26.5', '"[""a"", 1]",,26.5', "calibration", "coefficient 'a' is not a number",
        "finite numbers",
    ),
    "calibration beyond floats": (
        POWER, '"[0, 0.001]",,26.5', f"[1{'0' * 400}],,26.5", "calibration", "is not a number",
        "finite numbers",
    ),
    "calibration of depth": (
        POWER, '"[0, 0.001]",,26.5', f"{'[' * 50_000},,26.5", "calibration", "not JSON", "c0",
    ),
    "enumeration that is no JSON": (
        NAV, '""2D"", ""2""', '""2D"" ""2""', "enumeration", "not JSON", '"OFF"',
    ),
    "enumeration of numbers": (
        NAV, '""1"": ""2D""', '""1"": 2', "enumeration", "not an object of labels", "Write",
    ),
    "enumeration without numbers": (
        NAV, '""1"": ""2D""', '""one"": ""2D""', "enumeration", "key 'one' is not a whole number", '"0x1F"',
    ),
    "enumeration told twice": (
        NAV, '""1"": ""2D""', '""2"": ""2D""', "enumeration", "key '2' is there twice", "Keep one",
    ),
    "enumeration beyond its bits": (
        NAV, '""1"": ""2D""', '""4"": ""2D""', "enumeration", "4 does not fit 2 bits",
        "Values go from 0 to 3",
    ),
    "limit": (
        CARGO, "2.5..5.5", "2.5-5.5", "caution", "limit '2.5-5.5'",
        "Write the range that is still fine: lo..hi",
    ),
    "limit upside down": (
        CARGO, "2..6", "6..2", "serious", "'6..2' is empty", "Write the lower end first: 2..6",
    ),
    "limit beyond floats": (
        CARGO, "0.5..8", "0.5..1e999", "critical", "1e999 is too large", "Leave that side out",
    ),
    "limits that contradict": (
        CARGO, "2..6", "3..6", "serious", "narrower than caution", "Each range holds the milder",
    ),
    "limits that contradict across one": (
        CARGO, "2..6,0.5..8", ">2,0.5..5.2", "critical", "narrower than caution",
        "Each range holds the milder",
    ),
    "limits of a CRC": (
        CARGO, "CRC-16,CRC-16,,,,,", "CRC-16,CRC-16,,,1..2,,", "caution", "limits of a crc field", "empty",
    ),
    "role": (POWER, ",,,,,,crc", ",,,,,,src", "role", "unknown role 'src'", "Use time, phase, crc, spare"),
    "column that is missing": (
        POWER, "name,data_type,bit_length", "name,data_type,bits", "bit_length",
        "column bit_length is missing", "It needs name, data_type, bit_length",
    ),
    "column that is misspelt": (
        POWER, "name,data_type,bit_length", "name,datatype,bit_length", "datatype",
        "column data_type is missing", "Rename 'datatype' to 'data_type'",
    ),
    "further column that is misspelt": (
        POWER, "caution,serious", "cautoin,serious", "cautoin", "nothing reads a column 'cautoin'",
        "Rename it to 'caution'",
    ),
    "column there twice": (
        POWER, "serious,critical", "caution,critical", "caution", "the column is there twice", "Drop one",
    ),
    "cells behind the last column": (
        POWER, "rs_power_crc,uint,16,,CRC-16,CRC-16,,,,,,crc",
        "rs_power_crc,uint,16,,CRC-16,CRC-16,,,,,,crc,x,y", "", "14 cells, but the header has 12 columns",
        "double quotes",
    ),
    "parameter of another packet": (
        NAV, "rs_clock_bias_ns", "rs_bus_current_a", "name",
        "'rs_bus_current_a' is also a parameter of rs_power", "give it a name of its own",
    ),
    # the simulated pass
    "parameter of the simulation": (
        "simulation.toml", "rs_cap_bus_voltage_v =", "rs_cap_buz_voltage_v =", "",
        "no packet carries 'rs_cap_buz_voltage_v'", "Name a parameter",
    ),
    "noise of the simulation": (
        "simulation.toml", "rs_cargo_rh_pct = [34.0, 0.2]", "rs_cargo_rh_pct = [34.0, 0.2, 1]",
        "rs_cargo_rh_pct", "3 elements", "Write 2",
    ),
    "words in the simulation": (
        "simulation.toml", "rs_cargo_rh_pct = [34.0, 0.2]", 'rs_cargo_rh_pct = ["wet", 0.2]',
        "rs_cargo_rh_pct", "not a number", "digits",
    ),
    "axis of a mask": (STATIONS, "mask = [[0, 5]", "mask = [[0]", "mask", "1 elements", "Write 2"),
    "a key of the simulation": (
        "simulation.toml", "slew_s =", "slw_s =", "slw_s", "unknown key 'slw_s'", "Did you mean 'slew_s'?",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ONE_MISTAKE)
def test_one_mistake(kind: str, mission: Path, check: Callable[[Path], Told]) -> None:
    file, old, new, column, message, mend, *further = ONE_MISTAKE[kind]
    line = edit(mission, str(file), str(old), str(new)) + (int(further[0]) if further else 0)
    code, told = check(mission)
    assert code == 2
    place = ":".join(part for part in (str(mission / str(file)), str(line), str(column)) if part)
    mine = [text for text in told if text.startswith(f"{place}: ")]
    assert len(mine) == 1, told
    what, _, how = mine[0].removeprefix(f"{place}: ").partition(". ")
    assert str(message) in what
    assert how
    assert str(mend) in mine[0]
    assert told == mine  # and nobody else is blamed for it


def test_a_folder_that_is_no_mission(tmp_path: Path, check: Callable[[Path], Told]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "large.csv").write_bytes(bytes(17 << 20))
    assert check(tmp_path / "empty") == (
        2, [f"{tmp_path}/empty: no mission.toml here: this folder is not a mission. Name a mission folder"],
    )  # fmt: skip
    for path in (tmp_path / "absent", SAMPLE / "mission.toml"):
        assert check(path) == (2, [f"{path}: this is not a folder. Name a mission folder"])


@pytest.mark.parametrize("file", [TOML, "stations.toml", "simulation.toml", POWER, "orbits/jm.tle"])
def test_files_that_are_not_utf8(file: str, mission: Path, check: Callable[[Path], Told]) -> None:
    content = (mission / file).read_bytes().splitlines(keepends=True)
    content[1] = "説明".encode("cp932") + content[1]
    (mission / file).write_bytes(b"".join(content))
    code, told = check(mission)
    assert code == 2
    assert f"{mission}/{file}:2: not UTF-8 text. Save the file as UTF-8" in told
    assert len(told) == 1


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        (POWER, b"", "the file is empty. Begin it with the line name,data_type,bit_length"),
        (POWER, b"name,data_type,bit_length\n", ":1: no fields. Add one row"),
        (POWER, b"name,data_type,bit_length\nx\0y,uint,8\n", ":2:name: a name with a line break or control"),
        (POWER, b'name,data_type,bit_length\n"x,uint,8\ny,uint,8\n', ":2:name: a name with a line break"),
        (POWER, b"name,data_type,bit_length\n" + b"x" * 140_000 + b",uint,8\n", ":2: field larger than"),
        ("orbits/jm.tle", b"", ":1: this is no TLE"),
        ("orbits/jm.tle", b"\n\nJAPAN MODULE\n", ":1: this is no TLE"),
        (TOML, b"", ":1:name: key 'name' is missing. Add name ="),
        (TOML, b"a = " + b"[" * 5000, ":1: not valid TOML"),
    ],
)
def test_files_that_hold_nothing_usable(
    file: str, content: bytes, words: str, mission: Path, check: Callable[[Path], Told]
) -> None:
    (mission / file).write_bytes(content)
    code, told = check(mission)
    assert code == 2
    assert any(text.startswith(str(mission / file)) and words in text for text in told), told


@pytest.mark.parametrize("file", [TOML, "stations.toml", POWER, "orbits/jm.tle"])
def test_windows_editors_do_no_harm(file: str, mission: Path, check: Callable[[Path], Told]) -> None:
    content = (mission / file).read_bytes()
    mark = b"" if file.endswith(".tle") else b"\xef\xbb\xbf"
    (mission / file).write_bytes(mark + content.replace(b"\n", b"\r\n"))
    assert check(mission) == (0, [])


def test_columns_of_others_are_left_alone(mission: Path, check: Callable[[Path], Told]) -> None:
    path = mission / POWER
    rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("".join(f"{row},{'comment' if not i else 'x'}\n" for i, row in enumerate(rows)), "utf-8")
    assert check(mission) == (0, [])


def test_several_mistakes_are_all_told(mission: Path, check: Callable[[Path], Told]) -> None:
    places = [
        (TOML, edit(mission, TOML, "fine_octets = 2", "fine_octet = 2"), "fine_octet"),
        (TOML, edit(mission, TOML, "port = 47001", 'port = "47001"'), "port"),
        (TOML, edit(mission, TOML, '"rs_rx_agc_dbm", ', '"rs_agc", '), "parameters"),
        (TOML, edit(mission, TOML, 'station = "Masuda"\nkind = "udp"\nport = 47002',
                    'station = "Masuta"\nkind = "udp"\nport = 47002'), "station"),
        (TOML, edit(mission, TOML, "apid = 0x203", "apid = 0x202"), "apid"),
        ("orbits/els_rs.tle", edit(mission, "orbits/els_rs.tle", "51.6400", "51.6500"), ""),
        (CARGO, edit(mission, CARGO, "2..6", "6..2"), "serious"),
        (CARGO, edit(mission, CARGO, ",,,,,,crc", ",,,,,,src"), "role"),
        (POWER, edit(mission, POWER, "0..9", "0..6"), "serious"),
        (POWER, edit(mission, POWER, "3.3..4.16,3.15..4.18", "3.3..4.16,3.15..4.18,oops"), "critical"),
        (POWER, edit(mission, POWER, "oops", "oops"), "role"),  # its cells have moved on by one
        (STATIONS, edit(mission, STATIONS, "latitude_deg = 30.56", "latitud = 30.56"), "latitud"),
        (STATIONS, edit(mission, STATIONS, "= 127.91", "= 527.91"), "longitude_deg"),
    ]  # fmt: skip
    code, told = check(mission)
    assert code == 2
    found = [re.match(rf"{re.escape(str(mission))}/([^:]+):(\d+):(?:(\w+):)?", text) for text in told]
    assert all(found), told
    have = {(match[1], int(match[2]), match[3] or "") for match in found if match}
    # a file with a cell that cannot be read is not looked at as a whole
    hidden = {(POWER, places[8][1], "serious")}
    assert have == set(places) - hidden
    # and in the order of the files and lines
    keys = [(match[1], int(match[2])) for match in found if match]
    assert keys == sorted(keys, key=lambda each: ([k[0] for k in keys].index(each[0]), each[1]))


def test_one_typo_in_a_name_that_others_use_is_told_at_each_use(
    mission: Path, check: Callable[[Path], Told]
) -> None:
    edit(mission, POWER, "rs_bus_voltage_v", "rs_bus_volts")
    code, told = check(mission)
    assert code == 2
    assert len(told) == 2
    assert "there is no parameter 'rs_bus_voltage_v'" in told[0]
    assert "plot 'Battery': no packet carries 'rs_bus_voltage_v'" in told[1]


def test_a_broken_packet_file_does_not_accuse_those_who_use_its_parameters(
    mission: Path, check: Callable[[Path], Told]
) -> None:
    edit(mission, POWER, "rs_bus_voltage_v,uint", "rs_bus_voltage_v,unit")
    code, told = check(mission)
    assert code == 2
    assert [text.split(": ", 1)[0] for text in told] == [f"{mission}/{POWER}:5:data_type"]
