"""`accumulate`: several small batches are one large one, in double precision and to rounding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.backends.initial import initial_weights
from dlspec.catalog import train_settings as settings
from dlspec.catalog.losses import CrossEntropy, Mse
from dlspec.catalog.optimizers import Adam, Sgd
from dlspec.catalog.penalties import Elastic
from dlspec.ir.program import Program, Train
from dlspec.ir.weights import train_weights
from tests.unit.torch_training.adversarial import adversarial
from tests.unit.torch_training.programs import loaded, mlp, one_step, opened, penalised, settings_of, tensor, updated
from tests.unit.train_settings.specs import TABLE, compiled, written

RNG = np.random.default_rng(0)
FIELDS = {"x": RNG.standard_normal((11, 3)), "target": RNG.standard_normal((11, 1))}
LABELS = {"x": FIELDS["x"], "target": RNG.integers(0, 4, 11)}

OPTIONS: dict[str, tuple[Any, dict[str, Any]]] = {
    "plain": ({"mse": Mse()}, {}),
    "clipped": ({"mse": Mse()}, {"clip_norm": 0.05}),
    "clipped by component": ({"mse": Mse()}, {"clip_value": 0.01}),
    "penalised": ({"mse": Mse()}, {"penalty": Elastic(l1=0.02, l2=0.1)}),
    "sum": ({"mse": Mse(reduction="sum")}, {}),
    "two terms": ({"mse": Mse(), "again": Mse(weight=0.3)}, {}),
    "ignored": ({"term": CrossEntropy(ignore_index=2)}, {}),
    "weighed": ({"term": CrossEntropy(class_weights=(1.0, 5.0, 0.2, 2.0))}, {}),
    "terms of different weights": (
        {"a": CrossEntropy(class_weights=(1.0, 5.0, 0.2, 2.0)), "b": CrossEntropy(), "c": CrossEntropy(ignore_index=1)},
        {},
    ),
}


def small_and_large(case: str, optimizer: Any = None) -> tuple[tuple[Program, Train], tuple[Program, Train], Any]:
    """The same training with 3 batches of 4 (the last one of 3), and with one of 11."""
    losses, more = OPTIONS[case]
    labels = any(isinstance(loss, CrossEntropy) for loss in losses.values())
    model = mlp(outputs=4 if labels else 1)
    targets = {"target": tensor(element="int")} if labels else None
    penalty = more.get("penalty")
    options = {name: value for name, value in more.items() if name != "penalty"}
    made = []
    for batch, n in ((4, 3), (11, 1)):
        own = (*settings_of(batch=batch), *([settings.Accumulate(n=n)] if n > 1 else []))
        program, train = one_step(
            model, losses, targets=targets, optimizers=[optimizer or Sgd(lr=0.1)], train_settings=own, **options
        )
        made.append((program, penalised(program, train, penalty) if penalty else train))
    return made[0], made[1], LABELS if labels else FIELDS


def steps_of(folder: Path, program: Program, train: Train, fields: Any) -> tuple[list[dict[str, float]], Any]:
    folder.mkdir()
    session = opened(folder, program, train)
    session.load_weights(initial_weights(train_weights(program, train), 0))
    return updated(session, fields, 6), session.weights()


@pytest.mark.parametrize("case", OPTIONS)
def test_small_batches_are_one_large_one(case: str, tmp_path: Path) -> None:
    small, large, fields = small_and_large(case, Adam(lr=0.01))
    ours, our_weights = steps_of(tmp_path / "small", *small, fields)
    wanted, weights = steps_of(tmp_path / "large", *large, fields)
    for mine, theirs in zip(ours, wanted, strict=True):
        assert mine.keys() == theirs.keys()
        assert mine == pytest.approx(theirs, rel=1e-10, abs=1e-10)
    for name, array in weights.items():
        np.testing.assert_allclose(our_weights[name], array, rtol=0, atol=1e-10, err_msg=name)


def test_the_update_is_that_of_the_mean_gradient(tmp_path: Path) -> None:
    """Least squares by hand: one update by the gradient of all eleven examples."""
    building = mlp()
    program, train = one_step(
        building, {"mse": Mse()}, optimizers=[Sgd(lr=0.1)],
        train_settings=(*settings_of(batch=2), settings.Accumulate(n=6)),
    )  # fmt: skip
    session = opened(tmp_path, program, train)
    before = {name: array.astype(np.float64) for name, array in session.weights().items()}
    updated(session, FIELDS, 1)
    hidden = np.tanh(FIELDS["x"] @ before["hidden.weight"].T + before["hidden.bias"])
    off = hidden @ before["y.weight"].T + before["y.bias"] - FIELDS["target"]
    after = session.weights()
    np.testing.assert_allclose(after["y.bias"], before["y.bias"] - 0.1 * 2 * off.mean(0), atol=1e-12)
    np.testing.assert_allclose(after["y.weight"], before["y.weight"] - 0.1 * 2 * (off.T @ hidden) / 11, atol=1e-12)


def test_each_step_of_several_models_accumulates(tmp_path: Path) -> None:
    """Batch norm sees small batches, so the generated `fit` is held against the parts by hand."""
    program, train = adversarial()
    with_setting = train.model_copy(update={"settings": {**train.settings, "accumulate": settings.Accumulate(n=2)}})
    code = loaded(tmp_path, program, with_setting)
    rows = code.fit(code.build(), {"image": np.random.default_rng(0).standard_normal((10, 3)).astype(np.float32)})
    steps_per_epoch = -(-10 // (2 * code.BATCH))
    assert [row["step"] for row in rows] == [steps_per_epoch * (epoch + 1) for epoch in range(len(rows))]


def test_steps_count_updates(tmp_path: Path) -> None:
    """43 examples in batches of 8, four at a time: two updates an epoch, the last one of what is left."""
    from dlspec.training.train import train

    run = train(written(tmp_path, TABLE, "accumulate 4; schedule warmup(steps=8)"), log_every=1)
    assert [row["step"] for row in run.history] == [2, 4, 6, 8]
    assert [row["lr"] for row in run.history] == pytest.approx([0.01 * n / 8 for n in (2, 4, 6, 8)])


def test_constant_of_the_file(tmp_path: Path) -> None:
    code = compiled(written(tmp_path, TABLE, "accumulate 4"))
    from dlspec.backends.torch.training import emit_train_file

    assert "ACCUMULATE = 4" in emit_train_file(*code)
    assert "ACCUMULATE" not in emit_train_file(*compiled(written(tmp_path, TABLE)))
