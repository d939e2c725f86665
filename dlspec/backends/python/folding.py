"""Breaks a line of code that is too long, in the layout of the usual formatters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dlspec.backends.python.layout import INDENT, WIDTH

_CLOSING = {"(": ")", "[": "]", "{": "}"}


def folded(lines: Iterable[str]) -> list[str]:
    """The lines, those that are too long broken inside their brackets."""
    return [piece for line in lines for piece in (_fold(line) if len(line) > WIDTH else [line])]


def _fold(line: str) -> list[str]:
    code = line.lstrip(" ")
    indent = line[: len(line) - len(code)]
    pairs = [pair for pair in _pairs(code) if pair[1] > pair[0] + 1]
    if not pairs or code.startswith(("#", '"""')):
        return [line]
    start, end = pairs[0] if code.startswith("def ") else pairs[-1]
    inner, body, tail = indent + INDENT, code[start + 1 : end], code[end:]
    clauses = _clauses(body)
    parts = [body] if len(clauses) > 1 else _split(body)
    called = start > 0 and (code[start - 1].isalnum() or code[start - 1] in "_)]")
    if (called or len(parts) == 1) and len(inner + body) <= WIDTH:
        return [indent + code[: start + 1], inner + body, *folded([indent + tail])]
    grouping = code[start] == "(" and not called and len(parts) == 1
    comma = "" if grouping or len(clauses) > 1 else ","
    pieces = [piece for part in (clauses if len(clauses) > 1 else parts) for piece in folded([f"{inner}{part}{comma}"])]
    return [indent + code[: start + 1], *pieces, *folded([indent + tail])]


def _characters(code: str) -> Iterator[tuple[int, str, int]]:
    """Each character outside of strings: its place, itself, and how many brackets are open before it."""
    depth, quote, escaped = 0, "", False
    for place, char in enumerate(code):
        if quote:
            if char == quote and not escaped:
                quote = ""
            escaped = char == "\\" and not escaped
            continue
        if char in "\"'":
            quote = char
            continue
        if char in ")]}":
            depth -= 1
        yield place, char, depth
        if char in _CLOSING:
            depth += 1


def _pairs(code: str) -> list[tuple[int, int]]:
    """The outermost pairs of brackets."""
    found: list[tuple[int, int]] = []
    start = -1
    for place, char, depth in _characters(code):
        if depth == 0 and char in _CLOSING:
            start = place
        elif depth == 0 and char in ")]}":
            found.append((start, place))
    return found


def _clauses(body: str) -> list[str]:
    """The element and the clauses of a comprehension; what is none stays whole."""
    cuts = [
        place
        for place, char, depth in _characters(body)
        if char == " " and depth == 0 and body.startswith((" for ", " if "), place)
    ]
    if not cuts or not body.startswith(" for ", cuts[0]):
        return [body]
    return [body[a:b].strip() for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]


def _split(body: str) -> list[str]:
    """The parts between the outermost commas."""
    cuts = [place for place, char, depth in _characters(body) if char == "," and depth == 0]
    parts = [body[a:b].strip() for a, b in zip([0, *(cut + 1 for cut in cuts)], [*cuts, len(body)], strict=True)]
    return [part for part in parts if part]
