"""Recurrent layers."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal

from dlspec.catalog.axes import require_rank
from dlspec.catalog.base import Extent, Misfit, PerAxis, Types, Wants, Weight, Weighted, param
from dlspec.catalog.owned import orthogonal, require_no_bias_init, weight, xavier, zeros
from dlspec.catalog.windows import Window, window
from dlspec.tensor import Dim, Shape, TensorType, product, shape_text


class Stepping(Weighted):
    """What layers share that go through a sequence step by step, with a state.

    The mask, a bool for each step, says which steps are there: the others keep the state and give zeros. An initial
    state comes behind the sequence, `(x, h) -> gru(64)`; without one it is zeros. Backwards, a layer has weights of
    its own, and its results stand behind the others along the features or channels, in the sequence and in the states.
    """

    gates: ClassVar[int]
    """How many vectors the weights make for each step."""
    states: ClassVar[tuple[str, ...]] = ("h",)
    biases: ClassVar[tuple[str, ...]] = ("bias",)

    return_state: bool = param(False, "whether the final state is given too")
    bidirectional: bool = param(False, "whether the sequence is also read backwards")
    bias: bool = param(True, "whether there are biases")

    def check(self) -> None:
        if not self.bias:
            require_no_bias_init(self)

    @abstractmethod
    def require_sequence(self, x: TensorType) -> None:
        """Misfit unless the first input is a sequence that this layer takes."""

    @abstractmethod
    def state_shape(self, x: TensorType) -> Shape:
        """The shape of a state of all directions."""

    @abstractmethod
    def kernels(self, x: TensorType) -> tuple[Shape, Shape]:
        """The shapes of the input weights and the recurrent weights of one direction."""

    @property
    def directions(self) -> int:
        """1, or 2 where the sequence is read both ways."""
        return 1 + self.bidirectional

    def initial_states(self, inputs: Types) -> int:
        """How many of the inputs are initial states."""
        return sum(each.element != "bool" for each in inputs[1:])

    def has_mask(self, inputs: Types) -> bool:
        """Whether the last input is a mask."""
        return len(inputs) > 1 and inputs[-1].element == "bool"

    def infer(self, *inputs: TensorType) -> TensorType | Types:
        x = inputs[0]
        self.require_sequence(x)
        self.weights(*inputs)
        state = x.with_shape(self.state_shape(x))
        self._check_states(inputs, state)
        if len(inputs) - 1 - self.initial_states(inputs) > 1:
            raise Misfit("has its mask twice", "give it once, by keyword or in the tuple")
        if self.has_mask(inputs) and inputs[-1].shape != x.shape[:1]:
            raise Misfit(
                f"got the mask {shape_text(inputs[-1].shape)} for {shape_text(x.shape)}",
                "a mask has a bool for each step",
            )
        sequence = x.with_shape((x.shape[0], *state.shape))
        return (sequence, *[state] * len(self.states)) if self.return_state else sequence

    def _check_states(self, inputs: Types, state: TensorType) -> None:
        given = inputs[1 : 1 + self.initial_states(inputs)]
        if len(given) not in (0, len(self.states)):
            names = ", ".join(("x", *self.states))
            raise Misfit(f"got {len(given)} initial states", f"write `({names}) -> {self.entry}`")
        for each in given:
            if each.shape != state.shape:
                raise Misfit(f"got the initial state {shape_text(each.shape)}", f"a state is {shape_text(state.shape)}")

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        found: list[Weight] = []
        into, back = self.kernels(inputs[0])
        for suffix in ("", "_reverse")[: self.directions]:
            found.append(weight(self, f"weight_ih{suffix}", into, self.init or xavier()))
            found.append(weight(self, f"weight_hh{suffix}", back, self.init or orthogonal()))
            for name in self.biases if self.bias else ():
                found.append(weight(self, f"{name}{suffix}", into[:1], self.bias_init or zeros(), "bias"))
        return tuple(found)


class Recurrent(Stepping):
    """What layers on a sequence of vectors share."""

    size: Extent = param(..., "length of the state of one direction")

    def require_sequence(self, x: TensorType) -> None:
        require_rank(self, x, 2, 2, "[time, features]")

    def state_shape(self, x: TensorType) -> Shape:
        return (self.directions * self.size,)

    def kernels(self, x: TensorType) -> tuple[Shape, Shape]:
        rows = self.gates * self.size
        return (rows, x.shape[-1]), (rows, self.size)

    def macs(self, inputs: Types, outputs: Types) -> Dim:
        steps, features = inputs[0].shape
        return steps * self.directions * self.gates * self.size * (features + self.size)


class Rnn(Recurrent):
    """A simple recurrent layer.

    Gives the sequence of states; with `return_state` also the last one. With `bidirectional`, sizes are twice as large:
    forwards, then backwards. Steps that the mask leaves out keep the state and give zeros.

    Weights: weight_ih `[size, in]`, Xavier-uniform; weight_hh `[size, size]`, orthogonal; bias `[size]`, zeros; the
    same with `_reverse` for the other direction.

    Shapes: [time, in] -> [time, size], or ([time, size], [size]); an initial state `[size]` comes second.
    Formula: h[t] = activation(W x[t] + U h[t-1] + b).
    Source: Elman, Finding structure in time, 1990; Schuster and Paliwal, Bidirectional recurrent networks, 1997.
    """

    entry = "rnn"
    gates: ClassVar[int] = 1
    optional: ClassVar[tuple[str, ...]] = ("h", "mask")
    wants: ClassVar[Wants | tuple[Wants, ...]] = ("float", "float", "bool")
    size: Extent = param(..., "length of the state of one direction")
    activation: Literal["tanh", "relu"] = param("tanh", "what is applied to each new state")


class Gru(Recurrent):
    """Gated recurrent units; the reset gate is applied after the recurrent product.

    Gives the sequence of states; with `return_state` also the last one. With `bidirectional`, sizes are twice as large:
    forwards, then backwards. Steps that the mask leaves out keep the state and give zeros.

    Weights: weight_ih `[3 size, in]`, Xavier-uniform; weight_hh `[3 size, size]`, orthogonal; bias_ih and bias_hh
    `[3 size]`, zeros; rows in the order of the gates r, z, n; the same with `_reverse` for the other direction.

    Shapes: [time, in] -> [time, size], or ([time, size], [size]); an initial state `[size]` comes second.
    Formula: r, z = sigmoid(W x[t] + b + U h + c), n = tanh(W_n x[t] + b_n + r (U_n h + c_n)), h[t] = (1 - z) n + z h,
        h = h[t-1].
    Source: Cho et al., Learning phrase representations using RNN encoder-decoder, 2014; the place of r as in cuDNN.
    """

    entry = "gru"
    gates: ClassVar[int] = 3
    biases: ClassVar[tuple[str, ...]] = ("bias_ih", "bias_hh")
    optional: ClassVar[tuple[str, ...]] = ("h", "mask")
    wants: ClassVar[Wants | tuple[Wants, ...]] = ("float", "float", "bool")


class Lstm(Recurrent):
    """A long short-term memory.

    Gives the sequence of states h; with `return_state` also the last h and c. With `bidirectional`, sizes are twice as
    large: forwards, then backwards. Steps that the mask leaves out keep the state and give zeros.

    Weights: weight_ih `[4 size, in]`, Xavier-uniform; weight_hh `[4 size, size]`, orthogonal; one bias `[4 size]`,
    zeros; rows in the order of the gates i, f, g, o; the same with `_reverse` for the other direction.

    Shapes: [time, in] -> [time, size], or ([time, size], [size], [size]); initial h and c `[size]` come behind.
    Formula: i, f, o = sigmoid(W x[t] + U h[t-1] + b), g = tanh(W_g x[t] + U_g h[t-1] + b_g), c[t] = f c[t-1] + i g,
        h[t] = o tanh(c[t]).
    Source: Hochreiter and Schmidhuber, Long short-term memory, 1997; Gers, Learning to forget, 1999.
    """

    entry = "lstm"
    gates: ClassVar[int] = 4
    states: ClassVar[tuple[str, ...]] = ("h", "c")
    optional: ClassVar[tuple[str, ...]] = ("h", "c", "mask")
    wants: ClassVar[Wants | tuple[Wants, ...]] = ("float", "float", "float", "bool")


class ConvLstm(Stepping):
    """A long short-term memory on a sequence of images (or signals, or volumes), whose products are convolutions.

    Places keep their number: convolutions are padded with zeros, the odd one at the end. There are no peephole
    connections. Gives the sequence of states h; with `return_state` also the last h and c. With `bidirectional`, there
    are twice as many channels: forwards, then backwards. Steps that the mask leaves out keep the state and give zeros.

    Weights: weight_ih `[4 channels, in, *kernel]`, Xavier-uniform; weight_hh `[4 channels, channels, *kernel]`,
    orthogonal; one bias `[4 channels]`, zeros; rows in the order of the gates i, f, g, o; the same with `_reverse` for
    the other direction.

    Shapes: [time, in, *n] -> [time, channels, *n], or ([time, channels, *n], [channels, *n], [channels, *n]); initial
        h and c `[channels, *n]` come behind.
    Formula: i, f, o = sigmoid(W * x[t] + U * h[t-1] + b), g = tanh(W_g * x[t] + U_g * h[t-1] + b_g),
        c[t] = f c[t-1] + i g, h[t] = o tanh(c[t]), where * is a convolution.
    Source: Shi et al., Convolutional LSTM network: a machine learning approach for precipitation nowcasting, 2015.
    """

    entry = "conv_lstm"
    gates: ClassVar[int] = 4
    states: ClassVar[tuple[str, ...]] = ("h", "c")
    optional: ClassVar[tuple[str, ...]] = ("h", "c", "mask")
    wants: ClassVar[Wants | tuple[Wants, ...]] = ("float", "float", "float", "bool")
    channels: Extent = param(..., "channels of the state of one direction")
    kernel: PerAxis = param(..., "size of the kernels, of the input's and the state's")

    def require_sequence(self, x: TensorType) -> None:
        require_rank(self, x, 3, 5, "[time, channels, length] to [time, channels, depth, height, width]")

    def window(self, x: TensorType) -> Window:
        """The kernel on the places of one step of this input."""
        return window(self, x.with_shape(x.shape[1:]), self.kernel, 1, "same")

    def state_shape(self, x: TensorType) -> Shape:
        return (self.directions * self.channels, *x.shape[2:])

    def kernels(self, x: TensorType) -> tuple[Shape, Shape]:
        rows, kernel = self.gates * self.channels, self.window(x).kernel
        return (rows, x.shape[1], *kernel), (rows, self.channels, *kernel)

    def macs(self, inputs: Types, outputs: Types) -> Dim:
        steps, features, *places = inputs[0].shape
        each = self.gates * self.channels * product(self.window(inputs[0]).kernel) * (features + self.channels)
        return steps * product(tuple(places)) * self.directions * each


ENTRIES = (Rnn, Gru, Lstm, ConvLstm)
