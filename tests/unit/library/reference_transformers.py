"""Transformers written by hand in plain PyTorch, with its own layers where it has them, for the library to be compared
with."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Learned(nn.Module):
    """A learned tensor."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(shape))

    def forward(self) -> Tensor:
        return self.weight


def attention_states(attention: nn.MultiheadAttention) -> list[Tensor]:
    """The joined projections, then the last one."""
    return list(attention.state_dict().values())


def encoder_states(layer: nn.TransformerEncoderLayer) -> list[Tensor]:
    """Weights in the order of the calculation."""
    first, second = states(layer.norm1), states(layer.norm2)
    dense = states(layer.linear1) + states(layer.linear2)
    if layer.norm_first:
        return first + attention_states(layer.self_attn) + second + dense
    return attention_states(layer.self_attn) + first + dense + second


def decoder_states(layer: nn.TransformerDecoderLayer) -> list[Tensor]:
    """Weights in the order of the calculation, normalised before each part."""
    own = states(layer.norm1) + attention_states(layer.self_attn)
    memory = states(layer.norm2) + attention_states(layer.multihead_attn)
    return own + memory + states(layer.norm3) + states(layer.linear1) + states(layer.linear2)


def states(*modules: nn.Module) -> list[Tensor]:
    """Weights of modules, one after another."""
    return [tensor for module in modules for tensor in module.state_dict().values()]


class ViT(nn.Module):
    """Dosovitskiy et al., 2020, equations 1 to 4."""

    def __init__(
        self, dim: int = 768, depth: int = 12, heads: int = 12, patch: int = 16, classes: int = 1000, size: int = 224
    ) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, dim, patch, patch)
        self.token = Learned(1, dim)
        self.places = Learned((size // patch) ** 2 + 1, dim)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(dim, heads, 4 * dim, 0.0, "gelu", 1e-6, batch_first=True, norm_first=True)
            for _ in range(depth)
        )
        self.norm = nn.LayerNorm(dim, 1e-6)
        self.head = nn.Linear(dim, classes)

    def order(self) -> list[Tensor]:
        inner = [tensor for layer in self.layers for tensor in encoder_states(layer)]
        return states(self.patches, self.token, self.places) + inner + states(self.norm, self.head)

    def forward(self, image: Tensor) -> Tensor:
        x = self.patches(image).flatten(2).mT
        x = torch.cat([self.token().expand(len(x), 1, -1), x], 1) + self.places()
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x)[:, 0])


class Bert(nn.Module):
    """Devlin et al., 2018: three embeddings, layers normalised at their ends, and the pooler."""

    def __init__(self, vocabulary: int, dim: int, depth: int, heads: int, hidden: int, longest: int) -> None:
        super().__init__()
        self.words, self.parts = nn.Embedding(vocabulary, dim), nn.Embedding(2, dim)
        self.places = nn.Embedding(longest, dim)
        self.norm = nn.LayerNorm(dim, 1e-12)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(dim, heads, hidden, 0.0, "gelu", 1e-12, batch_first=True) for _ in range(depth)
        )
        self.pooler = nn.Linear(dim, dim)

    def order(self) -> list[Tensor]:
        inner = [tensor for layer in self.layers for tensor in encoder_states(layer)]
        return states(self.words, self.parts, self.places, self.norm) + inner + states(self.pooler)

    def forward(self, tokens: Tensor, part: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        x = self.norm(self.words(tokens) + self.parts(part) + self.places(torch.arange(tokens.shape[1])))
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=~present)
        return x, torch.tanh(self.pooler(x[:, 0]))


