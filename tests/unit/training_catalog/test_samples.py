"""Every sample of the training families is taken, has the shapes that were worked out by hand, and survives JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module

import pytest
from pydantic import ValidationError

from dlspec.catalog.base import BadSample, Entry, Loss, Metric, Misfit, Sample, parameters
from dlspec.catalog.dump import dump_entry
from dlspec.catalog.index import FAMILIES, PLANNED, find, load_entry

FAMILIES_HERE = (
    "losses", "class_losses", "embedding_losses", "metrics", "image_metrics",
    "text_metrics", "ranking_metrics", "optimizers", "schedules", "constraints",
    "train_settings", "tune_settings",
)  # fmt: skip
ENTRIES = [entry for family in FAMILIES_HERE for entry in import_module(f"dlspec.catalog.{family}").ENTRIES]


def cases(table: str) -> list[object]:
    return list(each_case(table))


def each_case(table: str) -> Iterator[object]:
    for family in FAMILIES_HERE:
        samples = getattr(import_module(f"dlspec.catalog.samples.{family}"), table)
        by_name = {entry.entry: entry for entry in import_module(f"dlspec.catalog.{family}").ENTRIES}
        for name, uses in samples.items():
            for number, use in enumerate(uses):
                yield pytest.param(by_name[name], use, id=f"{family}-{name}-{number}")


def made(entry: type[Entry], arguments: dict[str, object]) -> Entry:
    value = entry.model_validate(arguments)
    value.check()
    return value


def used(entry: type[Entry], sample: BadSample) -> None:
    value = made(entry, sample.arguments)
    if isinstance(value, Loss | Metric):
        value.infer(*sample.inputs)


@pytest.mark.parametrize(("entry", "sample"), cases("SAMPLES"))
def test_sample(entry: type[Entry], sample: Sample) -> None:
    value = made(entry, sample.arguments)
    if isinstance(value, Loss | Metric):
        result = value.infer(*sample.inputs)
        assert (result.element, (result.shape,), result.batched) == ("float", sample.outputs, True)
    assert load_entry(json.loads(json.dumps(dump_entry(value)))) == value


@pytest.mark.parametrize(("entry", "sample"), cases("BAD_SAMPLES"))
def test_bad_sample(entry: type[Entry], sample: BadSample) -> None:
    with pytest.raises((Misfit, ValidationError)) as caught:
        used(entry, sample)
    assert sample.message in str(caught.value)
    if isinstance(caught.value, Misfit) and sample.inputs:
        assert any(str(type) in str(caught.value) for type in sample.inputs) or "class" in str(caught.value)


@pytest.mark.parametrize("family", FAMILIES_HERE)
def test_table_names_what_the_module_has(family: str) -> None:
    named = {(kind, name) for kind, modules in FAMILIES.items() for name in modules.get(family, ())}
    assert {(entry.kind, entry.entry) for entry in import_module(f"dlspec.catalog.{family}").ENTRIES} == named


def test_what_is_planned_is_not_there() -> None:
    assert [(kind, name) for kind, names in PLANNED.items() for name in names if find(kind, name) is not None] == []


SIGNATURES = {
    ("optimizer", "sgd"): "lr=0.01 momentum=0.0 nesterov=False weight_decay=0.0",
    ("optimizer", "adagrad"): "lr=0.01 eps=1e-10 weight_decay=0.0",
    ("optimizer", "adadelta"): "lr=1.0 rho=0.9 eps=1e-06 weight_decay=0.0",
    ("optimizer", "rmsprop"): "lr=0.01 rho=0.99 eps=1e-08 momentum=0.0 centered=False weight_decay=0.0",
    ("optimizer", "adam"): "lr=0.001 beta1=0.9 beta2=0.999 eps=1e-08 amsgrad=False weight_decay=0.0",
    ("optimizer", "adamw"): "lr=0.001 beta1=0.9 beta2=0.999 eps=1e-08 weight_decay=0.01",
    **dict.fromkeys(
        (("optimizer", name) for name in ("nadam", "adamax", "radam", "lamb")),
        "lr=0.001 beta1=0.9 beta2=0.999 eps=1e-08 weight_decay=0.0",
    ),
    ("optimizer", "lion"): "lr=0.0001 beta1=0.9 beta2=0.99 weight_decay=0.0",
    ("optimizer", "adafactor"): "lr=0.01 weight_decay=0.0",
    ("optimizer", "muon"): "lr=0.02 weight_decay=0.0",
    ("schedule", "inverse_sqrt"): "steps=None epochs=None",
    ("schedule", "one_cycle"): "start=0.04 rise=0.3 steps=None epochs=None",
    ("schedule", "step_decay"): "factor=0.1 steps=None epochs=None",
    ("schedule", "exponential"): "factor steps=None epochs=None",
    ("schedule", "restarts"): "final=0.0 growth=1 steps=None epochs=None",
    ("schedule", "warmup"): "start=0.0 steps=None epochs=None",
    ("constraint", "clamp"): "min max",
    ("constraint", "max_norm"): "limit",
    ("train setting", "constraint"): "constraint on=*",
    ("loss", "huber"): "delta=1.0 weight=1.0 reduction=mean",
    ("loss", "kl_normal"): "weight=1.0 reduction=mean",
    ("loss", "binary_cross_entropy"): "positive_weight=1.0 label_smoothing=0.0 weight=1.0 reduction=mean",
    ("loss", "cross_entropy"): (
        "label_smoothing=0.0 class_weights=None ignore_index=None axis=-1 weight=1.0 reduction=mean"
    ),
    ("loss", "quantile"): "q=0.5 weight=1.0 reduction=mean",
    ("loss", "gaussian_nll"): "weight=1.0 reduction=mean",
    ("loss", "wasserstein"): "weight=1.0 reduction=mean",
    ("loss", "focal"): "gamma=2.0 alpha=0.25 weight=1.0 reduction=mean",
    ("loss", "kl_divergence"): "weight=1.0 reduction=mean",
    ("loss", "dice"): "smooth=1.0 weight=1.0 reduction=mean",
    ("loss", "tversky"): "alpha=0.5 beta=0.5 smooth=1.0 weight=1.0 reduction=mean",
    ("loss", "ctc"): "blank=0 weight=1.0 reduction=mean",
    ("loss", "cosine"): "weight=1.0 reduction=mean",
    ("loss", "contrastive"): "margin=1.0 weight=1.0 reduction=mean",
    ("loss", "triplet"): "margin=1.0 weight=1.0 reduction=mean",
    ("loss", "info_nce"): "temperature=0.1 weight=1.0 reduction=mean",
    ("loss", "nll"): "class_weights=None ignore_index=None weight=1.0 reduction=mean",
    ("metric", "top_k"): "k=5 ignore_index=None",
    ("metric", "f1"): "average=macro ignore_index=None",
    ("metric", "dice"): "ignore_index=None",
    ("metric", "psnr"): "ignore_index=None",
    ("metric", "ssim"): "ignore_index=None",
    ("metric", "bleu"): "n=4 ignore_index=None",
    ("metric", "edit_distance"): "ignore_index=None",
    ("metric", "word_error_rate"): "ignore_index=None",
    ("metric", "ndcg"): "k=10 ignore_index=None",
    ("metric", "mrr"): "ignore_index=None",
    ("train setting", "optimizer"): "optimizer on=*",
    ("train setting", "stop"): "monitor patience=0 restore_best=True",
    ("train setting", "checkpoint"): "every=1 steps=None keep=1 best=None",
    ("train setting", "load"): "path into=* strict=True",
    ("train setting", "freeze"): "pattern except=None until=None",
    ("space", "integer"): "low high step=1",
}


@pytest.mark.parametrize(("kind", "name"), SIGNATURES)
def test_signature(kind: str, name: str) -> None:
    """Names, order and defaults as the language has them."""
    entry = find(kind, name)
    assert entry is not None
    written = [info.name if info.required else f"{info.name}={info.default}" for info in parameters(entry)]
    assert " ".join(written) == SIGNATURES[kind, name]


def test_what_may_stand_in_a_step() -> None:
    allowed = [entry.entry for entry in ENTRIES if getattr(entry, "in_step", False)]
    assert sorted(allowed) == ["clip", "constraint", "loss", "optimizer", "penalty", "repeat", "schedule"]
    assert [entry.entry for entry in ENTRIES if getattr(entry, "step_only", False)] == ["repeat"]


def test_penalty_knows_whether_its_pattern_was_written() -> None:
    from dlspec.catalog.constraints import UnitNorm
    from dlspec.catalog.penalties import L2
    from dlspec.catalog.train_settings import Constraint, Penalty

    assert not Constraint(constraint=UnitNorm()).covers_what_matches
    assert not Penalty(penalty=L2()).covers_what_matches
    assert Penalty(penalty=L2(), on="*").covers_what_matches
