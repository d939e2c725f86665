"""Explanations of how a line begins: declarations, imports, and what is no statement."""

from __future__ import annotations

from dlspec.diagnostics.codes import syntax as codes
from dlspec.diagnostics.report import Diagnostic, did_you_mean
from dlspec.syntax.newlines import INFIX
from dlspec.syntax.situation import DECLARING, ENDS_LINE, LITERALS, NAMES, Situation

_HABITS = {
    "def": "a reusable layer is declared as 'block NAME(parameters) { ... }'",
    "fn": "a reusable layer is declared as 'block NAME(parameters) { ... }'",
    "function": "a reusable layer is declared as 'block NAME(parameters) { ... }'",
    "layer": "a reusable layer is declared as 'block NAME(parameters) { ... }'",
    "module": "a reusable layer is declared as 'block NAME(parameters) { ... }'",
    "class": "a network is declared as 'model NAME(parameters) { ... }'",
    "net": "a network is declared as 'model NAME(parameters) { ... }'",
    "network": "a network is declared as 'model NAME(parameters) { ... }'",
    "dataset": "data is declared as 'data NAME { ... }'",
    "training": "a training is declared as 'train MODEL on DATA { ... }'",
    "let": "a binding needs no word in front: 'name = ...'",
    "const": "a binding needs no word in front: 'name = ...'",
    "var": "a binding needs no word in front: 'name = ...'",
}
_DECLARATIONS = "a file holds 'from ... import ...', 'name = ...', 'data', 'block', 'model', 'train' and 'tune'"
_IMPORT = "write 'from \"file.dl\" import name', or 'from std.vision import resnet50' for the bundled library"
_STATEMENT = "a statement is a binding 'name = ...', a setting, or begins with 'input', 'output', 'return' or 'step'"
_OUTSIDE = {"INPUT": "a model or block", "OUTPUT": "a model", "RETURN": "a block", "STEP": "a train block"}


def imports(at: Situation) -> Diagnostic | None:
    """`import x`, `from x.dl import y`, `from "x.dl"`, `from "x.dl" import *`."""
    kinds = at.kinds
    if kinds[:1] == ["IMPORT"]:
        first = at.span(-len(kinds))
        return at.diagnostic(codes.IMPORT_FORM, "an import begins with 'from'", _IMPORT, first)
    if kinds[:1] != ["FROM"] or at.kind() == "EQUAL" or (at.in_body and kinds == ["FROM"]):
        return None
    help = _IMPORT
    if "IMPORT" not in kinds and at.accepted & {"IMPORT"} and at.kind() in ENDS_LINE:
        message = "this import does not say what it imports"
    elif kinds == ["FROM"] or "IMPORT" not in kinds:
        message = "the path of an import is a string, or a dotted name of the bundled library"
    elif at.kind() == "STAR":
        message, help = "every imported name is written out", "write the names: 'import residual, bottleneck'"
    elif at.kind() == "LPAR":
        message, help = "imported names stand without parentheses", "a line may end after a ','"
    else:
        message = "an import ends with names, separated by ',', each optionally 'as other_name'"
    return at.diagnostic(codes.IMPORT_FORM, message, help)


def nested_declaration(at: Situation) -> Diagnostic | None:
    """`block b { … }` inside a body."""
    kinds = at.kinds
    if not at.in_body or len(kinds) != 1 or at.line[0][1] not in DECLARING or at.kind() in ENDS_LINE | {"DOT", "ARROW"}:
        return None
    word = at.line[0][1]
    message = f"a '{word}' declaration cannot stand inside another declaration"
    return at.diagnostic(codes.NESTED_DECLARATION, message, "move it out, in front or behind", at.span(-1))


def loops_and_conditions(at: Situation) -> Diagnostic | None:
    """Statements of other languages: `for …`, `if …`, `else`."""
    if at.kind() not in ("FOR", "IF", "ELSE") or not at.begins_line() or at.kind(1) == "EQUAL":
        return None
    if at.line and at.open_bracket() is not None:
        return None
    if at.kind() == "FOR":
        message = "there is no 'for' statement"
        help = "repeat a layer by 'layer * n', or write 'chain(residual(c) for c in [64, 128])'"
    else:
        message = f"there is no '{at.text()}' statement"
        help = "choose by an expression: 'name = a if condition else b'"
    return at.diagnostic(codes.NOT_A_STATEMENT, message, help)


