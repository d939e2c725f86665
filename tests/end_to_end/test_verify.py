"""`dlspec verify` on specs and runs, with every backend that is installed."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import dlspec
from dlspec.diagnostics.span import SourceFile
from dlspec.training.backends import emitted
from dlspec.training.run import Run
from dlspec.training.verify.engines import Engines, installed
from dlspec.training.verify.measure import verify_run, verify_spec
from tests.end_to_end.commands import SPEC
from tests.end_to_end.commands import dlspec as command
from tests.end_to_end.small import ACCEPTANCE
from tests.unit.verify.planted import IMAGES, SGD

keras = pytest.mark.skipif(find_spec("tensorflow") is None, reason="Keras is not installed")
EXAMPLES = Path(__file__).parents[2] / "examples"
SPECS = {
    "LeNet-5": ACCEPTANCE / "lenet5.dl",
    "variational autoencoder": ACCEPTANCE / "vae.dl",
    "adversarial networks": ACCEPTANCE / "conditional_gan.dl",
    "residual network": EXAMPLES / "residual.dl",
    "matrix factorisation": ACCEPTANCE / "matrix_factorisation.dl",
}


@pytest.mark.slow
@pytest.mark.parametrize("path", SPECS.values(), ids=SPECS)
def test_the_backends_agree(path: Path) -> None:
    found = dlspec.load(path).verify()
    assert [row for row in found.rows if not row.ok] == []
    assert found.left_out == installed()[1]
    assert {"forward", "metrics"} <= {row.check for row in found.rows}
    if "keras" in installed()[0]:
        assert {"forward", "gradient", "steps", "metrics"} <= {row.check for row in found.rows}


PLANTED = {
    "eps of a norm": (IMAGES, "epsilon: float = 1e-5", "epsilon: float = 1e-3", "forward"),
    "momentum of running statistics": (IMAGES, "momentum: float = 0.9", "momentum: float = 0.1", "statistics"),
    "biased running variance": (
        IMAGES,
        "(self.moving_variance - kept) * factor",
        "(self.moving_variance - kept)",
        "statistics",
    ),
    "another slope": (IMAGES, "negative_slope=0.1", "negative_slope=0.3", "forward"),
    "padding side": (IMAGES, "((0, 0), (1, 0), (1, 0), (0, 0))", "((0, 0), (0, 1), (0, 1), (0, 0))", "forward"),
    "channels last in flatten": (IMAGES, "ops.moveaxis(x, -1, 1), (-1, 128)", "x, (-1, 128)", "forward"),
    "order of concat": (IMAGES, "[left, right]", "[right, left]", "forward"),
    "gelu by tanh": (IMAGES, "gelu(self.right_conv", "ops.gelu(self.right_conv", "forward"),
    "decoupled weight decay": (
        SGD,
        "gradient = gradient + self.decay * variable",
        "self.assign_sub(variable, learning_rate * self.decay * variable)",
        "steps",
    ),
    "warm-up a step late": (SGD, "(step + 1) / 5", "step / 5", "steps"),
    "a factor in the loss": (SGD, "label_smoothing=0.1", "label_smoothing=0.2", "gradient"),
}
"""What is wrong: the spec, a text of its Keras code, another text, the first check that breaks."""


@keras
@pytest.mark.slow
@pytest.mark.parametrize(("text", "old", "new", "check"), PLANTED.values(), ids=PLANTED)
def test_errors_in_keras_code_are_found(text: str, old: str, new: str, check: str) -> None:
    sources: list[str] = []

    def write(backend: str, *arguments: Any) -> str:
        source = emitted(backend, *arguments)
        if backend == "torch":
            return source
        sources.append(source)
        return source.replace(old, new)

    engines = Engines(("torch", "keras"), write=write)
    found = verify_spec(Path("spec.dl"), source=SourceFile("spec.dl", text), engines=engines)
    assert any(old in source for source in sources), sources[-1]
    assert next((row.check for row in found.rows if not row.ok), None) == check


def test_the_command_and_its_json(tmp_path: Path) -> None:
    (tmp_path / "net.dl").write_text("model net { input x: float[3]\n output y = x -> dense(2) -> softmax }\n")
    done = command("verify", "net.dl", "--format", "json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"ok", "rows"}
    assert found["ok"] is True
    for row in found["rows"]:
        assert list(row) == ["check", "pair", "worst", "bound", "where", "ok"]
        assert row["worst"] <= row["bound"]
    text = command("verify", "net.dl", folder=tmp_path)
    assert text.stdout.splitlines()[0].split() == ["check", "backends", "worst", "bound", "where"]
    assert text.stdout.splitlines()[-1].endswith("the backends agree")


def test_what_is_wrong_with_the_command(tmp_path: Path) -> None:
    (tmp_path / "net.dl").write_text("model net { input x: float[3]\n output y = x -> desne(2) }\n")
    assert command("verify", "net.dl", folder=tmp_path).returncode == 1
    assert command("verify", "no_such_run", folder=tmp_path).returncode == 2
    done = command("verify", "no_such_run", "--set", "a=1", folder=tmp_path)
    assert (done.returncode, "--set changes a spec" in done.stderr) == (2, True)


@pytest.mark.slow
def test_a_run_is_verified_at_its_weights(tmp_path: Path) -> None:
    (tmp_path / "net.dl").write_text(SPEC)
    run = dlspec.load(tmp_path / "net.dl", {"epochs": 3}).train()
    found = verify_run(Run.open(run.path))
    assert found.ok
    assert {row.where.partition(":")[0] for row in found.rows} == {"net"}
    assert command("verify", str(run.path), folder=tmp_path).returncode == 0


def test_a_broken_bound_is_exit_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    from dlspec.cli.main import run as dlspec_run
    from dlspec.training.verify import measure
    from dlspec.training.verify.table import Row, Verification

    row = Row("forward", "PyTorch and ONNX, float32", 0.5, 1e-5, "net: y", False)
    monkeypatch.setattr(measure, "verify_spec", lambda path, **options: Verification((row,), ("Keras: missing",)))
    (tmp_path / "net.dl").write_text("model net { input x: float[3]\n output y = x -> dense(2) }\n")
    assert dlspec_run(["verify", str(tmp_path / "net.dl")]) == 1
    shown = capsys.readouterr()
    assert "BROKEN" in shown.out
    assert "1 comparison: 1 outside of the bound" in shown.out
    assert "left out: Keras: missing" in shown.err
