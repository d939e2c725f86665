"""A model that grows: statements which the shape rules and then the resolver accept are kept, all others dropped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from random import Random

from dlspec.catalog.base import Layer, Sample, Types, parameters
from dlspec.catalog.index import family_of, find, names
from dlspec.data.schema import schema
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.resolve import Resolution, Resolver
from dlspec.tensor import Dim, Element, Sym, TensorType, product
from tests.property.arguments import Drawer, Option, built, call
from tests.property.fitting import fits, fixed, results
from tests.property.values import BOUNDED, GUARDED, LARGE, SIZES, growing, indexed

T, S = Sym.named("T"), Sym.named("S")


def resolved(text: str, folder: Path = Path()) -> Resolution:
    """The resolution of a spec, whose data lies in `folder`."""
    return Resolver(schema).resolve(SourceFile("random.dl", text), folder)


@dataclass(slots=True)
class Statement:
    """Lines to add, the names that they bind, and what else goes with them."""

    lines: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    inputs: dict[str, TensorType] = field(default_factory=dict)
    declarations: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    scale: float = 1.0


class Growth:
    """A model in the making. `closed`: no input may be added."""

    def __init__(
        self, random: Random, inputs: dict[str, TensorType], *, closed: bool = False, prefix: str = "h"
    ) -> None:
        self.random = random
        self.drawer = Drawer(random)
        self.inputs = dict(inputs)
        self.closed = closed
        self.declarations: list[str] = []
        self.lines: list[str] = []
        self.types: dict[str, TensorType] = dict(inputs)
        self.scale = dict.fromkeys(inputs, 2.0)
        self.used: set[str] = set()
        self.prefix = prefix
        self.count = 0

    # ------------------------------------------------------------------ text

    def text(self, more: Statement | None = None, outputs: Iterable[str] | None = None) -> str:
        """The spec so far; without `outputs` every binding is one."""
        more = more or Statement()
        inputs = self.inputs | more.inputs
        if outputs is None:
            outputs = [*(name for name in self.types if name not in self.inputs), *more.names] or [
                f"only = {next(iter(inputs))} -> identity"
            ]
        return "".join(
            [
                *self.declarations,
                *more.declarations,
                "model m {\n",
                *(f"  input {name}: {type_text(type)}\n" for name, type in inputs.items()),
                *(f"  {line}\n" for line in (*self.lines, *more.lines)),
                *(f"  output {name}\n" for name in outputs),
                "}\n",
            ]
        )

    def leaves(self) -> list[str]:
        """The bindings that nothing uses."""
        return [name for name in self.types if name not in self.used and name not in self.inputs]

    def name(self) -> str:
        """A new name."""
        self.count += 1
        return f"{self.prefix}{self.count}"

    def add(self, statement: Statement) -> bool:
        """Keep the statement if the resolver takes it."""
        found = resolved(self.text(statement))
        if found.report.errors or "m" not in found.program.models:
            return False
        for module in found.program.modules:
            if not all(fits(node.outputs) for node in module.nodes):
                return False
        module = found.program.module(found.program.models["m"])
        types = {result.name: module.type_of(result.ref) for result in module.outputs}
        self.inputs |= statement.inputs
        self.types |= statement.inputs | {name: types[name] for name in statement.names}
        self.scale |= dict.fromkeys(statement.inputs, 2.0) | dict.fromkeys(statement.names, statement.scale)
        self.lines += statement.lines
        self.declarations += statement.declarations
        self.used |= set(statement.sources)
        return True

    # ------------------------------------------------------------- tensors

    def pick(self, element: Element | None = None) -> str | None:
        """A tensor that is there, rather one of the last."""
        known = [name for name, type in self.types.items() if element in (None, type.element)]
        if not known:
            return None
        fresh = [name for name in known[-5:] if name not in self.used] or known
        return self.random.choice(fresh if self.random.random() < 0.6 else known)

    def tame(self, name: str, most: float = LARGE) -> tuple[str, float]:
        """A tensor as text, brought to small numbers where it may hold large ones, and how large they may be."""
        scale = self.scale[name]
        if self.types[name].element == "bool":
            return name, 1.0
        if scale <= most:
            return name, scale
        if self.types[name].element == "int":
            return f"({name} % 7)", 7.0
        return f"({name} -> {self.random.choice(BOUNDED)})", 1.0

    def fresh(self, type: TensorType) -> tuple[Statement, str]:
        """What makes a tensor of a type, and its name: an input, or another tensor brought to the shape."""
        random = self.random
        sources = [
            name
            for name, known in self.types.items()
            if known.element == "float" and isinstance(known.size, int) and known.size <= 60
        ]
        plain = type.element == "float" and isinstance(type.size, int)
        name = self.name()
        if plain and sources and (self.closed or len(self.inputs) > 3 or random.random() < 0.5):
            source = random.choice(sources)
            width = product(type.shape)
            shape = "".join(f" -> reshape({', '.join(map(str, type.shape))})" if type.rank != 1 else "")
            if type.rank == 0:
                shape = "[0]"
            flow = f"{source} -> {'flatten -> ' if self.types[source].rank != 1 else ''}dense({width})"
            line = f"{name} = ({flow}){shape}" if type.rank == 0 else f"{name} = {flow}{shape}"
            return Statement([line], [name], sources=[source]), name
        if plain and type.rank and random.random() < 0.1:
            layer = random.choice(("random_normal", "random_uniform"))
            return Statement([f"{name} = {layer}({', '.join(map(str, type.shape))})"], [name]), name
        if self.closed:
            return Statement(["fails ="], [name]), name
        plain_type = TensorType(type.element, type.shape)
        return Statement(inputs={name: plain_type}), name

    # --------------------------------------------------------------- layers

    def flow(
        self,
        layer: type[Layer],
        arguments: dict[str, object],
        given: Sequence[str],
        keywords: Sequence[tuple[str, str]],
    ) -> tuple[str, float]:
        """`(a, b) -> layer(…, mask=m)`, and how large the results may be."""
        scales, texts = [], []
        for place, name in enumerate(given):
            text, scale = self.tame(name, SIZES.get(layer.entry, LARGE))
            if layer.entry in GUARDED and self.types[name].element != "bool":
                text, scale = GUARDED[layer.entry].format(text), 3.0
            below = indexed(layer.entry, arguments, [self.types[each] for each in given], place)
            kinds = self.types[name].kinds
            if below and not (isinstance(kinds, int) and kinds <= below):
                text = f"({name} % {below})"
            texts.append(text)
            scales.append(scale)
        more = []
        for keyword, name in keywords:
            below = (
                indexed(layer.entry, arguments, [self.types[each] for each in given], 1) if keyword == "index" else 0
            )
            more.append(f"{keyword}={name} % {below}" if below else f"{keyword}={name}")
        recipe = call(layer, arguments, self.random, more)
        types = [self.types[name] for name in given]
        return (
            f"{texts[0] if len(texts) == 1 else '(' + ', '.join(texts) + ')'} -> {recipe}" if texts else recipe,
            growing(layer.entry, arguments, scales, types),
        )

    def use(
        self,
        layer: type[Layer],
        arguments: dict[str, object],
        given: Sequence[str],
        keywords: Sequence[tuple[str, str]],
    ) -> bool:
        """Bind the results of a layer."""
        made = built(layer, arguments)
        names_of = [*given, *(name for _, name in keywords)]
        if made is None or any(name not in self.types for name in names_of):
            return False
        found = results(made, tuple(self.types[name] for name in names_of), tuple(word for word, _ in keywords))
        if found is None:
            return False
        text, scale = self.flow(layer, arguments, given, keywords)
        bound = [self.name() for _ in found]
        return self.add(Statement([f"{', '.join(bound)} = {text}"], bound, sources=names_of, scale=scale))

    def layer(self, entry: str) -> bool:
        """A use of a layer: on tensors that are there, else on new ones of shapes that fit."""
        layer = find("layer", entry)
        assert layer is not None
        assert issubclass(layer, Layer)
        if not layer.inputs:
            return self._source(layer)
        return any(self.use(*self._there(layer)) for _ in range(6)) or self._anew(layer)

    def _source(self, layer: type[Layer]) -> bool:
        """A tensor that comes from nowhere: bound where it has a batch, else as the other side of an operation."""
        arguments = self.drawer.arguments(layer)
        made = built(layer, arguments)
        if made is None or (found := results(made, ())) is None:
            return False
        recipe, scale = call(layer, arguments, self.random), 3.0
        if found[0].batched:
            bound = self.name()
            return self.add(Statement([f"{bound} = {recipe}"], [bound], scale=scale))
        left = self.pick()
        if left is None:
            return False
        text, size = self.tame(left)
        flow = self.random.choice(
            ("{0} + {1}", "{0} * {1}", "({0}, {1}) -> maximum", "{1} - {0}", "({1}, {0}) -> less")
        )
        bound = self.name()
        line = f"{bound} = {flow.format(text, recipe)}"
        return self.add(Statement([line], [bound], sources=[left], scale=size * scale))

    def _there(self, layer: type[Layer]) -> tuple[type[Layer], dict[str, object], list[str], list[tuple[str, str]]]:
        """Arguments and tensors that are there, which need not fit."""
        count = self.random.randint(1, 3) if layer.many else len(layer.inputs)
        given = [self.pick() or "none" for _ in range(count)]
        keywords = [
            (word, name)
            for word in layer.optional
            if self.random.random() < 0.5 and (name := self.pick()) and name not in given
        ]
        inputs = tuple(self.types[name] for name in given if name in self.types)
        arguments = self.drawer.arguments(layer, inputs)
        for word, _ in keywords:
            arguments.pop(word, None)
        return layer, arguments, given, keywords

    def _anew(self, layer: type[Layer]) -> bool:
        """On new tensors: of random shapes, else those of a sample."""
        for attempt in range(60):
            arguments, inputs, words = self._sampled(layer) if attempt > 45 else self._random(layer)
            made = built(layer, arguments)
            if made is None or results(made, inputs, words) is None:
                continue
            given: list[str] = []
            for type in inputs:
                there = [name for name, known in self.types.items() if same(known, type)]
                if there and self.random.random() < 0.5:
                    given.append(self.random.choice(there))
                    continue
                statement, name = self.fresh(type)
                if not self.add(statement):
                    break
                given.append(name)
            else:
                split = len(given) - len(words)
                if self.use(layer, arguments, given[:split], list(zip(words, given[split:], strict=True))):
                    return True
        return False

    def _random(self, layer: type[Layer]) -> tuple[dict[str, object], Types, tuple[str, ...]]:
        """Arguments and types, which need not fit."""
        count = self.random.randint(1, 3) if layer.many else len(layer.inputs)
        wants = layer.wants if isinstance(layer.wants, tuple) else (layer.wants,) * (count + len(layer.optional))
        words = tuple(word for word in layer.optional if self.random.random() < 0.4)
        inputs: list[TensorType] = []
        for place in range(count):
            shape = self.shape() if not inputs else self.relative(inputs[-1].shape)
            inputs.append(TensorType(self._element(wants[place] if place < len(wants) else "any"), shape))
        arguments = self.drawer.arguments(layer, tuple(inputs))
        for word in words:
            want = wants[len(layer.inputs) + layer.optional.index(word)]
            sizes = [size for type in inputs for size in type.shape] + [
                value for value in arguments.values() if type(value) is int and value > 0
            ]
            shape = tuple(self.random.choice(sizes or [2]) for _ in range(self.random.randint(1, 2)))
            inputs.append(TensorType(self._element(want), shape))
            arguments.pop(word, None)
        return arguments, tuple(inputs), words

    def _sampled(self, layer: type[Layer]) -> tuple[dict[str, object], Types, tuple[str, ...]]:
        module = import_module(f"dlspec.catalog.samples.{family_of('layer', layer.entry)}")
        samples: tuple[Sample, ...] = module.SAMPLES[layer.entry]
        sample = self.random.choice(samples)
        sizes: dict[str, Dim] = {"H": S, "W": 5, "corpus.tokens.size": 11}
        arguments = {name: fixed(value, sizes) for name, value in sample.arguments.items()}
        inputs = tuple(TensorType(each.element, each.shape) for each in fixed(sample.inputs, sizes))
        extra = len(inputs) - len(layer.inputs)
        words = layer.optional[-extra:] if extra > 0 and not layer.many else ()
        return arguments, inputs, words

    def _element(self, want: str) -> Element:
        if want in ("float", "common"):
            return "float" if self.random.random() < 0.9 else "int"
        if want == "any":
            return self.random.choice(("float", "float", "float", "int", "bool"))
        return "int" if want == "int" else "bool"

    def shape(self) -> tuple[Dim, ...]:
        """A random shape."""
        rank = self.random.choice((0, 1, 1, 2, 2, 2, 3, 3, 3, 4))
        shape: list[Dim] = [self.random.choice((1, 2, 3, 4, 4, 5, 6, 7, 8)) for _ in range(rank)]
        if rank == 4:
            shape = [min(size, 4) for size in shape if isinstance(size, int)]
        if rank and self.random.random() < 0.2:
            shape[self.random.choice((0, 0, -1))] = self.random.choice((T, T, S))
        return tuple(shape)

    def relative(self, shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
        """A shape that goes with another."""
        changed = list(shape)
        match self.random.randrange(8):
            case 0 if changed:
                changed[-1] = self.random.randint(1, 6)
            case 1 if changed:
                changed[0] = self.random.randint(1, 6)
            case 2 if changed:
                changed[self.random.randrange(len(changed))] = 1
            case 3:
                changed = changed[1:]
        return tuple(changed)

    def show(self, option: Option) -> bool:
        """A use of a layer with an option."""
        self.drawer.wanted = option
        made = any(self.layer(option.entry) for _ in range(4))
        self.drawer.wanted = None
        return made

    def layer_statement(self) -> bool:
        """A layer of the catalogue, more often one with many options."""
        (entry,) = self.random.choices(names("layer"), weights())
        return self.layer(entry)


@cache
def weights() -> tuple[int, ...]:
    """How often each layer is tried: the more parameters, the more there is to see."""
    return tuple(4 + len(parameters(cls)) for name in names("layer") if (cls := find("layer", name)) is not None)


def same(left: TensorType, right: TensorType) -> bool:
    """Whether two types hold the same elements in the same shape."""
    return left.element == right.element and left.shape == right.shape


def type_text(type: TensorType) -> str:
    """`float[3, T]`."""
    return f"{type.element}[{', '.join(map(str, type.shape))}]"
