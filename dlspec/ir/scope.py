"""Where names are looked up: a body's own bindings, then the file, then the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from dlspec.catalog.base import Entry, Layer
from dlspec.catalog.index import names as catalogue_names
from dlspec.diagnostics.codes import names as codes
from dlspec.diagnostics.report import Note, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.builder import ModuleBuilder, Namer, Tensor
from dlspec.ir.values import FileNames, Value

LAYER_KINDS = ("layer",)
DATA_KINDS = ("transform", "layer")


@dataclass(slots=True)
class Scope:
    """The names of one body. `builder` and `namer` are missing where no tensor can be made (file level)."""

    file: FileNames
    builder: ModuleBuilder | None = None
    namer: Namer | None = None
    names: dict[str, Value] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    stages: tuple[str, ...] = LAYER_KINDS
    roots: tuple[str, ...] = ()
    """Kinds whose entries are tensors by themselves: `root` in data."""
    in_data: bool = False
    make_root: Callable[[Entry, Span], Tensor] | None = None
    """Makes the input of a data module for a root such as `column("age")`."""

    def bind(self, name: str, value: Value, span: Span) -> None:
        """Bind a name that is not bound yet in this scope."""
        if name in self.places:
            raise fail(
                codes.DUPLICATE_NAME,
                f"'{name}' is bound twice",
                span,
                help="give the second one a name of its own",
                notes=[Note(f"'{name}' is bound here first", self.places[name])],
            )
        self.names[name] = value
        self.places[name] = span

    @property
    def building(self) -> tuple[ModuleBuilder, Namer]:
        """The module in the making and the namer of the binding; only where tensors can be made."""
        if self.builder is None or self.namer is None:
            raise LookupError("no module is being built here")
        return self.builder, self.namer

    def call(self, layer: Layer, tensors: list[Tensor], span: Span) -> Tensor:
        """The one result of a layer that the compiler calls."""
        builder, namer = self.building
        return builder.layer(layer, tensors, namer, span)[0]

    def within(self, prefix: str) -> Scope:
        """The same scope, naming units under a binding."""
        if self.builder is None:
            return self
        return replace(self, namer=self.builder.namer(prefix))

    def with_names(self, extra: dict[str, Value]) -> Scope:
        """A scope that sees further names, as in a comprehension."""
        return replace(self, names={**self.names, **extra})

    def kinds(self, in_flow: bool) -> tuple[str, ...]:
        """The kinds that a name of the catalogue may be of, nearest first: right of an arrow stands no root."""
        return (*self.stages, *self.roots) if in_flow else (*self.roots, *self.stages)

    def known(self) -> Iterator[str]:
        """Every name that could have been meant."""
        yield from self.names
        yield from self.file.known()
        for kind in (*self.stages, *self.roots, "function"):
            yield from catalogue_names(kind)
