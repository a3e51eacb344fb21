"""XTCE containers as packet types: inheritance, inclusion and places made flat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from decoders.mission.model import DefinitionError, PacketDefinition, Parameter, TimeFormat
from decoders.mission.xtce_conditions import Conditions, Unreadable
from decoders.mission.xtce_space import Named, Space, lookup
from decoders.mission.xtce_types import Typed, TypeReader, with_shape
from decoders.mission.xtce_xml import Node

MOST_FIELDS = 50_000
"""Fields of one packet type: more bits than that fit, but no database has them."""
_DEEPEST = 32
_HEADER_BITS = 48
_PACKET_BITS = 65_542 * 8


@dataclass(slots=True)
class _Part:
    """A container on its way into a packet type: where it begins, and what everything in it depends on."""

    start: int | None
    only_if: str = ""


class Flattening:
    """One packet type being made of a container and those it extends."""

    def __init__(self, file: str, notes: list[DefinitionError], base_name: Callable[[Named], str]) -> None:
        self._base_name = base_name
        self._fields: dict[str, Parameter] = {}
        self._again: dict[str, int] = {}
        """How often a parameter stands in this packet type, where it does more than once."""
        self._cursor: int | None = 0
        self._space: Space | None = None
        self._conditions = Conditions(self._find)
        self._types = TypeReader(file, notes, self._conditions)
        self._time: TimeFormat | None = None
        self._apid: int | None = None
        self._criteria: list[str] = []

    def make(self, name: str, chain: list[Named]) -> PacketDefinition:
        """Return the packet type of a chain of containers, the root first.

        Raises ``Unreadable`` where its layout cannot be told.
        """
        for container in chain:
            self._restrict(container)
            self._entries(container, _Part(0), 0)
        node = chain[-1].node
        long = node.find("LongDescription")
        description = node.get("shortDescription") or (long.text if long is not None else "")
        return PacketDefinition(
            name, tuple(self._fields.values()), apid=self._apid, time=self._time or TimeFormat(),
            description=" ".join(description.split()), criteria=" and ".join(self._criteria),
        )  # fmt: skip

    # Which packets ---------------------------------------------------------------------------------

    def _restrict(self, container: Named) -> None:
        """Take the criteria that tell this container from the others of its base."""
        base = container.node.find("BaseContainer")
        criteria = base.find("RestrictionCriteria") if base is not None else None
        if criteria is None:
            return
        self._space = container.space
        told = [child for child in criteria.children if child.tag != "NextContainer"]
        if len(told) < len(criteria.children) and not told:
            raise Unreadable(criteria, "NextContainer is not read")
        for text, comparison in self._conditions.parts(replace(criteria, children=told)):
            if comparison is not None and self._header(comparison):
                continue
            self._criteria.append(f"({text})" if " or " in text else text)

    def _header(self, comparison: Node) -> bool:
        """Take a comparison that the primary header answers: the APID, and the version, which is always 0."""
        parameter = self._find(comparison.get("parameterRef"))
        if parameter is None or (comparison.get("comparisonOperator") or "==") != "==":
            return False
        try:
            value = int(comparison.get("value"), 0)
        except ValueError:
            return False
        place = parameter.bit_offset, parameter.bit_length, parameter.data_type
        if place == (5, 11, "uint") and self._apid in (None, value):
            self._apid = value
            return True
        return place == (0, 3, "uint") and value == 0

    # Where fields stand ----------------------------------------------------------------------------

    def _entries(self, container: Named, part: _Part, depth: int) -> None:
        if depth > _DEEPEST:
            raise Unreadable(container.node, f"containers nested more than {_DEEPEST} deep")
        entries = container.node.find("EntryList")
        for entry in entries.children if entries is not None else ():
            self._space = container.space
            self._entry(container, entry, part, depth)

    def _entry(self, container: Named, entry: Node, part: _Part, depth: int) -> None:
        only_if = part.only_if
        if (condition := entry.find("IncludeCondition")) is not None:
            text = self._conditions.match(condition)
            only_if = f"({only_if}) and ({text})" if only_if else text
        gap = self._locate(entry, part)
        count, step = self._repeat(entry)
        if entry.tag == "ContainerRefEntry":
            inner = lookup(container.space, entry.get("containerRef"), "containers")
            if inner is None:
                raise Unreadable(entry, f"no container {entry.get('containerRef')!r}")
            if not isinstance(count, int):
                raise Unreadable(entry, "a container repeated a varying number of times is not read")
            if gap and self._cursor is None:
                raise Unreadable(entry, "a gap in front of a container whose place varies is not read")
            self._cursor = None if self._cursor is None else self._cursor + gap
            for turn in range(count):
                if turn and step:
                    self._step(entry, step)
                begin = self._cursor
                for link in base_chain(inner):
                    self._entries(link, _Part(begin, only_if), depth + 1)
        elif entry.tag in ("ParameterRefEntry", "ArrayParameterRefEntry"):
            for typed in self._typed(entry, container, count, step):
                self._add(entry, typed, only_if, gap)
                gap = 0
        else:
            raise Unreadable(entry, f"{entry.tag} is not read")

    def _step(self, entry: Node, bits: int) -> None:
        if self._cursor is None:
            raise Unreadable(entry, "a repeat offset where places vary is not read")
        self._cursor += bits

    def _locate(self, entry: Node, part: _Part) -> int:
        """Return the bits to pass over in front of an entry; an absolute place moves the cursor."""
        location = entry.find("LocationInContainerInBits")
        if location is None:
            return 0
        bits = self._types.size(location)
        if not isinstance(bits, int):
            raise Unreadable(location, "a place that varies by itself is not read")
        reference = location.get("referenceLocation") or "previousEntry"
        if reference == "containerStart":
            if part.start is None:
                raise Unreadable(location, "the begin of a container whose place varies is not read")
            self._cursor = part.start + bits
            return 0
        if reference != "previousEntry":
            raise Unreadable(location, f"places counted from {reference} are not read")
        if self._cursor is not None:
            self._cursor += bits
            return 0
        if bits < 0:
            raise Unreadable(location, "a step back where places vary is not read")
        return bits

    def _repeat(self, entry: Node) -> tuple[int | str, int]:
        """Return how often an entry stands, and the bits between."""
        repeat = entry.find("RepeatEntry")
        if repeat is None:
            return 1, 0
        count = repeat.find("Count")
        if count is None:
            raise Unreadable(repeat, "a RepeatEntry without a Count")
        offset = repeat.find("Offset")
        step = self._types.size(offset) if offset is not None else 0
        if not isinstance(step, int):
            raise Unreadable(repeat, "a repeat offset that varies is not read")
        number = self._types.size(count)
        if isinstance(number, int) and not 0 <= number <= MOST_FIELDS:
            raise Unreadable(repeat, f"{number} repetitions")
        return number, step

    def _typed(self, entry: Node, container: Named, count: int | str, step: int) -> Iterator[Typed]:
        reference = entry.get("parameterRef")
        parameter = lookup(container.space, reference, "parameters")
        if parameter is None:
            raise Unreadable(entry, f"no parameter {reference!r}")
        base = self._base_name(parameter)
        typed = list(self._types.fields(parameter, base))
        dimensions = list(entry.all("DimensionList", "Dimension"))
        if entry.tag == "ArrayParameterRefEntry" and dimensions and len(typed) == 1:
            # XTCE 1.1 tells the dimensions here; 1.2 tells them with the type.
            shape, text = self._types.shape(dimensions)
            plain = replace(typed[0].parameter, array_length=None, array_shape=())
            typed = [Typed(with_shape(plain, shape, text, entry))]
        if count == 1:
            yield from typed
            return
        if len(typed) == 1 and not step:
            shape, text = ((count,), "") if isinstance(count, int) else ((), count)
            yield Typed(with_shape(typed[0].parameter, shape, text, entry))
            return
        if not isinstance(count, int):
            raise Unreadable(entry, "an aggregate repeated a varying number of times is not read")
        for turn in range(count):
            if turn and step:
                self._step(entry, step)
            for each in typed:
                name = f"{base}[{turn}]{each.parameter.name[len(base) :]}"
                yield Typed(replace(each.parameter, name=name))

    def _add(self, entry: Node, typed: Typed, only_if: str, gap: int) -> None:
        parameter = typed.parameter
        if len(self._fields) >= MOST_FIELDS:
            raise Unreadable(entry, f"more than {MOST_FIELDS:,} fields")
        name = parameter.name
        while name in self._fields:
            self._again[parameter.name] = again = self._again.get(parameter.name, 1) + 1
            name = f"{parameter.name}_{again}"
        offset = self._cursor
        varies = bool(only_if or parameter.size or parameter.terminator or parameter.prefix_bits)
        varies |= isinstance(parameter.array_length, str)
        bits = parameter.bit_length * (
            parameter.array_length if isinstance(parameter.array_length, int) else 1
        )
        if offset is not None:
            if not offset >= 0 or offset + bits > _PACKET_BITS:
                raise Unreadable(entry, f"{name} would stand at bit {offset}, outside of a packet")
            self._cursor = None if varies else offset + bits
        role = parameter.role
        if offset is not None and not varies and offset + bits <= _HEADER_BITS:
            role = "header"
        elif typed.time and self._time is None and offset is not None and not offset % 8 and not varies:
            role, self._time = "time", typed.time
        self._fields[name] = replace(
            parameter, name=name, bit_offset=offset, only_if=only_if, role=role,
            gap_bits=gap if offset is None else 0,
        )  # fmt: skip

    def _find(self, reference: str) -> Parameter | None:
        """Return the field of this packet type that a reference means, a member of an aggregate too."""
        if self._space is None:
            return None
        for cut in range(len(reference), 0, -1):
            if cut < len(reference) and reference[cut] not in "./[":
                continue
            named = lookup(self._space, reference[:cut], "parameters")
            if named is None:
                continue
            rest = reference[cut:].replace("/", ".")
            if (field := self._fields.get(self._base_name(named) + rest)) is not None:
                return field
        return None


def base_chain(container: Named) -> list[Named]:
    """Return the containers that one extends and itself, the root first; raise ``Unreadable`` in a circle."""
    chain = [container]
    while (base := chain[0].node.find("BaseContainer")) is not None:
        found = lookup(chain[0].space, base.get("containerRef"), "containers")
        if found is None:
            raise Unreadable(base, f"no container {base.get('containerRef')!r}")
        if any(found.key == each.key for each in chain) or len(chain) > _DEEPEST:
            raise Unreadable(base, f"{container.name!r} extends itself, or more than {_DEEPEST} others")
        chain.insert(0, found)
    return chain
