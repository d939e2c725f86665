"""Changes at random to the examples that train: `augment image -> random_flip(horizontal) -> random_rotation(15)`.

Each is drawn anew for each example and epoch. With several fields, `(image, mask)`, what moves pixels is drawn once
and moves all of them (whole numbers and bools are taken from the nearest pixel); what changes colours changes the
first alone. What comes into a picture from outside is 0. Fields keep their element types.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from dlspec.catalog.base import Augmentation, Count, Misfit, NaturalPerAxis, PerAxis, Types, param
from dlspec.tensor import Dim, TensorType, shape_text

Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(gt=0)]


class Geometry(Augmentation):
    """Moves pixels. Shape: `[channels, height, width]`, and for further fields the same height and width."""

    def infer(self, *inputs: TensorType) -> Types:
        height, width = picture(self, inputs[0]).shape[-2:]
        for other in inputs[1:]:
            if other.rank < 2 or other.shape[-2:] != (height, width):
                raise Misfit(
                    f"moves the pixels of {shape_text(inputs[0].shape)}, and {shape_text(other.shape)} goes along",
                    "augment fields of the same height and width together",
                )
        size = self.result(height, width)
        return tuple(each.with_shape((*each.shape[:-2], *size)) for each in inputs)

    def result(self, height: Dim, width: Dim) -> tuple[Dim, Dim]:
        """The height and width that come out."""
        return height, width


class Colour(Augmentation):
    """Changes the values of the first field. Shape: `[channels, height, width]`, kept."""

    channels: ClassVar[int | None] = None

    def infer(self, *inputs: TensorType) -> Types:
        image = picture(self, inputs[0])
        if self.channels is not None and image.shape[0] != self.channels:
            raise Misfit(
                f"takes red, green and blue and got {shape_text(image.shape)}", "leave it out for other pictures"
            )
        return inputs


def picture(layer: Augmentation, type: TensorType) -> TensorType:
    """The type, where it is that of a picture."""
    if type.rank != 3 or type.element not in ("float", "any"):
        raise Misfit(
            f"takes pictures, float[channels, height, width], and got {type}",
            "bring the field to this shape in the data block, as with `reshape(1, 8, 8) -> rescale(1/16)`",
        )
    return type


# ---------------------------------------------------------------- pixels move


class RandomFlip(Geometry):
    """Mirrors half of the pictures; with `both`, each way independently of the other."""

    entry = "random_flip"

    direction: Literal["horizontal", "vertical", "both"] = param(..., "left with right, top with bottom, or either")


class RandomCrop(Geometry):
    """A part of the picture at a random place, once `padding` zeros have been put around it."""

    entry = "random_crop"

    size: PerAxis = param(..., "height and width of the part")
    padding: NaturalPerAxis = param(0, "zeros around the picture before")

    def result(self, height: Dim, width: Dim) -> tuple[Dim, Dim]:
        size, padding = pair(self.size), pair(self.padding)
        for have, pad, want in zip((height, width), padding, size, strict=True):
            if isinstance(have, int) and want > have + 2 * pad:
                raise Misfit(
                    f"takes {want} pixels of {have}{f' and {pad} on each side' if pad else ''}",
                    "give a smaller size, or more padding",
                )
        return size


class RandomResizedCrop(Geometry):
    """A part of random area and shape, brought to one size (bilinear).

    The area is drawn from `scale` to 1 of the picture's, the ratio of width to height from 3/4 to 4/3 (Szegedy et al.,
    2015). Of ten draws the first that fits is taken, else the largest square in the middle.
    """

    entry = "random_resized_crop"

    size: PerAxis = param(..., "height and width of the result")
    scale: float = param(0.08, "the smallest share of the picture's area", gt=0, le=1)

    def result(self, height: Dim, width: Dim) -> tuple[Dim, Dim]:
        return pair(self.size)


class RandomRotation(Geometry):
    """Turns the picture about its middle by up to so many degrees either way (bilinear)."""

    entry = "random_rotation"

    degrees: float = param(..., "the largest angle", gt=0, le=180)


class RandomZoom(Geometry):
    """Enlarges the picture about its middle by a factor from `1 - amount` to `1 + amount` (bilinear)."""

    entry = "random_zoom"

    amount: float = param(..., "the largest change of the size", gt=0, lt=1)


class RandomTranslation(Geometry):
    """Moves the picture by up to `amount` of its height and of its width, either way (bilinear)."""

    entry = "random_translation"

    amount: float = param(..., "the largest share of the size", gt=0, le=1)


class RandomShear(Geometry):
    """Slants the picture sideways by up to so many degrees either way, its middle line staying (bilinear)."""

    entry = "random_shear"

    degrees: float = param(..., "the largest angle", gt=0, lt=90)


class RandomErasing(Geometry):
    """Sets a rectangle to 0 in a share of the pictures (Zhong et al., 2017).

    Its area is drawn from 0.02 to 0.33 of the picture's, the ratio of its sides from 0.3 to 1/0.3; of ten draws the
    first that fits is taken, else none.
    """

    entry = "random_erasing"

    rate: Share = param(0.5, "the share of the pictures")


# ---------------------------------------------------------------- colours


class RandomBrightness(Colour):
    """Multiplies the picture by a factor from `1 - amount` (0 at least) to `1 + amount`."""

    entry = "random_brightness"

    amount: Amount = param(..., "the largest change of the factor")


class RandomContrast(Colour):
    """Multiplies each pixel's distance from the picture's mean brightness by a factor as `random_brightness` does."""

    entry = "random_contrast"

    amount: Amount = param(..., "the largest change of the factor")


class RandomSaturation(Colour):
    """Multiplies each pixel's distance from its own grey (0.299 R + 0.587 G + 0.114 B), likewise. Three channels."""

    entry = "random_saturation"
    channels: ClassVar[int | None] = 3

    amount: Amount = param(..., "the largest change of the factor")


