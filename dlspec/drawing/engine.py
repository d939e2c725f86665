"""The picture's script run without a browser, by QuickJS."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import fail
from dlspec.drawing.graph import Drawing
from dlspec.version import __version__

DAGRE = "3.1.3"
"""The version of @dagrejs/dagre in vendor/."""

STACK = 4 * 2**20
"""Bytes of stack for the script, which runs in a thread of its own that has 8 MiB."""

CLONE = "globalThis.structuredClone = (value) => JSON.parse(JSON.stringify(value));"
"""What browsers bring along and the engine does not."""

ENTRY = """
function drawn(text, depth, style) {
  const data = JSON.parse(text);
  const placed = picture.place(data, picture.opened(data, depth));
  return JSON.stringify({ svg: picture.svg(placed, style, true), placed });
}
"""


HEADER = "<!-- drawn by dlspec {version} -->\n"


def svg(drawing: Drawing, depth: int) -> str:
    """The picture opened `depth` levels deep, as a file."""
    text: str = drawn(drawing, depth)["svg"]
    return f"{HEADER.format(version=__version__)}{text}\n"


def script() -> str:
    """Dagre and the picture's script."""
    return asset("vendor/dagre.min.js") + asset("web/picture.js")


def asset(path: str) -> str:
    """A file of this package."""
    return files("dlspec.drawing").joinpath(path).read_text(encoding="utf-8")


def drawn(drawing: Drawing, depth: int) -> dict[str, Any]:
    """The picture opened `depth` levels deep: its `svg`, and where everything is `placed`."""
    try:
        import quickjs
    except ImportError as error:
        message = "SVG needs the package 'quickjs-ng', which is not installed"
        help = "pip install 'dlspec[draw]', or write a page, which needs nothing: -o net.html"
        raise fail(codes.MISSING_BACKEND, message, help=help) from error
    run = quickjs.Function("drawn", CLONE + script() + ENTRY)
    run.set_max_stack_size(STACK)
    found: dict[str, Any] = json.loads(run(json.dumps(drawing.as_json()), depth, asset("web/picture.css")))
    return found
