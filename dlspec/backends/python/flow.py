"""Nodes as statements: which calls stand inside one another, and what the variables are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from dlspec.backends.python.expression import (
    Assign,
    Call,
    Expr,
    Local,
    Loop,
    Simple,
    Statement,
    Value,
    children,
    substitute,
    walk,
)
from dlspec.backends.python.layout import flat
from dlspec.backends.python.names import Names, identifier

Ref = tuple[int, int]
DEEPEST = 3
"""Calls inside one another in one statement."""
LONGEST = 88
"""Characters of what stands inside another call."""
SEVERAL = 3
"""So many values may stand inside one call on a line each, as in a list of branches."""


@dataclass(frozen=True, slots=True)
class Item:
    """A node with its value over `Value` leaves. `binding` and `label` are the parts of the unit's name."""

    results: tuple[Ref, ...]
    value: Expr
    binding: str
    label: str
    leads: bool = False
    """Begins a statement of its own: a layer with a kernel, a block."""
    atom: bool = False


@dataclass(frozen=True, slots=True)
class Repeat:
    """A chain of calls made again and again on its own result: a loop over lists of modules."""

    results: tuple[Ref, ...]
    source: Ref
    variables: tuple[str, ...]
    sequences: tuple[Expr, ...]
    body: tuple[Expr, ...]
    """One after another over `Value(source)`."""
    binding: str
    label: str


@dataclass(slots=True)
class _Line:
    """A statement before its variables have names."""

    results: tuple[Ref, ...]
    value: Expr | Repeat
    binding: str
    label: str
    part: bool = False
    """One of several values that are made beside each other: the binding's name is not for it."""

    def reads(self) -> set[Ref]:
        trees = (*self.value.body, Value(self.value.source)) if isinstance(self.value, Repeat) else (self.value,)
        return {leaf.ref for tree in trees for leaf in walk(tree) if isinstance(leaf, Value)}


@dataclass(slots=True)
class Flow:
    """Statements, and for each wanted reference the expression that holds it afterwards."""

    statements: list[Statement]
    values: dict[Ref, Expr]


def read_refs(tree: Expr) -> list[Ref]:
    """The references in an expression, in the order of the text."""
    return [leaf.ref for leaf in walk(tree) if isinstance(leaf, Value)]


def live_items(items: list[Item | Repeat], wanted: list[Ref]) -> list[Item | Repeat]:
    """Those that the wanted references depend on."""
    needed = set(wanted)
    kept: list[Item | Repeat] = []
    for item in reversed(items):
        if not needed.isdisjoint(item.results):
            kept.append(item)
            trees = (*item.body, Value(item.source)) if isinstance(item, Repeat) else (item.value,)
            needed.update(ref for tree in trees for ref in read_refs(tree))
    return kept[::-1]


class _Partition:
    """Puts single-use values inside the calls that use them, where that stays short and keeps the order."""

    def __init__(self, items: list[Item | Repeat], wanted: list[Ref], named: bool) -> None:
        self.lines: list[_Line] = []
        self.atoms: dict[Ref, Expr] = {}
        self.pending: dict[Ref, tuple[Expr, Item]] = {}
        self.uses = Counter(wanted)
        self.kept = set(wanted) if named else set()
        for item in items:
            trees = (*item.body, Value(item.source)) if isinstance(item, Repeat) else (item.value,)
            self.uses.update(ref for tree in trees for ref in read_refs(tree))
        for item in items:
            self._repeat(item) if isinstance(item, Repeat) else self._item(item)

    def _repeat(self, item: Repeat) -> None:
        self.flush()
        body = tuple(self._with_atoms(tree) for tree in item.body)
        settled = Repeat(item.results, item.source, item.variables, item.sequences, body, item.binding, item.label)
        self.lines.append(_Line(item.results, settled, item.binding, item.label))

    def _with_atoms(self, tree: Expr) -> Expr:
        return substitute(tree, lambda leaf: self.atoms.get(leaf.ref) if isinstance(leaf, Value) else None)

    def _item(self, item: Item) -> None:
        value = self._with_atoms(item.value)
        if item.atom:
            self.atoms[item.results[0]] = value
            return
        used = [ref for ref in read_refs(value) if ref in self.pending]
        if used:
            if self._fits(item, value, used):
                value = self.inlined(value, used)
            else:
                self.flush()
        (first, *rest) = item.results
        if not rest and self.uses[first] == 1 and first not in self.kept:
            self.pending[first] = (value, item)
        else:
            self.flush()
            self.lines.append(_Line(item.results, value, item.binding, item.label))

    def inlined(self, value: Expr, used: list[Ref]) -> Expr:
        """The value with pending ones put in."""
        parts = {ref: self.pending.pop(ref)[0] for ref in used}
        return substitute(value, lambda leaf: parts.get(leaf.ref) if isinstance(leaf, Value) else None)

    def _fits(self, item: Item, value: Expr, used: list[Ref]) -> bool:
        if len(set(used)) < len(used) or list(self.pending)[-len(used) :] != used:
            return False
        parts = {ref: self.pending[ref] for ref in used}
        if any(inner.binding not in (item.binding, "") for _, inner in parts.values()):
            return False
        if item.leads and any(_works(tree) for tree, _ in parts.values()):
            return False
        whole = substitute(
            value, lambda leaf: parts[leaf.ref][0] if isinstance(leaf, Value) and leaf.ref in parts else None
        )
        if len(used) >= SEVERAL:
            return _depth(whole) <= DEEPEST and all(_length(tree) <= LONGEST for tree, _ in parts.values())
        return _depth(whole) <= DEEPEST and _length(whole) <= LONGEST

    def flush(self) -> None:
        """Give every pending value a line of its own."""
        beside = Counter(item.binding for _, item in self.pending.values())
        for ref, (value, item) in self.pending.items():
            part = beside[item.binding] > 1
            self.lines.append(_Line((ref,), value, item.binding, item.label, part))
        self.pending.clear()


