"""SEMANTICS in NumPy and float64, written without a look at any framework."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


class Optimizer:
    """An update rule for one weight."""

    def __init__(self, lr: float, weight_decay: float = 0.0) -> None:
        self.lr = lr
        self.weight_decay = weight_decay

    def update(self, w: Array, g: Array) -> Array:
        return w - self.lr * self.direction(g + self.weight_decay * w)

    def direction(self, g: Array) -> Array:
        raise NotImplementedError


class Sgd(Optimizer):
    def __init__(self, lr: float, momentum: float = 0.0, nesterov: bool = False, weight_decay: float = 0.0) -> None:
        super().__init__(lr, weight_decay)
        self.m, self.nesterov, self.v = momentum, nesterov, np.float64(0)

    def direction(self, g: Array) -> Array:
        self.v = self.m * self.v + g
        return g + self.m * self.v if self.nesterov else self.v


class Adagrad(Optimizer):
    def __init__(self, lr: float, eps: float = 1e-10, weight_decay: float = 0.0) -> None:
        super().__init__(lr, weight_decay)
        self.eps, self.s = eps, np.float64(0)

    def direction(self, g: Array) -> Array:
        self.s = self.s + g**2
        return g / (np.sqrt(self.s) + self.eps)


class Adadelta(Optimizer):
    def __init__(self, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0.0) -> None:
        super().__init__(lr, weight_decay)
        self.rho, self.eps, self.s, self.u = rho, eps, np.float64(0), np.float64(0)

    def direction(self, g: Array) -> Array:
        self.s = self.rho * self.s + (1 - self.rho) * g**2
        d = g * np.sqrt(self.u + self.eps) / np.sqrt(self.s + self.eps)
        self.u = self.rho * self.u + (1 - self.rho) * d**2
        return d


class Rmsprop(Optimizer):
    def __init__(
        self,
        lr: float,
        rho: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        centered: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(lr, weight_decay)
        self.rho, self.eps, self.m, self.centered = rho, eps, momentum, centered
        self.s, self.a, self.v = np.float64(0), np.float64(0), np.float64(0)

    def direction(self, g: Array) -> Array:
        self.s = self.rho * self.s + (1 - self.rho) * g**2
        self.a = self.rho * self.a + (1 - self.rho) * g
        variance = np.maximum(self.s - self.a**2, 0) if self.centered else self.s
        self.v = self.m * self.v + g / (np.sqrt(variance) + self.eps)
        return self.v


class Adam(Optimizer):
    def __init__(
        self,
        lr: float,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        amsgrad: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(lr, weight_decay)
        self.b1, self.b2, self.eps, self.amsgrad = beta1, beta2, eps, amsgrad
        self.m, self.v, self.largest, self.t = np.float64(0), np.float64(0), np.float64(0), 0

    def direction(self, g: Array) -> Array:
        self.t += 1
        self.m = self.b1 * self.m + (1 - self.b1) * g
        self.v = self.b2 * self.v + (1 - self.b2) * g**2
        self.largest = np.maximum(self.largest, self.v)
        size = (self.largest if self.amsgrad else self.v) / (1 - self.b2**self.t)
        return self.m / (1 - self.b1**self.t) / (np.sqrt(size) + self.eps)


class Adamw(Adam):
    def update(self, w: Array, g: Array) -> Array:
        w = w - self.lr * self.weight_decay * w
        return w - self.lr * self.direction(g)


# ---------------------------------------------------------------- a small model with its gradient


def mlp_gradient(weights: dict[str, Array], x: Array, target: Array) -> tuple[float, dict[str, Array]]:
    """The mean squared error of dense -> tanh -> dense, and its gradient by hand."""
    hidden = np.tanh(x @ weights["hidden.weight"].T + weights["hidden.bias"])
    y = hidden @ weights["y.weight"].T + weights["y.bias"]
    error = y - target
    loss = float((error**2).mean())
    upstream = 2 * error / error.size
    back = (upstream @ weights["y.weight"]) * (1 - hidden**2)
    return loss, {
        "hidden.weight": back.T @ x,
        "hidden.bias": back.sum(0),
        "y.weight": upstream.T @ hidden,
        "y.bias": upstream.sum(0),
    }
