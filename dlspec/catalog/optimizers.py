"""Optimizers: how gradients change weights. `g` is the gradient after penalties and clipping, `w` a weight."""

from __future__ import annotations

from typing import ClassVar

from dlspec.catalog.base import Misfit, Optimizer, param


class Decaying(Optimizer):
    """An optimizer with weight decay: `decoupled` takes it from the weight, else it is added to the gradient."""

    decoupled: ClassVar[bool] = False
    """Whether decay is `w -= lr·weight_decay·w`; else `g += weight_decay·w`."""

    weight_decay: float = param(0.0, "how strongly weights are drawn to 0", ge=0)


class Sgd(Decaying):
    """Stochastic gradient descent: `v = m·v + g`, `w -= lr·v`; with Nesterov's momentum `w -= lr·(g + m·v)`.

    Source: Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
    """

    entry = "sgd"

    lr: float = param(0.01, "learning rate", gt=0)
    momentum: float = param(0.0, "how much of the last update goes on, m", ge=0, lt=1)
    nesterov: bool = param(False, "whether to look ahead along the momentum")

    def check(self) -> None:
        if self.nesterov and self.momentum == 0:
            raise Misfit("nesterov needs a momentum", "write `momentum=0.9, nesterov=true`")


class Adagrad(Decaying):
    """A rate for each weight that only falls: `s += g²`, `w -= lr·g/(√s + eps)`.

    Source: Duchi et al., "Adaptive subgradient methods", 2011.
    """

    entry = "adagrad"

    lr: float = param(0.01, "learning rate", gt=0)
    eps: float = param(1e-10, "keeps the divisor from 0", gt=0)


class Adadelta(Decaying):
    """Updates in the units of the weights: `s = ρ·s + (1-ρ)·g²`, `d = g·√(u + eps)/√(s + eps)`, `u = ρ·u + (1-ρ)·d²`.

    Then `w -= lr·d`. Source: Zeiler, "Adadelta: an adaptive learning rate method", 2012.
    """

    entry = "adadelta"

    lr: float = param(1.0, "learning rate", gt=0)
    rho: float = param(0.9, "how slowly the averages move, ρ", ge=0, lt=1)
    eps: float = param(1e-6, "keeps the roots from 0", gt=0)


class Rmsprop(Decaying):
    """The gradient by its running size: `s = ρ·s + (1-ρ)·g²`, `d = g/(√s + eps)`, `w -= lr·d`.

    With momentum `v = m·v + d`, `w -= lr·v`. `centered` divides by the standard deviation: with the running mean
    `a = ρ·a + (1-ρ)·g`, `√(s - a²)` in place of `√s`. Source: Tieleman and Hinton, lecture 6.5, 2012; centered: Graves,
    "Generating sequences with recurrent neural networks", 2013.
    """

    entry = "rmsprop"

    lr: float = param(0.01, "learning rate", gt=0)
    rho: float = param(0.99, "how slowly the averages move, ρ", ge=0, lt=1)
    eps: float = param(1e-8, "keeps the divisor from 0", gt=0)
    momentum: float = param(0.0, "how much of the last update goes on, m", ge=0, lt=1)
    centered: bool = param(False, "whether to subtract the mean gradient's square")


class Adam(Decaying):
    """Momentum and running size, corrected for their start: `m = β₁·m + (1-β₁)·g`, `v = β₂·v + (1-β₂)·g²`.

    `w -= lr·m̂/(√v̂ + eps)`, with `m̂ = m/(1-β₁ᵗ)` and `v̂ = v/(1-β₂ᵗ)`; `amsgrad` takes the largest v so far.
    Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2014; amsgrad: Reddi et al., 2018.
    """

    entry = "adam"

    lr: float = param(1e-3, "learning rate", gt=0)
    beta1: float = param(0.9, "how slowly the mean moves, β₁", ge=0, lt=1)
    beta2: float = param(0.999, "how slowly the size moves, β₂", ge=0, lt=1)
    eps: float = param(1e-8, "keeps the divisor from 0", gt=0)
    amsgrad: bool = param(False, "whether a rate may never grow again")


class Adamw(Decaying):
    """Adam with decoupled decay: `w -= lr·weight_decay·w`, and then adam's update.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2017.
    """

    entry = "adamw"
    decoupled: ClassVar[bool] = True

    lr: float = param(1e-3, "learning rate", gt=0)
    beta1: float = param(0.9, "how slowly the mean moves, β₁", ge=0, lt=1)
    beta2: float = param(0.999, "how slowly the size moves, β₂", ge=0, lt=1)
    eps: float = param(1e-8, "keeps the divisor from 0", gt=0)
    weight_decay: float = param(0.01, "how strongly weights are drawn to 0", ge=0)


ENTRIES: tuple[type[Optimizer], ...] = (Sgd, Adagrad, Adadelta, Rmsprop, Adam, Adamw)
