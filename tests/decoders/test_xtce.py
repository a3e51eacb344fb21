"""What XTCE can say about the bits of a packet: a database for each feature, and a packet by hand."""

import struct
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from xtce_scene import (
    HEADER_PARAMETERS,
    ROOT,
    container,
    database,
    decode,
    parameter,
    read,
    telemetry,
    values,
)

from decoders.mission.model import Enumeration


def integer(name, bits, encoding="unsigned", more=""):
    return (
        f'<IntegerParameterType name="{name}"><IntegerDataEncoding sizeInBits="{bits}" encoding="{encoding}" '
        f"{more}/></IntegerParameterType>"
    )


def of_one_type(kind, *bodies):
    """Decode packets that hold one parameter X of type T."""
    return decode(database(kind, parameter("X", "T"), container("P", "X")), *bodies)["X"]


@pytest.mark.parametrize(
    ("encoding", "octets", "value"),
    [
        ("unsigned", b"\xff\xfb", 65531),
        ("twosComplement", b"\xff\xfb", -5),
        ("signMagnitude", b"\x80\x05", -5),
        ("onesComplement", b"\xff\xfa", -5),
        ("packedBCD", b"\x12\x34", 1234),
        ("BCD", b"\x01\x09", 19),
    ],
)
def test_integers(encoding, octets, value):
    assert of_one_type(integer("T", 16, encoding), octets) == [value]


@pytest.mark.parametrize(
    ("more", "octets", "value"),
    [
        ('byteOrder="leastSignificantByteFirst"', b"\x01\x02\x03", 0x030201),
        ('byteOrder="mostSignificantByteFirst"', b"\x01\x02\x03", 0x010203),
        ('bitOrder="leastSignificantBitFirst"', b"\x01\x02\x03", 0xC04080),
    ],
)
def test_orders(more, octets, value):
    assert of_one_type(integer("T", 24, more=more), octets) == [value]


def test_a_byte_order_list():
    # Significance 0 is the least: the octets come as 1, 2, 0.
    listed = "".join(f'<Byte byteSignificance="{n}"/>' for n in (1, 2, 0))
    kind = (
        '<IntegerParameterType name="T"><IntegerDataEncoding sizeInBits="24">'
        f"<ByteOrderList>{listed}</ByteOrderList></IntegerDataEncoding></IntegerParameterType>"
    )
    assert of_one_type(kind, b"\x0b\x0c\x0a") == [0x0C0B0A]


@pytest.mark.parametrize(
    ("bits", "encoding", "octets", "value"),
    [
        (16, "IEEE754", struct.pack(">e", 1.5), 1.5),
        (32, "IEEE754_1985", struct.pack(">f", -2.25), -2.25),
        (64, "IEEE754", struct.pack(">d", 1e-300), 1e-300),
        (32, "MILSTD_1750A", b"\x60\x00\x00\x04", 12.0),
        (48, "MILSTD_1750A", b"\x40\x00\x00\x00\x00\x00", 0.5),
    ],
)
def test_floats(bits, encoding, octets, value):
    kind = (
        f'<FloatParameterType name="T"><FloatDataEncoding sizeInBits="{bits}" encoding="{encoding}"/>'
        "</FloatParameterType>"
    )
    assert of_one_type(kind, octets) == [value]


def text(size, encoding="UTF-8", tag="String"):
    return (
        f'<{tag}ParameterType name="T"><{tag}DataEncoding encoding="{encoding}">{size}</{tag}DataEncoding>'
        f"</{tag}ParameterType>"
    )


FIXED = "<SizeInBits><Fixed><FixedValue>40</FixedValue></Fixed>{}</SizeInBits>"


@pytest.mark.parametrize(
    ("kind", "octets", "value"),
    [
        (text(FIXED.format("")), b"abcde", b"abcde"),
        (text(FIXED.format("<TerminationChar>00</TerminationChar>")), b"ab\0xx", b"ab"),
        (text("<SizeInBits><TerminationChar>2C</TerminationChar></SizeInBits>"), b"hello,rest", b"hello"),
        (text('<SizeInBits><LeadingSize sizeInBitsOfSizeTag="8"/></SizeInBits>'), b"\3abcd", b"abc"),
        (text('<Variable maxSizeInBits="80"><LeadingSize sizeInBitsOfSizeTag="16"/></Variable>'), b"\0\2abcd", b"ab"),
        (text(FIXED.format(""), "UTF-16BE").replace("40", "32"), "日本".encode("utf-16-be"), "日本".encode("utf-16-be")),
        (text("<SizeInBits><FixedValue>24</FixedValue></SizeInBits>", tag="Binary"), b"\0\1\2", b"\0\1\2"),
    ],
)  # fmt: skip
def test_strings_and_binary(kind, octets, value):
    assert of_one_type(kind, octets) == [value]


