"""Expressions over telemetry, against Python's own arithmetic, IEEE 754 and identities of the handbooks."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders.expression import Evaluator, Expression, ExpressionError, quote_name, quote_text
from decoders.expression_parse import FUNCTIONS, MOST_NODES
from decoders.expression_tokens import KEYWORDS
from decoders.expression_values import ColumnValues
from decoders.mission.model import Enumeration, Parameter, Polynomial
from decoders.shapes import NO_TIME

PARAMETERS = {
    "a": Parameter("a", "uint", 8),
    "i": Parameter("i", "int", 16),
    "q": Parameter("q", "uint", 64),
    "f": Parameter("f", "float", 64),
    "volts": Parameter("volts", "uint", 16, calibration=Polynomial((1.0, 0.5))),
    "mode": Parameter("mode", "uint", 8, calibration=Enumeration({1: "SAFE", 2: "NOMINAL"})),
    "tag": Parameter("tag", "str", 32),
    "cells": Parameter("cells", "uint", 8, array_length=6, array_shape=(2, 3)),
    "loose": Parameter("loose", "uint", 8, array_length="expand"),
}


def values(**columns: object) -> ColumnValues:
    return ColumnValues(PARAMETERS, {name: np.asanyarray(each) for name, each in columns.items()})


def value(text: str, **columns: object) -> list[float]:
    rows = len(next(iter(columns.values()))) if columns else 1  # type: ignore[arg-type]
    return Expression.parse(text).evaluate(values(**columns), rows).tolist()


# Python's own grammar is the reference: what both can read has the same value.
NUMBERS = st.one_of(
    st.integers(0, 2**31), st.floats(0, 1e9, allow_nan=False), st.sampled_from(["a", "f", "1e-3", "0x1F"])
).map(str)


def _joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arithmetic = st.tuples(parts, st.sampled_from(["+", "-", "*", "/", "//", "%"]), parts)
    compared = st.tuples(parts, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), parts)
    return st.one_of(
        arithmetic.map(" ".join),
        parts.map("-{}".format),
        parts.map("({})".format),
        compared.map(lambda three: "({} {} {})".format(*three)),
        st.tuples(compared, st.sampled_from(["and", "or"]), compared).map(
            lambda all: f"({' '.join(all[0])} {all[1]} {' '.join(all[2])})"
        ),
        st.tuples(parts, compared, parts).map(lambda p: f"({p[0]} if {' '.join(p[1])} else {p[2]})"),
        st.tuples(parts, parts).map(lambda p: f"min({p[0]}, {p[1]})"),
        parts.map("abs({})".format),
    )


@given(st.recursive(NUMBERS, _joined, max_leaves=12), st.integers(0, 255), st.floats(-1e6, 1e6))
def test_an_expression_has_the_value_that_python_gives_it(text: str, a: int, f: float) -> None:
    try:
        expected = float(eval(text, {"__builtins__": {}, "abs": abs, "min": min}, {"a": float(a), "f": f}))
    except (ZeroDivisionError, OverflowError):
        return
    found = value(text, a=np.array([a], np.uint8), f=np.array([f]))[0]
    if math.isnan(expected):
        assert math.isnan(found)
    else:
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-6)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    error = None
    try:
        Expression.parse(text)
    except ExpressionError as refused:
        error = refused
    assert error is None or (0 <= error.position <= len(text) and error.mend)


PARAMETER_ATOMS = (
    "a",
    "i",
    "q",
    "f",
    "volts",
    "mode",
    "tag",
    "cells",
    "cells[0,1]",
    "cells[9,9]",
    "loose[1]",
)
FUNCTION_ATOMS = ("raw(a)", "raw(i)", "raw(q)", "raw(f)", "raw(tag)", "raw(cells[1,2])", "prev(a)", "rate(f)")
LITERAL_ATOMS = ("1", "0", "64", "0xFFFF", "1e308", "18446744073709551615", "(-9223372036854775808)")
TEXT_ATOMS = ('(tag == "A")', '(mode != "SAFE")')
ATOMS = st.sampled_from([*PARAMETER_ATOMS, *FUNCTION_ATOMS, *LITERAL_ATOMS, *TEXT_ATOMS])
SIGNS = ["**", "//", "<<", ">>", "==", "!=", "<=", ">=", "and", "or", *"+-*/%<>&|^"]


def _grown(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    calls = [name for name, (fewest, _) in FUNCTIONS.items() if fewest == 1]
    pairs = [name for name, (_, most) in FUNCTIONS.items() if most > 1]
    return st.one_of(
        st.tuples(parts, st.sampled_from(SIGNS), parts).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(parts, parts, parts).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        st.tuples(st.sampled_from(["-", "~", "+", "not "]), parts).map(lambda p: f"({p[0]}{p[1]})"),
        st.tuples(st.sampled_from(calls), parts).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(st.sampled_from(pairs), parts, parts).map(lambda p: f"{p[0]}({p[1]}, {p[2]})"),
    )


COLUMNS = {
    "a": st.integers(0, 255).map(np.uint8),
    "i": st.integers(-(2**15), 2**15 - 1).map(np.int16),
    "q": st.integers(0, 2**64 - 1).map(np.uint64),
    "f": st.floats().map(np.float64),
    "volts": st.integers(0, 2**16 - 1).map(np.uint16),
    "mode": st.integers(0, 9).map(np.uint8),
    "tag": st.binary(max_size=4),
    "cells": st.lists(st.integers(0, 255).map(np.uint8), min_size=6, max_size=6),
    "loose": st.lists(st.integers(0, 255).map(np.uint8), max_size=3).map(np.array),
}


def column(data: st.DataObject, name: str, rows: int) -> np.ndarray:
    """Draw a decoded column: some values absent, arrays fixed and loose, strings of any octets."""
    drawn = data.draw(st.lists(COLUMNS[name], min_size=rows, max_size=rows))
    if name in ("tag", "loose"):
        objects = np.empty(rows, object)
        objects[:] = drawn
        return objects
    if name == "cells":
        return np.array(drawn, np.uint8).reshape(rows, 6)
    absent = data.draw(st.lists(st.booleans(), min_size=rows, max_size=rows))
    return np.ma.MaskedArray(drawn, absent, dtype=type(drawn[0]) if rows else np.uint8)


@given(st.recursive(ATOMS, _grown, max_leaves=8), st.integers(0, 3), st.data())
@pytest.mark.filterwarnings("error")
def test_what_can_be_read_can_be_evaluated(text: str, rows: int, data: st.DataObject) -> None:
    expression = Expression.parse(text)
    columns = {name: column(data, name, rows) for name in COLUMNS}
    times = np.arange(rows, dtype=np.int64)
    result = Evaluator(expression).evaluate(ColumnValues(PARAMETERS, columns), times, times)
    assert (result.shape, result.dtype) == ((rows,), np.float64)
    if not expression.memory:
        holds = expression.true(ColumnValues(PARAMETERS, columns), rows)
        assert holds.tolist() == [value == value and value != 0 for value in result.tolist()]


BITS = st.recursive(
    st.sampled_from(["raw(a)", "raw(i)", "raw(q)", "0xFF", "7", "(-3)"]),
    lambda parts: st.one_of(
        st.tuples(parts, st.sampled_from("&|^"), parts).map(" ".join).map("({})".format),
        parts.map("~{}".format),
        st.tuples(parts, st.sampled_from([">>"]), st.integers(0, 70).map(str))
        .map(" ".join)
        .map("({})".format),
    ),
    max_leaves=6,
)


@given(BITS, st.integers(0, 255), st.integers(-(2**15), 2**15 - 1), st.integers(0, 2**63 - 1))
def test_bits_are_pythons_integers(text: str, a: int, i: int, q: int) -> None:
    names = {"a": a, "i": i, "q": q, "raw": lambda x: x}
    expected = eval(text, {"__builtins__": {}}, names)
    row = values(a=np.array([a], np.uint8), i=np.array([i], np.int16), q=np.array([q], np.uint64))
    compared = f"{text} == {expected}" if expected >= 0 else f"{text} == -{-expected}"
    assert Expression.parse(compared).true(row, 1).tolist() == [True]
    assert Expression.parse(f"{text} == {(expected + 1) % 2**63}").true(row, 1).tolist() == [False]


def test_integers_of_64_bits_are_compared_exactly() -> None:
    q = np.array([2**64 - 1, 2**64 - 2, 2**53 + 1, 0], np.uint64)
    assert value("raw(q) == 0xFFFFFFFFFFFFFFFF", q=q) == [1, 0, 0, 0]
    assert value("raw(q) == 18446744073709551614", q=q) == [0, 1, 0, 0]
    assert value("raw(q) > 9007199254740992", q=q) == [1, 1, 1, 0]
    assert value("raw(q) >> 1 & 1 == 1", q=q) == [1, 1, 0, 0]
    assert value("raw(q) >= raw(i)", q=q, i=np.array([-1, 0, 5, -7], np.int16)) == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "text",
    [
        "raw(i) & raw(q) == 0xFFFFFFFFFFFFFFFA",  # −5 is …11111011 without an end, and raw(q) …11111110
        "raw(q) & raw(i) == 0xFFFFFFFFFFFFFFFA",
        "raw(i) | raw(a) == -5",
        "raw(a) | raw(i) == -5",
        "raw(i) ^ raw(a) == -6",
        "raw(a) << 63 == 0x8000000000000000",
        "raw(a) << 64 == 0",
        "raw(q) >> 63 == 1",
        "raw(q) >> 64 == 0",
        "raw(i) >> 64 == -1",
    ],
)
def test_signed_and_unsigned_integers_together(text: str) -> None:
    q, i, a = np.array([2**64 - 2], np.uint64), np.array([-5], np.int16), np.array([1], np.uint8)
    assert value(text, q=q, i=i, a=a) == [1]


def test_raw_numbers_that_are_absent() -> None:
    i = np.ma.MaskedArray([-5, 7], [True, False], dtype=np.int16)
    f = np.ma.MaskedArray([2.5, 7.0], [True, False], dtype=np.float64)
    for text, there in (
        ("raw(i)", 7),
        ("~raw(i)", -8),
        ("raw(i) | 1", 7),
        ("raw(i) << 1", 14),
        ("raw(f)", 7),
    ):
        found = value(text, i=i, f=f)
        assert math.isnan(found[0])
        assert found[1] == there
        assert Expression.parse(text).true(values(i=i, f=f), 2).tolist() == [False, True]
    assert value("raw(i) == -5 or raw(i) != 6", i=i) == [0, 1]


def test_two_words_make_one_of_64_bits() -> None:
    """CCSDS integers are written the most significant octet first (CCSDS 133.0-B-2 §1.6.1)."""
    high = np.array([0x80000001], np.uint32)
    low = np.array([0xDEADBEEF], np.uint32)
    assert value("(raw(a) << 32 | raw(volts)) == 0x80000001DEADBEEF", a=high, volts=low) == [1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 << 63", 2.0**63),
        ("1 << 64", 0),
        ("255 >> 64", 0),
        ("-8 >> 1", -4),
        ("-8 >> 64", -1),
        ("~0", -1),
        ("1 << -1", math.nan),
        ("1.5 & 1", math.nan),
        ("-2 ** 63 & -1", -(2.0**63)),  # the least of 64 bits in two's complement
        ("2 ** 63 & 1", math.nan),
        ("6 & 3 == 2", 1),
        ("2 ** 3 ** 2", 512),
        ("-2 ** 2", -4),
        ("2 ** -1", 0.5),
        ("7 // 2 + 7 % 2", 4),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("1 if 0 else 2 if 1 else 3", 2),
        ("1 if 1 else 2 if 0 else 3", 1),  # Python: 1 if 1 else (2 if 0 else 3)
        ("not 0 and 1", 1),
        ("not 1 == 2", 1),
        ("1 or 0 and 0", 1),
        ("round(2.5)", 2),
        ("round(-1.5)", -2),
        ("sign(-3) + abs(-3)", 2),
        ("hypot(3, 4)", 5),
        ("min(3, 1, 2) + max(3, 1, 2)", 4),
        ("0x10", 16),
        (".5e1", 5),
        ("1.", 1),
        ("floor(-1.5) + ceil(-1.5)", -3),
        ("+3", 3),
        ("--3", 3),
    ],
)
def test_worked_by_hand(text: str, expected: float) -> None:
    assert value(text) == pytest.approx([expected], nan_ok=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 / 0", math.inf),
        ("-1 / 0", -math.inf),
        ("0 / 0", math.nan),
        ("1 % 0", math.nan),
        ("10.0 ** 400", math.inf),
        ("(-8) ** (1 / 3)", math.nan),
        ("sqrt(-1)", math.nan),
        ("log(0)", -math.inf),
        ("exp(1000)", math.inf),
        ("acos(2)", math.nan),
        ("0 ** -1", math.inf),
        ("1e308 * 10", math.inf),
    ],
)
@pytest.mark.filterwarnings("error")
def test_what_has_no_result_is_nan_or_infinite_as_ieee_754_says(text: str, expected: float) -> None:
    assert value(text) == pytest.approx([expected], nan_ok=True)


@given(st.floats(-1e3, 1e3))
def test_identities(x: float) -> None:
    """Abramowitz and Stegun, Handbook of Mathematical Functions, 4.3.10, 4.3.24, 4.2.1 and 4.4.42."""
    f = np.array([x])
    assert value("sin(f)**2 + cos(f)**2", f=f) == pytest.approx([1], abs=1e-12)
    assert value("sin(2*f) - 2*sin(f)*cos(f)", f=f) == pytest.approx([0], abs=1e-12)
    assert value("log(exp(f / 2)) - f / 2", f=f) == pytest.approx([0], abs=1e-9)
    assert value("tan(atan(f))", f=f) == pytest.approx([x], rel=1e-9)
    assert value("asin(f / 1000) + acos(f / 1000)", f=f) == pytest.approx([math.pi / 2])
    assert value("degrees(atan2(sin(radians(30)), cos(radians(30))))") == pytest.approx([30])
    assert value("log10(1000) * log(10)") == pytest.approx([3 * math.log(10)])


def test_engineering_values_labels_and_strings() -> None:
    columns = {"volts": np.array([4, 6], np.uint16), "mode": np.array([1, 9], np.uint8)}
    assert value("volts", **columns) == [3, 4]
    assert value("raw(volts)", **columns) == [4, 6]
    assert value('mode == "SAFE"', **columns) == [1, 0]
    assert value("'NOMINAL' != mode", **columns) == [1, 1]
    assert value("mode == 1", **columns) == [1, 0]
    assert value('mode == "9?"', **columns) == [0, 1]
    tags = np.array([b"AB\0\0", b'x"y'], object)
    assert value('tag == "AB"', tag=tags) == [1, 0]
    assert value('tag == "x""y"', tag=tags) == [0, 1]
    assert value("isnan(tag)", tag=tags) == [1, 1]


def test_an_absent_value_is_nan_and_no_comparison_holds() -> None:
    absent = np.ma.MaskedArray(np.array([3, 3], np.uint8), [False, True])
    assert value("a + 1", a=absent) == pytest.approx([4, math.nan], nan_ok=True)
    for sign in ("==", "!=", "<=", ">="):
        assert value(f"a {sign} a", a=absent)[1] == 0
        assert value(f"raw(a) {sign} raw(a)", a=absent)[1] == 0
    assert value("raw(a) == 3", a=absent) == [1, 0]
    assert value("raw(a) & 1", a=absent) == pytest.approx([1, math.nan], nan_ok=True)
    assert value("1 if a else 0", a=absent) == [1, 0]
    assert value("isnan(a)", a=absent) == [0, 1]
    mode = np.ma.MaskedArray(np.array([1, 1], np.uint8), [False, True])
    assert value('mode == "SAFE"', mode=mode) == [1, 0]
    assert value('mode != "NOMINAL"', mode=mode) == [1, 0]


def test_elements_of_arrays() -> None:
    cells = np.arange(12, dtype=np.uint8).reshape(2, 6)
    assert value("cells[1,2]", cells=cells) == [5, 11]
    assert value("cells[0, 1] + raw(cells[1,0])", cells=cells) == [4, 16]
    assert value("cells[2,0]", cells=cells) == pytest.approx([math.nan] * 2, nan_ok=True)
    loose = np.empty(2, object)
    loose[:] = [np.array([1, 2], np.uint8), np.array([7], np.uint8)]
    assert value("loose[1]", loose=loose) == pytest.approx([2, math.nan], nan_ok=True)
    assert Expression.parse("cells[ 1, 2 ]").names == {"cells[1,2]"}
    gone = np.ma.MaskedArray(loose, [True, False])
    assert value("loose[0]", loose=gone) == pytest.approx([math.nan, 7], nan_ok=True)


@given(st.text(min_size=1, max_size=30))
def test_any_name_and_any_text_can_be_quoted(text: str) -> None:
    expression = Expression.parse(f"{quote_name(text)} == {quote_text(text)}")
    assert expression.names == {text}
    assert expression.comparisons == ((text, text),)


@pytest.mark.parametrize(
    ("text", "position", "message", "mend"),
    [
        ("a < i < q", 6, "chain", "a < b and b < c"),
        ("a = 3", 2, "'='", "=="),
        ("sqr(a)", 0, "sqr", "sqrt"),
        ("a b", 2, "'b'", "operator"),
        ("a +", 3, "ends", "Complete"),
        ("(a", 2, "')'", "bracket"),
        ('"SAFE"', 0, "string", "mode"),
        ('mode < "SAFE"', 5, "order", "=="),
        ("prev(a + 1)", 0, "name", "prev("),
        ("__import__('os')", 0, "no function", "min"),
        ("a.real()", 0, "no function", ""),
        ("x = 3", 2, "'='", "=="),
        ("min()", 0, "0 arguments", "1 to"),
        ("a[1.5]", 2, "index", "name[2]"),
        ("3x", 0, "3x", "backquotes"),
        ("3 x", 2, "'x'", "operator"),
        ("`a", 0, "quote", "Close"),
        ("a && i", 2, "&&", "and"),
        ("0x1FFFFFFFFFFFFFFFF", 0, "64 bits", ""),
        ("1e999", 0, "too large", "1.8e308"),
        ("(lambda: 1)()", 1, "", ""),
        ("a == not i", 5, "not", "brackets"),
        ("", 0, "ends", "Complete"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_mend(text: str, position: int, message: str, mend: str) -> None:
    with pytest.raises(ExpressionError) as error:
        Expression.parse(text)
    if message:
        assert error.value.position == position
    assert message in error.value.message
    assert mend in error.value.mend


@pytest.mark.parametrize(
    "text",
    [
        "a+" * 2500 + "a",
        "+".join(["a"] * 300),
        "(" * 60 + "a" + ")" * 60,
        "-" * 4000 + "a",
        "not " * 1000 + "a",
        "2**" * 200 + "2",
        "1 if 1 else " * 200 + "1",
        "~" * 100 + "a",
        "abs(" * 80 + "a" + ")" * 80,
        "9" * 4000,
    ],
    ids=range(10),
)
def test_the_cost_of_a_text_is_bounded(text: str) -> None:
    with pytest.raises(ExpressionError):
        Expression.parse(text)


def test_the_bounds_are_those_that_are_told() -> None:
    for most, more in (
        ("-" + "+".join(["a"] * 250), "--" + "+".join(["a"] * 250)),  # 499 and one or two
        ("(" * 50 + "a" + ")" * 50, "(" * 51 + "a" + ")" * 51),
        ("a" + " " * 4095, "a" + " " * 4096),
        ("0xFFFFFFFFFFFFFFFF", "0x10000000000000000"),
    ):
        Expression.parse(most)
        with pytest.raises(ExpressionError, match=r"500 operations|50 deep|4,096 characters|64 bits"):
            Expression.parse(more)
    assert MOST_NODES == 500


def test_the_least_integer_is_exact() -> None:
    i = np.array([-(2**63), -(2**63) + 1], np.int64)
    assert value("raw(i) == -9223372036854775808", i=i) == [1, 0]


@pytest.mark.parametrize("text", ['+mode == "SAFE"', "raw(+a)", "prev(+a)"])
def test_a_name_with_a_sign_is_a_value(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"no parameter|name of one parameter"):
        Expression.parse(text)


@pytest.mark.parametrize("word", KEYWORDS)
def test_words_of_the_language_are_quoted_as_names(word: str) -> None:
    assert Expression.parse(f"{quote_name(word)} > 1").names == {word}


def test_a_long_sum_is_no_deep_one() -> None:
    assert value("+".join(["a"] * 250), a=np.array([2], np.uint8)) == [500]


def test_previous_values_and_rates_need_a_memory() -> None:
    expression = Expression.parse("prev(a) + rate(a)")
    assert expression.memory
    with pytest.raises(ValueError, match="Evaluator"):
        expression.evaluate(values(a=np.array([1], np.uint8)), 1)


def test_previous_value_and_rate_by_hand() -> None:
    second = 1_000_000_000
    a = values(a=np.array([1, 3, 9, 9], np.uint8))
    generation = np.array([0, 2, 4, 4], np.int64) * second
    reception = generation + 5
    previous = Evaluator(Expression.parse("prev(a)")).evaluate(a, generation, reception)
    assert previous.tolist() == pytest.approx([math.nan, 1, 3, 9], nan_ok=True)
    rate = Evaluator(Expression.parse("rate(a)")).evaluate(a, generation, reception)
    assert rate.tolist() == pytest.approx([math.nan, 1, 3, math.nan], nan_ok=True)
    # Time that stands still gives no rate, however much the value changes.
    still = Evaluator(Expression.parse("rate(a)")).evaluate(a, np.array([5, 5, 5, 4]), reception)
    assert np.isnan(still).all()
    untimed = np.full(4, NO_TIME, np.int64)
    by_reception = np.array([0, 1, 2, 3], np.int64) * second
    rate = Evaluator(Expression.parse("rate(a)")).evaluate(a, untimed, by_reception)
    assert rate.tolist() == pytest.approx([math.nan, 2, 6, 0], nan_ok=True)


@given(
    st.lists(
        st.tuples(st.integers(0, 255), st.integers(0, 9), st.booleans(), st.booleans()),
        min_size=1,
        max_size=30,
    ),
    st.lists(st.integers(0, 30), max_size=5),
)
def test_many_batches_give_what_one_gives(rows: list[tuple[int, int, bool, bool]], cuts: list[int]) -> None:
    a = np.ma.MaskedArray([r[0] for r in rows], [r[2] for r in rows], dtype=np.uint8)
    reception = np.cumsum([r[1] for r in rows], dtype=np.int64) * 100_000_000
    generation = np.where([r[3] for r in rows], NO_TIME, reception + 7)
    expression = Expression.parse("rate(a) + prev(a) * 2 - (a & 3) if prev(a) != 5 else raw(a) | 1")
    whole = Evaluator(expression).evaluate(values(a=a), generation, reception)
    evaluator, parts = Evaluator(expression), []
    for first, last in pairwise([0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]):
        part = slice(first, last)
        parts.append(evaluator.evaluate(values(a=a[part]), generation[part], reception[part]))
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_a_constant_holds_in_every_row() -> None:
    assert Expression.parse("1 + 1").evaluate(values(), 3).tolist() == [2, 2, 2]
    assert Expression.parse("1 < 2").true(values(), 2).tolist() == [True, True]
    assert Expression.parse("a").evaluate(values(a=np.empty(0, np.uint8)), 0).shape == (0,)
