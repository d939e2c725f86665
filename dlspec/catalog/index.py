"""The explicit table of what a spec can name: for each kind, the module of each family and the names in it.

A family is imported when one of its names is first used. A test holds the table against the modules' `ENTRIES`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from dlspec.catalog.base import Entry, Layer
from dlspec.tensor import parse_dim

FAMILIES: dict[str, dict[str, tuple[str, ...]]] = {
    "layer": {
        "dense": ("dense", "bilinear", "maxout", "embedding", "parameter", "constant"),
        "conv": ("conv", "conv_transpose", "depthwise_conv", "separable_conv"),
        "pool": (
            "max_pool", "min_pool", "avg_pool", "lp_pool", "adaptive_max_pool", "adaptive_avg_pool",
            "global_max_pool", "global_avg_pool",
        ),
        "norm": (
            "batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm", "local_response_norm",
            "l2_normalize",
        ),
        "recurrent": ("rnn", "gru", "lstm", "conv_lstm"),
        "attention": (
            "attention", "scaled_dot_product", "additive_attention", "learned_positions", "sinusoidal_positions",
            "rotary_positions",
        ),
        "activation": (
            "relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "celu", "gelu", "silu", "mish", "sigmoid",
            "log_sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "hard_swish", "softplus", "softsign", "soft_shrink",
            "hard_shrink", "softmax", "log_softmax", "gumbel_softmax", "glu", "swiglu", "geglu", "binary_step",
            "identity",
        ),
        "random": (
            "dropout", "spatial_dropout", "alpha_dropout", "drop_path", "gaussian_noise", "gaussian_dropout",
            "random_normal", "random_uniform", "stop_gradient", "gradient_reversal",
        ),
        "shape": (
            "flatten", "reshape", "transpose", "concat", "stack", "split", "squeeze", "unsqueeze", "expand", "repeat",
            "pad", "crop", "center_crop", "roll", "flip", "last", "gather", "one_hot", "upsample", "resize",
            "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "unfold", "cast",
        ),
        "elementwise": (
            "exp", "log", "log1p", "sqrt", "rsqrt", "square", "abs", "sign", "sin", "cos", "tan", "atan", "erf",
            "floor", "ceil", "round", "clamp", "maximum", "minimum", "equal", "less", "greater", "where",
        ),
        "reduction": (
            "mean", "sum", "prod", "max", "min", "variance", "std", "norm", "logsumexp", "argmax", "argmin", "top_k",
            "cumsum", "dot", "cosine_similarity", "distance",
        ),
    },
    "initializer": {
        "initializers": (
            "zeros", "ones", "constant", "normal", "truncated_normal", "uniform", "xavier_uniform", "xavier_normal",
            "kaiming_uniform", "kaiming_normal", "lecun_normal", "orthogonal", "eye",
        ),
    },
    "internal initializer": {"initializers": ("given", "uniform_by_fan")},
    "penalty": {"penalties": ("l1", "l2", "elastic", "orthogonal")},
    "constraint": {"constraints": ("clamp", "max_norm", "non_negative", "unit_norm")},
    "function": {"functions": ("range", "len", "min", "max", "sum", "abs", "round", "chain")},
    "operator": {
        "operators": (
            "add", "subtract", "multiply", "divide", "floor_divide", "remainder", "power", "negative", "matmul",
            "not_equal", "less_equal", "greater_equal", "and", "or", "not", "slice", "to_batch", "weight_of", "size",
        ),
    },
    "loss": {
        "losses": (
            "mse", "mae", "huber", "log_cosh", "quantile", "poisson", "gaussian_nll", "hinge", "squared_hinge",
            "perceptron", "wasserstein", "binary_cross_entropy", "cross_entropy", "nll", "kl_normal",
        ),
        "class_losses": ("focal", "kl_divergence", "dice", "tversky", "ctc"),
        "embedding_losses": ("cosine", "contrastive", "triplet", "info_nce"),
    },
    "metric": {
        "metrics": (
            "accuracy", "balanced_accuracy", "top_k", "precision", "recall", "f1", "auc", "average_precision", "mcc",
            "cohen_kappa", "perplexity", "rmse", "mape", "r2", "pearson", "spearman", "iou", "dice",
        ),
        "image_metrics": ("psnr", "ssim"),
        "text_metrics": ("bleu", "edit_distance", "word_error_rate"),
        "ranking_metrics": ("ndcg", "mrr"),
    },
    "optimizer": {
        "optimizers": (
            "sgd", "adagrad", "adadelta", "rmsprop", "adam", "adamw", "nadam", "adamax", "radam", "lamb", "lion",
            "adafactor", "muon",
        ),
    },
    "schedule": {
        "schedules": (
            "constant", "warmup", "linear", "cosine", "polynomial", "inverse_sqrt", "one_cycle", "step_decay",
            "exponential", "restarts", "plateau",
        ),
    },
    "train setting": {
        "train_settings": (
            "loss", "metrics", "optimizer", "schedule", "penalty", "constraint", "clip", "epochs", "batch", "shuffle",
            "seed", "precision", "accumulate", "truncate", "average", "stop", "checkpoint", "load", "freeze", "rate",
            "repeat",
        ),
    },
    "run": {"train_settings": ("run",)},
    "tune setting": {"tune_settings": ("search", "maximize", "minimize", "trials", "sampler", "pruner")},
    "space": {"tune_settings": ("choice", "uniform", "log_uniform", "integer")},
    "searcher": {
        "tune_settings": ("random", "grid", "tpe", "cmaes", "median", "hyperband", "successive_halving"),
    },
    "source": {"sources": ("builtin", "csv", "npz", "parquet", "arrow", "text")},
    "root": {"roots": ("column", "characters", "words", "lines")},
    "transform": {
        "transforms": (
            "rescale", "normalize", "standardize", "min_max", "impute", "category", "bucketize", "window",
            "difference", "date_part",
        ),
        "texts": ("words", "characters", "lowercase", "pad_to", "present", "vocabulary"),
    },
    "augmentation": {
        "augmentations": (
            "random_flip", "random_crop", "random_resized_crop", "random_rotation", "random_zoom",
            "random_translation", "random_shear", "random_erasing", "random_brightness", "random_contrast",
            "random_saturation", "random_hue", "gaussian_blur", "gaussian_noise", "random_mask", "rand_augment",
            "mixup", "cutmix",
        ),
    },
    "data setting": {"data_settings": ("source", "split", "augment", "drop_missing", "keep")},
    "order": {"data_settings": ("time",)},
}  # fmt: skip
"""kind -> module (under dlspec.catalog) -> names."""

PLANNED: dict[str, tuple[str, ...]] = {
    "source": ("images",),
    "root": ("pixels", "folder"),
    "transform": ("read_image", "grayscale"),
    "sampler": ("downsample", "oversample", "balanced", "weighted"),
    "data setting": ("sample",),
}  # fmt: skip
"""kind -> names that belong to the language and are not built in this version."""


@cache
def _modules(kind: str) -> dict[str, str]:
    return {name: module for module, names in FAMILIES.get(kind, {}).items() for name in names}


@cache
def find(kind: str, name: str) -> type[Entry] | None:
    """The entry of that kind and name, or None."""
    module = _modules(kind).get(name)
    if module is None:
        return None
    entries: tuple[type[Entry], ...] = import_module(f"dlspec.catalog.{module}").ENTRIES
    return next(entry for entry in entries if entry.kind == kind and entry.entry == name)


def make_layer(kind: str, name: str, **arguments: Any) -> Layer:
    """A layer or operator with these arguments, for what the compiler itself puts into a program."""
    cls = find(kind, name)
    if cls is None or not issubclass(cls, Layer):
        raise LookupError(f"no {kind} is called {name!r}")
    return cls.model_validate(arguments)


def names(kind: str) -> tuple[str, ...]:
    """The names of a kind, in the order of the catalogue; nothing is imported."""
    return tuple(_modules(kind))


def family_of(kind: str, name: str) -> str:
    """The module in which an entry is declared: `conv` for `conv_transpose`."""
    return _modules(kind)[name]


def all_entries() -> dict[str, tuple[type[Entry], ...]]:
    """Every entry by kind; imports all families."""
    found: dict[str, tuple[type[Entry], ...]] = {}
    for kind, modules in FAMILIES.items():
        entries = [find(kind, name) for names_of in modules.values() for name in names_of]
        found[kind] = tuple(entry for entry in entries if entry is not None)
    return found


def load_entry(data: dict[str, Any]) -> Entry:
    """An entry from what `dump_entry` made; ValueError where there is none of that name."""
    cls = find(data["kind"], data["entry"])
    if cls is None:
        raise ValueError(f"no {data['kind']} is called {data['entry']!r}")
    arguments = {name: _value(value) for name, value in data.get("arguments", {}).items()}
    return cls.model_validate(arguments)


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return parse_dim(value["size"]) if "size" in value else load_entry(value)
    if isinstance(value, list):
        return tuple(_value(each) for each in value)
    return value
