"""What layers that name a dimension share: axes counted from either end, and results that only move elements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dlspec.catalog.base import Layer, Misfit
from dlspec.tensor import Dim, Shape, TensorType, resolve_axis, shape_text

Axes = int | tuple[int, ...]


def one_axis(layer: Layer, axis: int, tensor: TensorType) -> int:
    """The dimension that `axis` names, counted from 0."""
    found = resolve_axis(axis, tensor.rank)
    if found is None:
        raise Misfit(f"has axis={axis}, the input is {shape_text(tensor.shape)}", _range(tensor.rank))
    return found


def several_axes(layer: Layer, axis: Axes | None, tensor: TensorType) -> tuple[int, ...]:
    """The dimensions that `axis` names, each once and in ascending order; None names all of them."""
    if axis is None:
        return tuple(range(tensor.rank))
    given = (axis,) if isinstance(axis, int) else axis
    found = sorted(one_axis(layer, each, tensor) for each in given)
    if not found or len(set(found)) < len(found):
        raise Misfit(f"has axis={shape_text(given)}", "name each dimension once, and at least one of them")
    return tuple(found)


def axis_or_only(layer: Layer, axis: int | None, tensor: TensorType) -> int:
    """The dimension that `axis` names; it may be left out where there is just one."""
    if axis is not None:
        return one_axis(layer, axis, tensor)
    if tensor.rank != 1:
        raise Misfit(
            f"needs an axis, the input is {shape_text(tensor.shape)}",
            _range(tensor.rank) if tensor.rank else "the input is a single number, without a dimension",
        )
    return 0


def with_size(shape: Shape, axis: int, size: Dim) -> Shape:
    """The shape with one size replaced."""
    return (*shape[:axis], size, *shape[axis + 1 :])


def without(shape: Shape, axes: Iterable[int]) -> Shape:
    """The shape with some dimensions taken away."""
    gone = set(axes)
    return tuple(size for place, size in enumerate(shape) if place not in gone)


def rearranged(tensor: TensorType, shape: Iterable[Dim]) -> TensorType:
    """The same elements in another shape; what the numbers of a category count stays known."""
    return replace(tensor, shape=tuple(shape))


def require_numbers(layer: Layer, tensor: TensorType) -> None:
    """Misfit for bools and strings where a layer calculates and leaves the element type as it is."""
    if tensor.element in ("bool", "string"):
        raise Misfit(
            f"takes numbers, got {tensor}",
            "cast(int) makes 0 and 1 of a bool" if tensor.element == "bool" else "category makes numbers of strings",
        )


def require_rank(layer: Layer, tensor: TensorType, least: int, most: int, wanted: str) -> None:
    """Misfit unless the input has so many dimensions."""
    if not least <= tensor.rank <= most:
        raise Misfit(f"takes {wanted}, got {shape_text(tensor.shape)}", _way_out(tensor, least))


def _way_out(tensor: TensorType, least: int) -> str:
    if tensor.rank >= least:
        return "flatten or reshape gives it fewer dimensions"
    ones = ", ".join(["1"] * (least - tensor.rank) + [str(size) for size in tensor.shape])
    return f"reshape({ones}), for example, gives it {least} dimension{'s' if least > 1 else ''}"


def _range(rank: int) -> str:
    if rank == 0:
        return "the input is a single number, without a dimension"
    return f"an axis goes from 0 to {rank - 1}, or from -1 to -{rank}" if rank > 1 else "the only axis is 0, or -1"
