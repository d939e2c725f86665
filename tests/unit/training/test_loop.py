"""The loop over a session in NumPy: order, rates, history, stopping, checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dlspec.catalog import train_settings as settings
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.codes import training as training_codes
from dlspec.diagnostics.report import DlspecError
from dlspec.ir.program import Train
from dlspec.training import loop as loops
from dlspec.training.checkpoint import Checkpoint
from dlspec.training.loop import Loop, Records
from dlspec.training.plan import plan_of, updates
from dlspec.training.progress import Quiet
from tests.unit.training.linear import Linear, step, training

X = np.linspace(-1, 1, 10)
Y = 3 * X + np.cos(7 * X)


class Kept:
    """What the loop has left."""

    def __init__(self, log_every: int | None = None) -> None:
        self.rows: list[dict[str, Any]] = []
        self.losses: list[dict[str, Any]] = []
        self.checkpoints: list[Checkpoint] = []
        self.records = Records(self.rows.append, self.losses.append, self.checkpoints.append, log_every)


def made(session: Linear, train: Train, kept: Kept, *, validation: bool = True, interrupted: Any = None) -> Loop:
    parts = {"train": {"x": X, "y": Y}} | ({"validation": {"x": X + 2, "y": Y}} if validation else {})
    return Loop(
        session=session,
        train=train,
        plan=plan_of(train, len(X)),
        parts=parts,
        examples=len(X),
        records=kept.records,
        progress=Quiet(),
        interrupted=interrupted or (lambda: False),
    )


def test_each_epoch_has_the_order_that_seed_and_number_give() -> None:
    session = Linear()
    assert made(session, training(epochs=3, batch=4, seed=5), Kept()).run()
    seen = [rows for _, rows, _ in session.seen]
    for epoch in range(3):
        order = np.random.default_rng([5, epoch]).permutation(10).tolist()
        assert [list(rows) for rows in seen[3 * epoch : 3 * epoch + 3]] == [order[:4], order[4:8], order[8:]]
    assert session.epochs == [0, 1, 2]


@pytest.mark.parametrize(("batch", "sizes"), [("all", [10]), (4, [4, 4, 2]), (64, [10])])
def test_without_shuffling_the_order_is_that_of_the_data(batch: Any, sizes: list[int]) -> None:
    session = Linear()
    made(session, training(epochs=1, batch=batch, shuffle=False), Kept()).run()
    assert [len(rows) for _, rows, _ in session.seen] == sizes
    assert [row for _, rows, _ in session.seen for row in rows] == list(range(10))


def test_history_is_what_gradient_descent_by_hand_gives() -> None:
    kept = Kept(log_every=2)
    made(Linear(), training(epochs=2, batch=5, shuffle=False), kept).run()
    w = velocity = 0.0
    losses, made_by_hand = [], []
    for update in range(4):
        x, y = np.split(X, 2)[update % 2], np.split(Y, 2)[update % 2]
        losses.append(np.mean((w * x - y) ** 2))
        made_by_hand.append(np.abs(w * x - y))
        velocity = 0.5 * velocity + np.mean(2 * (w * x - y) * x)
        w -= 0.1 / (update + 1) * velocity
        if update % 2:
            row = kept.rows[update // 2]
            assert row["epoch"] == update // 2
            assert row["step"] == update + 1
            assert row["lr"] == 0.1 / (update + 1)
            assert row["train"]["loss"] == pytest.approx(np.mean(losses[-2:]), rel=1e-12)
            assert row["train"]["off"] == pytest.approx(np.mean(made_by_hand[-2:]), rel=1e-12)
            assert row["validation"]["loss"] == pytest.approx(np.mean((w * (X + 2) - Y) ** 2), rel=1e-12)
    assert kept.losses == [{"step": 2, "loss": losses[1]}, {"step": 4, "loss": losses[3]}]


@pytest.mark.parametrize(
    ("repeats", "batches", "expected"),
    [
        ((1, 1), 2, "0a 0b 1a 1b"),
        ((3, 1), 5, "0a 1a 2a 2b 3a 4a"),
        ((2, 2), 3, "0a 1a 1b 2b"),
        ((1,), 3, "0a 1a 2a"),
    ],
)
def test_each_repetition_takes_the_next_batch(repeats: tuple[int, ...], batches: int, expected: str) -> None:
    steps = [step(name, repeat) for name, repeat in zip("ab", repeats, strict=False)]
    assert " ".join(f"{place}{name}" for place, name in updates(batches, steps)) == expected


def test_steps_of_one_batch_share_its_draws_and_its_rate() -> None:
    session = Linear(("a", "b"), noise=True)
    made(session, training(step("a"), step("b"), epochs=1, batch=5), Kept()).run()
    assert [name for name, _, _ in session.seen] == ["a", "b", "a", "b"]
    assert session.seen[0][1:] == session.seen[1][1:]


@pytest.mark.parametrize("restore", [True, False])
def test_it_stops_when_patience_is_over_and_puts_the_best_weights_back(restore: bool) -> None:
    session, kept = Linear(), Kept()
    stop = settings.Stop(monitor="validation.loss", patience=1, restore_best=restore)
    loop = made(session, training(epochs=50, batch=5, stop=stop), kept)
    weights: list[float] = []
    kept.records.row = lambda row: (kept.rows.append(row), weights.append(float(session.w)))  # type: ignore[assignment]
    losses = iter([5.0, 4.0, 3.0, 3.0, 3.5, 2.0])
    session.evaluate = lambda fields, size: ({"loss": next(losses)}, {})  # type: ignore[method-assign,assignment,return-value]
    assert loop.run()
    assert len(kept.rows) == 5
    assert loop.position.best_epoch == 2
    assert float(session.w) == weights[2 if restore else 4]


def test_a_metric_that_grows_better_upwards_is_watched_upwards() -> None:
    from dlspec.catalog.metrics import R2

    session, kept = Linear(), Kept()
    stop = settings.Stop(monitor="train.off", patience=0)
    made(session, training(step(metric=R2()), epochs=4, batch=5, stop=stop), kept, validation=False).run()
    values = [row["train"]["off"] for row in kept.rows]
    assert len(values) > 1
    assert values == sorted(values)


def test_the_test_part_cannot_be_watched() -> None:
    with pytest.raises(DlspecError) as error:
        plan_of(training(stop=settings.Stop(monitor="test.loss")), 10)
    assert error.value.diagnostics[0].code is training_codes.UNKNOWN_FIGURE


def test_a_loss_that_is_not_finite_names_update_and_epoch() -> None:
    loop = made(Linear(broken_at=8), training(epochs=4, batch=4), Kept())
    with pytest.raises(DlspecError) as error:
        loop.run()
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code is codes.DIVERGED
    assert "update 8, epoch 3" in diagnostic.message
    good = Linear()
    made(good, training(epochs=2, batch=4), Kept()).run()
    assert loop.good_weights["w"] == good.w


# ---------------------------------------------------------------- checkpoints


def interrupting_after(count: int) -> Callable[[], bool]:
    """Says yes when it has been asked so often: after each update, and after each epoch."""
    asked = iter(range(1, 1000))
    return lambda: next(asked) >= count


@pytest.mark.parametrize("after", range(1, 12))
def test_it_goes_on_exactly_from_any_update(after: int) -> None:
    stop = settings.Stop(monitor="validation.loss", patience=2)
    train = training(step("a", 2), step("b"), epochs=3, batch=3, stop=stop)
    whole, kept = Linear(("a", "b"), noise=True), Kept()
    made(whole, train, kept).run()
    first, before = Linear(("a", "b"), noise=True), Kept()
    assert not made(first, train, before, interrupted=interrupting_after(after)).run()
    second, rest = Linear(("a", "b"), noise=True), Kept()
    loop = made(second, train, rest)
    loop.resume(before.checkpoints[-1])
    assert loop.run()
    assert second.w == whole.w
    clock = ("seconds", "examples_per_second")
    rows = [[{k: v for k, v in row.items() if k not in clock} for row in each] for each in (kept.rows, rest.rows)]
    assert rows[0][before.checkpoints[-1].position.epoch :] == rows[1]


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (settings.Checkpoint(), [3, 6, 9, 12]),
        (settings.Checkpoint(every=3), [9]),
        (settings.Checkpoint(every=4, steps=5), [5, 10, 12]),
    ],
)
def test_checkpoints_are_written_when_the_spec_says(setting: settings.Checkpoint, expected: list[int]) -> None:
    kept = Kept()
    made(Linear(), training(epochs=4, batch=4, checkpoint=setting), kept).run()
    assert [each.position.updates for each in kept.checkpoints] == expected


def test_where_the_spec_says_nothing_checkpoints_cost_little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept()
    made(Linear(), training(epochs=20, batch=4), kept).run()
    assert kept.checkpoints == []
    monkeypatch.setattr(loops, "LEAST", 0.0)
    monkeypatch.setattr(loops, "SHARE", 0)
    made(Linear(), training(epochs=20, batch=4), kept).run()
    assert len(kept.checkpoints) == 20


def test_losses_are_read_now_and_then_in_long_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, often = Kept(), Kept()
    made(Linear(), training(epochs=2, batch=1), kept).run()
    monkeypatch.setattr(loops, "READ_AFTER", 3)
    made(Linear(), training(epochs=2, batch=1), often).run()
    rows = [[replace_clock(row) for row in each.rows] for each in (kept, often)]
    assert rows[0] == rows[1]


def replace_clock(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"seconds": 0, "examples_per_second": 0}


def test_a_position_is_not_shared_with_the_checkpoint() -> None:
    kept = Kept()
    loop = made(Linear(), training(epochs=2, batch=10, checkpoint=settings.Checkpoint()), kept)
    loop.run()
    assert kept.checkpoints[0].position != replace(loop.position)
