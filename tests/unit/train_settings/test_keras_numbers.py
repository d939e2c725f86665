"""The settings on Keras give the numbers of PyTorch: losses and weights in double precision, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.keras_training.programs import loaded, opened, opened_on_torch
from tests.unit.train_settings.specs import SERIES, TABLE, compiled, written
from tests.unit.train_settings.test_accumulate import OPTIONS, small_and_large

pytest.importorskip("tensorflow")

RNG = np.random.default_rng(0)
ROWS = {
    TABLE: {"x": RNG.standard_normal((21, 6)), "target": RNG.standard_normal((21, 1))},
    SERIES: {"x": RNG.standard_normal((21, 11, 3)), "target": RNG.standard_normal((21, 11, 1))},
}

SETTINGS = {
    "accumulate 3; clip norm=0.5; penalty l2(1e-3)": TABLE,
    "average 0.8": TABLE,
    "precision float64": TABLE,
    "truncate 4": SERIES,
    "truncate 3; accumulate 2; average 0.8; clip value=0.1": SERIES,
}


def losses_of(session: Any, fields: Any) -> list[dict[str, float]]:
    columns = session.put(fields)
    session.start_epoch(0)
    rows = [np.random.default_rng(step).permutation(21)[: 21 if step % 3 else 10] for step in range(12)]
    return session.read_losses([session.train_step("train", columns, each, 0.01, {}) for each in rows])


PROVEN = ("accumulate", "average", "precision", "truncate")


@pytest.mark.proves("trajectory", on=("torch", "keras"), of=tuple(f"train setting {name}" for name in PROVEN))
@pytest.mark.parametrize("settings", SETTINGS)
def test_losses_and_weights_are_those_of_pytorch(tmp_path: Path, settings: str) -> None:
    text = SETTINGS[settings]
    plain = text.replace(" -> dropout(0.2)", "").replace(" -> dropout(0.1)", "")
    program, train = compiled(written(tmp_path, plain, settings))
    ours, theirs = opened(tmp_path, program, train), opened_on_torch(tmp_path, program, train)
    ours.load_weights(theirs.weights())
    found, wanted = losses_of(ours, ROWS[text]), losses_of(theirs, ROWS[text])
    for mine, other in zip(found, wanted, strict=True):
        assert mine == pytest.approx(other, rel=1e-8)
    for name, array in theirs.weights().items():
        np.testing.assert_allclose(ours.weights()[name], array, rtol=0, atol=1e-7, err_msg=name)


@pytest.mark.parametrize("case", ["penalised", "clipped", "weighed", "terms of different weights"])
def test_small_batches_are_one_large_one(tmp_path: Path, case: str) -> None:
    assert case in OPTIONS
    small, large, fields = small_and_large(case)
    found = []
    for name, made in (("small", small), ("large", large)):
        (tmp_path / name).mkdir()
        session = opened(tmp_path / name, *made)
        if found:
            session.load_weights(found[0][1])
        start, columns = session.weights(), session.put(fields)
        results = [session.train_step("train", columns, np.arange(11), 0.1, {}) for _ in range(4)]
        found.append((session.read_losses(results), start, session.weights()))
    for mine, other in zip(found[0][0], found[1][0], strict=True):
        assert mine == pytest.approx(other, rel=1e-10, abs=1e-10)
    for name, array in found[1][2].items():
        np.testing.assert_allclose(found[0][2][name], array, rtol=0, atol=1e-10, err_msg=name)


@pytest.mark.parametrize(("precision", "computed", "kept"), [
    ("bf16", "bfloat16", "float32"), ("fp16", "float16", "float32"), ("float64", "float64", "float64"),
])  # fmt: skip
def test_types_of_each_precision(tmp_path: Path, precision: str, computed: str, kept: str) -> None:
    import keras

    code = loaded(tmp_path, *compiled(written(tmp_path, TABLE, f"precision {precision}")))
    before = (keras.config.floatx(), keras.config.dtype_policy().name)
    model = code.build()
    layers = [each for each in model._flatten_layers() if isinstance(each, keras.layers.Dense)]
    assert {layer.compute_dtype for layer in layers} == {computed}
    assert {p.dtype for p in code.parameters(model).values()} == {kept}
    batch = code.tensors({name: array.astype(np.float32) for name, array in ROWS[TABLE].items()})
    terms, outputs = code.losses(model, batch)
    assert {mean.dtype.name for mean, _ in terms.values()} == {kept}
    assert {each.dtype.name for pair in outputs.values() for each in pair} == {kept}
    assert code.predict(model, batch)["p"].dtype.name == kept
    assert (keras.config.floatx(), keras.config.dtype_policy().name) == before


def test_gradients_too_large_for_16_bits_leave_the_update_out(tmp_path: Path) -> None:
    plain = TABLE.replace(" -> dropout(0.2)", "")
    session = opened(tmp_path, *compiled(written(tmp_path, plain, "precision fp16")), "float32")
    before = session.weights()
    assert session.state()["scale/train/scale"] == 65536
    fields = {"x": RNG.standard_normal((8, 6)), "target": np.full((8, 1), 1e7)}
    session.train_step("train", session.put(fields), np.arange(8), 0.01, {})
    assert session.state()["scale/train/scale"] == 32768
    for name, array in session.weights().items():
        if "running" not in name:
            np.testing.assert_array_equal(array, before[name], err_msg=name)
