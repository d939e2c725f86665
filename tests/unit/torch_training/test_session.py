"""The session over a generated file: resuming, evaluation, prediction, and what goes wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from dlspec.backends.torch.runtime import open_session
from dlspec.backends.torch.training import emit_train_file
from dlspec.catalog.losses import CrossEntropy
from dlspec.catalog.metrics import Accuracy
from dlspec.catalog.optimizers import Adafactor, Adagrad, Adam, Adamax, Lamb, Lion, Muon, Nadam, Radam, Rmsprop, Sgd
from dlspec.catalog.schedules import Cosine
from dlspec.diagnostics.report import DlspecError
from tests.unit.torch_training.examples import CLASSES, FIELDS, TWO_OPTIMIZERS, training
from tests.unit.torch_training.programs import mlp, one_step, opened, tensor, updated

# ---------------------------------------------------------------- resuming

RESUMED = [
    ([Sgd(lr=0.05, momentum=0.9, nesterov=True)], {}),
    ([Adagrad()], {}),
    ([Adam(amsgrad=True)], {"schedule": (Cosine(),)}),
    ([Rmsprop(centered=True)], {}),
    (TWO_OPTIMIZERS, {}),
    *(([made(lr=0.01, weight_decay=0.1)], {}) for made in (Adafactor, Adamax, Lamb, Lion, Muon, Nadam, Radam)),
]


@pytest.mark.parametrize(("optimizers", "more"), RESUMED)
def test_a_resumed_training_goes_on_bit_for_bit(tmp_path, optimizers, more) -> None:
    program, train = training(optimizers=optimizers, **more)
    fields = {name: value.astype(np.float64) for name, value in FIELDS.items()}
    first = opened(tmp_path, program, train)
    first.seed(3)
    updated(first, fields, 7)
    # Through a file, as a checkpoint would.
    np.savez(tmp_path / "state.npz", **{f"s:{k}": v for k, v in first.state().items()}, **first.weights())
    wanted = updated(first, fields, 5)
    saved = dict(np.load(tmp_path / "state.npz"))
    second = opened(tmp_path, program, train)
    second.seed(99)
    second.load_weights({name: saved[name] for name in second.weights()})
    second.load_state({name[2:]: value for name, value in saved.items() if name.startswith("s:")})
    assert updated(second, fields, 5) == wanted
    for name, value in first.weights().items():
        np.testing.assert_array_equal(second.weights()[name], value)


def test_without_the_state_it_would_not(tmp_path) -> None:
    program, train = training()
    first, second = opened(tmp_path, program, train), opened(tmp_path, program, train)
    first.seed(3)
    updated(first, FIELDS, 7)
    second.load_weights(first.weights())
    assert updated(second, FIELDS, 3) != updated(first, FIELDS, 3)


# ---------------------------------------------------------------- evaluation and prediction


def test_evaluation_weighs_each_batch(tmp_path) -> None:
    """Class weights and ignored places make batches count by what is in them: how they are cut is all one."""
    program, train = one_step(
        mlp(outputs=4), {"term": CrossEntropy(class_weights=(0.1, 1.0, 5.0, 2.0), ignore_index=0)},
        targets={"target": tensor(element="int")}, optimizers=[Sgd()],
    )  # fmt: skip
    session = opened(tmp_path, program, train)
    columns = session.put(CLASSES)
    whole = session.evaluate(columns, 21).losses["loss"]
    assert session.evaluate(columns, 4).losses["loss"] == pytest.approx(whole, rel=1e-12)
    assert session.evaluate(columns, 1).losses["loss"] == pytest.approx(whole, rel=1e-12)


def test_prediction_in_batches(tmp_path) -> None:
    session = opened(tmp_path, *training())
    whole = session.predict({"x": FIELDS["x"]})
    assert list(whole) == ["y"]
    assert whole["y"].shape == (21, 1)
    np.testing.assert_allclose(session.predict({"x": FIELDS["x"]}, batch_size=5)["y"], whole["y"], rtol=1e-12)


def test_outputs_are_read_together(tmp_path) -> None:
    program, train = one_step(
        mlp(outputs=4), {"term": CrossEntropy()}, targets={"target": tensor(element="int")},
        metrics={"accuracy": Accuracy()}, optimizers=[Sgd()],
    )  # fmt: skip
    session = opened(tmp_path, program, train)
    columns = session.put(CLASSES)
    results = [session.train_step("train", columns, np.array(rows), 0.1, {}) for rows in ([3, 1], [0])]
    prediction, target = session.read_outputs(results)["accuracy"]
    assert prediction.shape == (3, 4)
    np.testing.assert_array_equal(target, CLASSES["target"][[3, 1, 0]])


# ---------------------------------------------------------------- what goes wrong


def test_a_device_that_is_not_there(tmp_path) -> None:
    program, train = training()
    path = tmp_path / "net.py"
    path.write_text(emit_train_file(program, train))
    for device in ("warp", "meta", *(() if torch.cuda.is_available() else ("cuda",)), "cuda:99"):
        with pytest.raises(DlspecError) as caught:
            open_session(path, device=device)
        assert caught.value.diagnostics[0].code.id == "DL720"


@pytest.mark.parametrize("arrays", [{"nose.weight": np.zeros(3)}, {"hidden.bias": np.zeros(1)}])
def test_weights_that_do_not_fit(tmp_path, arrays) -> None:
    session = opened(tmp_path, *training())
    with pytest.raises(DlspecError) as caught:
        session.load_weights(arrays)
    assert caught.value.diagnostics[0].code.name == "weights-misfit"


def test_no_memory_left(tmp_path) -> None:
    session = opened(tmp_path, *training())
    huge = np.lib.stride_tricks.as_strided(np.zeros(1, np.float16), (2**44, 3), (0, 0))
    with pytest.raises(DlspecError) as caught:
        session.put({"x": huge})
    assert caught.value.diagnostics[0].code.id == "DL721"


def test_no_pytorch() -> None:
    script = (
        "import sys; sys.modules['torch'] = None\n"
        "from dlspec.diagnostics.report import DlspecError\n"
        "try:\n    import dlspec.backends.torch.runtime\n"
        "except DlspecError as error:\n    print(error.diagnostics[0].help)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "pip install 'dlspec[torch]'"


def test_loading_leaves_nothing_beside_the_file(tmp_path: Path) -> None:
    opened(tmp_path, *training())
    assert [path.name for path in tmp_path.iterdir()] == ["net.py"]
