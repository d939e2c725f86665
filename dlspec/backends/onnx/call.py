"""What a lowering sees of the graph: one call of a layer, its inputs, and the operators it may write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from dlspec.backends.onnx.graph import ELEMENT_TYPES, Array, Graph
from dlspec.ir.flat import FlatNode
from dlspec.tensor import Dim, Shape, TensorType

FAR = 2**63 - 1
"""A slice's end that lies behind every dimension's."""


class Call:
    """One call of a layer. `inputs` are names of values, `types` their types, `outputs` the types of the results.

    Operators written through it are named after the call (`features.conv/pad`); the one that gives the result takes
    the call's own name when the lowering is done.
    """

    def __init__(
        self,
        graph: Graph,
        node: FlatNode,
        path: str,
        inputs: Sequence[str],
        types: Sequence[TensorType],
        *,
        weight: Callable[[str], str],
        draw: Callable[[TensorType], str] | None = None,
        fitted: Mapping[str, Any] | None = None,
    ) -> None:
        self.graph = graph
        self.path = path
        self.inputs = tuple(inputs)
        self.types = tuple(types)
        self.outputs = node.outputs
        self.fitted: Mapping[str, Any] = fitted or {}
        self.draw = draw
        """Where random numbers are inputs of the graph: makes one, of the type given."""
        self.weight = weight
        """The value of a weight of this layer, by its name in it."""
        self._doc = node.origin

    # ------------------------------------------------------------ what comes in

    @property
    def x(self) -> str:
        """The first input."""
        return self.inputs[0]

    @property
    def type(self) -> TensorType:
        """The type of the first input."""
        return self.types[0]

    @property
    def output(self) -> TensorType:
        """The type of the first result."""
        return self.outputs[0]

    @property
    def lead(self) -> int:
        """How many dimensions stand before the written ones of the first input: 1 with a batch, else 0."""
        return int(self.type.batched)

    def axis(self, axis: int) -> int:
        """A written axis as an axis of the tensor."""
        return axis % self.type.rank + self.lead

    def learned(self, name: str) -> Array:
        """What a transform learned of each component, in the shape of the input."""
        sizes = [size for size in self.type.shape if isinstance(size, int)]
        return np.asarray(self.fitted[name], dtype=np.float64).reshape(sizes)

    # ------------------------------------------------------------ operators

    def op(self, op_type: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """An operator with one result; `name` tells it from others of its kind in this call."""
        return self.ops(op_type, *inputs, outputs=1, name=name, **attributes)[0]

    def ops(
        self, op_type: str, *inputs: str, outputs: int, name: str = "", domain: str = "", **attributes: Any
    ) -> tuple[str, ...]:
        """An operator with several results."""
        node = self.graph.add_node(
            op_type,
            inputs,
            name=f"{self.path}/{name or op_type.lower()}",
            outputs=outputs,
            doc=self._doc,
            domain=domain,
            **attributes,
        )
        return tuple(node.output)

    def number(self, value: float, element: str | None = None) -> str:
        """A constant number, by default of the first input's element type."""
        return self.graph.scalar(value, element or self.type.element)

    def constant(self, values: Array) -> str:
        return self.graph.constant(values)

    def floats(self, values: Any) -> str:
        """A constant tensor of floats."""
        return self.graph.constant(np.array(values, dtype=np.float32))

    def ints(self, values: Iterable[int]) -> str:
        return self.graph.ints(values)

    def cast(self, x: str, element: str) -> str:
        return self.op("Cast", x, to=ELEMENT_TYPES[element])

    # ------------------------------------------------------------ shapes

    def sizes(self, dims: Iterable[Dim | None]) -> str:
        """Dimensions as one vector; None is the batch."""
        return self.graph.sizes(dims)

    def transpose(self, x: str, order: Sequence[int]) -> str:
        """The dimensions in another order; nothing where it is the same."""
        return x if list(order) == list(range(len(order))) else self.op("Transpose", x, perm=list(order))

    def unsqueeze(self, x: str, *axes: int) -> str:
        return self.op("Unsqueeze", x, self.ints(axes)) if axes else x

    def squeeze(self, x: str, *axes: int) -> str:
        return self.op("Squeeze", x, self.ints(axes)) if axes else x

    def reshape(self, x: str, shape: Shape, *, batched: bool, source: TensorType | None = None) -> str:
        """Another shape. `source` is the type of `x` (by default the first input's), which must be batched alike."""
        return self.op("Reshape", x, self._target(shape, batched, source or self.type))

    def _target(self, shape: Shape, batched: bool, source: TensorType) -> str:
        unknown = sum(not isinstance(dim, int) for dim in shape)
        if unknown <= 1 and batched == source.batched:
            dims = [dim if isinstance(dim, int) else -1 for dim in shape]
            return self.ints([0, *dims] if batched else dims)
        return self.sizes([None, *shape] if batched else shape)

    def reduce(self, op_type: str, x: str, axes: Sequence[int], keepdims: bool = False, name: str = "") -> str:
        """A Reduce operator over axes of the tensor; over none it is the identity."""
        if not axes:
            return x
        return self.op(op_type, x, self.ints(axes), keepdims=int(keepdims), name=name)


Lowering = Callable[[Call, Any], str | tuple[str, ...]]
"""Writes one layer: (call, layer) -> the value, or the values, of its results."""
