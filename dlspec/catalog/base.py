"""What an entry of the catalogue is: one frozen pydantic class that declares, documents and validates it.

A kind (layer, loss, optimizer …) is a direct subclass; an entry is a final subclass of a kind. Its fields are the
parameters, in the order in which arguments go by position: an entry's own fields first, then those it inherits.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from dlspec.tensor import Dim, Sym, TensorType


class Misfit(ValueError):
    """Arguments or inputs that do not fit together; the resolver adds the place and the chain that led there."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class Spelling(Enum):
    """How an argument is written, where that is not plain from its type."""

    TEXT = "a string"
    """Free text: `column("age")`."""
    NAME = "a field's name"
    """A bare name of a field: `stratify=label`."""
    PATH = "a dotted path"
    """A bare path, kept as text: `monitor=validation.loss`."""
    FLOW = "a flow"
    """An expression that the setting's owner evaluates; the value is the syntax tree."""
    LAYER = "a layer"
    """A recipe for a layer."""


Text = Annotated[str, Spelling.TEXT]
FieldName = Annotated[str, Spelling.NAME]
Path = Annotated[str, Spelling.PATH]
Count = Annotated[int, Field(gt=0)]
Natural = Annotated[int, Field(ge=0)]
Extent = Count | Sym
"""A positive size, which may be symbolic."""
PerAxis = Count | tuple[Count, ...]
"""One number for all spatial dimensions, or one for each (`3x3` and `[3, 3]` arrive as a tuple)."""
NaturalPerAxis = Natural | tuple[Natural, ...]


class Entry(BaseModel):
    """Anything that a spec can name. `entry` is the name, `kind` what sort of thing it is."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, defer_build=True, arbitrary_types_allowed=True, allow_inf_nan=False
    )

    kind: ClassVar[str]
    entry: ClassVar[str]
    variadic: ClassVar[str | None] = None
    """The parameter that takes several positional arguments, or one list."""

    def check(self) -> None:
        """Raise Misfit where arguments that are right each by itself do not go together."""


def param(default: Any = ..., description: str = "", **constraints: Any) -> Any:
    """A parameter: its default (`...` where it is required), what it is, and pydantic's constraints."""
    return Field(default, description=description, **constraints)


@dataclass(frozen=True, slots=True)
class ParameterInfo:
    """A parameter as the resolver and the documentation see it."""

    name: str
    attribute: str
    """The name in Python, which differs from the name where that is a keyword there (`except`)."""
    description: str
    required: bool
    default: Any
    annotation: Any
    choices: tuple[str, ...]
    """The bare names that are values here."""
    kinds: tuple[str, ...]
    """The kinds of entry that it takes (`init=normal(0.1)`)."""
    spelling: Spelling | None
    variadic: bool


@cache
def parameters(cls: type[Entry]) -> tuple[ParameterInfo, ...]:
    """The parameters of an entry, in the order of their positions."""
    ordered: dict[str, FieldInfo] = {}
    for base in cls.__mro__:
        if issubclass(base, Entry):
            for name in base.__annotations__:
                if name in cls.model_fields and name not in ordered:
                    ordered[name] = cls.model_fields[name]
    return tuple(_parameter(cls, name, field) for name, field in ordered.items())


def _parameter(cls: type[Entry], name: str, field: FieldInfo) -> ParameterInfo:
    parts = list(_parts(Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation))
    literals = [str(value) for part in parts if get_origin(part) is Literal for value in get_args(part)]
    entries = [part for part in parts if isinstance(part, type) and issubclass(part, Entry)]
    spellings = [part for part in parts if isinstance(part, Spelling)]
    return ParameterInfo(
        name=field.alias or name,
        attribute=name,
        description=field.description or "",
        required=field.is_required(),
        default=None if field.is_required() else field.get_default(call_default_factory=True),
        annotation=field.annotation,
        choices=tuple(literals),
        kinds=tuple(dict.fromkeys(entry.kind for entry in entries)),
        spelling=spellings[0] if spellings else None,
        variadic=cls.variadic == name,
    )


