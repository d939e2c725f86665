"""Arguments for entries of the catalogue, drawn from what their parameters declare, and how a spec writes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from dlspec.catalog.base import Entry, ParameterInfo, Types, parameters
from dlspec.catalog.index import find, names
from dlspec.catalog.initializers import Given
from dlspec.tensor import Shape, Sym
from tests.property.fitting import least

OFTEN = 0.3
"""How often a parameter that has a default gets another value."""

WHOLE: dict[str, tuple[int, ...]] = {
    "size": (1, 2, 3, 4, 5, 6, 8), "channels": (1, 2, 3, 4, 6), "kernel": (1, 2, 3), "stride": (1, 2, 3),
    "padding": (0, 1, 2), "dilation": (1, 2), "output_padding": (0, 1), "groups": (1, 2, 3, 4), "multiplier": (1, 2),
    "heads": (1, 2, 3, 4), "kv_heads": (1, 2), "factor": (2, 3), "pieces": (2, 3), "n": (2, 3, 5, 9, 12),
    "k": (1, 2, 3), "padding_index": (0, 1), "steps": (1, 2, 3, 5), "epochs": (1, 2), "growth": (1, 2, 3),
}  # fmt: skip
"""Whole numbers to try, by the parameter's name."""

REAL: dict[str, tuple[float, ...]] = {
    "p": (1.0, 1.5, 2.0, 3.0), "eps": (1e-5, 1e-3, 0.01), "base": (10.0, 100.0, 10000.0), "momentum": (0.1, 0.5, 0.9),
    "temperature": (0.5, 1.0, 2.0), "alpha": (0.1, 0.5, 1.0, 1.5), "beta": (0.5, 0.75, 1.0, 2.0),
    "std": (0.05, 0.2, 1.0), "lr": (1e-3, 0.01, 0.05), "weight_decay": (1e-3, 0.02), "beta1": (0.5, 0.9),
    "beta2": (0.9, 0.99), "rho": (0.8, 0.95), "rate": (1e-3, 0.02, 0.3), "l1": (1e-3, 0.02), "l2": (1e-3, 0.02),
    "label_smoothing": (0.05, 0.2), "gamma": (1.0, 1.5, 2.0, 3.0), "q": (0.1, 0.5, 0.8), "low": (-0.5, 0.0),
    "high": (0.5, 1.0), "scale": (0.5, 2.0), "slope": (0.01, 0.2), "smooth": (0.5, 1.0), "limit": (0.5, 1.0, 2.0),
}  # fmt: skip
"""Numbers to try, by the parameter's name."""

Arguments = dict[str, Any]


class Option(NamedTuple):
    """A parameter of an entry that has a default, or one of the choices that it takes."""

    entry: str
    parameter: str
    choice: str | None = None

    def __str__(self) -> str:
        """`conv.padding=same`."""
        return f"{self.entry}.{self.parameter}" + (f"={self.choice}" if self.choice else "")


