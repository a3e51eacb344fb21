"""How the options of ``okaeri decode`` say a file is framed; what they leave open is found in the file."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from typing import Any, Literal

from console.decode.errors import DecodeError
from console.decode.framing_search import FRAME_LENGTH, LONGEST, LOOKED_AT, advice, find_markers, good_frames
from console.exit_codes import UNREADABLE
from console.links.framing import link_format
from console.mission import Mission
from decoders.channel import ASM
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import NO_TIME

Frames = Literal["tm", "aos", "uslp"]
_OF_FRAMES = (
    "frames", "frame_length", "asm", "fecf", "ocf", "fhec", "insert_zone", "randomized", "randomizer", "rs",
    "interleave", "basis", "varying", "scid", "vcid",
)  # fmt: skip


def link_of(options: argparse.Namespace, data: bytes, mission: Mission | None) -> LinkFormat:
    """Return the framing that the options describe; what they leave open is found in the data.

    Raises ``DecodeError``.
    """
    vcids = frozenset(options.vcid) if options.vcid else None
    if options.link:
        link = _of_mission(options.link, mission)
        vcids = link.packet_vcids if vcids is None else vcids
        link = replace(link, datagram=False, vehicle="", scids=_scids(options), packet_vcids=vcids)
        if link.framing not in ("packets", "kiss") and not good_frames(link, data):
            raise DecodeError(_nothing_good(link, data), UNREADABLE)
        return link
    framing = options.framing
    if framing == "kiss":
        return _radio(options, data)
    marked = options.asm if options.asm is not None else framing == "cadu"
    settings: dict[str, Any] = {
        "asm": ASM if marked else None,
        "fecf": options.fecf is not False,
        "ocf": options.ocf,
        "fhec": options.fhec,
        "insert_zone_octets": options.insert_zone,
        "datagram": False,
        "scids": _scids(options),
        "packet_vcids": vcids,
        "randomizer": options.randomizer or ("classic" if options.randomized else "none"),
        "reed_solomon": options.rs or 0,
        "dual_basis": options.basis != "conventional",
        "varying": options.varying,
    }
    block = find_markers(data).block_octets if marked and not options.varying else 0
    settings["interleave"] = options.interleave or _interleave(options, block)
    parity = (255 - options.rs) * settings["interleave"] if options.rs else 0
    length = options.frame_length or (LONGEST if options.varying else max(block - parity, 0))
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
    elif options.varying:
        kinds = ("uslp",)
    try:
        links = [LinkFormat(kind, **settings) for kind in kinds]
        best = max(links, key=lambda link: good_frames(link, data)) if len(links) > 1 else links[0]
        Decoder(best, ())
    except ValueError as error:
        told = advice(LinkFormat(kinds[0], asm=settings["asm"], datagram=False), data)
        raise DecodeError(f"{error}; of its frames {told}" if told else str(error)) from None
    if not good_frames(best, data):
        raise DecodeError(_nothing_good(best, data), UNREADABLE)
    return best


def _radio(options: argparse.Namespace, data: bytes) -> LinkFormat:
    """Return the framing of AX.25 frames behind KISS, which leave nothing to find out."""
    link = LinkFormat("kiss", datagram=False, callsigns=frozenset(options.callsign or ()))
    if b"\xc0" not in data:
        raise DecodeError("it holds no FEND (C0), so no KISS frame: check --framing", UNREADABLE)
    return link


def refuse_unused(options: argparse.Namespace) -> None:
    """Refuse options that a framing has no use for; raises ``DecodeError``."""
    names: tuple[str, ...]
    if options.framing == "pcap":
        names, why = (*_OF_FRAMES, "link"), "the links of --mission DIR tell what frames the datagrams hold"
    elif options.link:
        names, why = _OF_FRAMES[:-2], f"--link {options.link} tells how frames are made"
    elif options.framing == "packets":
        names, why = _OF_FRAMES, "the file is read as packets; --framing tm, aos, uslp or cadu reads frames"
    elif options.framing == "kiss":
        names, why = (*_OF_FRAMES, "skip_header_bytes"), "a KISS file tells its frames itself"
    else:
        names, why = ("skip_header_bytes",), "only packets without frames have octets in front of each"
    for name in names:
        given = getattr(options, name)
        if (given is not None and given not in ("", 0)) or (given is False and name in ("fecf", "asm")):
            word = f"{'no-' if given is False else ''}{name}".replace("_", "-")
            raise DecodeError(f"--{word} does nothing here: {why}")
    if options.callsign and options.framing != "kiss":
        raise DecodeError("--callsign does nothing here: only AX.25 frames have one (--framing kiss)")
    if options.port and options.framing != "pcap":
        raise DecodeError("--port does nothing here: only captures have ports (--framing pcap)")


def _interleave(options: argparse.Namespace, block: int) -> int:
    """Return the codewords in a frame, from the length of a block or of a frame."""
    if options.rs and options.frame_length and options.frame_length % options.rs == 0:
        return int(options.frame_length // options.rs)
    return block // 255 if options.rs and block and block % 255 == 0 else 1


def _nothing_good(link: LinkFormat, data: bytes) -> str:
    """Say why no frame is good, and which options would fit."""
    tried = Decoder(link, ())
    batch = tried.feed(data[:LOOKED_AT], NO_TIME).frames
    if link.scids and good_frames(replace(link, scids={}), data):
        crafts = ", ".join(f"0x{scid:X} ({count})" for scid, count in Counter(batch.scid.tolist()).items())
        wanted = ", ".join(f"0x{scid:X}" for scid in link.scids)
        return f"no frame is of spacecraft {wanted} (--scid); those at the begin are of {crafts}"
    told = f"none of the first {len(batch)} frames is good" if len(batch) else "it has no frames as told"
    fitting = advice(link, data)
    if fitting:
        return f"{told}; {fitting}"
    spacing = find_markers(data).spacing_octets
    if spacing and link.asm is None:
        return f"{told}; sync markers stand {spacing} octets apart: try --framing cadu"
    return f"{told}: check --frame-length ({link.frame_length}), --fecf, --randomized and --rs"


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
