"""dlspec as it is where `onnx` is not installed."""

import sys

from dlspec.cli.main import main

sys.modules["onnx"] = None
sys.exit(main(sys.argv[1:]))
