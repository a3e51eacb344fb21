"""A small satellite's beacons: from a sound modem's KISS port, or a file of what one heard, to values."""

from __future__ import annotations

import csv
import io
import json
import socket
from pathlib import Path

import pytest

from console.archive.reader import ArchiveReader
from console.mission import load_mission
from console.recorder import Recorder
from decoders.ax25 import Address, Ax25Frame
from decoders.kiss import kiss_octets
from decoders.mission.model import BEACON_APID, DefinitionError
from decoders.shapes import PacketQuality
from tests.console.archive_scene import query
from tests.console.small_mission import packet, write_mission
from tests.console.test_decode_frames import okaeri
from tests.console.test_recorder import count, recording, until

BEACON = "name,data_type,bit_length,bit_offset,unit\nmode,uint,8,0,\nvolts,uint,16,8,mV\nfill,fill,24,24,\n"
"""A beacon of six octets; its fields count from the first bit of the information field."""


def beacon(volts: int, callsign: str = "JS1YAV") -> bytes:
    """Return what a TNC gives of a UI frame (AX.25 §2.2, KISS) with one beacon."""
    info = b"\7" + volts.to_bytes(2, "big") + b"\xc0\xdb\0"
    return kiss_octets(Ax25Frame(Address("CQ"), Address(callsign, 11), info=info).octets())


def with_beacon(folder: Path, link: str) -> None:
    """Write a mission whose ship sends beacons without an APID besides its packets."""
    write_mission(folder, link)
    (folder / "packets" / "beacon.csv").write_text(BEACON, encoding="utf-8")
    with (folder / "mission.toml").open("a", encoding="utf-8") as file:
        file.write('[[packets]]\nname = "beacon"\nfile = "packets/beacon.csv"\nvehicle = "ship"\n')


def test_a_sound_modem_is_recorded(tmp_path: Path) -> None:
    """The modem listens, as direwolf does on port 8001; it hangs up inside a frame and comes back."""
    archive = tmp_path / "a.okaeri"
    with socket.create_server(("127.0.0.1", 0)) as modem:
        port = modem.getsockname()[1]
        with_beacon(
            tmp_path / "m", f'id="uhf"\nkind="tcp"\nport={port}\nframing="kiss"\ncallsigns=["JS1YAV"]'
        )
        with recording(Recorder(load_mission(tmp_path / "m"), archive)) as result:
            line, _ = modem.accept()
            with line:
                packets = kiss_octets(
                    Ax25Frame(Address("CQ"), Address("JS1YAV", 11), info=packet(0) + packet(1)).octets(),
                    port=3,
                )
                line.sendall(beacon(3700) + packets + beacon(9999, "N0CALL") + beacon(3701)[:15])
                until(lambda: archive.exists() and count(archive) == 3)
            line, _ = modem.accept()
            with line:
                line.sendall(beacon(3702) + packets[:9] + beacon(3703))
                until(lambda: count(archive) == 5)
    assert query(archive, "SELECT volts FROM ship__beacon__raw ORDER BY id") == [(3700,), (3702,), (3703,)]
    assert query(archive, "SELECT apid, packet FROM packets ORDER BY id") == [
        (BEACON_APID, "beacon"), (100, "hk"), (100, "hk"), (BEACON_APID, "beacon"), (BEACON_APID, "beacon"),
    ]  # fmt: skip
    told = query(archive, "SELECT code, severity, text, bytes FROM events WHERE code LIKE 'station%'")
    assert [text.split()[4] for _, _, text, _ in told] == ["JS1YAV-11", "N0CALL-11"]
    (other,) = query(archive, "SELECT severity, bytes FROM events WHERE code = 'frame-other'")
    assert other == (0, beacon(9999, "N0CALL")[1:-1])
    cut = query(archive, "SELECT bytes FROM events WHERE code = 'passed-over' ORDER BY record")
    assert cut == [(beacon(3701)[1:15],), (packets[1:9],)]
    assert (result[0].packets, result[0].stored, result[0].packets_missing) == (5, 5, 0)
    with ArchiveReader(archive) as reader:
        assert reader.counts()["packets"] == 5


