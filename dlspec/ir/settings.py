"""Lines of `data`, `train` and `tune` blocks: a setting is checked as a call is."""

from __future__ import annotations

from dlspec.catalog.base import Entry
from dlspec.catalog.index import find
from dlspec.catalog.index import names as catalogue_names
from dlspec.diagnostics.codes import names as codes
from dlspec.diagnostics.report import fail
from dlspec.diagnostics.span import Span
from dlspec.ir.context import Expressions
from dlspec.ir.entries import make_entry, planned
from dlspec.ir.habits import SETTINGS, meant
from dlspec.ir.scope import Scope
from dlspec.syntax import ast


def setting_class(kind: str, setting: ast.Setting) -> type[Entry]:
    """The declaration of a setting's keyword."""
    cls = find(kind, setting.keyword)
    if cls is not None:
        return cls
    block = kind.split()[0]
    if planned(kind, setting.keyword):
        raise fail(
            codes.NOT_IN_THIS_VERSION,
            f"the setting '{setting.keyword}' of `{block}` is not in this version of dlspec",
            setting.keyword_span,
            help=f"this version has {', '.join(catalogue_names(kind))}",
        )
    known = catalogue_names(kind)
    raise fail(
        codes.UNKNOWN_SETTING,
        f"'{setting.keyword}' is no setting of `{block}`",
        setting.keyword_span,
        help=SETTINGS.get(setting.keyword, "")
        or meant(setting.keyword, known)
        or f"the settings are {', '.join(known)}; a binding has a `=`",
    )


def check_no_setting(kind: str, statement: ast.Binding) -> None:
    """Raise where a binding has a setting's name: `epochs = 20` would bind a name and set nothing."""
    for name in statement.names:
        if name.id in catalogue_names(kind):
            raise fail(
                codes.SETTING_BOUND,
                f"'{name.id}' is a setting of `{kind.split()[0]}`, and this line binds a name",
                name.span,
                help=f"write `{name.id} …`, without the `=`, or give the binding another name",
            )


def read_setting(evaluator: Expressions, kind: str, setting: ast.Setting, scope: Scope) -> Entry:
    """The setting as an entry."""
    return make_entry(evaluator, setting_class(kind, setting), setting.arguments, scope, setting.span)[0]


def argument_span(setting: ast.Setting, name: str) -> Span:
    """The place of a setting's argument: that of the name, else the first without a name, else the setting."""
    named = [each.value.span for each in setting.arguments if each.name == name]
    unnamed = [each.value.span for each in setting.arguments if each.name is None]
    return (named or unnamed or [setting.span])[0]
