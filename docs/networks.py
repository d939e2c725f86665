"""`docs/networks.md`: what the bundled library holds, from its files, beside what is published of it.

`python -m docs.networks` writes the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from dlspec.diagnostics.span import SourceFile
from dlspec.ir.files import LIBRARY
from dlspec.ir.summary import ModelSummary, summarize
from dlspec.pipeline import checked, resolve
from dlspec.syntax import ast
from dlspec.syntax.parser import parse
from dlspec.syntax.source import read_source
from dlspec.tensor import Dim
from tests.unit.library.published import MACS, PUBLISHED

PAGE = Path(__file__).parent / "networks.md"

HEAD = """# Networks

The bundled library is called `std`. It is written in `.dl`, and its names are imported as those of any other file are,
from any folder:

```dl
from std.vision import resnet18

model kinds {
  input image: float[3, 64, 64]
  output logits = image -> resnet18(width=16, classes=4, size=64)
}
```

Every model has the size of its paper where nothing is said, and parameters that shrink it for small data. This page is
made of the library's own files by `make networks`.
"""

COUNTS = """## Parameters

Weights in full size, without running statistics, as `dlspec summary` counts them. Where there is a published figure, it
is the same to the last digit.
"""

COSTS = """## Multiply-adds

For one example in full size, as `dlspec summary` counts them: products of convolutions, of dense layers and of
attention. The published figures are those that torchvision states for its weights; a picture of another size than
there is left out. The tests hold them within 1 %, and count some of the networks, written by hand in PyTorch, with
PyTorch's own counter, to the last digit.
"""

EQUAL = """## Shown to be equal

With the same random weights and running statistics, outputs are those of other people's networks. They are calculated
in float64, because deep random networks enlarge what float32 rounds.

- Of keras.applications, within `1e-5 + 1e-4 * abs(b)`: VGG-16, Inception v3, DenseNet-121, MobileNetV2 (width 0.35),
  MobileNetV3 large, and small (width 0.75), EfficientNet-B0 and B2, ConvNeXt-T. Their trainable weights are as many as
  here, and so are those of VGG-19, DenseNet-169 and 201 and EfficientNet-B1; Keras leaves the 17,216 scales out of
  Inception v3's normalisations.
- Of networks written by hand in PyTorch, within `1e-9 + 1e-9 * abs(b)`: LeNet-5, AlexNet, GoogLeNet, ResNet-18, 34
  and 50, ResNeXt-50, Wide ResNet-50, U-Net, the DCGAN's generator, ViT-B and ViT-Ti, Swin, BERT, GPT-2, Llama, and the
  transformer of two texts.

Rotary positions turn neighbouring numbers, as the paper has it; weights in the order of Hugging Face, which turns the
first half of a head against the second, have to be put in that order.
"""


def page() -> str:
    """The text of the page."""
    return "\n".join([HEAD, *map(_module, modules()), _counts(), _costs(), EQUAL])


def modules() -> list[Path]:
    """The files that are imported by their names."""
    return sorted(LIBRARY.glob("*.dl"))


@cache
def models() -> dict[str, str]:
    """Each model of the library, and the module that it is imported from."""
    return {model.name.id: path.stem for path in modules() for model in _declared(path) if isinstance(model, ast.Model)}


@cache
def full_size(name: str) -> ModelSummary:
    """The summary of a model of the library with its parameters as they are."""
    source = SourceFile("spec.dl", f"from std.{models()[name]} import {name}\n")
    return summarize(checked(resolve(Path(source.path), source=source)).program, name)


def _declared(path: Path) -> Iterator[ast.Block | ast.Model]:
    """Blocks and models that a file declares or has from files beside it, in its order."""
    for _, found in _parts(path):
        yield from found


def _parts(path: Path) -> Iterator[tuple[str, list[ast.Block | ast.Model]]]:
    """What a file has from each file beside it, with that file's comment; then what it declares itself."""
    declarations = _tree(path).declarations
    for each in declarations:
        if isinstance(each, ast.Import) and not each.bundled:
            inner = path.parent / each.path
            found = {declared.name.id: declared for declared in _declared(inner)}
            yield _tree(inner).doc, [found[name.name] for name in each.names]
    yield "", [each for each in declarations if isinstance(each, ast.Block | ast.Model)]


def _tree(path: Path) -> ast.File:
    return parse(read_source(path, path.name))[0]


def _module(path: Path) -> str:
    """A module: what it is, and its blocks or models with their comments and parameters."""
    kind: type[ast.Block | ast.Model] = ast.Block if path.stem == "layers" else ast.Model
    text = [f"## std.{path.stem}", _line(_tree(path).doc)]
    for doc, declared in _parts(path):
        rows = [f"| `{_signature(each)}` | {_line(each.doc)} |" for each in declared if isinstance(each, kind)]
        text += [_line(doc)] if doc else []
        text += ["\n".join([f"| {kind.__name__.lower()} | what it is |", "|---|---|", *rows])] if rows else []
    return "\n\n".join(text) + "\n"


def _signature(each: ast.Block | ast.Model) -> str:
    """The name with its parameters, as they are written."""
    text = each.span.source.text[each.span.start : each.span.end]
    words = " ".join(text[: text.index("{")].split()).partition(" ")[2]
    return words.replace("( ", "(").replace(", )", ")")


def _line(doc: str) -> str:
    """A comment as one line of Markdown; its code stays as it is."""
    parts = re.split("(`[^`]*`)", " ".join(doc.split()))
    return "".join(part if part.startswith("`") else _escaped(part) for part in parts)


def _escaped(text: str) -> str:
    return re.sub(r"https://[\w./]+\w", r"<\g<0>>", re.sub(r"([*_\[\]|])", r"\\\1", text))


def _counts() -> str:
    rows = []
    for name, module in models().items():
        said = PUBLISHED.get(name)
        source = "none: the sizes are the library's own" if said is None else said.source
        rows.append(f"| `{module}.{name}` | {full_size(name).parameters:,} | {source} |")
    return "\n".join([COUNTS, "| model | parameters | published by |", "|---|--:|---|", *rows, ""])


def _costs() -> str:
    rows = []
    for name, module in models().items():
        macs = full_size(name).macs
        said = f"{MACS[name]:g} G" if name in MACS else ""
        rows.append(f"| `{module}.{name}` | {_giga(macs)} | {said} |")
    return "\n".join([COSTS, "| model | multiply-adds | published |", "|---|--:|--:|", *rows, ""])


def _giga(macs: Dim) -> str:
    if not isinstance(macs, int):
        return f"`{macs}`"
    return f"{macs / 1e9:.3f} G" if macs >= 1e7 else f"{macs:,}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
