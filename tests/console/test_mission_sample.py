"""The sample mission beside its catalogue (typed here by hand), read with ccsdspy and tomllib."""

from __future__ import annotations

import csv
import json
import math
import tomllib
from pathlib import Path
from typing import Any

import ccsdspy
import pytest

from console.mission import load_mission
from console.places import samples_dir
from decoders.encode import PacketEncoder
from decoders.mission.model import Polynomial
from decoders.pipeline import Decoder, LinkFormat

FOLDER = samples_dir() / "els_rs"

# Packet: APID, octets with headers and CRC, parameters, bits of the parameters.
CATALOGUE = {
    "rs_power": (0x101, 60, 30, 352),
    "rs_thermal": (0x102, 43, 19, 216),
    "rs_aocs": (0x103, 58, 26, 336),
    "rs_nav": (0x104, 61, 16, 360),
    "rs_prop": (0x105, 41, 14, 200),
    "rs_avionics": (0x106, 30, 10, 109),
    "rs_comm": (0x107, 29, 11, 100),
    "rs_cargo": (0x108, 43, 19, 216),
    "rs_entry": (0x109, 51, 18, 280),
    "rs_recovery": (0x10A, 26, 12, 80),
    "jm_eclss": (0x201, 55, 22, 312),
    "jm_power": (0x202, 59, 21, 344),
    "jm_thermal": (0x203, 56, 24, 320),
    "jm_data": (0x204, 47, 21, 244),
    "jm_airlock": (0x205, 26, 10, 78),
    "jm_coldstow": (0x206, 35, 13, 148),
    "jm_relay": (0x207, 30, 6, 106),
    "jm_expt": (0x208, 36, 12, 160),
}
# Parameter: type, bits, calibration (constant first), unit, caution, serious, critical.
ROWS = {
    "rs_bus_voltage_v": ("uint", 16, (0, 0.001), "V", (26.5, 33.3), (25.5, 33.5), (24.5, 33.7)),
    "rs_cap_bat_soc_pct": ("uint", 8, (0, 0.5), "%", (85, None), (70, None), (50, None)),
    "rs_cap_cell_v_8": ("uint", 12, (1, 0.001), "V", (3.3, 4.16), (3.15, 4.18), (3, 4.2)),
    "rs_bat_temp_degc_2": ("int", 8, (0, 0.5), "degC", (5, 35), (0, 40), (-5, 45)),
    "rs_tank_temp_degc_1": ("int", 16, (0, 0.01), "degC", (10, 35), (7, 40), (4, 45)),
    "rs_heater_duty_pct_4": ("uint", 8, (0, 0.5), "%", (None, 85), (None, 95), None),
    "rs_rate_degs_z": ("int", 16, (0, 0.005), "deg/s", (-0.5, 0.5), (-1.5, 1.5), (-5, 5)),
    "rs_wheel_speed_rpm_3": ("int", 16, (0, 0.25), "rpm", (-4500, 4500), (-5500, 5500), (-6000, 6000)),
    "rs_gnss_sats": ("uint", 6, (0, 1), "", (6, None), (4, None), None),
    "rs_pos_ecef_m_x": ("int", 32, (0, 0.01), "m", None, None, None),
    "rs_vel_ecef_ms_y": ("int", 32, (0, 0.0001), "m/s", None, None, None),
    "rs_gn2_pressure_mpa": ("uint", 16, (0, 0.01), "MPa", (9, None), (6, None), (3, None)),
    "rs_tx_temp_degc": ("int", 8, (0, 0.5), "degC", (None, 55), (None, 62), (None, 70)),
    "rs_frame_count": ("uint", 24, (0, 1), "", None, None, None),
    "rs_cargo_a_temp_degc_2": ("int", 16, (0, 0.01), "degC", (2.5, 5.5), (2, 6), (0.5, 8)),
    "rs_cargo_b_temp_degc_1": ("int", 16, (0, 0.01), "degC", (None, -75), (None, -70), (None, -65)),
    "rs_axial_g": ("int", 16, (0, 0.001), "g", (None, 6), (None, 8), (None, 11)),
    "rs_riser_load_kn": ("uint", 8, (0, 0.1), "kN", (None, 10), (None, 14), (None, 18)),
    "jm_cabin_pressure_kpa_3": ("uint", 16, (0, 0.01), "kPa", (98.5, 103.5), (96.5, 104.8), (93, 106)),
    "jm_ppco2_kpa_1": ("uint", 16, (0, 0.001), "kPa", (None, 0.53), (None, 0.7), (None, 1)),
    "jm_rack_power_w_10": ("uint", 16, (0, 1), "W", (None, 1800), (None, 2400), (None, 3000)),
    "jm_ltl_temp_degc_4": ("int", 16, (0, 0.01), "degC", (2, 10), (1, 13), (0.3, 17)),
    "jm_al_seal_leak_pa_min": ("uint", 8, (0, 0.5), "Pa/min", (None, 5), (None, 15), (None, 40)),
    "jm_frz_plus4_degc_1": ("int", 16, (0, 0.01), "degC", (2.5, 5.5), (2, 6), (0.5, 8)),
    "jm_cap_range_m": ("uint", 32, (0, 0.1), "m", None, None, None),
    "jm_glovebox_dp_pa": ("int", 16, (0, 0.1), "Pa", (-80, -20), (-120, -8), (-150, 0)),
}


