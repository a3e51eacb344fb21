"""CLCWs out of frames: the fields of the standard, when a row is made, and what it leaves alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.clcw import clcw_definition
from decoders.encode_frames import AosFramePacker, TmFramePacker, UslpFramePacker
from decoders.mission.model import PacketDefinition, Parameter, Severity
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import NO_TIME, PacketQuality
from decoders.space_packet import idle_packet, primary_header

SECOND = 1_000_000_000
T0 = 1_795_037_880 * SECOND
LENGTH = 64
CLCW = clcw_definition("ship")
HK = PacketDefinition("hk", (Parameter("value", "uint", 16, 48),), apid=5, vehicle="ship", length_octets=8)
TM = LinkFormat("tm", LENGTH, asm=None, scids={0x42: "ship", 0x43: "tug"})


def frame(word, *, scid=0x42, vcid=0, count=0, content=None):
    packer = TmFramePacker(scid, vcid, LENGTH)
    packer.count, packer.master.count, packer.ocf_word = count, count & 0xFF, word
    if content is None:
        return packer.idle_frame()
    return (packer.push(content) + packer.flush())[0]


def fields(table, row=0):
    return {name.removeprefix("ship_clcw_"): int(column[row]) for name, column in table.raw.items()}


def test_the_fields_by_hand():
    # 232.0-B-4 §4.2.1: 0 | 01 | 101 | 10 | 110011 | 11 | 1 0 1 0 1 | 10 | 1 | 10100101; each neighbour
    # differs so that no field can be read one bit beside its place.
    word = 0b0_01_101_10_110011_00_1_0_1_0_1_10_0_10100101
    decoded = Decoder(TM, [CLCW]).feed(frame(word), T0)
    (table,) = decoded.tables
    assert fields(table) == {
        "type": 0, "version": 1, "status": 5, "cop": 2, "vcid": 0b110011, "no_rf": 1, "no_bit_lock": 0,
        "lockout": 1, "wait": 0, "retransmit": 1, "farm_b": 2, "report": 0b10100101,
    }  # fmt: skip
    assert sum(p.bit_length for p in CLCW.parameters) == 32 - 2 - 1  # but for the spare bits 14, 15 and 23
    assert CLCW.parameter("ship_clcw_lockout").limits.states == (("yes", Severity.CAUTION),)


def test_the_row_of_a_word():
    decoded = Decoder(TM, [CLCW, HK]).feed(frame(0x01000055, vcid=3), T0)
    batch = decoded.packets
    assert len(batch) == 1
    assert batch.octets(0) == bytes.fromhex("01000055")
    assert (batch.apid[0], batch.vcid[0], batch.frame[0], batch.vehicle) == (-1, 3, 0, ["ship"])
    assert decoded.frames.octets(0)[int(batch.frame_offset[0]) :][:4] == bytes.fromhex("01000055")
    assert (batch.reception_ns[0], batch.generation_ns[0]) == (T0, NO_TIME)
    assert batch.quality[0] == PacketQuality.GOOD


def counts(words_and_times, definitions=(CLCW,), link=TM, batch=1):
    """Return the report values that got rows."""
    decoder, out = Decoder(link, definitions), []
    frames = [(frame(word, count=n), ns) for n, (word, ns) in enumerate(words_and_times)]
    for at in range(0, len(frames), batch):
        for table in decoder.feed_many(frames[at : at + batch]).tables:
            out += table.raw["ship_clcw_report"].tolist()
    return out, decoder.counters


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_one_row_a_change_and_one_a_second(batch):
    tenth = SECOND // 10
    sent = [(7, T0 + n * tenth) for n in range(25)] + [(8, T0 + 25 * tenth), (7, T0 + 26 * tenth)]
    got, counters = counts(sent, batch=batch)
    assert got == [7, 7, 7, 8, 7]
    assert counters.control_words == 5


def test_a_word_that_stays_gets_a_row_when_a_second_has_passed():
    got, _ = counts([(7, T0), (7, T0 + SECOND - 1), (7, T0 + SECOND)])
    assert got == [7, 7]


def test_a_word_stands_behind_the_packets_of_its_frame():
    content = [primary_header(5, n, 2) + n.to_bytes(2, "big") for n in range(3)]
    sent = [(frame(n, count=n, content=each), T0 + n) for n, each in enumerate(content)]
    assert Decoder(TM, [HK, CLCW]).feed_many(sent).packets.apid.tolist() == [5, -1] * 3


def test_only_flags_read_yes_and_no():
    told = {p.name for p in CLCW.parameters if p.calibration and 1 in p.calibration.labels}
    words = {p.name: set(p.calibration.labels.values()) for p in CLCW.parameters if p.name in told}
    flags = ("no_rf", "no_bit_lock", "lockout", "wait", "retransmit")
    assert words == {"ship_clcw_cop": {"COP-1"}} | {f"ship_clcw_{name}": {"no", "yes"} for name in flags}


def test_a_clock_set_back_silences_no_word():
    got, _ = counts([(7, T0 + 3600 * SECOND), (7, T0), (7, T0 + 1)])
    assert got == [7, 7]


def test_words_of_several_telecommand_channels_do_not_hide_each_other():
    # §4.2.1.6: the word names the telecommand channel that it tells of; two take turns.
    one, two = 5 << 18 | 1, 6 << 18 | 2
    got, _ = counts([(one if n % 2 else two, T0 + n) for n in range(20)])
    assert got == [2, 1]


def test_reports_of_the_projects_own_form_are_counted():
    # 132.0-B-3 §4.1.5: the first bit 1 is a Type-2 report.
    got, counters = counts([(1 << 31 | 5, T0), (1 << 31 | 6, T0 + 1)])
    assert got == []
    assert (counters.control_words, counters.control_words_other) == (0, 2)


def test_frames_that_cannot_be_used_give_none():
    good = frame(1)
    damaged = good[:20] + bytes([good[20] ^ 1]) + good[21:]
    stranger = frame(2, scid=0x99)
    decoder = Decoder(TM, [CLCW])
    decoded = decoder.feed_many([(damaged, T0), (stranger, T0), (good, T0), (good, T0 + 2 * SECOND)])
    # The idle frame that repeats its count is no duplicate of packets: its word is as good as any.
    assert [table.raw["ship_clcw_report"].tolist() for table in decoded.tables] == [[1, 1]]
    again = frame(9, count=1, content=primary_header(5, 0, 2) + b"\0\1")
    decoded = decoder.feed_many([(again, T0 + 9 * SECOND), (again, T0 + 19 * SECOND)])
    assert [len(table.rows) for table in decoded.tables] == [1]


def test_without_the_definition_there_are_no_rows():
    decoded = Decoder(TM, [HK]).feed(frame(1), T0)
    assert len(decoded.packets) == 0
    tug = Decoder(TM, [CLCW]).feed(frame(1, scid=0x43), T0)  # the tug has no such definition
    assert len(tug.packets) == 0


def test_words_stand_among_packets_in_order_of_reception():
    sent = []
    for n in range(12):
        content = primary_header(5, n, 2) + n.to_bytes(2, "big") if n % 3 else None
        sent.append((frame(n // 2, count=n, content=content, scid=0x42), T0 + n))
    decoder = Decoder(TM, [HK, CLCW])
    decoded = decoder.feed_many(sent)
    batch = decoded.packets
    assert (np.diff(batch.frame) >= 0).all()
    assert (np.diff(batch.reception_ns) >= 0).all()
    tables = {table.packet.name: table for table in decoded.tables}
    assert tables["hk"].raw["value"].tolist() == [n for n in range(12) if n % 3]
    assert tables["ship_clcw"].raw["ship_clcw_report"].tolist() == list(range(6))
    for table in tables.values():
        assert batch.apid[table.rows].tolist() == [table.packet.apid] * len(table.rows)
    assert decoder.counters.packets == 8  # words are no packets


def test_two_vehicles_of_one_link():
    tug = clcw_definition("tug")
    sent = [(frame(n, scid=0x42 + n % 2, count=n), T0 + n) for n in range(6)]
    decoded = Decoder(TM, [CLCW, tug, HK]).feed_many(sent)
    got = {
        table.packet.name: table.raw[f"{table.packet.vehicle}_clcw_report"].tolist()
        for table in decoded.tables
    }
    assert got == {"ship_clcw": [0, 2, 4], "tug_clcw": [1, 3, 5]}


def test_words_of_playback_channels_are_of_now():
    link = LinkFormat("tm", LENGTH, asm=None, scids={0x42: "ship"}, playback_vcids=frozenset({1}))
    decoded = Decoder(link, [CLCW]).feed(frame(1, vcid=1), T0)
    assert decoded.packets.quality.tolist() == [0]


@pytest.mark.parametrize("framing", ["aos", "uslp"])
def test_other_frames_have_words_too(framing):
    if framing == "aos":
        packer = AosFramePacker(0x42, 1, LENGTH, ocf=True)
    else:
        packer = UslpFramePacker(0x42, 1, LENGTH, ocf=True)
    packer.ocf_word = 0x01_0400_77
    link = LinkFormat(framing, LENGTH, asm=None, ocf=True, scids={0x42: "ship"})
    decoded = Decoder(link, [CLCW]).feed(packer.push(idle_packet(packer.zone_length))[0], T0)
    assert fields(decoded.tables[0])["report"] == 0x77
    assert decoded.frames.octets(0)[int(decoded.packets.frame_offset[0]) :][:4] == b"\x01\x04\x00\x77"


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 3 * SECOND)), max_size=30),
    st.integers(1, 7),
    st.booleans(),
)
def test_any_words(words, batch, any_apid):
    lone = PacketDefinition("lone", (Parameter("x", "uint", 8, 48),), apid=None)
    got, counters = counts(words, (CLCW, lone) if any_apid else (CLCW,), batch=batch)
    assert len(got) == counters.control_words
    assert counters.control_words_other == sum(word >> 31 for word, _ in words)