def outside_block(at: Situation) -> Diagnostic | None:
    """`epochs 20`, `return x` or `step m {` where declarations stand, and words that declare nothing."""
    if at.in_body:
        return None
    if not at.line:
        if at.kind() in _OUTSIDE:
            message = f"'{at.text()}' stands outside of every declaration"
            return at.diagnostic(codes.OUTSIDE_BLOCK, message, f"move it into the braces of {_OUTSIDE[at.kind()]}")
        return None
    word = at.line[0][1]
    if at.kinds == ["STEP"]:
        message = "'step' stands outside of every declaration"
        return at.diagnostic(codes.OUTSIDE_BLOCK, message, f"move it into {_OUTSIDE['STEP']}", at.span(-1))
    if at.kinds != ["NAME"] or at.kind() in INFIX | {"DOT", "COLON"}:
        return None
    declares = at.kind() in NAMES and at.kind(1) in ("LBRACE", "LPAR", "COLON", "ON", "AS")
    near = did_you_mean(word, DECLARING)
    if near or declares or at.kind() == "LBRACE" or word in _HABITS:
        help = _HABITS.get(word) or near or _DECLARATIONS
        return at.diagnostic(codes.UNKNOWN_DECLARATION, f"'{word}' declares nothing", help, at.span(-1))
    message = f"'{word}' stands outside of every declaration"
    help = "settings belong inside the braces of data, train or tune; a constant is bound by 'name = ...'"
    return at.diagnostic(codes.OUTSIDE_BLOCK, message, help, at.span(-1))


def expression_alone(at: Situation) -> Diagnostic | None:
    """`x -> relu`, `(a, b) -> f`, `-x` or `64` where a statement begins."""
    if len(at.kinds) > 1 or (at.kinds and at.kinds[0] not in NAMES):
        return None
    if at.kinds and at.kind() in INFIX and not at.begins_line():
        message = "a flow alone has no effect" if at.kind() == "ARROW" else "an expression alone has no effect"
        help = f"bind its value, 'name = {at.text(-1)} {at.text()} ...'"
        if at.in_body:
            help += ", or give it back by 'output' or 'return'"
        return at.diagnostic(codes.NOT_A_STATEMENT, message, help)
    if at.kinds or at.kind() not in LITERALS | {"LPAR", "LSQB", "IN", "NOT", "MINUS", "PLUS", "ARROW"}:
        return None
    if at.kind(1) == "EQUAL":
        return None
    if at.kind() in ("LPAR", "LSQB"):
        message = f"no statement begins with '{at.text()}'"
        help = "to go on with the line above, end it with an operator or ','; to keep a value, write 'name = ...'"
    else:
        message, help = f"no statement begins with '{at.text()}'", _STATEMENT if at.in_body else _DECLARATIONS
    return at.diagnostic(codes.NOT_A_STATEMENT, message, help)


def unknown_braces(at: Situation) -> Diagnostic | None:
    """`stepp g { … }` in a body: a setting has no braces."""
    if not at.in_body or at.kind() != "LBRACE" or at.kinds[:1] != ["NAME"] or "IF" in at.kinds or "EQUAL" in at.kinds:
        return None
    word = at.line[0][1]
    help = did_you_mean(word, ("step",)) or "of the statements, only 'step MODEL { ... }' has braces"
    return at.diagnostic(
        codes.NOT_A_STATEMENT, f"'{word}' begins no statement with braces", help, at.span(-len(at.line))
    )


def own_line(at: Situation) -> Diagnostic | None:
    """Something behind a closing brace, or a second statement on the line."""
    if at.kind(-1) == "RBRACE" and not at.line and at.kind() not in ENDS_LINE:
        message = f"'{at.text()}' stands behind '}}' on the same line"
        return at.diagnostic(codes.UNEXPECTED, message, "begin it on a line of its own")
    second = at.kind() in NAMES and at.kind(1) == "EQUAL" and at.open_bracket() is None
    if second and at.accepted >= {"NEWLINE", "ARROW"} and "COMMA" not in at.accepted:
        message = f"the binding of '{at.text()}' begins on a line of its own"
        return at.diagnostic(codes.UNEXPECTED, message, "one statement a line")
    starts = at.kind() in ("INPUT", "OUTPUT", "RETURN")
    if starts and at.line and "ARROW" in at.accepted and at.open_bracket() is None:
        message = f"'{at.text()}' begins on a line of its own"
        return at.diagnostic(codes.UNEXPECTED, message, "one statement a line")
    return None


STARTS = (
    own_line,
    imports,
    nested_declaration,
    loops_and_conditions,
    outside_block,
    unknown_braces,
    expression_alone,
)
