"""The grammar file: where it lies, in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def grammar_path() -> Path:
    """`dlspec/grammars/dl.lark` of an installed package, else `grammars/dl.lark` of the checkout."""
    shipped = _PACKAGE / "grammars" / "dl.lark"
    return shipped if shipped.is_file() else _PACKAGE.parent / "grammars" / "dl.lark"


def grammar_text() -> str:
    """The grammar as lark reads it."""
    return grammar_path().read_text(encoding="utf-8")
