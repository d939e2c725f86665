"""The small network of specs/small_cnn.dl as one writes it in Keras by hand: layers in a row, `compile`, `fit`."""

from __future__ import annotations

import keras
from keras import layers


def small_cnn(width: int = 16, hidden: int = 64) -> keras.Model:
    """image [N, 8, 8, 1] -> logits [N, 10], ready for `fit`."""
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(width, 3, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(2),
            layers.Conv2D(2 * width, 3, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(hidden, activation="relu"),
            layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss)
    return model
