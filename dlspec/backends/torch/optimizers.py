"""Optimizers in PyTorch: which class is which, and the generated `make_optimizer`.

PyTorch's own classes are used where they compute the pinned formulas. Those that are written out stand in
`optimizer_helpers`, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dlspec.backends.python.expression import Expr, Global, Lit, Local, Return, call
from dlspec.backends.python.expression import Sequence as Items
from dlspec.backends.python.groups import (
    Group,
    Trained,
    groups_of,
    has_scales,
    learning_rate_of,
    optimizer_of,
    scale_text,
)
from dlspec.backends.python.layout import rendered
from dlspec.backends.torch.selection import generator
from dlspec.catalog import optimizers as catalog
from dlspec.catalog.base import Optimizer
from dlspec.ir.program import Rate, WeightsUse


def make_optimizer(
    uses: Sequence[WeightsUse], rates: Sequence[Rate], trained: Trained, *, around: Callable[[Expr], Expr]
) -> list[str]:
    """The statements of `make_optimizer`; `around` puts what else there is around the optimizer."""
    scaled = has_scales(uses, rates)
    first = learning_rate_of(optimizer_of(uses[0]))
    made = [_construct(use, rates, trained, scaled, first) for use in uses]
    result = made[0] if len(made) == 1 else call("Optimizers", *made)
    return rendered(Return(around(result)), 1)


def _construct(use: WeightsUse, rates: Sequence[Rate], trained: Trained, scaled: bool, first: float) -> Expr:
    optimizer = optimizer_of(use)
    assert isinstance(optimizer, catalog.Decaying)
    lowered = _LOWERINGS[type(optimizer)](optimizer)
    groups = groups_of(use, rates, trained)
    decay = optimizer.weight_decay if any(group.decays for group in groups) else 0.0
    keywords: dict[str, Expr] = {"lr": Lit(learning_rate_of(optimizer)), **lowered.keywords}
    if decay or optimizer.decoupled:
        keywords["weight_decay"] = Lit(decay)
    whole = len(groups) == 1 and not scaled
    parameters = _list(trained.expr, groups[0]) if whole else _dicts(groups, optimizer, trained, scaled, first)
    return call(Global(lowered.function), parameters, **keywords)


def _list(model: str, group: Group) -> Expr:
    if not group.conditions:
        return Local(f"{model}.parameters()")
    return Local(f"[{generator(model, *group.conditions)}]")


def _dicts(groups: Sequence[Group], optimizer: Optimizer, trained: Trained, scaled: bool, first: float) -> Expr:
    decay = any(group.decays for group in groups)
    texts: list[Expr] = []
    for group in groups:
        pairs = [f'"params": {_text(_list(trained.expr, group))}']
        if decay and not group.decays:
            pairs.append('"weight_decay": 0.0')
        if scaled:
            pairs.append(f'"scale": {scale_text(learning_rate_of(optimizer), first, group.factor)}')
        texts.append(Local("{" + ", ".join(pairs) + "}"))
    return Items(tuple(texts), "[]")


def _text(tree: Expr) -> str:
    assert isinstance(tree, Local)
    return tree.name


# ---------------------------------------------------------------- one optimizer after another


@dataclass(frozen=True, slots=True)
class _Lowered:
    function: str
    keywords: Mapping[str, Expr]


def _unless(default: float, **arguments: float) -> dict[str, Expr]:
    """The argument, unless it is PyTorch's default."""
    return {name: Lit(value) for name, value in arguments.items() if value != default}


def _sgd(optimizer: Optimizer) -> _Lowered:
    assert isinstance(optimizer, catalog.Sgd)
    nesterov: dict[str, Expr] = {"nesterov": Lit(True)} if optimizer.nesterov else {}
    return _Lowered("torch.optim.SGD", {**_unless(0.0, momentum=optimizer.momentum), **nesterov})


def _adagrad(optimizer: Optimizer) -> _Lowered:
    assert isinstance(optimizer, catalog.Adagrad)
    return _Lowered("torch.optim.Adagrad", _unless(1e-10, eps=optimizer.eps))


def _adadelta(optimizer: Optimizer) -> _Lowered:
    assert isinstance(optimizer, catalog.Adadelta)
    return _Lowered("torch.optim.Adadelta", {**_unless(0.9, rho=optimizer.rho), **_unless(1e-6, eps=optimizer.eps)})


def _rmsprop(optimizer: Optimizer) -> _Lowered:
    assert isinstance(optimizer, catalog.Rmsprop)
    function = "CenteredRMSprop" if optimizer.centered else "torch.optim.RMSprop"
    return _Lowered(
        function,
        {
            **_unless(0.99, alpha=optimizer.rho),
            **_unless(1e-8, eps=optimizer.eps),
            **_unless(0.0, momentum=optimizer.momentum),
        },
    )


def _adam(optimizer: Optimizer) -> _Lowered:
    assert isinstance(optimizer, catalog.Adam)
    amsgrad: dict[str, Expr] = {"amsgrad": Lit(True)} if optimizer.amsgrad else {}
    return _Lowered("torch.optim.Adam", {**_betas(optimizer), **amsgrad})


def _adamw(optimizer: Optimizer) -> _Lowered:
    assert isinstance(optimizer, catalog.Adamw)
    return _Lowered("torch.optim.AdamW", _betas(optimizer))


def _moments(optimizer: Optimizer) -> _Lowered:
    assert isinstance(optimizer, catalog.Moments)
    return _Lowered(_MOMENTS[type(optimizer)], _betas(optimizer))


def _lion(optimizer: Optimizer) -> _Lowered:
    assert isinstance(optimizer, catalog.Lion)
    betas = (optimizer.beta1, optimizer.beta2)
    return _Lowered("Lion", {} if betas == (0.9, 0.99) else {"betas": Lit(betas)})


def _adafactor(optimizer: Optimizer) -> _Lowered:
    return _Lowered("Adafactor", {})


def _muon(optimizer: Optimizer) -> _Lowered:
    return _Lowered("Muon", {})


def _betas(optimizer: catalog.Adam | catalog.Adamw | catalog.Moments) -> dict[str, Expr]:
    betas = (optimizer.beta1, optimizer.beta2)
    keywords: dict[str, Expr] = {} if betas == (0.9, 0.999) else {"betas": Lit(betas)}
    return {**keywords, **_unless(1e-8, eps=optimizer.eps)}


_MOMENTS: Mapping[type[Optimizer], str] = {
    catalog.Nadam: "torch.optim.NAdam",
    catalog.Adamax: "torch.optim.Adamax",
    catalog.Radam: "torch.optim.RAdam",
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
