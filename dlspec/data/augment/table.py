"""What each augmentation does: a function of its arguments, the fields of a batch (rows first), and chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlspec.data.augment import colour, geometry, mixing
from dlspec.data.augment.chance import Chance
from dlspec.data.augment.strong import rand_augment
from dlspec.data.values import Array

AUGMENTATIONS: dict[str, Callable[[Any, list[Array], Chance], list[Array]]] = {
    "random_flip": geometry.flip,
    "random_crop": geometry.crop,
    "random_resized_crop": geometry.resized_crop,
    "random_rotation": geometry.rotation,
    "random_zoom": geometry.zoom,
    "random_translation": geometry.translation,
    "random_shear": geometry.shear,
    "random_erasing": geometry.erasing,
    "random_brightness": colour.brightness,
    "random_contrast": colour.contrast,
    "random_saturation": colour.saturation,
    "random_hue": colour.hue,
    "gaussian_blur": colour.blur,
    "gaussian_noise": colour.noise,
    "random_mask": colour.mask,
    "rand_augment": rand_augment,
    "mixup": mixing.mixup,
    "cutmix": mixing.cutmix,
}
