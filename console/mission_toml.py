"""TOML tables read into shapes: every mistake of a file at once, each with its line, key and mend."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin

import msgspec

from decoders.mission.model import DefinitionError

Place = tuple[str | int, ...]
"""Where something stands in a file: ``("links", 1, "port")``."""
_T = TypeVar("_T", bound=msgspec.Struct)

_TOKEN = re.compile(
    r'''(?P<line>\n)|(?P<space>[ \t\r]+|\#[^\n]*)
    |(?P<text>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\])*"|'[^']*')
    |(?P<mark>[\[\]{}=,.])|(?P<bare>[^\s\#=\[\]{},."']+)''',
    re.VERBOSE | re.DOTALL,
)
_KINDS = {
    "int": ("a whole number", "Write digits, without quotes"),
    "float": ("a number", "Write digits, without quotes"),
    "str": ("a text", 'Write it in "quotes"'),
    "bool": ("true or false", "Write true or false, without quotes"),
    "array": ("a list", "Write [ … ]"),
    "object": ("a table of keys", "Write { key = value, … }"),
}


@dataclass(slots=True)
class TomlFile(Generic[_T]):
    """What a file says, as far as it can be read, what is wrong in it, and where each key stands.

    A table that cannot be read is left out of ``tables``, a key at the top that cannot takes its default.
    """

    name: str
    tables: _T
    errors: list[DefinitionError] = field(default_factory=list)
    data: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    kept: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """By list of tables: the number that each table which could be read has in the file."""
    unread: frozenset[str] = frozenset()
    """The keys at the top that could not be read: whoever names what they hold is not to blame."""

    def line(self, *path: str | int) -> int:
        """Return the line of what stands at a path of ``tables``, or of what holds it; 0 if unknown."""
        return _line(self.text, self._in_file(path))

    def error(self, message: str, mend: str, *path: str | int) -> DefinitionError:
        """Return an error about what stands at a path of ``tables``."""
        return _error(self.name, self.text, message, mend, self._in_file(path))

    def written(self, section: str, key: str) -> list[str]:
        """Return the texts of a key in all tables of a list, readable tables or not."""
        tables = self.data.get(section)
        rows = [table for table in tables if isinstance(table, dict)] if isinstance(tables, list) else []
        return [row[key] for row in rows if isinstance(row.get(key), str)]

    def _in_file(self, path: Place) -> Place:
        if len(path) > 1 and isinstance(path[1], int) and path[0] in self.kept:
            return (path[0], self.kept[str(path[0])][path[1]], *path[2:])
        return path


def read_toml(content: bytes, kind: type[_T], file: str) -> TomlFile[_T]:
    """Read a file into a shape of tables and lists of tables; never raises."""
    try:
        text = content.decode("utf-8-sig")
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = DefinitionError("not UTF-8 text", file=file, line=line, mend="Save the file as UTF-8")
        return _nothing(file, kind, problem)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return _nothing(file, kind, _not_toml(error, text, file))
    reading = _Reading(file, text)
    tables = reading.tables(data, kind)
    reading.errors.sort(key=lambda each: each.line)
    unread = frozenset(reading.unread)
    return TomlFile(file, tables, reading.errors, data, text, reading.kept, unread)


def _nothing(file: str, kind: type[_T], problem: DefinitionError) -> TomlFile[_T]:
    reading = _Reading(file, "")
    unread = frozenset(each.name for each in msgspec.structs.fields(kind))
    return TomlFile(file, reading.tables({}, kind), [problem], unread=unread)


def decode_toml(content: bytes, kind: type[_T], file: str) -> _T:
    """Read a file into a shape; raise the first ``DefinitionError``."""
    read = read_toml(content, kind, file)
    if read.errors:
        raise read.errors[0]
    return read.tables


def _not_toml(error: Exception, text: str, file: str) -> DefinitionError:
    found = re.search(r" \(at line (\d+), column (\d+)\)$", str(error))
    line, column = (int(found[1]), found[2]) if found else (text.rstrip().count("\n") + 1, "")
    what = re.sub(r" \(at .*\)$", "", str(error))
    return DefinitionError(
        f"not valid TOML: {what}", file=file, line=line, column=column, mend='Write key = value, texts in "…"'
    )


def _error(file: str, text: str, message: str, mend: str, path: Place) -> DefinitionError:
    column = next((step for step in reversed(path) if isinstance(step, str)), "")
    return DefinitionError(message, file=file, line=_line(text, path), column=column, mend=mend)


def _line(text: str, path: Place) -> int:
    lines = key_lines(text)
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), 0)


class _Reading:
    """One reading of a file: each table by itself, so that one mistake does not hide the next."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        self.errors: list[DefinitionError] = []
        self.kept: dict[str, list[int]] = {}
        self.unread: set[str] = set()
        self._meant: set[Place] = set()

    def tables(self, data: dict[str, Any], kind: type[_T]) -> _T:
        """Return the shape; what cannot be read in it has its default."""
        values: dict[str, Any] = {}
        fields = {each.name: each for each in msgspec.structs.fields(kind)}
        for name in data:
            if name not in fields:
                self._unknown(name, list(fields), ())
        for name, each in fields.items():
            found: Any = None
            if name in data:
                element = _element(each.type)
                if element is not None and isinstance(data[name], list):
                    read = [self._convert(one, element, (name, i)) for i, one in enumerate(data[name])]
                    self.kept[name] = [i for i, one in enumerate(read) if one is not None]
                    found = tuple(one for one in read if one is not None)
                elif get_origin(each.type) is dict and isinstance(data[name], dict):
                    inside = get_args(each.type)[1]
                    found = {key: self._convert(one, inside, (name, key)) for key, one in data[name].items()}
                else:
                    found = self._convert(data[name], each.type, (name,))
            elif each.required:
                self._missing(name, ())
            if found is not None:
                values[name] = found
                continue
            if name in data or each.required:
                self.unread.add(name)
            if each.required:
                values[name] = {tuple: (), str: ""}.get(get_origin(each.type) or each.type)
        return kind(**values)

    def _convert(self, value: Any, kind: Any, path: Place) -> Any:
        """Return the value as that type, or ``None`` after telling why not."""
        while True:
            try:
                return msgspec.convert(value, kind)
            except msgspec.ValidationError as error:
                message, _, at = str(error).partition(" - at ")
                inner = _steps(at)
                here = _type_at(kind, inner)
                if found := re.search(r"unknown field `(.*)`", message):
                    self._unknown(
                        found[1], [each.name for each in msgspec.structs.fields(here)], path + inner
                    )
                    del _inside(value, inner)[found[1]]
                    continue
                if "required field" in message:
                    holder = _inside(value, inner)
                    for each in msgspec.structs.fields(here):
                        if each.required and each.name not in holder:
                            self._missing(each.name, path + inner)
                elif found := re.match(r"Expected `array` of length (\d+), got (\d+)", message):
                    self._bad(f"{found[2]} elements", f"Write {found[1]}", path + inner)
                elif found := re.match(r"Expected `(\w+)", message):
                    wanted, mend = _KINDS.get(found[1], (found[1], ""))
                    self._bad(f"not {wanted}", mend, path + inner)
                elif get_origin(here) is Literal:
                    mend = f"Use one of {', '.join(map(str, get_args(here)))}"
                    self._bad(message.replace("Invalid enum", "unknown"), mend, path + inner)
                else:
                    self._bad(message, "Correct the value", path + inner)
                return None

    def _unknown(self, key: str, known: list[str], path: Place) -> None:
        near = get_close_matches(key, known, 1)
        self._meant.update((*path, each) for each in near)
        mend = f"Did you mean {near[0]!r}?" if near else f"Use one of {', '.join(known)}"
        self._bad(f"unknown key {key!r}", mend, (*path, key))

    def _missing(self, key: str, path: Place) -> None:
        if (*path, key) in self._meant:  # told as the typo that it is
            return
        error = _error(self.file, self.text, f"key {key!r} is missing", f"Add {key} = …", path)
        self.errors.append(
            DefinitionError(error.message, file=error.file, line=error.line or 1, column=key, mend=error.mend)
        )

    def _bad(self, message: str, mend: str, path: Place) -> None:
        self.errors.append(_error(self.file, self.text, message, mend, path))


