"""Penalties and constraints that take more than a line, as text; each is emitted where it is used."""

from __future__ import annotations

from dlspec.backends.python.helper import Helper

WEIGHTS: dict[str, Helper] = {
    "Activity": Helper(
        '''
class Activity:
    """Collects what layers add to the loss by what they give; no list, for Keras gives layers copies of lists."""

    def __init__(self) -> None:
        self.terms: list[Tensor] = []
''',
        ("Tensor",),
    ),
    "penalised": Helper(
        '''
def penalised(
    x: Tensor, activity: Activity | None, *, l1: float = 0.0, l2: float = 0.0, batched: bool = True
) -> Tensor:
    """What a layer gives, as it is; what that adds to the loss is collected, divided by the batch."""
    if activity is not None:
        size = l1 * ops.sum(ops.abs(x)) + l2 * ops.sum(ops.square(x))
        activity.terms.append(size / ops.cast(ops.shape(x)[0], size.dtype) if batched else size)
    return x
''',
        ("ops", "Tensor", "Activity"),
    ),
    "first_penalised": Helper(
        '''
def first_penalised(
    results: tuple[Tensor, ...], activity: Activity | None, *, l1: float = 0.0, l2: float = 0.0
) -> tuple[Tensor, ...]:
    """The same for several results, of which the first counts."""
    return penalised(results[0], activity, l1=l1, l2=l2), *results[1:]
''',
        ("Tensor", "Activity", "penalised"),
    ),
    "orthogonality": Helper(
        '''
def orthogonality(p: keras.Variable, layout: str) -> Tensor:
    """How far the weights of the outputs are from the norm 1 and from right angles: the sum of (W W^T - I)^2."""
    if layout.endswith("_bias"):  # two vectors in one variable
        rows = ops.expand_dims(p, -1)
    elif layout == "same":
        rows = ops.reshape(p, (p.shape[0] if p.ndim else 1, -1))
    else:
        rows = ops.transpose(ops.reshape(p, (-1, math.prod(p.shape[-2 if layout == "depthwise" else -1 :]))))
    products = ops.matmul(rows, ops.swapaxes(rows, -1, -2))
    return ops.sum(ops.square(products - ops.eye(rows.shape[-2], dtype=products.dtype)))
''',
        ("math", "keras", "ops", "Tensor"),
    ),
    "output_norms": Helper(
        '''
def output_norms(p: keras.Variable, layout: str) -> Tensor:
    """The norm of the weights of each output, in a shape that goes with the weight; in a vector each has its own."""
    outputs = {"kernel": 1, "gates": 1, "depthwise": 2}.get(layout, 0)  # so many dimensions at the end
    axes = tuple(range(p.ndim - outputs) if outputs else range(1, p.ndim))
    if not axes or layout.endswith("_bias"):
        return ops.abs(p)
    return ops.sqrt(ops.sum(ops.square(p), axis=axes, keepdims=True))
''',
        ("keras", "ops", "Tensor"),
    ),
    "max_norm": Helper(
        '''
def max_norm(p: keras.Variable, layout: str, limit: float) -> Tensor:
    """The weights of each output, scaled down to this norm."""
    return p * ops.minimum(limit / output_norms(p, layout), 1)
''',
        ("keras", "ops", "Tensor", "output_norms"),
    ),
    "unit_norm": Helper(
        '''
def unit_norm(p: keras.Variable, layout: str) -> Tensor:
    """The weights of each output, scaled to the norm 1, unless all are 0."""
    norms = output_norms(p, layout)
    return p / ops.where(norms == 0, ops.ones_like(norms), norms)
''',
        ("keras", "ops", "Tensor", "output_norms"),
    ),
}
"""In an order in which none needs a later one."""
