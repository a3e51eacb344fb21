"""XTCE parameter types as fields: how the bits are written, what they mean, when they are an alarm."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeVar

from decoders.mission.cells import MOST_POINTS
from decoders.mission.context_cells import MOST_CONTEXTS
from decoders.mission.model import (
    ContextCalibration,
    ContextLimits,
    DefinitionError,
    Enumeration,
    Limits,
    NumberCalibration,
    Parameter,
    PointPairs,
    Polynomial,
    TimeFormat,
)
from decoders.mission.xtce_alarms import alarm_limits
from decoders.mission.xtce_conditions import Conditions, Unreadable
from decoders.mission.xtce_encodings import ENCODINGS, EncodingReader
from decoders.mission.xtce_numbers import real, whole
from decoders.mission.xtce_space import Named, Space, lookup, unsupported
from decoders.mission.xtce_xml import Node
from decoders.timescale import read_epoch

MOST_ELEMENTS = 4096
"""Elements of an array of aggregates; each becomes fields of its own."""
_T = TypeVar("_T")
_EPOCHS = {"TAI": "tai", "UNIX": "1970-01-01", "GPS": "gps", "J2000": "j2000"}


@dataclass(frozen=True, slots=True)
class Typed:
    """A field without its place, and the time format that it could tell the packet's time by."""

    parameter: Parameter
    time: TimeFormat | None = None


