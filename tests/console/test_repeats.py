"""Which packet a duplicate repeats, where vehicles share a link and an APID."""

from __future__ import annotations

from dataclasses import replace

from console.archive.repeats import Repeats
from decoders.encode import AosFramePacker, primary_header
from decoders.mission.model import Parameter
from decoders.pipeline import Decoder, LinkFormat
from tests.console.archive_scene import packet

LINK = LinkFormat(framing="aos", frame_length=128, fecf=True, ocf=False, scids={1: "one", 2: "two"})
PACKETS = [
    replace(packet(f"hk_{vehicle}", Parameter("value", "uint", 16), apid=5), vehicle=vehicle)
    for vehicle in ("one", "two")
]


def test_a_duplicate_repeats_a_packet_of_its_own_vehicle() -> None:
    packers = {1: AosFramePacker(1, 0, frame_length=128), 2: AosFramePacker(2, 0, frame_length=128)}
    decoder, repeats = Decoder(LINK, PACKETS), Repeats()

    def frames(scid: int, content: bytes, count: int = 7) -> list[bytes]:
        octets = primary_header(5, count, len(content)) + content
        return [*packers[scid].push(octets), *packers[scid].flush()]

    sent = [frames(1, b"\x00\x01"), frames(2, b"\x00\x02"), frames(2, b"\x00\x02")]
    sent += [frames(1, b"\x00\x01"), frames(2, b"\x00\x02")]
    batch = decoder.feed_many([(frame, 0) for each in sent for frame in each]).packets
    mine = [row for row in range(len(batch)) if batch.apid[row] == 5]
    assert [batch.vehicle[row] for row in mine] == ["one", "two", "two", "one", "two"]
    told = repeats.of(batch, 100)
    one, two, *_ = (100 + row for row in mine)
    assert [told[row] for row in mine] == [None, None, two, one, two]
