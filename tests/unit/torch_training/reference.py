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


class Nadam(Adam):
    """Dozat, 2016, algorithm 2 with its schedule of momenta."""

    def direction(self, g: Array) -> Array:
        self.t += 1
        momenta = self.b1 * (1 - 0.5 * 0.96 ** (0.004 * np.arange(1, self.t + 2)))
        self.m = self.b1 * self.m + (1 - self.b1) * g
        self.v = self.b2 * self.v + (1 - self.b2) * g**2
        ahead = momenta[-1] * self.m / (1 - momenta.prod()) + (1 - momenta[-2]) * g / (1 - momenta[:-1].prod())
        return ahead / (np.sqrt(self.v / (1 - self.b2**self.t)) + self.eps)


class Adamax(Adam):
    """Kingma and Ba, 2014, algorithm 2, with epsilon beside the gradient."""

    def direction(self, g: Array) -> Array:
        self.t += 1
        self.m = self.b1 * self.m + (1 - self.b1) * g
        self.v = np.maximum(self.b2 * self.v, abs(g) + self.eps)
        return self.m / (1 - self.b1**self.t) / self.v


class Radam(Adam):
    """Liu et al., 2019, algorithm 2, with the threshold and the epsilon of the authors' code."""

    def direction(self, g: Array) -> Array:
        self.t += 1
        self.m = self.b1 * self.m + (1 - self.b1) * g
        self.v = self.b2 * self.v + (1 - self.b2) * g**2
        most = 2 / (1 - self.b2) - 1
        length = most - 2 * self.t * self.b2**self.t / (1 - self.b2**self.t)
        corrected = self.m / (1 - self.b1**self.t)
        if length <= 5:
            return corrected
        r = np.sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length))
        return r * corrected * np.sqrt(1 - self.b2**self.t) / (np.sqrt(self.v) + self.eps)


class Lamb(Adam):
    """You et al., 2019, algorithm 2."""

    def update(self, w: Array, g: Array) -> Array:
        u = self.direction(g) + self.weight_decay * w
        sizes = np.linalg.norm(w), np.linalg.norm(u)
        return w - self.lr * (sizes[0] / sizes[1] if all(sizes) else 1.0) * u


class Lion(Optimizer):
    """Chen et al., 2023, program 1."""

    def __init__(self, lr: float, beta1: float = 0.9, beta2: float = 0.99, weight_decay: float = 0.0) -> None:
        super().__init__(lr, weight_decay)
        self.b1, self.b2, self.m = beta1, beta2, np.float64(0)

    def update(self, w: Array, g: Array) -> Array:
        w = w - self.lr * (np.sign(self.b1 * self.m + (1 - self.b1) * g) + self.weight_decay * w)
        self.m = self.b2 * self.m + (1 - self.b2) * g
        return w


class Adafactor(Optimizer):
    """Shazeer and Stern, 2018: algorithm 4 for matrices, 5 for vectors, with sums as they are printed there."""

    def __init__(self, lr: float = 0.01, weight_decay: float = 0.0) -> None:
        super().__init__(lr, weight_decay)
        self.t, self.r, self.c, self.v = 0, np.float64(0), np.float64(0), np.float64(0)

    def update(self, w: Array, g: Array) -> Array:
        self.t += 1
        b, square = 1 - self.t**-0.8, g**2 + 1e-30
        if w.ndim > 1:
            square = square.reshape(len(square), -1)
            self.r = b * self.r + (1 - b) * square.sum(1)
            self.c = b * self.c + (1 - b) * square.sum(0)
            v = (np.outer(self.r, self.c) / self.r.sum()).reshape(g.shape)
        else:
            v = self.v = b * self.v + (1 - b) * square
        u = g / np.sqrt(v)
        u = u / max(1.0, np.sqrt((u**2).mean()))
        reach = max(1e-3, np.sqrt((w**2).mean())) * min(self.lr, 1 / np.sqrt(self.t))
        return w - self.lr * self.weight_decay * w - reach * u


class Muon(Adamw):
    """Jordan et al., 2024, for matrices; the five rounds are a polynomial of the singular values."""

    def update(self, w: Array, g: Array) -> Array:
        if w.ndim != 2:
            return super().update(w, g)
        self.m = 0.95 * self.m + g
        left, sizes, right = np.linalg.svd(g + 0.95 * self.m, full_matrices=False)
        sizes = sizes / (np.linalg.norm(sizes) + 1e-7)
        for _ in range(5):
            sizes = 3.4445 * sizes - 4.7750 * sizes**3 + 2.0315 * sizes**5
        return w - self.lr * (0.2 * np.sqrt(max(w.shape)) * (left * sizes) @ right + self.weight_decay * w)


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
