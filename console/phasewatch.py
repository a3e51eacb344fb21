"""When the mission's phase parameter takes a new value."""

from __future__ import annotations

import numpy as np

from console.links.receiver import Notice
from console.mission import Mission
from decoders.shapes import Decoded, PacketQuality


class PhaseWatch:
    """Tells each change of the phase, in the order of the records; what is played back is of another time."""

    def __init__(self, mission: Mission, value: int | None = None) -> None:
        """Watch the phase parameter of a mission; ``value`` is the raw one known last, if any."""
        self._phases = mission.phases
        self._packet = mission.home(mission.phases.parameter)[0].name if mission.phases else ""
        self._value = value

    def feed(self, decoded: Decoded, now_ns: int) -> list[Notice]:
        """Return the changes that one batch brought."""
        if self._phases is None:
            return []
        found: list[Notice] = []
        for table in decoded.tables:
            if table.packet.name != self._packet or not len(table.rows):
                continue
            direct = (decoded.packets.quality[table.rows] & int(PacketQuality.PLAYBACK)) == 0
            values = table.raw[self._phases.parameter]
            if values.dtype.kind not in "iub" or values.ndim != 1:
                continue  # phases are told by whole numbers
            values = values[direct]
            ahead = np.concatenate((values[:1], values[:-1]))
            for value in (int(each) for each in (*values[:1], *values[values != ahead])):
                if value != self._value:
                    if self._value is not None:
                        found.append(self._change(self._value, value, now_ns))
                    self._value = value
        return found

    def _change(self, before: int, after: int, now_ns: int) -> Notice:
        text = f"Phase: {self._title(before)} → {self._title(after)}"
        return Notice(now_ns, "phase", text, details={"before": before, "after": after})

    def _title(self, value: int) -> str:
        names = self._phases.names if self._phases is not None else ()
        return next((each.title for each in names if each.value == value), f"{value}?")
