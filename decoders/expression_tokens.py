"""The words of expressions: names, numbers, strings and signs, and how odd names are quoted."""

from __future__ import annotations

import re
from dataclasses import dataclass

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
KEYWORDS = ("and", "or", "not", "if", "else")

_MENDS = {
    "=": "Write == to compare", "!": "Write not", "&&": "Write and", "||": "Write or",
    ":=": "An expression keeps nothing; write the value itself", "=>": "Write >=", "=<": "Write <=",
    "<>": "Write !=", "?": "Write a if condition else b", ".": "Write odd names in backquotes: `a.b/c`",
}  # fmt: skip
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<hex>0[xX][0-9A-Fa-f]+)
    |(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_.]*)
    |(?P<quoted>`(?:[^`]|``)+`)
    |(?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')
    |(?P<mistake>&&|\|\||:=|=>|=<|<>|=(?!=)|!(?!=))
    |(?P<sign>\*\*|//|<<|>>|==|!=|<=|>=|[-+*/%<>&|^~()\[\],])
    )""",
    re.VERBOSE,
)
_INDEX = "(?:0|[1-9][0-9]*)"
_PLAIN = re.compile(rf"[A-Za-z_][A-Za-z0-9_.]*(?:\[{_INDEX}(?:,{_INDEX})*\])?\Z")
_SPACE = re.compile(r"\s*")


class ExpressionError(ValueError):
    """An expression that cannot be read: what is wrong, at which column (from 0), and the mend."""

    def __init__(self, message: str, position: int = 0, mend: str = "") -> None:
        super().__init__(f"{message} (column {position + 1} of the expression)" + (f". {mend}" * bool(mend)))
        self.message, self.position, self.mend = message, position, mend


@dataclass(slots=True)
class Token:
    """One word: ``kind`` is hex, number, name, quoted, text, sign or end."""

    kind: str
    text: str
    position: int


def quote_name(name: str) -> str:
    """Return a parameter's name as an expression reads it: in backquotes where it is an odd one."""
    if _PLAIN.match(name) and name not in KEYWORDS:
        return name
    return "`" + name.replace("`", "``") + "`"


def quote_text(text: str) -> str:
    """Return a string as an expression reads it."""
    return '"' + text.replace('"', '""') + '"'


def tokens(text: str) -> list[Token]:
    """Part an expression into tokens, the last of kind ``end``; raise ``ExpressionError``."""
    found: list[Token] = []
    at = 0
    while True:
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]
        if at == len(text):
            return [*found, Token("end", "", at)]
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            sign = text[at]
            if sign in "\"'`":
                raise ExpressionError("a quote is not closed", at, f"Close it with {sign}")
            raise ExpressionError(f"{sign!r} means nothing here", at, _MENDS.get(sign, "Take it out"))
        kind, word = match.lastgroup, match[match.lastgroup]
        if kind == "mistake":
            raise ExpressionError(f"there is no {word!r}", at, _MENDS[word])
        if kind in ("text", "quoted"):
            word = word[1:-1].replace(word[0] * 2, word[0])
        elif kind == "name" and word in KEYWORDS:
            kind = "sign"
        found.append(Token(kind, word, at))
        at = match.end()
