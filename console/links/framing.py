"""How a link's octets are framed: a mission's ``[[links]]`` table as the decoder wants it told."""

from __future__ import annotations

from collections.abc import Sequence

from console.mission import Link as LinkSettings
from console.mission import Mission
from decoders.channel import ASM
from decoders.mission.model import PacketDefinition
from decoders.pipeline import LinkFormat


def packets_of(
    mission: Mission, link: LinkSettings, packets: Sequence[PacketDefinition]
) -> list[PacketDefinition]:
    """Return those packet types that a link may bring.

    Where a vehicle has a link of AX.25 frames, its packet type without an APID is what their information
    fields hold, and no packet of another link.
    """
    beacons = {each.vehicle for each in mission.links if each.framing == "kiss"}
    return [p for p in packets if link.framing == "kiss" or p.apid is not None or p.vehicle not in beacons]


def link_format(mission: Mission, link: LinkSettings) -> LinkFormat:
    """Return the framing of a link; without ``scids`` of its own it takes its vehicle's frames."""
    owners = {scid: vehicle.id for vehicle in mission.vehicles for scid in vehicle.scids}
    accepted = link.scids or tuple(
        scid for vehicle in mission.vehicles if vehicle.id == link.vehicle for scid in vehicle.scids
    )
    return LinkFormat(
        framing=link.framing,
        frame_length=link.frame_length,
        asm=ASM if link.asm else None,
        fecf=link.fecf,
        ocf=link.ocf,
        fhec=link.fhec,
        insert_zone_octets=link.insert_zone_octets,
        varying=link.varying,
        randomizer=link.randomizer,
        reed_solomon=link.reed_solomon,
        interleave=link.interleave,
        dual_basis=link.basis == "dual",
        virtual_fill=link.virtual_fill,
        marker_errors=link.marker_errors,
        datagram=link.kind == "udp",
        scids={scid: owners.get(scid, link.vehicle) for scid in accepted},
        playback_vcids=frozenset(link.playback_vcids),
        vehicle=link.vehicle,
        callsigns=frozenset(link.callsigns),
        packet_vcids=None if link.packet_vcids is None else frozenset(link.packet_vcids),
    )
