"""Helpers of generated code for tensors and images."""

from __future__ import annotations

from dlspec.backends.python.helper import Helper

IMAGES: dict[str, Helper] = {
    "pad_edges": Helper(
        '''
def pad_edges(x: Tensor, amounts: Sequence[tuple[int, int]], mode: str) -> Tensor:
    """Continues a tensor of any type beyond its edges, by (before, after) for each dimension."""
    for axis, (before, after) in enumerate(amounts):
        if before or after:
            size = ops.shape(x)[axis]
            places = ops.arange(-before, size + after, dtype="int32")
            if mode == "reflect":
                places = size - 1 - ops.abs(size - 1 - ops.abs(places))
            elif mode == "replicate":
                places = ops.clip(places, 0, size - 1)
            else:
                places = places % size
            x = ops.take(x, places, axis=axis)
    return x
''',
        ("ops", "Sequence", "Tensor"),
    ),
    "resize_nearest": Helper(
        '''
def resize_nearest(x: Tensor, sizes: Sequence[Any]) -> Tensor:
    """Takes place floor(i n / size) of each dimension between batch and channels."""
    for axis, size in enumerate(sizes, start=1):
        x = ops.take(x, ops.arange(size, dtype="int32") * ops.shape(x)[axis] // size, axis=axis)
    return x
''',
        ("Any", "ops", "Sequence", "Tensor"),
    ),
    "resize": Helper(
        '''
def resize(x: Tensor, sizes: Sequence[Any], *, cubic: bool = False) -> Tensor:
    """Interpolates the dimensions between batch and channels, with centres half a pixel from the edges.

    Linear, or by the cubic of Keys with a = -0.75.
    """
    for axis, size in enumerate(sizes, start=1):
        count = ops.shape(x)[axis]
        scale = ops.cast(count, x.dtype) / ops.cast(size, x.dtype)
        centre = (ops.cast(ops.arange(size, dtype="int32"), x.dtype) + 0.5) * scale - 0.5
        centre = centre if cubic else ops.maximum(centre, 0.0)
        first = ops.floor(centre)
        share = ops.expand_dims(centre - first, 1)
        matrix = 0.0
        for step in (-1, 0, 1, 2) if cubic else (0, 1):
            place = ops.clip(ops.cast(first, "int32") + step, 0, count - 1)
            there = ops.cast(ops.equal(ops.expand_dims(place, 1), ops.arange(count, dtype="int32")), x.dtype)
            matrix = matrix + there * (keys(share - step) if cubic else 1 - ops.abs(share - step))
        x = ops.moveaxis(ops.matmul(ops.moveaxis(x, axis, -1), ops.transpose(matrix)), -1, axis)
    return x
''',
        ("Any", "ops", "keys", "Sequence", "Tensor"),
    ),
    "keys": Helper(
        '''
def keys(offset: Tensor, a: float = -0.75) -> Tensor:
    """The weight of a pixel that lies so far off, up to 2."""
    d = ops.abs(offset)
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    return ops.where(d <= 1, near, (((d - 5) * d + 8) * d - 4) * a)
''',
        ("ops", "Tensor"),
    ),
    "pixel_shuffle": Helper(
        '''
def pixel_shuffle(x: Tensor, factor: int) -> Tensor:
    """Channels become places: `[N, h, w, c * factor ** 2]` -> `[N, h * factor, w * factor, c]`."""
    count, height, width, channels = ops.shape(x)
    apart = ops.reshape(x, (count, height, width, channels // factor**2, factor, factor))
    y = ops.transpose(apart, (0, 1, 4, 2, 5, 3))
    return ops.reshape(y, (count, height * factor, width * factor, channels // factor**2))
''',
        ("ops", "Tensor"),
    ),
    "pixel_unshuffle": Helper(
        '''
def pixel_unshuffle(x: Tensor, factor: int) -> Tensor:
    """Places become channels: `[N, h * factor, w * factor, c]` -> `[N, h, w, c * factor ** 2]`."""
    count, height, width, channels = ops.shape(x)
    apart = ops.reshape(x, (count, height // factor, factor, width // factor, factor, channels))
    y = ops.transpose(apart, (0, 1, 3, 5, 2, 4))
    return ops.reshape(y, (count, height // factor, width // factor, channels * factor**2))
''',
        ("ops", "Tensor"),
    ),
    "channel_shuffle": Helper(
        '''
def channel_shuffle(x: Tensor, groups: int) -> Tensor:
    """Groups of channels and the channels in them exchanged."""
    *places, channels = ops.shape(x)
    apart = ops.reshape(x, (*places, groups, channels // groups))
    return ops.reshape(ops.swapaxes(apart, -1, -2), (*places, channels))
''',
        ("ops", "Tensor"),
    ),
    "unfold": Helper(
        '''
def unfold(
    x: Tensor,
    kernel: Sequence[int],
    *,
    strides: Sequence[int] | None = None,
    dilation: Sequence[int] | None = None,
) -> Tensor:
    """The windows of `[N, *n, C]` as columns: `[N, C * k, L]`."""
    ones = [1] * len(kernel)
    steps, rates = strides or ones, dilation or ones
    count, *places, channels = ops.shape(x)
    fits = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(places, kernel, steps, rates, strict=True)]
    parts = []
    for offsets in np.ndindex(*kernel):
        starts = [o * d for o, d in zip(offsets, rates, strict=True)]
        cuts = (slice(o, o + (m - 1) * s + 1, s) for o, m, s in zip(starts, fits, steps, strict=True))
        parts.append(x[(slice(None), *cuts)])
    columns = ops.reshape(ops.stack(parts, axis=-1), (count, math.prod(fits), channels * len(parts)))
    return ops.swapaxes(columns, 1, 2)
''',
        ("math", "np", "ops", "Sequence", "Tensor"),
    ),
}
"""Images, with the channels last."""

