"""Fields that some packets do not have: NULL in the archive, nothing on a screen, empty in an export."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np

from console.archive.reader import ArchiveReader
from console.decode.output import write_csv, write_json
from decoders.mission.model import Enumeration, PacketDefinition, Parameter, Polynomial
from tests.console.archive_scene import START, S, Scene, packet, query

HAS = Parameter("has", "uint", 8)
FIELDS = (
    HAS,
    Parameter("volts", "int", 16, only_if="has & 1", calibration=Polynomial((1.0, 0.5))),
    Parameter("mode", "uint", 8, only_if="has & 1", calibration=Enumeration({1: "ON"})),
    Parameter("pair", "uint", 8, only_if="has & 2", array_length=2),
    Parameter("big", "uint", 64, only_if="has & 4"),
    Parameter("list", "uint", 8, only_if="has & 8", array_length="has - 7"),
    Parameter("text", "str", 16, only_if="has & 4"),
)


def sent(has: int) -> bytes:
    body = bytes([has])
    if has & 1:
        body += (-6 & 0xFFFF).to_bytes(2, "big") + b"\1"
    if has & 2:
        body += b"\7\x08"
    if has & 4:
        body += (1 << 63).to_bytes(8, "big")
    if has & 8:
        body += bytes(range(has - 7))
    if has & 4:
        body += b"ab"
    return body


def octets(count: int, has: int) -> bytes:
    body = sent(has)
    return b"\0\x64" + (0xC000 | count).to_bytes(2, "big") + (len(body) - 1).to_bytes(2, "big") + body


def definition() -> PacketDefinition:
    return packet("hk", *FIELDS)


def test_they_are_null_and_come_back_as_absent(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "a.okaeri", definition())
    decoded = scene.receive([(octets(n, has), START + n * S) for n, has in enumerate([0, 1, 2, 4, 8, 15])])
    assert not decoded.events
    scene.close()
    rows = query(scene.path, "SELECT has, volts, mode, pair_0, pair_1, big, list, text FROM ship__hk")
    big = "9223372036854775808"
    assert rows == [
        (0, None, None, None, None, None, None, None),
        (1, -2.0, "ON", None, None, None, None, None),
        (2, None, None, 7, 8, None, None, None),
        (4, None, None, None, None, big, None, "ab"),
        (8, None, None, None, None, None, "[0]", None),
        (15, -2.0, "ON", 7, 8, big, "[0, 1, 2, 3, 4, 5, 6, 7]", "ab"),
    ]
    with ArchiveReader(scene.path) as reader:
        columns = reader.rows("hk", [field.name for field in FIELDS], after_id=0, upto_id=6).raw
        gone = {
            name: (mask if mask.ndim == 1 else mask[:, 0]).tolist()
            for name, mask in ((n, np.ma.getmaskarray(c)) for n, c in columns.items())
        }
        assert gone["volts"] == gone["mode"] == [True, False, True, True, True, False]
        assert gone["pair"] == [True, True, False, True, True, False]
        assert gone["big"] == gone["text"] == [True, True, True, False, True, False]
        assert gone["list"] == [True, True, True, True, False, False]
        assert reader.latest(["hk"], 1)["hk"].raw["volts"] is None
        trace = reader.trace("hk", "volts", START, START + 9 * S, points=99, upto_record=6)
        assert trace.hi[~np.isnan(trace.hi)].tolist() == [-2.0, -2.0]


def test_they_are_empty_in_an_export(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "a.okaeri", definition())
    decoded = scene.receive([(octets(n, has), START) for n, has in enumerate([1, 6, 8])])
    scene.close()
    tables = [(decoded, decoded.tables[0])]
    text = io.StringIO()
    write_csv(text, decoded.tables[0].packet, tables, raw=False)
    head, *rows = [line.split(",")[3:] for line in text.getvalue().splitlines()]
    assert head == ["has", "volts", "mode", "pair[0]", "pair[1]", "big", "list[0]", "text"]
    assert rows == [
        ["1", "-2.0", "ON", "", "", "", "", ""],
        ["6", "", "", "7", "8", str(1 << 63), "", "ab"],
        ["8", "", "", "", "", "", "0", ""],
    ]
    text = io.StringIO()
    assert write_json(text, decoded.tables[0].packet, tables, raw=False) == 0
    found = [list(row.values())[3:] for row in json.loads(text.getvalue())]
    assert found == [
        [1, -2.0, "ON", None, None, None, None],
        [6, None, None, [7, 8], 1 << 63, None, "ab"],
        [8, None, None, None, None, [0], None],
    ]
