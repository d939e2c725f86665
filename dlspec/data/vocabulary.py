"""The pieces of a vocabulary: which there are, and what number each has."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from dlspec.catalog.texts import PADDING, UNKNOWN, Vocabulary
from dlspec.data.kinds import distinct, plain
from dlspec.data.values import Array, BadValue, missing_in
from dlspec.diagnostics.codes import data as codes

RESERVED = ["", "<unknown>"]
"""What the numbers of padding and of unknown pieces are called."""


def fit_vocabulary(layer: Vocabulary, values: Array) -> dict[str, Any]:
    """The name of each number in order, the marks among them, and how many numbers there are."""
    counts = Counter(_pieces(values[~missing_in(values)]))
    for taken in ("", *layer.marks):
        counts.pop(taken, None)
    if not counts:
        help = "correct the file, or leave the column out"
        raise BadValue("the training part has no text in it", code=codes.NOTHING_TO_LEARN, help=help)
    ordered = sorted(counts, key=lambda piece: (-counts[piece], piece))
    most = layer.size or layer.reserved + len(ordered)
    kinds = [*RESERVED, *layer.marks, *ordered][:most]
    return {"kinds": kinds, "marks": list(layer.marks), "size": most}


def apply_vocabulary(layer: Vocabulary, state: dict[str, Any], values: Array, first: bool) -> Array:
    """The number of each piece, with the marks around."""
    numbers = {kind: number for number, kind in enumerate(state["kinds"]) if number > UNKNOWN}
    numbers[""] = PADDING
    different, place = distinct(values)
    found = np.array([numbers.get(_text(piece), UNKNOWN) for piece in different], dtype=np.int64)
    result = found[place].reshape(values.shape)
    return _marked(layer, numbers, result) if layer.marks else result


def _marked(layer: Vocabulary, numbers: dict[str, int], values: Array) -> Array:
    """The sequences with a number before the first step, and one behind the last that is no padding."""
    before, behind = int(layer.start is not None), int(layer.end is not None)
    marked = np.pad(values, ((0, 0), (before, behind)))
    if layer.start is not None:
        marked[:, 0] = numbers[layer.start]
    if layer.end is not None:
        present = values != PADDING
        lengths = np.where(present.any(axis=1), values.shape[1] - present[:, ::-1].argmax(axis=1), 0)
        marked[np.arange(len(marked)), lengths + before] = numbers[layer.end]
    return marked


def _pieces(values: Array) -> list[str]:
    different, place = distinct(values)
    texts = [_text(piece) for piece in different]
    return [texts[each] for each in place]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(plain(value))
