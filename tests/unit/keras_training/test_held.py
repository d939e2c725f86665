"""Constraints and penalties on outputs on Keras: against closed forms, and against PyTorch over fifty steps."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.keras_training.programs import loaded, opened, opened_on_torch
from tests.unit.keras_training.test_trajectories import assert_alike
from tests.unit.torch_training.holding import (
    ALL_KINDS,
    HELD,
    SMALL,
    drawn,
    fields_of,
    norms,
    orthogonality,
    trained_names,
    training,
)
from tests.unit.torch_training.programs import updated
from tests.unit.torch_training.test_activity import HOSTILE, ONE, SEVERAL, flat_fields
from tests.unit.torch_training.test_constraints import STILL
from tests.unit.torch_training.test_fit import loop

PLAIN = SMALL.replace(" -> batch_norm", "")
"""Without batch normalisation, whose rounding is chaotic in float32."""

# ---------------------------------------------------------------- constraints


@pytest.mark.parametrize("constraint", HELD)
def test_value_in_every_layout(tmp_path, constraint) -> None:
    program, train = training(ALL_KINDS, f'constraint {constraint}, on="*"{STILL}')
    session = opened(tmp_path, program, train)
    start = drawn(session)
    session.load_weights(start)
    updated(session, fields_of(), 1)
    after = session.weights()
    for name in trained_names(program, train):
        np.testing.assert_allclose(after[name], HELD[constraint](start[name]), rtol=1e-12, atol=1e-15, err_msg=name)


def test_they_hold_after_every_step(tmp_path) -> None:
    session = opened(tmp_path, *training(SMALL), "float32")
    session.load_weights(drawn(session))
    for _ in range(12):
        updated(session, fields_of(), 1)
        weights = session.weights()
        assert norms(weights["h.conv.weight"]).max() <= 0.5 * (1 + 1e-6)
        np.testing.assert_allclose(norms(weights["logits.dense_2.weight"])[1:], 1, rtol=1e-6)
        assert all(weights[name].min() >= 0 for name in weights if name.startswith("y.gru.bias"))
        for name in ("y.gru.weight_ih", "y.gru.weight_hh", "logits.dense.weight"):
            assert np.abs(weights[name]).max() <= np.float32(0.4), name


def test_nothing_moves_frozen_weights(tmp_path) -> None:
    program, train = training(ALL_KINDS, 'constraint max_norm(0.1), on="*"\n  freeze "c.*", until=1\n  freeze "r.*"')
    session = opened(tmp_path, program, train)
    start = drawn(session)
    session.load_weights(start)
    session.start_epoch(0)
    updated(session, fields_of(), 2)
    after = session.weights()
    for name, value in after.items():
        if name.startswith(("c.", "r.")):
            np.testing.assert_array_equal(value, start[name], err_msg=name)
        elif name in trained_names(program, train):
            assert norms(value).max() <= 0.1 * (1 + 1e-12), name
    session.start_epoch(1)
    updated(session, fields_of(), 1)
    after = session.weights()
    assert norms(after["c.conv.weight"]).max() <= 0.1 * (1 + 1e-12)
    np.testing.assert_array_equal(after["r.lstm.weight_ih"], start["r.lstm.weight_ih"])


# ---------------------------------------------------------------- penalties


def test_orthogonal_in_every_layout(tmp_path) -> None:
    program, train = training(ALL_KINDS, 'penalty orthogonal(0.2), on="*"')
    session = opened(tmp_path, program, train)
    start = drawn(session)
    session.load_weights(start)
    (figures,) = updated(session, fields_of(), 1)
    names = trained_names(program, train)
    assert figures["penalty"] == pytest.approx(0.2 * sum(orthogonality(start[name])[0] for name in names), rel=1e-12)


@pytest.mark.parametrize(
    ("activity", "value"),
    [
        ("l1(0.3)", lambda y: 0.3 * np.abs(y).sum()),
        ("l2(0.2)", lambda y: 0.2 * (y**2).sum()),
        ("elastic(0.3, 0.2)", lambda y: 0.3 * np.abs(y).sum() + 0.2 * (y**2).sum()),
    ],
)
def test_the_value_is_divided_by_the_batch(tmp_path, activity, value) -> None:
    session = opened(tmp_path, *training(ONE.replace("ACTIVITY", activity)))
    start = drawn(session)
    session.load_weights(start)
    for count in (12, 5):
        session.load_weights(start)
        fields = flat_fields(count)
        (figures,) = updated(session, fields, 1)
        y = fields["image"] @ start["logits.dense.weight"].T + start["logits.dense.bias"]
        assert figures["penalty"] == pytest.approx(value(y) / count, rel=1e-12)


def test_an_evaluation_has_no_penalty_and_leaves_nothing_behind(tmp_path) -> None:
    session, other = (opened(tmp_path, *training(SMALL)) for _ in range(2))
    start, fields = drawn(session), fields_of()
    for each in (session, other):
        each.load_weights(start)
    assert session.evaluate(session.put(fields), 6).losses.keys() == {"cross_entropy", "loss"}
    assert updated(session, fields, 2) == updated(other, fields, 2)


@pytest.mark.parametrize("step", ["judge", "maker"])
def test_a_step_counts_its_own_model_where_its_losses_come_from(tmp_path, step) -> None:
    program, train = training(SEVERAL)
    session, other = opened(tmp_path, program, train), opened_on_torch(tmp_path, program, train)
    start = drawn(session)
    for each in (session, other):
        each.load_weights(start)
    ours, wanted = updated(session, flat_fields(), 3, step=step), updated(other, flat_fields(), 3, step=step)
    assert [each["penalty"] for each in ours] == pytest.approx([each["penalty"] for each in wanted], rel=1e-10)


# ---------------------------------------------------------------- whole trainings


@pytest.mark.parametrize(("precision", "bound"), [("float64", 1e-6), ("float32", 1e-3)])
def test_fifty_steps_of_everything_at_once(tmp_path, precision, bound) -> None:
    program, train = training(PLAIN)
    assert_alike(tmp_path, program, train, fields_of(40), bound, precision)


@pytest.mark.parametrize("constraint", HELD)
def test_fifty_steps_of_each_constraint(tmp_path, constraint) -> None:
    program, train = training(PLAIN, f'constraint {constraint}, on="*"')
    assert_alike(tmp_path, program, train, fields_of(40), 1e-6)


def test_fifty_steps_of_every_kind_of_weight(tmp_path) -> None:
    more = 'constraint max_norm(0.5), on="*"\n  constraint unit_norm, on="*.gru.*"\n  penalty orthogonal(1e-3)\n'
    program, train = training(ALL_KINDS, more + '  rate "*", 0.01')
    assert_alike(tmp_path, program, train, fields_of(40), 1e-6)


def test_fifty_steps_of_hostile_names(tmp_path) -> None:
    fields = flat_fields(40)
    program, train = training(HOSTILE)
    assert_alike(tmp_path, program, train, {"activity": fields["image"], "label": fields["label"]}, 1e-6)


def test_fit_is_the_loop_bit_for_bit(tmp_path) -> None:
    program, train = training(SMALL, 'freeze "h.*", until=1')
    fields = fields_of(40, dtype=np.float32)
    session = opened(tmp_path, program, train, "float32")
    start = drawn(session)
    session.load_weights(start)
    wanted = loop(session, fields, epochs=2, batch=16, seed=3, held_out=fields)
    code = loaded(tmp_path, program, train)
    model = code.build()
    code.load_weights(model, start)
    assert code.fit(model, fields, fields) == wanted
    for name, value in session.weights().items():
        np.testing.assert_array_equal(code.read_weights(model)[name], value)
