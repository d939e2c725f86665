"""Uses of the optimizers."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "sgd": (
        Sample({}),
        Sample({"lr": 0.1, "momentum": 0.9}),
        Sample({"lr": 0.1, "momentum": 0.9, "nesterov": True}),
        Sample({"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    ),
    "adagrad": (Sample({}), Sample({"lr": 0.05, "eps": 1e-7}), Sample({"weight_decay": 0.01})),
    "adadelta": (Sample({}), Sample({"lr": 0.5, "rho": 0.95, "eps": 1e-5}), Sample({"weight_decay": 0.01})),
    "rmsprop": (
        Sample({}),
        Sample({"lr": 3e-3, "rho": 0.95, "eps": 1e-7}),
        Sample({"momentum": 0.9}),
        Sample({"centered": True}),
        Sample({"momentum": 0.5, "centered": True, "weight_decay": 0.01}),
    ),
    "adam": (
        Sample({}),
        Sample({"lr": 2e-4, "beta1": 0.5, "beta2": 0.99, "eps": 1e-6}),
        Sample({"amsgrad": True}),
        Sample({"weight_decay": 0.01}),
    ),
    "adamw": (Sample({}), Sample({"lr": 1e-2, "weight_decay": 0.1}), Sample({"beta1": 0.5, "weight_decay": 0.0})),
}

BAD_RATE = BadSample({"lr": 0.0}, (), "greater than 0")
BAD_DECAY = BadSample({"weight_decay": -0.1}, (), "greater than or equal to 0")

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "sgd": (
        BAD_RATE,
        BAD_DECAY,
        BadSample({"momentum": 1.0}, (), "less than 1"),
        BadSample({"nesterov": True}, (), "needs a momentum"),
    ),
    "adagrad": (BAD_RATE, BAD_DECAY, BadSample({"eps": 0.0}, (), "greater than 0")),
    "adadelta": (BAD_RATE, BAD_DECAY, BadSample({"rho": 1.0}, (), "less than 1")),
    "rmsprop": (BAD_RATE, BAD_DECAY, BadSample({"rho": -0.1}, (), "greater than or equal to 0")),
    "adam": (BAD_RATE, BAD_DECAY, BadSample({"beta1": 1.0}, (), "less than 1")),
    "adamw": (BAD_RATE, BAD_DECAY, BadSample({"beta2": 1.5}, (), "less than 1")),
}
