"""Settings of `tune`, the spaces that are searched, and how."""

from __future__ import annotations

from dlspec.catalog import base
from dlspec.catalog.base import Count, Entry, Misfit, Path, Searcher, Space, TuneSetting, param

# ---------------------------------------------------------------- spaces


class Choice(Space):
    """One of these values."""

    entry = "choice"
    variadic = "values"

    values: tuple[bool | int | float | str | tuple[int, ...], ...] = param(..., "the values to try", min_length=1)


def _need_order(space: Uniform | LogUniform | Integer) -> None:
    if space.low > space.high:
        raise Misfit(f"nothing lies between {space.low} and {space.high}", "write the smaller bound first")


class Uniform(Space):
    """A number between two bounds, each as likely."""

    entry = "uniform"

    low: float = param(..., "lower bound")
    high: float = param(..., "upper bound")

    def check(self) -> None:
        _need_order(self)


class LogUniform(Space):
    """A number between two bounds, each order of magnitude as likely."""

    entry = "log_uniform"

    low: float = param(..., "lower bound", gt=0)
    high: float = param(..., "upper bound", gt=0)

    def check(self) -> None:
        _need_order(self)


class Integer(Space):
    """A whole number, bounds included."""

    entry = "integer"

    low: int = param(..., "lower bound")
    high: int = param(..., "upper bound")
    step: Count = param(1, "distance between the numbers that are tried, from `low` on")

    def check(self) -> None:
        _need_order(self)


# ---------------------------------------------------------------- samplers and pruners


class PicksTrials(Searcher):
    """A searcher that says what to try next."""


class EndsTrials(Searcher):
    """A searcher that gives up trials which promise little."""


class Random(PicksTrials):
    """Tries values at random."""

    entry = "random"


class Grid(PicksTrials):
    """Tries every combination of the choices."""

    entry = "grid"


class Tpe(PicksTrials):
    """Tries what resembles the better trials so far: a tree of Parzen estimators.

    Source: Bergstra et al., "Algorithms for hyper-parameter optimization", 2011.
    """

    entry = "tpe"


class Cmaes(PicksTrials):
    """Evolves a normal distribution towards the better trials.

    Source: Hansen and Ostermeier, "Completely derandomized self-adaptation in evolution strategies", 2001.
    """

    entry = "cmaes"


class Median(EndsTrials):
    """Gives up a trial that is worse than the median of the others at the same epoch."""

    entry = "median"


class Hyperband(EndsTrials):
    """Gives up trials by successive halving, with several budgets to begin with.

    Source: Li et al., "Hyperband: a novel bandit-based approach to hyperparameter optimization", 2016.
    """

    entry = "hyperband"


class SuccessiveHalving(EndsTrials):
    """Goes on with the better part of the trials at each rung.

    Source: Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", 2015.
    """

    entry = "successive_halving"


# ---------------------------------------------------------------- settings


class Search(TuneSetting):
    """What is searched: `search NAME = SPACE`; the name is a parameter of the model or the path of a setting."""

    entry = "search"
    repeats = True
    named = True

    space: base.Space = param(..., "the values that may be tried")


class Maximize(TuneSetting):
    """The figure to make large."""

    entry = "maximize"

    metric: Path = param(..., "as `validation.accuracy`")


class Minimize(TuneSetting):
    """The figure to make small."""

    entry = "minimize"

    metric: Path = param(..., "as `validation.loss`")


class Trials(TuneSetting):
    """How many trainings to try."""

    entry = "trials"

    n: Count = param(..., "number of trials")


class Sampler(TuneSetting):
    """How the next trial is picked."""

    entry = "sampler"

    name: base.Searcher = param(..., "random, grid, tpe or cmaes")

    def check(self) -> None:
        if not isinstance(self.name, PicksTrials):
            raise Misfit(f"'{self.name.entry}' gives trials up and picks none", f"write `pruner {self.name.entry}`")


class Pruner(TuneSetting):
    """How trials are given up early."""

    entry = "pruner"

    name: base.Searcher = param(..., "median, hyperband or successive_halving")

    def check(self) -> None:
        if not isinstance(self.name, EndsTrials):
            raise Misfit(f"'{self.name.entry}' picks trials and gives none up", f"write `sampler {self.name.entry}`")


ENTRIES: tuple[type[Entry], ...] = (
    Choice,
    Uniform,
    LogUniform,
    Integer,
    Random,
    Grid,
    Tpe,
    Cmaes,
    Median,
    Hyperband,
    SuccessiveHalving,
    Search,
    Maximize,
    Minimize,
    Trials,
    Sampler,
    Pruner,
)
