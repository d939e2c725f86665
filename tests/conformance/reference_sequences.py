"""Oracles of recurrent layers, attention and places: the formulas, step by step and pair by pair."""

from __future__ import annotations

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor

from tests.conformance.reference import Given, Oracle

# ---------------------------------------------------------------- recurrent layers

States = tuple[Tensor, ...]


def _rnn(given: Given, suffix: str, x: Tensor, states: States) -> States:
    w = given.weights
    total = x @ w[f"weight_ih{suffix}"].mT + states[0] @ w[f"weight_hh{suffix}"].mT + w.get(f"bias{suffix}", 0)
    return (torch.tanh(total) if given.layer.activation == "tanh" else total.clamp(min=0),)


def _gru(given: Given, suffix: str, x: Tensor, states: States) -> States:
    w, (h,) = given.weights, states
    left = (x @ w[f"weight_ih{suffix}"].mT + w.get(f"bias_ih{suffix}", 0)).chunk(3, -1)
    right = (h @ w[f"weight_hh{suffix}"].mT + w.get(f"bias_hh{suffix}", 0)).chunk(3, -1)
    r, z = torch.sigmoid(left[0] + right[0]), torch.sigmoid(left[1] + right[1])
    return ((1 - z) * torch.tanh(left[2] + r * right[2]) + z * h,)