class Transformer(nn.Module):
    """Vaswani et al., 2017, with PyTorch's layers, normalised before each half."""

    def __init__(self, source: int, target: int, dim: int, depth: int, heads: int, hidden: int) -> None:
        super().__init__()
        settings = {"dropout": 0.0, "batch_first": True, "norm_first": True}
        self.read, self.written = nn.Embedding(source, dim), nn.Embedding(target, dim)
        self.encoder = nn.ModuleList(nn.TransformerEncoderLayer(dim, heads, hidden, **settings) for _ in range(depth))
        self.decoder = nn.ModuleList(nn.TransformerDecoderLayer(dim, heads, hidden, **settings) for _ in range(depth))
        self.norm, self.last_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.head = nn.Linear(dim, target)

    def order(self) -> list[Tensor]:
        encoder = [tensor for layer in self.encoder for tensor in encoder_states(layer)]
        decoder = [tensor for layer in self.decoder for tensor in decoder_states(layer)]
        first = states(self.read) + encoder + states(self.norm)
        return first + states(self.written) + decoder + states(self.last_norm, self.head)

    @staticmethod
    def placed(x: Tensor) -> Tensor:
        """Section 3.4 and 3.5: times the root of the size, plus sines at even and cosines at odd places."""
        length, dim = x.shape[1:]
        table = torch.zeros(length, dim)
        for place in range(length):
            for i in range(dim // 2):
                angle = place / 10000 ** (2 * i / dim)
                table[place, 2 * i], table[place, 2 * i + 1] = math.sin(angle), math.cos(angle)
        return x * math.sqrt(dim) + table

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        memory = self.placed(self.read(source))
        for layer in self.encoder:
            memory = layer(memory)
        memory = self.norm(memory)
        y = self.placed(self.written(target))
        for layer in self.decoder:
            y = layer(y, memory, tgt_mask=nn.Transformer.generate_square_subsequent_mask(target.shape[1]))
        return self.head(self.last_norm(y))


class GptLayer(nn.Module):
    """Radford et al., 2019, with the softmax written out."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm, self.qkv, self.out = nn.LayerNorm(dim), nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.norm2, self.up, self.down = nn.LayerNorm(dim), nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, dim = x.shape
        split = self.qkv(self.norm(x)).view(batch, length, 3, self.heads, dim // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        scores = query @ key.mT / math.sqrt(dim // self.heads)
        later = torch.ones(length, length).triu(1).bool()
        mixed = scores.masked_fill(later, -math.inf).softmax(-1) @ value
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, dim))
        h = self.up(self.norm2(x))
        h = 0.5 * h * (1 + torch.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * h**3)))
        return x + self.down(h)


class Gpt2(nn.Module):
    """The whole of it; the embedding is used at the end again."""

    def __init__(self, vocabulary: int, dim: int, depth: int, heads: int, longest: int) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(vocabulary, dim), nn.Embedding(longest, dim)
        self.layers = nn.Sequential(*(GptLayer(dim, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(dim)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.words(tokens) + self.places.weight[: tokens.shape[1]]
        return F.linear(self.norm(self.layers(x)), self.words.weight)


class Llama(nn.Module):
    """Touvron et al., 2023, with rotary positions on neighbouring numbers, as in Su et al., 2021."""

    def __init__(self, vocabulary: int, dim: int, depth: int, heads: int, kv_heads: int, hidden: int) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, dim)
        self.layers = nn.Sequential(*(LlamaLayer(dim, heads, kv_heads, hidden) for _ in range(depth)))
        self.norm, self.head = nn.RMSNorm(dim, 1e-5), nn.Linear(dim, vocabulary, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.norm(self.layers(self.words(tokens))))


class LlamaLayer(nn.Module):
    """A layer of it."""

    def __init__(self, dim: int, heads: int, kv_heads: int, hidden: int) -> None:
        super().__init__()
        self.size, self.shared = dim // heads, heads // kv_heads
        self.norm = nn.RMSNorm(dim, 1e-5)
        self.query = nn.Linear(dim, dim, bias=False)
        self.key, self.value = (nn.Linear(dim, kv_heads * self.size, bias=False) for _ in range(2))
        self.out = nn.Linear(dim, dim, bias=False)
        self.norm2 = nn.RMSNorm(dim, 1e-5)
        self.both, self.down = nn.Linear(dim, 2 * hidden, bias=False), nn.Linear(hidden, dim, bias=False)

    def turned(self, x: Tensor) -> Tensor:
        """Each pair of neighbouring numbers as a complex number, turned by place * 10000^(-2 i / size)."""
        half = self.size // 2
        speeds = 10000.0 ** (-torch.arange(half) / half)
        turn = torch.polar(torch.ones(x.shape[-2], half), torch.outer(torch.arange(x.shape[-2]), speeds))
        pairs = torch.view_as_complex(x.unflatten(-1, (half, 2)).contiguous())
        return torch.view_as_real(pairs * turn).flatten(-2)

    def split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (-1, self.size)).transpose(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        a = self.norm(x)
        query, key, value = self.split(self.query(a)), self.split(self.key(a)), self.split(self.value(a))
        key, value = key.repeat_interleave(self.shared, 1), value.repeat_interleave(self.shared, 1)
        scores = self.turned(query) @ self.turned(key).mT / math.sqrt(self.size)
        later = torch.ones(x.shape[1], x.shape[1]).triu(1).bool()
        mixed = scores.masked_fill(later, -math.inf).softmax(-1) @ value
        x = x + self.out(mixed.transpose(1, 2).flatten(2))
        gate, up = self.both(self.norm2(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)
