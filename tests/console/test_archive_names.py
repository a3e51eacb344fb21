"""One rule for the names of tables and columns, whatever packets and parameters are called."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.archive import columns
from console.archive.errors import ArchiveError
from console.archive.reader import ArchiveReader
from console.archive.writer import ArchiveWriter
from console.mission import mission_of
from decoders.mission.model import Band, Enumeration, Limits, Parameter, Polynomial
from tests.console.archive_scene import START, S, Scene, names_of, packet, query


def octets(*names: str) -> list[Parameter]:
    return [Parameter(name, "uint", 8) for name in names]


def test_case_fixed_columns_and_keywords(tmp_path: Path) -> None:
    names = ["Mode", "mode", "MODE", "mode_2", "id", "ID", "Reception_ns", "generation_NS", "select", "order",
             "group by", 'quo"te', "[0]", "a,b", "温度", "ROWID", "value"]  # fmt: skip
    scene = Scene(tmp_path / "a.okaeri", packet("hk", *octets(*names)))
    values = {name: 10 + i for i, name in enumerate(names)}
    scene.send("hk", [values])
    scene.close()
    kept = [
        "Mode",
        "mode_2",
        "MODE_3",
        "mode_2_2",
        "id_2",
        "ID_3",
        "Reception_ns_2",
        "generation_NS_2",
        *names[8:],
    ]
    for table in ("ship__hk", "ship__hk__raw"):
        assert names_of(scene.path, table) == ["id", "generation_ns", "reception_ns", *kept]
        assert query(scene.path, f"SELECT * FROM {table}") == [(1, None, START, *values.values())]
    with ArchiveReader(scene.path) as reader:
        assert reader.latest(["hk"], 1)["hk"].raw == values
        assert reader.trace("hk", "MODE", START, START + S, points=9, upto_record=1).hi.tolist() == [12.0]
        assert reader.trace("hk", "ID", START, START + S, points=9, upto_record=1).hi.tolist() == [15.0]


def test_an_array_beside_parameters_that_are_called_like_its_elements(tmp_path: Path) -> None:
    array = Parameter("t", "int", 16, array_length=3)
    scene = Scene(tmp_path / "a.okaeri", packet("hk", *octets("t_1", "T_2"), array))
    scene.send("hk", [{"t_1": 1, "T_2": 2, "t": [-3, -4, -5]}])
    scene.close()
    assert names_of(scene.path, "ship__hk")[3:] == ["t_1", "T_2", "t_0", "t_1_2", "t_2_2"]
    assert query(scene.path, "SELECT * FROM ship__hk")[0][3:] == (1, 2, -3, -4, -5)
    with ArchiveReader(scene.path) as reader:
        assert reader.latest(["hk"], 1)["hk"].raw == {"t_1": 1, "T_2": 2, "t": [-3, -4, -5]}
        assert reader.trace("hk", "t[2]", START, START + S, points=9, upto_record=1).lo.tolist() == [-5.0]


def test_packets_that_differ_only_in_case(tmp_path: Path) -> None:
    one, other = packet("HK", *octets("a")), packet("hk", *octets("b"), apid=101)
    scene = Scene(tmp_path / "a.okaeri", one, other)
    scene.send("HK", [{"a": 1}])
    scene.send("hk", [{"b": 2}])
    scene.reopen()
    scene.send("hk", [{"b": 3}])
    scene.close()
    assert query(scene.path, "SELECT a FROM ship__HK") == [(1,)]
    assert query(scene.path, "SELECT b FROM ship__hk_2") == [(2,), (3,)]


# Names that look like what the rule itself makes.
TRICKY = ["a", "A", "a_2", "a__raw", "a__RAW", "a__raw_2", "a_3", "a__raw__raw", "a__raw_3"]


@given(
    st.permutations(TRICKY), st.lists(st.integers(1, 7), min_size=len(TRICKY), max_size=len(TRICKY))
)  # fmt: skip
@example(["a", "a_2", *[each for each in TRICKY if each not in ("a", "a_2")]], [4] * len(TRICKY))
@settings(max_examples=25)
def test_no_two_packets_share_a_table_or_a_view(order: list[str], sizes: list[int]) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "COLUMNS_A_TABLE", 3)
        types = [
            packet(name, *octets(*(f"p{i}_{k}" for k in range(size))), apid=100 + i)
            for i, (name, size) in enumerate(zip(order, sizes, strict=True))
        ]
        scene = Scene(Path(folder) / "a.okaeri", *types)
        for i, each in enumerate(types):
            scene.send(each.name, [{p.name: 20 * i + k for k, p in enumerate(each.parameters)}])
        scene.reopen()
        scene.close()
        with ArchiveReader(scene.path) as reader:
            latest = reader.latest(order, 1000)
        tables = query(
            scene.path, "SELECT packet, table_name, count(*) FROM columns GROUP BY table_name ORDER BY id"
        )
        assert sum(count for _, _, count in tables) == sum(sizes)
        shown: dict[str, list[int]] = {}
        for name, table, _ in tables:
            (row,) = query(scene.path, f'SELECT * FROM "{columns.view_name(table)}"')
            shown[name] = shown.get(name, []) + list(row[3:])
        for i, (name, size) in enumerate(zip(order, sizes, strict=True)):
            expected = [20 * i + k for k in range(size)]
            assert shown[name] == expected
            assert list(latest[name].raw.values()) == expected


def test_a_packet_of_2500_parameters(tmp_path: Path) -> None:
    names = [f"p{i}" for i in range(2500)]
    scene = Scene(tmp_path / "a.okaeri", packet("wide", *(Parameter(n, "uint", 16) for n in names)))
    rows = np.random.default_rng(4).integers(0, 65_536, (130, 2500))
    scene.send("wide", [dict(zip(names, row, strict=True)) for row in rows.tolist()])
    scene.close()
    first = query(scene.path, "SELECT * FROM ship__wide ORDER BY id")
    second = query(scene.path, "SELECT * FROM ship__wide_2 ORDER BY id")
    assert [len(first[0]), len(second[0])] == [1903, 603]
    assert [row[:3] for row in first] == [row[:3] for row in second]
    assert [(*a[3:], *b[3:]) for a, b in zip(first, second, strict=True)] == [tuple(r) for r in rows.tolist()]
    (joined,) = query(
        scene.path,
        "SELECT p1, p1899, p1900, p2499 FROM ship__wide JOIN ship__wide_2 USING (id) WHERE id = 77",
    )
    assert joined == tuple(rows[76][[1, 1899, 1900, 2499]].tolist())
    with ArchiveReader(scene.path) as reader:
        read = reader.rows("wide", names, after_id=0, upto_id=1000)
        assert (np.stack([read.raw[name] for name in names], axis=1) == rows).all()
        assert list(reader.latest(["wide"], 50)["wide"].raw.values()) == rows[49].tolist()
        (early, late) = reader.live_traces(
            "wide", ["p7", "p2400"], START, START + 200 * S, points=1000, upto_record=1000
        )
    assert early.trace.hi.tolist() == rows[:, 7].tolist()
    assert late.trace.hi.tolist() == rows[:, 2400].tolist()


def test_a_packet_without_values(tmp_path: Path) -> None:
    beat = packet("beat", Parameter("spare", "fill", 16), timed=True, period_s=1.0)
    scene = Scene(tmp_path / "a.okaeri", beat)
    scene.send("beat", [{}] * 70)
    scene.reopen()
    scene.send("beat", [{}] * 3, START + 70 * S)
    scene.close()
    assert query(scene.path, "SELECT count(*), min(generation_ns) FROM ship__beat") == [(73, START)]
    with ArchiveReader(scene.path) as reader:
        assert reader.latest(["beat"], 73)["beat"].raw == {}
        assert reader.latest(["beat"], 72)["beat"].id == 72
        assert reader.counts() == {"frames": 0, "packets": 73, "values": 73}


LABELS = Enumeration({0: "OFF", 1: "ON"})


def definitions(**change: object) -> dict[str, object]:
    return {
        "name": "v",
        "data_type": "uint",
        "bit_length": 8,
        "calibration": Polynomial((0.0, 0.5)),
        **change,
    }


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({}, False),
        ({"limits": Limits(Band(0, 5))}, False),
        ({"description": "told better"}, False),
        ({"name": "w"}, True),
        ({"array_length": 2}, True),
        ({"calibration": Polynomial((0.0, 0.25))}, True),
        ({"calibration": LABELS}, True),
    ],
)  # fmt: skip
def test_other_definitions_go_into_a_file_of_their_own(
    tmp_path: Path, change: dict[str, object], refused: bool
) -> None:
    before, after = (packet("hk", Parameter(**definitions(**each))) for each in ({}, change))  # type: ignore[arg-type]
    scene = Scene(tmp_path / "a.okaeri", before)
    scene.send("hk", [{"v": 100}])
    scene.close()
    mission = mission_of([after], "scene")
    if refused:
        with pytest.raises(
            ArchiveError, match=r"a\.okaeri.*other packet definitions: record into a new file"
        ):
            ArchiveWriter(scene.path, mission)
        assert query(scene.path, "SELECT count(*) FROM session") == [(1,)]
    else:
        ArchiveWriter(scene.path, mission).close()
        with ArchiveReader(scene.path) as reader:
            (read,) = reader.mission().packets[0].parameters
        assert read.limits == after.parameters[0].limits
    assert query(scene.path, "SELECT v FROM ship__hk") == [(50.0,)]
