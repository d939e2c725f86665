"""The acceptance specs reach their bounds, and the generated `fit` gives the losses of a run bit for bit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dlspec.training.train import train
from tests.end_to_end.small import ACCEPTANCE

BOUNDS: dict[str, dict[str, list[float | None]]] = json.loads((ACCEPTANCE / "bounds.json").read_text())
TRAINED = (
    "xor_mlp",
    "perceptron_and",
    "lenet5",
    "vae",
    "denoising_autoencoder",
    "matrix_factorisation",
    "conditional_gan",
)
"""The specs that need nothing beyond what this version has."""


@pytest.fixture
def acceptance(tmp_path: Path) -> Path:
    folder = tmp_path / "acceptance"
    shutil.copytree(ACCEPTANCE, folder)
    return folder


@pytest.mark.parametrize("name", TRAINED)
def test_reaches_its_bounds(name: str, acceptance: Path) -> None:
    run = train(acceptance / f"{name}.dl")
    for figure, (low, high) in BOUNDS.get(f"{name}.dl", {}).items():
        part, _, metric = figure.partition(".")
        value = run.result[part][metric]
        assert low is None or value >= low, figure
        assert high is None or value <= high, figure


FIT = """
import importlib.util, json, sys
import numpy as np
from safetensors.numpy import load_file
code, weights, folder, parts = sys.argv[1:]
spec = importlib.util.spec_from_file_location("generated", code)
generated = importlib.util.module_from_spec(spec)
sys.modules["generated"] = generated
spec.loader.exec_module(generated)
model = generated.build()
generated.load_weights(model, load_file(weights))
fields = {part: dict(np.load(f"{folder}/{part}.npz")) for part in parts.split(",")}
rows = generated.fit(model, fields["train"], fields.get("validation"))
assert "dlspec" not in sys.modules
print(json.dumps(rows))
"""


@pytest.mark.parametrize("name", ["xor_mlp", "vae", "denoising_autoencoder", "conditional_gan"])
def test_fit_of_the_generated_code_gives_the_same_losses_bit_for_bit(
    name: str, acceptance: Path, tmp_path: Path
) -> None:
    """In a process that does not know dlspec. Metrics are left out: `fit` gets none to compute here."""
    epochs = [] if name == "xor_mlp" else [("epochs", "4")]
    run = train(acceptance / f"{name}.dl", overrides=epochs)
    parts = run.parts()
    for part, fields in parts.items():
        np.savez(tmp_path / f"{part}.npz", **fields)
    code = next(run.folder.code.iterdir())
    arguments = [str(code), str(run.folder.initial), str(tmp_path), ",".join(parts)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", FIT, *arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = json.loads(done.stdout)
    assert len(rows) == len(run.history)
    for row, ours in zip(rows, run.history, strict=True):
        assert [row["epoch"], row["step"], row["lr"]] == [ours["epoch"], ours["step"], ours["lr"]]
        for part in ("train", "validation"):
            assert row.get(part, {}).items() <= ours.get(part, {}).items()
            assert (part in row) == (part in ours)
