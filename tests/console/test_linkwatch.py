"""What the recorder tells of a link: gaps folded, silence and its end, phases. Time is handed in."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest

from console.links.receiver import Notice
from console.linkwatch import FOLD_S, SETTLE_S, SILENT_AFTER_S, LinkWatch
from console.mission import load_mission
from console.phasewatch import PhaseWatch
from decoders.encode import AosFramePacker, PacketEncoder
from decoders.mission.model import PacketDefinition
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import DecodeEvent
from tests.console.small_mission import SCID, frames, packet, write_mission

S = 1_000_000_000
NOW = 1_795_341_022 * S
AOS = LinkFormat(framing="aos", asm=None, fecf=True, scids={SCID: "ship"}, vehicle="ship")


class Scene:
    """A link whose frames come when a test says so."""

    def __init__(
        self, link: LinkFormat = AOS, packets: Sequence[PacketDefinition] = (), *, live: bool = True
    ) -> None:
        self.decoder = Decoder(link, packets)
        self.watch = LinkWatch(self.decoder, live=live)

    def at(self, second: float, octets: list[bytes], *told: str, last: bool = False) -> list[tuple[str, str]]:
        """Feed what comes at this second; return code and text of what is told then."""
        now_ns = NOW + round(second * S)
        self.decoder.feed_many([(each, now_ns) for each in octets])
        notices = [Notice(now_ns, code, code) for code in told]
        found = self.watch.turn(now_ns if octets else None, notices, now_ns, 1000 + second, last=last)
        assert all(each.at_ns == now_ns for each in found)
        return [(each.code, each.text) for each in found]


def test_missing_frames_of_each_channel_are_told_when_they_have_settled() -> None:
    scene = Scene()
    one = list(frames(600))
    two = list(frames(600, packer=AosFramePacker(SCID, 5)))
    assert scene.at(0, one[:2] + two[:2]) == [("link-receiving", "first data")]
    # Counts 2…4 of channel 1 and 2 of channel 5 never come.
    assert scene.at(0.1, one[5:7] + two[3:5]) == []
    assert scene.at(0.1 + SETTLE_S, one[7:8]) == [
        ("frames-missing", "VC 1: 3 frames missing"),
        ("frames-missing", "VC 5: 1 frame missing"),
    ]
    assert scene.at(9, one[8:9]) == []


def test_frames_that_only_come_late_are_no_gap() -> None:
    scene = Scene()
    sent = list(frames(600))
    scene.at(0, sent[:2])
    assert scene.at(0.1, sent[4:6]) == []
    assert scene.at(0.5, sent[2:4]) == []
    assert scene.at(5, sent[6:7], last=True) == []


def test_a_noisy_link_is_told_once_in_a_while_with_all_that_was_lost() -> None:
    scene = Scene()
    sent = list(frames(5_000))[:201]  # every second one is lost, 4 a second over 50 s
    assert len(sent) == 201
    told: list[tuple[float, str]] = []
    for i in range(0, 201, 2):
        told += [(i / 4, text) for code, text in scene.at(i / 4, sent[i : i + 1]) if code == "frames-missing"]
    told += [(50.25, text) for _, text in scene.at(50.25, [], last=True)]
    times = [second for second, _ in told[:-1]]
    assert all(after - before >= FOLD_S for before, after in itertools.pairwise(times))
    assert 3 <= len(told) <= 50 / FOLD_S + 2
    assert sum(int(text.split()[2]) for _, text in told) == 100, "nothing is lost in the folding"


def test_a_counter_that_begins_anew_is_told() -> None:
    scene = Scene()
    scene.at(0, list(frames(600))[:30])
    assert scene.at(1, list(frames(100))[:2]) == []
    assert scene.at(1 + SETTLE_S, []) == [("counter-restarted", "VC 1: frame counter restarted")]


def test_packets_without_frames_that_are_missing_are_told(tmp_path: Path) -> None:
    mission = write_mission(tmp_path)
    scene = Scene(LinkFormat(framing="packets", vehicle="ship"), packets=mission.packets)
    scene.at(0, [packet(0), packet(1), packet(14)])
    assert scene.at(SETTLE_S, []) == [("packets-missing", "12 packets missing")]


def test_silence_is_told_once_and_so_is_its_end() -> None:
    scene = Scene()
    sent = list(frames(200))
    assert scene.at(0, []) == []
    assert scene.at(60, []) == [], "a link that never had data is waiting, not silent"
    assert scene.at(61, sent[:1]) == [("link-receiving", "first data")]
    assert scene.at(61 + SILENT_AFTER_S - 0.1, []) == []
    assert scene.at(61 + SILENT_AFTER_S, []) == [("link-silent", "no data for 10 s")]
    assert scene.at(300, []) == []
    assert scene.at(361, sent[1:2]) == [("link-resumed", "data again after 300 s")]
    assert scene.at(362, sent[2:3]) == []


def test_after_a_lost_connection_only_its_end_is_told() -> None:
    scene = Scene()
    sent = list(frames(200))
    scene.at(0, sent[:1])
    assert scene.at(1, [], "link-lost") == []
    assert scene.at(20, []) == []
    assert scene.at(42, sent[1:2]) == [("link-resumed", "data again after 42 s")]


def test_a_file_that_is_read_once_is_never_silent() -> None:
    scene = Scene(live=False)
    scene.at(0, list(frames(100))[:1])
    assert scene.at(100, []) == []


def test_reports_of_damaged_frames_are_folded_and_none_is_lost() -> None:
    watch = Scene().watch
    written = []
    for i in range(100):
        now_s = 1000 + i / 10
        written += [
            e.text
            for e in watch.fold(
                [DecodeEvent("frame-fecf", f"{i % 3 + 1} frame(s)", i, count=i % 3 + 1)], now_s
            )
        ]
        written += [n.text for n in watch.turn(None, [], NOW, now_s)]
    written += [n.text for n in watch.turn(None, [], NOW, 1011, last=True)]
    assert written[0] == "1 frame(s)"
    assert len(written) <= 4
    assert sum(int(text.split()[0]) for text in written) == sum(i % 3 + 1 for i in range(100))


def test_damage_after_a_quiet_while_is_told_at_once_again() -> None:
    watch = Scene().watch
    first, later = (DecodeEvent("frame-fecf", "1 frame(s)", i, count=1) for i in range(2))
    assert watch.fold([first], 1000) == [first]
    for now_s in (1004, 1006, 1100):
        assert watch.turn(None, [], NOW, now_s) == []
    assert watch.fold([later], 1101) == [later]


def test_an_event_that_carries_octets_is_never_folded() -> None:
    watch = Scene().watch
    for code in ("frame-fecf", "passed-over"):
        events = [DecodeEvent(code, "kept", i, b"x") for i in range(5)]
        assert watch.fold(events, 1000) == events


PHASES = """
name = "phased"
title = "Phased"
[time]
code = "cuc"
[[vehicles]]
id = "ship"
title = "Ship"
[phases]
parameter = "hk_phase"
names = [{ value = 4, id = "free", title = "Free flight" }, { value = 5, id = "deorbit", title = "Deorbit" }]
[[packets]]
name = "hk"
file = "packets/hk.csv"
apid = 100
vehicle = "ship"
"""
HK = "name,data_type,bit_length,role\nhk_time,uint,48,time\nhk_phase,uint,8,\n"


@pytest.mark.parametrize(
    ("before", "batches", "told"),
    [
        (None, [[4, 4], [4]], []),
        (None, [[4, 4, 5], [5]], ["Phase: Free flight → Deorbit"]),
        (4, [[5]], ["Phase: Free flight → Deorbit"]),
        (5, [[5], [5, 9], [4]], ["Phase: Deorbit → 9?", "Phase: 9? → Free flight"]),
    ],
)
def test_each_change_of_the_phase_is_told_once(
    before: int | None, batches: list[list[int]], told: list[str]
) -> None:
    mission = load_mission({"mission.toml": PHASES.encode(), "packets/hk.csv": HK.encode()})
    encoder = PacketEncoder(mission.packets[0])
    decoder = Decoder(LinkFormat(framing="packets", vehicle="ship"), mission.packets)
    watch = PhaseWatch(mission, before)
    count, found = 0, []
    for batch in batches:
        octets = []
        for value in batch:
            octets.append((encoder.encode({"hk_phase": value}, count, NOW + count * S), NOW))
            count += 1
        found += watch.feed(decoder.feed_many(octets), NOW)
    assert [each.text for each in found] == told
    assert {each.code for each in found} <= {"phase"}


@pytest.mark.parametrize(("data_type", "value"), [("float,32", float("nan")), ("str,16", b"on")])
def test_a_parameter_that_is_no_whole_number_tells_no_phase(data_type: str, value: float | bytes) -> None:
    definition = HK.replace("hk_phase,uint,8", f"hk_phase,{data_type}").encode()
    mission = load_mission({"mission.toml": PHASES.encode(), "packets/hk.csv": definition})
    encoder = PacketEncoder(mission.packets[0])
    decoder, watch = Decoder(LinkFormat(vehicle="ship"), mission.packets), PhaseWatch(mission, 5)
    decoded = decoder.feed(encoder.encode({"hk_phase": value}, 0, NOW), NOW)
    assert len(decoded.tables[0].rows) == 1
    assert watch.feed(decoded, NOW) == []


def test_what_is_played_back_changes_no_phase() -> None:
    mission = load_mission({"mission.toml": PHASES.encode(), "packets/hk.csv": HK.encode()})
    encoder, packer = PacketEncoder(mission.packets[0]), AosFramePacker(SCID, 8)
    link = LinkFormat(
        framing="aos", asm=None, scids={SCID: "ship"}, vehicle="ship", playback_vcids=frozenset({8})
    )
    decoder, watch = Decoder(link, mission.packets), PhaseWatch(mission, 5)
    sent = [*packer.push(encoder.encode({"hk_phase": 4}, 0, NOW)), *packer.flush()]
    decoded = decoder.feed_many([(each, NOW) for each in sent])
    assert len(decoded.packets) == 1
    assert watch.feed(decoded, NOW) == []
