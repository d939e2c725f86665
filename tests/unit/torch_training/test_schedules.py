"""The generated `learning_rate` against the catalogue's functions, to the last bit."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dlspec.backends.python.schedules import _LOWERINGS
from dlspec.catalog import schedules as catalog
from dlspec.catalog.losses import Mse
from dlspec.catalog.optimizers import Adam
from tests.unit.torch_training.programs import loaded, mlp, one_step, settings_of

EPOCHS = 7
FLOWS: list[Sequence[catalog.Phase]] = [
    (),
    (catalog.Constant(),),
    (catalog.Cosine(),),
    (catalog.Cosine(final=0.01),),
    (catalog.Linear(),),
    (catalog.Linear(final=0.3),),
    (catalog.Polynomial(),),
    (catalog.Polynomial(power=0.5, final=0.2),),
    (catalog.Warmup(),),
    (catalog.Warmup(start=0.3, steps=5),),
    (catalog.Warmup(steps=4), catalog.Cosine()),
    (catalog.Warmup(epochs=1), catalog.Cosine(final=0.05)),
    (catalog.Warmup(start=0.1, epochs=2), catalog.Constant()),
    (catalog.Warmup(steps=3), catalog.Constant(steps=5), catalog.Linear(final=0.5)),
    (catalog.Warmup(steps=3), catalog.Cosine(epochs=2, final=0.1)),
    (catalog.Constant(epochs=3), catalog.Cosine(), catalog.Constant(steps=4)),
    (catalog.Warmup(steps=1000), catalog.Cosine()),
    (catalog.InverseSqrt(),),
    (catalog.InverseSqrt(steps=9),),
    (catalog.Warmup(steps=4), catalog.InverseSqrt()),
    (catalog.Warmup(epochs=2), catalog.InverseSqrt()),
    (catalog.Warmup(steps=1000), catalog.InverseSqrt()),
    (catalog.Warmup(steps=2), catalog.Constant(epochs=1), catalog.InverseSqrt(epochs=2), catalog.Linear()),
    (catalog.Warmup(steps=2), catalog.Constant(), catalog.InverseSqrt(steps=5)),
    (catalog.Warmup(steps=1000), catalog.Constant(), catalog.InverseSqrt(steps=5)),
    (catalog.Constant(), catalog.InverseSqrt(steps=100)),
    (catalog.Constant(), catalog.Linear(steps=30)),
    (catalog.OneCycle(),),
    (catalog.OneCycle(start=0.1, rise=0.5),),
    (catalog.OneCycle(start=0.0, epochs=3),),
    (catalog.Warmup(steps=3), catalog.OneCycle(rise=0.4)),
    (catalog.Constant(steps=2), catalog.OneCycle(epochs=2), catalog.InverseSqrt()),
    (catalog.Warmup(steps=1000), catalog.OneCycle()),
    (catalog.StepDecay(epochs=2),),
    (catalog.Warmup(steps=3), catalog.StepDecay(factor=0.3, steps=4)),
    (catalog.Exponential(factor=0.5, epochs=1),),
    (catalog.Exponential(factor=0.7, epochs=3),),
    (catalog.Restarts(steps=4),),
    (catalog.Warmup(epochs=1), catalog.Restarts(epochs=1, growth=2, final=0.1)),
]


@pytest.mark.proves("formula", on=("torch", "keras"))
@pytest.mark.parametrize("flow", FLOWS)
def test_learning_rate(tmp_path, flow) -> None:
    program, train = one_step(
        mlp(),
        {"mse": Mse()},
        optimizers=[Adam(lr=0.003)],
        schedule=tuple(flow),
        train_settings=settings_of(epochs=EPOCHS),
    )
    code = loaded(tmp_path, program, train)
    for steps_per_epoch in (1, 3, 10):
        total = EPOCHS * steps_per_epoch
        for step in range(total + 5):
            wanted = 0.003 * (catalog.factor_at(flow, step, steps_per_epoch, total) if flow else 1.0)
            assert code.learning_rate(step, steps_per_epoch) == wanted, (step, steps_per_epoch)


def test_every_schedule_of_the_catalogue_has_a_lowering() -> None:
    assert set(_LOWERINGS) == set(catalog.ENTRIES)
