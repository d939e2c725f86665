"""What the one training loop asks of a backend: a compiled training, ready to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np

    Arrays = Mapping[str, np.ndarray[Any, np.dtype[Any]]]
    Array = np.ndarray[Any, np.dtype[Any]]


class StepResult(NamedTuple):
    """What one update gives back, still on the device: loss terms (with `loss`, `penalty`) and metric inputs."""

    losses: Any
    outputs: Any


class Evaluation(NamedTuple):
    """Loss terms in inference mode, averaged over the examples, and the inputs of each metric."""

    losses: dict[str, float]
    outputs: dict[str, tuple[Array, ...]]


class Session(Protocol):
    """A training, compiled and loaded on one device. Arrays that cross this line are NumPy's and canonical."""

    backend: str
    device: str
    steps: tuple[str, ...]
    """The names of the steps, in order."""

    def seed(self, seed: int) -> None:
        """Seed the backend's own generator (dropout, noise)."""

    def weights(self) -> dict[str, Array]:
        """All weights and running statistics by canonical name (copies): their average, where the spec asks for it."""

    def load_weights(self, arrays: Arrays) -> None:
        """Set weights by canonical name; every name given must exist."""

    def state(self) -> dict[str, Array]:
        """Optimizer and generator state, flat, enough to go on exactly from the weights that `weights` gave."""

    def load_state(self, arrays: Arrays) -> None:
        """Put back what `state` gave."""

    def put(self, fields: Arrays) -> Any:
        """Move whole columns to the device once."""

    def start_epoch(self, epoch: int) -> None:
        """Get ready for the updates of an epoch, counted from 0: training mode, and what is frozen in it."""

    def learning_rate(
        self, step_name: str, step: int, steps_per_epoch: int, seen: Mapping[str, Sequence[float]] | None = None
    ) -> float:
        """The rate of a step's first optimizer before update number `step` (from 0).

        `seen` holds the epochs' figures that a plateau looks at, by their paths.
        """

    def train_step(self, step_name: str, fields: Any, rows: Array, rate: float, draws: Arrays) -> StepResult:
        """One update on the given rows of fields that `put` moved; nothing waits for the device."""

    def draw(self, count: int, seed: int, step: int) -> dict[str, Array]:
        """Numbers for the random tensors of the train block."""

    def read_losses(self, results: list[StepResult]) -> list[dict[str, float]]:
        """The loss terms of several steps as numbers (waits for the device once)."""

    def read_outputs(self, results: list[StepResult]) -> dict[str, tuple[Array, ...]]:
        """The metric inputs of several steps, concatenated."""

    def evaluate(self, fields: Any, batch_size: int) -> Evaluation:
        """Loss terms and metric inputs of all rows, in inference mode."""

    def predict(self, inputs: Arrays, batch_size: int = 256, *, model: str | None = None) -> dict[str, Array]:
        """The outputs of a model (the first where none is named) for its inputs, in inference mode."""
