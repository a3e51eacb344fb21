"""A packet's fields compiled once, then decoded in batches of any size into columns."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from decoders.layout_dynamic import DynamicFields, is_dynamic
from decoders.layout_fields import Fields, raw_dtype
from decoders.layout_plans import Columns, GatherPlan, Plan, Reach, StridedPlan, StructPlan
from decoders.layout_variable import VariableFields
from decoders.masks import every, some
from decoders.mission.csv import place
from decoders.mission.model import PacketDefinition
from decoders.packet_index import MINIMUM_PACKET_OCTETS, as_octets

__all__ = ["Layout", "raw_dtype"]


class Layout:
    """The compiled fields of one packet type.

    ``octets`` is the shortest packet that holds every fixed field. ``names`` chooses parameters to
    decode (``None``: all but fill); counts of variable-length arrays are always decoded.
    """

    def __init__(self, definition: PacketDefinition, names: Collection[str] | None = None) -> None:
        parameters = place(definition.parameters)
        self.definition = definition
        dynamic = is_dynamic(parameters)
        cut = next((i for i, p in enumerate(parameters) if p.varies or p.bit_offset is None), len(parameters))
        self._variable = self._dynamic = None
        if dynamic:
            self._dynamic = DynamicFields(parameters[cut:], parameters[:cut])
        elif cut < len(parameters):
            self._variable = VariableFields(parameters[cut:], parameters[:cut])
        rest = self._dynamic or self._variable
        counts = rest.references if rest else frozenset()
        head = parameters[:cut]
        octets = Fields(head).octets
        if names is not None:
            head = [p for p in head if p.name in names or p.name in counts]
        self._head = Fields(head, octets=octets)
        least = 0 if definition.apid is None else MINIMUM_PACKET_OCTETS  # a beacon has no header
        self.octets = max(self._head.octets, least, self._variable.least_octets if self._variable else 0)
        self._names = None if names is None else frozenset(names)
        self._order = dict.fromkeys(
            p.name for p in parameters
            if p.data_type != "fill" and (names is None or p.name in names or p.name in counts)
        )  # fmt: skip
        self._in_order = not self._head.special
        self._plans: dict[type[Plan], Plan] = {}
        self._reach = Reach.of(self._head)

    def valid(
        self, data: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Tell which packets hold all their fields; the others must not be given to ``decode``.

        A fixed packet may be longer than its fields. A variable one must hold the counted elements,
        and an expanding array must fill its room with whole elements (up to 7 spare bits).
        """
        good = lengths >= self.octets
        if (self._variable is None and self._dynamic is None) or not some(good):
            return np.asarray(good, np.bool_)
        rows = np.flatnonzero(good)
        head = self._decode_fixed(data, starts[rows])
        if self._dynamic is not None:
            good[rows] = self._dynamic.walk(data, starts[rows], lengths[rows], head)[1]
        elif self._variable is not None:
            good[rows] = self._variable.valid(data, starts[rows], lengths[rows], head)
        return np.asarray(good, np.bool_)

    def decode(
        self,
        data: NDArray[np.uint8] | bytes,
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64] | None = None,
    ) -> dict[str, NDArray]:
        """Return one native array a parameter, in definition order, one row a packet.

        Shapes as in ``PacketTable.raw``. Raises ``ValueError`` if a packet is too short for its
        fields (see ``valid``), ``IndexError`` or ``struct.error`` if one lies outside the buffer.
        """
        octets = as_octets(data)
        if lengths is not None and len(lengths):
            short = min(lengths.tolist()) if len(lengths) < 20 else np.minimum.reduce(lengths)
            if short < self.octets:
                name = self.definition.name
                raise ValueError(f"{name}: a packet of {short} octets, {self.octets} are needed")
        columns = self._decode_fixed(octets, starts)
        if self._variable is None and self._dynamic is None:
            return columns if self._in_order else {name: columns[name] for name in self._order}
        if lengths is None:
            raise ValueError(f"{self.definition.name}: a variable-length packet needs its lengths")
        head, columns = columns, self._order.copy()  # type: ignore[assignment]
        columns.update(head)
        if self._dynamic is not None:
            found, good = self._dynamic.walk(octets, starts, lengths, head)
            if not every(good):
                raise ValueError(f"packet {int(np.argmin(good))} has not the room that its content asks for")
            columns.update((name, found[name]) for name in self._order if name in found)
        elif self._variable is not None:
            columns.update(self._variable.decode(octets, starts, lengths, head, self._names))
        return columns

    def _decode_fixed(self, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> Columns:
        fields = self._head
        columns = self._plan(len(starts)).decode(data, starts) if fields.groups else {}
        if fields.special:
            columns.update(fields.decode_special(data, starts))
        return columns

    def _plan(self, n: int) -> Plan:
        """Choose the quickest plan for a batch, made when it is first wanted."""
        reach = self._reach
        way = StructPlan if n <= reach.struct else GatherPlan if n <= reach.gather else StridedPlan
        plan = self._plans.get(way)
        if plan is None:
            plan = self._plans[way] = way(self._head)
        return plan
