"""Transforms of text: into pieces, and pieces into numbers.

A text that is cut into pieces becomes a sequence `[length]`, as long as the longest of the rows; shorter ones are
filled up with empty texts, which are padding: `vocabulary` gives them the number 0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from dlspec.catalog.base import Count, Misfit, Path, Text, Transform, param
from dlspec.tensor import Dim, Sym, TensorType, shape_text

PADDING, UNKNOWN = 0, 1
"""What a vocabulary calls padding and words that training has not seen; its marks follow, then what it has learnt."""


class Words(Transform):
    """The words of each text: `[]` becomes `[length]`.

    A word is a run of letters and digits, with apostrophes inside; any other sign that is no space is one of its own.
    """

    entry = "words"

    def infer(self, *inputs: TensorType) -> TensorType:
        return _cut(self, inputs[0])


class Characters(Transform):
    """The characters of each text: `[]` becomes `[length]`."""

    entry = "characters"

    def infer(self, *inputs: TensorType) -> TensorType:
        return _cut(self, inputs[0])


class Lowercase(Transform):
    """Each text in small letters. Shape: any, kept."""

    entry = "lowercase"

    def infer(self, *inputs: TensorType) -> TensorType:
        _require_text(self, inputs[0])
        return inputs[0].with_element("string")


class PadTo(Transform):
    """Sequences of one length: padding behind those that are shorter, and what is too long is cut off at its end.

    `[n, …]` becomes `[length, …]`. Padding is an empty text, or 0.
    """

    entry = "pad_to"

    length: Count = param(..., "steps that each sequence has then")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        if not input.rank:
            raise Misfit(
                f"takes a sequence and got {shape_text(input.shape)}",
                "cut texts into pieces first, as with `words`",
            )
        return replace(input, shape=(self.length, *input.shape[1:]))


class Present(Transform):
    """What is no padding, as a mask: true where a number is not 0, or a text not empty. Shape: any, kept."""

    entry = "present"

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        if input.element in ("float", "bool"):
            raise Misfit(f"takes numbers of a vocabulary or text and got {input}", "take it before numbers are scaled")
        return input.with_element("bool")


class Vocabulary(Transform):
    """Numbers pieces of text: 0 is padding, 1 what training has not seen, then the marks, then pieces by frequency.

    Of pieces that are equally frequent the first by code point comes first. With `size` the vocabulary has that many
    numbers, and what is rarer counts as unknown. `start` and `end` put a mark around each sequence, which grows by
    one for each. `like` takes the numbers of another field, `field` or `data.field`, which then has these marks too.
    Shape: any, kept but for marks.
    """

    entry = "vocabulary"
    learns: ClassVar[bool] = True

    size: Count | None = param(None, "how many numbers there are; without it, as many as training needs")
    start: Text | None = param(None, "a mark that is put before each sequence", min_length=1)
    end: Text | None = param(None, "a mark that is put behind each sequence", min_length=1)
    like: Path | None = param(None, "the field whose vocabulary this is: `field`, or `data.field`")

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks, in the order of their numbers."""
        return tuple(mark for mark in (self.start, self.end) if mark is not None)

    @property
    def reserved(self) -> int:
        """The number of the first piece."""
        return UNKNOWN + 1 + len(self.marks)

    def check(self) -> None:
        if self.size is not None and self.size <= self.reserved:
            marks = f" and {len(self.marks)} marks" if self.marks else ""
            raise Misfit(
                f"size={self.size} leaves no number for a word: padding, unknown{marks} take {self.reserved}",
                f"give it more, as `size={self.reserved + 1000}`",
            )
        if self.start is not None and self.start == self.end:
            raise Misfit(f"'{self.start}' is the mark of the start and of the end", "take two different marks")
        if self.like is not None and self.size is not None:
            raise Misfit("`like=` takes a vocabulary of a size of its own", "leave out `size=`")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        if input.element in ("float", "bool"):
            raise Misfit(f"takes text and got {input}", "number kinds with `category`, edges with `bucketize`")
        if self.marks and input.rank != 1:
            raise Misfit(
                f"puts marks around sequences and got {shape_text(input.shape)}",
                "cut texts into pieces first, as with `words`, or leave out `start=` and `end=`",
            )
        shape: tuple[Dim, ...] = input.shape
        if self.marks:
            shape = (input.shape[0] + len(self.marks),)
        return replace(input, element="int", shape=shape, kinds=self.size)


def _require_text(layer: Transform, input: TensorType) -> None:
    if input.element not in ("string", "any"):
        raise Misfit(f"takes text and got {input}")


def _cut(layer: Transform, input: TensorType) -> TensorType:
    """A sequence for each text; its length gets a name of its own where the transform is used."""
    _require_text(layer, input)
    if input.rank:
        raise Misfit(f"takes one text in each row and got {shape_text(input.shape)}", "it has been cut already")
    return replace(input, element="string", shape=(Sym.named("Length"),))


ENTRIES = (Words, Characters, Lowercase, PadTo, Present, Vocabulary)
