"""Uses of the transforms of text."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.tensor import Sym, TensorType

LENGTH = Sym.named("Length")
TEXT = TensorType("string", ())
PIECES = TensorType("string", (LENGTH,))
NUMBERS = TensorType("int", (6,))
COLUMN = TensorType("any", ())
FLOAT = TensorType("float", (6,))

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "words": (Sample({}, (TEXT,), ((LENGTH,),)),),
    "characters": (Sample({}, (COLUMN,), ((LENGTH,),)),),
    "lowercase": (Sample({}, (TEXT,), ((),)), Sample({}, (PIECES,), ((LENGTH,),))),
    "pad_to": (Sample({"length": 8}, (NUMBERS,), ((8,),)), Sample({"length": 3}, (PIECES,), ((3,),))),
    "present": (Sample({}, (NUMBERS,), ((6,),)), Sample({}, (PIECES,), ((LENGTH,),))),
    "vocabulary": (
        Sample({}, (TEXT,), ((),)),
        Sample({"size": 100}, (PIECES,), ((LENGTH,),)),
        Sample({"start": "<s>", "end": "</s>"}, (PIECES,), ((LENGTH + 2,),)),
        Sample({"like": "other.tokens"}, (COLUMN,), ((),)),
    ),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "words": (
        BadSample({}, (FLOAT,), "takes text and got float[6]"),
        BadSample({}, (PIECES,), "takes one text in each row"),
    ),
    "lowercase": (BadSample({}, (FLOAT,), "takes text and got float[6]"),),
    "pad_to": (BadSample({"length": 8}, (TEXT,), "takes a sequence and got []"),),
    "present": (BadSample({}, (FLOAT,), "numbers of a vocabulary or text"),),
    "vocabulary": (
        BadSample({}, (FLOAT,), "takes text and got float[6]"),
        BadSample({"start": "<s>"}, (TEXT,), "puts marks around sequences"),
        BadSample({"size": 2}, (TEXT,), "leaves no number for a word"),
        BadSample({"start": "|", "end": "|"}, (PIECES,), "is the mark of the start and of the end"),
        BadSample({"like": "tokens", "size": 9}, (TEXT,), "a size of its own"),
    ),
}
