"""Which packet is which: definitions, lengths, CRCs, duplicates, gaps, times and columns."""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from decoders.clcw import ControlWords
from decoders.counters import Counters
from decoders.derived import Derived
from decoders.layout import Layout
from decoders.masks import every, some
from decoders.mission.model import BEACON_APID, CONTROL_WORD_APID, PacketDefinition
from decoders.packet_index import among
from decoders.packets import KnownPackets
from decoders.selection import UNKNOWN, Selection
from decoders.sequence import PACKET_MODULUS, PacketMemory, SequenceCounter
from decoders.shapes import DecodeEvent, PacketBatch, PacketQuality, PacketTable
from decoders.timefield import TimeReader, time_field

_BAD = int(PacketQuality.CRC_BAD | PacketQuality.LENGTH_BAD | PacketQuality.TRUNCATED)
_TRUNCATED, _SEGMENT, _REASSEMBLED = (
    int(flag) for flag in (PacketQuality.TRUNCATED, PacketQuality.SEGMENT, PacketQuality.REASSEMBLED)
)
_PLAYBACK, _GAP_BEFORE = int(PacketQuality.PLAYBACK), int(PacketQuality.GAP_BEFORE)
_FEW = 32
"""So many packets are sorted sooner one by one."""
_DAMAGE = (
    (PacketQuality.LENGTH_BAD, "packet-length", "of a wrong length"),
    (PacketQuality.CRC_BAD, "packet-crc", "with a wrong CRC"),
    (PacketQuality.TRUNCATED, "packet-truncated", "without their end"),
)


MOST_COUNTERS = 1024
"""Sequence counters followed at once: vehicle, APID and virtual channel each."""


_Counted = dict[tuple[str, int], list[tuple[NDArray[np.int64], NDArray[np.int64]]]]
"""By vehicle and APID: packets that are good, and those of a wrong length."""


