"""Which weights an optimizer moves in which way: by their share of the rate, and by whether they decay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dlspec.backends.python.layout import literal
from dlspec.backends.python.selection import condition
from dlspec.catalog import optimizers as catalog
from dlspec.catalog.base import Optimizer
from dlspec.ir.program import Rate, WeightsUse


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that a step trains: how the generated code names it, and its parameters by canonical name."""

    expr: str
    keys: Mapping[str, str]
    """Canonical name -> key by which the generated code selects it."""
    dimensions: Mapping[str, int]
    """Key -> number of dimensions."""
    kernels: frozenset[str]
    """Keys of weights that are neither biases nor normalisation parameters."""


@dataclass(frozen=True, slots=True)
class Group:
    """Weights that an optimizer treats alike, by conditions that hold for them alone (none: all of the model)."""

    conditions: tuple[str, ...]
    factor: float
    decays: bool


def learning_rate_of(optimizer: Optimizer) -> float:
    """The optimizer's `lr`."""
    assert isinstance(optimizer, _WITH_RATE)
    return optimizer.lr


def optimizer_of(use: WeightsUse) -> Optimizer:
    """The optimizer of a use."""
    assert isinstance(use.entry, Optimizer)
    return use.entry


def parts_of(use: WeightsUse, trained: Trained) -> tuple[WeightsUse, ...]:
    """An optimizer as those that do its work: muon moves the matrices, and leaves other weights to adamw."""
    optimizer = optimizer_of(use)
    if not isinstance(optimizer, catalog.Muon):
        return (use,)
    keys = {name: trained.keys[name] for name in use.weights}
    matrices = {name for name, key in keys.items() if key in trained.kernels and trained.dimensions[key] == 2}
    rest = catalog.Adamw(lr=optimizer.lr, weight_decay=optimizer.weight_decay)
    parts = (
        use.model_copy(update={"weights": tuple(name for name in use.weights if name in matrices)}),
        use.model_copy(update={"entry": rest, "weights": tuple(name for name in use.weights if name not in matrices)}),
    )
    return tuple(part for part in parts if part.weights)


def decaying(optimizer: Optimizer) -> bool:
    """Whether it draws some weights to 0."""
    return isinstance(optimizer, catalog.Decaying) and optimizer.weight_decay > 0


def has_scales(uses: Sequence[WeightsUse], rates: Sequence[Rate]) -> bool:
    """Whether some parameters move at another rate than the first optimizer's."""
    first = learning_rate_of(optimizer_of(uses[0]))
    covered = {name for use in uses for name in use.weights}
    return any(rate.factor != 1 and covered & set(rate.weights) for rate in rates) or any(
        learning_rate_of(optimizer_of(use)) != first for use in uses
    )


def groups_of(use: WeightsUse, rates: Sequence[Rate], trained: Trained) -> list[Group]:
    """The parameters of an optimizer by rate and by whether they decay, in the order of the model."""
    factors = {trained.keys[name]: rate.factor for rate in rates for name in rate.weights if name in trained.keys}
    decay = decaying(optimizer_of(use))

    def decays(key: str) -> bool:
        return decay and (use.selected or key in trained.kernels)

    covered = {trained.keys[name] for name in use.weights}
    kinds = dict.fromkeys((factors.get(key, 1.0), decays(key)) for key in trained.dimensions if key in covered)
    groups = []
    for factor, decayed in kinds:
        alike_in_rate = {key for key in trained.dimensions if factors.get(key, 1.0) == factor}
        alike_in_decay = {key for key in trained.dimensions if decays(key) == decayed}
        sets = (covered, *(each for each in (alike_in_rate, alike_in_decay) if not covered <= each))
        conditions = dict.fromkeys(condition(each, trained.dimensions) for each in sets)
        groups.append(Group(tuple(each for each in conditions if each), factor, decayed))
    return groups


def scale_text(rate: float, first: float, factor: float) -> str:
    """How a weight's rate follows from the first optimizer's, as an expression."""
    if rate == first:
        return literal(factor)
    ratio = f"{literal(rate)} / {literal(first)}"
    return ratio if factor == 1 else f"{literal(factor)} * {ratio}"


_WITH_RATE = (
    catalog.Sgd,
    catalog.Adagrad,
    catalog.Adadelta,
    catalog.Rmsprop,
    catalog.Adam,
    catalog.Adamw,
    catalog.Moments,
    catalog.Lion,
    catalog.Adafactor,
    catalog.Muon,
)
