"""Uses of the losses over classes: the outputs are the shapes of the terms before the reduction."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.samples.losses import IMAGE, PAIR, SCORE, UNEQUAL, T, classes, numbers
from dlspec.tensor import Sym, TensorType

H, W = Sym.named("H"), Sym.named("W")
YES = TensorType("bool", (3,))
STILL = TensorType("float", (3, 5, 4), batched=False)
PLACES = TensorType("int", (5, 4), batched=False)

REGIONS = (
    Sample({}, (numbers(1, 5, 4), numbers(1, 5, 4)), ((1,),)),
    Sample({}, (numbers(2, 5, 4), classes(2, 5, 4)), ((2,),)),
    Sample({"reduction": "sum"}, (numbers(2, 3, 2, 4), TensorType("bool", (2, 3, 2, 4))), ((2,),)),
    Sample({}, (numbers(5, 4), numbers(5, 4)), ((),)),
    Sample({"weight": 0.5}, (numbers(7), numbers(7)), ((),)),
    Sample({}, (SCORE, numbers(1)), ((),)),
    Sample({}, (numbers(1), classes()), ((),)),
    Sample({}, (numbers(3, 5, 4), classes(5, 4, kinds=3)), ((3,),)),
    Sample({"smooth": 0.25}, (numbers(3, 2, 3, 5), classes(2, 3, 5)), ((3,),)),
    Sample({"reduction": "sum"}, (numbers(5, 4, 3), classes(5, 4)), ((3,),)),
    Sample({}, (numbers(4, 4, 4), classes(4, 4)), ((4,),)),
    Sample({}, (numbers(T, 3), classes(T)), ((3,),)),
    Sample({}, (numbers(3, T), classes(T)), ((3,),)),
    Sample({}, (numbers(5), classes()), ((5,),)),
    Sample({}, (numbers(3, H, W), classes(H, W)), ((3,),)),
    Sample({}, (STILL, classes(5, 4)), ((3,),)),
    Sample({}, (numbers(3, 5, 4), PLACES), ((3,),)),
    Sample({}, (STILL, numbers(3, 5, 4)), ((3,),)),
)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "focal": (
        Sample({}, (SCORE, SCORE), ((),)),
        Sample({}, (numbers(1), classes()), ((1,),)),
        Sample({"gamma": 0.5, "alpha": 0.75}, (PAIR, YES), ((3,),)),
        Sample({"gamma": 0.0, "reduction": "sum", "weight": 2.0}, (IMAGE, IMAGE), ((2, 4, 5),)),
        Sample({}, (numbers(5), classes(kinds=5)), ((),)),
        Sample({}, (numbers(5), classes(1)), ((),)),
        Sample({"gamma": 1.5, "alpha": 1.0}, (numbers(6, 5), classes(6)), ((6,),)),
        Sample({"reduction": "sum"}, (numbers(T, 5), classes(T)), ((T,),)),
        Sample({}, (numbers(3, 5, 4), classes(5, 4)), ((5, 4),)),
        Sample({"gamma": 0.0}, (numbers(5, 4, 3), classes(5, 4)), ((5, 4),)),
        Sample({}, (numbers(4, 4, 4), classes(4, 4)), ((4, 4),)),
        Sample({}, (STILL, classes(5, 4)), ((5, 4),)),
        Sample({}, (numbers(3, 5, 4), PLACES), ((5, 4),)),
    ),
    "kl_divergence": (
        Sample({}, (numbers(5), numbers(5)), ((),)),
        Sample({"weight": 0.5}, (numbers(4, 3), numbers(4, 3)), ((4,),)),
        Sample({"reduction": "sum"}, (numbers(T, 3), numbers(T, 3)), ((T,),)),
    ),
    "dice": REGIONS,
    "tversky": (
        *REGIONS,
        Sample({"alpha": 0.3, "beta": 0.7}, (numbers(1, 5, 4), numbers(1, 5, 4)), ((1,),)),
        Sample({"alpha": 1.0, "beta": 0.0, "smooth": 2.0}, (numbers(3, 5, 4), classes(5, 4)), ((3,),)),
    ),
    "ctc": (
        Sample({}, (numbers(7, 5), classes(3)), ((),)),
        Sample({"blank": 4}, (numbers(6, 5), classes(1)), ((),)),
        Sample({}, (TensorType("float", (7, 5), batched=False), classes(3)), ((),)),
        Sample({"blank": 2, "weight": 0.5, "reduction": "sum"}, (numbers(T, 4), classes(2, kinds=4)), ((),)),
    ),
}

SQUEEZE = BadSample({}, (numbers(1, 5, 4), classes(5, 4)), "the prediction is float[1, 5, 4]")
TEXT = BadSample({}, (PAIR, TensorType("string", (3,))), "is text")
LABELLED = (
    UNEQUAL,
    SQUEEZE,
    TEXT,
    BadSample({}, (numbers(3, 5, 4), numbers(5, 4)), "needs class numbers int[5, 4]"),
    BadSample({}, (numbers(3, 5, 4), classes(5, 5)), "does not fit the prediction float[3, 5, 4]"),
    BadSample({}, (numbers(3, 5, 4), classes(5, 4, kinds=10)), "3 logits for 10 classes"),
    BadSample({}, (SCORE, classes(kinds=3)), "3 classes, not yes and no"),
    BadSample({}, (IMAGE, classes(5)), "both need one shape"),
)

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "focal": (
        *LABELLED,
        BadSample({"gamma": -1.0}, (SCORE, SCORE), "greater than or equal to 0"),
        BadSample({"alpha": 1.5}, (SCORE, SCORE), "less than or equal to 1"),
    ),
    "kl_divergence": (
        UNEQUAL,
        BadSample({}, (numbers(5), classes()), "is no distribution float[5]"),
        BadSample({}, (numbers(1), numbers(1)), "one number for each class"),
    ),
    "dice": (*LABELLED, BadSample({"smooth": 0.0}, (SCORE, SCORE), "greater than 0")),
    "tversky": (*LABELLED, BadSample({"beta": -1.0}, (SCORE, SCORE), "greater than or equal to 0")),
    "ctc": (
        BadSample({}, (numbers(5), classes(3)), "logits [time, classes] are needed"),
        BadSample({}, (numbers(7, 5), classes(3, 2)), "class numbers [length] are needed"),
        BadSample({"blank": 5}, (numbers(7, 5), classes(3)), "blank=5 is no class"),
        BadSample({}, (numbers(7, 5), classes(3, kinds=6)), "5 logits for 6 classes"),
        BadSample({"blank": -1}, (numbers(7, 5), classes(3)), "greater than or equal to 0"),
    ),
}
