"""Uses of attention, and of layers that tell places apart."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.initializers import Given, Normal, Ones, Zeros
from dlspec.catalog.samples.tensors import H, T, bools, fixed, floats, ints
from dlspec.tensor import Dim, TensorType

Inputs = tuple[TensorType, ...]


def itself(time: Dim, features: Dim, *mask: TensorType) -> Inputs:
    """A sequence as queries, keys and values."""
    return (floats(time, features), floats(time, features), floats(time, features), *mask)


CROSS = (floats(5, 8), floats(7, 6), floats(7, 4))
"""Queries of one sequence, keys and values of another."""
MASKED = (
    Sample({}, itself(6, 4, bools(6)), ((6, 4),)),
    Sample({}, itself(T, 4, bools(T)), ((T, 4),)),
    Sample({}, itself(5, 4, bools(5, 5)), ((5, 4),)),
    Sample({}, (floats(T, 6), floats(H, 6), floats(H, 6), floats(T, H)), ((T, 6),)),
    Sample({}, (floats(3, 6), floats(5, 6), floats(5, 6), bools(3, 5)), ((3, 6),)),
)
"""Masks of keys, of pairs, and masks that are added."""
CAUSAL = (
    Sample({"causal": True}, itself(6, 4), ((6, 4),)),
    Sample({"causal": True}, itself(T, 4, bools(T)), ((T, 4),)),
    Sample({"causal": True}, (floats(3, 6), floats(5, 6), floats(5, 6), floats(3, 5)), ((3, 6),)),
    Sample({"causal": True}, (floats(T, 6), floats(H, 6), floats(H, 6)), ((T, 6),)),
)
PLACES = (
    Sample({}, (floats(6, 8),), ((6, 8),)),
    Sample({}, (floats(T, 4),), ((T, 4),)),
    Sample({}, (floats(3, T, 6),), ((3, T, 6),)),
    Sample({}, (fixed(5, 4),), ((5, 4),)),
    Sample({"base": 100.0}, (floats(1, 2),), ((1, 2),)),
)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "attention": (
        Sample({"heads": 2}, itself(5, 8), ((5, 8),)),
        Sample({"heads": 1}, itself(1, 3), ((1, 3),)),
        Sample({"heads": 4}, CROSS, ((5, 8),)),
        Sample({"heads": 3, "bias": False}, itself(T, 9), ((T, 9),)),
        *(Sample({"heads": 2, **each.arguments}, each.inputs, each.outputs) for each in (*MASKED, *CAUSAL)),
        Sample({"heads": 4, "kv_heads": 2}, itself(T, 8, bools(T)), ((T, 8),)),
        Sample({"heads": 4, "kv_heads": 1, "causal": True}, CROSS, ((5, 8),)),
        Sample({"heads": 4, "kv_heads": 4}, CROSS, ((5, 8),)),
        Sample({"heads": 2, "rotary": True}, itself(6, 8), ((6, 8),)),
        Sample({"heads": 4, "kv_heads": 2, "rotary": True, "causal": True}, itself(T, 8), ((T, 8),)),
        Sample({"heads": 2, "rotary": True}, CROSS, ((5, 8),)),
        Sample({"heads": 2, "dropout": 0.1}, itself(5, 4), ((5, 4),)),
        Sample({"heads": 2, "init": Normal(std=0.1), "bias_init": Ones()}, itself(5, 4), ((5, 4),)),
    ),
    "scaled_dot_product": (
        Sample({}, itself(5, 8), ((5, 8),)),
        Sample({}, (floats(5, 8), floats(7, 8), floats(7, 3)), ((5, 3),)),
        Sample({}, (floats(2, 5, 4), floats(2, T, 4), floats(2, T, 3)), ((2, 5, 3),)),
        Sample({"causal": True}, (floats(2, T, 4), floats(2, T, 4), floats(2, T, 4), bools(T, T)), ((2, T, 4),)),
        Sample({"dropout": 0.5}, itself(T, 4), ((T, 4),)),
        *MASKED,
        *CAUSAL,
    ),
    "additive_attention": (
        Sample({"size": 10}, CROSS, ((5, 4),)),
        Sample({"size": 1}, itself(1, 2), ((1, 2),)),
        Sample({"size": 5}, (floats(T, 3), floats(H, 4), floats(H, 5)), ((T, 5),)),
        Sample({"size": 5, "init": Normal(std=0.1)}, itself(5, 4), ((5, 4),)),
        *(Sample({"size": 7, **each.arguments}, each.inputs, each.outputs) for each in MASKED),
    ),
    "learned_positions": (
        Sample({"n": 6}, (floats(6, 8),), ((6, 8),)),
        Sample({"n": 9}, (floats(4, 3),), ((4, 3),)),
        Sample({"n": 40}, (floats(T, 4),), ((T, 4),)),
        Sample({"n": 12, "init": Zeros()}, (floats(2, 5, 4),), ((2, 5, 4),)),
        Sample({"n": 5}, (fixed(5, 4),), ((5, 4),)),
    ),
    "sinusoidal_positions": (*PLACES, Sample({}, (floats(5, 7),), ((5, 7),))),
    "rotary_positions": PLACES,
}

MISFITS = (
    BadSample({}, (floats(8), floats(5, 8), floats(5, 8)), "got [8]"),
    BadSample({}, (floats(5, 8), floats(6, 8), floats(7, 8)), "[5, 8] and [6, 8] and [7, 8]"),
    BadSample({}, itself(5, 8, bools(6)), "the mask bool[6] with 5 queries and 5 keys"),
    BadSample({}, itself(5, 8, floats(5)), "the mask float[5]"),
    BadSample({}, itself(5, 8, ints(5)), "the mask int[5]"),
    BadSample({}, itself(T, 8, bools(T, H)), "the mask bool[T, H] with T queries and T keys"),
    BadSample({}, itself(5, 8, bools(5), bools(5)), "its mask twice"),
)

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "attention": (
        BadSample({"heads": 3}, itself(5, 8), "heads=3 and got queries of 8 features, [5, 8]"),
        BadSample({"heads": 4, "kv_heads": 3}, itself(5, 8), "heads=4 and kv_heads=3"),
        BadSample({"heads": 2, "rotary": True}, itself(5, 6), "3 features a head, of [5, 6]"),
        BadSample({"heads": 2}, (floats(2, 5, 8),) * 3, "got [2, 5, 8]"),
        BadSample({"heads": 2, "bias": False, "bias_init": Zeros()}, itself(5, 8), "there is no bias"),
        BadSample({"heads": 1}, (floats(5, 4), floats(5, T), floats(5, 4)), "known only at run time"),
        *(BadSample({"heads": 2}, each.inputs, each.message) for each in MISFITS),
    ),
    "scaled_dot_product": (
        BadSample({}, (floats(5, 8), floats(5, 6), floats(5, 8)), "queries [5, 8] and keys [5, 6]"),
        BadSample({}, (floats(2, 5, 8), floats(3, 5, 8), floats(3, 5, 8)), "[2, 5, 8] and [3, 5, 8]"),
        *MISFITS,
    ),
    "additive_attention": (
        BadSample({"size": 3}, (floats(2, 5, 8),) * 3, "got [2, 5, 8]"),
        BadSample({"size": 3, "init": Given(values=(1, 2, 3))}, itself(5, 8), "the initial values are [3]"),
        BadSample({"size": 3, "bias_init": Zeros()}, itself(5, 8), "there is no bias"),
        BadSample({"size": T}, itself(5, 8), "known only at run time"),
        *(BadSample({"size": 3}, each.inputs, each.message) for each in MISFITS),
    ),
    "learned_positions": (
        BadSample({"n": 4}, (floats(5, 8),), "n=4 and got [5, 8]"),
        BadSample({"n": 1}, (floats(T, 8),), "n=1 and got [T, 8]"),
        BadSample({"n": 4}, (floats(8),), "got [8]"),
        BadSample({"n": 4}, (floats(3, T),), "known only at run time"),
        BadSample({"n": T}, (floats(T, 3),), "known only at run time"),
        BadSample({"n": 4, "bias_init": Zeros()}, (floats(4, 8),), "there is no bias"),
    ),
    "sinusoidal_positions": (
        BadSample({}, (floats(8),), "got [8]"),
        BadSample({}, (floats(8, T),), "known only at run time"),
    ),
    "rotary_positions": (
        BadSample({}, (floats(5, 7),), "got [5, 7]"),
        BadSample({}, (floats(8),), "got [8]"),
        BadSample({}, (floats(8, T),), "known only at run time"),
    ),
}
