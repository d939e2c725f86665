"""What begins an epoch: the generated `start_epoch`."""

from __future__ import annotations

from dlspec.backends.python.docs import docstring
from dlspec.backends.python.plan import Plan
from dlspec.backends.python.selection import condition
from dlspec.ir.program import Freeze


def start_epoch_lines(plan: Plan) -> list[str]:
    """`start_epoch`: training mode, and what stands still."""
    lines = [
        f"def start_epoch(model: {plan.model_type}, epoch: int) -> None:",
        *docstring(_about_epoch(plan), 1),
        "    model.train()",
    ]
    trained = {step.model.name for step in plan.steps}
    lines += [f"    {model.expr}.eval()" for model in plan.models if model.name not in trained]
    freezes = plan.freezes
    if any(freeze.until is not None for freeze in freezes):
        lines.append("    model.requires_grad_(True)")
    for freeze in freezes:
        lines += _freeze(plan, freeze)
    return lines


def _about_epoch(plan: Plan) -> str:
    frozen = " Frozen weights stand still, and so do their running statistics." if plan.freezes else ""
    return f"Get the model ready for the updates of an epoch, counted from 0.{frozen}"


def _freeze(plan: Plan, freeze: Freeze) -> list[str]:
    """The statements of one `freeze`: gradients off, and batch normalisation in inference mode."""
    parameters = {plan.weights[name] for name in freeze.weights if name in plan.trainable}
    indent = "    " if freeze.until is None else "        "
    lines = [] if freeze.until is None else [f"    if epoch < {freeze.until}:"]
    held = condition(parameters, {plan.weights[name]: size for name, size in plan.trainable.items()})
    if not held:
        lines.append(f"{indent}model.requires_grad_(False)")
    elif parameters:
        lines += [
            f"{indent}for name, p in model.named_parameters():",
            f"{indent}    if {held}:",
            f"{indent}        p.requires_grad_(False)",
        ]
    return lines + [f"{indent}{line}" for line in _norms(plan, freeze)]


def _norms(plan: Plan, freeze: Freeze) -> list[str]:
    """Puts the batch normalisations among the frozen layers into inference mode."""
    layers = {name.rpartition(".")[0] for name in freeze.weights}
    every = {
        name.rpartition(".")[0]: key.rpartition(".")[0]
        for name, key in plan.weights.items()
        if name not in plan.trainable
    }
    chosen = {key for name, key in every.items() if name in layers}
    if not chosen:
        return []
    # Modules have no dimensions: all count alike.
    held = condition(chosen, dict.fromkeys(every.values(), 0))
    test = f"isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d){f' and {held}' if held else ''}"
    source = "for name, module in model.named_modules():" if "name" in held else "for module in model.modules():"
    return [source, f"    if {test}:", "        module.eval()"]
