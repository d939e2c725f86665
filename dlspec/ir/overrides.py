"""`--set path=value`: changes to the tree before it is resolved, with the same paths as `search`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dlspec.catalog.base import parameters
from dlspec.catalog.index import find
from dlspec.diagnostics.codes import training as codes
from dlspec.diagnostics.report import DlspecError, did_you_mean, fail
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.entries import named_call
from dlspec.ir.paths import KINDS, setting_paths
from dlspec.syntax import ast
from dlspec.syntax.parser import parse


def apply_overrides(tree: ast.File, overrides: Sequence[tuple[str, str]], label: str | None = None) -> ast.File:
    """The tree with every override in its place; `label` limits settings to one training."""
    for path, text in overrides:
        tree = Override(path, parse_value(path, text), label).on(tree)
    return tree


def parse_value(path: str, text: str) -> ast.Expr:
    """The expression right of `=`; a diagnostic where it is none."""
    source = SourceFile(f"--set {path}", f"value = {text}\n")
    tree, problems = parse(source)
    if problems:
        raise DlspecError(problems)
    (binding,) = tree.declarations[:1] or (None,)
    if not isinstance(binding, ast.Binding) or len(tree.declarations) != 1:
        raise fail(codes.UNKNOWN_PATH, f"'{text}' is no value", None, help=f"write --set {path}=0.1")
    return binding.value


class Override:
    """One path and its value, and whether it was found."""

    def __init__(self, path: str, value: ast.Expr, label: str | None) -> None:
        self.path = path
        self.value = value
        self.label = label
        self.found = False
        self.known: list[str] = []

    def on(self, tree: ast.File) -> ast.File:
        """The tree with the value in all places that the path fits."""
        changed = tuple(self._declaration(each) for each in tree.declarations)
        if not self.found:
            raise fail(
                codes.UNKNOWN_PATH, f"--set {self.path}: no model has such a parameter, and no training such a setting",
                None, help=did_you_mean(self.path, self.known) or "paths look like `width`, `epochs` or `optimizer.lr`",
            )  # fmt: skip
        return replace(tree, declarations=changed)

    def _declaration(self, each: ast.Declaration) -> ast.Declaration:
        if isinstance(each, ast.Model):
            return replace(each, parameters=tuple(self._parameter(p) for p in each.parameters))
        if isinstance(each, ast.Train) and (self.label is None or self._labelled(each) == self.label):
            targets = tuple(self._target(target) for target in each.targets)
            return replace(each, targets=targets, body=self._body(each.body, self.path))
        return each

    def _labelled(self, train: ast.Train) -> str | None:
        return train.label.id if train.label else named_call(train.targets[0])[0]

    def _parameter(self, parameter: ast.Parameter) -> ast.Parameter:
        self.known.append(parameter.name.id)
        if parameter.name.id != self.path:
            return parameter
        self.found = True
        return replace(parameter, default=self.value)

    def _target(self, target: ast.Expr) -> ast.Expr:
        """An argument that the header gives goes before the model's default."""
        if not isinstance(target, ast.Call):
            return target
        arguments = tuple(
            replace(argument, value=self.value) if argument.name == self.path else argument
            for argument in target.arguments
        )
        return replace(target, arguments=arguments)

    # ------------------------------------------------------------ settings

    def _body(self, body: tuple[ast.Statement, ...], path: str, *, in_step: bool = False) -> tuple[ast.Statement, ...]:
        head, _, rest = path.partition(".")
        changed: list[ast.Statement] = []
        has_steps = any(isinstance(statement, ast.Step) for statement in body)
        present = False
        for statement in body:
            if isinstance(statement, ast.Step):
                inner = rest if statement.model.id == head and rest else path
                statement = replace(statement, body=self._body(statement.body, inner, in_step=True))
            elif isinstance(statement, ast.Setting):
                self.known += [each for each, _ in setting_paths(statement)]
                if statement.keyword == head:
                    present = True
                    statement = self._setting(statement, rest)
            changed.append(statement)
        setting = find("train setting", head)
        # With steps, what each step has of its own is not added to the block, and nothing is added to a step.
        missing = not in_step and setting is not None and not (has_steps and getattr(setting, "in_step", False))
        if missing and not present and not self.found and not rest:
            self.found = True
            span = self.value.span
            changed.append(ast.Setting(span, head, span, (ast.Argument(span, None, self.value),)))
        return tuple(changed)

    def _setting(self, setting: ast.Setting, name: str) -> ast.Setting:
        """The setting with its one argument replaced, or an argument of it, or one of what it takes."""
        if not name:
            self.found = True
            if not setting.arguments:
                return replace(setting, arguments=(ast.Argument(self.value.span, None, self.value),))
            first, *others = setting.arguments
            return replace(setting, arguments=(replace(first, value=self.value), *others))
        cls = find("train setting", setting.keyword)
        if cls is not None and name in [info.name for info in parameters(cls)]:
            order = [info.name for info in parameters(cls)]
            return replace(setting, arguments=self._with(setting.arguments, order, name))
        arguments = tuple(
            replace(argument, value=self._stages(argument.value, KINDS.get(setting.keyword, ""), name))
            for argument in setting.arguments
        )
        return replace(setting, arguments=arguments)

    def _stages(self, expr: ast.Expr, kind: str, name: str) -> ast.Expr:
        if isinstance(expr, ast.Flow):
            stages = tuple(self._call(stage, kind, name) for stage in expr.stages)
            return replace(expr, first=self._call(expr.first, kind, name), stages=stages)
        return self._call(expr, kind, name)

    def _call(self, expr: ast.Expr, kind: str, name: str) -> ast.Expr:
        called, arguments = named_call(expr)
        cls = find(kind, called) if called else None
        if cls is None:
            return expr
        order = [info.name for info in parameters(cls)]
        if name not in order:
            return expr
        function = expr.function if isinstance(expr, ast.Call) else expr
        return ast.Call(expr.span, function, self._with(arguments, order, name))

    def _with(self, arguments: tuple[ast.Argument, ...], order: list[str], name: str) -> tuple[ast.Argument, ...]:
        """The arguments with one of them set, by position where it was given so."""
        self.found = True
        place = order.index(name)
        positional = [argument for argument in arguments if argument.name is None]
        if place < len(positional):
            return tuple(replace(each, value=self.value) if each is positional[place] else each for each in arguments)
        kept = tuple(argument for argument in arguments if argument.name != name)
        return (*kept, ast.Argument(self.value.span, name, self.value, self.value.span))
