"""DL6xx: imports, paths and limits."""

from __future__ import annotations

from dlspec.diagnostics.codes.base import Code

MISSING_FILE = Code(
    "DL601",
    "missing-import",
    "An imported file does not exist, or cannot be read.",
    'from "layer.dl" import residual',
    'from "layers.dl" import residual',
)
OUTSIDE = Code(
    "DL602",
    "path-outside-the-folder",
    "An import leaves the folder of the root file: an absolute path, or `..` above it. A spec is read together with "
    "its folder and nothing else.",
    'from "../secret.dl" import x',
    'from "layers/attention.dl" import x',
)
IMPORT_CYCLE = Code(
    "DL603",
    "import-cycle",
    "Files import each other in a circle.",
    '# a.dl\nfrom "b.dl" import y\n# b.dl\nfrom "a.dl" import x',
    '# a.dl\nfrom "b.dl" import y',
)
UNKNOWN_IMPORT = Code(
    "DL604",
    "nothing-of-that-name",
    "The imported file declares nothing of that name.",
    'from "layers.dl" import residul',
    'from "layers.dl" import residual',
)
NO_SUCH_LIBRARY = Code(
    "DL605",
    "no-such-library",
    "The bundled library `std` has no module of that name.",
    "from std.visoin import resnet50",
    "from std.vision import resnet50",
)

CODES: tuple[Code, ...] = (MISSING_FILE, OUTSIDE, IMPORT_CYCLE, UNKNOWN_IMPORT, NO_SUCH_LIBRARY)
