"""Classes of the generated optimizers, as text; each is emitted where it is used.

The centered RMSprop of PyTorch takes a root of what may round to less than 0. Its Adafactor has another epsilon than
the paper and factors the last two dimensions, its Muon computes in bfloat16, and it has no Lamb and no Lion.
"""

from __future__ import annotations

from collections.abc import Mapping

HELPERS: Mapping[str, str] = {
    "Optimizers": '''
class Optimizers:
    """Several optimizers, each with weights of its own, used as one."""

    def __init__(self, *optimizers: torch.optim.Optimizer) -> None:
        self.optimizers = optimizers
        self.param_groups = [group for optimizer in optimizers for group in optimizer.param_groups]

    def zero_grad(self) -> None:
        for optimizer in self.optimizers:
            optimizer.zero_grad()

    def step(self) -> None:
        for optimizer in self.optimizers:
            optimizer.step()
''',
    "CenteredRMSprop": '''
class CenteredRMSprop(torch.optim.Optimizer):
    """RMSprop that divides by the standard deviation of the gradient; the variance cannot round to less than 0."""

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "alpha": alpha, "eps": eps, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(p, p.grad.add(p, alpha=group["weight_decay"]), group)

    def _update(self, p: nn.Parameter, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            state.update({name: torch.zeros_like(p) for name in ("square", "mean", "momentum_buffer")})
        square, mean, velocity = state["square"], state["mean"], state["momentum_buffer"]
        square.lerp_(gradient.square(), 1 - group["alpha"])
        mean.lerp_(gradient, 1 - group["alpha"])
        deviation = (square - mean.square()).clamp(min=0).sqrt()
        velocity.mul_(group["momentum"]).add_(gradient / (deviation + group["eps"]))
        p.sub_(group["lr"] * velocity)
''',
    "Lamb": '''
class Lamb(torch.optim.Optimizer):
    """Adam whose update has the size of the weight (You et al., 2019)."""

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(p, p.grad, group)

    def _update(self, p: nn.Parameter, gradient: Tensor, group: dict[str, Any]) -> None:
        state, (beta1, beta2) = self.state[p], group["betas"]
        if not state:
            state.update(step=torch.zeros(()), exp_avg=torch.zeros_like(p), exp_avg_sq=torch.zeros_like(p))
        state["step"] += 1
        step = state["step"].item()
        mean = state["exp_avg"].lerp_(gradient, 1 - beta1)
        square = state["exp_avg_sq"].lerp_(gradient.square(), 1 - beta2)
        size = (square / (1 - beta2**step)).sqrt() + group["eps"]
        update = mean / (1 - beta1**step) / size + group["weight_decay"] * p
        ratio = p.norm() / update.norm()
        trust = torch.where((ratio > 0) & ratio.isfinite(), ratio, 1.0)
        p.sub_(group["lr"] * trust * update)
''',
    "Lion": '''
class Lion(torch.optim.Optimizer):
    """Moves by the sign of the momentum alone (Chen et al., 2023)."""

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(p, p.grad, group)

    def _update(self, p: nn.Parameter, gradient: Tensor, group: dict[str, Any]) -> None:
        state, (beta1, beta2) = self.state[p], group["betas"]
        if not state:
            state["exp_avg"] = torch.zeros_like(p)
        mean = state["exp_avg"]
        p.sub_(group["lr"] * (mean.lerp(gradient, 1 - beta1).sign() + group["weight_decay"] * p))
        mean.lerp_(gradient, 1 - beta2)
''',
    "Adafactor": '''
class Adafactor(torch.optim.Optimizer):
    """Adaptive rates from the mean squares of rows and columns (Shazeer and Stern, 2018).

    A weight is the matrix of its first dimension and all others; a vector is one column, which leaves its mean whole.
    """

    def __init__(self, params: Iterable[Any], lr: float = 0.01, weight_decay: float = 0.0) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(p, p.grad.reshape(p.shape[0] if p.ndim else 1, -1), group)

    def _update(self, p: nn.Parameter, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            height, width = gradient.shape
            state.update(step=torch.zeros(()), rows=p.new_zeros(height, 1), columns=p.new_zeros(1, width))
        state["step"] += 1
        step = state["step"].item()
        square = gradient.square() + 1e-30
        rows = state["rows"].lerp_(square.mean(1, keepdim=True), step**-0.8)
        columns = state["columns"].lerp_(square.mean(0, keepdim=True), step**-0.8)
        # One factor after the other: the product of two small means would be 0.
        update = gradient * (rows.mean().sqrt() * rows.rsqrt()) * columns.rsqrt()
        update /= update.square().mean().sqrt().clamp(min=1)
        size = p.square().mean().sqrt().clamp(min=1e-3)
        rate = group["lr"]
        p.sub_(rate * group["weight_decay"] * p + min(rate, step**-0.5) * size * update.view_as(p))
''',
    "Muon": '''
class Muon(torch.optim.Optimizer):
    """Moves matrices along their momentum, made nearly orthogonal (Jordan et al., 2024)."""

    def __init__(self, params: Iterable[Any], lr: float = 0.02, weight_decay: float = 0.0) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(p, p.grad, group)

    def _update(self, p: nn.Parameter, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(p)
        velocity = state["momentum_buffer"].mul_(0.95).add_(gradient)
        update = 0.2 * max(p.shape) ** 0.5 * self._orthogonal(gradient + 0.95 * velocity)
        p.sub_(group["lr"] * (update + group["weight_decay"] * p))

    def _orthogonal(self, matrix: Tensor) -> Tensor:
        """All singular values brought near 1 by five rounds of Newton and Schulz."""
        tall = matrix.shape[0] > matrix.shape[1]
        x = matrix.T if tall else matrix
        x = x / (x.norm() + 1e-7)
        for _ in range(5):
            square = x @ x.T
            x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
        return x.T if tall else x
''',
}
"""Classes by name."""
