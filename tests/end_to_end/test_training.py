"""From a spec to a trained model: acceptance specs, `fit` of the generated code, being killed, predictions, ONNX."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError
from dlspec.training.run import Run
from dlspec.training.signals import Interrupted
from dlspec.training.train import train

REPOSITORY = Path(__file__).parents[2]
ACCEPTANCE = REPOSITORY / "tests" / "acceptance"
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

SMALL = """
data digits {
  source builtin("digits")
  image  = column("pixel_*") -> rescale(1/16)
  label  = column("digit") -> category(10)
  split  train=0.6, validation=0.2, test=0.2, stratify=label, seed=0
}

model net(width = 24) {
  input image: float[64]
  hidden = image -> dense(width) -> batch_norm -> relu -> dropout(0.3)
  output logits = hidden -> dense(10)
}

train net on digits {
  loss       cross_entropy
  metrics    accuracy
  optimizer  adam(lr=3e-3)
  schedule   warmup(steps=10) -> cosine
  epochs     8
  batch      32
  stop       monitor=validation.loss, patience=6
  checkpoint every=2, steps=7, keep=2
  seed       3
}
"""


@pytest.fixture
def acceptance(tmp_path: Path) -> Path:
    folder = tmp_path / "acceptance"
    shutil.copytree(ACCEPTANCE, folder)
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    spec = tmp_path / "small.dl"
    spec.write_text(SMALL)
    return spec


def history(run: Run) -> list[dict[str, Any]]:
    """The rows without what depends on the clock."""
    return [{k: v for k, v in row.items() if k not in ("seconds", "examples_per_second")} for row in run.history]


def same(one: Run, other: Run) -> None:
    assert history(one) == history(other)
    ours, theirs = one.weights(), other.weights()
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        assert np.array_equal(array, theirs[name]), name
    results = [{k: v for k, v in run.result.items() if k != "seconds"} for run in (one, other)]
    assert results[0] == results[1]


# ---------------------------------------------------------------- acceptance


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


# ---------------------------------------------------------------- broken off


PROGRAM = """
import sys
from pathlib import Path
from dlspec.training.train import train
from dlspec.training.signals import Interrupted
try:
    train(Path(sys.argv[1]), resume=sys.argv[2] == "resume", log_every=3)
except Interrupted as stop:
    sys.exit(stop.exit_code)
