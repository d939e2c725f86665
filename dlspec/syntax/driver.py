"""The LALR(1) automaton: tokens in, the value of the whole file out, errors handed to whoever recovers.

It keeps its own stacks, so nothing recurses. A rule that only renames its one part is stepped over when the next state
is chosen: most of the levels of precedence cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dlspec.syntax.lexing import Token
from dlspec.syntax.table import START, Table

Build = Callable[[list[Any]], Any]
"""Makes the value of a rule of the values of its parts."""

MAX_STACK = 4000
"""More than 100 brackets with everything that can stand around each; beyond it operators alone are nested."""


@dataclass(slots=True)
class Stacks:
    """Where the automaton is: its states, and the values (tokens, nodes, lists) between them."""

    states: list[int]
    values: list[Any] = field(default_factory=list)


Recover = Callable[[Stacks, int], int | None]
"""Called with the index of the token that does not fit; changes the stacks, and says where to go on, or not at all."""


@dataclass(slots=True)
class Driver:
    """The automaton of one table with the builders of its rules."""

    table: Table
    builders: Sequence[Build]
    _jumps: dict[tuple[int, str, str], int] = field(default_factory=dict)

    def run(self, tokens: Sequence[Token], recover: Recover) -> Any:
        """The value of the start rule, or None where `recover` gave up."""
        actions, rules, builders, jumps = self.table.actions, self.table.rules, self.builders, self._jumps
        lengths = [rule.length for rule in rules]
        origins = [rule.origin for rule in rules]
        stacks = Stacks([self.table.start])
        states, values = stacks.states, stacks.values
        state = states[-1]
        index = 0
        token = tokens[0]
        kind = token[0]
        while True:
            code = actions[state].get(kind)
            if code is None or (code >= 0 and len(states) > MAX_STACK):
                resumed = recover(stacks, index)
                if resumed is None:
                    return None
                index = resumed
                token = tokens[index]
                kind = token[0]
                state = states[-1]
            elif code >= 0:
                state = code
                states.append(state)
                values.append(token)
                index += 1
                token = tokens[index]
                kind = token[0]
            else:
                rule = -1 - code
                length = lengths[rule]
                if length:
                    value = builders[rule](values[-length:])
                    del values[-length:]
                    del states[-length:]
                else:
                    value = builders[rule]([])
                origin = origins[rule]
                if origin == START:
                    return value
                key = (states[-1], origin, kind)
                state = jumps.get(key) or self._jump(key)
                states.append(state)
                values.append(value)

    def accepted(self, states: Sequence[int]) -> frozenset[str]:
        """The kinds of token that could stand next: not only looked up, but tried out."""
        return frozenset(kind for kind in self.table.actions[states[-1]] if self._fed(states, kind) is not None)

    def replay(self, states: Sequence[int], kinds: Iterable[str]) -> list[int] | None:
        """The states after these tokens, or None where one of them does not fit.

        They differ from those at an error: there, rules may have been reduced before a token that does not fit.
        """
        after: list[int] | None = list(states)
        for kind in kinds:
            after = self._fed(after, kind) if after else None
        return after

    def _fed(self, states: Sequence[int], kind: str) -> list[int] | None:
        """The states after one more token, or None where it does not fit."""
        after = list(states)
        while True:
            code = self.table.actions[after[-1]].get(kind)
            if code is None:
                return None
            if code >= 0:
                after.append(code)
                return after
            rule = self.table.rules[-1 - code]
            if rule.origin == START:
                return after
            if rule.length:
                del after[-rule.length :]
            after.append(self.table.gotos[after[-1]][rule.origin])

    def _jump(self, key: tuple[int, str, str]) -> int:
        """The state behind a rule's value, past all rules that would only rename it before this token."""
        state, origin, kind = key
        while True:
            target = self.table.gotos[state][origin]
            code = self.table.actions[target].get(kind, 0)
            if code >= 0 or self.table.rules[-1 - code].action:
                self._jumps[key] = target
                return target
            origin = self.table.rules[-1 - code].origin
