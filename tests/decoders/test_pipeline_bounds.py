"""What the pipeline keeps apart, and how much it keeps: vehicles, counters, channels of garbage."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from decoders import frame_channels, recognise
from decoders.encode import AosFramePacker, TmFramePacker
from decoders.mission.model import PacketDefinition, Parameter
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import Decoded, PacketQuality

T0 = 1_795_037_880_000_000_000
LENGTH = 200
HK = PacketDefinition("hk", (Parameter("value", "uint", 16, 48),), apid=0x101, vehicle="rs", length_octets=8)


def packet(count: int, body: bytes, apid: int = 0x101) -> bytes:
    return b"".join(n.to_bytes(2, "big") for n in (apid, 0xC000 | count, len(body) - 1)) + body


def tm(scid: int, packets: list[bytes], vcid: int = 0) -> list[bytes]:
    packer = TmFramePacker(scid, vcid, LENGTH)
    return [frame for each in packets for frame in packer.push(each)] + packer.flush()


def feed(decoder: Decoder, datagrams: list[bytes], batch: int) -> list[Decoded]:
    parts = [datagrams[at : at + batch] for at in range(0, len(datagrams), batch)]
    return [*(decoder.feed_many([(each, T0) for each in part]) for part in parts), decoder.finish()]


@pytest.mark.parametrize("batch", [1, 4, 1000])
def test_two_vehicles_of_one_definition_are_counted_apart(batch: int) -> None:
    link = LinkFormat("tm", LENGTH, asm=None, scids={0x2A1: "one", 0x2A2: "two"})
    decoder = Decoder(link, [replace(HK, vehicle="")])
    one = tm(0x2A1, [packet(n, bytes(2)) for n in range(200)])
    two = tm(0x2A2, [packet(n + 7000, bytes(2)) for n in range(200)])
    mixed = [frame for pair in zip(one, two, strict=True) for frame in pair]
    feed(decoder, mixed, batch)
    counters = decoder.counters
    assert (counters.packets, counters.packets_missing, counters.packet_gaps) == (400, 0, 0)


@pytest.mark.parametrize("batch", [1, 1000])
def test_the_same_octets_of_two_vehicles_are_no_duplicates(batch: int) -> None:
    link = LinkFormat("tm", LENGTH, asm=None, scids={0x2A1: "one", 0x2A2: "two"})
    decoder = Decoder(link, [replace(HK, vehicle="")])
    packets = [packet(n, bytes(2)) for n in range(100)]
    feed(decoder, tm(0x2A1, packets) + tm(0x2A2, packets), batch)
    assert (decoder.counters.packets, decoder.counters.packets_duplicate) == (200, 0)


def test_a_packet_relayed_by_another_vehicle_is_one_of_its_own() -> None:
    link = LinkFormat("tm", LENGTH, asm=None, scids={0x2A1: "rs", 0x2A2: "relay"})
    decoder = Decoder(link, [HK])
    feed(decoder, tm(0x2A1, [packet(1, bytes(2))]) + tm(0x2A2, [packet(1, bytes(2))]), 1000)
    assert (decoder.counters.packets, decoder.counters.packets_duplicate) == (1, 1)


@pytest.mark.parametrize("batch", [1, 1000])
def test_a_packet_of_a_wrong_length_in_line_is_damaged_and_not_missing(batch: int) -> None:
    decoder = Decoder(LinkFormat("packets"), [HK])
    bodies = {3: bytes(4), 4: bytes(6), 9: bytes(4)}
    feed(decoder, [packet(n, bodies.get(n, bytes(2))) for n in range(10)], batch)
    counters = decoder.counters
    assert (counters.packets, counters.packets_bad, counters.packets_missing) == (7, 3, 0)


@pytest.mark.parametrize("batch", [1, 1000])
def test_a_wrong_length_out_of_line_says_nothing_about_its_neighbours(batch: int) -> None:
    decoder = Decoder(LinkFormat("packets"), [HK])
    odd = packet(9000, bytes(4))
    out = feed(decoder, [packet(0, bytes(2)), packet(1, bytes(2)), odd, packet(2, bytes(2))], batch)
    assert decoder.counters.packets_missing == 0
    flags = [int(each) for decoded in out for each in decoded.packets.quality]
    assert flags == [0, 0, int(PacketQuality.LENGTH_BAD), 0]


def test_garbage_without_an_error_control_field_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_channels, "MOST_CHANNELS", 16)
    link = LinkFormat("aos", LENGTH, asm=None, fecf=False)
    decoder = Decoder(link, [HK])
    rng = random.Random(7)
    frames = [
        (0x4000 | rng.getrandbits(14)).to_bytes(2, "big") + rng.randbytes(LENGTH - 2) for _ in range(3000)
    ]
    out = feed(decoder, frames, 50)
    assert len({frame[:2] for frame in frames}) > 1000
    assert len(decoder.channel_counters()) == 16
    assert decoder.counters.frames_missing >= 0
    # What each frame brought stands in a packet or in an event, also of the channels forgotten.
    kept = sum(len(decoded.packets.octets(i)) for decoded in out for i in range(len(decoded.packets)))
    told = sum(len(event.octets) for decoded in out for event in decoded.events)
    assert kept + told > 0
    assert decoder.counters.octets_passed_over == told


def test_a_channel_that_sends_is_not_forgotten_for_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_channels, "MOST_CHANNELS", 4)
    decoder = Decoder(LinkFormat("aos", LENGTH, asm=None), [HK])
    good = AosFramePacker(0xB0, 5, LENGTH)
    frames = [frame for n in range(300) for frame in good.push(packet(n, bytes(2)))]
    stream = []
    for n, frame in enumerate(frames):
        stream += [frame, *AosFramePacker(n & 0xFF, n % 5, LENGTH).push(packet(0, bytes(300), 0x300))[:2]]
    feed(decoder, stream, 7)
    assert decoder.counters.packets_by_name["hk"] == len(frames) * (LENGTH - 10) // 8
    assert decoder.counters.packets_missing == 0


def test_counters_of_any_apid_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognise, "MOST_COUNTERS", 32)
    any_apid = replace(HK, apid=None, vehicle="")
    decoder = Decoder(LinkFormat("packets"), [any_apid])
    feed(decoder, [packet(5, bytes(2), apid) for apid in range(1000)], 100)
    assert decoder.counters.packets == 1000
    assert len(decoder._recogniser._sequences) == 32
