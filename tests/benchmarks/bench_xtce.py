"""How fast packets of an XTCE database are decoded, beside space_packet_parser:
``python -m tests.benchmarks.bench_xtce``.

The file is the JPSS-1 attitude and ephemeris of the real telemetry (``OKAERI_REAL_TELEMETRY``) with its own
database, from the file on disk to every parameter of every packet; the databases are read before for both.
The second is a container of 800 parameters of 1 to 32 bits, with packets of noise. The peer decodes fewer
packets and is scaled by packet. Exit code 1 if a figure is missed.
"""

from __future__ import annotations

import io
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import space_packet_parser
from space_packet_parser.xtce.definitions import XtcePacketDefinition

from decoders.layout import Layout
from decoders.mission.model import PacketDefinition
from decoders.mission.xtce import read_xtce
from decoders.packet_index import index_packets

CHECKOUT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("OKAERI_REAL_TELEMETRY") or CHECKOUT.parent / "shared" / "real") / "jpss1"
warnings.filterwarnings("ignore", module="space_packet_parser")
WANTED = {"JPSS file": 500.0, "800 parameters": 100.0}
HEADER = (
    ("VERSION", 3), ("TYPE", 1), ("SHF", 1), ("APID", 11), ("FLAGS", 2), ("COUNT", 14), ("LENGTH", 16)
)  # fmt: skip
WIDTHS = (1, 3, 8, 12, 16, 7, 24, 32)


def best_s(call: Callable[[], object], rounds: int) -> float:
    """Return the processor time of the quickest of several calls."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
    return best


def wide_database() -> str:
    """Return a database of one packet type with 800 parameters."""
    fields = [(f"P{i}", WIDTHS[i % len(WIDTHS)]) for i in range(800)]
    types = "".join(
        f'<x:IntegerParameterType name="u{n}" signed="false"><x:UnitSet/><x:IntegerDataEncoding '
        f'sizeInBits="{n}" encoding="unsigned"/></x:IntegerParameterType>'
        for n in sorted({n for _, n in (*HEADER, *fields)})
    )
    parameters = "".join(
        f'<x:Parameter name="{name}" parameterTypeRef="u{n}"/>' for name, n in (*HEADER, *fields)
    )

    def entries(names: list[str]) -> str:
        each = "".join(f'<x:ParameterRefEntry parameterRef="{name}"/>' for name in names)
        return f"<x:EntryList>{each}</x:EntryList>"

    return (
        '<x:SpaceSystem name="Wide" xmlns:x="http://www.omg.org/spec/XTCE/20180204"><x:TelemetryMetaData>'
        f"<x:ParameterTypeSet>{types}</x:ParameterTypeSet><x:ParameterSet>{parameters}</x:ParameterSet>"
        '<x:ContainerSet><x:SequenceContainer name="CCSDSPacket" abstract="true">'
        f"{entries([name for name, _ in HEADER])}</x:SequenceContainer>"
        f'<x:SequenceContainer name="WIDE">{entries([name for name, _ in fields])}'
        '<x:BaseContainer containerRef="CCSDSPacket"><x:RestrictionCriteria>'
        '<x:Comparison parameterRef="APID" value="100" useCalibratedValue="false"/>'
        "</x:RestrictionCriteria></x:BaseContainer></x:SequenceContainer></x:ContainerSet></x:TelemetryMetaData></x:SpaceSystem>"
    )


def packets_of(definition: PacketDefinition, count: int) -> bytes:
    """Return packets of a definition filled with noise."""
    bits = max((p.bit_offset or 0) + p.bit_length for p in definition.parameters)
    octets, rng = (bits + 7) // 8, np.random.default_rng(1)
    return b"".join(
        b"\x00\x64" + (0xC000 | n & 0x3FFF).to_bytes(2, "big") + (octets - 7).to_bytes(2, "big")
        + rng.bytes(octets - 6)
        for n in range(count)
    )  # fmt: skip


def compared(title: str, xml: Path, data: Path, theirs: int) -> float:
    """Print one comparison of a file and return the ratio of packets a second."""
    (definition,) = read_xtce(xml.read_bytes(), file=xml.name).definitions
    layout, peer = Layout(definition), XtcePacketDefinition.from_xtce(xml)
    found: dict[str, np.ndarray] = {}
    count = 0

    def ours() -> None:
        nonlocal found, count
        octets = np.fromfile(data, np.uint8)
        starts, lengths, _ = index_packets(octets.tobytes())
        found, count = layout.decode(octets, starts, lengths), len(starts)

    our_s = best_s(ours, 15) / count
    octets = data.read_bytes()
    starts, lengths, _ = index_packets(octets)
    some = octets[: int(starts[min(theirs, count) - 1] + lengths[min(theirs, count) - 1])]
    values: list[dict[str, object]] = []

    def peers() -> None:
        values[:] = [
            peer.parse_bytes(packet) for packet in space_packet_parser.ccsds_generator(io.BytesIO(some))
        ]

    their_s = best_s(peers, 3) / min(theirs, count)
    last, row = values[-1], len(values) - 1
    assert all(int(found[name][row]) == int(last[name]) for name in ("COUNT", "P799") if name in found)
    ratio = their_s / our_s
    print(
        f"{title:16} {count:6,} packets of {len(definition.parameters)} fields: {our_s * 1e6:8.3f} µs each, "
        f"space_packet_parser {their_s * 1e6:8.1f} µs, ratio {ratio:,.0f} ×"
    )
    return ratio


def main() -> int:
    """Print the comparisons and return the exit code."""
    ratios: dict[str, float] = {}
    if REAL.is_dir():
        ratios["JPSS file"] = compared(
            "JPSS file", REAL / "jpss1_geolocation_xtce_v1.xml", next(REAL.glob("*.DAT1")), 1000
        )
    else:
        print("JPSS file: the real telemetry is not here (OKAERI_REAL_TELEMETRY)")
    with TemporaryDirectory() as folder:
        xml, data = Path(folder) / "wide.xml", Path(folder) / "wide.bin"
        xml.write_text(wide_database(), encoding="utf-8")
        (definition,) = read_xtce(xml.read_bytes(), file=xml.name).definitions
        data.write_bytes(packets_of(definition, 2_000))
        ratios["800 parameters"] = compared("800 parameters", xml, data, 50)
    for name, ratio in ratios.items():
        state = "ok    " if ratio >= WANTED[name] else "missed"
        print(f"{state} {name}: {ratio:,.0f} × (wanted {WANTED[name]:.0f} ×)")
    return int(any(ratio < WANTED[name] for name, ratio in ratios.items()))


if __name__ == "__main__":
    sys.exit(main())
