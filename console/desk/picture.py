"""The picture of a desk: the view at the playhead, asked for on ticks and read by the reader thread."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from console.archive.shapes import Extent
from console.desk.reading import Reading, Request
from console.desk.view import DeskView, Query
from console.playhead import Playhead, Position, Span

STANDING_NS = 500_000_000
"""A picture that stands is read again after this time, for acknowledgements and notes."""


class Picture(QObject):
    """Keeps the newest view of one archive; older answers than the playhead asks for are dropped."""

    changed = Signal(object)
    """the new ``DeskView``"""

    def __init__(self, archive: str, playhead: Playhead, parent: QObject) -> None:
        super().__init__(parent)
        self.reading = Reading(archive, self)
        self.view: DeskView | None = None
        self.span: Span | None = None
        """What the archive holds; None while it is empty."""
        self._playhead = playhead
        self._asked: tuple[int, tuple[Query, ...], int] = (-1, (), 0)
        self.reading.view_ready.connect(self._take)

    def ask(self, queries: Sequence[Query]) -> None:
        """Ask for the view at the playhead, unless it stands and was read a moment ago."""
        wanted, position, now = tuple(queries), self._playhead.position(), time.monotonic_ns()
        same = self._asked[:2] == (position.serial, wanted)
        if same and not position.playing and now - self._asked[2] < STANDING_NS:
            return
        if self.reading.request(Request(position, wanted)):
            self._asked = (position.serial, wanted, now)

    def take_extent(self, extent: Extent, mission_offset_ns: int) -> None:
        """Take over what the archive holds (machine clock, ns)."""
        if extent.last_record > 0:
            self.span = Span(
                extent.first_reception_ns + mission_offset_ns,
                extent.last_reception_ns + mission_offset_ns,
                extent.first_record,
                extent.last_record,
            )

    def _take(self, view: DeskView, position: Position) -> None:
        self._playhead.resolved(position, position.record or 0, position.instant_ns)
        if position.serial != self._playhead.position().serial and position.mode != self._playhead.mode:
            return  # the operator went elsewhere: an older picture must not flash up
        self.view = view
        self.take_extent(view.extent, view.session.mission_offset_ns)
        self.changed.emit(view)
