"""Helpers of generated code for convolutions that Keras does not have on every engine."""

from __future__ import annotations

from dlspec.backends.python.helper import Helper

CONVOLUTIONS: dict[str, Helper] = {
    "GroupedConv": Helper(
        '''
class GroupedConv(layers.Layer):
    """A convolution whose groups of channels are convolved apart; stride and dilation may go together."""

    def __init__(
        self,
        features: int,
        filters: int,
        kernel_size: Sequence[int],
        *,
        strides: Sequence[int] | None = None,
        padding: str = "valid",
        dilation: Sequence[int] | None = None,
        groups: int = 1,
        use_bias: bool = True,
    ) -> None:
        super().__init__()
        ones = [1] * len(kernel_size)
        self.strides, self.dilation = tuple(strides or ones), tuple(dilation or ones)
        self.padding, self.groups = padding, groups
        fan = (*kernel_size, features // groups)
        self.kernel = self.add_weight((*fan, filters), initializer=uniform(fan), name="kernel")
        self.bias = self.add_weight((filters,), initializer=uniform(fan), name="bias") if use_bias else None
        self.built = True

    def call(self, x: Tensor) -> Tensor:
        kernel = dilated(self.kernel, self.dilation)
        pairs = zip(ops.split(x, self.groups, axis=-1), ops.split(kernel, self.groups, axis=-1), strict=True)
        parts = [convolved(part, own, self.strides, self.padding) for part, own in pairs]
        y = ops.concatenate(parts, axis=-1)
        return y if self.bias is None else y + self.bias
''',
        ("layers", "ops", "convolved", "dilated", "uniform", "Sequence", "Tensor"),
    ),
    "convolved": Helper(
        '''
def convolved(x: Tensor, kernel: Tensor, strides: Sequence[int], padding: str) -> Tensor:
    """A convolution, channels last.

    Of one channel in longer steps to the side alone, TensorFlow gives wrong numbers where there is one place only.
    """
    if x.shape[-1] == 1 and padding == "valid" and len(strides) == 2 and strides[0] == 1 < strides[1]:
        return ops.conv(x, kernel, padding="valid", data_format="channels_last")[:, :, :: strides[1]]
    return ops.conv(x, kernel, strides, padding=padding, data_format="channels_last")
''',
        ("ops", "Sequence", "Tensor"),
    ),
    "ConvTranspose": Helper(
        '''
class ConvTranspose(layers.Layer):
    """A transposed convolution, also of groups or with dilation. `cut` is what is taken off at both ends of each
    dimension of the whole result; at the end, less than nothing adds places that hold the bias alone."""

    def __init__(
        self,
        features: int,
        filters: int,
        kernel_size: Sequence[int],
        *,
        strides: Sequence[int] | None = None,
        dilation: Sequence[int] | None = None,
        cut: Sequence[tuple[int, int]] | None = None,
        groups: int = 1,
        use_bias: bool = True,
    ) -> None:
        super().__init__()
        ones = [1] * len(kernel_size)
        self.strides, self.dilation = tuple(strides or ones), tuple(dilation or ones)
        self.cut, self.groups = tuple(cut or [(0, 0)] * len(ones)), groups
        fan = (*kernel_size, filters // groups)
        self.kernel = self.add_weight((*fan, features), initializer=uniform(fan), name="kernel")
        self.bias = self.add_weight((filters,), initializer=uniform(fan), name="bias") if use_bias else None
        self.built = True

    def call(self, x: Tensor) -> Tensor:
        kernel = dilated(self.kernel, self.dilation)
        pairs = zip(ops.split(x, self.groups, axis=-1), ops.split(kernel, self.groups, axis=-1), strict=True)
        parts = [ops.conv_transpose(part, own, self.strides, data_format="channels_last") for part, own in pairs]
        y = ops.concatenate(parts, axis=-1)
        y = ops.pad(y, ((0, 0), *((0, max(-after, 0)) for _, after in self.cut), (0, 0)))
        y = y[(slice(None), *(slice(before, -after if after > 0 else None) for before, after in self.cut))]
        return y if self.bias is None else y + self.bias
''',
        ("layers", "ops", "dilated", "uniform", "Sequence", "Tensor"),
    ),
    "dilated": Helper(
        '''
def dilated(kernel: Tensor, rates: Sequence[int]) -> Tensor:
    """The kernel with zeros between its places."""
    kernel = ops.convert_to_tensor(kernel)
    for axis, rate in enumerate(rates):
        if rate > 1:
            sizes = tuple(kernel.shape)
            apart = ops.expand_dims(kernel, axis + 1)
            pads = [(0, rate - 1) if place == axis + 1 else (0, 0) for place in range(len(sizes) + 1)]
            joined = ops.reshape(ops.pad(apart, pads), (*sizes[:axis], sizes[axis] * rate, *sizes[axis + 1 :]))
            kernel = joined[(*[slice(None)] * axis, slice(0, 1 - rate))]
    return kernel
''',
        ("ops", "Sequence", "Tensor"),
    ),
    "pad_same": Helper(
        '''
def pad_same(x: Tensor, reach: Sequence[int], strides: Sequence[int]) -> Tensor:
    """Pads with zeros so that windows give ceil(n / stride) places, the odd one at the end."""
    pads = []
    for size, span, step in zip(ops.shape(x)[1:-1], reach, strides, strict=True):
        total = (-(-size // step) - 1) * step + span - size
        total = max(total, 0) if isinstance(size, int) else ops.maximum(total, 0)
        pads.append((total // 2, total - total // 2))
    return ops.pad(x, ((0, 0), *pads, (0, 0)))
''',
        ("ops", "Sequence", "Tensor"),
    ),
    "pool_volumes": Helper(
        '''
def pool_volumes(pool: Any, x: Tensor, kernel: Sequence[int], strides: Sequence[int], padding: str = "valid") -> Tensor:
    """A pool of volumes, as one of images and one of depth: TensorFlow has none in double precision on CPU."""
    options = {"padding": padding, "data_format": "channels_last"}
    count, depth, height, width, channels = ops.shape(x)
    flat = ops.reshape(x, (count * depth, height, width, channels))
    y = pool(flat, tuple(kernel[1:]), strides=tuple(strides[1:]), **options)
    _, height, width, _ = ops.shape(y)
    y = pool(
        ops.reshape(y, (count, depth, height * width, channels)), (kernel[0], 1), strides=(strides[0], 1), **options
    )
    return ops.reshape(y, (count, ops.shape(y)[1], height, width, channels))
''',
        ("Any", "ops", "Sequence", "Tensor"),
    ),
    "adaptive_avg_pool": Helper(
        '''
def adaptive_avg_pool(x: Tensor, sizes: Sequence[int]) -> Tensor:
    """The mean of each bin; the dimensions between batch and channels are cut into so many bins."""
    for axis, size in enumerate(sizes, start=1):
        inside = ops.cast(bins(ops.shape(x)[axis], size), x.dtype)
        share = inside / ops.sum(inside, axis=1, keepdims=True)
        x = ops.moveaxis(ops.matmul(ops.moveaxis(x, axis, -1), ops.transpose(share)), -1, axis)
    return x
''',
        ("ops", "bins", "Sequence", "Tensor"),
    ),
    "adaptive_max_pool": Helper(
        '''
def adaptive_max_pool(x: Tensor, sizes: Sequence[int]) -> Tensor:
    """The largest element of each bin; the dimensions between batch and channels are cut into so many bins."""
    for axis, size in enumerate(sizes, start=1):
        inside = bins(ops.shape(x)[axis], size)
        rows = ops.expand_dims(ops.moveaxis(x, axis, -1), -2)
        x = ops.moveaxis(ops.max(ops.where(inside, rows, float("-inf")), axis=-1), -1, axis)
    return x
''',
        ("ops", "bins", "Sequence", "Tensor"),
    ),
    "bins": Helper(
        '''
def bins(count: Any, size: int) -> Tensor:
    """Which of `count` places lie in each of `size` bins: from floor(i n / size) to before ceil((i + 1) n / size)."""
    bin, place = ops.expand_dims(ops.arange(size, dtype="int32"), 1), ops.arange(count, dtype="int32")
    return (place >= bin * count // size) & (place < -(-(bin + 1) * count // size))
''',
        ("Any", "ops", "Tensor"),
    ),
}
"""Convolutions and pools."""
