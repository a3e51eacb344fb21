"""The recorder on real sockets, files and disks."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from console.archive.writer import ArchiveWriter
from console.links import UdpLink
from console.mission import load_mission
from console.recorder import Recorder, Summary
from console.recording import summary_text
from decoders.encode import AosFramePacker
from decoders.pipeline import Decoder
from decoders.shapes import Decoded
from tests.console.small_mission import (
    PACKET_OCTETS,
    SCID,
    VCID,
    cadus,
    frames,
    free_port,
    packet,
    write_mission,
)

UDP = 'id="{0}"\nkind="udp"\nport={1}\nframing="aos"\nasm=false'


@contextmanager
def recording(recorder: Recorder) -> Iterator[list[Summary]]:
    """Run a recorder in a thread; its summary is in the list after the end."""
    stop, ready, result = threading.Event(), threading.Event(), []
    thread = threading.Thread(target=lambda: result.append(recorder.run(stop, ready.set)))
    thread.start()
    assert ready.wait(20)
    try:
        yield result
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()


def query(archive: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{archive}?mode=ro", uri=True)) as database:
        return database.execute(sql).fetchall()


def until(reached: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something that another thread or process does."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def count(archive: Path, table: str = "packets") -> int:
    return int(query(archive, f"SELECT count(*) FROM {table}")[0][0])


def send(port: int, datagrams: list[bytes]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for i, datagram in enumerate(datagrams):
            sender.sendto(datagram, ("127.0.0.1", port))
            if i % 50 == 49:
                time.sleep(0.005)


def fill(ballast: Path) -> None:
    """Write until the disk takes no more."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def test_three_kinds_of_link_into_one_file(tmp_path: Path) -> None:
    udp, tcp = free_port(), free_port(socket.SOCK_STREAM)
    mission = write_mission(
        tmp_path / "mission",
        UDP.format("radio", udp),
        f'id="wire"\nkind="tcp-server"\nport={tcp}\nframing="packets"',
        'id="file"\nkind="file"\npath="pass.cadu"\nframing="aos"',
    )
    (tmp_path / "mission" / "pass.cadu").write_bytes(b"garbage before" + cadus(700))
    archive = tmp_path / "a.okaeri"
    recorder = Recorder(mission, archive, kind="training", mission_offset_ns=-5, folder=tmp_path / "mission")
    with recording(recorder) as result:
        send(udp, list(frames(1000, first=10_000)))
        with socket.create_connection(("127.0.0.1", tcp)) as wire:
            for number in range(20_000, 20_100):
                wire.sendall(packet(number))
            until(lambda: count(archive) == 1800)
    assert not Path(f"{archive}-wal").exists()
    assert query(archive, "PRAGMA integrity_check") == [("ok",)]
    assert query(archive, "SELECT kind, mission_offset_ns FROM session") == [("training", -5)]
    per_link = dict(
        query(archive, "SELECT l.name, count(*) FROM packets p JOIN links l ON l.id = p.link GROUP BY 1")
    )
    assert per_link == {"radio": 1000, "wire": 100, "file": 700}
    assert count(archive, "ship__hk__raw") == 1800
    # Each link's last word about itself.
    states = query(
        archive,
        "SELECT link, packets, dropped_by_kernel FROM link_status "
        "WHERE id IN (SELECT max(id) FROM link_status GROUP BY link)",
    )
    assert sorted(states) == [("file", 700, 0), ("radio", 1000, 0), ("wire", 100, 0)]
    garbage = query(archive, "SELECT bytes FROM events WHERE code = 'passed-over'")
    assert [bytes(octets) for (octets,) in garbage] == [b"garbage before"]
    (summary,) = result
    assert summary.packets == 1800
    assert summary.dropped == summary.frames_bad == summary.packets_missing == 0
    delays = [
        ns / 1e9 for (ns,) in query(archive, "SELECT recorded_ns - reception_ns FROM packets WHERE link = 1")
    ]
    assert sorted(delays)[len(delays) // 2] < 0.25


def test_a_link_that_cannot_be_used_does_not_stop_the_others(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    good, taken = free_port(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taken.bind(("127.0.0.1", 0))
    mission = write_mission(
        tmp_path / "mission",
        UDP.format("taken", taken.getsockname()[1]),
        'id="absent"\nkind="file"\npath="absent.bin"\nframing="aos"',
        UDP.format("good", good),
    )
    archive = tmp_path / "a.okaeri"
    with taken, recording(Recorder(mission, archive, folder=tmp_path / "mission")):
        send(good, list(frames(100)))
        until(lambda: count(archive) == 100)
    told = capfd.readouterr().err
    assert "link taken: udp 127.0.0.1:" in told
    assert "in use by another program" in told
    assert "absent.bin: there is no such file" in told
    events = query(archive, "SELECT link, code FROM events WHERE severity > 0")
    assert sorted(events) == [
        ("absent", "link-unusable"),
        ("taken", "link-unusable"),
    ]


def test_a_port_that_becomes_free_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.links.receiver.TRY_AGAIN_S", 0.2)
    taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taken.bind(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    archive = tmp_path / "a.okaeri"
    mission = write_mission(tmp_path / "mission", UDP.format("radio", port))
    recorder = Recorder(mission, archive)
    with recording(recorder):
        assert recorder.links[0].state == "failed"
        taken.close()
        until(lambda: recorder.links[0].state == "waiting")
        send(port, list(frames(50)))
        until(lambda: count(archive) == 50)
    assert ("link-opened",) in query(archive, "SELECT code FROM events")


def test_alarms_are_rows_and_stand_after_a_restart(tmp_path: Path) -> None:
    port = free_port(socket.SOCK_STREAM)
    mission = write_mission(
        tmp_path / "mission", f'id="wire"\nkind="tcp-server"\nport={port}\nframing="packets"'
    )
    archive = tmp_path / "a.okaeri"

    def bring(levels: list[int], first: int, packets: int) -> None:
        with recording(Recorder(mission, archive)), socket.create_connection(("127.0.0.1", port)) as wire:
            for i, level in enumerate(levels):
                wire.sendall(packet(first + i, level=level))
            until(lambda: count(archive) == packets)

    bring([0, 2000, 0, 2000, 2000, 2000], 0, 6)
    bring([2000, 2000], 6, 8)
    bring([0, 0], 8, 10)
    rows = query(archive, "SELECT parameter, severity, previous, packet_id, value, limit_text FROM alarms")
    assert rows == [
        ("hk_level", 1, 0, 5, 2000.0, "<1000"),
        ("hk_level", 0, 1, 9, 0.0, "<1000"),
    ]
    assert count(archive, "session") == 3


def test_an_alarm_ends_when_the_mission_no_longer_limits_its_parameter(tmp_path: Path) -> None:
    port = free_port(socket.SOCK_STREAM)
    link = f'id="wire"\nkind="tcp-server"\nport={port}\nframing="packets"'
    mission = write_mission(tmp_path / "mission", link)
    archive = tmp_path / "a.okaeri"
    with recording(Recorder(mission, archive)), socket.create_connection(("127.0.0.1", port)) as wire:
        for i in range(3):
            wire.sendall(packet(i, level=2000))
        until(lambda: count(archive) == 3 and count(archive, "alarms") == 1)
    definition = tmp_path / "mission" / "packets" / "hk.csv"
    definition.write_text(definition.read_text().replace("<1000,<60000", ","), encoding="utf-8")
    with recording(Recorder(load_mission(tmp_path / "mission"), archive)):
        until(lambda: count(archive, "alarms") == 2)
    rows = query(archive, "SELECT parameter, severity, previous, packet_id, state_text FROM alarms")
    assert rows[1] == ("hk_level", 0, 1, 3, "the mission no longer limits this parameter")


def test_imports_and_duplicates_never_annunciate(tmp_path: Path) -> None:
    port = free_port()
    mission = write_mission(
        tmp_path / "mission",
        'id="file"\nkind="file"\npath="old.bin"\nframing="packets"',
        f'id="radio"\nkind="udp"\nport={port}\nframing="packets"',
    )
    (tmp_path / "mission" / "old.bin").write_bytes(b"".join(packet(n, level=9999) for n in range(20)))
    archive = tmp_path / "a.okaeri"
    same = packet(100, level=9999)
    with recording(Recorder(mission, archive, folder=tmp_path / "mission")):
        until(lambda: count(archive) == 20)
        send(port, [same, same, same, same, packet(101, level=0)])
        until(lambda: count(archive) == 25)
    assert count(archive, "alarms") == 0
    assert query(archive, "SELECT count(*) FROM packets WHERE duplicate_of IS NOT NULL") == [(3,)]


def test_a_followed_file_goes_on_where_the_last_run_stopped(tmp_path: Path) -> None:
    mission = write_mission(
        tmp_path / "mission", 'id="file"\nkind="file"\npath="growing.cadu"\nfollow=true\nframing="aos"'
    )
    path, archive = tmp_path / "mission" / "growing.cadu", tmp_path / "a.okaeri"
    content = cadus(2000)
    cut = 50 * 1119 + 600  # inside a frame
    path.write_bytes(content[:cut])
    with recording(Recorder(mission, archive, folder=tmp_path / "mission")):
        until(lambda: count(archive, "frames") == 50)
    with path.open("ab") as file:
        file.write(content[cut:])
    with recording(Recorder(mission, archive, folder=tmp_path / "mission")):
        until(lambda: count(archive, "frames") == len(content) // 1119)
    assert query(archive, "SELECT count(*) FROM frames WHERE reason IS NOT NULL") == [(0,)]
    # Only the packet that spans the two runs is missing.
    assert count(archive, "ship__hk__raw") == 1999
    assert query(
        archive, "SELECT count(*) - count(DISTINCT sequence_count) FROM packets WHERE packet = 'hk'"
    ) == [(0,)]


def test_a_files_place_is_committed_with_what_was_read_up_to_there(tmp_path: Path) -> None:
    """However the recorder ends, the next one reads on neither too early nor too late."""
    mission = write_mission(
        tmp_path / "mission", 'id="file"\nkind="file"\npath="growing.cadu"\nfollow=true\nframing="aos"'
    )
    path, archive = tmp_path / "mission" / "growing.cadu", tmp_path / "a.okaeri"
    content, place = cadus(400), "SELECT octets FROM link_status ORDER BY id DESC LIMIT 1"
    both = f"SELECT count(*), ({place}) FROM frames"
    path.write_bytes(b"")
    with recording(Recorder(mission, archive, folder=tmp_path / "mission")):
        for number in range(1, 7):
            with path.open("ab") as file:
                file.write(content[(number - 1) * 1119 : number * 1119])
            until(lambda n=number: query(archive, both)[0][0] == n)  # type: ignore[misc]
            assert query(archive, both) == [(number, number * 1119)]


def test_what_the_socket_holds_at_the_end_is_taken(tmp_path: Path) -> None:
    port, archive = free_port(), tmp_path / "a.okaeri"
    mission = write_mission(tmp_path / "mission", UDP.format("radio", port))
    sent = list(frames(2000))
    with recording(Recorder(mission, archive)):
        send(port, sent)
    assert count(archive, "frames") == len(sent)


def test_each_step_of_the_clock_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, stepped_ns = tmp_path / "a.okaeri", [0]
    mission = write_mission(tmp_path / "mission", UDP.format("radio", free_port()))
    wall = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: wall() + stepped_ns[0])
    told = "SELECT json_extract(details, '$.seconds') FROM events WHERE code = 'clock-step' ORDER BY id"
    with recording(Recorder(mission, archive)):
        for number, step_s in enumerate((-3600, 5), 1):
            stepped_ns[0] += step_s * 1_000_000_000
            until(lambda n=number: len(query(archive, told)) >= n)  # type: ignore[misc]
    seconds = [row[0] for row in query(archive, told)]
    assert seconds == [pytest.approx(-3600, abs=0.2), pytest.approx(5, abs=0.2)]


def test_a_followed_file_that_was_replaced_is_read_from_its_start_and_on(tmp_path: Path) -> None:
    mission = write_mission(
        tmp_path / "mission", 'id="file"\nkind="file"\npath="growing.cadu"\nfollow=true\nframing="aos"'
    )
    path, archive = tmp_path / "mission" / "growing.cadu", tmp_path / "a.okaeri"
    frame = 1119
    old, new, more = (cadus(packets) for packets in (1000, 500, 800))
    octets = "SELECT octets FROM link_status ORDER BY id DESC LIMIT 1"

    def record(frames: int) -> None:
        with recording(Recorder(mission, archive, folder=tmp_path / "mission")):
            until(lambda: count(archive, "frames") == frames)

    path.write_bytes(old)
    record(len(old) // frame)
    path.write_bytes(new)  # shorter than what was read
    record((len(old) + len(new)) // frame)
    assert query(archive, octets) == [(len(new),)]
    path.write_bytes(new + more)
    record((len(old) + len(new) + len(more)) // frame)
    assert query(archive, octets) == [(len(new) + len(more),)]
    assert query(archive, "SELECT count(*) FROM frames WHERE reason IS NOT NULL") == [(0,)]


def test_control_words_are_archived_and_are_no_packets(tmp_path: Path) -> None:
    port = free_port()
    mission = write_mission(tmp_path / "mission", UDP.format("radio", port) + "\nocf=true")
    archive = tmp_path / "a.okaeri"
    with recording(Recorder(mission, archive)) as result:
        send(port, list(frames(30, packer=AosFramePacker(SCID, VCID, ocf=True))))
        until(lambda: count(archive, "packets WHERE apid >= 0") == 30)
    assert (result[0].stored, result[0].received) == (30, 30)
    assert count(archive, "packets WHERE apid < 0") > 0


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a small disk")
def test_a_full_disk_is_told_and_nothing_received_is_lost(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True
    ).returncode:
        pytest.skip("may not mount a disk of 4 MB here")
    try:
        port = free_port()
        archive, ballast = disk / "a.okaeri", disk / "ballast"
        recorder = Recorder(write_mission(tmp_path / "mission", UDP.format("radio", port)), archive)
        with recording(recorder):
            send(port, list(frames(500)))
            until(lambda: count(archive) == 500)
            fill(ballast)
            told = ""

            def full() -> bool:
                nonlocal told
                send(port, list(frames(200)))
                told += capfd.readouterr().err
                return "the disk is full" in told

            until(full)
            before = sum(1 for _ in frames(2000))
            send(port, list(frames(2000, first=50_000)))
            time.sleep(1.5)
            ballast.unlink()
            until(lambda: "takes data again" in capfd.readouterr().err)
            until(lambda: count(archive, "frames WHERE reason IS NULL") > before)
        kept = query(archive, "SELECT count(*) FROM packets WHERE sequence_count >= 1 AND quality & 32 = 0")
        assert kept[0][0] >= 2000
        codes = [code for (code,) in query(archive, "SELECT code FROM events WHERE severity > 0")]
        assert codes.index("disk-full") < codes.index("storing-resumed")
        assert query(archive, "PRAGMA integrity_check") == [("ok",)]
    finally:
        subprocess.run(["umount", disk], check=True)


def test_the_end_on_a_full_disk_tells_what_is_lost_and_where_the_rest_is(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True
    ).returncode:
        pytest.skip("may not mount a disk of 4 MB here")
    try:
        port = free_port()
        archive = disk / "a.okaeri"
        recorder = Recorder(write_mission(tmp_path / "mission", UDP.format("radio", port)), archive)
        with recording(recorder) as result:
            send(port, list(frames(500)))
            until(lambda: count(archive) == 500)
            fill(disk / "ballast")
            sent = list(frames(5000, first=500))
            send(port, sent)
            received = sum(map(len, frames(500))) + sum(map(len, sent))
            until(lambda: recorder.summary().octets == received)
        summary = result[0]
        stored = count(archive)
        assert 500 <= stored < 5500
        assert (summary.stored, summary.damaged) == (stored, True)
        assert summary.unstored_octets >= (5500 - stored) * PACKET_OCTETS
        told = summary_text(summary, archive)
        assert f"{stored:,} packets recorded" in told
        assert f"LOST: {summary.unstored_octets:,} octets" in told
        log = Path(f"{archive}-wal")
        assert (f"the newest data are in {log}" in told) == (log.exists() and log.stat().st_size > 0)
        assert query(archive, "PRAGMA integrity_check") == [("ok",)]
    finally:
        subprocess.run(["umount", disk], check=True)


def test_octets_of_a_file_in_no_packet_are_damage(tmp_path: Path) -> None:
    mission = write_mission(tmp_path / "mission", 'id="tape"\nkind="file"\npath="x.bin"\nframing="packets"')
    (tmp_path / "mission" / "x.bin").write_bytes(packet(0) + bytes(9) + packet(1))
    archive = tmp_path / "a.okaeri"
    recorder = Recorder(mission, archive, folder=tmp_path / "mission")
    summary = recorder.run(threading.Event())
    assert (summary.stored, summary.passed_over, summary.damaged) == (2, 9, True)
    assert "9 octets in no frame and no packet" in summary_text(summary, archive)
    assert f"{summary.octets} octets received, 2 packets recorded in" in summary_text(summary, archive)


def test_what_the_program_fails_on_is_kept_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    mission = write_mission(tmp_path / "mission", f'id="radio"\nkind="udp"\nport={port}\nframing="packets"')
    feed_many, write = Decoder.feed_many, ArchiveWriter.write
    bad, worse = packet(50, level=0xDEAD), packet(51, level=0xBEEF)

    def feed(self: Decoder, datagrams: Any) -> Decoded:
        if any(octets == bad for octets, _ in datagrams):
            raise ZeroDivisionError("a fault in a decoder")
        return feed_many(self, datagrams)

    def store(self: ArchiveWriter, link: str, decoded: Decoded, recorded_ns: int) -> tuple[int, int]:
        result = write(self, link, decoded, recorded_ns)
        if worse in decoded.packets.data.tobytes():
            raise OverflowError("Python int too large to convert to SQLite INTEGER")
        return result

    monkeypatch.setattr(Decoder, "feed_many", feed)
    monkeypatch.setattr(ArchiveWriter, "write", store)
    archive = tmp_path / "a.okaeri"
    failed = "events WHERE code IN ('decoder-failed', 'not-stored')"
    with recording(Recorder(mission, archive)):
        for number, octets in enumerate((packet(0), bad, packet(1), worse, packet(2))):
            send(port, [octets])
            until(lambda wanted=number + 1: count(archive) + count(archive, failed) >= wanted)
    assert query(archive, "SELECT sequence_count FROM packets ORDER BY id") == [(0,), (1,), (2,)]
    assert query(archive, f"SELECT code, bytes FROM {failed}") == [
        ("decoder-failed", bad),
        ("not-stored", worse),
    ]


def test_packets_that_cannot_be_used_are_damage_and_a_stop_amid_a_packet_is_none(tmp_path: Path) -> None:
    port = free_port(socket.SOCK_STREAM)
    mission = write_mission(
        tmp_path / "mission", f'id="wire"\nkind="tcp-server"\nport={port}\nframing="packets"'
    )

    def bring(archive: Path, octets: bytes, packets: int) -> Summary:
        recorder = Recorder(mission, archive)
        with recording(recorder) as result, socket.create_connection(("127.0.0.1", port)) as wire:
            wire.sendall(octets)
            until(lambda: count(archive) == packets)
        return result[0]

    cut = bring(tmp_path / "cut.okaeri", packet(0) + packet(1) + packet(2)[:40], 2)
    assert (cut.received, cut.packets, cut.damaged) == (3, 2, False)
    long = packet(1)[:4] + (PACKET_OCTETS - 3).to_bytes(2, "big") + packet(1)[6:] + bytes(4)
    bad = bring(tmp_path / "bad.okaeri", packet(0) + long + packet(2) + packet(3), 4)
    assert (bad.received, bad.packets, bad.packets_bad, bad.damaged) == (4, 3, 1, True)
    assert "1 packets of a wrong length or CRC" in summary_text(bad, tmp_path)


def test_octets_that_nothing_can_be_read_from_are_no_lock(tmp_path: Path) -> None:
    port = free_port()
    archive = tmp_path / "a.okaeri"
    with recording(Recorder(write_mission(tmp_path / "mission", UDP.format("radio", port)), archive)):
        good = list(frames(20))
        send(port, [os.urandom(1115), good[0][:-1] + bytes([good[0][-1] ^ 1]), bytes(50)])
        until(lambda: count(archive, "frames") == 3)
        until(lambda: count(archive, "link_status WHERE frames_bad = 3") > 0)
        send(port, good)
        until(lambda: count(archive, "link_status WHERE state = 'locked'") > 0)
    assert count(archive, "link_status WHERE state = 'locked' AND frames_good = 0") == 0
    reasons = [reason for (reason,) in query(archive, "SELECT reason FROM frames WHERE bytes IS NOT NULL")]
    assert len(reasons) == 3
    assert "fecf bad" in reasons[1]
    assert "length bad" in reasons[2]
    codes = {code for (code,) in query(archive, "SELECT code FROM events WHERE link = 'radio'")}
    assert {"frame-fecf", "frame-length"} <= codes


def test_a_file_that_a_killed_run_left_empty_is_begun(tmp_path: Path) -> None:
    archive = tmp_path / "a.okaeri"
    archive.touch()
    port = free_port()
    with recording(Recorder(write_mission(tmp_path / "mission", UDP.format("radio", port)), archive)):
        send(port, list(frames(20)))
        until(lambda: count(archive) == 20)


def test_memory_is_bounded_and_what_is_thrown_away_is_counted(tmp_path: Path) -> None:
    port = free_port()
    mission = write_mission(tmp_path / "mission", UDP.format("radio", port))
    recorder = Recorder(mission, tmp_path / "a.okaeri", links=[UdpLink("127.0.0.1", port)], memory_octets=0)
    with recording(recorder) as result:
        send(port, list(frames(100)))
        time.sleep(0.3)
    assert result[0].dropped == 6
    assert result[0].damaged


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_clean_into_one_file(tmp_path: Path, number: int) -> None:
    port = free_port()
    write_mission(tmp_path / "mission", UDP.format("radio", port))
    archive = tmp_path / "a.okaeri"
    command = [sys.executable, "-m", "console", "record", "--mission", str(tmp_path / "mission")]
    process = subprocess.Popen(
        [*command, "--archive", str(archive)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    send(port, list(frames(300)))
    until(lambda: count(archive) > 0)
    process.send_signal(number)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 0, told
    assert f"recorded in {archive}" in told
    assert sorted(os.listdir(tmp_path)) == ["a.okaeri", "mission"]
    assert count(archive) == 300


def test_usage_and_unreadable_input(tmp_path: Path) -> None:
    mission = tmp_path / "mission"
    write_mission(mission, UDP.format("radio", free_port()))

    def record(*arguments: object) -> tuple[int, str]:
        command = [sys.executable, "-m", "console", "record", "--seconds", "0.1", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr

    code, told = record("--mission", tmp_path, "--archive", tmp_path / "x.okaeri")
    assert (code, "not a mission" in told) == (2, True)
    assert not (tmp_path / "x.okaeri").exists()
    code, told = record("--mission", mission, "--archive", tmp_path / "x.okaeri", "--port", "sonar=5")
    assert (code, "no link 'sonar'" in told) == (2, True)
    (tmp_path / "text.okaeri").write_text("this is no database at all, only a text of some length" * 20)
    code, told = record("--mission", mission, "--archive", tmp_path / "text.okaeri")
    assert (code, "text.okaeri" in told, "Traceback" in told) == (3, True, False)
    code, told = record("--mission", mission, "--archive", tmp_path / "nowhere" / "x.okaeri")
    assert (code, "Traceback" in told) == (3, False)
    assert record("--mission", mission, "--archive", tmp_path / "good.okaeri")[0] == 0