class Drawer:
    """Draws arguments. `wanted` is an option that is drawn wherever it can be."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.wanted: Option | None = None

    def arguments(self, cls: type[Entry], inputs: Types = ()) -> Arguments:
        """Arguments for a layer on these inputs; they need not fit."""
        special = JOINT.get(cls.entry) if cls.kind == "layer" else None
        found: Arguments = special(self.random, inputs) if special else {}
        for info in parameters(cls):
            if info.name in found or info.name in SETTLED.get(cls.entry if special else "", ()):
                continue
            wanted = self.wanted
            if wanted is not None and (wanted.entry, wanted.parameter) == (cls.entry, info.name):
                value = self._other(info, inputs, wanted)
            elif not info.required and info.name != "monitor" and self.random.random() >= OFTEN:
                continue
            else:
                value = self.value(info, inputs)
            if value is not None:
                found[info.name] = value
        return found

    def _other(self, info: ParameterInfo, inputs: Types, wanted: Option) -> Any:
        """The choice that is wanted, or a value that is neither a choice nor the default."""
        drawn = (self.value(info, inputs) for _ in range(8))
        return wanted.choice or next((v for v in drawn if v != info.default and v not in info.choices), None)

    def entry(self, kind: str, inputs: Types = ()) -> Entry:
        """An entry of a kind with arguments that go together."""
        while True:
            cls = find(kind, self.random.choice(names(kind)))
            assert cls is not None
            made = built(cls, self.arguments(cls, inputs))
            if made is not None:
                return made

    def value(self, info: ParameterInfo, inputs: Types) -> Any:
        """A value of one of the types that the parameter takes; None where none is known."""
        choices = [each for each in alternatives(info.annotation) if each is not Sym]
        if not choices:
            return None
        return self._of(self.random.choice(choices), info.name, inputs)

    def _of(self, alternative: Any, name: str, inputs: Types) -> Any:
        random, rank = self.random, inputs[0].rank if inputs else 1
        if get_origin(alternative) is Literal:
            return random.choice(get_args(alternative))
        if get_origin(alternative) is tuple:
            inner = [each for each in alternatives(get_args(alternative)[0]) if each is not Sym]
            if not inner:
                return None
            count = random.choice((max(rank - 1, 1), max(rank - 1, 1), rank or 1, 1))
            if name == "axis":
                return tuple(random.sample(range(-rank, 0), min(count, rank))) if rank else None
            return tuple(self._of(inner[0], name, inputs) for _ in range(count))
        if alternative is bool:
            return random.random() < 0.5
        if alternative is int:
            if name == "axis":
                return random.randrange(-rank, rank) if rank else 0
            return random.choice(WHOLE.get(name, (1, 2, 3, 4)))
        if alternative is str:
            # The random trainings have no validation part, which is the usual figure's.
            return "train.loss" if name == "monitor" else None
        if alternative is float:
            return random.choice(REAL.get(name, (0.1, 0.25, 0.5, 0.7, 1.5, 2.0)))
        if isinstance(alternative, type) and issubclass(alternative, Entry):
            return self.entry(alternative.kind, inputs)
        return None


def alternatives(annotation: Any) -> list[Any]:
    """The types of which a parameter takes one; None, which is the usual default, is left out."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return alternatives(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [each for part in get_args(annotation) for each in alternatives(part)]
    return [] if annotation in (type(None), None, Any) else [annotation]


def built(cls: type[Entry], arguments: Arguments) -> Any:
    """The entry, or None where the arguments are not right."""
    try:
        made = cls.model_validate(arguments)
        made.check()
    except ValueError:
        return None
    return made


# ---------------------------------------------------------------- layers whose arguments depend on each other


def _axis(random: Random, inputs: Types, more: int = 0) -> int:
    rank = inputs[0].rank + more if inputs else 1
    return random.randrange(-rank, rank) if rank else 0


def _size(inputs: Types, axis: int) -> int:
    """The size of a dimension, at least."""
    shape = inputs[0].shape if inputs else ()
    return least(shape[axis]) if shape else 1


def _divisor(random: Random, size: int) -> int:
    return random.choice([each for each in range(1, size + 1) if size % each == 0])


