"""Definitions out of Python packages, made here with ccsdspy, beside what ccsdspy decodes with them."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ccsdspy = pytest.importorskip("ccsdspy")

from console.plugins import names_plugin, read_plugin  # noqa: E402
from decoders.layout import Layout  # noqa: E402
from decoders.mission.model import DefinitionError, Enumeration, PacketDefinition, Polynomial  # noqa: E402
from decoders.packet_index import index_packets  # noqa: E402

HOUSEKEEPING = '''
"""A plug-in as its users write it."""
import ccsdspy
from ccsdspy import FixedLength, PacketArray, PacketField, VariableLength, converters

print("greetings of the plug-in")

housekeeping = FixedLength([
    PacketField(name="SHCOARSE", data_type="uint", bit_length=32),
    PacketField(name="MODE", data_type="uint", bit_length=3),
    PacketField(name="SPARE", data_type="uint", bit_length=5),
    PacketField(name="TEMPERATURE", data_type="int", bit_length=16),
    PacketArray(name="CELLS", data_type="uint", bit_length=8, array_shape=(2, 3)),
    PacketField(name="LITTLE", data_type="uint", bit_length=16, byte_order="little"),
], apid=100, name="housekeeping packet", description="what all is well with")
housekeeping.add_converted_field("TEMPERATURE", "TEMPERATURE_C", converters.LinearConverter(0.5, -40))
housekeeping.add_converted_field("MODE", "MODE", converters.EnumConverter({0: "SAFE", 1: "NOMINAL"}))

science = VariableLength([
    PacketField(name="N", data_type="uint", bit_length=8),
    PacketArray(name="SAMPLES", data_type="uint", bit_length=16, array_shape="N"),
    PacketArray(name="REST", data_type="uint", bit_length=8, array_shape="expand"),
], apid=101)
again = science
'''
CHOICE = """
import ccsdspy
from ccsdspy import PacketField, VariableLength

class Before(VariableLength):
    def __init__(self, fields, name, apid, decision_field=None, decision_fun=lambda x: x):
        super().__init__(fields, apid=apid, name=name)
        self.decision_field, self.decision_fun = decision_field, decision_fun

class Kind(VariableLength):
    def __init__(self, fields, name, apid, sub_apid):
        super().__init__(fields, apid=apid, name=name)
        self.sub_apid = sub_apid

