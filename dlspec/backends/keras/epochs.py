"""What begins an epoch in the generated file: `start_epoch`."""

from __future__ import annotations

import re

from dlspec.backends.keras.plan import first_names
from dlspec.backends.python.docs import docstring
from dlspec.backends.python.plan import Plan
from dlspec.backends.python.selection import condition
from dlspec.ir.program import Freeze


def start_epoch_lines(plan: Plan) -> list[str]:
    """`start_epoch`: what stands still."""
    return [
        f"def start_epoch(model: {plan.model_type}, epoch: int) -> None:",
        *docstring(_about(plan), 1),
        *(f"    {line}" for line in (_statements(plan) if plan.freezes else [])),
    ]


def _about(plan: Plan) -> str:
    frozen = " Frozen weights stand still, and so do their running statistics." if plan.freezes else ""
    return f"Get the model ready for the updates of an epoch, counted from 0.{frozen}"


def _statements(plan: Plan) -> list[str]:
    """Normalisations first: setting a layer sets its weights too."""
    norms: dict[str, list[str]] = {}
    for freeze in plan.freezes:
        for layer in _norms(plan, freeze):
            norms.setdefault(layer, []).append(_when(freeze))
    held = [_held(plan, freeze) for freeze in plan.freezes]
    lines = [f"model.{layer}.trainable = {_none_of(dict.fromkeys(whens))}" for layer, whens in norms.items()]
    source = "name, p in parameters(model).items()" if any("name" in each for each in held) else (
        "p in parameters(model).values()"
    )  # fmt: skip
    return [*lines, f"for {source}:", f"    p.trainable = {_none_of(dict.fromkeys(held))}"]


def _when(freeze: Freeze) -> str:
    return "" if freeze.until is None else f"epoch < {freeze.until}"


def _held(plan: Plan, freeze: Freeze) -> str:
    """The condition under which a weight stands still."""
    first = first_names(plan)
    parts = [_when(freeze), condition({first[name] for name in freeze.weights} & plan.trainable.keys(), plan.trainable)]
    return " and ".join(part for part in parts if part)


def _none_of(conditions: dict[str, None]) -> str:
    if "" in conditions:
        return "False"
    if len(conditions) > 1:
        return f"not ({' or '.join(f'({each})' if ' and ' in each else each for each in conditions)})"
    (only,) = conditions
    return f"epoch >= {only.removeprefix('epoch < ')}" if only.startswith("epoch < ") and " and " not in only else (
        f"not ({only})"
    )  # fmt: skip


def _norms(plan: Plan, freeze: Freeze) -> list[str]:
    """The layers with running statistics of which some weight stands still, as attributes of the model."""
    layers = {name.rpartition(".")[0] for name in freeze.weights}
    found = {
        path.partition(":")[0].rpartition(".")[0]
        for name, path in plan.weights.items()
        if name not in plan.trainable and name.rpartition(".")[0] in layers
    }
    return sorted(re.sub(r"\.(\d+)", r"[\1]", path) for path in found)
