"""SPaC-kit's plug-in of Europa Clipper (PyPI: spac-kit-europa-clipper 0.2.2) on the files that it brings.

Needs Python 3.12 or newer, and ``pip install spac-kit-europa-clipper``. What is right is what ccsdspy itself
decodes of the same octets with the same objects.
"""

from __future__ import annotations

import importlib
import io
import pkgutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

clipper = pytest.importorskip(
    "ccsds.packets.europa_clipper", reason="spac-kit-europa-clipper is not installed (it needs Python 3.12)"
)
parser = pytest.importorskip("spac_kit.parser")

from ccsdspy.utils import split_by_apid  # noqa: E402

from console.plugins import read_plugin  # noqa: E402
from decoders.mission.plugins import is_packet  # noqa: E402
from decoders.pipeline import Decoder, LinkFormat  # noqa: E402
from decoders.shapes import Decoded  # noqa: E402

PLUGIN = "ccsds.packets.europa_clipper"
FOLDER = Path(clipper.__path__[0])


def packets(instrument: str) -> bytes:
    """Return the packets of the plug-in's own test file, as SPaC-kit strips it."""
    with (FOLDER / instrument / "test" / "in.bin").open("rb") as file:
        return bytes(parser.strip_non_ccsds_headers(file, instrument == "ecm", True, False).read())


def decoded(octets: bytes) -> Decoded:
    link = LinkFormat("packets", datagram=False, mark_duplicates=False)
    decoder = Decoder(link, read_plugin(PLUGIN).definitions)
    batch = decoder.feed(octets, 0)
    assert not len(decoder.finish().packets)
    return batch


def objects(instrument: str) -> dict[int, list[Any]]:
    """Return the packets of ccsdspy in an instrument's modules by APID."""
    found: dict[int, dict[int, Any]] = {}
    folder = importlib.import_module(f"{PLUGIN}.{instrument}")
    for each in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):
        if each.name.endswith(".test"):
            continue
        for value in vars(importlib.import_module(each.name)).values():
            if is_packet(value) and value.apid is not None:
                found.setdefault(value.apid, {})[id(value)] = value
    return {apid: list(same.values()) for apid, same in found.items()}


@pytest.mark.parametrize(("instrument", "apids"), [
    ("ecm", {1216: 944, 1217: 4, 1219: 22, 1223: 22, 1227: 22, 1232: 16}),
    ("suda", {1409: 4, 1419: 1}),
])  # fmt: skip
def test_fields_are_what_ccsdspy_makes_of_them(instrument: str, apids: dict[int, int]) -> None:
    """The counts are those of SPaC-kit's own result for the file (``out.pickle`` in its wheel)."""
    octets = packets(instrument)
    tables = {table.packet.apid: table for table in decoded(octets).tables}
    parts, held = split_by_apid(io.BytesIO(octets)), objects(instrument)
    for apid, count in apids.items():
        (packet,) = held[apid]
        right = packet.load(parts[apid], include_primary_header=False)
        table = tables[apid]
        assert len(table.rows) == count
        names = [name for name in right if name in table.raw]
        assert len(names) >= 0.9 * len(packet._fields)
        converted = {name for inputs in packet._converters for name in inputs}
        for name in names:
            if name in converted:
                continue
            for ours, theirs in zip(table.raw[name], right[name], strict=True):
                if isinstance(ours, bytes):
                    assert ours.rstrip(b"\0") == theirs, name
                else:
                    np.testing.assert_array_equal(np.ravel(ours), np.ravel(theirs), name)


def test_packets_of_one_apid_are_told_apart() -> None:
    """SUDA's event packets: as many of either kind as in SPaC-kit's own result for the file."""
    found = {table.packet.name: len(table.rows) for table in decoded(packets("suda")).tables}
    assert found["event_wf_transmit_metadata"] == 113
    assert found["event_wf_transmit_data"] == 827


def test_what_is_not_read_is_said() -> None:
    told = "\n".join(map(str, read_plugin(PLUGIN).unsupported))
    assert "'decompressed_data'" in told  # its converter is a program of its own
    assert "catalog_entries, catalog_header cannot be told apart" in told