KIND = PacketField(name="KIND", data_type="uint", bit_length=8)
before = Before([KIND], "before", 200, "KIND", lambda kind: "short" if kind < 3 else "long")
short = Kind([KIND, PacketField(name="S", data_type="uint", bit_length=8)], "short", 200, "short")
long = Kind([KIND, PacketField(name="L", data_type="uint", bit_length=32)], "long", 200, "long")
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a package on the path: modules, a broken one, tests that must not run, an entry point."""
    folder = tmp_path / "site"
    package = folder / "okaeri_test_plugin"
    (package / "test").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "housekeeping.py").write_text(HOUSEKEEPING)
    (package / "choice.py").write_text(CHOICE)
    (package / "broken.py").write_text("import a_module_that_nobody_has\n")
    (package / "test" / "__init__.py").write_text("raise AssertionError('tests are not imported')\n")
    (package / "nothing.py").write_text("answer = 42\n")
    dist = folder / "okaeri_test_plugin-1.0.dist-info"
    dist.mkdir()
    (dist / "METADATA").write_text("Metadata-Version: 2.1\nName: okaeri-test-plugin\nVersion: 1.0\n")
    (dist / "entry_points.txt").write_text(
        "[okaeri.definitions]\nour-cube = okaeri_test_plugin.housekeeping:housekeeping\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    for name in [each for each in sys.modules if each.startswith("okaeri_test_plugin")]:
        del sys.modules[name]


def packets(apid: int, bodies: list[bytes]) -> bytes:
    return b"".join(
        b"".join(n.to_bytes(2, "big") for n in (0x0800 | apid, 0xC000 | count, len(body) - 1)) + body
        for count, body in enumerate(bodies)
    )


def raw(definition: PacketDefinition, octets: bytes) -> dict[str, np.ndarray]:
    starts, lengths, _ = index_packets(np.frombuffer(octets, np.uint8))
    return Layout(definition).decode(octets, starts, lengths)


def random_bodies(sizes: list[int]) -> list[bytes]:
    rng = np.random.default_rng(3)
    return [rng.integers(0, 256, size, np.uint8).tobytes() for size in sizes]


def test_a_packet_of_fixed_length(plugin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reading = read_plugin("okaeri_test_plugin.housekeeping:housekeeping")
    assert not reading.unsupported
    (definition,) = reading.definitions
    assert (definition.name, definition.apid, definition.length_octets) == ("housekeeping_packet", 100, 21)
    assert definition.description == "what all is well with"
    values = {each.name: each for each in definition.parameters}
    assert values["TEMPERATURE"].calibration == Polynomial((-40.0, 0.5))
    assert values["MODE"].calibration == Enumeration({0: "SAFE", 1: "NOMINAL"})
    assert capsys.readouterr().out == ""  # the greetings would stand among the values of a CSV

    octets = packets(100, random_bodies([15] * 50))
    from okaeri_test_plugin import housekeeping  # type: ignore[import-not-found]

    plain = ccsdspy.FixedLength(housekeeping.housekeeping._fields)
    theirs: dict[str, Any] = plain.load(io.BytesIO(octets))
    ours = raw(definition, octets)
    for name, right in theirs.items():
        np.testing.assert_array_equal(np.reshape(ours[name], right.shape), right, name)


def test_a_packet_of_varying_length(plugin: Path) -> None:
    (definition,) = read_plugin("okaeri_test_plugin.housekeeping:science").definitions
    assert (definition.name, definition.apid, definition.length_octets) == ("science", 101, None)
    bodies = [bytes([n]) + body for n, body in zip((0, 2, 4), random_bodies([5, 9, 11]), strict=True)]
    octets = packets(101, bodies)
    from okaeri_test_plugin import housekeeping

    theirs = housekeeping.science.load(io.BytesIO(octets))
    ours = raw(definition, octets)
    for name, right in theirs.items():
        for one, other in zip(ours[name], right, strict=True):
            np.testing.assert_array_equal(one, other, name)


def test_a_whole_package_by_its_name_or_that_of_its_distribution(plugin: Path) -> None:
    reading = read_plugin("okaeri_test_plugin")
    assert [each.name for each in reading.definitions] == ["short", "long", "housekeeping_packet", "science"]
    (broken,) = reading.unsupported
    assert "okaeri_test_plugin.broken cannot be imported: No module named 'a_module_that_nobody_has'" in str(
        broken
    )


def test_an_entry_point(plugin: Path) -> None:
    assert [each.name for each in read_plugin("our-cube").definitions] == ["housekeeping_packet"]


def test_packets_of_one_apid_by_their_decision_field(plugin: Path) -> None:
    reading = read_plugin("okaeri_test_plugin.choice")
    criteria = {each.name: each.criteria for each in reading.definitions}
    assert criteria == {"short": "KIND <= 2", "long": "KIND >= 3"}


@pytest.mark.parametrize(("name", "words"), [
    ("okaeri_test_plugin.nothing", "no packet of ccsdspy is in it"),
    ("okaeri_test_plugin.housekeeping:housekeping", "It has housekeeping, science, again"),
    ("okaeri_test_plugin.broken", "Install a_module_that_nobody_has beside okaeri"),
    ("okaeri_test_plugin.neither", "no module, installed package or entry point"),
    ("no-such-package", "Check its spelling"),
])  # fmt: skip
def test_what_cannot_be_had_is_told(name: str, words: str, plugin: Path) -> None:
    with pytest.raises(DefinitionError) as told:
        read_plugin(name)
    assert words in str(told.value)


def test_files_are_no_plugins(tmp_path: Path) -> None:
    here = tmp_path / "definitions"
    here.mkdir()
    for path in (here, tmp_path / "absent.csv", tmp_path / "a" / "b", Path("hk.xml"), Path("../x")):
        assert not names_plugin(path), path
    for text in ("some.module", "some.module:packet", "spac-kit-europa-clipper"):
        assert names_plugin(Path(text)), text


def test_by_hand(plugin: Path, tmp_path: Path) -> None:
    """Decode with a plug-in, and with the mission folder that it is converted to: the same values."""
    file, mission = tmp_path / "all.bin", tmp_path / "mission"
    bodies = random_bodies([15] * 20)
    kinds = [
        bytes([n % 5]) + body
        for n, body in enumerate(random_bodies([1 if n % 5 < 3 else 6 for n in range(20)]))
    ]
    file.write_bytes(packets(100, bodies) + packets(200, kinds))
    environment = {"PYTHONPATH": f"{plugin}:{Path(__file__).parents[2]}", "PATH": "/usr/bin:/bin"}

    def okaeri(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "console", *map(str, arguments)],
            capture_output=True, text=True, timeout=60, env=environment, check=False,
        )  # fmt: skip

    done = okaeri("decode", file, "--definitions", "okaeri_test_plugin", "-o", tmp_path / "direct")
    assert done.returncode == 0, done.stderr
    assert "long: APID 200, 8 packets" in done.stderr
    done = okaeri("mission", "check", "okaeri_test_plugin")
    assert (done.returncode, "4 packets" in done.stdout, "broken" in done.stderr) == (0, True, True), done
    done = okaeri("mission", "convert", "okaeri_test_plugin", "-o", mission)
    assert done.returncode == 0, done.stderr
    done = okaeri("decode", file, "--definitions", mission, "-o", tmp_path / "converted")
    assert done.returncode == 0, done.stderr
    names = sorted(each.name for each in (tmp_path / "direct").iterdir())
    assert names == ["housekeeping_packet.csv", "long.csv", "short.csv"]
    for name in names:
        direct, converted = (tmp_path / each / name for each in ("direct", "converted"))
        assert direct.read_text() == converted.read_text(), name
