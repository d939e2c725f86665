"""Specs to plant errors in, and engines that run PyTorch code twice: as it is, and with a text replaced."""

from __future__ import annotations

from pathlib import Path

import onnx

from dlspec.backends.session import Session
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.program import Program, Train
from dlspec.training.backends import Precision, emitted, opened
from dlspec.training.verify.engines import Engines
from dlspec.training.verify.measure import verify_spec
from dlspec.training.verify.table import Verification

IMAGES = """
model net(width = 4) {
  input image: float[1, 8, 8]
  left   = image -> conv(width, 3x3, stride=2, padding=same) -> batch_norm -> leaky_relu(0.1)
  right  = image -> avg_pool(3x3, stride=2, padding=1) -> conv(width, 1x1) -> gelu
  output logits = (left, right) -> concat(axis=0) -> group_norm(2) -> flatten -> dense(16) -> tanh -> dense(16)
}
"""

SEQUENCES = """
model net(vocabulary = 20) {
  input words: int[T]
  x = words -> embedding(vocabulary, 8)
  output y = x -> lstm(6) -> layer_norm -> dense(6) -> softmax
  output z = (x, x, x) -> attention(2, causal=true) -> mean(axis=0)
}
"""

TRAINING = """
data flowers {
  source builtin("iris")
  facts  = (column("sepal_length"), column("petal_length"), column("petal_width")) -> concat -> standardize
  kind   = column("species") -> category(3)
  split  train=0.7, test=0.3, stratify=kind, seed=0
}

model net(width = 8) {
  input facts: float[3]
  output code   = facts -> dense(width) -> batch_norm -> relu
  output logits = code -> dropout(0.5) -> dense(3)
}

train net on flowers {
  loss      (logits, kind) -> cross_entropy(label_smoothing=0.1)
  loss      size = (code, 0) -> mse(weight=0.1)
  metrics   (logits, kind) -> accuracy
  optimizer OPTIMIZER
  schedule  warmup(steps=5) -> cosine
  penalty   l2(1e-2)
  clip      norm=1.0
  epochs    20
  batch     16
  seed      0
}
"""

HELD = """
data digits {
  source builtin("digits")
  image = column("pixel_*") -> reshape(1, 8, 8) -> rescale(1/16)
  label = column("digit") -> category(10)
}

block part(width) {
  shared = dense(width, activity=l1(1e-2)) -> tanh
  return in -> shared -> shared
}

model net {
  input image: float[1, 8, 8]
  h = image -> conv(4, 3x3, stride=2, constraint=max_norm(0.3), activity=l2(1e-2)) -> tanh -> flatten -> dense(8)
  output logits = h -> part(8) -> dense(10, penalty=orthogonal(1e-2))
}

train net on digits {
  loss       cross_entropy
  optimizer  sgd(lr=0.3)
  constraint clamp(-0.1, 0.1), on="h.dense.*"
  epochs     1
  batch      16
}
"""
"""Constraints, and penalties on outputs."""

SGD = TRAINING.replace("OPTIMIZER", "sgd(lr=0.1, momentum=0.9, weight_decay=0.01)")
ADAM = TRAINING.replace("OPTIMIZER", "adam(lr=0.01)")


def verified(text: str, old: str = "", new: str = "") -> Verification:
    """What is found of a spec when the code of the second backend has `new` in place of `old`."""
    sources: list[str] = []

    def write(backend: str, program: Program, train: Train) -> str:
        source = emitted("torch", program, train)
        if backend == "torch":
            return source
        sources.append(source)
        return source.replace(old, new) if old else source

    found = _verified(text, Engines(("torch", "keras"), write=write, open=_opened))
    if not any(old in source for source in sources):
        raise ValueError(f"the code has no {old!r}:\n{sources[-1]}")
    return found


def verified_graph(text: str, change: object) -> Verification:
    """What is found of a spec when the ONNX graph is changed."""

    def changed(model: onnx.ModelProto) -> onnx.ModelProto:
        assert callable(change)
        change(model.graph)
        return model

    return _verified(text, Engines(("torch", "onnx"), graph=changed))


def _verified(text: str, engines: Engines) -> Verification:
    return verify_spec(Path("spec.dl"), source=SourceFile("spec.dl", text), engines=engines)


def _opened(backend: str, path: Path, device: str, precision: Precision) -> Session:
    return opened("torch", path, device, precision)
