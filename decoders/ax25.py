"""AX.25 frames as KISS brings them, without flags and FCS.

Clauses are those of AX.25 version 2.0 (ARRL 1984); version 2.2 (TAPR 1998) keeps what is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

ADDRESS_OCTETS = 7
MOST_REPEATERS = 8
"""Version 2.0 (§2.2.13.3) has up to eight; 2.2 asks for two at most, and stations still send more."""
UI = 0x03
"""Control field of unnumbered information (§2.3.4.3), its poll/final bit not set."""
NO_LAYER_3 = 0xF0
"""PID of data of no other protocol (§2.2.4)."""
_POLL_FINAL = 0x10


@dataclass(frozen=True, slots=True)
class Address:
    """A station: its callsign, and the SSID that tells it from others of the same call (§2.2.13).

    ``flag`` is the topmost bit of the SSID octet: command/response of destination and source (§2.4.1.2),
    "has been repeated" of a repeater (§2.2.13.2).
    """

    callsign: str
    ssid: int = 0
    flag: bool = False

    def __str__(self) -> str:
        name = "".join(c if c.isprintable() else "?" for c in self.callsign)
        return f"{name}-{self.ssid}" if self.ssid else name

    def octets(self, last: bool) -> bytes:
        """Return the seven octets; ``last`` says that no other address follows (§2.2.13)."""
        shifted = bytes(ord(c) << 1 & 0xFE for c in self.callsign[:6].ljust(6))
        return shifted + bytes([self.flag << 7 | 0x60 | (self.ssid & 15) << 1 | last])


@dataclass(frozen=True, slots=True)
class Ax25Frame:
    """One frame (§2.2): ``pid`` is of UI frames, of others it stays in front of ``info``."""

    destination: Address
    source: Address
    repeaters: tuple[Address, ...] = ()
    control: int = UI
    pid: int | None = NO_LAYER_3
    info: bytes = b""

    @property
    def telemetry(self) -> bool:
        """Whether it is a UI frame of no other protocol: what beacons send."""
        return self.control & ~_POLL_FINAL == UI and self.pid == NO_LAYER_3

    @property
    def command(self) -> bool | None:
        """Whether it is a command; ``None``: a frame of version 1, which does not tell (§2.4.1.2)."""
        return None if self.destination.flag == self.source.flag else self.destination.flag

    @property
    def path(self) -> str:
        """Source, destination and repeaters as monitors write them; ``*`` marks who has repeated it."""
        via = "".join(f",{each}{'*' * each.flag}" for each in self.repeaters)
        return f"{self.source}>{self.destination}{via}"

    def octets(self) -> bytes:
        """Return the frame as KISS carries it."""
        addresses = [self.destination, self.source, *self.repeaters]
        last = addresses.pop()
        head = b"".join(each.octets(last=False) for each in addresses) + last.octets(last=True)
        return head + bytes([self.control]) + (b"" if self.pid is None else bytes([self.pid])) + self.info


def read_ax25(octets: bytes) -> Ax25Frame | str:
    """Return the frame that the octets are, or in words why they are none."""
    addresses: list[Address] = []
    here, last = 0, False
    while not last:
        field = octets[here : here + ADDRESS_OCTETS]
        if len(field) < ADDRESS_OCTETS:
            return "it ends among its addresses"
        address = _address(field)
        if address is None:
            return "its addresses end inside a callsign"
        if len(addresses) == 2 + MOST_REPEATERS:
            return f"it has more than {MOST_REPEATERS} repeaters"
        addresses.append(address)
        last = bool(field[6] & 1)
        here += ADDRESS_OCTETS
    if len(addresses) < 2:
        return "it has no source address"
    if here == len(octets):
        return "it has no control field"
    destination, source, *repeaters = addresses
    control, info, pid = octets[here], octets[here + 1 :], None
    if control & ~_POLL_FINAL == UI:
        if not info:
            return "it has no protocol identifier"
        pid, info = info[0], info[1:]
    return Ax25Frame(destination, source, tuple(repeaters), control, pid, info)


@lru_cache(256)
def _address(field: bytes) -> Address | None:
    """Read the seven octets of an address; ``None`` where one of the first six says that it is the last."""
    if any(octet & 1 for octet in field[:6]):
        return None
    callsign = bytes(octet >> 1 for octet in field[:6]).decode("ascii").rstrip(" ")
    return Address(callsign, field[6] >> 1 & 15, bool(field[6] & 0x80))
