"""The terms of each loss by its definition, example by example, in plain NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby, product
from typing import Any

import numpy as np
from scipy.special import expit, rel_entr, softmax
from scipy.stats import norm, poisson

Array = np.ndarray[Any, np.dtype[Any]]
Reference = Callable[..., Any]


def elementwise(formula: Reference) -> Reference:
    """A term for each number."""
    return lambda loss, f, y: formula(loss, f, np.reshape(y, np.shape(f)).astype(float))


def binary_cross_entropy(loss: Any, f: Array, y: Array) -> Array:
    y = y * (1 - loss.label_smoothing) + 0.5 * loss.label_smoothing
    return -loss.positive_weight * y * np.log(expit(f)) - (1 - y) * np.log(1 - expit(f))


def classes_last(loss: Any, f: Array) -> Array:
    return np.moveaxis(f, 0, -1) if getattr(loss, "axis", -1) == 0 else f


def cross_entropy(loss: Any, f: Array, y: Array) -> tuple[Array, Array]:
    logp = np.log(softmax(classes_last(loss, f), axis=-1))
    if y.dtype.kind == "f":
        q = classes_last(loss, y)
        q = (1 - loss.label_smoothing) * q + loss.label_smoothing / q.shape[-1]
        return -(q * logp).sum(-1), np.ones(logp.shape[:-1])
    return chosen(loss, logp, y, loss.label_smoothing)


def chosen(loss: Any, logp: Array, y: Array, smoothing: float = 0.0) -> tuple[Array, Array]:
    """The terms of class numbers, and what each counts."""
    count = logp.shape[-1]
    weights = np.array(loss.class_weights or [1.0] * count)
    terms, places = np.zeros(logp.shape[:-1]), np.zeros(logp.shape[:-1])
    for place in np.ndindex(places.shape):
        own = int(np.reshape(y, places.shape)[place])
        if own != loss.ignore_index:
            even = sum(-weights[c] * logp[place][c] for c in range(count)) / count
            terms[place] = (1 - smoothing) * weights[own] * -logp[place][own] + smoothing * even
            places[place] = weights[own]
    return terms, places


def normal_density(loss: Any, mean: Array, log_variance: Array, y: Array) -> Array:
    """-log of the density, without the constant that the loss leaves out."""
    shape = np.shape(mean)
    deviation = np.exp(0.5 * np.reshape(log_variance, shape))
    return -norm(mean, deviation).logpdf(np.reshape(y, shape)) - 0.5 * np.log(2 * np.pi)


def kl_normal(loss: Any, mean: Array, log_variance: Array) -> Array:
    """By its integral: E[log q - log p] with 40,001 points for each number."""
    total = 0.0
    for m, s in zip(np.ravel(mean), np.ravel(log_variance), strict=True):
        own = norm(m, np.exp(0.5 * s))
        x = np.linspace(m - 12 * own.std(), m + 12 * own.std(), 40_001)
        total += np.trapezoid(own.pdf(x) * (own.logpdf(x) - norm(0, 1).logpdf(x)), x)
    return np.array(total)


def classes_first(f: Array, y: Array) -> Array | None:
    """The prediction with its classes first, against class numbers; None for scores. By the rule of the reference."""
    places = () if y.shape == (1,) and f.shape != (1,) else y.shape
    if f.ndim == len(places) or (f.size == 1 and y.size == 1):
        return None
    first, last = f.shape[1:] == places, f.shape[:-1] == places
    in_front = first and (f.ndim >= 3 or not last)
    return f if in_front else np.moveaxis(f, -1, 0)


def focal(loss: Any, f: Array, y: Array) -> Array:
    logits = classes_first(f, y)
    if logits is None:
        y, p = np.reshape(y, f.shape).astype(bool), expit(f)
        own, share = np.where(y, p, 1 - p), np.where(y, loss.alpha, 1 - loss.alpha)
        return -share * (1 - own) ** loss.gamma * np.log(own)
    p = softmax(logits, axis=0)
    own = np.take_along_axis(p, np.reshape(y, p.shape[1:])[None], 0)[0]
    return -loss.alpha * (1 - own) ** loss.gamma * np.log(own)


def kl_divergence(loss: Any, f: Array, y: Array) -> Array:
    return rel_entr(y, np.exp(f)).sum(-1)


def regions(f: Array, y: Array) -> list[tuple[Array, Array]]:
    """Predicted share and truth of each region."""
    logits = classes_first(f, y)
    if logits is not None:
        p = softmax(logits, axis=0)
        return [(p[c].ravel(), (y == c).astype(float).ravel()) for c in range(len(p))]
    p, y = expit(f), np.reshape(y, f.shape).astype(float)
    channels = range(len(p)) if p.ndim >= 3 else [...]
    return [(np.ravel(p[c]), np.ravel(y[c])) for c in channels]


def one_or_all(terms: list[float], f: Array, y: Array) -> Array:
    return np.array(terms if classes_first(f, y) is not None or f.ndim >= 3 else terms[0])


def dice(loss: Any, f: Array, y: Array) -> Array:
    found = [1 - (2 * p @ t + loss.smooth) / (p.sum() + t.sum() + loss.smooth) for p, t in regions(f, y)]
    return one_or_all(found, f, y)


def tversky(loss: Any, f: Array, y: Array) -> Array:
    found = []
    for p, t in regions(f, y):
        errors = loss.alpha * (p @ (1 - t)) + loss.beta * ((1 - p) @ t)
        found.append(1 - (p @ t + loss.smooth) / (p @ t + errors + loss.smooth))
    return one_or_all(found, f, y)


def ctc(loss: Any, f: Array, y: Array) -> Array:
    """Every path through time, and those whose classes, repeats and blanks taken away, are the target."""
    p, blank = softmax(f, axis=-1), loss.blank
    labels = list(y[: list(y).index(blank)] if blank in y else y)
    total = 0.0
    for path in product(range(p.shape[1]), repeat=len(p)):
        if [c for c, _ in groupby(path) if c != blank] == labels:
            total += np.prod(p[np.arange(len(p)), path])
    return -np.log(total)


def cosines(a: Array, b: Array) -> Array:
    return (a * b).sum(-1) / np.sqrt((a * a).sum(-1) * (b * b).sum(-1))


def distances(a: Array, b: Array) -> Array:
    return np.sqrt(((a - b) ** 2).sum(-1))


def contrastive(loss: Any, a: Array, b: Array, same: Array) -> Array:
    d = distances(a, b)
    return np.where(np.reshape(same, d.shape) == 1, d**2 / 2, np.maximum(loss.margin - d, 0) ** 2 / 2)


def triplet(loss: Any, anchor: Array, positive: Array, negative: Array) -> Array:
    return np.maximum(distances(anchor, positive) + loss.margin - distances(anchor, negative), 0)


TERMS: dict[str, Reference] = {
    "mse": elementwise(lambda loss, f, y: (f - y) ** 2),
    "mae": elementwise(lambda loss, f, y: abs(f - y)),
    "huber": elementwise(
        lambda loss, f, y: np.where(
            abs(f - y) <= loss.delta, (f - y) ** 2 / 2, loss.delta * (abs(f - y) - loss.delta / 2)
        )
    ),
    "log_cosh": elementwise(lambda loss, f, y: np.log(np.cosh(f - y))),
    "quantile": elementwise(lambda loss, f, y: np.where(y > f, loss.q * (y - f), (1 - loss.q) * (f - y))),
    "poisson": elementwise(lambda loss, f, y: -poisson(np.exp(f)).logpmf(y) + poisson(1).logpmf(y) + 1),
    "gaussian_nll": normal_density,
    "hinge": elementwise(lambda loss, f, y: np.maximum(0, 1 - y * f)),
    "squared_hinge": elementwise(lambda loss, f, y: np.maximum(0, 1 - y * f) ** 2),
    "perceptron": elementwise(lambda loss, f, y: np.where(y * f > 0, 0, abs(f))),
    "wasserstein": elementwise(lambda loss, f, y: np.where(y > 0, -f, f)),
    "binary_cross_entropy": elementwise(binary_cross_entropy),
    "cross_entropy": cross_entropy,
    "nll": chosen,
    "kl_normal": kl_normal,
    "focal": focal,
    "kl_divergence": kl_divergence,
    "dice": dice,
    "tversky": tversky,
    "ctc": ctc,
    "cosine": lambda loss, f, y: 1 - cosines(f, y),
    "contrastive": contrastive,
    "triplet": triplet,
}
"""From the inputs of one example; with a second array where terms count differently in the mean."""


def terms_of(loss: Any, *arrays: Array) -> tuple[Array, Array]:
    """The terms of a batch, and what each of them counts."""
    if loss.entry == "info_nce":
        f, y = arrays
        scores = np.array([[cosines(one, other) / loss.temperature for other in y] for one in f])
        terms = -np.log(np.diag(softmax(scores, axis=1)))
        return terms, np.ones_like(terms)
    found = [TERMS[loss.entry](loss, *example) for example in zip(*arrays, strict=True)]
    pairs = [each if isinstance(each, tuple) else (each, np.ones(np.shape(each))) for each in found]
    return np.array([terms for terms, _ in pairs]), np.array([places for _, places in pairs])


def value_of(loss: Any, *arrays: Array, examples: Array | None = None) -> tuple[float, float]:
    """The value of the loss on a batch whose examples count so much, and the weight of that among other batches."""
    terms, places = terms_of(loss, *arrays)
    counts = np.ones(len(terms)) if examples is None else examples
    column = counts.reshape(-1, *[1] * (terms.ndim - 1))
    weighs = loss.entry in ("cross_entropy", "nll") and not np.array_equal(places, np.ones_like(places))
    if loss.reduction == "mean" and weighs:
        return loss.weight * float((column * terms).sum() / (column * places).sum()), float((column * places).sum())
    each = getattr(terms.reshape(len(terms), -1), loss.reduction)(axis=1)
    return loss.weight * float((counts * each).sum() / counts.sum()), float(counts.sum())
