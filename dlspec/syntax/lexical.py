"""What is no token: how it is recognised, what it was probably meant to be, and what to say."""

from __future__ import annotations

import re

from dlspec.diagnostics.codes import syntax as codes
from dlspec.diagnostics.report import Diagnostic
from dlspec.diagnostics.span import Span

MOST = 50
"""Errors of form after which a file is given up: it is probably no spec at all."""

BAD_PATTERNS = {
    "BAD_STRING": r'"(?:[^"\\\n]|\\[^\n])*"?',
    "BAD_QUOTE": r"'[^'\n]*'?|[\u201c\u201d\u201e\u00ab][^\u201c\u201d\u00bb\n]*[\u201c\u201d\u00bb]?",
    "BAD_NUMBER": r"\.?[0-9](?:[\w.]|(?<=[eE])[+-](?=[0-9]))*",
    "BAD_NAME": r"[^\W\d]\w*",
    "BAD_SIGN": r"&&?|\|[|>]?|=>|[\u2192\u27f6\u21d2]|[\u2013\u2014]>?|[:+*/-]=|<>|!(?!=)|;",
    "BAD_CHARACTER": r"[^ \t\r\f\n]",
}
"""Tried, in this order, where no token fits."""

_SIGNS = {
    "&": ("AND", "write 'and'"),
    "&&": ("AND", "write 'and'"),
    "|": ("OR", "write 'or' for logic, and '->' for a flow"),
    "||": ("OR", "write 'or'"),
    "|>": ("ARROW", "write '->'"),
    "=>": ("ARROW", "write '->'"),
    "!": ("NOT", "write 'not'"),
    "<>": ("NE", "write '!='"),
    ":=": ("EQUAL", "write '='"),
    ";": ("NEWLINE", "begin the next statement on a line of its own"),
}
_HELPS = {
    "^": "write '**' for a power",
    "$": "a name needs no '$'",
    "?": "write 'a if condition else b'",
    "\\": "a line goes on after an operator or ','",
    "\u00d7": "write '*' for a product, and 'x' in a size such as 3x3",
    "\u00b7": "write '*' for a product",
}
_ARROWS = "\u2192\u27f6\u21d2"
_DASHES = "\u2013\u2014"


def mistake(kind: str, text: str, span: Span) -> tuple[str, Diagnostic]:
    """The kind of token that was probably meant ("" for none) and the diagnostic."""
    match kind:
        case "BAD_STRING":
            return "STRING", _string(text, span)
        case "BAD_QUOTE":
            inner = text[1:-1] if len(text) > 1 and text[-1] in "'\u201c\u201d\u00bb" else text[1:]
            message = "strings are written in straight double quotes"
            return "STRING", Diagnostic(codes.BAD_CHARACTER, message, span, f'write "{_short(inner)}"')
        case "BAD_NUMBER":
            return "NUMBER", _number(text, span)
        case "BAD_NAME":
            return "NAME", _name(text, span)
        case "BAD_SIGN":
            return _sign(text, span)
        case _:
            return "", _character(text, span)


def _string(text: str, span: Span) -> Diagnostic:
    escape = re.search(r'\\(?:[^"\\nt]|$)', re.sub(r'\\["\\nt]', "..", text))
    if escape:
        place = Span(span.source, span.start + escape.start(), span.start + escape.end())
        return Diagnostic(
            codes.BAD_ESCAPE,
            f"'{escape[0]}' is not an escape",
            place,
            "write '\\\\' for a backslash; the others are '\\\"', '\\n' and '\\t'; paths take '/'",
        )
    place = Span(span.source, span.start, span.start + 1)
    return Diagnostic(codes.BAD_STRING, "this string is not closed on its line", place, "close it with '\"'")


def _number(text: str, span: Span) -> Diagnostic:
    head = re.match(r"[0-9]+", text)
    if re.fullmatch(r"[0-9]+(?:[xX][0-9]+)+", text):
        help = f"write the size as '{re.sub('[^0-9]', 'x', text)}'"
    elif re.fullmatch(r"\.[0-9]+", text):
        help = f"write '0{text}'"
    elif re.fullmatch(r"[0-9]+\.", text):
        help = f"write '{text}0'"
    elif re.fullmatch(r"[0-9]+x", text):
        help = f"a size has a number on both sides, such as '{text}{text[:-1]}'; a product is '{text[:-1]} * x'"
    elif re.fullmatch(r"[0-9]+[A-Za-z]\w*", text) and head:
        help = f"a name begins with a letter; a product is '{head[0]} * {text[head.end() :]}'"
    else:
        help = "numbers look like '3', '1_000', '0.5', '1e-3', and sizes like '3x3'"
    return Diagnostic(codes.BAD_NUMBER, f"'{_short(text)}' is not a number", span, help)


def _name(text: str, span: Span) -> Diagnostic:
    if text.isascii():
        message = f"a name has at most 64 characters, and this one has {len(text)}"
        return Diagnostic(codes.BAD_NAME, message, span, "choose a shorter name")
    strange = " and ".join(f"'{each}'" for each in dict.fromkeys(each for each in text if not each.isascii()))
    help = f"leave out {strange}: a name has the letters a to z and A to Z, digits and '_'"
    return Diagnostic(codes.BAD_NAME, f"'{_short(text)}' cannot be a name", span, help)


def _sign(text: str, span: Span) -> tuple[str, Diagnostic]:
    if text in _SIGNS:
        meant, help = _SIGNS[text]
    elif text[0] in _ARROWS or (text[0] in _DASHES and len(text) == 2):
        meant, help = "ARROW", "write '->'"
    elif text[0] in _DASHES:
        meant, help = "MINUS", "write '-'"
    else:
        meant, help = "EQUAL", "nothing is bound twice: write '=' and a new name"
    return meant, Diagnostic(codes.BAD_CHARACTER, f"'{text}' is not part of the language", span, help)


def _character(text: str, span: Span) -> Diagnostic:
    if text.isspace() or not text.isprintable():
        message = f"the character U+{ord(text):04X} is not part of the language"
        return Diagnostic(codes.BAD_CHARACTER, message, span, "replace it by an ordinary space, or take it out")
    return Diagnostic(
        codes.BAD_CHARACTER, f"'{text}' is not part of the language", span, _HELPS.get(text, "take it out")
    )


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
