"""Which brackets belong together, and what becomes of those that are left over.

A bracket that is never closed is reported where it stands, and closed where its line ends (a brace: before the next
declaration, or at the end of the file), so that one slip does not swallow what follows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dlspec.diagnostics.codes import syntax as codes
from dlspec.diagnostics.codes.base import Code
from dlspec.diagnostics.report import Diagnostic, Note
from dlspec.diagnostics.span import SourceFile, Span
from dlspec.syntax.depth import SHALLOWER
from dlspec.syntax.lexical import MOST
from dlspec.syntax.lexing import Token

MAX_NESTING = 100

_CLOSING = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
_OPENING = {"RPAR": "LPAR", "RSQB": "LSQB", "RBRACE": "LBRACE"}
_SIGN = {"RPAR": ")", "RSQB": "]", "RBRACE": "}"}
_DECLARING = frozenset({"DATA", "BLOCK", "MODEL", "TRAIN", "TUNE"})
_AFTER_DECLARED = frozenset({"LBRACE", "LPAR", "ON", "AS"})
WATCHED = frozenset({*_CLOSING, *_OPENING, *_DECLARING})


@dataclass(slots=True)
class Brackets:
    """What matching found: indices of tokens to leave out, to take as closed at once, and braces to add."""

    stray: set[int] = field(default_factory=set)
    unclosed: set[int] = field(default_factory=set)
    closed_before: dict[int, int] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    given_up: bool = False

    @property
    def sound(self) -> bool:
        return not self.diagnostics


class _Matcher:
    def __init__(self, source: SourceFile, tokens: list[Token]) -> None:
        self.source = source
        self.tokens = tokens
        self.open: list[int] = []
        self.found = Brackets()
        kinds = [kind for kind, _, _ in tokens]
        self.braces_missing = kinds.count("LBRACE") > kinds.count("RBRACE")

    def match(self) -> Brackets:
        for index, (kind, _, _) in enumerate(self.tokens):
            if kind not in WATCHED:
                continue
            if len(self.found.diagnostics) >= MOST:
                self.found.given_up = True
                return self.found
            if kind in _DECLARING:
                self.declaration(index)
            elif kind in _OPENING:
                self.close(index, kind)
            elif len(self.open) >= MAX_NESTING:
                message = f"brackets are nested more than {MAX_NESTING} deep"
                self.report(codes.TOO_DEEP, index, message, SHALLOWER)
                self.found.given_up = True
                return self.found
            else:
                if kind == "LBRACE":
                    self.leave_open()
                self.open.append(index)
        self.leave_open(braces=True, before=len(self.tokens))
        return self.found

    def declaration(self, index: int) -> None:
        """A declaration that begins in a body: the braces around it were forgotten, if any is missing at all."""
        tokens = self.tokens
        if not self.open or not self.braces_missing or tokens[index - 1][0] != "NEWLINE":
            return
        named = tokens[index + 1 : index + 3]
        if len(named) == 2 and named[0][1].isidentifier() and named[1][0] in _AFTER_DECLARED:
            self.leave_open(braces=True, before=index)

    def close(self, index: int, kind: str) -> None:
        wanted = _OPENING[kind]
        if kind == "RBRACE":
            self.leave_open()
        top = self.open[-1] if self.open else None
        if top is None or (self.tokens[top][0] == "LBRACE") != (kind == "RBRACE"):
            self.found.stray.add(index)
            self.report(codes.STRAY_BRACKET, index, f"this '{_SIGN[kind]}' closes nothing", "take it out")
        elif self.tokens[top][0] == wanted:
            self.open.pop()
        elif self.opened_before(wanted):
            while self.tokens[self.open[-1]][0] != wanted:
                self.never_closed(self.open.pop())
            self.open.pop()
        else:
            self.mismatch(self.open.pop(), index)

    def opened_before(self, wanted: str) -> bool:
        """Whether a bracket of this kind is open within the innermost brace."""
        for index in reversed(self.open):
            kind = self.tokens[index][0]
            if kind == wanted or kind == "LBRACE":
                return kind == wanted
        return False

    def mismatch(self, opened: int, index: int) -> None:
        right = _SIGN[_CLOSING[self.tokens[opened][0]]]
        text = self.tokens[opened][1]
        message = f"'{text}' is closed by '{self.tokens[index][1]}'"
        self.report(codes.STRAY_BRACKET, index, message, f"write '{right}'", opened)

    def leave_open(self, *, braces: bool = False, before: int = 0) -> None:
        """Give up the round and square brackets that are open, and the braces too where that is asked."""
        while self.open and (braces or self.tokens[self.open[-1]][0] != "LBRACE"):
            index = self.open.pop()
            self.never_closed(index)
            if self.tokens[index][0] == "LBRACE":
                self.found.closed_before[before] = self.found.closed_before.get(before, 0) + 1

    def never_closed(self, index: int) -> None:
        kind, text, _ = self.tokens[index]
        if kind != "LBRACE":
            self.found.unclosed.add(index)
        self.report(codes.UNCLOSED_BRACKET, index, f"this '{text}' is never closed", f"add '{_SIGN[_CLOSING[kind]]}'")

    def report(self, code: Code, index: int, message: str, help: str = "", opened: int | None = None) -> None:
        notes = () if opened is None else (Note("opened here", self.span(opened)),)
        self.found.diagnostics.append(Diagnostic(code, message, self.span(index), help, notes))

    def span(self, index: int) -> Span:
        _, text, start = self.tokens[index]
        return Span(self.source, start, start + len(text))


def match_brackets(source: SourceFile, tokens: list[Token]) -> Brackets:
    """Match every bracket of a file; reports those left open or stray, and nesting that goes too deep."""
    return _Matcher(source, tokens).match()
