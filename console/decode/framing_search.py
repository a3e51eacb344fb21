"""What the octets of a file tell of how it is framed: markers, coding, checks and lengths that fit."""

from __future__ import annotations

from binascii import crc_hqx
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from decoders.bitstream import Found, Marker, aligned
from decoders.channel import ASM
from decoders.coding import BlockCoding
from decoders.fecf import good_fecf
from decoders.mission.model import PacketDefinition
from decoders.pipeline import Decoder, LinkFormat
from decoders.randomizer import randomize, sequence
from decoders.shapes import NO_TIME

FRAME_LENGTH = 1115
"""Octets of a transfer frame where nothing says otherwise."""
LOOKED_AT = 256 * 1024
"""Octets that are tried where something has to be found out."""
_BLOCKS = 16
"""Blocks that a coding is tried on."""
_COUNTED = 8
"""Frames whose counters are looked at."""
LONGEST = 65_536
"""Octets of the longest transfer frame."""
_SHORTEST = 20
"""Octets of a marker and the shortest frame."""
_KINDS: tuple[Literal["tm", "aos", "uslp"], ...] = ("tm", "aos", "uslp")
_CODES: tuple[tuple[Literal[223, 239], bool], ...] = ((223, True), (239, True), (223, False), (239, False))
"""The Reed–Solomon codes by their octets of data, in dual basis and in the conventional one."""
_RANDOMIZERS: tuple[Literal["none", "classic", "long"], ...] = ("none", "classic", "long")


@dataclass(frozen=True, slots=True)
class Markers:
    """The sync markers at the begin of a file: their usual distance (0: none), and where they stand."""

    spacing_octets: int
    places: tuple[Found, ...]

    @property
    def block_octets(self) -> int:
        """Octets between two markers; 0 where there are none."""
        return max(self.spacing_octets - 4, 0)


def find_markers(data: bytes) -> Markers:
    """Find the sync markers at the begin of a file, at any bit and in either polarity."""
    head, marker = data[:LOOKED_AT], Marker(ASM.to_bytes(4, "big"))
    places: list[Found] = []
    at = 0
    while (found := marker.find(head, at, 8 * len(head))) is not None:
        places.append(found)
        at = found.bit + marker.bits
    steps = Counter(b.bit - a.bit for a, b in pairwise(places))
    steps.update(c.bit - a.bit for a, c in zip(places, places[2:], strict=False))  # one may be damaged
    usual = [(count, -step) for step, count in steps.items() if step >= 8 * _SHORTEST and step % 8 == 0]
    spacing = -max(usual)[1] // 8 if usual else 0
    if not spacing and len(places) == 1:
        spacing = (8 * len(data) - places[0].bit) // 8
    return Markers(spacing if spacing >= _SHORTEST else 0, tuple(places))


def good_frames(link: LinkFormat, data: bytes) -> int:
    """Return how many frames at the begin of the data are good."""
    decoder = Decoder(link, ())
    decoder.feed(data[:LOOKED_AT], NO_TIME)
    decoder.finish()
    return decoder.counters.frames_good if link.fecf or link.reed_solomon else _of_one_craft(link, data)


def _of_one_craft(link: LinkFormat, data: bytes) -> int:
    """Without any check a frame counts as good where most are of one spacecraft."""
    batch = Decoder(link, ()).feed(data[:LOOKED_AT], NO_TIME).frames
    usable = batch.scid[batch.quality == 0].tolist()
    most = Counter(usable).most_common(1)
    return most[0][1] if most and 2 * most[0][1] > len(batch) else 0


def advice(link: LinkFormat, data: bytes, *, checked: bool = False) -> str:
    """Say which options would make good frames of the data; empty where none would.

    ``checked`` believes only frames with a check of their own.
    """
    markers = find_markers(data)
    most, best = 0, link
    # What has a check comes first: without one anything looks good that has one header like the other.
    for ways in (_checked(link, data, markers), () if checked else _unchecked(link, data, markers)):
        for way in ways:
            count = good_frames(way, data)
            if count > most:
                most, best = count, way
        if most:
            return f"{most} are good with {_options(best)}"
    return ""


def better(link: LinkFormat, data: bytes, definitions: Sequence[PacketDefinition]) -> list[str]:
    """Return the options with which the begin of the data gives more packets and less damage."""
    ways = {"--fecf": replace(link, fecf=True)} if not link.fecf else {}
    if link.framing == "aos":
        ways["--ocf left out" if link.ocf else "--ocf"] = replace(link, ocf=not link.ocf)
    packets, damage = _yield(link, data, definitions)
    found = []
    for option, way in ways.items():
        more, left = _yield(way, data, definitions)
        if more > packets and 2 * left < damage:
            found.append(option)
    return found


def _yield(link: LinkFormat, data: bytes, definitions: Sequence[PacketDefinition]) -> tuple[int, int]:
    """Return the packets at the begin of the data, and the damage: octets passed over and bad packets."""
    decoder = Decoder(link, definitions)
    decoder.feed(data[:LOOKED_AT], NO_TIME)
    counters = decoder.counters
    damage = counters.octets_passed_over + counters.packets_bad + counters.packets_truncated
    return sum(counters.packets_by_name.values()), damage


def _checked(link: LinkFormat, data: bytes, markers: Markers) -> Iterator[LinkFormat]:
    """Yield the ways in which codewords or frames check."""
    for coded in _coded(link, data, markers):
        for kind in _kinds(link):
            yield replace(coded, framing=kind)
    yield replace(
        link, framing="uslp", asm=ASM if markers.places else None, scids={}, packet_vcids=None, fecf=True,
        randomizer="none", reed_solomon=0, interleave=1, frame_length=LONGEST, varying=True,
    )  # fmt: skip


