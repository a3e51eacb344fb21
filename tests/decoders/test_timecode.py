"""Time codes against byte strings worked out by hand from CCSDS 301.0-B-4."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders.mission.model import TimeFormat
from decoders.shapes import NO_TIME
from decoders.timecode import (
    LEAP_SECONDS,
    ns_to_cds,
    ns_to_cuc,
    p_field_format,
    parse_utc,
    time_octets,
    to_ns,
    utc_text,
)

CUC = TimeFormat("cuc", has_p_field=True, coarse_octets=4, fine_octets=2)
CDS = TimeFormat("cds", day_octets=2, submillisecond_octets=2)


def rows(*texts: str) -> np.ndarray:
    return np.array([list(bytes.fromhex(text)) for text in texts], np.uint8)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        # 2017-01-01 is day 21550 from 1958: 21550 * 86400 = 1,861,920,000 s UTC, plus 37 s = 0x6EFAA525.
        ("1e 6efaa525 0000", "2017-01-01T00:00:00.000000000Z"),
        # One second earlier is the leap second itself: it repeats the first second of the day.
        ("1e 6efaa524 0000", "2017-01-01T00:00:00.000000000Z"),
        ("1e 6efaa523 8000", "2016-12-31T23:59:59.500000000Z"),
        # 2026-11-18T21:38 is day 25158 + 77,880 s: 2,173,729,080 + 37 = 0x8190795D; 0.25 s = 0x4000.
        ("1e 8190795d 4000", "2026-11-18T21:38:00.250000000Z"),
        # One tick of 2**-16 s is 15,258.789 ns.
        ("1e 8190795d 0001", "2026-11-18T21:38:00.000015259Z"),
        # Before 1972 TAI − UTC counts as 10 s.
        ("1e 0000000a 0000", "1958-01-01T00:00:00.000000000Z"),
    ],
)
def test_cuc_by_hand(octets: str, text: str) -> None:
    assert utc_text(int(to_ns(rows(octets), CUC)[0])) == text


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        # The first packet of the JPSS-1 file: day 0x5A45 = 23,109, 7 ms, 137 µs.
        ("5a45 00000007 0089", "2021-04-09T00:00:00.007137000Z"),
        ("0000 00000000 0000", "1958-01-01T00:00:00.000000000Z"),
        # 86,399,999 ms = 0x05265BFF is the last millisecond of a day.
        ("6246 05265bff 03e7", "2026-11-18T23:59:59.999999000Z"),
        # In a leap second the millisecond of the day goes on: 23:59:60.5 is 86,400,500.
        ("542d 05265df4 0000", "2017-01-01T00:00:00.500000000Z"),
    ],
)
def test_cds_by_hand(octets: str, text: str) -> None:
    assert utc_text(int(to_ns(rows(octets), CDS)[0])) == text


def test_cds_picoseconds_and_long_days() -> None:
    fmt = TimeFormat("cds", has_p_field=True, day_octets=3, submillisecond_octets=4)
    # P-field 0100 0 1 10 = 0x46; 123,456,789 ps = 0x075BCD15 rounds to 123,457 ns.
    ns = to_ns(rows("46 006246 00000001 075bcd15"), fmt)
    assert utc_text(int(ns[0])) == "2026-11-18T00:00:00.001123457Z"


def test_what_int64_cannot_hold_is_no_time() -> None:
    # 213,504 days in ns are 2**64 and 25 minutes: they must not come round as 1958-01-01.
    long = TimeFormat("cds", day_octets=3, submillisecond_octets=0)
    assert to_ns(rows("034200 00000000", "006246 00000000"), long)[0] == NO_TIME
    late = TimeFormat("cuc", coarse_octets=4, fine_octets=0, epoch="2200-01-01")
    found = to_ns(rows("ffffffff", "00000001"), late).tolist()
    assert [utc_text(ns) for ns in found] == ["", "2200-01-01T00:00:01.000000000Z"]
    days = TimeFormat("cds", day_octets=2, submillisecond_octets=0, epoch="2200-01-01")
    found = to_ns(rows("ffff 00000000", "0001 00000000"), days).tolist()
    assert [utc_text(ns) for ns in found] == ["", "2200-01-02T00:00:00.000000000Z"]


def test_picoseconds_of_a_millisecond_are_fewer_than_a_thousand_million() -> None:
    fmt = TimeFormat("cds", submillisecond_octets=4)
    found = to_ns(rows("6246 00000000 3b9ac9ff", "6246 00000000 3b9aca00"), fmt)
    assert (found == NO_TIME).tolist() == [False, True]


def test_another_epoch_has_no_leap_seconds() -> None:
    fmt = TimeFormat("cuc", coarse_octets=4, fine_octets=0, epoch="2000-01-01T12:00:00Z")
    assert utc_text(int(to_ns(rows("00000001"), fmt)[0])) == "2000-01-01T12:00:01.000000000Z"


def test_invalid_times_are_missing_and_leave_the_others() -> None:
    bad_p_field = to_ns(rows("1e 8190795d 4000", "2e 8190795d 4000", "1e 8190795d 4000"), CUC)
    assert [utc_text(int(ns)) for ns in bad_p_field][1] == ""
    assert bad_p_field[0] == bad_p_field[2] != NO_TIME
    beyond_the_day = to_ns(rows("5a45 05265fe8 0000", "5a45 05265fe7 03e7", "5a45 00000000 03e8"), CDS)
    assert [ns == NO_TIME for ns in beyond_the_day] == [True, False, True]
    seven = TimeFormat("cuc", coarse_octets=7, fine_octets=0)
    assert to_ns(rows("ffffffffffffff", "00000081" + "90795d"), seven).tolist()[0] == NO_TIME
    assert (to_ns(rows("00"), TimeFormat()) == NO_TIME).all()


def test_leap_seconds_agree_with_the_sum_of_steps() -> None:
    assert [offset for _, offset in LEAP_SECONDS] == list(range(10, 38))
    fmt = TimeFormat("cuc", coarse_octets=4, fine_octets=0)
    for day, offset in LEAP_SECONDS:
        date = datetime.date.fromisoformat(day)
        elapsed = (date - datetime.date(1958, 1, 1)).days * 86_400 + offset
        octets = np.array([list((elapsed + i).to_bytes(4, "big")) for i in (-2, 0, 1)], np.uint8)
        midnight = parse_utc(day)
        before = -1_000_000_000 if offset > 10 else -2_000_000_000
        assert (to_ns(octets, fmt) - midnight).tolist() == [before, 0, 1_000_000_000]


def test_p_fields() -> None:
    assert p_field_format(0x1E) == CUC
    assert p_field_format(0x2E) == TimeFormat("cuc", True, 4, 2, epoch="")
    assert p_field_format(0x9F, 0x28) == TimeFormat("cuc", True, 5, 5)
    assert p_field_format(0x41) == TimeFormat("cds", True, day_octets=2, submillisecond_octets=2)
    assert p_field_format(0x52) == TimeFormat("ccs", True, subsecond_octets=2)
    assert p_field_format(0x5B) == TimeFormat("ccs", True, subsecond_octets=3, day_of_year=True)
    for undefined in ((0x00,), (0x30,), (0x43,), (0x57,), (0x60,), (0x9E, 0x80), (0xC1,)):
        assert p_field_format(*undefined) is None
    for fmt in (CUC, TimeFormat("cuc", True, 7, 10), TimeFormat("cds", True, day_octets=3)):
        octets = (ns_to_cuc if fmt.code == "cuc" else ns_to_cds)(np.array([parse_utc("2026-11-18")]), fmt)
        assert octets.shape == (1, time_octets(fmt))
        found = p_field_format(int(octets[0, 0]), int(octets[0, 1]))
        assert found == fmt


def test_times_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="4 octets"):
        ns_to_cuc(np.array([parse_utc("2100-01-01")]), CUC)
    with pytest.raises(ValueError, match="2 octets of days"):
        ns_to_cds(np.array([parse_utc("1957-12-31")]), CDS)
    with pytest.raises(ValueError, match="2 octets of days"):
        ns_to_cds(np.array([parse_utc("2137-06-07")]), CDS)  # the day 65,536
    assert to_ns(ns_to_cds(np.array([parse_utc("2137-06-06")]), CDS), CDS) == parse_utc("2137-06-06")
    with pytest.raises(ValueError, match="has 7 octets"):
        to_ns(np.zeros((1, 6), np.uint8), CUC)


NS = st.integers(parse_utc("1972-01-01"), parse_utc("2090-01-01"))


@given(st.lists(NS, max_size=5), st.integers(0, 4))
def test_cuc_and_back(times: list[int], fine: int) -> None:
    fmt = TimeFormat("cuc", has_p_field=True, coarse_octets=4, fine_octets=fine)
    ns = np.array(times, np.int64)
    octets = ns_to_cuc(ns, fmt)
    back = to_ns(octets, fmt)
    assert (np.abs(back - ns) <= (500_000_000 >> 8 * fine) + 1).all()  # half a tick, and rounding
    again = ns_to_cuc(back, fmt)
    leap = np.isin(back // 1_000_000_000, [parse_utc(day) // 1_000_000_000 for day, _ in LEAP_SECONDS])
    assert (again == octets).all(axis=1)[~leap].all()


@given(st.lists(NS, max_size=5))
def test_cds_and_back(times: list[int]) -> None:
    fmt = TimeFormat("cds", has_p_field=True, day_octets=3, submillisecond_octets=4)
    ns = np.array(times, np.int64)
    assert (to_ns(ns_to_cds(ns, fmt), fmt) == ns).all()


@given(NS)
def test_text_and_back(ns: int) -> None:
    assert parse_utc(utc_text(ns)) == ns
    seconds = datetime.datetime.fromtimestamp(ns // 1_000_000_000, datetime.UTC)
    assert utc_text(ns)[:19] == seconds.isoformat()[:19]


def test_text_of_a_missing_time_and_wrong_texts() -> None:
    assert utc_text(int(NO_TIME)) == ""
    assert parse_utc("2026-11-19T06:38:00+09:00") == parse_utc("2026-11-18T21:38Z")
    assert parse_utc("2026-11-18T16:38:00-05:00") == parse_utc("2026-11-18T21:38Z")
    assert parse_utc("2026-11-18T18:08:00-0330") == parse_utc("2026-11-18T21:38Z")
    for text in (
        "", "yesterday", "2026-13-01", "2026-11-18T24:30:00Z", "2026-02-30", "2016-12-31T23:59:61Z",
        "2026-11-18T12:60:00Z", "2026-11-18T12:00:00+29:00", "2026-11-18T12:00:00+09:75",
    ):  # fmt: skip
        with pytest.raises(ValueError, match="is not a UTC time"):
            parse_utc(text)
