"""The text of a class from its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dlspec.backends.python.body import ModuleBody
from dlspec.backends.python.docs import docstring
from dlspec.backends.python.layout import INDENT, WIDTH, rendered
from dlspec.backends.python.template import Template
from dlspec.ir.program import INPUT, Module, Ref
from dlspec.tensor import Dim


@dataclass(frozen=True, slots=True)
class Style:
    """How a class of a framework looks."""

    bases: Mapping[str, str]
    """What a model and a block are."""
    method: str
    """The method that computes."""
    collector: str
    """The type of what collects the penalties on outputs."""


LETTERS = {1: "F", 2: "CL", 3: "CHW", 4: "CDHW"}
"""What sizes that differ are called, by the number of dimensions."""


def class_text(
    style: Style, name: str, template: Template, members: Sequence[ModuleBody], output: str, note: str
) -> str:
    """The source of the class of these modules."""
    first = members[0]
    lines = [f"class {name}({style.bases[first.module.kind]}):", *docstring(_about(first.module, note), 1), ""]
    lines += [f"{INDENT}{buffer}: Tensor" for buffer in first.buffers]
    lines += [""] if first.buffers else []
    if template.init:
        given = ["self", *(f"{each.name}: {each.annotation}" for each in template.parameters)]
        lines += [*_signature("__init__", given, "None"), f"{INDENT * 2}super().__init__()"]
        lines += [line for statement in template.init for line in rendered(statement, 2)]
        lines.append("")
    given = ["self", *(f"{each}: Tensor" for each in first.inputs)]
    if first.takes_draws:
        given.append("draws: Mapping[str, Tensor] | None = None")
    if first.takes_activity:
        given.append(f"activity: {style.collector} | None = None")
    lines += _signature(style.method, given, result_type(first.module, output))
    lines += docstring(_Shapes(template, members).text(), 2)
    lines += [line for statement in template.forward for line in rendered(statement, 2)]
    return "\n".join(lines) + "\n"


def output_text(output: str, body: ModuleBody) -> str:
    """The source of the tuple of a model's several outputs."""
    fields = [f"{INDENT}{name}: Tensor" for name in body.fields]
    about = docstring(f"What `{body.module.declaration}` gives.", 1)
    return "\n".join([f"class {output}(NamedTuple):", *about, "", *fields]) + "\n"


def result_type(module: Module, output: str) -> str:
    """The annotation of what the method returns."""
    count = len(module.outputs)
    if count == 1:
        return "Tensor"
    return output if module.kind == "model" else f"tuple[{', '.join(['Tensor'] * count)}]"


def _about(module: Module, note: str) -> str:
    about = module.doc.strip() or f"The {module.kind} `{module.declaration}`."
    return f"{about}\n\n{note}" if note else about


def _signature(name: str, given: list[str], result: str) -> list[str]:
    line = f"{INDENT}def {name}({', '.join(given)}) -> {result}:"
    if len(line) <= WIDTH:
        return [line]
    inner = f"{INDENT * 2}{', '.join(given)}"
    if len(inner) <= WIDTH:
        return [f"{INDENT}def {name}(", inner, f"{INDENT}) -> {result}:"]
    return [f"{INDENT}def {name}(", *(f"{INDENT * 2}{each}," for each in given), f"{INDENT}) -> {result}:"]


class _Shapes:
    """Shapes of inputs and results for the docstring; sizes that differ have an argument's name, or a letter."""

    def __init__(self, template: Template, members: Sequence[ModuleBody]) -> None:
        self.template = template
        self.members = members
        self.letters: dict[tuple[Dim, ...], str] = {}

    def text(self) -> str:
        module = self.members[0].module
        inputs = [f"{name} {self._shape((INPUT, place))}" for place, name in enumerate(self.members[0].inputs)]
        outputs = [self._shape(None, place) for place in range(len(module.outputs))]
        if module.kind == "model":
            outputs = [f"{name} {shape}" for name, shape in zip(self.members[0].fields, outputs, strict=True)]
        return f"{', '.join(inputs) or 'nothing'} -> {', '.join(outputs)}."

    def _shape(self, ref: Ref | None, output: int = 0) -> str:
        """The shape of an input, or of an output."""
        refs = [ref or member.module.outputs[output].ref for member in self.members]
        types = [member.module.type_of(each) for member, each in zip(self.members, refs, strict=True)]
        last = self.members[0].channels_last(refs[0])
        if len({each.rank for each in types}) > 1:
            return "[N, ...]" if types[0].batched else "[...]"
        columns = zip(*(each.shape for each in types), strict=True)
        sizes = [self._size(column, place, types[0].rank, last) for place, column in enumerate(columns)]
        return f"[{', '.join(['N', *sizes] if types[0].batched else sizes)}]"

    def _size(self, column: tuple[Dim, ...], place: int, rank: int, last: bool) -> str:
        if len(set(column)) == 1:
            return str(column[0])
        for parameter in self.template.parameters:
            if parameter.values == column:
                return parameter.name
            factor = _multiple(parameter.values, column)
            if factor:
                return f"{factor} * {parameter.name}"
            factor = _multiple(column, parameter.values)
            if factor:
                return f"{parameter.name} // {factor}"
        if column not in self.letters:
            letters = LETTERS.get(rank, "D" * rank)
            letter = (letters[1:] + letters[0] if last else letters)[place]
            used = sum(each[0] == letter for each in self.letters.values())
            self.letters[column] = f"{letter}{used + 1}" if used else letter
        return self.letters[column]


def _multiple(values: tuple[object, ...], column: tuple[object, ...]) -> int | None:
    if not all(type(each) is int and each > 0 for each in (*values, *column)):
        return None
    factors = {b / a for a, b in zip(values, column, strict=True)}  # type: ignore[operator]
    factor = factors.pop()
    return int(factor) if not factors and factor == int(factor) and factor > 1 else None
