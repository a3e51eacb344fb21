"""Datagrams: drained in blocks, so that a busy decoder never costs one."""

from __future__ import annotations

import contextlib
import ipaddress
import select
import socket
import struct
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from console.links.base import Link, LinkError, Received, why_not

if TYPE_CHECKING:
    from console.links.recvmmsg import DatagramBlock
    from console.mission import Link as LinkSettings

RECEIVE_BUFFER_OCTETS = 8 << 20
"""Asked of the kernel, which grants up to ``net.core.rmem_max``."""
LARGEST_DATAGRAM = 65_535
SILENT_AFTER_S = 10.0
_BATCH = 256
_SO_MEMINFO, _MEMINFO_DROPS = 55, 8  # linux/sock_diag.h: index of sk_drops in SK_MEMINFO_VARS


class UdpLink(Link):
    """Receives datagrams on a local address; a multicast ``host`` is joined.

    ``receive_buffer_octets`` limits the socket's buffer (``SO_RCVBUF``).
    """

    can_wait = False

    def __init__(
        self, host: str, port: int, *, receive_buffer_octets: int = RECEIVE_BUFFER_OCTETS, plain: bool = False
    ) -> None:
        super().__init__()
        self.host, self.port = host, port
        self._buffer_octets = receive_buffer_octets
        self._plain = plain
        self._socket: socket.socket | None = None
        self._block: DatagramBlock | None = None
        self._last_s = 0.0

    @classmethod
    def from_settings(cls, settings: LinkSettings, folder: Path, resume_octets: int) -> UdpLink:
        """Build it from ``host``, ``port`` and ``receive_buffer_octets`` (0: as large as granted)."""
        buffer = settings.receive_buffer_octets or RECEIVE_BUFFER_OCTETS
        return cls(settings.host, settings.port, receive_buffer_octets=buffer)

    @property
    def where(self) -> str:
        """``udp host:port``."""
        return f"udp {self.host}:{self.port}"

    def open(self) -> None:
        """Bind the address; raises ``LinkError`` where it is taken or not ours."""
        self.close()
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            multicast = _is_multicast(self.host)
            if multicast:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._buffer_octets)
            sock.bind(("" if multicast else self.host, self.port))
            if multicast:
                join = socket.inet_aton(self.host) + socket.inet_aton("0.0.0.0")
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, join)
            sock.setblocking(False)
            if not self._plain and sys.platform == "linux":
                from console.links.recvmmsg import DatagramBlock, is_available

                self._block = DatagramBlock(sock, _BATCH) if is_available() else None
        except (OSError, OverflowError) as error:
            sock.close()
            self.state = "failed"
            self.note = why_not(error, self.port)
            raise LinkError(f"{self.where}: {self.note}") from error
        self.port = sock.getsockname()[1]
        self._socket, self.state, self.note = sock, "waiting", ""

    def receive(self, timeout_s: float) -> Received:
        """Return the datagrams that wait, each with its reception time (the kernel's where known)."""
        sock = self._socket
        if sock is None:
            return []
        if not _readable(sock, timeout_s):
            self._tell_silence()
            return []
        received = self._block.take() if self._block else _drain(sock)
        if received:
            self.state, self._last_s = "locked", time.monotonic()
        return received

    def count_dropped(self) -> int:
        """Read the kernel's drop counter of this socket (Linux ``SO_MEMINFO``) into ``dropped``."""
        if self._socket is not None and sys.platform == "linux":
            with contextlib.suppress(OSError, struct.error):
                answer = self._socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 36)
                self.dropped = struct.unpack_from("=9I", answer)[_MEMINFO_DROPS]
        return self.dropped

    def close(self) -> None:
        """Give the port back."""
        if self._socket is not None:
            self.count_dropped()
            self._socket.close()
        self._socket, self._block, self.state = None, None, "closed"

    def _tell_silence(self) -> None:
        if self.state == "locked" and time.monotonic() - self._last_s > SILENT_AFTER_S:
            self.state = "lost"


def _is_multicast(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.version == 4 and address.is_multicast


def _readable(sock: socket.socket, timeout_s: float) -> bool:
    poll = getattr(select, "poll", None)
    if poll is None:
        return bool(select.select([sock], [], [], timeout_s)[0])
    poller = poll()
    poller.register(sock, select.POLLIN)
    return bool(poller.poll(timeout_s * 1000))


def _drain(sock: socket.socket) -> Received:
    """Take datagrams until none waits: one call each, for systems without ``recvmmsg``."""
    room = bytearray(LARGEST_DATAGRAM)
    view = memoryview(room)
    received: Received = []
    while len(received) < _BATCH:
        try:
            octets = sock.recv_into(room)
        except (BlockingIOError, InterruptedError):
            break
        except OSError:  # an ICMP answer to something sent from here: not the sender's fault
            continue
        if octets:
            received.append((bytes(view[:octets]), time.time_ns()))
    return received
