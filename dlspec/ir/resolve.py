"""A whole spec: files loaded, every declaration resolved, all errors collected in one report."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dlspec.diagnostics.codes import names, shapes
from dlspec.diagnostics.codes import training as training_codes
from dlspec.diagnostics.report import DlspecError, Note, Report, did_you_mean, fail
from dlspec.diagnostics.span import SourceFile, Span
from dlspec.ir.files import FileScope, Loader
from dlspec.ir.instantiate import Instantiator
from dlspec.ir.program import Data, Module, Program, Train, Tune
from dlspec.ir.schema import Schema
from dlspec.ir.values import DataName, Poisoned, Value
from dlspec.ir.weights import parameter_count, weights_of
from dlspec.syntax import ast

MAX_PARAMETERS = 20_000_000_000
"""More are refused unless the user allows them: a slip in a size should not fill the memory."""

STACK = 20_000
"""Python frames: blocks may nest 100 deep, brackets 100 deep in each of them."""


@dataclass(slots=True)
class Resolution:
    """A resolved spec: the program (without what had errors), the report, the files it was made of."""

    program: Program
    report: Report
    files: FileScope
    sources: dict[Path, SourceFile] = field(default_factory=dict)


@contextmanager
def room() -> Iterator[None]:
    """A stack for the nesting that the language allows, and no garbage collection: a program of many small objects,
    none of which is garbage, would be walked again and again."""
    before, collecting = sys.getrecursionlimit(), gc.isenabled()
    sys.setrecursionlimit(max(before, STACK))
    gc.disable()
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
        if collecting:
            gc.enable()


class Resolver:
    """Resolves one spec. `schema` tells the columns of a source; `sizes` are those learned from data."""

    def __init__(
        self,
        schema: Schema,
        *,
        sizes: dict[str, int] | None = None,
        max_parameters: int = MAX_PARAMETERS,
        arguments: dict[str, dict[str, Value]] | None = None,
    ) -> None:
        self.report = Report()
        self.loader = Loader(self.report)
        self.schema = schema
        self.max_parameters = max_parameters
        self.model_arguments = arguments or {}
        self.instantiator = Instantiator(sizes)
        self.instantiator.learned = self._learned
        self.data: dict[int, Data | None] = {}
        self.making: set[int] = set()

    def resolve(
        self, source: SourceFile, folder: Path, edit: Callable[[ast.File], ast.File] | None = None
    ) -> Resolution:
        """The spec in `source`, whose relative paths begin in `folder`."""
        with room():
            files = self.loader.load_root(source, folder, edit)
            models = self._models(files)
            data = self._all_data(files)
            trains = self._trains(files)
            tunes = self._tunes(files, trains)
        program = Program(
            source=source.path,
            modules=tuple(self.instantiator.modules.values()),
            models=models,
            data=tuple(data),
            trains=tuple(trains),
            tunes=tuple(tunes),
        )
        self._check_sizes(program, files)
        return Resolution(program, self.report, files, dict(self.loader.sources))

    @contextmanager
    def _collecting(self) -> Iterator[None]:
        try:
            yield
        except DlspecError as error:
            self.report.add(*error.diagnostics)
        except Poisoned:
            pass

    # ---------------------------------------------------------- declarations

    def _models(self, files: FileScope) -> dict[str, str]:
        """Every model that its defaults make whole, by itself."""
        found: dict[str, str] = {}
        for declaration in files.tree.declarations:
            if isinstance(declaration, ast.Model):
                name = declaration.name.id
                given = self.model_arguments.get(name, {})
                if any(p.default is None and p.name.id not in given for p in declaration.parameters):
                    continue
                with self._collecting():
                    found[name] = self.instantiator.model(declaration, files, dict(given)).name
            elif isinstance(declaration, ast.Binding):
                with self._collecting():
                    for each in declaration.names:
                        files.value(each.id, self.instantiator.evaluator, each.span)
        own = any(isinstance(each, ast.Model | ast.Train) for each in files.tree.declarations)
        return found if own else found | self._imported_models(files)

    def _imported_models(self, files: FileScope) -> dict[str, str]:
        """The models that a file imports: what a file that has none of its own is about."""
        found: dict[str, str] = {}
        for alias, (file, name) in files.imported.items():
            home, declaration = file.home(name)
            if isinstance(declaration, ast.Model) and all(each.default for each in declaration.parameters):
                with self._collecting():
                    found[alias] = self.instantiator.model(declaration, home, {}).name
        return found

    def _all_data(self, files: FileScope) -> list[Data]:
        found: list[Data] = []
        for declaration in files.tree.declarations:
            if isinstance(declaration, ast.Data):
                with self._collecting():
                    found.append(self.data_of(DataName(declaration, files)))
        known = {id(data) for data in found}
        found += [data for data in self.data.values() if data is not None and id(data) not in known]
        return found

    def data_of(self, name: DataName) -> Data:
        """The data block of that name, resolved once."""
        from dlspec.ir.datablock import DataBlock  # a spec of models alone starts quicker without it

        key = id(name.declaration)
        if key not in self.data:
            self.data[key] = None
            block = DataBlock(
                self.instantiator.evaluator, name.declaration, name.file, self.schema, self.instantiator.sizes, self
            )
            self.making.add(key)
            try:
                self.data[key] = block.resolve()
            finally:
                self.making.discard(key)
        data = self.data[key]
        if data is None:
            raise Poisoned
        return data

    def in_the_making(self, name: DataName) -> bool:
        """Whether that data block is being resolved at this moment."""
        return id(name.declaration) in self.making

    def _learned(self, name: DataName, field_expr: ast.Attribute, expr: ast.Attribute) -> Value:
        """`corpus.tokens.size`."""
        data = self.data_of(name)
        fields = {result.name: data.module.type_of(result.ref) for result in data.module.outputs}
        if field_expr.name not in fields:
            raise fail(
                names.BAD_ATTRIBUTE, f"'{data.name}' has no field '{field_expr.name}'", field_expr.span,
                help=did_you_mean(field_expr.name, fields) or f"its fields are {', '.join(fields)}",
            )  # fmt: skip
        kinds = fields[field_expr.name].kinds
        if expr.name not in ("classes", "size") or kinds is None:
            raise fail(
                names.BAD_ATTRIBUTE, f"the field '{field_expr.name}' has no '{expr.name}'", expr.span,
                help="a field that ends in `category` has `classes`, one of a `vocabulary` has `size`",
            )  # fmt: skip
        return kinds

    def _trains(self, files: FileScope) -> list[Train]:
        found: list[Train] = []
        labels: dict[str, Span] = {}
        for declaration in files.tree.declarations:
            if not isinstance(declaration, ast.Train):
                continue
            from dlspec.ir.trainblock import TrainBlock

            with self._collecting():
                block = TrainBlock(self.instantiator.evaluator, declaration, files, self.data_of)
                place = declaration.label.span if declaration.label else declaration.targets[0].span
                if block.label in labels:
                    raise fail(
                        training_codes.DUPLICATE_LABEL, f"two trainings are called '{block.label}'", place,
                        help="label one of them: `train … on … as NAME { … }`",
                        notes=[Note("the other one", labels[block.label])],
                    )  # fmt: skip
                labels[block.label] = place
                found.append(block.resolve())
        return found

    def _tunes(self, files: FileScope, trains: list[Train]) -> list[Tune]:
        found: list[Tune] = []
        for declaration in files.tree.declarations:
            if isinstance(declaration, ast.Tune):
                from dlspec.ir.tuneblock import resolve_tune

                with self._collecting():
                    data = {each.name: each for each in self.data.values() if each is not None}
                    found.append(resolve_tune(self.instantiator.evaluator, declaration, files, trains, data))
        return found

    # --------------------------------------------------------------- limits

    def _check_sizes(self, program: Program, files: FileScope) -> None:
        used = {use.module: use.name for train in program.trains for use in train.models}
        used |= {module: name for name, module in program.models.items()}
        for module_name, model in used.items():
            module: Module = program.module(module_name)
            count = parameter_count(weights_of(program, module.name))
            if isinstance(count, int) and count > self.max_parameters:
                declaration = files.declared.get(model)
                place = declaration.name.span if isinstance(declaration, ast.Model) else None
                self.report.add(
                    *fail(
                        shapes.TOO_LARGE, f"'{model}' has {count:,} parameters, the limit is {self.max_parameters:,}",
                        place, help="check the sizes, or allow more with `--max-parameters`",
                    ).diagnostics
                )  # fmt: skip
