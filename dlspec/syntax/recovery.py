"""What happens at a token that does not fit: one message, and on with the next statement or declaration.

The explanations are imported when the first is needed: most files have no error.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from dlspec.diagnostics.codes import syntax as codes
from dlspec.diagnostics.report import Diagnostic
from dlspec.diagnostics.span import SourceFile
from dlspec.syntax.driver import MAX_STACK, Driver, Stacks
from dlspec.syntax.lexical import MOST
from dlspec.syntax.lexing import Token
from dlspec.syntax.newlines import END

if TYPE_CHECKING:
    from dlspec.syntax.situation import Situation

FAR = 10_000
"""Tokens of a statement that are read once more to know exactly what could stand next; beyond, it is guessed."""

_HEADS = (codes.PYTHON_COLON, codes.MISSING_BRACE, codes.UNKNOWN_DECLARATION)
"""What is wrong with the line above a body."""
_BOUNDARY = frozenset({"NEWLINE", "LBRACE", "RBRACE"})


class Recovery:
    """Skips what cannot be read. The text of a statement in which something is wrong already is not judged again."""

    def __init__(self, source: SourceFile, tokens: list[Token], driver: Driver, known: list[Diagnostic]) -> None:
        self.source = source
        self.tokens = tokens
        self.driver = driver
        self.known = sorted(item.span.start for item in known if item.span)
        self.diagnostics: list[Diagnostic] = []
        self.headless = False

    def __call__(self, stacks: Stacks, index: int) -> int | None:
        if len(self.diagnostics) >= MOST:
            return None
        tokens = self.tokens
        start = index
        while start and tokens[start - 1][0] not in _BOUNDARY:
            start -= 1
        situation = self.situation(stacks, start, index)
        if tokens[index - 1][0] == "RBRACE" and index == start and tokens[index][0] not in _BOUNDARY:
            self.report(situation, index)
            tokens.insert(index, ("NEWLINE", "", tokens[index][2]))
            return index
        if tokens[index][0] == "NEWLINE" and tokens[index + 1][0] == "LBRACE" and "LBRACE" in situation.accepted:
            self.report(situation, index)
            del tokens[index]
            return index
        self.unwind(stacks)
        end = self.end_of_statement(index, situation.in_body)
        self.report(situation, end)
        if tokens[end][0] == END and situation.in_body:
            return None
        return end

    def situation(self, stacks: Stacks, start: int, index: int) -> Situation:
        from dlspec.syntax.situation import Situation

        actions, states = self.driver.table.actions, stacks.states
        holder = next(at for at in range(len(states) - 1, -1, -1) if "ERROR" in actions[states[at]])
        before = None
        if index - start <= FAR:
            before = self.driver.replay(states[: holder + 1], (kind for kind, _, _ in self.tokens[start:index]))
        return Situation(
            source=self.source,
            tokens=self.tokens,
            start=start,
            index=index,
            accepted=self.driver.accepted(before or states),
            in_body="RETURN" in actions[states[holder]],
            too_deep=len(states) > MAX_STACK,
        )

    def unwind(self, stacks: Stacks) -> None:
        """Back to where the statement began, and ERROR in its place."""
        actions = self.driver.table.actions
        while "ERROR" not in actions[stacks.states[-1]]:
            stacks.states.pop()
            stacks.values.pop()
        stacks.states.append(actions[stacks.states[-1]]["ERROR"])
        stacks.values.append(("ERROR", "", 0))

    def end_of_statement(self, index: int, in_body: bool) -> int:
        """The index of the token that ends the statement; what stands in braces is passed over."""
        depth = 0
        while True:
            kind = self.tokens[index][0]
            if kind == END or (not depth and (kind == "NEWLINE" or (kind == "RBRACE" and in_body))):
                return index
            if kind == "LBRACE":
                depth += 1
            elif kind == "RBRACE" and depth:
                depth -= 1
            index += 1

    def report(self, situation: Situation, end: int) -> None:
        first, last = self.tokens[situation.start][2], self.tokens[end][2]
        place = bisect_left(self.known, first)
        if place < len(self.known) and self.known[place] <= last:
            return
        if self.headless and not situation.in_body and self.source.position(first)[1] > 1:
            return  # set in below a header without its brace: a body that is no body
        from dlspec.syntax.explain import explain

        found = explain(situation)
        self.headless = found.code in _HEADS and not situation.in_body
        self.diagnostics.append(found)
