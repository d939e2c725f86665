"""Settings of `train` and of its steps."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from dlspec.catalog import base
from dlspec.catalog.base import Count, Misfit, Natural, Path, Spelling, Text, TrainSetting, param

Flow = Annotated[Any, Spelling.FLOW]
Flows = Annotated[tuple[Any, ...], Spelling.FLOW]


class Run(base.Entry):
    """An earlier run, in place of a path: the newest of that label."""

    kind = "run"
    entry = "run"

    label: Text = param(..., "the label of its `train`", min_length=1)


class Covering(TrainSetting):
    """A setting that covers weights by a pattern of their names, in which `*` stands for anything, dots included.

    Without `on=` a penalty, constraint or weight decay leaves biases and normalisation parameters alone; with it,
    whatever matches is covered.
    """

    on: Text = param("*", "pattern of the weights that it covers", min_length=1)

    @property
    def covers_what_matches(self) -> bool:
        """Whether `on=` was written."""
        return "on" in self.model_fields_set


class Loss(TrainSetting):
    """A term of the loss: a layer on the one output and the one field that is left, or a flow that ends in a loss.

    The terms add up, and each is reported by its name, which is the loss's own where none is given. A flow that
    gives one number for each example is a loss too.
    """

    entry = "loss"
    repeats = True
    named = True
    in_step = True

    flow: Flow = param(..., "a loss, or a flow that gives one")


class Metrics(TrainSetting):
    """Figures that are reported and not trained on; without a flow they go by the loss's prediction and target."""

    entry = "metrics"
    variadic = "flows"
    repeats = True
    named = True

    flows: Flows = param(..., "metrics or losses, or flows that end in one", min_length=1)


class Optimizer(Covering):
    """How the weights are updated; the one with a pattern goes before the one without."""

    entry = "optimizer"
    repeats = True
    in_step = True

    optimizer: base.Optimizer = param(..., "the optimizer")


class Schedule(TrainSetting):
    """The learning rate over time: a flow of phases, each a factor on `lr`."""

    entry = "schedule"
    in_step = True

    flow: Flow = param(..., "a phase, or phases one after another")


class Penalty(Covering):
    """A term of the loss that depends on the weights alone."""

    entry = "penalty"
    repeats = True
    in_step = True

    penalty: base.Penalty = param(..., "the penalty")


class Constraint(Covering):
    """What weights are held to after each update of a step: several one after another, as they are written.

    Those of single layers (`constraint=`) come last. Frozen weights stay as they are.
    """

    entry = "constraint"
    repeats = True
    in_step = True

    constraint: base.Constraint = param(..., "the constraint")


class Clip(TrainSetting):
    """Bounds on the gradients: on the norm of all together, or on each component."""

    entry = "clip"
    in_step = True

    norm: float | None = param(None, "largest norm of all gradients together", gt=0)
    value: float | None = param(None, "largest size of each component", gt=0)

    def check(self) -> None:
        if self.norm is None and self.value is None:
            raise Misfit("a bound is missing", "write `clip norm=1.0` or `clip value=1.0`")


class Epochs(TrainSetting):
    """How often the training part is gone through."""

    entry = "epochs"

    n: Count = param(..., "number of epochs")


class Batch(TrainSetting):
    """How many examples each update sees; `all` is gradient descent. The last, smaller batch is kept."""

    entry = "batch"

    n: Count | Literal["all"] = param(..., "number of examples")


class Shuffle(TrainSetting):
    """Whether each epoch has an order of its own; it has, unless this says otherwise."""

    entry = "shuffle"

    on: bool = param(..., "whether to shuffle")


class Seed(TrainSetting):
    """Where all chance begins: initial weights, order of the examples, random layers."""

    entry = "seed"

    n: Natural = param(..., "the seed", lt=2**63)


