"""`truncate` against truncated back-propagation as one writes it by hand in PyTorch, in double precision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from dlspec.diagnostics.codes import training as codes
from dlspec.diagnostics.report import DlspecError
from dlspec.ir.truncation import truncation_of
from dlspec.pipeline import resolve
from tests.unit.torch_training.programs import opened
from tests.unit.train_settings.specs import SERIES, compiled, written

RNG = np.random.default_rng(0)
FIELDS = {"x": RNG.standard_normal((13, 11, 3)), "target": RNG.standard_normal((13, 11, 1))}


class ByHand(nn.Module):
    """lstm -> gru -> dense, with the states as arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.gru = nn.LSTM(3, 5, batch_first=True), nn.GRU(5, 4, batch_first=True)
        self.dense = nn.Linear(4, 1)

    def forward(self, x: torch.Tensor, states: Any) -> tuple[torch.Tensor, Any]:
        y, one = self.lstm(x, states[0])
        y, two = self.gru(y, states[1])
        return self.dense(y), (one, two)


def by_hand(weights: dict[str, np.ndarray], batches: list[np.ndarray], length: int) -> tuple[ByHand, list[float]]:
    """Adam on each chunk, states detached from chunk to chunk and new for each batch; the mean loss of each batch."""
    model = ByHand().double()
    with torch.no_grad():
        for name, p in model.named_parameters():
            stem, _, own = name.partition(".")
            own = own.removesuffix("_l0")
            if stem == "lstm" and own == "bias_hh":
                p.zero_()
                p.requires_grad_(False)
                continue
            own = {"bias_ih": "bias"}.get(own, own) if stem == "lstm" else own
            p.copy_(torch.tensor(weights[f"p.{stem}.{own}"]))
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.01)
    fields = {name: torch.tensor(array) for name, array in FIELDS.items()}
    found = []
    for rows in batches:
        states: Any = (None, None)
        losses = []
        for start in range(0, 11, length):
            x, target = (fields[name][rows][:, start : start + length] for name in ("x", "target"))
            y, states = model(x, states)
            loss = (y - target).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            states = (tuple(each.detach() for each in states[0]), states[1].detach())
            losses.append(loss.item() * x.shape[1])
        found.append(sum(losses) / 11)
    return model, found


@pytest.mark.parametrize("length", [1, 4, 5, 11, 30])
def test_it_is_the_loop_by_hand(tmp_path: Path, length: int) -> None:
    text = SERIES.replace(" -> dropout(0.1)", "")
    session = opened(tmp_path, *compiled(written(tmp_path, text, f"truncate {length}")))
    start = {name: array.astype(np.float64) for name, array in session.weights().items()}
    columns = session.put(FIELDS)
    batches = [np.arange(0, 6), np.arange(6, 13), np.arange(3, 9)]
    results = [session.train_step("train", columns, rows, 0.01, {}) for rows in batches]
    model, wanted = by_hand(start, batches, length)
    assert [each["loss"] for each in session.read_losses(results)] == pytest.approx(wanted, rel=1e-10)
    found = session.weights()
    np.testing.assert_allclose(found["p.lstm.weight_hh"], model.lstm.weight_hh_l0.detach(), rtol=0, atol=1e-10)
    np.testing.assert_allclose(found["p.gru.bias_hh"], model.gru.bias_hh_l0.detach(), rtol=0, atol=1e-10)
    np.testing.assert_allclose(found["p.dense.weight"], model.dense.weight.detach(), rtol=0, atol=1e-10)


def test_one_chunk_of_all_is_no_truncation(tmp_path: Path) -> None:
    text = SERIES.replace(" -> dropout(0.1)", "")
    sessions = []
    for name, settings in (("cut", "truncate 11"), ("whole", "")):
        folder = tmp_path / name
        folder.mkdir()
        sessions.append(opened(folder, *compiled(written(folder, text, settings))))
    sessions[1].load_weights(sessions[0].weights())
    for session in sessions:
        session.train_step("train", session.put(FIELDS), np.arange(13), 0.01, {})
    for name, array in sessions[0].weights().items():
        np.testing.assert_allclose(sessions[1].weights()[name], array, rtol=0, atol=1e-14)