class TypeReader:
    """Reads parameters with their types; what a type says and no field can is noted."""

    def __init__(self, file: str, notes: list[DefinitionError], conditions: Conditions) -> None:
        self._file, self._notes, self._conditions = file, notes, conditions
        self._noted: set[int] = set()
        self._encodings = EncodingReader(conditions, self._note)
        self.size = self._encodings.size
        """Reads an ``IntegerValue``: a number, or the text of a computed one."""
        """Reads an ``IntegerValue``: a number, or the text of a computed one."""

    def fields(self, parameter: Named, name: str) -> Iterator[Typed]:
        """Yield the fields of a parameter, one for each member of an aggregate.

        Raises ``Unreadable`` where its bits cannot be told.
        """
        reference = parameter.node.get("parameterTypeRef")
        found = lookup(parameter.space, reference, "types")
        if found is None:
            raise Unreadable(parameter.node, f"no parameter type {reference!r}")
        yield from self._fields(found, name, _description(parameter.node), 0)

    def _fields(self, kind: Named, name: str, description: str, depth: int) -> Iterator[Typed]:
        node = _extended(kind)
        if depth > 8:
            raise Unreadable(node, "types nested more than 8 deep")
        description = description or _description(node)
        if node.tag == "AggregateParameterType":
            for member in node.all("MemberList", "Member"):
                inner = self._type(kind.space, member, member.get("typeRef"))
                yield from self._fields(
                    inner, f"{name}.{member.get('name')}", _description(member), depth + 1
                )
        elif node.tag == "ArrayParameterType":
            yield from self._array(kind.space, node, name, description, depth)
        else:
            yield self._scalar(kind.space, node, name, description)

    def _type(self, space: Space, node: Node, reference: str) -> Named:
        found = lookup(space, reference, "types")
        if found is None:
            raise Unreadable(node, f"no parameter type {reference!r}")
        return found

    def _array(self, space: Space, node: Node, name: str, description: str, depth: int) -> Iterator[Typed]:
        inner = self._type(space, node, node.get("arrayTypeRef") or node.get("elementTypeRef"))
        dimensions = list(node.all("DimensionList", "Dimension"))
        if not dimensions:
            raise Unreadable(node, "an array without dimensions")
        shape, text = self.shape(dimensions)
        if inner.node.tag in ("AggregateParameterType", "ArrayParameterType"):
            if text:
                raise Unreadable(node, "an array of varying length of aggregates or arrays is not read")
            if math.prod(shape) > MOST_ELEMENTS:
                raise Unreadable(node, f"an array of more than {MOST_ELEMENTS:,} aggregates")
            for at in product(*map(range, shape)):
                each = f"{name}[{','.join(map(str, at))}]"
                yield from self._fields(inner, each, description, depth + 1)
            return
        for typed in self._fields(inner, name, description, depth + 1):
            yield Typed(with_shape(typed.parameter, shape, text, node))

    def shape(self, dimensions: list[Node]) -> tuple[tuple[int, ...], str]:
        """Return the lengths of the dimensions, or the text of the length of one that varies."""
        lengths: list[int] = []
        for dimension in dimensions:
            first, last = dimension.find("StartingIndex"), dimension.find("EndingIndex")
            if last is None:
                raise Unreadable(dimension, "a dimension without an EndingIndex")
            begin = self.size(first) if first is not None else 0
            end = self.size(last)
            if isinstance(begin, int) and isinstance(end, int):
                if end < begin:
                    raise Unreadable(dimension, f"a dimension from {begin} to {end}")
                lengths.append(end - begin + 1)
            elif len(dimensions) == 1:
                return (), f"{end} - {begin} + 1" if begin else f"{end} + 1"
            else:
                raise Unreadable(dimension, "several dimensions of varying length are not read")
        return tuple(lengths), ""

    # One number, string, time ---------------------------------------------------------------------

    def _scalar(self, space: Space, node: Node, name: str, description: str) -> Typed:
        encoding = next((child for child in node.children if child.tag in ENCODINGS), None)
        scaled = node.find("Encoding")
        if encoding is None and scaled is not None:
            encoding = next((child for child in scaled.children if child.tag in ENCODINGS), None)
        if encoding is None:
            if node.tag not in ("StringParameterType", "BinaryParameterType"):
                raise Unreadable(node, f"{node.get('name')!r} has no data encoding: how its bits are written")
            raise Unreadable(node, f"{node.get('name')!r} has no data encoding: how long it is")
        units = [unit.text for unit in node.all("UnitSet", "Unit") if unit.text]
        parameter = Parameter(
            name, unit=" ".join(units), description=description, **self._encodings.fields(encoding)
        )
        number = parameter.data_type in ("uint", "int", "float")
        if number:
            parameter = self._calibrated(parameter, encoding)
            if node.tag == "EnumeratedParameterType":
                labels = self._enumeration(node)
                parameter = replace(parameter, calibration=labels, context_calibrations=())
            elif node.tag == "BooleanParameterType":
                labels = _boolean(node, parameter)
                parameter = replace(parameter, calibration=labels, context_calibrations=())
            elif node.tag in ("AbsoluteTimeParameterType", "RelativeTimeParameterType"):
                return self._time(node, scaled, parameter)
            parameter = self._alarms(node, parameter)
        return Typed(parameter)

    def _note(self, node: Node, message: str) -> None:
        if id(node) not in self._noted:
            self._noted.add(id(node))
            self._notes.append(unsupported(node, self._file, message))

    # Meaning ---------------------------------------------------------------------------------------

    def _calibrated(self, parameter: Parameter, encoding: Node) -> Parameter:
        default = encoding.find("DefaultCalibrator")
        contexts = []
        for each in encoding.all("ContextCalibratorList", "ContextCalibrator"):
            match, calibrator = each.find("ContextMatch"), each.find("Calibrator")
            calibration = self._calibrator(calibrator) if calibrator is not None else None
            if match is not None and calibration is not None and (when := self._context(match)):
                contexts.append(ContextCalibration(when, calibration))
        return replace(
            parameter,
            calibration=self._calibrator(default) if default is not None else None,
            context_calibrations=tuple(self._some(contexts, encoding)),
        )

    def _some(self, contexts: list[_T], node: Node) -> list[_T]:
        """Return as many contexts as are read."""
        if len(contexts) > MOST_CONTEXTS:
            self._note(node, f"{len(contexts)} contexts: the first {MOST_CONTEXTS} are read")
        return contexts[:MOST_CONTEXTS]

    def _context(self, node: Node) -> str:
        """Return the text of a context; one that cannot be told is noted and never holds."""
        try:
            return self._conditions.match(node)
        except Unreadable as error:
            self._note(error.node, f"{error.message}: the context is left out")
            return ""

    def _calibrator(self, node: Node) -> NumberCalibration | None:
        if (polynomial := node.find("PolynomialCalibrator")) is not None:
            terms: dict[int, float] = {}
            for term in polynomial.all("Term"):
                exponent = whole(term, term.get("exponent") or "0")
                if not 0 <= exponent <= 20:
                    self._note(term, f"an exponent of {exponent}: 0 to 20 are read")
                    return None
                terms[exponent] = terms.get(exponent, 0.0) + real(term, term.get("coefficient"))
            degree = max(terms, default=-1)
            return Polynomial(tuple(terms.get(i, 0.0) for i in range(degree + 1))) if terms else None
        if (spline := node.find("SplineCalibrator")) is not None:
            points = sorted(
                (real(point, point.get("raw")), real(point, point.get("calibrated")))
                for point in spline.all("SplinePoint")
            )
            order = whole(spline, spline.get("order") or "1")
            several = len({raw for raw, _ in points}) == len(points)
            if order not in (0, 1) or not several or not 2 <= len(points) <= MOST_POINTS:
                self._note(spline, f"a spline of order {order} through {len(points)} points is not read")
                return None
            return PointPairs(tuple(points), order, spline.get("extrapolate") in ("true", "1"))
        for child in node.children:
            self._note(child, f"{child.tag} is not read: the value stays as it is")
        return None

    def _enumeration(self, node: Node) -> Enumeration:
        labels: dict[int, str] = {}
        ranges: list[tuple[int, int, str]] = []
        for each in node.all("EnumerationList", "Enumeration"):
            first = whole(each, each.get("value"))
            last = whole(each, each.get("maxValue")) if each.get("maxValue") else first
            if last > first:
                ranges.append((first, last, each.get("label")))
            else:
                labels.setdefault(first, each.get("label"))
        return Enumeration(labels, tuple(ranges))

    def _time(self, node: Node, scaled: Node | None, parameter: Parameter) -> Typed:
        unit = scaled.get("units") if scaled is not None else ""
        scale = real(node, scaled.get("scale") or "1") if scaled is not None else 1.0
        offset = real(node, scaled.get("offset") or "0") if scaled is not None else 0.0
        unit = {"": "s", "seconds": "s", "days": "d"}.get(unit, unit)
        epoch = next((each.text for each in node.all("ReferenceTime", "Epoch")), "")
        if (other := node.find("ReferenceTime", "OffsetFrom")) is not None:
            self._note(other, "a time that counts from another parameter's is left as a number")
        counted = replace(parameter, unit=parameter.unit or unit)
        if (scale, offset) != (1.0, 0.0) and parameter.calibration is None:
            counted = replace(counted, calibration=Polynomial((offset, scale)))
        if epoch:
            counted = replace(counted, description=f"{counted.description} (from {epoch})".strip())
        if node.tag == "RelativeTimeParameterType" or unit != "s" or other is not None:
            return Typed(counted)
        return Typed(counted, _time_format(parameter, scale, offset, epoch))

    def _alarms(self, node: Node, parameter: Parameter) -> Parameter:
        default = node.find("DefaultAlarm")
        contexts = []
        for each in node.all("ContextAlarmList", "ContextAlarm"):
            match = each.find("ContextMatch")
            if match is not None and (when := self._context(match)):
                contexts.append(ContextLimits(when, alarm_limits(each, self._note) or Limits()))
        return replace(
            parameter,
            limits=alarm_limits(default, self._note) if default is not None else None,
            context_limits=tuple(self._some(contexts, node)),
        )


