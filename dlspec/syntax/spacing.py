"""The space in front of each token where two stand on one line: none or one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dlspec.syntax.lexing import Token
from dlspec.syntax.newlines import END
from dlspec.syntax.situation import ENDS_OPERAND, NAMES

BRACED = frozenset({"DATA", "BLOCK", "MODEL", "TRAIN", "TUNE"})
_FACTORS = frozenset({"STAR", "SLASH", "SLASHES", "PERCENT", "STARS"})
_SIGNS = frozenset({"MINUS", "PLUS"})


@dataclass(frozen=True, slots=True)
class Spaced:
    """A token, the spaces in front of it, and what the layout of lines has to know.

    `key` marks the places where authors align columns: behind a setting's word, and at the `=` of a line.
    `braces` is how many braces are open in front of the token.
    """

    token: Token
    gap: int
    key: bool
    starts: bool
    braces: int


@dataclass(slots=True)
class _Walk:
    """What is known at a token: the statement's kind, and the brackets that are open."""

    tokens: Sequence[Token]
    brackets: list[str] = field(default_factory=list)
    braces: int = 0
    first: int = 0
    pending_for: list[int] = field(default_factory=list)
    glued: bool = False

    def setting(self) -> bool:
        """Whether the statement is a setting: a word, and then neither `=` nor `,`."""
        following = self.kind(self.first + 1)
        return self.braces > 0 and self.kind(self.first) == "NAME" and following not in ("EQUAL", "COMMA")

    def kind(self, place: int) -> str:
        return self.tokens[place][0] if 0 <= place < len(self.tokens) else END

    def apart(self, place: int) -> bool:
        """Whether the author left space between a token and the one before it."""
        _, before, start = self.tokens[place - 1]
        return start + len(before) < self.tokens[place][2]

    def ends_operand(self, place: int) -> bool:
        if place < self.first or (place == self.first and self.setting()):
            return False
        if self.kind(place) == "IN":
            return not (self.pending_for and self.pending_for[-1] == place)
        return self.kind(place) in ENDS_OPERAND

    def equal_gap(self, place: int) -> int:
        """Around `=`: tight in calls, spaced in headers and bindings, in a setting as the author has it."""
        if self.brackets:
            header = self.braces == 0 and self.brackets == ["("] and self.kind(self.first) in BRACED
            return int(header)
        if self.setting():
            return int(self.apart(place) or self.apart(place + 1))
        return 1

    def gap(self, place: int) -> int:
        before, kind = self.kind(place - 1), self.kind(place)
        if place == 0 or before in ("LPAR", "LSQB", "DOT") or kind in ("RPAR", "RSQB", "COMMA", "DOT"):
            return 0
        if kind == "COLON":
            return int(before == "COMMA")
        if before == "COLON":
            return int(self.brackets[-1:] != ["x["])
        if self.glued:
            return 0
        if kind == "EQUAL":
            return self.equal_gap(place)
        if before == "EQUAL":
            return self.equal_gap(place - 1)
        if kind in ("LPAR", "LSQB"):
            return int(not self.ends_operand(place - 1))
        return int(not self.fraction(place))

    def fraction(self, place: int) -> bool:
        """`1/255`: an operator between two numbers, without space where the author wrote none."""
        for at in (place, place - 1):
            if self.kind(at) in _FACTORS:
                numbers = self.kind(at - 1) == "NUMBER" and self.kind(at + 1) == "NUMBER"
                return numbers and not self.apart(at) and not self.apart(at + 1)
        return False

    def key(self, place: int) -> bool:
        if self.brackets:
            return False
        return self.kind(place) == "EQUAL" or (place == self.first + 1 and self.kind(self.first) in NAMES)

    def enter(self, place: int) -> None:
        """Take note of a token after its gap is known."""
        kind = self.kind(place)
        self.glued = kind in _SIGNS and not self.ends_operand(place - 1)
        if kind == "LPAR":
            self.brackets.append("(")
        elif kind == "LSQB":
            self.brackets.append("x[" if self.ends_operand(place - 1) else "[")
        elif kind in ("RPAR", "RSQB"):
            self.brackets.pop()
        elif kind == "LBRACE":
            self.braces += 1
        elif kind == "RBRACE":
            self.braces -= 1
        elif kind == "FOR":
            ahead = place + 1
            while self.kind(ahead) not in ("IN", END):
                ahead += 1
            self.pending_for.append(ahead)


def spaced(tokens: Sequence[Token]) -> Iterator[Spaced]:
    """Every token of a file with its space; `tokens` are those behind the post-lexer, of a text without errors."""
    kept: list[Token] = []
    starts: set[int] = {0}
    for token in tokens:
        if token[0] == "NEWLINE":
            starts.add(len(kept))
        elif token[0] != END:
            kept.append(token)
            if token[0] == "LBRACE":
                starts.add(len(kept))
    walk = _Walk(kept)
    for place, token in enumerate(kept):
        begins = place in starts
        if begins:
            walk.first = place
            walk.pending_for.clear()
        yield Spaced(token, walk.gap(place), walk.key(place), begins, walk.braces)
        walk.enter(place)
