"""XTCE databases (OMG XTCE 1.2, and 1.1) as packet types.

What an element says and no field here can is listed with its line; a packet type whose bits cannot be told
is left out alone. Nothing is fetched and nothing in a file is run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from decoders.mission.model import DefinitionError, PacketDefinition, Parameter
from decoders.mission.value_check import without_lost_contexts
from decoders.mission.xtce_conditions import Unreadable, finish
from decoders.mission.xtce_containers import Flattening, base_chain
from decoders.mission.xtce_space import Named, Space, lookup, read_spaces
from decoders.mission.xtce_xml import parse_xml

MOST_PACKETS = 20_000
_MOST_FIELDS = 1_000_000


@dataclass(slots=True)
class XtceReading:
    """What a database gave: its packet types, the most special first, and what could not be used."""

    name: str = ""
    definitions: tuple[PacketDefinition, ...] = ()
    errors: list[DefinitionError] = field(default_factory=list)
    """Why there are no packet types at all."""
    unsupported: list[DefinitionError] = field(default_factory=list)
    """What is not read, in the order of the file; the rest works."""


def read_xtce(content: bytes, *, file: str, root: str = "") -> XtceReading:
    """Read a database; ``root`` names the container that every packet begins with, else it is found.

    Never raises: what is wrong stands in ``errors``.
    """
    reading = XtceReading()
    try:
        tree = parse_xml(content, file)
        if tree.tag != "SpaceSystem":
            raise DefinitionError(
                f"the file begins with {tree.tag}, not with a SpaceSystem", file=file, line=tree.line,
                mend="Name an XTCE database",
            )  # fmt: skip
        space = read_spaces(tree, file, reading.unsupported)
        reading.name = space.name
        database = _Database(space, file, reading.unsupported)
        reading.definitions = database.packets(database.root(root))
        if not reading.definitions:
            raise DefinitionError("it describes no packet that can be read", file=file, line=tree.line)
    except DefinitionError as error:
        reading.errors.append(error)
    except RecursionError:
        reading.errors.append(DefinitionError("SpaceSystems nested too deep", file=file))
    reading.unsupported.sort(key=lambda each: each.line)
    return reading


class _Database:
    """The containers of all systems, and how they extend each other."""

    def __init__(self, space: Space, file: str, notes: list[DefinitionError]) -> None:
        self._file, self._notes = file, notes
        self._space = space
        self._containers = {
            named.key: named
            for each in space.everything()
            for named in (Named(each, name, node) for name, node in each.containers.items())
        }
        simple = Counter(name for each in space.everything() for name in each.parameters)
        self._several = {name for name, count in simple.items() if count > 1}
        self._children: dict[tuple[str, str], list[Named]] = {}
        self._bases: dict[tuple[str, str], Named] = {}
        for container in self._containers.values():
            base = container.node.find("BaseContainer")
            if base is None:
                continue
            found = lookup(container.space, base.get("containerRef"), "containers")
            if found is None:
                error = Unreadable(base, f"{container.name}: no container {base.get('containerRef')!r}")
                notes.append(error.error(file))
                continue
            self._bases[container.key] = found
            self._children.setdefault(found.key, []).append(container)

    def base_name(self, parameter: Named) -> str:
        """Return a parameter's name, with its system's where several have one of that name."""
        path = parameter.space.path
        if parameter.name not in self._several or not path:
            return parameter.name
        return f"{path.replace('/', '.')}.{parameter.name}"

    def root(self, name: str) -> Named:
        """Return the container that packets begin with; raise ``DefinitionError`` where it is not clear."""
        if name:
            found = lookup(self._space, name, "containers") or self._anywhere(name)
            if found is None:
                raise DefinitionError(
                    f"there is no container {name!r}", file=self._file, column="root",
                    mend=f"It has {self._listed(list(self._containers.values()))}",
                )  # fmt: skip
            return found
        tops = [each for key, each in self._containers.items() if key not in self._bases]
        roots = [each for each in tops if each.key in self._children]
        if not roots:
            included = {
                found.key
                for container in self._containers.values()
                for entry in container.node.all("EntryList", "ContainerRefEntry")
                if (found := lookup(container.space, entry.get("containerRef"), "containers"))
            }
            roots = [each for each in tops if each.key not in included]
        if len(roots) == 1:
            return roots[0]
        if not roots:
            raise DefinitionError("it has no container", file=self._file, mend="Name an XTCE database")
        raise DefinitionError(
            f"several containers may be the root: {self._listed(roots)}", file=self._file,
            line=roots[0].node.line, mend="Say which with --root NAME",
        )  # fmt: skip

    def _anywhere(self, name: str) -> Named | None:
        found = [each for each in self._containers.values() if each.name == name]
        return found[0] if len(found) == 1 else None

    @staticmethod
    def _listed(containers: list[Named]) -> str:
        names = [f"{each.space.path}/{each.name}".lstrip("/") for each in containers]
        return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")

    def packets(self, root: Named) -> tuple[PacketDefinition, ...]:
        """Return the packet types below a root, those that extend others before them."""
        order = self._special_first(root)
        concrete = [each for each in order if each.node.get("abstract") not in ("true", "1")]
        made: list[PacketDefinition] = []
        lines: list[int] = []
        simple = Counter(each.name for each in concrete)
        total = 0
        for container in concrete[:MOST_PACKETS]:
            way = container.space.path.replace("/", ".")
            name = f"{way}.{container.name}" if simple[container.name] > 1 and way else container.name
            flat = Flattening(self._file, self._notes, self.base_name)
            try:
                definition = flat.make(name, base_chain(container))
            except Unreadable as error:
                note = Unreadable(error.node, f"{error.message}; packet type {name} is left out")
                self._notes.append(note.error(self._file))
                continue
            total += len(definition.parameters)
            if total > _MOST_FIELDS:
                note = Unreadable(container.node, f"more than {_MOST_FIELDS:,} fields: the rest is left out")
                self._notes.append(note.error(self._file))
                break
            if definition.parameters:
                made.append(definition)
                lines.append(container.node.line)
        finished = []
        for definition, line in zip(_named(made), lines, strict=True):
            whole, lost = without_lost_contexts(definition)
            finished.append(whole)
            self._notes += [
                DefinitionError(
                    f"{each.parameter.name}: {each.message}: the context is left out",
                    file=self._file,
                    line=line,
                )
                for each in lost
            ]
        return tuple(finished)

    def _special_first(self, root: Named) -> list[Named]:
        """Return a container and all that extend it, each behind those that extend it."""
        order: list[Named] = []
        waiting = [(root, False)]
        while waiting:
            container, done = waiting.pop()
            if done:
                order.append(container)
                continue
            waiting.append((container, True))
            waiting += [(child, False) for child in reversed(self._children.get(container.key, ()))]
        return order


def _named(definitions: list[PacketDefinition]) -> tuple[PacketDefinition, ...]:
    """Give parameters that several packet types carry the packet's name in front, as names are unique."""
    where = Counter(p.name.casefold() for d in definitions for p in d.parameters if p.is_value)
    finished = []
    for definition in definitions:
        names = {
            p.name: f"{definition.name}.{p.name}" if where[p.name.casefold()] > 1 and p.is_value else p.name
            for p in definition.parameters
        }
        finished.append(
            replace(
                definition,
                parameters=tuple(_finished(p, names) for p in definition.parameters),
                criteria=finish(definition.criteria, names),
            )
        )
    return tuple(finished)


def _finished(parameter: Parameter, names: Mapping[str, str]) -> Parameter:
    length = parameter.array_length
    return replace(
        parameter,
        name=names[parameter.name],
        only_if=finish(parameter.only_if, names),
        size=finish(parameter.size, names),
        array_length=finish(length, names) if isinstance(length, str) else length,
        context_calibrations=tuple(
            replace(each, when=finish(each.when, names)) for each in parameter.context_calibrations
        ),
        context_limits=tuple(
            replace(each, when=finish(each.when, names)) for each in parameter.context_limits
        ),
    )
