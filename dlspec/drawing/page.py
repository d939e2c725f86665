"""A drawing as one page that needs nothing from outside: data, style, layout and script are in it."""

from __future__ import annotations

import html
import json
import re

from dlspec.drawing.engine import DAGRE, asset, script
from dlspec.drawing.graph import Drawing
from dlspec.version import __version__

HOW = "Click a box, or press Enter on it, to open or close it; point at it to see what it holds."


def page(drawing: Drawing, depth: int) -> str:
    """The page, opened `depth` levels deep at first."""
    # In a script element `<` may begin its end, or a comment.
    data = json.dumps(drawing.as_json() | {"depth": depth}).replace("<", "\\u003c")
    about = f"{drawing.doc} {HOW}" if drawing.doc else HOW
    filled = {
        "version": __version__,
        "dagre": DAGRE,
        "title": html.escape(drawing.model),
        "about": html.escape(about),
        "picture_css": asset("web/picture.css"),
        "page_css": asset("web/page.css"),
        "data": data,
        "license": f"/*\n{asset('vendor/dagre.LICENSE')}*/",
        "script": script(),
        "page_js": asset("web/page.js"),
    }
    return re.sub(r"\{(\w+)\}", lambda found: filled[found[1]], asset("web/page.html"))