def _reshape(random: Random, inputs: Types) -> Arguments:
    shape = list(inputs[0].shape) if inputs else [4]
    for _ in range(random.randint(1, 2)):
        place = random.randrange(len(shape)) if shape else 0
        how = random.randrange(4)
        if how == 0 and len(shape) > 1 and place + 1 < len(shape):
            shape[place : place + 2] = [shape[place] * shape[place + 1]]
        elif how == 1 and shape and isinstance(shape[place], int):
            part = _divisor(random, shape[place])  # type: ignore[arg-type]
            shape[place : place + 1] = [part, shape[place] // part]
        elif how == 2:
            shape.insert(place, 1)
        elif shape:
            shape.append(shape.pop(place))
    symbolic = [place for place, size in enumerate(shape) if isinstance(size, Sym)]
    if symbolic or (shape and random.random() < 0.4):
        shape[symbolic[0] if symbolic else random.randrange(len(shape))] = -1
    return {"shape": tuple(shape) or (1,)}


def _expand(random: Random, inputs: Types) -> Arguments:
    shape: Shape = inputs[0].shape if inputs else (1,)
    found = tuple(random.choice((2, 3)) if size == 1 else -1 for size in shape)
    return {"shape": ((random.choice((1, 2)), *found) if not found or random.random() < 0.4 else found)}


def _transpose(random: Random, inputs: Types) -> Arguments:
    rank = inputs[0].rank if inputs else 2
    axes = random.sample(range(rank), rank)
    if random.random() < 0.3:
        return {}
    return {"axes": tuple(axis - rank if random.random() < 0.3 else axis for axis in axes)}


def _split(random: Random, inputs: Types) -> Arguments:
    axis = _axis(random, inputs)
    size = _size(inputs, axis)
    if size > 1 and random.random() < 0.5:
        cut = random.randrange(1, size)
        return {"parts": (cut, size - cut), "axis": axis}
    parts = [each for each in range(1, min(size, 4) + 1) if size % each == 0]
    return {"parts": parts[-1], "axis": axis}


def _roll(random: Random, inputs: Types) -> Arguments:
    rank = inputs[0].rank if inputs else 1
    if rank > 1 and random.random() < 0.3:
        axes = random.sample(range(rank), 2)
        return {"shift": tuple(random.randint(-3, 3) for _ in axes), "axis": tuple(axes)}
    return {"shift": random.randint(-4, 4)} | ({"axis": _axis(random, inputs)} if rank != 1 else {})


def _flip(random: Random, inputs: Types) -> Arguments:
    rank = inputs[0].rank if inputs else 1
    if rank == 1 and random.random() < 0.5:
        return {}
    return {
        "axis": tuple(random.sample(range(rank), 2)) if rank > 1 and random.random() < 0.3 else _axis(random, inputs)
    }


def _gather(random: Random, inputs: Types) -> Arguments:
    axis = _axis(random, inputs)
    if len(inputs) == 2:
        return {"axis": axis}
    size = _size(inputs, axis)
    if random.random() < 0.5:
        return {"index": random.randrange(-size, size), "axis": axis}
    return {"index": tuple(random.randrange(-size, size) for _ in range(random.randint(1, 3))), "axis": axis}


def _edges(random: Random, inputs: Types) -> Arguments:
    rank = inputs[0].rank if inputs else 1
    if random.random() < 0.4:
        return {"amount": random.randint(0, 2)}
    count = rank if rank == 1 or random.random() < 0.4 else rank - 1

    def amount() -> int | tuple[int, int]:
        return random.randint(0, 2) if random.random() < 0.3 else (random.randint(0, 2), random.randint(0, 2))

    return {"amount": tuple(amount() for _ in range(count))}


def _clamp(random: Random, inputs: Types) -> Arguments:
    low, high = random.choice((-1.0, -0.5, 0.0)), random.choice((0.3, 1.0))
    return random.choice(({"min": low}, {"max": high}, {"min": low, "max": high}))


def _shape(random: Random, inputs: Types) -> Arguments:
    return {"shape": tuple(random.randint(1, 5) for _ in range(random.randint(0, 3)))}


def _constant(random: Random, inputs: Types) -> Arguments:
    def values(shape: Sequence[int]) -> Any:
        if shape:
            return tuple(values(shape[1:]) for _ in range(shape[0]))
        return round(random.uniform(-2, 2), 2)

    return {"values": values([random.randint(1, 4) for _ in range(random.randint(0, 2))])}


def _groups(random: Random, inputs: Types) -> Arguments:
    return {"groups": _divisor(random, _size(inputs, 0))} if inputs and inputs[0].rank else {}


def _unsqueeze(random: Random, inputs: Types) -> Arguments:
    return {"axis": _axis(random, inputs, 1)}


def _stack(random: Random, inputs: Types) -> Arguments:
    return {"axis": _axis(random, inputs, 1)} if not inputs or inputs[0].rank > 1 or random.random() < 0.5 else {}


def _concat(random: Random, inputs: Types) -> Arguments:
    return {"axis": _axis(random, inputs)} if not inputs or inputs[0].rank > 1 or random.random() < 0.5 else {}


JOINT: dict[str, Callable[[Random, Types], Arguments]] = {
    "reshape": _reshape, "expand": _expand, "transpose": _transpose, "split": _split, "roll": _roll, "flip": _flip,
    "gather": _gather, "pad": _edges, "crop": _edges, "clamp": _clamp, "parameter": _shape, "random_normal": _shape,
    "random_uniform": _shape, "constant": _constant, "group_norm": _groups, "channel_shuffle": _groups,
    "unsqueeze": _unsqueeze, "stack": _stack, "concat": _concat,
}  # fmt: skip
SETTLED: dict[str, tuple[str, ...]] = {
    "transpose": ("axes",), "roll": ("axis",), "flip": ("axis",), "gather": ("index",), "clamp": ("min", "max"),
    "stack": ("axis",), "concat": ("axis",),
}  # fmt: skip
"""What a joint draw has decided, also where it leaves it out."""


# ---------------------------------------------------------------- text


def written(value: Any, random: Random) -> str:
    """A value as a spec writes it."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Given):
        return written(value.values, random)
    if isinstance(value, Entry):
        return call(type(value), entry_arguments(value), random)
    if isinstance(value, tuple):
        whole = len(value) > 1 and all(type(each) is int and each > 0 for each in value)
        if whole and random.random() < 0.5:
            return "x".join(map(str, value))
        return f"[{', '.join(written(each, random) for each in value)}]"
    if isinstance(value, float) and value == int(value) and random.random() < 0.5:
        return str(int(value))
    return str(value)


def entry_arguments(entry: Entry) -> Arguments:
    """The arguments of an entry that are not defaults."""
    found = {info.name: getattr(entry, info.attribute) for info in parameters(type(entry))}
    return {
        info.name: found[info.name]
        for info in parameters(type(entry))
        if info.required or found[info.name] != info.default
    }


def call(cls: type[Entry], arguments: Arguments, random: Random, more: Sequence[str] = ()) -> str:
    """`conv(4, 3x3, padding=same)`; `more` are further keywords, as text."""
    parts: list[str] = []
    positional = True
    for info in parameters(cls):
        if info.name not in arguments:
            positional = False
            continue
        value = arguments[info.name]
        if info.variadic and positional and isinstance(value, tuple):
            flat = all(not isinstance(each, tuple) for each in value)
            spread = flat and value and random.random() < 0.7
            parts += [written(each, random) for each in value] if spread else [bracketed(value, random)]
            positional = False
        else:
            text = bracketed(value, random) if info.name in LISTS else written(value, random)
            keyword = not positional or (not info.required and random.random() < 0.7)
            positional = positional and not keyword
            parts.append(f"{info.name}={text}" if keyword else text)
    parts += more
    return f"{cls.entry}({', '.join(parts)})" if parts else cls.entry


LISTS = ("shape", "parts", "index", "values", "amount", "shift", "axis", "axes")
"""Parameters whose several numbers are no size."""


def bracketed(value: Any, random: Random) -> str:
    """A list in brackets, never as `2x3`."""
    if isinstance(value, tuple):
        return f"[{', '.join(bracketed(each, random) for each in value)}]"
    return repr(value) if isinstance(value, float) and math.isfinite(value) else written(value, random)
