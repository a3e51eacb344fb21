"""Definitions in installed Python packages: ccsdspy's own, and plug-ins of SPaC-kit.

A plug-in is code that the user has installed, and it runs when it is imported. Only what the user names is
imported, and nothing is searched for by itself; that is why this is not a part of ``decoders``, where no
definition runs code.

SPaC-kit's plug-ins (spac-kit 1.1) have no entry points: they are packages below the namespace
``ccsds.packets``, which is walked. The entry points read here are those of the group ``okaeri.definitions``.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import logging
import pkgutil
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from types import ModuleType

from decoders.mission.model import DefinitionError
from decoders.mission.plugins import PluginReading, is_packet, read_packets

GROUP = "okaeri.definitions"
_NAME = re.compile(r"[A-Za-z_][\w.-]*(:[A-Za-z_][\w.]*)?\Z")
_FILES = (".csv", ".xml", ".xtce", ".toml", ".json")


def names_plugin(path: Path) -> bool:
    """Tell whether this names a module, a package or an entry point rather than a file or folder."""
    text = str(path)
    return bool(_NAME.match(text)) and not path.exists() and path.suffix.lower() not in _FILES


def read_plugin(name: str) -> PluginReading:
    """Read the packets of a plug-in: ``some.module``, ``some.module:attribute``, an installed package or an
    entry point of the group ``okaeri.definitions``.

    Modules below a package are looked into too, but for its tests. Raises ``DefinitionError`` where there is
    none, it cannot be imported, or it holds no packet of ccsdspy.
    """
    failed: list[str] = []
    with _quietly():
        found = [
            (variable, value) for target in _targets(name) for variable, value in _values(target, failed)
        ]
    reading = read_packets(found, name)
    for each in failed:
        reading.note(each)
    if not reading.definitions:
        more = "; ".join(each.message for each in reading.unsupported[:3])
        raise DefinitionError(
            f"no packet of ccsdspy is in it{': ' * bool(more)}{more}", file=name,
            mend="Name a module that holds FixedLength or VariableLength objects",
        )  # fmt: skip
    return reading


def _targets(name: str) -> list[str]:
    """Return the modules (``module`` or ``module:attribute``) that a name stands for."""
    points = list(importlib.metadata.entry_points(group=GROUP, name=name))
    if points:
        return [point.value for point in points]
    if _is_module(name.partition(":")[0]):
        return [name]
    with contextlib.suppress(importlib.metadata.PackageNotFoundError, ValueError):
        if packages := _packages(importlib.metadata.distribution(name)):
            return packages
    raise DefinitionError(
        "there is no file or folder of this name, and no module, installed package or entry point", file=name,
        mend="Check its spelling; a package is to be installed beside okaeri (pip install …)",
    )  # fmt: skip


def _is_module(name: str) -> bool:
    if not all(part.isidentifier() for part in name.split(".")):
        return False
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            return False
        raise _not_imported(name, error) from error
    except Exception as error:  # a package above it runs its own code
        raise _not_imported(name, error) from error


def _packages(distribution: importlib.metadata.Distribution) -> list[str]:
    """Return the outermost packages and modules that an installed distribution brings."""
    files = sorted(
        (PurePosixPath(each) for each in distribution.files or () if each.suffix == ".py"),
        key=lambda each: len(each.parts),
    )
    found: list[tuple[str, ...]] = []
    for each in files:
        parts = each.parent.parts if each.name == "__init__.py" else (*each.parent.parts, each.stem)
        inside = any(parts[: len(outer)] == outer for outer in found)
        if parts and not inside and all(part.isidentifier() for part in parts):
            found.append(parts)
    return [".".join(parts) for parts in found]


def _values(target: str, failed: list[str]) -> Iterator[tuple[str, object]]:
    """Yield the packets that a module, or one attribute of it, holds."""
    name, _, attribute = target.partition(":")
    try:
        module = importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise _not_imported(name, error) from error
    if not attribute:
        for each in (module, *_below(module, failed)):
            yield from _packets(vars(each))
        return
    value: object = module
    for part in attribute.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            raise DefinitionError(
                f"there is no {part!r} in it", file=target, mend=f"It has {_some_of(value)}"
            ) from None
    if isinstance(value, ModuleType):
        yield from _packets(vars(value))
    elif is_packet(value):
        yield attribute.rpartition(".")[2], value
    elif isinstance(value, dict):
        yield from _packets({str(key): each for key, each in value.items()})
    elif isinstance(value, list | tuple):
        yield from _packets({f"{attribute}_{number}": each for number, each in enumerate(value)})


def _packets(values: dict[str, object]) -> list[tuple[str, object]]:
    return [(name, value) for name, value in values.items() if is_packet(value)]


def _some_of(value: object) -> str:
    names = [name for name, _ in _packets(getattr(value, "__dict__", {}))]
    return ", ".join(names[:10]) or "no packet of ccsdspy"


def _below(module: ModuleType, failed: list[str]) -> Iterator[ModuleType]:
    """Import the modules below a package, but for tests; one that cannot be imported leaves the others."""
    for each in pkgutil.iter_modules(getattr(module, "__path__", ()), f"{module.__name__}."):
        last = each.name.rpartition(".")[2]
        if last in ("test", "tests", "__main__", "conftest") or last.startswith("test_"):
            continue
        try:
            inner = importlib.import_module(each.name)
        except (Exception, SystemExit) as error:
            failed.append(_not_imported(each.name, error).message)
            continue
        yield inner
        yield from _below(inner, failed)


def _not_imported(name: str, error: BaseException) -> DefinitionError:
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    mend = f"Install {missing} beside okaeri" if missing else "Import it by hand to see the whole error"
    return DefinitionError(
        f"{name} cannot be imported: {error or type(error).__name__}", file=name, mend=mend
    )


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Keep what a package prints while it is imported out of the output, and its greetings out of the log."""
    before = logging.root.manager.disable
    logging.disable(max(before, logging.INFO))
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        logging.disable(before)
