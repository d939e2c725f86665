"""Where data comes from."""

from __future__ import annotations

from dlspec.catalog.base import Source, param
from dlspec.catalog.base import Text as Written


class Builtin(Source):
    """A small data set that scikit-learn or statsmodels brings along.

    `digits`, `iris`, `wine`, `breast_cancer` and `diabetes` are scikit-learn's, `sunspots` and `co2` statsmodels'.
    """

    entry = "builtin"

    name: Written = param(..., "the name of the data set", min_length=1)


class Csv(Source):
    """A text file of values with commas between them, in UTF-8; its first line names the columns.

    An empty value is missing, and in a column of numbers so are the usual marks (`NA`, `NaN`, `null` …).
    """

    entry = "csv"

    path: Written = param(..., "the file, from the folder of the spec", min_length=1)


class Npz(Source):
    """NumPy arrays in one archive, a column each: the first dimension counts the rows. Pickled objects are refused."""

    entry = "npz"

    path: Written = param(..., "the file, from the folder of the spec", min_length=1)


class Parquet(Source):
    """A Parquet file: a table with a type for each column. It is read by pyarrow, whole.

    Columns hold numbers, bools, text, dates, or lists of numbers that are equally long in all rows.
    """

    entry = "parquet"

    path: Written = param(..., "the file, from the folder of the spec", min_length=1)


class Arrow(Source):
    """A file in Arrow's own format (`.arrow`, `.feather`; the stream format too): columns as those of `parquet`."""

    entry = "arrow"

    path: Written = param(..., "the file, from the folder of the spec", min_length=1)


class Text(Source):
    """A text file in UTF-8: a row for each character, word or line, as the root says (`characters -> vocabulary`).

    The ends of lines are one character each, whatever the file has; a byte order mark is passed over.
    """

    entry = "text"

    path: Written = param(..., "the file, from the folder of the spec", min_length=1)


ENTRIES = (Builtin, Csv, Npz, Parquet, Arrow, Text)
