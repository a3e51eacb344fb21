"""How fast packets become columns, beside ccsdspy: ``python -m tests.benchmarks.bench_decode``.

The file is the JPSS-1 attitude and ephemeris of the real telemetry (7,200 packets of 71 octets, 20
parameters; ``OKAERI_REAL_TELEMETRY``), or packets of its definition filled with noise where it is
absent. A second table takes 200 bit-packed parameters, a third tells how long time
codes take. Exit code 1 if a figure is missed.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import timeit
from collections.abc import Callable
from pathlib import Path

import numpy as np

logging.disable(logging.WARNING)
import ccsdspy  # noqa: E402

from decoders.layout import Layout  # noqa: E402
from decoders.mission.csv import packet_from_csv, write_packet_csv  # noqa: E402
from decoders.mission.model import PacketDefinition, TimeFormat  # noqa: E402
from decoders.packet_index import index_packets  # noqa: E402
from decoders.timecode import from_ns, parse_utc, to_ns  # noqa: E402

CHECKOUT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("OKAERI_REAL_TELEMETRY") or CHECKOUT.parent / "shared" / "real") / "jpss1"
JPSS = (
    "name,data_type,bit_length\nDOY,uint,16\nMSEC,uint,32\nUSEC,uint,16\nADAESCID,uint,8\nADAET1DAY,uint,16\n"
    "ADAET1MS,uint,32\nADAET1US,uint,16\nADGPSPOSX,float,32\nADGPSPOSY,float,32\nADGPSPOSZ,float,32\n"
    "ADGPSVELX,float,32\nADGPSVELY,float,32\nADGPSVELZ,float,32\nADAET2DAY,uint,16\nADAET2MS,uint,32\n"
    "ADAET2US,uint,16\nADCFAQ1,float,32\nADCFAQ2,float,32\nADCFAQ3,float,32\nADCFAQ4,float,32\n"
)
WANTED = {"file": 4.0, "both": 15.0}
WANTED_DECODE = {1: 75.0, 10: 40.0, 100: 35.0, 1_000: 15.0}


def noise(definition: PacketDefinition, packets: int) -> bytes:
    """Return packets of a definition filled with random octets."""
    octets = definition.length_octets or 0
    rng = np.random.default_rng(1)
    return b"".join(
        b"\x08\x0b"
        + (0xC000 | i & 0x3FFF).to_bytes(2, "big")
        + (octets - 7).to_bytes(2, "big")
        + rng.bytes(octets - 6)
        for i in range(packets)
    )


def best_us(*calls: Callable[[], object]) -> list[float]:
    """Return the microseconds of each call: the best of many short rounds in turn, so that what else
    the machine does hits all of them alike."""
    first = [min(timeit.repeat(call, number=1, repeat=5)) for call in calls]
    numbers = [max(1, int(0.004 / max(seconds, 1e-6))) for seconds in first]
    best = [float("inf")] * len(calls)
    for _ in range(40):
        for i, (call, number) in enumerate(zip(calls, numbers, strict=True)):
            best[i] = min(best[i], timeit.timeit(call, number=number) / number * 1e6)
    return best


def table(title: str, definition: PacketDefinition, content: bytes, batches: list[int]) -> dict[str, float]:
    """Print one table and return the ratios by ``decode 10``, ``both 10``, …"""
    text = write_packet_csv(definition)
    peer = ccsdspy.FixedLength([
        ccsdspy.PacketField(name=p.name, data_type=p.data_type, bit_length=p.bit_length)
        for p in packet_from_csv(text, file="bench", name="bench").parameters
    ])  # fmt: skip
    layout = Layout(definition)
    octets = definition.length_octets or 1
    ratios: dict[str, float] = {}
    columns = (
        f"{'packets':>8} {'ccsdspy µs':>11} {'decode µs':>10} {'ratio':>6} {'with index':>11} {'ratio':>6}"
    )
    print(f"\n{title}\n{columns}")
    for n in batches:
        part = content[: n * octets]
        data = np.frombuffer(part, np.uint8)
        starts, lengths, _ = index_packets(part)
        theirs, decode, both = best_us(
            lambda part=part: peer.load(io.BytesIO(part)),
            lambda d=data, s=starts, k=lengths: layout.decode(d, s, k),
            lambda part=part: layout.decode(part, *index_packets(part)[:2]),
        )
        ratios[f"decode {n}"], ratios[f"both {n}"] = theirs / decode, theirs / both
        alone, indexed = ratios[f"decode {n}"], ratios[f"both {n}"]
        print(f"{n:8,} {theirs:11,.0f} {decode:10,.1f} {alone:6.1f} {both:11,.1f} {indexed:6.1f}")
    return ratios


def times(batches: list[int]) -> None:
    """Print the nanoseconds that a time code takes to become ns UTC, by the size of the batch."""
    formats = {
        "CUC 4.2": TimeFormat("cuc"),
        "CUC 4.2, P-field": TimeFormat("cuc", True),
        "as its P-field tells": TimeFormat("p-field"),
        "CDS 2.4.2": TimeFormat("cds"),
        "CDS 3.4.4, P-field": TimeFormat("cds", True, day_octets=3, submillisecond_octets=4),
        "CCS 10⁻⁴ s": TimeFormat("ccs", subsecond_octets=2),
        "ASCII A": TimeFormat("ascii", text_octets=24),
    }
    print(f"\n{'ns a time':22}" + "".join(f"{n:>10,}" for n in batches))
    for name, fmt in formats.items():
        figures = []
        for n in batches:
            octets = from_ns(parse_utc("2026-11-18") + np.arange(n, dtype=np.int64) * 40_000_000, fmt, 24)
            figures.append(best_us(lambda octets=octets, fmt=fmt: to_ns(octets, fmt))[0] * 1_000 / n)
        print(f"{name:22}" + "".join(f"{figure:10,.0f}" for figure in figures))


def bit_packed(count: int) -> PacketDefinition:
    """Return a packet of many fields of odd widths, one in ten a float."""
    widths = [12, 4, 1, 3, 16, 8, 5, 11, 24]
    lines = ["name,data_type,bit_length"]
    for i in range(count):
        kind = "float" if i % 10 == 9 else "int" if i % 4 == 1 else "uint"
        lines.append(f"p{i},{kind},{32 if kind == 'float' else widths[i % 9]}")
    bits = sum(int(line.rsplit(",", 1)[1]) for line in lines[1:])
    if bits % 8:
        lines.append(f"spare,uint,{8 - bits % 8}")
    return packet_from_csv("\n".join(lines), file="bench", name="bits")


def main() -> int:
    """Print both tables; return 1 if a figure of the file is missed."""
    jpss = packet_from_csv(JPSS, file="bench", name="jpss1")
    found = sorted(REAL.glob("*.DAT1"))
    content = found[0].read_bytes() if found else noise(jpss, 7_200)
    what = found[0].name if found else f"noise ({REAL} is absent)"
    whole = len(content) // (jpss.length_octets or 1)
    ratios = table(f"{what}: 20 parameters", jpss, content, [1, 10, 100, 1_000, whole])
    wide = bit_packed(200)
    table("200 bit-packed parameters", wide, noise(wide, 1_000), [1, 10, 100, 1_000])
    times([1, 10, 1_000, 10_000])
    missed = []
    for name, ratio, wanted in (
        (
            f"whole file, index and decode, {ratios[f'both {whole}']:.1f} ×",
            ratios[f"both {whole}"],
            WANTED["file"],
        ),
        *(
            (f"batch of {n:,}, decode, {ratios[f'decode {n}']:.1f} ×", ratios[f"decode {n}"], wanted)
            for n, wanted in WANTED_DECODE.items()
        ),
        *(
            (f"batch of {n}, both, {ratios[f'both {n}']:.1f} ×", ratios[f"both {n}"], WANTED["both"])
            for n in (1, 10)
        ),
    ):
        print(f"{'ok    ' if ratio >= wanted else 'MISSED'} {name} (wanted {wanted:g} ×)")
        if ratio < wanted:
            missed.append(name)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