def _element(kind: Any) -> Any:
    """Return the shape of a list of tables, or ``None`` for any other type."""
    inside = get_args(kind)
    listed = (
        get_origin(kind) is tuple and isinstance(inside[0], type) and issubclass(inside[0], msgspec.Struct)
    )
    return inside[0] if listed else None


def _inside(value: Any, path: Place) -> Any:
    for step in path:
        value = value[step]
    return value


def _steps(text: str) -> Place:
    """Read ``$.phases.names[3].title``."""
    return tuple(int(n) if n else key for key, n in re.findall(r"\.([^.\[\]`]+)|\[(\d+)\]", text))


def _type_at(kind: Any, path: Place) -> Any:
    for step in path:
        kind = _given(kind)
        if isinstance(step, int):
            inside = get_args(kind)
            kind = inside[0] if inside[-1] is Ellipsis else inside[step]
        else:
            kind = next(each.type for each in msgspec.structs.fields(kind) if each.name == step)
    return _given(kind)


def _given(kind: Any) -> Any:
    """Return ``X`` of ``X | None``."""
    inside = get_args(kind)
    return next(each for each in inside if each is not type(None)) if type(None) in inside else kind


@lru_cache(maxsize=8)
def key_lines(text: str) -> dict[Place, int]:
    """Return the line of each table, key and list element of a valid TOML text."""
    return _Scan(text).lines


