"""A model on each backend: its generated code or graph as a function of arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from dlspec.backends.keras.emit import emit_model_file as keras_file
from dlspec.backends.keras.runtime import keras, tf
from dlspec.backends.onnx.emit import emit_model
from dlspec.backends.onnx.runtime import OnnxSession
from dlspec.backends.torch.emit import emit_model_file as torch_file
from dlspec.diagnostics.codes.names import NOT_IN_THIS_VERSION
from dlspec.diagnostics.report import DlspecError
from dlspec.ir.program import Program

Array = np.ndarray[Any, np.dtype[Any]]
Arrays = Mapping[str, Array]
Run = Callable[[Arrays], dict[str, Array]]

torch.set_num_threads(1)
tf.get_logger().setLevel("ERROR")
if tf.config.threading.get_intra_op_parallelism_threads() != 1:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


@dataclass(slots=True)
class Runner:
    """A compiled model: `run` gives its outputs by name, `parameters` is how many numbers it trains."""

    run: Run
    parameters: int | None


def _executed(code: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"__name__": f"generated_{name}"}
    exec(compile(code, f"<{name}>", "exec"), found)
    return found


def _by_name(program: Program, values: Any) -> dict[str, Any]:
    module = program.module(program.models["m"])
    values = values if isinstance(values, tuple) else (values,)
    return dict(zip((result.name for result in module.outputs), values, strict=True))


def on_torch(program: Program, weights: Arrays, double: bool = False) -> Runner:
    """The model in PyTorch."""
    code = _executed(torch_file(program, "m"), "torch")
    model = code["build"]()
    model = model.double() if double else model
    code["load_weights"](model, weights)
    model.eval()
    wanted = torch.float64 if double else torch.float32
    order = [port.name for port in program.module(program.models["m"]).inputs]

    @torch.no_grad()
    def run(inputs: Arrays) -> dict[str, Array]:
        given = [torch.from_numpy(np.array(inputs[name])) for name in order]
        given = [each.to(wanted) if each.is_floating_point() else each for each in given]
        # What a model makes of nothing is of the default type.
        before = torch.get_default_dtype()
        torch.set_default_dtype(wanted)
        try:
            return {name: each.numpy() for name, each in _by_name(program, model(*given)).items()}
        finally:
            torch.set_default_dtype(before)

    return Runner(run, sum(each.numel() for each in model.parameters() if each.requires_grad))


@contextmanager
def keras_precision(name: str) -> Iterator[None]:
    """New tensors of Keras in a precision."""
    before, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(name)
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_floatx(before)
        keras.config.set_dtype_policy(policy)


def on_keras(program: Program, weights: Arrays, double: bool = False, graph: bool = False) -> Runner:
    """The model in Keras; `graph` runs it as one compiled function whose batch and symbolic sizes are open."""
    wanted = "float64" if double else "float32"
    code = _executed(keras_file(program, "m"), "keras")
    with keras_precision(wanted):
        model = code["build"]()
        code["load_weights"](model, weights)
    ports = program.module(program.models["m"]).inputs
    types = {"float": wanted, "int": "int64", "bool": "bool"}
    open_sizes = [
        tf.TensorSpec(
            [None, *(size if isinstance(size, int) else None for size in port.type.shape)], types[port.type.element]
        )
        for port in ports
    ]
    call = tf.function(lambda *given: model(*given), input_signature=open_sizes) if graph else model

    def run(inputs: Arrays) -> dict[str, Array]:
        with keras_precision(wanted):
            given = [inputs[port.name] for port in ports]
            tensors = [tf.convert_to_tensor(each.astype(wanted) if each.dtype.kind == "f" else each) for each in given]
            return {name: keras.ops.convert_to_numpy(each) for name, each in _by_name(program, call(*tensors)).items()}

    return Runner(run, sum(int(np.prod(each.shape)) for each in model.trainable_variables))


def on_onnx(program: Program, weights: Arrays) -> Runner:
    """The model on ONNX Runtime."""
    session = OnnxSession(emit_model(program, "m", weights).SerializeToString(), threads=1)
    return Runner(lambda inputs: session.predict({name: inputs[name] for name in session.inputs}), None)


BACKENDS: dict[str, Callable[[Program, Arrays], Runner]] = {"torch": on_torch, "keras": on_keras, "onnx": on_onnx}


def compiled(program: Program, weights: Arrays) -> dict[str, Runner]:
    """The model on each backend that can do all of its layers."""
    found = {}
    for backend, compile_for in BACKENDS.items():
        try:
            found[backend] = compile_for(program, weights)
        except DlspecError as error:
            if any(each.code is not NOT_IN_THIS_VERSION for each in error.diagnostics):
                raise
    return found
