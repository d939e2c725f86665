"""Names, order and defaults of arguments, held against the published list; the index against the modules."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest

from dlspec.catalog.base import Entry, Layer, parameters
from dlspec.catalog.index import FAMILIES, find, names

KINDS = ("layer", "initializer", "internal initializer", "penalty", "constraint")

LAYERS = """
dense(size, bias=true) bilinear(size, bias=true) maxout(size, pieces=2) embedding(n, size, padding_index=none)
parameter(*shape, init=zeros) constant(values)
conv(channels, kernel, stride=1, padding=0, dilation=1, groups=1, bias=true)
conv_transpose(channels, kernel, stride=1, padding=0, output_padding=0, dilation=1, groups=1, bias=true)
depthwise_conv(kernel, stride=1, padding=0, dilation=1, multiplier=1, bias=true)
separable_conv(channels, kernel, stride=1, padding=0, dilation=1, multiplier=1, bias=true)
max_pool(kernel, stride=kernel, padding=0, ceil=false) min_pool(kernel, stride=kernel, padding=0, ceil=false)
avg_pool(kernel, stride=kernel, padding=0, ceil=false) lp_pool(kernel, p=2, stride=kernel, padding=0, ceil=false)
adaptive_max_pool(size) adaptive_avg_pool(size) global_max_pool global_avg_pool
batch_norm(momentum=0.1, scale=true, center=true, eps=1e-5) layer_norm(axis=-1, scale=true, center=true, eps=1e-5)
group_norm(groups, scale=true, center=true, eps=1e-5) instance_norm(scale=true, center=true, eps=1e-5)
rms_norm(axis=-1, scale=true, eps=1e-5) local_response_norm(size, alpha=1e-4, beta=0.75, k=1) l2_normalize(axis=-1)
rnn(size, activation=tanh, return_state=false, bidirectional=false, bias=true)
gru(size, return_state=false, bidirectional=false, bias=true)
lstm(size, return_state=false, bidirectional=false, bias=true)
conv_lstm(channels, kernel, return_state=false, bidirectional=false, bias=true)
attention(heads, causal=false, dropout=0, bias=true, kv_heads=heads, rotary=false)
scaled_dot_product(causal=false, dropout=0) additive_attention(size)
learned_positions(n) sinusoidal_positions(base=10000) rotary_positions(base=10000)
relu relu6 leaky_relu(slope=0.01) prelu(init=0.25) elu(alpha=1) selu celu(alpha=1) gelu(approximate=none) silu mish
sigmoid log_sigmoid hard_sigmoid tanh hard_tanh hard_swish softplus(beta=1) softsign soft_shrink(size=0.5)
hard_shrink(size=0.5) softmax(axis=-1) log_softmax(axis=-1) gumbel_softmax(temperature=1, hard=false) glu(axis=-1)
swiglu(axis=-1) geglu(axis=-1) binary_step identity
dropout(rate=0.5) spatial_dropout(rate=0.5) alpha_dropout(rate=0.5) drop_path(rate=0.1) gaussian_noise(std=0.1)
gaussian_dropout(rate=0.5) random_normal(*shape, mean=0, std=1) random_uniform(*shape, low=0, high=1) stop_gradient
gradient_reversal(scale=1)
flatten reshape(*shape) transpose(*axes) concat(axis=none) stack(axis=none) split(parts, axis=none) squeeze(axis)
unsqueeze(axis) expand(*shape) repeat(n, axis=none) pad(amount, mode=zeros) crop(amount) center_crop(size)
roll(shift, axis=none) flip(axis=none) last gather(index=none, axis=0) one_hot(n=none) upsample(factor, method=nearest)
resize(size, method=bilinear) pixel_shuffle(factor) pixel_unshuffle(factor) channel_shuffle(groups)
unfold(kernel, stride=1, padding=0, dilation=1) cast(type)
exp log log1p sqrt rsqrt square abs sign sin cos tan atan erf floor ceil round clamp(min=none, max=none)
maximum minimum equal less greater where
mean(axis=none, keepdims=false) sum(axis=none, keepdims=false) prod(axis=none, keepdims=false)
max(axis=none, keepdims=false) min(axis=none, keepdims=false) variance(axis=none, keepdims=false)
std(axis=none, keepdims=false) norm(p=2, axis=none, keepdims=false) logsumexp(axis=none, keepdims=false)
argmax(axis=-1) argmin(axis=-1) top_k(k, axis=-1) cumsum(axis=-1) dot(axis=-1) cosine_similarity(axis=-1)
distance(p=2, axis=-1)
"""
"""As in the catalogue's list, but that `gather` may get its index as a tensor, so that it has a default, and that masks
are inputs."""

MASKED = ("rnn", "gru", "lstm", "conv_lstm", "attention", "scaled_dot_product", "additive_attention")

INITIALIZERS = """
zeros ones constant(value) normal(std=1, mean=0) truncated_normal(std=1, mean=0) uniform(low, high) xavier_uniform
xavier_normal kaiming_uniform(slope=0) kaiming_normal(slope=0) lecun_normal orthogonal(gain=1) eye
"""

PENALTIES = "l1(rate=0.01) l2(rate=0.01) elastic(l1=0.01, l2=0.01) orthogonal(rate=0.01)"

CONSTRAINTS = "clamp(min, max) max_norm(limit) non_negative unit_norm"

COMMON = ("init", "bias_init", "penalty", "constraint", "activity")
"""What all layers with weights take besides."""

WORDS: dict[str, Any] = {"true": True, "false": False, "none": None, "kernel": None, "heads": None}


def _written(signatures: str) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for name, arguments in re.findall(r"(\w+)(?:\(([^)]*)\))?", signatures):
        pairs = [part.strip().partition("=")[::2] for part in (arguments or "").split(",") if part.strip()]
        found[name] = [(key.lstrip("*"), value) for key, value in pairs]
    return found


WRITTEN = {
    **{("layer", name): pairs for name, pairs in _written(LAYERS).items()},
    **{("initializer", name): pairs for name, pairs in _written(INITIALIZERS).items()},
    **{("penalty", name): pairs for name, pairs in _written(PENALTIES).items()},
    **{("constraint", name): pairs for name, pairs in _written(CONSTRAINTS).items()},
}


def _declared(kind: str, name: str) -> type[Entry]:
    entry = find(kind, name)
    assert entry is not None, f"{kind} {name}"
    return entry


def _value(text: str) -> Any:
    if text in WORDS:
        return WORDS[text]
    try:
        return float(text)
    except ValueError:
        return text


def _plain(default: Any) -> Any:
    if isinstance(default, Entry):
        return default.entry
    return float(default) if isinstance(default, int | float) and not isinstance(default, bool) else default


@pytest.mark.parametrize(("kind", "name"), WRITTEN, ids=lambda part: str(part))
def test_arguments_order_and_defaults(kind: str, name: str) -> None:
    infos = parameters(_declared(kind, name))
    pairs = WRITTEN[kind, name]
    own = [info for info in infos if info.name not in COMMON or info.name in dict(pairs)]
    assert [info.name for info in own] == [key for key, _ in pairs]
    for info, (key, default) in zip(own, pairs, strict=True):
        variadic = info.name in ("shape", "axes")
        assert info.variadic == variadic
        if not variadic:
            assert info.required == (default == ""), key
        if default:
            assert _plain(info.default) == _value(default), key


def test_layers_with_weights_take_initial_values_and_a_penalty() -> None:
    weighted = [
        name for name in names("layer") if {"init", "penalty"} <= {i.name for i in parameters(_declared("layer", name))}
    ]
    written = """
        dense bilinear maxout embedding parameter conv conv_transpose depthwise_conv separable_conv
        batch_norm layer_norm group_norm instance_norm rms_norm prelu
        rnn gru lstm conv_lstm attention additive_attention learned_positions
    """
    assert sorted(weighted) == sorted(re.findall(r"\w+", written))


@pytest.mark.parametrize("name", MASKED)
def test_mask_is_an_input_by_keyword(name: str) -> None:
    entry = _declared("layer", name)
    assert issubclass(entry, Layer)
    assert entry.optional[-1] == "mask"


@pytest.mark.parametrize("kind", ["layer", "initializer", "penalty", "constraint"])
def test_index_names_what_the_list_names(kind: str) -> None:
    """In the order of the list; the catalogue may have more."""
    written = [name for of, name in WRITTEN if of == kind]
    assert [name for name in names(kind) if name in written] == written


@pytest.mark.parametrize("kind", KINDS)
def test_index_equals_the_entries_of_the_modules(kind: str) -> None:
    for module, written in FAMILIES[kind].items():
        entries = import_module(f"dlspec.catalog.{module}").ENTRIES
        assert tuple(entry.entry for entry in entries if entry.kind == kind) == written


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in KINDS for name in names(kind)], ids=str)
def test_docstring_says_shape_formula_and_source(kind: str, name: str) -> None:
    entry = _declared(kind, name)
    text = entry.__doc__ or ""
    for part in ("Shapes: ", "Formula: ", "Source: ") if kind == "layer" else ("Formula: ", "Source: "):
        assert f"\n    {part}" in text, part
    camel = "".join(part.capitalize() for part in name.split("_"))
    assert entry.__name__ == camel
    assert re.match(r"[A-Z].*[.:]\n", text), "the first line is a sentence"
