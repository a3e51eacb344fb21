"""XTCE data encodings: how the bits of a value are written, and how many there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from decoders.mission.xtce_conditions import Conditions, Unreadable
from decoders.mission.xtce_numbers import real, real_or_nan, whole
from decoders.mission.xtce_xml import Node

_INTEGERS = {
    "unsigned": ("uint", ""),
    "twosComplement": ("int", ""),
    "twosComplementary": ("int", ""),
    "signMagnitude": ("int", "sign-magnitude"),
    "onesComplement": ("int", "ones-complement"),
    "BCD": ("uint", "bcd"),
    "packedBCD": ("uint", "packed-bcd"),
}
_CODECS = {
    "UTF-8": "", "US-ASCII": "us-ascii", "ISO-8859-1": "latin-1", "Windows-1252": "cp1252",
    "UTF-16": "utf-16", "UTF-16LE": "utf-16-le", "UTF-16BE": "utf-16-be", "UTF-32": "utf-32",
    "UTF-32LE": "utf-32-le", "UTF-32BE": "utf-32-be",
}  # fmt: skip
ENCODINGS = ("IntegerDataEncoding", "FloatDataEncoding", "StringDataEncoding", "BinaryDataEncoding")
"""The elements that tell how bits are written; a type has one of them."""


class EncodingReader:
    """Reads data encodings; what no field can say is noted."""

    def __init__(self, conditions: Conditions, note: Callable[[Node, str], None]) -> None:
        self._conditions, self._note = conditions, note

    def fields(self, node: Node) -> dict[str, Any]:
        """Return the attributes of a ``Parameter`` that an encoding element tells; raises ``Unreadable``."""
        if node.find("ErrorDetectCorrect") is not None:
            self._note(node, "ErrorDetectCorrect is not read")
        if node.find("FromBinaryTransformAlgorithm") is not None:
            raise Unreadable(node, "FromBinaryTransformAlgorithm is not read")
        if node.tag == "StringDataEncoding":
            return self._string(node)
        if node.tag == "BinaryDataEncoding":
            return self._binary(node)
        bits = whole(node, node.get("sizeInBits") or ("8" if node.tag[0] == "I" else "32"))
        found: dict[str, Any] = {"bit_length": bits, "byte_order": _byte_order(node, bits)}
        if node.get("bitOrder") == "leastSignificantBitFirst":
            found["bit_order"] = "lsb"
        if node.tag == "FloatDataEncoding":
            written = node.get("encoding") or "IEEE754_1985"
            if written in ("IEEE754_1985", "IEEE754") and bits in (16, 32, 64):
                return found | {"data_type": "float"}
            if written == "MILSTD_1750A" and bits in (32, 48):
                return found | {"data_type": "float", "encoding": "1750a"}
            raise Unreadable(node, f"floats of {bits} bits written as {written} are not read")
        written = node.get("encoding") or "unsigned"
        if written not in _INTEGERS:
            raise Unreadable(node, f"integers written as {written} are not read")
        if not 1 <= bits <= 64:
            raise Unreadable(node, f"an integer of {bits} bits: 1 to 64 are read")
        kind, encoding = _INTEGERS[written]
        return found | {"data_type": kind, "encoding": encoding}

    def _string(self, node: Node) -> dict[str, Any]:
        codec = node.get("encoding") or "UTF-8"
        if codec not in _CODECS:
            raise Unreadable(node, f"strings written as {codec} are not read")
        found: dict[str, Any] = {"data_type": "str", "bit_length": 8, "encoding": _CODECS[codec]}
        size = node.find("SizeInBits") or node.find("Variable")
        if size is None:
            raise Unreadable(node, "a string without SizeInBits or Variable")
        room: int | str | None = None
        if (fixed := size.find("Fixed")) is not None:
            room = self.size(fixed)
        elif any(size.find(tag) is not None for tag in ("FixedValue", "DynamicValue", "DiscreteLookupList")):
            room = self.size(size)
        if (prefix := size.find("LeadingSize")) is not None:
            bits = whole(prefix, prefix.get("sizeInBitsOfSizeTag") or "16")
            if bits not in (8, 16, 24, 32):
                raise Unreadable(prefix, f"a leading size of {bits} bits: 8, 16, 24 or 32 are read")
            found["prefix_bits"] = bits
        if (end := size.find("TerminationChar")) is not None:
            try:
                found["terminator"] = bytes.fromhex(end.text or "00")
            except ValueError:
                raise Unreadable(end, f"{end.text!r} is no hexadecimal number") from None
        return self._sized(node, found, room)

    def _binary(self, node: Node) -> dict[str, Any]:
        size = node.find("SizeInBits")
        if size is None:
            raise Unreadable(node, "binary data without SizeInBits")
        return self._sized(node, {"data_type": "str", "bit_length": 8, "encoding": "binary"}, self.size(size))

    @staticmethod
    def _sized(node: Node, found: dict[str, Any], room: int | str | None) -> dict[str, Any]:
        if isinstance(room, int):
            if room % 8 and found.get("encoding") == "binary" and 0 < room <= 64:
                return {"data_type": "uint", "bit_length": room}
            if room % 8 or room <= 0:
                raise Unreadable(node, f"{room} bits are no whole octets")
            return found | {"bit_length": room}
        if room is not None:
            return found | {"size": room}
        if "terminator" not in found and "prefix_bits" not in found:
            raise Unreadable(node, "nothing tells how long it is")
        return found

    def size(self, node: Node) -> int | str:
        """Return a fixed integer value, or the text of a computed one (``IntegerValue``)."""
        if (fixed := node.find("FixedValue")) is not None:
            return whole(fixed, fixed.text)
        if (dynamic := node.find("DynamicValue")) is not None:
            reference = dynamic.find("ParameterInstanceRef")
            if reference is None:
                raise Unreadable(dynamic, "a DynamicValue without ParameterInstanceRef")
            text = self._conditions.value(reference)
            if (linear := dynamic.find("LinearAdjustment")) is not None:
                slope = real(linear, linear.get("slope", "1") or "1")
                intercept = real(linear, linear.get("intercept", "0") or "0")
                text = f"({text} * {slope!r} + {intercept!r})"
            return text
        if (lookups := node.find("DiscreteLookupList")) is not None:
            text = real_or_nan(lookups.get("defaultValue"))
            for each in reversed(list(lookups.all("DiscreteLookup"))):
                value = whole(each, each.get("value"))
                text = f"({value} if {self._conditions.match(each)} else {text})"
            return text
        return whole(node, node.text)


def _byte_order(node: Node, bits: int) -> str:
    order = node.get("byteOrder")
    if order == "leastSignificantByteFirst":
        return "little" if bits > 8 else "big"
    listed = [whole(each, each.get("byteSignificance")) for each in node.all("ByteOrderList", "Byte")]
    if not listed and order not in ("", "mostSignificantByteFirst"):
        listed = [int(each) for each in order.split() if each.isdigit()]
    if not listed:
        return "big"
    count = len(listed)
    if sorted(listed) != list(range(count)) or count * 8 != bits:
        raise Unreadable(node, f"a byte order of {count} octets for {bits} bits")
    # Significance 0 is the least; a permutation names for each octet sent its rank from the front.
    digits = "".join(str(count - each) for each in listed)
    return "big" if digits == "".join(map(str, range(1, count + 1))) else digits
