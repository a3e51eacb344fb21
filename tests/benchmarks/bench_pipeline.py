"""How fast the pipeline is: ``python -m tests.benchmarks.bench_pipeline``.

AOS frames of 1,115 octets full of 60-octet packets, eight packet types of 22 parameters, CRC and time
in each: what the recorder must take at 20 Mbit/s (2,243 frames/s, about 41,000 packets/s).
"""

from __future__ import annotations

import time

from decoders.encode import AosFramePacker, PacketEncoder, cadu
from decoders.mission.model import PacketDefinition, Parameter, TimeFormat
from decoders.pipeline import Decoder, LinkFormat

OCTETS = 60
PACKETS = 60_000
NEEDED = 20e6 / 8 / 1115
T0 = 1_795_037_880_000_000_000


def definition(apid: int) -> PacketDefinition:
    """Return a packet type of 60 octets: CUC time, 22 16-bit parameters, CRC."""
    fields = [Parameter("time", "uint", 56, 48, role="time"), Parameter("mode", "uint", 8, 104)]
    fields += [Parameter(f"p{at}", "uint", 16, at) for at in range(112, 8 * (OCTETS - 2), 16)]
    fields.append(Parameter("crc", "uint", 16, 8 * (OCTETS - 2), role="crc"))
    return PacketDefinition(
        f"packet_{apid:x}",
        tuple(fields),
        apid=apid,
        vehicle="jm",
        time=TimeFormat("cuc", True),
        crc=True,
        length_octets=OCTETS,
    )


def recording(definitions: list[PacketDefinition], count: int) -> list[bytes]:
    """Return AOS frames full of packets of all types in turn."""
    encoders = [PacketEncoder(one) for one in definitions]
    packer, frames = AosFramePacker(0xB0, 1), []
    for n in range(count):
        encoder = encoders[n % len(encoders)]
        packet = encoder.encode({"p112": n & 0xFFFF}, n // len(encoders), T0 + n * 25_000)
        frames += packer.push(packet)
    return frames + packer.flush()


def main() -> None:
    """Print frames and packets a second of processor time, by frames per feed."""
    definitions = [definition(0x200 + n) for n in range(8)]
    frames = recording(definitions, PACKETS)
    print(f"{len(frames)} AOS frames, {PACKETS} packets of {OCTETS} octets; needed {NEEDED:,.0f} frames/s")
    for name, link, pieces in (
        ("datagrams", LinkFormat("aos", asm=None, scids={0xB0: "jm"}), frames),
        ("stream", LinkFormat("aos", datagram=False, scids={0xB0: "jm"}), [cadu(f) for f in frames]),
    ):
        for batch in (1, 10, 100, 200, 1000):
            some = pieces if batch >= 10 else pieces[:600]
            decoder = Decoder(link, definitions)
            start = time.process_time()
            for at in range(0, len(some), batch):
                decoder.feed_many([(piece, at) for piece in some[at : at + batch]])
            spent = time.process_time() - start
            rate = len(some) / spent
            print(
                f"{name:10} {batch:5} a feed: {rate:9,.0f} frames/s {decoder.counters.packets / spent:8,.0f} "
                f"packets/s  {100 * NEEDED / rate:5.1f} % of one core for 20 Mbit/s"
            )
            assert decoder.counters.frames_missing == decoder.counters.packets_missing == 0


if __name__ == "__main__":
    main()
