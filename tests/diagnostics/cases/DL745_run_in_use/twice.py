"""A run that goes on twice at the same time."""

import subprocess
import sys
from pathlib import Path

from dlspec.training.folder import RunFolder, locked

with locked(RunFolder(Path("runs/net/1"))):
    done = subprocess.run([sys.executable, "-m", "dlspec", "train", "spec.dl", "--resume"], check=False)
sys.exit(done.returncode)
