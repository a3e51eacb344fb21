"""The shapes of a mission database, as every reader (CSV today) builds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import product
from typing import Literal, NamedTuple

CONTROL_WORD_APID = -1
"""Stands for the APID of pseudo packets: operational control fields of frames."""
BEACON_APID = -2
"""Stands for the APID of packets that came without a Space Packet header, each alone in a frame: beacons."""
DataType = Literal["uint", "int", "float", "str", "fill"]
Role = Literal["", "time", "phase", "crc", "spare", "header"]


class Severity(IntEnum):
    """How far a value is from normal; the order is the order of urgency (ISA-18.2 priorities)."""

    NORMAL = 0
    CAUTION = 1
    SERIOUS = 2
    CRITICAL = 3


class DefinitionError(ValueError):
    """A definition that cannot be used, naming the file, the line, the column and the mend."""

    def __init__(
        self, message: str, *, file: str = "", line: int = 0, column: str = "", mend: str = ""
    ) -> None:
        self.message, self.file, self.line, self.column, self.mend = message, file, line, column, mend
        where = ":".join(part for part in (file, str(line) if line else "", column) if part)
        text = f"{where}: {message}" if where else message
        super().__init__(f"{text}. {mend}" if mend else text)


@dataclass(frozen=True, slots=True)
class Polynomial:
    """Engineering value = sum of ``coefficients[i] * raw**i`` (constant first)."""

    coefficients: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Enumeration:
    """Labels of raw integers; a raw value without a label reads ``"7?"``.

    ``ranges`` holds ``(first, last, label)`` of ranges too wide to be listed in ``labels``; they
    count where ``labels`` has no entry, the earlier one first.
    """

    labels: Mapping[int, str]
    ranges: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PointPairs:
    """Engineering values between calibration points, straight or by a step; ``points`` rise in the raw value.

    A point is (raw, engineering); there are two at least. ``order`` 0 keeps the value of the point before, 1
    draws straight lines (XTCE SplineCalibrator). The ends belong to it; outside there is no value (NaN), or
    it goes on as in the nearest stretch where ``extrapolate`` says so.
    """

    points: tuple[tuple[float, float], ...]
    order: int = 1
    extrapolate: bool = False


NumberCalibration = Polynomial | PointPairs
Calibration = NumberCalibration | Enumeration


@dataclass(frozen=True, slots=True)
class Band:
    """The range of engineering values that is still fine; ``None`` is an open side."""

    lo: float | None
    hi: float | None
    lo_inclusive: bool = True
    hi_inclusive: bool = True


class Level(NamedTuple):
    """One band of limits under its name, with the severity of leaving it."""

    name: str
    severity: Severity
    band: Band


@dataclass(frozen=True, slots=True)
class Limits:
    """When values of one parameter are not normal: outside bands, in states, or changing too fast.

    The five bands are those of XTCE (watch, warning, distress, critical, severe); warning is ``caution`` and
    distress is ``serious`` here. Leaving ``watch`` is a caution, leaving ``severe`` is critical: an alarm has
    one of three priorities, and its text names the band. A missing band is never left.

    ``states`` are severities of an enumeration's labels, or of raw values written as digits; any other value
    has ``other_states``. ``rate`` holds bands of the change per second, in engineering units.
    """

    caution: Band | None = None
    serious: Band | None = None
    critical: Band | None = None
    min_violations: int = 2
    deadband_fraction: float = 0.01
    watch: Band | None = None
    severe: Band | None = None
    states: tuple[tuple[str, Severity], ...] = ()
    other_states: Severity = Severity.NORMAL
    rate: Limits | None = None

    @property
    def levels(self) -> tuple[Level, ...]:
        """The bands that there are, the mildest first."""
        named = (
            ("watch", Severity.CAUTION, self.watch),
            ("caution", Severity.CAUTION, self.caution),
            ("serious", Severity.SERIOUS, self.serious),
            ("critical", Severity.CRITICAL, self.critical),
            ("severe", Severity.CRITICAL, self.severe),
        )
        return tuple(Level(name, severity, band) for name, severity, band in named if band is not None)

    def band(self, severity: Severity) -> Band | None:
        """Return the band that a value leaves first to have this severity."""
        return next((level.band for level in self.levels if level.severity == severity), None)

    @property
    def says_something(self) -> bool:
        """Whether any value can violate them."""
        return bool(self.levels or self.states or self.other_states or self.rate)


@dataclass(frozen=True, slots=True)
class ContextCalibration:
    """A calibration that holds where an expression (``decoders.expression``) is true.

    The expression reads fields of the same packet. Labels do not change with the context.
    """

    when: str
    calibration: NumberCalibration


@dataclass(frozen=True, slots=True)
class ContextLimits:
    """Limits that hold where an expression (``decoders.expression``) is true; empty ones never alarm.

    The expression reads parameters of the same packet, derived ones included.
    """

    when: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class Parameter:
    """One field of a packet.

    ``bit_offset`` counts from the first bit of the primary header and is ``None`` only behind a
    variable-length field. ``bit_length`` is of one element. ``array_length`` is an element count,
    ``"expand"`` (fills the packet) or the name of the field that holds the count.
    ``byte_order`` is ``"big"``, ``"little"`` or a byte permutation such as ``"321"`` (ccsdspy).
    ``array_shape`` is empty unless a fixed array has more than one dimension; its elements are kept
    flat in C order and only their names tell the shape (``name[1,3]``).

    ``encoding`` is empty for plain integers, IEEE 754 floats and UTF-8 strings; else ``"sign-magnitude"``,
    ``"ones-complement"``, ``"bcd"``, ``"packed-bcd"``, ``"1750a"``, or for strings a codec or ``"binary"``.
    ``bit_order`` ``"lsb"`` says that the first bit is the least significant.

    A field of a layout that depends on the packet's content tells more: ``only_if`` is an expression
    (``decoders.expression``) over earlier fields, and where it is false the field is absent and takes no
    room; ``gap_bits`` are passed over in front of it; ``size`` is an expression for the bits of a string;
    ``terminator`` ends a string and ``prefix_bits`` is the width of a size in octets in front of it.
    ``array_length`` may be an expression too.

    ``expression`` makes a derived parameter: a float64 that no packet carries.
    """

    name: str
    data_type: DataType
    bit_length: int
    bit_offset: int | None = None
    byte_order: str = "big"
    array_length: int | str | None = None
    unit: str = ""
    description: str = ""
    description_ja: str = ""
    calibration: Calibration | None = None
    limits: Limits | None = None
    role: Role = ""
    array_shape: tuple[int, ...] = ()
    encoding: str = ""
    bit_order: Literal["msb", "lsb"] = "msb"
    only_if: str = ""
    gap_bits: int = 0
    size: str = ""
    terminator: bytes = b""
    prefix_bits: int = 0
    context_calibrations: tuple[ContextCalibration, ...] = ()
    context_limits: tuple[ContextLimits, ...] = ()
    expression: str = ""

    @property
    def limit_sets(self) -> tuple[Limits, ...]:
        """The limits that hold in no context and those of each context; empty where there are none at all."""
        if self.limits is None and not self.context_limits:
            return ()
        return (self.limits or Limits(), *(context.limits for context in self.context_limits))

    @property
    def is_calibrated(self) -> bool:
        """Whether its engineering values may differ from its raw ones."""
        return self.calibration is not None or bool(self.context_calibrations)

    @property
    def element_names(self) -> tuple[str, ...]:
        """The names of the elements of a fixed array, or the name alone of anything else."""
        if not isinstance(self.array_length, int):
            return (self.name,)
        shape = self.array_shape or (self.array_length,)
        return tuple(f"{self.name}[{','.join(map(str, at))}]" for at in product(*map(range, shape)))

    @property
    def varies(self) -> bool:
        """Whether its size, or whether it is there at all, depends on the packet's content."""
        return bool(
            isinstance(self.array_length, str)
            or self.only_if
            or self.size
            or self.terminator
            or self.prefix_bits
        )

    @property
    def is_value(self) -> bool:
        """Whether an operator reads this field (not primary header, time, CRC, spare or fill)."""
        return self.role in ("", "phase") and self.data_type != "fill"


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """How a packet tells its generation time (CCSDS 301.0-B-4), at the field with role ``time``.

    ``cuc`` (§3.2) has ``coarse_octets`` of seconds and ``fine_octets`` of their fraction, ``cds`` (§3.3)
    ``day_octets`` and ``submillisecond_octets`` (0, 2 for µs, 4 for ps), ``ccs`` (§3.4) ``subsecond_octets``
    and, where ``day_of_year``, days instead of months; ``ascii`` is code A or B (§3.5), whichever stands
    there, in ``text_octets`` (0: those of its field). ``has_p_field`` says that the P-field precedes the
    T-field; one that differs from the format makes the time invalid. With ``p-field`` it is the P-field of
    each packet that tells the format.

    ``epoch`` (``decoders.timescale.read_epoch``) is of CUC and CDS. A CUC from an epoch on the scale of TAI,
    TT or GPS counts leap seconds, one from a UTC date does not; CDS counts UTC days, those from ``tai`` too,
    unless a date on such a scale says otherwise. With ``p-field`` it is the agency's epoch, if one is given.
    """

    code: Literal["none", "cuc", "cds", "ccs", "ascii", "p-field"] = "none"
    has_p_field: bool = False
    coarse_octets: int = 4
    fine_octets: int = 2
    day_octets: int = 2
    submillisecond_octets: int = 2
    epoch: str = "tai"
    subsecond_octets: int = 0
    day_of_year: bool = False
    text_octets: int = 0


