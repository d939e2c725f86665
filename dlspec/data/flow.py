"""Runs the nodes of a data module on the rows of one part, and lets transforms learn on the training part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlspec.catalog.base import Entry
from dlspec.catalog.texts import Characters, Vocabulary, Words
from dlspec.catalog.transforms import Difference, Window
from dlspec.data.graph import layer_of, learns, needed, owner_of, shared_vocabulary, vocabulary_of
from dlspec.data.learn import LEARNERS, State, learnt_size
from dlspec.data.numpy_lowering import LOWERINGS, Call
from dlspec.data.place import Place
from dlspec.data.values import Array, BadValue, missing_in, to_bool, to_float, to_int, to_numbers, width
from dlspec.diagnostics.codes import data as codes
from dlspec.diagnostics.report import fail
from dlspec.ir.program import INPUT, Module, Ref
from dlspec.tensor import Sym, TensorType

TAKES_TEXT = frozenset({
    "impute", "category", "window", "equal", "not_equal", "identity", "where", "flatten", "reshape", "transpose",
    "concat", "stack", "split", "squeeze", "unsqueeze", "expand", "repeat", "crop", "center_crop", "roll", "flip",
    "last", "gather", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "slice", "to_batch", "words",
    "characters", "lowercase", "pad_to", "present", "vocabulary", "date_part",
})  # fmt: skip
"""What only moves or compares elements; everything else calculates, and gets numbers."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a part: their numbers in the source, and the lengths of the runs that a window stays in.

    `order` has all rows that are used, one behind the other, where there is a `difference` to the rows before.
    """

    numbers: Array
    runs: tuple[int, ...]
    order: Array | None = None

    def before(self, lag: int) -> Rows:
        """For each row the one that lies `lag` rows before it."""
        assert self.order is not None
        place = np.empty(self.order.max() + 1, dtype=np.int64)
        place[self.order] = np.arange(len(self.order))
        return Rows(self.order[place[self.numbers] - lag], (len(self.numbers),), self.order)

    @property
    def repeats(self) -> bool:
        """Whether a row occurs in several runs."""
        return len(np.unique(self.numbers)) < len(self.numbers)


@dataclass(slots=True)
class Flow:
    """One pass. `roots` holds the values of the module's inputs in these rows (None where one is not needed).

    `units` is what the transforms have learnt, by unit; where `learning`, what is not there yet is learnt here, and
    `others` gives what the vocabulary of another data block has learnt.
    """

    place: Place
    rows: Rows
    roots: Sequence[Array | None]
    units: dict[str, State]
    sizes: dict[str, int]
    learning: bool
    values: dict[int, tuple[Array, ...]] = field(default_factory=dict)
    first_rows: Array | None = None
    """The first row of each window, once there are windows."""
    others: Callable[[str], State] | None = None
    short_windows: bool = False
    """Whether rows that are fewer than a window make one that is shorter."""
    lengths: dict[str, int] = field(default_factory=dict)
    """How long the sequences are that texts were cut into, by the name of their size."""

    @classmethod
    def on(
        cls,
        place: Place,
        rows: Rows,
        units: dict[str, State],
        sizes: dict[str, int],
        *,
        learning: bool = False,
        others: Callable[[str], State] | None = None,
    ) -> Flow:
        """A pass over these rows of the source."""
        roots = [None if root is None else root[rows.numbers] for root in place.roots]
        return cls(place, rows, roots, units, sizes, learning, others=others)

    @property
    def examples(self) -> int:
        """How many rows the results have."""
        return len(self.rows.numbers if self.first_rows is None else self.first_rows)

    @property
    def module(self) -> Module:
        return self.place.module

    def run(self, refs: Sequence[Ref]) -> list[Array]:
        """The values of these tensors."""
        scope = needed(self.module, refs)
        for node in scope:
            self._ensure(node, scope)
        return [self.value(ref) for ref in refs]

    def value(self, ref: Ref) -> Array:
        """A tensor that has been computed, or an input."""
        if ref[0] != INPUT:
            return self.values[ref[0]][ref[1]]
        root = self.roots[ref[1]]
        if root is None:
            raise KeyError(self.module.inputs[ref[1]].name)
        return root

    def row_of(self, values: Array, at: int | None) -> int | None:
        """The number of the source's row that an element (of the flattened array) belongs to."""
        if at is None or not len(values):
            return None
        row = at // width(values)
        windows = self.first_rows is not None and len(values) == len(self.first_rows)
        numbers = self.first_rows if windows else self.rows.numbers
        return int(numbers[row]) if numbers is not None and row < len(numbers) else None

    # -------------------------------------------------------------- nodes

    def _ensure(self, node: int, scope: Sequence[int]) -> None:
        if node in self.values:
            return
        layer = layer_of(self.module, node)
        inputs = tuple(self.value(ref) for ref in self.module.nodes[node].inputs)
        met = inputs[:1]
        try:
            if layer.entry != "impute" and self.module.nodes[node].outputs[0].element in ("int", "bool"):
                _refuse_missing(inputs)
            self.values[node] = self._results(node, layer, _prepared(layer, inputs), scope)
        except BadValue as bad:
            raise self.place.diagnostic(bad, node, self.row_of(met[0], bad.at) if met else None) from None

    def _results(self, node: int, layer: Entry, inputs: tuple[Array, ...], scope: Sequence[int]) -> tuple[Array, ...]:
        if isinstance(layer, Window):
            return (self._windows(layer, inputs[0]),)
        if isinstance(layer, Difference):
            return (self._difference(node, layer, inputs[0]),)
        if layer.entry in LEARNERS:
            return (self._learnt(node, layer, inputs[0], scope),)
        lowering = LOWERINGS.get(layer.entry)
        if lowering is None:
            raise fail(
                codes.NOT_ON_DATA,
                f"'{layer.entry}' cannot be used on data",
                help="it belongs in a model: data takes transforms, and layers without weights and chance",
                where=self.place.origin(node),
            )
        types = tuple(self._sized(each) for each in self.module.nodes[node].outputs)
        with np.errstate(all="ignore"):
            result = lowering(Call(layer, inputs, types))
        if isinstance(layer, Words | Characters) and isinstance(result, np.ndarray):
            self.lengths[str(types[0].shape[0])] = result.shape[1]
        return result if isinstance(result, tuple) else (result,)

    def _sized(self, type: TensorType) -> TensorType:
        """A type with the sizes that were learnt in place of their names."""
        known: dict[str, Any] = self.sizes | self.lengths
        return type.with_shape(size.substitute(known) if isinstance(size, Sym) else size for size in type.shape)

    # -------------------------------------------------------------- transforms

    def _learnt(self, node: int, layer: Entry, values: Array, scope: Sequence[int]) -> Array:
        learner, owner = LEARNERS[layer.entry], owner_of(self.module, node)
        if owner not in self.units:
            self.units[owner] = self._fit(node, layer, values, owner, scope)
        self._note_size(node, layer, self.units[owner])
        with np.errstate(all="ignore"):
            return learner.apply(layer, self.units[owner], values, self.learning)

    def _fit(self, node: int, layer: Entry, values: Array, owner: str, scope: Sequence[int]) -> State:
        if learns(layer) and not self.learning:
            message = f"what '{owner}' of '{self.module.name}' has learnt is not among what was saved"
            raise fail(codes.UNREADABLE_DATA, message, help="train again: the spec has changed since")
        if isinstance(layer, Vocabulary) and layer.like is not None:
            return self._shared(node, layer.like)
        examples = self._examples(node, layer, values, owner, scope)
        try:
            return LEARNERS[layer.entry].fit(layer, examples)
        except BadValue as bad:
            if examples is not values:
                bad.at = None
            raise

    def _shared(self, node: int, like: str) -> State:
        """What the vocabulary has learnt that this one takes; its node stands before this one."""
        own = shared_vocabulary(self.module, node)
        if own is not None:
            return self.units[vocabulary_of(self.module, own)]
        assert self.others is not None
        return self.others(like)

    def _note_size(self, node: int, layer: Entry, state: State) -> None:
        size, kinds = learnt_size(layer, state), self.module.nodes[node].outputs[0].kinds
        if size is not None and isinstance(kinds, Sym):
            self.sizes[str(kinds)] = size

    def _examples(self, node: int, layer: Entry, values: Array, owner: str, scope: Sequence[int]) -> Array:
        """What a transform learns from: its input, and where it is used several times, all its inputs."""
        uses = [other for other in scope if owner_of(self.module, other) == owner and other != node]
        if not uses:
            return self._once(values)
        refs = [ref for other in uses for ref in self.module.nodes[other].inputs]
        before = needed(self.module, refs)
        if set(before) & {node, *uses}:
            raise BadValue(
                f"'{owner}' is used on its own result, so there is no telling what it learns from",
                code=codes.NOTHING_TO_LEARN,
                help=f"write `{layer.entry}` a second time in place of the name",
            )
        for other in before:
            self._ensure(other, scope)
        parts = [self._once(each) for each in (values, *(_prepared(layer, (self.value(ref),))[0] for ref in refs))]
        if layer.entry in ("category", "vocabulary"):
            parts = [part.reshape(-1) for part in parts]
        if len({part.shape[1:] for part in parts}) > 1:
            shapes = " and ".join(str(list(part.shape[1:])) for part in parts)
            message = f"'{owner}' is used on tensors of different shapes, {shapes}"
            raise BadValue(message, code=codes.NOTHING_TO_LEARN, help=f"write `{layer.entry}` for each of them")
        return np.concatenate(parts)

    def _once(self, values: Array) -> Array:
        """Each row once, where overlapping windows are drawn at random."""
        if len(values) != len(self.rows.numbers) or not self.rows.repeats:
            return values
        return values[np.unique(self.rows.numbers, return_index=True)[1]]

    def _difference(self, node: int, layer: Difference, values: Array) -> Array:
        """The rows less those before them, for which the flow up to here runs once more."""
        earlier = Flow.on(self.place, self.rows.before(layer.lag), self.units, self.sizes)
        (before,) = earlier.run(self.module.nodes[node].inputs)
        return np.asarray(values - to_float(before))

    def _windows(self, layer: Window, values: Array) -> Array:
        if self.short_windows and 0 < len(values) < layer.length:
            self.first_rows = self.rows.numbers[:1]
            return values[None]
        starts = window_starts(layer, self.rows.runs)
        self.first_rows = self.rows.numbers[starts]
        return values[starts[:, None] + np.arange(layer.length)]


