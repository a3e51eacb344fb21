"""The P-field of CCSDS binary time codes (301.0-B-4): what it announces, and how it is written."""

from __future__ import annotations

from functools import lru_cache

from decoders.mission.model import TimeFormat

MOST_OCTETS = 19
"""A P-field of two octets, and the longest T-field behind it: CUC with 7 + 10 octets."""
_NO_OWN_EPOCH = ("tai", "1958-01-01")


@lru_cache(maxsize=256)
def p_field(fmt: TimeFormat) -> bytes:
    """Return the P-field of a format: one octet, or two for CUC beyond 4 + 3 octets.

    CUC (§3.2.2) is code 001 for the TAI epoch of 1958, 010 for an agency's own; CDS (§3.3.2) is 100 with
    epoch, length of the day and resolution; CCS (§3.4.2) is 101 with calendar variation and resolution.
    """
    if fmt.code == "cds":
        own_epoch = fmt.epoch not in _NO_OWN_EPOCH
        return bytes([0x40 | own_epoch << 3 | (fmt.day_octets == 3) << 2 | fmt.submillisecond_octets // 2])
    if fmt.code == "ccs":
        return bytes([0x50 | fmt.day_of_year << 3 | fmt.subsecond_octets])
    coarse, fine = min(fmt.coarse_octets, 4), min(fmt.fine_octets, 3)
    first = (1 if fmt.epoch == "tai" else 2) << 4 | (coarse - 1) << 2 | fine
    more_coarse, more_fine = fmt.coarse_octets - coarse, fmt.fine_octets - fine
    if not more_coarse and not more_fine:
        return bytes([first])
    return bytes([0x80 | first, more_coarse << 5 | more_fine << 2])


@lru_cache(maxsize=2048)
def p_field_format(first: int, second: int = 0) -> TimeFormat | None:
    """Return the format that a P-field announces, or ``None`` if it is neither CUC, CDS nor CCS.

    ``second`` counts only where the first octet says that there is one. An agency-defined epoch cannot be
    known from the P-field: such a format has an empty ``epoch``.
    """
    code = first >> 4 & 7
    if code in (1, 2):
        coarse, fine = (first >> 2 & 3) + 1, first & 3
        if first & 0x80:
            if second & 0x80:  # a third octet: none is defined
                return None
            coarse, fine = coarse + (second >> 5 & 3), fine + (second >> 2 & 7)
        return TimeFormat("cuc", True, coarse, fine, epoch="tai" if code == 1 else "")
    if first & 0x80:
        return None
    if code == 4 and first & 3 != 3:
        return TimeFormat(
            "cds", True, day_octets=3 if first & 4 else 2, submillisecond_octets=(first & 3) * 2,
            epoch="" if first & 8 else "tai",
        )  # fmt: skip
    if code == 5 and first & 7 != 7:
        return TimeFormat("ccs", True, subsecond_octets=first & 7, day_of_year=bool(first & 8))
    return None