def _works(tree: Expr) -> bool:
    """Whether it calls anything."""
    return any(isinstance(part, Call) for part in walk(tree))


def _depth(tree: Expr) -> int:
    inner = max((_depth(child) for child in children(tree)), default=0)
    return inner + isinstance(tree, Call)


def _length(tree: Expr) -> int:
    return len(flat(substitute(tree, lambda leaf: Local("features") if isinstance(leaf, Value) else None)))


def make_flow(
    items: list[Item | Repeat],
    wanted: list[Ref],
    inputs: Mapping[Ref, str],
    *,
    outputs: Mapping[Ref, str] | None = None,
    reserved: set[str] | None = None,
    inline_last: bool = True,
) -> Flow:
    """Statements that compute the wanted references.

    `inputs` are the variables (or expressions) of the module's inputs, `outputs` names for results that have one,
    `reserved` names that no variable may take. With `inline_last` the value of a single wanted reference may be an
    expression, to be returned.
    """
    items = live_items(items, wanted)
    inline = inline_last and len(wanted) == 1
    partition = _Partition(items, wanted, named=not inline)
    final: dict[Ref, Expr] = {}
    if inline and list(partition.pending) == wanted:
        final[wanted[0]] = partition.pending.pop(wanted[0])[0]
    partition.flush()
    naming = _Naming(partition.lines, wanted, dict(inputs), outputs or {}, reserved or set(), final)
    values = {
        ref: naming.named(final[ref]) if ref in final else naming.named(partition.atoms.get(ref, Value(ref)))
        for ref in wanted
    }
    return Flow(naming.statements, values)


class _Naming:
    """Gives each line's results names; a name is free again once what it held has been read for the last time."""

    def __init__(
        self,
        lines: list[_Line],
        wanted: list[Ref],
        inputs: dict[Ref, str],
        outputs: Mapping[Ref, str],
        reserved: set[str],
        final: Mapping[Ref, Expr],
    ) -> None:
        self.names = dict(inputs)
        self.outputs = outputs
        self.reserved = reserved
        self.statements: list[Statement] = []
        self.last: dict[Ref, int] = {}
        for place, line in enumerate(lines):
            for ref in line.reads():
                self.last[ref] = place
        end = len(lines)
        for ref in (*wanted, *(each for tree in final.values() for each in read_refs(tree))):
            self.last[ref] = end
        self.holders: dict[str, Ref] = {name: ref for ref, name in inputs.items()}
        for place, line in enumerate(lines):
            self._line(place, line)

    def named(self, tree: Expr) -> Expr:
        """The expression with variables for references."""
        return substitute(tree, lambda leaf: Local(self.names[leaf.ref]) if isinstance(leaf, Value) else None)

    def _line(self, place: int, line: _Line) -> None:
        if isinstance(line.value, Repeat):
            self._loop(place, line, line.value)
            return
        value = self.named(line.value)
        targets = tuple(Local(self._choose(place, ref, line)) for ref in line.results)
        self.statements.append(Assign(targets, value))

    def _loop(self, place: int, line: _Line, repeat: Repeat) -> None:
        kept = line.reads() - {repeat.source}
        name = self._choose(place, line.results[0], line, kept)
        before = self.names[repeat.source]
        if before != name:
            self.statements.append(Assign((Local(name),), Local(before)))
        self.names[repeat.source] = name
        taken = {held for held, ref in self.holders.items() if self.last.get(ref, -1) >= place}
        fresh = Names(taken | self.reserved | {name})
        variables = {old: fresh.allocate(identifier(old)) for old in repeat.variables}
        body: list[Simple] = []
        for tree in repeat.body:
            renamed = substitute(
                tree, lambda leaf: Local(variables.get(leaf.name, leaf.name)) if isinstance(leaf, Local) else None
            )
            body.append(Assign((Local(name),), self.named(renamed)))
        self.statements.append(Loop(tuple(variables.values()), repeat.sequences, tuple(body)))
        self.names[repeat.source] = before

    def _choose(self, place: int, ref: Ref, line: _Line, kept: set[Ref] | None = None) -> str:
        """A name for a result: its output's, its binding's, `x`, or its layer's, whichever is free first."""
        if len(line.results) > 1 and ref not in self.last:
            return self._hold("_", ref)
        binding = identifier(line.binding.rpartition(".")[2]) if line.binding else ""
        label = identifier(line.label)
        if len(line.results) > 1:
            binding = ""
        if binding in self.outputs.values():
            binding = "x"  # the name is for what is given back, not for what leads there
        if line.part:
            binding = label
        wishes = [name for name in (self.outputs.get(ref, ""), binding or "x", label) if name]
        for wish in wishes:
            if self._free(wish, place, kept):
                return self._hold(wish, ref)
        number = 2
        while not self._free(f"{wishes[-1].rstrip('_')}_{number}", place, kept):
            number += 1
        return self._hold(f"{wishes[-1].rstrip('_')}_{number}", ref)

    def _hold(self, name: str, ref: Ref) -> str:
        self.names[ref] = name
        self.holders[name] = ref
        return name

    def _free(self, name: str, place: int, kept: set[Ref] | None) -> bool:
        if name in self.reserved:
            return False
        holder = self.holders.get(name)
        if holder is None:
            return True
        last = self.last.get(holder, -1)
        return last < place or (last == place and not (kept and holder in kept))
