"""Clock correlation against instants worked out by hand, and the file that tells it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders.clock import Clock
from decoders.encode import PacketEncoder
from decoders.mission.clock_csv import parse_clock_csv, write_clock_csv
from decoders.mission.model import ClockCorrelation, ClockRow, PacketDefinition, Parameter, TimeFormat
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import NO_TIME, PacketQuality
from decoders.space_packet import primary_header
from decoders.timecode import Counts, parse_utc, utc_text
from decoders.timescale import SECOND_NS as S
from decoders.timescale import TAI_EPOCH, Epoch

START = parse_utc("2026-11-18T00:00:00Z")
UTC_1970 = Epoch(0, False)


def correlation(text: str) -> ClockCorrelation:
    read = parse_clock_csv(text, file="clock.csv")
    assert read.errors == []
    return read.correlation


def times(
    clock: ClockCorrelation, *seconds: float, heard: list[int] | None = None, epoch: Epoch = UTC_1970
) -> list[tuple[str, bool]]:
    """Return the UTC of on-board seconds, to the microsecond, and which are extrapolated."""
    counts = Counts(np.array([epoch.ns + round(s * S) for s in seconds], np.int64), None, epoch.continuous)
    reception = np.array(heard or [NO_TIME] * len(seconds), np.int64)
    utc, none, extrapolated = Clock(clock, epoch, epoch.continuous).utc(counts, reception)
    assert (none == (utc == NO_TIME)).all()
    return [(utc_text(ns)[11:26], far) for ns, far in zip(utc.tolist(), extrapolated.tolist(), strict=True)]


def test_a_line_with_its_rate_until_it_is_no_longer_valid() -> None:
    clock = correlation(
        "onboard,utc,rate_ppm,valid_until\n1000,2026-11-18T00:00:00Z,50,2026-11-18T01:00:00.180Z\n"
    )
    # 3,600 s of a clock that is 50 ppm slow are 3,600.18 s.
    assert times(clock, 1000, 4600, 4600.1, 999, 1010.5) == [
        ("00:00:00.000000", False), ("01:00:00.180000", False), ("01:00:00.280005", True),
        ("23:59:58.999950", True), ("00:00:10.500525", False),
    ]  # fmt: skip


def test_straight_lines_between_points_and_on_behind_the_last() -> None:
    clock = correlation(
        "onboard,utc\n0,2026-11-18T00:00:00Z\n1000,2026-11-18T00:16:41Z\n2000,2026-11-18T00:33:20Z\n"
    )
    # 1,001 s in 1,000 s, then 999 s in 1,000 s; the last slope goes on.
    assert times(clock, 500, 1500, 2000, 2100, -100) == [
        ("00:08:20.500000", False), ("00:25:00.500000", False), ("00:33:20.000000", False),
        ("00:34:59.900000", True), ("23:58:19.900000", True),
    ]  # fmt: skip


def test_a_row_holds_from_its_time_till_the_next() -> None:
    clock = correlation(
        "onboard,utc,rate,valid_until\n"
        "100,2026-11-18T00:00:00Z,1.001,2026-11-18T00:05:00Z\n"
        "1100,2026-11-18T00:16:40.5Z,1,2026-11-19T00:00:00Z\n"
    )
    assert times(clock, 200, 1000, 1099, 1100, 1200) == [
        ("00:01:40.100000", False), ("00:15:00.900000", True), ("00:16:39.999000", True),
        ("00:16:40.500000", False), ("00:18:20.500000", False),
    ]  # fmt: skip


def test_dates_for_on_board_times_are_what_the_code_tells() -> None:
    """A clock that is 2.5 s fast, whose CUC counts TAI; the difference holds across a leap second."""
    clock = correlation(
        "onboard,utc,rate_ppm,valid_until\n2016-12-31T12:00:02.5Z,2016-12-31T12:00:00Z,0,2017-12-31\n"
    )
    epoch = TAI_EPOCH
    # 2017-01-01T00:00:00 UTC is 1,861,920,037 s of TAI since 1958.
    assert times(clock, 1_861_920_037 + 2.5, 1_861_920_035 + 2.5, epoch=epoch) == [
        ("00:00:00.000000", False), ("23:59:59.000000", False),
    ]  # fmt: skip


def test_a_free_running_counter_runs_through_a_leap_second() -> None:
    clock = correlation("onboard,utc,rate_ppm,valid_until\n0,2016-12-31T00:00:00Z,0,2017-12-31\n")
    epoch = Epoch(parse_utc("2000-01-01"), True)
    assert [text for text, _ in times(clock, 86_399, 86_401, epoch=epoch)] == [
        "23:59:59.000000", "00:00:00.000000",
    ]  # fmt: skip


def test_a_clock_that_was_set_back_is_told_apart_by_reception() -> None:
    """The anomaly of an on-board computer switch: the clock steps back by an hour, and is correlated anew."""
    clock = correlation(
        "onboard,utc,rate_ppm,valid_until\n"
        "10000,2026-11-18T00:00:00Z,0,2026-11-18T02:00:00Z\n"
        "13600,2026-11-18T02:00:00Z,0,2026-11-18T06:00:00Z\n"
    )
    before, after = START + 3_700 * S, START + 7_300 * S
    assert times(clock, 13_650, 13_650, heard=[before, after]) == [
        ("01:00:50.000000", False), ("02:00:50.000000", False),
    ]  # fmt: skip
    # Made just before the step, heard just behind it: no packet comes before it was made.
    assert times(clock, 17_199, heard=[START + 7_201 * S]) == [("01:59:59.000000", False)]
    # The clock of a station may be a minute behind that of the vehicle, no more.
    heard = [START + 7_300 * S, START + 7_301 * S]
    assert [text for text, _ in times(clock, 13_761, 13_761, heard=heard)] == [
        "01:02:41.000000",
        "02:02:41.000000",
    ]
    # Without a reception time the newest correlation is taken; a count before it is of the old one.
    assert times(clock, 13_650, 13_000) == [("02:00:50.000000", False), ("00:50:00.000000", False)]


def test_a_clock_that_began_again_before_its_first_correlation() -> None:
    clock = correlation(
        "onboard,utc,rate_ppm,valid_until\n"
        "900000,2026-11-18T00:00:00Z,0,2026-11-18T06:00:00Z\n"
        "600,2026-11-18T01:10:00Z,0,2026-11-18T06:00:00Z\n"
    )
    heard = START + 4_260 * S
    assert times(clock, 100, 660, 900_100, heard=[heard] * 3) == [
        ("01:01:40.000000", True), ("01:11:00.000000", False), ("00:01:40.000000", False),
    ]  # fmt: skip


def test_a_clock_that_was_set_ahead() -> None:
    clock = correlation(
        "onboard,utc,valid_until\n0,2026-11-18T00:00:00Z,2026-11-18T00:20:00Z\n"
        "4600,2026-11-18T00:20:00Z,2026-11-18T02:00:00Z\n"
    )
    assert times(clock, 600, 4660) == [("00:10:00.000000", False), ("00:21:00.000000", False)]


def test_a_clock_whose_packets_tell_their_own_code_is_correlated_in_utc() -> None:
    """Read as TAI, the dates of the file would be 37 s away from what the P-fields tell."""
    clock = correlation("onboard,utc,rate_ppm\n2026-11-18T00:00:02.5Z,2026-11-18T00:00:00Z,0\n")
    fields = (Parameter("t", "fill", 8, 48, role="time"),)
    packet = PacketDefinition("p", fields, 5, "cap", time=TimeFormat("p-field"), clock=clock)
    # 301.0-B-4 §3.2.2: code 001 (TAI since 1958), four octets of seconds, no fraction.
    seconds = (START - parse_utc("1958-01-01")) // S + 37 + 12
    octets = primary_header(5, 0, 5, secondary_header=True) + b"\x1c" + seconds.to_bytes(4, "big")
    decoded = Decoder(LinkFormat(datagram=True), [packet]).feed(octets, START)
    assert utc_text(int(decoded.packets.generation_ns[0])) == "2026-11-18T00:00:09.500000000Z"


def test_times_beyond_int64_are_none() -> None:
    clock = correlation("onboard,utc\n0,2026-11-18T00:00:00Z\n")
    far = np.array([9_000_000_000 * S, -9_000_000_000 * S, 5], np.int64)
    utc, none, _ = Clock(clock, UTC_1970, False).utc(Counts(far, None, False), np.full(3, NO_TIME))
    assert none.tolist() == [True, True, False]
    assert utc.tolist() == [NO_TIME, NO_TIME, START + 5]
    # A correlation as far away as a file can tell, and an epoch as far as a format can, still raise nothing.
    clock = correlation("onboard,utc,valid_until\n8000000000,2200-01-01,2220-01-01\n")
    epoch = Epoch(parse_utc("2250-01-01"), True)
    assert Clock(clock, epoch, True).utc(Counts(far, None, True), np.full(3, NO_TIME))[1][1:].all()


ROWS = st.lists(
    st.tuples(
        st.integers(-(10**9), 8 * 10**9), st.integers(1, 10**8), st.none() | st.floats(-1000, 1000),
        st.none() | st.integers(0, 10**6),
    ),
    min_size=1, max_size=6, unique_by=lambda row: row[0],
)  # fmt: skip


@st.composite
def correlations(draw: st.DrawFn) -> ClockCorrelation:
    utc, found = draw(st.integers(-(10**9), 2 * 10**9)), []
    for onboard, later, ppm, valid in draw(ROWS):
        utc += later
        until = None if valid is None else (utc + valid) * S
        found.append(ClockRow(onboard * S, utc * S, ppm, until))
    return ClockCorrelation(tuple(found), draw(st.booleans()))


@given(
    correlations(), st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=6), st.booleans(),
    st.integers(0, 2**62),
)  # fmt: skip
def test_no_count_raises_and_no_row_changes_another(
    clock: ClockCorrelation, counted: list[int], continuous: bool, heard: int
) -> None:
    epoch = TAI_EPOCH if continuous else UTC_1970
    ready = Clock(clock, epoch, continuous)
    bounded = np.clip(np.array(counted, np.int64), -9_000_000_000 * S, 9_000_000_000 * S)
    together = ready.utc(Counts(bounded, None, continuous), np.full(len(counted), heard))
    for i in range(len(counted)):
        alone = ready.utc(Counts(bounded[i : i + 1], None, continuous), np.array([heard]))
        assert [column[i] for column in together] == [column[0] for column in alone]


@given(correlations())
def test_the_file_and_back(clock: ClockCorrelation) -> None:
    assert correlation(write_clock_csv(clock)) == clock


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_any_text_is_a_file_or_its_mistakes(text: str | bytes) -> None:
    head = "onboard,utc,rate_ppm,valid_until\n"
    content = head + text if isinstance(text, str) else head.encode() + text
    read = parse_clock_csv(content, file="clock.csv")
    assert bool(read.errors) != bool(read.rows) or read.errors
    assert all(each.file == "clock.csv" and each.mend for each in read.errors)


@pytest.mark.parametrize(
    ("rows", "line", "column", "what"),
    [
        ("10,2026-11-18T00:00:00Z,,\n20,2026-11-18T00:00:00Z,,", 3, "utc", "not after the row before"),
        ("10,2026-11-18T00:00:00Z,,\n10,2026-11-18T00:00:10Z,,", 3, "onboard", "what it showed"),
        ("10,2026-11-18T00:00:00Z,,\n2026-11-18,2026-11-18T00:00:10Z,,", 3, "onboard", "a date in another"),
        ("ten,2026-11-18T00:00:00Z,,", 2, "onboard", "no on-board time"),
        ("2026-13-01,2026-11-18T00:00:00Z,,", 2, "onboard", "not a UTC time"),
        ("10,yesterday,,", 2, "utc", "not a UTC time"),
        ("10,,,", 2, "utc", "the cell is empty"),
        ("10,2026-11-18T00:00:00Z,fast,", 2, "rate_ppm", "no rate of a clock"),
        ("10,2026-11-18T00:00:00Z,nan,", 2, "rate_ppm", "no rate of a clock"),
        ("10,2026-11-18T00:00:00Z,,2026-11-17", 2, "valid_until", "before the row itself"),
        ("99999999999,2026-11-18T00:00:00Z,,", 2, "onboard", "no on-board time"),
        ("", 1, "", "no correlation"),
    ],
)
def test_mistakes_are_named_with_their_place(rows: str, line: int, column: str, what: str) -> None:
    read = parse_clock_csv("onboard,utc,rate_ppm,valid_until\n" + rows, file="clock.csv")
    assert [(each.line, each.column) for each in read.errors] == [(line, column)]
    assert what in read.errors[0].message
    assert read.errors[0].mend


def test_two_rates_and_misspelt_columns() -> None:
    read = parse_clock_csv("onboard,utc,rate_ppm,rate\n1,2026-11-18,1,1\n", file="c.csv")
    assert "has a rate_ppm too" in read.errors[0].message
    read = parse_clock_csv("onboard,utc,rates\n1,2026-11-18,1\n", file="c.csv")
    assert read.errors[0].mend == "Rename it to 'rate'"


def test_packets_stay_in_the_order_of_reception_when_the_clock_steps_back() -> None:
    time = TimeFormat("cuc", coarse_octets=4, fine_octets=4, epoch="2000-01-01")
    seconds = [84_000_000, 84_000_001, 83_996_402, 84_000_002, 83_996_403]
    octets = [
        PacketEncoder(definition(None, time, 5 + i % 2)).encode({"x": i}, i, (946_684_800 + second) * S)
        for i, second in enumerate(seconds)
    ]
    decoded = Decoder(LinkFormat(datagram=True), [definition(None, time), definition(None, time, 6)])
    found = decoded.feed_many([(each, i) for i, each in enumerate(octets)])
    assert (found.packets.generation_ns // S - 946_684_800).tolist() == seconds
    assert found.packets.reception_ns.tolist() == [0, 1, 2, 3, 4]
    assert {t.packet.name: t.raw["x"].tolist() for t in found.tables} == {"p5": [0, 2, 4], "p6": [1, 3]}


# In packets ----------------------------------------------------------------------------------


def definition(clock: ClockCorrelation | None, time: TimeFormat, apid: int = 5) -> PacketDefinition:
    fields = (Parameter("t", "fill", 64, 48, role="time"), Parameter("x", "uint", 16, 112))
    return PacketDefinition(f"p{apid}", fields, apid, "cap", time=time, length_octets=16, clock=clock)


@pytest.mark.parametrize(
    "time",
    [
        TimeFormat("cuc", coarse_octets=4, fine_octets=4, epoch="2000-01-01 TAI"),
        TimeFormat("cuc", coarse_octets=4, fine_octets=4, epoch="2000-01-01"),
        TimeFormat("cuc", True, coarse_octets=4, fine_octets=3, epoch="2000-01-01 TAI"),
        TimeFormat("p-field", coarse_octets=4, fine_octets=3, epoch="2000-01-01 TAI"),
    ],
)
def test_packets_tell_utc_again(time: TimeFormat) -> None:
    """What a vehicle with a drifting clock sends is what the ground reads; other packets are untouched."""
    clock = correlation(
        "onboard,utc,rate_ppm,valid_until\n100000,2026-11-18T00:00:00Z,-12.5,2026-11-18T12:00:00Z\n"
    )
    packets = [definition(clock, time), definition(None, time, 6)]
    instants = [START + 1_234_567_890, START + 40_000 * S, START + 50_000 * S]
    octets = b"".join(
        PacketEncoder(each).encode({"x": 1}, i, ns) for i, ns in enumerate(instants) for each in packets
    )
    decoded = Decoder(LinkFormat(datagram=True), packets).feed(octets, START + 86_400 * S)
    found = decoded.packets.generation_ns.reshape(3, 2)
    assert (np.abs(found - np.array(instants)[:, None]) < 100).all()
    extrapolated = (decoded.packets.quality & PacketQuality.TIME_EXTRAPOLATED != 0).reshape(3, 2)
    assert extrapolated.tolist() == [[False, False], [False, False], [True, False]]
    assert [len(table.rows) for table in decoded.tables] == [3, 3]


def test_without_its_correlation_the_same_packet_tells_its_count() -> None:
    clock = correlation("onboard,utc,rate_ppm\n100000,2026-11-18T00:00:00Z,0\n")
    time = TimeFormat("cuc", coarse_octets=4, fine_octets=4, epoch="2000-01-01")
    octets = PacketEncoder(definition(clock, time)).encode({}, 0, START)
    assert octets[6:14] == (100_000).to_bytes(4, "big") + bytes(4)
    decoded = Decoder(LinkFormat(datagram=True), [definition(None, time)]).feed(octets, START)
    assert utc_text(int(decoded.packets.generation_ns[0]))[:19] == "2000-01-02T03:46:40"
