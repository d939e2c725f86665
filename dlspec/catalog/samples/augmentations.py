"""Uses of the augmentations."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.tensor import Sym, TensorType

DIGIT = TensorType("float", (1, 8, 8))
IMAGE = TensorType("float", (3, 9, 7))
MASK = TensorType("int", (9, 7))
FREE = TensorType("float", (3, Sym.named("H"), Sym.named("W")))
LABEL = TensorType("int", ())
SHARES = TensorType("float", (10,))
TOKENS = TensorType("int", (12,))

SAME = ((3, 9, 7),)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "random_flip": (
        Sample({"direction": "horizontal"}, (IMAGE,), SAME),
        Sample({"direction": "vertical"}, (IMAGE, MASK), ((3, 9, 7), (9, 7))),
        Sample({"direction": "both"}, (FREE,), (FREE.shape,)),
    ),
    "random_crop": (
        Sample({"size": (8, 8), "padding": 1}, (DIGIT,), ((1, 8, 8),)),
        Sample({"size": 6}, (IMAGE, MASK), ((3, 6, 6), (6, 6))),
        Sample({"size": (4, 9), "padding": (0, 1)}, (IMAGE,), ((3, 4, 9),)),
    ),
    "random_resized_crop": (
        Sample({"size": (9, 7)}, (IMAGE,), SAME),
        Sample({"size": 5, "scale": 0.5}, (IMAGE, MASK), ((3, 5, 5), (5, 5))),
    ),
    "random_rotation": (Sample({"degrees": 15.0}, (IMAGE,), SAME), Sample({"degrees": 180.0}, (DIGIT,), ((1, 8, 8),))),
    "random_zoom": (Sample({"amount": 0.1}, (IMAGE, MASK), ((3, 9, 7), (9, 7))),),
    "random_translation": (Sample({"amount": 0.1}, (IMAGE,), SAME),),
    "random_shear": (Sample({"degrees": 10.0}, (IMAGE,), SAME),),
    "random_erasing": (Sample({}, (IMAGE,), SAME), Sample({"rate": 1.0}, (DIGIT,), ((1, 8, 8),))),
    "random_brightness": (Sample({"amount": 0.2}, (IMAGE,), SAME),),
    "random_contrast": (Sample({"amount": 0.2}, (DIGIT,), ((1, 8, 8),)),),
    "random_saturation": (Sample({"amount": 0.5}, (IMAGE,), SAME),),
    "random_hue": (Sample({"amount": 0.1}, (IMAGE,), SAME),),
    "gaussian_blur": (Sample({}, (IMAGE,), SAME), Sample({"sigma": 0.4}, (DIGIT,), ((1, 8, 8),))),
    "gaussian_noise": (Sample({}, (SHARES,), ((10,),)), Sample({"std": 0.5}, (IMAGE,), SAME)),
    "random_mask": (
        Sample({}, (TOKENS,), ((12,),)),
        Sample({"rate": 0.5}, (IMAGE,), SAME),
        Sample({"rate": 0.5}, (TensorType("float", (12, 4)),), ((12, 4),)),
    ),
    "rand_augment": (Sample({}, (IMAGE,), SAME), Sample({"n": 1, "magnitude": 30}, (DIGIT,), ((1, 8, 8),))),
    "mixup": (Sample({}, (IMAGE, SHARES), ((3, 9, 7), (10,))),),
    "cutmix": (Sample({}, (IMAGE, SHARES), ((3, 9, 7), (10,))),),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "random_flip": (
        BadSample({"direction": "horizontal"}, (SHARES,), "takes pictures"),
        BadSample({"direction": "horizontal"}, (TensorType("int", (1, 8, 8)),), "takes pictures"),
        BadSample({"direction": "horizontal"}, (IMAGE, DIGIT), "goes along"),
        BadSample({"direction": "horizontal"}, (IMAGE, LABEL), "goes along"),
    ),
    "random_crop": (
        BadSample({"size": 10}, (DIGIT,), "takes 10 pixels of 8"),
        BadSample({"size": (8, 8, 8)}, (DIGIT,), "takes height and width"),
    ),
    "random_hue": (BadSample({"amount": 0.1}, (DIGIT,), "takes red, green and blue"),),
    "random_saturation": (BadSample({"amount": 0.1}, (DIGIT,), "takes red, green and blue"),),
    "gaussian_noise": (BadSample({}, (TOKENS,), "takes floats"),),
    "random_mask": (BadSample({}, (LABEL,), "hides parts of an example"),),
    "mixup": (
        BadSample({}, (IMAGE,), "the target must go along"),
        BadSample({}, (IMAGE, LABEL), "nothing between two class numbers"),
    ),
    "cutmix": (BadSample({}, (SHARES, SHARES), "takes pictures"),),
}
