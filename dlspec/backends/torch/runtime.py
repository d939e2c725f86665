"""Runs a generated training: loads its file and calls the functions in it, nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np

from dlspec.backends.python.names import identifier
from dlspec.backends.session import Evaluation, StepResult
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError, fail

try:
    import torch
except ModuleNotFoundError as error:
    raise fail(codes.MISSING_BACKEND, "PyTorch is not installed", help="pip install 'dlspec[torch]'") from error

Array = np.ndarray[Any, np.dtype[Any]]
Arrays = Mapping[str, Array]
Precision = Literal["float32", "float64"]

COUNTED = ("step", "mu_product")
"""What PyTorch's optimizers keep on the CPU: the number of a weight's updates, and what follows from it alone."""


def open_session(path: Path, *, device: str = "cpu", precision: Precision = "float32") -> TorchSession:
    """The training in a generated file, ready on a device; a diagnostic where there is no such device."""
    return TorchSession(path, device=device, precision=precision)


class TorchSession:
    """A generated training on one device. Its weights are the framework's own until `load_weights`."""

    backend = "torch"

    def __init__(self, path: Path, *, device: str = "cpu", precision: Precision = "float32") -> None:
        self.device = device
        self._device = _device(device)
        self._precision = torch.float64 if precision == "float64" else torch.float32
        self._code = _load(path)
        with self._running():
            self._model = self._code.build().to(self._device)
            self._require_half()
            self._steps = {step.name: step for step in self._code.STEPS}
            self._optimizers = {name: step.make_optimizer(self._model) for name, step in self._steps.items()}
        self.steps = tuple(self._steps)
        self._epoch = 0
        self._ready = False

    def _require_half(self) -> None:
        """A diagnostic where a layer is known not to work in 16 bits here."""
        half = hasattr(self._code, "Scaled") and self._device.type == "cpu"
        if half and any(isinstance(layer, torch.nn.LSTM) for layer in self._model.modules()):
            raise _without_half("an LSTM")

    # ---------------------------------------------------------------- weights and state

    def seed(self, seed: int) -> None:
        """Seed PyTorch's generators."""
        torch.manual_seed(seed)

    def weights(self) -> dict[str, Array]:
        """Copies of all weights and running statistics by canonical name, or of their average."""
        self._rest()
        state = self._model.state_dict()
        return {name: _array(state[key]).copy() for name, key in self._code.WEIGHTS.items()}

    def load_weights(self, arrays: Arrays) -> None:
        """Set weights by canonical name; a diagnostic where one is unknown or of another shape."""
        own = self._model.state_dict()
        for name, array in arrays.items():
            key = self._code.WEIGHTS.get(name)
            if key is None:
                raise fail(codes.WEIGHTS_MISFIT, f"the model has no weight called '{name}'")
            if tuple(own[key].shape) != array.shape:
                message = f"'{name}' has the shape {tuple(own[key].shape)}, and the one given {array.shape}"
                raise fail(codes.WEIGHTS_MISFIT, message)
        self._code.load_weights(self._model, arrays)
        for _, made in self._averaged():
            made.restart()

    def state(self) -> dict[str, Array]:
        """What the optimizers remember, `optimizer/step/weight/slot`, and the generators of random numbers."""
        self._rest()
        found = {"generator/cpu": torch.get_rng_state().numpy().copy()}
        if self._device.type == "cuda":
            found["generator/cuda"] = torch.cuda.get_rng_state(self._device).numpy().copy()
        for prefix, optimizer, parameter in self._remembered():
            for slot, value in optimizer.state.get(parameter, {}).items():
                if isinstance(value, torch.Tensor):
                    found[f"{prefix}/{slot}"] = _array(value).copy()
        for name, made in self._averaged():
            found |= {f"trained/{name}/{key}": _array(value).copy() for key, value in made.other.items()}
        for name, scaler in self._scalers():
            found |= {f"scale/{name}/{key}": np.asarray(value) for key, value in scaler.state_dict().items()}
        return found

    def load_state(self, arrays: Arrays) -> None:
        """Put back what `state` gave."""
        torch.set_rng_state(torch.tensor(arrays["generator/cpu"]))
        if self._device.type == "cuda" and "generator/cuda" in arrays:
            torch.cuda.set_rng_state(torch.tensor(arrays["generator/cuda"]), self._device)
        slots: dict[str, dict[str, Array]] = {}
        for key, array in arrays.items():
            prefix, _, slot = key.rpartition("/")
            slots.setdefault(prefix, {})[slot] = array
        for prefix, optimizer, parameter in self._remembered():
            optimizer.state[parameter] = {
                slot: torch.tensor(array, device="cpu" if slot in COUNTED else self._device)
                for slot, array in slots.get(prefix, {}).items()
            }

        for name, made in self._averaged():
            for key, value in made.other.items():
                value.copy_(torch.tensor(arrays[f"trained/{name}/{key}"]))
            made.training = False  # the model has the average, for that is what `weights` gives
        for name, scaler in self._scalers():
            scaler.load_state_dict({key: arrays[f"scale/{name}/{key}"].item() for key in scaler.state_dict()})
        self._ready = False

    def _averaged(self) -> Iterator[tuple[str, Any]]:
        """The optimizers that keep an average of the weights, by step."""
        return ((name, made) for name, made in self._optimizers.items() if hasattr(made, "follow"))

    def _scalers(self) -> Iterator[tuple[str, Any]]:
        """What scales the loss in half precision, by step."""
        return ((name, made.scaler) for name, made in self._optimizers.items() if hasattr(made, "scaler"))

    def _rest(self) -> None:
        """Give the model the average of its weights, where there is one, until the next update."""
        for _, made in self._averaged():
            made.eval()
            self._ready = False

    def _remembered(self) -> Iterator[tuple[str, torch.optim.Optimizer, torch.nn.Parameter]]:
        """Each parameter that an optimizer moves, with the beginning of its names in the state."""
        parameters = dict(self._model.named_parameters(remove_duplicate=False))
        names = {id(parameters[key]): name for name, key in self._code.WEIGHTS.items() if key in parameters}
        for step, made in self._optimizers.items():
            for optimizer in getattr(made, "optimizers", (made,)):
                for group in optimizer.param_groups:
                    for parameter in group["params"]:
                        yield f"optimizer/{step}/{names[id(parameter)]}", optimizer, parameter

    # ---------------------------------------------------------------- training

    def put(self, fields: Arrays) -> dict[str, torch.Tensor]:
        """Move whole columns to the device."""
        with self._running():
            moved: dict[str, torch.Tensor] = self._code.tensors(fields, self._device)
        return moved

    def start_epoch(self, epoch: int) -> None:
        """Training mode, and what stands still in this epoch."""
        self._epoch = epoch
        self._code.start_epoch(self._model, epoch)
        for _, made in self._averaged():
            made.train()
        self._ready = True

    def learning_rate(
        self, step_name: str, step: int, steps_per_epoch: int, seen: Mapping[str, Sequence[float]] | None = None
    ) -> float:
        """The rate of a step's first optimizer before update number `step`; a plateau looks at the figures `seen`."""
        given = (step, steps_per_epoch, seen) if seen else (step, steps_per_epoch)
        return float(self._steps[step_name].learning_rate(*given))

    def train_step(self, step_name: str, fields: Any, rows: Array, rate: float, draws: Arrays) -> StepResult:
        """One update on some rows of what `put` gave; nothing waits for the device."""
        if not self._ready:
            self.start_epoch(self._epoch)
        with self._running():
            places = torch.as_tensor(rows, device=self._device)
            batch = {name: column[places] for name, column in fields.items()}
            drawn = self._code.tensors(draws, self._device) if draws else None
            step = self._steps[step_name]
            return StepResult(*step.train_step(self._model, self._optimizers[step_name], batch, rate, drawn))

    def draw(self, count: int, seed: int, step: int) -> dict[str, Array]:
        """Numbers for the random tensors of the train block."""
        drawn: dict[str, Array] = self._code.draw(count, seed, step)
        return drawn

    def read_losses(self, results: Sequence[StepResult]) -> list[dict[str, float]]:
        """The loss terms of several updates as numbers, fetched from the device at once."""
        flat = [value for result in results for value in result.losses.values()]
        numbers = iter(torch.stack(flat).tolist() if flat else [])
        return [{name: next(numbers) for name in result.losses} for result in results]

    def read_outputs(self, results: Sequence[StepResult]) -> dict[str, tuple[Array, ...]]:
        """What the metrics compare, over several updates."""
        parts: dict[str, list[tuple[torch.Tensor, ...]]] = {}
        for result in results:
            for name, tensors in result.outputs.items():
                parts.setdefault(name, []).append(tensors)
        return {
            name: tuple(_array(torch.cat(each)) for each in zip(*several, strict=True))
            for name, several in parts.items()
        }

    # ---------------------------------------------------------------- inference

    def evaluate(self, fields: Any, batch_size: int) -> Evaluation:
        """Loss terms and what the metrics compare, over all rows, in inference mode."""
        self._rest()
        self._ready = False
        with self._running():
            return Evaluation(*self._code.evaluate(self._model, self._code.batches(fields, batch_size)))

    def predict(self, inputs: Arrays, batch_size: int = 256, *, model: str | None = None) -> dict[str, Array]:
        """The outputs of a model (the first where none is named) for its inputs, in inference mode."""
        self._rest()
        self._ready = False
        functions = {name: made for name, made in vars(self._code).items() if name.startswith("predict")}
        own = functions.get(f"predict_{identifier(model)}") if model else None
        predict = own or next(iter(functions.values()))
        with self._running():
            columns = self._code.tensors(inputs, self._device)
            with torch.random.fork_rng([self._device] if self._device.type == "cuda" else []):
                # A model that draws numbers gives the same ones each time, and takes none from a training.
                torch.manual_seed(self._code.SEED)
                made = [predict(self._model, batch) for batch in self._code.batches(columns, batch_size)]
            return {name: _array(torch.cat([each[name] for each in made])) for name in made[0]}

    @contextmanager
    def _running(self) -> Iterator[None]:
        """New tensors in the session's precision; what the device cannot do becomes a diagnostic."""
        before = torch.get_default_dtype()
        torch.set_default_dtype(self._precision)
        try:
            yield
        except RuntimeError as error:
            if self._device.type == "cpu" and _no_half(error):
                raise _without_half("a layer of this model") from error
            if not _out_of_memory(error):
                raise
            message = f"the memory of the device '{self.device}' is not enough"
            raise fail(codes.OUT_OF_MEMORY, message, help="take a smaller `batch`, or a smaller model") from error
        finally:
            torch.set_default_dtype(before)


