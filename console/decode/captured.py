"""The UDP datagrams of a capture through the one pipeline, link by link as a mission tells their ports."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path

from console.decode.errors import DecodeError
from console.decode.file import DecodedFile
from console.decode.framed import take
from console.decode.octets import STANDARD_INPUT
from console.exit_codes import UNREADABLE
from console.links import capture
from console.links.framing import link_format
from console.mission import Mission
from decoders.counters import Counters
from decoders.derived import Derived
from decoders.derived_formulas import computable
from decoders.mission.model import PacketDefinition
from decoders.pipeline import Decoder, LinkFormat
from decoders.sequence import PacketMemory

_AT_ONCE = 500
"""Datagrams decoded at once."""


def decode_capture(
    path: Path, definitions: Sequence[PacketDefinition], mission: Mission | None, options: argparse.Namespace
) -> DecodedFile:
    """Decode a capture; raises ``DecodeError`` where it cannot be read or holds nothing that is defined."""
    if path == STANDARD_INPUT:
        raise DecodeError("a capture is not read from standard input: name its file")
    wanted = [d for d in definitions if options.apid is None or d.apid in (None, options.apid)]
    usable, left = computable(wanted)
    decoded = DecodedFile(path, b"", usable, notes=left, timed=True)
    memory, derived = PacketMemory(), Derived(usable)
    decoders: dict[int, Decoder] = {}
    ports: Counter[int] = Counter()
    for port, datagrams in _runs(path, set(options.port or ()), ports):
        decoder = decoders.get(port)
        if decoder is None:
            link = replace(_link(port, mission), mark_duplicates=options.format == "db")
            decoder = decoders[port] = Decoder(link, usable, memory, derived)
        take(decoded, decoder.feed_many(datagrams))
    for decoder in decoders.values():
        take(decoded, decoder.finish())
    framed = [each for each in decoders.values() if each.link.framing != "packets"]
    decoded.counters = _sum([each.counters for each in framed]) if framed else None
    decoded.channels = {key: counter for each in framed for key, counter in each.channel_counters().items()}
    found = {name for each in decoders.values() for name in each.counters.packets_by_name}
    told = ", ".join(f"{port} ({count})" for port, count in sorted(ports.items())) or "no datagram"
    if not found:
        raise DecodeError(
            f"{path}: its datagrams hold no packets that the definitions describe; ports: {told}", UNREADABLE
        )
    decoded.notes.append(f"datagrams by port: {told}")
    decoded.definitions = [each for each in usable if each.name in found]
    return decoded


def _runs(path: Path, wanted: set[int], ports: Counter[int]) -> Iterator[tuple[int, list[tuple[bytes, int]]]]:
    """Yield the datagrams of one port that follow each other, in order."""
    run: list[tuple[bytes, int]] = []
    port = -1
    try:
        for each in capture.read(path):
            ports[each.port] += 1
            if wanted and each.port not in wanted:
                continue
            if run and (each.port != port or len(run) >= _AT_ONCE):
                yield port, run
                run = []
            port = each.port
            run.append((each.octets, each.reception_ns))
    except capture.CaptureError as error:
        raise DecodeError(str(error), UNREADABLE) from None
    except OSError as error:
        raise DecodeError(f"cannot read {path}: {error.strerror or error}", UNREADABLE) from None
    if run:
        yield port, run


def _link(port: int, mission: Mission | None) -> LinkFormat:
    """Return the framing of what came to a port: that of the mission's link there, else packets."""
    if mission is not None:
        link = next((each for each in mission.links if each.kind == "udp" and each.port == port), None)
        if link is not None:
            return link_format(mission, link)
    return LinkFormat(framing="packets", datagram=True, vehicle="file")


def _sum(counters: Sequence[Counters]) -> Counters:
    total = Counters()
    for field in fields(Counters):
        if field.type == "int":
            setattr(total, field.name, sum(getattr(each, field.name) for each in counters))
    return total
