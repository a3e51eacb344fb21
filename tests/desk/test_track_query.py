"""The way of a vehicle as the desk reads it: known at a record, thinned, never without its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyproj
import pytest

from console.archive import sampling
from console.archive.reader import ArchiveReader
from console.archive.writer import ArchiveWriter
from console.desk.reading import Request, ViewMaker
from console.desk.view import TrackQuery
from console.mission import load_mission
from console.places import samples_dir
from console.playhead import Position
from console.recovery.track import Track
from decoders.encode import PacketEncoder
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import NO_TIME
from decoders.timecode import parse_utc

S = 1_000_000_000
START = parse_utc("2026-11-18T12:00:00Z")
SECONDS = 1200
ROWS = 500
OFFSET_NS = 3_000 * S
"""Mission time is ahead of the machine's clock."""
SPEED_DEG_S = 0.01


def place(second: int) -> tuple[float, float, float]:
    """Along the parallel of 25° N, over the antimeridian."""
    return 25.0, (140.0 + SPEED_DEG_S * second + 180.0) % 360.0 - 180.0, 390_000.0


@dataclass
class Made:
    reader: ArchiveReader
    path: str

    def track(self, record: int, t0_s: float, t1_s: float, *, known_now: bool = False) -> Track:
        query = TrackQuery("els_rs", START + round(t0_s * S), START + round(t1_s * S))
        at = Position("replay", START + round(t1_s * S), record, 0, 1.0, False, known_now, 1)
        views = ViewMaker(self.reader, self.path, lambda: START + SECONDS * S - OFFSET_NS)
        return views.make(Request(at, (query,)))[0].tracks[query]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """Twenty minutes of positions, a record a second; at 100 s there is no fix, at 200 s nonsense."""
    path = tmp_path_factory.mktemp("track") / "track.okaeri"
    mission = load_mission(samples_dir() / "els_rs")
    writer = ArchiveWriter(path, mission, "simulation", mission_offset_ns=OFFSET_NS)
    encoder = PacketEncoder(mission.packet("rs_nav"))
    decoder = Decoder(LinkFormat(framing="packets", vehicle="els_rs"), mission.packets)
    to_ecef = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978")
    positions = np.array([to_ecef.transform(*place(second)) for second in range(SECONDS)])
    for second, position in enumerate(positions):
        if second == 200:
            position = position / 2
        raw = {f"rs_pos_ecef_m_{n}": round(v / 0.01) for n, v in zip("xyz", position.tolist(), strict=True)}
        raw["rs_gnss_fix"] = 0 if second == 100 else 2
        at_ns = START + second * S
        octets = encoder.encode(raw, second & 0x3FFF, at_ns)
        received_ns = at_ns - OFFSET_NS
        writer.write("capsule", decoder.feed(octets, received_ns), received_ns)
    writer.commit()
    reader = ArchiveReader(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "ROWS", ROWS)
        yield Made(reader, str(path))
    reader.close()
    writer.close()


def seconds(track: Track) -> list[int]:
    return [round((t - START) / S) for t in track.t_ns.tolist()]


def test_few_rows_are_all_there_with_their_places(made: Made) -> None:
    track = made.track(SECONDS, 50, 250)
    assert seconds(track) == [s for s in range(50, 251) if s not in (100, 200)]
    for i in (0, 77, -1):
        latitude, longitude, height = place(seconds(track)[i])
        assert track.latitude_deg[i] == pytest.approx(latitude, abs=1e-6)
        assert track.longitude_deg[i] == pytest.approx(longitude, abs=1e-6)
        assert track.altitude_m[i] == pytest.approx(height, abs=0.02)


@pytest.mark.parametrize("record", [SECONDS, 1_140, 1_141, 1_177, 900])
def test_a_thinned_track_ends_with_the_record_that_is_shown(made: Made, record: int) -> None:
    """Records are counted from 1, so record n was received at second n − 1."""
    track = made.track(record, 0, SECONDS)
    told = seconds(track)
    assert told[-1] == record - 1
    assert told[0] == 0
    assert len(told) < 60 + 60 + record / 60
    # What is drawn as one line is never longer than a segment and a half
    assert max(np.diff(told)) <= 90
    assert not len(track.breaks(1.0))
    for second, longitude in zip(told, track.longitude_deg.tolist(), strict=True):
        assert longitude == pytest.approx(place(second)[1], abs=1e-6)


def test_what_came_later_is_seen_only_as_known_now(made: Made) -> None:
    assert seconds(made.track(300, 0, 450))[-1] == 299
    assert seconds(made.track(300, 0, 450, known_now=True))[-1] == 450


def test_a_stretch_of_the_past_is_not_read_to_its_end(made: Made) -> None:
    told = seconds(made.track(SECONDS, 600, 660))
    assert told == list(range(600, 661))
    assert seconds(made.track(SECONDS, SECONDS + 100, SECONDS + 200)) == []


def test_going_back_at_once_does_not_show_the_way_that_is_still_to_come(made: Made) -> None:
    query = TrackQuery("els_rs", START, START + 450 * S)
    views = ViewMaker(made.reader, made.path, lambda: START + SECONDS * S - OFFSET_NS)
    told = []
    for record in (400, 300):
        at = Position("replay", START + (record - 1) * S, record, 0, 1.0, False, False, 1)
        told.append(seconds(views.make(Request(at, (query,)))[0].tracks[query])[-1])
    assert told == [399, 299]


def test_positions_without_a_time_stand_at_their_reception(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = made.reader.sampled

    def timeless(*asked: Any) -> Any:
        rows = read(*asked)
        return replace(rows, generation_ns=np.full_like(rows.generation_ns, NO_TIME))

    monkeypatch.setattr(made.reader, "sampled", timeless)
    assert seconds(made.track(SECONDS, 600, 660)) == list(range(600, 661))
