"""Classes of the generated optimizers, as text; each is emitted where it is used, behind those that it builds on."""

from __future__ import annotations

from collections.abc import Mapping

from dlspec.backends.keras.adam_helpers import ADAM
from dlspec.backends.keras.matrix_helpers import MATRIX
from dlspec.backends.python.helper import Helper

BASE: Mapping[str, Helper] = {
    "Optimizer": Helper(
        '''
class Optimizer(keras.optimizers.Optimizer):
    """Moves some weights, each with a memory of its own that stands still while the weight gets no gradient.

    `scale` is their share of the learning rate; the decay is added to the gradient.
    """

    slots: tuple[str, ...] = ()
    counts: tuple[str, ...] = ("step",)

    def __init__(
        self, weights: Sequence[keras.Variable], learning_rate: float, weight_decay: float = 0.0, scale: float = 1.0
    ) -> None:
        super().__init__(learning_rate)
        self.decay, self.scale = weight_decay, scale
        self.build(weights)

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Make the memory; the slots among `counts` are numbers that go by the updates of a weight."""
        super().build(variables)
        self.known = {id(each): place for place, each in enumerate(variables)}
        self.memory = [[self.remembered(slot, each) for slot in self.slots] for each in variables]

    def remembered(self, slot: str, variable: keras.Variable) -> keras.Variable:
        """The memory of a weight for one slot, zeros."""
        return self.add_variable(() if slot in self.counts else variable.shape, dtype=variable.dtype, name=slot)

    def apply(self, grads: Sequence[Tensor | None], trainable_variables: Sequence[keras.Variable]) -> None:
        """Update those of the weights that it knows and that have a gradient."""
        pairs = zip(grads, trainable_variables, strict=True)
        own = [(gradient, p) for gradient, p in pairs if gradient is not None and id(p) in self.known]
        if own:
            super().apply(*zip(*own, strict=True))

    def update_step(self, gradient: Tensor, variable: keras.Variable, learning_rate: Tensor) -> None:
        if self.decay:
            gradient = gradient + self.decay * variable
        rate = self.scale * ops.cast(learning_rate, variable.dtype)
        memory = self.memory[self._get_variable_index(variable)]
        self.assign_sub(variable, rate * self.direction(gradient, *memory))

    def direction(self, gradient: Tensor, *memory: keras.Variable) -> Tensor:
        """What an update goes along, for a rate of 1."""
        raise NotImplementedError
''',
        ("keras", "ops", "Sequence", "Tensor"),
    ),
    "Decoupled": Helper(
        '''
class Decoupled(Optimizer):
    """An optimizer whose decay does not go through the gradient (Loshchilov and Hutter, 2017)."""

    def update_step(self, gradient: Tensor, variable: keras.Variable, learning_rate: Tensor) -> None:
        rate = self.scale * ops.cast(learning_rate, variable.dtype)
        memory = self.memory[self._get_variable_index(variable)]
        self.assign_sub(variable, rate * self.decay * variable)
        self.assign_sub(variable, rate * self.direction(gradient, *memory))
''',
        ("keras", "ops", "Tensor", "Optimizer"),
    ),
    "Optimizers": Helper(
        '''
class Optimizers:
    """Several optimizers, each with weights of its own, used as one."""

    def __init__(self, *optimizers: Optimizer) -> None:
        self.optimizers = optimizers

    @property
    def learning_rate(self) -> Any:
        """The rate, of which each takes its share."""
        return self.optimizers[0].learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        for optimizer in self.optimizers:
            optimizer.learning_rate = rate

    def apply(self, grads: Sequence[Tensor | None], trainable_variables: Sequence[keras.Variable]) -> None:
        """Update the weights that have a gradient."""
        for optimizer in self.optimizers:
            optimizer.apply(grads, trainable_variables)
''',
        ("keras", "Any", "Sequence", "Tensor", "Optimizer"),
    ),
    "SGD": Helper(
        '''
class SGD(Optimizer):
    """Stochastic gradient descent."""

    def direction(self, gradient: Tensor, *memory: keras.Variable) -> Tensor:
        return gradient
''',
        ("keras", "Tensor", "Optimizer"),
    ),
    "MomentumSGD": Helper(
        '''
class MomentumSGD(Optimizer):
    """Stochastic gradient descent along `v = momentum * v + g`, which the learning rate does not enter."""

    slots = ("velocity",)

    def __init__(self, *arguments: Any, momentum: float, nesterov: bool = False, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.momentum, self.nesterov = momentum, nesterov

    def direction(self, gradient: Tensor, *memory: keras.Variable) -> Tensor:
        (velocity,) = memory
        self.assign(velocity, self.momentum * velocity + gradient)
        return gradient + self.momentum * velocity if self.nesterov else velocity.value
''',
        ("keras", "Any", "Tensor", "Optimizer"),
    ),
    "Adagrad": Helper(
        '''
class Adagrad(Optimizer):
    """A rate for each weight that only falls (Duchi et al., 2011): it begins at 0, with epsilon outside of the root."""

    slots = ("total",)

    def __init__(self, *arguments: Any, epsilon: float = 1e-10, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.epsilon = epsilon

    def direction(self, gradient: Tensor, *memory: keras.Variable) -> Tensor:
        (total,) = memory
        self.assign_add(total, ops.square(gradient))
        return gradient / (ops.sqrt(total) + self.epsilon)
''',
        ("keras", "Any", "ops", "Tensor", "Optimizer"),
    ),
    "Adadelta": Helper(
        '''
class Adadelta(Optimizer):
    """Updates in the units of the weights (Zeiler, 2012)."""

    slots = ("square", "change")

    def __init__(self, *arguments: Any, rho: float = 0.9, epsilon: float = 1e-6, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.rho, self.epsilon = rho, epsilon

    def direction(self, gradient: Tensor, *memory: keras.Variable) -> Tensor:
        square, change = memory
        self.assign(square, self.rho * square + (1 - self.rho) * ops.square(gradient))
        step = ops.sqrt(change + self.epsilon) / ops.sqrt(square + self.epsilon) * gradient
        self.assign(change, self.rho * change + (1 - self.rho) * ops.square(step))
        return step
''',
        ("keras", "Any", "ops", "Tensor", "Optimizer"),
    ),
    "RMSprop": Helper(
        '''
class RMSprop(Optimizer):
    """The gradient by its running size (Tieleman and Hinton, 2012), with epsilon outside of the root."""

    slots = ("square", "velocity")

    def __init__(
        self, *arguments: Any, rho: float = 0.99, momentum: float = 0.0, epsilon: float = 1e-8, **keywords: Any
    ) -> None:
        super().__init__(*arguments, **keywords)
        self.rho, self.momentum, self.epsilon = rho, momentum, epsilon

    def direction(self, gradient: Tensor, *memory: keras.Variable) -> Tensor:
        square, velocity = memory[:2]
        self.assign(square, self.rho * square + (1 - self.rho) * ops.square(gradient))
        step = gradient / (ops.sqrt(self.size(gradient, square, *memory[2:])) + self.epsilon)
        self.assign(velocity, self.momentum * velocity + step)
        return velocity.value

    def size(self, gradient: Tensor, square: keras.Variable, *memory: keras.Variable) -> Tensor:
        """What stands under the root."""
        return square.value
''',
        ("keras", "Any", "ops", "Tensor", "Optimizer"),
    ),
    "CenteredRMSprop": Helper(
        '''
class CenteredRMSprop(RMSprop):
    """RMSprop that divides by the standard deviation of the gradient; the variance cannot round to less than 0."""

    slots = ("square", "velocity", "mean")

    def size(self, gradient: Tensor, square: keras.Variable, *memory: keras.Variable) -> Tensor:
        (mean,) = memory
        self.assign(mean, self.rho * mean + (1 - self.rho) * gradient)
        return ops.maximum(square - ops.square(mean), 0)
''',
        ("keras", "ops", "Tensor", "RMSprop"),
    ),
    "Lion": Helper(
        '''
class Lion(Decoupled):
    """Moves by the sign of the momentum alone (Chen et al., 2023)."""

    slots = ("mean",)

    def __init__(self, *arguments: Any, beta_1: float = 0.9, beta_2: float = 0.99, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.beta_1, self.beta_2 = beta_1, beta_2

    def direction(self, gradient: Tensor, *memory: keras.Variable) -> Tensor:
        (mean,) = memory
        step = ops.sign(mean + (1 - self.beta_1) * (gradient - mean))
        self.assign_add(mean, (1 - self.beta_2) * (gradient - mean))
        return step
''',
        ("keras", "Any", "ops", "Tensor", "Decoupled"),
    ),
}

HELPERS: Mapping[str, Helper] = {**BASE, **ADAM, **MATRIX}
"""In an order in which none needs a later one."""
