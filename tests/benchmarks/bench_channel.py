"""How fast CADUs become packets, beside libfec: ``python -m tests.benchmarks.bench_channel``.

Reed–Solomon (255,223) with interleave 5, as the sample mission's capsule sends it. The peer is libfec
(Debian's libfec0), called codeword by codeword through ctypes, whose cost is below 2 % of a codeword;
without it only our own figures are printed. The chain is sync, derandomiser, code, FECF, TM headers and
packets grouped by APID, over a recording in memory. Exit code 1 if a figure is missed.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from decoders.encode import ASM, TmFramePacker, primary_header
from decoders.mission.model import PacketDefinition, Parameter
from decoders.pipeline import Decoder, LinkFormat
from decoders.randomizer import randomize
from decoders.reed_solomon import ReedSolomon

FRAMES = 8_000
ERRORS = 8
"""Symbol errors in each codeword of a damaged frame."""
LINK = LinkFormat(
    "tm", 1115, datagram=False, scids={0x2A1: "rs"}, randomizer="classic", reed_solomon=223, interleave=5
)
WANTED = {
    "clean": 15.0,
    "damaged": 1.5,
    "chain": 65.0,
    "chain damaged": 40.0,
    "beside": 8.0,
    "beside damaged": 5.0,
}
LIVE_MS = 0.5


def best_s(*calls: Callable[[], object]) -> list[float]:
    """Return the processor time of each call, the quickest of several rounds in turn."""
    best = [float("inf")] * len(calls)
    for _ in range(5):
        for i, call in enumerate(calls):
            start = time.process_time()
            call()
            best[i] = min(best[i], time.process_time() - start)
    return best


def recording(code: ReedSolomon) -> tuple[NDArray[np.uint8], int]:
    """Return the CADUs of a pass, ``(n, 1279)``, full of packets of ten APIDs, and how many packets."""
    rng, packer = np.random.default_rng(1), TmFramePacker(0x2A1, 0)
    frames: list[bytes] = []
    count = 0
    while len(frames) < FRAMES:
        octets = int(rng.integers(50, 1100))
        frames += packer.push(primary_header(0x100 + count % 10, count // 10, octets) + rng.bytes(octets))
        count += 1
    plain = np.frombuffer(b"".join(frames), np.uint8).reshape(-1, code.frame_octets)
    blocks = randomize(code.encode(plain), "classic")
    return np.concatenate([np.tile(np.frombuffer(ASM, np.uint8), (len(blocks), 1)), blocks], axis=1), count


def damaged(blocks: NDArray[np.uint8], share: float, first: int = 0) -> NDArray[np.uint8]:
    """Return the blocks with errors in every codeword of a share of them; codewords begin at ``first``."""
    rng, bad = np.random.default_rng(2), blocks.copy()
    for row in rng.choice(len(bad), int(len(bad) * share), replace=False):
        for way in range(5):
            places = first + 5 * rng.choice(255, ERRORS, replace=False) + way
            bad[row, places] ^= rng.integers(1, 256, ERRORS).astype(np.uint8)
    return bad


def libfec(blocks: NDArray[np.uint8]) -> Callable[[], None] | None:
    """Return what has libfec look at the codewords of blocks, ``None`` where it is absent.

    It mends in place: each round begins with the codewords as they came.
    """
    name = ctypes.util.find_library("fec")
    if name is None:
        return None
    decode = ctypes.CDLL(name).decode_rs_ccsds
    came = np.ascontiguousarray(blocks.reshape(len(blocks), 255, 5).transpose(0, 2, 1).reshape(-1, 255))
    words = came.copy()
    addresses = [words.ctypes.data + 255 * row for row in range(len(words))]

    def run() -> None:
        np.copyto(words, came)
        for address in addresses:
            decode(ctypes.c_void_p(address), None, 0, 0)

    return run


def main() -> int:
    """Print the table and return the exit code."""
    code = ReedSolomon(223, 5)
    cadus, packets = recording(code)
    blocks = np.ascontiguousarray(cadus[:1000, 4:])
    plain = randomize(blocks, "classic")
    ratios: dict[str, float] = {}
    fec_mb_s = 0.0
    for name, some in (("clean", plain), ("damaged", damaged(plain, 1.0))):
        peer = libfec(some)
        ours, *theirs = best_s(lambda some=some: code.decode(some), *([peer] if peer else []))
        told = f"Reed–Solomon I=5, {name:8} {some.nbytes / ours / 1e6:7.1f} MB/s"
        if theirs:
            ratios[name] = theirs[0] / ours
            fec_mb_s = fec_mb_s or some.nbytes / theirs[0] / 1e6
            told += f"   libfec {some.nbytes / theirs[0] / 1e6:6.1f} MB/s   ratio {ratios[name]:5.1f}"
        print(told)
    (mixing,) = best_s(lambda: randomize(blocks, "classic"))
    print(f"derandomised                {blocks.nbytes / mixing / 1e6:7.0f} MB/s")
    for name, some in (("chain", cadus), ("chain damaged", damaged(cadus, 0.01, 4))):
        octets = some.tobytes()
        found = 0

        def run(octets: bytes = octets) -> None:
            nonlocal found
            decoder = Decoder(LINK, ())
            found = len(decoder.feed(octets, 0).packets) + len(decoder.finish().packets)

        rate = len(octets) / best_s(run)[0] / 1e6
        assert found == packets
        ratios[name] = rate
        beside = f"   {rate / fec_mb_s:.1f}× libfec alone" if fec_mb_s else ""
        if fec_mb_s:
            ratios[name.replace("chain", "beside")] = rate / fec_mb_s
        share = "1 % of frames damaged" if "damaged" in name else "clean"
        print(f"CADU → packets, {share:21} {rate:6.1f} MB/s{beside}")
    live = live_ms(cadus)
    print(f"one frame through the live path, with values: {live:.2f} ms")
    missed = [name for name, wanted in WANTED.items() if ratios.get(name, wanted) < wanted]
    if live > LIVE_MS:
        missed.append("live")
    if missed:
        print(f"missed: {', '.join(missed)}")
    return 1 if missed else 0


def live_ms(cadus: NDArray[np.uint8]) -> float:
    """Return the median processor time of a lone CADU to its packets' values."""
    fields = tuple(Parameter(f"p{i}", "uint", 16, 48 + 16 * i) for i in range(20))
    definitions = [PacketDefinition(f"p{n}", fields, apid=0x100 + n, vehicle="rs") for n in range(10)]
    decoder, times = Decoder(LINK, definitions), []
    for row in cadus[:1000]:
        octets = row.tobytes()
        start = time.thread_time()
        decoder.feed(octets, 0)
        times.append(time.thread_time() - start)
    return float(np.median(times)) * 1e3


if __name__ == "__main__":
    sys.exit(main())
