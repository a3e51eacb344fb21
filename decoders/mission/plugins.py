"""Packet definitions that a Python package holds as objects of ccsdspy, turned into ours.

The objects are looked at, not called, and ccsdspy is not imported: what loads the package has done so. The
one thing called is the ``decision_fun`` by which SPaC-kit tells packets of one APID apart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from decoders.mission.csv import packet_of, parse_packet_csv, place, write_packet_csv
from decoders.mission.model import DefinitionError, PacketDefinition, Parameter
from decoders.mission.plugin_choices import choices
from decoders.mission.plugin_converters import converted

_KINDS = ("FixedLength", "VariableLength")


@dataclass(slots=True)
class PluginReading:
    """What a package gave: its packet types, and what of it is not read."""

    name: str = ""
    definitions: tuple[PacketDefinition, ...] = ()
    unsupported: list[DefinitionError] = field(default_factory=list)
    """What is left out or decoded less than ccsdspy would; the rest works."""

    def note(self, message: str, mend: str = "") -> None:
        """Note something that is not read."""
        self.unsupported.append(DefinitionError(message, file=self.name, mend=mend))


def is_packet(value: object) -> bool:
    """Tell whether this is a ``FixedLength`` or ``VariableLength`` of ccsdspy, or a class made of them."""
    return any(
        each.__name__ in _KINDS and each.__module__.partition(".")[0] == "ccsdspy"
        for each in type(value).__mro__
    )


def read_packets(found: Iterable[tuple[str, object]], name: str) -> PluginReading:
    """Turn the packets of a package into definitions; ``found`` are their names there, and the objects.

    SPaC-kit's ``sub_apid`` and ``decision_fun`` become criteria where they depend on one field alone.
    Never raises; what cannot be had is noted.
    """
    reading = PluginReading(name)
    packets = _once(found)
    by_apid: dict[int | None, list[tuple[str, Any]]] = {}
    for told, packet in packets:
        by_apid.setdefault(_apid(packet), []).append((told, packet))
    if None in by_apid and len(packets) > 1:
        for told, _ in by_apid.pop(None):
            reading.note(f"{told} tells no APID", f"Name it alone ({name.partition(':')[0]}:{told})")
    definitions: dict[str, PacketDefinition] = {}
    for apid, same in by_apid.items():
        for chosen in _choose(apid, same, reading):
            free = _free(chosen.name, apid, definitions)
            try:
                definitions |= {free: made} if (made := _definition(free, chosen, apid, reading)) else {}
            except (AttributeError, TypeError, ValueError, OverflowError) as error:
                reading.note(f"{free} is left out: it is built as no packet of ccsdspy is ({error})")
    reading.definitions = tuple(definitions.values())
    return reading


class _Chosen(NamedTuple):
    """One packet of ccsdspy, and which packets of its APID are its own."""

    name: str
    packet: Any
    criteria: str = ""
    decided_by: Parameter | None = None
    """The field that the criteria look at, where it stands in the packet."""
    open_ended: bool = False
    """Whether packets go on behind its fields: it is of what several kinds have in common."""


def _once(found: Iterable[tuple[str, object]]) -> list[tuple[str, Any]]:
    """Return each object once, under its own name where it has one; SPaC-kit's packages export them again."""
    seen: dict[int, tuple[str, Any]] = {}
    for variable, packet in found:
        told = getattr(packet, "name", None)
        seen.setdefault(id(packet), (told if isinstance(told, str) and told else variable, packet))
    return list(seen.values())


def _apid(packet: Any) -> int | None:
    apid = getattr(packet, "apid", None)
    return int(apid) if isinstance(apid, int) and 0 <= apid < 2047 else None


def _free(told: str, apid: int | None, taken: Container[str]) -> str:
    """Return a name that a table and a file can have, and no other packet has."""
    name = re.sub(r"\W+", "_", told).strip("_") or "packet"
    if name in taken and apid is not None:
        name = f"{name}_{apid}"
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _choose(apid: int | None, same: Sequence[tuple[str, Any]], reading: PluginReading) -> list[_Chosen]:
    """Return the packets of one APID, those with criteria first."""
    subs = [each for each in same if hasattr(each[1], "sub_apid")]
    plain = [each for each in same if not hasattr(each[1], "sub_apid")]
    if len(same) == 1:
        return [_Chosen(*same[0])]
    for told, _ in plain[1:]:
        reading.note(f"{told} has APID {apid} like {plain[0][0]}, which is taken for all of its packets")
    if not subs:
        return [_Chosen(*plain[0])]
    names = ", ".join(told for told, _ in subs)
    if not plain:
        reading.note(f"APID {apid}: nothing tells {names} apart", "Name one of them alone to decode with it")
        return []
    before = plain[0][1]
    rest = _Chosen(*plain[0], open_ended=True)
    on = getattr(before, "decision_field", None)
    field = next((each for each in _fields(before) if each._name == on), None)
    found = choices(field, getattr(before, "decision_fun", None), [packet.sub_apid for _, packet in subs])
    if isinstance(found, str) or field is None:
        reading.note(
            f"APID {apid}: {found}, so that {names} cannot be told apart",
            f"Its packets are decoded as {rest.name}; name one of them alone to decode with it",
        )
        return [rest]
    decided_by = next(p for p in place(_parameters(rest.name, before)) if p.name == _name(field._name))
    made = [
        _Chosen(told, packet, criteria, decided_by)
        for (told, packet), criteria in zip(subs, found.criteria, strict=True)
        if criteria
    ]
    return made if found.complete else [*made, rest]


