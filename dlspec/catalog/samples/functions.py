"""Uses of the compile-time functions: the arguments, and no tensors."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "range": (Sample({"bounds": (3,)}), Sample({"bounds": (1, 7, 2)})),
    "len": (Sample({"list": (1, 2, 3)}),),
    "min": (Sample({"values": (3, 1.5)}),),
    "max": (Sample({"values": (3, 1.5)}),),
    "sum": (Sample({"list": (1, 2, 3)}),),
    "abs": (Sample({"x": -2}),),
    "round": (Sample({"x": 2.6}), Sample({"x": 2.64, "digits": 1})),
    "chain": (Sample({"layers": ()}),),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {}


def _model(flow: str) -> str:
    return f"model net {{\n  input x: float[8]\n  output y = {flow}\n}}\n"


EXAMPLES = {
    "range": _model("x -> chain(dense(8 * n) for n in range(1, 4))"),
    "len": _model("x -> dense(len([16, 32, 64]))"),
    "min": _model("x -> dense(min(64, 2 * x.shape[0]))"),
    "max": _model("x -> dense(max(4, x.shape[0] // 4))"),
    "sum": _model("x -> dense(sum([2, 3, 5]))"),
    "abs": _model("x -> dense(abs(4 - x.shape[0]))"),
    "round": _model("x -> dense(round(1.5 * x.shape[0]))"),
    "chain": _model("x -> chain(dense(size) -> relu for size in [32, 16])"),
}
"""Models in which they are used."""
