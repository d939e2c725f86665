"""A `data` block to its IR: roots, flows of fields, conditions and settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from dlspec.catalog import data_settings as settings
from dlspec.catalog.base import Entry, Source, Transform
from dlspec.catalog.data_settings import DropMissing, Order, Split
from dlspec.catalog.roots import Column, Piece
from dlspec.catalog.sources import Text
from dlspec.catalog.texts import Characters, Vocabulary, Words
from dlspec.diagnostics.codes import data as data_codes
from dlspec.diagnostics.codes import names as codes
from dlspec.diagnostics.report import Diagnostic, DlspecError, did_you_mean, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.augmenting import read_augment
from dlspec.ir.body import bind_statement
from dlspec.ir.builder import ModuleBuilder, Tensor
from dlspec.ir.context import Expressions
from dlspec.ir.program import INPUT, Augment, Data, Ref, Root
from dlspec.ir.schema import Schema
from dlspec.ir.scope import DATA_KINDS, Scope
from dlspec.ir.settings import argument_span, check_no_setting, read_setting
from dlspec.ir.shared_vocabulary import Blocks, SharedVocabulary
from dlspec.ir.values import Broken, FileNames, Poisoned
from dlspec.ir.walk import matching
from dlspec.syntax import ast
from dlspec.tensor import Dim, Sym, TensorType, promoted


class DataBuilder(ModuleBuilder):
    """A module of data. Kinds that are learned get a symbol, or their number where it is known.

    `kinds_like` tells how many numbers the vocabulary has that another one takes.
    """

    def __init__(
        self, name: str, sizes: dict[str, int], kinds_like: Callable[[Vocabulary, Span | None], Dim | None]
    ) -> None:
        super().__init__(name, name, "data")
        self.sizes = sizes
        self.kinds_like = kinds_like

    def node(
        self,
        unit: int,
        inputs: list[Tensor],
        outputs: tuple[TensorType, ...],
        span: Span | None,
        keywords: tuple[str, ...] = (),
    ) -> tuple[Tensor, ...]:
        layer, name = self.units[unit].layer, self.units[unit].name
        if isinstance(layer, Vocabulary) and layer.like is not None:
            outputs = (replace(outputs[0], kinds=self.kinds_like(layer, span)),)
        elif isinstance(layer, Transform) and layer.learns and outputs[0].element == "int" and outputs[0].kinds is None:
            outputs = (replace(outputs[0], kinds=self._kinds(name, layer.entry)),)
        elif isinstance(layer, Words | Characters):
            outputs = (replace(outputs[0], shape=(Sym.named(f"{self.declaration}.{name}.length"),)),)
        return super().node(unit, inputs, outputs, span, keywords)

    def _kinds(self, unit: str, entry: str) -> Dim:
        binding, _, last = unit.partition(".")
        word = "size" if entry == "vocabulary" else "classes"
        number = last.removeprefix(entry)
        name = f"{self.declaration}.{binding}.{word}{number}"
        return self.sizes.get(name) or Sym.named(name)


class DataBlock:
    """One `data` block on its way to the IR."""

    def __init__(
        self,
        evaluator: Expressions,
        declaration: ast.Data,
        file: FileNames,
        schema: Schema,
        sizes: dict[str, int],
        blocks: Blocks,
    ) -> None:
        self.evaluator = evaluator
        self.declaration = declaration
        self.file = file
        self.schema = schema
        self.name = declaration.name.id
        self.fields: dict[str, Tensor] = {}
        shared = SharedVocabulary(evaluator, declaration, file, blocks, self.fields)
        self.builder = DataBuilder(self.name, sizes, shared.kinds)
        self.scope = Scope(
            file, self.builder, self.builder.namer(""), stages=DATA_KINDS, roots=("root",), in_data=True,
            make_root=self.make_root,
        )  # fmt: skip
        self.source: Source | None = None
        self.columns: dict[str, TensorType] = {}
        self.roots: dict[str, Tensor] = {}
        self.root_entries: list[Root] = []
        self.keep: list[Ref] = []
        self.drop: list[str] = []
        self.augment: list[Augment] = []
        self.settings: dict[str, Entry] = {}
        self.places: dict[str, Span] = {}
        self.problems: list[Diagnostic] = []
        self.poisoned = False

    def resolve(self) -> Data:
        """The data block; every error in it at once."""
        source = self._source()
        lines: list[ast.Setting] = []
        for statement in self.declaration.body:
            if isinstance(statement, ast.Setting):
                if statement.keyword != "source":
                    lines.append(statement)
            elif isinstance(statement, ast.Binding):
                self._guarded(partial(self._binding, statement), statement)
        for setting in lines:
            self._guarded(partial(self._setting, setting), setting)
        if self.problems:
            raise DlspecError(self.problems)
        if self.poisoned:
            raise Poisoned
        module = self.builder.finish(list(self.fields.items()), {}, self.declaration.doc)
        return Data(
            name=self.name,
            source=source,
            folder=str(self.file.folder),
            roots=tuple(self.root_entries),
            module=module,
            keep=tuple(self.keep),
            drop_missing=tuple(self.drop),
            augment=tuple(self.augment),
            settings=self.settings,
            places=self._places(),
            doc=self.declaration.doc,
        )

    def _places(self) -> dict[str, str]:
        """Where the fields and settings are written: a field where its flow begins, its name."""
        found: dict[str, str] = {}
        for statement in self.declaration.body:
            if isinstance(statement, ast.Setting):
                found.setdefault(statement.keyword, str(statement.keyword_span))
            elif isinstance(statement, ast.Binding):
                found |= {name.id: str(name.span) for name in statement.names}
        return found

    def _guarded(self, action: Callable[[], None], statement: ast.Statement) -> None:
        try:
            action()
        except DlspecError as error:
            self.problems.extend(error.diagnostics)
            self._spoil(statement)
        except Poisoned:
            self.poisoned = True
            self._spoil(statement)

    def _spoil(self, statement: ast.Statement) -> None:
        for name in statement.names if isinstance(statement, ast.Binding) else ():
            self.scope.names.setdefault(name.id, Broken())
            self.scope.places.setdefault(name.id, name.span)

    # -------------------------------------------------------------- source

    def _source(self) -> Source:
        found = [s for s in self.declaration.body if isinstance(s, ast.Setting) and s.keyword == "source"]
        name = self.declaration.name
        if not found:
            raise fail(
                codes.NO_SOURCE, f"the data '{name.id}' has no source", name.span,
                help='write `source csv("file.csv")` in it',
            )  # fmt: skip
        if len(found) > 1:
            raise fail(codes.REPEATED_SETTING, "'source' stands twice", found[1].keyword_span, help="keep one")
        setting: Any = read_setting(self.evaluator, "data setting", found[0], self.scope)
        source: Source = setting.source
        self.source = source
        try:
            self.columns = self.schema(source, self.file.folder)
        except DlspecError as error:
            place = found[0].arguments[0].value.span
            raise DlspecError(
                [d if d.span else Diagnostic(d.code, d.message, place, d.help, d.notes) for d in error.diagnostics]
            ) from error
        return source

    def make_root(self, entry: Entry, span: Span) -> Tensor:
        """The input of the module for a root; the same root gives the same input."""
        assert isinstance(entry, Column | Piece)
        self._check_root(entry, span)
        pattern = entry.pattern
        if pattern in self.roots:
            return self.roots[pattern]
        found = matching(pattern, self.columns)
        if not found:
            known = list(self.columns)
            help = did_you_mean(pattern, known) or f"its columns are {', '.join(known[:12])}{' …' * (len(known) > 12)}"
            what = "no column matches" if "*" in pattern else "there is no column"
            raise fail(
                data_codes.UNKNOWN_COLUMN, f"{what} \"{pattern}\" in the source of '{self.name}'", span, help=help
            )
        type = self.columns[found[0]] if "*" not in pattern else self._vector(found, span)
        tensor = self.builder.input(self._input_name(pattern), type)
        self.root_entries.append(Root(name=self.builder.inputs[-1].name, root=entry))
        self.roots[pattern] = tensor
        return tensor

    def _check_root(self, entry: Column | Piece, span: Span) -> None:
        """Raise unless the source has rows of that kind."""
        text = isinstance(self.source, Text)
        if isinstance(entry, Column) and text:
            raise fail(
                data_codes.OTHER_ROOT, f"'{self.name}' is a text, which has no columns", span,
                help="begin with `characters`, `words` or `lines`",
            )  # fmt: skip
        if isinstance(entry, Piece) and not text:
            raise fail(
                data_codes.OTHER_ROOT, f"the source of '{self.name}' has columns, and `{entry.entry}` is of a text",
                span, help=f'write `source text("file.txt")`, or cut a column: `column("…") -> {entry.entry}`',
            )  # fmt: skip
        other = next((name for name in self.roots if name != entry.pattern), None)
        if isinstance(entry, Piece) and other is not None:
            raise fail(
                data_codes.COLUMNS_DO_NOT_FIT,
                f"`{other}` and `{entry.pattern}` have different numbers of rows",
                span,
                help="give each of them a `data` block of its own",
            )

    def _vector(self, columns: list[str], span: Span) -> TensorType:
        types = [self.columns[column] for column in columns]
        shaped = next((c for c, type in zip(columns, types, strict=True) if type.shape), None)
        if shaped is not None:
            raise fail(
                data_codes.UNKNOWN_COLUMN, f"'{shaped}' is {self.columns[shaped]}, and a pattern joins single numbers",
                span, help="name the column itself",
            )  # fmt: skip
        return TensorType(promoted(types), (len(columns),))

    def _input_name(self, pattern: str) -> str:
        """A column by its name; a pattern by what stands before its `*`, without a trailing `_`."""
        name = pattern.partition("*")[0].rstrip("_") or "columns"
        taken = {port.name for port in self.builder.inputs}
        return pattern if name in taken else name

    # ---------------------------------------------------------- statements

    def _binding(self, statement: ast.Binding) -> None:
        check_no_setting("data setting", statement)
        bind_statement(self.evaluator, statement, self.scope)
        for name in statement.names:
            value = self.scope.names[name.id]
            if isinstance(value, Tensor):
                self.fields[name.id] = value

    def _setting(self, setting: ast.Setting) -> None:
        if setting.keyword in self.settings:
            raise fail(
                codes.REPEATED_SETTING, f"'{setting.keyword}' stands twice", setting.keyword_span, help="keep one"
            )
        entry = read_setting(self.evaluator, "data setting", setting, self.scope)
        if setting.keyword == "keep":
            self._keep(entry)
        elif isinstance(entry, settings.Augment):
            self._add_augment(entry)
        elif isinstance(entry, DropMissing):
            for field in entry.fields:
                self._check_field(field, setting)
                self.drop.append(field)
        else:
            if isinstance(entry, Split):
                self._check_split(entry, setting)
            self.settings[setting.keyword] = entry

    def _add_augment(self, entry: settings.Augment) -> None:
        taken = {field for each in self.augment for field in each.fields}
        self.augment.append(read_augment(self.evaluator, entry.flow, self.scope, self.fields, taken))

    def _keep(self, entry: Any) -> None:
        unlearned = {name: self._before_learning(tensor) for name, tensor in self.fields.items()}
        scope = self.scope.within("keep").with_names(unlearned)
        condition = self.evaluator.value(entry.condition, scope)
        if not isinstance(condition, Tensor) or condition.type.element != "bool" or condition.type.shape:
            raise fail(
                codes.BAD_ARGUMENT,
                "`keep` takes a condition on fields",
                entry.condition.span,
                help="write `keep label < 5`",
            )
        self.keep.append(condition.ref)

    def _before_learning(self, tensor: Tensor) -> Tensor:
        """The field before anything in its flow is learned: rows are kept or left out before that."""
        ref, found = tensor.ref, tensor
        while ref[0] != INPUT:
            node = self.builder.nodes[ref[0]]
            layer = self.builder.units[node.unit].layer
            if not node.inputs:
                break
            ref = node.inputs[0]
            if isinstance(layer, Transform) and layer.has_to_learn:
                type = (
                    self.builder.inputs[ref[1]].type if ref[0] == INPUT else self.builder.nodes[ref[0]].outputs[ref[1]]
                )
                found = Tensor(self.builder, ref, type)
        return found

    def _check_field(self, field: str, setting: ast.Setting) -> None:
        if field not in self.fields:
            names = [a.value for a in setting.arguments if isinstance(a.value, ast.Name) and a.value.id == field]
            place = names[0].span if names else setting.span
            if isinstance(self.scope.names.get(field), Broken):
                raise Poisoned
            raise fail(
                codes.UNKNOWN_NAME, f"'{self.name}' has no field '{field}'", place,
                help=did_you_mean(field, self.fields) or f"its fields are {', '.join(self.fields)}",
            )  # fmt: skip

    def _check_split(self, split: Split, setting: ast.Setting) -> None:
        for field in (split.stratify, split.group):
            if field is not None:
                self._check_field(field, setting)
        if isinstance(split.by, Order):
            column = getattr(split.by, "column", "")
            if column not in self.columns:
                raise fail(
                    data_codes.UNKNOWN_COLUMN, f'there is no column "{column}" in the source of \'{self.name}\'',
                    argument_span(setting, "by"),
                    help=did_you_mean(column, self.columns) or f"its columns are {', '.join(list(self.columns)[:12])}",
                )  # fmt: skip
