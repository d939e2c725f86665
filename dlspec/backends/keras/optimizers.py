"""Optimizers in Keras: which class is which, and the generated `make_optimizer`.

Keras's own differ from the pinned formulas (eps inside a root, another momentum, decay apart from the gradient), so the
generated file has small ones of its own: see `optimizer_helpers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dlspec.backends.keras.selection import chosen_list
from dlspec.backends.python.expression import Expr, Lit, Local, Return, call
from dlspec.backends.python.groups import (
    Group,
    Trained,
    decaying,
    groups_of,
    learning_rate_of,
    optimizer_of,
    scale_text,
)
from dlspec.backends.python.layout import rendered
from dlspec.catalog import optimizers as catalog
from dlspec.catalog.base import Optimizer
from dlspec.ir.program import Rate, WeightsUse


def make_optimizer(
    uses: Sequence[WeightsUse],
    rates: Sequence[Rate],
    trained: Trained,
    *,
    frozen: bool,
    around: Callable[[Expr], Expr],
) -> list[str]:
    """The statements of `make_optimizer`; `frozen` says that some weights may stand still when it is called, `around`
    puts what else there is around the optimizer."""
    first = learning_rate_of(optimizer_of(uses[0]))
    made: list[Expr] = []
    for use in uses:
        groups = groups_of(use, rates, trained)
        whole = len(groups) == 1 and set(use.weights) == set(trained.keys) and not frozen
        for group in groups:
            weights = f"{trained.expr}.trainable_variables" if whole else chosen_list(*group.conditions)
            made.append(_construct(optimizer_of(use), group, weights, first))
    return rendered(Return(around(made[0] if len(made) == 1 else call("Optimizers", *made))), 1)


def several(uses: Sequence[WeightsUse], rates: Sequence[Rate], trained: Trained) -> bool:
    """Whether `make_optimizer` gives several: one for each group of weights that are treated alike."""
    return sum(len(groups_of(use, rates, trained)) for use in uses) > 1


def _construct(optimizer: Optimizer, group: Group, weights: str, first: float) -> Expr:
    assert isinstance(optimizer, catalog.Decaying)
    lowered = _LOWERINGS[type(optimizer)](optimizer)
    keywords: dict[str, Expr] = {"learning_rate": Lit(first), **lowered.keywords}
    if decaying(optimizer) and group.decays:
        keywords["weight_decay"] = Lit(optimizer.weight_decay)
    if isinstance(optimizer, catalog.Lamb | catalog.Adafactor):
        keywords["layouts"] = Local("layouts(model)")
    if group.factor != 1 or learning_rate_of(optimizer) != first:
        keywords["scale"] = Local(scale_text(learning_rate_of(optimizer), first, group.factor))
    return call(lowered.function, Local(weights), **keywords)


# ---------------------------------------------------------------- one optimizer after another


@dataclass(frozen=True, slots=True)
class _Lowered:
    function: str
    keywords: Mapping[str, Expr]


def _unless(default: float, **arguments: float) -> dict[str, Expr]:
    """The argument, unless it is the class's default."""
    return {name: Lit(value) for name, value in arguments.items() if value != default}


def _sgd(optimizer: Optimizer) -> _Lowered:
    assert isinstance(optimizer, catalog.Sgd)
    if not optimizer.momentum:
        return _Lowered("SGD", {})
    nesterov: dict[str, Expr] = {"nesterov": Lit(True)} if optimizer.nesterov else {}
    return _Lowered("MomentumSGD", {"momentum": Lit(optimizer.momentum), **nesterov})


def _adagrad(optimizer: Optimizer) -> _Lowered:
    assert isinstance(optimizer, catalog.Adagrad)
    return _Lowered("Adagrad", _unless(1e-10, epsilon=optimizer.eps))


def _adadelta(optimizer: Optimizer) -> _Lowered:
    assert isinstance(optimizer, catalog.Adadelta)
    return _Lowered("Adadelta", {**_unless(0.9, rho=optimizer.rho), **_unless(1e-6, epsilon=optimizer.eps)})


def _rmsprop(optimizer: Optimizer) -> _Lowered:
    assert isinstance(optimizer, catalog.Rmsprop)
    return _Lowered(
        "CenteredRMSprop" if optimizer.centered else "RMSprop",
        {
            **_unless(0.99, rho=optimizer.rho),
            **_unless(0.0, momentum=optimizer.momentum),
            **_unless(1e-8, epsilon=optimizer.eps),
        },
    )


def _adam(optimizer: Optimizer) -> _Lowered:
    assert isinstance(optimizer, catalog.Adam)
    return _Lowered("AMSGrad" if optimizer.amsgrad else "Adam", _betas(optimizer))


def _adamw(optimizer: Optimizer) -> _Lowered:
    assert isinstance(optimizer, catalog.Adamw)
    return _Lowered("AdamW", _betas(optimizer))


def _moments(optimizer: Optimizer) -> _Lowered:
    assert isinstance(optimizer, catalog.Moments)
    return _Lowered(_MOMENTS[type(optimizer)], _betas(optimizer))


def _lion(optimizer: Optimizer) -> _Lowered:
    assert isinstance(optimizer, catalog.Lion)
    return _Lowered("Lion", {**_unless(0.9, beta_1=optimizer.beta1), **_unless(0.99, beta_2=optimizer.beta2)})


def _adafactor(optimizer: Optimizer) -> _Lowered:
    return _Lowered("Adafactor", {})


def _muon(optimizer: Optimizer) -> _Lowered:
    return _Lowered("Muon", {})


def _betas(optimizer: catalog.Adam | catalog.Adamw | catalog.Moments) -> dict[str, Expr]:
    return {
        **_unless(0.9, beta_1=optimizer.beta1),
        **_unless(0.999, beta_2=optimizer.beta2),
        **_unless(1e-8, epsilon=optimizer.eps),
    }


_MOMENTS: Mapping[type[Optimizer], str] = {
    catalog.Nadam: "NAdam",
    catalog.Adamax: "Adamax",
    catalog.Radam: "RAdam",
    catalog.Lamb: "Lamb",
}

_LOWERINGS: Mapping[type[Optimizer], Callable[[Optimizer], _Lowered]] = {
    catalog.Sgd: _sgd,
    catalog.Adagrad: _adagrad,
    catalog.Adadelta: _adadelta,
    catalog.Rmsprop: _rmsprop,
    catalog.Adam: _adam,
    catalog.Adamw: _adamw,
    **dict.fromkeys(_MOMENTS, _moments),
    catalog.Lion: _lion,
    catalog.Adafactor: _adafactor,
    catalog.Muon: _muon,
}
