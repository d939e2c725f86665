"""Functions and classes of the generated updates, as text; each is emitted where it is used."""

from __future__ import annotations

from collections.abc import Mapping

from dlspec.backends.keras.sequence_helpers import RECURRENT
from dlspec.backends.python.helper import Helper

HELPERS: Mapping[str, Helper] = {
    "Around": Helper(
        '''
class Around:
    """What stands around an optimizer and leaves to it all that it does not do itself."""

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.optimizer, name)

    @property
    def learning_rate(self) -> Any:
        """The optimizer's rate."""
        return self.optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self.optimizer.learning_rate = rate
''',
        ("Any",),
    ),
    "Scaled": Helper(
        '''
class Scaled(Around):
    """An optimizer for half precision: the loss is scaled up, so that no gradient is lost, and these down again.

    An update whose gradients are not finite is left out, and the scale halved; it grows after 2000 good ones.
    """

    def __init__(self, optimizer: Any) -> None:
        super().__init__(optimizer)
        self.scale = keras.Variable(65536.0, dtype="float32", trainable=False)
        self.good = keras.Variable(0, dtype="int32", trainable=False)

    def scaled(self, total: Tensor) -> Tensor:
        """What gradients are to be taken of."""
        return total * self.scale

    def unscaled(self, gradients: Sequence[Tensor | None]) -> list[Tensor | None]:
        """Gradients of their own size."""
        return [None if gradient is None else gradient / self.scale for gradient in gradients]

    def apply(self, grads: Sequence[Tensor | None], trainable_variables: Sequence[keras.Variable]) -> None:
        """Update, or leave it out."""
        finite = [tf.reduce_all(tf.math.is_finite(gradient)) for gradient in grads if gradient is not None]

        def update() -> Tensor:
            self.optimizer.apply(grads, trainable_variables)
            grown = self.good.value + 1 == 2000
            self.scale.assign(tf.where(grown, 2 * self.scale.value, self.scale.value))
            return self.good.assign(tf.where(grown, 0, self.good.value + 1))

        def leave_out() -> Tensor:
            self.scale.assign(0.5 * self.scale.value)
            return self.good.assign(0)

        tf.cond(tf.reduce_all(finite), update, leave_out)
''',
        ("keras", "tf", "Any", "Sequence", "Tensor", "Around"),
    ),
    "Averaged": Helper(
        '''
class Averaged(Around):
    """An optimizer, and an exponential average of the weights and running statistics of its model.

    After `train` the model has the weights that are trained, after `eval` their average.
    """

    def __init__(self, optimizer: Any, model: keras.Model, decay: float) -> None:
        super().__init__(optimizer)
        self.decay = decay
        self.own = [p for p in model.variables if keras.backend.is_float_dtype(p.dtype)]
        self.other = [keras.Variable(p.numpy().copy(), dtype=p.dtype, trainable=False) for p in self.own]
        self.training = True

    def restart(self) -> None:
        """Begin with the weights as they are."""
        self.training = True
        for p, other in zip(self.own, self.other, strict=True):
            other.assign(p.numpy().copy())

    def follow(self) -> None:
        """Move the average towards the weights."""
        for p, other in zip(self.own, self.other, strict=True):
            other.assign_add((1 - self.decay) * (p.value - other.value))

    def train(self) -> None:
        if not self.training:
            self._exchange()

    def eval(self) -> None:
        if self.training:
            self._exchange()

    def _exchange(self) -> None:
        self.training = not self.training
        for p, other in zip(self.own, self.other, strict=True):
            before = p.numpy().copy()
            p.assign(other.numpy().copy())
            other.assign(before)
''',
        ("keras", "Any", "Around"),
    ),
    "graph": Helper(
        '''
@lru_cache(maxsize=16)
def graph(function: Callable[..., Any], *owners: Any, **settings: Any) -> Callable[..., Any]:
    """The function with its first arguments, models and optimizers, and some settings, as a graph."""
    return tf.function(partial(function, *owners, **settings), autograph=False, jit_compile=False)
''',
        ("lru_cache", "partial", "tf", "Any", "Callable"),
    ),
    "batches_of": Helper(
        '''
def batches_of(batch: Batch, draws: Batch | None) -> Iterator[tuple[Batch, Batch | None]]:
    """The batches that an update sees, with their draws."""
    for start in range(0, len(next(iter(batch.values()))), BATCH):
        part = {name: x[start : start + BATCH] for name, x in batch.items()}
        yield part, draws and {name: x[start : start + BATCH] for name, x in draws.items()}
''',
        ("Iterator",),
    ),
    "weighed": Helper(
        '''
def weighed(terms: Terms, names: Sequence[str]) -> Tensor:
    """The sum of some terms, each times its weight."""
    pairs = [terms[name] for name in names]
    return sum(mean * ops.cast(weight, mean.dtype) for mean, weight in pairs)
''',
        ("ops", "Sequence", "Tensor"),
    ),
    "added": Helper(
        '''
def added(left: Sequence[Tensor | None], right: Sequence[Tensor | None]) -> list[Tensor | None]:
    """Gradients added up; None is none."""
    pairs = zip(left, right, strict=True)
    return [b if a is None else a if b is None else a + b for a, b in pairs]
''',
        ("Sequence", "Tensor"),
    ),
    "together": Helper(
        '''
def together(
    results: Sequence[Any], groups: Sequence[Sequence[str]]
) -> tuple[dict[str, Tensor], Outputs, list[Tensor | None]]:
    """The terms, what the metrics compare and the gradients of several batches, as if these were one.

    The terms of a group have means of equal weight: their gradients were multiplied by these.
    """
    terms, outputs, found = zip(*results, strict=True)

    def total(name: str) -> Tensor:
        weight = sum(ops.cast(each[name][1], each[name][0].dtype) for each in terms)
        return tf.where(weight == 0, tf.ones_like(weight), weight)

    figures = {name: sum(weighed(each, [name]) for each in terms) / total(name) for name in terms[0]}
    gradients: list[Tensor | None] = [None for _ in found[0][0]]
    for number, names in enumerate(groups):
        for each in found:
            own = [None if gradient is None else gradient / total(names[0]) for gradient in each[number]]
            gradients = added(gradients, own)
    joined_outputs = {
        name: tuple(tf.concat(each, 0) for each in zip(*(made[name] for made in outputs), strict=True))
        for name in outputs[0]
    }
    return figures, joined_outputs, gradients
''',
        ("ops", "tf", "Any", "Sequence", "Tensor", "weighed", "added"),
    ),
    "carried": Helper(
        '''
@contextmanager
def carried(states: Batch) -> Iterator[dict[str, Tensor]]:
    """Recurrent layers begin with these states, `call.state` in the order in which they are called; at first, none.

    What it gives is filled, when it ends, with the states at which they end, without gradient.
    """
    ends: dict[str, Tensor] = {}
    Recurrent.before, Recurrent.after = states, []
    try:
        yield ends
        for number, each in enumerate(Recurrent.after):
            ends.update({f"{number}.{place}": tf.stop_gradient(state) for place, state in enumerate(each)})
    finally:
        Recurrent.before, Recurrent.after = {}, None
''',
        ("contextmanager", "tf", "Iterator", "Tensor"),
    ),
}
"""In an order in which none needs a later one."""

_PLAIN = RECURRENT["Recurrent"]

CARRYING = Helper(
    _PLAIN.source.replace(
        """    def __init__(self, *directions""",
        """    before: Mapping[str, Tensor] = {}
    after: list[list[Tensor]] | None = None

    def __init__(self, *directions""",
    )
    .replace(
        """        starts = [""",
        """        number = len(Recurrent.after or ())
        states = [state for name, state in Recurrent.before.items() if name.startswith(f"{number}.")] or states
        starts = [""",
    )
    .replace(
        """        return [y if there""",
        """        if Recurrent.after is not None:
            Recurrent.after.append(ends)
        return [y if there""",
    ),
    (*_PLAIN.uses, "Mapping"),
)
"""`Recurrent`, whose states `carried` takes from chunk to chunk."""
