"""The cells of a packet CSV that tell how a field is written, and layouts that depend on content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Literal

from decoders.expression import Expression, ExpressionError
from decoders.expression_values import element
from decoders.layout_encoded import FLOAT_ENCODINGS, INTEGER_ENCODINGS
from decoders.mission.cells import PACKET_BITS, CellError, whole
from decoders.mission.csv_rows import Row
from decoders.mission.model import Parameter

COLUMNS = ("encoding", "bit_order", "only_if", "gap_bits", "size", "terminator", "prefix_bits")
CODECS = (
    "us-ascii", "latin-1", "cp1252", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "utf-32-le",
    "shift_jis", "binary",
)  # fmt: skip
_ENCODINGS = {
    "int": ("sign-magnitude", "ones-complement"),
    "uint": ("bcd", "packed-bcd"),
    "float": FLOAT_ENCODINGS,
    "str": CODECS,
    "fill": (),
}


def read_cells(row: Row, data_type: str) -> dict[str, Any]:
    """Return what the cells of a row say, by the names of ``Parameter``; mistakes are noted in the row."""
    found: dict[str, Any] = {
        "encoding": row.cell("encoding", _encoding, ""),
        "bit_order": row.cell("bit_order", _bit_order, "msb"),
        "only_if": row.cell("only_if", expression, ""),
        "gap_bits": row.cell("gap_bits", whole(0, PACKET_BITS), 0),
        "size": row.cell("size", expression, ""),
        "terminator": row.cell("terminator", _octets, b""),
        "prefix_bits": row.cell("prefix_bits", _prefix, 0),
    }
    encoding = found["encoding"]
    if encoding and encoding not in _ENCODINGS[data_type]:
        kinds = ", ".join(_ENCODINGS[data_type]) or "none"
        row.bad("encoding", f"{encoding!r} is no encoding of a {data_type}", f"It knows {kinds}")
    if data_type not in ("str", "fill"):
        for column in ("size", "terminator", "prefix_bits"):
            if found[column]:
                row.bad(column, f"a {data_type} has no {column}", "Only strings have; leave the cell empty")
    if found["bit_order"] == "lsb" and data_type not in ("uint", "int"):
        row.bad("bit_order", f"a {data_type} has no bit order", "Only integers have; leave the cell empty")
    return found


def written(parameter: Parameter) -> dict[str, str]:
    """Return the cells of a parameter, empty where a cell has nothing to say."""
    return {
        "encoding": parameter.encoding,
        "bit_order": "" if parameter.bit_order == "msb" else parameter.bit_order,
        "only_if": parameter.only_if,
        "gap_bits": str(parameter.gap_bits) if parameter.gap_bits else "",
        "size": parameter.size,
        "terminator": parameter.terminator.hex().upper(),
        "prefix_bits": str(parameter.prefix_bits) if parameter.prefix_bits else "",
    }


def expression(text: str) -> str:
    """Return the text of an expression that can be read."""
    try:
        read = Expression.parse(text)
    except ExpressionError as error:
        message = f"{error.message} (column {error.position + 1} of the expression)"
        raise CellError(message, error.mend) from None
    if read.memory:
        raise CellError("prev and rate have no place in a layout", "Compare fields of the same packet")
    return text


def mistake(text: str, before: Mapping[str, Parameter] | Iterable[str]) -> tuple[str, str] | None:
    """Return what is wrong with an expression over the fields before, and the mend."""
    known = list(before)
    try:
        names = Expression.parse(expression(text)).names
    except CellError as error:
        return error.message, error.mend
    for name in sorted(names):
        if element(name)[0] not in known and name not in known:
            near = get_close_matches(name, known, 1)
            mend = f"Did you mean {near[0]!r}?" if near else "Name a field that stands before it"
            return f"no field {name!r} before this one", mend
    return None


def _encoding(text: str) -> str:
    known = (*INTEGER_ENCODINGS, *FLOAT_ENCODINGS, *CODECS)
    if text not in known:
        near = get_close_matches(text.lower(), known, 1, 0.5)
        raise CellError(
            f"unknown encoding {text!r}",
            f"Did you mean {near[0]!r}?" if near else f"It is one of {', '.join(known)}",
        )
    return text


def _bit_order(text: str) -> Literal["msb", "lsb"]:
    if text == "lsb":
        return "lsb"
    if text == "msb":
        return "msb"
    raise CellError(f"bit order {text!r}", "Write lsb where the first bit is the least significant")


def _octets(text: str) -> bytes:
    try:
        octets = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        octets = b""
    if not octets:
        raise CellError(f"{text!r} are no octets", "Write them in hexadecimal: 00, 0D0A")
    return octets


def _prefix(text: str) -> int:
    if text not in ("8", "16", "24", "32"):
        raise CellError(f"a size of {text} bits in front of a string", "Write 8, 16, 24 or 32")
    return int(text)
