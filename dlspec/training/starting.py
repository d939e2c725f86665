"""The weights that a training begins with: dlspec's own draws, then what `load` brings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from dlspec.backends.initial import initial_weights
from dlspec.catalog import train_settings as settings
from dlspec.catalog.base import Weight
from dlspec.data.paths import locate
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import did_you_mean, fail
from dlspec.ir.program import Program, Train
from dlspec.ir.walk import matching
from dlspec.ir.weights import train_weights
from dlspec.tensor import Sym
from dlspec.training.folder import newest

Array = np.ndarray[Any, np.dtype[Any]]


def starting_weights(
    program: Program, train: Train, seed: int, folder: Path, runs: Path, *, allow_outside: bool = False
) -> dict[str, Array]:
    """Every weight and running statistic by canonical name.

    Paths of `load` begin at `folder`; the newest run of a label is looked for under `runs`.
    """
    declared = train_weights(program, train)
    for name, weight in declared.items():
        open_sizes = [str(size) for size in weight.shape if isinstance(size, Sym)]
        if open_sizes:
            raise fail(
                codes.UNKNOWN_SIZE,
                f"the weight '{name}' has the size {open_sizes[0]}, which the data does not tell",
                help="write the number in place of the symbol, or pass one learned from data in the `train` header",
            )
    setting = train.settings.get("precision")
    double = isinstance(setting, settings.Precision) and setting.type == "float64"
    precision = np.float64 if double else np.float32
    drawn = initial_weights(declared, seed)
    weights: dict[str, Array] = {name: array.astype(precision) for name, array in drawn.items()}
    for load in train.loads:
        assert isinstance(load, settings.Load)
        if isinstance(load.path, settings.Run):
            file = newest(runs, load.path.label).weights
        else:
            file = locate(load.path, folder, root=folder, allow_outside=allow_outside)
        weights |= _loaded(load, file, declared, precision)
    return weights


def read_weights(file: Path) -> dict[str, Array]:
    """The arrays of a safetensors file that anybody may have written."""
    try:
        return load_file(file)
    except (OSError, ValueError, SafetensorError) as error:
        message = f"'{file.name}' holds no weights: it is no safetensors file"
        raise fail(codes.WEIGHTS_MISFIT, message, help="give a file such as a run's `weights.safetensors`") from error


def _loaded(
    load: settings.Load, file: Path, declared: Mapping[str, Weight], precision: type[np.floating[Any]]
) -> dict[str, Array]:
    """The weights that match and are found, each by its own name, else without the pattern's fixed head."""
    given = read_weights(file)
    head = load.into.partition("*")[0] if "*" in load.into else ""
    wanted = matching(load.into, declared)
    if not wanted:
        near = did_you_mean(head.rstrip("."), {name.partition(".")[0] for name in declared})
        raise fail(codes.WEIGHTS_MISFIT, f'`into="{load.into}"` matches no weight of the model', help=near)
    found: dict[str, Array] = {}
    for name in wanted:
        array = given.get(name, given.get(name.removeprefix(head)))
        if array is not None and array.shape == declared[name].shape:
            found[name] = array.astype(precision)
        elif load.strict:
            raise _misfit(name, array, declared[name], file, given)
    if not found:
        raise fail(
            codes.WEIGHTS_MISFIT,
            f"'{file.name}' has none of the weights that `into=\"{load.into}\"` matches",
            help=_names(given),
        )
    return found


def _misfit(name: str, array: Array | None, weight: Weight, file: Path, given: Mapping[str, Array]) -> Exception:
    if array is None:
        message = f"'{file.name}' has no weight '{name}'"
        return fail(codes.WEIGHTS_MISFIT, message, help=did_you_mean(name, given) or _names(given))
    return fail(
        codes.WEIGHTS_MISFIT,
        f"'{name}' is {list(array.shape)} in '{file.name}', the model's is {list(map(str, weight.shape))}",
        help="load into a part that has the same sizes, or write `strict=false` to pass over what does not fit",
    )


def _names(given: Mapping[str, Array]) -> str:
    listed = ", ".join(list(given)[:5]) + (" …" if len(given) > 5 else "")
    return f"the file has {listed}" if given else "the file has no weights at all"
