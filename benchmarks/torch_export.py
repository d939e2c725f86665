"""PyTorch's own way to ONNX, which ours stands beside."""

from __future__ import annotations

import importlib.util
import logging
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, nn

NEW = importlib.util.find_spec("onnxscript") is not None
"""Whether the exporter that is PyTorch's default can run; the older one, by tracing, needs nothing else."""

EXPORTER = "torch.onnx.export" if NEW else "torch.onnx.export (TorchScript)"


def exported(model: nn.Module, example: Tensor, *, weights: bool = True) -> bytes:
    """The ONNX file of a model in inference mode; without weights those are inputs of the graph."""
    model.eval()
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        file = str(Path(folder) / "model.onnx")
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            if NEW:
                program = torch.onnx.export(model, (example,), dynamo=True, opset_version=20, verbose=False)
                assert program is not None
                program.save(file)
            else:
                axes = {"image": {0: "N"}}
                torch.onnx.export(
                    model, (example,), file, dynamo=False, opset_version=20, export_params=weights,
                    input_names=["image"], dynamic_axes=axes,
                )  # fmt: skip
        finally:
            logging.disable(logging.NOTSET)
        return Path(file).read_bytes()
