"""Inference of our ONNX graphs, in times of the file that PyTorch exports of the same model with the same weights."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch

import dlspec
from benchmarks.small_cnn import SPEC as SMALL_CNN
from benchmarks.small_cnn import SPECS, generated
from benchmarks.table import Row, Spread
from benchmarks.timing import PAIRS, THREADS, pair
from benchmarks.torch_export import EXPORTER, exported

RESNET18 = SPECS / "resnet18.dl"

Array = np.ndarray[Any, Any]


def measure() -> Iterator[Row]:
    """A row for each model and batch."""
    yield _row("digits CNN, batch 1", SMALL_CNN, (1, 1, 8, 8), rounds=500)
    yield _row("digits CNN, batch 64", SMALL_CNN, (64, 1, 8, 8), rounds=200)
    yield _row("ResNet-18 of 64x64, batch 1", RESNET18, (1, 3, 64, 64), rounds=60, size=64)


def _row(what: str, spec: Path, shape: tuple[int, ...], *, rounds: int, **settings: Any) -> Row:
    """The ratio for one model, once both have given the same outputs."""
    name = spec.stem
    loaded = dlspec.load(spec, settings)
    code = generated(spec, f"{name}.py", **settings)
    model = code.build()
    code.load_weights(model, np.load(io.BytesIO(loaded.compile("torch", model=name, seed=0)[f"{name}.npz"])))
    image = np.random.default_rng(0).random(shape, dtype=np.float32)
    ours = loaded.compile("onnx", seed=0)[f"{name}.onnx"]
    theirs = exported(model, torch.from_numpy(image))
    np.testing.assert_allclose(_inference(ours, image)(), _inference(theirs, image)(), rtol=1e-3, atol=1e-4)
    # Where its buffers come to lie can make one session of a model faster than the next, so each pair has new ones.
    ratios = [
        pair(_inference(ours, image), _inference(theirs, image), rounds, turned=bool(place % 2))
        for place in range(PAIRS)
    ]
    return Row(f"{what}, our ONNX / {EXPORTER}", Spread.of(ratios), "ratio", most=1.0)


def _inference(model: bytes, image: Array) -> Callable[[], Array]:
    """A call of the model on the image, on ONNX Runtime, after one for warming up."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    feeds = {session.get_inputs()[0].name: image}

    def run() -> Array:
        result: Array = session.run(None, feeds)[0]
        return result

    run()
    return run
