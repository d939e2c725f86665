"""Arguments of a call or setting against the parameters of what is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dlspec.diagnostics.codes import names as codes
from dlspec.diagnostics.report import Diagnostic, DlspecError
from dlspec.diagnostics.span import Span
from dlspec.ir.habits import meant
from dlspec.syntax import ast


class HasName(Protocol):
    """A parameter, as far as binding goes."""

    @property
    def name(self) -> str: ...

    @property
    def required(self) -> bool: ...

    @property
    def variadic(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Plain:
    """A parameter of a block, or an input that may be given by keyword."""

    name: str
    required: bool = False
    variadic: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """The argument of one parameter; several for a variadic one."""

    arguments: tuple[ast.Argument, ...]

    @property
    def span(self) -> Span:
        return self.arguments[0].value.span.to(self.arguments[-1].value.span)


def bind(
    arguments: Sequence[ast.Argument],
    parameters: Sequence[HasName],
    what: str,
    span: Span,
    *,
    keyword_only: Sequence[str] = (),
    is_setting: bool = False,
) -> dict[str, Bound]:
    """Each parameter's argument, by name; all that is wrong is reported at once.

    `keyword_only` are further names that are taken by keyword. A setting is a call without parentheses.
    """
    by_name = {parameter.name: parameter for parameter in parameters}
    found: dict[str, Bound] = {}
    problems: list[Diagnostic] = []
    position = 0
    for argument in arguments:
        place = argument.name_span or argument.value.span
        if argument.name is None:
            if position >= len(parameters):
                problems.append(_too_many(what, parameters, place))
                break
            parameter = parameters[position]
            if parameter.variadic:
                earlier = found.get(parameter.name)
                found[parameter.name] = Bound((*(earlier.arguments if earlier else ()), argument))
            else:
                found[parameter.name] = Bound((argument,))
                position += 1
        elif argument.name in found:
            problems.append(
                Diagnostic(codes.REPEATED_ARGUMENT, f"'{argument.name}' of '{what}' is given twice", place, "keep one")
            )
        elif argument.name in by_name or argument.name in keyword_only:
            found[argument.name] = Bound((argument,))
        else:
            problems.append(_unknown(what, argument.name, [*by_name, *keyword_only], place))
    for parameter in parameters:
        if parameter.required and parameter.name not in found and not problems:
            form = setting_form(what, parameters) if is_setting else signature(what, parameters)
            problems.append(_missing(what, form, parameter.name, span))
    if problems:
        raise DlspecError(problems)
    return found


def signature(what: str, parameters: Sequence[HasName]) -> str:
    """`conv(channels, kernel, …)`: the required parameters, and whether there are more."""
    required = [("*" if each.variadic else "") + each.name for each in parameters if each.required]
    more = ["…"] if len(required) < len(parameters) else []
    return f"{what}({', '.join([*required, *more])})"


def setting_form(what: str, parameters: Sequence[HasName]) -> str:
    """`epochs n`, `stop monitor=…`: a setting with its required arguments."""
    required = [each.name for each in parameters if each.required]
    return f"{what} {', '.join(required if len(parameters) == 1 else (f'{name}=…' for name in required))}"


def _too_many(what: str, parameters: Sequence[HasName], place: Span) -> Diagnostic:
    if not parameters:
        return Diagnostic(codes.TOO_MANY_ARGUMENTS, f"'{what}' takes no arguments", place, f"write `{what}`")
    count = len(parameters)
    names = ", ".join(parameter.name for parameter in parameters)
    message = f"'{what}' takes at most {count} argument{'s' if count > 1 else ''} by position"
    return Diagnostic(codes.TOO_MANY_ARGUMENTS, message, place, f"its parameters are {names}")


def _unknown(what: str, name: str, known: list[str], place: Span) -> Diagnostic:
    help = meant(name, known) or (f"it takes {', '.join(known)}" if known else "it takes no arguments")
    return Diagnostic(codes.UNKNOWN_ARGUMENT, f"'{what}' has no argument '{name}'", place, help)


def _missing(what: str, form: str, name: str, span: Span) -> Diagnostic:
    return Diagnostic(codes.MISSING_ARGUMENT, f"'{what}' needs '{name}'", span, f"write it as `{form}`")
