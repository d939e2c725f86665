"""Explanations of what is wrong within a line: words, signs, commas and ends."""

from __future__ import annotations

from dlspec.diagnostics.codes import syntax as codes
from dlspec.diagnostics.report import Diagnostic
from dlspec.syntax.newlines import INFIX
from dlspec.syntax.situation import ENDS_LINE, ENDS_OPERAND, NAMES, RESERVED, STARTS_OPERAND, Situation

_BRACES = "what it holds stands in braces: '{ ... }', the first of them on this line"


def reserved(at: Situation) -> Diagnostic | None:
    """A reserved word where a name is wanted."""
    if at.kind() not in RESERVED or at.kind(-1) in ("RBRACE", "RPAR"):
        return None
    wants_name = "NAME" in at.accepted and "NUMBER" not in at.accepted
    bound = at.kind(1) == "EQUAL" and ("NAME" in at.accepted or not at.line)
    placed = at.kind() in ("INPUT", "OUTPUT", "RETURN") and "NAME" in at.accepted
    if not (wants_name and at.line) and not bound and not placed:
        return None
    if at.begins_line() and at.kind(-1) in INFIX | {"EQUAL", "COMMA"} and not bound:
        return _goes_on(at)
    message = f"'{at.text()}' is a reserved word, so it cannot be a name"
    return at.diagnostic(codes.RESERVED_WORD, message, f"take another name, such as '{at.text()}_'")


def _goes_on(at: Situation) -> Diagnostic:
    """A line that ends where something has to follow, and a statement on the next line."""
    sign = at.text(-1)
    message = f"nothing follows this '{sign}': the next line begins a statement, '{at.text()}'"
    return at.diagnostic(codes.UNFINISHED, message, f"write what stands right of '{sign}', or take it out", at.span(-1))


def missing_else(at: Situation) -> Diagnostic | None:
    """`a if c` without its other side, and `if c {` of other languages."""
    if "ELSE" not in at.accepted:
        return None
    depth, place = 0, at.index - 1
    while place > at.start:
        kind = at.tokens[place][0]
        depth += (kind in ("RPAR", "RSQB", "ELSE")) - (kind in ("LPAR", "LSQB"))
        if kind == "IF":
            if not depth:
                break
            depth -= 1
        place -= 1
    if at.kind() == "EQUAL":
        return None
    offset = place - at.index
    if at.kind() == "LBRACE":
        help = "choose by an expression: 'name = a if condition else b'"
        return at.diagnostic(codes.NOT_A_STATEMENT, "there is no 'if' statement", help, at.span(offset))
    if at.kind() == "COLON" or at.kind() not in ENDS_LINE | {"RPAR", "RSQB", "COMMA", "FOR", "IF"}:
        return None
    help = "write what it is otherwise: 'a if condition else b'"
    return at.diagnostic(codes.MISSING_ELSE, "this 'if' has no 'else'", help, at.span(offset))


def missing_brace(at: Situation) -> Diagnostic | None:
    """A header without `{`, or with `{` on the next line."""
    if "LBRACE" not in at.accepted or at.kind() == "COLON":
        return None
    if at.kind() == "NEWLINE" and at.kind(1) == "LBRACE":
        message = "the '{' stands on the line of the name"
        return at.diagnostic(codes.MISSING_BRACE, message, "move it up to the end of this line")
    if at.kind() in ENDS_LINE:
        return at.diagnostic(codes.MISSING_BRACE, f"'{at.line[0][1]}' has no body" if at.line else "no body", _BRACES)
    if at.kind() == "EQUAL" and at.line:
        return at.diagnostic(codes.UNEXPECTED, f"a '{at.line[0][1]}' declaration takes no '='", _BRACES)
    return None


def unfinished(at: Situation) -> Diagnostic | None:
    """The line ends, or a bracket closes, where an operator still wants its right side."""
    kind = at.kind(-1)
    if at.index <= at.start or kind not in INFIX | {"EQUAL", "COMMA", "NOT", "DOT", "COLON"}:
        return None
    if at.kind() not in ENDS_LINE | {"RPAR", "RSQB"}:
        return None
    sign = at.text(-1)
    if kind == "ARROW":
        help = "write a layer, such as '-> relu', or take the arrow out"
    elif kind == "COMMA":
        help = "take the comma out, or write what follows it"
    elif kind == "COLON":
        help = "write a type, such as 'float[3, 32, 32]'"
    else:
        help = f"write what stands right of '{sign}'"
    return at.diagnostic(codes.UNFINISHED, f"nothing follows this '{sign}'", help, at.span(-1))