def _parts(annotation: Any) -> list[Any]:
    """The types and markers that an annotation is made of."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *markers = get_args(annotation)
        return [*_parts(inner), *markers]
    if origin in (Union, UnionType):
        return [part for each in get_args(annotation) for part in _parts(each)]
    if origin in (tuple, list):
        return [part for each in get_args(annotation) if each is not Ellipsis for part in _parts(each)]
    return [] if annotation is NoneType else [annotation]


# ---------------------------------------------------------------- kinds


class Initializer(Entry):
    """A distribution or rule for the initial values of a weight."""

    kind = "initializer"


class Penalty(Entry):
    """A term of the loss that depends on the weights alone, or on what a layer gives (`activity=`)."""

    kind = "penalty"
    of_outputs: ClassVar[bool] = True
    """Whether it means something for what a layer gives."""


class Constraint(Entry):
    """What weights are held to, after each update."""

    kind = "constraint"


def _of_outputs(penalty: Penalty | None) -> Penalty | None:
    """Refuses a penalty that only a weight can have."""
    if penalty is not None and not penalty.of_outputs:
        raise Misfit(f"takes no {penalty.entry}: that is about the rows of a weight", "write `penalty=` for weights")
    return penalty


Role = Literal["kernel", "bias", "norm", "state"]
"""What a weight is: penalties and weight decay without `on=` cover kernels alone; `state` is not trained."""


@dataclass(frozen=True, slots=True)
class Weight:
    """A tensor that a layer owns: its name in the layer, its canonical shape, its initial values."""

    name: str
    shape: tuple[Dim, ...]
    init: Initializer
    role: Role = "kernel"
    zero_row: int | None = None
    """A row that begins as zeros and gets no gradient (the padding of an embedding)."""

    @property
    def trainable(self) -> bool:
        return self.role != "state"


Wants = Literal["float", "int", "bool", "any", "common"]
"""The element type a layer's inputs need; `common` brings all of them to the widest among them."""

Types = tuple[TensorType, ...]


class Layer(Entry):
    """A function from tensors to tensors, with its own weights.

    `inputs` names what comes by the arrow (several: as a tuple), `many` says that it takes a tuple of any length,
    `optional` names further inputs that may be given by keyword. A layer that is `batchless` also takes tensors
    without a batch dimension; for the rest the compiler repeats those for each example. Inputs of a layer that
    `broadcasts` are brought to one rank first.
    """

    kind = "layer"
    inputs: ClassVar[tuple[str, ...]] = ("input",)
    many: ClassVar[bool] = False
    optional: ClassVar[tuple[str, ...]] = ()
    wants: ClassVar[Wants | tuple[Wants, ...]] = "float"
    batchless: ClassVar[bool] = False
    broadcasts: ClassVar[bool] = False
    mixes: ClassVar[bool] = False
    """Takes tensors with and without a batch side by side, as they are."""
    random: ClassVar[bool] = False
    """Draws numbers while training (dropout, noise), or always (`random_normal`)."""
    differs_in_training: ClassVar[bool] = False
    """Does something else in training than in inference (dropout, batch_norm)."""

    @abstractmethod
    def infer(self, *inputs: TensorType) -> TensorType | Types:
        """The type of the result (several results: a tuple); Misfit where the inputs do not fit."""

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        """The weights for inputs of these types."""
        return ()

    def macs(self, inputs: Types, outputs: Types) -> Dim:
        """Multiply-adds for one example; only what multiplies weights or whole matrices counts."""
        return 0


class Weighted(Layer):
    """A layer whose weights' initial values, penalty and constraint can be set, and a penalty on what it gives."""

    init: Initializer | None = param(None, "initial values of the weights")
    bias_init: Initializer | None = param(None, "initial values of the bias")
    penalty: Penalty | None = param(None, "a penalty on the weights of this layer, but for its biases")
    constraint: Constraint | None = param(None, "what the weights of this layer are held to, but for its biases")
    activity: Annotated[Penalty | None, AfterValidator(_of_outputs)] = param(
        None, "a penalty on what the layer gives, divided by the batch"
    )


