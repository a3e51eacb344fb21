"""What a link has given, counted."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    """What a link has given since its decoder was made."""

    octets: int = 0
    octets_passed_over: int = 0
    frames_good: int = 0
    frames_bad: int = 0
    frames_corrected: int = 0
    """Good frames that Reed–Solomon had to correct."""
    symbols_corrected: int = 0
    headers_corrected: int = 0
    """AOS headers that their own error control had to correct."""
    frames_idle: int = 0
    frames_other: int = 0
    """Frames of data that are no packets: bitstreams, octet streams and SDUs."""
    frames_duplicate: int = 0
    frames_missing: int = 0
    frame_gaps: int = 0
    master_gaps: int = 0
    """Jumps of the counter that all virtual channels of a TM spacecraft share; none where it stays."""
    master_missing: int = 0
    """Frames of a TM spacecraft, on whichever virtual channel, that this link did not bring."""
    stale_pointers: int = 0
    control_words: int = 0
    """CLCWs that got a row: those that changed, and one a second of those that did not."""
    control_words_other: int = 0
    """Operational control fields of the project's own form (Type-2); not decoded."""
    packets: int = 0
    """Packets with values."""
    packets_by_name: dict[str, int] = field(default_factory=dict)
    packets_idle: int = 0
    encapsulation: int = 0
    """Encapsulation packets, the idle ones among them; passed over."""
    encapsulation_octets: int = 0
    packets_unknown: int = 0
    packets_bad: int = 0
    """Packets of a wrong CRC or length."""
    packets_truncated: int = 0
    """Packets without their end, as at each gap of the frames and where reception ends."""
    packet_segments: int = 0
    """Segments of longer packets; what they make counts as packets."""
    packets_duplicate: int = 0
    packets_missing: int = 0
    packet_gaps: int = 0

    def encapsulated(self, packets: int, octets: int) -> None:
        """Count encapsulation packets that were passed over."""
        self.encapsulation += packets
        self.encapsulation_octets += octets
