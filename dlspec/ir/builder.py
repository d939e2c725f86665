"""Builds one module: units, nodes, and the adjustments that the language promises (casts, ranks, batches)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from dlspec.catalog.base import Layer, Misfit, Wants
from dlspec.catalog.index import make_layer
from dlspec.diagnostics.codes import shapes as codes
from dlspec.diagnostics.report import fail
from dlspec.diagnostics.span import Span
from dlspec.ir.program import INPUT, Module, Node, Port, Ref, Result, Unit
from dlspec.tensor import TensorType, promoted, shape_text

MAX_SIZE = 2**62
"""No dimension and no count of elements may exceed this."""


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A tensor of the module that is being built."""

    builder: ModuleBuilder
    ref: Ref
    type: TensorType


class Namer:
    """Names units within one binding: `features.conv`, `features.conv_2`."""

    def __init__(self, builder: ModuleBuilder, prefix: str) -> None:
        self.builder = builder
        self.prefix = prefix
        self.counts: Counter[str] = Counter()

    def next(self, kind: str) -> str:
        """The next name of that kind."""
        while True:
            self.counts[kind] += 1
            number = self.counts[kind]
            last = kind if number == 1 else f"{kind}_{number}"
            name = f"{self.prefix}.{last}" if self.prefix else last
            if name not in self.builder.taken:
                self.builder.taken.add(name)
                return name


