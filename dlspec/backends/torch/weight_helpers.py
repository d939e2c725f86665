"""Penalties and constraints that take more than a line, as text; each is emitted where it is used."""

from __future__ import annotations

from dlspec.backends.python.helper import Helper

WEIGHTS: dict[str, Helper] = {
    "penalised": Helper(
        '''
def penalised(
    x: Tensor, activity: list[Tensor] | None, *, l1: float = 0.0, l2: float = 0.0, batched: bool = True
) -> Tensor:
    """What a layer gives, as it is; what that adds to the loss goes into the list, divided by the batch."""
    if activity is not None:
        size = l1 * x.abs().sum() + l2 * x.square().sum()
        activity.append(size / len(x) if batched else size)
    return x
''',
        ("Tensor",),
    ),
    "first_penalised": Helper(
        '''
def first_penalised(
    results: tuple[Tensor, ...], activity: list[Tensor] | None, *, l1: float = 0.0, l2: float = 0.0
) -> tuple[Tensor, ...]:
    """The same for several results, of which the first counts."""
    return penalised(results[0], activity, l1=l1, l2=l2), *results[1:]
''',
        ("Tensor", "penalised"),
    ),
    "orthogonality": Helper(
        '''
def orthogonality(p: Tensor) -> Tensor:
    """How far the weights of the outputs are from the norm 1 and from right angles: the sum of (W W^T - I)^2."""
    rows = p.reshape(p.shape[0] if p.ndim else 1, -1)
    return (rows @ rows.T - torch.eye(len(rows), dtype=p.dtype, device=p.device)).square().sum()
''',
        ("torch", "Tensor"),
    ),
    "output_norms": Helper(
        '''
def output_norms(p: Tensor) -> Tensor:
    """The norm of the weights of each output, in a shape that goes with the weight; in a vector each has its own."""
    return p.abs() if p.ndim < 2 else torch.linalg.vector_norm(p, dim=tuple(range(1, p.ndim)), keepdim=True)
''',
        ("torch", "Tensor"),
    ),
    "max_norm": Helper(
        '''
def max_norm(p: Tensor, limit: float) -> None:
    """Scale the weights of each output down to this norm."""
    p.mul_((limit / output_norms(p)).clamp(max=1))
''',
        ("Tensor", "output_norms"),
    ),
    "unit_norm": Helper(
        '''
def unit_norm(p: Tensor) -> None:
    """Scale the weights of each output to the norm 1, unless all are 0."""
    norms = output_norms(p)
    p.div_(norms.masked_fill(norms == 0, 1))
''',
        ("Tensor", "output_norms"),
    ),
}
"""In an order in which none needs a later one."""
