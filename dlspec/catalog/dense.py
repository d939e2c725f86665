"""Dense layers, embeddings, and tensors that are no function of the input."""

from __future__ import annotations

from typing import Any, ClassVar

from dlspec.catalog.axes import require_rank
from dlspec.catalog.base import Extent, Initializer, Layer, Misfit, Natural, Types, Wants, Weight, Weighted, param
from dlspec.catalog.initializers import Zeros, list_shape
from dlspec.catalog.owned import bias_weight, kaiming, require_no_bias_init, standard_normal, uniform_by_fan, weight
from dlspec.tensor import Dim, Element, TensorType, shape_text


class Dense(Weighted):
    """A fully connected layer on the last dimension.

    Weights: weight `[size, in]`, bias `[size]`.

    Shapes: [..., in] -> [..., size].
    Formula: y = x W^T + b.
    Source: Rumelhart, Hinton and Williams, Learning representations by back-propagating errors, 1986.
    """

    entry = "dense"
    size: Extent = param(..., "outputs")
    bias: bool = param(True, "whether a bias is added")

    def check(self) -> None:
        if not self.bias:
            require_no_bias_init(self)

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_rank(self, input, 1, 99, "an input with at least one dimension")
        self.weights(*inputs)
        return input.with_shape((*input.shape[:-1], self.size))

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        width = inputs[0].shape[-1]
        kernel = weight(self, "weight", (self.size, width), self.init or kaiming())
        return (kernel, bias_weight(self, self.size, width)) if self.bias else (kernel,)

    def macs(self, inputs: Types, outputs: Types) -> Dim:
        return outputs[0].size * inputs[0].shape[-1]


class Bilinear(Weighted):
    """A product of two inputs, with a matrix for each output.

    Weights: weight `[size, left, right]`, bias `[size]`, both uniform with bound 1/sqrt(left).

    Shapes: ([..., left], [..., right]) -> [..., size].
    Formula: y[k] = sum_ij a[i] W[k, i, j] b[j] + c[k].
    Source: Tenenbaum and Freeman, Separating style and content with bilinear models, 2000.
    """

    entry = "bilinear"
    inputs: ClassVar[tuple[str, ...]] = ("left", "right")
    size: Extent = param(..., "outputs")
    bias: bool = param(True, "whether a bias is added")

    def check(self) -> None:
        if not self.bias:
            require_no_bias_init(self)

    def infer(self, *inputs: TensorType) -> TensorType:
        left, right = inputs
        for each in inputs:
            require_rank(self, each, 1, 99, "inputs with at least one dimension")
        if left.shape[:-1] != right.shape[:-1]:
            raise Misfit(
                f"got {shape_text(left.shape)} and {shape_text(right.shape)}",
                "all dimensions but the last must be equal",
            )
        self.weights(*inputs)
        return left.with_shape((*left.shape[:-1], self.size))

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        left, right = inputs[0].shape[-1], inputs[1].shape[-1]
        kernel = weight(self, "weight", (self.size, left, right), self.init or uniform_by_fan(left))
        return (kernel, bias_weight(self, self.size, left)) if self.bias else (kernel,)

    def macs(self, inputs: Types, outputs: Types) -> Dim:
        # For each output the matrix is multiplied by one input, and what comes out by the other.
        left, right = inputs[0].shape[-1], inputs[1].shape[-1]
        return outputs[0].size * (left * right + left)


class Maxout(Weighted):
    """A dense layer whose outputs are each the largest of several pieces.

    Weights: weight `[size * pieces, in]`, bias `[size * pieces]`; the pieces of one output stand side by side, so
    row `k * pieces + p` is piece p of output k.

    Shapes: [..., in] -> [..., size].
    Formula: y[k] = max_p (W[k * pieces + p] x + b[k * pieces + p]).
    Source: Goodfellow et al., Maxout networks, 2013.
    """

    entry = "maxout"
    size: Extent = param(..., "outputs")
    pieces: int = param(2, "linear pieces for each output", gt=0)

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_rank(self, input, 1, 99, "an input with at least one dimension")
        self.weights(*inputs)
        return input.with_shape((*input.shape[:-1], self.size))

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        rows, width = self.size * self.pieces, inputs[0].shape[-1]
        kernel = weight(self, "weight", (rows, width), self.init or kaiming())
        return (kernel, bias_weight(self, rows, width))

    def macs(self, inputs: Types, outputs: Types) -> Dim:
        return outputs[0].size * self.pieces * inputs[0].shape[-1]