def _definition(
    name: str, chosen: _Chosen, apid: int | None, reading: PluginReading
) -> PacketDefinition | None:
    """Return the definition of one object, or ``None`` with a note where a field cannot be decoded."""
    packet, decided_by = chosen.packet, chosen.decided_by
    parameters = place(_parameters(name, packet, reading))
    if decided_by is not None and decided_by.name not in {p.name for p in parameters}:
        parameters.insert(0, decided_by)
    parameters, time = converted(name, parameters, getattr(packet, "_converters", {}), reading.note)
    made = packet_of(
        parameters, name=name, apid=apid, criteria=chosen.criteria, time=time, crc=False,
        open_ended=(chosen.open_ended or _is_variable(packet)) and not any(p.varies for p in parameters),
        description=_line(getattr(packet, "description", None)),
    )  # fmt: skip
    # The checks of a CSV are the checks of a definition, and a mission folder holds it as one.
    read = parse_packet_csv(write_packet_csv(made))
    for error in read.errors:
        at = parameters[error.line - 2].name if 2 <= error.line < len(parameters) + 2 else ""
        reading.note(f"{name} is left out: {at + ': ' if at else ''}{error.message}")
    return None if read.errors else made


def _is_variable(packet: Any) -> bool:
    """Tell whether packets may be longer than the fields, which ccsdspy reads of them then."""
    return any(each.__name__ == "VariableLength" for each in type(packet).__mro__)


def _fields(packet: Any) -> list[Any]:
    return list(getattr(packet, "_fields", ()))


def _parameters(name: str, packet: Any, reading: PluginReading | None = None) -> list[Parameter]:
    """Return the fields of one object; what is not as it was there is noted, if anybody wants to know."""
    reading = reading or PluginReading()
    parameters: list[Parameter] = []
    taken: set[str] = set()
    for each in _fields(packet):
        own = _name(each._name) or "field"
        free, number = own, 1
        while free in taken:
            number += 1
            free = f"{own}_{number}"
        if free != own:
            reading.note(f"{name}: a second field {own!r} is called {free!r}")
        taken.add(free)
        length, shape = _array(f"{name}: {free}", each, reading)
        if length == 0:
            reading.note(f"{name}: the array {free!r} has no elements and is left out")
            continue
        parameters.append(
            Parameter(
                name=free,
                data_type=each._data_type,
                bit_length=int(each._bit_length),
                bit_offset=None if each._bit_offset is None else int(each._bit_offset),
                byte_order=_byte_order(each._byte_order, int(each._bit_length)),
                array_length=length,
                array_shape=shape,
                description=_line(getattr(each, "_description", None)),
            )
        )
    return parameters


def _array(where: str, each: Any, reading: PluginReading) -> tuple[int | str | None, tuple[int, ...]]:
    shape = each._array_shape
    if shape is None:
        return None, ()
    if isinstance(shape, str):
        return _name(shape), ()
    whole = tuple(int(size) for size in ((shape,) if isinstance(shape, int) else shape))
    if len(whole) > 1 and each._array_order == "F":
        reading.note(f"{where}: its elements are numbered as they are sent (column by column)")
        return math.prod(whole), ()
    return math.prod(whole), whole if len(whole) > 1 else ()


def _byte_order(order: str, bits: int) -> str:
    """Return ccsdspy's order of octets as ours.

    Its digits, as its decoder (2.0.1) takes them, count octets from the end of the field, the least
    significant octet first; ours give each octet sent its rank. The usual orders read the same.
    """
    size = len(order)
    if order in ("big", "little") or sorted(order) != [str(i + 1) for i in range(size)] or size * 8 != bits:
        return "big" if bits == 8 else order
    ranks = [""] * size
    for rank, digit in enumerate(reversed(order), 1):
        ranks[size - int(digit)] = str(rank)
    digits = "".join(ranks)
    return "big" if digits == "".join(map(str, range(1, size + 1))) else digits


def _name(text: str) -> str:
    """Return a field's name as a CSV can hold it."""
    return text.strip() if text.isprintable() else _line(text)


def _line(text: object) -> str:
    """Return a text on one line."""
    return " ".join(text.split()) if isinstance(text, str) else ""
