"""Those of the generated optimizers that work on matrices, as text, and what tells them how a variable is laid out."""

from __future__ import annotations

from collections.abc import Mapping

from dlspec.backends.python.helper import Helper

MATRIX: Mapping[str, Helper] = {
    "layouts": Helper(
        '''
def layouts(model: Any) -> dict[int, str]:
    """How each variable of the model is laid out, by the identity of the variable."""
    return {id(variable(model, path)): layout for path, layout in WEIGHTS.values()}
''',
        ("Any",),
    ),
    "Adafactor": Helper(
        '''
class Adafactor(Optimizer):
    """Adaptive rates from the mean squares of rows and columns (Shazeer and Stern, 2018)."""

    slots = ("step", "rows", "columns")

    def __init__(
        self, weights: Sequence[keras.Variable], *arguments: Any, layouts: Mapping[int, str], **keywords: Any
    ) -> None:
        super().__init__([], *arguments, **keywords)
        self.layouts = [layouts[id(each)] for each in weights]
        self.build(weights)

    def remembered(self, slot: str, variable: keras.Variable) -> keras.Variable:
        if slot == "step":
            return super().remembered(slot, variable)
        weights, height, width = self.matrices(variable)
        shape = (weights, height, 1) if slot == "rows" else (weights, 1, width)
        return self.add_variable(shape, dtype=variable.dtype, name=slot)

    def matrices(self, variable: keras.Variable) -> tuple[int, int, int]:
        """How many weights the variable holds, and their sizes as matrices of the outputs and all else.

        The outputs may stand in the columns, for rows and columns are treated alike. A vector is one column, which
        leaves its mean whole.
        """
        layout, shape = self.layouts[self._get_variable_index(variable)], variable.shape
        if layout in ("input_bias", "state_bias"):
            return 2, shape[1], 1
        if len(shape) < 2:
            return 1, math.prod(shape), 1
        if layout == "same":
            return 1, shape[0], math.prod(shape[1:])
        outputs = math.prod(shape[-2:]) if layout == "depthwise" else shape[-1]
        return 1, math.prod(shape) // outputs, outputs

    def update_step(self, gradient: Tensor, variable: keras.Variable, learning_rate: Tensor) -> None:
        step, rows, columns = self.memory[self._get_variable_index(variable)]
        shape = self.matrices(variable)
        gradient, weight = ops.reshape(gradient, shape), ops.reshape(variable, shape)
        self.assign_add(step, 1)
        count = ops.cast(step, "float64")
        square, share = ops.square(gradient) + 1e-30, ops.cast(count**-0.8, step.dtype)
        self.assign_add(rows, share * (ops.mean(square, axis=2, keepdims=True) - rows))
        self.assign_add(columns, share * (ops.mean(square, axis=1, keepdims=True) - columns))
        # One factor after the other: the product of two small means would be 0.
        update = gradient * (ops.sqrt(ops.mean(rows, axis=1, keepdims=True)) * ops.rsqrt(rows)) * ops.rsqrt(columns)
        update = update / ops.maximum(self.size(update), 1.0)
        rate = self.scale * ops.cast(learning_rate, variable.dtype)
        reach = ops.minimum(rate, ops.cast(ops.rsqrt(count), step.dtype)) * ops.maximum(self.size(weight), 1e-3)
        self.assign_sub(variable, ops.reshape(rate * self.decay * weight + reach * update, variable.shape))

    def size(self, x: Tensor) -> Tensor:
        """The root of the mean square of each weight."""
        return ops.sqrt(ops.mean(ops.square(x), axis=(1, 2), keepdims=True))
''',
        ("keras", "math", "Any", "Mapping", "ops", "Sequence", "Tensor", "Optimizer"),
    ),
    "Muon": Helper(
        '''
class Muon(Decoupled):
    """Moves matrices along their momentum, made nearly orthogonal (Jordan et al., 2024)."""

    slots = ("velocity",)

    def direction(self, gradient: Tensor, *memory: keras.Variable) -> Tensor:
        (velocity,) = memory
        self.assign(velocity, 0.95 * velocity + gradient)
        height, width = velocity.shape
        return 0.2 * max(height, width) ** 0.5 * self.orthogonal(gradient + 0.95 * velocity, tall=height > width)

    def orthogonal(self, matrix: Tensor, *, tall: bool) -> Tensor:
        """All singular values brought near 1 by five rounds of Newton and Schulz."""
        x = ops.transpose(matrix) if tall else matrix
        x = x / (ops.sqrt(ops.sum(ops.square(x))) + 1e-7)
        for _ in range(5):
            square = x @ ops.transpose(x)
            x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
        return ops.transpose(x) if tall else x
''',
        ("keras", "ops", "Tensor", "Decoupled"),
    ),
}
"""Definitions by name, in an order in which none needs a later one."""
