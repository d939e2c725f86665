"""When a prediction and a target fit: the shape rules that losses and metrics share.

Sizes that are not known yet (`T`, or learned from data) fit any size; `[]` and `[1]` are taken for each other.
"""

from __future__ import annotations

from typing import Literal

from dlspec.catalog.base import Misfit
from dlspec.tensor import Dim, Shape, Sym, TensorType, resolve_axis

Targets = Literal["numbers", "distribution"]
"""What a target of classes holds: the number of each one's class, or a probability for each class."""


def may_equal(left: Dim, right: Dim) -> bool:
    """Whether two sizes are equal, or one of them is not known yet."""
    return left == right or isinstance(left, Sym) or isinstance(right, Sym)


def shapes_fit(left: Shape, right: Shape) -> bool:
    """Whether two shapes are the same, `[]` and `[1]` taken for each other."""
    left, right = (() if shape == (1,) else shape for shape in (left, right))
    return len(left) == len(right) and all(map(may_equal, left, right))


def is_score(shape: Shape) -> bool:
    """Whether a shape is that of one number per example."""
    return shapes_fit(shape, ())


def terms(shape: Shape, *inputs: TensorType) -> TensorType:
    """The type of a loss's terms for inputs of these types."""
    return TensorType("float", shape, any(each.batched for each in inputs))


def need_equal(left: TensorType, right: TensorType, names: tuple[str, str], help: str = "") -> None:
    """Raise Misfit unless both have one shape."""
    if not shapes_fit(left.shape, right.shape):
        raise Misfit(
            f"the {names[0]} is {left} and the {names[1]} {right}, but both need one shape",
            help or f"bring {names[0]} and {names[1]} to one shape",
        )


def need_scores(prediction: TensorType, target: TensorType) -> None:
    """Raise Misfit unless there is one score for each yes or no of the target."""
    if isinstance(target.kinds, int) and target.kinds > 2:
        raise Misfit(
            f"the target {target} has {target.kinds} classes, not yes and no, beside the prediction {prediction}",
            f"use `cross_entropy`, with {target.kinds} logits",
        )
    numbers = target.rank == prediction.rank - 1 and target.element in ("int", "any")
    help = "use `cross_entropy` for class numbers, or give one score for each target" if numbers else ""
    need_equal(prediction, target, ("prediction", "target"), help)


def class_axis(prediction: TensorType, axis: int) -> tuple[Dim, Shape]:
    """The number of classes of a prediction, and its shape without them; Misfit where it has no such dimension."""
    position = resolve_axis(axis, prediction.rank)
    if position is None or prediction.shape[position] == 1:
        raise Misfit(
            f"the prediction is {prediction}, but one number for each class is needed",
            "give one logit for each class, `dense(classes)`; yes and no by one score is `binary_cross_entropy`",
        )
    if position not in (0, prediction.rank - 1):
        raise Misfit(f"axis={axis} is neither the first nor the last dimension of the prediction {prediction}")
    return prediction.shape[position], prediction.shape[:position] + prediction.shape[position + 1 :]


def need_classes(prediction: TensorType, target: TensorType, axis: int, *, soft: bool) -> Targets:
    """What the target of these classes holds; Misfit where it fits neither way. `soft`: distributions are taken."""
    classes, rest = class_axis(prediction, axis)
    numbers = shapes_fit(rest, target.shape)
    alike = soft and shapes_fit(prediction.shape, target.shape)
    if numbers and target.element in ("int", "any"):
        if target.kinds is not None and not may_equal(target.kinds, classes):
            raise Misfit(
                f"{classes} logits for {target.kinds} classes: the prediction is {prediction}",
                f"give the last layer {target.kinds} outputs, or the target {classes} kinds, `category({classes})`",
            )
        return "numbers"
    if alike and target.element in ("float", "any"):
        return "distribution"
    wanted = f"class numbers {TensorType('int', rest)}"
    if soft:
        wanted += f" or a distribution {TensorType('float', prediction.shape)}"
    raise Misfit(
        f"the target {target} does not fit the prediction {prediction}, which needs {wanted}",
        _way_out(target, numbers=numbers, alike=alike),
    )


def classes_at(prediction: TensorType, target: TensorType) -> int | None:
    """Where the logits of each class stand, by the shapes: 0 or -1; None where there is a score for each yes or no.

    A prediction of the target's shape holds scores. With one dimension more it holds classes: in the first one for
    images and volumes (three dimensions or more), else in the last; in the other one where only that fits.
    """
    wanted = () if target.shape == (1,) else target.shape
    if prediction.rank != len(wanted) + 1 or prediction.shape == (1,):
        return None
    rests = {0: prediction.shape[1:], -1: prediction.shape[:-1]}
    order = (0, -1) if prediction.rank > 2 else (-1, 0)
    exact = [axis for axis in order if rests[axis] == wanted]
    likely = [axis for axis in order if shapes_fit(rests[axis], wanted)]
    return [*exact, *likely, *order][0]


def need_labels(prediction: TensorType, target: TensorType) -> int | None:
    """What `classes_at` gives; Misfit where the target fits neither way."""
    axis = classes_at(prediction, target)
    if target.element == "string":
        raise Misfit(f"the target {target} is text beside the prediction {prediction}", "number it with `category`")
    if axis is None:
        need_scores(prediction, target)
    elif prediction.shape[axis] == 1:
        help = f"write `squeeze({axis})` behind the prediction"
        need_equal(prediction, target, ("prediction", "target"), help)
    else:
        need_classes(prediction, target, axis, soft=False)
    return axis


def need_vectors(*inputs: TensorType, names: tuple[str, ...]) -> None:
    """Raise Misfit unless all hold vectors in their last dimension, and have one shape."""
    for name, each in zip(names, inputs, strict=True):
        if not each.rank:
            raise Misfit(
                f"the {name} is {each}, but a vector is needed in the last dimension",
                "give the whole vector that is compared, as `dense(16)` makes it",
            )
        need_equal(inputs[0], each, (names[0], name))


def _way_out(target: TensorType, *, numbers: bool, alike: bool) -> str:
    if numbers and target.element == "bool":
        return "make class numbers of it: `cast(int)`"
    if numbers:
        return "make class numbers of it: `category` numbers the kinds of a column"
    if alike:
        return "make a distribution of it: `cast(float)`"
    return "give one class number for each place that the prediction decides"
