"""Files and what they declare: imports resolved, file-level bindings evaluated when first used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from dlspec.diagnostics.codes import files as codes
from dlspec.diagnostics.codes import names
from dlspec.diagnostics.report import Diagnostic, DlspecError, Note, Report, did_you_mean, fail
from dlspec.diagnostics.span import SourceFile, Span
from dlspec.ir.context import Expressions
from dlspec.ir.scope import Scope
from dlspec.ir.values import BlockRecipe, Broken, DataName, Poisoned, Value
from dlspec.syntax import ast
from dlspec.syntax.parser import parse
from dlspec.syntax.source import read_source

LIBRARY = Path(__file__).resolve().parent.parent / "library"
EVALUATING = object()


@dataclass(slots=True, eq=False)
class FileScope:
    """One file's declarations by name; `folder` is where its relative paths begin.

    `broken` are names of what an error reported before has spoilt: they mean something, but nobody knows what.
    """

    tree: ast.File
    broken: set[str]
    folder: Path
    declared: dict[str, ast.Declaration] = field(default_factory=dict)
    imported: dict[str, tuple[FileScope, str]] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether the file declares or imports the name."""
        return name in self.declared or name in self.imported or name in self.broken

    def known(self) -> Iterator[str]:
        """The names of the file."""
        yield from self.declared
        yield from self.imported

    def home(self, name: str) -> tuple[FileScope, ast.Declaration | None]:
        """The file that declares what a name means here, through imports of imports, and the declaration."""
        file = self
        while name in file.imported:
            file, name = file.imported[name]
        return file, file.declared.get(name)

    def value(self, name: str, evaluator: Expressions, span: Span) -> Value:
        """What a name of the file means."""
        if name in self.imported:
            file, original = self.imported[name]
            return file.value(original, evaluator, span)
        if name not in self.declared:
            return Broken()
        declaration = self.declared[name]
        if isinstance(declaration, ast.Block | ast.Model):
            return BlockRecipe(declaration, self, {}, span)
        if isinstance(declaration, ast.Data):
            return DataName(declaration, self)
        assert isinstance(declaration, ast.Binding)
        return self._binding(name, declaration, evaluator, span)

    def _binding(self, name: str, binding: ast.Binding, evaluator: Expressions, span: Span) -> Value:
        if self.values.get(name) is EVALUATING:
            raise fail(names.BAD_OPERATION, f"'{name}' is bound in terms of itself", span)
        if name not in self.values:
            self.values[name] = EVALUATING
            try:
                self.values[name] = self._evaluated(name, binding, evaluator)
            except (DlspecError, Poisoned):
                self.values[name] = Broken()
                raise
        return self.values[name]

    def _evaluated(self, name: str, binding: ast.Binding, evaluator: Expressions) -> Value:
        value = evaluator.value(binding.value, Scope(self))
        if len(binding.names) == 1:
            return value
        if not isinstance(value, tuple) or len(value) != len(binding.names):
            raise fail(names.BAD_UNPACKING, f"{len(binding.names)} names, and another number of values", binding.span)
        return value[[each.id for each in binding.names].index(name)]


