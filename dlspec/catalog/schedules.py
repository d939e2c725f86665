"""Schedules: phases of the learning rate, each a factor on `lr`, and how a flow of them is laid out in steps.

`at(t, n)` is the meaning of a phase, to the last bit: its factor before the update number t (from 0) of a phase
of n steps. Where t reaches n, the phase is over and its last value holds. Of a periodic phase n is the period.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from math import cos, pi
from typing import ClassVar

from dlspec.catalog.base import Misfit, Schedule, param


class Phase(Schedule):
    """A phase whose factor is a function of its own step and length."""

    needs_period: ClassVar[bool] = False
    """Whether a length must be given."""

    @abstractmethod
    def at(self, t: int, n: int) -> float:
        """The factor at step t (from 0) of n."""

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
    """A line from 1 to `final`: `1 + (final - 1)·t/n`."""

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
    """A power of what is left: `final + (1 - final)·(1 - t/n)^power`."""

    entry = "polynomial"

    power: float = param(2.0, "the power", gt=0)
    final: float = param(0.0, "factor at the end", ge=0)

    def at(self, t: int, n: int) -> float:
        return self.final if t >= n else self.final + (1.0 - self.final) * (1.0 - t / n) ** self.power


class StepDecay(Phase):
    """A step down after each period: `factor^⌊t/n⌋`, with the period n."""

    entry = "step_decay"
    periodic = True
    needs_period: ClassVar[bool] = True

    factor: float = param(0.1, "factor from one period to the next", gt=0)

    def at(self, t: int, n: int) -> float:
        return float(self.factor ** (t // n))


class Exponential(Phase):
    """Even decay by `factor` in each period: `factor^(t/n)`, with the period n."""

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


ENTRIES: tuple[type[Phase], ...] = (
    Constant,
    Warmup,
    Linear,
    Cosine,
    Polynomial,
    StepDecay,
    Exponential,
    Restarts,
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
                "put it last: its length is the period after which it repeats",
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
    for phase, length in zip(phases[:-1], lengths, strict=False):
        if step < length:
            return phase.at(step, length)
        step -= length
    return phases[-1].at(step, lengths[-1])
