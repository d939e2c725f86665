"""Sphinx settings. The reference pages are generated from the declarations before the build reads anything."""

from __future__ import annotations

import sys
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from dl_lexer import DlLexer
from generate import write_reference

from dlspec import __version__

project = "dlspec"
author = "The dlspec contributors"
copyright = "the dlspec contributors"
version = release = __version__

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True

html_theme = "furo"
html_title = f"dlspec {__version__}"


def setup(app: Sphinx) -> None:
    """Write the reference pages and teach Sphinx to colour specs."""
    write_reference(HERE / "generated")
    app.add_lexer("dl", DlLexer)
