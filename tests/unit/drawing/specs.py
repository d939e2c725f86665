"""Models to draw, and how they are drawn."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from dlspec.api import Spec
from dlspec.artifacts import with_trained_models
from dlspec.diagnostics.span import SourceFile
from dlspec.drawing.engine import drawn
from dlspec.drawing.graph import Drawing
from dlspec.drawing.scopes import drawing_of
from dlspec.ir.program import Program

TOWER = """
model twice {
  input a: float[8], b: float[8]
  tower = dense(8) -> relu
  left = a -> tower
  right = b -> tower
  output p = (left -> dense(2), right -> dense(2)) -> concat
  output q = left
}
"""
SEQUENCES = """
block step(width) {
  wide = in -> dense(4 * width) -> gelu
  return in + (wide -> dense(width))
}
model net {
  input x: float[T, 8]
  stem = x -> dense(8)
  body = stem -> (step(8) -> layer_norm) * 4 -> step(8) * 3 -> dense(8) * 2
  output y = (body, stem) -> concat(axis=-1) -> lstm(5) -> last
}
"""
MEMORY = """
block reader(width) {
  input x, memory
  return (x, memory, memory) -> attention(2)
}
model reading {
  input query: float[T, 8], memory: float[S, 8]
  output y = query -> reader(8, memory=memory) * 3
}
"""
BRANCHES = """
block unit(stride) {
  main = in -> conv(8, 3x3, stride=stride, padding=1, bias=false) -> batch_norm -> relu
  skip = in if stride == 1 else in -> conv(8, 1x1, stride=stride)
  return main + skip -> relu
}
model branches {
  input image: float[8, 16, 16], more: int[T]
  parts = (image -> unit(1) * 2 -> unit(2), image -> max_pool(2x2)) -> concat(axis=0)
  words = more -> embedding(10, 4) -> gru(4)
  output first = parts -> flatten -> dense(3)
  output second = words
}
"""
IDENTITY = "model same { input x: float[3]\n output y = x }\n"


def chain(length: int) -> str:
    """A chain that is written out, layer by layer."""
    return "model deep {\n  input x: float[4]\n  output y = x\n" + "    -> relu\n" * length + "}\n"


SPECS = {
    "tower": TOWER,
    "sequences": SEQUENCES,
    "memory": MEMORY,
    "branches": BRANCHES,
    "identity": IDENTITY,
    "long chain": chain(250),
    "resnet50": "from std.vision import resnet50\n",
    "googlenet": "from std.vision import googlenet\n",
    "unet": "from std.vision import unet\n",
    "densenet121": "from std.vision import densenet121\n",
    "gpt2": "from std.text import gpt2_small\n",
    "transformer": "from std.text import transformer\n",
    "seq2seq": "from std.text import seq2seq\n",
}


def program_of(text: str) -> Program:
    """The program of a spec's text."""
    spec = Spec(Path("spec.dl"), {}, source=SourceFile("spec.dl", text))
    return with_trained_models(spec.whole[0])


@cache
def made(name: str) -> tuple[Program, str, Drawing]:
    """The program of one of SPECS, its model and the drawing of that."""
    program = program_of(SPECS[name])
    model = next(iter(program.models))
    return program, model, drawing_of(program, model)


@cache
def picture(name: str, depth: int) -> dict[str, Any]:
    """One of SPECS as SVG and as places, opened so deep."""
    return drawn(made(name)[2], depth)
