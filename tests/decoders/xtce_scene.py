"""XTCE databases written piece by piece, and packets written bit by bit for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from decoders.calibration import calibrate
from decoders.mission.xtce import XtceReading, read_xtce
from decoders.pipeline import Decoder, LinkFormat

HEADER_TYPES = "".join(
    f'<IntegerParameterType name="u{n}"><IntegerDataEncoding sizeInBits="{n}"/></IntegerParameterType>'
    for n in (1, 2, 3, 4, 8, 11, 12, 14, 16, 32)
)
HEADER = (("VERSION", 3), ("TYPE", 1), ("SHF", 1), ("APID", 11), ("FLAGS", 2), ("COUNT", 14), ("LENGTH", 16))
HEADER_PARAMETERS = "".join(f'<Parameter name="{name}" parameterTypeRef="u{n}"/>' for name, n in HEADER)
ROOT = "<SequenceContainer name='ROOT' abstract='true'><EntryList>{}</EntryList></SequenceContainer>".format(
    "".join(f'<ParameterRefEntry parameterRef="{name}"/>' for name, _ in HEADER)
)


def entries(*names: str) -> str:
    """Entries of parameters one behind the other; what is XML already stays."""
    each = (n if n.startswith("<") else f'<ParameterRefEntry parameterRef="{n}"/>' for n in names)
    return f"<EntryList>{''.join(each)}</EntryList>"


def container(name: str, *names: str, base: str = "ROOT", where: str = '<Comparison parameterRef="APID" value="100"/>',
              abstract: bool = False) -> str:  # fmt: skip
    """A container that extends another where a criterion holds."""
    criteria = f"<RestrictionCriteria>{where}</RestrictionCriteria>" if where else ""
    return (
        f'<SequenceContainer name="{name}" abstract="{str(abstract).lower()}">{entries(*names)}'
        f'<BaseContainer containerRef="{base}">{criteria}</BaseContainer></SequenceContainer>'
    )


def parameter(name: str, kind: str) -> str:
    return f'<Parameter name="{name}" parameterTypeRef="{kind}"/>'


def telemetry(types: str, parameters: str, containers: str) -> str:
    return (
        f"<TelemetryMetaData><ParameterTypeSet>{types}</ParameterTypeSet>"
        f"<ParameterSet>{parameters}</ParameterSet><ContainerSet>{containers}</ContainerSet></TelemetryMetaData>"
    )


def database(types: str, parameters: str, containers: str, *, inner: str = "", root: str = ROOT) -> str:
    """A database with the packet header in its root container; a new line before each element."""
    text = (
        '<?xml version="1.0"?><SpaceSystem name="Test" xmlns="http://www.omg.org/spec/XTCE/20180204">'
        + telemetry(HEADER_TYPES + types, HEADER_PARAMETERS + parameters, root + containers)
        + inner
        + "</SpaceSystem>"
    )
    return text.replace("><", ">\n<")


def read(text: str, root: str = "") -> XtceReading:
    return read_xtce(text.encode(), file="x.xml", root=root)


def packet(body: bytes, apid: int = 100, count: int = 0) -> bytes:
    """A Space Packet (133.0-B-2 §4.1.3): version 0, telemetry, no secondary header, unsegmented."""
    return (
        bytes([apid >> 8, apid & 0xFF])
        + (0xC000 | count).to_bytes(2, "big")
        + (len(body) - 1).to_bytes(2, "big")
        + body
    )


def decode(text: str, *bodies: bytes, apid: int = 100) -> dict[str, list[Any]]:
    """Decode packets by a database in which nothing is wrong: raw values by parameter, absent ones None."""
    reading = read(text)
    assert reading.errors == reading.unsupported == [], [str(each) for each in reading.unsupported]
    return values(reading, *bodies, apid=apid)[0]


def values(
    reading: XtceReading, *bodies: bytes, apid: int = 100
) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """Raw and engineering values by parameter, in order of the packets that have them."""
    decoder = Decoder(LinkFormat("packets", mark_duplicates=False), reading.definitions)
    out = decoder.feed_many([(packet(body, apid, n), 0) for n, body in enumerate(bodies)])
    raw: dict[str, list[Any]] = {}
    engineering: dict[str, list[Any]] = {}
    for table in out.tables:
        for name, column in table.raw.items():
            if table.packet.parameter(name).role == "header":
                continue
            gone = np.ma.getmaskarray(column)
            gone = gone if gone.ndim == 1 else gone[:, 0]
            plain = [each.tolist() if isinstance(each, np.ndarray) else each for each in np.asarray(column)]
            plain = [each.item() if isinstance(each, np.generic) else each for each in plain]
            raw[name] = [None if absent else each for each, absent in zip(plain, gone, strict=True)]
            if column.dtype != object:
                engineering[name] = calibrate(table.packet.parameter(name), column).tolist()
    return raw, engineering
