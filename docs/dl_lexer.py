"""Colours for `.dl` programs in the documentation."""

from __future__ import annotations

from typing import ClassVar

from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Whitespace

RESERVED = ("input", "output", "return", "if", "else", "for", "in", "and", "or", "not")
DECLARING = ("import", "from", "as", "data", "model", "block", "train", "tune", "on", "step")


class DlLexer(RegexLexer):
    """Lexical rules of the language; a declaration's keyword counts only where a line begins with it."""

    name = "dlspec"
    aliases: ClassVar[list[str]] = ["dl"]
    filenames: ClassVar[list[str]] = ["*.dl"]
    tokens: ClassVar[dict[str, list[object]]] = {
        "root": [
            (r"#.*$", Comment.Single),
            (r"\s+", Whitespace),
            (rf"(?m)^(\s*)({'|'.join(DECLARING)})(?=\s+[\w\"])", bygroups(Whitespace, Keyword.Declaration)),
            (words(RESERVED, suffix=r"\b"), Keyword),
            (words(("true", "false", "none"), suffix=r"\b"), Keyword.Constant),
            (words(("float", "int", "bool"), suffix=r"(?=\[)"), Keyword.Type),
            (r'"(?:[^"\\\n]|\\.)*"', String),
            (r"\d+(?:x\d+)+", Number),
            (r"(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", Number),
            (r"->|//|\*\*|[=!<>]=|[-+*/%@<>=]", Operator),
            (r"[A-Za-z_]\w*(?=\s*\()", Name.Function),
            (r"[A-Za-z_]\w*", Name),
            (r"[()\[\]{},.:…]", Punctuation),
        ]
    }
