"""Losses of two and three inputs as a spec writes them: bare numbers beside tensors, too few tensors, metrics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.catalog.embedding_losses import Contrastive, InfoNce, Triplet
from dlspec.diagnostics.report import DlspecError
from dlspec.pipeline import checked, resolve
from dlspec.training.loss_values import loss_value
from tests.unit.torch_training.programs import opened

SPEC = """
data d {{
  source npz("d.npz")
  x = column("x")
  y = column("y")
  same = column("same")
}}
model net {{
  input x: float[3]
  output a = x -> dense(4)
  output b = x -> dense(4)
  output one = x -> dense(1)
}}
train net on d {{
  {settings}
  optimizer sgd(lr=0.1)
}}
"""
RNG = np.random.default_rng(0)
FIELDS = {
    "x": RNG.standard_normal((6, 3)).astype(np.float32),
    "y": RNG.standard_normal((6, 4)).astype(np.float32),
    "same": RNG.integers(0, 2, 6).astype(np.float32),
}


def training(folder: Path, settings: str) -> tuple[Any, Any]:
    np.savez(folder / "d.npz", **FIELDS)
    (folder / "net.dl").write_text(SPEC.format(settings=settings))
    program = checked(resolve(folder / "net.dl")).program
    return program, program.trains[0]


def evaluated(folder: Path, settings: str, batch: int = 6) -> tuple[dict[str, float], dict[str, Any]]:
    session = opened(folder, *training(folder, settings))
    losses, outputs = session.evaluate(session.put(FIELDS), batch)
    return dict(losses), outputs


@pytest.mark.parametrize("number", [0, 1])
def test_a_bare_number_says_whether_all_pairs_are_the_same(tmp_path: Path, number: int) -> None:
    flow = f"(a, b, {number}) -> contrastive(margin=3)"
    losses, outputs = evaluated(tmp_path, f"loss {flow}\n  metrics also = {flow}")
    a, b, same = outputs["also"]
    distance = np.sqrt(((a - b) ** 2).sum(1))
    wanted = distance**2 / 2 if number else np.maximum(0, 3 - distance) ** 2 / 2
    assert losses["contrastive"] == pytest.approx(wanted.mean())
    assert loss_value(Contrastive(margin=3.0), a, b, same) == pytest.approx(wanted.mean())


def test_a_bare_number_is_the_log_variance_of_all(tmp_path: Path) -> None:
    losses, outputs = evaluated(tmp_path, "loss (a, 0, y) -> gaussian_nll\n  metrics half = (a, y) -> mse(weight=0.5)")
    a, y = outputs["half"]
    assert losses["gaussian_nll"] == pytest.approx(((a - y) ** 2).mean() / 2)


def test_a_metric_takes_the_three_tensors_of_the_loss(tmp_path: Path) -> None:
    losses, outputs = evaluated(tmp_path, "loss far = (a, b, y) -> triplet\n  metrics triplet")
    assert len(outputs["triplet"]) == 3
    assert losses["far"] == pytest.approx(loss_value(Triplet(), *outputs["triplet"]))


def test_each_batch_of_an_evaluation_is_told_apart_by_itself(tmp_path: Path) -> None:
    losses, outputs = evaluated(tmp_path, "loss info = (a, y) -> info_nce\n  metrics info_nce", batch=4)
    (a, y), loss = outputs["info_nce"], InfoNce()
    parts = [loss_value(loss, a[:4], y[:4]), loss_value(loss, a[4:], y[4:])]
    assert losses["info"] == pytest.approx((4 * parts[0] + 2 * parts[1]) / 6)
    assert losses["info"] < loss_value(loss, a, y)


@pytest.mark.parametrize(
    ("settings", "message", "help"),
    [
        ("loss (a, b) -> triplet", "'triplet' takes 3 tensors", "(anchor, positive, negative) -> triplet"),
        ("loss contrastive", "not clear what 'contrastive' compares", "-> contrastive"),
        ("loss (a, b, one) -> triplet", "the anchor is float[4] and the negative float[1]", "one shape"),
        ("loss (a, b, y) -> contrastive", "'same' is float[4]", "one number for each pair"),
        ("loss (a, same) -> kl_divergence", "is no distribution float[4]", "nll"),
        ("loss (a, y) -> ctc", "'ctc' needs int and was given float[4]", "cast(int)"),
        ("loss (a, y -> cast(int)) -> ctc", "logits [time, classes] are needed", "each time step"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, settings: str, message: str, help: str) -> None:
    with pytest.raises(DlspecError) as error:
        training(tmp_path, settings)
    (problem,) = error.value.diagnostics
    assert message in problem.message
    assert help in problem.help
