"""The intermediate representation: modules with flat node lists, and what trains them. Plain data, JSON both ways.

A module is one instance kind of a block or model: same declaration, same arguments, same input types. Calls of it
share the module; what owns weights is a *unit*, so a layer that is used twice is one unit and two nodes.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator

from dlspec.catalog.base import Entry
from dlspec.catalog.dump import dump_entry
from dlspec.catalog.index import load_entry
from dlspec.tensor import TensorType

FORMAT = 1
"""The version of the JSON; a newer one is refused."""

INPUT = -1
"""As the node of a reference: an input of the module."""

Ref = tuple[int, int]
"""A tensor in a module: (node, which of its results), or (INPUT, which input)."""


def _entry(value: Any) -> Entry:
    return value if isinstance(value, Entry) else load_entry(value)


EntryField = Annotated[Entry, PlainValidator(_entry), PlainSerializer(dump_entry, return_type=dict[str, Any])]


class Frozen(BaseModel):
    """Plain data that nothing changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Port(Frozen):
    """A named input."""

    name: str
    type: TensorType


class Unit(Frozen):
    """Something that is called: a layer of the catalogue, or a module.

    `name` is its path in the module (`features.conv_2`) and begins the names of its weights. A unit that `shares`
    has the weights of an earlier unit of the same module (one layer called with inputs of another type).
    """

    name: str
    layer: EntryField | None = None
    module: str | None = None
    shares: int | None = None


class Node(Frozen):
    """A call of a unit. `keywords` names the last inputs where they were given by keyword."""

    unit: int
    inputs: tuple[Ref, ...]
    outputs: tuple[TensorType, ...]
    keywords: tuple[str, ...] = ()
    origin: str = ""
    """`file:line:column` of the layer in the spec."""


class Result(Frozen):
    """A named output."""

    name: str
    ref: Ref


class Module(Frozen):
    """A block, a model, the flows of a data block, or one evaluation of a step. Nodes stand in order of evaluation."""

    name: str
    declaration: str
    kind: Literal["model", "block", "data", "step"]
    arguments: dict[str, Any] = {}
    """Parameters of the declaration as text or numbers, for documentation and constructor names."""
    doc: str = ""
    inputs: tuple[Port, ...]
    units: tuple[Unit, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[Result, ...]

    def type_of(self, ref: Ref) -> TensorType:
        return self.inputs[ref[1]].type if ref[0] == INPUT else self.nodes[ref[0]].outputs[ref[1]]


class LossTerm(Frozen):
    """A term of the total: a loss of the catalogue, or (without one) a tensor of one number per example."""

    name: str
    loss: EntryField | None
    inputs: tuple[Ref, ...]


class MetricTerm(Frozen):
    """A figure to report: a metric, or a loss used as one."""

    name: str
    metric: EntryField
    inputs: tuple[Ref, ...]


class WeightsUse(Frozen):
    """An optimizer, penalty or constraint and the weights (canonical names) that it covers.

    `selected` says that `on=` chose them: an optimizer's weight decay then covers biases and normalisation too.
    """

    entry: EntryField
    weights: tuple[str, ...]
    selected: bool = False


class Rate(Frozen):
    """`rate PATTERN, FACTOR`."""

    factor: float
    weights: tuple[str, ...]


class Freeze(Frozen):
    """`freeze`: weights that stand still, up to the start of epoch `until` (None: always)."""

    weights: tuple[str, ...]
    until: int | None = None


class Step(Frozen):
    """One update of one model's weights for each batch.

    `module` has the batch's fields as inputs; its units of kind module are the models. Random tensors in it
    (`random_normal` …) are drawn outside and given by unit name. `losses` and `metrics` refer to its tensors.
    """

    name: str
    model: str
    module: Module
    losses: tuple[LossTerm, ...]
    metrics: tuple[MetricTerm, ...] = ()
    optimizers: tuple[WeightsUse, ...]
    schedule: tuple[EntryField, ...] = ()
    penalties: tuple[WeightsUse, ...] = ()
    constraints: tuple[WeightsUse, ...] = ()
    clip_norm: float | None = None
    clip_value: float | None = None
    repeat: int = 1
    rates: tuple[Rate, ...] = ()
    freezes: tuple[Freeze, ...] = ()


class ModelUse(Frozen):
    """A model of a train header: the name that settings use, and its module. With several, names of weights begin
    with `name.`."""

    name: str
    module: str


class Train(Frozen):
    """A `train` block, resolved. `settings` holds the rest of its settings by keyword (epochs, batch, stop …)."""

    label: str
    data: str | None
    models: tuple[ModelUse, ...]
    fields: tuple[Port, ...]
    steps: tuple[Step, ...]
    settings: dict[str, EntryField] = {}
    loads: tuple[EntryField, ...] = ()
    doc: str = ""


class Root(Frozen):
    """The root of a flow of data, as an input of the data module."""

    name: str
    root: EntryField


class Augment(Frozen):
    """Fields that are changed together at random, and by what, one after the other."""

    fields: tuple[str, ...]
    steps: tuple[EntryField, ...]


class Data(Frozen):
    """A `data` block, resolved. `module` has a root for each input and a field for each output.

    `keep` refers to conditions in the module that need nothing learned; `settings` holds split, sample …;
    `folder` is where its paths begin (the folder of the file that declares it).
    """

    name: str
    source: EntryField
    folder: str
    roots: tuple[Root, ...]
    module: Module
    keep: tuple[Ref, ...] = ()
    drop_missing: tuple[str, ...] = ()
    augment: tuple[Augment, ...] = ()
    settings: dict[str, EntryField] = {}
    places: dict[str, str] = {}
    """Where each field and setting is written, as `spec.dl:3:3`."""
    doc: str = ""


class SearchSpace(Frozen):
    """A path of the spec and the values to try there."""

    path: str
    space: EntryField


class Tune(Frozen):
    """A `tune` block, resolved: which training, what is searched, what is made large or small."""

    label: str
    train: str
    spaces: tuple[SearchSpace, ...]
    direction: Literal["maximize", "minimize"]
    metric: str
    settings: dict[str, EntryField] = {}


class Program(Frozen):
    """Everything a spec says, resolved. `models` maps a model's name to its module with default arguments."""

    format: int = FORMAT
    source: str
    modules: tuple[Module, ...] = ()
    models: dict[str, str] = {}
    data: tuple[Data, ...] = ()
    trains: tuple[Train, ...] = ()
    tunes: tuple[Tune, ...] = ()

    def module(self, name: str) -> Module:
        """The module of that name."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Module]:
        return {module.name: module for module in self.modules}