SIZE = '<SizeInBits><DynamicValue><ParameterInstanceRef parameterRef="N"/>{}</DynamicValue></SizeInBits>'
ADJUSTED = SIZE.format('<LinearAdjustment slope="8" intercept="-16"/>')
LOOKUP = (
    '<SizeInBits><DiscreteLookupList defaultValue="8"><DiscreteLookup value="16"><Comparison parameterRef="N" '
    'value="4"/></DiscreteLookup><DiscreteLookup value="24"><Comparison parameterRef="N" value="5"/>'
    "</DiscreteLookup></DiscreteLookupList></SizeInBits>"
)


@pytest.mark.parametrize(
    ("size", "bodies", "found"),
    [
        (ADJUSTED, [b"\4ab\x07", b"\5abc\x08", b"\2\x09"], [b"ab", b"abc", b""]),
        (LOOKUP, [b"\4ab\x07", b"\5abc\x08", b"\x63a\x09"], [b"ab", b"abc", b"a"]),
    ],
)
def test_sizes_that_the_packet_tells(size, bodies, found):
    text_ = database(
        text(size, tag="Binary"), parameter("N", "u8") + parameter("X", "T") + parameter("END", "u8"),
        container("P", "N", "X", "END"),
    )  # fmt: skip
    assert decode(text_, *bodies) == {"N": [b[0] for b in bodies], "X": found, "END": [7, 8, 9]}


def test_booleans_and_enumerations():
    kinds = (
        '<BooleanParameterType name="B" oneStringValue="YES" zeroStringValue="NO"><IntegerDataEncoding '
        'sizeInBits="4"/></BooleanParameterType>'
        '<EnumeratedParameterType name="E"><IntegerDataEncoding sizeInBits="4"/><EnumerationList>'
        '<Enumeration value="1" label="ON"/><Enumeration value="4" maxValue="9" label="HOT"/></EnumerationList>'
        "</EnumeratedParameterType>"
    )
    reading = read(
        database(kinds, parameter("YES", "B") + parameter("MODE", "E"), container("P", "YES", "MODE"))
    )
    assert reading.unsupported == []
    (definition,) = reading.definitions
    assert definition.parameter("YES").calibration == Enumeration({0: "NO"}, ((1, 15, "YES"),))
    assert definition.parameter("MODE").calibration == Enumeration({1: "ON"}, ((4, 9, "HOT"),))
    assert values(reading, b"\x31")[0] == {"YES": [3], "MODE": [1]}


def array(name, element, *ends):
    listed = "".join(
        f"<Dimension><StartingIndex><FixedValue>0</FixedValue></StartingIndex><EndingIndex>{end}</EndingIndex>"
        "</Dimension>"
        for end in ends
    )
    return f'<ArrayParameterType name="{name}" arrayTypeRef="{element}"><DimensionList>{listed}</DimensionList></ArrayParameterType>'


def fixed(number):
    return f"<FixedValue>{number}</FixedValue>"


def test_arrays_fixed_of_two_dimensions_and_of_varying_length():
    dynamic = '<DynamicValue><ParameterInstanceRef parameterRef="N"/><LinearAdjustment intercept="-1"/></DynamicValue>'
    kinds = array("A", "u8", fixed(2)) + array("B", "u4", fixed(1), fixed(2)) + array("C", "u16", dynamic)
    names = (
        parameter("a", "A")
        + parameter("b", "B")
        + parameter("N", "u8")
        + parameter("c", "C")
        + parameter("z", "u8")
    )
    text_ = database(kinds, names, container("P", "a", "b", "N", "c", "z"))
    body = b"\1\2\3" + b"\x12\x34\x56" + b"\2\0\7\0\x08" + b"\x63"
    assert decode(text_, body) == {
        "a": [[1, 2, 3]], "b": [[1, 2, 3, 4, 5, 6]], "N": [2], "c": [[7, 8]], "z": [99],
    }  # fmt: skip
    (definition,) = read(text_).definitions
    assert definition.parameter("b").array_shape == (2, 3)


