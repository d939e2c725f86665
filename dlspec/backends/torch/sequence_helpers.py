"""Helpers of generated code for attention, places and recurrent layers. What another uses stands before it."""

from __future__ import annotations

from dlspec.backends.python.helper import Helper


def _attention(name: str, about: str, turn: str = "") -> Helper:
    """The module; `turn` is the function that tells queries and keys their places."""
    begin, end = (f"{turn}(", ")") if turn else ("", "")
    return Helper(
        f'''
class {name}(nn.Module):
    """{about}"""

    def __init__(
        self,
        size: int,
        heads: int,
        *,
        key_size: int | None = None,
        value_size: int | None = None,
        kv_heads: int | None = None,
        bias: bool = True,
        causal: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.heads, self.kv_heads = heads, kv_heads or heads
        self.causal, self.dropout = causal, dropout
        shared = size // self.heads * self.kv_heads
        self.query = nn.Linear(size, size, bias=bias)
        self.key = nn.Linear(key_size or size, shared, bias=bias)
        self.value = nn.Linear(value_size or size, shared, bias=bias)
        self.output = nn.Linear(size, size, bias=bias)
        for each in (self.query, self.key, self.value, self.output):
            nn.init.xavier_uniform_(each.weight)
            if bias:
                nn.init.zeros_(each.bias)

    def forward(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
        q = {begin}self.query(query).unflatten(-1, (self.heads, -1)).transpose(1, 2){end}
        k = {begin}self.key(key).unflatten(-1, (self.kv_heads, -1)).transpose(1, 2){end}
        v = self.value(value).unflatten(-1, (self.kv_heads, -1)).transpose(1, 2)
        rate = self.dropout if self.training else 0.0
        y = attend(q, k, v, mask, causal=self.causal, dropout=rate, shared=self.kv_heads < self.heads)
        return self.output(y.transpose(1, 2).flatten(2))
''',
        ("nn", "Tensor", "attend", *([turn] if turn else [])),
    )


ATTENTION: dict[str, Helper] = {
    "attend": Helper(
        '''
def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    *,
    causal: bool = False,
    dropout: float = 0.0,
    shared: bool = False,
) -> Tensor:
    """Scaled dot-product attention. A mask `[N, keys]` or `[N, queries, keys]` is true where it attends, or is added.

    A query with nothing to attend to gets zeros. `shared`: there are fewer heads of keys than of queries.
    """
    if mask is not None:
        mask = mask if mask.dim() == 3 else mask.unsqueeze(1)
        for _ in range(query.dim() - 3):
            mask = mask.unsqueeze(1)
        if causal:
            before = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool, device=mask.device).tril()
            mask = mask & before if mask.dtype == torch.bool else mask.masked_fill(~before, -math.inf)
    return F.scaled_dot_product_attention(
        query, key, value, mask, dropout, is_causal=causal and mask is None, enable_gqa=shared
    )
''',
        ("F", "math", "torch", "Tensor"),
    ),
    "angles_of_places": Helper(
        '''
def angles_of_places(x: Tensor, base: float) -> Tensor:
    """The angle of each place and pair of features, in double precision: rounding that of late places would show."""
    time, size = x.shape[-2:]
    rates = base ** (-torch.arange(0, size, 2, dtype=torch.float64, device=x.device) / size)
    return torch.arange(time, device=x.device).unsqueeze(1) * rates
''',
        ("torch", "Tensor"),
    ),
    "rotary_positions": Helper(
        '''
def rotary_positions(x: Tensor, base: float = 10000.0) -> Tensor:
    """Turns each pair of neighbouring features by an angle that grows with the place, `[..., time, features]`."""
    angles = angles_of_places(x, base)
    sine, cosine = angles.sin().to(x.dtype), angles.cos().to(x.dtype)
    first, second = x[..., 0::2], x[..., 1::2]
    return torch.stack([first * cosine - second * sine, second * cosine + first * sine], dim=-1).flatten(-2)
''',
        ("torch", "Tensor", "angles_of_places"),
    ),
    "sinusoidal_positions": Helper(
        '''
def sinusoidal_positions(x: Tensor, base: float = 10000.0) -> Tensor:
    """Adds sines (even features) and cosines of each place, `[..., time, features]`."""
    angles = angles_of_places(x, base)
    return x + torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)[:, : x.shape[-1]].to(x.dtype)
''',
        ("torch", "Tensor", "angles_of_places"),
    ),
    "ScaledDotProduct": Helper(
        '''
class ScaledDotProduct(nn.Module):
    """Attention without weights, with dropout on the attention weights while training."""

    def __init__(self, dropout: float, *, causal: bool = False) -> None:
        super().__init__()
        self.dropout, self.causal = dropout, causal

    def forward(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
        rate = self.dropout if self.training else 0.0
        return attend(query, key, value, mask, causal=self.causal, dropout=rate)
''',
        ("nn", "Tensor", "attend"),
    ),
    "Attention": _attention("Attention", "Multi-head attention between learned projections."),
    "RotaryAttention": _attention(
        "RotaryAttention",
        "Multi-head attention between learned projections, whose queries and keys are turned by their places.",
        "rotary_positions",
    ),
    "AdditiveAttention": Helper(
        '''
class AdditiveAttention(nn.Module):
    """Attention by a small network. A mask `[N, keys]` or `[N, queries, keys]` is true where it attends, or is added.

    A query with nothing to attend to gets zeros.
    """

    def __init__(self, query_size: int, key_size: int, size: int) -> None:
        super().__init__()
        self.query = nn.Linear(query_size, size, bias=False)
        self.key = nn.Linear(key_size, size, bias=False)
        self.score = nn.Linear(size, 1, bias=False)

    def forward(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
        hidden = torch.tanh(self.query(query).unsqueeze(2) + self.key(key).unsqueeze(1))
        scores = self.score(hidden).squeeze(-1)
        if mask is None:
            return scores.softmax(-1) @ value
        pairs = mask if mask.dim() == 3 else mask.unsqueeze(1)
        allowed = pairs if pairs.dtype == torch.bool else pairs > -math.inf
        if pairs.dtype != torch.bool:
            scores = scores + pairs
        scores = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min)
        return (scores.softmax(-1) * allowed) @ value
''',
        ("math", "nn", "torch", "Tensor"),
    ),
}
"""Attention and places."""

