"""Helpers of generated code for attention, places and recurrent layers."""

from __future__ import annotations

from dlspec.backends.python.helper import Helper


def _attention(name: str, about: str, turn: str = "") -> Helper:
    """The layer; `turn` is the function that tells queries and keys their places."""
    begin, end = (f"{turn}(", ")") if turn else ("", "")
    return Helper(
        f'''
class {name}(layers.Layer):
    """{about}"""

    def __init__(
        self,
        size: int,
        heads: int,
        *,
        key_size: int | None = None,
        value_size: int | None = None,
        kv_heads: int | None = None,
        use_bias: bool = True,
        causal: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.heads, self.kv_heads = heads, kv_heads or heads
        self.causal = causal
        self.dropout = layers.Dropout(dropout)
        self.width = size // heads
        shared = self.width * self.kv_heads
        self.query = layers.Dense(size, use_bias=use_bias)
        self.key = layers.Dense(shared, use_bias=use_bias)
        self.value = layers.Dense(shared, use_bias=use_bias)
        self.output_layer = layers.Dense(size, use_bias=use_bias)
        self.query.build((None, None, size))
        self.key.build((None, None, key_size or size))
        self.value.build((None, None, value_size or size))
        self.output_layer.build((None, None, size))
        self.built = True

    def call(self, query: Tensor, key: Tensor, value: Tensor, pairs: Tensor | None = None) -> Tensor:
        q = {begin}self.split_heads(self.query(query), self.heads){end}
        k = {begin}self.split_heads(self.key(key), self.kv_heads){end}
        v = self.split_heads(self.value(value), self.kv_heads)
        if self.kv_heads < self.heads:
            k, v = (ops.repeat(each, self.heads // self.kv_heads, axis=1) for each in (k, v))
        y = ops.swapaxes(attend(q, k, v, pairs, causal=self.causal, dropout=self.dropout), 1, 2)
        return self.output_layer(ops.reshape(y, (*ops.shape(query)[:2], self.heads * self.width)))

    def split_heads(self, x: Tensor, heads: int) -> Tensor:
        """`[N, time, features]` -> `[N, heads, time, width]`."""
        return ops.swapaxes(ops.reshape(x, (*ops.shape(x)[:2], heads, self.width)), 1, 2)
''',
        ("layers", "ops", "Tensor", "attend", *([turn] if turn else [])),
    )


ATTENTION: dict[str, Helper] = {
    "Attention": _attention("Attention", "Multi-head attention between learned projections."),
    "RotaryAttention": _attention(
        "RotaryAttention",
        "Multi-head attention between learned projections, whose queries and keys are turned by their places.",
        "rotary_positions",
    ),
    "AdditiveAttention": Helper(
        '''
class AdditiveAttention(layers.Layer):
    """Attention by a small network. A mask `[N, keys]` or `[N, queries, keys]` is true where it attends, or is added.

    A query with nothing to attend to gets zeros.
    """

    def __init__(self, query_size: int, key_size: int, size: int) -> None:
        super().__init__()
        self.query = built(layers.Dense(size, use_bias=False), query_size, 1)
        self.key = built(layers.Dense(size, use_bias=False), key_size, 1)
        self.score = built(layers.Dense(1, use_bias=False), size, 2)
        self.built = True

    def call(self, query: Tensor, key: Tensor, value: Tensor, pairs: Tensor | None = None) -> Tensor:
        hidden = ops.tanh(ops.expand_dims(self.query(query), 2) + ops.expand_dims(self.key(key), 1))
        return ops.matmul(attention_weights(ops.squeeze(self.score(hidden), -1), pairs), value)
''',
        ("layers", "ops", "Tensor", "built", "attention_weights"),
    ),
    "attend": Helper(
        '''
def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    pairs: Tensor | None = None,
    *,
    causal: bool = False,
    dropout: Any = None,
) -> Tensor:
    """Scaled dot-product attention. A mask `[N, keys]` or `[N, queries, keys]` is true where it attends, or is added.

    A query with nothing to attend to gets zeros.
    """
    width = ops.cast(ops.shape(query)[-1], query.dtype)
    scores = ops.matmul(query, ops.swapaxes(key, -1, -2)) / ops.sqrt(width)
    weights = attention_weights(scores, pairs, causal=causal)
    return ops.matmul(weights if dropout is None else dropout(weights), value)
''',
        ("Any", "ops", "Tensor", "attention_weights"),
    ),
    "attention_weights": Helper(
        '''
def attention_weights(scores: Tensor, pairs: Tensor | None = None, *, causal: bool = False) -> Tensor:
    """The softmax of scores `[N, ..., queries, keys]` over what may be attended to; where that is nothing, zeros."""
    allowed = None
    if pairs is not None:
        if len(pairs.shape) == 2:
            pairs = ops.expand_dims(pairs, 1)
        for _ in range(len(scores.shape) - 3):
            pairs = ops.expand_dims(pairs, 1)
        added = keras.backend.is_float_dtype(pairs.dtype)
        allowed = pairs > float("-inf") if added else pairs
        scores = scores + ops.where(allowed, pairs, 0.0) if added else scores
    if causal:
        queries, keys = ops.shape(scores)[-2:]
        before = ops.expand_dims(ops.arange(queries, dtype="int32"), 1) >= ops.arange(keys, dtype="int32")
        allowed = before if allowed is None else allowed & before
    if allowed is None:
        return ops.softmax(scores)
    return ops.softmax(ops.where(allowed, scores, -1e30)) * ops.cast(allowed, scores.dtype)
''',
        ("keras", "ops", "Tensor"),
    ),
    "rotary_positions": Helper(
        '''
def rotary_positions(x: Tensor, base: float = 10000.0) -> Tensor:
    """Turns each pair of neighbouring features by an angle that grows with the place, `[..., time, features]`."""
    angles = place_angles(x, base)
    sine, cosine = ops.cast(ops.sin(angles), x.dtype), ops.cast(ops.cos(angles), x.dtype)
    first, second = x[..., 0::2], x[..., 1::2]
    turned = ops.stack([first * cosine - second * sine, second * cosine + first * sine], axis=-1)
    return ops.reshape(turned, ops.shape(x))
''',
        ("ops", "Tensor", "place_angles"),
    ),
    "sinusoidal_positions": Helper(
        '''
def sinusoidal_positions(x: Tensor, base: float = 10000.0) -> Tensor:
    """Adds sines (even features) and cosines of each place, `[..., time, features]`."""
    angles = place_angles(x, base)
    waves = ops.stack([ops.sin(angles), ops.cos(angles)], axis=-1)
    time, pairs = ops.shape(angles)
    return x + ops.cast(ops.reshape(waves, (time, 2 * pairs))[:, : x.shape[-1]], x.dtype)
''',
        ("ops", "Tensor", "place_angles"),
    ),
    "place_angles": Helper(
        '''
def place_angles(x: Tensor, base: float) -> Tensor:
    """The angle of each place for each pair of features, in double precision: rounding late places would show."""
    size = x.shape[-1]
    rates = base ** (-np.arange(0, size, 2) / size)
    return ops.expand_dims(ops.arange(ops.shape(x)[-2], dtype="float64"), 1) * rates
''',
        ("np", "ops", "Tensor"),
    ),
}
"""Attention and places."""

