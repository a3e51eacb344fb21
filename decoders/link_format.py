"""What a decoder has to be told of a link: the framing and coding of its octets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from decoders.channel import ASM


@dataclass(frozen=True, slots=True)
class LinkFormat:
    """How a link's octets are framed.

    ``datagram`` links give one frame (or whole packets) a datagram, others a stream in chunks.
    ``asm`` is the sync marker in front of each frame or ``None``. ``frame_length`` counts the octets of a
    transfer frame without marker and check symbols; of a USLP link of varying length it is the longest.
    ``ocf`` matters for AOS; TM and USLP frames tell it themselves. ``scids`` maps spacecraft ids to
    vehicle ids; empty accepts every frame as ``vehicle``'s. ``packet_vcids`` are the virtual channels that
    carry packets (``None``: all). ``mark_duplicates`` false decodes repeated packets like any other.

    ``randomizer`` is the pseudo-randomiser of 131.0, ``reed_solomon`` the octets of data in a codeword
    (0: not coded), ``interleave`` the codewords a frame is spread over, ``dual_basis`` how symbols are
    written, ``virtual_fill`` the octets of each codeword that are not sent. ``marker_errors`` are the bits
    that may be wrong in a marker where frames are known to be. ``fhec`` and ``insert_zone_octets`` are of
    AOS and USLP frames. A stream of USLP frames is ``varying`` where only their headers tell how long they
    are; such a stream is not coded. ``skip_header_octets`` stand in front of each packet of a link without
    frames.

    ``kiss`` is AX.25 frames as a TNC sends them, always a stream; ``callsigns`` are the stations whose frames
    are taken (empty: all).
    """

    framing: Literal["packets", "tm", "aos", "uslp", "kiss"] = "packets"
    frame_length: int = 1115
    asm: int | None = ASM
    fecf: bool = True
    ocf: bool = False
    datagram: bool = True
    scids: Mapping[int, str] = field(default_factory=dict)
    playback_vcids: frozenset[int] = frozenset()
    vehicle: str = ""
    packet_vcids: frozenset[int] | None = None
    mark_duplicates: bool = True
    randomizer: Literal["none", "classic", "long"] = "none"
    reed_solomon: Literal[0, 223, 239] = 0
    interleave: int = 1
    dual_basis: bool = True
    virtual_fill: int = 0
    marker_errors: int = 4
    fhec: bool = False
    insert_zone_octets: int = 0
    varying: bool = False
    skip_header_octets: int = 0
    callsigns: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.framing not in ("packets", "tm", "aos", "uslp", "kiss"):
            raise ValueError(f"framing is {self.framing!r}; it is one of packets, tm, aos, uslp, kiss")
        if self.framing in ("tm", "aos", "uslp") and not 16 <= self.frame_length <= 65_536:
            raise ValueError(f"frame_length is {self.frame_length}; it is 16 to 65,536 octets")
        if self.varying and (self.framing != "uslp" or self.reed_solomon or self.randomizer != "none"):
            raise ValueError("varying is of USLP frames that are neither coded nor randomized")
        if not 0 <= self.insert_zone_octets < self.frame_length - 16 and self.insert_zone_octets:
            raise ValueError(
                f"insert_zone_octets is {self.insert_zone_octets}; a frame of {self.frame_length} octets "
                "has no room for it"
            )