class ModuleBuilder:
    """A module in the making. References to its tensors are `Tensor` values."""

    def __init__(self, name: str, declaration: str, kind: Any) -> None:
        self.name = name
        self.declaration = declaration
        self.kind = kind
        self.inputs: list[Port] = []
        self.units: list[Unit] = []
        self.nodes: list[Node] = []
        self.taken: set[str] = set()
        self.unit_inputs: dict[int, tuple[TensorType, ...]] = {}
        self._namers: dict[str, Namer] = {}

    # ------------------------------------------------------------- tensors

    def input(self, name: str, type: TensorType) -> Tensor:
        """A new input of the module."""
        self.inputs.append(Port(name=name, type=type))
        return Tensor(self, (INPUT, len(self.inputs) - 1), type)

    def namer(self, prefix: str) -> Namer:
        """The namer of a binding."""
        if prefix not in self._namers:
            self._namers[prefix] = Namer(self, prefix)
        return self._namers[prefix]

    def unit(
        self, name: str, *, layer: Layer | None = None, module: str | None = None, shares: int | None = None
    ) -> int:
        """A new unit; its index."""
        self.units.append(Unit.model_construct(name=name, layer=layer, module=module, shares=shares))
        return len(self.units) - 1

    def node(
        self,
        unit: int,
        inputs: list[Tensor],
        outputs: tuple[TensorType, ...],
        span: Span | None,
        keywords: tuple[str, ...] = (),
    ) -> tuple[Tensor, ...]:
        """A call of a unit; its results."""
        refs: tuple[Ref, ...] = tuple(tensor.ref for tensor in inputs)
        self.unit_inputs.setdefault(unit, tuple(tensor.type for tensor in inputs))
        self.nodes.append(
            Node.model_construct(
                unit=unit, inputs=refs, outputs=outputs, keywords=keywords, origin=str(span) if span else ""
            )
        )
        place = len(self.nodes) - 1
        return tuple(Tensor(self, (place, which), type) for which, type in enumerate(outputs))

    def finish(self, outputs: list[tuple[str, Tensor]], arguments: dict[str, Any], doc: str) -> Module:
        """The module."""
        return Module(
            name=self.name,
            declaration=self.declaration,
            kind=self.kind,
            arguments=arguments,
            doc=doc,
            inputs=tuple(self.inputs),
            units=tuple(self.units),
            nodes=tuple(self.nodes),
            outputs=tuple(Result(name=name, ref=tensor.ref) for name, tensor in outputs),
        )

    # --------------------------------------------------------------- calls

    def layer(
        self,
        layer: Layer,
        inputs: list[Tensor],
        namer: Namer,
        span: Span,
        *,
        keywords: dict[str, Tensor] | None = None,
        unit: int | None = None,
        name: str | None = None,
    ) -> tuple[Tensor, ...]:
        """A call of a layer of the catalogue: of a unit that exists, or of a fresh one."""
        keywords = {name: keywords[name] for name in layer.optional if name in keywords} if keywords else {}
        tensors = [*inputs, *keywords.values()]
        check_count(layer, inputs, span)
        tensors = self._adjust(layer, tensors, tuple(keywords), namer, span)
        outputs = self.infer(layer, [tensor.type for tensor in tensors], span)
        if not layer.inputs and not layer.many and layer.random:
            tensors = [self.example(layer.entry, span)]
        if unit is None:
            unit = self.unit(name or namer.next(layer.entry), layer=layer)
        elif self.unit_inputs.get(unit) != tuple(tensor.type for tensor in tensors):
            self._check_shared(layer, unit, tensors, span)
        return self.node(unit, tensors, outputs, span, tuple(keywords))

    def infer(self, layer: Layer, types: list[TensorType], span: Span) -> tuple[TensorType, ...]:
        """The result types of a layer; a misfit becomes a diagnostic at the layer."""
        try:
            result = layer.infer(*types)
        except Misfit as misfit:
            given = " and ".join(str(type) for type in types)
            message = f"{layer.entry}: {misfit.message}" if types else misfit.message
            if not any(shape_text(type.shape) in misfit.message for type in types) and types:
                message += f" (the input is {given})"
            raise fail(codes.SHAPE_MISMATCH, message, span, help=misfit.help) from misfit
        outputs = result if isinstance(result, tuple) else (result,)
        for output in outputs:
            if isinstance(output.size, int) and output.size > MAX_SIZE:
                message = f"the result {shape_text(output.shape)} is too large"
                raise fail(codes.TOO_LARGE, message, span, help="check the sizes; no machine has memory for it")
        return outputs

    def _check_shared(self, layer: Layer, unit: int, tensors: list[Tensor], span: Span) -> None:
        first = layer.weights(*self.unit_inputs[unit])
        again = layer.weights(*(tensor.type for tensor in tensors))
        if [(each.name, each.shape) for each in first] != [(each.name, each.shape) for each in again]:
            raise fail(
                codes.SHARED_SHAPES,
                f"'{self.units[unit].name}' was made for {self.unit_inputs[unit][0]} and is used on {tensors[0].type}: "
                "the weights would need other shapes",
                span,
                help="write the layer out twice for two sets of weights",
            )

    # --------------------------------------------------------- adjustments

    def _adjust(
        self, layer: Layer, tensors: list[Tensor], keywords: tuple[str, ...], namer: Namer, span: Span
    ) -> list[Tensor]:
        tensors = self._elements(layer, tensors, keywords, namer, span)
        if layer.broadcasts:
            return self._ranks(tensors, namer, span)
        if layer.mixes or (len(tensors) == 1 and (tensors[0].type.batched or layer.batchless)):
            return tensors
        return self._batches(layer, tensors, namer, span)

    def _elements(
        self, layer: Layer, tensors: list[Tensor], keywords: tuple[str, ...], namer: Namer, span: Span
    ) -> list[Tensor]:
        """Whole numbers become floats where floats are wanted, bools become both."""
        wants = wants_of(layer, len(tensors), keywords)
        if wants == "any":
            return tensors
        if wants == "common":
            target = promoted(tensor.type for tensor in tensors)
            return [self.cast(tensor, target, namer, span) for tensor in tensors]
        wanted: list[Wants] = list(wants) if isinstance(wants, tuple) else [wants] * len(tensors)
        wanted += ["any"] * (len(tensors) - len(wanted))
        # Optional inputs may be left out; those of several that are `common` are brought to the widest of them alone.
        pairs = list(zip(tensors, wanted, strict=False))
        shared = promoted(tensor.type for tensor, want in pairs if want == "common") if "common" in wanted else None
        return [
            tensor
            if want == "any"
            else self.cast(tensor, shared, namer, span)
            if want == "common" and shared is not None
            else self.want(tensor, want, layer.entry, namer, span)
            for tensor, want in pairs
        ]

    def want(self, tensor: Tensor, want: Any, what: str, namer: Namer, span: Span) -> Tensor:
        """The tensor in the wanted element type, or a diagnostic."""
        element = tensor.type.element
        if element in (want, "any"):
            return tensor
        order = ("bool", "int", "float")
        if element in order and want in order and order.index(element) < order.index(want):
            return self.cast(tensor, want, namer, span)
        raise fail(
            codes.ELEMENT_MISMATCH,
            f"'{what}' needs {want} and was given {tensor.type}",
            span,
            help=f"declare the input as {want}, or write `-> cast({want})`; only int becomes float by itself"
            if element != "string"
            else "text has to be numbered first: `-> category` or `-> vocabulary` in the data block",
        )

    def cast(self, tensor: Tensor, element: str, namer: Namer, span: Span) -> Tensor:
        """The tensor in another element type (the same tensor where it has it)."""
        if tensor.type.element in (element, "any") or element in ("any", "string"):
            return tensor
        unit = self.unit(namer.next("cast"), layer=make_layer("layer", "cast", type=element))
        return self.node(unit, [tensor], (tensor.type.with_element(element),), span)[0]  # type: ignore[arg-type]

    def _ranks(self, tensors: list[Tensor], namer: Namer, span: Span) -> list[Tensor]:
        """Examples' dimensions are aligned from the right, so a batched tensor of lower rank gets dimensions of 1
        behind the batch; a tensor without a batch is aligned by the framework's own broadcasting."""
        rank = max(tensor.type.rank for tensor in tensors)
        if not any(tensor.type.batched for tensor in tensors):
            return tensors
        return [self._raise_rank(tensor, rank, namer, span) if tensor.type.batched else tensor for tensor in tensors]

    def _raise_rank(self, tensor: Tensor, rank: int, namer: Namer, span: Span) -> Tensor:
        while tensor.type.rank < rank:
            unit = self.unit(namer.next("unsqueeze"), layer=make_layer("layer", "unsqueeze", axis=0))
            tensor = self.node(unit, [tensor], (tensor.type.with_shape((1, *tensor.type.shape)),), span)[0]
        return tensor

    def _batches(self, layer: Layer, tensors: list[Tensor], namer: Namer, span: Span) -> list[Tensor]:
        """Repeat what has no batch dimension for each example, where the layer needs it."""
        batched = [tensor for tensor in tensors if tensor.type.batched]
        if len(batched) == len(tensors) or (not batched and layer.batchless):
            return tensors
        like = batched[0] if batched else self.example(layer.entry, span)
        return [tensor if tensor.type.batched else self.to_batch(tensor, like, namer, span) for tensor in tensors]

    def example(self, what: str, span: Span) -> Tensor:
        """The first input with a batch dimension: what says how many examples there are."""
        for place, port in enumerate(self.inputs):
            if port.type.batched:
                return Tensor(self, (INPUT, place), port.type)
        raise fail(
            codes.NO_BATCH,
            f"'{what}' works on examples, and nothing here has any: parameters and constants have no batch",
            span,
            help="combine it with data first, as in `x + parameter([4])`",
        )

    def to_batch(self, tensor: Tensor, like: Tensor, namer: Namer, span: Span | None) -> Tensor:
        """The tensor, once for each example of `like`."""
        unit = self.unit(namer.next("to_batch"), layer=make_layer("operator", "to_batch"))
        return self.node(unit, [tensor, like], (tensor.type.with_batch(),), span)[0]


