"""Functions and classes of the generated updates, as text; each is emitted where it is used."""

from __future__ import annotations

from collections.abc import Mapping

HELPERS: Mapping[str, str] = {
    "mixed_precision": '''
def mixed_precision(function: Callable[..., Any]) -> Callable[..., Any]:
    """Matrix products and convolutions in 16 bits, weights and what needs it in 32, on the device of the batch."""

    @wraps(function)
    def run(model: nn.Module, batch: Batch, *given: Any) -> Any:
        with torch.autocast(next(iter(batch.values())).device.type, torch.DTYPE):
            return function(model, batch, *given)

    return run
''',
    "Scaled": '''
class Scaled:
    """An optimizer for half precision: the loss is scaled up, so that no gradient is lost, and these down again.

    An update whose gradients are not finite is left out, and the scale halved; it grows after 2000 good ones.
    """

    def __init__(self, optimizer: Any, model: nn.Module) -> None:
        self.optimizer = optimizer
        self.scaler = torch.amp.GradScaler(next(model.parameters()).device.type)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.optimizer, name)

    def scaled(self, total: Tensor) -> Tensor:
        """What gradients are to be taken of."""
        return self.scaler.scale(total)

    def unscale(self) -> None:
        """Bring the gradients to their own size before they are looked at."""
        self.scaler.unscale_(self.optimizer)

    def step(self) -> None:
        self.scaler.step(self.optimizer)
        self.scaler.update()
''',
    "Averaged": '''
class Averaged:
    """An optimizer, and an exponential average of the weights and running statistics of its model.

    After `train` the model has the weights that are trained, after `eval` their average.
    """

    def __init__(self, optimizer: Any, model: nn.Module, decay: float) -> None:
        self.optimizer, self.model, self.decay = optimizer, model, decay
        self.restart()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.optimizer, name)

    def restart(self) -> None:
        """Begin with the weights as they are."""
        self.training = True
        self.other = {name: own.clone() for name, own in self.model.state_dict().items()}

    @torch.no_grad()
    def follow(self) -> None:
        """Move the average towards the weights."""
        for name, own in self.model.state_dict().items():
            if own.is_floating_point():
                self.other[name].lerp_(own, 1 - self.decay)
            else:
                self.other[name].copy_(own)

    def train(self) -> None:
        if not self.training:
            self._exchange()

    def eval(self) -> None:
        if self.training:
            self._exchange()

    @torch.no_grad()
    def _exchange(self) -> None:
        self.training = not self.training
        for name, own in self.model.state_dict().items():
            before = own.clone()
            own.copy_(self.other[name])
            self.other[name].copy_(before)
''',
    "Gradients": '''
class Gradients:
    """The gradients of several batches, as if these were one.

    The terms of a group have means of equal weight: their gradients are added up by these, and divided by all of them.
    """

    def __init__(self, parameters: Sequence[nn.Parameter], groups: Sequence[Sequence[str]]) -> None:
        self.parameters, self.groups = parameters, groups
        self.sums: list[dict[nn.Parameter, Tensor]] = [{} for _ in groups]
        self.results: list[Terms] = []

    def add(self, terms: Terms, scaled: Callable[[Tensor], Tensor] | None = None) -> None:
        """Work out the gradients of a batch."""
        for names, sums in zip(self.groups, self.sums, strict=True):
            total = sum(mean * weight for mean, weight in (terms[name] for name in names))
            total = scaled(total) if scaled else total
            if not total.requires_grad:  # a term of what stands still
                continue
            found = torch.autograd.grad(total, self.parameters, retain_graph=True, allow_unused=True)
            for p, gradient in zip(self.parameters, found, strict=True):
                if gradient is not None:
                    sums[p] = sums[p] + gradient if p in sums else gradient
        self.results.append({name: (mean.detach(), weight) for name, (mean, weight) in terms.items()})

    def finish(self) -> dict[str, Tensor]:
        """Give each weight its gradient; the means of the terms over all batches."""
        for p in self.parameters:
            p.grad = None
        for names, sums in zip(self.groups, self.sums, strict=True):
            weight = sum(terms[names[0]][1] for terms in self.results) or 1
            for p, gradient in sums.items():
                p.grad = gradient / weight if p.grad is None else p.grad + gradient / weight
        return {name: self.mean([terms[name] for terms in self.results]) for name in self.results[0]}

    def mean(self, pairs: Sequence[tuple[Tensor, Tensor | int]]) -> Tensor:
        """The mean of some means, each with its weight."""
        return sum(mean * weight for mean, weight in pairs) / (sum(weight for _, weight in pairs) or 1)
''',
    "batches_of": '''
def batches_of(batch: Batch, draws: Batch | None) -> Iterator[tuple[Batch, Batch | None]]:
    """The batches that an update sees, with their draws."""
    for start in range(0, len(next(iter(batch.values()))), BATCH):
        part = {name: x[start : start + BATCH] for name, x in batch.items()}
        yield part, draws and {name: x[start : start + BATCH] for name, x in draws.items()}
''',
    "together": '''
def together(results: Sequence[Outputs]) -> Outputs:
    """What the metrics compare, of several batches."""
    return {
        name: tuple(torch.cat(each) for each in zip(*(result[name] for result in results), strict=True))
        for name in results[0]
    }
''',
    "carried": '''
@contextmanager
def carried(model: nn.Module, states: list[Any]) -> Iterator[None]:
    """Recurrent layers begin with the states at which they ended before, without gradient.

    These stand in `states` in the order in which the layers are called, and are replaced; at first there are none.
    """
    before = list(states)
    states.clear()

    def begin(layer: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...]:
        return (given[0], before[len(states)]) if before else given

    def end(layer: nn.Module, given: tuple[Any, ...], made: tuple[Any, Any]) -> None:
        state = made[1]
        states.append(tuple(x.detach() for x in state) if isinstance(state, tuple) else state.detach())

    layers = [layer for layer in model.modules() if isinstance(layer, nn.RNNBase)]
    hooks = [layer.register_forward_pre_hook(begin) for layer in layers]
    hooks += [layer.register_forward_hook(end) for layer in layers]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
''',
}
