"""What a set of specs has shown: how often each layer, each of its options and each form of the language."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from functools import cache
from typing import Literal, get_args, get_origin

from dlspec.catalog.base import Entry, Layer, ParameterInfo, parameters
from dlspec.catalog.index import find, names
from dlspec.catalog.initializers import Zeros
from dlspec.ir.program import Program
from tests.property.arguments import Option, alternatives, built

FORMS = (
    "block", "model as a layer", "* n", "sharing", "tuple", "slice", "symbolic size", "several inputs",
    "several outputs", "keyword input", "parameter with a default", "choice at compile time", "comprehension",
    "training",
)  # fmt: skip
"""Forms of the language that a report counts."""

LEAST = 10

UNSEEN = ("and", "or", "not", "not_equal", "less_equal", "greater_equal")
"""Operators of conditions, which stand in data blocks alone."""


def options(entry: Entry) -> list[Option]:
    """The arguments that are not defaults, and which choices they make."""
    found = []
    for info in parameters(type(entry)):
        value = getattr(entry, info.attribute)
        if info.required or value != info.default:
            found.append(option(entry.entry, info, value))
    return found


def nested(entry: Entry) -> list[Entry]:
    """The entries among the arguments."""
    values = (getattr(entry, info.attribute) for info in parameters(type(entry)))
    return [value for value in values if isinstance(value, Entry)]


def option(entry: str, info: ParameterInfo, value: object) -> Option:
    """The option that a value of a parameter is."""
    return Option(entry, info.name, value if isinstance(value, str) and value in info.choices else None)


@cache
def all_options(kind: str) -> tuple[Option, ...]:
    """Every option of every entry of a kind."""
    found: list[Option] = []
    for name in names(kind):
        cls = find(kind, name)
        assert cls is not None
        own: list[Option] = []
        for info in parameters(cls):
            known = alternatives(info.annotation)
            choices = [value for each in known if get_origin(each) is Literal for value in get_args(each)]
            own += [option(name, info, value) for value in choices if value != info.default]
            own += [option(name, info, None)] if any(get_origin(each) is not Literal for each in known) else []
        found += [each for each in own if each not in refused(cls)]
    return tuple(found)


def refused(cls: type[Entry]) -> set[Option]:
    """Options that a family shares and this entry takes in no way, such as the initial bias of what has none."""
    found = set()
    for name, value in (("bias_init", Zeros()), ("padding", "causal")):
        known = {info.name: info for info in parameters(cls)}
        required = {each: 1 for each, info in known.items() if info.required}
        if name in known and built(cls, {**required, name: value}) is None:
            found.add(option(cls.entry, known[name], value))
    return found


def counted(text: str, program: Program) -> Counter[str]:
    """What a spec shows, each thing once."""
    found: set[str] = set()
    for module in program.modules:
        uses = Counter(node.unit for node in module.nodes)
        for place, unit in enumerate(module.units):
            if isinstance(unit.layer, Layer):
                found |= {f"{unit.layer.kind} {unit.layer.entry}", *(f"option {each}" for each in options(unit.layer))}
                found |= {f"{each.kind} {each.entry}" for each in nested(unit.layer)}
                if unit.layer.entry == "slice":
                    found.add("form slice")
            if unit.shares is not None or uses[place] > 1:
                found.add("form sharing")
            if unit.module is not None:
                found.add("form block" if program.module(unit.module).kind == "block" else "form model as a layer")
        for node in module.nodes:
            found |= {"form tuple"} if len(node.outputs) > 1 else set()
            found |= {"form symbolic size"} if any(type.symbols for type in node.outputs) else set()
            found |= {"form keyword input"} if node.keywords else set()
        if module.kind == "model":
            found |= {"form several inputs"} if len(module.inputs) > 1 else set()
            found |= {"form several outputs"} if len(module.outputs) > 1 else set()
    forms = {
        "* n": r"[\w)] \* \d+$", "parameter with a default": r"^(block|model) \w+\(.*=",
        "comprehension": r"\bfor \w+ in ", "choice at compile time": r" if .* else ",
    }  # fmt: skip
    found |= {f"form {name}" for name, pattern in forms.items() if re.search(pattern, text, re.MULTILINE)}
    for train in program.trains:
        for step in train.steps:
            found |= {f"loss {term.loss.entry}" for term in step.losses if term.loss is not None}
            found |= {f"optimizer {use.entry.entry}" for use in step.optimizers}
            found |= {f"schedule {phase.entry}" for phase in step.schedule}
            found |= {f"penalty {use.entry.entry}" for use in step.penalties}
            found |= {f"constraint {use.entry.entry}" for use in getattr(step, "constraints", ())}
        found.add("form training")
    return Counter(found)


def wanted() -> dict[str, int]:
    """What a long run must show, and how often: each layer and form, each option and setting at least once."""
    found = {f"layer {name}": LEAST for name in names("layer")}
    found |= {f"operator {name}": LEAST for name in names("operator") if name not in UNSEEN}
    found |= {f"form {name}": LEAST for name in FORMS}
    found |= {f"option {each}": 1 for each in all_options("layer")}
    kinds = ("loss", "optimizer", "schedule", "penalty", "constraint", "initializer")
    return found | {f"{kind} {name}": 1 for kind in kinds for name in names(kind)}


def uncovered(coverage: Counter[str]) -> list[str]:
    """What was shown too seldom."""
    return [
        f"{name}: {coverage[name]} of {least}" for name, least in sorted(wanted().items()) if coverage[name] < least
    ]


def report(coverage: Counter[str]) -> str:
    """A table: for each kind the rarest, and then all of it."""
    kinds: dict[str, list[tuple[int, str]]] = {}
    for name in sorted({*wanted(), *coverage}):
        kind, _, rest = name.partition(" ")
        kinds.setdefault(kind, []).append((coverage[name], rest))
    lines = []
    for kind, rows in kinds.items():
        least, rarest = min(rows)
        lines.append(f"{kind}: {len(rows)}, the rarest {rarest} ({least})")
        text = ", ".join(f"{name} {count}" for count, name in sorted(rows))
        lines.append(textwrap.fill(text, 118, initial_indent="  ", subsequent_indent="  "))
    return "\n".join(lines)