def test_aggregates_nested_and_in_arrays():
    def aggregate(name, *members):
        listed = "".join(f'<Member name="{n}" typeRef="{kind}"/>' for n, kind in members)
        return f'<AggregateParameterType name="{name}"><MemberList>{listed}</MemberList></AggregateParameterType>'

    kinds = aggregate("Pair", ("x", "u8"), ("y", "u16")) + aggregate("Two", ("one", "Pair"), ("n", "u8"))
    kinds += array("Pairs", "Pair", fixed(1))
    text_ = database(kinds, parameter("t", "Two") + parameter("p", "Pairs"), container("P", "t", "p"))
    assert decode(text_, b"\1\0\2\3" + b"\4\0\5" + b"\6\0\7") == {
        "t.one.x": [1], "t.one.y": [2], "t.n": [3],
        "p[0].x": [4], "p[0].y": [5], "p[1].x": [6], "p[1].y": [7],
    }  # fmt: skip


def located(name, bits, reference):
    return (
        f'<ParameterRefEntry parameterRef="{name}"><LocationInContainerInBits referenceLocation="{reference}">'
        f"<FixedValue>{bits}</FixedValue></LocationInContainerInBits></ParameterRefEntry>"
    )


def test_places():
    names = "".join(parameter(name, "u8") for name in "abc")
    text_ = database("", names, container("P", located("a", 64, "containerStart"), located("b", 4, "previousEntry"),
                                          located("c", -12, "previousEntry")))  # fmt: skip
    body = bytes.fromhex("0000112345")
    # a at bit 64: 11; b 4 bits behind it, at bit 76: 34; c 12 bits back from its end, at bit 72: 23
    assert decode(text_, body) == {"a": [0x11], "b": [0x34], "c": [0x23]}
    (definition,) = read(text_).definitions
    assert [p.bit_offset for p in definition.values] == [64, 76, 72]


def included(name, condition, tag="ParameterRefEntry", key="parameterRef"):
    return f'<{tag} {key}="{name}"><IncludeCondition>{condition}</IncludeCondition></{tag}>'


def test_include_conditions_of_every_form():
    single = '<Comparison parameterRef="n" comparisonOperator="&gt;" value="2"/>'
    several = f'<ComparisonList>{single}<Comparison parameterRef="n" comparisonOperator="!=" value="5"/></ComparisonList>'
    either = (
        '<BooleanExpression><ORedConditions><Condition><ParameterInstanceRef parameterRef="n"/>'
        "<ComparisonOperator>==</ComparisonOperator><Value>0</Value></Condition><ANDedConditions><Condition>"
        '<ParameterInstanceRef parameterRef="n"/><ComparisonOperator>&gt;=</ComparisonOperator>'
        '<ParameterInstanceRef parameterRef="m"/></Condition></ANDedConditions></ORedConditions></BooleanExpression>'
    )
    names = "".join(parameter(name, "u8") for name in "nmabcz")
    text_ = database("", names, container("P", "n", "m", included("a", single), included("b", several),
                                          included("c", either), "z"))  # fmt: skip
    found = decode(text_, b"\1\4\x63", b"\3\4\1\2\x63", b"\5\4\1\3\x63", b"\0\4\3\x63")
    assert found["a"] == [None, 1, 1, None]
    assert found["b"] == [None, 2, None, None]
    assert found["c"] == [None, None, 3, 3]
    assert found["z"] == [99] * 4


def test_containers_inside_containers_and_repeated_entries():
    inner = "<SequenceContainer name='PAIR'><EntryList><ParameterRefEntry parameterRef='x'/><ParameterRefEntry parameterRef='y'/></EntryList></SequenceContainer>"
    repeat = "<RepeatEntry><Count><FixedValue>3</FixedValue></Count>{}</RepeatEntry>"
    again = f'<ParameterRefEntry parameterRef="r">{repeat.format("")}</ParameterRefEntry>'
    counted = (
        '<ParameterRefEntry parameterRef="d"><RepeatEntry><Count><DynamicValue><ParameterInstanceRef parameterRef="n"/>'
        "</DynamicValue></Count></RepeatEntry></ParameterRefEntry>"
    )
    names = "".join(parameter(name, "u8") for name in "xyrnd")
    twice = '<ContainerRefEntry containerRef="PAIR"/>'
    text_ = database("", names, inner + container("P", twice, again, twice, "n", counted))
    assert decode(text_, bytes([1, 2, 3, 4, 5, 6, 7, 2, 8, 9])) == {
        "x": [1], "y": [2], "r": [[3, 4, 5]], "x_2": [6], "y_2": [7], "n": [2], "d": [[8, 9]],
    }  # fmt: skip