"""


def start(spec: Path, how: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen([sys.executable, "-c", PROGRAM, str(spec), how], env=environment)


def wait_for_updates(run: Path, process: subprocess.Popen[bytes]) -> None:
    """Until the training has begun."""
    for _ in range(2000):
        if process.poll() is not None or list(run.glob("checkpoints/0*")):
            return
        time.sleep(0.01)


def test_killed_at_any_moment_a_run_goes_on_to_the_same_end(small: Path, tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    shutil.copy(small, undisturbed)
    whole = train(undisturbed / "small.dl", log_every=3)
    chance = random.Random(0)
    run = tmp_path / "runs" / "net" / "1"
    for attempt in range(3):
        process = start(small, "resume" if attempt else "new")
        wait_for_updates(run, process)
        time.sleep(chance.uniform(0, 0.5))
        process.kill()
        process.wait()
    process = start(small, "resume")
    assert process.wait() == 0
    resumed = Run.open(run)
    same(whole, resumed)
    assert (run / "steps.jsonl").read_text() == (whole.path / "steps.jsonl").read_text()
    assert len((run / "steps.jsonl").read_text().splitlines()) == whole.result["steps"] // 3
    assert resumed.manifest["status"] == "finished"
    assert not list(run.rglob(".new-*"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_the_state_and_what_there_is(small: Path, tmp_path: Path, number: int, code: int) -> None:
    small.write_text(SMALL.replace("epochs     8", "epochs     500").replace("every=2, steps=7", "every=1"))
    process = start(small, "new")
    wait_for_updates(tmp_path / "runs" / "net" / "1", process)
    process.send_signal(number)
    assert process.wait(60) == code
    run = Run.open(tmp_path / "runs" / "net" / "1")
    assert run.result["stopped"] == "interrupted"
    assert run.manifest["status"] == "interrupted"
    assert run.evaluate("test")["metrics"] == run.result["test"]


class StopAfter:
    """Sends this process Ctrl-C after some updates."""

    def __init__(self, updates: int) -> None:
        self.left = updates

    def begin(self, epochs: int, done: int, batches: int) -> None: ...
    def epoch(self, row: Any) -> None: ...
    def note(self, text: str) -> None: ...
    def end(self) -> None: ...

    def update(self, batches: int) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("updates", [1, 20, 34, 35])
def test_interrupted_after_any_update_it_goes_on_to_the_same_end(small: Path, tmp_path: Path, updates: int) -> None:
    """34 updates are an epoch."""
    whole = train(small, runs=tmp_path / "whole")
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(Interrupted) as stopped:
        train(small, progress=StopAfter(updates))
    assert stopped.value.exit_code == 130
    assert signal.getsignal(signal.SIGINT) is handler
    assert stopped.value.run.result["steps"] == updates
    same(whole, train(small, resume=True))


def test_a_run_with_two_steps_goes_on_too(acceptance: Path, tmp_path: Path) -> None:
    spec, few = acceptance / "conditional_gan.dl", [("epochs", "2")]
    whole = train(spec, overrides=few, runs=tmp_path / "whole")
    with pytest.raises(Interrupted):
        train(spec, overrides=few, progress=StopAfter(31))
    same(whole, train(spec, resume=True))


def test_a_changed_spec_is_not_gone_on_with(small: Path) -> None:
    with pytest.raises(Interrupted):
        train(small, progress=StopAfter(3))
    small.write_text("# a comment\n" + SMALL)
    changed = SMALL.replace("dropout(0.3)", "dropout(0.2)")
    small.write_text(changed)
    with pytest.raises(DlspecError) as error:
        train(small, resume=True)
    assert error.value.diagnostics[0].code is codes.RUN_CHANGED
    small.write_text("# a comment\n" + SMALL)
    assert train(small, resume=True).manifest["status"] == "finished"


def test_a_loss_that_is_not_finite_stops_the_training_and_keeps_good_weights(small: Path) -> None:
    small.write_text(
        SMALL.replace("cross_entropy", "(logits, logits * 2e38) -> mse").replace("metrics    accuracy", "")
    )
    with pytest.raises(DlspecError) as error:
        train(small)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code is codes.DIVERGED
    assert "learning rate" in diagnostic.help
    run = Run.open(small.parent / "runs" / "net" / "1")
    assert run.manifest["status"] == "diverged"
    assert all(np.isfinite(array).all() for array in run.weights().values())


# ---------------------------------------------------------------- what a run gives


def test_the_folder_of_a_run(small: Path) -> None:
    run = train(small, overrides=[("epochs", "2")], log_every=10)
    assert {each.name for each in run.path.iterdir()} >= {
        *("spec", "code", "checkpoints", "program.json", "manifest.json", "data.json", "metrics.jsonl"),
        *("steps.jsonl", "result.json", "weights.safetensors", "initial.safetensors"),
    }
    assert (run.folder.spec / "small.dl").read_text() == SMALL
    assert [row["epoch"] for row in run.history] == [0, 1]
    assert run.history[-1].keys() == {
        *("epoch", "step", "train", "validation", "lr", "seconds", "examples_per_second"),
    }
    assert run.result.keys() == {
        *("format", "label", "backend", "epochs", "steps", "seconds", "stopped", "best_epoch"),
        *("train", "validation", "test"),
    }
    assert run.manifest["overrides"] == [["epochs", "2"]]
    assert train(small, overrides=[("epochs", "1")]).path.name == "2"


def test_the_best_weights_are_the_final_ones(small: Path) -> None:
    run = train(small)
    losses = [row["validation"]["loss"] for row in run.history]
    assert run.result["best_epoch"] == int(np.argmin(losses))
    assert run.result["validation"]["loss"] == min(losses)


def test_evaluation_says_what_the_result_says_wherever_the_folder_lies(small: Path, tmp_path: Path) -> None:
    made = train(small, overrides=[("epochs", "2")])
    moved = tmp_path / "moved"
    shutil.copytree(small.parent, moved, ignore=shutil.ignore_patterns("moved"))
    shutil.rmtree(made.path)
    run = Run.open(moved / "runs" / "net")
    for part in ("train", "validation", "test"):
        assert run.evaluate(part) == {
            "split": part,
            "metrics": run.result[part],
            "examples": run.manifest["data"]["examples"][part],
        }


HOUSES = """
data houses {
  source csv("houses.csv")
  size   = column("size") -> impute(median) -> standardize
  city   = column("city") -> category -> one_hot(3)
  facts  = (size -> reshape(1), city) -> concat
  price  = column("price") -> log -> standardize
  cheap  = column("kind") -> category
  split  train=0.7, test=0.3, seed=0
}
model net {
  input facts: float[4]
  hidden = facts -> dense(16) -> tanh
  output price = hidden -> dense(1)
  output kind  = hidden -> dense(3)
}
train net on houses {
  loss cost  = (price, target) -> mse
  loss which = (kind, cheap) -> cross_entropy
  optimizer adam(lr=0.02)
  epochs 60
  batch 32
}
""".replace("price  = column", "target = column")


def houses(folder: Path, seed: int = 0, rows: int = 200) -> dict[str, np.ndarray[Any, Any]]:
    """Prices that follow from size and city, and kinds that follow from prices."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(50, 200, rows)
    city = rng.choice(["Aachen", "Bonn", "Celle"], rows)
    price = size * 1000 * np.select([city == "Aachen", city == "Bonn"], [1.0, 2.0], 3.0)
    kind = np.select([price < 1e5, price < 3e5], ["cheap", "fair"], "dear")
    lines = ["size,city,price,kind"]
    lines += [f"{s:.3f},{c},{p:.1f},{k}" for s, c, p, k in zip(size, city, price, kind, strict=True)]
    lines[5] = "," + lines[5].split(",", 1)[1]
    folder.joinpath("houses.csv").write_text("\n".join(lines) + "\n")
    return {"size": size, "city": city.astype(object), "price": price, "kind": kind.astype(object)}


