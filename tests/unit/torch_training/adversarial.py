"""A training of several models, built by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlspec.catalog.activation import Tanh
from dlspec.catalog.dense import Constant, Dense
from dlspec.catalog.losses import BinaryCrossEntropy
from dlspec.catalog.norm import BatchNorm
from dlspec.catalog.optimizers import Adam
from dlspec.catalog.random import RandomNormal
from dlspec.ir.program import LossTerm, ModelUse, Module, Program, Step, Train, WeightsUse
from tests.unit.torch_training.programs import Building, settings_of, tensor

FACES = {"image": np.random.default_rng(0).standard_normal((10, 3))}


def with_norm(name: str, inputs: int, outputs: int) -> Module:
    """dense -> batch_norm -> tanh -> dense."""
    building = Building(name, {"x": tensor(inputs)})
    inner = building.layer("hidden", Dense(size=4), building.input("x"))
    inner = building.layer("norm", BatchNorm(), inner)
    inner = building.layer("tanh", Tanh(), inner)
    return building.done("model", y=building.layer("y", Dense(size=outputs), inner))


def adversarial(
    *, names: tuple[str, str, str] = ("generator", "discriminator", "judge"), **settings: Any
) -> tuple[Program, Train]:
    """A generator and a discriminator, both with batch norm, and a judge that no step updates."""
    generator, discriminator, judge = (
        with_norm(name, inputs, outputs) for name, inputs, outputs in zip(names, (2, 3, 3), (3, 1, 1), strict=True)
    )
    models = (generator, discriminator, judge)
    fields = {"image": tensor(3)}

    def parts(name: str) -> Building:
        building = Building(f"step {name}", fields)
        building.noise = building.layer("noise.random_normal", RandomNormal(shape=(2,)))  # type: ignore[attr-defined]
        return building

    first = parts(names[1])
    fake = first.call(names[0], generator, first.noise)
    one, zero = first.layer("one", Constant(values=1.0)), first.layer("zero", Constant(values=0.0))
    real = first.call(names[1], discriminator, first.input("image"))
    verdict_on_fake = first.call(names[1], discriminator, fake)
    losses = (
        LossTerm(name="real", loss=BinaryCrossEntropy(), inputs=(real, one)),
        LossTerm(name="fake", loss=BinaryCrossEntropy(), inputs=(verdict_on_fake, zero)),
    )
    second = parts(names[0])
    made = second.call(names[0], generator, second.noise)
    verdict = second.call(names[1], discriminator, made)
    liked = second.call(names[2], judge, made)
    yes = second.layer("one", Constant(values=1.0))
    program = Program(source="hand", modules=models, models={m.name: m.name for m in models})

    def step(name: str, building: Building, terms: Any, **more: Any) -> Step:
        weights = [f"{name}.{layer}.{weight}" for layer in ("hidden", "norm", "y") for weight in ("weight", "bias")]
        return Step(
            name=name, model=name, module=building.done("step"), losses=terms,
            optimizers=(WeightsUse(entry=Adam(lr=0.05), weights=tuple(weights)),), **more,
        )  # fmt: skip

    fool = (
        LossTerm(name="fool", loss=BinaryCrossEntropy(), inputs=(verdict, yes)),
        LossTerm(name="fake", loss=BinaryCrossEntropy(weight=0.1), inputs=(liked, yes)),
    )
    steps = (step(names[1], first, losses, **settings), step(names[0], second, fool))
    train = Train(
        label="adversarial",
        data=None,
        models=tuple(ModelUse(name=m.name, module=m.name) for m in models),
        fields=steps[0].module.inputs,
        steps=steps,
        settings={entry.entry: entry for entry in settings_of(epochs=2, batch=4)},
    )
    return program, train
