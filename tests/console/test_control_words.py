"""CLCWs as an operator meets them: in the mission, the archive, the alarms."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from console.alarms import AlarmEngine
from console.archive.reader import ArchiveReader
from console.archive.writer import ArchiveWriter
from console.links.framing import link_format
from console.mission import load_mission
from decoders.encode import AosFramePacker
from decoders.mission.model import CONTROL_WORD_APID, Severity
from decoders.pipeline import Decoder
from tests.console import small_mission
from tests.console.archive_scene import START, S, query
from tests.console.small_mission import SCID, VCID, packet

LINK = 'id="down"\nkind="udp"\nport=4001\nframing="aos"\nasm=false\nocf={0}'


def test_a_vehicle_with_control_fields_has_their_parameters(tmp_path: Path) -> None:
    mission = small_mission.write_mission(tmp_path, LINK.format("true"))
    assert [p.name for p in mission.packets] == ["hk", "ship_clcw"]
    assert mission.home("ship_clcw_lockout")[0].apid == CONTROL_WORD_APID
    without = small_mission.write_mission(tmp_path, LINK.format("false"))
    assert [p.name for p in without.packets] == ["hk"]


def test_plots_and_derived_parameters_may_name_them(tmp_path: Path) -> None:
    small_mission.write_mission(tmp_path, LINK.format("true"))
    derived = "name,packet,expression\nship_deaf,ship_clcw,ship_clcw_no_rf == 'yes'\n"
    (tmp_path / "derived.csv").write_text(derived)
    with (tmp_path / "mission.toml").open("a", encoding="utf-8") as file:
        file.write('[[plots]]\ntitle = "FARM"\nparameters = ["ship_clcw_report"]\n')
    mission = load_mission(tmp_path)
    assert mission.home("ship_deaf")[0].name == "ship_clcw"


def test_lockout_is_an_alarm(tmp_path: Path) -> None:
    mission = small_mission.write_mission(tmp_path, LINK.format("true"))
    decoder = Decoder(link_format(mission, mission.links[0]), mission.packets)
    engine = AlarmEngine(mission.packets, lambda: START)
    packer = AosFramePacker(SCID, VCID, ocf=True)
    told = []
    for word in (0x0100_0000, 0x0100_2000, 0x0100_2000, 0x0100_0001):
        packer.ocf_word = word
        told += engine.feed(decoder.feed(packer.idle_frame(), START), 1)
        packer.count += 1
    assert [(each.parameter, each.severity, each.state_text) for each in told] == [
        ("ship_clcw_lockout", Severity.CAUTION, "yes"),
        ("ship_clcw_lockout", Severity.NORMAL, "no"),
    ]


def test_they_are_archived_and_read(tmp_path: Path) -> None:
    mission = small_mission.write_mission(tmp_path / "mission", LINK.format("true"))
    path = tmp_path / "a.okaeri"
    writer = ArchiveWriter(path, mission)
    decoder = Decoder(link_format(mission, mission.links[0]), mission.packets)
    packer = AosFramePacker(SCID, VCID, ocf=True)
    number = 0
    for second in range(4):
        packer.ocf_word = 0x0100_0000 | (second > 1) << 13 | second
        frames: list[bytes] = []
        while not frames:
            frames = packer.push(packet(number, level=5000))
            number += 1
        decoded = decoder.feed_many([(frame, START + second * S) for frame in frames])
        writer.write("down", decoded, START + second * S)
        writer.commit()
    writer.close()
    assert query(path, "SELECT ship_clcw_report, ship_clcw_lockout FROM ship__ship_clcw") == [
        (0, "no"),
        (1, "no"),
        (2, "yes"),
        (3, "yes"),
    ]
    columns = "apid, vehicle, frame_id, generation_ns, reception_ns, bytes"
    first = query(path, f"SELECT {columns} FROM packets WHERE packet = 'ship_clcw'")[0]
    assert first == (CONTROL_WORD_APID, "ship", 1, None, START, bytes.fromhex("01000000"))
    with ArchiveReader(path) as reader:
        (newest, *_) = reader.newest_record()
        row = reader.latest(["ship_clcw"], newest)["ship_clcw"]
        assert row.raw["ship_clcw_report"] == 3
        trace = reader.trace(
            "ship_clcw",
            "ship_clcw_report",
            START,
            START + 4 * S,
            points=9,
            upto_record=newest,
            axis="reception",
        )
    assert trace.hi.tolist() == [0.0, 1.0, 2.0, 3.0]


def test_an_archive_begun_before_they_were_kept_is_read(tmp_path: Path) -> None:
    """Its mission files say ``ocf = true``, and it has no table for them."""
    mission = small_mission.write_mission(tmp_path / "mission", LINK.format("true"))
    hk = tuple(each for each in mission.packets if each.apid != CONTROL_WORD_APID)
    path = tmp_path / "a.okaeri"
    ArchiveWriter(path, replace(mission, packets=hk)).close()
    with ArchiveReader(path) as reader:
        assert reader.mission().packets == hk
        assert reader.latest([each.name for each in reader.mission().packets], 0) == {}
