"""Small functions and classes that generated code needs now and then, as text; each is emitted where it is used."""

from __future__ import annotations

from dlspec.backends.keras.conv_helpers import CONVOLUTIONS
from dlspec.backends.keras.sequence_helpers import ATTENTION, RECURRENT
from dlspec.backends.keras.tensor_helpers import IMAGES, TENSORS
from dlspec.backends.keras.weight_helpers import WEIGHTS
from dlspec.backends.python.helper import Helper
from dlspec.backends.python.prelude import STANDARD

HELPERS: dict[str, Helper] = {
    "Tensor": Helper(
        """
Tensor = Any  # of the engine that Keras runs on
""",
        ("Any",),
    ),
    "built": Helper(
        '''
def built(layer: Any, features: int, rank: int = 0) -> Any:
    """The layer with its variables, for so many features behind `rank` places.

    A kernel and its bias begin uniform, up to 1 / sqrt(fan_in).
    """
    layer.build((None, *[None] * getattr(layer, "rank", rank), features))
    if hasattr(layer, "kernel"):
        kind = (layers.DepthwiseConv1D, layers.DepthwiseConv2D)
        shape = layer.kernel.shape[: -2 if isinstance(layer, kind) else -1]
        fill(layer.kernel, uniform(shape))
        if layer.bias is not None:
            fill(layer.bias, uniform(shape))
    return layer
''',
        ("Any", "layers", "fill", "uniform"),
    ),
    "Bilinear": Helper(
        '''
class Bilinear(layers.Layer):
    """A product of two inputs, with a matrix for each output."""

    def __init__(self, left: int, right: int, size: int, *, use_bias: bool = True) -> None:
        super().__init__()
        start = uniform((left,))
        self.weight = self.add_weight((size, left, right), initializer=start, name="weight")
        self.bias = self.add_weight((size,), initializer=uniform((left,)), name="bias") if use_bias else None
        self.built = True

    def call(self, left: Tensor, right: Tensor) -> Tensor:
        y = ops.einsum("...i,kij,...j->...k", left, self.weight, right)
        return y if self.bias is None else y + self.bias
''',
        ("layers", "ops", "uniform", "Tensor"),
    ),
    "PaddedEmbedding": Helper(
        '''
class PaddedEmbedding(layers.Embedding):
    """An embedding with a row that begins as zeros and gets no gradient."""

    def __init__(self, count: int, size: int, padding_index: int, **options: Any) -> None:
        super().__init__(count, size, **options)
        self.padding_index = padding_index

    def build(self, input_shape: Any = None) -> None:
        super().build(input_shape)
        row = np.arange(self.input_dim)[:, None] == self.padding_index
        self.embeddings.assign(ops.where(row, 0.0, self.embeddings))

    def call(self, x: Tensor) -> Tensor:
        y = super().call(x)
        return ops.where(ops.expand_dims(ops.equal(x, self.padding_index), -1), ops.stop_gradient(y), y)
''',
        ("Any", "layers", "np", "ops", "Tensor"),
    ),
    "BatchNorm": Helper(
        '''
class BatchNorm(layers.BatchNormalization):
    """Batch normalisation of the last dimension, which keeps the unbiased variance of a batch."""

    def __init__(self, momentum: float = 0.9, epsilon: float = 1e-5, **options: Any) -> None:
        super().__init__(momentum=momentum, epsilon=epsilon, **options)

    def call(self, x: Tensor, training: bool | None = None) -> Tensor:
        if not training or not self.trainable:
            return super().call(x, training=False)
        kept = self.momentum * self.moving_variance
        y = super().call(x, training=True)
        count = math.prod(ops.shape(x)[:-1])
        factor = ops.cast(count / ops.maximum(count - 1, 1), kept.dtype)
        self.moving_variance.assign(kept + (self.moving_variance - kept) * factor)
        return y
''',
        ("Any", "layers", "math", "ops", "Tensor"),
    ),
    "LayerNorm": Helper(
        '''
class LayerNorm(layers.Layer):
    """Layer normalisation over dimensions counted from the end."""

    def __init__(
        self,
        axes: Sequence[int],
        sizes: Sequence[int],
        *,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
    ) -> None:
        super().__init__()
        self.axes, self.epsilon = tuple(axes), epsilon
        places = dict(zip(axes, sizes, strict=True))
        self.spread = tuple(places.get(axis, 1) for axis in range(min(axes), 0))
        self.gamma = self.add_weight(tuple(sizes), initializer="ones", name="gamma") if scale else None
        self.beta = self.add_weight(tuple(sizes), initializer="zeros", name="beta") if center else None
        self.built = True

    def call(self, x: Tensor) -> Tensor:
        y = layer_norm(x, self.axes, self.epsilon)
        if self.gamma is not None:
            y = y * ops.reshape(self.gamma, self.spread)
        return y if self.beta is None else y + ops.reshape(self.beta, self.spread)
''',
        ("layers", "ops", "layer_norm", "Sequence", "Tensor"),
    ),
    "GaussianNoise": Helper(
        '''
class GaussianNoise(layers.Layer):
    """Adds normal noise while training."""

    def __init__(self, std: float) -> None:
        super().__init__()
        self.std = std
        self.generator = keras.random.SeedGenerator()
        self.built = True

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        if not training:
            return x
        return x + keras.random.normal(ops.shape(x), stddev=self.std, dtype=x.dtype, seed=self.generator)
''',
        ("keras", "layers", "ops", "Tensor"),
    ),
    "gradient_reversal": Helper(
        '''
def gradient_reversal(x: Tensor, scale: float) -> Tensor:
    """The identity, whose gradient is multiplied by minus `scale`: what is added to the fixed numbers is 0."""
    fixed = ops.stop_gradient(x)
    return fixed + scale * (fixed - x)
''',
        ("ops", "Tensor"),
    ),
    "parts": Helper(
        '''
def parts(layer: Any) -> dict[str, Any]:
    """The layers, weights and lists of layers that a layer has as attributes."""
    held = {**vars(layer), **vars(layer).get("_modules", {})}
    kinds = layers.Layer | keras.Variable | list
    return {name: each for name, each in held.items() if not name.startswith("_") and isinstance(each, kinds)}
''',
        ("Any", "keras", "layers"),
    ),
    "share_layers": Helper(
        '''
def share_layers(part: Any, owner: Any) -> Callable[..., Any]:
    """Gives a layer the layers and weights of another of the same names, and returns its call: what calls it does not
    own it."""
    for name, child in parts(owner).items():
        kind = type(child)
        if kind.__base__ in (layers.Layer, keras.Model) and not kind.__module__.startswith("keras."):
            share_layers(getattr(part, name), child)
        else:
            delattr(part, name)
            setattr(part, name, child)
    return part.__call__
''',
        ("Any", "Callable", "keras", "layers", "parts"),
    ),
    **CONVOLUTIONS,
    **ATTENTION,
    **WEIGHTS,
    **RECURRENT,
    **IMAGES,
    **TENSORS,
    "fill": Helper(
        '''
def fill(variable: keras.Variable, start: Any) -> None:
    """Gives a variable new initial values."""
    variable.assign(start(variable.shape, dtype=variable.dtype))
''',
        ("Any", "keras"),
    ),
    "outputs_first": Helper(
        '''
def outputs_first(start: Any) -> Any:
    """Initial values of a variable laid out [out, in, *kernel], by an initializer of kernels [*kernel, in, out]."""

    def fill(shape: Sequence[int], dtype: Any = None) -> Any:
        out, into, *kernel = shape
        drawn = start((*kernel, into, out), dtype=dtype)
        return ops.moveaxis(drawn, (-1, -2), (0, 1))

    return fill
''',
        ("Any", "Sequence", "ops"),
    ),
    "depthwise_start": Helper(
        '''
def depthwise_start(start: Any) -> Any:
    """Initial values of a depthwise kernel, each of whose outputs has one input."""

    def fill(shape: Sequence[int], dtype: Any = None) -> Any:
        *kernel, channels, multiplier = shape
        return ops.reshape(start((*kernel, 1, channels * multiplier), dtype=dtype), shape)

    return fill
''',
        ("Any", "Sequence", "ops"),
    ),
    "uniform": Helper(
        '''
def uniform(fan: Sequence[int]) -> Any:
    """Uniform initial values, up to 1 / sqrt(fan_in), where fan_in is the product of these sizes."""
    bound = 1 / math.sqrt(math.prod(fan))
    return initializers.RandomUniform(-bound, bound)
''',
        ("Any", "Sequence", "initializers", "math"),
    ),
}

PACKAGES: dict[str, tuple[str, str]] = {
    "np": ("", "import numpy as np"),
    "keras": ("", "import keras"),
    "initializers": ("keras", "initializers"),
    "layers": ("keras", "layers"),
    "ops": ("keras", "ops"),
}
"""Global name -> where it comes from: a module and a name in it, or a whole line."""

IMPORTS = {**STANDARD, **PACKAGES}
