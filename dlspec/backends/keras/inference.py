"""The part of the generated file without updates: `evaluate`, `predict`, and what `fit` shares with them."""

from __future__ import annotations

from dlspec.backends.keras.precision import SINGLE, in_double
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


def helper_lines(plan: Plan) -> list[list[str]]:
    """Small functions that `evaluate` and `fit` share."""
    texts = [TENSORS, BATCHES, AVERAGE.replace("TENSOR | int", "Tensor").replace("TENSOR", "Tensor")]
    texts += [JOINED, SCORE] if plan.metrics else []
    parts = [text.strip("\n").split("\n") for text in texts]
    return [in_double(plan, parts[0]), *parts[1:]]


TENSORS = '''
def tensors(arrays: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """Arrays as tensors; fractions in Keras's default type, whole numbers with 64 bits."""
    kinds = {"f": keras.config.floatx(), "b": "bool"}
    types = {name: kinds.get(array.dtype.kind, "int64") for name, array in arrays.items()}
    return {name: tf.convert_to_tensor(array.astype(types[name])) for name, array in arrays.items()}
'''

JOINED = '''
def joined(results: Sequence[Outputs]) -> dict[str, tuple[np.ndarray, ...]]:
    """What the metrics compare, over several batches."""
    return {
        name: tuple(np.concatenate(parts) for parts in zip(*(result[name] for result in results), strict=True))
        for name in results[0]
    }
'''


def evaluate_lines(plan: Plan) -> list[str]:
    """`evaluate`."""
    gives = "tuple[dict[str, float], dict[str, tuple[np.ndarray, ...]]]"
    lines = [
        f"def evaluate(model: {plan.model_type}, batches: Iterable[Batch]) -> {gives}:",
        *docstring("The losses, without penalties, and what the metrics compare, in inference mode.", 1),
    ]
    random = draws_in_evaluation(plan)
    if random:
        lines += [
            "    with seeded(model, SEED):  # the same numbers in every evaluation, and none taken from the training"
        ]
    depth = "        " if random else "    "
    return lines + [f"{depth}{line}" for line in result_lines(plan, _losses, _moved)] + gathered_lines(plan)


def _losses(function: str, drawn: bool) -> str:
    return f"compiled({function}, model)(batch{', draws' if drawn else ''})"


def _moved(arrays: str, field: str) -> str:
    return f"tensors({arrays})"


def predict_lines(plan: Plan, model: ModelPlan) -> list[str]:
    """`predict` of a model."""
    lines = [
        f"def predict{model.suffix}(model: {plan.model_type}, batch: Batch) -> dict[str, Tensor]:",
        *docstring("The outputs by name, in inference mode.", 1),
        *(f"    {line}" for line in prediction_lines(plan, model, lambda given: f"{model.expr}({given})", SINGLE)),
    ]
    return in_double(plan, lines)
