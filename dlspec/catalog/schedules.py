"""Schedules: phases of the learning rate, each a factor on `lr`, and how a flow of them is laid out in steps.

`at(t, n)` is the meaning of a phase, to the last bit: its factor before the update number t (from 0) of a phase
of n steps. Where t reaches n, the phase is over and its last value holds. Of a periodic phase n is the period.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from math import cos, isfinite, pi, sqrt
from typing import ClassVar

from dlspec.catalog.base import Misfit, Natural, Path, Schedule, param

THRESHOLD = 1e-4
"""Relative to the best figure, what a plateau takes for an improvement."""


class Phase(Schedule):
    """A phase whose factor is a function of its own step and length."""

    needs_period: ClassVar[bool] = False
    """Whether a length must be given."""

    @abstractmethod
    def at(self, t: int, n: int) -> float:
        """The factor at step t (from 0) of n."""

    def behind(self, before: int, t: int, n: int) -> float:
        """The factor at step t of n, with so many steps of other phases before."""
        return self.at(t, n)

    def check(self) -> None:
        if self.steps is not None and self.epochs is not None:
            raise Misfit("a phase has one length, but both steps and epochs are given", "leave out one of the two")
        if self.needs_period and self.steps is None and self.epochs is None:
            raise Misfit("the length of its period is missing", f"write `{self.entry}(…, epochs=10)` or `steps=`")


class Constant(Phase):
    """The full rate: 1."""

    entry = "constant"

    def at(self, t: int, n: int) -> float:
        return 1.0


class Warmup(Phase):
    """A line from `start` up, at the full rate with its last step: `start + (1 - start)·(t + 1)/n`.

    Source: Goyal et al., "Accurate, large minibatch SGD", 2017.
    """

    entry = "warmup"

    start: float = param(0.0, "factor before the first step", ge=0, le=1)

    def at(self, t: int, n: int) -> float:
        return 1.0 if t + 1 >= n else self.start + (1.0 - self.start) * ((t + 1) / n)


class Linear(Phase):
    """A line from 1 to `final`: `1 + (final - 1)·t/n`.

    Source: PyTorch, `torch.optim.lr_scheduler.LinearLR`.
    """

    entry = "linear"

    final: float = param(0.0, "factor at the end", ge=0)

    def at(self, t: int, n: int) -> float:
        return self.final if t >= n else 1.0 + (self.final - 1.0) * (t / n)


class Cosine(Phase):
    """Half a cosine from 1 to `final`: `final + (1 - final)·(1 + cos(π·t/n))/2`.

    Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2016.
    """

    entry = "cosine"

    final: float = param(0.0, "factor at the end", ge=0)

    def at(self, t: int, n: int) -> float:
        return self.final if t >= n else self.final + (1.0 - self.final) * (0.5 * (1.0 + cos(pi * (t / n))))


class Polynomial(Phase):
    """A power of what is left: `final + (1 - final)·(1 - t/n)^power`.

    Source: PyTorch, `torch.optim.lr_scheduler.PolynomialLR`.
    """

    entry = "polynomial"

    power: float = param(2.0, "the power", gt=0)
    final: float = param(0.0, "factor at the end", ge=0)

    def at(self, t: int, n: int) -> float:
        return self.final if t >= n else self.final + (1.0 - self.final) * (1.0 - t / n) ** self.power


class InverseSqrt(Phase):
    """Falls with the root of the number of the update, k, counted from 1: `√(s/k)` behind s updates of other phases.

    `warmup(steps=4000) -> inverse_sqrt` is the schedule of the paper. With nothing before it s is 1, and the factor
    `√(1/k)`. Its length does not change it; after its end the last value holds.

    Source: Vaswani et al., "Attention is all you need", 2017.
    """

    entry = "inverse_sqrt"

    def at(self, t: int, n: int) -> float:
        return self.behind(0, t, n)

    def behind(self, before: int, t: int, n: int) -> float:
        return sqrt(max(1, before) / (before + 1 + min(t, n)))


class OneCycle(Phase):
    """Half a cosine from `start` up to 1 in the first `rise` of its length, and half a cosine down to `start/10000`.

    It begins at `start`, is at the full rate with the last update of the rise, and at `start/10000` with the last of
    all: with `p = rise·n - 1`, up to p `start + (1 - start)·(1 - cos(π·t/p))/2`, and then with `q = (n-1-t)/(n-1-p)`
    `start/10000 + (1 - start/10000)·(1 - cos(π·q))/2`.

    Source: Smith and Topin, "Super-convergence", 2018; the cosines: Howard and Gugger, fastai, 2018.
    """

    entry = "one_cycle"

    start: float = param(0.04, "factor of the first step", ge=0, le=1)
    rise: float = param(0.3, "share of the length in which the rate goes up", gt=0, lt=1)

    @property
    def final(self) -> float:
        """The factor of the last step."""
        return self.start / 10000

    def at(self, t: int, n: int) -> float:
        if t >= n:
            return self.final
        peak = self.rise * n - 1
        low, share = (self.start, t / peak) if t < peak else (self.final, (n - 1 - t) / (n - 1 - peak))
        return low + (1.0 - low) * (0.5 * (1.0 - cos(pi * share)))


class StepDecay(Phase):
    """A step down after each period: `factor^⌊t/n⌋`, with the period n.

    Source: PyTorch, `torch.optim.lr_scheduler.StepLR`.
    """

    entry = "step_decay"
    periodic = True
    needs_period: ClassVar[bool] = True

    factor: float = param(0.1, "factor from one period to the next", gt=0)

    def at(self, t: int, n: int) -> float:
        return float(self.factor ** (t // n))


class Exponential(Phase):
    """Even decay by `factor` in each period: `factor^(t/n)`, with the period n.

    Source: PyTorch, `torch.optim.lr_scheduler.ExponentialLR`.
    """

    entry = "exponential"
    periodic = True
    needs_period: ClassVar[bool] = True

    factor: float = param(..., "factor from one period to the next", gt=0)

    def at(self, t: int, n: int) -> float:
        return float(self.factor ** (t / n))


class Restarts(Phase):
    """Cosines one after another from 1 to `final`, each `growth` times as long as the one before; n is the first's.

    Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2016.
    """

    entry = "restarts"
    periodic = True
    needs_period: ClassVar[bool] = True

    final: float = param(0.0, "factor at the end of each period", ge=0)
    growth: int = param(1, "how many times as long each period is as the one before", ge=1)

    def at(self, t: int, n: int) -> float:
        while t >= n:
            t, n = t - n, n * self.growth
        return self.final + (1.0 - self.final) * (0.5 * (1.0 + cos(pi * (t / n))))


class Plateau(Schedule):
    """Falls by `factor` when more than `patience` epochs have brought no relative improvement of 1e-4.

    A function of the epochs' figures, not of the step: it stands alone or behind phases that have a length, and counts
    the epochs that end after it has begun.
    Source: PyTorch, `torch.optim.lr_scheduler.ReduceLROnPlateau`.
    """

    entry = "plateau"
    periodic = True

    monitor: Path = param("validation.loss", "the figure to look at, as `validation.loss`")
    factor: float = param(0.1, "factor from one rate to the next", gt=0, lt=1)
    patience: Natural = param(10, "epochs without an improvement that are let pass")

    def check(self) -> None:
        if self.steps is not None or self.epochs is not None:
            raise Misfit("it has no length: it runs to the end", "leave out `steps=` and `epochs=`")


def reduced(figures: Iterable[float], factor: float, patience: int, *, higher: bool = False) -> float:
    """The factor of a plateau after the figures of some epochs, to the last bit; `higher` ones are better or worse."""
    rate, waited = 1.0, 0
    best: float | None = None
    for figure in figures:
        value = -figure if higher else figure
        if isfinite(value) and (best is None or value < best - THRESHOLD * abs(best)):
            best, waited = value, 0
        else:
            waited += 1
        if waited > patience:
            rate, waited = rate * factor, 0
    return rate


ENTRIES: tuple[type[Schedule], ...] = (
    Constant,
    Warmup,
    Linear,
    Cosine,
    Polynomial,
    InverseSqrt,
    OneCycle,
    StepDecay,
    Exponential,
    Restarts,
    Plateau,
)


# ---------------------------------------------------------------- flows of phases


def check_phases(phases: Sequence[Schedule]) -> None:
    """Raise Misfit where it is not plain how long each phase is."""
    if not phases:
        raise Misfit("a schedule has at least one phase", "write `schedule cosine`")
    for phase in phases[:-1]:
        if phase.periodic:
            raise Misfit(
                f"'{phase.entry}' runs to the end, so no phase can follow it",
                "put it last"
                if isinstance(phase, Plateau)
                else "put it last: its length is the period after which it repeats",
            )
    open_ended = [phase for phase in phases if phase.periodic or (phase.steps is None and phase.epochs is None)]
    if len(open_ended) > 1:
        named = " and ".join(f"'{phase.entry}'" for phase in open_ended)
        raise Misfit(f"{named} both take what is left", "give all phases but one a length: `steps=` or `epochs=`")


def phases_lengths(phases: Sequence[Schedule], steps_per_epoch: int, total_steps: int) -> tuple[int, ...]:
    """The n of each phase: its length in steps, of a periodic phase its period.

    `steps=` is the length itself, `epochs=` counts `steps_per_epoch` steps each, and the phase with neither takes
    what the others leave of `total_steps`, which may be nothing. Misfit as `check_phases`.
    """
    check_phases(phases)
    given = [
        phase.steps if phase.steps is not None else None if phase.epochs is None else phase.epochs * steps_per_epoch
        for phase in phases
    ]
    left = max(0, total_steps - sum(length for length in given if length is not None))
    return tuple(left if length is None else length for length in given)


def factor_at(phases: Sequence[Phase], step: int, steps_per_epoch: int, total_steps: int) -> float:
    """The factor of a whole flow before the update number `step` (from 0); after its end its last value."""
    lengths = phases_lengths(phases, steps_per_epoch, total_steps)
    before = 0
    for phase, length in zip(phases[:-1], lengths, strict=False):
        if step < before + length:
            return phase.behind(before, step - before, length)
        before += length
    return phases[-1].behind(before, step - before, lengths[-1])
