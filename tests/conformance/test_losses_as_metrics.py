"""Every loss serves as a metric: the figure of a split is what the loss of the same split is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from dlspec.backends.torch.training import emit_train_file
from dlspec.catalog.index import names
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.program import MetricTerm, Program, Train
from dlspec.pipeline import checked, resolve
from dlspec.training.figures import metric_terms, score
from tests.conformance.loss_cases import CASES, Case, N
from tests.unit.keras_training.programs import opened as opened_on_keras

BATCHED = [each for each in CASES if all(type.batched for type in each.values[0].types)]
"""What has no batch is repeated for each example before it becomes part of a metric: see below."""
ONE_OF_EACH = list({each.values[0].loss.entry: each for each in reversed(BATCHED)}.values())


def also_a_metric(case: Case) -> tuple[Program, Train]:
    """The training by a loss, which stands among the metrics too."""
    program, train = case.program(weighted=False)
    (step,) = train.steps
    metric = MetricTerm(name="figure", metric=case.loss, inputs=step.losses[0].inputs)
    return program, train.model_copy(update={"steps": (step.model_copy(update={"metrics": (metric,)}),)})


def batches(case: Case) -> list[int]:
    """In batches of unequal length, and in one; a loss that compares the examples of a batch is one of all of them."""
    return [N] if case.loss.entry == "info_nce" else [2, N]


def test_every_loss_is_here() -> None:
    assert {each.values[0].loss.entry for each in ONE_OF_EACH} == set(names("loss"))


@pytest.mark.parametrize("case", BATCHED)
def test_the_figure_is_the_loss(case: Case) -> None:
    program, train = also_a_metric(case)
    code: dict[str, Any] = {"__name__": "generated"}
    exec(compile(emit_train_file(program, train), "generated.py", "exec"), code)
    fields = {name: torch.tensor(value) for name, value in case.fields().items()}
    for size in batches(case):
        parts = [{name: x[start : start + size] for name, x in fields.items()} for start in range(0, N, size)]
        losses, outputs = code["evaluate"](code["build"](), parts)
        assert score(metric_terms(train), outputs)["figure"] == pytest.approx(losses["term"], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("case", ONE_OF_EACH)
def test_the_figure_is_the_loss_on_keras(case: Case, tmp_path: Path) -> None:
    program, train = also_a_metric(case)
    session = opened_on_keras(tmp_path, program, train)
    for size in batches(case):
        losses, outputs = session.evaluate(session.put(case.fields()), size)
        assert score(metric_terms(train), outputs)["figure"] == pytest.approx(losses["term"], rel=1e-9, abs=1e-12)


SPEC = """
data digits {
  source builtin("digits")
  image = column("pixel_*") -> rescale(1/16)
}
model net {
  input image: float[64]
  output y = image -> dense(3)
}
train net on digits {
  loss fit = (y, constant([1.0, 2.0, 3.0])) -> mse
  metrics figure = (y, constant([1.0, 2.0, 3.0])) -> mse, root = (y, constant([1.0, 2.0, 3.0])) -> rmse,
    plain = (y, 0.5) -> mae
  optimizer sgd
  epochs 1
}
"""


def test_what_has_no_batch_is_compared_with_every_example() -> None:
    program = checked(resolve(Path("net.dl"), source=SourceFile("net.dl", SPEC))).program
    (train,) = program.trains
    code: dict[str, Any] = {"__name__": "generated"}
    exec(compile(emit_train_file(program, train), "generated.py", "exec"), code)
    model, images = code["build"](), torch.rand(7, 64, generator=torch.manual_seed(0))
    with torch.no_grad():
        y = model(images)
    _, outputs = code["evaluate"](model, [{"image": images[:4]}, {"image": images[4:]}])
    figures = score(metric_terms(train), outputs)
    error = (y - torch.tensor([1.0, 2.0, 3.0])).square().mean().item()
    assert figures == pytest.approx(
        {"figure": error, "root": error**0.5, "plain": (y - 0.5).abs().mean().item()}, rel=1e-5
    )
