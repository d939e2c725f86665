"""The generated `draw`: the random tensors of the `train` block itself, by NumPy for every backend."""

from __future__ import annotations

from dlspec.backends.python.docs import docstring
from dlspec.backends.python.layout import literal
from dlspec.backends.python.plan import Plan
from dlspec.catalog.random import RandomNormal, RandomUniform


def draw_lines(plan: Plan) -> list[str]:
    """`draw`, which gives the random tensors of the `train` block itself."""
    head = "def draw(count: int, seed: int, step: int) -> dict[str, np.ndarray]:"
    units = plan.random_units
    if not units:
        return [
            head,
            *docstring("The random tensors of an update's batch: this training has none.", 1),
            "    return {}",
        ]
    rows: list[str] = []
    for name, (layer, type) in units.items():
        size = "(" + ", ".join(["count", *map(str, type.shape)]) + ("," if not type.shape else "") + ")"
        if isinstance(layer, RandomUniform):
            rows.append(
                f"        {literal(name)}: generator.uniform({literal(layer.low)}, {literal(layer.high)}, {size}),"
            )
        else:
            assert isinstance(layer, RandomNormal)
            bell = f"generator.standard_normal({size})"
            if layer.std != 1:
                bell = f"{literal(layer.std)} * {bell}"
            rows.append(f"        {literal(name)}: {f'{literal(layer.mean)} + ' if layer.mean else ''}{bell},")
    return [
        head,
        *docstring("The random tensors of an update's batch of `count` examples.", 1),
        "    generator = np.random.default_rng([seed, 7919, step])",
        "    return {",
        *rows,
        "    }",
    ]
