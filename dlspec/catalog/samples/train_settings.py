"""Uses of the settings of `train`; a flow is a syntax tree, for which its text stands here."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.constraints import Clamp, MaxNorm
from dlspec.catalog.optimizers import Adagrad, Adam
from dlspec.catalog.penalties import L1, L2
from dlspec.catalog.train_settings import Run

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "loss": (Sample({"flow": "mse"}), Sample({"flow": "(logits, label) -> cross_entropy"})),
    "metrics": (Sample({"flows": ("accuracy", "f1(average=macro)")}), Sample({"flows": ("(y, target) -> mae",)})),
    "optimizer": (Sample({"optimizer": Adam()}), Sample({"optimizer": Adagrad(lr=0.05), "on": "wide.*"})),
    "schedule": (Sample({"flow": "warmup(steps=500) -> cosine"}),),
    "penalty": (Sample({"penalty": L2(rate=1e-4)}), Sample({"penalty": L1(rate=1e-5), "on": "encoder.*"})),
    "constraint": (
        Sample({"constraint": Clamp(min=-0.01, max=0.01)}),
        Sample({"constraint": MaxNorm(limit=2.0), "on": "head.*"}),
    ),
    "clip": (Sample({"norm": 1.0}), Sample({"value": 5.0}), Sample({"norm": 1.0, "value": 0.5})),
    "epochs": (Sample({"n": 20}),),
    "batch": (Sample({"n": 64}), Sample({"n": "all"})),
    "shuffle": (Sample({"on": False}), Sample({"on": True})),
    "seed": (Sample({"n": 0}), Sample({"n": 2**63 - 1})),
    "precision": (Sample({"type": "float64"}), Sample({"type": "bf16"}), Sample({"type": "fp16"})),
    "accumulate": (Sample({"n": 4}), Sample({"n": 1})),
    "truncate": (Sample({"n": 32}),),
    "average": (Sample({"decay": 0.999}), Sample({"decay": 0.0})),
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
    "constraint": (BadSample({"constraint": L2()}, (), "Constraint"), BadSample({}, (), "Field required")),
    "clip": (BadSample({}, (), "a bound is missing"), BadSample({"norm": 0.0}, (), "greater than 0")),
    "epochs": (BadSample({"n": 0}, (), "greater than 0"), BadSample({"n": 1.5}, (), "valid integer")),
    "batch": (BadSample({"n": "some"}, (), "'all'"), BadSample({"n": 0}, (), "greater than 0")),
    "shuffle": (BadSample({"on": 1}, (), "valid boolean"),),
    "seed": (BadSample({"n": -1}, (), "greater than or equal to 0"), BadSample({"n": 2**63}, (), "less than")),
    "precision": (BadSample({"type": "int8"}, (), "'fp16'"),),
    "accumulate": (BadSample({"n": 0}, (), "greater than 0"),),
    "truncate": (BadSample({"n": 0}, (), "greater than 0"),),
    "average": (BadSample({"decay": 1.0}, (), "less than 1"), BadSample({"decay": -0.1}, (), "greater than or equal")),
    "stop": (BadSample({"monitor": "validation.loss", "patience": -1}, (), "greater than or equal to 0"),),
    "checkpoint": (BadSample({"keep": 0}, (), "greater than 0"),),
    "load": (BadSample({"path": 3}, (), "valid string"),),
    "freeze": (BadSample({"pattern": "a.*", "until": 0}, (), "greater than 0"),),
    "rate": (BadSample({"pattern": "a.*", "factor": -0.1}, (), "greater than or equal to 0"),),
    "repeat": (BadSample({"n": 0}, (), "greater than 0"),),
    "run": (BadSample({"label": ""}, (), "1 char"),),
}

EXAMPLES = {
    "loss": "loss (logits, label) -> cross_entropy(label_smoothing=0.1)",
    "metrics": "metrics accuracy, f1(average=macro)",
    "optimizer": "optimizer adam(lr=0.003)",
    "schedule": "schedule warmup(steps=100) -> cosine(final=0.01)",
    "penalty": 'penalty l2(0.0001), on="*.weight"',
    "constraint": "constraint max_norm(3)",
    "clip": "clip norm=1.0",
    "epochs": "epochs 20",
    "batch": "batch 64",
    "shuffle": "shuffle false",
    "seed": "seed 7",
    "precision": "precision bf16",
    "accumulate": "accumulate 4",
    "average": "average 0.999",
    "stop": "stop monitor=validation.loss, patience=5",
    "checkpoint": "checkpoint every=1, keep=3, best=validation.loss",
    "load": 'load run("pretrained"), into="*.weight", strict=false',
    "freeze": 'freeze "*.bias", until=3',
    "rate": 'rate "*.bias", 0.1',
    "run": 'load run("pretrained")',
}
"""Lines of a `train` block."""
