"""Pools over one, two or three spatial dimensions, with channels first."""

from __future__ import annotations

from dlspec.catalog.base import Layer, Misfit, PerAxis, param
from dlspec.catalog.windows import Padding, Window, per_axis, size_text, slid, spatial_shape, window
from dlspec.tensor import TensorType


class Pool(Layer):
    """What the pools with a kernel share."""

    kernel: PerAxis = param(..., "size of the window")
    stride: PerAxis | None = param(None, "step between windows; the kernel where it is not given")
    padding: Padding = param(0, "places added on both sides: a number, a size, same, valid (none) or causal")
    ceil: bool = param(False, "whether a window that hangs over the end counts too")

    def window(self, input: TensorType) -> Window:
        """Kernel, stride and padding for each spatial dimension of this input."""
        return window(self, input, self.kernel, self.kernel if self.stride is None else self.stride, self.padding)

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        over = self.window(input)
        if any(margin >= k for margin, k in zip(over.margins, over.kernel, strict=True)):
            raise Misfit(
                f"has padding={size_text(over.margins)} and kernel={size_text(over.kernel)}: "
                "a window would lie in the padding alone",
                "padding must be smaller than the kernel",
            )
        return input.with_shape((input.shape[0], *slid(self, input, over, ceil=self.ceil)))


class MaxPool(Pool):
    """The largest element of each window; padding never wins.

    Shapes: [C, *n] -> [C, *m], m = floor((n + 2 padding - kernel) / stride) + 1; with `ceil` rounded up, as long as
    the last window begins before the padding behind; with padding=same or causal ceil(n / stride).
    Formula: y = max over the window.
    Source: Ranzato et al., Unsupervised learning of invariant feature hierarchies, 2007.
    """

    entry = "max_pool"


class MinPool(Pool):
    """The smallest element of each window; padding never wins.

    Shapes: [C, *n] -> [C, *m], as for max_pool.
    Formula: y = min over the window = -max_pool(-x).
    Source: none; the mirror image of max_pool.
    """

    entry = "min_pool"


class AvgPool(Pool):
    """The mean of each window; padding is not counted.

    Shapes: [C, *n] -> [C, *m], as for max_pool.
    Formula: y = sum over the window / how many of its places lie in the input.
    Source: LeCun et al., Handwritten digit recognition with a back-propagation network, 1989.
    """

    entry = "avg_pool"


class LpPool(Pool):
    """The p-norm of each window; padding counts as zeros.

    Shapes: [C, *n] -> [C, *m], as for max_pool.
    Formula: y = (sum over the window of |x|^p)^(1/p).
    Source: Sermanet, Chintala and LeCun, Convolutional neural networks applied to house numbers, 2012.
    """

    entry = "lp_pool"
    kernel: PerAxis = param(..., "size of the window")
    p: float = param(2.0, "order of the norm", ge=1)


class AdaptivePool(Layer):
    """What the pools to a size share."""

    size: PerAxis = param(..., "size of the result")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        spatial_shape(self, input)
        return input.with_shape((input.shape[0], *per_axis(self, "size", self.size, input)))


class AdaptiveMaxPool(AdaptivePool):
    """The largest element of each bin, with as many bins as the result has places.

    Shapes: [C, *n] -> [C, *size].
    Formula: y[i] = max of x from floor(i n / size) up to, not including, ceil((i + 1) n / size).
    Source: PyTorch, `torch.nn.AdaptiveMaxPool2d`; He et al., Spatial pyramid pooling, 2014.
    """

    entry = "adaptive_max_pool"


class AdaptiveAvgPool(AdaptivePool):
    """The mean of each bin, with as many bins as the result has places.

    Shapes: [C, *n] -> [C, *size].
    Formula: y[i] = mean of x from floor(i n / size) up to, not including, ceil((i + 1) n / size).
    Source: PyTorch, `torch.nn.AdaptiveAvgPool2d`; He et al., Spatial pyramid pooling, 2014.
    """

    entry = "adaptive_avg_pool"


class GlobalPool(Layer):
    """What the pools over everything share."""

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        spatial_shape(self, input)
        return input.with_shape(input.shape[:1])


class GlobalMaxPool(GlobalPool):
    """The largest element of each channel.

    Shapes: [C, *n] -> [C].
    Formula: y[c] = max x[c].
    Source: Oquab et al., Is object localization for free?, 2015.
    """

    entry = "global_max_pool"


class GlobalAvgPool(GlobalPool):
    """The mean of each channel.

    Shapes: [C, *n] -> [C].
    Formula: y[c] = mean x[c].
    Source: Lin, Chen and Yan, Network in network, 2013.
    """

    entry = "global_avg_pool"


ENTRIES: tuple[type[Layer], ...] = (
    MaxPool, MinPool, AvgPool, LpPool, AdaptiveMaxPool, AdaptiveAvgPool, GlobalMaxPool, GlobalAvgPool,
)  # fmt: skip