RECURRENT: dict[str, Helper] = {
    "Recurrent": Helper(
        '''
class Recurrent(layers.Layer):
    """A recurrent layer in one direction or two: the sequence and the final states.

    These, like the ones given, are `[N, directions * size]`. Steps that the mask leaves out keep the state and give
    zeros.
    """

    def __init__(self, *directions: layers.Layer) -> None:
        super().__init__()
        self.directions = list(directions)
        self.built = True

    def call(self, x: Tensor, *states: Tensor, there: Tensor | None = None) -> list[Tensor]:
        starts = [ops.split(state, len(self.directions), axis=-1) for state in states]
        found = []
        for number, layer in enumerate(self.directions):
            y, *ends = layer(x, initial_state=[start[number] for start in starts] or None, mask=there)
            found.append([ops.flip(y, axis=1) if layer.go_backwards else y, *ends])
        y, *ends = (ops.concatenate(parts, axis=-1) for parts in zip(*found, strict=True))
        return [y if there is None else y * ops.cast(ops.expand_dims(there, -1), y.dtype), *ends]
''',
        ("layers", "ops", "Tensor"),
    ),
    "ConvLstmCell": Helper(
        '''
class ConvLstmCell(layers.Layer):
    """A step of a convolutional LSTM with the channels last; gates are in the order i, f, g, o.

    One channel more of the input is the mask: where it is 0, the step keeps the state and gives zeros.
    """

    def __init__(self, features: int, channels: int, kernel_size: Sequence[int], *, use_bias: bool = True) -> None:
        super().__init__()
        self.features, self.state_size = features, (channels, channels)
        gates = 4 * channels
        self.kernel = self.add_weight((*kernel_size, features, gates), initializer="glorot_uniform", name="kernel")
        self.recurrent_kernel = self.add_weight(
            (*kernel_size, channels, gates), initializer="orthogonal", name="recurrent_kernel"
        )
        self.bias = self.add_weight((gates,), initializer="zeros", name="bias") if use_bias else None
        self.built = True

    def call(self, x: Tensor, states: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        h, c = states
        x, there = x[..., : self.features], x[..., self.features :] > 0
        options = {"padding": "same", "data_format": "channels_last"}
        total = ops.conv(x, self.kernel, **options) + ops.conv(h, self.recurrent_kernel, **options)
        if self.bias is not None:
            total = total + self.bias
        i, f, g, o = ops.split(total, 4, axis=-1)
        new_c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        new_h = ops.sigmoid(o) * ops.tanh(new_c)
        if there.shape[-1] == 0:
            return new_h, [new_h, new_c]
        return ops.where(there, new_h, 0.0), [ops.where(there, new_h, h), ops.where(there, new_c, c)]
''',
        ("layers", "ops", "Sequence", "Tensor"),
    ),
    "ConvLstm": Helper(
        '''
class ConvLstm(Recurrent):
    """A convolutional LSTM; the sequence `[N, time, channels, *places]` and states have their channels first."""

    def call(self, x: Tensor, *states: Tensor, there: Tensor | None = None) -> list[Tensor]:
        x = ops.moveaxis(x, 2, -1)
        if states:
            starts = [ops.moveaxis(state, 1, -1) for state in states]
        else:
            count, _, *places, _ = ops.shape(x)
            size = sum(each.cell.state_size[0] for each in self.directions)
            starts = [ops.zeros((count, *places, size), x.dtype)] * 2
        if there is not None:
            steps = ops.expand_dims(ops.cast(there, x.dtype), list(range(2, len(x.shape))))
            x = ops.concatenate([x, ops.zeros_like(x[..., :1]) + steps], axis=-1)
        y, *ends = super().call(x, *starts)
        return [ops.moveaxis(y, -1, 2), *(ops.moveaxis(end, -1, 1) for end in ends)]
''',
        ("ops", "Recurrent", "Tensor"),
    ),
}
"""Recurrent layers."""