def _lstm(given: Given, suffix: str, x: Tensor, states: States) -> States:
    w, (h, c) = given.weights, states
    total = x @ w[f"weight_ih{suffix}"].mT + h @ w[f"weight_hh{suffix}"].mT + w.get(f"bias{suffix}", 0)
    i, f, g, o = total.chunk(4, -1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


STEPS = {"rnn": _rnn, "gru": _gru, "lstm": _lstm}


def _recurrent(given: Given) -> tuple[Tensor, ...]:
    layer = given.layer
    states = [each for each in given.inputs[1:] if each.is_floating_point()]
    if not states:
        zeros = given.x.new_zeros(len(given.x), layer.size * (2 if layer.bidirectional else 1))
        states = [zeros] * (2 if layer.entry == "lstm" else 1)
    mask = given.inputs[-1] if given.inputs[-1].dtype == torch.bool else torch.ones(given.x.shape[:2], dtype=torch.bool)
    sequences, ends = [], []
    for place, suffix in enumerate(("", "_reverse")[: 2 if layer.bidirectional else 1]):
        own = tuple(each.narrow(-1, place * layer.size, layer.size) for each in states)
        sequence, end = _direction(given, suffix, own, mask)
        sequences.append(sequence)
        ends.append(end)
    y = torch.cat(sequences, -1)
    final = [torch.cat(each, -1) for each in zip(*ends, strict=True)]
    return (y, *final) if layer.return_state else (y,)


def _direction(given: Given, suffix: str, states: States, mask: Tensor) -> tuple[Tensor, States]:
    """One direction, a step after another; one that is not there keeps the states and gives zeros."""
    steps = range(given.x.shape[1])
    found: dict[int, Tensor] = {}
    for step in reversed(steps) if suffix else steps:
        there = mask[:, step, None]
        new = STEPS[given.layer.entry](given, suffix, given.x[:, step], states)
        states = tuple(torch.where(there, one, other) for one, other in zip(new, states, strict=True))
        found[step] = torch.where(there, states[0], 0)
    return torch.stack([found[step] for step in steps], 1), states


def _same(x: Tensor, kernel: Tensor) -> Tensor:
    """A convolution by its formula: a sum over the places of the kernel, the odd zero at the end."""
    sizes = kernel.shape[2:]
    padded = F.pad(x, [pad for size in reversed(sizes) for pad in ((size - 1) // 2, size // 2)])
    total = x.new_zeros(len(x), len(kernel), *x.shape[2:])
    for place in itertools.product(*map(range, sizes)):
        window = tuple(slice(start, start + size) for start, size in zip(place, x.shape[2:], strict=True))
        total = total + torch.einsum("nc...,oc->no...", padded[:, :, *window], kernel[:, :, *place])
    return total


def _conv_lstm_step(given: Given, suffix: str, x: Tensor, states: States) -> States:
    w, (h, c) = given.weights, states
    total = _same(x, w[f"weight_ih{suffix}"]) + _same(h, w[f"weight_hh{suffix}"])
    if given.layer.bias:
        total = total + w[f"bias{suffix}"].reshape(-1, *[1] * (total.ndim - 2))
    i, f, g, o = total.chunk(4, 1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def _conv_lstm(given: Given) -> tuple[Tensor, ...]:
    """Each example by itself, with the steps that are there and no others; the rest is put in as zeros."""
    layer, channels = given.layer, given.layer.channels
    mask = given.inputs[-1] if given.inputs[-1].dtype == torch.bool else torch.ones(given.x.shape[:2], dtype=torch.bool)
    width, places = channels * (2 if layer.bidirectional else 1), given.x.shape[3:]
    starts = [each for each in given.inputs[1:] if each.is_floating_point()]
    starts = starts or [given.x.new_zeros(len(given.x), width, *places)] * 2
    rows, ends = [], []
    for example, there in enumerate(mask):
        parts, last = [], []
        for place, suffix in enumerate(("", "_reverse")[: 2 if layer.bidirectional else 1]):
            states: States = tuple(each[example : example + 1].narrow(1, place * channels, channels) for each in starts)
            found = {}
            steps = torch.nonzero(there).flatten().tolist()
            for step in reversed(steps) if suffix else steps:
                states = _conv_lstm_step(given, suffix, given.x[example : example + 1, step], states)
                found[step] = states[0]
            zeros = torch.zeros_like(states[0])
            parts.append(torch.stack([found.get(step, zeros) for step in range(len(there))], 1))
            last.append(states)
        rows.append(torch.cat(parts, 2))
        ends.append([torch.cat(each, 1) for each in zip(*last, strict=True)])
    h, c = (torch.cat(each) for each in zip(*ends, strict=True))
    return (torch.cat(rows), h, c) if layer.return_state else (torch.cat(rows),)


# ---------------------------------------------------------------- attention


def _attend(given: Given, scores: Tensor, value: Tensor) -> Tensor:
    """Means by the softmax over what is attended to; `scores` is `[N, …, queries, keys]`."""
    queries, keys = scores.shape[-2:]
    allowed = torch.ones(queries, keys, dtype=torch.bool)
    if getattr(given.layer, "causal", False):
        allowed = torch.arange(queries)[:, None] >= torch.arange(keys)
    if len(given.inputs) == 4:
        mask = given.inputs[3].reshape(-1, *[1] * (scores.ndim - given.inputs[3].ndim), *given.inputs[3].shape[1:])
        if mask.dtype == torch.bool:
            allowed = allowed & mask
        else:
            scores = scores + mask
    raised = torch.where(allowed, (scores - scores.amax(-1, keepdim=True)).exp(), 0)
    total = raised.sum(-1, keepdim=True)
    return (raised / torch.where(total == 0, 1, total)) @ value


def _scaled_dot_product(given: Given) -> Tensor:
    query, key, value = given.inputs[:3]
    return _attend(given, query @ key.mT / query.shape[-1] ** 0.5, value)


def _additive(given: Given) -> Tensor:
    query, key, value = given.inputs[:3]
    w = given.weights
    hidden = torch.einsum("nqi,si->nqs", query, w["query_weight"])[:, :, None] + (key @ w["key_weight"].mT)[:, None]
    return _attend(given, torch.einsum("nqks,s->nqk", torch.tanh(hidden), w["score_weight"][0]), value)


def _attention(given: Given) -> Tensor:
    """Each head by itself."""
    layer = given.layer
    query, key, value = (
        x @ given.weights[f"{name}_weight"].mT + given.weights.get(f"{name}_bias", 0)
        for x, name in zip(given.inputs[:3], ("query", "key", "value"), strict=True)
    )
    width = query.shape[-1] // layer.heads
    together = layer.heads // (layer.kv_heads or layer.heads)
    found = []
    for head in range(layer.heads):
        q = query.narrow(-1, head * width, width)
        k, v = (each.narrow(-1, head // together * width, width) for each in (key, value))
        if layer.rotary:
            q, k = turned(q), turned(k)
        found.append(_attend(given, q @ k.mT / width**0.5, v))
    return torch.cat(found, -1) @ given.weights["output_weight"].mT + given.weights.get("output_bias", 0)


# ---------------------------------------------------------------- places


def _angles(time: int, features: int, base: float) -> Tensor:
    """The angle of each place and feature; neighbours share it."""
    exponents = torch.arange(features, dtype=torch.float64) // 2 * 2 / features
    return torch.arange(time, dtype=torch.float64)[:, None] / base**exponents


def turned(x: Tensor, base: float = 10000.0) -> Tensor:
    """Pairs of neighbouring features as complex numbers, multiplied by e^(i angle)."""
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2).double().contiguous())
    angles = _angles(x.shape[-2], x.shape[-1], base)[:, ::2]
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(-2).to(x.dtype)


def _sinusoidal(given: Given) -> Tensor:
    time, features = given.x.shape[-2:]
    angles = _angles(time, features, given.layer.base)
    even = torch.arange(features) % 2 == 0
    return given.x + torch.where(even, angles.sin(), angles.cos()).to(given.x.dtype)


ORACLES: dict[str, Oracle] = {
    "rnn": _recurrent,
    "gru": _recurrent,
    "lstm": _recurrent,
    "conv_lstm": _conv_lstm,
    "attention": _attention,
    "scaled_dot_product": _scaled_dot_product,
    "additive_attention": _additive,
    "learned_positions": lambda g: g.x + g.weights["weight"][: g.x.shape[-2]],
    "sinusoidal_positions": _sinusoidal,
    "rotary_positions": lambda g: turned(g.x, g.layer.base),
}
