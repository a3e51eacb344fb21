"""Beacons and Space Packets in AX.25 frames behind KISS, through the one pipeline."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.ax25 import Address, Ax25Frame
from decoders.kiss import kiss_octets
from decoders.mission.model import BEACON_APID, PacketDefinition, Parameter, TimeFormat
from decoders.pipeline import Decoder, LinkFormat
from decoders.sequence import PacketMemory
from decoders.shapes import PacketQuality

LINK = LinkFormat("kiss", datagram=False, vehicle="sat")
BEACON = PacketDefinition(
    "beacon", (Parameter("mode", "uint", 8, 0), Parameter("volts", "uint", 16, 8)),
    vehicle="sat", length_octets=3,
)  # fmt: skip
HK = PacketDefinition("hk", (Parameter("value", "uint", 16, 48),), apid=5, vehicle="sat", length_octets=8)
SAT, GROUND = Address("JS1YAV", 11), Address("CQ")


def space_packet(count: int, value: int, apid: int = 5) -> bytes:
    """133.0-B-2 §4.1.3: version 0, unsegmented, eight octets in all."""
    return bytes([0, apid, 0xC0, count, 0, 1]) + value.to_bytes(2, "big")


def sent(info: bytes, source: Address = SAT, **fields) -> bytes:
    return kiss_octets(Ax25Frame(GROUND, source, info=info, **fields).octets())


def run(octets: bytes, packets, link=LINK, step: int = 0, memory=None):
    decoder = Decoder(link, packets, memory)
    step = step or max(len(octets), 1)
    parts = [decoder.feed(octets[at : at + step], 1000 + at) for at in range(0, len(octets), step)]
    return decoder, [*parts, decoder.finish()]


def values(parts, name: str) -> list[int]:
    return [
        int(value)
        for part in parts
        for table in part.tables
        if name in table.raw
        for value in table.raw[name]
    ]


def events(parts, code: str) -> list:
    return [event for part in parts for event in part.events if event.code == code]


@pytest.mark.parametrize("step", [0, 1, 7])
def test_a_field_may_hold_several_space_packets(step):
    stream = sent(space_packet(0, 1000) + space_packet(1, 1001)) + sent(space_packet(2, 0xC0DB))
    decoder, parts = run(stream, (HK,), step=step)
    assert values(parts, "value") == [1000, 1001, 0xC0DB]
    assert (decoder.counters.frames_good, decoder.counters.packets) == (2, 3)
    assert decoder.counters.octets == len(stream)
    assert decoder.waiting_octets == 0
    assert [apid for part in parts for apid in part.packets.apid.tolist()] == [5, 5, 5]


@pytest.mark.parametrize("step", [0, 1, 7])
def test_a_field_without_a_header_is_a_packet_of_the_definition_without_an_apid(step):
    stream = sent(bytes([3, 0x0F, 0xC0])) + sent(bytes([4, 0, 1]))
    decoder, parts = run(stream, (BEACON,), step=step)
    assert values(parts, "mode") == [3, 4]
    assert values(parts, "volts") == [0x0FC0, 1]
    batch = next(part.packets for part in parts if len(part.packets))
    assert batch.apid.tolist()[0] == BEACON_APID
    assert batch.octets(0) == bytes([3, 0x0F, 0xC0])
    assert decoder.counters.packets == 2
    assert decoder.counters.packets_missing == 0


def test_beacons_and_space_packets_keep_their_order():
    stream = (
        sent(space_packet(0, 1)) + sent(b"\1\0\2") + sent(space_packet(1, 3) + space_packet(2, 4))
        + sent(b"\2\0\5") + sent(b"\3\0\6") + sent(space_packet(3, 7))
    )  # fmt: skip
    _, (batch, _) = run(stream, (BEACON, HK))
    assert [batch.packets.octets(row)[-1] for row in range(7)] == [1, 2, 3, 4, 5, 6, 7]
    assert batch.packets.vehicle == ["sat"] * 7
    assert values([batch], "value") == [1, 3, 4, 7]
    assert values([batch], "volts") == [2, 5, 6]
    assert (batch.packets.quality == 0).all()


def test_reception_is_that_of_the_last_octet_of_each_frame():
    frames = [sent(space_packet(n, n)) if n % 3 else sent(bytes([n, 0, n])) for n in range(9)]
    decoder = Decoder(LINK, (BEACON, HK))
    halves = [half for frame in frames for half in (frame[:20], frame[20:])]
    (batch,) = [decoder.feed_many([(half, 100 * at) for at, half in enumerate(halves)])]
    assert batch.packets.reception_ns.tolist() == [100 * (2 * n + 1) for n in range(9)]


def test_each_vehicle_has_its_own_beacon():
    other = replace(BEACON, name="other", vehicle="b", parameters=(Parameter("b_mode", "uint", 24, 0),))
    for link, name in ((LINK, "mode"), (replace(LINK, vehicle="b"), "b_mode")):
        _, parts = run(sent(b"\7\0\1"), (other, BEACON), link)
        assert len(values(parts, name)) == 1
        assert sum(len(table.rows) for part in parts for table in part.tables) == 1


def test_other_frames_are_kept_as_events_and_take_no_neighbour():
    good = sent(b"\1\0\2")
    netrom, sabm = sent(b"\1\0\2", pid=0xCF), sent(b"", control=0x3F, pid=None)
    ack, torn, broken = (
        kiss_octets(b"\1\2", command=12),
        b"\xc0\0no AX.25\xc0",
        b"\xc0" + sent(b"x")[1:-3] + b"\xdb\xc0",
    )
    stream = b"noise" + good + netrom + good + sabm + ack + good + torn + good + broken + good + b"\xc0\0half"
    decoder, parts = run(stream, (BEACON,))
    assert values(parts, "volts") == [2] * 5
    counters = decoder.counters
    assert (counters.frames_good, counters.frames_other, counters.frames_bad) == (5, 3, 1)
    others, passed = events(parts, "frame-other"), events(parts, "passed-over")
    assert [b"\xc0" + each.octets + b"\xc0" for each in others] == [netrom, sabm, ack]
    assert [each.octets for each in passed] == [b"noise", torn[1:-1], broken[1:-1], b"\0half"]
    for each in (*others, *passed):
        assert stream[each.offset :].startswith(each.octets)
    assert counters.octets_passed_over == sum(len(each.octets) for each in passed)
    (heard,) = events(parts, "station-heard")
    assert "JS1YAV-11" in heard.text


def test_only_frames_of_the_stations_asked_for():
    stream = (
        sent(b"\1\0\2")
        + sent(b"\1\0\3", source=Address("N0CALL"))
        + sent(b"\1\0\4", source=Address("JS1YAV"))
    )
    for callsigns, found in (
        ({"JS1YAV"}, [2, 4]),
        ({"js1yav-11"}, [2]),
        ({"N0CALL"}, [3]),
        (set(), [2, 3, 4]),
    ):
        link = replace(LINK, callsigns=frozenset(callsigns))
        decoder, parts = run(stream, (BEACON,), link)
        assert values(parts, "volts") == found
        assert len(events(parts, "frame-other")) == decoder.counters.frames_other == 3 - len(found)
        assert len(events(parts, "station-heard")) == 3


def test_a_field_that_is_neither():
    """Without a beacon definition what is no Space Packet is passed over; with one its length is wrong."""
    stream = sent(space_packet(0, 1)) + sent(b"\xff\xff junk") + sent(space_packet(1, 2))
    _, parts = run(stream, (HK,))
    assert values(parts, "value") == [1, 2]
    (told,) = events(parts, "passed-over")
    assert told.octets == b"\xff\xff junk"
    assert stream[told.offset :].startswith(b"\0" + Ax25Frame(GROUND, SAT).octets())
    _, (batch, _) = run(stream, (HK, BEACON))
    assert values([batch], "value") == [1, 2]
    assert batch.packets.quality.tolist() == [0, int(PacketQuality.LENGTH_BAD), 0]
    assert batch.packets.octets(1) == b"\xff\xff junk"


def test_beacons_that_come_twice():
    """Over two stations, or direct and repeated: known where a beacon holds its time, else never assumed."""
    timed = PacketDefinition(
        "beacon", (Parameter("time", "uint", 32, 0, role="time"), Parameter("volts", "uint", 8, 32)),
        vehicle="sat", length_octets=5, time=TimeFormat("cuc", coarse_octets=4, fine_octets=0),
    )  # fmt: skip
    first, second = b"\x71\0\0\0\1", b"\x71\0\0\1\1"
    memory = PacketMemory()
    run(sent(first), (timed,), memory=memory)
    decoder, parts = run(sent(first) + sent(second) + sent(second), (timed,), memory=memory)
    assert decoder.counters.packets_duplicate == 2
    assert values(parts, "volts") == [1]
    _, parts = run(sent(b"\1\0\2") * 3, (BEACON,))
    assert values(parts, "volts") == [2, 2, 2]


def test_a_stream_that_broke_begins_anew():
    decoder = Decoder(LINK, (BEACON,))
    stream = sent(b"\1\0\2")
    decoder.feed(stream + stream[:10], 0)
    broken = decoder.interrupt()
    assert [each.octets for each in broken.events] == [stream[1:10]]
    assert values([decoder.feed(stream, 0)], "volts") == [2]


def test_reading_on_where_nothing_waits_loses_nothing():
    """What a followed file holds is read on ``waiting_octets`` before the end of what was read."""
    stream = sent(b"\1\0\2")[:-1] * 20 + b"\xc0"  # one FEND between two frames
    for cut in range(len(stream) + 1):
        first = Decoder(LINK, (BEACON,))
        before = first.feed(stream[:cut], 0)
        after = Decoder(LINK, (BEACON,)).feed(stream[cut - first.waiting_octets :], 0)
        assert len(values([before], "volts")) + len(values([after], "volts")) == 20


PIECES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [sent(b"\1\0\2"), sent(space_packet(3, 9)), sent(b""), b"\xc0", b"\xdb", sent(b"x", pid=1)]
    ),
)


@settings(max_examples=200)
@given(
    st.lists(PIECES, max_size=12), st.integers(1, 40), st.sampled_from([(BEACON, HK), (HK,), (BEACON,), ()])
)
def test_any_octets(pieces, step, packets):
    stream = b"".join(pieces)
    decoder, parts = run(stream, packets, step=step)
    whole, once = run(stream, packets)
    assert decoder.counters == whole.counters
    assert decoder.waiting_octets == 0
    assert decoder.counters.octets == len(stream)
    for name in ("volts", "value"):
        assert values(parts, name) == values(once, name)
    held = [batch.octets(row) for batch in (part.packets for part in parts) for row in range(len(batch))]
    again = [batch.octets(row) for batch in (part.packets for part in once) for row in range(len(batch))]
    assert held == again
    assert all(np.all(part.packets.lengths > 0) for part in parts)
