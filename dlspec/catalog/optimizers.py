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


class Moments(Decaying):
    """An optimizer with Adam's two running means, m and v, and their corrections m̂ and v̂."""

    lr: float = param(1e-3, "learning rate", gt=0)
    beta1: float = param(0.9, "how slowly the mean moves, β₁", ge=0, lt=1)
    beta2: float = param(0.999, "how slowly the size moves, β₂", ge=0, lt=1)
    eps: float = param(1e-8, "keeps the divisor from 0", gt=0)


class Nadam(Moments):
    """Adam with Nesterov's momentum, which warms up: `μₜ = β₁·(1 - 0.5·0.96^(0.004·t))`, with adam's m, v and v̂.

    `w -= lr·(μₜ₊₁·m/(1 - Πᵢ₌₁ᵗ⁺¹ μᵢ) + (1 - μₜ)·g/(1 - Πᵢ₌₁ᵗ μᵢ))/(√v̂ + eps)`.

    Source: Dozat, "Incorporating Nesterov momentum into Adam", 2016.
    """

    entry = "nadam"


class Adamax(Moments):
    """Adam by the largest gradient: `m = β₁·m + (1-β₁)·g`, `u = max(β₂·u, |g| + eps)`, `w -= lr·m/(1-β₁ᵗ)/u`.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2014, section 7.1.
    """

    entry = "adamax"


class Radam(Moments):
    """Adam that goes by the mean alone until enough gradients are known to judge their size.

    With adam's m, m̂ and v, `ρ∞ = 2/(1-β₂) - 1` and `ρ = ρ∞ - 2·t·β₂ᵗ/(1-β₂ᵗ)`: where `ρ > 5`,
    `w -= lr·r·m̂·√(1-β₂ᵗ)/(√v + eps)` with `r = √((ρ-4)·(ρ-2)·ρ∞/((ρ∞-4)·(ρ∞-2)·ρ))`, else `w -= lr·m̂`.
    The threshold is that of the authors' own code; the paper's text has 4.

    Source: Liu et al., "On the variance of the adaptive learning rate and beyond", 2019.
    """

    entry = "radam"


class Lamb(Moments):
    """Adam whose update has the size of the weight: `u = m̂/(√v̂ + eps) + weight_decay·w`, `w -= lr·(‖w‖/‖u‖)·u`.

    The norms are those of the whole weight; where one of them is 0 their ratio is 1.

    Source: You et al., "Large batch optimization for deep learning: training BERT in 76 minutes", 2019.
    """

    entry = "lamb"
    decoupled: ClassVar[bool] = True


class Lion(Decaying):
    """The sign of the momentum: `c = β₁·m + (1-β₁)·g`, `w -= lr·(sign(c) + weight_decay·w)`, `m = β₂·m + (1-β₂)·g`.

    Source: Chen et al., "Symbolic discovery of optimization algorithms", 2023.
    """

    entry = "lion"
    decoupled: ClassVar[bool] = True

    lr: float = param(1e-4, "learning rate", gt=0)
    beta1: float = param(0.9, "how much of the momentum the update has, β₁", ge=0, lt=1)
    beta2: float = param(0.99, "how slowly the momentum moves, β₂", ge=0, lt=1)


class Adafactor(Decaying):
    """Adaptive rates in little memory: of a gradient's squares it keeps the means of rows and columns, R and C.

    A weight counts as the matrix `[first dimension, all others]`, and a vector as one column. With `β = 1 - t^-0.8`,
    `R = β·R + (1-β)·rows(g² + 1e-30)`, `C = β·C + (1-β)·columns(g² + 1e-30)` and `u = g/√(R·C/mean(R))`:
    `w -= lr·weight_decay·w + min(lr, 1/√t)·max(1e-3, rms(w))·u/max(1, rms(u))`. So `lr` is the largest share of a
    weight's own size that an update may have.

    Source: Shazeer and Stern, "Adafactor: adaptive learning rates with sublinear memory cost", 2018, algorithm 5.
    """

    entry = "adafactor"
    decoupled: ClassVar[bool] = True

    lr: float = param(0.01, "learning rate, relative to the size of the weight", gt=0)


class Muon(Decaying):
    """Momentum brought near an orthogonal matrix: `v = 0.95·v + g`, `w -= lr·(0.2·√max(out, in)·o + weight_decay·w)`.

    `o` is `g + 0.95·v`, divided by its norm + 1e-7, after five rounds of `a = o·oᵀ`,
    `o = 3.4445·o + (-4.7750·a + 2.0315·a²)·o`, in the precision of the weights. It moves the weights that are
    matrices `[out, in]`, embeddings among them. What has another number of dimensions, biases and the parameters of
    normalisation are moved by adamw, at the same rate and decay. The authors advise adamw for embeddings and the last
    layer too: a second `optimizer adamw(lr=1e-3), on="embedding.*"` takes them.

    Source: Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024; the scale: Liu et al.,
    "Muon is scalable for LLM training", 2025.
    """

    entry = "muon"
    decoupled: ClassVar[bool] = True

    lr: float = param(0.02, "learning rate", gt=0)


ENTRIES: tuple[type[Optimizer], ...] = (
    Sgd,
    Adagrad,
    Adadelta,
    Rmsprop,
    Adam,
    Adamw,
    Nadam,
    Adamax,
    Radam,
    Lamb,
    Lion,
    Adafactor,
    Muon,
)