class _Type:
    """One definition compiled: its layout and where its time stands."""

    __slots__ = ("definition", "layout", "reader", "time")

    def __init__(self, definition: PacketDefinition) -> None:
        self.definition = definition
        self.layout = Layout(definition)
        self.time = time_field(definition)
        self.reader = TimeReader(self.time, definition.clock) if self.time is not None else None

    def right_length(self, batch: PacketBatch, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which packets have the length of the definition and hold all its fields."""
        lengths, expected = batch.lengths[rows], self.definition.length_octets
        if expected is not None:
            fits = lengths == expected
            if expected < self.layout.octets:
                fits &= lengths >= self.layout.octets
        else:
            fits = self.layout.valid(batch.data, batch.starts[rows], lengths)
        if self.time is not None:
            fits &= lengths >= self.time.end
        return np.asarray(fits, np.bool_)


class Recogniser:
    """Gives each packet its definition, its quality and its values."""

    def __init__(
        self,
        packets: Sequence[PacketDefinition],
        counters: Counters,
        playback_vcids: frozenset[int],
        memory: PacketMemory | None,
        derived: Derived | None = None,
    ) -> None:
        self._types = [_Type(definition) for definition in packets]
        readers: dict[object, TimeReader | None] = {}
        for each in self._types:  # packets that tell their time alike are read together
            each.reader = readers.setdefault((each.time, each.definition.clock), each.reader)
        self._own_vehicles = [*(definition.vehicle for definition in packets), ""]
        """The vehicle that each definition names; the last one is of packets without a definition."""
        self._derived = Derived(packets) if derived is None else derived
        self._counters = counters
        self._playback_vcids = playback_vcids
        self._memory = memory
        self._selection = Selection(packets)
        lone = [packet for packet in packets if packet.apid is None]
        self._segmented = any(packet.segmented for packet in packets)
        lengths: dict[int, int | None] = {}
        for packet in packets:
            if packet.apid is not None:
                octets = None if packet.segmented else packet.length_octets
                lengths[packet.apid] = octets if lengths.get(packet.apid, octets) == octets else None
        self.known = KnownPackets(
            lengths,
            any_apid=bool(lone) or not packets,
            any_length=lone[0].length_octets if len({each.length_octets for each in lone}) == 1 else None,
        )
        self._sequences = memory.sequences if memory is not None else {}
        self._told: set[int] = set()
        self._damaged: set[tuple[int, str]] = set()

    def recognise(
        self,
        batch: PacketBatch,
        octets: bytes,
        frame_vehicle: Sequence[str],
        which_vehicle: NDArray[np.int32],
        events: list[DecodeEvent],
        words: ControlWords | None = None,
    ) -> list[PacketTable]:
        """Fill quality, vehicle and generation time of the batch and return the columns.

        ``frame_vehicle[which_vehicle[i]]`` is the vehicle whose frame brought packet ``i``. ``words`` knows
        the control words among the packets, if there are any.
        """
        count = len(batch)
        if not count:
            return []
        types = self._selection.definitions(batch, frame_vehicle, which_vehicle)
        if words is not None:
            types[batch.apid == CONTROL_WORD_APID] = UNKNOWN
        batch.vehicle = self._vehicles(types, frame_vehicle, which_vehicle)
        if self._playback_vcids:
            batch.quality[among(batch.vcid, self._playback_vcids)] |= _PLAYBACK
        chosen: dict[int, list[NDArray[np.int64]]] = {}
        timed: dict[TimeReader, list[NDArray[np.int64]]] = {}
        counted: _Counted = {}
        for rows in _by_apid(batch.apid):
            if batch.apid[rows[0]] == CONTROL_WORD_APID:
                continue
            one = len(frame_vehicle) == 1 and every(types[rows] == types[rows[0]])
            for same in (rows,) if one else self._apart(types, rows, which_vehicle):
                self._one(batch, octets, same, int(types[same[0]]), chosen, timed, counted, events)
        for source, found in counted.items():
            good, wrong_length = found[0]
            if len(found) > 1:
                good, wrong_length = (np.concatenate(part) for part in zip(*found, strict=True))
                good = np.sort(good)
            self._count(batch, good, wrong_length, source)
        for reader, parts in timed.items():
            self._times(batch, np.concatenate(parts), reader)
        tables = [self._table_of(batch, index, parts, events) for index, parts in chosen.items()]
        if words is not None:
            tables += words.tables(batch)
        if self._derived:
            self._derived.compute(batch, tables)
        return tables

    def _apart(
        self, types: NDArray[np.int32], rows: NDArray[np.int64], which_vehicle: NDArray[np.int32]
    ) -> list[NDArray[np.int64]]:
        """Part the packets of one APID by definition, and by vehicle where the definition names none."""
        named = np.array([bool(kind.definition.vehicle) for kind in self._types] + [False])
        kind = types[rows].astype(np.int64)
        group = kind << 32 | np.where(named[kind], 0, which_vehicle[rows])
        return [rows[group == each] for each in np.unique(group).tolist()]

    @staticmethod
    def _times(batch: PacketBatch, rows: NDArray[np.int64], reader: TimeReader) -> None:
        """Read the generation times of packets that hold them alike."""
        ns, invalid, extrapolated = reader.read(
            batch.data, batch.starts[rows], batch.lengths[rows], batch.reception_ns[rows]
        )
        batch.generation_ns[rows] = ns
        if invalid is not None:
            batch.quality[rows[invalid]] |= PacketQuality.TIME_INVALID
        if extrapolated is not None:
            batch.quality[rows[extrapolated]] |= PacketQuality.TIME_EXTRAPOLATED

    def _vehicles(
        self, types: NDArray[np.int32], vehicles: Sequence[str], which: NDArray[np.int32]
    ) -> list[str]:
        own = self._own_vehicles
        if len(vehicles) == 1:
            return [own[index] or vehicles[0] for index in types.tolist()]
        return [
            own[index] or vehicles[vehicle]
            for index, vehicle in zip(types.tolist(), which.tolist(), strict=True)
        ]

    def _one(
        self,
        batch: PacketBatch,
        octets: bytes,
        rows: NDArray[np.int64],
        index: int,
        chosen: dict[int, list[NDArray[np.int64]]],
        timed: dict[TimeReader, list[NDArray[np.int64]]],
        counted: _Counted,
        events: list[DecodeEvent],
    ) -> None:
        """Judge the packets of one vehicle, APID and definition, in order of reception."""
        quality, counters, apid = batch.quality, self._counters, int(batch.apid[rows[0]])
        source = batch.vehicle[int(rows[0])], apid
        if self._segmented:
            parts = quality[rows] & _SEGMENT != 0
            counted.setdefault(source, []).append((rows[parts], rows[:0]))
            counters.packet_segments += int(np.count_nonzero(parts))
            rows = rows[~parts]
            if not len(rows):
                return
        if index < 0:
            quality[rows] |= PacketQuality.APID_UNKNOWN
            counters.packets_unknown += len(rows)
            if self._selection.known(apid):
                counted.setdefault(source, []).append((rows, rows[:0]))
            if apid not in self._told:
                self._told.add(apid)
                what = "fits none of its definitions" if self._selection.known(apid) else "has no definition"
                text = f"APID 0x{apid:03X} ({apid}) {what}; its packets are kept"
                if apid == BEACON_APID:
                    text = "a beacon fits none of the definitions without an APID; such are kept"
                events.append(DecodeEvent("apid-unknown", text))
            return
        kind = self._types[index]
        name = kind.definition.name
        whole, wrong_length = rows, rows[:0]
        if some(quality[rows] & _TRUNCATED):
            whole = rows[quality[rows] & _TRUNCATED == 0]
        damaged = len(whole) < len(rows)
        wrong = ~kind.right_length(batch, whole)
        if some(wrong):
            damaged = True
            quality[whole[wrong]] |= PacketQuality.LENGTH_BAD
        firsts = batch.starts[whole].tolist()
        ends = (batch.starts[whole] + batch.lengths[whole]).tolist()
        pieces = [octets[a:b] for a, b in zip(firsts, ends, strict=True)]
        if kind.definition.crc:
            sums = [crc_hqx(piece, 0xFFFF) for piece in pieces]
            if any(sums):
                damaged = True
                quality[whole[np.array(sums) != 0]] |= PacketQuality.CRC_BAD
        if damaged or self._damaged:
            self._tell(events, kind.definition, apid, batch, rows)
        if damaged:
            truncated = len(rows) - len(whole)
            counters.packets_truncated += truncated
            counters.packets_bad += int(np.count_nonzero(quality[rows] & _BAD)) - truncated
            state = quality[whole] & _BAD
            good = state == 0
            wrong_length = whole[state == int(PacketQuality.LENGTH_BAD)]
            pieces = [piece for piece, fine in zip(pieces, good.tolist(), strict=True) if fine]
            whole = whole[good]
        if kind.reader is not None and len(whole):
            timed.setdefault(kind.reader, []).append(whole)
        if self._memory is not None and len(whole) and (apid != BEACON_APID or kind.time is not None):
            hashes = np.fromiter(map(hash, pieces), np.int64, len(pieces))
            counts = batch.sequence_count[whole]
            if apid == BEACON_APID:  # no count tells them apart: what they hold must, their time with it
                counts = (hashes & 0x3FFF).astype(np.int32)
            again = self._memory.check(source, kind.time is not None, counts, hashes)
            if again is not None:
                quality[whole[again]] |= PacketQuality.DUPLICATE
                counters.packets_duplicate += int(np.count_nonzero(again))
                whole = whole[~again]
        received = whole[quality[whole] & _REASSEMBLED == 0] if self._segmented else whole
        if apid != BEACON_APID:
            counted.setdefault(source, []).append((received, wrong_length))
        if len(whole):
            counters.packets += len(whole)
            counters.packets_by_name[name] = counters.packets_by_name.get(name, 0) + len(whole)
            chosen.setdefault(index, []).append(whole)

    def _count(
        self,
        batch: PacketBatch,
        good: NDArray[np.int64],
        wrong_length: NDArray[np.int64],
        source: tuple[str, int],
    ) -> None:
        """Follow the sequence count of a vehicle's APID on each virtual channel.

        All definitions of an APID share its count. A packet of a wrong length counts where it stands in
        line: it is damaged, not missing. Where it stands elsewhere its header may be what is damaged.
        """
        rows = np.sort(np.concatenate([good, wrong_length])) if len(wrong_length) else good
        if not len(rows):
            return
        vcids = batch.vcid[rows]
        first = int(vcids[0])
        channels = [first] if every(vcids == first) else np.unique(vcids).tolist()
        for vcid in channels:
            mine = rows if len(channels) == 1 else rows[vcids == vcid]
            counter = self._counter((*source, vcid))
            if len(wrong_length):
                mine = self._in_line(batch, mine, wrong_length, counter.last)
            gaps, missing = counter.gaps, counter.missing
            before = counter.steps(batch.sequence_count[mine])
            if before is not None:
                batch.quality[mine[before != 0]] |= _GAP_BEFORE
            if vcid not in self._playback_vcids:  # a playback begins anywhere: nothing is lost by that
                counters = self._counters
                counters.packet_gaps += counter.gaps - gaps
                # What another link missed and this one brings is no less missing there.
                counters.packets_missing = max(0, counters.packets_missing + counter.missing - missing)

    def _counter(self, key: tuple[str, int, int]) -> SequenceCounter:
        """Return a counter; beyond ``MOST_COUNTERS`` the one unused for the longest is forgotten."""
        counter = self._sequences.pop(key, None) or SequenceCounter(PACKET_MODULUS)
        if len(self._sequences) >= MOST_COUNTERS:
            del self._sequences[next(iter(self._sequences))]
        self._sequences[key] = counter
        return counter

    @staticmethod
    def _in_line(
        batch: PacketBatch, rows: NDArray[np.int64], doubtful: NDArray[np.int64], last: int
    ) -> NDArray[np.int64]:
        """Leave out doubtful packets whose count does not follow the one before."""
        kept, doubted = [], set(doubtful.tolist())
        for row, count in zip(rows.tolist(), batch.sequence_count[rows].tolist(), strict=True):
            if row not in doubted or count == (last + 1) % PACKET_MODULUS:
                kept.append(row)
                last = count
        return np.array(kept, np.int64)

    def _tell(
        self,
        events: list[DecodeEvent],
        definition: PacketDefinition,
        apid: int,
        batch: PacketBatch,
        rows: NDArray[np.int64],
    ) -> None:
        """Tell of damaged packets when damage begins; a batch without it arms the event again."""
        for flag, code, text in _DAMAGE:
            mine = rows[batch.quality[rows] & int(flag) != 0]
            state = (apid, code)
            if not len(mine):
                self._damaged.discard(state)
            elif state not in self._damaged:
                self._damaged.add(state)
                octets, count = int(batch.lengths[mine[0]]), int(batch.sequence_count[mine[0]])
                who = f" (APID 0x{apid:03X})" if apid >= 0 else ""
                expected = f", defined {definition.length_octets}" if definition.length_octets else ""
                events.append(
                    DecodeEvent(
                        code,
                        f"{definition.name}{who}: {len(mine)} packet(s) {text}; the first has {octets} octets"
                        f"{expected}" + (f", sequence count {count}" if apid >= 0 else ""),
                    )
                )

    def _table_of(
        self,
        batch: PacketBatch,
        index: int,
        parts: list[NDArray[np.int64]],
        events: list[DecodeEvent],
    ) -> PacketTable:
        kind = self._types[index]
        rows = parts[0] if len(parts) == 1 else np.sort(np.concatenate(parts))
        try:
            raw = kind.layout.decode(batch.data, batch.starts[rows], batch.lengths[rows])
        except Exception as error:
            # One definition that cannot decode must not take the others along; its packets are kept.
            batch.quality[rows] |= PacketQuality.LENGTH_BAD
            text = f"{kind.definition.name}: {len(rows)} packet(s) do not fit the definition: {error}"
            events.append(DecodeEvent("packet-layout", text))
            rows = rows[:0]
            raw = {}
        return PacketTable(kind.definition, rows, raw)


def _by_apid(apid: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """Return the rows of each APID, in order."""
    if len(apid) <= _FEW:
        rows: dict[int, list[int]] = {}
        for row, each in enumerate(apid.tolist()):
            rows.setdefault(each, []).append(row)
        return [np.array(each, np.int64) for each in rows.values()]
    order = np.argsort(apid, kind="stable")
    return np.split(order, np.nonzero(np.diff(apid[order]))[0] + 1)