@dataclass(frozen=True, slots=True)
class ClockRow:
    """What an on-board clock showed at an instant, and how fast it went from then on.

    ``rate_ppm`` is by how many millionths a second of the clock is longer than one of UTC; ``None``: as fast
    as from this row to the next. Behind ``valid_until_ns`` (UTC) a time counts as extrapolated.
    """

    onboard_ns: int
    utc_ns: int
    rate_ppm: float | None = None
    valid_until_ns: int | None = None


@dataclass(frozen=True, slots=True)
class ClockCorrelation:
    """A vehicle's clock against UTC; ``rows`` rise in UTC, and in on-board time until the clock is set anew.

    Where ``counted``, on-board times count from the epoch of the packet's time format; else they are the UTC
    that the time code tells by itself.
    """

    rows: tuple[ClockRow, ...]
    counted: bool = True


@dataclass(frozen=True, slots=True)
class PacketDefinition:
    """One packet type: the identity that selects it and the fields inside it.

    ``name`` is unique in a mission. ``apid`` is ``None`` where a lone definition decodes any APID.
    ``length_octets`` counts the whole packet with its primary header, ``None`` if it varies.
    ``criteria`` is an expression over its fields that tells it from others of the same APID; the first
    definition whose criteria hold is taken. ``derived`` are parameters computed from its values. ``clock``
    is the correlation of its vehicle's clock, ``None`` where the times are taken as they come. Packets of a
    ``segmented`` type come in segments (133.0-B-2 §4.1.3.4.2); the definition is of what they make.
    """

    name: str
    parameters: tuple[Parameter, ...]
    apid: int | None = None
    vehicle: str = ""
    vcid: int | None = None
    period_s: float | None = None
    time: TimeFormat = field(default_factory=TimeFormat)
    crc: bool = False
    description: str = ""
    description_ja: str = ""
    length_octets: int | None = None
    criteria: str = ""
    derived: tuple[Parameter, ...] = ()
    clock: ClockCorrelation | None = None
    segmented: bool = False

    @property
    def values(self) -> tuple[Parameter, ...]:
        """The parameters an operator reads, in definition order, the derived ones last."""
        return (*(p for p in self.parameters if p.is_value), *self.derived)

    def parameter(self, name: str) -> Parameter:
        """Return the parameter of that name; raise ``KeyError`` if there is none."""
        for parameter in (*self.parameters, *self.derived):
            if parameter.name == name:
                return parameter
        raise KeyError(name)
