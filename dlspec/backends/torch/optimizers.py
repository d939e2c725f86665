"""Optimizers in PyTorch: which class is which, and the generated `make_optimizer`.

PyTorch's own SGD, Adagrad, Adadelta, RMSprop, Adam and AdamW compute the pinned formulas. Only the centered RMSprop is
written out: the difference under its root may round to less than 0.
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


def make_optimizer(uses: Sequence[WeightsUse], rates: Sequence[Rate], trained: Trained) -> list[str]:
    """The statements of `make_optimizer`."""
    scaled = has_scales(uses, rates)
    first = learning_rate_of(optimizer_of(uses[0]))
    made = [_construct(use, rates, trained, scaled, first) for use in uses]
    result = made[0] if len(made) == 1 else call("Optimizers", *made)
    return rendered(Return(result), 1)


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


def _betas(optimizer: catalog.Adam | catalog.Adamw) -> dict[str, Expr]:
    betas = (optimizer.beta1, optimizer.beta2)
    keywords: dict[str, Expr] = {} if betas == (0.9, 0.999) else {"betas": Lit(betas)}
    return {**keywords, **_unless(1e-8, eps=optimizer.eps)}


_LOWERINGS: Mapping[type[Optimizer], Callable[[Optimizer], _Lowered]] = {
    catalog.Sgd: _sgd,
    catalog.Adagrad: _adagrad,
    catalog.Adadelta: _adadelta,
    catalog.Rmsprop: _rmsprop,
    catalog.Adam: _adam,
    catalog.Adamw: _adamw,
}


HELPERS: Mapping[str, str] = {
    "Optimizers": '''
class Optimizers:
    """Several optimizers, each with weights of its own, used as one."""

    def __init__(self, *optimizers: torch.optim.Optimizer) -> None:
        self.optimizers = optimizers
        self.param_groups = [group for optimizer in optimizers for group in optimizer.param_groups]

    def zero_grad(self) -> None:
        for optimizer in self.optimizers:
            optimizer.zero_grad()

    def step(self) -> None:
        for optimizer in self.optimizers:
            optimizer.step()
''',
    "CenteredRMSprop": '''
class CenteredRMSprop(torch.optim.Optimizer):
    """RMSprop that divides by the standard deviation of the gradient; the variance cannot round to less than 0."""

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "alpha": alpha, "eps": eps, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(p, p.grad.add(p, alpha=group["weight_decay"]), group)

    def _update(self, p: nn.Parameter, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            state.update({name: torch.zeros_like(p) for name in ("square", "mean", "momentum_buffer")})
        square, mean, velocity = state["square"], state["mean"], state["momentum_buffer"]
        square.lerp_(gradient.square(), 1 - group["alpha"])
        mean.lerp_(gradient, 1 - group["alpha"])
        deviation = (square - mean.square()).clamp(min=0).sqrt()
        velocity.mul_(group["momentum"]).add_(gradient / (deviation + group["eps"]))
        p.sub_(group["lr"] * velocity)
''',
}
"""Classes of the generated file, emitted where they are used."""