class Loader:
    """Loads a root file and everything it imports, each file once; never outside of the root's folder."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.root = Path()
        self.loaded: dict[Path, FileScope] = {}
        self.stack: list[Path] = []
        self.sources: dict[Path, SourceFile] = {}

    def load_root(
        self, source: SourceFile, folder: Path, edit: Callable[[ast.File], ast.File] | None = None
    ) -> FileScope:
        """The root file; its folder bounds all imports. `edit` changes the tree before it is resolved (`--set`)."""
        self.root = folder.resolve()
        return self._file(source, self.root / Path(source.path).name, folder, edit)

    def _file(
        self, source: SourceFile, path: Path, folder: Path, edit: Callable[[ast.File], ast.File] | None = None
    ) -> FileScope:
        self.sources[path] = source
        tree, problems = parse(source)
        self.report.add(*problems)
        if problems:
            scope = FileScope(*_without_spoilt(tree, problems), folder)
        else:
            scope = FileScope(edit(tree) if edit is not None else tree, set(), folder)
        self.loaded[path] = scope
        self.stack.append(path)
        for declaration in scope.tree.declarations:
            try:
                self._declare(scope, declaration, path)
            except DlspecError as error:
                self.report.add(*error.diagnostics)
        self.stack.pop()
        return scope

    def _declare(self, scope: FileScope, declaration: ast.Declaration, path: Path) -> None:
        match declaration:
            case ast.Import():
                self._import(scope, declaration, path)
            case ast.Binding():
                for name in declaration.names:
                    self._add(scope, name.id, declaration, name.span)
            case ast.Data() | ast.Block() | ast.Model():
                self._add(scope, declaration.name.id, declaration, declaration.name.span)

    def _add(self, scope: FileScope, name: str, declaration: ast.Declaration, span: Span) -> None:
        self._check_free(scope, name, span)
        scope.declared[name] = declaration

    def _check_free(self, scope: FileScope, name: str, span: Span) -> None:
        if name in scope.declared or name in scope.imported:
            notes = []
            earlier = scope.declared.get(name)
            if earlier is not None:
                notes.append(Note(f"'{name}' is declared here first", _place(earlier, name)))
            raise fail(
                names.DUPLICATE_NAME,
                f"'{name}' is declared twice",
                span,
                help="give one of them another name",
                notes=notes,
            )

    # ------------------------------------------------------------- imports

    def _import(self, scope: FileScope, item: ast.Import, path: Path) -> None:
        try:
            file = self._library(item) if item.bundled else self._relative(item, path)
        except DlspecError:
            scope.broken.update(each.alias for each in item.names)
            raise
        for each in item.names:
            try:
                self._check_free(scope, each.alias, each.span)
                self._check_declared(file, each, item)
            except DlspecError as error:
                scope.broken.add(each.alias)
                self.report.add(*error.diagnostics)
            else:
                scope.imported[each.alias] = (file, each.name)

    def _check_declared(self, file: FileScope, each: ast.ImportedName, item: ast.Import) -> None:
        if not file.has(each.name):
            known = list(file.known())
            raise fail(
                codes.UNKNOWN_IMPORT,
                f"'{item.path}' declares no '{each.name}'",
                each.span,
                help=did_you_mean(each.name, known) or f"it declares {', '.join(known) or 'nothing'}",
            )

    def _library(self, item: ast.Import) -> FileScope:
        parts = item.path.split(".")
        target = LIBRARY.joinpath(*parts[1:]).with_suffix(".dl") if len(parts) > 1 else LIBRARY
        if parts[0] != "std" or not target.is_file():
            known = sorted(f"std.{path.stem}" for path in LIBRARY.glob("*.dl"))
            there = f'there are {", ".join(known)}; a file is imported as `from "file.dl" import …`'
            raise fail(
                codes.NO_SUCH_LIBRARY, f"there is no library '{item.path}'", item.path_span,
                help=did_you_mean(item.path, known) or there,
            )  # fmt: skip
        return self._load(target, item, shown=_bundled(target))

    def _relative(self, item: ast.Import, importer: Path) -> FileScope:
        written = PurePosixPath(item.path)
        if written.is_absolute() or "\\" in item.path or ":" in item.path:
            raise self._outside(item)
        target = (importer.parent / written).resolve()
        bundled = importer.is_relative_to(LIBRARY)
        if not target.is_relative_to(LIBRARY if bundled else self.root):
            raise self._outside(item)
        if not target.is_file():
            near = sorted(path.name for path in target.parent.glob("*.dl")) if target.parent.is_dir() else []
            raise fail(
                codes.MISSING_FILE, f"there is no file '{item.path}'", item.path_span,
                help=did_you_mean(target.name, near) or "the path is relative to the file that imports",
            )  # fmt: skip
        if bundled:
            return self._load(target, item, shown=_bundled(target))
        source = next(iter(self.sources.values()))
        return self._load(target, item, shown=str(Path(source.path).parent / target.relative_to(self.root)))

    def _outside(self, item: ast.Import) -> DlspecError:
        return fail(
            codes.OUTSIDE, f"'{item.path}' leaves the folder of the root file", item.path_span,
            help="import from files in the same folder or below, with `/` between folders",
        )  # fmt: skip

    def _load(self, target: Path, item: ast.Import, shown: str) -> FileScope:
        if target in self.stack:
            circle = " -> ".join(path.name for path in [*self.stack[self.stack.index(target) :], target])
            raise fail(
                codes.IMPORT_CYCLE, f"these files import each other: {circle}", item.path_span,
                help="move what both need to a third file",
            )  # fmt: skip
        if target in self.loaded:
            return self.loaded[target]
        return self._file(read_source(target, shown), target, target.parent)


def _bundled(target: Path) -> str:
    """How a file of the library is called in messages."""
    return f"<std>/{target.relative_to(LIBRARY).as_posix()}"


def _without_spoilt(tree: ast.File, problems: Sequence[Diagnostic]) -> tuple[ast.File, set[str]]:
    """The declarations whose form is sound, and the names of the others: what is built of half a declaration would
    only repeat its errors in other words."""
    text = tree.span.source.text
    places = [problem.span.start for problem in problems if problem.span]
    if not tree.declarations:
        return tree, _words(text)
    kept: list[ast.Declaration] = []
    starts = set(places)
    for each in tree.declarations:
        inside = {at for at in places if each.span.start <= at < each.span.end}
        if inside:
            starts = (starts - inside) | {each.span.start}
        else:
            kept.append(each)
    source = tree.span.source
    heads = [re.split("[={(]", source.line(source.position(start)[0]))[0] for start in starts]
    return replace(tree, declarations=tuple(kept)), {word for head in heads for word in _words(head)}


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d]\w*", text))


def _place(declaration: ast.Declaration, name: str) -> Span:
    if isinstance(declaration, ast.Binding):
        return next(each.span for each in declaration.names if each.id == name)
    return declaration.name.span if isinstance(declaration, ast.Data | ast.Block | ast.Model) else declaration.span