@pytest.mark.parametrize("length", [3, 4])
def test_with_accumulate_it_is_one_large_batch(tmp_path: Path, length: int) -> None:
    text = SERIES.replace(" -> dropout(0.1)", "")
    sessions = []
    cut = f"truncate {length}; batch"
    for name, settings in (("small", f"{cut} 4; accumulate 4"), ("large", f"{cut} 13")):
        folder = tmp_path / name
        folder.mkdir()
        spec = written(folder, text.replace("  batch     8\n", ""), settings)
        sessions.append(opened(folder, *compiled(spec)))
    sessions[1].load_weights(sessions[0].weights())
    results = [session.train_step("train", session.put(FIELDS), np.arange(13), 0.01, {}) for session in sessions]
    losses = [session.read_losses([result])[0] for session, result in zip(sessions, results, strict=True)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-10)
    for name, array in sessions[0].weights().items():
        np.testing.assert_allclose(sessions[1].weights()[name], array, rtol=0, atol=1e-10)


def test_what_the_metrics_compare_is_in_one_piece(tmp_path: Path) -> None:
    session = opened(tmp_path, *compiled(written(tmp_path, SERIES, "truncate 4")))
    result = session.train_step("train", session.put(FIELDS), np.arange(13), 0.01, {})
    predicted, target = session.read_outputs([result])["error"]
    assert predicted.shape == target.shape == (13, 11, 1)
    np.testing.assert_array_equal(target, FIELDS["target"])


# ---------------------------------------------------------------- what may stand in the model

FLOWS = {
    "x -> dense(4) -> relu -> layer_norm -> rnn(3) -> softmax -> dense(1)": ("x", "target"),
    "x * 2 + [1, 2, 3] -> gru(2) -> dropout(0.1) -> dense(1)": ("x", "target"),
    "(x -> gru(2), x) -> concat(axis=-1) -> dense(1)": ("x", "target"),
    "x -> lstm(3) -> transpose -> transpose -> dense(1)": ("x", "target"),
    "x -> gru(1) -> mean(axis=-1) -> unsqueeze(1)": ("x", "target"),
    "x -> mean(axis=1) -> reshape(-1, 1) -> gru(1)": ("x", "target"),
}


@pytest.mark.parametrize("flow", FLOWS)
def test_layers_that_keep_time_steps_apart(tmp_path: Path, flow: str) -> None:
    text = SERIES.replace("x -> lstm(5) -> dropout(0.1) -> gru(4) -> dense(1)", flow)
    program, made = compiled(written(tmp_path, text, "truncate 4"))
    truncation = truncation_of(program, made)
    assert truncation is not None
    assert truncation.fields == FLOWS[flow]
    assert truncation.metrics == {"error": (0, 0)}
    session = opened(tmp_path, program, made)
    session.train_step("train", session.put(FIELDS), np.arange(13), 0.01, {})


REFUSED = {
    "x -> lstm(4, bidirectional=true) -> dense(1)": "'lstm' reads them backwards too",
    "x -> transpose -> conv(4, 3, padding=same) -> transpose -> gru(1)": "'conv' looks at several time steps at once",
    "(x, x, x) -> attention(3) -> gru(4) -> dense(1)": "'attention' looks at several time steps at once",
    "x -> gru(4) -> cumsum(axis=0) -> dense(1)": "'cumsum' looks at several time steps at once",
    "x -> dense(4) -> dense(1)": "no model here has one",
    "x -> learned_positions(11) -> gru(4) -> dense(1)": "'learned_positions' looks at several time steps at once",
}


@pytest.mark.parametrize("flow", REFUSED)
def test_layers_that_mix_them_are_refused(tmp_path: Path, flow: str) -> None:
    text = SERIES.replace("x -> lstm(5) -> dropout(0.1) -> gru(4) -> dense(1)", flow)
    errors = resolve(written(tmp_path, text, "truncate 4")).report.errors
    assert [error.code for error in errors] == [codes.CANNOT_TRUNCATE]
    assert REFUSED[flow] in errors[0].message


def test_without_truncate_they_are_fine(tmp_path: Path) -> None:
    text = SERIES.replace("lstm(5)", "lstm(5, bidirectional=true)")
    assert not resolve(written(tmp_path, text)).report.errors


def test_a_fixed_length_cannot_be_cut(tmp_path: Path) -> None:
    errors = resolve(written(tmp_path, SERIES.replace("float[T, 3]", "float[11, 3]"), "truncate 4")).report.errors
    assert "no field feeds an input whose first dimension is a symbolic size" in errors[0].message


def test_batch_all_leaves_nothing_to_accumulate(tmp_path: Path) -> None:
    text = SERIES.replace("batch     8", "batch all")
    with pytest.raises(DlspecError, match="leaves one batch an epoch"):
        compiled(written(tmp_path, text, "accumulate 4"))
