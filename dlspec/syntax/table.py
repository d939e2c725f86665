"""The LALR(1) table of the grammar: built by lark once, then read from a cache.

lark is imported only where the table has to be built: reading the cached one takes a tenth of the time. The cache
is JSON under the user's cache folder and holds the grammar that it was made from; a file that cannot be read, was cut
short or changed, or is another grammar's is passed over, and where none can be written the table is built anew in each
process.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

from dlspec.syntax.grammar import grammar_text

START = "file"
_FORMAT = "1"


@dataclass(frozen=True, slots=True)
class Rule:
    """`origin: <length symbols>`, and the action that builds its value; "" where it builds nothing."""

    origin: str
    length: int
    action: str


@dataclass(frozen=True, slots=True)
class Terminal:
    """A kind of token; the pattern is a regular expression, or the very text where it is `fixed`."""

    name: str
    pattern: str
    fixed: bool


@dataclass(frozen=True, slots=True)
class Table:
    """`actions[state][terminal]` is the next state, or -(rule + 1) to reduce; `gotos[state][origin]` a state."""

    terminals: tuple[Terminal, ...]
    rules: tuple[Rule, ...]
    actions: tuple[dict[str, int], ...]
    gotos: tuple[dict[str, int], ...]
    start: int


@cache
def load_table() -> Table:
    """The table of the grammar, from the cache where it is there."""
    grammar = grammar_text()
    file = cache_file(grammar)
    table = read_table(file, grammar)
    if table is None:
        table = build_table(grammar)
        write_table(file, grammar, table)
    return table


def build_table(grammar: str) -> Table:
    """The table, by lark."""
    from lark import Lark
    from lark.lexer import Lexer, LexerState, Token
    from lark.parsers.lalr_analysis import Shift

    class NoLexer(Lexer):
        """Tokens come from lexing.py; lark only has to know that it makes none."""

        def __init__(self, *_: object) -> None: ...

        def lex(self, lexer_state: LexerState, parser_state: Any) -> Iterator[Token]:
            return iter(())

    parser = Lark(grammar, parser="lalr", start=START, lexer=NoLexer)
    lark_table = parser.parse_interactive("").parser_state.parse_conf.parse_table
    numbers = {rule: number for number, rule in enumerate(parser.rules)}
    actions: list[dict[str, int]] = []
    gotos: list[dict[str, int]] = []
    for state in range(len(lark_table.states)):
        actions.append({})
        gotos.append({})
        for symbol, (action, target) in lark_table.states[state].items():
            code = target if action is Shift else -1 - numbers[target]
            (actions if symbol.isupper() else gotos)[state][str(symbol)] = code
    rules = []
    for rule in parser.rules:
        steps_over = rule.options.expand1 and len(rule.expansion) == 1 and not rule.alias
        action = "" if steps_over else str(rule.alias or rule.origin.name)
        rules.append(Rule(str(rule.origin.name), len(rule.expansion), action))
    terminals = tuple(Terminal(t.name, t.pattern.value, t.pattern.type == "str") for t in parser.terminals)
    return Table(terminals, tuple(rules), tuple(actions), tuple(gotos), lark_table.start_states[START])


def cache_file(grammar: str) -> Path | None:
    """Where the table of this grammar is kept, or None without a home."""
    root = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        folder = Path(root) if root else Path.home() / ".cache"
    except RuntimeError:
        return None
    return folder / "dlspec" / f"grammar-{_FORMAT}-{_check(grammar.encode())}.json"


def read_table(file: Path | None, grammar: str) -> Table | None:
    """The table that `write_table` kept for this grammar, or None where there is none that is whole."""
    if file is None:
        return None
    try:
        check, body = file.read_bytes().split(b"\n", 1)
    except (OSError, ValueError):
        return None
    if _check(body).encode() != check:
        return None
    data = json.loads(body)
    if data["grammar"] != grammar:
        return None
    return Table(
        tuple(Terminal(*terminal) for terminal in data["terminals"]),
        tuple(Rule(*rule) for rule in data["rules"]),
        tuple(data["actions"]),
        tuple(data["gotos"]),
        data["start"],
    )


def write_table(file: Path | None, grammar: str, table: Table) -> None:
    """Keep the table for the next process: written beside and renamed, so that nobody reads half of it."""
    if file is None:
        return
    data = {
        "grammar": grammar,
        "terminals": [[t.name, t.pattern, t.fixed] for t in table.terminals],
        "rules": [[r.origin, r.length, r.action] for r in table.rules],
        "actions": table.actions,
        "gotos": table.gotos,
        "start": table.start,
    }
    body = json.dumps(data, separators=(",", ":")).encode()
    beside = file.with_suffix(f".{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(_check(body).encode() + b"\n" + body)
        beside.replace(file)
    except OSError:
        return


def _check(data: bytes) -> str:
    """A checksum, against accidents: hashlib would take longer to import than all the rest here."""
    return f"{crc32(data):08x}"