def test_inheritance_over_three_levels_and_several_parameters():
    names = "".join(parameter(name, "u8") for name in ("kind", "part", "a", "b", "c"))
    text_ = database(
        "", names,
        container("BASE", "kind", abstract=True)
        + container("MIDDLE", "part", "a", base="BASE", where='<Comparison parameterRef="kind" value="1"/>')
        + container("LEAF", "b", base="MIDDLE", where='<ComparisonList><Comparison parameterRef="part" value="2"/>'
                    '<Comparison parameterRef="a" value="9" comparisonOperator="&lt;"/></ComparisonList>')
        + container("OTHER", "c", base="BASE", where='<Comparison parameterRef="kind" value="7"/>'),
    )  # fmt: skip
    reading = read(text_)
    assert [(d.name, d.apid) for d in reading.definitions] == [("LEAF", 100), ("MIDDLE", 100), ("OTHER", 100)]
    raw, _ = values(reading, b"\1\2\3\4", b"\1\3\5", b"\7\6", b"\1\2\x0a\5", b"\x09\1")
    assert (raw["b"], raw["c"]) == ([4], [6])
    assert raw["MIDDLE.a"] == [5, 10]  # a is not below 9 in the second: the leaf's criteria do not hold
    assert raw["LEAF.part"] == [2]


NESTED = (
    '<SpaceSystem name="Payload">'
    + telemetry("", parameter("same", "/Test/u16") + parameter("up", "u8"), "")
    + '<SpaceSystem name="Camera">'
    + telemetry(
        '<IntegerParameterType name="own"><IntegerDataEncoding sizeInBits="8"/></IntegerParameterType>',
        parameter("same", "own"),
        container("PICTURE", "same", "../same", "up", "/Test/Payload/same", base="../../ROOT"),
    )
    + "</SpaceSystem></SpaceSystem>"
)


def test_systems_inside_systems_and_every_kind_of_reference():
    text_ = database("", parameter("same", "u8"), "", inner=NESTED)
    found = decode(text_, b"\1\0\2\3\0\4")
    assert found == {
        "Payload.Camera.same": [1], "Payload.same": [2], "up": [3], "Payload.same_2": [4],
    }  # fmt: skip


def test_the_root_is_found_or_asked_for():
    other = ROOT.replace("ROOT", "SECOND")
    two = database("", parameter("a", "u8"), other + container("P", "a") + container("Q", "a", base="SECOND"))
    (error,) = read(two).errors
    assert "several containers may be the root: ROOT, SECOND" in str(error)
    assert "--root NAME" in error.mend
    assert [d.name for d in read(two, "SECOND").definitions] == ["Q"]
    assert "no container 'THIRD'" in str(read(two, "THIRD").errors[0])
    alone = database("", parameter("a", "u8"), "", root=ROOT.replace("abstract='true'", ""))
    assert [d.name for d in read(alone).definitions] == ["ROOT"]


@pytest.mark.parametrize("namespace", [
    "http://www.omg.org/spec/XTCE/20180204", "http://www.omg.org/space/xtce", "",
])  # fmt: skip
def test_namespaces_with_and_without_a_prefix(namespace):
    text_ = database("", parameter("a", "u8"), container("P", "a"))
    plain = text_.replace(
        ' xmlns="http://www.omg.org/spec/XTCE/20180204"', f' xmlns="{namespace}"' * bool(namespace)
    )
    assert decode(plain, b"\5") == {"a": [5]}
    if namespace:
        prefixed = (
            plain.replace("<", "<x:")
            .replace("<x:/", "</x:")
            .replace("<x:?", "<?")
            .replace("xmlns=", "xmlns:x=")
        )
        assert decode(prefixed, b"\5") == {"a": [5]}


def test_fixed_places_take_the_quick_way():
    kinds = array("A", "u8", fixed(3))
    (definition,) = read(
        database(kinds, parameter("a", "A") + parameter("b", "u12"), container("P", "a", "b"))
    ).definitions
    assert all(p.bit_offset is not None and not p.varies for p in definition.parameters)
    assert (definition.criteria, definition.length_octets) == ("", None)
    assert [p.role for p in definition.parameters] == ["header"] * 7 + ["", ""]
    assert HEADER_PARAMETERS.count("<Parameter") == 7
