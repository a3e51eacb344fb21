"""Streams over TCP: a client that comes back by itself, and a server for one sender at a time."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

from console.links.base import BREAK, Link, LinkError, Received, why_not

if TYPE_CHECKING:
    from console.mission import Link as LinkSettings

CHUNK_OCTETS = 256 * 1024
CONNECT_TIMEOUT_S = 3.0
FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 10.0


class _Stream(Link):
    """What both ends share: a connected socket that is drained, and what happens when it breaks."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self.host, self.port = host, port
        self._socket: socket.socket | None = None

    @property
    def where(self) -> str:
        """``tcp host:port``."""
        return f"tcp {self.host}:{self.port}"

    def _drain(self, received: Received) -> None:
        """Append what the connection holds; a ``BREAK`` where it ended."""
        sock = self._socket
        if sock is None:
            return
        for _ in range(16):
            try:
                octets = sock.recv(CHUNK_OCTETS)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self._lose(received, f"connection lost: {error.strerror or error}")
                return
            if not octets:
                self._lose(received, "the other side closed the connection")
                return
            self.state, self.note = "locked", ""
            received.append((octets, time.time_ns()))
            if len(octets) < CHUNK_OCTETS:
                return

    def _lose(self, received: Received, note: str) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self.state, self.note = None, "lost", note
        received.append((BREAK, time.time_ns()))

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self.state = None, "closed"


class TcpClientLink(_Stream):
    """Connects to a sender and comes back after 0.2 s, 0.4 s, … 10 s when it cannot, or is cut off."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self._wait_s = FIRST_WAIT_S
        self._next_try_s = 0.0
        self._opened = False

    @classmethod
    def from_settings(cls, settings: LinkSettings, folder: Path, resume_octets: int) -> TcpClientLink:
        """Build it from ``host`` and ``port``."""
        return cls(settings.host, settings.port)

    def open(self) -> None:
        """Get ready; connecting happens while receiving, so a sender that is late is no error."""
        self.close()
        self._wait_s, self._next_try_s, self._opened = FIRST_WAIT_S, 0.0, True
        self.state = "waiting"

    def receive(self, timeout_s: float) -> Received:
        """Return what has come, connecting first where there is no connection."""
        received: Received = []
        if not self._opened:
            return received
        if self._socket is None and not self._connect(timeout_s):
            return received
        assert self._socket is not None
        if select.select([self._socket], [], [], timeout_s)[0]:
            self._drain(received)
            if self.state == "locked":
                self._wait_s = FIRST_WAIT_S
        return received

    def close(self) -> None:
        """Close the connection and do not come back."""
        super().close()
        self._opened = False

    def _connect(self, timeout_s: float) -> bool:
        left_s = self._next_try_s - time.monotonic()
        if left_s > 0:
            time.sleep(min(left_s, timeout_s))
            if left_s > timeout_s:
                return False
        try:
            sock = socket.create_connection((self.host, self.port), timeout=CONNECT_TIMEOUT_S)
        except OSError as error:
            self.note = f"no connection: {error.strerror or error}; trying again"
            self._next_try_s = time.monotonic() + self._wait_s
            self._wait_s = min(self._wait_s * 2, LONGEST_WAIT_S)
            return False
        if _meets_itself(sock):
            sock.close()
            self._next_try_s = time.monotonic() + self._wait_s
            return False
        # A sender that takes calls and hangs up at once is not called in a tight loop.
        self._next_try_s = time.monotonic() + self._wait_s
        self._wait_s = min(self._wait_s * 2, LONGEST_WAIT_S)
        _prepare(sock)
        self._socket, self.note = sock, "connected"
        return True


class TcpServerLink(_Stream):
    """Listens for one sender; a new one takes the place of an older one (which may be half-open)."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self._listener: socket.socket | None = None

    @classmethod
    def from_settings(cls, settings: LinkSettings, folder: Path, resume_octets: int) -> TcpServerLink:
        """Build it from ``host`` and ``port``."""
        return cls(settings.host, settings.port)

    def open(self) -> None:
        """Listen; raises ``LinkError`` where the port is taken."""
        self.close()
        try:
            family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
            self._listener = socket.create_server((self.host, self.port), family=family, backlog=4)
        except (OSError, OverflowError) as error:
            self.state, self.note = "failed", why_not(error, self.port)
            raise LinkError(f"{self.where}: {self.note}") from error
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self.state = "waiting"

    def receive(self, timeout_s: float) -> Received:
        """Return what the connected sender sent; take a new sender when one calls."""
        received: Received = []
        if self._listener is None:
            return received
        sources = [self._listener] + ([self._socket] if self._socket else [])
        ready = select.select(sources, [], [], timeout_s)[0]
        if self._socket in ready:
            self._drain(received)
        if self._listener in ready:
            self._accept(received)
        return received

    def close(self) -> None:
        """Stop listening and close the connection."""
        if self._listener is not None:
            self._listener.close()
        self._listener = None
        super().close()

    def _accept(self, received: Received) -> None:
        assert self._listener is not None
        try:
            sock, address = self._listener.accept()
        except OSError:  # it hung up before it was answered
            return
        if self._socket is not None:
            self._drain(received)
        if self._socket is not None:
            self._lose(received, "another sender took its place")
        _prepare(sock)
        self._socket = sock
        if self.state != "lost":  # why a connection was lost stays told until there are data again
            self.note = f"connected from {address[0]}"


def _meets_itself(sock: socket.socket) -> bool:
    """Tell whether a connection has itself on the other side: a free local port can."""
    try:
        return bool(sock.getsockname() == sock.getpeername())
    except OSError:  # the other side hung up already, as reading will tell
        return False


def _prepare(sock: socket.socket) -> None:
    sock.setblocking(False)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
            if hasattr(socket, option):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