class _Scan:
    """Walks over the tokens of a text that is known to be TOML."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Place, int] = {}
        self._tokens = list(_tokens(text))
        self._at = 0
        self._lists: dict[Place, int] = {}
        table: Place = ()
        while (token := self._tokens[self._at])[0] != "end":
            if token[0] == "line":
                self._at += 1
            elif token[1] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Place:
        line = self._tokens[self._at][2]
        listed = self._tokens[self._at + 1][1] == "["
        self._at += 1 + listed
        keys = self._keys("]")
        self._at += listed
        path: Place = ()
        for i, key in enumerate(keys):
            path += (key,)
            if listed and i == len(keys) - 1:
                self._lists[path] = self._lists.get(path, -1) + 1
            self.lines.setdefault(path, line)
            if path in self._lists:
                path += (self._lists[path],)
                self.lines.setdefault(path, line)
        return path

    def _keys(self, end: str) -> Place:
        """Read a dotted key and the mark behind it."""
        keys: list[str] = []
        while (token := self._tokens[self._at])[1] != end:
            if token[0] in ("text", "bare"):
                keys.append(token[1].strip("\"'") if token[0] == "text" else token[1])
            self._at += 1
        self._at += 1
        return tuple(keys)

    def _pair(self, table: Place) -> None:
        line = self._tokens[self._at][2]
        path = table
        for key in self._keys("="):
            path += (key,)
            self.lines.setdefault(path, line)
        self._value(path)

    def _value(self, path: Place) -> None:
        first = self._tokens[self._at][1]
        if first in ("[", "{"):
            self._at += 1
            self._inside(path, first)
            return
        while self._tokens[self._at][0] in ("text", "bare") or self._tokens[self._at][1] == ".":
            self._at += 1

    def _inside(self, path: Place, opened: str) -> None:
        """Read the elements of a list, or the pairs of an inline table, up to its closing mark."""
        closing, number = ("]", 0) if opened == "[" else ("}", 0)
        while (token := self._tokens[self._at])[1] != closing:
            if token[0] == "line":
                self._at += 1
            elif token[1] == ",":
                self._at += 1
                number += 1
            elif opened == "{":
                self._pair(path)
            else:
                self.lines.setdefault((*path, number), token[2])
                self._value((*path, number))
        self._at += 1


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "space":
            yield match.lastgroup or "", match[0], line
        line += match[0].count("\n")
    yield "end", "", line
