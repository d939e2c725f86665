"""Trainings with constraints and penalties on outputs as specs, and what constraints and penalties mean in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dlspec.ir.program import Program, Train
from tests.unit.ir.specs import program as resolved

Array = np.ndarray[Any, np.dtype[Any]]

ALL_KINDS = """
data digits {
  source builtin("digits")
  image = column("pixel_*") -> reshape(1, 8, 8) -> rescale(1/16)
  label = column("digit") -> category(10)
}

model zoo {
  input image: float[1, 8, 8]
  c = image -> conv(4, 3x3) -> batch_norm -> tanh
  d = c -> depthwise_conv(3, multiplier=2, padding=same) -> tanh
  t = d -> conv_transpose(3, 2x2, stride=2) -> tanh
  s = c -> separable_conv(2, 3) -> tanh
  v = image -> reshape(1, 2, 4, 8) -> conv(3, 2x2x2) -> tanh
  w = image -> reshape(8, 8) -> conv(5, 3) -> tanh
  g = image[0] -> gru(4, bidirectional=true)
  r = image[0] -> lstm(4)
  e = image[0, 0] * 16 -> cast(int) -> embedding(17, 3, padding_index=0)
  a = (r, r, r) -> attention(2)
  parts = (c -> flatten, t -> flatten, s -> flatten, v -> flatten, w -> flatten, g -> flatten, e -> flatten,
           a -> flatten) -> concat
  vector = parameter(10, init=normal(1))
  number = parameter(init=constant(0.3))
  output logits = (parts -> dense(10)) * vector + number
}

train zoo on digits {
  loss      cross_entropy
  optimizer sgd(lr=1.0)
  epochs    1
  batch     20
  MORE
}
"""
"""Weights of 0 to 5 dimensions, in every layout that a backend has."""

SMALL = """
data digits {
  source builtin("digits")
  image = column("pixel_*") -> reshape(1, 8, 8) -> rescale(1/16)
  label = column("digit") -> category(10)
}

block tower(width) {
  shared = dense(width, activity=elastic(0.01, 0.02)) -> tanh
  return in -> shared -> shared -> layer_norm(activity=l1(0.001))
}

model net {
  input image: float[1, 8, 8]
  h = image -> conv(4, 3x3, constraint=max_norm(0.5), activity=l1(0.003)) -> batch_norm -> tanh -> flatten
  y, state = image[0] -> gru(5, return_state=true, activity=l2(0.02))
  output logits = ((h, state) -> concat -> dense(12, penalty=orthogonal(0.05)) -> tower(12)) * 2
                  -> dense(10, constraint=unit_norm)
}

train net on digits {
  loss       cross_entropy
  optimizer  adam(lr=0.01)
  constraint clamp(-0.4, 0.4)
  constraint non_negative, on="y.gru.bias*"
  epochs     2
  batch      16
  seed       3
  MORE
}
"""
"""A network with everything at once: constraints, `orthogonal`, outputs that are penalised deep inside and twice."""


def training(text: str, more: str = "") -> tuple[Program, Train]:
    """The program and its training; `more` are further settings."""
    program = resolved(text.replace("  MORE", more))
    return program, program.trains[0]


def fields_of(count: int = 20, seed: int = 0, **types: Any) -> dict[str, Array]:
    """Images and labels."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 17, (count, 1, 8, 8)) / 16
    return {"image": image.astype(types.get("dtype", np.float64)), "label": rng.integers(0, 10, count)}


def drawn(session: Any, seed: int = 5) -> dict[str, Array]:
    """Weights for a session: most are larger than constraints allow, one row of a matrix is 0."""
    rng = np.random.default_rng(seed)
    found: dict[str, Array] = {}
    for name, value in session.weights().items():
        made = 0.7 * rng.standard_normal(value.shape)
        if name.endswith("running_var"):
            made = np.abs(made) + 0.5
        elif made.ndim > 1:
            made[0] = 0
        found[name] = made.astype(value.dtype)
    return found


def norms(w: Array) -> Array:
    """The norm of each row; of a vector each number is a row."""
    return np.sqrt((w**2).sum(tuple(range(1, w.ndim)), keepdims=True)) if w.ndim > 1 else np.abs(w)


def unit(w: Array) -> Array:
    size = norms(w)
    return w / np.where(size == 0, 1, size)


HELD: Mapping[str, Callable[[Array], Array]] = {
    "clamp(-0.1, 0.25)": lambda w: np.minimum(np.maximum(w, -0.1), 0.25),
    "max_norm(0.5)": lambda w: w * np.minimum(1, 0.5 / np.where(norms(w) == 0, 1, norms(w))),
    "non_negative": lambda w: np.where(w > 0, w, 0),
    "unit_norm": unit,
}
"""A constraint as it is written -> its closed form on a canonical weight."""


def orthogonality(w: Array) -> tuple[float, Array]:
    """The sum of (W W^T - I)^2 and its gradient."""
    rows = w.reshape(w.shape[0] if w.ndim else 1, -1)
    off = rows @ rows.T - np.eye(len(rows))
    return float((off**2).sum()), (4 * off @ rows).reshape(w.shape)


def trained_names(program: Program, train: Train) -> tuple[str, ...]:
    """Every weight that moves."""
    return train.steps[0].optimizers[0].weights
