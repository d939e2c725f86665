"""Runs ONNX files on ONNX Runtime; the one module that imports it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from dlspec.backends.onnx.external import check_external_data
from dlspec.backends.onnx.graph import Array
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError, did_you_mean, fail

try:
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as states
except ImportError as error:
    raise fail(
        codes.MISSING_BACKEND, "the package 'onnxruntime' is not installed", help="pip install 'dlspec[onnx]'"
    ) from error

_REFUSED = (
    states.EPFail,
    states.EngineError,
    states.Fail,
    states.InvalidArgument,
    states.InvalidGraph,
    states.InvalidProtobuf,
    states.NoModel,
    states.NoSuchFile,
    states.NotImplemented,
    states.RuntimeException,
)
_TYPES: dict[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}


BROKEN_OPTIMIZERS = ["MatMulScaleFusion"]
"""It takes away a scale that two matrix products have in common while something still uses it."""


class OnnxSession:
    """A model that is loaded and ready: `predict` takes and gives arrays by name.

    `source` is a file or the bytes of one. It runs on a GPU where ONNX Runtime has one (`device` says where); `threads`
    limits the cores; `optimize` rewrites the graph while loading, which may change the last digits.
    """

    def __init__(self, source: str | Path | bytes, *, threads: int | None = None, optimize: bool = True) -> None:
        what: str | bytes = source if isinstance(source, bytes) else _checked_file(Path(source))
        if isinstance(source, bytes):
            _parse(source, "the model")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        if threads is not None:
            options.intra_op_num_threads = threads
        if not optimize:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        try:
            self._session = onnxruntime.InferenceSession(
                what, options, providers=providers(), disabled_optimizers=BROKEN_OPTIMIZERS
            )
        except _REFUSED as error:
            raise _bad_file(f"ONNX Runtime refuses the model: {_first_line(error)}") from error
        self._inputs = {each.name: each for each in self._session.get_inputs()}
        self.inputs: tuple[str, ...] = tuple(self._inputs)
        """The names of the inputs, in order."""
        self.outputs: tuple[str, ...] = tuple(each.name for each in self._session.get_outputs())
        """The names of the outputs, in order."""
        self.device = "cuda" if self._session.get_providers()[0] == "CUDAExecutionProvider" else "cpu"

    def predict(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """The outputs by name. Numbers are brought to the type that the model takes."""
        for name in inputs:
            if name not in self._inputs:
                near = did_you_mean(name, self.inputs) or f"it takes {', '.join(self.inputs)}"
                raise fail(codes.WRONG_INPUT, f"the model has no input '{name}'", help=near)
        sizes: dict[str, int] = {}
        given = {name: self._checked(name, inputs, sizes) for name in self.inputs}
        try:
            results = self._session.run(None, given)
        except _REFUSED as error:
            raise fail(
                codes.WRONG_INPUT,
                f"ONNX Runtime stopped: {_first_line(error)}",
                help="compare the shapes of the inputs",
            ) from error
        return dict(zip(self.outputs, results, strict=True))

    def _checked(self, name: str, inputs: Mapping[str, Array], sizes: dict[str, int]) -> Array:
        """An input in the model's type; `sizes` collects those that have a name."""
        if name not in inputs:
            raise fail(
                codes.WRONG_INPUT, f"the input '{name}' is missing", help=f"the model takes {', '.join(self.inputs)}"
            )
        port, array = self._inputs[name], np.asarray(inputs[name])
        fits = len(array.shape) == len(port.shape) and all(
            found == (wanted if isinstance(wanted, int) else sizes.setdefault(wanted or f"{name}/{axis}", found))
            for axis, (found, wanted) in enumerate(zip(array.shape, port.shape, strict=True))
        )
        if not fits:
            known = ", ".join(f"{size} = {sizes[size]}" for size in port.shape if size in sizes)
            raise fail(
                codes.WRONG_INPUT,
                f"the input '{name}' is {list(array.shape)}, the model takes [{', '.join(map(str, port.shape))}]",
                help=f"elsewhere {known}" if known else "the first dimension counts the examples",
            )
        return _converted(name, array, _TYPES[port.type])


def providers() -> list[str]:
    """What ONNX Runtime runs on here: a GPU first, where it has one."""
    wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
    return [name for name in wanted if name in onnxruntime.get_available_providers()]


def _converted(name: str, array: Array, wanted: Any) -> Array:
    """The array in the type of the input; a diagnostic where numbers would be lost."""
    if wanted is np.object_:
        return array.astype(np.object_)
    kinds = {np.bool_: "b", np.int64: "biu", np.int32: "biu"}.get(wanted, "biuf")
    if array.dtype.kind not in kinds:
        raise fail(
            codes.WRONG_INPUT,
            f"the input '{name}' has {array.dtype} where the model takes {np.dtype(wanted).name}",
            help=f"convert it: array.astype('{np.dtype(wanted).name}')",
        )
    return array.astype(wanted, copy=False)


def _checked_file(path: Path) -> str:
    """The path of a file that is an ONNX model whose weights lie where they may."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _bad_file(f"'{path}' cannot be read: {error.strerror}") from error
    check_external_data(_parse(content, f"'{path}'"), path.parent)
    return str(path)


def _parse(content: bytes, what: str) -> onnx.ModelProto:
    try:
        return onnx.load_model_from_string(content)
    except DecodeError as error:
        raise _bad_file(f"{what} is no ONNX model") from error


def _bad_file(message: str) -> DlspecError:
    return fail(codes.BAD_MODEL_FILE, message, help="give a file that `dlspec compile` or `dlspec export` has written")


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0][:300]
