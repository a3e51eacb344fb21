"""The thread beside each link: it takes bytes from the socket, and nothing else."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from console.links.base import BREAK, Link, LinkError, LinkState, Received

MEMORY_OCTETS = 256 << 20
"""How much one link may hold in memory while the disk takes nothing."""
WAITING_OCTETS = 512 * 1024
"""So much of a stream or a file is read ahead: what has been read is on disk soon, whatever happens then."""
TRY_AGAIN_S = 3.0
_RECEIVE_TIMEOUT_S = 0.2
_LAST_READ_S = 0.2
_GATHER_S = 0.002
"""A pause between two reads: blocks, not single datagrams, or the threads fight for the interpreter."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened to a link itself; ``details`` are the numbers in ``text``, by name."""

    at_ns: int
    code: str
    text: str
    severity: int = 0
    details: Mapping[str, int | float] = field(default_factory=dict, hash=False)


class Receiver(threading.Thread):
    """Drains one link into memory until it is stopped; opens it, and opens it again, by itself.

    A datagram link whose memory is full loses the newest datagrams and counts them in ``discarded``;
    a stream or a file waits long before that, so that its sender waits too.
    """

    def __init__(self, name: str, link: Link, memory_octets: int = MEMORY_OCTETS) -> None:
        super().__init__(name=f"okaeri-link-{name}", daemon=True)
        self.link_name, self.link = name, link
        self.tried = threading.Event()
        """Set when the link has been opened, or could not be, for the first time."""
        self.ended = False
        """Whether nothing more will ever come."""
        self.discarded = 0
        self._memory_octets = memory_octets
        self._queue: deque[tuple[bytes, int]] = deque()
        self._octets_in = 0
        self._octets_out = 0
        self._notices: deque[Notice] = deque()
        self._stopping = threading.Event()

    @property
    def waiting_octets(self) -> int:
        """Octets in memory that have not been taken yet."""
        return self._octets_in - self._octets_out

    def take(self, limit_octets: int) -> Received:
        """Return what has come, oldest first, about ``limit_octets`` at most."""
        taken: Received = []
        octets = 0
        while self._queue and octets < limit_octets:
            chunk = self._queue.popleft()
            octets += len(chunk[0])
            taken.append(chunk)
        self._octets_out += octets
        return taken

    def notices(self) -> list[Notice]:
        """Return what happened to the link since the last call."""
        return [self._notices.popleft() for _ in range(len(self._notices))]

    def stop(self) -> None:
        """Ask the thread to take what the socket still holds, close it and end."""
        self._stopping.set()

    def run(self) -> None:
        """Open, drain, and open again until stopped."""
        try:
            while not self._stopping.is_set() and not self.ended:
                if self._open():
                    self._drain()
        except Exception as error:  # one link must never take the others with it
            self.link.state, self.link.note = "failed", f"{type(error).__name__}: {error}"
            self._tell("link-failed", f"{self.link.where}: {self.link.note}", 3)
        finally:
            self.ended = True
            self.tried.set()

    def _open(self) -> bool:
        try:
            self.link.open()
        except LinkError as error:
            if not self.tried.is_set():
                self._tell("link-unusable", str(error), 2)
            self.ended = error.permanent
            self.tried.set()
            self._stopping.wait(0 if self.ended else TRY_AGAIN_S)
            return False
        if self.tried.is_set():
            self._tell("link-opened", f"{self.link.where}: usable again")
        self.tried.set()
        return True

    def _drain(self) -> None:
        link = self.link
        state: LinkState = link.state
        count_s = 0.0
        while not self._stopping.is_set():
            if self.link.can_wait and self.waiting_octets >= min(WAITING_OCTETS, self._memory_octets):
                self._stopping.wait(0.005)
                continue
            self._keep(link.receive(_RECEIVE_TIMEOUT_S))
            if time.monotonic() >= count_s:
                link.count_dropped()
                count_s = time.monotonic() + 0.5
            if link.state != state:
                self._tell_state(link.state)
                state = link.state
            if state in ("ended", "failed"):
                self.ended = True
                link.close()
                link.state = state
                return
            time.sleep(_GATHER_S)
        last_s = time.monotonic() + _LAST_READ_S
        # The clock first: what a link has given is kept, however late it is.
        while time.monotonic() < last_s and (received := link.receive(0)):
            self._keep(received)
        link.close()

    def _keep(self, received: Received) -> None:
        if self.waiting_octets >= self._memory_octets and not self.link.can_wait:
            self.discarded += len(received)
            return
        self._octets_in += sum(len(octets) for octets, _ in received)
        self._queue.extend(received)

    def _tell_state(self, new: LinkState) -> None:
        """Tell what became of the link; that data come, or come no more, is seen where they are taken."""
        note = f": {self.link.note}" if self.link.note else ""
        if new == "lost" and note:
            self._tell("link-lost", f"{self.link.where}{note}", 1)
        elif new == "failed":
            self._tell("link-failed", f"{self.link.where}{note}", 2)
        elif new == "ended":
            self._tell("link-ended", f"{self.link.where}: read to its end")

    def _tell(self, code: str, text: str, severity: int = 0) -> None:
        self._notices.append(Notice(time.time_ns(), code, text, severity))
        if severity:
            print(f"okaeri: link {self.link_name}: {text}", file=sys.stderr, flush=True)


__all__ = ["BREAK", "MEMORY_OCTETS", "Notice", "Receiver"]
