"""Whether somebody records into the archive that a desk shows."""

from __future__ import annotations

import time

PRESENCE_S = 1.0


class RecorderWatch:
    """Looks for the recorder of one archive, once a second at most."""

    def __init__(self, archive: str) -> None:
        self._archive = archive
        self._looked_s = -PRESENCE_S
        self._present = False

    def present(self) -> bool:
        """Return whether a recorder has the archive open."""
        from console.archive.presence import somebody_writes

        now = time.monotonic()
        if now - self._looked_s > PRESENCE_S:
            self._looked_s, self._present = now, somebody_writes(self._archive)
        return self._present
