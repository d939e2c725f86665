"""Layers of data: they run once, on whole columns, before training.

Those that learn see the training part alone; what they learnt is saved with the run. A missing value passes through
all of them but `impute`.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import ClassVar, Literal

from dlspec.catalog.base import Count, Misfit, Transform, Wants, param
from dlspec.tensor import TensorType, shape_text

Numbers = float | tuple[float, ...]


class Rescale(Transform):
    """`input * scale + offset`, element by element. Shape: any, kept."""

    entry = "rescale"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "float"

    scale: float = param(..., "the factor")
    offset: float = param(0.0, "what is added to the product")

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0].with_element("float")


class Normalize(Transform):
    """`(input - mean) / std` with numbers that are given: one for all elements, or one for each channel (dimension 0).

    Shape: any, kept.
    """

    entry = "normalize"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "float"

    mean: Numbers = param(..., "what is subtracted, or one number for each channel")
    std: Numbers = param(..., "what is divided by, or one number for each channel")

    def check(self) -> None:
        if any(number <= 0 for number in _several(self.std)):
            raise Misfit("a standard deviation is greater than 0")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        for name, numbers in (("mean", self.mean), ("std", self.std)):
            if isinstance(numbers, tuple) and (not input.rank or len(numbers) != input.shape[0]):
                channels = input.shape[0] if input.rank else "no"
                raise Misfit(
                    f"{len(numbers)} numbers of {name} for {channels} channels of {shape_text(input.shape)}",
                    "give one number for all, or one for each channel (the first dimension)",
                )
        return input.with_element("float")


class Standardize(Transform):
    """Subtracts the mean of the training part and divides by its population standard deviation.

    Each component of a vector or an image has its own; one that is the same in all rows is divided by 1.
    """

    entry = "standardize"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "float"
    learns: ClassVar[bool] = True

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0].with_element("float")


class MinMax(Transform):
    """Stretches the training part's range, component by component, to `low` to `high`.

    Other parts may lie outside; a component that is the same in all training rows becomes `low` there.
    """

    entry = "min_max"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "float"
    learns: ClassVar[bool] = True

    low: float = param(0.0, "what the smallest value becomes")
    high: float = param(1.0, "what the largest value becomes")

    def check(self) -> None:
        if self.low >= self.high:
            raise Misfit(f"low={self.low:g} is not below high={self.high:g}")

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0].with_element("float")


class Impute(Transform):
    """Fills in missing values, component by component: by a figure of the training part, or by a constant.

    `most_frequent` takes the smallest of several; `previous` the value of the row before, of the same part (the first
    rows of other parts take the last of training).
    """

    entry = "impute"
    learns: ClassVar[bool] = True

    how: Literal["mean", "median", "most_frequent", "previous", "constant"] = param(..., "what is filled in")
    value: float | int | str | None = param(None, "the constant")

    @property
    def has_to_learn(self) -> bool:
        return self.how != "constant"

    def check(self) -> None:
        if self.how == "constant" and self.value is None:
            raise Misfit("impute(constant) needs a value", "write `impute(constant, value=0)`")
        if self.how != "constant" and self.value is not None:
            raise Misfit(f"impute({self.how}) takes no value", "only `impute(constant, value=…)` does")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        text = isinstance(self.value, str)
        if input.element == "string" and self.how in ("mean", "median"):
            raise Misfit(f"text has no {self.how}", "use `impute(most_frequent)`")
        if input.element == "string" and self.how == "constant" and not text:
            raise Misfit(f"the number {self.value} does not go with text", 'use `impute(constant, value="unknown")`')
        if input.element not in ("string", "any") and text:
            raise Misfit(f"the text '{self.value}' does not go with numbers", "use `impute(constant, value=0)`")
        return input.with_element("float") if self.how in ("mean", "median") else input


class Category(Transform):
    """Numbers the kinds of a column from 0, in numeric order where they are numbers, else by code point.

    The kinds are those of the training part; more than `n` of them is an error, and so is, with `unseen=error`, one
    that training never saw. With `unseen=other` the last number stands for those: `n - 1`, or a further one without n.
    """

    entry = "category"
    learns: ClassVar[bool] = True

    n: Count | None = param(None, "how many numbers there are; without it, as many as training has kinds")
    unseen: Literal["error", "other"] = param("error", "what becomes of a kind that training never saw")

    def infer(self, *inputs: TensorType) -> TensorType:
        return replace(inputs[0], element="int", kinds=self.n)


class Bucketize(Transform):
    """The number of edges that are not above the value: `[25, 35]` gives 0 below 25, 1 below 35, else 2.

    A number in place of the edges makes that many buckets, as equal in size as the training part allows.
    """

    entry = "bucketize"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "float"
    learns: ClassVar[bool] = True

    edges: Count | tuple[float, ...] = param(..., "the edges in ascending order, or how many buckets to make")

    @property
    def buckets(self) -> int:
        """How many numbers there are."""
        return self.edges if isinstance(self.edges, int) else len(self.edges) + 1

    @property
    def has_to_learn(self) -> bool:
        return isinstance(self.edges, int)

    def check(self) -> None:
        if isinstance(self.edges, tuple) and any(a >= b for a, b in pairwise(self.edges)):
            raise Misfit("the edges do not ascend", "write them from the smallest to the largest, each once")

    def infer(self, *inputs: TensorType) -> TensorType:
        return replace(inputs[0], element="int", kinds=self.buckets)


class Window(Transform):
    """Sequences of `length` rows, a new one every `stride` rows: `[…]` becomes `[length, …]`, and fewer examples.

    No window crosses the border of two parts, and rows at the end that fill none are left out.
    """

    entry = "window"

    length: Count = param(..., "rows in a window")
    stride: Count = param(1, "rows from the start of one to the start of the next")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        return replace(input, shape=(self.length, *input.shape))


class Difference(Transform):
    """Each row less the row `lag` before it, in the order of the source, or in time where the split goes by that.

    The first `lag` rows have none before them and are left out. A part behind training begins with the difference to
    the last rows of the part before. Shape: any, kept.
    """

    entry = "difference"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "float"

    lag: Count = param(1, "how many rows lie between the two")

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0].with_element("float")


class DatePart(Transform):
    """A part of a date as a whole number, from dates such as `2020-01-31` or `2020-01-31 12:00`.

    `month`, `day`, `day_of_year`, `week` (ISO 8601) and `quarter` count from 1, `weekday` (Monday), `hour`, `minute`
    and `second` from 0. Shape: any, kept.
    """

    entry = "date_part"

    part: Literal["year", "quarter", "month", "week", "day", "day_of_year", "weekday", "hour", "minute", "second"] = (
        param(..., "which part")
    )

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        if input.element not in ("string", "any"):
            raise Misfit(f"takes dates and got {input}", "dates are text, as `2020-01-31`")
        return input.with_element("int")


def _several(numbers: Numbers) -> tuple[float, ...]:
    return numbers if isinstance(numbers, tuple) else (numbers,)


ENTRIES = (Rescale, Normalize, Standardize, MinMax, Impute, Category, Bucketize, Window, Difference, DatePart)
