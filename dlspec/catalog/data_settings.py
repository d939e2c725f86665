"""Settings of `data`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from dlspec.catalog import base
from dlspec.catalog.base import Count, DataSetting, FieldName, Misfit, Natural, Spelling, Text, param

ROOM = 1e-9
"""How far above 1 the fractions of a split may add up to, for the sake of rounding."""


class Order(base.Entry):
    """What the rows of a series go by."""

    kind: ClassVar[str] = "order"


class Time(Order):
    """The rows in the order of a column: numbers, or dates as `2020-01-31` or `2020-01-31 12:00`."""

    entry = "time"

    column: Text = param(..., "the name of a column", min_length=1)


class Source(DataSetting):
    """Where the data comes from."""

    entry = "source"

    source: base.Source = param(..., "a file, or a data set that a library brings along")


class Split(DataSetting):
    """Divides the rows into training, validation and test part, at random unless `by=` says otherwise.

    The borders are the cumulative fractions of the rows, rounded. `stratify=` keeps the shares of a field's kinds,
    `group=` keeps rows of one value together, `by=` puts the past in training and the future in test.
    """

    entry = "split"

    train: float = param(1.0, "fraction of the rows to train on", gt=0, le=1)
    validation: float = param(0.0, "fraction to watch the training by", ge=0, lt=1)
    test: float = param(0.0, "fraction to judge the result by", ge=0, lt=1)
    stratify: FieldName | None = param(None, "a field whose kinds are to have the same shares in all parts")
    group: FieldName | None = param(None, "a field whose equal values are to stay in one part")
    by: Literal["order"] | Order | None = param(None, "`order` of the source, or `time(column)`")
    folds: Count | None = param(None, "number of folds of a cross-validation")
    seed: Natural = param(0, "seed of the random choice")

    def check(self) -> None:
        total = self.train + self.validation + self.test
        if total > 1 + ROOM:
            raise Misfit(
                f"the parts add up to {total:g}: train {self.train:g}, validation {self.validation:g}, "
                f"test {self.test:g}",
                "make them add up to 1, as `train=0.8, validation=0.1, test=0.1`",
            )
        if self.folds is not None:
            raise Misfit("cross-validation (`folds=`) is not in this version", "use `train=`, `validation=`, `test=`")
        given = [name for name in ("stratify", "group", "by") if getattr(self, name) is not None]
        if len(given) > 1:
            raise Misfit(f"'{given[0]}' and '{given[1]}' do not go together", f"leave out `{given[1]}=`")


class Augment(DataSetting):
    """Changes the examples that train at random, anew in each epoch: `augment image -> random_flip(horizontal)`.

    It acts on the field as the flows give it. Several fields in a tuple are changed by the same draws.
    """

    entry = "augment"
    repeats = True

    flow: Annotated[Any, Spelling.FLOW] = param(..., "a field, or several in a tuple, through augmentations")


class DropMissing(DataSetting):
    """Leaves out the rows in which one of these fields is missing."""

    entry = "drop_missing"
    variadic = "fields"
    repeats = True

    fields: tuple[FieldName, ...] = param(..., "names of fields", min_length=1)


class Keep(DataSetting):
    """Keeps the rows that meet a condition and leaves out the rest, those where it is missing too."""

    entry = "keep"
    repeats = True

    condition: Annotated[Any, Spelling.FLOW] = param(..., "a condition on fields or columns")


ENTRIES = (Time, Source, Split, Augment, DropMissing, Keep)
