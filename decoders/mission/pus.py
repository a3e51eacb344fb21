"""The telemetry secondary header of the Packet Utilisation Standard, PUS-C (ECSS-E-ST-70-41C §7.4.3.1)."""

from __future__ import annotations

from decoders.mission.model import Parameter, TimeFormat
from decoders.timecode import time_octets

PUS_C_VERSION = 2
"""What ``pus_version`` of such a packet says (§7.4.3.1 c)."""
_FIELDS = (
    ("pus_version", 4, "Packet PUS version number, 2"),
    ("time_reference_status", 4, "Quality of the on-board time, as the mission defines it"),
    ("service", 8, "Service type of the message"),
    ("subtype", 8, "Message subtype in its service"),
    ("message_count", 16, "Counter of the messages of this type to this destination"),
    ("destination_id", 16, "Application process that the message is for"),
)


def pus_c_fields(time: TimeFormat) -> tuple[Parameter, ...]:
    """Return the fields that stand between the primary header and a packet's own fields.

    The time has the octets of its format; without one there is none. They are of the role ``header``: they
    tell packets apart, and are no values that an operator reads.
    """
    at, fields = 48, []
    for name, bits, description in _FIELDS:
        fields.append(Parameter(name, "uint", bits, at, description=description, role="header"))
        at += bits
    if octets := time_octets(time):
        fields.append(Parameter("time", "fill", 8 * octets, at, role="time"))
    return tuple(fields)


def has_own_width(time: TimeFormat) -> bool:
    """Tell whether a time always has the same octets, so that fields may stand behind it."""
    return time.code != "p-field" and (time.code != "ascii" or time.text_octets > 0)


def message_type(service: int | None, subtype: int | None) -> str:
    """Return the criteria that tell a message type, empty if nothing is asked."""
    told = (("service", service), ("subtype", subtype))
    return " and ".join(f"{name} == {number}" for name, number in told if number is not None)
