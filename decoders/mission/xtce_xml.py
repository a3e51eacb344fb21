"""XML from strangers, read into a plain tree with lines: no entities, no network, bounded in every way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from decoders.mission.model import DefinitionError

MOST_OCTETS = 64 * 1024 * 1024
MOST_ELEMENTS = 2_000_000
DEEPEST = 64
_MOST_TEXT = 100_000


@dataclass(slots=True)
class Node:
    """One element: its name without namespace, attributes, text, children and line."""

    tag: str
    attributes: dict[str, str]
    line: int
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute, stripped."""
        return self.attributes.get(name, default).strip()

    def find(self, *path: str) -> Node | None:
        """Return the first descendant down a path of element names."""
        here: Node | None = self
        for tag in path:
            here = next((child for child in here.children if child.tag == tag), None) if here else None
        return here

    def all(self, *path: str) -> Iterator[Node]:
        """Yield every descendant down a path of element names."""
        if not path:
            yield self
            return
        for child in self.children:
            if child.tag == path[0]:
                yield from child.all(*path[1:])


def parse_xml(content: bytes, file: str) -> Node:
    """Return the root element; raise ``DefinitionError`` naming the line where it is no XML to be read."""
    if len(content) > MOST_OCTETS:
        raise DefinitionError(
            f"{len(content):,} octets", file=file, mend=f"At most {MOST_OCTETS >> 20} MiB are read"
        )
    return _Reading(file).run(content)


class _Reading:
    """One walk of the parser over a text."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._open: list[Node] = []
        self._count = 0
        self._root: Node | None = None
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype

    def run(self, content: bytes) -> Node:
        try:
            self._parser.Parse(content, True)
        except expat.ExpatError as error:
            message = expat.ErrorString(error.code)
            raise self._bad(f"not XML: {message}", "Correct the file", error.lineno) from None
        except (ValueError, LookupError) as error:
            if isinstance(error, DefinitionError):
                raise
            raise self._bad(f"not XML: {error}", "Correct the file") from None
        if self._root is None:
            raise self._bad("no element", "Write a SpaceSystem")
        return self._root

    def _bad(self, message: str, mend: str, line: int = 0) -> DefinitionError:
        return DefinitionError(
            message, file=self._file, line=line or self._parser.CurrentLineNumber, mend=mend
        )

    def _doctype(self, *_: object) -> None:
        raise self._bad("a document type", "Remove <!DOCTYPE …>: entities of a stranger are not read")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise self._bad(f"more than {MOST_ELEMENTS:,} elements", "Split the database")
        if len(self._open) >= DEEPEST:
            raise self._bad(f"elements nested more than {DEEPEST} deep", "Correct the file")
        plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        node = Node(name.rpartition(" ")[2], plain, self._parser.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self._root = node
        self._open.append(node)

    def _end(self, _: str) -> None:
        node = self._open.pop()
        node.text = node.text.strip()

    def _text(self, text: str) -> None:
        node = self._open[-1]
        if len(node.text) < _MOST_TEXT:
            node.text += text
