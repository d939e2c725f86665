"""The models of a `train` header as layers: one instance for the whole block, fed with what the data gives."""

from __future__ import annotations

from dlspec.diagnostics.codes import training as codes
from dlspec.diagnostics.report import fail
from dlspec.diagnostics.span import Span
from dlspec.ir.builder import Namer, Tensor
from dlspec.ir.program import Module
from dlspec.ir.values import Recipe
from dlspec.tensor import Dim, Sym, TensorType, shape_text


class ModelInstance(Recipe):
    """A model of the header in one step's module: each call is of the one unit."""

    __slots__ = ("module", "name", "unit")

    def __init__(self, name: str, module: Module, unit: int) -> None:
        self.name = name
        self.module = module
        self.unit = unit

    def call(self, tensors: list[Tensor], namer: Namer, span: Span) -> tuple[Tensor, ...]:
        """The outputs for these inputs; symbolic sizes of the model take the sizes of the data."""
        ports = self.module.inputs
        if len(tensors) != len(ports):
            names = ", ".join(port.name for port in ports)
            raise fail(
                codes.WRONG_DATA_SHAPE, f"'{self.name}' takes {len(ports)} inputs ({names}), got {len(tensors)}",
                span, help=f"give a tuple: `({names}) -> {self.name}`",
            )  # fmt: skip
        builder = namer.builder
        sizes: dict[str, Dim] = {}
        given: list[Tensor] = []
        for port, tensor in zip(ports, tensors, strict=True):
            if not _fits(port.type, tensor.type, sizes):
                raise self._misfit(port.name, port.type, tensor.type, span)
            given.append(builder.want(tensor, port.type.element, f"{self.name}' input '{port.name}", namer, span))
        given = [
            tensor if tensor.type.batched else builder.to_batch(tensor, builder.example(self.name, span), namer, span)
            for tensor in given
        ]
        outputs = tuple(_substituted(self.module.type_of(result.ref), sizes) for result in self.module.outputs)
        return builder.node(self.unit, given, outputs, span)

    def _misfit(self, name: str, wanted: TensorType, given: TensorType, span: Span) -> Exception:
        sizes = "" if wanted.size != given.size else f"; `-> reshape({', '.join(map(str, wanted.shape))})` would fit"
        return fail(
            codes.WRONG_DATA_SHAPE,
            f"the input '{name}' of '{self.name}' is {wanted}, and what feeds it is {shape_text(given.shape)}",
            span,
            help=f"change the field's flow or the declared input{sizes}",
        )


def _fits(wanted: TensorType, given: TensorType, sizes: dict[str, Dim]) -> bool:
    """Whether shapes agree; symbols of the model are bound to what they meet first."""
    if wanted.rank != given.rank:
        return False
    for size, actual in zip(wanted.shape, given.shape, strict=True):
        if isinstance(size, Sym):
            name = str(size)
            if size == Sym.named(name):
                sizes.setdefault(name, actual)
            size = size.substitute(sizes)
        if size != actual and not (isinstance(size, Sym) or isinstance(actual, Sym)):
            return False
        if isinstance(size, Sym) and isinstance(actual, Sym) and size != actual:
            return False
    return True


def _substituted(type: TensorType, sizes: dict[str, Dim]) -> TensorType:
    shape = (size.substitute(sizes) if isinstance(size, Sym) else size for size in type.shape)
    return TensorType(type.element, tuple(shape), type.batched, type.kinds)