UNITS = {
    "v": "V", "a": "A", "w": "W", "pct": "%", "degc": "degC", "kpa": "kPa", "mpa": "MPa", "rpm": "rpm",
    "degs": "deg/s", "deg": "deg", "hz": "Hz", "dbm": "dBm", "kn": "kN", "mm": "mm", "g": "g",
}  # fmt: skip
"""What the end of a name says about its unit."""


@pytest.fixture(scope="module")
def head() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "mission.toml").read_text(encoding="utf-8"))


def rows_of(packet: str) -> list[dict[str, str]]:
    with (FOLDER / "packets" / f"{packet}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_by_operators(row: dict[str, str]) -> bool:
    return row["role"] in ("", "phase") and row["data_type"] != "fill"


def test_the_mission_says_that_it_is_representative(head: dict[str, Any]) -> None:
    assert head["representative"] is True
    assert "representative" in head["note"].casefold()
    assert "代表例" in head["note_ja"]
    assert load_mission(FOLDER).representative
    assert "**representative**" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_packet_types_and_apids_are_those_of_the_catalogue(head: dict[str, Any]) -> None:
    assert {p["name"]: p["apid"] for p in head["packets"]} == {n: row[0] for n, row in CATALOGUE.items()}
    assert len({p["apid"] for p in head["packets"]}) == len(head["packets"])
    files = {path.name for path in (FOLDER / "packets").iterdir()}
    assert files == {Path(p["file"]).name for p in head["packets"]} == {f"{n}.csv" for n in CATALOGUE}
    assert all(p["vehicle"] == {"rs": "els_rs", "jm": "jm"}[p["name"][:2]] for p in head["packets"])


def test_what_is_derived_has_its_values_by_hand() -> None:
    """Encode a power packet of known fields; 28.5 V × 3.2 A is 91.2 W."""
    definition = load_mission(FOLDER).packet("rs_power")
    raw: dict[str, int | float] = {p.name: 0 for p in definition.parameters}
    raw |= {"rs_bus_voltage_v": 28_500, "rs_bus_current_a": 3_200, "rs_power_time": 0}
    raw |= {f"rs_bat_cell_v_{i}": 3_050 for i in range(1, 9)} | {"rs_bat_cell_v_6": 2_900}
    raw |= {f"rs_cap_cell_v_{i}": 3_000 for i in range(1, 9)}
    octets = PacketEncoder(definition).encode(raw, 0, 1_795_037_880_000_000_000)
    table = Decoder(LinkFormat(), [definition]).feed(octets, 1).tables[0]
    assert table.raw["rs_bus_power_w"].tolist() == pytest.approx([91.2])
    assert table.raw["rs_bat_cell_spread_v"].tolist() == pytest.approx([0.15])
    assert table.raw["rs_cap_cell_spread_v"].tolist() == [0]


@pytest.mark.parametrize(("vehicle", "packets", "parameters"), [("rs", 8, 100), ("jm", 6, 100)])
def test_how_much_each_vehicle_sends(vehicle: str, packets: int, parameters: int) -> None:
    mine = [name for name in CATALOGUE if name.startswith(vehicle)]
    names = [row["name"] for packet in mine for row in rows_of(packet) if read_by_operators(row)]
    assert len(mine) >= packets
    assert len(names) >= parameters
    assert len(set(names)) == len(names)
    assert all(name.startswith(f"{vehicle}_") for name in names)


@pytest.mark.parametrize("packet", CATALOGUE)
def test_ccsdspy_reads_the_definition_and_a_packet_of_the_catalogues_size(
    packet: str, tmp_path: Path
) -> None:
    apid, octets, parameters, bits = CATALOGUE[packet]
    definition = ccsdspy.FixedLength.from_file(str(FOLDER / "packets" / f"{packet}.csv"))
    fields = [field for field in definition._fields if not field._name.startswith("CCSDS_")]
    rows = rows_of(packet)
    assert [field._name for field in fields] == [row["name"] for row in rows]
    assert 48 + sum(field._bit_length for field in fields) == 8 * octets
    values = [row for row in rows if read_by_operators(row)]
    assert len(values) == parameters
    assert sum(int(row["bit_length"]) for row in values) == bits
    # secondary header: CUC with its P-field, then phase and mode; the CRC stands last
    assert [(row["data_type"], row["bit_length"]) for row in rows[:3]] == [
        ("uint", "56"),
        ("uint", "4"),
        ("uint", "4"),
    ]
    assert rows[0]["role"] == "time"
    assert (rows[-1]["data_type"], rows[-1]["bit_length"], rows[-1]["role"]) == ("uint", "16", "crc")
    # every bit set: unsigned fields are at their greatest, signed ones at −1
    header = (0x0800 | apid).to_bytes(2, "big") + b"\xc0\x00" + (octets - 7).to_bytes(2, "big")
    file = tmp_path / "one.bin"
    file.write_bytes(header + b"\xff" * (octets - 6))
    loaded = definition.load(str(file))
    for row in values:
        greatest = -1 if row["data_type"] == "int" else (1 << int(row["bit_length"])) - 1
        assert int(loaded[row["name"]][0]) == greatest, row["name"]


@pytest.mark.parametrize("name", ROWS)
def test_rows_of_the_catalogue(name: str) -> None:
    _, parameter = load_mission(FOLDER).home(name)
    kind, bits, calibration, unit, *bands = ROWS[name]
    assert (parameter.data_type, parameter.bit_length, parameter.unit) == (kind, bits, unit)
    found = parameter.calibration
    assert (found.coefficients if isinstance(found, Polynomial) else (0, 1)) == calibration
    limits = parameter.limits
    read = [limits and limits.caution, limits and limits.serious, limits and limits.critical]
    assert [band and (band.lo, band.hi) for band in read] == bands


@pytest.mark.parametrize("packet", CATALOGUE)
def test_every_parameter_is_told_in_both_languages_with_its_unit(packet: str) -> None:
    for row in rows_of(packet):
        assert row["description"], row["name"]
        assert row["description"].isprintable(), row["name"]
        assert row["description_ja"], row["name"]
        words = [w for w in row["name"].split("_") if not w.isdecimal() and w not in "xyzab"]
        if read_by_operators(row) and words[-1] in UNITS:
            assert row["unit"] == UNITS[words[-1]], row["name"]
        if row.get("enumeration"):
            keys = [int(key) for key in json.loads(row["enumeration"])]
            assert max(keys) < 1 << int(row["bit_length"]), row["name"]


def test_the_links_are_those_of_the_issue(head: dict[str, Any]) -> None:
    capsule, low, station = head["links"]
    assert (
        {link["vehicle"] for link in head["links"]} == {v["id"] for v in head["vehicles"]} == {"els_rs", "jm"}
    )
    for link, length, interleave, ocf, rate in ((capsule, 1115, 5, True, 64e3), (low, 223, 1, False, 16e3)):
        assert (link["framing"], link["frame_length"], link["asm"]) == ("tm", length, True)
        assert (link["randomizer"], link["reed_solomon"], link["interleave"]) == ("classic", 223, interleave)
        assert link.get("basis", "dual") == "dual"
        assert (link["fecf"], link["ocf"], link["scids"]) == (True, ocf, [0x2A1])
        assert link["rate_bits_s"] == rate
    assert (station["framing"], station["frame_length"], station["asm"]) == ("aos", 1115, False)
    assert (station["fecf"], station["scids"]) == (True, [0xB0])
    stations = tomllib.loads((FOLDER / "stations.toml").read_text(encoding="utf-8"))["stations"]
    assert {link["station"] for link in head["links"]} <= {each["name"] for each in stations}
    assert head["phases"]["parameter"] == "rs_sw_phase"


def test_orbits_are_those_of_the_reference_mission(head: dict[str, Any]) -> None:
    for vehicle, period_min, inclination_deg in (("els_rs", 92.36, 51.64), ("jm", 92.56, 51.64)):
        file = next(v["orbit"] for v in head["vehicles"] if v["id"] == vehicle)
        lines = (FOLDER / file).read_text(encoding="ascii").splitlines()
        assert "representative" in lines[0]
        for line in lines[1:3]:
            digits = sum(int(c) if c.isdigit() else c == "-" for c in line[:68])
            assert digits % 10 == int(line[68])
        assert math.isclose(1440 / float(lines[2][52:63]), period_min, abs_tol=0.1)
        assert math.isclose(float(lines[2][8:16]), inclination_deg, abs_tol=0.01)
