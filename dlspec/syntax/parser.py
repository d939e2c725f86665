"""Text to tree: the one function that runs the lexer, the post-lexer, the automaton and the builders."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial

from dlspec.diagnostics.codes import syntax as codes
from dlspec.diagnostics.report import Diagnostic, DlspecError
from dlspec.diagnostics.span import SourceFile, Span
from dlspec.syntax import ast
from dlspec.syntax.brackets import match_brackets
from dlspec.syntax.build import Builder
from dlspec.syntax.comments import Comments
from dlspec.syntax.depth import too_deep
from dlspec.syntax.driver import Driver
from dlspec.syntax.lexical import MOST
from dlspec.syntax.lexing import lex
from dlspec.syntax.newlines import statements
from dlspec.syntax.recovery import Recovery
from dlspec.syntax.table import load_table


def parse(source: SourceFile) -> tuple[ast.File, list[Diagnostic]]:
    """The tree of a text and everything that is wrong with its form, in the order of the text.

    What could not be read is missing from the tree; with no diagnostics it is whole.
    """
    lexed = lex(source)
    brackets = match_brackets(source, lexed.tokens)
    found = lexed.diagnostics + [item for item in brackets.diagnostics if not _swallowed(item, lexed.diagnostics)]
    empty = ast.File(Span(source, 0, len(source.text)), ())
    if brackets.given_up or len(lexed.diagnostics) >= MOST:
        return empty, _sorted(found)
    tokens = statements(lexed.tokens, brackets, len(source.text.rstrip()))
    table = load_table()
    builder = Builder(source, Comments(source, lexed.comments))
    driver = Driver(table, builder.methods(table.rules))
    recovery = Recovery(source, tokens, driver, found)
    file: ast.File | None = None
    try:
        file = _without_collection(partial(driver.run, tokens, recovery))
    except DlspecError as error:
        found += error.diagnostics
    found += builder.diagnostics + recovery.diagnostics
    if file is None:
        return empty, _sorted(found)
    return file, _sorted(found + too_deep(file))


def _without_collection(make: Callable[[], ast.File | None]) -> ast.File | None:
    """Run without the cyclic garbage collector: a tree has no cycles, and to look for some while it grows is slow."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        return make()
    finally:
        if enabled:
            gc.enable()


def _swallowed(bracket: Diagnostic, lexical: list[Diagnostic]) -> bool:
    """Whether a bracket is open only because a string that is never closed took in the closing one."""
    if bracket.code is not codes.UNCLOSED_BRACKET or bracket.span is None or bracket.span.text == "{":
        return False
    line = bracket.span.line
    return any(item.code is codes.BAD_STRING and item.span and item.span.line == line for item in lexical)


def _sorted(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """In the order of the text, and no more than anybody reads."""
    return sorted(diagnostics, key=lambda item: item.span.start if item.span else 0)[:MOST]
