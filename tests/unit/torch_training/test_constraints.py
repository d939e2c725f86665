"""Constraints after updates, against closed forms on canonical weights; what frozen weights do."""

from __future__ import annotations

import numpy as np
import pytest

from dlspec.backends.torch.training import emit_train_file
from tests.unit.torch_training.adversarial import FACES, adversarial
from tests.unit.torch_training.holding import ALL_KINDS, HELD, SMALL, drawn, fields_of, norms, trained_names, training
from tests.unit.torch_training.programs import loaded, opened, updated
from tests.unit.torch_training.test_fit import loop

STILL = '\n  rate "*", 0'
"""No update moves a weight, so that the constraint alone is seen."""


@pytest.mark.parametrize("constraint", HELD)
def test_value_on_weights_of_every_rank(tmp_path, constraint) -> None:
    program, train = training(ALL_KINDS, f'constraint {constraint}, on="*"{STILL}')
    session = opened(tmp_path, program, train)
    start = drawn(session)
    session.load_weights(start)
    updated(session, fields_of(), 1)
    after = session.weights()
    names = trained_names(program, train)
    assert {after[name].ndim for name in names} == {0, 1, 2, 3, 4, 5}
    for name in names:
        np.testing.assert_allclose(after[name], HELD[constraint](start[name]), rtol=1e-12, atol=1e-15, err_msg=name)


@pytest.mark.parametrize("constraint", HELD)
def test_without_a_pattern_biases_and_norms_are_left_alone(tmp_path, constraint) -> None:
    program, train = training(ALL_KINDS, f"constraint {constraint}{STILL}")
    session = opened(tmp_path, program, train)
    start = drawn(session)
    session.load_weights(start)
    updated(session, fields_of(), 1)
    for name, value in session.weights().items():
        if "running" in name:
            continue
        free = "bias" in name or "norm" in name
        wanted = start[name] if free else HELD[constraint](start[name])
        np.testing.assert_allclose(value, wanted, rtol=1e-12, atol=1e-15, err_msg=name)


def test_they_hold_after_every_step(tmp_path) -> None:
    session = opened(tmp_path, *training(SMALL), "float32")
    session.load_weights(drawn(session))
    for _ in range(12):
        updated(session, fields_of(), 1)
        weights = session.weights()
        assert norms(weights["h.conv.weight"]).max() <= 0.5 * (1 + 1e-6)
        # The last constraint on these is `unit_norm`.
        np.testing.assert_allclose(norms(weights["logits.dense_2.weight"])[1:], 1, rtol=1e-6)
        assert all(weights[name].min() >= 0 for name in weights if name.startswith("y.gru.bias"))
        for name in ("y.gru.weight_ih", "y.gru.weight_hh", "logits.dense.weight"):
            assert np.abs(weights[name]).max() <= np.float32(0.4), name


def test_several_go_in_the_order_in_which_they_are_written(tmp_path) -> None:
    first, second = (
        training(ALL_KINDS, f'constraint {a}, on="w.*"\n  constraint {b}, on="w.*"{STILL}')
        for a, b in (("non_negative", "unit_norm"), ("unit_norm", "non_negative"))
    )
    ends = []
    for program, train in (first, second):
        session = opened(tmp_path, program, train)
        start = drawn(session)
        session.load_weights(start)
        updated(session, fields_of(), 1)
        ends.append(session.weights()["w.conv.weight"])
    w = start["w.conv.weight"]
    np.testing.assert_allclose(ends[0], HELD["unit_norm"](HELD["non_negative"](w)), rtol=1e-12)
    np.testing.assert_allclose(ends[1], HELD["non_negative"](HELD["unit_norm"](w)), rtol=1e-12)
    assert not np.allclose(ends[0], ends[1])


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


def test_a_step_holds_its_own_model_alone(tmp_path) -> None:
    from dlspec.catalog.constraints import Clamp
    from dlspec.ir.program import WeightsUse

    program, train = adversarial()
    judge, maker = train.steps
    assert judge.model == "discriminator"
    use = WeightsUse(entry=Clamp(min=-0.01, max=0.01), weights=judge.optimizers[0].weights)
    judge = judge.model_copy(update={"constraints": (use,)})
    session = opened(tmp_path, program, train.model_copy(update={"steps": (judge, maker)}))
    before = session.weights()
    updated(session, FACES, 1, step=judge.name)
    after = session.weights()
    for name in judge.optimizers[0].weights:
        assert np.abs(after[name]).max() <= 0.01, name
    for name in maker.optimizers[0].weights:
        np.testing.assert_array_equal(after[name], before[name])
    updated(session, FACES, 1, step=maker.name)
    np.testing.assert_array_equal(
        session.weights()["discriminator.hidden.weight"], after["discriminator.hidden.weight"]
    )


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
    state = model.state_dict()
    for name, value in session.weights().items():
        np.testing.assert_array_equal(state[code.WEIGHTS[name]].numpy(), value)


def test_a_resumed_session_goes_on_bit_for_bit(tmp_path) -> None:
    program, train = training(SMALL)
    whole, first, second = (opened(tmp_path, program, train, "float32") for _ in range(3))
    start = drawn(whole)
    for session in (whole, first):
        session.load_weights(start)
        updated(session, fields_of(), 3)
    second.load_weights(first.weights())
    second.load_state(first.state())
    assert updated(whole, fields_of(), 3) == updated(second, fields_of(), 3)
    for name, value in whole.weights().items():
        np.testing.assert_array_equal(value, second.weights()[name])


def test_no_code_where_nothing_is_held() -> None:
    assert "def constrain" not in emit_train_file(*training(ALL_KINDS, "penalty l2(0)"))
