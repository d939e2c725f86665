"""The library against keras.applications: how many weights there are, and outputs under the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from tests.unit.library.keras_applications import application, copy_layers, leaves, numbered
from tests.unit.library.published import KERAS, PUBLISHED
from tests.unit.library.small import Small
from tests.unit.library.transfer import FORWARD, assert_equal, compiled, layers

pytest.importorskip("keras")

QUICK = ("mobilenet_v2", "mobilenet_v3_small")
"""What Keras builds and runs in a few seconds."""

UNSCALED = {"inception_v3": 17_216}
"""Scales of normalisations, which Keras has left out of this network and the paper has not."""


def _marked(names: Iterable[str]) -> list[Any]:
    return [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in names]


@pytest.mark.parametrize("name", _marked(KERAS))
def test_keras_counts_as_many_trainable_weights(name: str) -> None:
    model = application(name)
    assert sum(int(np.prod(each.shape)) for each in model.trainable_weights) == (
        PUBLISHED[name].parameters - UNSCALED.get(name, 0)
    )


OUTPUTS: dict[str, tuple[int, str, dict[str, Any]]] = {
    "vgg16": (64, "", {}),
    "inception_v3": (75, "", {}),
    "densenet121": (64, "", {}),
    "mobilenet_v2": (64, ", width=0.35", {"alpha": 0.35}),
    "mobilenet_v3_large": (64, "", {}),
    "mobilenet_v3_small": (64, ", width=0.75", {"alpha": 0.75}),
    "efficientnet_b0": (64, "", {}),
    "efficientnet_b2": (65, "", {}),
    "convnext_tiny": (64, "", {}),
}
"""Rows and columns of the picture, further arguments of the library's model, and of Keras'."""


@pytest.fixture
def double_keras() -> Iterator[None]:
    """As `double`, for Keras."""
    import keras

    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


@pytest.mark.usefixtures("double", "double_keras")
@pytest.mark.parametrize("name", _marked(OUTPUTS))
def test_outputs_are_those_of_keras(name: str) -> None:
    size, arguments, settings = OUTPUTS[name]
    small = Small("vision", f"image: float[3, {size}, {size}]", f"size={size}, classes=10{arguments}")
    rng = np.random.default_rng(1)
    seen, image = (rng.standard_normal((count, 3, size, size)) for count in (16, 2))
    made = compiled(name, small, gain=2, scaled=name not in UNSCALED, seen=torch.from_numpy(seen))
    model = application(name, input_shape=(size, size, 3), classes=10, **settings)
    copy_layers(model, layers(made.weights), numbered if name == "inception_v3" else leaves)
    with torch.no_grad():
        found = made.model(torch.from_numpy(image))
    # EfficientNet divides the picture by 255 itself.
    given = image * 255 if name.startswith("efficientnet") else image
    # Keras has constants in float32, and DenseNet's normalisations have an epsilon of 1.001e-5 there.
    assert_equal(found, model(given.transpose(0, 2, 3, 1), training=False), FORWARD)