def type_without_shape(at: Situation) -> Diagnostic | None:
    """`input x: float`."""
    kinds = at.kinds
    if kinds[:1] != ["INPUT"] or kinds[-2:] != ["COLON", "NAME"] or "LSQB" not in at.accepted:
        return None
    kind = at.text(-1)
    message = f"the type '{kind}' has no shape"
    help = f"write '{kind}[]' for one number an example, or its shape, such as '{kind}[3, 32, 32]'"
    return at.diagnostic(codes.TYPE_WITHOUT_SHAPE, message, help, at.span(-1))


def equals(at: Situation) -> Diagnostic | None:
    """`=` inside an expression, and on the left of it what cannot be bound."""
    if at.kind() != "EQUAL" or not at.line:
        return None
    kinds = at.kinds
    if at.kind(-1) in RESERVED and at.kind(-1) not in ("TRUE", "FALSE", "NONE"):
        word = at.text(-1)
        message = f"'{word}' is a reserved word, so it cannot be a name"
        return at.diagnostic(codes.RESERVED_WORD, message, f"take another name, such as '{word}_'", at.span(-1))
    if kinds[0] == "NAME" and kinds[1:2] and kinds[1] in ("DOT", "LSQB") and at.open_bracket() is None:
        message = "only a plain name can be bound"
        return at.diagnostic(codes.UNEXPECTED, message, "write 'name = ...'; several results are bound by 'a, b = ...'")
    if "EQ" in at.accepted:
        help = "write '==' to compare"
        if "EQUAL" in kinds and "IF" not in kinds and at.open_bracket() is None:
            help += ", and bind one name a line"
        return at.diagnostic(codes.EQUALS_FOR_COMPARISON, "'=' binds a name, it does not compare", help)
    return None


def colon(at: Situation) -> Diagnostic | None:
    """Habits of Python: bodies, dictionaries and annotations."""
    if at.kind() != "COLON":
        return None
    kinds = at.kinds
    if "LBRACE" in at.accepted:
        message = "a body stands in braces, not behind ':'"
        return at.diagnostic(codes.PYTHON_COLON, message, "write '{' and close it by '}'")
    opened = at.open_bracket()
    if opened is not None and at.tokens[opened][0] == "LSQB":
        message = "a slice has a start, a stop and a step at most"
        return at.diagnostic(codes.PYTHON_COLON, message, "write 'x[start:stop:step]'")
    if opened is not None:
        message = "an argument is given its value by '='"
        name = at.text(-1) if at.kind(-1) in NAMES else "name"
        return at.diagnostic(codes.PYTHON_COLON, message, f"write '{name}={at.text(1) or '...'}'")
    if kinds in (["NAME"], ["OUTPUT", "NAME"]):
        message = "only inputs and parameters are written with a type"
        help = f"write '{at.text(-1)} = ...'"
        if at.in_body and kinds == ["NAME"]:
            help += f" for a binding, and '{at.text(-1)} {at.text(1)}' for a setting"
        return at.diagnostic(codes.PYTHON_COLON, message, help)
    help = "a colon stands before a type, 'input x: float[3]', and inside a slice, 'x[1:]'"
    return at.diagnostic(codes.PYTHON_COLON, "':' has no meaning here", help)


def missing_comma(at: Situation) -> Diagnostic | None:
    """Two operands in a row."""
    if at.kind() not in STARTS_OPERAND or at.kind(-1) not in ENDS_OPERAND or not at.line:
        return None
    before, here = at.text(-1), at.text()
    if at.kinds[0] == "TRAIN" and "ON" in at.accepted and at.open_bracket() is None:
        return at.diagnostic(codes.UNEXPECTED, f"'on' is missing before '{here}'", f"write '{before} on {here}'")
    if at.kind(-2) == "COMMA" and at.begins_line(-1) and at.open_bracket() is None:
        message = "a line that ends with ',' goes on in the next one"
        return at.diagnostic(codes.UNFINISHED, message, "take the ',' out", at.span(-2))
    if at.kind(1) == "EQUAL":
        here += f"={at.text(2)}"
    if at.kinds[0] == "INPUT" and "COLON" in at.accepted:
        message = f"the name '{before}' and its type are separated by ':'"
        return at.diagnostic(codes.UNEXPECTED, message, f"write '{before}: {here}'")
    if at.kinds[0] == "OUTPUT" and at.kinds == ["OUTPUT", "NAME"]:
        return at.diagnostic(codes.UNEXPECTED, f"'=' is missing behind '{before}'", f"write 'output {before} = ...'")
    called = at.kind(-1) in NAMES and at.kind(-2) != "DOT" and at.kind() != "NOT"
    by_call = f"'{before}({here})'" if here not in ("(", "[") else f"'{before}(...)'"
    if "COMMA" in at.accepted and at.index - at.start > 1:
        help = f"write '{before}, {here}'" if len(before + here) < 40 else "write ',' between them"
        if called:
            help += f", or {by_call} where it is an argument"
        return at.diagnostic(codes.MISSING_COMMA, f"',' is missing before '{at.text()}'", help, at.span())
    if "ARROW" in at.accepted:
        help = "an operator is missing, or the line ends here"
        if called:
            help = f"arguments stand in parentheses: {by_call}"
        return at.diagnostic(codes.UNEXPECTED, f"'{here}' follows '{before}' without an operator", help)
    return None