def with_shape(parameter: Parameter, shape: tuple[int, ...], text: str, node: Node) -> Parameter:
    """Make an array of a field; ``text`` is the length of one that varies."""
    if parameter.size or parameter.terminator or parameter.prefix_bits or parameter.array_length is not None:
        raise Unreadable(node, "an array of elements of varying length is not read")
    if text:
        return replace(parameter, array_length=text)
    count = math.prod(shape)
    if not 0 < count <= 65_542 * 8:
        raise Unreadable(node, f"an array of {count} elements")
    return replace(parameter, array_length=count, array_shape=shape if len(shape) > 1 else ())


def _extended(kind: Named, depth: int = 0) -> Node:
    """Return a type with all that it has of the types it extends (``baseType``), and what it says itself.

    Raises ``Unreadable`` where there is none of that name, or they extend each other.
    """
    node, reference = kind.node, kind.node.get("baseType")
    if not reference:
        return node
    if depth > 8:
        raise Unreadable(node, "types that extend each other more than 8 deep")
    found = lookup(kind.space, reference, "types")
    if found is None:
        raise Unreadable(node, f"no parameter type {reference!r} to extend")
    base = _extended(found, depth + 1)
    own = {child.tag for child in node.children}
    if own.intersection(ENCODINGS):
        own.update(ENCODINGS)
    attributes = {**base.attributes, **node.attributes, "baseType": ""}
    children = [child for child in base.children if child.tag not in own]
    return Node(node.tag, attributes, node.line, [*children, *node.children])


def _description(node: Node) -> str:
    short = node.get("shortDescription")
    long = node.find("LongDescription")
    text = short or (long.text if long is not None else "")
    return " ".join(text.split())


def _boolean(node: Node, parameter: Parameter) -> Enumeration:
    no, yes = node.get("zeroStringValue") or "False", node.get("oneStringValue") or "True"
    if parameter.bit_length == 1:
        return Enumeration({0: no, 1: yes})
    bits = parameter.bit_length
    if parameter.data_type == "int":
        return Enumeration({0: no}, ((-(1 << bits - 1), -1, yes), (1, (1 << bits - 1) - 1, yes)))
    return Enumeration({0: no}, ((1, (1 << bits) - 1, yes),))


def _time_format(parameter: Parameter, scale: float, offset: float, epoch: str) -> TimeFormat | None:
    """Return the CUC format that an integer of seconds is, if it is one."""
    text = _EPOCHS.get(epoch, epoch)
    plain = parameter.data_type == "uint" and parameter.byte_order == "big" and not parameter.encoding
    if not plain or offset or not text or parameter.bit_length % 8 or parameter.calibration is not None:
        return None
    try:
        read_epoch(text)
    except ValueError:
        return None
    fine = next((n for n in range(8) if math.isclose(scale, 256.0**-n, rel_tol=1e-9)), None)
    if fine is None or not 1 <= parameter.bit_length // 8 - fine <= 7:
        return None
    coarse = parameter.bit_length // 8 - fine
    return TimeFormat("cuc", coarse_octets=coarse, fine_octets=fine, epoch=text)
