"""The options of ``okaeri decode``."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_options(decode: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    decode.add_argument("file", type=Path, metavar="FILE", help="what to decode; - is standard input")
    decode.add_argument(
        "--definitions", type=Path, action="append", default=[], metavar="FILE",
        help="a ccsdspy definition (CSV), an XTCE database (.xml), a mission folder, or an installed package "
        "of ccsdspy packets (module, module:attribute, or entry point)",
    )  # fmt: skip
    decode.add_argument(
        "--mission", type=Path, metavar="DIR", help="a mission folder: its packets and its links"
    )
    decode.add_argument(
        "--root", default="", metavar="NAME", help="the container that XTCE packets begin with"
    )
    decode.add_argument("--apid", type=whole, metavar="N", help="only this packet type (11 or 0x00B)")
    decode.add_argument("--format", choices=("csv", "json", "db"), default="csv")
    decode.add_argument("-o", "--output", type=Path, metavar="OUT", help="file, or folder for several types")
    decode.add_argument("--raw", action="store_true", help="leave values uncalibrated")
    decode.add_argument(
        "--time",
        metavar="CODE",
        help="how packets tell their time: cuc:4:2 (octets of seconds and fraction), cds:2:2 (days and "
        "sub-milliseconds), ccs:2 or ccs:2:doy (fraction; days of the year), with :p behind it where a "
        "P-field stands in front; p-field (each packet's own tells the code); ascii or ascii:24 (code A or "
        "B); @6 behind it is the octet where the time begins",
    )
    decode.add_argument(
        "--epoch",
        metavar="DATE",
        help="epoch of --time: tai (1958, the default), gps, j2000, a UTC date (a count without leap "
        'seconds), or a date with its scale, "2000-01-01 TAI" (a count through leap seconds)',
    )
    decode.add_argument(
        "--offsets-from",
        choices=("packet", "data"),
        default="packet",
        help="bit_offset counts from the primary header's first bit (ccsdspy) or from behind it",
    )
    _add_framing(decode.add_argument_group("how the file is framed"))


def _add_framing(framing: argparse._ArgumentGroup) -> None:
    add = framing.add_argument
    add(
        "--framing", choices=("packets", "tm", "aos", "uslp", "cadu", "kiss", "pcap"), default="packets",
        help="packets one behind the other (the default), transfer frames, frames behind sync markers, "
        "AX.25 frames as a TNC sends them, or the UDP datagrams of a capture: those of a mission's links by "
        "their ports, else packets in each",
    )  # fmt: skip
    add(
        "--skip-header-bytes", type=whole, default=0, metavar="N",
        help="octets in front of each packet of a file without frames that are not its own",
    )  # fmt: skip
    add("--port", type=whole, action="append", metavar="N", help="only datagrams to this port (again: more)")
    add("--link", default="", metavar="ID", help="take the framing of a link of the mission")
    add("--frames", choices=("tm", "aos", "uslp"), help="the frames in CADUs (else found out)")
    add("--frame-length", type=whole, metavar="N", help="octets of a transfer frame (CADUs: found out)")
    add("--varying", action="store_true", help="USLP frames are as long as their headers say, up to N octets")
    add("--asm", action=argparse.BooleanOptionalAction, help="frames stand behind sync markers")
    add("--fecf", action=argparse.BooleanOptionalAction, help="frames end with a CRC")
    add("--ocf", action="store_true", help="AOS frames have an operational control field")
    add("--fhec", action="store_true", help="AOS headers have an error control field")
    add("--insert-zone", type=whole, default=0, metavar="N", help="octets of the insert zone (AOS, USLP)")
    add("--randomized", action="store_true", help="take the pseudo-randomiser off")
    add("--randomizer", choices=("classic", "long"), help="the sequence of 255 or of 131,071 bits")
    add("--rs", type=int, choices=(223, 239), help="Reed–Solomon (255,223) or (255,239)")
    add("--interleave", type=int, choices=range(1, 9), metavar="1-8", help="codewords in a frame")
    add("--basis", choices=("dual", "conventional"), help="how symbols are written")
    add("--scid", type=whole, action="append", metavar="N", help="only this spacecraft (again: more)")
    add("--callsign", action="append", metavar="CALL", help="only AX.25 frames of this station (again: more)")
    add("--vcid", type=whole, action="append", metavar="N", help="only this virtual channel (again: more)")


def whole(text: str) -> int:
    """Read a whole number, decimal or 0x…, not below 0."""
    try:
        number = int(text, 0)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if number < 0:
        raise argparse.ArgumentTypeError(f"{number} is below 0")
    return number