RECURRENT: dict[str, Helper] = {
    "recurrent": Helper(
        '''
def recurrent(layer: nn.RNNBase) -> nn.RNNBase:
    """Gives it Xavier-uniform input weights, orthogonal recurrent ones and zero biases.

    Of the two biases that an LSTM or RNN of PyTorch adds up, the second stays zero and is not trained.
    """
    for name, weight in list(layer.named_parameters()):
        if name.startswith("weight_ih"):
            nn.init.xavier_uniform_(weight)
        elif name.startswith("weight_hh"):
            nn.init.orthogonal_(weight)
        else:
            nn.init.zeros_(weight)
        if name.startswith("bias_hh") and not isinstance(layer, nn.GRU):
            delattr(layer, name)
            layer.register_buffer(name, weight.data, persistent=False)
            setattr(layer, name, weight.data)
    return layer
''',
        ("nn",),
    ),
    "run_recurrent": Helper(
        '''
def run_recurrent(layer: nn.RNNBase, x: Tensor, state: Sequence[Tensor], mask: Tensor | None = None) -> list[Tensor]:
    """The sequence and the final states; these, like the ones given, as `[N, directions * size]`.

    Steps that the mask leaves out keep the state and give zeros.
    """
    directions = 1 + layer.bidirectional
    start = [each.unflatten(-1, (directions, -1)).transpose(0, 1).contiguous() for each in state]
    given = tuple(start) if len(start) > 1 else start[0] if start else None
    if mask is None:
        y, end = layer(x, given)
    else:
        # The steps that are there go to the front, and afterwards back to their places.
        order = mask.sort(dim=1, descending=True, stable=True).indices
        lengths = mask.sum(1).clamp(min=1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(
            x.take_along_dim(order.unsqueeze(2), 1), lengths, batch_first=True, enforce_sorted=False
        )
        packed, end = layer(packed, given)
        y, _ = nn.utils.rnn.pad_packed_sequence(packed, batch_first=True, total_length=x.shape[1])
        places = (mask.cumsum(1) - 1).clamp(min=0)
        y = y.take_along_dim(places.unsqueeze(2), 1).masked_fill(~mask.unsqueeze(2), 0.0)
    ends = list(end) if isinstance(end, tuple) else [end]
    if mask is not None:
        some = mask.any(1).unsqueeze(1)
        befores = start or [torch.zeros_like(each) for each in ends]
        ends = [torch.where(some, each, before) for each, before in zip(ends, befores, strict=True)]
    return [y, *(each.transpose(0, 1).flatten(1) for each in ends)]
''',
        ("nn", "torch", "Tensor", "Sequence"),
    ),
    "ConvLstm": Helper(
        '''
class ConvLstm(nn.Module):
    """A convolutional LSTM in one direction or two, on `[N, time, channels, *places]`.

    Gives the sequence and the final h and c; these, like the ones given, are `[N, directions * channels, *places]`.
    Steps that the mask leaves out keep the state and give zeros.
    """

    def __init__(
        self,
        features: int,
        channels: int,
        kernel_size: Sequence[int],
        *,
        bias: bool = True,
        bidirectional: bool = False,
    ) -> None:
        super().__init__()
        ways = (False, True)[: 1 + bidirectional]
        self.directions = nn.ModuleList(
            ConvLstmDirection(features, channels, kernel_size, bias=bias, backwards=backwards) for backwards in ways
        )

    def forward(self, x: Tensor, states: Sequence[Tensor] = (), mask: Tensor | None = None) -> list[Tensor]:
        starts = [each.chunk(len(self.directions), dim=1) for each in states]
        found = [
            direction(x, [start[number] for start in starts], mask) for number, direction in enumerate(self.directions)
        ]
        y, *ends = zip(*found, strict=True)
        return [torch.cat(y, dim=2), *(torch.cat(end, dim=1) for end in ends)]
''',
        ("nn", "torch", "Sequence", "Tensor", "ConvLstmDirection"),
    ),
    "ConvLstmDirection": Helper(
        '''
class ConvLstmDirection(nn.Module):
    """A convolutional LSTM that reads a sequence in one direction; gates are in the order i, f, g, o."""

    def __init__(
        self, features: int, channels: int, kernel_size: Sequence[int], *, bias: bool = True, backwards: bool = False
    ) -> None:
        super().__init__()
        self.channels, self.backwards = channels, backwards
        self.convolve = (F.conv1d, F.conv2d, F.conv3d)[len(kernel_size) - 1]
        self.pads = [pad for size in reversed(kernel_size) for pad in ((size - 1) // 2, size // 2)]
        self.weight_ih = nn.Parameter(torch.empty(4 * channels, features, *kernel_size))
        self.weight_hh = nn.Parameter(torch.empty(4 * channels, channels, *kernel_size))
        self.bias = nn.Parameter(torch.zeros(4 * channels)) if bias else None
        nn.init.xavier_uniform_(self.weight_ih)
        nn.init.orthogonal_(self.weight_hh)

    def forward(self, x: Tensor, states: Sequence[Tensor], mask: Tensor | None) -> list[Tensor]:
        count, time, _, *places = x.shape
        h, c = states or [x.new_zeros(count, self.channels, *places)] * 2
        # The input's share of the gates, of all steps at once.
        given = self.convolve(F.pad(x.flatten(0, 1), self.pads), self.weight_ih, self.bias).unflatten(0, (count, time))
        found = []
        for step in range(time)[:: -1 if self.backwards else 1]:
            total = given[:, step] + self.convolve(F.pad(h, self.pads), self.weight_hh)
            i, f, g, o = total.chunk(4, dim=1)
            new_c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            new_h = o.sigmoid() * new_c.tanh()
            if mask is None:
                h, c = new_h, new_c
                found.append(h)
            else:
                there = mask[:, step].reshape(-1, *[1] * (h.dim() - 1))
                h, c = torch.where(there, new_h, h), torch.where(there, new_c, c)
                found.append(h * there)
        return [torch.stack(found[:: -1 if self.backwards else 1], dim=1), h, c]
''',
        ("F", "nn", "torch", "Sequence", "Tensor"),
    ),
}
"""Recurrent layers."""