def test_predictions_are_names_and_prices(tmp_path: Path) -> None:
    houses(tmp_path)
    (tmp_path / "houses.dl").write_text(HOUSES)
    run = train(tmp_path / "houses.dl")
    new = houses(tmp_path / "..", seed=1, rows=40)
    found = run.predict({"size": new["size"], "city": new["city"]})
    assert set(found.columns) == {"target", "cheap", "cheap.cheap", "cheap.fair", "cheap.dear"}
    assert np.median(np.abs(found.columns["target"] / new["price"] - 1)) < 0.05
    assert np.mean(found.columns["cheap"] == new["kind"]) > 0.85
    probabilities = sum(found.columns[f"cheap.{kind}"] for kind in ("cheap", "fair", "dear"))
    assert np.allclose(probabilities, 1, atol=1e-6)
    again = Run.open(run.path)
    table = tmp_path / "new.csv"
    table.write_text("size,city\n" + "".join(f"{s},{c}\n" for s, c in zip(new["size"], new["city"], strict=True)))
    assert again.predict(table).text("json") == found.text("json")


def test_the_exported_file_takes_raw_columns(tmp_path: Path) -> None:
    """ONNX Runtime alone, fed with columns as they stand in the file, gives the trained model's numbers."""
    houses(tmp_path)
    (tmp_path / "houses.dl").write_text(HOUSES)
    run = train(tmp_path / "houses.dl", overrides=[("epochs", "3")])
    exported = run.export(tmp_path / "houses.onnx")
    assert exported.rows == 60
    assert exported.largest_difference < 1e-4
    new = houses(tmp_path / "..", seed=2, rows=30)
    session = onnxruntime.InferenceSession(tmp_path / "houses.onnx")
    feeds = {"size": new["size"].astype(np.float32), "city": new["city"]}
    price, kind = session.run(["price", "kind"], feeds)
    inputs, _ = run.inputs_of(run.model(), {"size": new["size"], "city": new["city"]})
    trained = run.outputs(inputs, run.model())
    np.testing.assert_allclose(price, trained["price"], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(kind, trained["kind"], rtol=1e-4, atol=1e-4)
    with pytest.raises(DlspecError, match="there already"):
        run.export(tmp_path / "houses.onnx")


def test_data_in_place_of_the_source(small: Path) -> None:
    rng = np.random.default_rng(0)
    frame = {f"pixel_{n}": rng.integers(0, 17, 300) for n in range(64)} | {"digit": np.arange(300) % 10}
    run = train(small, data=frame, overrides=[("epochs", "1")])
    assert run.manifest["data"]["examples"] == {"train": 180, "validation": 60, "test": 60}
    assert run.evaluate("test")["metrics"] == run.result["test"]
    with pytest.raises(DlspecError, match="not kept"):
        Run.open(run.path).evaluate()
    assert Run.open(run.path).evaluate(data=frame)["examples"] == 300


LOADING = (
    """
train net on digits as first { loss cross_entropy; optimizer adam; epochs 1; seed 0 }
train net on digits as second {
  load run("first"), into="hidden.*"
  freeze "hidden.*"
  loss cross_entropy
  optimizer adam
  epochs 1
  seed 1
}
""".replace("; ", "\n  ")
    .replace("{ loss", "{\n  loss")
    .replace("seed 0 }", "seed 0\n}")
)


def test_weights_of_an_earlier_run_are_loaded_and_stand_still(small: Path) -> None:
    small.write_text(SMALL.split("train net")[0] + LOADING)
    with pytest.raises(DlspecError, match="no run of 'first'"):
        train(small, "second")
    first = train(small, "first").weights()
    second = train(small, "second").weights()
    for name, array in first.items():
        assert np.array_equal(array, second[name]) == name.startswith("hidden."), name
    with pytest.raises(DlspecError, match="several trainings: first, second"):
        train(small)
