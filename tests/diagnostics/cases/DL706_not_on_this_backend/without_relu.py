"""dlspec with a backend that has no relu."""

import sys

from dlspec.backends.python.fragment import Unsupported
from dlspec.backends.torch import table
from dlspec.cli.main import main

table.LAYERS["relu"] = Unsupported("its runtime has nothing that is 0 below 0")
sys.exit(main(sys.argv[1:]))
