"""Random valid models: a flow grows by layers that the shape rules accept, with blocks, sharing, sums and repeats."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from dlspec.data.schema import schema
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.resolve import Resolution, Resolver
from tests.unit.ir.specs import ACCEPTANCE

ANY = (
    "relu", "tanh", "sigmoid", "gelu", "gelu(approximate=tanh)", "silu", "elu(0.7)", "softplus", "leaky_relu(0.2)",
    "selu", "hard_swish", "mish", "softsign", "relu6", "abs", "sin", "square", "clamp(-1, 1)", "dropout(0.3)",
    "softmax", "l2_normalize", "log_softmax", "prelu", "identity",
)  # fmt: skip
FEATURES = (
    "dense(5)", "dense(8, bias=false)", "layer_norm", "rms_norm", "maxout(6)", "glu", "flip(axis=0)", "cumsum",
    "roll(1, axis=0)", "pad([[1, 2]])", "reshape(-1)",
)  # fmt: skip
SEQUENCES = (
    "dense(6)", "layer_norm", "conv(4, 3, padding=1)", "conv(4, 3, padding=causal)", "max_pool(2, stride=1)",
    "avg_pool(3, stride=1, padding=1)", "transpose", "flip(axis=0)", "gru(5)", "lstm(4)", "rnn(3)",
    "sinusoidal_positions", "repeat(2, axis=0)", "last", "mean(axis=0)", "max(axis=0)", "flatten",
)  # fmt: skip
IMAGES = (
    "conv(4, 3x3, padding=same)", "conv(6, 3x3, stride=2, padding=1, bias=false)", "conv(4, 1x1)", "batch_norm",
    "conv(4, 3x3, padding=same, dilation=2)", "depthwise_conv(3x3, padding=1)", "separable_conv(5, 3x3, padding=same)",
    "group_norm(1)", "instance_norm", "max_pool(2x2)", "avg_pool(2x2, padding=1)", "min_pool(2x2)",
    "max_pool(3x3, stride=2, padding=1, ceil=true)", "conv_transpose(3, 2x2, stride=2)", "upsample(2)", "flip(axis=1)",
    "upsample(2, method=bilinear)", "resize(5x5)", "pad(1)", "crop(1)", "global_avg_pool", "adaptive_avg_pool(2x3)",
    "adaptive_max_pool(2x2)", "channel_shuffle(2)", "transpose(0, 2, 1)", "flatten", "local_response_norm(3)",
    "pixel_unshuffle(2)", "conv(4, 3x3, padding=same, groups=2)", "lp_pool(2x2)",
)  # fmt: skip
INPUTS = ("float[7]", "float[6, 5]", "float[T, 4]", "float[2, 8, 8]", "float[4, 9, 7]", "float[3, 6, 6]")


@dataclass(frozen=True, slots=True)
class Model:
    """A spec with a model `m`, and the layers that its flow took."""

    text: str
    layers: tuple[str, ...]
    resolution: Resolution


def resolved(text: str) -> Resolution:
    return Resolver(schema).resolve(SourceFile("random.dl", text), ACCEPTANCE)


def random_model(seed: int, length: int = 8) -> Model:
    """The model of that seed: statements that the resolver refuses are left out again."""
    random = Random(seed)
    header = f"  input x: {random.choice(INPUTS)}\n"
    lines: list[str] = []
    layers: list[str] = []
    blocks = "block wrap(inner: layer) {\n  h = in -> inner\n  return h -> tanh\n}\n"
    names = ["x"]

    def spec(extra: list[str], output: str) -> str:
        body = "".join(f"  {line}\n" for line in [*lines, *extra])
        return f"{blocks}model m {{\n{header}{body}  output y = {output}\n}}\n"

    while len(lines) < length:
        source, name = random.choice(names[-3:]), f"h{len(lines)}"
        statement, used = random_statement(random, source, name, names)
        found = resolved(spec(statement, name))
        if found.report.errors or too_large(found):
            length -= random.random() < 0.2
            continue
        lines += statement
        layers += used
        names.append(name)
    text = spec([], names[-1])
    return Model(text, tuple(layers), resolved(text))


def random_statement(random: Random, source: str, name: str, names: list[str]) -> tuple[list[str], list[str]]:
    """One binding (or two, where a layer is shared), and the layers in it."""
    layer = random.choice(random.choice((ANY, FEATURES, SEQUENCES, IMAGES)))
    match random.randrange(8):
        case 0:
            return [f"{name} = {source} -> wrap({layer})"], [layer, "wrap"]
        case 1:
            return [f"{name} = {source} -> ({layer} -> relu) * 2"], [layer, "* n"]
        case 2:
            other = random.choice(names)
            return [f"{name} = ({source} -> {layer}) + 0.5 * {other}"], [layer, "add"]
        case 3:
            return [f"l{name} = {layer}", f"{name} = ({source} -> l{name}) - ({source} * 2 -> l{name})"], [
                layer,
                "shared",
            ]
        case 4:
            return [f"{name} = ({source}, {source} -> {layer}) -> concat(axis=0)"], [layer, "concat"]
        case 5:
            return [f"{name} = {source}[1:] -> {layer}"], [layer, "slice"]
        case _:
            return [f"{name} = {source} -> {layer}"], [layer]


def too_large(found: Resolution) -> bool:
    """Whether some result is larger than a quick test wants."""
    return any(
        isinstance(type.size, int) and type.size > 20_000
        for module in found.program.modules
        for node in module.nodes
        for type in node.outputs
    )
