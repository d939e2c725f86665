"""How the generated `losses` says it in PyTorch."""

from __future__ import annotations

from dlspec.backends.python.expression import Expr, call, method
from dlspec.backends.python.terms import Lowering
from dlspec.backends.torch.emit import emit_flow
from dlspec.backends.torch.losses import loss_pair, tensor_pair
from dlspec.backends.torch.plan import LOCALS
from dlspec.backends.torch.precision import SINGLE


def _filled(number: float, like: Expr) -> Expr:
    if number in (0, 1):
        return call("torch.ones_like" if number else "torch.zeros_like", like)
    return call("torch.full_like", like, number)


TERMS = Lowering(
    flow=emit_flow,
    reach=lambda model: model.expr,
    loss_pair=loss_pair,
    tensor_pair=tensor_pair,
    filled=_filled,
    detached=lambda tensor: method(tensor, "detach"),
    count=lambda field: f"len({field})",
    locals=LOCALS,
    parameters={},
    collector="list[Tensor]",
    single=SINGLE,
)
