"""ONNX: the inference graph written directly in standard operators, preprocessing before it, and its runtime.

Importing it without the `onnx` package gives a diagnostic that says what to install.
"""

from importlib.util import find_spec

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import fail

if find_spec("onnx") is None:
    raise fail(codes.MISSING_BACKEND, "the package 'onnx' is not installed", help="pip install 'dlspec[onnx]'")
