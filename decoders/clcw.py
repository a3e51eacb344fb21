"""The CLCW (232.0-B-4 §4.2): what the spacecraft says of telecommands, taken from the frames of telemetry.

Operational control fields become pseudo packets of four octets, so that their fields are parameters like
any other: archived, plotted, watched. A word has no time of its own: it stands at its frame's reception.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from decoders.batches import with_rows
from decoders.counters import Counters
from decoders.layout import Layout
from decoders.mission.model import (
    CONTROL_WORD_APID,
    Enumeration,
    Limits,
    PacketDefinition,
    Parameter,
    Severity,
)
from decoders.shapes import (
    NO_COUNT,
    NOT_USABLE,
    FrameBatch,
    FrameQuality,
    PacketBatch,
    PacketQuality,
    PacketTable,
)

OCTETS = 4
EVERY_NS = 1_000_000_000
"""A word that stays gets a row once in this time; one that changes gets a row at once."""
_MOST_KEPT = 1024
_PASSED_BY = int(NOT_USABLE | FrameQuality.DUPLICATE)
_YES = Enumeration({0: "no", 1: "yes"})
_LOCKED_OUT = Limits(min_violations=1, states=(("yes", Severity.CAUTION),))
_FIELDS: tuple[tuple[str, int, int, str, str], ...] = (
    ("type", 0, 1, "Control word type", "制御語の種別"),
    ("version", 1, 2, "Version", "バージョン"),
    ("status", 3, 3, "Status field", "ステータス"),
    ("cop", 6, 2, "COP in effect", "有効なCOP"),
    ("vcid", 8, 6, "TC channel", "TCチャネル"),
    ("no_rf", 16, 1, "No RF available", "RF利用不可"),
    ("no_bit_lock", 17, 1, "No bit lock", "ビット同期なし"),
    ("lockout", 18, 1, "FARM-1 lockout", "FARM-1ロックアウト"),
    ("wait", 19, 1, "Wait", "ウェイト"),
    ("retransmit", 20, 1, "Retransmit", "再送要求"),
    ("farm_b", 21, 2, "FARM-B counter", "FARM-Bカウンタ"),
    ("report", 24, 8, "Report value V(R)", "報告値 V(R)"),
)
"""Name, first bit, bits, and what it is, of each field (§4.2.1)."""


def clcw_definition(vehicle: str) -> PacketDefinition:
    """Return the built-in packet type of a vehicle's CLCWs; lockout is a caution."""
    parameters = []
    for name, bit, bits, text, text_ja in _FIELDS:
        flag = 16 <= bit <= 20
        parameters.append(
            Parameter(
                f"{vehicle}_clcw_{name}", "uint", bits, bit, description=text, description_ja=text_ja,
                calibration=_YES if flag else Enumeration({1: "COP-1"}) if name == "cop" else None,
                limits=_LOCKED_OUT if name == "lockout" else None,
            )
        )  # fmt: skip
    return PacketDefinition(
        f"{vehicle}_clcw",
        tuple(parameters),
        apid=CONTROL_WORD_APID,
        vehicle=vehicle,
        description="Link control word (CLCW)",
        description_ja="リンク制御語（CLCW）",
        length_octets=OCTETS,
    )


class ControlWords:
    """Makes rows of the control words of one link's frames."""

    def __init__(
        self,
        packets: Sequence[PacketDefinition],
        vehicles: Mapping[int, str],
        vehicle: str,
        counters: Counters,
    ) -> None:
        """Take packet types; ``vehicles`` are by spacecraft id, frames of others are of ``vehicle``."""
        self._types = {p.vehicle: (p, Layout(p)) for p in packets if p.apid == CONTROL_WORD_APID}
        self._vehicles, self._vehicle = vehicles, vehicle
        self._counters = counters
        self._last: dict[int, tuple[int, int]] = {}
        """The word and its reception, by spacecraft id and telecommand channel."""

    def vehicle_of(self, scid: int) -> str:
        """Return the vehicle whose frames have this spacecraft id."""
        return self._vehicles.get(scid, self._vehicle)

    def rows(self, frames: FrameBatch) -> NDArray[np.int64]:
        """Return the good frames whose CLCW gets a row: it changed, or a second passed since the last row."""
        if not self._types:
            return np.empty(0, np.int64)
        found = np.flatnonzero((frames.ocf >= 0) & (frames.quality & _PASSED_BY == 0))
        kept = []
        last = self._last
        for row, word, scid, ns in zip(
            found.tolist(),
            frames.ocf[found].tolist(),
            frames.scid[found].tolist(),
            frames.reception_ns[found].tolist(),
            strict=True,
        ):
            if word >> 31:  # 132.0-B-3 §4.1.5.3: a Type-2 report, whose form is the project's own
                self._counters.control_words_other += 1
                continue
            key = scid << 6 | word >> 18 & 63
            before = last.get(key)
            if before is not None and before[0] == word and 0 <= ns - before[1] < EVERY_NS:
                continue
            if self.vehicle_of(scid) not in self._types:
                continue
            if before is None and len(last) >= _MOST_KEPT:
                del last[next(iter(last))]
            last[key] = word, ns
            kept.append(row)
        self._counters.control_words += len(kept)
        return np.array(kept, np.int64)

    def tables(self, batch: PacketBatch) -> list[PacketTable]:
        """Return the columns of a batch's control words, and mark them as good."""
        words = np.flatnonzero(batch.apid == CONTROL_WORD_APID)
        if not len(words):
            return []
        batch.quality[words] = PacketQuality.GOOD
        tables = []
        for vehicle, (packet, layout) in self._types.items():
            rows = words[[batch.vehicle[row] == vehicle for row in words.tolist()]]
            if len(rows):
                raw = layout.decode(batch.data, batch.starts[rows])
                tables.append(PacketTable(packet, rows, raw))
        return tables


def with_words(
    packets: PacketBatch,
    source: NDArray[np.int32],
    frames: FrameBatch,
    rows: NDArray[np.int64],
    word_source: NDArray[np.int32],
    offset_from_end: int,
) -> tuple[PacketBatch, NDArray[np.int32]]:
    """Return the packets with the control words of the frames ``rows`` among them, by order of frames.

    ``source`` and ``word_source`` tell the part that brought each; a word stands ``offset_from_end`` octets
    before the end of its frame.
    """
    return with_rows(
        packets,
        source,
        frames.ocf[rows].astype(">u4").tobytes(),
        lengths=np.full(len(rows), OCTETS, np.int64),
        apid=CONTROL_WORD_APID,
        secondary_header=False,
        sequence_count=NO_COUNT,
        vcid=frames.vcid[rows],
        frame=rows,
        frame_offset=frames.lengths[rows] - offset_from_end,
        reception_ns=frames.reception_ns[rows],
        quality=0,
        added_source=word_source,
        after=np.searchsorted(np.maximum.accumulate(packets.frame), rows, side="right")
        if len(packets)
        else np.zeros(len(rows), np.int64),
    )
