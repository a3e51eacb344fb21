"""Derived parameters: values that no packet carries, checked by hand and against one big batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders.derived import Derived
from decoders.derived_formulas import MOST_MISTAKES, computable, derived_mistakes
from decoders.encode import PacketEncoder, TmFramePacker
from decoders.mission.model import DefinitionError, Enumeration, PacketDefinition, Parameter, Polynomial
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import Decoded, PacketBatch, PacketTable

SECOND = 1_000_000_000


def formula(name: str, expression: str) -> Parameter:
    return Parameter(name, "float", 64, expression=expression)


POWER = PacketDefinition(
    "power",
    (
        Parameter("volts", "uint", 16, 48, calibration=Polynomial((0.0, 0.01))),
        Parameter("amps", "int", 16, 64, calibration=Polynomial((0.0, 0.1))),
        Parameter("cells", "uint", 8, 80, array_length=4),
    ),
    apid=1,
    vehicle="rs",
    length_octets=14,
)
AOCS = PacketDefinition(
    "aocs",
    (
        Parameter("mode", "uint", 8, 48, calibration=Enumeration({1: "SAFE", 2: "POINTING"})),
        Parameter("height", "uint", 16, 56),
    ),
    apid=2,
    vehicle="rs",
    length_octets=9,
)


def packet(definition: PacketDefinition, count: int, **values: Any) -> bytes:
    return PacketEncoder(definition).encode(values, count, 0)


def power(count: int, volts: int, amps: int, cells: Sequence[int] = (1, 2, 3, 4)) -> bytes:
    return packet(POWER, count, volts=volts, amps=amps, cells=list(cells))


def aocs(count: int, mode: int, height: int) -> bytes:
    return packet(AOCS, count, mode=mode, height=height)


def column(decoded: Sequence[Decoded], name: str) -> list[float]:
    return [
        value
        for one in decoded
        for table in one.tables
        for value in table.raw.get(name, np.empty(0)).tolist()
    ]


def test_values_of_the_same_packet() -> None:
    definition = replace(
        POWER,
        derived=(
            formula("spread", "max(cells[0], cells[3]) - min(cells[0], cells[3])"),
            formula("watts", "volts * amps"),
        ),
    )
    decoded = Decoder(LinkFormat(), [definition]).feed(
        power(0, 2800, 50) + power(1, 3000, -20, (9, 0, 0, 2)), 1
    )
    assert column([decoded], "watts") == pytest.approx([28.0 * 5.0, 30.0 * -2.0])
    assert column([decoded], "spread") == [3, 7]
    assert [each.name for each in definition.values] == ["volts", "amps", "cells", "spread", "watts"]


def test_a_value_of_another_packet_is_the_latest_one_received_by_then() -> None:
    definition = replace(POWER, derived=(formula("seen", "height"), formula("safe", 'mode == "SAFE"')))
    decoder = Decoder(LinkFormat(), [definition, AOCS])
    decoded = [
        decoder.feed(power(0, 0, 0) + aocs(0, 1, 100) + aocs(1, 2, 200) + power(1, 0, 0), 1),
        decoder.feed(power(2, 0, 0) + aocs(2, 1, 300) + power(3, 0, 0), 2),
        decoder.feed(power(4, 0, 0), 3),
        decoder.feed(aocs(3, 2, 400), 4),
        decoder.feed(power(5, 0, 0), 5),
    ]
    assert column(decoded, "seen") == pytest.approx([math.nan, 200, 200, 300, 300, 400], nan_ok=True)
    assert column(decoded, "safe") == [0, 0, 0, 1, 1, 0]


def test_links_that_share_them_read_what_the_other_brought() -> None:
    packets = [replace(POWER, derived=(formula("seen", "aocs.height"),)), AOCS]
    shared = Derived(packets)
    one, two = (Decoder(LinkFormat(), packets, derived=shared) for _ in range(2))
    one.feed(aocs(0, 1, 7), 1)
    assert column([two.feed(power(0, 0, 0), 2)], "seen") == [7]


def test_derived_of_derived_whatever_their_order() -> None:
    packets = [
        replace(POWER, derived=(formula("double", "single * 2"), formula("single", "height + 1"))),
        replace(AOCS, derived=(formula("seen", "double"),)),
    ]
    decoded = Decoder(LinkFormat(), packets).feed(aocs(0, 1, 10) + power(0, 0, 0) + aocs(1, 1, 20), 1)
    assert column([decoded], "double") == [22]
    assert column([decoded], "seen") == pytest.approx([math.nan, 22], nan_ok=True)


def test_rates_count_generation_time_or_reception_time() -> None:
    definition = replace(AOCS, derived=(formula("sink", "rate(height)"),))
    decoder = Decoder(LinkFormat(), [definition])
    decoded = [decoder.feed(aocs(i, 1, height), i * 2 * SECOND) for i, height in enumerate((100, 90, 60))]
    assert column(decoded, "sink") == pytest.approx([math.nan, -5, -15], nan_ok=True)


def test_a_playback_is_computed_by_itself() -> None:
    definition = replace(AOCS, derived=(formula("before", "prev(height)"),))
    link = LinkFormat("tm", 64, asm=None, scids={5: "rs"}, playback_vcids=frozenset({1}))
    live, playback = TmFramePacker(5, 0, 64), TmFramePacker(5, 1, 64)
    decoder = Decoder(link, [definition])
    decoded = []
    for packer, count, height in ((live, 10, 500), (playback, 0, 900), (live, 11, 510), (playback, 1, 890)):
        packer.push(aocs(count, 1, height))
        decoded += [decoder.feed(frame, count) for frame in packer.flush()]
    assert column(decoded, "before") == pytest.approx([math.nan, math.nan, 500, 900], nan_ok=True)


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_a_playback_in_the_same_batch_mixes_with_nothing(batch: int) -> None:
    definition = replace(POWER, derived=(formula("seen", "height"), formula("before", "prev(raw_volts)")))
    definition = replace(definition, derived=(formula("raw_volts", "volts * 100"), *definition.derived))
    link = LinkFormat("tm", 64, asm=None, scids={5: "rs"}, playback_vcids=frozenset({1}))
    packers = [TmFramePacker(5, vcid, 64) for vcid in (0, 1)]
    sent = []
    for n, (vcid, content) in enumerate(
        [
            (0, aocs(10, 1, 100)), (1, aocs(0, 1, 900)), (1, power(0, 7, 0)), (0, power(10, 1, 0)),
            (1, power(1, 8, 0)), (0, power(11, 2, 0)), (0, aocs(11, 1, 200)), (1, power(2, 9, 0)),
            (0, power(12, 3, 0)), (1, aocs(1, 1, 800)), (0, power(13, 4, 0)), (1, power(3, 6, 0)),
        ]
    ):  # fmt: skip
        packers[vcid].push(content)
        sent += [(frame, n) for frame in packers[vcid].flush()]
    decoder = Decoder(link, [definition, AOCS])
    decoded = [decoder.feed_many(sent[at : at + batch]) for at in range(0, len(sent), batch)]
    found = {
        round(volts): (seen, before)
        for volts, seen, before in zip(
            column(decoded, "raw_volts"), column(decoded, "seen"), column(decoded, "before"), strict=True
        )
    }
    live, back = {1: 100, 2: 100, 3: 200, 4: 200}, {7: 900, 8: 900, 9: 900, 6: 800}
    assert {volts: seen for volts, (seen, _) in found.items()} == live | back
    befores = [found[volts][1] for volts in (1, 2, 3, 4, 7, 8, 9, 6)]
    assert befores == pytest.approx([math.nan, 1, 2, 3, math.nan, 7, 8, 9], nan_ok=True)


def test_a_name_is_of_the_own_vehicle_first_and_may_be_of_another() -> None:
    tug = replace(AOCS, name="tug_aocs", apid=3, vehicle="tug")
    derived = (formula("own", "height"), formula("others", "tug_aocs.height"))
    packets = [tug, replace(POWER, derived=derived), AOCS]
    sent = packet(tug, 0, mode=1, height=7) + aocs(0, 1, 9) + power(0, 0, 0)
    for octets in ([sent], [sent[:9], sent[9:18], sent[18:]]):
        decoder = Decoder(LinkFormat(vehicle="rs"), packets)
        decoded = [decoder.feed(part, 0) for part in octets]
        assert (column(decoded, "own"), column(decoded, "others")) == ([9], [7])


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 255)), min_size=1, max_size=40), st.data())
def test_many_feeds_give_what_one_gives(rows: list[tuple[bool, int]], data: st.DataObject) -> None:
    packets = [
        replace(POWER, derived=(formula("sum", "cells[1] + height + prev(volts)"),)),
        replace(AOCS, derived=(formula("seen", "sum * 2 + amps + cells[3] + prev(sum)"),)),
    ]
    made = [
        power(i, value, value - 9, [value] * 4) if is_power else aocs(i, 1, value)
        for i, (is_power, value) in enumerate(rows)
    ]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=6)))
    whole = [Decoder(LinkFormat(), packets).feed_many([(octets, 1) for octets in made])]
    decoder = Decoder(LinkFormat(), packets)
    parts = [
        decoder.feed_many([(octets, 1) for octets in made[first:last]])
        for first, last in zip([0, *cuts], [*cuts, len(rows)], strict=True)
    ]
    # One by one, by hand.
    expected: dict[str, list[float]] = {"sum": [], "seen": []}
    height = volts = amps = cell = total = last_total = math.nan
    for is_power, value in rows:
        if is_power:
            total, volts, amps, cell = value + height + volts, value / 100, (value - 9) / 10, value
            expected["sum"].append(total)
        else:
            height = value
            expected["seen"].append(total * 2 + amps + cell + last_total)
            last_total = total
    for name, wanted in expected.items():
        assert column(whole, name) == pytest.approx(wanted, nan_ok=True)
        assert column(parts, name) == pytest.approx(wanted, nan_ok=True)


def batch_of(rows: int) -> PacketBatch:
    """Return so many packets of a vehicle, with nothing in them."""
    octets = packet(AOCS, 0, mode=1, height=1) * rows
    return Decoder(LinkFormat(mark_duplicates=False), [AOCS]).feed(octets, 1).packets


def test_a_field_that_was_absent_in_another_packet_is_absent_here() -> None:
    definition = replace(POWER, derived=(formula("seen", "height + 1"), formula("gone", "isnan(height)")))
    derived = Derived([definition, AOCS])

    def compute(heights: list[int], absent: list[bool], order: str) -> list[float]:
        """Compute over rows of power (p) and AOCS (a) packets in this order."""
        batch = batch_of(len(order))
        rows = {
            kind: np.array([i for i, each in enumerate(order) if each == kind], np.int64) for kind in "pa"
        }
        height = np.ma.MaskedArray(np.array(heights, np.uint16), absent)
        tables = [PacketTable(definition, rows["p"], {})]
        if heights:
            tables.append(PacketTable(AOCS, rows["a"], {"height": height, "mode": np.ones(len(heights))}))
        derived.compute(batch, tables)
        seen, gone = tables[0].raw["seen"], tables[0].raw["gone"]
        assert gone.tolist() == np.isnan(seen).tolist()
        found: list[float] = seen.tolist()
        return found

    nan = pytest.approx
    assert compute([5, 6], [False, True], "papap") == nan([math.nan, 6, math.nan], nan_ok=True)
    assert compute([], [], "pp") == nan([math.nan] * 2, nan_ok=True)
    assert compute([7], [False], "pap") == nan([math.nan, 8], nan_ok=True)
    assert compute([], [], "p") == [8]


def test_two_vehicles_of_one_definition_do_not_mix() -> None:
    definition = replace(AOCS, vehicle="", derived=(formula("before", "prev(height)"),))
    link = LinkFormat("tm", 64, asm=None, scids={5: "a", 6: "b"})
    packers = {5: TmFramePacker(5, 0, 64), 6: TmFramePacker(6, 0, 64)}
    frames = []
    for scid, count, height in ((5, 0, 1), (6, 0, 100), (5, 1, 2), (6, 1, 200)):
        packers[scid].push(aocs(count, 1, height))
        frames += packers[scid].flush()
    decoded = Decoder(link, [definition]).feed_many([(frame, 1) for frame in frames])
    found = {
        (decoded.packets.vehicle[row], height): before
        for table in decoded.tables
        for row, height, before in zip(
            table.rows.tolist(), table.raw["height"].tolist(), table.raw["before"].tolist(), strict=True
        )
    }
    assert found == pytest.approx(
        {("a", 1): math.nan, ("b", 100): math.nan, ("a", 2): 1, ("b", 200): 100}, nan_ok=True
    )


@pytest.mark.parametrize(
    ("expression", "message", "mend"),
    [
        ("heigth + 1", "no parameter 'heigth'", "'height'"),
        ("cells + 1", "array", "cells[0]"),
        ("cells[4]", "no element cells[4]", "cells[3]"),
        ("height[0]", "no array", "height"),
        ('mode == "SAVE"', "no label 'SAVE'", "'SAFE'"),
        ('height == "SAFE"', "no labels", "number"),
        ("1 +", "too early, at character 4", "Complete"),
        ("bad", "bad → bad", "others"),
        ("other", "bad → other → bad", "others"),
    ],
)
def test_a_mistake_is_told_with_its_mend(expression: str, message: str, mend: str) -> None:
    packets = [replace(POWER, derived=(formula("bad", expression), formula("other", "bad * 2"))), AOCS]
    mistake = derived_mistakes(packets)[0]
    assert (mistake.packet.name, mistake.parameter.name) == ("power", "bad")
    assert message in mistake.message
    assert mend in mistake.mend
    with pytest.raises(DefinitionError, match="power: bad"):
        Derived(packets)


def test_padding_is_no_value() -> None:
    fields = (*POWER.parameters, Parameter("pad", "fill", 8, 112))
    packet = replace(POWER, parameters=fields, length_octets=15, derived=(formula("bad", "pad + 1"),))
    (mistake,) = derived_mistakes([packet])
    assert "no parameter 'pad'" in mistake.message


def test_a_circle_is_told_at_each_of_its_parts_in_the_order_of_reading() -> None:
    circle = (formula("x", "y + volts"), formula("y", "z"), formula("z", "x"), formula("outside", "x"))
    mistakes = derived_mistakes([replace(POWER, derived=circle)])
    assert {m.parameter.name: m.message for m in mistakes} == {
        "x": "it reads itself: x → y → z → x",
        "y": "it reads itself: y → z → x → y",
        "z": "it reads itself: z → x → y → z",
    }


def test_a_part_of_a_mission_keeps_what_it_can_compute() -> None:
    chain = [formula(f"d{i}", f"d{i + 1} + 1") for i in range(2000)]
    packets = [
        replace(POWER, derived=(*chain, formula("d2000", "height"), formula("near", "volts"))),
        replace(AOCS, derived=(formula("far", "near"),)),
    ]
    assert computable(packets) == (packets, [])
    kept, left_out = computable(packets[:1])
    assert [each.name for each in kept[0].derived] == ["near"]
    assert sorted(left_out) == sorted(f"d{i}" for i in range(2001))
    assert Derived(kept)


def test_a_long_chain_is_computed_from_its_end() -> None:
    chain = [formula(f"d{i}", f"d{i + 1} + 1") for i in range(2000)]
    definition = replace(AOCS, derived=(*chain, formula("d2000", "height")))
    assert column([Decoder(LinkFormat(), [definition]).feed(aocs(0, 1, 7), 1)], "d0") == [2007]


def test_mistakes_without_end_are_told_up_to_a_number() -> None:
    bad = tuple(formula(f"d{i}", "no_such_name") for i in range(1000))
    assert len(derived_mistakes([replace(POWER, derived=bad)])) == MOST_MISTAKES
    circles = tuple(formula(f"d{i}", f"d{i}") for i in range(1000))
    assert len(derived_mistakes([replace(POWER, derived=circles)])) == MOST_MISTAKES


def test_a_mission_without_any_computes_nothing() -> None:
    assert not Derived([POWER, AOCS])
