"""What every link is: something that opens, yields bytes with their reception time, and closes."""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from console.mission import Link as LinkSettings

LinkState = Literal["closed", "waiting", "locked", "lost", "failed", "ended"]
"""``waiting``: open, nothing yet; ``locked``: data comes; ``lost``: the other side went away;
``failed``: cannot be opened; ``ended``: read to the end, nothing more will come."""

Received = list[tuple[bytes, int]]
"""Datagrams or stream chunks, each with its reception time (ns UTC)."""

BREAK = b""
"""A chunk without octets: a stream broke here, what follows does not continue what came before."""


class LinkError(Exception):
    """A link that cannot be used, in words for an operator; ``permanent`` ones are not tried again."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        self.permanent = permanent
        super().__init__(message)


class Link(ABC):
    """One source of bytes. Only the thread that receives calls its methods; all may read its fields."""

    live = True
    """Whether reception happens as the bytes are sent; a file that is imported is not live."""

    can_wait = True
    """Whether the sender waits when nobody reads; datagrams do not."""

    def __init__(self) -> None:
        self.state: LinkState = "closed"
        self.dropped = 0
        """Datagrams the kernel threw away because nobody took them in time."""
        self.note = ""
        """What an operator may want to know about the state, e.g. why there is no connection."""

    @classmethod
    @abstractmethod
    def from_settings(cls, settings: LinkSettings, folder: Path, resume_octets: int) -> Link:
        """Build the link from a mission's ``[[links]]`` table."""

    @abstractmethod
    def open(self) -> None:
        """Get ready to receive; raises ``LinkError`` where that cannot be."""

    @abstractmethod
    def receive(self, timeout_s: float) -> Received:
        """Return everything that has come, waiting at most ``timeout_s`` for the first octet.

        Never raises for what the other side does: a lost connection is a state and a ``BREAK``.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the socket or file; may be called twice."""

    def count_dropped(self) -> int:
        """Bring ``dropped`` up to date and return it."""
        return self.dropped

    @property
    @abstractmethod
    def where(self) -> str:
        """The address or path, for messages."""


def why_not(error: Exception, port: int) -> str:
    """Say in an operator's words why a local address cannot be used, with the mend."""
    code = getattr(error, "errno", None)
    if code == errno.EADDRINUSE:
        return f"port {port} is in use by another program; end it or choose another port in mission.toml"
    if code == errno.EACCES:
        return f"port {port} needs administrator rights; choose one above 1023"
    if code == errno.EADDRNOTAVAIL:
        return "this machine has no such address; use 0.0.0.0 for any"
    return str(error)
