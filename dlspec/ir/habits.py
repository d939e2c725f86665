"""Names of other frameworks and languages, and what they are called here."""

from __future__ import annotations

from collections.abc import Iterable

from dlspec.diagnostics.report import did_you_mean

NAMES: dict[str, str] = {
    "linear": "dense", "affine": "dense", "fc": "dense", "fullyconnected": "dense",
    "conv1d": "conv", "conv2d": "conv", "conv3d": "conv", "convolution": "conv", "deconv": "conv_transpose",
    "multiheadattention": "attention", "selfattention": "attention", "swish": "silu", "view": "reshape",
    "permute": "transpose", "cat": "concat", "merge": "concat", "noise": "gaussian_noise",
    "bce": "binary_cross_entropy", "bcewithlogits": "binary_cross_entropy", "bceloss": "binary_cross_entropy",
    "bcewithlogitsloss": "binary_cross_entropy", "categoricalcrossentropy": "cross_entropy",
    "sparsecategoricalcrossentropy": "cross_entropy", "nllloss": "nll", "crossentropyloss": "cross_entropy",
    "meansquarederror": "mse", "mseloss": "mse", "meanabsoluteerror": "mae", "l1loss": "mae", "l1": "mae",
    "kldiv": "kl_divergence", "kldivloss": "kl_divergence", "ctcloss": "ctc", "diceloss": "dice", "focalloss": "focal",
    "gaussiannllloss": "gaussian_nll", "pinball": "quantile", "tripletmarginloss": "triplet", "ntxent": "info_nce",
    "momentum": "sgd", "nesterov": "sgd", "labelencode": "category", "onehotencode": "one_hot",
    "learningrate": "lr", "kernelsize": "kernel", "filters": "channels", "outchannels": "channels", "units": "size",
    "outfeatures": "size", "numheads": "heads", "batchsize": "batch", "criterion": "loss", "earlystopping": "stop",
    "regularizer": "penalty", "weightdecay": "penalty", "kernelregularizer": "penalty", "nonneg": "non_negative",
    "kernelconstraint": "constraint", "activityregularizer": "activity",
}  # fmt: skip
"""What the name is in small letters and without `_` -> what this language calls it."""

WORDS: dict[str, str] = {
    "True": "true", "yes": "true", "on": "true", "False": "false", "no": "false", "off": "false",
    "None": "none", "null": "none", "nil": "none",
}  # fmt: skip


SETTINGS: dict[str, str] = {
    "lr": "it is an argument of the optimizer: `optimizer adam(lr=1e-3)`",
    "learning_rate": "it is an argument of the optimizer: `optimizer adam(lr=1e-3)`",
    "patience": "it is an argument of `stop`: `stop monitor=validation.loss, patience=5`",
}


def meant(name: str, known: Iterable[str]) -> str:
    """`did you mean 'dense'?`, for a name of another framework or one that is misspelt; else an empty string."""
    names = list(known)
    here = NAMES.get(name.lower().replace("_", ""))
    return f"here it is called '{here}'" if here in names else did_you_mean(name, names)