def outputs(at: Situation) -> Diagnostic | None:
    """`output a, b`."""
    if at.kind() == "COMMA" and at.kinds[:1] == ["OUTPUT"] and at.open_bracket() is None:
        return at.diagnostic(codes.UNEXPECTED, "each output has a line of its own", "write 'output a' and 'output b'")
    return None


def several_values(at: Situation) -> Diagnostic | None:
    """`a, b = x, y`."""
    if at.kind() == "COMMA" and at.kind(-1) in ENDS_OPERAND and "EQUAL" in at.kinds and at.open_bracket() is None:
        message = "a binding has one value on its right"
        help = "put a tuple in parentheses: '(a, b)', or bind each on its own line"
        return at.diagnostic(codes.UNEXPECTED, message, help)
    return None


def empty_parentheses(at: Situation) -> Diagnostic | None:
    """`()` as a value."""
    if at.kind() == "RPAR" and at.kind(-1) == "LPAR" and "NUMBER" in at.accepted:
        return at.diagnostic(codes.UNEXPECTED, "these parentheses are empty", "write 'none' where there is no value")
    return None


def comprehension(at: Situation) -> Diagnostic | None:
    """`for` where no list is made of it."""
    if at.kind() == "FOR" and at.line:
        help = "write '[f(c) for c in list]', or 'chain(f(c) for c in list)' for layers in sequence"
        return at.diagnostic(codes.UNEXPECTED, "'for' stands in '[...]', or in a call with nothing beside it", help)
    return None


def comment_sign(at: Situation) -> Diagnostic | None:
    """`// a comment` of other languages."""
    place = at.index
    while place > at.start and at.tokens[place][0] in NAMES and not at.begins_line(place - at.index):
        place -= 1
    if at.tokens[place][0] != "SLASHES" or at.kind() in ENDS_LINE:
        return None
    message = "'//' divides, it begins no comment"
    return at.diagnostic(codes.UNEXPECTED, message, "a comment begins with '#'", at.span(place - at.index))


def continued(at: Situation) -> Diagnostic | None:
    """A line that begins with an operator, behind one that cannot go on."""
    if at.kind() not in INFIX or not at.begins_line() or not at.line:
        return None
    message = f"a line that begins with '{at.text()}' goes on with the line above, which cannot go on"
    return at.diagnostic(codes.UNEXPECTED, message, "a statement begins with a name or a word")


def bound_path(at: Situation) -> Diagnostic | None:
    """`a.b = …`."""
    if at.kind() == "DOT" and len(at.line) == 1 and at.kind(-1) in NAMES:
        message = "only a plain name begins a binding"
        return at.diagnostic(codes.UNEXPECTED, message, "write 'name = ...'")
    return None


def nothing_left(at: Situation) -> Diagnostic | None:
    """An operator where an operand is wanted: `a + * b`, `-> -> f`, `f(, x)`."""
    if "NUMBER" in at.accepted and at.kind() in INFIX | {"COMMA"} and at.line:
        message = f"an expression is missing between '{at.text(-1)}' and '{at.text()}'"
        return at.diagnostic(codes.UNEXPECTED, message, "write it, or take one of the two out")
    return None


LINES = (
    comment_sign,
    reserved,
    bound_path,
    continued,
    missing_else,
    missing_brace,
    unfinished,
    type_without_shape,
    equals,
    colon,
    outputs,
    several_values,
    missing_comma,
    comprehension,
    empty_parentheses,
    nothing_left,
)
