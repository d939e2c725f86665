"""A short use of each entry of the catalogue, from its samples, and the whole spec around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from math import prod

from dlspec.catalog.base import Entry, Initializer, Layer, Loss, Metric, Sample
from dlspec.catalog.index import family_of
from dlspec.cli.spelling import call_text
from dlspec.tensor import Dim, TensorType

DIGITS = """\
data digits {
  source builtin("digits")
  image = column("pixel_*") -> reshape(1, 8, 8) -> rescale(1/16)
  label = column("digit") -> category(10)
  split train=0.8, validation=0.2
}
"""
NET = """\
model net {
  input image: float[1, 8, 8]
  output logits = image -> flatten -> dense(10)
}
"""


@dataclass(frozen=True)
class Example:
    """What is shown, and a whole spec with it."""

    shown: str
    spec: str


def example(entry: type[Entry]) -> Example | None:
    """An example of an entry; None where its family has none."""
    samples = import_module(f"dlspec.catalog.samples.{family_of(entry.kind, entry.entry)}")
    written: dict[str, str] = getattr(samples, "EXAMPLES", {})
    if entry.entry in written:
        return _around(entry, written[entry.entry])
    makers: dict[str, Callable[[type[Entry], Sample], str | None]] = {
        "layer": _model,
        "initializer": _weight,
        "loss": _loss,
        "metric": _metric,
        **dict.fromkeys(("optimizer", "schedule", "penalty", "constraint"), _line),
    }
    make = makers.get(entry.kind)
    found: Iterable[Sample] = samples.SAMPLES.get(entry.entry, ()) if make else ()
    texts = (make(entry, sample) for sample in sorted(found, key=_plainness) if make)
    text = next((text for text in texts if text is not None), None)
    return None if text is None else _around(entry, text)


def _plainness(sample: Sample) -> tuple[bool, bool]:
    """Samples that say something come first, before them those whose sizes are all known."""
    symbolic = any(type.symbols for type in sample.inputs)
    return symbolic, not sample.arguments


def _around(entry: type[Entry], text: str) -> Example:
    """The example, and what a whole spec needs beside it."""
    before, separator, inside = text.partition(IN_TRAIN)
    if before.startswith("tune "):
        return Example(text, f"{DIGITS}{NET}{_train(())}\n{text}")
    if before.startswith(("model ", "block ", "data ")):
        return Example(text, f"{DIGITS}{before}{_train(inside.splitlines())}" if separator else before)
    return Example(text, f"{DIGITS}{NET}{_train(text.splitlines())}")


def _train(lines: Iterable[str]) -> str:
    """A training with these settings, and those that it cannot do without."""
    given = [line.strip() for line in lines if line.strip()]
    words = {line.split()[0] for line in given}
    usual = [
        line for line in ("loss cross_entropy", "optimizer sgd(lr=0.1)", "epochs 5") if line.split()[0] not in words
    ]
    return "train net on digits {\n  " + "\n  ".join([*usual, *given]) + "\n}\n"


IN_TRAIN = "# in `train`\n"
"""Stands between the model of an example and the settings of its training."""


# ---------------------------------------------------------------- by kind


def _made(entry: type[Entry], sample: Sample) -> str:
    return call_text(entry.model_validate(sample.arguments))


def _line(entry: type[Entry], sample: Sample) -> str:
    return f"{entry.kind} {_made(entry, sample)}"


def _model(entry: type[Entry], sample: Sample) -> str | None:
    """A model of that layer alone."""
    layer = entry.model_validate(sample.arguments)
    assert isinstance(layer, Layer)
    if not all(type.batched and _writable(type.shape) for type in sample.inputs):
        return None
    names = _names(layer, len(sample.inputs))
    results = layer.infer(*sample.inputs)
    inputs = [f"{name}: {type}" for name, type in zip(names, sample.inputs, strict=True)]
    flow = f"{_data(names)} -> {call_text(layer)}"
    if not layer.inputs or not names:  # what has no input stands by itself, beside one for the batch
        inputs, flow = inputs or ["x: float[]"], call_text(layer)
    if isinstance(results, TensorType):
        return _model_text(inputs, [f"output y = {flow}"])
    made = [f"y{place}" for place in range(len(results))]
    return _model_text(inputs, [f"{', '.join(made)} = {flow}", *(f"output {name}" for name in made)])


def _names(layer: Layer, count: int) -> list[str]:
    if count == 1:
        return ["x"]
    known = [*layer.inputs, *layer.optional]
    return known[:count] if not layer.many and len(known) >= count else [f"x{place}" for place in range(count)]


def _data(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def _writable(shape: Iterable[Dim]) -> bool:
    """Whether the sizes can be written in an input's type: those learned from data cannot."""
    return not any("." in str(size) for size in shape)


def _model_text(inputs: list[str], lines: list[str]) -> str:
    return "\n  ".join(["model net {", f"input {', '.join(inputs)}", *lines]) + "\n}\n"


def _weight(entry: type[Entry], sample: Sample) -> str:
    init = entry.model_validate(sample.arguments)
    assert isinstance(init, Initializer)
    return _model_text(["x: float[16]"], [f"output y = x -> dense(32, init={call_text(init)})"])


def _loss(entry: type[Entry], sample: Sample) -> str | None:
    loss = entry.model_validate(sample.arguments)
    assert isinstance(loss, Loss)
    return _compared(loss.inputs, sample.inputs, f"loss {_data(list(loss.inputs))} -> {call_text(loss)}")


def _metric(entry: type[Entry], sample: Sample) -> str | None:
    metric = entry.model_validate(sample.arguments)
    assert isinstance(metric, Metric)
    line = f"metrics {metric.entry}_of_both = {_data(list(metric.inputs))} -> {call_text(metric)}"
    return _compared(metric.inputs, sample.inputs, f"loss (fit, 0) -> mse\n{line}", "output fit = h -> dense(1)")


def _compared(names: Iterable[str], types: tuple[TensorType, ...], line: str, *more: str) -> str | None:
    """A model that gives tensors of these types, and the line of its training that takes them."""
    if any(type.element == "string" or not type.batched or type.symbols for type in types):
        return None
    outputs = [
        f"output {name} = h{flow}" for name, type in zip(names, types, strict=True) for flow in _of_type(type, types[0])
    ]
    lines = ["h = image -> flatten -> dense(16) -> relu", *outputs, *more]
    return _model_text(["image: float[1, 8, 8]"], lines) + IN_TRAIN + line + "\n"


def _of_type(type: TensorType, prediction: TensorType) -> Iterator[str]:
    """The layers that make such a tensor of a vector."""
    shape = [int(size) for size in type.shape if isinstance(size, int)]
    sizes = shape if type.element == "float" else [*shape, _kinds(type, prediction)]
    flow = f" -> dense({prod(sizes)})" + (f" -> reshape({', '.join(map(str, sizes))})" if len(sizes) != 1 else "")
    if type.element == "float":
        yield flow if sizes else " -> dense(1) -> squeeze(0)"
    else:
        yield f"{flow} -> argmax" + (" -> cast(bool)" if type.element == "bool" else "")


def _kinds(type: TensorType, prediction: TensorType) -> int:
    """How many classes a target beside such a prediction counts."""
    if isinstance(type.kinds, int):
        return type.kinds
    fitting = [prediction.shape[0]] if prediction.rank > 1 and type.shape == prediction.shape[1:] else []
    fitting += [prediction.shape[-1]] if prediction.rank > type.rank else []
    return next((size for size in fitting if isinstance(size, int) and size > 1), 2)
