"""Trainings with augmentation: the same batches on every backend, exact on resume, and through the generated `fit`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.data.augment import Augmenter
from dlspec.training import train as trainings
from dlspec.training.run import Run
from dlspec.training.signals import Interrupted
from dlspec.training.train import train
from tests.end_to_end.small import same

SPEC = """
data digits {
  source  builtin("digits")
  image   = column("pixel_*") -> reshape(1, 8, 8) -> rescale(1/16)
  label   = column("digit") -> category(4)
  augment image -> random_crop(8x8, padding=1) -> random_rotation(10) -> gaussian_noise(0.05)
  keep    label < 4
  split   train=0.5, validation=0.2, test=0.3, stratify=label, seed=0
}

model net {
  input image: float[1, 8, 8]
  output logits = image -> conv(4, 3x3, padding=same) -> relu -> max_pool(2x2) -> flatten -> dropout(0.2) -> dense(4)
}

train net on digits {
  loss       cross_entropy
  metrics    accuracy
  optimizer  adam(lr=5e-3)
  epochs     3
  batch      32
  checkpoint every=1, steps=5, keep=3
  seed       1
}
"""
PLAIN = SPEC.replace(" -> dropout(0.2)", "")


def spec_in(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    spec = folder / "spec.dl"
    spec.write_text(text)
    return spec


class Watched:
    """A session that tells which batches went in."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.batches: list[dict[str, np.ndarray]] = []
        self.moved: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)

    def put(self, fields: Any) -> Any:
        moved = self.session.put(fields)
        self.moved.append((moved, fields))
        return moved

    def train_step(self, name: str, fields: Any, rows: np.ndarray, *rest: Any) -> Any:
        arrays = next(given for moved, given in reversed(self.moved) if moved is fields)
        self.batches.append({field: values[rows].copy() for field, values in arrays.items()})
        return self.session.train_step(name, fields, rows, *rest)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[Watched]:
    """The sessions of the trainings that follow."""
    seen: list[Watched] = []
    plain = trainings.opened

    def opened(*arguments: Any) -> Any:
        seen.append(Watched(plain(*arguments)))
        return seen[-1]

    monkeypatch.setattr(trainings, "opened", opened)
    return seen


def test_every_backend_sees_the_same_batches(tmp_path: Path, watched: list[Watched]) -> None:
    runs = [train(spec_in(tmp_path / backend, PLAIN), backend=backend) for backend in ("torch", "keras")]
    torch_batches, keras_batches = (session.batches for session in watched)
    assert len(torch_batches) == len(keras_batches) == 3 * 12
    for ours, theirs in zip(torch_batches, keras_batches, strict=True):
        for field, values in ours.items():
            np.testing.assert_array_equal(values, theirs[field])
    one, other = (run.history for run in runs)
    for ours, theirs in zip(one, other, strict=True):
        assert ours["train"]["loss"] == pytest.approx(theirs["train"]["loss"], rel=1e-3)


def test_only_the_training_part_is_changed_and_its_labels_are_not(tmp_path: Path, watched: list[Watched]) -> None:
    run = train(spec_in(tmp_path, PLAIN))
    parts = run.parts()
    order = np.concatenate([batch["label"] for batch in watched[0].batches[:12]])
    rows = np.random.default_rng([1, 0]).permutation(len(parts["train"]["label"]))
    np.testing.assert_array_equal(order, parts["train"]["label"][rows])
    images = np.concatenate([batch["image"] for batch in watched[0].batches[:12]])
    assert not any(np.array_equal(*pair) for pair in zip(images, parts["train"]["image"][rows], strict=True))
    clean = Run.open(run.path)
    for part in ("train", "validation", "test"):
        assert clean.evaluate(part)["metrics"] == run.result[part]
    without = train(spec_in(tmp_path / "without", "\n".join(x for x in PLAIN.split("\n") if "augment" not in x)))
    for part in ("validation", "test"):
        np.testing.assert_array_equal(without.parts()[part]["image"], parts[part]["image"])


def test_a_broken_off_run_goes_on_to_the_same_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train(spec_in(tmp_path / "whole", SPEC))
    spec = spec_in(tmp_path / "broken", SPEC)
    stop = Stopping(monkeypatch, after=17)
    with pytest.raises(Interrupted):
        train(spec)
    stop.undo()
    same(whole, train(spec, resume=True))


class Stopping:
    """Interrupts a training after so many updates."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
        import signal

        from dlspec.training.loop import Loop

        self.monkeypatch = monkeypatch
        count = 0
        log = Loop._log

        def logged(loop: Any, *arguments: Any) -> None:
            nonlocal count
            count += 1
            if count == after:
                signal.raise_signal(signal.SIGTERM)
            log(loop, *arguments)

        monkeypatch.setattr(Loop, "_log", logged)

    def undo(self) -> None:
        self.monkeypatch.undo()


def test_fit_takes_the_augmentation_and_gives_the_runs_losses(tmp_path: Path) -> None:
    import torch
    from safetensors.numpy import load_file

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    run = train(spec_in(tmp_path, SPEC))
    (code,) = (run.path / "code").glob("*.py")
    loaded = importlib.util.spec_from_file_location("augmented_code", code)
    assert loaded is not None
    assert loaded.loader is not None
    module = importlib.util.module_from_spec(loaded)
    sys.modules["augmented_code"] = module
    loaded.loader.exec_module(module)
    model = module.build()
    module.load_weights(model, load_file(run.path / "initial.safetensors"))
    parts = run.parts()
    history = module.fit(model, parts["train"], parts["validation"], augment=Augmenter(run.data.augment, 1))
    torch.set_num_threads(threads)
    for ours, theirs in zip(run.history, history, strict=True):
        assert ours["train"]["loss"] == theirs["train"]["loss"]
        assert ours["validation"]["loss"] == theirs["validation"]["loss"]
