"""Archives made of whatever packets a test defines, and plain SQLite to look into them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from console.archive.writer import ArchiveWriter
from console.mission import Mission, load_mission, mission_of
from decoders.encode import PacketEncoder, Value
from decoders.mission.csv import fixed_length, place
from decoders.mission.model import PacketDefinition, Parameter, TimeFormat
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import Decoded

S = 1_000_000_000
START = 1_795_341_022 * S
"""2026-11-22T09:50:22Z."""
CUC = TimeFormat("cuc")
TIME = Parameter("packet_time", "uint", 48, role="time")


def packet(
    name: str,
    *parameters: Parameter,
    apid: int = 100,
    vehicle: str = "ship",
    timed: bool = False,
    **more: Any,
) -> PacketDefinition:
    """Return a packet type of these fields, one behind the other."""
    placed = tuple(place([TIME, *parameters] if timed else parameters))
    return PacketDefinition(
        name=name, parameters=placed, apid=apid, vehicle=vehicle, time=CUC if timed else TimeFormat(),
        length_octets=fixed_length(placed), **more,
    )  # fmt: skip


class Scene:
    """A mission of these packets, its archive, and a link that brings them."""

    def __init__(self, path: Path, *packets: PacketDefinition, toml: str = "", **session: Any) -> None:
        """Begin the archive; ``toml`` is added to the mission's, ``session`` goes to the writer."""
        self.path = path
        files = mission_of(packets, "scene").files
        files = files | {"mission.toml": files["mission.toml"] + toml.encode()}
        self.mission: Mission = load_mission(files)
        self.session = session
        self.decoder = Decoder(LinkFormat(framing="packets", vehicle="ship"), self.mission.packets)
        self.encoders = {p.name: PacketEncoder(p) for p in self.mission.packets}
        self.counts = dict.fromkeys(self.encoders, 0)
        self.writer = ArchiveWriter(path, self.mission, **session)

    def octets(self, name: str, values: Mapping[str, Value], generation_ns: int = START) -> bytes:
        """Return the next packet of a type."""
        self.counts[name] += 1
        return self.encoders[name].encode(values, self.counts[name] - 1, generation_ns)

    def send(
        self,
        name: str,
        rows: Iterable[Mapping[str, Value]],
        reception_ns: int = START,
        period_ns: int = S,
    ) -> Decoded:
        """Write a batch of packets of one type, generated and received at the same time."""
        times = range(reception_ns, 1 << 62, period_ns)
        return self.receive([(self.octets(name, row, t), t) for row, t in zip(rows, times, strict=False)])

    def receive(self, datagrams: Sequence[tuple[bytes, int]]) -> Decoded:
        """Decode, write and commit what came; it is on disk a tenth of a second after it was received."""
        decoded = self.decoder.feed_many(datagrams)
        self.writer.write("file", decoded, (datagrams[-1][1] if datagrams else START) + S // 10)
        self.writer.commit()
        return decoded

    def reopen(self) -> None:
        """End the recording and go on in the same file."""
        self.writer.close()
        self.writer = ArchiveWriter(self.path, self.mission, **self.session)

    def close(self) -> None:
        self.writer.close()


def query(path: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Ask plain SQLite, as any tool would."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        return database.execute(sql, values).fetchall()


def names_of(path: Path, table: str) -> list[str]:
    """Return the columns of a table or view."""
    return [row[1] for row in query(path, f'PRAGMA table_info("{table}")')]
