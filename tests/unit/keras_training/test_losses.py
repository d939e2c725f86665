"""Each loss against its formula in NumPy, and value, weight and gradient against PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlspec.backends.keras.losses import _LOWERINGS
from dlspec.backends.python.plan import EXAMPLE_WEIGHT
from dlspec.catalog import losses as catalog
from dlspec.catalog.base import Loss
from dlspec.catalog.index import all_entries
from tests.unit.keras_training.programs import loaded
from tests.unit.torch_training import programs as torch_programs
from tests.unit.torch_training.programs import direct, one_step, tensor
from tests.unit.torch_training.test_losses import ELEMENTWISE, PLACES, WEIGHTED, kl, target_values, with_options

N = 5
RNG = np.random.default_rng(1)


def on_keras(tmp_path: Any, program: Any, train: Any, fields: dict[str, np.ndarray]) -> tuple[float, float, Any]:
    """Value, its weight, gradient by x, of the generated `losses` of a model that hands its inputs on."""
    import tensorflow as tf

    code = loaded(tmp_path, program, train)
    batch = {name: tf.constant(value) for name, value in fields.items()}
    with tf.GradientTape() as tape:
        tape.watch(batch["x"])
        terms, _ = code.losses(code.build(), batch)
    value, weight = terms["term"]
    gradient = tape.gradient(value, batch["x"])
    return float(value), float(weight), tf.convert_to_tensor(gradient).numpy()


def on_torch(tmp_path: Any, program: Any, train: Any, fields: dict[str, np.ndarray]) -> tuple[float, float, Any]:
    import torch

    code = torch_programs.loaded(tmp_path, program, train)
    batch = {name: torch.tensor(value) for name, value in fields.items()}
    batch["x"].requires_grad_(True)
    value, weight = code.losses(code.build(), batch)[0]["term"]
    value.backward()
    return value.item(), float(weight), batch["x"].grad.numpy()


@pytest.fixture(autouse=True)
def float64() -> Any:
    import keras

    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx(before[0])
    keras.config.set_dtype_policy(before[1])


def assert_alike(tmp_path: Any, loss: Loss, model: Any, fields: dict[str, np.ndarray], **more: Any) -> float:
    """Both backends agree; gives the value."""
    program, train = one_step(model, {"term": loss}, **more)
    ours = on_keras(tmp_path, program, train, fields)
    wanted = on_torch(tmp_path, program, train, fields)
    assert ours[0] == pytest.approx(wanted[0], rel=1e-12)
    assert ours[1] == pytest.approx(wanted[1], rel=1e-12)
    np.testing.assert_allclose(ours[2], wanted[2], rtol=1e-10, atol=1e-14)
    return ours[0]


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("shape", [(), (1,), (2, 3)])
@pytest.mark.parametrize(("loss", "formula", "kind"), ELEMENTWISE)
def test_elementwise_losses(tmp_path, loss, formula, kind, shape, reduction) -> None:
    f, y = RNG.standard_normal((N, *shape)), target_values(kind, (N, *shape))
    given = with_options(loss, weight=0.7, reduction=reduction)
    value = assert_alike(tmp_path, given, direct(tensor(*shape)), {"x": f, "target": y})
    terms = formula(f, y)
    assert value == pytest.approx(0.7 * float(terms.mean() if reduction == "mean" else terms.sum() / N), rel=1e-12)


@pytest.mark.parametrize("shapes", [((1,), ()), ((), (1,))])
def test_one_number_and_no_dimension_are_taken_for_each_other(tmp_path, shapes) -> None:
    f, y = RNG.standard_normal((N, *shapes[0])), RNG.standard_normal((N, *shapes[1]))
    model, targets = direct(tensor(*shapes[0])), {"target": tensor(*shapes[1])}
    value = assert_alike(tmp_path, catalog.Mse(), model, {"x": f, "target": y}, targets=targets)
    assert value == pytest.approx(float(((f.ravel() - y.ravel()) ** 2).mean()), rel=1e-12)


@pytest.mark.parametrize("number", [1.0, 0.0, 0.25])
def test_a_number_as_target_stands_for_each_element(tmp_path, number) -> None:
    f = RNG.standard_normal((N, 2, 3))
    assert_alike(tmp_path, catalog.BinaryCrossEntropy(), direct(tensor(2, 3)), {"x": f}, targets={}, constant=number)


def test_the_perceptron_learns_from_a_score_of_nothing(tmp_path) -> None:
    f, y = np.array([0.0, 0.0, 2.0, -2.0]), np.array([1.0, -1.0, 1.0, 1.0])
    program, train = one_step(direct(tensor()), {"term": catalog.Perceptron()})
    value, _, gradient = on_keras(tmp_path, program, train, {"x": f, "target": y})
    assert value == 0.5
    np.testing.assert_array_equal(gradient * 4, [-1.0, 1.0, 0.0, -1.0])


def test_log_cosh_of_large_errors_is_finite(tmp_path) -> None:
    f, y = np.array([1e4, -1e4]), np.zeros(2)
    value = assert_alike(tmp_path, catalog.LogCosh(), direct(tensor()), {"x": f, "target": y})
    assert value == pytest.approx(1e4 - np.log(2), rel=1e-15)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(("shape", "axis"), PLACES)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"label_smoothing": 0.1},
        {"class_weights": (0.5, 2.0, 1.0, 0.1)},
        {"ignore_index": 2},
        {"label_smoothing": 0.2, "class_weights": (0.5, 2.0, 1.0, 0.1), "ignore_index": 0},
        {"class_weights": (0.5, 2.0, 1.0, 0.1), "ignore_index": -100},
    ],
)
def test_cross_entropy_of_class_numbers(tmp_path, shape, axis, options, reduction) -> None:
    rng = np.random.default_rng(3)
    rest = shape[1:] if axis == 0 else shape[:-1]
    logits, target = rng.standard_normal((N, *shape)), rng.integers(0, 4, (N, *rest))
    if options.get("ignore_index") == -100:
        target[0] = -100
    loss = catalog.CrossEntropy(axis=axis, weight=1.5, reduction=reduction, **options)
    targets = {"target": tensor(*rest, element="int")}
    assert_alike(tmp_path, loss, direct(tensor(*shape)), {"x": logits, "target": target}, targets=targets)


@pytest.mark.parametrize("weights", [None, (1.0, 2.0, 3.0, 4.0)])
def test_where_every_target_is_ignored_the_loss_is_nothing(tmp_path, weights) -> None:
    fields = {"x": RNG.standard_normal((N, 4)), "target": np.full(N, 3)}
    loss = catalog.CrossEntropy(ignore_index=3, class_weights=weights)
    assert not assert_alike(tmp_path, loss, direct(tensor(4)), fields, targets={"target": tensor(element="int")})


@pytest.mark.parametrize("smooth", [0.0, 0.1])
@pytest.mark.parametrize(("shape", "axis"), PLACES)
def test_cross_entropy_of_distributions(tmp_path, shape, axis, smooth) -> None:
    rng = np.random.default_rng(4)
    logits, target = rng.standard_normal((N, *shape)), rng.random((N, *shape))  # that do not even sum to 1
    loss = catalog.CrossEntropy(axis=axis, label_smoothing=smooth)
    assert_alike(tmp_path, loss, direct(tensor(*shape)), {"x": logits, "target": target})


@pytest.mark.parametrize("options", [{}, {"class_weights": (0.5, 2.0, 1.0, 0.1)}, {"ignore_index": 1}])
@pytest.mark.parametrize("shape", [(4,), (3, 4)])
def test_nll(tmp_path, shape, options) -> None:
    rng = np.random.default_rng(5)
    fields = {"x": -rng.random((N, *shape)), "target": rng.integers(0, 4, (N, *shape[:-1]))}
    targets = {"target": tensor(*shape[:-1], element="int")}
    assert_alike(tmp_path, catalog.Nll(**options), direct(tensor(*shape)), fields, targets=targets)


@pytest.mark.parametrize("shape", [(), (1,), (6,), (2, 3)])
def test_kl_normal(tmp_path, shape) -> None:
    x, s = RNG.standard_normal((N, *shape)), RNG.standard_normal((N, *shape))
    model = direct(tensor(*shape), s=tensor(*shape))
    value = assert_alike(tmp_path, catalog.KlNormal(weight=0.5), model, {"x": x, "s": s}, targets={})
    assert value == pytest.approx(0.5 * float(kl(x, s).mean()), rel=1e-12)


@pytest.mark.parametrize(("loss", "prediction", "target"), WEIGHTED)
def test_the_weights_of_examples(tmp_path, loss, prediction, target) -> None:
    rng = np.random.default_rng(6)
    shape = tuple(int(size) for size in prediction.shape)
    y = rng.integers(0, 4, (N, *(target.shape))) if target else rng.choice([-1.0, 1.0], (N, *shape))
    fields = {
        "x": rng.standard_normal((N, *shape)),
        "target": y,
        EXAMPLE_WEIGHT: np.array([1.0, 2.0, 0.0, 3.0, 1.0]),
    }
    assert_alike(
        tmp_path, loss, direct(prediction), fields,
        targets={"target": target or prediction}, extra_fields={EXAMPLE_WEIGHT: tensor()},
    )  # fmt: skip


@pytest.mark.parametrize("shape", [(), (1,)])
def test_a_tensor_of_ones_own(tmp_path, shape) -> None:
    program, train = one_step(
        direct(tensor(*shape)), {"term": None}, targets={}, extra_fields={EXAMPLE_WEIGHT: tensor()}
    )
    fields = {"x": RNG.standard_normal((2, *shape)), EXAMPLE_WEIGHT: np.array([3.0, 1.0])}
    value, _, _ = on_keras(tmp_path, program, train, fields)
    assert value == pytest.approx(float((fields["x"].ravel() * [0.75, 0.25]).sum()), rel=1e-12)


def test_every_loss_of_the_catalogue_has_a_lowering() -> None:
    assert set(_LOWERINGS) == set(all_entries()["loss"])