class RandomHue(Colour):
    """Turns the colours of YIQ by up to `amount` of a full turn either way; greys stay. Three channels."""

    entry = "random_hue"
    channels: ClassVar[int | None] = 3

    amount: float = param(..., "the largest share of a turn", gt=0, le=0.5)


class GaussianBlur(Colour):
    """Blurs with a normal kernel of a standard deviation from 0 to `sigma` pixels, cut off at 3 `sigma`.

    Outside the picture its outermost pixels go on.
    """

    entry = "gaussian_blur"

    sigma: Amount = param(1.0, "the largest standard deviation")


# ---------------------------------------------------------------- any field


class GaussianNoise(Augmentation):
    """Adds normal numbers to each element of the first field. Shape: any, kept."""

    entry = "gaussian_noise"

    std: Amount = param(0.1, "their standard deviation")

    def infer(self, *inputs: TensorType) -> Types:
        if inputs[0].element not in ("float", "any"):
            raise Misfit(f"takes floats and got {inputs[0]}", "numbers of a vocabulary are hidden by `random_mask`")
        return inputs


class RandomMask(Augmentation):
    """Hides a share of the first field: pixels of a picture, steps of a sequence, elements of a vector.

    Floats become 0. Whole numbers are taken for those of a vocabulary: they become 1 (unknown), and 0 (padding) stays.
    Shape: any but a single number, kept.
    """

    entry = "random_mask"

    rate: Share = param(0.15, "the share that is hidden")

    def infer(self, *inputs: TensorType) -> Types:
        if not inputs[0].rank:
            raise Misfit(f"hides parts of an example and got {shape_text(inputs[0].shape)}", "take another field")
        return inputs


class RandAugment(Geometry):
    """`n` changes one after another, each drawn from fourteen of one strength (Cubuk et al., 2019).

    These are: none, automatic contrast, equalize, rotate, solarize, saturation, posterize, contrast, brightness,
    sharpness, shear and translate either way. A magnitude of 30 is the strongest. Black and white are the smallest and
    largest value of each picture; further fields follow what moves pixels.
    """

    entry = "rand_augment"

    n: Count = param(2, "how many changes")
    magnitude: float = param(9, "how strong they are", ge=0, le=30)


# ---------------------------------------------------------------- two examples in one


class Mixing(Augmentation):
    """Puts another example of the batch into each; the targets go along, as distributions."""

    def infer(self, *inputs: TensorType) -> Types:
        if len(inputs) < 2:
            raise Misfit("mixes two examples, and the target must go along", f"write `(image, label) -> {self.entry}`")
        whole = next((each for each in inputs if each.element not in ("float", "any")), None)
        if whole is not None:
            raise Misfit(
                f"mixes {whole}, and there is nothing between two class numbers",
                "make a distribution of it in the data block: `label = … -> category(10) -> one_hot`",
            )
        return inputs


class Mixup(Mixing):
    """`r * example + (1 - r) * other` of all fields, r from Beta(alpha, alpha) (Zhang et al., 2017). Shape: any."""

    entry = "mixup"

    alpha: Amount = param(0.2, "the parameter of the distribution of r")


class Cutmix(Mixing):
    """A rectangle of another picture in each; other fields are mixed by its share of the area (Yun et al., 2019).

    The share is drawn from Beta(alpha, alpha), the place at random; what lies outside is cut off. The first field is
    a picture, and whatever has its height and width gets the same rectangle.
    """

    entry = "cutmix"

    alpha: Amount = param(1.0, "the parameter of the distribution of the share")

    def infer(self, *inputs: TensorType) -> Types:
        picture(self, inputs[0])
        return super().infer(*inputs)


def pair(size: int | tuple[int, ...]) -> tuple[int, int]:
    """Height and width: one number for both, or one for each."""
    if isinstance(size, int):
        return size, size
    if len(size) != 2:
        raise Misfit(f"takes height and width, got {len(size)} sizes", "write `32x32`")
    return size[0], size[1]


ENTRIES = (
    RandomFlip, RandomCrop, RandomResizedCrop, RandomRotation, RandomZoom, RandomTranslation, RandomShear,
    RandomErasing, RandomBrightness, RandomContrast, RandomSaturation, RandomHue, GaussianBlur, GaussianNoise,
    RandomMask, RandAugment, Mixup, Cutmix,
)  # fmt: skip
