"""The SpaceSystems of an XTCE database and the names in them (XTCE 1.2 §4.2: references like file paths)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from decoders.mission.model import DefinitionError
from decoders.mission.xtce_xml import Node


@dataclass(slots=True)
class Space:
    """One SpaceSystem with what it defines by name."""

    name: str
    parent: Space | None = None
    types: dict[str, Node] = field(default_factory=dict)
    parameters: dict[str, Node] = field(default_factory=dict)
    containers: dict[str, Node] = field(default_factory=dict)
    spaces: dict[str, Space] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Its place below the root, empty for the root: ``Payload/Camera``."""
        if self.parent is None:
            return ""
        above = self.parent.path
        return f"{above}/{self.name}" if above else self.name

    def everything(self) -> Iterator[Space]:
        """Yield this system and all inside it, the outer ones first."""
        yield self
        for inner in self.spaces.values():
            yield from inner.everything()

    def named(self, kind: str) -> dict[str, Node]:
        """Return what it defines of a kind: ``"types"``, ``"parameters"`` or ``"containers"``."""
        found: dict[str, Node] = getattr(self, kind)
        return found


@dataclass(frozen=True, slots=True)
class Named:
    """A definition found by a reference: the system that holds it and its element."""

    space: Space
    name: str
    node: Node

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from every other one of its kind."""
        return self.space.path, self.name


def read_spaces(root: Node, file: str, notes: list[DefinitionError]) -> Space:
    """Return the systems of a database; what is no telemetry is passed over."""
    return _space(root, None, file, notes)


def _space(node: Node, parent: Space | None, file: str, notes: list[DefinitionError]) -> Space:
    space = Space(node.get("name") or "SpaceSystem", parent)
    telemetry = node.find("TelemetryMetaData")
    places = [telemetry] if telemetry else []
    if command := node.find("CommandMetaData"):  # telemetry may use types and parameters of commands
        places.append(command)
    for place in places:
        for child in place.children:
            if child.tag == "ParameterTypeSet":
                _take(child, space.types, file, notes)
            elif child.tag == "ParameterSet":
                _take(child, space.parameters, file, notes)
            elif child.tag == "ContainerSet" and place is telemetry:
                _take(child, space.containers, file, notes)
            elif place is telemetry and child.tag in ("AlgorithmSet", "StreamSet", "MessageSet"):
                notes.append(unsupported(child, file, f"{child.tag} is not read"))
    for child in node.all("SpaceSystem"):
        inner = _space(child, space, file, notes)
        space.spaces[inner.name] = inner
    fetched = "XInclude is not read: nothing is fetched from elsewhere"
    notes += [unsupported(child, file, fetched) for child in node.all("include")]
    return space


def _take(node: Node, into: dict[str, Node], file: str, notes: list[DefinitionError]) -> None:
    for child in node.children:
        name = child.get("name")
        if child.tag == "ParameterRef":
            continue  # only names a parameter of another system
        if not name:
            notes.append(unsupported(child, file, f"{child.tag} without a name"))
        elif name in into:
            notes.append(
                unsupported(child, file, f"{name!r} is defined again (first on line {into[name].line})")
            )
        else:
            into[name] = child


def unsupported(node: Node, file: str, message: str) -> DefinitionError:
    """Return a note about an element that is not used."""
    return DefinitionError(message, file=file, line=node.line, column=node.tag)


def lookup(space: Space, reference: str, kind: str) -> Named | None:
    """Find what a reference means, seen from a system.

    ``/A/B/x`` begins at the root (whose own name may be left out), ``../x`` and ``A/x`` here, and a plain
    ``x`` is searched here and outward.
    """
    *way, name = reference.strip().split("/")
    if not way:
        here: Space | None = space
        while here is not None:
            if name in here.named(kind):
                return Named(here, name, here.named(kind)[name])
            here = here.parent
        return None
    if way[0] == "":
        here = _root(space)
        way = way[1:]
        if way and way[0] == here.name and way[0] not in here.spaces:
            way = way[1:]
        return _down(here, way, name, kind)
    # A relative way is tried from here, and then from each system outward.
    start: Space | None = space
    while start is not None:
        if found := _down(start, way, name, kind):
            return found
        start = start.parent
    return None


def _root(space: Space) -> Space:
    while space.parent is not None:
        space = space.parent
    return space


def _down(space: Space, way: list[str], name: str, kind: str) -> Named | None:
    here: Space | None = space
    for step in way:
        if here is None:
            return None
        if step == "..":
            here = here.parent
        elif step not in ("", "."):
            here = here.spaces.get(step)
    if here is None or name not in here.named(kind):
        return None
    return Named(here, name, here.named(kind)[name])
