"""What a recorder on a real socket writes into the log: data, gaps, silence, data again, phases."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from console import linkwatch
from console.archive.reader import ArchiveReader
from console.mission import load_mission
from console.recorder import Recorder
from decoders.encode import AosFramePacker
from tests.console.small_mission import SCID, VCID, free_port, packet, write_mission
from tests.console.test_recorder import UDP, count, query, recording, send, until

PHASES = """
[phases]
parameter = "hk_level"
names = [{ value = 4, id = "free", title = "Free flight" }, { value = 5, id = "deorbit", title = "Deorbit" }]
"""


def codes(archive: Path) -> list[str]:
    return [code for (code,) in query(archive, "SELECT code FROM events ORDER BY id")]


def test_gaps_silence_and_phases_are_events_with_link_and_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(linkwatch, "SILENT_AFTER_S", 2.5)
    port = free_port()
    folder, archive = tmp_path / "mission", tmp_path / "a.okaeri"
    write_mission(folder, UDP.format("radio", port))
    with (folder / "mission.toml").open("a", encoding="utf-8") as toml:
        toml.write(PHASES)
    mission = load_mission(folder)
    packer = AosFramePacker(SCID, VCID)
    sent = [frame for number in range(400) for frame in packer.push(packet(number, level=4))]
    with recording(Recorder(mission, archive, folder=folder)):
        send(port, [*sent[:5], *sent[8:10]])  # three frames never come
        until(lambda: "frames-missing" in codes(archive))
        until(lambda: "link-silent" in codes(archive))
        send(port, sent[10:12])
        until(lambda: "link-resumed" in codes(archive))
    # Another run goes on in the same file, where the phase has become another.
    with recording(Recorder(mission, archive, folder=folder)):
        before = count(archive)
        send(port, [frame for n in range(400, 440) for frame in packer.push(packet(n, level=5))])
        until(lambda: count(archive) > before)
    rows = query(archive, "SELECT link, code, severity, text, details FROM events ORDER BY id")
    damage = {"packet-truncated", "passed-over"}  # the packets that the gap cut
    rows = [row for row in rows if row[1] not in damage and not row[1].startswith("recording-")]
    found = [(*row[:4], json.loads(row[4] or "{}")) for row in rows]
    resumed = found[3][4]["seconds"]
    assert 2 <= resumed <= 30
    phase = ("radio", "phase", 0, "Phase: Free flight → Deorbit", {"before": 4, "after": 5})
    missing = ("radio", "frames-missing", 0, "VC 1: 3 frames missing", {"scid": SCID, "vcid": 1, "count": 3})
    assert found[:4] == [
        ("radio", "link-receiving", 0, "first data", {}),
        missing,
        ("radio", "link-silent", 1, "no data for 2.5 s", {"seconds": 2.5}),
        ("radio", "link-resumed", 0, f"data again after {resumed} s", {"seconds": resumed}),
    ]
    assert phase in found[4:]
    assert "link radio: no data for 2.5 s" in capfd.readouterr().err
    # Known with the packet that brought it, not before.
    ((known,),) = query(archive, "SELECT record FROM events WHERE code = 'phase'")
    ((first,),) = query(archive, "SELECT min(id) FROM ship__hk__raw WHERE hk_level = 5")
    assert known >= first
    with ArchiveReader(archive) as reader:
        assert "phase" not in {each.code for each in reader.events(upto_record=first - 1)}


def test_when_recorders_began_and_ended_and_that_one_was_cut_off(tmp_path: Path) -> None:
    port, archive = free_port(), tmp_path / "a.okaeri"
    mission = write_mission(tmp_path / "mission", UDP.format("radio", port))
    packer = AosFramePacker(SCID, VCID)
    frames = [frame for number in range(20) for frame in packer.push(packet(number))]
    for _ in range(2):
        with recording(Recorder(mission, archive)):
            pass
    with recording(Recorder(mission, archive)):
        send(port, frames)
        until(lambda: count(archive, "frames") > 0)
        copy = tmp_path / "cut.okaeri"  # what a kill at this moment leaves
        with closing(sqlite3.connect(archive)) as database, closing(sqlite3.connect(copy)) as cut:
            database.backup(cut)
    times = "SELECT known_at_ns FROM events UNION SELECT known_at_ns FROM link_status"
    ((written_ns,),) = query(
        copy, f"SELECT max(known_at_ns) FROM ({times} UNION SELECT recorded_ns FROM packets)"
    )
    with recording(Recorder(mission, copy)):
        pass
    told = "SELECT code, severity, details FROM events WHERE code LIKE 'recording-%' ORDER BY id"
    began, on, ended = (
        ("recording-began", 0, None),
        ("recording-went-on", 0, None),
        ("recording-ended", 0, None),
    )
    assert query(archive, told) == [began, ended, on, ended, on, ended]
    *before, (code, severity, details), last = query(copy, told)
    assert (before, code, severity, last) == ([began, ended, on, ended, on], "recording-went-on", 1, ended)
    assert json.loads(details) == {"last_written_ns": written_ns}


def test_damaged_frames_on_a_noisy_link_do_not_bury_the_log(tmp_path: Path) -> None:
    port, archive = free_port(), tmp_path / "a.okaeri"
    mission = write_mission(tmp_path / "mission", UDP.format("radio", port))
    packer = AosFramePacker(SCID, VCID)
    sent = [bytearray(frame) for number in range(1200) for frame in packer.push(packet(number))]
    for frame in sent[1::2]:
        frame[500] ^= 0xFF
    with recording(Recorder(mission, archive, folder=tmp_path / "mission")):
        for i in range(0, len(sent), 2):  # many turns of the recorder, each with damage
            send(port, [bytes(each) for each in sent[i : i + 2]])
            until(lambda i=i: count(archive, "frames") >= min(i + 2, len(sent)))  # type: ignore[misc]
    damaged = len(sent[1::2])
    assert damaged > 25
    assert query(archive, "SELECT count(*) FROM frames WHERE reason IS NOT NULL AND bytes IS NOT NULL") == [
        (damaged,)
    ]
    rows = query(archive, "SELECT details FROM events WHERE code = 'frame-fecf' ORDER BY id")
    assert 1 < len(rows) <= 4
    assert sum(json.loads(details)["count"] for (details,) in rows) == damaged
    assert codes(archive)[0] == "recording-began"
    assert codes(archive)[-1] == "recording-ended"
    missing = query(
        archive, "SELECT sum(json_extract(details, '$.count')) FROM events WHERE code = 'frames-missing'"
    )
    # Whether one is missing behind the last good frame nobody can know.
    assert missing == [(len(sent[1:-1:2]),)]
