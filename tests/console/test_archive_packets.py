"""Everything received is kept: frame headers, packets with their three times, what could not be used."""

from __future__ import annotations

import struct
from binascii import crc_hqx
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.archive.reader import ArchiveReader
from console.archive.writer import ArchiveWriter
from console.links.framing import link_format
from decoders.coding import BlockCoding
from decoders.encode import AosFramePacker, TmFramePacker, cadu, primary_header
from decoders.mission.model import Parameter, TimeFormat
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import NO_TIME, FrameQuality, PacketQuality
from tests.console import small_mission
from tests.console.archive_scene import START, S, Scene, packet, query

VALUE = Parameter("value", "uint", 16)


def kept(path: Path, columns: str = "*", where: str = "1") -> list[tuple[Any, ...]]:
    return query(path, f"SELECT {columns} FROM packets WHERE {where} ORDER BY id")


def test_three_times(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "a.okaeri", packet("hk", VALUE, timed=True))
    octets = scene.octets("hk", {"value": 7}, START - 40 * S)
    decoded = scene.decoder.feed(octets, START)
    scene.writer.write("file", decoded, START + 123_456_789)
    scene.close()
    # CUC counts TAI from 1958: 37 s and 12 years with three leap days ahead of UTC from 1970
    coarse, fine = struct.unpack_from(">IH", octets, 6)
    assert (coarse, fine) == (START // S - 40 + 37 + 378_691_200, 0)
    times = (START - 40 * S, START, START + 123_456_789)
    assert kept(scene.path, "generation_ns, reception_ns, recorded_ns") == [times]
    assert query(scene.path, "SELECT id, generation_ns, reception_ns, value FROM ship__hk") == [
        (1, *times[:2], 7)
    ]
    with ArchiveReader(scene.path) as reader:
        row = reader.latest(["hk"], 1)["hk"]
        assert (row.generation_ns, row.reception_ns, row.raw) == (*times[:2], {"value": 7})
        assert reader.newest_record() == (1, *times[1:])
        found = reader.packet_row(1)
    assert found is not None
    assert (found["bytes"], found["sequence_count"], found["apid"], found["packet"]) == (octets, 0, 100, "hk")


def test_a_packet_without_a_valid_time_is_kept_with_its_values(tmp_path: Path) -> None:
    cds = replace(packet("hk", VALUE, timed=True), time=TimeFormat("cds", submillisecond_octets=0))
    scene = Scene(tmp_path / "a.okaeri", cds, packet("old", VALUE, apid=101))
    good = scene.octets("hk", {"value": 1})
    days, ms = struct.unpack_from(">HI", good, 6)
    assert days == START // (86_400 * S) + 4383  # from 1958
    # a day has 86,400,000 ms; more are no time
    impossible = scene.octets("hk", {"value": 2})[:6] + struct.pack(">HIH", days, ms | 1 << 31, 2)
    scene.receive(
        [(each, START + i * S) for i, each in enumerate([good, impossible, scene.octets("old", {})])]
    )
    scene.close()
    assert kept(scene.path, "packet, generation_ns, reception_ns, bytes")[:2] == [
        ("hk", START, START, good),
        ("hk", None, START + S, impossible),
    ]
    assert kept(scene.path, "id", f"quality & {int(PacketQuality.TIME_INVALID)}") == [(2,)]
    assert query(scene.path, "SELECT generation_ns, value FROM ship__hk") == [(START, 1), (None, 2)]
    assert query(scene.path, "SELECT generation_ns, value FROM ship__old") == [(None, 0)]
    with ArchiveReader(scene.path) as reader:
        # It counts at the time of its reception.
        trace = reader.trace("hk", "value", START, START + 9 * S, points=9, upto_record=3, axis="generation")
        assert reader.latest(["hk"], 2)["hk"].generation_ns is None
        (_, untimed) = reader.rows("hk", ["value"], after_id=0, upto_id=9).generation_ns.tolist()
    assert (trace.t_ns.tolist(), trace.hi.tolist()) == ([START, START + S], [1.0, 2.0])
    assert untimed == NO_TIME


def test_duplicates_stay_in_packets_without_a_value_row(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "a.okaeri", packet("hk", VALUE, timed=True))
    first, second, third = (scene.octets("hk", {"value": n}, START + n * S) for n in range(3))
    arrived = [first, second, first, third, third]
    scene.receive([(octets, START + i * S) for i, octets in enumerate(arrived[:4])])
    scene.receive([(arrived[4], START + 4 * S)])
    scene.close()
    assert [octets for (octets,) in kept(scene.path, "bytes")] == arrived
    assert kept(scene.path, "id, duplicate_of", "duplicate_of IS NOT NULL") == [(3, 1), (5, 4)]
    flagged = kept(scene.path, "id", f"quality & {int(PacketQuality.DUPLICATE)}")
    assert flagged == [(3,), (5,)]
    assert query(scene.path, "SELECT id, value FROM ship__hk") == [(1, 0), (2, 1), (4, 2)]
    assert query(scene.path, "SELECT sum(count) FROM rollup") == [(3,)]
    with ArchiveReader(scene.path) as reader:
        assert reader.latest(["hk"], 3)["hk"].id == 2
        assert [reader.step(3, n, "hk") for n in (-1, 1)] == [2, 4]
        assert [reader.step(3, n) for n in (-1, 1)] == [2, 4]


def test_packets_that_cannot_be_read_are_kept_as_they_came(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "a.okaeri", packet("hk", VALUE))
    good = scene.octets("hk", {"value": 9})
    longer = primary_header(100, 1, 5) + b"12345"
    unknown = primary_header(1234, 7, 3) + b"abc"
    scene.receive([(each, START + i) for i, each in enumerate((good, longer, unknown))])
    scene.close()
    assert kept(scene.path, "apid, bytes") == [(100, good), (100, longer), (1234, unknown)]
    quality = [flags for (flags,) in kept(scene.path, "quality")]
    assert quality[1] & PacketQuality.LENGTH_BAD
    assert quality[2] & PacketQuality.APID_UNKNOWN
    assert query(scene.path, "SELECT id, value FROM ship__hk") == [(1, 9)]
    assert kept(scene.path, "packet", "id = 3") == [(None,)]


def frames_scene(tmp_path: Path, link: str, datagrams: list[bytes], **more: Any) -> Path:
    """Record these datagrams of one link of the small mission."""
    mission = small_mission.write_mission(tmp_path / "mission", link)
    decoder = Decoder(link_format(mission, mission.links[0]), mission.packets)
    path = tmp_path / "a.okaeri"
    writer = ArchiveWriter(path, mission, **more)
    for i, octets in enumerate(datagrams):
        writer.write("s", decoder.feed(octets, START + i * S), START + i * S + 50)
    writer.close()
    return path


def packets(first: int, count: int) -> list[bytes]:
    return [small_mission.packet(n) for n in range(first, first + count)]


def test_every_frame_has_a_header_row(tmp_path: Path) -> None:
    packer = TmFramePacker(small_mission.SCID, small_mission.VCID)
    packer.ocf_word = 0x0123_4567
    sent = [frame for each in packets(0, 90) for frame in packer.push(each)]
    sent.append(packer.idle_frame())
    path = frames_scene(
        tmp_path, 'id="s"\nkind="udp"\nport=4001\nframing="tm"', [cadu(each) for each in sent]
    )
    header = "id, vehicle, scid, vcid, mc_count, vc_count, first_header, ocf, reception_ns, recorded_ns"
    rows = query(path, f"SELECT {header}, reason, bytes FROM frames ORDER BY id")
    expected = []
    for i, frame in enumerate(sent):
        word, master, count, status = struct.unpack_from(">HBBH", frame)
        fields = (word >> 4 & 0x3FF, word >> 1 & 7, master, count, status & 0x7FF)
        ocf = int.from_bytes(frame[-6:-2], "big") if word & 1 else None
        times = (START + i * S, START + i * S + 50)
        expected.append((i + 1, "ship", *fields, ocf, *times, None, None))
    assert rows == expected
    assert rows[0][7] == 0x0123_4567
    assert query(path, f"SELECT id FROM frames WHERE quality & {int(FrameQuality.IDLE)}") == [(len(sent),)]
    # Each packet knows the frame that completed it, and its place there if it began there.
    placed = query(path, "SELECT p.frame_id, p.frame_offset, p.bytes FROM packets p ORDER BY id")
    assert len(placed) >= 70
    for frame_id, offset, octets in placed:
        if offset >= 0:
            assert sent[frame_id - 1][offset : offset + len(octets)] == octets
        else:
            assert octets[-10:] in sent[frame_id - 1]


@pytest.mark.parametrize("keep", ["packets", "frames"])
def test_unusable_frames_are_kept_with_their_bytes_and_the_reason(tmp_path: Path, keep: str) -> None:
    packer = AosFramePacker(small_mission.SCID, small_mission.VCID)
    good = [frame for each in packets(0, 60) for frame in packer.push(each)]
    other = AosFramePacker(0x99, 1)
    stranger = next(frame for each in packets(100, 20) for frame in other.push(each))
    flipped = good[1][:500] + bytes([good[1][500] ^ 1]) + good[1][501:]
    version = bytes([good[1][0] & 0x3F]) + good[1][1:-2]
    version += struct.pack(">H", crc_hqx(version, 0xFFFF))
    sent = [good[0], flipped, good[2][:700], stranger, version, good[2]]
    path = frames_scene(
        tmp_path, f'id="s"\nkind="udp"\nport=4001\nframing="aos"\nasm=false\nkeep="{keep}"', sent
    )
    rows = query(path, "SELECT quality, reason, bytes FROM frames ORDER BY id")
    reasons = [reason for _, reason, _ in rows]
    assert [bool(reason) for reason in reasons] == [False, True, True, True, True, False]
    assert reasons[1] == "fecf bad"
    assert "length bad" in reasons[2]
    assert reasons[3] == "vehicle unknown"
    assert "version bad" in reasons[4]
    whole = [octets for _, _, octets in rows]
    assert whole[1:5] == sent[1:5]
    assert [whole[0], whole[5]] == ([good[0], good[2]] if keep == "frames" else [None, None])
    # No values came out of them.
    used = query(path, "SELECT DISTINCT frame_id FROM packets JOIN ship__hk USING (id) ORDER BY 1")
    assert used == [(1,), (6,)]
    assert query(path, "SELECT count(*) FROM events WHERE code = 'frame-fecf'") == [(1,)]


def test_frames_of_other_data_than_packets_are_kept_with_their_bytes(tmp_path: Path) -> None:
    packer = AosFramePacker(small_mission.SCID, small_mission.VCID)
    good = next(frame for each in packets(0, 60) for frame in packer.push(each))
    video = AosFramePacker(small_mission.SCID, 9).bitstream(b"\x5a" * 900)
    link = f'id="s"\nkind="udp"\nport=4001\nframing="aos"\nasm=false\npacket_vcids=[{small_mission.VCID}]'
    path = frames_scene(tmp_path, link, [good, video])
    rows = query(path, "SELECT vcid, reason, bytes FROM frames ORDER BY id")
    assert rows == [(small_mission.VCID, None, None), (9, None, video)]


def test_how_many_symbols_were_corrected_is_kept(tmp_path: Path) -> None:
    packer = AosFramePacker(small_mission.SCID, small_mission.VCID)
    good = [frame for each in packets(0, 60) for frame in packer.push(each)][:3]
    code = BlockCoding(LinkFormat("aos", reed_solomon=223, interleave=5))
    blocks = [bytearray(code.encode(frame)) for frame in good]
    for at in (0, 700, 1274):
        blocks[1][at] ^= 0x40
    blocks[2][: 17 * 5] = bytes(octet ^ 1 for octet in blocks[2][: 17 * 5])  # 17 symbols of each codeword
    link = 'id="s"\nkind="udp"\nport=4001\nframing="aos"\nasm=false\nreed_solomon=223\ninterleave=5'
    path = frames_scene(tmp_path, link, [bytes(block) for block in blocks])
    rows = query(path, "SELECT corrected, reason, bytes FROM frames ORDER BY id")
    assert rows[:2] == [(0, None, None), (3, None, None)]
    assert rows[2][0] is None
    assert rows[2][1] == "code bad"
    assert rows[2][2] == bytes(blocks[2][:1115])
    used = query(path, "SELECT DISTINCT frame_id FROM packets JOIN ship__hk USING (id) ORDER BY 1")
    assert used == [(1,), (2,)]


def test_mission_time_is_not_the_machines(tmp_path: Path) -> None:
    offset = -123 * S
    scene = Scene(
        tmp_path / "a.okaeri", packet("hk", VALUE), kind="simulation", mission_offset_ns=offset, note="a test"
    )
    scene.send("hk", [{"value": 1}] * 70)
    scene.close()
    with ArchiveReader(scene.path) as reader:
        session = reader.session()
        assert (session.kind, session.mission_offset_ns, session.note) == ("simulation", offset, "a test")
        trace = reader.trace(
            "hk", "value", START + offset, START, points=200, upto_record=70, axis="generation"
        )
        received = reader.trace("hk", "value", START, START + 70 * S, points=200, upto_record=70)
    assert trace.t_ns.tolist() == [START + offset + i * S for i in range(70)]
    assert received.t_ns.tolist() == [START + i * S for i in range(70)]
    (row,) = query(scene.path, "SELECT min(generation_min_ns), max(generation_max_ns) FROM rollup")
    assert row == (START + offset, START + offset + 69 * S)
