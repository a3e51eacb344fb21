"""Raw values beside ccsdspy 2.0.1, on real files and on what it ships for its own tests."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

ccsdspy = pytest.importorskip("ccsdspy")

from decoders.layout import Layout  # noqa: E402
from decoders.mission.csv import packet_from_csv, read_packet_csv  # noqa: E402
from decoders.mission.model import PacketDefinition, Parameter  # noqa: E402
from decoders.packet_index import index_packets  # noqa: E402

SHIPPED = Path(ccsdspy.__file__).parent / "tests" / "data"


def same(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> None:
    assert list(ours) == list(theirs)
    for name, right in theirs.items():
        found = ours[name]
        assert len(found) == len(right), name
        if right.dtype.kind == "S":  # ccsdspy loses trailing NULs
            assert [each.rstrip(b"\0") for each in found] == right.tolist(), name
        elif right.dtype == object:
            for one, other in zip(found, right, strict=True):
                assert one.tolist() == other.tolist(), name
        else:
            # ccsdspy widens a field that touches one octet more; ours is the smallest that holds it.
            assert found.dtype.isnative, name
            assert found.dtype.kind == right.dtype.kind, name
            assert found.dtype.itemsize <= right.dtype.itemsize, name
            native = right.astype(right.dtype.newbyteorder("="))
            assert found.astype(native.dtype).reshape(right.shape).tobytes() == native.tobytes(), name


def decode(definition: PacketDefinition, content: bytes) -> dict[str, np.ndarray]:
    starts, lengths, unused = index_packets(content)
    assert unused == len(content)
    return Layout(definition).decode(content, starts, lengths)


@pytest.mark.parametrize(
    "name", ["jpss1", "hs_apid001", "hs_apid010", "hs_apid035", "hs_apid130", "hs_apid251", "hs_apid895"]
)
def test_real_files(name: str, real_telemetry: Callable[[str], tuple[Path, Path]]) -> None:
    packets, definitions = real_telemetry(name)
    theirs = ccsdspy.FixedLength.from_file(str(definitions)).load(str(packets))
    same(decode(read_packet_csv(definitions), packets.read_bytes()), theirs)


@pytest.mark.parametrize("batch", [1, 3, 10, 100, 1000])
def test_real_file_in_batches(batch: int, real_telemetry: Callable[[str], tuple[Path, Path]]) -> None:
    packets, definitions = real_telemetry("hs_apid035")
    content = packets.read_bytes()[: 51 * 1000]
    theirs = ccsdspy.FixedLength.from_file(str(definitions)).load(io.BytesIO(content))
    layout = Layout(read_packet_csv(definitions))
    starts, lengths, _ = index_packets(content)
    data = np.frombuffer(content, np.uint8)
    parts = [
        layout.decode(data, starts[i : i + batch], lengths[i : i + batch])
        for i in range(0, len(starts), batch)
    ]
    same({name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, theirs)


@pytest.mark.parametrize(
    "name",
    ["basic_csv_3col", "basic_csv_3col_with_array", "extended_csv_4col", "extended_csv_4col_with_array"],
)
def test_shipped_definitions(name: str) -> None:
    path = SHIPPED / "packet_def" / f"{name}.csv"
    definition = read_packet_csv(path)
    octets = definition.length_octets
    assert octets is not None
    rng = np.random.default_rng(7)
    content = b"".join(
        b"\x08\x2a\xc0" + bytes([i]) + (octets - 7).to_bytes(2, "big") + rng.bytes(octets - 6)
        for i in range(20)
    )
    theirs = ccsdspy.FixedLength.from_file(str(path)).load(io.BytesIO(content))
    theirs.pop("SPACER", None)  # fill is padding: ours has no column for it
    same(decode(definition, content), theirs)


@pytest.mark.parametrize("path", sorted((SHIPPED / "byte_order").glob("*.bin")), ids=lambda path: path.stem)
@pytest.mark.parametrize("size", [80, "expand"])
def test_byte_orders(path: Path, size: int | str) -> None:
    order = path.stem.split("_")[1]
    expected = [[int(v) for v in line.split(",")] for line in path.with_suffix(".csv").read_text().split()]
    parameter = Parameter("body", "uint", 8 * len(order), byte_order=order, array_length=size)
    ours = decode(PacketDefinition("p", (parameter,)), path.read_bytes())
    assert [row.tolist() for row in ours["body"]] == expected


@pytest.mark.parametrize("name", ["var_length_packets", "var_length_packets_with_footer"])
def test_expanding_arrays(name: str) -> None:
    text = "name,data_type,bit_length\ndata,uint(expand),16\n" + (
        "footer,uint,16\n" if "footer" in name else ""
    )
    check_variable(text, (SHIPPED / "var_length" / f"{name}.bin").read_bytes())


def test_counted_arrays() -> None:
    text = "name,data_type,bit_length\nn,uint,8\na,uint(n),16\nm,uint,8\nb,uint(m),16\nfooter,uint,16\n"
    content = (SHIPPED / "var_length" / "var_length_packets_double_varfield_with_footer.bin").read_bytes()
    check_variable(text, content)


def check_variable(text: str, content: bytes) -> None:
    fields = []
    for line in text.split()[1:]:
        name, kind, bits = line.split(",")
        if "(" in kind:
            kind, shape = kind.rstrip(")").split("(")
            fields.append(
                ccsdspy.PacketArray(name=name, data_type=kind, bit_length=int(bits), array_shape=shape)
            )
        else:
            fields.append(ccsdspy.PacketField(name=name, data_type=kind, bit_length=int(bits)))
    theirs = ccsdspy.VariableLength(fields).load(io.BytesIO(content))
    same(decode(packet_from_csv(text, file="x.csv", name="x"), content), theirs)
