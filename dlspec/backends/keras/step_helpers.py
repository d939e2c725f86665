"""Functions that the generated steps call, as text; each is emitted where it is used."""

from __future__ import annotations

from collections.abc import Mapping

from dlspec.backends.python.helper import Helper

HELPERS: Mapping[str, Helper] = {
    "Graph": Helper(
        '''
class Graph:
    """A function of batches as a TensorFlow graph: one for batches of every size, so that none is traced again."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = tf.function(function, autograph=False, jit_compile=False)
        self.known: set[tuple[tuple[str, ...], ...]] = set()

    def __call__(self, *batches: Batch) -> Any:
        names = tuple(map(tuple, batches))
        if names not in self.known:
            self.function.get_concrete_function(
                *({name: tf.TensorSpec((None, *x.shape[1:]), x.dtype) for name, x in each.items()} for each in batches)
            )
            self.known.add(names)
        return self.function(*batches)
''',
        ("tf", "Any", "Callable"),
    ),
    "compiled": Helper(
        '''
@lru_cache(maxsize=16)
def compiled(function: Callable[..., Any], *owners: Any, **settings: Any) -> Graph:
    """The function with its first arguments, models and optimizers, and some settings, as a graph."""
    return Graph(partial(function, *owners, **settings))
''',
        ("lru_cache", "partial", "Any", "Callable", "Graph"),
    ),
    "gradients_of": Helper(
        '''
def gradients_of(tape: tf.GradientTape, total: Tensor, weights: Sequence[keras.Variable]) -> list[Tensor | None]:
    """The gradient of each weight, None where nothing depends on it; the rows of an embedding are added up."""
    gradients = tape.gradient(total, weights)
    return [None if gradient is None else tf.convert_to_tensor(gradient) for gradient in gradients]
''',
        ("tf", "keras", "Sequence", "Tensor"),
    ),
    "clip_value": Helper(
        '''
def clip_value(gradients: Sequence[Tensor | None], limit: float) -> list[Tensor | None]:
    """Each component between -limit and limit."""
    return [None if gradient is None else ops.clip(gradient, -limit, limit) for gradient in gradients]
''',
        ("ops", "Sequence", "Tensor"),
    ),
    "clip_norm": Helper(
        '''
def clip_norm(gradients: Sequence[Tensor | None], limit: float) -> list[Tensor | None]:
    """All gradients together, scaled down to this norm."""
    norm = ops.sqrt(sum(ops.sum(ops.square(gradient)) for gradient in gradients if gradient is not None))
    scale = ops.minimum(limit / norm, 1)
    return [None if gradient is None else gradient * scale for gradient in gradients]
''',
        ("ops", "Sequence", "Tensor"),
    ),
    "resting": Helper(
        '''
def resting(model: Callable[..., Any]) -> Callable[..., Any]:
    """A model that no step updates: always in inference mode."""

    def called(*inputs: Tensor, training: bool = False, **given: Any) -> Any:
        return model(*inputs, training=False, **given)

    return called
''',
        ("Any", "Callable", "Tensor"),
    ),
    "statistics_kept": Helper(
        '''
@contextmanager
def statistics_kept(*models: keras.Layer) -> Iterator[None]:
    """Puts running statistics back at the end: those of a model move only in its own step."""
    variables = [each for model in models for each in model.non_trainable_variables if "float" in each.dtype]
    kept = [tf.identity(each.value) for each in variables]
    yield
    for variable, value in zip(variables, kept, strict=True):
        variable.assign(value)
''',
        ("contextmanager", "tf", "keras", "Iterator"),
    ),
}
"""In an order in which none needs a later one."""
