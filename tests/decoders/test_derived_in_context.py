"""Derived parameters that read values calibrated in context."""

from __future__ import annotations

import pytest

from decoders.derived import Derived
from decoders.encode import PacketEncoder
from decoders.mission.model import (
    ContextCalibration,
    DefinitionError,
    PacketDefinition,
    Parameter,
    Polynomial,
)
from decoders.pipeline import Decoder, LinkFormat

FIELDS = (
    Parameter("gain", "uint", 8, 48),
    Parameter(
        "volts", "uint", 8, 56, calibration=Polynomial((0.0, 0.5)),
        context_calibrations=(ContextCalibration("gain == 1", Polynomial((0.0, 0.125))),),
    ),
)  # fmt: skip


def of(packet: str, apid: int, expression: str) -> PacketDefinition:
    derived = (Parameter(f"{packet}_twice", "float", 64, expression=expression),)
    fields = FIELDS if packet == "hk" else (Parameter("x", "uint", 8, 48),)
    return PacketDefinition(
        packet, fields, apid=apid, vehicle="v", length_octets=8 if packet == "hk" else 7, derived=derived
    )


def test_the_row_tells_the_context() -> None:
    definition = of("hk", 1, "volts * 2")
    encoder = PacketEncoder(definition)
    rows = [{"gain": 0, "volts": 8}, {"gain": 1, "volts": 8}, {"gain": 2, "volts": 8}]
    octets = b"".join(encoder.encode(row, i, 0) for i, row in enumerate(rows))
    decoded = Decoder(LinkFormat(framing="packets", vehicle="v"), [definition]).feed(octets, 0)
    # 8 is 4 V, and 1 V with the gain.
    assert decoded.tables[0].raw["hk_twice"].tolist() == [8.0, 2.0, 8.0]


def test_another_packet_reads_it_by_way_of_a_derived_parameter() -> None:
    with pytest.raises(DefinitionError, match="Derive volts in hk first"):
        Derived([of("hk", 1, "gain"), of("other", 2, "volts + 1")])
    assert Derived([of("hk", 1, "volts"), of("other", 2, "hk_twice + raw(volts)")])
