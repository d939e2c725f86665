"""What a program is compiled to, as files: Python modules, arrays of weights, ONNX graphs."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import did_you_mean, fail
from dlspec.ir.program import Program, Train
from dlspec.ir.weights import train_weights, weights_of
from dlspec.tensor import Sym, shape_text

if TYPE_CHECKING:
    import numpy as np

Arrays = Mapping[str, "np.ndarray[Any, np.dtype[Any]]"]
Files = dict[str, bytes]
"""Contents by file name."""

MARKS = (b"by dlspec", b"dlspec")
"""What the beginning of a Python file and of an ONNX file of ours holds."""


def with_trained_models(program: Program) -> Program:
    """The program with the models too that only a `train` header gives their arguments."""
    trained = {use.name: use.module for train in program.trains for use in train.models}
    return program.model_copy(update={"models": program.models | (trained | program.models)})


def chosen_models(program: Program, name: str | None) -> tuple[str, ...]:
    """The model of that name, or all of them."""
    if name is None:
        if not program.models:
            help = "a model whose parameters have no defaults needs a `train` that gives them"
            raise fail(codes.WHICH_MODEL, "the spec has no model that is whole by itself", help=help)
        return tuple(program.models)
    if name not in program.models:
        known = list(program.models)
        near = did_you_mean(name, known) or (f"there are {', '.join(known)}" if known else "the spec declares none")
        raise fail(codes.WHICH_MODEL, f"there is no model '{name}'", help=near)
    return (name,)


# ---------------------------------------------------------------- code


def sizes_from_data(program: Program, train: Train) -> tuple[str, ...]:
    """The sizes of a training's weights that only its data tell, such as `ratings.person.classes`."""
    shapes = (weight.shape for weight in train_weights(program, train).values())
    return tuple(sorted({name for shape in shapes for dim in shape if isinstance(dim, Sym) for name in dim.symbols}))


def whole_trains(program: Program) -> tuple[Train, ...]:
    """The trainings whose sizes are all known."""
    return tuple(train for train in program.trains if not sizes_from_data(program, train))


def python_files(
    to: str, program: Program, models: Iterable[str], trains: Iterable[Train], arrays: Arrays | None
) -> Files:
    """`<model>.py` for each model, `<label>_train.py` for each training; weights go into `<model>.npz`.

    `to` is `torch` or `keras`.
    """
    if to == "keras":
        from dlspec.backends.keras.emit import emit_model_file
        from dlspec.backends.keras.training import emit_train_file
    else:
        from dlspec.backends.torch.emit import emit_model_file
        from dlspec.backends.torch.training import emit_train_file

    files: Files = {}
    for name in models:
        files[f"{name}.py"] = emit_model_file(program, name).encode()
        if arrays is not None:
            files[f"{name}.npz"] = _npz(weights_for(program, name, arrays))
    for train in trains:
        stem = f"{train.label}_train"
        while f"{stem}.py" in files:
            stem += "_"
        files[f"{stem}.py"] = emit_train_file(program, train).encode()
    return files


def onnx_models(program: Program, models: Iterable[str], arrays: Arrays | None) -> dict[str, Any]:
    """The inference graph of each model by file name; without weights those are inputs of the graph."""
    from dlspec.backends.onnx.emit import emit_model

    return {
        f"{name}.onnx": emit_model(program, name, None if arrays is None else weights_for(program, name, arrays))
        for name in models
    }


def _npz(arrays: Arrays) -> bytes:
    import numpy as np

    memory = io.BytesIO()
    np.savez(memory, **arrays)  # type: ignore[arg-type]
    return memory.getvalue()


# ---------------------------------------------------------------- weights


def weights_in(path: Path) -> Arrays:
    """The arrays of a safetensors file."""
    from dlspec.training.starting import read_weights

    if not path.is_file():
        what = "it is a folder" if path.is_dir() else "there is no such file"
        raise fail(codes.WEIGHTS_MISFIT, f"'{path}' cannot be read: {what}", help="check the path")
    return read_weights(path)


def initial_arrays(program: Program, models: Iterable[str], seed: int) -> Arrays:
    """Initial weights of the models, each name behind its model's."""
    from dlspec.backends.initial import initial_weights

    return {
        f"{model}.{name}": array
        for model in models
        for name, array in initial_weights(weights_of(program, program.models[model]), seed).items()
    }


def weights_for(program: Program, model: str, arrays: Arrays) -> Arrays:
    """A model's own weights among the arrays: by their names, or behind the model's name and a dot."""
    wanted = weights_of(program, program.models[model])
    prefix = f"{model}."
    if not all(name in arrays for name in wanted) and any(name.startswith(prefix) for name in arrays):
        arrays = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
    for name, weight in wanted.items():
        if name not in arrays:
            help = did_you_mean(name, arrays) or "give the weights of this model; `--model` names one of several"
            raise fail(codes.WEIGHTS_MISFIT, f"the weights have no '{name}' of the model '{model}'", help=help)
        if tuple(arrays[name].shape) != tuple(weight.shape):
            found = shape_text(tuple(arrays[name].shape))
            message = (
                f"'{name}' of the model '{model}' has the shape {shape_text(weight.shape)}, the weights have {found}"
            )
            raise fail(codes.WEIGHTS_MISFIT, message, help="give the weights of a model of the same sizes")
    return {name: arrays[name] for name in wanted}


# ---------------------------------------------------------------- writing


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """The path, whose folder is made where it is missing; errors of the file system as a diagnostic."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield path
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        help = "choose another folder with -o"
        raise fail(codes.UNWRITABLE, f"'{path}' cannot be written: {reason}", help=help) from error


def require_free(folder: Path, names: Iterable[str]) -> None:
    """A diagnostic where a file of somebody else's is in the way; what dlspec wrote is replaced."""
    for name in names:
        path = folder / name
        judged = path.with_suffix(".py") if path.suffix == ".npz" and path.with_suffix(".py").exists() else path
        if path.exists() and not _is_ours(judged):
            message = f"'{path}' exists, and dlspec has not written it"
            raise fail(codes.FILE_EXISTS, message, help="write into another folder with -o, or give --force")


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(2000)
    except OSError:
        return False
    return (MARKS[0] if path.suffix == ".py" else MARKS[1]) in head
