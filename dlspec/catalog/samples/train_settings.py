"""Uses of the settings of `train`; a flow is a syntax tree, for which its text stands here."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.optimizers import Adagrad, Adam
from dlspec.catalog.penalties import L1, L2
from dlspec.catalog.train_settings import Run

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "loss": (Sample({"flow": "mse"}), Sample({"flow": "(logits, label) -> cross_entropy"})),
    "metrics": (Sample({"flows": ("accuracy", "f1(average=macro)")}), Sample({"flows": ("(y, target) -> mae",)})),
    "optimizer": (Sample({"optimizer": Adam()}), Sample({"optimizer": Adagrad(lr=0.05), "on": "wide.*"})),
    "schedule": (Sample({"flow": "warmup(steps=500) -> cosine"}),),
    "penalty": (Sample({"penalty": L2(rate=1e-4)}), Sample({"penalty": L1(rate=1e-5), "on": "encoder.*"})),
    "clip": (Sample({"norm": 1.0}), Sample({"value": 5.0}), Sample({"norm": 1.0, "value": 0.5})),
    "epochs": (Sample({"n": 20}),),
    "batch": (Sample({"n": 64}), Sample({"n": "all"})),
    "shuffle": (Sample({"on": False}), Sample({"on": True})),
    "seed": (Sample({"n": 0}), Sample({"n": 2**63 - 1})),
    "stop": (
        Sample({"monitor": "validation.loss"}),
        Sample({"monitor": "validation.auc", "patience": 3, "restore_best": False}),
    ),
    "checkpoint": (Sample({}), Sample({"every": 5, "steps": 100, "keep": 2, "best": "validation.loss"})),
    "load": (
        Sample({"path": "base.safetensors"}),
        Sample({"path": Run(label="pretrained"), "into": "backbone.*", "strict": False}),
    ),
    "freeze": (Sample({"pattern": "backbone.*"}), Sample({"pattern": "a.*", "except": "*.norm.*", "until": 3})),
    "rate": (Sample({"pattern": "backbone.*", "factor": 0.1}),),
    "repeat": (Sample({"n": 5}),),
    "run": (Sample({"label": "pretrained"}),),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "metrics": (BadSample({"flows": ()}, (), "at least 1 item"),),
    "optimizer": (BadSample({"optimizer": L2(rate=1e-4)}, (), "Optimizer"),),
    "penalty": (BadSample({"penalty": Adam()}, (), "Penalty"), BadSample({"penalty": L2(), "on": ""}, (), "1 char")),
    "clip": (BadSample({}, (), "a bound is missing"), BadSample({"norm": 0.0}, (), "greater than 0")),
    "epochs": (BadSample({"n": 0}, (), "greater than 0"), BadSample({"n": 1.5}, (), "valid integer")),
    "batch": (BadSample({"n": "some"}, (), "'all'"), BadSample({"n": 0}, (), "greater than 0")),
    "shuffle": (BadSample({"on": 1}, (), "valid boolean"),),
    "seed": (BadSample({"n": -1}, (), "greater than or equal to 0"), BadSample({"n": 2**63}, (), "less than")),
    "stop": (BadSample({"monitor": "validation.loss", "patience": -1}, (), "greater than or equal to 0"),),
    "checkpoint": (BadSample({"keep": 0}, (), "greater than 0"),),
    "load": (BadSample({"path": 3}, (), "valid string"),),
    "freeze": (BadSample({"pattern": "a.*", "until": 0}, (), "greater than 0"),),
    "rate": (BadSample({"pattern": "a.*", "factor": -0.1}, (), "greater than or equal to 0"),),
    "repeat": (BadSample({"n": 0}, (), "greater than 0"),),
    "run": (BadSample({"label": ""}, (), "1 char"),),
}
