"""Questions about a data module that need no values: what an output needs, and what has a window."""

from __future__ import annotations

from collections.abc import Iterable

from dlspec.catalog.base import Entry, Transform
from dlspec.catalog.texts import Vocabulary
from dlspec.catalog.transforms import Difference, Window
from dlspec.diagnostics.codes import data as codes
from dlspec.diagnostics.report import fail
from dlspec.ir.program import INPUT, Module, Ref, Unit


def needed(module: Module, refs: Iterable[Ref]) -> list[int]:
    """The nodes that these tensors are computed from, in order of evaluation."""
    found: set[int] = set()
    waiting = [node for node, _ in refs if node != INPUT]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [earlier for earlier, _ in _inputs(module, node) if earlier != INPUT]
    return sorted(found)


def _inputs(module: Module, node: int) -> list[Ref]:
    """What a node is computed from, the field whose vocabulary it takes among it."""
    like = shared_vocabulary(module, node)
    return [*module.nodes[node].inputs, *([] if like is None else [like])]


def shared_vocabulary(module: Module, node: int) -> Ref | None:
    """The field of the same data whose vocabulary a node takes, if so."""
    layer = unit_of(module, node).layer
    if not isinstance(layer, Vocabulary) or layer.like is None:
        return None
    block, _, field = layer.like.rpartition(".")
    return field_ref(module, field) if block in ("", module.name) else None


def field_ref(module: Module, field: str) -> Ref:
    """The tensor that a field is."""
    return next(result.ref for result in module.outputs if result.name == field)


def vocabulary_of(module: Module, ref: Ref) -> str:
    """The unit that keeps the vocabulary whose numbers a tensor holds."""
    while not isinstance(layer_of(module, ref[0]), Vocabulary):
        ref = module.nodes[ref[0]].inputs[0]
    return owner_of(module, ref[0])


def lead_of(module: Module, refs: Iterable[Ref]) -> int:
    """How many rows before the first one these tensors need: the lags of `difference` on the longest way."""
    leads: dict[int, int] = {}
    refs = list(refs)
    for node in needed(module, refs):
        layer = layer_of(module, node)
        before = max((leads[each] for each, _ in module.nodes[node].inputs if each != INPUT), default=0)
        leads[node] = before + (layer.lag if isinstance(layer, Difference) else 0)
    return max((leads[node] for node, _ in refs if node != INPUT), default=0)


def roots_of(module: Module, refs: Iterable[Ref]) -> list[int]:
    """The inputs of the module that these tensors are computed from."""
    refs = list(refs)
    found = {place for node, place in refs if node == INPUT}
    for index in needed(module, refs):
        found |= {place for node, place in _inputs(module, index) if node == INPUT}
    return sorted(found)


def unit_of(module: Module, node: int) -> Unit:
    """The unit that a node calls."""
    return module.units[module.nodes[node].unit]


def owner_of(module: Module, node: int) -> str:
    """The name of the unit that keeps what the unit of a node has learnt."""
    unit = unit_of(module, node)
    return unit.name if unit.shares is None else module.units[unit.shares].name


def layer_of(module: Module, node: int) -> Entry:
    """The layer or transform that a node calls."""
    layer = unit_of(module, node).layer
    if layer is None:
        unit = unit_of(module, node)
        message = f"'{unit.name}' is a block or model, which cannot be used on data"
        raise fail(codes.NOT_ON_DATA, message, help="write its layers in the data block")
    return layer


def learns(layer: Entry) -> bool:
    """Whether a transform learns from the training part; with edges or a constant given, there is nothing to learn."""
    return isinstance(layer, Transform) and layer.has_to_learn


def window_of(module: Module, refs: Iterable[Ref]) -> Window | None:
    """The window that all of these tensors have, or None; a diagnostic where one has it and another has not."""
    refs = list(refs)
    windows: dict[int, Window | None] = {}

    def common(inputs: Iterable[Ref]) -> Window | None:
        batched = [ref for ref in inputs if module.type_of(ref).batched]
        found = {windows[node] if node != INPUT else None for node, _ in batched}
        if len(found) > 1:
            raise _unlike(found, next(each.origin for place, each in enumerate(module.nodes) if windows.get(place)))
        return found.pop() if found else None

    for index in needed(module, refs):
        before = common(module.nodes[index].inputs)
        layer = layer_of(module, index)
        if isinstance(layer, Window) and before:
            help = "reshape what one window gives"
            raise fail(codes.COLUMNS_DO_NOT_FIT, "a window of windows cannot be computed", help=help)
        if isinstance(layer, Difference) and before:
            help = "take the difference first: `-> difference -> window(…)`"
            raise fail(codes.COLUMNS_DO_NOT_FIT, "`difference` compares rows, and these are windows", help=help)
        windows[index] = layer if isinstance(layer, Window) else before
    return common(refs)


def _unlike(found: set[Window | None], where: str) -> Exception:
    given = [f"window({each.length}, stride={each.stride})" for each in found if each]
    first, other = (given[0], "no window") if None in found else (given[0], given[1])
    return fail(
        codes.COLUMNS_DO_NOT_FIT,
        f"fields with {first} do not fit fields with {other}: they have different numbers of examples",
        help="give all fields one window and take slices of it, as `past = piece[:-1]`",
        where=where,
    )


_KEEPS_NUMBERS = frozenset(
    {"window", "slice", "reshape", "flatten", "squeeze", "unsqueeze", "transpose", "last", "identity", "pad_to"}
)
"""What moves the numbers of a category and leaves them what they are."""


def category_of(module: Module, ref: Ref) -> str | None:
    """The unit that numbered the kinds which a tensor holds, or None where it holds something else."""
    while ref[0] != INPUT:
        entry = layer_of(module, ref[0]).entry
        if entry in ("category", "vocabulary"):
            return owner_of(module, ref[0])
        if entry not in _KEEPS_NUMBERS:
            return None
        ref = module.nodes[ref[0]].inputs[0]
    return None