class Embedding(Weighted):
    """A learned vector for each whole number from 0 to n - 1.

    Weights: weight `[n, size]`, normal(0, 1). With `padding_index` that row begins as zeros (`Weight.zero_row`),
    whatever `init=` is, and gets no gradient.

    Shapes: int [...] -> float [..., size].
    Formula: y = W[x].
    Source: Bengio et al., A neural probabilistic language model, 2003.
    """

    entry = "embedding"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "int"
    batchless: ClassVar[bool] = True
    n: Extent = param(..., "how many numbers have a vector")
    size: Extent = param(..., "length of the vectors")
    padding_index: Natural | None = param(None, "the number whose vector stays zero")

    def check(self) -> None:
        require_no_bias_init(self)
        if self.padding_index is not None and isinstance(self.n, int) and self.padding_index >= self.n:
            raise Misfit(
                f"has padding_index={self.padding_index} and n={self.n}",
                f"padding_index goes from 0 to {self.n - 1}",
            )

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        if isinstance(input.kinds, int) and isinstance(self.n, int) and input.kinds > self.n:
            raise Misfit(f"has n={self.n} and got numbers of {input.kinds} kinds", f"write n={input.kinds} or more")
        self.weights(*inputs)
        return TensorType("float", (*input.shape, self.size), input.batched)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        table = weight(self, "weight", (self.n, self.size), self.init or standard_normal())
        return (Weight(table.name, table.shape, table.init, table.role, zero_row=self.padding_index),)


class Parameter(Weighted):
    """A learned tensor, the same for every example.

    Weights: weight, of the shape that is given.

    Shapes: nothing -> the shape that is given, without a batch dimension.
    Formula: y = w.
    Source: PyTorch, `torch.nn.Parameter`.
    """

    entry = "parameter"
    inputs: ClassVar[tuple[str, ...]] = ()
    batchless: ClassVar[bool] = True
    variadic = "shape"
    shape: tuple[Extent, ...] = param((), "sizes of the dimensions; none for a single number")
    init: Initializer = param(Zeros(), "initial values")

    def check(self) -> None:
        require_no_bias_init(self)

    def infer(self, *inputs: TensorType) -> TensorType:
        self.weights()
        return TensorType("float", self.shape, batched=False)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        return (weight(self, "weight", self.shape, self.init),)


class Constant(Layer):
    """A fixed tensor, the same for every example: floats, or whole numbers or bools where all values are such.

    Shapes: nothing -> the shape of the lists, without a batch dimension.
    Formula: y = values.
    Source: NumPy, `numpy.array`.
    """

    entry = "constant"
    inputs: ClassVar[tuple[str, ...]] = ()
    batchless: ClassVar[bool] = True
    values: bool | int | float | tuple[Any, ...] = param(..., "a number, a list of numbers, or lists of lists")

    def check(self) -> None:
        list_shape(self.values, "the constant")

    @property
    def element(self) -> Element:
        """What the values are."""
        found = {type(value) for value in _leaves(self.values)}
        return "bool" if found == {bool} else "int" if found == {int} else "float"

    def infer(self, *inputs: TensorType) -> TensorType:
        return TensorType(self.element, list_shape(self.values, "the constant"), batched=False)


def _leaves(values: Any) -> list[Any]:
    if isinstance(values, tuple):
        return [leaf for each in values for leaf in _leaves(each)]
    return [values]


ENTRIES = (Dense, Bilinear, Maxout, Embedding, Parameter, Constant)
