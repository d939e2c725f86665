"""Uses of the losses: the outputs are the shapes of the terms before the reduction."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.tensor import Sym, TensorType

T = Sym.named("T")


def numbers(*shape: int | Sym) -> TensorType:
    """Floats of a shape."""
    return TensorType("float", shape)


def classes(*shape: int | Sym, kinds: int | Sym | None = None) -> TensorType:
    """Class numbers of a shape."""
    return TensorType("int", shape, kinds=kinds)


SCORE, PAIR, IMAGE = numbers(), numbers(3), numbers(2, 4, 5)

ELEMENTWISE = (
    Sample({}, (SCORE, SCORE), ((),)),
    Sample({}, (numbers(1), SCORE), ((1,),)),
    Sample({"reduction": "sum"}, (PAIR, PAIR), ((3,),)),
    Sample({"weight": 0.5}, (IMAGE, IMAGE), ((2, 4, 5),)),
)
BINARY = (
    Sample({}, (SCORE, SCORE), ((),)),
    Sample({}, (SCORE, numbers(1)), ((),)),
    Sample({"reduction": "sum", "weight": 2.0}, (PAIR, PAIR), ((3,),)),
)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "mse": ELEMENTWISE,
    "mae": ELEMENTWISE,
    "huber": (*ELEMENTWISE, Sample({"delta": 0.25}, (PAIR, PAIR), ((3,),))),
    "log_cosh": ELEMENTWISE,
    "quantile": (*ELEMENTWISE, Sample({"q": 0.9}, (PAIR, PAIR), ((3,),))),
    "poisson": ELEMENTWISE,
    "gaussian_nll": (
        Sample({}, (SCORE, SCORE, SCORE), ((),)),
        Sample({}, (numbers(1), numbers(1), SCORE), ((1,),)),
        Sample({"reduction": "sum", "weight": 0.5}, (IMAGE, IMAGE, IMAGE), ((2, 4, 5),)),
    ),
    "hinge": BINARY,
    "squared_hinge": BINARY,
    "perceptron": BINARY,
    "wasserstein": BINARY,
    "binary_cross_entropy": (
        *BINARY,
        Sample({"positive_weight": 3.0}, (PAIR, PAIR), ((3,),)),
        Sample({"label_smoothing": 0.1}, (PAIR, PAIR), ((3,),)),
        Sample({"positive_weight": 0.5, "label_smoothing": 0.2, "reduction": "sum"}, (IMAGE, IMAGE), ((2, 4, 5),)),
    ),
    "cross_entropy": (
        Sample({}, (numbers(5), classes(kinds=5)), ((),)),
        Sample({}, (numbers(5), classes(1)), ((),)),
        Sample({}, (numbers(6, 5), classes(6)), ((6,),)),
        Sample({}, (numbers(T, 5), classes(T)), ((T,),)),
        Sample({"axis": 0}, (numbers(5, 4, 3), classes(4, 3)), ((4, 3),)),
        Sample({}, (numbers(5), numbers(5)), ((),)),
        Sample({"label_smoothing": 0.1}, (numbers(5), classes()), ((),)),
        Sample({"label_smoothing": 0.1, "axis": 0}, (numbers(5, 4, 3), numbers(5, 4, 3)), ((4, 3),)),
        Sample({"class_weights": (1.0, 2.0, 0.5)}, (numbers(3), classes()), ((),)),
        Sample({"class_weights": (1.0, 2.0, 0.5), "label_smoothing": 0.2}, (numbers(4, 3), classes(4)), ((4,),)),
        Sample({"ignore_index": 0}, (numbers(6, 5), classes(6)), ((6,),)),
        Sample(
            {"ignore_index": 2, "class_weights": (1.0, 2.0, 0.5), "label_smoothing": 0.1, "reduction": "sum"},
            (numbers(4, 3), classes(4)),
            ((4,),),
        ),
    ),
    "nll": (
        Sample({}, (numbers(5), classes()), ((),)),
        Sample({"class_weights": (1.0, 2.0, 0.5)}, (numbers(4, 3), classes(4)), ((4,),)),
        Sample({"ignore_index": 0, "reduction": "sum"}, (numbers(4, 3), classes(4)), ((4,),)),
    ),
    "kl_normal": (
        Sample({}, (numbers(8), numbers(8)), ((),)),
        Sample({"weight": 0.5}, (numbers(2, 4), numbers(2, 4)), ((),)),
        Sample({"reduction": "sum"}, (SCORE, numbers(1)), ((),)),
    ),
}

UNEQUAL = BadSample({}, (numbers(3), numbers(4)), "the prediction is float[3] and the target float[4]")
NOT_ONE = BadSample({}, (numbers(1, 4, 4), SCORE), "both need one shape")
TEN_KINDS = BadSample({}, (numbers(1), classes(kinds=10)), "10 classes, not yes and no")

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "mse": (UNEQUAL, NOT_ONE),
    "mae": (UNEQUAL,),
    "huber": (UNEQUAL, BadSample({"delta": 0.0}, (SCORE, SCORE), "greater than 0")),
    "log_cosh": (UNEQUAL,),
    "quantile": (UNEQUAL, BadSample({"q": 1.0}, (SCORE, SCORE), "less than 1")),
    "poisson": (UNEQUAL,),
    "gaussian_nll": (
        BadSample({}, (PAIR, numbers(4), PAIR), "the mean is float[3] and the log-variance float[4]"),
        BadSample({}, (PAIR, PAIR, numbers(4)), "the mean is float[3] and the target float[4]"),
    ),
    "hinge": (UNEQUAL, TEN_KINDS),
    "squared_hinge": (UNEQUAL, TEN_KINDS),
    "perceptron": (UNEQUAL, TEN_KINDS),
    "wasserstein": (UNEQUAL, TEN_KINDS),
    "binary_cross_entropy": (
        UNEQUAL,
        NOT_ONE,
        TEN_KINDS,
        BadSample({}, (numbers(10), classes()), "the prediction is float[10] and the target int[]"),
        BadSample({"label_smoothing": 1.0}, (SCORE, SCORE), "less than 1"),
        BadSample({"positive_weight": -1.0}, (SCORE, SCORE), "greater than 0"),
        BadSample({"reduction": "max"}, (SCORE, SCORE), "'mean' or 'sum'"),
    ),
    "cross_entropy": (
        BadSample({}, (numbers(5), classes(kinds=10)), "5 logits for 10 classes"),
        BadSample({}, (numbers(10), classes(10)), "the target int[10] does not fit the prediction float[10]"),
        BadSample({}, (numbers(10), numbers()), "needs class numbers int[]"),
        BadSample({}, (numbers(10), TensorType("bool", ())), "the target bool[]"),
        BadSample({}, (numbers(10), TensorType("string", ())), "the target string[]"),
        BadSample({}, (SCORE, classes()), "one number for each class"),
        BadSample({}, (numbers(1), classes()), "one number for each class"),
        BadSample({}, (numbers(5, 4, 3), classes(4, 3)), "does not fit"),
        BadSample({"axis": 1}, (numbers(5, 4, 3), classes(5, 3)), "neither the first nor the last"),
        BadSample({"class_weights": (1.0, 2.0)}, (numbers(3), classes()), "2 class weights for 3 classes"),
        BadSample({"class_weights": (1.0, 2.0, 3.0)}, (numbers(3), numbers(3)), "go with class numbers"),
        BadSample({"ignore_index": 0}, (numbers(3), numbers(3)), "go with class numbers"),
    ),
    "nll": (
        BadSample({}, (numbers(3), numbers(3)), "needs class numbers int[]"),
        BadSample({"class_weights": (1.0,)}, (numbers(3), classes()), "1 class weights for 3 classes"),
    ),
    "kl_normal": (BadSample({}, (numbers(8), numbers(4)), "the mean is float[8] and the log-variance float[4]"),),
}
