"""What ``--time`` and ``--epoch`` of ``okaeri decode`` say."""

from __future__ import annotations

from dataclasses import replace

from console.decode.errors import DecodeError
from decoders.mission.model import PacketDefinition, Parameter, TimeFormat
from decoders.time_calendar import ASCII_LEAST_OCTETS
from decoders.timecode import time_octets
from decoders.timescale import read_epoch


def parse_time(text: str, epoch: str = "tai") -> tuple[TimeFormat, int | None]:
    """Read how packets tell their time, and the octet where it begins, if one is given (``…@6``).

    ``cuc:4:2`` are octets of seconds and fraction, ``cds:2:2`` of days and sub-milliseconds, ``ccs:2`` of the
    fraction, ``ccs:2:doy`` with days of the year; ``:p`` behind them says that a P-field stands in front.
    ``ascii`` and ``ascii:24`` (octets) are code A or B, and with ``p-field`` each packet tells the code.
    Raises ``DecodeError``.
    """
    try:
        read_epoch(epoch)
    except ValueError as error:
        raise DecodeError(f"--epoch {error}") from None
    body, _, at = text.partition("@")
    code, *words = body.lower().split(":")
    p_field = words[-1:] == ["p"]
    day_of_year = code == "ccs" and "doy" in words
    numbers = [word for word in words[: len(words) - p_field] if not (day_of_year and word == "doy")]
    try:
        octet = int(at) if at else None
        fmt = _format(code, [int(number) for number in numbers])
    except ValueError:
        fmt = None
    if fmt is None or (octet is not None and octet < 0) or (p_field and code in ("ascii", "p-field")):
        raise DecodeError(
            f"--time {text!r}: write cuc:4:2, cds:2:2, ccs:2, ascii or p-field, cuc:4:2:p where a P-field "
            "stands in front, and cds:2:2@6 with the octet it begins at"
        )
    return replace(fmt, has_p_field=p_field, day_of_year=day_of_year, epoch=epoch), octet


def _format(code: str, numbers: list[int]) -> TimeFormat | None:
    """Return the format of a code and its numbers of octets; ``None`` if there is none."""
    match code, numbers or {"cuc": [4, 2], "cds": [2, 2], "ccs": [0]}.get(code, []):
        case "cuc", [coarse, fine] if 1 <= coarse <= 7 and 0 <= fine <= 10:
            return TimeFormat("cuc", coarse_octets=coarse, fine_octets=fine)
        case "cds", [days, rest] if days in (2, 3) and rest in (0, 2, 4):
            return TimeFormat("cds", day_octets=days, submillisecond_octets=rest)
        case "ccs", [subsecond] if 0 <= subsecond <= 6:
            return TimeFormat("ccs", subsecond_octets=subsecond)
        case "p-field", []:
            return TimeFormat("p-field")
        case "ascii", []:
            return TimeFormat("ascii")
        case "ascii", [octets] if octets >= ASCII_LEAST_OCTETS:
            return TimeFormat("ascii", text_octets=octets)
    return None


def with_time(definition: PacketDefinition, fmt: TimeFormat, octet: int | None) -> PacketDefinition:
    """Give a definition its time: at its ``time`` field, at an octet, or right behind the primary header."""
    marked = next((p for p in definition.parameters if p.role == "time" and p.bit_offset is not None), None)
    if octet is None:
        octet = 6 if marked is None or marked.bit_offset is None else marked.bit_offset // 8
    if marked is not None and marked.bit_offset == octet * 8:
        return replace(definition, time=fmt)
    parameters = [replace(p, role="") if p.role == "time" else p for p in definition.parameters]
    name = "time"
    while any(parameter.name == name for parameter in parameters):
        name = "_" + name
    # The columns that hold the time stay what they are; padding over them tells where it begins.
    parameters.insert(0, Parameter(name, "fill", 8 * time_octets(fmt), octet * 8, role="time"))
    return replace(definition, parameters=tuple(parameters), time=fmt)
