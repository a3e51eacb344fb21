"""Packets each in a UDP datagram, from real sockets into an archive."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path

from console.recorder import Recorder
from decoders.encode import idle_packet
from decoders.shapes import PacketQuality
from tests.console.archive_scene import query
from tests.console.small_mission import PACKET_OCTETS, free_port, packet, write_mission
from tests.console.test_recorder import count, recording, until

MOST_OCTETS = 65_507
"""What a UDP datagram over IPv4 can carry: 65,535 less the two headers (RFC 768, RFC 791)."""


def test_datagrams_of_every_size_from_several_senders(tmp_path: Path) -> None:
    port, archive = free_port(), tmp_path / "a.okaeri"
    link = f'id="radio"\nkind="udp"\nport={port}\nframing="packets"\nreceive_buffer_octets=4194304'
    mission = write_mission(tmp_path / "mission", link)
    many = MOST_OCTETS // PACKET_OCTETS
    packets = [packet(n, level=n) for n in range(8 + many)]
    large = b"".join(packets[6 : 6 + many])
    large += idle_packet(MOST_OCTETS - len(large))
    with ExitStack() as stack, recording(Recorder(mission, archive)) as result:
        senders = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(3)]
        for sender, datagram, rows in (
            (0, packets[0], 1),
            (1, packets[1] + packets[2], 3),  # two at once
            (2, packets[3][:25], 4),  # cut short
            (0, b"", 4),
            (1, packets[4], 5),
            (2, packets[5], 6),
            (0, large, 6 + many),
            (1, packets[6 + many], 7 + many),
            (2, b"no packet at all", 7 + many),
            (0, packets[7 + many], 8 + many),
        ):
            assert senders[sender].sendto(datagram, ("127.0.0.1", port)) == len(datagram)
            until(lambda rows=rows: archive.exists() and count(archive) >= rows)  # in order, whoever sends
    whole = [each for n, each in enumerate(packets) if n != 3]
    rows = query(archive, "SELECT bytes, quality FROM packets ORDER BY id")
    assert [octets for octets, _ in rows] == [*packets[:3], packets[3][:25], *packets[4:]]
    assert [row for row, (_, quality) in enumerate(rows) if quality & PacketQuality.TRUNCATED] == [3]
    levels = query(archive, "SELECT hk_level FROM ship__hk__raw ORDER BY id")
    assert levels == [(int.from_bytes(each[34:36], "big"),) for each in whole]
    assert query(archive, "SELECT bytes FROM events WHERE code = 'passed-over'") == [(b"no packet at all",)]
    (summary,) = result
    assert (summary.packets, summary.stored, summary.dropped) == (len(whole), len(packets), 0)
    assert summary.packets_missing == 1  # the one that was cut short
    assert summary.passed_over == len(b"no packet at all")
