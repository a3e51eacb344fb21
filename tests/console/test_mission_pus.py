"""Packets with the PUS-C secondary header, as a mission folder tells and spacepackets builds them."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacepackets.ccsds.time import CdsShortTimestamp
from spacepackets.ecss.tm import MiscParams, PusTm

from console.__main__ import main
from console.mission import Mission, load_mission, mission_of
from decoders.encode import PacketEncoder
from decoders.mission.model import DefinitionError
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import Decoded, PacketQuality
from decoders.timecode import parse_utc, utc_text

HEAD = """
name = "pus"
title = "PUS"
secondary_header = "pus-c"
[time]
code = "cds"
has_p_field = true
submillisecond_octets = 0
[[vehicles]]
id = "sat"
title = "Satellite"
[[packets]]
name = "power"
file = "packets/power.csv"
vehicle = "sat"
apid = 0x22
service = 3
subtype = 25
criteria = "structure == 1"
[[packets]]
name = "thermal"
file = "packets/thermal.csv"
vehicle = "sat"
apid = 0x22
service = 3
subtype = 25
[[packets]]
name = "event"
file = "packets/event.csv"
vehicle = "sat"
apid = 0x22
service = 5
[[packets]]
name = "plain"
file = "packets/plain.csv"
vehicle = "sat"
apid = 0x23
secondary_header = "none"
time = { code = "none" }
"""
FILES = {
    "mission.toml": HEAD.encode(),
    "packets/power.csv": (
        b"name,data_type,bit_length,role\nstructure,uint,8,header\nbus_v,uint,16,\npower_crc,uint,16,crc\n"
    ),
    "packets/thermal.csv": (
        b"name,data_type,bit_length,bit_offset,role\nthermal_id,uint,8,160,header\npanel_k,uint,16,,\n"
        b"spare_octets,fill,24,,\nthermal_crc,uint,16,,crc\n"
    ),
    "packets/event.csv": b"name,data_type,bit_length,role\nevent_id,uint,16,\nevent_crc,uint,16,crc\n",
    "packets/plain.csv": b"name,data_type,bit_length\nplain_x,uint,8\n",
}
INSTANT = datetime.datetime(2026, 11, 18, 21, 38, 0, 250_000, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def mission() -> Mission:
    return load_mission(FILES)


def pus(service: int, subtype: int, data: bytes, count: int = 0, **further: int) -> bytes:
    stamp = bytes(CdsShortTimestamp.from_datetime(INSTANT).pack())
    made = PusTm(
        service, subtype, stamp, source_data=data, apid=0x22, seq_count=count,
        message_counter=further.get("message_count", 0), destination_id=further.get("destination_id", 0),
        misc_params=MiscParams(spacecraft_time_ref=further.get("time_reference_status", 0)),
    )  # fmt: skip
    return bytes(made.pack())


def decode(mission: Mission, *packets: bytes) -> Decoded:
    return Decoder(LinkFormat(datagram=True), mission.packets).feed(b"".join(packets), 0)


def test_packets_of_spacepackets_find_their_definition_and_time(mission: Mission) -> None:
    found = decode(
        mission,
        pus(3, 25, b"\x01\x6d\x60", 0, message_count=513, destination_id=7, time_reference_status=5),
        pus(5, 1, b"\x00\x2a", 1),
        pus(3, 25, b"\x02\x01\x23\0\0\0", 2, message_count=65_535),
        pus(5, 4, b"\x00\x2b", 3),
        pus(17, 2, b"\x00\x2b", 4),
    )
    tables = {table.packet.name: table for table in found.tables}
    assert set(tables) == {"power", "thermal", "event"}
    power = {name: column.tolist() for name, column in tables["power"].raw.items()}
    assert power["bus_v"] == [0x6D60]
    assert [power[each] for each in ("pus_version", "time_reference_status", "service", "subtype")] == [
        [2], [5], [3], [25],
    ]  # fmt: skip
    assert (power["message_count"], power["destination_id"]) == ([513], [7])
    assert tables["thermal"].raw["panel_k"].tolist() == [0x123]
    assert tables["thermal"].raw["message_count"].tolist() == [65_535]
    assert tables["event"].raw["event_id"].tolist() == [42, 43]
    assert tables["event"].rows.tolist() == [1, 3]
    told = [utc_text(ns) for ns in found.packets.generation_ns.tolist()]
    assert told[:4] == ["2026-11-18T21:38:00.250000000Z"] * 4
    assert (found.packets.quality[:4] == 0).all()
    assert found.packets.quality[4] & PacketQuality.APID_UNKNOWN


def test_operators_read_the_values_alone(mission: Mission) -> None:
    assert [p.name for p in mission.packet("power").values] == ["bus_v"]
    assert mission.packet("plain").length_octets == 7


def test_a_copy_for_an_archive_tells_the_packets_apart_too(mission: Mission) -> None:
    again = mission_of(mission.packets, "copy")
    assert again.packets == mission.packets


@given(
    st.integers(0, 255), st.integers(0, 65_535), st.integers(0, 65_535), st.integers(0, 15),
    st.integers(0, 16_383),
)  # fmt: skip
def test_what_is_built_is_what_spacepackets_reads(
    subtype: int, messages: int, destination: int, status: int, count: int
) -> None:
    event = load_mission(FILES).packet("event")
    octets = PacketEncoder(event).encode(
        {
            "time_reference_status": status, "subtype": subtype,
            "message_count": messages, "destination_id": destination, "event_id": 42,
        },
        count, parse_utc("2026-11-18T21:38:00.25Z"),
    )  # fmt: skip
    read = PusTm.unpack(octets, timestamp_len=7)
    header = read.pus_tm_sec_header
    assert (header.service, header.message_subtype, header.message_counter) == (5, subtype, messages)
    assert (header.dest_id, header.spacecraft_time_ref, read.seq_count) == (destination, status, count)
    assert read.space_packet_header.sec_header_flag
    assert bytes(read.source_data) == b"\x00\x2a"
    assert CdsShortTimestamp.unpack(header.timestamp).as_datetime() == INSTANT


def test_a_packet_that_is_built_says_what_tells_it_from_others(mission: Mission) -> None:
    packets = [mission.packet(name) for name in ("power", "thermal", "event")]
    octets = [PacketEncoder(each).encode({}, i, parse_utc("2026-11-18")) for i, each in enumerate(packets)]
    read = [PusTm.unpack(each, timestamp_len=7) for each in octets]
    assert [(each.service, each.message_subtype) for each in read] == [(3, 25), (3, 25), (5, 0)]
    assert read[0].source_data[0] == 1
    assert {table.packet.name for table in decode(mission, *octets).tables} == {"power", "thermal", "event"}


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8))
def test_any_content_is_decoded_or_kept(contents: list[bytes]) -> None:
    packets = [bytes((0x08, 0x22, 0xC0, i, 0, len(each) - 1)) + each for i, each in enumerate(contents)]
    found = decode(load_mission(FILES), *packets)
    assert len(found.packets) == len(packets)
    assert sum(len(table.rows) for table in found.tables) <= len(packets)


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "words"),
    [
        (
            "mission.toml", 'service = 3\nsubtype = 25\ncriteria = "structure == 1"\n', "",
            "mission.toml:21:apid", "packets 'power' and 'thermal' share APID 0x022",
        ),
        (
            "mission.toml", "apid = 0x23\n", "apid = 0x23\nservice = 1\n", "mission.toml:38:service",
            "no secondary header that tells a service",
        ),
        ("mission.toml", "service = 5", "service = 256", "mission.toml:32:service", "service 256 is none"),
        ("mission.toml", 'code = "cds"', 'code = "p-field"', "mission.toml:", "how long the time"),
        (
            "mission.toml", '"structure == 1"', '"structur == 1"', "mission.toml:19:criteria",
            "name 'structur'",
        ),
        (
            "mission.toml", '"structure == 1"', '"structure =="', "mission.toml:19:criteria",
            "packet 'power'",
        ),
        (
            "mission.toml", '"structure == 1"', '"prev(structure) == 1"', "mission.toml:19:criteria",
            "the packet before",
        ),
        (
            "packets/event.csv", "event_id,", "service,", "packets/event.csv:2:name",
            "stands in the secondary header already",
        ),
        (
            "packets/event.csv", "event_id,uint,16,", "event_id,uint,16,time", "packets/event.csv:2:role",
            "the time stands in the secondary header",
        ),
        (
            "packets/thermal.csv", "8,160,", "8,48,", "packets/thermal.csv:2:bit_offset",
            "lies in the secondary header",
        ),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_their_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, place: str, words: str
) -> None:
    assert FILES[file].decode().count(old) == 1
    files = FILES | {file: FILES[file].replace(old.encode(), new.encode())}
    with pytest.raises(DefinitionError):
        load_mission(files)
    for name, octets in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(octets)
    assert main(["mission", "check", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    told = [line for line in (captured.out + captured.err).splitlines() if f"{tmp_path}/{place}" in line]
    assert told
    assert any(words in line for line in told)


def test_the_file_and_what_okaeri_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, octets in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(octets)
    assert main(["mission", "check", str(tmp_path)]) == 0
    (tmp_path / "t.tlm").write_bytes(b"".join(pus(5, 1, bytes((0, i)), i) for i in range(3)))
    capsys.readouterr()
    assert (
        main(["decode", str(tmp_path / "t.tlm"), "--definitions", str(tmp_path), "-o", str(tmp_path / "out")])
        == 0
    )
    rows = (tmp_path / "out" / "event.csv").read_text().splitlines()
    assert [row.split(",")[-2] for row in rows] == ["event_id", "0", "1", "2"]


def test_a_text_that_has_no_room_for_a_time_is_named() -> None:
    head = FILES["mission.toml"].replace(b'code = "cds"', b'code = "ascii"\ntext_octets = 16')
    thermal = FILES["packets/thermal.csv"].replace(b"160", b"")
    with pytest.raises(DefinitionError, match=r"mission.toml:7:text_octets: a time of 16 octets. Write 17"):
        load_mission(FILES | {"mission.toml": head, "packets/thermal.csv": thermal})
