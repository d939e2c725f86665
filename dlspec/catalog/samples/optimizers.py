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
    **{
        name: (
            Sample({}),
            Sample({"lr": 0.01, "beta1": 0.5, "beta2": 0.99, "eps": 1e-6}),
            Sample({"weight_decay": 0.01}),
        )
        for name in ("nadam", "adamax", "radam", "lamb")
    },
    "lion": (Sample({}), Sample({"lr": 1e-3, "beta1": 0.8, "beta2": 0.95}), Sample({"weight_decay": 0.1})),
    "adafactor": (Sample({}), Sample({"lr": 0.05, "weight_decay": 0.01})),
    "muon": (Sample({}), Sample({"lr": 0.005, "weight_decay": 0.1})),
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
    "nadam": (BAD_RATE, BAD_DECAY, BadSample({"beta1": 1.0}, (), "less than 1")),
    "adamax": (BAD_RATE, BAD_DECAY, BadSample({"eps": 0.0}, (), "greater than 0")),
    "radam": (BAD_RATE, BAD_DECAY, BadSample({"beta2": 1.0}, (), "less than 1")),
    "lamb": (BAD_RATE, BAD_DECAY, BadSample({"beta1": -0.1}, (), "greater than or equal to 0")),
    "lion": (BAD_RATE, BAD_DECAY, BadSample({"beta2": 1.0}, (), "less than 1")),
    "adafactor": (BAD_RATE, BAD_DECAY, BadSample({"eps": 1e-8}, (), "Extra inputs are not permitted")),
    "muon": (BAD_RATE, BAD_DECAY, BadSample({"momentum": 0.9}, (), "Extra inputs are not permitted")),
}
