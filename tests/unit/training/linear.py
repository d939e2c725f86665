"""A session in NumPy: least squares by gradient descent, so that the loop is tested without any backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dlspec.backends.session import Evaluation, StepResult
from dlspec.catalog import train_settings as settings
from dlspec.catalog.base import Loss, Metric
from dlspec.catalog.losses import Mae, Mse
from dlspec.catalog.optimizers import Sgd
from dlspec.ir.program import INPUT, LossTerm, MetricTerm, ModelUse, Module, Port, Step, Train, WeightsUse
from dlspec.tensor import TensorType

Array = np.ndarray[Any, np.dtype[Any]]
PAIR = ((INPUT, 0), (INPUT, 1))


def step(name: str = "train", repeat: int = 1, metric: Metric | Loss | None = None) -> Step:
    ports = tuple(Port(name=each, type=TensorType("float", ())) for each in ("x", "y"))
    module = Module(name="s", declaration="s", kind="step", inputs=ports, units=(), nodes=(), outputs=())
    return Step(
        name=name,
        model="line",
        module=module,
        losses=(LossTerm(name="mse", loss=Mse(), inputs=PAIR),),
        metrics=(MetricTerm(name="off", metric=metric or Mae(), inputs=PAIR),),
        optimizers=(WeightsUse(entry=Sgd(lr=0.1), weights=()),),
        repeat=repeat,
    )


def training(*steps: Step, **given: Any) -> Train:
    """A training with these settings: `epochs=3`, `stop=Stop(…)`."""
    made = {"epochs": settings.Epochs, "batch": settings.Batch, "seed": settings.Seed, "shuffle": settings.Shuffle}
    entries = {
        name: made[name](**{"on" if name == "shuffle" else "n": value}) if name in made else value
        for name, value in given.items()
    }
    return Train(
        label="line",
        data="d",
        models=(ModelUse(name="line", module="line"),),
        fields=(steps or (step(),))[0].module.inputs,
        steps=steps or (step(),),
        settings=entries,
    )


class Linear:
    """`w * x` against `y`; the rate is 0.1 over the number of the update, and a draw is added to the prediction."""

    backend, device = "numpy", "cpu"

    def __init__(
        self, steps: tuple[str, ...] = ("train",), *, noise: bool = False, broken_at: int | None = None
    ) -> None:
        self.steps = steps
        self.w = np.float64(0)
        self.velocity = np.float64(0)
        self.noise = noise
        self.broken_at = broken_at
        self.seen: list[tuple[str, tuple[int, ...], float]] = []
        self.epochs: list[int] = []

    def seed(self, seed: int) -> None: ...

    def weights(self) -> dict[str, Array]:
        return {"w": np.array(self.w)}

    def load_weights(self, arrays: Mapping[str, Array]) -> None:
        self.w = np.float64(arrays["w"])

    def state(self) -> dict[str, Array]:
        return {"velocity": np.array(self.velocity)}

    def load_state(self, arrays: Mapping[str, Array]) -> None:
        self.velocity = np.float64(arrays["velocity"])

    def put(self, fields: Mapping[str, Array]) -> Mapping[str, Array]:
        return fields

    def start_epoch(self, epoch: int) -> None:
        self.epochs.append(epoch)

    def learning_rate(self, step_name: str, step: int, steps_per_epoch: int) -> float:
        return 0.1 / (1 + step)

    def draw(self, count: int, seed: int, step: int) -> dict[str, Array]:
        return {"noise": np.random.default_rng([seed, step]).normal(size=count)} if self.noise else {}

    def train_step(self, step_name: str, fields: Any, rows: Array, rate: float, draws: Any) -> StepResult:
        self.seen.append((step_name, tuple(int(row) for row in rows), rate))
        x, y = fields["x"][rows], fields["y"][rows]
        off = self.w * x + draws.get("noise", 0) - y
        loss = float(np.mean(off**2)) if len(self.seen) != self.broken_at else float("nan")
        self.velocity = 0.5 * self.velocity + np.mean(2 * off * x)
        result = StepResult({"mse": loss, "loss": loss}, {"off": (self.w * x, y)})
        self.w = self.w - rate * self.velocity
        return result

    def read_losses(self, results: list[StepResult]) -> list[dict[str, float]]:
        return [dict(result.losses) for result in results]

    def read_outputs(self, results: list[StepResult]) -> dict[str, tuple[Array, ...]]:
        if not results:
            return {}
        pairs = [result.outputs["off"] for result in results]
        return {"off": tuple(np.concatenate(each) for each in zip(*pairs, strict=True))}

    def evaluate(self, fields: Any, batch_size: int) -> Evaluation:
        made = self.w * fields["x"]
        loss = float(np.mean((made - fields["y"]) ** 2))
        return Evaluation({"mse": loss, "loss": loss}, {"off": (made, fields["y"])})

    def predict(self, inputs: Any, batch_size: int = 256, *, model: str | None = None) -> dict[str, Array]:
        return {"line": self.w * inputs["x"]}
