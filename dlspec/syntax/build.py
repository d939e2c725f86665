"""Builds statements, declarations and the file: one method a rule of the grammar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlspec.diagnostics.span import SourceFile, Span
from dlspec.syntax import ast
from dlspec.syntax.build_expressions import ExpressionBuilder, Parts
from dlspec.syntax.comments import Comments
from dlspec.syntax.driver import Build
from dlspec.syntax.lexing import Token
from dlspec.syntax.placement import misplaced
from dlspec.syntax.table import Rule

Body = tuple[tuple[ast.Statement, ...], Token]
"""The statements between two braces, and the closing one."""


class Builder(ExpressionBuilder):
    """All rules. A statement or declaration that was skipped is a token here, and left out of the tree."""

    def __init__(self, source: SourceFile, comments: Comments) -> None:
        super().__init__(source)
        self.comments = comments

    def methods(self, rules: Sequence[Rule]) -> list[Build]:
        """The method of each rule."""
        return [getattr(self, rule.action or "only") for rule in rules]

    def only(self, parts: Parts) -> Any:
        return parts[0]

    def file(self, parts: Parts) -> ast.File:
        declarations = tuple(item for item in parts[0] if isinstance(item, ast.Declaration)) if parts else ()
        return ast.File(Span(self.source, 0, len(self.source.text)), declarations, self.comments.head)

    # --------------------------------------------------------- statements

    def binding(self, parts: Parts) -> ast.Binding:
        names, _, value = parts
        return ast.Binding(self.join(names[0], value), tuple(names), value)

    def setting(self, parts: Parts) -> ast.Setting:
        keyword, *rest = parts
        span = self.token_span(keyword)
        if not rest:
            return ast.Setting(span, keyword[1], span, ())
        arguments = self.ordered(rest[0])
        return ast.Setting(self.behind(keyword, arguments[-1]), keyword[1], span, arguments)

    def input(self, parts: Parts) -> ast.Input:
        return ast.Input(self.behind(parts[0], parts[1][-1]), tuple(parts[1]))

    def input_item(self, parts: Parts) -> ast.InputItem:
        return ast.InputItem(parts[0].span, parts[0], None, None)

    def input_default(self, parts: Parts) -> ast.InputItem:
        return ast.InputItem(self.join(parts[0], parts[2]), parts[0], None, parts[2])

    def input_typed(self, parts: Parts) -> ast.InputItem:
        return ast.InputItem(self.join(parts[0], parts[2]), parts[0], parts[2], None)

    def input_typed_default(self, parts: Parts) -> ast.InputItem:
        return ast.InputItem(self.join(parts[0], parts[4]), parts[0], parts[2], parts[4])

    def type_empty(self, parts: Parts) -> ast.TypeExpr:
        return ast.TypeExpr(self.between(parts[0], parts[-1]), parts[0][1], ())

    def type(self, parts: Parts) -> ast.TypeExpr:
        return ast.TypeExpr(self.between(parts[0], parts[-1]), parts[0][1], tuple(parts[2]))

    def output(self, parts: Parts) -> ast.Output:
        return ast.Output(self.behind(parts[0], parts[1]), parts[1], None)

    def output_value(self, parts: Parts) -> ast.Output:
        return ast.Output(self.behind(parts[0], parts[3]), parts[1], parts[3])

    def returned(self, parts: Parts) -> ast.Return:
        items = parts[1]
        value = items[0] if len(items) == 1 else ast.Tuple(self.join(items[0], items[-1]), tuple(items))
        return ast.Return(self.behind(parts[0], value), value)

    def step(self, parts: Parts) -> ast.Step:
        keyword, model, body = parts
        return ast.Step(self.whole(keyword, body), model, self.placed("step", body))

    def body_empty(self, parts: Parts) -> Body:
        return (), parts[1]

    def body(self, parts: Parts) -> Body:
        return tuple(item for item in parts[1] if isinstance(item, ast.Statement)), parts[2]

    def whole(self, keyword: Token, body: Body) -> Span:
        return self.between(keyword, body[1])

    def placed(self, kind: str, body: Body) -> tuple[ast.Statement, ...]:
        """The statements of a body; those that have no place in this kind are reported."""
        for statement in body[0]:
            diagnostic = misplaced(kind, statement)
            if diagnostic is not None:
                self.diagnostics.append(diagnostic)
        return body[0]

    # ------------------------------------------------------- declarations

    def import_file(self, parts: Parts) -> ast.Import:
        path = self.string([parts[1]])
        return ast.Import(self.behind(parts[0], parts[3][-1]), path.value, path.span, False, tuple(parts[3]))

    def import_bundled(self, parts: Parts) -> ast.Import:
        path = parts[1].span
        dotted = "".join(path.text.split())
        return ast.Import(self.behind(parts[0], parts[3][-1]), dotted, path, True, tuple(parts[3]))

    def imported(self, parts: Parts) -> ast.ImportedName:
        return ast.ImportedName(self.join(parts[0], parts[-1]), parts[0].id, parts[-1].id)

    def parameter(self, parts: Parts) -> ast.Parameter:
        return ast.Parameter(parts[0].span, parts[0], None, None)

    def parameter_default(self, parts: Parts) -> ast.Parameter:
        return ast.Parameter(self.join(parts[0], parts[2]), parts[0], None, parts[2])

    def parameter_typed(self, parts: Parts) -> ast.Parameter:
        return ast.Parameter(self.join(parts[0], parts[2]), parts[0], parts[2].id, None)

    def parameter_typed_default(self, parts: Parts) -> ast.Parameter:
        return ast.Parameter(self.join(parts[0], parts[4]), parts[0], parts[2].id, parts[4])

    def data(self, parts: Parts) -> ast.Data:
        keyword, name, body = parts
        return ast.Data(self.whole(keyword, body), name, self.placed("data", body), self.doc(keyword))

    def block(self, parts: Parts) -> ast.Block:
        keyword, name, parameters, body = parts
        span, statements = self.whole(keyword, body), self.placed("block", body)
        return ast.Block(span, name, tuple(parameters), statements, self.doc(keyword))

    def model(self, parts: Parts) -> ast.Model:
        keyword, name, parameters, body = parts
        span, statements = self.whole(keyword, body), self.placed("model", body)
        return ast.Model(span, name, tuple(parameters), statements, self.doc(keyword))

    def train(self, parts: Parts) -> ast.Train:
        return self.training(parts, None, None)

    def train_as(self, parts: Parts) -> ast.Train:
        return self.training(parts, None, parts[3])

    def train_on(self, parts: Parts) -> ast.Train:
        return self.training(parts, parts[3], None)

    def train_on_as(self, parts: Parts) -> ast.Train:
        return self.training(parts, parts[3], parts[5])

    def training(self, parts: Parts, data: ast.Name | None, label: ast.Name | None) -> ast.Train:
        keyword, targets, body = parts[0], parts[1], parts[-1]
        span, statements = self.whole(keyword, body), self.placed("train", body)
        return ast.Train(span, tuple(targets), data, label, statements, self.doc(keyword))

    def tune(self, parts: Parts) -> ast.Tune:
        return self.tuning(parts, None)

    def tune_on(self, parts: Parts) -> ast.Tune:
        return self.tuning(parts, parts[3])

    def tuning(self, parts: Parts, data: ast.Name | None) -> ast.Tune:
        keyword, targets, body = parts[0], parts[1], parts[-1]
        span, statements = self.whole(keyword, body), self.placed("tune", body)
        return ast.Tune(span, tuple(targets), data, statements, self.doc(keyword))

    def doc(self, keyword: Token) -> str:
        return self.comments.above(keyword[2])