def _coded(link: LinkFormat, data: bytes, markers: Markers) -> Iterator[LinkFormat]:
    plain = replace(
        link, asm=ASM if markers.spacing_octets else None, scids={}, packet_vcids=None, reed_solomon=0,
        interleave=1, virtual_fill=0, insert_zone_octets=0, fhec=False, varying=False,
    )  # fmt: skip
    sizes = [markers.block_octets] if markers.spacing_octets else [255 * n for n in range(1, 9)]
    for size in sizes:
        blocks = _blocks(data, markers, size)
        for randomizer in _RANDOMIZERS if size % 255 == 0 and size <= 8 * 255 else ():
            for octets, dual in _CODES:
                way = replace(
                    plain, randomizer=randomizer, reed_solomon=octets, dual_basis=dual,
                    interleave=size // 255, frame_length=size // 255 * octets,
                )  # fmt: skip
                frames, starts, corrected = BlockCoding(way).decode(
                    blocks, np.arange(len(blocks) // size, dtype=np.int64) * size
                )
                good = [
                    at
                    for at, n in zip(starts.tolist(), corrected.tolist(), strict=True)
                    # Zeros are a codeword too, of what nobody sends.
                    if n >= 0 and any(frames[at : at + way.frame_length])
                ]
                if good:
                    checks = sum(good_fecf(frames[at : at + way.frame_length]) for at in good)
                    yield replace(way, fecf=2 * checks > len(good))
    for randomizer in _RANDOMIZERS:
        length = markers.block_octets or _checking_length(data, randomizer)
        if 16 <= length <= LONGEST:
            yield replace(plain, randomizer=randomizer, frame_length=length, fecf=True)


def _unchecked(link: LinkFormat, data: bytes, markers: Markers) -> Iterator[LinkFormat]:
    """Yield the ways to read frames that have no check at all."""
    for randomizer in _RANDOMIZERS:
        length = markers.block_octets or _counting_length(data, randomizer) or link.frame_length
        for kind in _kinds(link) if 16 <= length <= LONGEST else ():
            yield replace(
                link, framing=kind, asm=ASM if markers.spacing_octets else None, scids={}, fecf=False,
                randomizer=randomizer, reed_solomon=0, interleave=1, frame_length=length, varying=False,
            )  # fmt: skip


def _kinds(link: LinkFormat) -> list[Literal["tm", "aos", "uslp"]]:
    return sorted(_KINDS, key=lambda kind: kind != link.framing)


def _blocks(data: bytes, markers: Markers, size: int) -> bytes:
    """Return the first blocks of a size: those behind markers, or from the begin on."""
    if not markers.spacing_octets:
        return data[: min(_BLOCKS, len(data) // size) * size]
    blocks = (aligned(data, place.bit + 32, size, place.inverted) for place in markers.places[: 2 * _BLOCKS])
    return b"".join([block for block in blocks if len(block) == size][:_BLOCKS])


def _checking_length(data: bytes, randomizer: Literal["none", "classic", "long"]) -> int:
    """Return how long frames without markers are, by the CRC at the end of the first ones; 0 if none fits."""
    head = data[:LONGEST]
    if randomizer != "none":
        head = randomize(np.frombuffer(head, np.uint8)[None, :], randomizer).tobytes()
    check = crc_hqx(head[:15], 0xFFFF)
    for length in range(16, len(head) + 1):
        check = crc_hqx(head[length - 1 : length], check)
        if check:
            continue
        second = data[length : 2 * length]
        if len(second) < length and length < len(data):
            continue
        if second and randomizer != "none":
            second = randomize(np.frombuffer(second, np.uint8)[None, :], randomizer).tobytes()
        if not second or good_fecf(second):
            return length
    return 0


def _counting_length(data: bytes, randomizer: Literal["none", "classic", "long"]) -> int:
    """Return how long TM frames without markers and checks are, by their master counter; 0 if none fits.

    The first frames are of one spacecraft, and the third octet of each is one above the last one's
    (132.0-B-3 §4.1.2).
    """
    added = 0 if randomizer == "none" else int(sequence(randomizer, 3)[2])
    head = np.frombuffer(data[: _COUNTED * LONGEST], np.uint8)
    longest = min(LONGEST, len(head) // 3)
    if longest < 16:
        return 0
    for length in (np.flatnonzero(head[16 : longest + 1] == head[0]) + 16).tolist():
        first, second, count = head[: len(head) // length * length].reshape(-1, length)[:_COUNTED, :3].T
        steps = np.diff((count ^ added).astype(np.int64)) % 256
        if (first == first[0]).all() and (second >> 4 == second[0] >> 4).all() and (steps == 1).all():
            return int(length)
    return 0


def _options(link: LinkFormat) -> str:
    """Return all the options that ask for a framing, where markers tell lengths without these."""
    if link.varying:
        return "--framing uslp --varying" + " --asm" * (link.asm is not None)
    words = [f"--framing {'cadu' if link.asm is not None else link.framing}"]
    if link.asm is None and link.frame_length != FRAME_LENGTH:
        words.append(f"--frame-length {link.frame_length}")
    words += {"none": [], "classic": ["--randomized"], "long": ["--randomizer long"]}[link.randomizer]
    if link.reed_solomon:
        words.append(f"--rs {link.reed_solomon}")
        if link.asm is None:
            words.append(f"--interleave {link.interleave}")
        if not link.dual_basis:
            words.append("--basis conventional")
    if not link.fecf:
        words.append("--no-fecf")
    return " ".join(words)
