"""Every time code beyond plain CUC and CDS: P-fields, epochs, CCS, ASCII, and what is none of them."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skyfield.api import load
from spacepackets.ccsds.time import CdsShortTimestamp

from decoders.mission.model import DefinitionError, PacketDefinition, Parameter, TimeFormat
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import NO_TIME
from decoders.timecode import from_ns, parse_utc, time_octets, to_ns, utc_text
from decoders.timefield import TimeField, time_field
from decoders.timescale import LEAP_SECONDS, read_epoch

S = 1_000_000_000
AS_TOLD = TimeFormat("p-field")
NS = st.integers(parse_utc("1972-01-01"), parse_utc("2090-01-01"))


def rows(*texts: str) -> np.ndarray:
    return np.array([list(bytes.fromhex(text)) for text in texts], np.uint8)


def text_rows(*texts: str, octets: int = 0) -> np.ndarray:
    octets = octets or max(map(len, texts))
    return np.array([list(text.encode().ljust(octets, b"\0")) for text in texts], np.uint8)


def texts(ns: np.ndarray) -> list[str]:
    return [utc_text(each) for each in ns.tolist()]


def read_each(*octets: bytes, fmt: TimeFormat = AS_TOLD, kind: str = "fill") -> list[str]:
    """Read times at octet 2 of packets that end with them."""
    packets = [b"\xee\xee" + each for each in octets]
    data = np.frombuffer(b"".join(packets), np.uint8)
    lengths = np.array([len(each) for each in packets])
    definition = PacketDefinition("p", (Parameter("t", kind, 8, 16, role="time"),), time=fmt)  # type: ignore[arg-type]
    field = time_field(definition)
    assert field is not None
    return texts(field.read(data, np.cumsum(lengths) - lengths, lengths).utc())


# Epochs ------------------------------------------------------------


@pytest.mark.parametrize(
    ("epoch", "text"),
    [
        # GPS time began with UTC at 1980-01-06 and is 18 s ahead since 2017: week 2445 begins 2026-11-15.
        ("gps", "2026-11-14T23:59:42.000000000Z"),
        ("1980-01-06 GPS", "2026-11-14T23:59:42.000000000Z"),
        ("1980-01-06T00:00:19 TAI", "2026-11-14T23:59:42.000000000Z"),
        # The same count of POSIX seconds from that day knows no leap seconds.
        ("1980-01-06", "2026-11-15T00:00:00.000000000Z"),
        ("1980-01-06 UTC", "2026-11-15T00:00:00.000000000Z"),
    ],
)
def test_week_2445_from_several_epochs(epoch: str, text: str) -> None:
    fmt = TimeFormat("cuc", coarse_octets=4, fine_octets=0, epoch=epoch)
    seconds = 2445 * 7 * 86_400
    assert texts(to_ns(rows(f"{seconds:08x}"), fmt)) == [text]


def test_j2000_is_a_date_of_terrestrial_time() -> None:
    """J2000.0 is 2000-01-01 11:58:55.816 UTC (TT = TAI + 32.184 s, TAI = UTC + 32 s)."""
    for epoch in ("j2000", "2000-01-01T12:00:00 TT"):
        fmt = TimeFormat("cuc", coarse_octets=4, fine_octets=0, epoch=epoch)
        assert texts(to_ns(rows("00000000", "00000001"), fmt)) == [
            "2000-01-01T11:58:55.816000000Z", "2000-01-01T11:58:56.816000000Z",
        ]  # fmt: skip


def test_a_count_from_a_tai_date_runs_through_the_leap_second() -> None:
    fmt = TimeFormat("cuc", coarse_octets=4, fine_octets=0, epoch="2016-12-31 TAI")
    # TAI − UTC was 36 s: the day ends at 86,436 s of this count, its leap second at 86,437 s.
    octets = np.array([list(n.to_bytes(4, "big")) for n in range(86_434, 86_439)], np.uint8)
    assert [text[:19] for text in texts(to_ns(octets, fmt))] == [
        "2016-12-31T23:59:58", "2016-12-31T23:59:59", "2017-01-01T00:00:00", "2017-01-01T00:00:00",
        "2017-01-01T00:00:01",
    ]  # fmt: skip


def test_tai_agrees_with_skyfield() -> None:
    timescale = load.timescale(builtin=True)
    fmt = TimeFormat("cuc", coarse_octets=4, fine_octets=0)
    days = [datetime.date.fromisoformat(day) for day, _ in LEAP_SECONDS]
    days += [day - datetime.timedelta(days=1) for day in days[1:]] + [datetime.date(2026, 11, 18)]
    for day in days:
        # Skyfield tells TAI as a Julian date; noon, so that no rounding meets a leap second.
        tai_days = timescale.utc(day.year, day.month, day.day, 12).tai - 2436204.5
        octets = np.array([list(round(tai_days * 86_400).to_bytes(4, "big"))], np.uint8)
        assert texts(to_ns(octets, fmt)) == [f"{day}T12:00:00.000000000Z"]


def test_day_segmented_days_are_utc_unless_the_epoch_says_otherwise() -> None:
    day = parse_utc("2026-11-18") // (86_400 * S)
    for epoch, ahead_s in (("tai", 0), ("1958-01-01", 0), ("1958-01-01 TAI", 37)):
        fmt = TimeFormat("cds", day_octets=2, submillisecond_octets=0, epoch=epoch)
        ns = to_ns(rows(f"{day + 4383:04x} 00000000"), fmt)
        assert ns.tolist() == [parse_utc("2026-11-18") - ahead_s * S]


@pytest.mark.parametrize("epoch", ["TAI", "", "launch", "2000-01-01Z TAI", "2000-01-01 UT1"])
def test_epochs_that_are_none(epoch: str) -> None:
    with pytest.raises(ValueError, match="UTC"):
        read_epoch(epoch)


@pytest.mark.parametrize("epoch", ["2400-01-01", "2400-01-01T00:00:00 UTC", "1600-01-01 TAI"])
def test_epochs_that_int64_cannot_hold(epoch: str) -> None:
    with pytest.raises(ValueError, match="further from 1970"):
        read_epoch(epoch)


@given(st.text(max_size=30))
def test_any_text_is_an_epoch_or_a_value_error(text: str) -> None:
    try:
        epoch = read_epoch(text)
    except ValueError:
        return
    assert abs(epoch.ns) < 2**63


# P-fields ------------------------------------------------------------


def test_each_packet_tells_its_code() -> None:
    # 2026-11-18T21:38 is 2,173,729,117 = 0x8190795D s of TAI since 1958; day 25,158 = 0x6246, 77,880,000 ms.
    found = read_each(
        bytes.fromhex("1c 8190795d"),  # CUC, 4 + 0 octets (§3.2.2)
        bytes.fromhex("1e 8190795d 4000"),  # 4 + 2
        bytes.fromhex("9f 0c 8190795d 400000000000"),  # two octets: 4 + (3 + 3), a quarter of a second
        bytes.fromhex("9c 20 008190795d"),  # 4 + 1 coarse
        bytes.fromhex("40 6246 04a45ac0"),  # CDS, 16-bit day, no more than ms (§3.3.2)
        bytes.fromhex("46 006246 04a45ac0 1dcd6500"),  # 24-bit day and 500,000,000 ps
        bytes.fromhex("51 20 26 11 18 21 38 00 75"),  # CCS, month and day, 10⁻² s (§3.4.2)
        bytes.fromhex("58 20 26 03 22 21 38 00"),  # CCS, day of the year
    )
    start = "2026-11-18T21:38:00"
    assert found == [
        f"{start}.000000000Z", f"{start}.250000000Z", f"{start}.250000000Z", f"{start}.000000000Z",
        f"{start}.000000000Z", f"{start}.000500000Z", f"{start}.750000000Z", f"{start}.000000000Z",
    ]  # fmt: skip


def test_the_mission_bits_of_a_second_octet_mean_nothing() -> None:
    """The last two bits of the second octet are reserved for the mission (§3.2.2)."""
    assert len(set(read_each(*(bytes.fromhex(f"9c {n:02x} 008190795d") for n in range(0x20, 0x24))))) == 1
    fmt = TimeFormat("cuc", True, 5, 0)
    assert (to_ns(rows("9c 20 008190795d", "9c 23 008190795d"), fmt) != NO_TIME).all()
    assert (to_ns(rows("9c 40 008190795d", "9c a0 008190795d"), fmt) == NO_TIME).all()


def test_an_agency_epoch_must_be_given() -> None:
    octets = bytes.fromhex("2c 00000001")
    assert read_each(octets) == [""]
    fmt = TimeFormat("p-field", epoch="2000-01-01")
    assert read_each(octets, fmt=fmt) == ["2000-01-01T00:00:01.000000000Z"]
    # The CCSDS epoch stays what it is.
    both = read_each(bytes.fromhex("1c 8190795d"), octets, fmt=fmt)
    assert both == ["2026-11-18T21:38:00.000000000Z", "2000-01-01T00:00:01.000000000Z"]


def test_a_time_that_its_packet_cuts_off_is_none_and_spares_the_next() -> None:
    whole = bytes.fromhex("1e 8190795d 4000")
    found = read_each(whole[:6], whole, b"\x9c\x20", whole)
    assert [bool(text) for text in found] == [False, True, False, True]


@given(st.lists(st.binary(min_size=2, max_size=25), min_size=1, max_size=8), st.sampled_from(["tai", "gps"]))
def test_any_octets_are_a_time_or_none(octets: list[bytes], epoch: str) -> None:
    fmt = TimeFormat("p-field", epoch=epoch)
    together = read_each(*octets, fmt=fmt)
    assert together == [read_each(each, fmt=fmt)[0] for each in octets]


FORMATS = st.one_of(
    st.builds(
        TimeFormat, st.just("cuc"), st.booleans(), st.integers(1, 7), st.integers(0, 10),
        epoch=st.sampled_from(["tai", "gps", "j2000", "1690-01-01", "2254-01-01", "2200-01-01 TAI"]),
    ),
    st.builds(
        TimeFormat, st.just("cds"), st.booleans(), day_octets=st.sampled_from([2, 3]),
        submillisecond_octets=st.sampled_from([0, 2, 4]), epoch=st.sampled_from(["tai", "gps", "2254-01-01"]),
    ),
    st.builds(
        TimeFormat, st.just("ccs"), st.booleans(), subsecond_octets=st.integers(0, 6),
        day_of_year=st.booleans(),
    ),
    st.builds(TimeFormat, st.just("ascii"), text_octets=st.integers(17, 32)),
)  # fmt: skip


@given(FORMATS, st.data())
def test_no_octets_raise_and_no_row_changes_another(fmt: TimeFormat, data: st.DataObject) -> None:
    size = time_octets(fmt)
    several = data.draw(st.lists(st.binary(min_size=size, max_size=size), min_size=1, max_size=6))
    octets = np.array([list(each) for each in several], np.uint8)
    together = to_ns(octets, fmt)
    assert together.dtype == np.int64
    assert together.tolist() == [int(to_ns(octets[i : i + 1], fmt)[0]) for i in range(len(several))]
    near = together[together != NO_TIME]
    assert (np.abs(near) < 9_100_000_000 * S).all()


@given(st.integers(1, 7), st.integers(0, 10), st.data())
def test_cuc_of_any_width_is_its_fraction(coarse: int, fine: int, data: st.DataObject) -> None:
    """The time is epoch + octets / 2**(8 · fine), computed here with whole numbers."""
    number = data.draw(st.integers(0, min(256**coarse, 6 * 10**9) * 256**fine - 1))
    fmt = TimeFormat("cuc", coarse_octets=coarse, fine_octets=fine, epoch="1970-01-01")
    octets = np.frombuffer(number.to_bytes(coarse + fine, "big"), np.uint8)[None]
    exact = number * S / 256**fine if fine < 3 else number * S // 256**fine
    assert abs(int(to_ns(octets, fmt)[0]) - exact) <= (1 if fine < 3 else 1.5) * max(1, exact * 2**-52)


@given(
    st.sampled_from([2, 3]), st.sampled_from([0, 2, 4]), st.integers(0, 2**17) | st.integers(0, 2**24 - 1),
    st.integers(0, 86_401_000) | st.integers(0, 2**32 - 1),
    st.integers(0, 1_000) | st.integers(0, 10**9) | st.integers(0, 2**32 - 1),
    st.sampled_from([("tai", -4383), ("2000-01-01", 10_957), ("2100-01-01", 47_482)]),
)  # fmt: skip
def test_cds_of_any_width_is_its_days_and_parts(
    day_octets: int, fine: int, days: int, ms: int, sub: int, epoch: tuple[str, int]
) -> None:
    """Days, milliseconds and their fraction added up with whole numbers."""
    days, sub = days % 256**day_octets, sub % 256**fine
    octets = days.to_bytes(day_octets, "big") + ms.to_bytes(4, "big") + sub.to_bytes(fine, "big")
    fmt = TimeFormat("cds", day_octets=day_octets, submillisecond_octets=fine, epoch=epoch[0])
    found = int(to_ns(np.frombuffer(octets, np.uint8)[None], fmt)[0])
    within = ms < 86_401_000 and sub < {0: 1, 2: 1_000, 4: 10**9}[fine]
    parts_ns = sub * 1_000 if fine == 2 else round(sub / 1_000)
    exact = (days + epoch[1]) * 86_400 * S + ms * 1_000_000 + parts_ns
    if within and abs(exact) < 8_900_000_000 * S:
        assert abs(found - exact) <= (fine == 4)
    elif not within or abs(exact) > 9_100_000_000 * S:
        assert found == NO_TIME


# CDS of another library ------------------------------------------------------------


@given(st.datetimes(datetime.datetime(1972, 1, 1), datetime.datetime(2137, 6, 6)))
def test_day_segmented_times_of_spacepackets(instant: datetime.datetime) -> None:
    utc = instant.replace(tzinfo=datetime.UTC)
    packed = bytes(CdsShortTimestamp.from_datetime(utc).pack())
    fmt = TimeFormat("cds", True, submillisecond_octets=0)
    ns = int(to_ns(np.frombuffer(packed, np.uint8)[None], fmt)[0])
    since = utc - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    exact = (since.days * 86_400 + since.seconds) * S + since.microseconds * 1_000
    assert abs(ns - exact) <= 1_000_000
    assert read_each(packed) == texts(np.array([ns]))
    micro = np.frombuffer(packed[1:] + b"\x03\xe7", np.uint8)[None]
    assert int(to_ns(micro, TimeFormat("cds"))[0]) == ns + 999_000


# CCS and ASCII ------------------------------------------------------------


def test_calendar_codes_by_hand() -> None:
    fmt = TimeFormat("ccs", subsecond_octets=6)
    found = to_ns(
        rows(
            "2016 12 31 23 59 60 500000000000",  # the leap second repeats the first of the next day
            "2024 02 29 00 00 00 123456789999",  # 10⁻¹² s are rounded to ns
            "2023 02 29 00 00 00 000000000000",  # no such day
            "2023 1a 01 00 00 00 000000000000",  # no decimal digit
            "2023 01 01 12 30 60 000000000000",  # no leap second at noon
            "9999 01 01 00 00 00 000000000000",  # int64 ns end in 2262
        ),
        fmt,
    )
    assert texts(found) == [
        "2017-01-01T00:00:00.500000000Z", "2024-02-29T00:00:00.123456790Z", "", "", "", "",
    ]  # fmt: skip
    by_day = TimeFormat("ccs", True, day_of_year=True)
    found = to_ns(rows("58 2024 0366 23 59 59", "58 2023 0366 00 00 00", "50 2023 0001 00 00 00"), by_day)
    assert texts(found) == ["2024-12-31T23:59:59.000000000Z", "", ""]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-18T21:38:00.25Z", "2026-11-18T21:38:00.250000000Z"),
        ("2026-11-18T21:38:00.25", "2026-11-18T21:38:00.250000000Z"),
        ("2026-11-18T21:38:00Z", "2026-11-18T21:38:00.000000000Z"),
        ("2026-11-18T21:38:00", "2026-11-18T21:38:00.000000000Z"),
        ("2026-11-18T21:38:00.1234567891Z", "2026-11-18T21:38:00.123456789Z"),
        ("2026-322T21:38:00.25Z", "2026-11-18T21:38:00.250000000Z"),
        ("2026-322T21:38:00", "2026-11-18T21:38:00.000000000Z"),
        ("2024-366T00:00:00Z", "2024-12-31T00:00:00.000000000Z"),
        ("2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00.500000000Z"),
        ("2026-11-18T21:38:00.25 ", "2026-11-18T21:38:00.250000000Z"),
        ("2026-366T00:00:00Z", ""),
        ("2026-11-31T00:00:00Z", ""),
        ("2026-00-10T00:00:00Z", ""),
        ("2026-13-10T00:00:00Z", ""),
        ("2026-11-00T00:00:00Z", ""),
        ("2026-000T00:00:00Z", ""),
        ("2026-11-18T24:00:00Z", ""),
        ("2026-11-18T12:60:00Z", ""),
        ("2016-12-31T23:10:60Z", ""),
        ("2016-12-31T22:59:60Z", ""),
        ("2016-12-31T23:59:61Z", ""),
        ("2026-11-18 21:38:00Z", ""),
        ("2026-11-18T21:38:00.Z", ""),
        ("2026-11-18T21:38:00.2x5Z", ""),
        ("2026-11-18T21:38:00.25xZ", ""),
        ("2026-11-18T21:38:00.25Zx", "2026-11-18T21:38:00.250000000Z"),
        ("2026-11-18T21:3:00.25Z", ""),
    ],
)
def test_ascii_codes(text: str, expected: str) -> None:
    found = to_ns(text_rows(text, "2026-01-01T00:00:00Z", octets=32), TimeFormat("ascii", text_octets=32))
    assert texts(found) == [expected, "2026-01-01T00:00:00.000000000Z"]
    assert texts(to_ns(text_rows(text), TimeFormat("ascii", text_octets=len(text)))) == [expected]


def test_an_ascii_time_ends_by_itself_where_nothing_tells_its_end() -> None:
    fmt = TimeFormat("ascii")
    found = read_each(
        b"2026-322T21:38:00.5Z\x12\x34", b"2026-11-18T21:38:00\xff\xff", b"2026-11-18T21:38:0",
        b"2026-11-18T21:38:00.75", fmt=fmt,
    )  # fmt: skip
    assert [text[11:23] for text in found] == ["21:38:00.500", "21:38:00.000", "", "21:38:00.750"]


def test_a_field_may_hold_the_time_with_or_without_its_p_field() -> None:
    # In the primary header stands no P-field.
    for bits, first, at in ((48, 80, 9), (56, 80, 10), (16, 80, 10), (48, 48, 6)):
        fields = (Parameter("t", "fill", bits, first, role="time"),)
        found = time_field(PacketDefinition("p", fields, time=TimeFormat("cuc", True)))
        assert found is not None
        assert (found.at, found.octets) == (at, 7)


def test_an_ascii_time_fills_its_field() -> None:
    field = Parameter("t", "str", 8 * 24, 48, role="time")
    definition = PacketDefinition("p", (field,), time=TimeFormat("ascii"))
    assert time_field(definition) == TimeField(6, TimeFormat("ascii"), 24, 24)


# And back ------------------------------------------------------------


def test_an_ascii_time_of_no_length_has_microseconds() -> None:
    instant = np.array([parse_utc("2026-11-18T21:38:00.123456Z")])
    for by_day, text in ((False, b"2026-11-18T21:38:00.123456Z"), (True, b"2026-322T21:38:00.123456Z")):
        assert from_ns(instant, TimeFormat("ascii", day_of_year=by_day)).tobytes() == text


@given(st.lists(NS, min_size=1, max_size=5), st.integers(0, 6), st.booleans(), st.booleans())
def test_ccs_and_back(times: list[int], subsecond: int, by_day: bool, p_field: bool) -> None:
    fmt = TimeFormat("ccs", p_field, subsecond_octets=subsecond, day_of_year=by_day)
    ns = np.array(times, np.int64)
    step = max(1, S // 100**subsecond)
    assert (to_ns(from_ns(ns, fmt), fmt) == ns // step * step).all()


@given(st.lists(NS, min_size=1, max_size=5), st.integers(19, 34), st.booleans())
def test_ascii_and_back(times: list[int], octets: int, by_day: bool) -> None:
    fmt = TimeFormat("ascii", day_of_year=by_day, text_octets=octets)
    ns = np.array(times, np.int64)
    digits = max(0, min(9, octets - (17 if by_day else 19) - 2))
    step = 10 ** (9 - digits)
    assert (to_ns(from_ns(ns, fmt, octets), fmt) == ns // step * step).all()


@given(NS, st.sampled_from(["tai", "gps", "j2000", "1970-01-01", "1960-01-01 TAI"]))
def test_a_p_field_told_time_and_back(ns: int, epoch: str) -> None:
    fmt = TimeFormat("p-field", coarse_octets=5, fine_octets=4, epoch=epoch)
    second = ns // S * S
    if second >= parse_utc("2000-01-02") and f"{utc_text(second)[:10]}" not in dict(LEAP_SECONDS):
        assert read_each(from_ns(np.array([second]), fmt).tobytes(), fmt=fmt) == [utc_text(second)]


def test_an_epoch_that_is_no_date_is_told_before_packets_come() -> None:
    time = TimeFormat("cuc", epoch="launch")
    definition = PacketDefinition("p", (Parameter("t", "fill", 48, 48, role="time"),), time=time)
    with pytest.raises(DefinitionError, match="'launch' is not a UTC time"):
        time_field(definition)


# In packets ----------------------------------------------------------------------------------


def test_a_p_field_that_contradicts_the_definition_makes_the_time_invalid_alone() -> None:
    """One packet of three announces CUC with three octets of fraction where two are defined."""
    heads = (b"\x1e", b"\x1f", b"\x1e")
    times = [head + bytes.fromhex("8190795d 4000 00") for head in heads]
    packets = b"".join(bytes((0x08, 5, 0xC0, i, 0, len(time) - 1)) + time for i, time in enumerate(times))
    for fmt, flags in ((TimeFormat("cuc", True), [0, 8, 0]), (TimeFormat("p-field"), [0, 0, 0])):
        fields = (Parameter("t", "fill", 56, 48, role="time"), Parameter("x", "uint", 8, 104))
        definition = PacketDefinition("p", fields, 5, time=fmt, length_octets=14)
        decoded = Decoder(LinkFormat(), [definition]).feed(packets, 0)
        assert decoded.packets.quality.tolist() == flags  # TIME_INVALID is 8
        assert [bool(text) for text in texts(decoded.packets.generation_ns)] == [not each for each in flags]
        assert len(decoded.tables[0].rows) == 3  # and its values are read all the same
