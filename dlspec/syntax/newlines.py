"""The post-lexer: of the line breaks, only those that end a statement are left.

A line break ends nothing inside `()` and `[]`, after a line that ends with `,` `=` or an infix operator, before a line
that begins with an infix operator, and beside a brace.
"""

from __future__ import annotations

from dlspec.syntax.brackets import Brackets
from dlspec.syntax.lexing import Token

INFIX = frozenset(
    {
        "ARROW",
        "OR",
        "AND",
        "IF",
        "ELSE",
        "EQ",
        "NE",
        "LT",
        "LE",
        "GT",
        "GE",
        "PLUS",
        "MINUS",
        "STAR",
        "SLASH",
        "SLASHES",
        "PERCENT",
        "AT",
        "STARS",
    }
)
_GOES_ON_AFTER = INFIX | {"COMMA", "EQUAL", "LBRACE"}
_GOES_ON_BEFORE = INFIX | {"RBRACE"}
END = "$END"


def statements(tokens: list[Token], brackets: Brackets, end: int) -> list[Token]:
    """The tokens with the line breaks that end a statement, and END at the offset `end`.

    Stray brackets are left out, unclosed braces are closed, and a bracket left open counts as none.
    """
    if not brackets.sound:
        tokens, uncounted = _repaired(tokens, brackets, end)
    else:
        uncounted = frozenset()
    kept: list[Token] = []
    append = kept.append
    depth = 0
    last = "LBRACE"
    pending: Token | None = None
    for token in tokens:
        kind = token[0]
        if kind == "NEWLINE":
            if not depth and last not in _GOES_ON_AFTER:
                pending = pending or token
            continue
        if pending:
            if kind not in _GOES_ON_BEFORE:
                append(pending)
            pending = None
        if kind == "LPAR" or kind == "LSQB":
            if token[2] not in uncounted:
                depth += 1
        elif kind == "RPAR" or kind == "RSQB":
            depth -= 1
        append(token)
        last = kind
    append((END, "", end))
    return kept


def _repaired(tokens: list[Token], brackets: Brackets, end: int) -> tuple[list[Token], frozenset[int]]:
    """The tokens as they were probably meant, and the offsets of the brackets that count as none."""
    repaired: list[Token] = []
    for index, token in enumerate(tokens):
        for _ in range(brackets.closed_before.get(index, 0)):
            repaired += [("RBRACE", "", token[2]), ("NEWLINE", "", token[2])]
        if index not in brackets.stray:
            repaired.append(token)
    repaired += [("RBRACE", "", end)] * brackets.closed_before.get(len(tokens), 0)
    return repaired, frozenset(tokens[index][2] for index in brackets.unclosed)