TENSORS: dict[str, Helper] = {
    "layer_norm": Helper(
        '''
def layer_norm(x: Tensor, axes: Sequence[int], epsilon: float = 1e-5) -> Tensor:
    """Mean 0 and variance 1 over these dimensions."""
    mean, variance = ops.moments(x, axes=tuple(axes), keepdims=True)
    return (x - mean) * ops.rsqrt(variance + epsilon)
''',
        ("ops", "Sequence", "Tensor"),
    ),
    "rms_norm": Helper(
        '''
def rms_norm(x: Tensor, axes: Sequence[int], epsilon: float = 1e-5) -> Tensor:
    """Mean square 1 over these dimensions."""
    return x * ops.rsqrt(ops.mean(ops.square(x), axis=tuple(axes), keepdims=True) + epsilon)
''',
        ("ops", "Sequence", "Tensor"),
    ),
    "local_response_norm": Helper(
        '''
def local_response_norm(x: Tensor, size: int, *, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """Divides by what the channels near show; they are last."""
    channels = ops.shape(x)[-1]
    squares = ops.pad(ops.square(x), (*[(0, 0)] * (len(x.shape) - 1), (size // 2, (size - 1) // 2)))
    near = sum(squares[..., start : start + channels] for start in range(size))
    return x / (k + alpha / size * near) ** beta
''',
        ("ops", "Tensor"),
    ),
    "l2_normalize": Helper(
        '''
def l2_normalize(x: Tensor, axis: int = -1) -> Tensor:
    """Length 1; what is shorter than 1e-12 is divided by that."""
    return x * ops.rsqrt(ops.maximum(ops.sum(ops.square(x), axis=axis, keepdims=True), 1e-24))
''',
        ("ops", "Tensor"),
    ),
    "prelu": Helper(
        '''
def prelu(x: Tensor, slope: Tensor) -> Tensor:
    """Negative numbers times the slope of their channel, which is last."""
    return ops.where(x > 0, x, slope * x)
''',
        ("ops", "Tensor"),
    ),
    "gumbel_softmax": Helper(
        '''
def gumbel_softmax(x: Tensor, generator: Any, *, temperature: float = 1.0, hard: bool = False) -> Tensor:
    """A softmax of noisy logits; `hard` gives ones and zeros with the gradient of the soft one."""
    drawn = keras.random.uniform(ops.shape(x), dtype=x.dtype, seed=generator)
    tiny = keras.config.epsilon() ** 2
    noisy = (x - ops.log(-ops.log(ops.clip(drawn, tiny, 1 - keras.config.epsilon())))) / temperature
    soft = ops.exp(ops.log_softmax(noisy))
    if not hard:
        return soft
    chosen = ops.one_hot(ops.argmax(soft, axis=-1), x.shape[-1], dtype=x.dtype)
    return ops.stop_gradient(chosen - soft) + soft
''',
        ("Any", "keras", "ops", "Tensor"),
    ),
    "gelu": Helper(
        '''
def gelu(x: Tensor) -> Tensor:
    """x times the normal distribution at x; the root of 2 in Keras's own is rounded to single precision."""
    return 0.5 * x * (1 + ops.erf(x * 0.5**0.5))
''',
        ("ops", "Tensor"),
    ),
    "glu": Helper(
        '''
def glu(x: Tensor, axis: int = -1) -> Tensor:
    """The first half of a dimension, gated by the sigmoid of the second."""
    value, gate = ops.split(x, 2, axis=axis)
    return value * ops.sigmoid(gate)
''',
        ("ops", "Tensor"),
    ),
    "swiglu": Helper(
        '''
def swiglu(x: Tensor, axis: int = -1) -> Tensor:
    """The second half of a dimension, gated by silu of the first."""
    gate, value = ops.split(x, 2, axis=axis)
    return ops.silu(gate) * value
''',
        ("ops", "Tensor"),
    ),
    "geglu": Helper(
        '''
def geglu(x: Tensor, axis: int = -1) -> Tensor:
    """The second half of a dimension, gated by gelu of the first."""
    gate, value = ops.split(x, 2, axis=axis)
    return gelu(gate) * value
''',
        ("ops", "gelu", "Tensor"),
    ),
    "plain_zeros": Helper(
        '''
def plain_zeros(x: Tensor) -> Tensor:
    """The tensor with 0 in place of -0, which Keras takes for less when it looks for the largest."""
    return ops.where(ops.equal(x, 0), ops.zeros_like(x), x)
''',
        ("ops", "Tensor"),
    ),
    "top_k": Helper(
        '''
def top_k(x: Tensor, k: int, axis: int = -1) -> tuple[Tensor, Tensor]:
    """The k largest along a dimension, and where they are."""
    values, places = ops.top_k(ops.moveaxis(x, axis, -1), k)
    return ops.moveaxis(values, -1, axis), ops.cast(ops.moveaxis(places, -1, axis), "int64")
''',
        ("ops", "Tensor"),
    ),
    "depthwise_weight": Helper(
        '''
def depthwise_weight(kernel: Tensor) -> Tensor:
    """The kernel of a depthwise convolution with the outputs first."""
    return ops.moveaxis(ops.reshape(kernel, (*kernel.shape[:-2], 1, -1)), (-1, -2), (0, 1))
''',
        ("ops", "Tensor"),
    ),
    "gates_weight": Helper(
        '''
def gates_weight(kernel: Tensor) -> Tensor:
    """The kernel of a GRU with the outputs first and the gates in the order r, z, n."""
    z, r, n = ops.split(kernel, 3, axis=-1)
    return ops.transpose(ops.concatenate([r, z, n], axis=-1))
''',
        ("ops", "Tensor"),
    ),
    "gates_bias": Helper(
        '''
def gates_bias(bias: Tensor, row: int) -> Tensor:
    """One of the two biases of a GRU, with the gates in the order r, z, n."""
    z, r, n = ops.split(bias[row], 3)
    return ops.concatenate([r, z, n], axis=0)
''',
        ("ops", "Tensor"),
    ),
    "take_each": Helper(
        '''
def take_each(x: Tensor, index: Tensor, axis: int = 1) -> Tensor:
    """For each example the places of a dimension that its own numbers choose."""
    moved = ops.moveaxis(x, axis, 1)
    count, size, *rest = ops.shape(moved)
    new = len(index.shape) - 1
    index = ops.cast(index, "int32")
    example = ops.reshape(ops.arange(count, dtype="int32"), (count, *[1] * new)) * size
    taken = ops.take(ops.reshape(moved, (count * size, *rest)), index + example, axis=0)
    return ops.moveaxis(taken, tuple(range(1, 1 + new)), tuple(range(axis, axis + new)))
''',
        ("ops", "Tensor"),
    ),
    "cosine_similarity": Helper(
        '''
def cosine_similarity(left: Tensor, right: Tensor, axis: int = -1) -> Tensor:
    """The cosine of the angle between two vectors; lengths under 1e-8 count as 1e-8."""
    left, right = left + ops.zeros_like(right), right + ops.zeros_like(left)
    squares = (ops.maximum(ops.sum(ops.square(x), axis=axis), 1e-16) for x in (left, right))
    return ops.sum(left * right, axis=axis) * math.prod(map(ops.rsqrt, squares))
''',
        ("math", "ops", "Tensor"),
    ),
    "vector_norm": Helper(
        '''
def vector_norm(x: Tensor, p: float, *, axis: Any, keepdims: bool = False) -> Tensor:
    """The p-norm."""
    return root(ops.sum(ops.abs(x) ** p, axis=axis, keepdims=keepdims), p)
''',
        ("Any", "ops", "root", "Tensor"),
    ),
    "root": Helper(
        '''
def root(x: Tensor, p: float = 2.0) -> Tensor:
    """The root of what is not negative, with the gradient 0 at 0."""
    some = x > 0
    return ops.where(some, ops.where(some, x, 1.0) ** (1 / p), 0.0)
''',
        ("ops", "Tensor"),
    ),
    "random_normal": Helper(
        '''
def random_normal(
    draws: Mapping[str, Tensor] | None,
    name: str,
    generator: Any,
    shape: Sequence[int],
    *,
    mean: float = 0.0,
    std: float = 1.0,
) -> Tensor:
    """The draw of that name where there is one, else normal numbers."""
    if draws is not None and name in draws:
        return ops.convert_to_tensor(draws[name], dtype=keras.config.floatx())
    return keras.random.normal(tuple(shape), mean, std, dtype=keras.config.floatx(), seed=generator)
''',
        ("Any", "keras", "ops", "Tensor", "Mapping", "Sequence"),
    ),
    "random_uniform": Helper(
        '''
def random_uniform(
    draws: Mapping[str, Tensor] | None,
    name: str,
    generator: Any,
    shape: Sequence[int],
    *,
    low: float = 0.0,
    high: float = 1.0,
) -> Tensor:
    """The draw of that name where there is one, else uniform numbers."""
    if draws is not None and name in draws:
        return ops.convert_to_tensor(draws[name], dtype=keras.config.floatx())
    return keras.random.uniform(tuple(shape), low, high, dtype=keras.config.floatx(), seed=generator)
''',
        ("Any", "keras", "ops", "Tensor", "Mapping", "Sequence"),
    ),
    "draws_within": Helper(
        '''
def draws_within(draws: Mapping[str, Tensor] | None, prefix: str) -> dict[str, Tensor] | None:
    """The draws of one part, whose names begin with its own."""
    if draws is None:
        return None
    return {name.removeprefix(prefix): value for name, value in draws.items() if name.startswith(prefix)}
''',
        ("Tensor", "Mapping"),
    ),
}
"""Tensors of any kind."""
