"""Octets and definitions from strangers, driven by coverage: ``make fuzz`` (atheris, FUZZ_SECONDS=60).

The first octet chooses what is tried: a decoder of some framing and coding with definitions of every kind, in
one feed and in many; the reader of packet CSVs; the reader of XTCE databases; an expression. No exception
may leave any of them but the ones they document, and every octet fed must be accounted for.

Under atheris memory grows by some 50 kB a run of ``feed``; without it the same inputs take nothing more after
the first thousand runs. A long fuzz is therefore best done in turns, with a corpus: ``ARGS=some/folder``.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["decoders"]):
    from decoders.ax25 import Address, Ax25Frame
    from decoders.encode import AosFramePacker, PacketEncoder, TmFramePacker, UslpFramePacker, cadu
    from decoders.expression import Expression, ExpressionError
    from decoders.kiss import kiss_octets
    from decoders.layout import Layout
    from decoders.mission.csv import packet_of, parse_packet_csv
    from decoders.mission.model import Parameter, TimeFormat
    from decoders.mission.xtce import read_xtce
    from decoders.pipeline import Decoder, LinkFormat

LENGTH = 64
LINKS = (
    LinkFormat("packets", datagram=True),
    LinkFormat("packets", datagram=False),
    LinkFormat("uslp", 96, datagram=False, varying=True),
    LinkFormat("uslp", 96, None, datagram=False, varying=True, scids={1: "x"}),
    LinkFormat("uslp", 96, None, fecf=False, datagram=False, varying=True),
    LinkFormat("kiss", datagram=False),
    LinkFormat("kiss", datagram=False, callsigns=frozenset({"SAT"})),
    *(
        LinkFormat(
            framing, LENGTH, datagram=datagram, fecf=fecf, ocf=True, insert_zone_octets=zone, fhec=zone > 0
        )
        for framing in ("tm", "aos", "uslp")
        for datagram in (True, False)
        for fecf in (True, False)
        for zone in ((0, 2) if framing == "aos" else (0,))
    ),
    LinkFormat("tm", 223, datagram=False, randomizer="classic", reed_solomon=223),
    LinkFormat("aos", 40, datagram=True, randomizer="long", reed_solomon=239, virtual_fill=199),
)  # fmt: skip
FIXED = packet_of(
    [
        Parameter("time", "uint", 56, 48, role="time"),
        Parameter("value", "int", 13, 104),
        Parameter("odd", "uint", 3, 117, bit_order="lsb"),
        Parameter("crc", "uint", 16, 120, role="crc"),
    ],
    name="fixed", apid=1, time=TimeFormat("cuc", has_p_field=True),
)  # fmt: skip
VARIABLE = packet_of(
    [
        Parameter("n", "uint", 8, 48),
        Parameter("list", "uint", 12, array_length="n"),
        Parameter("rest", "uint", 8, array_length="expand"),
    ],
    name="variable", apid=2,
)  # fmt: skip
DYNAMIC = packet_of(
    [
        Parameter("flags", "uint", 8, 48),
        Parameter("some", "int", 17, only_if="flags & 1", encoding="ones-complement"),
        Parameter("text", "str", 8, prefix_bits=8, only_if="flags & 8 == 0 and flags < 2"),
        Parameter("many", "float", 32, array_length="flags % 5", gap_bits=3),
    ],
    name="dynamic", apid=3, criteria="raw(flags) != 7", time=TimeFormat("p-field"),
)  # fmt: skip
OTHER = packet_of([Parameter("what", "uint", 16, 48)], name="other", apid=3)
BEACON = packet_of([Parameter("beat", "uint", 8, 0), Parameter("sum", "int", 13, 11)], name="beacon")
PACKETS = (FIXED, VARIABLE, DYNAMIC, OTHER)


def feed(octets: bytes) -> None:
    """Feed octets to a decoder, whole and in pieces."""
    link = LINKS[octets[0] % len(LINKS)] if octets else LINKS[0]
    body = octets[2:]
    step = max(octets[1] + 1 if len(octets) > 1 else 1, len(body) // 24)
    packets = PACKETS if link.framing != "kiss" or octets[1] & 1 else (*PACKETS, BEACON)
    whole = Decoder(link, packets)
    whole.feed(body, 0)
    whole.finish()
    pieces = Decoder(link, packets)
    for at in range(0, len(body), step):
        pieces.feed(body[at : at + step], at)
    pieces.interrupt()
    pieces.finish()
    assert whole.counters.octets == pieces.counters.octets == len(body)
    assert whole.waiting_octets == pieces.waiting_octets == 0


def read_csv(octets: bytes) -> None:
    """Read a packet CSV, and compile what it defines."""
    read = parse_packet_csv(octets, file="x.csv")
    if not read.errors:
        Layout(packet_of(read.parameters, name="x"))


def read_database(octets: bytes) -> None:
    """Read an XTCE database, and compile what it defines."""
    reading = read_xtce(octets, file="x.xml")
    assert bool(reading.errors) != bool(reading.definitions)
    for definition in reading.definitions:
        Layout(definition)


def read_expression(octets: bytes) -> None:
    """Read an expression."""
    with suppress(ExpressionError):
        Expression.parse(octets.decode("utf-8", "replace"))


TARGETS = (feed, feed, read_csv, read_database, read_expression)


def one_input(octets: bytes) -> None:
    """Try one input."""
    if octets:
        TARGETS[octets[0] % len(TARGETS)](octets[1:])


XTCE = (
    '<SpaceSystem name="x"><TelemetryMetaData><ParameterTypeSet><IntegerParameterType name="u">'
    '<IntegerDataEncoding sizeInBits="11"><DefaultCalibrator><PolynomialCalibrator><Term coefficient="2" '
    'exponent="1"/></PolynomialCalibrator></DefaultCalibrator></IntegerDataEncoding></IntegerParameterType>'
    '<StringParameterType name="s"><StringDataEncoding><SizeInBits><TerminationChar>00</TerminationChar>'
    "</SizeInBits></StringDataEncoding></StringParameterType></ParameterTypeSet><ParameterSet>"
    '<Parameter name="a" parameterTypeRef="u"/><Parameter name="b" parameterTypeRef="s"/></ParameterSet>'
    '<ContainerSet><SequenceContainer name="R" abstract="true"><EntryList>'
    '<ParameterRefEntry parameterRef="a"><LocationInContainerInBits referenceLocation="containerStart">'
    "<FixedValue>5</FixedValue>"
    "</LocationInContainerInBits></ParameterRefEntry></EntryList></SequenceContainer>"
    '<SequenceContainer name="P"><EntryList><ParameterRefEntry parameterRef="b"><IncludeCondition>'
    '<Comparison parameterRef="a" value="3"/></IncludeCondition></ParameterRefEntry></EntryList>'
    '<BaseContainer containerRef="R"><RestrictionCriteria><Comparison parameterRef="a" value="3"/>'
    "</RestrictionCriteria></BaseContainer></SequenceContainer></ContainerSet></TelemetryMetaData></SpaceSystem>"
)
CSV = (
    'name,data_type,bit_length,only_if,calibration,caution\nn,uint,8,,,\nx,int,12,n > 2,"[1, 2]",0..5\n'
    "list,uint(n),8,,,\n"
)


def seeds() -> list[bytes]:
    """Return inputs that are right, to begin from."""
    packets = [PacketEncoder(each).encode({"n": 2, "flags": 1}, n, 0) for n, each in enumerate(PACKETS)] * 2
    fields = [*packets, packets[0] + packets[1], bytes(6)]
    frames = [Ax25Frame(Address("CQ"), Address("SAT", 1), (Address("DIGI"),), info=each) for each in fields]
    made: dict[str, list[bytes]] = {
        "packets": packets,
        "kiss": [kiss_octets(each.octets()) for each in frames],
    }
    for framing, packer in (
        ("tm", TmFramePacker(1, 0, LENGTH)),
        ("aos", AosFramePacker(1, 0, LENGTH, ocf=True)),
        ("uslp", UslpFramePacker(1, 0, LENGTH)),
    ):
        frames = [frame for packet in packets for frame in packer.push(packet)]
        made[framing] = [cadu(frame) for frame in frames]
    found = []
    for number, link in enumerate(LINKS):
        body = b"".join(made[link.framing])
        found.append(bytes([0, number, 40]) + body)
        found.append(bytes([1, number, 255]) + body[: len(body) // 2] + body[len(body) // 2 + 9 :])
    return [
        *found,
        b"\2" + CSV.encode(),
        b"\3" + XTCE.encode(),
        b'\4max(a, raw(b) & 3) if c == "ON" else -d[2] ** 2',
    ]


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        for number, octets in enumerate(seeds()):
            (Path(folder) / f"seed{number}").write_bytes(octets)
        atheris.Setup([*sys.argv, folder], one_input)
        atheris.Fuzz()
