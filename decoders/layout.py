"""A packet's fields compiled once, then decoded in batches of any size into columns."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
from numpy.typing import NDArray

from decoders.layout_dynamic import DynamicFields, is_dynamic
from decoders.layout_fields import Fields, raw_dtype
from decoders.layout_plans import Blocks, GatherPlan, Reach, StridedPlan, StructPlan
from decoders.layout_variable import VariableFields
from decoders.mission.csv import place
from decoders.mission.model import PacketDefinition
from decoders.packet_index import as_octets

__all__ = ["Layout", "raw_dtype"]

_Plan = StructPlan | GatherPlan | StridedPlan


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
        self.octets = max(self._head.octets, 7) + (self._variable.tail_octets if self._variable else 0)
        self._names = None if names is None else frozenset(names)
        self._order = dict.fromkeys(
            p.name for p in parameters
            if p.data_type != "fill" and (names is None or p.name in names or p.name in counts)
        )  # fmt: skip
        self._plans: dict[str, _Plan] = {}
        self._reach = Reach.of(self._head)

    def valid(
        self, data: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Tell which packets hold all their fields; the others must not be given to ``decode``.

        A fixed packet may be longer than its fields. A variable one must hold the counted elements,
        and an expanding array must fill its room with whole elements (up to 7 spare bits).
        """
        good = lengths >= self.octets
        if (self._variable is None and self._dynamic is None) or not good.any():
            return np.asarray(good, np.bool_)
        rows = np.flatnonzero(good)
        head: dict[str, NDArray] = {}
        self._decode_fixed(self._head, data, starts[rows], head)
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
            short = min(lengths.tolist()) if len(lengths) < 20 else int(lengths.min())
            if short < self.octets:
                name = self.definition.name
                raise ValueError(f"{name}: a packet of {short} octets, {self.octets} are needed")
        columns: dict[str, NDArray] = self._order.copy()  # type: ignore[assignment]
        if self._variable is None and self._dynamic is None:
            self._decode_fixed(self._head, octets, starts, columns)
            return columns
        if lengths is None:
            raise ValueError(f"{self.definition.name}: a variable-length packet needs its lengths")
        head: dict[str, NDArray] = {}
        self._decode_fixed(self._head, octets, starts, head)
        columns.update(head)
        if self._dynamic is not None:
            found, good = self._dynamic.walk(octets, starts, lengths, head)
            if not good.all():
                raise ValueError(f"packet {int(np.argmin(good))} has not the room that its content asks for")
            columns.update((name, found[name]) for name in self._order if name in found)
        elif self._variable is not None:
            columns.update(self._variable.decode(octets, starts, lengths, head, self._names))
        return columns

    def _decode_fixed(
        self,
        fields: Fields,
        data: NDArray[np.uint8],
        starts: NDArray[np.int64],
        into: dict[str, NDArray],
    ) -> None:
        if fields.groups:
            for group, block in zip(fields.groups, self._blocks(fields, data, starts), strict=True):
                if group.names:
                    into.update(zip(group.names, block, strict=True))
                else:
                    into.update(group.arrays(block))
        if fields.special:
            into.update(fields.decode_special(data, starts))

    def _blocks(self, fields: Fields, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> Blocks:
        plan = self._plan(fields, self._way(fields, len(starts)))
        if isinstance(plan, StructPlan):
            return plan.decode(data, starts)
        if not data.flags.c_contiguous:
            data = np.ascontiguousarray(data)
        if isinstance(plan, GatherPlan):
            return plan.decode(data, starts)
        return plan.decode(data, starts, equal_distance(starts, fields.octets))

    def _way(self, fields: Fields, n: int) -> str:
        """Choose the quickest plan for a batch."""
        if n <= self._reach.struct or fields.octets < 8:
            return "struct"
        return "gather" if n <= self._reach.gather else "strided"

    def _plan(self, fields: Fields, way: str) -> _Plan:
        plan = self._plans.get(way)
        if plan is None:
            plan = self._plans[way] = _PLANS[way](fields)
        return plan


_PLANS: dict[str, Callable[[Fields], _Plan]] = {
    "struct": StructPlan,
    "gather": GatherPlan,
    "strided": StridedPlan,
}


def equal_distance(starts: NDArray[np.int64], least: int) -> int:
    """Return the distance of the starts if it is the same, and at least ``least``; else 0."""
    if len(starts) < 2:
        return least
    distance = int(starts[1] - starts[0])
    if distance >= least and int(starts[-1] - starts[0]) == distance * (len(starts) - 1):
        return distance if bool((np.diff(starts) == distance).all()) else 0
    return 0