class Precision(TrainSetting):
    """The numbers that are computed with.

    `float64` trains in double precision, weights and all. `bf16` and `fp16` are mixed precision: matrix products and
    convolutions in 16 bits, weights, losses and updates in float32; with `fp16` the loss is scaled up so that small
    gradients are not lost, and an update whose gradients are not finite is left out.
    """

    entry = "precision"

    type: Literal["float32", "float64", "bf16", "fp16"] = param(..., "`float32`, `float64`, `bf16` or `fp16`")


class Accumulate(TrainSetting):
    """How many batches an update sees: their gradients are averaged as if they were one large batch.

    An update is one step, of the schedule too. The batches that are left at the end of an epoch make an update.
    """

    entry = "accumulate"

    n: Count = param(..., "number of batches")


class Truncate(TrainSetting):
    """Truncated back-propagation through time: sequences are cut into chunks, and each chunk makes an update.

    Cut are the fields that a model takes by an input whose first dimension is a symbolic size, and the targets of the
    same length. The states of recurrent layers go on from chunk to chunk, without gradient, and begin anew with each
    batch. A step, of the schedule too, is a batch with all its chunks.

    Source: Williams and Peng, "An efficient gradient-based algorithm for on-line training of recurrent network
    trajectories", 1990.
    """

    entry = "truncate"

    n: Count = param(..., "time steps of a chunk")


class Average(TrainSetting):
    """An exponential average of the weights, `a = decay*a + (1-decay)*w`: what is evaluated, kept and exported.

    It begins with the initial weights and follows after each update of a model; its running statistics are averaged in
    the same way. The training itself goes on with the plain weights.

    Source: Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
    """

    entry = "average"

    decay: float = param(..., "share of the average that stays at each update", ge=0, lt=1)


class Stop(TrainSetting):
    """Ends the training when a figure has not got better for more than `patience` epochs."""

    entry = "stop"

    monitor: Path = param(..., "the figure to look at, as `validation.loss`")
    patience: Natural = param(0, "epochs without an improvement that are let pass")
    restore_best: bool = param(True, "whether the best epoch's weights are the final ones")


class Checkpoint(TrainSetting):
    """When the state of the training is saved, and how much of it is kept."""

    entry = "checkpoint"

    every: Count = param(1, "save after each so many epochs")
    steps: Count | None = param(None, "save after each so many steps too")
    keep: Count = param(1, "how many of the newest are kept")
    best: Path | None = param(None, "keep the best by this figure too, as `validation.accuracy`")


class Load(TrainSetting):
    """Weights to begin with, from a file or a run: each by its own name, else without the fixed head of `into`."""

    entry = "load"
    repeats = True

    path: Text | Run = param(..., "a `.safetensors` file, or `run(label)`")
    into: Text = param("*", "pattern of the weights to set", min_length=1)
    strict: bool = param(True, "whether every weight that matches must be found, and of its shape")


class Freeze(TrainSetting):
    """Weights that stand still, and with them their batch-norm statistics."""

    entry = "freeze"
    repeats = True

    pattern: Text = param(..., "pattern of the weights", min_length=1)
    except_: Text | None = param(None, "pattern of weights among them that move all the same", alias="except")
    until: Count | None = param(None, "the epoch (from 0) with whose start they move; always still where none is given")


class Rate(TrainSetting):
    """A factor on the learning rate of some weights."""

    entry = "rate"
    repeats = True

    pattern: Text = param(..., "pattern of the weights", min_length=1)
    factor: float = param(..., "factor on their learning rate", ge=0)


class Repeat(TrainSetting):
    """How often a step is made before the next one's turn, each time on the next batch."""

    entry = "repeat"
    in_step = True
    step_only = True

    n: Count = param(..., "number of updates")


ENTRIES: tuple[type[base.Entry], ...] = (
    Loss,
    Metrics,
    Optimizer,
    Schedule,
    Penalty,
    Constraint,
    Clip,
    Epochs,
    Batch,
    Shuffle,
    Seed,
    Precision,
    Accumulate,
    Truncate,
    Average,
    Stop,
    Checkpoint,
    Load,
    Freeze,
    Rate,
    Repeat,
    Run,
)
