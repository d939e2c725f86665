"""Penalties on weights and on outputs: values and gradients against closed forms, and what counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from dlspec.backends.torch.emit import emit_model_file
from tests.unit.ir.specs import program as resolved
from tests.unit.torch_training.holding import (
    ALL_KINDS,
    SMALL,
    drawn,
    fields_of,
    orthogonality,
    trained_names,
    training,
)
from tests.unit.torch_training.programs import loaded, opened, updated

# ---------------------------------------------------------------- orthogonal


@pytest.mark.parametrize("rate", [0.01, 0.3])
def test_orthogonal_on_weights_of_every_rank(tmp_path, rate) -> None:
    plain = opened(tmp_path, *training(ALL_KINDS))
    start = drawn(plain)
    plain.load_weights(start)
    program, train = training(ALL_KINDS, f'penalty orthogonal({rate}), on="*"')
    names = trained_names(program, train)
    updated(plain, fields_of(), 1)
    session = opened(tmp_path, program, train)
    session.load_weights(start)
    (figures,) = updated(session, fields_of(), 1)
    assert figures["penalty"] == pytest.approx(rate * sum(orthogonality(start[name])[0] for name in names), rel=1e-12)
    moved, without = session.weights(), plain.weights()
    for name in names:
        wanted = rate * orthogonality(start[name])[1]
        if "embedding" in name:
            wanted[0] = 0  # the row of the padding gets no gradient from the table, and is 0
        np.testing.assert_allclose(without[name] - moved[name], wanted, rtol=1e-9, atol=1e-12, err_msg=name)


def test_the_other_side_has_the_same_gradient() -> None:
    """sum (W W^T - I)^2 and sum (W^T W - I)^2 differ by the difference of the dimensions alone."""
    w = np.random.default_rng(0).standard_normal((5, 3))
    (one, first), (other, second) = orthogonality(w), orthogonality(w.T)
    assert one - other == pytest.approx(5 - 3)
    np.testing.assert_allclose(first, second.T)


def test_orthogonal_against_autograd(tmp_path) -> None:
    code = loaded(tmp_path, *training(ALL_KINDS, "penalty orthogonal(1)"))
    w = torch.randn(4, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    code.orthogonality(w).backward()
    assert w.grad is not None
    np.testing.assert_allclose(w.grad.numpy(), orthogonality(w.detach().numpy())[1], rtol=1e-12)


def test_a_rate_of_zero_is_no_penalty(tmp_path) -> None:
    session = opened(tmp_path, *training(ALL_KINDS, "penalty l2(0)\n  penalty orthogonal(0)"))
    assert updated(session, fields_of(), 1)[0].keys() == {"cross_entropy", "loss"}


# ---------------------------------------------------------------- outputs

ONE = """
data digits {
  source builtin("digits")
  image = column("pixel_*") -> reshape(64) -> rescale(1/16)
  label = column("digit") -> category(10)
}
model net {
  input image: float[64]
  output logits = image -> dense(10, activity=ACTIVITY)
}
train net on digits {
  loss cross_entropy
  optimizer sgd(lr=1.0)
  epochs 2
  batch 4
}
"""


def flat_fields(count: int = 12) -> dict[str, np.ndarray]:
    fields = fields_of(count)
    return {**fields, "image": fields["image"].reshape(count, 64)}


@pytest.mark.parametrize(
    ("activity", "value", "slope"),
    [
        ("l1(0.3)", lambda y: 0.3 * np.abs(y).sum(), lambda y: 0.3 * np.sign(y)),
        ("l2(0.2)", lambda y: 0.2 * (y**2).sum(), lambda y: 0.4 * y),
        (
            "elastic(0.3, 0.2)",
            lambda y: 0.3 * np.abs(y).sum() + 0.2 * (y**2).sum(),
            lambda y: 0.3 * np.sign(y) + 0.4 * y,
        ),
    ],
)
def test_value_and_gradient(tmp_path, activity, value, slope) -> None:
    fields = flat_fields()
    ends, figures = [], {}
    for text in (ONE.replace("ACTIVITY", activity), ONE.replace(", activity=ACTIVITY", "")):
        session = opened(tmp_path, *training(text))
        start = drawn(session)
        session.load_weights(start)
        (row,) = updated(session, fields, 1)
        figures |= row
        ends.append(session.weights())
    weight, bias = (start[f"logits.dense.{name}"] for name in ("weight", "bias"))
    y = fields["image"] @ weight.T + bias
    assert figures["penalty"] == pytest.approx(value(y) / 12, rel=1e-12)
    moved = {name: ends[1][name] - ends[0][name] for name in start}
    np.testing.assert_allclose(moved["logits.dense.weight"], slope(y).T @ fields["image"] / 12, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(moved["logits.dense.bias"], slope(y).sum(0) / 12, rtol=1e-9, atol=1e-12)


def test_every_call_counts_wherever_it_is(tmp_path) -> None:
    """Against hooks on the layers of the very model."""
    program, train = training(SMALL)
    session = opened(tmp_path, program, train)
    session.load_weights(drawn(session))
    model, seen = session._model, []

    def noted(l1: float, l2: float) -> Any:
        def hook(module: Any, inputs: Any, output: Any) -> None:
            y = output[0] if isinstance(output, tuple) else output
            seen.append(float((l1 * y.abs().sum() + l2 * y.square().sum()) / len(y)))

        return hook

    model.h_conv.register_forward_hook(noted(0.003, 0))
    model.y_gru.register_forward_hook(noted(0, 0.02))
    linear = [part for part in model.modules() if isinstance(part, torch.nn.Linear)]
    (shared,) = (part for part in linear if part.in_features == part.out_features == 12)
    norm = next(part for part in model.modules() if isinstance(part, torch.nn.LayerNorm))
    shared.register_forward_hook(noted(0.01, 0.02))
    norm.register_forward_hook(noted(0.001, 0))
    dense = session.weights()["logits.dense.weight"]
    (figures,) = updated(session, fields_of(), 1)
    assert len(seen) == 5
    assert figures["penalty"] == pytest.approx(sum(seen) + 0.05 * orthogonality(dense)[0], rel=1e-12)


def test_an_evaluation_has_no_penalty_and_leaves_nothing_behind(tmp_path) -> None:
    session, other = (opened(tmp_path, *training(SMALL)) for _ in range(2))
    start = drawn(session)
    fields = fields_of()
    for each in (session, other):
        each.load_weights(start)
    evaluated = session.evaluate(session.put(fields), 6).losses
    session.predict({"image": fields["image"]})
    assert evaluated.keys() == {"cross_entropy", "loss"}
    assert updated(session, fields, 2) == updated(other, fields, 2)


def test_a_tensor_without_a_batch_counts_once(tmp_path) -> None:
    flow = "(image -> dense(10)) + parameter(10, activity=l1(0.5))"
    text = ONE.replace("image -> dense(10, activity=ACTIVITY)", flow)
    session = opened(tmp_path, *training(text))
    start = drawn(session)
    session.load_weights(start)
    (figures,) = updated(session, flat_fields(), 1)
    (name,) = (name for name in start if "parameter" in name)
    assert figures["penalty"] == pytest.approx(0.5 * np.abs(start[name]).sum(), rel=1e-12)


def test_final_states_do_not_count(tmp_path) -> None:
    """`return_state` gives more, and changes no training."""
    rows = []
    for text in (SMALL, SMALL.replace("y, state = image[0] -> gru(5, return_state=true, activity=l2(0.02))",
                                      "y = image[0] -> gru(5, activity=l2(0.02))\n  state = y[-1]")):  # fmt: skip
        session = opened(tmp_path, *training(text))
        session.load_weights(drawn(session))
        rows.append(updated(session, fields_of(), 3))
    for one, other in zip(*rows, strict=True):
        assert one == pytest.approx(other, rel=1e-12)


SEVERAL = """
data digits {
  source builtin("digits")
  image = column("pixel_*") -> reshape(64) -> rescale(1/16)
  label = column("digit") -> category(10)
}
model maker {
  input z: float[3]
  output fake = z -> dense(64, activity=l2(0.5)) -> tanh
}
model judge {
  input x: float[64]
  output score = x -> dense(5, activity=l1(0.25)) -> tanh -> dense(1)
}
train maker, judge on digits {
  noise = random_normal([3])
  fake = noise -> maker
  metrics other = (image * 2 -> judge, 1) -> mse
  step judge {
    loss real = (image -> judge, 1) -> mse
    loss fake = (fake -> stop_gradient -> judge, 0) -> mse
    optimizer sgd(lr=0.1)
  }
  step maker {
    loss fool = (fake -> judge, 1) -> mse
    optimizer sgd(lr=0.1)
  }
  epochs 1
  batch 4
}
"""


def test_a_step_counts_its_own_model_where_its_losses_come_from(tmp_path) -> None:
    session = opened(tmp_path, *training(SEVERAL))
    start = drawn(session)
    session.load_weights(start)
    fields = flat_fields()
    noise = session.draw(12, 0, 0)["noise.random_normal"]
    (judged,) = updated(session, fields, 1, step="judge")
    session.load_weights(start)
    (made,) = updated(session, fields, 1, step="maker")
    weight, bias = (start[f"maker.fake.dense.{name}"] for name in ("weight", "bias"))
    y = noise @ weight.T + bias
    assert made["penalty"] == pytest.approx(0.5 * (y**2).sum() / 12, rel=1e-12)
    weight, bias = (start[f"judge.score.dense.{name}"] for name in ("weight", "bias"))
    scores = [x @ weight.T + bias for x in (fields["image"], np.tanh(y))]
    # Both of the losses' calls, and not the metric's.
    assert judged["penalty"] == pytest.approx(0.25 * sum(np.abs(each).sum() for each in scores) / 12, rel=1e-12)


HOSTILE = """
data digits {
  source builtin("digits")
  activity = column("pixel_*") -> reshape(64) -> rescale(1/16)
  label = column("digit") -> category(10)
}
block activity(width) {
  penalised = in -> dense(width, activity=l1(0.1))
  return penalised -> tanh
}
block penalised(width) {
  activity = in -> dense(width, constraint=max_norm(1), activity=l2(0.1))
  return activity -> tanh
}
block outer(width) {
  return in -> activity(width)
}
model constrain {
  input activity: float[64]
  max_norm = activity -> outer(7) -> penalised(6)
  output unit_norm = max_norm -> dense(10, constraint=unit_norm)
}
train constrain on digits {
  loss cross_entropy
  optimizer sgd(lr=0.1)
  penalty orthogonal
  epochs 1
  batch 4
}
"""


def test_names_that_mean_something_in_the_code(tmp_path) -> None:
    session = opened(tmp_path, *training(HOSTILE))
    start = drawn(session)
    session.load_weights(start)
    fields = flat_fields()
    (figures,) = updated(session, {"activity": fields["image"], "label": fields["label"]}, 1)
    first = fields["image"] @ start["max_norm.outer.activity.penalised.dense.weight"].T
    first += start["max_norm.outer.activity.penalised.dense.bias"]
    second = np.tanh(first) @ start["max_norm.penalised.activity.dense.weight"].T
    second += start["max_norm.penalised.activity.dense.bias"]
    wanted = (0.1 * np.abs(first).sum() + 0.1 * (second**2).sum()) / 12
    wanted += sum(0.01 * orthogonality(value)[0] for name, value in start.items() if name.endswith("weight"))
    assert figures["penalty"] == pytest.approx(wanted, rel=1e-12)


def test_the_file_of_a_model_takes_the_list(tmp_path) -> None:
    program = resolved(SMALL.replace("  MORE", ""))
    source = emit_model_file(program, "net")
    names: dict[str, Any] = {"__name__": "net"}
    exec(compile(source, "net.py", "exec"), names)
    model = names["build"]()
    image, found = torch.rand(4, 1, 8, 8), []
    plain, collected = model(image), model(image, activity=found)
    assert torch.equal(plain, model(image))
    assert plain.shape == collected.shape
    assert len(found) == 5
    assert all(each.ndim == 0 and each > 0 for each in found)


def test_equal_blocks_in_a_row_are_a_loop_all_the_same(tmp_path) -> None:
    text = ONE.replace(
        "image -> dense(10, activity=ACTIVITY)", "image -> dense(8) -> dense(8, activity=l1(0.5)) * 6 -> dense(10)"
    )
    program, train = training(text)
    code = loaded(tmp_path, program, train)
    source = (tmp_path / "net.py").read_text()
    assert source.count("penalised(") == 2
    model = code.build()
    found: list[Any] = []
    model(torch.rand(3, 64), activity=found)
    assert len(found) == 6


def test_layers_that_differ_in_the_penalty_alone_are_no_loop(tmp_path) -> None:
    factors = [0.1, 0.1, 0.1, 0.1, 0.7, 0.0]
    layers = " -> ".join(f"dense(8, activity=l1({factor}))" for factor in factors)
    text = ONE.replace("image -> dense(10, activity=ACTIVITY)", f"image -> dense(8) -> {layers} -> dense(10)")
    session = opened(tmp_path, *training(text))
    start = drawn(session)
    session.load_weights(start)
    (figures,) = updated(session, flat_fields(), 1)
    x, wanted = flat_fields()["image"], 0.0
    for number, factor in enumerate([0.0, *factors], start=1):
        name = "logits.dense" if number == 1 else f"logits.dense_{number}"
        x = x @ start[f"{name}.weight"].T + start[f"{name}.bias"]
        wanted += factor * np.abs(x).sum() / 12
    assert figures["penalty"] == pytest.approx(wanted, rel=1e-12)


def test_generated_files_are_clean(tmp_path) -> None:
    import subprocess
    import sys
    from pathlib import Path

    from dlspec.backends.keras.training import emit_train_file as emit_keras
    from dlspec.backends.torch.training import emit_train_file as emit_torch

    every = 'constraint clamp(-1, 1), on="*"\n  constraint unit_norm\n  constraint max_norm(2), on="w.*"\n'
    every += '  constraint non_negative, on="*.bias"\n  freeze "c.*", until=1'
    (tmp_path / "zoo_torch.py").write_text(emit_torch(*training(ALL_KINDS, every)))
    for name, text in {"small": SMALL, "several": SEVERAL, "hostile": HOSTILE}.items():
        (tmp_path / f"{name}_torch.py").write_text(emit_torch(*training(text)))
        (tmp_path / f"{name}_keras.py").write_text(emit_keras(*training(text)))
    config = Path(__file__).parents[3] / "pyproject.toml"
    for arguments in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "--config", str(config), str(tmp_path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
