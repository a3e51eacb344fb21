"""Which definition a packet has: by its vehicle and APID, and where several share one, by its content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from decoders.expression import Expression
from decoders.expression_values import ColumnValues, element
from decoders.layout import Layout
from decoders.masks import every, some
from decoders.mission.csv import fixed_length, place
from decoders.mission.model import BEACON_APID, DefinitionError, PacketDefinition
from decoders.shapes import PacketBatch

UNKNOWN = -1
APIDS = 2048


class Criteria:
    """What a packet's fields must say for one definition to be its own."""

    def __init__(self, definition: PacketDefinition) -> None:
        """Raise ``ExpressionError`` where the criteria cannot be read, ``DefinitionError`` where they name a
        field that has no fixed place."""
        self._expression = Expression.parse(definition.criteria)
        if self._expression.memory:
            raise DefinitionError(
                f"{definition.name}: its criteria look at the packet before", mend="Leave prev and rate out"
            )
        names = {element(name)[0] for name in self._expression.names}
        placed = {p.name: p for p in place(definition.parameters) if p.bit_offset is not None}
        for name in sorted(names):
            found = placed.get(name)
            if found is None or found.only_if or isinstance(found.array_length, str):
                raise DefinitionError(
                    f"{definition.name}: its criteria name {name!r}, which has no place of its own",
                    mend="Name a field that stands at the same bit in every packet",
                )
        self._parameters = {name: placed[name] for name in names}
        fields = tuple(self._parameters.values())
        alone = replace(
            definition, parameters=fields, criteria="", derived=(), length_octets=fixed_length(fields)
        )
        self._layout = Layout(alone)

    def hold(self, batch: PacketBatch, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell for which rows they hold; a packet without the fields is another one."""
        long_enough = batch.lengths[rows] >= self._layout.octets
        whole = rows if every(long_enough) else rows[long_enough]
        if not len(whole):
            return long_enough
        raw = self._layout.decode(batch.data, batch.starts[whole])
        true = self._expression.true(ColumnValues(self._parameters, raw), len(whole))
        if whole is rows:
            return true
        held = np.zeros(len(rows), np.bool_)
        held[long_enough] = true
        return held


class Selection:
    """The definitions of all vehicles by APID.

    A vehicle's own definitions of an APID come before those of any other vehicle, and of several the first
    whose criteria hold is taken; definitions without an APID are asked last, and alone for beacons.
    """

    def __init__(self, packets: Sequence[PacketDefinition]) -> None:
        self._packets = packets
        self._criteria = [Criteria(each) if each.criteria else None for each in packets]
        self._choices: list[tuple[int, ...]] = []
        self._any = [i for i, each in enumerate(packets) if each.apid is None]
        self._tables = {vehicle: self._table(vehicle) for vehicle in {"", *(p.vehicle for p in packets)}}

    def _table(self, vehicle: str) -> NDArray[np.int32]:
        """Return for each APID its definition, ``UNKNOWN``, or a choice below that."""
        candidates: dict[int, list[int]] = {}
        for index, packet in enumerate(self._packets):
            if packet.apid is not None and packet.vehicle == vehicle:
                candidates.setdefault(packet.apid & 0x7FF, []).append(index)
        for index, packet in enumerate(self._packets):
            apid = UNKNOWN if packet.apid is None else packet.apid & 0x7FF
            known = candidates.get(apid, ())
            if apid >= 0 and (not known or self._packets[known[0]].vehicle == packet.vehicle != vehicle):
                candidates.setdefault(apid, []).append(index)
        lone = sorted(self._any, key=lambda index: self._packets[index].vehicle != vehicle)
        # The last places are those of negative numbers: packets that have no APID.
        table = np.full(APIDS - BEACON_APID, self._entry(lone), np.int32)
        for apid, known in candidates.items():
            table[apid] = self._entry([*known, *lone])
        return table

    def _entry(self, candidates: Sequence[int]) -> int:
        """Return a definition, or the number of a choice among those that may be."""
        asked: list[int] = []
        for index in candidates:
            asked.append(index)
            if self._criteria[index] is None:
                break
        if not asked:
            return UNKNOWN
        if self._criteria[asked[0]] is None:
            return asked[0]
        choice = tuple(asked)
        if choice not in self._choices:
            self._choices.append(choice)
        return -2 - self._choices.index(choice)

    def known(self, apid: int) -> bool:
        """Tell whether some definition is of this APID."""
        return any(packet.apid == apid for packet in self._packets)

    def definitions(
        self, batch: PacketBatch, vehicles: Sequence[str], which: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Return the number of each packet's definition, ``UNKNOWN`` where there is none.

        ``vehicles[which[i]]`` is the vehicle whose frame brought packet ``i``.
        """
        default = self._tables[""]
        if len(vehicles) == 1:
            found = self._tables.get(vehicles[0], default)[batch.apid]
        else:
            found = np.empty(len(batch), np.int32)
            for number, vehicle in enumerate(vehicles):
                rows = which == number
                found[rows] = self._tables.get(vehicle, default)[batch.apid[rows]]
        if self._choices and some(found < UNKNOWN):
            for number, choice in enumerate(self._choices):
                rows = np.flatnonzero(found == -2 - number)
                if len(rows):
                    found[rows] = self._chosen(batch, rows, choice)
        return found

    def _chosen(
        self, batch: PacketBatch, rows: NDArray[np.int64], choice: tuple[int, ...]
    ) -> NDArray[np.int32]:
        found = np.full(len(rows), UNKNOWN, np.int32)
        open_rows = np.arange(len(rows))
        for index in choice:
            criteria = self._criteria[index]
            if criteria is None:
                found[open_rows] = index
                break
            held = criteria.hold(batch, rows[open_rows])
            found[open_rows[held]] = index
            open_rows = open_rows[~held]
            if not len(open_rows):
                break
        return found
