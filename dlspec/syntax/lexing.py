"""Text to tokens, by one regular expression made of the grammar's terminals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from dlspec.diagnostics.report import Diagnostic
from dlspec.diagnostics.span import SourceFile, Span
from dlspec.syntax.lexical import BAD_PATTERNS, MOST, mistake
from dlspec.syntax.table import load_table

Token = tuple[str, str, int]
"""Kind, text, and the offset of its first character."""

_BESIDE = frozenset({"COMMENT", *BAD_PATTERNS})
_NEWLINES = r"\n(?:[ \t\r\f]*\n)*"
_SKIPPED = frozenset({"SPACE"})


@dataclass(slots=True)
class Lexed:
    """The tokens of a file, every line break among them, its comments apart, and what was wrong on the way."""

    tokens: list[Token] = field(default_factory=list)
    comments: list[Token] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def lex(source: SourceFile) -> Lexed:
    """The tokens of a text; what is no token is reported and stands for the likeliest one, or is left out.

    After the most errors that anybody reads the rest is left out.
    """
    scan, kinds = _scanner()
    lexed = Lexed()
    append = lexed.tokens.append
    for match in scan(source.text):
        text = match[0]
        kind = kinds.get(text) or match.lastgroup or ""
        if kind not in _BESIDE:
            append((kind, text, match.start()))
        elif kind == "COMMENT":
            lexed.comments.append((kind, text, match.start()))
        else:
            meant, diagnostic = mistake(kind, text, Span(source, match.start(), match.end()))
            lexed.diagnostics.append(diagnostic)
            if len(lexed.diagnostics) >= MOST:
                break
            if meant:
                append((meant, text, match.start()))
    return lexed


@cache
def _scanner() -> tuple[Callable[[str], Iterator[re.Match[str]]], dict[str, str]]:
    """What finds the tokens of a text, and the kinds of those that are fixed words or signs."""
    terminals = load_table().terminals
    kinds = {terminal.pattern: terminal.name for terminal in terminals if terminal.fixed}
    signs = sorted((text for text in kinds if not text.isalpha()), key=len, reverse=True)
    patterns = {t.name: t.pattern for t in terminals if not t.fixed and t.name not in _SKIPPED}
    name = patterns.pop("NAME")
    groups = {"NAME": name, "NEWLINE": _NEWLINES, **patterns, **BAD_PATTERNS}
    character = groups.pop("BAD_CHARACTER")
    groups |= {"SIGN": "|".join(map(re.escape, signs)), "BAD_CHARACTER": character}
    return re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in groups.items())).finditer, kinds
