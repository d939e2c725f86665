"""The generated module's own `fit` gives a run's losses bit for bit, in a process that does not import dlspec."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dlspec

REPOSITORY = Path(__file__).parents[2]
SCRIPT = """
import importlib.util, json, sys
import numpy as np
import torch
torch.set_num_threads(1)
spec = importlib.util.spec_from_file_location("generated", "generated.py")
module = importlib.util.module_from_spec(spec)
sys.modules["generated"] = module
spec.loader.exec_module(module)
arrays = {name: dict(np.load(name + ".npz")) for name in ("weights", "train", "validation") if name in sys.argv}
model = module.build()
module.load_weights(model, arrays["weights"])
history = module.fit(model, arrays["train"], arrays.get("validation"))
assert not [name for name in sys.modules if name.partition(".")[0] == "dlspec"]
print(json.dumps([{"train": row["train"], "validation": row.get("validation", {})} for row in history]))
"""

CASES = {
    "digits.dl": {"epochs": 2},
    "residual.dl": {"epochs": 1},
    "vae.dl": {"epochs": 3},
    "diabetes.dl": {"epochs": 12},
    "perceptron.dl": {},
    "xor.dl": {"epochs": 20},
}


@pytest.mark.parametrize("name", CASES)
def test_fit_repeats_the_run(name: str, tmp_path: Path) -> None:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    shutil.copytree(REPOSITORY / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("runs"))
    run = dlspec.load(tmp_path / "examples" / name, CASES[name]).train()
    torch.set_num_threads(threads)
    parts = {part: fields for part, fields in run.parts().items() if part != "test"}
    for part, fields in parts.items():
        np.savez(tmp_path / f"{part}.npz", **fields)
    np.savez(tmp_path / "weights.npz", **initial_weights(run))
    (code,) = (run.path / "code").glob("*.py")
    shutil.copy(code, tmp_path / "generated.py")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "weights", *parts], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    history = json.loads(done.stdout.splitlines()[-1])
    assert len(history) == len(run.history)
    for mine, theirs in zip(run.history, history, strict=True):
        for part in ("train", "validation"):
            for figure, value in theirs[part].items():
                assert mine[part][figure] == value, f"{part}.{figure}"


def initial_weights(run: dlspec.Run) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    return load_file(run.path / "initial.safetensors")
