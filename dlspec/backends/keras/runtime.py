"""Runs a generated training with Keras on TensorFlow: loads its file and calls the functions in it, nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np

from dlspec.backends.python.names import identifier
from dlspec.backends.session import Evaluation, StepResult
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import fail

ENGINE = "tensorflow"


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what TensorFlow's own code writes to the error stream: no Python setting reaches that."""
    sys.stderr.flush()
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


if "keras" not in sys.modules:
    # What is set there, or in Keras's own file of settings, is for somebody else's models.
    os.environ["KERAS_BACKEND"] = ENGINE
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

try:
    with _quiet():  # it tells of processors and graphics cards
        import keras
        import tensorflow as tf
except ModuleNotFoundError as error:
    missing = "TensorFlow" if error.name == "tensorflow" else "Keras"
    raise fail(codes.MISSING_BACKEND, f"{missing} is not installed", help="pip install 'dlspec[keras]'") from error

if keras.config.backend() != ENGINE:
    raise fail(
        codes.MISSING_BACKEND,
        f"Keras runs on {keras.config.backend()} in this process, and dlspec trains it on TensorFlow",
        help="import dlspec's Keras backend before Keras, or set KERAS_BACKEND=tensorflow",
    )

Array = np.ndarray[Any, np.dtype[Any]]
Arrays = Mapping[str, Array]
Precision = Literal["float32", "float64"]


def open_session(path: Path, *, device: str = "cpu", precision: Precision = "float32") -> KerasSession:
    """The training in a generated file, ready on a device; a diagnostic where there is no such device."""
    return KerasSession(path, device=device, precision=precision)