def wants_of(layer: Layer, count: int, keywords: tuple[str, ...]) -> Wants | tuple[Wants, ...]:
    """What the layer needs of each of `count` tensors, of which the last were given by keyword."""
    wants = layer.wants
    if not keywords or not isinstance(wants, tuple):
        return wants
    by_name = dict(zip((*layer.inputs, *layer.optional), wants, strict=False))
    return (*wants[: count - len(keywords)], *(by_name.get(name, "any") for name in keywords))


def check_count(layer: Layer, inputs: list[Tensor], span: Span) -> None:
    """A layer takes as many tensors as it names, or any number from one where it takes many."""
    given = len(inputs)
    if layer.many:
        if given < 1:
            raise fail(codes.WRONG_NUMBER_OF_INPUTS, f"'{layer.entry}' needs data", span)
        return
    wanted = len(layer.inputs)
    if wanted <= given <= wanted + len(layer.optional):
        return
    names = ", ".join(layer.inputs)
    if wanted == 0:
        message = f"'{layer.entry}' takes no data: it makes a tensor by itself"
        help = f"write it where a tensor stands, as in `x + {layer.entry}(…)`"
    else:
        message = f"'{layer.entry}' takes {_tensors(wanted)} ({names}), got {given}"
        help = f"give a tuple: `({names}) -> {layer.entry}`"
        if wanted == 1:
            help = f"put them together first, as in `(a, b) -> concat(axis=0) -> {layer.entry}`"
    raise fail(codes.WRONG_NUMBER_OF_INPUTS, message, span, help=help)


def _tensors(count: int) -> str:
    return "one tensor" if count == 1 else f"{count} tensors"
