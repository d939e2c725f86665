"""Where data comes from."""

from __future__ import annotations

from dlspec.catalog.base import Source, Text, param


class Builtin(Source):
    """A small data set that scikit-learn or statsmodels brings along.

    `digits`, `iris`, `wine`, `breast_cancer` and `diabetes` are scikit-learn's, `sunspots` and `co2` statsmodels'.
    """

    entry = "builtin"

    name: Text = param(..., "the name of the data set", min_length=1)


class Csv(Source):
    """A text file of values with commas between them, in UTF-8; its first line names the columns.

    An empty value is missing, and in a column of numbers so are the usual marks (`NA`, `NaN`, `null` …).
    """

    entry = "csv"

    path: Text = param(..., "the file, from the folder of the spec", min_length=1)


class Npz(Source):
    """NumPy arrays in one archive, a column each: the first dimension counts the rows. Pickled objects are refused."""

    entry = "npz"

    path: Text = param(..., "the file, from the folder of the spec", min_length=1)


ENTRIES = (Builtin, Csv, Npz)
