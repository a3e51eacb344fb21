"""Several definitions of one APID, told apart by what their packets hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.encode import PacketEncoder, primary_header
from decoders.mission.model import DefinitionError, Enumeration, PacketDefinition, Parameter
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import PacketQuality

KIND = Parameter("kind", "uint", 8, 48, calibration=Enumeration({1: "SHORT", 2: "LONG"}))


def kind(name, criteria, octets, apid=100, vehicle="rs"):
    fields = (KIND, Parameter(f"{name}_value", "uint", 8 * octets, 56))
    return PacketDefinition(
        name, fields, apid=apid, vehicle=vehicle, criteria=criteria, length_octets=7 + octets
    )


SHORT, LONG = kind("short", 'kind == "SHORT"', 1), kind("long", "raw(kind) == 2 and long_value > 9", 4)
PACKETS = (SHORT, LONG)


def made(definition, count, which, value):
    return PacketEncoder(definition).encode({"kind": which, f"{definition.name}_value": value}, count, 0)


def decode(packets, definitions=PACKETS, batch=1000):
    decoder = Decoder(LinkFormat("packets", vehicle="rs"), definitions)
    out = [
        decoder.feed_many([(packet, 0) for packet in packets[at : at + batch]])
        for at in range(0, len(packets), batch)
    ]
    values = [
        (table.packet.name, raw)
        for one in out
        for table in one.tables
        for raw in table.raw[f"{table.packet.name}_value"].tolist()
    ]
    return decoder, out, values


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.integers(0, 255)), max_size=40), st.integers(1, 7))
def test_each_packet_has_the_definition_that_it_fits(sent, batch):
    octets = [made(SHORT if k == 1 else LONG, n, k, value) for n, (k, value) in enumerate(sent)]
    decoder, out, values = decode(octets, batch=batch)
    wanted = sorted(("short", v) for k, v in sent if k == 1) + sorted(
        ("long", v) for k, v in sent if k == 2 and v > 9
    )
    assert sorted(values) == sorted(wanted)
    assert decoder.counters.packets_unknown == len(sent) - len(wanted)
    # The APID has one count, whatever its packets are.
    assert decoder.counters.packets_missing == decoder.counters.packet_gaps == 0
    told = [event.text for one in out for event in one.events if event.code == "apid-unknown"]
    assert len(told) == (len(sent) > len(wanted))
    assert all("fits none of its definitions" in text for text in told)


def test_a_missing_packet_is_missed_between_two_kinds():
    decoder, out, _ = decode([made(SHORT, 0, 1, 5), made(LONG, 1, 2, 50), made(SHORT, 4, 1, 6)])
    assert decoder.counters.packets_missing == 2
    gaps = out[0].packets.quality & int(PacketQuality.GAP_BEFORE)
    assert gaps.astype(bool).tolist() == [False, False, True]


def test_the_first_that_holds_is_taken():
    other = kind("other", "", 1)
    packets = [made(SHORT, 0, 1, 5), made(other, 1, 9, 6)]
    assert decode(packets, (SHORT, LONG, other))[2] == [("short", 5), ("other", 6)]
    assert decode(packets, (other, SHORT, LONG))[2] == [("other", 5), ("other", 6)]


def test_definitions_without_an_apid():
    by_type = kind("by_type", "raw(packet_type) == 1", 1, apid=None)
    by_type = PacketDefinition(
        "by_type", (Parameter("packet_type", "uint", 1, 3, role="header"), *by_type.parameters),
        criteria="raw(packet_type) == 1", vehicle="rs",
    )  # fmt: skip
    commands = primary_header(77, 0, 2, telecommand=True) + bytes([0, 42])
    telemetry = primary_header(77, 1, 2) + bytes([0, 43])
    decoder, _, values = decode([commands, telemetry, made(SHORT, 0, 1, 5)], (*PACKETS, by_type))
    assert sorted(values) == [("by_type", 42), ("short", 5)]
    assert decoder.counters.packets_unknown == 1


def test_a_packet_too_short_for_the_criteria_is_another_one():
    decoder, out, values = decode([primary_header(100, 0, 1) + b"\2", made(SHORT, 1, 1, 8)])
    assert values == [("short", 8)]
    assert decoder.counters.packets_unknown == 1
    assert out[0].packets.octets(0) == primary_header(100, 0, 1) + b"\2"
    # Beside one that is too short, the others are judged as ever.
    some = [primary_header(100, 0, 1) + b"\2", made(LONG, 1, 2, 5), made(LONG, 2, 2, 50)]
    decoder, _, values = decode(some)
    assert (values, decoder.counters.packets_unknown) == ([("long", 50)], 2)


def test_a_vehicles_own_definition_comes_first():
    mine = kind("mine", "", 1)
    theirs = kind("theirs", 'kind == "SHORT"', 1, vehicle="jm")
    assert decode([made(mine, 0, 1, 3)], (theirs, mine))[2] == [("mine", 3)]
    assert decode([made(mine, 0, 1, 3)], (theirs,))[2] == [("theirs", 3)]


def test_criteria_need_a_fixed_place():
    fields = (Parameter("n", "uint", 8, 48), Parameter("list", "uint", 8, 56, array_length="n"))
    last = Parameter("last", "uint", 8)
    bad = PacketDefinition("bad", (*fields, last), apid=1, criteria="last == 1")
    with pytest.raises(DefinitionError, match="name 'last'"):
        Decoder(LinkFormat("packets"), [bad])
    with pytest.raises(DefinitionError, match="name 'nothing'"):
        Decoder(LinkFormat("packets"), [PacketDefinition("bad", fields, apid=1, criteria="nothing == 1")])
    # Nor may they name what has another length or is not in every packet.
    there = Parameter("there", "uint", 8, 56, only_if="n > 1")
    for name, more in (("list[0]", fields), ("there", (fields[0], there))):
        bad = PacketDefinition("bad", more, apid=1, criteria=f"{name} == 1")
        with pytest.raises(DefinitionError, match="has no place of its own"):
            Decoder(LinkFormat("packets"), [bad])