def _without_half(what: str) -> DlspecError:
    return fail(
        codes.NO_PRECISION,
        f"PyTorch cannot compute {what} in fp16 on the CPU",
        help="write `precision bf16`, or train on a graphics card: `--device cuda`",
    )


def _no_half(error: RuntimeError) -> bool:
    # oneDNN's words where it has no such layer, and PyTorch's where it has no such operation.
    return any(words in str(error) for words in ("could not create a primitive", "not implemented for 'Half'"))


def _out_of_memory(error: RuntimeError) -> bool:
    # On the CPU PyTorch has no class of its own for it.
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def _array(tensor: torch.Tensor) -> Array:
    array: Array = tensor.detach().cpu().numpy()
    return array


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise fail(codes.NO_DEVICE, f"there is no device called '{name}'", help="write `cpu` or `cuda`") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise fail(
            codes.NO_DEVICE,
            f"PyTorch sees no device '{name}' on this machine",
            help="use `--device cpu`, or install a PyTorch that supports the graphics card (`dlspec doctor`)",
        )
    if device.type not in ("cpu", "cuda"):
        raise fail(codes.NO_DEVICE, f"dlspec does not run on '{device.type}'", help="write `cpu` or `cuda`")
    return device


def _load(path: Path) -> ModuleType:
    """The module in a file, under a name of its own and without leaving compiled files beside it."""
    module = ModuleType(f"{path.stem}_{id(path):x}")
    module.__file__ = str(path)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    return module
