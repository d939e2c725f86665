"""The formatter: one look for every file; line breaks and column alignment stay the author's."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from dlspec.diagnostics.report import DlspecError
from dlspec.diagnostics.span import SourceFile
from dlspec.syntax import ast
from dlspec.syntax.brackets import Brackets
from dlspec.syntax.layout import Line, align, indent, split_lines
from dlspec.syntax.lexing import lex
from dlspec.syntax.newlines import statements
from dlspec.syntax.parser import parse
from dlspec.syntax.situation import NAMES
from dlspec.syntax.spacing import BRACED, spaced


def format_source(source: SourceFile) -> str:
    """The text in its usual form; the meaning and the comments stay, and a second time changes nothing.

    Raises the diagnostics of a text that has errors of form.
    """
    _, diagnostics = parse(source)
    if diagnostics:
        raise DlspecError(diagnostics)
    lexed = lex(source)
    tokens = statements(lexed.tokens, Brackets(), len(source.text))
    lines = split_lines(source, list(spaced(tokens)), lexed.comments)
    indent(lines)
    gaps = _blank_lines(lines)
    align(lines, gaps)
    return "".join("\n" * (place in gaps) + line.render()[0] + "\n" for place, line in enumerate(lines))


def expression_text(expr: ast.Expr) -> str:
    """An expression on one line, in the usual form and without comments, for messages."""
    text = expr.span.text
    lexed = lex(SourceFile("", text))
    tokens = [token for token in lexed.tokens if token[0] != "NEWLINE"]
    _, _, first, *rest = spaced([("NAME", "x", 0), ("EQUAL", "=", 0), *tokens])
    return first.token[1] + "".join(" " * item.gap + item.token[1] for item in rest)


def _blank_lines(lines: Sequence[Line]) -> set[int]:
    """The places of the lines with a blank line in front: where the author has one, none inside of braces' ends."""
    gaps = set()
    for place in range(1, len(lines)):
        line, before = lines[place], lines[place - 1]
        opened = bool(before.tokens) and before.tokens[-1].token[0] == "LBRACE"
        closes = bool(line.tokens) and line.tokens[0].token[0] == "RBRACE"
        if line.number > before.number + 1 and not opened and not closes:
            gaps.add(place)
    return gaps | _between_declarations(lines, gaps)


def _between_declarations(lines: Sequence[Line], gaps: set[int]) -> set[int]:
    """Where a blank line is missing beside a declaration of several lines; its comments go with it."""
    filled = [at for at, line in enumerate(lines) if line.tokens]
    starts = [at for at in filled if lines[at].begins and not lines[at].tokens[0].braces]
    if not starts:
        return set()
    ends = [filled[bisect_left(filled, start) - 1] for start in (*starts[1:], len(lines))]
    tall = [start < end and _braced(lines[start]) for start, end in zip(starts, ends, strict=True)]
    missing = set()
    for number in range(1, len(starts)):
        between = range(ends[number - 1] + 1, starts[number] + 1)
        if (tall[number - 1] or tall[number]) and not any(at in gaps for at in between):
            missing.add(between[0])
    return missing


def _braced(line: Line) -> bool:
    kinds = [item.token[0] for item in line.tokens[:2]]
    return len(kinds) == 2 and kinds[0] in BRACED and kinds[1] in NAMES
