"""Each loss against its formula in NumPy, and its gradient against finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from dlspec.backends.python.plan import EXAMPLE_WEIGHT
from dlspec.backends.torch.loss_helpers import HELPERS
from dlspec.backends.torch.losses import _LOWERINGS
from dlspec.backends.torch.training import emit_train_file
from dlspec.catalog import losses as catalog
from dlspec.catalog.base import Loss
from dlspec.catalog.index import all_entries
from dlspec.tensor import TensorType
from tests.unit.torch_training.programs import direct, loaded, mlp, one_step, tensor

N = 5
RNG = np.random.default_rng(1)


def softmax_log(x: np.ndarray, axis: int) -> np.ndarray:
    x = x - x.max(axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis, keepdims=True))


def sigmoid_log(x: np.ndarray) -> np.ndarray:
    return -np.log1p(np.exp(-x))


def kl(mean: np.ndarray, log_variance: np.ndarray) -> np.ndarray:
    return -0.5 * (1 + log_variance - mean**2 - np.exp(log_variance)).reshape(len(mean), -1).sum(1)


def binary(f: np.ndarray, y: np.ndarray, w: float = 1.0, smooth: float = 0.0) -> np.ndarray:
    y = (1 - smooth) * y + smooth / 2
    return -(w * y * sigmoid_log(f) + (1 - y) * sigmoid_log(-f))


def huber(f: np.ndarray, y: np.ndarray, delta: float) -> np.ndarray:
    d = np.abs(f - y)
    return np.where(d <= delta, d**2 / 2, delta * (d - delta / 2))


ELEMENTWISE: list[tuple[Loss, Callable[[Any, Any], Any], str]] = [
    (catalog.Mse(), lambda f, y: (f - y) ** 2, "float"),
    (catalog.Mae(), lambda f, y: np.abs(f - y), "float"),
    (catalog.Huber(), lambda f, y: huber(f, y, 1.0), "float"),
    (catalog.Huber(delta=0.3), lambda f, y: huber(f, y, 0.3), "float"),
    (catalog.LogCosh(), lambda f, y: np.log(np.cosh(f - y)), "float"),
    (catalog.Quantile(), lambda f, y: np.abs(f - y) / 2, "float"),
    (catalog.Quantile(q=0.9), lambda f, y: np.where(y > f, 0.9, 0.1) * np.abs(f - y), "float"),
    (catalog.Poisson(), lambda f, y: np.exp(f) - y * f, "count"),
    (catalog.Hinge(), lambda f, y: np.maximum(0, 1 - y * f), "sign"),
    (catalog.SquaredHinge(), lambda f, y: np.maximum(0, 1 - y * f) ** 2, "sign"),
    (catalog.Perceptron(), lambda f, y: np.maximum(0, -y * f), "sign"),
    (catalog.Wasserstein(), lambda f, y: -y * f, "sign"),
    (catalog.BinaryCrossEntropy(), binary, "yes"),
    (
        catalog.BinaryCrossEntropy(positive_weight=3.0, label_smoothing=0.2),
        lambda f, y: binary(f, y, 3.0, 0.2),
        "yes",
    ),
]


def target_values(kind: str, shape: tuple[int, ...]) -> np.ndarray:
    rng = np.random.default_rng(2)
    drawn = {
        "float": rng.standard_normal(shape),
        "count": rng.integers(0, 5, shape).astype(float),
        "sign": rng.choice([-1.0, 1.0], shape),
        "yes": rng.integers(0, 2, shape).astype(float),
    }
    return drawn[kind]


def with_options(loss: Loss, **options: Any) -> Loss:
    return loss.model_copy(update=options)


def value_and_gradient(tmp_path: Any, loss: Loss, model: Any, fields: dict[str, np.ndarray], **more: Any) -> Any:
    """What the generated `losses` gives for a model that hands its inputs on: value, its weight, gradient by x."""
    program, train = one_step(model, {"term": loss}, **more)
    code = loaded(tmp_path, program, train)
    batch = {name: torch.tensor(value) for name, value in fields.items()}
    for port in model.inputs:
        batch[port.name].requires_grad_(True)
    terms, _ = code.losses(code.build(), batch)
    value, weight = terms["term"]
    value.backward()
    return value.item(), float(weight), batch["x"].grad.numpy()


def numeric_gradient(function: Callable[[np.ndarray], float], x: np.ndarray) -> np.ndarray:
    found = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = 1e-6
        found[place] = (function(x + step) - function(x - step)) / 2e-6
    return found


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3)])
@pytest.mark.parametrize(("loss", "formula", "kind"), ELEMENTWISE)
def test_elementwise_losses(tmp_path, loss, formula, kind, shape, reduction) -> None:
    f, y = RNG.standard_normal((N, *shape)), target_values(kind, (N, *shape))

    def reference(x: np.ndarray) -> float:
        terms = formula(x, y)
        return 0.7 * float(terms.mean() if reduction == "mean" else terms.sum() / N)

    given = with_options(loss, weight=0.7, reduction=reduction)
    value, weight, gradient = value_and_gradient(tmp_path, given, direct(tensor(*shape)), {"x": f, "target": y})
    assert value == pytest.approx(reference(f), rel=1e-12)
    assert weight == N
    np.testing.assert_allclose(gradient, numeric_gradient(reference, f), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("loss", "formula", "kind"), ELEMENTWISE)
@pytest.mark.parametrize("shapes", [((1,), ()), ((), (1,))])
def test_one_number_and_no_dimension_are_taken_for_each_other(tmp_path, loss, formula, kind, shapes) -> None:
    f, y = RNG.standard_normal((N, *shapes[0])), target_values(kind, (N, *shapes[1]))
    value, _, gradient = value_and_gradient(
        tmp_path, loss, direct(tensor(*shapes[0])), {"x": f, "target": y}, targets={"target": tensor(*shapes[1])}
    )
    assert value == pytest.approx(float(formula(f.ravel(), y.ravel()).mean()), rel=1e-12)
    assert gradient.shape == f.shape


@pytest.mark.parametrize("shape", [(), (1,), (2, 3)])
@pytest.mark.parametrize("number", [1.0, 0.0, 0.25])
def test_a_number_as_target_stands_for_each_element(tmp_path, shape, number) -> None:
    f = RNG.standard_normal((N, *shape))
    value, _, _ = value_and_gradient(
        tmp_path, catalog.BinaryCrossEntropy(), direct(tensor(*shape)), {"x": f}, targets={}, constant=number
    )
    assert value == pytest.approx(float(binary(f, np.full_like(f, number)).mean()), rel=1e-12)


def test_the_perceptron_learns_from_a_score_of_nothing(tmp_path) -> None:
    # Where y*f = 0 the gradient is -y: without it a perceptron that begins with zeros never moves.
    f, y = np.array([0.0, 0.0, 2.0, -2.0]), np.array([1.0, -1.0, 1.0, 1.0])
    value, _, gradient = value_and_gradient(tmp_path, catalog.Perceptron(), direct(tensor()), {"x": f, "target": y})
    assert value == 0.5
    np.testing.assert_array_equal(gradient * 4, [-1.0, 1.0, 0.0, -1.0])


def test_log_cosh_of_large_errors_is_finite(tmp_path) -> None:
    f, y = np.array([1e4, -1e4]), np.zeros(2)
    value, _, gradient = value_and_gradient(tmp_path, catalog.LogCosh(), direct(tensor()), {"x": f, "target": y})
    assert value == pytest.approx(1e4 - np.log(2), rel=1e-15)
    np.testing.assert_allclose(gradient * 2, [1, -1])


# ---------------------------------------------------------------- classes

PLACES = [((4,), -1), ((3, 4), -1), ((4, 3, 2), 0), ((4, 3), 0)]


def class_reference(
    logits: np.ndarray,
    target: np.ndarray,
    axis: int,
    *,
    smooth: float = 0.0,
    weights: tuple[float, ...] | None = None,
    ignored: int | None = None,
    reduction: str = "mean",
    examples: np.ndarray | None = None,
) -> tuple[float, float]:
    """(1-e)·w_y·(-log p_y) + e/C·Σ w_c·(-log p_c), over Σ w_y; by loops over the places."""
    logp = np.moveaxis(softmax_log(logits, 1 if axis == 0 else -1), 1 if axis == 0 else -1, -1)
    classes = logp.shape[-1]
    w = np.ones(classes) if weights is None else np.array(weights)
    total, count = 0.0, 0.0
    for place in np.ndindex(target.shape):
        y = int(target[place])
        if y == ignored:
            continue
        example = 1.0 if examples is None else examples[place[0]]
        each = (1 - smooth) * w[y] * -logp[place][y] + smooth / classes * sum(w * -logp[place])
        total += example * each
        count += example * w[y]
    if reduction == "sum":
        count = float(len(target)) if examples is None else float(examples.sum())
    return (total / count if count else 0.0), count


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(("shape", "axis"), PLACES)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"label_smoothing": 0.1},
        {"class_weights": (0.5, 2.0, 1.0, 0.1)},
        {"ignore_index": 2},
        {"label_smoothing": 0.2, "class_weights": (0.5, 2.0, 1.0, 0.1)},
        {"label_smoothing": 0.2, "class_weights": (0.5, 2.0, 1.0, 0.1), "ignore_index": 0},
        {"class_weights": (0.5, 2.0, 1.0, 0.1), "ignore_index": -100},
    ],
)
def test_cross_entropy_of_class_numbers(tmp_path, shape, axis, options, reduction) -> None:
    rng = np.random.default_rng(3)
    logits = rng.standard_normal((N, *shape))
    rest = shape[1:] if axis == 0 else shape[:-1]
    target = rng.integers(0, 4, (N, *rest))
    if options.get("ignore_index") == -100:
        target[0] = -100
    named = {"smooth": "label_smoothing", "weights": "class_weights", "ignored": "ignore_index"}
    given = {name: options[field] for name, field in named.items() if field in options}

    def reference(x: np.ndarray) -> float:
        return 1.5 * class_reference(x, target, axis, reduction=reduction, **given)[0]

    loss = catalog.CrossEntropy(axis=axis, weight=1.5, reduction=reduction, **options)
    value, weight, gradient = value_and_gradient(
        tmp_path, loss, direct(tensor(*shape)), {"x": logits, "target": target},
        targets={"target": tensor(*rest, element="int")},
    )  # fmt: skip
    places = class_reference(logits, target, axis, reduction=reduction, **given)[1]
    assert value == pytest.approx(reference(logits), rel=1e-12)
    # Without weights or ignored places every example counts alike, so their number serves as the weight.
    assert weight == pytest.approx(places if given.keys() - {"smooth"} else N, rel=1e-12)
    np.testing.assert_allclose(gradient, numeric_gradient(reference, logits), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("weights", [None, (1.0, 2.0, 3.0, 4.0)])
def test_where_every_target_is_ignored_the_loss_is_nothing(tmp_path, weights) -> None:
    logits, target = RNG.standard_normal((N, 4)), np.full(N, 3)
    loss = catalog.CrossEntropy(ignore_index=3, class_weights=weights)
    value, weight, gradient = value_and_gradient(
        tmp_path, loss, direct(tensor(4)), {"x": logits, "target": target}, targets={"target": tensor(element="int")}
    )
    assert (value, weight) == (0.0, 0.0)
    np.testing.assert_array_equal(gradient, np.zeros_like(logits))


@pytest.mark.parametrize("smooth", [0.0, 0.1])
@pytest.mark.parametrize(("shape", "axis"), PLACES)
def test_cross_entropy_of_distributions(tmp_path, shape, axis, smooth) -> None:
    rng = np.random.default_rng(4)
    logits, target = rng.standard_normal((N, *shape)), rng.random((N, *shape))
    where = 1 if axis == 0 else -1
    target /= target.sum(where, keepdims=True)

    def reference(x: np.ndarray) -> float:
        q = (1 - smooth) * target + smooth / 4
        return float(-(q * softmax_log(x, where)).sum(where).mean())

    value, weight, gradient = value_and_gradient(
        tmp_path, catalog.CrossEntropy(axis=axis, label_smoothing=smooth), direct(tensor(*shape)),
        {"x": logits, "target": target},
    )  # fmt: skip
    assert value == pytest.approx(reference(logits), rel=1e-12)
    assert weight == N
    np.testing.assert_allclose(gradient, numeric_gradient(reference, logits), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("options", [{}, {"class_weights": (0.5, 2.0, 1.0, 0.1)}, {"ignore_index": 1}])
@pytest.mark.parametrize("shape", [(4,), (3, 4)])
def test_nll(tmp_path, shape, options) -> None:
    rng = np.random.default_rng(5)
    logp = softmax_log(rng.standard_normal((N, *shape)), -1)
    target = rng.integers(0, 4, (N, *shape[:-1]))
    w = np.array(options.get("class_weights", (1.0,) * 4))[target] * (target != options.get("ignore_index"))
    wanted = float(-(w * np.take_along_axis(logp, target[..., None], -1)[..., 0]).sum() / w.sum())
    value, _, _ = value_and_gradient(
        tmp_path, catalog.Nll(**options), direct(tensor(*shape)), {"x": logp, "target": target},
        targets={"target": tensor(*shape[:-1], element="int")},
    )  # fmt: skip
    assert value == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("shape", [(), (1,), (6,), (2, 3)])
def test_kl_normal(tmp_path, shape, reduction) -> None:
    x, s = RNG.standard_normal((N, *shape)), RNG.standard_normal((N, *shape))
    loss = catalog.KlNormal(weight=0.5, reduction=reduction)
    value, weight, gradient = value_and_gradient(
        tmp_path, loss, direct(tensor(*shape), s=tensor(*shape)), {"x": x, "s": s}, targets={}
    )
    assert value == pytest.approx(0.5 * float(kl(x, s).mean()), rel=1e-12)
    assert weight == N
    np.testing.assert_allclose(
        gradient, numeric_gradient(lambda each: 0.5 * float(kl(each, s).mean()), x), rtol=1e-6, atol=1e-8
    )


@pytest.mark.parametrize("shape", [(), (1,)])
def test_a_tensor_of_ones_own_counts_by_its_mean(tmp_path, shape) -> None:
    program, train = one_step(direct(tensor(*shape)), {"own": None}, targets={})
    code = loaded(tmp_path, program, train)
    x = torch.tensor(RNG.standard_normal((N, *shape)))
    terms, _ = code.losses(code.build(), {"x": x})
    assert float(terms["own"][0]) == pytest.approx(float(x.mean()), rel=1e-14)


# ---------------------------------------------------------------- weights of the examples

WEIGHTED: list[tuple[Loss, TensorType, TensorType | None]] = [
    (catalog.Mse(), tensor(), None),
    (catalog.Mse(), tensor(2, 3), None),
    (catalog.Mse(reduction="sum"), tensor(2, 3), None),
    (catalog.Hinge(), tensor(1), None),
    (catalog.CrossEntropy(), tensor(4), tensor(element="int")),
    (catalog.CrossEntropy(), tensor(3, 4), tensor(3, element="int")),
    (catalog.CrossEntropy(class_weights=(1.0, 2.0, 3.0, 4.0), label_smoothing=0.1), tensor(4), tensor(element="int")),
    (catalog.CrossEntropy(ignore_index=2), tensor(3, 4), tensor(3, element="int")),
    (catalog.CrossEntropy(ignore_index=2, reduction="sum"), tensor(3, 4), tensor(3, element="int")),
]


@pytest.mark.parametrize(("loss", "prediction", "target"), WEIGHTED)
def test_an_example_of_weight_two_counts_as_two_examples(tmp_path, loss, prediction, target) -> None:
    rng = np.random.default_rng(6)
    shape = tuple(int(size) for size in prediction.shape)
    x = rng.standard_normal((N, *shape))
    y = rng.integers(0, 4, (N, *(target.shape))) if target else rng.choice([-1.0, 1.0], (N, *shape))
    weights = np.array([1.0, 2.0, 0.0, 3.0, 1.0])
    repeated = np.repeat(np.arange(N), weights.astype(int))
    targets = {"target": target or prediction}
    plain, plain_weight, _ = value_and_gradient(
        tmp_path, loss, direct(prediction), {"x": x[repeated], "target": y[repeated]}, targets=targets
    )
    value, weight, _ = value_and_gradient(
        tmp_path, loss, direct(prediction), {"x": x, "target": y, EXAMPLE_WEIGHT: weights},
        targets=targets, extra_fields={EXAMPLE_WEIGHT: tensor()},
    )  # fmt: skip
    assert value == pytest.approx(plain, rel=1e-12)
    assert weight == pytest.approx(plain_weight, rel=1e-12)


def test_the_weights_of_examples_count_for_a_tensor_of_ones_own(tmp_path) -> None:
    program, train = one_step(direct(tensor()), {"own": None}, targets={}, extra_fields={EXAMPLE_WEIGHT: tensor()})
    code = loaded(tmp_path, program, train)
    batch = {"x": torch.tensor([1.0, 5.0]), EXAMPLE_WEIGHT: torch.tensor([3.0, 1.0])}
    assert float(code.losses(code.build(), batch)[0]["own"][0]) == 2.0


# ---------------------------------------------------------------- the table, and the text


def test_every_loss_of_the_catalogue_has_a_lowering() -> None:
    assert set(_LOWERINGS) == set(all_entries()["loss"])


def test_only_what_is_needed_is_emitted() -> None:
    program, train = one_step(mlp(), {"mse": catalog.Mse()})
    text = emit_train_file(program, train)
    for name in (*HELPERS, "clip_norm", "penalty", "Optimizers", "score", "track_statistics", "updates"):
        assert f"{name}(" not in text
    assert "F.mse_loss(" in text
