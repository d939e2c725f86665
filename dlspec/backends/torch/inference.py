"""The part of the generated file without updates: `evaluate`, `predict`, and what `fit` shares with them."""

from __future__ import annotations

from dlspec.backends.python.docs import docstring
from dlspec.backends.python.evaluation import (
    AVERAGE,
    BATCHES,
    SCORE,
    draws_in_evaluation,
    gathered_lines,
    prediction_lines,
    result_lines,
)
from dlspec.backends.python.plan import ModelPlan, Plan
from dlspec.backends.python.text import Part
from dlspec.backends.torch.precision import SINGLE, in_double, in_precision

# ---------------------------------------------------------------- helpers


def helper_lines(plan: Plan) -> list[list[str]]:
    """Small functions that `evaluate` and `fit` share."""
    texts = [TENSORS, BATCHES, AVERAGE.replace("TENSOR", "Tensor"), *([JOINED, SCORE] if plan.metrics else [])]
    parts = [text.strip("\n").split("\n") for text in texts]
    return [in_double(plan, parts[0]), *parts[1:]]


TENSORS = '''
def tensors(arrays: Mapping[str, np.ndarray], device: torch.device | str) -> dict[str, Tensor]:
    """Arrays on the device; fractions in PyTorch's default type, whole numbers with 64 bits."""
    moved = {name: torch.tensor(array, device=device) for name, array in arrays.items()}
    return {
        name: x.to(torch.get_default_dtype()) if x.is_floating_point() else x if x.dtype == torch.bool else x.long()
        for name, x in moved.items()
    }
'''

JOINED = '''
def joined(results: Sequence[Outputs]) -> dict[str, tuple[np.ndarray, ...]]:
    """What the metrics compare, over several batches."""
    return {
        name: tuple(torch.cat(parts).cpu().numpy() for parts in zip(*(result[name] for result in results), strict=True))
        for name in results[0]
    }
'''

# ---------------------------------------------------------------- evaluation


def evaluate_lines(plan: Plan) -> list[str]:
    """`evaluate`."""
    gives = "tuple[dict[str, float], dict[str, tuple[np.ndarray, ...]]]"
    lines = [
        "@torch.inference_mode()",
        f"def evaluate(model: {plan.model_type}, batches: Iterable[Batch]) -> {gives}:",
        *docstring("The losses, without penalties, and what the metrics compare, in inference mode.", 1),
        "    model.eval()",
    ]
    random = draws_in_evaluation(plan)
    if random:
        lines += [
            "    device = next(model.parameters()).device",
            '    with torch.random.fork_rng([device] if device.type == "cuda" else []):',
            "        torch.manual_seed(SEED)  # the same numbers in every evaluation, and none taken from the training",
        ]
    depth = "        " if random else "    "
    return lines + [f"{depth}{line}" for line in result_lines(plan, _losses, _moved)] + gathered_lines(plan)


def _losses(function: str, drawn: bool) -> str:
    return f"{function}(model, batch, draws)" if drawn else f"{function}(model, batch)"


def _moved(arrays: str, field: str) -> str:
    return f"tensors({arrays}, {field}.device)"


def predict_lines(plan: Plan, model: ModelPlan) -> list[str]:
    """`predict` of a model."""
    lines = [
        "@torch.inference_mode()",
        f"def predict{model.suffix}(model: {plan.model_type}, batch: Batch) -> dict[str, Tensor]:",
        *docstring("The outputs by name, in inference mode.", 1),
        f"    {model.expr}.eval()",
    ]
    made = prediction_lines(plan, model, lambda given: f"{model.expr}({given})", SINGLE)
    return [*in_precision(plan, Part(lines)).lines, *(f"    {line}" for line in made)]
