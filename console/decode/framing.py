"""How the options of ``okaeri decode`` say a file is framed, and what they should say where they do not."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal

from console.decode.errors import DecodeError
from console.exit_codes import UNREADABLE
from console.links.framing import link_format
from console.mission import Mission
from decoders.channel import ASM
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import NO_TIME

Frames = Literal["tm", "aos", "uslp"]
FRAME_LENGTH = 1115
LOOKED_AT = 256 * 1024
"""Octets that are tried where something has to be found out."""
_FEW_FRAMES = 40


def link_of(options: argparse.Namespace, data: bytes, mission: Mission | None) -> LinkFormat:
    """Return the framing that the options describe; what they leave open is found in the data.

    Raises ``DecodeError``.
    """
    if options.link:
        return replace(_of_mission(options.link, mission), datagram=False, vehicle="", scids=_scids(options))
    framing = options.framing
    if framing == "kiss":
        return _radio(options, data)
    coded = framing == "cadu" or options.rs is not None or options.randomized or options.randomizer
    marked = options.asm if options.asm is not None else framing == "cadu"
    settings: dict[str, Any] = {
        "asm": ASM if marked else None,
        "fecf": options.fecf,
        "ocf": options.ocf,
        "datagram": False,
        "scids": _scids(options),
        "packet_vcids": frozenset(options.vcid) if options.vcid else None,
        "randomizer": options.randomizer or ("classic" if options.randomized else "none"),
        "reed_solomon": options.rs or 0,
        "dual_basis": options.basis == "dual",
    }
    block = _spacing(data) - 4 if marked else 0
    settings["interleave"] = options.interleave or (block // 255 if options.rs and block % 255 == 0 else 1)
    parity = (255 - options.rs) * settings["interleave"] if options.rs else 0
    length = options.frame_length or (block - parity if block > parity else 0)
    if not length:
        if marked:
            raise DecodeError(
                "no sync marker (1ACFFC1D) comes back at one distance: is it a file of CADUs? --framing tm "
                "reads frames without markers",
                UNREADABLE,
            )
        length = settings["interleave"] * options.rs if options.rs else FRAME_LENGTH
    settings["frame_length"] = length
    kinds: tuple[Frames, ...] = (options.frames,) if options.frames else ("tm", "aos", "uslp")
    if framing != "cadu":
        kinds = (framing,)
    try:
        links = [LinkFormat(kind, **settings) for kind in kinds]
        best = max(links, key=lambda link: good_frames(link, data)) if len(links) > 1 else links[0]
        Decoder(best, ())
    except ValueError as error:
        raise DecodeError(str(error)) from None
    if not good_frames(best, data):
        raise DecodeError(_advice(best, data, bool(coded)), UNREADABLE)
    return best


def _radio(options: argparse.Namespace, data: bytes) -> LinkFormat:
    """Return the framing of AX.25 frames behind KISS, which leave nothing to find out."""
    link = LinkFormat("kiss", datagram=False, callsigns=frozenset(options.callsign or ()))
    if b"\xc0" not in data:
        raise DecodeError("it holds no FEND (C0), so no KISS frame: check --framing", UNREADABLE)
    return link


def _scids(options: argparse.Namespace) -> dict[int, str]:
    return dict.fromkeys(options.scid or (), "")


def _of_mission(name: str, mission: Mission | None) -> LinkFormat:
    if mission is None:
        raise DecodeError(f"--link {name} names a link of a mission: give --mission DIR too")
    link = next((each for each in mission.links if each.id == name), None)
    if link is None:
        known = ", ".join(each.id for each in mission.links) or "none"
        raise DecodeError(f"the mission has no link {name!r}; it has {known}")
    return link_format(mission, link)


def _spacing(data: bytes) -> int:
    """Return the usual distance of sync markers, 0 where there is none."""
    places = list(_markers(data[:LOOKED_AT]))
    steps = Counter(b - a for a, b in pairwise(places))
    steps.update(c - a for a, c in zip(places, places[2:], strict=False))  # a marker may be damaged
    usual = [(count, -step) for step, count in steps.items() if step >= 20]
    if usual:
        return -max(usual)[1]
    return len(data) if places == [0] else 0


def _markers(data: bytes) -> Iterator[int]:
    marker, at = ASM.to_bytes(4, "big"), -1
    while (at := data.find(marker, at + 1)) >= 0:
        yield at


def good_frames(link: LinkFormat, data: bytes) -> int:
    """Return how many frames at the begin of the data are good."""
    decoder = Decoder(link, ())
    decoder.feed(data[:LOOKED_AT], NO_TIME)
    decoder.finish()
    counters = decoder.counters
    return counters.frames_good if link.fecf or link.reed_solomon else _of_one_spacecraft(link, data)


def _of_one_spacecraft(link: LinkFormat, data: bytes) -> int:
    """Without any check a frame counts as good where most are of one spacecraft."""
    batch = Decoder(link, ()).feed(data[:LOOKED_AT], NO_TIME).frames
    usable = batch.scid[batch.quality == 0].tolist()
    most = Counter(usable).most_common(1)
    return most[0][1] if most and 2 * most[0][1] > len(batch) else 0


def _advice(link: LinkFormat, data: bytes, coded: bool) -> str:
    """Say what other options would make good frames of the data."""
    counters = _tried(link, data)
    told = f"none of the first {counters} frames is good"
    best, options = 0, ""
    for other, words in _others(link, data):
        try:
            count = good_frames(other, data)
        except ValueError:
            continue
        if count > best:
            best, options = count, words
    if best:
        return f"{told}; {best} are with {options}"
    spacing = _spacing(data)
    if spacing and link.asm is None:
        return f"{told}; sync markers stand {spacing} octets apart: try --framing cadu"
    return f"{told}: check --frame-length ({link.frame_length}), --fecf, --randomized and --rs"


def _tried(link: LinkFormat, data: bytes) -> int:
    decoder = Decoder(link, ())
    decoder.feed(data[:LOOKED_AT], NO_TIME)
    return decoder.counters.frames_bad + decoder.counters.frames_good


def _others(link: LinkFormat, data: bytes) -> Iterator[tuple[LinkFormat, str]]:
    """Yield other ways to read the data, the likely ones first, and the options that ask for them."""
    spacing = _spacing(data)
    block = spacing - 4 if spacing else 0
    marker = "--framing cadu" if link.asm is None and spacing else ""
    asm = ASM if spacing else link.asm
    for randomizer in ("none", "classic", "long"):
        for rs in (0, 223, 239):
            for fecf in (True, False) if not rs else (True,):
                interleave = block // 255 if rs and block and block % 255 == 0 else link.interleave
                length = (block - (255 - rs) * interleave if rs else block) if block else link.frame_length
                if rs and interleave * rs != length:
                    continue
                words = [
                    marker,
                    f"--frame-length {length}" if length != link.frame_length else "",
                    {"none": "", "classic": "--randomized", "long": "--randomizer long"}[randomizer],
                    f"--rs {rs} --interleave {interleave}" if rs else "",
                    "" if fecf else "--no-fecf",
                ]
                text = " ".join(word for word in words if word)
                for kind in ("tm", "aos", "uslp"):
                    try:
                        other = replace(
                            link, framing=kind, asm=asm, frame_length=length, randomizer=randomizer,
                            reed_solomon=rs, interleave=interleave if rs else 1, fecf=fecf,
                        )  # fmt: skip
                    except ValueError:
                        continue
                    if kind != link.framing:
                        way = f"--frames {kind}" if asm is not None else f"--framing {kind}"
                        yield other, f"{text} {way}".strip()
                    else:
                        yield other, text or "these options"
