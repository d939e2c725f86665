"""Adam and its relatives among the generated optimizers, as text."""

from __future__ import annotations

from collections.abc import Mapping

from dlspec.backends.python.helper import Helper

ADAM: Mapping[str, Helper] = {
    "Adam": Helper(
        '''
class Adam(Optimizer):
    """Adam (Kingma and Ba, 2014), with epsilon beside the root of the corrected size."""

    slots = ("step", "mean", "square")

    def __init__(
        self, *arguments: Any, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8, **keywords: Any
    ) -> None:
        super().__init__(*arguments, **keywords)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def direction(self, gradient: Tensor, *memory: keras.Variable) -> Tensor:
        step, mean, square = memory[:3]
        self.assign_add(step, 1)
        self.assign_add(mean, (1 - self.beta_1) * (gradient - mean))
        self.assign(square, self.beta_2 * square + (1 - self.beta_2) * ops.square(gradient))
        return self.step_from(gradient, *memory)

    def step_from(self, gradient: Tensor, *memory: keras.Variable) -> Tensor:
        """The direction, once the means have moved."""
        step, mean, square = memory[:3]
        size = self.size(square, *memory[3:])
        first, second = self.correction(self.beta_1, step), self.correction(self.beta_2, step)
        return mean / first / (ops.sqrt(size / second) + self.epsilon)

    def correction(self, beta: float, step: keras.Variable) -> Tensor:
        """What a mean that began at 0 lacks after so many steps; in double precision, for it is near 0 at first."""
        return ops.cast(1 - beta ** ops.cast(step, "float64"), step.dtype)

    def size(self, square: keras.Variable, *memory: keras.Variable) -> Tensor:
        """The running size of the gradient."""
        return square.value
''',
        ("keras", "Any", "ops", "Tensor", "Optimizer"),
    ),
    "AMSGrad": Helper(
        '''
class AMSGrad(Adam):
    """Adam whose rates never grow again (Reddi et al., 2018)."""

    slots = ("step", "mean", "square", "largest")

    def size(self, square: keras.Variable, *memory: keras.Variable) -> Tensor:
        (largest,) = memory
        self.assign(largest, ops.maximum(largest, square))
        return largest.value
''',
        ("keras", "ops", "Tensor", "Adam"),
    ),
    "AdamW": Helper(
        '''
class AdamW(Decoupled, Adam):
    """Adam with a decay of its own, apart from the gradient (Loshchilov and Hutter, 2017)."""
''',
        ("Decoupled", "Adam"),
    ),
    "NAdam": Helper(
        '''
class NAdam(Adam):
    """Adam with Nesterov's momentum, which warms up (Dozat, 2016).

    `gathered` is what the momenta so far leave of 1: one minus their product.
    """

    slots = ("step", "mean", "square", "gathered")
    counts = ("step", "gathered")

    def step_from(self, gradient: Tensor, *memory: keras.Variable) -> Tensor:
        step, mean, square, gathered = memory
        now, later = self.momentum(step), self.momentum(step + 1)
        self.assign(gathered, now * gathered + (1 - now))
        ahead = later * mean / (later * gathered + (1 - later))
        size = ops.sqrt(square / self.correction(self.beta_2, step)) + self.epsilon
        return (ahead + (1 - now) * gradient / gathered) / size

    def momentum(self, step: Tensor) -> Tensor:
        """The momentum of an update."""
        rising = 1 - 0.5 * 0.96 ** (0.004 * ops.cast(step, "float64"))
        return ops.cast(self.beta_1 * rising, step.dtype)
''',
        ("keras", "ops", "Tensor", "Adam"),
    ),
    "Adamax": Helper(
        '''
class Adamax(Adam):
    """Adam by the largest gradient, which slowly fades (Kingma and Ba, 2014)."""

    slots = ("step", "mean", "largest")

    def direction(self, gradient: Tensor, *memory: keras.Variable) -> Tensor:
        step, mean, largest = memory
        self.assign_add(step, 1)
        self.assign_add(mean, (1 - self.beta_1) * (gradient - mean))
        self.assign(largest, ops.maximum(self.beta_2 * largest, ops.abs(gradient) + self.epsilon))
        return mean / self.correction(self.beta_1, step) / largest
''',
        ("keras", "ops", "Tensor", "Adam"),
    ),
    "RAdam": Helper(
        '''
class RAdam(Adam):
    """Adam that goes by the mean alone until the size of the gradient is known well enough (Liu et al., 2019)."""

    def step_from(self, gradient: Tensor, *memory: keras.Variable) -> Tensor:
        step, mean, square = memory
        plain = mean / self.correction(self.beta_1, step)
        most = 2 / (1 - self.beta_2) - 1
        if most <= 5:
            return plain
        count = ops.cast(step, "float64")
        left = self.beta_2**count
        length = most - 2 * count * left / (1 - left)
        known = ops.maximum(length, 5.0)
        trust = (known - 4) * (known - 2) * most / ((most - 4) * (most - 2) * known)
        adapted = plain * ops.cast(ops.sqrt(trust * (1 - left)), step.dtype) / (ops.sqrt(square) + self.epsilon)
        return ops.where(length > 5, adapted, plain)
''',
        ("keras", "ops", "Tensor", "Adam"),
    ),
    "Lamb": Helper(
        '''
class Lamb(Adam):
    """Adam whose update has the size of the weight (You et al., 2019); the rows of paired biases are two weights."""

    def __init__(
        self, weights: Sequence[keras.Variable], *arguments: Any, layouts: Mapping[int, str], **keywords: Any
    ) -> None:
        super().__init__(weights, *arguments, **keywords)
        self.layouts = [layouts[id(each)] for each in weights]

    def update_step(self, gradient: Tensor, variable: keras.Variable, learning_rate: Tensor) -> None:
        place = self._get_variable_index(variable)
        update = self.direction(gradient, *self.memory[place]) + self.decay * variable
        weights = 2 if self.layouts[place] in ("input_bias", "state_bias") else 1
        ratio = self.norms(variable, weights) / self.norms(update, weights)
        trust = ops.where((ratio > 0) & ops.isfinite(ratio), ratio, 1.0)
        rate = self.scale * ops.cast(learning_rate, variable.dtype)
        step = rate * trust * ops.reshape(update, (weights, -1))
        self.assign_sub(variable, ops.reshape(step, variable.shape))

    def norms(self, x: Tensor, weights: int) -> Tensor:
        """The norm of each weight that the variable holds."""
        return ops.sqrt(ops.sum(ops.square(ops.reshape(x, (weights, -1))), axis=1, keepdims=True))
''',
        ("keras", "Any", "Mapping", "ops", "Sequence", "Tensor", "Adam"),
    ),
}
"""Classes by name, in an order in which none needs a later one."""