class Loss(Entry):
    """What training makes small. A term for each element of the prediction, then a weighted mean.

    `mean` averages over the batch and the elements; `sum` adds up the elements and averages over the batch.
    """

    kind = "loss"
    inputs: ClassVar[tuple[str, ...]] = ("prediction", "target")
    wants: ClassVar[Wants | tuple[Wants, ...]] = "float"
    answers: ClassVar[tuple[str, ...]] = ()
    """The inputs that hold one number where the others hold a vector."""
    compares_examples: ClassVar[bool] = False
    """Whether the term of an example depends on the other examples of its batch."""

    weight: float = param(1.0, "factor of this term in the total")
    reduction: Literal["mean", "sum"] = param("mean", "how the elements of one example are put together")

    @abstractmethod
    def infer(self, *inputs: TensorType) -> TensorType:
        """The type of the terms before the reduction; Misfit where prediction and target do not fit."""


class Metric(Entry):
    """A figure that is reported and not trained on, from predictions and targets of a whole split."""

    kind = "metric"
    inputs: ClassVar[tuple[str, ...]] = ("prediction", "target")
    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"
    higher_is_better: ClassVar[bool] = True

    @abstractmethod
    def infer(self, *inputs: TensorType) -> TensorType:
        """`float[]`; Misfit where prediction and target do not fit."""


class Optimizer(Entry):
    """A rule that turns gradients into updates of the weights."""

    kind = "optimizer"


class Schedule(Entry):
    """A phase of the learning rate: a factor on `lr` as a function of the step."""

    kind = "schedule"
    periodic: ClassVar[bool] = False
    """Whether the length is a period and the phase runs to the end."""

    steps: int | None = param(None, "length in steps", ge=1)
    epochs: int | None = param(None, "length in epochs", ge=1)


class Function(Entry):
    """A function of compile time."""

    kind = "function"


class Source(Entry):
    """Where data comes from."""

    kind = "source"


class Root(Entry):
    """What a flow of data begins with."""

    kind = "root"


class Transform(Layer):
    """A layer of data only, run once on whole columns. `learns`: fitted on the training part, saved with the run."""

    kind = "transform"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"
    learns: ClassVar[bool] = False

    @property
    def has_to_learn(self) -> bool:
        """Whether it learns with these arguments: edges or a constant that is given leave nothing to learn."""
        return self.learns


class Augmentation(Layer):
    """A change at random to fields of the examples that train, each epoch anew."""

    kind = "augmentation"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"
    random: ClassVar[bool] = True

    @abstractmethod
    def infer(self, *inputs: TensorType) -> Types:
        """The types of the fields behind it; Misfit where they do not fit."""


class Setting(Entry):
    """A line of a `data`, `train` or `tune` block. `repeats`: may stand several times."""

    repeats: ClassVar[bool] = False
    named: ClassVar[bool] = False
    """Whether `keyword name = flow` is a way to write it."""


class TrainSetting(Setting):
    """A setting of `train`; `in_step` where it may stand in a `step` too, `step_only` where only there."""

    kind = "train setting"
    in_step: ClassVar[bool] = False
    step_only: ClassVar[bool] = False


class DataSetting(Setting):
    """A setting of `data`."""

    kind = "data setting"


class TuneSetting(Setting):
    """A setting of `tune`."""

    kind = "tune setting"


class Space(Entry):
    """The values that a search may try."""

    kind = "space"


class Searcher(Entry):
    """How a search picks its trials, or gives one up."""

    kind = "searcher"


# ---------------------------------------------------------------- samples


@dataclass(frozen=True, slots=True)
class Sample:
    """A use of an entry for the conformance tests: arguments, inputs, and the shapes worked out by hand."""

    arguments: dict[str, Any]
    inputs: tuple[TensorType, ...] = ()
    outputs: tuple[tuple[Dim, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class BadSample:
    """A use that must be refused, with words that the message contains."""

    arguments: dict[str, Any]
    inputs: tuple[TensorType, ...]
    message: str