class KerasSession:
    """A generated training on one device. Its weights are the framework's own until `load_weights`."""

    backend = "keras"

    def __init__(self, path: Path, *, device: str = "cpu", precision: Precision = "float32") -> None:
        self.device = device
        self._device = _device(device)
        self._precision = precision
        self._code = _load(path)
        with self._running():
            self._model = self._code.build()
            self._steps = {step.name: step for step in self._code.STEPS}
            self._optimizers = {name: step.make_optimizer(self._model) for name, step in self._steps.items()}
        self.steps = tuple(self._steps)
        self._epoch, self._started = 0, False

    # ---------------------------------------------------------------- weights and state

    def seed(self, seed: int) -> None:
        """Seed the generators of the model's layers."""
        self._code.seed_generators(self._model, seed)

    def weights(self) -> dict[str, Array]:
        """Copies of all weights and running statistics by canonical name, or of their average."""
        self._rest()
        found: dict[str, Array] = self._code.read_weights(self._model)
        return found

    def load_weights(self, arrays: Arrays) -> None:
        """Set weights by canonical name; a diagnostic where one is unknown or of another shape."""
        own = self.weights()
        for name, array in arrays.items():
            if name not in own:
                raise fail(codes.WEIGHTS_MISFIT, f"the model has no weight called '{name}'")
            if own[name].shape != array.shape:
                message = f"'{name}' has the shape {own[name].shape}, and the one given {array.shape}"
                raise fail(codes.WEIGHTS_MISFIT, message)
        self._code.load_weights(self._model, arrays)
        for _, made in self._averaged():
            made.restart()

    def state(self) -> dict[str, Array]:
        """What the optimizers remember, `optimizer/step/weight/slot`, and the generators of random numbers."""
        self._rest()
        return {name: variable.numpy().copy() for name, variable in self._remembered()}

    def load_state(self, arrays: Arrays) -> None:
        """Put back what `state` gave; what is missing begins anew."""
        for name, variable in self._remembered():
            variable.assign(arrays[name] if name in arrays else np.zeros(variable.shape))
        for _, made in self._averaged():
            made.training = False  # the model has the average, for that is what `weights` gives
        self._started = False

    def _averaged(self) -> Iterator[tuple[str, Any]]:
        """The optimizers that keep an average of the weights, by step."""
        return ((name, made) for name, made in self._optimizers.items() if hasattr(made, "follow"))

    def _rest(self) -> None:
        """Give the model the average of its weights, where there is one, until the next update."""
        for _, made in self._averaged():
            made.eval()
            self._started = False

    def _remembered(self) -> Iterator[tuple[str, Any]]:
        """Every variable of the state by name."""
        for place, generator in enumerate(self._code.generators(self._model)):
            yield f"generator/{place}", generator
        for step, made in self._averaged():
            yield from ((f"trained/{step}/{place}", variable) for place, variable in enumerate(made.other))
        for step, made in self._optimizers.items():
            if hasattr(made, "scaled"):
                yield from ((f"scale/{step}/{slot}", getattr(made, slot)) for slot in ("scale", "good"))
        weights = self._code.parameters(self._model)
        for step, made in self._optimizers.items():
            for optimizer in getattr(made, "optimizers", (made,)):
                for name, variable in weights.items():
                    place = optimizer.known.get(id(variable))
                    memory = () if place is None else optimizer.memory[place]
                    for slot, value in zip(optimizer.slots, memory, strict=place is not None):
                        yield f"optimizer/{step}/{name}/{slot}", value

    # ---------------------------------------------------------------- training

    def put(self, fields: Arrays) -> dict[str, Any]:
        """Move whole columns to the device."""
        with self._running():
            moved: dict[str, Any] = self._code.tensors({name: np.asarray(array) for name, array in fields.items()})
        return moved

    def start_epoch(self, epoch: int) -> None:
        """What stands still in this epoch."""
        self._epoch = epoch
        self._code.start_epoch(self._model, epoch)
        for _, made in self._averaged():
            made.train()
        self._started = True

    def learning_rate(
        self, step_name: str, step: int, steps_per_epoch: int, seen: Mapping[str, Sequence[float]] | None = None
    ) -> float:
        """The rate of a step's first optimizer before update number `step`; a plateau looks at the figures `seen`."""
        given = (step, steps_per_epoch, seen) if seen else (step, steps_per_epoch)
        return float(self._steps[step_name].learning_rate(*given))

    def train_step(self, step_name: str, fields: Any, rows: Array, rate: float, draws: Arrays) -> StepResult:
        """One update on some rows of what `put` gave; nothing waits for the device."""
        if not self._started:
            self.start_epoch(self._epoch)
        with self._running():
            batch = {name: tf.gather(column, rows) for name, column in fields.items()}
            drawn = self._code.tensors(draws) if draws else None
            step = self._steps[step_name]
            return StepResult(*step.train_step(self._model, self._optimizers[step_name], batch, rate, drawn))

    def draw(self, count: int, seed: int, step: int) -> dict[str, Array]:
        """Numbers for the random tensors of the train block."""
        drawn: dict[str, Array] = self._code.draw(count, seed, step)
        return drawn

    def read_losses(self, results: Sequence[StepResult]) -> list[dict[str, float]]:
        """The loss terms of several updates as numbers."""
        return [{name: float(value) for name, value in result.losses.items()} for result in results]

    def read_outputs(self, results: Sequence[StepResult]) -> dict[str, tuple[Array, ...]]:
        """What the metrics compare, over several updates."""
        parts: dict[str, list[tuple[Any, ...]]] = {}
        for result in results:
            for name, tensors in result.outputs.items():
                parts.setdefault(name, []).append(tensors)
        return {
            name: tuple(np.concatenate([part.numpy() for part in each]) for each in zip(*several, strict=True))
            for name, several in parts.items()
        }

    # ---------------------------------------------------------------- inference

    def evaluate(self, fields: Any, batch_size: int) -> Evaluation:
        """Loss terms and what the metrics compare, over all rows, in inference mode."""
        self._rest()
        with self._running():
            return Evaluation(*self._code.evaluate(self._model, self._code.batches(fields, batch_size)))

    def predict(self, inputs: Arrays, batch_size: int = 256, *, model: str | None = None) -> dict[str, Array]:
        """The outputs of a model (the first where none is named) for its inputs, in inference mode."""
        self._rest()
        functions = {name: made for name, made in vars(self._code).items() if name.startswith("predict")}
        own = functions.get(f"predict_{identifier(model)}") if model else None
        predict = own or next(iter(functions.values()))
        columns = self.put(inputs)
        # A model that draws numbers gives the same ones each time, and takes none from a training.
        with self._running(), self._seeded():
            made = [predict(self._model, batch) for batch in self._code.batches(columns, batch_size)]
            return {name: np.concatenate([each[name].numpy() for each in made]) for name in made[0]}

    @contextmanager
    def _seeded(self) -> Iterator[None]:
        states = self._code.generators(self._model)
        kept = [state.numpy() for state in states]
        self._code.seed_generators(self._model, self._code.SEED)
        try:
            yield
        finally:
            for state, value in zip(states, kept, strict=True):
                state.assign(value)

    @contextmanager
    def _running(self) -> Iterator[None]:
        """New tensors in the session's precision; a device without memory left becomes a diagnostic."""
        before, policy = keras.config.floatx(), keras.config.dtype_policy()
        keras.config.set_floatx(self._precision)
        keras.config.set_dtype_policy(self._precision)
        # In float64 it complains of each operation that oneDNN does not have.
        quiet = _quiet() if self._precision == "float64" or hasattr(self._code, "double_precision") else nullcontext()
        try:
            with quiet, tf.device(self._device):
                yield
        except (tf.errors.ResourceExhaustedError, MemoryError) as error:
            message = f"the memory of the device '{self.device}' is not enough"
            raise fail(codes.OUT_OF_MEMORY, message, help="take a smaller `batch`, or a smaller model") from error
        finally:
            keras.config.set_floatx(before)
            keras.config.set_dtype_policy(policy)


def _device(name: str) -> str:
    """TensorFlow's name of the device."""
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdigit()) or (kind == "cpu" and number):
        raise fail(codes.NO_DEVICE, f"there is no device called '{name}'", help="write `cpu` or `cuda`")
    if kind == "cpu":
        return "/CPU:0"
    if int(number or 0) >= len(tf.config.list_physical_devices("GPU")):
        raise fail(
            codes.NO_DEVICE,
            f"TensorFlow sees no device '{name}' on this machine",
            help="use `--device cpu`, or install a TensorFlow that supports the graphics card (`dlspec doctor`)",
        )
    return f"/GPU:{number or 0}"


def _load(path: Path) -> ModuleType:
    """The module in a file, under a name of its own and without leaving compiled files beside it."""
    module = ModuleType(f"{path.stem}_{id(path):x}")
    module.__file__ = str(path)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    return module
