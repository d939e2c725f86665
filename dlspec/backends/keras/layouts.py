"""Where the channels stand: a pass over a module that puts them last wherever convolutions and the like work.

Tensors of a model are canonical at its edge: channels first. Inside, an image-like tensor `[C, *n]` that comes out of
a spatial layer has its channels last; layers on single elements leave it so, layers with an axis work on the axis where
it is, and what depends on the order is put back first. A block takes and gives what its own layers are best served by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dlspec.backends.keras.laid import ChannelsFirst, ChannelsLast, Laid
from dlspec.backends.keras.policies import Policy, stays_last
from dlspec.backends.keras.table import policy_of
from dlspec.catalog.base import Layer
from dlspec.ir.program import INPUT, Module, Node, Port, Ref, Unit
from dlspec.tensor import TensorType


@dataclass(frozen=True, slots=True)
class Signature:
    """For each input and each result of a module whether its channels are last."""

    inputs: tuple[bool, ...]
    outputs: tuple[bool, ...]


@dataclass(slots=True)
class LaidOut:
    """A module with its channels where they are best, and types as the tensors are."""

    module: Module
    signature: Signature
    last: frozenset[Ref]
    """The references, of the new module, whose channels are last."""
    canonical: Mapping[Ref, Ref]
    """Wanted references of the old module -> where they are canonical in the new one."""

    def type_of(self, ref: Ref) -> TensorType:
        """The type as the catalogue knows it."""
        found = self.module.type_of(ref)
        if ref not in self.last:
            return found
        shape = (found.shape[-1], *found.shape[:-1])
        return Laid(found.element, shape, found.batched, found.kinds, last=True)


def lay_out(module: Module, signatures: Mapping[str, Signature], wanted: Sequence[Ref] = ()) -> LaidOut:
    """The module with conversions put in; `signatures` are those of the modules inside it."""
    return _Pass(module, signatures, wanted).result()


def _physical(type_: TensorType, last: bool) -> TensorType:
    if not last:
        return type_
    return TensorType(type_.element, (*type_.shape[1:], type_.shape[0]), type_.batched, type_.kinds)


def _image(type_: TensorType) -> bool:
    return type_.batched and type_.rank > 1


@dataclass(slots=True)
class _Pass:
    module: Module
    signatures: Mapping[str, Signature]
    wanted: Sequence[Ref]
    units: list[Unit] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    last: set[Ref] = field(default_factory=set)
    placed: dict[Ref, Ref] = field(default_factory=dict)
    """Old reference -> new one, where it was made."""
    converted: dict[Ref, Ref] = field(default_factory=dict)
    """New reference -> the same tensor in the other layout."""

    def result(self) -> LaidOut:
        module = self.module
        self.units = list(module.units)
        inputs = self._inputs()
        for place in range(len(module.nodes)):
            self._node(place)
        keep = module.kind == "block"
        outputs = [result.ref for result in module.outputs]
        made = [self.placed[ref] if keep else self._in(ref, last=False) for ref in outputs]
        canonical = {ref: self._in(ref, last=False) for ref in self.wanted}
        laid = module.model_copy(
            update={
                "inputs": tuple(
                    Port.model_construct(name=port.name, type=_physical(port.type, last))
                    for port, last in zip(module.inputs, inputs, strict=True)
                ),
                "units": tuple(self.units),
                "nodes": tuple(self.nodes),
                "outputs": tuple(
                    result.model_copy(update={"ref": ref}) for result, ref in zip(module.outputs, made, strict=True)
                ),
            }
        )
        signature = Signature(inputs, tuple(ref in self.last for ref in made))
        return LaidOut(laid, signature, frozenset(self.last), canonical)

    # ---------------------------------------------------------------- inputs

    def _inputs(self) -> tuple[bool, ...]:
        """A block takes those inputs with channels last that it would otherwise turn round itself."""
        wants = self._wants() if self.module.kind == "block" else set()
        flags = tuple((INPUT, place) in wants for place in range(len(self.module.inputs)))
        for place, last in enumerate(flags):
            self.placed[INPUT, place] = (INPUT, place)
            if last:
                self.last.add((INPUT, place))
        return flags

    def _wants(self) -> set[Ref]:
        """The references that are needed with channels last, as far as single elements and axes lead there."""
        wants: set[Ref] = set()
        for place in reversed(range(len(self.module.nodes))):
            node = self.module.nodes[place]
            unit = self.module.units[node.unit]
            if unit.module is not None:
                flags: Sequence[bool] = self.signatures[unit.module].inputs
            else:
                assert isinstance(unit.layer, Layer)
                policy = policy_of(unit.layer)
                through = policy in (Policy.KEEPS, Policy.JOINS, Policy.ALONG)
                passed = through and any((place, which) in wants for which in range(len(node.outputs)))
                flags = [policy is Policy.SPATIAL or passed] * len(node.inputs)
            for ref, flag in zip(node.inputs, flags, strict=True):
                if flag and _image(self.module.type_of(ref)):
                    wants.add(ref)
        return wants

    # ---------------------------------------------------------------- nodes

    def _node(self, place: int) -> None:
        node = self.module.nodes[place]
        unit = self.module.units[node.unit]
        if unit.module is not None:
            signature = self.signatures[unit.module]
            refs = tuple(self._in(ref, last=last) for ref, last in zip(node.inputs, signature.inputs, strict=True))
            self._add(place, refs, signature.outputs)
            return
        assert isinstance(unit.layer, Layer)
        policy = policy_of(unit.layer)
        if policy is Policy.ANY:
            self._add(place, tuple(self.placed[ref] for ref in node.inputs), (False,) * len(node.outputs))
            return
        last = self._works_last(node, policy)
        refs = tuple(self._in(ref, last=last and self.module.type_of(ref).rank > 1) for ref in node.inputs)
        types = tuple(self.module.type_of(ref) for ref in node.inputs)
        gives = last and stays_last(unit.layer, types, node.outputs)
        self._add(place, refs, tuple(gives and type_.rank > 1 for type_ in node.outputs))

    def _works_last(self, node: Node, policy: Policy) -> bool:
        types = [self.module.type_of(ref) for ref in node.inputs]
        if policy is Policy.SPATIAL:
            return _image(types[0])
        if policy is Policy.CANONICAL or not any(self.placed[ref] in self.last for ref in node.inputs):
            return False
        if policy is Policy.JOINS:
            rank = max(type_.rank for type_ in types)
            return all(type_.rank in (0, rank) for type_ in types)
        return all(map(_image, types))

    def _add(self, place: int, refs: tuple[Ref, ...], last: Sequence[bool]) -> None:
        node = self.module.nodes[place]
        here = len(self.nodes)
        outputs = tuple(_physical(type_, flag) for type_, flag in zip(node.outputs, last, strict=True))
        self.nodes.append(
            Node.model_construct(
                unit=node.unit, inputs=refs, outputs=outputs, keywords=node.keywords, origin=node.origin
            )
        )
        for which, flag in enumerate(last):
            self.placed[place, which] = (here, which)
            if flag:
                self.last.add((here, which))

    def _in(self, old: Ref, *, last: bool) -> Ref:
        """The tensor in that layout; what has one dimension or none is in both."""
        ref, type_ = self.placed[old], self.module.type_of(old)
        if type_.rank < 2 or (ref in self.last) == last:
            return ref
        if ref not in self.converted:
            layer: Layer = ChannelsLast() if last else ChannelsFirst()
            self.units.append(Unit.model_construct(name=layer.entry, layer=layer, module=None, shares=None))
            made = (len(self.nodes), 0)
            self.nodes.append(
                Node.model_construct(
                    unit=len(self.units) - 1, inputs=(ref,), outputs=(_physical(type_, last),), keywords=(), origin=""
                )
            )
            self.converted[ref] = made
            if last:
                self.last.add(made)
        return self.converted[ref]
