"""Limits in a definition file: read, written back, and refused with line, column and mend."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.mission import load_mission
from console.mission_check import check_mission
from decoders.mission.check import PacketSource, check_packets, context_errors, read_source
from decoders.mission.csv import packet_from_csv, write_packet_csv
from decoders.mission.derived_csv import parse_derived_csv, write_derived_csv
from decoders.mission.limit_cells import band_in, states_of
from decoders.mission.model import (
    Band,
    ContextCalibration,
    ContextLimits,
    DefinitionError,
    Enumeration,
    Limits,
    PacketDefinition,
    Parameter,
    PointPairs,
    Polynomial,
    Severity,
)

N, C, S, X = Severity
CHOICES = Enumeration({0: "OFF", 1: "ON", 2: "FAULT"})

numbers = st.floats(-1e9, 1e9)
bands = st.one_of(
    st.none(),
    st.tuples(numbers, numbers, st.booleans(), st.booleans()).map(
        lambda b: Band(min(b[0], b[1]), max(b[0], b[1]), b[2], b[3])
    ),
    st.tuples(numbers, st.booleans()).map(lambda b: Band(b[0], None, lo_inclusive=b[1])),
    st.tuples(numbers, st.booleans()).map(lambda b: Band(None, b[0], hi_inclusive=b[1])),
)
states = st.dictionaries(st.sampled_from(["OFF", "ON", "FAULT", "7"]), st.sampled_from(Severity)).map(
    lambda found: tuple(found.items())
)


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    lasting, margin = draw(st.integers(1, 9)), draw(st.sampled_from([0.0, 0.01, 0.25]))
    rate = Limits(draw(bands), draw(bands), draw(bands), lasting, margin)
    return Limits(
        draw(bands), draw(bands), draw(bands), lasting, margin, draw(bands), draw(bands), draw(states),
        draw(st.sampled_from(Severity)), rate if rate.says_something else None,
    )  # fmt: skip


contexts = st.lists(
    st.builds(ContextLimits, st.sampled_from(["mode == 1", 'mode == "ON"', "x > 2 and not mode"]), limits()),
    max_size=3,
).map(tuple)


@given(st.one_of(st.none(), limits()), contexts)
def test_limits_are_written_and_read_back(found: Limits | None, others: tuple[ContextLimits, ...]) -> None:
    if found is not None and not found.says_something:
        found = None
    fields = [
        Parameter("mode", "uint", 8, 48, calibration=CHOICES),
        Parameter("x", "uint", 8, 56, calibration=CHOICES, limits=found, context_limits=others),
    ]
    content = write_packet_csv(PacketDefinition("hk", tuple(fields)))
    read = packet_from_csv(content, file="hk.csv", name="hk").parameters[-1]
    assert (read.limits, read.context_limits) == (found, others)
    derived = Parameter("d", "float", 64, expression="x", limits=found, context_limits=others)
    again = parse_derived_csv(write_derived_csv([PacketDefinition("hk", tuple(fields), derived=(derived,))]))
    assert not again.errors
    assert again.rows[0].parameter == derived


def test_calibrations_in_context_are_written_and_read_back() -> None:
    field = Parameter(
        "v", "uint", 8, 56, calibration=PointPairs(((0, 1), (9, 4)), extrapolate=True),
        context_calibrations=(
            ContextCalibration("gain == 1", Polynomial((0.0, 0.5))),
            ContextCalibration("gain > 1", PointPairs(((0, 0), (255, 10)), order=0)),
        ),
    )  # fmt: skip
    packet = PacketDefinition("hk", (Parameter("gain", "uint", 8, 48), field))
    assert packet_from_csv(write_packet_csv(packet), file="x", name="hk").parameters[-1] == field


def row(**cells: str) -> str:
    """Return a packet CSV of a mode and one field ``x`` that has these cells too."""
    cells = {"name": "x", "data_type": "uint", "bit_length": "8", "unit": "V"} | cells
    columns = list(dict.fromkeys([*cells, "enumeration"]))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    labels = '{"0": "OFF", "1": "ON"}'
    writer.writerow({"name": "mode", "data_type": "uint", "bit_length": "8", "enumeration": labels})
    writer.writerow(cells)
    return text.getvalue()


def mistakes(content: str) -> list[str]:
    source, errors = read_source(content, file="hk.csv", name="hk")
    if source is None:
        return [str(error) for error in errors]
    return [str(error) for error in (*context_errors([source]), *check_packets([source]))]


@pytest.mark.parametrize(
    ("cells", "where", "words"),
    [
        ({"caution": "1..5 degC"}, "caution", "'1..5 degC' is in degC, not in V. Write it in V"),
        ({"rate_caution": "<2 V"}, "rate_caution", "'<2 V' is in V, not in V/s"),
        ({"serious": "1..x"}, "serious", "limit '1..x'"),
        ({"caution": "0..9", "watch": "0..10"}, "caution", "narrower than watch"),
        ({"critical": "0..9", "severe": "1..10"}, "severe", "narrower than critical"),
        ({"rate_caution": "-2..2", "rate_critical": "-1..1"}, "rate_critical", "narrower than rate_caution"),
        ({"states": '{"FALT": "critical"}', "enumeration": '{"2": "FAULT"}'}, "states", "mean 'FAULT'?"),
        ({"states": '{"FAULT": "bad"}'}, "states", "severity 'bad' of 'FAULT'. Use normal, caution"),
        ({"states": "[1]"}, "states", "not an object of severities"),
        ({"context_limits": '[{"when": "mod == 1"}]'}, "context_limits", "Did you mean 'mode'?"),
        ({"context_limits": '[{"when": "mode = 1"}]'}, "context_limits", "when mode = 1:"),
        ({"context_limits": '[{"when": "mode == \\"SAFE\\""}]'}, "context_limits", "no label 'SAFE'"),
        ({"context_limits": '[{"when": "altitude > 9"}]'}, "context_limits", "derived.csv"),
        ({"context_limits": '[{"when": "prev(mode) == 1"}]'}, "context_limits", "the row before"),
        ({"context_limits": '[{"caution": "0..5"}]'}, "context_limits", "a context without when"),
        ({"context_limits": '[{"when": "mode", "cauton": "0..5"}]'}, "context_limits", "mean 'caution'?"),
        ({"context_limits": '[{"when": "mode", "caution": "0..5 A"}]'}, "context_limits", "is in A, not"),
        ({"context_limits": '[{"when": "mode", "watch": ">1", "severe": ">2"}]'}, "context_limits", "narrow"),
        ({"context_limits": '{"when": "mode"}'}, "context_limits", "not a list of objects"),
        ({"context_calibration": '[{"when": "mode"}]'}, "context_calibration", "no calibration of numbers"),
        ({"context_calibration": '[{"when": "a == 1", "calibration": [1]}]'}, "context_calibration", "alone"),
    ],
)  # fmt: skip
def test_what_is_refused(cells: dict[str, str], where: str, words: str) -> None:
    found = mistakes(row(**cells))
    assert len(found) == 1
    assert found[0].startswith(f"hk.csv:3:{where}: ")
    assert words in found[0]


def test_what_is_content() -> None:
    for cells in (
        {"caution": "1..5 V", "rate_caution": "-2..2 V/s", "watch": ">2..<4"},
        {"context_limits": '[{"when": "mode == \\"ON\\"", "caution": ">0 V", "persistence": 3}]'},
        {"states": '{"*": "caution", "3": "normal"}', "unit": ""},
        {"context_calibration": '[{"when": "raw(mode) == 1", "calibration": {"points": [[0,0],[1,5]]}}]'},
    ):
        assert mistakes(row(**cells)) == []


def test_units_are_compared_as_they_are_written_on_the_screen_too() -> None:
    assert band_in("10..20 ℃", "degC") == band_in("10..20 °C", "degC") == Band(10, 20)
    assert band_in("-1.5e3 .. 20 %", "%") == Band(-1500, 20)
    assert band_in("<5 anything", "") == Band(None, 5, hi_inclusive=False)


def test_states() -> None:
    assert states_of('{"FAULT": "critical", "3": "normal"}') == ((("FAULT", X), ("3", N)), N)
    assert states_of('{"*": "serious"}') == ((), S)


def test_a_context_that_reads_a_derived_parameter() -> None:
    # The phase comes from another packet by way of a derived parameter.
    limited = '[{"when": "phase_now == 2"}]'
    head = 'name = "m"\ntitle = "m"\n[[vehicles]]\nid = "ship"\ntitle = "ship"\n'
    for apid, name in enumerate(("hk", "sw")):
        head += (
            f'[[packets]]\nname = "{name}"\nfile = "packets/{name}.csv"\nvehicle = "ship"\napid = {apid}\n'
        )
    files = {
        "mission.toml": head.encode(),
        "packets/hk.csv": row(context_limits=limited, caution="0..5").encode(),
        "packets/sw.csv": b"name,data_type,bit_length\nphase,uint,8\n",
        "derived.csv": b"name,packet,expression\nphase_now,hk,phase\n",
    }
    packet = load_mission(files).packet("hk")
    assert packet.parameter("x").context_limits == (ContextLimits("phase_now == 2", Limits()),)
    files["derived.csv"] = b"name,packet,expression\nphase_then,hk,phase\n"
    with pytest.raises(DefinitionError, match=r"packets/hk\.csv:3:context_limits: .*phase_then"):
        load_mission(files)


def test_a_lone_definition_tells_of_its_contexts() -> None:
    content = row(context_limits='[{"when": "mod == 1"}]')
    with pytest.raises(DefinitionError, match=r"hk\.csv:3:context_limits"):
        packet_from_csv(content, file="hk.csv", name="hk")


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for column in ("states", "rate_caution", "watch", "context_limits", "context_calibration"):
        assert isinstance(mistakes(row(**{column: text.replace("\0", "")})), list)


def test_sources_are_named() -> None:
    bad = Parameter("x", "uint", 8, 48, context_limits=(ContextLimits("y", Limits()),))
    (error,) = context_errors([PacketSource(PacketDefinition("hk", (bad,)), "f.csv", {"x": 7})])
    assert (error.file, error.line, error.column) == ("f.csv", 7, "context_limits")


def test_a_field_with_a_role_is_not_archived() -> None:
    mode = Parameter("mode", "uint", 8, 48, role="spare")
    x = Parameter("x", "uint", 8, 56, context_limits=(ContextLimits("mode == 1", Limits()),))
    (error,) = context_errors([PacketSource(PacketDefinition("hk", (mode, x)), "f.csv", {"x": 3})])
    assert error.mend == "Fields with a role are not archived: derive a parameter from it"


def test_the_command_names_file_line_and_column(tmp_path: Path) -> None:
    head = 'name = "m"\ntitle = "m"\n[[vehicles]]\nid = "ship"\ntitle = "ship"\n'
    head += '[[packets]]\nname = "hk"\nfile = "packets/hk.csv"\nvehicle = "ship"\napid = 1\n'
    (tmp_path / "packets").mkdir()
    (tmp_path / "mission.toml").write_text(head)
    (tmp_path / "packets" / "hk.csv").write_text(row(caution="0..5", serious="1..4", watch="1..4 A"))
    (tmp_path / "derived.csv").write_text(
        "name,packet,expression,unit,rate_caution,context_limits\n"
        'twice,hk,x * 2,V,<1 A/s,"[{""when"": ""mood == 1""}]"\n'
    )
    found = [str(error).removeprefix(f"{tmp_path}/") for error in check_mission(tmp_path)]
    assert found == [
        "derived.csv:2:rate_caution: '<1 A/s' is in A/s, not in V/s. Write it in V/s",
        "packets/hk.csv:3:watch: '1..4 A' is in A, not in V. Write it in V",
    ]
    (tmp_path / "packets" / "hk.csv").write_text(row(caution="0..5", serious="1..4"))
    text = (tmp_path / "derived.csv").read_text().replace("<1 A/s", "<1")
    (tmp_path / "derived.csv").write_text(text)
    found = [str(error).removeprefix(f"{tmp_path}/") for error in check_mission(tmp_path)]
    assert [line.partition(": ")[0] for line in found] == [
        "derived.csv:2:context_limits", "packets/hk.csv:3:serious",
    ]  # fmt: skip
    assert "Did you mean 'mode'?" in found[0]
