"""Why a token does not fit, in words: the first explanation that applies, from the particular to the general."""

from __future__ import annotations

from collections.abc import Callable

from dlspec.diagnostics.codes import syntax as codes
from dlspec.diagnostics.report import Diagnostic
from dlspec.syntax.depth import SHALLOWER
from dlspec.syntax.explain_lines import LINES
from dlspec.syntax.explain_starts import STARTS
from dlspec.syntax.newlines import END
from dlspec.syntax.situation import ENDS_LINE, NAMES, Situation

Explanation = Callable[[Situation], Diagnostic | None]

_OPERATORS = frozenset({"ARROW", "PLUS", "STAR"})
_WORDS = {
    "NUMBER": "an expression",
    "NAME": "a name",
    "STRING": "a string",
    "ARROW": "'->'",
    "EQUAL": "'='",
    "COMMA": "','",
    "COLON": "':'",
    "LPAR": "'('",
    "RPAR": "')'",
    "LSQB": "'['",
    "RSQB": "']'",
    "LBRACE": "'{'",
    "RBRACE": "'}'",
    "IMPORT": "'import'",
    "AS": "'as'",
    "ON": "'on'",
    "ELSE": "'else'",
    "FOR": "'for'",
    "IN": "'in'",
}


def explain(situation: Situation) -> Diagnostic:
    """The diagnostic for the token that does not fit."""
    if situation.too_deep:
        return situation.diagnostic(codes.TOO_DEEP, "this is nested too deep", SHALLOWER)
    for explanation in (*STARTS, *LINES):
        found = explanation(situation)
        if found is not None:
            return found
    return situation.diagnostic(codes.UNEXPECTED, f"expected {_expected(situation)}, found {found_text(situation)}")


def found_text(situation: Situation) -> str:
    """The token that does not fit, for a message."""
    kind, text = situation.kind(), situation.text()
    if kind == END:
        return "the end of the file"
    if kind == "NEWLINE":
        return "the end of the line"
    return f"'{text}'" if len(text) <= 40 else f"'{text[:37]}...'"


def _expected(situation: Situation) -> str:
    """What could stand here, in plain words, without what is only a detail of an expression."""
    accepted = set(situation.accepted)
    words = []
    if "NUMBER" in accepted:
        words.append("an expression")
        accepted -= NAMES | {"NUMBER", "STRING", "LPAR", "LSQB", "IN", "COLON"}
    elif accepted >= NAMES:
        words.append("a name")
        accepted -= NAMES
    if accepted >= _OPERATORS:
        words.append("an operator")
        accepted -= {"ARROW", "LPAR", "LSQB", "IF"}
    words += [word for kind, word in _WORDS.items() if kind in accepted and kind not in ("RBRACE", "NUMBER")]
    if accepted & ENDS_LINE:
        words.append("the end of the line")
    if not words:
        return "something else"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
