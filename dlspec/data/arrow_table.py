"""Parquet and Arrow files by pyarrow, which is imported where one is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlspec.data.paths import unreadable
from dlspec.diagnostics.codes.runtime import MISSING_BACKEND
from dlspec.diagnostics.report import fail
from dlspec.diagnostics.span import Span
from dlspec.tensor import TensorType

if TYPE_CHECKING:
    import numpy as np

    Columns = dict[str, np.ndarray[Any, np.dtype[Any]]]


def parquet_header(path: Path, span: Span | None = None) -> dict[str, TensorType]:
    """The columns of a Parquet file and their types, from its footer."""
    with _reading(path, span):
        from pyarrow import parquet

        schema = parquet.read_schema(path)
    return _types(path, schema, span)


def parquet_columns(path: Path, names: list[str]) -> Columns:
    """Some columns of a Parquet file."""
    with _reading(path, None):
        from pyarrow import parquet

        table = parquet.ParquetFile(path).read(columns=names)
    return {name: _column(path, name, table.column(name)) for name in names}


def arrow_header(path: Path, span: Span | None = None) -> dict[str, TensorType]:
    """The columns of an Arrow file and their types."""
    with _reading(path, span), _arrow(path) as reader:
        schema = reader.schema
    return _types(path, schema, span)


def arrow_columns(path: Path, names: list[str]) -> Columns:
    """Some columns of an Arrow file."""
    with _reading(path, None), _arrow(path) as reader:
        table = reader.read_all().select(names)
    return {name: _column(path, name, table.column(name)) for name in names}


@contextmanager
def _reading(path: Path, span: Span | None) -> Iterator[None]:
    """What pyarrow says about a file as a diagnostic, and that it is not there."""
    try:
        import pyarrow
    except ImportError as error:
        message = f"'{path.name}' needs the package 'pyarrow', which is not installed"
        raise fail(MISSING_BACKEND, message, span, help="pip install 'dlspec[data]'") from error
    try:
        yield
    except (pyarrow.ArrowException, OSError) as error:
        why = str(error).splitlines()[0].rstrip(".") or type(error).__name__
        raise unreadable(path, why[:1].lower() + why[1:], span, "write it again, as with pandas or pyarrow") from error


@contextmanager
def _arrow(path: Path) -> Iterator[Any]:
    """A reader of a file in Arrow's format, or of its stream."""
    import pyarrow

    with pyarrow.OSFile(str(path)) as file:
        try:
            reader = pyarrow.ipc.open_file(file)
        except pyarrow.ArrowInvalid:
            file.seek(0)
            reader = pyarrow.ipc.open_stream(file)
        with reader:
            yield reader


def _types(path: Path, schema: Any, span: Span | None) -> dict[str, TensorType]:
    twice = [name for name, count in Counter(schema.names).items() if count > 1]
    if twice:
        raise unreadable(path, f"it has '{twice[0]}' twice", span, "give each column a name of its own")
    return {field.name: _type(field.type) for field in schema}


def _type(type: Any) -> TensorType:
    """The type of a column; `any` of what is judged when it is read."""
    from pyarrow import types

    if types.is_dictionary(type):
        return _type(type.value_type)
    if types.is_fixed_size_list(type):
        inner = _type(type.value_type)
        return TensorType(inner.element, (type.list_size, *inner.shape))
    if types.is_boolean(type):
        return TensorType("bool", ())
    if types.is_integer(type):
        return TensorType("int", ())
    if types.is_floating(type) or types.is_decimal(type):
        return TensorType("float", ())
    text = types.is_string(type) or types.is_large_string(type)
    return TensorType("string" if text else "any", ())


def _column(path: Path, name: str, values: Any) -> Any:
    """A column in one of the usual types."""
    import numpy as np
    from pyarrow import types

    from dlspec.data.normal import normal

    if types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if types.is_fixed_size_list(values.type):
        if values.null_count:
            raise unreadable(path, f"the column '{name}' has no list in some rows", None, "leave these rows out")
        size = values.type.list_size
        inner = _column(path, name, values.combine_chunks().flatten())
        return inner.reshape(-1, size, *inner.shape[1:])
    if types.is_list(values.type) or types.is_large_list(values.type) or types.is_struct(values.type):
        help = "write lists of one length, as `pyarrow.list_(pyarrow.float32(), 10)`"
        raise unreadable(path, f"the column '{name}' holds {values.type}", None, help)
    if types.is_decimal(values.type):
        values = values.cast("float64")
    if types.is_temporal(values.type) and not types.is_time(values.type) and not types.is_duration(values.type):
        return values.cast("timestamp[us]").to_numpy()
    if values.null_count or not types.is_primitive(values.type):
        objects = np.empty(len(values), dtype=object)
        objects[:] = values.to_pylist()
        return normal(name, objects)
    return normal(name, values.to_numpy())
