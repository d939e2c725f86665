"""`precision`: what types are computed in, what is kept, and how near the figures stay to float32."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError
from dlspec.training.train import train
from tests.unit.torch_training.programs import opened
from tests.unit.train_settings.specs import SERIES, TABLE, compiled, loaded, written

WITHOUT_CHANCE = TABLE.replace(" -> dropout(0.2)", "")

DIGITS = {"bf16": 2.0**-8, "fp16": 2.0**-11}
"""Half the distance between numbers around 1: the rounding of a product."""


def code_of(folder: Path, precision: str, text: str = WITHOUT_CHANCE) -> Any:
    run = train(written(folder, text, f"precision {precision}"))
    (path,) = (run.path / "code").glob("*.py")
    return loaded(path), run


@pytest.mark.parametrize(("precision", "dtype"), [("bf16", torch.bfloat16), ("fp16", torch.float16)])
def test_products_are_in_16_bits_and_weights_in_32(tmp_path: Path, precision: str, dtype: torch.dtype) -> None:
    code, run = code_of(tmp_path, precision)
    model = code.build()
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    seen: list[torch.dtype] = []
    for layer in model.modules():
        if isinstance(layer, torch.nn.Linear):
            layer.register_forward_hook(lambda layer, given, made: seen.append(made.dtype))
    batch = code.tensors({name: array[:8] for name, array in run.parts()["train"].items()}, "cpu")
    terms, outputs = code.losses(model, batch)
    assert seen == [dtype, dtype]
    assert all(mean.dtype == torch.float32 for mean, _ in terms.values())
    assert all(each.dtype == torch.float32 for pair in outputs.values() for each in pair)
    assert code.predict(model, batch)["p"].dtype == torch.float32
    assert {array.dtype for array in run.weights().values()} == {np.dtype(np.float32)}


def test_double_precision_is_in_64_bits_throughout(tmp_path: Path) -> None:
    code, run = code_of(tmp_path, "float64")
    model = code.build()
    assert {p.dtype for p in model.parameters()} == {torch.float64}
    batch = code.tensors(run.parts()["train"], "cpu")
    assert batch["x"].dtype == torch.float64
    terms, _ = code.losses(model, batch)
    assert all(mean.dtype == torch.float64 for mean, _ in terms.values())
    assert {array.dtype for array in run.weights().values()} == {np.dtype(np.float64)}
    assert run.export(tmp_path / "net.onnx") is not None


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_the_loss_is_that_of_float32_up_to_rounding(tmp_path: Path, precision: str) -> None:
    sessions = []
    for name in ("float32", precision):
        folder = tmp_path / name
        folder.mkdir()
        sessions.append(opened(folder, *compiled(written(folder, WITHOUT_CHANCE, f"precision {name}")), "float32"))
    sessions[1].load_weights(sessions[0].weights())
    rng = np.random.default_rng(0)
    fields = {"x": rng.normal(size=(64, 6)).astype(np.float32), "target": rng.normal(size=(64, 1)).astype(np.float32)}
    losses = []
    for session in sessions:
        columns = session.put(fields)
        results = [session.train_step("train", columns, np.arange(64), 0.01, {}) for _ in range(10)]
        losses.append([each["loss"] for each in session.read_losses(results)])
    exact, rounded = (np.array(each) for each in losses)
    assert (exact != rounded).any()
    # Two layers of products, normalised between: some rounding errors of a product, relative to the loss.
    assert (np.abs(rounded - exact) <= 8 * DIGITS[precision] * exact[0]).all()


def test_double_precision_begins_like_float32_and_differs_by_its_rounding(tmp_path: Path) -> None:
    runs = []
    for name in ("float32", "float64"):
        folder = tmp_path / name
        folder.mkdir()
        runs.append(train(written(folder, WITHOUT_CHANCE, f"precision {name}")))
    first = [run.history[0]["train"]["loss"] for run in runs]
    assert first[0] != first[1]
    assert first[0] == pytest.approx(first[1], rel=1e-5)


def test_loaded_weights_keep_their_digits_in_double_precision(tmp_path: Path) -> None:
    run = train(written(tmp_path, WITHOUT_CHANCE, "precision float64"))
    name, array = next(iter(run.weights().items()))
    assert (array != array.astype(np.float32)).any()
    weights = run.path / "weights.safetensors"
    (tmp_path / "base.safetensors").write_bytes(weights.read_bytes())
    again = train(written(tmp_path, WITHOUT_CHANCE, 'precision float64; load "base.safetensors"; rate "*", 0.0'))
    np.testing.assert_array_equal(again.weights()[name], array)


# ---------------------------------------------------------------- the scale of half precision


def scaled(folder: Path) -> Any:
    session = opened(folder, *compiled(written(folder, WITHOUT_CHANCE, "precision fp16")), "float32")
    return session, session._optimizers["train"]


def test_gradients_too_large_for_16_bits_leave_the_update_out(tmp_path: Path) -> None:
    session, optimizer = scaled(tmp_path)
    before, scale = session.weights(), optimizer.scaler.get_scale()
    fields = {"x": np.full((8, 6), 3.0, np.float32) * np.arange(8)[:, None], "target": np.full((8, 1), 1e7, np.float32)}
    session.train_step("train", session.put(fields), np.arange(8), 0.01, {})
    assert optimizer.scaler.get_scale() == scale / 2
    for name, array in session.weights().items():
        if "running" not in name:
            np.testing.assert_array_equal(array, before[name], err_msg=name)


def test_the_scale_is_part_of_the_state(tmp_path: Path) -> None:
    session, optimizer = scaled(tmp_path)
    rng = np.random.default_rng(0)
    fields = {"x": rng.normal(size=(8, 6)), "target": 1e7 * rng.normal(size=(8, 1))}
    session.train_step("train", session.put(fields), np.arange(8), 0.01, {})
    other, fresh = scaled(tmp_path)
    other.load_state(session.state())
    assert fresh.scaler.get_scale() == optimizer.scaler.get_scale() == 32768


def test_an_lstm_in_half_precision_on_the_cpu(tmp_path: Path) -> None:
    with pytest.raises(DlspecError, match="an LSTM in fp16 on the CPU") as refused:
        train(written(tmp_path, SERIES, "precision fp16"))
    assert refused.value.diagnostics[0].code is codes.NO_PRECISION
    assert "precision bf16" in (refused.value.diagnostics[0].help or "")
    assert not list(tmp_path.glob("runs/net/*"))