def window_starts(layer: Window, runs: Iterable[int]) -> Array:
    """Where the windows begin among rows that lie in runs of these lengths."""
    starts: list[Array] = [np.zeros(0, dtype=np.int64)]
    begin = 0
    for length in runs:
        starts.append(np.arange(begin, begin + length - layer.length + 1, layer.stride))
        begin += length
    return np.concatenate(starts)


def _prepared(layer: Entry, inputs: tuple[Array, ...]) -> tuple[Array, ...]:
    """The inputs in the element types that the layer wants; columns whose type was not known are read as numbers."""
    wants = getattr(layer, "wants", "any")
    each = wants if isinstance(wants, tuple) else (wants,) * len(inputs)
    ready = [_wanted(want, values) for want, values in zip(each, inputs, strict=False)]
    ready += inputs[len(ready) :]
    if layer.entry not in TAKES_TEXT:
        return tuple(to_numbers(values) for values in ready)
    texts = [values.dtype == object for values in ready]
    if layer.entry in ("equal", "not_equal") and any(texts) and not all(texts):
        return tuple(to_numbers(values) for values in ready)
    return tuple(ready)


def _wanted(want: str, values: Array) -> Array:
    convert = {"float": to_float, "int": to_int, "bool": to_bool}.get(want)
    return values if convert is None else convert(values)


def _refuse_missing(inputs: tuple[Array, ...]) -> None:
    """A missing value must not become a number, so it must not enter what gives whole numbers or conditions."""
    for values in inputs:
        gaps = np.flatnonzero(missing_in(values))
        if gaps.size:
            help = "fill it in before: `-> impute(median)`"
            raise BadValue("the value is missing here", int(gaps[0]), code=codes.MISSING_VALUES, help=help)
