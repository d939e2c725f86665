"""What is known at a token that does not fit."""

from __future__ import annotations

from dataclasses import dataclass

from dlspec.diagnostics.codes.base import Code
from dlspec.diagnostics.report import Diagnostic, Note
from dlspec.diagnostics.span import SourceFile, Span
from dlspec.syntax.lexing import Token
from dlspec.syntax.newlines import END

RESERVED = frozenset(
    {"INPUT", "OUTPUT", "RETURN", "IF", "ELSE", "FOR", "IN", "AND", "OR", "NOT", "TRUE", "FALSE", "NONE"}
)
DECLARING = ("import", "from", "data", "block", "model", "train", "tune")
NAMES = frozenset({"NAME", "IMPORT", "FROM", "AS", "DATA", "MODEL", "BLOCK", "TRAIN", "TUNE", "ON", "STEP"})
LITERALS = frozenset({"NUMBER", "SIZE", "STRING", "TRUE", "FALSE", "NONE"})
ENDS_OPERAND = NAMES | LITERALS | {"RPAR", "RSQB", "IN"}
STARTS_OPERAND = NAMES | LITERALS | {"LPAR", "LSQB", "IN", "NOT"}
ENDS_LINE = frozenset({"NEWLINE", "RBRACE", END})


@dataclass(frozen=True, slots=True)
class Situation:
    """The tokens, the index where the statement starts and that of the one that does not fit, and what would have."""

    source: SourceFile
    tokens: list[Token]
    start: int
    index: int
    accepted: frozenset[str]
    in_body: bool
    too_deep: bool

    def kind(self, offset: int = 0) -> str:
        """The kind of the token at this distance from the one that does not fit; "" outside the file."""
        place = self.index + offset
        return self.tokens[place][0] if 0 <= place < len(self.tokens) else ""

    def text(self, offset: int = 0) -> str:
        place = self.index + offset
        return self.tokens[place][1] if 0 <= place < len(self.tokens) else ""

    @property
    def line(self) -> list[Token]:
        """The tokens of the statement before the one that does not fit."""
        return self.tokens[self.start : self.index]

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.line]

    def span(self, offset: int = 0) -> Span:
        """The place of a token; the end of a line is the place behind its last character."""
        kind, text, start = self.tokens[self.index + offset]
        if kind in ENDS_LINE and kind != "RBRACE" and self.index + offset > 0:
            _, before, start = self.tokens[self.index + offset - 1]
            start += len(before)
            return Span(self.source, start, start)
        return Span(self.source, start, start + len(text))

    def behind(self) -> Span:
        """The place just behind the token before."""
        _, text, start = self.tokens[self.index - 1]
        return Span(self.source, start + len(text), start + len(text))

    def diagnostic(
        self, code: Code, message: str, help: str = "", span: Span | None = None, notes: tuple[Note, ...] = ()
    ) -> Diagnostic:
        return Diagnostic(code, message, span or self.span(), help, notes)

    def begins_line(self, offset: int = 0) -> bool:
        """Whether nothing but space stands before a token on its line."""
        place = self.index + offset
        if place < 1:
            return True
        text = self.source.text
        kind, before, start = self.tokens[place - 1]
        return kind == "NEWLINE" or "\n" in text[start + len(before) : self.tokens[place][2]]

    def open_bracket(self) -> int | None:
        """The index of the innermost `(` or `[` that is open here, within the statement."""
        depth = 0
        for place in range(self.index - 1, self.start - 1, -1):
            kind = self.tokens[place][0]
            if kind in ("RPAR", "RSQB"):
                depth += 1
            elif kind in ("LPAR", "LSQB"):
                if not depth:
                    return place
                depth -= 1
        return None
