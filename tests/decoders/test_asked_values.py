"""What criteria ask of the packets that are built."""

from __future__ import annotations

import pytest

from decoders.asked_values import asked_values
from decoders.mission.model import Enumeration, PacketDefinition, Parameter, Polynomial

FIELDS = (
    Parameter("kind", "uint", 8, 48),
    Parameter("mode", "uint", 8, 56, calibration=Enumeration({1: "SAFE", 2: "SUN"}, ((10, 20, "TEST"),))),
    Parameter("volts", "uint", 8, 64, calibration=Polynomial((0.0, 0.1))),
)


@pytest.mark.parametrize(
    ("criteria", "asked"),
    [
        ("", {}),
        ("kind == 3", {"kind": 3}),
        ("0x1F == kind", {"kind": 31}),
        ('kind == 3 and mode == "SUN" and (raw(volts) == 7)', {"kind": 3, "mode": 2, "volts": 7}),
        ('mode == "TEST"', {"mode": 10}),
        ('mode == "NONE"', {}),
        ("volts == 7", {}),  # of a calibrated value the raw one is not the number
        ("kind == kind", {}),
        ("kind == 3 or kind == 4", {}),
        ("not kind == 3", {}),
        ("kind > 3 and volts == 1", {}),
    ],
)
def test_plain_comparisons_alone_ask(criteria: str, asked: dict[str, int]) -> None:
    assert asked_values(PacketDefinition("p", FIELDS, criteria=criteria)) == asked


def test_the_version_of_a_pus_header_alone_is_asked() -> None:
    for role, asked in (("header", {"pus_version": 2}), ("", {})):
        field = Parameter("pus_version", "uint", 4, 48, role=role)  # type: ignore[arg-type]
        assert asked_values(PacketDefinition("p", (field,))) == asked