def test_what_comes_on_another_link_is_no_beacon(tmp_path: Path) -> None:
    """A satellite with beacons has a downlink of packets too; one of them without a definition is unknown."""
    with_beacon(tmp_path / "m", 'id="uhf"\nkind="file"\npath="heard.kiss"\nframing="kiss"')
    with (tmp_path / "m" / "mission.toml").open("a", encoding="utf-8") as file:
        file.write('[[links]]\ntitle="S band"\nvehicle="ship"\nid="s"\nkind="file"\npath="s.bin"\n')
    (tmp_path / "m" / "heard.kiss").write_bytes(beacon(1) + beacon(2))
    unknown = bytes.fromhex("0123 C000 0001 0102")
    (tmp_path / "m" / "s.bin").write_bytes(packet(0) + unknown + packet(1))
    mission, archive = load_mission(tmp_path / "m"), tmp_path / "a.okaeri"
    with recording(Recorder(mission, archive, folder=tmp_path / "m")):
        until(lambda: archive.exists() and count(archive) == 5)
    assert query(archive, "SELECT bytes, quality FROM packets WHERE apid = 291") == [
        (unknown, int(PacketQuality.APID_UNKNOWN))
    ]
    assert query(archive, "SELECT volts FROM ship__beacon__raw") == [(1,), (2,)]
    done = okaeri(
        tmp_path / "m" / "s.bin", "--mission", tmp_path / "m", "--link", "s", "-o", tmp_path / "out"
    )
    assert "beacon" not in done.stderr
    assert "other APIDs, left out: 291 (1)" in done.stderr


def test_beacons_that_come_again_name_no_packet_that_they_repeat(tmp_path: Path) -> None:
    """Nothing counts them: equal beacons without a time are not taken for one another."""
    link = 'id="file"\nkind="file"\npath="heard.kiss"\nframing="kiss"'
    with_beacon(tmp_path / "m", link)
    (tmp_path / "m" / "heard.kiss").write_bytes(beacon(1) * 3 + beacon(2))
    archive = tmp_path / "a.okaeri"
    mission = load_mission(tmp_path / "m")
    with recording(Recorder(mission, archive, folder=tmp_path / "m")):
        until(lambda: archive.exists() and count(archive) == 4)
    assert query(archive, "SELECT volts FROM ship__beacon ORDER BY id") == [(1,), (1,), (1,), (2,)]
    assert query(archive, "SELECT DISTINCT duplicate_of FROM packets") == [(None,)]


def test_a_file_of_frames_is_decoded(tmp_path: Path) -> None:
    heard, definition = tmp_path / "heard.kiss", tmp_path / "beacon.csv"
    heard.write_bytes(b"".join(beacon(3700 + n) for n in range(20)) + beacon(1, "N0CALL"))
    definition.write_text(BEACON, encoding="utf-8")
    options = [heard, "--framing", "kiss", "--definitions", definition]
    done = okaeri(*options, "--callsign", "JS1YAV")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["sequence_count"], row["volts"]) for row in rows] == [("", str(3700 + n)) for n in range(20)]
    assert "frames: 20 good" in done.stderr
    assert "1 without packets" in done.stderr
    assert "beacon: without APID, 20 packets" in done.stderr
    assert "first frame of station JS1YAV-11" in done.stderr
    done = okaeri(*options, "--format", "json")
    assert [row["sequence_count"] for row in json.loads(done.stdout)] == [None] * 21
    done = okaeri(*options, "--format", "db", "-o", tmp_path / "a.okaeri")
    assert done.returncode == 0, done.stderr
    assert query(tmp_path / "a.okaeri", "SELECT volts FROM file__beacon LIMIT 2") == [(3700,), (3701,)]


def test_damage_in_such_a_file_is_told_and_kept_once(tmp_path: Path) -> None:
    heard, definition = tmp_path / "heard.kiss", tmp_path / "beacon.csv"
    heard.write_bytes(b"noise" + beacon(1) + kiss_octets(b"torn") + beacon(2) + beacon(3)[:-1])
    definition.write_text(BEACON, encoding="utf-8")
    target = tmp_path / "a.okaeri"
    done = okaeri(heard, "--framing", "kiss", "--definitions", definition, "--format", "db", "-o", target)
    assert done.returncode == 1
    assert "frames: 2 good, 1 bad" in done.stderr
    kept = query(target, "SELECT bytes FROM events WHERE code = 'passed-over' ORDER BY offset")
    assert kept == [(b"noise",), (b"\0torn",), (beacon(3)[1:-1],)]


def test_a_file_without_frames_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(bytes(100))
    (tmp_path / "beacon.csv").write_text(BEACON, encoding="utf-8")
    done = okaeri(tmp_path / "x.bin", "--framing", "kiss", "--definitions", tmp_path / "beacon.csv")
    assert done.returncode == 3
    assert "no FEND" in done.stderr


def test_what_a_link_of_frames_without_callsigns_cannot_be_asked(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="its frames name no stations") as raised:
        write_mission(tmp_path, 'id="x"\nkind="udp"\nport=9\nframing="tm"\ncallsigns=["JS1YAV"]')
    assert raised.value.line
    with pytest.raises(DefinitionError, match="only CCSDS frames are coded"):
        write_mission(tmp_path, 'id="x"\nkind="udp"\nport=9\nframing="kiss"\nreed_solomon=223')
