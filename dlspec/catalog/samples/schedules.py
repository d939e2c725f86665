"""Uses of the schedules."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "constant": (Sample({}), Sample({"steps": 10})),
    "warmup": (Sample({"steps": 20}), Sample({"start": 0.1, "epochs": 2})),
    "linear": (Sample({}), Sample({"final": 0.1, "steps": 10})),
    "cosine": (Sample({}), Sample({"final": 0.01}), Sample({"final": 0.5, "epochs": 3})),
    "polynomial": (Sample({}), Sample({"power": 0.5, "final": 0.1})),
    "inverse_sqrt": (Sample({}), Sample({"steps": 50})),
    "one_cycle": (Sample({}), Sample({"start": 0.1, "rise": 0.45}), Sample({"start": 0.0, "epochs": 3})),
    "step_decay": (Sample({"epochs": 5}), Sample({"factor": 0.5, "steps": 7})),
    "exponential": (Sample({"factor": 0.9, "epochs": 1}), Sample({"factor": 0.5, "steps": 7})),
    "restarts": (Sample({"epochs": 2}), Sample({"final": 0.1, "growth": 2, "steps": 5})),
    "plateau": (Sample({}), Sample({"monitor": "train.loss", "factor": 0.5, "patience": 0})),
}

BAD_LENGTH = BadSample({"steps": 5, "epochs": 5}, (), "one length")
NO_STEPS = BadSample({"steps": 0}, (), "greater than or equal to 1")
NO_PERIOD = BadSample({}, (), "the length of its period is missing")

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "constant": (BAD_LENGTH, NO_STEPS),
    "warmup": (BAD_LENGTH, BadSample({"start": 1.5}, (), "less than or equal to 1")),
    "linear": (BAD_LENGTH, BadSample({"final": -0.1}, (), "greater than or equal to 0")),
    "cosine": (BAD_LENGTH, BadSample({"final": -0.1}, (), "greater than or equal to 0")),
    "polynomial": (BAD_LENGTH, BadSample({"power": 0.0}, (), "greater than 0")),
    "inverse_sqrt": (BAD_LENGTH, NO_STEPS),
    "one_cycle": (
        BAD_LENGTH,
        BadSample({"start": -0.1}, (), "greater than or equal to 0"),
        BadSample({"rise": 1.0}, (), "less than 1"),
    ),
    "step_decay": (NO_PERIOD, BadSample({"factor": 0.0, "epochs": 1}, (), "greater than 0")),
    "exponential": (BadSample({"epochs": 1}, (), "Field required"), BadSample({"factor": 0.5}, (), "period")),
    "restarts": (NO_PERIOD, BadSample({"growth": 0, "epochs": 1}, (), "greater than or equal to 1")),
    "plateau": (BadSample({"epochs": 5}, (), "has no length"), BadSample({"factor": 1.0}, (), "less than 1")),
}
