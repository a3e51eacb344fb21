"""Writing and reading an archive, beside plain sqlite3: ``python -m tests.benchmarks.bench_archive``.

The peer writes the same columns with ``executemany`` into bare tables of the same kind (WAL,
``synchronous=NORMAL``, the same batches), without frames, rollup, duplicates or checkpoints of its own;
it reads 24 h with ``GROUP BY``. Nothing is asserted.
"""

from __future__ import annotations

import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from console.archive.reader import ArchiveReader
from console.archive.writer import ArchiveWriter
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import Decoded
from tests.benchmarks.load import BEGIN_NS, NS, TYPES, Growing, packets, write_mission

ROWS, BATCH, ROUNDS = 200_000, 2_000, 3
DAY_S, POINTS = 86_400, 200
RATE_HZ = float(os.environ.get("OKAERI_BENCH_HZ", 4))


def main() -> None:
    """Print every table."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        writing(folder)
        reading(folder)


def batches(mission_folder: Path) -> tuple[list[Decoded], list[int], int]:
    """Return decoded batches of all types in turn, when each came, and the octets of their packets."""
    mission = write_mission(mission_folder, rate_hz=1250)
    decoder = Decoder(LinkFormat(framing="packets", datagram=True, vehicle="ship"), mission.packets)
    made, at, octets = [], [], 0
    for first in range(0, ROWS // TYPES, BATCH // TYPES):
        t_ns = BEGIN_NS + np.arange(first, first + BATCH // TYPES) * 800_000
        every = np.stack([packets(n, first, t_ns, 0) for n in range(TYPES)], axis=1)
        octets += every.nbytes
        at.append(int(t_ns[-1]))
        made.append(decoder.feed_many([(row.tobytes(), int(t)) for row, t in zip(every, t_ns, strict=True)]))
    return made, at, octets


def writing(folder: Path) -> None:
    """Print how fast rows are written: processor time and wall clock, commit of each batch included."""
    mission = write_mission(folder / "mission", rate_hz=1250)
    made, at, octets = batches(folder / "mission")

    def ours(path: Path) -> None:
        writer = ArchiveWriter(path, mission)
        for decoded, now in zip(made, at, strict=True):
            writer.write("radio", decoded, now)
            writer.commit()
        writer.close()

    def plain(path: Path) -> None:
        database = sqlite3.connect(path, isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        database.execute(
            f"CREATE TABLE packets(id INTEGER PRIMARY KEY, {', '.join('abcdefghijklmn')}, bytes)"
        )
        for n in range(TYPES):
            names = ", ".join(f"v{i}" for i in range(12))
            database.execute(f"CREATE TABLE p{n}(id INTEGER PRIMARY KEY, generation, reception, {names})")
        first = 1
        for decoded, now in zip(made, at, strict=True):
            first = insert(database, decoded, now, first)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()

    print(f"{ROWS:,} packets of 60 octets, 12 values each, {BATCH:,} a batch; best of {ROUNDS}")
    rates = {}
    for name, write in (("archive writer", ours), ("plain executemany", plain)):
        best_s, best_cpu_s, size = 1e9, 1e9, 0
        for turn in range(ROUNDS):
            path = folder / f"{name.split()[0]}-{turn}.okaeri"
            began, cpu = time.perf_counter(), time.process_time()
            write(path)
            best_s = min(best_s, time.perf_counter() - began)
            best_cpu_s = min(best_cpu_s, time.process_time() - cpu)
            size = path.stat().st_size
            path.unlink()
        rates[name] = ROWS / best_s
        print(
            f"  {name:18} {2 * ROWS / best_s:9,.0f} rows/s ({ROWS / best_s:,.0f} packets/s), "
            f"{octets / best_s / 1e6:5.1f} MB/s of packets, {size / best_s / 1e6:5.1f} MB/s of file, "
            f"{best_cpu_s / ROWS * 1e6:.1f} µs of processor a packet, file {size / octets:.2f} × the packets"
        )
    share = rates["archive writer"] / rates["plain executemany"]
    print(f"  the writer reaches {share:.0%} of plain executemany, with rollup and duplicates beside it")


def insert(database: sqlite3.Connection, decoded: Decoded, now: int, first: int) -> int:
    """Write one batch as anybody would; return the next id."""
    batch = decoded.packets
    count = len(batch)
    ids = range(first, first + count)
    view = batch.data.data.cast("B")
    spans = zip(batch.starts.tolist(), batch.lengths.tolist(), strict=True)
    octets = [bytearray(view[start : start + length]) for start, length in spans]
    database.execute("BEGIN")
    database.executemany(
        f"INSERT INTO packets VALUES({','.join('?' * 16)})",
        zip(
            ids, [None] * count, [-1] * count, [1] * count, batch.vehicle, batch.apid.tolist(),
            batch.vcid.tolist(), ["p"] * count, batch.sequence_flags.tolist(),
            batch.sequence_count.tolist(), batch.generation_ns.tolist(), batch.reception_ns.tolist(),
            [now] * count, batch.quality.tolist(), [None] * count, octets, strict=True,
        ),
    )  # fmt: skip
    for table in decoded.tables:
        rows = table.rows
        cells = [table.raw[p.name].tolist() for p in table.packet.values]
        database.executemany(
            f"INSERT INTO {table.packet.name} VALUES({','.join('?' * (3 + len(cells)))})",
            zip(
                (rows + first).tolist(), batch.generation_ns[rows].tolist(),
                batch.reception_ns[rows].tolist(), *cells, strict=True,
            ),
        )  # fmt: skip
    database.execute("COMMIT")
    return first + count


def reading(folder: Path) -> None:
    """Print what a plot of a day and the state at any instant cost."""
    archive = folder / "day.okaeri"
    growing = Growing(archive, write_mission(folder / "day", rate_hz=RATE_HZ), RATE_HZ, BEGIN_NS)
    growing.grow(DAY_S)
    growing.writer.close()
    rows, octets = growing.rows * TYPES, growing.rows * TYPES * 60
    size = archive.stat().st_size
    print(f"\n24 h in {rows:,} packets ({RATE_HZ:g} Hz a type), {size / 1e6:,.0f} MB")
    with ArchiveReader(archive) as reader:
        packet_types = [packet.name for packet in reader.mission().packets]
        last = reader.extent().last_record
        begin, end = BEGIN_NS, BEGIN_NS + DAY_S * NS
        names = [p.name for p in reader.mission().packets[0].values]
        database = sqlite3.connect(archive)

        def day(parameters: list[str]) -> Callable[[], object]:
            return lambda: reader.live_traces("p0", parameters, begin, end, points=POINTS, upto_record=last)

        def grouped() -> object:
            return database.execute(
                "SELECT reception_ns / ?, min(p0_f3), max(p0_f3) FROM ship__p0__raw GROUP BY 1",
                (DAY_S * NS // POINTS,),
            ).fetchall()

        def latest() -> object:
            return reader.latest(packet_types, random.randint(1, last))

        def bare() -> object:
            at = random.randint(1, last)
            sql = "SELECT * FROM ship__{}__raw WHERE id <= ? ORDER BY id DESC LIMIT 1"
            return [database.execute(sql.format(name), (at,)).fetchone() for name in packet_types]

        def playhead() -> object:
            return reader.record_at(random.randint(begin, end))

        one, many, plain = best_ms(day(names[:1])), best_ms(day(names)), best_ms(grouped, 3)
        print(f"  trace of 24 h            {one:8.2f} ms; 12 parameters of a packet {many:.2f} ms")
        print(f"  GROUP BY over its rows   {plain:8.2f} ms: {plain / one:.0f} × as long")
        state, rowid = best_ms(latest, 300), best_ms(bare, 300)
        print(f"  latest of 48 parameters at a random record {state:.3f} ms; the bare SELECTs {rowid:.3f} ms")
        print(f"  record of a random instant {best_ms(playhead, 300):.3f} ms")
        database.close()
        print(
            f"  {size / octets:.2f} octets on disk for a packet's octet, half of the values floats "
            "(DESIGN: 3.2 for small integers, 5.0 for floats)"
        )
        shares(archive, octets)


def shares(archive: Path, octets: int) -> None:
    """Print what takes the room, where this SQLite can tell."""
    database = sqlite3.connect(archive)
    try:
        rows = database.execute(
            "SELECT CASE WHEN name LIKE '%__raw' THEN 'values' ELSE name END AS what, sum(pgsize) AS size "
            "FROM dbstat GROUP BY what ORDER BY size DESC LIMIT 4"
        ).fetchall()
    except sqlite3.OperationalError:
        return
    finally:
        database.close()
    print("  " + ", ".join(f"{what} {size / octets:.2f}" for what, size in rows) + " (× the packets)")


def best_ms(call: Callable[[], object], times: int = 10) -> float:
    """Return the best of some calls, in ms."""
    call()
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - began)
    return best * 1e3


if __name__ == "__main__":
    main()
