"""A file as a link: read once from end to end, or followed while another program writes it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from console.links.base import BREAK, Link, LinkError, Received

if TYPE_CHECKING:
    from console.mission import Link as LinkSettings

CHUNK_OCTETS = 256 * 1024
LOOK_AGAIN_S = 0.05


class FileLink(Link):
    """Reads ``path`` from ``resume_octets`` on; with ``follow`` it waits for the file and its growth.

    A file that was replaced, or is shorter than it was, is read from its start, after a ``BREAK``; one that
    is followed and cannot be read is tried again.
    A file read once is an import, not live: nothing in it is announced.
    """

    def __init__(self, path: Path, *, follow: bool = False, resume_octets: int = 0) -> None:
        super().__init__()
        self.path, self.follow = path, follow
        self.live = follow
        self._resume = resume_octets
        self._file: IO[bytes] | None = None
        self._offset = 0
        self._identity = (0, 0)
        self._broke = False
        """Whether what is read next does not continue what was read before."""

    @classmethod
    def from_settings(cls, settings: LinkSettings, folder: Path, resume_octets: int) -> FileLink:
        """Build it from ``path`` (from the mission folder on) and ``follow``."""
        return cls(folder / settings.path, follow=settings.follow, resume_octets=resume_octets)

    @property
    def where(self) -> str:
        """The path."""
        return str(self.path)

    def open(self) -> None:
        """Open the file; raises ``LinkError`` where it cannot be read (a followed one may come later)."""
        self.close()
        try:
            file = open(self.path, "rb")  # noqa: SIM115 - closed in close()
        except FileNotFoundError as error:
            if self.follow:
                self.state, self.note = "waiting", "the file does not exist yet"
                self._resume, self._broke = 0, self._resume > 0
                return
            self.state, self.note = "failed", "there is no such file"
            raise LinkError(f"{self.where}: {self.note}", permanent=True) from error
        except OSError as error:
            self.state, self.note = "failed", error.strerror or str(error)
            raise LinkError(f"{self.where}: {self.note}", permanent=not self.follow) from error
        self._take(file)
        if self._resume <= os.fstat(file.fileno()).st_size:
            self._offset = file.seek(self._resume)
        else:
            self._broke = True
        self._resume = 0

    def receive(self, timeout_s: float) -> Received:
        """Return the next octets; at the end of a followed file wait for more."""
        received: Received = []
        deadline_s = time.monotonic() + timeout_s
        while self.state not in ("closed", "ended", "failed"):
            try:
                self._read(received)
            except OSError as error:
                self.note = f"cannot be read on: {error.strerror or error}"
                self.state = "lost" if self.follow else "failed"
            left_s = deadline_s - time.monotonic()
            if received or left_s <= 0 or self.state == "ended":
                break
            time.sleep(min(LOOK_AGAIN_S, left_s))
        return received

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
        self._file, self.state = None, "closed"

    def _take(self, file: IO[bytes]) -> None:
        status = os.fstat(file.fileno())
        self._file, self._offset = file, 0
        self._identity = (status.st_dev, status.st_ino)
        self.state, self.note = "waiting", ""

    def _read(self, received: Received) -> None:
        if self._file is None:
            self._open_late()
        if self._file is None:
            return
        if self._broke:
            self._broke = False
            received.append((BREAK, time.time_ns()))
        try:
            octets = self._file.read(CHUNK_OCTETS)
        except OSError:
            self._let_go_if_replaced()
            raise
        if octets:
            self._offset += len(octets)
            self.state, self.note = "locked", ""
            received.append((octets, time.time_ns()))
        elif not self.follow:
            self.state = "ended"
        else:
            self._let_go_if_replaced()

    def _open_late(self) -> None:
        try:
            self._take(open(self.path, "rb"))  # noqa: SIM115 - closed in close()
        except FileNotFoundError:
            self.state = "waiting"

    def _let_go_if_replaced(self) -> None:
        try:
            status = os.stat(self.path)
        except OSError:  # nothing took its place
            return
        same = (status.st_dev, status.st_ino) == self._identity
        if self._file is not None and not (same and status.st_size >= self._offset):
            self._file.close()
            self._file, self._broke = None, True
