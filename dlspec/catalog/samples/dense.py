"""Uses of dense layers, embeddings, parameters and constants."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.initializers import Eye, Given, KaimingUniform, Normal, XavierUniform, Zeros
from dlspec.catalog.samples.tensors import KINDS, T, fixed, floats, ints

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "dense": (
        Sample({"size": 4}, (floats(3),), ((4,),)),
        Sample({"size": 1, "bias": False}, (floats(5),), ((1,),)),
        Sample({"size": 6}, (floats(7, 3),), ((7, 6),)),
        Sample({"size": 2}, (floats(T, 3),), ((T, 2),)),
        Sample({"size": 3}, (floats(2, 4, 5),), ((2, 4, 3),)),
        Sample({"size": 2, "init": Zeros(), "bias_init": Normal(std=0.1)}, (floats(3),), ((2,),)),
        Sample({"size": 2, "init": Given(values=((1, 2), (3, 4)))}, (floats(2),), ((2,),)),
        Sample({"size": KINDS}, (floats(8),), ((KINDS,),)),
    ),
    "bilinear": (
        Sample({"size": 4}, (floats(3), floats(5)), ((4,),)),
        Sample({"size": 2, "bias": False}, (floats(7, 3), floats(7, 2)), ((7, 2),)),
        Sample({"size": 3}, (floats(T, 2), floats(T, 4)), ((T, 3),)),
    ),
    "maxout": (
        Sample({"size": 4}, (floats(3),), ((4,),)),
        Sample({"size": 2, "pieces": 3}, (floats(5, 4),), ((5, 2),)),
        Sample({"size": 3, "pieces": 1}, (floats(T, 2),), ((T, 3),)),
    ),
    "embedding": (
        Sample({"n": 10, "size": 4}, (ints(),), ((4,),)),
        Sample({"n": 10, "size": 4}, (ints(6),), ((6, 4),)),
        Sample({"n": 7, "size": 3, "padding_index": 0}, (ints(T),), ((T, 3),)),
        Sample({"n": 5, "size": 1, "padding_index": 4, "init": Zeros()}, (ints(2, 3),), ((2, 3, 1),)),
        Sample({"n": 5, "size": 2, "init": Normal(std=0.1)}, (ints(kinds=5),), ((2,),)),
        Sample({"n": KINDS, "size": 8}, (ints(T, kinds=KINDS),), ((T, 8),)),
    ),
    "parameter": (
        Sample({"shape": (1, 6)}, (), ((1, 6),)),
        Sample({"shape": ()}, (), ((),)),
        Sample({"shape": (4, 4), "init": Eye()}, (), ((4, 4),)),
        Sample({"shape": (3, 2), "init": XavierUniform()}, (), ((3, 2),)),
        Sample({"shape": (2, 2), "init": Given(values=(1, 2, 3, 4))}, (), ((2, 2),)),
    ),
    "constant": (
        Sample({"values": 2.5}, (), ((),)),
        Sample({"values": (1, 2, 3)}, (), ((3,),)),
        Sample({"values": ((1.0, 0.5), (0, -2), (3, 4))}, (), ((3, 2),)),
        Sample({"values": (True, False)}, (), ((2,),)),
    ),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "dense": (
        BadSample({"size": 3}, (floats(),), "at least one dimension, got []"),
        BadSample({"size": 3}, (floats(4, T),), "known only at run time"),
        BadSample({"size": 3, "bias": False, "bias_init": Zeros()}, (floats(4),), "there is no bias"),
        BadSample({"size": 3, "bias_init": KaimingUniform()}, (floats(4),), "needs a weight of two dimensions"),
        BadSample({"size": 2, "init": Given(values=(1, 2, 3))}, (floats(2),), "the initial values are [3]"),
        BadSample({"size": 2, "init": Eye()}, (fixed(),), "at least one dimension"),
        BadSample({"size": T}, (floats(4),), "known only at run time"),
    ),
    "bilinear": (
        BadSample({"size": 3}, (floats(5, 2), floats(4, 2)), "[5, 2] and [4, 2]"),
        BadSample({"size": 3}, (floats(5), floats()), "got []"),
        BadSample({"size": 3, "bias": False, "bias_init": Zeros()}, (floats(4), floats(4)), "there is no bias"),
    ),
    "maxout": (BadSample({"size": 3}, (floats(),), "got []"),),
    "embedding": (
        BadSample({"n": 5, "size": 2, "padding_index": 5}, (ints(),), "padding_index=5 and n=5"),
        BadSample({"n": 5, "size": 2}, (ints(kinds=6),), "n=5 and got numbers of 6 kinds"),
        BadSample({"n": 5, "size": 2, "bias_init": Zeros()}, (ints(),), "there is no bias"),
    ),
    "parameter": (
        BadSample({"shape": (T, 3)}, (), "known only at run time"),
        BadSample({"shape": (4,), "init": XavierUniform()}, (), "needs a weight of two dimensions"),
        BadSample({"shape": (4, 4, 4), "init": Eye()}, (), "needs a matrix"),
        BadSample({"shape": (2,), "init": Given(values=((1,), (2,), (3,)))}, (), "the initial values are [3, 1]"),
        BadSample({"shape": (2,), "bias_init": Zeros()}, (), "there is no bias"),
    ),
    "constant": (
        BadSample({"values": ()}, (), "empty list"),
        BadSample({"values": ((1, 2), (3,))}, (), "different lengths"),
        BadSample({"values": (1, "a")}, (), "no finite number"),
        BadSample({"values": (1.0, (2.0,))}, (), "different lengths"),
    ),
}
