"""DL8xx: notes and warnings of the linter."""

from __future__ import annotations

from dlspec.diagnostics.codes.base import Code

NO_SPLIT = Code(
    "DL801",
    "no-split",
    "Data that is trained on has no `split`, so everything trains and no figure says how the model does on data it "
    "has not seen.",
    'data d {\n  source csv("d.csv")\n}',
    'data d {\n  source csv("d.csv")\n  split train=0.8, validation=0.2\n}',
    severity="note",
)
HIDDEN_LAYER = Code(
    "DL802",
    "hidden-layer",
    "A name of the spec hides a layer of the library: from there on the name means the binding.",
    "dense = x -> relu\ny = z -> dense",
    "h = x -> relu",
    severity="note",
)
UNUSED_BINDING = Code(
    "DL803",
    "unused-binding",
    "A binding or input is never used. Often a later line means it and says something else.",
    "hidden = x -> dense(8)\noutput y = x -> dense(1)",
    "hidden = x -> dense(8)\noutput y = hidden -> dense(1)",
    severity="note",
)

CODES: tuple[Code, ...] = (NO_SPLIT, HIDDEN_LAYER, UNUSED_BINDING)
