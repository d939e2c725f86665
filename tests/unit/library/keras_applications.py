"""Networks of keras.applications with weights of the library's layout."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tests.unit.library.published import KERAS
from tests.unit.library.transfer import Array

CHANNELS_FIRST = {4: (2, 3, 1, 0), 2: (1, 0)}
"""Kernels of convolutions and of dense layers, from the library's layout to that of Keras."""


def application(name: str, **settings: Any) -> Any:
    """A network of keras.applications without trained weights; logits, and nothing done to the picture before."""
    import keras

    keras.backend.clear_session()
    if name.startswith(("mobilenet_v3", "convnext")):
        settings["include_preprocessing"] = False
    return getattr(keras.applications, KERAS[name])(weights=None, classifier_activation=None, **settings)


def leaves(model: Any) -> Iterator[Any]:
    """The layers that have weights, in the order of the calculation."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaves(layer)
        elif layer.weights and not isinstance(layer, keras.layers.Normalization):
            yield layer


def numbered(model: Any) -> list[Any]:
    """The layers of a network whose branches are numbered in the order in which they are written: Inception's."""
    found: dict[str, list[Any]] = {}
    for layer in leaves(model):
        found.setdefault(type(layer).__name__, []).append(layer)
    for same in found.values():
        same.sort(key=lambda layer: int((re.search(r"_(\d+)$", layer.name) or [0, 0])[1]))
    pairs = zip(found["Conv2D"], found["BatchNormalization"], strict=True)
    return [*(layer for pair in pairs for layer in pair), *found["Dense"]]


def copy_layers(model: Any, layers: Sequence[list[Array]], order: Any = leaves) -> None:
    """Give every layer its weights. A normalisation without a scale stands for one whose scale is 1."""
    for layer, arrays in zip(order(model), layers, strict=True):
        mine = list(arrays)
        if type(layer).__name__ == "BatchNormalization" and not layer.scale:
            assert np.all(mine.pop(0) == 1)
        layer.set_weights([_laid(layer, array, weight) for array, weight in zip(mine, layer.weights, strict=True)])


def _laid(layer: Any, array: Array, weight: Any) -> Array:
    """An array in the layout of a weight of Keras."""
    if array.ndim not in CHANNELS_FIRST:
        return array
    if type(layer).__name__ == "DepthwiseConv2D":
        return array.transpose(2, 3, 0, 1)
    if len(weight.shape) == 4 and array.ndim == 2:
        array = array[:, :, None, None]
    if layer.name == "fc1":  # behind `flatten`, which takes the channels last there
        channels, places = 512, round((array.shape[1] / 512) ** 0.5)
        parts = array.reshape(-1, channels, places, places).transpose(0, 2, 3, 1)
        array = np.ascontiguousarray(parts).reshape(array.shape)
    return array.transpose(CHANNELS_FIRST[array.ndim])
