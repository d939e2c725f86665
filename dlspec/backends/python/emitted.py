"""What the emission of models and flows gives: text, and what the text needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dlspec.backends.python.build import Classes, ClassSource
from dlspec.backends.python.expression import Expr, Global, Statement, expressions, walk
from dlspec.backends.python.layout import flat
from dlspec.ir.program import Program, Ref
from dlspec.ir.weights import weights_of


@dataclass(frozen=True, slots=True)
class ModelClass:
    """A model as a class of the generated file."""

    module: str
    """Name of its module in the program."""
    name: str
    """Name of the class: `DigitsCnn`."""
    construct: str
    """Expression that makes one: `DigitsCnn()`."""
    parameters: tuple[str, ...]
    """Names of the method's tensor parameters, in the order of the module's inputs (safe identifiers)."""
    outputs: tuple[str, ...]
    """One name: the method returns that tensor. Several: it returns a NamedTuple with these fields (safe identifiers),
    in the order of the module's outputs."""
    takes_draws: bool
    """Whether the method has the keyword `draws: Mapping[str, Tensor] | None = None`."""
    takes_activity: bool
    """Whether it has the keyword `activity`, a collector of what layers add to the loss by what they give."""
    weights: Mapping[str, str]
    """Canonical weight name -> where it is in an instance: in PyTorch a key of `state_dict()`, in Keras the path of a
    variable and, behind a colon, how it is laid out."""


@dataclass(frozen=True, slots=True)
class EmittedModels:
    """The classes of some models: text and what the text needs."""

    classes: str
    """Source of the classes (NamedTuples of outputs too), in order of use; no imports, no helpers."""
    models: Mapping[str, ModelClass]
    """By module name."""
    names: frozenset[str]
    """Every global name that the text uses or defines: `torch`, `ops`, `Tensor`, `Mapping`, `DigitsCnn` …
    Give them (with your own) to `render_prelude`."""


@dataclass(frozen=True, slots=True)
class EmittedFlow:
    """Nodes of a module as statements of a plain function."""

    lines: tuple[str, ...]
    """Statements, not indented; a long one is several lines."""
    values: Mapping[Ref, str]
    """For each wanted reference an expression of its tensor after the lines: a variable, or an input's expression."""
    names: frozenset[str]
    """Global names used, as in EmittedModels."""
    kept: Mapping[str, Expr] = field(default_factory=dict)
    """What the statements take from where it lasts from call to call, by its name there, and how it is made."""


def names_of(source: ClassSource, own: Iterable[str]) -> Iterable[str]:
    """The global names of a class's text; `own` are those of its framework."""
    yield from (*own, "Tensor", source.name)
    if source.output:
        yield from ("NamedTuple", source.output)
    if source.takes_draws:
        yield "Mapping"
    yield from global_names(source.statements)


def global_names(statements: Iterable[Statement]) -> Iterable[str]:
    """Those of statements."""
    for statement in statements:
        for tree in expressions(statement):
            yield from root_names(tree)


def root_names(tree: Expr) -> Iterable[str]:
    """Those of an expression."""
    return (part.path.partition(".")[0] for part in walk(tree) if isinstance(part, Global))


def model_class(program: Program, made: Classes, name: str) -> ModelClass:
    """A model that has been made."""
    instance, body = made.instances[name], made.bodies[name]
    keys = dict(instance.weights)
    return ModelClass(
        module=name,
        name=instance.class_name,
        construct=flat(instance.construct),
        parameters=body.inputs,
        outputs=body.fields,
        takes_draws=instance.takes_draws,
        takes_activity=instance.takes_activity,
        weights={weight: keys[weight] for weight in weights_of(program, name)},
    )
