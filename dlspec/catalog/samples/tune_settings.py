"""Uses of the settings of `tune`, the spaces and the searchers."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.tune_settings import Choice, Median, Tpe

BARE = (Sample({}),)
BOUNDS = BadSample({"low": 2, "high": 1}, (), "nothing lies between 2")

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "choice": (Sample({"values": (16, 32, 64)}), Sample({"values": (True, 0.5, "same", (3, 3))})),
    "uniform": (Sample({"low": -1.0, "high": 1.0}),),
    "log_uniform": (Sample({"low": 1e-4, "high": 0.1}),),
    "integer": (Sample({"low": 1, "high": 8}), Sample({"low": 16, "high": 64, "step": 16})),
    "random": BARE,
    "grid": BARE,
    "tpe": BARE,
    "cmaes": BARE,
    "median": BARE,
    "hyperband": BARE,
    "successive_halving": BARE,
    "search": (Sample({"space": Choice(values=(16, 32))}),),
    "maximize": (Sample({"metric": "validation.accuracy"}),),
    "minimize": (Sample({"metric": "validation.loss"}),),
    "trials": (Sample({"n": 40}),),
    "sampler": (Sample({"name": Tpe()}),),
    "pruner": (Sample({"name": Median()}),),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "choice": (BadSample({"values": ()}, (), "at least 1 item"),),
    "uniform": (BOUNDS,),
    "log_uniform": (BOUNDS, BadSample({"low": 0.0, "high": 1.0}, (), "greater than 0")),
    "integer": (BOUNDS, BadSample({"low": 1, "high": 8, "step": 0}, (), "greater than 0")),
    "trials": (BadSample({"n": 0}, (), "greater than 0"),),
    "sampler": (BadSample({"name": Median()}, (), "picks none"),),
    "pruner": (BadSample({"name": Tpe()}, (), "gives none up"),),
}


def _tune(*lines: str) -> str:
    rest = ("search optimizer.lr = log_uniform(0.001, 0.1)", "minimize validation.loss", "trials 20")
    words = {line.split()[0] for line in lines} | ({"minimize"} if "maximize validation.accuracy" in lines else set())
    kept = [line for line in rest if line.split()[0] not in words]
    return "tune net on digits {\n  " + "\n  ".join([*lines, *kept]) + "\n}\n"


EXAMPLES = {
    "search": _tune("search optimizer.lr = log_uniform(0.001, 0.1)"),
    "minimize": _tune("minimize validation.loss"),
    "trials": _tune("trials 40"),
    "sampler": _tune("sampler tpe"),
    "pruner": _tune("pruner median"),
    "choice": _tune("search optimizer.lr = choice(0.1, 0.01)"),
    "uniform": _tune("search optimizer.lr = uniform(0.01, 0.1)"),
    "log_uniform": _tune("search optimizer.lr = log_uniform(0.001, 0.1)"),
    "integer": _tune("search epochs = integer(1, 8)"),
    "random": _tune("sampler random"),
    "grid": _tune("search optimizer.lr = choice(0.1, 0.01)", "sampler grid"),
    "tpe": _tune("sampler tpe"),
    "cmaes": _tune("sampler cmaes"),
    "median": _tune("pruner median"),
    "hyperband": _tune("pruner hyperband"),
    "successive_halving": _tune("pruner successive_halving"),
}
"""Blocks in which they stand."""
