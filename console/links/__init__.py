"""Where bytes come from: one file a kind of link, one line each in ``LINKS``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from console.links.base import BREAK, Link, LinkError, LinkState
from console.links.file import FileLink
from console.links.tcp import TcpClientLink, TcpServerLink
from console.links.udp import UdpLink

if TYPE_CHECKING:
    from console.mission import Link as LinkSettings

LINKS: dict[str, type[Link]] = {
    "udp": UdpLink,
    "tcp": TcpClientLink,
    "tcp-server": TcpServerLink,
    "file": FileLink,
}


def make_link(settings: LinkSettings, folder: Path | None = None, resume_octets: int = 0) -> Link:
    """Build the link that a mission describes, not yet opened.

    ``folder`` is where relative paths start (the mission folder); ``resume_octets`` says how much
    of a file an earlier run has read. Raises ``LinkError`` for a kind that does not exist.
    """
    kind = LINKS.get(settings.kind)
    if kind is None:
        raise LinkError(f"no link of kind {settings.kind!r}: there are {', '.join(LINKS)}", permanent=True)
    return kind.from_settings(settings, folder or Path(), resume_octets)


__all__ = [
    "BREAK",
    "LINKS",
    "FileLink",
    "Link",
    "LinkError",
    "LinkState",
    "TcpClientLink",
    "TcpServerLink",
    "UdpLink",
    "make_link",
]
